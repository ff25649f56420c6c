/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mesh/island.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mesh/link_state.h"

enum { QUEUE = 4096, TICK_MS = 500, TRIES = 40 };

struct island island;

/* What is on its way. */
static struct post {
	int64_t due_ms; /* 0: free */
	unsigned from, to;
	struct mesh_at at; /* of the sender */
	bool again;        /* sent until it comes */
	unsigned tries;
	unsigned len;
	uint8_t p[MESH_DATAGRAM_MAX];
} queue[QUEUE];
static unsigned queued; /* places below this are in use */
static uint64_t dice;

static bool
is_lost(void)
{
	dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (dice >> 33) % 100 < island.lost_of_100;
}

static unsigned
number_of(const struct islander *w)
{
	return (unsigned)(w - island.who);
}

static void
send_to(struct islander *w, const struct mesh_at *to, const uint8_t *p, unsigned len,
	bool again)
{
	for (unsigned i = 0; i < island.n; i++) {
		struct post *post = queue;

		if (w->silent || i == number_of(w) || island.cut[number_of(w)][i] ||
			(to != NULL && memcmp(to, &island.who[i].at, sizeof *to) != 0))
			continue;
		while (post->due_ms != 0)
			post++;
		ck_assert(post < queue + QUEUE);
		if (post - queue >= queued)
			queued = (unsigned)(post - queue) + 1;
		*post = (struct post){.due_ms = island.now + 1,
			.from = number_of(w),
			.to = i,
			.at = w->at,
			.again = again,
			.len = len};
		memcpy(post->p, p, len);
	}
}

/* ---- What a switch does ---- */

static void
by_link(struct islander *w, const struct island_link *l, const uint8_t *p, unsigned head,
	unsigned len)
{
	uint8_t bytes[MESH_DATAGRAM_MAX];
	struct mesh_writer d = {.p = bytes, .max = sizeof bytes};

	mesh_put_envelope(
		&d, &w->ids.id[0].sid, MESH_UNICAST | MESH_HAS_SEQ, (uint8_t)w->seqs++);
	mesh_put(&d, p, head);
	mesh_put_byte(&d, (uint8_t)w->seqs);
	mesh_put_byte(&d, (uint8_t)(len >> 8));
	mesh_put_byte(&d, (uint8_t)len);
	mesh_put(&d, p + head, len);
	ck_assert(!d.full);
	send_to(w, &l->row.at, bytes, d.len, p[0] & MESH_ACK_SOON);
}

static int
tell(void *arg, unsigned slot, uint64_t id, const uint8_t *p, unsigned head, unsigned len)
{
	struct islander *w = arg;

	ck_assert_uint_eq(w->link[slot].row.id, id);
	memcpy(w->told, p, head + len);
	w->told_head = head;
	w->told_len = len;
	w->tells++;
	by_link(w, &w->link[slot], p, head, len);
	return 0;
}

static int
cast(void *arg, const struct mesh_at *to, const uint8_t *p, unsigned len)
{
	struct islander *w = arg;

	memcpy(w->cast, p, len);
	w->cast_len = len;
	w->cast_to = to != NULL ? *to : (struct mesh_at){0};
	w->casts++;
	send_to(w, to, p, len, false);
	return 0;
}

static void
neighbour_set(void *arg, const struct mesh_neighbour_row *row)
{
	struct islander *w = arg;
	struct island_link *l = &w->link[row->slot];

	ck_assert_uint_ne(row->id, 0);
	ck_assert(l->row.id == 0 || l->row.id == row->id);
	if (l->row.id == 0) {
		*l = (struct island_link){.heard_ms = 0};
		if (++w->links > w->most_links)
			w->most_links = w->links;
	}
	l->row = *row;
	w->sets++;
}

static void
neighbour_del(void *arg, unsigned slot, uint64_t id)
{
	struct islander *w = arg;

	ck_assert_uint_eq(w->link[slot].row.id, id);
	w->link[slot].row.id = 0;
	w->links--;
	w->dels++;
}

static void
peer_set(void *arg, const struct mesh_peer_row *row)
{
	struct islander *w = arg;

	ck_assert(w->peers[row->slot].id == 0 || w->peers[row->slot].id == row->id);
	ck_assert(row->neighbour == MESH_NODE_NONE || w->link[row->neighbour].row.id != 0);
	ck_assert((row->key == NULL) == (row->identity == MESH_NODE_NONE));
	w->peers[row->slot] = *row;
	if (row->key != NULL)
		memcpy(w->key[row->slot], row->key, MESH_KEY);
	w->peer_sets++;
}

static void
peer_del(void *arg, unsigned slot, uint64_t id)
{
	struct islander *w = arg;

	ck_assert_uint_eq(w->peers[slot].id, id);
	w->peers[slot].id = 0;
}

static bool
look(void *arg, unsigned slot, uint64_t id, struct mesh_link_look *look)
{
	const struct islander *w = arg;
	const struct island_link *l = &w->link[slot];

	ck_assert_uint_eq(l->row.id, id);
	look->heard_ms = l->heard_ms != 0 ? island.now - l->heard_ms : -1;
	look->hears_us_ms = l->hears_us_ms != 0 ? island.now - l->hears_us_ms : -1;
	return true;
}

