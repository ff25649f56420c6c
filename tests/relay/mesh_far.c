/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_far.h.  One thread: the test's. */
#include "tests/relay/mesh_far.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "control/events.h"
#include "control/log.h"
#include "control/rpc_check.h"
#include "relay/event_kinds.h"
#include "relay/mesh.h"
#include "relay/mesh_calls_inside.h"

enum { FRAMES = 4096, NO_ROOM = 0xbb };

struct event_base *base;
struct switch_client *sw;
struct calls *calls;
struct mesh_calls *mc;
struct config conf;
int64_t now_ms;

const uint8_t far_all[] = {VOMP_PCM16, VOMP_PCMU, VOMP_PCMA, VOMP_GSM, VOMP_CODEC2_1200,
	VOMP_CODEC2_3200, VOMP_OPUS, VOMP_DTMF, VOMP_TEXT, 0};
const uint8_t far_law[] = {VOMP_PCMU, VOMP_PCMA, 0};

static struct events *events;
static struct evbuffer *told_so_far;
static char about[REQUEST_ID];
static struct far fars[FARS];
static unsigned n_fars;
static struct {
	struct sid to;
	uint8_t bytes[MESH_DATAGRAM_MAX];
	unsigned len;
} frame[FRAMES];
static unsigned head, waiting, sent_so_far;
unsigned held;
static mesh_vomp *listener;
static void *listener_arg;
static const struct vomp_times times = {VOMP_DIAL_MS, VOMP_RING_MS, VOMP_NETWORK_MS};
static const struct mesh_identity self[2] = {{.sid = {.b = {0xee, 1}}, .did = "555100"},
	{.sid = {.b = {0xee, 2}}, .did = "555200"}};

/* ---- control/rpc.h, of which there is one subscriber to events ---- */

void
rpc_peer_watch(struct rpc_peer *p, void (*gone)(void *arg), void *arg)
{
}

bool
rpc_peer_notify(struct rpc_peer *p, const char *line, size_t len, size_t room)
{
	return evbuffer_add(told_so_far, line, len) == 0;
}

/* ---- relay/mesh.h ---- */

struct mesh_lookup {
	mesh_found *found;
	void *arg;
};
static struct mesh_lookup lookup; /* one at a time */

const struct mesh_identity *
mesh_identity(const struct mesh *m, unsigned n)
{
	ck_assert_uint_lt(n, 2);
	return &self[n];
}

int
mesh_identity_find(const struct mesh *m, const uint8_t sid[SID_LEN])
{
	for (int i = 0; i < 2; i++)
		if (memcmp(self[i].sid.b, sid, SID_LEN) == 0)
			return i;
	return -ENOENT;
}

void
mesh_listen(struct mesh *m, mesh_vomp *vomp, void *arg)
{
	listener = vomp;
	listener_arg = arg;
}

int
mesh_send(struct mesh *m, unsigned identity, const struct sid *to,
	const struct mesh_ports *ports, const void *data, unsigned len)
{
	unsigned at = (head + waiting++) % FRAMES;

	ck_assert_uint_le(waiting, FRAMES);
	ck_assert_uint_eq(ports->source, MESH_PORT_VOMP);
	ck_assert_uint_eq(ports->destination, MESH_PORT_VOMP);
	frame[at].to = *to;
	frame[at].len = len;
	memcpy(frame[at].bytes, data, len);
	sent_so_far++;
	return 0;
}

int
mesh_hold(struct mesh *m, unsigned identity, const struct sid *sid)
{
	if (sid->b[0] == NO_ROOM)
		return -ENOBUFS;
	held++;
	return 0;
}

void
mesh_release(struct mesh *m, unsigned identity, const struct sid *sid)
{
	held--;
}

struct mesh_lookup *
mesh_lookup(struct mesh *m, const char *did, unsigned timeout_ms, mesh_found *found, void *arg)
{
	if (lookup.found != NULL) {
		errno = EAGAIN;
		return NULL;
	}
	lookup = (struct mesh_lookup){found, arg};
	return &lookup;
}

void
mesh_lookup_end(struct mesh_lookup *l)
{
	l->found = NULL;
}

unsigned
lookups(void)
{
	return lookup.found != NULL;
}

void
answer_lookup(const char *uri, uint8_t sid)
{
	struct dna_answer a = {.sid = {.b = {sid}}};
	struct mesh_lookup l = lookup;

	if (uri == NULL)
		lookup.found = NULL;
	else
		strcpy(a.uri, uri);
	l.found(l.arg, uri != NULL ? &a : NULL);
}

unsigned
sent(void)
{
	return sent_so_far;
}

