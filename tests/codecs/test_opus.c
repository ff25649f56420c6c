/* SPDX-License-Identifier: Apache-2.0
 *
 * codecs/opus.c and codecs/opus_fmtp.c: RFC 6716 and RFC 7587, and what FFmpeg's own decoder
 * hears. */
#include <check.h>
#include <errno.h>
#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/rows.h"
#include "tests/bench/runner.h"
#include "tests/codecs/packets.h"
#include "tests/codecs/vector.h"
#include "tests/resident.h"

static const uint32_t rates[] = {8000, 12000, 16000, 24000, 48000};

enum { CALLS = 64 };

static int16_t said[PACKETS_SAMPLES * 2], heard[PACKETS_SAMPLES * 2];

static struct codec_format
format(const char *fmtp)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, "opus", 48000, 2, fmtp), 0);
	return f;
}

/* ---- Sound. ---- */

START_TEST(what_others_encode_is_heard_as_others_hear_it)
{
	struct codec_format f = format("");
	size_t n = packets_hear(&codec_opus, &f, "opus-celt", heard);

	ck_assert_uint_eq(vector_read("opus-celt.s16", said, sizeof said), 2 * n);
	ck_assert_double_gt(packets_snr(said, heard, n, 0), 60);
	/* Below 8 kHz each has a resampling filter of its own choice: RFC 6716 4.2.9. */
	n = packets_hear(&codec_opus, &f, "opus", heard);
	ck_assert_uint_eq(vector_read("opus.s16", said, sizeof said), 2 * n);
	ck_assert_double_gt(packets_snr(said, heard, n, 4), 18);
}
END_TEST

