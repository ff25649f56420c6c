/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of `strowger-bench load`: one row an option, which the parser and --help
 * share. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load.h"
#include "bench/port.h"
#include "bench/wire.h"

/* Each takes the text of an option into FIELD; false when it does not fit. */
typedef bool take_option(const char *text, void *field, double min, double max);

struct option_row {
	const char *name;
	const char *arg; /* as help calls it; NULL: takes none */
	take_option *take;
	size_t at; /* offset in struct load_conf */
	double min, max;
	const char *help;
};

static bool
take_real(const char *text, void *field, double min, double max)
{
	char *end;
	double v = strtod(text, &end);

	*(double *)field = v;
	return end != text && *end == '\0' && v >= min && v <= max;
}

static bool
take_count(const char *text, void *field, double min, double max)
{
	double v;

	if (!take_real(text, &v, min, max) || v != floor(v))
		return false;
	*(unsigned *)field = (unsigned)v;
	return true;
}

static bool
take_word(const char *text, void *field, double min, double max)
{
	*(const char **)field = text;
	return *text != '\0';
}

static bool
take_flag(const char *text, void *field, double min, double max)
{
	*(bool *)field = true;
	return true;
}

static bool
take_address(const char *text, void *field, double min, double max)
{
	struct sw_addr *a = field;

	a->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(a->family, text, a->ip) == 1;
}

static bool
take_port(const char *text, void *field, double min, double max)
{
	unsigned port;

	if (!take_count(text, &port, min, max))
		return false;
	((struct sw_addr *)field)->port = (uint16_t)port;
	return true;
}

static bool
take_mac(const char *text, void *field, double min, double max)
{
	uint8_t *m = field;
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", m, m + 1, m + 2, m + 3,
		       m + 4, m + 5, &end) == 6 &&
	       text[end] == '\0';
}

static bool
take_suite(const char *text, void *field, double min, double max)
{
	int suite = sw_suite_find(text);

	*(uint8_t *)field = (uint8_t)suite;
	return suite >= 0;
}

static bool
take_pid(const char *text, void *field, double min, double max)
{
	struct load_conf *conf = field;
	unsigned pid;

	if (conf->pids == LOAD_PIDS || !take_count(text, &pid, min, max))
		return false;
	conf->pid[conf->pids++] = (pid_t)pid;
	return true;
}

#define AT(field) offsetof(struct load_conf, field)

