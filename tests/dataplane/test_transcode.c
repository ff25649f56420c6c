/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about transcode.h where nothing goes wrong: packets in, packets out. */
#include "direction.h"

#include <math.h>
#include <stdio.h>

#include "tests/resident.h"

static struct transcode_conf
conf_of(struct codec_format from, struct codec_format to)
{
	return (struct transcode_conf){
		.from = {from}, .to = {to}, .window_us = TRANSCODE_WINDOW_US};
}

static struct codec_format
pcmu(unsigned ptime_ms)
{
	return format_of("PCMU", 8000, 1, 0, ptime_ms, NULL);
}

static struct codec_format
opus(unsigned ptime_ms, const char *fmtp)
{
	return format_of("opus", 48000, 2, 111, ptime_ms, fmtp);
}

START_TEST(what_comes_in_order_leaves_at_once)
{
	struct transcode_conf conf = conf_of(pcmu(20), opus(20, NULL));
	struct direction *d = direction_open(&conf);

	for (unsigned i = 1; i <= 100; i++) {
		uint8_t bytes[CODEC_PAYLOAD_MAX];
		struct transcode_in in = direction_say(d, tone, bytes);

		direction_put(d, &in);
		ck_assert_uint_eq(d->packets, i);
		ck_assert_uint_eq(transcode_due(d->t), UINT64_MAX);
		ck_assert_uint_eq(d->seen[i - 1].number, 70000 + i - 1);
		ck_assert_uint_eq(d->seen[i - 1].timestamp, 0xfffff000 + (i - 1) * 960);
		ck_assert_uint_eq(d->seen[i - 1].payload_type, 111);
		ck_assert_int_eq(d->seen[i - 1].marker, i == 1);
		d->now_us += 20000;
	}
	ck_assert_uint_eq(transcode_counts(d->t)->frames, 100);
	direction_close(d);
}
END_TEST

/* Each party hears the other as loud, and without a gap. */
START_TEST(any_codec_becomes_any_other)
{
	static const struct {
		const char *name;
		uint32_t clock;
		unsigned channels, ms;
	} codec[] = {{"PCMU", 8000, 1, 20}, {"PCMA", 8000, 1, 20}, {"G722", 8000, 1, 20},
		{"GSM", 8000, 1, 20}, {"L16", 44100, 1, 10}, {"L16", 16000, 2, 20},
		{"DVI4", 11025, 1, 20}, {"opus", 48000, 2, 20}, {"G726-32", 8000, 1, 20},
		{"speex", 16000, 1, 20}};
	enum { CODECS_N = sizeof codec / sizeof codec[0], SECONDS = 1 };
	unsigned a = (unsigned)_i / CODECS_N, b = (unsigned)_i % CODECS_N;
	struct codec_format from = format_of(
		codec[a].name, codec[a].clock, codec[a].channels, 97, codec[a].ms, NULL);
	struct codec_format to = format_of(
		codec[b].name, codec[b].clock, codec[b].channels, 98, codec[b].ms, NULL);
	struct transcode_conf conf = conf_of(from, to);
	struct direction *d = direction_open(&conf);
	double loud, seconds;

	direction_talk(d, tone, SECONDS * 1000 / from.ptime_ms);
	ck_assert(!d->out_of_step);
	seconds = (double)d->end / d->to.rate;
	ck_assert_double_ge(seconds, SECONDS - 0.03);
	ck_assert_double_le(seconds, SECONDS);
	if (a != b) /* what passes is not looked at */
		ck_assert_double_eq_tol((double)transcode_counts(d->t)->level_db10, -90, 8);
	loud = rms(d->heard, d->to.rate / 2 * d->to.channels,
		d->to.rate * 9 / 10 * d->to.channels);
	ck_assert_double_eq_tol(20 * log10(loud / (11600 / sqrt(2))), 0, 0.8);
	direction_close(d);
}
END_TEST

START_TEST(packet_times_change_without_a_gap)
{
	static const unsigned ms[] = {20, 30, 40, 60, 10};
	unsigned in = ms[_i / 5], out = ms[_i % 5];
	struct transcode_conf conf =
		conf_of(pcmu(in), format_of("PCMA", 8000, 1, 8, out, NULL));
	struct direction *d = direction_open(&conf);

	direction_talk(d, tone, 1200 / in * 4);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 1200 / out * 4);
	for (unsigned i = 1; i < d->packets; i++) {
		ck_assert_uint_eq(d->seen[i].timestamp - d->seen[i - 1].timestamp, out * 8);
		ck_assert_uint_eq(d->seen[i].len, out * 8);
		ck_assert(!d->seen[i].marker);
	}
	direction_close(d);
}
END_TEST

