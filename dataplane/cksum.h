/* SPDX-License-Identifier: Apache-2.0
 *
 * The Internet checksum, RFC 1071: one's complement sums do not mind the order nor the width
 * of what is added, so a packet's is what its path knows beforehand, and the payload, eight
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

/* Of LEN bytes at P, not folded.  The eight bytes in front of P are looked at, too (a UDP
 * header is there), but do not count. */
static inline uint64_t
cksum_sum(const uint8_t *p, unsigned len)
{
	uint64_t sum = 0, word = 0;

	for (; len >= sizeof word; len -= sizeof word, p += sizeof word) {
		memcpy(&word, p, sizeof word);
		sum += (uint32_t)word + (word >> 32);
	}
	if (len > 0) {
		static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
			"the last bytes are the high ones");
		memcpy(&word, p + len - sizeof word, sizeof word);
		word >>= 64 - 8 * len;
		sum += (uint32_t)word + (word >> 32);
	}
	return sum;
}
