/* SPDX-License-Identifier: Apache-2.0
 *
 * Next hops.  Links, addresses and neighbours are mirrored; ways are asked for, one
 * RTM_GETROUTE per pair of addresses, and remembered until a change of routes, rules,
 * addresses or links may have made them wrong.  Asking costs a few microseconds once per
 * remote address, and is right also with policy rules, several tables, multipath routes and
 * next hop objects, all of which a mirror of the main table would have to do again.
 *
 * A hop has its ways, a way has its watches: a change makes those stale that it concerns, so
 * that 20,000 calls do not look up again because of one neighbour.  Main thread.
 * rtnetlink(7). */
#include "dataplane/neigh.h"

#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <rte_common.h>

#include "dataplane/addr.h"
#include "dataplane/log.h"
#include "dataplane/netlink.h"

enum {
	BUCKETS = 4096,
	WAYS_MIN = 65536,       /* remembered at least, also when nobody watches them */
	ROUTES_AT_ONCE = 64,    /* route changes looked at one by one, before all ways go */
	ASK_EVERY_MS = 1000,    /* the kernel is asked to resolve one hop at most that often */
	SAY_EVERY_MS = 1000,    /* at most one line that often, of each cause */
	ROUND_MS = 5 * 60000,   /* hops that nobody used for a whole round are let go */
	EVENT_BUFFER = 1 << 20, /* bytes of socket buffer for what the kernel reports */
};

/* What a hop or a way is found by. */
struct key {
	int scope; /* hop: ifindex; way: device * SW_ADDRESSES + number of its address */
	struct sw_addr addr; /* port 0 */
};
static_assert(sizeof(struct key) == 24, "no padding: keys are compared and hashed as bytes");

static_assert(sizeof(struct netlink_link) == 24, "no padding: it is compared as bytes");

/* A neighbour on a link of ours, as the kernel knows it. */
struct hop {
	LIST_ENTRY(hop) next;
	struct key key;
	bool known;     /* the kernel has told of it */
	uint16_t state; /* NUD_* */
	bool managed;   /* the kernel keeps it fresh */
	bool ours;      /* because we asked for that */
	uint8_t mac[6];
	LIST_HEAD(, way) ways; /* that lead over it */
	unsigned round;        /* last round in which it was looked up; 0: never */
	int64_t asked_ms; /* when the kernel was last asked to resolve it; 0: not since it is
			     gone */
};

LIST_HEAD(watches, neigh_watch);

/* Where the kernel sends what goes from one of our addresses to another one. */
struct way {
	LIST_ENTRY(way) next;
	struct key key;
	int error;       /* 0 or what neigh_lookup() returns */
	unsigned device; /* by which it leaves */
	uint16_t mtu;
	struct hop *hop; /* NULL: there is none (see error) */
	LIST_ENTRY(way) by_hop;
	struct watches watches;
};

struct address {
	LIST_ENTRY(address) next;
	struct key key;
};

struct neigh {
	void (*changed)(void *arg);
	void *arg;
	struct mnl_socket *events, *requests;
	const struct device *device[SW_DEVICES];
	struct netlink_link link[SW_DEVICES]; /* ifindex 0: it is not there */
	LIST_HEAD(, address) addresses;
	LIST_HEAD(, hop) hops[BUCKETS];
	LIST_HEAD(, way) ways[BUCKETS];
	struct watches stale;
	unsigned n_ways, ways_max;
	unsigned routes; /* changes since neigh_run() began */
	unsigned round;  /* from 1 */
	int64_t round_ends_ms;
	bool link_changed, addresses_changed;
	uint32_t missing[SW_DEVICES]; /* addresses that are not there, one bit each */
	int64_t said_foreign_ms;
};
static_assert(SW_ADDRESSES <= 32, "a bit each");

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct key
key_of(int scope, const struct sw_addr *addr)
{
	struct key k = {.scope = scope, .addr = *addr};

	k.addr.port = 0;
	return k;
}

