/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON for people: what an answer says once as names with values, its arrays of objects as
 * tables.  Knows no method, so that it shows what a newer daemon says, too. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum ctl_print {
	CTL_PRINT_BUSY = 1,   /* without those rows of tables that count nothing */
	CTL_PRINT_COLOUR = 2, /* F is a terminal, and somebody likes colours */
};

/* Print ANSWER, mostly an object, as HOW says: enum ctl_print, or 0. */
void ctl_print(FILE *f, json_t *answer, unsigned how);
