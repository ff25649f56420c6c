/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of `strowger-bench load`: one row an option, which the parser and --help
 * share. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/garbage.h"
#include "bench/load.h"
#include "bench/options.h"
#include "bench/port.h"
#include "bench/wire.h"

static bool
take_suite(const char *text, void *field, double min, double max)
{
	int suite = sw_suite_find(text);

	*(uint8_t *)field = (uint8_t)suite;
	return suite >= 0;
}

/* A/B or A alone for both. */
static bool
take_pair(char *text, struct load_pair *pair)
{
	char *slash = strchr(text, '/');

	if (slash != NULL)
		*slash++ = '\0';
	return take_suite(text, &pair->suite[0], 0, 0) &&
	       take_suite(slash != NULL ? slash : text, &pair->suite[1], 0, 0);
}

static bool
take_pairs(const char *text, void *field, double min, double max)
{
	struct load_conf *conf = field;
	char copy[LOAD_PAIRS * 64], *rest, *word;

	if (strlen(text) >= sizeof copy)
		return false;
	strcpy(copy, text);
	for (word = strtok_r(copy, ",", &rest); word != NULL;
		word = strtok_r(NULL, ",", &rest))
		if (conf->pairs == LOAD_PAIRS || !take_pair(word, &conf->pair[conf->pairs++]))
			return false;
	return conf->pairs > 0;
}

static bool
take_before(const char *text, void *field, double min, double max)
{
	struct load_conf *conf = field;
	int end = 0;

	return sscanf(text, "%lf:%lf%n", &conf->before.rate, &conf->before.seconds, &end) ==
		       2 &&
	       text[end] == '\0' && conf->before.rate >= 1 && conf->before.seconds > 0 &&
	       conf->before.seconds <= max;
}

/* KIND:RATE */
static bool
take_garbage(const char *text, void *field, double min, double max)
{
	struct load_conf *conf = field;
	char kind[16];
	int at = 0;

	if (sscanf(text, "%15[^:]:%n", kind, &at) != 1 || at == 0)
		return false;
	conf->garbage.kind = garbage_kind(kind);
	return conf->garbage.kind != NULL &&
	       options_real(text + at, &conf->garbage.rate, min, max);
}

static bool
take_pid(const char *text, void *field, double min, double max)
{
	struct load_conf *conf = field;
	unsigned pid;

	if (conf->pids == LOAD_PIDS || !options_count(text, &pid, min, max))
		return false;
	conf->pid[conf->pids++] = (pid_t)pid;
	return true;
}

#define AT(field) offsetof(struct load_conf, field)

static const struct option_row rows[] = {
	{"device-a", "KIND:ARG", options_word, AT(side[0].device), 0, 0,
		"where the phones A are"},
	{"device-b", "KIND:ARG", options_word, AT(side[1].device), 0, 0,
		"where the phones B are (default: with A)"},
	{"netns-a", "NAME", options_word, AT(side[0].netns), 0, 0,
		"network namespace of device A"},
	{"netns-b", "NAME", options_word, AT(side[1].netns), 0, 0,
		"network namespace of device B"},
	{"address-a", "IP", options_address, AT(side[0].addr), 0, 0,
		"of the phones A (default: the interface's first IPv4 address)"},
	{"address-b", "IP", options_address, AT(side[1].addr), 0, 0, "of the phones B"},
	{"mac-a", "MAC", options_mac, AT(side[0].mac), 0, 0,
		"of the phones A (default: the interface's)"},
	{"mac-b", "MAC", options_mac, AT(side[1].mac), 0, 0, "of the phones B"},
	{"to-mac-a", "MAC", options_mac, AT(side[0].to_mac), 0, 0,
		"where phones A send to (default: the kernel is asked)"},
	{"to-mac-b", "MAC", options_mac, AT(side[1].to_mac), 0, 0, "where phones B send to"},
	{"interface-a", "NAME", options_word, AT(side[0].interface), 0, 0,
		"the relay's, by its configured name, towards A (default: its first)"},
	{"interface-b", "NAME", options_word, AT(side[1].interface), 0, 0,
		"the same towards B"},
	{"suite-a", "SUITE", take_suite, AT(pair[0].suite[0]), 0, 0,
		"SRTP of the phones A, e.g. AES_CM_128_HMAC_SHA1_80 (default: none)"},
	{"suite-b", "SUITE", take_suite, AT(pair[0].suite[1]), 0, 0, "SRTP of the phones B"},
	{"suites", "A/B,A/B...", take_pairs, 0, 0, 0,
		"of both phones, one pair a call in turn (instead)"},
	{"roll-over", NULL, options_flag, AT(roll_over), 0, 0,
		"sequence numbers begin so that they roll over in the first run"},
	{"replay", "PART", options_real, AT(replay), 0, 0.5,
		"of the packets is sent once more after it has returned (0)"},
	{"churn", "N", options_real, AT(churn), 0.1, 1000,
		"calls a second that come and go beside the others (none)"},
	{"hold", "S", options_real, AT(hold), 0, 3600, "that such a call lives (1)"},
	{"port", "N", options_count, AT(port), 1, 65535,
		"first UDP port of the phones (10000)"},
	{"socket", "PATH", options_word, AT(socket), 0, 0,
		"the relay's admin socket (/run/strowger/default/admin.sock)"},
	{"in-flight", "N", options_count, AT(in_flight), 1, 4096,
		"requests under way while calls are set up (64)"},
	{"reflect", "IP", options_address, AT(reflect), 0, 0,
		"no relay, no calls: phones A send there and hear themselves"},
	{"reflect-port", "N", options_port, AT(reflect), 1, 65535,
		"UDP port for --reflect (9)"},
	{"calls", "N", options_count, AT(calls), 1, 50000, "(1)"},
	{"rate", "N", options_real, AT(rate), 1, 1e8,
		"packets/s of all calls together (default: 50 for each phone)"},
	{"seconds", "S", options_real, AT(seconds), 0.01, 3600, "of one run (5)"},
	{"warmup", "S", options_real, AT(warmup), 0, 60,
		"before the first run, not counted (0.5)"},
	{"before", "RATE:SECONDS", take_before, 0, 0, 3600,
		"sent before each run, and not counted (nothing)"},
	{"repeat", "N", options_count, AT(repeat), 1, 100,
		"runs; figures are then medians with their range (1)"},
	{"payload", "BYTES", options_count, AT(payload), 0, WIRE_PAYLOAD_MAX,
		"of RTP payload (160)"},
	{"verify", "N", options_count, AT(verify), 0, 1e9,
		"unseal and compare every N-th packet that returns; 0: none (16)"},
	{"late", "MS", options_real, AT(late_ms), 0, 1e4, "what counts as late (20)"},
	{"one-way", NULL, options_flag, AT(one_way), 0, 0,
		"phones A talk, phones B only hear"},
	{"garbage", "KIND:RATE", take_garbage, 0, 1, 1e8,
		"packets/s that nobody asked for, from A's address, while it is measured"},
	{"garbage-ports", "FIRST-LAST", options_ports, AT(garbage.port), 1, 65535,
		"of the relay, for the garbage that goes where no call is (20000-59999)"},
	{"busy", NULL, options_flag, AT(busy), 0, 0, "never sleep between packets"},
	{"find-limit", NULL, options_flag, AT(find_limit), 0, 0,
		"search for the highest rate without loss"},
	{"step", "S", options_real, AT(step), 0.1, 60, "of each step of the search (1)"},
	{"limit-max", "N", options_real, AT(limit_max), 1, 1e8,
		"packets/s: search no further (4000000)"},
	{"precision", "PART", options_real, AT(precision), 0.001, 0.5, "of the search (0.02)"},
	{"tries", "N", options_count, AT(tries), 1, 20,
		"a rate is lossy when so many steps in a row were (2)"},
	{"pid", "PID", take_pid, 0, 1, 4194304,
		"report this process's CPU time per packet; may be said again"},
	{"json", "FILE", options_word, AT(json), 0, 0,
		"write the figures there too; -: stdout, no table"},
};

