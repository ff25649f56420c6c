/* SPDX-License-Identifier: Apache-2.0
 *
 * Prepared headers: what a packet to a remote address has in front of its payload.  Main
 * thread. */
#pragma once

#include "dataplane/lcore.h"
#include "dataplane/neigh.h"

/* Where a path leads. */
struct path_ends {
	struct sw_addr from, to; /* with ports; to.family 0: not known yet */
	uint8_t device;          /* that has FROM */
	uint8_t dscp;            /* 0..63 */
};

/* The path between ENDS as the host's routes and neighbours are now, WATCH saying when it may
 * be another; OLD is what there was before (NULL: nothing) and returned when it is still
 * right, or the best there is while the kernel is finding the next hop.  When there is no way,
 * a path of length 0 that says why.  DEVICE: all of them.  Heap, path_free(); NULL: ENOMEM. */
struct path *path_make(struct neigh *neigh, struct device *const *device,
	const struct path_ends *ends, struct neigh_watch *watch, struct path *old);
/* To everybody on the link of ENDS's device, whatever IP calls them there: ENDS says it. NULL:
 * ENOMEM. */
struct path *path_to_everybody(struct device *const *device, const struct path_ends *ends);
void path_free(void *path);
