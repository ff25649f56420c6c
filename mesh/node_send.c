/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames made and boxed; see node_inside.h.  Addresses are always full ones, which nobody has
 * to ask about. */
#include <errno.h>

#include "mesh/node_inside.h"

enum {
	AROUND = 3 + 1 + SID_LEN +
		 3,              /* bytes of an envelope, and of a frame's SEQ and length */
	OPENINGS_A_SECOND = 200, /* keys that are made for those whom we do not call */
};

/* ---- Keys ---- */

static struct box_cached *
find_cached(struct mesh_node *n, unsigned identity, const struct sid *sid)
{
	struct box_cached *oldest = &n->cached[0];

	for (unsigned i = 0; i < KEYS; i++) {
		struct box_cached *c = &n->cached[i];

		if (c->used_ms != 0 && c->identity == identity && sid_equal(&c->sid, sid))
			return c;
		if (c->used_ms < oldest->used_ms)
			oldest = c;
	}
	oldest->used_ms = 0;
	return oldest;
}

const uint8_t *
mesh_node_key(struct mesh_node *n, unsigned identity, const struct sid *sid)
{
	const struct pair *p = mesh_node_pair(n, identity, sid);
	struct box_cached *c;
	uint8_t *key;

	if (p != NULL)
		return p->key;
	c = find_cached(n, identity, sid);
	key = n->cached_key[c - n->cached];
	if (c->used_ms == 0) {
		if (!mesh_node_may(n, &n->openings, OPENINGS_A_SECOND) ||
			box_key(key, sid, n->conf.identities->id[identity].box_secret) != 0)
			return NULL;
		c->identity = (uint16_t)identity;
		c->sid = *sid;
	}
	c->used_ms = n->now;
	return key;
}

/* ---- Letters ---- */

/* Ports and data of L in W, boxed if they are to be.  0; -EBADMSG, -EMSGSIZE. */
static int
put_payload(struct mesh_node *n, struct mesh_writer *w, const struct mesh_letter *l)
{
	uint8_t *payload = w->p + w->len;
	const uint8_t *key = NULL;

	if (l->how == MESH_BOX) {
		static const uint8_t head[BOX_HEAD];

		if ((key = mesh_node_key(n, l->identity, &l->to)) == NULL)
			return -EBADMSG;
		mesh_put(w, head, sizeof head);
	}
	mesh_put_ports(w, &l->ports);
	mesh_put(w, l->data, l->len);
	if (w->full)
		return -EMSGSIZE;
	if (key != NULL)
		box_seal(payload, (unsigned)(w->p + w->len - payload) - BOX_HEAD, key,
			&n->nonces);
	return 0;
}

static struct mesh_frame
frame_of(const struct mesh_node *n, const struct mesh_letter *l)
{
	struct mesh_frame f = {.type = MESH_DATA, .destination = mesh_node_address(&l->to)};

	if (l->how == MESH_BOX)
		f.flags |= MESH_BOXED;
	if (l->identity != 0)
		f.source = mesh_node_address(&n->conf.identities->id[l->identity].sid);
	return f;
}

/* By whose link what is for SID leaves; NULL: there is none. */
static const struct neighbour *
hop_to(struct mesh_node *n, const struct sid *sid)
{
	const struct known *k = mesh_node_known(n, sid);

	if (k != NULL && k->neighbour != MESH_NODE_NONE)
		return &n->neighbour[k->neighbour];
	return mesh_node_neighbour_of(n, sid);
}

int
mesh_node_post(struct mesh_node *n, const struct mesh_letter *l)
{
	const struct neighbour *hop = hop_to(n, &l->to);
	struct mesh_frame f = frame_of(n, l);
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p - AROUND};
	unsigned head;
	int err;

	if (hop == NULL) {
		n->counts.unreachable++;
		return -EHOSTUNREACH;
	}
	f.flags |= MESH_ACK_SOON;
	if (sid_equal(&hop->row.sid, &l->to)) {
		f.flags |= MESH_ONE_HOP;
	} else {
		f.next_hop = mesh_node_address(&hop->row.sid);
		f.ttl = MESH_TTL;
		f.qos = MESH_QOS_ORDINARY;
	}
	mesh_put_frame_head(&w, &f);
	head = w.len;
	if ((err = put_payload(n, &w, l)) != 0)
		return err;
	n->counts.sent++;
	return n->conf.calls->tell(
		n->conf.arg, hop->row.slot, hop->row.id, p, head, w.len - head);
}

/* A datagram of one frame, to AT. */
static void
begin_datagram(struct mesh_node *n, struct mesh_writer *w, const struct mesh_frame *f)
{
	mesh_put_envelope_0(w, &mesh_node_primary(n)->sid, MESH_UNICAST);
	mesh_put_frame_head(w, f);
	mesh_put(w, "\0", 2); /* length, for now */
}

static int
cast_datagram(
	struct mesh_node *n, struct mesh_writer *w, unsigned payload, const struct mesh_at *at)
{
	unsigned len = w->len - payload;

	w->p[payload - 2] = (uint8_t)(len >> 8);
	w->p[payload - 1] = (uint8_t)len;
	return n->conf.calls->cast(n->conf.arg, at, w->p, w->len);
}

int
mesh_node_post_at(struct mesh_node *n, const struct mesh_letter *l, const struct mesh_at *at)
{
	struct mesh_frame f = frame_of(n, l);
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	unsigned payload;
	int err;

	f.flags |= MESH_ONE_HOP;
	begin_datagram(n, &w, &f);
	payload = w.len;
	if ((err = put_payload(n, &w, l)) != 0)
		return err;
	return cast_datagram(n, &w, payload, at);
}

int
mesh_node_explain_at(
	struct mesh_node *n, const struct mesh_at *at, const uint8_t *p, unsigned len)
{
	const struct mesh_frame f = {
		.flags = MESH_BROADCAST | MESH_ONE_HOP, .type = MESH_EXPLAIN};
	uint8_t bytes[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};
	unsigned payload;

	begin_datagram(n, &w, &f);
	payload = w.len;
	mesh_put(&w, p, len);
	return w.full ? -EMSGSIZE : cast_datagram(n, &w, payload, at);
}

int
mesh_node_tell(struct mesh_node *n, const struct neighbour *nb, uint8_t type, const uint8_t *p,
	unsigned len)
{
	const struct mesh_frame f = {.flags = MESH_ONE_HOP,
		.type = type,
		.destination = mesh_node_address(&nb->row.sid)};
	uint8_t bytes[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes - AROUND};
	unsigned head;

	mesh_put_frame_head(&w, &f);
	head = w.len;
	mesh_put(&w, p, len);
	if (w.full)
		return -EMSGSIZE;
	return n->conf.calls->tell(n->conf.arg, nb->row.slot, nb->row.id, bytes, head, len);
}

int
mesh_node_send(struct mesh_node *n, unsigned identity, const struct sid *to,
	const struct mesh_ports *ports, const void *data, unsigned len, int64_t now)
{
	n->now = now;
	return mesh_node_post(n, &(struct mesh_letter){.identity = identity,
					 .to = *to,
					 .ports = *ports,
					 .data = data,
					 .len = len,
					 .how = MESH_BOX});
}
