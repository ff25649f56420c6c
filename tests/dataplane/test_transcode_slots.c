/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about transcode.h and the mesh: what comes is numbered by slots of 20 ms and, where
 * it was lost, late; what goes there has to keep such slots. */
#include "direction.h"

enum { SLOT_US = TRANSCODE_SLOT_US, SLOT_TICKS = 160, SAID = 1000, WINDOW_US = 200000 };

/* A packet on its way. */
struct post {
	struct transcode_in in;
	uint8_t bytes[512];
	uint64_t comes_us; /* 0: never */
};

static struct post post[SAID];
static int64_t slot; /* of the next one */

static struct codec_format
pcmu(unsigned ptime_ms)
{
	return format_of("PCMU", 8000, 1, 0, ptime_ms, NULL);
}

static struct codec_format
l16(void)
{
	return format_of("L16", 8000, 1, 98, 20, NULL);
}

static struct direction *
from_mesh(struct codec_format from, struct codec_format to)
{
	const struct transcode_conf conf = {
		.from = {from}, .to = {to}, .window_us = WINDOW_US, .flags = TRANSCODE_SLOTS};

	slot = 0;
	return direction_open(&conf);
}

static struct direction *
to_mesh(struct codec_format from, struct codec_format to)
{
	const struct transcode_conf conf = {.from = {from},
		.to = {to},
		.window_us = TRANSCODE_WINDOW_US,
		.flags = TRANSCODE_WHOLE};

	return direction_open(&conf);
}

/* Packet N is said now, with MS of sound, and on its way for LATE_US.  Timestamps are those of
 * its slot. */
static void
say(struct direction *d, struct post *p, unsigned ms, uint64_t late_us)
{
	uint8_t bytes[CODEC_PAYLOAD_MAX];

	d->from.ptime_ms = (uint8_t)ms;
	p->in = direction_say(d, voice, bytes);
	ck_assert_uint_le(p->in.len, sizeof p->bytes);
	memcpy(p->bytes, bytes, p->in.len);
	p->in.payload = p->bytes;
	p->in.index = slot;
	p->in.timestamp = (uint32_t)slot * SLOT_TICKS;
	p->comes_us = d->now_us + (uint64_t)slot * SLOT_US + late_us;
	slot += ms / 20;
}

static int
by_arrival(const void *a, const void *b)
{
	const struct post *x = a, *y = b;

	return x->comes_us < y->comes_us ? -1 : x->comes_us > y->comes_us;
}

/* N packets arrive. */
static void
arrive(struct direction *d, unsigned n)
{
	qsort(post, n, sizeof *post, by_arrival);
	for (unsigned i = 0; i < n; i++) {
		if (post[i].comes_us == 0)
			continue;
		direction_wait(d, post[i].comes_us - d->now_us);
		post[i].in.payload = post[i].bytes;
		direction_put(d, &post[i].in);
	}
	direction_wait(d, 2 * WINDOW_US);
}

/* What has left from packet I on to packet N is regular. */
static void
is_regular(const struct direction *d, unsigned i, unsigned n)
{
	for (; i + 1 < n; i++)
		ck_assert_uint_eq(d->seen[i + 1].timestamp - d->seen[i].timestamp, SLOT_TICKS);
}

/* What was lost comes again, with what was lost behind it: every tenth packet, and three
 * behind it. */
static const struct {
	unsigned ms; /* of each packet; 0: of 20, 40 and 60 in turn */
} sizes[] = {{20}, {40}, {60}, {0}};

START_TEST(late_bursts_leave_as_regular_rtp)
{
	struct direction *d = from_mesh(pcmu(20), l16());

	srand(1);
	for (unsigned i = 0, burst = 0; i<SAID; i++, burst -= burst> 0) {
		unsigned ms = sizes[_i].ms != 0 ? sizes[_i].ms : 20 + 20 * (i % 3);
		uint64_t back_us = (uint64_t)slot * SLOT_US;

		if (i > 0 && burst == 0 && rand() % 10 == 0)
			burst = 3;
		say(d, &post[i], ms, burst > 0 ? 150000 + (uint64_t)rand() % 45000 : 0);
		ck_assert_uint_ge(post[i].comes_us, back_us);
	}
	arrive(d, SAID);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, slot);
	is_regular(d, 0, d->packets);
	ck_assert_uint_gt(transcode_counts(d->t)->reordered, 20);
	ck_assert_uint_eq(transcode_counts(d->t)->lost, 0);
	ck_assert_uint_eq(transcode_counts(d->t)->late, 0);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 0);
	direction_close(d);
}
END_TEST