/* ---- Parties ---- */

struct far *
far_add(uint8_t n, const uint8_t *codecs)
{
	struct far *f = &fars[n_fars++];

	*f = (struct far){.sid = {.b = {n}}};
	for (; *codecs != 0; codecs++)
		f->codec[f->codecs++] = *codecs;
	return f;
}

void
far_say(const struct far *f, const void *bytes, unsigned len)
{
	listener(listener_arg,
		&(struct mesh_message){
			.from = &f->sid, .via = f->via, .data = bytes, .len = len});
}

void
far_do(struct far *f, struct vomp_todo todo)
{
	uint8_t bytes[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};

	if (!todo.send)
		return;
	vomp_call_write(&f->vomp, &w, now_ms);
	far_say(f, bytes + VOMP_PORTS, w.len - VOMP_PORTS);
}

static struct vomp_offer
offer_of(const struct far *f)
{
	struct vomp_offer o = {.codecs = (uint8_t)f->codecs, .from = "555002", .to = "555100"};

	memcpy(o.codec, f->codec, f->codecs);
	return o;
}

void
far_call(struct far *f, uint16_t session)
{
	const struct vomp_offer o = offer_of(f);

	f->in_use = true;
	far_do(f, vomp_call_dial(&f->vomp, session, &o, &times, now_ms));
}

void
far_sound(struct far *f, const struct vomp_sound *s)
{
	uint8_t bytes[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};

	mesh_put_vomp_header(&w, &(struct vomp_header){f->vomp.session, f->vomp.far_session,
					 VOMP_INCALL, VOMP_INCALL});
	mesh_put_vomp_sound(&w, s);
	far_say(f, bytes + VOMP_PORTS, w.len - VOMP_PORTS);
}

/* F has been sent LEN bytes. */
static void
far_take(struct far *f, const uint8_t *bytes, unsigned len)
{
	const struct vomp_offer o = offer_of(f);
	struct vomp_header h;
	struct vomp_todo todo = {0};

	f->frames++;
	ck_assert_int_eq(vomp_header_read(bytes, len, &h), 0);
	f->state = h.state;
	if (f->in_use && vomp_call_is(&f->vomp, &h))
		todo = vomp_call_take(&f->vomp, bytes, len, now_ms);
	else if (vomp_call_open(&f->vomp, (uint16_t)(0x8000 + f->frames), &o, &times, bytes,
			 len, now_ms, &todo) == 0)
		f->in_use = true;
	far_do(f, todo);
	if (f->in_use && todo.offered && f->rings)
		far_do(f, vomp_call_ring(&f->vomp, now_ms));
	if (f->in_use && todo.offered && f->picks)
		far_do(f, vomp_call_answer(&f->vomp, now_ms));
}

static void
deliver(void)
{
	unsigned at = head;

	head = (head + 1) % FRAMES;
	waiting--;
	for (unsigned i = 0; i < n_fars; i++)
		if (sid_equal(&fars[i].sid, &frame[at].to) && !fars[i].deaf)
			far_take(&fars[i], frame[at].bytes, frame[at].len);
}

/* ---- Time ---- */

static int64_t
clock_ms(void)
{
	return now_ms;
}

