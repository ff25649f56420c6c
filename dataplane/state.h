/* SPDX-License-Identifier: Apache-2.0
 *
 * The memfd that outlives a killed switch: head, counters of forwarding and of transcode
 * cores, links of the mesh, transports' state and the rest of it, where transcoding has got
 * to, transports' rules, what is rare of them (keys) and bridges, the mesh's rules (with keys,
 * too), call records, in this order, each part page aligned.  The switch maps all but the
 * records; control maps all but the rules (switch_client.c).  No mapping is ever dumped into a
 * core file.  Plain C, no DPDK; main thread, at start, at stop and per command. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/switch.h"

struct state_sizes {
	uint32_t transports; /* 1..SW_TRANSPORTS_MAX */
	uint32_t record_blocks;
};

/* All that a successor needs to publish a transport again. */
struct state_rules {
	struct sw_transport transport;
	struct sw_flow flow;     /* id 0: none was set */
	struct sw_key unseal[2]; /* in force: the newest, and one still accepted; PLAIN: none.
				  * transport.unseal is the first, or the second when control
				  * has gone back to it */
	/* From here on no slot's are rare. */
	uint64_t latch_until;    /* TSC */
	uint8_t generation;      /* of unseal[0]; ssrc.h */
	uint8_t seal_generation; /* of transport.seal */
	uint8_t stopped;         /* 1: SW_TRANSPORT_STOP; not to be published */
	uint8_t reserved[5];
};

enum {
	/* Bytes of struct state_rules that every slot has; all others are rare. */
	STATE_USUAL = offsetof(struct sw_transport, unseal) +
		      offsetof(struct sw_flow, sink[1]) + sizeof(struct state_rules) -
		      offsetof(struct state_rules, latch_until),
	STATE_RARE = sizeof(struct state_rules) - STATE_USUAL,
};

/* The rules of one slot, packed.  The rare part of them (keys, further sinks) lies apart, and
 * so does the bridge of its flow, if that has one.  Behind those of all slots there is one
 * more, the journal: a put writes the new rules there first, and says of which slot, so that a
 * successor finishes what a kill has cut short; what is left is either the old rules or the
 * new ones. */
struct state_slot {
	_Atomic uint32_t
		valid;   /* 0: none; 1: they are in force; the journal: of slot valid - 1 */
	uint16_t bridge; /* the journal: 1: with the bridge; else 0 */
	uint16_t rare;   /* 1: it has a rare part; else that is all zero */
	uint8_t usual[STATE_USUAL];
};

struct state_rare {
	uint8_t bytes[STATE_RARE];
};

/* What is known of the mesh, put as rules are.  Memory that is not there where there is no
 * mesh.
 */
struct state_mesh {
	struct {
		_Atomic uint32_t what; /* 0: nothing; enum state_mesh_part, and 1 */
		uint32_t slot;
		union state_mesh_rules {
			struct sw_mesh_node node;
			struct sw_mesh_neighbour neighbour;
			struct sw_mesh_peer peer;
		} rules;
	} journal;
	struct sw_mesh_node node;
	struct sw_mesh_neighbour neighbour[SW_MESH_NEIGHBOURS]; /* id 0: none */
	struct sw_mesh_peer peer[SW_MESH_PEERS];                /* likewise */
};

struct state {
	struct sw_state *head;
	struct sw_core *core;                 /* SW_CORES of them */
	struct sw_transcoder *transcoder;     /* SW_TRANSCODERS of them */
	struct sw_mesh_link *mesh_link;       /* SW_MESH_NEIGHBOURS of them */
	struct sw_transport_state *transport; /* sizes.transports of them */
	struct sw_transport_more *more;       /* likewise; by sw_more() */
	struct sw_bridge_state *bridge_state; /* likewise; a plain call's is never looked at */
	struct state_slot *slot;              /* sizes.transports of them, and the journal; use
					       * state_rules_*() */
	struct state_rare *rare;              /* likewise; where there is none, no memory */
	struct sw_bridge *bridge;             /* likewise; state_bridge_get() */
	struct state_mesh *mesh;              /* use state_mesh_*() */
	struct state_sizes
		sizes;   /* as checked; the head's own figures are in reach of control */
	uint64_t mapped; /* bytes, from head on */
	int fd;          /* ours, close-on-exec */
};