/* Bytes that the far side takes are not decoded, whatever the size of packets. */
START_TEST(the_same_codec_is_only_packed_anew)
{
	static const struct {
		const char *name;
		unsigned in, out;
	} row[] = {{"PCMU", 20, 60}, {"GSM", 60, 20}, {"GSM", 20, 40}, {"G722", 30, 20},
		{"G726-24", 20, 30}, {"L16", 20, 20}};
	uint32_t clock = strcmp(row[_i].name, "L16") == 0 ? 16000 : 8000;
	struct transcode_conf conf =
		conf_of(format_of(row[_i].name, clock, 1, 97, row[_i].in, NULL),
			format_of(row[_i].name, clock, 1, 98, row[_i].out, NULL));
	struct direction *d = direction_open(&conf);
	const struct codec *c = codec_by_id(conf.to[0].codec);
	void *decoder = c->decoder_open(&conf.from[0]);
	int16_t *straight = calloc(conf.to[0].rate * 3, sizeof *straight);
	size_t samples = 0;

	for (unsigned i = 0; i < 2400 / row[_i].in; i++) {
		uint8_t bytes[CODEC_PAYLOAD_MAX];
		struct transcode_in in = direction_say(d, voice, bytes);

		samples += (size_t)c->decode(decoder, bytes, in.len, straight + samples, 1000);
		direction_put(d, &in);
	}
	ck_assert_uint_eq(transcode_counts(d->t)->frames, 0);
	ck_assert_uint_eq(d->packets, 2400 / row[_i].out);
	ck_assert_uint_eq(d->end, samples);
	ck_assert_mem_eq(d->heard, straight, samples * sizeof *straight);
	free(straight);
	c->decoder_close(decoder);
	direction_close(d);
}
END_TEST

START_TEST(opus_of_one_packet_time_passes_untouched_and_of_another_does_not)
{
	struct transcode_conf conf = conf_of(opus(20, NULL), opus(20, "maxplaybackrate=8000"));
	struct direction *d = direction_open(&conf);

	direction_talk(d, voice, 50);
	ck_assert_uint_eq(transcode_counts(d->t)->passed, 50);
	ck_assert_uint_eq(d->seen[49].timestamp - d->seen[0].timestamp, 49 * 960);
	direction_close(d);
	conf.to[0].ptime_ms = 60;
	d = direction_open(&conf);
	direction_talk(d, voice, 51);
	ck_assert_uint_eq(transcode_counts(d->t)->passed, 0);
	ck_assert_uint_eq(d->packets, 17);
	direction_close(d);
}
END_TEST

START_TEST(of_what_does_not_fit_into_a_packet_there_is_less_in_each)
{
	static const struct {
		unsigned clock, channels, packets, samples;
	} row[] = {{48000, 1, 70, 672}, {48000, 2, 196, 240}, {44100, 2, 196, 220}};
	struct transcode_conf conf = conf_of(
		pcmu(20), format_of("L16", row[_i].clock, row[_i].channels, 98, 20, NULL));
	struct direction *d = direction_open(&conf);

	direction_talk(d, tone, 49);
	ck_assert_uint_eq(d->packets, row[_i].packets);
	ck_assert_uint_eq(d->seen[1].timestamp - d->seen[0].timestamp, row[_i].samples);
	ck_assert_uint_eq(d->seen[1].len, row[_i].samples * row[_i].channels * 2);
	ck_assert(!d->out_of_step);
	direction_close(d);
}
END_TEST

/* Left is said, right is silent. */
static int16_t
left_only(uint64_t n, uint32_t rate)
{
	static unsigned calls;

	return calls++ % 2 == 0 ? tone(n, rate) : 0;
}

