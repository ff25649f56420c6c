/* SPDX-License-Identifier: Apache-2.0
 *
 * See locals.h. */
#include "dataplane/locals.h"

#include <string.h>

#include "dataplane/options.h"

/* Where mesh legs are; the interface that has the mesh's address is number ITF. */
static struct sw_local
mesh_local(unsigned itf)
{
	return (struct sw_local){.addr = {.family = SW_AF_MESH, .port = SW_MESH_FIRST},
		.port_last = SW_MESH_LAST,
		.device = (uint16_t)itf,
		.interface = SW_MESH_NAME};
}

/* The number of the one where mesh legs are; SW_ADDRESSES: there is none. */
static uint32_t
mesh_number(const struct sw_state *head)
{
	for (uint32_t i = 0; i < head->addresses; i++)
		if (head->address[i].addr.family == SW_AF_MESH)
			return i;
	return SW_ADDRESSES;
}

uint32_t
locals_list(const struct options *o, const struct sw_state *head,
	struct sw_local list[SW_ADDRESSES])
{
	uint32_t n = 0, mesh = mesh_number(head);
	int with_mesh = -1;

	memset(list, 0, SW_ADDRESSES * sizeof *list);
	for (unsigned i = 0; i < o->interfaces; i++) {
		const struct opt_interface *itf = &o->interface[i];

		for (unsigned a = 0; a < itf->addresses && n < SW_ADDRESSES; a++, n++) {
			list[n].addr = itf->address[a];
			list[n].addr.port = itf->port_first;
			list[n].port_last = itf->port_last;
			list[n].device = (uint16_t)i;
			memcpy(list[n].interface, itf->name, sizeof list[n].interface);
		}
		if (itf->mesh_port != 0)
			with_mesh = (int)i;
	}
	if (with_mesh < 0 || n == SW_ADDRESSES)
		return n;
	if (mesh > n)
		mesh = n;
	memmove(&list[mesh + 1], &list[mesh], (n - mesh) * sizeof *list);
	list[mesh] = mesh_local((unsigned)with_mesh);
	return n + 1;
}

bool
locals_stay(const struct options *o, const struct sw_state *head)
{
	struct sw_local list[SW_ADDRESSES];
	uint32_t n = locals_list(o, head, list);

	if (head->addresses > n)
		return false;
	for (uint32_t i = 0; i < head->addresses; i++)
		if (head->address[i].addr.family != list[i].addr.family ||
			memcmp(head->address[i].addr.ip, list[i].addr.ip,
				sizeof list[i].addr.ip) != 0)
			return false;
	return true;
}
