/* SPDX-License-Identifier: Apache-2.0
 *
 * What is true of every row, whoever wrote it. */
#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "tests/bench/runner.h"
#include "tests/codecs/packets.h"

enum { PACKETS = 25 };

/* What is built in always; the rest takes a licence. */
static const uint8_t always[] = {CODEC_PCMU, CODEC_PCMA, CODEC_G722, CODEC_G726_16,
	CODEC_G726_24, CODEC_G726_32, CODEC_G726_40, CODEC_AAL2_G726_16, CODEC_AAL2_G726_24,
	CODEC_AAL2_G726_32, CODEC_AAL2_G726_40, CODEC_GSM, CODEC_L16, CODEC_DVI4, CODEC_LPC,
	CODEC_OPUS, CODEC_CODEC2_3200, CODEC_CODEC2_1200, CODEC_SPEEX, CODEC_CN, CODEC_EVENT};

/* Every row with every rate and number of channels that it has. */
static bool
next_format(struct codec_format *f, unsigned *row, unsigned *rate)
{
	const struct codec *c = codec_row(*row);

	if (c != NULL && f->codec == c->id && f->channels < c->channels) {
		f->channels++;
		f->ptime_ms = codec_ptime(f, c->ptime_ms);
		return true;
	}
	if (c != NULL && f->codec == c->id && c->rate[++*rate] == 0) {
		++*row;
		*rate = 0;
	}
	if ((c = codec_row(*row)) == NULL)
		return false;
	codec_default(c, f);
	f->rate = c->rate[*rate];
	f->ptime_ms = codec_ptime(f, c->ptime_ms);
	return true;
}

#define FOR_EACH_FORMAT(f)                                               \
	for (unsigned row_ = 0, rate_ = (memset(&(f), 0, sizeof(f)), 0); \
		next_format(&(f), &row_, &rate_);)

START_TEST(every_codec_is_there_in_order)
{
	unsigned last = CODEC_NONE, n;

	for (unsigned i = 0; i < sizeof always; i++)
		ck_assert_msg(codec_by_id(always[i]) != NULL, "codec %u", always[i]);
	for (n = 0; codec_row(n) != NULL; n++) {
		ck_assert_uint_gt(codec_row(n)->id, last);
		ck_assert_ptr_eq(codec_by_id(codec_row(n)->id), codec_row(n));
		last = codec_row(n)->id;
	}
	ck_assert_uint_ge(n, sizeof always);
	ck_assert_ptr_null(codec_row(n + 1));
	ck_assert_ptr_null(codec_by_id(CODEC_NONE));
	ck_assert_ptr_null(codec_by_id(CODECS));
	ck_assert_ptr_null(codec_by_id(UINT32_MAX));
}
END_TEST

START_TEST(a_row_says_what_can_be)
{
	const struct codec *c;

	for (unsigned n = 0; (c = codec_row(n)) != NULL; n++) {
		ck_assert_msg(c->name[0] != '\0' && strlen(c->help) < 80 &&
				      strchr(c->help, '\n') == NULL && c->cost < CODEC_COSTS &&
				      c->channels >= 1 && c->channels <= CODEC_CHANNELS &&
				      c->bitrate > 0 &&
				      (c->complexity <= 10 || c->complexity == 255),
			"%s", c->name);
		ck_assert_msg(c->rate[0] != 0 && c->rate[CODEC_RATES] == 0, "%s", c->name);
		for (unsigned i = 0; c->rate[i] != 0; i++)
			ck_assert_msg(c->rate[i] >= 8000 && c->rate[i] <= CODEC_RATE_MAX, "%s",
				c->name);
		ck_assert_msg((c->complexity == 255) == (c->encoder_complexity == NULL), "%s",
			c->name);
		ck_assert_msg(
			(c->fmtp_parse == NULL) == (c->fmtp_print == NULL), "%s", c->name);
		ck_assert_msg((c->kind == CODEC_EVENTS) == (c->encode == NULL), "%s", c->name);
	}
}
END_TEST

