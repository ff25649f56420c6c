/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_top_keys.h. */
#include "control/ctl_top_keys.h"

#include <ctype.h>
#include <string.h>

enum { PAGE = 10 }; /* rows */

void
top_view_init(struct top_view *v)
{
	*v = (struct top_view){.pane = TOP_PANE_CALLS};
	for (unsigned p = 0; p < TOP_PANES; p++)
		v->sort[p] = top_panes[p].sort;
}

/* ---- What keys do: N is theirs, from the table below ---- */

static void
quit(struct top_view *v, const struct top *t, int n)
{
	v->quit = true;
}

static void
help(struct top_view *v, const struct top *t, int n)
{
	v->help = true;
}

static void
pause_readings(struct top_view *v, const struct top *t, int n)
{
	v->paused = !v->paused;
}

static void
choose_pane(struct top_view *v, const struct top *t, int n)
{
	v->pane = (enum top_pane_id)n;
}

static void
next_pane(struct top_view *v, const struct top *t, int n)
{
	v->pane = (enum top_pane_id)(((int)v->pane + TOP_PANES + n) % TOP_PANES);
}

static void
alone(struct top_view *v, const struct top *t, int n)
{
	v->alone = !v->alone;
}

static void
sort_beside(struct top_view *v, const struct top *t, int n)
{
	struct top_table table;

	if (top_table_init(&table, t, &top_panes[v->pane], v->sort[v->pane], false, "") != 0)
		return;
	v->sort[v->pane] = top_column_beside(&table, v->sort[v->pane], n);
	v->reversed[v->pane] = false;
	v->first[v->pane] = 0;
	top_table_fini(&table);
}

static void
reverse(struct top_view *v, const struct top *t, int n)
{
	v->reversed[v->pane] = !v->reversed[v->pane];
	v->first[v->pane] = 0;
}

static void
scroll(struct top_view *v, const struct top *t, int n)
{
	size_t *first = &v->first[v->pane];

	if (n < 0 && *first < (size_t)-n)
		*first = 0;
	else
		*first += (size_t)n;
}

static void
to_top(struct top_view *v, const struct top *t, int n)
{
	v->first[v->pane] = 0;
}

static void
type_filter(struct top_view *v, const struct top *t, int n)
{
	v->typing = true;
	v->pane = TOP_PANE_CALLS;
}

static void
clear_filter(struct top_view *v, const struct top *t, int n)
{
	v->filter[0] = '\0';
}

/* ---- The keys ---- */

/* Rows with a NAME stand in the help; those without belong to the one before. */
static const struct top_binding {
	int key;
	int n;
	void (*press)(struct top_view *v, const struct top *t, int n);
	const char *name, *help;
} keys[] = {
	{'\t', 1, next_pane, "Tab, left, right", "choose a table: what follows acts on it"},
	{TOP_KEY_RIGHT, 1, next_pane, NULL, NULL},
	{TOP_KEY_LEFT, -1, next_pane, NULL, NULL},
	{TOP_KEY_BACK_TAB, -1, next_pane, NULL, NULL},
	{'1', TOP_PANE_CORES, choose_pane, "1 2 3 4 5 6",
		"cores, cycles, transcode cores, drops, devices, calls"},
	{'2', TOP_PANE_STAGES, choose_pane, NULL, NULL},
	{'3', TOP_PANE_TRANSCODERS, choose_pane, NULL, NULL},
	{'4', TOP_PANE_DROPS, choose_pane, NULL, NULL},
	{'5', TOP_PANE_DEVICES, choose_pane, NULL, NULL},
	{'6', TOP_PANE_CALLS, choose_pane, NULL, NULL},
	{'\r', 0, alone, "Enter", "show it alone, and all of them again"},
	{'\n', 0, alone, NULL, NULL},
	{TOP_KEY_UP, -1, scroll, "up, down, PgUp, PgDn", "move in it; Home: to its beginning"},
	{TOP_KEY_DOWN, 1, scroll, NULL, NULL},
	{TOP_KEY_PAGE_UP, -PAGE, scroll, NULL, NULL},
	{TOP_KEY_PAGE_DOWN, PAGE, scroll, NULL, NULL},
	{TOP_KEY_HOME, 0, to_top, NULL, NULL},
	{'s', 1, sort_beside, "s, S", "sort it by the next column, by the one before"},
	{'S', -1, sort_beside, NULL, NULL},
	{'r', 0, reverse, "r", "turn the order round"},
	{'/', 0, type_filter, "/", "only calls whose id or a leg's name contains a text"},
	{TOP_KEY_ESCAPE, 0, clear_filter, "Esc", "show all calls again"},
	{'p', 0, pause_readings, "p, space", "stand still, and go on"},
	{' ', 0, pause_readings, NULL, NULL},
	{'?', 0, help, "?, h", "this"},
	{'h', 0, help, NULL, NULL},
	{'q', 0, quit, "q", "end"},
	{'Q', 0, quit, NULL, NULL},
};

/* ---- Typing ---- */

/* A character of several bytes goes as a whole. */
static void
rub_out(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	text[n > 0 ? n - 1 : 0] = '\0';
}

static void
type(struct top_view *v, int key)
{
	size_t n = strlen(v->filter);

	if (key == '\r' || key == '\n')
		v->typing = false;
	else if (key == TOP_KEY_ESCAPE)
		*v->filter = '\0', v->typing = false;
	else if (key == TOP_KEY_BACKSPACE || key == 0x7f || key == '\b')
		rub_out(v->filter);
	else if (key < 0x100 && !iscntrl(key) && n < sizeof v->filter - 1)
		memcpy(v->filter + n, (char[]){(char)key, '\0'}, 2);
	v->first[TOP_PANE_CALLS] = 0;
}

void
top_key(struct top_view *v, const struct top *t, int key)
{
	if (v->typing) {
		type(v, key);
		return;
	}
	if (v->help) { /* whatever was pressed */
		v->help = false;
		return;
	}
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].key == key)
			keys[i].press(v, t, keys[i].n);
}

void
top_help(struct canvas *c)
{
	int row = 0;

	canvas_put(
		c, row, 0, CANVAS_BOLD, "strowger-ctl top: what a node does, as it does it");
	row += 2;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].name != NULL) {
			canvas_put(c, row, 2, CANVAS_BOLD, keys[i].name);
			canvas_put(c, row++, 26, CANVAS_PLAIN, keys[i].help);
		}
	row++;
	canvas_put(c, row++, 0, CANVAS_PLAIN,
		"/S: in a second, between the last two readings, by the node's clock.  b/S: bits.");
	canvas_put(c, row++, 0, CANVAS_PLAIN,
		"Calls begin with the worst.  AGE, JITTER and RTT (round trip) in ms or as said.");
	canvas_put(c, ++row, 0, CANVAS_DIM, "Any key goes back.");
}
