/* SPDX-License-Identifier: Apache-2.0
 *
 * Between unseal and seal: whom a packet is for.  Each sink gets its packet; what leaves by
 * another core's transport crosses, and what other cores have found to leave by one of ours
 * joins here.  Where the payloads of a flow change, they do so before there are copies: by a
 * table here (payload types, the laws of G.711), or on a transcode core.  Forwarding core. */
#include "codecs/law.h"
#include "dataplane/ahead.h"
#include "dataplane/lcore.h"
#include "dataplane/reorder.h"
#include "dataplane/rtp.h"

/* ---- Payloads that change ---- */

static void
change_law(uint8_t *payload, unsigned len, const uint8_t law[256])
{
	for (unsigned i = 0; i < len; i++)
		payload[i] = law[payload[i]];
}

/* Make of an RTP packet what the far side knows it as.  DROPS: it may go. */
static enum drop
map_payload(const struct bridge *b, struct rte_mbuf *m)
{
	static const uint8_t *const laws[SW_LAWS] = {
		[SW_LAW_A_TO_U] = law_u_of_a, [SW_LAW_U_TO_A] = law_a_of_u};
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	unsigned clear = meta(m)->clear, len = rte_pktmbuf_data_len(m);
	const struct bridge_map *map = &b->map[rtp_payload_type(p)];
	int padding = rtp_padding(p, len, clear);

	if (map->to == BRIDGE_DROP)
		return DROP_PAYLOAD_TYPE;
	if (padding < 0)
		return DROP_BAD_RTP;
	p[1] = (uint8_t)((p[1] & RTP_MARKER) | map->to);
	if (map->law != SW_LAW_KEEP)
		change_law(p + clear, len - clear - (unsigned)padding, laws[map->law]);
	return DROPS;
}

/* May one more go to the transcode core?  A heap may that comes after a stall, as large as the
 * window of reorder.h; what goes on being faster than sound is none, and decoding it is what a
 * flood is after. */
static bool
is_in_time(const struct lcore *lc, struct bridge *b)
{
	if (b->due > lc->now + REORDER_DEPTH * b->pace)
		return false;
	b->due = RTE_MAX(b->due, lc->now) + b->pace;
	return true;
}

/* It crosses as the slot and the id of where it came in.  drops too_fast */
static void
to_transcoder(struct lcore *lc, struct transport *from, struct rte_mbuf *m)
{
	struct meta *me = meta(m);

	if (!is_in_time(lc, from->bridge)) {
		drop_of(lc, from, m, DROP_TOO_FAST);
		return;
	}
	me->out.from_id = me->out.to_id = from->id;
	me->out.to_slot = from->slot;
	hand_over(lc, crossing_transcoder(lc->end.crossing, from->bridge->transcoder), m,
		STEP_TRANSCODE);
}

/* What nobody here can read leaves as it came, or not at all. */
static enum drop
may_pass(const struct bridge *b, struct rte_mbuf *m)
{
	uint8_t type = rtp_payload_type(rte_pktmbuf_mtod(m, const uint8_t *));

	return meta(m)->rtcp || b->map[type].to != BRIDGE_DROP ? DROPS : DROP_PAYLOAD_TYPE;
}

/* Sound or a datagram of T.38 for a gateway, each from its side; nothing else goes on.  drops
 * payload_type, too_fast */
static void
cross_fax(struct lcore *lc, struct transport *from, struct rte_mbuf *m)
{
	const struct meta *me = meta(m);
	bool is_t38 = me->opaque && !me->rtcp, has_sound = from->bridge->fax != NULL;

	if (me->untouched || (has_sound ? me->opaque : !is_t38))
		drop_of(lc, from, m, DROP_PAYLOAD_TYPE);
	else
		to_transcoder(lc, from, m);
}

/* Does M go on to the sinks as it is, without a look at its bridge? */
static bool
is_plain(const struct transport *from, struct rte_mbuf *m)
{
	return !from->bridged || (meta(m)->opaque && from->bridge->kind != SW_BRIDGE_FAX);
}

