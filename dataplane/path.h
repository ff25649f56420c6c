/* SPDX-License-Identifier: Apache-2.0
 *
 * Prepared headers: what a packet to a remote address has in front of its payload.  Main
 * thread. */
#pragma once

#include "dataplane/lcore.h"
#include "dataplane/neigh.h"

/* Where a path leads: compared to see whether a new one is needed. */
struct path_ends {
	struct sw_addr from, to; /* with ports; to.family 0: not known yet */
	uint8_t device;
	uint8_t dscp; /* 0..63 */
};

/* The path between ENDS as the host's routes and neighbours are now.  When there is none, a
 * path of length 0 that says why.  Heap, path_free(); NULL: ENOMEM. */
struct path *path_make(
	struct neigh *neigh, const struct device *device, const struct path_ends *ends);
void path_free(void *path);
