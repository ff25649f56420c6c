/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests what the bad network decides (fate.c) and in which order it lets go (held.c).  Shares
 * are judged at five standard deviations of a binomial distribution: with a fixed seed a test
 * either always passes or never. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/impair/fate.h"
#include "tests/impair/held.h"

enum { FRAMES = 100000, LEN = 214, MS = 1000 };

static struct fate_way way;

static void
open_way(const struct fate_conf *conf)
{
	fate_open(&way, conf, 42, 0);
}

static struct fate
next(uint64_t at_ms)
{
	return fate_next(&way, at_ms * MS, LEN);
}

/* Is COUNT of N what a share of P makes? */
static void
is_share(unsigned count, unsigned n, double p)
{
	double mean = n * p, sigma = sqrt(n * p * (1 - p));

	ck_assert_msg(fabs(count - mean) < 5 * sigma, "%u of %u, not %g", count, n, p);
}

START_TEST(a_good_network_hands_everything_on_at_once_and_in_order)
{
	open_way(&(struct fate_conf){0});
	for (unsigned i = 0; i < 1000; i++) {
		struct fate f = next(i);

		ck_assert_uint_eq(f.copies, 1);
		ck_assert(!f.reordered);
		ck_assert_uint_eq(f.due_us[0], i * MS);
	}
}
END_TEST

START_TEST(shares_come_true_each_by_itself)
{
	unsigned lost = 0, doubled = 0, reordered = 0;

	open_way(&(struct fate_conf){.loss = 0.05, .duplicate = 0.02, .reorder = 0.1});
	for (unsigned i = 0; i < FRAMES; i++) {
		struct fate f = next(i);

		lost += f.copies == 0;
		doubled += f.copies == 2;
		reordered += f.reordered;
	}
	is_share(lost, FRAMES, 0.05);
	is_share(doubled, FRAMES, 0.95 * 0.02);
	is_share(reordered, FRAMES, 0.95 * 0.1);
}
END_TEST

START_TEST(losses_in_bursts_have_the_same_share_and_the_mean_length)
{
	unsigned lost = 0, bursts = 0;
	bool before = false;

	open_way(&(struct fate_conf){.loss = 0.05, .burst = 4});
	for (unsigned i = 0; i < FRAMES; i++) {
		bool gone = next(i).copies == 0;

		lost += gone;
		bursts += gone && !before;
		before = gone;
	}
	/* Neighbours share their luck: the spread of a share of bursts of four is about 2.6
	 * times that of single losses. */
	ck_assert_double_eq_tol(
		(double)lost / FRAMES, 0.05, 5 * 2.6 * sqrt(0.05 * 0.95 / FRAMES));
	ck_assert_double_eq_tol((double)lost / bursts, 4, 0.5);
}
END_TEST

START_TEST(all_or_nothing_can_be_lost)
{
	open_way(&(struct fate_conf){.loss = 1, .burst = 3});
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_uint_eq(next(i).copies, 0);
}
END_TEST

START_TEST(the_same_seed_decides_the_same_however_fast_frames_come)
{
	const struct fate_conf conf = {.loss = 0.1,
		.burst = 3,
		.duplicate = 0.1,
		.reorder = 0.1,
		.jitter_us = 10 * MS};
	struct fate_way slow, fast;

	fate_open(&slow, &conf, 7, 1);
	fate_open(&fast, &conf, 7, 1);
	for (uint64_t i = 0; i < 1000; i++) {
		struct fate a = fate_next(&slow, 20 * MS * i, LEN),
			    b = fate_next(&fast, 0, LEN);

		ck_assert_uint_eq(a.copies, b.copies);
		ck_assert_uint_eq(a.reordered, b.reordered);
	}
}
END_TEST

/* How many of 1,000 frames have the same fate on two ways. */
static unsigned
alike(uint64_t seed_a, unsigned way_a, uint64_t seed_b, unsigned way_b)
{
	const struct fate_conf conf = {.loss = 0.5};
	struct fate_way a, b;
	unsigned same = 0;

	fate_open(&a, &conf, seed_a, way_a);
	fate_open(&b, &conf, seed_b, way_b);
	for (unsigned i = 0; i < 1000; i++)
		same += fate_next(&a, 0, LEN).copies == fate_next(&b, 0, LEN).copies;
	return same;
}

START_TEST(other_seeds_and_the_other_way_decide_otherwise)
{
	ck_assert_uint_eq(alike(1, 0, 1, 0), 1000);
	is_share(alike(1, 0, 2, 0), 1000, 0.5);
	is_share(alike(1, 0, 1, 1), 1000, 0.5);
	is_share(alike(1, 1, 2, 0), 1000, 0.5);
}
END_TEST

START_TEST(one_setting_leaves_what_others_decide_alone)
{
	const struct fate_conf calm = {.duplicate = 0.1},
			       wild = {.duplicate = 0.1, .loss = 0.3};
	struct fate_way a, b;

	fate_open(&a, &calm, 9, 0);
	fate_open(&b, &wild, 9, 0);
	for (unsigned i = 0; i < 1000; i++) {
		struct fate x = fate_next(&a, 0, LEN), y = fate_next(&b, 0, LEN);

		ck_assert(y.copies == 0 || y.copies == x.copies);
	}
}
END_TEST

