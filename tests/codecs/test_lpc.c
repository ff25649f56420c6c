/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/lpc.c against the LPC-10 of its inventors, as SoX has it: what is sent bit by bit,
 * and what is heard but for rounding. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/vector.h"

enum { SAMPLES = 180, BYTES = 7 };

static int16_t said[VECTOR_SAMPLES], theirs[VECTOR_SAMPLES], ours[VECTOR_SAMPLES];
static uint8_t payload[VECTOR_SAMPLES], their_payload[VECTOR_SAMPLES];

START_TEST(what_it_sends_is_what_the_reference_sends)
{
	size_t n = vector_read("speech8.s16", said, sizeof said) / 2;
	size_t len = vector_read("lpc.bin", their_payload, sizeof their_payload);

	ck_assert_uint_eq(vector_encode(&codec_lpc, said, n, 2 * SAMPLES, payload), len);
	ck_assert_mem_eq(payload, their_payload, len);
}
END_TEST

START_TEST(what_the_reference_sends_is_heard_as_it_hears_it)
{
	size_t len = vector_read("lpc.bin", payload, sizeof payload);
	size_t n = vector_read("lpc.s16", theirs, sizeof theirs) / 2;

	ck_assert_uint_eq(vector_decode(&codec_lpc, payload, len, BYTES, ours), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_le(abs(ours[i] - theirs[i]), 1);
}
END_TEST

START_TEST(its_packets_are_of_whole_frames)
{
	vector_groups(&codec_lpc, SAMPLES, BYTES);
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
	vector_reset(&codec_lpc, 2 * SAMPLES);
}
END_TEST

/* Clipped speech, which SpanDSP makes louder than 16 bits can hold. */
START_TEST(loud_sound_is_limited)
{
	size_t n = vector_read("speech8.s16", said, sizeof said) / 2, len;

	for (size_t i = 0; i < n; i++)
		said[i] = (int16_t)fmin(fmax(4 * said[i], INT16_MIN), INT16_MAX);
	len = vector_encode(&codec_lpc, said, n, 2 * SAMPLES, payload);
	n = vector_decode(&codec_lpc, payload, len, 2 * BYTES, ours);
	for (size_t i = 1; i < n; i++)
		ck_assert_int_le(abs(ours[i] - ours[i - 1]), INT16_MAX + 1);
}
END_TEST

START_TEST(any_bytes_may_come)
{
	vector_noise(&codec_lpc, 2 * BYTES, 1000);
}
END_TEST

START_TEST(it_has_payload_type_7)
{
	struct codec_format f;

	ck_assert_int_eq(codec_static(7, &f), 0);
	ck_assert_uint_eq(f.codec, CODEC_LPC);
	f.rate = 16000;
	ck_assert_ptr_null(codec_lpc.encoder_open(&f));
	ck_assert_ptr_null(codec_lpc.decoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lpc");
	TCase *sound = tcase_create("sound"), *rest = tcase_create("rest");

	tcase_add_test(sound, what_it_sends_is_what_the_reference_sends);
	tcase_add_test(sound, what_the_reference_sends_is_heard_as_it_hears_it);
	tcase_add_test(sound, loud_sound_is_limited);
	suite_add_tcase(suite, sound);
	tcase_add_test(rest, its_packets_are_of_whole_frames);
	tcase_add_test(rest, a_reset_forgets_everything);
	tcase_add_test(rest, any_bytes_may_come);
	tcase_add_test(rest, it_has_payload_type_7);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
