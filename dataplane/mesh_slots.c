/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_slots.h.  Whatever a kill interrupts, `next` is stored first, so no slot is given
 * to new sound twice. */
#include "dataplane/mesh_slots.h"

static uint64_t
next_of(const struct sw_tx_slots *s)
{
	return atomic_load_explicit(&s->next, memory_order_relaxed);
}

static uint16_t
use(struct sw_tx_slots *s, uint64_t slot)
{
	uint64_t next = next_of(s);

	if (slot < next) {
		s->used |= UINT64_C(1) << (next - 1 - slot);
	} else {
		uint64_t by = slot + 1 - next;

		atomic_store_explicit(&s->next, slot + 1, memory_order_relaxed);
		s->used = (by < SLOTS_LATE ? s->used << by : 0) | 1;
	}
	return (uint16_t)slot;
}

/* Has SLOT, which others have overtaken, been used, or is it too late for it? */
static bool
is_gone(const struct sw_tx_slots *s, uint64_t slot)
{
	uint64_t behind = next_of(s) - 1 - slot;

	return behind >= SLOTS_LATE || s->used & UINT64_C(1) << behind;
}

/* How many slots TIMESTAMP is behind the latest sound's, or, below 0, in front of it. */
static int64_t
slots_since(const struct sw_tx_slots *s, uint32_t timestamp)
{
	int64_t ticks = (int32_t)(timestamp - s->timestamp);

	return ticks >= 0 ? ticks / s->ticks : -((-ticks + s->ticks - 1) / s->ticks);
}

/* Another source, another clock, or a jump: its time begins now. */
static uint16_t
begin(struct sw_tx_slots *s, uint32_t ssrc, uint32_t timestamp, uint16_t ticks)
{
	uint64_t slot = next_of(s);

	s->ssrc = ssrc;
	s->timestamp = timestamp;
	s->ticks = ticks;
	s->slot = slot;
	s->lag = 0;
	return use(s, slot);
}

bool
slots_sound(struct sw_tx_slots *s, uint32_t ssrc, uint32_t timestamp, uint16_t ticks,
	uint16_t *slot)
{
	uint64_t at;
	int64_t n;

	if (s->ticks != ticks || s->ssrc != ssrc ||
		(n = slots_since(s, timestamp)) < -SLOTS_LATE || n > SLOTS_AHEAD) {
		*slot = begin(s, ssrc, timestamp, ticks);
		return true;
	}
	if (n <= 0) {
		if (s->slot < (uint64_t)-n || is_gone(s, s->slot - (uint64_t)-n))
			return false;
		*slot = use(s, s->slot - (uint64_t)-n);
		return true;
	}
	at = s->slot - s->lag + (uint64_t)n;
	s->slot = at < next_of(s) ? next_of(s) : at;
	s->lag = (uint32_t)(s->slot - at);
	s->timestamp += (uint32_t)n * ticks;
	*slot = use(s, s->slot);
	return true;
}

bool
slots_event(struct sw_tx_slots *s, uint32_t ssrc, uint32_t timestamp, uint16_t ticks,
	uint16_t *slot)
{
	if (s->has_event && s->event == timestamp)
		return false;
	s->has_event = 1;
	s->event = timestamp;
	if (!slots_sound(s, ssrc, timestamp, s->ticks != 0 ? s->ticks : ticks, slot))
		*slot = slots_next(s);
	return true;
}

uint16_t
slots_next(struct sw_tx_slots *s)
{
	return use(s, next_of(s));
}
