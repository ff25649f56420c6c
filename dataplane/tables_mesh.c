/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom we know in the mesh: neighbours with their paths, peers with their keys, and all of
 * them in order for cores to look up.  Of tables.h and mesh.h.  Main thread.
 *
 * The order is made anew when somebody has come or gone, once for all that a turn of main
 * brings, so that thousands of peers in a row cost one sorting. */
#include <errno.h>
#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/path.h"
#include "dataplane/secret.h"
#include "dataplane/tables_mesh_inside.h"

enum { DSCP = 46 }; /* there is sound in most datagrams: expedited forwarding, RFC 3246 */

/* ---- The order ---- */

static int
by_sid(const void *a, const void *b)
{
	const struct mesh_known *x = a, *y = b;
	int order = sid_order(&x->sid, &y->sid);

	return order != 0 ? order : x->slot - y->slot;
}

/* Whom we know now.  NULL: ENOMEM. */
static struct mesh_map *
map_new(const struct tables_mesh *tm)
{
	size_t most = SW_MESH_PEERS + SW_MESH_NEIGHBOURS;
	struct mesh_map *map = calloc(1, sizeof *map + most * sizeof *map->peer);

	if (map == NULL)
		return NULL;
	map->identities = tm->node.identities;
	map->forward = tm->node.forward;
	memcpy(map->self, tm->node.sid, sizeof map->self);
	map->peer = (struct mesh_known *)(map + 1);
	for (uint16_t slot = 0; slot < SW_MESH_PEERS; slot++) {
		const struct mesh_peer *p = load(tm->shared.peer[slot]);

		if (p != NULL)
			map->peer[map->peers++] = (struct mesh_known){p->sid, slot};
	}
	map->neighbour = map->peer + map->peers;
	for (uint16_t slot = 0; slot < SW_MESH_NEIGHBOURS; slot++) {
		const struct mesh_neighbour *n = load(tm->shared.neighbour[slot]);

		if (n != NULL)
			map->neighbour[map->neighbours++] = (struct mesh_known){n->sid, slot};
	}
	qsort(map->peer, map->peers, sizeof *map->peer, by_sid);
	qsort(map->neighbour, map->neighbours, sizeof *map->neighbour, by_sid);
	return map;
}

static void
renew_map(struct switch_tables *tb)
{
	struct tables_mesh *tm = tb->mesh;
	struct mesh_map *old = load(tm->shared.map), *map = map_new(tm);

	if (map == NULL)
		return; /* the next turn tries again */
	publish(tm->shared.map, map);
	retire_add(tb->conf.retire, free, old);
	tm->dirty = false;
}

void
tables_mesh_settle(struct switch_tables *tb)
{
	struct tables_mesh *tm = tb->mesh;
	struct sw_addr to;

	if (tm == NULL)
		return;
	if (tm->dirty)
		renew_map(tb);
	if (!neigh_broadcast(tb->conf.neigh, tm->shared.device, &tb->conf.mesh, &to))
		memset(to.ip, 0, sizeof to.ip);
	atomic_store_explicit(&tm->shared.broadcast, *(uint32_t *)to.ip, memory_order_relaxed);
}

/* ---- Ourselves ---- */

/* Peers of identities that are no more have keys of nobody. */
static void
drop_strangers(struct switch_tables *tb, const struct sw_mesh_node *n)
{
	struct tables_mesh *tm = tb->mesh;

	for (uint32_t slot = 0; slot < SW_MESH_PEERS; slot++) {
		const struct mesh_peer *p = load(tm->shared.peer[slot]);

		if (p == NULL || p->identity == SW_MESH_NONE)
			continue;
		if (p->identity >= n->identities ||
			memcmp(n->sid[p->identity], tm->node.sid[p->identity], SW_SID) != 0)
			tables_mesh_del_peer(tb, slot, p->id);
	}
}

