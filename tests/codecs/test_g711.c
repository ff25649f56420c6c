/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>

#include <spandsp/g711.h>
#include <stdlib.h>

#include "codecs/codec.h"
#include "codecs/law.h"
#include "codecs/rows.h"
#include "tests/bench/runner.h"

/* ITU-T G.711 tables 2a and 1a, positive values: from a segment's first decision value on, so
 * many intervals of this size, in units of 2^SHIFT of 16 bits. */
struct segment {
	int from, intervals, size;
};
struct law {
	const struct codec *codec;
	const int16_t *linear;
	int shift, overload;
	uint8_t positive[2]; /* bytes of the smallest and of the greatest value */
	uint8_t inverted;    /* bits that a byte has otherwise than its number */
	struct segment segment[9];
};

static const struct law u_law = {&codec_pcmu, law_linear_of_u, 2, 8159, {0xff, 0x80}, 0xff,
	{{0, 1, 1}, {1, 15, 2}, {31, 16, 4}, {95, 16, 8}, {223, 16, 16}, {479, 16, 32},
		{991, 16, 64}, {2015, 16, 128}, {4063, 16, 256}}};
static const struct law a_law = {&codec_pcma, law_linear_of_a, 3, 4096, {0xd5, 0xaa}, 0xd5,
	{{0, 32, 2}, {64, 16, 4}, {128, 16, 8}, {256, 16, 16}, {512, 16, 32}, {1024, 16, 64},
		{2048, 16, 128}}};

/* The decision values below and above value N of 0..127, and what is put out for it. */
static void
interval(const struct law *law, int n, int *low, int *high, int *value)
{
	const struct segment *s = law->segment;

	while (n >= s->intervals)
		n -= (s++)->intervals;
	*low = s->from + n * s->size;
	*high = *low + s->size;
	*value = *low == 0 && s->size == 1 ? 0 : (*low + *high) << law->shift >> 1;
}

static uint8_t
encode_one(const struct codec *c, int sample)
{
	int16_t pcm = (int16_t)sample;
	uint8_t byte;

	if (c->encode(NULL, &pcm, 1, &byte, 1) != 1)
		ck_abort_msg("%d was not encoded", sample);
	return byte;
}

static void
decodes_as_the_table_says(const struct law *law)
{
	for (int n = 0; n < 128; n++) {
		uint8_t byte = (uint8_t)((n | 0x80) ^ law->inverted ^ (law->inverted & 0x80));
		int low, high, value;
		int16_t pcm;

		interval(law, n, &low, &high, &value);
		ck_assert_int_eq(law->linear[byte], value);
		ck_assert_int_eq(law->linear[byte ^ 0x80], -value);
		ck_assert_int_eq(law->codec->decode(NULL, &byte, 1, &pcm, 1), 1);
		ck_assert_int_eq(pcm, value);
		ck_assert(n != 0 || byte == law->positive[0]);
		ck_assert(n != 127 || byte == law->positive[1]);
	}
	ck_assert_int_eq(law->segment[0].from, 0);
}

/* A value on the edge may go either way. */
static void
encodes_as_the_table_says(const struct law *law)
{
	for (int sample = -32768; sample <= 32767; sample++) {
		uint8_t byte = encode_one(law->codec, sample);
		int n = (byte ^ law->inverted) & 0x7f, low, high, value;

		interval(law, n, &low, &high, &value);
		if (abs(sample) < low << law->shift ||
			(abs(sample) > high << law->shift && n != 127) ||
			(sample != 0 && (byte >= 0x80) != (sample > 0)))
			ck_abort_msg("%d becomes %02x", sample, byte);
	}
	ck_assert_uint_eq(encode_one(law->codec, 0), law->positive[0]);
}

START_TEST(u_law_is_table_2)
{
	decodes_as_the_table_says(&u_law);
	encodes_as_the_table_says(&u_law);
}
END_TEST

