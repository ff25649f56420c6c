/* SPDX-License-Identifier: Apache-2.0 */
#include "control/ctl_top_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/control/node_readings.h"

static struct top t;

static void
take(struct top_reading r)
{
	top_take(&t, &r);
	ck_assert_ptr_null(r.answer[TOP_NODE]); /* it is t's now */
}

static void
start(void)
{
	t = (struct top){0};
}

static void
stop(void)
{
	top_fini(&t);
}

START_TEST(a_rate_is_what_a_counter_grows_in_a_second_of_the_node)
{
	take(reading(7, 100.0, 1000));
	ck_assert(isnan(top_rate(&t, TOP_STATS, "rx_packets")));
	take(reading(7, 102.5, 1500));
	ck_assert_double_eq_tol(top_rate(&t, TOP_STATS, "rx_packets"), 200, 1e-9);
	ck_assert_double_eq_tol(top_rate(&t, TOP_STATS, "tx_packets"), 0, 1e-9);
	ck_assert(isnan(top_rate(&t, TOP_STATS, "of_a_newer_node")));
	ck_assert_str_eq(t.news, "");
}
END_TEST

START_TEST(there_is_no_rate_across_a_restart)
{
	take(reading(7, 100.0, 1000));
	take(reading(8, 101.0, 1500)); /* another process, and only seemingly older */
	ck_assert(isnan(top_rate(&t, TOP_STATS, "rx_packets")));
	ck_assert_ptr_nonnull(strstr(t.news, "process 8"));
	take(reading(8, 102.0, 1600));
	ck_assert_double_eq_tol(top_rate(&t, TOP_STATS, "rx_packets"), 100, 1e-9);
	ck_assert_str_ne(t.news, ""); /* for whoever looks up now */
	take(reading(8, 112.0, 1700));
	ck_assert_str_eq(t.news, "");
	take(reading(8, 0.5, 2000)); /* the same process, renewed */
	ck_assert(isnan(top_rate(&t, TOP_STATS, "rx_packets")));
	ck_assert_ptr_nonnull(strstr(t.news, "upgraded"));
}
END_TEST

START_TEST(a_counter_that_has_begun_anew_has_no_rate)
{
	struct top_reading r = reading(7, 101.0, 1);

	take(reading(7, 100.0, 1000));
	json_object_set_new(
		json_object_get(r.answer[TOP_NODE], "switch"), "pid", json_integer(10));
	take(r);
	ck_assert(isnan(top_rate(&t, TOP_STATS, "rx_packets")));
	ck_assert_double_eq_tol(top_rate(&t, TOP_STATS, "created"), 0, 1e-9);
	ck_assert_ptr_nonnull(strstr(t.news, "strowger-switch is process 10"));
}
END_TEST

START_TEST(paths_lead_through_objects_and_arrays)
{
	json_t *o = json_of("{'a': [{'b': 1}, {'b': true, 'c': 'x'}]}");

	ck_assert_double_eq(top_number(o, "a.0.b"), 1);
	ck_assert_double_eq(top_number(o, "a.1.b"), 1);
	ck_assert(isnan(top_number(o, "a.1.c")));
	ck_assert(isnan(top_number(o, "a.2.b")));
	ck_assert(isnan(top_number(NULL, "a")));
	ck_assert_str_eq(json_string_value(top_at(o, "a.1.c")), "x");
	json_decref(o);
}
END_TEST

START_TEST(alarms_are_the_gravest_thing_first)
{
	char text[200];
	json_t *core, *device, *sw;

	take(reading(7, 100.0, 1000));
	ck_assert(!top_alarm(&t, text, sizeof text));
	core = json_array_get(json_object_get(t.now.answer[TOP_CORES], "cores"), 0);
	device = json_array_get(json_object_get(t.now.answer[TOP_DEVICES], "devices"), 0);
	sw = json_object_get(t.now.answer[TOP_NODE], "switch");
	json_object_set_new(device, "up", json_false());
	ck_assert(top_alarm(&t, text, sizeof text));
	ck_assert_str_eq(text, "the link of eth0 is down");
	json_object_set_new(core, "stalled", json_true());
	ck_assert(top_alarm(&t, text, sizeof text));
	ck_assert_ptr_nonnull(strstr(text, "core 0 (CPU 3) is stalled"));
	json_object_set_new(sw, "up", json_false());
	ck_assert(top_alarm(&t, text, sizeof text));
	ck_assert_ptr_nonnull(strstr(text, "data plane is away"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_top_model");
	TCase *tc = tcase_create("model");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, a_rate_is_what_a_counter_grows_in_a_second_of_the_node);
	tcase_add_test(tc, there_is_no_rate_across_a_restart);
	tcase_add_test(tc, a_counter_that_has_begun_anew_has_no_rate);
	tcase_add_test(tc, paths_lead_through_objects_and_arrays);
	tcase_add_test(tc, alarms_are_the_gravest_thing_first);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
