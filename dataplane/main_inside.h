/* SPDX-License-Identifier: Apache-2.0
 *
 * What main.c, which starts and stops the switch, shares with main_loop.c, in which it runs,
 * and main_links.c (its links).  Nobody else's.  Main thread. */
#pragma once

#include <event2/event.h>

#include "dataplane/device.h"
#include "dataplane/forwarding.h"
#include "dataplane/neigh.h"
#include "dataplane/options.h"
#include "dataplane/seal.h"
#include "dataplane/switch_server.h"
#include "dataplane/twins.h"

enum { TICK_MS = 100 };

/* The whole process; one, and main's. */
struct node {
	struct options options;
	int lock;
	bool locked, eal, sealing; /* how far the start came */
	struct event_base *base;
	struct rte_mempool *pool[SW_DEVICES];
	struct device device[SW_DEVICES];
	unsigned devices; /* open */
	struct seal *nss; /* a key of nobody's, for the engine libsrtp2 */
	struct twins *twins;
	struct neigh *neigh;
	struct switch_server *server;
	struct event *neigh_ev, *term_ev, *int_ev, *events_ev, *woken_ev, *tick_ev, *settle_ev,
		*watchdog_ev, *link_ev;

	struct forwarding *forwarding; /* NULL until the state is there */
	bool welcomed;                 /* control has been told how the state came */
	bool alive;                    /* no core was stalled at the last tick */
	unsigned ticks;
	struct {
		uint8_t mac[6];
		bool up;
		int64_t mac_ms, up_ms; /* when; 0: never */
	} said[SW_DEVICES];            /* by the log */
	bool gone[SW_DEVICES];         /* it has said that its kernel interface is */
	bool replaced; /* there is another in its place, for which a successor is needed */
	bool for_good; /* control has said so: no successor is to find anything */
};

/* 0 or -errno, after a log line where it is not for want of memory. */
int main_open_loop(struct node *n);
void main_close_loop(struct node *n); /* whatever has been opened of it */
void main_run_loop(struct node *n);   /* until somebody ends it */

/* Bring the forwarding up with what a predecessor left in FD (-1: nothing). */
int main_start_forwarding(struct node *n, int fd);

/* After whatever changed the tables or the host: make paths anew, free what may be freed, and
 * tell control what became of it.  ARG: the node. */
void main_settle(void *arg);

/* ---- main_links.c ---- */

/* ARG, the node, has other links than before, or none. */
void main_links_changed(void *arg);
/* What is new of the links, to the log, now or, where they flap, when it is time. */
void main_say_links(struct node *n);
/* Look at the links of devices that the kernel does not see. */
void main_watch_links(struct node *n);
/* Of link_ev.  ARG: the node. */
void main_on_link(evutil_socket_t fd, short what, void *arg);
