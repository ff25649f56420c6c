/* SPDX-License-Identifier: Apache-2.0
 *
 * The decisions of fate.h. */
#include "tests/impair/fate.h"

/* What a number is drawn for.  Each purpose has its own, so that a frame that is lost does not
 * change what becomes of the others. */
enum draw { LOSS, REORDER, DUPLICATE, JITTER, COPY_JITTER, DRAWS };

/* SplitMix64's output function (Steele, Lea, Flood 2014): a counter in, noise out. */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* From 0 up to, not including, 1. */
static double
draw(const struct fate_way *w, enum draw what)
{
	return (double)(mix(w->seed + w->frames * DRAWS + what) >> 11) * 0x1p-53;
}

/* Is this frame lost?  A burst ends with each frame by 1 / its mean length, and begins as
 * often as makes the whole share come true. */
static bool
is_lost(struct fate_way *w)
{
	const struct fate_conf *c = &w->conf;
	double length = c->burst > 1 ? c->burst : 1, end = 1 / length;
	double begin = c->loss < 1 ? c->loss / (length * (1 - c->loss)) : 1;

	if (length <= 1 || c->loss >= 1)
		return draw(w, LOSS) < c->loss;
	w->losing = w->losing ? draw(w, LOSS) >= end : draw(w, LOSS) < begin;
	return w->losing;
}

static uint64_t
jitter(const struct fate_way *w, enum draw what)
{
	return (uint64_t)(draw(w, what) * (double)w->conf.jitter_us);
}

/* When the line has sent LEN bytes that come at NOW_US. */
static uint64_t
serialise(struct fate_way *w, uint64_t now_us, uint32_t len)
{
	if (w->conf.rate_bps == 0)
		return now_us;
	if (w->free_us < now_us)
		w->free_us = now_us;
	w->free_us += len * UINT64_C(8000000) / w->conf.rate_bps;
	return w->free_us;
}

void
fate_open(struct fate_way *w, const struct fate_conf *conf, uint64_t seed, unsigned number)
{
	*w = (struct fate_way){.conf = *conf, .seed = mix(mix(seed) + number)};
}

struct fate
fate_next(struct fate_way *w, uint64_t now_us, uint32_t len)
{
	const struct fate_conf *c = &w->conf;
	struct fate f = {.copies = 0};
	uint64_t there;

	if (!is_lost(w)) {
		f.copies = draw(w, DUPLICATE) < c->duplicate ? 2 : 1;
		f.reordered = draw(w, REORDER) < c->reorder;
		there = serialise(w, now_us, len) + c->delay_us;
		f.due_us[0] = there + jitter(w, JITTER);
		if (f.reordered) {
			f.due_us[0] += c->reorder_by_us;
		} else {
			if (f.due_us[0] < w->last_us)
				f.due_us[0] = w->last_us;
			w->last_us = f.due_us[0];
		}
		f.due_us[1] = there + jitter(w, COPY_JITTER);
		if (f.due_us[1] < w->last_us)
			f.due_us[1] = w->last_us;
	}
	w->frames++;
	return f;
}