static bool
is_key(const struct key *a, const struct key *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* FNV-1a.  Who chooses remote addresses is authenticated or signalled: no need of a secret. */
static unsigned
bucket_of(const struct key *k)
{
	const uint8_t *byte = (const uint8_t *)k;
	uint32_t h = 2166136261;

	for (size_t i = 0; i < sizeof *k; i++)
		h = (h ^ byte[i]) * 16777619;
	return (h ^ h >> 16) % BUCKETS;
}

/* ---- Links and addresses ---- */

/* The device that stands on kernel interface IFINDEX, counted from FROM; SW_DEVICES: none. */
static unsigned
device_on(const struct neigh *n, int ifindex, unsigned from)
{
	while (from < SW_DEVICES &&
		(n->device[from] == NULL || n->device[from]->ifindex != ifindex))
		from++;
	return ifindex == 0 ? SW_DEVICES : from;
}

/* Does the kernel answer for device D, on its interface or on its twin? */
static bool
has_kernel(const struct device *d)
{
	return d->ifindex != 0;
}

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

static void
forget_ways(struct neigh *n)
{
	struct way *w;

	for (unsigned b = 0; b < BUCKETS; b++)
		while ((w = LIST_FIRST(&n->ways[b])) != NULL)
			forget_way(n, w);
}

/* Those that nobody watches. */
static void
forget_idle_ways(struct neigh *n)
{
	struct way *w, *after;

	for (unsigned b = 0; b < BUCKETS; b++)
		for (w = LIST_FIRST(&n->ways[b]); w != NULL; w = after) {
			after = LIST_NEXT(w, next);
			if (LIST_EMPTY(&w->watches))
				forget_way(n, w);
		}
}

static void
take_link(struct neigh *n, const struct netlink_link *l)
{
	for (unsigned i = 0; (i = device_on(n, l->ifindex, i)) < SW_DEVICES; i++) {
		struct netlink_link now = l->gone ? (struct netlink_link){.ifindex = 0} : *l;

		if (memcmp(&n->link[i], &now, sizeof now) == 0)
			continue; /* link messages also tell statistics and the like */
		n->link[i] = now;
		n->link_changed = true;
		forget_ways(n);
	}
}

static void
take_address(struct neigh *n, const struct netlink_addr *a)
{
	struct key k = key_of(a->ifindex, &a->addr);
	bool there = a->usable && !a->gone;
	struct address *have;

	if (device_on(n, a->ifindex, 0) == SW_DEVICES)
		return;
	LIST_FOREACH(have, &n->addresses, next)
	if (is_key(&have->key, &k))
		break;
	if (there == (have != NULL))
		return; /* lifetimes are renewed in the same words */
	if (!there) {
		LIST_REMOVE(have, next);
		free(have);
	} else if ((have = malloc(sizeof *have)) != NULL) {
		have->key = k;
		LIST_INSERT_HEAD(&n->addresses, have, next);
	}
	n->addresses_changed = true;
	forget_ways(n);
}

/* ---- Neighbours ---- */

static struct hop *
find_hop(const struct neigh *n, const struct key *k)
{
	struct hop *h;

	LIST_FOREACH(h, &n->hops[bucket_of(k)], next)
	if (is_key(&h->key, k))
		break;
	return h;
}

static struct hop *
get_hop(struct neigh *n, const struct key *k)
{
	struct hop *h = find_hop(n, k);

	if (h == NULL && (h = calloc(1, sizeof *h)) != NULL) {
		h->key = *k;
		LIST_INSERT_HEAD(&n->hops[bucket_of(k)], h, next);
	}
	return h;
}

static bool
is_resolved(const struct hop *h)
{
	return (h->state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY |
				   NUD_PROBE)) != 0;
}

/* Have the kernel resolve H, now and then.  One that we have not heard of must be new to the
 * kernel too: asking for a permanent neighbour would make it an ordinary one, and if there is
 * one after all, its news are waiting to be read. */
static int
ask_for(struct neigh *n, struct hop *h)
{
	int64_t now = now_ms();
	int rc;

	if (h->asked_ms != 0 && now - h->asked_ms < ASK_EVERY_MS)
		return 0;
	h->asked_ms = now;
	rc = netlink_ask_neigh(n->requests, h->key.scope, &h->key.addr, !h->known);
	return rc == -EEXIST ? 0 : rc;
}

/* What the kernel keeps fresh by itself needs no asking. */
static bool
keeps_itself(const struct hop *h)
{
	return h->managed || (h->state & (NUD_PERMANENT | NUD_NOARP)) != 0;
}

static void
make_all_stale(struct neigh *n, const struct hop *h)
{
	struct way *w;

	LIST_FOREACH(w, &h->ways, by_hop)
	{
		make_stale(n, w);
	}
}

