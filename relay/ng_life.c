/* SPDX-License-Identifier: Apache-2.0
 *
 * When a pair ends without being asked to: some time after it was deleted, when nobody has
 * answered, when nobody at all is heard any more, or at last.  As NG's clients expect, one
 * party that is heard keeps a call alive, and what the configuration says of timeouts ends it.
 *
 * A pair has one timer, which looks again when the next of these may be due.  See ng.h. */
#include <event2/event.h>
#include <stdlib.h>

#include "relay/calls.h"
#include "relay/config.h"
#include "relay/ng_inside.h"
#include "relay/timeouts.h"

#define NEVER INT64_MAX

enum {
	LOOK_MS = 15000, /* at most, from look to look: the configuration may change */
	RETRY_MS = 1000,
	HOLD_MS = 3600 * 1000, /* as rtpengine has it, when the configuration has nothing */
};

/* What the timer of PAIR needs. */
struct watch {
	struct ng *ng;
	struct pair *pair;
	struct event *timer;
};

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
after(int64_t since, uint32_t ms)
{
	return ms == 0 ? NEVER : since + ms;
}

/* When CALL has been silent for too long.  WHAT: how that is called. */
static int64_t
silence_due(const struct ng *ng, const struct pair *pair, const struct call *call,
	struct timeout_report *what)
{
	const uint32_t *conf = ng->conf.config->timeout_ms;
	const struct timeouts *t = calls_timeouts(ng->conf.calls);
	int64_t due = 0;

	for (unsigned i = 0; i < call->legs; i++) {
		enum timeout which = timeouts_expects(call, i) ? TIMEOUT_MEDIA : TIMEOUT_HOLD;
		uint32_t ms =
			which == TIMEOUT_HOLD && conf[which] == 0 ? HOLD_MS : conf[which];
		int64_t since = later(pair->changed_ms, timeouts_silent_since(t, call, i));

		if (after(since, ms) < due)
			continue;
		due = after(since, ms);
		*what = (struct timeout_report){.which = which, .ms = ms};
	}
	return due;
}

/* When PAIR ends, as things are; WHAT: why. */
static int64_t
due(const struct ng *ng, const struct pair *pair, struct timeout_report *what)
{
	const uint32_t *ms = ng->conf.config->timeout_ms;
	const struct call *call = calls_find(ng->conf.calls, pair->call);
	struct timeout_report end = {.which = TIMEOUT_TOTAL, .ms = ms[TIMEOUT_TOTAL]};
	int64_t first, last;

	if (call == NULL)
		return NEVER;
	last = after(
		ng_now_ms() - (dialog_now_us() - call->created_us) / 1000, ms[TIMEOUT_TOTAL]);
	if (pair->answered) {
		first = silence_due(ng, pair, call, what);
	} else {
		first = after(pair->changed_ms, ms[TIMEOUT_SETUP]);
		*what = (struct timeout_report){
			.which = TIMEOUT_SETUP, .ms = ms[TIMEOUT_SETUP]};
	}
	if (last >= first)
		return first;
	*what = end;
	return last;
}

static void
wait(struct watch *w, int64_t ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	event_add(w->timer, &tv);
}

/* PAIR may be gone when this returns. */
static void
look(struct watch *w)
{
	struct pair *pair = w->pair;
	struct calls *calls = w->ng->conf.calls;
	int64_t now = ng_now_ms(), at;
	struct timeout_report what;

	if (pair->delete_at_us != 0)
		at = now + (pair->delete_at_us - dialog_now_us()) / 1000;
	else
		at = due(w->ng, pair, &what);
	if (at > now) {
		wait(w, at - now < LOOK_MS ? at - now : LOOK_MS);
		return;
	}
	wait(w, RETRY_MS); /* should the call refuse to end */
	if (pair->delete_at_us != 0)
		calls_delete(calls, pair->call, NULL, NULL, NULL);
	else
		calls_time_out(calls, pair->call, &what);
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	look(arg);
}

void
ng_life_watch(struct ng *ng, struct pair *pair)
{
	struct watch *w = pair->watch;

	if (w == NULL) {
		if ((w = calloc(1, sizeof *w)) == NULL)
			return; /* it ends when it is asked to */
		*w = (struct watch){.ng = ng, .pair = pair};
		w->timer = evtimer_new(ng->conf.base, on_timer, w);
		if (w->timer == NULL) {
			free(w);
			return;
		}
		pair->watch = w;
	}
	look(w);
}

void
ng_life_forget(struct pair *pair)
{
	if (pair->watch == NULL)
		return;
	event_free(pair->watch->timer);
	free(pair->watch);
	pair->watch = NULL;
}

void
ng_life_ask(struct call_request *asked)
{
	asked->timeouts = (1 << TIMEOUTS) - 1;
	for (unsigned i = 0; i < TIMEOUTS; i++)
		asked->timeout_ms[i] = 0;
}
