/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_top_screen.h.  ncurses, wide characters. */
#include "control/ctl_top_screen.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/ctl_canvas.h"
#include "control/ctl_top_keys.h"

enum { ESCAPE_MS = 25, RUN = 512 }; /* RUN: characters of one style written at once */

static SCREEN *terminal;
static attr_t style_of[CANVAS_STYLES];

/* ---- Styles ---- */

static void
set_styles(bool colour)
{
	enum { WARN = 1, BAD, GOOD };
	const bool has =
		colour && has_colors() && start_color() == OK && use_default_colors() == OK;

	style_of[CANVAS_DIM] = A_DIM;
	style_of[CANVAS_BOLD] = A_BOLD;
	style_of[CANVAS_BAR] = A_REVERSE | A_DIM;
	style_of[CANVAS_CHOSEN] = A_REVERSE;
	style_of[CANVAS_SORTED] = A_REVERSE | A_BOLD;
	style_of[CANVAS_WARN] = A_BOLD;
	style_of[CANVAS_BAD] = A_BOLD | A_UNDERLINE;
	if (!has)
		return;
	init_pair(WARN, COLOR_YELLOW, -1);
	init_pair(BAD, COLOR_RED, -1);
	init_pair(GOOD, COLOR_GREEN, -1);
	style_of[CANVAS_WARN] = COLOR_PAIR(WARN) | A_BOLD;
	style_of[CANVAS_BAD] = COLOR_PAIR(BAD) | A_BOLD;
	style_of[CANVAS_GOOD] = COLOR_PAIR(GOOD);
}

/* ---- The terminal ---- */

int
screen_open(bool colour)
{
	static bool registered;

	terminal = newterm(NULL, stdout, stdin);
	if (terminal == NULL)
		return -ENOTTY;
	if (!registered)
		registered = atexit(screen_close) == 0;
	set_styles(colour);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	return 0;
}

void
screen_close(void)
{
	if (terminal == NULL)
		return;
	curs_set(1);
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

void
screen_size(int *rows, int *cols)
{
	getmaxyx(stdscr, *rows, *cols);
}

/* The characters of LINE from COL to END that have one style; writes them.  The column behind.
 */
static int
show_run(const struct canvas_cell *line, int row, int col, int end)
{
	const uint8_t style = line[col].style;
	wchar_t text[RUN];
	int n = 0, from = col;

	for (; col < end && line[col].style == style && n < RUN; col++)
		if (line[col].c != 0)
			text[n++] = line[col].c;
	attrset(style_of[style]);
	mvaddnwstr(row, from, text, n);
	return col;
}

void
screen_show(const struct canvas *c)
{
	erase();
	for (int row = 0; row < c->rows; row++)
		for (int col = 0; col < c->cols;)
			col = show_run(canvas_row(c, row), row, col, c->cols);
	refresh();
}

/* ---- Keys ---- */

static const struct {
	int curses, ours;
} names[] = {
	{KEY_UP, TOP_KEY_UP},
	{KEY_DOWN, TOP_KEY_DOWN},
	{KEY_PPAGE, TOP_KEY_PAGE_UP},
	{KEY_NPAGE, TOP_KEY_PAGE_DOWN},
	{KEY_HOME, TOP_KEY_HOME},
	{KEY_LEFT, TOP_KEY_LEFT},
	{KEY_RIGHT, TOP_KEY_RIGHT},
	{KEY_BTAB, TOP_KEY_BACK_TAB},
	{KEY_BACKSPACE, TOP_KEY_BACKSPACE},
	{KEY_ENTER, '\r'},
};

int
screen_key(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	int key = getch();

	if (key == ERR) /* nothing there: or nobody */
		return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL) ? -1
											: 0;
	if (key < KEY_MIN)
		return key;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].curses == key)
			return names[i].ours;
	return TOP_KEY_OTHER;
}
