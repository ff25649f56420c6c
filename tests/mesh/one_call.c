/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mesh/one_call.h"

#include <check.h>

const struct vomp_times call_times = {VOMP_DIAL_MS, VOMP_RING_MS, VOMP_NETWORK_MS};
const struct vomp_offer call_offer = {.codecs = 3,
	.codec = {VOMP_PCMU, VOMP_OPUS, VOMP_DTMF},
	.from = "555001",
	.to = "555002"};

/* ---- Frames of the far side ---- */

void
far_header(struct frame *f, uint16_t to, uint8_t state, uint8_t view)
{
	f->w = (struct mesh_writer){.p = f->bytes, .max = sizeof f->bytes};
	mesh_put_vomp_header(&f->w, &(struct vomp_header){THEIRS, to, state, view});
	f->w.p += VOMP_PORTS;
	f->w.len -= VOMP_PORTS;
}

struct vomp_todo
far_take_offer(struct vomp_call *c, uint8_t state, uint8_t view, const struct vomp_offer *o,
	int64_t now)
{
	struct frame f;

	far_header(&f, c->caller ? OURS : 0, state, view);
	mesh_put_vomp_offer(&f.w, o, !c->caller);
	return vomp_call_take(c, f.w.p, f.w.len, now);
}

struct vomp_todo
far_take(struct vomp_call *c, uint8_t state, int64_t now)
{
	struct frame f;

	if (state < VOMP_RINGINGOUT && c->local < VOMP_RINGINGOUT)
		return far_take_offer(c, state, c->local, &call_offer, now);
	far_header(&f, OURS, state, c->local);
	return vomp_call_take(c, f.w.p, f.w.len, now);
}

void
call_write(struct vomp_call *c, struct frame *f, int64_t now)
{
	f->w = (struct mesh_writer){.p = f->bytes, .max = sizeof f->bytes};
	vomp_call_write(c, &f->w, now);
	ck_assert(!f->w.full && f->bytes[0] == (MESH_PORT_VOMP << 1 | 1));
	f->w.p += VOMP_PORTS;
	f->w.len -= VOMP_PORTS;
}

void
call_say(struct vomp_call *c, int64_t now)
{
	struct frame f;

	call_write(c, &f, now);
}

bool
is_nothing(struct vomp_todo t)
{
	return !(t.send || t.codecs || t.offered || t.ringing || t.answered || t.ended ||
		 t.gone);
}

/* ---- Calls ---- */

void
call_dial(struct vomp_call *c)
{
	struct vomp_todo t = vomp_call_dial(c, OURS, &call_offer, &call_times, NOW);

	ck_assert(t.send && !t.codecs && !t.ended && c->caller);
	call_say(c, NOW);
}

void
call_asked(struct vomp_call *c, const struct vomp_offer *theirs, struct vomp_todo *t)
{
	struct frame f;

	far_header(&f, 0, VOMP_CALLPREP, VOMP_NOCALL);
	mesh_put_vomp_offer(&f.w, theirs, true);
	ck_assert_int_eq(
		vomp_call_open(c, OURS, &call_offer, &call_times, f.w.p, f.w.len, NOW, t), 0);
}

void
call_be_asked(struct vomp_call *c)
{
	struct vomp_todo t;

	call_asked(c, &call_offer, &t);
	ck_assert(t.send && t.codecs && !t.offered && !t.ended && !c->caller);
	call_say(c, NOW);
}

void
call_put(struct vomp_call *c, bool caller, uint8_t local, uint8_t remote)
{
	*c = (struct vomp_call){.caller = caller,
		.local = local,
		.remote = remote,
		.session = OURS,
		.far_session = THEIRS,
		.ours = call_offer,
		.times = call_times,
		.common = 1u << VOMP_PCMU | 1u << VOMP_OPUS,
		.began_ms = NOW,
		.heard_ms = NOW,
		.said_ms = NOW,
		.sent_local = local,
		.sent_remote = remote};
}
