/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of free pairs, and a queue of those that rest, in the order in which they wake. */
#include "relay/ports.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "relay/slots.h"

struct resting {
	int64_t until_ms;
	uint32_t pair;
};

struct ports {
	uint16_t first; /* even */
	uint32_t pairs;
	unsigned rest_ms;
	struct slots *free;
	uint32_t head, resting; /* oldest, how many */
	struct resting rest[];  /* a ring of `pairs` */
};

struct ports *
ports_open(uint16_t first, uint16_t last, unsigned rest_ms)
{
	uint32_t even = (first + 1u) & ~1u;
	uint32_t pairs = even + 1 <= last ? (last - even + 1) / 2 : 0;
	struct ports *p;

	if (pairs == 0) {
		errno = EINVAL;
		return NULL;
	}
	p = calloc(1, sizeof *p + pairs * sizeof *p->rest);
	if (p == NULL)
		return NULL;
	p->free = slots_open(pairs);
	if (p->free == NULL)
		goto no_slots;
	p->first = (uint16_t)even;
	p->pairs = pairs;
	p->rest_ms = rest_ms;
	return p;

no_slots:
	free(p);
	return NULL;
}

void
ports_close(struct ports *p)
{
	if (p == NULL)
		return;
	slots_close(p->free);
	free(p);
}

static uint32_t
pair_of(const struct ports *p, uint16_t port)
{
	return port >= p->first && (port & 1) == 0 ? (uint32_t)(port - p->first) / 2
						   : SLOTS_NONE;
}

static void
wake(struct ports *p, int64_t now_ms)
{
	while (p->resting > 0 && p->rest[p->head].until_ms <= now_ms) {
		slots_put(p->free, p->rest[p->head].pair);
		p->head = (p->head + 1) % p->pairs;
		p->resting--;
	}
}

int
ports_take(struct ports *p, int64_t now_ms)
{
	uint32_t pair;

	wake(p, now_ms);
	pair = slots_take_random(p->free);
	return pair != SLOTS_NONE ? (int)(p->first + 2 * pair) : -ENOSPC;
}

int
ports_take_this(struct ports *p, uint16_t port)
{
	int err = slots_take_this(p->free, pair_of(p, port));

	return err == -EBUSY ? -EADDRINUSE : err;
}

static void
rest_until(struct ports *p, uint32_t pair, int64_t until_ms)
{
	assert(p->resting < p->pairs);
	p->rest[(p->head + p->resting) % p->pairs] = (struct resting){until_ms, pair};
	p->resting++;
}

void
ports_put(struct ports *p, uint16_t port, int64_t now_ms)
{
	rest_until(p, pair_of(p, port), now_ms + p->rest_ms);
}

void
ports_undo(struct ports *p, uint16_t port)
{
	slots_put(p->free, pair_of(p, port));
}

uint32_t
ports_free(struct ports *p, int64_t now_ms)
{
	wake(p, now_ms);
	return slots_free(p->free);
}

void
ports_inherit(struct ports *p, const struct ports *old)
{
	for (uint32_t i = 0; i < old->resting; i++) {
		const struct resting *r = &old->rest[(old->head + i) % old->pairs];
		uint32_t pair = pair_of(p, (uint16_t)(old->first + 2 * r->pair));

		if (slots_take_this(p->free, pair) == 0)
			rest_until(p, pair, r->until_ms);
	}
}