/* A packet of a transport with a bridge.  True: it goes on to the sinks from here. */
static bool
cross_bridge(struct lcore *lc, struct transport *from, struct rte_mbuf *m)
{
	enum drop why = DROPS;

	if (from->bridge->kind == SW_BRIDGE_FAX) {
		cross_fax(lc, from, m);
		return false;
	}
	if (meta(m)->untouched) {
		why = may_pass(from->bridge, m);
	} else if (from->bridge->kind == SW_BRIDGE_TRANSCODE) {
		to_transcoder(lc, from, m);
		return false;
	} else if (!meta(m)->rtcp) {
		why = map_payload(from->bridge, m);
	}
	if (why != DROPS)
		drop_of(lc, from, m, why);
	return why == DROPS;
}

/* ---- To the sinks ---- */

/* M or, when that has a sink already, a copy of it.  NULL: no packet buffer. */
static struct rte_mbuf *
packet_for_sink(struct lcore *lc, struct rte_mbuf *m, bool taken)
{
	struct rte_mbuf *copy;

	if (!taken)
		return m;
	copy = rte_pktmbuf_copy(m, lc->copies, 0, UINT32_MAX);
	if (copy != NULL)
		*meta(copy) = *meta(m);
	return copy;
}

/* Give M, which has come in at FROM, its sinks.  Those that leave by transports of this core
 * go to OUT; how many. */
static unsigned
divert(struct lcore *lc, struct transport *from, struct rte_mbuf *m, struct rte_mbuf **out)
{
	struct rte_mbuf *sent[SW_SINKS];
	struct transport *by[SW_SINKS];
	unsigned sinks = 0, kept = 0;

	/* All copies are made before the first is given away. */
	for (unsigned s = 0; s < from->sinks; s++) {
		struct transport *to = sink_transport(lc->tables, from, s);

		if (to == NULL)
			continue;
		sent[sinks] = packet_for_sink(lc, m, sinks > 0);
		by[sinks] = to;
		if (sent[sinks] != NULL) {
			sinks++;
			continue;
		}
		count_add(&lc->count->drops[DROP_NO_MBUF], 1);
		count_add(&sw_more_to_write(from->state)->drops[DROP_NO_MBUF], 1);
	}
	if (sinks == 0)
		drop_of(lc, from, m, DROP_NO_SINK);
	for (unsigned s = 0; s < sinks; s++) {
		struct meta *me = meta(sent[s]);

		me->out.to = by[s];
		me->out.from_id = from->id;
		me->out.to_id = by[s]->out.id;
		me->out.to_slot = by[s]->slot;
		if (by[s]->core == lc->number)
			out[kept++] = sent[s];
		else
			hand_over(lc, by[s]->core, sent[s], STEP_SEAL);
	}
	return kept;
}

/* Give every packet its sink, and every further sink its copy; what leaves by another core's
 * transport crosses, and what is transcoded, too.
 *   reads meta.in.from, .rtcp, .opaque, .untouched, .clear; writes meta.out but .payload, the
 * payload drops no_sink, no_mbuf, payload_type, bad_rtp, too_fast */
unsigned
divert_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n, struct rte_mbuf **out)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		struct transport *from = meta(pkt[i])->in.from;

		if (is_plain(from, pkt[i]) || cross_bridge(lc, from, pkt[i]))
			kept += divert(lc, from, pkt[i], out + kept);
	}
	return kept;
}

/* What other cores have found to leave by a transport of ours.  It may have gone meanwhile.
 *   reads meta.out.to_slot, .to_id; writes meta.out.to; drops no_sink */
unsigned
intake_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	unsigned kept = 0;

	ahead_intake(lc, pkt, n);
	for (unsigned i = 0; i < n; i++) {
		struct meta *me = meta(pkt[i]);
		struct transport *to =
			slot_transport(lc->tables, me->out.to_slot, me->out.to_id);

		if (to == NULL) {
			drop(lc, pkt[i], DROP_NO_SINK);
			continue;
		}
		me->out.to = to;
		pkt[kept++] = pkt[i];
	}
	return kept;
}
