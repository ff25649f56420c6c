/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch client's socket in the event loop: what comes is read at once, what waits is
 * written once a turn.  Control's one thread. */
#pragma once

struct event_base;
struct switch_client;
struct switch_events;

/* BASE and CLIENT must outlive it.  NULL: no memory. */
struct switch_events *switch_events_open(
	struct event_base *base, struct switch_client *client);
void switch_events_close(struct switch_events *e); /* NULL is fine */

/* The client is connected; is not any more.  0; -ENOMEM, and nothing is watched. */
int switch_events_watch(struct switch_events *e);
void switch_events_drop(struct switch_events *e);

/* After the events of a turn: write what commands are queued; deletions that nobody waits for
 * within a millisecond. */
void switch_events_flush(struct switch_events *e);
