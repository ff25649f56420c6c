/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of VoMP by their sessions and by their parties; see mesh_calls_inside.h.  Sessions of
 * ours are few and dense: each has a place of its own.  Whose SIDs there are others choose:
 * the hash is keyed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/siphash.h"
#include "relay/config.h"
#include "relay/mesh_calls_inside.h"

struct mesh_call *
mesh_call_open(struct mesh_calls *mc, const char *id, const char *leg)
{
	struct mesh_call *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->of = mc;
	snprintf(m->call, sizeof m->call, "%s", id);
	snprintf(m->leg, sizeof m->leg, "%s", leg);
	TAILQ_INSERT_TAIL(&mc->fresh, m, link);
	mc->calls++;
	return m;
}

void
mesh_call_age(struct mesh_call *m)
{
	if (m->stage != MESH_FRESH)
		return;
	m->stage = MESH_NEW;
	TAILQ_REMOVE(&m->of->fresh, m, link);
	TAILQ_INSERT_TAIL(&m->of->all, m, link);
}

/* ---- By session ---- */

static struct mesh_call **
chain_of(struct mesh_calls *mc, uint16_t session)
{
	return &mc->session[session / 2];
}

void
mesh_call_settle(struct mesh_call *m, const struct stream *s)
{
	struct mesh_call **at = chain_of(m->of, m->session);

	if (m->session != 0) {
		while (*at != m)
			at = &(*at)->chain;
		*at = m->chain;
	}
	m->session = s != NULL ? s->port : 0;
	if (m->session == 0)
		return;
	m->slot = s->slot;
	m->transport = s->id;
	at = chain_of(m->of, m->session);
	m->chain = *at;
	*at = m;
}

struct mesh_call *
mesh_call_of(const struct mesh_calls *mc, const struct call *c, const struct leg *l)
{
	uint16_t port = l->streams > 0 ? l->stream[0].port : 0;
	struct mesh_call *m = mc->session[port / 2];

	while (m != NULL && (m->left || m->session != port || strcmp(m->call, c->id) != 0 ||
				    strcmp(m->leg, l->name) != 0))
		m = m->chain;
	return m;
}

const struct leg *
mesh_call_leg(const struct mesh_call *m, const struct call **c)
{
	*c = calls_find(m->of->conf.calls, m->call);
	for (unsigned i = 0; *c != NULL && i < (*c)->legs; i++)
		if ((*c)->leg[i].mesh != NULL && strcmp((*c)->leg[i].name, m->leg) == 0)
			return &(*c)->leg[i];
	return NULL;
}

bool
mesh_call_is_in_use(const struct mesh_call *m)
{
	for (const struct mesh_call *o = m->of->session[m->session / 2]; o != NULL;
		o = o->chain)
		if (o != m && o->session == m->session)
			return true;
	return false;
}

/* ---- By party ---- */

static struct mesh_party **
chain_at(struct mesh_calls *mc, const struct sid *sid)
{
	return &mc->party[siphash(mc->hash_key, sid->b, sizeof sid->b) % MESH_PARTIES];
}

static struct mesh_party *
find_party(const struct mesh_calls *mc, const struct sid *sid)
{
	struct mesh_party *p =
		mc->party[siphash(mc->hash_key, sid->b, sizeof sid->b) % MESH_PARTIES];

	while (p != NULL && !sid_equal(&p->sid, sid))
		p = p->chain;
	return p;
}

static struct mesh_party *
add_party(struct mesh_calls *mc, const struct sid *sid)
{
	struct mesh_party **at = chain_at(mc, sid), *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->sid = *sid;
	LIST_INIT(&p->list);
	p->chain = *at;
	*at = p;
	return p;
}

static void
remove_party(struct mesh_calls *mc, struct mesh_party *p)
{
	struct mesh_party **at = chain_at(mc, &p->sid);

	while (*at != p)
		at = &(*at)->chain;
	*at = p->chain;
	free(p);
}

int
mesh_call_join(struct mesh_call *m, const struct sid *sid)
{
	struct mesh_party *p = find_party(m->of, sid);

	if (p == NULL && (p = add_party(m->of, sid)) == NULL)
		return -ENOMEM;
	m->sid = *sid;
	m->party = p;
	p->calls++;
	LIST_INSERT_HEAD(&p->list, m, beside);
	return 0;
}

static void
part(struct mesh_call *m)
{
	struct mesh_party *p = m->party;

	if (p == NULL)
		return;
	LIST_REMOVE(m, beside);
	m->party = NULL;
	if (--p->calls == 0)
		remove_party(m->of, p);
}

bool
mesh_calls_is_full(const struct mesh_calls *mc, const struct sid *sid)
{
	const struct mesh_party *p = find_party(mc, sid);

	return p != NULL && p->calls >= mc->conf.config->mesh_calls_per_peer;
}

struct mesh_call *
mesh_call_from(const struct mesh_calls *mc, unsigned identity, const struct sid *from,
	uint16_t far_session)
{
	const struct mesh_party *p = find_party(mc, from);
	struct mesh_call *m = p != NULL ? LIST_FIRST(&p->list) : NULL;

	while (m != NULL &&
		!(m->incoming && m->identity == identity && m->far_session == far_session))
		m = LIST_NEXT(m, beside);
	return m;
}

struct mesh_call *
mesh_call_meant(const struct mesh_calls *mc, unsigned identity, const struct sid *from,
	const struct vomp_header *h)
{
	struct mesh_call *found = NULL;

	if (h->to_session == 0)
		return mesh_call_from(mc, identity, from, h->from_session);
	for (struct mesh_call *m = mc->session[h->to_session / 2]; m != NULL; m = m->chain) {
		if (m->stage <= MESH_NEW || m->session != h->to_session ||
			m->identity != identity || !sid_equal(&m->sid, from) ||
			!vomp_call_is(&m->vomp, h))
			continue;
		/* One that hangs up may have a successor that knows no far session yet. */
		if (found == NULL || m->vomp.far_session == h->from_session)
			found = m;
	}
	return found;
}

void
mesh_call_close(struct mesh_call *m)
{
	struct mesh_calls *mc = m->of;

	mesh_call_age(m);
	mesh_call_settle(m, NULL);
	if (m->held)
		mesh_release(mc->conf.mesh, m->identity, &m->sid);
	if (m->lookup != NULL)
		mesh_lookup_end(m->lookup);
	part(m);
	mesh_call_waits_no_more(m);
	TAILQ_REMOVE(&mc->all, m, link);
	mc->calls--;
	mc->unseen -= m->unseen;
	free(m);
}
