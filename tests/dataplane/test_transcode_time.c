/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about transcode.h where the sender's time is not ours: clocks that drift, packets in
 * heaps, timestamps and sources that change. */
#include "direction.h"

static struct transcode_conf
pcmu_to_opus(uint16_t flags)
{
	return (struct transcode_conf){
		.from = {format_of("PCMU", 8000, 1, 0, 20, NULL)},
		.to = {format_of("opus", 48000, 2, 111, 20, NULL)},
		.window_us = TRANSCODE_WINDOW_US,
		.flags = flags,
	};
}

static struct transcode_conf
pcmu_to_pcma(uint16_t flags)
{
	struct transcode_conf conf = pcmu_to_opus(flags);

	conf.to[0] = format_of("PCMA", 8000, 1, 8, 20, NULL);
	return conf;
}

/* By how much the sound that leaves is ahead of the clock it leaves by, milliseconds. */
static double
ahead_ms(const struct direction *d, unsigned i)
{
	uint32_t ticks = d->seen[i].timestamp - d->seen[0].timestamp;

	return ticks * 1000.0 / codec_clock(&d->to) -
	       (double)(d->seen[i].at_us - d->seen[0].at_us) / 1000;
}

/* A quarter of a million packets, 20 ms and 200 ppm more or less of our time apart.  Only
 * timestamps say what the sender's time is, and they are kept; nothing is put in or left out,
 * with and without filling. */
START_TEST(an_hour_of_drift_adds_no_delay)
{
	static const int ppm[] = {200, -200};
	struct transcode_conf conf = pcmu_to_pcma(_i % 2 == 0 ? 0 : TRANSCODE_FILL);
	struct direction *d = direction_open(&conf);
	uint8_t bytes[160];
	struct transcode_in in = {.index = 1, .len = 160, .payload = bytes, .ssrc = 1};
	bool regular = true;
	double us = 0;

	memset(bytes, 0x55, sizeof bytes);
	for (unsigned i = 0; i < 180000; i++) {
		unsigned before = d->packets;

		direction_put(d, &in);
		regular &= d->packets == before + 1;
		in.index++;
		in.timestamp += 160;
		us += 20000 * (1 + ppm[_i / 2] * 1e-6);
		direction_wait(d, (uint64_t)us);
		us -= (uint64_t)us;
	}
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(transcode_counts(d->t)->filled, 0);
	for (unsigned i = 1; i < d->packets; i++)
		regular &= d->seen[i].timestamp - d->seen[i - 1].timestamp == 160;
	ck_assert(regular);
	ck_assert_double_eq_tol(
		ahead_ms(d, d->packets - 1), -ppm[_i / 2] * 1e-6 * 3600 * 1000, 21);
	direction_close(d);
}
END_TEST

/* The network holds packets up for half a second every few seconds and then hands them over in
 * a heap. */
START_TEST(heaps_of_packets_leave_no_delay_behind)
{
	struct transcode_conf conf = pcmu_to_pcma(_i == 0 ? 0 : TRANSCODE_FILL);
	struct direction *d = direction_open(&conf);
	double most = 0;

	for (unsigned round = 0; round < 60; round++) {
		struct transcode_in held[25];
		uint8_t bytes[25][CODEC_PAYLOAD_MAX];

		direction_talk(d, voice, 100);
		for (unsigned i = 0; i < 25; i++) {
			held[i] = direction_say(d, voice, bytes[i]);
			direction_wait(d, 20000);
		}
		for (unsigned i = 0; i < 25; i++)
			direction_put(d, &held[i]);
	}
	direction_talk(d, voice, 100);
	for (unsigned i = 0; i < d->packets; i++)
		most = ahead_ms(d, i) > most ? ahead_ms(d, i) : most;
	ck_assert_double_lt(most, 61); /* three packets */
	ck_assert_double_gt(ahead_ms(d, d->packets - 1), -61);
	ck_assert(!d->out_of_step);
	if (_i == 1) {
		ck_assert_uint_gt(transcode_counts(d->t)->filled, 60 * 20);
		for (unsigned i = 1; i < d->packets; i++)
			ck_assert_uint_le(d->seen[i].at_us - d->seen[i - 1].at_us, 61000);
	}
	direction_close(d);
}
END_TEST

