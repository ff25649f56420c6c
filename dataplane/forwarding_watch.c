/* SPDX-License-Identifier: Apache-2.0
 *
 * Does every core take turns, and have the transcode cores too much to do?  Main looks at what
 * they count.  Main thread. */
#include "dataplane/forwarding_inside.h"
#include "dataplane/log.h"

#define load(p) atomic_load_explicit(&(p), memory_order_relaxed)

/* What is watched of a party. */
struct party {
	unsigned number; /* of the crossing */
	const _Atomic uint64_t *turns;
	const _Atomic uint32_t *asleep, *cpu;
};

static struct party
party_of(const struct forwarding *f, unsigned number)
{
	const struct sw_core *c = &f->state.core[number];
	const struct sw_transcoder *t;

	if (number < f->cores)
		return (struct party){number, &c->turns, &c->asleep, &c->cpu};
	t = &f->state.transcoder[number - f->cores];
	return (struct party){number, &t->turns, &t->asleep, &t->cpu};
}

static void
say_stalled(const struct forwarding *f, const struct party *p, bool stalled)
{
	bool forwards = p->number < f->cores;
	const char *what = forwards ? "forwarding" : "transcode";
	unsigned n = forwards ? p->number : p->number - f->cores;

	if (stalled)
		log_err("%s core %u (CPU %u) has taken no turn for a second; the others go on "
			"without it\n",
			what, n, load(*p->cpu));
	else
		log_warn("%s core %u (CPU %u) takes turns again\n", what, n, load(*p->cpu));
}

/* Has party P taken no turn for a second? */
static bool
watch_turns(struct forwarding *f, const struct party *p, uint64_t now)
{
	struct watched *w = &f->watched[p->number];
	uint64_t turns = load(*p->turns), hz = rte_get_tsc_hz();

	/* Who has not looked for long cannot tell since when. */
	if (turns != w->turns || now - f->watched_at > hz / 2)
		w->since = now;
	/* One that sleeps has to show that it can wake up. */
	if (now - w->since > hz / 2 && load(*p->asleep) != 0)
		crossing_wake(f->crossing, p->number);
	w->turns = turns;
	return now - w->since > hz;
}

/* What of transcode core N has changed since control was told. */
static void
watch_load(struct forwarding *f, unsigned n, forwarding_told *told, void *arg)
{
	const struct sw_transcoder *t = &f->state.transcoder[n];
	struct told *was = &f->told[n];
	uint32_t lowered = TRANSCODER_COMPLEXITY_MAX - load(t->complexity);
	bool full = !load(t->accepting);
	struct sw_event ev = {.kind = SW_EV_TRANSCODER, .slot = n};

	if (full != was->full) {
		log_info("transcode core %u (CPU %u) is at %u thousandths of its time: %s new "
			 "calls\n",
			n, load(t->cpu), load(t->load), full ? "no" : "it takes");
		ev.detail = full;
		told(arg, &ev);
	}
	if (lowered != was->lowered) {
		log_info("transcode core %u (CPU %u) encodes with complexity %u at most\n", n,
			load(t->cpu), load(t->complexity));
		ev.detail = lowered > was->lowered ? 2 : 3;
		told(arg, &ev);
	}
	*was = (struct told){full, lowered};
}

bool
forwarding_watch(struct forwarding *f, uint64_t now, forwarding_told *told, void *arg)
{
	bool all = true;

	for (unsigned i = 0; i < f->cores + f->transcoders; i++) {
		const struct party p = party_of(f, i);
		struct sw_event ev = {.kind = SW_EV_STALLED, .slot = i};
		bool stalled = watch_turns(f, &p, now);

		if (stalled != f->watched[i].stalled) {
			say_stalled(f, &p, stalled);
			ev.detail = stalled;
			told(arg, &ev);
		}
		f->watched[i].stalled = stalled;
		all &= !stalled;
	}
	for (unsigned i = 0; i < f->transcoders; i++)
		watch_load(f, i, told, arg);
	f->watched_at = now;
	return all;
}

void
forwarding_tell_again(struct forwarding *f)
{
	for (unsigned i = 0; i < f->cores + f->transcoders; i++)
		f->watched[i].stalled = false;
	for (unsigned i = 0; i < f->transcoders; i++)
		f->told[i] = (struct told){0};
}
