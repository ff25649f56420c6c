/* SPDX-License-Identifier: Apache-2.0
 *
 * A wheel of ticks, each with a list of the calls that are due in it; what is due beyond the
 * last one is looked at once a round.  The lists run through struct call_timer. */
#include "relay/timeouts.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "dataplane/switch_client.h"
#include "relay/bridge.h"
#include "relay/call.h"
#include "relay/config.h"
#include "relay/tsc.h"

enum {
	TICK_MS = 250,
	TICKS = 256, /* of a round */
	LOOKS = 128, /* in one turn: some 100 us */
};

#define NEVER INT64_MAX

struct timeouts {
	const struct config *conf;
	const struct switch_client *client;
	timeouts_out *out;
	void *arg;
	struct event *timer;
	bool away; /* the switch */
	int64_t welcome_ms;
	int64_t tick; /* that is looked at next; those before it are over */
	struct call *due[TICKS];
};

/* To a tick of the kernel, which costs a quarter. */
static struct timeouts_clock
clock_now(void)
{
	struct timespec mono, real;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &mono);
	clock_gettime(CLOCK_REALTIME_COARSE, &real);
	return (struct timeouts_clock){
		.ms = mono.tv_sec * INT64_C(1000) + mono.tv_nsec / 1000000,
		.real_us = real.tv_sec * INT64_C(1000000) + real.tv_nsec / 1000,
		.tsc = tsc_now(),
	};
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ---- What a call waits for. ---- */

static uint32_t
limit(const struct timeouts *t, const struct call *c, enum timeout which)
{
	uint32_t ms = c->timeout_ms[which];

	return ms == 0 ? t->conf->timeout_ms[which] : ms == CALL_NO_TIMEOUT ? 0 : ms;
}

/* When S was heard last, on the clock of NOW->ms; INT64_MIN: never. */
static int64_t
heard_ms(const struct timeouts *t, const struct stream *s, const struct timeouts_clock *now)
{
	const struct sw_state *st = switch_client_state(t->client);
	const struct sw_transport_state *ts = switch_client_transport(t->client, s->slot);
	uint64_t seen;

	if (ts == NULL || atomic_load_explicit(&ts->id, memory_order_relaxed) != s->id ||
		st->tsc_hz == 0)
		return INT64_MIN;
	seen = atomic_load_explicit(&ts->last_seen, memory_order_relaxed);
	if (seen == 0)
		return INT64_MIN;
	return now->tsc <= seen ? now->ms
				: now->ms - (int64_t)((double)(now->tsc - seen) * 1e3 /
						      (double)st->tsc_hz);
}

/* Likewise, any stream of leg L. */
static int64_t
leg_heard_ms(const struct timeouts *t, const struct leg *l, const struct timeouts_clock *now)
{
	int64_t last = INT64_MIN;

	for (unsigned i = 0; i < l->streams; i++)
		last = later(last, heard_ms(t, &l->stream[i], now));
	return last;
}

bool
timeouts_expects(const struct call *c, unsigned i)
{
	for (unsigned j = 0; j < c->leg[i].streams; j++)
		if (bridge_decide(&c->leg[i].stream[j], bridge_sink(c, i, j)) != BRIDGE_NONE)
			return true;
	return false;
}

static bool
has_remote(const struct leg *l)
{
	for (unsigned i = 0; i < l->streams; i++)
		if (l->stream[i].remote.family != 0)
			return true;
	return false;
}

/* What the set-up of C lacks.  False: nothing. */
static bool
lacks(const struct timeouts *t, const struct call *c, const struct timeouts_clock *now,
	struct timeout_report *what)
{
	if (c->legs < CALL_LEGS) {
		what->missing = "leg";
		return true;
	}
	for (unsigned i = 0; i < c->legs; i++) {
		bool heard = leg_heard_ms(t, &c->leg[i], now) != INT64_MIN;

		if (heard || (!timeouts_expects(c, i) &&
				     (!timeouts_expects(c, 1 - i) || has_remote(&c->leg[i]))))
			continue;
		what->leg = c->leg[i].name;
		what->missing = timeouts_expects(c, i) ? "media" : "remote";
		return true;
	}
	return false;
}

