/* SPDX-License-Identifier: Apache-2.0
 *
 * control/rpc_request.c over a real server: who may ask for what, requests with a deadline,
 * and requests with a key, which are done once. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/rpc.h"
#include "control/rpc_error.h"
#include "tests/control/toy_case.h"

/* ---- A client of lines ---- */

struct client {
	int fd;
	FILE *in;
};

static json_t *
hear(struct client *c)
{
	char *line = NULL;
	size_t room = 0;
	json_t *value;

	ck_assert_msg(getline(&line, &room, c->in) > 0, "the server hung up");
	value = json_loads(line, 0, NULL);
	ck_assert_msg(value != NULL, "no JSON: %s", line);
	free(line);
	return value;
}

static struct client
dial(enum rpc_role role)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct client c = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	json_t *greeting;

	strcpy(sun.sun_path, toy.paths[role]);
	ck_assert_int_eq(connect(c.fd, (struct sockaddr *)&sun, sizeof sun), 0);
	c.in = fdopen(c.fd, "r");
	greeting = hear(&c);
	ck_assert_str_eq(
		json_string_value(json_object_get(greeting, "role")), rpc_role_names[role]);
	json_decref(greeting);
	return c;
}

static void
hang_up(struct client *c)
{
	fclose(c->in);
}

/* Say METHOD with PARAMS and MORE members, which begin with a comma. */
static void
say(struct client *c, int id, const char *method, const char *params, const char *more)
{
	char line[1024];
	int n = snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s%s}\n", id,
		method, params, more);

	ck_assert_int_eq(send(c->fd, line, (size_t)n, MSG_NOSIGNAL), n);
}

/* The next answer must be ID's, and a result. */
static json_int_t
number(struct client *c, int id, const char *name)
{
	json_t *got = hear(c), *result = json_object_get(got, "result");
	json_int_t value = json_integer_value(json_object_get(result, name));

	ck_assert_int_eq(json_integer_value(json_object_get(got, "id")), id);
	ck_assert_ptr_nonnull(result);
	json_decref(got);
	return value;
}

/* The next answer must be ID's, and an error of CODE.  Its data, as text. */
static const char *
refusal(struct client *c, int id, int code)
{
	static char text[500];
	json_t *got = hear(c), *error = json_object_get(got, "error");
	char *data = json_dumps(json_object_get(error, "data"), JSON_COMPACT);

	ck_assert_int_eq(json_integer_value(json_object_get(got, "id")), id);
	ck_assert_int_eq(json_integer_value(json_object_get(error, "code")), code);
	snprintf(text, sizeof text, "%s", data);
	free(data);
	json_decref(got);
	return text;
}

/* ---- Roles ---- */

START_TEST(a_socket_may_what_it_is_for_and_what_those_behind_it_may)
{
	static const struct {
		const char *method, *params;
		enum rpc_role role;
	} rows[] = {
		{"toy.echo", "{}", RPC_VIEW}, {"rpc.methods", "{}", RPC_VIEW},
		{"toy.add", "{\"a\":1}", RPC_SESSION},
		{"toy.bye", "{}", RPC_ADMIN}, /* the last, for then it is over */
	};
	struct client c[RPC_ROLES];
	char expected[200];

	for (unsigned role = 0; role < RPC_ROLES; role++)
		c[role] = dial((enum rpc_role)role);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		for (unsigned role = RPC_ROLES; role-- > 0;) {
			say(&c[role], (int)i, rows[i].method, rows[i].params, "");
			if (role <= rows[i].role) {
				number(&c[role], (int)i, "");
				continue;
			}
			snprintf(expected, sizeof expected,
				"{\"reason\":\"not_permitted\",\"got\":\"%s\",\"expected\":"
				"\"%s\"}",
				rpc_role_names[role], rpc_role_names[rows[i].role]);
			ck_assert_str_eq(
				refusal(&c[role], (int)i, RPC_NOT_PERMITTED), expected);
		}
	for (unsigned role = 0; role < RPC_ROLES; role++)
		hang_up(&c[role]);
}
END_TEST

START_TEST(what_an_administrator_asks_for_is_logged_with_who_it_was)
{
	struct client admin = dial(RPC_ADMIN);
	char log[4096], expected[100];
	ssize_t n;

	say(&admin, 1, "toy.echo", "{}", "");
	number(&admin, 1, "");
	say(&admin, 2, "toy.bye", "{}", "");
	number(&admin, 2, "");
	hang_up(&admin);
	n = read(toy.log, log, sizeof log - 1);
	ck_assert_int_gt(n, 0);
	log[n] = '\0';
	snprintf(expected, sizeof expected, "rpc: toy.bye, asked for by user %u, process %d",
		(unsigned)getuid(), (int)getpid());
	ck_assert_msg(strstr(log, expected) != NULL, "%s", log);
	ck_assert_ptr_null(strstr(log, "toy.echo"));
}
END_TEST

