/* SPDX-License-Identifier: Apache-2.0
 *
 * When a pair ends without being asked to: some time after it was deleted, when nobody has
 * answered, when nobody at all is heard any more, or at last.  As NG's clients expect, one
 * party that is heard keeps a call alive, and what the configuration says of timeouts ends it.
 *
 * Each pair stands in a wheel of ticks, where the next of these may be due; one timer turns
 * it. See ng.h. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "relay/calls.h"
#include "relay/config.h"
#include "relay/ng_callback.h"
#include "relay/ng_inside.h"
#include "relay/timeouts.h"

#define NEVER INT64_MAX

enum {
	TICK_MS = 250,
	TICKS = 64,      /* of a round, which is longer than LOOK_MS */
	LOOK_MS = 15000, /* at most, from look to look: the configuration may change */
	RETRY_MS = 1000,
	OWED_MS = 500,         /* from one attempt to write a note that is owed to the next */
	HOLD_MS = 3600 * 1000, /* as rtpengine has it, when the configuration has nothing */
};

struct ng_life {
	struct event *timer;
	int64_t tick; /* that is looked at next; those before it are over */
	unsigned watched;
	struct pair *due[TICKS]; /* struct pair's `watch` */
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
leave_wheel(struct ng_life *life, struct pair *pair)
{
	if (pair->watch.link == NULL)
		return;
	*pair->watch.link = pair->watch.next;
	if (pair->watch.next != NULL)
		pair->watch.next->watch.link = pair->watch.link;
	pair->watch.link = NULL;
	life->watched--;
}

/* The timer, for the beginning of the tick after NOW. */
static void
arm(struct ng_life *life, int64_t now)
{
	const struct timeval tv = {0, (TICK_MS - now % TICK_MS) * 1000};

	event_add(life->timer, &tv);
}

/* Look at PAIR, which is in no tick, in the first one that begins when MS have passed. */
static void
wait(struct ng_life *life, struct pair *pair, int64_t now, int64_t ms)
{
	struct pair **first = &life->due[((now + ms) / TICK_MS + 1) % TICKS];

	pair->watch.next = *first;
	pair->watch.link = first;
	if (*first != NULL)
		(*first)->watch.link = &pair->watch.next;
	*first = pair;
	if (life->watched++ > 0)
		return;
	life->tick = now / TICK_MS;
	arm(life, now);
}

/* PAIR may be gone when this returns. */
static void
look(struct ng *ng, struct pair *pair)
{
	struct calls *calls = ng->conf.calls;
	int64_t now = ng_now_ms(), at, most;
	struct timeout_report what;

	if (pair->delete_at_us != 0)
		at = now + (pair->delete_at_us - dialog_now_us()) / 1000;
	else
		at = due(ng, pair, &what);
	if (at > now) {
		ng_settle_note(ng, pair);
		most = pair->note_owed ? OWED_MS : LOOK_MS;
		wait(ng->life, pair, now, at - now < most ? at - now : most);
		return;
	}
	wait(ng->life, pair, now, RETRY_MS); /* should there be no memory to end it */
	if (calls_is_leaving(calls, pair->call))
		return;
	if (pair->delete_at_us != 0) {
		calls_delete(calls, pair->call, NULL, NULL, NULL);
		return;
	}
	if (!pair->end_told)
		ng_callbacks_tell(ng->callbacks, ng->conf.config, pair);
	pair->end_told = true;
	calls_time_out(calls, pair->call, &what);
}

/* All that are in tick NUMBER; not those that come into its place meanwhile. */
static void
look_at_tick(struct ng *ng, int64_t number)
{
	struct pair **tick = &ng->life->due[number % TICKS], *first = *tick, *pair;

	*tick = NULL;
	if (first != NULL)
		first->watch.link = &first;
	while ((pair = first) != NULL) {
		leave_wheel(ng->life, pair);
		look(ng, pair);
	}
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
	struct ng *ng = arg;
	struct ng_life *life = ng->life;
	int64_t now = ng_now_ms(), last = now / TICK_MS;

	if (last - life->tick >= TICKS)
		life->tick = last - TICKS + 1;
	while (life->tick <= last)
		look_at_tick(ng, life->tick++);
	if (life->watched > 0)
		arm(life, now);
}

int
ng_life_open(struct ng *ng)
{
	struct ng_life *life = calloc(1, sizeof *life);

	if (life == NULL)
		return -ENOMEM;
	life->timer = evtimer_new(ng->conf.base, on_tick, ng);
	if (life->timer == NULL) {
		free(life);
		return -ENOMEM;
	}
	ng->life = life;
	return 0;
}

void
ng_life_close(struct ng *ng)
{
	event_free(ng->life->timer);
	free(ng->life);
}

void
ng_life_watch(struct ng *ng, struct pair *pair)
{
	leave_wheel(ng->life, pair);
	if (!ng->stopped) /* else the calls are being closed */
		look(ng, pair);
}

void
ng_owe_notes(struct ng *ng, struct dialog *d, const struct fault *fault)
{
	if (fault == NULL || fault->kind == FAULT_UNKNOWN_CALL)
		return;
	for (struct pair *pair = d->pairs; pair != NULL; pair = pair->next) {
		if (!pair->made)
			continue;
		pair->note_owed = true;
		ng_life_watch(ng, pair);
	}
}

void
ng_life_forget(struct ng *ng, struct pair *pair)
{
	leave_wheel(ng->life, pair);
}

void
ng_life_ask(struct call_request *asked)
{
	asked->timeouts = (1 << TIMEOUTS) - 1;
	for (unsigned i = 0; i < TIMEOUTS; i++)
		asked->timeout_ms[i] = 0;
}
