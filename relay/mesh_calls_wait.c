/* SPDX-License-Identifier: Apache-2.0
 *
 * Parties that call us and wait for an answer; see mesh_calls_inside.h.  A SID costs nothing
 * to invent, and a call that nobody answers has a port and a key for half a minute: so those
 * that come by one neighbour are bounded, and so are all of them, and the newest is worth
 * most. */
#include "relay/mesh_calls_inside.h"

void
mesh_calls_wait_init(struct mesh_calls *mc)
{
	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++)
		TAILQ_INIT(&mc->waiting[i].list);
}

void
mesh_call_waits_no_more(struct mesh_call *m)
{
	struct mesh_waiting *w = &m->of->waiting[m->via];

	if (!m->waits)
		return;
	m->waits = false;
	TAILQ_REMOVE(&w->list, m, behind);
	w->calls--;
	m->of->waits--;
}

static struct mesh_waiting *
fullest(struct mesh_calls *mc)
{
	struct mesh_waiting *most = mc->waiting;

	for (unsigned i = 1; i < MESH_NODE_NEIGHBOURS; i++)
		if (mc->waiting[i].calls > most->calls)
			most = &mc->waiting[i];
	return most;
}

/* The oldest of W, which waits no more. */
static struct mesh_call *
take_oldest(struct mesh_waiting *w)
{
	struct mesh_call *m = TAILQ_FIRST(&w->list);

	mesh_call_waits_no_more(m);
	return m;
}

struct mesh_call *
mesh_call_wait(struct mesh_call *m, unsigned via)
{
	struct mesh_calls *mc = m->of;
	struct mesh_waiting *w = &mc->waiting[via];
	struct mesh_call *gone = NULL;

	if (w->calls >= MESH_WAITING_BY)
		gone = take_oldest(w);
	else if (mc->waits >= MESH_WAITING)
		gone = take_oldest(fullest(mc));
	m->waits = true;
	m->via = (uint16_t)via;
	TAILQ_INSERT_TAIL(&w->list, m, behind);
	w->calls++;
	mc->waits++;
	return gone;
}