/* ---- Deadlines ---- */

START_TEST(an_answer_in_time_is_not_touched_by_the_deadline)
{
	struct client c = dial(RPC_SESSION);

	say(&c, 1, "toy.later", "{\"ms\":10}", ",\"deadline_ms\":600000");
	number(&c, 1, "late");
	say(&c, 2, "toy.add", "{\"a\":1}", ",\"deadline_ms\":1");
	ck_assert_int_eq(number(&c, 2, "sum"), 1);
	hang_up(&c);
}
END_TEST

START_TEST(what_was_begun_goes_on_and_is_answered_once)
{
	struct client c = dial(RPC_SESSION);

	say(&c, 1, "toy.count", "{\"ms\":100}", ",\"deadline_ms\":20");
	ck_assert_str_eq(
		refusal(&c, 1, RPC_DEADLINE), "{\"reason\":\"deadline\",\"state\":\"begun\"}");
	say(&c, 2, "toy.count", "{\"ms\":200}", "");
	ck_assert_int_eq(number(&c, 2, "calls"), 2);
	hang_up(&c);
}
END_TEST

START_TEST(what_was_not_begun_is_withdrawn)
{
	struct client c = dial(RPC_SESSION);

	say(&c, 1, "toy.wait", "{\"ms\":60}", ",\"deadline_ms\":20");
	ck_assert_str_eq(refusal(&c, 1, RPC_DEADLINE),
		"{\"reason\":\"deadline\",\"state\":\"not_begun\"}");
	say(&c, 2, "toy.wait", "{\"ms\":80}", ""); /* by then the first would have begun */
	number(&c, 2, "late");
	hang_up(&c);
}
END_TEST

static void
say_batch(struct client *c, const char *request)
{
	ck_assert_int_eq(send(c->fd, "[", 1, 0), 1);
	for (unsigned n = 0; n < 1000; n++) {
		ck_assert_int_eq(send(c->fd, n > 0 ? "," : " ", 1, 0), 1);
		ck_assert_int_gt(send(c->fd, request, strlen(request), 0), 0);
	}
	ck_assert_int_eq(send(c->fd, "]\n", 2, 0), 2);
}

/* 4,096 requests of a client are under way at once; the rest of the fifth batch is read, but
 * has to wait for some of the first ones. */
