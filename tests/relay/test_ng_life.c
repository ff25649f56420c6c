/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/ng_delete.c, ng_life.c and ng_recover.c: what is ended, what ends by itself, and what
 * goes on after us. */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/dialog.h"
#include "tests/relay/ng_desk.h"

/* ---- Delete, and what ends without it. ---- */

/* Who is late by a tick of ng_life.c is in time. */
static void
turn(unsigned ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	event_base_loopexit(desk.base, &tv);
	event_base_dispatch(desk.base);
	fake_answer_all(desk.sw);
}

START_TEST(what_is_not_there_cannot_be_deleted_and_that_is_no_error)
{
	desk_says(DELETE("x", ", 'from-tag': 'a'"),
		"{'warning':'Call-ID not found or tags didn~t match','result':'ok'}");
	desk_says(DELETE("x", ", 'flags': ['fatal']"),
		"'error-reason':'Call-ID not found or tags didn~t match'");
	desk_says(OFFER("x", A), DESK_OK);
	desk_says(DELETE("x", ", 'from-tag': 'z'"), "'warning'");
	ck_assert_ptr_nonnull(calls_find(desk.calls, "x"));
}
END_TEST

START_TEST(a_deleted_call_ends_after_a_while_unless_it_is_asked_for_again)
{
	desk_says(OFFER("x", A), DESK_OK);
	desk_says(OFFER("revived", A), DESK_OK);
	desk_says(DELETE("x", ", 'flags': ['fast'], 'delete-delay': 1"), "{'result':'ok'}");
	desk_says(DELETE("revived", ", 'delete-delay': '1'"), DESK_OK);
	turn(300);
	desk_says(OFFER("revived", A), DESK_OK);
	ck_assert_ptr_nonnull(calls_find(desk.calls, "x"));
	desk_says("{'command': 'query', 'call-id': 'x'}", DESK_OK);
	turn(1100);
	ck_assert_ptr_null(calls_find(desk.calls, "x"));
	ck_assert_ptr_nonnull(calls_find(desk.calls, "revived"));
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 1);
}
END_TEST

/* A second delete would find no call, and be counted as refused. */
START_TEST(a_call_that_cannot_end_at_once_is_asked_to_only_once)
{
	const struct timeval some_ticks = {3, 500000};
	struct ng_exchange blocked;
	uint64_t refused;

	desk_says(OFFER("x", A), DESK_OK);
	desk_says(DELETE("x", ", 'delete-delay': 1"), DESK_OK);
	refused = calls_sums(desk.calls)->refused;
	desk_ask(&blocked, "{'command': 'block media', 'call-id': 'x'}"); /* it is busy */
	event_base_loopexit(desk.base, &some_ticks);
	event_base_dispatch(desk.base);
	ck_assert_ptr_nonnull(calls_find(desk.calls, "x"));
	fake_answer_all(desk.sw);
	ck_assert_ptr_null(calls_find(desk.calls, "x"));
	ck_assert_uint_eq(calls_sums(desk.calls)->refused, refused);
}
END_TEST

START_TEST(a_delete_that_was_withdrawn_does_not_count)
{
	struct ng_exchange blocked;
	int waits;

	desk_says(OFFER("x", A), DESK_OK);
	desk_ask(&blocked, "{'command': 'block media', 'call-id': 'x'}"); /* it is busy */
	calls_delete(desk.calls, "x", NULL, NULL, &waits);
	ck_assert(calls_is_leaving(desk.calls, "x"));
	ck_assert(calls_cancel(desk.calls, "x", &waits));
	ck_assert(!calls_is_leaving(desk.calls, "x"));
	fake_answer_all(desk.sw);
	desk_says(DELETE("x", ", 'delete-delay': 1"), DESK_OK);
	turn(1500);
	ck_assert_ptr_null(calls_find(desk.calls, "x"));
}
END_TEST

START_TEST(a_call_that_is_ended_otherwise_is_forgotten)
{
	desk_says(OFFER("x", A "'via-branch': '1', "), DESK_OK);
	desk_says(OFFER("x", A "'via-branch': '2', "), DESK_OK);
	calls_delete(desk.calls, "x#2", NULL, NULL, NULL);
	fake_answer_all(desk.sw);
	ck_assert_ptr_null(dialogs_find(ng_dialogs(desk.ng), SLICE("x"))->pairs->next);
	calls_delete(desk.calls, "x", NULL, NULL, NULL);
	fake_answer_all(desk.sw);
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
}
END_TEST

