/* SPDX-License-Identifier: Apache-2.0
 *
 * control/bencode.c and control/value.c.  What is taken and what is refused: BEP 3, and the NG
 * protocol as rtpengine 26.3 was seen to read it. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/bencode.h"

static struct arena *a;

static void
open_arena(void)
{
	a = arena_open(8 << 20);
}

static void
close_arena(void)
{
	arena_close(a);
}

/* TEXT is read from an exact copy, so that a sanitizer sees a look behind its end. */
static struct value *
read_bytes(const char *text, size_t len, size_t *used)
{
	struct slice copy = arena_copy(a, (struct slice){text, len});

	errno = 0;
	return bencode_read(a, copy.at, len, used);
}

static struct value *
read_all(const char *text)
{
	size_t used = 0;
	struct value *v = read_bytes(text, strlen(text), &used);

	if (v != NULL)
		ck_assert_uint_eq(used, strlen(text));
	return v;
}

static void
must_fail(const char *text, int error)
{
	ck_assert_msg(read_all(text) == NULL, "%s was read", text);
	ck_assert_msg(errno == error, "%s: %s", text, strerror(errno));
}

START_TEST(a_dictionary_is_read_in_any_order_with_repeats)
{
	const struct value *d = read_all("d1:zi1e7:command4:ping1:ai-5e1:zi2ee");
	int64_t n;

	ck_assert_int_eq(d->type, VALUE_DICT);
	ck_assert_uint_eq(d->n, 4);
	ck_assert(slice_is(d->first->key, "z"));
	ck_assert(slice_is(value_find(d, "command")->text, "ping"));
	ck_assert_int_eq(value_number(value_find(d, "a"), &n), 0);
	ck_assert_int_eq(n, -5);
	ck_assert_int_eq(value_find(d, "z")->number, 2); /* the later one */
	ck_assert_ptr_null(value_find(d, "zz"));
	ck_assert_ptr_null(value_find(NULL, "z"));
	ck_assert_ptr_null(value_find(d->first, "z"));
}
END_TEST

START_TEST(lists_and_dictionaries_lie_within_each_other)
{
	const struct value *d = read_all("d5:codecd4:maskl4:PCMA4:opusee5:flagsl1:ali1eeee"),
			   *l;

	l = value_find(value_find(d, "codec"), "mask");
	ck_assert_int_eq(l->type, VALUE_LIST);
	ck_assert_uint_eq(l->n, 2);
	ck_assert(slice_is(l->last->text, "opus"));
	l = value_find(d, "flags");
	ck_assert_int_eq(l->last->type, VALUE_LIST);
	ck_assert_int_eq(l->last->first->number, 1);
	ck_assert_uint_eq(read_all("le")->n, 0);
	ck_assert_uint_eq(read_all("de")->n, 0);
}
END_TEST

START_TEST(texts_hold_any_bytes_where_they_came)
{
	static const char bytes[] = "4:\0e:\xff"
				    "rest";
	size_t used;
	const struct value *v = bencode_read(a, bytes, sizeof bytes - 1, &used);

	ck_assert_uint_eq(used, 6);
	ck_assert_ptr_eq(v->text.at, bytes + 2);
	ck_assert_mem_eq(v->text.at, "\0e:\xff", 4);
	ck_assert_uint_eq(read_all("0:")->text.len, 0);
	ck_assert_ptr_nonnull(read_all("0:")->text.at);
}
END_TEST

START_TEST(numbers_may_be_negative_and_as_big_as_they_are_wide)
{
	ck_assert_int_eq(read_all("i0e")->number, 0);
	ck_assert_int_eq(read_all("i-1e")->number, -1);
	ck_assert_int_eq(read_all("i9223372036854775807e")->number, INT64_MAX);
	must_fail("ie", EBADMSG);
	must_fail("i-e", EBADMSG);
	must_fail("i1.5e", EBADMSG);
}
END_TEST

/* Somebody's counter, under a key that we may not even know, is no reason to refuse the rest.
 */
