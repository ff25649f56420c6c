/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a packet that goes no further: counted under its reason, and freed.  Forwarding
 * core. */
#include "dataplane/lcore.h"

void
drop(struct lcore *lc, struct rte_mbuf *m, enum drop why)
{
	count_add(&lc->count->drops[why], 1);
	rte_pktmbuf_free(m);
}

void
drop_of(struct lcore *lc, struct transport *t, struct rte_mbuf *m, enum drop why)
{
	count_add(&sw_more_to_write(t->state)->drops[why], 1);
	drop(lc, m, why);
}
