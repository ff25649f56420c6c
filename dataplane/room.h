/* SPDX-License-Identifier: Apache-2.0
 *
 * Where packets wait that came out of order: a ring of bytes, so that short payloads take
 * little of it.  Given back in any order; there is room again behind the longest waiting.
 *
 * On a transcode core; no allocation after open. */
#pragma once

#include "dataplane/transcode.h"

struct room; /* opaque */

/* A packet that waits or is being looked at. */
struct held {
	struct transcode_in in;
	uint64_t came_us;
	struct room *room; /* NULL: it is not in one */
	uint32_t size;     /* in the room, this head included */
	uint8_t bytes[];   /* the payload, if it is in a room */
};

/* BYTES of payloads and what belongs to them.  NULL: ENOMEM. */
struct room *room_open(size_t bytes);
void room_close(struct room *r); /* NULL is fine */

/* A copy of IN, the caller's until room_give(); NULL: there is no room. */
struct held *room_take(struct room *r, const struct transcode_in *in, uint64_t now_us);
/* Of one that is not in a room: nothing. */
void room_give(struct held *h);
