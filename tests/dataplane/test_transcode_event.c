/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about transcode.h and telephone-event, RFC 4733. */
#include "direction.h"

static struct codec_format
event(unsigned payload_type, uint32_t clock)
{
	return format_of("telephone-event", clock, 1, payload_type, 20, NULL);
}

static struct transcode_conf
pcmu_to_opus(void)
{
	return (struct transcode_conf){
		.from = {format_of("PCMU", 8000, 1, 0, 20, NULL), event(101, 8000)},
		.to = {format_of("opus", 48000, 2, 111, 20, NULL)},
		.window_us = TRANSCODE_WINDOW_US,
	};
}

/* Key 5 for 100 ms, its end three times, as in RFC 4733 2.5.1; sound beside it if asked. */
static void
press(struct direction *d, bool sound)
{
	uint8_t bytes[CODEC_PAYLOAD_MAX], key[4] = {5, 10};
	struct transcode_in in = {.payload_type = 101,
		.ssrc = d->ssrc,
		.timestamp = d->timestamp,
		.len = 4,
		.payload = key,
		.marker = true};

	for (unsigned ms = 20; ms <= 140; ms += 20) {
		unsigned duration = (ms < 100 ? ms : 100) * 8;

		key[1] = ms < 100 ? 10 : 0x80 | 10;
		key[2] = (uint8_t)(duration >> 8);
		key[3] = (uint8_t)duration;
		in.index = d->index++;
		direction_put(d, &in);
		in.marker = false;
		if (sound) {
			struct transcode_in beside = direction_say(d, tone, bytes);

			direction_put(d, &beside);
		} else if (ms < 100) {
			d->timestamp += 160;
		}
		direction_wait(d, 20000);
	}
	if (!sound)
		d->timestamp += 160 + 320;
}

START_TEST(a_key_crosses_with_one_timestamp_and_durations_of_the_far_clock)
{
	struct transcode_conf conf = pcmu_to_opus();
	struct direction *d;

	conf.to[1] = event(96, 8000);
	conf.to[2] = event(97, 48000); /* the clock of its sound */
	d = direction_open(&conf);
	direction_talk(d, tone, 50);
	press(d, false);
	direction_talk(d, tone, 50);
	ck_assert_uint_eq(d->packets, 107);
	for (unsigned i = 50; i < 57; i++) {
		unsigned ms = i < 54 ? (i - 49) * 20 : 100;

		ck_assert_uint_eq(d->seen[i].payload_type, 97);
		ck_assert_uint_eq(d->seen[i].number, 70000 + i);
		ck_assert_uint_eq(d->seen[i].timestamp, d->seen[49].timestamp + 960);
		ck_assert_uint_eq(d->seen[i].bytes[0], 5);
		ck_assert_int_eq(d->seen[i].marker, i == 50);
		ck_assert_uint_eq(d->seen[i].bytes[1], i < 54 ? 10 : 0x8a);
		ck_assert_uint_eq(
			(unsigned)d->seen[i].bytes[2] << 8 | d->seen[i].bytes[3], ms * 48);
	}
	/* Sound goes on behind the 140 ms in which there was none. */
	ck_assert_uint_eq(d->seen[57].timestamp, d->seen[50].timestamp + 140 * 48);
	ck_assert_uint_eq(transcode_counts(d->t)->events, 7);
	ck_assert(!d->out_of_step);
	direction_close(d);
}
END_TEST

START_TEST(sound_in_its_place_does_not_leave)
{
	struct transcode_conf conf = pcmu_to_opus();
	struct direction *d;

	conf.to[1] = event(96, 48000);
	d = direction_open(&conf);
	direction_talk(d, tone, 50);
	press(d, true);
	direction_talk(d, tone, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 50 + 7 + 2 + 50); /* 40 ms behind its end */
	for (unsigned i = 1; i < d->packets; i++)
		if (d->seen[i].payload_type == 111 && i > 57)
			ck_assert_uint_ge(d->seen[i].timestamp - d->seen[50].timestamp, 4800);
	ck_assert_uint_eq(d->seen[108].timestamp - d->seen[0].timestamp, 106 * 960);
	direction_close(d);
}
END_TEST

START_TEST(who_has_no_events_gets_none)
{
	struct transcode_conf conf = pcmu_to_opus();
	struct direction *d = direction_open(&conf);

	direction_talk(d, tone, 50);
	press(d, true);
	direction_talk(d, tone, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 107);
	ck_assert_uint_eq(transcode_counts(d->t)->events, 7);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 0);
	direction_close(d);
}
END_TEST

