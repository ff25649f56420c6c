/* SPDX-License-Identifier: Apache-2.0
 *
 * The measurements behind measure.h.  The generator's one thread. */
#include "bench/measure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/calls.h"
#include "bench/clock.h"
#include "bench/cpu.h"
#include "bench/garbage.h"
#include "bench/load.h"
#include "bench/pace.h"
#include "bench/report.h"
#include "bench/traffic.h"

enum { WATCHED = 1 + LOAD_PIDS }; /* processes: ourselves, and those that were named */

static const double WARM_RATE = 1e4; /* packets/s, at most */
static const double ALL_SENT = 0.98; /* of the rate wanted: the generator kept up */
/* A search for the limit ends at this part of the rate that it began with. */
static const double GIVE_UP = 0.01;

/* What a run was like, beside its tally. */
struct run {
	double seconds; /* from the first packet until nothing more is waited for */
	struct pace pace;
	struct cpu_use use[WATCHED];
	struct relay_cores before, after;
};

/* ---- One run ---- */

static unsigned
watched(const struct measure *m)
{
	return 1 + m->conf->pids;
}

static pid_t
watched_pid(const struct measure *m, unsigned i)
{
	return i == 0 ? getpid() : m->conf->pid[i - 1];
}

static void
run_with(struct measure *m, struct garbage *garbage, double rate, double seconds,
	struct run *run)
{
	uint64_t start;

	memset(run, 0, sizeof *run);
	traffic_reset(m->traffic);
	if (m->rpc != NULL)
		calls_read_cores(m->rpc, &run->before);
	for (unsigned i = 0; i < watched(m); i++)
		run->use[i] = cpu_use(watched_pid(m, i));
	start = clock_ns();
	pace_run(m->traffic, garbage, rate, seconds, m->conf->busy, m->wishes, &run->pace);
	run->seconds = (double)(clock_ns() - start) / 1e9;
	for (unsigned i = 0; i < watched(m); i++) {
		struct cpu_use after = cpu_use(watched_pid(m, i));

		run->use[i].ran = after.ran - run->use[i].ran;
		run->use[i].waited = after.waited - run->use[i].waited;
	}
	if (m->rpc != NULL)
		calls_read_cores(m->rpc, &run->after);
}

static void
run_once(struct measure *m, double rate, double seconds, struct run *run)
{
	run_with(m, NULL, rate, seconds, run);
}

void
measure_warm_up(struct measure *m)
{
	struct run run;

	run_once(m, fmin(m->conf->rate, WARM_RATE), m->conf->warmup, &run);
}

/* ---- What it comes to ---- */

static void
add_counts(struct measure *m, const struct run *run)
{
	const struct tally *y = &m->traffic->tally;
	int64_t lost = (int64_t)(y->sent - y->returned);
	const struct {
		const char *name;
		int64_t n;
	} counts[] = {
		{"sent", (int64_t)y->sent},
		{"returned", (int64_t)y->returned},
		{"lost", lost},
		{"lost_at_marks", (int64_t)y->lost_at_marks},
		{"lost_apart", lost - (int64_t)y->lost_at_marks},
		{"replayed", (int64_t)y->replayed},
		{"late", (int64_t)y->late},
		{"reordered", (int64_t)y->reordered},
		{"duplicate", (int64_t)y->duplicate},
		{"stale", (int64_t)y->stale},
		{"misrouted", (int64_t)y->misrouted},
		{"foreign", (int64_t)y->foreign},
		{"verified", (int64_t)y->verified},
		{"corrupt", (int64_t)y->corrupt},
		{"skipped", (int64_t)run->pace.skipped},
		{"refused", (int64_t)y->refused},
		{"missed", (int64_t)y->missed},
	};

	for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
		report_add(m->report, counts[i].name, "packets", 0, (double)counts[i].n);
	report_add(m->report, "loss", "%", 4,
		y->sent > 0 ? 100.0 * (double)lost / (double)y->sent : 0);
}

