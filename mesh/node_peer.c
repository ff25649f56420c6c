/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows for whoever boxes sound and forwards frames: two SIDs that speak with each other, and
 * the ways for others; see node_inside.h.  A row's id and place come from its SIDs, so that
 * whoever takes our place says the same rows. */
#include <errno.h>
#include <sodium.h>

#include "mesh/node_inside.h"

/* What stands for no identity of ours. */
static const struct sid nobody;

static void
hash_pair(
	const struct mesh_node *n, unsigned identity, const struct sid *sid, uint64_t hash[2])
{
	const struct sid *ours =
		identity != MESH_NODE_NONE ? &n->conf.identities->id[identity].sid : &nobody;
	uint8_t both[2 * SID_LEN];

	memcpy(both, ours->b, SID_LEN);
	memcpy(both + SID_LEN, sid->b, SID_LEN);
	crypto_generichash((uint8_t *)hash, 2 * sizeof *hash, both, sizeof both, NULL, 0);
	hash[0] += hash[0] == 0;
}

static struct pair **
bucket_of(struct mesh_node *n, const struct sid *sid)
{
	return &n->bucket[(sid->b[0] | sid->b[1] << 8) % PAIR_BUCKETS];
}

struct pair *
mesh_node_pair(struct mesh_node *n, unsigned identity, const struct sid *sid)
{
	struct pair *p = *bucket_of(n, sid);

	while (p != NULL && (p->row.identity != identity || !sid_equal(&p->row.sid, sid)))
		p = p->next;
	return p;
}

bool
mesh_node_is_held(const struct mesh_node *n, const struct sid *sid)
{
	const struct pair *p = n->bucket[(sid->b[0] | sid->b[1] << 8) % PAIR_BUCKETS];

	while (p != NULL && (p->holds == 0 || !sid_equal(&p->row.sid, sid)))
		p = p->next;
	return p != NULL;
}

bool
mesh_node_is_wanted(const struct mesh_node *n, unsigned slot)
{
	for (unsigned i = 0; i < MESH_NODE_PEERS; i++)
		if (n->pair[i] != NULL && n->pair[i]->holds > 0 &&
			n->pair[i]->row.neighbour == slot)
			return true;
	return false;
}

/* ---- Rows ---- */

static void
say(struct mesh_node *n, const struct pair *p)
{
	n->conf.calls->peer_set(n->conf.arg, &p->row);
}

/* A place from FIRST on; -ENOBUFS. */
static int
find_slot(const struct mesh_node *n, uint64_t first)
{
	for (unsigned i = 0; i < MESH_NODE_PEERS; i++) {
		unsigned slot = (unsigned)((first + i) % MESH_NODE_PEERS);

		if (n->pair[slot] == NULL && !n->taken[slot])
			return (int)slot;
	}
	return -ENOBUFS;
}

static struct pair *
open_pair(struct mesh_node *n, unsigned identity, const struct sid *sid, const uint8_t *key,
	uint16_t neighbour)
{
	uint64_t hash[2];
	struct pair *p;
	int slot;

	hash_pair(n, identity, sid, hash);
	slot = find_slot(n, hash[1]);
	p = slot >= 0 ? n->conf.calls->secret_alloc(sizeof *p) : NULL;
	if (p == NULL)
		return NULL;
	p->row = (struct mesh_peer_row){.id = hash[0],
		.slot = (uint16_t)slot,
		.identity = (uint16_t)identity,
		.neighbour = neighbour,
		.sid = *sid};
	if (key != NULL) {
		memcpy(p->key, key, sizeof p->key);
		p->row.key = p->key;
	}
	n->pair[slot] = p;
	p->next = *bucket_of(n, sid);
	*bucket_of(n, sid) = p;
	say(n, p);
	return p;
}

static void
unlink_pair(struct mesh_node *n, struct pair *p)
{
	struct pair **at = bucket_of(n, &p->row.sid);

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	n->pair[p->row.slot] = NULL;
}

