/* SPDX-License-Identifier: Apache-2.0
 *
 * The receiving half of traffic.h: which packet is this, when was it sent, has it been here
 * before; and for every so many-th one, does it unseal under the key that the relay announced,
 * to what was said. The generator's one thread. */
#include <string.h>

#include "bench/clock.h"
#include "bench/traffic.h"

/* Packets that are to be looked into. */
struct checks {
	struct {
		const struct stream *stream;
		struct port_frame frame;
		struct wire_packet wire;
		uint64_t number;
	} item[PORT_BURST];
	unsigned n;
};

static bool
says_its_payload(const struct traffic *t, const struct stream *s, uint64_t number,
	const uint8_t *payload, unsigned len)
{
	struct payload_mark mark = {number, (uint32_t)(s - t->stream)};
	unsigned marked = len < sizeof mark ? len : (unsigned)sizeof mark;

	return len == t->conf.payload && memcmp(payload, &mark, marked) == 0 &&
	       memcmp(payload + marked, t->payload + marked, len - marked) == 0;
}

static void
check(struct traffic *t, struct checks *c)
{
	struct seal_job job[PORT_BURST];
	unsigned of[PORT_BURST], jobs = 0;
	bool good[PORT_BURST];

	for (unsigned i = 0; i < c->n; i++) {
		const struct stream *s = c->item[i].stream;
		const struct wire_packet *w = &c->item[i].wire;

		good[i] = c->item[i].frame.partial || wire_checksums_ok(c->item[i].frame.data);
		if (s->unseal == NULL)
			continue;
		of[jobs] = i;
		job[jobs++] = (struct seal_job){
			.key = s->unseal,
			.pkt = w->rtp,
			.index = s->first + c->item[i].number,
			.len = w->len,
			.clear = WIRE_RTP,
		};
	}
	if (jobs > 0)
		unseal_burst(t->lane, job, jobs);
	for (unsigned i = 0; i < jobs; i++) {
		c->item[of[i]].wire.len = job[i].len;
		if (job[i].status != SEAL_OK)
			good[of[i]] = false;
	}
	for (unsigned i = 0; i < c->n; i++) {
		const struct wire_packet *w = &c->item[i].wire;

		t->tally.verified++;
		if (!good[i] || w->len < WIRE_RTP ||
			!says_its_payload(t, c->item[i].stream, c->item[i].number,
				w->rtp + WIRE_RTP, w->len - WIRE_RTP))
			t->tally.corrupt++;
	}
}

static void
account(struct traffic *t, unsigned port, const struct port_frame *frame, uint64_t now,
	struct checks *checks)
{
	struct wire_packet w;
	struct stream *s;
	uint64_t sent, number, *sent_at, delay;
	uint16_t back;

	if (wire_parse(&w, frame->data, frame->len) != 0)
		return; /* the link's own: ARP and the like */
	if (w.ssrc - t->ssrc >= t->streams) {
		t->tally.foreign++;
		return;
	}
	s = &t->stream[w.ssrc - t->ssrc];
	sent = traffic_sent_by(t, w.ssrc - t->ssrc);
	back = (uint16_t)((uint16_t)(s->first + sent - 1) - w.seq); /* how many ago */
	if (back >= sent || back >= t->window) {
		t->tally.stale++;
		return;
	}
	number = sent - 1 - back;
	sent_at = &s->sent_at[number & (t->window - 1)];
	if (*sent_at == 0) {
		t->tally.duplicate++;
		return;
	}
	delay = now > *sent_at ? now - *sent_at : 0;
	*sent_at = 0;
	t->tally.returned++;
	hist_add(&t->tally.delay, delay);
	if (delay > t->conf.late_ns)
		t->tally.late++;
	if (number < s->highest)
		t->tally.reordered++;
	gaps_heard(t, s, number, now);
	if (port != s->back || (s->back_to != 0 && w.to_port != s->back_to))
		t->tally.misrouted++;
	if (t->conf.verify != 0 && t->tally.returned % t->conf.verify == 0) {
		checks->item[checks->n].stream = s;
		checks->item[checks->n].frame = *frame;
		checks->item[checks->n].wire = w;
		checks->item[checks->n++].number = number;
	}
}

unsigned
sink_take(struct traffic *t)
{
	struct port_frame frame[PORT_BURST];
	unsigned total = 0;

	for (unsigned p = 0; p < t->ports; p++) {
		unsigned n = port_take(t->port[p], frame, PORT_BURST);
		struct checks checks;
		uint64_t now;

		if (n == 0)
			continue;
		now = clock_ns();
		checks.n = 0;
		for (unsigned i = 0; i < n; i++)
			account(t, p, &frame[i], now, &checks);
		if (checks.n > 0)
			check(t, &checks);
		total += n;
	}
	return total;
}
