/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh.h.  What is due is done by one timer, which is set anew whenever that changes. */
#include "relay/mesh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/log.h"
#include "dataplane/secret.h"
#include "relay/mesh_inside.h"

int64_t
mesh_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- Life ---- */

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct mesh *m = arg;
	int64_t now = mesh_now_ms(), due = mesh_node_run(m->node, now);
	int64_t wait = due > now ? due - now : 1;
	const struct timeval in = {.tv_sec = wait / 1000, .tv_usec = wait % 1000 * 1000};

	evtimer_add(m->timer, &in);
}

void
mesh_soon(struct mesh *m)
{
	static const struct timeval now = {0, 0};

	evtimer_add(m->timer, &now);
}

static int
open_node(struct mesh *m)
{
	const struct config *c = m->conf;
	struct mesh_node_conf conf = {.calls = &mesh_switch_calls,
		.arg = m,
		.identities = m->ids,
		.peers = m->peer,
		.n_peers = c->mesh_peers.n,
		.broadcast = c->mesh_broadcast,
		.forward = c->mesh_forward};

	for (unsigned i = 0; i < c->mesh_peers.n; i++) {
		const struct sw_addr *a = &c->mesh_peers.at[i];

		m->peer[i] = (struct mesh_at){.family = a->family, .port = a->port};
		memcpy(m->peer[i].ip, a->ip, sizeof a->ip);
	}
	m->node = mesh_node_open(&conf, mesh_now_ms());
	return m->node != NULL ? 0 : -ENOMEM;
}

struct mesh *
mesh_open(const struct config *conf, struct switch_client *client, struct event_base *base,
	struct events *events)
{
	struct mesh *m;
	int err = -ENOMEM;

	errno = 0;
	if (conf->mesh_interface[0] == '\0' || (m = calloc(1, sizeof *m)) == NULL)
		return NULL;
	m->conf = conf;
	m->client = client;
	m->events = events;
	m->ids = secret_alloc(sizeof *m->ids);
	m->timer = evtimer_new(base, on_timer, m);
	if (m->ids == NULL || m->timer == NULL || (err = mesh_identities_open(m)) != 0 ||
		(err = open_node(m)) != 0) {
		mesh_close(m);
		errno = -err;
		return NULL;
	}
	return m;
}

void
mesh_close(struct mesh *m)
{
	if (m == NULL)
		return;
	mesh_node_close(m->node);
	if (m->timer != NULL)
		event_free(m->timer);
	secret_free(m->ids, sizeof *m->ids);
	free(m);
}

/* ---- The switch ---- */

void
mesh_welcome(struct mesh *m, enum sw_origin origin)
{
	if (!m->knows_switch && origin != SW_FRESH)
		mesh_switch_adopt(m);
	m->knows_switch = true;
	mesh_settle(m);
	mesh_soon(m);
}

void
mesh_settle(struct mesh *m)
{
	mesh_switch_node(m);
	mesh_node_say_all(m->node);
}

void
mesh_heard(struct mesh *m, const struct sw_mesh_heard *h)
{
	struct mesh_datagram d = {
		.from = {.family = h->from.family, .port = h->from.port},
		.neighbour = h->neighbour,
		.done = h->done,
		.opened = h->opened,
		.p = h->bytes,
		.len = h->len,
	};

	memcpy(d.from.ip, h->from.ip, sizeof d.from.ip);
	mesh_node_heard(m->node, &d, mesh_now_ms());
	secret_wipe_registers();
}

/* ---- Frames and ways ---- */

void
mesh_listen(struct mesh *m, mesh_vomp *vomp, void *arg)
{
	m->vomp = vomp;
	m->vomp_arg = arg;
}

int
mesh_send(struct mesh *m, unsigned identity, const struct sid *to,
	const struct mesh_ports *ports, const void *data, unsigned len)
{
	return mesh_node_send(m->node, identity, to, ports, data, len, mesh_now_ms());
}

int
mesh_hold(struct mesh *m, unsigned identity, const struct sid *sid)
{
	return mesh_node_hold(m->node, identity, sid, mesh_now_ms());
}

void
mesh_release(struct mesh *m, unsigned identity, const struct sid *sid)
{
	mesh_node_release(m->node, identity, sid);
}

/* ---- Asking: a look-up is the node's own, under another name ---- */

struct mesh_lookup *
mesh_lookup(struct mesh *m, const char *did, unsigned timeout_ms, mesh_found *found, void *arg)
{
	struct mesh_asking *a =
		mesh_node_lookup(m->node, did, timeout_ms, found, arg, mesh_now_ms());

	if (a != NULL) /* else errno is the answer */
		mesh_soon(m);
	return (struct mesh_lookup *)a;
}

void
mesh_lookup_end(struct mesh_lookup *l)
{
	mesh_node_ask_end((struct mesh_asking *)l);
}

struct mesh_asking *
mesh_ping(struct mesh *m, const struct mesh_ping *ping, mesh_node_echoed *echoed, void *arg)
{
	struct mesh_asking *a = mesh_node_ping(m->node, ping, echoed, arg, mesh_now_ms());

	if (a != NULL) /* likewise */
		mesh_soon(m);
	return a;
}

/* ---- Looking ---- */

const struct mesh_node *
mesh_node_of(const struct mesh *m)
{
	return m->node;
}
