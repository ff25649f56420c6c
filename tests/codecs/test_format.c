/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codecs/codec.h"
#include "tests/bench/runner.h"

/* RFC 3551 tables 4 and 5: type, name, clock, channels. */
static const struct {
	uint8_t pt;
	const char *name;
	uint32_t clock, rate;
	unsigned channels;
} rfc3551[] = {
	{0, "PCMU", 8000, 8000, 1},
	{3, "GSM", 8000, 8000, 1},
	{5, "DVI4", 8000, 8000, 1},
	{6, "DVI4", 16000, 16000, 1},
	{7, "LPC", 8000, 8000, 1},
	{8, "PCMA", 8000, 8000, 1},
	{9, "G722", 8000, 16000, 1},
	{10, "L16", 44100, 44100, 2},
	{11, "L16", 44100, 44100, 1},
	{13, "CN", 8000, 8000, 1},
	{16, "DVI4", 11025, 11025, 1},
	{17, "DVI4", 22050, 22050, 1},
};
enum { STATIC = sizeof rfc3551 / sizeof rfc3551[0] };

START_TEST(static_types_are_those_of_rfc_3551)
{
	struct codec_format f, parsed;
	unsigned known = codec_by_id(CODEC_G729) != NULL ? STATIC + 1 : STATIC, found = 0;

	for (unsigned i = 0; i < STATIC; i++) {
		ck_assert_int_eq(codec_static(rfc3551[i].pt, &f), 0);
		ck_assert_str_eq(codec_by_id(f.codec)->name, rfc3551[i].name);
		ck_assert_uint_eq(f.payload_type, rfc3551[i].pt);
		ck_assert_uint_eq(f.rate, rfc3551[i].rate);
		ck_assert_uint_eq(f.channels, rfc3551[i].channels);
		ck_assert_uint_eq(codec_clock(&f), rfc3551[i].clock);
		ck_assert_uint_eq(codec_static_type(&f), rfc3551[i].pt);
		ck_assert(codec_format_is_valid(&f));
		ck_assert_int_eq(codec_format_parse(&parsed, rfc3551[i].name, rfc3551[i].clock,
					 rfc3551[i].channels, NULL),
			0);
		ck_assert_mem_eq(&f, &parsed, sizeof f);
	}
	for (unsigned pt = 0; pt < 256; pt++)
		found += codec_static((uint8_t)pt, &f) == 0;
	ck_assert_uint_eq(found, known);
	ck_assert_int_eq(codec_static(2, &f), -ENOENT); /* once G.721, now reserved */
	ck_assert_int_eq(codec_static(96, &f), -ENOENT);
}
END_TEST

START_TEST(an_rtpmap_becomes_a_format)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, "OPUS", 48000, 2, NULL), 0);
	ck_assert_uint_eq(f.codec, CODEC_OPUS);
	ck_assert_uint_eq(f.rate, 48000);
	ck_assert_uint_eq(f.payload_type, CODEC_DYNAMIC);
	ck_assert_int_eq(codec_format_parse(&f, "opus", 48000, 2,
				 "maxplaybackrate=16000; useinbandfec=1"),
		0);
	ck_assert_uint_eq(f.rate, 16000);
	ck_assert_uint_eq(f.flags & CODEC_FEC, CODEC_FEC);
	ck_assert_uint_eq(codec_clock(&f), 48000);
	ck_assert_uint_eq(codec_map_channels(&f), 2);

	ck_assert_int_eq(codec_format_parse(&f, "G722", 8000, 1, NULL), 0);
	ck_assert_uint_eq(f.rate, 16000);
	ck_assert_uint_eq(codec_clock(&f), 8000);
	ck_assert_int_eq(codec_format_parse(&f, "l16", 0, 0, NULL), 0);
	ck_assert_uint_eq(f.rate, 8000);
	ck_assert_uint_eq(f.channels, 1);
	ck_assert_int_eq(codec_format_parse(&f, "L16", 32000, 2, NULL), 0);
	ck_assert_uint_eq(f.rate, 32000);
	ck_assert_uint_eq(f.channels, 2);
	ck_assert_uint_eq(f.ptime_ms, 10); /* 20 ms would be 2560 bytes */
}
END_TEST

