/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares what the bridge makes of both states, stream by stream, and counts
 * acknowledgements. */
#include "relay/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/bridge.h"

/* Commands in flight. */
struct batch {
	unsigned sent, answered;
	int error; /* the first */
	commands_done *done;
	void *arg;
};

static void
acknowledged(void *arg, int error)
{
	struct batch *b = arg;

	if (b->error == 0)
		b->error = error;
	if (++b->answered < b->sent)
		return;
	b->done(b->arg, b->error);
	free(b);
}

static void
count(struct batch *b, int error)
{
	if (error == 0)
		b->sent++;
	else if (b->error == 0)
		b->error = error;
}

/* A stream in its call. */
struct spot {
	const struct call *call;
	unsigned number, i; /* call_leg(), and which of its streams */
	const struct leg *leg;
	const struct stream *stream;
};

static struct spot
spot(const struct call *c, unsigned number, unsigned i)
{
	const struct leg *l = call_leg(c, number);

	return (struct spot){c, number, i, l, &l->stream[i]};
}

/* Where C (which may be NULL) has transport ID. */
static bool
find(const struct call *c, uint64_t id, struct spot *at)
{
	for (unsigned i = 0; c != NULL && i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++) {
			*at = spot(c, i, j);
			if (!at->stream->closed && at->stream->id == id)
				return true;
		}
	return false;
}

static void
set_transport(
	struct batch *b, struct switch_client *client, const struct call *from, struct spot to)
{
	struct sw_transport old, new;
	struct spot was;

	if (to.stream->closed)
		return;
	bridge_transport(to.leg, to.stream, &new);
	if (find(from, to.stream->id, &was))
		bridge_transport(was.leg, was.stream, &old);
	else
		memset(&old, 0, sizeof old);
	if (memcmp(&old, &new, sizeof new) != 0)
		count(b, switch_client_transport_set(client, &new, acknowledged, b));
	explicit_bzero(&old, sizeof old);
	explicit_bzero(&new, sizeof new);
}

/* A flow and, where it is bridged, how.  Compared as bytes. */
struct way {
	struct sw_flow flow;
	struct sw_bridge bridge;
};

/* A transport without a flow is as good as one without sinks. */
static void
no_way(const struct stream *from, struct way *w)
{
	memset(w, 0, sizeof *w);
	bridge_flow(from, NULL, &w->flow);
}

static void
find_way(const struct spot *at, struct way *w)
{
	const struct stream *to;

	no_way(at->stream, w);
	if (at->number >= at->call->legs)
		return;
	to = bridge_sink(at->call, at->number, at->i);
	bridge_flow(at->stream, to, &w->flow);
	if (w->flow.bridged)
		bridge_rules(at->stream, to, &w->bridge);
	bridge_add_listeners(at->call, at->number, at->i, &w->flow);
}

/* ALWAYS: the switch may hold a flow that FROM does not tell of. */
static void
set_flow(struct batch *b, struct switch_client *client, const struct call *from,
	struct spot to, bool always)
{
	struct way old, new;
	struct spot was;

	if (to.stream->closed)
		return;
	find_way(&to, &new);
	if (find(from, to.stream->id, &was))
		find_way(&was, &old);
	else
		no_way(to.stream, &old);
	if (always || memcmp(&old, &new, sizeof new) != 0)
		count(b, switch_client_flow_set(
				 client, &new.flow, &new.bridge, acknowledged, b));
}

static struct batch *
open_batch(commands_done *done, void *arg)
{
	struct batch *b = calloc(1, sizeof *b);

	if (b != NULL)
		*b = (struct batch){.done = done, .arg = arg};
	return b;
}

/* All is queued.  What the functions of commands.h return. */
static int
send_batch(struct batch *b)
{
	int error = b->error;

	if (b->sent > 0)
		return 1;
	free(b);
	return error;
}

/* ALWAYS: as for set_flow(). */
static void
set_all(struct batch *b, struct switch_client *client, const struct call *from,
	const struct call *to, bool always)
{
	for (unsigned i = 0; i < call_all(to); i++)
		for (unsigned j = 0; j < call_leg(to, i)->streams; j++)
			set_transport(b, client, from, spot(to, i, j));
	for (unsigned i = 0; i < call_all(to); i++)
		for (unsigned j = 0; j < call_leg(to, i)->streams; j++)
			set_flow(b, client, from, spot(to, i, j), always);
}

static void
delete_all(struct batch *b, struct switch_client *client, const struct call *from,
	const struct call *to)
{
	struct spot at;

	for (unsigned i = 0; i < call_all(from); i++)
		for (unsigned j = 0; j < call_leg(from, i)->streams; j++) {
			const struct stream *s = &call_leg(from, i)->stream[j];

			if (!s->closed && !find(to, s->id, &at))
				count(b, switch_client_transport_del(
						 client, s->slot, s->id, acknowledged, b));
		}
}

int
commands_set(struct switch_client *client, const struct call *from, const struct call *to,
	commands_done *done, void *arg)
{
	struct batch *b = open_batch(done, arg);

	if (b == NULL)
		return -ENOMEM;
	set_all(b, client, from, to, false);
	return send_batch(b);
}

int
commands_leave(struct switch_client *client, const struct call *from, const struct call *to,
	commands_done *done, void *arg)
{
	struct batch *b = open_batch(done, arg);

	if (b == NULL)
		return -ENOMEM;
	delete_all(b, client, from, to);
	return send_batch(b);
}

int
commands_change(struct switch_client *client, const struct call *from, const struct call *to,
	commands_done *done, void *arg)
{
	struct batch *b = open_batch(done, arg);

	if (b == NULL)
		return -ENOMEM;
	set_all(b, client, from, to, false);
	delete_all(b, client, from, to);
	return send_batch(b);
}

int
commands_stop(struct switch_client *client, const struct call *c, struct call_history *h,
	commands_done *done, void *arg)
{
	struct batch *b = open_batch(done, arg);

	if (b == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++) {
			const struct stream *s = &call_leg(c, i)->stream[j];
			bool moves = h != NULL && i < c->legs;

			if (s->closed)
				continue;
			count(b, switch_client_transport_stop(client, s->slot, s->id,
					 moves ? &h->of[i][j] : NULL, acknowledged, b));
		}
	return send_batch(b);
}

int
commands_resume(struct switch_client *client, const struct call *c,
	const struct call_history *h, commands_done *done, void *arg)
{
	struct batch *b = open_batch(done, arg);
	struct sw_transport t;

	if (b == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			if (c->leg[i].stream[j].closed)
				continue;
			bridge_transport(&c->leg[i], &c->leg[i].stream[j], &t);
			count(b, switch_client_transport_resume(
					 client, &t, &h->of[i][j], acknowledged, b));
		}
	explicit_bzero(&t, sizeof t);
	for (unsigned i = c->legs; i < call_all(c); i++) /* who have not been elsewhere */
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++)
			set_transport(b, client, NULL, spot(c, i, j));
	return send_batch(b);
}

int
commands_flows(
	struct switch_client *client, const struct call *c, commands_done *done, void *arg)
{
	struct batch *b = open_batch(done, arg);

	if (b == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			set_flow(b, client, NULL, spot(c, i, j), true);
	return send_batch(b);
}

int
commands_restate(
	struct switch_client *client, const struct call *c, commands_done *done, void *arg)
{
	struct batch *b = open_batch(done, arg);

	if (b == NULL)
		return -ENOMEM;
	set_all(b, client, NULL, c, true);
	return send_batch(b);
}
