/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking bytes off the front of something that came from outside: what is cut short leaves
 * `bad` behind and is read as zeros, so that a layout reads as a list of its fields and is
 * judged once, at its end.  Pure; any thread. */
#pragma once

#include "mesh/packet.h"

struct reader {
	const uint8_t *p;
	unsigned left;
	bool bad;
};

/* The next N bytes; NULL: there are not so many. */
static inline const uint8_t *
read_bytes(struct reader *r, unsigned n)
{
	const uint8_t *at = r->p;

	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return at;
}

static inline uint8_t
read_8(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t
read_16(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 2);

	return p != NULL ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t
read_32(struct reader *r)
{
	uint32_t high = read_16(r);

	return high << 16 | read_16(r);
}

static inline void
read_address(struct reader *r, struct mesh_address *a)
{
	int n = r->bad ? 0 : mesh_address_read(r->p, r->left, a);

	r->bad |= n <= 0;
	if (!r->bad)
		read_bytes(r, (unsigned)n);
}
