/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench micro turn`: what one turn of a forwarding core takes, with one packet and
 * with a full burst.  Packets run in circles (bench/circle.h), the core takes its turns on
 * this thread, and every turn is timed: what interrupts the process falls on few of them and
 * does not reach the median.  What the phones do, turning packets round and sealing them, is
 * taken out. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/circle.h"
#include "bench/micro.h"

enum {
	MEMORY_MB = 192,
	SIZES = 8,     /* numbers of calls that can be asked for */
	TURNS = 20000, /* timed */
	WARM = 1000,   /* before, untimed; with many calls each has its packets then */
	TURNS_MAX = 10000000,
	FEW_TURNS = 100, /* that say something of a median */
};

struct conf {
	int calls[SIZES];
	unsigned sizes;
	unsigned turns;
	uint8_t seal;      /* suite of what leaves, when the phones speak plain RTP */
	uint8_t phones[2]; /* suites of the phones on first and second legs */
};

/* What the turns with one number of calls came to, in cycles. */
struct figures {
	double packets; /* a turn */
	uint64_t tenth, median, nine_tenths;
	uint64_t drops;
};

static int
by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* One turn, without what it has been the phones' time. */
static uint64_t
time_turn(struct circle *c)
{
	struct lcore *lc = &c->in.lcore[0];
	uint64_t turned = c->turned, began = rte_rdtsc();

	lc->now = began;
	forward_turn(lc, began);
	return rte_rdtsc() - began - (c->turned - turned);
}

static void
take_turns(struct circle *c, unsigned turns, uint64_t *took, struct figures *f)
{
	const struct sw_core *core = &c->in.state.core[0];
	uint64_t before;

	for (unsigned i = 0; i < WARM; i++)
		time_turn(c);
	before = core->rx_packets;
	for (unsigned i = 0; i < turns; i++)
		took[i] = time_turn(c);
	f->packets = (double)(core->rx_packets - before) / turns;
	qsort(took, turns, sizeof *took, by_size);
	f->tenth = took[turns / 10];
	f->median = took[turns / 2];
	f->nine_tenths = took[turns - 1 - turns / 10];
	for (unsigned why = 0; why < DROPS; why++)
		f->drops += core->drops[why];
}

static int
run(const struct conf *conf, unsigned calls, uint64_t *took, struct figures *f)
{
	static struct circle c;
	int err = circle_open(&c, 1, calls, false, true);

	if (err != 0)
		return err;
	c.timed = true;
	*f = (struct figures){0};
	if (conf->phones[0] != SW_SUITE_PLAIN)
		err = circle_secure(&c, conf->phones);
	if (err == 0 && (err = circle_fill(&c, calls, conf->seal)) == 0)
		take_turns(&c, conf->turns, took, f);
	circle_close(&c);
	return err;
}

static void
print(unsigned calls, const struct figures *f)
{
	printf("%6u %8.1f %8lu %8lu %8lu %10.0f", calls, f->packets, (unsigned long)f->tenth,
		(unsigned long)f->median, (unsigned long)f->nine_tenths,
		(double)f->median / f->packets);
	if (f->drops > 0)
		printf("  %lu dropped", (unsigned long)f->drops);
	printf("\n");
}

static void
help(void)
{
	printf("usage: strowger-bench micro turn [OPTION...]\n"
	       "Packets run in circles through a forwarding core in this process; prints cycles\n"
	       "of one turn, without the phones' part: a tenth of the turns took less, half did,\n"
	       "and nine tenths; and the median a packet.\n\n"
	       "  --calls LIST    numbers of calls, each with one packet under way, of 1..%u\n"
	       "                  (1,4,16,32,1000)\n"
	       "  --seal SUITE    seal what leaves; what arrives stays plain RTP (none)\n"
	       "  --phones A/B    the two phones of a call speak SRTP with these suites\n"
	       "  --turns N       of each, %u..%u (%u)\n",
		CIRCLE_CALLS_MAX, FEW_TURNS, TURNS_MAX, TURNS);
}

static bool
read_option(void *of, int c)
{
	struct conf *conf = of;
	int n;

	switch (c) {
	case 'n':
		conf->sizes = micro_list(optarg, conf->calls, SIZES);
		for (unsigned i = 0; i < conf->sizes; i++)
			if (conf->calls[i] < 1 || conf->calls[i] > CIRCLE_CALLS_MAX)
				return false;
		return conf->sizes > 0;
	case 's':
		n = sw_suite_find(optarg);
		conf->seal = (uint8_t)n;
		return n >= 0;
	case 'e':
		return micro_phones(optarg, conf->phones);
	case 't':
		conf->turns = (unsigned)atoi(optarg);
		return conf->turns >= FEW_TURNS && conf->turns <= TURNS_MAX;
	default:
		return false;
	}
}

/* 0; 1: help was printed; -EINVAL after a message. */
static int
read_options(struct conf *conf, int argc, char **argv)
{
	static const struct option options[] = {{"calls", required_argument, NULL, 'n'},
		{"seal", required_argument, NULL, 's'},
		{"phones", required_argument, NULL, 'e'},
		{"turns", required_argument, NULL, 't'}, {"help", no_argument, NULL, 'h'},
		{0}};

	return micro_options(argc, argv, options, read_option, conf, help);
}

int
micro_turn(int argc, char **argv)
{
	struct conf conf = {.calls = {1, 4, 16, 32, 1000}, .sizes = 5, .turns = TURNS};
	uint64_t *took;
	int err = read_options(&conf, argc, argv);

	if (err != 0)
		return err < 0 ? 2 : 0;
	if ((took = calloc(conf.turns, sizeof *took)) == NULL)
		err = -ENOMEM;
	if (err == 0 && (err = inproc_begin(MEMORY_MB, "burst")) == 0)
		printf(" calls  packets    tenth   median      9/10   a packet\n");
	for (unsigned i = 0; i < conf.sizes && err == 0; i++) {
		struct figures f;

		err = run(&conf, (unsigned)conf.calls[i], took, &f);
		if (err == 0)
			print((unsigned)conf.calls[i], &f);
	}
	free(took);
	if (err == 0)
		return 0;
	fprintf(stderr, "strowger-bench: no switch: %s\n", strerror(-err));
	return 1;
}
