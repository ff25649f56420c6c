/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/changes.c. */
#include "relay/changes.h"

#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct event_base *base;
static struct changes *changes;

static void
setup(void)
{
	base = event_base_new();
	changes = changes_open(base);
}

static void
teardown(void)
{
	changes_close(changes);
	event_base_free(base);
}

static void
add(const char *fmt, unsigned n)
{
	char id[200];

	snprintf(id, sizeof id, "%s%u", fmt, n);
	changes_add(changes, n % CHANGE_KINDS, id);
}

static void
assert_change(uint64_t at, const char *fmt, unsigned n)
{
	char expected[200];
	const char *id;

	snprintf(expected, sizeof expected, "%s%u", fmt, n);
	ck_assert_uint_eq(changes_at(changes, at, &id), n % CHANGE_KINDS);
	ck_assert_str_eq(id, expected);
}

/* ---- The journal. ---- */

START_TEST(it_tells_what_was_added_in_its_order)
{
	uint64_t at = changes_end(changes);

	for (unsigned i = 0; i < 100; i++)
		add("call", i);
	ck_assert_uint_eq(changes_end(changes), at + 100);
	for (unsigned i = 0; i < 100; i++)
		assert_change(at + i, "call", i);
}
END_TEST

START_TEST(so_many_are_kept_and_then_the_oldest_goes)
{
	uint64_t first = changes_end(changes);

	for (unsigned i = 0; i < CHANGES_MAX; i++)
		add("", i);
	ck_assert(changes_has(changes, first));
	add("", CHANGES_MAX);
	ck_assert(!changes_has(changes, first));
	for (unsigned i = 1; i <= CHANGES_MAX; i++) {
		ck_assert(changes_has(changes, first + i));
		assert_change(first + i, "", i);
	}
	ck_assert(changes_has(changes, changes_end(changes)));
	ck_assert(!changes_has(changes, changes_end(changes) + 1));
	ck_assert(!changes_has(changes, CHANGES_GONE));
}
END_TEST

/* Ids of all lengths: the ring's end is met in every way. */
START_TEST(whatever_there_is_is_right_however_long_the_ids)
{
	static char id[129];
	enum { ALL = 5 * CHANGES_MAX };
	const char *found;

	memset(id, 'x', sizeof id - 1);
	for (unsigned i = 0; i < ALL; i++)
		changes_add(changes, i % CHANGE_KINDS, &id[i * 7919 % 128]);
	ck_assert(!changes_has(changes, 0));
	for (uint64_t i = 0; i < ALL; i++)
		if (changes_has(changes, i)) {
			ck_assert_uint_eq(changes_at(changes, i, &found), i % CHANGE_KINDS);
			ck_assert_str_eq(found, &id[i * 7919 % 128]);
		}
	/* 66.5 bytes each, and a megabyte of them. */
	ck_assert(changes_has(changes, ALL - 15700));
	ck_assert(!changes_has(changes, ALL - 15800));
}
END_TEST

/* ---- Cursors. ---- */

START_TEST(a_cursor_is_read_as_it_was_written)
{
	char text[CHANGES_CURSOR];
	uint64_t at = 0;

	changes_write_cursor(changes, UINT64_C(12345678901234567), text);
	ck_assert_int_eq(changes_read_cursor(changes, text, &at), 0);
	ck_assert_uint_eq(at, UINT64_C(12345678901234567));
}
END_TEST

START_TEST(a_cursor_of_another_journal_is_gone)
{
	struct changes *other = changes_open(base);
	char text[CHANGES_CURSOR];
	uint64_t at = 0;

	changes_write_cursor(other, changes_end(other), text);
	changes_close(other);
	ck_assert_int_eq(changes_read_cursor(changes, text, &at), 0);
	ck_assert(!changes_has(changes, at));
}
END_TEST

START_TEST(what_is_no_cursor_is_refused)
{
	static const char *const wrong[] = {"", "x", "-", "-1", "0123456789abcdef",
		"0123456789abcdef-", "0123456789abcdef-x", "0123456789abcdef--1",
		"0123456789abcde-1", "0123456789abcdeff-1", "0123456789abcdef-1 ",
		"0123456789ABCDEF-1", "0123456789abcdef-123456789012345678901"};
	uint64_t at;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(
			changes_read_cursor(changes, wrong[i], &at) != 0, "%s", wrong[i]);
}
END_TEST

/* ---- Waiting. ---- */

