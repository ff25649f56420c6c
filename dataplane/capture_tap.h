/* SPDX-License-Identifier: Apache-2.0
 *
 * How frames of a transport that is captured get from a forwarding core to main: a copy, in a
 * bounded ring that the core fills and main empties.  Nobody waits for it: what does not fit
 * is counted and missing in the capture, and the packet itself goes its way. */
#pragma once

#include "dataplane/lcore.h"

enum { CAPTURE_FRAMES = 511 }; /* on their way to main at one time, from one core */

/* A copy of one frame, as it is on the wire. */
struct captured {
	uint64_t transport; /* its id */
	uint64_t tsc;
	uint32_t len;  /* bytes on the wire */
	uint16_t kept; /* of them in `frame` */
	uint8_t device;
	bool out;       /* we send it; else it arrived */
	uint32_t order; /* in which main took it */
	uint8_t frame[RTE_MBUF_DEFAULT_DATAROOM];
};

/* Both have one producer and one consumer, so that neither waits for the other at any moment
 * that the kernel takes from it. */
struct capture_tap {
	struct rte_mempool *pool; /* of struct captured: the core gets, main puts */
	struct rte_ring *ring;    /* to main; has room for all that the pool has */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic uint64_t lost; /* frames; the core writes */
};

/* For CORE.  0 or -ENOMEM; main, as is the next one. */
int capture_tap_init(struct capture_tap *t);
void capture_tap_fini(struct capture_tap *t);

/* The rest of the two below. */
void capture_tap_put(struct lcore *lc, const struct transport *t, struct rte_mbuf *m,
	uint16_t in_front, uint16_t frame, bool out);

/* M has arrived for T: its data is the UDP payload, and the rest of the frame stands around
 * it. */
static inline void
capture_tap_in(struct lcore *lc, const struct transport *t, struct rte_mbuf *m)
{
	if (unlikely(t->capture))
		capture_tap_put(lc, t, m, meta(m)->in_front, meta(m)->frame, false);
}

/* M leaves by T: its data is the frame. */
static inline void
capture_tap_out(struct lcore *lc, const struct transport *t, struct rte_mbuf *m)
{
	if (unlikely(t->out.capture))
		capture_tap_put(lc, t, m, 0, rte_pktmbuf_data_len(m), true);
}
