/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/core_watch.c, with a clock of the test's and cores of a switch that is none. */
#include <check.h>
#include <event2/event.h>
#include <stdlib.h>

#include "relay/core_watch.h"
#include "tests/relay/fake_client.h"

static const uint64_t HZ = 1000000000;

static struct event_base *base;
static struct switch_client *sw;
static struct core_watch *watch;

static void
setup(void)
{
	base = event_base_new();
	sw = fake_open();
	fake_state(sw)->cores = 2;
	fake_state(sw)->tsc_hz = HZ;
	watch = core_watch_open(base, sw);
	ck_assert_ptr_nonnull(watch);
}

static void
teardown(void)
{
	core_watch_close(watch);
	fake_close(sw);
	event_base_free(base);
}

static void
counters(unsigned core, uint64_t rx, uint64_t tx, uint64_t busy)
{
	atomic_store(&fake_core(sw, core)->rx_packets, rx);
	atomic_store(&fake_core(sw, core)->tx_packets, tx);
	atomic_store(&fake_core(sw, core)->busy_cycles, busy);
}

START_TEST(rates_are_those_between_two_looks)
{
	counters(0, 1000, 2000, HZ);
	counters(1, 5, 6, 7);
	core_watch_look(watch, 10 * HZ);
	ck_assert_double_eq(core_watch_rate(watch, 0).rx, 0); /* nothing to compare with */
	counters(0, 1600, 2500, HZ + HZ / 2);
	core_watch_look(watch, 12 * HZ);
	ck_assert_double_eq(core_watch_rate(watch, 0).rx, 300);
	ck_assert_double_eq(core_watch_rate(watch, 0).tx, 250);
	ck_assert_double_eq(core_watch_rate(watch, 0).busy, 0.25);
	ck_assert_double_eq(core_watch_rate(watch, 1).rx, 0);
	core_watch_look(watch, 13 * HZ);
	ck_assert_double_eq(core_watch_rate(watch, 0).rx, 0);
}
END_TEST

START_TEST(another_switch_begins_anew)
{
	counters(0, 1000, 1000, 1000);
	core_watch_look(watch, 1 * HZ);
	core_watch_look(watch, 2 * HZ);
	core_watch_event(
		watch, &(struct sw_event){.kind = SW_EV_STALLED, .slot = 0, .detail = 1});
	core_watch_welcome(watch);
	ck_assert(!core_watch_is_stalled(watch, 0));
	counters(0, 10, 10, 10);
	core_watch_look(watch, 3 * HZ);
	ck_assert_double_eq(core_watch_rate(watch, 0).rx, 0);
	counters(0, 20, 30, 10);
	core_watch_look(watch, 4 * HZ);
	ck_assert_double_eq(core_watch_rate(watch, 0).rx, 10);
	ck_assert_double_eq(core_watch_rate(watch, 0).tx, 20);
}
END_TEST

START_TEST(a_stalled_core_is_one_until_it_takes_turns_again)
{
	struct sw_event ev = {.kind = SW_EV_STALLED, .slot = 1, .detail = 1};

	core_watch_event(watch, &ev);
	ck_assert(!core_watch_is_stalled(watch, 0));
	ck_assert(core_watch_is_stalled(watch, 1));
	ev.detail = 0;
	core_watch_event(watch, &ev);
	ck_assert(!core_watch_is_stalled(watch, 1));
}
END_TEST

START_TEST(a_core_that_does_not_exist_is_none)
{
	struct sw_event ev = {.kind = SW_EV_STALLED, .detail = 1};

	for (ev.slot = 2; ev.slot < SW_TRANSPORTS_MAX; ev.slot = ev.slot * 3 + 1)
		core_watch_event(watch, &ev);
	ck_assert(!core_watch_is_stalled(watch, 2));
	ck_assert(!core_watch_is_stalled(watch, SW_CORES));
	ck_assert_double_eq(core_watch_rate(watch, SW_CORES).rx, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("core_watch");
	TCase *t = tcase_create("core_watch");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, rates_are_those_between_two_looks);
	tcase_add_test(t, another_switch_begins_anew);
	tcase_add_test(t, a_stalled_core_is_one_until_it_takes_turns_again);
	tcase_add_test(t, a_core_that_does_not_exist_is_none);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
