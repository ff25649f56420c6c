/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_top_draw.h. */
#include "control/ctl_top_draw.h"

#include <math.h>
#include <string.h>

#include "control/ctl_number.h"

enum {
	HEAD = 3, /* lines above the tables */
	FOOT = 1, /* below */
};

/* ---- The node ---- */

/* A rate with its unit behind it, or "-". */
static const char *
rate(double n, const char *unit, char buf[CTL_NUMBER])
{
	if (isnan(n))
		return "-";
	ctl_short(n, buf, CTL_NUMBER);
	strncat(buf, unit, CTL_NUMBER - strlen(buf) - 1);
	return buf;
}

static const char *
text_at(const json_t *o, const char *path)
{
	const char *text = json_string_value(top_at(o, path));

	return text != NULL ? text : "?";
}

static void
draw_node(struct canvas *c, const struct top *t, const struct top_view *v)
{
	const json_t *node = t->now.answer[TOP_NODE];
	double limit = top_number(node, "call_limit");
	char age[CTL_NUMBER], made[CTL_NUMBER], of[CTL_NUMBER + 4] = "";
	int col;

	if (!isnan(limit))
		snprintf(of, sizeof of, " of %.0f", limit);
	col = canvas_printf(c, 0, 0, CANVAS_BOLD, "%s", text_at(node, "name"));
	col = canvas_printf(c, 0, col, CANVAS_PLAIN, "  strowger %s, up %s   ",
		text_at(node, "version"),
		ctl_duration(floor(top_number(node, "age_s")), age, sizeof age));
	col = canvas_printf(c, 0, col, CANVAS_BOLD, "%.0f", top_number(node, "calls"));
	col = canvas_printf(c, 0, col, CANVAS_PLAIN, "%s calls, %s new   ", of,
		rate(top_rate(t, TOP_STATS, "created"), "/s", made));
	if (top_number(node, "draining") > 0)
		col = canvas_put(c, 0, col, CANVAS_WARN, "DRAINING   ");
	if (v->paused)
		canvas_put(c, 0, col, CANVAS_WARN, "PAUSED (p goes on)");
}

static void
draw_sums(struct canvas *c, const struct top *t)
{
	const json_t *node = t->now.answer[TOP_NODE];
	double drops = top_rate(t, TOP_STATS, "dropped"),
	       age = top_number(node, "switch.age_s");
	char n[CTL_NUMBER], bits[CTL_NUMBER];
	int col;

	col = canvas_printf(c, 1, 0, CANVAS_PLAIN, "in %s %s   ",
		rate(top_rate(t, TOP_STATS, "rx_packets"), "/s", n),
		rate(top_rate(t, TOP_STATS, "rx_bytes") * 8, "b/s", bits));
	col = canvas_printf(c, 1, col, CANVAS_PLAIN, "out %s %s   ",
		rate(top_rate(t, TOP_STATS, "tx_packets"), "/s", n),
		rate(top_rate(t, TOP_STATS, "tx_bytes") * 8, "b/s", bits));
	col = canvas_printf(c, 1, col, drops > 0 ? CANVAS_WARN : CANVAS_PLAIN, "dropped %s",
		rate(drops, "/s", n));
	if (!isnan(age))
		canvas_printf(c, 1, col, CANVAS_PLAIN, "   data plane up %s",
			ctl_duration(floor(age), n, sizeof n));
}

static void
draw_head(struct canvas *c, const struct top *t, const struct top_view *v, const char *trouble)
{
	char alarm[256];

	if (t->now.answer[TOP_NODE] != NULL) {
		draw_node(c, t, v);
		draw_sums(c, t);
	}
	if (trouble != NULL)
		canvas_put(c, 2, 0, CANVAS_BAD, trouble);
	else if (top_alarm(t, alarm, sizeof alarm))
		canvas_put(c, 2, 0, CANVAS_BAD, alarm);
	else
		canvas_put(c, 2, 0, CANVAS_WARN, t->news);
}

