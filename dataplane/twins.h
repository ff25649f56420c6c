/* SPDX-License-Identifier: Apache-2.0
 *
 * What crosses between the devices' twins and the forwarding cores: frames that are not media
 * go up to the kernel, what the kernel sends goes down.  Main thread, on libevent. */
#pragma once

#include "dataplane/forwarding.h"

struct event_base;
struct twins;

/* The twins of DEVICE (N of them, open; those without a twin are passed by), whose packet
 * buffers are POOL's.  NULL: ENOMEM. */
struct twins *twins_open(struct event_base *base, struct device *device,
	struct rte_mempool *const pool[], unsigned n);
void twins_close(struct twins *t); /* before the forwarding; NULL is fine */

/* The forwarding runs: frames may cross from now on. */
int twins_serve(struct twins *t, struct forwarding *f); /* 0 or -ENOMEM */
/* Take up what the cores have punted: once they serve, and whenever forwarding_wake_fd() says.
 */
void twins_up(struct twins *t);
