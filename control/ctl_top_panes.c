/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_top_panes.h.  First the ways to read a cell, then the columns that are read so. */
#include "control/ctl_top_panes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_number.h"

/* ---- Cells ---- */

static void
grade(struct top_value *v, const struct top_column *c)
{
	v->grade = c->worry && v->number > 0 ? CTL_WARN : ctl_grade_of(c->path, v->number);
}

static void
read_text(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	const char *text = json_string_value(top_at(row->now, c->path));

	snprintf(v->text, sizeof v->text, "%s", text != NULL ? text : "");
}

/* Strings, or objects that have one in their member `address`. */
static void
read_list(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	size_t i, len = 0;
	json_t *one;

	json_array_foreach (top_at(row->now, c->path), i, one) {
		const char *text = json_string_value(
			json_is_object(one) ? json_object_get(one, "address") : one);

		if (text != NULL && len < sizeof v->text)
			len += (size_t)snprintf(v->text + len, sizeof v->text - len, "%s%s",
				len > 0 ? ", " : "", text);
	}
}

static void
show(struct top_value *v, double number, const struct top_column *c)
{
	v->number = number;
	if (!isnan(number))
		ctl_short(number, v->text, sizeof v->text);
	grade(v, c);
}

static void
read_number(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	show(v, top_number(row->now, c->path), c);
}

/* One decimal, or two: what differs by less does not matter to a MOS. */
static void
read_score(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	v->number = top_number(row->now, c->path);
	if (!isnan(v->number))
		snprintf(v->text, sizeof v->text, "%.2f", v->number);
	grade(v, c);
}

static void
read_age(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	v->number = top_number(row->now, c->path);
	if (!isnan(v->number))
		ctl_duration(floor(v->number), v->text, sizeof v->text);
}

static void
read_rate(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	show(v, top_growth(t, row->now, row->before, c->path) / t->seconds, c);
}

/* Of a counter of bytes, in bits a second. */
static void
read_bits(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	show(v, top_growth(t, row->now, row->before, c->path) * 8 / t->seconds, c);
}

/* Cycles a packet of stage number INDEX: of the packets since the last reading, and of all if
 * those are few: they are timed in one visit of eight, which of a few says nothing. */
static void
read_cycles(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	enum { MANY = 100 }; /* packets */
	char packets[32], cycles[32];
	double n, sum;

	snprintf(packets, sizeof packets, "stages.%u.packets", c->index);
	snprintf(cycles, sizeof cycles, "stages.%u.cycles", c->index);
	n = top_growth(t, row->now, row->before, packets);
	sum = top_growth(t, row->now, row->before, cycles);
	if (isnan(n) || n < MANY || isnan(sum) || sum < 1) {
		n = top_number(row->now, packets);
		sum = top_number(row->now, cycles);
	}
	v->number = n > 0 ? floor(sum / n + 0.5) : n;
	if (!isnan(v->number))
		ctl_short(v->number, v->text, sizeof v->text);
}

static void
read_core_state(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	bool stalled = top_number(row->now, "stalled") > 0;

	v->grade = stalled ? CTL_BAD : CTL_FINE;
	strcpy(v->text, stalled                              ? "STALLED"
			: top_number(row->now, "asleep") > 0 ? "asleep"
							     : "awake");
}

/* Encoding is held down: that is heard. */
static void
read_complexity(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	enum { NOT_HELD_DOWN = 10 };

	read_number(t, row, c, v);
	v->grade = v->number < NOT_HELD_DOWN ? CTL_WARN : CTL_FINE;
}

static void
read_accepting(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	double accepting = top_number(row->now, c->path);

	if (isnan(accepting))
		return;
	v->grade = accepting > 0 ? CTL_FINE : CTL_BAD;
	strcpy(v->text, accepting > 0 ? "taken" : "REFUSED");
}

static void
read_link(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	double up = top_number(row->now, c->path);

	if (isnan(up))
		return;
	v->grade = up > 0 ? CTL_FINE : CTL_BAD;
	strcpy(v->text, up > 0 ? "up" : "DOWN");
}

/* ---- Columns ---- */

static const struct top_column core_columns[] = {
	{"CORE", 4, "core", NULL, TOP_RIGHT, true, .read = read_number},
	{"CPU", 3, "cpu", NULL, TOP_RIGHT, true, .read = read_number},
	{"STATE", 7, NULL, NULL, TOP_LEFT, true, .read = read_core_state},
	{"BUSY%", 5, "busy", NULL, TOP_RIGHT, .read = read_number},
	{"IN/S", 6, "rx_packets", NULL, TOP_RIGHT, .read = read_rate},
	{"OUT/S", 6, "tx_packets", NULL, TOP_RIGHT, .read = read_rate},
	{"IN b/S", 6, "rx_bytes", NULL, TOP_RIGHT, .read = read_bits},
	{"OUT b/S", 7, "tx_bytes", NULL, TOP_RIGHT, .read = read_bits},
	{"HANDED/S", 8, "handed_over", NULL, TOP_RIGHT, .read = read_rate},
	{"DROP/S", 6, "dropped", NULL, TOP_RIGHT, .worry = true, .read = read_rate},
	{"PORTS", 5, "transports", NULL, TOP_RIGHT, .read = read_number},
	{.read = NULL},
};

