/* SPDX-License-Identifier: Apache-2.0
 *
 * What the switch reports of a call's transports: remembered for call.get, and logged, a
 * bounded number of lines a second, for such events can be caused from outside.  Control's one
 * thread. */
#pragma once

#include <stdint.h>

#include "relay/call.h"

enum { SEEN_LINES = 10 }; /* a second, of all calls together */

struct seen_limit {
	int64_t second;
	unsigned lines; /* in it, written or not */
};

/* Event EV is about stream S of C. */
void seen_event(struct seen_limit *limit, const struct call *c, struct stream *s,
	const struct sw_event *ev, int64_t now_ms);
