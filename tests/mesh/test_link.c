/* SPDX-License-Identifier: Apache-2.0
 *
 * Two links, one at each end of a bad line, in virtual time.  mesh/link.c.  What windows and
 * acknowledgements mean is docs/vomp.md's; that 20 % of loss costs less than 150 ms is what a
 * call can bear. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesh/link.h"

enum {
	STEP_US = 250,
	FRAME_US = 20000,
	FRAMES = 3000, /* a minute of one call */
	UNDER_WAY = 512,
	IN_ONE = 8, /* frames of a datagram */
};

/* What happens to datagrams. */
struct line {
	unsigned loss, twice, late; /* per cent; LATE: by LATE_US more */
	unsigned delay_us, late_us;
	unsigned window;   /* frames sent at a time */
	unsigned every_us; /* so often; 0: FRAME_US */
};

struct datagram {
	uint64_t at; /* when it arrives; 0: no datagram */
	uint8_t seq;
	bool says; /* link state, with ... */
	bool acks;
	uint8_t ack;
	uint32_t mask;
	unsigned frames;
	struct {
		uint8_t seq;
		uint32_t what;
	} frame[IN_ONE];
};

struct side {
	struct link link;
	uint32_t kept[LINK_KEPT]; /* what is in each place */
	uint32_t next;            /* to say */
	uint64_t said_us[FRAMES];
	unsigned heard[FRAMES];
	uint64_t heard_us[FRAMES], worst_us;
	unsigned most;                 /* that waited at a time */
	struct datagram to[UNDER_WAY]; /* on their way to us */
};

static struct side side[2];
static uint64_t now;
static uint64_t random_state;

static unsigned
dice(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % n);
}

/* ---- The line ---- */

static void
put_one(struct side *to, const struct datagram *d, const struct line *line)
{
	for (unsigned i = 0; i < UNDER_WAY; i++)
		if (to->to[i].at == 0) {
			to->to[i] = *d;
			to->to[i].at = now + line->delay_us +
				       (dice(100) < line->late ? dice(line->late_us) : 0);
			return;
		}
	ck_abort_msg("there are too many datagrams");
}

static void
put(struct side *to, const struct datagram *d, const struct line *line)
{
	if (dice(100) < line->loss)
		return;
	put_one(to, d, line);
	if (dice(100) < line->twice)
		put_one(to, d, line);
}

/* ---- An end ---- */

/* Send what is in the N PLACES, and link state if that is to be said. */
static void
send(struct side *s, struct side *far, const uint16_t *place, unsigned n, bool say,
	const struct line *line)
{
	while (n > 0 || say) {
		struct datagram d = {.at = 1};

		for (; n > 0 && d.frames < IN_ONE; n--, place++) {
			d.frame[d.frames].seq = link_put(&s->link, *place, now);
			d.frame[d.frames++].what = s->kept[*place];
		}
		if (say) {
			const struct link_heard *h =
				&s->link.heard[link_is_unicast(&s->link, now)];

			d.says = true;
			d.acks = h->any;
			d.ack = h->last;
			d.mask = h->mask;
			link_said(&s->link, now);
			say = false;
		}
		d.seq = link_send(&s->link, d.frames > 0, now);
		put(far, &d, line);
	}
}

static void
hear(struct side *s, uint32_t what)
{
	ck_assert_uint_lt(what, FRAMES);
	if (s->heard[what]++ == 0)
		s->heard_us[what] = now;
}

static void
take(struct side *s, const struct datagram *d)
{
	link_datagram(&s->link, true, true, d->seq, now);
	for (unsigned i = 0; i < d->frames; i++)
		if (link_frame(&s->link, d->frame[i].seq, true, now))
			hear(s, d->frame[i].what);
	if (d->says && d->acks)
		link_acked(&s->link, d->ack, d->mask, now);
}

static uint64_t
interval(const struct line *line)
{
	return line->every_us != 0 ? line->every_us : FRAME_US;
}

/* Say what is due; where it is kept.  How much that is. */
static unsigned
speak(struct side *s, const struct line *line, uint16_t *place)
{
	unsigned n = 0;

	while (n < line->window && s->next < FRAMES &&
		now >= s->next / line->window * interval(line)) {
		place[n] = (uint16_t)link_keep(&s->link, now);
		s->kept[place[n++]] = s->next;
		s->said_us[s->next++] = now;
	}
	s->most = s->link.waits > s->most ? s->link.waits : s->most;
	return n;
}

