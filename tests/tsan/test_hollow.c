/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that open and close codecs at once share the chunks of codecs/hollow.c, and pages at
 * their seams. */
#include "codecs/hollow.h"

#include <check.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/runner.h"

enum { THREADS = 3, ROUNDS = 500, KEPT = 20, SIZE = 4096 + 1000 };

static void *
come_and_go(void *number)
{
	uint8_t what = *(const uint8_t *)number, *kept[KEPT] = {NULL};

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t **place = &kept[i % KEPT], *made = calloc(1, SIZE);

		ck_assert(*place == NULL || ((*place)[0] == what && (*place)[1] == 0 &&
						    (*place)[SIZE - 1] == what));
		hollow_free(*place);
		made[0] = what;
		*place = hollow_keep(made, SIZE);
		(*place)[SIZE - 1] = what;
	}
	for (unsigned i = 0; i < KEPT; i++)
		hollow_free(kept[i]);
	return NULL;
}

START_TEST(threads_share_chunks)
{
	uint8_t what[THREADS] = {1, 2, 3};
	pthread_t thread[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, come_and_go, &what[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hollow");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 60);
	tcase_add_test(all, threads_share_chunks);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
