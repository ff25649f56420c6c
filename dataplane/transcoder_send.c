/* SPDX-License-Identifier: Apache-2.0
 *
 * What leaves a transcode core: packets are made of what its directions say, and handed to the
 * cores by whose transports they leave, in bursts.  Of transcoder.h. */
#include <string.h>

#include "dataplane/rtp.h"
#include "dataplane/transcoder_inside.h"

void
transcoder_flush(struct transcoder *tc, unsigned to)
{
	unsigned n, took = crossing_flush(&tc->end, to, &n);

	count_add(&tc->count->handed_over, took);
	count_add(&tc->count->drops[DROP_RING_FULL], n - took);
	rte_pktmbuf_free_bulk(&tc->end.out[to].pkt[took], n - took);
}

/* A packet buffer with what O says; NULL, and counted. */
static struct rte_mbuf *
packet_of(struct transcoder *tc, const struct leaving *o)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(tc->pool);
	char *p;

	if (m == NULL) {
		transcoder_count_drop(tc, DROP_NO_MBUF);
		return NULL;
	}
	p = rte_pktmbuf_append(m, (uint16_t)(o->head_len + o->len));
	if (p == NULL) {
		transcoder_count_drop(tc, DROP_TOO_LONG);
		rte_pktmbuf_free(m);
		return NULL;
	}
	memcpy(p, o->head, o->head_len);
	if (o->len > 0)
		memcpy(p + o->head_len, o->payload, o->len);
	return m;
}

void
transcoder_send(const struct work *w, const struct transport *to, const struct leaving *o)
{
	const struct sw_bridge_state *st = w->bridge->state;
	struct rte_mbuf *m = packet_of(w->tc, o);

	if (m == NULL)
		return;
	*meta(m) = (struct meta){
		.out = {.from_id = st->source, .to_id = to->id, .to_slot = to->slot},
		.index = o->number,
		.epoch = st->epoch,
		.ssrc = st->ssrc,
		.clear = o->opaque ? 0
			 : o->rtcp ? RTCP_HEADER
				   : RTP_HEADER,
		.rtcp = o->rtcp,
		.opaque = o->opaque,
		.step = STEP_SEAL};
	if (crossing_put(&w->tc->end, to->core, m))
		transcoder_flush(w->tc, to->core);
}

/* Has TO's party asked, by what it sends, for another mode of what it is sent? */
static void
follow_mode(struct bridge *b, const struct transport *to)
{
	const struct sw_bridge_state *back = to->bridged ? to->bridge->state : NULL;
	uint32_t asked;

	if (back == NULL || b->transcode == NULL)
		return;
	asked = atomic_load_explicit(&back->heard_mode, memory_order_relaxed);
	if (asked == 0 || asked == b->mode)
		return;
	transcode_mode(b->transcode, asked - 1);
	b->mode = (uint8_t)asked;
}

void
transcoder_send_rtp(const struct work *w, const struct transcode_out *out)
{
	struct sw_bridge_state *st = w->bridge->state;
	uint8_t head[RTP_HEADER] = {
		0x80, (uint8_t)((out->marker ? RTP_MARKER : 0) | out->payload_type)};
	const struct leaving o = {.head = head,
		.head_len = sizeof head,
		.payload = out->payload,
		.len = out->len,
		.number = out->number};
	unsigned sinks = 0;

	rtp_put16(head + 2, (uint16_t)out->number);
	rtp_put32(head + 4, out->timestamp);
	rtp_put32(head + 8, st->ssrc);
	transcoder_store(&st->number, out->number + 1);
	transcoder_store(&st->at, w->tc->now);
	transcoder_rtcp_sent(w, out->timestamp, out->len);
	for (unsigned s = 0; s < w->from->sinks; s++) {
		const struct sink *sink = &w->from->sink[s];
		const struct transport *to =
			slot_transport(w->tc->tables, sink->slot, sink->id);

		if (to == NULL)
			continue;
		transcoder_send(w, to, &o);
		if (sinks++ == 0)
			follow_mode(w->bridge, to);
	}
	if (sinks == 0)
		transcoder_count_drop(w->tc, DROP_NO_SINK);
}
