/* SPDX-License-Identifier: Apache-2.0
 *
 * See capacity_laps.h. */
#include "bench/capacity_laps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/circle.h"
#include "bench/micro_seal.h"
#include "bench/report.h"
#include "dataplane/rtp.h"

enum {
	ROUNDS = 8,    /* of a lap, timed */
	SETTLE = 3,    /* rounds after a disturbance, at most */
	PATIENCE = 32, /* times ROUNDS: then what was disturbed counts */
	PACKET = RTP_HEADER + CIRCLE_PAYLOAD, /* of RTP, as the bare library has it */
	PACKET_ROOM = (PACKET + TRAILER_ROOM + 63) / 64 * 64,
	SUITES = 2,
};

/* How much more than its least the work of probe() may take. */
static const double QUIET = 1.05;

/* ---- The bare library ---- */

/* The bare library's packets: those of all streams in turn, each from its own session to that
 * of the call's other leg. */
struct bare {
	struct bare_mb *mb[SUITES];
	struct lap lap;
	unsigned sessions, next;
	uint64_t index;
	uint8_t (*bytes)[PACKET_ROOM];
};

static void
bare_close(struct bare *b)
{
	for (unsigned i = 0; i < SUITES; i++)
		bare_mb_close(b->mb[i]);
	free(b->bytes);
	memset(b, 0, sizeof *b);
}

static int
bare_open(struct bare *b, const uint8_t suite[SUITES], unsigned sessions)
{
	*b = (struct bare){.sessions = sessions, .lap.len = PACKET};
	b->bytes = aligned_alloc(64, sizeof(uint8_t[LAP][PACKET_ROOM]));
	for (unsigned i = 0; i < SUITES; i++)
		b->mb[i] = bare_mb_open(suite[i], sessions);
	if (b->bytes == NULL || b->mb[0] == NULL || b->mb[1] == NULL) {
		bare_close(b);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < LAP; i++)
		b->lap.pkt[i] = b->bytes[i];
	return 0;
}

/* The next packets, which are written, so that they are as near as those of a device. */
static void
bare_next(struct bare *b)
{
	for (unsigned i = 0; i < LAP; i++) {
		b->lap.from[i] = b->next;
		b->lap.to[i] = b->next ^ 1;
		b->lap.from_index[i] = b->lap.to_index[i] = b->index;
		memset(b->bytes[i], (int)i, PACKET);
		if (++b->next == b->sessions) {
			b->next = 0;
			b->index++;
		}
	}
}

/* One round of either sort: cycles a packet. */
static double
bare_round(struct bare *b, unsigned suite)
{
	uint64_t began;

	bare_next(b);
	began = rte_rdtsc();
	bare_mb_run(b->mb[suite], &b->lap, MICRO_BOTH);
	return (double)(rte_rdtsc() - began) / LAP;
}

static double
way_round(struct capacity *c, enum capacity_way way)
{
	struct capacity_round r = capacity_go(c, way, false);

	return (double)r.cycles / r.taken;
}

/* ---- Laps ---- */

/* What work that touches no memory and keeps a core's units busy takes; TSC. */
static uint64_t
probe(void)
{
	enum { TIMES = 4000 };
	uint64_t began = rte_rdtsc(), a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;

	for (uint64_t i = 0; i < TIMES; i++) {
		a += i, b += i, c += i, d += i, e += i, f += i;
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	}
	return rte_rdtsc() - began;
}

/* Has somebody else had this CPU since this was last asked, or is it slow? */
static bool
is_disturbed(void)
{
	static long switches;
	static uint64_t least = UINT64_MAX;
	uint64_t took = probe();
	struct rusage use;
	bool was;

	getrusage(RUSAGE_THREAD, &use);
	least = RTE_MIN(least, took);
	was = use.ru_nivcsw != switches || (double)took > QUIET * (double)least;
	switches = use.ru_nivcsw;
	return was;
}

/* The rounds of one lap that are to be timed. */
struct timing {
	unsigned tries;
	unsigned settle, left; /* rounds after a disturbance; that are left of them */
	double cycles[ROUNDS];
	unsigned n;
};

static struct timing
timing_start(const struct laps *f)
{
	is_disturbed();
	return (struct timing){
		.tries = PATIENCE * ROUNDS, .settle = RTE_MIN(f->once, (unsigned)SETTLE)};
}

