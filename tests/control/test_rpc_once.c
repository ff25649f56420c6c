/* SPDX-License-Identifier: Apache-2.0
 *
 * control/rpc_once.c: what is kept of requests with a key, for how long, and how much. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/rpc_once.h"

static struct event_base *base;
static struct rpc_once *once;

static void
start(void)
{
	base = event_base_new();
	once = rpc_once_open(base);
	ck_assert_ptr_nonnull(once);
}

static void
stop(void)
{
	rpc_once_close(once);
	event_base_free(base);
}

static int64_t
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void
do_once(uid_t uid, const char *key, const char *answer)
{
	struct rpc_once_entry *e;

	ck_assert_int_eq(rpc_once_begin(once, uid, key, 1, &e), 0);
	rpc_once_keep(once, e, strdup(answer));
}

START_TEST(a_key_belongs_to_its_user)
{
	struct rpc_once_entry *e;

	do_once(1, "k", "\"secret\"");
	ck_assert_int_eq(rpc_once_begin(once, 1, "k", 1, &e), -EEXIST);
	ck_assert_str_eq(e->answer, "\"secret\"");
	ck_assert_int_eq(rpc_once_begin(once, 2, "k", 1, &e), 0);
	ck_assert_int_eq(rpc_once_begin(once, 2, "k", 1, &e), -EALREADY);
	ck_assert_int_eq(rpc_once_begin(once, 2, "k", 2, &e), -EINVAL);
}
END_TEST

START_TEST(what_differs_hashes_differently)
{
	uint64_t hash = rpc_once_hash(once, "a.b", "{}");

	ck_assert_uint_eq(rpc_once_hash(once, "a.b", "{}"), hash);
	ck_assert_uint_ne(rpc_once_hash(once, "a.c", "{}"), hash);
	ck_assert_uint_ne(rpc_once_hash(once, "a.b", "{1}"), hash);
	ck_assert_uint_ne(rpc_once_hash(once, "a.b{", "}"), hash);
}
END_TEST

START_TEST(a_result_is_forgotten_after_its_time_and_not_before)
{
	struct rpc_once_entry *e;

	do_once(1, "k", "1");
	rpc_once_expire(once, now_s() + RPC_ONCE_S - 2);
	ck_assert_int_eq(rpc_once_begin(once, 1, "k", 1, &e), -EEXIST);
	rpc_once_expire(once, now_s() + RPC_ONCE_S + 1);
	ck_assert_int_eq(rpc_once_begin(once, 1, "k", 1, &e), 0);
	rpc_once_expire(once, now_s() + 10 * RPC_ONCE_S); /* what is under way stays */
	ck_assert_int_eq(rpc_once_begin(once, 1, "k", 1, &e), -EALREADY);
}
END_TEST

START_TEST(the_oldest_results_go_when_there_are_too_many)
{
	struct rpc_once_entry *e;
	char key[16];

	for (int i = 0; i < RPC_ONCE_RESULTS + 10; i++) {
		snprintf(key, sizeof key, "%d", i);
		do_once(1, key, "1");
	}
	ck_assert_int_eq(rpc_once_begin(once, 1, "10", 1, &e), -EEXIST);
	ck_assert_int_eq(rpc_once_begin(once, 1, "9", 1, &e), 0);
}
END_TEST

START_TEST(the_oldest_results_go_when_they_are_too_large)
{
	static char large[RPC_ONCE_BYTES / 4];
	struct rpc_once_entry *e;
	char key[16];

	memset(large, 'x', sizeof large - 1);
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof key, "%d", i);
		do_once(1, key, large);
	}
	ck_assert_int_eq(rpc_once_begin(once, 1, "4", 1, &e), -EEXIST);
	ck_assert_int_eq(rpc_once_begin(once, 1, "0", 1, &e), 0);
}
END_TEST

START_TEST(only_so_many_are_under_way)
{
	struct rpc_once_entry *e, *first = NULL;
	char key[16];

	for (int i = 0; i < RPC_ONCE_UNDER_WAY; i++) {
		snprintf(key, sizeof key, "%d", i);
		ck_assert_int_eq(rpc_once_begin(once, 1, key, 1, &e), 0);
		if (first == NULL)
			first = e;
	}
	ck_assert_int_eq(rpc_once_begin(once, 1, "more", 1, &e), -EBUSY);
	rpc_once_forget(once, first);
	ck_assert_int_eq(rpc_once_begin(once, 1, "0", 1, &e), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rpc_once");
	TCase *tc = tcase_create("once");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, a_key_belongs_to_its_user);
	tcase_add_test(tc, what_differs_hashes_differently);
	tcase_add_test(tc, a_result_is_forgotten_after_its_time_and_not_before);
	tcase_add_test(tc, the_oldest_results_go_when_there_are_too_many);
	tcase_add_test(tc, the_oldest_results_go_when_they_are_too_large);
	tcase_add_test(tc, only_so_many_are_under_way);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
