/* SPDX-License-Identifier: Apache-2.0
 *
 * control/nearest.c. */
#include <check.h>

#include "control/nearest.h"

static const char *const words[] = {
	"call.create", "call.delete", "call.list", "port", "log", NULL};

START_TEST(each_mistake_of_typing_is_seen_through)
{
	ck_assert_str_eq(nearest("call.lst", words), "call.list");       /* left out */
	ck_assert_str_eq(nearest("call.crreate", words), "call.create"); /* twice */
	ck_assert_str_eq(nearest("call.lisd", words), "call.list");      /* another */
	ck_assert_str_eq(nearest("call.lsit", words), "call.list");      /* swapped */
	ck_assert_str_eq(nearest("CALL.LIST", words), "call.list");
	ck_assert_str_eq(nearest("ports", words), "port");
	ck_assert_str_eq(nearest("lgo", words), "log");
}
END_TEST

START_TEST(a_known_word_is_its_own_nearest)
{
	for (int i = 0; words[i] != NULL; i++)
		ck_assert_ptr_eq(nearest(words[i], words), words[i]);
}
END_TEST

START_TEST(a_word_that_nobody_meant_has_none)
{
	static const char *const none[] = {NULL};

	ck_assert_ptr_null(nearest("", words));
	ck_assert_ptr_null(nearest("xyzzy", words));
	ck_assert_ptr_null(nearest("call.frobnicate", words));
	ck_assert_ptr_null(nearest("lo", none));
	ck_assert_ptr_null(
		nearest("ab", (const char *const[]){"ba", NULL})); /* half of it differs */
}
END_TEST

START_TEST(very_long_words_are_no_mistakes)
{
	char word[1000];

	for (int i = 0; i < 999; i++)
		word[i] = 'a';
	word[999] = '\0';
	ck_assert_ptr_null(nearest(word, words));
	ck_assert_ptr_null(nearest("log", (const char *const[]){word, NULL}));
	word[64] = '\0'; /* the longest that is looked at */
	ck_assert_ptr_eq(nearest(word, (const char *const[]){word, NULL}), word);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("nearest");
	TCase *tc = tcase_create("nearest");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, each_mistake_of_typing_is_seen_through);
	tcase_add_test(tc, a_known_word_is_its_own_nearest);
	tcase_add_test(tc, a_word_that_nobody_meant_has_none);
	tcase_add_test(tc, very_long_words_are_no_mistakes);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