/* What was sent beside the calls. */
static void
add_garbage(struct measure *m, const struct run *run)
{
	const struct garbage *g = m->garbage;

	if (g == NULL)
		return;
	report_add(m->report, "garbage", "packets/s", 0, (double)g->sent / run->pace.seconds);
	report_add(m->report, "garbage_sent", "packets", 0, (double)g->sent);
	report_add(m->report, "garbage_refused", "packets", 0, (double)g->refused);
}

/* How many streams' last packet has not returned. */
static unsigned
unfinished(const struct traffic *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->streams; i++)
		n += t->stream[i].highest < traffic_sent_by(t, i);
	return n;
}

/* How long streams were silent: since the first mark, if there was any. */
static void
add_gaps(struct measure *m)
{
	const struct gaps *g = &m->traffic->gaps;

	report_add(m->report, "unfinished", "streams", 0, unfinished(m->traffic));
	for (unsigned i = g->sections > 1 ? 1 : 0; i < g->sections; i++) {
		report_add(m->report, "gap_p50", "ms", 1, (double)g->section[i].p50 / 1e6);
		report_add(m->report, "gap_p99", "ms", 1, (double)g->section[i].p99 / 1e6);
		report_add(m->report, "gap_max", "ms", 1, (double)g->section[i].max / 1e6);
	}
}

static void
add_delays(struct measure *m)
{
	static const struct {
		const char *name;
		double at;
	} points[] = {
		{"delay_min", 0},
		{"delay_p50", 0.5},
		{"delay_p90", 0.9},
		{"delay_p99", 0.99},
		{"delay_p99.9", 0.999},
		{"delay_max", 1},
	};

	for (unsigned i = 0; i < sizeof points / sizeof points[0]; i++)
		report_add(m->report, points[i].name, "us", 1,
			(double)hist_at(&m->traffic->tally.delay, points[i].at) / 1e3);
}

static void
add_use(struct measure *m, const char *what, unsigned i, const char *unit, int digits,
	double value)
{
	char name[64], comm[32];

	cpu_name(watched_pid(m, i), comm, sizeof comm);
	snprintf(name, sizeof name, "%s_%s", what, comm);
	report_add(m->report, name, unit, digits, value);
}

static void
add_cpu(struct measure *m, const struct run *run)
{
	double returned = (double)m->traffic->tally.returned;

	for (unsigned i = 0; i < watched(m); i++) {
		const struct cpu_use *use = &run->use[i];

		add_use(m, "cpu", i, "ns a packet", 0, returned > 0 ? use->ran / returned : 0);
		add_use(m, "ran", i, "% of the time", 1, use->ran / run->seconds / 1e7);
		add_use(m, "waited", i, "% of the time", 1, use->waited / run->seconds / 1e7);
	}
}

static void
add_cores(struct measure *m, const struct run *run)
{
	const struct relay_cores *a = &run->before, *b = &run->after;
	double packets = b->packets - a->packets;
	char name[48];

	if (packets <= 0)
		return;
	report_add(m->report, "cycles", "a packet", 1, (b->cycles - a->cycles) / packets);
	for (unsigned i = 0; i < b->stages; i++) {
		double entered = b->stage[i].packets - a->stage[i].packets;
		double cycles = b->stage[i].cycles - a->stage[i].cycles;

		snprintf(name, sizeof name, "cycles_%s", b->stage[i].name);
		report_add(m->report, name, "a packet", 1, entered > 0 ? cycles / entered : 0);
	}
	for (unsigned i = 0; i < DROPS; i++) {
		if (b->drops[i] == a->drops[i])
			continue;
		snprintf(name, sizeof name, "drop_%s", drop_info((enum drop)i)->name);
		report_add(m->report, name, "packets", 0, b->drops[i] - a->drops[i]);
	}
}