START_TEST(what_has_waited_too_long_for_others_is_not_begun)
{
	static const char patient[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.count\","
				      "\"params\":{\"ms\":1300},\"deadline_ms\":900}",
			  hasty[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.count\","
				    "\"params\":{\"ms\":1300},\"deadline_ms\":300}";
	struct client c = dial(RPC_SESSION);
	json_t *got, *one;
	size_t i;

	for (unsigned batch = 0; batch < 4; batch++)
		say_batch(&c, patient);
	say_batch(&c, hasty);
	for (unsigned batch = 0; batch < 5; batch++) {
		got = hear(&c);
		ck_assert_uint_eq(json_array_size(got), 1000);
		json_array_foreach (got, i, one)
			ck_assert_int_eq(json_integer_value(json_object_get(
						 json_object_get(one, "error"), "code")),
				RPC_DEADLINE);
		json_decref(got);
	}
	say(&c, 2, "toy.count", "{\"ms\":1300}", ""); /* all have been answered by then */
	ck_assert_int_lt(number(&c, 2, "calls"), 5000);
	hang_up(&c);
}
END_TEST

/* ---- Keys ---- */

static const char key[] = ",\"idempotency_key\":\"one\"";

START_TEST(a_repeat_is_answered_alike_and_not_done_again)
{
	struct client c = dial(RPC_SESSION), other = dial(RPC_ADMIN);

	say(&c, 1, "toy.count", "{\"ms\":0}", key);
	ck_assert_int_eq(number(&c, 1, "calls"), 1);
	say(&c, 2, "toy.count", "{\"ms\":0}", key);
	ck_assert_int_eq(number(&c, 2, "calls"), 1);
	say(&other, 3, "toy.count", "[0]", key); /* the same parameters */
	ck_assert_int_eq(number(&other, 3, "calls"), 1);
	say(&c, 4, "toy.count", "{\"ms\":0}", ",\"idempotency_key\":\"two\"");
	ck_assert_int_eq(number(&c, 4, "calls"), 2);
	hang_up(&c);
	hang_up(&other);
}
END_TEST

START_TEST(a_repeat_meanwhile_waits_for_the_first)
{
	struct client c = dial(RPC_SESSION), other = dial(RPC_SESSION),
		      gone = dial(RPC_SESSION);

	say(&gone, 1, "toy.count", "{\"ms\":100}", key);
	say(&gone, 2, "toy.count", "{\"ms\":100}", key);
	usleep(20000);
	hang_up(&gone); /* the first goes on without its client */
	say(&c, 3, "toy.count", "{\"ms\":100}", key);
	say(&other, 4, "toy.count", "{\"ms\":100}", key);
	ck_assert_int_eq(number(&c, 3, "calls"), 1);
	ck_assert_int_eq(number(&other, 4, "calls"), 1);
	hang_up(&c);
	hang_up(&other);
}
END_TEST

START_TEST(a_key_is_for_one_request)
{
	struct client c = dial(RPC_SESSION);
	static const char expected[] =
		"{\"reason\":\"key_reused\",\"field\":\"idempotency_key\"}";

	say(&c, 1, "toy.count", "{\"ms\":0}", key);
	number(&c, 1, "calls");
	say(&c, 2, "toy.count", "{\"ms\":1}", key);
	ck_assert_str_eq(refusal(&c, 2, RPC_KEY_REUSED), expected);
	say(&c, 3, "toy.wait", "{\"ms\":0}", key);
	ck_assert_str_eq(refusal(&c, 3, RPC_KEY_REUSED), expected);
	hang_up(&c);
}
END_TEST

/* Its result is another the second time, and its key is still there for something else. */
START_TEST(a_method_that_only_looks_takes_no_notice_of_a_key)
{
	struct client view = dial(RPC_VIEW), c = dial(RPC_SESSION);

	say(&view, 1, "toy.counted", "{}", key);
	ck_assert_int_eq(number(&view, 1, "calls"), 0);
	say(&c, 2, "toy.count", "{\"ms\":0}", key);
	ck_assert_int_eq(number(&c, 2, "calls"), 1);
	say(&view, 3, "toy.counted", "{}", key);
	ck_assert_int_eq(number(&view, 3, "calls"), 1);
	hang_up(&view);
	hang_up(&c);
}
END_TEST

START_TEST(what_was_refused_may_be_tried_again)
{
	struct client c = dial(RPC_SESSION);

	for (int i = 1; i <= 2; i++) {
		say(&c, i, "toy.fail", "{}", key);
		refusal(&c, i, 7);
	}
	say(&c, 3, "toy.add", "{\"a\":1}", key); /* it is nobody's by now */
	ck_assert_int_eq(number(&c, 3, "sum"), 1);
	hang_up(&c);
}
END_TEST

START_TEST(what_came_too_late_is_had_by_asking_again)
{
	struct client c = dial(RPC_SESSION);
	char both[100];

	snprintf(both, sizeof both, "%s,\"deadline_ms\":20", key);
	say(&c, 1, "toy.count", "{\"ms\":100}", both);
	refusal(&c, 1, RPC_DEADLINE);
	say(&c, 2, "toy.count", "{\"ms\":100}", both); /* it is under way */
	ck_assert_str_eq(
		refusal(&c, 2, RPC_DEADLINE), "{\"reason\":\"deadline\",\"state\":\"begun\"}");
	say(&c, 3, "toy.count", "{\"ms\":100}", key);
	ck_assert_int_eq(number(&c, 3, "calls"), 1);
	hang_up(&c);
}
END_TEST

START_TEST(what_was_withdrawn_is_begun_by_asking_again)
{
	struct client c = dial(RPC_SESSION);
	char both[100];

	snprintf(both, sizeof both, "%s,\"deadline_ms\":20", key);
	say(&c, 1, "toy.wait", "{\"ms\":60}", both);
	refusal(&c, 1, RPC_DEADLINE);
	say(&c, 2, "toy.wait", "{\"ms\":60}", key);
	number(&c, 2, "late");
	hang_up(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_request");
	TCase *tc;
	SRunner *sr;
	int failed;

	tc = toy_case(s, "roles");
	tcase_add_test(tc, a_socket_may_what_it_is_for_and_what_those_behind_it_may);
	tcase_add_test(tc, what_an_administrator_asks_for_is_logged_with_who_it_was);

	tc = toy_case(s, "deadlines");
	tcase_add_test(tc, an_answer_in_time_is_not_touched_by_the_deadline);
	tcase_add_test(tc, what_was_begun_goes_on_and_is_answered_once);
	tcase_add_test(tc, what_was_not_begun_is_withdrawn);
	tcase_add_test(tc, what_has_waited_too_long_for_others_is_not_begun);

	tc = toy_case(s, "keys");
	tcase_add_test(tc, a_repeat_is_answered_alike_and_not_done_again);
	tcase_add_test(tc, a_repeat_meanwhile_waits_for_the_first);
	tcase_add_test(tc, a_key_is_for_one_request);
	tcase_add_test(tc, a_method_that_only_looks_takes_no_notice_of_a_key);
	tcase_add_test(tc, what_was_refused_may_be_tried_again);
	tcase_add_test(tc, what_came_too_late_is_had_by_asking_again);
	tcase_add_test(tc, what_was_withdrawn_is_begun_by_asking_again);

	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
