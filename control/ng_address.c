/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_address.h. */
#include "control/ng_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "control/ng_server.h"

socklen_t
ng_address_out(const struct request_addr *at, struct sockaddr_storage *to)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(at->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(at->port)};

	memset(to, 0, sizeof *to);
	memcpy(&v4.sin_addr, at->ip, sizeof v4.sin_addr);
	memcpy(&v6.sin6_addr, at->ip, sizeof v6.sin6_addr);
	if (at->family == AF_INET)
		memcpy(to, &v4, sizeof v4);
	else if (at->family == AF_INET6)
		memcpy(to, &v6, sizeof v6);
	else
		return 0;
	return at->family == AF_INET ? sizeof v4 : sizeof v6;
}

static struct request_addr
from_v6(const struct sockaddr_in6 *v6)
{
	const uint8_t *ip = v6->sin6_addr.s6_addr;
	struct request_addr a = {.family = AF_INET6, .port = ntohs(v6->sin6_port)};

	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		a.family = AF_INET;
		memcpy(a.ip, ip + 12, 4);
	} else {
		memcpy(a.ip, ip, 16);
	}
	return a;
}

struct request_addr
ng_address_in(const struct sockaddr *from)
{
	struct request_addr a = {0};
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (from->sa_family == AF_INET6) {
		memcpy(&v6, from, sizeof v6);
		return from_v6(&v6);
	}
	if (from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof v4);
		a.family = AF_INET;
		a.port = ntohs(v4.sin_port);
		memcpy(a.ip, &v4.sin_addr, 4);
	}
	return a;
}

void
ng_address_text(const struct request_addr *a, char text[NG_ADDRESS_TEXT])
{
	char ip[INET6_ADDRSTRLEN];

	if (a->family == 0 || inet_ntop(a->family, a->ip, ip, sizeof ip) == NULL)
		snprintf(text, NG_ADDRESS_TEXT, "-");
	else
		snprintf(text, NG_ADDRESS_TEXT, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			ip, a->port);
}

bool
ng_address_is_loopback(const struct request_addr *a)
{
	static const uint8_t v6[16] = {[15] = 1};

	if (a->family == AF_INET)
		return a->ip[0] == 127;
	return a->family == AF_INET6 && memcmp(a->ip, v6, sizeof v6) == 0;
}

bool
ng_address_is_within(const struct request_addr *a, const struct ng_network *network)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (a->family != network->addr.family || memcmp(a->ip, network->addr.ip, whole) != 0)
		return false;
	return rest == 0 || (a->ip[whole] ^ network->addr.ip[whole]) >> (8 - rest) == 0;
}
