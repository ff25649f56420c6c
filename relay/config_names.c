/* SPDX-License-Identifier: Apache-2.0
 *
 * See config_names.h.  No two sections have an address in common (config_check.c), so the
 * address alone says which section is meant; of an address that no section has, as a switch
 * with another configuration may have it, the switch says what it is called. */
#include "relay/config_names.h"

#include <string.h>

#include "relay/config.h"

static bool
is_same(const struct sw_addr *a, const struct sw_addr *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

/* What the section is called that has LOCAL; of none: as the switch says, which may be older
 * than a section's name. */
static const char *
section_of(const struct config *c, const struct sw_local *local)
{
	for (unsigned i = 0; i < c->interfaces; i++)
		for (unsigned j = 0; j < c->interface[i].addresses.n; j++)
			if (is_same(&c->interface[i].addresses.addr[j], &local->addr))
				return c->interface[i].name;
	return local->interface;
}

/* The first name of ADDR, from *N on, which then stands behind it.  NULL: there is none left.
 */
static const struct config_name *
next_name(const struct config_interface *it, const struct sw_addr *addr, unsigned *n)
{
	while (*n < it->names.n) {
		const struct config_name *name = &it->names.name[(*n)++];

		if (is_same(&name->addr, addr))
			return name;
	}
	return NULL;
}

const char *
config_names_at(const struct config *c, const struct sw_local *local, unsigned n)
{
	unsigned left = n;

	for (unsigned i = 0; i < c->interfaces; i++) {
		const struct config_name *name;

		for (unsigned j = 0;
			(name = next_name(&c->interface[i], &local->addr, &j)) != NULL;)
			if (left-- == 0)
				return name->name;
	}
	return n == 0 ? section_of(c, local) : NULL;
}

bool
config_names_has(const struct config *c, const struct sw_local *local, const char *interface)
{
	bool named = false;

	for (unsigned i = 0; i < c->interfaces; i++) {
		const struct config_name *name;

		for (unsigned n = 0;
			(name = next_name(&c->interface[i], &local->addr, &n)) != NULL;) {
			if (strcmp(name->name, interface) == 0)
				return true;
			named = true;
		}
	}
	return !named && strcmp(section_of(c, local), interface) == 0;
}

/* Is number N of IT's addresses on INTERFACE, and TOLD what parties there are told?  A name
 * that says nothing of it leaves that to the address.  NULL: itself. */
static bool
says(const struct config_interface *it, unsigned n, const char *interface,
	const struct sw_addr **told)
{
	const struct sw_addr *advertised = &it->addresses.advertised[n];
	const struct config_name *name;
	bool named = false;

	*told = advertised->family != 0 ? advertised : NULL;
	for (unsigned i = 0; (name = next_name(it, &it->addresses.addr[n], &i)) != NULL;) {
		named = true;
		if (strcmp(name->name, interface) != 0)
			continue;
		if (name->advertised.family != 0)
			*told = &name->advertised;
		return true;
	}
	return !named && strcmp(it->name, interface) == 0;
}

const struct sw_addr *
config_names_advertised(
	const struct config *c, const char *interface, const struct sw_addr *local)
{
	const struct sw_addr *told;

	for (unsigned i = 0; i < c->interfaces; i++) {
		const struct config_interface *it = &c->interface[i];

		for (unsigned j = 0; j < it->addresses.n; j++)
			if (is_same(&it->addresses.addr[j], local) &&
				says(it, j, interface, &told))
				return told;
	}
	return NULL;
}