int
tables_mesh_node(struct switch_tables *tb, const struct sw_mesh_node *n)
{
	struct tables_mesh *tm = tb->mesh;

	if (tm == NULL)
		return -ENODEV;
	if (memcmp(&tm->node, n, sizeof *n) == 0)
		return 0;
	drop_strangers(tb, n);
	state_mesh_put_node(tb->conf.state, n);
	tm->node = *n;
	tm->dirty = true;
	return 0;
}

/* ---- Neighbours ---- */

void
tables_mesh_refresh_path(struct switch_tables *tb, uint32_t slot)
{
	struct tables_mesh *tm = tb->mesh;
	struct mesh_neighbour *n = load(tm->shared.neighbour[slot]);
	struct neigh_watch *watch = &tm->neighbour[slot].watch;
	const struct path_ends ends = {.from = tb->conf.mesh,
		.to = n->addr,
		.device = tm->shared.device,
		.dscp = DSCP};
	struct path *old = load(n->path), *path;

	watch->tag = TABLES_TAG_MESH + slot;
	path = path_make(tb->conf.neigh, tb->shared.device, &ends, watch, old);
	if (path == NULL || path == old)
		return; /* out of memory: the next change tries again */
	publish(n->path, path);
	if (old != NULL)
		retire_add(tb->conf.retire, path_free, old);
}

static bool
is_same_neighbour(const struct mesh_neighbour *have, const struct sw_mesh_neighbour *n)
{
	return have->interface == n->interface && memcmp(&have->sid, n->sid, SW_SID) == 0 &&
	       memcmp(&have->addr, &n->addr, sizeof n->addr) == 0;
}

/* What anybody may see of it.  Its counters go on if they are its own. */
static void
describe(struct sw_mesh_link *link, const struct sw_mesh_neighbour *n)
{
	if (load(link->id) != n->id)
		memset((void *)link, 0, sizeof *link);
	memcpy(link->sid, n->sid, sizeof link->sid);
	link->addr = n->addr;
	link->interface = n->interface;
	publish(link->id, n->id);
}

int
tables_mesh_put_neighbour(struct switch_tables *tb, const struct sw_mesh_neighbour *n)
{
	struct tables_mesh *tm = tb->mesh;
	struct mesh_neighbour *old = load(tm->shared.neighbour[n->slot]);
	struct sw_mesh_link *state = &tb->conf.state->mesh_link[n->slot];
	struct mesh_neighbour *next = calloc(1, sizeof *next);

	if (next == NULL)
		return -ENOMEM;
	describe(state, n);
	*next = (struct mesh_neighbour){.id = n->id,
		.slot = n->slot,
		.core = (uint8_t)(n->slot % tb->shared.cores),
		.interface = n->interface,
		.addr = n->addr,
		.path = old != NULL ? load(old->path) : NULL,
		.link = old != NULL ? old->link
				    : mesh_link_open(state, rte_rdtsc(), rte_get_tsc_hz()),
		.state = state};
	memcpy(&next->sid, n->sid, sizeof next->sid);
	if (next->link == NULL) {
		free(next);
		return -ENOMEM;
	}
	publish(tm->shared.neighbour[n->slot], next);
	if (old != NULL)
		retire_add(tb->conf.retire, free, old);
	tables_mesh_refresh_path(tb, n->slot);
	tm->dirty = true;
	return 0;
}

int
tables_mesh_neighbour(struct switch_tables *tb, const struct sw_mesh_neighbour *n)
{
	struct tables_mesh *tm = tb->mesh;
	struct mesh_neighbour *old;
	int err;

	if (tm == NULL)
		return -ENODEV;
	if (n->addr.family != tb->conf.mesh.family)
		return -EINVAL;
	old = load(tm->shared.neighbour[n->slot]);
	if (old != NULL && old->id != n->id)
		return -EEXIST;
	tm->neighbour[n->slot].synced = true;
	if (old != NULL && is_same_neighbour(old, n))
		return 0;
	if ((err = tables_mesh_put_neighbour(tb, n)) == 0)
		state_mesh_put_neighbour(tb->conf.state, n);
	return err;
}

