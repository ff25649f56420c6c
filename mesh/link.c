/* SPDX-License-Identifier: Apache-2.0
 *
 * See link.h.  Numbers are bytes, so "newer" and "older" mean the nearer way round. */
#include "mesh/link.h"

#include <stddef.h>
#include <string.h>

enum {
	MASK = 32, /* datagrams that an acknowledgement speaks of, behind the last one */
	UNICAST_US = 5 * LINK_TICK_US,
	MANY = 2, /* times that a frame was sent: more are not counted */
	/* Behind the first frame of a link, and more than a neighbour remembers: should it
	 * take that one for a repeat of ours from before we were started, then no other. */
	LEAP = LINK_WINDOW + 1,
	WORDS = LINK_KEPT / 64,
	NUMBERS = UINT8_MAX - MASK, /* of datagrams that an acknowledgement may be meant for */
	HALVES = 2 * LINK_AGAIN,    /* at most: so no more than LINK_AGAIN leave at a time */
};

static uint64_t
bit(unsigned n)
{
	return UINT64_C(1) << n;
}

static void
make_due(uint64_t *due, uint64_t at)
{
	if (at < *due)
		*due = at;
}

void
link_init(struct link *l, uint8_t seq, uint8_t frame_seq, uint64_t now)
{
	memset(l, 0, offsetof(struct link, sent)); /* of which nothing is there yet */
	l->seq = seq;
	l->frame_seq = frame_seq;
	l->ack_due_us = l->look_us = UINT64_MAX;
	l->tick_due_us = l->acked_us = now;
}

/* ---- What comes ---- */

/* Note SEQ.  True: something between it and the last one is missing. */
static bool
note_seq(struct link_heard *h, uint8_t seq)
{
	int d = (int8_t)(uint8_t)(seq - h->last);

	if (!h->any || d > MASK || d < -MASK) {
		bool jumped = h->any;

		*h = (struct link_heard){.any = true, .last = seq};
		return jumped;
	}
	if (d > 0) {
		h->mask = (uint32_t)((uint64_t)h->mask << d | bit((unsigned)d - 1));
		h->last = seq;
	} else if (d < 0) {
		h->mask |= (uint32_t)bit((unsigned)-d - 1);
	}
	return d > 1;
}

void
link_datagram(struct link *l, bool unicast, bool has_seq, uint8_t seq, uint64_t now)
{
	if (unicast) {
		l->unicast_any = true;
		l->unicast_us = now;
	}
	if (!has_seq)
		return;
	if (note_seq(&l->heard[unicast], seq))
		make_due(&l->ack_due_us, now + LINK_GAP_US);
	if (++l->since_ack >= LINK_ACK_DATAGRAMS)
		make_due(&l->ack_due_us, now);
}

bool
link_frame(struct link *l, uint8_t frame_seq, bool ack_soon, uint64_t now)
{
	int d = (int8_t)(uint8_t)(frame_seq - l->frame_last);
	bool is_new = true;

	if (!l->frames_any || d >= LINK_WINDOW || d < -LINK_WINDOW) {
		l->frames_any = true;
		l->frame_last = frame_seq;
		l->frame_mask = 0;
	} else if (d > 0) {
		l->frame_mask = l->frame_mask << d | bit((unsigned)d - 1);
		l->frame_last = frame_seq;
	} else if (d < 0) {
		is_new = !(l->frame_mask & bit((unsigned)-d - 1));
		l->frame_mask |= bit((unsigned)-d - 1);
	} else {
		is_new = false;
	}
	if (!is_new)
		l->counts.duplicates++;
	/* A repeat says that our acknowledgement was lost, or is slow. */
	if (ack_soon)
		make_due(&l->ack_due_us, now + (is_new ? LINK_ACK_US : LINK_GAP_US));
	return is_new;
}

bool
link_is_unicast(const struct link *l, uint64_t now)
{
	return l->unicast_any && now - l->unicast_us <= UNICAST_US;
}

/* A datagram and its acknowledgement took US. */
static void
note_round_trip(struct link *l, uint64_t us, uint64_t now)
{
	uint32_t rtt = us == 0 ? 1 : (uint32_t)us;

	if (l->rtt_us == 0 || now >= l->rtt_until_us) {
		l->rtt_us = l->rtt_next_us != 0 ? l->rtt_next_us : rtt;
		l->rtt_next_us = 0;
		l->rtt_until_us = now + LINK_RTT_US;
	}
	if (rtt < l->rtt_us)
		l->rtt_us = rtt;
	if (l->rtt_next_us == 0 || rtt < l->rtt_next_us)
		l->rtt_next_us = rtt;
}

