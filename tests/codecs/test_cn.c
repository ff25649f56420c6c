/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "tests/bench/runner.h"

enum { SECOND = 8000 };

static void *enc, *dec;
static int16_t pcm[SECOND];

static void
set_up(void)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, "CN", 8000, 0, NULL), 0);
	ck_assert_uint_eq(f.payload_type, 13);
	enc = codec_cn.encoder_open(&f);
	dec = codec_cn.decoder_open(&f);
}

static void
tear_down(void)
{
	codec_cn.encoder_close(enc);
	codec_cn.decoder_close(dec);
}

static double
dbov(void)
{
	double power = 0;

	for (unsigned i = 0; i < SECOND; i++)
		power += (double)pcm[i] * pcm[i];
	return 10 * log10(power / SECOND / 32768 / 32768);
}

/* Of how much of the power is between one sample and the next: 1 is all low, -1 all high. */
static double
tilt(void)
{
	double power = 0, next = 0;

	for (unsigned i = 1; i < SECOND; i++) {
		power += (double)pcm[i] * pcm[i];
		next += (double)pcm[i] * pcm[i - 1];
	}
	return next / power;
}

static void
noise_of(const uint8_t *payload, size_t len)
{
	ck_assert_int_eq(codec_cn.decode(dec, payload, len, NULL, 0), 0);
	ck_assert_int_eq(codec_cn.conceal(dec, pcm, SECOND), SECOND);
}

/* RFC 3389 3.1: a square wave of all there is has 0 dBov, a sine 3 less. */
START_TEST(level_is_below_overload)
{
	static const struct {
		double amplitude;
		uint8_t level;
	} row[] = {{32767, 3}, {3276.7, 23}, {327.67, 43}, {32.767, 63}, {0, 127}, {0.4, 127}};
	uint8_t payload[2];

	for (unsigned k = 0; k < sizeof row / sizeof row[0]; k++) {
		for (unsigned i = 0; i < SECOND; i++)
			pcm[i] = (int16_t)lrint(row[k].amplitude * sin(i * 0.7));
		ck_assert_int_eq(codec_cn.encode(enc, pcm, 160, payload, sizeof payload), 1);
		ck_assert_uint_eq(payload[0], row[k].level);
	}
	for (unsigned i = 0; i < SECOND; i++)
		pcm[i] = i % 2 != 0 ? 32767 : -32768;
	ck_assert_int_eq(codec_cn.encode(enc, pcm, 160, payload, 1), 1);
	ck_assert_uint_eq(payload[0], 0);
	ck_assert_int_eq(codec_cn.encode(enc, pcm, 160, payload, 0), -ENOSPC);
}
END_TEST

START_TEST(noise_is_as_loud_as_was_said)
{
	for (uint8_t level = 20; level < 80; level += 7) {
		noise_of(&level, 1);
		ck_assert_double_eq_tol(dbov(), -level, 0.5);
	}
	noise_of((const uint8_t[]){127}, 1);
	ck_assert(isinf(dbov()));
	noise_of((const uint8_t[]){0x80 | 40}, 1); /* the bit that is always 0 */
	ck_assert_double_eq_tol(dbov(), -40, 0.5);
}
END_TEST

/* Reflection coefficients as in RFC 3389 3.2: 127 is none, 0 is nearly -1, 254 nearly 1; with
 * the first one alone the spectrum falls, or rises, by its size. */
START_TEST(noise_sounds_as_was_said_and_is_as_loud)
{
	noise_of((const uint8_t[]){40, 127, 127}, 3);
	ck_assert_double_eq_tol(tilt(), 0, 0.05);
	noise_of((const uint8_t[]){40, 27, 127}, 3);
	ck_assert_double_eq_tol(tilt(), 100 / 127., 0.05);
	ck_assert_double_eq_tol(dbov(), -40, 1);
	noise_of((const uint8_t[]){40, 227, 127}, 3);
	ck_assert_double_eq_tol(tilt(), -100 / 127., 0.05);
	ck_assert_double_eq_tol(dbov(), -40, 1);
	noise_of((const uint8_t[]){40, 27, 160, 100, 130, 90, 127, 128, 120, 140, 127}, 11);
	ck_assert_double_eq_tol(dbov(), -40, 1);
}
END_TEST

START_TEST(any_payload_gives_noise_that_stays_within_bounds)
{
	uint8_t payload[1400] = {0};

	for (unsigned i = 1; i < sizeof payload; i++)
		payload[i] = i % 2 != 0 ? 255 : 0;
	for (size_t len = 0; len < sizeof payload; len += len < 40 ? 1 : 97) {
		noise_of(payload, len);
		for (unsigned i = 0; i < 3; i++)
			ck_assert_int_eq(codec_cn.conceal(dec, pcm, SECOND), SECOND);
		codec_cn.decoder_reset(dec);
	}
	noise_of((const uint8_t[]){40, 255}, 2); /* would be more than 1, but for rounding */
	ck_assert(isfinite(dbov()));
}
END_TEST

START_TEST(whatever_came_before_the_next_payload_counts)
{
	uint8_t payload[33], plain[33] = {40};

	memset(plain + 1, 127, sizeof plain - 1);
	for (unsigned round = 0; round < 100; round++) {
		for (unsigned k = 0; k < 10; k++) {
			for (unsigned i = 1; i < sizeof payload; i++)
				payload[i] = (uint8_t[]){0, 254, (uint8_t)rand()}[rand() % 3];
			payload[0] = k % 2 != 0 ? 0 : 60;
			codec_cn.decode(dec, payload, 1 + (size_t)rand() % 33, NULL, 0);
			codec_cn.conceal(dec, pcm, 480);
		}
		noise_of(plain, sizeof plain);
		ck_assert_double_eq_tol(dbov(), -40, 0.5);
	}
}
END_TEST

START_TEST(the_loudest_noise_is_cut_off)
{
	unsigned highest = 0, lowest = 0;

	noise_of((const uint8_t[]){0}, 1);
	for (unsigned i = 0; i < SECOND; i++) {
		highest += pcm[i] == 32767;
		lowest += pcm[i] == -32768;
	}
	ck_assert_uint_gt(highest, SECOND / 10);
	ck_assert_uint_gt(lowest, SECOND / 10);
}
END_TEST

START_TEST(before_it_is_told_anything_it_is_silent)
{
	ck_assert_int_eq(codec_cn.decode(dec, (const uint8_t[]){0}, 0, NULL, 0), 0);
	ck_assert_int_eq(codec_cn.conceal(dec, pcm, SECOND), SECOND);
	ck_assert(isinf(dbov()));
	noise_of((const uint8_t[]){30}, 1);
	codec_cn.decoder_reset(dec);
	codec_cn.conceal(dec, pcm, SECOND);
	ck_assert(isinf(dbov()));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cn");
	TCase *all = tcase_create("cn");

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, level_is_below_overload);
	tcase_add_test(all, noise_is_as_loud_as_was_said);
	tcase_add_test(all, noise_sounds_as_was_said_and_is_as_loud);
	tcase_add_test(all, any_payload_gives_noise_that_stays_within_bounds);
	tcase_add_test(all, whatever_came_before_the_next_payload_counts);
	tcase_add_test(all, the_loudest_noise_is_cut_off);
	tcase_add_test(all, before_it_is_told_anything_it_is_silent);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
