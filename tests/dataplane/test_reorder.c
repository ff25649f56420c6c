/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about dataplane/reorder.h. */
#include "dataplane/reorder.h"

#include <check.h>
#include <stdlib.h>

static struct reorder *r;
static unsigned freed;

static void
count_free(uint16_t packet)
{
	freed++;
}

static void
set_up(void)
{
	r = reorder_open(60000, count_free);
	ck_assert_ptr_nonnull(r);
	freed = 0;
}

static void
tear_down(void)
{
	reorder_close(r);
}

/* What a packet is called by its number. */
static uint16_t
name_of(int64_t index)
{
	return (uint16_t)(index % 1000 + 1);
}

static enum reorder_put
put(int64_t index, uint64_t now_us)
{
	return reorder_put(r,
		&(struct reorder_in){.index = index, .numbers = 1, .packet = name_of(index)},
		now_us);
}

/* The number of the next packet; -1: none; -100 and less: so many were given up. */
static int64_t
get(uint64_t now_us)
{
	unsigned missing;
	uint16_t p;

	switch (reorder_get(r, now_us, &p, &missing)) {
	case REORDER_PACKET:
		return p - 1;
	case REORDER_LOST:
		return -100 - (int64_t)missing;
	default:
		return -1;
	}
}

START_TEST(what_is_in_order_waits_for_nothing)
{
	for (int64_t i = 0; i < 300; i++) {
		ck_assert(reorder_is_next(r, 65500 + i));
		ck_assert_int_eq(put(65500 + i, (uint64_t)i * 20000), REORDER_TAKEN);
		ck_assert_int_eq(get((uint64_t)i * 20000), (65500 + i) % 1000);
		ck_assert_int_eq(get((uint64_t)i * 20000), -1);
		ck_assert_uint_eq(reorder_due(r), UINT64_MAX);
	}
	ck_assert_uint_eq(reorder_counts(r)->packets, 300);
	ck_assert_uint_eq(reorder_counts(r)->lost, 0);
}
END_TEST

START_TEST(what_is_out_of_order_leaves_in_order)
{
	static const int64_t came[] = {1, 3, 2, 6, 5, 4, 7};
	int64_t next = 1;

	for (unsigned i = 0; i < 7; i++) {
		ck_assert_int_eq(put(came[i], 1000 * i), REORDER_TAKEN);
		for (int64_t n; (n = get(1000 * i)) != -1; next++)
			ck_assert_int_eq(n, next);
	}
	ck_assert_int_eq(next, 8);
	ck_assert_uint_eq(reorder_counts(r)->reordered, 3);
}
END_TEST

START_TEST(a_missing_one_is_given_up_after_the_window)
{
	uint32_t window = reorder_window_us(r);

	put(1, 0);
	ck_assert_int_eq(get(0), 1);
	put(4, 5000);
	put(5, 9000);
	ck_assert_int_eq(get(9000), -1);
	ck_assert_uint_le(reorder_due(r), 5000 + window);
	ck_assert_uint_gt(reorder_due(r), 5000 + window - REORDER_TICK_US);
	ck_assert_int_eq(get(reorder_due(r) - 1), -1);
	ck_assert_int_eq(get(reorder_due(r)), -102);
	ck_assert_int_eq(get(5000 + window), 4);
	ck_assert_int_eq(get(5000 + window), 5);
	ck_assert_uint_eq(reorder_due(r), UINT64_MAX);
	ck_assert_uint_eq(reorder_counts(r)->lost, 2);
}
END_TEST

START_TEST(time_far_along_is_told_as_well)
{
	uint64_t now = 7000000000000;

	put(1, now);
	get(now);
	put(3, now + 20000);
	ck_assert_uint_le(reorder_due(r), now + 20000 + reorder_window_us(r));
	ck_assert_uint_gt(
		reorder_due(r), now + 20000 + reorder_window_us(r) - REORDER_TICK_US);
}
END_TEST

