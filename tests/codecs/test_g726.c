/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/g726.c against FFmpeg's G.726, which rounds some steps in its own way, so that codes
 * differ here and there: each hears the other as well as itself.  At 40 kbit/s they do not
 * fit: FFmpeg forgets its zeroes by 1/256 at every rate, but the Recommendation wants 1/512 at
 * that one (block UPB); SpanDSP does, and has passed ITU-T's sequences. */
#include <check.h>
#include <errno.h>
#include <stdio.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/vector.h"

enum { SAMPLES = 160 }; /* of 20 ms */

static const struct row {
	const struct codec *codec;
	unsigned bits;
	double snr;    /* dB, of this speech, there and back */
	bool has_peer; /* FFmpeg */
} rows[] = {
	{&codec_g726_16, 2, 9, true},
	{&codec_g726_24, 3, 14, true},
	{&codec_g726_32, 4, 19, true},
	{&codec_g726_40, 5, 22, false},
	{&codec_aal2_g726_16, 2, 9, true},
	{&codec_aal2_g726_24, 3, 14, true},
	{&codec_aal2_g726_32, 4, 19, true},
	{&codec_aal2_g726_40, 5, 22, false},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static int16_t said[VECTOR_SAMPLES], heard[VECTOR_SAMPLES];
static uint8_t payload[VECTOR_SAMPLES], theirs[VECTOR_SAMPLES];

/* What this row's peer has made of what is said; its length. */
static size_t
read_theirs(const struct row *r)
{
	char name[32];

	snprintf(name, sizeof name, "%sg726-%u.bin",
		r->codec->id >= CODEC_AAL2_G726_16 ? "aal2-" : "", 8 * r->bits);
	return vector_read(name, theirs, sizeof theirs);
}

static double
snr(const struct row *r, const uint8_t *sent, size_t len)
{
	size_t n = vector_decode(r->codec, sent, len, SAMPLES / 8 * r->bits, heard);

	ck_assert_uint_eq(n * r->bits, len * 8);
	return vector_snr(said, heard, n);
}

START_TEST(speech_is_as_good_as_the_rate_allows)
{
	size_t n = vector_read("speech8.s16", said, sizeof said) / 2;

	for (const struct row *r = rows; r < rows + ROWS; r++) {
		size_t len = vector_encode(r->codec, said, n, SAMPLES, payload);

		ck_assert_double_gt(snr(r, payload, len), r->snr);
	}
}
END_TEST

START_TEST(what_ffmpeg_sends_is_heard_as_what_it_sends_itself)
{
	size_t n = vector_read("speech8.s16", said, sizeof said) / 2;

	for (const struct row *r = rows; r < rows + ROWS; r++) {
		size_t len = vector_encode(r->codec, said, n, SAMPLES, payload);

		if (!r->has_peer)
			continue;
		ck_assert_uint_eq(read_theirs(r), len);
		ck_assert_double_eq_tol(snr(r, payload, len), snr(r, theirs, len), 1);
	}
}
END_TEST

/* Both begin alike, and so tell in which order the bits are packed. */
START_TEST(the_first_octets_are_ffmpegs)
{
	size_t n = vector_read("speech8.s16", said, sizeof said) / 2;

	for (const struct row *r = rows; r < rows + ROWS; r++) {
		vector_encode(r->codec, said, n, SAMPLES, payload);
		if (r->has_peer && read_theirs(r) > 0)
			ck_assert_mem_eq(payload, theirs, 15);
	}
}
END_TEST

/* The eighth sample of a group of 5 bits, say, is the last 5 of 40 bits in one packing, and
 * the upper 5 of the fifth octet in the other. */
START_TEST(both_packings_hold_the_same_codes)
{
	size_t n = vector_read("speech8.s16", said, sizeof said) / 2;

	for (const struct row *r = rows; r < rows + ROWS / 2; r++) {
		unsigned bits = r->bits;
		size_t len = vector_encode(r->codec, said, n, SAMPLES, payload);

		ck_assert_uint_eq(
			vector_encode(r[ROWS / 2].codec, said, n, SAMPLES, theirs), len);
		for (size_t i = 0; i < n * bits; i++) {
			size_t sample = i / bits, bit = i % bits; /* 0: the least */
			size_t low = sample * bits + bit;
			size_t high = sample * bits + bits - 1 - bit;

			ck_assert_uint_eq(payload[low / 8] >> low % 8 & 1,
				theirs[high / 8] >> (7 - high % 8) & 1);
		}
	}
}
END_TEST

START_TEST(its_packets_are_of_whole_groups)
{
	for (const struct row *r = rows; r < rows + ROWS; r++)
		vector_groups(r->codec, 8, r->bits);
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
	for (const struct row *r = rows; r < rows + ROWS; r++)
		vector_reset(r->codec, SAMPLES);
}
END_TEST

START_TEST(loud_sound_is_limited)
{
	for (const struct row *r = rows; r < rows + ROWS; r++)
		vector_loud(r->codec, 440, 0, 20000);
}
END_TEST

START_TEST(any_bytes_may_come)
{
	for (const struct row *r = rows; r < rows + ROWS; r++)
		vector_noise(r->codec, SAMPLES / 8 * r->bits, 500);
}
END_TEST

START_TEST(it_has_no_static_payload_type)
{
	struct codec_format f;

	ck_assert_int_eq(codec_static(2, &f), -ENOENT);
	for (const struct row *r = rows; r < rows + ROWS; r++) {
		codec_default(r->codec, &f);
		ck_assert_uint_eq(codec_static_type(&f), CODEC_DYNAMIC);
		f.rate = 16000;
		ck_assert_ptr_null(r->codec->encoder_open(&f));
		ck_assert_int_eq(errno, EINVAL);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("g726");
	TCase *sound = tcase_create("sound"), *rest = tcase_create("rest");

	tcase_add_test(sound, speech_is_as_good_as_the_rate_allows);
	tcase_add_test(sound, what_ffmpeg_sends_is_heard_as_what_it_sends_itself);
	tcase_add_test(sound, the_first_octets_are_ffmpegs);
	tcase_add_test(sound, both_packings_hold_the_same_codes);
	tcase_add_test(sound, loud_sound_is_limited);
	suite_add_tcase(suite, sound);
	tcase_add_test(rest, its_packets_are_of_whole_groups);
	tcase_add_test(rest, a_reset_forgets_everything);
	tcase_add_test(rest, any_bytes_may_come);
	tcase_add_test(rest, it_has_no_static_payload_type);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
