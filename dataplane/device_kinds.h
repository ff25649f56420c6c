/* SPDX-License-Identifier: Apache-2.0
 *
 * Between device.c and the kinds of device: the table's rows, and the steps that they share.
 * Main thread. */
#pragma once

#include "dataplane/device.h"

extern const struct device_kind device_xdp, device_packet, device_memif, device_ring;

/* Log that RC came of WHAT ("cannot ..."); RC. */
int device_fail(const struct device *d, int rc, const char *what);

/* Fill ifindex, mac and mtu of D from the kernel interface conf->arg, which must be up. */
int device_find_kernel(struct device *d);

/* Create DPDK's port of driver DRIVER ("net_af_xdp") with the arguments that FMT makes
 * ("iface=eth0"). */
__attribute__((format(printf, 3, 4))) int device_probe(
	struct device *d, const char *driver, const char *fmt, ...);

/* Lower d->mtu to MOST, which is what buffers hold, and say so. */
void device_limit_mtu(struct device *d, unsigned most);
unsigned device_mbuf_mtu(struct rte_mempool *pool); /* what an mbuf of POOL holds */

/* Queue 0 both ways, with DESCRIPTORS each; then start, which also fills mac where it is still
 * 0. */
int device_setup(struct device *d, struct rte_mempool *pool, uint16_t descriptors);
int device_start(struct device *d);

/* Stop and remove the port. */
void device_remove(struct device *d);

/* The sockets of a protocol family that the process has: a driver keeps its own to itself, but
 * it is the one that was not there before. */
struct device_sockets {
	int domain; /* AF_XDP, AF_PACKET */
	int n;
	int fd[32];
};
void device_list_sockets(struct device_sockets *s, int domain);
int device_new_socket(const struct device_sockets *before); /* -1: there is none */
