/* SPDX-License-Identifier: Apache-2.0
 *
 * What the stages of a forwarding core take.  A reading of the time stamp counter costs as
 * much as a stage has to do for one packet, so that only one visit to the stages in so many is
 * timed, and counts for as many.  Which one is left to chance: visits that differ in turn (two
 * devices, packets of the network and of other cores) are all met.  Forwarding core. */
#pragma once

#include "dataplane/lcore.h"

enum { STOPWATCH_ONE_IN = 8 };

/* Of one visit. */
struct stopwatch {
	uint64_t at;     /* TSC of the last reading */
	unsigned one_in; /* visits that this one counts for; 0: it is not timed */
};

/* What chance begins with on core NUMBER: many bits, for xorshift makes of few only small
 * numbers at first.  2^32 over the golden ratio; odd, so that it is 0 on no core. */
static inline uint32_t
stopwatch_seed(unsigned number)
{
	return UINT32_C(0x9e3779b9) * (1 + number);
}

/* Before a visit, which may turn out to have no packets. */
static inline struct stopwatch
stopwatch_start(const struct lcore *lc)
{
	if (lc->untimed > 0)
		return (struct stopwatch){0};
	return (struct stopwatch){.at = rte_rdtsc(), .one_in = lc->one_in};
}

/* The visit has packets.  One in lc->one_in is timed: before the next as many are left out as
 * chance has it, none to 2 * one_in - 2, all of them equally likely.  Marsaglia, "Xorshift
 * RNGs", 2003. */
static inline void
stopwatch_visit(struct lcore *lc)
{
	if (lc->untimed > 0) {
		lc->untimed--;
		return;
	}
	lc->dice ^= lc->dice << 13;
	lc->dice ^= lc->dice >> 17;
	lc->dice ^= lc->dice << 5;
	lc->untimed = (uint32_t)((uint64_t)lc->dice * (2 * lc->one_in - 1) >> 32);
}

/* N packets have been through STAGE. */
static inline void
stopwatch_charge(struct stopwatch *w, struct lcore *lc, enum sw_stage stage, unsigned n)
{
	uint64_t now;

	count_add(&lc->count->packets[stage], n);
	if (w->one_in == 0)
		return;
	now = rte_rdtsc();
	count_add(&lc->count->cycles[stage], (now - w->at) * w->one_in);
	w->at = now;
}