/* What an acknowledgement says of datagram SEQ. */
enum verdict { NOTHING, ARRIVED, LOST };

static enum verdict
verdict_on(uint32_t seq, uint32_t ack, uint32_t mask)
{
	uint32_t behind = ack - seq;

	if (behind > MASK)
		return NOTHING;
	if (behind == 0 || mask & bit(behind - 1u))
		return ARRIVED;
	return 1 + __builtin_popcount(mask & (uint32_t)(bit(behind - 1u) - 1)) >= LINK_PASSED
		       ? LOST
		       : NOTHING;
}

/* When what was lost is acknowledged is not known; that would be about its repeat. */
static void
take_probe(struct link *l, uint32_t ack, uint32_t mask, uint64_t now)
{
	enum verdict v = verdict_on(l->probe.seq, ack, mask);

	if (!l->probe.any)
		return;
	if (v == ARRIVED)
		note_round_trip(l, now - l->probe.us, now);
	l->probe.any = v == NOTHING && (int32_t)(ack - l->probe.seq) <= MASK;
}

/* It has arrived, or nobody waits for it any more. */
static void
leave(struct link *l, unsigned place)
{
	l->waiting[place / 64] &= ~bit(place % 64);
	l->passed[place / 64] &= ~bit(place % 64);
	l->waits--;
}

/* What the acknowledgement means for the frame in PLACE. */
static void
judge(struct link *l, unsigned place, uint32_t ack, uint32_t mask, uint64_t now)
{
	const struct link_sent *s = &l->sent[place];
	enum verdict v = s->times > 0 ? verdict_on(s->seq, ack, mask) : NOTHING;

	if (v == ARRIVED) {
		leave(l, place);
	} else if (v == LOST && now - s->last_us >= LINK_GAP_US) {
		l->passed[place / 64] |= bit(place % 64);
		l->look_us = 0;
	}
}

void
link_acked(struct link *l, uint8_t ack, uint32_t mask, uint64_t now)
{
	uint8_t behind = (uint8_t)(l->seq - 1 - ack);
	uint32_t seq = l->seq - 1 - behind;

	l->counts.acks_heard++;
	if (behind > NUMBERS)
		return; /* of what we have not sent yet */
	l->acked_us = now;
	if (l->deaf)
		l->look_us = 0;
	l->deaf = false;
	take_probe(l, seq, mask, now);
	for (unsigned w = 0; w < WORDS; w++)
		for (uint64_t left = l->waiting[w]; left != 0; left &= left - 1)
			judge(l, 64 * w + (unsigned)__builtin_ctzll(left), seq, mask, now);
}

/* ---- What goes ---- */

uint8_t
link_frame_seq(struct link *l)
{
	return (uint8_t)l->frame_seq++;
}

/* How long to wait for an acknowledgement of S. */
static uint64_t
patience(const struct link *l, const struct link_sent *s)
{
	uint64_t rtt = l->rtt_us + l->rtt_us / 4;

	if (l->deaf)
		return rtt + LINK_CALM_US;
	if (l->rtt_us != 0 && s->times >= MANY)
		return rtt + LINK_HURRY_US;
	return l->rtt_us != 0 && rtt + LINK_JITTER_US > LINK_RESEND_US ? rtt + LINK_JITTER_US
								       : LINK_RESEND_US;
}

/* When S, which has been sent or should have been, is to be sent again. */
static uint64_t
send_due(const struct link *l, const struct link_sent *s)
{
	return s->last_us + patience(l, s);
}

/* When S is given up. */
static uint64_t
end_due(const struct link *l, const struct link_sent *s)
{
	uint64_t late = LINK_LATE_US + UINT64_C(2) * l->rtt_us;

	return s->first_us +
	       (l->waits > LINK_WINDOW && late < LINK_GIVE_UP_US ? late : LINK_GIVE_UP_US);
}

static void
give_up(struct link *l, unsigned place)
{
	leave(l, place);
	l->counts.given_up++;
}

