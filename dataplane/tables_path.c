/* SPDX-License-Identifier: Apache-2.0
 *
 * The paths of each transport, made (path.h) when it comes or changes and made anew when its
 * ways have changed, which the watches tell, or when it has learned an address.  Of tables.h.
 * Main thread. */
#include "dataplane/addr.h"
#include "dataplane/path.h"

#include "dataplane/tables_inside.h"

enum {
	PATHS_AT_ONCE = 256, /* made anew before main looks at other things */
};

bool
tables_answer_to(const struct transport *t, unsigned rtcp, struct sw_addr *to)
{
	enum { TRIES = 1000 };
	const struct sw_transport_state *st = t->state;

	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t seq = atomic_load_explicit(&st->learned_seq, memory_order_acquire);
		struct sw_addr a = {0};

		if (__atomic_load_n(&st->relatch, __ATOMIC_RELAXED) == t->relatch)
			addr_copy_shared(&a, &st->learned[rtcp]);
		atomic_thread_fence(memory_order_acquire);
		if ((seq & 1) == 0 && seq == load(st->learned_seq)) {
			*to = a.family != 0 || t->waits ? a : *transport_remote(t, rtcp);
			return true;
		}
	}
	return false;
}

/* Make the path of one direction anew, and publish it unless the one there is right. */
static void
refresh_path(struct switch_tables *tb, uint32_t slot, unsigned rtcp)
{
	struct transport *t = load(tb->shared.slot[slot].transport);
	_Atomic(struct path *) *at = rtcp ? &t->rtcp_path : &t->path;
	struct path_ends ends = {.from = tb->shared.local[t->local_number].addr,
		.device = tb->local_device[t->local_number],
		.dscp = t->dscp};
	struct neigh_watch *watch = &tb->owned[slot].watch[rtcp];
	struct path *old = load(*at), *path;

	if (!tables_answer_to(t, rtcp, &ends.to))
		return;
	ends.from.port = (uint16_t)(t->port + rtcp);
	watch->tag = slot;
	path = path_make(tb->conf.neigh, tb->shared.device, &ends, watch, old);
	if (path == NULL || path == old)
		return; /* out of memory: the old one stays, the next change tries again */
	publish(*at, path);
	if (old != NULL)
		retire_add(tb->conf.retire, path_free, old);
}

void
tables_refresh_paths_of(struct switch_tables *tb, uint32_t slot)
{
	/* Before they are read: what is learned meanwhile is swept up later. */
	tb->owned[slot].learned_seq = load(tb->shared.state[slot].learned_seq);
	if (load(tb->shared.slot[slot].transport)->mesh)
		return; /* it leaves by whatever way its peer has */
	refresh_path(tb, slot, 0);
	if (!load(tb->shared.slot[slot].transport)->mux)
		refresh_path(tb, slot, 1);
}

bool
tables_refresh_paths(struct switch_tables *tb)
{
	struct neigh_watch *w;

	for (unsigned i = 0; i < PATHS_AT_ONCE; i++) {
		if ((w = neigh_stale(tb->conf.neigh)) == NULL)
			return false;
		if (w->tag >= TABLES_TAG_MESH)
			tables_mesh_refresh_path(tb, w->tag - TABLES_TAG_MESH);
		else
			tables_refresh_paths_of(tb, w->tag);
	}
	return true;
}

void
tables_unwatch(struct switch_tables *tb, uint32_t slot)
{
	neigh_unwatch(&tb->owned[slot].watch[0]);
	neigh_unwatch(&tb->owned[slot].watch[1]);
}
