/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings.h.  One row a setting that the shared state tells of; the others (which CPUs,
 * queues that were asked for, mbufs, neighbours, EAL arguments) are known to the switch alone.
 */
#include "relay/settings.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/switch.h"
#include "relay/config.h"

static bool
is_local(const struct sw_local *l, const struct config_interface *it, const struct sw_addr *a)
{
	return strncmp(l->interface, it->name, sizeof l->interface) == 0 &&
	       l->addr.family == a->family && memcmp(l->addr.ip, a->ip, sizeof a->ip) == 0 &&
	       l->addr.port == it->ports.first && l->port_last == it->ports.last;
}

/* Where mesh legs are, which no interface has; NULL: nowhere. */
static const struct sw_local *
mesh_local(const struct sw_state *st)
{
	for (uint32_t i = 0; i < st->addresses; i++)
		if (st->address[i].addr.family == SW_AF_MESH)
			return &st->address[i];
	return NULL;
}

static bool
mesh(const struct config *c, const struct sw_state *st)
{
	const struct sw_local *l = mesh_local(st);

	if (l == NULL)
		return c->mesh_interface[0] == '\0';
	return l->device < st->devices &&
	       strncmp(c->mesh_interface, st->device[l->device].name,
		       sizeof st->device->name) == 0;
}

/* The switch keeps the order of the configuration, but for mesh legs', which may stand
 * anywhere. */
static bool
addresses(const struct config *c, const struct sw_state *st)
{
	const struct sw_local *at = st->address, *legs = mesh_local(st);

	for (unsigned i = 0; i < c->interfaces; i++) {
		const struct config_interface *it = &c->interface[i];

		for (unsigned j = 0; j < it->addresses.n; j++, at++) {
			at += at == legs;
			if (at >= st->address + st->addresses ||
				!is_local(at, it, &it->addresses.addr[j]))
				return false;
		}
	}
	at += at == legs;
	return at == st->address + st->addresses;
}

/* Where the device takes less than IT says, the switch makes do with that. */
static bool
is_mtu(const struct sw_device *d, const struct config_interface *it)
{
	return it->mtu == 0 || d->mtu <= it->mtu;
}

static bool
is_device(const struct sw_device *d, const struct config_interface *it)
{
	static const uint8_t none[6];
	size_t kind = strcspn(it->device, ":");

	return strncmp(d->name, it->name, sizeof d->name) == 0 && strlen(d->kind) == kind &&
	       strncmp(d->kind, it->device, kind) == 0 && is_mtu(d, it) &&
	       it->vlan == d->vlan && strncmp(it->twin, d->twin, sizeof d->twin) == 0 &&
	       (memcmp(it->mac, none, sizeof none) == 0 ||
		       memcmp(it->mac, d->mac, sizeof d->mac) == 0);
}

static bool
devices(const struct config *c, const struct sw_state *st)
{
	for (unsigned i = 0; i < c->interfaces; i++)
		if (i >= st->devices || !is_device(&st->device[i], &c->interface[i]))
			return false;
	return c->interfaces == st->devices;
}

static bool
engine(const struct config *c, const struct sw_state *st)
{
	const char *wanted = config_engines[c->engine];

	return strcmp(wanted, "auto") == 0 ||
	       strncmp(wanted, st->engine, sizeof st->engine) == 0;
}

static bool
poll(const struct config *c, const struct sw_state *st)
{
	return strncmp(c->busy ? "busy" : "adaptive", st->poll, sizeof st->poll) == 0;
}

static bool
cores(const struct config *c, const struct sw_state *st)
{
	return c->forwarding.n == st->cores;
}

static bool
transcode(const struct config *c, const struct sw_state *st)
{
	return (c->transcode.n > 0 ? c->transcode.n : 1) == st->transcoders;
}

static bool
call_limit(const struct config *c, const struct sw_state *st)
{
	return st->transports == config_transports(c) &&
	       st->record_blocks == config_record_blocks(c);
}

static const struct {
	const char *name;
	bool (*same)(const struct config *c, const struct sw_state *st);
} settings[] = {
	{"[node] call_limit", call_limit},
	{"[cores] forwarding", cores},
	{"[cores] transcode", transcode},
	{"[cores] poll", poll},
	{"[srtp] engine", engine},
	{"devices", devices},
	{"addresses and ports", addresses},
	{"[mesh] interface", mesh},
};

unsigned
settings_differ(const struct config *c, const struct sw_state *st, char *buf, size_t size)
{
	unsigned n = 0;
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (settings[i].same(c, st))
			continue;
		if (used < size)
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
				n == 0 ? "" : ", ", settings[i].name);
		n++;
	}
	return n;
}
