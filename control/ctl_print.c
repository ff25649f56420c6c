/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_print.h.  jansson keeps the order of an object's members, so that one serves as a
 * row (path -> value) and as a list of columns (path -> width). */
#include "control/ctl_print.h"

#include <ctype.h>
#include <string.h>

#include "control/ctl_grade.h"
#include "control/ctl_number.h"

enum {
	PATH = 256, /* bytes of "remote.address" */
	CELL = 512,
	WIDE = 130, /* columns of a terminal that a table may take; its last column may run
		       over */
};

/* ---- One value ---- */

static bool
ends_with(const char *name, const char *end)
{
	size_t a = strlen(name), b = strlen(end);

	return a >= b && strcmp(name + a - b, end) == 0;
}

/* VALUE, called NAME, in words; its unit is told by its name. */
static const char *
in_words(const char *name, json_t *value, char *buf, size_t room)
{
	size_t len = 0, i;
	json_t *one;

	buf[0] = '\0';
	if (json_is_number(value) && ends_with(name, "_s"))
		ctl_duration(json_number_value(value), buf, room);
	else if (json_is_number(value) && ends_with(name, "bytes"))
		ctl_bytes(json_number_value(value), buf, room);
	else if (json_is_integer(value))
		snprintf(buf, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buf, room, "%.4g", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(buf, room, "%s", json_is_true(value) ? "yes" : "no");
	else if (json_is_string(value))
		snprintf(buf, room, "%s", json_string_value(value));
	json_array_foreach (value, i, one) {
		char part[CELL];

		len += (size_t)snprintf(buf + len, room - len, "%s%s", i > 0 ? ", " : "",
			in_words(name, one, part, sizeof part));
		if (len >= room)
			break;
	}
	/* What a peer has named must not steer the terminal. */
	for (char *p = buf; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	return buf[0] != '\0' ? buf : "-";
}

/* A path as a title: "remote.rtcp_port" -> "remote rtcp port"; "age_s" -> "age". */
static const char *
title(const char *path, char buf[PATH])
{
	snprintf(buf, PATH, "%.*s", (int)strlen(path) - (ends_with(path, "_s") ? 2 : 0), path);
	for (char *p = buf; *p != '\0'; p++)
		if (*p == '_' || *p == '.')
			*p = ' ';
		else if (iscntrl((unsigned char)*p))
			*p = '?';
	return buf;
}

/* ---- Objects as rows ---- */

/* Is or has it an array of objects (an empty one may be): more than a row can show? */
static bool
is_deep(json_t *value)
{
	const char *name;
	json_t *one;
	size_t i;

	if (json_is_array(value) && json_array_size(value) == 0)
		return true;
	json_array_foreach (value, i, one)
		if (json_is_object(one) || json_is_array(one))
			return true;
	json_object_foreach (value, name, one)
		if (is_deep(one))
			return true;
	return false;
}

/* 10.0.0.2:4000, [2001:db8::2]:4000 */
static json_t *
place(const char *address, json_int_t port)
{
	bool v6 = strchr(address, ':') != NULL;

	return json_sprintf("%s%s%s:%d", v6 ? "[" : "", address, v6 ? "]" : "", (int)port);
}

/* {"address": "10.0.0.2", "port": 4000} -> 10.0.0.2:4000, and where RTCP goes, if not to the
 * port behind.  NULL: it is no such object. */
static json_t *
endpoint(const json_t *o)
{
	const char *address = json_string_value(json_object_get(o, "address"));
	const char *other = json_string_value(json_object_get(o, "rtcp_address"));
	json_t *port = json_object_get(o, "port"), *rtcp = json_object_get(o, "rtcp_port");
	json_int_t n = json_integer_value(port), m = json_integer_value(rtcp);
	json_t *at, *text;

	if (address == NULL || port == NULL ||
		json_object_size(o) != 2u + (rtcp != NULL) + (other != NULL))
		return NULL;
	at = place(address, n);
	if (rtcp == NULL || (other == NULL && m == n + 1))
		return at;
	if (other == NULL) {
		text = json_sprintf("%s, RTCP %d", json_string_value(at), (int)m);
	} else {
		json_t *to = place(other, m);

		text = json_sprintf(
			"%s, RTCP %s", json_string_value(at), json_string_value(to));
		json_decref(to);
	}
	json_decref(at);
	return text;
}

/* Add what OBJECT says, but for what is deep, to ROW; nested names get a path. */
static void
flatten(json_t *row, const char *above, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach (object, name, value) {
		char path[PATH];

		snprintf(
			path, sizeof path, "%s%s%s", above, above[0] != '\0' ? "." : "", name);
		if (is_deep(value))
			continue;
		if (!json_is_object(value))
			json_object_set(row, path, value);
		else if (json_object_set_new(row, path, endpoint(value)) != 0)
			flatten(row, path, value);
	}
}

/* The last part of a path: the name that says the unit. */
static const char *
last_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL ? dot + 1 : path;
}

static void
print_pairs(FILE *f, json_t *row, int indent)
{
	char cell[CELL], name[PATH];
	const char *path;
	json_t *value;
	int width = 0;

	json_object_foreach (row, path, value)
		if ((int)strlen(title(path, name)) > width)
			width = (int)strlen(name);
	json_object_foreach (row, path, value)
		fprintf(f, "%*s%-*s  %s\n", indent, "", width, title(path, name),
			in_words(last_name(path), value, cell, sizeof cell));
}

/* ---- Tables ---- */

static const char *
colour_of(enum ctl_grade grade, unsigned how)
{
	static const char *const colours[] = {
		[CTL_FINE] = "", [CTL_WARN] = "\033[33m", [CTL_BAD] = "\033[31m"};

	return how & CTL_PRINT_COLOUR ? colours[grade] : "";
}

static void
print_cell(FILE *f, const char *text, int width, bool right, bool last, const char *colour)
{
	fputs(colour, f);
	if (right)
		fprintf(f, "%*s", width, text);
	else
		fprintf(f, "%-*s", last ? 0 : width, text);
	fputs(colour[0] != '\0' ? "\033[0m" : "", f);
	fputs(last ? "\n" : "  ", f);
}

/* A column for each path that a row has, as wide as its widest cell. */
static json_t *
columns_of(json_t *rows)
{
	json_t *columns = json_object(), *row, *value;
	const char *path;
	size_t i;

	json_array_foreach (rows, i, row) {
		json_object_foreach (row, path, value) {
			json_t *width = json_object_get(columns, path);
			char cell[CELL], name[PATH];
			json_int_t n = (json_int_t)strlen(
				in_words(last_name(path), value, cell, sizeof cell));

			if (width == NULL) {
				width = json_integer((json_int_t)strlen(title(path, name)));
				json_object_set_new(columns, path, width);
			}
			if (json_integer_value(width) < n)
				json_integer_set(width, n);
		}
	}
	return columns;
}

static bool
is_wide(json_t *columns)
{
	size_t n = json_object_size(columns), i = 0;
	json_int_t sum = 0;
	const char *path;
	json_t *width;

	json_object_foreach (columns, path, width)
		sum += ++i < n ? json_integer_value(width) + 2 : (json_int_t)strlen(path);
	return sum > WIDE;
}

static void
print_rows(FILE *f, json_t *rows, json_t *columns, int indent, unsigned how)
{
	size_t n = json_object_size(columns), i, at = 0;
	json_t *width, *row;
	const char *path;

	fprintf(f, "%*s", indent, "");
	json_object_foreach (columns, path, width) {
		char head[PATH];

		title(path, head);
		for (char *p = head; *p != '\0'; p++)
			*p = (char)toupper((unsigned char)*p);
		print_cell(f, head, (int)json_integer_value(width),
			json_is_number(json_object_get(json_array_get(rows, 0), path)),
			++at == n, how & CTL_PRINT_COLOUR ? "\033[1m" : "");
	}
	json_array_foreach (rows, i, row) {
		at = 0;
		fprintf(f, "%*s", indent, "");
		json_object_foreach (columns, path, width) {
			json_t *value = json_object_get(row, path);
			char cell[CELL];

			print_cell(f, in_words(last_name(path), value, cell, sizeof cell),
				(int)json_integer_value(width), json_is_number(value),
				++at == n,
				colour_of(ctl_grade_of(
						  last_name(path), json_number_value(value)),
					how));
		}
	}
}

/* Has it numbers, and all of them 0? */
static bool
counts_nothing(json_t *row)
{
	bool numbers = false;
	const char *path;
	json_t *value;

	json_object_foreach (row, path, value) {
		if (json_is_number(value) && json_number_value(value) != 0.0)
			return false;
		numbers |= json_is_number(value);
	}
	return numbers;
}

/* OBJECTS as rows; NULL: one of them is deep. */
static json_t *
rows_of(json_t *objects, unsigned how)
{
	json_t *rows = json_array(), *object;
	size_t i;

	json_array_foreach (objects, i, object) {
		json_t *row = json_object();

		if (is_deep(object) || !json_is_object(object)) {
			json_decref(row);
			json_decref(rows);
			return NULL;
		}
		flatten(row, "", object);
		if (how & CTL_PRINT_BUSY && counts_nothing(row))
			json_decref(row);
		else
			json_array_append_new(rows, row);
	}
	return rows;
}

/* ---- Answers ---- */

static void print_object(FILE *f, json_t *object, int indent, unsigned how);

/* An array that is called NAME; or, when it is all there is to say, goes without a name.  A
 * table, if it can be one that fits a terminal. */
static void
print_array(FILE *f, const char *name, json_t *array, int indent, bool alone, unsigned how)
{
	json_t *rows = rows_of(array, how), *columns = columns_of(rows), *one;
	const int in = alone ? indent : indent + 2;
	char shown[PATH];
	size_t i;

	title(name, shown);
	if (rows != NULL && !is_wide(columns)) {
		if (!alone)
			fprintf(f, "%*s%s:\n", indent, "", shown);
		if (json_array_size(rows) == 0)
			fprintf(f, "%*snone\n", in, "");
		else
			print_rows(f, rows, columns, in, how);
	} else {
		json_array_foreach (array, i, one) {
			fprintf(f, "%*s%s[%zu]:\n", indent, "", shown, i);
			print_object(f, one, indent + 2, how);
		}
	}
	json_decref(columns);
	json_decref(rows);
}

static void
print_object(FILE *f, json_t *object, int indent, unsigned how)
{
	json_t *row = json_object(), *value;
	char shown[PATH];
	const char *name;

	flatten(row, "", object);
	print_pairs(f, row, indent);
	json_object_foreach (object, name, value) {
		if (json_is_array(value) && is_deep(value)) {
			print_array(f, name, value, indent, json_object_size(row) == 0, how);
		} else if (is_deep(value)) {
			fprintf(f, "%*s%s:\n", indent, "", title(name, shown));
			print_object(f, value, indent + 2, how);
		}
	}
	json_decref(row);
}

void
ctl_print(FILE *f, json_t *answer, unsigned how)
{
	print_object(f, answer, 0, how);
}