/* Ours beside libopus's own; the second time where another has been. */
static void
is_as_without_us(uint32_t rate, unsigned channels)
{
	struct codec_format f = format("useinbandfec=1");
	OpusEncoder *plain_enc = opus_encoder_create(
		(opus_int32)rate, (int)channels, OPUS_APPLICATION_VOIP, NULL);
	OpusDecoder *plain_dec = opus_decoder_create((opus_int32)rate, (int)channels, NULL);
	uint8_t a[CODEC_PAYLOAD_MAX], b[CODEC_PAYLOAD_MAX];
	int16_t *plain_heard = heard + PACKETS_SAMPLES;
	void *enc, *dec;

	f.rate = rate;
	f.channels = (uint8_t)channels;
	f.bitrate = 20000;
	enc = codec_opus.encoder_open(&f);
	dec = codec_opus.decoder_open(&f);
	opus_encoder_ctl(plain_enc, OPUS_SET_BITRATE(20000));
	opus_encoder_ctl(plain_enc, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(plain_enc, OPUS_SET_PACKET_LOSS_PERC(5));
	opus_encoder_ctl(plain_enc, OPUS_SET_COMPLEXITY(5));
	for (unsigned i = 0, step = rate / 50; i < 25; i++) {
		const int16_t *pcm = said + i * step * channels;
		int len = codec_opus.encode(enc, pcm, step, a, sizeof a);

		ck_assert_int_eq(opus_encode(plain_enc, pcm, (int)step, b, sizeof b), len);
		ck_assert_mem_eq(a, b, (size_t)len);
		ck_assert_int_eq(codec_opus.decode(dec, a, (size_t)len, heard, step), step);
		ck_assert_int_eq(
			opus_decode(plain_dec, b, len, plain_heard, (int)step, 0), step);
		ck_assert_mem_eq(heard, plain_heard, step * channels * sizeof *heard);
	}
	codec_opus.encoder_close(enc);
	codec_opus.decoder_close(dec);
	opus_encoder_destroy(plain_enc);
	opus_decoder_destroy(plain_dec);
}

START_TEST(where_it_lies_makes_no_difference)
{
	for (unsigned channels = 1; channels <= 2; channels++) {
		packets_speech(said, rates[_i], channels);
		is_as_without_us(rates[_i], channels);
		is_as_without_us(rates[_i], channels);
	}
}
END_TEST

START_TEST(speech_comes_back_at_every_rate_and_packet_time)
{
	uint32_t rate = rates[_i];

	for (unsigned channels = 1; channels <= 2; channels++)
		for (uint8_t ptime = 10; ptime <= 60; ptime += 10) {
			struct codec_format f = format("");

			f.rate = rate;
			f.channels = (uint8_t)channels;
			f.ptime_ms = ptime;
			packets_speech(said, rate, channels);
			packets_round(&codec_opus, &f, said, heard);
			ck_assert_double_gt(packets_envelope(said, heard,
						    (size_t)rate * channels * PACKETS_SECONDS,
						    rate * channels),
				0.95);
		}
}
END_TEST

START_TEST(two_channels_are_two)
{
	struct codec_format f = format("stereo=1");
	double left = 0, right = 0;

	packets_speech(said, f.rate, 2);
	for (size_t i = 1; i < PACKETS_SAMPLES * 2; i += 2)
		said[i] = 0;
	packets_round(&codec_opus, &f, said, heard);
	for (size_t i = 0; i < PACKETS_SAMPLES * 2; i += 2) {
		left += (double)heard[i] * heard[i];
		right += (double)heard[i + 1] * heard[i + 1];
	}
	ck_assert_double_gt(left, 100 * right);
}
END_TEST

/* Put together or not, they are the same frames of 10 ms. */
START_TEST(packets_of_30_ms_sound_as_those_of_10)
{
	static int16_t other[PACKETS_SAMPLES * 2];
	struct codec_format f = format("stereo=1");

	packets_speech(said, f.rate, 2);
	for (size_t i = 1; i < PACKETS_SAMPLES * 2; i += 2)
		said[i] = (int16_t)-said[i];
	f.ptime_ms = 10;
	packets_round(&codec_opus, &f, said, other);
	f.ptime_ms = 30;
	packets_round(&codec_opus, &f, said, heard);
	ck_assert_double_gt(packets_snr(other, heard, PACKETS_SAMPLES, 0), 20);
}
END_TEST

/* ---- Packets. ---- */

START_TEST(a_packet_says_how_long_it_is)
{
	static const struct {
		uint8_t bytes[2];
		size_t len;
		int samples; /* at 48 kHz; RFC 6716 table 2, and 3.2 */
	} packets[] = {
		{{0 << 3}, 1, 480},              /* SILK, 10 ms */
		{{3 << 3}, 1, 2880},             /* 60 ms */
		{{13 << 3}, 1, 960},             /* hybrid, 20 ms */
		{{16 << 3}, 1, 120},             /* CELT, 2.5 ms */
		{{31 << 3}, 1, 960},             /* 20 ms */
		{{31 << 3 | 1}, 1, 1920},        /* two of them */
		{{16 << 3 | 3, 48}, 2, 5760},    /* 48 of them, 120 ms */
		{{16 << 3 | 3, 49}, 2, 5880},    /* one too many */
		{{31 << 3 | 3, 7}, 2, -EBADMSG}, /* 140 ms */
		{{31 << 3 | 3, 0}, 2, -EBADMSG},
		{{31 << 3 | 3}, 1, -EBADMSG},
		{{0}, 0, -EBADMSG},
	};

	for (unsigned i = 0; i < sizeof packets / sizeof *packets; i++)
		for (unsigned r = 0; r < 5; r++) {
			struct codec_format f = format("");
			int wanted = packets[i].samples;

			f.rate = rates[r];
			if (wanted > 5760)
				wanted = -EBADMSG;
			else if (wanted > 0)
				wanted = wanted * (int)f.rate / 48000;
			ck_assert_int_eq(
				codec_opus.samples(&f, packets[i].bytes, packets[i].len),
				wanted);
		}
}
END_TEST

START_TEST(packets_of_30_and_50_ms_are_frames_of_10)
{
	for (unsigned frames = 3; frames <= 5; frames += 2) {
		struct codec_format f = format("maxplaybackrate=8000");
		uint8_t payload[CODEC_PAYLOAD_MAX];
		void *enc = codec_opus.encoder_open(&f);

		packets_speech(said, f.rate, 1);
		ck_assert_int_gt(
			codec_opus.encode(enc, said, 80 * frames, payload, sizeof payload),
			20);
		ck_assert_uint_eq(payload[0] >> 3, 0); /* SILK, narrow band, 10 ms */
		ck_assert_uint_eq(payload[0] & 3, 3);
		ck_assert_uint_eq(payload[1] & 0x3f, frames);
		codec_opus.encoder_close(enc);
	}
}
END_TEST

START_TEST(what_is_no_packet_is_refused_and_forgotten)
{
	struct codec_format f = format("maxplaybackrate=8000");
	void *enc = codec_opus.encoder_open(&f), *dec = codec_opus.decoder_open(&f);
	uint8_t payload[CODEC_PAYLOAD_MAX];
	int len;

	packets_speech(said, f.rate, 1);
	len = codec_opus.encode(enc, said + 800, 160, payload, sizeof payload);
	ck_assert_int_eq(codec_opus.decode(dec, payload, 0, heard, 160), -EBADMSG);
	ck_assert_int_eq(
		codec_opus.decode(dec, (const uint8_t[]){0xfb}, 1, heard, 160), -EBADMSG);
	ck_assert_int_eq(codec_opus.decode(dec, payload, (size_t)len, heard, 159), -ENOSPC);
	ck_assert_int_eq(codec_opus.decode(dec, payload, (size_t)len, heard, 160), 160);
	ck_assert_int_eq(codec_opus.encode(enc, said, 161, payload, sizeof payload), -EINVAL);
	ck_assert_int_eq(codec_opus.encode(enc, said, 0, payload, sizeof payload), -EINVAL);
	ck_assert_int_eq(codec_opus.encode(enc, said, 560, payload, sizeof payload), -EINVAL);
	ck_assert_int_eq(codec_opus.encode(enc, said, 160, payload, 1), -ENOSPC);
	codec_opus.encoder_close(enc);
	codec_opus.decoder_close(dec);
}
END_TEST

START_TEST(what_cannot_be_is_not_opened)
{
	struct codec_format f = format("");

	f.rate = 44100;
	ck_assert_ptr_null(codec_opus.encoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(codec_opus.decoder_open(&f));
	ck_assert_int_eq(errno, EINVAL);
	f = format("");
	f.channels = 3;
	ck_assert_ptr_null(codec_opus.encoder_open(&f));
	ck_assert_ptr_null(codec_opus.decoder_open(&f));
	codec_opus.encoder_close(NULL);
	codec_opus.decoder_close(NULL);
}
END_TEST

/* ---- What the receiver has asked for. ---- */

/* Sizes of the packets of FMTP, with 20 ms of speech each unless PTIME says other; how many.
 */
static size_t
sizes_of(const char *fmtp, uint8_t ptime, int *size)
{
	struct codec_format f = format(fmtp);
	size_t packet = f.rate * ptime / 1000, n = 0;
	void *enc = codec_opus.encoder_open(&f);
	uint8_t payload[CODEC_PAYLOAD_MAX];

	packets_speech(said, f.rate, f.channels);
	for (; (n + 1) * packet <= f.rate * PACKETS_SECONDS; n++)
		size[n] = codec_opus.encode(
			enc, said + n * packet * f.channels, packet, payload, sizeof payload);
	codec_opus.encoder_close(enc);
	return n;
}

enum { MOST_PACKETS = PACKETS_SECONDS * 100 };

/* Kinds of packets by their size. */
static size_t
different(const int *size, size_t n)
{
	size_t kinds = 0;

	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < i && size[j] != size[i])
			j++;
		kinds += j == i;
	}
	return kinds;
}

