/* SPDX-License-Identifier: Apache-2.0
 *
 * control/rpc_tally.c: each answer in its own row and column, and none lost. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "control/rpc_describe.h"
#include "control/rpc_error.h"
#include "control/rpc_tally.h"

static const struct rpc_method methods[] = {{.name = "first"}, {.name = "second"}};
enum { METHODS = sizeof methods / sizeof *methods };

static struct rpc_tally *tally;

static void
setup(void)
{
	tally = rpc_tally_open(methods, METHODS);
	ck_assert_ptr_nonnull(tally);
}

static void
teardown(void)
{
	rpc_tally_close(tally);
}

/* How often NAME was answered with OUTCOME. */
static uint64_t
count(const char *name, enum rpc_outcome outcome)
{
	uint64_t n[RPC_OUTCOMES];
	const char *row;

	for (size_t i = 0; (row = rpc_tally_row(tally, i, n)) != NULL; i++)
		if (strcmp(row, name) == 0)
			return n[outcome];
	ck_abort_msg("no row %s", name);
}

START_TEST(every_method_has_a_row_and_so_has_none)
{
	uint64_t n[RPC_OUTCOMES];
	size_t rows = 0;

	while (rpc_tally_row(tally, rows, n) != NULL)
		rows++;
	ck_assert_uint_eq(rows, METHODS + RPC_DESCRIBE_METHODS + 1);
	ck_assert_uint_eq(count("first", RPC_DONE), 0);
	ck_assert_uint_eq(count("second", RPC_DONE), 0);
	for (size_t i = 0; i < RPC_DESCRIBE_METHODS; i++)
		ck_assert_uint_eq(count(rpc_describe_methods[i].name, RPC_DONE), 0);
	ck_assert_uint_eq(count("unknown", RPC_DONE), 0);
}
END_TEST

START_TEST(an_answer_is_counted_by_how_it_ended)
{
	rpc_tally_add(tally, &methods[1], 0);
	rpc_tally_add(tally, &methods[1], 0);
	rpc_tally_add(tally, &methods[1], 17);
	rpc_tally_add(tally, &methods[1], RPC_INVALID_PARAMS);
	rpc_tally_add(tally, &methods[1], RPC_INTERNAL);
	rpc_tally_add(tally, &rpc_describe_methods[1], 0);
	rpc_tally_add(tally, NULL, RPC_NO_METHOD);
	rpc_tally_add(tally, NULL, RPC_PARSE_ERROR);
	ck_assert_uint_eq(count("second", RPC_DONE), 2);
	ck_assert_uint_eq(count("second", RPC_REFUSED), 1);
	ck_assert_uint_eq(count("second", RPC_INVALID), 1);
	ck_assert_uint_eq(count("second", RPC_BROKEN), 1);
	ck_assert_uint_eq(count("first", RPC_DONE), 0);
	ck_assert_uint_eq(count(rpc_describe_methods[1].name, RPC_DONE), 1);
	ck_assert_uint_eq(count(rpc_describe_methods[0].name, RPC_DONE), 0);
	ck_assert_uint_eq(count("unknown", RPC_INVALID), 2);
}
END_TEST

START_TEST(nobody_counts)
{
	rpc_tally_add(NULL, &methods[0], 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_tally");
	TCase *t = tcase_create("rpc_tally");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_method_has_a_row_and_so_has_none);
	tcase_add_test(t, an_answer_is_counted_by_how_it_ended);
	tcase_add_test(t, nobody_counts);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