START_TEST(a_larger_number_stays_a_text)
{
	static const char *const large[] = {
		"9223372036854775808", "-9223372036854775809", "99999999999999999999999"};
	char bytes[96];
	int64_t n;

	for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
		struct value *v;

		snprintf(bytes, sizeof bytes, "i%se", large[i]);
		v = read_all(bytes);
		ck_assert_uint_eq(v->type, VALUE_TEXT);
		ck_assert(slice_is(v->text, large[i]));
		ck_assert_int_eq(value_number(v, &n), -EINVAL);
	}
	must_fail("i99999999999999999999999xe", EBADMSG);
	must_fail("i1111111111111111111111111111111111111111111111111111111111111111111111e",
		EBADMSG);
}
END_TEST

START_TEST(what_stands_behind_is_left_to_others)
{
	size_t used = 0;

	ck_assert_ptr_nonnull(read_bytes("d7:command4:pingejunk", 21, &used));
	ck_assert_uint_eq(used, 17);
}
END_TEST

/* Every beginning of a message may yet become one. */
START_TEST(what_is_not_whole_says_so_at_every_byte)
{
	static const char text[] = "d7:command5:offer3:abci-12e5:flagsl1:x0:ee";
	size_t used;

	for (size_t n = 0; n < sizeof text - 1; n++) {
		ck_assert_ptr_null(read_bytes(text, n, &used));
		ck_assert_int_eq(errno, EAGAIN);
	}
	ck_assert_ptr_nonnull(read_bytes(text, sizeof text - 1, &used));
}
END_TEST

START_TEST(nonsense_is_told_from_what_is_not_whole)
{
	must_fail("x", EBADMSG);
	must_fail("e", EBADMSG);
	must_fail("-1:a", EBADMSG);
	must_fail("1", EAGAIN);
	must_fail("1x:a", EBADMSG);
	must_fail("1234567890", EBADMSG); /* no text is so long */
	must_fail("99999999999:a", EBADMSG);
	must_fail("d3:fooe", EBADMSG); /* a key without a value */
	must_fail("di1e1:ae", EBADMSG);
	must_fail("dle1:ae", EBADMSG);
}
END_TEST

START_TEST(depth_and_number_have_bounds)
{
	char deep[2 * VALUE_DEPTH + 3];
	struct slice many = {NULL, 0};
	char *text = malloc(2 * VALUE_COUNT + 2);
	size_t used;

	memset(deep, 'l', VALUE_DEPTH);
	memset(deep + VALUE_DEPTH, 'e', VALUE_DEPTH);
	deep[2 * VALUE_DEPTH] = '\0';
	ck_assert_ptr_nonnull(read_all(deep));
	memset(deep, 'l', VALUE_DEPTH + 1);
	memset(deep + VALUE_DEPTH + 1, 'e', VALUE_DEPTH + 1);
	deep[2 * VALUE_DEPTH + 2] = '\0';
	must_fail(deep, E2BIG);

	text[0] = 'l';
	for (size_t i = 0; i < VALUE_COUNT; i++)
		memcpy(text + 1 + 2 * i, "0:", 2);
	many = (struct slice){text, 2 * VALUE_COUNT - 1};
	text[2 * VALUE_COUNT - 1] = 'e'; /* the list, and one less than the bound in it */
	ck_assert_ptr_nonnull(bencode_read(a, many.at, 2 * VALUE_COUNT, &used));
	memcpy(text + 2 * VALUE_COUNT - 1, "0:e", 3);
	ck_assert_ptr_null(bencode_read(a, many.at, 2 * VALUE_COUNT + 2, &used));
	ck_assert_int_eq(errno, E2BIG);
	free(text);
}
END_TEST

START_TEST(without_memory_there_is_no_value)
{
	struct arena *small = arena_open(3 * sizeof(struct value));
	size_t used;

	ck_assert_ptr_nonnull(bencode_read(small, "l0:0:e", 6, &used));
	ck_assert_ptr_null(bencode_read(small, "0:", 2, &used));
	ck_assert_int_eq(errno, ENOMEM);
	arena_close(small);
}
END_TEST

