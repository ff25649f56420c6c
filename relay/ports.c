/* SPDX-License-Identifier: Apache-2.0
 *
 * Pair n is the ports first + 2n and the one behind it.  A set of free pairs for each core,
 * and one queue of those that rest, in the order in which they wake.
 *
 * Pairs go round the cores, so pair n is number n / cores of its core's set. */
#include "relay/ports.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "dataplane/switch.h"
#include "relay/lots.h"

struct resting {
	uint64_t until_ms : 48;
	uint64_t pair : 16; /* there are 32,768 at most */
};

struct ports {
	uint16_t first; /* even */
	uint32_t pairs;
	unsigned cores;
	unsigned rest_ms;
	struct lots *free[SW_CORES];
	uint32_t head, resting; /* oldest, how many */
	struct resting rest[];  /* a ring of `pairs` */
};

/* CORE's first pair. */
static uint32_t
first_pair(const struct ports *p, unsigned core)
{
	return (core + p->cores - sw_core_of(p->first, p->cores)) % p->cores;
}

/* How many pairs are CORE's. */
static uint32_t
share(const struct ports *p, unsigned core)
{
	uint32_t before = first_pair(p, core);

	return p->pairs > before ? (p->pairs - before - 1) / p->cores + 1 : 0;
}

struct ports *
ports_open(uint16_t first, uint16_t last, unsigned cores, unsigned rest_ms)
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
	/* Written to now: the process does not grow while the ring goes round for the first
	 * time. */
	for (uint32_t i = 0; i < pairs; i++)
		p->rest[i].pair = UINT16_MAX;
	p->first = (uint16_t)even;
	p->pairs = pairs;
	p->cores = cores;
	p->rest_ms = rest_ms;
	for (unsigned i = 0; i < cores; i++)
		if ((p->free[i] = lots_open(share(p, i))) == NULL)
			goto no_lots;
	return p;

no_lots:
	ports_close(p);
	return NULL;
}

void
ports_close(struct ports *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < p->cores; i++)
		lots_close(p->free[i]);
	free(p);
}

static uint16_t
port_of(const struct ports *p, uint32_t pair)
{
	return (uint16_t)(p->first + 2 * pair);
}

/* LOTS_NONE: not an even port, or below the range. */
static uint32_t
pair_of(const struct ports *p, uint16_t port)
{
	return port >= p->first && (port & 1) == 0 ? (uint32_t)(port - p->first) / 2
						   : LOTS_NONE;
}

static struct lots *
set_of(const struct ports *p, uint32_t pair)
{
	return p->free[sw_core_of(port_of(p, pair), p->cores)];
}

static void
put_back(struct ports *p, uint32_t pair)
{
	lots_put(set_of(p, pair), pair / p->cores);
}

static void
wake(struct ports *p, int64_t now_ms)
{
	while (p->resting > 0 && (int64_t)p->rest[p->head].until_ms <= now_ms) {
		put_back(p, p->rest[p->head].pair);
		p->head = (p->head + 1) % p->pairs;
		p->resting--;
	}
}

int
ports_take(struct ports *p, unsigned core, int64_t now_ms)
{
	uint32_t number;

	wake(p, now_ms);
	number = lots_draw(p->free[core]);
	return number != LOTS_NONE ? port_of(p, first_pair(p, core) + number * p->cores)
				   : -ENOSPC;
}

int
ports_take_this(struct ports *p, uint16_t port)
{
	uint32_t pair = pair_of(p, port);

	if (pair >= p->pairs)
		return -ERANGE;
	return lots_take(set_of(p, pair), pair / p->cores) == 0 ? 0 : -EADDRINUSE;
}

static void
rest_until(struct ports *p, uint32_t pair, int64_t until_ms)
{
	assert(p->resting < p->pairs);
	p->rest[(p->head + p->resting) % p->pairs] =
		(struct resting){(uint64_t)until_ms, (uint16_t)pair};
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
	put_back(p, pair_of(p, port));
}

uint32_t
ports_free(struct ports *p, int64_t now_ms)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < p->cores; i++)
		sum += ports_free_of(p, i, now_ms);
	return sum;
}

uint32_t
ports_free_of(struct ports *p, unsigned core, int64_t now_ms)
{
	wake(p, now_ms);
	return lots_left(p->free[core]);
}

void
ports_inherit(struct ports *p, const struct ports *old)
{
	for (uint32_t i = 0; i < old->resting; i++) {
		const struct resting *r = &old->rest[(old->head + i) % old->pairs];
		uint16_t port = port_of(old, r->pair);

		if (ports_take_this(p, port) == 0)
			rest_until(p, pair_of(p, port), r->until_ms);
	}
}
