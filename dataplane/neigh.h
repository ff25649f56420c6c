/* SPDX-License-Identifier: Apache-2.0
 *
 * A mirror of the kernel's addresses, routes and neighbours (rtnetlink through libmnl), and of
 * the neighbours that the configuration gives for devices without a kernel interface. Answers:
 * by which device and to which MAC address does a packet from this address of ours to that one
 * go?  The kernel does ARP and NDP; a hop that it does not know is asked for and kept fresh.
 * Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dataplane/device.h"

struct neigh;

/* Stands for an answer that somebody was given and uses; it becomes stale when another answer
 * may be right by now.  In storage of the asker's, all 0 at first; until it is given up
 * (neigh_unwatch()) it must not move. */
struct neigh_watch {
	LIST_ENTRY(neigh_watch) next;
	uint32_t tag; /* the asker's */
};

struct neigh_way {
	unsigned device; /* by which it leaves: not always the one that has the address */
	uint8_t mac[6];  /* of the next hop */
	uint16_t mtu;    /* bytes of IP packet */
};

/* CHANGED is called from neigh_run() when watches have become stale or a link went up or down.
 * NULL: errno. */
struct neigh *neigh_open(void (*changed)(void *arg), void *arg);
void neigh_close(struct neigh *n); /* nobody watches any more */

/* Tell the mirror of device D (number I); before the first look-up. */
int neigh_add_device(struct neigh *n, unsigned i, const struct device *d);

int neigh_fd(const struct neigh *n); /* poll it for reading */
/* Read what netlink says; may call CHANGED, once.  Also some times a second, for what could
 * not be read. */
void neigh_run(struct neigh *n);

/* Is ADDR one of the addresses that device I has now?  (Static devices: as configured.) */
bool neigh_has_address(const struct neigh *n, unsigned i, const struct sw_addr *addr);
/* The broadcast address of the network that ADDR, an address of device I, is in; port 0.
 * False: there is none, or the address is not there now. */
bool neigh_broadcast(
	const struct neigh *n, unsigned i, const struct sw_addr *addr, struct sw_addr *to);
bool neigh_link_up(const struct neigh *n, unsigned i);

/* Device I has a link again, which the kernel need not have seen go: what it asked meanwhile
 * nobody has heard.  The next neigh_run() has it ask for the hops there that it has not found.
 */
void neigh_link_is_back(struct neigh *n, unsigned i);

/* Has the kernel interface of device I been taken away?  One that comes in its place, even if
 * it has the same name, is another one.  Of devices without one: never. */
bool neigh_is_gone(const struct neigh *n, unsigned i);
/* Is there one again of that name, up and with all addresses of the configuration? */
bool neigh_is_replaced(const struct neigh *n, unsigned i);

/* The MAC address of device I's kernel interface now.  False: it has none, or is not there. */
bool neigh_own_mac(const struct neigh *n, unsigned i, uint8_t mac[6]);

/* The way from FROM, an address of device I, to TO, as a socket of the kernel's that is bound
 * to FROM would send: the route decides by which interface.  0; -EINPROGRESS (the kernel has
 * been asked for the next hop), -ENETUNREACH (no route, or by an interface that is no device
 * of ours), -EADDRNOTAVAIL (the address is not there now), -EHOSTUNREACH (the next hop does
 * not answer), -EINVAL (link-local IPv6, multicast).  W watches the answer, whatever it is. */
int neigh_lookup(struct neigh *n, unsigned i, const struct sw_addr *from,
	const struct sw_addr *to, struct neigh_watch *w, struct neigh_way *way);

/* A stale watch, which is none until the next look-up; NULL: there is none left. */
struct neigh_watch *neigh_stale(struct neigh *n);
void neigh_unwatch(struct neigh_watch *w); /* fine also when it is none */
