/* SPDX-License-Identifier: Apache-2.0
 *
 * control/rpc_parse.c.  Requests are mostly those of the JSON-RPC 2.0 specification, section
 * 7; what nonsense is answered with is in test_rpc_server.c, too. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "control/rpc_error.h"
#include "control/rpc_parse.h"

/* Parse a copy of exactly that size, so that ASan sees a step beyond. */
static struct rpc_parsed *
parse(const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct rpc_parsed *p;

	memcpy(copy, text, len);
	p = rpc_parse(copy, len);
	free(copy);
	ck_assert_ptr_nonnull(p);
	return p;
}

static json_int_t
code(const struct rpc_call *c)
{
	ck_assert_ptr_null(c->method);
	return json_integer_value(json_object_get(c->error, "code"));
}

static const char *
data(const struct rpc_call *c, const char *name)
{
	const char *s =
		json_string_value(json_object_get(json_object_get(c->error, "data"), name));

	return s != NULL ? s : "";
}

START_TEST(a_request_is_taken_apart)
{
	static const char text[] = "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", "
				   "\"params\": [42, 23], \"id\": 1}";
	struct rpc_parsed *p = parse(text, strlen(text));

	ck_assert(!p->batch);
	ck_assert_uint_eq(p->n, 1);
	ck_assert_str_eq(p->calls[0].method, "subtract");
	ck_assert_uint_eq(json_array_size(p->calls[0].params), 2);
	ck_assert_int_eq(json_integer_value(p->calls[0].id), 1);
	ck_assert_ptr_null(p->calls[0].error);
	rpc_parsed_free(p);
}
END_TEST

START_TEST(a_request_without_id_is_a_notification)
{
	static const char text[] = "{\"jsonrpc\": \"2.0\", \"method\": \"foobar\"}";
	struct rpc_parsed *p = parse(text, strlen(text));

	ck_assert_str_eq(p->calls[0].method, "foobar");
	ck_assert_ptr_null(p->calls[0].params);
	ck_assert_ptr_null(p->calls[0].id);
	rpc_parsed_free(p);
}
END_TEST

START_TEST(ids_of_each_kind_are_kept)
{
	static const struct {
		const char *text, *id;
	} rows[] = {
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":\"x\"}", "\"x\""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":-7}", "-7"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":9223372036854775807}",
			"9223372036854775807"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":null}", "null"},
		{"{\"jsonrpc\":\"2.0\",\"id\":5}", "5"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":[]}", "null"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":false}", "null"},
		{"{\"method\":\"m\"}", "null"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rpc_parsed *p = parse(rows[i].text, strlen(rows[i].text));
		char *id = json_dumps(p->calls[0].id, JSON_ENCODE_ANY);

		ck_assert_str_eq(id, rows[i].id);
		free(id);
		rpc_parsed_free(p);
	}
}
END_TEST

START_TEST(a_batch_keeps_its_order_and_its_errors)
{
	static const char text[] =
		"[{\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], \"id\": "
		"\"1\"},"
		"{\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]},"
		"{\"foo\": \"boo\"}, 1]";
	struct rpc_parsed *p = parse(text, strlen(text));

	ck_assert(p->batch);
	ck_assert_uint_eq(p->n, 4);
	ck_assert_str_eq(p->calls[0].method, "sum");
	ck_assert_ptr_null(p->calls[1].id);
	ck_assert_int_eq(code(&p->calls[2]), RPC_INVALID_REQUEST);
	ck_assert_int_eq(code(&p->calls[3]), RPC_INVALID_REQUEST);
	ck_assert(json_is_null(p->calls[3].id));
	rpc_parsed_free(p);
}
END_TEST

START_TEST(a_key_and_a_deadline_stand_beside_the_parameters)
{
	static const char text[] =
		"[{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"idempotency_key\":"
		"\"k\",\"deadline_ms\":600000},"
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\"}]";
	struct rpc_parsed *p = parse(text, strlen(text));

	ck_assert_str_eq(p->calls[0].key, "k");
	ck_assert_uint_eq(p->calls[0].deadline_ms, 600000);
	ck_assert_ptr_null(p->calls[1].key);
	ck_assert_uint_eq(p->calls[1].deadline_ms, 0);
	rpc_parsed_free(p);
}
END_TEST

