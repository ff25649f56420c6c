/* SPDX-License-Identifier: Apache-2.0
 *
 * Local addresses, their ports and the transport slots; see places.h. */
#include "relay/places.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "relay/config_names.h"
#include "relay/ports.h"
#include "relay/random.h"
#include "relay/slots.h"

struct places {
	const struct config *conf; /* what the addresses are called */
	struct slots *slots;
	unsigned cores;
	uint32_t load[SW_CORES]; /* transports of each */
	unsigned n;
	struct {
		struct sw_local local;
		struct ports *ports;
	} address[SW_ADDRESSES];
};

struct places *
places_open(const struct sw_state *state, const struct config *conf)
{
	struct places *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->conf = conf;
	p->cores = state->cores;
	p->slots = slots_open(state->transports);
	if (p->slots == NULL)
		goto failed;
	for (; p->n < state->addresses && p->n < SW_ADDRESSES; p->n++) {
		const struct sw_local *l = &state->address[p->n];

		p->address[p->n].local = *l;
		p->address[p->n].local.interface[SW_NAME - 1] = '\0';
		p->address[p->n].ports =
			ports_open(l->addr.port, l->port_last, p->cores, PORTS_REST_MS);
		if (p->address[p->n].ports == NULL)
			goto failed;
	}
	return p;

failed:
	places_close(p);
	return NULL;
}

void
places_close(struct places *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < p->n; i++)
		ports_close(p->address[i].ports);
	slots_close(p->slots);
	free(p);
}

void
places_inherit(struct places *p, const struct places *old)
{
	for (unsigned i = 0; i < p->n; i++)
		for (unsigned j = 0; j < old->n; j++) {
			const struct sw_addr *a = &p->address[i].local.addr;
			const struct sw_addr *b = &old->address[j].local.addr;

			if (a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0)
				ports_inherit(p->address[i].ports, old->address[j].ports);
		}
}

uint32_t
places_load(const struct places *p, unsigned core)
{
	return p->load[core];
}

/* Leg L is at address AT. */
static void
settle(const struct places *p, struct leg *l, unsigned at)
{
	l->place = (uint16_t)at;
	l->advertised =
		config_names_advertised(p->conf, l->interface, &p->address[at].local.addr);
}

/* Where leg L is when its interface, of a record, of another node or of before, does not have
 * address AT, or not any more. */
static void
keep_named(const struct places *p, struct leg *l, unsigned at)
{
	const struct sw_local *local = &p->address[at].local;

	if (!config_names_has(p->conf, local, l->interface))
		snprintf(l->interface, sizeof l->interface, "%s",
			config_names_at(p->conf, local, 0));
}

void
places_tell(const struct places *p, struct call *c)
{
	for (unsigned i = 0; i < call_all(c); i++)
		settle(p, call_leg(c, i), call_leg(c, i)->place);
}

/* S has a place now. */
static void
occupy(struct places *p, const struct stream *s)
{
	p->load[sw_core_of(s->port, p->cores)]++;
}

/* S, of L, has none any more, if it had.  USED: packets may have come there. */
static void
vacate(struct places *p, const struct leg *l, const struct stream *s, bool used,
	int64_t now_ms)
{
	if (s->slot == CALL_NO_SLOT)
		return;
	p->load[sw_core_of(s->port, p->cores)]--;
	if (used)
		ports_put(p->address[l->place].ports, s->port, now_ms);
	else
		ports_undo(p->address[l->place].ports, s->port);
	slots_put(p->slots, s->slot);
}

/* ---- New streams. ---- */

/* Is AT on INTERFACE?  Sessions of the mesh are for its legs alone, and those for them. */
static bool
is_on(const struct places *p, const struct sw_local *at, const struct leg *l,
	const char *interface)
{
	if (at->addr.family == SW_AF_MESH || l->mesh != NULL)
		return at->addr.family == SW_AF_MESH && l->mesh != NULL;
	return config_names_has(p->conf, at, interface);
}

/* Leg N has no address: of INTERFACE, which is KNOWN or not, and which L may be on. */
static int
no_address(const struct leg *l, unsigned n, const char *interface, bool known,
	struct fault *fault)
{
	bool v4 = l->family == AF_INET;
	char path[32];

	snprintf(path, sizeof path, "legs[%u].interface", n);
	if (!known && l->mesh != NULL)
		return fault_set(fault, FAULT_NO_INTERFACE, path, NULL, "[mesh] interface",
			"this node has no mesh: [mesh] interface is not set");
	if (!known)
		return fault_set(fault, FAULT_NO_INTERFACE, path, interface,
			"an interface of the configuration", "there is no interface %s",
			interface);
	return fault_set(fault, FAULT_NO_INTERFACE, path, interface,
		v4 ? "one with an IPv4 address" : "one with an IPv6 address",
		"interface %s has no %s address", interface, v4 ? "IPv4" : "IPv6");
}