/* A round took CYCLES a packet.  Does it count? */
static bool
timing_add(struct timing *t, struct laps *f, double cycles)
{
	bool was = is_disturbed();

	f->tried++;
	f->disturbed += was;
	if (was)
		t->left = t->settle + 1;
	if (t->tries > 0)
		t->tries--;
	if (t->left > 0) {
		t->left--;
		if (t->tries > 0)
			return false;
	}
	t->cycles[t->n++] = cycles;
	return true;
}

static bool
timing_is_over(const struct timing *t)
{
	return t->n == ROUNDS || (t->tries == 0 && t->n > 0);
}

static bool
timing_is_quiet(const struct timing *t)
{
	return t->tries > 0;
}

static double
bare_lap(struct bare *b, struct laps *f, unsigned at)
{
	double sum = 0;

	for (unsigned suite = 0; suite < SUITES; suite++) {
		struct timing t;

		for (unsigned i = 0; i < f->once; i++)
			bare_round(b, suite);
		t = timing_start(f);
		while (!timing_is_over(&t))
			timing_add(&t, f, bare_round(b, suite));
		sum += spread_of(t.cycles, t.n).median;
		f->quiet[at] &= timing_is_quiet(&t);
	}
	return sum / SUITES;
}

/* Add SIGN times what the stages of C have taken so far. */
static void
add_stages(const struct capacity *c, double cycles[SW_STAGES], double sign)
{
	for (unsigned i = 0; i < SW_STAGES; i++)
		cycles[i] += sign * (double)c->in.state.core[0].cycles[i];
}

static void
way_lap(struct capacity *c, enum capacity_way way, struct laps *f, unsigned at)
{
	double stage[SW_STAGES] = {0};
	struct timing t;

	for (unsigned i = 0; i < f->once; i++)
		way_round(c, way);
	t = timing_start(f);
	while (!timing_is_over(&t)) {
		double round[SW_STAGES] = {0};

		add_stages(c, round, -1);
		if (!timing_add(&t, f, way_round(c, way)))
			continue;
		add_stages(c, round, 1);
		for (unsigned i = 0; i < SW_STAGES; i++)
			stage[i] += round[i];
	}
	for (unsigned i = 0; i < SW_STAGES; i++)
		f->stage[way][i][at] = stage[i] / (t.n * CAPACITY_ROUND);
	f->cycles[way][at] = spread_of(t.cycles, t.n).median;
	f->quiet[at] &= timing_is_quiet(&t);
	capacity_go(c, way, true);
	capacity_rest(c);
}

static void
lap(struct capacity *c, struct bare *b, struct laps *f, unsigned at)
{
	f->quiet[at] = true;
	for (unsigned way = 0; way < CAPACITY_WAYS; way++)
		way_lap(c, way, f, at);
	f->cycles[CONTESTANT_BARE][at] = bare_lap(b, f, at);
}

static void
count(const struct capacity *c, struct laps *f)
{
	for (unsigned way = 0; way < CAPACITY_WAYS; way++) {
		const struct tally *t = &c->traffic[way].tally;

		f->tally.sent += t->sent;
		f->tally.refused += t->refused;
		f->tally.returned += t->returned;
		f->tally.verified += t->verified;
		f->tally.corrupt += t->corrupt + t->misrouted + t->foreign + t->duplicate +
				    t->stale + t->reordered;
	}
	for (unsigned why = 0; why < DROPS; why++)
		f->dropped += c->in.state.core[0].drops[why];
}

int
laps_take(struct laps *f, unsigned n, unsigned calls, const uint8_t suite[2])
{
	static struct capacity c;
	static struct bare b;
	int err = capacity_open(&c, calls, suite);

	if (err != 0)
		return err;
	memset(f, 0, sizeof *f);
	f->calls = calls;
	f->laps = n;
	f->once = (2 * calls + CAPACITY_ROUND - 1) / CAPACITY_ROUND;
	if ((err = bare_open(&b, suite, 2 * calls)) == 0) {
		lap(&c, &b, f, 0); /* the next one writes over it */
		for (unsigned i = 0; i < n; i++) {
			lap(&c, &b, f, i);
			f->quiet_laps += f->quiet[i];
		}
		count(&c, f);
		bare_close(&b);
	}
	f->lost_buffers = capacity_close(&c);
	return err;
}
