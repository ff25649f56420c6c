/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_cache.h.  The digest is of 64 bits under a key of our own, and the answer begins with
 * the cookie, which is compared, too: what was another request cannot be taken for this one
 * but by a chance of 1 in 2^64. */
#include "control/ng_cache.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "control/siphash.h"
#include "control/wipe.h"

enum { FIRST_BITS = 8 };

struct answer {
	SLIST_ENTRY(answer) link;
	struct ng_key key;
	size_t len;
	char bytes[];
};

SLIST_HEAD(chain, answer);

/* 1 << bits chains, as many as there are answers: most requests are new, and each answer that
 * one is compared with is a line from far memory. */
struct generation {
	struct chain *chain;
	unsigned bits;
	size_t answers, bytes;
};

struct ng_cache {
	uint8_t hash_key[16];
	struct ng_cache_limits limits;
	struct generation generation[2];
	unsigned young; /* which of them is filled now */
};

/* ---- A generation. ---- */

static struct chain *
chain_of(const struct generation *g, const struct ng_key *k)
{
	return &g->chain[k->digest & (((size_t)1 << g->bits) - 1)];
}

/* Twice the chains; without memory for them they just get longer. */
static void
grow(struct generation *g)
{
	struct chain *old = g->chain, *new = calloc((size_t)2 << g->bits, sizeof *new);
	size_t n = (size_t)1 << g->bits;
	struct answer *a;

	if (new == NULL)
		return;
	g->chain = new;
	g->bits++;
	for (size_t i = 0; i < n; i++)
		while ((a = SLIST_FIRST(&old[i])) != NULL) {
			SLIST_REMOVE_HEAD(&old[i], link);
			SLIST_INSERT_HEAD(chain_of(g, &a->key), a, link);
		}
	free(old);
}

static int
begin(struct generation *g)
{
	g->bits = FIRST_BITS;
	g->chain = calloc((size_t)1 << g->bits, sizeof *g->chain);
	return g->chain != NULL ? 0 : -ENOMEM;
}

/* Its chains stay: there may be as many answers again. */
static void
forget(struct generation *g)
{
	struct answer *a;

	for (size_t i = 0; g->answers > 0; i++)
		while ((a = SLIST_FIRST(&g->chain[i])) != NULL) {
			SLIST_REMOVE_HEAD(&g->chain[i], link);
			wipe_free(a);
			g->answers--;
		}
	g->bytes = 0;
}

static void
end(struct generation *g)
{
	forget(g);
	free(g->chain);
}

/* ---- The cache. ---- */

struct ng_cache *
ng_cache_open(const struct ng_cache_limits *limits)
{
	struct ng_cache *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->limits = *limits;
	if (begin(&c->generation[0]) == 0 && begin(&c->generation[1]) == 0 &&
		getrandom(c->hash_key, sizeof c->hash_key, 0) == (ssize_t)sizeof c->hash_key)
		return c;
	ng_cache_close(c);
	errno = ENOMEM;
	return NULL;
}

void
ng_cache_close(struct ng_cache *c)
{
	if (c == NULL)
		return;
	end(&c->generation[0]);
	end(&c->generation[1]);
	free(c);
}

struct ng_key
ng_cache_key(const struct ng_cache *c, struct slice message, const struct request_addr *source)
{
	struct ng_key k = {siphash(c->hash_key, message.at, message.len), *source};

	k.source.port = 0;
	return k;
}

static bool
is_answer_to(const struct answer *a, const struct ng_key *k, struct slice cookie)
{
	return a->key.digest == k->digest &&
	       memcmp(&a->key.source, &k->source, sizeof k->source) == 0 &&
	       a->len > cookie.len && a->bytes[cookie.len] == ' ' &&
	       memcmp(a->bytes, cookie.at, cookie.len) == 0;
}

struct slice
ng_cache_find(const struct ng_cache *c, const struct ng_key *k, struct slice cookie)
{
	const struct answer *a;

	for (unsigned i = 0; i < 2; i++)
		SLIST_FOREACH(a, chain_of(&c->generation[c->young ^ i], k), link)
	if (is_answer_to(a, k, cookie))
		return (struct slice){a->bytes, a->len};
	return (struct slice){0};
}

struct slice
ng_cache_add(
	struct ng_cache *c, const struct ng_key *k, struct slice cookie, struct slice body)
{
	size_t len = cookie.len + 1 + body.len;
	struct answer *a = malloc(sizeof *a + len);
	struct generation *g;

	if (a == NULL)
		return (struct slice){0};
	a->key = *k;
	a->len = len;
	memcpy(a->bytes, cookie.at, cookie.len);
	a->bytes[cookie.len] = ' ';
	memcpy(a->bytes + cookie.len + 1, body.at, body.len);
	g = &c->generation[c->young];
	if (g->answers >= c->limits.answers || g->bytes + len > c->limits.bytes) {
		ng_cache_swap(c);
		g = &c->generation[c->young];
	}
	if (g->answers >> g->bits > 0)
		grow(g);
	SLIST_INSERT_HEAD(chain_of(g, k), a, link);
	g->answers++;
	g->bytes += len;
	return (struct slice){a->bytes, a->len};
}

void
ng_cache_swap(struct ng_cache *c)
{
	c->young ^= 1;
	forget(&c->generation[c->young]);
}
