/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "tests/bench/runner.h"

static struct codec_format f;
static void *enc, *dec;

static void
set_up(void)
{
	ck_assert_int_eq(codec_format_parse(&f, "DVI4", 8000, 0, NULL), 0);
	enc = codec_dvi4.encoder_open(&f);
	dec = codec_dvi4.decoder_open(&f);
}

static void
tear_down(void)
{
	codec_dvi4.encoder_close(enc);
	codec_dvi4.decoder_close(dec);
}

/* The steps by hand: IMA "Recommended Practices for Enhancing Digital Audio Compatibility",
 * and RFC 3551 4.5.1 for the header and the order of nibbles.  From 1000 with index 10 (step
 * 19; the next indices by the code's last three bits: 7 is +8, 0 is -1). */
START_TEST(a_packet_starts_from_its_header)
{
	static const uint8_t packet[] = {1000 >> 8, 1000 & 255, 10, 0, 0x7f, 0x08};
	int16_t pcm[4];
	/* code 7, step 19: 2 + 19 + 9 + 4; code 15, step 41 (index 18): -(5 + 41 + 20 + 10);
	 * code 0, step 88 (26): 11; code 8, step 80 (25): -10 */
	static const int16_t expected[] = {1034, 1034 - 76, 958 + 11, 969 - 10};

	ck_assert_int_eq(codec_dvi4.decode(dec, packet, sizeof packet, pcm, 4), 4);
	ck_assert_mem_eq(pcm, expected, sizeof expected);
	/* Whatever came before. */
	ck_assert_int_eq(codec_dvi4.decode(dec, packet, sizeof packet, pcm, 4), 4);
	ck_assert_mem_eq(pcm, expected, sizeof expected);
}
END_TEST

START_TEST(the_first_packet_starts_from_nothing_and_the_next_where_it_ended)
{
	int16_t pcm[160], back[160];
	uint8_t first[84], second[84];

	for (int i = 0; i < 160; i++)
		pcm[i] = (int16_t)lrint(8000 * sin(i * 0.3));
	ck_assert_int_eq(codec_dvi4.encode(enc, pcm, 160, first, sizeof first), 84);
	ck_assert_mem_eq(first, "\0\0\0\0", 4);
	ck_assert_int_eq(codec_dvi4.decode(dec, first, sizeof first, back, 160), 160);
	ck_assert_int_eq(codec_dvi4.encode(enc, pcm, 160, second, sizeof second), 84);
	ck_assert_int_eq((int16_t)(second[0] << 8 | second[1]), back[159]);
	ck_assert_uint_gt(second[2], 0);
	ck_assert_uint_eq(second[3], 0);
	codec_dvi4.encoder_reset(enc);
	ck_assert_int_eq(codec_dvi4.encode(enc, pcm, 160, second, sizeof second), 84);
	ck_assert_mem_eq(first, second, sizeof first);
}
END_TEST

/* 441 samples are 20 ms at 22.05 kHz, and half a byte too many. */
START_TEST(an_odd_sample_opens_the_next_packet)
{
	int16_t pcm[5 * 441], all[5 * 441 + 2];
	uint8_t packet[300];
	int got = 0, sent = 0;
	double error = 0, power = 0;

	tear_down();
	ck_assert_int_eq(codec_format_parse(&f, "dvi4", 22050, 0, NULL), 0);
	enc = codec_dvi4.encoder_open(&f);
	dec = codec_dvi4.decoder_open(&f);
	for (int i = 0; i < 5 * 441; i++)
		pcm[i] = (int16_t)lrint(8000 * sin(i * 0.1));
	for (; sent < 5 * 441; sent += 441) {
		int len = codec_dvi4.encode(enc, pcm + sent, 441, packet, sizeof packet);

		ck_assert_int_ge(len, 4);
		ck_assert_int_eq(codec_dvi4.samples(&f, packet, (size_t)len), (len - 4) * 2);
		got += codec_dvi4.decode(
			dec, packet, (size_t)len, all + got, (size_t)(len - 4) * 2);
		ck_assert_int_le(abs(sent + 441 - got), 1);
	}
	ck_assert_int_eq(got, 5 * 441 - 1);
	for (int i = 0; i < got; i++) {
		error += pow(all[i] - pcm[i], 2);
		power += pow(pcm[i], 2);
		ck_assert_msg(i < 50 || abs(all[i] - pcm[i]) < 1000, "sample %d", i);
	}
	ck_assert_double_gt(10 * log10(power / error), 20);
}
END_TEST

START_TEST(odd_payloads_have_right_answers)
{
	static uint8_t payload[4 + 481] = {0x80, 0, 88};
	static int16_t pcm[960];
	static const struct {
		size_t len;
		uint8_t index;
		int samples;
	} row[] = {
		{0, 0, 0},
		{1, 0, -EBADMSG},
		{3, 0, -EBADMSG},
		{4, 0, 0},
		{5, 88, 2},
		{5, 89, -EBADMSG},
		{5, 255, -EBADMSG},
		{4 + 480, 88, 960},
		{4 + 481, 88, -EBADMSG},
	};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		payload[2] = row[i].index;
		ck_assert_int_eq(codec_dvi4.samples(&f, payload, row[i].len), row[i].samples);
		ck_assert_int_eq(
			codec_dvi4.decode(dec, payload, row[i].len, pcm, 960), row[i].samples);
	}
	payload[2] = 0;
	ck_assert_int_eq(codec_dvi4.decode(dec, payload, 84, pcm, 159), -ENOSPC);
	ck_assert_int_eq(codec_dvi4.encode(enc, pcm, 160, payload, 83), -ENOSPC);
	ck_assert_int_eq(codec_dvi4.encode(enc, pcm, 0, payload, 83), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dvi4");
	TCase *all = tcase_create("dvi4");

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, a_packet_starts_from_its_header);
	tcase_add_test(all, the_first_packet_starts_from_nothing_and_the_next_where_it_ended);
	tcase_add_test(all, an_odd_sample_opens_the_next_packet);
	tcase_add_test(all, odd_payloads_have_right_answers);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
