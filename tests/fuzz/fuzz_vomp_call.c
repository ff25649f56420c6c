/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes a call of VoMP, made or taken, by a script of frames, of wishes of our user, and of
 * time that goes by: states only grow, everything is told once and in its time, what is sent
 * can be read, and it comes to an end.
 *
 *	1: we call, 0: the first frame calls us
 *	0..0x7f: so many times 64 ms go by
 *	0x80: its phone rings, 0x81: is answered, 0x82: hangs up, 0x83: sound came
 *	else LEN, BYTES: a frame, its sessions (but of odd ones) set right */
#include <stdlib.h>

#include "mesh/vomp_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OURS = 0x1111, THEIRS = 0x2222 };
enum { RING = 0x80, ANSWER, HANG_UP, HEARD };

static const struct vomp_times times = {VOMP_DIAL_MS, VOMP_RING_MS, VOMP_NETWORK_MS};
static const struct vomp_offer offer = {.codecs = 4,
	.codec = {VOMP_PCMU, VOMP_OPUS, VOMP_DTMF, VOMP_TEXT},
	.from = "555001",
	.to = "555002"};

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

struct script {
	const uint8_t *p;
	size_t left;
};

struct life {
	struct vomp_call c;
	int64_t now;
	struct vomp_todo told; /* ever */
	bool gone;
};

static uint8_t
next(struct script *s)
{
	if (s->left == 0)
		return 0;
	s->left--;
	return *s->p++;
}

/* The caller's to free. */
static uint8_t *
frame(struct script *s, bool right, bool first, unsigned *len)
{
	uint8_t *p;

	*len = next(s);
	if (*len > s->left)
		*len = (unsigned)s->left;
	p = malloc(*len > 0 ? *len : 1);
	must(p != NULL);
	memcpy(p, s->p, *len);
	s->p += *len;
	s->left -= *len;
	if (right && *len >= VOMP_HEADER) {
		const uint8_t front[] = {VOMP_VERSION, THEIRS >> 8, THEIRS & 0xff,
			first ? 0 : OURS >> 8, first ? 0 : OURS & 0xff};

		memcpy(p, front, sizeof front);
	}
	return p;
}

static void
say(struct life *l)
{
	uint8_t bytes[256];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};
	struct vomp_header h;
	struct vomp_offer o;

	vomp_call_write(&l->c, &w, l->now);
	must(!w.full && w.len >= VOMP_PORTS + VOMP_HEADER);
	must(vomp_header_read(bytes + VOMP_PORTS, w.len - VOMP_PORTS, &h) == 0);
	must(h.state == l->c.local && h.view == l->c.remote);
	if (w.len > VOMP_PORTS + VOMP_HEADER)
		must(vomp_offer_read(bytes + VOMP_PORTS + VOMP_HEADER,
			     w.len - VOMP_PORTS - VOMP_HEADER, &o) == 0 &&
			o.codecs == offer.codecs);
}

static void
once(bool now, bool *ever)
{
	must(!now || !*ever);
	*ever |= now;
}

static void
become(struct life *l, const struct vomp_call *was, struct vomp_todo t)
{
	const struct vomp_call *c = &l->c;

	must(c->local >= was->local && c->remote >= was->remote);
	must(c->local <= VOMP_CALLENDED && c->remote <= VOMP_CALLENDED);
	must((c->local == VOMP_CALLENDED) == (c->end != VOMP_NOT_ENDED));
	must(t.ended == (c->local == VOMP_CALLENDED && was->local != VOMP_CALLENDED));
	must(!t.answered || (c->local == VOMP_INCALL && c->remote == VOMP_INCALL));
	must(!t.gone || (c->local == VOMP_CALLENDED && c->remote == VOMP_CALLENDED));
	must(!t.offered || (!c->caller && c->common != 0));
	must(!t.ringing || c->caller);
	must(c->local != VOMP_INCALL || (c->common != 0 && (c->caller || c->shown)));
	once(t.codecs, &l->told.codecs);
	once(t.offered, &l->told.offered);
	once(t.ringing, &l->told.ringing);
	once(t.answered, &l->told.answered);
	once(t.ended, &l->told.ended);
	if (t.send)
		say(l);
	l->gone |= t.gone;
}

static struct vomp_todo
step(struct life *l, struct script *s)
{
	uint8_t op = next(s), *p;
	struct vomp_todo t;
	unsigned len;

	if (op < RING) {
		l->now += op * 64;
		return vomp_call_tick(&l->c, l->now);
	}
	if (op == RING)
		return vomp_call_ring(&l->c, l->now);
	if (op == ANSWER)
		return vomp_call_answer(&l->c, l->now);
	if (op == HANG_UP)
		return vomp_call_hang_up(&l->c, VOMP_HUNG_UP, l->now);
	if (op == HEARD) {
		vomp_call_heard(&l->c, l->now);
		return (struct vomp_todo){0};
	}
	p = frame(s, op % 2 == 0, false, &len);
	t = vomp_call_take(&l->c, p, len, l->now);
	free(p);
	return t;
}

/* False: the first frame is no call. */
static bool
begin(struct life *l, struct script *s)
{
	struct vomp_call none = {0};
	struct vomp_todo t;
	unsigned len;
	uint8_t *p;
	int error;

	if (next(s) & 1) {
		t = vomp_call_dial(&l->c, OURS, &offer, &times, l->now);
		become(l, &none, t);
		return true;
	}
	p = frame(s, true, true, &len);
	error = vomp_call_open(&l->c, OURS, &offer, &times, p, len, l->now, &t);
	free(p);
	if (error == 0)
		become(l, &none, t);
	return error == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script s = {data, size};
	struct life l = {.now = 1};

	if (!begin(&l, &s))
		return 0;
	while (s.left > 0 && !l.gone) {
		const struct vomp_call was = l.c;
		struct vomp_todo t = step(&l, &s);

		become(&l, &was, t);
	}
	for (unsigned i = 0; i < 400 && !l.gone; i++) {
		const struct vomp_call was = l.c;
		struct vomp_todo t = vomp_call_tick(&l.c, l.now += 250);

		become(&l, &was, t);
	}
	must(l.gone);
	return 0;
}