static void
take_neigh(struct neigh *n, const struct netlink_neigh *nb)
{
	struct key k = key_of(nb->ifindex, &nb->addr);
	struct hop *h, was;

	if (device_on(n, nb->ifindex, 0) == SW_DEVICES)
		return;
	if ((h = nb->gone ? find_hop(n, &k) : get_hop(n, &k)) == NULL)
		return;
	was = *h;
	h->known = !nb->gone;
	h->state = nb->gone ? NUD_NONE : nb->state;
	h->managed = nb->managed && !nb->gone;
	h->ours = h->managed && nb->protocol == NETLINK_PROTOCOL;
	if (nb->has_mac)
		memcpy(h->mac, nb->mac, 6);
	else if (is_resolved(h))
		h->state = NUD_FAILED; /* of a link without six byte addresses */
	if (nb->gone)
		h->asked_ms = 0;
	if (h->round == 0 && LIST_EMPTY(&h->ways)) { /* nobody cares */
		if (nb->gone) {
			LIST_REMOVE(h, next);
			free(h);
		}
		return;
	}
	if (is_resolved(h) != is_resolved(&was) || memcmp(h->mac, was.mac, 6) != 0 ||
		(h->state == NUD_FAILED) != (was.state == NUD_FAILED))
		make_all_stale(n, h);
	if (!keeps_itself(h) && (h->state & (NUD_REACHABLE | NUD_DELAY | NUD_PROBE)) == 0)
		ask_for(n, h);
}

/* ---- Ways ---- */

/* Does a route to DST/BITS cover ADDR? */
static bool
covers(const struct sw_addr *dst, unsigned bits, const struct sw_addr *addr)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (dst->family != addr->family || memcmp(dst->ip, addr->ip, bytes) != 0)
		return false;
	return rest == 0 || (dst->ip[bytes] ^ addr->ip[bytes]) >> (8 - rest) == 0;
}

/* Forget the ways that a change of route R may have turned, through whatever interface.  Where
 * routes change by the thousand, that is all of them, rather than a look at each for each. */
