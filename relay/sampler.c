/* SPDX-License-Identifier: Apache-2.0
 *
 * See sampler.h. */
#include "relay/sampler.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "relay/config.h"
#include "relay/directory.h"

const char *const worst_words[] = {"mos", "loss", "jitter", "rtt", "drops", NULL};
static_assert(sizeof worst_words / sizeof *worst_words == WORST_LISTS + 1, "a word a list");

struct sampler {
	struct sampler_conf conf;
	struct event *timer;
	struct quality_sums sums;
	char after[REQUEST_ID]; /* the call that was looked at last; empty: begin */
	unsigned owed;          /* parts of a look that no tick has been long enough for */
	struct worst worst[WORST_LISTS];
};

/* ---- One call ---- */

static uint64_t
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
put_worst(struct sampler *s, const struct call *c)
{
	const struct call_heard *h = call_heard(c);
	/* Nothing heard is no opinion; that it is silent the others say. */
	double badness[WORST_LISTS] = {
		[WORST_MOS] = h->mos > 0 ? -(double)h->mos : -5,
		[WORST_LOSS] = (double)h->loss,
		[WORST_JITTER] = (double)h->jitter_ms,
		[WORST_RTT] = (double)h->rtt_ms,
		[WORST_DROPS] = h->dropped,
	};

	for (unsigned i = 0; i < WORST_LISTS; i++)
		worst_put(&s->worst[i], c->hash, c->id, badness[i]);
}

static void
look(struct sampler *s, struct call *c, uint64_t now)
{
	struct look l = {.client = s->conf.client,
		.now_ms = now,
		.real_us = (int64_t)now_ms(CLOCK_REALTIME) * 1000,
		.one_way_ms = s->conf.config->one_way_ms,
		.sums = &s->sums,
		.told = s->conf.told,
		.arg = s->conf.arg};

	look_at_call(&l, c);
}

static void
look_and_list(struct sampler *s, struct call *c, uint64_t now)
{
	look(s, c, now);
	put_worst(s, c);
}

void
sampler_last_look(struct sampler *s, struct call *c)
{
	enum { SHORT_MS = 1000 }; /* too short to say anything */
	uint64_t now = now_ms(CLOCK_MONOTONIC);

	if (c->looked_ms == 0 || now - c->looked_ms >= SHORT_MS)
		look(s, c, now);
}

void
sampler_ended(struct sampler *s, struct call *c)
{
	look_ended(&s->sums, c);
	for (unsigned i = 0; i < WORST_LISTS; i++)
		worst_remove(&s->worst[i], c->hash, c->id);
}

/* ---- All of them ---- */

void
sampler_turn(struct sampler *s, uint64_t now)
{
	enum { TICKS = SAMPLER_PERIOD_MS / SAMPLER_TICK_MS };
	unsigned n;

	s->owed += directory_count(s->conf.directory);
	n = s->owed / TICKS;
	s->owed %= TICKS;
	for (unsigned i = 0; i < n && i < SAMPLER_A_TICK; i++) {
		struct call *c = directory_next(
			s->conf.directory, s->after[0] != '\0' ? s->after : NULL);

		if (c == NULL)
			c = directory_next(s->conf.directory, NULL);
		if (c == NULL)
			return;
		snprintf(s->after, sizeof s->after, "%s", c->id);
		if (c->made)
			look_and_list(s, c, now);
	}
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	sampler_turn(arg, now_ms(CLOCK_MONOTONIC));
}

/* ---- Life ---- */

struct sampler *
sampler_open(const struct sampler_conf *conf)
{
	static const struct timeval every = {0, SAMPLER_TICK_MS * 1000};
	struct sampler *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->conf = *conf;
	s->timer = event_new(conf->base, -1, EV_PERSIST, tick, s);
	if (s->timer == NULL || event_add(s->timer, &every) != 0) {
		sampler_close(s);
		return NULL;
	}
	return s;
}

void
sampler_close(struct sampler *s)
{
	if (s == NULL)
		return;
	if (s->timer != NULL)
		event_free(s->timer);
	free(s);
}

const struct quality_sums *
sampler_sums(const struct sampler *s)
{
	return &s->sums;
}

const struct worst *
sampler_worst(const struct sampler *s, enum worst_by by)
{
	return &s->worst[by];
}