static void
vomp(void *arg, const struct mesh_message *m)
{
	struct islander *w = arg;

	w->vomp++;
	w->vomp_from = *m->from;
	w->vomp_len = m->len < sizeof w->vomp_data ? m->len : sizeof w->vomp_data;
	memcpy(w->vomp_data, m->data, w->vomp_len);
}

static void
event(void *arg, enum mesh_node_event what, const struct sid *sid, const struct mesh_at *at)
{
	((struct islander *)arg)->events[what]++;
}

static void *
alloc_zeros(size_t size)
{
	return calloc(1, size);
}

static void
free_sized(void *p, size_t size)
{
	free(p);
}

static const struct mesh_node_calls calls = {tell, cast, neighbour_set, neighbour_del,
	peer_set, peer_del, look, vomp, event, alloc_zeros, free_sized};

/* "I hear you." */
static void
link_tick(struct islander *w, struct island_link *l)
{
	const struct mesh_address us = {MESH_ADDRESS_SID, SID_LEN, w->ids.id[0].sid.b};
	const struct mesh_address they = {MESH_ADDRESS_SID, SID_LEN, l->row.sid.b};
	const struct mesh_frame f = {
		.flags = MESH_ONE_HOP, .type = MESH_DATA, .destination = they};
	const struct link_record r = {.flags = LINK_HAS_INTERFACE | LINK_UNICAST,
		.version = 1,
		.receiver = us,
		.transmitter = they};
	uint8_t bytes[256];
	struct mesh_writer p = {.p = bytes, .max = sizeof bytes};
	unsigned head;

	mesh_put_frame_head(&p, &f);
	head = p.len;
	mesh_put_ports(&p, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_LINK_STATE});
	mesh_put_link_record(&p, &r);
	by_link(w, l, bytes, head, p.len - head);
}

/* Is SID meant by A, in what FROM says? */
static bool
is_meant(const struct mesh_address *a, const struct sid *sid, const struct sid *from)
{
	return a->kind == MESH_ADDRESS_SENDER
		       ? sid_equal(sid, from)
		       : a->len > 0 && memcmp(a->at, sid->b, a->len) == 0;
}

/* Does the body at P say that FROM hears us? */
static bool
says_so(const struct islander *w, const uint8_t *p, unsigned len, const struct sid *from)
{
	struct link_record r;
	int took = mesh_ports_read(p, len, &(struct mesh_ports){0});

	for (p += took, len -= (unsigned)took; (took = link_record_read(p, len, &r)) > 0;
		p += took, len -= (unsigned)took)
		if (is_meant(&r.transmitter, &w->ids.id[0].sid, from) &&
			is_meant(&r.receiver, from, from))
			return true;
	return false;
}

/* True: F went on to somebody else. */
static bool
forward(struct islander *w, const struct mesh_frame *f, const struct sid *sender)
{
	struct mesh_frame on = *f;
	uint8_t bytes[MESH_DATAGRAM_MAX];
	struct mesh_writer p = {.p = bytes, .max = sizeof bytes};
	struct mesh_peer_row *row = w->peers;
	const struct island_link *hop;

	if (f->destination.len != SID_LEN || f->next_hop.len != SID_LEN ||
		memcmp(f->next_hop.at, w->ids.id[0].sid.b, SID_LEN) != 0 ||
		memcmp(f->destination.at, w->ids.id[0].sid.b, SID_LEN) == 0)
		return false;
	while (row < w->peers + MESH_NODE_PEERS &&
		(row->id == 0 || memcmp(row->sid.b, f->destination.at, SID_LEN) != 0))
		row++;
	if (row == w->peers + MESH_NODE_PEERS || row->neighbour == MESH_NODE_NONE ||
		f->ttl <= 1)
		return false;
	hop = &w->link[row->neighbour];
	if (f->flags & MESH_SENDER_SAME)
		on.source = (struct mesh_address){MESH_ADDRESS_SID, SID_LEN, sender->b};
	on.ttl--;
	on.next_hop = (struct mesh_address){MESH_ADDRESS_SID, SID_LEN, hop->row.sid.b};
	if (sid_equal(&hop->row.sid, &row->sid))
		on.flags |= MESH_ONE_HOP;
	mesh_put_frame_head(&p, &on);
	mesh_put(&p, f->payload, f->len);
	by_link(w, hop, bytes, p.len - f->len, f->len);
	return true;
}

static uint64_t
frames(struct islander *w, struct island_link *l, const uint8_t *p, unsigned len)
{
	struct mesh_envelope e;
	struct mesh_frame f;
	int at = mesh_envelope_read(p, len, &e), took;
	uint64_t done = 0;

	for (unsigned i = 0; at < (int)len; at += took, i++) {
		took = mesh_frame_read(p + at, len - (unsigned)at, &e, &f);
		if (took < 0)
			break;
		if (f.type == MESH_DATA && !(f.flags & MESH_BOXED) && f.len > 0 &&
			f.payload[0] == (MESH_PORT_LINK_STATE << 1 | 1) &&
			says_so(w, f.payload, f.len, &l->row.sid))
			l->hears_us_ms = island.now;
		else if (f.type == MESH_DATA && forward(w, &f, &l->row.sid))
			done |= UINT64_C(1) << i;
	}
	return done;
}

