/* SPDX-License-Identifier: Apache-2.0
 *
 * The option --mesh: which of our addresses, and which UDP port, is a node's of a mesh.  Main
 * thread, at start. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/options_inside.h"

static int
mesh_address(struct sw_addr *at, const char *value)
{
	uint16_t port = at->port;
	int err = option_address(value, at);

	at->port = port;
	return err;
}

static int
mesh_port(struct sw_addr *at, const char *value)
{
	long port;

	if (option_number(value, 1, UINT16_MAX, &port) != 0)
		return -EINVAL;
	at->port = (uint16_t)port;
	return 0;
}

static const struct {
	const char *key, *takes;
	int (*set)(struct sw_addr *at, const char *value);
} keys[] = {
	{"address", "an address of an --interface", mesh_address},
	{"port", "1 to 65535", mesh_port},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static int
set_key(struct sw_addr *at, const char *key, const char *value)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (strcmp(key, keys[i].key) != 0)
			continue;
		if (value != NULL && keys[i].set(at, value) == 0)
			return 0;
		fprintf(stderr, OPTION_PROGRAM ": --mesh: %s=%s: it takes %s\n", key,
			value != NULL ? value : "", keys[i].takes);
		return -EINVAL;
	}
	fprintf(stderr, OPTION_PROGRAM ": --mesh: there is no key '%s'\n", key);
	return -EINVAL;
}

int
option_mesh(struct options *o, const char *value)
{
	char *text, *rest, *key;
	int error = 0;

	o->mesh = (struct sw_addr){0};
	if ((text = rest = strdup(value)) == NULL)
		return -EINVAL;
	while (error == 0 && (key = strsep(&rest, ",")) != NULL) {
		char *is = strchr(key, '=');

		if (is != NULL)
			*is++ = '\0';
		error = set_key(&o->mesh, key, is);
	}
	free(text);
	if (error == 0 && (o->mesh.family == 0 || o->mesh.port == 0)) {
		fprintf(stderr, OPTION_PROGRAM ": --mesh: address and port must be there\n");
		error = -EINVAL;
	}
	return error != 0 ? OPTION_SAID : 0;
}

/* The interface that has the address of the mesh, and in *WHICH its number there; NULL. */
static struct opt_interface *
find_interface(struct options *o, unsigned *which)
{
	for (unsigned i = 0; i < o->interfaces; i++) {
		struct opt_interface *it = &o->interface[i];

		for (*which = 0; *which < it->addresses; ++*which)
			if (it->address[*which].family == o->mesh.family &&
				memcmp(it->address[*which].ip, o->mesh.ip,
					sizeof o->mesh.ip) == 0)
				return it;
	}
	return NULL;
}

/* What the local address of mesh legs is called by. */
static bool
is_name_taken(const struct options *o)
{
	for (unsigned i = 0; i < o->interfaces; i++)
		if (strcmp(o->interface[i].name, SW_MESH_NAME) == 0)
			return true;
	return false;
}

int
option_mesh_place(struct options *o)
{
	struct opt_interface *it;
	unsigned which;

	if (o->mesh.family == 0)
		return 0;
	if (is_name_taken(o)) {
		fprintf(stderr, OPTION_PROGRAM
			": --mesh: no --interface may have the name " SW_MESH_NAME " then\n");
		return -EINVAL;
	}
	if ((it = find_interface(o, &which)) == NULL) {
		fprintf(stderr,
			OPTION_PROGRAM ": --mesh: its address is none of an --interface\n");
		return -EINVAL;
	}
	if (o->mesh.port >= it->port_first && o->mesh.port <= it->port_last) {
		fprintf(stderr,
			OPTION_PROGRAM ": --mesh: port %u lies within the ports of "
				       "--interface %s\n",
			o->mesh.port, it->name);
		return -EINVAL;
	}
	it->mesh_port = o->mesh.port;
	it->mesh_address = which;
	return 0;
}
