/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps the time of a run: packets leave when they are due, and what returns is taken in
 * between.  The generator's one thread. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct garbage;
struct traffic;

/* What may be asked of a run at any time, by signals. */
struct wishes {
	volatile bool stop;
	volatile sig_atomic_t marks; /* moments so far that are to be told apart: gaps.h */
};

struct pace {
	double seconds;   /* that sending took */
	uint64_t skipped; /* packets that were due too long ago to be sent any more */
};

/* Send RATE packets/s for SECONDS, or until it is to stop, beside them GARBAGE (NULL: none) at
 * its own rate, and wait for those that are still on their way.  BUSY: never sleep. */
void pace_run(struct traffic *t, struct garbage *garbage, double rate, double seconds,
	bool busy, const struct wishes *wishes, struct pace *pace);
