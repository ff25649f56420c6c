/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/parked.c. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "relay/job.h"
#include "relay/parked.h"

/* MANY: to look at each of them takes well below a second, to look at all of them for each of
 * them longer than SECONDS on any machine. */
enum { MANY = 100000, FEW = 5, SECONDS = 25 };

static struct parked parked;
static struct job *jobs;

static void
setup(void)
{
	parked_init(&parked);
	jobs = calloc(MANY, sizeof *jobs);
	ck_assert_ptr_nonnull(jobs);
}

static void
teardown(void)
{
	free(jobs);
}

/* N of KIND, whose argument each is itself, for the calls 0, 1, ... */
static void
put(unsigned n, const struct job_kind *kind)
{
	for (unsigned i = 0; i < n; i++) {
		jobs[i].kind = kind;
		jobs[i].arg = &jobs[i];
		snprintf(jobs[i].id, sizeof jobs[i].id, "%u", i);
		parked_put(&parked, &jobs[i]);
	}
}

static struct job *
take(unsigned i)
{
	return parked_take(&parked, jobs[i].id, &jobs[i]);
}

/* "0 3 4 ": the calls of those that are taken out. */
static const char *
all(void)
{
	static char text[64];
	size_t at = 0;

	text[0] = '\0';
	for (struct job *j = parked_take_all(&parked); j != NULL; j = j->next)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s ", j->id);
	return text;
}

START_TEST(they_come_out_in_the_order_in_which_they_came)
{
	ck_assert_str_eq(all(), "");
	put(FEW, &job_update);
	ck_assert_str_eq(all(), "0 1 2 3 4 ");
	ck_assert(!parked_has(&parked, "0", &job_update));
	ck_assert_str_eq(all(), "");
	put(2, &job_update);
	ck_assert_str_eq(all(), "0 1 ");
}
END_TEST

START_TEST(one_is_taken_out_from_anywhere)
{
	static const struct {
		unsigned one;
		const char *others;
	} rows[] = {{0, "1 2 3 4 5 "}, {2, "0 1 3 4 5 "}, {4, "0 1 2 3 5 "}};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		put(FEW, &job_delete);
		ck_assert_ptr_null(parked_take(&parked, "0", &jobs[1]));
		ck_assert_ptr_eq(take(rows[i].one), &jobs[rows[i].one]);
		ck_assert_ptr_null(take(rows[i].one));
		snprintf(jobs[FEW].id, sizeof jobs[FEW].id, "%u", FEW);
		parked_put(&parked, &jobs[FEW]);
		ck_assert_str_eq(all(), rows[i].others);
	}
}
END_TEST

START_TEST(a_call_has_several_and_each_is_found)
{
	for (unsigned i = 0; i < FEW; i++) {
		jobs[i].kind = i == 1 ? &job_delete : &job_update;
		jobs[i].arg = &jobs[i];
		snprintf(jobs[i].id, sizeof jobs[i].id, "c");
		parked_put(&parked, &jobs[i]);
	}
	ck_assert(parked_has(&parked, "c", &job_delete));
	ck_assert(!parked_has(&parked, "C", &job_delete));
	ck_assert_ptr_eq(take(1), &jobs[1]);
	ck_assert(!parked_has(&parked, "c", &job_delete));
	ck_assert(parked_has(&parked, "c", &job_update));
	ck_assert_ptr_eq(take(4), &jobs[4]);
	ck_assert_ptr_eq(take(0), &jobs[0]);
	ck_assert_str_eq(all(), "c c ");
}
END_TEST

START_TEST(many_wait_and_each_is_found_at_once)
{
	put(MANY, &job_delete);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert(parked_has(&parked, jobs[i].id, &job_delete));
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_ptr_eq(take(i), &jobs[i]);
	ck_assert_str_eq(all(), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("parked");
	TCase *t = tcase_create("parked");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, SECONDS);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, they_come_out_in_the_order_in_which_they_came);
	tcase_add_test(t, one_is_taken_out_from_anywhere);
	tcase_add_test(t, a_call_has_several_and_each_is_found);
	tcase_add_test(t, many_wait_and_each_is_found_at_once);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
