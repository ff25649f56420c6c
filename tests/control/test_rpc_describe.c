/* SPDX-License-Identifier: Apache-2.0
 *
 * control/rpc_describe.c and control/rpc_markdown.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/rpc_check.h"
#include "control/rpc_client.h"
#include "control/rpc_describe.h"
#include "control/rpc_error.h"
#include "control/rpc_markdown.h"
#include "tests/control/toy.h"

static json_t *
described(const char *method)
{
	const struct rpc_method *m = rpc_describe_find(toy_methods, toy_n_methods, method);

	ck_assert_ptr_nonnull(m);
	return rpc_describe_method(m);
}

static void
is_json(json_t *got, const char *expected)
{
	json_t *want = json_loads(expected, JSON_DECODE_ANY, NULL);
	char *shown = json_dumps(got, JSON_ENCODE_ANY);

	ck_assert_msg(json_equal(got, want), "%s", shown);
	free(shown);
	json_decref(want);
}

START_TEST(a_method_is_described_whole)
{
	json_t *m = described("toy.add");

	is_json(m, "{\"name\":\"toy.add\",\"role\":\"session\",\"summary\":\"Add apples.\","
		   "\"params\":[{\"name\":\"a\",\"type\":\"integer\",\"required\":true,"
		   "\"min\":-1000,"
		   "\"max\":1000,\"unit\":\"apples\"},"
		   "{\"name\":\"b\",\"type\":\"integer\",\"required\":false}],"
		   "\"result\":[{\"name\":\"sum\",\"type\":\"integer\",\"required\":true}],"
		   "\"errors\":[],\"example\":{\"a\":1,\"b\":2},\"answer\":{\"sum\":3}}");
	json_decref(m);
}
END_TEST

START_TEST(nested_fields_words_and_elements_are_described)
{
	json_t *m = described("toy.legs");
	json_t *legs = json_array_get(json_object_get(m, "params"), 0);
	json_t *streams = json_array_get(json_object_get(legs, "fields"), 2);
	json_t *srtp = json_array_get(json_object_get(streams, "fields"), 1);
	json_t *tags = json_array_get(json_object_get(streams, "fields"), 3);

	ck_assert_str_eq(json_string_value(json_object_get(legs, "element")), "object");
	ck_assert_str_eq(json_string_value(json_object_get(tags, "element")), "string");
	is_json(json_array_get(json_object_get(srtp, "fields"), 0),
		"{\"name\":\"suite\",\"type\":\"string\",\"required\":false,"
		"\"words\":[\"AES_CM_128_HMAC_SHA1_80\",\"AEAD_AES_128_GCM\"]}");
	json_decref(m);
}
END_TEST

START_TEST(errors_are_described)
{
	json_t *m = described("toy.fail");

	is_json(json_object_get(m, "errors"),
		"[{\"code\":7,\"reason\":\"no_toy\",\"help\":\"there is no such toy\","
		"\"retry_after_ms\":250}]");
	json_decref(m);
}
END_TEST

START_TEST(examples_fit_what_they_are_examples_of)
{
	for (size_t i = 0; i < RPC_DESCRIBE_METHODS; i++) {
		const struct rpc_method *m = &rpc_describe_methods[i];
		json_t *example = json_loads(m->example, 0, NULL);
		json_t *answer = json_loads(m->answer, 0, NULL), *error = NULL;

		ck_assert_int_eq(rpc_check(m->params, example, &error), 0);
		ck_assert_int_eq(rpc_check(m->result, answer, &error), 0);
		json_decref(example);
		json_decref(answer);
	}
}
END_TEST

START_TEST(a_server_lists_its_methods_and_its_own)
{
	struct toy toy;
	struct rpc_client *c;
	struct rpc_answer a;
	json_t *list, *m;

	toy_start(&toy, toy_methods, toy_n_methods);
	c = rpc_client_open(toy.path, 5000);
	ck_assert_ptr_nonnull(c);

	ck_assert_int_eq(rpc_client_call(c, "rpc.methods", NULL, &a), 0);
	list = json_object_get(a.result, "methods");
	ck_assert_uint_eq(json_array_size(list), toy_n_methods + 2);
	is_json(json_array_get(list, 0),
		"{\"name\":\"toy.echo\",\"role\":\"view\",\"summary\":\"Say it again.\"}");
	rpc_answer_fini(&a);

	ck_assert_int_eq(rpc_client_call(c, "rpc.describe", NULL, &a), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(a.result, "api")), RPC_API);
	ck_assert_uint_eq(
		json_array_size(json_object_get(a.result, "methods")), toy_n_methods + 2);
	list = json_object_get(a.result, "events");
	ck_assert_uint_eq(json_array_size(list), 3);
	is_json(json_array_get(list, 0),
		"{\"name\":\"toy.played\",\"help\":\"Somebody has played with it.\","
		"\"fields\":[{\"name\":\"call\",\"type\":\"string\",\"required\":false,"
		"\"help\":\"its id\"}]}");
	rpc_answer_fini(&a);

	m = described("toy.legs");
	ck_assert_int_eq(rpc_client_call(c, "rpc.describe",
				 json_pack("{s:s}", "method", "toy.legs"), &a),
		0);
	list = json_object_get(a.result, "methods");
	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert(json_equal(json_array_get(list, 0), m));
	ck_assert_ptr_null(json_object_get(a.result, "events"));
	rpc_answer_fini(&a);
	json_decref(m);

	ck_assert_int_eq(rpc_client_call(c, "rpc.describe",
				 json_pack("{s:s}", "method", "toy.leg"), &a),
		0);
	ck_assert_int_eq(
		json_integer_value(json_object_get(a.error, "code")), RPC_INVALID_PARAMS);
	is_json(json_object_get(a.error, "data"),
		"{\"reason\":\"unknown_method\",\"field\":\"method\",\"got\":\"toy.leg\","
		"\"expected\":\"toy.legs\"}");
	rpc_answer_fini(&a);
	rpc_client_close(c);
	toy_stop(&toy);
	close(toy.log);
}
END_TEST

START_TEST(the_page_has_every_method_field_and_error)
{
	char *page = rpc_markdown(toy_methods, toy_n_methods, toy_events);

	ck_assert_ptr_nonnull(page);
	for (size_t i = 0; i < toy_n_methods; i++)
		ck_assert_ptr_nonnull(strstr(page, toy_methods[i].summary));
	ck_assert_ptr_nonnull(
		strstr(page, "| [`toy.add`](#toyadd) | session | Add apples. |\n"));
	ck_assert_ptr_nonnull(
		strstr(page, "\n### toy.add\n\nAdd apples.\n\nLeast role: session.\n"));
	ck_assert_ptr_nonnull(strstr(page,
		"\n### toy.played\n\nSomebody has played with it.\n\nFields:\n\n| field | "));
	ck_assert_ptr_nonnull(strstr(page, "\n### rpc.describe\n"));
	ck_assert_ptr_nonnull(
		strstr(page, "\n| `a` | integer -1000..1000, apples | required |  |\n"));
	ck_assert_ptr_nonnull(
		strstr(page, "\n| `legs[].streams[].remote.port` | integer 1..65535 |"));
	ck_assert_ptr_nonnull(strstr(page, "one or two \\| not more |\n"));
	ck_assert_ptr_nonnull(strstr(page, "\n| 7 | no_toy | there is no such toy |\n"));
	ck_assert_ptr_nonnull(
		strstr(page, "\"method\": \"toy.add\", \"params\": {\"a\": 1, \"b\": 2}}\n"
			     "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {\"sum\": 3}}\n"));
	free(page);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_describe");
	TCase *tc = tcase_create("describe");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_method_is_described_whole);
	tcase_add_test(tc, nested_fields_words_and_elements_are_described);
	tcase_add_test(tc, errors_are_described);
	tcase_add_test(tc, examples_fit_what_they_are_examples_of);
	tcase_add_test(tc, a_server_lists_its_methods_and_its_own);
	tcase_add_test(tc, the_page_has_every_method_field_and_error);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
