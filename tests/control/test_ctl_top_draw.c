/* SPDX-License-Identifier: Apache-2.0
 *
 * What strowger-ctl top draws, and how keys change it. */
#include "control/ctl_top_draw.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/control/node_readings.h"

enum { TEXT = 1 << 14 };

static struct top t;
static struct top_view v;
static char text[TEXT]; /* what was drawn last */

static void
start(void)
{
	struct top_reading first = reading(7, 100, 1000), second = reading(7, 101, 2000);

	setlocale(LC_CTYPE, "C.UTF-8");
	t = (struct top){0};
	top_take(&t, &first);
	top_take(&t, &second);
	top_view_init(&v);
}

static void
stop(void)
{
	top_fini(&t);
}

static void
draw(int rows, int cols, const char *trouble)
{
	FILE *f = fmemopen(text, sizeof text, "w");
	struct canvas c;

	ck_assert_int_eq(canvas_init(&c, rows, cols), 0);
	top_draw(&c, &t, &v, trouble);
	canvas_print(&c, f);
	fclose(f);
	canvas_fini(&c);
}

/* Line N from 0 on, without its end. */
static const char *
line(int n)
{
	static char buf[512];
	const char *at = text;

	while (n-- > 0)
		at = strchr(at, '\n') + 1;
	snprintf(buf, sizeof buf, "%.*s", (int)strcspn(at, "\n"), at);
	return buf;
}

static bool
shows(const char *part)
{
	return strstr(text, part) != NULL;
}

/* More of them. */
static void
many_calls(int n)
{
	json_t *calls = json_object_get(t.now.answer[TOP_CALLS], "calls");

	for (int i = 0; i < n; i++)
		json_array_append_new(calls, json_of("{'call': 'c%03d', 'mos': 4.0}", i));
}

static void
press(const char *keys)
{
	for (; *keys != '\0'; keys++)
		top_key(&v, &t, (unsigned char)*keys);
}

START_TEST(all_of_it_stands_on_80_by_24)
{
	draw(24, 80, NULL);
	ck_assert_str_eq(line(0), "lab  strowger 1.2, up 1m 41s   2 of 500 calls, 0/s new");
	ck_assert_str_eq(line(1),
		"in 1000/s 800kb/s   out 0/s 0b/s   dropped 0/s   data plane up 1m 41s");
	ck_assert(shows("CORE CPU STATE   BUSY%   IN/S"));
	ck_assert(shows("   0   3 awake    12.5   1000"));
	ck_assert(shows("CYC/PKT     rx\n      0     40\n"));
	ck_assert(
		shows("TRANSCODE CPU STATE   LOAD% DIRECTIONS FRAMES/S COMPLEXITY NEW CALLS\n"
		      "        0   5 awake    71.4         64      500          4 REFUSED\n"));
	ck_assert(shows("auth                100    200 A\n"));
	ck_assert(shows("eth0       up   xdp    192.0.2.1\n"));
	ck_assert(shows("bad                  3 s 2.10   9.5 carol, dave\n"));
	ck_assert(shows("Calls: 3, by MOS"));
	ck_assert(shows("? help  q quit\n"));
}
END_TEST

START_TEST(no_size_is_too_small_or_too_large)
{
	many_calls(300);
	for (int rows = 1; rows < 40; rows += 3)
		for (int cols = 1; cols < 200; cols += 19)
			draw(rows, cols, rows % 2 ? "away" : NULL);
	draw(500, 80, NULL);
	ck_assert(shows("c299"));
	press("?");
	draw(3, 10, NULL);
}
END_TEST

START_TEST(the_chosen_table_gets_the_room_and_the_others_keep_some)
{
	many_calls(300);
	draw(24, 80, NULL);
	ck_assert(shows("c000"));
	ck_assert(shows("auth"));
	ck_assert(shows("eth0"));
	draw(9, 80, NULL); /* too small for all */
	ck_assert(shows("c001"));
	ck_assert(!shows("auth"));
	press("4");
	draw(9, 80, NULL);
	ck_assert(shows("auth"));
	ck_assert(!shows("c001"));
	press("6\r");
	draw(24, 80, NULL);
	ck_assert(!shows("auth"));
	ck_assert(shows("c015"));
	press("\r");
	draw(24, 80, NULL);
	ck_assert(shows("auth"));
}
END_TEST

START_TEST(scrolling_stays_within_the_table)
{
	many_calls(30);
	press("\r");
	top_key(&v, &t, TOP_KEY_PAGE_UP);
	draw(24, 80, NULL);
	ck_assert(shows("bad"));
	for (int i = 0; i < 9; i++)
		top_key(&v, &t, TOP_KEY_PAGE_DOWN);
	draw(24, 80, NULL);
	ck_assert_uint_eq(v.first[TOP_PANE_CALLS], 33 - 19);
	ck_assert(shows("new"));
	top_key(&v, &t, TOP_KEY_UP);
	ck_assert_uint_eq(v.first[TOP_PANE_CALLS], 33 - 20);
	top_key(&v, &t, TOP_KEY_HOME);
	ck_assert_uint_eq(v.first[TOP_PANE_CALLS], 0);
}
END_TEST

