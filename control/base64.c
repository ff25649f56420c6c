/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4648 section 4.  Keys pass through here: nothing is kept. */
#include "control/base64.h"

#include <errno.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(char *out, const uint8_t *in, size_t n)
{
	for (; n > 0; in += n < 3 ? n : 3, n -= n < 3 ? n : 3) {
		uint32_t bits = (uint32_t)in[0] << 16;

		if (n > 1)
			bits |= (uint32_t)in[1] << 8;
		if (n > 2)
			bits |= in[2];
		*out++ = alphabet[bits >> 18];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = n > 1 ? alphabet[bits >> 6 & 63] : '=';
		*out++ = n > 2 ? alphabet[bits & 63] : '=';
	}
	*out = '\0';
}

static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ssize_t
base64_decode(uint8_t *out, size_t room, const char *in, size_t n)
{
	uint32_t bits = 0;
	unsigned held = 0; /* bits of `bits` not yet written */
	size_t len = 0;

	if (n % 4 == 0 && n > 0 && in[n - 1] == '=')
		n -= in[n - 2] == '=' ? 2 : 1;
	if (n % 4 == 1)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int v = value(in[i]);

		if (v < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)v;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (len == room)
			return -ENOSPC;
		out[len++] = (uint8_t)(bits >> held);
		bits &= (1u << held) - 1;
	}
	return bits == 0 ? (ssize_t)len : -EINVAL;
}
