/* SPDX-License-Identifier: Apache-2.0
 *
 * A node of the mesh, as states: who its neighbours are, who can be reached by whom, whose
 * abbreviated addresses and signing keys are known, and the small services.  Links, with what
 * is acknowledged and sent again, are elsewhere (link.h); this says which there are to be.
 *
 * Pure: no clock (NOW in milliseconds, from 1 on), no sockets; what it does to the world it
 * does through struct mesh_node_calls, from within.  Nothing that others say makes it grow
 * beyond a bound.  One thread.  Source: docs/vomp.md. */
#pragma once

#include "mesh/services.h"

enum {
	MESH_NODE_NEIGHBOURS = 256,
	MESH_NODE_PEERS = 8192,
	MESH_NODE_IDENTITIES = 16,
	MESH_NODE_NONE = 0xffff, /* no identity; no neighbour */
	MESH_NODE_KNOWN = 4096,  /* SIDs of others */
	MESH_NODE_HALF_OPEN = 32,
	MESH_NODE_LOOKUPS = 64, /* look-ups and pings at one time */
	MESH_PINGS = 256,       /* of one request */
	MESH_NODE_SILENCE_MS = 2500,
	MESH_NODE_KEPT_MS = 30000, /* a silent neighbour, while there are calls towards it */
};

/* Where a datagram comes from or goes to.  The family is the caller's affair, but for 0:
 * nowhere. */
struct mesh_at {
	uint16_t family;
	uint16_t port; /* host byte order */
	uint8_t ip[16];
};

/* What the link of a neighbour is to know; whoever has it keeps a copy. */
struct mesh_neighbour_row {
	uint64_t id; /* not 0 */
	uint16_t slot;
	uint8_t interface; /* of its own */
	struct sid sid;
	struct mesh_at at;
};

/* A way to a node. */
struct mesh_peer_row {
	uint64_t id; /* of the two SIDs: the same whenever they meet; not 0 */
	uint16_t slot;
	uint16_t identity;  /* MESH_NODE_NONE: frames for it are forwarded, no more */
	uint16_t neighbour; /* slot of the next hop; MESH_NODE_NONE: there is no way now */
	struct sid sid;
	const uint8_t *key; /* MESH_KEY bytes, of their boxes; NULL without an identity */
};

/* What a link has come to see of its neighbour. */
struct mesh_link_look {
	int64_t heard_ms;    /* ago that it was heard; -1: never */
	int64_t hears_us_ms; /* ago that it said so; -1: never */
};

/* What came for a service that is not the node's own. */
struct mesh_message {
	unsigned identity; /* number of ours that it is for */
	const struct sid *from;
	unsigned via; /* slot of the neighbour that it came by */
	struct mesh_ports ports;
	const uint8_t *data;
	unsigned len;
};

enum mesh_node_event {
	MESH_PEER_UP,   /* a neighbour hears us, and we it */
	MESH_PEER_DOWN, /* not any more */
	MESH_PEER_MOVED,
};

struct mesh_node_calls {
	/* Send a frame by the link of the neighbour in SLOT: HEAD_LEN bytes of the head at P,
	 * LEN bytes of payload behind them.  0; -errno: it is lost. */
	int (*tell)(void *arg, unsigned slot, uint64_t id, const uint8_t *p, unsigned head_len,
		unsigned len);
	/* Send a datagram to TO; NULL: to everybody on the link. */
	int (*cast)(void *arg, const struct mesh_at *to, const uint8_t *p, unsigned len);
	void (*neighbour_set)(void *arg, const struct mesh_neighbour_row *row);
	void (*neighbour_del)(void *arg, unsigned slot, uint64_t id);
	void (*peer_set)(void *arg, const struct mesh_peer_row *row);
	void (*peer_del)(void *arg, unsigned slot, uint64_t id);
	/* False: nothing is known of that link. */
	bool (*look)(void *arg, unsigned slot, uint64_t id, struct mesh_link_look *look);
	void (*vomp)(void *arg, const struct mesh_message *m); /* boxed, port 12 to 12 */
	void (*event)(void *arg, enum mesh_node_event what, const struct sid *sid,
		const struct mesh_at *at);

	/* Memory for keys: zeroed, wiped when it is given back. */
	void *(*secret_alloc)(size_t size);
	void (*secret_free)(void *p, size_t size);
};

/* Identities are numbered in their order and may be added, or get other numbers and names,
 * while the node lives; the first one is whom all datagrams are from. */
struct mesh_identities {
	unsigned n;
	struct mesh_identity id[MESH_NODE_IDENTITIES];
};

struct mesh_node_conf {
	const struct mesh_node_calls *calls;
	void *arg;
	const struct mesh_identities *identities; /* at least one */
	const struct mesh_at *peers;              /* who is asked, being no neighbour yet */
	unsigned n_peers;
	bool broadcast; /* ask everybody on the link, too */
	bool forward;   /* for others */
};

