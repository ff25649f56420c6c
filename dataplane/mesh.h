/* SPDX-License-Identifier: Apache-2.0
 *
 * The mesh on forwarding cores: datagrams of MDP come in, sound of VoMP calls goes on as plain
 * RTP, what is acknowledged and sent again is each neighbour's link's; and back.  All that is
 * not sound crosses to main, and from there to control.
 *
 * Main fills and publishes what is here as it does with transports (lcore.h); a link is the
 * alone of the core that has it, slot % cores.  Source: docs/vomp.md. */
#pragma once

#include "dataplane/lcore.h"
#include "mesh/box.h"
#include "mesh/link.h"

/* A neighbour; immutable once published, but for what is atomic and *link. */
struct mesh_neighbour {
	uint64_t id;
	uint16_t slot;
	uint8_t core;
	uint8_t interface; /* its own */
	struct sid sid;
	struct sw_addr addr;
	_Atomic(struct path *) path;
	struct mesh_link *link;     /* its core's; stays when the neighbour is set again */
	struct sw_mesh_link *state; /* likewise */
};

/* A node at the other end of boxes, or of frames that are forwarded; immutable. */
struct mesh_peer {
	uint64_t id;
	uint16_t slot;
	uint16_t identity;  /* SW_MESH_NONE: forward only */
	uint16_t neighbour; /* slot; SW_MESH_NONE */
	struct sid sid;
	uint8_t key[MESH_KEY];
};

/* Whom we know, ordered by SID, for addresses that are told by how they begin; immutable. */
struct mesh_map {
	uint32_t identities, peers, neighbours;
	bool forward;
	struct sid self[SW_MESH_IDENTITIES];
	struct mesh_known {
		struct sid sid;
		uint16_t slot;
	} * peer, *neighbour; /* in order; behind this struct */
};

/* In struct tables; NULL there without a mesh. */
struct mesh {
	uint16_t port;                  /* UDP */
	uint8_t local_number;           /* our address of family SW_AF_MESH */
	uint8_t at;                     /* our address where datagrams come, and leave from */
	uint8_t device;                 /* that has it */
	_Atomic uint32_t broadcast;     /* of its subnet, IPv4, network byte order; 0: none */
	_Atomic(struct mesh_map *) map; /* never NULL */
	_Atomic(struct mesh_neighbour *) neighbour[SW_MESH_NEIGHBOURS];
	_Atomic(struct mesh_peer *) peer[SW_MESH_PEERS];
};

/* ---- mesh_link.c: links; what main needs of them ---- */

/* NOW: TSC.  NULL: ENOMEM.  STATE: where to go on from; all 0: of a new neighbour. */
struct mesh_link *mesh_link_open(
	const struct sw_mesh_link *state, uint64_t now, uint64_t tsc_hz);
void mesh_link_close(void *link); /* no core has it any more; NULL is fine */

/* ---- The mesh's own of a core; NULL without a mesh ---- */

struct mesh_core;
struct mesh_core *mesh_core_open(const struct lcore *lc); /* NULL: ENOMEM */
void mesh_core_close(struct mesh_core *mc);

/* ---- Stages, and what a turn begins and ends with ---- */

enum { MESH_SOUNDS = 20 }; /* frames of sound that fit into a datagram */

/* N datagrams that came to the mesh's port, parsed: takes them.  Sound of our calls goes to
 * OUT as plain RTP for classify, MESH_SOUNDS a datagram at most; how many. reads meta.in,
 * .device, .broadcast; writes all that parse does, and .ticks drops mesh_malformed,
 * mesh_control, mesh_stranger, no_mbuf */
unsigned mesh_in_stage(
	struct lcore *lc, struct rte_mbuf **pkt, unsigned n, struct rte_mbuf **out);

/* Of N packets in the clear that leave, take those whose transport is a mesh leg; the others
 * stay packed in pkt, how many.
 *   reads meta.out, .rtcp, .opaque, .untouched, .clear; writes the leg's slots and counters
 *   drops mesh_rtcp, mesh_long, mesh_slot, mesh_no_way, payload_type, bad_rtp, too_long */
unsigned mesh_out_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);
/* STEP_MESH_SAY: takes it. */
void mesh_say(struct lcore *lc, struct rte_mbuf *m);

/* STEP_MESH_FRAME: takes it.  drops mesh_no_way, too_long */
void mesh_take_frame(struct lcore *lc, struct rte_mbuf *m);

/* At the end of a turn: what links have to send leaves; their timers.  How many links had
 * something to do. */
unsigned mesh_flush(struct lcore *lc);
/* Microseconds from NOW (TSC) on until mesh_flush() has something to do; UINT64_MAX: never. */
uint64_t mesh_wait_us(const struct lcore *lc, uint64_t now);

/* ---- tables_mesh.c: main's side ---- */

struct switch_tables;

/* Commands of switch.h, checked already.  0 or -errno as stated there. */
int tables_mesh_node(struct switch_tables *tb, const struct sw_mesh_node *n);
int tables_mesh_neighbour(struct switch_tables *tb, const struct sw_mesh_neighbour *n);
int tables_mesh_peer(struct switch_tables *tb, const struct sw_mesh_peer *p);
void tables_mesh_del_neighbour(struct switch_tables *tb, uint32_t slot, uint64_t id);
void tables_mesh_del_peer(struct switch_tables *tb, uint32_t slot, uint64_t id);

/* After commands, and some times a second: cores see whom we know by now. */
void tables_mesh_settle(struct switch_tables *tb);

/* ---- What crosses in mbufs ----
 *
 * STEP_MESH_FRAME, to the core that has a link: meta.out.to_slot and .to_id are the
 * neighbour's; the data is a frame, in two parts between which its sequence number goes:
 * meta.out.payload bytes of head (mesh_put_frame_head(); with MESH_ACK_SOON it is kept until
 * it is acknowledged), and its payload.  meta.out.from_id: 0 unless it is sound.
 *
 * STEP_MESH_SAY, to the core that has a mesh leg: meta.out.to_slot and .to_id are the
 * transport's; the data is what is said, meta.out.payload how (VOMP_DTMF, VOMP_TEXT).
 *
 * STEP_MESH_UP, to main: a datagram as in struct sw_mesh_heard, with this in front. */
struct mesh_up {
	struct sw_addr from;
	uint64_t neighbour, done, opened;
	uint8_t broadcast;
	uint8_t reserved[3];
};
