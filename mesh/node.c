/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a node, and datagrams taken apart; see node.h. */
#include "mesh/node.h"

#include <stdlib.h>

#include "mesh/node_inside.h"

enum {
	TICK_MS = 500, /* between two calls to everybody */
	FRAMES = 64,   /* of a datagram: as many as there are bits */
	VERIFY_A_SECOND = 200,
};

const char *const mesh_neighbour_states[] = {"half_open", "up", "down", NULL};

/* ---- Life ---- */

struct mesh_node *
mesh_node_open(const struct mesh_node_conf *conf, int64_t now)
{
	struct mesh_node *n = calloc(1, sizeof *n);

	if (n == NULL)
		return NULL;
	n->conf = *conf;
	n->now = now;
	n->known = calloc(MESH_NODE_KNOWN, sizeof *n->known);
	n->cached_key = conf->calls->secret_alloc(sizeof *n->cached_key * KEYS);
	if (n->known == NULL || n->cached_key == NULL) {
		mesh_node_close(n);
		return NULL;
	}
	nonces_init(&n->nonces);
	return n;
}

void
mesh_node_close(struct mesh_node *n)
{
	if (n == NULL)
		return;
	mesh_node_asks_end(n);
	mesh_node_forget_pairs(n);
	mesh_node_forget_known(n);
	n->conf.calls->secret_free(n->cached_key, sizeof *n->cached_key * KEYS);
	free(n->known);
	free(n);
}

const struct mesh_node_counts *
mesh_node_counts(const struct mesh_node *n)
{
	return &n->counts;
}

/* ---- Being there ---- */

static void
cast_tick(struct mesh_node *n, const struct mesh_at *to)
{
	uint8_t p[64];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	mesh_put_envelope_0(&w, &mesh_node_primary(n)->sid, to != NULL ? MESH_UNICAST : 0);
	n->conf.calls->cast(n->conf.arg, to, p, w.len);
}

/* The links tick by themselves; this is for those who have none yet. */
static void
tick(struct mesh_node *n)
{
	n->tick_due_ms = n->now + TICK_MS;
	if (n->conf.broadcast)
		cast_tick(n, NULL);
	for (unsigned i = 0; i < n->conf.n_peers; i++)
		if (!mesh_node_is_at(n, &n->conf.peers[i]))
			cast_tick(n, &n->conf.peers[i]);
}

int64_t
mesh_node_run(struct mesh_node *n, int64_t now)
{
	int64_t due, asks;

	n->now = now;
	if (n->now >= n->tick_due_ms)
		tick(n);
	due = mesh_node_neighbours_run(n);
	asks = mesh_node_asks_run(n);
	if (n->tick_due_ms < due)
		due = n->tick_due_ms;
	return asks < due ? asks : due;
}

/* ---- Frames ---- */

/* A box for one of ours; where it was opened already, its data is there in clear text.  Its
 * source may be cut short, and mean somebody else to whoever has opened it; of those whom we
 * hold, whose boxes alone are opened there, both know, so that such a prefix means nobody. */
static bool
open_box(struct mesh_node *n, const struct heard *h, unsigned number,
	const struct mesh_frame *f, struct taken *t, uint8_t *room)
{
	const uint8_t *key;

	if (t->identity == MESH_NODE_NONE || f->len < BOX_HEAD)
		return false;
	t->boxed = true;
	t->data = f->payload + BOX_HEAD;
	t->len = f->len - BOX_HEAD;
	if (h->d->opened >> number & 1)
		return mesh_node_pair(n, t->identity, &t->from) != NULL;
	memcpy(room, f->payload, f->len);
	t->data = room + BOX_HEAD;
	key = mesh_node_key(n, t->identity, &t->from);
	if (key != NULL && box_open(room, f->len, key) >= 0)
		return true;
	n->counts.unopened++;
	return false;
}

static bool
check_signature(struct mesh_node *n, const struct mesh_frame *f, struct taken *t)
{
	struct known *k = mesh_node_hear_of(n, &t->from);
	int len;

	t->is_signed = true;
	if (k == NULL || !mesh_node_may(n, &n->verifying, VERIFY_A_SECOND))
		return false;
	if (!k->has_key) {
		n->counts.unverified++;
		mesh_node_ask_key(n, k);
		return false;
	}
	len = mesh_verify(f->payload, f->len, k->sign_public);
	if (len < 0)
		n->counts.unverified++;
	t->data = f->payload;
	t->len = len > 0 ? (unsigned)len : 0;
	return len > 0;
}

static bool
unwrap(struct mesh_node *n, const struct heard *h, unsigned number, const struct mesh_frame *f,
	struct taken *t, uint8_t *room)
{
	switch (f->flags & MESH_BOXED) {
	case MESH_BOXED:
		return open_box(n, h, number, f, t, room);
	case MESH_SIGNED:
		return check_signature(n, f, t);
	case 0:
		t->data = f->payload;
		t->len = f->len;
		return true;
	default:
		return false;
	}
}

