/* SPDX-License-Identifier: Apache-2.0
 *
 * Second stage: whose packet is it, and may its sender speak at all?  Our address, then a
 * direct table by port, then the first byte (RFC 7983), then the source.  Forwarding core. */
#include <string.h>

#include "dataplane/ahead.h"
#include "dataplane/capture_tap.h"
#include "dataplane/lcore.h"
#include "dataplane/likeness.h"
#include "dataplane/rtp.h"
#include "dataplane/zrtp.h"

static bool
same_addr(const struct sw_addr *a, const struct sw_addr *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* Only the address that signalling gave may speak. */
static enum drop
source_signalled(struct lcore *lc, const struct transport *t, const struct meta *me)
{
	return same_addr(&me->in.src, transport_remote(t, transport_side(t, me->rtcp)))
		       ? DROPS
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

/* Within the window anybody may, and each packet says anew who is answered; then the last one
 * alone.  RTCP follows RTP: it is of the same host. */
static enum drop
source_newest(struct lcore *lc, const struct transport *t, const struct meta *me)
{
	const struct sw_transport_state *st = t->state;

	if (lc->now > t->latch_until)
		return source_latch(lc, t, me);
	if (transport_side(t, me->rtcp) == 1 && st->relatch == t->relatch && st->latched[0] &&
		memcmp(me->in.src.ip, st->learned[0].ip, sizeof me->in.src.ip) != 0)
		return DROP_SECOND_SOURCE;
	return me->in.src.port == 0 ? DROP_SOURCE : DROPS;
}

/* Is SRC better than who has been learned on that side, if anybody?  A host that signalling
 * did not name must be that of the pair's other half: one NAT, one address. */
static bool
is_better(const struct transport *t, const struct sw_addr *src, unsigned side)
{
	const struct sw_transport_state *st = t->state;
	enum likeness like = likeness_of(src, transport_remote(t, side));

	if (st->relatch != t->relatch)
		return true;
	if (like < LIKE_HOST && st->latched[!side] &&
		memcmp(src->ip, st->learned[!side].ip, sizeof src->ip) != 0)
		return false;
	return !st->latched[side] ||
	       like > likeness_of(&st->learned[side], transport_remote(t, side));
}

/* Within the window who has been learned, and whoever is better; then that one alone.  It is
 * learned, as with a latch, by what is accepted. */
static enum drop
source_best(struct lcore *lc, const struct transport *t, const struct meta *me)
{
	const struct sw_transport_state *st = t->state;
	unsigned side = transport_side(t, me->rtcp);
	const struct sw_addr *src = &me->in.src;
	bool known = st->relatch == t->relatch && st->latched[side];

	if (known && same_addr(src, &st->learned[side]))
		return DROPS;
	if (lc->now <= t->latch_until && is_better(t, src, side))
		return DROPS;
	if (!known && lc->now > t->latch_until)
		return source_signalled(lc, t, me);
	lcore_event(lc, t, SW_EV_SECOND_SOURCE, me->rtcp, src);
	return DROP_SECOND_SOURCE;
}

/* Of SRTP the tag decides. */
static enum drop
source_any(struct lcore *lc, const struct transport *t, const struct meta *me)
{
	return DROPS;
}

static enum drop (*const source_rules[SW_SOURCES])(
	struct lcore *, const struct transport *, const struct meta *) = {
	[SW_SOURCE_AUTHENTICATED] = source_any,
	[SW_SOURCE_SIGNALLED] = source_signalled,
	[SW_SOURCE_LATCH] = source_latch,
	[SW_SOURCE_ANY] = source_any,
	[SW_SOURCE_BEST] = source_best,
	[SW_SOURCE_NEWEST] = source_newest,
};

/* Has it come to the second half of a pair of ports?  The first half is even. */
static bool
is_second_half(const struct transport *t, const struct meta *me)
{
	return !t->mux && (me->in.dst_port & 1);
}

/* Neither RTP nor RTCP.  Two phones may agree on keys in the stream that they are to seal,
 * where nobody else does. */
static enum drop
look_at_other(const struct transport *t, const uint8_t *p, uint32_t len, struct meta *me)
{
	me->opaque = me->untouched = true;
	me->rtcp = false;
	return t->unseal[0] == NULL && !is_second_half(t, me) && zrtp_is(p, len) ? DROPS
										 : DROP_KIND;
}

/* Is it RTP or RTCP as this transport expects it?  DROPS: yes. */
static enum drop
look_at(const struct transport *t, const struct rte_mbuf *m, struct meta *me)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t len = rte_pktmbuf_data_len(m);

	me->opaque = t->opaque;
	me->untouched = false;
	if (t->opaque) {
		me->rtcp = is_second_half(t, me);
		return DROPS;
	}
	if (!rtp_is_media(p, len))
		return look_at_other(t, p, len, me);
	me->rtcp = t->mux ? rtp_is_rtcp(p, len) : is_second_half(t, me);
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
 *   reads meta.in; writes meta.in.from, .rtcp, .opaque, .untouched, .clear, .ssrc
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
		if (why != DROPS) {
			drop_of(lc, t, pkt[i], why);
			continue;
		}
		ahead_from(t);
		pkt[kept++] = pkt[i];
	}
	return kept;
}
