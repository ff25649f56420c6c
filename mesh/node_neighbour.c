/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is a neighbour, and where; see node_inside.h.  Whoever speaks up gets a link; it has to
 * say over that link that it hears us to keep it.  All that is in clear text, so strangers
 * have few places, by address too, and take them from one another alone. */
#include <sodium.h>

#include "mesh/node_inside.h"

enum {
	LOOK_MS = 200, /* between two looks at all links */
	STRANGERS_A_SECOND = 20,
	HALF_OPEN_MS = 5000, /* to say that it hears us */
	SETTLED_MS = 1000,   /* which it has before another may take its place */
	PROOF_AGAIN_MS = 500,
};

/* ---- Coming and going ---- */

static void
enter(struct mesh_node *n, struct neighbour *nb, enum mesh_neighbour_state state)
{
	nb->state = (uint8_t)state;
	nb->since_ms = n->now;
}

static void
tell_event(struct mesh_node *n, enum mesh_node_event what, const struct neighbour *nb)
{
	n->conf.calls->event(n->conf.arg, what, &nb->row.sid, &nb->row.at);
}

static void
leave(struct mesh_node *n, struct neighbour *nb)
{
	struct mesh_neighbour_row row = nb->row;

	nb->row.id = 0;
	mesh_node_neighbour_gone(n, row.slot);
	mesh_node_find_ways(n);
	mesh_node_pairs_rerouted(n);
	n->conf.calls->neighbour_del(n->conf.arg, row.slot, row.id);
}

static void
come_up(struct mesh_node *n, struct neighbour *nb)
{
	enter(n, nb, MESH_UP);
	mesh_node_learn(n, &nb->row.sid);
	n->changed = true;
	nb->routes_due_ms = n->now;
	tell_event(n, MESH_PEER_UP, nb);
}

static void
go_down(struct mesh_node *n, struct neighbour *nb)
{
	enter(n, nb, MESH_DOWN);
	mesh_node_neighbour_gone(n, nb->row.slot);
	tell_event(n, MESH_PEER_DOWN, nb);
}

static void
look_at(struct mesh_node *n, struct neighbour *nb)
{
	struct mesh_link_look look;
	bool heard, both;

	if (!n->conf.calls->look(n->conf.arg, nb->row.slot, nb->row.id, &look))
		return;
	heard = look.heard_ms >= 0 && look.heard_ms <= MESH_NODE_SILENCE_MS;
	both = heard && look.hears_us_ms >= 0 && look.hears_us_ms <= MESH_NODE_SILENCE_MS;
	if (nb->state != MESH_UP && both)
		come_up(n, nb);
	else if (nb->state == MESH_UP && !both)
		go_down(n, nb);
	else if (nb->state == MESH_HALF_OPEN && n->now - nb->since_ms > HALF_OPEN_MS)
		leave(n, nb);
	else if (nb->state == MESH_DOWN && (!mesh_node_is_wanted(n, nb->row.slot) ||
						   n->now - nb->since_ms > MESH_NODE_KEPT_MS))
		leave(n, nb);
}

int64_t
mesh_node_neighbours_run(struct mesh_node *n)
{
	if (n->now < n->look_due_ms)
		return n->look_due_ms;
	n->look_due_ms = n->now + LOOK_MS;
	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++)
		if (n->neighbour[i].row.id != 0)
			look_at(n, &n->neighbour[i]);
	if (n->changed || n->now >= n->ways_due_ms)
		mesh_node_find_ways(n);
	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++) {
		struct neighbour *nb = &n->neighbour[i];

		if (mesh_node_is_up(nb) && n->now >= nb->routes_due_ms)
			mesh_node_tell_routes(n, nb);
	}
	return n->look_due_ms;
}

/* ---- Strangers ---- */

/* Which of two is easier to do without: one that never was a neighbour, then one that is none
 * any more; of these the older one.  NULL: neither. */
static struct neighbour *
dispensable(struct mesh_node *n, struct neighbour *best, struct neighbour *nb)
{
	if (nb->state == MESH_UP || n->now - nb->since_ms < SETTLED_MS ||
		(nb->state == MESH_DOWN && mesh_node_is_wanted(n, nb->row.slot)))
		return best;
	if (best == NULL || nb->state < best->state)
		return nb;
	return nb->state == best->state && nb->since_ms < best->since_ms ? nb : best;
}

static bool
is_configured(const struct mesh_node *n, const struct mesh_at *at)
{
	for (unsigned i = 0; i < n->conf.n_peers; i++)
		if (mesh_node_is_same_at(&n->conf.peers[i], at))
			return true;
	return false;
}

/* A place for a newcomer at AT; NULL: there is none, or not now.  Whoever says that it hears
 * us keeps its place, and may be invented all the same: some are for those who are configured.
 */
