/* SPDX-License-Identifier: Apache-2.0
 *
 * Neighbours, found; see node_inside.h. */
#include "mesh/node_inside.h"

struct neighbour *
mesh_node_neighbour_by_id(struct mesh_node *n, uint64_t id)
{
	for (unsigned i = 0; id != 0 && i < MESH_NODE_NEIGHBOURS; i++)
		if (n->neighbour[i].row.id == id)
			return &n->neighbour[i];
	return NULL;
}

struct neighbour *
mesh_node_neighbour_of(struct mesh_node *n, const struct sid *sid)
{
	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++)
		if (n->neighbour[i].row.id != 0 && sid_equal(&n->neighbour[i].row.sid, sid))
			return &n->neighbour[i];
	return NULL;
}

const struct neighbour *
mesh_node_neighbour_begins(
	const struct mesh_node *n, const struct mesh_address *a, const struct mesh_at *at)
{
	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++) {
		const struct neighbour *nb = &n->neighbour[i];

		if (nb->row.id != 0 && mesh_node_is_same_at(&nb->row.at, at) &&
			memcmp(nb->row.sid.b, a->at, a->len) == 0)
			return nb;
	}
	return NULL;
}

bool
mesh_node_is_at(const struct mesh_node *n, const struct mesh_at *at)
{
	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++)
		if (n->neighbour[i].row.id != 0 &&
			mesh_node_is_same_at(&n->neighbour[i].row.at, at))
			return true;
	return false;
}

bool
mesh_node_neighbour(
	const struct mesh_node *n, unsigned *slot, struct mesh_neighbour_look *look)
{
	for (; *slot < MESH_NODE_NEIGHBOURS; ++*slot) {
		const struct neighbour *nb = &n->neighbour[*slot];

		if (nb->row.id == 0)
			continue;
		*look = (struct mesh_neighbour_look){
			nb->row, (enum mesh_neighbour_state)nb->state, nb->since_ms};
		++*slot;
		return true;
	}
	return false;
}
