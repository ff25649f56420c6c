/* SPDX-License-Identifier: Apache-2.0
 *
 * The option --interface: a table of its keys, each row with the function that takes its
 * value.  Main thread, at start. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/options_inside.h"

enum {
	MTU_MIN = 576, /* RFC 791: every host takes that */
	MTU_MAX = 9216,
	VLAN_MAX = 4094, /* IEEE 802.1Q: 4095 is reserved */
};

static int
if_name(struct opt_interface *it, const char *value)
{
	return option_name(it->name, value);
}

static int
if_device(struct opt_interface *it, const char *value)
{
	const char *colon = strchr(value, ':');
	size_t kind = colon != NULL ? (size_t)(colon - value) : 0;

	if (kind == 0 || kind >= sizeof it->kind)
		return -EINVAL;
	memcpy(it->kind, value, kind);
	it->kind[kind] = '\0';
	return option_copy(it->arg, sizeof it->arg, colon + 1);
}

/* ADDRESS or ADDRESS/BITS. */
static int
if_address(struct opt_interface *it, const char *value)
{
	size_t len = strcspn(value, "/");
	char ip[OPTION_TEXT];
	struct sw_addr a;
	long bits = 0;

	if (it->addresses == SW_ADDRESSES || len >= sizeof ip)
		return -EINVAL;
	memcpy(ip, value, len);
	ip[len] = '\0';
	if (option_address(ip, &a) != 0)
		return -EINVAL;
	if (value[len] != '\0' &&
		option_number(value + len + 1, 1, a.family == AF_INET ? 32 : 128, &bits) != 0)
		return -EINVAL;
	it->address[it->addresses] = a;
	it->prefix[it->addresses++] = (uint8_t)bits;
	return 0;
}

static int
if_ports(struct opt_interface *it, const char *value)
{
	long range[2];

	if (option_pair(value, '-', UINT16_MAX, range) != 0 || range[0] == 0 ||
		range[0] >= range[1])
		return -EINVAL;
	it->port_first = (uint16_t)range[0];
	it->port_last = (uint16_t)range[1];
	return 0;
}

static int
if_mac(struct opt_interface *it, const char *value)
{
	return option_mac(value, it->mac);
}

static int
if_mtu(struct opt_interface *it, const char *value)
{
	long mtu;

	if (option_number(value, MTU_MIN, MTU_MAX, &mtu) != 0)
		return -EINVAL;
	it->mtu = (uint16_t)mtu;
	return 0;
}

static int
if_queues(struct opt_interface *it, const char *value)
{
	long queues;

	if (option_number(value, 1, SW_CORES, &queues) != 0)
		return -EINVAL;
	it->queues = (uint16_t)queues;
	return 0;
}

static int
if_vlan(struct opt_interface *it, const char *value)
{
	long vlan;

	if (option_number(value, 1, VLAN_MAX, &vlan) != 0)
		return -EINVAL;
	it->vlan = (uint16_t)vlan;
	return 0;
}

static int
if_twin(struct opt_interface *it, const char *value)
{
	return strchr(value, '/') != NULL ? -EINVAL
					  : option_copy(it->twin, sizeof it->twin, value);
}

static int
if_neighbour(struct opt_interface *it, const char *value)
{
	struct opt_neighbour *hop = &it->neighbour[it->neighbours];
	const char *slash = strchr(value, '/');
	char ip[OPTION_TEXT];

	if (it->neighbours == OPT_NEIGHBOURS || slash == NULL ||
		(size_t)(slash - value) >= sizeof ip)
		return -EINVAL;
	memcpy(ip, value, (size_t)(slash - value));
	ip[slash - value] = '\0';
	it->neighbours++;
	return option_address(ip, &hop->addr) == 0 ? option_mac(slash + 1, hop->mac) : -EINVAL;
}

static const struct {
	const char *key, *takes;
	int (*set)(struct opt_interface *it, const char *value);
} keys[] = {
	{"name", "letters, digits, '_', '.' and '-', at most 31", if_name},
	{"device", "KIND:ARGUMENT, as in xdp:eth0 or memif:/run/x.sock", if_device},
	{"address", "an IPv4 or IPv6 address, or ADDRESS/BITS with a twin, at most 16 times",
		if_address},
	{"ports", "LOW-HIGH within 1-65535", if_ports},
	{"mac", "an Ethernet address of one station, as in 02:00:00:00:00:01", if_mac},
	{"mtu", "bytes of an IP packet, 576 to 9216", if_mtu},
	{"queues", "the most queues to take of the device, 1 to 32", if_queues},
	{"vlan", "802.1Q tag of its frames, 1 to 4094", if_vlan},
	{"twin", "name of the kernel interface to make beside it, at most 15 characters",
		if_twin},
	{"neighbour", "ADDRESS/MAC, at most 64 times", if_neighbour},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static int
set_key(struct opt_interface *it, const char *key, const char *value)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (strcmp(key, keys[i].key) != 0)
			continue;
		if (value != NULL && keys[i].set(it, value) == 0)
			return 0;
		fprintf(stderr, OPTION_PROGRAM ": --interface: %s=%s: it takes %s\n", key,
			value != NULL ? value : "", keys[i].takes);
		return -EINVAL;
	}
	fprintf(stderr, OPTION_PROGRAM ": --interface: there is no key '%s'\n", key);
	return -EINVAL;
}

int
option_interface(struct options *o, const char *value)
{
	struct opt_interface *it = &o->interface[o->interfaces];
	char *text, *rest, *key;
	int error = 0;

	if (o->interfaces == SW_DEVICES) {
		fprintf(stderr, OPTION_PROGRAM ": --interface: at most %d\n", SW_DEVICES);
		return OPTION_SAID;
	}
	o->interfaces++;
	if ((text = rest = strdup(value)) == NULL)
		return -EINVAL;
	while (error == 0 && (key = strsep(&rest, ",")) != NULL) {
		char *is = strchr(key, '=');

		if (is != NULL)
			*is++ = '\0';
		error = set_key(it, key, is);
	}
	free(text);
	if (error == 0 && (it->name[0] == '\0' || it->kind[0] == '\0' || it->addresses == 0 ||
				  it->port_last == 0)) {
		fprintf(stderr, OPTION_PROGRAM
			": --interface: name, device, address and ports must be "
			"there\n");
		error = -EINVAL;
	}
	return error != 0 ? OPTION_SAID : 0;
}

void
option_print_interface_keys(void)
{
	for (unsigned i = 0; i < KEYS; i++)
		printf("  %-28s %s\n", keys[i].key, keys[i].takes);
}