START_TEST(cbr_packets_are_all_of_one_size)
{
	int size[MOST_PACKETS];

	for (uint8_t ptime = 10; ptime <= 60; ptime += 10) {
		ck_assert_uint_eq(different(size, sizes_of("cbr=1", ptime, size)), 1);
		ck_assert_uint_eq(
			different(size, sizes_of("cbr=1;maxplaybackrate=8000", ptime, size)),
			1);
		ck_assert_uint_gt(different(size, sizes_of("", ptime, size)), 5);
	}
}
END_TEST

START_TEST(the_average_bitrate_is_kept)
{
	static const struct {
		const char *fmtp;
		int least, most;
	} asked[] = {
		{"maxaveragebitrate=12000", 7000, 12500},
		{"maxaveragebitrate=24000;useinbandfec=1", 14000, 25000},
		{"maxaveragebitrate=64000", 40000, 65000},
		{"maxaveragebitrate=510000", 50000, 82000}, /* more is not heard */
		{"maxplaybackrate=8000", 9000, 16500},
		{"maxplaybackrate=8000;useinbandfec=1", 14000, 24500},
	};

	for (unsigned i = 0; i < sizeof asked / sizeof *asked; i++) {
		int size[MOST_PACKETS], bits = 0;
		size_t n = sizes_of(asked[i].fmtp, 20, size);

		for (size_t k = 0; k < n; k++)
			bits += 8 * size[k];
		ck_assert_int_ge(bits / PACKETS_SECONDS, asked[i].least);
		ck_assert_int_le(bits / PACKETS_SECONDS, asked[i].most);
	}
}
END_TEST

