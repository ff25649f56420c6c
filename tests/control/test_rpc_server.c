/* SPDX-License-Identifier: Apache-2.0
 *
 * control/rpc_server.c over its real socket.  Requests and answers of the plain cases are
 * those of the JSON-RPC 2.0 specification, section 7, with our method names. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "control/rpc.h"
#include "control/rpc_parse.h"
#include "tests/control/toy_case.h"
#include "tests/scratch.h"

/* ---- A client made of plain sockets, so that it can misbehave ---- */

/* The next line; NULL: the server hung up. */
static char *
line(int fd)
{
	static char buf[16 << 20];
	size_t n = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t got;
		char *end;

		ck_assert_msg(poll(&p, 1, 10000) == 1, "no answer within 10 s");
		/* Look before taking, so that the next line stays in the socket. */
		got = recv(fd, buf + n, sizeof buf - 1 - n, MSG_PEEK);
		if (got <= 0)
			return NULL;
		end = memchr(buf + n, '\n', (size_t)got);
		if (end != NULL)
			got = end - (buf + n) + 1;
		ck_assert_int_eq(recv(fd, buf + n, (size_t)got, 0), got);
		n += (size_t)got;
		ck_assert_uint_lt(n, sizeof buf - 1);
		if (end != NULL) {
			buf[n - 1] = '\0';
			return buf;
		}
	}
}

static json_t *
hear(int fd)
{
	char *text = line(fd);
	json_t *value;

	ck_assert_msg(text != NULL, "the server hung up");
	value = json_loads(text, JSON_DECODE_ANY, NULL);
	ck_assert_msg(value != NULL, "no JSON: %.100s", text);
	return value;
}

/* Connected, but perhaps not let in yet. */
static int
knock(enum rpc_role role)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, toy.paths[role]);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	return fd;
}

static int
dial_as(enum rpc_role role)
{
	int fd = knock(role);
	json_t *greeting, *expected;

	greeting = hear(fd);
	expected = json_pack("{s:s, s:i, s:s, s:s}", "strowger", "0.0.1", "api", RPC_API,
		"role", rpc_role_names[role], "instance", "toy");
	ck_assert(json_equal(greeting, expected));
	json_decref(greeting);
	json_decref(expected);
	return fd;
}

static int
dial(void)
{
	return dial_as(RPC_ADMIN);
}

static void
say_bytes(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

		ck_assert_msg(sent > 0, "cannot send: %s", strerror(errno));
		bytes += sent;
		n -= (size_t)sent;
	}
}

static void
say(int fd, const char *text)
{
	say_bytes(fd, text, strlen(text));
}

/* The answer to TEXT and a newline must be EXPECTED. */
static void
ask(int fd, const char *text, const char *expected)
{
	json_t *want = json_loads(expected, 0, NULL);
	json_t *got;
	char *shown;

	ck_assert_msg(want != NULL, "the test is wrong: %s", expected);
	say(fd, text);
	say(fd, "\n");
	got = hear(fd);
	shown = json_dumps(got, JSON_COMPACT);
	ck_assert_msg(json_equal(got, want), "%s\n is answered with %s\n instead of %s", text,
		shown, expected);
	free(shown);
	json_decref(got);
	json_decref(want);
}

/* The answer to TEXT and a newline must be an error CODE with id null. */
static void
ask_nonsense(int fd, const char *text, size_t len, int code)
{
	json_t *got;

	say_bytes(fd, text, len);
	say(fd, "\n");
	got = hear(fd);
	ck_assert(json_is_null(json_object_get(got, "id")));
	ck_assert_int_eq(
		json_integer_value(json_object_get(json_object_get(got, "error"), "code")),
		code);
	json_decref(got);
}

static void
ask_whether_alive(int fd)
{
	ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":\"alive\",\"method\":\"toy.echo\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"alive\",\"result\":{\"text\":null}}");
}

/* ---- One request ---- */

START_TEST(a_request_is_answered_with_its_id)
{
	int fd = dial();

	ask(fd,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.add\",\"params\":{\"a\":40,"
		"\"b\":2}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"sum\":42}}");
	ask(fd,
		"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"toy.add\",\"params\":{\"a\":1}"
		"}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"sum\":1}}");
	ask(fd,
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"toy.add\",\"params\":{\"a\":1}"
		"}",
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{\"sum\":1}}");
	ask(fd,
		"{\"jsonrpc\":\"2.0\",\"id\":-1.5,\"method\":\"toy.add\",\"params\":{\"a\":1}"
		"}",
		"{\"jsonrpc\":\"2.0\",\"id\":-1.5,\"result\":{\"sum\":1}}");
	close(fd);
}
END_TEST

START_TEST(parameters_may_be_given_by_position)
{
	int fd = dial();

	ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.add\",\"params\":[40,2]}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"sum\":42}}");
	close(fd);
}
END_TEST

