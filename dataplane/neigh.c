/* SPDX-License-Identifier: Apache-2.0
 *
 * Next hops: opening, reading what the kernel says, answering.  Links and addresses are
 * mirrored (neigh_mirror.c), and neighbours (neigh_hops.c); ways are asked for and remembered
 * (neigh_ways.c).
 * Main thread.  rtnetlink(7). */
#include "dataplane/neigh.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/rtnetlink.h>
#include <rte_common.h>

#include "dataplane/addr.h"
#include "dataplane/log.h"
#include "dataplane/neigh_inside.h"

enum {
	ROUND_MS = 5 * 60000,   /* hops that nobody used for a whole round are let go */
	EVENT_BUFFER = 1 << 20, /* bytes of socket buffer for what the kernel reports */
};

int64_t
neigh_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
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
			neigh_take_link(n, &m.link);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (netlink_parse_addr(h, &m.addr) == 0)
			neigh_take_address(n, &m.addr);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		if (netlink_parse_neigh(h, &m.neigh) == 0)
			neigh_take_neigh(n, &m.neigh);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (netlink_parse_route(h, &m.route) == 0)
			neigh_take_route(n, &m.route);
		break;
	default: /* a rule or a next hop object: any way may have turned */
		neigh_forget_ways(n);
	}
}

/* Read all that the kernel knows, as if nothing had been known.  What could not be read is
 * read again by the next neigh_run(). */
static int
read_all(struct neigh *n)
{
	static const uint16_t what[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETNEIGH};
	int err = 0;

	neigh_forget_mirror(n);
	neigh_forget_ways(n);
	n->link_changed = n->addresses_changed = true;
	for (unsigned i = 0; i < RTE_DIM(what); i++) {
		int rc = -EINTR;

		for (int tries = 0; tries < 5 && rc == -EINTR; tries++)
			rc = netlink_dump(n->requests, what[i], take, n);
		if (rc != 0)
			err = rc;
	}
	n->torn = err != 0;
	return err;
}

/* All has been read, for news had been lost. */
static void
find_gone(struct neigh *n)
{
	for (unsigned i = 0; i < SW_DEVICES; i++)
		if (n->device[i] != NULL && neigh_has_kernel(n->device[i]))
			n->gone[i] |= n->link[i].ifindex == 0;
}

/* News have been lost.  That a link that was up is read again is none: asking for all that has
 * not been found could make so many news that some of them are lost again.  But that it came
 * back before news were lost is one. */
static void
read_again(struct neigh *n)
{
	bool was_up[SW_DEVICES], was_back[SW_DEVICES];

	memcpy(was_back, n->link_back, sizeof was_back);
	for (unsigned i = 0; i < SW_DEVICES; i++)
		was_up[i] = n->link[i].up;
	if (read_all(n) != 0)
		log_err("neighbours: cannot read them all from the kernel; trying again\n");
	else
		find_gone(n);
	for (unsigned i = 0; i < SW_DEVICES; i++)
		n->link_back[i] = was_back[i] || (n->link_back[i] && !was_up[i]);
}

/* What they asked while they had no link nobody has heard. */
static void
ask_where_links_are_back(struct neigh *n)
{
	for (unsigned i = 0; i < SW_DEVICES; i++) {
		if (n->link_back[i])
			neigh_ask_again(n, i);
		n->link_back[i] = false;
	}
}

void
neigh_link_is_back(struct neigh *n, unsigned i)
{
	n->link_back[i] = true;
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

		n->torn |= len < 0 && errno == ENOBUFS;
		for (const struct nlmsghdr *h = (const void *)buf; mnl_nlmsg_ok(h, left);
			h = mnl_nlmsg_next(h, &left))
			take(h, n);
	}
	if (n->torn)
		read_again(n);
	neigh_turn(n);
	if (!n->torn) { /* otherwise it is not known who is a permanent neighbour */
		ask_where_links_are_back(n);
		neigh_ask_refused(n);
	}
	if (neigh_now_ms() >= n->round_ends_ms) {
		neigh_let_go(n, false);
		n->round++;
		n->round_ends_ms = neigh_now_ms() + ROUND_MS;
	}
	if (n->addresses_changed)
		neigh_say_addresses(n);
	if (n->link_changed || !LIST_EMPTY(&n->stale))
		n->changed(n->arg);
	n->link_changed = false;
}

int
neigh_fd(const struct neigh *n)
{
	return mnl_socket_get_fd(n->events);
}

/* ---- Answers ---- */

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
	if (!neigh_has_kernel(d))
		return lookup_static(d->conf, to, way->mac);
	if ((w = neigh_get_way(n, i, from, to)) == NULL)
		return -ENETUNREACH;
	LIST_INSERT_HEAD(&w->watches, watch, next);
	if (w->error != 0)
		return w->error;
	way->device = w->device;
	way->mtu = w->mtu;
	return neigh_hop_mac(n, w->hop, way->mac);
}

/* ---- Opening and closing ---- */

int
neigh_add_device(struct neigh *n, unsigned i, const struct device *d)
{
	int err = 0;

	if (i >= SW_DEVICES || n->device[i] != NULL)
		return -EINVAL;
	n->device[i] = d;
	if (neigh_has_kernel(d))
		err = read_all(n);
	/* That was no news. */
	memset(n->link_back, 0, sizeof n->link_back);
	neigh_forget_turns(n);
	return err;
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
	n->round_ends_ms = neigh_now_ms() + ROUND_MS;
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
	if (n == NULL)
		return;
	neigh_forget_ways(n);
	neigh_let_go(n, true);
	neigh_forget_mirror(n);
	mnl_socket_close(n->events);
	mnl_socket_close(n->requests);
	free(n);
}