static void
turn(struct side *s, struct side *far, const struct line *line, bool speaks)
{
	struct link_work work;
	uint16_t place[IN_ONE + LINK_AGAIN];
	unsigned n;

	for (unsigned i = 0; i < UNDER_WAY; i++)
		if (s->to[i].at != 0 && s->to[i].at <= now) {
			struct datagram d = s->to[i];

			s->to[i].at = 0;
			take(s, &d);
		}
	if (s->link.counts.acks_sent == 0)
		send(s, far, NULL, 0, true, line);
	n = speaks ? speak(s, line, place) : 0;
	if (n == 0 && link_due(&s->link) > now)
		return;
	link_run(&s->link, now, &work);
	memcpy(place + n, work.place, work.again * sizeof *place);
	send(s, far, place, n + work.again, work.say || (n != 0 && s->link.since_ack > 0),
		line);
}

/* Let both speak for a minute, and wait for what is under way. */
static void
run(const struct line *line, bool both)
{
	uint64_t end = FRAMES / line->window * interval(line) + 2 * LINK_GIVE_UP_US;

	memset(side, 0, sizeof side);
	now = 1000;
	random_state = 88172645463325252;
	link_init(&side[0].link, 250, 3, now);
	link_init(&side[1].link, 0, 200, now);
	for (; now < end; now += STEP_US) {
		turn(&side[0], &side[1], line, true);
		turn(&side[1], &side[0], line, both);
	}
}

/* All that FROM has said was heard by AT, each frame TIMES at most. */
static void
expect_all_up_to(struct side *at, const struct side *from, unsigned times)
{
	for (unsigned i = 0; i < FRAMES; i++) {
		ck_assert_uint_ge(at->heard[i], 1);
		ck_assert_uint_le(at->heard[i], times);
		if (at->heard_us[i] - from->said_us[i] > at->worst_us)
			at->worst_us = at->heard_us[i] - from->said_us[i];
	}
}

static void
expect_all(struct side *at, const struct side *from)
{
	expect_all_up_to(at, from, 1);
}

static void
expect_delay(const struct line *line, uint64_t most_us)
{
	uint64_t worst =
		side[0].worst_us > side[1].worst_us ? side[0].worst_us : side[1].worst_us;

	printf("%2u %% lost: worst delay %.1f ms, resent %.1f %%, smallest round trip %.1f ms, "
	       "at most %u waited\n",
		line->loss, (double)worst / 1000,
		100.0 * (double)side[0].link.counts.resent / FRAMES,
		(double)side[0].link.rtt_us / 1000, side[0].most);
	ck_assert_uint_le(worst, most_us);
}

/* ---- Loss ---- */

START_TEST(without_loss_nothing_is_sent_twice)
{
	const struct line line = {.delay_us = 1000, .window = 1};

	run(&line, true);
	for (unsigned i = 0; i < 2; i++) {
		expect_all(&side[i], &side[!i]);
		ck_assert_uint_eq(side[i].link.counts.resent, 0);
		ck_assert_uint_eq(side[i].link.counts.duplicates, 0);
		ck_assert_uint_eq(side[i].link.counts.given_up, 0);
	}
	expect_delay(&line, 1500);
}
END_TEST

START_TEST(one_way_sound_is_acknowledged_in_time)
{
	const struct line line = {.delay_us = 1000, .window = 1};

	run(&line, false);
	expect_all(&side[1], &side[0]);
	ck_assert_uint_eq(side[0].link.counts.resent, 0);
}
END_TEST

static const struct {
	struct line line;
	unsigned most_us, most_resent;
} losses[] = {
	{{.loss = 5, .delay_us = 1000, .window = 1}, 100000, FRAMES / 10},
	{{.loss = 10, .delay_us = 1000, .window = 1}, 130000, FRAMES / 5},
	{{.loss = 20, .delay_us = 1000, .window = 1}, 150000, FRAMES / 2},
	{{.loss = 50, .delay_us = 1000, .window = 1}, LINK_GIVE_UP_US, 5 * FRAMES / 2},
	/* Some calls at once, and a long line. */
	{{.loss = 20, .delay_us = 1000, .window = 4}, 150000, FRAMES / 2},
	{{.loss = 20, .delay_us = 50000, .window = 1}, 900000, FRAMES},
};