static struct neighbour *
find_place(struct mesh_node *n, const struct mesh_at *at)
{
	bool configured = is_configured(n, at);
	unsigned places = MESH_NODE_NEIGHBOURS - (configured ? 0 : n->conf.n_peers);
	unsigned half_open = 0, here = 0, used = 0;
	struct neighbour *old = NULL;

	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++) {
		struct neighbour *nb = &n->neighbour[i];

		if (nb->row.id == 0)
			continue;
		used++;
		half_open += nb->state == MESH_HALF_OPEN;
		here += nb->row.at.family == at->family &&
			memcmp(nb->row.at.ip, at->ip, sizeof at->ip) == 0;
		old = dispensable(n, old, nb);
	}
	if (here >= AN_ADDRESS)
		return NULL;
	if (used >= places || (half_open >= MESH_NODE_HALF_OPEN && !configured)) {
		if (old == NULL)
			return NULL;
		leave(n, old);
	}
	/* Round and round: who had the place before may be remembered for a moment. */
	while (n->neighbour[n->next_slot].row.id != 0)
		n->next_slot = (n->next_slot + 1) % MESH_NODE_NEIGHBOURS;
	return &n->neighbour[n->next_slot];
}

static struct neighbour *
newcomer(struct mesh_node *n, const struct sid *sid, const struct mesh_at *at)
{
	struct neighbour *nb = NULL;

	if (is_configured(n, at) || mesh_node_may(n, &n->strangers, STRANGERS_A_SECOND))
		nb = find_place(n, at);
	if (nb == NULL) {
		n->counts.strangers_full++;
		return NULL;
	}
	*nb = (struct neighbour){
		.row = {.slot = (uint16_t)n->next_slot, .sid = *sid, .at = *at}};
	while (nb->row.id == 0)
		randombytes_buf(&nb->row.id, sizeof nb->row.id);
	n->next_slot = (n->next_slot + 1) % MESH_NODE_NEIGHBOURS;
	enter(n, nb, MESH_HALF_OPEN);
	n->counts.strangers++;
	return nb;
}

/* ---- Another address ---- */

/* Ask NB, in a box, whether it is at AT: whoever can open that is. */
static void
ask_proof(struct mesh_node *n, const struct neighbour *nb, const struct mesh_at *at)
{
	struct proof *p = &n->proof[0];
	struct mesh_letter letter;

	for (unsigned i = 0; i < PROOFS; i++) {
		if (n->proof[i].asked_ms != 0 && sid_equal(&n->proof[i].sid, &nb->row.sid)) {
			p = &n->proof[i];
			break;
		}
		if (n->proof[i].asked_ms < p->asked_ms)
			p = &n->proof[i];
	}
	if (p->asked_ms != 0 && n->now - p->asked_ms < PROOF_AGAIN_MS)
		return;
	*p = (struct proof){.sid = nb->row.sid, .at = *at, .asked_ms = n->now};
	randombytes_buf(p->cookie, sizeof p->cookie);
	letter = (struct mesh_letter){.to = nb->row.sid,
		.ports = {.source = PROOF_PORT, .destination = MESH_PORT_ECHO},
		.data = p->cookie,
		.len = sizeof p->cookie,
		.how = MESH_BOX};
	mesh_node_post_at(n, &letter, at);
}

void
mesh_node_proved(struct mesh_node *n, const struct sid *sid, const struct mesh_at *at,
	const uint8_t *cookie, unsigned len)
{
	struct neighbour *nb = mesh_node_neighbour_of(n, sid);

	for (unsigned i = 0; nb != NULL && i < PROOFS; i++) {
		struct proof *p = &n->proof[i];

		if (p->asked_ms == 0 || !sid_equal(&p->sid, sid) ||
			!mesh_node_is_same_at(&p->at, at) || len != sizeof p->cookie ||
			memcmp(p->cookie, cookie, len) != 0)
			continue;
		p->asked_ms = 0;
		nb->row.at = *at;
		n->counts.moved++;
		n->conf.calls->neighbour_set(n->conf.arg, &nb->row);
		tell_event(n, MESH_PEER_MOVED, nb);
	}
}

void
mesh_node_stranger(struct mesh_node *n, const struct sid *sid, const struct mesh_at *at,
	uint8_t interface)
{
	struct neighbour *nb = mesh_node_neighbour_of(n, sid);

	if (nb != NULL && !mesh_node_is_same_at(&nb->row.at, at))
		ask_proof(n, nb, at);
	if (nb != NULL || (nb = newcomer(n, sid, at)) == NULL)
		return;
	nb->row.interface = interface;
	n->conf.calls->neighbour_set(n->conf.arg, &nb->row);
}

void
mesh_node_interface(struct mesh_node *n, struct neighbour *nb, uint8_t interface)
{
	if (nb->row.interface == interface)
		return;
	nb->row.interface = interface;
	n->conf.calls->neighbour_set(n->conf.arg, &nb->row);
}

/* ---- Successors ---- */

void
mesh_node_adopt(struct mesh_node *n, const struct mesh_neighbour_row *row, int64_t now)
{
	struct neighbour *nb = &n->neighbour[row->slot];

	n->now = now;
	if (mesh_node_neighbour_of(n, &row->sid) != NULL ||
		mesh_node_self(n, &row->sid) >= 0) {
		n->conf.calls->neighbour_del(n->conf.arg, row->slot, row->id);
		return;
	}
	*nb = (struct neighbour){.row = *row};
	enter(n, nb, MESH_HALF_OPEN);
	look_at(n, nb);
	mesh_node_find_ways(n);
}

void
mesh_node_say_all(struct mesh_node *n)
{
	for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++)
		if (n->neighbour[i].row.id != 0)
			n->conf.calls->neighbour_set(n->conf.arg, &n->neighbour[i].row);
	mesh_node_say_pairs(n);
}