/* What the calls suffer before it counts. */
static void
run_before(struct measure *m)
{
	const struct tally *y = &m->traffic->tally;
	struct run run;

	if (m->conf->before.seconds == 0)
		return;
	run_once(m, m->conf->before.rate, m->conf->before.seconds, &run);
	report_add(
		m->report, "rate_before", "packets/s", 0, (double)y->sent / run.pace.seconds);
	report_add(m->report, "offered_before", "packets/s", 0,
		(double)(y->sent + y->refused) / run.pace.seconds);
	report_add(m->report, "lost_before", "packets", 0, (double)(y->sent - y->returned));
}

void
measure_run(struct measure *m)
{
	struct run run;

	run_before(m);
	run_with(m, m->garbage, m->conf->rate, m->conf->seconds, &run);
	report_add(m->report, "rate_wanted", "packets/s", 0, m->conf->rate);
	report_add(m->report, "rate", "packets/s", 0,
		(double)m->traffic->tally.sent / run.pace.seconds);
	report_add(m->report, "back", "packets/s", 0,
		(double)m->traffic->tally.returned / run.pace.seconds);
	add_counts(m, &run);
	add_garbage(m, &run);
	add_gaps(m);
	add_delays(m);
	add_cpu(m, &run);
	add_cores(m, &run);
}

/* ---- The highest rate without loss ---- */

/* How long the watched processes waited for a CPU in all steps of a search. */
struct waits {
	double ns[WATCHED];
	double seconds;
};

/* What of RATE was carried without loss: all of it, or what the generator could send of it; 0:
 * packets were lost in each of so many tries.  (A single lossy step proves little on a machine
 * that does other things too.)  A step in which nothing was lost proves the rate that it
 * really had.  *REFUSED by the generator's device then. */
static double
carried(struct measure *m, double rate, struct waits *waits, uint64_t *refused)
{
	const struct tally *y = &m->traffic->tally;
	double best = 0;
	struct run run;

	for (unsigned i = 0; i < m->conf->tries && !m->wishes->stop; i++) {
		run_once(m, rate, m->conf->step, &run);
		double sent = (double)y->sent / run.pace.seconds;

		fprintf(stderr, "  %10.0f packets/s: sent %.0f/s, lost %llu%s\n", rate, sent,
			(unsigned long long)(y->sent - y->returned),
			y->missed > 0 ? ", by the generator's own ring too" : "");
		waits->seconds += run.seconds;
		for (unsigned k = 0; k < watched(m); k++)
			waits->ns[k] += run.use[k].waited;
		if (y->sent == y->returned && sent > best) {
			best = sent;
			*refused = y->refused;
		}
		if (best >= ALL_SENT * rate)
			return rate;
	}
	return best;
}

/* Double the rate until it is not carried, then halve the interval until it is narrow enough.
 */
void
measure_limit(struct measure *m)
{
	const struct load_conf *conf = m->conf;
	double good = 0, bad = 0, rate = conf->rate;
	const char *by = "--limit-max"; /* what the lowest rate that failed was too much for */
	struct waits waits = {.seconds = 0};
	uint64_t refused = 0;

	while (!m->wishes->stop && (bad == 0 || bad - good > conf->precision * bad) &&
		good < conf->limit_max && rate > conf->rate * GIVE_UP) {
		double part = carried(m, rate, &waits, &refused);

		good = fmax(good, part);
		if (part < rate) {
			bad = rate;
			by = part == 0 ? "loss" : refused > 0 ? "its device" : "the generator";
		}
		rate = bad == 0 ? fmin(good * 2, conf->limit_max) : (good + bad) / 2;
	}
	if (m->wishes->stop)
		return;
	report_add(m->report, "limit", "packets/s", 0, good);
	report_fact(m->report, "limited_by", "%s", by);
	for (unsigned i = 0; i < watched(m); i++)
		add_use(m, "waited", i, "% of the time", 1, waits.ns[i] / waits.seconds / 1e7);
}
