/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of calls of VoMP; see mesh_calls.h and mesh_calls_inside.h. */
#include "relay/mesh_calls.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/log.h"
#include "dataplane/switch_client.h"
#include "relay/figures.h"
#include "relay/mesh_calls_inside.h"
#include "relay/random.h"

static int64_t
monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* ---- What calls tell ---- */

/* Soon, for the call cannot be found yet, or is being changed. */
static void
begin_soon(struct mesh_calls *mc, const struct call *c, const struct leg *l)
{
	struct mesh_call *m = mesh_call_open(mc, c->id, l->name);

	if (m == NULL) {
		log_about(c->id, LOG_LEVEL_ERROR, "no memory to call its party in the mesh");
		return;
	}
	mesh_call_settle(m, &l->stream[0]);
	event_active(mc->soon, EV_TIMEOUT, 0);
}

/* Is the leg being given another session just now? */
static bool
is_moving(const struct mesh_calls *mc, const struct call *c, const struct leg *l)
{
	const struct mesh_call *m = mc->moving > 0 ? TAILQ_FIRST(&mc->all) : NULL;

	while (m != NULL &&
		!(m->moving && strcmp(m->call, c->id) == 0 && strcmp(m->leg, l->name) == 0))
		m = TAILQ_NEXT(m, link);
	return m != NULL;
}

static void
meet(struct mesh_calls *mc, const struct call *c)
{
	/* One that is ending has none any more, and is to get no other. */
	for (unsigned i = 0; c->ending == NULL && i < c->legs; i++) {
		const struct leg *l = &c->leg[i];

		if (l->mesh != NULL && mesh_call_of(mc, c, l) == NULL &&
			!mesh_calls_awaits(mc, c, l) && !is_moving(mc, c, l))
			begin_soon(mc, c, l);
	}
}

static void
part(struct mesh_calls *mc, const struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++) {
		struct mesh_call *m =
			c->leg[i].mesh != NULL ? mesh_call_of(mc, c, &c->leg[i]) : NULL;

		if (m != NULL)
			mesh_call_left(m);
	}
}

static void
told(void *arg, enum change_kind kind, const struct call *c)
{
	struct mesh_calls *mc = arg;

	switch (kind) {
	case CHANGE_CREATED:
	case CHANGE_UPDATED:
		meet(mc, c);
		break;
	case CHANGE_ENDED:
		part(mc, c);
		break;
	default:
		break;
	}
}

static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct mesh_calls *mc = arg;
	struct mesh_call *m;

	while ((m = TAILQ_FIRST(&mc->fresh)) != NULL)
		mesh_call_begin(m);
}

/* ---- What the mesh tells ---- */

static void
heard(void *arg, const struct mesh_message *msg)
{
	struct mesh_calls *mc = arg;
	struct mesh_call *m;
	struct vomp_header h;

	if (!mc->ready || vomp_header_read(msg->data, msg->len, &h) != 0)
		return;
	m = mesh_call_meant(mc, msg->identity, msg->from, &h);
	if (m == NULL || m->stage == MESH_RESTING) {
		mesh_calls_strange(mc, msg);
	} else if (m->stage == MESH_RUNNING) {
		mesh_call_do(
			m, vomp_call_take(&m->vomp, msg->data, msg->len, mesh_calls_now(mc)));
		mesh_call_hear(m, msg->data, msg->len);
	}
}

/* ---- Time ---- */

/* Sound goes by forwarding cores, and is a sign of life. */
static void
hear_sound(struct mesh_call *m)
{
	const struct sw_transport_state *st =
		switch_client_transport(m->of->conf.client, m->slot);
	uint64_t rx;

	if (m->vomp.local != VOMP_INCALL || st == NULL ||
		figures_count(&st->id) != m->transport)
		return;
	rx = figures_count(&st->rx_packets);
	if (rx != m->rx)
		vomp_call_heard(&m->vomp, mesh_calls_now(m->of));
	m->rx = rx;
}

