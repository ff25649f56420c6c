/* SPDX-License-Identifier: Apache-2.0
 *
 * Ways: what neighbours say of them, which is best, and what neighbours are told; see
 * node_inside.h.
 *
 * Each neighbour says of every SID that it can reach which hop is the last one before it, so
 * that a way is found by going back from hop to hop until it has come to the neighbour.  We
 * are none of those that are known, so one that leads back through us is not found. */
#include "mesh/node_inside.h"

enum {
	RECORD_ROOM = 80, /* bytes of a record with both SIDs, at most */
	FRAMES_A_TELLING = 16,
	SOON_MS = 200, /* that a change waits for others to be told with it */
	VERSION = 1,   /* of our records */
	NO_PATH_VERSION = 0xff,
	NO_PATH_DROP_RATE = 0x20,
};

/* ---- What neighbours say ---- */

static struct way *
way_by(struct known *k, unsigned slot)
{
	for (unsigned i = 0; i < k->ways; i++)
		if (k->way[i].neighbour == slot)
			return &k->way[i];
	return NULL;
}

static void
drop_way(struct mesh_node *n, struct known *k, struct way *w)
{
	*w = k->way[--k->ways];
	n->changed = true;
}

/* Where another way fits: a free place, or that of the one not heard of for longest. */
static struct way *
new_way(struct known *k)
{
	struct way *oldest = &k->way[0];

	if (k->ways < WAYS)
		return &k->way[k->ways++];
	for (unsigned i = 1; i < WAYS; i++)
		if (k->way[i].heard_ms < oldest->heard_ms)
			oldest = &k->way[i];
	return oldest;
}

static void
learn_way(struct mesh_node *n, unsigned slot, const struct sid *to,
	const struct sid *transmitter, uint8_t drop_rate)
{
	struct known *k = mesh_node_hear_of(n, to);
	struct way *w;

	if (k == NULL)
		return;
	w = way_by(k, slot);
	if (w == NULL) {
		w = new_way(k);
		n->changed = true;
	} else if (!sid_equal(&w->transmitter, transmitter)) {
		n->changed = true;
	}
	*w = (struct way){(uint16_t)slot, drop_rate, *transmitter, n->now};
}

static void
lose_way(struct mesh_node *n, unsigned slot, const struct sid *to)
{
	struct known *k = mesh_node_known(n, to);
	struct way *w = k != NULL ? way_by(k, slot) : NULL;

	if (w != NULL)
		drop_way(n, k, w);
}

void
mesh_node_link_state(struct mesh_node *n, struct heard *h, const uint8_t *p, unsigned len)
{
	const struct neighbour *nb = h->from;
	struct context c = {.sender = nb->row.sid};
	struct sid receiver, transmitter;
	struct link_record r;
	int took;

	for (; (took = link_record_read(p, len, &r)) > 0; p += took, len -= (unsigned)took) {
		bool lost = r.flags & LINK_NO_PATH;
		bool known = mesh_node_resolve(n, &c, &r.receiver, lost ? NULL : h, &receiver);

		if (!lost)
			known &= mesh_node_resolve(n, &c, &r.transmitter, h, &transmitter);
		/* Whom it hears itself is its link's affair. */
		if (!known || sid_equal(&receiver, &nb->row.sid) || !mesh_node_is_up(nb))
			continue;
		if (lost)
			lose_way(n, nb->row.slot, &receiver);
		else
			learn_way(n, nb->row.slot, &receiver, &transmitter,
				r.flags & LINK_HAS_DROP_RATE ? r.drop_rate : 0);
	}
	if (took < 0)
		n->counts.malformed++;
}

void
mesh_node_neighbour_gone(struct mesh_node *n, unsigned slot)
{
	for (unsigned i = 0; i < n->knowns; i++) {
		struct way *w = way_by(n->known[i], slot);

		if (w != NULL)
			drop_way(n, n->known[i], w);
	}
	n->changed = true;
}

/* ---- Which is best ---- */

struct choice {
	uint16_t neighbour;
	uint8_t hops; /* 0: none */
	uint8_t drop_rate;
	struct sid before;
};

/* Of K's way W. */
static struct choice
follow(struct mesh_node *n, struct known *k, const struct way *w)
{
	const unsigned slot = w->neighbour;
	const struct sid *first = &n->neighbour[slot].row.sid;
	struct choice c = {.neighbour = w->neighbour, .before = w->transmitter};

	for (uint8_t hops = 2; hops <= HOPS_MAX && w != NULL; hops++) {
		if (w->drop_rate > c.drop_rate)
			c.drop_rate = w->drop_rate;
		if (sid_equal(&w->transmitter, first)) {
			c.hops = hops;
			break;
		}
		k = mesh_node_known(n, &w->transmitter);
		w = k != NULL ? way_by(k, slot) : NULL;
	}
	return c;
}

/* Is A better?  Fewer hops, fewer losses; of equals the one in use. */
static bool
is_better(const struct choice *a, const struct choice *b, unsigned in_use)
{
	if (a->hops == 0 || b->hops == 0)
		return a->hops != 0;
	if (a->hops != b->hops)
		return a->hops < b->hops;
	if (a->drop_rate != b->drop_rate)
		return a->drop_rate < b->drop_rate;
	return a->neighbour == in_use;
}

