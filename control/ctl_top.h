/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-ctl top: a node, live, in a terminal. */
#pragma once

#include <stdbool.h>

struct top_conf {
	const char *socket;
	double interval_s;
	bool once;   /* print it once, as plain text, and end */
	bool colour; /* if the terminal has any */
};

/* Run it.  0 when it was ended by a key; -errno: what became of the connection with `once`,
 * and -ENOTTY: a terminal that is not known.  Ends the process when a signal asks for that. */
int ctl_top(const struct top_conf *conf);
