/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/timeouts.c: calls that wait in vain, on clocks of the test's own. */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relay/call.h"
#include "relay/config.h"
#include "relay/timeouts.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"

enum { HZ = 1000000, SECOND = 1000 };

static struct event_base *base;
static struct switch_client *sw;
static struct config conf;
static struct timeouts *timeouts;
static struct timeouts_clock now, began;
static struct call *call;
static char told[400]; /* "media alice 60000\n"... */
static unsigned outs;

static void
out(void *arg, struct call *c, const struct timeout_report *what)
{
	size_t used = strlen(told);

	outs++;
	if (used < sizeof told - 80)
		snprintf(told + used, sizeof told - used, "%s%s%s%s%s %u\n",
			timeout_words[what->which], what->leg != NULL ? " " : "",
			what->leg != NULL ? what->leg : "",
			what->missing != NULL ? " no " : "",
			what->missing != NULL ? what->missing : "", what->ms);
}

/* The clocks of the machine at the beginning, then by hand. */
static void
setup(void)
{
	struct timespec mono, real;

	memset(&conf, 0, sizeof conf);
	conf.timeout_ms[TIMEOUT_SETUP] = 300 * SECOND;
	conf.timeout_ms[TIMEOUT_MEDIA] = 60 * SECOND;
	base = event_base_new();
	sw = fake_open();
	fake_state(sw)->tsc_hz = HZ;
	timeouts = timeouts_open(base, &conf, sw, out, NULL);
	timeouts_welcome(timeouts);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	now = began = (struct timeouts_clock){
		.ms = mono.tv_sec * 1000 + mono.tv_nsec / 1000000,
		.real_us = real.tv_sec * 1000000 + real.tv_nsec / 1000,
		.tsc = 1000 * (uint64_t)HZ,
	};
	told[0] = '\0';
	outs = 0;
}

static void
teardown(void)
{
	timeouts_close(timeouts);
	call_close(call);
	call = NULL;
	fake_close(sw);
	event_base_free(base);
}

static void
at(int64_t ms)
{
	now.ms = began.ms + ms;
	now.real_us = began.real_us + ms * 1000;
	now.tsc = began.tsc + (uint64_t)(ms * (HZ / 1000));
}

/* Go on to MS after the beginning, a tick at a time; what is told then. */
static const char *
go(int64_t ms)
{
	told[0] = '\0';
	for (int64_t step = now.ms - began.ms; step <= ms; step += 100) {
		at(step);
		while (timeouts_turn(timeouts, &now))
			;
	}
	at(ms);
	return told;
}

/* The transport of stream S hears something now. */
static void
hear(const struct stream *s)
{
	struct sw_transport_state *ts = fake_transport_state(sw, s->slot);

	ts->id = s->id;
	ts->last_seen = now.tsc;
}

static struct stream *
stream(unsigned leg)
{
	return &call->leg[leg].stream[0];
}

/* Change the call as TEXT asks, and place its streams. */
static void
change(const char *text)
{
	struct call_request r = ask(text);
	struct fault f;
	unsigned slot = 0;

	if (call == NULL)
		call = call_open(r.id);
	ck_assert_int_eq(call_apply(call, &r, &f), 0);
	for (unsigned i = 0; i < call->legs; i++)
		for (unsigned j = 0; j < call->leg[i].streams; j++) {
			call->leg[i].stream[j].slot = slot++;
			call->leg[i].stream[j].id = 100 + slot;
		}
	call->made = true;
	timeouts_watch(timeouts, call);
	call->timer.changed_ms = now.ms;
}

#define PHONE "'remote': {'address': '192.0.2.9', 'port': 4000}"
#define LEG(name, more) "{'name': '" name "', 'streams': [{" PHONE more "}]}"
#define CALL(a, b) "{'call': 'c', 'legs': [" a ", " b "]}"
#define BOTH CALL(LEG("alice", ""), LEG("bob", ""))

START_TEST(who_is_not_heard_has_not_been_set_up)
{
	change(BOTH);
	ck_assert_str_eq(go(299000), "");
	ck_assert_str_eq(go(301000), "setup alice no media 300000\n");
	ck_assert_str_eq(go(1000000), "");
}
END_TEST

START_TEST(the_other_leg_and_an_address_are_waited_for)
{
	change("{'call': 'c', 'legs': [" LEG("alice", "") "]}");
	hear(stream(0));
	ck_assert_str_eq(go(301000), "setup no leg 300000\n");
	teardown();
	setup();
	change(CALL(LEG("alice", ", 'direction': 'sendonly'"),
		"{'name': 'bob', 'streams': [{'direction': 'recvonly'}]}"));
	hear(stream(0));
	go(30000);
	hear(stream(0));
	conf.timeout_ms[TIMEOUT_MEDIA] = 0;
	ck_assert_str_eq(go(301000), "setup bob no remote 300000\n");
}
END_TEST

START_TEST(a_call_that_was_heard_once_has_been_set_up)
{
	conf.timeout_ms[TIMEOUT_MEDIA] = 0;
	change(BOTH);
	go(1000);
	hear(stream(0));
	hear(stream(1));
	ck_assert_str_eq(go(1000000), "");
}
END_TEST

