/* SPDX-License-Identifier: Apache-2.0
 *
 * Second stage: whose packet is it, and may its sender speak at all?  Our address, then a
 * direct table by port, then the first byte (RFC 7983), then the source.  Forwarding core. */
#include <string.h>

#include "dataplane/ahead.h"
#include "dataplane/capture_tap.h"
#include "dataplane/lcore.h"
#include "dataplane/rtp.h"

static bool
same_addr(const struct sw_addr *a, const struct sw_addr *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* Only the address that signalling gave may speak. */
static enum drop
source_signalled(struct lcore *lc, const struct transport *t, const struct meta *me)
{
	return same_addr(&me->in.src, &t->remote[transport_side(t, me->rtcp)]) ? DROPS
									       : DROP_SOURCE;
}

/* The first source within the window may, and nobody else ever after.  The latch itself closes
 * in learn(), once the packet has been accepted. */
static enum drop
source_latch(struct lcore *lc, const struct transport *t, const struct meta *me)
{
	const struct sw_transport_state *st = t->state;
	unsigned side = transport_side(t, me->rtcp);
	bool known = st->relatch == t->relatch;

	if (known && st->latched[side]) {
		if (same_addr(&me->in.src, &st->learned[side]))
			return DROPS;
		lcore_event(lc, t, SW_EV_SECOND_SOURCE, me->rtcp, &me->in.src);
		return DROP_SECOND_SOURCE;
	}
	/* The other half of the pair must be the same host: one NAT, one address. */
	if (known && st->latched[!side] &&
		memcmp(me->in.src.ip, st->learned[!side].ip, sizeof me->in.src.ip) != 0)
		return DROP_SECOND_SOURCE;
	if (lc->now > t->latch_until)
		return source_signalled(lc, t, me);
	return me->in.src.port == 0 ? DROP_SOURCE : DROPS;
}

static enum drop
source_authenticated(struct lcore *lc, const struct transport *t, const struct meta *me)
{
	return DROPS; /* the tag decides */
}

static enum drop (*const source_rules[SW_SOURCES])(
	struct lcore *, const struct transport *, const struct meta *) = {
	[SW_SOURCE_AUTHENTICATED] = source_authenticated,
	[SW_SOURCE_SIGNALLED] = source_signalled,
	[SW_SOURCE_LATCH] = source_latch,
};

/* Is it RTP or RTCP as this transport expects it?  DROPS: yes. */
static enum drop
look_at(const struct transport *t, const struct rte_mbuf *m, struct meta *me)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t len = rte_pktmbuf_data_len(m);

	me->opaque = t->opaque;
	if (t->opaque) {
		me->rtcp = me->in.dst_port != t->port; /* the pair's second half */
		return DROPS;
	}
	if (!rtp_is_media(p, len))
		return DROP_KIND;
	me->rtcp = t->mux ? rtp_is_rtcp(p, len) : me->in.dst_port != t->port;
	if (me->rtcp) {
		if (len < RTCP_HEADER)
			return DROP_BAD_RTP;
		me->clear = RTCP_HEADER;
		me->ssrc = rtcp_ssrc(p);
	} else {
		me->clear = rtp_header_len(p, len);
		if (me->clear == 0)
			return DROP_BAD_RTP;
		me->ssrc = rtp_ssrc(p);
	}
	return DROPS;
}

/* Local port -> transport; what is another core's crosses.
 *   reads meta.in; writes meta.in.from, .rtcp, .opaque, .clear, .ssrc
 *   drops no_transport, kind, bad_rtp, source, second_source */
unsigned
classify_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	const struct tables *tb = lc->tables;
	unsigned kept = 0;

	ahead_in(lc, pkt, n);
	for (unsigned i = 0; i < n; i++) {
		struct meta *me = meta(pkt[i]);
		uint32_t entry = atomic_load_explicit(
			&tb->local[me->in.local].port[me->in.dst_port], memory_order_acquire);
		struct transport *t;
		enum drop why;

		if (entry != 0 && port_entry_core(entry) != lc->number) {
			hand_over(lc, port_entry_core(entry), pkt[i], STEP_CLASSIFY);
			continue;
		}
		t = entry == 0
			    ? NULL
			    : atomic_load_explicit(&tb->slot[port_entry_slot(entry)].transport,
				      memory_order_acquire);
		if (t == NULL) {
			drop(lc, pkt[i], DROP_NO_TRANSPORT);
			continue;
		}
		me->in.from = t;
		capture_tap_in(lc, t, pkt[i]);
		why = look_at(t, pkt[i], me);
		if (why == DROPS)
			why = source_rules[t->source](lc, t, me);
		if (why == DROPS)
			pkt[kept++] = pkt[i];
		else
			drop_of(lc, t, pkt[i], why);
	}
	return kept;
}
