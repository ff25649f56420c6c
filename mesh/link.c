/* SPDX-License-Identifier: Apache-2.0
 *
 * See link.h.  Numbers are bytes, so "newer" and "older" mean the nearer way round. */
#include "mesh/link.h"

#include <string.h>

enum {
	MASK = 32, /* datagrams that an acknowledgement speaks of, behind the last one */
	UNICAST_US = 5 * LINK_TICK_US,
	MANY = 2, /* times that a frame was sent: more are not counted */
	/* Behind the first frame of a link, and more than a neighbour remembers: should it
	 * take that one for a repeat of ours from before we were started, then no other. */
	LEAP = LINK_FRAMES + 1,
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
	memset(l, 0, sizeof *l);
	l->seq = seq;
	l->frame_seq = frame_seq;
	l->ack_due_us = UINT64_MAX;
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

	if (!l->frames_any || d >= LINK_FRAMES || d < -LINK_FRAMES) {
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
verdict_on(uint8_t seq, uint8_t ack, uint32_t mask)
{
	uint8_t behind = (uint8_t)(ack - seq);

	if (behind > MASK)
		return NOTHING;
	if (behind == 0 || mask & bit(behind - 1u))
		return ARRIVED;
	return 1 + __builtin_popcount(mask & (uint32_t)(bit(behind - 1u) - 1)) >= LINK_PASSED
		       ? LOST
		       : NOTHING;
}

uint64_t
link_acked(struct link *l, uint8_t ack, uint32_t mask, uint64_t now)
{
	uint64_t arrived = 0;

	l->counts.acks_heard++;
	if ((uint8_t)(l->seq - 1 - ack) > INT8_MAX)
		return 0; /* of what we have not sent yet */
	l->acked_us = now;
	l->deaf = false;
	if (l->probe.any && verdict_on(l->probe.seq, ack, mask) == ARRIVED) {
		note_round_trip(l, now - l->probe.us, now);
		l->probe.any = false;
	}
	for (uint64_t left = l->waiting; left != 0; left &= left - 1) {
		unsigned place = (unsigned)__builtin_ctzll(left);
		const struct link_sent *s = &l->sent[place];
		enum verdict v = s->times > 0 ? verdict_on(s->seq, ack, mask) : NOTHING;

		if (v == ARRIVED)
			arrived |= bit(place);
		else if (v == LOST && now - s->last_us >= LINK_GAP_US)
			l->passed |= bit(place);
	}
	l->waiting &= ~arrived;
	l->passed &= ~arrived;
	return arrived;
}

/* ---- What goes ---- */

uint8_t
link_frame_seq(struct link *l)
{
	return l->frame_seq++;
}

/* Places are given by number: so the one before in a place is LINK_FRAMES older, and the
 * neighbour would take it for new again. */
unsigned
link_keep(struct link *l, uint64_t now, uint64_t *given_up)
{
	uint8_t seq = link_frame_seq(l);
	unsigned place = seq % LINK_FRAMES;

	*given_up = l->waiting & bit(place);
	l->counts.given_up += *given_up != 0;
	l->sent[place] = (struct link_sent){.first_us = now, .frame_seq = seq};
	l->waiting |= bit(place);
	l->passed &= ~bit(place);
	return place;
}

uint8_t
link_send(struct link *l, uint64_t places, uint64_t now)
{
	for (uint64_t left = places & l->waiting; left != 0; left &= left - 1) {
		struct link_sent *s = &l->sent[__builtin_ctzll(left)];

		l->counts.resent += s->times > 0;
		s->times += s->times < MANY;
		s->last_us = now;
		s->seq = l->seq;
	}
	l->passed &= ~places;
	if (places != 0 && (!l->probe.any || now - l->probe.us > LINK_GIVE_UP_US))
		l->probe = (struct link_probe){.any = true, .us = now, .seq = l->seq};
	return l->seq++;
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

/* When S is to be sent, again or at all. */
static uint64_t
send_due(const struct link *l, const struct link_sent *s)
{
	return s->times == 0 ? s->first_us : s->last_us + patience(l, s);
}

uint64_t
link_due(const struct link *l)
{
	uint64_t due = l->tick_due_us;

	make_due(&due, l->ack_due_us);
	if (l->passed != 0)
		return 0;
	for (uint64_t left = l->waiting; left != 0; left &= left - 1) {
		const struct link_sent *s = &l->sent[__builtin_ctzll(left)];

		make_due(&due, send_due(l, s));
		make_due(&due, s->first_us + LINK_GIVE_UP_US);
	}
	return due;
}

static bool
is_hopeless(const struct link *l, const struct link_sent *s, uint64_t now)
{
	return now - s->first_us >= LINK_GIVE_UP_US ||
	       (uint8_t)(l->frame_seq - s->frame_seq) > LINK_FRAMES;
}

struct link_work
link_run(struct link *l, uint64_t now)
{
	struct link_work work = {.say = now >= l->tick_due_us || now >= l->ack_due_us};

	l->deaf = now - l->acked_us >= LINK_DEAF_US;
	for (uint64_t left = l->waiting; left != 0; left &= left - 1) {
		unsigned place = (unsigned)__builtin_ctzll(left);
		const struct link_sent *s = &l->sent[place];

		if (is_hopeless(l, s, now))
			work.given_up |= bit(place);
		else if (now >= send_due(l, s) || l->passed & bit(place))
			work.resend |= bit(place);
	}
	l->counts.given_up += (unsigned)__builtin_popcountll(work.given_up);
	l->waiting &= ~work.given_up;
	l->passed &= ~work.given_up;
	return work;
}

void
link_said(struct link *l, uint64_t now)
{
	if (l->counts.acks_sent++ == 0)
		l->frame_seq = (uint8_t)(l->frame_seq + LEAP);
	l->since_ack = 0;
	l->ack_due_us = UINT64_MAX;
	l->tick_due_us = now + LINK_TICK_US;
}
