/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about codecs/spare.h, with objects that only know how often they were made. */
#include "codecs/spare.h"

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tests/bench/runner.h"

static _Atomic unsigned opened, closed;
static _Atomic bool no_memory;

static void *
toy_open(unsigned kind)
{
	int *toy = no_memory ? NULL : malloc(sizeof *toy);

	if (toy != NULL) {
		*toy = (int)kind;
		opened++;
	}
	return toy;
}

static void
toy_close(void *toy)
{
	free(toy);
	closed++;
}

static struct spare
spares(unsigned made)
{
	struct spare s = {.open = toy_open, .close = toy_close, .kind = 7};

	opened = closed = 0;
	no_memory = false;
	while (made-- > 0)
		spare_add(&s);
	return s;
}

static void
close_all(struct spare *s)
{
	for (unsigned i = 0; i < SPARES; i++) {
		free(s->fresh[i]);
		free(s->worn[i]);
	}
}

START_TEST(one_just_opened_is_given_for_a_worn_one)
{
	struct spare s = spares(1);
	int worn = 1, *fresh = spare_swap(&s, &worn);

	ck_assert_ptr_nonnull(fresh);
	ck_assert_int_eq(*fresh, 7);
	ck_assert_uint_eq(closed, 0); /* by who has time */
	ck_assert_ptr_null(spare_swap(&s, fresh));
	free(fresh);
}
END_TEST

START_TEST(there_is_one_for_each_that_is_in_use_up_to_a_bound)
{
	struct spare s = spares(SPARES + 3);

	ck_assert_uint_eq(opened, SPARES);
	close_all(&s);
}
END_TEST

START_TEST(what_is_worn_is_made_new_as_soon_as_there_is_memory)
{
	struct spare s = spares(SPARES);
	void *mine = toy_open(0);

	for (unsigned i = 0; i < SPARES; i++)
		ck_assert_ptr_nonnull(mine = spare_swap(&s, mine));
	ck_assert_ptr_null(spare_swap(&s, mine));
	no_memory = true;
	spare_renew(&s);
	ck_assert_uint_eq(closed, 0);
	ck_assert_ptr_null(spare_swap(&s, mine));
	no_memory = false;
	spare_renew(&s);
	ck_assert_uint_eq(closed, SPARES);
	for (unsigned i = 0; i < SPARES; i++)
		ck_assert_ptr_nonnull(mine = spare_swap(&s, mine));
	free(mine);
	close_all(&s);
}
END_TEST

START_TEST(without_memory_there_is_none_until_the_next_is_opened)
{
	struct spare s = spares(0);
	void *fresh;

	no_memory = true;
	spare_add(&s);
	ck_assert_ptr_null(spare_swap(&s, NULL));
	no_memory = false;
	spare_add(&s);
	ck_assert_ptr_nonnull(fresh = spare_swap(&s, toy_open(0)));
	free(fresh);
	close_all(&s);
}
END_TEST

static void *
forget_often(void *spare)
{
	void *mine = toy_open(0), *fresh;

	for (unsigned i = 0; i < 20000; i++)
		if ((fresh = spare_swap(spare, mine)) != NULL)
			mine = fresh;
	return mine;
}

START_TEST(threads_share_them)
{
	struct spare s = spares(SPARES);
	pthread_t thread[2];
	void *mine;

	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, forget_often, &s), 0);
	for (unsigned i = 0; i < 2000; i++)
		spare_renew(&s);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(thread[i], &mine);
		toy_close(mine);
	}
	ck_assert_uint_eq(opened - closed, SPARES);
	close_all(&s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("spare");
	TCase *all = tcase_create("all");

	tcase_add_test(all, one_just_opened_is_given_for_a_worn_one);
	tcase_add_test(all, there_is_one_for_each_that_is_in_use_up_to_a_bound);
	tcase_add_test(all, what_is_worn_is_made_new_as_soon_as_there_is_memory);
	tcase_add_test(all, without_memory_there_is_none_until_the_next_is_opened);
	tcase_add_test(all, threads_share_them);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
