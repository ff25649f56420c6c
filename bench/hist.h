/* SPDX-License-Identifier: Apache-2.0
 *
 * A histogram of times: buckets of constant relative width (1/64 of the value), so that a
 * percentile is right to 1.6 % from nanoseconds to hours and adding a value costs a few
 * instructions.  One thread. */
#pragma once

#include <stdint.h>

enum {
	HIST_BITS = 6, /* a power of two is cut into 2^HIST_BITS buckets */
	HIST_BUCKETS = (64 - HIST_BITS + 1) << HIST_BITS,
};

struct hist {
	uint64_t n, min, max;
	uint64_t bucket[HIST_BUCKETS];
};

void hist_reset(struct hist *h);
void hist_add(struct hist *h, uint64_t value);

/* The value that PART (0..1) of all values do not exceed; exact for 0 and 1.  Empty: 0. */
uint64_t hist_at(const struct hist *h, double part);
