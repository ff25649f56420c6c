/* SPDX-License-Identifier: Apache-2.0
 *
 * A memif with both its ends in this process, and on one thread: at one end the phones of the
 * generator (traffic.h), at the other a switch with one core.  They take turns, a ring full at
 * a time, so that what a forwarder takes for it is told apart from what the phones take, and
 * needs no second CPU.  The core's turn can be another forwarder's, too: the least there is.
 * For `strowger-bench micro capacity`.
 *
 * The caller's thread is main, core and phones. */
#pragma once

#include "bench/inproc.h"
#include "bench/port.h"
#include "bench/traffic.h"

enum {
	CAPACITY_ROUND = 960, /* packets: 30 bursts, and the ring of 1,024 has room for them */
	CAPACITY_CALLS_MAX = 10000,
};

/* What forwards, and for whom. */
enum capacity_way {
	/* The least that a forwarder can do: it receives a burst, swaps the Ethernet addresses
	 * of each frame, and sends it.  It is what testpmd does when it is told `macswap`. */
	CAPACITY_MACSWAP,
	CAPACITY_RTP,  /* the switch's core, calls of phones that speak RTP */
	CAPACITY_SRTP, /* the same, a call's phones speak SRTP, each with a suite of its own */
	CAPACITY_WAYS
};

struct capacity {
	struct inproc in;
	struct port phones;
	struct traffic traffic[CAPACITY_WAYS];
	char dir[64]; /* of the socket; empty: it is not there */
};

/* What one round came to. */
struct capacity_round {
	uint64_t cycles; /* TSC, of the forwarder alone, from its first burst to its last */
	unsigned sent;   /* packets that it had */
	unsigned taken;  /* that it says it took */
	unsigned back;   /* that came back to the phones */
};

/* CALLS of each way, the phones on first legs with SUITE[0], on second ones with SUITE[1];
 * after inproc_begin().  0 or -errno after a message on stderr. */
int capacity_open(struct capacity *c, unsigned calls, const uint8_t suite[2]);
/* How many packet buffers the switch has not given back. */
unsigned capacity_close(struct capacity *c);

/* The phones fill the ring, all calls in turn; WAY forwards what is there; the phones take it
 * back.  VERIFY: they look into each packet. */
struct capacity_round capacity_go(struct capacity *c, enum capacity_way way, bool verify);

/* What the switch's main does besides; now and then. */
void capacity_rest(struct capacity *c);