/* Choose the local address of a new leg: on its interface (the first one by default), of its
 * family (any), the one with most ports left.  0 or -EINVAL. */
static int
choose(struct places *p, struct leg *l, unsigned n, int64_t now_ms, struct fault *fault)
{
	const char *interface = l->interface[0] != '\0'
					? l->interface
					: config_names_at(p->conf, &p->address[0].local, 0);
	bool known = false;
	uint32_t left, most = 0;
	int best = -1;

	for (unsigned i = 0; i < p->n; i++) {
		const struct sw_local *at = &p->address[i].local;

		if (!is_on(p, at, l, interface))
			continue;
		known = true;
		/* Without a wish the interface's first address says which family. */
		if (l->family == 0)
			l->family = at->addr.family;
		if (at->addr.family != l->family)
			continue;
		left = ports_free(p->address[i].ports, now_ms);
		if (best < 0 || left > most) {
			best = (int)i;
			most = left;
		}
	}
	if (best < 0)
		return no_address(l, n, interface, known, fault);
	if (interface != l->interface)
		snprintf(l->interface, sizeof l->interface, "%s", interface);
	settle(p, l, (unsigned)best);
	l->local = p->address[best].local.addr;
	l->local.port = 0;
	return 0;
}

/* The core that C's packets are with already; -1: none. */
static int
core_of(const struct places *p, const struct call *c)
{
	for (unsigned i = 0; i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++)
			if (call_leg(c, i)->stream[j].slot != CALL_NO_SLOT)
				return (int)sw_core_of(
					call_leg(c, i)->stream[j].port, p->cores);
	return -1;
}

/* Of the cores that have a port left at address AT the one with the fewest transports; among
 * equals any.  -1: none has. */
static int
least_loaded(const struct places *p, unsigned at, int64_t now_ms)
{
	unsigned equals = 0;
	int best = -1;

	for (unsigned i = 0; i < p->cores; i++) {
		if (ports_free_of(p->address[at].ports, i, now_ms) == 0 ||
			(best >= 0 && p->load[i] > p->load[best]))
			continue;
		if (best < 0 || p->load[i] < p->load[best])
			equals = 0;
		if (random_below(++equals) == 0)
			best = (int)i;
	}
	return best;
}

/* A port of *CORE at address AT; when that has none there (or is -1), of another, which *CORE
 * becomes.  -ENOSPC: nobody has. */
static int
take_port(struct places *p, unsigned at, int *core, int64_t now_ms)
{
	struct ports *ports = p->address[at].ports;

	if (*core < 0 || ports_free_of(ports, (unsigned)*core, now_ms) == 0)
		*core = least_loaded(p, at, now_ms);
	return *core >= 0 ? ports_take(ports, (unsigned)*core, now_ms) : -ENOSPC;
}

/* On failure the stream is left without a slot. */
static int
give(struct places *p, const struct leg *l, struct stream *s, int *core, int64_t now_ms,
	struct fault *fault)
{
	uint32_t slot = slots_take(p->slots);
	int port;

	if (slot == SLOTS_NONE)
		return fault_set(fault, FAULT_CALL_LIMIT, NULL, NULL, NULL,
			"the switch has no transport left");
	port = take_port(p, l->place, core, now_ms);
	if (port < 0) {
		fault_set(fault, FAULT_NO_PORTS, NULL, NULL, NULL,
			"interface %s has no media port left", l->interface);
		goto no_port;
	}
	do
		random_take(&s->id, sizeof s->id);
	while (s->id == 0);
	s->slot = slot;
	s->port = (uint16_t)port;
	occupy(p, s);
	return 0;

no_port:
	slots_put(p->slots, slot);
	return -EINVAL;
}

int
places_give(struct places *p, struct call *c, int64_t now_ms, struct fault *fault)
{
	unsigned given[CALL_LEGS + CALL_LISTENERS][CALL_STREAMS] = {0};
	int core = core_of(p, c);

	for (unsigned i = 0; i < call_all(c); i++) {
		struct leg *l = call_leg(c, i);

		if (l->local.family == 0 && choose(p, l, i, now_ms, fault) != 0)
			goto undo;
		for (unsigned j = 0; j < l->streams; j++) {
			if (l->stream[j].slot != CALL_NO_SLOT || l->stream[j].closed)
				continue;
			if (give(p, l, &l->stream[j], &core, now_ms, fault) != 0)
				goto undo;
			given[i][j] = 1;
		}
	}
	return 0;

undo:
	for (unsigned i = 0; i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++)
			if (given[i][j]) {
				vacate(p, call_leg(c, i), &call_leg(c, i)->stream[j], false,
					now_ms);
				call_leg(c, i)->stream[j].slot = CALL_NO_SLOT;
			}
	return -EINVAL;
}

