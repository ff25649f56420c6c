/* SPDX-License-Identifier: Apache-2.0
 *
 * How long calls took to set up, from the request's arrival to the switch's acknowledgement:
 * counted by size.  Control's one thread; plain data. */
#pragma once

#include <stdint.h>

enum { SETUP_BOUNDS = 13 };

extern const double setup_time_bound[SETUP_BOUNDS]; /* s, rising */

struct setup_time {
	uint64_t count[SETUP_BOUNDS + 1]; /* at most bound[i], more than the one before */
	uint64_t sum_us;
};

void setup_time_add(struct setup_time *t, int64_t us); /* below 0: as 0 */