/* RFC 7587 3.1.3: during a pause a frame each 400 ms is enough. */
START_TEST(dtx_is_silent_in_a_pause_and_nothing_else_is)
{
	int size[MOST_PACKETS];
	size_t n = sizes_of("usedtx=1;maxplaybackrate=8000", 20, size), silent = 0, run = 0;
	size_t pause = n - PACKETS_PAUSE_MS / 20;

	for (size_t i = 0; i < n; i++) {
		silent += i >= pause && size[i] == 0;
		run = size[i] == 0 ? run + 1 : 0;
		ck_assert_uint_le(run, 20);
		ck_assert_int_ne(size[i], 1);
	}
	ck_assert_uint_ge(silent, 25);
	for (uint8_t ptime = 10; ptime <= 60; ptime += 10) {
		n = sizes_of("", ptime, size);
		for (size_t i = 0; i < n; i++)
			ck_assert_int_gt(size[i], 2);
	}
}
END_TEST

START_TEST(more_is_not_encoded_than_is_played)
{
	static const struct {
		const char *fmtp;
		int last; /* configuration of RFC 6716 table 2 */
	} asked[] = {
		{"maxplaybackrate=8000", 3},
		{"maxplaybackrate=12000", 7},
		{"maxplaybackrate=16000", 11},
		{"maxplaybackrate=24000", 13},
		{"", 15},
	};

	for (unsigned i = 0; i < sizeof asked / sizeof *asked; i++) {
		struct codec_format f = format(asked[i].fmtp);
		void *enc = codec_opus.encoder_open(&f);
		uint8_t payload[CODEC_PAYLOAD_MAX];

		packets_speech(said, f.rate, 1);
		for (unsigned k = 0; k < 20; k++)
			codec_opus.encode(enc, said + k * f.rate / 50, f.rate / 50, payload,
				sizeof payload);
		ck_assert_int_le(payload[0] >> 3, asked[i].last);
		ck_assert_int_gt(payload[0] >> 3, asked[i].last - 4);
		codec_opus.encoder_close(enc);
	}
}
END_TEST

/* ---- Loss. ---- */

enum { LOST_EACH = 7 };

/* Every seventh packet of F is lost; it is recovered if it can be.  How many were; HEARD. */
static unsigned
lossy(const struct codec_format *f, bool may_recover)
{
	size_t packet = (size_t)f->rate * f->ptime_ms / 1000;
	void *enc = codec_opus.encoder_open(f), *dec = codec_opus.decoder_open(f);
	uint8_t payload[CODEC_PAYLOAD_MAX];
	unsigned recovered = 0;
	bool lost = false;

	for (size_t i = 0; (i + 1) * packet <= f->rate * PACKETS_SECONDS; i++) {
		int len = codec_opus.encode(
			enc, said + i * packet, packet, payload, sizeof payload);
		int16_t *here = heard + i * packet, *before = here - packet;

		if (lost && may_recover &&
			codec_opus.recover(dec, payload, (size_t)len, before, packet) ==
				(int)packet)
			recovered++;
		else if (lost)
			ck_assert_int_eq(codec_opus.conceal(dec, before, packet), (int)packet);
		lost = i % LOST_EACH == LOST_EACH - 1;
		if (!lost)
			codec_opus.decode(dec, payload, (size_t)len, here, packet);
	}
	codec_opus.encoder_close(enc);
	codec_opus.decoder_close(dec);
	return recovered;
}

START_TEST(what_is_lost_is_in_the_next_packet_when_asked_for)
{
	struct codec_format f = format("useinbandfec=1;maxplaybackrate=16000");
	size_t n = 3 * f.rate;
	static int16_t whole[PACKETS_SAMPLES];
	double concealed;

	packets_speech(said, f.rate, 1);
	packets_round(&codec_opus, &f, said, whole);
	ck_assert_uint_eq(lossy(&f, false), 0);
	concealed = packets_snr(whole, heard, n, 0);
	ck_assert_uint_gt(lossy(&f, true), 10);
	ck_assert_double_gt(packets_snr(whole, heard, n, 0), concealed + 3);
	f.flags = 0;
	ck_assert_uint_eq(lossy(&f, true), 0);
}
END_TEST

