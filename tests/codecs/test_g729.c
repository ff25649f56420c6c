/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/g729.c: RFC 3551 4.5.6, and what FFmpeg's own decoder hears. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/packets.h"
#include "tests/codecs/vector.h"

enum { RATE = 8000 };

static int16_t said[PACKETS_SAMPLES], heard[PACKETS_SAMPLES];

static struct codec_format
format(const char *fmtp)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, "G729", RATE, 1, fmtp), 0);
	return f;
}

static double
energy(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];
	return sum / (double)n;
}

START_TEST(it_is_heard_as_others_hear_it)
{
	struct codec_format f = format(NULL);
	size_t n = packets_hear(&codec_g729, &f, "g729", heard);

	ck_assert_uint_eq(vector_read("g729.s16", said, sizeof said), 2 * n);
	ck_assert_double_gt(packets_snr(said, heard, n, 0), 20);
}
END_TEST

START_TEST(speech_comes_back_at_8_kbit)
{
	struct codec_format f = format("annexb=no");

	packets_speech(said, RATE, 1);
	for (uint8_t ptime = 10; ptime <= 60; ptime += 10) {
		f.ptime_ms = ptime;
		ck_assert_uint_eq(packets_round(&codec_g729, &f, said, heard),
			PACKETS_SECONDS * 1000 / ptime * ptime);
		ck_assert_double_gt(
			packets_envelope(said, heard, RATE * PACKETS_SECONDS, RATE), 0.9);
	}
}
END_TEST

