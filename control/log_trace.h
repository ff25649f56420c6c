/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls with a level of their own: lines about them are written up to it, whatever the log's
 * level is.  A call can be named before it exists.  A trace ends by itself.  Control's one
 * thread. */
#pragma once

#include <stdbool.h>

#include "control/log.h"

enum {
	LOG_TRACES = 16,         /* at one time */
	LOG_TRACE_SECONDS = 600, /* when nobody says */
	LOG_TRACE_SECONDS_MAX = 86400,
};

/* Trace call ID at LEVEL for so many seconds; one that is traced already: anew.  0; -ENOSPC:
 * LOG_TRACES others are; -ENOMEM. */
int log_trace_begin(const char *id, enum log_level level, unsigned seconds);
bool log_trace_end(const char *id); /* false: it was not traced */

/* Call ID has ended: so does its trace, when the last lines about it have been written. */
void log_trace_call_ended(const char *id);

/* Is a line of LEVEL about call ID written because that is traced? */
bool log_trace_wants(const char *id, enum log_level level);

/* The trace in place N < LOG_TRACES; false: there is none. */
struct log_trace {
	const char *id; /* until traces change */
	enum log_level level;
	unsigned seconds_left;
};
bool log_trace_get(unsigned n, struct log_trace *t);
