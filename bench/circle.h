/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls whose packets run in circles: the device of a switch in this process receives what it
 * has sent, and on the way each frame is turned round, so that it comes back from the phone
 * that it was for, as that phone's next packet.  So cores are kept busy with no generator.
 *
 * Slot S is a leg on port CIRCLE_PORT + 2 * S, its phone 198.18.(S / 256).(S % 256). */
#pragma once

#include "bench/inproc.h"

enum {
	CIRCLE_PORT = 10000,
	CIRCLE_PAYLOAD = 160, /* bytes of RTP payload */
	CIRCLE_CALLS_MAX = 10000,
};

/* What a phone that speaks SRTP seals with. */
struct circle_phone {
	struct seal *seal;
	uint64_t index; /* of its next packet */
};

struct circle {
	struct inproc in;
	bool crossing;    /* a call's legs are on one core and the next; otherwise on one */
	uint8_t suite[2]; /* of the phones on first and second legs, as circle_secure() says */
	struct circle_phone *phone;           /* by slot; NULL: they speak plain RTP */
	struct seal_lane *lane[INPROC_CORES]; /* of the phones, by queue */
	const struct rte_eth_rxtx_callback *far_side[INPROC_CORES];
	bool timed;      /* count what it takes to turn packets round: set by the caller */
	uint64_t turned; /* TSC; with one core */
};

/* A switch of CORES with as many queues, for CALLS calls.  0 or -errno. */
int circle_open(struct circle *c, unsigned cores, unsigned calls, bool crossing, bool busy);
void circle_close(struct circle *c);

/* The phones of calls that are set from now on speak SRTP, those on first legs SUITE[0], on
 * second ones SUITE[1], both ways.  Their own sealing counts as receiving.  0 or -errno. */
int circle_secure(struct circle *c, const uint8_t suite[2]);

/* The slots of call K's two legs. */
void circle_legs(const struct circle *c, unsigned k, uint32_t slot[2]);

/* What to set for slot SLOT: plain RTP arrives, SUITE leaves (and is cut off on the way back).
 */
struct sw_transport circle_transport(uint32_t slot, uint8_t suite);

/* Set call K and join its legs; SUITE is of no importance after circle_secure().  0 or -errno.
 */
int circle_set(struct circle *c, unsigned k, uint8_t suite);

/* A packet as strowger would send it to the phone of SLOT, with sequence number SEQ.  NULL:
 * there is no buffer. */
struct rte_mbuf *circle_packet(struct circle *c, uint32_t slot, uint16_t seq);

/* Let M, such a packet for SLOT, go round; no core runs yet.  0 or -ENOBUFS. */
int circle_put(struct circle *c, uint32_t slot, struct rte_mbuf *m);

/* CALLS calls, which circle_set() sets up, and a packet of each on its way: of every other one
 * at the other leg, so that bursts have packets of both.  0 or -errno. */
int circle_fill(struct circle *c, unsigned calls, uint8_t seal);