START_TEST(a_payload_is_frames_and_noise_behind)
{
	static const struct {
		size_t len;
		int samples;
	} sizes[] = {{0, 0}, {2, 80}, {10, 80}, {12, 160}, {20, 160}, {22, 240}, {112, 960},
		{120, 960}, {122, -EBADMSG}, {130, -EBADMSG}, {1, -EBADMSG}, {4, -EBADMSG},
		{11, -EBADMSG}, {14, -EBADMSG}};
	struct codec_format f = format(NULL);
	void *enc = codec_g729.encoder_open(&f), *dec = codec_g729.decoder_open(&f);
	uint8_t payload[130] = {0};

	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		ck_assert_int_eq(
			codec_g729.samples(&f, payload, sizes[i].len), sizes[i].samples);
		ck_assert_int_eq(codec_g729.decode(dec, payload, sizes[i].len, heard, 960),
			sizes[i].samples);
	}
	ck_assert_int_eq(codec_g729.decode(dec, payload, 20, heard, 159), -ENOSPC);
	ck_assert_int_eq(codec_g729.encode(enc, said, 160, payload, 19), -ENOSPC);
	ck_assert_int_eq(codec_g729.encode(enc, said, 81, payload, 20), -EINVAL);
	ck_assert_int_eq(codec_g729.encode(enc, said, 0, payload, 20), -EINVAL);
	codec_g729.encoder_close(enc);
	codec_g729.decoder_close(dec);
	f.rate = 16000;
	ck_assert_ptr_null(codec_g729.encoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

/* Packets of speech and of the pause behind it, by their size. */
START_TEST(annex_b_is_silent_in_a_pause)
{
	for (unsigned frames = 1; frames <= 3; frames++) {
		struct codec_format f = format("annexb=yes");
		void *enc = codec_g729.encoder_open(&f), *dec = codec_g729.decoder_open(&f);
		unsigned silent = 0, noise = 0, packet = frames * 80;
		size_t pause = RATE * PACKETS_SECONDS - RATE / 1000 * PACKETS_PAUSE_MS;

		packets_speech(said, RATE, 1);
		for (size_t at = 0; at + packet <= RATE * PACKETS_SECONDS; at += packet) {
			uint8_t payload[100];
			int len = codec_g729.encode(
				enc, said + at, packet, payload, sizeof payload);

			ck_assert_int_ge(codec_g729.samples(&f, payload, (size_t)len), 0);
			codec_g729.decode(dec, payload, (size_t)len, heard, 960);
			silent += at >= pause && len == 0;
			noise += len % 10 == 2;
		}
		ck_assert_uint_ge(silent, 60 / frames);
		ck_assert_uint_ge(noise, 1);
		codec_g729.encoder_close(enc);
		codec_g729.decoder_close(dec);
	}
}
END_TEST

/* What describes a pause is decoded as noise, which goes on as loud until something comes. */
START_TEST(a_pause_hisses_as_the_room_does)
{
	struct codec_format f = format("annexb=yes");
	void *enc = codec_g729.encoder_open(&f), *dec = codec_g729.decoder_open(&f);
	uint8_t payload[10];
	uint32_t random = 1;
	double room = 0;
	unsigned noise = 0;

	for (unsigned i = 0; i < 200; i++) {
		int len;

		for (unsigned k = 0; k < 80; k++) {
			random = random * 1664525 + 1013904223;
			said[k] = (int16_t)(random >> 16) / 128;
		}
		room += energy(said, 80) / 200;
		len = codec_g729.encode(enc, said, 80, payload, sizeof payload);
		noise += len == 2;
		if (len > 0)
			codec_g729.decode(dec, payload, (size_t)len, heard, 80);
		else
			codec_g729.conceal(dec, heard, 80);
	}
	ck_assert_uint_ge(noise, 1);
	codec_g729.conceal(dec, heard, 800);
	ck_assert_double_gt(energy(heard, 800), room / 10);
	ck_assert_double_lt(energy(heard, 800), room * 10);
	codec_g729.encoder_close(enc);
	codec_g729.decoder_close(dec);
}
END_TEST

START_TEST(a_loss_is_concealed_and_fades)
{
	struct codec_format f = format(NULL);
	void *enc = codec_g729.encoder_open(&f), *dec = codec_g729.decoder_open(&f);
	uint8_t payload[100];

	packets_speech(said, RATE, 1);
	for (unsigned i = 0; i < 10; i++) {
		int len = codec_g729.encode(enc, said + i * 160, 160, payload, sizeof payload);

		codec_g729.decode(dec, payload, (size_t)len, heard, 160);
	}
	ck_assert_int_eq(codec_g729.conceal(dec, heard + 160, 170), 160);
	ck_assert_double_gt(energy(heard + 160, 160), energy(heard, 160) / 20);
	for (unsigned i = 0; i < 50; i++)
		codec_g729.conceal(dec, heard + 160, 160);
	ck_assert_double_lt(energy(heard + 160, 160), energy(heard, 160) / 1000);
	codec_g729.encoder_close(enc);
	codec_g729.decoder_close(dec);
}
END_TEST

START_TEST(after_a_reset_all_is_as_when_opened)
{
	struct codec_format f = format(NULL);
	void *enc = codec_g729.encoder_open(&f), *dec = codec_g729.decoder_open(&f);
	uint8_t first[100], again[100];
	int16_t then[160];
	int len;

	packets_speech(said, RATE, 1);
	len = codec_g729.encode(enc, said + 800, 160, first, sizeof first);
	codec_g729.decode(dec, first, (size_t)len, then, 160);
	for (unsigned i = 0; i < 10; i++) {
		int n = codec_g729.encode(enc, said + i * 160, 160, again, sizeof again);

		codec_g729.decode(dec, again, (size_t)n, heard, 160);
	}
	codec_g729.encoder_reset(enc);
	codec_g729.decoder_reset(dec);
	ck_assert_int_eq(codec_g729.encode(enc, said + 800, 160, again, sizeof again), len);
	ck_assert_mem_eq(first, again, (size_t)len);
	codec_g729.decode(dec, again, (size_t)len, heard, 160);
	ck_assert_mem_eq(heard, then, sizeof then);
	codec_g729.encoder_close(enc);
	codec_g729.decoder_close(dec);
}
END_TEST

/* RFC 4856 2.1.9: yes, unless something else is said. */
START_TEST(annexb_is_yes_or_no)
{
	struct codec_format f = format(NULL);
	char text[CODEC_FMTP];

	ck_assert_uint_eq(f.flags, CODEC_DTX);
	ck_assert_int_eq(codec_static(18, &f), 0);
	ck_assert_uint_eq(f.flags, CODEC_DTX);
	codec_g729.fmtp_print(&f, text);
	ck_assert_str_eq(text, "");
	f = format("annexb=no");
	ck_assert_uint_eq(f.flags, 0);
	codec_g729.fmtp_print(&f, text);
	ck_assert_str_eq(text, "annexb=no");
	ck_assert_int_eq(codec_format_parse(&f, "G729", RATE, 1, "annexb=1"), -EINVAL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("g729");
	TCase *all = tcase_create("all");

	tcase_add_test(all, it_is_heard_as_others_hear_it);
	tcase_add_test(all, speech_comes_back_at_8_kbit);
	tcase_add_test(all, a_payload_is_frames_and_noise_behind);
	tcase_add_test(all, annex_b_is_silent_in_a_pause);
	tcase_add_test(all, a_pause_hisses_as_the_room_does);
	tcase_add_test(all, a_loss_is_concealed_and_fades);
	tcase_add_test(all, after_a_reset_all_is_as_when_opened);
	tcase_add_test(all, annexb_is_yes_or_no);
	tcase_set_timeout(all, 30);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
