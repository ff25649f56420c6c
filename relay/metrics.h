/* SPDX-License-Identifier: Apache-2.0
 *
 * What strowger measures, for /metrics: one row a family, with its name, type, unit, labels,
 * help and where its value comes from.  docs/metrics.md is printed from the same rows.  What a
 * page costs depends on cores, devices and reasons, never on calls.  Control's one thread. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "control/openmetrics.h"

struct node_view;

struct metric {
	struct openmetrics_family family;
	/* Write all values of ROW. */
	void (*put)(
		struct openmetrics *m, const struct node_view *view, const struct metric *row);
	size_t at; /* of the value within what `put` looks at */
};

extern const struct metric metrics[];
extern const size_t metrics_n;

void metrics_write(const struct node_view *view, enum openmetrics_form form, FILE *to);

/* docs/metrics.md, to be released by the caller; NULL: errno. */
char *metrics_markdown(void);
