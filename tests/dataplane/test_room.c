/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about dataplane/room.h. */
#include "dataplane/room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint8_t bytes[3000];

static struct held *
take(struct room *r, unsigned len)
{
	struct transcode_in in = {.index = len, .len = (uint16_t)len, .payload = bytes};

	return room_take(r, &in, 5);
}

START_TEST(what_waits_is_a_copy)
{
	struct room *r = room_open(1024);
	struct held *h;

	bytes[0] = 7;
	h = take(r, 160);
	bytes[0] = 8;
	ck_assert_uint_eq(h->in.payload[0], 7);
	ck_assert_int_eq(h->in.index, 160);
	ck_assert_uint_eq(h->came_us, 5);
	room_give(h);
	room_close(r);
}
END_TEST

START_TEST(it_is_full_at_last_and_not_any_more)
{
	struct room *r = room_open(1024);
	struct held *h[8];
	unsigned n = 0;

	while ((h[n] = take(r, 160)) != NULL)
		ck_assert_uint_lt(++n, 7);
	ck_assert_uint_ge(n, 4);
	room_give(h[1]); /* behind one that is still there */
	ck_assert_ptr_null(take(r, 160));
	room_give(h[0]);
	ck_assert_ptr_nonnull(take(r, 160));
	ck_assert_ptr_null(take(r, 1000));
	room_close(r);
}
END_TEST

/* Sizes and orders at random, for long: nobody's bytes are another's. */
START_TEST(packets_stay_apart)
{
	struct room *r = room_open(3000);
	struct held *h[64] = {NULL};
	unsigned taken = 0;

	srand((unsigned)_i);
	for (unsigned i = 0; i < 10000; i++) {
		unsigned k = (unsigned)rand() % 64;

		if (h[k] != NULL) {
			for (unsigned b = 0; b < h[k]->in.len; b++)
				ck_assert_uint_eq(h[k]->in.payload[b], k);
			room_give(h[k]);
			h[k] = NULL;
			continue;
		}
		memset(bytes, (int)k, sizeof bytes);
		h[k] = take(r, (unsigned)rand() % (i % 2 == 0 ? 200 : 30));
		taken += h[k] != NULL;
	}
	ck_assert_uint_gt(taken, 500);
	for (unsigned k = 0; k < 64; k++)
		if (h[k] != NULL)
			room_give(h[k]);
	ck_assert_ptr_nonnull(take(r, 2500)); /* all of it is free again */
	room_close(r);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("room");
	TCase *c = tcase_create("room");

	tcase_add_test(c, what_waits_is_a_copy);
	tcase_add_test(c, it_is_full_at_last_and_not_any_more);
	tcase_add_loop_test(c, packets_stay_apart, 1, 3);
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
