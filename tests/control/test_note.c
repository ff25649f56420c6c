/* SPDX-License-Identifier: Apache-2.0
 *
 * control/note.c. */
#include "control/note.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct {
	uint8_t bytes[sizeof(struct note) + NOTE_MAX];
	size_t taken, given;
	unsigned wiped;
} memory;

static void *
take(size_t size)
{
	memory.taken = size;
	return memset(memory.bytes, 0, size);
}

static void *
take_none(size_t size)
{
	errno = ENOMEM;
	return NULL;
}

static void
give(void *p, size_t size)
{
	ck_assert_ptr_eq(p, memory.bytes);
	memory.given = size;
	memory.wiped++;
}

START_TEST(it_is_a_copy_of_what_it_was_made_of)
{
	char text[] = "secret";
	struct note *n = note_open(text, 6);

	memset(text, 0, sizeof text);
	ck_assert_uint_eq(n->len, 6);
	ck_assert_mem_eq(n->bytes, "secret", 6);
	note_put(n);
}
END_TEST

START_TEST(it_goes_with_its_last_holder)
{
	struct note *n;

	note_memory(take, give);
	n = note_open("abc", 3);
	ck_assert_ptr_eq(note_get(n), n);
	note_put(n);
	ck_assert_uint_eq(memory.wiped, 0);
	note_put(n);
	ck_assert_uint_eq(memory.wiped, 1);
	ck_assert_uint_eq(memory.given, memory.taken);
}
END_TEST

START_TEST(nothing_and_too_much_are_none)
{
	static uint8_t bytes[NOTE_MAX + 1];

	ck_assert_ptr_null(note_open(bytes, 0));
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_ptr_null(note_open(bytes, NOTE_MAX + 1));
	ck_assert_int_eq(errno, EMSGSIZE);
	note_memory(take, give);
	ck_assert_ptr_nonnull(note_open(bytes, NOTE_MAX));
	note_memory(take_none, give);
	ck_assert_ptr_null(note_open(bytes, 1));
	ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

START_TEST(no_note_is_no_harm)
{
	ck_assert_ptr_null(note_get(NULL));
	note_put(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("note");
	TCase *t = tcase_create("note");
	SRunner *r;
	int failed;

	tcase_add_test(t, it_is_a_copy_of_what_it_was_made_of);
	tcase_add_test(t, it_goes_with_its_last_holder);
	tcase_add_test(t, nothing_and_too_much_are_none);
	tcase_add_test(t, no_note_is_no_harm);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
