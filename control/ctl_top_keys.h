/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody looks at in strowger-ctl top, and the keys that change it.  Pure: keys come as
 * numbers, from a terminal or a test. */
#pragma once

#include <stdio.h>

#include "control/ctl_canvas.h"
#include "control/ctl_top_table.h"

struct top_view {
	enum top_pane_id pane; /* the one that keys act on */
	bool alone;            /* it is shown alone */
	bool paused;           /* no new readings */
	bool help;
	bool quit;
	bool typing;     /* the filter */
	char filter[64]; /* UTF-8 */
	unsigned sort[TOP_PANES];
	bool reversed[TOP_PANES];
	size_t first[TOP_PANES]; /* row that is shown first; drawing keeps it within the table
				  */
};

/* Keys that are no characters. */
enum {
	TOP_KEY_UP = 0x110000,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_LEFT,
	TOP_KEY_RIGHT,
	TOP_KEY_BACK_TAB,
	TOP_KEY_BACKSPACE,
	TOP_KEY_OTHER, /* which nothing is for; and a new size */
	TOP_KEY_ESCAPE = 27,
};

void top_view_init(struct top_view *v);

/* KEY was pressed: a byte that was typed, or one of those above. */
void top_key(struct top_view *v, const struct top *t, int key);

/* The help screen. */
void top_help(struct canvas *c);
