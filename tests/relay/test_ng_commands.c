/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/ng.c, ng_offer.c and ng_list.c: each request gets one answer, in its dialog's order,
 * whatever the switch does. */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/call.h"
#include "relay/coding.h"
#include "relay/dialog.h"
#include "tests/relay/ng_desk.h"

/* ---- What is asked for. ---- */

START_TEST(a_ping_is_answered)
{
	desk_says("{'command': 'ping'}", "{'result':'pong'}");
}
END_TEST

START_TEST(what_is_no_command_is_said_to_be_none)
{
	desk_says("{'call-id': 'x'}",
		"'error-reason':'Dictionary contains no key \\'command\\''");
	desk_says("{'command': 'bogus'}", "'error-reason':'Unrecognized command'");
	desk_says("{'command': 'play media', 'call-id': 'x'}",
		"'error-reason':'Not supported yet: play media'");
}
END_TEST

START_TEST(what_is_missing_is_named_in_the_order_of_rtpengine)
{
	desk_says("{'command': 'offer', 'call-id': 'x', 'from-tag': 'y'}",
		"'No SDP body in message'");
	desk_says("{'command': 'offer', 'from-tag': 'y', " SDP "}", "'No call-id in message'");
	desk_says("{'command': 'offer', 'call-id': 'x', " SDP "}", "'No from-tag in message'");
	desk_says(
		"{'command': 'answer', 'call-id': 'x', " A SDP "}", "'No to-tag in message'");
	desk_says(ANSWER("x"), "'Unknown call-id'");
	desk_says("{'command': 'delete'}", "'No call-id in message'");
	desk_says("{'command': 'query', 'call-id': 'x'}", "'Unknown call-id'");
	desk_says("{'command': 'block media', 'call-id': 'x'}", "'Unknown call-ID'");
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
}
END_TEST

START_TEST(nobody_is_left_to_believe_that_a_call_is_recorded)
{
	desk_says(OFFER("one", A "'flags': ['record-call', 'detect-DTMF'], "),
		"'result':'ok','warning':'Not supported yet: record-call, detect-DTMF'");
	desk_says(ANSWER("one"), DESK_OK "}");
	desk_says(OFFER("one", AB "'record-call': 'off', "), DESK_OK "}");
}
END_TEST

START_TEST(nobody_is_left_to_believe_that_more_is_offered_or_relayed)
{
	const char *nine = "m=audio 4000 RTP/AVP 0\\r\\n";
	char offer[1024] = "{'command': 'offer', 'call-id': 'x', 'from-tag': 'a', 'sdp': "
			   "'v=0\\r\\no=- 1 1 IN IP4 10.99.1.10\\r\\ns=-\\r\\n"
			   "c=IN IP4 10.99.1.10\\r\\nt=0 0\\r\\n";

	desk_says(OFFER("one", A "'codec': {'transcode': ['NOSUCH/8000', 'G722', 'EVS']}, "),
		"'result':'ok','warning':'Not supported yet: transcode-NOSUCH, transcode-EVS'");
	desk_says(OFFER("one", AB "'codec': {'transcode': ['G722']}, "), DESK_OK "}");
	desk_says(OFFER("one", AB "'codec': {'transcode': ['all', 'FULL', '', '/8000']}, "),
		DESK_OK "}");
	desk_says(OFFER("one",
			  AB "'codec': {'transcode': ['EVS:', 'all', 'a\\r\\nb', 'AMR']}, "),
		"'warning':'Not supported yet: transcode-EVS:, transcode-a??b, transcode-AMR'");
	for (int i = 0; i < 9; i++)
		strcat(offer, nine);
	desk_says(strcat(offer, "'}"),
		"'result':'ok','warning':'Not supported yet: m= lines behind the 8th'");
}
END_TEST

