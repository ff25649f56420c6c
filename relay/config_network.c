/* SPDX-License-Identifier: Apache-2.0
 *
 * See config_network.h. */
#include "relay/config_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_type.h"

static unsigned
most_bits(const struct ng_network *n)
{
	return n->addr.family == AF_INET ? 32 : 128;
}

/* LEN bytes at TEXT, IPv4 or IPv6. */
static int
read_address(const char *text, size_t len, struct request_addr *a)
{
	char ip[INET6_ADDRSTRLEN];

	if (len >= sizeof ip)
		return -EINVAL;
	memcpy(ip, text, len);
	ip[len] = '\0';
	a->family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(a->family, ip, a->ip) == 1 ? 0 : -EINVAL;
}

static int
read_bits(const char *text, struct ng_network *n)
{
	size_t len = strlen(text);
	unsigned long bits;

	if (len == 0 || len > 3 || strspn(text, "0123456789") != len)
		return -EINVAL;
	bits = strtoul(text, NULL, 10);
	n->bits = (uint8_t)bits;
	return bits <= most_bits(n) ? 0 : -EINVAL;
}

/* Bits behind those of the network would be a mistake of whoever wrote them. */
static bool
has_host(const struct ng_network *n)
{
	for (unsigned bit = n->bits; bit < most_bits(n); bit++)
		if (n->addr.ip[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

static int
read_network(const char *text, struct ng_network *n)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);

	memset(n, 0, sizeof *n);
	if (read_address(text, len, &n->addr) != 0)
		return -EINVAL;
	n->bits = (uint8_t)most_bits(n);
	if (slash != NULL && read_bits(slash + 1, n) != 0)
		return -EINVAL;
	return has_host(n) ? -EINVAL : 0;
}

static int
set_network(const struct config_key *key, void *field, const char *text)
{
	struct config_networks *list = field;
	struct ng_network n;

	if (read_network(text, &n) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < list->n; i++)
		if (memcmp(&list->network[i], &n, sizeof n) == 0)
			return -EEXIST;
	if (list->n == NG_NETWORKS)
		return -ENOSPC;
	list->network[list->n++] = n;
	return 0;
}

const struct config_type config_type_network = {
	.repeats = true,
	.takes = "a network, 192.0.2.0/24 or 2001:db8::/32, or one address",
	.set = set_network,
};

void
config_network_text(const struct ng_network *n, char text[CONFIG_NETWORK_TEXT])
{
	char ip[INET6_ADDRSTRLEN] = "";

	inet_ntop(n->addr.family, n->addr.ip, ip, sizeof ip);
	if (n->bits == most_bits(n))
		snprintf(text, CONFIG_NETWORK_TEXT, "%s", ip);
	else
		snprintf(text, CONFIG_NETWORK_TEXT, "%s/%u", ip, n->bits);
}