START_TEST(a_notification_gets_no_answer)
{
	int fd = dial();

	say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"toy.add\",\"params\":{\"a\":1}}\n");
	say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"toy.no\"}\n");
	say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"toy.add\",\"params\":{\"a\":\"wrong\"}}\n");
	say(fd, "\n \t\r\n");
	ask_whether_alive(fd);
	close(fd);
}
END_TEST

START_TEST(an_unknown_method_is_answered_with_the_nearest)
{
	int fd = dial();

	ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.ad\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,"
		"\"message\":\"Method not found: toy.ad; did you mean toy.add\","
		"\"data\":{\"reason\":\"unknown_method\",\"got\":\"toy.ad\",\"nearest\":\"toy."
		"add\"}}}");
	close(fd);
}
END_TEST

START_TEST(wrong_parameters_never_reach_the_method)
{
	int fd = dial();

	ask(fd,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.add\",\"params\":{\"a\":1001}"
		"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,"
		"\"message\":\"Invalid params: a takes integer -1000..1000, not 1001\","
		"\"data\":{\"reason\":\"out_of_range\",\"field\":\"a\",\"got\":\"1001\","
		"\"expected\":\"integer -1000..1000\"}}}");
	close(fd);
}
END_TEST

START_TEST(an_error_of_the_method_carries_its_reason)
{
	int fd = dial();

	ask(fd,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.fail\",\"params\":{\"toy\":"
		"\"ball\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":7,\"message\":\"no toy in "
		"3 boxes\","
		"\"data\":{\"reason\":\"no_toy\",\"field\":\"toy\",\"got\":\"ball\","
		"\"expected\":\"a toy\",\"retry_after_ms\":250}}}");
	close(fd);
}
END_TEST

START_TEST(what_may_be_a_key_is_not_repeated)
{
	static const char key[] =
		"d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"; /* RFC 4568, 40 bytes */
	static const char *const params[] = {
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.fail\",\"params\":{\"toy\":\"%"
		"s\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.legs\",\"params\":{\"legs\":[{"
		"\"name\":"
		"\"a\",\"streams\":[{\"srtp\":{\"suite\":\"%s\"}}]}]}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.legs\",\"params\":{\"%s\":[]}"
		"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.legs\",\"params\":{\"legs\":"
		"\"%s\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"%s\":1}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.add\",\"params\":{\"a\":\"%"
		"s\"",
	};
	int fd = dial();

	for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
		const char *place = strstr(params[i], "%s");
		const char *text;

		say_bytes(fd, params[i], (size_t)(place - params[i]));
		say(fd, key);
		say(fd, place + 2);
		say(fd, "\n");
		text = line(fd);
		ck_assert_ptr_nonnull(text);
		ck_assert_ptr_nonnull(strstr(text, "\"error\""));
		ck_assert_msg(strstr(text, "d0RmdmcmVC") == NULL, "case %zu: %s", i, text);
	}
	close(fd);
}
END_TEST

/* ---- Batches ---- */

START_TEST(a_batch_is_answered_with_an_array)
{
	static const char batch[] =
		"[{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"method\":\"toy.later\",\"params\":{"
		"\"ms\":50}},"
		"{\"jsonrpc\":\"2.0\",\"method\":\"toy.add\",\"params\":{\"a\":1}},"
		"{\"foo\":\"boo\"},1,"
		"{\"jsonrpc\":\"2.0\",\"id\":\"9\",\"method\":\"toy.echo\"}]\n";
	int fd = dial(), nulls = 0, codes = 0;
	json_t *got, *one;
	size_t i;

	say(fd, batch);
	got = hear(fd);
	ck_assert(json_is_array(got));
	ck_assert_uint_eq(json_array_size(got), 4);
	json_array_foreach (got, i, one) {
		json_t *error = json_object_get(one, "error");

		nulls += json_is_null(json_object_get(one, "id"));
		codes += json_integer_value(json_object_get(error, "code")) == -32600;
	}
	ck_assert_int_eq(nulls, 2);
	ck_assert_int_eq(codes, 2);
	/* The late one comes last, and the rest has waited for it. */
	one = json_array_get(got, 3);
	ck_assert_str_eq(json_string_value(json_object_get(one, "id")), "1");
	json_decref(got);
	close(fd);
}
END_TEST