START_TEST(a_report_of_no_loss_ends_redundancy)
{
	struct codec_format f = format("useinbandfec=1;maxplaybackrate=8000");
	void *enc = codec_opus.encoder_open(&f), *dec = codec_opus.decoder_open(&f);
	uint8_t payload[CODEC_PAYLOAD_MAX];
	unsigned recovered[2] = {0};

	packets_speech(said, f.rate, 1);
	for (unsigned i = 0; i < 100; i++) {
		int len;

		if (i == 50)
			codec_opus.encoder_loss(enc, 0);
		len = codec_opus.encode(enc, said + i * 160, 160, payload, sizeof payload);
		recovered[i / 50] +=
			codec_opus.recover(dec, payload, (size_t)len, heard, 160) != 0;
	}
	ck_assert_uint_gt(recovered[0], 20);
	ck_assert_uint_le(recovered[1], 1);
	codec_opus.encoder_close(enc);
	codec_opus.decoder_close(dec);
}
END_TEST

START_TEST(what_is_made_up_fades_and_is_of_whole_steps)
{
	struct codec_format f = format("maxplaybackrate=8000");
	void *enc = codec_opus.encoder_open(&f), *dec = codec_opus.decoder_open(&f);
	uint8_t payload[CODEC_PAYLOAD_MAX];
	double first = 0, last = 0;

	packets_speech(said, f.rate, 1);
	for (unsigned i = 0; i < 10; i++) {
		int len = codec_opus.encode(enc, said + i * 160, 160, payload, sizeof payload);

		codec_opus.decode(dec, payload, (size_t)len, heard, 160);
	}
	ck_assert_int_eq(codec_opus.conceal(dec, heard, 199), 180); /* steps of 2.5 ms */
	ck_assert_int_eq(codec_opus.conceal(dec, heard, 19), 0);
	for (unsigned i = 0; i < 160; i++)
		first += (double)heard[i] * heard[i];
	for (unsigned i = 0; i < 50; i++)
		codec_opus.conceal(dec, heard, 160);
	for (unsigned i = 0; i < 160; i++)
		last += (double)heard[i] * heard[i];
	ck_assert_double_gt(first, 1000 * last);
	codec_opus.encoder_close(enc);
	codec_opus.decoder_close(dec);
}
END_TEST

/* ---- The object. ---- */

START_TEST(after_a_reset_all_is_as_when_opened)
{
	struct codec_format f = format("useinbandfec=1");
	void *enc = codec_opus.encoder_open(&f), *fresh = codec_opus.encoder_open(&f);
	uint8_t first[CODEC_PAYLOAD_MAX], again[CODEC_PAYLOAD_MAX];
	int len = 0;

	packets_speech(said, f.rate, 1);
	for (unsigned i = 0; i < 10; i++)
		codec_opus.encode(enc, said + i * 960, 960, first, sizeof first);
	codec_opus.encoder_reset(enc);
	for (unsigned i = 0; i < 10; i++) {
		len = codec_opus.encode(enc, said + i * 960, 960, again, sizeof again);
		ck_assert_int_eq(
			codec_opus.encode(fresh, said + i * 960, 960, first, sizeof first),
			len);
		ck_assert_mem_eq(first, again, (size_t)len);
	}
	codec_opus.encoder_close(enc);
	codec_opus.encoder_close(fresh);
}
END_TEST

START_TEST(complexity_changes_at_once)
{
	struct codec_format f = format("maxplaybackrate=8000");
	void *one = codec_opus.encoder_open(&f), *other = codec_opus.encoder_open(&f);
	uint8_t a[CODEC_PAYLOAD_MAX], b[CODEC_PAYLOAD_MAX];
	unsigned same[2] = {0};

	packets_speech(said, f.rate, 1);
	for (unsigned i = 0; i < 40; i++) {
		int len;

		if (i == 20)
			codec_opus.encoder_complexity(other, 0);
		len = codec_opus.encode(one, said + i * 160, 160, a, sizeof a);
		same[i / 20] +=
			codec_opus.encode(other, said + i * 160, 160, b, sizeof b) == len &&
			memcmp(a, b, (size_t)len) == 0;
	}
	ck_assert_uint_eq(same[0], 20);
	ck_assert_uint_lt(same[1], 5);
	codec_opus.encoder_close(one);
	codec_opus.encoder_close(other);
}
END_TEST

