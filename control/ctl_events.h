/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-ctl events: what happens on a node, a line an event, until there is reason to end.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct ctl_events_conf {
	const char *socket;
	const json_t *options; /* events, calls, count, seconds, follow: each may be absent */
	bool json;             /* lines are the events as they come */
};

/* Print events to stdout as they come, until there were `count`, `seconds` have passed or
 * nobody reads them any more: 0.  When the node goes: -errno, or with `follow` wait for it and
 * go on. What the node refuses is in *REFUSAL, the caller's: 1.  A first connection that fails
 * is -errno in any case. */
int ctl_events(const struct ctl_events_conf *conf, json_t **refusal);

/* EVENT, as events.h has it, as a line for people:
 * "2026-11-21T23:07:54.717Z call.ended call=a84b4c reason=asked". */
void ctl_event_print(FILE *f, json_t *event);
