/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "tests/bench/runner.h"

static struct codec_format
format(uint32_t rate, unsigned channels, unsigned ptime_ms)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, "L16", rate, channels, NULL), 0);
	f.ptime_ms = (uint8_t)ptime_ms;
	return f;
}

/* RFC 3551 4.5.11: two's complement, most significant byte first; left before right. */
START_TEST(samples_are_in_network_byte_order)
{
	static const int16_t pcm[] = {0, 1, -1, 0x1234, 32767, -32768};
	static const uint8_t wire[] = {
		0x00, 0x00, 0x00, 0x01, 0xff, 0xff, 0x12, 0x34, 0x7f, 0xff, 0x80, 0x00};

	for (unsigned channels = 1; channels <= 2; channels++) {
		struct codec_format f = format(16000, channels, 10);
		void *enc = codec_l16.encoder_open(&f), *dec = codec_l16.decoder_open(&f);
		uint8_t out[sizeof wire];
		int16_t back[6];

		ck_assert_int_eq(codec_l16.encode(enc, pcm, 6 / channels, out, sizeof out),
			sizeof wire);
		ck_assert_mem_eq(out, wire, sizeof wire);
		ck_assert_int_eq(codec_l16.decode(dec, wire, sizeof wire, back, 6 / channels),
			6 / (int)channels);
		ck_assert_mem_eq(back, pcm, sizeof pcm);
		ck_assert_int_eq(codec_l16.encode(enc, pcm, 6 / channels, out, sizeof out - 1),
			-ENOSPC);
		ck_assert_int_eq(
			codec_l16.decode(dec, wire, sizeof wire, back, 6 / channels - 1),
			-ENOSPC);
		codec_l16.encoder_close(enc);
		codec_l16.decoder_close(dec);
	}
}
END_TEST

START_TEST(a_payload_has_whole_samples_of_every_channel_and_at_most_120_ms)
{
	static const uint8_t payload[48000 * 120 / 1000 * 4 + 4];
	static int16_t pcm[CODEC_SAMPLES_MAX * 2];
	static const struct {
		uint32_t rate;
		unsigned channels;
		size_t len;
		int samples;
	} row[] = {
		{8000, 1, 0, 0},
		{8000, 1, 1, -EBADMSG},
		{8000, 1, 2, 1},
		{8000, 1, 960 * 2, 960},
		{8000, 1, 960 * 2 + 2, -EBADMSG},
		{11025, 1, 1323 * 2, 1323},
		{11025, 1, 1324 * 2, -EBADMSG},
		{44100, 2, 2, -EBADMSG},
		{44100, 2, 441 * 4, 441},
		{48000, 2, 5760 * 4, 5760},
		{48000, 2, 5761 * 4, -EBADMSG},
	};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct codec_format f = format(row[i].rate, row[i].channels, 20);
		void *dec = codec_l16.decoder_open(&f);

		ck_assert_int_eq(codec_l16.samples(&f, payload, row[i].len), row[i].samples);
		ck_assert_int_eq(
			codec_l16.decode(dec, payload, row[i].len, pcm, CODEC_SAMPLES_MAX),
			row[i].samples);
		codec_l16.decoder_close(dec);
	}
}
END_TEST

START_TEST(what_would_not_fit_into_a_packet_is_halved)
{
	static const struct {
		unsigned rate, channels, ptime, samples;
	} row[] = {{44100, 1, 10, 441}, {44100, 1, 15, 661}, {44100, 2, 10, 220},
		{48000, 1, 14, 672}, {48000, 2, 10, 240}, {48000, 2, 60, 180}};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct codec_format f = format(row[i].rate, row[i].channels, row[i].ptime);

		ck_assert_uint_eq(codec_packet(&f), row[i].samples);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("l16");
	TCase *all = tcase_create("l16");

	tcase_add_test(all, samples_are_in_network_byte_order);
	tcase_add_test(all, a_payload_has_whole_samples_of_every_channel_and_at_most_120_ms);
	tcase_add_test(all, what_would_not_fit_into_a_packet_is_halved);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