START_TEST(nobody_is_left_to_believe_that_the_parties_can_hear_each_other)
{
	static const char answer[] =
		"{'command': 'answer', 'call-id': 'one', " AB "'flags': [%s], "
		"'sdp': 'v=0\\r\\no=- 1 1 IN IP4 10.99.2.10\\r\\ns=-\\r\\nc=IN IP4 10.99.2.10\\r\\n"
		"t=0 0\\r\\nm=audio 5000 RTP/AVP %s\\r\\na=rtpmap:99 SILK/16000\\r\\n"
		"a=rtpmap:101 telephone-event/8000\\r\\n%s'}";
	static const struct {
		const char *flags, *formats, *more, *says;
	} rows[] = {
		{"", "99", "",
			"'result':'ok','warning':'The parties share no codec, and theirs "
			"cannot be transcoded'"},
		{"'record-call'", "99", "",
			"'warning':'Not supported yet: record-call; The parties share no codec"},
		{"", "99 101", "a=sendonly\\r\\n", "The parties share no codec"},
		/* Nobody is to hear what is not said. */
		{"", "99", "a=inactive\\r\\n", DESK_OK "}"},
		{"", "99", "c=IN IP4 0.0.0.0\\r\\na=recvonly\\r\\n", DESK_OK "}"},
		{"", "99", "c=IN IP4 0.0.0.0\\r\\n", "The parties share no codec"},
		{"", "101", "", DESK_OK "}"},
		{"", "13", "", DESK_OK "}"},
	};
	char text[512];

	desk_says(OFFER("one", A), DESK_OK "}");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, answer, rows[i].flags, rows[i].formats,
			rows[i].more);
		desk_says(text, rows[i].says);
	}
	desk_says(ANSWER("one"), DESK_OK "}");
}
END_TEST

START_TEST(calls_are_listed_as_many_as_are_asked_for)
{
	desk_says(OFFER("one", A), DESK_OK);
	desk_says(OFFER("two", A), DESK_OK);
	desk_says("{'command': 'list'}", "{'calls':['one','two'],'result':'ok'}");
	desk_says("{'command': 'list', 'limit': '1'}", "{'calls':['one'],'result':'ok'}");
	desk_says("{'command': 'list', 'limit': 0}", "{'calls':[],'result':'ok'}");
	desk_says("{'command': 'list', 'limit': -1}",
		"'error-reason':'invalid limit, must be >= 0'");
}
END_TEST

START_TEST(what_was_asked_is_counted)
{
	const struct ng_tally *t = ng_tally(desk.ng, NG_OFFER);

	desk_says(OFFER("one", A), DESK_OK);
	desk_says(OFFER("one", ""), "'result':'error'");
	ck_assert_uint_eq(t->requests, 2);
	ck_assert_uint_eq(t->errors, 1);
	ck_assert_uint_ge(t->us, t->us_max);
}
END_TEST

/* What the configuration says of DSCP is for those of whom no request has said another. */
START_TEST(a_dscp_that_was_asked_for_stays)
{
	desk.conf.ng_tos = 184;
	desk_says(OFFER("one", A "'TOS': 40, "), DESK_OK);
	desk_says(ANSWER("one"), DESK_OK);
	ck_assert_uint_eq(calls_find(desk.calls, "one")->leg[1].stream[0].dscp, 10);
	desk_says(OFFER("two", A), DESK_OK);
	desk_says(ANSWER("two"), DESK_OK);
	ck_assert_uint_eq(calls_find(desk.calls, "two")->leg[1].stream[0].dscp, 46);
}
END_TEST

/* The last byte of the address where the party of call ID is. */
static unsigned
is_at(const char *id)
{
	const struct sw_addr *a = &calls_find(desk.calls, id)->leg[0].stream[0].remote;

	return a->ip[3];
}

/* rtpengine's --sip-source. */
START_TEST(where_the_message_came_from_may_count_by_itself)
{
#define RECEIVED "'received-from': ['IP4', '192.0.2.77'], "
	desk_says(OFFER("one", A RECEIVED), DESK_OK);
	ck_assert_uint_eq(is_at("one"), 10);
	desk.conf.ng_sip_source = true;
	desk_says(OFFER("two", A RECEIVED), DESK_OK);
	ck_assert_uint_eq(is_at("two"), 77);
	desk_says(OFFER("three", A RECEIVED "'flags': ['trust-address'], "), DESK_OK);
	ck_assert_uint_eq(is_at("three"), 10);
	desk_says(OFFER("four", A), DESK_OK);
	ck_assert_uint_eq(is_at("four"), 10);
#undef RECEIVED
}
END_TEST

#define VIDEO "m=video 4002 RTP/AVP 34\\r\\n'"
#define REOFFER(id, more)                                           \
	"{'command': 'offer', 'call-id': '" id "', " AB more        \
	"'sdp': 'v=0\\r\\no=- 1 2 IN IP4 192.0.2.10\\r\\ns=-\\r\\n" \
	"c=IN IP4 192.0.2.10\\r\\nt=0 0\\r\\nm=audio 4000 RTP/AVP 8\\r\\n" VIDEO "}"

