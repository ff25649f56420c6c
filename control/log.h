/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of the control process: one line an event, to stderr; under systemd's journal with
 * the priority that it understands.  At the default level no line names addresses, keys or
 * call identifiers: a call is named by log_call().  Control's one thread. */
#pragma once

#include <stdbool.h>

/* Numbered as in struct sw_log_set. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Their names, for configuration and RPC: "error", "warning", "info", "debug"; NULL-ended. */
extern const char *const log_levels[];
/* How calls are named: "hash", "plain"; NULL-ended. */
extern const char *const log_identifiers[];

int log_level_find(const char *name); /* -1: no such level */

/* Draw a new key for log_call(), look where stderr goes, set the level.  Before it is called
 * lines up to LOG_LEVEL_INFO are written, and calls named by hash. */
void log_open(enum log_level level, bool plain_identifiers);

void log_set_level(enum log_level level);
void log_set_identifiers(bool plain);
enum log_level log_get_level(void);
bool log_get_plain(void);

/* A call's name for a log line: "call-3f9a1c02", made from ID and a key of this process, or ID
 * itself with plain identifiers.  Valid until the fourth call after this one. */
const char *log_call(const char *id);

/* The same, whatever identifiers are set to: LOG_HASH bytes into TEXT. */
enum { LOG_HASH = sizeof "call-01234567" };
void log_hash(const char *id, char text[LOG_HASH]);

/* One line, printf-like, without a newline at its end.  Control characters become '?', so that
 * nobody outside can forge a line; it is cut at 1,000 bytes.  Keeps errno, so that %m may be
 * used after it. */
void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same about the call ID, whose name and a colon stand in front.  Every line about a call
 * is written by this, for a call may have a level of its own: log_trace.h. */
void log_about(const char *id, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Is such a line written?  For those that take some work to put together. */
bool log_writes(const char *id, enum log_level level);

#define log_err(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
