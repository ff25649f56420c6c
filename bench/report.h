/* SPDX-License-Identifier: Apache-2.0
 *
 * What a bench has measured, for people as a table and for programs as JSON: facts (words) and
 * figures, each with all the values that were taken of it, so that its spread can be seen. One
 * thread. */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct json_t;
struct report; /* opaque */

struct spread {
	double min, median, max;
};

/* Of N > 0 values, which are sorted in place. */
struct spread spread_of(double *value, size_t n);

struct report *report_open(const char *title); /* NULL: ENOMEM */
void report_close(struct report *r);           /* NULL is fine */

/* A fact: said again, the last word counts. */
void report_fact(struct report *r, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* One more value of the figure NAME, shown in UNIT with DIGITS after the point. */
void report_add(
	struct report *r, const char *name, const char *unit, int digits, double value);

/* The table.  A figure with several values shows its median, then the least and the greatest.
 */
void report_print(const struct report *r, FILE *out);

/* {"title": ..., "facts": {NAME: WORD}, "figures": {NAME: {"unit", "values", "min", "median",
 * "max"}}} The caller owns it.  NULL: out of memory. */
struct json_t *report_json(const struct report *r);

/* Write that to the file at PATH, "-" being stdout.  0 or -errno after a message on stderr. */
int report_save(const struct report *r, const char *path);

/* Both, as benches are asked: the table on stdout, and the file if PATH is not NULL; of stdout
 * it takes the place. */
int report_give(const struct report *r, const char *path);
