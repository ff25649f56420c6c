/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the mesh on forwarding cores share: mesh_core.c (a core's own: time,
 * timers, buckets), mesh_whom.c (who is meant by an address), mesh_in.c (datagrams that come),
 * mesh_hears.c (the neighbour's link state), mesh_sound.c (sound becomes RTP), mesh_forward.c
 * (frames for others), mesh_out.c (RTP becomes sound), mesh_link.c (frames leave by links).
 * Nobody else's.  Forwarding core. */
#pragma once

#include "dataplane/mesh.h"
#include "mesh/link_state.h"
#include "mesh/vomp.h"

enum {
	/* Bytes by which somebody is named to himself: he knows who he is, and nobody can make
	 * a second SID that begins so. */
	MESH_PREFIX = 8,
	/* Ours: version, encapsulation, sender in full, flags, number. */
	MESH_ENVELOPE = 2 + 1 + SID_LEN + 1 + 1,
	/* Of a frame, without what stands between its two parts: number and length. */
	MESH_FRAME_MAX = MESH_DATAGRAM_MAX - MESH_ENVELOPE - 3,
	/* Flags, source and destination in full, next hop, TTL; type. */
	MESH_HEAD_MAX = 1 + 2 * (1 + SID_LEN) + 1 + SID_LEN + 1 + 1,
};

/* What main was told of one neighbour, in one round of refills. */
struct mesh_told {
	uint32_t round;
	unsigned datagrams;
};

/* A core's own. */
struct mesh_core {
	struct nonces nonces;
	uint64_t tsc_per_us;
	uint64_t now_tsc, now_us; /* of the turn */
	/* How much main may be told in this round. */
	uint64_t round_us; /* when the next one begins */
	uint32_t round;
	unsigned neighbours, strangers; /* datagrams of theirs that are left */
	unsigned links;                 /* of this core, at the last look around */

	/* Links of this core, by slot of their neighbours. */
	uint64_t touched[SW_MESH_NEIGHBOURS / 64]; /* bits: look at them in this turn */
	uint64_t due_us[SW_MESH_NEIGHBOURS];       /* UINT64_MAX: never */
	uint64_t first_us;                         /* no later than the first of these */
	uint64_t look_us;                          /* when to look for links that are new */

	unsigned leaving;
	struct rte_mbuf *leave[BURST]; /* frames of devices */
};

/* A neighbour's link: its core's alone. */
struct mesh_link {
	struct link link;
	struct rte_mbuf *open; /* datagram that is being filled; NULL between turns */
	bool waits;            /* a frame in it is kept */
	bool numbered;         /* it is of version 1: frames have numbers */
	struct mesh_told told;
	struct mesh_kept {
		uint16_t head_len, len; /* of the payload behind it */
		uint8_t bytes[MESH_FRAME_MAX];
	} kept[LINK_KEPT];
};

/* ---- mesh_core.c ---- */

uint64_t mesh_now_us(const struct lcore *lc);
/* May main be told of one more datagram of NB; of a stranger? */
bool mesh_may_tell(struct lcore *lc, const struct mesh_neighbour *nb);
bool mesh_may_tell_of_stranger(struct lcore *lc);

/* Touch what is due, and what is new. */
void mesh_touch_due(struct lcore *lc);
void mesh_set_due(struct mesh_core *mc, unsigned slot, uint64_t due_us);

static inline void
mesh_touch(struct mesh_core *mc, unsigned slot)
{
	mc->touched[slot / 64] |= UINT64_C(1) << slot % 64;
}

static inline struct mesh_map *
mesh_map(const struct mesh *mesh)
{
	return atomic_load_explicit(&mesh->map, memory_order_acquire);
}

static inline struct mesh_neighbour *
mesh_neighbour(const struct mesh *mesh, unsigned slot)
{
	return slot < SW_MESH_NEIGHBOURS
		       ? atomic_load_explicit(&mesh->neighbour[slot], memory_order_acquire)
		       : NULL;
}

/* ---- mesh_whom.c: who is meant ---- */

enum { MESH_NOBODY = -1, MESH_SEVERAL = -2 };

/* Number of the identity of ours that begins with the LEN bytes at PREFIX. */
int mesh_whom_self(const struct mesh_map *map, const uint8_t *prefix, unsigned len);

/* Rows FIRST..END - 1 of LIST (N, in order) begin so. */
struct mesh_rows {
	unsigned first, end;
};
struct mesh_rows mesh_whom_rows(
	const struct mesh_known *list, unsigned n, const uint8_t *prefix, unsigned len);

/* The only SID known to us that begins so, whoever's; NULL: nobody's, or several. */
const struct sid *mesh_whom(const struct mesh_map *map, const uint8_t *prefix, unsigned len);

/* The peer of SID that speaks with IDENTITY of ours, or, for SW_MESH_NONE, any; NULL. */
const struct mesh_peer *mesh_whom_peer(const struct mesh *mesh, const struct mesh_map *map,
	const struct sid *sid, uint16_t identity);

/* ---- A datagram on its way in: mesh_in.c, and what it calls ---- */

/* Sound that has been found in a datagram. */
struct mesh_sound {
	uint8_t *at; /* VOMP_RTP bytes, where ports and headers were, and then it */
	uint16_t len;
	uint16_t slot, session, far_session;
	uint8_t slots; /* that it fills */
	const struct vomp_codec_row *row;
	const struct sid *from;
};

struct mesh_coming {
	struct lcore *lc;
	const struct mesh *mesh;
	const struct mesh_map *map;
	struct mesh_neighbour *from;
	struct mesh_envelope envelope;
	const struct sid *previous; /* that was resolved last; NULL: nobody */
	unsigned number;            /* of the frame */
	bool acked;                 /* has told what came of ours: it need not twice */
	uint64_t done, opened;      /* as in struct sw_mesh_heard */
	unsigned sounds;
	struct mesh_sound sound[MESH_SOUNDS];
};

/* mesh_hears.c: F is link state, in the clear, from the neighbour.  True: it says nothing but
 * what concerns the link. */
bool mesh_hears(struct mesh_coming *c, const struct mesh_frame *f);

/* mesh_sound.c: what was in a box, ports in front, from SID.  True: it is sound of a call that
 * has a transport, or good for nothing, and needs nobody else. */
bool mesh_sound_take(struct mesh_coming *c, uint8_t *p, unsigned len, const struct sid *from);
/* Make packets of all sound of C: the last one of M if LAST_IN_PLACE, which is gone then.  How
 * many are in OUT. */
unsigned mesh_sound_make(
	struct mesh_coming *c, struct rte_mbuf *m, bool last_in_place, struct rte_mbuf **out);

/* mesh_forward.c: F is for DESTINATION, by way of us.  False: nobody here knows the way. */
bool mesh_forward(struct mesh_coming *c, const struct mesh_frame *f, const struct sid *source,
	const struct sid *destination);

/* ---- mesh_out.c ---- */

/* Whom M, a frame in two parts of which the first one has HEAD_LEN bytes, leaves by: to the
 * core of NB's link.  Takes it. */
void mesh_hand_over(struct lcore *lc, const struct mesh_neighbour *nb, struct rte_mbuf *m,
	unsigned head_len, bool sound);

/* How somebody is named to himself. */
static inline struct mesh_address
mesh_by_prefix(const struct sid *sid)
{
	return (struct mesh_address){
		.kind = MESH_ADDRESS_PREFIX, .len = MESH_PREFIX, .at = sid->b};
}

static inline struct mesh_address
mesh_in_full(const struct sid *sid)
{
	return (struct mesh_address){.kind = MESH_ADDRESS_SID, .len = SID_LEN, .at = sid->b};
}