static void
take_route(struct neigh *n, const struct netlink_route *r)
{
	if (r->cloned)
		return;
	if (++n->routes > ROUTES_AT_ONCE) {
		if (n->n_ways > 0)
			forget_ways(n);
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

/* The route is the kernel's, and so is the interface: what leaves by one that is not ours, we
 * cannot send. */
static void
say_foreign(struct neigh *n, const struct device *d, int ifindex)
{
	char name[IF_NAMESIZE];
	int64_t now = now_ms();

	if (n->said_foreign_ms != 0 && now - n->said_foreign_ms < SAY_EVERY_MS)
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
	w->device = n->device[i]->ifindex == r.oif ? i : device_on(n, r.oif, 0);
	if (w->device == SW_DEVICES) {
		say_foreign(n, n->device[i], r.oif);
		return -ENETUNREACH;
	}
	w->mtu = least_mtu(n->device[w->device], n->link[w->device].mtu, r.mtu);
	k = key_of(r.oif, r.via.family != 0 ? &r.via : &w->key.addr);
	if ((w->hop = get_hop(n, &k)) == NULL)
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

static struct way *
get_way(struct neigh *n, unsigned i, const struct sw_addr *from, const struct sw_addr *to)
{
	struct key k = key_of(scope_of(i, n->device[i], from), to);
	unsigned b = bucket_of(&k);
	struct way *w;

	LIST_FOREACH(w, &n->ways[b], next)
	if (is_key(&w->key, &k))
		return w;
	if (n->n_ways >= n->ways_max) {
		forget_idle_ways(n);
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

/* ---- Reading ---- */

/* Take a message of the kernel, reported or dumped. */
static void
take(const struct nlmsghdr *h, void *arg)
{
	struct neigh *n = arg;
	union {
		struct netlink_link link;
		struct netlink_addr addr;
		struct netlink_route route;
		struct netlink_neigh neigh;
	} m;

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (netlink_parse_link(h, &m.link) == 0)
			take_link(n, &m.link);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (netlink_parse_addr(h, &m.addr) == 0)
			take_address(n, &m.addr);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		if (netlink_parse_neigh(h, &m.neigh) == 0)
			take_neigh(n, &m.neigh);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (netlink_parse_route(h, &m.route) == 0)
			take_route(n, &m.route);
		break;
	default: /* a rule or a next hop object: any way may have turned */
		forget_ways(n);
	}
}

/* Read all that the kernel knows, as if nothing had been known. */
static int
read_all(struct neigh *n)
{
	static const uint16_t what[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETNEIGH};
	struct address *a;
	struct hop *h;
	int rc;

	memset(n->link, 0, sizeof n->link);
	while ((a = LIST_FIRST(&n->addresses)) != NULL) {
		LIST_REMOVE(a, next);
		free(a);
	}
	for (unsigned b = 0; b < BUCKETS; b++)
		LIST_FOREACH(h, &n->hops[b], next)
		{
			h->known = h->managed = false;
			h->state = NUD_NONE;
			h->asked_ms = 0;
		}
	forget_ways(n);
	n->link_changed = n->addresses_changed = true;
	for (unsigned i = 0; i < RTE_DIM(what); i++) {
		for (int tries = 0; tries < 5; tries++)
			if ((rc = netlink_dump(n->requests, what[i], take, n)) != -EINTR)
				break;
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Let go of hops that nobody has used in the whole round that ends. */
static void
let_go(struct neigh *n, bool all)
{
	struct hop *h, *after;

	forget_idle_ways(n);
	for (unsigned b = 0; b < BUCKETS; b++)
		for (h = LIST_FIRST(&n->hops[b]); h != NULL; h = after) {
			after = LIST_NEXT(h, next);
			if (!LIST_EMPTY(&h->ways) || (!all && h->round == n->round))
				continue;
			if (h->ours)
				netlink_del_neigh(n->requests, h->key.scope, &h->key.addr);
			h->round = 0;
			if (all || !h->known) {
				LIST_REMOVE(h, next);
				free(h);
			}
		}
}

/* Say which addresses of the configuration have gone, and which are back. */
static void
say_addresses(struct neigh *n)
{
	for (unsigned i = 0; i < SW_DEVICES; i++) {
		const struct device *d = n->device[i];

		for (unsigned a = 0; d != NULL && a < d->conf->addresses; a++) {
			bool there = neigh_has_address(n, i, &d->conf->address[a]);
			uint32_t bit = UINT32_C(1) << a;

			if (there == ((n->missing[i] & bit) == 0))
				continue;
			n->missing[i] ^= bit;
			if (there)
				log_info("interface %s: address number %u is back\n",
					d->conf->name, a + 1);
			else
				log_warn("interface %s: address number %u of the "
					 "configuration has been taken off: its calls are "
					 "silent until it is back\n",
					d->conf->name, a + 1);
		}
	}
}

void
neigh_run(struct neigh *n)
{
	alignas(struct nlmsghdr) char buf[32768];
	ssize_t len;

	n->routes = 0;
	while ((len = recv(neigh_fd(n), buf, sizeof buf, MSG_DONTWAIT)) >= 0 ||
		errno == ENOBUFS || errno == EINTR) {
		int left = (int)len;

		if (len < 0 && errno == ENOBUFS && read_all(n) != 0)
			log_err("neighbours: cannot read them from the kernel again\n");
		for (const struct nlmsghdr *h = (const void *)buf; mnl_nlmsg_ok(h, left);
			h = mnl_nlmsg_next(h, &left))
			take(h, n);
	}
	if (now_ms() >= n->round_ends_ms) {
		let_go(n, false);
		n->round++;
		n->round_ends_ms = now_ms() + ROUND_MS;
	}
	if (n->addresses_changed)
		say_addresses(n);
	if (n->link_changed || !LIST_EMPTY(&n->stale))
		n->changed(n->arg);
	n->link_changed = n->addresses_changed = false;
}

int
neigh_fd(const struct neigh *n)
{
	return mnl_socket_get_fd(n->events);
}

/* ---- Answers ---- */

bool
neigh_has_address(const struct neigh *n, unsigned i, const struct sw_addr *addr)
{
	const struct device *d = n->device[i];
	struct key k = key_of(d->ifindex, addr);
	const struct address *a;

	if (has_kernel(d)) {
		LIST_FOREACH(a, &n->addresses, next)
		if (is_key(&a->key, &k))
			return true;
		return false;
	}
	for (unsigned c = 0; c < d->conf->addresses; c++) {
		struct key have = key_of(d->ifindex, &d->conf->address[c]);

		if (is_key(&have, &k))
			return true;
	}
	return false;
}

bool
neigh_link_up(const struct neigh *n, unsigned i)
{
	const struct device *d = n->device[i];

	return has_kernel(d) ? n->link[i].up : device_is_up(d);
}

static bool
is_all(const uint8_t *byte, size_t n, uint8_t value)
{
	for (size_t i = 0; i < n; i++)
		if (byte[i] != value)
			return false;
	return true;
}

/* For a device without a kernel interface: as configured, else by neighbour 0.0.0.0 or ::. */
static int
lookup_static(const struct opt_interface *conf, const struct sw_addr *to, uint8_t mac[6])
{
	const struct opt_neighbour *via = NULL;

	for (unsigned i = 0; i < conf->neighbours; i++) {
		const struct opt_neighbour *nb = &conf->neighbour[i];

		if (nb->addr.family != to->family)
			continue;
		if (memcmp(nb->addr.ip, to->ip, sizeof to->ip) == 0) {
			via = nb;
			break;
		}
		if (is_all(nb->addr.ip, sizeof nb->addr.ip, 0))
			via = nb;
	}
	if (via == NULL)
		return -ENETUNREACH;
	memcpy(mac, via->mac, 6);
	return 0;
}

/* The MAC address of H, which is in use. */
static int
lookup_hop(struct neigh *n, struct hop *h, uint8_t mac[6])
{
	h->round = n->round;
	if (!keeps_itself(h) && ask_for(n, h) != 0)
		return -EHOSTUNREACH;
	if (!is_resolved(h))
		return h->state == NUD_FAILED ? -EHOSTUNREACH : -EINPROGRESS;
	memcpy(mac, h->mac, 6);
	return 0;
}

int
neigh_lookup(struct neigh *n, unsigned i, const struct sw_addr *from, const struct sw_addr *to,
	struct neigh_watch *watch, struct neigh_way *way)
{
	const struct device *d = n->device[i];
	struct way *w;

	neigh_unwatch(watch);
	*way = (struct neigh_way){.device = i, .mtu = d->mtu};
	if (!addr_is_host(to))
		return -EINVAL;
	if (!has_kernel(d))
		return lookup_static(d->conf, to, way->mac);
	if ((w = get_way(n, i, from, to)) == NULL)
		return -ENETUNREACH;
	LIST_INSERT_HEAD(&w->watches, watch, next);
	if (w->error != 0)
		return w->error;
	way->device = w->device;
	way->mtu = w->mtu;
	return lookup_hop(n, w->hop, way->mac);
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

/* ---- Opening and closing ---- */

int
neigh_add_device(struct neigh *n, unsigned i, const struct device *d)
{
	if (i >= SW_DEVICES || n->device[i] != NULL)
		return -EINVAL;
	n->device[i] = d;
	return has_kernel(d) ? read_all(n) : 0;
}

/* Subscribe to what may change an answer. */
static int
subscribe(struct neigh *n)
{
	static const int group[] = {RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_RULE, RTNLGRP_NEXTHOP};
	int fd = neigh_fd(n), room = EVENT_BUFFER;

	for (unsigned i = 0; i < RTE_DIM(group); i++) {
		int g = group[i];

		if (mnl_socket_setsockopt(n->events, NETLINK_ADD_MEMBERSHIP, &g, sizeof g) !=
			0)
			return -errno;
	}
	/* A full buffer is mended by reading all again: a larger one only makes that rare. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	return 0;
}

struct neigh *
neigh_open(void (*changed)(void *arg), void *arg)
{
	struct neigh *n = calloc(1, sizeof *n);

	if (n == NULL)
		return NULL;
	n->changed = changed;
	n->arg = arg;
	n->round = 1;
	n->ways_max = WAYS_MIN;
	n->round_ends_ms = now_ms() + ROUND_MS;
	if ((n->requests = netlink_open()) == NULL)
		goto no_requests;
	if ((n->events = netlink_open()) == NULL)
		goto no_events;
	if ((errno = -subscribe(n)) != 0)
		goto no_groups;
	return n;

no_groups:
	mnl_socket_close(n->events);
no_events:
	mnl_socket_close(n->requests);
no_requests:
	free(n);
	return NULL;
}

void
neigh_close(struct neigh *n)
{
	struct address *a;

	if (n == NULL)
		return;
	forget_ways(n);
	let_go(n, true);
	while ((a = LIST_FIRST(&n->addresses)) != NULL) {
		LIST_REMOVE(a, next);
		free(a);
	}
	mnl_socket_close(n->events);
	mnl_socket_close(n->requests);
	free(n);
}
