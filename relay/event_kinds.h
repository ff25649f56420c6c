/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of events that this node tells its subscribers: a new one is a number here and its
 * row in event_kinds.c.  Constant; Control's one thread. */
#pragma once

#include "control/events.h"

enum event_number {
	EVENT_CALL_CREATED,
	EVENT_CALL_UPDATED,
	EVENT_CALL_EXPORTED,
	EVENT_CALL_RESUMED,
	EVENT_CALL_ENDED,
	EVENT_CALL_SOURCE_LEARNED,
	EVENT_CALL_SECOND_SOURCE,
	EVENT_CALL_REKEYED,
	EVENT_CALL_SSRC_LIMIT,
	EVENT_CALL_TIMEOUT,
	EVENT_CALL_ONE_WAY,
	EVENT_CALL_TWO_WAY,
	EVENT_CAPTURE_ENDED,
	EVENT_DEVICE_LINK,
	EVENT_CORE_STALLED,
	EVENT_TRANSCODER_STALLED,
	EVENT_TRANSCODER_FULL,
	EVENT_TRANSCODER_ROOM,
	EVENT_TRANSCODER_LOWERED,
	EVENT_TRANSCODER_RAISED,
	EVENT_SWITCH_LOST,
	EVENT_SWITCH_BACK,
	EVENT_NODE_DRAINING,
	EVENT_NODE_UPGRADING,
	EVENTS
};

/* By number, and a row without a name at the end. */
extern const struct event_kind event_kinds[EVENTS + 1];
