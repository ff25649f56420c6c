/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames for others that are to go by way of us, where control allows that: they leave by the
 * neighbour that leads to their destination, under a number of our own.  Forwarding core that
 * has the link by which they came.  Source: docs/vomp.md. */
#include <string.h>

#include "dataplane/mesh_inside.h"

/* A frame of its own, whose payload is that of F.  NULL, and counted. */
static struct rte_mbuf *
frame_of(struct lcore *lc, const struct mesh_frame *as, const struct mesh_frame *f,
	unsigned *head_len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(lc->copies);
	struct mesh_writer w = {0};

	if (m == NULL) {
		count_add(&lc->count->drops[DROP_NO_MBUF], 1);
		return NULL;
	}
	w.p = rte_pktmbuf_mtod(m, uint8_t *);
	w.max = rte_pktmbuf_tailroom(m);
	mesh_put_frame_head(&w, as);
	*head_len = w.len;
	mesh_put(&w, f->payload, f->len);
	rte_pktmbuf_append(m, (uint16_t)w.len);
	return m;
}

bool
mesh_forward(struct mesh_coming *c, const struct mesh_frame *f, const struct sid *source,
	const struct sid *destination)
{
	const struct mesh_peer *peer =
		mesh_whom_peer(c->mesh, c->map, destination, SW_MESH_NONE);
	const struct mesh_neighbour *nb =
		peer != NULL ? mesh_neighbour(c->mesh, peer->neighbour) : NULL;
	struct mesh_frame as = *f;
	struct rte_mbuf *m;
	unsigned head_len;

	if (nb == NULL)
		return false;
	if (f->ttl <= 1 || nb == c->from)
		return true; /* it would go round in circles */
	as.ttl--;
	as.flags = (uint8_t)((f->flags & MESH_BOXED) | MESH_ACK_SOON);
	as.source = mesh_in_full(source);
	as.destination = mesh_in_full(destination);
	as.next_hop = mesh_by_prefix(&nb->sid);
	if (sid_equal(&nb->sid, destination)) {
		as.flags |= MESH_ONE_HOP;
		as.destination = mesh_by_prefix(destination);
	}
	m = frame_of(c->lc, &as, f, &head_len);
	if (m == NULL)
		return true;
	count_add(&c->from->state->forwarded, 1);
	mesh_hand_over(c->lc, nb, m, head_len, false);
	return true;
}
