/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is meant by an address, of all those whom main has published.  Addresses in datagrams
 * may be cut short to how they begin, so everybody is kept in the order of SIDs.  Forwarding
 * core. */
#include <string.h>

#include "dataplane/mesh_inside.h"

int
mesh_whom_self(const struct mesh_map *map, const uint8_t *prefix, unsigned len)
{
	int found = MESH_NOBODY;

	for (unsigned i = 0; i < map->identities; i++)
		if (memcmp(map->self[i].b, prefix, len) == 0)
			found = found == MESH_NOBODY ? (int)i : MESH_SEVERAL;
	return found;
}

struct mesh_rows
mesh_whom_rows(const struct mesh_known *list, unsigned n, const uint8_t *prefix, unsigned len)
{
	struct mesh_rows rows = {0, n};

	while (rows.first < rows.end) {
		unsigned middle = (rows.first + rows.end) / 2;

		if (memcmp(list[middle].sid.b, prefix, len) < 0)
			rows.first = middle + 1;
		else
			rows.end = middle;
	}
	while (rows.end < n && memcmp(list[rows.end].sid.b, prefix, len) == 0)
		rows.end++;
	return rows;
}

const struct sid *
mesh_whom(const struct mesh_map *map, const uint8_t *prefix, unsigned len)
{
	const struct mesh_known *list[] = {map->neighbour, map->peer};
	const unsigned n[] = {map->neighbours, map->peers};
	int self = mesh_whom_self(map, prefix, len);
	const struct sid *found = self >= 0 ? &map->self[self] : NULL;

	if (self == MESH_SEVERAL)
		return NULL;
	for (unsigned i = 0; i < RTE_DIM(list); i++) {
		struct mesh_rows rows = mesh_whom_rows(list[i], n[i], prefix, len);

		for (unsigned r = rows.first; r < rows.end; r++) {
			if (found != NULL && !sid_equal(found, &list[i][r].sid))
				return NULL;
			found = &list[i][r].sid;
		}
	}
	return found;
}

const struct mesh_peer *
mesh_whom_peer(const struct mesh *mesh, const struct mesh_map *map, const struct sid *sid,
	uint16_t identity)
{
	struct mesh_rows rows = mesh_whom_rows(map->peer, map->peers, sid->b, sizeof sid->b);

	for (unsigned r = rows.first; r < rows.end; r++) {
		const struct mesh_peer *p = atomic_load_explicit(
			&mesh->peer[map->peer[r].slot], memory_order_acquire);

		if (p != NULL && sid_equal(&p->sid, sid) &&
			(identity == SW_MESH_NONE || identity == p->identity))
			return p;
	}
	return NULL;
}
