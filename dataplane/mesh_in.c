/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams of the mesh that come: whose they are, the core that has his link, what came
 * twice; and then each frame: sound becomes RTP, what concerns the link stays here, what is
 * for others goes on, and all else is control's, which gets the datagram as it came and is
 * told which frames it need not look at.  Addresses may be cut short, or mean one that was
 * named before: what cannot be told for certain is control's, too.  Forwarding core.  Source:
 * docs/vomp.md. */
#include <string.h>

#include "dataplane/mesh_inside.h"

/* ---- Who is meant ---- */

/* In the context of C; NULL: nobody that is known here. */
static const struct sid *
resolve(struct mesh_coming *c, const struct mesh_address *a)
{
	const struct sid *sid = NULL;

	switch (a->kind) {
	case MESH_ADDRESS_SID:
		sid = (const struct sid *)(const void *)a->at;
		break;
	case MESH_ADDRESS_PREFIX:
		sid = mesh_whom(c->map, a->at, a->len);
		break;
	case MESH_ADDRESS_SAME:
		sid = c->previous;
		break;
	case MESH_ADDRESS_SENDER:
		sid = &c->from->sid;
		break;
	}
	c->previous = sid;
	return sid;
}

/* The destination of F.  A prefix of ours is us: whoever sends to us knows us, and would have
 * said more if it were somebody else's. */
static const struct sid *
resolve_destination(struct mesh_coming *c, const struct mesh_address *a)
{
	int self = a->kind == MESH_ADDRESS_PREFIX ? mesh_whom_self(c->map, a->at, a->len)
						  : MESH_NOBODY;

	if (self < 0)
		return resolve(c, a);
	c->previous = &c->map->self[self];
	return c->previous;
}

/* Number of the identity that SID is; MESH_NOBODY. */
static int
is_ours(const struct mesh_coming *c, const struct sid *sid)
{
	return sid != NULL ? mesh_whom_self(c->map, sid->b, sizeof sid->b) : MESH_NOBODY;
}

/* ---- Frames ---- */

/* One that is boxed, for IDENTITY of ours.  True: it needs nobody else. */
static bool
take_box(struct mesh_coming *c, const struct mesh_frame *f, const struct sid *source,
	int identity)
{
	const struct mesh_peer *peer =
		mesh_whom_peer(c->mesh, c->map, source, (uint16_t)identity);
	uint8_t *p = (uint8_t *)(uintptr_t)f->payload;
	int len;

	if (peer == NULL)
		return false;
	len = box_open(p, f->len, peer->key);
	if (len < 0) {
		count_add(&c->from->state->unopened, 1);
		return true;
	}
	c->opened |= UINT64_C(1) << c->number;
	return mesh_sound_take(c, p + BOX_HEAD, (unsigned)len, &peer->sid);
}

/* One that has not come before, or says so itself.  True: it needs nobody else. */
static bool
take_frame(struct mesh_coming *c, const struct mesh_frame *f, const struct sid *source,
	const struct sid *destination, const struct sid *next_hop)
{
	int identity = is_ours(c, destination);

	if (is_ours(c, source) >= 0)
		return true; /* an echo of ours */
	if (f->type == MESH_DATA && f->flags & MESH_ONE_HOP && source != NULL &&
		!(f->flags & MESH_BOXED) && sid_equal(source, &c->from->sid) &&
		(f->flags & MESH_BROADCAST || identity >= 0) && mesh_hears(c, f))
		return true;
	if (f->flags & MESH_BROADCAST || destination == NULL)
		return false;
	if (identity >= 0)
		return source != NULL && f->type == MESH_DATA &&
		       (f->flags & MESH_BOXED) == MESH_BOXED &&
		       take_box(c, f, source, identity);
	if (f->flags & MESH_ONE_HOP || (next_hop != NULL && is_ours(c, next_hop) < 0) ||
		!c->map->forward)
		return true; /* not for us, nor by way of us */
	return source != NULL && next_hop != NULL && mesh_forward(c, f, source, destination);
}

/* Numbers are in clear text: a stranger may use up those that are to come.  What is in a box
 * for us says by itself whether it came before: sound by its slot, all else by the state. */
static bool
says_itself(
	const struct mesh_coming *c, const struct mesh_frame *f, const struct sid *destination)
{
	return (f->flags & MESH_BOXED) == MESH_BOXED && is_ours(c, destination) >= 0;
}

/* All frames that are looked at, of LEFT bytes at P. */
static void
take_frames(struct mesh_coming *c, const uint8_t *p, unsigned left)
{
	struct link *l = &c->from->link->link;
	uint64_t now = mesh_now_us(c->lc);

	for (c->number = 0; left > 0 && c->number < SW_MESH_FRAMES; c->number++) {
		const struct sid *source, *destination = NULL, *next_hop = NULL;
		struct mesh_frame f;
		bool again;
		int len = mesh_frame_read(p, left, &c->envelope, &f);

		if (len < 0)
			break;
		p += len;
		left -= (unsigned)len;
		count_add(&c->from->state->rx_frames, 1);
		/* Then it has no address, and the one before it stays so. */
		source = f.flags & MESH_SENDER_SAME ? &c->from->sid : resolve(c, &f.source);
		if (f.destination.kind != MESH_ADDRESS_NONE)
			destination = resolve_destination(c, &f.destination);
		if (f.next_hop.kind != MESH_ADDRESS_NONE)
			next_hop = resolve(c, &f.next_hop);
		again = f.has_seq && !link_frame(l, f.seq, f.flags & MESH_ACK_SOON, now);
		if ((again && !says_itself(c, &f, destination)) ||
			take_frame(c, &f, source, destination, next_hop))
			c->done |= UINT64_C(1) << c->number;
	}
}

