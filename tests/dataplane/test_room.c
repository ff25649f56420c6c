/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about dataplane/room.h. */
#include "dataplane/room.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static uint8_t bytes[ROOM_PAYLOAD + 1];

static uint16_t
take(unsigned len)
{
	struct transcode_in in = {.index = len, .len = (uint16_t)len, .payload = bytes};

	return room_take(&in, 5);
}

START_TEST(what_waits_is_a_copy)
{
	uint16_t n;

	bytes[0] = 7;
	n = take(160);
	bytes[0] = 8;
	ck_assert_uint_eq(room_at(n)->in.payload[0], 7);
	ck_assert_int_eq(room_at(n)->in.index, 160);
	ck_assert_uint_eq(room_at(n)->came_us, 5);
	room_give(n);
}
END_TEST

START_TEST(it_is_full_at_last_and_not_any_more)
{
	uint16_t n[ROOM_PACKETS];

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < ROOM_PACKETS; i++)
			ck_assert_uint_ne(n[i] = take(160), 0);
		ck_assert_uint_eq(take(1), 0);
		room_give(n[17]);
		ck_assert_uint_eq(take(1), n[17]);
		for (unsigned i = 0; i < ROOM_PACKETS; i++)
			room_give(n[i]);
	}
}
END_TEST

START_TEST(what_is_too_long_has_no_place)
{
	uint16_t n = take(ROOM_PAYLOAD);

	ck_assert_uint_ne(n, 0);
	room_give(n);
	ck_assert_uint_eq(take(ROOM_PAYLOAD + 1), 0);
}
END_TEST

enum { THREADS = 4, HELD = 40, ROUNDS = 2000000 };

/* Takes and gives at random, for long.  How often what was held has become another's. */
static void *
come_and_go(void *arg)
{
	uint8_t own[2] = {*(uint8_t *)arg};
	struct transcode_in in = {.len = sizeof own, .payload = own};
	uint16_t n[HELD] = {0};
	unsigned seed = own[0];
	uintptr_t wrong = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned k = (unsigned)rand_r(&seed) % HELD;

		own[1] = (uint8_t)k;
		if (n[k] == 0) {
			n[k] = room_take(&in, 0);
			continue;
		}
		wrong += memcmp(room_at(n[k])->in.payload, own, sizeof own) != 0;
		room_give(n[k]);
		n[k] = 0;
	}
	for (unsigned k = 0; k < HELD; k++)
		if (n[k] != 0)
			room_give(n[k]);
	return (void *)wrong;
}

/* Cores take and give at the same time, and nobody's packets are another's. */
START_TEST(packets_stay_apart)
{
	uint8_t name[THREADS] = {1, 2, 3, 4};
	pthread_t thread[THREADS];
	unsigned n = 0;
	void *wrong;

	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, come_and_go, &name[i]), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &wrong);
		ck_assert_ptr_null(wrong);
	}
	while (take(1) != 0) /* all of it is free again */
		n++;
	ck_assert_uint_eq(n, ROOM_PACKETS);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("room");
	TCase *c = tcase_create("room");

	tcase_add_test(c, what_waits_is_a_copy);
	tcase_add_test(c, it_is_full_at_last_and_not_any_more);
	tcase_add_test(c, what_is_too_long_has_no_place);
	tcase_add_test(c, packets_stay_apart);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
