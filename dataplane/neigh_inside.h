/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind neigh.h share: neigh.c (opening, reading, answering), neigh_mirror.c
 * (links and addresses, as the kernel has them), neigh_hops.c (neighbours likewise),
 * neigh_ways.c (which device, which hop, who must be told).  Nobody else's.  Main thread.
 *
 * A hop has its ways, a way has its watches: a change makes those stale that it concerns, so
 * that 20,000 calls do not look up again because of one neighbour. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

#include "dataplane/device.h"
#include "dataplane/neigh.h"
#include "dataplane/netlink.h"

enum {
	NEIGH_SAY_EVERY_MS = 1000, /* at most one line that often, of each cause */
	BUCKETS = 4096,
	WAYS_MIN = 65536, /* remembered at least, also when nobody watches them */
};

/* What a hop or a way is found by. */
struct key {
	int scope; /* hop: ifindex; way: device * SW_ADDRESSES + number of its address */
	struct sw_addr addr; /* port 0 */
};
static_assert(sizeof(struct key) == 24, "no padding: keys are compared and hashed as bytes");

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
	bool refused;     /* it could not be asked then */
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
	struct sw_addr broadcast; /* of its network; family 0: there is none */
};

/* A link that is none of ours. */
struct foreign {
	LIST_ENTRY(foreign) next;
	int ifindex;
	bool up;
	int64_t back_ms; /* when it came back; 0: its routes have been looked at since */
};

struct neigh {
	void (*changed)(void *arg);
	void *arg;
	struct mnl_socket *events, *requests;
	const struct device *device[SW_DEVICES];
	struct netlink_link link[SW_DEVICES]; /* ifindex 0: it is not there */
	LIST_HEAD(, foreign) foreign;
	LIST_HEAD(, address) addresses;
	LIST_HEAD(, hop) hops[BUCKETS];
	LIST_HEAD(, way) ways[BUCKETS];
	struct watches stale;
	unsigned n_ways, ways_max;
	unsigned routes; /* changes since neigh_run() began */
	unsigned round;  /* from 1 */
	int64_t round_ends_ms;
	bool link_changed, addresses_changed;
	bool link_back[SW_DEVICES]; /* since neigh_run() began */
	bool gone[SW_DEVICES]; /* what the device stands on has been taken away, for good */
	int64_t turned_ms; /* when a link last changed whose routes are still to be looked at;
			      0: none */
	int64_t turn_from_ms;         /* when the first one did, or since the last look */
	int64_t turned_ours_ms;       /* when one of ours did last; 0: none */
	int64_t foreign_lost_ms;      /* when another one went down, or away; 0: none */
	int64_t refused_ms;           /* since when there are hops that it could not be asked
					 for; 0: none */
	bool torn;                    /* not all that the kernel knows has been read */
	uint32_t missing[SW_DEVICES]; /* addresses that are not there, one bit each */
	int64_t said_foreign_ms, said_addresses_ms;
};
static_assert(SW_ADDRESSES <= 32, "a bit each");

static inline struct key
neigh_key_of(int scope, const struct sw_addr *addr)
{
	struct key k = {.scope = scope, .addr = *addr};

	k.addr.port = 0;
	return k;
}

static inline bool
neigh_is_key(const struct key *a, const struct key *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* FNV-1a.  Who chooses remote addresses is authenticated or signalled: no need of a secret. */
static inline unsigned
neigh_bucket_of(const struct key *k)
{
	const uint8_t *byte = (const uint8_t *)k;
	uint32_t h = 2166136261;

	for (size_t i = 0; i < sizeof *k; i++)
		h = (h ^ byte[i]) * 16777619;
	return (h ^ h >> 16) % BUCKETS;
}

/* Does the kernel answer for device D, on its interface or on its twin? */
static inline bool
neigh_has_kernel(const struct device *d)
{
	return d->ifindex != 0;
}

int64_t neigh_now_ms(void); /* monotonic */

/* ---- neigh_mirror.c ---- */

/* The device that stands on kernel interface IFINDEX, counted from FROM; SW_DEVICES: none. */
unsigned neigh_device_on(const struct neigh *n, int ifindex, unsigned from);

/* Look at the routes again that a link may have turned. */
void neigh_turn(struct neigh *n);

/* All has been read, or nobody has asked yet: no link waits for its turn. */
void neigh_forget_turns(struct neigh *n);

/* Take what the kernel says. */
void neigh_take_link(struct neigh *n, const struct netlink_link *l);
void neigh_take_address(struct neigh *n, const struct netlink_addr *a);

/* As if the kernel had said nothing yet; hops stay, for their ways and rounds. */
void neigh_forget_mirror(struct neigh *n);

/* Say which addresses of the configuration have gone, and which are back; later, if that has
 * just been said. */
void neigh_say_addresses(struct neigh *n);

/* ---- neigh_hops.c ---- */

/* Take what the kernel says. */
void neigh_take_neigh(struct neigh *n, const struct netlink_neigh *nb);

/* As if the kernel had said nothing yet. */
void neigh_unlearn_hops(struct neigh *n);

/* The hop K, made where there is none.  NULL: no memory. */
struct hop *neigh_get_hop(struct neigh *n, const struct key *k);

/* The MAC address of H, which is in use.  0; -EINPROGRESS, -EHOSTUNREACH as neigh_lookup(). */
int neigh_hop_mac(struct neigh *n, struct hop *h, uint8_t mac[6]);

/* Ask for the hops in use again that the kernel could not be asked for a while ago. */
void neigh_ask_refused(struct neigh *n);

/* Let go of hops that nobody has used in the whole round that ends; ALL: of all that have no
 * ways. */
void neigh_let_go(struct neigh *n, bool all);

/* Have the kernel ask at once for the hops on device I that it has not found.  All that it has
 * said has just been read: one without an answer is no permanent neighbour. */
void neigh_ask_again(struct neigh *n, unsigned i);

/* ---- neigh_ways.c ---- */

/* The way from FROM, an address of device I, to TO, asked for where it is not remembered.
 * NULL: no memory. */
struct way *neigh_get_way(
	struct neigh *n, unsigned i, const struct sw_addr *from, const struct sw_addr *to);

/* Who watches a way over H must look up again. */
void neigh_make_stale(struct neigh *n, const struct hop *h);

void neigh_forget_ways(struct neigh *n);
void neigh_forget_idle_ways(struct neigh *n); /* those that nobody watches */
void neigh_forget_vain_ways(struct neigh *n); /* those that lead nowhere */

/* Forget the ways that a change of route R may have turned, through whatever interface. */
void neigh_take_route(struct neigh *n, const struct netlink_route *r);