START_TEST(every_frame_arrives_once_whatever_is_lost)
{
	run(&losses[_i].line, true);
	for (unsigned i = 0; i < 2; i++)
		expect_all(&side[i], &side[!i]);
	expect_delay(&losses[_i].line, losses[_i].most_us);
	ck_assert_uint_lt(side[0].link.counts.resent, losses[_i].most_resent);
}
END_TEST

/* Hundreds of calls share a link: more frames wait for their acknowledgements than a neighbour
 * remembers numbers of.  Sound that comes again under another number has its slot. */
static const struct {
	struct line line;
	unsigned most_us, most_resent;
} crowds[] = {
	/* 100, 200 and 400 calls. */
	{{.loss = 10, .delay_us = 1000, .window = 5, .every_us = 1000}, 130000, FRAMES / 2},
	{{.loss = 10, .delay_us = 1000, .window = 5, .every_us = 500}, 130000, FRAMES / 2},
	{{.loss = 20, .delay_us = 1000, .window = 5, .every_us = 500}, 200000, FRAMES},
	{{.loss = 10, .delay_us = 1000, .window = 5, .every_us = 250}, 130000, FRAMES / 2},
	/* Long lines: on the second more than 128 datagrams are under way. */
	{{.loss = 10, .delay_us = 20000, .window = 5, .every_us = 500}, 300000, FRAMES},
	{{.loss = 10, .delay_us = 30000, .window = 5, .every_us = 500}, 400000, FRAMES},
};

START_TEST(every_frame_of_a_crowd_arrives)
{
	run(&crowds[_i].line, true);
	for (unsigned i = 0; i < 2; i++)
		expect_all_up_to(&side[i], &side[!i], 4);
	expect_delay(&crowds[_i].line, crowds[_i].most_us);
	ck_assert_uint_lt(side[0].link.counts.resent, crowds[_i].most_resent);
	ck_assert_uint_eq(side[0].link.counts.given_up, 0);
}
END_TEST

START_TEST(what_comes_twice_or_late_is_heard_once)
{
	const struct line line = {
		.twice = 30, .late = 30, .late_us = 100000, .delay_us = 1000, .window = 1};

	run(&line, true);
	for (unsigned i = 0; i < 2; i++)
		expect_all(&side[i], &side[!i]);
	ck_assert_uint_gt(side[0].link.counts.duplicates, 0);
}
END_TEST

/* In a datagram of its own. */
static uint8_t
put_and_send(struct link *l, unsigned place, uint64_t at)
{
	uint8_t seq = link_put(l, place, at);

	link_send(l, true, at);
	return seq;
}

static unsigned
keep_and_send(struct link *l, uint64_t at)
{
	unsigned place = link_keep(l, at);

	put_and_send(l, place, at);
	return place;
}

/* Sixteen calls: what is lost shows long before its time is over. */
START_TEST(what_later_datagrams_have_passed_is_sent_again_at_once)
{
	struct link l;
	unsigned place[4];
	struct link_work work;

	link_init(&l, 0, 0, 0);
	for (unsigned i = 0; i < 4; i++)
		place[i] = keep_and_send(&l, 1000);
	/* The second is missing; one has passed it, then two. */
	link_acked(&l, 2, 2, 1000 + LINK_GAP_US);
	ck_assert_uint_eq(l.waits, 2);
	link_run(&l, 1000 + LINK_GAP_US, &work);
	ck_assert_uint_eq(work.again, 0);
	link_acked(&l, 3, 5, 1000 + LINK_GAP_US);
	ck_assert_uint_eq(l.waits, 1);
	ck_assert_uint_eq(link_due(&l), 0);
	link_run(&l, 1000 + LINK_GAP_US, &work);
	ck_assert_uint_eq(work.again, 1);
	ck_assert_uint_eq(work.place[0], place[1]);
	/* Once: it has another number now, which nothing has passed. */
	put_and_send(&l, place[1], 1000 + LINK_GAP_US);
	link_acked(&l, 3, 5, 1000 + 2 * LINK_GAP_US);
	link_run(&l, 1000 + 2 * LINK_GAP_US, &work);
	ck_assert_uint_eq(work.again, 0);
}
END_TEST

