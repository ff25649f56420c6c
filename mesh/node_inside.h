/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind node.h share, nobody else's:
 *
 *   node.c            its life; datagrams taken apart
 *   node_service.c    echo, key map, numbers: answers; who gets the rest
 *   node_ask.c        look-ups and pings: questions of our own
 *   node_neighbour.c  who becomes a neighbour, stays one, and where
 *   node_route.c      ways: what neighbours say of them, and what they are told
 *   node_explain.c    questions who somebody is, both ways
 *   node_flood.c      what is for everybody, and goes on to everybody
 *   node_send.c       frames made and boxed
 *   node_peer.c       rows for whoever boxes and forwards: pairs that are held, ways
 *   node_names.c      who is meant by an address
 *   node_known.c      SIDs: how they begin, their signing keys, the ways to them
 *   node_near.c       neighbours, found
 *   node_rate.c       how often something may be done
 *
 * Each calls only those behind it: from node_peer.c on they are states, and send nothing. */
#pragma once

#include <stddef.h>

#include "mesh/box.h"
#include "mesh/link_state.h"
#include "mesh/node.h"

enum {
	WAYS = 4,           /* to one SID, that are remembered */
	KEYS = 512,         /* of boxes, that nobody holds */
	FLOODS = 1024,      /* broadcast ids that are remembered; a power of two */
	QUESTIONS = 128,    /* prefixes that were asked about lately */
	PROOFS = 16,        /* addresses that neighbours seem to have moved to */
	AN_ADDRESS = 16,    /* neighbours that one IP address may be */
	EXPLAIN_MS = 500,   /* between two explanations of one SID, two questions about one */
	FRAME_ROOM = 1100,  /* bytes of a frame with its head: the envelope comes in front */
	HOPS_MAX = 16,      /* of a way */
	WAY_MS = 15000,     /* since its record; they are repeated each 5 s */
	ROUTE_MS = 1000,    /* between two tellings of our ways */
	LOST_MS = 5000,     /* for which it is said that a way has gone */
	PAIR_BUCKETS = 2048 /* a power of two */
};

struct bucket {
	int64_t free_us; /* when all that was taken is paid for */
};

/* ---- Neighbours ---- */

struct neighbour {
	struct mesh_neighbour_row row; /* id 0: the slot is free */
	uint8_t state;                 /* enum mesh_neighbour_state */
	int64_t since_ms;              /* in it */
	int64_t routes_due_ms;         /* when it is told our ways again */
	unsigned routes_at;            /* with which of the known that goes on */
};

/* A neighbour that seems to be elsewhere: it is asked there, in a box, to send this back. */
struct proof {
	struct sid sid;
	struct mesh_at at;
	uint8_t cookie[16];
	int64_t asked_ms; /* 0: free */
};

/* ---- Known SIDs ---- */

struct way {
	uint16_t neighbour; /* slot */
	uint8_t drop_rate;
	struct sid transmitter; /* the hop before the last */
	int64_t heard_ms;
};

struct known {
	struct sid sid;
	bool has_key;
	uint8_t sign_public[MESH_KEY];
	unsigned ways;
	struct way way[WAYS];
	int64_t used_ms, explained_ms, key_asked_ms, lost_ms;

	/* The best of them: */
	uint16_t neighbour; /* slot; MESH_NODE_NONE: there is none */
	uint8_t hops, drop_rate;
	struct sid before; /* the hop before it */
};

/* ---- Rows ---- */

struct pair {
	struct mesh_peer_row row;
	uint8_t key[MESH_KEY];
	unsigned holds;    /* 0: it is a way for others */
	struct pair *next; /* in its bucket */
};

/* ---- Asking ---- */

struct mesh_asking {
	struct mesh_node *node; /* NULL: free */
	uint32_t port;          /* of ours, to which answers come */
	mesh_node_found *found; /* a look-up ... */
	char did[MESH_DID];
	mesh_node_echoed *echoed; /* ... or a ping */
	struct mesh_ping ping;
	unsigned sent, backs;
	bool back[MESH_PINGS + 1];
	void *arg;
	double interval_ms;
	int64_t due_ms, end_ms;
};

struct question {
	uint8_t len; /* 0: free */
	uint8_t prefix[SID_LEN];
	bool seen; /* a datagram by that sender */
	int64_t asked_ms;
};

struct box_cached {
	uint16_t identity;
	struct sid sid;
	int64_t used_ms; /* 0: free */
};