START_TEST(stereo_becomes_the_mean_and_stays_stereo_where_it_can)
{
	struct codec_format l16 = format_of("L16", 16000, 2, 97, 20, NULL);
	struct transcode_conf conf = conf_of(l16, format_of("G722", 8000, 1, 9, 20, NULL));
	struct direction *d = direction_open(&conf);

	direction_talk(d, left_only, 50);
	ck_assert_double_eq_tol(rms(d->heard, 8000, 15000), 11600 / sqrt(2) / 2, 150);
	direction_close(d);
	conf.to[0] = format_of("L16", 24000, 2, 98, 10, NULL);
	d = direction_open(&conf);
	direction_talk(d, left_only, 50);
	for (size_t i = 12000; i < 13000; i++)
		ck_assert_int_eq(d->heard[i * 2 + 1], 0);
	ck_assert_double_gt(rms(d->heard, 24000, 30000), 5000);
	direction_close(d);
}
END_TEST

START_TEST(a_marker_is_passed_on)
{
	struct transcode_conf conf = conf_of(pcmu(20), opus(20, NULL));
	struct direction *d = direction_open(&conf);
	uint8_t bytes[CODEC_PAYLOAD_MAX];
	struct transcode_in in;

	direction_talk(d, tone, 5);
	in = direction_say(d, tone, bytes);
	in.marker = true;
	direction_put(d, &in);
	ck_assert(d->seen[5].marker && !d->seen[4].marker);
	direction_close(d);
}
END_TEST

START_TEST(gain_is_heard_and_what_it_cuts_off_is_counted)
{
	struct transcode_conf conf =
		conf_of(pcmu(20), format_of("PCMA", 8000, 1, 8, 20, NULL));
	struct direction *d;

	conf.gain_db10 = -60;
	d = direction_open(&conf);
	direction_talk(d, tone, 60);
	ck_assert_double_eq_tol(rms(d->heard, 800, 8000), 11600 / sqrt(2) / 1.995, 80);
	ck_assert_uint_eq(transcode_counts(d->t)->clipped, 0);
	ck_assert_int_eq((transcode_counts(d->t)->level_db10 - 5) / 10, -15);
	direction_close(d);
	conf.gain_db10 = 180;
	d = direction_open(&conf);
	direction_talk(d, tone, 60);
	ck_assert_uint_gt(transcode_counts(d->t)->clipped, 1000);
	direction_close(d);
}
END_TEST

static int16_t
loud(uint64_t n, uint32_t rate)
{
	return (int16_t)(tone(n, rate) * 5 / 2);
}

/* Even at the greatest gain: it does not come with the other sign. */
START_TEST(what_gain_cuts_off_is_at_the_limit)
{
	struct codec_format l16 = format_of("L16", 8000, 1, 97, 20, NULL);
	struct transcode_conf conf = conf_of(l16, l16);
	struct direction *d;

	conf.gain_db10 = 300;
	d = direction_open(&conf);
	direction_talk(d, loud, 50);
	for (uint64_t i = 0; i < 8000; i++)
		if (abs(loud(i, 8000)) > 2000)
			ck_assert_int_eq(d->heard[i], loud(i, 8000) > 0 ? 32767 : -32768);
	direction_close(d);
}
END_TEST

static int16_t
nothing(uint64_t n, uint32_t rate)
{
	return 0;
}

/* Not even what the resampler still had. */
START_TEST(of_a_source_that_went_nothing_is_heard_after_the_next_has_begun)
{
	struct transcode_conf conf = conf_of(format_of("L16", 16000, 1, 97, 20, NULL),
		format_of("L16", 8000, 1, 98, 20, NULL));
	struct direction *d = direction_open(&conf);

	direction_talk(d, tone, 20);
	d->ssrc++;
	direction_talk(d, nothing, 20);
	ck_assert_uint_eq(d->packets, 40);
	ck_assert_double_gt(rms(d->heard, 2400, 3200), 1000);
	ck_assert_double_eq(rms(d->heard, 3200, 6400), 0);
	direction_close(d);
}
END_TEST

