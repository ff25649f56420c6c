/* SPDX-License-Identifier: Apache-2.0
 *
 * The slots in which sound leaves by a mesh leg.  VoMP counts time in slots of 20 ms, and
 * whoever gets two frames of one slot throws the second away: so every frame has a slot of its
 * own, sound that which its RTP timestamp says, and what has no time the next one.  Pure
 * functions over struct sw_tx_slots; the forwarding core that owns the transport.  Source:
 * docs/vomp.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/switch.h"

enum {
	SLOTS_LATE = 64, /* slots that sound may be behind what has left, and still leave */
	SLOTS_AHEAD = 16384, /* or ahead: half of what a receiver understands as ahead */
};

/* The slot of sound from SSRC at TIMESTAMP, of a clock with so many TICKS a slot.  False: it
 * is another frame's, or long past. */
bool slots_sound(struct sw_tx_slots *s, uint32_t ssrc, uint32_t timestamp, uint16_t ticks,
	uint16_t *slot);

/* The slot of a telephone event, of which each is sent once, however many packets tell of it;
 * TICKS is used only as long as no sound has left.  False: it was sent. */
bool slots_event(struct sw_tx_slots *s, uint32_t ssrc, uint32_t timestamp, uint16_t ticks,
	uint16_t *slot);

/* The next one, for what has no time. */
uint16_t slots_next(struct sw_tx_slots *s);
