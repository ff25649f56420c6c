/* SPDX-License-Identifier: Apache-2.0
 *
 * The Internet checksum, RFC 1071: one's complement sums do not mind the order nor the width
 * of what is added, so a packet's is what its path knows beforehand, and the payload, many
 * bytes at a time.  Sums are in network byte order as they lie in memory.  Pure. */
#pragma once

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* Adds each half to the other: the upper one then has the sum and what the lower one carried.
 */
static inline uint16_t
cksum_fold(uint64_t sum)
{
	uint32_t half;

	sum += sum << 32 | sum >> 32;
	half = (uint32_t)(sum >> 32);
	half += half << 16 | half >> 16;
	return (uint16_t)(half >> 16);
}

enum { CKSUM_FRONT = 32 };

/* Of LEN bytes at P, not folded.  The CKSUM_FRONT bytes in front of P are looked at, too
 * (headers are there), but do not count. */
static inline uint64_t
cksum_sum(const uint8_t *p, unsigned len)
{
	static const uint8_t mask[2 * CKSUM_FRONT] = {
		[CKSUM_FRONT... 2 * CKSUM_FRONT - 1] = 0xff};
	uint64_t __attribute__((vector_size(CKSUM_FRONT))) sum = {0}, some, counts;
	unsigned odd = len & 1;

	for (; len >= sizeof some; len -= sizeof some, p += sizeof some) {
		memcpy(&some, p, sizeof some);
		sum += (some & UINT32_MAX) + (some >> 32);
	}
	/* Of the bytes that end where the last pair does, as many as are left. */
	len -= odd;
	memcpy(&some, p + len - sizeof some, sizeof some);
	memcpy(&counts, mask + len, sizeof counts);
	some &= counts;
	sum += (some & UINT32_MAX) + (some >> 32);
	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
		"the first of two bytes is the low one");
	return sum[0] + sum[1] + sum[2] + sum[3] + (odd ? p[len] : 0u);
}
