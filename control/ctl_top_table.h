/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of one of strowger-ctl top's tables, filtered and sorted.  A column that no row has
 * a value for is not shown: so a node that tells less than others looks as well.  Pure. */
#pragma once

#include "control/ctl_top_panes.h"

struct top_table {
	const struct top_pane *pane;
	struct top_row *rows;
	size_t n;
	size_t of;             /* rows that there are without the filter */
	unsigned sort;         /* the column that they are sorted by */
	bool has[TOP_COLUMNS]; /* a row has a value there */
};

/* The rows of PANE whose key or searched member contains FILTER ("": all), sorted by column
 * SORT (or the next one, if no row has that), worst first, or REVERSEd.  0 or -ENOMEM.  Valid
 * until the next top_take(). */
int top_table_init(struct top_table *table, const struct top *t, const struct top_pane *pane,
	unsigned sort, bool reverse, const char *filter);
void top_table_fini(struct top_table *table); /* all-zero is fine */

/* The column of PANE behind FROM (STEP 1) or before it (-1) that TABLE shows.  FROM, if there
 * is no other. */
unsigned top_column_beside(const struct top_table *table, unsigned from, int step);