START_TEST(hold_and_resume_keep_time)
{
	struct transcode_conf conf = pcmu_to_opus(0);
	struct direction *d = direction_open(&conf);

	direction_talk(d, tone, 25);
	d->index++; /* one is lost, so that the pause might be taken for more of it */
	d->timestamp += 160;
	direction_wait(d, 20000);
	direction_talk(d, tone, 24);
	direction_wait(d, 600 * 1000000u);
	if (_i == 0) /* the clock of its timestamps goes on in the meantime, or does not */
		d->timestamp += 600 * 8000u;
	direction_talk(d, tone, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 100);
	ck_assert(d->seen[50].marker || _i == 1);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 1);
	if (_i == 0)
		ck_assert_double_eq_tol(ahead_ms(d, 99), 0, 21);
	ck_assert_uint_eq(transcode_counts(d->t)->jumps, 0);
	direction_close(d);
}
END_TEST

/* The sender counts samples, 16,000 a second, where RFC 3551 says 8,000; or at first it does
 * and then does not. */
START_TEST(g722_is_understood_by_whatever_clock_it_is_stamped)
{
	struct transcode_conf conf = pcmu_to_pcma(_i == 0 ? 0 : TRANSCODE_FILL);
	struct direction *d;
	uint8_t bytes[CODEC_PAYLOAD_MAX];
	unsigned wrong = 0;

	conf.from[0] = format_of("G722", 8000, 1, 9, 20, NULL);
	d = direction_open(&conf);
	for (unsigned i = 0; i < 200; i++) {
		struct transcode_in in = direction_say(d, tone, bytes);

		if (i == 100) /* a pause of its own */
			direction_wait(d, 200000);
		in.timestamp = i < 150 ? 320 * (i + (i < 100 ? 0 : 10)) : 160 * i + 1000000;
		direction_put(d, &in);
		direction_wait(d, 20000);
	}
	/* Until that is seen each packet has a gap in front. */
	for (unsigned i = 1; i < d->packets; i++)
		wrong += d->seen[i].timestamp - d->seen[i - 1].timestamp != 160;
	ck_assert_uint_le(wrong, 4 + 1 + 1);
	ck_assert_uint_le(d->seen[99].timestamp - d->seen[0].timestamp, 103 * 160);
	ck_assert_double_eq_tol(ahead_ms(d, d->packets - 1), 80, 41);
	ck_assert_uint_le(transcode_counts(d->t)->jumps, 1);
	ck_assert(!d->out_of_step);
	direction_close(d);
}
END_TEST

