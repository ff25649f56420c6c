/* SPDX-License-Identifier: Apache-2.0
 *
 * Legs that call a party in the mesh: by its SID, or by a number that is looked up first; and
 * legs of a record, whose calls go on.  See mesh_calls_inside.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "relay/coding.h"
#include "relay/config.h"
#include "relay/mesh_calls_inside.h"
#include "relay/mesh_formats.h"

/* ---- What we take, and who we are ---- */

static void
add(struct vomp_offer *o, uint8_t id)
{
	o->codec[o->codecs++] = id;
}

/* What leg L of C may speak, by the rules of the call. */
static struct vomp_offer
our_offer(const struct mesh_call *m, const struct call *c, const struct leg *l)
{
	const struct mesh_identity *self = mesh_identity(m->of->conf.mesh, m->identity);
	const char *from = l->mesh->from[0] != '\0' ? l->mesh->from : self->did;
	struct vomp_offer o = {0};
	bool events;
	uint32_t set = mesh_formats_set(l->stream[0].coding, c->rules, l != c->leg, &events);

	for (uint8_t id = 1; id < 32; id++)
		if ((set >> id & 1) != 0)
			add(&o, id);
	if (events)
		add(&o, VOMP_DTMF);
	add(&o, VOMP_TEXT);
	if (l->mesh->incoming)
		return o;
	snprintf(o.from, sizeof o.from, "%s", from);
	snprintf(o.to, sizeof o.to, "%s", l->mesh->did);
	return o;
}

/* Which identity of ours leg L speaks as; -ENOENT. */
static int
identity_of(const struct mesh_calls *mc, const struct leg *l)
{
	return l->mesh->has_identity ? mesh_identity_find(mc->conf.mesh, l->mesh->identity)
				     : 0;
}

static int
hold(struct mesh_call *m)
{
	int err = mesh_hold(m->of->conf.mesh, m->identity, &m->sid);

	m->held = err == 0;
	return err;
}

/* ---- To call ---- */

static void dial(struct mesh_call *m);

static void
moved(void *arg, const struct call *c, const struct fault *fault)
{
	struct mesh_call *m = arg;
	const struct leg *l;

	m->asking = m->moving = false;
	m->of->moving--;
	if (m->left)
		return;
	l = mesh_call_leg(m, &c);
	if (fault != NULL || l == NULL) {
		mesh_call_end(m, MESH_NO_ROOM);
		return;
	}
	mesh_call_settle(m, &l->stream[0]);
	dial(m);
}

/* Somebody before it had its session, and its party may still think of that one. */
static void
move(struct mesh_call *m, const struct leg *l)
{
	struct call_request r = {.legs = 1};

	memcpy(r.id, m->call, sizeof r.id);
	mesh_call_ask(m, l, &r.leg[0]);
	r.leg[0].mesh.local = VOMP_NOCALL;
	r.leg[0].streams = 1;
	r.leg[0].stream[0].reopen = 1;
	m->asking = m->moving = true;
	m->of->moving++;
	calls_update(m->of->conf.calls, &r, moved, m);
}

static void
dial(struct mesh_call *m)
{
	const struct call *c;
	const struct leg *l = mesh_call_leg(m, &c);
	struct vomp_offer ours;

	if (l == NULL) {
		mesh_call_drop(m);
		return;
	}
	if (mesh_call_is_in_use(m)) {
		move(m, l);
		return;
	}
	ours = our_offer(m, c, l);
	m->stage = MESH_RUNNING;
	m->of->sums.dialled++;
	mesh_call_do(m, vomp_call_dial(&m->vomp, m->session, &ours, &mesh_calls_times,
				mesh_calls_now(m->of)));
}

/* Its party is SID: why it is not called, or 0. */
static unsigned
call(struct mesh_call *m, const struct sid *sid)
{
	if (mesh_calls_is_full(m->of, sid))
		return MESH_PEER_BUSY;
	if (mesh_call_join(m, sid) != 0 || hold(m) != 0)
		return MESH_NO_ROOM;
	dial(m);
	return 0;
}

/* ---- By a number ---- */

static void
found(void *arg, const struct dna_answer *a)
{
	static const char to_sid[] = "sid://";
	struct mesh_call *m = arg;
	unsigned why = MESH_NOT_FOUND;

	if (a == NULL) {
		m->lookup = NULL;
	} else if (strncmp(a->uri, to_sid, sizeof to_sid - 1) != 0 ||
		   mesh_identity_find(m->of->conf.mesh, a->sid.b) >= 0) {
		return; /* nobody whom we could call: maybe the next one */
	} else {
		mesh_lookup_end(m->lookup);
		m->lookup = NULL;
		why = call(m, &a->sid);
	}
	if (why != 0)
		mesh_call_end(m, why);
}

