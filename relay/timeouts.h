/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that wait in vain: for their second leg or the first media (set-up), for more media of
 * a leg (media), for any media at all while a leg is on hold (hold), for their end (total).
 *
 * Each call is looked at when something of it may have run out, and not before: with 10,000
 * calls and 60 s of silence allowed that is some 170 looks a second, in turns of a bounded
 * number. A leg that is on hold, so that nothing it sends would be relayed, may be silent; one
 * that was never heard is the set-up's matter.  With every switch that says welcome, to a new
 * control process as well, waiting for a party begins anew: while either was away nobody could
 * have come.  The total goes on.
 *
 * Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/timeout.h"

struct call;
struct config;
struct event_base;
struct switch_client;
struct timeouts;

/* What has run out. */
struct timeout_report {
	enum timeout which;
	const char *leg;     /* its name; NULL: of the call as a whole */
	const char *missing; /* TIMEOUT_SETUP: "leg", "media" or "remote"; NULL */
	uint32_t ms;         /* that it was given */
};

/* CALL may be gone when this returns. */
typedef void timeouts_out(void *arg, struct call *call, const struct timeout_report *what);

/* All must outlive it.  NULL: errno. */
struct timeouts *timeouts_open(struct event_base *base, const struct config *conf,
	const struct switch_client *client, timeouts_out *out, void *arg);
void timeouts_close(struct timeouts *t); /* before its calls; NULL is fine */

/* CALL is new, or changed: what is to be relayed of it, or its own times. */
void timeouts_watch(struct timeouts *t, struct call *call);

/* The configuration has changed. */
void timeouts_configured(struct timeouts *t);

/* A switch has said welcome.  All calls are to be watched after that. */
void timeouts_welcome(struct timeouts *t);
/* It is away, as it is at first: until the next one says welcome only totals run out. */
void timeouts_switch_lost(struct timeouts *t);

/* Would anything be relayed of what leg I of C sends?  Not of one that is on hold. */
bool timeouts_expects(const struct call *c, unsigned i);
/* Since when nothing has been heard of it, on the clock that does not jump.  While the switch
 * was away nothing could be. */
int64_t timeouts_silent_since(const struct timeouts *t, const struct call *c, unsigned i);

/* What all clocks say. */
struct timeouts_clock {
	int64_t ms;      /* monotonic */
	int64_t real_us; /* since 1970 */
	uint64_t tsc;
};

/* Look at calls that are due, some at a time, as the timer does.  True: there are more. */
bool timeouts_turn(struct timeouts *t, const struct timeouts_clock *now);
