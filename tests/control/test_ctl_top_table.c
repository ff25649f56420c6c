/* SPDX-License-Identifier: Apache-2.0 */
#include "control/ctl_top_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/control/node_readings.h"

static struct top t;
static struct top_table table;

/* Two readings a second apart, 1000 packets further. */
static void
start(void)
{
	struct top_reading first = reading(7, 100, 1000), second = reading(7, 101, 2000);

	t = (struct top){0};
	top_take(&t, &first);
	top_take(&t, &second);
}

static void
stop(void)
{
	top_table_fini(&table);
	top_fini(&t);
}

static unsigned
column(enum top_pane_id pane, const char *title)
{
	unsigned i = 0;

	while (strcmp(top_title(&t, &top_panes[pane].columns[i]), title) != 0)
		ck_assert_ptr_nonnull(top_panes[pane].columns[++i].read);
	return i;
}

static void
open_table(enum top_pane_id pane, const char *sort, bool reverse, const char *filter)
{
	top_table_fini(&table);
	ck_assert_int_eq(top_table_init(&table, &t, &top_panes[pane],
				 sort != NULL ? column(pane, sort) : top_panes[pane].sort,
				 reverse, filter),
		0);
}

/* What stands in row I under TITLE. */
static struct top_value
value(enum top_pane_id pane, size_t i, const char *title)
{
	struct top_value v;

	ck_assert_uint_lt(i, table.n);
	top_cell(&t, &table.rows[i], &top_panes[pane].columns[column(pane, title)], &v);
	return v;
}

static const char *
call(size_t i)
{
	return json_string_value(json_object_get(table.rows[i].now, "call"));
}

START_TEST(the_worst_call_is_first_and_an_unknown_one_last)
{
	open_table(TOP_PANE_CALLS, NULL, false, "");
	ck_assert_uint_eq(table.n, 3);
	ck_assert_str_eq(call(0), "bad");
	ck_assert_str_eq(call(1), "good");
	ck_assert_str_eq(call(2), "new");
	open_table(TOP_PANE_CALLS, NULL, true, "");
	ck_assert_str_eq(call(0), "good");
	ck_assert_str_eq(call(1), "bad");
	ck_assert_str_eq(call(2), "new");
}
END_TEST

START_TEST(every_column_sorts)
{
	open_table(TOP_PANE_CALLS, "LOSS%", false, "");
	ck_assert_str_eq(call(0), "bad");
	open_table(TOP_PANE_CALLS, "CALL", false, "");
	ck_assert_str_eq(call(1), "good");
	ck_assert_str_eq(call(2), "new");
	open_table(TOP_PANE_CALLS, "AGE", false, "");
	ck_assert_str_eq(call(0), "good");
	ck_assert_str_eq(call(2), "new");
}
END_TEST

START_TEST(a_node_without_scores_is_sorted_by_what_it_has)
{
	json_t *calls = json_object_get(t.now.answer[TOP_CALLS], "calls"), *one;
	size_t i;

	json_array_foreach (calls, i, one) {
		json_object_del(one, "mos");
		json_object_del(one, "loss");
		json_object_set_new(one, "lost", json_integer((json_int_t)i));
	}
	open_table(TOP_PANE_CALLS, NULL, false, "");
	ck_assert_uint_eq(table.sort, column(TOP_PANE_CALLS, "LOST"));
	ck_assert(!table.has[column(TOP_PANE_CALLS, "MOS")]);
	ck_assert_str_eq(call(0), "new");
}
END_TEST

START_TEST(a_filter_looks_into_ids_and_legs)
{
	open_table(TOP_PANE_CALLS, NULL, false, "BAD");
	ck_assert_uint_eq(table.n, 1);
	ck_assert_uint_eq(table.of, 3);
	open_table(TOP_PANE_CALLS, NULL, false, "ali");
	ck_assert_uint_eq(table.n, 1);
	ck_assert_str_eq(call(0), "good");
	open_table(TOP_PANE_CALLS, NULL, false, "nobody");
	ck_assert_uint_eq(table.n, 0);
	open_table(TOP_PANE_CORES, NULL, false, "nobody");
	ck_assert_uint_eq(table.n, 1);
}
END_TEST

START_TEST(drops_that_never_were_are_not_listed_and_the_fastest_is_first)
{
	open_table(TOP_PANE_DROPS, NULL, false, "");
	ck_assert_uint_eq(table.n, 2);
	ck_assert_str_eq(value(TOP_PANE_DROPS, 0, "REASON").text, "auth");
	ck_assert_str_eq(value(TOP_PANE_DROPS, 0, "/S").text, "100");
	ck_assert_int_eq(value(TOP_PANE_DROPS, 0, "/S").grade, CTL_WARN);
	ck_assert_str_eq(value(TOP_PANE_DROPS, 0, "TOTAL").text, "200");
	ck_assert_int_eq(value(TOP_PANE_DROPS, 1, "/S").grade, CTL_FINE);
}
END_TEST

