/* SPDX-License-Identifier: Apache-2.0
 *
 * The laps of `strowger-bench micro capacity`: those of capacity.h and bare libipsec-mb take
 * turns, lap by lap, so that what else the machine does meets them all alike.
 *
 * A lap of one of them: rounds that go once through all calls and count nothing, so that what
 * the others have left in the caches is gone; a few that are timed; and one whose packets are
 * looked into.  The lap's figure is the median of its timed rounds.
 *
 * A round does not count if somebody else had the CPU meanwhile, or something slows the core
 * down: a neighbour on the same core of a virtual machine's host interrupts nobody, and makes
 * all that is done slower by half.  Nor do the next rounds count, in which the caches fill
 * again.  A lap is quiet if all contestants had enough rounds that count. */
#pragma once

#include "bench/capacity.h"

enum {
	/* The last contestant: the mean of its two suites, for a packet that is re-keyed has
	 * half of each. */
	CONTESTANT_BARE = CAPACITY_WAYS,
	CONTESTANTS,
	LAPS_MAX = 1000,
};

/* What was measured with one number of calls. */
struct laps {
	unsigned calls, laps, quiet_laps;
	bool quiet[LAPS_MAX];
	double cycles[CONTESTANTS][LAPS_MAX]; /* a packet */
	double stage[CAPACITY_WAYS][SW_STAGES][LAPS_MAX];
	unsigned once;             /* rounds to go through all calls */
	uint64_t tried, disturbed; /* rounds that were to be timed; of these */
	struct tally tally;        /* of all ways; corrupt: not as it should be in any way */
	uint64_t dropped;          /* by the switch */
	unsigned lost_buffers;
};

/* N laps (up to LAPS_MAX) with CALLS, whose phones have SUITE; after inproc_begin().  0 or
 * -errno after a message on stderr. */
int laps_take(struct laps *f, unsigned n, unsigned calls, const uint8_t suite[2]);