/* ---- When each runs out; NEVER: not, as things are. ---- */

static int64_t
created_ms(const struct call *c, const struct timeouts_clock *now)
{
	return now->ms - (now->real_us - c->created_us) / 1000;
}

static int64_t
setup_due(const struct timeouts *t, struct call *c, const struct timeouts_clock *now,
	struct timeout_report *what)
{
	what->ms = limit(t, c, TIMEOUT_SETUP);
	if (what->ms == 0 || c->timer.over[TIMEOUT_SETUP])
		return NEVER;
	if (!lacks(t, c, now, what)) {
		c->timer.over[TIMEOUT_SETUP] = true;
		return NEVER;
	}
	return later(created_ms(c, now), t->welcome_ms) + what->ms;
}

static int64_t
total_due(const struct timeouts *t, struct call *c, const struct timeouts_clock *now,
	struct timeout_report *what)
{
	what->ms = limit(t, c, TIMEOUT_TOTAL);
	return what->ms == 0 || c->timer.over[TIMEOUT_TOTAL] ? NEVER
							     : created_ms(c, now) + what->ms;
}

/* Leg I runs out of media at this time, or is to be looked at again then: if it is silent by
 * right, was never heard, or has been told of and not been heard since. */
static int64_t
leg_due(const struct timeouts *t, const struct call *c, unsigned i, uint32_t ms,
	const struct timeouts_clock *now)
{
	int64_t heard = leg_heard_ms(t, &c->leg[i], now);
	int64_t since = later(later(heard, c->timer.changed_ms), t->welcome_ms);

	return !timeouts_expects(c, i) || heard == INT64_MIN || c->timer.told_ms[i] >= since
		       ? now->ms + ms
		       : since + ms;
}

static int64_t
media_due(const struct timeouts *t, struct call *c, const struct timeouts_clock *now,
	struct timeout_report *what)
{
	int64_t first = NEVER;

	what->ms = limit(t, c, TIMEOUT_MEDIA);
	for (unsigned i = 0; what->ms != 0 && i < c->legs; i++) {
		int64_t due = leg_due(t, c, i, what->ms, now);

		if (due < first) {
			first = due;
			what->leg = c->leg[i].name;
		}
	}
	return first;
}

/* Nobody can tell a leg on hold that is silent by right from one that is gone; but while the
 * other one is heard, somebody is there. */
static int64_t
hold_due(const struct timeouts *t, struct call *c, const struct timeouts_clock *now,
	struct timeout_report *what)
{
	int64_t since = later(c->timer.changed_ms, t->welcome_ms);
	bool held = false;

	what->ms = limit(t, c, TIMEOUT_HOLD);
	if (what->ms == 0 || c->legs < CALL_LEGS || c->timer.over[TIMEOUT_HOLD])
		return NEVER;
	for (unsigned i = 0; i < c->legs; i++) {
		held = held || !timeouts_expects(c, i);
		since = later(since, leg_heard_ms(t, &c->leg[i], now));
	}
	return held ? since + what->ms : NEVER;
}

static int64_t (*const dues[TIMEOUTS])(const struct timeouts *t, struct call *c,
	const struct timeouts_clock *now, struct timeout_report *what) = {
	[TIMEOUT_SETUP] = setup_due,
	[TIMEOUT_MEDIA] = media_due,
	[TIMEOUT_HOLD] = hold_due,
	[TIMEOUT_TOTAL] = total_due,
};

/* ---- The wheel. ---- */

/* Look at C at DUE, or once a round before. */
static void
put(struct timeouts *t, struct call *c, int64_t due)
{
	int64_t tick = due == NEVER ? t->tick + TICKS - 1 : (due + TICK_MS - 1) / TICK_MS;
	struct call **list;

	if (tick < t->tick)
		tick = t->tick;
	if (tick >= t->tick + TICKS)
		tick = t->tick + TICKS - 1;
	list = &t->due[tick % TICKS];
	c->timer.next = *list;
	c->timer.link = list;
	if (c->timer.next != NULL)
		c->timer.next->timer.link = &c->timer.next;
	*list = c;
}

