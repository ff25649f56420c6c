/* SPDX-License-Identifier: Apache-2.0
 *
 * What no line of a configuration says alone: whether its interfaces, addresses, devices and
 * CPUs get along with each other.  Pure; see config_inside.h. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "relay/config_inside.h"
#include "relay/config_mesh.h"
#include "relay/config_type.h"

static bool
is_same(const struct sw_addr *a, const struct sw_addr *b)
{
	return a->family != 0 && memcmp(a, b, sizeof *a) == 0;
}

static unsigned
advertised(const struct config_interface *it)
{
	return it->addresses.n + it->names.n;
}

/* The Nth of them; of family 0 where there is none. */
static const struct sw_addr *
advertised_of(const struct config_interface *it, unsigned n)
{
	return n < it->addresses.n ? &it->addresses.advertised[n]
				   : &it->names.name[n - it->addresses.n].advertised;
}

/* The address that is known by it. */
static const struct sw_addr *
local_of(const struct config_interface *it, unsigned n)
{
	return n < it->addresses.n ? &it->addresses.addr[n]
				   : &it->names.name[n - it->addresses.n].addr;
}

bool
config_find_same(const struct config_interface *a, const struct config_interface *b,
	unsigned *m, unsigned *n)
{
	if (a->ports.first > b->ports.last || b->ports.first > a->ports.last)
		return false;
	for (*m = 0; *m < advertised(a); ++*m)
		for (*n = 0; *n < advertised(b); ++*n)
			if (is_same(advertised_of(a, *m), advertised_of(b, *n)) &&
				!is_same(local_of(a, *m), local_of(b, *n)))
				return true;
	return false;
}

/* Two interfaces share no address, and a name that it has outside only with other ports: those
 * a NAT can tell apart. */
static int
check_addresses(struct config_parser *p, unsigned i, unsigned j)
{
	const struct config_interface *a = &p->config->interface[i];
	const struct config_interface *b = &p->config->interface[j];
	unsigned m, n;

	for (m = 0; m < a->addresses.n; m++) {
		for (n = 0; n < b->addresses.n; n++) {
			if (is_same(&a->addresses.addr[m], &b->addresses.addr[n]))
				return config_fail(p, p->interface_line[j],
					"[interface %s] and [interface %s] have an address in "
					"common",
					b->name, a->name);
		}
	}
	if (config_find_same(a, b, &m, &n))
		return config_fail(p, p->interface_line[j],
			"[interface %s] and [interface %s] advertise the same address, and their "
			"ports overlap",
			b->name, a->name);
	return 0;
}

/* Two addresses of a section, which have the same ports, are not known by the same one. */
static int
check_advertised(struct config_parser *p, unsigned i)
{
	const struct config_interface *it = &p->config->interface[i];
	unsigned m, n;

	if (config_find_same(it, it, &m, &n))
		return config_fail(p, p->interface_line[i],
			"[interface %s] advertises the same address for two", it->name);
	return 0;
}

/* Names are of the section's own addresses. */
static int
check_names(struct config_parser *p, unsigned i)
{
	const struct config_interface *it = &p->config->interface[i];

	for (unsigned n = 0; n < it->names.n; n++) {
		bool found = false;

		for (unsigned m = 0; m < it->addresses.n && !found; m++)
			found = is_same(&it->addresses.addr[m], &it->names.name[n].addr);
		if (!found)
			return config_fail(p, p->interface_line[i],
				"[interface %s] name: that of %s is none of its addresses",
				it->name, it->names.name[n].name);
	}
	return 0;
}

static int
check_pair(struct config_parser *p, unsigned i, unsigned j)
{
	const struct config_interface *a = &p->config->interface[i];
	const struct config_interface *b = &p->config->interface[j];

	if (strcmp(strchr(a->device, ':'), strchr(b->device, ':')) == 0)
		return config_fail(p, p->interface_line[j],
			"[interface %s] and [interface %s] have the same device, %s%s",
			b->name, a->name, b->device,
			a->vlan != b->vlan ? ": one carries one VLAN only" : "");
	if (b->twin[0] != '\0' && strcmp(a->twin, b->twin) == 0)
		return config_fail(p, p->interface_line[j],
			"[interface %s] and [interface %s] have the same twin, %s", b->name,
			a->name, b->twin);
	return check_addresses(p, i, j);
}

