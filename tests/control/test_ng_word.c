/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ng_word.c: words as NG compares them, and where each stands in its table. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/ng_inside.h"

static struct ng_index index_;

static int
find(const char *word)
{
	return ng_index_find(&index_, slice_of(word));
}

static void
set_up(void)
{
	memset(&index_, 0, sizeof index_);
}

START_TEST(spaces_hyphens_underscores_and_capitals_make_no_difference)
{
	ck_assert(ng_word_is(SLICE("trust address"), "trust-address"));
	ck_assert(ng_word_is(SLICE("Trust_Address"), "trust-address"));
	ck_assert(!ng_word_is(SLICE("trust-addres"), "trust-address"));
	ck_assert(!ng_word_is(SLICE("trust-address-"), "trust-address"));
	ng_index_add(&index_, "trust-address", 7);
	ck_assert_int_eq(find("TRUST_ADDRESS"), 7);
	ck_assert_int_eq(find("trust address"), 7);
}
END_TEST

START_TEST(an_empty_index_has_nothing)
{
	ck_assert_int_eq(find("a"), -1);
	ck_assert_int_eq(find(""), -1);
}
END_TEST

/* They begin and end alike and are as long. */
START_TEST(words_that_share_their_place_are_told_apart)
{
	static const char *const words[] = {"a1z", "a2z", "a3z", "a4z"};

	for (unsigned i = 0; i < 4; i++)
		ng_index_add(&index_, words[i], i);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(find(words[i]), i);
	ck_assert_int_eq(find("a5z"), -1);
	ck_assert_int_eq(find("a1zz"), -1);
}
END_TEST

START_TEST(among_equal_words_the_first_counts)
{
	ng_index_add(&index_, "same", 3);
	ng_index_add(&index_, "SAME", 1);
	ck_assert_int_eq(find("same"), 3);
}
END_TEST

START_TEST(a_row_without_a_word_is_never_found)
{
	ng_index_add(&index_, "", 0);
	ng_index_add(&index_, "b", 1);
	ck_assert_int_eq(find(""), -1);
	ck_assert_int_eq(find("b"), 1);
}
END_TEST

/* As many as there is room for, each found at its row, in whatever order they came. */
START_TEST(a_full_index_finds_each)
{
	static char words[NG_INDEX_ROWS][8];

	for (unsigned i = 0; i < NG_INDEX_ROWS; i++)
		snprintf(words[i], sizeof words[i], "w%u", i);
	for (unsigned i = NG_INDEX_ROWS; i-- > 0;)
		ng_index_add(&index_, words[i], i);
	for (int i = 0; i < NG_INDEX_ROWS; i++)
		ck_assert_int_eq(find(words[i]), i);
	ck_assert_int_eq(find("w255"), -1);
}
END_TEST

START_TEST(what_stands_behind_a_word_is_cut_off)
{
	struct slice s = SLICE("codec_strip-PCMU");

	ck_assert(ng_word_cut(&s, "codec-strip"));
	ck_assert(slice_is(s, "PCMU"));
	s = SLICE("codec-strip-");
	ck_assert(!ng_word_cut(&s, "codec-strip"));
	s = SLICE("codec-stripes");
	ck_assert(!ng_word_cut(&s, "codec-strip"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_word");
	TCase *t = tcase_create("words");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, spaces_hyphens_underscores_and_capitals_make_no_difference);
	tcase_add_test(t, an_empty_index_has_nothing);
	tcase_add_test(t, words_that_share_their_place_are_told_apart);
	tcase_add_test(t, among_equal_words_the_first_counts);
	tcase_add_test(t, a_row_without_a_word_is_never_found);
	tcase_add_test(t, a_full_index_finds_each);
	tcase_add_test(t, what_stands_behind_a_word_is_cut_off);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
