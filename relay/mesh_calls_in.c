/* SPDX-License-Identifier: Apache-2.0
 *
 * Parties that call us; see mesh_calls_inside.h.  A call of ours is made first, for its port
 * is our session, and only then its caller is answered.  Meanwhile the caller may repeat
 * itself: it is one call by its SID and its session. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "relay/mesh_calls_inside.h"
#include "relay/mesh_formats.h"
#include "relay/random.h"

enum { NOBODY = 1 }; /* a session that is none of ours, which are even */

/* The call of H, which is not here, or not to be, is over. */
static void
say_ended(const struct mesh_calls *mc, unsigned identity, const struct sid *to,
	const struct vomp_header *h)
{
	static const struct mesh_ports ports = {MESH_PORT_VOMP, MESH_PORT_VOMP};
	uint8_t bytes[VOMP_PORTS + VOMP_HEADER];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};

	mesh_put_vomp_header(
		&w, &(struct vomp_header){
			    .from_session = h->to_session != 0 ? h->to_session : NOBODY,
			    .to_session = h->from_session,
			    .state = VOMP_CALLENDED,
			    .view = VOMP_CALLENDED});
	mesh_send(mc->conf.mesh, identity, to, &ports, bytes + VOMP_PORTS, w.len - VOMP_PORTS);
}

/* ---- A new call ---- */

/* For no rules are known yet. */
static struct vomp_offer
all_codecs(void)
{
	const struct vomp_codec_row *row;
	struct vomp_offer o = {0};

	for (unsigned i = 0; (row = vomp_codec_row(i)) != NULL; i++)
		o.codec[o.codecs++] = row->id;
	return o;
}

static int
open_machine(struct mesh_call *m)
{
	const struct vomp_offer ours = all_codecs();
	struct vomp_todo todo;

	if (vomp_call_open(&m->vomp, m->session, &ours, &mesh_calls_times, m->first,
		    m->first_len, mesh_calls_now(m->of), &todo) != 0)
		return -EBADMSG;
	m->stage = MESH_RUNNING;
	mesh_call_do(m, todo);
	return 0;
}

/* Its call is there, or cannot be. */
static void
created(void *arg, const struct call *c, const struct fault *fault)
{
	struct mesh_call *m = arg;
	struct vomp_header h;

	m->asking = false;
	if (m->left) { /* this node ends */
		calls_end(m->of->conf.calls, m->call, mesh_end_words[VOMP_HUNG_UP]);
		return;
	}
	if (fault == NULL) {
		mesh_call_settle(m, &c->leg[0].stream[0]);
		if (open_machine(m) != 0)
			mesh_call_end(m, VOMP_REFUSED);
		return;
	}
	m->of->sums.refused++;
	vomp_header_read(m->first, m->first_len, &h);
	say_ended(m->of, m->identity, &m->sid, &h);
	mesh_call_drop(m);
}

static void
describe(const struct mesh_call *m, const struct vomp_offer *theirs, struct call_request *r)
{
	const struct mesh_identity *self = mesh_identity(m->of->conf.mesh, m->identity);
	struct leg_request *l = &r->leg[0];
	struct vomp_offer ours = all_codecs();
	bool events = memchr(theirs->codec, VOMP_DTMF, theirs->codecs) != NULL;
	uint32_t common = 0;

	r->legs = 1;
	memcpy(r->id, m->call, sizeof r->id);
	memcpy(l->name, m->leg, sizeof l->name);
	l->mesh = (struct request_mesh){.used = 1,
		.has_sid = 1,
		.has_identity = 1,
		.number = (uint8_t)m->identity,
		.incoming = 1,
		.local = VOMP_NOCALL,
		.remote = VOMP_CALLPREP,
		.far_session = m->far_session};
	memcpy(l->mesh.sid, m->sid.b, sizeof l->mesh.sid);
	memcpy(l->mesh.identity, self->sid.b, sizeof l->mesh.identity);
	memcpy(l->mesh.did, theirs->to, sizeof l->mesh.did);
	memcpy(l->mesh.from, theirs->from, sizeof l->mesh.from);
	for (unsigned i = 0; i < theirs->codecs; i++)
		if (theirs->codec[i] < 32 &&
			memchr(ours.codec, theirs->codec[i], ours.codecs) != NULL)
			common |= 1u << theirs->codec[i];
	l->streams = 1;
	l->stream[0].has = REQUEST_HAS_FORMATS;
	l->stream[0].formats = (uint8_t)mesh_formats(common, events, l->stream[0].format);
}

