/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes of a mesh (mesh/node.h) on a network of this process's own, in its own time: datagrams
 * take a millisecond, or are lost.  In the place of a switch each node has links here that do
 * what neighbours need of them: say whom they hear, send again what is lost, forward. */
#pragma once

#include "mesh/node.h"

enum {
	ISLANDERS = 4,
	ISLAND_PORT = 4110,
	ISLAND_RESEND_MS = 25,
	ISLAND_HEARD = 64, /* messages that are kept */
};

struct islander {
	struct mesh_node *node;
	struct mesh_identities ids;
	struct mesh_at at;
	struct mesh_at peer; /* configured; family 0: none */
	bool forward, broadcast;
	bool silent; /* nothing of it gets out */

	/* Links: as it has set them. */
	struct island_link {
		struct mesh_neighbour_row row; /* id 0: none */
		int64_t heard_ms, hears_us_ms; /* when; 0: never */
	} link[MESH_NODE_NEIGHBOURS];
	unsigned links, most_links, sets, dels;
	uint64_t seqs;

	/* Rows. */
	struct mesh_peer_row peers[MESH_NODE_PEERS]; /* id 0: none */
	uint8_t key[MESH_NODE_PEERS][MESH_KEY];
	unsigned peer_sets;

	/* What it has told. */
	unsigned events[MESH_PEER_MOVED + 1], vomp;
	struct sid vomp_from;
	uint8_t vomp_data[64];
	unsigned vomp_len;

	/* What it has sent last: to nobody (NULL) or by a link, that was no tick of a link. */
	uint8_t cast[MESH_DATAGRAM_MAX];
	unsigned cast_len, casts;
	struct mesh_at cast_to;
	uint8_t told[MESH_DATAGRAM_MAX];
	unsigned told_head, told_len, tells;
};

struct island {
	struct islander who[ISLANDERS];
	unsigned n;
	int64_t now;
	unsigned lost_of_100;
	bool cut[ISLANDERS][ISLANDERS]; /* from, to */
};
extern struct island island;

/* N nodes, whose SIDs are always the same; not open yet, so that they can be changed. */
void island_begin(unsigned n);
void island_open(void); /* those that are not */
void island_end(void);
void island_go(int64_t ms); /* let time go by */

/* A datagram of W's comes to TO from AT, by whatever link it fits. */
void island_heard(
	struct islander *to, const struct mesh_at *at, const uint8_t *p, unsigned len);
/* What FROM has told last comes, once more, to TO from AT. */
void island_again(const struct islander *from, struct islander *to, const struct mesh_at *at);
struct mesh_at island_at(unsigned n);

const struct sid *island_sid(unsigned n); /* of node N */
/* The link of node N to SID; NULL. */
struct island_link *island_link(unsigned n, const struct sid *sid);
bool island_reaches(unsigned n, unsigned to, unsigned hops);
