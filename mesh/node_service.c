/* SPDX-License-Identifier: Apache-2.0
 *
 * What is answered by itself: echo, key map, numbers; and who gets the rest; see
 * node_inside.h. */
#include "mesh/node_inside.h"

enum {
	KEY_AGAIN_MS = 500,  /* between two questions for one key */
	KEYS_A_SECOND = 100, /* that are told or taken: each is a signature */
};

/* DATA back to where T came from. */
static void
reply(struct mesh_node *n, const struct taken *t, unsigned identity, const void *data,
	unsigned len)
{
	mesh_node_post(n, &(struct mesh_letter){.identity = identity,
				  .to = t->from,
				  .ports = {.source = t->ports.destination,
					  .destination = t->ports.source},
				  .data = data,
				  .len = len,
				  .how = t->boxed || t->is_signed ? MESH_BOX : MESH_CLEAR});
}

/* As the one that it was for; what was for everybody the primary one answers. */
static unsigned
as_whom(const struct taken *t)
{
	return t->identity != MESH_NODE_NONE ? t->identity : 0;
}

static void
echo(struct mesh_node *n, const struct taken *t)
{
	/* What comes back in clear text bears our name, and others' link state is no echo. */
	if (t->ports.source == MESH_PORT_ECHO || t->ports.source == MESH_PORT_LINK_STATE)
		return;
	n->counts.echoed++;
	reply(n, t, as_whom(t), t->data, t->len);
}

static void
key_map(struct mesh_node *n, const struct taken *t)
{
	uint8_t p[KEYMAP_ANSWER], sign_public[MESH_KEY];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	if (!mesh_node_may(n, &n->keys, KEYS_A_SECOND))
		return;
	if (keymap_is_request(t->data, t->len)) {
		n->counts.keys_told++;
		mesh_put_keymap_answer(&w, &n->conf.identities->id[as_whom(t)]);
		reply(n, t, as_whom(t), p, w.len);
	} else if (keymap_answer_read(t->data, t->len, &t->from, sign_public) == 0) {
		mesh_node_learn_key(n, &t->from, sign_public);
	}
}

void
mesh_node_ask_key(struct mesh_node *n, struct known *k)
{
	uint8_t p[8];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	if (k->key_asked_ms != 0 && n->now - k->key_asked_ms < KEY_AGAIN_MS)
		return;
	k->key_asked_ms = n->now;
	mesh_put_keymap_request(&w);
	mesh_node_post(n, &(struct mesh_letter){.to = k->sid,
				  .ports = {MESH_PORT_KEYMAP, MESH_PORT_KEYMAP},
				  .data = p,
				  .len = w.len,
				  .how = MESH_BOX});
}

static void
number(struct mesh_node *n, const struct taken *t)
{
	char did[MESH_DID];

	if (dna_request_read(t->data, t->len, did) != 0) {
		n->counts.malformed++;
		return;
	}
	n->counts.lookups_heard++;
	for (unsigned i = 0; i < n->conf.identities->n; i++) {
		const struct mesh_identity *id = &n->conf.identities->id[i];
		uint8_t p[256];
		struct mesh_writer w = {.p = p, .max = sizeof p};

		if (id->did[0] == '\0' || !dna_matches(did, id->did))
			continue;
		mesh_put_dna_answer(&w, id);
		reply(n, t, i, p, w.len);
		n->counts.lookups_answered++;
	}
}

static void
vomp(struct mesh_node *n, const struct taken *t)
{
	if (t->ports.source != MESH_PORT_VOMP)
		return;
	n->conf.calls->vomp(n->conf.arg, &(struct mesh_message){.identity = t->identity,
						 .from = &t->from,
						 .via = t->heard->from->row.slot,
						 .ports = t->ports,
						 .data = t->data,
						 .len = t->len});
}

static void
link_state(struct mesh_node *n, const struct taken *t)
{
	if (t->ports.source == MESH_PORT_LINK_STATE &&
		sid_equal(&t->from, &t->heard->from->row.sid))
		mesh_node_link_state(n, t->heard, t->data, t->len);
}

/* How what came for a port may have been secured. */
enum { CLEAR = 1 << 0, SIGNED = 1 << 1, BOXED = 1 << 2 };

static const struct service {
	uint32_t port;
	uint8_t how;
	void (*take)(struct mesh_node *n, const struct taken *t);
} services[] = {
	{MESH_PORT_KEYMAP, BOXED, key_map},
	{MESH_PORT_LINK_STATE, CLEAR, link_state},
	{MESH_PORT_ECHO, CLEAR | SIGNED | BOXED, echo},
	{MESH_PORT_DNA, SIGNED | BOXED, number},
	{MESH_PORT_VOMP, BOXED, vomp},
};

static void
serve(struct mesh_node *n, const struct taken *t)
{
	unsigned how = t->boxed ? BOXED : t->is_signed ? SIGNED : CLEAR;

	for (unsigned i = 0; i < sizeof services / sizeof *services; i++) {
		if (services[i].port != t->ports.destination)
			continue;
		if (services[i].how & how)
			services[i].take(n, t);
		else
			n->counts.refused++;
		return;
	}
}

void
mesh_node_take(struct mesh_node *n, const struct taken *t)
{
	if (t->heard->from == NULL) {
		if (t->ports.destination == PROOF_PORT &&
			sid_equal(&t->from, &t->heard->context.sender))
			mesh_node_proved(n, &t->from, &t->heard->d->from, t->data, t->len);
	} else if (t->ports.destination >= MESH_PORT_CLIENTS) {
		mesh_node_answered(n, t);
	} else {
		serve(n, t);
	}
}
