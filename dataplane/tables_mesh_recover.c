/* SPDX-License-Identifier: Apache-2.0
 *
 * Recovery of what a killed switch knew of the mesh, and reconciliation with a control that
 * has come anew.  Of tables.h.  Main thread. */
#include <string.h>

#include "dataplane/log.h"
#include "dataplane/tables_mesh_inside.h"

/* How many neighbours run again, and below how many peers. */
static unsigned
recover_neighbours(struct switch_tables *tb)
{
	struct state *s = tb->conf.state;
	struct sw_mesh_neighbour n;
	unsigned again = 0;

	for (uint32_t slot = 0; slot < SW_MESH_NEIGHBOURS; slot++)
		if (state_mesh_neighbour(s, slot, &n) &&
			n.addr.family == tb->conf.mesh.family &&
			tables_mesh_put_neighbour(tb, &n) == 0)
			again++;
		else
			state_mesh_clear_neighbour(s, slot);
	return again;
}

static unsigned
recover_peers(struct switch_tables *tb)
{
	const struct mesh *shared = &tb->mesh->shared;
	struct state *s = tb->conf.state;
	struct sw_mesh_peer p;
	unsigned again = 0;

	for (uint32_t slot = state_mesh_next_peer(s, 0); slot < SW_MESH_PEERS;
		slot = state_mesh_next_peer(s, slot + 1)) {
		bool ok = state_mesh_peer(s, slot, &p);

		if (ok && p.neighbour != SW_MESH_NONE &&
			load(shared->neighbour[p.neighbour]) == NULL)
			p.neighbour = SW_MESH_NONE;
		if (ok && tables_mesh_put_peer(tb, &p) == 0)
			again++;
		else
			state_mesh_clear_peer(s, slot);
	}
	explicit_bzero(&p, sizeof p);
	return again;
}

void
tables_mesh_recover(struct switch_tables *tb)
{
	struct tables_mesh *tm = tb->mesh;
	unsigned neighbours, peers;

	if (tm == NULL)
		return;
	state_mesh_recover(tb->conf.state);
	if (!state_mesh_node(tb->conf.state, &tm->node))
		memset(&tm->node, 0, sizeof tm->node);
	neighbours = recover_neighbours(tb);
	peers = recover_peers(tb); /* they are reached by those */
	tm->dirty = true;
	tables_mesh_settle(tb);
	log_info("took over %u neighbours and %u peers in the mesh\n", neighbours, peers);
}

void
tables_mesh_sync_begin(struct switch_tables *tb)
{
	struct tables_mesh *tm = tb->mesh;

	if (tm == NULL)
		return;
	for (uint32_t slot = 0; slot < SW_MESH_NEIGHBOURS; slot++)
		tm->neighbour[slot].synced = false;
	for (uint32_t slot = 0; slot < SW_MESH_PEERS; slot++)
		tm->peer[slot].synced = false;
}

void
tables_mesh_sync_end(struct switch_tables *tb)
{
	struct tables_mesh *tm = tb->mesh;
	unsigned peers = 0, neighbours = 0;

	if (tm == NULL)
		return;
	for (uint32_t slot = 0; slot < SW_MESH_PEERS; slot++) {
		const struct mesh_peer *p = load(tm->shared.peer[slot]);

		if (p == NULL || tm->peer[slot].synced)
			continue;
		tables_mesh_del_peer(tb, slot, p->id);
		peers++;
	}
	for (uint32_t slot = 0; slot < SW_MESH_NEIGHBOURS; slot++) {
		const struct mesh_neighbour *n = load(tm->shared.neighbour[slot]);

		if (n == NULL || tm->neighbour[slot].synced)
			continue;
		tables_mesh_del_neighbour(tb, slot, n->id);
		neighbours++;
	}
	if (peers + neighbours > 0)
		log_info("reconciled: dropped %u neighbours and %u peers in the mesh that "
			 "control does not know\n",
			neighbours, peers);
}
