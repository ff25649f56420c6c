/* SPDX-License-Identifier: Apache-2.0
 *
 * The histogram behind hist.h.  One thread. */
#include "bench/hist.h"

#include <math.h>
#include <string.h>

enum { SUB = 1 << HIST_BITS };

/* Values below SUB have a bucket each; above, the HIST_BITS bits below the leading one choose.
 */
static unsigned
bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < SUB)
		return (unsigned)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - HIST_BITS;
	return ((shift + 1) << HIST_BITS) + (unsigned)((value >> shift) - SUB);
}

static uint64_t
middle_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < SUB)
		return bucket;
	shift = (bucket >> HIST_BITS) - 1;
	return ((uint64_t)(SUB + bucket % SUB) << shift) + ((uint64_t)1 << shift) / 2;
}

void
hist_reset(struct hist *h)
{
	memset(h, 0, sizeof *h);
	h->min = UINT64_MAX;
}

void
hist_add(struct hist *h, uint64_t value)
{
	h->n++;
	h->bucket[bucket_of(value)]++;
	if (value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
}

uint64_t
hist_at(const struct hist *h, double part)
{
	uint64_t rank = (uint64_t)ceil(part * (double)h->n), seen = 0, value = h->max;

	if (h->n == 0)
		return 0;
	if (rank == 0)
		return h->min;
	if (rank >= h->n)
		return h->max;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= rank) {
			value = middle_of(i);
			break;
		}
	}
	return value < h->min ? h->min : value > h->max ? h->max : value;
}
