/* SPDX-License-Identifier: Apache-2.0
 *
 * See openmetrics.h. */
#include "control/openmetrics.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What the two forms call a type, and what a sample's name has behind the family's. */
static const struct type {
	const char *name, *prometheus;
	const char *suffix;
} types[] = {
	[OPENMETRICS_COUNTER] = {"counter", "counter", "_total"},
	[OPENMETRICS_GAUGE] = {"gauge", "gauge", ""},
	[OPENMETRICS_HISTOGRAM] = {"histogram", "histogram", ""},
	[OPENMETRICS_INFO] = {"info", "gauge", "_info"},
};

const char *
openmetrics_content_type(enum openmetrics_form form)
{
	static const char *const names[] = {
		[OPENMETRICS_TEXT] =
			"application/openmetrics-text; version=1.0.0; charset=utf-8",
		[OPENMETRICS_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
	};

	return names[form];
}

const char *
openmetrics_type_name(enum openmetrics_type type)
{
	return types[type].name;
}

/* ---- Names. ---- */

/* Letters, digits and '_', no digit first. */
static bool
is_name(const char *name)
{
	if (!isalpha((unsigned char)name[0]) && name[0] != '_')
		return false;
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && name[len - n - 1] == '_' && strcmp(name + len - n, end) == 0;
}

/* Endings that samples have: a family with one could be taken for another's sample. */
static bool
ends_as_a_sample(const char *name)
{
	static const char *const taken[] = {
		"total", "created", "count", "sum", "bucket", "info"};

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (ends_with(name, taken[i]))
			return true;
	return false;
}

static const char *
wrong_labels(const char *const *label)
{
	for (unsigned i = 0; label[i] != NULL; i++) {
		if (!is_name(label[i]) || strncmp(label[i], "__", 2) == 0)
			return "a label's name is not one";
		if (strcmp(label[i], "le") == 0 || strcmp(label[i], "quantile") == 0)
			return "a label's name is taken by histograms or summaries";
		for (unsigned j = 0; j < i; j++)
			if (strcmp(label[i], label[j]) == 0)
				return "a label is there twice";
	}
	return NULL;
}

const char *
openmetrics_wrong(const struct openmetrics_family *f)
{
	if (!is_name(f->name))
		return "its name is not one";
	if (ends_as_a_sample(f->name))
		return "its name ends as a sample's does";
	if (f->unit != NULL && !ends_with(f->name, f->unit))
		return "its name does not end with its unit";
	if (f->unit != NULL && f->type == OPENMETRICS_INFO)
		return "an info has no unit";
	if (f->help == NULL || f->help[0] == '\0')
		return "nobody says what it is";
	return wrong_labels(f->label);
}

/* ---- Text. ---- */

/* Prometheus does not escape '"' in help. */
static void
escaped(FILE *to, const char *text, bool quotes)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '\\' || (*text == '"' && quotes))
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

/* The shortest text that reads back as V. */
static void
number_text(char *text, size_t size, double v)
{
	if (isnan(v)) {
		snprintf(text, size, "NaN");
	} else if (isinf(v)) {
		snprintf(text, size, v > 0 ? "+Inf" : "-Inf");
	} else if (fabs(v) <= 0x1p53 && v == trunc(v)) {
		snprintf(text, size, "%.0f", v);
	} else {
		snprintf(text, size, "%.15g", v);
		if (strtod(text, NULL) != v)
			snprintf(text, size, "%.17g", v);
	}
}

static const char *
bound_text(char *text, size_t size, double bound)
{
	number_text(text, size, bound);
	/* OpenMetrics wants bounds to look the same everywhere: 1.0, never 1. */
	if (strpbrk(text, ".en") == NULL)
		strncat(text, ".0", size - strlen(text) - 1);
	return text;
}

static void
line(const struct openmetrics *m, const char *suffix, const char *const *values,
	const char *le, double v)
{
	const struct openmetrics_family *f = m->family;
	const char *between = "{";
	char text[40];

	fprintf(m->to, "%s%s", f->name, suffix);
	for (unsigned i = 0; f->label[i] != NULL; i++, between = ",") {
		fprintf(m->to, "%s%s=\"", between, f->label[i]);
		escaped(m->to, values[i], true);
		fputc('"', m->to);
	}
	if (le != NULL)
		fprintf(m->to, "%sle=\"%s\"", between, le);
	number_text(text, sizeof text, v);
	fprintf(m->to, "%s %s\n", f->label[0] != NULL || le != NULL ? "}" : "", text);
}

/* ---- Families and values. ---- */

void
openmetrics_begin(struct openmetrics *m, const struct openmetrics_family *f)
{
	const struct type *type = &types[f->type];
	bool old = m->form == OPENMETRICS_PROMETHEUS;
	const char *suffix = old ? type->suffix : "";

	assert(openmetrics_wrong(f) == NULL);
	m->family = f;
	fprintf(m->to, "# TYPE %s%s %s\n", f->name, suffix,
		old ? type->prometheus : type->name);
	if (f->unit != NULL && !old)
		fprintf(m->to, "# UNIT %s %s\n", f->name, f->unit);
	fprintf(m->to, "# HELP %s%s ", f->name, suffix);
	escaped(m->to, f->help, !old);
	fputc('\n', m->to);
}

void
openmetrics_put(struct openmetrics *m, const char *const *values, double value)
{
	enum openmetrics_type type = m->family->type;

	assert(type != OPENMETRICS_HISTOGRAM);
	assert(type != OPENMETRICS_COUNTER || value >= 0);
	assert(type != OPENMETRICS_INFO || value == 1);
	line(m, types[type].suffix, values, NULL, value);
}

void
openmetrics_put_histogram(struct openmetrics *m, const char *const *values,
	const double *bound, const uint64_t *count, size_t n, double sum)
{
	uint64_t all = 0;
	char le[40];

	assert(m->family->type == OPENMETRICS_HISTOGRAM);
	for (size_t i = 0; i < n; i++) {
		assert(i == 0 || bound[i] > bound[i - 1]);
		all += count[i];
		line(m, "_bucket", values, bound_text(le, sizeof le, bound[i]), (double)all);
	}
	all += count[n];
	line(m, "_bucket", values, "+Inf", (double)all);
	line(m, "_sum", values, NULL, sum);
	line(m, "_count", values, NULL, (double)all);
}

void
openmetrics_end(struct openmetrics *m)
{
	if (m->form == OPENMETRICS_TEXT)
		fputs("# EOF\n", m->to);
}