START_TEST(an_answer_is_printed_in_the_order_it_was_made)
{
	struct value *d = value_dict(a), *l, *in;

	value_put_text(a, d, "sdp", SLICE("v=0\r\n"));
	l = value_put_list(a, d, "flags");
	value_put_string(a, l, NULL, "RTP");
	value_put_number(a, l, NULL, -7);
	in = value_put_dict_named(a, value_put_dict(a, d, "tags"), SLICE("ft\0x"));
	value_put_number(a, in, "created", 12);
	value_put_string(a, d, "result", "ok");
	ck_assert(slice_equal(bencode_print(a, d),
		SLICE("d3:sdp5:v=0\r\n5:flagsl3:RTPi-7ee4:tagsd4:ft\0xd7:createdi12eee6:"
		      "result2:oke")));
	ck_assert_ptr_null(bencode_print(a, NULL).at);
}
END_TEST

START_TEST(an_answer_that_lacks_something_is_not_printed)
{
	struct arena *small = arena_open(2 * sizeof(struct value));
	struct value *d = value_dict(small), *in = value_put_dict(small, d, "totals");

	ck_assert_ptr_nonnull(bencode_print(a, d).at);
	value_put_number(small, in, "packets", 1); /* there is no room */
	ck_assert_ptr_null(bencode_print(a, d).at);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_ptr_null(value_put_list(small, in, "more"));
	value_put_string(small, value_put_list(small, NULL, "x"), NULL, "fine");
	arena_close(small);

	d = value_dict(a);
	value_put_text(a, d, "sdp", (struct slice){NULL, 0}); /* what nobody had memory for */
	ck_assert_ptr_null(bencode_print(a, d).at);
}
END_TEST

START_TEST(numbers_come_as_texts_and_texts_as_numbers)
{
	const struct value *d = read_all("d1:a2:301:b3:-301:ci7e1:d1:x1:e0:1:flee");
	int64_t n;

	ck_assert_int_eq(value_number(value_find(d, "a"), &n), 0);
	ck_assert_int_eq(n, 30);
	ck_assert_int_eq(value_number(value_find(d, "b"), &n), 0);
	ck_assert_int_eq(n, -30);
	ck_assert_int_eq(value_number(value_find(d, "d"), &n), -EINVAL);
	ck_assert_int_eq(value_number(value_find(d, "e"), &n), -EINVAL);
	ck_assert_int_eq(value_number(value_find(d, "f"), &n), -EINVAL);
	ck_assert_int_eq(value_number(NULL, &n), -EINVAL);
	ck_assert(slice_is(value_text(value_find(d, "c"), a), "7"));
	ck_assert_ptr_null(value_text(value_find(d, "f"), a).at);
	ck_assert_ptr_null(value_text(NULL, a).at);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bencode");
	TCase *t = tcase_create("bencode");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, open_arena, close_arena);
	tcase_add_test(t, a_dictionary_is_read_in_any_order_with_repeats);
	tcase_add_test(t, lists_and_dictionaries_lie_within_each_other);
	tcase_add_test(t, texts_hold_any_bytes_where_they_came);
	tcase_add_test(t, numbers_may_be_negative_and_as_big_as_they_are_wide);
	tcase_add_test(t, a_larger_number_stays_a_text);
	tcase_add_test(t, what_stands_behind_is_left_to_others);
	tcase_add_test(t, what_is_not_whole_says_so_at_every_byte);
	tcase_add_test(t, nonsense_is_told_from_what_is_not_whole);
	tcase_add_test(t, depth_and_number_have_bounds);
	tcase_add_test(t, without_memory_there_is_no_value);
	tcase_add_test(t, an_answer_is_printed_in_the_order_it_was_made);
	tcase_add_test(t, an_answer_that_lacks_something_is_not_printed);
	tcase_add_test(t, numbers_come_as_texts_and_texts_as_numbers);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