enum { ROWS = sizeof rows / sizeof rows[0] };
static_assert((int)ROWS <= (int)OPTION_ROWS, "options_fill() has room for all");

static void
more_help(void)
{
	printf("\nDevices:\n");
	port_list_kinds();
	printf("\nGarbage:\n");
	garbage_list_kinds();
	printf("\nSuites:\n");
	for (unsigned i = 0; i < SW_SUITES; i++)
		printf("  %s\n", sw_suite_info(i)->name);
}

static const struct option_table table = {
	.command = "load",
	.about = "Be both phones of many calls through a relay, and say what became of the "
		 "packets.",
	.row = rows,
	.rows = ROWS,
	.more_help = more_help,
};

static const struct load_conf defaults = {
	.socket = "/run/strowger/default/admin.sock",
	.reflect.port = 9,
	.calls = 1,
	.in_flight = 64,
	.port = 10000,
	.seconds = 5,
	.warmup = 0.5,
	.payload = 160,
	.verify = 16,
	.repeat = 1,
	.late_ms = 20,
	.garbage.port = {20000, 59999},
	.hold = 1,
	.step = 1,
	.limit_max = 4e6,
	.precision = 0.02,
	.tries = 2,
};

/* What no single option can say. */
static int
check(struct load_conf *conf)
{
	unsigned sides = conf->reflect.family != 0 ? 1 : 2;
	unsigned talkers = conf->one_way ? 1 : sides;

	if (conf->side[0].device == NULL) {
		fprintf(stderr,
			"strowger-bench: say --device-a KIND:ARG (load --help lists them)\n");
		return -EINVAL;
	}
	if (conf->port + conf->calls * sides > 65536) {
		fprintf(stderr,
			"strowger-bench: %u calls need %u UDP ports, from --port %u on there "
			"are %u\n",
			conf->calls, conf->calls * sides, conf->port, 65536 - conf->port);
		return -EINVAL;
	}
	if (conf->pairs == 0)
		conf->pairs = 1;
	if (conf->churn > 0 && sides == 1) {
		fprintf(stderr, "strowger-bench: --reflect has no calls for --churn\n");
		return -EINVAL;
	}
	if (conf->garbage.kind != NULL && sides == 1) {
		fprintf(stderr, "strowger-bench: --reflect has no calls for --garbage\n");
		return -EINVAL;
	}
	if (conf->garbage.kind != NULL && conf->find_limit) {
		fprintf(stderr,
			"strowger-bench: --garbage goes beside single runs, not --find-limit\n");
		return -EINVAL;
	}
	if (conf->rate == 0)
		conf->rate = 50.0 * conf->calls * talkers;
	return 0;
}

int
load_options(struct load_conf *conf, int argc, char **argv)
{
	int error;

	*conf = defaults;
	error = options_fill(&table, conf, argc, argv);
	return error != 0 ? error : check(conf);
}