START_TEST(a_repetition_is_refused_whether_the_first_waits_or_has_left)
{
	put(1, 0);
	put(3, 0);
	ck_assert_int_eq(put(3, 0), REORDER_DUPLICATE);
	ck_assert_int_eq(get(0), 1);
	ck_assert_int_eq(put(1, 0), REORDER_DUPLICATE);
	ck_assert_uint_eq(reorder_counts(r)->duplicates, 2);
}
END_TEST

START_TEST(what_comes_too_late_is_refused_and_its_repetition_is_one)
{
	put(1, 0);
	get(0);
	put(3, 0);
	get(1000000);
	get(1000000);
	ck_assert_int_eq(put(2, 1000000), REORDER_LATE);
	ck_assert_int_eq(put(2, 1000000), REORDER_DUPLICATE);
	ck_assert_uint_eq(reorder_counts(r)->late, 1);
}
END_TEST

/* COUNT packets of 20 ms of which every tenth comes DELAY_US late. */
static void
every_tenth_late(int64_t first, unsigned count, uint64_t delay_us)
{
	uint64_t held_us = 0;
	int64_t held = -1;

	for (int64_t i = first; i < first + count; i++) {
		uint64_t now = (uint64_t)i * 20000;

		if (held >= 0 && now >= held_us + delay_us) {
			put(held, held_us + delay_us);
			held = -1;
			while (get(held_us + delay_us) != -1)
				;
		}
		if (i % 10 == 0 && held < 0 && delay_us > 0) {
			held = i;
			held_us = now;
			continue;
		}
		put(i, now);
		while (get(now) != -1)
			;
	}
}

START_TEST(the_window_grows_with_what_comes_late_and_shrinks_again)
{
	uint64_t late;

	every_tenth_late(1, 200, 60000); /* 40 ms behind the one after it */
	ck_assert_uint_ge(reorder_window_us(r), 40000);
	late = reorder_counts(r)->late;
	every_tenth_late(201, 400, 60000);
	ck_assert_uint_eq(reorder_counts(r)->late, late); /* now it is long enough */
	every_tenth_late(601, 600, 0);
	ck_assert_uint_eq(reorder_window_us(r), 0);
}
END_TEST

START_TEST(what_no_window_could_wait_for_does_not_make_it_longer)
{
	every_tenth_late(1, 1000, 300000);
	ck_assert_uint_eq(reorder_window_us(r), 0);
	ck_assert_uint_gt(reorder_counts(r)->late, 40);
}
END_TEST

START_TEST(without_disorder_losses_are_soon_not_waited_for)
{
	for (int64_t i = 1; i < 1000; i++) {
		uint64_t now = (uint64_t)i * 20000;

		if (i % 7 == 0)
			continue;
		put(i, now);
		while (get(now) != -1)
			;
		ck_assert(i < 520 || reorder_due(r) == UINT64_MAX);
	}
}
END_TEST

START_TEST(a_window_of_nothing_waits_for_nothing)
{
	reorder_close(r);
	r = reorder_open(0, count_free);
	put(1, 0);
	put(3, 0);
	ck_assert_int_eq(get(0), 1);
	ck_assert_int_eq(get(0), -101);
	ck_assert_int_eq(get(0), 3);
}
END_TEST

START_TEST(a_jump_is_said_and_begins_anew)
{
	put(100, 0);
	ck_assert_int_eq(get(0), 100);
	put(102, 0);
	ck_assert_int_eq(put(900, 0), REORDER_JUMP);
	reorder_flush(r);
	ck_assert_uint_eq(reorder_due(r), 0);
	ck_assert_int_eq(get(0), -101);
	ck_assert_int_eq(get(0), 102);
	ck_assert_int_eq(get(0), -1);
	reorder_restart(r);
	ck_assert_int_eq(put(900, 0), REORDER_TAKEN);
	ck_assert_int_eq(get(0), 900);
}
END_TEST

