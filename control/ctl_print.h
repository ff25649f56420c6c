/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON for people: what an answer says once as names with values, its arrays of objects as
 * tables.  Knows no method, so that it shows what a newer daemon says, too. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Print ANSWER, mostly an object.  BUSY: without those rows of tables that count nothing. */
void ctl_print(FILE *f, json_t *answer, bool busy);
