/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind mesh.h share: mesh.c (its life, and what others ask of it),
 * mesh_switch.c (between mesh/node.h and the switch), mesh_identity.c (which SIDs we have).
 * Nobody else's.  Control's one thread. */
#pragma once

#include <event2/event.h>

#include "dataplane/switch_client.h"
#include "relay/config.h"
#include "relay/mesh.h"
#include "relay/mesh_sums.h"

struct mesh {
	const struct config *conf;
	struct switch_client *client;
	struct events *events;
	struct mesh_identities *ids; /* secret */
	struct mesh_at peer[CONFIG_MESH_PEERS];
	struct mesh_node *node;
	struct event *timer;
	bool knows_switch; /* one has said welcome to this process */
	mesh_vomp *vomp;
	void *vomp_arg;
	uint64_t gone[MESH_SUMS]; /* of links that are no more */
	/* Whoever is told to the switch, for its answer. */
	struct mesh_saying {
		struct mesh *mesh;
		uint64_t id;
	} saying[MESH_NODE_PEERS];
};

int64_t mesh_now_ms(void);
void mesh_soon(struct mesh *m); /* something may have become due */

/* ---- mesh_switch.c ---- */

extern const struct mesh_node_calls mesh_switch_calls;
void mesh_switch_node(struct mesh *m); /* say who we are */
void mesh_switch_adopt(struct mesh *m);

/* ---- mesh_identity.c ---- */

/* From the file, or a first one into it.  0, or -errno after a log line. */
int mesh_identities_open(struct mesh *m);
