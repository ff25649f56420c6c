/* SPDX-License-Identifier: Apache-2.0
 *
 * control/events.c over a real server: who hears of what, and what becomes of those who do not
 * listen. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/events.h"
#include "control/rpc_client.h"
#include "tests/control/toy_case.h"

static struct rpc_client *
dial(void)
{
	struct rpc_client *c = rpc_client_open(toy.paths[RPC_VIEW], 5000);

	ck_assert_ptr_nonnull(c);
	return c;
}

/* A request on which no event may come. */
static void
ask(struct rpc_client *c, const char *method, json_t *params)
{
	struct rpc_answer a;

	ck_assert_int_eq(rpc_client_call(c, method, params, &a), 0);
	ck_assert_ptr_nonnull(a.result);
	rpc_answer_fini(&a);
}

static struct rpc_client *
subscribe(json_t *params)
{
	struct rpc_client *c = dial();

	ask(c, "toy.watch", params);
	return c;
}

static void
happen(unsigned times, const char *call)
{
	struct rpc_client *c = dial();

	ask(c, "toy.happen", json_pack("{s:i, s:s*}", "times", (int)times, "call", call));
	rpc_client_close(c);
}

/* The next event: its number is written to SEQ, those lost before it are returned. */
static json_int_t
hear(struct rpc_client *c, const char *kind, const char *call, json_int_t *seq)
{
	struct rpc_answer a;
	const char *about;
	json_int_t lost;

	ck_assert_int_eq(rpc_client_receive(c, &a), 0);
	ck_assert_ptr_nonnull(a.event);
	ck_assert_str_eq(json_string_value(json_object_get(a.event, "event")), kind);
	about = json_string_value(json_object_get(a.event, "call"));
	ck_assert(call == NULL ? about == NULL : about != NULL && strcmp(about, call) == 0);
	ck_assert_double_eq_tol(
		json_real_value(json_object_get(a.event, "time")), (double)time(NULL), 10);
	*seq = json_integer_value(json_object_get(a.event, "seq"));
	lost = json_integer_value(json_object_get(a.event, "dropped"));
	rpc_answer_fini(&a);
	return lost;
}

static void
hear_nothing_more(struct rpc_client *c)
{
	struct rpc_answer a;

	rpc_client_set_timeout(c, 50);
	ck_assert_int_eq(rpc_client_receive(c, &a), -ETIMEDOUT);
}

START_TEST(an_event_is_told_to_who_has_asked_for_its_kind)
{
	static const struct {
		const char *pattern;
		bool played, broken;
	} rows[] = {{"toy.played", true, false}, {"toy.*", true, true}, {"*", true, true},
		{"box.*", false, false}};
	json_int_t seq;

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rpc_client *c =
			subscribe(json_pack("{s:[s]}", "events", rows[i].pattern));

		happen(1, "c1");
		if (rows[i].played)
			ck_assert_int_eq(hear(c, "toy.played", "c1", &seq), 0);
		if (rows[i].broken)
			ck_assert_int_eq(hear(c, "toy.broken", NULL, &seq), 0);
		hear_nothing_more(c);
		rpc_client_close(c);
	}
}
END_TEST

START_TEST(of_calls_only_those_are_told_that_were_named)
{
	struct rpc_client *c =
		subscribe(json_pack("{s:[s], s:[s,s]}", "events", "*", "calls", "c1", "c2"));
	json_int_t first, seq;

	happen(1, "c2");
	happen(1, "c3");
	hear(c, "toy.played", "c2", &first);
	hear(c, "toy.broken", NULL, &seq); /* about no call */
	ck_assert_int_eq(seq, first + 1);
	hear(c, "toy.broken", NULL, &seq);
	ck_assert_int_eq(seq, first + 3);
	hear_nothing_more(c);
	rpc_client_close(c);
}
END_TEST

START_TEST(a_kind_that_does_not_exist_is_refused)
{
	static const char *const patterns[] = {
		"toy", "toy.", "toy.p*", "toy.play", "", ".*", "b*"};
	struct rpc_client *c = dial();
	struct rpc_answer a;

	for (unsigned i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		ck_assert_int_eq(
			rpc_client_call(c, "toy.watch",
				json_pack("{s:[s,s]}", "events", "toy.played", patterns[i]),
				&a),
			0);
		ck_assert_msg(a.error != NULL, "%s is accepted", patterns[i]);
		rpc_answer_fini(&a);
	}
	happen(1, NULL);
	hear_nothing_more(c);
	rpc_client_close(c);
}
END_TEST