static void
go_on(struct mesh_call *m, int64_t now)
{
	switch (m->stage) {
	case MESH_FRESH:
		break;
	case MESH_NEW:
		if (!m->incoming && !m->asking && m->lookup == NULL)
			mesh_call_begin(m);
		break;
	case MESH_RUNNING:
		hear_sound(m);
		mesh_call_say_digit(m);
		mesh_call_do(m, vomp_call_tick(&m->vomp, now));
		break;
	case MESH_RESTING:
		if (now >= m->until_ms && !m->asking)
			mesh_call_close(m);
		break;
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct mesh_calls *mc = arg;
	int64_t now = mesh_calls_now(mc);

	for (struct mesh_call *m = TAILQ_FIRST(&mc->all), *next; m != NULL; m = next) {
		next = TAILQ_NEXT(m, link);
		go_on(m, now);
	}
}

/* ---- Life ---- */

void
mesh_calls_welcome(struct mesh_calls *mc)
{
	char at[REQUEST_ID] = "";
	const struct call *c;

	if (mc->ready)
		return;
	mc->ready = true;
	while ((c = calls_next(mc->conf.calls, at[0] != '\0' ? at : NULL)) != NULL) {
		memcpy(at, c->id, strlen(c->id) + 1);
		meet(mc, c);
	}
	on_soon(-1, 0, mc);
	if (mc->calls > 0)
		log_info("calls in the mesh that go on: %u", mc->calls);
}

unsigned
mesh_calls_hang_up(struct mesh_calls *mc)
{
	unsigned waiting = 0;
	struct mesh_call *m;

	while ((m = TAILQ_FIRST(&mc->fresh)) != NULL)
		mesh_call_end(m, VOMP_HUNG_UP);
	for (m = TAILQ_FIRST(&mc->all); m != NULL; m = TAILQ_NEXT(m, link)) {
		mesh_call_end(m, VOMP_HUNG_UP);
		waiting += m->stage == MESH_RUNNING && m->vomp.remote != VOMP_CALLENDED;
	}
	return waiting;
}

struct mesh_calls *
mesh_calls_open(const struct mesh_calls_conf *conf)
{
	static const struct timeval tick = {0, MESH_TICK_MS * 1000};
	struct mesh_calls *mc = calloc(1, sizeof *mc);

	if (mc == NULL)
		return NULL;
	mc->conf = *conf;
	if (mc->conf.now_ms == NULL)
		mc->conf.now_ms = monotonic_ms;
	TAILQ_INIT(&mc->all);
	TAILQ_INIT(&mc->fresh);
	mesh_calls_wait_init(mc);
	random_take(mc->hash_key, sizeof mc->hash_key);
	mc->soon = evtimer_new(conf->base, on_soon, mc);
	mc->tick = event_new(conf->base, -1, EV_PERSIST, on_tick, mc);
	if (mc->soon == NULL || mc->tick == NULL || event_add(mc->tick, &tick) != 0) {
		mesh_calls_close(mc);
		return NULL;
	}
	calls_tell(conf->calls, told, mc);
	calls_guard_by(conf->calls, mesh_calls_guard, mc);
	mesh_listen(conf->mesh, heard, mc);
	return mc;
}

void
mesh_calls_close(struct mesh_calls *mc)
{
	struct mesh_call *m;

	if (mc == NULL)
		return;
	while ((m = TAILQ_FIRST(&mc->fresh)) != NULL || (m = TAILQ_FIRST(&mc->all)) != NULL)
		mesh_call_close(m);
	if (mc->tick != NULL)
		event_free(mc->tick);
	if (mc->soon != NULL)
		event_free(mc->soon);
	free(mc);
}

const struct mesh_calls_sums *
mesh_calls_sums(const struct mesh_calls *mc)
{
	return &mc->sums;
}

unsigned
mesh_calls_count(const struct mesh_calls *mc)
{
	return mc->calls;
}
