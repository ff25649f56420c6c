/* SPDX-License-Identifier: Apache-2.0
 *
 * Sound of VoMP, out of its box, becomes a packet of RTP: what stands in front of it is as
 * long as an RTP header, which takes its place where the datagram has nothing else to say. The
 * packet is from the party's session and to ours, as from one port to another.  Its timestamp
 * waits for the slot to be counted beyond 16 bits: unseal.c.  Forwarding core.  Source:
 * docs/vomp.md; RFC 3550 section 5.1, RFC 4733. */
#include <string.h>

#include "dataplane/mesh_inside.h"
#include "dataplane/rtp.h"

enum {
	EVENT = 4, /* bytes of a telephone event */
	EVENT_END = 0x80,
	EVENT_VOLUME = 10, /* dBm0 below 0 */
	EVENT_SLOTS = 4,   /* 80 ms, as VoMP has it */
};

static bool
has_transport(const struct mesh_coming *c, uint16_t session)
{
	const struct local *local = &c->lc->tables->local[c->mesh->local_number];

	return atomic_load_explicit(&local->port[session], memory_order_acquire) != 0;
}

/* Does it need nobody else? */
static bool
is_all_sound(const struct vomp_codec_row *row)
{
	return row->id != VOMP_DTMF && row->id != VOMP_TEXT;
}

bool
mesh_sound_take(struct mesh_coming *c, uint8_t *p, unsigned len, const struct sid *from)
{
	static const uint8_t vomp_ports = MESH_PORT_VOMP << 1 | 1;
	const struct vomp_codec_row *row;
	struct vomp_header h;
	struct vomp_sound s;

	if (len <= VOMP_RTP || p[0] != vomp_ports ||
		vomp_header_read(p + VOMP_PORTS, len - VOMP_PORTS, &h) != 0 ||
		h.state != VOMP_INCALL ||
		vomp_sound_read(p + VOMP_PORTS + VOMP_HEADER, len - VOMP_PORTS - VOMP_HEADER,
			&s) != 0 ||
		!has_transport(c, h.to_session))
		return false;
	count_add(&c->from->state->rx_audio, 1);
	row = vomp_codec_by_id(s.codec);
	if (row == NULL)
		return true;
	if (row->id != VOMP_TEXT && c->sounds < MESH_SOUNDS)
		c->sound[c->sounds++] = (struct mesh_sound){.at = p,
			.len = s.len,
			.slot = s.slot,
			.slots = (uint8_t)vomp_slots(row, s.data, s.len),
			.session = h.to_session,
			.far_session = h.from_session,
			.row = row,
			.from = from};
	return is_all_sound(row);
}

/* ---- Packets ---- */

/* M is the packet of S from here on, but for what is behind its header. */
static void
put_header(const struct mesh_coming *c, struct rte_mbuf *m, const struct mesh_sound *s)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct meta *me = meta(m);

	p[0] = 2 << 6;
	p[1] = s->row->payload_type;
	rtp_put16(p + 2, s->slot);
	rtp_put32(p + 4, 0);
	rtp_put32(p + 8, (uint32_t)s->session << 16 | s->far_session);
	me->in.src = (struct sw_addr){.family = SW_AF_MESH, .port = s->far_session};
	memcpy(me->in.src.ip, s->from->b, sizeof me->in.src.ip);
	me->in.dst_port = s->session;
	me->in.local = c->mesh->local_number;
	me->ticks = (uint16_t)(s->row->clock_hz_100 * VOMP_SLOT_MS / 10);
	me->more_slots = (uint8_t)(s->slots - 1);
	me->in_front = 0;
	me->frame = rte_pktmbuf_data_len(m);
	me->mesh = me->broadcast = false;
}

/* The event of a digit in VoMP's order (RFC 4733 section 3.2). */
static uint8_t
event_of_digit(uint8_t digit)
{
	static const uint8_t events[16] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 10 /* * */, 11 /* # */};

	return events[digit & 15];
}

/* What is behind the header, in L16 in the other byte order (RFC 3551 section 4.5.11). */
static void
put_payload(uint8_t *to, const struct mesh_sound *s)
{
	const uint8_t *from = s->at + VOMP_RTP;

	if (s->row->id == VOMP_DTMF) {
		const uint8_t event[EVENT] = {
			event_of_digit(from[0] >> 4), EVENT_END | EVENT_VOLUME};

		memcpy(to, event, sizeof event);
		rtp_put16(to + 2,
			(uint16_t)(EVENT_SLOTS * s->row->clock_hz_100 * VOMP_SLOT_MS / 10));
	} else if (s->row->id == VOMP_PCM16) {
		for (unsigned i = 0; i + 1 < s->len; i += 2) {
			uint8_t low = from[i];

			to[i] = from[i + 1];
			to[i + 1] = low;
		}
	} else if (to != from) {
		memcpy(to, from, s->len);
	}
}

static uint16_t
packet_len(const struct mesh_sound *s)
{
	return (uint16_t)(RTP_HEADER + (s->row->id == VOMP_DTMF ? EVENT : s->len));
}

/* Sound that leaves its datagram behind.  NULL: no packet buffer. */
static struct rte_mbuf *
copy(struct mesh_coming *c, const struct rte_mbuf *m, const struct mesh_sound *s)
{
	struct rte_mbuf *to = rte_pktmbuf_alloc(c->lc->copies);

	if (to == NULL) {
		count_add(&c->lc->count->drops[DROP_NO_MBUF], 1);
		return NULL;
	}
	*meta(to) = *meta((struct rte_mbuf *)(uintptr_t)m);
	rte_pktmbuf_append(to, packet_len(s)); /* there is room: no datagram is so long */
	put_payload(rte_pktmbuf_mtod_offset(to, uint8_t *, RTP_HEADER), s);
	put_header(c, to, s);
	return to;
}

/* M is what S is in, from here on that alone. */
static void
narrow(struct mesh_coming *c, struct rte_mbuf *m, const struct mesh_sound *s)
{
	rte_pktmbuf_adj(m, (uint16_t)(s->at - rte_pktmbuf_mtod(m, uint8_t *)));
	rte_pktmbuf_trim(m, (uint16_t)(rte_pktmbuf_data_len(m) - packet_len(s)));
	put_payload(s->at + VOMP_RTP, s);
	put_header(c, m, s);
}

unsigned
mesh_sound_make(
	struct mesh_coming *c, struct rte_mbuf *m, bool last_in_place, struct rte_mbuf **out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->sounds; i++) {
		if (last_in_place && i + 1 == c->sounds) {
			narrow(c, m, &c->sound[i]);
			out[n++] = m;
		} else if ((out[n] = copy(c, m, &c->sound[i])) != NULL) {
			n++;
		}
	}
	return n;
}