START_TEST(a_batch_of_notifications_gets_no_answer)
{
	int fd = dial();

	say(fd, "[{\"jsonrpc\":\"2.0\",\"method\":\"toy.echo\"},"
		"{\"jsonrpc\":\"2.0\",\"method\":\"toy.later\",\"params\":{\"ms\":1}}]\n");
	usleep(20000);
	ask_whether_alive(fd);
	close(fd);
}
END_TEST

/* ---- Nonsense ---- */

START_TEST(nonsense_is_answered_and_the_connection_lives)
{
	static const struct {
		const char *text;
		size_t len;
		int code;
	} rows[] = {
#define ROW(text, code) {text, sizeof(text) - 1, code}
		ROW("{\"jsonrpc\": \"2.0\", \"method\": \"foobar, \"params\": \"bar\", \"baz]",
			-32700),
		ROW("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.echo\"},{\"jsonrpc\"",
			-32700),
		ROW("[]", -32600),
		ROW("{}", -32600),
		ROW("1", -32600),
		ROW("null", -32600),
		ROW("\"\"", -32600),
		ROW("{\"jsonrpc\":\"2.0\",\"method\":1,\"params\":\"bar\"}", -32600),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"toy.echo\"}", -32600),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"toy.echo\"}", -32600),
		ROW("\xff\xfe\x00\x01", -32700),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xc3\x28\"}", -32700),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":\"\xed\xa0\x80\"}", -32700),
		ROW("\0", -32700),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":\"a\0b\",\"method\":\"toy.echo\"}", -32700),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":\"\\u0000\",\"method\":\"toy.echo\"}",
			-32700),
		ROW("{\"a\\u0000\":1}", -32700),
		ROW("{\"a\":1,\"a\":1}", -32700),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":99999999999999999999,\"method\":\"toy."
		    "echo\"}",
			-32700),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":1e999,\"method\":\"toy.echo\"}", -32700),
		ROW("{\"jsonrpc\":\"2.0\",\"id\":1}{\"jsonrpc\":\"2.0\",\"id\":2}", -32700),
		ROW("'", -32700),
		ROW("GET / HTTP/1.1", -32700),
		ROW("\x16\x03\x01\x02\x00", -32700),
#undef ROW
	};
	int fd = dial();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ask_nonsense(fd, rows[i].text, rows[i].len, rows[i].code);
		ask_whether_alive(fd);
	}
	close(fd);
}
END_TEST

START_TEST(a_request_that_is_wrong_keeps_its_id)
{
	static const char *const rows[] = {
		"{\"id\":5,\"method\":\"toy.echo\"}",
		"{\"jsonrpc\":\"1.0\",\"id\":5,\"method\":\"toy.echo\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":5}",
		"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":null}",
		"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"toy.echo\",\"params\":null}",
		"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"toy.echo\",\"parms\":{}}",
	};
	int fd = dial();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *got;

		say(fd, rows[i]);
		say(fd, "\n");
		got = hear(fd);
		ck_assert_int_eq(json_integer_value(json_object_get(got, "id")), 5);
		ck_assert_int_eq(json_integer_value(json_object_get(
					 json_object_get(got, "error"), "code")),
			-32600);
		json_decref(got);
	}
	close(fd);
}
END_TEST

START_TEST(deep_nesting_is_answered)
{
	enum { DEPTH = 500000 };
	char *text = malloc(DEPTH);
	int fd = dial();

	memset(text, '[', DEPTH);
	ask_nonsense(fd, text, DEPTH, -32700);
	memset(text, '[', 1000);
	memset(text + 1000, ']', 1000);
	ask_whether_alive(fd);
	/* Within what the parser takes: a batch of one that is no request. */
	say_bytes(fd, text, 2000);
	say(fd, "\n");
	json_decref(hear(fd));
	for (int i = 0; i < DEPTH; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	ask_nonsense(fd, text, DEPTH, -32700);
	ask_whether_alive(fd);
	free(text);
	close(fd);
}
END_TEST

START_TEST(a_batch_of_too_many_is_one_error)
{
	enum { BYTES = 2 * (RPC_BATCH_MAX + 1) + 1 };
	char text[BYTES + 1];
	json_t *got;
	int fd = dial();

	for (int i = 0; i < BYTES - 1; i += 2)
		memcpy(text + i, i == 0 ? "[1" : ",1", 2);
	text[BYTES - 1] = ']';
	ask_nonsense(fd, text, BYTES, -32600);
	/* One fewer is answered one by one. */
	text[BYTES - 3] = ']';
	say_bytes(fd, text, BYTES - 2);
	say(fd, "\n");
	got = hear(fd);
	ck_assert_uint_eq(json_array_size(got), RPC_BATCH_MAX);
	json_decref(got);
	close(fd);
}
END_TEST

/* ---- Lines ---- */

/* An echo request of exactly LEN bytes. */
static char *
echo_of(size_t len)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.echo\","
				   "\"params\":{\"text\":\"";
	static const char tail[] = "\"}}";
	char *text = malloc(len + 2);

	memset(text, 'a', len);
	memcpy(text, head, strlen(head));
	memcpy(text + len - strlen(tail), tail, strlen(tail));
	memcpy(text + len, "\n", 2);
	return text;
}