/* Its frames are 40 ms, two slots each. */
START_TEST(codec2_of_40_ms_covers_two_slots)
{
	struct direction *d =
		from_mesh(format_of("CODEC2-1200", 8000, 1, 97, 40, NULL), pcmu(20));

	for (unsigned i = 0; i < 200; i++)
		say(d, &post[i], 40, i % 10 == 9 ? 120000 : 0);
	arrive(d, 200);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 400);
	is_regular(d, 0, 400);
	ck_assert_uint_eq(transcode_counts(d->t)->lost, 0);
	ck_assert_uint_eq(transcode_counts(d->t)->frames, 200);
	direction_close(d);
}
END_TEST

/* The same codec on both sides: payloads, put into packets of 20 ms. */
START_TEST(payloads_pass_in_order)
{
	struct direction *d = from_mesh(pcmu(20), pcmu(20));

	for (unsigned i = 0; i < 300; i++)
		say(d, &post[i], 60, i % 10 == 9 ? 180000 : 0);
	arrive(d, 300);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 900);
	is_regular(d, 0, 900);
	ck_assert_uint_eq(transcode_counts(d->t)->passed, 900);
	ck_assert_uint_eq(transcode_counts(d->t)->lost, 0);
	direction_close(d);
}
END_TEST

START_TEST(a_lost_long_packet_is_made_up_in_its_length)
{
	struct direction *d = from_mesh(pcmu(20), l16());

	for (unsigned i = 0; i < 100; i++) {
		say(d, &post[i], 60, 0);
		if (i == 50)
			post[i].comes_us = 0;
	}
	arrive(d, 100);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 300);
	is_regular(d, 0, 300);
	ck_assert_uint_eq(transcode_counts(d->t)->lost, 3);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 1); /* in one piece, as it was */
	direction_close(d);
}
END_TEST

START_TEST(when_the_mesh_is_calm_little_is_waited)
{
	struct direction *d = from_mesh(pcmu(20), l16());
	uint64_t left_us;

	for (unsigned i = 0; i < 700; i++)
		say(d, &post[i], 20, i == 50 ? 190000 : 0);
	arrive(d, 700);
	ck_assert_uint_eq(transcode_counts(d->t)->lost, 0);
	/* What waited was held up, what follows is not. */
	ck_assert_uint_gt(d->seen[51].at_us - d->seen[0].at_us, 51 * SLOT_US + 150000);
	ck_assert_uint_eq(d->seen[100].at_us - d->seen[0].at_us, 100 * SLOT_US);
	/* 13 s later a loss holds up what follows for a usual repair and no longer. */
	ck_assert_uint_eq(transcode_counts(d->t)->window_us, TRANSCODE_REPAIR_US);
	d->now_us = 1000000;
	left_us = d->seen[699].at_us;
	slot++;
	direction_wait(d, left_us - d->now_us);
	say(d, &post[0], 20, 0);
	post[0].in.payload = post[0].bytes;
	direction_put(d, &post[0].in);
	direction_wait(d, WINDOW_US);
	ck_assert_uint_eq(d->packets, 702);
	ck_assert_uint_le(d->seen[701].at_us - left_us, TRANSCODE_REPAIR_US);
	direction_close(d);
}
END_TEST

/* A phone that pauses leaves slots out, as if they were lost. */
START_TEST(a_pause_is_made_up_for_200_ms_and_moves_time_on)
{
	static const unsigned pauses[] = {
		25, 50, 100}; /* slots: waited for, given up, a jump */
	struct direction *d = from_mesh(pcmu(20), l16());
	uint64_t late_us;

	for (unsigned i = 0; i < 100; i++)
		say(d, &post[i], 20, 0);
	slot += pauses[_i];
	for (unsigned i = 100; i < 200; i++)
		say(d, &post[i], 20, 0);
	arrive(d, 200);
	ck_assert(!d->out_of_step);
	ck_assert_uint_le(transcode_counts(d->t)->concealed, 10);
	ck_assert_uint_eq(d->packets, 200 + transcode_counts(d->t)->concealed);
	ck_assert_uint_eq(d->seen[d->packets - 1].timestamp - d->seen[0].timestamp,
		(199 + pauses[_i]) * SLOT_TICKS);
	late_us = d->seen[d->packets - 1].at_us - d->seen[0].at_us -
		  (199 + pauses[_i]) * (uint64_t)SLOT_US;
	ck_assert_uint_eq(late_us, 0);
	direction_close(d);
}
END_TEST

