/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests do with a switch without a network (bench/inproc.h): set transports, put frames
 * in, take a turn, and look at what comes out.  All cores take their turns on the test's
 * thread. Time stands still until the test moves it.
 *
 * Our addresses are 192.0.2.1 (number 0) and 2001:db8::1 (number 1); everybody else is reached
 * by the MAC address 02:00:00:00:00:02. */
#pragma once

#include <stddef.h>

#include "bench/inproc.h"

enum {
	RIG_SLOTS = 64,
	RIG_FRAME = 2048,
};

/* A datagram that came out, its headers checked: version, lengths, checksums. */
struct rig_datagram {
	struct sw_addr from, to;
	uint8_t dscp, hops;
	uint16_t len;
	uint8_t payload[RIG_FRAME];
};

/* One core, one queue; starts EAL the first time. */
void rig_open(struct inproc *r);
/* QUEUES of at most CORES cores. */
void rig_open_cores(struct inproc *r, unsigned cores, unsigned queues);
/* And one transcode core. */
void rig_open_transcoding(struct inproc *r, unsigned cores);
/* And a node of the mesh at 192.0.2.1, port 4110: mesh legs are at our address number 2. */
void rig_open_mesh(struct inproc *r, unsigned cores);
/* One core and one transcode core for inproc_start(), on SHARED threads or each on its own. */
void rig_open_threads(struct inproc *r, bool shared);
void rig_close(struct inproc *r); /* fails the test if a packet buffer has leaked */

/* As if the switch had been killed and another one had taken the state over. */
void rig_kill(struct inproc *r);

struct sw_addr rig_addr(const char *text, uint16_t port);

/* A transport on slot SLOT, port 30000 + 2 * SLOT, that listens to REMOTE as signalled; the
 * caller may change it before rig_set(). */
struct sw_transport rig_transport(uint32_t slot, const char *remote, uint16_t port);
void rig_key(struct sw_key *key, enum sw_suite suite, uint8_t fill);
void rig_set(struct inproc *r, const struct sw_transport *t);
void rig_join(struct inproc *r, uint32_t from, uint32_t to); /* one sink */
/* One sink, behind bridge B. */
void rig_bridge(struct inproc *r, uint32_t from, uint32_t to, const struct sw_bridge *b);
/* The cores pass as many quiescent points as a stop takes; what can be freed is. */
void rig_settle(struct inproc *r);

/* RTP of LEN bytes of payload into P; how long it is. */
uint16_t rig_rtp(uint8_t *p, uint16_t seq, uint32_t ssrc, uint16_t len);

/* The frame that brings a datagram, into F of RIG_FRAME bytes; how long it is. */
uint16_t rig_make(uint8_t *f, const struct sw_addr *from, const struct sw_addr *to,
	const void *p, uint16_t len);
/* Put a datagram into the device, queue 0; rig_frame() a frame as it stands, into QUEUE. */
void rig_send(struct inproc *r, const struct sw_addr *from, const struct sw_addr *to,
	const void *p, uint16_t len);
void rig_frame(struct inproc *r, unsigned queue, const void *frame, uint16_t len);
/* The cores take turns until there is nothing left to do. */
void rig_turn(struct inproc *r);
/* The next datagram that came out by any queue; false: none. */
bool rig_receive(struct inproc *r, struct rig_datagram *d);

/* The cores', and the transcode cores'. */
uint64_t rig_drops(const struct inproc *r, enum drop why); /* of all cores */
