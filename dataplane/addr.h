/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of address it is.  Plain C; any thread. */
#pragma once

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/switch.h"

/* Copy FROM, which another thread may be writing, or write TO, which another one may be
 * reading: each byte is whole.  Whether all of them are of one address a counter around it
 * says. */
static inline void
addr_copy_shared(struct sw_addr *to, const struct sw_addr *from)
{
	const uint8_t *f = (const uint8_t *)from;
	uint8_t *t = (uint8_t *)to;

	for (size_t i = 0; i < sizeof *to; i++)
		__atomic_store_n(
			&t[i], __atomic_load_n(&f[i], __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

/* Can a single host somewhere have A, and does it mean the same on every link?  Not: "this
 * network" and unspecified, loopback, multicast, reserved, broadcast, mapped IPv4, link-local
 * IPv6.  RFC 6890, RFC 4291. */
static inline bool
addr_is_host(const struct sw_addr *a)
{
	static const uint8_t zero[10];

	switch (a->family) {
	case AF_INET:
		return a->ip[0] != 0 && a->ip[0] != 127 && a->ip[0] < 224;
	case AF_INET6:
		return a->ip[0] != 0xff && !(a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80) &&
		       memcmp(a->ip, zero, sizeof zero) != 0;
	default:
		return false;
	}
}