/* A new memfd, all zero but the head's magic, abi, size, instance, sizes and offsets; the rest
 * of the head is the caller's to fill in.  0 or -errno (-EINVAL: sizes out of range). */
int state_create(struct state *s, const struct state_sizes *sizes);

/* Take over FD (ours from now on; closed when this fails).  The caller then fills in the head
 * anew, recovers each transport (ssrc_recover()) and publishes what state_rules_get() gives.
 * 0; -EPROTO (another ABI); -EBADMSG (not a state, or of other SIZES); -EPERM (it could be
 * shrunk under us); -errno. */
int state_adopt(struct state *s, int fd, const struct state_sizes *sizes);

/* Unmap and close.  The memory lives on while control holds its descriptor: wipe first unless
 * a successor is to find it. */
void state_close(struct state *s);

/* Clear all rules and free every transport's slot, as when the switch ends for good.  It
 * cannot be taken over any more. */
void state_wipe(struct state *s);

/* Make slot SLOT's state zero, and tell it where the rest of it lies.  A kill meanwhile leaves
 * none.  Nobody else sees it. */
void state_transport_clear(struct state *s, uint32_t slot);
void state_transport_find_more(struct state *s, uint32_t slot); /* the second of it alone */

/* Rules of slot SLOT < sizes.transports.  What they replace is wiped.  The bridge of their
 * flow, if it has one, is as it was, or put with them. */
void state_rules_put(struct state *s, uint32_t slot, const struct state_rules *rules);
void state_rules_put_bridged(struct state *s, uint32_t slot, const struct state_rules *rules,
	const struct sw_bridge *bridge);
/* Copies them to *RULES (the caller wipes it).  False, and zeros: there are none, or
 * sw_check_transport() and sw_check_flow() refuse them for the head as it is now. */
bool state_rules_get(const struct state *s, uint32_t slot, struct state_rules *rules);
/* The bridge of slot SLOT, whose flow must have one, copied; not checked (sw_check_bridge()).
 */
void state_bridge_get(const struct state *s, uint32_t slot, struct sw_bridge *bridge);
void state_rules_clear(struct state *s, uint32_t slot);

/* ---- The mesh; state_mesh.c.  None of these where there is none. ---- */

/* Finish what a kill has cut short; before the next ones. */
void state_mesh_recover(struct state *s);
/* What they replace is wiped. */
void state_mesh_put_node(struct state *s, const struct sw_mesh_node *n);
void state_mesh_put_neighbour(struct state *s, const struct sw_mesh_neighbour *n);
void state_mesh_put_peer(struct state *s, const struct sw_mesh_peer *p);
void state_mesh_clear_neighbour(struct state *s, uint32_t slot);
void state_mesh_clear_peer(struct state *s, uint32_t slot);
/* Copied; false: there is none, or sw_check_mesh_*() refuses it.  The caller wipes keys. */
bool state_mesh_node(const struct state *s, struct sw_mesh_node *n);
bool state_mesh_neighbour(const struct state *s, uint32_t slot, struct sw_mesh_neighbour *n);
bool state_mesh_peer(const struct state *s, uint32_t slot, struct sw_mesh_peer *p);
/* As state_next_used(): the first slot from SLOT on where a peer may ever have been put. */
uint32_t state_mesh_next_peer(const struct state *s, uint32_t slot);
/* Clear all of it. */
void state_mesh_wipe(struct state *s);

/* The first slot from SLOT on whose rules or state may ever have been written to;
 * sizes.transports: none.  All others are holes in the memfd, and a look at them would fill
 * them with pages of zeros. */
uint32_t state_next_used(const struct state *s, uint32_t slot);
/* The first element from I on, of a part at AT with elements of SIZE bytes, on a page with
 * data; N: none of its N. */
uint32_t state_next_with_data(
	const struct state *s, uint64_t at, uint64_t size, uint32_t i, uint32_t n);