START_TEST(a_line_of_exactly_1_mib_is_taken)
{
	char *text = echo_of(RPC_LINE_MAX);
	int fd = dial();
	json_t *got;

	say(fd, text);
	got = hear(fd);
	ck_assert_ptr_nonnull(json_object_get(got, "result"));
	json_decref(got);
	free(text);
	close(fd);
}
END_TEST

START_TEST(a_longer_line_is_refused_once_and_skipped)
{
	static const size_t lengths[] = {RPC_LINE_MAX + 1, RPC_LINE_MAX + 2, 5 * RPC_LINE_MAX};
	int fd = dial();

	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		char *text = echo_of(lengths[i]);

		text[lengths[i]] = '\0';
		ask_nonsense(fd, text, lengths[i], -32700);
		ask_whether_alive(fd);
		free(text);
	}
	close(fd);
}
END_TEST

START_TEST(a_request_may_come_byte_by_byte)
{
	static const char text[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.add\",\"params\":[1]}\r\n";
	int fd = dial();
	json_t *got;

	for (const char *p = text; *p != '\0'; p++) {
		say_bytes(fd, p, 1);
		usleep(200);
	}
	got = hear(fd);
	ck_assert_int_eq(
		json_integer_value(json_object_get(json_object_get(got, "result"), "sum")), 1);
	json_decref(got);
	close(fd);
}
END_TEST

START_TEST(a_request_without_newline_at_the_end_is_answered)
{
	int fd = dial();
	json_t *got;

	/* The second is answered after the client has said its last word. */
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.add\",\"params\":[1]}\n");
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"toy.later\",\"params\":[100]}");
	shutdown(fd, SHUT_WR);
	for (int id = 1; id <= 2; id++) {
		got = hear(fd);
		ck_assert_int_eq(json_integer_value(json_object_get(got, "id")), id);
		ck_assert_ptr_nonnull(json_object_get(got, "result"));
		json_decref(got);
	}
	ck_assert_ptr_null(line(fd)); /* and then it hangs up */
	close(fd);
}
END_TEST

START_TEST(half_a_request_at_the_end_is_an_error)
{
	int fd = dial();
	json_t *got;

	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"met");
	shutdown(fd, SHUT_WR);
	got = hear(fd);
	ck_assert_int_eq(
		json_integer_value(json_object_get(json_object_get(got, "error"), "code")),
		-32700);
	json_decref(got);
	ck_assert_ptr_null(line(fd));
	close(fd);
}
END_TEST

START_TEST(pipelined_requests_are_all_answered_in_order)
{
	enum { N = 5000 };
	static char all[N * 80];
	size_t n = 0;
	int fd = dial();
	pid_t sender;

	for (int i = 0; i < N; i++)
		n += (size_t)snprintf(all + n, sizeof all - n,
			"{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"toy.add\",\"params\":[1]}"
			"\n",
			i);
	sender = fork(); /* as much as the socket takes, while we read */
	if (sender == 0) {
		say_bytes(fd, all, n);
		_exit(0);
	}
	for (int i = 0; i < N; i++) {
		json_t *got = hear(fd);

		ck_assert_int_eq(json_integer_value(json_object_get(got, "id")), i);
		json_decref(got);
	}
	close(fd);
}
END_TEST

/* ---- Clients that go, sleep or come in crowds ---- */

