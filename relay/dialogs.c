/* SPDX-License-Identifier: Apache-2.0
 *
 * All dialogs: a chained hash table by call-id, and a list in the order of their coming; see
 * dialog.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "control/siphash.h"
#include "relay/dialog.h"

enum { FIRST_BITS = 6 };

struct dialogs {
	uint8_t key[16];
	unsigned bits; /* 1 << bits buckets */
	size_t count;
	struct dialog **bucket;
	struct dialog *first, *last;
};

struct dialogs *
dialogs_open(void)
{
	struct dialogs *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	if (getrandom(d->key, sizeof d->key, 0) != sizeof d->key)
		goto failed;
	d->bits = FIRST_BITS;
	d->bucket = calloc((size_t)1 << d->bits, sizeof(struct dialog *));
	if (d->bucket == NULL)
		goto failed;
	return d;

failed:
	free(d);
	return NULL;
}

void
dialogs_close(struct dialogs *d)
{
	if (d == NULL)
		return;
	while (d->first != NULL)
		dialogs_remove(d, d->first);
	free(d->bucket);
	free(d);
}

static struct dialog **
bucket_of(const struct dialogs *d, uint64_t hash)
{
	return &d->bucket[hash >> (64 - d->bits)];
}

struct dialog *
dialogs_find(const struct dialogs *d, struct slice call_id)
{
	uint64_t hash = siphash(d->key, call_id.at, call_id.len);
	struct dialog *at = *bucket_of(d, hash);

	while (at != NULL && (at->hash != hash || !slice_is(call_id, at->call_id)))
		at = at->chain;
	return at;
}

static void
chain(struct dialogs *d, struct dialog *at)
{
	struct dialog **bucket = bucket_of(d, at->hash);

	at->chain = *bucket;
	*bucket = at;
}

/* Twice the buckets; without memory for them the chains just get longer. */
static void
grow(struct dialogs *d)
{
	struct dialog **bigger = calloc((size_t)2 << d->bits, sizeof *bigger);

	if (bigger == NULL)
		return;
	free(d->bucket);
	d->bucket = bigger;
	d->bits++;
	for (struct dialog *at = d->first; at != NULL; at = at->next)
		chain(d, at);
}

struct dialog *
dialogs_add(struct dialogs *d, struct slice call_id)
{
	struct dialog *at = calloc(1, sizeof *at);
	int err;

	if (at == NULL)
		return NULL;
	err = dialog_set(&at->call_id, call_id);
	if (err != 0 || call_id.len == 0) {
		free(at->call_id);
		free(at);
		errno = err != 0 ? -err : EINVAL;
		return NULL;
	}
	if (d->count >> d->bits > 0)
		grow(d);
	at->hash = siphash(d->key, call_id.at, call_id.len);
	at->created_us = at->last_signal_us = dialog_now_us();
	at->waiting_end = &at->waiting;
	chain(d, at);
	at->before = d->last;
	*(d->last != NULL ? &d->last->next : &d->first) = at;
	d->last = at;
	d->count++;
	return at;
}

void
dialogs_remove(struct dialogs *d, struct dialog *of)
{
	struct dialog **link = bucket_of(d, of->hash);

	while (*link != of)
		link = &(*link)->chain;
	*link = of->chain;
	*(of->before != NULL ? &of->before->next : &d->first) = of->next;
	*(of->next != NULL ? &of->next->before : &d->last) = of->before;
	d->count--;
	while (of->pairs != NULL)
		dialog_drop_pair(of, of->pairs);
	free(of->call_id);
	free(of->callback);
	free(of);
}

size_t
dialogs_count(const struct dialogs *d)
{
	return d->count;
}

struct dialog *
dialogs_next(const struct dialogs *d, const struct dialog *after)
{
	return after != NULL ? after->next : d->first;
}
