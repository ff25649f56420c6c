/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/mesh_slots.c: 20 ms a slot, and none twice, whatever timestamps do. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/mesh_slots.h"

enum { SSRC = 7, TICKS = 160, NONE = -1 };

static struct sw_tx_slots s;

static void
setup(void)
{
	memset((void *)&s, 0, sizeof s);
}

static int
sound(uint32_t timestamp)
{
	uint16_t slot;

	return slots_sound(&s, SSRC, timestamp, TICKS, &slot) ? slot : NONE;
}

static int
event(uint32_t timestamp)
{
	uint16_t slot;

	return slots_event(&s, SSRC, timestamp, TICKS, &slot) ? slot : NONE;
}

START_TEST(time_begins_at_0_and_is_exact)
{
	const uint32_t first = UINT32_MAX - 10 * TICKS; /* it wraps, too */

	for (uint32_t i = 0; i < 100; i++)
		ck_assert_int_eq(sound(first + i * TICKS), (int)i);
	ck_assert_int_eq(sound(first + 150 * TICKS), 150); /* a pause */
	ck_assert_int_eq(sound(first + 152 * TICKS), 152); /* a packet of 40 ms */
}
END_TEST

START_TEST(packets_of_30_ms_do_not_drift)
{
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_int_eq(sound(i * 240), (int)(i * 3 / 2));
}
END_TEST

START_TEST(what_is_late_has_the_slot_that_it_had)
{
	ck_assert_int_eq(sound(0), 0);
	ck_assert_int_eq(sound(3 * TICKS), 3);
	ck_assert_int_eq(sound(1 * TICKS), 1);
	ck_assert_int_eq(sound(1 * TICKS), NONE); /* a repeat */
	ck_assert_int_eq(sound(3 * TICKS), NONE);
	ck_assert_int_eq(sound(2 * TICKS), 2);
	ck_assert_int_eq(sound(4 * TICKS), 4);
	ck_assert_int_eq(sound(70 * TICKS), 70);
	ck_assert_int_eq(sound(7 * TICKS), 7);
	ck_assert_int_eq(sound(6 * TICKS), NONE); /* nobody knows any more */
	/* Half a packet time is none. */
	ck_assert_int_eq(sound(71 * TICKS), 71);
	ck_assert_int_eq(sound(71 * TICKS + TICKS / 2), NONE);
}
END_TEST

START_TEST(what_has_no_time_pushes_sound_back_until_it_pauses)
{
	ck_assert_int_eq(sound(0), 0);
	ck_assert_int_eq(slots_next(&s), 1);
	ck_assert_int_eq(sound(1 * TICKS), 2);
	ck_assert_int_eq(sound(2 * TICKS), 3);
	ck_assert_int_eq(sound(2 * TICKS), NONE);
	ck_assert_int_eq(sound(5 * TICKS), 5);
	ck_assert_int_eq(sound(6 * TICKS), 6);
}
END_TEST

START_TEST(an_event_is_sent_once_and_has_its_own_slot)
{
	ck_assert_int_eq(sound(0), 0);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(event(1 * TICKS), i == 0 ? 1 : NONE);
	ck_assert_int_eq(sound(6 * TICKS), 6);
	ck_assert_int_eq(event(6 * TICKS), 7); /* beside sound */
	ck_assert_int_eq(sound(7 * TICKS), 8);
}
END_TEST

START_TEST(an_event_may_come_first)
{
	ck_assert_int_eq(event(1000), 0);
	ck_assert_int_eq(sound(1000 + 5 * TICKS), 5);
}
END_TEST

START_TEST(another_source_or_clock_goes_on_behind)
{
	uint16_t slot;

	ck_assert_int_eq(sound(0), 0);
	ck_assert_int_eq(sound(5 * TICKS), 5);
	ck_assert(slots_sound(&s, SSRC + 1, 123456789, TICKS, &slot));
	ck_assert_uint_eq(slot, 6);
	ck_assert(slots_sound(&s, SSRC + 1, 123456789 + 960, 960, &slot));
	ck_assert_uint_eq(slot, 7);
	ck_assert(slots_sound(&s, SSRC + 1, 123456789 + 3 * 960, 960, &slot));
	ck_assert_uint_eq(slot, 9);
}
END_TEST

START_TEST(a_jump_is_a_new_beginning)
{
	ck_assert_int_eq(sound(1000000), 0);
	ck_assert_int_eq(sound(1000000 - 100 * TICKS), 1); /* back */
	ck_assert_int_eq(sound(1000000 - 99 * TICKS), 2);
	ck_assert_int_eq(sound(1000000 + 20000 * TICKS), 3);             /* on, by 6 minutes */
	ck_assert_int_eq(sound(1000000 + (20000 + 3000) * TICKS), 3003); /* by one */
}
END_TEST

/* Over more than 65,536 slots, with anything in between. */
START_TEST(no_slot_is_used_twice)
{
	static uint32_t used[65536]; /* when; in frames */
	uint32_t timestamp = 0, frame = 0;

	srand(1);
	for (unsigned i = 0; i < 200000; i++) {
		int slot;

		switch (rand() % 16) {
		case 0:
			slot = slots_next(&s);
			break;
		case 1:
			slot = event(timestamp + (uint32_t)(rand() % 1000));
			break;
		case 2:
			slot = sound(timestamp - (uint32_t)(rand() % (80 * TICKS)));
			break;
		case 3:
			timestamp += (uint32_t)(rand() % (10 * TICKS));
			slot = sound(timestamp);
			break;
		default:
			timestamp += TICKS;
			slot = sound(timestamp);
		}
		if (slot == NONE)
			continue;
		frame++;
		ck_assert(used[slot] == 0 || frame - used[slot] > 10000);
		used[slot] = frame;
	}
	ck_assert_uint_gt(atomic_load(&s.next), 65536);
}
END_TEST

static Suite *
slots_suite(void)
{
	Suite *s_ = suite_create("mesh_slots");
	TCase *t = tcase_create("slots");

	suite_add_tcase(s_, t);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, time_begins_at_0_and_is_exact);
	tcase_add_test(t, packets_of_30_ms_do_not_drift);
	tcase_add_test(t, what_is_late_has_the_slot_that_it_had);
	tcase_add_test(t, what_has_no_time_pushes_sound_back_until_it_pauses);
	tcase_add_test(t, an_event_is_sent_once_and_has_its_own_slot);
	tcase_add_test(t, an_event_may_come_first);
	tcase_add_test(t, another_source_or_clock_goes_on_behind);
	tcase_add_test(t, a_jump_is_a_new_beginning);
	tcase_add_test(t, no_slot_is_used_twice);
	return s_;
}

int
main(void)
{
	SRunner *r = srunner_create(slots_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
