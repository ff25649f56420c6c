/* SPDX-License-Identifier: Apache-2.0
 *
 * See capture_tap.h.  Forwarding core, but for init and fini. */
#include "dataplane/capture_tap.h"

#include <errno.h>
#include <rte_mempool.h>
#include <stdio.h>
#include <string.h>

int
capture_tap_init(struct capture_tap *t)
{
	static unsigned serial; /* both are known by name in the whole process */
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof name, "captured%u", serial++);
	atomic_init(&t->lost, 0);
	t->pool = rte_mempool_create(name, CAPTURE_FRAMES, sizeof(struct captured), 0, 0, NULL,
		NULL, NULL, NULL, SOCKET_ID_ANY, RTE_MEMPOOL_F_SC_GET | RTE_MEMPOOL_F_SP_PUT);
	t->ring = rte_ring_create(
		name, CAPTURE_FRAMES + 1, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (t->pool != NULL && t->ring != NULL)
		return 0;
	capture_tap_fini(t);
	return -ENOMEM;
}

void
capture_tap_fini(struct capture_tap *t)
{
	rte_ring_free(t->ring);
	rte_mempool_free(t->pool);
	*t = (struct capture_tap){.ring = NULL};
}

void
capture_tap_put(struct lcore *lc, const struct transport *t, struct rte_mbuf *m,
	uint16_t in_front, uint16_t frame, bool out)
{
	struct capture_tap *tap = lc->tap;
	struct captured *c;
	void *p;

	if (rte_mempool_get(tap->pool, &p) != 0) {
		count_add(&tap->lost, 1);
		return;
	}
	c = p;
	c->transport = t->id;
	c->tsc = lc->now;
	c->len = frame;
	c->kept = RTE_MIN(frame, (uint16_t)sizeof c->frame);
	c->device = meta(m)->device;
	c->out = out;
	memcpy(c->frame, rte_pktmbuf_mtod(m, const uint8_t *) - in_front, c->kept);
	rte_ring_sp_enqueue(tap->ring, c); /* there is room */
}