/* Who is reached by the neighbour in SLOT, which goes, is reached by nobody. */
static void
cut_off(struct switch_tables *tb, uint32_t slot)
{
	struct sw_mesh_peer p;

	for (uint32_t i = 0; i < SW_MESH_PEERS; i++) {
		const struct mesh_peer *is = load(tb->mesh->shared.peer[i]);

		if (is == NULL || is->neighbour != slot ||
			!state_mesh_peer(tb->conf.state, i, &p))
			continue;
		p.neighbour = SW_MESH_NONE;
		if (tables_mesh_put_peer(tb, &p) == 0)
			state_mesh_put_peer(tb->conf.state, &p);
	}
	explicit_bzero(&p, sizeof p);
}

void
tables_mesh_del_neighbour(struct switch_tables *tb, uint32_t slot, uint64_t id)
{
	struct tables_mesh *tm = tb->mesh;
	struct mesh_neighbour *n = tm != NULL ? load(tm->shared.neighbour[slot]) : NULL;

	if (n == NULL || n->id != id)
		return;
	cut_off(tb, slot);
	state_mesh_clear_neighbour(tb->conf.state, slot);
	neigh_unwatch(&tm->neighbour[slot].watch);
	publish(tm->shared.neighbour[slot], NULL);
	publish(n->state->id, 0);
	retire_add(tb->conf.retire, mesh_link_close, n->link);
	if (load(n->path) != NULL)
		retire_add(tb->conf.retire, path_free, load(n->path));
	retire_add(tb->conf.retire, free, n);
	tm->dirty = true;
}

/* ---- Peers ---- */

static void
free_peer(void *peer)
{
	secret_free(peer, sizeof(struct mesh_peer));
}

/* SIDs are random, or somebody has gone to lengths to make them alike. */
static unsigned
bucket_of(const uint8_t *sid)
{
	return (unsigned)(sid[0] << 8 | sid[1]) % MESH_BUCKETS;
}

uint16_t
tables_mesh_peer_of(const struct switch_tables *tb, const struct sw_transport *want)
{
	const struct tables_mesh *tm = tb->mesh;
	const struct sw_addr *to = &want->remote[0];
	const struct mesh_owned *own;

	if (to->family != SW_AF_MESH)
		return SW_MESH_NONE;
	for (own = LIST_FIRST(&tm->bucket[bucket_of(to->ip)]); own != NULL;
		own = LIST_NEXT(own, next)) {
		const struct mesh_peer *p = load(tm->shared.peer[own - tm->peer]);

		if (p->identity == want->identity &&
			memcmp(p->sid.b, to->ip, sizeof to->ip) == 0)
			return p->slot;
	}
	return SW_MESH_NONE;
}

int
tables_mesh_put_peer(struct switch_tables *tb, const struct sw_mesh_peer *p)
{
	struct tables_mesh *tm = tb->mesh;
	struct mesh_peer *old = load(tm->shared.peer[p->slot]);
	struct mesh_peer *next = secret_alloc(sizeof *next);
	struct mesh_owned *own = &tm->peer[p->slot];

	if (next == NULL)
		return -ENOMEM;
	next->id = p->id;
	next->slot = p->slot;
	next->identity = p->identity;
	next->neighbour = p->neighbour;
	memcpy(&next->sid, p->sid, sizeof next->sid);
	memcpy(next->key, p->key, sizeof next->key);
	if (old == NULL || !sid_equal(&old->sid, &next->sid)) {
		if (old != NULL)
			LIST_REMOVE(own, next);
		LIST_INSERT_HEAD(&tm->bucket[bucket_of(p->sid)], own, next);
		tm->dirty = true;
	}
	publish(tm->shared.peer[p->slot], next);
	if (old != NULL)
		retire_add(tb->conf.retire, free_peer, old);
	return 0;
}

