/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of its time a transcode core spends, once a second, and what follows: above one
 * limit it does the encoding with less care, a step a second; when that is not enough, or all
 * at once too much, it takes no new calls; and both are taken back when there is room again.
 * Main sees it by the counters, and tells control.  Nothing that runs is dropped for it. */
#include "dataplane/transcoder_inside.h"

enum { /* thousandths */
	TOO_MUCH = 700,
	SPARE = 500,    /* below: a step up costs half as much again and more */
	FULL = 800,     /* with the least care */
	DROWNING = 900, /* whatever the care: steps would come too late */
	ROOM = 600,     /* below: so that the next call does not fill it again at once */
};

/* What complexity is held down to; Opus has 5 by default, where the first step begins. */
static const uint8_t steps[] = {0, 1, 2, 3, 4, TRANSCODER_COMPLEXITY_MAX};

static uint32_t
step_of(uint32_t complexity)
{
	uint32_t at = 0;

	while (at + 1 < RTE_DIM(steps) && steps[at] < complexity)
		at++;
	return at;
}

static void
store(_Atomic uint32_t *at, uint32_t v)
{
	atomic_store_explicit(at, v, memory_order_relaxed);
}

static uint32_t
load(const _Atomic uint32_t *at)
{
	return atomic_load_explicit(at, memory_order_relaxed);
}

/* What this thread has spent so far. */
static uint64_t
busy(const struct transcoder *tc)
{
	uint64_t cycles = atomic_load_explicit(&tc->count->busy_cycles, memory_order_relaxed);

	if (tc->beside != NULL)
		cycles += atomic_load_explicit(tc->beside, memory_order_relaxed);
	return cycles;
}

void
transcoder_share(struct transcoder *tc, const _Atomic uint64_t *beside)
{
	tc->beside = beside;
	tc->load.busy = busy(tc); /* a killed switch may have left years of it */
}

static void
conclude(struct sw_transcoder *c, uint32_t now)
{
	uint32_t step = step_of(load(&c->complexity));

	store(&c->load, now);
	if (now >= (step == 0 ? FULL : DROWNING))
		store(&c->accepting, 0);
	else if (now < ROOM)
		store(&c->accepting, 1);
	if (now >= TOO_MUCH && step > 0)
		store(&c->complexity, steps[step - 1]);
	else if (now < SPARE && step + 1 < RTE_DIM(steps))
		store(&c->complexity, steps[step + 1]);
}

void
transcoder_load(struct transcoder *tc)
{
	uint64_t passed = tc->now - tc->load.since, spent;

	if (passed < tc->tsc_hz)
		return;
	spent = busy(tc) - tc->load.busy;
	conclude(tc->count, (uint32_t)RTE_MIN(spent / (passed / 1000), UINT64_C(1000)));
	tc->load.since = tc->now;
	tc->load.busy += spent;
}

/* Nothing to see while nothing is done. */
static bool
is_at_rest(const struct sw_transcoder *c)
{
	return load(&c->load) == 0 && load(&c->accepting) &&
	       load(&c->complexity) == TRANSCODER_COMPLEXITY_MAX;
}

uint64_t
transcoder_load_wait_us(const struct transcoder *tc, uint64_t now)
{
	uint64_t at = tc->load.since + tc->tsc_hz;

	if (is_at_rest(tc->count))
		return UINT64_MAX;
	return now >= at ? 0 : (at - now) / (tc->tsc_hz / 1000000) + 1;
}
