/* SPDX-License-Identifier: Apache-2.0
 *
 * control/writer.c. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/writer.h"

static unsigned written; /* how often */

static void
write_lines(struct writer *w, const void *what)
{
	written++;
	for (unsigned i = 0; i < *(const unsigned *)what; i++) {
		writer_put_string(w, "line ");
		writer_put_number(w, i);
		writer_put(w, "\n", 1);
	}
}

static void
write_and_break(struct writer *w, const void *what)
{
	writer_put_string(w, "a key");
	w->broken = true;
}

static void
write_nothing(struct writer *w, const void *what)
{
	writer_put(w, NULL, 0);
}

static void
expect_lines(struct slice text, unsigned n)
{
	char line[32];

	for (unsigned i = 0; i < n; i++) {
		int len = snprintf(line, sizeof line, "line %u\n", i);

		ck_assert(slice_begins(text, line));
		text = (struct slice){text.at + len, text.len - (size_t)len};
	}
	ck_assert_uint_eq(text.len, 0);
}

/* 40,000 bytes: more than is left of any block. */
START_TEST(a_text_is_whole_whether_it_fits_or_not)
{
	static const unsigned lengths[] = {1, 2, 100, 5000, 3, 4000, 4000};
	struct arena *a = arena_open(1 << 20);
	struct slice text[7];

	for (size_t i = 0; i < 7; i++) {
		written = 0;
		text[i] = writer_print(a, write_lines, &lengths[i]);
		ck_assert_uint_le(written, 2);
	}
	for (size_t i = 0; i < 7; i++)
		expect_lines(text[i], lengths[i]);
	arena_close(a);
}
END_TEST

START_TEST(what_was_not_kept_is_zero_for_the_next)
{
	static const char zeros[1000];
	static const unsigned n = 10000;
	struct arena *a = arena_open(40000);

	ck_assert_ptr_nonnull(arena_take(a, 8));
	ck_assert_ptr_null(writer_print(a, write_lines, &n).at); /* beyond the limit */
	ck_assert_ptr_null(writer_print(a, write_and_break, NULL).at);
	ck_assert_mem_eq(arena_take(a, sizeof zeros), zeros, sizeof zeros);
	arena_close(a);
}
END_TEST

/* The sanitizer sees where the room ends, which it does not within an arena. */
START_TEST(nothing_is_written_beyond_its_room)
{
	static const unsigned n = 3;

	for (size_t room = 1; room <= sizeof "line 0\nline 1\nline 2\n"; room++) {
		struct writer w = {.at = malloc(room), .room = room};

		ck_assert_ptr_nonnull(w.at);
		write_lines(&w, &n);
		ck_assert_uint_eq(w.len, sizeof "line 0\nline 1\nline 2\n" - 1);
		free(w.at);
	}
}
END_TEST

START_TEST(an_empty_text_is_one)
{
	struct arena *a = arena_open(100);
	struct slice text = writer_print(a, write_nothing, NULL);

	ck_assert_ptr_nonnull(text.at);
	ck_assert_uint_eq(text.len, 0);
	arena_close(a);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("writer");
	TCase *t = tcase_create("writer");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_text_is_whole_whether_it_fits_or_not);
	tcase_add_test(t, what_was_not_kept_is_zero_for_the_next);
	tcase_add_test(t, nothing_is_written_beyond_its_room);
	tcase_add_test(t, an_empty_text_is_one);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
