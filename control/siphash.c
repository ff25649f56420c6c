/* SPDX-License-Identifier: Apache-2.0
 *
 * See siphash.h; names of the variables as in section 2 of the paper. */
#include "control/siphash.h"

#include <endian.h>
#include <string.h>

static uint64_t
word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

/* N bytes, fewer than a word has. */
static uint64_t
tail(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t
rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
rounds(uint64_t v[4], unsigned n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

uint64_t
siphash(const uint8_t key[16], const void *data, size_t len)
{
	const uint8_t *p = data;
	const uint64_t k0 = word(key), k1 = word(key + 8);
	uint64_t v[4] = {
		k0 ^ 0x736f6d6570736575, /* "somepseudorandomlygeneratedbytes" */
		k1 ^ 0x646f72616e646f6d,
		k0 ^ 0x6c7967656e657261,
		k1 ^ 0x7465646279746573,
	};

	for (size_t left = len;; left -= 8, p += 8) {
		/* The last word is what is left, with the length in its top byte. */
		uint64_t m = left >= 8 ? word(p) : tail(p, left) | (uint64_t)len << 56;

		v[3] ^= m;
		rounds(v, 2);
		v[0] ^= m;
		if (left < 8)
			break;
	}
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
