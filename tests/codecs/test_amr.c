/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/amr.c and codecs/amr_payload.c: RFC 4867, and what FFmpeg's own decoders hear. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/packets.h"
#include "tests/codecs/vector.h"

static const struct {
	const struct codec *codec;
	const char *name;
	uint32_t rate;
	unsigned modes;
	int bitrate[9]; /* of speech: RFC 4867 table 1 (in 3GPP TS 26.101 and 26.201) */
} bands[] = {
	{&codec_amr, "AMR", 8000, 8, {4750, 5150, 5900, 6700, 7400, 7950, 10200, 12200}},
	{&codec_amr_wb, "AMR-WB", 16000, 9,
		{6600, 8850, 12650, 14250, 15850, 18250, 19850, 23050, 23850}},
};

static int16_t said[PACKETS_SAMPLES], heard[PACKETS_SAMPLES];

static struct codec_format
format(int band, const char *fmtp)
{
	struct codec_format f;

	ck_assert_int_eq(
		codec_format_parse(&f, bands[band].name, bands[band].rate, 1, fmtp), 0);
	return f;
}

START_TEST(it_is_heard_as_others_hear_it)
{
	static const char *const name[] = {"amr", "amr-wb"};
	struct codec_format f = format(_i, "octet-align=1");
	size_t n = packets_hear(bands[_i].codec, &f, name[_i], heard);
	char file[32];

	snprintf(file, sizeof file, "%s.s16", name[_i]);
	ck_assert_uint_eq(vector_read(file, said, sizeof said), 2 * n);
	ck_assert_double_gt(packets_snr(said, heard, n, 0), 20);
}
END_TEST

START_TEST(speech_comes_back_in_every_mode)
{
	uint32_t rate = bands[_i].rate;

	packets_speech(said, rate, 1);
	for (unsigned mode = 0; mode < bands[_i].modes; mode++) {
		struct codec_format f = format(_i, NULL);
		size_t bits = (size_t)bands[_i].bitrate[mode] / 50, bytes;

		f.modes = 1u << mode;
		f.ptime_ms = (uint8_t)(20 + 20 * (mode % 3));
		bytes = packets_round(bands[_i].codec, &f, said, heard);
		bits = 4 + (6 + bits) * f.ptime_ms / 20;
		ck_assert_uint_eq(
			bytes, (bits + 7) / 8 * (PACKETS_SECONDS * 1000u / f.ptime_ms));
		ck_assert_double_gt(
			packets_envelope(said, heard, rate * PACKETS_SECONDS, rate), 0.9);
	}
}
END_TEST

/* The same frames, packed in either way, are the same sound. */
START_TEST(both_ways_of_packing_have_the_same_in_them)
{
	static int16_t other[PACKETS_SAMPLES];
	struct codec_format f = format(_i, "octet-align=1");
	size_t efficient, aligned;

	f.ptime_ms = 60;
	packets_speech(said, bands[_i].rate, 1);
	aligned = packets_round(bands[_i].codec, &f, said, heard);
	f.flags = 0;
	efficient = packets_round(bands[_i].codec, &f, said, other);
	ck_assert_uint_lt(efficient, aligned);
	ck_assert_mem_eq(heard, other, sizeof heard);
}
END_TEST

