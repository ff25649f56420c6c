/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/speex.c: RFC 5574, the frames of the Speex manual, and what FFmpeg's own decoder
 * hears. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/packets.h"
#include "tests/codecs/vector.h"

static int16_t said[PACKETS_SAMPLES], heard[PACKETS_SAMPLES];

static struct codec_format
format(uint32_t rate, const char *fmtp)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, "SPEEX", rate, 1, fmtp), 0);
	return f;
}

/* Bytes of the first packet of 20 ms in the midst of speech. */
static int
size_of(uint32_t rate, const char *fmtp)
{
	struct codec_format f = format(rate, fmtp);
	void *enc = codec_speex.encoder_open(&f);
	uint8_t payload[CODEC_PAYLOAD_MAX];
	int n = 0;

	packets_speech(said, rate, 1);
	for (unsigned i = 0; i < 10; i++)
		n = codec_speex.encode(
			enc, said + i * rate / 50, rate / 50, payload, sizeof payload);
	codec_speex.encoder_close(enc);
	return n;
}

START_TEST(what_others_encode_is_heard_as_others_hear_it)
{
	struct codec_format f = format(8000, NULL);
	size_t n = packets_hear(&codec_speex, &f, "speex8", heard);

	ck_assert_uint_eq(vector_read("speex8.s16", said, sizeof said), 2 * n);
	ck_assert_double_gt(packets_snr(said, heard, n, 0), 60);
	f = format(16000, NULL);
	n = packets_hear(&codec_speex, &f, "speex16", heard);
	ck_assert_uint_eq(vector_read("speex16.s16", said, sizeof said), 2 * n);
	ck_assert_double_gt(packets_snr(said, heard, n, 0), 12);
}
END_TEST

START_TEST(speech_comes_back_at_every_rate_and_packet_time)
{
	uint32_t rate = 8000u << _i;

	packets_speech(said, rate, 1);
	for (uint8_t ptime = 20; ptime <= 60; ptime += 20) {
		struct codec_format f = format(rate, NULL);

		f.ptime_ms = ptime;
		packets_round(&codec_speex, &f, said, heard);
		ck_assert_double_gt(
			packets_envelope(said, heard, rate * PACKETS_SECONDS, rate), 0.95);
	}
}
END_TEST

/* Bits of a frame of 20 ms: the Speex manual, table 9.2; RFC 5574 tables 1 and 2. */
START_TEST(a_mode_is_so_many_bits)
{
	static const struct {
		uint32_t rate;
		const char *fmtp;
		int bits;
	} modes[] = {
		{8000, NULL, 160},
		{8000, "mode=\"3,any\"", 160},
		{8000, "mode=\"any\"", 160},
		{8000, "mode=1", 43},
		{8000, "mode=\"2,3,any\"", 119},
		{8000, "mode=4", 220},
		{8000, "mode=5", 300},
		{8000, "mode=6", 364},
		{8000, "mode=7", 492},
		{8000, "mode=8", 79},
		{16000, NULL, 300 + 256}, /* 27.8 kbit/s */
		{16000, "mode=\"10,any\"", 492 + 352},
		{32000, "mode=\"10,any\"", 492 + 352 + 36},
	};

	for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
		ck_assert_int_eq(
			size_of(modes[i].rate, modes[i].fmtp), (modes[i].bits + 7) / 8);
}
END_TEST

START_TEST(no_more_bits_are_sent_than_may_be)
{
	struct codec_format f = format(16000, "mode=\"10,any\"");
	size_t bytes;

	f.bitrate = 13000;
	packets_speech(said, 16000, 1);
	bytes = packets_round(&codec_speex, &f, said, heard);
	ck_assert_uint_le(bytes * 8 / PACKETS_SECONDS, 13000);
	ck_assert_uint_ge(bytes * 8 / PACKETS_SECONDS, 9000);
}
END_TEST

