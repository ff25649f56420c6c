/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind forwarding.h share: forwarding.c (state, start and end, what cores
 * say), forwarding_cores.c (what runs), forwarding_watch.c (does it run, and has it too much
 * to do). Nobody else's.  Main thread. */
#pragma once

#include "dataplane/forwarding.h"
#include "dataplane/pierce.h"
#include "dataplane/worker.h"

struct forwarding {
	struct state state;
	enum sw_origin origin;
	struct rte_rcu_qsbr *rcu;
	struct retire *retire;
	struct switch_tables *tables;
	struct crossing *crossing;
	struct crossing_end end; /* main's */
	struct capture *capture;
	struct pierce pierce;
	struct mesh_main *mesh;               /* NULL: there is none */
	struct rte_mempool *transcoded;       /* what transcode cores send */
	unsigned cores, transcoders, workers; /* that are open */
	struct lcore *lcore;
	struct transcoder *transcoder;
	struct worker *worker;         /* those of forwarding cores first, in their order */
	struct watched {               /* forwarding cores, then transcode cores */
		uint64_t turns, since; /* as seen last, and the TSC when they moved */
		bool stalled;
	} watched[SW_CORES + SW_TRANSCODERS];
	struct told { /* of a transcode core */
		bool full;
		uint32_t lowered; /* steps of complexity */
	} told[SW_TRANSCODERS];
	uint64_t watched_at; /* TSC of the last look */
};

/* ---- forwarding_cores.c ---- */

struct rte_rcu_qsbr *forwarding_open_rcu(const struct options *o); /* NULL: ENOMEM */
/* All that runs on the tables, not running yet.  0 or -ENOMEM. */
int forwarding_open_cores(struct forwarding *f, const struct forwarding_conf *conf);
void forwarding_close_cores(struct forwarding *f); /* nor any more */
