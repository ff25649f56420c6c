/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is meant by an address, which may be cut short or be that of the one before; and whom we
 * have to ask about; see node_inside.h. */
#include "mesh/node_inside.h"

/* ---- What we ask ---- */

/* The place of the question about A's prefix: its own, or that of the oldest. */
struct question *
mesh_node_question(struct mesh_node *n, const struct mesh_address *a)
{
	struct question *oldest = &n->question[0];

	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct question *q = &n->question[i];

		if (q->len == a->len && memcmp(q->prefix, a->at, a->len) == 0)
			return q;
		if (q->asked_ms < oldest->asked_ms)
			oldest = q;
	}
	*oldest = (struct question){.len = a->len};
	memcpy(oldest->prefix, a->at, a->len);
	return oldest;
}

bool
mesh_node_may_ask(struct mesh_node *n, struct question *q)
{
	if (q->asked_ms != 0 && n->now - q->asked_ms < EXPLAIN_MS)
		return false;
	q->asked_ms = n->now;
	return true;
}

void
mesh_node_wonder(struct mesh_node *n, struct heard *h, const struct mesh_address *a)
{
	if (h->from == NULL || a->kind != MESH_ADDRESS_PREFIX ||
		h->questions.max - h->questions.len < 1u + a->len)
		return;
	if (mesh_node_may_ask(n, mesh_node_question(n, a)))
		mesh_put_explain(
			&h->questions, &(struct explain_item){EXPLAIN_WHO, a->len, a->at});
}

/* ---- Addresses ---- */

/* The only one of ours and of those we know that begins as A does. */
static bool
find_prefix(struct mesh_node *n, const struct mesh_address *a, struct sid *sid)
{
	unsigned first, found = mesh_node_begins(n, a->at, a->len, &first);

	if (found == 1)
		*sid = n->known[first]->sid;
	for (unsigned i = 0; i < n->conf.identities->n; i++)
		if (memcmp(n->conf.identities->id[i].sid.b, a->at, a->len) == 0) {
			*sid = n->conf.identities->id[i].sid;
			found++;
		}
	return found == 1;
}

static bool
find(struct mesh_node *n, const struct context *c, const struct mesh_address *a,
	struct sid *sid)
{
	switch (a->kind) {
	case MESH_ADDRESS_SID:
		memcpy(sid->b, a->at, sizeof sid->b);
		return true;
	case MESH_ADDRESS_SIGN:
		if (!mesh_node_sid_of_sign(n, sid, a->at))
			return false;
		if (mesh_node_known(n, sid) != NULL)
			mesh_node_learn_key(n, sid, a->at);
		return true;
	case MESH_ADDRESS_SENDER:
		*sid = c->sender;
		return true;
	case MESH_ADDRESS_SAME:
		*sid = c->previous;
		return c->has_previous;
	case MESH_ADDRESS_PREFIX:
		return find_prefix(n, a, sid);
	default: /* of point-to-point links, which we have none of */
		return false;
	}
}

bool
mesh_node_resolve(struct mesh_node *n, struct context *c, const struct mesh_address *a,
	struct heard *ask, struct sid *sid)
{
	if (!find(n, c, a, sid)) {
		c->has_previous = false;
		n->counts.unresolved++;
		if (ask != NULL)
			mesh_node_wonder(n, ask, a);
		return false;
	}
	c->previous = *sid;
	c->has_previous = true;
	return true;
}