#define STAGE .width = 6, .side = TOP_RIGHT, .read = read_cycles
static const struct top_column stage_columns[] = {
	{"CYC/PKT", 7, "core", NULL, TOP_RIGHT, true, .read = read_number}, /* of core ... */
	{STAGE, .index = 0},
	{STAGE, .index = 1},
	{STAGE, .index = 2},
	{STAGE, .index = 3},
	{STAGE, .index = 4},
	{STAGE, .index = 5},
	{STAGE, .index = 6},
	{STAGE, .index = 7},
	{STAGE, .index = 8},
	{STAGE, .index = 9},
	{STAGE, .index = 10},
	{STAGE, .index = 11},
	{.read = NULL},
};

static const struct top_column transcoder_columns[] = {
	{"TRANSCODE", 9, "core", NULL, TOP_RIGHT, true, .read = read_number},
	{"CPU", 3, "cpu", NULL, TOP_RIGHT, true, .read = read_number},
	{"STATE", 7, NULL, NULL, TOP_LEFT, true, .read = read_core_state},
	{"LOAD%", 5, "load", NULL, TOP_RIGHT, .read = read_number},
	{"DIRECTIONS", 10, "directions", NULL, TOP_RIGHT, .read = read_number},
	{"FRAMES/S", 8, "frames", NULL, TOP_RIGHT, .read = read_rate},
	{"COMPLEXITY", 10, "complexity", NULL, TOP_RIGHT, true, .read = read_complexity},
	{"NEW CALLS", 9, "accepting", NULL, TOP_LEFT, true, .read = read_accepting},
	{.read = NULL},
};

static const struct top_column drop_columns[] = {
	{"REASON", 16, "name", NULL, TOP_LEFT, true, .read = read_text},
	{"/S", 6, "packets", NULL, TOP_RIGHT, .worry = true, .read = read_rate},
	{"TOTAL", 6, "packets", NULL, TOP_RIGHT, .read = read_number},
	{"MEANING", 10, "help", NULL, TOP_LEFT, true, .read = read_text},
	{.read = NULL},
};

static const struct top_column device_columns[] = {
	{"DEVICE", 10, "name", NULL, TOP_LEFT, true, .read = read_text},
	{"LINK", 4, "up", NULL, TOP_LEFT, true, .read = read_link},
	{"KIND", 6, "kind", NULL, TOP_LEFT, true, .read = read_text},
	{"QUEUES", 6, "queues", NULL, TOP_RIGHT, .read = read_number},
	{"MTU", 4, "mtu", NULL, TOP_RIGHT, .read = read_number},
	{"FRAGM/S", 7, "fragments", NULL, TOP_RIGHT, .read = read_rate},
	{"TWIN", 4, "twin", NULL, TOP_LEFT, true, .read = read_text},
	{"ADDRESSES", 9, "addresses", NULL, TOP_LEFT, true, .read = read_list},
	{.read = NULL},
};

/* Grades of MOS: below 3.6 many users are dissatisfied, below 3.1 nearly all (G.107 annex B).
 */
static const struct top_column call_columns[] = {
	{"CALL", 16, "call", NULL, TOP_LEFT, true, .read = read_text},
	{"AGE", 7, "age_s", NULL, TOP_RIGHT, .read = read_age},
	{"MOS", 4, "mos", "mos", TOP_RIGHT, true, .read = read_score},
	{"LOSS%", 5, "loss", "loss", TOP_RIGHT, .read = read_number},
	{"JITTER", 6, "jitter_ms", "jitter", TOP_RIGHT, .read = read_number},
	{"RTT", 4, "round_trip_ms", "rtt", TOP_RIGHT, .read = read_number},
	{"IN/S", 5, "rx_packets", NULL, TOP_RIGHT, .read = read_rate},
	{"LOST", 5, "lost", NULL, TOP_RIGHT, .worry = true, .read = read_number},
	{"DROP/S", 6, "dropped", "drops", TOP_RIGHT, .worry = true, .read = read_rate},
	{"LEGS", 8, "legs", NULL, TOP_LEFT, true, .read = read_list},
	{.read = NULL},
};

const struct top_pane top_panes[TOP_PANES] = {
	[TOP_PANE_CORES] = {"Cores", TOP_CORES, "cores", "core",
		.none = "none: the data plane is away", .columns = core_columns},
	[TOP_PANE_STAGES] = {"Cycles a packet", TOP_CORES, "cores", "core",
		.none = "none: the data plane is away", .columns = stage_columns},
	[TOP_PANE_TRANSCODERS] = {"Transcode cores", TOP_TRANSCODERS, "transcoders", "core",
		.none = "none: the data plane is away", .columns = transcoder_columns},
	[TOP_PANE_DROPS] = {"Drops", TOP_DROPS, "drops", "name", .counts = "packets",
		.none = "none", .sort = 1, .columns = drop_columns},
	[TOP_PANE_DEVICES] = {"Devices", TOP_DEVICES, "devices", "name",
		.none = "none: the data plane is away", .columns = device_columns},
	[TOP_PANE_CALLS] = {"Calls", TOP_CALLS, "calls", "call", .search = "legs",
		.none = "none", .sort = 2, .columns = call_columns},
};

const char *
top_title(const struct top *t, const struct top_column *c)
{
	char path[32];
	const char *name;

	if (c->title != NULL)
		return c->title;
	snprintf(path, sizeof path, "cores.0.stages.%u.name", c->index);
	name = json_string_value(top_at(t->now.answer[TOP_CORES], path));
	return name != NULL ? name : "?";
}

void
top_cell(const struct top *t, const struct top_row *row, const struct top_column *c,
	struct top_value *v)
{
	*v = (struct top_value){.number = (double)NAN};
	c->read(t, row, c, v);
}
