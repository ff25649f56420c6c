/* SPDX-License-Identifier: Apache-2.0
 *
 * The accounts behind gaps.h.  The generator's one thread. */
#include "bench/gaps.h"

#include "bench/traffic.h"

/* A gap that begins so long after a mark has another cause. */
static const uint64_t REACH_NS = 500000000;

/* The first gap may be followed by another: a relay that comes back opens its device first,
 * and what that holds is heard before the rest. */
static const uint64_t AFTER_NS = 100000000;

void
gaps_reset(struct traffic *t, uint64_t now)
{
	t->gaps.sections = 0;
	for (unsigned i = 0; i < t->streams; i++) {
		t->stream[i].gaps = (struct gaps_stream){.heard_at = now};
		t->stream[i].highest = traffic_sent_by(t, i);
	}
}

static void
stretch(struct gaps_stream *g, uint64_t now)
{
	if (now > g->heard_at && now - g->heard_at > g->longest)
		g->longest = now - g->heard_at;
}

void
gaps_heard(struct traffic *t, struct stream *s, uint64_t number, uint64_t now)
{
	struct gaps_stream *g = &s->gaps;

	if (number < s->highest) { /* it was only late */
		if (number >= g->first && number < g->end)
			t->tally.lost_at_marks--;
		return;
	}
	if (number > s->highest && g->heard_at < g->until) {
		if (g->due)
			g->until = now + AFTER_NS;
		g->due = false;
		g->first = s->highest;
		g->end = number;
		t->tally.lost_at_marks += g->end - g->first;
	}
	stretch(g, now);
	g->heard_at = now;
	s->highest = number + 1;
}

void
gaps_section(struct traffic *t, uint64_t now)
{
	static struct hist longest;

	hist_reset(&longest);
	for (unsigned i = 0; i < t->streams; i++) {
		struct gaps_stream *g = &t->stream[i].gaps;

		stretch(g, now);
		hist_add(&longest, g->longest);
		g->longest = 0;
	}
	if (t->gaps.sections < GAPS_SECTIONS)
		t->gaps.section[t->gaps.sections++] = (struct gaps_silence){
			hist_at(&longest, 0.5), hist_at(&longest, 0.99), hist_at(&longest, 1)};
}

void
gaps_mark(struct traffic *t, uint64_t now)
{
	gaps_section(t, now);
	for (unsigned i = 0; i < t->streams; i++) {
		t->stream[i].gaps.until = now + REACH_NS;
		t->stream[i].gaps.due = true;
	}
}
