/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers of a few bits in a row of bytes, the first bit in the highest: as Speex and AMR pack
 * them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The N (1..8) bits behind the first AT of P, which has them. */
static inline unsigned
bits_get(const uint8_t *p, size_t at, unsigned n)
{
	unsigned off = at & 7, two = (unsigned)p[at >> 3] << 8;

	if (off + n > 8)
		two |= p[(at >> 3) + 1];
	return two >> (16 - off - n) & ((1u << n) - 1);
}

/* The lowest N (1..8) bits of VALUE there, where zeros have been. */
static inline void
bits_put(uint8_t *p, size_t at, unsigned n, unsigned value)
{
	unsigned off = at & 7, two = (value & ((1u << n) - 1)) << (16 - off - n);

	p[at >> 3] |= (uint8_t)(two >> 8);
	if (off + n > 8)
		p[(at >> 3) + 1] |= (uint8_t)two;
}