START_TEST(one_from_long_ago_is_late_and_two_in_a_row_are_a_jump)
{
	put(900, 0);
	get(0);
	ck_assert_int_eq(put(100, 0), REORDER_LATE);
	ck_assert_int_eq(put(300, 0), REORDER_LATE);
	ck_assert_int_eq(put(301, 0), REORDER_JUMP);
}
END_TEST

START_TEST(a_window_full_of_packets_gives_up_before_its_time)
{
	unsigned left = 0;

	put(1, 0);
	get(0);
	for (int64_t i = 3; i < 400; i++) {
		ck_assert_int_eq(put(i, 1), REORDER_TAKEN);
		for (int64_t n; (n = get(1)) != -1;)
			left += n > 0;
	}
	ck_assert_uint_eq(left, 397);
}
END_TEST

START_TEST(what_is_left_in_it_is_freed)
{
	put(1, 0);
	put(3, 0);
	put(4, 0);
	get(0);
	reorder_close(r);
	r = NULL;
	ck_assert_uint_eq(freed, 2);
}
END_TEST

/* Whatever comes: all that is put leaves once, in order, or is refused. */
START_TEST(nothing_is_lost_or_doubled_in_any_order)
{
	uint64_t now = 0, put_n = 0, got_n = 0, missing = 0;
	int64_t last = -1;

	srand((unsigned)_i);
	for (unsigned i = 0; i < 10000; i++) {
		int64_t index =
			(int64_t)i + rand() % 12 - (rand() % 50 == 0 ? rand() % 40 : 0);

		now += (uint64_t)(rand() % 20000);
		index = index < 0 ? 0 : index;
		switch (put(index, now)) {
		case REORDER_TAKEN:
			put_n++;
			break;
		case REORDER_JUMP:
			ck_abort_msg("nothing jumps");
		default:
			break;
		}
		for (unsigned m;;) {
			uint16_t p;
			enum reorder_get got = reorder_get(r, now, &p, &m);

			if (got == REORDER_NOTHING)
				break;
			missing += m;
			if (got == REORDER_LOST) {
				last += m;
				continue;
			}
			got_n++;
			if (last < 0)
				last = p - 2;
			ck_assert_uint_eq(p, name_of(++last));
		}
		ck_assert_uint_gt(reorder_due(r), now);
	}
	ck_assert_uint_eq(missing, reorder_counts(r)->lost);
	ck_assert_uint_eq(put_n, reorder_counts(r)->packets);
	ck_assert_uint_le(put_n - got_n, REORDER_DEPTH);
}
END_TEST

/* ---- Packets of several numbers. ---- */

enum { SLOT_US = 20000, WINDOW_US = 200000, LEAST_US = 80000, SAID = 200 };

static void
set_up_slots(void)
{
	r = reorder_open(WINDOW_US, count_free);
	ck_assert_ptr_nonnull(r);
	reorder_expect_repair(r, LEAST_US);
	freed = 0;
}

static enum reorder_put
put_long(int64_t index, uint8_t numbers, bool shares, uint64_t now_us)
{
	return reorder_put(
		r, &(struct reorder_in){index, numbers, shares, name_of(index)}, now_us);
}

START_TEST(a_long_packet_is_followed_by_what_begins_behind_it)
{
	static const uint8_t numbers[] = {1, 3, 1, 2, 6, 2};
	int64_t index = 7;

	for (unsigned i = 0; i < sizeof numbers; index += numbers[i++]) {
		ck_assert(reorder_is_next(r, index));
		ck_assert_int_eq(put_long(index, numbers[i], false, 0), REORDER_TAKEN);
		ck_assert_int_eq(get(0), index);
		ck_assert_uint_eq(reorder_due(r), UINT64_MAX);
	}
	ck_assert_uint_eq(reorder_counts(r)->lost, 0);
	/* All of its numbers are known to have come. */
	ck_assert_int_eq(put(index - 1, 0), REORDER_DUPLICATE);
	ck_assert_int_eq(put(index - 8, 0), REORDER_DUPLICATE);
}
END_TEST