/* Data from SOURCE for one of ours, or for everybody. */
static void
data_frame(struct mesh_node *n, struct heard *h, unsigned number, const struct mesh_frame *f,
	const struct sid *source, unsigned identity)
{
	struct taken t = {.heard = h, .identity = identity, .from = *source};
	bool flood = (f->flags & (MESH_BROADCAST | MESH_ONE_HOP)) == MESH_BROADCAST;
	uint8_t room[MESH_DATAGRAM_MAX];
	int ports;

	/* A stranger's boxes say where it is; nothing else does. */
	if (f->len > sizeof room || (h->from == NULL && (f->flags & MESH_BOXED) != MESH_BOXED))
		return;
	if (flood && !mesh_node_is_new_flood(n, f->broadcast_id))
		return;
	if (flood)
		mesh_node_forward_flood(n, h, f, source);
	if (!unwrap(n, h, number, f, &t, room))
		return;
	ports = mesh_ports_read(t.data, t.len, &t.ports);
	if (ports < 0) {
		n->counts.malformed++;
		return;
	}
	t.data += ports;
	t.len -= (unsigned)ports;
	mesh_node_take(n, &t);
}

static void
frame(struct mesh_node *n, struct heard *h, unsigned number, const struct mesh_frame *f)
{
	bool done = h->d->done >> number & 1, known;
	struct heard *ask = done ? NULL : h;
	struct sid source, destination, hop;
	int identity = MESH_NODE_NONE;

	/* With SENDER_SAME it has no address, and the one before it stays so. */
	source = h->context.sender;
	known = f->flags & MESH_SENDER_SAME ||
		mesh_node_resolve(n, &h->context, &f->source, ask, &source);
	if (f->destination.kind != MESH_ADDRESS_NONE)
		known &= mesh_node_resolve(n, &h->context, &f->destination, ask, &destination);
	if (f->next_hop.kind != MESH_ADDRESS_NONE)
		mesh_node_resolve(n, &h->context, &f->next_hop, NULL, &hop);
	if (done || !known || mesh_node_self(n, &source) >= 0)
		return;
	if (f->destination.kind != MESH_ADDRESS_NONE &&
		(identity = mesh_node_self(n, &destination)) < 0)
		return; /* those that are forwarded are dealt with */
	if (h->from != NULL)
		mesh_node_hear_of(n, &source);
	if (f->type == MESH_DATA)
		data_frame(n, h, number, f, &source, (unsigned)identity);
	else if (f->type == MESH_EXPLAIN)
		mesh_node_explain(n, h, f->payload, f->len);
}

/* ---- Datagrams ---- */

/* Whoever has a link has it because its SID is known. */
static bool
find_sender(struct mesh_node *n, struct heard *h, const struct mesh_envelope *e)
{
	const struct neighbour *nb = h->from;

	if (nb == NULL && e->sender.kind == MESH_ADDRESS_PREFIX)
		nb = mesh_node_neighbour_begins(n, &e->sender, &h->d->from);
	if (nb != NULL) {
		h->context.sender = nb->row.sid;
		h->context.previous = nb->row.sid;
		h->context.has_previous = true;
		return true;
	}
	if (e->sender.kind != MESH_ADDRESS_SENDER &&
		mesh_node_resolve(n, &h->context, &e->sender, NULL, &h->context.sender))
		return true;
	if (e->sender.kind == MESH_ADDRESS_PREFIX)
		mesh_node_who_sent(n, &e->sender, &h->d->from);
	return false;
}

void
mesh_node_heard(struct mesh_node *n, const struct mesh_datagram *d, int64_t now)
{
	struct heard h = {.d = d};
	struct mesh_envelope e;
	struct mesh_frame f;
	int len = mesh_envelope_read(d->p, d->len, &e);
	unsigned at = (unsigned)len;

	n->now = now;
	n->counts.heard++;
	if (len < 0) {
		n->counts.malformed++;
		return;
	}
	h.questions = (struct mesh_writer){.p = h.question, .max = sizeof h.question};
	h.from = mesh_node_neighbour_by_id(n, d->neighbour);
	if (!find_sender(n, &h, &e) || mesh_node_self(n, &h.context.sender) >= 0)
		return;
	if (h.from == NULL)
		mesh_node_stranger(n, &h.context.sender, &d->from, e.interface);
	else
		mesh_node_interface(n, h.from, e.interface);
	for (unsigned i = 0; i < FRAMES && at < d->len; i++, at += (unsigned)len) {
		len = mesh_frame_read(d->p + at, d->len - at, &e, &f);
		if (len < 0) {
			n->counts.malformed++;
			break;
		}
		frame(n, &h, i, &f);
	}
	mesh_node_ask(n, &h);
}
