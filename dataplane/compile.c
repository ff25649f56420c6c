/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the transports that cores read; see compile.h. */
#include "dataplane/compile.h"

#include <errno.h>
#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>

void
compile_free(struct transport *t)
{
	if (t == NULL)
		return;
	seal_close(t->unseal[0]);
	seal_close(t->unseal[1]);
	seal_close(t->seal);
	free(t);
}

static bool
same_key(const struct sw_key *a, const struct sw_key *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* The context for KEY: none for plain RTP.  -errno. */
static int
open_key(struct seal **out, const struct sw_key *key, bool unseal)
{
	*out = NULL;
	if (key->suite == SW_SUITE_PLAIN)
		return 0;
	*out = seal_open(key, unseal);
	return *out != NULL ? 0 : -errno;
}

bool
compile_key_proven(const struct transport *old)
{
	return old->state->key_generation == old->generation && old->state->key_proven;
}

/* A new transport as NEXT says, without keys. */
static struct transport *
transport_new(const struct tables *tb, const struct state_rules *next)
{
	const struct sw_transport *r = &next->transport;
	struct transport *t = aligned_alloc(alignof(struct transport), sizeof *t);

	if (t == NULL)
		return NULL;
	*t = (struct transport){.state = &tb->state[r->slot],
		.id = r->id,
		.slot = r->slot,
		.relatch = r->relatch,
		.mux = r->mux,
		.opaque = r->opaque,
		.source = r->source,
		.ssrcs = r->ssrcs,
		.generation = next->generation,
		.seal_generation = next->seal_generation,
		.dscp = r->dscp,
		.local_number = (uint8_t)r->local,
		.remote = {r->remote[0], r->remote[1]},
		.local = tb->local[r->local]};
	t->local.port = r->port;
	t->clock_q48 = (uint64_t)(((unsigned __int128)r->clock_hz << 48) / rte_get_tsc_hz());
	t->latch_until = rte_rdtsc() + rte_get_tsc_hz() / 1000 * r->latch_ms;
	return t;
}

/* The first transport in its slot; also a killed switch's, whose old key may still be in use.
 * NULL: errno. */
struct transport *
compile_first(const struct tables *tb, const struct state_rules *next)
{
	struct transport *t = transport_new(tb, next);
	int err;

	if (t == NULL)
		return NULL;
	if ((err = open_key(&t->unseal[0], &next->transport.unseal, true)) == 0 &&
		(err = open_key(&t->unseal[1], &next->old_unseal, true)) == 0 &&
		(err = open_key(&t->seal, &next->transport.seal, false)) == 0)
		return t;
	compile_free(t);
	errno = -err;
	return NULL;
}

/* What takes OLD's place, with OLD's contexts where the keys are the same.  NEXT.transport is
 * what control wants; its old key and generations are brought up to date here.  NULL: errno,
 * OLD is untouched. */
struct transport *
compile_next(const struct tables *tb, const struct transport *old,
	const struct state_rules *now, struct state_rules *next)
{
	bool rekey = !same_key(&now->transport.unseal, &next->transport.unseal);
	bool reseal = !same_key(&now->transport.seal, &next->transport.seal);
	struct seal *unseal[2] = {old->unseal[0], old->unseal[1]}, *seal = old->seal;
	struct transport *t;
	int err;

	if (rekey && (err = open_key(&unseal[0], &next->transport.unseal, true)) != 0)
		goto no_unseal;
	if (reseal && (err = open_key(&seal, &next->transport.seal, false)) != 0)
		goto no_seal;
	if (rekey && unseal[0] == NULL) { /* plain RTP from now on, nothing sealed */
		unseal[1] = NULL;
		next->old_unseal = (struct sw_key){0};
		next->generation++;
	} else if (rekey && (compile_key_proven(old) || old->unseal[1] == NULL)) {
		unseal[1] = old->unseal[0];
		next->old_unseal = now->transport.unseal;
		next->generation++;
	} else if (rekey) {
		/* A key that never authenticated anything is not worth the place of the one
		 * before it; the new one takes its generation's bit. */
		next->generation += 2;
	}
	if (reseal)
		next->seal_generation++;
	err = -ENOMEM;
	if ((t = transport_new(tb, next)) == NULL)
		goto no_transport;
	if (old->relatch == t->relatch)
		t->latch_until = old->latch_until; /* a re-offer does not open it again */
	t->unseal[0] = unseal[0];
	t->unseal[1] = unseal[1];
	t->seal = seal;
	return t;

no_transport:
	if (reseal)
		seal_close(seal);
no_seal:
	if (rekey)
		seal_close(unseal[0]);
no_unseal:
	errno = -err;
	return NULL;
}
