/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind transcoder.h share: transcoder.c (packets), transcoder_timer.c (what
 * is due), transcoder_rtcp.c (reports), transcoder_load.c (how much is too much).  Nobody
 * else's. Transcode core. */
#pragma once

#include "dataplane/transcoder.h"

/* A direction at work: all that is known of it, for as long as a packet or a timer takes. */
struct work {
	struct transcoder *tc;
	struct direction *d;
	const struct transport *from;
	struct bridge *bridge;
};

/* What leaves, header and payload apart. */
struct leaving {
	const uint8_t *head, *payload;
	uint16_t head_len, len;
	uint64_t number; /* of RTP */
	bool rtcp;
};

/* ---- transcoder.c ---- */

/* Is the direction that ID names in SLOT ours?  Fills W. */
bool transcoder_begin(struct transcoder *tc, uint32_t slot, uint64_t id, struct work *w);
/* After whatever W has done: write down where it is, and when it is to be looked at. */
void transcoder_settle(const struct work *w);

/* Hand O to the core that owns TO.  drops no_mbuf, too_long; ring_full, at the end of the
 * turn */
void transcoder_send(
	const struct work *w, const struct transport *to, const struct leaving *o);

/* ---- transcoder_timer.c: directions in the order in which they are due.  They lie by slot,
 * so that no pointer to what main may free is ever kept. ---- */

/* Look at the direction in SLOT at DUE_US, and no more at another time; UINT64_MAX: never. */
void transcoder_timer_set(struct transcoder *tc, uint32_t slot, uint64_t due_us);
/* The slot of one that is due, taken out; false: none is. */
bool transcoder_timer_due(struct transcoder *tc, uint32_t *slot);
/* When the first one is due; UINT64_MAX: never. */
uint64_t transcoder_timer_first(const struct transcoder *tc);

/* ---- transcoder_rtcp.c ---- */

/* D is to be reported on; what ST has of it was sent by its predecessors. */
void transcoder_rtcp_begin(struct direction *d, const struct sw_bridge_state *st);
/* RTCP of LEN bytes has come from the party of W. */
void transcoder_rtcp_take(const struct work *w, const uint8_t *p, unsigned len);
/* RTP has come from the party of W. */
void transcoder_rtcp_heard(const struct work *w);
/* A packet of RTP is about to leave. */
void transcoder_rtcp_sent(const struct work *w, uint32_t timestamp, uint16_t len);
/* The time of the next report has come. */
void transcoder_rtcp_report(const struct work *w);
/* Nothing leaves by D any more. */
void transcoder_rtcp_end(struct transcoder *tc, struct direction *d);

/* ---- transcoder_load.c ---- */

/* Once a turn: see how much of its time is spent, and draw conclusions. */
void transcoder_load(struct transcoder *tc);
uint64_t transcoder_load_wait_us(const struct transcoder *tc, uint64_t now);
