/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_cache.h.  The digest is of 64 bits under a key of our own, and the answer begins with
 * the cookie, which is compared, too: what was another request cannot be taken for this one
 * but by a chance of 1 in 2^64.
 *
 * A generation is one piece of memory for as much as it may hold, of which what nobody has
 * written to costs nothing: answers lie in it one behind the other, none is taken from the
 * heap or given back. */
#include "control/ng_cache.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "control/siphash.h"

struct answer {
	alignas(16) struct ng_key key;
	size_t len;
	char bytes[];
};
enum { UNIT = alignof(struct answer) };

/* Where an answer is: one behind the other, from the one that its digest says.  Most requests
 * are new, and each answer that one were compared with is a line from far memory: so half of
 * the digest stands here. */
struct place {
	uint32_t digest;
	uint32_t at; /* in the bytes, in units, and one; 0: free */
};

struct generation {
	struct place *place; /* the whole of it begins here */
	size_t mask;         /* of places, half of which at least are free */
	char *bytes;
	size_t answers, used;
	size_t written; /* bytes that hold something, if only something that was forgotten */
};

struct ng_cache {
	uint8_t hash_key[16];
	struct ng_cache_limits limits;
	size_t size; /* of a generation, all in all */
	struct generation generation[2];
	unsigned young; /* which of them is filled now */
	bool turned;    /* because it was full, since the last swap */
};

/* ---- A generation. ---- */

static int
begin(struct generation *g, const struct ng_cache *c, size_t places)
{
	void *all = mmap(NULL, c->size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (all == MAP_FAILED)
		return -errno;
	/* Answers hold keys; and a huge page for the first one would be memory for nothing. */
	if (madvise(all, c->size, MADV_DONTDUMP) != 0) {
		munmap(all, c->size);
		return -errno;
	}
	madvise(all, c->size, MADV_NOHUGEPAGE);
	*g = (struct generation){.place = all, .mask = places - 1};
	g->bytes = (char *)(g->place + places);
	return 0;
}

/* What was there is found no more. */
static void
empty(struct generation *g)
{
	if (g->answers > 0)
		memset(g->place, 0, (g->mask + 1) * sizeof *g->place);
	g->answers = g->used = 0;
}

/* What was forgotten is wiped, too. */
static void
wipe(const struct ng_cache *c, struct generation *g)
{
	if (g->written > g->used)
		explicit_bzero(g->bytes + g->used, g->written - g->used);
	if (g->written > 0 && g->used == 0)
		madvise(g->place, c->size, MADV_DONTNEED);
	g->written = g->used;
}

static void
end(const struct ng_cache *c, struct generation *g)
{
	if (g->place == NULL)
		return;
	g->used = 0;
	wipe(c, g);
	munmap(g->place, c->size);
}

static struct answer *
answer_at(const struct generation *g, const struct place *p)
{
	return (struct answer *)(void *)(g->bytes + ((size_t)p->at - 1) * UNIT);
}

/* The next place after I that may have what K is the key of; free: there is none. */
static struct place *
place_of(const struct generation *g, const struct ng_key *k, size_t *i)
{
	uint32_t digest = (uint32_t)(k->digest >> 32);
	struct place *p;

	do
		p = &g->place[(*i)++ & g->mask];
	while (p->at != 0 && p->digest != digest);
	return p;
}

/* Room for an answer to K of LEN bytes. */
static struct answer *
put(struct generation *g, const struct ng_key *k, size_t len)
{
	struct answer *a = (struct answer *)(void *)(g->bytes + g->used);
	size_t i = k->digest;
	struct place *p;

	do
		p = &g->place[i++ & g->mask];
	while (p->at != 0);
	*p = (struct place){(uint32_t)(k->digest >> 32), (uint32_t)(g->used / UNIT) + 1};
	a->key = *k;
	a->len = len;
	g->answers++;
	g->used += (sizeof *a + len + UNIT - 1) / UNIT * UNIT;
	if (g->written < g->used)
		g->written = g->used;
	return a;
}

/* ---- The cache. ---- */

struct ng_cache *
ng_cache_open(const struct ng_cache_limits *limits)
{
	struct ng_cache *c = calloc(1, sizeof *c);
	size_t places = 2;

	if (c == NULL)
		return NULL;
	while (places < 2 * limits->answers)
		places *= 2;
	c->limits = *limits;
	c->size = places * sizeof(struct place) + limits->bytes + UNIT;
	if (begin(&c->generation[0], c, places) == 0 &&
		begin(&c->generation[1], c, places) == 0 &&
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
	end(c, &c->generation[0]);
	end(c, &c->generation[1]);
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

static struct slice
find(const struct generation *g, const struct ng_key *k, struct slice cookie)
{
	const struct place *p;
	size_t i = k->digest;

	while ((p = place_of(g, k, &i))->at != 0) {
		const struct answer *a = answer_at(g, p);

		if (is_answer_to(a, k, cookie))
			return (struct slice){a->bytes, a->len};
	}
	return (struct slice){0};
}

struct slice
ng_cache_find(const struct ng_cache *c, const struct ng_key *k, struct slice cookie)
{
	struct slice answer = find(&c->generation[c->young], k, cookie);

	return answer.at != NULL ? answer : find(&c->generation[c->young ^ 1], k, cookie);
}

/* The older generation is forgotten, and is the younger one now. */
static void
turn(struct ng_cache *c)
{
	c->young ^= 1;
	empty(&c->generation[c->young]);
}

struct slice
ng_cache_add(
	struct ng_cache *c, const struct ng_key *k, struct slice cookie, struct slice body)
{
	size_t len = cookie.len + 1 + body.len, size = sizeof(struct answer) + len;
	struct generation *g = &c->generation[c->young];
	struct answer *a;

	if (size > c->limits.bytes)
		return (struct slice){0};
	if (g->answers >= c->limits.answers || g->used + size > c->limits.bytes) {
		turn(c); /* what was there will be written over, before long */
		c->turned = true;
		g = &c->generation[c->young];
	}
	a = put(g, k, len);
	memcpy(a->bytes, cookie.at, cookie.len);
	a->bytes[cookie.len] = ' ';
	memcpy(a->bytes + cookie.len + 1, body.at, body.len);
	return (struct slice){a->bytes, a->len};
}

void
ng_cache_swap(struct ng_cache *c)
{
	if (!c->turned)
		turn(c);
	c->turned = false;
	wipe(c, &c->generation[0]);
	wipe(c, &c->generation[1]);
}
