/* SPDX-License-Identifier: Apache-2.0
 *
 * control/arena.c. */
#include <check.h>
#include <stdalign.h>
#include <stdlib.h>

#include "control/arena.h"

START_TEST(pieces_are_zero_aligned_and_apart)
{
	struct arena *a = arena_open(1 << 20);
	unsigned char *piece[300];

	for (size_t i = 0; i < 300; i++) {
		piece[i] = arena_take(a, 1 + i * 7 % 200);
		ck_assert_ptr_nonnull(piece[i]);
		ck_assert_uint_eq((uintptr_t)piece[i] % alignof(max_align_t), 0);
		for (size_t n = 0; n < 1 + i * 7 % 200; n++) {
			ck_assert_uint_eq(piece[i][n], 0);
			piece[i][n] = (unsigned char)i;
		}
	}
	for (size_t i = 0; i < 300; i++)
		for (size_t n = 0; n < 1 + i * 7 % 200; n++)
			ck_assert_uint_eq(piece[i][n], (unsigned char)i);
	arena_close(a);
}
END_TEST

START_TEST(what_others_have_left_is_zero_again)
{
	static const unsigned char zeros[30000];

	for (unsigned round = 0; round < 2; round++) {
		struct arena *a[100];

		for (size_t i = 0; i < 100; i++) {
			unsigned char *piece;

			ck_assert_ptr_nonnull(a[i] = arena_open(1 << 20));
			ck_assert_ptr_nonnull(piece = arena_take(a[i], sizeof zeros));
			ck_assert_mem_eq(piece, zeros, sizeof zeros);
			memset(piece, 'x', sizeof zeros);
		}
		for (size_t i = 0; i < 100; i++)
			arena_close(a[i]);
	}
}
END_TEST

START_TEST(a_piece_bigger_than_a_block_has_one_of_its_own)
{
	struct arena *a = arena_open(1 << 20);
	char *big = arena_take(a, 100000);

	ck_assert_ptr_nonnull(big);
	memset(big, 'x', 100000);
	ck_assert_ptr_nonnull(arena_take(a, 8));
	arena_close(a);
}
END_TEST

START_TEST(no_more_is_given_than_the_limit)
{
	struct arena *a = arena_open(100);

	ck_assert_ptr_nonnull(arena_take(a, 60));
	ck_assert_ptr_null(arena_take(a, 41));
	ck_assert_ptr_nonnull(arena_take(a, 40));
	ck_assert_ptr_null(arena_take(a, 1));
	ck_assert_ptr_null(arena_copy(a, SLICE("x")).at);
	ck_assert_ptr_null(arena_print(a, "%d", 1).at);
	arena_close(a);
}
END_TEST

START_TEST(a_product_that_overflows_is_refused)
{
	struct arena *a = arena_open(SIZE_MAX);

	ck_assert_ptr_null(arena_array(a, SIZE_MAX / 2, 3));
	ck_assert_ptr_null(arena_array(a, SIZE_MAX / 16 + 1, 16));
	ck_assert_ptr_nonnull(arena_array(a, 3, 16));
	arena_close(a);
}
END_TEST

START_TEST(copies_and_prints_live_on)
{
	struct arena *a = arena_open(1000);
	char text[] = "v=0";
	struct slice copy = arena_copy(a, slice_of(text)), none = arena_copy(a, SLICE(""));

	text[0] = '?';
	ck_assert(slice_is(copy, "v=0"));
	ck_assert_ptr_nonnull(none.at);
	ck_assert_uint_eq(none.len, 0);
	copy = arena_print(a, "%s#%u", "call", 2);
	ck_assert_str_eq(copy.at, "call#2");
	ck_assert_uint_eq(copy.len, 6);
	arena_close(a);
	arena_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("arena");
	TCase *t = tcase_create("arenas");
	SRunner *r;
	int failed;

	tcase_add_test(t, pieces_are_zero_aligned_and_apart);
	tcase_add_test(t, what_others_have_left_is_zero_again);
	tcase_add_test(t, a_piece_bigger_than_a_block_has_one_of_its_own);
	tcase_add_test(t, no_more_is_given_than_the_limit);
	tcase_add_test(t, a_product_that_overflows_is_refused);
	tcase_add_test(t, copies_and_prints_live_on);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
