/* SPDX-License-Identifier: Apache-2.0
 *
 * Ways and who watches them.  A way is asked for, one RTM_GETROUTE per pair of addresses, and
 * remembered until a change of routes, rules, addresses or links may have made it wrong.
 * Asking costs a few microseconds once per remote address, and is right also with policy
 * rules, several tables, multipath routes and next hop objects, all of which a mirror of the
 * main table would have to do again.  Of neigh.h.  Main thread.  rtnetlink(7). */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <linux/rtnetlink.h>
#include <rte_common.h>

#include "dataplane/log.h"
#include "dataplane/neigh_inside.h"

enum {
	ROUTES_AT_ONCE = 64, /* route changes looked at one by one, before all ways go */
};

/* ---- Watches ---- */

/* Whoever watches W must look up again. */
static void
make_stale(struct neigh *n, struct way *w)
{
	struct neigh_watch *watch;

	while ((watch = LIST_FIRST(&w->watches)) != NULL) {
		LIST_REMOVE(watch, next);
		LIST_INSERT_HEAD(&n->stale, watch, next);
	}
}

void
neigh_make_stale(struct neigh *n, const struct hop *h)
{
	struct way *w;

	LIST_FOREACH(w, &h->ways, by_hop)
	{
		make_stale(n, w);
	}
}

void
neigh_unwatch(struct neigh_watch *w)
{
	if (w->next.le_prev != NULL)
		LIST_REMOVE(w, next);
	w->next.le_prev = NULL;
}

struct neigh_watch *
neigh_stale(struct neigh *n)
{
	struct neigh_watch *w = LIST_FIRST(&n->stale);

	if (w != NULL)
		neigh_unwatch(w);
	return w;
}

/* ---- Forgetting ---- */

static void
forget_way(struct neigh *n, struct way *w)
{
	make_stale(n, w);
	LIST_REMOVE(w, next);
	if (w->hop != NULL)
		LIST_REMOVE(w, by_hop);
	free(w);
	n->n_ways--;
}

void
neigh_forget_ways(struct neigh *n)
{
	struct way *w;

	for (unsigned b = 0; b < BUCKETS; b++)
		while ((w = LIST_FIRST(&n->ways[b])) != NULL)
			forget_way(n, w);
}

void
neigh_forget_idle_ways(struct neigh *n)
{
	struct way *w, *after;

	for (unsigned b = 0; b < BUCKETS; b++)
		for (w = LIST_FIRST(&n->ways[b]); w != NULL; w = after) {
			after = LIST_NEXT(w, next);
			if (LIST_EMPTY(&w->watches))
				forget_way(n, w);
		}
}

void
neigh_forget_vain_ways(struct neigh *n)
{
	struct way *w, *after;

	for (unsigned b = 0; b < BUCKETS; b++)
		for (w = LIST_FIRST(&n->ways[b]); w != NULL; w = after) {
			after = LIST_NEXT(w, next);
			if (w->error != 0)
				forget_way(n, w);
		}
}

/* Does a route to DST/BITS cover ADDR? */
static bool
covers(const struct sw_addr *dst, unsigned bits, const struct sw_addr *addr)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (dst->family != addr->family || memcmp(dst->ip, addr->ip, bytes) != 0)
		return false;
	return rest == 0 || (dst->ip[bytes] ^ addr->ip[bytes]) >> (8 - rest) == 0;
}

/* Where routes change by the thousand, all ways go, rather than a look at each for each. */
void
neigh_take_route(struct neigh *n, const struct netlink_route *r)
{
	if (r->cloned)
		return;
	if (++n->routes > ROUTES_AT_ONCE) {
		if (n->n_ways > 0)
			neigh_forget_ways(n);
		return;
	}
	for (unsigned b = 0; b < BUCKETS; b++) {
		struct way *w, *after;

		for (w = LIST_FIRST(&n->ways[b]); w != NULL; w = after) {
			after = LIST_NEXT(w, next);
			if (covers(&r->dst, r->prefix, &w->key.addr))
				forget_way(n, w);
		}
	}
}

/* ---- Asking ---- */

/* The route is the kernel's, and so is the interface: what leaves by one that is not ours, we
 * cannot send. */
static void
say_foreign(struct neigh *n, const struct device *d, int ifindex)
{
	char name[IF_NAMESIZE];
	int64_t now = neigh_now_ms();

	if (n->said_foreign_ms != 0 && now - n->said_foreign_ms < NEIGH_SAY_EVERY_MS)
		return;
	n->said_foreign_ms = now;
	log_warn(
		"interface %s: a route leads by %s, which is no interface of strowger's: who is "
		"reached that way hears nothing (no_neighbour)\n",
		d->conf->name, if_indextoname((unsigned)ifindex, name) != NULL ? name : "?");
}

static uint16_t
least_mtu(const struct device *d, uint32_t link, uint32_t route)
{
	uint32_t mtu = d->mtu;

	if (link != 0)
		mtu = RTE_MIN(mtu, link);
	if (route != 0)
		mtu = RTE_MIN(mtu, route);
	return (uint16_t)mtu;
}

/* Ask the kernel for W's way, from FROM, an address of device I.  0 or the error. */
static int
find_way(struct neigh *n, struct way *w, unsigned i, const struct sw_addr *from)
{
	struct netlink_route r;
	struct key k;

	if (!neigh_has_address(n, i, from))
		return -EADDRNOTAVAIL;
	if (netlink_get_route(n->requests, n->link[i].vrf, from, &w->key.addr, &r) != 0)
		return -ENETUNREACH;
	if (r.type == RTN_BROADCAST)
		return -EINVAL;
	if (r.type != RTN_UNICAST)
		return -ENETUNREACH;
	w->device = n->device[i]->ifindex == r.oif ? i : neigh_device_on(n, r.oif, 0);
	if (w->device == SW_DEVICES) {
		say_foreign(n, n->device[i], r.oif);
		return -ENETUNREACH;
	}
	w->mtu = least_mtu(n->device[w->device], n->link[w->device].mtu, r.mtu);
	k = neigh_key_of(r.oif, r.via.family != 0 ? &r.via : &w->key.addr);
	if ((w->hop = neigh_get_hop(n, &k)) == NULL)
		return -EHOSTUNREACH;
	LIST_INSERT_HEAD(&w->hop->ways, w, by_hop);
	return 0;
}

/* For FROM, an address of device D (number I). */
static int
scope_of(unsigned i, const struct device *d, const struct sw_addr *from)
{
	for (unsigned a = 0; a < d->conf->addresses; a++)
		if (d->conf->address[a].family == from->family &&
			memcmp(d->conf->address[a].ip, from->ip, sizeof from->ip) == 0)
			return (int)(i * SW_ADDRESSES + a);
	return -1;
}

struct way *
neigh_get_way(
	struct neigh *n, unsigned i, const struct sw_addr *from, const struct sw_addr *to)
{
	struct key k = neigh_key_of(scope_of(i, n->device[i], from), to);
	unsigned b = neigh_bucket_of(&k);
	struct way *w;

	LIST_FOREACH(w, &n->ways[b], next)
	if (neigh_is_key(&w->key, &k))
		return w;
	if (n->n_ways >= n->ways_max) {
		neigh_forget_idle_ways(n);
		n->ways_max = RTE_MAX(2 * n->n_ways, (unsigned)WAYS_MIN);
	}
	if ((w = calloc(1, sizeof *w)) == NULL)
		return NULL;
	w->key = k;
	w->error = find_way(n, w, i, from);
	LIST_INSERT_HEAD(&n->ways[b], w, next);
	n->n_ways++;
	return w;
}
