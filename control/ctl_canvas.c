/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_canvas.h. */
#include "control/ctl_canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 1024 }; /* bytes of one formatted text */

int
canvas_init(struct canvas *c, int rows, int cols)
{
	*c = (struct canvas){.rows = rows > 0 ? rows : 1, .cols = cols > 0 ? cols : 1};
	c->cells = calloc((size_t)c->rows * (size_t)c->cols, sizeof *c->cells);
	if (c->cells == NULL)
		return -ENOMEM;
	for (int i = 0; i < c->rows * c->cols; i++)
		c->cells[i].c = L' ';
	return 0;
}

void
canvas_fini(struct canvas *c)
{
	free(c->cells);
	c->cells = NULL;
}

struct canvas_cell *
canvas_row(const struct canvas *c, int row)
{
	return &c->cells[row * c->cols];
}

/* The next character of *TEXT, which moves on; what cannot be shown is '?'.  *WIDTH: columns
 * that it takes; 0: it belongs to the one before.  0 at the end. */
static wchar_t
next_char(const char **text, mbstate_t *state, int *width)
{
	wchar_t c;
	size_t n = mbrtowc(&c, *text, strlen(*text) + 1, state);

	if (n == 0)
		return 0;
	if (n == (size_t)-1 || n == (size_t)-2) {
		memset(state, 0, sizeof *state);
		n = 1;
		c = L'?';
	}
	*text += n;
	*width = wcwidth(c);
	if (*width >= 0)
		return c;
	*width = 1;
	return L'?'; /* what a peer has named must not steer the terminal */
}

int
canvas_put(struct canvas *c, int row, int col, enum canvas_style style, const char *text)
{
	struct canvas_cell *line;
	mbstate_t state = {0};
	int width;
	wchar_t ch;

	if (row < 0 || row >= c->rows)
		return col;
	line = canvas_row(c, row);
	while ((ch = next_char(&text, &state, &width)) != 0 && col + width <= c->cols) {
		if (width > 0 && col >= 0)
			line[col] = (struct canvas_cell){ch, (uint8_t)style};
		if (width == 2 && col >= 0)
			line[col + 1] = (struct canvas_cell){0, (uint8_t)style};
		col += width;
	}
	return col;
}

int
canvas_printf(
	struct canvas *c, int row, int col, enum canvas_style style, const char *fmt, ...)
{
	char text[LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return canvas_put(c, row, col, style, text);
}

void
canvas_bar(struct canvas *c, int row, int col, enum canvas_style style)
{
	for (; row >= 0 && row < c->rows && col < c->cols; col++)
		canvas_row(c, row)[col].style = (uint8_t)style;
}

int
canvas_width(const char *text)
{
	mbstate_t state = {0};
	int sum = 0, width;

	while (next_char(&text, &state, &width) != 0)
		sum += width;
	return sum;
}

void
canvas_print(const struct canvas *c, FILE *f)
{
	for (int row = 0; row < c->rows; row++) {
		const struct canvas_cell *line = canvas_row(c, row);
		int end = c->cols;

		while (end > 0 && line[end - 1].c == L' ')
			end--;
		for (int col = 0; col < end; col++)
			if (line[col].c != 0)
				fprintf(f, "%lc", (wint_t)line[col].c);
		fputc('\n', f);
	}
}
