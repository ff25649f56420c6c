/* SPDX-License-Identifier: Apache-2.0
 *
 * control/value_json.c; and both forms of all that rtpengine 26.3 was asked and answered
 * (tests/vectors/ng). */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/bencode.h"
#include "control/value_json.h"

static struct arena *a;

static void
open_arena(void)
{
	a = arena_open(16 << 20);
}

static void
close_arena(void)
{
	arena_close(a);
}

static struct value *
read_all(const char *text)
{
	struct slice copy = arena_copy(a, slice_of(text));

	errno = 0;
	return value_from_json(a, copy.at, copy.len);
}

static void
must_fail(const char *text, int error)
{
	ck_assert_msg(read_all(text) == NULL, "%s was read", text);
	ck_assert_msg(errno == error, "%s: %s", text, strerror(errno));
}

START_TEST(json_is_what_bencode_is)
{
	const struct value *d = read_all(
		"{\"command\": \"offer\", \"flags\": [\"a b\", 3], \"codec\": {\"mask\": []},"
		" \"z\": true, \"no\": false, \"nil\": null, \"f\": -2.9, \"u\": \"\\u00e9\"}");

	ck_assert(slice_equal(
		bencode_print(a, d), SLICE("d7:command5:offer5:flagsl3:a bi3ee5:codecd4:maskle"
					   "e1:zi1e2:noi0e3:nil0:1:fi-2e1:u2:\xc3\xa9"
					   "e")));
}
END_TEST

START_TEST(a_text_may_hold_a_nul)
{
	const struct value *d = read_all("{\"blob\": \"a\\u0000b\"}");

	ck_assert(slice_equal(value_find(d, "blob")->text, SLICE("a\0b")));
	ck_assert(slice_is(value_to_json(a, d), "{\"blob\":\"a\\u0000b\"}"));
}
END_TEST

/* As in bencode: a text, which is no number to who wants one, as of a delay. */
START_TEST(numbers_too_big_for_whole_ones_do_no_harm)
{
	static const char *const big[] = {"1e300", "-1e300", "9223372036854775808",
		"-9223372036854775809", "123456789012345678901234567890"};
	const struct value *v;
	char text[96];
	int64_t n;

	for (size_t i = 0; i < sizeof big / sizeof *big; i++) {
		snprintf(text, sizeof text, "{\"x\": %s, \"y\": -30, \"z\": 2.5}", big[i]);
		v = read_all(text)->first;
		ck_assert_int_eq(v->type, VALUE_TEXT);
		ck_assert_int_ne(value_number(v, &n), 0);
		ck_assert_int_eq(v->next->number, -30);
		ck_assert_int_eq(v->next->next->number, 2);
	}
	must_fail("{\"x\": 1e400}", EBADMSG);
}
END_TEST

/* One such datagram ends rtpengine 26.3. */
START_TEST(every_beginning_of_a_request_is_refused)
{
	static const char text[] = "{\"command\": \"offer\", \"flags\": [\"x\", {\"a\": -1}]}";

	for (size_t n = 0; n < sizeof text - 1; n++) {
		struct slice copy = arena_copy(a, (struct slice){text, n});

		ck_assert_ptr_null(value_from_json(a, copy.at, n));
		ck_assert_int_eq(errno, EBADMSG);
	}
	ck_assert_ptr_nonnull(read_all(text));
}
END_TEST

START_TEST(what_is_no_object_is_refused)
{
	must_fail("[]", EBADMSG);
	must_fail("1", EBADMSG);
	must_fail("{} {}", EBADMSG);
	must_fail("{\"a\": \"\xff\"}", EBADMSG);
	must_fail("{\"a\\u0000b\": 1}", EBADMSG);
}
END_TEST

START_TEST(depth_and_number_have_bounds)
{
	char deep[4096] = "{\"a\":";
	size_t len = strlen(deep);
	char *many = malloc(4 * VALUE_COUNT);

	memset(deep + len, '[', VALUE_DEPTH - 1);
	memset(deep + len + VALUE_DEPTH - 1, ']', VALUE_DEPTH - 1);
	strcpy(deep + len + 2 * (VALUE_DEPTH - 1), "}");
	ck_assert_ptr_nonnull(read_all(deep));
	memset(deep + len, '[', VALUE_DEPTH);
	memset(deep + len + VALUE_DEPTH, ']', VALUE_DEPTH);
	strcpy(deep + len + 2 * VALUE_DEPTH, "}");
	must_fail(deep, E2BIG);
	memset(deep + len, '[', 3000);
	deep[len + 3000] = '\0';
	must_fail(deep, EBADMSG);

	strcpy(many, "{\"a\":[0");
	for (len = strlen(many); len < 2 * VALUE_COUNT + 7; len += 2)
		memcpy(many + len, ",0", 2);
	strcpy(many + len, "]}");
	must_fail(many, E2BIG);
	free(many);

	many = malloc((1 << 20) + 3);
	memset(many, ' ', (1 << 20) + 2);
	memcpy(many, "{}", 2);
	ck_assert_ptr_nonnull(value_from_json(a, many, 1 << 20));
	ck_assert_ptr_null(value_from_json(a, many, (1 << 20) + 1));
	ck_assert_int_eq(errno, E2BIG);
	free(many);
}
END_TEST