/* ---- Numbers ---- */

START_TEST(frames_are_new_once_within_the_window)
{
	struct link l;

	link_init(&l, 0, 0, 0);
	for (unsigned i = 0; i < 1000; i++)
		ck_assert(link_frame(&l, (uint8_t)i, false, i));
	ck_assert(!link_frame(&l, (uint8_t)999, false, 0));
	for (unsigned i = 0; i < LINK_WINDOW; i++)
		ck_assert(!link_frame(&l, (uint8_t)(998 - i), false, 0));
	ck_assert(link_frame(&l, (uint8_t)(999 + LINK_WINDOW), false, 0)); /* begins anew */
	ck_assert(link_frame(&l, (uint8_t)(999 + 3), false, 0));
	ck_assert_uint_eq(l.counts.duplicates, LINK_WINDOW + 1);
}
END_TEST

START_TEST(what_was_heard_is_told_bit_by_bit)
{
	struct link l;

	link_init(&l, 0, 0, 0);
	for (unsigned i = 0; i < 10; i++)
		if (i != 4 && i != 7)
			link_datagram(&l, true, true, (uint8_t)(250 + i), 0);
	ck_assert_uint_eq(l.heard[1].last, (uint8_t)(250 + 9));
	ck_assert_uint_eq(l.heard[1].mask, 0x1ff & ~(1 << 1) & ~(1 << 4));
	link_datagram(&l, true, true, (uint8_t)(250 + 4), 0);
	ck_assert_uint_eq(l.heard[1].mask, 0x1ff & ~(1 << 1));
	ck_assert(!l.heard[0].any);
	link_datagram(&l, false, true, 77, 0);
	ck_assert_uint_eq(l.heard[0].last, 77);
}
END_TEST

START_TEST(acknowledgements_are_due_when_somebody_waits_for_them)
{
	struct link_work work;
	struct link l;

	link_init(&l, 0, 0, 1000000);
	ck_assert_uint_eq(link_due(&l), 1000000); /* says at once that it is there */
	link_said(&l, 1000000);
	ck_assert_uint_eq(link_due(&l), 1000000 + LINK_TICK_US);
	link_datagram(&l, true, true, 1, 1100000);
	ck_assert_uint_eq(link_due(&l), 1000000 + LINK_TICK_US);
	link_frame(&l, 1, true, 1100000);
	ck_assert_uint_eq(link_due(&l), 1100000 + LINK_ACK_US);
	link_datagram(&l, true, true, 3, 1101000);
	ck_assert_uint_eq(link_due(&l), 1101000 + LINK_GAP_US);
	link_run(&l, 1101000 + LINK_GAP_US, &work);
	ck_assert(work.say);
	link_said(&l, 1106000);
	for (unsigned i = 0; i < LINK_ACK_DATAGRAMS; i++)
		link_datagram(&l, true, true, (uint8_t)(4 + i), 1110000);
	ck_assert_uint_eq(link_due(&l), 1110000);
}
END_TEST

START_TEST(a_frame_is_given_up_after_a_second_or_when_there_is_no_place)
{
	struct link l;
	struct link_work work;
	unsigned first;

	link_init(&l, 0, 0, 0);
	keep_and_send(&l, 0);
	link_run(&l, LINK_GIVE_UP_US - 1, &work);
	ck_assert_uint_eq(l.counts.given_up, 0);
	link_run(&l, LINK_GIVE_UP_US, &work);
	ck_assert_uint_eq(l.counts.given_up, 1);
	ck_assert_uint_eq(l.waits, 0);
	first = keep_and_send(&l, LINK_GIVE_UP_US);
	for (unsigned i = 1; i < LINK_KEPT; i++)
		ck_assert_uint_ne(keep_and_send(&l, LINK_GIVE_UP_US + 1), first);
	ck_assert_uint_eq(l.counts.given_up, 1);
	ck_assert_uint_eq(keep_and_send(&l, LINK_GIVE_UP_US + 1), first);
	ck_assert_uint_eq(l.counts.given_up, 2);
}
END_TEST

