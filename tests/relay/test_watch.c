/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/methods_watch.c: what a client that follows its rules knows of the calls is what there
 * is, whatever happens to them. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/call.h"
#include "relay/changes.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"

#define ONE(id) "{'call': '" id "', 'legs': [{'name': 'a', 'streams': [{}]}]}"

/* ---- A mirror, kept by call.list and call.watch. ---- */

static struct {
	json_t *rows; /* by id: what of a row does not change by itself */
	char cursor[CHANGES_CURSOR];
	unsigned resyncs;
} mirror;

static void
put(json_t *into, const json_t *row)
{
	json_t *kept = json_pack("{s:O, s:O, s:O}", "state", json_object_get(row, "state"),
		"legs", json_object_get(row, "legs"), "cores", json_object_get(row, "cores"));

	json_object_set_new(into, text_at(row, "call"), kept);
}

static void
take_cursor(const json_t *answer)
{
	snprintf(mirror.cursor, sizeof mirror.cursor, "%s", text_at(answer, "cursor"));
}

/* All calls, N at a time; BETWEEN is called after each part but the last. */
static json_t *
list(unsigned n, void (*between)(void), bool first_cursor)
{
	json_t *all = json_object(), *row, *r;
	char text[200], after[129] = "";
	bool more = true;
	size_t i;

	for (unsigned part = 0; more; part++) {
		if (after[0] == '\0')
			snprintf(text, sizeof text, "{'limit': %u}", n);
		else
			snprintf(text, sizeof text, "{'limit': %u, 'after': '%s'}", n, after);
		r = result("call.list", text);
		if (part == 0 && first_cursor)
			take_cursor(r);
		json_array_foreach (json_object_get(r, "calls"), i, row) {
			put(all, row);
			snprintf(after, sizeof after, "%s", text_at(row, "call"));
		}
		more = json_is_true(json_object_get(r, "more"));
		json_decref(r);
		if (more && between != NULL)
			between();
	}
	return all;
}

static void
start_mirror(unsigned n, void (*between)(void))
{
	json_decref(mirror.rows);
	mirror.rows = list(n, between, true);
}

static void
apply(const json_t *change)
{
	const json_t *row = json_object_get(change, "row");

	if (row != NULL)
		put(mirror.rows, row);
	else
		json_object_del(mirror.rows, text_at(change, "call"));
}

/* Watch until nothing more is told, N changes at a time. */
static void
follow(unsigned n)
{
	json_t *r, *change;
	bool more = true;
	char text[200];
	size_t i;

	while (more) {
		snprintf(text, sizeof text, "{'cursor': '%s', 'limit': %u}", mirror.cursor, n);
		r = result("call.watch", text);
		if (json_is_true(json_object_get(r, "resync"))) {
			ck_assert_uint_eq(json_array_size(json_object_get(r, "changes")), 0);
			mirror.resyncs++;
			start_mirror(7, NULL);
		} else {
			json_array_foreach (json_object_get(r, "changes"), i, change)
				apply(change);
			ck_assert_uint_le(i, n);
			take_cursor(r);
		}
		more = json_is_true(json_object_get(r, "more"));
		json_decref(r);
	}
}

static void
assert_exact(void)
{
	json_t *all = list(1000, NULL, false);
	char *theirs = json_dumps(all, JSON_SORT_KEYS);
	char *ours = json_dumps(mirror.rows, JSON_SORT_KEYS);

	ck_assert_str_eq(ours, theirs);
	free(theirs);
	free(ours);
	json_decref(all);
}

/* ---- Anything. ---- */

static void
say(const char *method_name, json_t *params)
{
	struct rpc_request req;

	begin(&req, method_name, params);
	fake_answer_all(sw);
	ck_assert_uint_eq(req.answers, 1);
	json_decref(req.result);
}

static json_t *
call_params(const char *id, unsigned legs)
{
	static const char *const names[] = {"a", "b"};
	json_t *l = json_array();

	for (unsigned i = 0; i < legs; i++)
		json_array_append_new(
			l, json_pack("{s:s, s:[{}]}", "name", names[i], "streams"));
	return json_pack("{s:s, s:o}", "call", id, "legs", l);
}

