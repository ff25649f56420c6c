/* SPDX-License-Identifier: Apache-2.0
 *
 * Between device.c and the kinds of device: the table's rows, and the steps that they share.
 * Main thread. */
#pragma once

#include "dataplane/device.h"

extern const struct device_kind device_xdp, device_packet, device_pci, device_tap,
	device_vhost, device_memif, device_ring;

/* Log that RC came of WHAT ("cannot ..."); RC. */
int device_fail(const struct device *d, int rc, const char *what);

/* Lower d->mtu to MOST, which is what buffers hold, and say so. */
void device_limit_mtu(struct device *d, unsigned most);
unsigned device_mbuf_mtu(struct rte_mempool *pool); /* what an mbuf of POOL holds */

/* ---- DPDK's port ---- */

/* Create that of the kind's driver with the arguments that FMT makes ("iface=eth0"). */
__attribute__((format(printf, 2, 3))) int device_probe(struct device *d, const char *fmt, ...);

/* The process's descriptors of one sort: a driver keeps its own to itself, but they are those
 * that were not there before. */
struct device_fds {
	int domain; /* sockets of AF_XDP; 0: those of /dev/net/tun */
	unsigned n;
	int fd[2 * SW_DEVICES * SW_CORES];
};
void device_list_fds(struct device_fds *fds, int domain);
int device_new_fd(struct device_fds *fds); /* the lowest new one, now listed; -1: none is */

/* d->queues queues both ways, or as many as the port has, with DESCRIPTORS each.  FDS (NULL:
 * not wanted): what a queue's set-up adds to it becomes its wait_fd. */
int device_setup(struct device *d, struct rte_mempool *pool, uint16_t descriptors,
	struct device_fds *fds);

int device_start(struct device *d);   /* fills mac where it is still 0 */
void device_remove(struct device *d); /* stop the port, and what device_probe() made */

/* ---- With a kernel interface below ---- */

/* Fill ifindex, mac and mtu of D from the kernel interface conf->arg, which must be up. */
int device_find_kernel(struct device *d);

/* As long as somebody has device_silence_fd() open, which is us until device_forget_silence(),
 * the kernel below D answers none of D's media, nor gives them to anybody.  0, and one such
 * call is due; -errno after a log line. */
int device_silence_lasting(const struct device *d);
void device_forget_silence(void);

/* ---- Without one ---- */

/* The configured MAC address; else one of our own that stays the same over restarts: the far
 * side may have it in its configuration. */
void device_choose_mac(struct device *d);
void device_choose_mtu(struct device *d, struct rte_mempool *pool);

/* device_setup() and device_start(); on failure the port is gone again. */
int device_bring_up(struct device *d, struct rte_mempool *pool, uint16_t descriptors,
	struct device_fds *fds);

/* PATH and role out of "PATH" or "PATH:client". */
bool device_is_server(const struct opt_interface *conf, char path[sizeof conf->arg]);

/* Remove the Unix socket of TYPE that a killed server left at PATH.  -EADDRINUSE: somebody
 * listens. */
int device_clear_socket(const char *path, int type);
