/* SPDX-License-Identifier: Apache-2.0
 *
 * A transcode core: takes RTP in the clear that forwarding cores hand to it, lets transcode.h
 * make RTP in another format of it, and hands that to the cores by whose transports it leaves.
 * It also speaks RTCP for what it has made.  Its turns are taken by a thread of its own or by
 * that of a forwarding core (worker.h).
 *
 * It reads the tables as forwarding cores do, and owns the codecs of the bridges that name it,
 * the states beside them (struct sw_bridge_state), and its counters. */
#pragma once

#include "dataplane/lcore.h"

enum { TRANSCODER_COMPLEXITY_MAX = 10 }; /* of encoding: as its configuration says */

/* How a party has been received so far, in packets. */
struct reception {
	uint64_t expected, lost;
};

/* What it remembers of a direction from packet to packet, and from bridge to bridge. */
struct direction {
	uint64_t id; /* of the transport where it comes in; 0: of none */

	/* When it is to be looked at; see transcoder_timer.c. */
	uint64_t due_us;
	uint32_t heap_at; /* place in the heap, from 1 on; 0: it is not there */
	bool active;      /* packets left since its last report */
	bool has_left;    /* its party said BYE, and nothing since */

	/* What its reports say. */
	uint32_t timestamp;                 /* of the packet that left last, ... */
	uint64_t sent_us;                   /* ... and when */
	uint64_t report_us;                 /* when the next one is due */
	uint32_t packets, octets, reported; /* sent; packets when the last report was made */
	struct reception before[SW_SINKS];  /* each sink's party, as of the last report */
};

/* Its thread's alone. */
struct transcoder {
	alignas(RTE_CACHE_LINE_SIZE) unsigned number; /* of the transcode cores */
	int cpu;
	uint64_t now;    /* TSC, as the turn began; tests set it */
	uint64_t now_us; /* the same in microseconds */
	uint64_t mark;   /* TSC up to which time has been charged to somebody */
	uint64_t tsc_hz;
	const struct tables *tables;
	struct sw_transcoder *count;
	const _Atomic uint64_t
		*beside;             /* busy cycles of who shares the thread; NULL: nobody */
	struct rte_mempool *pool;    /* for what it sends */
	unsigned first;              /* forwarding core whose ring the next turn begins with */
	struct direction *direction; /* by slot */
	uint32_t *heap;              /* slots, the one that is due first in heap[1] */
	uint32_t timers;             /* in the heap */
	struct {
		uint64_t since, busy; /* TSC, and what had been busy by then */
	} load;
	uint64_t ntp_zero; /* NTP time when the TSC was 0 */
	struct crossing_end end;
};
static_assert(sizeof(struct transcoder) % RTE_CACHE_LINE_SIZE == 0, "cores share no line");

struct transcoder_conf {
	unsigned number;
	int cpu;
	const struct tables *tables;
	struct sw_transcoder *count;
	struct rte_rcu_qsbr *rcu;
	struct crossing *crossing;
	struct rte_mempool *pool; /* its private area holds a struct meta */
};

/* 0 or -ENOMEM; main thread, as are the next two. */
int transcoder_init(struct transcoder *tc, const struct transcoder_conf *conf);
void transcoder_fini(struct transcoder *tc);

/* Its thread does other work, too, which is counted in BESIDE.  Before it runs. */
void transcoder_share(struct transcoder *tc, const _Atomic uint64_t *beside);

/* One turn at NOW (TSC): take packets, look at what is due, hand over what comes of it.  How
 * much there was to do. */
unsigned transcoder_turn(struct transcoder *tc, uint64_t now);

/* Microseconds from NOW on until a turn has something to do even if nothing comes; UINT64_MAX:
 * never. */
uint64_t transcoder_wait_us(const struct transcoder *tc, uint64_t now);

/* Packet buffers that TRANSCODERS and CORES need for what is under way; 0 without any. */
uint32_t transcoder_mbufs(unsigned cores, unsigned transcoders);
