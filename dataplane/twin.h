/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's side of a device that has no kernel interface below it: a TAP called as the
 * configuration says.  It has the device's MAC address and MTU; Linux does ARP, NDP, ping,
 * routing and TCP there as on any interface, and what of the device is not media crosses to it
 * and back.  Main thread; linux/if_tun.h.
 *
 * A TAP that is there already (`ip tuntap add NAME mode tap`, or a .netdev of
 * systemd-networkd) is its maker's: it must have the addresses, and stays when we go, with its
 * routes.  Else one is made, gets the addresses of the configuration, and is gone with the
 * process, also after a kill -9. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/device.h"

struct rte_mbuf;
struct twin;

/* Frames since the twin is open. */
struct twin_count {
	uint64_t up;      /* from the device to the kernel */
	uint64_t down;    /* from the kernel to the device */
	uint64_t up_lost; /* that the kernel did not take: the twin is down, another VLAN's */
	uint64_t down_lost; /* for which there was no buffer */
};

/* Open the twin that d->conf names, of the open device D: sets d->twin and d->ifindex. 0 or
 * -errno after a log line. */
int twin_open(struct device *d);
void twin_close(struct device *d); /* without a twin: nothing */

int twin_fd(const struct twin *t); /* readable: there is something to twin_read() */

/* Up to N frames that the kernel sends, in buffers of POOL, with the device's VLAN tag: for
 * the device.  The caller owns them. */
unsigned twin_read(
	struct twin *t, struct rte_mempool *pool, struct rte_mbuf **pkt, unsigned n);

/* Give frames as the device received them to the kernel; takes them all. */
void twin_write(struct twin *t, struct rte_mbuf **pkt, unsigned n);

void twin_set_carrier(struct twin *t, bool up); /* that of the device */
const struct twin_count *twin_count(const struct twin *t);