/* AMR's mode request; the opposite direction is told. */
START_TEST(a_mode_that_is_asked_for_is_heard_and_heeded)
{
	struct transcode_conf there, back;
	struct direction *d;
	uint8_t bytes[CODEC_PAYLOAD_MAX];
	struct transcode_in in;
	uint16_t most;

	if (codec_by_id(CODEC_AMR) == NULL) /* not built in */
		return;
	there = conf_of(format_of("AMR", 8000, 1, 97, 20, NULL), pcmu(20));
	back = conf_of(pcmu(20), there.from[0]);
	d = direction_open(&there);
	in = direction_say(d, voice, bytes);
	direction_put(d, &in);
	ck_assert_int_eq(transcode_request(d->t), -1);
	direction_wait(d, 20000);
	in = direction_say(d, voice, bytes);
	bytes[0] = (uint8_t)((bytes[0] & 0x0f) | 2 << 4);
	direction_put(d, &in);
	ck_assert_int_eq(transcode_request(d->t), 2);
	direction_close(d);
	d = direction_open(&back);
	direction_talk(d, voice, 1);
	most = d->seen[0].len;
	transcode_mode(d->t, 2);
	direction_talk(d, voice, 40);
	ck_assert_uint_eq(d->seen[40].len, 16); /* of 10 and 118 bits: RFC 4867 3.6 */
	ck_assert_uint_gt(most, 30);
	direction_close(d);
}
END_TEST

START_TEST(mute_is_silence_at_the_same_pace_and_block_is_nothing)
{
	struct transcode_conf conf = conf_of(pcmu(20), pcmu(20));
	struct direction *d;

	conf.flags = TRANSCODE_MUTE;
	d = direction_open(&conf);
	direction_talk(d, tone, 60);
	ck_assert_uint_eq(d->packets, 60);
	ck_assert_double_eq(rms(d->heard, 0, 9600), 0);
	ck_assert_int_eq(transcode_counts(d->t)->level_db10, -1270);
	direction_close(d);
	conf.flags = TRANSCODE_BLOCK;
	d = direction_open(&conf);
	direction_talk(d, tone, 60);
	ck_assert_uint_eq(d->packets, 0);
	ck_assert_uint_eq(transcode_counts(d->t)->packets_in, 60);
	direction_close(d);
}
END_TEST

/* Several may be in an answer; the sender takes which it likes. */
START_TEST(the_codec_changes_in_the_midst_of_a_call)
{
	struct transcode_conf conf = conf_of(pcmu(20), opus(20, NULL));
	struct codec_format other = format_of("G722", 8000, 1, 9, 20, NULL);
	struct direction *d;
	const struct codec *c = codec_by_id(CODEC_G722);
	void *first;

	conf.from[3] = other;
	d = direction_open(&conf);
	direction_talk(d, tone, 50);
	first = d->encoder;
	d->encoder = c->encoder_open(&other);
	d->codec = c;
	d->from = other;
	direction_talk(d, tone, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 100);
	ck_assert_uint_eq(d->seen[99].timestamp - d->seen[0].timestamp, 99 * 960);
	ck_assert_double_eq_tol(
		rms(d->heard, 48000 * 3 / 2, 48000 * 2 - 960), 11600 / sqrt(2), 800);
	ck_assert_uint_eq(transcode_counts(d->t)->unknown, 0);
	codec_by_id(CODEC_PCMU)->encoder_close(first);
	direction_close(d);
}
END_TEST

START_TEST(a_successor_goes_on_in_numbers_and_time)
{
	struct transcode_conf conf = conf_of(pcmu(20), opus(20, NULL));
	struct direction *d = direction_open(&conf);
	struct transcode *next;
	uint64_t number;
	uint32_t timestamp;

	direction_talk(d, tone, 10);
	transcode_position(d->t, &number, &timestamp);
	conf.to[0].ptime_ms = 40;
	next = transcode_open(&conf, 0, 0);
	transcode_continue(next, number, timestamp);
	transcode_close(d->t);
	d->t = next;
	direction_talk(d, tone, 10);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 15);
	ck_assert_uint_eq(d->seen[10].timestamp - d->seen[9].timestamp, 960);
	direction_close(d);
}
END_TEST

/* ---- What a call takes. ---- */

enum { CALLS = 100, SAID = 25 };

/* Half a second of it. */
struct speech {
	struct transcode_in in[SAID];
	uint8_t bytes[SAID][CODEC_PAYLOAD_MAX];
};

static void
record(struct speech *s, const struct transcode_conf *conf)
{
	struct direction *d = direction_open(conf);

	for (unsigned i = 0; i < SAID; i++)
		s->in[i] = direction_say(d, voice, s->bytes[i]);
	direction_close(d);
}

static void
nowhere(void *arg, const struct transcode_out *out)
{
}

