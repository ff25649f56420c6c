/* SPDX-License-Identifier: Apache-2.0
 *
 * From a forwarding core to other parties (crossing.h): other cores, transcode cores, main.
 * Forwarding core. */
#include "dataplane/lcore.h"

/* What did not fit into the ring to TO.  The newest audio is what goes. */
static void
refused(struct lcore *lc, unsigned to, struct rte_mbuf *m)
{
	const struct crossing *c = lc->end.crossing;

	if (to == crossing_main(c))
		drop(lc, m, DROP_PUNT_FULL);
	else
		drop(lc, m, to < c->cores ? DROP_RING_FULL : DROP_TRANSCODER_FULL);
}

static void
flush(struct lcore *lc, unsigned to)
{
	unsigned n, took = crossing_flush(&lc->end, to, &n);

	count_add(&lc->count->handed_over, took);
	for (unsigned i = took; i < n; i++)
		refused(lc, to, lc->end.out[to].pkt[i]);
}

void
hand_over(struct lcore *lc, unsigned to, struct rte_mbuf *m, enum step step)
{
	meta(m)->step = (uint8_t)step;
	if (crossing_put(&lc->end, to, m))
		flush(lc, to);
}

void
hand_over_all(struct lcore *lc)
{
	while (lc->end.waiting != 0)
		flush(lc, (unsigned)__builtin_ctzll(lc->end.waiting));
}
