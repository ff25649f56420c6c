/* SPDX-License-Identifier: Apache-2.0
 *
 * One row a type.  Two values are the same if and only if their texts are. */
#include "relay/config_text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_keys.h"
#include "relay/config_listen.h"
#include "relay/config_mesh.h"
#include "relay/config_network.h"
#include "relay/config_type.h"

/* A number is 0 only if nobody said one, unless its key takes 0. */
static bool
number(const struct config_key *key, const void *field, unsigned i, char *text)
{
	uint32_t n = *(const uint32_t *)field;

	snprintf(text, CONFIG_TEXT, "%u", n);
	return n != 0 || key->min == 0;
}

/* In the largest unit that leaves no rest. */
static bool
time_span(const struct config_key *key, const void *field, unsigned i, char *text)
{
	static const struct {
		const char *name;
		uint32_t ms;
	} units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
	uint32_t ms = *(const uint32_t *)field;
	size_t n = 0;

	while (ms % units[n].ms != 0)
		n++;
	snprintf(text, CONFIG_TEXT, "%u%s", ms / units[n].ms, ms == 0 ? "s" : units[n].name);
	return true;
}

static bool
choice(const struct config_key *key, const void *field, unsigned i, char *text)
{
	snprintf(text, CONFIG_TEXT, "%s", key->words[*(const uint8_t *)field]);
	return true;
}

static bool
mode(const struct config_key *key, const void *field, unsigned i, char *text)
{
	snprintf(text, CONFIG_TEXT, "%04o", *(const uint32_t *)field);
	return true;
}

static bool
plain(const struct config_key *key, const void *field, unsigned i, char *text)
{
	snprintf(text, CONFIG_TEXT, "%s", (const char *)field);
	return text[0] != '\0';
}

static bool
cpu(const struct config_key *key, const void *field, unsigned i, char *text)
{
	int n = *(const int *)field;

	if (n < 0)
		strcpy(text, "any");
	else
		snprintf(text, CONFIG_TEXT, "%d", n);
	return true;
}

static bool
cpu_list(const struct config_key *key, const void *field, unsigned i, char *text)
{
	const struct config_cpus *list = field;
	size_t used = 0;

	for (unsigned n = 0; n < list->n; n++)
		used += (size_t)snprintf(text + used, CONFIG_TEXT - used, "%s%d",
			n == 0 ? "" : ",", list->cpu[n]);
	return list->n > 0;
}

static bool
port_range(const struct config_key *key, const void *field, unsigned i, char *text)
{
	const struct config_ports *ports = field;

	snprintf(text, CONFIG_TEXT, "%u-%u", ports->first, ports->last);
	return true;
}

static const char *
ip(const struct sw_addr *a, char buf[INET6_ADDRSTRLEN])
{
	return inet_ntop(a->family, a->ip, buf, INET6_ADDRSTRLEN);
}

static bool
address(const struct config_key *key, const void *field, unsigned i, char *text)
{
	const struct config_addresses *list = field;
	char buf[INET6_ADDRSTRLEN];
	size_t used;

	if (i >= list->n)
		return false;
	used = (size_t)snprintf(text, CONFIG_TEXT, "%s", ip(&list->addr[i], buf));
	if (list->bits[i] != 0)
		used += (size_t)snprintf(
			text + used, CONFIG_TEXT - used, "/%u", list->bits[i]);
	if (list->advertised[i].family != 0)
		snprintf(text + used, CONFIG_TEXT - used, " advertised %s",
			ip(&list->advertised[i], buf));
	return true;
}

static bool
address_name(const struct config_key *key, const void *field, unsigned i, char *text)
{
	const struct config_names *list = field;
	char buf[INET6_ADDRSTRLEN];
	size_t used;

	if (i >= list->n)
		return false;
	used = (size_t)snprintf(
		text, CONFIG_TEXT, "%s %s", list->name[i].name, ip(&list->name[i].addr, buf));
	if (list->name[i].advertised.family != 0)
		snprintf(text + used, CONFIG_TEXT - used, " advertised %s",
			ip(&list->name[i].advertised, buf));
	return true;
}

static size_t
put_mac(const uint8_t mac[6], char *text, size_t size)
{
	return (size_t)snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		mac[2], mac[3], mac[4], mac[5]);
}

static bool
ethernet(const struct config_key *key, const void *field, unsigned i, char *text)
{
	static const uint8_t none[6];

	put_mac(field, text, CONFIG_TEXT);
	return memcmp(field, none, sizeof none) != 0;
}

static bool
listen_at(const struct config_key *key, const void *field, unsigned i, char *text)
{
	const struct config_listens *list = field;

	if (i >= list->n)
		return false;
	config_listen_text(&list->at[i], text);
	return true;
}

static bool
network(const struct config_key *key, const void *field, unsigned i, char *text)
{
	const struct config_networks *list = field;

	if (i >= list->n)
		return false;
	config_network_text(&list->network[i], text);
	return true;
}

static bool
mesh_peer(const struct config_key *key, const void *field, unsigned i, char *text)
{
	const struct config_mesh_peers *list = field;

	if (i >= list->n)
		return false;
	config_listen_text(&list->at[i], text);
	return true;
}

static bool
neighbour(const struct config_key *key, const void *field, unsigned i, char *text)
{
	const struct config_neighbours *list = field;
	char buf[INET6_ADDRSTRLEN];
	size_t used;

	if (i >= list->n)
		return false;
	used = (size_t)snprintf(text, CONFIG_TEXT, "%s ", ip(&list->neighbour[i].addr, buf));
	put_mac(list->neighbour[i].mac, text + used, CONFIG_TEXT - used);
	return true;
}

static const struct {
	const struct config_type *type;
	bool (*print)(const struct config_key *key, const void *field, unsigned i, char *text);
} rows[] = {
	{&config_type_number, number},
	{&config_type_time, time_span},
	{&config_type_choice, choice},
	{&config_type_mode, mode},
	{&config_type_name, plain},
	{&config_type_path, plain},
	{&config_type_url, plain},
	{&config_type_text, plain},
	{&config_type_device, plain},
	{&config_type_interface, plain},
	{&config_type_cpu, cpu},
	{&config_type_cpu_list, cpu_list},
	{&config_type_port_range, port_range},
	{&config_type_address, address},
	{&config_type_address_name, address_name},
	{&config_type_neighbour, neighbour},
	{&config_type_listen, listen_at},
	{&config_type_network, network},
	{&config_type_mac, ethernet},
	{&config_type_mesh_peer, mesh_peer},
	{&config_type_did, plain},
	{&config_type_mesh_name, plain},
};

bool
config_text(const struct config_key *key, const void *field, unsigned i, char *text)
{
	text[0] = '\0';
	if (i > 0 && !key->type->repeats)
		return false;
	for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
		if (rows[n].type == key->type)
			return rows[n].print(key, field, i, text);
	return false;
}

const char *
config_text_all(const struct config_key *key, const void *field, char *text)
{
	char one[CONFIG_TEXT];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; used < CONFIG_TEXT_ALL && config_text(key, field, i, one); i++)
		used += (size_t)snprintf(
			text + used, CONFIG_TEXT_ALL - used, "%s%s", i == 0 ? "" : ", ", one);
	return text;
}
