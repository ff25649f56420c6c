/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_main.h. */
#include "dataplane/mesh_main.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/path.h"
#include "dataplane/tables_mesh_inside.h"

enum {
	MBUFS = 2047, /* on their way to cores and devices */
	DSCP = 0,     /* nobody hears it */
};

struct mesh_main {
	struct switch_tables *tb;
	struct crossing_end *end;
	struct rte_mempool *pool;
	mesh_main_told *told; /* NULL: nobody */
	void *arg;
};

unsigned
mesh_main_mbufs(void)
{
	return MBUFS;
}

struct mesh_main *
mesh_main_open(struct switch_tables *tb, struct crossing_end *end)
{
	static unsigned serial; /* pools are known by name in the whole process */
	struct mesh_main *mm = calloc(1, sizeof *mm);
	char name[RTE_MEMPOOL_NAMESIZE];

	if (mm == NULL)
		return NULL;
	snprintf(name, sizeof name, "mesh%u", serial++);
	*mm = (struct mesh_main){.tb = tb,
		.end = end,
		.pool = rte_pktmbuf_pool_create(name, MBUFS, 0,
			RTE_ALIGN_CEIL(sizeof(struct meta), RTE_MBUF_PRIV_ALIGN),
			RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY)};
	if (mm->pool != NULL)
		return mm;
	free(mm);
	return NULL;
}

void
mesh_main_close(struct mesh_main *mm)
{
	if (mm == NULL)
		return;
	rte_mempool_free(mm->pool);
	free(mm);
}

void
mesh_main_listen(struct mesh_main *mm, mesh_main_told *told, void *arg)
{
	mm->told = told;
	mm->arg = arg;
}

/* ---- To the cores ---- */

/* A packet of LEN BYTES, at most SW_MESH_BYTES.  NULL: there is none to be had. */
static struct rte_mbuf *
packet(const struct mesh_main *mm, const void *bytes, unsigned len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mm->pool);

	if (m == NULL)
		return NULL;
	memset(meta(m), 0, sizeof *meta(m));
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), bytes, len);
	return m;
}

/* Give M to CORE, to do STEP.  0; -ENOBUFS: its ring is full, and M is gone. */
static int
give(struct mesh_main *mm, unsigned core, struct rte_mbuf *m, enum step step)
{
	unsigned waiting, took;

	meta(m)->step = (uint8_t)step;
	crossing_put(mm->end, core, m);
	took = crossing_flush(mm->end, core, &waiting);
	rte_pktmbuf_free_bulk(&mm->end->out[core].pkt[took], waiting - took);
	return took == waiting ? 0 : -ENOBUFS;
}

int
mesh_main_tell(struct mesh_main *mm, const struct sw_mesh_tell *m)
{
	const struct mesh_neighbour *n;
	struct rte_mbuf *pkt;

	if (mm == NULL)
		return -ENODEV;
	n = load(mm->tb->mesh->shared.neighbour[m->slot]);
	if (n == NULL || n->id != m->id)
		return -ENOENT;
	if ((pkt = packet(mm, m->bytes, (unsigned)m->head_len + m->len)) == NULL)
		return -ENOBUFS;
	meta(pkt)->out.to_slot = n->slot;
	meta(pkt)->out.to_id = n->id;
	meta(pkt)->out.payload = m->head_len;
	return give(mm, n->core, pkt, STEP_MESH_FRAME);
}

int
mesh_main_say(struct mesh_main *mm, const struct sw_mesh_say *m)
{
	const struct transport *t;
	struct rte_mbuf *pkt;

	if (mm == NULL)
		return -ENODEV;
	t = tables_transport_at(mm->tb, m->slot);
	if (t == NULL || t->id != m->id || !t->mesh)
		return -ENOENT;
	if ((pkt = packet(mm, m->bytes, m->len)) == NULL)
		return -ENOBUFS;
	meta(pkt)->out.to_slot = t->slot;
	meta(pkt)->out.to_id = t->id;
	meta(pkt)->out.payload = m->codec;
	return give(mm, t->core, pkt, STEP_MESH_SAY);
}

/* ---- Whole datagrams ---- */

/* All ones. */
static bool
is_everybody(const struct sw_addr *a)
{
	static const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};

	return a->family == AF_INET && memcmp(a->ip, ones, sizeof ones) == 0;
}

/* The way to TO; NULL: ENOMEM. */
static struct path *
way_to(const struct mesh_main *mm, const struct sw_addr *to)
{
	const struct switch_tables *tb = mm->tb;
	const struct mesh *mesh = &tb->mesh->shared;
	struct path_ends ends = {
		.from = tb->conf.mesh, .to = *to, .device = mesh->device, .dscp = DSCP};
	struct neigh_watch once = {.tag = 0};
	struct sw_addr subnet;
	struct path *path;

	if (ends.to.port == 0)
		ends.to.port = mesh->port;
	if (is_everybody(to)) {
		if (neigh_broadcast(tb->conf.neigh, mesh->device, &tb->conf.mesh, &subnet))
			memcpy(ends.to.ip, subnet.ip, sizeof ends.to.ip);
		return path_to_everybody(tb->shared.device, &ends);
	}
	path = path_make(tb->conf.neigh, tb->shared.device, &ends, &once, NULL);
	neigh_unwatch(&once);
	return path;
}

int
mesh_main_cast(struct mesh_main *mm, const struct sw_mesh_cast *m)
{
	struct rte_mbuf *pkt;
	struct path *path;
	enum drop why;

	if (mm == NULL)
		return -ENODEV;
	if (m->to.family != mm->tb->conf.mesh.family)
		return -EHOSTUNREACH;
	if ((path = way_to(mm, &m->to)) == NULL)
		return -ENOBUFS;
	if ((pkt = packet(mm, m->bytes, m->len)) == NULL) {
		path_free(path);
		return -ENOBUFS;
	}
	why = address_by(path, pkt);
	path_free(path);
	if (why == DROPS)
		return give(mm, meta(pkt)->device % mm->tb->shared.cores, pkt, STEP_SEND);
	rte_pktmbuf_free(pkt);
	return -EHOSTUNREACH;
}

/* ---- To control ---- */

/* The LEN bytes that a core has put together, in M.  False: they are none. */
static bool
read_up(const uint8_t *p, unsigned len, struct sw_mesh_heard *m)
{
	struct mesh_up up;

	if (len <= sizeof up || len - sizeof up > sizeof m->bytes)
		return false;
	memcpy(&up, p, sizeof up);
	m->neighbour = up.neighbour;
	m->done = up.done;
	m->opened = up.opened;
	m->from = up.from;
	m->broadcast = up.broadcast;
	m->len = (uint16_t)(len - sizeof up);
	memcpy(m->bytes, p + sizeof up, m->len);
	return true;
}

void
mesh_main_heard(struct mesh_main *mm, struct rte_mbuf *pkt)
{
	struct sw_mesh_heard m = {.len = 0};
	_Atomic uint64_t *unheard = &mm->tb->conf.state->head->mesh_unheard;

	if (!read_up(rte_pktmbuf_mtod(pkt, const uint8_t *), rte_pktmbuf_data_len(pkt), &m) ||
		mm->told == NULL || !mm->told(mm->arg, &m))
		count_add(unheard, 1);
	explicit_bzero(&m, sizeof m); /* boxes have been opened */
	rte_pktmbuf_free(pkt);
}
