/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/hist.c against percentiles of sorted values. */
#include <math.h>
#include <stdint.h>

#include "bench/hist.h"
#include "tests/bench/runner.h"

static struct hist h;

static void
fresh(void)
{
	hist_reset(&h);
}

START_TEST(empty_says_zero)
{
	ck_assert_uint_eq(hist_at(&h, 0), 0);
	ck_assert_uint_eq(hist_at(&h, 0.5), 0);
	ck_assert_uint_eq(hist_at(&h, 1), 0);
}
END_TEST

START_TEST(one_value_is_every_percentile)
{
	hist_add(&h, 123456789);
	ck_assert_uint_eq(hist_at(&h, 0), 123456789);
	ck_assert_uint_eq(hist_at(&h, 0.5), 123456789);
	ck_assert_uint_eq(hist_at(&h, 0.999), 123456789);
	ck_assert_uint_eq(hist_at(&h, 1), 123456789);
}
END_TEST

START_TEST(the_median_of_three_is_the_middle_one)
{
	hist_add(&h, 1);
	hist_add(&h, 2);
	hist_add(&h, 3);
	ck_assert_uint_eq(hist_at(&h, 0.5), 2);
}
END_TEST

START_TEST(small_values_are_exact)
{
	for (uint64_t v = 0; v < 64; v++)
		hist_add(&h, v);
	for (uint64_t v = 0; v < 64; v++)
		ck_assert_uint_eq(hist_at(&h, (double)(v + 1) / 64), v);
}
END_TEST

START_TEST(the_nearest_rank_within_one_and_a_half_percent)
{
	static const double parts[] = {0.5, 0.9, 0.99, 0.999};

	/* 1, 4, 9 ... 10^10: value of rank k is k * k. */
	for (uint64_t k = 1; k <= 100000; k++)
		hist_add(&h, k * k);
	for (unsigned i = 0; i < 4; i++) {
		double want = pow(parts[i] * 100000, 2), got = (double)hist_at(&h, parts[i]);

		ck_assert_double_le(fabs(got - want) / want, 1.0 / 64);
	}
	ck_assert_uint_eq(hist_at(&h, 0), 1);
	ck_assert_uint_eq(hist_at(&h, 1), 10000000000);
}
END_TEST

START_TEST(the_greatest_number_fits)
{
	hist_add(&h, UINT64_MAX);
	hist_add(&h, UINT64_MAX - 1);
	ck_assert_uint_eq(hist_at(&h, 1), UINT64_MAX);
	ck_assert_uint_ge(hist_at(&h, 0.4), UINT64_MAX - 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hist");
	TCase *t = tcase_create("percentiles");

	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, empty_says_zero);
	tcase_add_test(t, one_value_is_every_percentile);
	tcase_add_test(t, the_median_of_three_is_the_middle_one);
	tcase_add_test(t, small_values_are_exact);
	tcase_add_test(t, the_nearest_rank_within_one_and_a_half_percent);
	tcase_add_test(t, the_greatest_number_fits);
	suite_add_tcase(s, t);
	return run_suite(s);
}