START_TEST(timestamps_that_jump_are_taken_by_arrival)
{
	static const uint32_t by[] = {0x70000000, 0x90000000, 100000, (uint32_t)-100000};
	struct transcode_conf conf = pcmu_to_opus(0);
	struct direction *d = direction_open(&conf);

	direction_talk(d, tone, 50);
	d->timestamp += by[_i];
	direction_talk(d, tone, 50);
	direction_wait(d, 3000000);
	d->timestamp += by[_i];
	direction_talk(d, tone, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(transcode_counts(d->t)->jumps, 2);
	ck_assert_uint_eq(d->seen[50].timestamp - d->seen[49].timestamp, 960);
	ck_assert(d->seen[50].marker && d->seen[100].marker && !d->seen[51].marker);
	ck_assert_double_eq_tol(ahead_ms(d, 149), 0, 21);
	direction_close(d);
}
END_TEST

START_TEST(another_source_goes_on_where_the_one_before_was)
{
	struct transcode_conf conf = pcmu_to_opus(0);
	struct direction *d = direction_open(&conf);
	uint8_t bytes[CODEC_PAYLOAD_MAX], old_bytes[CODEC_PAYLOAD_MAX];
	struct transcode_in in, old;

	direction_talk(d, tone, 50);
	old = direction_say(d, tone, old_bytes);
	d->ssrc = 77;
	d->index = 12;
	d->timestamp = 999;
	direction_talk(d, tone, 2);
	direction_put(d, &old); /* a straggler changes nothing */
	direction_talk(d, tone, 48);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 100);
	ck_assert_uint_eq(d->seen[99].timestamp - d->seen[0].timestamp, 99 * 960);
	ck_assert(d->seen[50].marker && !d->seen[53].marker);
	ck_assert_uint_eq(transcode_counts(d->t)->jumps, 1);
	ck_assert_uint_eq(transcode_counts(d->t)->late, 1);
	/* The first one may come back later. */
	direction_wait(d, 2000000);
	in = direction_say(d, tone, bytes);
	in.ssrc = 1;
	direction_put(d, &in);
	ck_assert_uint_eq(d->packets, 101);
	ck_assert_double_eq_tol(ahead_ms(d, 100), 0, 21);
	direction_close(d);
}
END_TEST

/* The far side hears something all the time, for a while. */
START_TEST(a_party_that_stops_is_filled_in_for_a_second)
{
	struct transcode_conf conf = pcmu_to_pcma(TRANSCODE_FILL);
	struct direction *d = direction_open(&conf);
	unsigned before;

	direction_talk(d, tone, 100);
	before = d->packets;
	direction_wait(d, 5000000);
	ck_assert_uint_eq(d->packets, before + 50);
	ck_assert_uint_eq(transcode_counts(d->t)->filled, 50);
	for (unsigned i = before; i < d->packets; i++) {
		ck_assert_uint_eq(d->seen[i].timestamp - d->seen[i - 1].timestamp, 160);
		ck_assert_uint_le(d->seen[i].at_us - d->seen[i - 1].at_us, 61000);
	}
	ck_assert_uint_eq(transcode_due(d->t), UINT64_MAX);
	/* It does not stop dead, and not for long go on. */
	ck_assert_double_gt(rms(d->heard, 16000, 16160), 4000);
	ck_assert_double_lt(rms(d->heard, 16000 + 160 * 8, 16000 + 160 * 48), 700);
	direction_close(d);
}
END_TEST

/* A core that was held up does not make good for it. */
START_TEST(a_late_timer_fills_no_more_than_is_worth_it)
{
	struct transcode_conf conf = pcmu_to_pcma(TRANSCODE_FILL);
	struct direction *d = direction_open(&conf);
	unsigned before;

	direction_talk(d, tone, 100);
	before = d->packets;
	d->now_us += 900000;
	direction_wait(d, 0);
	ck_assert_uint_le(d->packets - before, 15);
	ck_assert_double_eq_tol(ahead_ms(d, d->packets - 1), 0, 80);
	direction_close(d);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcode time");
	TCase *c = tcase_create("time");

	tcase_add_loop_test(c, an_hour_of_drift_adds_no_delay, 0, 4);
	tcase_add_loop_test(c, heaps_of_packets_leave_no_delay_behind, 0, 2);
	tcase_add_loop_test(c, hold_and_resume_keep_time, 0, 2);
	tcase_add_loop_test(c, g722_is_understood_by_whatever_clock_it_is_stamped, 0, 2);
	tcase_add_loop_test(c, timestamps_that_jump_are_taken_by_arrival, 0, 4);
	tcase_add_test(c, another_source_goes_on_where_the_one_before_was);
	tcase_add_test(c, a_party_that_stops_is_filled_in_for_a_second);
	tcase_add_test(c, a_late_timer_fills_no_more_than_is_worth_it);
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