START_TEST(names_are_found_without_regard_to_case)
{
	const struct codec *c;

	for (unsigned n = 0; (c = codec_row(n)) != NULL; n++) {
		char name[64];
		size_t len = strlen(c->name);

		memcpy(name, c->name, len + 1);
		for (size_t i = 0; i < len; i++)
			name[i] = (char)(islower((unsigned char)name[i])
						 ? toupper((unsigned char)name[i])
						 : tolower((unsigned char)name[i]));
		ck_assert_ptr_eq(codec_by_name(name, len, 0), c);
		ck_assert_ptr_null(codec_by_name(name, len, 1));
		ck_assert_ptr_null(codec_by_name(name, len - 1, 0));
	}
	ck_assert_ptr_eq(codec_by_name("g722/8000", 4, 8000), codec_by_id(CODEC_G722));
	ck_assert_ptr_null(codec_by_name("G722", 4, 16000)); /* its clock: RFC 3551 4.5.2 */
	ck_assert_ptr_eq(codec_by_name("opus", 4, 48000), codec_by_id(CODEC_OPUS));
	ck_assert_ptr_null(codec_by_name("PCMU\0....", 9, 0));
	ck_assert_ptr_null(codec_by_name("", 0, 0));
}
END_TEST

/* A tone in, the same loudness out, in packets whose samples can be counted from outside. */
static void
speak(const struct codec *c, const struct codec_format *f)
{
	static int16_t pcm[CODEC_SAMPLES_MAX * 2], back[CODEC_SAMPLES_MAX * 2];
	void *enc = c->encoder_open(f), *dec = c->decoder_open(f);
	size_t samples = codec_packet(f), at = 0;
	uint8_t payload[CODEC_PAYLOAD_MAX];
	long long in = 0, out = 0;

	ck_assert_msg(enc != NULL && dec != NULL, "%s/%u/%u", c->name, f->rate, f->channels);
	for (unsigned k = 0; k < PACKETS; k++) {
		int n, held;

		for (size_t i = 0; i < samples; i++, at++)
			for (unsigned ch = 0; ch < f->channels; ch++)
				pcm[i * f->channels + ch] = (int16_t)lrint(
					8000 * sin(2 * M_PI * 440 * (double)at / f->rate));
		n = c->encode(enc, pcm, samples, payload, sizeof payload);
		ck_assert_msg(n > 0, "%s: %d", c->name, n);
		held = c->samples(f, payload, (size_t)n);
		ck_assert_msg(abs(held - (int)samples) <= 1, "%s: %d", c->name, held);
		n = c->decode(dec, payload, (size_t)n, back, CODEC_SAMPLES_MAX);
		ck_assert_int_eq(n, held);
		in += (long long)samples;
		out += n;
	}
	ck_assert_msg(llabs(in - out) <= 1, "%s", c->name);
	c->encoder_close(enc);
	c->decoder_close(dec);
}

START_TEST(every_row_encodes_and_decodes_at_every_rate)
{
	struct codec_format f;
	unsigned formats = 0;

	FOR_EACH_FORMAT(f)
	{
		const struct codec *c = codec_by_id(f.codec);

		formats++;
		if (c->kind == CODEC_SPEECH)
			speak(c, &f);
	}
	ck_assert_uint_ge(formats, 50);
}
END_TEST