START_TEST(a_call_that_ends_while_it_is_asked_for_is_no_call)
{
	struct ng_exchange again, then;

	desk_says(OFFER("x", A), DESK_OK);
	calls_delete(desk.calls, "x", NULL, NULL, NULL);
	desk_ask(&again, OFFER("x", A));
	desk_ask(&then, OFFER("x", A));
	fake_answer_all(desk.sw);
	desk_answered(&again, "'result':");
	desk_answered(&then, "'result':");
	desk_says(OFFER("x", A), DESK_OK);
	ck_assert_ptr_nonnull(calls_find(desk.calls, "x"));
}
END_TEST

START_TEST(what_nobody_answers_ends)
{
	desk.conf.timeout_ms[TIMEOUT_SETUP] = 200;
	desk_says(OFFER("x", A), DESK_OK);
	desk_says(OFFER("y", A), DESK_OK);
	desk_says(ANSWER("y"), DESK_OK);
	turn(100);
	ck_assert_ptr_nonnull(calls_find(desk.calls, "x"));
	turn(600);
	ck_assert_ptr_null(calls_find(desk.calls, "x"));
	ck_assert_ptr_nonnull(calls_find(desk.calls, "y"));
	ck_assert_uint_eq(calls_sums(desk.calls)->timed_out, 1);
}
END_TEST

START_TEST(what_has_lasted_too_long_ends)
{
	desk.conf.timeout_ms[TIMEOUT_TOTAL] = 200;
	desk_says(OFFER("y", A), DESK_OK);
	turn(100);
	desk_says(ANSWER("y"), DESK_OK);
	turn(600);
	ck_assert_ptr_null(calls_find(desk.calls, "y"));
}
END_TEST

/* ---- Those after us. ---- */

static void
be_succeeded(void)
{
	fake_orphan(desk.sw, 0);
	desk_close();
	fake_bury(desk.sw);
	desk_open(SW_KEPT);
}

START_TEST(a_successor_knows_who_is_who)
{
	desk_says(OFFER("one", A), DESK_OK);
	desk_says(ANSWER("one"), DESK_OK);
	desk_says(OFFER("two", A "'via-branch': '1', "), DESK_OK);
	desk_says(OFFER("two", A "'via-branch': '2', "), DESK_OK);
	be_succeeded();
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 2);
	desk_says("{'command': 'offer', 'call-id': 'one', 'from-tag': 'b', 'to-tag': 'a', " SDP
		  "}",
		DESK_OK);
	desk_says("{'command': 'answer', 'call-id': 'two', " AB "'via-branch': '2', " SDP "}",
		DESK_OK);
	ck_assert_uint_eq(calls_count(desk.calls), 3);
	desk_says(DELETE("two", ", 'delete-delay': 0"), DESK_OK);
	ck_assert_uint_eq(calls_count(desk.calls), 1);
}
END_TEST

/* Who is called TAG in dialog "x". */
static const struct party *
party(const char *tag)
{
	return dialog_party(dialogs_find(ng_dialogs(desk.ng), SLICE("x")), slice_of(tag));
}

/* Of dialog "x" the tag b of old talks with a, and as b2 and b3, and under a label, with c. */
static void
rename_b(void)
{
	desk_says(OFFER("x", A), DESK_OK);
	desk_says(ANSWER("x"), DESK_OK);
	desk_says(OFFER("x", "'from-tag': 'c', 'to-tag': 'b', "), DESK_OK);
	desk_says("{'command': 'answer', 'call-id': 'x', 'from-tag': 'c', 'to-tag': 'b2', " SDP
		  "}",
		DESK_OK);
	desk_says("{'command': 'answer', 'call-id': 'x', 'from-tag': 'c', 'to-tag': 'b3', "
		  "'label': 'the one who answers', " SDP "}",
		DESK_OK);
	ck_assert_uint_eq(calls_count(desk.calls), 2);
}

START_TEST(a_successor_knows_all_names_whichever_pair_is_left)
{
	rename_b();
	desk_says(DELETE("x", ", 'from-tag': 'c', 'delete-delay': 0"), DESK_OK);
	be_succeeded();
	ck_assert_ptr_nonnull(party("a"));
	ck_assert_str_eq(party("b3")->label, "the one who answers");
	ck_assert_str_eq(dialog_former_tag(party("b3"), 0), "b2");
	ck_assert_str_eq(dialog_former_tag(party("b3"), 1), "b");
}
END_TEST

START_TEST(a_successor_does_not_know_a_name_that_was_taken_back)
{
	rename_b();
	desk_says(DELETE("x", ", 'from-tag': 'c', 'to-tag': 'b2', 'flags': ['to-tag']"),
		DESK_OK);
	be_succeeded();
	ck_assert_uint_eq(calls_count(desk.calls), 2);
	ck_assert_ptr_null(party("b2"));
	ck_assert_str_eq(dialog_former_tag(party("b3"), 0), "b");
}
END_TEST

