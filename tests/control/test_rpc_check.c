/* SPDX-License-Identifier: Apache-2.0
 *
 * control/rpc_check.c, with the parameters of toy.legs: those of a call in small. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/rpc_check.h"
#include "control/rpc_describe.h"
#include "control/rpc_error.h"
#include "tests/control/toy.h"

static const struct rpc_field *
fields_of(const char *method)
{
	const struct rpc_method *m = rpc_describe_find(toy_methods, toy_n_methods, method);

	ck_assert_ptr_nonnull(m);
	return m->params;
}

/* Check TEXT against FIELDS.  NULL: it fits. */
static json_t *
check(const struct rpc_field *fields, const char *text)
{
	json_t *value = json_loads(text, 0, NULL), *error = NULL;

	ck_assert_msg(value != NULL, "the test is wrong: %s", text);
	ck_assert_int_eq(rpc_check(fields, value, &error), error == NULL ? 0 : -EINVAL);
	json_decref(value);
	return error;
}

static const char *
word(json_t *error, const char *name)
{
	const char *s =
		json_string_value(json_object_get(json_object_get(error, "data"), name));

	return s != NULL ? s : "";
}

START_TEST(what_fits_passes)
{
	static const char *const rows[] = {
		"{\"legs\":[{\"name\":\"a\"}]}",
		"{\"legs\":[{\"name\":\"a\",\"mux\":true},{\"name\":\"b\",\"mux\":false}]}",
		"{\"legs\":[{\"name\":\"a\",\"streams\":[{}]}]}",
		"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"gain\":1},{\"gain\":-0.5}]}]}",
		"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"tags\":[]}]}]}",
		"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"tags\":[\"x\",\"y\"]}]}]}",
		"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"extra\":null}]}]}",
		"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"extra\":[{\"any\":[1]}]}]}]}",
		"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"remote\":{\"address\":\"x\","
		"\"port\":1}},"
		"{\"remote\":{\"address\":\"x\",\"port\":65535}}]}]}",
		"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"srtp\":{\"suite\":\"AEAD_AES_128_"
		"GCM\"}}]}]}",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *error = check(fields_of("toy.legs"), rows[i]);

		ck_assert_msg(error == NULL, "%s: %s", rows[i], word(error, "reason"));
	}
}
END_TEST