static void
report(const char *id, enum sw_event_kind kind)
{
	const struct call *c = calls_find(calls, id);

	if (c != NULL)
		calls_event(calls, &(struct sw_event){.id = c->leg[0].stream[0].id,
					   .slot = c->leg[0].stream[0].slot,
					   .kind = kind});
}

static void
import_again(const char *id)
{
	struct rpc_request req;

	begin(&req, "call.export", json_pack("{s:s}", "call", id));
	fake_answer_all(sw);
	if (req.result != NULL && rand() % 2 == 0)
		say("call.delete", json_pack("{s:s}", "call", id));
	if (req.result != NULL && rand() % 3 != 0)
		say("call.import",
			json_pack("{s:O, s:b}", "record",
				json_object_get(req.result, "record"), "relocate", 1));
	json_decref(req.result);
}

/* The switch dies and comes back, with its memory or without. */
static void
restart_switch(void)
{
	fake_lose(sw);
	calls_switch_lost(calls);
	if (rand() % 2 == 0) {
		fake_adopt(sw);
		calls_welcome(calls, SW_ADOPTED);
	} else {
		fake_fresh(sw);
		fake_state(sw)->cores = 1 + (unsigned)rand() % 4;
		if (rand() % 2 == 0)
			fake_state(sw)->addresses = 1; /* calls at the others end */
		calls_welcome(calls, SW_FRESH);
	}
	fake_answer_all(sw);
}

