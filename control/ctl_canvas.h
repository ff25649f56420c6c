/* SPDX-License-Identifier: Apache-2.0
 *
 * A rectangle of characters, each with a style: what strowger-ctl top draws on, before it goes
 * to a terminal or, as plain text, to a file.  Knows the columns that a character takes. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <wchar.h>

enum canvas_style {
	CANVAS_PLAIN,
	CANVAS_DIM,
	CANVAS_BOLD,
	CANVAS_BAR,    /* of the title, over the whole width */
	CANVAS_CHOSEN, /* the same, of what the keys act on */
	CANVAS_SORTED, /* and of the column that it is sorted by */
	CANVAS_GOOD,
	CANVAS_WARN,
	CANVAS_BAD,
	CANVAS_STYLES
};

struct canvas_cell {
	wchar_t c;     /* 0: the second half of a wide character before it */
	uint8_t style; /* enum canvas_style */
};

struct canvas {
	int rows, cols;
	struct canvas_cell *cells; /* row by row */
};

/* Blank, of ROWS x COLS, at least 1 x 1.  0 or -ENOMEM. */
int canvas_init(struct canvas *c, int rows, int cols);
void canvas_fini(struct canvas *c); /* all-zero is fine */

/* The cells of a row. */
struct canvas_cell *canvas_row(const struct canvas *c, int row);

/* Write TEXT, in the locale's encoding, from column COL on; what lies outside is cut off, what
 * is no printable character is '?'.  The column behind it. */
int canvas_put(struct canvas *c, int row, int col, enum canvas_style style, const char *text);

/* The same, printf-like. */
int canvas_printf(struct canvas *c, int row, int col, enum canvas_style style, const char *fmt,
	...) __attribute__((format(printf, 5, 6)));

/* A row in STYLE from COL to its end, over what stands there. */
void canvas_bar(struct canvas *c, int row, int col, enum canvas_style style);

/* How many columns TEXT takes. */
int canvas_width(const char *text);

/* As plain text, without blanks at the ends of lines. */
void canvas_print(const struct canvas *c, FILE *f);
