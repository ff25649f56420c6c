/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/gsm.c against libgsm, bit by bit. */
#include <check.h>
#include <errno.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/vector.h"

enum { SAMPLES = 160, BYTES = 33 };

static int16_t said[VECTOR_SAMPLES], theirs[VECTOR_SAMPLES], ours[VECTOR_SAMPLES];
static uint8_t payload[VECTOR_SAMPLES], their_payload[VECTOR_SAMPLES];

START_TEST(what_it_sends_is_what_libgsm_sends)
{
	size_t n = vector_read("speech8.s16", said, sizeof said) / 2;
	size_t len = vector_read("gsm.bin", their_payload, sizeof their_payload);

	ck_assert_uint_eq(vector_encode(&codec_gsm, said, n, SAMPLES, payload), len);
	ck_assert_mem_eq(payload, their_payload, len);
}
END_TEST

START_TEST(what_libgsm_sends_is_heard_as_libgsm_hears_it)
{
	size_t len = vector_read("gsm.bin", payload, sizeof payload);
	size_t size = vector_read("gsm.s16", theirs, sizeof theirs);

	ck_assert_uint_eq(vector_decode(&codec_gsm, payload, len, BYTES, ours), size / 2);
	ck_assert_mem_eq(ours, theirs, size);
}
END_TEST

START_TEST(its_packets_are_of_whole_frames)
{
	vector_groups(&codec_gsm, SAMPLES, BYTES);
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
	vector_reset(&codec_gsm, SAMPLES);
}
END_TEST

/* RFC 3551 4.5.8.1. */
START_TEST(a_frame_without_the_signature_is_refused)
{
	struct codec_format f;
	void *dec;

	codec_default(&codec_gsm, &f);
	vector_read("gsm.bin", payload, sizeof payload);
	payload[BYTES] ^= 0x10;
	dec = codec_gsm.decoder_open(&f);
	ck_assert_int_eq(codec_gsm.samples(&f, payload, BYTES), SAMPLES);
	ck_assert_int_eq(codec_gsm.samples(&f, payload, 2 * BYTES), -EBADMSG);
	ck_assert_int_eq(
		codec_gsm.decode(dec, payload, 2 * BYTES, ours, VECTOR_SAMPLES), -EBADMSG);
	codec_gsm.decoder_close(dec);
}
END_TEST

START_TEST(any_bytes_may_come)
{
	vector_noise(&codec_gsm, BYTES, 10000); /* one in sixteen has the signature */
}
END_TEST

START_TEST(it_has_payload_type_3)
{
	struct codec_format f;

	ck_assert_int_eq(codec_static(3, &f), 0);
	ck_assert_uint_eq(f.codec, CODEC_GSM);
	f.channels = 2;
	ck_assert_ptr_null(codec_gsm.encoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gsm");
	TCase *sound = tcase_create("sound"), *rest = tcase_create("rest");

	tcase_add_test(sound, what_it_sends_is_what_libgsm_sends);
	tcase_add_test(sound, what_libgsm_sends_is_heard_as_libgsm_hears_it);
	suite_add_tcase(suite, sound);
	tcase_add_test(rest, its_packets_are_of_whole_frames);
	tcase_add_test(rest, a_reset_forgets_everything);
	tcase_add_test(rest, a_frame_without_the_signature_is_refused);
	tcase_add_test(rest, any_bytes_may_come);
	tcase_add_test(rest, it_has_payload_type_3);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
