/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTCP that arrives: which index has been here before; see ssrc.h for what is kept and why.
 * Runs on the forwarding core that owns the transport.  RFC 3711 sections 3.3.2 and 3.4. */
#include "dataplane/ssrc_inside.h"

static unsigned
find_rtcp(const struct sw_transport_state *st, uint32_t ssrc)
{
	for (unsigned i = 0; i < st->rx_ssrcs; i++) {
		const struct sw_rx_ssrc *e = sw_rx(st, i);

		if (e->ssrc == ssrc && e->state != RX_FREE && sw_rx_srtcp(st, i)->used != 0)
			return i;
	}
	return SW_SSRCS;
}

static enum drop
rtcp_unseen(const struct sw_transport_state *st, const struct sw_rx_rtcp *e,
	uint8_t generation, uint32_t index)
{
	int64_t behind = (int64_t)e->index - index;

	if (e->used == 0)
		return SSRC_PASS;
	if (!(e->used & bit_of(generation))) /* only a newer key may begin anew */
		return bit_of(generation) == bit_of(ssrc_generation(st)) ? SSRC_PASS
									 : DROP_LATE;
	if (behind < 0)
		return SSRC_PASS;
	if (behind >= SSRC_RTCP_WINDOW)
		return DROP_LATE;
	return e->window >> behind & 1 ? DROP_REPLAY : SSRC_PASS;
}

/* INDEX, which rtcp_unseen() lets through, has been accepted under the key with BIT. */
static void
rtcp_mark(struct sw_rx_rtcp *e, uint8_t bit, uint32_t index)
{
	uint64_t ahead;

	if (e->used == 0 || (!(e->used & bit) && index <= e->index)) {
		e->used = 0;
		ORDERED();
		e->index = index;
		e->window = 1;
		ORDERED();
		e->used = bit;
		return;
	}
	if (index > e->index) {
		ahead = index - e->index;
		e->window = ahead < 64 ? e->window << ahead : 0;
		e->index = index;
	}
	e->window |= UINT64_C(1) << (e->index - index);
	e->used |= bit;
}

enum drop
ssrc_rtcp_begin(
	const struct sw_transport_state *st, uint8_t generation, uint32_t ssrc, uint32_t index)
{
	unsigned i = find_rtcp(st, ssrc);

	return i < SW_SSRCS ? rtcp_unseen(st, sw_rx_srtcp(st, i), generation, index)
			    : SSRC_PASS;
}

enum drop
ssrc_rtcp_accept(struct sw_transport_state *st, unsigned limit, uint8_t generation,
	uint32_t ssrc, uint32_t index)
{
	uint8_t bit = bit_of(generation);
	unsigned i = find_rtcp(st, ssrc);
	enum drop why;

	if (i == SW_SSRCS)
		i = ssrc_entry_newest(st, ssrc);
	if ((i == SW_SSRCS || !(live(st, i) & bit)) && ssrc_entries_full(st, limit, ssrc, bit))
		return DROP_SSRC_LIMIT;
	if (i == SW_SSRCS && (i = ssrc_entry_home(st, ssrc)) == SW_SSRCS)
		return DROP_SSRC_LIMIT;
	why = rtcp_unseen(st, sw_rx_srtcp(st, i), generation, index);
	if (why != SSRC_PASS)
		return why;
	rtcp_mark(sw_rx_srtcp(st, i), bit, index);
	return SSRC_PASS;
}
