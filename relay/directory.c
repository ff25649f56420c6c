/* SPDX-License-Identifier: Apache-2.0
 *
 * A chained hash table.  A bucket is named by the hash's upper bits and its chain is sorted,
 * so that walking the buckets walks the calls by (hash, id), however many there are. */
#include "relay/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "control/siphash.h"

struct directory {
	uint8_t key[16];
	unsigned bits; /* 1 << bits buckets */
	unsigned count;
	struct call **bucket;
};

enum { FIRST_BITS = 6 };

struct directory *
directory_open(void)
{
	struct directory *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	if (getrandom(d->key, sizeof d->key, 0) != sizeof d->key)
		goto failed;
	d->bits = FIRST_BITS;
	d->bucket = calloc((size_t)1 << d->bits, sizeof *d->bucket);
	if (d->bucket == NULL)
		goto failed;
	return d;

failed:
	free(d);
	return NULL;
}

void
directory_close(struct directory *d)
{
	if (d == NULL)
		return;
	free(d->bucket);
	free(d);
}

/* Is C's place in the order before that of (HASH, ID)? */
static bool
is_before(const struct call *c, uint64_t hash, const char *id)
{
	return c->hash != hash ? c->hash < hash : strcmp(c->id, id) < 0;
}

/* The link that holds the first call not before (HASH, ID), in the bucket of HASH. */
static struct call **
link_of(const struct directory *d, uint64_t hash, const char *id)
{
	struct call **link = &d->bucket[hash >> (64 - d->bits)];

	while (*link != NULL && is_before(*link, hash, id))
		link = &(*link)->chain;
	return link;
}

static void
insert(struct directory *d, struct call *c)
{
	struct call **link = link_of(d, c->hash, c->id);

	c->chain = *link;
	*link = c;
}

/* Twice the buckets; without memory for them the chains just get longer. */
static void
grow(struct directory *d)
{
	struct call **old = d->bucket;
	size_t n = (size_t)1 << d->bits;
	struct call **new = calloc(2 * n, sizeof *new);

	if (new == NULL)
		return;
	d->bucket = new;
	d->bits++;
	for (size_t i = 0; i < n; i++)
		for (struct call *c = old[i], *next; c != NULL; c = next) {
			next = c->chain;
			insert(d, c);
		}
	free(old);
}

int
directory_add(struct directory *d, struct call *c)
{
	if (directory_find(d, c->id) != NULL)
		return -EEXIST;
	if (d->count >> d->bits > 0)
		grow(d);
	c->hash = siphash(d->key, c->id, strlen(c->id));
	insert(d, c);
	d->count++;
	return 0;
}

void
directory_remove(struct directory *d, struct call *c)
{
	*link_of(d, c->hash, c->id) = c->chain;
	c->chain = NULL;
	d->count--;
}

struct call *
directory_find(const struct directory *d, const char *id)
{
	struct call *c = *link_of(d, siphash(d->key, id, strlen(id)), id);

	return c != NULL && strcmp(c->id, id) == 0 ? c : NULL;
}

struct call *
directory_next(const struct directory *d, const char *after)
{
	uint64_t hash = after != NULL ? siphash(d->key, after, strlen(after)) : 0;
	struct call *c = after != NULL ? *link_of(d, hash, after) : d->bucket[0];

	if (after != NULL && c != NULL && strcmp(c->id, after) == 0)
		c = c->chain;
	for (size_t i = hash >> (64 - d->bits); c == NULL && ++i < (size_t)1 << d->bits;)
		c = d->bucket[i];
	return c;
}

unsigned
directory_count(const struct directory *d)
{
	return d->count;
}
