/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps a switch running for this node: connects to the one that is there, starts one through
 * the launcher when there is none, starts another when it dies or hangs, and ends it when
 * asked. Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct event_base;
struct keeper;
struct launcher;
struct switch_client;

struct keeper_conf {
	struct event_base *base;
	struct switch_client *client; /* its owner hands welcome and closed on to us */
	struct launcher *launcher;    /* NULL: connect only */
	pid_t child;                  /* that it is known to have started; 0: none */
	const char *path;             /* of the switch's socket */
	const char *lock;             /* path of the lock file that it holds */
	/* The switch's level, in the owner's hands: said again and again to see that it
	 * answers. */
	const unsigned *log_level;
	/* After a log line; the keeper has given up: the first switch could not be started, or
	 * one that is to end does not. */
	void (*failed)(void *arg);
	/* After keeper_stop(): the switch has gone. */
	void (*stopped)(void *arg);
	void *arg;
};

/* CONF is copied; what it points to must outlive the keeper.  The work begins with the event
 * loop. NULL: errno. */
struct keeper *keeper_open(const struct keeper_conf *conf);
void keeper_close(struct keeper *k); /* the switch, when not stopped, runs on; NULL is fine */

/* From the switch client's calls. */
void keeper_welcome(struct keeper *k);
void keeper_closed(struct keeper *k, const char *why);

/* Once a turn of the event loop, after its events: switch_events_flush(). */
void keeper_flush(struct keeper *k);

/* End the switch; calls STOPPED, or FAILED, from the event loop. */
void keeper_stop(struct keeper *k);

/* The node cannot be: end the switch if it is one that we have started; then, or at once,
 * calls FAILED. */
void keeper_give_up(struct keeper *k);

bool keeper_is_up(const struct keeper *k);
pid_t keeper_child(const struct keeper *k);       /* the switch that the launcher started; 0 */
unsigned keeper_restarts(const struct keeper *k); /* switches lost and replaced */

/* How long to wait before the next start, after a death that came SINCE_MS after the one
 * before, where the last wait was LAST_MS.  Nothing, unless they follow each other within 5 s;
 * then 100 ms, doubled up to 2 s.  Pure. */
unsigned keeper_delay_ms(unsigned last_ms, uint64_t since_ms);
