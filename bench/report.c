/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables behind report.h.  One thread; a bench that runs out of memory here ends. */
#include "bench/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 256, NAME_MAX_LEN = 48, WORD_MAX_LEN = 128 };

struct row {
	char name[NAME_MAX_LEN];
	char word[WORD_MAX_LEN]; /* of a fact */
	const char *unit;        /* NULL: a fact */
	int digits;
	double *value;
	size_t n;
};

struct report {
	const char *title;
	struct row row[ROWS];
	unsigned rows;
};

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct spread
spread_of(double *value, size_t n)
{
	struct spread s;

	qsort(value, n, sizeof *value, by_value);
	s.min = value[0];
	s.max = value[n - 1];
	s.median = n % 2 != 0 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
	return s;
}

/* Of a row, whose values keep their order. */
static struct spread
spread_of_row(const struct row *row)
{
	double *sorted = malloc(row->n * sizeof *sorted);
	struct spread s;

	if (sorted == NULL)
		abort();
	memcpy(sorted, row->value, row->n * sizeof *sorted);
	s = spread_of(sorted, row->n);
	free(sorted);
	return s;
}

struct report *
report_open(const char *title)
{
	struct report *r = calloc(1, sizeof *r);

	if (r != NULL)
		r->title = title;
	return r;
}

void
report_close(struct report *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < r->rows; i++)
		free(r->row[i].value);
	free(r);
}

static struct row *
row_of(struct report *r, const char *name)
{
	struct row *row;

	for (unsigned i = 0; i < r->rows; i++)
		if (strcmp(r->row[i].name, name) == 0)
			return &r->row[i];
	if (r->rows == ROWS)
		abort();
	row = &r->row[r->rows++];
	snprintf(row->name, sizeof row->name, "%s", name);
	return row;
}

void
report_fact(struct report *r, const char *name, const char *fmt, ...)
{
	struct row *row = row_of(r, name);
	va_list args;

	va_start(args, fmt);
	vsnprintf(row->word, sizeof row->word, fmt, args);
	va_end(args);
}

void
report_add(struct report *r, const char *name, const char *unit, int digits, double value)
{
	struct row *row = row_of(r, name);
	double *grown = realloc(row->value, (row->n + 1) * sizeof *grown);

	if (grown == NULL)
		abort();
	row->value = grown;
	row->value[row->n++] = value;
	row->unit = unit;
	row->digits = digits;
}

void
report_print(const struct report *r, FILE *out)
{
	fprintf(out, "%s\n", r->title);
	for (unsigned i = 0; i < r->rows; i++) {
		const struct row *row = &r->row[i];

		if (row->unit == NULL) {
			fprintf(out, "  %-26s %s\n", row->name, row->word);
			continue;
		}
		struct spread s = spread_of_row(row);
		fprintf(out, "  %-26s %14.*f %s", row->name, row->digits, s.median, row->unit);
		if (row->n > 1)
			fprintf(out, "  (%.*f .. %.*f in %zu)", row->digits, s.min,
				row->digits, s.max, row->n);
		fputc('\n', out);
	}
}

struct json_t *
report_json(const struct report *r)
{
	json_t *facts = json_object(), *figures = json_object();

	for (unsigned i = 0; i < r->rows; i++) {
		const struct row *row = &r->row[i];

		if (row->unit == NULL) {
			json_object_set_new(facts, row->name, json_string(row->word));
			continue;
		}
		struct spread s = spread_of_row(row);
		json_t *values = json_array();
		for (size_t k = 0; k < row->n; k++)
			json_array_append_new(values, json_real(row->value[k]));
		json_object_set_new(figures, row->name,
			json_pack("{s:s, s:o, s:f, s:f, s:f}", "unit", row->unit, "values",
				values, "min", s.min, "median", s.median, "max", s.max));
	}
	return json_pack(
		"{s:s, s:o, s:o}", "title", r->title, "facts", facts, "figures", figures);
}

int
report_save(const struct report *r, const char *path)
{
	json_t *all = report_json(r);
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
	int error = 0;

	if (all == NULL || out == NULL ||
		json_dumpf(all, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) < 0 ||
		fputc('\n', out) == EOF)
		error = errno != 0 ? -errno : -EIO;
	if (out != NULL && (out == stdout ? fflush(out) : fclose(out)) != 0 && error == 0)
		error = -errno;
	if (error != 0)
		fprintf(stderr, "strowger-bench: %s: %s\n", path, strerror(-error));
	json_decref(all);
	return error;
}

int
report_give(const struct report *r, const char *path)
{
	if (path == NULL || strcmp(path, "-") != 0)
		report_print(r, stdout);
	return path != NULL ? report_save(r, path) : 0;
}