START_TEST(what_is_unknown_is_told_from_what_cannot_be)
{
	struct codec_format f = {.rate = 1}, before = f;

	ck_assert_int_eq(codec_format_parse(&f, "VP8", 90000, 0, NULL), -ENOENT);
	ck_assert_int_eq(codec_format_parse(&f, "", 0, 0, NULL), -ENOENT);
	ck_assert_int_eq(codec_format_parse(&f, "PCMU", 16000, 0, NULL), -ENOENT);
	ck_assert_int_eq(codec_format_parse(&f, "PCMU", 8000, 2, NULL), -EINVAL);
	ck_assert_int_eq(codec_format_parse(&f, "opus", 48000, 3, NULL), -EINVAL);
	ck_assert_int_eq(codec_format_parse(&f, "L16", 8000, 6, NULL), -EINVAL);
	ck_assert_int_eq(codec_format_parse(&f, "L16", 8000, 258, NULL), -EINVAL);
	ck_assert_int_eq(codec_format_parse(&f, "telephone-event", 8000, 1, "x"), -EINVAL);
	ck_assert_mem_eq(&f, &before, sizeof f);
}
END_TEST

START_TEST(formats_are_called_as_in_rtpmap)
{
	static const struct {
		const char *name, *text;
		uint32_t clock;
		unsigned channels;
	} row[] = {
		{"pcmu", "PCMU", 8000, 1},
		{"g722", "G722", 8000, 1},
		{"Opus", "opus", 48000, 2},
		{"L16", "L16", 44100, 2},
		{"l16", "L16", 16000, 1},
		{"TELEPHONE-EVENT", "telephone-event", 16000, 0},
	};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct codec_format f;

		ck_assert_int_eq(codec_format_parse(
					 &f, row[i].name, row[i].clock, row[i].channels, NULL),
			0);
		ck_assert_str_eq(codec_by_id(f.codec)->name, row[i].text);
		ck_assert_uint_eq(codec_clock(&f), row[i].clock);
		ck_assert_uint_eq(codec_map_channels(&f), row[i].channels > 1 ? 2 : 1);
	}
}
END_TEST

/* The other process may send anything. */
START_TEST(any_value_out_of_range_is_seen)
{
	struct codec_format good, f;

	ck_assert_int_eq(codec_format_parse(&good, "opus", 48000, 2, NULL), 0);
	ck_assert(!codec_format_is_valid(&good)); /* no payload type yet */
	good.payload_type = 96;
	ck_assert(codec_format_is_valid(&good));

#define REFUSED(member, value) \
	f = good, f.member = (value), ck_assert(!codec_format_is_valid(&f))
#define TAKEN(member, value) f = good, f.member = (value), ck_assert(codec_format_is_valid(&f))

	REFUSED(codec, CODEC_NONE);
	REFUSED(codec, CODECS);
	REFUSED(codec, 255);
	REFUSED(codec, CODEC_PCMU); /* not at 48 kHz */
	REFUSED(payload_type, 128);
	TAKEN(payload_type, 127);
	REFUSED(channels, 0);
	TAKEN(channels, 2);
	REFUSED(channels, 3);
	REFUSED(ptime_ms, 0);
	REFUSED(ptime_ms, 9);
	TAKEN(ptime_ms, 60);
	REFUSED(ptime_ms, 61);
	REFUSED(ptime_ms, 70);
	REFUSED(ptime_ms, 25); /* no whole frames */
	TAKEN(complexity, 10);
	REFUSED(complexity, 11);
	REFUSED(reserved, 1);
	TAKEN(flags, CODEC_FLAGS);
	REFUSED(flags, CODEC_FLAGS + 1);
	REFUSED(flags, 0x8000);
	TAKEN(rate, 8000);
	REFUSED(rate, 0);
	REFUSED(rate, 44100);
	REFUSED(rate, UINT32_MAX);
	TAKEN(bitrate, 510000);
	REFUSED(bitrate, UINT32_MAX);
	TAKEN(capture_rate, 48000);
	REFUSED(capture_rate, 48001);
}
END_TEST

