/* SPDX-License-Identifier: Apache-2.0
 *
 * The worst calls by one figure, of all that were looked at lately: a bounded list that needs
 * no look at the others.  A call that gets better makes room for another one when that is
 * looked at next, so the list is right to within one round of looks.  Control's one thread. */
#pragma once

#include <stdint.h>

#include "control/request.h"

enum { WORST_CALLS = 100 };

struct worst {
	unsigned n;
	uint64_t hash[WORST_CALLS];
	double badness[WORST_CALLS];
	char id[WORST_CALLS][REQUEST_ID];
};

/* Call ID, whose hash is HASH, is as bad as BADNESS now; it is kept if there is room, or
 * another one is better. */
void worst_put(struct worst *w, uint64_t hash, const char *id, double badness);
void worst_remove(struct worst *w, uint64_t hash, const char *id); /* if it is there */

/* Indexes of those that are kept, worst first. */
void worst_order(const struct worst *w, uint8_t order[WORST_CALLS]);
