/* SPDX-License-Identifier: Apache-2.0
 *
 * What the machine of a call of VoMP wants done; see mesh_calls_inside.h.  What is new of it
 * is written down by requests of ours, one at a time: changes meanwhile go into the next. */
#include <string.h>

#include "control/log.h"
#include "control/request.h"
#include "mesh/packet.h"
#include "relay/mesh_calls_inside.h"
#include "relay/mesh_formats.h"

const struct vomp_times mesh_calls_times = {VOMP_DIAL_MS, VOMP_RING_MS, VOMP_NETWORK_MS};

/* A frame that finds no way is said again within a second. */
static void
say(struct mesh_call *m)
{
	static const struct mesh_ports ports = {MESH_PORT_VOMP, MESH_PORT_VOMP};
	uint8_t bytes[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};

	vomp_call_write(&m->vomp, &w, mesh_calls_now(m->of));
	mesh_send(m->of->conf.mesh, m->identity, &m->sid, &ports, bytes + VOMP_PORTS,
		w.len - VOMP_PORTS);
}

/* ---- The record ---- */

static struct mesh_noted
news(const struct mesh_call *m)
{
	return (struct mesh_noted){
		m->vomp.local, m->vomp.remote, m->vomp.far_session, m->vomp.common};
}

static bool
is_noted(const struct mesh_call *m)
{
	const struct mesh_noted *n = &m->noted;

	return n->local == m->vomp.local && n->remote == m->vomp.remote &&
	       n->far_session == m->vomp.far_session && n->common == m->vomp.common;
}

void
mesh_call_ask(const struct mesh_call *m, const struct leg *l, struct leg_request *r)
{
	const struct mesh_identity *self = mesh_identity(m->of->conf.mesh, m->identity);

	memcpy(r->name, m->leg, sizeof r->name);
	r->mesh = *l->mesh;
	r->mesh.has_sid = r->mesh.has_identity = 1;
	memcpy(r->mesh.sid, m->sid.b, sizeof r->mesh.sid);
	memcpy(r->mesh.identity, self->sid.b, sizeof r->mesh.identity);
	r->mesh.number = (uint8_t)m->identity;
	r->mesh.local = m->vomp.local;
	r->mesh.remote = m->vomp.remote;
	r->mesh.far_session = m->vomp.far_session;
	if (m->vomp.common == 0)
		return;
	r->mesh.no_text = !m->vomp.far_text;
	r->streams = 1;
	r->stream[0].has = REQUEST_HAS_FORMATS;
	r->stream[0].formats =
		(uint8_t)mesh_formats(m->vomp.common, m->vomp.far_dtmf, r->stream[0].format);
}

static void
tell_waiter(struct mesh_call *m, const struct call *c, const struct fault *fault)
{
	calls_done *done = m->waiter.done;

	m->waiter.done = NULL;
	if (done != NULL)
		done(m->waiter.arg, c, fault);
}

/* It has ended before what somebody waits for was written down. */
static void
disappoint(struct mesh_call *m)
{
	struct fault fault;

	fault_set(&fault, FAULT_WRONG_STATE, "call", NULL, NULL, "it has ended meanwhile");
	tell_waiter(m, NULL, &fault);
}

/* Such a call cannot be, whatever is tried again.  0: it may be. */
static unsigned
hopeless(const struct fault *fault)
{
	switch (fault->kind) {
	case FAULT_NO_CODEC:
		return VOMP_NO_CODEC;
	case FAULT_NO_TRANSCODER:
		return MESH_NO_CAPACITY;
	default:
		return 0;
	}
}

static void
noted(void *arg, const struct call *c, const struct fault *fault)
{
	struct mesh_call *m = arg;
	unsigned why;

	m->asking = false;
	if (fault != NULL) {
		m->noted = (struct mesh_noted){0}; /* said again with the next tick */
		tell_waiter(m, NULL, fault);
		if (!m->left && (why = hopeless(fault)) != 0)
			mesh_call_end(m, why);
	} else if (is_noted(m)) {
		tell_waiter(m, c, NULL);
	} else if (m->left) {
		disappoint(m);
	} else {
		mesh_call_note(m);
	}
}

void
mesh_call_note(struct mesh_call *m)
{
	const struct leg *l;
	const struct call *c;
	struct call_request r = {.legs = 1};

	if (m->stage != MESH_RUNNING || m->left || m->asking || is_noted(m))
		return;
	l = mesh_call_leg(m, &c);
	if (l == NULL)
		return;
	memcpy(r.id, m->call, sizeof r.id);
	mesh_call_ask(m, l, &r.leg[0]);
	m->noted = news(m);
	m->asking = true;
	calls_update(m->of->conf.calls, &r, noted, m);
}

/* ---- The end ---- */

/* MS: for how long it still counts. */
static void
rest(struct mesh_call *m, unsigned ms)
{
	if (m->stage == MESH_RESTING)
		return;
	mesh_call_age(m);
	m->stage = MESH_RESTING;
	m->until_ms = mesh_calls_now(m->of) + ms;
}

/* It is no beginner any more.  Was it? */
static bool
grow_up(struct mesh_call *m)
{
	bool was = m->unseen;

	m->of->unseen -= was;
	m->unseen = false;
	return was;
}

static void
over(struct mesh_call *m, unsigned why)
{
	if (m->why == 0)
		m->why = why;
	m->of->sums.ended[m->why]++;
	if (!grow_up(m))
		mesh_calls_tell_ended(m, m->why);
	log_about(m->call, LOG_LEVEL_DEBUG, "party %s in the mesh: %s", m->leg,
		mesh_end_words[m->why]);
	if (m->left)
		return;
	m->left = true;
	calls_end(m->of->conf.calls, m->call, mesh_end_words[m->why]);
}

void
mesh_call_end(struct mesh_call *m, unsigned why)
{
	enum vomp_end end = why < VOMP_ENDS ? (enum vomp_end)why : VOMP_HUNG_UP;

	if (m->why == 0)
		m->why = why;
	if (m->stage == MESH_RUNNING) {
		mesh_call_do(m, vomp_call_hang_up(&m->vomp, end, mesh_calls_now(m->of)));
	} else if (m->stage != MESH_RESTING) {
		over(m, why);
		rest(m, 0);
	}
}

void
mesh_call_left(struct mesh_call *m)
{
	m->left = true;
	mesh_call_end(m, VOMP_HUNG_UP);
}

void
mesh_call_drop(struct mesh_call *m)
{
	m->left = true;
	rest(m, 0);
}

/* ---- All of it ---- */

static void
offered(struct mesh_call *m)
{
	m->of->sums.offered++;
	grow_up(m);
	mesh_calls_tell_offered(m);
}

void
mesh_call_do(struct mesh_call *m, struct vomp_todo todo)
{
	if (todo.send)
		say(m);
	if (todo.offered)
		offered(m);
	if (todo.ringing)
		mesh_calls_tell_ringing(m);
	if (todo.answered) {
		m->of->sums.answered++;
		mesh_calls_tell_answered(m);
	}
	if (m->vomp.local >= VOMP_INCALL)
		mesh_call_waits_no_more(m);
	if (todo.ended)
		over(m, m->vomp.end);
	if (todo.gone)
		rest(m, MESH_REST_MS);
	mesh_call_note(m);
}