static struct choice
choose(struct mesh_node *n, struct known *k)
{
	const struct neighbour *nb = mesh_node_neighbour_of(n, &k->sid);
	struct choice best = {.neighbour = MESH_NODE_NONE};

	if (nb != NULL && mesh_node_is_up(nb))
		return (struct choice){nb->row.slot, 1, 0, mesh_node_primary(n)->sid};
	for (unsigned i = 0; i < k->ways;) {
		struct choice c;

		if (n->now - k->way[i].heard_ms > WAY_MS) {
			drop_way(n, k, &k->way[i]);
			continue;
		}
		c = follow(n, k, &k->way[i++]);
		if (is_better(&c, &best, k->neighbour))
			best = c;
	}
	return best.hops != 0 ? best : (struct choice){.neighbour = MESH_NODE_NONE};
}

/* True: it has to be told. */
static bool
take_choice(struct mesh_node *n, struct known *k, const struct choice *c)
{
	bool other = c->neighbour != k->neighbour ||
		     (c->hops != 0 && !sid_equal(&c->before, &k->before));

	if (other && c->hops == 0)
		k->lost_ms = n->now;
	k->neighbour = c->neighbour;
	k->hops = c->hops;
	k->drop_rate = c->drop_rate;
	k->before = c->before;
	if (other && n->conf.forward)
		mesh_node_publish(n, k);
	return other;
}

/* Neighbours are told our ways in IN_MS, if not before. */
static void
tell_soon(struct mesh_node *n, int64_t in_ms)
{
	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++) {
		struct neighbour *nb = &n->neighbour[i];

		if (nb->routes_due_ms > n->now + in_ms)
			nb->routes_due_ms = n->now + in_ms;
	}
}

void
mesh_node_identified(struct mesh_node *n)
{
	tell_soon(n, 0);
}

void
mesh_node_find_ways(struct mesh_node *n)
{
	bool tell = false;

	n->changed = false;
	n->ways_due_ms = n->now + ROUTE_MS;
	for (unsigned i = 0; i < n->knowns; i++) {
		struct choice c = choose(n, n->known[i]);

		tell |= take_choice(n, n->known[i], &c);
	}
	if (!tell)
		return;
	mesh_node_pairs_rerouted(n);
	tell_soon(n, SOON_MS);
}

/* ---- What neighbours are told ---- */

struct telling {
	struct mesh_node *n;
	struct neighbour *to;
	struct mesh_writer w;
	uint8_t p[FRAME_ROOM];
	unsigned frames;
};

static void
begin(struct telling *t)
{
	t->w = (struct mesh_writer){.p = t->p, .max = sizeof t->p};
	mesh_put_ports(
		&t->w, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_LINK_STATE});
}

static void
send(struct telling *t)
{
	mesh_node_tell(t->n, t->to, MESH_DATA, t->p, t->w.len);
	t->frames++;
	begin(t);
}

/* RECEIVER can be reached, TRANSMITTER being the hop before it; NULL: it cannot any more. */
static void
say(struct telling *t, const struct sid *receiver, const struct sid *transmitter,
	uint8_t drop_rate)
{
	struct link_record r = {.flags = LINK_HAS_DROP_RATE,
		.version = VERSION,
		.drop_rate = drop_rate,
		.receiver = mesh_node_address(receiver)};

	if (transmitter != NULL) {
		r.transmitter = mesh_node_address(transmitter);
	} else {
		r.flags |= LINK_NO_PATH;
		r.version = NO_PATH_VERSION;
		r.drop_rate = NO_PATH_DROP_RATE;
	}
	if (t->w.max - t->w.len < RECORD_ROOM)
		send(t);
	mesh_put_link_record(&t->w, &r);
}

static void
say_known(struct telling *t, const struct known *k)
{
	bool forward = t->n->conf.forward;

	if (sid_equal(&k->sid, &t->to->row.sid))
		return;
	/* By itself, too: it forwards floods of those only that name it as a transmitter. */
	if (k->neighbour != MESH_NODE_NONE && (forward || k->neighbour == t->to->row.slot))
		say(t, &k->sid, &k->before, k->drop_rate);
	else if (k->neighbour == MESH_NODE_NONE && forward && k->lost_ms != 0 &&
		 t->n->now - k->lost_ms < LOST_MS)
		say(t, &k->sid, NULL, 0);
}

void
mesh_node_tell_routes(struct mesh_node *n, struct neighbour *nb)
{
	const struct sid *us = &mesh_node_primary(n)->sid;
	struct telling t = {.n = n, .to = nb};
	unsigned i;

	nb->routes_due_ms = n->now + ROUTE_MS;
	begin(&t);
	/* That it is reached by us has it acknowledge without delay. */
	say(&t, &nb->row.sid, us, 0);
	for (i = 1; i < n->conf.identities->n; i++)
		say(&t, &n->conf.identities->id[i].sid, us, 0);
	if (nb->routes_at >= n->knowns)
		nb->routes_at = 0;
	for (i = 0; i < n->knowns && t.frames < FRAMES_A_TELLING; i++) {
		say_known(&t, n->known[nb->routes_at]);
		nb->routes_at = (nb->routes_at + 1) % n->knowns;
	}
	send(&t);
}

/* ---- Looking ---- */

bool
mesh_node_is_reachable(const struct mesh_node *n, const struct sid *sid)
{
	const struct known *k = mesh_node_known(n, sid);

	return k != NULL && k->neighbour != MESH_NODE_NONE;
}

bool
mesh_node_route(const struct mesh_node *n, unsigned *at, struct mesh_route_look *look)
{
	while (*at < n->knowns) {
		const struct known *k = n->known[(*at)++];

		if (k->neighbour == MESH_NODE_NONE)
			continue;
		*look = (struct mesh_route_look){.sid = k->sid,
			.next_hop = n->neighbour[k->neighbour].row.sid,
			.hops = k->hops,
			.drop_rate = k->drop_rate,
			.held = mesh_node_is_held(n, &k->sid)};
		return true;
	}
	return false;
}
