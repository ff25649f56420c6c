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
	PLAIN_REPLAYS = 64, /* how far back RTP is sent once more: RFC 3711's least window */
	TICKS = 160,        /* of the RTP clock, from packet to packet: 20 ms at 8 kHz */
};

/* What leaves by one port. */
struct way {
	uint8_t *frame[PORT_BURST];
	uint16_t len[PORT_BURST]; /* of the whole frame */
	uint8_t rtp_at[PORT_BURST];
	uint64_t *sent_at[PORT_BURST];
	unsigned room, n;
};

/* A burst in the making. */
struct burst {
	struct way way[2];
	struct seal_job job[PORT_BURST];
	uint16_t *sealed_len[PORT_BURST];
	unsigned jobs;
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
burst_begin(struct traffic *t, struct burst *b, unsigned n)
{
	for (unsigned i = 0; i < t->ports; i++) {
		b->way[i].room = port_room(t->port[i], b->way[i].frame, n);
		b->way[i].n = 0;
	}
	b->jobs = 0;
}

/* Packet NUMBER of stream I joins the burst; when it leaves, *SENT_AT becomes the time.
 * False: no room. */
static bool
burst_add(struct traffic *t, struct burst *b, unsigned i, uint64_t number, uint64_t *sent_at)
{
	const struct stream *s = &t->stream[i];
	struct way *way = &b->way[s->port];
	unsigned at = way->n;

	if (at == way->room)
		return false;
	way->n++;
	fill(t, i, number, way->frame[at]);
	way->rtp_at[at] = s->rtp_at;
	way->len[at] = (uint16_t)(s->rtp_at + WIRE_RTP + t->conf.payload);
	way->sent_at[at] = sent_at;
	if (s->seal != NULL) {
		b->job[b->jobs] = (struct seal_job){
			.key = s->seal,
			.pkt = way->frame[at] + s->rtp_at,
			.index = s->first + number,
			.len = (uint16_t)(WIRE_RTP + t->conf.payload),
			.clear = WIRE_RTP,
		};
		b->sealed_len[b->jobs++] = &way->len[at];
	}
	return true;
}

static void
burst_seal(struct traffic *t, struct burst *b)
{
	if (b->jobs == 0)
		return;
	seal_burst(t->lane, b->job, b->jobs);
	for (unsigned i = 0; i < b->jobs; i++) {
		const struct seal_job *job = &b->job[i];

		assert(job->status == SEAL_OK);
		*b->sealed_len[i] =
			(uint16_t)(*b->sealed_len[i] + job->len - WIRE_RTP - t->conf.payload);
	}
}

/* How many of them left by PORT. */
static unsigned
way_send(struct port *port, struct way *way)
{
	uint64_t now;

	if (way->n == 0)
		return 0;
	for (unsigned i = 0; i < way->n; i++)
		wire_finish(way->frame[i], way->rtp_at[i], way->len[i] - way->rtp_at[i]);
	now = clock_ns();
	for (unsigned i = 0; i < way->n; i++)
		*way->sent_at[i] = now;
	return port_send(port, way->len, way->n);
}

static unsigned
burst_send(struct traffic *t, struct burst *b)
{
	unsigned sent = 0;

	burst_seal(t, b);
	for (unsigned i = 0; i < t->ports; i++)
		sent += way_send(t->port[i], &b->way[i]);
	return sent;
}

static uint64_t
draw_below(struct traffic *t, uint64_t n)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return t->random % n;
}

/* The oldest packet of S that may be sent once more. */
static uint64_t
oldest_replay(const struct traffic *t, const struct stream *s)
{
	/* Without SRTP two numbers in turn from far behind are a source that starts anew:
	 * RFC 3550 appendix A.1. */
	uint64_t reach = s->seal != NULL ? t->window : PLAIN_REPLAYS;
	uint64_t oldest = t->number >= reach ? t->number - reach + 1 : 0;

	return oldest > t->since ? oldest : t->since;
}

/* Send N packets that have returned once more, the same to the byte: nobody may hear them. */
static void
replay(struct traffic *t, unsigned n)
{
	uint64_t nobody;
	struct burst b;

	burst_begin(t, &b, n);
	for (unsigned k = 0; k < n; k++) {
		unsigned i = (unsigned)draw_below(t, t->streams);
		const struct stream *s = &t->stream[i];
		uint64_t number = oldest_replay(t, s);

		if (number >= t->number)
			continue;
		number += draw_below(t, t->number - number);
		if (s->sent_at[number & (t->window - 1)] == 0 &&
			!burst_add(t, &b, i, number, &nobody))
			break;
	}
	t->tally.replayed += burst_send(t, &b);
}

void
source_send(struct traffic *t, unsigned n)
{
	struct burst b;
	unsigned k, sent;

	burst_begin(t, &b, n);
	for (k = 0; k < n; k++) {
		uint64_t *sent_at = &t->stream[t->next].sent_at[t->number & (t->window - 1)];

		if (!burst_add(t, &b, t->next, t->number, sent_at))
			break;
		if (++t->next == t->streams) {
			t->next = 0;
			t->number++;
		}
	}
	sent = burst_send(t, &b);
	t->tally.sent += sent;
	t->tally.refused += n - sent;

	t->replays += n * t->conf.replay;
	if (t->replays >= 1) {
		unsigned due = t->replays < PORT_BURST ? (unsigned)t->replays : PORT_BURST;

		replay(t, due);
		t->replays -= due;
	}
}
