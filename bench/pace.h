/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps the time of a run: packets leave when they are due, and what returns is taken in
 * between.  The generator's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct traffic;

struct pace {
	double seconds;   /* that sending took */
	uint64_t skipped; /* packets that were due too long ago to be sent any more */
};

/* Send RATE packets/s for SECONDS, or until *STOP, and wait for those that are still on their
 * way. BUSY: never sleep. */
void pace_run(struct traffic *t, double rate, double seconds, bool busy,
	const volatile bool *stop, struct pace *pace);