static void
must_have_dscp(const char *call, unsigned n, unsigned dscp)
{
	const struct call *c = calls_find(desk.calls, call);

	for (unsigned leg = 0; leg < 2; leg++) {
		ck_assert_uint_lt(n, c->leg[leg].streams);
		ck_assert_uint_eq(c->leg[leg].stream[n].dscp, dscp);
	}
}

/* A line that comes later is of the same call; one of whose call nobody has said anything has
 * what the configuration says now. */
START_TEST(a_line_that_is_added_has_its_calls_dscp)
{
	desk_says(OFFER("none", A), DESK_OK);
	desk_says(ANSWER("none"), DESK_OK);
	desk.conf.ng_tos = 184;
	desk_says(OFFER("one", A "'TOS': 40, "), DESK_OK);
	desk_says(ANSWER("one"), DESK_OK);
	desk_says(OFFER("two", A), DESK_OK);
	desk_says(ANSWER("two"), DESK_OK);
	desk_says(REOFFER("none", ""), DESK_OK);
	must_have_dscp("none", 0, CALL_DSCP_BY_MEDIA);
	must_have_dscp("none", 1, 46);
	desk_says(REOFFER("one", ""), DESK_OK);
	must_have_dscp("one", 0, 10);
	must_have_dscp("one", 1, 10);
	desk.conf.ng_tos = 0;
	desk_says(REOFFER("two", ""), DESK_OK);
	must_have_dscp("two", 1, 46);
	desk_says(REOFFER("two", "'TOS': 40, "), DESK_OK);
	must_have_dscp("two", 0, 10);
	must_have_dscp("two", 1, 10);
}
END_TEST

START_TEST(lines_without_sound_are_blocked_too)
{
	static const char *const commands[] = {
		"block media", "unblock media", "silence media", "unsilence media"};
	char text[128];

	desk_says(OFFER("one", A), DESK_OK);
	desk_says(ANSWER("one"), DESK_OK);
	desk_says(REOFFER("one", ""), DESK_OK);
	for (unsigned i = 0; i < 4; i++) {
		const struct call *c = calls_find(desk.calls, "one");

		snprintf(
			text, sizeof text, "{'command': '%s', 'call-id': 'one'}", commands[i]);
		desk_says(text, DESK_OK);
		ck_assert_uint_eq(c->leg[0].streams, 2);
		ck_assert_int_eq(c->leg[0].stream[0].coding->block, i == 0);
		ck_assert_int_eq(c->leg[0].stream[1].coding->block, i == 0);
		ck_assert_int_eq(c->leg[0].stream[0].coding->mute, i == 2);
	}
}
END_TEST

/* The message's origin counts in place of an address that says hold; without it that does. */
START_TEST(hold_by_a_zero_address_counts_where_no_other_is_said)
{
#define HELD                                                        \
	"'sdp': 'v=0\\r\\no=- 1 2 IN IP4 192.0.2.10\\r\\ns=-\\r\\n" \
	"c=IN IP4 0.0.0.0\\r\\nt=0 0\\r\\nm=audio 4000 RTP/AVP 8\\r\\n'}"
	desk.conf.ng_sip_source = true;
	desk_says(OFFER("one", A), DESK_OK);
	desk_says(ANSWER("one"), DESK_OK);
	desk_says("{'command': 'offer', 'call-id': 'one', " AB
		  "'received-from': ['IP4', '192.0.2.77'], " HELD,
		"c=IN IP4 192.0.2.2");
	desk_says("{'command': 'offer', 'call-id': 'one', " AB HELD, "c=IN IP4 0.0.0.0");
#undef HELD
}
END_TEST

/* ---- Order. ---- */

START_TEST(an_offer_is_answered_when_the_switch_has_acknowledged_it)
{
	struct ng_exchange x;

	desk_ask(&x, OFFER("one", A));
	ck_assert_uint_eq(x.answers, 0);
	fake_answer_all(desk.sw);
	desk_answered(&x, DESK_OK);
	desk_answered(&x, "m=audio 3");
	ck_assert_ptr_nonnull(calls_find(desk.calls, "one"));
}
END_TEST

