/* SPDX-License-Identifier: Apache-2.0
 *
 * What control knows of the forwarding cores beyond the switch's counters: how much each does,
 * by a look at them once a second, and which of them the switch has reported as stalled.
 * Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/switch.h"

struct core_watch;
struct event_base;
struct switch_client;

/* Of the last second but a part; 0 until two looks have been taken. */
struct core_rate {
	double rx, tx; /* packets a second */
	double busy;   /* share of its time in turns that had packets, 0 to 1 */
};

/* BASE and CLIENT must outlive it.  NULL: errno. */
struct core_watch *core_watch_open(
	struct event_base *base, const struct switch_client *client);
void core_watch_close(struct core_watch *w); /* NULL is fine */

/* A switch has come: whatever was known is of the one before. */
void core_watch_welcome(struct core_watch *w);

/* SW_EV_STALLED: remembered.  The switch has logged it. */
void core_watch_event(struct core_watch *w, const struct sw_event *ev);

/* Look at the counters; NOW: TSC.  The timer does. */
void core_watch_look(struct core_watch *w, uint64_t now);

bool core_watch_is_stalled(const struct core_watch *w, unsigned core);
struct core_rate core_watch_rate(const struct core_watch *w, unsigned core);