static struct transcode *
open_and_speak(const struct transcode_conf *conf, const struct speech *s)
{
	struct transcode *t = transcode_open(conf, 0, 0);

	ck_assert_ptr_nonnull(t);
	for (unsigned i = 0; i < SAID; i++)
		transcode_put(t, &s->in[i], 1000000 + i * 20000, nowhere, NULL);
	return t;
}

/* Both directions of an Opus call fit into 64 KiB, and leave some of it to what else there is
 * of a call. */
START_TEST(a_call_takes_little_memory)
{
	struct codec_format keys = format_of("telephone-event", 8000, 1, 101, 20, NULL);
	struct transcode_conf conf[2] = {
		{.from = {pcmu(20), keys}, .to = {opus(20, NULL), keys}},
		{.from = {opus(20, NULL), keys}, .to = {pcmu(20), keys}}};
	static struct speech speech[2];
	static struct transcode *t[CALLS + 1][2];
	size_t before = 0, taken;

	record(&speech[0], &conf[0]);
	record(&speech[1], &conf[1]);
	for (unsigned i = 0; i <= CALLS; i++) {
		if (i == 1) /* the libraries' own pages are there */
			before = resident();
		for (unsigned k = 0; k < 2; k++)
			t[i][k] = open_and_speak(&conf[k], &speech[k]);
	}
	taken = (resident() - before) / CALLS;
	if (getenv("STROWGER_SHOW") != NULL)
		printf("Opus call: %zu bytes\n", taken);
	ck_assert_uint_le(taken, 58 * 1024);
	for (unsigned i = 0; i <= CALLS; i++)
		for (unsigned k = 0; k < 2; k++)
			transcode_close(t[i][k]);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	struct transcode_conf good = conf_of(pcmu(20), opus(20, NULL)), bad;

	ck_assert(transcode_conf_is_valid(&good));
	bad = good;
	bad.from[1] = bad.from[0]; /* which is it? */
	ck_assert(!transcode_conf_is_valid(&bad));
	bad = good;
	bad.to[1] = pcmu(20);
	ck_assert(!transcode_conf_is_valid(&bad));
	bad = good;
	bad.from[0].codec = CODEC_NONE;
	ck_assert(!transcode_conf_is_valid(&bad));
	bad = good;
	bad.to[0] = format_of("telephone-event", 8000, 1, 101, 20, NULL);
	ck_assert(!transcode_conf_is_valid(&bad));
	bad = good;
	bad.gain_db10 = 301;
	ck_assert(!transcode_conf_is_valid(&bad));
	bad = good;
	bad.window_us = 1000001;
	ck_assert(!transcode_conf_is_valid(&bad));
	bad = good;
	bad.flags = TRANSCODE_FLAGS + 1;
	ck_assert_ptr_null(transcode_open(&bad, 0, 0));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcode");
	TCase *c = tcase_create("in order");

	tcase_add_test(c, what_comes_in_order_leaves_at_once);
	tcase_add_loop_test(c, any_codec_becomes_any_other, 0, 100);
	tcase_add_loop_test(c, packet_times_change_without_a_gap, 0, 25);
	tcase_add_loop_test(c, the_same_codec_is_only_packed_anew, 0, 6);
	tcase_add_test(c, opus_of_one_packet_time_passes_untouched_and_of_another_does_not);
	tcase_add_loop_test(c, of_what_does_not_fit_into_a_packet_there_is_less_in_each, 0, 3);
	tcase_add_test(c, stereo_becomes_the_mean_and_stays_stereo_where_it_can);
	tcase_add_test(c, a_marker_is_passed_on);
	tcase_add_test(c, the_codec_changes_in_the_midst_of_a_call);
	tcase_add_test(c, a_successor_goes_on_in_numbers_and_time);
	tcase_add_test(c, a_call_takes_little_memory);
	tcase_add_test(c, of_a_source_that_went_nothing_is_heard_after_the_next_has_begun);
	tcase_add_test(c, a_mode_that_is_asked_for_is_heard_and_heeded);
	suite_add_tcase(s, c);
	c = tcase_create("loudness");
	tcase_add_test(c, gain_is_heard_and_what_it_cuts_off_is_counted);
	tcase_add_test(c, what_gain_cuts_off_is_at_the_limit);
	tcase_add_test(c, mute_is_silence_at_the_same_pace_and_block_is_nothing);
	suite_add_tcase(s, c);
	c = tcase_create("configuration");
	tcase_add_test(c, what_cannot_be_is_refused);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
