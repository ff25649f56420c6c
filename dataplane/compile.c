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
	compile_bridge_free(t->bridge);
	free(t);
}

static bool
same_key(const struct sw_key *a, const struct sw_key *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* The same secret, maybe with another MKI or tag length: what it has authenticated stays
 * numbered, or captured packets could be played again. */
static bool
same_secret(const struct sw_key *a, const struct sw_key *b)
{
	return a->suite != SW_SUITE_PLAIN && b->suite != SW_SUITE_PLAIN &&
	       memcmp(a->key, b->key, sizeof a->key) == 0 &&
	       memcmp(a->salt, b->salt, sizeof a->salt) == 0;
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
	const struct sw_transport_state *st = old->state;

	return atomic_load_explicit(&st->key_generation, memory_order_acquire) ==
		       old->generation &&
	       atomic_load_explicit(&st->key_proven, memory_order_relaxed);
}

/* Room for a transport with SINKS sinks. */
static struct transport *
transport_alloc(unsigned sinks)
{
	size_t size = offsetof(struct transport, sink) + sinks * sizeof(struct sink);

	return aligned_alloc(
		alignof(struct transport), RTE_ALIGN_CEIL(size, alignof(struct transport)));
}

/* A new transport as NEXT says, without keys, with room for SINKS sinks. */
static struct transport *
transport_new(const struct tables *tb, const struct state_rules *next, unsigned sinks)
{
	const struct sw_transport *r = &next->transport;
	struct transport *t = transport_alloc(sinks);

	if (t == NULL)
		return NULL;
	*t = (struct transport){.state = &tb->state[r->slot],
		.id = r->id,
		.slot = r->slot,
		.relatch = r->relatch,
		.mux = r->mux,
		.opaque = r->opaque,
		.no_feedback = r->no_feedback,
		.waits = r->waits,
		.source = r->source,
		.ssrcs = r->ssrcs,
		.generation = next->generation,
		.seal_generation = next->seal_generation,
		.dscp = r->dscp,
		.local_number = (uint8_t)r->local,
		.latch_until = next->latch_until,
		.remote = r->remote[0],
		.rtcp_remote = r->remote[1],
		.port = r->port,
		.core = (uint8_t)sw_core_of(r->port, tb->cores)};
	t->clock = (float)r->clock_hz / (float)rte_get_tsc_hz();
	return t;
}

static uint64_t
latch_end(const struct sw_transport *r)
{
	return rte_rdtsc() + rte_get_tsc_hz() / 1000 * r->latch_ms;
}

struct transport *
compile_first(const struct tables *tb, struct state_rules *next)
{
	struct transport *t;
	int err;

	if (next->latch_until == 0)
		next->latch_until = latch_end(&next->transport);
	if ((t = transport_new(tb, next, 0)) == NULL)
		return NULL;
	if ((err = open_key(&t->unseal[0], &next->unseal[0], true)) == 0 &&
		(err = open_key(&t->unseal[1], &next->unseal[1], true)) == 0 &&
		(err = open_key(&t->seal, &next->transport.seal, false)) == 0)
		return t;
	compile_free(t);
	errno = -err;
	return NULL;
}

/* Which keys are in force once control wants NEXT's instead of WAS's: in NEXT, with their
 * generation. UNSEAL are the contexts of those so far; one that is no longer right is made
 * NULL. */
static void
choose_keys(const struct transport *old, const struct sw_transport *was,
	struct state_rules *next, struct seal *unseal[2])
{
	const struct sw_key *want = &next->transport.unseal;
	/* A key that never authenticated anything is not worth the place of the one before it,
	 * nor is one that control has taken back, or that nobody has. */
	bool keep_newest = (compile_key_proven(old) || (unseal[1] == NULL && !was->nobodys)) &&
			   !same_secret(&next->unseal[1], &was->unseal);

	for (unsigned i = 0; i < 2; i++)
		if (same_secret(&next->unseal[i],
			    want)) { /* the same, or back to the one before */
			if (!same_key(&next->unseal[i], want))
				unseal[i] = NULL;
			next->unseal[i] = *want;
			return;
		}
	if (want->suite == SW_SUITE_PLAIN) { /* from now on; nothing sealed any more */
		next->unseal[1] = *want;
		unseal[1] = NULL;
		next->generation++;
	} else if (keep_newest) {
		next->unseal[1] = next->unseal[0];
		unseal[1] = unseal[0];
		next->generation++;
	} else {
		next->generation += 2; /* the bit of the one whose place it takes */
	}
	next->unseal[0] = *want;
	unseal[0] = NULL;
}

/* Close what of SEAL is not OLD's. */
static void
close_new(struct seal *const seal[], unsigned n, const struct transport *old)
{
	for (unsigned i = 0; i < n; i++)
		if (seal[i] != old->unseal[0] && seal[i] != old->unseal[1] &&
			seal[i] != old->seal)
			seal_close(seal[i]);
}

struct transport *
compile_next(const struct tables *tb, const struct transport *old,
	const struct state_rules *now, struct state_rules *next)
{
	struct seal *ctx[3] = {old->unseal[0], old->unseal[1], old->seal};
	struct transport *t = NULL;
	int err = 0;

	if (!same_key(&now->transport.unseal, &next->transport.unseal))
		choose_keys(old, &now->transport, next, ctx);
	if (!same_key(&now->transport.seal, &next->transport.seal)) {
		next->seal_generation++;
		ctx[2] = NULL;
	}
	if (old->relatch != next->transport.relatch)
		next->latch_until =
			latch_end(&next->transport); /* only then is it opened again */
	for (unsigned i = 0; i < 2 && err == 0; i++)
		if (ctx[i] == NULL)
			err = open_key(&ctx[i], &next->unseal[i], true);
	if (err == 0 && ctx[2] == NULL)
		err = open_key(&ctx[2], &next->transport.seal, false);
	if (err == 0 && (t = transport_new(tb, next, old->sinks)) == NULL)
		err = -ENOMEM;
	if (err != 0) {
		close_new(ctx, 3, old);
		errno = -err;
		return NULL;
	}
	t->unseal[0] = ctx[0];
	t->unseal[1] = ctx[1];
	t->seal = ctx[2];
	t->capture = old->capture;
	t->sinks = old->sinks;
	memcpy(t->sink, old->sink, old->sinks * sizeof *t->sink);
	t->bridged = old->bridged;
	t->bridge = old->bridge;
	return t;
}

struct transport *
compile_copy(const struct transport *old, unsigned sinks)
{
	struct transport *t = transport_alloc(sinks);

	if (t == NULL)
		return NULL;
	*t = *old;
	t->sinks = (uint8_t)(sinks < old->sinks ? sinks : old->sinks);
	memcpy(t->sink, old->sink, t->sinks * sizeof *t->sink);
	return t;
}

struct transport *
compile_without_old(const struct transport *old, struct state_rules *next)
{
	struct transport *t;

	if (same_secret(&next->unseal[1], &next->transport.unseal)) {
		errno = EBUSY; /* control has gone back to it */
		return NULL;
	}
	if ((t = compile_copy(old, old->sinks)) == NULL)
		return NULL;
	t->unseal[1] = NULL;
	next->unseal[1] = (struct sw_key){0};
	return t;
}