START_TEST(every_packet_time_that_is_offered_can_be_encoded)
{
	static int16_t silence[CODEC_SAMPLES_MAX * 2];
	const struct codec *c;
	uint8_t payload[CODEC_PAYLOAD_MAX];

	for (unsigned n = 0; (c = codec_row(n)) != NULL; n++) {
		for (unsigned ms = CODEC_PTIME_MIN; ms <= CODEC_PTIME_MAX; ms++) {
			struct codec_format f;
			void *enc;

			codec_default(c, &f);
			if (c->kind != CODEC_SPEECH || codec_ptime(&f, ms) != ms)
				continue;
			f.ptime_ms = (uint8_t)ms;
			ck_assert_ptr_nonnull(enc = c->encoder_open(&f));
			ck_assert_msg(c->encode(enc, silence, (size_t)f.rate * ms / 1000,
					      payload, sizeof payload) >= 0,
				"%s, %u ms", c->name, ms);
			ck_assert_int_eq(c->encode(enc, silence, (size_t)f.rate * ms / 1000,
						 payload, 0),
				-ENOSPC);
			c->encoder_close(enc);
		}
	}
}
END_TEST

START_TEST(a_reset_object_is_as_new)
{
	static int16_t pcm[CODEC_SAMPLES_MAX * 2];
	struct codec_format f;

	for (unsigned i = 0; i < CODEC_SAMPLES_MAX; i++)
		pcm[i] = (int16_t)((i * 7919) % 8000);
	FOR_EACH_FORMAT(f)
	{
		const struct codec *c = codec_by_id(f.codec);
		size_t samples = codec_packet(&f);
		uint8_t first[CODEC_PAYLOAD_MAX], again[CODEC_PAYLOAD_MAX];
		void *enc;
		int n;

		if (c->kind != CODEC_SPEECH || (enc = c->encoder_open(&f)) == NULL)
			continue;
		n = c->encode(enc, pcm, samples, first, sizeof first);
		ck_assert_int_gt(n, 0);
		c->encode(enc, pcm + 1, samples, again, sizeof again);
		c->encoder_reset(enc);
		ck_assert_int_eq(c->encode(enc, pcm, samples, again, sizeof again), n);
		/* libspeex forgets the sound, but not all that it has measured of it. */
		ck_assert_msg(memcmp(first, again, (size_t)n) == 0 || c->id == CODEC_SPEEX,
			"%s/%u", c->name, f.rate);
		c->encoder_close(enc);
	}
}
END_TEST

/* It happens where packets pass. */
START_TEST(no_decoder_allocates_to_forget)
{
	static int16_t pcm[CODEC_SAMPLES_MAX * 2];
	struct codec_format f;

	FOR_EACH_FORMAT(f)
	{
		const struct codec *c = codec_by_id(f.codec);
		unsigned long before, after;
		void *dec;

		if (c->kind == CODEC_EVENTS)
			continue;
		ck_assert_ptr_nonnull(dec = c->decoder_open(&f));
		if (c->conceal != NULL)
			c->conceal(dec, pcm, (size_t)f.rate * f.ptime_ms / 1000);
		before = packets_allocations();
		for (unsigned i = 0; i < 100; i++)
			c->decoder_reset(dec);
		after = packets_allocations();
		ck_assert_msg(after == before, "%s/%u", c->name, f.rate);
		c->decoder_close(dec);
		codec_renew();
	}
}
END_TEST

START_TEST(nothing_is_closed_without_harm)
{
	const struct codec *c;

	for (unsigned n = 0; (c = codec_row(n)) != NULL; n++) {
		if (c->kind == CODEC_EVENTS)
			continue;
		c->encoder_close(NULL);
		c->decoder_close(NULL);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("registry");
	TCase *rows = tcase_create("rows"), *work = tcase_create("work");

	tcase_add_test(rows, every_codec_is_there_in_order);
	tcase_add_test(rows, a_row_says_what_can_be);
	tcase_add_test(rows, names_are_found_without_regard_to_case);
	suite_add_tcase(suite, rows);
	tcase_add_test(work, every_row_encodes_and_decodes_at_every_rate);
	tcase_add_test(work, every_packet_time_that_is_offered_can_be_encoded);
	tcase_add_test(work, a_reset_object_is_as_new);
	tcase_add_test(work, no_decoder_allocates_to_forget);
	tcase_add_test(work, nothing_is_closed_without_harm);
	tcase_set_timeout(work, 25);
	suite_add_tcase(suite, work);
	return run_suite(suite);
}