/* ---- Streams that have a place. ---- */

static int
find_address(const struct places *p, const struct leg *l)
{
	for (unsigned i = 0; i < p->n; i++) {
		const struct sw_local *at = &p->address[i].local;

		if (at->addr.family == l->local.family &&
			memcmp(at->addr.ip, l->local.ip, sizeof l->local.ip) == 0)
			return (int)i;
	}
	return -1;
}

static int
claim(struct places *p, const struct leg *l, const struct stream *s)
{
	if (s->closed)
		return 0;
	if (slots_take_this(p->slots, s->slot) != 0)
		return -ENOENT;
	if (ports_take_this(p->address[l->place].ports, s->port) != 0) {
		slots_put(p->slots, s->slot);
		return -ENOENT;
	}
	occupy(p, s);
	return 0;
}

int
places_claim(struct places *p, struct call *c)
{
	unsigned i, j = 0;

	for (i = 0; i < call_all(c); i++) {
		struct leg *l = call_leg(c, i);
		int at = find_address(p, l);

		j = 0;
		if (at < 0)
			goto undo;
		keep_named(p, l, (unsigned)at);
		settle(p, l, (unsigned)at);
		for (; j < l->streams; j++)
			if (claim(p, l, &l->stream[j]) != 0)
				goto undo;
	}
	return 0;

undo:
	for (;; j = call_leg(c, i)->streams) {
		while (j > 0)
			vacate(p, call_leg(c, i), &call_leg(c, i)->stream[--j], false, 0);
		if (i-- == 0)
			return -ENOENT;
	}
}

/* ---- Streams that had a place at another node. ---- */

/* Which of our addresses the one of leg L is, whatever its interface is called there. */
static int
find_ours(const struct places *p, const struct leg *l, unsigned n, struct fault *fault)
{
	char path[32], text[INET6_ADDRSTRLEN] = "";

	for (unsigned i = 0; i < p->n; i++) {
		const struct sw_addr *a = &p->address[i].local.addr;

		if (a->family == l->local.family &&
			memcmp(a->ip, l->local.ip, sizeof a->ip) == 0)
			return (int)i;
	}
	snprintf(path, sizeof path, "legs[%u].local.address", n);
	inet_ntop(l->local.family, l->local.ip, text, sizeof text);
	fault_set(fault, FAULT_NO_PLACE, path, text, "an address of an interface of this node",
		"%s is no address of this node; `relocate` gives another one", text);
	return -1;
}

static int
take_over(struct places *p, const struct leg *l, struct stream *s, const char *path,
	struct fault *fault)
{
	char port[8];
	int err;

	if (s->closed)
		return 0;
	s->slot = slots_take(p->slots);
	if (s->slot == SLOTS_NONE)
		return fault_set(fault, FAULT_CALL_LIMIT, NULL, NULL, NULL,
			"the switch has no transport left");
	if ((err = ports_take_this(p->address[l->place].ports, s->port)) == 0) {
		occupy(p, s);
		return 0;
	}
	slots_put(p->slots, s->slot);
	snprintf(port, sizeof port, "%u", s->port);
	return fault_set(fault, FAULT_NO_PLACE, path, port, "a port that is free here",
		"port %s is %s; `relocate` gives another one", port,
		err == -ERANGE ? "not in the range of this node's interface"
			       : "taken, or was a moment ago");
}

int
places_take_over(struct places *p, struct call *c, struct fault *fault)
{
	unsigned i, j = 0;
	char path[64];

	for (i = 0; i < call_all(c); i++) {
		struct leg *l = call_leg(c, i);
		int at = find_ours(p, l, i, fault);

		j = 0;
		if (at < 0)
			goto undo;
		keep_named(p, l, (unsigned)at);
		settle(p, l, (unsigned)at);
		for (; j < l->streams; j++) {
			snprintf(path, sizeof path, "legs[%u].streams[%u].local.port", i, j);
			if (take_over(p, l, &l->stream[j], path, fault) != 0)
				goto undo;
		}
	}
	return 0;

undo:
	for (;; j = call_leg(c, i)->streams) {
		while (j > 0)
			vacate(p, call_leg(c, i), &call_leg(c, i)->stream[--j], false, 0);
		if (i-- == 0)
			return -EINVAL;
	}
}

/* ---- Places that are given back. ---- */

static bool
has(const struct call *c, uint64_t id)
{
	for (unsigned i = 0; i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++)
			if (call_leg(c, i)->stream[j].id == id)
				return true;
	return false;
}

void
places_return(struct places *p, const struct call *c, const struct call *kept, bool used,
	int64_t now_ms)
{
	for (unsigned i = 0; i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++) {
			const struct leg *l = call_leg(c, i);
			const struct stream *s = &l->stream[j];

			if (kept == NULL || !has(kept, s->id))
				vacate(p, l, s, used, now_ms);
		}
}