START_TEST(an_answer_for_a_client_that_has_gone_is_dropped)
{
	int other = dial();

	for (int i = 0; i < 20; i++) {
		int fd = dial();

		say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.later\",\"params\":["
			"50]}\n"
			"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.later\",\"params\":["
			"60]},"
			"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"toy.echo\"}]\n");
		/* One that leaves without a word, one whose socket has unread answers. */
		if (i % 2 == 0)
			ask_whether_alive(fd);
		close(fd);
	}
	ask_whether_alive(other);
	ask(other, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.later\",\"params\":[150]}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"late\":true}}");
	close(other);
}
END_TEST

static long
resident_kib(pid_t pid)
{
	char path[64];
	long pages = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %ld", &pages), 1);
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* It asks for 150 MB and takes nothing: the server stops reading from it and goes on with the
 * others. */
START_TEST(a_client_that_takes_no_answers_is_made_to_wait)
{
	static const char ask_big[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.big\",\"params\":[1000000]}\n";
	int fd = dial(), other = dial();

	for (int i = 0; i < 150; i++)
		say(fd, ask_big);
	ask_whether_alive(other);
	usleep(200000);
	ask_whether_alive(other);
	ck_assert_int_lt(resident_kib(toy.pid), 100000);
	/* And once it reads, all is there. */
	for (int i = 0; i < 150; i++)
		ck_assert_ptr_nonnull(line(fd));
	close(fd);
	close(other);
}
END_TEST

/* 6,000 requests that take their time, in batches: the sixth batch and the echo behind it are
 * left unread until others are answered, for a batch counts as what it holds. */
START_TEST(a_client_with_too_many_requests_under_way_is_made_to_wait)
{
	static const char slow[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.later\",\"params\":[500]}";
	int fd = dial(), other = dial();
	json_t *first;

	for (int batch = 0; batch < 6; batch++) {
		say(fd, "[");
		for (int i = 0; i < RPC_BATCH_MAX; i++) {
			say(fd, i > 0 ? "," : "");
			say(fd, slow);
		}
		say(fd, "]\n");
	}
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":\"alive\",\"method\":\"toy.echo\"}\n");
	ask_whether_alive(other);
	first = hear(fd);
	ck_assert(json_is_array(first));
	json_decref(first);
	for (int i = 0; i < 6; i++)
		ck_assert_ptr_nonnull(line(fd));
	close(fd);
	close(other);
}
END_TEST

START_TEST(a_client_whose_answers_become_too_many_is_cut_off_with_a_log_line)
{
	static const char ask_big[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.big\",\"params\":[8000000]}";
	int fd = dial(), other = dial();
	char log[4096];
	ssize_t n;

	say(fd, "[");
	for (int i = 0; i < 100; i++) {
		say(fd, i > 0 ? "," : "");
		say(fd, ask_big);
	}
	say(fd, "]\n");
	ck_assert_ptr_null(line(fd));
	ask_whether_alive(other);
	n = read(toy.log, log, sizeof log - 1);
	ck_assert_int_gt(n, 0);
	log[n] = '\0';
	ck_assert_ptr_nonnull(strstr(log, "hung up on a client"));
	close(fd);
	close(other);
}
END_TEST

/* A batch whose first request is answered after MS, the others at once with A and B bytes. */
static void
say_slow(int fd, int ms, int a, int b)
{
	char text[400];

	snprintf(text, sizeof text,
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.later\",\"params\":[%d]},"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"toy.big\",\"params\":[%d]},"
		"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"toy.big\",\"params\":[%d]}]\n",
		ms, a, b);
	say(fd, text);
}

static void
hear_slow(int fd)
{
	json_t *got = hear(fd);

	ck_assert_uint_eq(json_array_size(got), 3);
	json_decref(got);
}

/* What is behind it waits; and a batch is answered though it is much all by itself. */
START_TEST(a_client_with_much_in_an_unfinished_batch_is_made_to_wait)
{
	int fd = dial(), other = dial();

	say_slow(fd, 300, 2000000, 2000000);
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":\"alive\",\"method\":\"toy.echo\"}\n");
	ask_whether_alive(other);
	hear_slow(fd);
	ck_assert_ptr_nonnull(strstr(line(fd), "alive"));
	close(fd);
	close(other);
}
END_TEST

START_TEST(unfinished_batches_count_together)
{
	int fd = dial(), other = dial();

	say_slow(fd, 1500, 450000, 450000);
	say_slow(fd, 1500, 8100000, 8100000);
	ck_assert_ptr_null(line(fd));
	say_slow(other, 1500, 0, 0); /* the toy ends with nothing under way */
	hear_slow(other);
	close(fd);
	close(other);
}
END_TEST

/* Who asks for more than all may be owed is cut off, but not who is owed little.  What is
 * taken, and what was for those who were cut off, counts no longer. */
START_TEST(all_clients_together_are_owed_no_more_than_that)
{
	int much, more, little, later;

	toy.owed_max = 4 << 20;
	toy_case_start();
	much = dial();
	say_slow(much, 1500, 3000000, 0);
	for (int i = 0; i < 10; i++) {
		more = dial();
		say_slow(more, 1500, 400000, 2000000);
		ck_assert_ptr_null(line(more));
		close(more);
	}
	little = dial();
	say(little,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.big\",\"params\":[2000000]}"
		"\n");
	ck_assert_ptr_nonnull(line(little));
	hear_slow(much);
	later = dial();
	say_slow(later, 1500, 400000, 2000000); /* and answered as the last */
	hear_slow(later);
	close(much);
	close(little);
	close(later);
	toy_case_stop();
}
END_TEST

START_TEST(two_hundred_clients_are_served)
{
	enum { CLIENTS = 200 };
	int fd[CLIENTS];

	for (int i = 0; i < CLIENTS; i++)
		fd[i] = dial();
	for (int i = 0; i < CLIENTS; i++)
		say(fd[i], "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.later\",\"params\":"
			   "[20]}\n");
	for (int i = CLIENTS; i-- > 0;)
		json_decref(hear(fd[i]));
	for (int i = 0; i < CLIENTS; i++)
		ask_whether_alive(fd[i]);
	for (int i = 0; i < CLIENTS; i++)
		close(fd[i]);
}
END_TEST

static bool
waits(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 50) == 0;
}

/* The next ones wait in the listener's queue, and are served when some have gone; but there
 * are places that only those have who look, and those who administer. */
START_TEST(a_thousand_clients_keep_no_administrator_out)
{
	enum { CLIENTS = 1000, MORE = 40, LAST = 20, ALL = CLIENTS + MORE + LAST };
	const struct rlimit many = {4096, 4096};
	static int fd[ALL];
	int late[RPC_ROLES];

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &many), 0);
	for (int i = 0; i < ALL; i++)
		fd[i] = dial_as(i < CLIENTS          ? RPC_SESSION
				: i < CLIENTS + MORE ? RPC_VIEW
						     : RPC_ADMIN);
	for (unsigned role = 0; role < RPC_ROLES; role++) {
		late[role] = knock((enum rpc_role)role);
		ck_assert(waits(late[role]));
	}
	ask_whether_alive(fd[0]);
	ask_whether_alive(fd[ALL - 1]);
	close(fd[0]);
	json_decref(hear(late[RPC_ADMIN]));
	ck_assert(waits(late[RPC_VIEW]));
	for (int i = 1; i <= LAST + 1; i++)
		close(fd[i]);
	json_decref(hear(late[RPC_VIEW]));
	ck_assert(waits(late[RPC_SESSION]));
	for (int i = LAST + 2; i < ALL; i++)
		close(fd[i]);
	json_decref(hear(late[RPC_SESSION]));
	for (unsigned role = 0; role < RPC_ROLES; role++)
		close(late[role]);
}
END_TEST

