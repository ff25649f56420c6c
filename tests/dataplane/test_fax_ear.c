/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/fax_ear.c: as many samples come out as the sender's timestamps say, in
 * order, and those that are missing are said to be. */
#include <string.h>

#include <check.h>

#include "dataplane/fax_ear.h"

enum { PACKET = 160, US = 20000, WINDOW_US = 60000 };

static struct fax_ear *ear;
static struct transcode_counts counts;
static uint64_t now_us;
static size_t heard, missing; /* samples */
static int16_t last;          /* the last one that was heard */

static void
set_up(void)
{
	struct codec_format from[TRANSCODE_FORMATS] = {{0}};

	ck_assert_int_eq(codec_static(8, &from[0]), 0);
	ck_assert_int_eq(codec_static(0, &from[1]), 0);
	ear = fax_ear_open(from, WINDOW_US);
	ck_assert_ptr_nonnull(ear);
	memset(&counts, 0, sizeof counts);
	now_us = 1000000;
	heard = missing = 0;
}

static void
tear_down(void)
{
	fax_ear_close(ear);
}

static void
hear(void *arg, int16_t *pcm, size_t samples)
{
	if (pcm == NULL) {
		missing += samples;
		return;
	}
	heard += samples;
	last = pcm[samples - 1];
}

static void
put(int64_t index, uint32_t timestamp, uint8_t type, uint32_t ssrc, uint16_t len)
{
	uint8_t payload[1000];
	const struct transcode_in in = {.index = index,
		.ssrc = ssrc,
		.timestamp = timestamp,
		.payload_type = type,
		.len = len,
		.payload = payload};

	memset(payload, (int)(index & 0xff), sizeof payload);
	fax_ear_put(ear, &in, now_us, &counts, hear, NULL);
}

/* Packet N of a stream, at its time. */
static void
say(int64_t n)
{
	now_us = 1000000 + (uint64_t)n * US;
	if (fax_ear_due(ear) <= now_us)
		fax_ear_run(ear, now_us, &counts, hear, NULL);
	put(n, (uint32_t)(UINT32_MAX - 800 + (uint32_t)n * PACKET), 8, 1, PACKET);
}

START_TEST(what_comes_in_order_is_heard_at_once)
{
	for (int64_t n = 0; n < 100; n++) {
		say(n);
		ck_assert_uint_eq(heard, (size_t)(n + 1) * PACKET);
	}
	ck_assert_uint_eq(missing, 0);
	ck_assert_uint_eq(counts.frames, 100);
	ck_assert_uint_eq(counts.concealed + counts.jumps, 0);
}
END_TEST

START_TEST(what_is_lost_is_waited_for_and_then_missing)
{
	for (int64_t n = 0; n < 100; n++) {
		if (n == 50 || n == 51)
			continue;
		say(n);
		if (n == 52 || n == 53)
			ck_assert_uint_eq(heard, 50 * PACKET);
	}
	ck_assert_uint_eq(heard, 98 * PACKET);
	ck_assert_uint_eq(missing, 2 * PACKET);
	ck_assert_uint_eq(counts.concealed, 1);
	fax_ear_counts(ear, &counts);
	ck_assert_uint_eq(counts.lost, 2);
}
END_TEST

START_TEST(what_comes_late_but_in_time_is_missing_nowhere)
{
	for (int64_t n = 0; n < 50; n++)
		say(n);
	say(52);
	say(53);
	put(51, (uint32_t)(UINT32_MAX - 800 + 51 * PACKET), 8, 1, PACKET);
	put(50, (uint32_t)(UINT32_MAX - 800 + 50 * PACKET), 8, 1, PACKET);
	ck_assert_uint_eq(heard, 54 * PACKET);
	ck_assert_uint_eq(missing, 0);
	fax_ear_counts(ear, &counts);
	ck_assert_uint_eq(counts.reordered, 2);
}
END_TEST

/* A sender that is silent, or says what is no sound, has let time pass. */
START_TEST(a_pause_is_as_long_as_timestamps_say)
{
	put(0, 0, 8, 1, PACKET);
	put(1, PACKET, 101, 1, 4);
	put(2, PACKET, 13, 1, 1);
	put(3, 8000, 0, 1, PACKET);
	ck_assert_uint_eq(missing, 8000 - PACKET);
	ck_assert_uint_eq(counts.unknown, 2);
	put(4, 8000 + PACKET + 8000, 0, 1, PACKET);
	ck_assert_uint_eq(missing, 16000 - PACKET);
	ck_assert_uint_eq(counts.jumps, 0);
}
END_TEST

START_TEST(a_jump_is_a_beginning)
{
	put(0, 0, 8, 1, PACKET);
	put(1, 2 * PACKET + 8001, 8, 1, PACKET);
	put(2, 100, 8, 1, PACKET);
	ck_assert_uint_eq(counts.jumps, 2);
	put(3, 5000, 8, 2, PACKET); /* somebody else */
	ck_assert_uint_eq(counts.jumps, 3);
	ck_assert_uint_eq(missing, 0);
	ck_assert_uint_eq(heard, 4 * PACKET);
}
END_TEST

START_TEST(each_law_is_heard_as_what_it_is_and_too_much_not_at_all)
{
	const struct codec *a = codec_by_id(CODEC_PCMA), *u = codec_by_id(CODEC_PCMU);
	uint8_t byte;
	int16_t is;

	byte = 1;
	put(1, 0, 8, 1, PACKET);
	a->decode(NULL, &byte, 1, &is, 1);
	ck_assert_int_eq(last, is);
	byte = 2;
	put(2, PACKET, 0, 1, PACKET);
	u->decode(NULL, &byte, 1, &is, 1);
	ck_assert_int_eq(last, is);
	put(3, 2 * PACKET, 0, 1, 961); /* more than 120 ms */
	put(4, 2 * PACKET, 0, 1, 0);
	ck_assert_uint_eq(counts.malformed, 1);
	ck_assert_uint_eq(heard, 2 * PACKET);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("fax_ear");
	TCase *tc = tcase_create("sound");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_comes_in_order_is_heard_at_once);
	tcase_add_test(tc, what_is_lost_is_waited_for_and_then_missing);
	tcase_add_test(tc, what_comes_late_but_in_time_is_missing_nowhere);
	tcase_add_test(tc, a_pause_is_as_long_as_timestamps_say);
	tcase_add_test(tc, a_jump_is_a_beginning);
	tcase_add_test(tc, each_law_is_heard_as_what_it_is_and_too_much_not_at_all);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