START_TEST(without_memory_there_is_no_value)
{
	struct arena *small = arena_open(sizeof(struct value) + 20);

	ck_assert_ptr_null(value_from_json(small, "{\"a\":1}", 7));
	ck_assert_int_eq(errno, ENOMEM);
	arena_close(small);
	small = arena_open(10);
	ck_assert_ptr_null(value_to_json(small, read_all("{\"a\":\"0123456789\"}")).at);
	ck_assert_int_eq(errno, ENOMEM);
	arena_close(small);
	ck_assert_ptr_null(value_to_json(a, NULL).at);
}
END_TEST

/* U+FFFD for each byte that belongs to no character: Unicode 15 chapter 3.9, though not its
 * way of putting several into one. */
START_TEST(bytes_that_are_no_utf8_are_replaced)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\x9e",
			"plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\x9e"},
		{"\xff", "\xef\xbf\xbd"},
		{"a\xc3", "a\xef\xbf\xbd"},
		{"\x80z", "\xef\xbf\xbdz"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* too long a form */
		{"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* likewise */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x82"
		 "A\xe2\x82\xac",
			"\xef\xbf\xbd\xef\xbf\xbd"
			"A\xe2\x82\xac"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct value *d = value_dict(a);
		struct slice json;

		value_put_string(a, d, "x", cases[i].in);
		value_put_number(a, value_put_dict_named(a, d, slice_of(cases[i].in)), "y", 1);
		json = value_to_json(a, d);
		ck_assert_str_eq(json.at, arena_print(a, "{\"x\":\"%s\",\"%s\":{\"y\":1}}",
						  cases[i].out, cases[i].out)
						  .at);
	}
}
END_TEST

/* ---- Recorded. ---- */

/* What stands behind the cookie of a message of the vectors. */
static struct slice
body_of(const json_t *sent)
{
	struct slice text = {json_string_value(sent), json_string_length(sent)};

	slice_cut(&text, ' ');
	return text;
}

static unsigned
check_line(const char *line)
{
	json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
	const json_t *got = json_object_get(row, "got");
	struct slice body = body_of(json_object_get(row, "sent"));
	unsigned checked = 0;
	size_t used;
	char *text;

	/* Its request, if it is one: what is read is printed as it was. */
	if (body.len > 0 && body.at[0] == 'd') {
		const struct value *v = bencode_read(a, body.at, body.len, &used);

		if (v != NULL) {
			ck_assert(slice_equal(
				bencode_print(a, v), (struct slice){body.at, used}));
			checked++;
		}
	}
	/* Its answer, through both forms and back. */
	if (json_is_object(got)) {
		struct slice bytes;
		const struct value *v;

		text = json_dumps(got, JSON_COMPACT);
		v = read_all(text);
		ck_assert_ptr_nonnull(v);
		bytes = bencode_print(a, v);
		v = bencode_read(a, bytes.at, bytes.len, &used);
		ck_assert(slice_is(value_to_json(a, v), text));
		free(text);
		checked++;
	}
	json_decref(row);
	return checked;
}

START_TEST(what_was_recorded_is_the_same_in_both_forms)
{
	static const char *const names[] = {
		"protocol", "plain", "dialog", "srtp", "transcode", "incall"};
	static char line[1 << 17];
	unsigned checked = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[512];
		FILE *f;

		snprintf(path, sizeof path, "%s/rtpengine-26.3-%s.jsonl", getenv("VECTORS"),
			names[i]);
		f = fopen(path, "r");
		ck_assert_msg(f != NULL, "no %s", path);
		while (fgets(line, sizeof line, f) != NULL) {
			close_arena();
			open_arena();
			checked += check_line(line);
		}
		fclose(f);
	}
	ck_assert_uint_ge(checked, 500);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("value_json");
	TCase *t = tcase_create("json");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, open_arena, close_arena);
	tcase_add_test(t, json_is_what_bencode_is);
	tcase_add_test(t, a_text_may_hold_a_nul);
	tcase_add_test(t, numbers_too_big_for_whole_ones_do_no_harm);
	tcase_add_test(t, every_beginning_of_a_request_is_refused);
	tcase_add_test(t, what_is_no_object_is_refused);
	tcase_add_test(t, depth_and_number_have_bounds);
	tcase_add_test(t, without_memory_there_is_no_value);
	tcase_add_test(t, bytes_that_are_no_utf8_are_replaced);
	tcase_add_test(t, what_was_recorded_is_the_same_in_both_forms);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