START_TEST(a_later_subscription_replaces_the_one_before)
{
	struct rpc_client *c = subscribe(json_pack("{s:[s]}", "events", "toy.played"));
	json_int_t seq;

	ask(c, "toy.watch", json_pack("{s:[s]}", "events", "toy.broken"));
	happen(1, NULL);
	hear(c, "toy.broken", NULL, &seq);
	hear_nothing_more(c);
	rpc_client_close(c);
}
END_TEST

/* 20,000 events are some 3 MB: more than its queue and the socket take.  Somebody else gets
 * them all. */
START_TEST(who_does_not_listen_loses_the_newest_and_is_told_how_many)
{
	enum { EVENTS_MANY = 20000 };
	struct rpc_client *deaf = subscribe(json_pack("{s:[s]}", "events", "toy.played"));
	struct rpc_client *c = subscribe(json_pack("{s:[s]}", "events", "toy.broken"));
	json_int_t first, seq = 0, last, lost = 0;
	unsigned heard = 0;

	happen(EVENTS_MANY, NULL);
	hear(c, "toy.broken", NULL, &last);
	ck_assert_int_eq(hear(deaf, "toy.played", NULL, &first), 0);
	for (heard = 1; seq < last - 1 && heard < 100; heard++) {
		ck_assert_int_eq(hear(deaf, "toy.played", NULL, &seq), 0);
		ck_assert_int_eq(seq, first + heard); /* the oldest are all there */
	}
	rpc_client_set_timeout(deaf, 200);
	for (struct rpc_answer a; rpc_client_receive(deaf, &a) == 0; heard++)
		rpc_answer_fini(&a);
	ck_assert_uint_lt(heard, EVENTS_MANY);
	ck_assert_uint_gt(heard, 1000);
	happen(1, NULL);
	lost = hear(deaf, "toy.played", NULL, &seq);
	ck_assert_int_eq(lost + heard, EVENTS_MANY);
	happen(1, NULL);
	ck_assert_int_eq(hear(deaf, "toy.played", NULL, &seq), 0); /* that was said */
	rpc_client_close(deaf);
	rpc_client_close(c);
}
END_TEST

START_TEST(a_subscriber_that_goes_is_forgotten)
{
	for (unsigned i = 0; i < 20; i++)
		rpc_client_close(subscribe(json_pack("{s:[s]}", "events", "*")));
	happen(10, "c1");
	happen(10, "c1");
}
END_TEST

/* ---- Within this process ---- */

START_TEST(without_anybody_events_are_only_counted)
{
	struct events *e = events_open(toy_events);
	json_t *patterns = json_pack("[s, s]", "toy.*", "box.full"),
	       *names = events_names(e, patterns);

	ck_assert_uint_eq(events_seq(e), 0);
	events_emit(e, &toy_events[1], json_object());
	events_emit(e, &toy_events[1], NULL);
	ck_assert_uint_eq(events_seq(e), 2);
	events_emit(NULL, &toy_events[1], json_object());
	ck_assert_uint_eq(json_array_size(names), 3);
	ck_assert_str_eq(events_nearest(e, "toy.play"), "toy.played");
	ck_assert_ptr_null(events_nearest(e, "something else"));
	json_decref(names);
	json_decref(patterns);
	events_close(e);
	events_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("events");
	TCase *tc = toy_case(s, "with a server");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, an_event_is_told_to_who_has_asked_for_its_kind);
	tcase_add_test(tc, of_calls_only_those_are_told_that_were_named);
	tcase_add_test(tc, a_kind_that_does_not_exist_is_refused);
	tcase_add_test(tc, a_later_subscription_replaces_the_one_before);
	tcase_add_test(tc, who_does_not_listen_loses_the_newest_and_is_told_how_many);
	tcase_add_test(tc, a_subscriber_that_goes_is_forgotten);
	tc = tcase_create("alone");
	tcase_add_test(tc, without_anybody_events_are_only_counted);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
