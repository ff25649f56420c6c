/* SPDX-License-Identifier: Apache-2.0
 *
 * Starts DPDK's environment (EAL) from strowger's own options, so that nobody has to know
 * EAL's: CPUs, memory with or without hugepages, nothing left behind in the file system,
 * nothing in core dumps. Main thread, once. */
#pragma once

#include <stdint.h>

#include "dataplane/options.h"

enum {
	EAL_WORKER_LCORE = 1, /* lcore id of the first worker; main's is 0 */
};

/* How many threads take turns: one for each forwarding core, in their order, and behind those
 * one for each transcode core that does not share the CPU of one. */
unsigned eal_workers(const struct options *o);
/* Which of them transcode core N has. */
unsigned eal_worker_of(const struct options *o, unsigned n);

/* 0 or -errno after a log line that says how to mend it.  MBUFS: of all pools together. */
int eal_start(const struct options *o, uint32_t mbufs);
void eal_stop(void);
