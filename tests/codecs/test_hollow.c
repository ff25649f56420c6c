/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about codecs/hollow.h, with states that are as hollow as those of codecs. */
#include "codecs/hollow.h"

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/bench/runner.h"
#include "tests/resident.h"

enum { PAGE = 4096, LARGE = 11 * PAGE - 1484, MANY = 400, ROUNDS = 5000 };

enum { ODDS = 128 * PAGE }; /* what the heap keeps, and the chunks' heads */

/* A state of SIZE bytes, of which each page that MASK has a bit for has something in it. */
static void *
made(size_t size, unsigned mask, uint8_t what)
{
	uint8_t *p = calloc(1, size);

	ck_assert_ptr_nonnull(p);
	for (size_t at = 0; at < size; at += PAGE)
		if ((mask >> at / PAGE % 32 & 1) != 0)
			p[at + what % (size - at < PAGE ? size - at : PAGE)] = what;
	return p;
}

static bool
is_made(const void *p, size_t size, unsigned mask, uint8_t what)
{
	void *wanted = made(size, mask, what);
	bool same = memcmp(p, wanted, size) == 0;

	free(wanted);
	return same;
}

START_TEST(what_is_kept_is_what_was_made)
{
	static const size_t sizes[] = {1, 64, 4096, 4097, 18228, LARGE, 1 << 21};
	void *kept[7][8];

	for (unsigned i = 0; i < 7; i++)
		for (unsigned j = 0; j < 8; j++) {
			kept[i][j] = hollow_keep(made(sizes[i], 0x5a5 >> j, 17 + j), sizes[i]);
			ck_assert_uint_eq((uintptr_t)kept[i][j] % 16, 0);
		}
	for (unsigned i = 0; i < 7; i++)
		for (unsigned j = 0; j < 8; j++) {
			ck_assert(is_made(kept[i][j], sizes[i], 0x5a5 >> j, 17 + j));
			memset(kept[i][j], 0x5a, sizes[i]); /* and nobody else's */
		}
	for (unsigned i = 0; i < 7; i++)
		for (unsigned j = 0; j < 8; j++)
			hollow_free(kept[i][j]);
	hollow_free(NULL);
}
END_TEST

START_TEST(a_place_is_as_good_as_new)
{
	void *before = hollow_keep(made(LARGE, 1, 1), LARGE), *p, *q;

	p = hollow_keep(made(LARGE, 1, 1), LARGE);
	q = hollow_keep(made(LARGE, 1, 1), LARGE);
	memset(before, 0x5a, LARGE);
	memset(p, 0x5a, LARGE);
	memset(q, 0x5a, LARGE);
	hollow_free(p);
	p = hollow_keep(made(LARGE, 0x11, 3), LARGE);
	ck_assert(is_made(p, LARGE, 0x11, 3));
	for (size_t i = 0; i < LARGE; i++) {
		ck_assert_uint_eq(((uint8_t *)before)[i], 0x5a);
		ck_assert_uint_eq(((uint8_t *)q)[i], 0x5a);
	}
	hollow_free(before);
	hollow_free(p);
	hollow_free(q);
}
END_TEST

/* Two pages of eleven have something in them; a place touches twelve at most. */
START_TEST(what_is_zero_takes_no_memory_until_it_is_written)
{
	static void *kept[MANY];
	size_t before = resident(), now;

	for (unsigned i = 0; i < MANY; i++)
		kept[i] = hollow_keep(made(LARGE, 0x11, 100), LARGE);
	ck_assert_uint_le(resident() - before, MANY * 3 * PAGE);
	for (unsigned i = 0; i < MANY; i++)
		memset(kept[i], 0x5a, LARGE);
	now = resident() - before;
	ck_assert(before == 0 || now > (size_t)MANY * (LARGE - PAGE));
	ck_assert_uint_le(now, MANY * 11 * PAGE);

	/* However few of them stay, they take no more than they need. */
	for (unsigned i = 0; i < MANY; i++)
		if (i % 20 != 0)
			hollow_free(kept[i]);
	ck_assert_uint_le(resident() - before, MANY / 20 * 12 * PAGE + ODDS);
	for (unsigned i = 0; i < MANY; i += 20)
		hollow_free(kept[i]);
	ck_assert_uint_le(resident() - before, ODDS);
}
END_TEST

START_TEST(rounds_leave_nothing_behind)
{
	static void *kept[MANY];
	size_t before = 0;
	unsigned random = 1;

	for (unsigned round = 0; round < ROUNDS; round++) {
		void **place = &kept[(random = random * 1664525 + 1013904223) >> 8 & 255];
		size_t size = (random >> 20 & 1) != 0 ? LARGE : 18228;

		hollow_free(*place);
		*place = hollow_keep(made(size, 0x115, 9), size);
		if (round == ROUNDS / 2)
			before = resident();
	}
	ck_assert_uint_le(resident(), before + ODDS);
	for (unsigned i = 0; i < MANY; i++)
		hollow_free(kept[i]);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

START_TEST(a_freed_place_is_used_again)
{
	static void *kept[MANY];
	void *freed;

	for (unsigned i = 0; i < MANY; i++)
		kept[i] = hollow_keep(made(LARGE, 1, 1), LARGE);
	for (unsigned i = 0; i < MANY; i++) { /* wherever it lies, in a chunk that is full */
		hollow_free(freed = kept[i]);
		kept[i] = hollow_keep(made(LARGE, 1, 1), LARGE);
		ck_assert_ptr_eq(kept[i], freed);
	}
	for (unsigned i = 0; i < MANY; i++)
		hollow_free(kept[i]);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	void *kept = hollow_keep(made(LARGE, 1, 1), LARGE), *other = made(PAGE, 1, 1);
	struct rlimit was, none;

	getrlimit(RLIMIT_AS, &was);
	none = (struct rlimit){0, was.rlim_max};
	setrlimit(RLIMIT_AS, &none);
	errno = 0;
	other = hollow_keep(other, PAGE); /* the first of its size */
	setrlimit(RLIMIT_AS, &was);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(errno, ENOMEM);
	hollow_free(kept);
}
END_TEST

#endif

int
main(void)
{
	Suite *suite = suite_create("hollow");
	TCase *all = tcase_create("all");

	tcase_add_test(all, what_is_kept_is_what_was_made);
	tcase_add_test(all, a_place_is_as_good_as_new);
	tcase_add_test(all, what_is_zero_takes_no_memory_until_it_is_written);
	tcase_add_test(all, rounds_leave_nothing_behind);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	tcase_add_test(all, a_freed_place_is_used_again);
	tcase_add_test(all, without_memory_there_is_none);
#endif
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
