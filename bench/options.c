/* SPDX-License-Identifier: Apache-2.0
 *
 * The parser and the kinds of values behind options.h.  One thread, at start. */
#include "bench/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/switch.h"

bool
options_real(const char *text, void *field, double min, double max)
{
	char *end;
	double v = strtod(text, &end);

	*(double *)field = v;
	return end != text && *end == '\0' && v >= min && v <= max;
}

bool
options_count(const char *text, void *field, double min, double max)
{
	double v;

	if (!options_real(text, &v, min, max) || v != floor(v))
		return false;
	*(unsigned *)field = (unsigned)v;
	return true;
}

bool
options_word(const char *text, void *field, double min, double max)
{
	*(const char **)field = text;
	return *text != '\0';
}

bool
options_flag(const char *text, void *field, double min, double max)
{
	*(bool *)field = true;
	return true;
}

bool
options_address(const char *text, void *field, double min, double max)
{
	struct sw_addr *a = field;

	a->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(a->family, text, a->ip) == 1;
}

bool
options_port(const char *text, void *field, double min, double max)
{
	unsigned port;

	if (!options_count(text, &port, min, max))
		return false;
	((struct sw_addr *)field)->port = (uint16_t)port;
	return true;
}

bool
options_ports(const char *text, void *field, double min, double max)
{
	unsigned *port = field;
	int end = 0;

	if (sscanf(text, "%u-%u%n", &port[0], &port[1], &end) == 2)
		return text[end] == '\0' && port[0] >= min && port[0] <= port[1] &&
		       port[1] <= max;
	return options_count(text, &port[0], min, max) &&
	       options_count(text, &port[1], min, max);
}

bool
options_mac(const char *text, void *field, double min, double max)
{
	uint8_t *m = field;
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", m, m + 1, m + 2, m + 3,
		       m + 4, m + 5, &end) == 6 &&
	       text[end] == '\0';
}

static void
help(const struct option_table *t)
{
	printf("usage: strowger-bench %s [options]\n%s\n\n", t->command, t->about);
	for (unsigned i = 0; i < t->rows; i++) {
		const struct option_row *row = &t->row[i];
		char left[40];

		snprintf(left, sizeof left, "--%s %s", row->name, row->arg ? row->arg : "");
		printf("  %-24s %s\n", left, row->help);
	}
	if (t->more_help != NULL)
		t->more_help();
}

static int
take(const struct option_row *row, void *conf)
{
	if (row->take(optarg, (char *)conf + row->at, row->min, row->max))
		return 0;
	fprintf(stderr, "strowger-bench: --%s %s: not a fitting %s", row->name, optarg,
		row->arg);
	if (row->max > row->min)
		fprintf(stderr, " (%g..%g)", row->min, row->max);
	fprintf(stderr, "; %s\n", row->help);
	return -EINVAL;
}

int
options_fill(const struct option_table *t, void *conf, int argc, char **argv)
{
	struct option options[OPTION_ROWS + 2] = {{"help", no_argument, NULL, 'h'}};
	int index, got, error = 0;

	for (unsigned i = 0; i < t->rows; i++)
		options[i + 1] = (struct option){.name = t->row[i].name,
			.has_arg = t->row[i].arg != NULL ? required_argument : no_argument};
	while (error == 0 && (got = getopt_long(argc, argv, "h", options, &index)) != -1) {
		if (got == 'h') {
			help(t);
			return 1;
		}
		error = got != 0 ? -EINVAL : take(&t->row[index - 1], conf);
	}
	if (error == 0 && optind < argc) {
		fprintf(stderr, "strowger-bench: %s takes options only, not \"%s\"\n",
			t->command, argv[optind]);
		error = -EINVAL;
	}
	return error;
}
