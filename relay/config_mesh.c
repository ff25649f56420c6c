/* SPDX-License-Identifier: Apache-2.0
 *
 * See config_mesh.h. */
#include "relay/config_mesh.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mesh/packet.h"
#include "relay/config.h"
#include "relay/config_listen.h"
#include "relay/config_type.h"

/* ---- Values ---- */

/* Not everybody, and not nobody. */
static bool
is_somebody(const struct sw_addr *at)
{
	static const uint8_t nobody[16];

	if (at->family == AF_INET)
		return at->ip[0] != 0 && at->ip[0] < 224;
	return memcmp(at->ip, nobody, sizeof nobody) != 0 && at->ip[0] != 0xff;
}

/* TEXT as an address with a port, which may have none yet. */
static int
read_peer(const char *text, struct sw_addr *at)
{
	struct config_listens one = {0};
	char with_port[INET6_ADDRSTRLEN + sizeof "[]:65535"];
	struct in6_addr ip6;
	struct in_addr ip4;
	int len;

	if (inet_pton(AF_INET6, text, &ip6) == 1)
		len = snprintf(with_port, sizeof with_port, "[%s]:%d", text, MESH_PORT);
	else if (inet_pton(AF_INET, text, &ip4) == 1)
		len = snprintf(with_port, sizeof with_port, "%s:%d", text, MESH_PORT);
	else if (strchr(text, ':') != NULL)
		len = snprintf(with_port, sizeof with_port, "%s", text);
	else
		return -EINVAL; /* a port alone is loopback's, for who listens */
	if (len >= (int)sizeof with_port)
		return -EINVAL;
	if (config_type_listen.set(NULL, &one, with_port) != 0)
		return -EINVAL;
	*at = one.at[0];
	return is_somebody(at) ? 0 : -EINVAL;
}

static int
set_peer(const struct config_key *key, void *field, const char *text)
{
	struct config_mesh_peers *list = field;
	struct sw_addr at;

	if (read_peer(text, &at) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < list->n; i++)
		if (memcmp(&list->at[i], &at, sizeof at) == 0)
			return -EEXIST;
	if (list->n == CONFIG_MESH_PEERS)
		return -ENOSPC;
	list->at[list->n++] = at;
	return 0;
}

static int
set_did(const struct config_key *key, void *field, const char *text)
{
	return mesh_did_is_valid(text) ? config_type_text.set(key, field, text) : -EINVAL;
}

static int
set_name(const struct config_key *key, void *field, const char *text)
{
	return strchr(text, '|') == NULL ? config_type_text.set(key, field, text) : -EINVAL;
}

const struct config_type config_type_mesh_peer = {
	.repeats = true,
	.takes = "IP, or IP:PORT or [IPV6]:PORT; without a port it is 4110",
	.set = set_peer,
};
const struct config_type config_type_did = {
	.takes = "a telephone number: 5 to 31 of 0-9, *, # and +",
	.set = set_did,
};
const struct config_type config_type_mesh_name = {
	.takes = "text without '|'",
	.set = set_name,
};

/* ---- The section ---- */

static const struct config_interface *
find_interface(const struct config *c)
{
	for (unsigned i = 0; i < c->interfaces; i++)
		if (strcmp(c->interface[i].name, c->mesh_interface) == 0)
			return &c->interface[i];
	return NULL;
}

const struct sw_addr *
config_mesh_address(const struct config *c)
{
	return &find_interface(c)->addresses.addr[0];
}

int
config_mesh_check(const struct config *c, char *why, size_t size)
{
	const struct config_interface *it = find_interface(c);

	if (c->mesh_interface[0] == '\0')
		return 0;
	if (it == NULL) {
		snprintf(
			why, size, "interface: there is no [interface %s]", c->mesh_interface);
		return -EINVAL;
	}
	if (c->mesh_port >= it->ports.first && c->mesh_port <= it->ports.last) {
		snprintf(why, size, "port: %u is among the media ports of [interface %s]",
			c->mesh_port, it->name);
		return -EINVAL;
	}
	for (unsigned i = 0; i < c->mesh_peers.n; i++) {
		if (c->mesh_peers.at[i].family == it->addresses.addr[0].family)
			continue;
		snprintf(why, size,
			"peers: the first address of [interface %s] is of another family",
			it->name);
		return -EINVAL;
	}
	return 0;
}
