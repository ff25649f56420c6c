/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of address it is.  Plain C; any thread. */
#pragma once

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/switch.h"

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