START_TEST(what_begins_within_another_is_late)
{
	put(1, 0);
	ck_assert_int_eq(get(0), 1);
	put(4, 0);
	put(6, 0);
	ck_assert_int_eq(put_long(2, 3, false, 0), REORDER_TAKEN);
	ck_assert_int_eq(get(0), 2);
	ck_assert_uint_eq(freed, 1);
	ck_assert_uint_eq(reorder_counts(r)->late, 1);
	put(5, 0);
	ck_assert_int_eq(get(0), 5);
	ck_assert_int_eq(get(0), 6);
	ck_assert_int_eq(get(0), -1);
}
END_TEST

/* 30 ms each: begins are rounded down to slots. */
START_TEST(a_number_may_be_the_end_of_one_and_the_beginning_of_the_next)
{
	for (int64_t i = 0; i < 100; i++) {
		int64_t index = 3 * i / 2;

		ck_assert(reorder_is_next(r, index));
		ck_assert_int_eq(put_long(index, 2, true, 0), REORDER_TAKEN);
		ck_assert_int_eq(get(0), index);
	}
	ck_assert_uint_eq(reorder_counts(r)->lost, 0);
	put_long(151, 2, true, 0); /* 150 is late */
	ck_assert_int_eq(get(0), -1);
	put_long(150, 2, true, 0);
	ck_assert_int_eq(get(0), 150);
	ck_assert_int_eq(get(0), 151);
	ck_assert_uint_eq(freed, 0);
}
END_TEST

START_TEST(what_is_sent_again_is_waited_for_from_the_beginning_and_always_a_little)
{
	uint64_t now = 1;

	ck_assert_uint_eq(reorder_window_us(r), WINDOW_US);
	for (int64_t i = 0; i < 600; i++, now += SLOT_US) {
		put(i, now);
		ck_assert_int_eq(get(now), i % 1000);
	}
	ck_assert_uint_eq(reorder_window_us(r), LEAST_US);
	put(601, now);
	ck_assert_int_eq(get(now + LEAST_US - REORDER_TICK_US), -1);
	put(600, now + LEAST_US - REORDER_TICK_US);
	ck_assert_int_eq(get(now + LEAST_US), 600);
	ck_assert_int_eq(get(now + LEAST_US), 601);
	ck_assert_uint_ge(reorder_window_us(r), LEAST_US);
}
END_TEST

/* One packet of a party that speaks in slots, on its way. */
struct said {
	int64_t index;
	uint8_t numbers;
	uint64_t comes_us; /* 0: never */
};

static int
by_arrival(const void *a, const void *b)
{
	const struct said *x = a, *y = b;

	return x->comes_us < y->comes_us ? -1 : x->comes_us > y->comes_us;
}

/* Of 20, 40 and 60 ms in any order; some are lost, some come up to 200 ms late, some twice;
 * but for the first one, for who does not know of it cannot wait.  How many there are. */
static unsigned
say(struct said said[2 * SAID], bool has_come[4 * SAID])
{
	int64_t index = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < SAID && index < 240; i++) {
		struct said *p = &said[n++];
		uint64_t at = (uint64_t)(index + 10) * SLOT_US;

		*p = (struct said){index, (uint8_t)(1 + rand() % 3), at};
		if (index > 0 && rand() % 10 == 0)
			p->comes_us += (uint64_t)rand() % (WINDOW_US - 1000);
		if (index > 0 && rand() % 20 == 0)
			p->comes_us = 0;
		for (unsigned k = 0; k < p->numbers; k++)
			has_come[index + k] = p->comes_us != 0;
		if (p->comes_us != 0 && rand() % 8 == 0)
			said[n++] = (struct said){
				index, p->numbers, p->comes_us + (uint64_t)rand() % WINDOW_US};
		index += p->numbers;
	}
	qsort(said, n, sizeof *said, by_arrival);
	return n;
}

