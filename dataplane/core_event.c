/* SPDX-License-Identifier: Apache-2.0
 *
 * How a forwarding core tells main of something: a bounded ring, and a token bucket for each
 * kind, so that no flood of one starves another.  Forwarding core. */
#include <rte_ring_elem.h>

#include "dataplane/lcore.h"

enum {
	REFILLS = 10, /* a second */
	TOKENS = 100, /* events of a kind, a refill */
};

static void
refill(struct lcore *lc)
{
	if (lc->now < lc->event_refill)
		return;
	for (unsigned i = 0; i < SW_EVENTS; i++)
		lc->event_tokens[i] = TOKENS;
	lc->event_refill = lc->now + lc->tsc_hz / REFILLS;
}

bool
lcore_event_may_repeat(struct lcore *lc, enum sw_event_kind kind)
{
	refill(lc);
	return lc->event_tokens[kind] > TOKENS / 2;
}

void
lcore_event(struct lcore *lc, const struct transport *t, enum sw_event_kind kind, bool rtcp,
	const struct sw_addr *addr)
{
	struct core_event ev = {
		.slot = t->slot, .kind = (uint16_t)kind, .rtcp = rtcp, .id = t->id};

	refill(lc);
	if (lc->event_tokens[kind] == 0)
		return;
	lc->event_tokens[kind]--;
	if (addr != NULL)
		ev.addr = *addr;
	if (rte_ring_sp_enqueue_elem(lc->events, &ev, sizeof ev) == 0)
		crossing_tell(lc->end.crossing);
}