/* ---- To control ---- */

/* The datagram M, as it stands; takes it. */
static void
tell(struct lcore *lc, struct rte_mbuf *m, const struct mesh_up *up)
{
	char *p = rte_pktmbuf_prepend(m, sizeof *up);

	if (p == NULL) {
		drop(lc, m, DROP_TOO_LONG);
		return;
	}
	memcpy(p, up, sizeof *up);
	hand_over(lc, crossing_main(lc->end.crossing), m, STEP_MESH_UP);
}

static void
tell_of_stranger(struct lcore *lc, struct rte_mbuf *m)
{
	const struct mesh_up up = {.from = meta(m)->in.src, .broadcast = meta(m)->broadcast};

	if (mesh_may_tell_of_stranger(lc))
		tell(lc, m, &up);
	else
		drop(lc, m, DROP_MESH_STRANGER);
}

/* ---- Datagrams ---- */

/* A datagram of the neighbour c->from, whose link is ours; takes it.  LEN bytes of M are
 * envelope.  How many packets are in OUT. */
static unsigned
take_datagram(struct mesh_coming *c, struct rte_mbuf *m, unsigned len, struct rte_mbuf **out)
{
	struct sw_mesh_link *st = c->from->state;
	struct mesh_up up = {.from = meta(m)->in.src,
		.neighbour = c->from->id,
		.broadcast = meta(m)->broadcast};
	uint64_t all;
	unsigned n;
	bool tells;

	mesh_touch(c->lc->mesh, c->from->slot);
	count_add(&st->rx_datagrams, 1);
	atomic_store_explicit(&st->last_heard, c->lc->now, memory_order_relaxed);
	if (c->envelope.version > atomic_load_explicit(&st->version, memory_order_relaxed))
		atomic_store_explicit(&st->version, c->envelope.version, memory_order_relaxed);
	link_datagram(&c->from->link->link, c->envelope.flags & MESH_UNICAST,
		c->envelope.flags & MESH_HAS_SEQ, c->envelope.seq, mesh_now_us(c->lc));
	take_frames(
		c, rte_pktmbuf_mtod(m, const uint8_t *) + len, rte_pktmbuf_data_len(m) - len);
	up.done = c->done;
	up.opened = c->opened;
	all = c->number < 64 ? (UINT64_C(1) << c->number) - 1 : UINT64_MAX;
	tells = c->done != all || c->envelope.interface != c->from->interface;
	n = mesh_sound_make(c, m, !tells, out);
	if (tells && mesh_may_tell(c->lc, c->from))
		tell(c->lc, m, &up);
	else if (tells)
		drop(c->lc, m, DROP_MESH_CONTROL);
	else if (c->sounds == 0)
		rte_pktmbuf_free(m);
	return n;
}

/* The neighbour that says it has sent this; NULL: nobody known.  Where what it says of itself
 * fits several, the address decides. */
static struct mesh_neighbour *
sender_of(const struct mesh *mesh, const struct mesh_map *map, const struct mesh_address *a,
	const struct sw_addr *src)
{
	struct mesh_neighbour *found = NULL;
	struct mesh_rows rows;

	if (a->kind != MESH_ADDRESS_SID && a->kind != MESH_ADDRESS_PREFIX)
		return NULL;
	rows = mesh_whom_rows(map->neighbour, map->neighbours, a->at, a->len);
	for (unsigned r = rows.first; r < rows.end; r++) {
		struct mesh_neighbour *nb = mesh_neighbour(mesh, map->neighbour[r].slot);

		if (nb == NULL || memcmp(nb->sid.b, a->at, a->len) != 0)
			continue;
		if (memcmp(&nb->addr, src, sizeof *src) == 0)
			return nb;
		if (rows.end - rows.first == 1)
			found = nb;
	}
	return found;
}

/* Takes one datagram.  How many packets are in OUT. */
static unsigned
take(struct lcore *lc, struct rte_mbuf *m, struct rte_mbuf **out)
{
	const struct mesh *mesh = lc->tables->mesh;
	struct meta *me = meta(m);
	struct mesh_coming c = {.lc = lc, .mesh = mesh, .map = mesh_map(mesh)};
	int len = mesh_envelope_read(
		rte_pktmbuf_mtod(m, const uint8_t *), rte_pktmbuf_data_len(m), &c.envelope);

	if (len < 0 || rte_pktmbuf_data_len(m) > MESH_DATAGRAM_MAX) {
		drop(lc, m, DROP_MESH_MALFORMED);
		return 0;
	}
	if (c.envelope.sender.kind == MESH_ADDRESS_SID &&
		mesh_whom_self(c.map, c.envelope.sender.at, SID_LEN) >= 0) {
		rte_pktmbuf_free(m); /* our own, that was sent to everybody */
		return 0;
	}
	c.from = sender_of(mesh, c.map, &c.envelope.sender, &me->in.src);
	if (c.from != NULL && c.from->core != lc->number) {
		hand_over(lc, c.from->core, m, STEP_MESH_IN);
		return 0;
	}
	if (c.from != NULL && memcmp(&c.from->addr, &me->in.src, sizeof me->in.src) != 0) {
		count_add(&c.from->state->elsewhere, 1);
		c.from = NULL;
	}
	if (c.from == NULL) {
		tell_of_stranger(lc, m);
		return 0;
	}
	c.previous = &c.from->sid;
	return take_datagram(&c, m, (unsigned)len, out);
}

unsigned
mesh_in_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n, struct rte_mbuf **out)
{
	unsigned made = 0;

	for (unsigned i = 0; i < n; i++)
		made += take(lc, pkt[i], out + made);
	return made;
}