START_TEST(a_successor_ends_what_was_deleted_and_keeps_what_was_revived)
{
	desk_says(OFFER("x", A), DESK_OK);
	desk_says(OFFER("revived", A), DESK_OK);
	desk_says(DELETE("x", ", 'delete-delay': 1"), DESK_OK);
	desk_says(DELETE("revived", ", 'delete-delay': 1"), DESK_OK);
	desk_says(OFFER("revived", A), DESK_OK);
	be_succeeded();
	ck_assert_ptr_nonnull(calls_find(desk.calls, "x"));
	turn(1450);
	ck_assert_ptr_null(calls_find(desk.calls, "x"));
	ck_assert_ptr_nonnull(calls_find(desk.calls, "revived"));
}
END_TEST

static int64_t
end_of(const char *id)
{
	return dialogs_find(ng_dialogs(desk.ng), slice_of(id))->pairs->delete_at_us;
}

/* Who hangs up is not asked to do so again when the switch is back. */
START_TEST(a_successor_knows_what_was_deleted_without_a_switch)
{
	int64_t once, twice;

	desk_says(OFFER("once", A), DESK_OK);
	desk_says(OFFER("twice", A), DESK_OK);
	desk_says(DELETE("twice", ", 'delete-delay': 60"), DESK_OK);
	desk_lose_switch();
	desk_says(DELETE("once", ", 'delete-delay': 60"), DESK_OK);
	desk_says(DELETE("twice", ", 'delete-delay': 600"), DESK_OK);
	once = end_of("once");
	twice = end_of("twice");
	ck_assert_int_gt(twice, once);
	fake_adopt(desk.sw);
	calls_welcome(desk.calls, SW_ADOPTED);
	fake_answer_all(desk.sw);
	desk_settle("once");
	desk_settle("twice");
	be_succeeded();
	ck_assert_int_eq(end_of("once"), once);
	ck_assert_int_eq(end_of("twice"), twice);
}
END_TEST

static uint8_t record[1 << 17];
static size_t record_len;

static void
keep_record(void *arg, const uint8_t *bytes, size_t len)
{
	memcpy(record, bytes, record_len = len);
}

START_TEST(a_call_from_another_node_is_a_dialog_here)
{
	desk_says(OFFER("x", A), DESK_OK);
	desk_says(ANSWER("x"), DESK_OK);
	calls_export(desk.calls, "x", keep_record, NULL, NULL);
	fake_answer_all(desk.sw);
	desk_says(DELETE("x", ", 'delete-delay': 0"), DESK_OK);
	desk_says("{'command': 'list'}", "{'calls':[],");
	calls_import(desk.calls, record, record_len, true, NULL, NULL);
	fake_answer_all(desk.sw);
	desk_says("{'command': 'list'}", "{'calls':['x'],");
	desk_says("{'command': 'offer', 'call-id': 'x', 'from-tag': 'b', 'to-tag': 'a', " SDP
		  "}",
		DESK_OK);
	ck_assert_uint_eq(calls_count(desk.calls), 1);
}
END_TEST

#define CASE(name)                                                  \
	TCase *name = tcase_create(#name);                          \
	tcase_add_checked_fixture(name, desk_setup, desk_teardown); \
	suite_add_tcase(s, name)

int
main(void)
{
	Suite *s = suite_create("ng_life");
	SRunner *r;
	int failed;

	CASE(ends);
	tcase_add_test(ends, what_is_not_there_cannot_be_deleted_and_that_is_no_error);
	tcase_add_test(ends, a_deleted_call_ends_after_a_while_unless_it_is_asked_for_again);
	tcase_add_test(ends, a_call_that_cannot_end_at_once_is_asked_to_only_once);
	tcase_add_test(ends, a_delete_that_was_withdrawn_does_not_count);
	tcase_add_test(ends, a_call_that_is_ended_otherwise_is_forgotten);
	tcase_add_test(ends, a_call_that_ends_while_it_is_asked_for_is_no_call);
	tcase_add_test(ends, what_nobody_answers_ends);
	tcase_add_test(ends, what_has_lasted_too_long_ends);
	CASE(successor);
	tcase_add_test(successor, a_successor_knows_who_is_who);
	tcase_add_test(successor, a_successor_knows_all_names_whichever_pair_is_left);
	tcase_add_test(successor, a_successor_does_not_know_a_name_that_was_taken_back);
	tcase_add_test(
		successor, a_successor_ends_what_was_deleted_and_keeps_what_was_revived);
	tcase_add_test(successor, a_successor_knows_what_was_deleted_without_a_switch);
	tcase_add_test(successor, a_call_from_another_node_is_a_dialog_here);

	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