START_TEST(what_is_wrong_with_a_request_is_named)
{
	static const struct {
		const char *text, *field, *expected, *nearest;
	} rows[] = {
		{"{\"method\":\"m\",\"id\":1}", "jsonrpc", "\"2.0\"", ""},
		{"{\"jsonrpc\":2.0,\"method\":\"m\",\"id\":1}", "jsonrpc", "\"2.0\"", ""},
		{"{\"jsonrpc\":\"2.0\",\"id\":1}", "method", "string", ""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":7}", "params",
			"object or array", ""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":{}}", "id",
			"string, number or null", ""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"parms\":{}}", "parms",
			"jsonrpc, method, params, id, idempotency_key, deadline_ms", "params"},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"idempotency_key\":\"\"}",
			"idempotency_key", "string of 1..128 bytes", ""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"idempotency_key\":7}",
			"idempotency_key", "string of 1..128 bytes", ""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"deadline_ms\":0}", "deadline_ms",
			"integer 1..600000", ""},
		{"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"deadline_ms\":1.5}", "deadline_ms",
			"integer 1..600000", ""},
		{"7", "request", "object", ""},
		{"[]", "batch", "array of 1..1000 requests", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rpc_parsed *p = parse(rows[i].text, strlen(rows[i].text));

		ck_assert_int_eq(code(&p->calls[0]), RPC_INVALID_REQUEST);
		ck_assert_str_eq(data(&p->calls[0], "field"), rows[i].field);
		ck_assert_str_eq(data(&p->calls[0], "expected"), rows[i].expected);
		ck_assert_str_eq(data(&p->calls[0], "nearest"), rows[i].nearest);
		rpc_parsed_free(p);
	}
}
END_TEST

START_TEST(what_is_no_json_is_told_by_place_and_kind)
{
	static const struct {
		const char *text;
		size_t len;
		const char *message;
	} rows[] = {
#define ROW(text, message) {text, sizeof(text) - 1, message}
		ROW("", "ends too early"),
		ROW("{", "ends too early"),
		ROW("{\"jsonrpc\": \"2.0\", \"method", "ends too early"),
		ROW("{} {}", "behind the end"),
		ROW("\xc3\x28", "no UTF-8"),
		ROW("\"\xf8\x88\x80\x80\x80\"", "no UTF-8"),
		ROW("\"\xc0\xaf\"", "no UTF-8"),
		ROW("\0", "Parse error"),
		ROW("[\"\\u0000\"]", "NUL"),
		ROW("{\"\\u0000\":1}", "NUL"),
		ROW("{\"a\":1,\"a\":2}", "twice"),
		ROW("[1e400]", "too big"),
		ROW("[123456789012345678901234567890]", "too big"),
		ROW("[-99999999999999999999]", "too big"),
		ROW("nul", "no JSON"),
		ROW("{'a':1}", "no JSON"),
		ROW("[1,]", "no JSON"),
#undef ROW
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rpc_parsed *p = parse(rows[i].text, rows[i].len);
		const char *message =
			json_string_value(json_object_get(p->calls[0].error, "message"));

		ck_assert_uint_eq(p->n, 1);
		ck_assert(!p->batch);
		ck_assert_int_eq(code(&p->calls[0]), RPC_PARSE_ERROR);
		ck_assert_msg(strstr(message, rows[i].message) != NULL, "%s: %s", rows[i].text,
			message);
		rpc_parsed_free(p);
	}
}
END_TEST

START_TEST(nesting_has_an_end)
{
	enum { DEPTH = 100000 };
	char *text = malloc(DEPTH);
	struct rpc_parsed *p;

	memset(text, '[', DEPTH);
	p = parse(text, DEPTH);
	ck_assert_int_eq(code(&p->calls[0]), RPC_PARSE_ERROR);
	rpc_parsed_free(p);
	free(text);
}
END_TEST

START_TEST(every_beginning_of_a_request_is_survived)
{
	static const char text[] =
		"[{\"jsonrpc\":\"2.0\",\"method\":\"\xc3\xa9\\u00e9\",\"params\":"
		"{\"a\":[1,-2.5e3,true,null]},\"id\":\"1\"}]";

	for (size_t len = 0; len < strlen(text); len++) {
		struct rpc_parsed *p = parse(text, len);

		ck_assert_int_eq(code(&p->calls[0]), RPC_PARSE_ERROR);
		rpc_parsed_free(p);
	}
	rpc_parsed_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_parse");
	TCase *tc = tcase_create("parse");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_request_is_taken_apart);
	tcase_add_test(tc, a_request_without_id_is_a_notification);
	tcase_add_test(tc, ids_of_each_kind_are_kept);
	tcase_add_test(tc, a_batch_keeps_its_order_and_its_errors);
	tcase_add_test(tc, a_key_and_a_deadline_stand_beside_the_parameters);
	tcase_add_test(tc, what_is_wrong_with_a_request_is_named);
	tcase_add_test(tc, what_is_no_json_is_told_by_place_and_kind);
	tcase_add_test(tc, nesting_has_an_end);
	tcase_add_test(tc, every_beginning_of_a_request_is_survived);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