struct mesh_node_counts {
	uint64_t heard;           /* datagrams */
	uint64_t malformed;       /* of them, or frames in them */
	uint64_t strangers;       /* new ones, that were given a link */
	uint64_t strangers_full;  /* and that were not, for want of room */
	uint64_t moved;           /* neighbours, to another address */
	uint64_t unresolved;      /* abbreviated addresses of nobody known */
	uint64_t explained;       /* questions of others that were answered */
	uint64_t unopened;        /* boxes that did not open */
	uint64_t unverified;      /* signatures that are wrong, or of an unknown key */
	uint64_t refused;         /* VoMP that was not in a box */
	uint64_t floods;          /* heard, each once */
	uint64_t flood_repeats;   /* heard again */
	uint64_t flood_forwarded; /* to neighbours */
	uint64_t echoed, keys_told;
	uint64_t lookups_heard, lookups_answered; /* numbers of ours */
	uint64_t lookups, lookups_found;          /* of our own */
	uint64_t sent, unreachable;               /* messages */
};

struct mesh_node;

/* CONF is copied; what it points to must outlive the node.  NULL: ENOMEM. */
struct mesh_node *mesh_node_open(const struct mesh_node_conf *conf, int64_t now);
/* Who waits for an answer is told that there is none; nothing else.  NULL is fine. */
void mesh_node_close(struct mesh_node *n);
const struct mesh_node_counts *mesh_node_counts(const struct mesh_node *n);

/* A link that is there already, of a node that was killed.  Before all else. */
void mesh_node_adopt(struct mesh_node *n, const struct mesh_neighbour_row *row, int64_t now);
/* Who has the links is new: neighbours and peers are set, all of them. */
void mesh_node_say_all(struct mesh_node *n);
/* The identities are others: neighbours are told at once. */
void mesh_node_identified(struct mesh_node *n);
/* The row of a peer was refused: its slot has somebody else's. */
void mesh_node_peer_refused(struct mesh_node *n, unsigned slot, uint64_t id);

/* A datagram of LEN bytes came.  NEIGHBOUR: the id of the link that it came by; 0: none.
 * DONE, OPENED: as in struct sw_mesh_heard. */
struct mesh_datagram {
	struct mesh_at from;
	uint64_t neighbour;
	uint64_t done, opened;
	const uint8_t *p;
	unsigned len;
};
void mesh_node_heard(struct mesh_node *n, const struct mesh_datagram *d, int64_t now);

/* Do what is due; when to do it again. */
int64_t mesh_node_run(struct mesh_node *n, int64_t now);

/* ---- Messages ---- */

/* As mesh_send() of relay/mesh.h. */
int mesh_node_send(struct mesh_node *n, unsigned identity, const struct sid *to,
	const struct mesh_ports *ports, const void *data, unsigned len, int64_t now);

/* ---- Ways ---- */

bool mesh_node_is_reachable(const struct mesh_node *n, const struct sid *sid);
int mesh_node_hold(struct mesh_node *n, unsigned identity, const struct sid *sid, int64_t now);
void mesh_node_release(struct mesh_node *n, unsigned identity, const struct sid *sid);

enum mesh_neighbour_state {
	MESH_HALF_OPEN, /* it has not said yet that it hears us */
	MESH_UP,
	MESH_DOWN, /* silent */
};
extern const char *const mesh_neighbour_states[]; /* NULL-ended */

struct mesh_neighbour_look {
	struct mesh_neighbour_row row;
	enum mesh_neighbour_state state;
	int64_t since_ms; /* when it came to that state */
};
/* The next one from *SLOT on, which then stands behind it.  False: there is none. */
bool mesh_node_neighbour(
	const struct mesh_node *n, unsigned *slot, struct mesh_neighbour_look *look);

struct mesh_route_look {
	struct sid sid, next_hop;
	unsigned hops;
	unsigned drop_rate; /* of 15 datagrams, the worst on the way that is known */
	bool held;          /* there are calls with it */
};
/* Likewise, in the order of SIDs; *AT from 0 on. */
bool mesh_node_route(const struct mesh_node *n, unsigned *at, struct mesh_route_look *look);

/* ---- Asking ---- */

/* Who has answered; NULL: the time is over, the last call. */
typedef void mesh_node_found(void *arg, const struct dna_answer *a);
/* Message NUMBER leaves, or is BACK; 0: it is over, the last call. */
typedef void mesh_node_echoed(void *arg, unsigned number, bool back);
struct mesh_asking;

/* Ask for DID until NOW + TIMEOUT_MS, again and again.  NULL: EAGAIN, there are too many. */
struct mesh_asking *mesh_node_lookup(struct mesh_node *n, const char *did, unsigned timeout_ms,
	mesh_node_found *found, void *arg, int64_t now);
/* Have SID send back COUNT messages (MESH_PINGS at most), one each INTERVAL_MS, numbered from
 * 1 on; over TIMEOUT_MS after the last one, or when all are back.  NULL: likewise. */
struct mesh_ping {
	struct sid sid;
	unsigned count, interval_ms, timeout_ms;
};
struct mesh_asking *mesh_node_ping(struct mesh_node *n, const struct mesh_ping *p,
	mesh_node_echoed *echoed, void *arg, int64_t now);
void mesh_node_ask_end(struct mesh_asking *a); /* nothing is told any more */
