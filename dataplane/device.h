/* SPDX-License-Identifier: Apache-2.0
 *
 * A network device of the switch: one DPDK port, and whatever it needs on the host so that the
 * kernel and strowger share the interface in peace (XDP program, nftables table, reserved
 * ports). Main thread, after rte_eal_init(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/options.h"

struct rte_mempool;

struct device {
	const struct device_kind *kind;
	const struct opt_interface *conf;
	void *priv;       /* of the kind */
	uint16_t port_id; /* DPDK's, started, queue 0 both ways */
	uint16_t mtu;     /* bytes of IP packet */
	uint8_t mac[6];
	int ifindex; /* kernel interface; 0: none below */
	int wait_fd; /* readable when packets wait: for adaptive polling; -1: there is none */
	bool tx_cksum; /* the device fills in IPv4 and UDP checksums */
};

/* One way of reaching a network; a row each in device.c. */
struct device_kind {
	const char *name; /* "xdp" */
	const char *help; /* one line */
	bool kernel;      /* on a kernel interface, which has addresses, routes, neighbours */
	uint32_t mbufs;   /* least size of its mempool */
	/* Bring the port up: probe, configure one queue each way with POOL, start, steer the
	 * media ports of D->conf to it.  Fills D.  0 or -errno after one log line that says
	 * what failed and how to mend it. */
	int (*open)(struct device *d, struct rte_mempool *pool);
	void (*close)(struct device *d); /* leaves the host as it was */
	/* device_fragments(); NULL: none pass by. */
	uint64_t (*fragments)(const struct device *d);
};

const struct device_kind *device_kind(const char *name); /* NULL: unknown */

/* Open the device that CONF (must outlive it) describes.  POOL has kind->mbufs or more. */
int device_open(struct device *d, const struct opt_interface *conf, struct rte_mempool *pool);
void device_close(struct device *d);

/* IP fragments to our addresses that were left to the kernel, so that no core saw them. */
uint64_t device_fragments(const struct device *d);
