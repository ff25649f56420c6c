/* SPDX-License-Identifier: Apache-2.0
 *
 * The mirror: links and addresses as the kernel has them, and what the news of a link mean for
 * the ways.  Neighbours are in neigh_hops.c.  Of neigh.h.  Main thread.  rtnetlink(7). */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <linux/rtnetlink.h>
#include <rte_common.h>

#include "dataplane/log.h"
#include "dataplane/neigh_inside.h"

enum {
	TURN_MS = 50, /* from a link's news until the kernel has turned the routes, and more */
	TURN_LATEST_MS = 200, /* where news do not end */
	DUMPS = 5,            /* tries, where something changes meanwhile */
};

static_assert(sizeof(struct netlink_link) == 24, "no padding: it is compared as bytes");

/* ---- Links and addresses ---- */

unsigned
neigh_device_on(const struct neigh *n, int ifindex, unsigned from)
{
	while (from < SW_DEVICES &&
		(n->device[from] == NULL || n->device[from]->ifindex != ifindex))
		from++;
	return ifindex == 0 ? SW_DEVICES : from;
}

/* The routes that a link has taken with it, the kernel tells of over IPv6 alone; of those that
 * it prefers again when the link is back, of none; and of the link it tells before it turns
 * them. */
static void
turn_soon(struct neigh *n)
{
	n->turned_ms = neigh_now_ms();
	if (n->turn_from_ms == 0)
		n->turn_from_ms = n->turned_ms;
}

static void
take_route(const struct nlmsghdr *h, void *arg)
{
	struct netlink_route r;

	if (netlink_parse_route(h, &r) == 0)
		neigh_take_route(arg, &r);
}

/* The routes by F are as good as new. */
static void
turn_to(struct neigh *n, const struct foreign *f)
{
	int rc = -EINTR;

	for (unsigned i = 0; i < DUMPS && rc == -EINTR; i++)
		rc = netlink_dump_routes(n->requests, f->ifindex, take_route, n);
	if (rc != 0 && rc != -ENODEV)
		neigh_forget_ways(n);
}

/* Forget what was news before UNTIL. */
static void
forget_turns(struct neigh *n, int64_t until)
{
	struct foreign *f;

	LIST_FOREACH(f, &n->foreign, next)
	{
		if (f->back_ms <= until)
			f->back_ms = 0;
	}
	if (n->turned_ours_ms <= until)
		n->turned_ours_ms = 0;
	if (n->foreign_lost_ms <= until)
		n->foreign_lost_ms = 0;
	if (n->turned_ms <= until)
		n->turned_ms = n->turn_from_ms = 0;
}

void
neigh_forget_turns(struct neigh *n)
{
	forget_turns(n, INT64_MAX);
}

void
neigh_turn(struct neigh *n)
{
	int64_t now = neigh_now_ms(), last = n->turned_ms;
	struct foreign *f;

	if (last == 0 || (now - last < TURN_MS && now - n->turn_from_ms < TURN_LATEST_MS))
		return;
	if (n->turned_ours_ms != 0)
		neigh_forget_ways(n);
	else if (n->foreign_lost_ms != 0)
		neigh_forget_vain_ways(n);
	LIST_FOREACH(f, &n->foreign, next)
	{
		if (f->back_ms != 0 && n->n_ways > 0)
			turn_to(n, f);
	}
	n->turn_from_ms = now; /* the latest news have their turn later as well */
	forget_turns(n, now - TURN_MS);
}

/* A route by another's interface is preferred to one by ours until that goes, and again when
 * it is back. */