START_TEST(frames_of_a_payload_are_counted)
{
	struct codec_format narrow = format(8000, NULL), wide = format(16000, NULL);
	uint8_t payload[100] = {0x79}; /* a bit says that there is no layer, 15: the end */

	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 0), 0);
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 1), 0);
	payload[0] = 0x03; /* mode 0, five bits, and the padding of the rest */
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 1), 160);
	ck_assert_int_eq(codec_speex.samples(&wide, payload, 1), 320);
	memset(payload, 0, sizeof payload);
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 3), 4 * 160);
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 5), -EBADMSG); /* 8 frames */
	payload[0] = 0x18; /* mode 3 takes 160 bits */
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 19), -EBADMSG);
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 20), 160);
	payload[0] = 0x48; /* there is no mode 9 */
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 20), -EBADMSG);
	payload[0] = 0x80; /* a layer without a frame */
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 20), -EBADMSG);
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 2000), -EBADMSG);
	/* Mode 0, an empty layer of the wide band, padding: libspeex cannot skip it. */
	payload[0] = 0x04;
	payload[1] = 0x3f;
	ck_assert_int_eq(codec_speex.samples(&narrow, payload, 2), -EBADMSG);
	ck_assert_int_eq(codec_speex.samples(&wide, payload, 2), 320);
}
END_TEST

/* RFC 5574 3.3: in-band signals are not for RTP, but are not sound either. */
START_TEST(messages_between_frames_are_not_sound)
{
	struct codec_format f = format(8000, NULL);
	void *dec = codec_speex.decoder_open(&f);
	/* 14, number 2 of four bits; mode 0; padding: 0 1110 0010 0000 0 0000 011111 */
	uint8_t payload[] = {0x71, 0x00, 0x1f};

	ck_assert_int_eq(codec_speex.samples(&f, payload, sizeof payload), 160);
	ck_assert_int_eq(codec_speex.decode(dec, payload, sizeof payload, heard, 160), 160);
	ck_assert_int_eq(
		codec_speex.decode(dec, payload, sizeof payload, heard, 159), -ENOSPC);
	ck_assert_int_eq(codec_speex.samples(&f, payload, 1), -EBADMSG);
	codec_speex.decoder_close(dec);
}
END_TEST

START_TEST(a_wide_band_payload_is_heard_at_any_rate)
{
	for (unsigned rate = 8000; rate <= 32000; rate *= 2) {
		struct codec_format f = format(rate, NULL);

		ck_assert_uint_eq(
			packets_hear(&codec_speex, &f, "speex16", heard), 36 * rate / 50);
	}
}
END_TEST

static void
pause(const char *fmtp, int *sent, int *least)
{
	struct codec_format f = format(8000, fmtp);
	void *enc = codec_speex.encoder_open(&f);
	size_t n = 50 * PACKETS_SECONDS, speech = n - PACKETS_PAUSE_MS / 20;
	uint8_t payload[CODEC_PAYLOAD_MAX];

	*sent = 0;
	*least = 1000;
	packets_speech(said, 8000, 1);
	for (size_t i = 0; i < n; i++) {
		int len =
			codec_speex.encode(enc, said + i * 160, 160, payload, sizeof payload);

		if (i >= speech && len > 0 && len < *least)
			*least = len;
		*sent += i >= speech && len > 0;
	}
	codec_speex.encoder_close(enc);
}

START_TEST(a_pause_is_as_the_receiver_wants_it)
{
	int sent, least;

	pause("", &sent, &least);
	ck_assert_int_eq(sent, 50);
	ck_assert_int_eq(least, 20);
	pause("vbr=vad", &sent, &least); /* nothing */
	ck_assert_int_lt(sent, 25);
	pause("vbr=vad;cng=on", &sent, &least); /* its noise */
	ck_assert_int_eq(sent, 50);
	ck_assert_int_le(least, 6);
	pause("vbr=on", &sent, &least);
	ck_assert_int_eq(sent, 50);
	ck_assert_int_lt(least, 20);
}
END_TEST

START_TEST(a_loss_is_concealed_in_whole_frames)
{
	struct codec_format f = format(16000, NULL);
	void *dec = codec_speex.decoder_open(&f);

	packets_hear(&codec_speex, &f, "speex16", heard);
	ck_assert_int_eq(codec_speex.conceal(dec, heard, 320), 320);
	ck_assert_int_eq(codec_speex.conceal(dec, heard, 700), 640);
	ck_assert_int_eq(codec_speex.conceal(dec, heard, 319), 0);
	codec_speex.decoder_close(dec);
}
END_TEST

