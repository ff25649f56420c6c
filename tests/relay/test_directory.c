/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/directory.c. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/directory.h"

enum { MANY = 5000 };

static struct directory *d;
static struct call *calls[MANY];

static struct call *
numbered(unsigned i)
{
	char id[32];

	snprintf(id, sizeof id, "call-%u", i);
	return call_open(id);
}

static void
open_many(void)
{
	d = directory_open();
	for (unsigned i = 0; i < MANY; i++) {
		calls[i] = numbered(i);
		ck_assert_int_eq(directory_add(d, calls[i]), 0);
	}
}

static void
close_many(void)
{
	for (unsigned i = 0; i < MANY; i++)
		call_close(calls[i]);
	directory_close(d);
}

START_TEST(a_call_is_found_by_its_id_and_only_by_that)
{
	ck_assert_uint_eq(directory_count(d), MANY);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_ptr_eq(directory_find(d, calls[i]->id), calls[i]);
	ck_assert_ptr_null(directory_find(d, "call-5000"));
	ck_assert_ptr_null(directory_find(d, ""));
}
END_TEST

START_TEST(an_id_is_taken_once)
{
	struct call *again = numbered(17);

	ck_assert_int_eq(directory_add(d, again), -EEXIST);
	ck_assert_ptr_eq(directory_find(d, again->id), calls[17]);
	call_close(again);
}
END_TEST

START_TEST(a_removed_call_is_gone_and_the_others_stay)
{
	for (unsigned i = 0; i < MANY; i += 2)
		directory_remove(d, calls[i]);
	ck_assert_uint_eq(directory_count(d), MANY / 2);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_ptr_eq(
			directory_find(d, calls[i]->id), i % 2 == 0 ? NULL : calls[i]);
}
END_TEST

START_TEST(a_walk_meets_every_call_once)
{
	bool met[MANY] = {false};
	unsigned n = 0;

	for (struct call *c = directory_next(d, NULL); c != NULL;
		c = directory_next(d, c->id), n++) {
		unsigned i = (unsigned)atoi(c->id + 5);

		ck_assert(!met[i]);
		met[i] = true;
	}
	ck_assert_uint_eq(n, MANY);
}
END_TEST

START_TEST(a_walk_goes_on_behind_a_call_that_has_ended)
{
	struct call *c = directory_next(d, NULL), *next;
	unsigned n = 0;
	char at[32];

	/* End every call as soon as it was met. */
	for (; c != NULL; c = next, n++) {
		snprintf(at, sizeof at, "%s", c->id);
		directory_remove(d, c);
		next = directory_next(d, at);
	}
	ck_assert_uint_eq(n, MANY);
	ck_assert_uint_eq(directory_count(d), 0);
	ck_assert_ptr_null(directory_next(d, NULL));
}
END_TEST

START_TEST(calls_that_come_do_not_change_the_order_of_the_others)
{
	static struct call *order[MANY], *more[3 * MANY];
	unsigned n = 0;

	for (struct call *c = directory_next(d, NULL); c != NULL; c = directory_next(d, c->id))
		order[n++] = c;
	for (unsigned i = 0; i < 3 * MANY; i++) { /* the table grows twice on the way */
		more[i] = numbered(MANY + i);
		directory_add(d, more[i]);
	}
	n = 0;
	for (struct call *c = directory_next(d, NULL); c != NULL; c = directory_next(d, c->id))
		if ((unsigned)atoi(c->id + 5) < MANY)
			ck_assert_ptr_eq(order[n++], c);
	ck_assert_uint_eq(n, MANY);
	for (unsigned i = 0; i < 3 * MANY; i++)
		call_close(more[i]);
}
END_TEST

START_TEST(an_empty_directory_has_nothing)
{
	struct directory *empty = directory_open();

	ck_assert_ptr_null(directory_next(empty, NULL));
	ck_assert_ptr_null(directory_next(empty, "x"));
	ck_assert_ptr_null(directory_find(empty, "x"));
	ck_assert_uint_eq(directory_count(empty), 0);
	directory_close(empty);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("directory");
	TCase *t = tcase_create("directory");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, open_many, close_many);
	tcase_add_test(t, a_call_is_found_by_its_id_and_only_by_that);
	tcase_add_test(t, an_id_is_taken_once);
	tcase_add_test(t, a_removed_call_is_gone_and_the_others_stay);
	tcase_add_test(t, a_walk_meets_every_call_once);
	tcase_add_test(t, a_walk_goes_on_behind_a_call_that_has_ended);
	tcase_add_test(t, calls_that_come_do_not_change_the_order_of_the_others);
	tcase_add_test(t, an_empty_directory_has_nothing);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
