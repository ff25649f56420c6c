/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about transcode.h and pauses: codecs that pause by themselves, comfort noise of RFC
 * 3389 on either side or on both. */
#include <math.h>

#include "direction.h"

static struct transcode_conf
conf_of(struct codec_format from, struct codec_format to)
{
	return (struct transcode_conf){
		.from = {from}, .to = {to}, .window_us = TRANSCODE_WINDOW_US};
}

static struct codec_format
pcmu(void)
{
	return format_of("PCMU", 8000, 1, 0, 20, NULL);
}

static struct codec_format
opus(const char *fmtp)
{
	return format_of("opus", 48000, 2, 111, 20, fmtp);
}

static struct codec_format
cn(unsigned payload_type)
{
	return format_of("CN", 8000, 1, payload_type, 20, NULL);
}

/* A second of sound, two of nothing. */
static int16_t
now_and_then(uint64_t n, uint32_t rate)
{
	return n / rate % 3 == 0 ? tone(n, rate) : 0;
}

/* What stands at the place of SECONDS to SECONDS + 1/2 in the far side's time. */
static double
loud_at(const struct direction *d, double seconds)
{
	return rms(d->heard, (size_t)(seconds * d->to.rate),
		(size_t)((seconds + 0.5) * d->to.rate));
}

START_TEST(the_pauses_of_opus_stay_pauses)
{
	struct transcode_conf conf = conf_of(opus("usedtx=1"), pcmu());
	struct direction *d = direction_open(&conf);
	unsigned markers = 0;

	d->from.rate = 16000;
	d->codec->encoder_close(d->encoder);
	d->encoder = d->codec->encoder_open(&d->from);
	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	ck_assert_uint_lt(d->packets, 400);
	for (unsigned i = 1; i < d->packets; i++) {
		bool pause = d->seen[i].timestamp - d->seen[i - 1].timestamp != 160;

		ck_assert_int_eq(d->seen[i].marker, pause);
		markers += pause;
	}
	ck_assert_uint_ge(markers, 4);
	/* Sound is where it was. */
	ck_assert_double_gt(loud_at(d, 0.3), 6000);
	ck_assert_double_lt(loud_at(d, 1.6), 50);
	ck_assert_double_gt(loud_at(d, 9.3), 6000);
	ck_assert_double_lt(loud_at(d, 10.6), 50);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 0);
	direction_close(d);
}
END_TEST

START_TEST(they_are_filled_for_who_needs_sound_without_pause)
{
	struct transcode_conf conf = conf_of(opus("usedtx=1"), pcmu());
	struct direction *d;

	conf.flags = TRANSCODE_FILL;
	d = direction_open(&conf);
	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	for (unsigned i = 1; i < d->packets; i++)
		ck_assert_uint_eq(d->seen[i].timestamp - d->seen[i - 1].timestamp, 160);
	ck_assert_uint_ge(d->packets, 590);
	ck_assert_double_gt(loud_at(d, 9.3), 6000);
	ck_assert_double_lt(loud_at(d, 10.6), 300);
	direction_close(d);
}
END_TEST

START_TEST(they_are_told_to_who_knows_comfort_noise)
{
	struct transcode_conf conf = conf_of(opus("usedtx=1"), pcmu());
	struct direction *d;
	unsigned told = 0;

	conf.to[1] = cn(13);
	d = direction_open(&conf);
	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	for (unsigned i = 0; i < d->packets; i++)
		told += d->seen[i].payload_type == 13;
	ck_assert_uint_ge(told, 4);
	ck_assert_uint_lt(d->packets, 450);
	direction_close(d);
}
END_TEST

/* A second of sound, then CN with LEVEL and nothing for two, and sound again. */
static void
talk_and_pause(struct direction *d, uint8_t level)
{
	struct transcode_in in = {.len = 1, .payload = &level, .payload_type = 13};

	direction_talk(d, tone, 50);
	in.index = d->index++;
	in.ssrc = d->ssrc;
	in.timestamp = d->timestamp;
	direction_put(d, &in);
	d->timestamp += 16000;
	direction_wait(d, 2000000);
	direction_talk(d, tone, 50);
}

