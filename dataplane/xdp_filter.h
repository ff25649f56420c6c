/* SPDX-License-Identifier: Apache-2.0
 *
 * What the XDP program and the switch say to each other: names, and the rows of the program's
 * maps. Compiled for both. */
#pragma once

#include <linux/types.h>

/* The program, by which a later start knows what a killed one left; at most 15 characters. */
#define XDP_FILTER_PROGRAM "strowger_media"

/* Map "media": our addresses -> their ports. */
struct xdp_filter_addr {
	__u8 ip[16]; /* network byte order; IPv4 as ::ffff:a.b.c.d */
};

struct xdp_filter_ports {
	__u16 first, last; /* of media; host byte order */
	__u16 mesh;        /* likewise; 0: none is there */
};

/* Map "mesh": the mesh's port, of what is sent to everybody on the link; host byte order, 0:
 * none. */

/* Map "fragments": one 64-bit count, of IP fragments to our addresses. */

/* Map "xsks_map" (DPDK's driver looks for that name): receive queue -> AF_XDP socket. */

enum {
	XDP_FILTER_ADDRS = 64,  /* rows of "media" */
	XDP_FILTER_QUEUES = 64, /* rows of "xsks_map" */
};