/* Note that WHAT is told now. */
static void
note(struct call *c, const struct timeout_report *what, int64_t now_ms)
{
	if (what->which != TIMEOUT_MEDIA)
		c->timer.over[what->which] = true;
	for (unsigned i = 0; what->which == TIMEOUT_MEDIA && i < c->legs; i++)
		if (c->leg[i].name == what->leg)
			c->timer.told_ms[i] = now_ms;
}

/* The first that has run out; else when one may (NEVER: none), and WHAT means nothing. */
static int64_t
next_due(struct timeouts *t, struct call *c, const struct timeouts_clock *now,
	struct timeout_report *what)
{
	int64_t next = NEVER;

	for (int i = 0; i < TIMEOUTS; i++) {
		int64_t due;

		if (t->away && i != TIMEOUT_TOTAL)
			continue;
		*what = (struct timeout_report){.which = (enum timeout)i};
		due = dues[i](t, c, now, what);
		if (due <= now->ms)
			return due;
		next = due < next ? due : next;
	}
	return next;
}

/* C, in no list, is due. */
static void
look(struct timeouts *t, struct call *c, const struct timeouts_clock *now)
{
	struct timeout_report what;
	int64_t due;

	if (!c->made || c->exported) /* watched again when that changes */
		return;
	due = next_due(t, c, now, &what);
	if (due > now->ms) {
		put(t, c, due);
		return;
	}
	note(c, &what, now->ms);
	put(t, c, now->ms); /* there may be another */
	t->out(t->arg, c, &what);
}

bool
timeouts_turn(struct timeouts *t, const struct timeouts_clock *now)
{
	int64_t last = now->ms / TICK_MS;

	t->tick = later(t->tick, last - TICKS + 1);
	for (unsigned looks = 0; t->tick <= last;) {
		struct call *c = t->due[t->tick % TICKS];

		if (c == NULL) {
			t->tick++;
			continue;
		}
		if (looks++ == LOOKS)
			return true;
		call_unwatch(c);
		look(t, c, now);
	}
	return false;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once = {0, 0}, tick = {0, TICK_MS * 1000};
	struct timeouts *t = arg;
	struct timeouts_clock now = clock_now();

	event_add(t->timer, timeouts_turn(t, &now) ? &at_once : &tick);
}

void
timeouts_watch(struct timeouts *t, struct call *c)
{
	c->timer.changed_ms = clock_now().ms;
	c->timer.over[TIMEOUT_HOLD] = false;
	call_unwatch(c);
	put(t, c, t->tick * TICK_MS);
}

int64_t
timeouts_silent_since(const struct timeouts *t, const struct call *c, unsigned i)
{
	struct timeouts_clock now = clock_now();

	return t->away ? now.ms : later(leg_heard_ms(t, &c->leg[i], &now), t->welcome_ms);
}

void
timeouts_configured(struct timeouts *t)
{
	struct call *all = NULL, *c;

	for (unsigned i = 0; i < TICKS; i++)
		while ((c = t->due[i]) != NULL) {
			call_unwatch(c);
			c->timer.next = all;
			all = c;
		}
	while ((c = all) != NULL) {
		all = c->timer.next;
		put(t, c, t->tick * TICK_MS);
	}
}

void
timeouts_welcome(struct timeouts *t)
{
	t->away = false;
	t->welcome_ms = clock_now().ms;
}

void
timeouts_switch_lost(struct timeouts *t)
{
	t->away = true;
}

struct timeouts *
timeouts_open(struct event_base *base, const struct config *conf,
	const struct switch_client *client, timeouts_out *out, void *arg)
{
	struct timeouts *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->conf = conf;
	t->client = client;
	t->out = out;
	t->arg = arg;
	t->away = true;
	t->tick = clock_now().ms / TICK_MS;
	t->timer = evtimer_new(base, on_timer, t);
	if (t->timer == NULL) {
		free(t);
		return NULL;
	}
	on_timer(-1, 0, t);
	return t;
}

void
timeouts_close(struct timeouts *t)
{
	if (t == NULL)
		return;
	event_free(t->timer);
	for (unsigned i = 0; i < TICKS; i++)
		while (t->due[i] != NULL)
			call_unwatch(t->due[i]);
	free(t);
}