static void
take_foreign(struct neigh *n, const struct netlink_link *l)
{
	bool up = l->up && !l->gone;
	struct foreign *f;

	LIST_FOREACH(f, &n->foreign, next)
	{
		if (f->ifindex == l->ifindex)
			break;
	}
	if (f == NULL && (l->gone || (f = calloc(1, sizeof *f)) == NULL))
		return;
	if (f->ifindex == 0) {
		f->ifindex = l->ifindex;
		LIST_INSERT_HEAD(&n->foreign, f, next);
	}
	if (up != f->up)
		turn_soon(n);
	if (up && !f->up)
		f->back_ms = n->turned_ms;
	if (!up && f->up)
		n->foreign_lost_ms = n->turned_ms;
	f->up = up;
	if (l->gone) {
		LIST_REMOVE(f, next);
		free(f);
	}
}

void
neigh_take_link(struct neigh *n, const struct netlink_link *l)
{
	if (neigh_device_on(n, l->ifindex, 0) == SW_DEVICES)
		take_foreign(n, l);
	for (unsigned i = 0; (i = neigh_device_on(n, l->ifindex, i)) < SW_DEVICES; i++) {
		struct netlink_link now = l->gone ? (struct netlink_link){.ifindex = 0} : *l;

		if (memcmp(&n->link[i], &now, sizeof now) == 0)
			continue; /* link messages also tell statistics and the like */
		n->link_back[i] |= now.up && !n->link[i].up;
		n->gone[i] |= l->gone;
		n->link[i] = now;
		n->link_changed = true;
		neigh_forget_ways(n);
		turn_soon(n);
		n->turned_ours_ms = n->turned_ms;
	}
}

/* All ones behind the first BITS: what the kernel takes for the network's broadcast address,
 * also where nobody has set one.  RFC 922, RFC 3021 (a link of two has none). */
static struct sw_addr
broadcast_of(const struct sw_addr *addr, unsigned bits)
{
	struct sw_addr to = {.family = AF_INET};

	if (addr->family != AF_INET || bits == 0 || bits > 30)
		return (struct sw_addr){0};
	for (unsigned i = 0; i < 4; i++) {
		unsigned own = bits > 8 * i ? RTE_MIN(bits - 8 * i, 8u) : 0;

		to.ip[i] = (uint8_t)(addr->ip[i] | 0xff >> own);
	}
	return to;
}

void
neigh_take_address(struct neigh *n, const struct netlink_addr *a)
{
	struct key k = neigh_key_of(a->ifindex, &a->addr);
	bool there = a->usable && !a->gone;
	struct address *have;

	if (neigh_device_on(n, a->ifindex, 0) == SW_DEVICES)
		return;
	LIST_FOREACH(have, &n->addresses, next)
	if (neigh_is_key(&have->key, &k))
		break;
	if (there == (have != NULL))
		return; /* lifetimes are renewed in the same words */
	if (!there) {
		LIST_REMOVE(have, next);
		free(have);
	} else if ((have = malloc(sizeof *have)) != NULL) {
		have->key = k;
		have->broadcast = a->broadcast.family != 0 ? a->broadcast
							   : broadcast_of(&a->addr, a->prefix);
		LIST_INSERT_HEAD(&n->addresses, have, next);
	}
	n->addresses_changed = true;
	neigh_forget_ways(n);
}

bool
neigh_has_address(const struct neigh *n, unsigned i, const struct sw_addr *addr)
{
	const struct device *d = n->device[i];
	struct key k = neigh_key_of(d->ifindex, addr);
	const struct address *a;

	if (neigh_has_kernel(d)) {
		LIST_FOREACH(a, &n->addresses, next)
		if (neigh_is_key(&a->key, &k))
			return true;
		return false;
	}
	for (unsigned c = 0; c < d->conf->addresses; c++) {
		struct key have = neigh_key_of(d->ifindex, &d->conf->address[c]);

		if (neigh_is_key(&have, &k))
			return true;
	}
	return false;
}

