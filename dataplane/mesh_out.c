/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP in the clear that leaves by a mesh leg becomes sound of VoMP: what stands in front of
 * sound there is as long as an RTP header, so it takes its place; then it is boxed, and goes
 * to the core of the link by which its peer is reached.  Forwarding core that has the
 * transport. Source: docs/vomp.md; RFC 4733. */
#include <string.h>

#include "dataplane/mesh_inside.h"
#include "dataplane/mesh_slots.h"
#include "dataplane/rtp.h"

/* What a frame of sound says, but for the sound. */
struct saying {
	uint8_t codec; /* enum vomp_codec */
	uint16_t slot;
};

/* Where M, which leaves by T, has its peer; NULL: nowhere now. */
static const struct mesh_peer *
peer_of(const struct lcore *lc, const struct transport *t)
{
	const struct mesh_peer *p =
		t->peer < SW_MESH_PEERS
			? atomic_load_explicit(
				  &lc->tables->mesh->peer[t->peer], memory_order_acquire)
			: NULL;

	/* The slot may be another's by now, who is not to hear this. */
	return p != NULL && p->identity != SW_MESH_NONE &&
			       memcmp(p->sid.b, t->remote.ip, sizeof t->remote.ip) == 0
		       ? p
		       : NULL;
}

/* ---- From RTP ---- */

/* The samples of L16 are big-endian (RFC 3551 section 4.5.11), and in VoMP little-endian. */
static void
swap_bytes(uint8_t *p, unsigned len)
{
	for (unsigned i = 0; i + 1 < len; i += 2) {
		uint8_t first = p[i];

		p[i] = p[i + 1];
		p[i + 1] = first;
	}
}

/* The digit of a telephone event (RFC 4733 section 3.2) in VoMP's order; -1: it is none. */
static int
digit_of_event(uint8_t event)
{
	static const uint8_t digits[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14 /* * */, 15 /* # */, 10, 11, 12, 13};

	return event < sizeof digits ? digits[event] : -1;
}

enum { SAID = DROPS + 1 }; /* it has nothing new */

/* A packet of a telephone event, headers gone, is a frame's content if it is the first one of
 * its event. */
static unsigned
take_event(struct transport *t, struct rte_mbuf *m, uint32_t timestamp, uint16_t ticks,
	struct saying *s)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	int digit = digit_of_event(p[0]);

	if (digit < 0)
		return DROP_PAYLOAD_TYPE;
	if (!slots_event(&t->state->slots, meta(m)->ssrc, timestamp, ticks, &s->slot))
		return SAID;
	p[0] = (uint8_t)(digit << 4);
	rte_pktmbuf_trim(m, (uint16_t)(rte_pktmbuf_data_len(m) - 1));
	return DROPS;
}

/* Make of the packet M the content of a frame.  DROPS: S says the rest; SAID; else enum drop.
 */
static unsigned
from_rtp(struct transport *t, struct rte_mbuf *m, struct saying *s)
{
	const struct meta *me = meta(m);
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct vomp_codec_row *row;
	uint32_t timestamp;
	uint16_t ticks;
	int padding;

	if (me->rtcp)
		return DROP_MESH_RTCP;
	row = vomp_codec_by_payload_type(rtp_payload_type(p));
	if (me->opaque || me->untouched || row == NULL || row->id == VOMP_TEXT)
		return DROP_PAYLOAD_TYPE;
	timestamp = rtp_timestamp(p);
	ticks = (uint16_t)(row->clock_hz_100 * VOMP_SLOT_MS / 10);
	padding = rtp_padding(p, rte_pktmbuf_data_len(m), me->clear);
	if (padding < 0 || me->clear + padding >= rte_pktmbuf_data_len(m))
		return DROP_BAD_RTP;
	rte_pktmbuf_adj(m, me->clear);
	rte_pktmbuf_trim(m, (uint16_t)padding);
	s->codec = row->id;
	if (row->id == VOMP_DTMF)
		return take_event(t, m, timestamp, ticks, s);
	if (rte_pktmbuf_data_len(m) > VOMP_AUDIO_MAX)
		return DROP_MESH_LONG;
	if (!slots_sound(&t->state->slots, me->ssrc, timestamp, ticks, &s->slot))
		return DROP_MESH_SLOT;
	if (row->id == VOMP_PCM16)
		swap_bytes(rte_pktmbuf_mtod(m, uint8_t *), rte_pktmbuf_data_len(m));
	return DROPS;
}

/* ---- To a frame ---- */

