/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about transcode.h and annex B of G.729, which pauses by descriptions of noise, two
 * octets long, where the far side allows it: RFC 3551 4.5.6, and RFC 7261 for who allows it.
 * Built where the codec is. */
#include "direction.h"

enum { G729 = 18, VOICE = 20, FRAME = 10, NOISE = 2, TICKS = 160 };

static struct codec_format
g729(const char *fmtp, unsigned ptime_ms)
{
	return format_of("G729", 8000, 1, G729, ptime_ms, fmtp);
}

static struct codec_format
pcmu(void)
{
	return format_of("PCMU", 8000, 1, 0, 20, NULL);
}

static struct direction *
open_between(struct codec_format from, struct codec_format to, uint16_t flags)
{
	struct transcode_conf conf = {
		.from = {from}, .to = {to}, .window_us = TRANSCODE_WINDOW_US, .flags = flags};

	conf.to[1] = format_of("CN", 8000, 1, 13, 20, NULL);
	return direction_open(&conf);
}

/* A second of sound, two of nothing. */
static int16_t
now_and_then(uint64_t n, uint32_t rate)
{
	return n / rate % 3 == 0 ? voice(n, rate) : 0;
}

/* Packets whose payload ends with a description of noise. */
static unsigned
descriptions(const struct direction *d)
{
	unsigned n = 0;

	for (unsigned i = 0; i < d->packets; i++)
		n += d->seen[i].payload_type == G729 && d->seen[i].len % FRAME == NOISE;
	return n;
}

START_TEST(who_allows_it_is_told_of_pauses_and_sent_nothing)
{
	struct direction *d = open_between(pcmu(), g729(NULL, 20), 0);

	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	ck_assert_uint_ge(descriptions(d), 4);
	ck_assert_uint_lt(d->packets, 450);
	direction_close(d);
}
END_TEST

START_TEST(who_forbids_it_is_sent_voice_all_the_time)
{
	struct direction *d = open_between(pcmu(), g729("annexb=no", 20), 0);

	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	ck_assert_uint_ge(d->packets, 599);
	for (unsigned i = 0; i < d->packets; i++)
		ck_assert_uint_eq(d->seen[i].len, VOICE);
	direction_close(d);
}
END_TEST

/* Whatever was agreed: it is decoded, for some phones do as they like. */
START_TEST(the_pauses_of_a_sender_are_told_as_the_far_side_can)
{
	struct direction *d = open_between(g729(NULL, 20), pcmu(), 0);
	unsigned told = 0;

	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(transcode_counts(d->t)->malformed, 0);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 0);
	for (unsigned i = 0; i < d->packets; i++)
		told += d->seen[i].payload_type == 13;
	ck_assert_uint_ge(told, 4);
	ck_assert_uint_lt(d->packets, 350);
	direction_close(d);

	d = open_between(g729(NULL, 20), pcmu(), TRANSCODE_FILL);
	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	ck_assert_uint_ge(d->packets, 400); /* a second of each pause */
	ck_assert_double_gt(rms(d->heard, 72400, 79600), 1000);
	ck_assert_double_lt(rms(d->heard, 82000, 86000), 50);
	ck_assert_uint_eq(transcode_counts(d->t)->malformed, 0);
	direction_close(d);
}
END_TEST

/* As packets of 30 ms, so that they are put together anew. */
START_TEST(descriptions_pass_to_who_allows_them)
{
	struct direction *d = open_between(g729(NULL, 20), g729(NULL, 30), 0);

	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	ck_assert_uint_ge(descriptions(d), 4);
	ck_assert_uint_eq(transcode_counts(d->t)->frames, 0);
	direction_close(d);
}
END_TEST

START_TEST(to_who_forbids_them_the_voice_alone_passes)
{
	struct direction *d = open_between(g729(NULL, 20), g729("annexb=no", 30), 0);
	unsigned pauses = 0;

	direction_talk(d, now_and_then, 600);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(transcode_counts(d->t)->frames, 0);
	for (unsigned i = 0; i < d->packets; i++) {
		ck_assert_uint_eq(d->seen[i].len % FRAME, 0);
		ck_assert_uint_gt(d->seen[i].len, 0);
		pauses += d->seen[i].marker;
	}
	ck_assert_uint_ge(pauses, 4);
	/* Time is the sender's: three pauses of two seconds are in it, or nearly. */
	ck_assert_uint_ge(d->last_timestamp - d->first_timestamp, 9 * 8000);
	direction_close(d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("transcode_g729");
	TCase *t = tcase_create("annex B");
	SRunner *r;
	int failed;

	tcase_add_test(t, who_allows_it_is_told_of_pauses_and_sent_nothing);
	tcase_add_test(t, who_forbids_it_is_sent_voice_all_the_time);
	tcase_add_test(t, the_pauses_of_a_sender_are_told_as_the_far_side_can);
	tcase_add_test(t, descriptions_pass_to_who_allows_them);
	tcase_add_test(t, to_who_forbids_them_the_voice_alone_passes);
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
