/* SPDX-License-Identifier: Apache-2.0
 *
 * Empty datagrams from main to the cores that send them: tables_pierce() says whose party gets
 * one.  Main thread. */
#pragma once

#include "dataplane/tables.h"

struct pierce {
	struct crossing_end *end; /* main's */
	struct rte_mempool *pool;
};

/* A tables_pierce_send; ARG is a struct pierce.  Nothing waits: an empty datagram that there
 * is no packet buffer or no room in the ring for is not sent. */
bool pierce_send(void *arg, const struct transport *t, const struct path *path, bool rtcp);