START_TEST(a_delete_is_answered_before_the_switch_has_acknowledged_it)
{
	struct ng_exchange x, again;

	desk_says(OFFER("one", A), DESK_OK);
	desk_ask(&x, DELETE("one", ", 'delete-delay': 0"));
	desk_answered(&x, DESK_OK);
	ck_assert_uint_eq(calls_sums(desk.calls)->deleted, 1);
	desk_ask(&again, OFFER("one", A));
	ck_assert_uint_eq(again.answers, 0);
	fake_answer_all(desk.sw);
	desk_answered(&again, DESK_OK);
	ck_assert_ptr_nonnull(calls_find(desk.calls, "one"));
	ck_assert_uint_eq(calls_sums(desk.calls)->deleted, 1);
}
END_TEST

START_TEST(requests_of_one_dialog_wait_and_those_of_others_go_on)
{
	struct ng_exchange first, second, third, other;

	desk_ask(&first, OFFER("one", A));
	desk_ask(&second, ANSWER("one"));
	desk_ask(&third, DELETE("one", ", 'delete-delay': 0"));
	desk_ask(&other, OFFER("two", A));
	ck_assert_uint_eq(first.answers + second.answers + third.answers + other.answers, 0);
	fake_answer_all(desk.sw);
	desk_answered(&other, DESK_OK);
	desk_answered(&first, DESK_OK);
	desk_answered(&second, DESK_OK);
	desk_answered(&third, DESK_OK);
	ck_assert_ptr_null(calls_find(desk.calls, "one"));
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 1);
}
END_TEST

START_TEST(no_more_than_so_many_wait)
{
	static struct ng_exchange x[NG_WAITING + 1];

	for (unsigned i = 0; i <= NG_WAITING; i++)
		desk_ask(&x[i], OFFER("one", A));
	desk_answered(&x[NG_WAITING], "'error-reason':'Too many requests of one call wait'");
	fake_answer_all(desk.sw);
	for (unsigned i = 0; i < NG_WAITING; i++)
		desk_answered(&x[i], DESK_OK);
	desk_says(OFFER("one", A), DESK_OK);
}
END_TEST

/* What waits behind a delete finds no call, as if it had come later. */
START_TEST(what_comes_behind_a_delete_finds_nothing)
{
	struct ng_exchange offer, gone, answer, query, again, block;

	desk_ask(&offer, OFFER("one", A));
	desk_ask(&gone, DELETE("one", ", 'delete-delay': 0"));
	desk_ask(&answer, ANSWER("one"));
	desk_ask(&query, "{'command': 'query', 'call-id': 'one'}");
	desk_ask(&block, "{'command': 'block media', 'call-id': 'one'}");
	desk_ask(&again, DELETE("one", ", 'delete-delay': 0"));
	fake_answer_all(desk.sw);
	desk_answered(&offer, DESK_OK);
	desk_answered(&gone, DESK_OK);
	desk_answered(&answer, "'error-reason':'Unknown call-id'");
	desk_answered(&query, "'error-reason':'Unknown call-id'");
	desk_answered(&block, "'error-reason':'Unknown call-ID'");
	desk_answered(&again, "'warning':'Call-ID not found or tags didn~t match'");
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
}
END_TEST

/* ---- What goes wrong. ---- */

/* COMMAND of "one" with more bytes of attributes than the way back has room for. */
static void
ask_at_length(struct ng_exchange *x, const char *command)
{
	static char text[16384], attribute[8192];

	memset(attribute, 'x', sizeof attribute - 1);
	snprintf(text, sizeof text,
		"{'command': '%s', 'call-id': 'one', 'from-tag': 'a', 'to-tag': 'b', "
		"'sdp': 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.10\\r\\ns=-\\r\\n"
		"c=IN IP4 192.0.2.10\\r\\nt=0 0\\r\\nm=audio 4444 RTP/AVP 0\\r\\n"
		"a=%s\\r\\n'}",
		command, attribute);
	desk_ask(x, text);
	fake_answer_all(desk.sw);
}

static const char not_sent[] = "'error-reason':'The answer is too long for a datagram'";

