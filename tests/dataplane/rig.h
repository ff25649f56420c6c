/* SPDX-License-Identifier: Apache-2.0
 *
 * A switch without a network: state, tables, cores and one device whose queues are rings, so
 * that a test puts frames in, takes a turn, and looks at what comes out.  All cores take their
 * turns on the test's thread.  Time stands still until the test moves it.
 *
 * Our addresses are 192.0.2.1 (number 0) and 2001:db8::1 (number 1); everybody else is reached
 * by the MAC address 02:00:00:00:00:02. */
#pragma once

#include <stddef.h>

#include "dataplane/tables.h"

enum {
	RIG_SLOTS = 64,
	RIG_FRAME = 2048,
	RIG_CORES = 4,
};

struct rig {
	struct state state;
	struct neigh *neigh;
	struct rte_rcu_qsbr *rcu;
	struct retire *retire;
	struct switch_tables *tables;
	struct device device;
	struct opt_interface conf;
	struct rte_mempool *pool;
	struct rte_ring *in[RIG_CORES], *out[RIG_CORES]; /* one a queue of the device */
	unsigned cores;
	struct crossing *crossing;
	struct crossing_end main_end; /* where punted frames arrive */
	struct lcore lcore[RIG_CORES];
};

/* A datagram that came out, its headers checked: version, lengths, checksums. */
struct rig_datagram {
	struct sw_addr from, to;
	uint8_t dscp, hops;
	uint16_t len;
	uint8_t payload[RIG_FRAME];
};

/* One core, one queue; starts EAL the first time. */
void rig_open(struct rig *r);
/* QUEUES of at most CORES cores. */
void rig_open_cores(struct rig *r, unsigned cores, unsigned queues);
void rig_close(struct rig *r); /* fails the test if a packet buffer has leaked */

/* As if the switch had been killed and another one had taken the state over. */
void rig_kill(struct rig *r);

struct sw_addr rig_addr(const char *text, uint16_t port);

/* A transport on slot SLOT, port 30000 + 2 * SLOT, that listens to REMOTE as signalled; the
 * caller may change it before rig_set(). */
struct sw_transport rig_transport(uint32_t slot, const char *remote, uint16_t port);
void rig_key(struct sw_key *key, enum sw_suite suite, uint8_t fill);
void rig_set(struct rig *r, const struct sw_transport *t);
void rig_join(struct rig *r, uint32_t from, uint32_t to); /* one sink */
void rig_settle(struct rig *r); /* the core passes a quiescent point; what can be freed is */

/* RTP of LEN bytes of payload into P; how long it is. */
uint16_t rig_rtp(uint8_t *p, uint16_t seq, uint32_t ssrc, uint16_t len);

/* Put a datagram into the device, queue 0; rig_frame() a frame as it stands, into QUEUE. */
void rig_send(struct rig *r, const struct sw_addr *from, const struct sw_addr *to,
	const void *p, uint16_t len);
void rig_frame(struct rig *r, unsigned queue, const void *frame, uint16_t len);
/* The cores take turns until there is nothing left to do. */
void rig_turn(struct rig *r);
/* The next datagram that came out by any queue; false: none. */
bool rig_receive(struct rig *r, struct rig_datagram *d);

uint64_t rig_drops(const struct rig *r, enum drop why); /* of all cores */
