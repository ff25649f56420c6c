/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at every call every few seconds, a bounded number at a time (look.h), and keeps what
 * follows from that: sums and histograms over all calls, and the worst of them.  A call costs
 * a few microseconds a look.  Control's one thread. */
#pragma once

#include "relay/look.h"
#include "relay/worst.h"

struct config;
struct directory;
struct event_base;
struct sampler;

enum {
	SAMPLER_PERIOD_MS = 5000, /* of a call's looks, with up to 50,000 calls */
	SAMPLER_TICK_MS = 50,
	SAMPLER_A_TICK = 500, /* calls; with more than fit, the period is longer */
};

struct sampler_conf {
	struct event_base *base;
	const struct config *config;
	const struct switch_client *client;
	const struct directory *directory; /* of all calls */
	/* A party is missed, or heard again: see look.h. */
	void (*told)(void *arg, const struct call *c, unsigned leg, unsigned i, bool one_way);
	void *arg;
};

/* What CONF points to must outlive it.  NULL: errno. */
struct sampler *sampler_open(const struct sampler_conf *conf);
void sampler_close(struct sampler *s); /* NULL is fine */

/* One tick's looks, at NOW_MS (monotonic, not 0); the timer does. */
void sampler_turn(struct sampler *s, uint64_t now_ms);

/* C is about to end, and its counters can still be read. */
void sampler_last_look(struct sampler *s, struct call *c);
void sampler_ended(struct sampler *s, struct call *c); /* it has, or moved elsewhere */

const struct quality_sums *sampler_sums(const struct sampler *s);

/* By what a call may be the worst. */
enum worst_by { WORST_MOS, WORST_LOSS, WORST_JITTER, WORST_RTT, WORST_DROPS, WORST_LISTS };
extern const char *const worst_words[]; /* their names, NULL-ended */

const struct worst *sampler_worst(const struct sampler *s, enum worst_by by);