START_TEST(delay_and_jitter_keep_the_order_and_their_bounds)
{
	uint64_t last = 0, least = UINT64_MAX, most = 0;

	open_way(&(struct fate_conf){.delay_us = 30 * MS, .jitter_us = 10 * MS});
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t due = next(i).due_us[0], late = due - i * MS;

		ck_assert_uint_ge(due, last);
		ck_assert_uint_ge(late, 30 * MS);
		ck_assert_uint_lt(late, 40 * MS);
		last = due;
		least = late < least ? late : least;
		most = late > most ? late : most;
	}
	ck_assert_uint_gt(most - least, 5 * MS);
}
END_TEST

START_TEST(a_copy_overtakes_nothing_also_of_frames_that_come_at_once)
{
	uint64_t last = 0;
	unsigned copies = 0;

	open_way(&(struct fate_conf){.duplicate = 0.1, .jitter_us = 10 * MS});
	for (unsigned i = 0; i < 1000; i++) {
		struct fate f = next(i / 10 * 200);

		if (f.copies == 2)
			ck_assert_uint_ge(f.due_us[1], last);
		copies += f.copies == 2;
		last = f.due_us[0];
	}
	ck_assert_uint_gt(copies, 50);
}
END_TEST

START_TEST(a_frame_that_is_held_back_is_overtaken)
{
	uint64_t due[1000];
	unsigned overtaken = 0;

	open_way(&(struct fate_conf){.reorder = 0.1, .reorder_by_us = 50 * MS});
	for (unsigned i = 0; i < 1000; i++)
		due[i] = next(20 * i).due_us[0];
	for (unsigned i = 0; i + 1 < 1000; i++)
		overtaken += due[i + 1] < due[i];
	ck_assert_uint_gt(overtaken, 60);
	ck_assert_uint_lt(overtaken, 120);
}
END_TEST

START_TEST(a_bounded_line_sends_one_after_the_other)
{
	/* 214 bytes at 171.2 kbit/s take 10 ms. */
	open_way(&(struct fate_conf){.rate_bps = 171200});
	for (unsigned i = 1; i <= 10; i++)
		ck_assert_uint_eq(next(0).due_us[0], i * 10 * MS);
	ck_assert_uint_eq(next(500).due_us[0], 510 * MS);
}
END_TEST

START_TEST(what_is_due_first_goes_first_and_equals_keep_their_order)
{
	struct held h;
	uint64_t last_due = 0, last_number = 0;

	ck_assert_int_eq(held_open(&h, FRAMES), 0);
	srand(1);
	for (uint32_t i = 0; i < 5000; i++)
		ck_assert_int_eq(held_put(&h, (uint64_t)rand() % 100, i % 2, &i, sizeof i), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		const struct held_frame *f = held_first(&h);

		ck_assert_uint_ge(f->due_us, last_due);
		if (f->due_us == last_due && i > 0)
			ck_assert_uint_gt(f->number, last_number);
		ck_assert_mem_eq(f->bytes, &(uint32_t){(uint32_t)f->number}, sizeof i);
		ck_assert_uint_eq(f->way, f->number % 2);
		last_due = f->due_us;
		last_number = f->number;
		held_drop_first(&h);
	}
	ck_assert_ptr_null(held_first(&h));
	held_close(&h);
}
END_TEST

START_TEST(no_more_than_the_limit_are_under_way)
{
	struct held h;

	ck_assert_int_eq(held_open(&h, 2), 0);
	ck_assert_int_eq(held_put(&h, 1, 0, "a", 1), 0);
	ck_assert_int_eq(held_put(&h, 2, 0, "b", 1), 0);
	ck_assert_int_eq(held_put(&h, 0, 0, "c", 1), -ENOBUFS);
	held_drop_first(&h);
	ck_assert_int_eq(held_put(&h, 0, 0, "c", 1), 0);
	ck_assert_mem_eq(held_first(&h)->bytes, "c", 1);
	held_close(&h);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("impair");
	TCase *fates = tcase_create("fate"), *order = tcase_create("held");
	SRunner *r;
	int failed;

	tcase_add_test(fates, a_good_network_hands_everything_on_at_once_and_in_order);
	tcase_add_test(fates, shares_come_true_each_by_itself);
	tcase_add_test(fates, losses_in_bursts_have_the_same_share_and_the_mean_length);
	tcase_add_test(fates, all_or_nothing_can_be_lost);
	tcase_add_test(fates, the_same_seed_decides_the_same_however_fast_frames_come);
	tcase_add_test(fates, other_seeds_and_the_other_way_decide_otherwise);
	tcase_add_test(fates, one_setting_leaves_what_others_decide_alone);
	tcase_add_test(fates, delay_and_jitter_keep_the_order_and_their_bounds);
	tcase_add_test(fates, a_copy_overtakes_nothing_also_of_frames_that_come_at_once);
	tcase_add_test(fates, a_frame_that_is_held_back_is_overtaken);
	tcase_add_test(fates, a_bounded_line_sends_one_after_the_other);
	suite_add_tcase(s, fates);
	tcase_add_test(order, what_is_due_first_goes_first_and_equals_keep_their_order);
	tcase_add_test(order, no_more_than_the_limit_are_under_way);
	suite_add_tcase(s, order);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