static void
anything(void)
{
	char id[16];

	snprintf(id, sizeof id, "call%d", rand() % 30);
	switch (rand() % 16) {
	case 0 ... 4:
		say("call.create", call_params(id, 1 + (unsigned)rand() % 2));
		break;
	case 5 ... 6:
		say("call.update", call_params(id, 2));
		break;
	case 7 ... 9:
		say("call.delete", json_pack("{s:s}", "call", id));
		break;
	case 10:
		fake_refuse(sw, SW_TRANSPORT_SET, 0, -ENOMEM);
		say("call.create", call_params(id, 1));
		break;
	case 11:
		report(id, SW_EV_LATCHED);
		break;
	case 12:
		report(id, SW_EV_REKEYED);
		break;
	case 13 ... 14:
		import_again(id);
		break;
	case 15:
		if (rand() % 4 == 0)
			restart_switch();
		break;
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	fake_answer_all(sw);
}

static void
some_things(void)
{
	for (int n = rand() % 5; n > 0; n--)
		anything();
}

START_TEST(a_mirror_is_exact_after_whatever_has_happened)
{
	srand((unsigned)_i);
	conf.call_limit = 25;
	some_things();
	start_mirror(1 + (unsigned)rand() % 4, some_things);
	for (unsigned round = 0; round < 60; round++) {
		for (int n = rand() % 20; n > 0; n--)
			anything();
		follow(1 + (unsigned)rand() % 9);
		assert_exact();
	}
	ck_assert_uint_eq(mirror.resyncs, 0);
	json_decref(mirror.rows);
}
END_TEST

START_TEST(who_has_slept_too_long_lists_again)
{
	conf.call_limit = 25;
	start_mirror(10, NULL);
	json_decref(result("call.create", ONE("early")));
	for (unsigned i = 0; i <= CHANGES_MAX; i++)
		changes_add(calls_changes(calls), CHANGE_UPDATED, "early");
	follow(1000);
	ck_assert_uint_eq(mirror.resyncs, 1);
	assert_exact();
	json_decref(mirror.rows);
}
END_TEST

/* A control that was killed, and its successor, which lists the same calls. */
START_TEST(a_successor_says_that_its_cursors_are_others)
{
	json_decref(result("call.create", ONE("early")));
	start_mirror(10, NULL);
	fake_orphan(sw, 0);
	calls_close(calls);
	fake_bury(sw);
	calls = calls_open(&conf, sw, base);
	calls_welcome(calls, SW_KEPT);
	fake_answer_all(sw);
	json_decref(result("call.create", ONE("late")));
	follow(100);
	ck_assert_uint_eq(mirror.resyncs, 1);
	assert_exact();
	json_decref(mirror.rows);
}
END_TEST

/* ---- Waiting. ---- */

/* The cursor of now. */
static void
from_now(void)
{
	json_t *r = result("call.watch", "{}");

	take_cursor(r);
	json_decref(r);
}

static void
watch_from(struct rpc_request *req, const char *cursor, int wait_ms)
{
	begin(req, "call.watch",
		json_pack("{s:s, s:i}", "cursor", cursor, "wait_ms", wait_ms));
}

START_TEST(without_a_cursor_it_begins_now)
{
	json_t *r;

	json_decref(result("call.create", ONE("early")));
	r = result("call.watch", "{'wait_ms': 30000}");
	ck_assert_uint_eq(json_array_size(at(r, "changes")), 0);
	take_cursor(r);
	json_decref(r);
	json_decref(result("call.create", ONE("late")));
	r = result("call.watch", "{}");
	ck_assert_str_ne(text_at(r, "cursor"), mirror.cursor);
	json_decref(r);
}
END_TEST

START_TEST(who_waits_is_answered_by_the_next_change)
{
	struct rpc_request req;

	from_now();
	watch_from(&req, mirror.cursor, 30000);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(req.answers, 0);
	json_decref(result("call.create", ONE("c")));
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(req.answers, 1);
	ck_assert_str_eq(text_at(req.result, "changes.0.change"), "created");
	ck_assert_str_eq(text_at(req.result, "changes.0.row.call"), "c");
	json_decref(req.result);
	/* There is something already: no waiting. */
	watch_from(&req, mirror.cursor, 30000);
	ck_assert_uint_eq(req.answers, 1);
	ck_assert_str_eq(text_at(req.result, "changes.0.call"), "c");
	json_decref(req.result);
}
END_TEST

START_TEST(who_waits_in_vain_is_told_so)
{
	struct rpc_request req;

	from_now();
	watch_from(&req, mirror.cursor, 20);
	ck_assert_uint_eq(req.answers, 0);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(req.answers, 1);
	ck_assert_uint_eq(json_array_size(at(req.result, "changes")), 0);
	ck_assert_str_eq(text_at(req.result, "cursor"), mirror.cursor);
	ck_assert(json_is_false(at(req.result, "resync")));
	json_decref(req.result);
}
END_TEST

START_TEST(what_is_no_cursor_is_refused)
{
	struct rpc_request req = request("call.watch", "{'cursor': 'yesterday'}");

	ck_assert_str_eq(req.reason, "bad_value");
	ck_assert_str_eq(req.field, "cursor");
}
END_TEST

START_TEST(what_has_gone_is_told_without_a_row)
{
	struct rpc_request req;

	from_now();
	json_decref(result("call.create", ONE("c")));
	json_decref(result("call.delete", "{'call': 'c'}"));
	watch_from(&req, mirror.cursor, 0);
	ck_assert_str_eq(text_at(req.result, "changes.0.change"), "created");
	ck_assert_ptr_null(at(req.result, "changes.0.row"));
	ck_assert_str_eq(text_at(req.result, "changes.1.change"), "ended");
	ck_assert_ptr_null(at(req.result, "changes.1.row"));
	json_decref(req.result);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch");
	TCase *t = tcase_create("watch");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_mirror_is_exact_after_whatever_has_happened, 0, 20);
	tcase_add_test(t, who_has_slept_too_long_lists_again);
	tcase_add_test(t, a_successor_says_that_its_cursors_are_others);
	tcase_add_test(t, without_a_cursor_it_begins_now);
	tcase_add_test(t, who_waits_is_answered_by_the_next_change);
	tcase_add_test(t, who_waits_in_vain_is_told_so);
	tcase_add_test(t, what_is_no_cursor_is_refused);
	tcase_add_test(t, what_has_gone_is_told_without_a_row);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