struct mesh_node {
	struct mesh_node_conf conf;
	struct mesh_node_counts counts;
	int64_t now;
	int64_t tick_due_ms, look_due_ms, ways_due_ms;
	bool changed; /* ways are to be found anew */
	struct bucket strangers, questions, answers, strange_answers, openings, verifying,
		flooding, signs, lessons, keys;
	struct nonces nonces;

	unsigned next_slot; /* where to look for a free one */
	struct neighbour neighbour[MESH_NODE_NEIGHBOURS];
	struct proof proof[PROOFS];

	unsigned knowns;
	struct known **known; /* in order */

	struct pair *bucket[PAIR_BUCKETS];
	struct pair *pair[MESH_NODE_PEERS]; /* by slot */
	bool taken[MESH_NODE_PEERS];        /* somebody else's, at the switch */

	uint8_t flood[FLOODS][MESH_BROADCAST_ID];
	struct question question[QUESTIONS];
	int64_t explained_ms[MESH_NODE_IDENTITIES];
	struct box_cached cached[KEYS];
	uint8_t (*cached_key)[MESH_KEY]; /* KEYS of them, secret */
	struct mesh_asking asking[MESH_NODE_LOOKUPS];
};

/* ---- A datagram that is being looked at ---- */

/* What addresses mean that say no more than "the same". */
struct context {
	struct sid sender;
	bool has_previous;
	struct sid previous;
};

struct heard {
	const struct mesh_datagram *d;
	struct neighbour *from;       /* NULL: a stranger */
	struct context context;       /* of the datagram */
	struct mesh_writer questions; /* items for the sender */
	uint8_t question[FRAME_ROOM];
};

/* ---- node_rate.c ---- */

/* So many A_SECOND, and at most a second's worth at once. */
bool mesh_node_may(struct mesh_node *n, struct bucket *b, unsigned a_second);

/* ---- node_names.c ---- */

/* The SID that A means in C, which goes on behind it.  False: it is unknown; the sender of ASK
 * (NULL: nobody) will be asked. */
bool mesh_node_resolve(struct mesh_node *n, struct context *c, const struct mesh_address *a,
	struct heard *ask, struct sid *sid);

/* Of A's prefix, which is nobody's that is known: its place; may it be asked about now? */
struct question *mesh_node_question(struct mesh_node *n, const struct mesh_address *a);
bool mesh_node_may_ask(struct mesh_node *n, struct question *q);
void mesh_node_wonder(struct mesh_node *n, struct heard *h, const struct mesh_address *a);

static inline struct mesh_address
mesh_node_address(const struct sid *sid)
{
	return (struct mesh_address){.kind = MESH_ADDRESS_SID, .len = SID_LEN, .at = sid->b};
}

