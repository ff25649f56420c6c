/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ng_frame.c: where messages end, however the stream is cut. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "control/ng_frame.h"

/* Feeds TEXT by pieces of at most STEP bytes; how much is used. */
static size_t
feed(struct ng_frame *f, const char *text, size_t step)
{
	size_t len = strlen(text), used = 0;

	*f = (struct ng_frame){0};
	while (used < len && !ng_frame_is_over(f)) {
		size_t piece = len - used < step ? len - used : step;
		size_t n = ng_frame_feed(f, text + used, piece);

		ck_assert(n == piece || ng_frame_is_over(f));
		used += n;
	}
	return used;
}

START_TEST(a_message_ends_where_its_value_does)
{
	static const struct {
		const char *text;
		size_t len, skipped;
	} rows[] = {
		{"c de", 4, 0},
		{"c dec de", 4, 0},
		{"c d7:command4:pingeX", 19, 0},
		{"cookie d1:ad1:bl1:ci-5eeee!", 26, 0},
		{"c d1:a0:ec", 9, 0},
		{"c d1:a3:ed)e", 12, 0},
		{"\r\n\nc dee", 7, 3},
		{"c {\"a\": 1}\n{", 11, 0},
		{"c {\n", 4, 0},
		{"c d5:a\ne b1:xe", 14, 0},
	};
	struct ng_frame f;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t step = 1; step < 32; step++) {
			ck_assert_msg(feed(&f, rows[i].text, step) == rows[i].len, "%s by %zu",
				rows[i].text, step);
			ck_assert_int_eq(f.state, NG_FRAME_WHOLE);
			ck_assert_uint_eq(f.skipped, rows[i].skipped);
		}
	}
}
END_TEST

START_TEST(what_has_no_end_yet_goes_on)
{
	static const char *const texts[] = {"", "\n", "c", "cookie", "c ", "c d", "c d7",
		"c d7:", "c d7:comman", "c d1:ai12", "c d1:ad", "c {\"a\": 1}"};
	struct ng_frame f;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		ck_assert_uint_eq(feed(&f, texts[i], 3), strlen(texts[i]));
		ck_assert_msg(!ng_frame_is_over(&f), "%s", texts[i]);
	}
}
END_TEST

START_TEST(what_can_have_no_end_is_broken)
{
	static const char *const texts[] = {" de", "c x", "c l", "c  ", "c i1e", "c d1:ax",
		"c d1:ai1.5e", "c d-1:a", "c d1:a99999999999999999999:", "c d1a:"};
	struct ng_frame f;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		feed(&f, texts[i], 100);
		ck_assert_msg(f.state == NG_FRAME_BROKEN, "%s", texts[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_frame");
	TCase *t = tcase_create("ng_frame");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_message_ends_where_its_value_does);
	tcase_add_test(t, what_has_no_end_yet_goes_on);
	tcase_add_test(t, what_can_have_no_end_is_broken);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
