/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to value, as config_type.c: the addresses of IP and Ethernet, alone and in lists. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_type.h"
#include "relay/config_type_inside.h"

/* An address that one host can have: no wildcard, multicast, broadcast; none of one link alone
 * (RFC 3927, RFC 4291 2.5.6), which says nothing without an interface. */
static int
unicast(const char *text, struct sw_addr *addr)
{
	struct in6_addr ip6;
	struct in_addr ip4;

	memset(addr, 0, sizeof *addr);
	if (inet_pton(AF_INET, text, &ip4) == 1) {
		uint32_t ip = ntohl(ip4.s_addr);

		if (ip >> 24 == 0 || ip >> 24 >= 224 || ip >> 16 == 0xa9fe)
			return -EINVAL;
		addr->family = AF_INET;
		memcpy(addr->ip, &ip4, sizeof ip4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &ip6) == 1) {
		if (IN6_IS_ADDR_UNSPECIFIED(&ip6) || IN6_IS_ADDR_MULTICAST(&ip6) ||
			IN6_IS_ADDR_LINKLOCAL(&ip6) || IN6_IS_ADDR_V4MAPPED(&ip6))
			return -EINVAL;
		addr->family = AF_INET6;
		memcpy(addr->ip, &ip6, sizeof ip6);
		return 0;
	}
	return -EINVAL;
}

/* Copy the next word of *TEXT, which then stands at the one behind it.  0; -EINVAL: there is
 * none, or it does not fit. */
static int
next_word(const char **text, char *word, size_t room)
{
	size_t len = strcspn(*text, " \t");

	if (len == 0 || len >= room)
		return -EINVAL;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	*text += strspn(*text, " \t");
	return 0;
}

/* One "address": IP, maybe /BITS, maybe advertised IP of the same family. */
struct address {
	struct sw_addr addr, advertised;
	uint8_t bits;
};

/* IP or IP/BITS; cuts WORD in two. */
static int
address_and_bits(char *word, struct address *a)
{
	char *slash = strchr(word, '/');
	uint64_t bits = 0;

	if (slash != NULL)
		*slash++ = '\0';
	if (unicast(word, &a->addr) != 0)
		return -EINVAL;
	if (slash != NULL &&
		(config_digits(slash, 10, a->addr.family == AF_INET ? 32 : 128, &bits) != 0 ||
			bits == 0))
		return -EINVAL;
	a->bits = (uint8_t)bits;
	return 0;
}

static int
address(const char *text, struct address *a)
{
	char word[INET6_ADDRSTRLEN + sizeof "/128"];

	memset(a, 0, sizeof *a);
	if (next_word(&text, word, sizeof word) != 0 || address_and_bits(word, a) != 0)
		return -EINVAL;
	if (*text == '\0')
		return 0;
	if (next_word(&text, word, sizeof word) != 0 || strcmp(word, "advertised") != 0 ||
		next_word(&text, word, sizeof word) != 0 || *text != '\0')
		return -EINVAL;
	return unicast(word, &a->advertised) == 0 && a->advertised.family == a->addr.family
		       ? 0
		       : -EINVAL;
}

static int
set_address(const struct config_key *key, void *field, const char *text)
{
	struct config_addresses *list = field;
	struct address a;

	if (address(text, &a) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < list->n; i++) {
		if (memcmp(&list->addr[i], &a.addr, sizeof a.addr) == 0 ||
			(a.advertised.family != 0 &&
				memcmp(&list->advertised[i], &a.advertised,
					sizeof a.advertised) == 0))
			return -EEXIST;
	}
	if (list->n == SW_ADDRESSES)
		return -ENOSPC;
	list->addr[list->n] = a.addr;
	list->advertised[list->n] = a.advertised;
	list->bits[list->n++] = a.bits;
	return 0;
}

static int
set_address_name(const struct config_key *key, void *field, const char *text)
{
	struct config_names *list = field;
	struct config_name one = {0};
	struct address a;

	if (next_word(&text, one.name, sizeof one.name) != 0 ||
		!config_is_interface_name(one.name) || address(text, &a) != 0 || a.bits != 0)
		return -EINVAL;
	one.addr = a.addr;
	one.advertised = a.advertised;
	for (unsigned i = 0; i < list->n; i++)
		if (strcmp(list->name[i].name, one.name) == 0 &&
			memcmp(&list->name[i].addr, &one.addr, sizeof one.addr) == 0)
			return -EEXIST;
	if (list->n == CONFIG_NAMES)
		return -ENOSPC;
	list->name[list->n++] = one;
	return 0;
}

/* Six pairs of hexadecimal digits; not a group's address, not all 0. */
static int
ethernet(const char *text, uint8_t mac[6])
{
	static const uint8_t none[6];

	if (strlen(text) != 17)
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		const char pair[3] = {text[i * 3], text[i * 3 + 1], '\0'};
		uint64_t byte;

		if (!isxdigit((unsigned char)pair[1]) ||
			config_digits(pair, 16, 255, &byte) != 0 ||
			(i < 5 && text[i * 3 + 2] != ':'))
			return -EINVAL;
		mac[i] = (uint8_t)byte;
	}
	return (mac[0] & 1) != 0 || memcmp(mac, none, sizeof none) == 0 ? -EINVAL : 0;
}

static int
set_mac(const struct config_key *key, void *field, const char *text)
{
	uint8_t mac[6];

	if (ethernet(text, mac) != 0)
		return -EINVAL;
	memcpy(field, mac, sizeof mac);
	return 0;
}

static int
set_neighbour(const struct config_key *key, void *field, const char *text)
{
	struct config_neighbours *list = field;
	struct config_neighbour one = {0};
	char ip[INET6_ADDRSTRLEN];

	if (next_word(&text, ip, sizeof ip) != 0 || unicast(ip, &one.addr) != 0 ||
		ethernet(text, one.mac) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < list->n; i++) {
		if (memcmp(&list->neighbour[i].addr, &one.addr, sizeof one.addr) == 0)
			return -EEXIST;
	}
	if (list->n == CONFIG_NEIGHBOURS)
		return -ENOSPC;
	list->neighbour[list->n++] = one;
	return 0;
}

const struct config_type config_type_address = {
	.repeats = true,
	.takes =
		"an IPv4 or IPv6 address (not link-local, not multicast), or IP advertised IP; "
		"with a twin also IP/BITS",
	.set = set_address,
};
const struct config_type config_type_address_name = {
	.repeats = true,
	.takes =
		"NAME IP, or NAME IP advertised IP; the first IP is an address of the section",
	.set = set_address_name,
};
const struct config_type config_type_neighbour = {
	.repeats = true,
	.takes = "IP MAC, such as 192.0.2.9 02:00:00:00:00:09",
	.set = set_neighbour,
};
const struct config_type config_type_mac = {
	.takes = "an Ethernet address such as 02:00:00:00:00:01",
	.set = set_mac,
};