/* The examples of RFC 4867 4.3.5.1 and 4.4.5.1, and what differs from them. */
START_TEST(payloads_are_laid_out_as_in_the_rfc)
{
	struct codec_format f = format(0, "mode-set=4"),
			    o = format(0, "octet-align=1;mode-set=4");
	void *enc = codec_amr.encoder_open(&f), *aligned = codec_amr.encoder_open(&o);
	uint8_t payload[100] = {0};

	ck_assert_int_eq(codec_amr.encode(enc, said, 160, payload, 19), -ENOSPC);
	ck_assert_int_eq(codec_amr.encode(enc, said, 160, payload, 20), 20);
	ck_assert_uint_eq(payload[0], 0xf2);        /* no request, no other frame, mode 4 */
	ck_assert_uint_eq(payload[1] & 0xc0, 0x40); /* good */
	ck_assert_uint_eq(payload[19] & 3, 0);
	ck_assert_int_eq(codec_amr.samples(&f, payload, 20), 160);
	ck_assert_int_eq(codec_amr.samples(&f, payload, 19), -EBADMSG);
	ck_assert_int_eq(codec_amr.samples(&f, payload, 21), -EBADMSG);
	ck_assert_int_eq(codec_amr.samples(&f, payload, 0), -EBADMSG);
	ck_assert_int_eq(codec_amr.samples(&o, payload, 20), -EBADMSG);
	ck_assert_int_eq(codec_amr.encode(aligned, said, 160, payload, 100), 21);
	ck_assert_uint_eq(payload[0], 0xf0);
	ck_assert_uint_eq(payload[1], 0x24);
	ck_assert_int_eq(codec_amr.samples(&o, payload, 21), 160);
	for (unsigned type = 9; type < 15; type++) { /* for future use */
		payload[1] = (uint8_t)(type << 3 | 4);
		ck_assert_int_eq(codec_amr.samples(&o, payload, 2), -EBADMSG);
	}
	payload[1] = 15 << 3 | 4; /* no data */
	ck_assert_int_eq(codec_amr.samples(&o, payload, 2), 160);
	memset(payload + 1, 0xff, 7); /* another one, and another ... */
	ck_assert_int_eq(codec_amr.samples(&o, payload, 8), -EBADMSG);
	payload[6] = 15 << 3 | 4;
	ck_assert_int_eq(codec_amr.samples(&o, payload, 7), 960);
	/* Five frames of mode 0 take 4 + 5 * (6 + 95) bits. */
	memcpy(payload, (const uint8_t[]){0xf8, 0x61, 0x86, 0x10, 0x40}, 5);
	ck_assert_int_eq(codec_amr.samples(&f, payload, 64), 800);
	codec_amr.encoder_close(enc);
	codec_amr.encoder_close(aligned);
}
END_TEST

/* The mode of the next frame. */
static int
next_mode(const struct codec *c, void *enc, unsigned samples)
{
	uint8_t payload[100];

	ck_assert_int_gt(c->encode(enc, said, samples, payload, sizeof payload), 0);
	return payload[1] >> 3;
}

START_TEST(a_request_is_followed_step_by_step)
{
	struct codec_format f = format(0, "octet-align=1;mode-set=\"0,2,4,7\"");
	void *enc = codec_amr.encoder_open(&f);
	static const int wanted[] = {7, 4, 4, 2, 2, 2, 2};

	ck_assert_int_eq(codec_amr.request(&f, (const uint8_t[]){0x30, 0x7c}, 2), 3);
	ck_assert_int_eq(codec_amr.request(&f, (const uint8_t[]){0xf0, 0x7c}, 2), -1);
	ck_assert_int_eq(codec_amr.request(&f, (const uint8_t[]){0x90, 0x7c}, 2), -1);
	ck_assert_int_eq(codec_amr.request(&f, (const uint8_t[]){0x30}, 1), -1);
	codec_amr.encoder_mode(enc, 3);
	for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
		ck_assert_int_eq(next_mode(&codec_amr, enc, 160), wanted[i]);
	codec_amr.encoder_mode(enc, 15); /* none */
	for (unsigned i = 0; i < 6; i++)
		ck_assert_int_eq(next_mode(&codec_amr, enc, 160), 2);
	codec_amr.encoder_mode(enc, 7);
	for (unsigned i = 0; i < 6; i++)
		next_mode(&codec_amr, enc, 160);
	ck_assert_int_eq(next_mode(&codec_amr, enc, 160), 7);
	codec_amr.encoder_close(enc);
}
END_TEST

