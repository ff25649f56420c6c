/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes metrics as text: OpenMetrics 1.0.0 (draft-ietf-opsawg-openmetrics), or the older
 * Prometheus format 0.0.4.  Knows no metric: it is handed families and values, and sees to
 * names, escaping and what goes with each type.  Pure; any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum openmetrics_type {
	OPENMETRICS_COUNTER,   /* only ever rises, but for restarts */
	OPENMETRICS_GAUGE,     /* what is now */
	OPENMETRICS_HISTOGRAM, /* how often, by size */
	OPENMETRICS_INFO,      /* always 1; what it says is in its labels */
	OPENMETRICS_TYPES
};

enum openmetrics_form { OPENMETRICS_TEXT, OPENMETRICS_PROMETHEUS };

enum { OPENMETRICS_LABELS = 3 };

struct openmetrics_family {
	const char *name; /* without what the type adds: _total, _info, _bucket, ... */
	enum openmetrics_type type;
	const char *unit; /* "seconds", and then the name ends with it; NULL: none */
	const char *label[OPENMETRICS_LABELS + 1]; /* names; NULL-ended */
	const char *help;                          /* one sentence or more */
};

/* A page in the making.  Errors of TO are its owner's to see. */
struct openmetrics {
	FILE *to;
	enum openmetrics_form form;
	const struct openmetrics_family *family; /* begun last */
};

const char *openmetrics_content_type(enum openmetrics_form form);
const char *openmetrics_type_name(enum openmetrics_type type); /* "counter" */

/* What is wrong with F, in a sentence; NULL: nothing.  A family that is wrong must not be
 * written. */
const char *openmetrics_wrong(const struct openmetrics_family *f);

/* All values of a family follow its beginning; each family is begun once. */
void openmetrics_begin(struct openmetrics *m, const struct openmetrics_family *f);

/* VALUE of the labels' VALUES, UTF-8, one a name of the family's; NULL: it has none.  Whole
 * numbers are exact up to 2^53. */
void openmetrics_put(struct openmetrics *m, const char *const *values, double value);

/* COUNT[i] of the N + 1 were at most BOUND[i] and more than the one before; the last, more
 * than all of the N bounds, which rise.  SUM: of all that was counted. */
void openmetrics_put_histogram(struct openmetrics *m, const char *const *values,
	const double *bound, const uint64_t *count, size_t n, double sum);

void openmetrics_end(struct openmetrics *m);
