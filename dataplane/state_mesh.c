/* SPDX-License-Identifier: Apache-2.0
 *
 * The mesh's rules in the memfd; see state.h.  A put writes them into the journal first, as
 * those of a transport are, so what a kill leaves is either the old ones or the new.  Main
 * thread. */
#include <string.h>
#include <unistd.h>

#include "dataplane/ordered.h"
#include "dataplane/state.h"

enum state_mesh_part { PART_NONE, PART_NODE, PART_NEIGHBOUR, PART_PEER };

/* What the journal says is put in its place, maybe for the second time. */
static void
finish_put(struct state_mesh *m)
{
	const union state_mesh_rules *rules = &m->journal.rules;
	uint32_t what = atomic_load(&m->journal.what), slot = m->journal.slot;

	if (what == PART_NODE)
		m->node = rules->node;
	else if (what == PART_NEIGHBOUR && slot < SW_MESH_NEIGHBOURS)
		m->neighbour[slot] = rules->neighbour;
	else if (what == PART_PEER && slot < SW_MESH_PEERS)
		m->peer[slot] = rules->peer;
	atomic_store(&m->journal.what, PART_NONE);
	explicit_bzero(&m->journal.rules, sizeof m->journal.rules);
}

static void
put(struct state_mesh *m, enum state_mesh_part part, uint32_t slot, const void *rules,
	size_t len)
{
	m->journal.slot = slot;
	memcpy(&m->journal.rules, rules, len);
	atomic_store(&m->journal.what, part);
	finish_put(m);
}

void
state_mesh_recover(struct state *s)
{
	finish_put(s->mesh);
}

void
state_mesh_put_node(struct state *s, const struct sw_mesh_node *n)
{
	put(s->mesh, PART_NODE, 0, n, sizeof *n);
}

void
state_mesh_put_neighbour(struct state *s, const struct sw_mesh_neighbour *n)
{
	put(s->mesh, PART_NEIGHBOUR, n->slot, n, sizeof *n);
}

void
state_mesh_put_peer(struct state *s, const struct sw_mesh_peer *p)
{
	put(s->mesh, PART_PEER, p->slot, p, sizeof *p);
}

/* The id goes first: without it there is nothing. */
void
state_mesh_clear_neighbour(struct state *s, uint32_t slot)
{
	s->mesh->neighbour[slot].id = 0;
	ORDERED();
	memset(&s->mesh->neighbour[slot], 0, sizeof s->mesh->neighbour[slot]);
}

void
state_mesh_clear_peer(struct state *s, uint32_t slot)
{
	s->mesh->peer[slot].id = 0;
	ORDERED();
	explicit_bzero(&s->mesh->peer[slot], sizeof s->mesh->peer[slot]);
}

bool
state_mesh_node(const struct state *s, struct sw_mesh_node *n)
{
	*n = s->mesh->node;
	return n->identities != 0 && sw_check_mesh_node(n) == 0;
}

bool
state_mesh_neighbour(const struct state *s, uint32_t slot, struct sw_mesh_neighbour *n)
{
	*n = s->mesh->neighbour[slot];
	return n->slot == slot && sw_check_mesh_neighbour(n, s->head) == 0;
}

bool
state_mesh_peer(const struct state *s, uint32_t slot, struct sw_mesh_peer *p)
{
	*p = s->mesh->peer[slot];
	return p->slot == slot && sw_check_mesh_peer(p, &s->mesh->node) == 0;
}

uint32_t
state_mesh_next_peer(const struct state *s, uint32_t slot)
{
	uint64_t at = s->head->mesh_rules_at + offsetof(struct state_mesh, peer);

	return state_next_with_data(s, at, sizeof s->mesh->peer[0], slot, SW_MESH_PEERS);
}

/* Were they ever written to?  A look at memory that is not there would make it. */
static bool
is_there(const struct state *s)
{
	off_t at = (off_t)s->head->mesh_rules_at, data = lseek(s->fd, at, SEEK_DATA);

	return data >= 0 && data < at + (off_t)sizeof *s->mesh;
}

void
state_mesh_wipe(struct state *s)
{
	if (is_there(s))
		explicit_bzero(s->mesh, sizeof *s->mesh);
}