static void
count(void *arg)
{
	++*(unsigned *)arg;
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

/* The number of those told is told apart from others by where it stands. */
static const void *
whose(const void *told)
{
	return told;
}

static const void *
gone(const void *told)
{
	return NULL;
}

static int
wait_ms(unsigned ms, unsigned *told)
{
	return changes_wait(changes, ms, (struct changes_waiter){count, whose, told});
}

START_TEST(who_waits_is_told_once_and_soon_after_a_change)
{
	unsigned told = 0;

	ck_assert_int_eq(wait_ms(60000, &told), 0);
	turn();
	ck_assert_uint_eq(told, 0);
	add("call", 1);
	add("call", 2);
	ck_assert_uint_eq(told, 0);
	turn();
	ck_assert_uint_eq(told, 1);
	add("call", 3);
	turn();
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(who_has_waited_long_enough_is_told)
{
	unsigned told = 0;

	ck_assert_int_eq(wait_ms(20, &told), 0);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(told, 1);
}
END_TEST

static void
wait_again(void *arg)
{
	++*(unsigned *)arg;
	wait_ms(60000, arg);
}

START_TEST(who_is_told_may_wait_again)
{
	unsigned told = 0;

	changes_wait(changes, 60000, (struct changes_waiter){wait_again, whose, &told});
	changes_wait(changes, 60000, (struct changes_waiter){wait_again, whose, &told});
	changes_wake(changes);
	ck_assert_uint_eq(told, 2);
	changes_wake(changes);
	ck_assert_uint_eq(told, 4);
}
END_TEST

/* Clients that wait once each, and are told at the end, too. */
static unsigned clients[CHANGES_WAITING + 1];

START_TEST(when_too_many_wait_the_first_is_told)
{
	for (unsigned i = 0; i < CHANGES_WAITING; i++)
		wait_ms(60000, &clients[i]);
	ck_assert_uint_eq(clients[0], 0);
	wait_ms(60000, &clients[CHANGES_WAITING]);
	ck_assert_uint_eq(clients[0], 1);
	for (unsigned i = 1; i <= CHANGES_WAITING; i++)
		ck_assert_uint_eq(clients[i], 0);
}
END_TEST

START_TEST(who_waits_for_more_than_others_is_told_before_them)
{
	static unsigned greedy;

	wait_ms(60000, &clients[0]);
	for (unsigned i = 1; i < CHANGES_WAITING; i++)
		wait_ms(60000, &greedy);
	wait_ms(60000, &clients[1]);
	ck_assert_uint_eq(greedy, 1);
	wait_ms(60000, &greedy);
	ck_assert_uint_eq(greedy, 2);
	wait_ms(60000, &clients[1]);
	ck_assert_uint_eq(greedy, 3);
	ck_assert_uint_eq(clients[0] + clients[1], 0);
}
END_TEST

START_TEST(who_has_gone_is_given_up_first)
{
	static unsigned greedy, left;

	for (unsigned i = 1; i < CHANGES_WAITING; i++)
		wait_ms(60000, &greedy);
	changes_wait(changes, 60000, (struct changes_waiter){count, gone, &left});
	wait_ms(60000, &clients[0]);
	ck_assert_uint_eq(left, 1);
	ck_assert_uint_eq(greedy, 0);
}
END_TEST

START_TEST(closing_tells_those_who_wait)
{
	unsigned told = 0;

	wait_ms(60000, &told);
	changes_close(changes);
	ck_assert_uint_eq(told, 1);
	changes = changes_open(base);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("changes");
	TCase *t = tcase_create("changes");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, it_tells_what_was_added_in_its_order);
	tcase_add_test(t, so_many_are_kept_and_then_the_oldest_goes);
	tcase_add_test(t, whatever_there_is_is_right_however_long_the_ids);
	tcase_add_test(t, a_cursor_is_read_as_it_was_written);
	tcase_add_test(t, a_cursor_of_another_journal_is_gone);
	tcase_add_test(t, what_is_no_cursor_is_refused);
	tcase_add_test(t, who_waits_is_told_once_and_soon_after_a_change);
	tcase_add_test(t, who_has_waited_long_enough_is_told);
	tcase_add_test(t, who_is_told_may_wait_again);
	tcase_add_test(t, when_too_many_wait_the_first_is_told);
	tcase_add_test(t, who_waits_for_more_than_others_is_told_before_them);
	tcase_add_test(t, who_has_gone_is_given_up_first);
	tcase_add_test(t, closing_tells_those_who_wait);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
