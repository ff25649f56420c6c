/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_order.h; ssrc.h for what is compared. */
#include "dataplane/history_order.h"

#include <stdbool.h>
#include <stddef.h>

#define load(p) atomic_load_explicit(&(p), memory_order_relaxed)

enum { TX_RTP = 2 }; /* of sw_tx_ssrc.state */

/* What a number that rises and goes round is, whose difference to the kept one is BY. */
static unsigned
risen(int32_t by)
{
	return by > 0 ? HISTORY_NEWER : by < 0 ? HISTORY_OLDER : HISTORY_SAME;
}

static unsigned
index_order(uint64_t kept, uint64_t offered)
{
	return offered > kept ? HISTORY_NEWER : offered < kept ? HISTORY_OLDER : HISTORY_SAME;
}

static unsigned
turned(unsigned order)
{
	return (order & HISTORY_OLDER ? HISTORY_NEWER : 0u) |
	       (order & HISTORY_NEWER ? HISTORY_OLDER : 0u);
}

/* ---- What arrives ---- */

/* H's entry of the numbering that E is of, in another history; SW_SSRCS: it has none. */
static unsigned
numbering(const struct sw_history *h, const struct sw_rx_history *e)
{
	unsigned i = 0;

	while (i < SW_SSRCS && (h->rx[i].state == 0 || h->rx[i].ssrc != e->ssrc ||
				       h->rx[i].epoch != e->epoch))
		i++;
	return i;
}

/* What B is to A by A's numbering E.  Where B has none of it, B has yet to hand out its epoch,
 * or has dropped it. */
static unsigned
rx_order(const struct sw_history *b, const struct sw_rx_history *e)
{
	unsigned other;

	if (e->state == 0 || e->epoch == 0)
		return HISTORY_SAME;
	if ((other = numbering(b, e)) == SW_SSRCS)
		return (int32_t)(e->epoch - b->epochs) > 0 ? HISTORY_OLDER : HISTORY_NEWER;
	return index_order(e->index, b->rx[other].index);
}

static const struct sw_rx_history *
rtcp_of(const struct sw_history *h, uint32_t ssrc)
{
	for (unsigned i = 0; i < SW_SSRCS; i++)
		if (h->rx[i].state != 0 && h->rx[i].ssrc == ssrc && h->rx[i].rtcp_used != 0)
			return &h->rx[i];
	return NULL;
}

/* What B is to A by the SRTCP indexes of A's entry E, both under the same newest key.  Under a
 * newer key they may begin anew, and without one they end. */
static unsigned
rx_rtcp_order(const struct sw_history *b, const struct sw_rx_history *e)
{
	const uint8_t newest = (uint8_t)(1u << (b->generation & 1));
	const struct sw_rx_history *other;

	if (e->state == 0 || e->rtcp_used == 0)
		return HISTORY_SAME;
	other = rtcp_of(b, e->ssrc);
	if (other != NULL && (other->rtcp_used & e->rtcp_used))
		return index_order(e->rtcp_index, other->rtcp_index);
	if (e->rtcp_used & newest)
		return HISTORY_OLDER;
	return other != NULL ? HISTORY_NEWER : HISTORY_SAME;
}

/* ---- What leaves ---- */

static const struct sw_tx_ssrc *
sealed(const struct sw_history *h, uint32_t ssrc)
{
	for (unsigned i = 0; i < SW_SSRCS; i++)
		if (h->tx[i].state != 0 && h->tx[i].ssrc == ssrc)
			return &h->tx[i];
	return NULL;
}

/* What B is to A by A's entry E, both under the same key, under which none is forgotten. */
static unsigned
tx_order(const struct sw_history *b, const struct sw_tx_ssrc *e)
{
	const struct sw_tx_ssrc *other;
	unsigned order;

	if (e->state == 0)
		return HISTORY_SAME;
	if ((other = sealed(b, e->ssrc)) == NULL)
		return HISTORY_OLDER;
	order = index_order(e->rtcp_index, other->rtcp_index);
	if (e->state & other->state & TX_RTP)
		order |= index_order(load(e->highest), load(other->highest));
	else
		order |= index_order(e->state & TX_RTP, other->state & TX_RTP);
	return order;
}

/* ---- All of it ---- */

/* What B is to A by what A has. */
static unsigned
order_by(const struct sw_history *a, const struct sw_history *b)
{
	unsigned order = HISTORY_SAME;

	for (unsigned i = 0; i < SW_SSRCS; i++) {
		order |= rx_order(b, &a->rx[i]);
		if (a->generation == b->generation)
			order |= rx_rtcp_order(b, &a->rx[i]);
		if (a->seal_generation == b->seal_generation)
			order |= tx_order(b, &a->tx[i]);
	}
	return order;
}

enum history_order
history_order(const struct sw_history *kept, const struct sw_history *offered)
{
	return (enum history_order)(
		risen((int32_t)(offered->epochs - kept->epochs)) |
		risen((int8_t)(offered->generation - kept->generation)) |
		risen((int8_t)(offered->seal_generation - kept->seal_generation)) |
		order_by(kept, offered) | turned(order_by(offered, kept)));
}

void
history_close(struct sw_history *h, const struct sw_history *kept)
{
	for (unsigned i = 0; i < SW_SSRCS; i++) {
		const struct sw_rx_history *k = &kept->rx[i];
		unsigned same = numbering(h, k);
		struct sw_rx_history *e;

		if (k->state == 0 || same == SW_SSRCS)
			continue;
		e = &h->rx[same];
		if (e->index == k->index) {
			e->window[0] |= k->window[0];
			e->window[1] |= k->window[1];
		}
		if (e->rtcp_used & k->rtcp_used && e->rtcp_index == k->rtcp_index)
			e->rtcp_window |= k->rtcp_window;
	}
}
