/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts the packets of one source back in order, and waits for missing ones no longer than has
 * lately been worth it: what is in order passes at once, so that no delay is added while
 * nothing is wrong.  The window (how long to wait) grows with how late packets come that do
 * come, and shrinks again when none do.
 *
 * On a transcode core; pure: no clock, no DPDK, no allocation after open.  RFC 3550 appendix
 * A.1 for numbers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	REORDER_DEPTH = 64,   /* numbers of packets that may wait */
	REORDER_COVER = 8,    /* that one packet may have */
	REORDER_TICK_US = 64, /* how exactly it is remembered when they came */
};

struct reorder; /* opaque */

/* What a window has seen. */
struct reorder_counts {
	uint64_t packets;   /* that were put */
	uint64_t reordered; /* came behind a later one, and in time */
	uint64_t late;      /* came when their turn had passed */
	uint64_t duplicates;
	uint64_t lost; /* were given up */
};

enum reorder_put {
	REORDER_TAKEN,     /* the window owns it now */
	REORDER_DUPLICATE, /* these are still the caller's */
	REORDER_LATE,
	REORDER_JUMP, /* it is so far away that nothing of what waits belongs to it: take what
		       * is left with reorder_flush(), reorder_restart(), and put it again */
};

enum reorder_get {
	REORDER_NOTHING, /* nothing is due before reorder_due() */
	REORDER_PACKET,  /* the next one, the caller's now */
	REORDER_LOST,    /* the next one has been given up; a later one is there */
};

/* WINDOW_MAX_US: the longest wait, 0..1,000,000; 0: never.  FREE is called for what is in it
 * when it closes.  NULL: ENOMEM, EINVAL. */
struct reorder *reorder_open(uint32_t window_max_us, void (*free_packet)(uint16_t packet));
void reorder_close(struct reorder *r); /* NULL is fine */

/* What is missing will mostly be sent again.  So the whole window is waited for at first, and
 * no less than LEAST_US ever after.  Before anything is put. */
void reorder_expect_repair(struct reorder *r, uint32_t least_us);

/* A packet. */
struct reorder_in {
	int64_t index;   /* its number (extended: RTP sequence number and roll-over) */
	uint8_t numbers; /* that it has, from that one on: 1..REORDER_COVER */
	bool shares;     /* the last of several is another one's as well */
	uint16_t packet; /* as the caller calls it; not 0 */
};

/* IN came at NOW_US. */
enum reorder_put reorder_put(struct reorder *r, const struct reorder_in *in, uint64_t now_us);

/* Would a packet with this number come out again at once?  Then it need not be copied. */
bool reorder_is_next(const struct reorder *r, int64_t index);

/* What is next, at NOW_US.  LOST: *NEXT is the earliest packet that is there (still the
 * window's: for what redundancy it has), *MISSING how many in front of it are given up; they
 * are then done with. */
enum reorder_get reorder_get(
	struct reorder *r, uint64_t now_us, uint16_t *next, unsigned *missing);

/* When reorder_get() will have something if nothing comes, REORDER_TICK_US too early at most;
 * UINT64_MAX: never. */
uint64_t reorder_due(const struct reorder *r);

/* Everything in order without waiting: reorder_get() gives all that is there. */
void reorder_flush(struct reorder *r);
/* Begin anew with whatever comes next; it must be empty. */
void reorder_restart(struct reorder *r);

uint32_t reorder_window_us(const struct reorder *r); /* as of now */
const struct reorder_counts *reorder_counts(const struct reorder *r);
