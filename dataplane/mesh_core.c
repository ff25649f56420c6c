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
	ROUND_US = 100000,
	/* In a round: of all neighbours of this core, what sets thousands of calls up, and a
	 * word a second of each; of each one in any case, what 16 calls say, or its part of
	 * what is set aside for that; of strangers, what makes neighbours of them. */
	TELL_NEIGHBOURS = 800,
	TELL_A_NEIGHBOUR = 20,
	TELL_IN_ANY_CASE = 1280,
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

/* ---- What main is told ---- */

static void
begin_round(struct lcore *lc)
{
	struct mesh_core *mc = lc->mesh;

	if (mesh_now_us(lc) < mc->round_us)
		return;
	mc->round_us = mesh_now_us(lc) + ROUND_US;
	mc->round++;
	mc->neighbours = TELL_NEIGHBOURS;
	mc->strangers = TELL_STRANGERS;
}

/* What a neighbour may say however much others say. */
static unsigned
least_told(const struct mesh_core *mc)
{
	return RTE_MIN((unsigned)TELL_A_NEIGHBOUR, TELL_IN_ANY_CASE / RTE_MAX(mc->links, 1u));
}

/* One may have as much as it leaves for all others: so one that floods gets half of what there
 * is, and the next one that does half of the rest. */
bool
mesh_may_tell(struct lcore *lc, const struct mesh_neighbour *nb)
{
	struct mesh_core *mc = lc->mesh;
	struct mesh_told *told = &nb->link->told;

	begin_round(lc);
	if (told->round != mc->round)
		*told = (struct mesh_told){.round = mc->round};
	if (told->datagrams >= least_told(mc) && told->datagrams >= mc->neighbours)
		return false;
	told->datagrams++;
	mc->neighbours -= mc->neighbours > 0;
	return true;
}

bool
mesh_may_tell_of_stranger(struct lcore *lc)
{
	struct mesh_core *mc = lc->mesh;

	begin_round(lc);
	if (mc->strangers == 0)
		return false;
	mc->strangers--;
	return true;
}

/* ---- When links are due ---- */

void
mesh_set_due(struct mesh_core *mc, unsigned slot, uint64_t due_us)
{
	mc->due_us[slot] = due_us;
	mc->first_us = RTE_MIN(mc->first_us, due_us);
}

/* Links that main has made since the last look, and whose core nothing has told of them; and
 * how many there are. */
static void
look_around(struct lcore *lc)
{
	struct mesh_core *mc = lc->mesh;
	const struct mesh *mesh = lc->tables->mesh;

	mc->look_us = mesh_now_us(lc) + LOOK_US;
	mc->links = 0;
	for (unsigned slot = 0; slot < SW_MESH_NEIGHBOURS; slot++) {
		const struct mesh_neighbour *nb = mesh_neighbour(mesh, slot);

		if (nb == NULL || nb->core != lc->number)
			continue;
		mc->links++;
		if (mc->due_us[slot] == UINT64_MAX)
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
