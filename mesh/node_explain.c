/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions who somebody is, ours and others'; see node_inside.h.  servald explains a SID once
 * in half a second, and answers what stands in one frame in one frame. */
#include "mesh/node_inside.h"

enum {
	SECOND_MS = 2, /* from a sender's first datagram to the one that has us ask */
	QUESTIONS_A_SECOND = 20,
	ANSWERS_A_SECOND = 50,
	AT_ONCE = 16, /* SIDs that begin alike, in one answer */
	A_FRAME = 32, /* questions of one frame that are answered */
};

/* ---- Ours ---- */

/* An answer to the first datagram is likely to share one with frames that were waiting, and
 * those come under the abbreviation. */
void
mesh_node_who_sent(struct mesh_node *n, const struct mesh_address *a, const struct mesh_at *at)
{
	struct question *q = mesh_node_question(n, a);
	uint8_t p[1 + SID_LEN];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	if (!q->seen) {
		q->seen = true;
		q->asked_ms = n->now - EXPLAIN_MS + SECOND_MS;
		return;
	}
	if (!mesh_node_may_ask(n, q) || !mesh_node_may(n, &n->questions, QUESTIONS_A_SECOND))
		return;
	mesh_put_explain(&w, &(struct explain_item){EXPLAIN_WHO, a->len, a->at});
	mesh_node_explain_at(n, at, p, w.len);
}

void
mesh_node_ask(struct mesh_node *n, struct heard *h)
{
	if (h->questions.len > 0 && mesh_node_may(n, &n->questions, QUESTIONS_A_SECOND))
		mesh_node_tell(n, h->from, MESH_EXPLAIN, h->question, h->questions.len);
}

/* ---- Others' ---- */

static void
explain_one(
	struct mesh_node *n, struct mesh_writer *w, const struct sid *sid, int64_t *said_ms)
{
	if (*said_ms != 0 && n->now - *said_ms < EXPLAIN_MS)
		return;
	*said_ms = n->now;
	mesh_put_explain(w, &(struct explain_item){EXPLAIN_SID, SID_LEN, sid->b});
}

static void
explain_prefix(struct mesh_node *n, struct mesh_writer *w, const uint8_t *prefix, unsigned len)
{
	unsigned first, found = mesh_node_begins(n, prefix, len, &first);

	for (unsigned i = 0; i < n->conf.identities->n; i++)
		if (memcmp(n->conf.identities->id[i].sid.b, prefix, len) == 0)
			explain_one(n, w, &n->conf.identities->id[i].sid, &n->explained_ms[i]);
	for (unsigned i = 0; i < found && i < AT_ONCE; i++)
		explain_one(
			n, w, &n->known[first + i]->sid, &n->known[first + i]->explained_ms);
}

/* What a neighbour teaches us. */
static void
learn_item(struct mesh_node *n, const struct explain_item *item)
{
	struct sid sid;

	if (item->kind == EXPLAIN_SID) {
		memcpy(sid.b, item->at, sizeof sid.b);
		mesh_node_hear_of(n, &sid);
	} else if (item->kind == EXPLAIN_SIGN && mesh_node_sid_of_sign(n, &sid, item->at)) {
		mesh_node_learn_key(n, &sid, item->at);
	}
}

static void
answer(struct mesh_node *n, const struct heard *h, const struct mesh_writer *w)
{
	if (w->len == 0)
		return;
	n->counts.explained++;
	if (h->from != NULL)
		mesh_node_tell(n, h->from, MESH_EXPLAIN, w->p, w->len);
	else
		mesh_node_explain_at(n, &h->d->from, w->p, w->len);
}

/* One more question of a frame, of which ASKED are answered: looking for whom it means costs
 * more than the answer.  Strangers do not use up what neighbours may ask. */
static bool
may_answer(struct mesh_node *n, const struct heard *h, unsigned *asked)
{
	struct bucket *b = h->from != NULL ? &n->answers : &n->strange_answers;

	if (*asked == 0 && !mesh_node_may(n, b, ANSWERS_A_SECOND))
		*asked = A_FRAME;
	return (*asked)++ < A_FRAME;
}

void
mesh_node_explain(struct mesh_node *n, struct heard *h, const uint8_t *p, unsigned len)
{
	uint8_t bytes[FRAME_ROOM];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};
	struct explain_item item;
	unsigned asked = 0;
	int took;

	for (; len > 0; p += took, len -= (unsigned)took) {
		if ((took = explain_read(p, len, &item)) <= 0) {
			n->counts.malformed++;
			break;
		}
		if (item.kind == EXPLAIN_WHO) {
			if (may_answer(n, h, &asked))
				explain_prefix(n, &w, item.at, item.len);
		} else if (h->from != NULL && mesh_node_is_up(h->from)) {
			learn_item(n, &item);
		}
	}
	answer(n, h, &w);
}
