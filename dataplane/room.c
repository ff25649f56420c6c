/* SPDX-License-Identifier: Apache-2.0
 *
 * Free places are a stack: what was used last is still in the cache, and what has never been
 * needed is not touched.  Its top is the number of the first one and above it a count of
 * changes, so that one which was taken and given back meanwhile is not taken for unchanged. */
#include "dataplane/room.h"

#include <stdatomic.h>
#include <string.h>

enum { CHANGE_SHIFT = 32 };

static struct place {
	struct held held;
	_Atomic uint32_t next; /* of the free ones; 0: it is the last */
	uint8_t bytes[ROOM_PAYLOAD];
} places[ROOM_PACKETS + 1]; /* none has the number 0 */

static _Atomic uint64_t top;
static _Atomic uint32_t touched; /* the highest number that was ever taken */

static uint64_t
with_first(uint64_t was, uint32_t number)
{
	return ((was >> CHANGE_SHIFT) + 1) << CHANGE_SHIFT | number;
}

/* One that was used before; 0: none is free. */
static uint32_t
take_used(void)
{
	uint64_t was = atomic_load_explicit(&top, memory_order_acquire), is;
	uint32_t first;

	do {
		first = (uint32_t)was;
		if (first == 0)
			return 0;
		is = with_first(
			was, atomic_load_explicit(&places[first].next, memory_order_relaxed));
	} while (!atomic_compare_exchange_weak_explicit(
		&top, &was, is, memory_order_acquire, memory_order_acquire));
	return first;
}

static uint32_t
take_new(void)
{
	uint32_t n = atomic_load_explicit(&touched, memory_order_relaxed);

	do {
		if (n == ROOM_PACKETS)
			return 0;
	} while (!atomic_compare_exchange_weak_explicit(
		&touched, &n, n + 1, memory_order_relaxed, memory_order_relaxed));
	return n + 1;
}

uint16_t
room_take(const struct transcode_in *in, uint64_t now_us)
{
	struct place *p;
	uint32_t n;

	if (in->len > ROOM_PAYLOAD)
		return 0;
	n = take_used();
	if (n == 0)
		n = take_new();
	if (n == 0)
		return 0;
	p = &places[n];
	p->held.in = *in;
	p->held.came_us = now_us;
	memcpy(p->bytes, in->payload, in->len);
	p->held.in.payload = p->bytes;
	return (uint16_t)n;
}

const struct held *
room_at(uint16_t number)
{
	return &places[number].held;
}

void
room_give(uint16_t number)
{
	uint64_t was = atomic_load_explicit(&top, memory_order_relaxed);

	do
		atomic_store_explicit(
			&places[number].next, (uint32_t)was, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&top, &was, with_first(was, number),
		memory_order_release, memory_order_relaxed));
}