/* ---- One table ---- */

/* The columns that a table's rows FIRST.. take. */
static int
width_of(const struct top *t, const struct top_table *table, unsigned column, size_t first,
	size_t rows, int most)
{
	const struct top_column *c = &table->pane->columns[column];
	int width = canvas_width(top_title(t, c));
	struct top_value v;

	if (width < c->width)
		width = c->width;
	for (size_t i = first; i < table->n && i < first + rows; i++) {
		top_cell(t, &table->rows[i], c, &v);
		if (canvas_width(v.text) > width)
			width = canvas_width(v.text);
	}
	return width < most || c->side == TOP_RIGHT ? width : most;
}

/* TEXT in a cell of WIDTH columns from COL on; the last column may run over. */
static void
draw_cell(struct canvas *c, int row, int col, int width, const struct top_column *column,
	enum canvas_style style, const char *text)
{
	struct canvas cut = *c; /* the same cells, that end with the column */
	int over = width - canvas_width(text);

	if (column->side == TOP_RIGHT && over > 0)
		col += over, width -= over;
	cut.cells = canvas_row(c, row);
	cut.rows = 1;
	cut.cols = col + width < c->cols ? col + width : c->cols;
	canvas_put(&cut, 0, col, style, text);
}

static void
draw_column(struct canvas *c, const struct top *t, const struct top_table *table,
	unsigned column, int top, int col, int width, size_t first, size_t rows)
{
	static const enum canvas_style styles[] = {
		[CTL_FINE] = CANVAS_PLAIN, [CTL_WARN] = CANVAS_WARN, [CTL_BAD] = CANVAS_BAD};
	const struct top_column *def = &table->pane->columns[column];
	struct top_value v;

	draw_cell(c, top, col, width, def,
		column == table->sort ? CANVAS_SORTED : canvas_row(c, top)->style,
		top_title(t, def));
	for (size_t i = 0; i < rows && first + i < table->n; i++) {
		top_cell(t, &table->rows[first + i], def, &v);
		draw_cell(c, top + 1 + (int)i, col, width, def, styles[v.grade],
			v.text[0] != '\0' ? v.text : "-");
	}
}

/* TABLE with its titles at row TOP and ROWS rows below, the first of them number *FIRST. */
static void
draw_table(struct canvas *c, const struct top *t, const struct top_table *table, int top,
	size_t rows, size_t *first, bool chosen)
{
	const struct top_column *columns = table->pane->columns;
	int col = 0, width;

	if (*first + rows > table->n)
		*first = table->n > rows ? table->n - rows : 0;
	canvas_bar(c, top, 0, chosen ? CANVAS_CHOSEN : CANVAS_BAR);
	if (table->n == 0) {
		canvas_put(c, top, 0, canvas_row(c, top)->style, table->pane->title);
		canvas_put(c, top + 1, 0, CANVAS_DIM,
			table->of > 0 ? "none that the filter lets through"
				      : table->pane->none);
	}
	for (unsigned i = 0; columns[i].read != NULL; i++) {
		if (!table->has[i])
			continue;
		width = width_of(t, table, i, *first, rows, c->cols / 3);
		if (columns[i + 1].read == NULL)
			width = c->cols;
		draw_column(c, t, table, i, top, col, width, *first, rows);
		col += width + 1;
	}
}

/* ---- All tables ---- */

/* The rows that each table gets without being chosen, if there is room. */
static const int fair[TOP_PANES] = {
	[TOP_PANE_CORES] = 4,
	[TOP_PANE_STAGES] = 4,
	[TOP_PANE_TRANSCODERS] = 2,
	[TOP_PANE_DROPS] = 4,
	[TOP_PANE_DEVICES] = 2,
	[TOP_PANE_CALLS] = 5,
};

static void
give(int *got, int want, int most, int *room)
{
	int more = (want < most ? want : most) - *got;

	if (more > *room)
		more = *room;
	if (more > 0) {
		*got += more;
		*room -= more;
	}
}