START_TEST(cells_say_what_was_read)
{
	open_table(TOP_PANE_CORES, NULL, false, "");
	ck_assert_str_eq(value(TOP_PANE_CORES, 0, "CPU").text, "3");
	ck_assert_str_eq(value(TOP_PANE_CORES, 0, "STATE").text, "awake");
	ck_assert_str_eq(value(TOP_PANE_CORES, 0, "IN/S").text, "1000");
	ck_assert_str_eq(value(TOP_PANE_CORES, 0, "OUT/S").text, "");
	ck_assert(!table.has[column(TOP_PANE_CORES, "OUT/S")]);
	open_table(TOP_PANE_TRANSCODERS, NULL, false, "");
	ck_assert_str_eq(value(TOP_PANE_TRANSCODERS, 0, "LOAD%").text, "71.4");
	ck_assert_int_eq(value(TOP_PANE_TRANSCODERS, 0, "COMPLEXITY").grade, CTL_WARN);
	ck_assert_str_eq(value(TOP_PANE_TRANSCODERS, 0, "NEW CALLS").text, "REFUSED");
	ck_assert_int_eq(value(TOP_PANE_TRANSCODERS, 0, "NEW CALLS").grade, CTL_BAD);
	open_table(TOP_PANE_DEVICES, NULL, false, "");
	ck_assert_str_eq(value(TOP_PANE_DEVICES, 0, "LINK").text, "up");
	ck_assert_str_eq(value(TOP_PANE_DEVICES, 0, "ADDRESSES").text, "192.0.2.1");
	open_table(TOP_PANE_CALLS, NULL, false, "");
	ck_assert_str_eq(value(TOP_PANE_CALLS, 0, "MOS").text, "2.10");
	ck_assert_int_eq(value(TOP_PANE_CALLS, 0, "MOS").grade, CTL_BAD);
	ck_assert_int_eq(value(TOP_PANE_CALLS, 1, "MOS").grade, CTL_FINE);
	ck_assert_str_eq(value(TOP_PANE_CALLS, 1, "LEGS").text, "alice, bob");
	ck_assert_str_eq(value(TOP_PANE_CALLS, 1, "AGE").text, "12 s");
}
END_TEST

START_TEST(cycles_are_those_of_the_packets_since_the_last_reading)
{
	json_t *core = json_array_get(json_object_get(t.now.answer[TOP_CORES], "cores"), 0);
	json_t *stage = json_array_get(json_object_get(core, "stages"), 0);

	open_table(TOP_PANE_STAGES, NULL, false, "");
	ck_assert_str_eq(value(TOP_PANE_STAGES, 0, "rx").text, "40");
	json_object_set_new(stage, "cycles", json_integer(40 * 1000 + 70 * 1000));
	ck_assert_str_eq(value(TOP_PANE_STAGES, 0, "rx").text, "70");
	json_object_set_new(stage, "packets", json_integer(1000)); /* none since */
	ck_assert_str_eq(value(TOP_PANE_STAGES, 0, "rx").text, "110");
}
END_TEST

/* One visit in eight is timed and counts eight times: of a few none may have been, or each. */
START_TEST(cycles_of_a_few_packets_are_those_of_all)
{
	json_t *core = json_array_get(json_object_get(t.now.answer[TOP_CORES], "cores"), 0);
	json_t *stage = json_array_get(json_object_get(core, "stages"), 0);

	open_table(TOP_PANE_STAGES, NULL, false, "");
	json_object_set_new(stage, "packets", json_integer(1000 + 99));
	json_object_set_new(stage, "cycles", json_integer(40 * 1000 + 8 * 40 * 99));
	ck_assert_str_eq(value(TOP_PANE_STAGES, 0, "rx").text, "65"); /* not 320 */
	json_object_set_new(stage, "packets", json_integer(1000 + 100));
	json_object_set_new(stage, "cycles", json_integer(40 * 1000 + 50 * 100));
	ck_assert_str_eq(value(TOP_PANE_STAGES, 0, "rx").text, "50");
	json_object_set_new(stage, "cycles", json_integer(40 * 1000)); /* none was timed */
	ck_assert_str_eq(value(TOP_PANE_STAGES, 0, "rx").text, "36");
}
END_TEST

START_TEST(columns_that_are_not_shown_are_passed_over)
{
	open_table(TOP_PANE_CALLS, NULL, false, "");
	ck_assert_uint_eq(top_column_beside(&table, column(TOP_PANE_CALLS, "LOSS%"), 1),
		column(TOP_PANE_CALLS, "LEGS"));
	ck_assert_uint_eq(top_column_beside(&table, column(TOP_PANE_CALLS, "LEGS"), 1),
		column(TOP_PANE_CALLS, "CALL"));
	ck_assert_uint_eq(top_column_beside(&table, column(TOP_PANE_CALLS, "CALL"), -1),
		column(TOP_PANE_CALLS, "LEGS"));
}
END_TEST

START_TEST(a_table_of_nothing_is_empty)
{
	struct top none = {0};

	for (unsigned p = 0; p < TOP_PANES; p++) {
		top_table_fini(&table);
		ck_assert_int_eq(
			top_table_init(&table, &none, &top_panes[p], 0, false, ""), 0);
		ck_assert_uint_eq(table.n, 0);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_top_table");
	TCase *tc = tcase_create("table");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, the_worst_call_is_first_and_an_unknown_one_last);
	tcase_add_test(tc, every_column_sorts);
	tcase_add_test(tc, a_node_without_scores_is_sorted_by_what_it_has);
	tcase_add_test(tc, a_filter_looks_into_ids_and_legs);
	tcase_add_test(tc, drops_that_never_were_are_not_listed_and_the_fastest_is_first);
	tcase_add_test(tc, cells_say_what_was_read);
	tcase_add_test(tc, cycles_are_those_of_the_packets_since_the_last_reading);
	tcase_add_test(tc, cycles_of_a_few_packets_are_those_of_all);
	tcase_add_test(tc, columns_that_are_not_shown_are_passed_over);
	tcase_add_test(tc, a_table_of_nothing_is_empty);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