START_TEST(packet_times_are_whole_frames_that_fit)
{
	static const struct {
		const char *name;
		uint32_t clock;
		unsigned channels, wanted, got;
	} row[] = {
		{"PCMU", 8000, 1, 20, 20},
		{"PCMU", 8000, 1, 0, 10},
		{"PCMU", 8000, 1, 33, 33},
		{"PCMU", 8000, 1, 1000, 60},
		{"GSM", 8000, 1, 30, 20},
		{"GSM", 8000, 1, 31, 40},
		{"opus", 48000, 2, 25, 20},
		{"opus", 48000, 2, 120, 60},
		{"L16", 44100, 1, 20, 15},
		{"L16", 44100, 2, 20, 10}, /* does not fit, either */
		{"L16", 48000, 1, 60, 14},
		{"G722", 8000, 1, 60, 60},
	};
	struct codec_format none = {.codec = CODEC_NONE};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct codec_format f;

		ck_assert_int_eq(codec_format_parse(
					 &f, row[i].name, row[i].clock, row[i].channels, NULL),
			0);
		ck_assert_uint_eq(codec_ptime(&f, row[i].wanted), row[i].got);
	}
	ck_assert_uint_eq(codec_ptime(&none, 20), 0);
}
END_TEST

START_TEST(senders_may_make_shorter_packets_than_we_do)
{
	static const struct {
		unsigned codec;
		uint32_t us;
	} row[] = {{CODEC_PCMU, 10000}, {CODEC_G722, 10000}, {CODEC_GSM, 20000},
		{CODEC_LPC, 22500}, {CODEC_OPUS, 2500}, {CODEC_L16, 1000}};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++)
		ck_assert_uint_eq(codec_shortest_us(codec_by_id(row[i].codec)), row[i].us);
}
END_TEST

static bool
same(const char *a, const char *b)
{
	struct codec_format f[2];
	const char *text[] = {a, b};

	for (unsigned i = 0; i < 2; i++) {
		char name[32] = "", fmtp[64] = "";
		unsigned clock = 0, channels = 0;

		ck_assert_int_ge(
			sscanf(text[i], "%31[^/]/%u/%u %63s", name, &clock, &channels, fmtp),
			3);
		ck_assert_int_eq(codec_format_parse(&f[i], name, clock, channels, fmtp), 0);
	}
	f[1].payload_type = 99;
	f[1].ptime_ms = 40;
	ck_assert_int_eq(codec_format_same(&f[0], &f[1]), codec_format_same(&f[1], &f[0]));
	return codec_format_same(&f[0], &f[1]);
}

START_TEST(payloads_of_the_same_format_need_no_codec)
{
	struct codec_format none = {.codec = CODEC_NONE};

	ck_assert(same("PCMU/8000/1", "PCMU/8000/1"));
	ck_assert(!same("PCMU/8000/1", "PCMA/8000/1"));
	ck_assert(!same("L16/8000/1", "L16/16000/1"));
	ck_assert(!same("L16/16000/1", "L16/16000/2"));
	ck_assert(!same("G726-32/8000/1", "AAL2-G726-32/8000/1"));
	ck_assert(!same("telephone-event/8000/1", "telephone-event/16000/1"));
	ck_assert(same("telephone-event/8000/1 0-15", "telephone-event/8000/1 0-16"));
	/* Opus says itself what is in it. */
	ck_assert(same("opus/48000/2 maxplaybackrate=8000", "opus/48000/2 stereo=1"));
	ck_assert(!codec_format_same(&none, &none));
	if (codec_by_id(CODEC_AMR) != NULL) /* what may be asked for is agreed on */
		ck_assert(!same("AMR/8000/1 mode-set=0,2", "AMR/8000/1 -"));
}
END_TEST

/* RFC 4867 8.1: octet-align changes every byte. */
START_TEST(alignment_of_octets_is_another_format)
{
	struct codec_format a, b;

	codec_default(codec_by_id(CODEC_PCMU), &a);
	b = a;
	b.flags = CODEC_OCTET_ALIGNED;
	ck_assert(!codec_format_same(&a, &b));
	b.flags = CODEC_FEC;
	ck_assert(codec_format_same(&a, &b));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("format");
	TCase *all = tcase_create("format");

	tcase_add_test(all, static_types_are_those_of_rfc_3551);
	tcase_add_test(all, an_rtpmap_becomes_a_format);
	tcase_add_test(all, what_is_unknown_is_told_from_what_cannot_be);
	tcase_add_test(all, formats_are_called_as_in_rtpmap);
	tcase_add_test(all, any_value_out_of_range_is_seen);
	tcase_add_test(all, packet_times_are_whole_frames_that_fit);
	tcase_add_test(all, senders_may_make_shorter_packets_than_we_do);
	tcase_add_test(all, payloads_of_the_same_format_need_no_codec);
	tcase_add_test(all, alignment_of_octets_is_another_format);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