START_TEST(where_many_wait_the_old_ones_are_given_up_sooner)
{
	struct link l;
	struct link_work work;

	link_init(&l, 0, 0, 0);
	for (unsigned i = 0; i < LINK_WINDOW; i++)
		keep_and_send(&l, 0);
	link_run(&l, LINK_LATE_US, &work);
	ck_assert_uint_eq(l.counts.given_up, 0);
	keep_and_send(&l, LINK_LATE_US);
	l.look_us = 0;
	link_run(&l, LINK_LATE_US, &work);
	ck_assert_uint_eq(l.counts.given_up, 1);
	ck_assert_uint_eq(l.waits, LINK_WINDOW);
}
END_TEST

/* As long as the neighbour remembers its number it is the same. */
START_TEST(a_frame_that_the_neighbour_has_forgotten_gets_another_number)
{
	struct link l;
	unsigned place;
	uint8_t seq;

	link_init(&l, 0, 0, 0);
	place = link_keep(&l, 0);
	seq = put_and_send(&l, place, 0);
	for (unsigned i = 1; i < LINK_WINDOW; i++)
		keep_and_send(&l, 0);
	ck_assert_uint_eq(put_and_send(&l, place, 0), seq);
	keep_and_send(&l, 0);
	ck_assert_uint_eq(put_and_send(&l, place, 0), (uint8_t)(seq + LINK_WINDOW + 1));
}
END_TEST

/* Hundreds wait, and nobody acknowledges: half as many as are new, and 64 in 25 ms. */
START_TEST(repeats_do_not_take_the_line_from_what_is_new)
{
	struct link l;
	struct link_work work;
	unsigned fresh = 0;

	link_init(&l, 0, 0, 0);
	for (uint64_t t = 0; t < 1000000; t += 500) {
		for (unsigned i = 0; i < 5; i++, fresh++)
			keep_and_send(&l, t);
		link_run(&l, t, &work);
		for (unsigned i = 0; i < work.again; i++)
			put_and_send(&l, work.place[i], t);
	}
	ck_assert_uint_ge(l.counts.resent, fresh / 2);
	ck_assert_uint_le(l.counts.resent, fresh / 2 + 64 * 1000000 / LINK_RESEND_US);
}
END_TEST

/* Numbers are bytes: an old one may be meant by what is said of a new one. */
START_TEST(what_was_lost_long_ago_is_not_acknowledged_by_those_that_have_its_number)
{
	struct link l;

	link_init(&l, 0, 0, 0);
	keep_and_send(&l, 0);
	for (unsigned i = 0; i < 256; i++)
		link_send(&l, false, 0);
	link_acked(&l, 0, UINT32_MAX, 1000);
	ck_assert_uint_eq(l.waits, 1);
}
END_TEST

START_TEST(who_does_not_answer_is_not_shouted_at)
{
	struct link l;
	uint64_t before = 0;

	link_init(&l, 0, 0, 0);
	for (uint64_t t = 0; t < 4000000; t += STEP_US) {
		struct link_work work;

		if (t % FRAME_US == 0)
			keep_and_send(&l, t);
		link_run(&l, t, &work);
		for (unsigned i = 0; i < work.again; i++)
			put_and_send(&l, work.place[i], t);
		if (t == 2000000)
			before = l.counts.resent;
	}
	/* Fifty frames a second, each some ten times. */
	ck_assert_uint_ge(before, 1250000 / FRAME_US * 20);
	ck_assert_uint_lt(l.counts.resent - before, 2 * 50 * 11);
	ck_assert(l.deaf);
	link_acked(&l, (uint8_t)(l.seq - 1), UINT32_MAX, 4000000);
	ck_assert(!l.deaf);
}
END_TEST

/* Whoever was here before us may have left any number with the neighbour. */
START_TEST(after_the_first_word_no_frame_can_be_a_repeat_of_ours_from_before)
{
	for (unsigned before = 0; before < 256; before++) {
		struct link far, l;

		link_init(&far, 0, 0, 0);
		for (unsigned i = 0; i < LINK_WINDOW + 1; i++)
			link_frame(&far, (uint8_t)(before - LINK_WINDOW + i), false, 0);
		link_init(&l, 0, 100, 0);
		link_frame(&far, link_frame_seq(&l), false, 0);
		link_said(&l, 0);
		ck_assert(link_frame(&far, link_frame_seq(&l), false, 0));
		ck_assert(link_frame(&far, link_frame_seq(&l), false, 0));
	}
}
END_TEST

