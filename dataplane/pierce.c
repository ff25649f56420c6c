/* SPDX-License-Identifier: Apache-2.0
 *
 * See pierce.h. */
#include "dataplane/pierce.h"

#include <string.h>

bool
pierce_send(void *arg, const struct transport *t, const struct path *path, bool rtcp)
{
	const struct pierce *p = arg;
	struct rte_mbuf *m = rte_pktmbuf_alloc(p->pool);
	unsigned waiting, took;

	if (m == NULL)
		return false;
	memset(meta(m), 0, sizeof *meta(m));
	meta(m)->out.to_slot = t->slot;
	meta(m)->out.to_id = t->id;
	meta(m)->rtcp = rtcp;
	meta(m)->step = STEP_PIERCE;
	if (address_by(path, m) != DROPS) {
		rte_pktmbuf_free(m);
		return false;
	}
	crossing_put(p->end, t->core, m);
	took = crossing_flush(p->end, t->core, &waiting);
	rte_pktmbuf_free_bulk(&p->end->out[t->core].pkt[took], waiting - took);
	return took == waiting;
}
