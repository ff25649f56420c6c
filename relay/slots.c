/* SPDX-License-Identifier: Apache-2.0
 *
 * A permutation of the numbers, the free ones in front, and its inverse: taking one swaps it
 * with the last free one. */
#include "relay/slots.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct slots {
	uint32_t n;
	uint32_t free;
	uint32_t *number; /* [0, free) are free, the rest is taken */
	uint32_t *where;  /* number[where[i]] == i */
};

struct slots *
slots_open(uint32_t n)
{
	struct slots *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->number = malloc(2 * (size_t)n * sizeof *s->number + 1);
	if (s->number == NULL)
		goto no_numbers;
	s->where = s->number + n;
	s->n = s->free = n;
	/* Turned round, so that the first one taken is 0. */
	for (uint32_t i = 0; i < n; i++) {
		s->number[i] = n - 1 - i;
		s->where[n - 1 - i] = i;
	}
	return s;

no_numbers:
	free(s);
	return NULL;
}

void
slots_close(struct slots *s)
{
	if (s == NULL)
		return;
	free(s->number);
	free(s);
}

static void
swap(struct slots *s, uint32_t a, uint32_t b)
{
	uint32_t number = s->number[a];

	s->number[a] = s->number[b];
	s->number[b] = number;
	s->where[s->number[a]] = a;
	s->where[s->number[b]] = b;
}

static uint32_t
take_at(struct slots *s, uint32_t at)
{
	swap(s, at, --s->free);
	return s->number[s->free];
}

uint32_t
slots_take(struct slots *s)
{
	return s->free > 0 ? take_at(s, s->free - 1) : SLOTS_NONE;
}

int
slots_take_this(struct slots *s, uint32_t i)
{
	if (i >= s->n)
		return -ERANGE;
	if (s->where[i] >= s->free)
		return -EBUSY;
	take_at(s, s->where[i]);
	return 0;
}

void
slots_put(struct slots *s, uint32_t i)
{
	assert(i < s->n && s->where[i] >= s->free);
	swap(s, s->where[i], s->free++);
}
