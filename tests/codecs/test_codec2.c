/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/codec2.c; sizes of frames are those of the phones that speak VoMP. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/packets.h"
#include "tests/codecs/vector.h"

enum { RATE = 8000 };

static const struct {
	const struct codec *codec;
	const char *name;
	unsigned samples, bytes; /* of a frame */
} modes[] = {
	{&codec_codec2_3200, "codec2-3200", 160, 8},
	{&codec_codec2_1200, "codec2-1200", 320, 6},
};

static int16_t said[PACKETS_SAMPLES], heard[PACKETS_SAMPLES];

static struct codec_format
format(int mode)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, modes[mode].name, RATE, 1, NULL), 0);
	ck_assert_uint_eq(f.codec, modes[mode].codec->id);
	return f;
}

START_TEST(speech_comes_back_in_so_many_bytes)
{
	struct codec_format f = format(_i);

	packets_speech(said, RATE, 1);
	for (unsigned ms = modes[_i].samples / 8; ms <= 60; ms += modes[_i].samples / 8) {
		unsigned packets = PACKETS_SECONDS * 1000 / ms;

		f.ptime_ms = (uint8_t)ms;
		ck_assert_uint_eq(packets_round(modes[_i].codec, &f, said, heard),
			packets * (ms * 8 / modes[_i].samples) * modes[_i].bytes);
		ck_assert_double_gt(
			packets_envelope(said, heard, RATE * PACKETS_SECONDS, RATE), 0.9);
	}
}
END_TEST

START_TEST(payloads_are_whole_frames)
{
	const struct codec *c = modes[_i].codec;
	struct codec_format f = format(_i);
	void *enc = c->encoder_open(&f), *dec = c->decoder_open(&f);
	unsigned samples = modes[_i].samples, bytes = modes[_i].bytes, most = 960 / samples;
	uint8_t payload[200] = {0};

	ck_assert_int_eq(c->samples(&f, payload, bytes * most), 960);
	ck_assert_int_eq(c->samples(&f, payload, bytes * (most + 1)), -EBADMSG);
	ck_assert_int_eq(c->samples(&f, payload, bytes + 1), -EBADMSG);
	ck_assert_int_eq(c->decode(dec, payload, bytes - 1, heard, 960), -EBADMSG);
	ck_assert_int_eq(c->decode(dec, payload, bytes, heard, samples - 1), -ENOSPC);
	ck_assert_int_eq(c->encode(enc, said, samples, payload, bytes - 1), -ENOSPC);
	ck_assert_int_eq(c->encode(enc, said, samples - 80, payload, bytes), -EINVAL);
	c->encoder_close(enc);
	c->decoder_close(dec);
	c->encoder_close(NULL);
	f.rate = 16000;
	ck_assert_ptr_null(c->encoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(after_a_reset_all_is_as_when_opened)
{
	const struct codec *c = modes[_i].codec;
	struct codec_format f = format(_i);
	void *enc = c->encoder_open(&f), *dec = c->decoder_open(&f);
	uint8_t first[100], again[100];
	int16_t then[320];
	int len;

	packets_speech(said, RATE, 1);
	len = c->encode(enc, said + 1600, 320, first, sizeof first);
	c->decode(dec, first, (size_t)len, then, 320);
	for (unsigned i = 0; i < 10; i++) {
		c->encode(enc, said + i * 320, 320, again, sizeof again);
		c->decode(dec, again, (size_t)len, heard, 320);
	}
	c->encoder_reset(enc);
	c->decoder_reset(dec);
	ck_assert_int_eq(c->encode(enc, said + 1600, 320, again, sizeof again), len);
	ck_assert_mem_eq(first, again, (size_t)len);
	c->decode(dec, again, (size_t)len, heard, 320);
	/* libcodec2 rolls dice for phases. */
	ck_assert_double_gt(packets_snr(then, heard, 320, 0), 20);
	c->encoder_close(enc);
	c->decoder_close(dec);
}
END_TEST

/* Others mean 2,400 or 3,200 bit/s by it. */
START_TEST(codec2_alone_says_nothing)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, "CODEC2", RATE, 1, NULL), -ENOENT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("codec2");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, speech_comes_back_in_so_many_bytes, 0, 2);
	tcase_add_loop_test(all, payloads_are_whole_frames, 0, 2);
	tcase_add_loop_test(all, after_a_reset_all_is_as_when_opened, 0, 2);
	tcase_add_test(all, codec2_alone_says_nothing);
	tcase_set_timeout(all, 30);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