/* ---- Anybody may say anything ---- */

START_TEST(what_is_acknowledged_was_sent)
{
	struct link l;

	link_init(&l, 10, 0, 0);
	for (unsigned i = 0; i < 3; i++)
		keep_and_send(&l, 0);
	link_acked(&l, 13, UINT32_MAX, 0); /* that is the next one */
	link_acked(&l, 100, UINT32_MAX, 0);
	ck_assert_uint_eq(l.waits, 3);
	link_acked(&l, 12, UINT32_MAX, 0);
	ck_assert_uint_eq(l.waits, 0);
}
END_TEST

/* Nothing that is said makes more than each frame leave some 200 times a second. */
START_TEST(forged_numbers_cost_little)
{
	struct link l;
	uint64_t sent = 0;

	random_state = 1234567;
	link_init(&l, 0, 0, 0);
	for (uint64_t t = 0; t < 2000000; t += 100) {
		struct link_work work;

		if (t % FRAME_US == 0)
			keep_and_send(&l, t);
		link_datagram(&l, dice(2), dice(2), (uint8_t)dice(256), t);
		link_frame(&l, (uint8_t)dice(256), dice(2), t);
		link_acked(&l, (uint8_t)dice(256), (uint32_t)random_state, t);
		link_acked(&l, (uint8_t)(l.seq - 1), dice(2) ? 7 : 0, t);
		link_run(&l, t, &work);
		if (work.say)
			link_said(&l, t);
		for (unsigned i = 0; i < work.again; i++)
			put_and_send(&l, work.place[i], t);
		sent += work.again;
		ck_assert_uint_ge(link_due(&l), 1);
	}
	ck_assert_uint_lt(sent, 2 * 64 * 200);
}
END_TEST

static Suite *
link_suite(void)
{
	Suite *s = suite_create("link");
	TCase *loss = tcase_create("loss"), *numbers = tcase_create("numbers"),
	      *forged = tcase_create("forged");

	suite_add_tcase(s, loss);
	suite_add_tcase(s, numbers);
	suite_add_tcase(s, forged);
	tcase_set_timeout(loss, 30);
	tcase_add_test(loss, without_loss_nothing_is_sent_twice);
	tcase_add_test(loss, one_way_sound_is_acknowledged_in_time);
	tcase_add_loop_test(loss, every_frame_arrives_once_whatever_is_lost, 0,
		sizeof losses / sizeof losses[0]);
	tcase_add_loop_test(
		loss, every_frame_of_a_crowd_arrives, 0, sizeof crowds / sizeof crowds[0]);
	tcase_add_test(loss, what_comes_twice_or_late_is_heard_once);
	tcase_add_test(loss, what_later_datagrams_have_passed_is_sent_again_at_once);
	tcase_add_test(numbers, frames_are_new_once_within_the_window);
	tcase_add_test(numbers, what_was_heard_is_told_bit_by_bit);
	tcase_add_test(numbers, acknowledgements_are_due_when_somebody_waits_for_them);
	tcase_add_test(numbers, a_frame_is_given_up_after_a_second_or_when_there_is_no_place);
	tcase_add_test(numbers, where_many_wait_the_old_ones_are_given_up_sooner);
	tcase_add_test(numbers, a_frame_that_the_neighbour_has_forgotten_gets_another_number);
	tcase_add_test(numbers, repeats_do_not_take_the_line_from_what_is_new);
	tcase_add_test(numbers,
		what_was_lost_long_ago_is_not_acknowledged_by_those_that_have_its_number);
	tcase_add_test(numbers, who_does_not_answer_is_not_shouted_at);
	tcase_add_test(
		numbers, after_the_first_word_no_frame_can_be_a_repeat_of_ours_from_before);
	tcase_add_test(forged, what_is_acknowledged_was_sent);
	tcase_add_test(forged, forged_numbers_cost_little);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(link_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