void
settle(void)
{
	for (unsigned quiet = 0; quiet < 3; quiet++) {
		if (waiting > 0 || fake_waiting(sw) > 0)
			quiet = 0;
		if (waiting > 0)
			deliver();
		fake_answer_all(sw);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
}

void
pass(unsigned ms)
{
	for (; ms > 0; ms -= ms < MESH_TICK_MS ? ms : MESH_TICK_MS) {
		now_ms += ms < MESH_TICK_MS ? ms : MESH_TICK_MS;
		event_active(mc->tick, EV_TIMEOUT, 0);
		for (unsigned i = 0; i < n_fars; i++)
			if (fars[i].in_use && !fars[i].deaf)
				far_do(&fars[i], vomp_call_tick(&fars[i].vomp, now_ms));
		settle();
	}
}

/* ---- Life ---- */

static void
open_mesh_calls(void)
{
	mc = mesh_calls_open(&(struct mesh_calls_conf){.config = &conf,
		.calls = calls,
		.client = sw,
		.base = base,
		.events = events,
		.now_ms = clock_ms});
}

void
setup(void)
{
	json_t *all = json_pack("[s]", "mesh.*");
	struct rpc_peer *ear = (struct rpc_peer *)(void *)&events; /* any pointer will do */
	const char *unknown;

	log_set_level(LOG_LEVEL_ERROR);
	memset(&conf, 0, sizeof conf);
	conf.call_limit = 100;
	conf.mesh_calls_per_peer = 16;
	now_ms = 1000000;
	n_fars = waiting = sent_so_far = 0;
	lookup.found = NULL;
	base = event_base_new();
	sw = fake_open();
	fake_mesh(sw);
	told_so_far = evbuffer_new();
	events = events_open(event_kinds);
	ck_assert_int_eq(events_subscribe(events, ear, all, NULL, &unknown), 0);
	json_decref(all);
	calls = calls_open(&conf, sw, base);
	open_mesh_calls();
	calls_welcome(calls, SW_FRESH);
	mesh_calls_welcome(mc);
	settle();
}

void
teardown(void)
{
	calls_close(calls);
	mesh_calls_close(mc);
	ck_assert_uint_eq(held, 0);
	fake_close(sw);
	events_close(events);
	evbuffer_free(told_so_far);
	event_base_free(base);
}

void
succeed(void)
{
	fake_orphan(sw, 0);
	calls_close(calls);
	fake_bury(sw);
	mesh_calls_close(mc);
	lookup.found = NULL;
	calls = calls_open(&conf, sw, base);
	open_mesh_calls();
	calls_welcome(calls, SW_KEPT);
	mesh_calls_welcome(mc);
	settle();
}

/* ---- Asking and hearing ---- */

void
outcome(void *arg, const struct call *c, const struct fault *fault)
{
	struct outcome *o = arg;

	o->answers++;
	if (fault != NULL)
		o->fault = *fault;
	if (c != NULL)
		strcpy(o->id, c->id);
}

static struct fault
outcome_of(const struct outcome *o)
{
	settle();
	ck_assert_uint_eq(o->answers, 1);
	return o->fault;
}

struct fault
create(const char *text)
{
	struct call_request r = ask(text);
	struct outcome o = {0};

	calls_create(calls, &r, outcome, &o);
	return outcome_of(&o);
}

struct fault
update(const char *text)
{
	struct call_request r = ask(text);
	struct outcome o = {0};

	calls_update(calls, &r, outcome, &o);
	return outcome_of(&o);
}

struct fault
end(const char *id)
{
	struct outcome o = {0};

	calls_delete(calls, id, NULL, outcome, &o);
	return outcome_of(&o);
}

static const struct event_kind *
kind_of(const char *name)
{
	const struct event_kind *k = event_kinds;

	while (k->name != NULL && strcmp(k->name, name) != 0)
		k++;
	return k;
}

void
hear(const char *name, const char *key, const char *value)
{
	static const char *const of_all[] = {"event", "seq", "time", "dropped"};
	char *line = evbuffer_readln(told_so_far, NULL, EVBUFFER_EOL_LF);
	json_t *told, *params, *error = NULL;

	ck_assert_msg(line != NULL, "no %s was told", name);
	told = json_loads(line, 0, NULL);
	params = json_object_get(told, "params");
	ck_assert_msg(strcmp(json_string_value(json_object_get(params, "event")), name) == 0,
		"%s, not %s", line, name);
	strcpy(about, json_string_value(json_object_get(params, "call")));
	if (value != NULL)
		ck_assert_msg(json_string_value(json_object_get(params, key)) != NULL &&
				      strcmp(json_string_value(json_object_get(params, key)),
					      value) == 0,
			"%s: %s is not %s", line, key, value);
	for (unsigned i = 0; i < 4; i++)
		json_object_del(params, of_all[i]);
	ck_assert_msg(rpc_check(kind_of(name)->fields, params, &error) == 0, "%s", line);
	json_decref(told);
	free(line);
}

void
hear_nothing(void)
{
	char *line = evbuffer_readln(told_so_far, NULL, EVBUFFER_EOL_LF);

	ck_assert_msg(line == NULL, "%s", line);
}

const char *
heard_call(void)
{
	return about;
}

const struct leg *
leg_of(const char *id)
{
	const struct call *c = calls_find(calls, id);

	ck_assert_ptr_nonnull(c);
	for (unsigned i = 0; i < c->legs; i++)
		if (c->leg[i].mesh != NULL)
			return &c->leg[i];
	ck_abort_msg("%s has no leg in the mesh", id);
}

void
create_well(const char *text)
{
	struct fault f = create(text);

	ck_assert_msg(f.kind == FAULT_NONE, "%s: %s", text, f.text);
}

struct far *
talk(void)
{
	struct far *f = far_add(0xa1, far_all);

	f->rings = f->picks = true;
	create_well(CALL("c", MESH_LEG_TO("a1")));
	hear("mesh.call_ringing", "call", "c");
	hear("mesh.call_answered", "leg", "m");
	return f;
}
