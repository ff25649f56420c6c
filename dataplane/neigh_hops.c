/* SPDX-License-Identifier: Apache-2.0
 *
 * Hops: neighbours as the kernel has them, and what the kernel is asked for in return, which
 * is to resolve those in use and to keep them fresh.  Of neigh.h.  Main thread.  rtnetlink(7).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <linux/neighbour.h>

#include "dataplane/neigh_inside.h"

enum {
	ASK_EVERY_MS = 1000, /* the kernel is asked to resolve one hop at most that often */
};

static struct hop *
find_hop(const struct neigh *n, const struct key *k)
{
	struct hop *h;

	LIST_FOREACH(h, &n->hops[neigh_bucket_of(k)], next)
	if (neigh_is_key(&h->key, k))
		break;
	return h;
}

struct hop *
neigh_get_hop(struct neigh *n, const struct key *k)
{
	struct hop *h = find_hop(n, k);

	if (h == NULL && (h = calloc(1, sizeof *h)) != NULL) {
		h->key = *k;
		LIST_INSERT_HEAD(&n->hops[neigh_bucket_of(k)], h, next);
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
	int64_t now = neigh_now_ms();
	int rc;

	if (h->asked_ms != 0 && now - h->asked_ms < ASK_EVERY_MS)
		return 0;
	h->asked_ms = now;
	rc = netlink_ask_neigh(n->requests, h->key.scope, &h->key.addr, !h->known);
	h->refused = rc != 0 && rc != -EEXIST;
	if (h->refused && n->refused_ms == 0)
		n->refused_ms = now;
	return h->refused ? rc : 0;
}

/* The kernel's table of neighbours may have been full, or IPv6 off for a moment; of what has
 * changed since then it need not say anything.  Who was asked for later than others, or
 * refused again, has its turn later. */
void
neigh_ask_refused(struct neigh *n)
{
	int64_t now = neigh_now_ms();
	struct hop *h;

	if (n->refused_ms == 0 || now - n->refused_ms < ASK_EVERY_MS)
		return;
	n->refused_ms = 0;
	for (unsigned b = 0; b < BUCKETS; b++)
		LIST_FOREACH(h, &n->hops[b], next)
		{
			if (h->refused && !LIST_EMPTY(&h->ways))
				ask_for(n, h);
			if (h->refused && now - h->asked_ms < ASK_EVERY_MS &&
				(n->refused_ms == 0 || h->asked_ms < n->refused_ms))
				n->refused_ms = h->asked_ms;
		}
}

/* What the kernel keeps fresh by itself needs no asking. */
static bool
keeps_itself(const struct hop *h)
{
	return h->managed || (h->state & (NUD_PERMANENT | NUD_NOARP)) != 0;
}

void
neigh_take_neigh(struct neigh *n, const struct netlink_neigh *nb)
{
	struct key k = neigh_key_of(nb->ifindex, &nb->addr);
	struct hop *h, was;

	if (neigh_device_on(n, nb->ifindex, 0) == SW_DEVICES)
		return;
	if ((h = nb->gone ? find_hop(n, &k) : neigh_get_hop(n, &k)) == NULL)
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
		neigh_make_stale(n, h);
	if (!keeps_itself(h) && (h->state & (NUD_REACHABLE | NUD_DELAY | NUD_PROBE)) == 0)
		ask_for(n, h);
}

int
neigh_hop_mac(struct neigh *n, struct hop *h, uint8_t mac[6])
{
	h->round = n->round;
	if (!keeps_itself(h) && ask_for(n, h) != 0)
		return -EHOSTUNREACH;
	if (!is_resolved(h))
		return h->state == NUD_FAILED ? -EHOSTUNREACH : -EINPROGRESS;
	memcpy(mac, h->mac, 6);
	return 0;
}

/* Of a hop that is in use. */
static void
ask_anew(struct neigh *n, struct hop *h)
{
	netlink_reset_neigh(n->requests, h->key.scope, &h->key.addr);
	netlink_ask_neigh(n->requests, h->key.scope, &h->key.addr, false);
	h->asked_ms = neigh_now_ms();
}

void
neigh_ask_again(struct neigh *n, unsigned i)
{
	struct hop *h;

	for (unsigned b = 0; b < BUCKETS && neigh_has_kernel(n->device[i]); b++)
		LIST_FOREACH(h, &n->hops[b], next)
	if (h->key.scope == n->device[i]->ifindex && h->round != 0 && !is_resolved(h))
		ask_anew(n, h);
}

void
neigh_let_go(struct neigh *n, bool all)
{
	struct hop *h, *after;

	neigh_forget_idle_ways(n);
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

void
neigh_unlearn_hops(struct neigh *n)
{
	struct hop *h;

	for (unsigned b = 0; b < BUCKETS; b++)
		LIST_FOREACH(h, &n->hops[b], next)
		{
			h->known = h->managed = false;
			h->state = NUD_NONE;
			h->asked_ms = 0;
		}
}
