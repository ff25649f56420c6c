/* SPDX-License-Identifier: Apache-2.0
 *
 * The sending half of traffic.h: packets are made, sealed together and sent, a burst at a
 * time.  The generator's one thread. */
#include <assert.h>
#include <string.h>

#include "bench/clock.h"
#include "bench/traffic.h"

enum {
	TYPE_PCMU = 0,
	TICKS = 160, /* of the RTP clock, from packet to packet: 20 ms at 8 kHz */
};

/* What leaves by one port. */
struct way {
	uint8_t *frame[PORT_BURST];
	uint16_t len[PORT_BURST]; /* of the whole frame */
	uint8_t rtp_at[PORT_BURST];
	uint64_t *sent_at[PORT_BURST];
	unsigned room, n;
};

/* Packet NUMBER of stream I, unsealed, its UDP payload LEN bytes. */
static void
fill(const struct traffic *t, unsigned i, uint64_t number, uint8_t *frame)
{
	const struct stream *s = &t->stream[i];
	struct payload_mark mark = {number, i};
	uint8_t *rtp = frame + s->rtp_at, *payload = rtp + WIRE_RTP;
	unsigned marked =
		t->conf.payload < sizeof mark ? t->conf.payload : (unsigned)sizeof mark;

	memcpy(frame, s->head, s->rtp_at);
	wire_rtp(rtp, TYPE_PCMU, (uint16_t)(s->first + number), (uint32_t)number * TICKS,
		t->ssrc + i);
	memcpy(payload, t->payload, t->conf.payload);
	memcpy(payload, &mark, marked);
}

static void
send_way(struct traffic *t, struct port *port, struct way *way)
{
	uint64_t now;
	unsigned sent;

	for (unsigned i = 0; i < way->n; i++)
		wire_finish(way->frame[i], way->rtp_at[i], way->len[i] - way->rtp_at[i]);
	now = clock_ns();
	for (unsigned i = 0; i < way->n; i++)
		*way->sent_at[i] = now;
	sent = port_send(port, way->len, way->n);
	t->tally.sent += sent;
	t->tally.refused += way->n - sent;
}

void
source_send(struct traffic *t, unsigned n)
{
	struct way ways[2];
	struct seal_job job[PORT_BURST];
	uint16_t *sealed_len[PORT_BURST];
	unsigned jobs = 0;

	for (unsigned i = 0; i < t->ports; i++) {
		ways[i].room = port_room(t->port[i], ways[i].frame, n);
		ways[i].n = 0;
	}
	for (unsigned k = 0; k < n; k++) {
		struct stream *s = &t->stream[t->next];
		struct way *way = &ways[s->port];
		unsigned at = way->n;

		if (at == way->room) {
			t->tally.refused += n - k;
			break;
		}
		way->n++;
		fill(t, t->next, t->number, way->frame[at]);
		way->rtp_at[at] = s->rtp_at;
		way->len[at] = (uint16_t)(s->rtp_at + WIRE_RTP + t->conf.payload);
		way->sent_at[at] = &s->sent_at[t->number & (t->window - 1)];
		if (s->seal != NULL) {
			job[jobs] = (struct seal_job){
				.key = s->seal,
				.pkt = way->frame[at] + s->rtp_at,
				.index = s->first + t->number,
				.len = (uint16_t)(WIRE_RTP + t->conf.payload),
				.clear = WIRE_RTP,
			};
			sealed_len[jobs++] = &way->len[at];
		}
		if (++t->next == t->streams) {
			t->next = 0;
			t->number++;
		}
	}
	if (jobs > 0)
		seal_burst(t->lane, job, jobs);
	for (unsigned i = 0; i < jobs; i++) {
		assert(job[i].status == SEAL_OK);
		*sealed_len[i] =
			(uint16_t)(*sealed_len[i] + job[i].len - WIRE_RTP - t->conf.payload);
	}
	for (unsigned i = 0; i < t->ports; i++)
		if (ways[i].n > 0)
			send_way(t, t->port[i], &ways[i]);
}