START_TEST(a_law_is_table_1)
{
	decodes_as_the_table_says(&a_law);
	encodes_as_the_table_says(&a_law);
}
END_TEST

/* SpanDSP's tables have been in exchanges for twenty years. */
START_TEST(one_law_becomes_the_other_as_in_tables_3_and_4)
{
	for (unsigned i = 0; i < 256; i++) {
		ck_assert_uint_eq(law_a_of_u[i], ulaw_to_alaw((uint8_t)i));
		ck_assert_uint_eq(law_u_of_a[i], alaw_to_ulaw((uint8_t)i));
	}
}
END_TEST

/* Section 3.4: what has been A-law is the same again behind a u-law link, but for values that
 * u-law has no room for; so is u-law. */
START_TEST(there_and_back_changes_next_to_nothing)
{
	unsigned a_changed = 0, u_changed = 0;

	for (unsigned i = 0; i < 256; i++) {
		a_changed += law_a_of_u[law_u_of_a[i]] != i;
		u_changed += law_u_of_a[law_a_of_u[i]] != i;
		ck_assert_int_le(abs(law_linear_of_a[law_a_of_u[i]] - law_linear_of_u[i]),
			(abs(law_linear_of_u[i]) >> 4) + 16);
		ck_assert_int_le(abs(law_linear_of_u[law_u_of_a[i]] - law_linear_of_a[i]),
			(abs(law_linear_of_a[i]) >> 4) + 16);
	}
	ck_assert_uint_le(a_changed, 26);
	ck_assert_uint_le(u_changed, 26);
}
END_TEST

START_TEST(any_number_of_bytes_up_to_120_ms_is_sound)
{
	static uint8_t payload[961];
	static int16_t pcm[960];
	struct codec_format f;

	codec_default(&codec_pcmu, &f);
	ck_assert_int_eq(codec_pcmu.samples(&f, payload, 0), 0);
	ck_assert_int_eq(codec_pcmu.samples(&f, payload, 161), 161);
	ck_assert_int_eq(codec_pcmu.samples(&f, payload, 960), 960);
	ck_assert_int_eq(codec_pcmu.samples(&f, payload, 961), -EBADMSG);
	ck_assert_int_eq(codec_pcma.decode(NULL, payload, 0, pcm, 960), 0);
	ck_assert_int_eq(codec_pcma.decode(NULL, payload, 960, pcm, 960), 960);
	ck_assert_int_eq(codec_pcma.decode(NULL, payload, 961, pcm, 960), -EBADMSG);
	ck_assert_int_eq(codec_pcma.decode(NULL, payload, 160, pcm, 159), -ENOSPC);
	ck_assert_int_eq(codec_pcma.encode(NULL, pcm, 160, payload, 159), -ENOSPC);
}
END_TEST

START_TEST(it_opens_at_8000_hz_mono_only)
{
	struct codec_format f;
	void *enc;

	codec_default(&codec_pcma, &f);
	ck_assert_ptr_nonnull(enc = codec_pcma.encoder_open(&f));
	codec_pcma.encoder_reset(enc);
	codec_pcma.encoder_close(enc);
	f.rate = 16000;
	ck_assert_ptr_null(codec_pcma.decoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
	codec_pcma.decoder_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("g711");
	TCase *tables = tcase_create("tables"), *payloads = tcase_create("payloads");

	tcase_add_test(tables, u_law_is_table_2);
	tcase_add_test(tables, a_law_is_table_1);
	tcase_add_test(tables, one_law_becomes_the_other_as_in_tables_3_and_4);
	tcase_add_test(tables, there_and_back_changes_next_to_nothing);
	suite_add_tcase(suite, tables);
	tcase_add_test(payloads, any_number_of_bytes_up_to_120_ms_is_sound);
	tcase_add_test(payloads, it_opens_at_8000_hz_mono_only);
	suite_add_tcase(suite, payloads);
	return run_suite(suite);
}
