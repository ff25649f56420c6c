/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind transcoder.h share: transcoder.c (packets), transcoder_fax.c (those of
 * a T.38 gateway), transcoder_send.c (what leaves), transcoder_timer.c (what is due),
 * transcoder_rtcp.c (reports), transcoder_load.c (how much is too much).  Nobody else's.
 * Transcode core. */
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
	bool opaque; /* no RTP: T.38 */
};

static inline void
transcoder_count_drop(struct transcoder *tc, enum drop why)
{
	count_add(&tc->count->drops[why], 1);
}

static inline void
transcoder_store(_Atomic uint64_t *at, uint64_t v)
{
	atomic_store_explicit(at, v, memory_order_relaxed);
}

/* ---- transcoder.c ---- */

/* Is the direction that ID names in SLOT ours?  Fills W. */
bool transcoder_begin(struct transcoder *tc, uint32_t slot, uint64_t id, struct work *w);
/* After whatever W has done: write down where it is, and when it is to be looked at. */
void transcoder_settle(const struct work *w);

/* What the RTP in M says; false: it is none, and counted.  drops bad_rtp */
bool transcoder_rtp(const struct work *w, const struct rte_mbuf *m, struct transcode_in *out);

/* Media has come for B, which is new: its counters go on from what those before it counted. */
void transcoder_meet(struct bridge *b);

/* Ticks of B's clock for which nothing has left, but for the packet that would have next: a
 * hold, a killed switch, or its sender was silent. */
uint32_t transcoder_pause(const struct transcoder *tc, const struct bridge *b);

/* ---- transcoder_send.c ---- */

/* Hand O to the core that owns TO.  drops no_mbuf, too_long; ring_full, at the end of the
 * turn */
void transcoder_send(
	const struct work *w, const struct transport *to, const struct leaving *o);

/* A packet of RTP that was made by W's direction, to its sinks; what it is numbered by is
 * stored before it leaves. */
void transcoder_send_rtp(const struct work *w, const struct transcode_out *out);

/* Hand over what waits to go to core TO.  drops ring_full */
void transcoder_flush(struct transcoder *tc, unsigned to);

/* ---- transcoder_fax.c: directions whose bridge is SW_BRIDGE_FAX.  What one half is handed
 * may have the other one send, too. ---- */

/* RTP or a datagram has come.  drops bad_rtp, no_sink */
void transcoder_fax_take(const struct work *w, const struct rte_mbuf *m);
uint64_t transcoder_fax_due(const struct work *w); /* UINT64_MAX: never */
void transcoder_fax_run(const struct work *w);
const struct transcode_counts *transcoder_fax_counts(const struct work *w);

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
