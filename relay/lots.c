/* SPDX-License-Identifier: Apache-2.0
 *
 * A bit for each number, set while it is free; see lots.h. */
#include "relay/lots.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "relay/random.h"

enum { BITS = 64 };

struct lots {
	uint32_t n, left;
	uint64_t word[];
};

struct lots *
lots_open(uint32_t n)
{
	struct lots *l = calloc(1, sizeof *l + (n + BITS - 1) / BITS * sizeof *l->word);

	if (l == NULL)
		return NULL;
	l->n = l->left = n;
	for (uint32_t i = 0; i < n; i++)
		l->word[i / BITS] |= UINT64_C(1) << i % BITS;
	return l;
}

void
lots_close(struct lots *l)
{
	free(l);
}

static bool
is_free(const struct lots *l, uint32_t i)
{
	return l->word[i / BITS] >> i % BITS & 1;
}

/* The free number that K free ones are before; there is one. */
static uint32_t
free_after(const struct lots *l, uint32_t k)
{
	const uint64_t *word = l->word;
	uint64_t rest;
	uint32_t n;

	for (; k >= (n = (uint32_t)__builtin_popcountll(*word)); word++)
		k -= n;
	for (rest = *word; k > 0; k--)
		rest &= rest - 1;
	return (uint32_t)(word - l->word) * BITS + (uint32_t)__builtin_ctzll(rest);
}

uint32_t
lots_draw(struct lots *l)
{
	uint32_t i;

	if (l->left == 0)
		return LOTS_NONE;
	/* Most are free, so the first that comes to mind is; if not, they are counted. */
	i = random_below(l->n);
	if (!is_free(l, i))
		i = free_after(l, random_below(l->left));
	lots_take(l, i);
	return i;
}

int
lots_take(struct lots *l, uint32_t i)
{
	if (i >= l->n)
		return -ERANGE;
	if (!is_free(l, i))
		return -EBUSY;
	l->word[i / BITS] &= ~(UINT64_C(1) << i % BITS);
	l->left--;
	return 0;
}

void
lots_put(struct lots *l, uint32_t i)
{
	assert(i < l->n && !is_free(l, i));
	l->word[i / BITS] |= UINT64_C(1) << i % BITS;
	l->left++;
}

uint32_t
lots_left(const struct lots *l)
{
	return l->left;
}
