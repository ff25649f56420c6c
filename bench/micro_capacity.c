/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench micro capacity`: what a packet costs a forwarding core that has always more
 * to do, through many calls, over a memif; beside the least that a forwarder can do over the
 * same memif, and beside what the cipher alone costs.  Phones and forwarder take turns on one
 * thread (bench/capacity.h), only the forwarder is timed; capacity_laps.h says how. */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/capacity_laps.h"
#include "bench/circle.h"
#include "bench/micro.h"
#include "bench/report.h"

enum {
	MEMORY_MB = 64,
	SIZES = 4, /* numbers of calls that can be asked for */
};

/* By issue: cycles more than macswap that RTP may take, and SRTP besides 1.25 times what the
 * bare library takes. */
static const double MORE = 200, BARE = 1.25;

struct conf {
	int calls[SIZES];
	unsigned sizes, laps;
	uint8_t suite[2]; /* of the phones on first and second legs */
	int cpu;
	const char *json; /* NULL: none */
};

static const char *const names[CONTESTANTS] = {
	[CAPACITY_MACSWAP] = "macswap",
	[CAPACITY_RTP] = "RTP",
	[CAPACITY_SRTP] = "SRTP",
	[CONTESTANT_BARE] = "bare libipsec-mb",
};

/* ---- Showing ---- */

/* Of the VALUES of quiet laps, of which there are some. */
static double
quiet_median(const struct laps *f, const double *value)
{
	double quiet[LAPS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < f->laps; i++)
		if (f->quiet[i])
			quiet[n++] = value[i];
	return spread_of(quiet, n).median;
}

/* A row of the table, and a figure of the report, with what it is in quiet laps as another. */
static void
show(struct report *r, const struct laps *f, const char *name, const double *value,
	FILE *table)
{
	double sorted[LAPS_MAX], median;
	unsigned n = f->laps;
	char full[48];

	snprintf(full, sizeof full, "%u %s", f->calls, name);
	for (unsigned i = 0; i < n; i++)
		report_add(r, full, "cycles", 1, value[i]);
	memcpy(sorted, value, n * sizeof *sorted);
	median = spread_of(sorted, n).median;
	fprintf(table, "%6u %-18s %8.0f %8.0f %8.0f %8.0f %8.0f", f->calls, name, sorted[0],
		sorted[n / 10], median, sorted[n - 1 - n / 10], sorted[n - 1]);
	if (f->quiet_laps > 0) {
		fprintf(table, " %8.0f", quiet_median(f, value));
		snprintf(full, sizeof full, "%u quiet %s", f->calls, name);
		report_add(r, full, "cycles", 1, quiet_median(f, value));
	}
	fprintf(table, "\n");
}

/* What WAY takes more than macswap, and what it may take more; lap by lap. */
static void
show_more(struct report *r, const struct laps *f, enum capacity_way way, FILE *table)
{
	double more[LAPS_MAX], bound[LAPS_MAX], over[LAPS_MAX];
	char name[40];

	for (unsigned i = 0; i < f->laps; i++) {
		more[i] = f->cycles[way][i] - f->cycles[CAPACITY_MACSWAP][i];
		bound[i] = MORE +
			   (way == CAPACITY_SRTP ? BARE * f->cycles[CONTESTANT_BARE][i] : 0);
		over[i] = more[i] - bound[i];
	}
	snprintf(name, sizeof name, "%s - macswap", names[way]);
	show(r, f, name, more, table);
	if (way == CAPACITY_SRTP)
		show(r, f, "may be", bound, table);
	snprintf(name, sizeof name, "%s over", names[way]);
	show(r, f, name, over, table);
}

static void
show_stages(struct report *r, const struct laps *f, enum capacity_way way, FILE *table)
{
	fprintf(table, "%6u %-18s", f->calls, names[way]);
	for (unsigned i = 0; i < SW_STAGES && f->quiet_laps > 0; i++) {
		const char *stage = sw_stage_name((enum sw_stage)i);
		double median = quiet_median(f, f->stage[way][i]);
		char name[48];

		if (median == 0)
			continue;
		fprintf(table, " %s %.0f", stage, median);
		snprintf(name, sizeof name, "%u quiet %s %s", f->calls, names[way], stage);
		report_add(r, name, "cycles", 1, median);
	}
	fprintf(table, "\n");
}

static void
show_count(struct report *r, const struct laps *f, const char *what, uint64_t n)
{
	char name[48];

	snprintf(name, sizeof name, "%u %s", f->calls, what);
	report_add(r, name, "", 0, (double)n);
}

/* False: packets were lost or are not what they should be; the figures say nothing then. */
static bool
show_packets(struct report *r, const struct laps *f)
{
	uint64_t lost = f->tally.sent - f->tally.returned;

	show_count(r, f, "sent", f->tally.sent);
	show_count(r, f, "refused", f->tally.refused);
	show_count(r, f, "lost", lost);
	show_count(r, f, "dropped", f->dropped);
	show_count(r, f, "verified", f->tally.verified);
	show_count(r, f, "corrupt", f->tally.corrupt);
	show_count(r, f, "buffers lost", f->lost_buffers);
	show_count(r, f, "quiet laps", f->quiet_laps);
	show_count(r, f, "rounds", f->tried);
	show_count(r, f, "rounds disturbed", f->disturbed);
	if (f->tally.refused + lost + f->dropped + f->tally.corrupt + f->lost_buffers == 0)
		return true;
	fprintf(stderr,
		"strowger-bench: %u calls: of %lu packets %lu lost, %lu of them dropped by the "
		"switch, %lu corrupt or misled; %lu not sent; %u buffers lost\n",
		f->calls, (unsigned long)f->tally.sent, (unsigned long)lost,
		(unsigned long)f->dropped, (unsigned long)f->tally.corrupt,
		(unsigned long)f->tally.refused, f->lost_buffers);
	return false;
}

static bool
show_all(struct report *r, const struct laps *f, FILE *table)
{
	for (unsigned i = 0; i < CONTESTANTS; i++)
		show(r, f, names[i], f->cycles[i], table);
	show_more(r, f, CAPACITY_RTP, table);
	show_more(r, f, CAPACITY_SRTP, table);
	show_stages(r, f, CAPACITY_RTP, table);
	show_stages(r, f, CAPACITY_SRTP, table);
	fprintf(table, "%6u %u laps were quiet; %lu of %lu rounds were disturbed\n", f->calls,
		f->quiet_laps, (unsigned long)f->disturbed, (unsigned long)f->tried);
	fflush(table);
	return show_packets(r, f);
}

/* ---- The command line ---- */

static void
help(void)
{
	printf("usage: strowger-bench micro capacity [OPTION...]\n"
	       "Cycles a packet of a forwarding core that has always more to do, over a memif\n"
	       "whose other end takes turns with it on the same CPU; beside macswap over the same\n"
	       "memif, and bare libipsec-mb with as many sessions.\n\n"
	       "  --calls LIST    numbers of calls, of 1..%u (1000,10000)\n"
	       "  --laps N        of each contestant, in turn, 1..%u (51)\n"
	       "  --suites A/B    of a call's two phones\n"
	       "                  (AES_CM_128_HMAC_SHA1_80/AEAD_AES_128_GCM)\n"
	       "  --cpu N         where to run (where it is started)\n"
	       "  --json FILE     the figures for programs; - is stdout\n",
		CAPACITY_CALLS_MAX, LAPS_MAX);
}

static bool
read_calls(struct conf *conf, const char *text)
{
	conf->sizes = micro_list(text, conf->calls, SIZES);
	for (unsigned i = 0; i < conf->sizes; i++)
		if (conf->calls[i] < 1 || conf->calls[i] > CAPACITY_CALLS_MAX)
			return false;
	return conf->sizes > 0;
}

static bool
read_option(void *of, int c)
{
	struct conf *conf = of;
	switch (c) {
	case 'n':
		return read_calls(conf, optarg);
	case 'l':
		conf->laps = (unsigned)atoi(optarg);
		return conf->laps >= 1 && conf->laps <= LAPS_MAX;
	case 's':
		return micro_phones(optarg, conf->suite);
	case 'c':
		conf->cpu = atoi(optarg);
		return conf->cpu >= 0 && conf->cpu < CPU_SETSIZE;
	case 'j':
		conf->json = optarg;
		return true;
	default:
		return false;
	}
}

/* 0; 1: help was printed; -EINVAL after a message. */
static int
read_options(struct conf *conf, int argc, char **argv)
{
	static const struct option options[] = {{"calls", required_argument, NULL, 'n'},
		{"laps", required_argument, NULL, 'l'},
		{"suites", required_argument, NULL, 's'},
		{"cpu", required_argument, NULL, 'c'}, {"json", required_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'}, {0}};

	return micro_options(argc, argv, options, read_option, conf, help);
}

static int
stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof set, &set) == 0)
		return 0;
	fprintf(stderr, "strowger-bench: cannot run on CPU %d: %s\n", cpu, strerror(errno));
	return -errno;
}

static void
show_head(struct report *r, const struct conf *conf, FILE *table)
{
	const char *first = sw_suite_info(conf->suite[0])->name,
		   *second = sw_suite_info(conf->suite[1])->name;

	report_fact(r, "suites", "%s/%s", first, second);
	report_fact(r, "cpu", "%d", conf->cpu);
	fprintf(table,
		"cycles a packet, %u bytes of payload, SRTP: %s to %s, %u laps on CPU %d\n"
		" calls %-18s %8s %8s %8s %8s %8s %8s\n",
		CIRCLE_PAYLOAD, first, second, conf->laps, conf->cpu, "", "least", "1/10",
		"median", "9/10", "most", "quiet");
}

/* 0; -errno after a message; 1: figures that say nothing. */
static int
run(const struct conf *conf, struct report *r)
{
	static struct laps f;
	FILE *table = conf->json != NULL && strcmp(conf->json, "-") == 0 ? stderr : stdout;
	bool good = true;

	show_head(r, conf, table);
	for (unsigned i = 0; i < conf->sizes; i++) {
		int err = laps_take(&f, conf->laps, (unsigned)conf->calls[i], conf->suite);

		if (err != 0)
			return err;
		good &= show_all(r, &f, table);
	}
	if (conf->json != NULL && report_save(r, conf->json) != 0)
		return -EIO;
	return good ? 0 : 1;
}

int
micro_capacity(int argc, char **argv)
{
	struct conf conf = {.calls = {1000, 10000},
		.sizes = 2,
		.laps = 51,
		.suite = {SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM},
		.cpu = sched_getcpu()};
	int err = read_options(&conf, argc, argv);
	struct report *r;

	if (err != 0)
		return err < 0 ? 2 : 0;
	if ((err = inproc_begin(MEMORY_MB, "burst")) != 0) {
		fprintf(stderr, "strowger-bench: no switch: %s\n", strerror(-err));
		return 1;
	}
	if (stay_on(conf.cpu) != 0 || (r = report_open("micro capacity")) == NULL)
		return 1;
	err = run(&conf, r);
	report_close(r);
	return err == 0 ? 0 : 1;
}
