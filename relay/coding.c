/* SPDX-License-Identifier: Apache-2.0
 *
 * See coding.h.  Lists of formats are in a hash table as long as somebody has them. */
#include "relay/coding.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "control/siphash.h"
#include "relay/random.h"

enum { BUCKETS = 1024 };

struct list {
	struct list *next;
	unsigned holders;
	unsigned n;
	struct request_format of[];
};

static struct list *lists[BUCKETS];

/* The one that was asked for last; NULL: it is gone.  Both parties of most calls say the same,
 * and an answer what the offer did. */
static struct list *latest;

/* ---- Lists. ---- */

static struct list **
bucket_of(const struct request_format *of, unsigned n)
{
	static uint8_t key[16];
	static bool has_key;

	if (!has_key)
		random_take(key, sizeof key);
	has_key = true;
	return &lists[siphash(key, of, n * sizeof *of) % BUCKETS];
}

static bool
is_of(const struct list *l, const struct request_format *of, unsigned n)
{
	return l->n == n && memcmp(l->of, of, n * sizeof *of) == 0;
}

/* The one of these N >= 1, without a holder if it is new.  NULL: no memory. */
static struct list *
list_find(const struct request_format *of, unsigned n)
{
	struct list **bucket = bucket_of(of, n), *l = *bucket;

	while (l != NULL && !is_of(l, of, n))
		l = l->next;
	if (l != NULL || (l = malloc(sizeof *l + n * sizeof *of)) == NULL)
		return l;
	*l = (struct list){.next = *bucket, .n = n};
	memcpy(l->of, of, n * sizeof *of);
	*bucket = l;
	return l;
}

/* One of these N >= 1.  NULL: no memory. */
static struct list *
list_get(const struct request_format *of, unsigned n)
{
	struct list *l = latest != NULL && is_of(latest, of, n) ? latest : list_find(of, n);

	if (l == NULL)
		return NULL;
	l->holders++;
	latest = l;
	return l;
}

static struct list *
list_of(const struct coding *c)
{
	return (struct list *)((uintptr_t)c->format - offsetof(struct list, of));
}

/* C has none any more. */
static void
put_list(struct coding *c)
{
	struct list *l = list_of(c), **link;

	if (c->format == NULL || --l->holders > 0)
		return;
	link = bucket_of(l->of, l->n);
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	if (latest == l)
		latest = NULL;
	free(l);
}

/* ---- What is said of a stream. ---- */

struct coding *
coding_open(void)
{
	struct coding *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->opus_complexity = CODING_COMPLEXITY_ANY;
	c->window_ms = CODING_WINDOW_MS;
	return c;
}

struct coding *
coding_copy(const struct coding *c)
{
	struct coding *copy = malloc(sizeof *copy);

	if (copy == NULL)
		return NULL;
	*copy = *c;
	if (c->format != NULL)
		list_of(c)->holders++;
	return copy;
}

void
coding_close(struct coding *c)
{
	if (c != NULL)
		put_list(c);
	free(c);
}

int
coding_set_formats(struct coding *c, const struct request_format *of, unsigned n)
{
	struct list *l = NULL;

	if (n > 0 && (l = list_get(of, n)) == NULL)
		return -ENOMEM;
	put_list(c);
	c->format = l != NULL ? l->of : NULL;
	c->formats = (uint8_t)n;
	return 0;
}