bool
neigh_broadcast(
	const struct neigh *n, unsigned i, const struct sw_addr *addr, struct sw_addr *to)
{
	const struct device *d = n->device[i];
	struct key k = neigh_key_of(d->ifindex, addr);
	const struct address *a;

	*to = (struct sw_addr){0};
	for (a = LIST_FIRST(&n->addresses); a != NULL; a = LIST_NEXT(a, next))
		if (neigh_has_kernel(d) && neigh_is_key(&a->key, &k))
			*to = a->broadcast;
	for (unsigned c = 0; !neigh_has_kernel(d) && c < d->conf->addresses; c++) {
		struct key have = neigh_key_of(d->ifindex, &d->conf->address[c]);

		if (neigh_is_key(&have, &k))
			*to = broadcast_of(addr, d->conf->prefix[c]);
	}
	return to->family != 0;
}

bool
neigh_link_up(const struct neigh *n, unsigned i)
{
	const struct device *d = n->device[i];

	return neigh_has_kernel(d) ? n->link[i].up : device_is_up(d);
}

bool
neigh_own_mac(const struct neigh *n, unsigned i, uint8_t mac[6])
{
	static const uint8_t none[6];

	memcpy(mac, n->link[i].mac, 6);
	return memcmp(mac, none, 6) != 0;
}

/* ---- An interface that goes, and another in its place ---- */

bool
neigh_is_gone(const struct neigh *n, unsigned i)
{
	return n->gone[i];
}

/* What is looked for on an interface that has come. */
struct comer {
	const struct opt_interface *conf;
	int ifindex;
	uint32_t missing; /* addresses of the configuration, one bit each */
};

static void
take_comers_address(const struct nlmsghdr *h, void *arg)
{
	struct comer *c = arg;
	struct netlink_addr a;

	if (netlink_parse_addr(h, &a) != 0 || a.ifindex != c->ifindex || !a.usable)
		return;
	for (unsigned i = 0; i < c->conf->addresses; i++) {
		struct key want = neigh_key_of(0, &c->conf->address[i]),
			   have = neigh_key_of(0, &a.addr);

		if (neigh_is_key(&want, &have))
			c->missing &= ~(UINT32_C(1) << i);
	}
}

bool
neigh_is_replaced(const struct neigh *n, unsigned i)
{
	const struct opt_interface *conf = n->device[i]->conf;
	const char *name = n->device[i]->twin != NULL ? conf->twin : conf->arg;
	struct comer c = {
		.conf = conf, .missing = (uint32_t)((UINT64_C(1) << conf->addresses) - 1)};
	struct netlink_link l;

	if (netlink_get_link(n->requests, name, &l) != 0 || !l.up)
		return false;
	c.ifindex = l.ifindex;
	return netlink_dump(n->requests, RTM_GETADDR, take_comers_address, &c) == 0 &&
	       c.missing == 0;
}

void
neigh_say_addresses(struct neigh *n)
{
	int64_t now = neigh_now_ms();

	if (n->said_addresses_ms != 0 && now - n->said_addresses_ms < NEIGH_SAY_EVERY_MS)
		return;
	n->addresses_changed = false;
	for (unsigned i = 0; i < SW_DEVICES; i++) {
		const struct device *d = n->device[i];

		for (unsigned a = 0; d != NULL && a < d->conf->addresses; a++) {
			bool there = neigh_has_address(n, i, &d->conf->address[a]);
			uint32_t bit = UINT32_C(1) << a;

			if (there == ((n->missing[i] & bit) == 0))
				continue;
			n->missing[i] ^= bit;
			n->said_addresses_ms = now;
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

/* ---- All of it ---- */

void
neigh_forget_mirror(struct neigh *n)
{
	struct foreign *f;
	struct address *a;

	memset(n->link, 0, sizeof n->link);
	while ((f = LIST_FIRST(&n->foreign)) != NULL) {
		LIST_REMOVE(f, next);
		free(f);
	}
	while ((a = LIST_FIRST(&n->addresses)) != NULL) {
		LIST_REMOVE(a, next);
		free(a);
	}
	neigh_unlearn_hops(n);
}
