/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench micro seal`: what sealing and unsealing a packet costs with few and with
 * many sessions, in both engines and in the libraries below them.  The contestants take turns,
 * repeat by repeat, so that what else the machine does meets them all alike.  One thread. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/clock.h"
#include "bench/micro.h"
#include "bench/micro_seal.h"
#include "bench/report.h"
#include "dataplane/seal.h"
#include "dataplane/switch.h"

enum {
	LIST = 16, /* most entries of an option's list */
	REPEATS_MAX = 100,
	PAYLOAD_MAX = 1400,
};

static const char usage[] =
	"usage: strowger-bench micro seal [options]\n"
	"Nanoseconds a packet of SRTP sealing and unsealing, in bursts of 32.\n"
	"  --suites NAME,...   as in a=crypto (all)\n"
	"  --sessions N,...    how many keys take turns at random (1,1000,100000)\n"
	"  --payload BYTES     of RTP payload (160)\n"
	"  --repeats N         (5)\n"
	"  --json FILE         the figures for programs; - is stdout\n"
	"libsrtp2 takes part with 100 sessions or fewer.\n";

static const char *const op_names[MICRO_OPS] = {"seal", "unseal", "both"};

static uint64_t random_state = 0x9e3779b97f4a7c15;

uint64_t
micro_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1d;
}

/* The bare library stands right of its engine. */
static const struct contestant *const contestants[] = {
#if HAVE_BURST
	&micro_engine_burst,
	&micro_bare_ipsec_mb,
#endif
	&micro_engine_libsrtp2,
	&micro_bare_libsrtp2,
};
enum { CONTESTANTS = sizeof contestants / sizeof contestants[0] };

/* ---- Measuring ---- */

struct conf {
	unsigned suite[LIST], suites;
	unsigned sessions[LIST], counts;
	unsigned payload, repeats;
	const char *json;
};

/* The numbers that each session's two directions have reached. */
static uint64_t *from_next, *to_next;

static void
lap_make(struct lap *lap, unsigned sessions, enum micro_op op)
{
	for (unsigned i = 0; i < LAP; i++) {
		uint64_t random = micro_random();

		lap->from[i] = (uint32_t)((random >> 32) % sessions);
		lap->to[i] = (uint32_t)((random & UINT32_MAX) % sessions);
		if (op != MICRO_SEAL)
			lap->from_index[i] = from_next[lap->from[i]]++;
		if (op != MICRO_UNSEAL)
			lap->to_index[i] = to_next[lap->to[i]]++;
		memset(lap->pkt[i], (int)i, lap->len);
		lap->pkt[i][0] = 0x80;
		lap->pkt[i][1] = 0;
		memcpy(lap->pkt[i] + 8, "SSRC", 4);
		micro_number(
			lap->pkt[i], op == MICRO_SEAL ? lap->to_index[i] : lap->from_index[i]);
	}
}

/* What this thread has run, so that other processes that want the core do not count. */
static uint64_t
thread_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Nanoseconds a packet of OP; negative: packets failed. */
static double
measure(const struct contestant *c, struct lap *lap, unsigned sessions, enum micro_op op)
{
	uint64_t spent = 0;

	for (unsigned done = 0; done < c->packets; done += LAP) {
		uint64_t before;

		lap_make(lap, sessions, op);
		c->prepare(lap, op);
		before = thread_ns();
		c->run(lap, op);
		spent += thread_ns() - before;
		if (!c->passed())
			return -1;
	}
	return (double)spent / c->packets;
}

/* One repeat of every contestant with one suite and number of sessions. */
static bool
repeat(struct lap *lap, unsigned suite, unsigned sessions,
	double ns[MICRO_OPS][CONTESTANTS][REPEATS_MAX], unsigned at)
{
	for (unsigned k = 0; k < CONTESTANTS; k++) {
		const struct contestant *c = contestants[k];

		if (sessions > c->sessions_max)
			continue;
		for (unsigned s = 0; s < sessions; s++)
			from_next[s] = to_next[s] = 1;
		if (!c->open(suite, sessions))
			return false;
		for (unsigned op = 0; op < MICRO_OPS; op++)
			ns[op][k][at] = measure(c, lap, sessions, op);
		c->close();
		for (unsigned op = 0; op < MICRO_OPS; op++) {
			if (ns[op][k][at] >= 0)
				continue;
			fprintf(stderr, "strowger-bench: %s: %s of %s failed\n", c->name,
				op_names[op], sw_suite_info(suite)->name);
			return false;
		}
	}
	return true;
}

/* ---- Showing ---- */

/* Where people look: stdout, unless the JSON goes there. */
static FILE *table;

static void
show_head(const struct conf *conf)
{
	fprintf(table,
		"ns a packet, %u bytes of payload, bursts of %u: median (least-greatest) of "
		"%u\n\n"
		"%-24s %8s %-6s",
		conf->payload, SEAL_BURST, conf->repeats, "suite", "sessions", "");
	for (unsigned k = 0; k < CONTESTANTS; k++)
		fprintf(table, " %21s", contestants[k]->name);
	fprintf(table, "  engine/bare\n");
}

/* Leaves VALUE as it stands. */
static struct spread
spread_between(const double *value, unsigned n)
{
	double sorted[REPEATS_MAX];

	memcpy(sorted, value, n * sizeof *value);
	return spread_of(sorted, n);
}

/* One line of the table, and its figures into the array ROWS. */
static void
show(json_t *rows, const struct conf *conf, unsigned suite, unsigned sessions,
	enum micro_op op, double ns[CONTESTANTS][REPEATS_MAX])
{
	const char *suite_name = sw_suite_info(suite)->name;

	fprintf(table, "%-24s %8u %-6s", suite_name, sessions, op_names[op]);
	for (unsigned k = 0; k < CONTESTANTS; k++) {
		json_t *values = json_array();
		struct spread s;
		char cell[64];

		if (sessions > contestants[k]->sessions_max) {
			fprintf(table, " %21s", "-");
			json_decref(values);
			continue;
		}
		for (unsigned i = 0; i < conf->repeats; i++)
			json_array_append_new(values, json_real(ns[k][i]));
		s = spread_between(ns[k], conf->repeats);
		json_array_append_new(rows,
			json_pack("{s:s, s:i, s:s, s:s, s:o, s:f, s:f, s:f}", "suite",
				suite_name, "sessions", (int)sessions, "op", op_names[op],
				"contestant", contestants[k]->name, "values", values, "min",
				s.min, "median", s.median, "max", s.max));
		snprintf(cell, sizeof cell, "%.1f (%.1f-%.1f)", s.median, s.min, s.max);
		fprintf(table, " %21s", cell);
	}
	fprintf(table, " ");
	for (unsigned k = 0; k + 1 < CONTESTANTS; k += 2) {
		double ratio[REPEATS_MAX];

		if (sessions > contestants[k]->sessions_max)
			continue;
		for (unsigned i = 0; i < conf->repeats; i++)
			ratio[i] = ns[k][i] / ns[k + 1][i];
		fprintf(table, " %.2f", spread_between(ratio, conf->repeats).median);
	}
	fprintf(table, "\n");
	fflush(table);
}

/* So that nanoseconds can be compared with a core's cycles. */
static json_int_t
tsc_hz(void)
{
	enum { SPAN_NS = 20000000 };
	uint64_t began = clock_ns(), tsc = rte_rdtsc(), now;

	while ((now = clock_ns()) - began < SPAN_NS)
		;
	return (json_int_t)((double)(rte_rdtsc() - tsc) * 1e9 / (double)(now - began));
}

/* The figures as JSON where --json says. */
static bool
save(const struct conf *conf, json_t *rows)
{
	json_t *all = json_pack("{s:s, s:s, s:i, s:i, s:I, s:O}", "title", "micro seal",
		"unit", "ns per packet", "payload", (int)conf->payload, "burst", SEAL_BURST,
		"tsc_hz", tsc_hz(), "rows", rows);
	int error = strcmp(conf->json, "-") == 0
			    ? json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6))
			    : json_dump_file(all, conf->json,
				      JSON_INDENT(1) | JSON_REAL_PRECISION(6));

	json_decref(all);
	if (error != 0)
		fprintf(stderr, "strowger-bench: %s: %s\n", conf->json, strerror(errno));
	return error == 0;
}

static bool
run_all(const struct conf *conf, json_t *rows, struct lap *lap)
{
	static double ns[MICRO_OPS][CONTESTANTS][REPEATS_MAX];

	show_head(conf);
	for (unsigned i = 0; i < conf->suites * conf->counts; i++) {
		unsigned suite = conf->suite[i / conf->counts];
		unsigned sessions = conf->sessions[i % conf->counts];

		for (unsigned at = 0; at < conf->repeats; at++)
			if (!repeat(lap, suite, sessions, ns, at))
				return false;
		for (unsigned op = 0; op < MICRO_OPS; op++)
			show(rows, conf, suite, sessions, op, ns[op]);
	}
	return true;
}

/* ---- Options ---- */

/* TEXT as a number from 1 to MAX; 0: it is none. */
static unsigned
take_number(const char *text, unsigned max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return end == text || *end != '\0' || n > max ? 0 : (unsigned)n;
}

/* Words of TEXT, which is cut up, through TAKE into OUT; how many, 0: one is wrong. */
static unsigned
take_list(char *text, unsigned *list, unsigned (*take)(const char *))
{
	unsigned n = 0;

	for (char *rest, *word = strtok_r(text, ",", &rest); word != NULL;
		word = strtok_r(NULL, ",", &rest)) {
		if (n == LIST || (list[n++] = take(word)) == 0)
			return 0;
	}
	return n;
}

static unsigned
take_suite(const char *word)
{
	int suite = sw_suite_find(word);

	return suite < 1 ? 0 : (unsigned)suite;
}

static unsigned
take_sessions(const char *word)
{
	return take_number(word, MICRO_SESSIONS_MAX);
}

/* 0; 1: help was asked for; -EINVAL. */
static int
take_options(struct conf *conf, int argc, char **argv)
{
	static const struct option options[] = {
		{"suites", required_argument, NULL, 's'},
		{"sessions", required_argument, NULL, 'n'},
		{"payload", required_argument, NULL, 'p'},
		{"repeats", required_argument, NULL, 'r'},
		{"json", required_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool ok = true;
	int option;

	*conf = (struct conf){
		.sessions = {1, 1000, 100000}, .counts = 3, .payload = 160, .repeats = 5};
	for (unsigned suite = 1; suite < SW_SUITES; suite++)
		conf->suite[conf->suites++] = suite;
	optind = 0;
	while (ok && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 's':
			ok = (conf->suites = take_list(optarg, conf->suite, take_suite)) != 0;
			break;
		case 'n':
			ok = (conf->counts = take_list(
				      optarg, conf->sessions, take_sessions)) != 0;
			break;
		case 'p':
			ok = (conf->payload = take_number(optarg, PAYLOAD_MAX)) != 0;
			break;
		case 'r':
			ok = (conf->repeats = take_number(optarg, REPEATS_MAX)) != 0;
			break;
		case 'j':
			conf->json = optarg;
			break;
		case 'h':
			return 1;
		default:
			ok = false;
		}
	}
	return ok && optind == argc ? 0 : -EINVAL;
}

int
micro_seal(int argc, char **argv)
{
	struct conf conf;
	json_t *rows = json_array();
	struct lap *lap;
	uint8_t *bytes;
	unsigned slot, most = 0;
	bool ok = false;

	switch (take_options(&conf, argc, argv)) {
	case 0:
		break;
	case 1:
		fputs(usage, stdout);
		return 0;
	default:
		fputs(usage, stderr);
		return 2;
	}
	table = conf.json != NULL && strcmp(conf.json, "-") == 0 ? stderr : stdout;
	for (unsigned i = 0; i < conf.counts; i++)
		most = conf.sessions[i] > most ? conf.sessions[i] : most;
	slot = (12 + conf.payload + TRAILER_ROOM + 63) / 64 * 64;

	lap = calloc(1, sizeof *lap);
	bytes = aligned_alloc(64, (size_t)LAP * slot);
	from_next = calloc(most, sizeof *from_next);
	to_next = calloc(most, sizeof *to_next);
	if (rows != NULL && lap != NULL && bytes != NULL && from_next != NULL &&
		to_next != NULL) {
		lap->len = (uint16_t)(12 + conf.payload);
		for (unsigned i = 0; i < LAP; i++)
			lap->pkt[i] = bytes + (size_t)i * slot;
		ok = run_all(&conf, rows, lap) && (conf.json == NULL || save(&conf, rows));
	} else {
		fprintf(stderr, "strowger-bench: out of memory\n");
	}
	free(to_next);
	free(from_next);
	free(bytes);
	free(lap);
	json_decref(rows);
	return ok ? 0 : 1;
}
