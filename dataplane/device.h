/* SPDX-License-Identifier: Apache-2.0
 *
 * A network device of the switch: one DPDK port or packet sockets, and whatever it needs on
 * the host so that the kernel and strowger share the interface in peace (XDP program, nftables
 * table, reserved ports). Main thread, after rte_eal_init(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/options.h"

struct packet_queue;
struct rte_eth_stats;
struct rte_mempool;
struct twin;

struct device {
	const struct device_kind *kind;
	const struct opt_interface *conf;
	void *priv;       /* of the kind */
	uint16_t port_id; /* DPDK's, started; none where there are packet queues */
	uint16_t queues;  /* each way; at most one a forwarding core */
	uint16_t mtu;     /* bytes of IP packet */
	uint8_t mac[6];
	int ifindex; /* kernel interface; 0: none below */
	/* One a queue: readable when packets wait, for adaptive polling; -1: there is none. */
	int wait_fd[SW_CORES];
	struct packet_queue *packet[SW_CORES]; /* its queues; NULL: DPDK's port has them */
	struct twin *twin;                     /* carries what is not media; NULL: none */
	bool was_up;                           /* at the last device_watch_link() */
};

/* One way of reaching a network; a row each in device.c. */
struct device_kind {
	const char *name;   /* "xdp" */
	const char *help;   /* one line */
	const char *driver; /* DPDK's, "net_af_xdp", which is to be loaded; NULL: none */
	bool kernel;    /* on a kernel interface, which has addresses, routes, neighbours */
	uint32_t mbufs; /* packet buffers that one queue needs, and one core */
	uint32_t mbufs_queue; /* and each further queue; 0: there is one */
	unsigned pool_flags;  /* RTE_MEMPOOL_F_*, of those packet buffers */
	/* Bring the port up: probe, configure up to D->queues (sets how many it became) each
	 * way with POOL, start, steer the media ports of D->conf to it.  Fills D.  0 or -errno
	 * after one log line that says what failed and how to mend it. */
	int (*open)(struct device *d, struct rte_mempool *pool);
	void (*close)(struct device *d); /* leaves the host as it was */
	/* device_fragments(); NULL: none pass by. */
	uint64_t (*fragments)(const struct device *d);
	/* Add to S, which is zero; NULL: what DPDK's port says. */
	void (*count)(const struct device *d, struct rte_eth_stats *s);
	/* device_is_up(); NULL: what DPDK's port says. */
	bool (*is_up)(const struct device *d);
};

const struct device_kind *device_kind(const char *name); /* NULL: unknown */

/* The least size of the mempool of the device that CONF describes, for CORES forwarding cores
 * and TRANSCODERS: what the driver keeps, what the cores do, and what waits in the rings
 * between them, each of which may be full of one device's. */
uint32_t device_mbufs(const struct opt_interface *conf, unsigned cores, unsigned transcoders);

/* MBUFS packet buffers for that device, each with PRIV bytes of the caller's; a core keeps
 * CACHE of them to itself.  NULL: rte_errno. */
struct rte_mempool *device_pool(const struct opt_interface *conf, const char *name,
	uint32_t mbufs, unsigned cache, uint16_t priv);

/* Open the device that CONF (must outlive it) describes, with at most QUEUES each way.  POOL
 * is device_pool()'s, and has device_mbufs() or more. */
int device_open(struct device *d, const struct opt_interface *conf, struct rte_mempool *pool,
	unsigned queues);
void device_close(struct device *d);

/* Of a device without a kernel interface (the kernel tells of the others): is there a link? */
bool device_is_up(const struct device *d);

/* Has that changed since the last call?  Tells the twin.  For main's tick. */
bool device_watch_link(struct device *d);

/* Read its counters into TO, which control sees. */
void device_count(const struct device *d, struct sw_device *to);

/* A descriptor that keeps the kernel below our devices from answering media while anybody
 * has it open: for whoever outlives us.  -1: none of them needs it. */
int device_silence_fd(void);

/* IP fragments to our addresses that no core saw. */
uint64_t device_fragments(const struct device *d);
