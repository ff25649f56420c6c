/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/random.c. */
#include "relay/random.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uint64_t));
}

START_TEST(no_portion_comes_twice)
{
	enum { N = 10000 };
	static uint64_t taken[N];
	uint8_t odd[3];

	for (unsigned i = 0; i < N; i++) {
		random_take(&taken[i], sizeof taken[i]);
		random_take(odd, i % sizeof odd);
	}
	qsort(taken, N, sizeof *taken, compare);
	for (unsigned i = 1; i < N; i++)
		ck_assert_uint_ne(taken[i - 1], taken[i]);
	ck_assert_uint_ne(taken[0], 0); /* what has been given out is zero in the pool */
}
END_TEST

START_TEST(bits_are_ones_as_often_as_zeros)
{
	enum { N = 1000, BITS = 8 * N * RANDOM_MAX };
	uint8_t portion[RANDOM_MAX];
	int ones = 0;

	for (unsigned i = 0; i < N; i++) {
		random_take(portion, sizeof portion);
		for (unsigned k = 0; k < sizeof portion; k++)
			ones += __builtin_popcount(portion[k]);
	}
	/* Six standard deviations: sqrt(BITS) / 2 = 715. */
	ck_assert_int_lt(abs(ones - BITS / 2), 6 * 715);
}
END_TEST

START_TEST(each_number_below_is_as_likely)
{
	enum { N = 7, EACH = 10000 };
	unsigned count[N] = {0};

	for (unsigned i = 0; i < N * EACH; i++) {
		uint32_t x = random_below(N);

		ck_assert_uint_lt(x, N);
		count[x]++;
	}
	/* Six standard deviations: sqrt(EACH * 6 / 7) = 93. */
	for (unsigned i = 0; i < N; i++)
		ck_assert_uint_le(abs((int)count[i] - EACH), 6 * 93);
	ck_assert_uint_eq(random_below(1), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("random");
	TCase *t = tcase_create("random");
	SRunner *r;
	int failed;

	tcase_add_test(t, no_portion_comes_twice);
	tcase_add_test(t, bits_are_ones_as_often_as_zeros);
	tcase_add_test(t, each_number_below_is_as_likely);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