START_TEST(silence_of_a_leg_is_told_once_and_again_after_it_was_heard)
{
	change(BOTH);
	for (int t = 2; t <= 300; t += 5) { /* alice is heard last at 47 s, and at 297 s */
		ck_assert_str_eq(go(t * SECOND), t == 112 ? "media alice 60000\n" : "");
		hear(stream(1));
		if (t < 50 || t == 297)
			hear(stream(0));
	}
	for (int t = 302; t <= 356; t += 5) {
		ck_assert_str_eq(go(t * SECOND), "");
		hear(stream(1));
	}
	ck_assert_str_eq(go(358 * SECOND), "media alice 60000\n");
}
END_TEST

/* Each way to be on hold, of RFC 3264 section 8.4. */
START_TEST(a_leg_on_hold_may_be_silent)
{
	static const char *const ways[][2] = {
		{"recvonly", "sendonly"}, {"inactive", "inactive"},
		{"sendrecv", "sendonly"}, /* who is held has not answered yet */
	};
	char text[400];

	change(BOTH);
	hear(stream(0));
	hear(stream(1));
	snprintf(text, sizeof text,
		"{'call': 'c', 'legs': [{'name': 'alice', 'streams': [{'direction': '%s'}]},"
		" {'name': 'bob', 'streams': [{'direction': '%s'}]}]}",
		ways[_i][0], ways[_i][1]);
	change(text);
	for (int t = 0; t <= 300; t += 5) {
		ck_assert_str_eq(go(t * SECOND), "");
		if (_i != 1)
			hear(stream(1));
	}
	change(CALL(LEG("alice", ", 'direction': 'sendrecv'"),
		LEG("bob", ", 'direction': 'sendrecv'")));
	ck_assert_str_eq(go(359 * SECOND), "");
	ck_assert_ptr_nonnull(strstr(go(361 * SECOND), "media alice 60000\n"));
}
END_TEST

START_TEST(a_call_on_hold_ends_when_nobody_at_all_is_heard)
{
	conf.timeout_ms[TIMEOUT_HOLD] = 600 * SECOND;
	change(BOTH);
	hear(stream(0));
	hear(stream(1));
	change(CALL(LEG("alice", ", 'direction': 'sendonly'"),
		LEG("bob", ", 'direction': 'recvonly'")));
	for (int t = 0; t <= 700; t += 5) { /* music */
		ck_assert_str_eq(go(t * SECOND), "");
		hear(stream(0));
	}
	change(CALL(LEG("alice", ", 'direction': 'inactive'"),
		LEG("bob", ", 'direction': 'inactive'")));
	ck_assert_str_eq(go(1299 * SECOND), "");
	ck_assert_str_eq(go(1301 * SECOND), "hold 600000\n");
	ck_assert_str_eq(go(2000 * SECOND), "");
}
END_TEST

START_TEST(a_call_that_was_never_heard_is_on_hold_too)
{
	conf.timeout_ms[TIMEOUT_HOLD] = 600 * SECOND;
	change(CALL(LEG("alice", ", 'direction': 'inactive'"), LEG("bob", "")));
	ck_assert_str_eq(go(599 * SECOND), "");
	ck_assert_str_eq(go(601 * SECOND), "hold 600000\n");
}
END_TEST

START_TEST(who_is_not_on_hold_is_not_looked_at_for_it)
{
	conf.timeout_ms[TIMEOUT_HOLD] = 10 * SECOND;
	change(BOTH);
	hear(stream(0));
	hear(stream(1));
	ck_assert_str_eq(go(59 * SECOND), "");
}
END_TEST

START_TEST(the_total_comes_whatever_happens)
{
	conf.timeout_ms[TIMEOUT_TOTAL] = 100 * SECOND;
	change(BOTH);
	for (int t = 0; t < 100; t += 5) {
		ck_assert_str_eq(go(t * SECOND), "");
		hear(stream(0));
		hear(stream(1));
	}
	ck_assert_str_eq(go(101 * SECOND), "total 100000\n");
	ck_assert_str_eq(go(110 * SECOND), "");
}
END_TEST

START_TEST(a_call_may_have_times_of_its_own)
{
	conf.timeout_ms[TIMEOUT_TOTAL] = 100 * SECOND;
	change("{'call': 'c', 'timeouts': {'setup_ms': 2000, 'total_ms': 0}, 'legs': [" LEG(
		"alice", "") "]}");
	ck_assert_str_eq(go(3000), "setup no leg 2000\n");
	call->created_us -= 100 * INT64_C(86400000000); /* a hundred days */
	ck_assert_str_eq(go(200000), "");
	call->created_us += 100 * INT64_C(86400000000);
	change("{'call': 'c', 'timeouts': {'total_ms': 250000}, 'legs': [" LEG(
		"bob", "") "]}");
	ck_assert_str_eq(go(251000), "total 250000\n");
}
END_TEST

