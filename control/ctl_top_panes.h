/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of strowger-ctl top: which there are, and what stands in their columns.  A new
 * column is a row in ctl_top_panes.c.  Pure. */
#pragma once

#include "control/ctl_grade.h"
#include "control/ctl_top_model.h"

enum top_pane_id {
	TOP_PANE_CORES,
	TOP_PANE_STAGES,
	TOP_PANE_TRANSCODERS,
	TOP_PANE_DROPS,
	TOP_PANE_DEVICES,
	TOP_PANE_CALLS,
	TOP_PANES
};

enum { TOP_COLUMNS = 16, TOP_CELL = 160 };

struct top_row {
	const json_t *now, *before; /* BEFORE: NULL if it was not there */
};

struct top_value {
	char text[TOP_CELL]; /* "": there is none */
	double number;       /* to sort by; NAN: by the text */
	enum ctl_grade grade;
};

struct top_column {
	const char *title;
	int width;        /* at least */
	const char *path; /* in the row's object */
	const char *by;   /* what call.top calls it, to sort by; NULL */
	enum { TOP_LEFT, TOP_RIGHT } side;
	bool rising;    /* first is what is least */
	unsigned index; /* of the stage */
	bool worry;     /* any number above 0 is worth a warning */
	void (*read)(const struct top *t, const struct top_row *row,
		const struct top_column *c, struct top_value *v);
};

struct top_pane {
	const char *title;
	enum top_answer answer;
	const char *array;  /* in the answer */
	const char *key;    /* the member that names a row */
	const char *counts; /* rows in which this is 0 are left out; NULL: none are */
	const char *search; /* the member that a filter looks into beside the key; NULL: no
			       filter */
	const char *none;   /* what an empty table says */
	unsigned sort;      /* column, at first */
	const struct top_column *columns; /* ends with a NULL read */
};

extern const struct top_pane top_panes[TOP_PANES];

/* The title of a column, which may depend on what is read. */
const char *top_title(const struct top *t, const struct top_column *c);

/* What stands in column C of ROW. */
void top_cell(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v);
