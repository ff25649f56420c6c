/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/g722.c against FFmpeg's G.722, bit by bit. */
#include <check.h>
#include <errno.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/vector.h"

enum { SAMPLES = 320, BYTES = 160 }; /* of 20 ms */

static int16_t said[VECTOR_SAMPLES], theirs[VECTOR_SAMPLES], ours[VECTOR_SAMPLES];
static uint8_t payload[VECTOR_SAMPLES], their_payload[VECTOR_SAMPLES];

START_TEST(what_it_sends_is_what_ffmpeg_sends)
{
	size_t n = vector_read("speech16.s16", said, sizeof said) / 2;
	size_t len = vector_read("g722.bin", their_payload, sizeof their_payload);

	ck_assert_uint_eq(vector_encode(&codec_g722, said, n, SAMPLES, payload), len);
	ck_assert_mem_eq(payload, their_payload, len);
}
END_TEST

START_TEST(what_ffmpeg_sends_is_heard_as_ffmpeg_hears_it)
{
	size_t len = vector_read("g722.bin", payload, sizeof payload);
	size_t size = vector_read("g722.s16", theirs, sizeof theirs);

	ck_assert_uint_eq(vector_decode(&codec_g722, payload, len, BYTES, ours), size / 2);
	ck_assert_mem_eq(ours, theirs, size);
}
END_TEST

START_TEST(its_packets_are_of_any_number_of_octets)
{
	vector_groups(&codec_g722, 2, 1);
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
	vector_reset(&codec_g722, SAMPLES);
}
END_TEST

START_TEST(loud_sound_is_limited)
{
	vector_loud(&codec_g722, 440, 22, 3000);
}
END_TEST

START_TEST(any_bytes_may_come)
{
	vector_noise(&codec_g722, BYTES, 1000);
}
END_TEST

START_TEST(it_samples_at_16_khz_and_its_clock_says_8000)
{
	struct codec_format f;

	ck_assert_int_eq(codec_static(9, &f), 0);
	ck_assert_uint_eq(f.codec, CODEC_G722);
	ck_assert_uint_eq(f.rate, 16000);
	ck_assert_uint_eq(codec_clock(&f), 8000);
	ck_assert_ptr_eq(codec_by_name("g722", 4, 8000), &codec_g722);
	ck_assert_ptr_null(codec_by_name("g722", 4, 16000));
	f.rate = 8000;
	ck_assert_ptr_null(codec_g722.decoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("g722");
	TCase *sound = tcase_create("sound"), *rest = tcase_create("rest");

	tcase_add_test(sound, what_it_sends_is_what_ffmpeg_sends);
	tcase_add_test(sound, what_ffmpeg_sends_is_heard_as_ffmpeg_hears_it);
	tcase_add_test(sound, loud_sound_is_limited);
	suite_add_tcase(suite, sound);
	tcase_add_test(rest, its_packets_are_of_any_number_of_octets);
	tcase_add_test(rest, a_reset_forgets_everything);
	tcase_add_test(rest, any_bytes_may_come);
	tcase_add_test(rest, it_samples_at_16_khz_and_its_clock_says_8000);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
