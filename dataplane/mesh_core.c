/* SPDX-License-Identifier: Apache-2.0
 *
 * What a forwarding core has of the mesh: its time, when which link is due, how much main may
 * be told.  There are few links, and their times lie side by side: looking at all of them
 * costs less than keeping them in order.  Opened and closed by main, else the core's. */
#include <stdlib.h>
#include <string.h>

#include "dataplane/mesh_inside.h"

enum {
	LOOK_US = 100000, /* so long may a new link wait for its first word */
	REFILL_US = 100000,
	/* A refill: of neighbours, what sets thousands of calls up, and a word a second of
	 * each; of strangers, what makes neighbours of them. */
	TELL_NEIGHBOURS = 400,
	TELL_STRANGERS = 10,
};

struct mesh_core *
mesh_core_open(const struct lcore *lc)
{
	struct mesh_core *mc = calloc(1, sizeof *mc);

	if (mc == NULL)
		return NULL;
	nonces_init(&mc->nonces);
	mc->tsc_per_us = RTE_MAX(lc->tsc_hz / 1000000, UINT64_C(1));
	mc->neighbours.why = DROP_MESH_CONTROL;
	mc->strangers.why = DROP_MESH_STRANGER;
	mc->first_us = UINT64_MAX;
	memset(mc->due_us, 0xff, sizeof mc->due_us);
	return mc;
}

void
mesh_core_close(struct mesh_core *mc)
{
	free(mc);
}

uint64_t
mesh_now_us(const struct lcore *lc)
{
	struct mesh_core *mc = lc->mesh;

	if (mc->now_tsc != lc->now) {
		mc->now_tsc = lc->now;
		mc->now_us = lc->now / mc->tsc_per_us;
	}
	return mc->now_us;
}

bool
mesh_may_tell(struct lcore *lc, struct mesh_bucket *b, struct rte_mbuf *m)
{
	struct mesh_core *mc = lc->mesh;

	if (mesh_now_us(lc) >= mc->refill_us) {
		mc->refill_us = mesh_now_us(lc) + REFILL_US;
		mc->neighbours.tokens = TELL_NEIGHBOURS;
		mc->strangers.tokens = TELL_STRANGERS;
	}
	if (b->tokens == 0) {
		drop(lc, m, b->why);
		return false;
	}
	b->tokens--;
	return true;
}

/* ---- When links are due ---- */

void
mesh_set_due(struct mesh_core *mc, unsigned slot, uint64_t due_us)
{
	mc->due_us[slot] = due_us;
	mc->first_us = RTE_MIN(mc->first_us, due_us);
}

/* Links that main has made since the last look, and whose core nothing has told of them. */
static void
look_around(struct lcore *lc)
{
	struct mesh_core *mc = lc->mesh;
	const struct mesh *mesh = lc->tables->mesh;

	mc->look_us = mesh_now_us(lc) + LOOK_US;
	for (unsigned slot = 0; slot < SW_MESH_NEIGHBOURS; slot++) {
		const struct mesh_neighbour *nb;

		if (mc->due_us[slot] != UINT64_MAX)
			continue;
		nb = mesh_neighbour(mesh, slot);
		if (nb != NULL && nb->core == lc->number)
			mesh_touch(mc, slot);
	}
}

void
mesh_touch_due(struct lcore *lc)
{
	struct mesh_core *mc = lc->mesh;
	uint64_t now = mesh_now_us(lc), first = UINT64_MAX;

	if (now >= mc->look_us)
		look_around(lc);
	if (now < mc->first_us)
		return;
	for (unsigned slot = 0; slot < SW_MESH_NEIGHBOURS; slot++) {
		if (mc->due_us[slot] <= now) {
			mc->due_us[slot] = UINT64_MAX;
			mesh_touch(mc, slot);
		}
		first = RTE_MIN(first, mc->due_us[slot]);
	}
	mc->first_us = first;
}

uint64_t
mesh_wait_us(const struct lcore *lc, uint64_t now)
{
	const struct mesh_core *mc = lc->mesh;
	uint64_t now_us, due;

	if (mc == NULL)
		return UINT64_MAX;
	now_us = now / mc->tsc_per_us;
	due = RTE_MIN(mc->first_us, mc->look_us);
	return due > now_us ? due - now_us : 0;
}