static bool
is_same_peer(const struct mesh_peer *have, const struct sw_mesh_peer *p)
{
	return have->identity == p->identity && have->neighbour == p->neighbour &&
	       memcmp(&have->sid, p->sid, SW_SID) == 0 &&
	       memcmp(have->key, p->key, SW_MESH_KEY) == 0;
}

int
tables_mesh_peer(struct switch_tables *tb, const struct sw_mesh_peer *p)
{
	struct tables_mesh *tm = tb->mesh;
	struct mesh_peer *old;
	int err;

	if (tm == NULL)
		return -ENODEV;
	if ((err = sw_check_mesh_peer(p, &tm->node)) != 0)
		return err;
	old = load(tm->shared.peer[p->slot]);
	if (old != NULL && old->id != p->id)
		return -EEXIST;
	if (p->neighbour != SW_MESH_NONE && load(tm->shared.neighbour[p->neighbour]) == NULL)
		return -ENOENT;
	tm->peer[p->slot].synced = true;
	if (old != NULL && is_same_peer(old, p))
		return 0;
	if ((err = tables_mesh_put_peer(tb, p)) == 0)
		state_mesh_put_peer(tb->conf.state, p);
	return err;
}

void
tables_mesh_del_peer(struct switch_tables *tb, uint32_t slot, uint64_t id)
{
	struct tables_mesh *tm = tb->mesh;
	struct mesh_peer *p = tm != NULL ? load(tm->shared.peer[slot]) : NULL;

	if (p == NULL || p->id != id)
		return;
	state_mesh_clear_peer(tb->conf.state, slot);
	LIST_REMOVE(&tm->peer[slot], next);
	publish(tm->shared.peer[slot], NULL);
	retire_add(tb->conf.retire, free_peer, p);
	tm->dirty = true;
}

/* ---- Life ---- */

/* The number of the local address A, whatever its port; SW_ADDRESSES: it is none of ours. */
static unsigned
find_local(const struct switch_tables *tb, const struct sw_addr *a)
{
	for (unsigned i = 0; i < tb->shared.locals; i++) {
		const struct sw_addr *is = &tb->shared.local[i].addr;

		if (is->family == a->family && memcmp(is->ip, a->ip, sizeof a->ip) == 0)
			return i;
	}
	return SW_ADDRESSES;
}

struct tables_mesh *
tables_mesh_open(struct switch_tables *tb)
{
	struct tables_mesh *tm = calloc(1, sizeof *tm);
	unsigned at = find_local(tb, &tb->conf.mesh);
	unsigned legs = find_local(tb, &(struct sw_addr){.family = SW_AF_MESH});

	if (tm == NULL)
		return NULL;
	assert(at < SW_ADDRESSES && legs < SW_ADDRESSES);
	tm->shared.port = tb->conf.mesh.port;
	tm->shared.local_number = (uint8_t)legs;
	tm->shared.at = (uint8_t)at;
	tm->shared.device = tb->local_device[at];
	if ((tm->shared.map = map_new(tm)) != NULL)
		return tm;
	free(tm);
	return NULL;
}

void
tables_mesh_close(struct switch_tables *tb)
{
	struct tables_mesh *tm = tb->mesh;

	if (tm == NULL)
		return;
	for (unsigned i = 0; i < SW_MESH_NEIGHBOURS; i++) {
		struct mesh_neighbour *n = load(tm->shared.neighbour[i]);

		neigh_unwatch(&tm->neighbour[i].watch);
		if (n == NULL)
			continue;
		mesh_link_close(n->link);
		path_free(load(n->path));
		free(n);
	}
	for (unsigned i = 0; i < SW_MESH_PEERS; i++)
		free_peer(load(tm->shared.peer[i]));
	free(load(tm->shared.map));
	free(tm);
}