static inline bool
mesh_node_is_same_at(const struct mesh_at *a, const struct mesh_at *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static inline bool
mesh_node_is_up(const struct neighbour *nb)
{
	return nb->row.id != 0 && nb->state == MESH_UP;
}

static inline const struct mesh_identity *
mesh_node_primary(const struct mesh_node *n)
{
	return &n->conf.identities->id[0];
}

/* ---- node_near.c; NULL: there is none ---- */

struct neighbour *mesh_node_neighbour_by_id(struct mesh_node *n, uint64_t id);
struct neighbour *mesh_node_neighbour_of(struct mesh_node *n, const struct sid *sid);
/* At AT, with a SID that begins as A. */
const struct neighbour *mesh_node_neighbour_begins(
	const struct mesh_node *n, const struct mesh_address *a, const struct mesh_at *at);
bool mesh_node_is_at(const struct mesh_node *n, const struct mesh_at *at); /* anybody */

/* ---- node_neighbour.c ---- */

/* SID sends from AT, by its INTERFACE; nobody with a link there does. */
void mesh_node_stranger(struct mesh_node *n, const struct sid *sid, const struct mesh_at *at,
	uint8_t interface);
void mesh_node_interface(struct mesh_node *n, struct neighbour *nb, uint8_t interface);
/* SID has opened a box that was sent to AT, and sends back from there what was in it. */
void mesh_node_proved(struct mesh_node *n, const struct sid *sid, const struct mesh_at *at,
	const uint8_t *cookie, unsigned len);
int64_t mesh_node_neighbours_run(struct mesh_node *n);

/* ---- node_known.c ---- */

int mesh_node_self(const struct mesh_node *n, const struct sid *sid); /* -1: not ours */
struct known *mesh_node_known(const struct mesh_node *n, const struct sid *sid); /* NULL */
/* NULL: it is ours, or there is no room. */
struct known *mesh_node_learn(struct mesh_node *n, const struct sid *sid);
/* Likewise, where others choose what there is to learn; NULL also: that was too much lately.
 */
struct known *mesh_node_hear_of(struct mesh_node *n, const struct sid *sid);
void mesh_node_learn_key(
	struct mesh_node *n, const struct sid *sid, const uint8_t sign_public[MESH_KEY]);
/* False: no SID follows from that key, or there have been too many lately. */
bool mesh_node_sid_of_sign(
	struct mesh_node *n, struct sid *sid, const uint8_t sign_public[MESH_KEY]);
/* How many begin so; the place of the first one. */
unsigned mesh_node_begins(
	const struct mesh_node *n, const uint8_t *prefix, unsigned len, unsigned *first);
void mesh_node_forget_known(struct mesh_node *n);

/* ---- node_route.c ---- */

/* The body of a link state of H's neighbour. */
void mesh_node_link_state(
	struct mesh_node *n, struct heard *h, const uint8_t *p, unsigned len);
void mesh_node_neighbour_gone(struct mesh_node *n, unsigned slot); /* no way leads by it */
void mesh_node_find_ways(struct mesh_node *n);
void mesh_node_tell_routes(struct mesh_node *n, struct neighbour *nb);

/* ---- node_peer.c ---- */

struct pair *mesh_node_pair(
	struct mesh_node *n, unsigned identity, const struct sid *sid); /* NULL */
bool mesh_node_is_held(const struct mesh_node *n, const struct sid *sid);
bool mesh_node_is_wanted(const struct mesh_node *n, unsigned slot); /* by calls */
void mesh_node_publish(struct mesh_node *n, const struct known *k); /* its way, for others */
void mesh_node_pairs_rerouted(struct mesh_node *n);
void mesh_node_say_pairs(struct mesh_node *n);
void mesh_node_forget_pairs(struct mesh_node *n);

/* ---- node_send.c ---- */

/* The key between the two, for boxes; valid until the next one is asked for.  NULL: no such
 * SID can be, or there have been too many lately. */
const uint8_t *mesh_node_key(struct mesh_node *n, unsigned identity, const struct sid *sid);

enum mesh_how { MESH_CLEAR, MESH_BOX };
struct mesh_letter {
	unsigned identity;
	struct sid to;
	struct mesh_ports ports;
	const void *data;
	unsigned len;
	enum mesh_how how;
};
int mesh_node_post(struct mesh_node *n, const struct mesh_letter *l);
/* In a datagram of its own, to AT. */
int mesh_node_post_at(
	struct mesh_node *n, const struct mesh_letter *l, const struct mesh_at *at);
int mesh_node_explain_at(
	struct mesh_node *n, const struct mesh_at *at, const uint8_t *p, unsigned len);
/* A frame of TYPE for the neighbour alone, in clear text. */
int mesh_node_tell(struct mesh_node *n, const struct neighbour *nb, uint8_t type,
	const uint8_t *p, unsigned len);

/* ---- node_explain.c ---- */

void mesh_node_who_sent(
	struct mesh_node *n, const struct mesh_address *a, const struct mesh_at *at);
void mesh_node_ask(struct mesh_node *n, struct heard *h); /* what H has us wonder */
void mesh_node_explain(struct mesh_node *n, struct heard *h, const uint8_t *p, unsigned len);

/* ---- node_flood.c ---- */

bool mesh_node_is_new_flood(struct mesh_node *n, const uint8_t id[MESH_BROADCAST_ID]);
void mesh_node_forward_flood(struct mesh_node *n, const struct heard *h,
	const struct mesh_frame *f, const struct sid *source);
/* To everybody, signed by the primary identity. */
void mesh_node_flood(
	struct mesh_node *n, const struct mesh_ports *ports, const void *data, unsigned len);

/* ---- node_service.c ---- */

enum { PROOF_PORT = MESH_PORT_CLIENTS }; /* where proofs come back to */

/* What came for one of us, or for everybody, out of whatever secured it. */
struct taken {
	struct heard *heard;
	unsigned identity; /* MESH_NODE_NONE: for everybody */
	struct sid from;
	bool boxed, is_signed;
	struct mesh_ports ports;
	const uint8_t *data;
	unsigned len;
};
void mesh_node_take(struct mesh_node *n, const struct taken *t);
void mesh_node_ask_key(struct mesh_node *n, struct known *k);

/* ---- node_ask.c ---- */

void mesh_node_answered(struct mesh_node *n, const struct taken *t);
int64_t mesh_node_asks_run(struct mesh_node *n);
void mesh_node_asks_end(struct mesh_node *n);