START_TEST(what_comes_later_than_the_window_is_counted_and_changes_nothing)
{
	struct direction *d = from_mesh(pcmu(20), l16());

	for (unsigned i = 0; i < 500; i++)
		say(d, &post[i], 20, i % 50 == 49 ? 900000 : 0);
	arrive(d, 500);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 500); /* nothing was behind the last one */
	is_regular(d, 0, 500);
	ck_assert_uint_ge(transcode_counts(d->t)->late, 9);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 9);
	direction_close(d);
}
END_TEST

/* Slots are 20 ms, so these begin in 0, 1, 3, 4, 6, ... */
START_TEST(what_is_no_whole_number_of_slots_long_goes_on_as_one_sound)
{
	struct direction *d = from_mesh(pcmu(20), l16());

	for (unsigned i = 0; i < 200; i++) {
		slot = 3 * i / 2;
		say(d, &post[i], 30, 0);
		post[i].comes_us = d->now_us + i * UINT64_C(30000);
	}
	arrive(d, 200);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 300);
	is_regular(d, 0, 300);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 0);
	ck_assert_uint_eq(transcode_counts(d->t)->lost, 0);
	direction_close(d);
}
END_TEST

/* ---- Towards the mesh. ---- */

/* Slots that what has left begins in, each its own and whole. */
static void
has_slots(const struct direction *d)
{
	for (unsigned i = 0; i < d->packets; i++) {
		ck_assert_uint_eq(d->seen[i].len, SLOT_TICKS);
		if (i > 0)
			ck_assert_int_ge(
				(int32_t)(d->seen[i].timestamp - d->seen[i - 1].timestamp),
				SLOT_TICKS);
	}
}

START_TEST(only_whole_packets_leave)
{
	static const unsigned ptimes[] = {10, 20, 30, 50, 60};
	struct direction *d = to_mesh(pcmu(ptimes[_i]), pcmu(20));
	uint8_t bytes[CODEC_PAYLOAD_MAX];

	/* Two talk spurts that fill no packets, the second after a silence of some time. */
	direction_talk(d, tone, 7);
	d->timestamp += 3 * 80;
	direction_wait(d, 30000);
	direction_talk(d, tone, 7);
	d->index++; /* and one that is lost */
	direction_say(d, tone, bytes);
	direction_talk(d, tone, 7);
	ck_assert(transcode_counts(d->t)->passed > 0);
	has_slots(d);
	direction_close(d);
}
END_TEST

/* The rest of a packet that is left is silence, not less. */
START_TEST(what_is_short_is_filled_up_with_silence)
{
	struct direction *d = to_mesh(pcmu(10), pcmu(20));

	direction_talk(d, tone, 3);
	d->timestamp += 8000;
	direction_wait(d, 1000000);
	direction_talk(d, tone, 2);
	ck_assert_uint_eq(d->packets, 3);
	has_slots(d);
	ck_assert_uint_eq(d->seen[2].timestamp - d->seen[0].timestamp, 3 * 80 + 8000);
	for (unsigned i = 240; i < 320; i++)
		ck_assert_int_eq(d->heard[i], 0);
	direction_close(d);
}
END_TEST

START_TEST(a_payload_that_fits_no_slot_does_not_leave)
{
	struct codec_format opus = format_of("opus", 48000, 2, 111, 20, NULL);
	struct direction *d = to_mesh(opus, opus);

	direction_talk(d, tone, 10);
	ck_assert_uint_eq(d->packets, 10);
	d->from.ptime_ms = 10;
	direction_talk(d, tone, 10);
	ck_assert_uint_eq(d->packets, 10);
	ck_assert_uint_eq(transcode_counts(d->t)->malformed, 10);
	d->from.ptime_ms = 40;
	direction_talk(d, tone, 10);
	ck_assert_uint_eq(d->packets, 20);
	direction_close(d);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcode slots");
	TCase *c = tcase_create("slots");

	tcase_add_loop_test(c, late_bursts_leave_as_regular_rtp, 0, 4);
	tcase_add_test(c, codec2_of_40_ms_covers_two_slots);
	tcase_add_test(c, payloads_pass_in_order);
	tcase_add_test(c, a_lost_long_packet_is_made_up_in_its_length);
	tcase_add_test(c, when_the_mesh_is_calm_little_is_waited);
	tcase_add_loop_test(c, a_pause_is_made_up_for_200_ms_and_moves_time_on, 0, 3);
	tcase_add_test(c, what_comes_later_than_the_window_is_counted_and_changes_nothing);
	tcase_add_test(c, what_is_no_whole_number_of_slots_long_goes_on_as_one_sound);
	tcase_add_loop_test(c, only_whole_packets_leave, 0, 5);
	tcase_add_test(c, what_is_short_is_filled_up_with_silence);
	tcase_add_test(c, a_payload_that_fits_no_slot_does_not_leave);
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
