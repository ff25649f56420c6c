/* SPDX-License-Identifier: Apache-2.0
 *
 * What tables_mesh.c (whom we know in the mesh) and tables_mesh_recover.c (what a killed
 * switch or control left) share.  Nobody else's.  Main thread. */
#pragma once

#include "dataplane/mesh.h"
#include "dataplane/tables_inside.h"

enum { MESH_BUCKETS = 1024 };

struct tables_mesh {
	struct mesh shared;
	struct sw_mesh_node node;
	bool dirty; /* cores know others than we do */
	struct {
		struct neigh_watch watch; /* its path's way */
		bool synced;              /* set since tables_mesh_sync_begin() */
	} neighbour[SW_MESH_NEIGHBOURS];
	struct mesh_owned {
		bool synced;
		LIST_ENTRY(mesh_owned) next; /* in the same bucket */
	} peer[SW_MESH_PEERS];
	LIST_HEAD(, mesh_owned) bucket[MESH_BUCKETS]; /* of those published, by their SIDs */
};

/* Publish what a command wants, which is not in the shared state yet, or what a killed switch
 * has left there.  0 or -errno of the command. */
int tables_mesh_put_neighbour(struct switch_tables *tb, const struct sw_mesh_neighbour *n);
int tables_mesh_put_peer(struct switch_tables *tb, const struct sw_mesh_peer *p);
