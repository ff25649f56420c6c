/* SPDX-License-Identifier: Apache-2.0 */
#include "control/ctl_canvas.h"

#include <check.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static struct canvas c;

static void
start(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	ck_assert_int_eq(canvas_init(&c, 2, 8), 0);
}

static void
stop(void)
{
	canvas_fini(&c);
}

/* What stands on it. */
static const char *
text(void)
{
	static char buf[256];
	FILE *f = fmemopen(buf, sizeof buf, "w");

	canvas_print(&c, f);
	fclose(f);
	return buf;
}

START_TEST(what_lies_outside_is_cut_off)
{
	ck_assert_int_eq(canvas_put(&c, 0, 5, CANVAS_PLAIN, "abcdef"), 8);
	ck_assert_int_eq(canvas_put(&c, 2, 0, CANVAS_PLAIN, "below"), 0);
	ck_assert_int_eq(canvas_put(&c, -1, 0, CANVAS_PLAIN, "above"), 0);
	ck_assert_int_eq(canvas_put(&c, 1, -2, CANVAS_PLAIN, "left"), 2);
	ck_assert_str_eq(text(), "     abc\nft\n");
}
END_TEST

START_TEST(blanks_at_the_end_of_a_line_are_not_printed)
{
	canvas_printf(&c, 1, 1, CANVAS_BOLD, "%s%d  ", "n", 7);
	ck_assert_str_eq(text(), "\n n7\n");
}
END_TEST

START_TEST(a_wide_character_takes_two_columns_or_is_left_out)
{
	ck_assert_int_eq(canvas_put(&c, 0, 0, CANVAS_PLAIN, "日本"), 4);
	ck_assert_int_eq(canvas_put(&c, 1, 7, CANVAS_PLAIN, "日"), 7);
	ck_assert_int_eq(canvas_row(&c, 0)[1].c, 0);
	ck_assert_str_eq(text(), "日本\n\n");
	ck_assert_int_eq(canvas_width("日本語!"), 7);
}
END_TEST

START_TEST(what_does_not_print_does_not_reach_the_terminal)
{
	canvas_put(&c, 0, 0, CANVAS_PLAIN, "\x1b[2J\n\x7f");
	canvas_put(&c, 1, 0, CANVAS_PLAIN,
		"\xff\xfe"
		"a\xc3");
	ck_assert_str_eq(text(), "?[2J??\n??a?\n");
}
END_TEST

START_TEST(in_another_locale_bytes_beyond_ascii_are_marks)
{
	setlocale(LC_CTYPE, "C");
	canvas_put(&c, 0, 0, CANVAS_PLAIN, "\xc3\xa4");
	ck_assert_str_eq(text(), "??\n\n");
}
END_TEST

START_TEST(a_bar_changes_no_text)
{
	canvas_put(&c, 0, 0, CANVAS_PLAIN, "ab");
	canvas_bar(&c, 0, 1, CANVAS_BAR);
	ck_assert_int_eq(canvas_row(&c, 0)[0].style, CANVAS_PLAIN);
	ck_assert_int_eq(canvas_row(&c, 0)[1].style, CANVAS_BAR);
	ck_assert_int_eq(canvas_row(&c, 0)[7].style, CANVAS_BAR);
	ck_assert_int_eq(canvas_row(&c, 1)[0].style, CANVAS_PLAIN);
	ck_assert_str_eq(text(), "ab\n\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_canvas");
	TCase *tc = tcase_create("canvas");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, what_lies_outside_is_cut_off);
	tcase_add_test(tc, blanks_at_the_end_of_a_line_are_not_printed);
	tcase_add_test(tc, a_wide_character_takes_two_columns_or_is_left_out);
	tcase_add_test(tc, what_does_not_print_does_not_reach_the_terminal);
	tcase_add_test(tc, in_another_locale_bytes_beyond_ascii_are_marks);
	tcase_add_test(tc, a_bar_changes_no_text);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