START_TEST(what_could_not_be_answered_is_not_done)
{
	const struct call *call;
	struct ng_exchange x;
	uint64_t id;

	desk.room = 8192;
	ask_at_length(&x, "offer");
	desk_answered(&x, not_sent);
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
	ck_assert_ptr_null(calls_find(desk.calls, "one"));
	/* Of a call that there is nothing changes. */
	desk_says(OFFER("one", A), DESK_OK);
	ask_at_length(&x, "answer");
	desk_answered(&x, not_sent);
	call = calls_find(desk.calls, "one");
	ck_assert_uint_eq(call->leg[1].stream[0].remote.family, 0);
	id = call->leg[1].stream[0].id;
	ask_at_length(&x, "offer");
	desk_answered(&x, not_sent);
	call = calls_find(desk.calls, "one");
	ck_assert_uint_eq(call->leg[0].stream[0].remote.port, 4000);
	ck_assert_uint_eq(call->leg[1].stream[0].id, id);
	desk_says(ANSWER("one"), DESK_OK);
}
END_TEST

/* Nor what becomes long on the way, beyond all memory. */
START_TEST(what_grows_beyond_memory_is_not_done)
{
	static char text[16384], lines[512 * 7];
	struct ng_exchange x;
	size_t at = 0;

	while (at + 8 < sizeof lines)
		at += (size_t)sprintf(lines + at, "a=x\\r\\n");
	snprintf(text, sizeof text,
		"{'command': 'offer', 'call-id': 'one', 'from-tag': 'a', "
		"'sdp-attr': {'audio': {'substitute': [['x', '%08000d']]}}, "
		"'sdp': 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.10\\r\\ns=-\\r\\n"
		"c=IN IP4 192.0.2.10\\r\\nt=0 0\\r\\nm=audio 4444 RTP/AVP 0\\r\\n%s'}",
		1, lines);
	desk_ask(&x, text);
	fake_answer_all(desk.sw);
	desk_answered(&x, "'error-reason':'Out of memory'");
	ck_assert_ptr_null(calls_find(desk.calls, "one"));
}
END_TEST

START_TEST(a_delete_is_done_though_its_counters_are_too_long)
{
	desk_says(OFFER("one", A), DESK_OK);
	desk.room = 100;
	desk_says(DELETE("one", ", 'delete-delay': 0"),
		"{'warning':'What was counted is too long for a datagram','result':'ok'}");
	ck_assert_ptr_null(calls_find(desk.calls, "one"));
}
END_TEST

START_TEST(what_the_switch_refuses_leaves_nothing_behind)
{
	fake_refuse(desk.sw, SW_TRANSPORT_SET, 0, EINVAL);
	desk_says(OFFER("one", A), "'result':'error'");
	desk_says("{'command': 'list'}", "{'calls':[],");
	desk_says(OFFER("one", A), DESK_OK);
	fake_refuse(desk.sw, SW_TRANSPORT_SET, 0, EINVAL);
	desk_says(ANSWER("one"), "'result':'error'");
	ck_assert_ptr_null(
		dialog_party(dialogs_find(ng_dialogs(desk.ng), SLICE("one")), SLICE("b")));
	desk_says(ANSWER("one"), DESK_OK);
}
END_TEST

START_TEST(an_sdp_that_is_none_leaves_nothing_behind)
{
	desk_says("{'command': 'offer', 'call-id': 'x', 'from-tag': 'y', 'sdp': 'garbage'}",
		"'error-reason':'Failed to parse SDP'");
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
}
END_TEST

START_TEST(without_a_switch_another_node_may_take_new_calls)
{
	desk_says(OFFER("old", A), DESK_OK);
	desk_lose_switch();
	desk_says(OFFER("one", A),
		"{'result':'error','error-reason':'The media plane is not running'}");
	desk_says(OFFER("two", A LOAD_LIMIT),
		"{'result':'load limit','message':'The media plane is not running'}");
	desk_says(OFFER("old", A LOAD_LIMIT), "'result':'error'");
	desk_says(DELETE("old", ", 'delete-delay': 0"), DESK_OK);
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
}
END_TEST

START_TEST(a_switch_that_is_lost_answers_what_was_under_way)
{
	struct ng_exchange first, second;

	desk_ask(&first, OFFER("one", A));
	desk_ask(&second, OFFER("one", A));
	desk_lose_switch();
	desk_answered(&first, "'result':'error'");
	desk_answered(&second, "'result':'error'");
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
}
END_TEST

