/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection: lines in, to rpc_exchange.h, answers out, over a libevent bufferevent; for
 * rpc_server.c, which says whose turn it is.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "control/rpc_exchange.h"

struct bufferevent;

struct rpc_conn {
	LIST_ENTRY(rpc_conn) link;   /* the server's */
	TAILQ_ENTRY(rpc_conn) queue; /* likewise: of those that want a turn */
	bool queued;
	/* It wants a turn; called again and again until it has one. */
	void (*wants)(struct rpc_conn *c, void *arg);
	void *arg;

	struct rpc_peer peer;
	struct bufferevent *bev;
	size_t searched; /* bytes of input known to hold no newline */
	bool skipping;   /* within a line that has been refused as too long */
	bool paused;     /* lines may be there, but the client is to take its answers first */
	bool ended;      /* the client says no more */
	bool cut;        /* nor do we; its next turn says so */
};

/* Serve and greet who is at FD, which is taken, under ROLE; the caller has set nothing of it.
 * NULL: errno, and FD stays the caller's. */
struct rpc_conn *rpc_conn_open(struct rpc_context *context, enum rpc_role role, int fd,
	void (*wants)(struct rpc_conn *c, void *arg), void *arg);

/* Sends what the socket takes of the answers, and closes it. */
void rpc_conn_close(struct rpc_conn *c);

enum rpc_conn_turn { RPC_CONN_WAITS, RPC_CONN_MORE, RPC_CONN_OVER };

/* Its turn, until UNTIL_NS (CLOCK_MONOTONIC) at most: begin requests.  It waits for something
 * and will want another, has more to do, or is to be closed. */
enum rpc_conn_turn rpc_conn_run(struct rpc_conn *c, uint64_t until_ns);

bool rpc_conn_is_idle(const struct rpc_conn *c); /* nothing to answer, nothing to send */

uint64_t rpc_conn_now_ns(void);
