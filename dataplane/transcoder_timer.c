/* SPDX-License-Identifier: Apache-2.0
 *
 * A binary heap of directions by when they are due; each knows its place, so that another time
 * costs a few steps and there is never more than one entry of it.  Transcode core. */
#include "dataplane/transcoder_inside.h"

static uint64_t
due(const struct transcoder *tc, uint32_t at)
{
	return tc->direction[tc->heap[at]].due_us;
}

static void
place(struct transcoder *tc, uint32_t at, uint32_t slot)
{
	tc->heap[at] = slot;
	tc->direction[slot].heap_at = at;
}

/* SLOT goes to AT or as far towards the root as it belongs; where it is then. */
static uint32_t
rise(struct transcoder *tc, uint32_t at, uint32_t slot)
{
	uint64_t due_us = tc->direction[slot].due_us;

	for (; at > 1 && due(tc, at / 2) > due_us; at /= 2)
		place(tc, at, tc->heap[at / 2]);
	place(tc, at, slot);
	return at;
}

static void
sink(struct transcoder *tc, uint32_t at, uint32_t slot)
{
	uint64_t due_us = tc->direction[slot].due_us;

	for (uint32_t child; (child = 2 * at) <= tc->timers; at = child) {
		if (child < tc->timers && due(tc, child + 1) < due(tc, child))
			child++;
		if (due(tc, child) >= due_us)
			break;
		place(tc, at, tc->heap[child]);
	}
	place(tc, at, slot);
}

static void
take_out(struct transcoder *tc, uint32_t at)
{
	uint32_t last = tc->heap[tc->timers--];

	tc->direction[tc->heap[at]].heap_at = 0;
	if (at <= tc->timers)
		sink(tc, rise(tc, at, last), last);
}

void
transcoder_timer_set(struct transcoder *tc, uint32_t slot, uint64_t due_us)
{
	struct direction *d = &tc->direction[slot];
	bool is_there = d->heap_at != 0;

	if (is_there && d->due_us == due_us)
		return;
	d->due_us = due_us;
	if (due_us == UINT64_MAX) {
		if (is_there)
			take_out(tc, d->heap_at);
		return;
	}
	sink(tc, rise(tc, is_there ? d->heap_at : ++tc->timers, slot), slot);
}

bool
transcoder_timer_due(struct transcoder *tc, uint32_t *slot)
{
	if (transcoder_timer_first(tc) > tc->now_us)
		return false;
	*slot = tc->heap[1];
	take_out(tc, 1);
	return true;
}

uint64_t
transcoder_timer_first(const struct transcoder *tc)
{
	return tc->timers > 0 ? due(tc, 1) : UINT64_MAX;
}
