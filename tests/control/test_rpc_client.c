/* SPDX-License-Identifier: Apache-2.0
 *
 * control/rpc_client.c against our server, and against sockets that behave badly. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/rpc_client.h"
#include "tests/control/toy.h"

START_TEST(a_call_brings_its_result_or_its_error)
{
	struct toy toy;
	struct rpc_client *c;
	struct rpc_answer a;

	toy_start(&toy, toy_methods, toy_n_methods);
	c = rpc_client_open(toy.path, 5000);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(
		json_string_value(json_object_get(rpc_client_greeting(c), "instance")), "toy");
	ck_assert_int_eq(
		rpc_client_call(c, "toy.add", json_pack("{s:i, s:i}", "a", 40, "b", 2), &a),
		0);
	ck_assert_int_eq(json_integer_value(json_object_get(a.result, "sum")), 42);
	ck_assert_ptr_null(a.error);
	rpc_answer_fini(&a);
	ck_assert_int_eq(rpc_client_call(c, "toy.fail", NULL, &a), 0);
	ck_assert_ptr_null(a.result);
	ck_assert_int_eq(json_integer_value(json_object_get(a.error, "code")), 7);
	rpc_answer_fini(&a);
	rpc_client_close(c);
	toy_stop(&toy);
	close(toy.log);
}
END_TEST

/* More than the socket and the server's patience hold: each side must go on reading while it
 * writes. */
START_TEST(thousands_of_requests_may_be_on_their_way)
{
	enum { N = 20000 };
	static const char text[] =
		"a text that is not quite short, so that the buffers fill up soon";
	struct toy toy;
	struct rpc_client *c;
	struct rpc_answer a;

	toy_start(&toy, toy_methods, toy_n_methods);
	c = rpc_client_open(toy.path, 5000);
	for (int i = 1; i <= N; i++)
		ck_assert_int_eq(
			rpc_client_send(c, "toy.echo", json_pack("{s:s}", "text", text)), i);
	for (int i = 1; i <= N; i++) {
		ck_assert_int_eq(rpc_client_receive(c, &a), 0);
		ck_assert_int_eq(a.id, i);
		ck_assert_str_eq(json_string_value(json_object_get(a.result, "text")), text);
		rpc_answer_fini(&a);
	}
	rpc_client_close(c);
	toy_stop(&toy);
	close(toy.log);
}
END_TEST

START_TEST(a_server_that_ends_in_between_is_noticed)
{
	struct toy toy;
	struct rpc_client *c;
	struct rpc_answer a;

	toy_start(&toy, toy_methods, toy_n_methods);
	c = rpc_client_open(toy.path, 5000);
	toy_stop(&toy);
	ck_assert_int_eq(rpc_client_call(c, "toy.echo", NULL, &a), -EPIPE);
	rpc_client_close(c);
	close(toy.log);
}
END_TEST

START_TEST(waiting_has_an_end)
{
	struct toy toy;
	struct rpc_client *c;
	struct rpc_answer a;

	toy_start(&toy, toy_methods, toy_n_methods);
	c = rpc_client_open(toy.path, 100);
	ck_assert_int_eq(rpc_client_call(c, "toy.later", json_pack("{s:i}", "ms", 300), &a),
		-ETIMEDOUT);
	rpc_client_close(c);
	usleep(400000); /* the toy owes it to itself to answer before it ends */
	toy_stop(&toy);
	close(toy.log);
}
END_TEST

/* A listener that says TEXT to the first client; NULL: nothing at all. */
static pid_t
impostor(char path[108], const char *text)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	snprintf(path, 108, "/tmp/strowger-impostor-%d", (int)getpid());
	strcpy(sun.sun_path, path);
	unlink(path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	pid = fork();
	if (pid == 0) {
		int peer = accept(fd, NULL, NULL);

		if (text != NULL)
			send(peer, text, strlen(text), MSG_NOSIGNAL);
		pause();
	}
	close(fd);
	return pid;
}

START_TEST(who_greets_wrongly_is_no_strowger)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{"220 mail.example.org ESMTP\r\n", EPROTO},
		{"{\"hello\":1}\n", EPROTO},
		{"[]\n", EPROTO},
		{"\xff\n", EPROTO},
		{"{\"strowger\"", ETIMEDOUT},
		{NULL, ETIMEDOUT},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char path[108];
		pid_t pid = impostor(path, rows[i].text);

		ck_assert_ptr_null(rpc_client_open(path, 100));
		ck_assert_int_eq(errno, rows[i].error);
		kill(pid, SIGKILL);
		unlink(path);
	}
}
END_TEST

START_TEST(answers_that_are_none_are_refused)
{
	static const char *const rows[] = {
		"{\"strowger\":\"1\"}\n1\n",
		"{\"strowger\":\"1\"}\n{}\n",
		"{\"strowger\":\"1\"}\n{\"id\":1,\"result\":1,\"error\":2}\n",
		"{\"strowger\":\"1\"}\nnonsense\n",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char path[108];
		pid_t pid = impostor(path, rows[i]);
		struct rpc_client *c = rpc_client_open(path, 1000);
		struct rpc_answer a;

		ck_assert_ptr_nonnull(c);
		ck_assert_int_eq(rpc_client_call(c, "x", NULL, &a), -EPROTO);
		rpc_client_close(c);
		kill(pid, SIGKILL);
		unlink(path);
	}
}
END_TEST

START_TEST(nobody_there_is_an_errno)
{
	char path[200] = "/tmp/strowger-nobody";

	ck_assert_ptr_null(rpc_client_open(path, 100));
	ck_assert_int_eq(errno, ENOENT);
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	ck_assert_ptr_null(rpc_client_open(path, 100));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	rpc_client_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_client");
	TCase *tc = tcase_create("client");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_call_brings_its_result_or_its_error);
	tcase_add_test(tc, thousands_of_requests_may_be_on_their_way);
	tcase_add_test(tc, a_server_that_ends_in_between_is_noticed);
	tcase_add_test(tc, waiting_has_an_end);
	tcase_add_test(tc, who_greets_wrongly_is_no_strowger);
	tcase_add_test(tc, answers_that_are_none_are_refused);
	tcase_add_test(tc, nobody_there_is_an_errno);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
