/* SPDX-License-Identifier: Apache-2.0
 *
 * What the switch reports of a call's transports: remembered for call.get, and logged, a
 * bounded number of lines a second, for such events can be caused from outside.  Control's one
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "relay/call.h"

enum { SEEN_LINES = 10 }; /* a second, of all calls together */

struct events;

struct seen_limit {
	int64_t second;
	unsigned lines; /* in it, written or not */
};

/* May one more line be written? */
bool seen_may_log(struct seen_limit *limit, int64_t now_ms);

/* The party of stream I of C's leg LEG is missed, or heard again; and the same for those who
 * listen. */
void seen_one_way(struct seen_limit *limit, const struct call *c, unsigned leg, unsigned i,
	bool one_way, int64_t now_ms);
void seen_emit_one_way(
	struct events *e, const struct call *c, unsigned leg, unsigned i, bool one_way);

/* Tell those who listen of EV, about stream S of C. */
void seen_emit(struct events *e, const struct call *c, const struct stream *s,
	const struct sw_event *ev);

/* Event EV is about stream S of C. */
void seen_event(struct seen_limit *limit, const struct call *c, struct stream *s,
	const struct sw_event *ev, int64_t now_ms);