START_TEST(another_configuration_counts_at_once)
{
	change(BOTH);
	go(5000);
	conf.timeout_ms[TIMEOUT_SETUP] = 8000;
	timeouts_configured(timeouts);
	ck_assert_str_eq(go(8500), "setup alice no media 8000\n");
}
END_TEST

START_TEST(who_is_deleted_or_exported_is_not_waited_for)
{
	change(BOTH);
	call->exported = 1;
	ck_assert_str_eq(go(400000), "");
	call->exported = 0;
	timeouts_watch(timeouts, call);
	ck_assert_str_eq(go(401000), "setup alice no media 300000\n");
	call->made = false;
	conf.timeout_ms[TIMEOUT_TOTAL] = 1;
	timeouts_configured(timeouts);
	ck_assert_str_eq(go(500000), "");
	call_close(call); /* and is in no list any more */
	call = NULL;
	ck_assert_str_eq(go(600000), "");
}
END_TEST

/* Nobody could come while there was no switch, or no control; what a call may last goes on. */
START_TEST(after_a_welcome_waiting_begins_anew)
{
	conf.timeout_ms[TIMEOUT_TOTAL] = 1000 * SECOND;
	change(BOTH);
	call->created_us -= 900 * INT64_C(1000000);
	hear(stream(0));
	now.tsc += 900 * (uint64_t)HZ; /* heard 900 s ago */
	began = now;
	timeouts_welcome(timeouts);
	timeouts_watch(timeouts, call);
	ck_assert_str_eq(go(59000), "");
	ck_assert_str_eq(go(61000), "media alice 60000\n");
	ck_assert_str_eq(go(101000), "total 1000000\n");
	ck_assert_str_eq(go(301000), "setup bob no media 300000\n");
}
END_TEST

/* Nobody can come, and of whom no more is heard that is no fault. */
START_TEST(while_the_switch_is_away_only_the_total_runs_out)
{
	conf.timeout_ms[TIMEOUT_TOTAL] = 500 * SECOND;
	change(BOTH);
	hear(stream(0));
	timeouts_switch_lost(timeouts);
	ck_assert_str_eq(go(499000), "");
	ck_assert_str_eq(go(501000), "total 500000\n");
	conf.timeout_ms[TIMEOUT_SETUP] = 0;
	timeouts_welcome(timeouts);
	timeouts_watch(timeouts, call);
	call->timer.changed_ms = now.ms;
	ck_assert_str_eq(go(560000), "");
	ck_assert_str_eq(go(562000), "media alice 60000\n");
}
END_TEST

START_TEST(before_the_first_switch_nobody_is_missed)
{
	timeouts_close(timeouts);
	timeouts = timeouts_open(base, &conf, sw, out, NULL);
	change(BOTH);
	ck_assert_str_eq(go(400000), "");
}
END_TEST

/* 10,000 calls are due at once: each is told once, some at a time. */
START_TEST(many_calls_are_told_in_bounded_turns)
{
	enum { MANY = 10000 };
	struct call **many = calloc(MANY, sizeof(struct call *));
	struct call_request r = ask("{'call': 'c', 'legs': [" LEG("alice", "") "]}");
	struct fault f;
	unsigned turns = 1;

	for (unsigned i = 0; i < MANY; i++) {
		many[i] = call_open("c");
		call_apply(many[i], &r, &f);
		many[i]->made = true;
		timeouts_watch(timeouts, many[i]);
	}
	ck_assert_str_eq(go(299 * SECOND), "");
	at(301 * SECOND);
	for (unsigned before = 0; timeouts_turn(timeouts, &now); before = outs, turns++)
		ck_assert_uint_le(outs - before, 128);
	ck_assert_uint_eq(outs, MANY);
	ck_assert_uint_ge(turns, MANY / 128);
	for (unsigned i = 0; i < MANY; i++)
		call_close(many[i]);
	free(many);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("timeouts");
	TCase *t = tcase_create("timeouts");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, who_is_not_heard_has_not_been_set_up);
	tcase_add_test(t, the_other_leg_and_an_address_are_waited_for);
	tcase_add_test(t, a_call_that_was_heard_once_has_been_set_up);
	tcase_add_test(t, silence_of_a_leg_is_told_once_and_again_after_it_was_heard);
	tcase_add_loop_test(t, a_leg_on_hold_may_be_silent, 0, 3);
	tcase_add_test(t, a_call_on_hold_ends_when_nobody_at_all_is_heard);
	tcase_add_test(t, a_call_that_was_never_heard_is_on_hold_too);
	tcase_add_test(t, who_is_not_on_hold_is_not_looked_at_for_it);
	tcase_add_test(t, the_total_comes_whatever_happens);
	tcase_add_test(t, a_call_may_have_times_of_its_own);
	tcase_add_test(t, another_configuration_counts_at_once);
	tcase_add_test(t, who_is_deleted_or_exported_is_not_waited_for);
	tcase_add_test(t, after_a_welcome_waiting_begins_anew);
	tcase_add_test(t, while_the_switch_is_away_only_the_total_runs_out);
	tcase_add_test(t, before_the_first_switch_nobody_is_missed);
	tcase_add_test(t, many_calls_are_told_in_bounded_turns);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