static void
close_pair(struct mesh_node *n, struct pair *p)
{
	unlink_pair(n, p);
	n->conf.calls->peer_del(n->conf.arg, p->row.slot, p->row.id);
	n->conf.calls->secret_free(p, sizeof *p);
}

static void
reroute(struct mesh_node *n, struct pair *p, uint16_t neighbour)
{
	if (p->row.neighbour == neighbour)
		return;
	p->row.neighbour = neighbour;
	say(n, p);
}

/* A neighbour that is silent may come back: as long as there is no other way, it stays that.
 */
void
mesh_node_pairs_rerouted(struct mesh_node *n)
{
	for (unsigned i = 0; i < MESH_NODE_PEERS; i++) {
		struct pair *p = n->pair[i];
		const struct known *k;
		uint16_t by;

		if (p == NULL || p->holds == 0)
			continue;
		k = mesh_node_known(n, &p->row.sid);
		by = k != NULL ? k->neighbour : MESH_NODE_NONE;
		if (by == MESH_NODE_NONE && p->row.neighbour != MESH_NODE_NONE &&
			n->neighbour[p->row.neighbour].row.id != 0)
			continue;
		reroute(n, p, by);
	}
}

void
mesh_node_publish(struct mesh_node *n, const struct known *k)
{
	struct pair *p = mesh_node_pair(n, MESH_NODE_NONE, &k->sid);

	if (p == NULL && k->neighbour != MESH_NODE_NONE)
		open_pair(n, MESH_NODE_NONE, &k->sid, NULL, k->neighbour);
	else if (p != NULL && k->neighbour == MESH_NODE_NONE)
		close_pair(n, p);
	else if (p != NULL)
		reroute(n, p, k->neighbour);
}

void
mesh_node_say_pairs(struct mesh_node *n)
{
	memset(n->taken, 0, sizeof n->taken);
	for (unsigned i = 0; i < MESH_NODE_PEERS; i++)
		if (n->pair[i] != NULL)
			say(n, n->pair[i]);
}

void
mesh_node_peer_refused(struct mesh_node *n, unsigned slot, uint64_t id)
{
	struct pair *p = n->pair[slot];
	int other;

	if (p == NULL || p->row.id != id)
		return;
	n->taken[slot] = true;
	if ((other = find_slot(n, slot)) < 0)
		return;
	n->pair[slot] = NULL;
	n->pair[other] = p;
	p->row.slot = (uint16_t)other;
	say(n, p);
}

void
mesh_node_forget_pairs(struct mesh_node *n)
{
	for (unsigned i = 0; i < MESH_NODE_PEERS; i++) {
		if (n->pair[i] != NULL)
			n->conf.calls->secret_free(n->pair[i], sizeof *n->pair[i]);
		n->pair[i] = NULL;
	}
}

/* ---- Those that somebody holds ---- */

int
mesh_node_hold(struct mesh_node *n, unsigned identity, const struct sid *sid, int64_t now)
{
	struct pair *p = mesh_node_pair(n, identity, sid);
	const struct known *k;
	uint8_t key[MESH_KEY];

	n->now = now;
	if (p == NULL) {
		k = mesh_node_learn(n, sid);
		/* Not the cached one: others' boxes may have used up what is made of those. */
		if (box_key(key, sid, n->conf.identities->id[identity].box_secret) != 0)
			return -EBADMSG;
		p = open_pair(
			n, identity, sid, key, k != NULL ? k->neighbour : MESH_NODE_NONE);
		sodium_memzero(key, sizeof key);
	}
	if (p == NULL)
		return -ENOBUFS;
	p->holds++;
	return 0;
}

void
mesh_node_release(struct mesh_node *n, unsigned identity, const struct sid *sid)
{
	struct pair *p = mesh_node_pair(n, identity, sid);

	if (p != NULL && --p->holds == 0)
		close_pair(n, p);
}
