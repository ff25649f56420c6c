/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ng_cache.c. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "control/ng_cache.h"

static const struct request_addr here = {.family = AF_INET, .port = 1, .ip = {192, 0, 2, 1}};
static const struct ng_cache_limits few = {.answers = 4, .bytes = 1000};
static struct ng_cache *cache;

static void
setup(void)
{
	cache = ng_cache_open(&few);
	ck_assert_ptr_nonnull(cache);
}

static void
teardown(void)
{
	ng_cache_close(cache);
}

static void
add(const char *message, const char *body)
{
	struct ng_key k = ng_cache_key(cache, slice_of(message), &here);

	ck_assert_ptr_nonnull(ng_cache_add(cache, &k, SLICE("c"), slice_of(body)).at);
}

static bool
has(const char *message, const char *answer)
{
	struct ng_key k = ng_cache_key(cache, slice_of(message), &here);
	struct slice found = ng_cache_find(cache, &k, SLICE("c"));

	return answer == NULL ? found.at == NULL : slice_is(found, answer);
}

START_TEST(an_answer_is_found_by_message_and_source)
{
	struct request_addr other = here;
	struct ng_key k;

	add("c one", "ONE");
	ck_assert(has("c one", "c ONE"));
	ck_assert(has("c two", NULL));
	other.port = 2; /* counts for nothing */
	k = ng_cache_key(cache, SLICE("c one"), &other);
	ck_assert(slice_is(ng_cache_find(cache, &k, SLICE("c")), "c ONE"));
	ck_assert_ptr_null(ng_cache_find(cache, &k, SLICE("C")).at);
	ck_assert_ptr_null(ng_cache_find(cache, &k, SLICE("c ")).at);
	other.ip[3] = 2;
	k = ng_cache_key(cache, SLICE("c one"), &other);
	ck_assert_ptr_null(ng_cache_find(cache, &k, SLICE("c")).at);
}
END_TEST

START_TEST(an_answer_outlives_one_swap_and_not_two)
{
	add("c one", "ONE");
	ng_cache_swap(cache);
	add("c two", "TWO");
	ck_assert(has("c one", "c ONE"));
	ng_cache_swap(cache);
	ck_assert(has("c one", NULL));
	ck_assert(has("c two", "c TWO"));
	ng_cache_swap(cache);
	ck_assert(has("c two", NULL));
}
END_TEST

/* Four fit into a generation, and eight are there at the most. */
START_TEST(too_many_answers_push_the_oldest_out)
{
	char text[16];

	for (int i = 0; i < 9; i++) {
		snprintf(text, sizeof text, "c %d", i);
		add(text, "x");
	}
	ck_assert(has("c 0", NULL));
	ck_assert(has("c 3", NULL));
	ck_assert(has("c 4", "c x"));
	ck_assert(has("c 8", "c x"));
}
END_TEST

START_TEST(too_many_bytes_do_too)
{
	char body[600];

	memset(body, 'x', sizeof body - 1);
	body[sizeof body - 1] = '\0';
	add("c 1", body);
	add("c 2", body);
	ck_assert(!has("c 1", NULL));
	add("c 3", body);
	ck_assert(has("c 1", NULL));
	ck_assert(!has("c 2", NULL));
	ck_assert(!has("c 3", NULL));
}
END_TEST

static const char *
added(const char *message)
{
	struct ng_key k = ng_cache_key(cache, slice_of(message), &here);

	return ng_cache_add(cache, &k, SLICE("c"), SLICE("a key")).at;
}

/* The bytes are still the cache's own. */
START_TEST(what_is_forgotten_is_wiped_by_the_next_swap)
{
	static const char zeros[sizeof "c a key"];
	const char *was[9];
	char text[16];

	/* Four in one generation, four in the other, one in the place of the first four. */
	for (int i = 0; i < 9; i++) {
		snprintf(text, sizeof text, "c %d", i);
		was[i] = added(text);
	}
	ck_assert_ptr_eq(was[8], was[0]);
	ng_cache_swap(cache);
	for (int i = 1; i < 4; i++)
		ck_assert_mem_eq(was[i], zeros, sizeof zeros);
	/* Being full has made a generation of the second four, so the swap does not. */
	ck_assert(has("c 4", "c a key"));
	ck_assert(has("c 8", "c a key"));
	ng_cache_swap(cache);
	for (int i = 4; i < 8; i++)
		ck_assert_mem_eq(was[i], zeros, sizeof zeros);
	ck_assert(has("c 8", "c a key"));
	ng_cache_swap(cache);
	ck_assert_mem_eq(was[8], zeros, sizeof zeros);
}
END_TEST

START_TEST(more_than_a_generation_is_not_kept)
{
	static char body[1000];
	struct ng_key k = ng_cache_key(cache, SLICE("c 2"), &here);

	add("c 1", "ONE");
	ck_assert_ptr_null(
		ng_cache_add(cache, &k, SLICE("c"), (struct slice){body, sizeof body}).at);
	ck_assert(has("c 1", "c ONE"));
}
END_TEST

START_TEST(many_are_found_whatever_is_added_or_swapped)
{
	static const struct ng_cache_limits many = {.answers = 5000, .bytes = 1 << 20};
	enum { N = 3000 };
	char text[16], answer[24];

	ng_cache_close(cache);
	cache = ng_cache_open(&many);
	for (unsigned turn = 0; turn < 2; turn++) {
		for (unsigned i = turn * N; i < (turn + 1) * N; i++) {
			snprintf(text, sizeof text, "c %u", i);
			add(text, text);
		}
		for (unsigned i = 0; i < (turn + 1) * N; i++) {
			snprintf(text, sizeof text, "c %u", i);
			snprintf(answer, sizeof answer, "c %s", text);
			ck_assert_msg(has(text, answer), "%s", text);
		}
		ng_cache_swap(cache);
	}
	ck_assert(has("c 0", NULL));
	ck_assert(has("c 3000", "c c 3000"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_cache");
	TCase *t = tcase_create("ng_cache");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_answer_is_found_by_message_and_source);
	tcase_add_test(t, an_answer_outlives_one_swap_and_not_two);
	tcase_add_test(t, too_many_answers_push_the_oldest_out);
	tcase_add_test(t, too_many_bytes_do_too);
	tcase_add_test(t, what_is_forgotten_is_wiped_by_the_next_swap);
	tcase_add_test(t, more_than_a_generation_is_not_kept);
	tcase_add_test(t, many_are_found_whatever_is_added_or_swapped);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
