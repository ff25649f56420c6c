/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_top_table.h. */
#include "control/ctl_top_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_number.h"

/* What names the row of O in PANE, in BUF. */
static const char *
key_of(const struct top_pane *pane, const json_t *o, char *buf, size_t room)
{
	const json_t *key = json_object_get(o, pane->key);

	if (json_is_string(key))
		return json_string_value(key);
	snprintf(buf, room, "%" JSON_INTEGER_FORMAT, json_integer_value(key));
	return buf;
}

/* The rows of ANSWER by their names. */
static json_t *
index_of(const struct top_pane *pane, const json_t *answer)
{
	json_t *index = json_object(), *row;
	char buf[CTL_NUMBER];
	size_t i;

	json_array_foreach (json_object_get(answer, pane->array), i, row)
		json_object_set(index, key_of(pane, row, buf, sizeof buf), row);
	return index;
}

static bool
passes(const struct top_pane *pane, const json_t *row, const char *filter)
{
	char buf[CTL_NUMBER];
	json_t *one;
	size_t i;

	if (pane->search == NULL || strcasestr(key_of(pane, row, buf, sizeof buf), filter))
		return true;
	json_array_foreach (json_object_get(row, pane->search), i, one)
		if (json_is_string(one) && strcasestr(json_string_value(one), filter))
			return true;
	return false;
}

/* Those rows of the answer that are shown. */
static void
choose(struct top_table *table, const struct top *t, const char *filter)
{
	const struct top_pane *pane = table->pane;
	json_t *rows = json_object_get(t->now.answer[pane->answer], pane->array), *one;
	json_t *index = index_of(pane, t->before.answer[pane->answer]);
	char buf[CTL_NUMBER];
	size_t i;

	json_array_foreach (rows, i, one) {
		if (pane->counts != NULL && !(top_number(one, pane->counts) > 0))
			continue;
		table->of++;
		if (!passes(pane, one, filter))
			continue;
		table->rows[table->n++] = (struct top_row){
			one, json_object_get(index, key_of(pane, one, buf, sizeof buf))};
	}
	json_decref(index); /* the rows themselves are the readings' */
}

/* Which columns say something. */
static void
find_columns(struct top_table *table, const struct top *t)
{
	struct top_value v;

	for (unsigned c = 0; table->pane->columns[c].read != NULL; c++)
		for (size_t i = 0; i < table->n && !table->has[c]; i++) {
			top_cell(t, &table->rows[i], &table->pane->columns[c], &v);
			table->has[c] = v.text[0] != '\0';
		}
}

/* ---- Sorting ---- */

/* A row with what it is sorted by. */
struct sorted {
	struct top_row row;
	struct top_value value;
	size_t at; /* in the answer */
};

/* What is unknown comes last, either way. */
static int
compare(const void *va, const void *vb, void *arg)
{
	const struct sorted *a = va, *b = vb;
	const bool rising = *(const bool *)arg;
	bool a_known = a->value.text[0] != '\0', b_known = b->value.text[0] != '\0';
	int order = 0;

	if (a_known != b_known)
		return a_known ? -1 : 1;
	if (isnan(a->value.number) || isnan(b->value.number))
		order = strcmp(a->value.text, b->value.text);
	else if (a->value.number != b->value.number)
		order = a->value.number < b->value.number ? -1 : 1;
	if (order == 0)
		return a->at < b->at ? -1 : 1;
	return rising ? order : -order;
}

static int
sort_rows(struct top_table *table, const struct top *t, bool reverse)
{
	const struct top_column *by = &table->pane->columns[table->sort];
	struct sorted *sorted = calloc(table->n + 1, sizeof *sorted);
	bool rising = by->rising != reverse;

	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < table->n; i++) {
		sorted[i].row = table->rows[i];
		sorted[i].at = i;
		top_cell(t, &table->rows[i], by, &sorted[i].value);
	}
	qsort_r(sorted, table->n, sizeof *sorted, compare, &rising);
	for (size_t i = 0; i < table->n; i++)
		table->rows[i] = sorted[i].row;
	free(sorted);
	return 0;
}

/* ---- A table ---- */

int
top_table_init(struct top_table *table, const struct top *t, const struct top_pane *pane,
	unsigned sort, bool reverse, const char *filter)
{
	size_t most =
		json_array_size(json_object_get(t->now.answer[pane->answer], pane->array));

	*table = (struct top_table){.pane = pane, .sort = sort};
	table->rows = calloc(most + 1, sizeof *table->rows);
	if (table->rows == NULL)
		return -ENOMEM;
	choose(table, t, filter);
	find_columns(table, t);
	if (!table->has[sort])
		table->sort = top_column_beside(table, sort, 1);
	if (sort_rows(table, t, reverse) == 0)
		return 0;
	top_table_fini(table);
	return -ENOMEM;
}

void
top_table_fini(struct top_table *table)
{
	free(table->rows);
	table->rows = NULL;
	table->n = 0;
}

unsigned
top_column_beside(const struct top_table *table, unsigned from, int step)
{
	unsigned n = 0, at = from;

	while (table->pane->columns[n].read != NULL)
		n++;
	do
		at = (at + n + (unsigned)step) % n;
	while (at != from && !table->has[at]);
	return at;
}