START_TEST(comfort_noise_is_made_for_who_has_none)
{
	struct transcode_conf conf = conf_of(pcmu(), format_of("G722", 8000, 1, 9, 20, NULL));
	struct direction *d;

	conf.from[1] = cn(13);
	d = direction_open(&conf);
	talk_and_pause(d, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_ge(d->packets, 199);
	ck_assert_uint_le(d->packets, 202);
	for (unsigned i = 1; i < d->packets; i++)
		ck_assert_uint_eq(d->seen[i].timestamp - d->seen[i - 1].timestamp, 160);
	ck_assert_double_eq_tol(20 * log10(loud_at(d, 1.5) / 32768), -50, 2);
	ck_assert_double_gt(loud_at(d, 3.2), 6000);
	direction_close(d);
}
END_TEST

START_TEST(it_passes_to_who_has_it)
{
	struct transcode_conf conf = conf_of(pcmu(), format_of("G722", 8000, 1, 9, 20, NULL));
	struct direction *d;

	conf.from[1] = cn(13);
	conf.to[1] = cn(97);
	d = direction_open(&conf);
	talk_and_pause(d, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 101);
	ck_assert_uint_eq(d->seen[50].payload_type, 97);
	ck_assert_uint_eq(d->seen[50].bytes[0], 50);
	ck_assert_uint_eq(d->seen[50].timestamp - d->seen[49].timestamp, 160);
	ck_assert(d->seen[51].marker);
	ck_assert_uint_eq(d->seen[51].timestamp - d->seen[50].timestamp, 16000);
	direction_close(d);
}
END_TEST

START_TEST(who_has_pauses_of_his_own_gets_a_pause)
{
	struct transcode_conf conf = conf_of(pcmu(), opus(NULL));
	struct direction *d;

	conf.from[1] = cn(13);
	d = direction_open(&conf);
	talk_and_pause(d, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 100);
	ck_assert_uint_eq(d->seen[50].timestamp - d->seen[49].timestamp, 960 + 96000);
	ck_assert(d->seen[50].marker);
	direction_close(d);
}
END_TEST

/* What has a timestamp of 8 kHz cannot stand among those of 48. */
START_TEST(comfort_noise_of_another_clock_is_none)
{
	struct transcode_conf conf = conf_of(pcmu(), opus(NULL));
	struct direction *d;

	conf.from[1] = cn(13);
	conf.to[1] = cn(97);
	d = direction_open(&conf);
	talk_and_pause(d, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 100);
	for (unsigned i = 0; i < d->packets; i++)
		ck_assert_uint_eq(d->seen[i].payload_type, 111);
	direction_close(d);
}
END_TEST

/* A packet of one sample is not followed by thousands that are made up. */
START_TEST(however_short_packets_are_what_is_made_up_is_not)
{
	struct transcode_conf conf = conf_of(pcmu(), format_of("L16", 8000, 1, 98, 20, NULL));
	struct direction *d;
	struct transcode_in in;
	uint8_t bytes[CODEC_PAYLOAD_MAX];

	conf.flags = TRANSCODE_FILL;
	d = direction_open(&conf);
	direction_talk(d, tone, 10);
	in = direction_say(d, tone, bytes);
	in.len = 1;
	direction_put(d, &in);
	direction_wait(d, 2000000);
	ck_assert_uint_ge(transcode_counts(d->t)->filled, 45);
	ck_assert_uint_le(transcode_counts(d->t)->filled, 55);
	direction_close(d);
}
END_TEST

/* An encoder that pauses sends nothing, and time goes on. */
START_TEST(an_encoder_that_pauses_makes_a_pause)
{
	struct transcode_conf conf = conf_of(pcmu(), opus("usedtx=1"));
	struct direction *d = direction_open(&conf);

	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	ck_assert_uint_lt(d->packets, 450);
	for (unsigned i = 1; i < d->packets; i++)
		ck_assert_int_eq(d->seen[i].marker,
			d->seen[i].timestamp - d->seen[i - 1].timestamp != 960);
	direction_close(d);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcode pause");
	TCase *c = tcase_create("pause");

	tcase_add_test(c, the_pauses_of_opus_stay_pauses);
	tcase_add_test(c, they_are_filled_for_who_needs_sound_without_pause);
	tcase_add_test(c, they_are_told_to_who_knows_comfort_noise);
	tcase_add_test(c, comfort_noise_is_made_for_who_has_none);
	tcase_add_test(c, it_passes_to_who_has_it);
	tcase_add_test(c, who_has_pauses_of_his_own_gets_a_pause);
	tcase_add_test(c, comfort_noise_of_another_clock_is_none);
	tcase_add_test(c, however_short_packets_are_what_is_made_up_is_not);
	tcase_add_test(c, an_encoder_that_pauses_makes_a_pause);
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