/* An encoder and a decoder that have been used.  The far side sends all that there is in its
 * sound, whatever we listen to. */
struct call {
	void *enc, *dec;
};

static struct call
call_open(const struct codec_format *f)
{
	struct codec_format wide = format("");
	struct call c = {codec_opus.encoder_open(f), codec_opus.decoder_open(f)};
	void *far = codec_opus.encoder_open(&wide);
	uint8_t payload[CODEC_PAYLOAD_MAX];

	for (unsigned i = 0; i < 20; i++) {
		int len = codec_opus.encode(far, said + i * 960, 960, payload, sizeof payload);

		codec_opus.decode(c.dec, payload, (size_t)len, heard, 160);
		codec_opus.encode(c.enc, said + i * 160, 160, payload, sizeof payload);
	}
	codec_opus.encoder_close(far);
	return c;
}

static void
call_close(struct call *c)
{
	codec_opus.encoder_close(c->enc);
	codec_opus.decoder_close(c->dec);
}

/* What a call takes of 64 KiB, with room for the rest of it. */
START_TEST(a_call_is_small)
{
	struct codec_format f = format("maxplaybackrate=8000");
	struct call call[CALLS + 1];
	size_t before, taken;

	packets_speech(said, 48000, 1);
	call[CALLS] = call_open(&f); /* the library's own pages are there */
	before = resident();
	for (unsigned i = 0; i < CALLS; i++)
		call[i] = call_open(&f);
	taken = (resident() - before) / CALLS;
	if (getenv("STROWGER_SHOW") != NULL)
		printf("Opus at 8 kHz: %zu bytes\n", taken);
	ck_assert_uint_le(taken, 54 * 1024);
	for (unsigned i = 0; i <= CALLS; i++)
		call_close(&call[i]);
	ck_assert_uint_le(resident(), before + 512 * 1024);
}
END_TEST

/* ---- Parameters: RFC 7587 section 6.1. ---- */

START_TEST(every_parameter_is_taken)
{
	struct codec_format f = format(NULL);

	ck_assert_uint_eq(f.rate, 48000);
	ck_assert_uint_eq(f.channels, 1);
	ck_assert_uint_eq(f.ptime_ms, 20);
	ck_assert_uint_eq(f.flags, 0);
	ck_assert_uint_eq(codec_clock(&f), 48000);
	ck_assert_uint_eq(codec_map_channels(&f), 2);
	/* The two examples of RFC 7587 section 7 with most of them. */
	f = format("maxplaybackrate=16000; sprop-maxcapturerate=16000; "
		   "maxaveragebitrate=20000; stereo=1; useinbandfec=1; usedtx=0");
	ck_assert_uint_eq(f.rate, 16000);
	ck_assert_uint_eq(f.capture_rate, 16000);
	ck_assert_uint_eq(f.bitrate, 20000);
	ck_assert_uint_eq(f.channels, 2);
	ck_assert_uint_eq(f.flags, CODEC_FEC);
	f = format("stereo=0; sprop-stereo=1;cbr=1;usedtx=1;maxptime=40;ptime=60");
	ck_assert_uint_eq(f.channels, 1);
	ck_assert_uint_eq(f.flags, CODEC_SPROP_STEREO | CODEC_CBR | CODEC_DTX);
	ck_assert_uint_eq(f.max_ptime_ms, 40);
	ck_assert_uint_eq(f.ptime_ms, 40);
	ck_assert_uint_eq(format("minptime=10;useinbandfec=1").ptime_ms, 20);
	ck_assert_uint_eq(format("minptime=35").ptime_ms, 40);
	ck_assert_uint_eq(format("maxptime=15").ptime_ms, 10);
	ck_assert_uint_eq(format("ptime=3").ptime_ms, 10);
	ck_assert_uint_eq(format("ptime=120").ptime_ms, 60);
}
END_TEST