static void
give_up_oldest(struct link *l)
{
	unsigned oldest = 0;

	for (unsigned place = 1; place < LINK_KEPT; place++)
		if (l->sent[place].first_us < l->sent[oldest].first_us)
			oldest = place;
	give_up(l, oldest);
}

/* The lowest place that is free: so memory is touched for as many as there ever were at a
 * time.
 */
static unsigned
free_place(const struct link *l)
{
	unsigned w = 0;

	while (~l->waiting[w] == 0)
		w++;
	return 64 * w + (unsigned)__builtin_ctzll(~l->waiting[w]);
}

unsigned
link_keep(struct link *l, uint64_t now)
{
	unsigned place;

	if (l->waits == LINK_KEPT)
		give_up_oldest(l);
	place = free_place(l);
	l->sent[place] = (struct link_sent){
		.first_us = now, .last_us = now, .frame_seq = l->frame_seq++};
	l->waiting[place / 64] |= bit(place % 64);
	l->waits++;
	l->halves += l->halves < HALVES;
	make_due(&l->look_us, send_due(l, &l->sent[place]));
	return place;
}

uint8_t
link_put(struct link *l, unsigned place, uint64_t now)
{
	struct link_sent *s = &l->sent[place];

	l->counts.resent += s->times > 0;
	/* To the neighbour it would be new in any case, and all later ones repeats. */
	if (l->frame_seq - s->frame_seq > LINK_WINDOW)
		s->frame_seq = l->frame_seq++;
	s->times += s->times < MANY;
	s->last_us = now;
	s->seq = l->seq;
	l->passed[place / 64] &= ~bit(place % 64);
	make_due(&l->look_us, send_due(l, s));
	return (uint8_t)s->frame_seq;
}

uint8_t
link_send(struct link *l, bool waits, uint64_t now)
{
	if (waits && (!l->probe.any || now - l->probe.us > LINK_GIVE_UP_US))
		l->probe = (struct link_probe){.any = true, .us = now, .seq = l->seq};
	return (uint8_t)l->seq++;
}

uint64_t
link_due(const struct link *l)
{
	uint64_t due = l->tick_due_us;

	make_due(&due, l->ack_due_us);
	make_due(&due, l->look_us);
	return due;
}

/* What is in PLACE is to be put again, now; or later, if whoever asks cannot. */
static void
take_turn(struct link *l, unsigned place, uint64_t now, struct link_work *work)
{
	l->halves -= 2;
	l->passed[place / 64] &= ~bit(place % 64);
	l->sent[place].last_us = now;
	make_due(&l->look_us, send_due(l, &l->sent[place]));
	work->place[work->again++] = (uint16_t)place;
}

/* At PLACE, if it was sent once at most, or else, unless FRESH, if it was sent more often:
 * that is likely to be too late, so it comes second. */
static void
look_at(struct link *l, unsigned place, bool fresh, uint64_t now, struct link_work *work)
{
	const struct link_sent *s = &l->sent[place];
	uint64_t due = l->passed[place / 64] & bit(place % 64) ? now : send_due(l, s);

	if ((s->times < MANY) != fresh)
		return;
	if (now >= end_due(l, s)) {
		give_up(l, place);
		return;
	}
	if (now >= due && l->halves >= 2)
		take_turn(l, place, now, work);
	else
		make_due(&l->look_us, due > now ? due : now + LINK_GAP_US);
	make_due(&l->look_us, end_due(l, s));
}

void
link_run(struct link *l, uint64_t now, struct link_work *work)
{
	work->say = now >= l->tick_due_us || now >= l->ack_due_us;
	work->again = 0;
	l->deaf = now - l->acked_us >= LINK_DEAF_US;
	if (now < l->look_us)
		return;
	if (now - l->halves_us >= LINK_RESEND_US) {
		l->halves = HALVES;
		l->halves_us = now;
	}
	l->look_us = UINT64_MAX;
	for (unsigned turn = 0; turn < 2; turn++)
		for (unsigned w = 0; w < WORDS; w++)
			for (uint64_t left = l->waiting[w]; left != 0; left &= left - 1)
				look_at(l, 64 * w + (unsigned)__builtin_ctzll(left), turn == 0,
					now, work);
}

void
link_said(struct link *l, uint64_t now)
{
	if (l->counts.acks_sent++ == 0)
		l->frame_seq += LEAP;
	l->since_ack = 0;
	l->ack_due_us = UINT64_MAX;
	l->tick_due_us = now + LINK_TICK_US;
}
