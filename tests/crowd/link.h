/* SPDX-License-Identifier: Apache-2.0
 *
 * One neighbour of a node of the mesh, over a socket of its own: datagrams, the link's state,
 * and the SIDs that are behind it.  One thread. */
#pragma once

#include <netinet/in.h>

#include "mesh/link.h"
#include "mesh/packet.h"

/* A frame for us came by the link; its source is the node. */
struct crowd_link;
typedef void crowd_took(struct crowd_link *l, const struct sid *to, uint8_t *payload,
	unsigned len, uint64_t now);

struct crowd_link {
	int fd;
	struct sid sid;                  /* the neighbour's own */
	const struct sid *const *behind; /* and who else is reached by it */
	unsigned n_behind, next_behind;
	crowd_took *took;
	struct sid node; /* all 0: it was not heard yet */
	struct link link;
	uint64_t tick_us;
	uint8_t open[MESH_DATAGRAM_MAX];
	unsigned used; /* of it, behind the room for an envelope; 0: nothing */
	bool waits;
	struct crowd_kept {
		uint16_t head, len;
		uint8_t bytes[MESH_DATAGRAM_MAX];
	} kept[LINK_KEPT];
};

/* From any port to TO.  -1: errno. */
int crowd_link_open(struct crowd_link *l, const struct sid *sid, const struct sockaddr_in *to,
	uint64_t now);
/* PAYLOAD from SID, the neighbour or one behind it, to the node, boxed already: until it is
 * acknowledged. */
void crowd_link_send(struct crowd_link *l, const struct sid *from, const uint8_t *payload,
	unsigned len, uint64_t now);
bool crowd_link_hear(
	struct crowd_link *l, uint64_t now);             /* what has come; there may be more */
void crowd_link_run(struct crowd_link *l, uint64_t now); /* what is due; all leaves */
