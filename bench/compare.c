/* SPDX-License-Identifier: Apache-2.0
 *
 * The table behind compare.h.  Every contestant has a row of values, gathered from the JSON
 * files of its runs; runs were interleaved, so value n of each was taken at about the same
 * time and their ratio is free of what the machine did in other minutes.  One thread. */
#include "bench/compare.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report.h"

enum {
	CONTESTANTS = 8,
	VALUES = 128,
};

struct contestant {
	char name[40];
	double value[VALUES];
	size_t n;
};

static const char usage[] =
	"usage: strowger-bench compare [--json FILE] [--difference] FIGURE NAME=FILE[,FILE...] "
	"NAME=FILE[,FILE...]...\n"
	"Set FIGURE of the runs of several programs side by side.  FILEs are what `load "
	"--json` wrote.\n"
	"Ratios are to the contestant named last, run by run where both have as many; with\n"
	"--difference also what lies between them.\n";

/* Add the values of FIGURE in the file at PATH. */
static bool
read_file(struct contestant *c, const char *path, const char *figure)
{
	json_error_t error;
	json_t *all = json_load_file(path, 0, &error), *values, *v;
	size_t i, before = c->n;

	if (all == NULL) {
		fprintf(stderr, "strowger-bench: %s: %s\n", path, error.text);
		return false;
	}
	values = json_object_get(
		json_object_get(json_object_get(all, "figures"), figure), "values");
	json_array_foreach (values, i, v)
		if (c->n < VALUES && json_is_number(v))
			c->value[c->n++] = json_number_value(v);
	json_decref(all);
	if (c->n == before)
		fprintf(stderr, "strowger-bench: %s: no figure \"%s\"\n", path, figure);
	return c->n > before;
}

/* NAME=FILE[,FILE...] */
static bool
read_contestant(struct contestant *c, char *spec, const char *figure)
{
	char *files = strchr(spec, '='), *rest;

	if (files == NULL) {
		fprintf(stderr, "strowger-bench: \"%s\" is not NAME=FILE\n%s", spec, usage);
		return false;
	}
	snprintf(c->name, sizeof c->name, "%.*s", (int)(files - spec), spec);
	for (char *file = strtok_r(files + 1, ",", &rest); file != NULL;
		file = strtok_r(NULL, ",", &rest))
		if (!read_file(c, file, figure))
			return false;
	return c->n > 0;
}

static void
add_values(struct report *r, const struct contestant *c)
{
	for (size_t i = 0; i < c->n; i++)
		report_add(r, c->name, "", 1, c->value[i]);
}

static double
ratio(double a, double b)
{
	return a / b;
}

static double
difference(double a, double b)
{
	return a - b;
}

/* C beside BASE: run by run, or else median by median. */
static void
add_pair(struct report *r, const struct contestant *c, const struct contestant *base,
	const char *sign, const char *unit, int digits, double (*of)(double a, double b))
{
	struct contestant a = *c, b = *base;
	char name[100];

	snprintf(name, sizeof name, "%s%s%s", c->name, sign, base->name);
	if (a.n == b.n)
		for (size_t i = 0; i < a.n; i++)
			report_add(r, name, unit, digits, of(a.value[i], b.value[i]));
	else
		report_add(r, name, unit, digits,
			of(spread_of(a.value, a.n).median, spread_of(b.value, b.n).median));
}

int
compare_main(int argc, char **argv)
{
	static struct contestant all[CONTESTANTS];
	const char *json = NULL;
	bool differences = false;
	struct report *r;
	int n, error = 0;

	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "--json") == 0) {
		json = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc > 1 && strcmp(argv[1], "--difference") == 0) {
		differences = true;
		argc--;
		argv++;
	}
	n = argc - 2;
	if (n < 2 || n > CONTESTANTS) {
		fputs(usage, stderr);
		return 2;
	}
	for (int i = 0; i < n; i++)
		if (!read_contestant(&all[i], argv[i + 2], argv[1]))
			return 1;
	r = report_open(argv[1]);
	if (r == NULL)
		return 1;
	for (int i = 0; i < n; i++)
		add_values(r, &all[i]);
	for (int i = 0; i < n - 1; i++)
		add_pair(r, &all[i], &all[n - 1], "/", "ratio", 3, ratio);
	for (int i = 0; differences && i < n - 1; i++)
		add_pair(r, &all[i], &all[n - 1], " - ", "", 1, difference);
	error = report_give(r, json);
	report_close(r);
	return error == 0 ? 0 : 1;
}