void
island_heard(struct islander *to, const struct mesh_at *at, const uint8_t *p, unsigned len)
{
	struct mesh_datagram d = {.from = *at, .p = p, .len = len};
	struct mesh_envelope e;

	if (mesh_envelope_read(p, len, &e) >= 0)
		for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++) {
			struct island_link *l = &to->link[i];

			if (l->row.id == 0 || memcmp(&l->row.at, at, sizeof *at) != 0 ||
				memcmp(l->row.sid.b, e.sender.at, e.sender.len) != 0)
				continue;
			l->heard_ms = island.now;
			d.neighbour = l->row.id;
			d.done = frames(to, l, p, len);
			break;
		}
	mesh_node_heard(to->node, &d, island.now);
}

void
island_again(const struct islander *from, struct islander *to, const struct mesh_at *at)
{
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	mesh_put_envelope(&w, &from->ids.id[0].sid, MESH_UNICAST, 0);
	mesh_put(&w, from->told, from->told_head);
	mesh_put_byte(&w, 0);
	mesh_put_byte(&w, (uint8_t)(from->told_len >> 8));
	mesh_put_byte(&w, (uint8_t)from->told_len);
	mesh_put(&w, from->told + from->told_head, from->told_len);
	island_heard(to, at, p, w.len);
}

/* ---- Time ---- */

static void
deliver(struct post *post)
{
	struct post one = *post;

	if (is_lost()) {
		post->due_ms =
			one.again && ++post->tries < TRIES ? island.now + ISLAND_RESEND_MS : 0;
		return;
	}
	post->due_ms = 0;
	island_heard(&island.who[one.to], &one.at, one.p, one.len);
}

void
island_go(int64_t ms)
{
	for (int64_t end = island.now + ms; island.now < end; island.now++) {
		for (unsigned i = 0; i < queued; i++)
			if (queue[i].due_ms != 0 && queue[i].due_ms <= island.now)
				deliver(&queue[i]);
		for (unsigned i = 0; i < island.n; i++) {
			struct islander *w = &island.who[i];

			mesh_node_run(w->node, island.now);
			for (unsigned n = 0;
				island.now % TICK_MS == 0 && n < MESH_NODE_NEIGHBOURS; n++)
				if (w->link[n].row.id != 0)
					link_tick(w, &w->link[n]);
		}
	}
}

/* ---- Life ---- */

struct mesh_at
island_at(unsigned n)
{
	return (struct mesh_at){
		.family = 2, .port = ISLAND_PORT, .ip = {10, 77, 0, (uint8_t)(n + 1)}};
}

void
island_begin(unsigned n)
{
	memset(&island, 0, sizeof island);
	memset(queue, 0, sizeof queue);
	queued = 0;
	dice = 1;
	island.n = n;
	island.now = 1000;
	for (unsigned i = 0; i < n; i++) {
		struct islander *w = &island.who[i];
		struct mesh_identity *id = &w->ids.id[0];

		w->at = island_at(i);
		w->broadcast = true;
		w->ids.n = 1;
		memset(id->seed, 0x41 + (int)i, sizeof id->seed);
		mesh_identity_derive(id);
		snprintf(id->did, sizeof id->did, "55500%u", i + 1);
		snprintf(id->name, sizeof id->name, "number %u", i + 1);
	}
}

void
island_open(void)
{
	for (unsigned i = 0; i < island.n; i++) {
		struct islander *w = &island.who[i];
		const struct mesh_node_conf conf = {.calls = &calls,
			.arg = w,
			.identities = &w->ids,
			.peers = &w->peer,
			.n_peers = w->peer.family != 0,
			.broadcast = w->broadcast,
			.forward = w->forward};

		if (w->node == NULL)
			w->node = mesh_node_open(&conf, island.now);
		ck_assert_ptr_nonnull(w->node);
	}
}

void
island_end(void)
{
	for (unsigned i = 0; i < island.n; i++)
		mesh_node_close(island.who[i].node);
}

/* ---- Looking ---- */

const struct sid *
island_sid(unsigned n)
{
	return &island.who[n].ids.id[0].sid;
}

struct island_link *
island_link(unsigned n, const struct sid *sid)
{
	struct islander *w = &island.who[n];

	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++)
		if (w->link[i].row.id != 0 && sid_equal(&w->link[i].row.sid, sid))
			return &w->link[i];
	return NULL;
}

bool
island_reaches(unsigned n, unsigned to, unsigned hops)
{
	struct mesh_route_look look;

	for (unsigned at = 0; mesh_node_route(island.who[n].node, &at, &look);)
		if (sid_equal(&look.sid, island_sid(to)))
			return look.hops == hops;
	return hops == 0;
}
