/* SPDX-License-Identifier: Apache-2.0
 *
 * Look-ups of numbers and pings; see node_inside.h. */
#include <errno.h>
#include <limits.h>
#include <sodium.h>

#include "mesh/node_inside.h"

enum {
	FIRST_MS = 125, /* from a look-up to its first repetition, ... */
	PING_DATA = 16, /* bytes */
};
static const double slower = 1.5; /* ... and each takes so much longer to come */

/* ---- Opening ---- */

static bool
is_port_in_use(const struct mesh_node *n, uint32_t port)
{
	for (unsigned i = 0; i < MESH_NODE_LOOKUPS; i++)
		if (n->asking[i].node != NULL && n->asking[i].port == port)
			return true;
	return port == PROOF_PORT;
}

static struct mesh_asking *
open_asking(struct mesh_node *n, void *arg, int64_t now)
{
	struct mesh_asking *a = n->asking;

	while (a < n->asking + MESH_NODE_LOOKUPS && a->node != NULL)
		a++;
	if (a == n->asking + MESH_NODE_LOOKUPS) {
		errno = EAGAIN;
		return NULL;
	}
	n->now = now;
	*a = (struct mesh_asking){.arg = arg, .due_ms = now};
	do
		a->port = MESH_PORT_CLIENTS + randombytes_uniform(1 << 20);
	while (is_port_in_use(n, a->port));
	a->node = n;
	return a;
}

struct mesh_asking *
mesh_node_lookup(struct mesh_node *n, const char *did, unsigned timeout_ms,
	mesh_node_found *found, void *arg, int64_t now)
{
	struct mesh_asking *a = open_asking(n, arg, now);

	if (a == NULL)
		return NULL;
	n->counts.lookups++;
	a->found = found;
	memcpy(a->did, did, strnlen(did, sizeof a->did - 1));
	a->interval_ms = FIRST_MS;
	a->end_ms = now + timeout_ms;
	return a;
}

struct mesh_asking *
mesh_node_ping(struct mesh_node *n, const struct mesh_ping *p, mesh_node_echoed *echoed,
	void *arg, int64_t now)
{
	struct mesh_asking *a = open_asking(n, arg, now);

	if (a == NULL)
		return NULL;
	a->echoed = echoed;
	a->ping = *p;
	a->end_ms = now + (int64_t)(p->count - 1) * p->interval_ms + p->timeout_ms;
	return a;
}

void
mesh_node_ask_end(struct mesh_asking *a)
{
	a->node = NULL;
}

/* The last word; A is free before it. */
static void
end(struct mesh_asking *a)
{
	struct mesh_asking was = *a;

	a->node = NULL;
	if (was.found != NULL)
		was.found(was.arg, NULL);
	else
		was.echoed(was.arg, 0, false);
}

/* ---- Asking ---- */

static void
ask_number(struct mesh_node *n, struct mesh_asking *a)
{
	uint8_t p[MESH_DID];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	mesh_put_dna_request(&w, a->did);
	mesh_node_flood(n, &(struct mesh_ports){a->port, MESH_PORT_DNA}, p, w.len);
	a->due_ms = n->now + (int64_t)a->interval_ms;
	a->interval_ms *= slower;
}

static void
send_ping(struct mesh_node *n, struct mesh_asking *a)
{
	uint8_t p[PING_DATA] = {0};
	unsigned number = ++a->sent;

	p[0] = (uint8_t)(number >> 8);
	p[1] = (uint8_t)number;
	a->due_ms = number < a->ping.count ? n->now + a->ping.interval_ms : a->end_ms;
	a->echoed(a->arg, number, false);
	mesh_node_post(n, &(struct mesh_letter){.to = a->ping.sid,
				  .ports = {a->port, MESH_PORT_ECHO},
				  .data = p,
				  .len = sizeof p,
				  .how = MESH_BOX});
}

int64_t
mesh_node_asks_run(struct mesh_node *n)
{
	int64_t due = INT64_MAX;

	for (unsigned i = 0; i < MESH_NODE_LOOKUPS; i++) {
		struct mesh_asking *a = &n->asking[i];

		if (a->node != NULL && n->now >= a->end_ms)
			end(a);
		else if (a->node != NULL && n->now >= a->due_ms && a->found != NULL)
			ask_number(n, a);
		else if (a->node != NULL && n->now >= a->due_ms && a->sent < a->ping.count)
			send_ping(n, a);
		if (a->node != NULL && a->due_ms < due)
			due = a->due_ms;
		if (a->node != NULL && a->end_ms < due)
			due = a->end_ms;
	}
	return due;
}

void
mesh_node_asks_end(struct mesh_node *n)
{
	for (unsigned i = 0; i < MESH_NODE_LOOKUPS; i++)
		if (n->asking[i].node != NULL)
			end(&n->asking[i]);
}

/* ---- Answers ---- */

static void
take_number(struct mesh_node *n, struct mesh_asking *a, const struct taken *t)
{
	struct dna_answer answer = {.sid = t->from};

	if (t->ports.source != MESH_PORT_DNA ||
		dna_answer_read(t->data, t->len, &answer) != 0) {
		n->counts.malformed++;
		return;
	}
	n->counts.lookups_found++;
	a->found(a->arg, &answer);
}

static void
take_echo(struct mesh_node *n, struct mesh_asking *a, const struct taken *t)
{
	unsigned number = t->len == PING_DATA ? (unsigned)(t->data[0] << 8 | t->data[1]) : 0;

	if (number == 0 || number > a->sent || a->back[number] ||
		!sid_equal(&t->from, &a->ping.sid))
		return;
	a->back[number] = true;
	a->backs++;
	a->echoed(a->arg, number, true);
	if (a->node == n && a->backs == a->ping.count)
		end(a);
}

void
mesh_node_answered(struct mesh_node *n, const struct taken *t)
{
	for (unsigned i = 0; t->boxed && i < MESH_NODE_LOOKUPS; i++) {
		struct mesh_asking *a = &n->asking[i];

		if (a->node == NULL || a->port != t->ports.destination)
			continue;
		if (a->found != NULL)
			take_number(n, a, t);
		else
			take_echo(n, a, t);
		return;
	}
}
