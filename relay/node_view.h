/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be seen of a node from outside by a mere look, at metrics and health: plain
 * pointers and numbers, so that tests make one by hand.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct calls;
struct config;
struct core_watch;
struct events;
struct mesh;
struct mesh_calls;
struct ng;
struct ng_counts;
struct rpc_tally;
struct switch_client;

struct node_view {
	const struct config *conf;
	const struct calls *calls;
	const struct switch_client *client;
	const struct core_watch *watch;
	const struct rpc_tally *rpc;
	const struct events *events;
	const struct mesh *mesh;             /* NULL: there is none */
	const struct mesh_calls *mesh_calls; /* likewise */
	const struct ng *ng;                 /* NULL: nobody is listened to over NG */
	const struct ng_counts *ng_counts;   /* likewise */
	int64_t started_us;                  /* real time, microseconds since 1970 */
	unsigned restarts;                   /* of the switch, that this process has seen */
	bool switch_up;                      /* welcomed and not lost since */
	bool draining;                       /* or ending: no new calls */
};