START_TEST(after_a_reset_all_is_as_when_opened)
{
	struct codec_format f = format(16000, NULL);
	void *enc = codec_speex.encoder_open(&f), *dec = codec_speex.decoder_open(&f);
	uint8_t first[CODEC_PAYLOAD_MAX], again[CODEC_PAYLOAD_MAX];
	int16_t then[960];
	int len;

	packets_speech(said, 16000, 1);
	len = codec_speex.encode(enc, said, 960, first, sizeof first);
	codec_speex.decode(dec, first, (size_t)len, then, 960);
	for (unsigned i = 0; i < 10; i++) {
		int n = codec_speex.encode(enc, said + i * 960, 960, again, sizeof again);

		codec_speex.decode(dec, again, (size_t)n, heard, 960);
	}
	codec_speex.encoder_reset(enc);
	codec_speex.decoder_reset(dec);
	ck_assert_int_eq(codec_speex.encode(enc, said, 960, again, sizeof again), len);
	ck_assert_mem_eq(first, again, (size_t)len);
	codec_speex.decode(dec, again, (size_t)len, heard, 960);
	ck_assert_mem_eq(heard, then, sizeof then);
	codec_speex.encoder_close(enc);
	codec_speex.decoder_close(dec);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	static const char *const bad[] = {"vbr=1", "vbr", "cng=yes", "mode=0", "mode=9",
		"mode=", "mode=\"x,any\"", "mode"};
	struct codec_format f = format(8000, NULL);
	uint8_t payload[CODEC_PAYLOAD_MAX];
	void *enc = codec_speex.encoder_open(&f);

	ck_assert_int_eq(codec_speex.encode(enc, said, 80, payload, sizeof payload), -EINVAL);
	ck_assert_int_eq(codec_speex.encode(enc, said, 0, payload, sizeof payload), -EINVAL);
	ck_assert_int_eq(codec_speex.encode(enc, said, 160, payload, 19), -ENOSPC);
	codec_speex.encoder_close(enc);
	f.modes = 1u << 31;
	ck_assert_ptr_null(codec_speex.encoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
	f.rate = 48000;
	ck_assert_ptr_null(codec_speex.decoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(codec_format_parse(&f, "speex", 8000, 1, bad[i]), -EINVAL);
	ck_assert_int_eq(codec_format_parse(&f, "speex", 16000, 1, "mode=\"0,any\""), 0);
	ck_assert_int_eq(codec_format_parse(&f, "speex", 48000, 1, NULL), -ENOENT);
}
END_TEST

START_TEST(what_is_printed_means_the_same)
{
	static const char *const all[] = {
		"", "mode=\"7,any\"", "vbr=on", "vbr=vad", "mode=\"1,any\"; vbr=vad; cng=on"};
	char text[CODEC_FMTP];

	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
		struct codec_format f = format(8000, all[i]);

		codec_speex.fmtp_print(&f, text);
		ck_assert_str_eq(text, all[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("speex");
	TCase *sound = tcase_create("sound"), *packets = tcase_create("packets");
	TCase *rest = tcase_create("rest");

	tcase_add_test(sound, what_others_encode_is_heard_as_others_hear_it);
	tcase_add_loop_test(sound, speech_comes_back_at_every_rate_and_packet_time, 0, 3);
	tcase_add_test(sound, a_wide_band_payload_is_heard_at_any_rate);
	tcase_add_test(sound, a_loss_is_concealed_in_whole_frames);
	tcase_set_timeout(sound, 30);
	suite_add_tcase(suite, sound);
	tcase_add_test(packets, a_mode_is_so_many_bits);
	tcase_add_test(packets, no_more_bits_are_sent_than_may_be);
	tcase_add_test(packets, frames_of_a_payload_are_counted);
	tcase_add_test(packets, messages_between_frames_are_not_sound);
	tcase_add_test(packets, a_pause_is_as_the_receiver_wants_it);
	tcase_set_timeout(packets, 30);
	suite_add_tcase(suite, packets);
	tcase_add_test(rest, after_a_reset_all_is_as_when_opened);
	tcase_add_test(rest, what_cannot_be_is_refused);
	tcase_add_test(rest, what_is_printed_means_the_same);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