START_TEST(a_lost_end_does_not_mute_for_ever)
{
	struct transcode_conf conf = pcmu_to_opus();
	struct direction *d;
	uint8_t key[4] = {5, 10, 0, 160};
	struct transcode_in in = {.payload_type = 101, .len = 4, .payload = key, .ssrc = 1};

	conf.to[1] = event(96, 48000);
	d = direction_open(&conf);
	direction_talk(d, tone, 50);
	in.index = d->index++;
	in.timestamp = d->timestamp;
	direction_put(d, &in);
	direction_talk(d, tone, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 51 + 50 - 6); /* 20 ms and 100 more */
	direction_close(d);
}
END_TEST

/* Before the key there are 10 ms that do not fill a packet. */
START_TEST(what_was_said_before_leaves_before)
{
	struct transcode_conf conf = pcmu_to_opus();
	struct direction *d;

	conf.from[0].ptime_ms = 10;
	conf.to[1] = event(96, 48000);
	d = direction_open(&conf);
	direction_talk(d, tone, 51);
	press(d, false);
	ck_assert_uint_eq(d->packets, 26 + 7);
	ck_assert_uint_eq(d->seen[26].payload_type, 96);
	ck_assert_uint_eq(d->seen[26].timestamp - d->seen[25].timestamp, 960);
	ck_assert(!d->out_of_step);
	direction_close(d);
}
END_TEST

/* From the mesh only its end comes, in a slot of its own, and that once. */
START_TEST(a_key_that_is_one_packet_ends_three_times)
{
	struct transcode_conf conf = pcmu_to_opus();
	struct direction *d;
	uint8_t key[4] = {7, 0x80 | 10, 640 >> 8, 640 & 255};
	struct transcode_in in = {.payload_type = 101, .len = 4, .payload = key, .ssrc = 1};

	conf.to[1] = event(96, 48000);
	conf.flags = TRANSCODE_SLOTS;
	d = direction_open(&conf);
	direction_talk(d, tone, 50);
	for (unsigned i = 0; i < 2; i++) { /* its repetition adds nothing */
		in.index = d->index++;
		in.timestamp = d->timestamp;
		direction_put(d, &in);
	}
	d->timestamp += 160;
	direction_wait(d, 20000);
	ck_assert_uint_eq(d->packets, 53);
	for (unsigned i = 50; i < 53; i++) {
		ck_assert_uint_eq(d->seen[i].number, 70000 + i);
		ck_assert_uint_eq(d->seen[i].timestamp, d->seen[49].timestamp + 960);
		ck_assert_uint_eq(d->seen[i].bytes[0], 7);
		ck_assert_uint_eq(d->seen[i].bytes[1], 0x8a);
		ck_assert_uint_eq(
			(unsigned)d->seen[i].bytes[2] << 8 | d->seen[i].bytes[3], 80 * 48);
		ck_assert_int_eq(d->seen[i].marker, i == 50);
	}
	direction_talk(d, tone, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 53 + 50 - 3); /* without 60 ms in the key's place */
	direction_close(d);
}
END_TEST

START_TEST(what_is_too_short_is_malformed)
{
	struct transcode_conf conf = pcmu_to_opus();
	struct direction *d;
	struct transcode_in in = {
		.payload_type = 101, .len = 3, .payload = (const uint8_t *)"abc"};

	conf.to[1] = event(96, 48000);
	d = direction_open(&conf);
	direction_put(d, &in);
	ck_assert_uint_eq(d->packets, 0);
	ck_assert_uint_eq(transcode_counts(d->t)->malformed, 1);
	direction_close(d);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcode event");
	TCase *c = tcase_create("event");

	tcase_add_test(c, a_key_crosses_with_one_timestamp_and_durations_of_the_far_clock);
	tcase_add_test(c, sound_in_its_place_does_not_leave);
	tcase_add_test(c, who_has_no_events_gets_none);
	tcase_add_test(c, a_lost_end_does_not_mute_for_ever);
	tcase_add_test(c, what_was_said_before_leaves_before);
	tcase_add_test(c, a_key_that_is_one_packet_ends_three_times);
	tcase_add_test(c, what_is_too_short_is_malformed);
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