/* Put what makes it sound of VoMP in front of M, and close the box. */
static bool
box(struct lcore *lc, struct transport *t, const struct mesh_peer *peer, struct rte_mbuf *m,
	const struct saying *s)
{
	uint8_t *p = (uint8_t *)rte_pktmbuf_prepend(m, BOX_HEAD + VOMP_RTP);
	struct mesh_writer w = {.max = VOMP_RTP};
	const struct vomp_header h = {.from_session = t->port,
		.to_session = t->remote.port,
		.state = VOMP_INCALL,
		.view = VOMP_INCALL};

	if (p == NULL)
		return false;
	w.p = p + BOX_HEAD;
	mesh_put_vomp_header(&w, &h);
	mesh_put_vomp_sound(
		&w, &(struct vomp_sound){
			    .codec = s->codec, .slot = s->slot, .seq = t->state->slots.seq++});
	box_seal(p, rte_pktmbuf_data_len(m) - BOX_HEAD, peer->key, &lc->mesh->nonces);
	return true;
}

/* Put the head of a frame from us to PEER by NB in front of M.  Its bytes; 0: no room. */
static unsigned
put_head(const struct lcore *lc, const struct mesh_peer *peer, const struct mesh_neighbour *nb,
	struct rte_mbuf *m)
{
	const struct mesh_map *map = mesh_map(lc->tables->mesh);
	bool last_hop = sid_equal(&nb->sid, &peer->sid);
	uint8_t head[MESH_HEAD_MAX], *p;
	struct mesh_writer w = {.p = head, .max = sizeof head};
	struct mesh_frame f = {
		.flags = MESH_BOXED | MESH_ACK_SOON | (last_hop ? MESH_ONE_HOP : 0),
		.type = MESH_DATA,
		.ttl = MESH_TTL,
		.qos = MESH_QOS_VOICE,
		.destination =
			last_hop ? mesh_by_prefix(&peer->sid) : mesh_in_full(&peer->sid),
		.next_hop = mesh_by_prefix(&nb->sid)};

	if (peer->identity >= map->identities)
		return 0;
	if (peer->identity != 0)
		f.source = mesh_in_full(&map->self[peer->identity]);
	mesh_put_frame_head(&w, &f);
	p = (uint8_t *)rte_pktmbuf_prepend(m, (uint16_t)w.len);
	if (p == NULL)
		return 0;
	memcpy(p, head, w.len);
	return w.len;
}

void
mesh_hand_over(struct lcore *lc, const struct mesh_neighbour *nb, struct rte_mbuf *m,
	unsigned head_len, bool sound)
{
	struct meta *me = meta(m);

	me->out.from_id = sound;
	me->out.to_slot = nb->slot;
	me->out.to_id = nb->id;
	me->out.payload = (uint16_t)head_len;
	if (nb->core == lc->number)
		mesh_take_frame(lc, m);
	else
		hand_over(lc, nb->core, m, STEP_MESH_FRAME);
}

/* M, what S says, leaves by T: takes it. */
static void
send(struct lcore *lc, struct transport *t, struct rte_mbuf *m, const struct saying *s)
{
	const struct mesh_peer *peer = peer_of(lc, t);
	const struct mesh_neighbour *nb =
		peer != NULL ? mesh_neighbour(lc->tables->mesh, peer->neighbour) : NULL;
	unsigned len = rte_pktmbuf_data_len(m), head;

	if (nb == NULL) {
		drop_of(lc, t, m, DROP_MESH_NO_WAY);
		return;
	}
	if (!box(lc, t, peer, m, s) || (head = put_head(lc, peer, nb, m)) == 0) {
		drop_of(lc, t, m, DROP_TOO_LONG);
		return;
	}
	count_add(&t->state->tx_packets, 1);
	count_add(&t->state->tx_bytes, RTP_HEADER + len);
	mesh_hand_over(lc, nb, m, head, true);
}

unsigned
mesh_out_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		struct transport *t = meta(pkt[i])->out.to;
		struct saying s;
		unsigned why;

		if (!t->out.mesh) {
			pkt[kept++] = pkt[i];
			continue;
		}
		why = t->remote.family == SW_AF_MESH ? from_rtp(t, pkt[i], &s)
						     : DROP_NO_REMOTE;
		if (why == DROPS)
			send(lc, t, pkt[i], &s);
		else if (why == SAID)
			rte_pktmbuf_free(pkt[i]);
		else
			drop_of(lc, t, pkt[i], (enum drop)why);
	}
	return kept;
}

void
mesh_say(struct lcore *lc, struct rte_mbuf *m)
{
	const struct meta *me = meta(m);
	struct transport *t = slot_transport(lc->tables, me->out.to_slot, me->out.to_id);
	struct saying s = {.codec = (uint8_t)me->out.payload};

	if (t == NULL || !t->mesh || t->core != lc->number || t->remote.family != SW_AF_MESH) {
		drop(lc, m, DROP_NO_SINK);
		return;
	}
	s.slot = slots_next(&t->state->slots);
	send(lc, t, m, &s);
}
