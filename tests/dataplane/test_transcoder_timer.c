/* SPDX-License-Identifier: Apache-2.0
 *
 * Directions come out in the order in which they are due, whatever was changed about them
 * meanwhile; a plain search says which one that is.  dataplane/transcoder_timer.c. */
#include <check.h>
#include <stdlib.h>

#include "dataplane/transcoder_inside.h"

enum { SLOTS = 300, CHANGES = 200000 };

static struct direction direction[SLOTS];
static uint32_t heap[SLOTS + 1];
static struct transcoder tc = {.direction = direction, .heap = heap};
static uint64_t due[SLOTS]; /* as it should be */

static void
set(uint32_t slot, uint64_t at)
{
	transcoder_timer_set(&tc, slot, at);
	due[slot] = at;
}

static uint64_t
first(void)
{
	uint64_t at = UINT64_MAX;

	for (unsigned i = 0; i < SLOTS; i++)
		at = due[i] < at ? due[i] : at;
	return at;
}

static void
forget_all(void)
{
	for (unsigned i = 0; i < SLOTS; i++)
		due[i] = UINT64_MAX;
}

START_TEST(the_first_one_is_always_the_first)
{
	forget_all();
	tc.now_us = UINT64_MAX - 1;
	srand(1);
	for (unsigned i = 0; i < CHANGES; i++) {
		uint32_t slot = (uint32_t)rand() % SLOTS;

		set(slot, rand() % 8 == 0 ? UINT64_MAX : (uint64_t)(rand() % 1000));
		if (rand() % 8 == 0) { /* the first one goes, and the next comes forth */
			ck_assert(transcoder_timer_due(&tc, &slot));
			ck_assert_uint_eq(due[slot], first());
			due[slot] = UINT64_MAX;
		}
		ck_assert_uint_eq(transcoder_timer_first(&tc), first());
	}
}
END_TEST

START_TEST(what_is_due_comes_out_once_and_in_order)
{
	uint64_t last = 0;
	unsigned n = 0;
	uint32_t slot;

	forget_all();
	for (uint32_t i = 0; i < SLOTS; i++)
		set(i, i * 7919 % SLOTS);
	tc.now_us = SLOTS / 2;
	for (; transcoder_timer_due(&tc, &slot); n++) {
		ck_assert_uint_ge(due[slot], last);
		last = due[slot];
		due[slot] = UINT64_MAX;
	}
	ck_assert_uint_eq(n, SLOTS / 2 + 1);
	ck_assert_uint_eq(transcoder_timer_first(&tc), SLOTS / 2 + 1);
	set(3, 0);
	ck_assert(transcoder_timer_due(&tc, &slot));
	ck_assert_uint_eq(slot, 3);
}
END_TEST

static Suite *
timer_suite(void)
{
	Suite *s = suite_create("transcoder_timer");
	TCase *t = tcase_create("heap");

	suite_add_tcase(s, t);
	tcase_add_test(t, the_first_one_is_always_the_first);
	tcase_add_test(t, what_is_due_comes_out_once_and_in_order);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(timer_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
