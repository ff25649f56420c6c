/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of a fax as TIFF files: one to send, and whether what came is the same. */
#pragma once

#include <stdbool.h>

enum { PAGE_WIDTH = 1728 }; /* dots of a line, ISO A4: ITU-T T.4 table 2 */

/* PAGES pages of LINES lines each, all different, into PATH.  False: it cannot be written. */
bool page_make(const char *path, unsigned pages, unsigned lines);

/* How many lines of A are not in B, or other ones there; a page that is missing or shorter
 * misses all of them.  -1: one cannot be read. */
int page_difference(const char *a, const char *b);

/* Pages in PATH; 0: it cannot be read. */
unsigned page_count(const char *path);