/* There may be some look-ups at a time: one that is too many is tried again. */
static unsigned
look_up(struct mesh_call *m, const char *did)
{
	int64_t now = mesh_calls_now(m->of);

	m->lookup = mesh_lookup(m->of->conf.mesh, did, MESH_LOOKUP_MS, found, m);
	if (m->lookup != NULL)
		return 0;
	if (m->until_ms == 0)
		m->until_ms = now + VOMP_DIAL_MS;
	return errno == EAGAIN && now < m->until_ms ? 0 : MESH_NO_ROOM;
}

/* ---- By a record ---- */

static unsigned
resume(struct mesh_call *m, const struct call *c, const struct leg *l)
{
	const struct request_mesh *r = l->mesh;
	const struct coding *coding = l->stream[0].coding;
	struct sid sid;
	bool events = false;

	memcpy(sid.b, r->sid, sizeof sid.b);
	if (mesh_call_join(m, &sid) != 0 || hold(m) != 0)
		return MESH_NO_ROOM;
	m->far_session = r->far_session;
	m->vomp = (struct vomp_call){.caller = !r->incoming,
		.local = r->local,
		.remote = r->remote,
		.shown = r->remote >= VOMP_RINGINGOUT,
		.session = m->session,
		.far_session = r->far_session,
		.far_text = !r->no_text,
		.ours = our_offer(m, c, l),
		.times = mesh_calls_times};
	if (r->far_session != 0 && coding != NULL && coding->formats > 0)
		m->vomp.common = mesh_formats_set(coding, NULL, false, &events);
	m->vomp.far_dtmf = events;
	memcpy(m->vomp.theirs.from, r->from, sizeof m->vomp.theirs.from);
	memcpy(m->vomp.theirs.to, r->did, sizeof m->vomp.theirs.to);
	vomp_call_resume(&m->vomp, mesh_calls_now(m->of));
	m->stage = MESH_RUNNING;
	m->noted = (struct mesh_noted){r->local, r->remote, r->far_session, m->vomp.common};
	return 0;
}

/* ---- All of them ---- */

void
mesh_call_begin(struct mesh_call *m)
{
	const struct call *c;
	const struct leg *l = mesh_call_leg(m, &c);
	int identity = l != NULL ? identity_of(m->of, l) : 0;
	unsigned why;
	struct sid sid;

	if (l == NULL) {
		mesh_call_drop(m);
		return;
	}
	mesh_call_age(m);
	m->incoming = l->mesh->incoming;
	m->identity = (unsigned)(identity >= 0 ? identity : 0);
	memcpy(sid.b, l->mesh->sid, sizeof sid.b);
	if (identity < 0)
		why = MESH_NO_IDENTITY;
	else if (l->mesh->incoming || l->mesh->local > VOMP_NOCALL)
		why = resume(m, c, l);
	else if (l->mesh->has_sid)
		why = call(m, &sid);
	else
		why = look_up(m, l->mesh->did);
	if (why != 0)
		mesh_call_end(m, why);
}

/* ---- Before ---- */

/* Leg I of DRAFT is a new one that calls somebody: may it? */
static int
check(const struct mesh_calls *mc, const struct call *draft, unsigned i, struct fault *fault)
{
	const struct request_mesh *r = draft->leg[i].mesh;
	struct sid sid;
	char path[32], text[SID_TEXT];

	snprintf(path, sizeof path, "legs[%u].identity", i);
	if (identity_of(mc, &draft->leg[i]) < 0)
		return fault_set(fault, FAULT_BAD_REQUEST, path, NULL,
			"the SID of an identity of this node", "%s: it is none of ours", path);
	if (!r->has_sid)
		return 0;
	memcpy(sid.b, r->sid, sizeof sid.b);
	sid_print(&sid, text);
	snprintf(path, sizeof path, "legs[%u].sid", i);
	if (mesh_identity_find(mc->conf.mesh, sid.b) >= 0)
		return fault_set(fault, FAULT_BAD_REQUEST, path, text, "somebody else's SID",
			"%s: it is our own", path);
	if (mesh_calls_is_full(mc, &sid))
		return fault_set(fault, FAULT_PEER_BUSY, path, text, NULL,
			"there are %u calls with this SID, and mesh.calls_per_peer allows no "
			"more",
			mc->conf.config->mesh_calls_per_peer);
	return 0;
}

int
mesh_calls_guard(
	void *arg, const struct call *draft, const struct call *old, struct fault *fault)
{
	const struct mesh_calls *mc = arg;

	for (unsigned i = 0; i < draft->legs; i++) {
		const struct leg *l = &draft->leg[i];

		if (l->mesh != NULL && !l->mesh->incoming && l->mesh->local == 0 &&
			(i >= old->legs || old->leg[i].mesh == NULL) &&
			check(mc, draft, i, fault) != 0)
			return -EINVAL;
	}
	return 0;
}
