/* SPDX-License-Identifier: Apache-2.0
 *
 * What cores see: of each slot its transport, and of each transport that of its first sink,
 * so that a packet does not need the slot in between.  So whoever has a first sink is in a
 * list of that one's slot, whether or not there is a transport, and each time another one
 * stands there, all of them are told.  Of tables.h.  Main thread. */
#include "dataplane/tables_inside.h"

/* T is that of FROM's first sink, if it is the one that is meant. */
static void
tell(struct transport *from, struct transport *t)
{
	publish(from->first, t != NULL && t->id == from->sink[0].id ? t : NULL);
}

/* What leaves by T is to find on its own line what it needs. */
static void
settle(struct transport *t)
{
	t->out.state = t->state;
	t->out.id = t->id;
	t->out.ssrcs = t->ssrcs;
	t->out.capture = t->capture;
	t->out.mesh = t->mesh;
}

void
tables_publish(struct switch_tables *tb, uint32_t slot, struct transport *t)
{
	const struct owned *fed = LIST_FIRST(&tb->owned[slot].feds);

	if (t != NULL)
		settle(t);
	publish(tb->shared.slot[slot].transport, t);
	for (; fed != NULL; fed = LIST_NEXT(fed, fed))
		tell(load(tb->shared.slot[fed - tb->owned].transport), t);
}

void
tables_feed(struct switch_tables *tb, uint32_t slot, struct transport *t)
{
	struct owned *own = &tb->owned[slot];

	if (own->feeds)
		LIST_REMOVE(own, fed);
	own->feeds = t != NULL && t->sinks > 0;
	if (t != NULL)
		t->first = NULL;
	if (!own->feeds)
		return;
	LIST_INSERT_HEAD(&tb->owned[t->sink[0].slot].feds, own, fed);
	tell(t, load(tb->shared.slot[t->sink[0].slot].transport));
}