/* What depends on whether the kernel has an interface below, or beside. */
static int
check_device(struct config_parser *p, unsigned i)
{
	const struct config_interface *it = &p->config->interface[i];

	for (unsigned n = 0; n < it->addresses.n; n++) {
		if (it->addresses.bits[n] != 0 && it->twin[0] == '\0')
			return config_fail(p, p->interface_line[i],
				"[interface %s] address: /%u is for a twin, and there is none",
				it->name, it->addresses.bits[n]);
	}
	if (!config_device_is_kernel(it->device))
		return 0;
	if (it->vlan != 0)
		return config_fail(p, p->interface_line[i],
			"[interface %s] vlan: %s is the kernel's, and so are its VLANs: name "
			"one in device, such as packet:eth0.%u",
			it->name, it->device, it->vlan);
	if (it->twin[0] != '\0')
		return config_fail(p, p->interface_line[i],
			"[interface %s] twin: %s is the kernel's interface already", it->name,
			it->device);
	return 0;
}

/* The node of a mesh has one address more, of legs that are in it. */
static int
check_mesh(struct config_parser *p, unsigned addresses)
{
	struct config *c = p->config;
	char why[160];

	if (c->mesh_identities[0] == '\0')
		snprintf(c->mesh_identities, sizeof c->mesh_identities,
			"/var/lib/strowger/%s.mesh", c->name);
	if (config_mesh_check(c, why, sizeof why) != 0)
		return config_fail(p, 0, "[mesh] %s", why);
	if (c->mesh_interface[0] != '\0' && addresses == SW_ADDRESSES)
		return config_fail(p, 0,
			"[mesh] takes an address: at most %d on all interfaces",
			SW_ADDRESSES - 1);
	return 0;
}

static int
check_interfaces(struct config_parser *p)
{
	const struct config *c = p->config;
	unsigned addresses = 0;
	int err;

	if (c->interfaces == 0)
		return config_fail(p, 0,
			"no interface: add [interface NAME] with device = xdp:INTERFACE and "
			"address = IP");
	for (unsigned j = 0; j < c->interfaces; j++) {
		addresses += c->interface[j].addresses.n;
		if (addresses > SW_ADDRESSES)
			return config_fail(p, p->interface_line[j],
				"more than %d addresses on all interfaces together",
				SW_ADDRESSES);
		if ((err = check_device(p, j)) != 0 || (err = check_names(p, j)) != 0 ||
			(err = check_advertised(p, j)) != 0)
			return err;
		for (unsigned i = 0; i < j; i++) {
			if ((err = check_pair(p, i, j)) != 0)
				return err;
		}
	}
	return check_mesh(p, addresses);
}

void
config_place_captures(struct config *c, const char *run_dir)
{
	for (unsigned i = 0; i < CONFIG_KEYS; i++)
		if (c->line[i] != 0 &&
			config_keys[i].at == offsetof(struct config, capture_directory))
			return;
	snprintf(c->capture_directory, sizeof c->capture_directory, "%s/captures", run_dir);
}

int
config_check(struct config_parser *p)
{
	struct config *c = p->config;

	for (unsigned i = 0; i < c->forwarding.n; i++) {
		if (c->main_cpu == c->forwarding.cpu[i])
			return config_fail(p, 0,
				"[cores] main: CPU %d is a forwarding core's, which leaves it "
				"no time",
				c->main_cpu);
	}
	if (c->transcode.n > SW_TRANSCODERS)
		return config_fail(
			p, 0, "[cores] transcode: more than %d CPUs", SW_TRANSCODERS);
	if (c->run_dir[0] == '\0')
		snprintf(c->run_dir, sizeof c->run_dir, "/run/strowger/%s", c->name);
	config_place_captures(c, c->run_dir);
	return check_interfaces(p);
}