/* Those who look are so many at most; with 200 of them, calls are still made. */
START_TEST(who_looks_keeps_nobody_out_who_makes_calls)
{
	enum { VIEWERS = 200 };
	const struct rlimit many = {4096, 4096};
	int fd[VIEWERS], late, session;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &many), 0);
	for (int i = 0; i < VIEWERS; i++)
		fd[i] = dial_as(RPC_VIEW);
	late = knock(RPC_VIEW);
	ck_assert(waits(late));
	session = dial_as(RPC_SESSION);
	ck_assert(waits(late));
	close(fd[0]);
	json_decref(hear(late));
	for (int i = 1; i < VIEWERS; i++)
		close(fd[i]);
	close(late);
	close(session);
}
END_TEST

/* All of it is there at once when the server wakes: 20,000 requests of one client, two of
 * others.
 */
START_TEST(a_flood_is_not_felt_by_others)
{
	enum { N = 20000 };
	static const char request[] =
		"{\"jsonrpc\":\"2.0\",\"method\":\"toy.count\",\"params\":[0]}\n";
	static const char counted[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.counted\"}\n";
	int flood = dial_as(RPC_SESSION), other = dial_as(RPC_SESSION),
	    view = dial_as(RPC_VIEW);
	static char all[N * sizeof request];
	int size = 4 << 20;
	json_int_t seen[2];
	json_t *got;

	for (size_t i = 0; i < N; i++)
		strcpy(all + i * (sizeof request - 1), request);

	ck_assert_int_eq(setsockopt(flood, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size), 0);
	kill(toy.pid, SIGSTOP);
	say(flood, all);
	say(other, counted);
	say(view, counted);
	kill(toy.pid, SIGCONT);
	for (int i = 0; i < 2; i++) {
		got = hear(i == 0 ? view : other);
		seen[i] = json_integer_value(
			json_object_get(json_object_get(got, "result"), "calls"));
		json_decref(got);
	}
	ck_assert_int_eq(seen[0], 0); /* who looks comes first */
	ck_assert_int_lt(seen[1], N / 2);
	close(flood);
	close(other);
	close(view);
}
END_TEST

START_TEST(a_client_that_takes_nothing_for_long_is_hung_up_on)
{
	static const char ask_big[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.big\",\"params\":[900000]}\n";
	int fd, patient;
	char log[4096];
	ssize_t n;

	toy.patience_ms = 100;
	toy_case_start();
	fd = dial();
	patient = dial();
	say(fd, ask_big);
	usleep(400000);
	ask_whether_alive(patient); /* who is idle is no trouble */
	ck_assert_ptr_null(line(fd));
	close(fd);
	close(patient);
	toy_stop(&toy);
	n = read(toy.log, log, sizeof log - 1);
	ck_assert_int_gt(n, 0);
	log[n] = '\0';
	ck_assert_ptr_nonnull(strstr(log, "it takes none of its answers"));
}
END_TEST

START_TEST(answers_on_their_way_leave_before_the_server_ends)
{
	int fd = dial();

	ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"toy.bye\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
	ck_assert_ptr_null(line(fd));
	close(fd);
	toy_case_stop();
}
END_TEST

/* ---- The socket ---- */

static struct rpc_server_conf conf = {
	.socket[RPC_ADMIN] = {.mode = 0660, .group = (gid_t)-1}, .version = "1"};

START_TEST(a_stale_socket_is_replaced_and_its_mode_is_set)
{
	struct event_base *base = event_base_new();
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct rpc_server *s;
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof sun.sun_path, "/tmp/strowger-stale-%d", (int)getpid());
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	close(fd); /* as a killed server leaves it */
	conf.socket[RPC_ADMIN].path = sun.sun_path;
	s = rpc_server_open(base, &conf);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(stat(sun.sun_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	close(fd);
	rpc_server_close(s);
	ck_assert_int_ne(stat(sun.sun_path, &st), 0);
	event_base_free(base);
}
END_TEST

static json_t *
hear_with(struct event_base *base, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (poll(&p, 1, 1) == 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
	return hear(fd);
}

/* As a control process does that becomes a newer program. */
START_TEST(who_comes_while_the_socket_is_handed_over_is_served_by_the_next)
{
	struct event_base *base = event_base_new();
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int early = socket(AF_UNIX, SOCK_STREAM, 0), late = socket(AF_UNIX, SOCK_STREAM, 0);
	struct pollfd p = {.fd = late, .events = POLLIN};
	struct rpc_server *s;
	int handed[RPC_ROLES];

	snprintf(sun.sun_path, sizeof sun.sun_path, "/tmp/strowger-hand-%d", (int)getpid());
	conf.socket[RPC_ADMIN].path = sun.sun_path;
	ck_assert_ptr_nonnull(s = rpc_server_open(base, &conf));
	ck_assert_int_eq(connect(early, (struct sockaddr *)&sun, sizeof sun), 0);
	json_decref(hear_with(base, early));
	ck_assert(rpc_server_is_idle(s));
	rpc_server_pause(s);
	ck_assert_int_eq(connect(late, (struct sockaddr *)&sun, sizeof sun), 0);
	say(early, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.methods\"}\n");
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	p.fd = early;
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	rpc_server_hand_over(s, handed);
	ck_assert_int_gt(handed[RPC_ADMIN], 0);
	ck_assert_int_eq(handed[RPC_VIEW], -1);
	conf.socket[RPC_ADMIN].listening = handed[RPC_ADMIN];
	event_base_loop(base, EVLOOP_NONBLOCK); /* libevent closes them here */
	ck_assert_ptr_null(line(early));

	ck_assert_ptr_nonnull(s = rpc_server_open(base, &conf));
	json_decref(hear_with(base, late));
	conf.socket[RPC_ADMIN].listening = 0;
	rpc_server_close(s);
	ck_assert_int_ne(access(sun.sun_path, F_OK), 0);
	close(early);
	close(late);
	event_base_free(base);
}
END_TEST

START_TEST(what_is_no_socket_is_left_alone)
{
	struct event_base *base = event_base_new();
	char path[SCRATCH];
	int fd = mkstemp(scratch(path, "file"));

	conf.socket[RPC_ADMIN].path = path;
	ck_assert_ptr_null(rpc_server_open(base, &conf));
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
	close(fd);
	conf.socket[RPC_ADMIN].path = "/nowhere/at/all/admin.sock";
	ck_assert_ptr_null(rpc_server_open(base, &conf));
	ck_assert_int_eq(errno, ENOENT);
	conf.socket[RPC_ADMIN].path =
		"/tmp/0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789";
	ck_assert_ptr_null(rpc_server_open(base, &conf));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	rpc_server_close(NULL);
	event_base_free(base);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_server");
	TCase *tc;
	SRunner *sr;
	int failed;

	tc = toy_case(s, "request");
	tcase_add_test(tc, a_request_is_answered_with_its_id);
	tcase_add_test(tc, parameters_may_be_given_by_position);
	tcase_add_test(tc, a_notification_gets_no_answer);
	tcase_add_test(tc, an_unknown_method_is_answered_with_the_nearest);
	tcase_add_test(tc, wrong_parameters_never_reach_the_method);
	tcase_add_test(tc, an_error_of_the_method_carries_its_reason);
	tcase_add_test(tc, what_may_be_a_key_is_not_repeated);

	tc = toy_case(s, "batch");
	tcase_add_test(tc, a_batch_is_answered_with_an_array);
	tcase_add_test(tc, a_batch_of_notifications_gets_no_answer);
	tcase_add_test(tc, a_batch_of_too_many_is_one_error);

	tc = toy_case(s, "nonsense");
	tcase_add_test(tc, nonsense_is_answered_and_the_connection_lives);
	tcase_add_test(tc, a_request_that_is_wrong_keeps_its_id);
	tcase_add_test(tc, deep_nesting_is_answered);

	tc = toy_case(s, "lines");
	tcase_add_test(tc, a_line_of_exactly_1_mib_is_taken);
	tcase_add_test(tc, a_longer_line_is_refused_once_and_skipped);
	tcase_add_test(tc, a_request_may_come_byte_by_byte);
	tcase_add_test(tc, a_request_without_newline_at_the_end_is_answered);
	tcase_add_test(tc, half_a_request_at_the_end_is_an_error);
	tcase_add_test(tc, pipelined_requests_are_all_answered_in_order);

	tc = toy_case(s, "clients");
	tcase_add_test(tc, an_answer_for_a_client_that_has_gone_is_dropped);
	tcase_add_test(tc, a_client_that_takes_no_answers_is_made_to_wait);
	tcase_add_test(tc, a_client_with_too_many_requests_under_way_is_made_to_wait);
	tcase_add_test(tc, a_client_whose_answers_become_too_many_is_cut_off_with_a_log_line);
	tcase_add_test(tc, a_client_with_much_in_an_unfinished_batch_is_made_to_wait);
	tcase_add_test(tc, unfinished_batches_count_together);
	tcase_add_test(tc, two_hundred_clients_are_served);
	tcase_add_test(tc, a_thousand_clients_keep_no_administrator_out);
	tcase_add_test(tc, who_looks_keeps_nobody_out_who_makes_calls);
	tcase_add_test(tc, a_flood_is_not_felt_by_others);

	tc = tcase_create("limits");
	tcase_add_test(tc, a_client_that_takes_nothing_for_long_is_hung_up_on);
	tcase_add_test(tc, all_clients_together_are_owed_no_more_than_that);
	suite_add_tcase(s, tc);

	tc = tcase_create("end");
	tcase_add_checked_fixture(tc, toy_case_start, NULL);
	tcase_add_test(tc, answers_on_their_way_leave_before_the_server_ends);
	suite_add_tcase(s, tc);

	tc = tcase_create("socket");
	tcase_add_test(tc, a_stale_socket_is_replaced_and_its_mode_is_set);
	tcase_add_test(tc, what_is_no_socket_is_left_alone);
	tcase_add_test(tc, who_comes_while_the_socket_is_handed_over_is_served_by_the_next);
	suite_add_tcase(s, tc);

	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