/* NULL: no memory. */
static struct mesh_call *
open_call(struct mesh_calls *mc, const struct mesh_message *msg)
{
	struct mesh_call *m, *crowded_out;
	char id[REQUEST_ID];
	uint64_t number;

	random_take(&number, sizeof number);
	snprintf(id, sizeof id, "mesh-%016llx", (unsigned long long)number);
	m = mesh_call_open(mc, id, "mesh");
	if (m == NULL)
		return NULL;
	mesh_call_age(m);
	m->incoming = m->unseen = true;
	mc->unseen++;
	m->identity = msg->identity;
	if (mesh_call_join(m, msg->from) != 0)
		goto failed;
	if (mesh_hold(mc->conf.mesh, m->identity, &m->sid) != 0)
		goto failed;
	m->held = true;
	crowded_out = mesh_call_wait(m, msg->via);
	if (crowded_out != NULL)
		mesh_call_end(crowded_out, MESH_CROWDED_OUT);
	return m;

failed:
	mesh_call_close(m);
	return NULL;
}

static void
begin(struct mesh_calls *mc, const struct mesh_message *msg, const struct vomp_header *h)
{
	struct vomp_offer theirs;
	struct call_request r = {0};
	struct mesh_call *m;

	/* Of one that is over, too, a first frame may come again. */
	if (mesh_call_from(mc, msg->identity, msg->from, h->from_session) != NULL ||
		msg->len > MESH_FRAME ||
		vomp_offer_read(msg->data + VOMP_HEADER, msg->len - VOMP_HEADER, &theirs) != 0)
		return;
	if (mc->unseen >= MESH_UNSEEN) { /* it asks again in a second */
		mc->sums.put_off++;
		return;
	}
	m = mesh_calls_is_full(mc, msg->from) ? NULL : open_call(mc, msg);
	if (m == NULL) {
		mc->sums.refused++;
		say_ended(mc, msg->identity, msg->from, h);
		return;
	}
	m->far_session = h->from_session;
	m->first_len = (uint16_t)msg->len;
	memcpy(m->first, msg->data, msg->len);
	describe(m, &theirs, &r);
	m->asking = true;
	calls_create(mc->conf.calls, &r, created, m);
}

bool
mesh_calls_awaits(const struct mesh_calls *mc, const struct call *c, const struct leg *l)
{
	const struct mesh_call *m = NULL;
	struct sid sid;

	if (l->mesh->incoming) {
		memcpy(sid.b, l->mesh->sid, sizeof sid.b);
		m = mesh_call_from(mc, l->mesh->number, &sid, l->mesh->far_session);
	}
	return m != NULL && m->session == 0 && strcmp(m->call, c->id) == 0;
}

/* ---- One that is over ---- */

/* Its other side believes in it: it is told, so that it does not wait for long. */
static void
stray(struct mesh_calls *mc, const struct mesh_message *msg, const struct vomp_header *h)
{
	int64_t now = mesh_calls_now(mc);

	mc->sums.strays++;
	if (h->to_session == 0 || (h->state == VOMP_CALLENDED && h->view == VOMP_CALLENDED))
		return;
	if (now - mc->strays_ms >= 1000) {
		mc->strays_ms = now;
		mc->strays = 0;
	}
	if (mc->strays++ < MESH_STRAYS)
		say_ended(mc, msg->identity, msg->from, h);
}

void
mesh_calls_strange(struct mesh_calls *mc, const struct mesh_message *msg)
{
	struct vomp_header h;

	if (vomp_header_read(msg->data, msg->len, &h) != 0)
		return;
	if (h.to_session == 0 && h.state == VOMP_CALLPREP && h.view == VOMP_NOCALL)
		begin(mc, msg, &h);
	else
		stray(mc, msg, &h);
}
