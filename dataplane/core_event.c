/* SPDX-License-Identifier: Apache-2.0
 *
 * How a forwarding core tells main of something: a bounded ring and a token bucket, so that a
 * flood of what is told costs neither of them more.  Forwarding core. */
#include <rte_ring_elem.h>

#include "dataplane/lcore.h"

enum {
	REFILLS = 10, /* a second */
	TOKENS = 100, /* events a refill */
};

void
lcore_event(struct lcore *lc, const struct transport *t, enum sw_event_kind kind, bool rtcp,
	const struct sw_addr *addr)
{
	struct core_event ev = {
		.slot = t->slot, .kind = (uint16_t)kind, .rtcp = rtcp, .id = t->id};

	if (lc->now >= lc->event_refill) {
		lc->event_tokens = TOKENS;
		lc->event_refill = lc->now + lc->tsc_hz / REFILLS;
	}
	if (lc->event_tokens == 0)
		return;
	lc->event_tokens--;
	if (addr != NULL)
		ev.addr = *addr;
	rte_ring_sp_enqueue_elem(lc->events, &ev, sizeof ev);
}
