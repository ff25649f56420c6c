/* SPDX-License-Identifier: Apache-2.0
 *
 * Empty datagrams to a party as soon as its address is known (sw_transport.pierce), so that a
 * NAT or a firewall in front of us lets in what comes from there.  Three from each port, and
 * not all at once, for one may be lost; fewer when the party is heard meanwhile.  What was
 * under way when it moved, and is heard later than we are told, is not heard from there, and
 * may even be answered (sources that authenticate, or are newest): it neither ends the
 * datagrams nor leads them astray.  A way that is still being looked for costs none of them,
 * but not for ever.
 *
 * What has begun is main's alone and ends with it: a successor begins again with those who
 * have never been heard, and control saying the same again begins nothing.  Of tables.h.  Main
 * thread. */
#include <rte_cycles.h>
#include <string.h>

#include "dataplane/path.h"
#include "dataplane/tables_inside.h"

enum {
	TIMES = 3,         /* from each port */
	GAP_MS = 50,       /* between two, at least; main ticks every 100 */
	GIVE_UP_MS = 5000, /* a way that was not found by then is not waited for */
	AT_ONCE = 256,     /* transports, before main looks at other things */
};

static uint64_t
ms(uint64_t n)
{
	return n * rte_get_tsc_hz() / 1000;
}

void
tables_pierce_end(struct switch_tables *tb, uint32_t slot)
{
	struct owned *own = &tb->owned[slot];

	if (own->pierces)
		TAILQ_REMOVE(&tb->pierce, own, pierce);
	own->pierces = false;
}

/* Is IS told of an address that WAS had not been told of? */
static bool
is_news(const struct sw_transport *was, const struct sw_transport *is)
{
	return !was->pierce || was->relatch != is->relatch ||
	       memcmp(was->remote, is->remote, sizeof was->remote) != 0;
}

void
tables_pierce_set(struct switch_tables *tb, const struct sw_transport *was,
	const struct sw_transport *is)
{
	struct owned *own = &tb->owned[is->slot];
	uint64_t heard = load(tb->shared.state[is->slot].last_seen), now = rte_rdtsc();
	bool wanted =
		is->pierce && is->remote[0].family != 0 && is->remote[0].family != SW_AF_MESH;

	if (wanted && (was != NULL ? !is_news(was, is) : heard != 0))
		return;
	tables_pierce_end(tb, is->slot);
	if (!wanted)
		return;
	own->pierces = true;
	own->pierce_left[0] = TIMES;
	own->pierce_left[1] = is->mux || is->opaque ? 0 : TIMES;
	own->pierce_heard = heard;
	own->pierce_due = now;
	own->pierce_until = now + ms(GIVE_UP_MS);
	/* Before all others, which are due no sooner. */
	TAILQ_INSERT_HEAD(&tb->pierce, own, pierce);
}

/* Is T answering where signalling says that its party is: there, by its IP address? */
static bool
is_there(const struct transport *t, unsigned rtcp)
{
	struct sw_addr to;

	return tables_answer_to(t, rtcp, &to) &&
	       to.family == transport_remote(t, rtcp)->family &&
	       memcmp(to.ip, transport_remote(t, rtcp)->ip, sizeof to.ip) == 0;
}

/* Has T's party been heard since OWN began, and from nowhere else? */
static bool
is_heard(const struct owned *own, const struct transport *t)
{
	return load(t->state->last_seen) != own->pierce_heard && is_there(t, 0) &&
	       (own->pierce_left[1] == 0 || is_there(t, 1));
}

/* One to where signalling says that T's party is, although another place is answered.  Is it
 * sent? */
static bool
pierce_past(struct switch_tables *tb, const struct transport *t, bool rtcp,
	tables_pierce_send *send, void *arg)
{
	struct path_ends ends = {.from = tb->shared.local[t->local_number].addr,
		.to = *transport_remote(t, rtcp),
		.device = tb->local_device[t->local_number],
		.dscp = t->dscp};
	struct neigh_watch watch = {.tag = t->slot};
	struct path *path;
	bool sent;

	ends.from.port = (uint16_t)(t->port + rtcp);
	path = path_make(tb->conf.neigh, tb->shared.device, &ends, &watch, NULL);
	neigh_unwatch(&watch);
	sent = path != NULL && path->len > 0 && send(arg, t, path, rtcp);
	path_free(path);
	return sent;
}

/* One to T's party, which gets nothing while it is waited for.  Is it sent? */
static bool
pierce(struct switch_tables *tb, const struct transport *t, bool rtcp,
	tables_pierce_send *send, void *arg)
{
	const struct path *path = load(*(rtcp ? &t->rtcp_path : &t->path));

	if (!is_there(t, rtcp))
		return !t->waits && pierce_past(tb, t, rtcp, send, arg);
	return path != NULL && path->len > 0 && send(arg, t, path, rtcp);
}

bool
tables_pierces(const struct switch_tables *tb)
{
	return !TAILQ_EMPTY(&tb->pierce);
}

void
tables_pierce(struct switch_tables *tb, uint64_t now, tables_pierce_send *send, void *arg)
{
	struct owned *own;

	for (unsigned i = 0; i < AT_ONCE; i++) {
		const struct transport *t;

		if ((own = TAILQ_FIRST(&tb->pierce)) == NULL || own->pierce_due > now)
			return;
		t = tables_transport_at(tb, (uint32_t)(own - tb->owned));
		tables_pierce_end(tb, (uint32_t)(own - tb->owned));
		if (t == NULL || now > own->pierce_until || is_heard(own, t))
			continue;
		for (unsigned rtcp = 0; rtcp < 2; rtcp++)
			if (own->pierce_left[rtcp] > 0 && pierce(tb, t, rtcp, send, arg))
				own->pierce_left[rtcp]--;
		if (own->pierce_left[0] == 0 && own->pierce_left[1] == 0)
			continue;
		own->pierces = true;
		own->pierce_due = now + ms(GAP_MS);
		TAILQ_INSERT_TAIL(&tb->pierce, own, pierce);
	}
}
