/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-ctl top as characters on a canvas: the node in three lines, then its tables, each
 * with as much room as it needs and gets, then what the keys do.  Pure. */
#pragma once

#include "control/ctl_top_keys.h"

/* Draw T as V wants to see it.  TROUBLE: why there are no news of the node; NULL: there are.
 * Keeps V's scrolling within the tables. */
void top_draw(struct canvas *c, const struct top *t, struct top_view *v, const char *trouble);

/* How many rows a canvas needs to hold all. */
int top_height(const struct top *t, const struct top_view *v);