static const struct option_row rows[] = {
	{"device-a", "KIND:ARG", take_word, AT(side[0].device), 0, 0,
		"where the phones A are"},
	{"device-b", "KIND:ARG", take_word, AT(side[1].device), 0, 0,
		"where the phones B are (default: with A)"},
	{"netns-a", "NAME", take_word, AT(side[0].netns), 0, 0,
		"network namespace of device A"},
	{"netns-b", "NAME", take_word, AT(side[1].netns), 0, 0,
		"network namespace of device B"},
	{"address-a", "IP", take_address, AT(side[0].addr), 0, 0,
		"of the phones A (default: the interface's first IPv4 address)"},
	{"address-b", "IP", take_address, AT(side[1].addr), 0, 0, "of the phones B"},
	{"mac-a", "MAC", take_mac, AT(side[0].mac), 0, 0,
		"of the phones A (default: the interface's)"},
	{"mac-b", "MAC", take_mac, AT(side[1].mac), 0, 0, "of the phones B"},
	{"to-mac-a", "MAC", take_mac, AT(side[0].to_mac), 0, 0,
		"where phones A send to (default: the kernel is asked)"},
	{"to-mac-b", "MAC", take_mac, AT(side[1].to_mac), 0, 0, "where phones B send to"},
	{"interface-a", "NAME", take_word, AT(side[0].interface), 0, 0,
		"the relay's, by its configured name, towards A (default: its first)"},
	{"interface-b", "NAME", take_word, AT(side[1].interface), 0, 0, "the same towards B"},
	{"suite-a", "SUITE", take_suite, AT(side[0].suite), 0, 0,
		"SRTP of the phones A, e.g. AES_CM_128_HMAC_SHA1_80 (default: none)"},
	{"suite-b", "SUITE", take_suite, AT(side[1].suite), 0, 0, "SRTP of the phones B"},
	{"port", "N", take_count, AT(port), 1, 65535, "first UDP port of the phones (10000)"},
	{"socket", "PATH", take_word, AT(socket), 0, 0,
		"the relay's admin socket (/run/strowger/default/admin.sock)"},
	{"in-flight", "N", take_count, AT(in_flight), 1, 4096,
		"requests under way while calls are set up (64)"},
	{"reflect", "IP", take_address, AT(reflect), 0, 0,
		"no relay, no calls: phones A send there and hear themselves"},
	{"reflect-port", "N", take_port, AT(reflect), 1, 65535, "UDP port for --reflect (9)"},
	{"calls", "N", take_count, AT(calls), 1, 50000, "(1)"},
	{"rate", "N", take_real, AT(rate), 1, 1e8,
		"packets/s of all calls together (default: 50 for each phone)"},
	{"seconds", "S", take_real, AT(seconds), 0.01, 3600, "of one run (5)"},
	{"warmup", "S", take_real, AT(warmup), 0, 60,
		"before the first run, not counted (0.5)"},
	{"repeat", "N", take_count, AT(repeat), 1, 100,
		"runs; figures are then medians with their range (1)"},
	{"payload", "BYTES", take_count, AT(payload), 0, WIRE_PAYLOAD_MAX,
		"of RTP payload (160)"},
	{"verify", "N", take_count, AT(verify), 0, 1e9,
		"unseal and compare every N-th packet that returns; 0: none (16)"},
	{"late", "MS", take_real, AT(late_ms), 0, 1e4, "what counts as late (20)"},
	{"busy", NULL, take_flag, AT(busy), 0, 0, "never sleep between packets"},
	{"find-limit", NULL, take_flag, AT(find_limit), 0, 0,
		"search for the highest rate without loss"},
	{"step", "S", take_real, AT(step), 0.1, 60, "of each step of the search (1)"},
	{"limit-max", "N", take_real, AT(limit_max), 1, 1e8,
		"packets/s: search no further (4000000)"},
	{"precision", "PART", take_real, AT(precision), 0.001, 0.5, "of the search (0.02)"},
	{"tries", "N", take_count, AT(tries), 1, 20,
		"a rate is lossy when so many steps in a row were (2)"},
	{"pid", "PID", take_pid, 0, 1, 4194304,
		"report this process's CPU time per packet; may be said again"},
	{"json", "FILE", take_word, AT(json), 0, 0,
		"write the figures there too; -: stdout, no table"},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static void
help(void)
{
	printf("usage: strowger-bench load [options]\n"
	       "Be both phones of many calls through a relay, and say what became of the "
	       "packets.\n\n");
	for (unsigned i = 0; i < ROWS; i++) {
		char left[40];

		snprintf(left, sizeof left, "--%s %s", rows[i].name,
			rows[i].arg ? rows[i].arg : "");
		printf("  %-24s %s\n", left, rows[i].help);
	}
	printf("\nDevices:\n");
	port_list_kinds();
	printf("\nSuites:\n");
	for (unsigned i = 0; i < SW_SUITES; i++)
		printf("  %s\n", sw_suite_info(i)->name);
}

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
	if (conf->rate == 0)
		conf->rate = 50.0 * conf->calls * sides;
	return 0;
}

int
load_options(struct load_conf *conf, int argc, char **argv)
{
	struct option options[ROWS + 2] = {{"help", no_argument, NULL, 'h'}};
	int index;

	*conf = defaults;
	for (unsigned i = 0; i < ROWS; i++)
		options[i + 1] = (struct option){.name = rows[i].name,
			.has_arg = rows[i].arg != NULL ? required_argument : no_argument};
	for (;;) {
		int got = getopt_long(argc, argv, "h", options, &index);

		if (got == -1)
			break;
		if (got == 'h') {
			help();
			return 1;
		}
		if (got != 0)
			return -EINVAL;
		const struct option_row *row = &rows[index - 1];
		if (!row->take(optarg, (char *)conf + row->at, row->min, row->max)) {
			fprintf(stderr, "strowger-bench: --%s %s: not a fitting %s", row->name,
				optarg, row->arg);
			if (row->max > row->min)
				fprintf(stderr, " (%g..%g)", row->min, row->max);
			fprintf(stderr, "; %s\n", row->help);
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "strowger-bench: load takes options only, not \"%s\"\n",
			argv[optind]);
		return -EINVAL;
	}
	return check(conf);
}
