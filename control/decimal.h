/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as decimal text, where printf would take most of the time: an answer of NG has
 * hundreds of them.  Pure. */
#pragma once

#include <stdint.h>

enum { DECIMAL_MAX = 20 }; /* digits of the longest */

/* How many digits N has. */
static inline unsigned
decimal_size(uint64_t n)
{
	unsigned len = 1;

	for (; n >= 100; n /= 100)
		len += 2;
	return len + (n >= 10);
}

/* The digits of N at AT, where there is room for them.  Where the next character goes. */
static inline char *
decimal_put(char *at, uint64_t n)
{
	char *end, *digit;

	/* Most have one digit or two. */
	if (n < 10) {
		*at = (char)('0' + n);
		return at + 1;
	}
	if (n < 100) {
		at[0] = (char)('0' + n / 10);
		at[1] = (char)('0' + n % 10);
		return at + 2;
	}
	end = digit = at + decimal_size(n);
	do
		*--digit = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	return end;
}