/* All that has left so far is what HAS_COME up to *NEXT, in order. */
static void
all_leave(uint64_t now, const struct said *said, unsigned n, const bool *has_come,
	int64_t *next, unsigned *lost)
{
	unsigned missing;
	uint16_t p;

	for (enum reorder_get got;
		(got = reorder_get(r, now, &p, &missing)) != REORDER_NOTHING;) {
		for (unsigned i = 0; i < missing; i++)
			ck_assert(!has_come[(*next)++]);
		*lost += missing;
		if (got == REORDER_LOST)
			continue;
		ck_assert_uint_eq(p, name_of(*next));
		for (unsigned i = 0; i < n; i++)
			if (said[i].index == *next) {
				*next += said[i].numbers;
				break;
			}
	}
}

START_TEST(whatever_comes_within_the_window_leaves_in_its_slots)
{
	struct said said[2 * SAID] = {0};
	bool has_come[4 * SAID] = {false};
	unsigned n, lost = 0, taken = 0, twice = 0;
	int64_t next = 0;

	srand((unsigned)_i);
	n = say(said, has_come);
	said[n] = (struct said){.comes_us = UINT64_MAX};
	for (unsigned i = 0; i < n; i++) {
		enum reorder_put put;

		if (said[i].comes_us == 0)
			continue;
		put = put_long(said[i].index, said[i].numbers, false, said[i].comes_us);
		taken += put == REORDER_TAKEN;
		twice += put == REORDER_DUPLICATE;
		ck_assert(put == REORDER_TAKEN || put == REORDER_DUPLICATE);
		all_leave(said[i].comes_us, said, n, has_come, &next, &lost);
		for (uint64_t due; (due = reorder_due(r)) < said[i + 1].comes_us;)
			all_leave(due, said, n, has_come, &next, &lost);
	}
	ck_assert_uint_gt(taken, 50);
	ck_assert_uint_gt(twice, 0);
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_eq(reorder_counts(r)->lost, lost);
	ck_assert_uint_eq(reorder_counts(r)->late, 0);
	ck_assert_uint_eq(freed, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("reorder");
	TCase *c = tcase_create("reorder"), *slots = tcase_create("slots");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, what_is_in_order_waits_for_nothing);
	tcase_add_test(c, what_is_out_of_order_leaves_in_order);
	tcase_add_test(c, a_missing_one_is_given_up_after_the_window);
	tcase_add_test(c, time_far_along_is_told_as_well);
	tcase_add_test(c, a_repetition_is_refused_whether_the_first_waits_or_has_left);
	tcase_add_test(c, what_comes_too_late_is_refused_and_its_repetition_is_one);
	tcase_add_test(c, the_window_grows_with_what_comes_late_and_shrinks_again);
	tcase_add_test(c, what_no_window_could_wait_for_does_not_make_it_longer);
	tcase_add_test(c, without_disorder_losses_are_soon_not_waited_for);
	tcase_add_test(c, a_window_of_nothing_waits_for_nothing);
	tcase_add_test(c, a_jump_is_said_and_begins_anew);
	tcase_add_test(c, one_from_long_ago_is_late_and_two_in_a_row_are_a_jump);
	tcase_add_test(c, a_window_full_of_packets_gives_up_before_its_time);
	tcase_add_test(c, what_is_left_in_it_is_freed);
	tcase_add_loop_test(c, nothing_is_lost_or_doubled_in_any_order, 1, 9);
	suite_add_tcase(s, c);
	tcase_add_checked_fixture(slots, set_up_slots, tear_down);
	tcase_add_test(slots, a_long_packet_is_followed_by_what_begins_behind_it);
	tcase_add_test(slots, what_begins_within_another_is_late);
	tcase_add_test(slots, a_number_may_be_the_end_of_one_and_the_beginning_of_the_next);
	tcase_add_test(slots,
		what_is_sent_again_is_waited_for_from_the_beginning_and_always_a_little);
	tcase_add_loop_test(
		slots, whatever_comes_within_the_window_leaves_in_its_slots, 1, 50);
	suite_add_tcase(s, slots);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
