/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/methods_many.c, and what a full or draining node says. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/call.h"
#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"

#define ONE(id) "{'call': '" id "', 'legs': [{'name': 'a', 'streams': [{}]}]}"

/* {"calls": [...]} for N calls PREFIX0, PREFIX1, ... of one leg with STREAMS streams. */
static json_t *
many(const char *prefix, unsigned n, unsigned streams)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++) {
		json_t *s = json_array();
		char id[32];

		for (unsigned k = 0; k < streams; k++)
			json_array_append_new(s, json_object());
		snprintf(id, sizeof id, "%s%u", prefix, i);
		json_array_append_new(list, json_pack("{s:s, s:[{s:s, s:o}]}", "call", id,
						    "legs", "name", "a", "streams", s));
	}
	return json_pack("{s:o}", "calls", list);
}

/* Until REQ is answered. */
static void
settle(struct rpc_request *req)
{
	for (unsigned turns = 0; req->answers == 0 && turns < 1000; turns++) {
		fake_answer_all(sw);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ck_assert_uint_eq(req->answers, 1);
}

/* What it says at PATH is true? */
static bool
says(const char *name, const char *path)
{
	json_t *r = result(name, "{}");
	bool yes = json_is_true(at(r, path));

	json_decref(r);
	return yes;
}

static json_t *
create_many(const char *prefix, unsigned n, unsigned streams)
{
	struct rpc_request req;

	begin(&req, "call.create_many", many(prefix, n, streams));
	settle(&req);
	ck_assert_ptr_nonnull(req.result);
	assert_fits(method("call.create_many")->result, req.result, "call.create_many");
	return req.result;
}

static void
assert_counts(json_t *answer, const char *done, int n, int refused)
{
	ck_assert_int_eq(number_at(answer, done), n);
	ck_assert_int_eq(number_at(answer, "refused"), refused);
	json_decref(answer);
}

/* ---- call.create_many ---- */

START_TEST(each_has_its_own_result_or_error_in_its_place)
{
	json_t *r = result("call.create_many",
		"{'calls': [" ONE("one") ", " ONE(
			"one") ", {'call': 'two', 'legs':"
			       " [{'name': 'a', 'interface': 'nowhere', 'streams': [{}]}]}, " ONE(
				       "three") "]}");

	ck_assert_str_eq(text_at(r, "results.0.call"), "one");
	ck_assert_int_ne(number_at(r, "results.0.legs.0.streams.0.local.port"), 0);
	ck_assert_str_eq(text_at(r, "results.1.error.data.reason"), "call_exists");
	ck_assert_str_eq(text_at(r, "results.2.error.data.reason"), "no_interface");
	ck_assert_str_eq(text_at(r, "results.2.error.data.field"), "legs[0].interface");
	ck_assert_str_eq(text_at(r, "results.3.call"), "three");
	assert_counts(r, "created", 2, 2);
	ck_assert_uint_eq(calls_count(calls), 2);
}
END_TEST

START_TEST(one_answer_comes_after_the_last_of_them)
{
	struct rpc_request req;

	conf.call_limit = 200;
	begin(&req, "call.create_many", many("c", 200, 1));
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_gt(fake_waiting(sw), 0);
	fake_answer(sw, fake_waiting(sw) - 1);
	ck_assert_uint_eq(req.answers, 0);
	settle(&req);
	ck_assert_uint_eq(json_array_size(at(req.result, "results")), 200);
	for (unsigned i = 0; i < 200; i++) {
		char path[32], id[32];

		snprintf(path, sizeof path, "results.%u.call", i);
		snprintf(id, sizeof id, "c%u", i);
		ck_assert_str_eq(text_at(req.result, path), id);
	}
	assert_counts(req.result, "created", 200, 0);
}
END_TEST

/* Others have their turns in between. */
START_TEST(it_does_not_do_all_at_once)
{
	struct rpc_request req;

	conf.call_limit = 400;
	begin(&req, "call.create_many", many("c", 400, 1));
	ck_assert_uint_lt(fake_sent(sw, SW_TRANSPORT_SET), 100);
	settle(&req);
	assert_counts(req.result, "created", 400, 0);
}
END_TEST

START_TEST(too_many_requests_at_once_are_refused)
{
	struct rpc_request req[16], late = request("node.info", "{}");

	json_decref(late.result);
	for (unsigned i = 0; i < 16; i++)
		begin(&req[i], "call.create_many", many("c", 1, 1));
	late = request("call.create_many", "{'calls': [" ONE("late") "]}");
	ck_assert_str_eq(late.reason, "busy");
	for (unsigned i = 0; i < 16; i++) {
		settle(&req[i]);
		json_decref(req[i].result);
	}
	assert_counts(
		result("call.create_many", "{'calls': [" ONE("late") "]}"), "created", 1, 0);
}
END_TEST

START_TEST(closing_answers_the_rest)
{
	struct rpc_request req;

	begin(&req, "call.create_many", many("c", 3, 1));
	event_base_loop(base, EVLOOP_NONBLOCK);
	fake_orphan(sw, 0);
	calls_close(calls);
	fake_bury(sw);
	ck_assert_uint_eq(req.answers, 1);
	ck_assert_str_eq(text_at(req.result, "results.2.error.data.reason"), "switch_down");
	assert_counts(req.result, "created", 0, 3);
	calls = calls_open(&conf, sw, base);
}
END_TEST

/* ---- call.delete_many ---- */

START_TEST(by_ids_each_has_its_own_result)
{
	json_t *r;

	json_decref(create_many("c", 3, 1));
	r = result("call.delete_many", "{'ids': ['c2', 'nobody', 'c0', 'c2']}");
	ck_assert_str_eq(text_at(r, "results.0.call"), "c2");
	ck_assert_str_eq(text_at(r, "results.1.error.data.reason"), "unknown_call");
	ck_assert_str_eq(text_at(r, "results.2.call"), "c0");
	ck_assert_str_eq(text_at(r, "results.3.error.data.reason"), "unknown_call");
	assert_counts(r, "deleted", 2, 2);
	ck_assert_ptr_nonnull(calls_find(calls, "c1"));
	ck_assert_uint_eq(calls_count(calls), 1);
}
END_TEST

START_TEST(counters_come_when_asked_for)
{
	json_t *r;

	json_decref(create_many("c", 2, 1));
	atomic_store(&fake_transport_state(sw, calls_find(calls, "c0")->leg[0].stream[0].slot)
			      ->rx_packets,
		17);
	r = result("call.delete_many", "{'ids': ['c0', 'nobody'], 'counters': true}");
	ck_assert_int_eq(number_at(r, "results.0.legs.0.streams.0.rx_packets"), 17);
	assert_counts(r, "deleted", 1, 1);
}
END_TEST

START_TEST(an_id_that_is_too_long_is_nobodys)
{
	char id[200] = "", text[300];

	memset(id, 'i', 128);
	snprintf(text, sizeof text,
		"{'calls': [{'call': '%s', 'legs': [{'name': 'a', 'streams': [{}]}]}]}", id);
	assert_counts(result("call.create_many", text), "created", 1, 0);
	id[128] = 'x';
	snprintf(text, sizeof text, "{'ids': ['%s']}", id);
	assert_counts(result("call.delete_many", text), "deleted", 0, 1);
	ck_assert_uint_eq(calls_count(calls), 1);
}
END_TEST

START_TEST(by_prefix_or_all_those_that_there_are)
{
	conf.call_limit = 300;
	json_decref(create_many("c", 150, 1));
	json_decref(create_many("d", 100, 1));
	assert_counts(result("call.delete_many", "{'prefix': 'c1'}"), "deleted", 61, 0);
	ck_assert_uint_eq(calls_count(calls), 189);
	assert_counts(result("call.delete_many", "{'all': true}"), "deleted", 189, 0);
	ck_assert_uint_eq(calls_count(calls), 0);
	ck_assert_uint_eq(fake_count(sw), 0);
}
END_TEST

START_TEST(calls_that_come_later_are_not_meant)
{
	struct rpc_request req;

	conf.call_limit = 300;
	json_decref(create_many("c", 200, 1));
	begin(&req, "call.delete_many", parsed("{'all': true}"));
	json_decref(create_many("later", 30, 1));
	if (req.answers == 0)
		settle(&req);
	assert_counts(req.result, "deleted", 200, 0);
	ck_assert_uint_eq(calls_count(calls), 30);
}
END_TEST

/* Made at a node whose clock is ahead, or before ours was set back. */
START_TEST(calls_from_the_future_are_meant_and_have_no_age)
{
	json_t *r;

	json_decref(create_many("c", 2, 1));
	((struct call *)(uintptr_t)calls_find(calls, "c1"))->created_us +=
		INT64_C(3600) * 1000000;
	r = result("call.get", "{'call': 'c1'}");
	ck_assert_double_eq(json_number_value(at(r, "age_s")), 0);
	json_decref(r);
	assert_counts(result("call.delete_many", "{'all': true}"), "deleted", 2, 0);
}
END_TEST

START_TEST(it_must_be_said_which)
{
	ck_assert_str_eq(request("call.delete_many", "{}").reason, "bad_value");
	ck_assert_str_eq(request("call.delete_many", "{'all': false}").reason, "bad_value");
	ck_assert_str_eq(request("call.delete_many", "{'all': true, 'ids': ['c']}").reason,
		"bad_value");
	ck_assert_str_eq(request("call.delete_many", "{'prefix': 'c', 'ids': ['c']}").reason,
		"bad_value");
}
END_TEST

/* ---- A full node, and a draining one. ---- */

START_TEST(what_is_full_says_so_and_has_room_again)
{
	for (unsigned round = 0; round < 3; round++) {
		json_t *r = create_many("c", 25, 1);

		ck_assert_str_eq(text_at(r, "results.19.call"), "c19");
		ck_assert_str_eq(text_at(r, "results.20.error.data.reason"), "call_limit");
		assert_counts(r, "created", 20, 5);
		ck_assert_str_eq(request("call.create", ONE("late")).reason, "call_limit");
		assert_counts(result("call.delete_many", "{'prefix': 'c'}"), "deleted", 20, 0);
	}
}
END_TEST

/* 512 transports; 500 ports at each of two addresses, which rest after use. */
START_TEST(what_does_not_fit_leaves_nothing_behind)
{
	json_t *r;

	conf.call_limit = 1000;
	r = create_many("c", 171, 3);
	ck_assert_str_eq(text_at(r, "results.170.error.data.reason"), "call_limit");
	assert_counts(r, "created", 170, 1);
	ck_assert_uint_eq(fake_count(sw), 510);
	assert_counts(result("call.delete_many", "{'all': true}"), "deleted", 170, 0);
	ck_assert_uint_eq(fake_count(sw), 0);
	r = create_many("c", 170, 3);
	ck_assert_str_eq(text_at(r, "results.162.error.data.reason"), "no_ports");
	assert_counts(r, "created", 162, 8);
	ck_assert_uint_eq(fake_count(sw), 486);
	assert_counts(create_many("d", 5, 1), "created", 1000 - 510 - 486, 1);
}
END_TEST

START_TEST(a_draining_node_takes_no_new_calls_until_it_does_not_drain)
{
	struct rpc_request refused;

	json_decref(create_many("c", 1, 1));
	json_decref(result("node.drain", "{}"));
	ck_assert(says("node.info", "draining"));
	refused = request("call.create", ONE("late"));
	ck_assert_str_eq(refused.reason, "draining");
	json_decref(result("call.update", ONE("c0")));
	assert_counts(create_many("d", 2, 1), "created", 0, 2);
	json_decref(result("node.drain", "{}"));
	ck_assert(!says("node.undrain", "draining"));
	ck_assert(!says("node.info", "draining"));
	json_decref(result("call.create", ONE("late")));
}
END_TEST

START_TEST(a_node_that_ends_drains_for_good)
{
	json_decref(result("node.stop", "{'drain': true}"));
	ck_assert_str_eq(request("node.undrain", "{}").reason, "draining");
}
END_TEST

static TCase *
cases(void)
{
	TCase *t = tcase_create("many");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_has_its_own_result_or_error_in_its_place);
	tcase_add_test(t, one_answer_comes_after_the_last_of_them);
	tcase_add_test(t, it_does_not_do_all_at_once);
	tcase_add_test(t, too_many_requests_at_once_are_refused);
	tcase_add_test(t, closing_answers_the_rest);
	tcase_add_test(t, by_ids_each_has_its_own_result);
	tcase_add_test(t, counters_come_when_asked_for);
	tcase_add_test(t, an_id_that_is_too_long_is_nobodys);
	tcase_add_test(t, by_prefix_or_all_those_that_there_are);
	tcase_add_test(t, calls_that_come_later_are_not_meant);
	tcase_add_test(t, calls_from_the_future_are_meant_and_have_no_age);
	tcase_add_test(t, it_must_be_said_which);
	tcase_add_test(t, what_is_full_says_so_and_has_room_again);
	tcase_add_test(t, what_does_not_fit_leaves_nothing_behind);
	tcase_add_test(t, a_draining_node_takes_no_new_calls_until_it_does_not_drain);
	tcase_add_test(t, a_node_that_ends_drains_for_good);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("many");
	SRunner *r;
	int failed;

	suite_add_tcase(s, cases());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
