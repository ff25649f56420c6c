/* SPDX-License-Identifier: Apache-2.0
 *
 * SIDs, ours and those of others, in order; see node_inside.h.  Neighbours teach them, in
 * clear text, so there is a bound: the one that was not thought of for longest, and to which
 * no way is known, makes room. */
#include <errno.h>
#include <stdlib.h>

#include "mesh/node_inside.h"

enum {
	SIGNS_A_SECOND = 200,   /* SIDs that follow from signing keys: as dear as boxes */
	LESSONS_A_SECOND = 1000 /* for which another is forgotten, when there is no room */
};

/* ---- Ours ---- */

int
mesh_node_self(const struct mesh_node *n, const struct sid *sid)
{
	for (unsigned i = 0; i < n->conf.identities->n; i++)
		if (sid_equal(&n->conf.identities->id[i].sid, sid))
			return (int)i;
	return -1;
}

/* ---- Others' ---- */

/* Where the first one lies that is not before the LEN bytes at PREFIX. */
static unsigned
lower(const struct mesh_node *n, const uint8_t *prefix, unsigned len)
{
	unsigned low = 0, high = n->knowns;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (memcmp(n->known[mid]->sid.b, prefix, len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

unsigned
mesh_node_begins(
	const struct mesh_node *n, const uint8_t *prefix, unsigned len, unsigned *first)
{
	unsigned at = *first = lower(n, prefix, len);

	while (at < n->knowns && memcmp(n->known[at]->sid.b, prefix, len) == 0)
		at++;
	return at - *first;
}

struct known *
mesh_node_known(const struct mesh_node *n, const struct sid *sid)
{
	unsigned at = lower(n, sid->b, sizeof sid->b);

	return at < n->knowns && sid_equal(&n->known[at]->sid, sid) ? n->known[at] : NULL;
}

static void
forget(struct mesh_node *n, unsigned at)
{
	free(n->known[at]);
	n->knowns--;
	memmove(&n->known[at], &n->known[at + 1], (n->knowns - at) * sizeof *n->known);
}

static bool
make_room(struct mesh_node *n)
{
	unsigned oldest = n->knowns;

	if (n->knowns < MESH_NODE_KNOWN)
		return true;
	for (unsigned i = 0; i < n->knowns; i++) {
		const struct known *k = n->known[i];

		if (k->ways == 0 && k->neighbour == MESH_NODE_NONE &&
			(oldest == n->knowns || k->used_ms < n->known[oldest]->used_ms))
			oldest = i;
	}
	if (oldest == n->knowns)
		return false;
	forget(n, oldest);
	return true;
}

struct known *
mesh_node_learn(struct mesh_node *n, const struct sid *sid)
{
	struct known *k = mesh_node_known(n, sid);
	unsigned at;

	if (mesh_node_self(n, sid) >= 0)
		return NULL;
	if (k == NULL) {
		if (!make_room(n) || (k = calloc(1, sizeof *k)) == NULL)
			return NULL;
		k->sid = *sid;
		k->neighbour = MESH_NODE_NONE;
		at = lower(n, sid->b, sizeof sid->b);
		memmove(&n->known[at + 1], &n->known[at], (n->knowns - at) * sizeof *n->known);
		n->known[at] = k;
		n->knowns++;
	}
	k->used_ms = n->now;
	return k;
}

struct known *
mesh_node_hear_of(struct mesh_node *n, const struct sid *sid)
{
	if (n->knowns == MESH_NODE_KNOWN && mesh_node_known(n, sid) == NULL &&
		!mesh_node_may(n, &n->lessons, LESSONS_A_SECOND))
		return NULL;
	return mesh_node_learn(n, sid);
}

void
mesh_node_learn_key(
	struct mesh_node *n, const struct sid *sid, const uint8_t sign_public[MESH_KEY])
{
	struct known *k = mesh_node_learn(n, sid);

	if (k == NULL)
		return;
	memcpy(k->sign_public, sign_public, MESH_KEY);
	k->has_key = true;
}

bool
mesh_node_sid_of_sign(
	struct mesh_node *n, struct sid *sid, const uint8_t sign_public[MESH_KEY])
{
	return mesh_node_may(n, &n->signs, SIGNS_A_SECOND) &&
	       mesh_sid_of_sign(sid, sign_public) == 0;
}

void
mesh_node_forget_known(struct mesh_node *n)
{
	for (unsigned i = 0; i < n->knowns; i++)
		free(n->known[i]);
	n->knowns = 0;
}
