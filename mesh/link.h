/* SPDX-License-Identifier: Apache-2.0
 *
 * A neighbour's link, for datagrams from it and to it alone: what came twice, what is to be
 * acknowledged and when, what was not acknowledged and is to be sent again.  The numbers are
 * in clear text and may be anybody's, so the worst they can do is bounded: nothing here grows.
 *
 * Pure: no clock (NOW in microseconds), no packets: a frame that waits for its acknowledgement
 * is a number, 0..LINK_KEPT - 1.  One thread.  Source: docs/vomp.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	LINK_WINDOW = 64, /* numbers of frames that a neighbour remembers */
	LINK_KEPT = 1024, /* frames that wait: 200 calls for 100 ms; when all are taken, the
			   * oldest one goes */
	LINK_AGAIN = 64,  /* that are sent again at a time */
	LINK_GIVE_UP_US = 1000000,
	LINK_LATE_US = 300000, /* where more than LINK_WINDOW wait, after this and two round
				* trips: nobody plays such sound any more */
	LINK_TICK_US = 500000,
	LINK_ACK_US = 10000,     /* a frame with ACK_SOON is acknowledged within this */
	LINK_GAP_US = 5000,      /* and a gap within this */
	LINK_ACK_DATAGRAMS = 16, /* or after so many */
	LINK_RESEND_US = 25000,  /* when to send again, as long as nothing is known, ... */
	LINK_JITTER_US = 20000,  /* ... or so much and a quarter more than the round trip; it
				  * has in it how long others take to acknowledge */
	LINK_HURRY_US = 12000,   /* ... and so much if it was lost more than once */
	LINK_DEAF_US = 1250000,  /* who has acknowledged nothing for so long, ... */
	LINK_CALM_US = 100000,   /* ... more than two ticks, is sent it again at this pace */
	LINK_PASSED = 2,         /* datagrams that have overtaken a lost one */
	LINK_RTT_US = 10000000,  /* how long the smallest round trip is believed */
};

/* Numbers that came on one link (broadcast and unicast count apart). */
struct link_heard {
	bool any;
	uint8_t last;
	uint32_t mask; /* bit i: last - 1 - i */
};

struct link_counts {
	uint64_t duplicates; /* frames that came again */
	uint64_t resent, given_up, acks_sent, acks_heard;
};

struct link {
	/* What comes. */
	struct link_heard heard[2]; /* [1]: unicast */
	bool frames_any;
	uint8_t frame_last;
	uint64_t frame_mask; /* bit i: frame_last - 1 - i came */
	bool unicast_any;    /* a unicast datagram came ... */
	uint64_t unicast_us; /* ... and when, the last one */
	unsigned since_ack;  /* datagrams with a number */
	uint64_t ack_due_us; /* UINT64_MAX: not before the tick */

	/* What goes. */
	uint32_t seq, frame_seq; /* of the next one; the low byte is its number */
	uint64_t tick_due_us;
	uint64_t acked_us;  /* when the neighbour last acknowledged */
	bool deaf;          /* that is long ago */
	struct link_probe { /* a datagram whose acknowledgement is waited for */
		uint64_t us;
		bool any;
		uint32_t seq;
	} probe;
	uint32_t rtt_us;      /* smallest lately; 0: not known */
	uint32_t rtt_next_us; /* smallest since rtt_us began to be believed; 0: none */
	uint64_t rtt_until_us;
	struct link_counts counts;

	/* Frames that wait.  What is sent again for want of an acknowledgement may not take
	 * the line from what is new: each new frame allows half a repeat, and some are free.
	 */
	unsigned waits;
	unsigned halves; /* of repeats, that are allowed */
	uint64_t halves_us;
	uint64_t look_us; /* before that there is nothing to do about any of them */
	uint64_t waiting[LINK_KEPT / 64]; /* bits: places that are taken */
	uint64_t passed[LINK_KEPT / 64];  /* whose datagrams were lost: those behind it came */
	struct link_sent {
		uint64_t first_us, last_us; /* when it was kept, and sent last */
		uint32_t seq;               /* of the datagram that had it last */
		uint32_t frame_seq;
		uint8_t times; /* it was sent: 0, 1, 2 or more */
	} sent[LINK_KEPT];
};

/* SEQ, FRAME_SEQ: to go on from (random, or of a switch before). */
void link_init(struct link *l, uint8_t seq, uint8_t frame_seq, uint64_t now);

/* ---- What comes ---- */

/* A datagram came; HAS_SEQ: as SEQ. */
void link_datagram(struct link *l, bool unicast, bool has_seq, uint8_t seq, uint64_t now);
/* Is this frame of it new?  ACK_SOON: it wants to be acknowledged. */
bool link_frame(struct link *l, uint8_t frame_seq, bool ack_soon, uint64_t now);
/* The neighbour acknowledges what came by unicast: those places are free. */
void link_acked(struct link *l, uint8_t ack, uint32_t mask, uint64_t now);
/* Which of the two to acknowledge, and in which way we hear it. */
bool link_is_unicast(const struct link *l, uint64_t now);

/* ---- What goes ---- */

/* A place for a frame that is sent until it is acknowledged. */
unsigned link_keep(struct link *l, uint64_t now);
/* What is in PLACE goes, maybe again, with the datagram that is being filled: its number
 * there. It stays the same as long as the neighbour remembers it, and so knows a repeat for
 * one. */
uint8_t link_put(struct link *l, unsigned place, uint64_t now);
uint8_t link_frame_seq(struct link *l); /* for a frame that is sent once */
/* That datagram leaves; WAITS: with frames that were put.  Its number. */
uint8_t link_send(struct link *l, bool waits, uint64_t now);

/* When something is to be done; then: */
uint64_t link_due(const struct link *l);
struct link_work {
	bool say;       /* send our link state, with the acknowledgement */
	unsigned again; /* how many are to be put again: */
	uint16_t place[LINK_AGAIN];
};
void link_run(struct link *l, uint64_t now, struct link_work *work);
/* Our link state is being sent; for the first time before there is any other frame. */
void link_said(struct link *l, uint64_t now);
