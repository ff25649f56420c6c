/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/forwarding_watch.c: what main makes of the counters of transcode cores,
 * which the test sets, and tells control, once each. */
#include <check.h>
#include <stdlib.h>

#include "dataplane/forwarding_inside.h"

enum { CORES = 2 };

static struct sw_transcoder core[CORES];
static struct forwarding f;
static struct sw_event told[4];
static unsigned tolds;
static uint64_t now;

static void
take_note(void *arg, const struct sw_event *ev)
{
	ck_assert_ptr_eq(arg, &f);
	ck_assert_uint_lt(tolds, RTE_DIM(told));
	told[tolds++] = *ev;
}

/* Main looks, as it does some times a second; how much it tells. */
static unsigned
look(void)
{
	tolds = 0;
	for (unsigned i = 0; i < CORES; i++)
		core[i].turns++;
	forwarding_watch(&f, ++now, take_note, &f);
	return tolds;
}

static void
begin(void)
{
	f = (struct forwarding){.transcoders = CORES, .state.transcoder = core};
	for (unsigned i = 0; i < CORES; i++)
		core[i] = (struct sw_transcoder){
			.accepting = 1, .complexity = TRANSCODER_COMPLEXITY_MAX};
	ck_assert_uint_eq(look(), 0);
}

/* Just this is told, of core N, and only once. */
static void
is_told(unsigned n, uint32_t detail)
{
	ck_assert_uint_eq(look(), 1);
	ck_assert_uint_eq(told[0].kind, SW_EV_TRANSCODER);
	ck_assert_uint_eq(told[0].slot, n);
	ck_assert_uint_eq(told[0].detail, detail);
	ck_assert_uint_eq(told[0].id, 0);
	ck_assert_uint_eq(look(), 0);
}

START_TEST(a_full_core_is_told_of_and_one_with_room_again)
{
	begin();
	core[1].accepting = 0;
	is_told(1, 1);
	core[1].accepting = 1;
	is_told(1, 0);
}
END_TEST

START_TEST(every_step_of_complexity_is_told_of_whichever_way_it_goes)
{
	begin();
	core[0].complexity = 4;
	is_told(0, 2);
	core[0].complexity = 3;
	is_told(0, 2);
	core[0].complexity = 4;
	is_told(0, 3);
	core[0].complexity = TRANSCODER_COMPLEXITY_MAX;
	is_told(0, 3);
}
END_TEST

START_TEST(what_happens_at_once_is_told_of_each_by_itself)
{
	begin();
	core[0].accepting = 0;
	core[0].complexity = 4;
	core[1].accepting = 0;
	ck_assert_uint_eq(look(), 3);
	ck_assert(told[0].slot == 0 && told[0].detail == 1);
	ck_assert(told[1].slot == 0 && told[1].detail == 2);
	ck_assert(told[2].slot == 1 && told[2].detail == 1);
}
END_TEST

START_TEST(who_is_new_is_told_of_what_still_is)
{
	begin();
	core[0].accepting = 0;
	ck_assert_uint_eq(look(), 1);
	forwarding_tell_again(&f);
	is_told(0, 1);
}
END_TEST

static Suite *
watch_suite(void)
{
	Suite *s = suite_create("forwarding_watch");
	TCase *t = tcase_create("transcode cores");

	suite_add_tcase(s, t);
	tcase_add_test(t, a_full_core_is_told_of_and_one_with_room_again);
	tcase_add_test(t, every_step_of_complexity_is_told_of_whichever_way_it_goes);
	tcase_add_test(t, what_happens_at_once_is_told_of_each_by_itself);
	tcase_add_test(t, who_is_new_is_told_of_what_still_is);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(watch_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