START_TEST(a_filter_is_typed_mended_and_dropped)
{
	press("/alx");
	draw(24, 80, NULL);
	ck_assert(shows("Calls with: alx"));
	ck_assert(shows("none that the filter lets through"));
	top_key(&v, &t, TOP_KEY_BACKSPACE);
	press("i\rq"); /* q ends top: what was typed is over */
	ck_assert(v.quit);
	draw(24, 80, NULL);
	ck_assert(shows("Calls: 1 of 3, by MOS, only with \"ali\""));
	ck_assert(!shows("carol"));
	top_key(&v, &t, TOP_KEY_ESCAPE);
	draw(24, 80, NULL);
	ck_assert(shows("carol"));
	press("/\xc3\xa4");
	top_key(&v, &t, TOP_KEY_BACKSPACE);
	ck_assert_str_eq(v.filter, "");
	top_key(&v, &t, TOP_KEY_BACKSPACE);
	ck_assert(v.typing);
	top_key(&v, &t, TOP_KEY_ESCAPE);
	ck_assert(!v.typing);
}
END_TEST

START_TEST(a_filter_has_an_end)
{
	press("/");
	for (int i = 0; i < 200; i++)
		press("x");
	ck_assert_uint_eq(strlen(v.filter), sizeof v.filter - 1);
}
END_TEST

START_TEST(sorting_goes_over_the_columns_that_are_there)
{
	press("s");
	draw(24, 80, NULL);
	ck_assert(shows("Calls: 3, by LOSS%"));
	press("SS");
	draw(24, 80, NULL);
	ck_assert(shows("Calls: 3, by AGE"));
	ck_assert(strstr(text, "\nnew") > strstr(text, "\ngood"));
	press("r");
	draw(24, 80, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\nnew"));
	ck_assert(strstr(text, "\nnew") < strstr(text, "\ngood"));
}
END_TEST

START_TEST(tables_are_chosen_in_turn)
{
	press("\t");
	ck_assert_int_eq(v.pane, TOP_PANE_CORES);
	top_key(&v, &t, TOP_KEY_LEFT);
	ck_assert_int_eq(v.pane, TOP_PANE_CALLS);
	press("2");
	ck_assert_int_eq(v.pane, TOP_PANE_STAGES);
	press("3");
	ck_assert_int_eq(v.pane, TOP_PANE_TRANSCODERS);
}
END_TEST

START_TEST(help_tells_the_keys_and_any_key_goes_back)
{
	press("?");
	draw(24, 80, NULL);
	ck_assert(shows("Tab, left, right"));
	ck_assert(shows("turn the order round"));
	ck_assert(!shows("CORE"));
	press("q");
	ck_assert(!v.quit);
	draw(24, 80, NULL);
	ck_assert(shows("CORE"));
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	draw(24, 80, "away for 3 s: it has hung up");
	ck_assert_str_eq(line(2), "away for 3 s: it has hung up");
	json_object_set_new(t.now.answer[TOP_NODE], "draining", json_true());
	json_array_clear(json_object_get(t.now.answer[TOP_CORES], "cores"));
	press("p");
	draw(24, 100, NULL);
	ck_assert(shows("DRAINING"));
	ck_assert(shows("PAUSED"));
	ck_assert(shows("none: the data plane is away"));
}
END_TEST

START_TEST(before_the_first_answer_only_trouble_is_drawn)
{
	top_fini(&t);
	draw(24, 80, "no answer for 4 s");
	ck_assert_str_eq(line(2), "no answer for 4 s");
	ck_assert(!shows("none"));
}
END_TEST

START_TEST(the_height_is_enough_for_all)
{
	int rows;

	many_calls(100);
	rows = top_height(&t, &v);
	draw(rows, 80, NULL);
	ck_assert(shows("c099"));
	ck_assert(shows("\nnew"));
	ck_assert_str_ne(line(rows - 2), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_top_draw");
	TCase *tc = tcase_create("draw");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, all_of_it_stands_on_80_by_24);
	tcase_add_test(tc, no_size_is_too_small_or_too_large);
	tcase_add_test(tc, the_chosen_table_gets_the_room_and_the_others_keep_some);
	tcase_add_test(tc, scrolling_stays_within_the_table);
	tcase_add_test(tc, a_filter_is_typed_mended_and_dropped);
	tcase_add_test(tc, a_filter_has_an_end);
	tcase_add_test(tc, sorting_goes_over_the_columns_that_are_there);
	tcase_add_test(tc, tables_are_chosen_in_turn);
	tcase_add_test(tc, help_tells_the_keys_and_any_key_goes_back);
	tcase_add_test(tc, what_is_wrong_is_said);
	tcase_add_test(tc, before_the_first_answer_only_trouble_is_drawn);
	tcase_add_test(tc, the_height_is_enough_for_all);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
