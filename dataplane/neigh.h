/* SPDX-License-Identifier: Apache-2.0
 *
 * A mirror of the kernel's addresses, routes and neighbours (rtnetlink through libmnl), and of
 * the neighbours that the configuration gives for devices without a kernel interface. Answers:
 * by which MAC address does a packet from this device reach that address?  The kernel does ARP
 * and NDP; a hop that it does not know is asked for and kept fresh.  Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/device.h"

struct neigh;

/* CHANGED is called from neigh_run() when answers may have changed: look all up again.
 * NULL: errno. */
struct neigh *neigh_open(void (*changed)(void *arg), void *arg);
void neigh_close(struct neigh *n);

/* Tell the mirror of device D (number I); before the first look-up. */
int neigh_add_device(struct neigh *n, unsigned i, const struct device *d);

int neigh_fd(const struct neigh *n); /* poll it for reading */
void neigh_run(struct neigh *n);     /* read what netlink says; may call CHANGED, once */

/* Is ADDR one of the addresses that device I has now?  (Static devices: as configured.) */
bool neigh_has_address(const struct neigh *n, unsigned i, const struct sw_addr *addr);
bool neigh_link_up(const struct neigh *n, unsigned i);

/* Next hop from device I towards TO: its MAC address.  0; -EINPROGRESS (the kernel has been
 * asked, CHANGED will follow), -ENETUNREACH (no route by this device), -EHOSTUNREACH (it does
 * not answer), -EINVAL (link-local IPv6, multicast). */
int neigh_lookup(struct neigh *n, unsigned i, const struct sw_addr *to, uint8_t mac[6]);