START_TEST(a_node_that_is_full_or_drains_says_so_in_the_clients_words)
{
	desk.conf.call_limit = 1;
	desk_says(OFFER("one", A), DESK_OK);
	desk_says(OFFER("two", A), "'error-reason':'Parallel session limit reached'");
	desk_says(OFFER("two", A LOAD_LIMIT),
		"{'result':'load limit','message':'Parallel session limit reached'}");
	desk.conf.call_limit = 2;
	calls_drain(desk.calls, true);
	desk_says(OFFER("two", A LOAD_LIMIT),
		"{'result':'load limit','message':'Parallel session limit reached'}");
	desk_says(ANSWER("one"), DESK_OK);
}
END_TEST

START_TEST(ports_that_run_out_are_told_of_in_the_clients_words)
{
	struct ng_exchange x = {.answers = 0};
	char text[512];

	for (unsigned i = 0; i == 0 || strstr(x.text, "\"ok\"") != NULL; i++) {
		ck_assert_uint_lt(i, 1000);
		snprintf(text, sizeof text, OFFER("call-%u", A INSIDE), i);
		desk_ask(&x, text);
		fake_answer_all(desk.sw);
	}
	desk_answered(&x, "'error-reason':'Ran out of ports'");
}
END_TEST

START_TEST(at_the_end_what_waits_is_answered)
{
	struct ng_exchange first, second, late;

	desk_ask(&first, OFFER("one", A));
	desk_ask(&second, OFFER("one", A));
	ng_stop(desk.ng);
	desk_ask(&late, OFFER("two", A));
	desk_answered(&late, "'error-reason':'The node is ending'");
	calls_close(desk.calls);
	desk_answered(&first, "'result':'error'");
	desk_answered(&second, "'error-reason':'The node is ending'");
	ng_close(desk.ng);
	desk_open(SW_KEPT);
}
END_TEST

#define CASE(name)                                                  \
	TCase *name = tcase_create(#name);                          \
	tcase_add_checked_fixture(name, desk_setup, desk_teardown); \
	suite_add_tcase(s, name)

int
main(void)
{
	Suite *s = suite_create("ng_commands");
	SRunner *r;
	int failed;

	CASE(asked);
	tcase_add_test(asked, a_ping_is_answered);
	tcase_add_test(asked, what_is_no_command_is_said_to_be_none);
	tcase_add_test(asked, what_is_missing_is_named_in_the_order_of_rtpengine);
	tcase_add_test(asked, nobody_is_left_to_believe_that_a_call_is_recorded);
	tcase_add_test(asked, nobody_is_left_to_believe_that_more_is_offered_or_relayed);
	tcase_add_test(asked, nobody_is_left_to_believe_that_the_parties_can_hear_each_other);
	tcase_add_test(asked, calls_are_listed_as_many_as_are_asked_for);
	tcase_add_test(asked, what_was_asked_is_counted);
	tcase_add_test(asked, a_dscp_that_was_asked_for_stays);
	tcase_add_test(asked, where_the_message_came_from_may_count_by_itself);
	tcase_add_test(asked, a_line_that_is_added_has_its_calls_dscp);
	tcase_add_test(asked, lines_without_sound_are_blocked_too);
	tcase_add_test(asked, hold_by_a_zero_address_counts_where_no_other_is_said);
	CASE(order);
	tcase_add_test(order, an_offer_is_answered_when_the_switch_has_acknowledged_it);
	tcase_add_test(order, a_delete_is_answered_before_the_switch_has_acknowledged_it);
	tcase_add_test(order, requests_of_one_dialog_wait_and_those_of_others_go_on);
	tcase_add_test(order, no_more_than_so_many_wait);
	tcase_add_test(order, what_comes_behind_a_delete_finds_nothing);
	CASE(wrong);
	tcase_add_test(wrong, what_the_switch_refuses_leaves_nothing_behind);
	tcase_add_test(wrong, an_sdp_that_is_none_leaves_nothing_behind);
	tcase_add_test(wrong, without_a_switch_another_node_may_take_new_calls);
	tcase_add_test(wrong, a_switch_that_is_lost_answers_what_was_under_way);
	tcase_add_test(wrong, a_node_that_is_full_or_drains_says_so_in_the_clients_words);
	tcase_add_test(wrong, ports_that_run_out_are_told_of_in_the_clients_words);
	tcase_add_test(wrong, at_the_end_what_waits_is_answered);
	tcase_add_test(wrong, what_could_not_be_answered_is_not_done);
	tcase_add_test(wrong, what_grows_beyond_memory_is_not_done);
	tcase_add_test(wrong, a_delete_is_done_though_its_counters_are_too_long);

	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
