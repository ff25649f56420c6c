/* SPDX-License-Identifier: Apache-2.0
 *
 * What the service manager hears of us, when one listens: ready, stopping, a line of status,
 * and the watchdog's sign of life, sent by the event loop and so only while that turns.
 * sd_notify(3). Control's one thread. */
#pragma once

struct event_base;
struct notify;

struct notify *notify_open(struct event_base *base); /* NULL: errno */
void notify_close(struct notify *n);                 /* NULL is fine */

void notify_ready(void); /* for the first time, or again after notify_reloading() */
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
