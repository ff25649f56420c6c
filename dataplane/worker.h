/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that takes turns: a forwarding core's, a transcode core's, or both where they share
 * a CPU.  How it polls, sleeps and is woken. */
#pragma once

#include "dataplane/lcore.h"
#include "dataplane/transcoder.h"

enum { WORKER_TURNS = 2 };

/* One party of the crossing whose turns the thread takes. */
struct worker_turn {
	struct crossing_end *end;
	void *of;
	unsigned (*take)(void *of, uint64_t now); /* one turn; how much there was to do */
	/* Microseconds from NOW on until something happens by itself; UINT64_MAX: never. */
	uint64_t (*wait_us)(const void *of, uint64_t now);
	_Atomic uint64_t *turns, *empty_turns, *sleeps;
	_Atomic uint32_t *asleep;
};

struct worker {
	struct rte_rcu_qsbr *rcu;
	bool busy;                 /* never sleep */
	const struct lcore *lcore; /* whose devices it waits for; NULL: nobody's */
	unsigned turns;
	struct worker_turn turn[WORKER_TURNS];

	/* What main writes. */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic bool stop;
};

/* Main thread, all but worker_run(); before the thread runs.  What is added was registered
 * with RCU under its number among the parties. */
void worker_init(struct worker *w, struct rte_rcu_qsbr *rcu, bool busy);
void worker_add_lcore(struct worker *w, struct lcore *lc); /* before a transcoder */
void worker_add_transcoder(struct worker *w, struct transcoder *tc);

/* Runs until worker_stop(); the argument is its struct worker. */
int worker_run(void *worker);
void worker_stop(struct worker *w);