START_TEST(no_more_bits_are_sent_than_may_be)
{
	struct codec_format f = format(0, "octet-align=1");
	void *enc;

	f.bitrate = 8000;
	enc = codec_amr.encoder_open(&f);
	ck_assert_int_eq(next_mode(&codec_amr, enc, 160), 5);
	codec_amr.encoder_close(enc);
	f.bitrate = 1000;
	enc = codec_amr.encoder_open(&f);
	ck_assert_int_eq(next_mode(&codec_amr, enc, 160), 0);
	codec_amr.encoder_close(enc);
}
END_TEST

START_TEST(a_pause_is_noise_now_and_then)
{
	const struct codec *c = bands[_i].codec;
	struct codec_format f = format(_i, "octet-align=1");
	unsigned packet = bands[_i].rate / 50, silent = 0, noise = 0, n = 50 * PACKETS_SECONDS;
	void *enc, *dec = c->decoder_open(&f);

	f.flags |= CODEC_DTX;
	enc = c->encoder_open(&f);
	packets_speech(said, bands[_i].rate, 1);
	for (unsigned i = 0; i < n; i++) {
		uint8_t payload[100];
		int len = c->encode(enc, said + i * packet, packet, payload, sizeof payload);

		ck_assert_int_ge(len, 0);
		silent += len == 0;
		noise += len == 7; /* 35 or 40 bits, and the octets in front */
		if (len > 0)
			ck_assert_int_eq(c->decode(dec, payload, (size_t)len, heard, packet),
				(int)packet);
	}
	ck_assert_uint_ge(silent, 20);
	ck_assert_uint_ge(noise, 3);
	c->encoder_close(enc);
	c->decoder_close(dec);
}
END_TEST

static double
energy(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];
	return sum / (double)n;
}

START_TEST(a_loss_is_concealed_and_fades)
{
	struct codec_format f = format(0, "octet-align=1");
	void *enc = codec_amr.encoder_open(&f), *dec = codec_amr.decoder_open(&f);
	uint8_t payload[100];

	packets_speech(said, 8000, 1);
	for (unsigned i = 0; i < 10; i++) {
		int len = codec_amr.encode(enc, said + i * 160, 160, payload, sizeof payload);

		codec_amr.decode(dec, payload, (size_t)len, heard, 160);
	}
	ck_assert_int_eq(codec_amr.conceal(dec, heard + 160, 161), 160);
	ck_assert_double_gt(energy(heard + 160, 160), energy(heard, 160) / 20);
	for (unsigned i = 0; i < 50; i++)
		codec_amr.conceal(dec, heard + 160, 160);
	ck_assert_double_lt(energy(heard + 160, 160), energy(heard, 160) / 1000);
	codec_amr.encoder_close(enc);
	codec_amr.decoder_close(dec);
}
END_TEST

START_TEST(a_damaged_frame_is_a_lost_one)
{
	const struct codec *c = bands[_i].codec;
	struct codec_format f = format(_i, "octet-align=1");
	unsigned packet = bands[_i].rate / 50;
	void *enc = c->encoder_open(&f), *dec = c->decoder_open(&f),
	     *other = c->decoder_open(&f);
	static int16_t damaged[320];
	uint8_t payload[100];
	int len = 0;

	packets_speech(said, bands[_i].rate, 1);
	for (unsigned i = 0; i < 10; i++) {
		len = c->encode(enc, said + i * packet, packet, payload, sizeof payload);
		c->decode(dec, payload, (size_t)len, heard, packet);
		c->decode(other, payload, (size_t)len, heard, packet);
	}
	payload[1] &= 0xfb;
	memset(payload + 2, 0x5a, (size_t)len - 2);
	c->decode(dec, payload, (size_t)len, heard, packet);
	memset(payload + 2, 0xa5, (size_t)len - 2); /* other damage */
	c->decode(other, payload, (size_t)len, damaged, packet);
	ck_assert_mem_eq(damaged, heard, packet * sizeof *damaged);
	c->encoder_close(enc);
	c->decoder_close(dec);
	c->decoder_close(other);
}
END_TEST

