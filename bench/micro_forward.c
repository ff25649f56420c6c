/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench micro forward`: what the stages cost and how cores add up, with no network
 * and no generator: packets run in circles (bench/circle.h), as fast as the cores are.
 *
 * Variants: all flows on one core each ("own"), or every flow from one core to the next
 * ("crossing").  Runs of all variants are interleaved and the best of each counts, for what
 * disturbs a run makes it only slower.  Main prints, the cores run on lcores. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/circle.h"
#include "bench/micro.h"

enum {
	CALLS = 500, /* a packet of each is under way: no ring between cores overflows */
	MEMORY_MB = 192,
	WARM_MS = 100,
	CORE_COUNTS = 4,
	VARIANTS = 2 * CORE_COUNTS,
	RUNS_MAX = 99,
};

/* What all runs have in common. */
struct conf {
	unsigned cores[CORE_COUNTS], counts; /* of forwarding cores, in the order said */
	int cpu[INPROC_CORES];
	unsigned calls, runs;
	double seconds;
	int seal;          /* suite of what leaves, when the phones speak plain RTP */
	uint8_t phones[2]; /* suites of the phones on first and second legs */
};

/* One run's figures. */
struct figures {
	double packets_s;
	uint64_t packets;
	uint64_t drops[DROPS];    /* since the packets were put in */
	double cycles[SW_STAGES]; /* a packet */
	double busy;              /* a packet */
};

struct variant {
	unsigned cores;
	bool crossing;
	double packets_s[RUNS_MAX];
	uint64_t drops[DROPS]; /* of all runs; there should be none */
	struct figures best;
};

/* ---- Runs ---- */

/* What the cores have counted, added to F with SIGN. */
static void
count(const struct inproc *p, struct figures *f, int sign)
{
	for (unsigned c = 0; c < p->cores; c++) {
		const struct sw_core *core = &p->state.core[c];

		f->packets += (uint64_t)sign * core->rx_packets;
		f->busy += sign * (double)core->busy_cycles;
		for (unsigned i = 0; i < SW_STAGES; i++)
			f->cycles[i] += sign * (double)core->cycles[i];
		for (unsigned i = 0; i < DROPS && sign > 0; i++)
			f->drops[i] += core->drops[i];
	}
}

static void
sleep_for(double seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds};

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	nanosleep(&t, NULL);
}

static int
measure(struct inproc *p, const struct conf *conf, struct figures *f)
{
	uint64_t began;
	int err = inproc_start(p, conf->cpu);

	if (err != 0)
		return err;
	*f = (struct figures){0};
	sleep_for(WARM_MS / 1000.0);
	began = rte_rdtsc();
	count(p, f, -1);
	sleep_for(conf->seconds);
	count(p, f, 1);
	f->packets_s =
		(double)f->packets * (double)rte_get_tsc_hz() / (double)(rte_rdtsc() - began);
	inproc_stop(p);
	f->busy /= (double)f->packets;
	for (unsigned i = 0; i < SW_STAGES; i++)
		f->cycles[i] /= (double)f->packets;
	return 0;
}

static int
run(const struct conf *conf, const struct variant *v, struct figures *f)
{
	static struct circle c;
	int err = circle_open(&c, v->cores, conf->calls, v->crossing, true);

	if (err != 0)
		return err;
	if (conf->phones[0] != SW_SUITE_PLAIN)
		err = circle_secure(&c, conf->phones);
	if (err == 0 && (err = circle_fill(&c, conf->calls, (uint8_t)conf->seal)) == 0)
		err = measure(&c.in, conf, f);
	circle_close(&c);
	return err;
}

/* ---- Printing ---- */

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
print_variant(const struct conf *conf, struct variant *v)
{
	const struct figures *f = &v->best;

	qsort(v->packets_s, conf->runs, sizeof v->packets_s[0], by_size);
	printf("%u %-9s %9.0f %9.0f %9.0f %7.0f  ", v->cores, v->crossing ? "crossing" : "own",
		f->packets_s, v->packets_s[conf->runs / 2], v->packets_s[0], f->busy);
	for (unsigned i = 0; i < SW_STAGES; i++)
		printf(" %*.0f", (int)strlen(sw_stage_name((enum sw_stage)i)), f->cycles[i]);
	for (unsigned i = 0; i < DROPS; i++)
		if (v->drops[i] > 0)
			printf("  %s %lu", drop_info((enum drop)i)->name,
				(unsigned long)v->drops[i]);
	printf("\n");
}

static void
print(const struct conf *conf, struct variant *v, unsigned variants)
{
	printf("%u calls, %u bytes of payload, phones with %s and %s, sealed with %s, %u runs of "
	       "%.1f s each\n"
	       "cores     packets/s: best    median     worst  cycles of which",
		conf->calls, CIRCLE_PAYLOAD, sw_suite_info(conf->phones[0])->name,
		sw_suite_info(conf->phones[1])->name,
		sw_suite_info((unsigned)conf->seal)->name, conf->runs, conf->seconds);
	for (unsigned i = 0; i < SW_STAGES; i++)
		printf(" %s", sw_stage_name((enum sw_stage)i));
	printf("\n");
	for (unsigned i = 0; i < variants; i++)
		print_variant(conf, &v[i]);
	for (unsigned i = 1; i < variants; i++)
		printf("%u %s / %u %s: %.2f\n", v[i].cores, v[i].crossing ? "crossing" : "own",
			v[0].cores, v[0].crossing ? "crossing" : "own",
			v[i].best.packets_s / v[0].best.packets_s);
}

/* ---- The command line ---- */

static void
help(void)
{
	printf("usage: strowger-bench micro forward [OPTION...]\n"
	       "Packets run in circles through a switch in this process; prints packets a second\n"
	       "and cycles a packet by stage, for each number of cores, without and with flows\n"
	       "that cross from core to core.\n\n"
	       "  --cores LIST    numbers of forwarding cores, of 1..%u (1,2)\n"
	       "  --cpus LIST     where the cores run (0,1,2,3)\n"
	       "  --calls N       1..%u (%u)\n"
	       "  --seal SUITE    seal what leaves; what arrives stays plain RTP (none)\n"
	       "  --phones A/B    the two phones of a call speak SRTP with these suites; their own\n"
	       "                  sealing counts as rx\n"
	       "  --seconds S     of each run (1)\n"
	       "  --runs N        of each variant, 1..%u (5)\n",
		INPROC_CORES, CIRCLE_CALLS_MAX, CALLS, RUNS_MAX);
}

static bool
read_option(void *of, int c)
{
	struct conf *conf = of;
	int list[CORE_COUNTS];

	switch (c) {
	case 'c':
		conf->counts = micro_list(optarg, list, CORE_COUNTS);
		for (unsigned i = 0; i < conf->counts; i++)
			conf->cores[i] = (unsigned)list[i];
		return conf->counts > 0;
	case 'p':
		return micro_list(optarg, conf->cpu, RTE_DIM(conf->cpu)) > 0;
	case 'n':
		conf->calls = (unsigned)atoi(optarg);
		return conf->calls >= 1 && conf->calls <= CIRCLE_CALLS_MAX;
	case 's':
		conf->seal = sw_suite_find(optarg);
		return conf->seal >= 0;
	case 'e':
		return micro_phones(optarg, conf->phones);
	case 't':
		conf->seconds = atof(optarg);
		return conf->seconds > 0;
	case 'r':
		conf->runs = (unsigned)atoi(optarg);
		return conf->runs >= 1 && conf->runs <= RUNS_MAX;
	default:
		return false;
	}
}

/* 0; 1: help was printed; -EINVAL after a message. */
static int
read_options(struct conf *conf, int argc, char **argv)
{
	static const struct option options[] = {{"cores", required_argument, NULL, 'c'},
		{"cpus", required_argument, NULL, 'p'},
		{"calls", required_argument, NULL, 'n'},
		{"seal", required_argument, NULL, 's'},
		{"phones", required_argument, NULL, 'e'},
		{"seconds", required_argument, NULL, 't'},
		{"runs", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'}, {0}};
	int err = micro_options(argc, argv, options, read_option, conf, help);

	if (err != 0)
		return err;
	for (unsigned i = 0; i < conf->counts; i++)
		if (conf->cores[i] < 1 || conf->cores[i] > INPROC_CORES) {
			fprintf(stderr, "strowger-bench: --cores takes 1 to %u\n",
				INPROC_CORES);
			return -EINVAL;
		}
	return 0;
}

static unsigned
list_variants(const struct conf *conf, struct variant *v)
{
	unsigned n = 0;

	for (unsigned i = 0; i < conf->counts; i++) {
		v[n++] = (struct variant){.cores = conf->cores[i]};
		if (conf->cores[i] > 1)
			v[n++] = (struct variant){.cores = conf->cores[i], .crossing = true};
	}
	return n;
}

static void
add_run(struct variant *v, unsigned r, const struct figures *f)
{
	v->packets_s[r] = f->packets_s;
	if (f->packets_s > v->best.packets_s)
		v->best = *f;
	for (unsigned i = 0; i < DROPS; i++)
		v->drops[i] += f->drops[i];
}

int
micro_forward(int argc, char **argv)
{
	static struct variant variant[VARIANTS];
	struct conf conf = {.cores = {1, 2},
		.counts = 2,
		.cpu = {0, 1, 2, 3},
		.calls = CALLS,
		.runs = 5,
		.seconds = 1};
	unsigned variants;
	int err = read_options(&conf, argc, argv);

	if (err != 0)
		return err < 0 ? 2 : 0;
	variants = list_variants(&conf, variant);
	err = inproc_begin(MEMORY_MB, "burst");
	for (unsigned r = 0; r < conf.runs && err == 0; r++)
		for (unsigned i = 0; i < variants && err == 0; i++) {
			struct figures f;

			err = run(&conf, &variant[i], &f);
			if (err == 0)
				add_run(&variant[i], r, &f);
		}
	if (err != 0) {
		fprintf(stderr, "strowger-bench: no switch: %s\n", strerror(-err));
		return 1;
	}
	print(&conf, variant, variants);
	return 0;
}
