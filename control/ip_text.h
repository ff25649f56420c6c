/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses as text: inet_ntop(), but for IPv4 without the printf that it is made of.  Pure.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>

#include "control/decimal.h"

enum { IP_TEXT = INET6_ADDRSTRLEN };

/* IP of FAMILY, AF_INET or AF_INET6, in network byte order; TEXT itself. */
static inline const char *
ip_text(uint16_t family, const uint8_t *ip, char text[IP_TEXT])
{
	char *at = text;

	if (family != AF_INET) {
		text[0] = '\0';
		inet_ntop(family, ip, text, IP_TEXT);
		return text;
	}
	for (unsigned i = 0; i < 4; i++) {
		at = decimal_put(at, ip[i]);
		*at++ = i < 3 ? '.' : '\0';
	}
	return text;
}