START_TEST(after_a_reset_all_is_as_when_opened)
{
	const struct codec *c = bands[_i].codec;
	struct codec_format f = format(_i, NULL);
	unsigned packet = bands[_i].rate / 50;
	void *enc = c->encoder_open(&f), *dec = c->decoder_open(&f);
	uint8_t first[100], again[100];
	int16_t then[320];
	int len;

	packets_speech(said, bands[_i].rate, 1);
	len = c->encode(enc, said + 1600, packet, first, sizeof first);
	c->decode(dec, first, (size_t)len, then, packet);
	for (unsigned i = 0; i < 10; i++) {
		c->encode(enc, said + i * packet, packet, again, sizeof again);
		c->decode(dec, again, (size_t)len, heard, packet);
	}
	c->encoder_reset(enc);
	c->decoder_reset(dec);
	ck_assert_int_eq(c->encode(enc, said + 1600, packet, again, sizeof again), len);
	ck_assert_mem_eq(first, again, (size_t)len);
	c->decode(dec, again, (size_t)len, heard, packet);
	ck_assert_mem_eq(heard, then, packet * sizeof *then);
	c->encoder_close(enc);
	c->decoder_close(dec);
}
END_TEST

START_TEST(parameters_are_taken_and_printed)
{
	struct codec_format f =
		format(0, "mode-set=0,2,5,7; octet-align=1; mode-change-period=2");
	char text[CODEC_FMTP];

	ck_assert_uint_eq(f.modes, 0xa5);
	ck_assert_uint_eq(f.flags, CODEC_OCTET_ALIGNED);
	codec_amr.fmtp_print(&f, text);
	ck_assert_str_eq(text, "octet-align=1; mode-set=0,2,5,7");
	f = format(1, "mode-set=8");
	codec_amr_wb.fmtp_print(&f, text);
	ck_assert_str_eq(text, "mode-set=8");
	f = format(0, NULL);
	codec_amr.fmtp_print(&f, text);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	static const char *const bad[] = {"mode-set=8", "mode-set=", "mode-set", "mode-set=1,",
		"mode-set=1;mode-set=x", "octet-align=2", "crc=1", "robust-sorting=1",
		"interleaving=30", "interleaving"};
	struct codec_format f;

	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(codec_format_parse(&f, "AMR", 8000, 1, bad[i]), -EINVAL);
	f = format(0, "crc=0");
	f.modes = 1u << 8; /* is AMR-WB's */
	ck_assert_ptr_null(codec_amr.encoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
	f.rate = 16000;
	ck_assert_ptr_null(codec_amr.decoder_open(&f));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("amr");
	TCase *sound = tcase_create("sound"), *rest = tcase_create("rest");

	tcase_add_loop_test(sound, it_is_heard_as_others_hear_it, 0, 2);
	tcase_add_loop_test(sound, speech_comes_back_in_every_mode, 0, 2);
	tcase_add_loop_test(sound, both_ways_of_packing_have_the_same_in_them, 0, 2);
	tcase_add_loop_test(sound, a_pause_is_noise_now_and_then, 0, 2);
	tcase_add_test(sound, a_loss_is_concealed_and_fades);
	tcase_add_loop_test(sound, a_damaged_frame_is_a_lost_one, 0, 2);
	tcase_add_loop_test(sound, after_a_reset_all_is_as_when_opened, 0, 2);
	tcase_set_timeout(sound, 60);
	suite_add_tcase(suite, sound);
	tcase_add_test(rest, payloads_are_laid_out_as_in_the_rfc);
	tcase_add_test(rest, a_request_is_followed_step_by_step);
	tcase_add_test(rest, no_more_bits_are_sent_than_may_be);
	tcase_add_test(rest, parameters_are_taken_and_printed);
	tcase_add_test(rest, what_cannot_be_is_refused);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