START_TEST(what_does_not_fit_is_named)
{
	static const struct {
		const char *params, *reason, *field, *got, *expected, *nearest;
	} rows[] = {
		{"{}", "missing_field", "legs", "", "array of 1..2 objects", ""},
		{"{\"legs\":{}}", "wrong_type", "legs", "object", "array of 1..2 objects", ""},
		{"{\"legs\":null}", "wrong_type", "legs", "null", "array of 1..2 objects", ""},
		{"{\"legs\":[]}", "out_of_range", "legs", "array of 0 elements",
			"array of 1..2 objects", ""},
		{"{\"legs\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}",
			"out_of_range", "legs", "array of 3 elements", "array of 1..2 objects",
			""},
		{"{\"legs\":[1]}", "wrong_type", "legs[0]", "1", "object", ""},
		{"{\"leg\":[]}", "unknown_field", "leg", "", "legs", "legs"},
		{"{\"legs\":[{\"nam\":\"a\"}]}", "unknown_field", "legs[0].nam", "",
			"name, mux, streams", "name"},
		{"{\"legs\":[{\"name\":\"a\"},{}]}", "missing_field", "legs[1].name", "",
			"string of 1..64 bytes", ""},
		{"{\"legs\":[{\"name\":\"\"}]}", "out_of_range", "legs[0].name",
			"string of 0 bytes", "string of 1..64 bytes", ""},
		{"{\"legs\":[{\"name\":17}]}", "wrong_type", "legs[0].name", "17",
			"string of 1..64 bytes", ""},
		{"{\"legs\":[{\"name\":\"a\",\"mux\":1}]}", "wrong_type", "legs[0].mux", "1",
			"boolean", ""},
		{"{\"legs\":[{\"name\":\"a\",\"streams\":[{},{\"remote\":{\"address\":\"x\","
		 "\"port\":0}}]}]}",
			"out_of_range", "legs[0].streams[1].remote.port", "0",
			"integer 1..65535", ""},
		{"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"remote\":{\"address\":\"x\","
		 "\"port\":65536}}]}]}",
			"out_of_range", "legs[0].streams[0].remote.port", "65536",
			"integer 1..65535", ""},
		{"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"remote\":{\"address\":\"x\","
		 "\"port\":1.0}}]}]}",
			"wrong_type", "legs[0].streams[0].remote.port", "1",
			"integer 1..65535", ""},
		{"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"gain\":\"1\"}]}]}", "wrong_type",
			"legs[0].streams[0].gain", "string of 1 bytes", "number", ""},
		{"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"tags\":[\"x\",1]}]}]}",
			"wrong_type", "legs[0].streams[0].tags[1]", "1", "string", ""},
		{"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"srtp\":{\"suite\":\"AEAD_AES_128_"
		 "GMC\"}}]}]}",
			"unknown_word", "legs[0].streams[0].srtp.suite", "AEAD_AES_128_GMC",
			"one of AES_CM_128_HMAC_SHA1_80, AEAD_AES_128_GCM",
			"AEAD_AES_128_GCM"},
		{"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"srtp\":{\"suite\":\"\"}}]}]}",
			"unknown_word", "legs[0].streams[0].srtp.suite", "",
			"one of AES_CM_128_HMAC_SHA1_80, AEAD_AES_128_GCM", ""},
		{"{\"legs\":[{\"name\":\"a\",\"streams\":[{\"srtp\":{\"key\":\"short\"}}]}]}",
			"out_of_range", "legs[0].streams[0].srtp.key", "string of 5 bytes",
			"string of 40..64 bytes", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *error = check(fields_of("toy.legs"), rows[i].params);

		ck_assert_msg(error != NULL, "%s passed", rows[i].params);
		ck_assert_int_eq(json_integer_value(json_object_get(error, "code")),
			RPC_INVALID_PARAMS);
		ck_assert_str_eq(word(error, "reason"), rows[i].reason);
		ck_assert_str_eq(word(error, "field"), rows[i].field);
		ck_assert_str_eq(word(error, "got"), rows[i].got);
		ck_assert_str_eq(word(error, "expected"), rows[i].expected);
		ck_assert_str_eq(word(error, "nearest"), rows[i].nearest);
		json_decref(error);
	}
}
END_TEST

START_TEST(a_method_without_parameters_takes_none)
{
	json_t *error = check(NULL, "{\"a\":1}");

	ck_assert_ptr_null(check(NULL, "{}"));
	ck_assert_str_eq(word(error, "reason"), "unknown_field");
	ck_assert_str_eq(word(error, "expected"), "no fields");
	json_decref(error);
}
END_TEST

START_TEST(ranges_hold_at_both_ends)
{
	static const struct rpc_field fields[] = {
		{.name = "up", .type = RPC_INT, .min = 5, .max = INT64_MAX},
		{.name = "down", .type = RPC_INT, .min = INT64_MIN, .max = -1},
		{.name = "same", .type = RPC_ARRAY, .min = 2, .max = 2, .element = RPC_INT},
		{.name = NULL},
	};
	json_t *error;

	ck_assert_ptr_null(check(fields, "{\"up\":5,\"down\":-1,\"same\":[1,2]}"));
	ck_assert_ptr_null(check(fields, "{\"up\":9223372036854775807}"));
	ck_assert_ptr_null(check(fields, "{\"down\":-9223372036854775808}"));
	error = check(fields, "{\"up\":4}");
	ck_assert_str_eq(word(error, "expected"), "integer at least 5");
	json_decref(error);
	error = check(fields, "{\"down\":0}");
	ck_assert_str_eq(word(error, "expected"), "integer at most -1");
	json_decref(error);
	error = check(fields, "{\"same\":[1]}");
	ck_assert_str_eq(word(error, "expected"), "array of 2 integers");
	json_decref(error);
}
END_TEST

START_TEST(words_hold_for_the_elements_of_an_array)
{
	static const char *const colours[] = {"red", "green", NULL};
	static const struct rpc_field fields[] = {
		{.name = "colours", .type = RPC_ARRAY, .words = colours},
		{.name = NULL},
	};
	json_t *error = check(fields, "{\"colours\":[\"red\",\"gren\"]}");

	ck_assert_str_eq(word(error, "field"), "colours[1]");
	ck_assert_str_eq(word(error, "nearest"), "green");
	json_decref(error);
}
END_TEST

/* 100 names of 200 bytes, one in the other: the path of the last does not fit anywhere. */
START_TEST(a_path_that_is_too_long_is_cut)
{
	static struct rpc_field fields[100][2];
	char name[201];
	json_t *value = json_object(), *error;

	memset(name, 'n', 200);
	name[200] = '\0';
	for (int i = 0; i < 100; i++)
		fields[i][0] = (struct rpc_field){.name = name,
			.type = RPC_OBJECT,
			.fields = i < 99 ? fields[i + 1] : fields[0]};
	for (int i = 0; i < 200; i++) {
		json_t *outer = json_object();

		json_object_set_new(outer, i == 0 ? "x" : name, value);
		value = outer;
	}
	ck_assert_int_eq(rpc_check(fields[0], value, &error), -EINVAL);
	ck_assert_uint_lt(strlen(word(error, "field")), 256);
	json_decref(error);
	json_decref(value);
}
END_TEST

START_TEST(values_by_position_get_the_names_of_the_table)
{
	const struct rpc_field *fields = fields_of("toy.add");
	json_t *array = json_pack("[i,i]", 40, 2), *error = NULL, *named = NULL, *want;

	ck_assert_int_eq(rpc_check_by_name(fields, array, &named, &error), 0);
	want = json_pack("{s:i, s:i}", "a", 40, "b", 2);
	ck_assert(json_equal(named, want));
	json_decref(named);
	json_array_append_new(array, json_integer(3));
	ck_assert_int_eq(rpc_check_by_name(fields, array, &named, &error), -EINVAL);
	ck_assert_str_eq(word(error, "reason"), "too_many_values");
	json_decref(error);
	ck_assert_int_eq(rpc_check_by_name(NULL, array, &named, &error), -EINVAL);
	json_decref(error);
	json_array_clear(array);
	ck_assert_int_eq(rpc_check_by_name(NULL, array, &named, &error), 0);
	ck_assert_uint_eq(json_object_size(named), 0);
	json_decref(named);
	json_decref(want);
	json_decref(array);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_check");
	TCase *tc = tcase_create("check");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, what_fits_passes);
	tcase_add_test(tc, what_does_not_fit_is_named);
	tcase_add_test(tc, a_method_without_parameters_takes_none);
	tcase_add_test(tc, ranges_hold_at_both_ends);
	tcase_add_test(tc, words_hold_for_the_elements_of_an_array);
	tcase_add_test(tc, a_path_that_is_too_long_is_cut);
	tcase_add_test(tc, values_by_position_get_the_names_of_the_table);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
