/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/stopwatch.h: which visits are timed, and what they count for.  Chance begins with
 * a fixed seed here, so that every run is the same. */
#include "dataplane/stopwatch.h"

#include <check.h>
#include <stdlib.h>

enum { VISITS = 1000000, CORES = 64 };

static struct sw_core counters;
static struct lcore lc;

static void
setup(void)
{
	counters = (struct sw_core){0};
	lc = (struct lcore){.count = &counters, .one_in = STOPWATCH_ONE_IN, .dice = 1};
}

/* Is the next visit timed?  It happens. */
static bool
visit(void)
{
	bool timed = stopwatch_start(&lc).one_in != 0;

	stopwatch_visit(&lc);
	return timed;
}

/* One in so many, within five standard deviations of independent draws; ours vary less. */
static void
is_one_in(unsigned timed, unsigned visits)
{
	double expected = (double)visits / STOPWATCH_ONE_IN, off = timed - expected;

	ck_assert_msg(off * off < 25 * expected, "%u of %u", timed, visits);
}

/* Every Nth visit is of another kind than the others: each kind gets its share, whatever N. */
START_TEST(visits_that_take_turns_are_timed_alike)
{
	unsigned period = (unsigned)_i, timed[32] = {0}, visits[32] = {0};

	for (unsigned i = 0; i < VISITS; i++) {
		visits[i % period]++;
		timed[i % period] += visit();
	}
	for (unsigned kind = 0; kind < period; kind++)
		is_one_in(timed[kind], visits[kind]);
}
END_TEST

START_TEST(never_more_than_two_in_that_many_are_left_out)
{
	unsigned gap = 0, longest = 0, shortest = UINT32_MAX;

	ck_assert(visit()); /* the first */
	for (unsigned i = 1; i < VISITS; i++) {
		if (!visit()) {
			gap++;
			continue;
		}
		longest = RTE_MAX(longest, gap);
		shortest = RTE_MIN(shortest, gap);
		gap = 0;
	}
	ck_assert_uint_eq(shortest, 0);
	ck_assert_uint_eq(longest, 2 * STOPWATCH_ONE_IN - 2);
}
END_TEST

/* A poll that finds nothing is no visit: the timed one waits for the next that has packets. */
START_TEST(empty_visits_use_nothing_up)
{
	for (unsigned i = 0; i < 100; i++)
		ck_assert_uint_eq(stopwatch_start(&lc).one_in, STOPWATCH_ONE_IN);
	ck_assert(visit());
}
END_TEST

START_TEST(a_timed_visit_counts_for_those_that_are_not)
{
	struct stopwatch w = stopwatch_start(&lc);
	uint64_t began = w.at;

	stopwatch_charge(&w, &lc, SW_ST_PARSE, 3);
	ck_assert_uint_eq(counters.cycles[SW_ST_PARSE], (w.at - began) * STOPWATCH_ONE_IN);
	ck_assert_uint_gt(w.at, began);
	ck_assert_uint_eq(counters.packets[SW_ST_PARSE], 3);
}
END_TEST

START_TEST(packets_are_counted_in_every_visit)
{
	struct stopwatch w;

	lc.untimed = 1;
	w = stopwatch_start(&lc);
	stopwatch_charge(&w, &lc, SW_ST_PARSE, 3);
	ck_assert_uint_eq(counters.cycles[SW_ST_PARSE], 0);
	ck_assert_uint_eq(counters.packets[SW_ST_PARSE], 3);
}
END_TEST

/* Behind a core's first visit as many are left out, on average over the cores, as later:
 * within five standard deviations of independent draws, each of all from none to 2 * one_in
 * - 2. */
START_TEST(chance_is_there_from_the_first_on)
{
	const double range = 2 * STOPWATCH_ONE_IN - 1;
	double off[2] = {0};

	for (unsigned core = 0; core < CORES; core++) {
		lc.dice = stopwatch_seed(core);
		for (unsigned draw = 0; draw < 2; draw++) {
			lc.untimed = 0;
			stopwatch_visit(&lc);
			off[draw] += lc.untimed - (range - 1) / 2;
		}
	}
	for (unsigned draw = 0; draw < 2; draw++)
		ck_assert_double_lt(
			off[draw] * off[draw], 25 * CORES * (range * range - 1) / 12);
}
END_TEST

START_TEST(one_in_one_is_all)
{
	lc.one_in = 1;
	for (unsigned i = 0; i < 1000; i++)
		ck_assert(visit());
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("stopwatch");
	TCase *t = tcase_create("stopwatch");
	SRunner *r;
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, visits_that_take_turns_are_timed_alike, 1, 33);
	tcase_add_test(t, never_more_than_two_in_that_many_are_left_out);
	tcase_add_test(t, empty_visits_use_nothing_up);
	tcase_add_test(t, a_timed_visit_counts_for_those_that_are_not);
	tcase_add_test(t, packets_are_counted_in_every_visit);
	tcase_add_test(t, chance_is_there_from_the_first_on);
	tcase_add_test(t, one_in_one_is_all);
	tcase_set_timeout(t, 60);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
