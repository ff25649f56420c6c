/* SPDX-License-Identifier: Apache-2.0
 *
 * A terminal for strowger-ctl top: shows canvases, of which ncurses sends only what has
 * changed, and reads keys.  One a process, which must have set its locale. */
#pragma once

#include <stdbool.h>

struct canvas;

/* Take the terminal at stdin and stdout.  COLOUR: if it has any.  0; -ENOTTY: ncurses does not
 * know it ($TERM).  It is given back by screen_close(), also at exit(). */
int screen_open(bool colour);
void screen_close(void); /* likewise if none is open */

void screen_size(int *rows, int *cols);
void screen_show(const struct canvas *c);

/* The next key that was pressed: a byte or one of ctl_top_keys.h; 0: none; -1: the terminal
 * has gone. */
int screen_key(void);
