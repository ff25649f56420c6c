/* SPDX-License-Identifier: Apache-2.0
 *
 * control/slice.c. */
#include <check.h>
#include <errno.h>

#include "control/slice.h"

START_TEST(a_slice_is_cut_at_the_first_of_its_letter)
{
	struct slice s = SLICE("a,b,,c");

	ck_assert(slice_is(slice_cut(&s, ','), "a"));
	ck_assert(slice_is(slice_cut(&s, ','), "b"));
	ck_assert(slice_is(slice_cut(&s, ','), ""));
	ck_assert(slice_is(slice_cut(&s, ','), "c"));
	ck_assert_uint_eq(s.len, 0);
	ck_assert_uint_eq(slice_cut(&s, ',').len, 0);
}
END_TEST

START_TEST(blanks_at_the_ends_are_trimmed)
{
	ck_assert(slice_is(slice_trim(SLICE(" \t a b\t ")), "a b"));
	ck_assert_uint_eq(slice_trim(SLICE(" \t ")).len, 0);
	ck_assert_uint_eq(slice_trim((struct slice){NULL, 0}).len, 0);
}
END_TEST

START_TEST(texts_are_compared_to_their_ends)
{
	ck_assert(slice_begins(SLICE("replace-origin"), "replace-"));
	ck_assert(!slice_begins(SLICE("rep"), "replace-"));
	ck_assert(slice_begins((struct slice){NULL, 0}, ""));
	ck_assert(slice_equal((struct slice){NULL, 0}, SLICE("")));
	ck_assert(!slice_equal(SLICE("ab"), SLICE("abc")));
	ck_assert(slice_equal_nocase(SLICE("OPUS"), SLICE("opus")));
	ck_assert(!slice_is(SLICE("ab\0c"), "ab"));
}
END_TEST

START_TEST(a_number_is_all_of_the_slice_and_within_its_bounds)
{
	uint64_t n = 7;

	ck_assert_int_eq(slice_number(SLICE("0"), 0, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(slice_number(SLICE("65535"), 65535, &n), 0);
	ck_assert_uint_eq(n, 65535);
	ck_assert_int_eq(slice_number(SLICE("18446744073709551615"), UINT64_MAX, &n), 0);
	ck_assert_uint_eq(n, UINT64_MAX);
	n = 7;
	ck_assert_int_eq(slice_number(SLICE("65536"), 65535, &n), -EINVAL);
	ck_assert_int_eq(slice_number(SLICE("18446744073709551616"), UINT64_MAX, &n), -EINVAL);
	ck_assert_int_eq(slice_number(SLICE("5"), 4, &n), -EINVAL);
	ck_assert_int_eq(slice_number(SLICE(""), 9, &n), -EINVAL);
	ck_assert_int_eq(slice_number(SLICE("1 "), 9, &n), -EINVAL);
	ck_assert_int_eq(slice_number(SLICE("-1"), 9, &n), -EINVAL);
	ck_assert_uint_eq(n, 7);
}
END_TEST

START_TEST(a_copy_is_a_string_or_nothing)
{
	char text[4] = "???";

	ck_assert_int_eq(slice_copy(SLICE("abc"), text, sizeof text), 0);
	ck_assert_str_eq(text, "abc");
	ck_assert_int_eq(slice_copy(SLICE("abcd"), text, sizeof text), -ENOSPC);
	ck_assert_str_eq(text, "");
	text[0] = '?';
	ck_assert_int_eq(slice_copy(SLICE("a\0b"), text, sizeof text), -EINVAL);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(slice_copy((struct slice){NULL, 0}, text, 1), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("slice");
	TCase *t = tcase_create("slices");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_slice_is_cut_at_the_first_of_its_letter);
	tcase_add_test(t, blanks_at_the_ends_are_trimmed);
	tcase_add_test(t, texts_are_compared_to_their_ends);
	tcase_add_test(t, a_number_is_all_of_the_slice_and_within_its_bounds);
	tcase_add_test(t, a_copy_is_a_string_or_nothing);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
