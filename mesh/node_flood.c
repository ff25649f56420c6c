/* SPDX-License-Identifier: Apache-2.0
 *
 * What is for everybody, and goes on to everybody; see node_inside.h.  It goes by links, one
 * copy a neighbour, so that each is acknowledged. */
#include <sodium.h>

#include "mesh/node_inside.h"

enum { FLOODS_A_SECOND = 100 };

bool
mesh_node_is_new_flood(struct mesh_node *n, const uint8_t id[MESH_BROADCAST_ID])
{
	uint8_t *seen = n->flood[(id[0] | id[1] << 8) % FLOODS];

	if (memcmp(seen, id, MESH_BROADCAST_ID) == 0) {
		n->counts.flood_repeats++;
		return false;
	}
	memcpy(seen, id, MESH_BROADCAST_ID);
	n->counts.floods++;
	return true;
}

/* HEAD bytes at P, LEN of payload behind them, to all neighbours but the one in EXCEPT. */
static unsigned
to_all(struct mesh_node *n, const uint8_t *p, unsigned head, unsigned len, unsigned except)
{
	unsigned told = 0;

	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++) {
		const struct neighbour *nb = &n->neighbour[i];

		if (i == except || !mesh_node_is_up(nb))
			continue;
		told += n->conf.calls->tell(n->conf.arg, i, nb->row.id, p, head, len) == 0;
	}
	return told;
}

void
mesh_node_forward_flood(struct mesh_node *n, const struct heard *h, const struct mesh_frame *f,
	const struct sid *source)
{
	struct mesh_frame on = *f;
	uint8_t p[FRAME_ROOM];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	unsigned head;

	if (!n->conf.forward || f->ttl <= 1 ||
		!mesh_node_may(n, &n->flooding, FLOODS_A_SECOND))
		return;
	on.flags |= MESH_ACK_SOON;
	on.source = mesh_node_address(source);
	on.ttl--;
	mesh_put_frame_head(&w, &on);
	head = w.len;
	mesh_put(&w, f->payload, f->len);
	if (!w.full)
		n->counts.flood_forwarded += to_all(n, p, head, f->len, h->from->row.slot);
}

void
mesh_node_flood(
	struct mesh_node *n, const struct mesh_ports *ports, const void *data, unsigned len)
{
	uint8_t id[MESH_BROADCAST_ID], p[FRAME_ROOM];
	const struct mesh_frame f = {.flags = MESH_BROADCAST | MESH_SIGNED | MESH_ACK_SOON,
		.type = MESH_DATA,
		.ttl = MESH_TTL,
		.qos = MESH_QOS_ORDINARY,
		.broadcast_id = id};
	struct mesh_writer w = {.p = p, .max = sizeof p - SIGN_TAIL};
	unsigned head;

	randombytes_buf(id, sizeof id);
	memcpy(n->flood[(id[0] | id[1] << 8) % FLOODS], id, sizeof id);
	mesh_put_frame_head(&w, &f);
	head = w.len;
	mesh_put_ports(&w, ports);
	mesh_put(&w, data, len);
	if (w.full)
		return;
	mesh_sign(p + head, w.len - head, mesh_node_primary(n));
	to_all(n, p, head, w.len - head + SIGN_TAIL, MESH_NODE_NONE);
}