/* ROOM lines for tables that WANT so many rows each, and a line of titles: GOT rows, -1: the
 * table is not shown. */
static void
share(int room, const int want[TOP_PANES], int got[TOP_PANES], unsigned chosen, bool alone)
{
	alone |= room < 2 * TOP_PANES;
	for (unsigned p = 0; p < TOP_PANES; p++)
		got[p] = !alone ? 1 : p == chosen ? 0 : -1;
	room -= alone ? 1 : 2 * TOP_PANES;
	if (alone) {
		give(&got[chosen], want[chosen], room, &room);
		return;
	}
	give(&got[chosen], want[chosen], fair[chosen], &room);
	for (unsigned p = 0; p < TOP_PANES; p++)
		give(&got[p], want[p], fair[p], &room);
	give(&got[chosen], want[chosen], want[chosen], &room);
	for (unsigned p = 0; p < TOP_PANES; p++)
		give(&got[p], want[p], want[p], &room);
}

static int
open_tables(struct top_table table[TOP_PANES], const struct top *t, const struct top_view *v,
	int want[TOP_PANES])
{
	int sum = 0;

	for (unsigned p = 0; p < TOP_PANES; p++) {
		top_table_init(
			&table[p], t, &top_panes[p], v->sort[p], v->reversed[p], v->filter);
		want[p] = table[p].n > 0 ? (int)table[p].n : 1;
		sum += 1 + want[p];
	}
	return sum;
}

static void
close_tables(struct top_table table[TOP_PANES])
{
	for (unsigned p = 0; p < TOP_PANES; p++)
		top_table_fini(&table[p]);
}

int
top_height(const struct top *t, const struct top_view *v)
{
	struct top_table table[TOP_PANES];
	int want[TOP_PANES], sum = open_tables(table, t, v, want);

	close_tables(table);
	return HEAD + sum + FOOT;
}

static void
draw_foot(struct canvas *c, const struct top *t, const struct top_view *v,
	const struct top_table *chosen)
{
	const char *title = top_title(t, &chosen->pane->columns[chosen->sort]);
	int row = c->rows - 1, col;

	if (v->typing) {
		col = canvas_printf(c, row, 0, CANVAS_BOLD, "Calls with: %s", v->filter);
		canvas_put(c, row, col, CANVAS_CHOSEN, " ");
		canvas_put(c, row, col + 2, CANVAS_DIM, "Enter: done  Esc: all");
		return;
	}
	col = canvas_printf(c, row, 0, CANVAS_DIM, "%s: ", chosen->pane->title);
	if (chosen->n < chosen->of)
		col = canvas_printf(c, row, col, CANVAS_DIM, "%zu of ", chosen->n);
	col = canvas_printf(c, row, col, CANVAS_DIM, "%zu, by %s", chosen->of, title);
	if (v->filter[0] != '\0')
		canvas_printf(c, row, col, CANVAS_WARN, ", only with \"%s\"", v->filter);
	canvas_put(c, row, c->cols - 16, CANVAS_DIM, "  ? help  q quit");
}

void
top_draw(struct canvas *c, const struct top *t, struct top_view *v, const char *trouble)
{
	struct top_table table[TOP_PANES];
	int want[TOP_PANES], got[TOP_PANES], row = HEAD;

	if (v->help) {
		top_help(c);
		return;
	}
	draw_head(c, t, v, trouble);
	if (t->now.answer[TOP_NODE] == NULL)
		return; /* nothing is known yet */
	open_tables(table, t, v, want);
	share(c->rows - HEAD - FOOT, want, got, v->pane, v->alone);
	for (unsigned p = 0; p < TOP_PANES; p++) {
		if (got[p] < 0 || row >= c->rows)
			continue;
		draw_table(c, t, &table[p], row, (size_t)got[p], &v->first[p], p == v->pane);
		row += 1 + got[p];
	}
	draw_foot(c, t, v, &table[v->pane]);
	close_tables(table);
}