START_TEST(any_rate_of_playing_has_its_band)
{
	ck_assert_uint_eq(format("maxplaybackrate=8000").rate, 8000);
	ck_assert_uint_eq(format("maxplaybackrate=11025").rate, 8000);
	ck_assert_uint_eq(format("maxplaybackrate=12000").rate, 12000);
	ck_assert_uint_eq(format("maxplaybackrate=22050").rate, 16000);
	ck_assert_uint_eq(format("maxplaybackrate=32000").rate, 24000);
	ck_assert_uint_eq(format("maxplaybackrate=44100").rate, 48000);
	ck_assert_uint_eq(format("maxplaybackrate=48000").rate, 48000);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	static const char *const bad[] = {"maxplaybackrate=7999", "maxplaybackrate=48001",
		"maxplaybackrate", "sprop-maxcapturerate=4000", "maxaveragebitrate=5999",
		"maxaveragebitrate=510001", "stereo=2", "stereo=yes", "cbr=2",
		"useinbandfec=-1", "usedtx=", "sprop-stereo=x", "ptime=0", "ptime=121",
		"maxptime=x", "minptime=0"};
	struct codec_format f;

	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(codec_format_parse(&f, "opus", 48000, 2, bad[i]), -EINVAL);
	ck_assert_int_eq(codec_format_parse(&f, "opus", 8000, 2, NULL), -ENOENT);
}
END_TEST

START_TEST(what_is_printed_means_the_same)
{
	static const char *const all[] = {"", "maxplaybackrate=8000", "cbr=1", "usedtx=1",
		"useinbandfec=1", "sprop-stereo=1",
		"maxplaybackrate=16000; sprop-maxcapturerate=24000; maxaveragebitrate=20000; "
		"stereo=1; sprop-stereo=1; cbr=1; useinbandfec=1; usedtx=1"};
	char text[CODEC_FMTP];

	for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
		struct codec_format f = format(all[i]);

		codec_opus.fmtp_print(&f, text);
		ck_assert_str_eq(text, all[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("opus");
	TCase *sound = tcase_create("sound"), *packets = tcase_create("packets");
	TCase *asked = tcase_create("asked"), *loss = tcase_create("loss");
	TCase *object = tcase_create("object"), *fmtp = tcase_create("fmtp");

	tcase_add_test(sound, what_others_encode_is_heard_as_others_hear_it);
	tcase_add_loop_test(sound, speech_comes_back_at_every_rate_and_packet_time, 0, 5);
	tcase_add_loop_test(sound, where_it_lies_makes_no_difference, 0, 5);
	tcase_add_test(sound, two_channels_are_two);
	tcase_add_test(sound, packets_of_30_ms_sound_as_those_of_10);
	tcase_set_timeout(sound, 30);
	suite_add_tcase(suite, sound);
	tcase_add_test(packets, a_packet_says_how_long_it_is);
	tcase_add_test(packets, packets_of_30_and_50_ms_are_frames_of_10);
	tcase_add_test(packets, what_is_no_packet_is_refused_and_forgotten);
	tcase_add_test(packets, what_cannot_be_is_not_opened);
	suite_add_tcase(suite, packets);
	tcase_add_test(asked, cbr_packets_are_all_of_one_size);
	tcase_add_test(asked, the_average_bitrate_is_kept);
	tcase_add_test(asked, dtx_is_silent_in_a_pause_and_nothing_else_is);
	tcase_add_test(asked, more_is_not_encoded_than_is_played);
	tcase_set_timeout(asked, 30);
	suite_add_tcase(suite, asked);
	tcase_add_test(loss, what_is_lost_is_in_the_next_packet_when_asked_for);
	tcase_add_test(loss, a_report_of_no_loss_ends_redundancy);
	tcase_add_test(loss, what_is_made_up_fades_and_is_of_whole_steps);
	suite_add_tcase(suite, loss);
	tcase_add_test(object, after_a_reset_all_is_as_when_opened);
	tcase_add_test(object, complexity_changes_at_once);
	tcase_add_test(object, a_call_is_small);
	suite_add_tcase(suite, object);
	tcase_add_test(fmtp, every_parameter_is_taken);
	tcase_add_test(fmtp, any_rate_of_playing_has_its_band);
	tcase_add_test(fmtp, what_cannot_be_is_refused);
	tcase_add_test(fmtp, what_is_printed_means_the_same);
	suite_add_tcase(suite, fmtp);
	return run_suite(suite);
}
