/* SPDX-License-Identifier: Apache-2.0
 *
 * The requests of one line, from their reading to the line that answers them.  Between
 * rpc_server.c, which moves lines, and the handlers, which may answer at once or long after
 * the client has gone. Control's one thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct evbuffer;
struct rpc_exchange;
struct rpc_server_conf;

/* The exchanges of one client.  The callbacks are called from within rpc_reply(), too. */
struct rpc_exchanges {
	LIST_HEAD(, rpc_exchange) list;
	unsigned n;        /* without their answer yet */
	unsigned requests; /* in them, likewise */
	struct rpc_server_conf *conf;
	bool (*has_room)(void *arg, size_t bytes); /* may the client be sent so many more? */
	void (*send)(void *arg, struct evbuffer *line); /* takes the bytes */
	void (*done)(void *arg); /* there is one fewer, or one of its requests; maybe without
				  * an answer */
	void *arg;
};

/* Run the requests in LINE, which stays the caller's.  0, whatever is in it; -ENOMEM. */
int rpc_exchange_line(struct rpc_exchanges *xs, const char *line, size_t len);

/* Answer a line that is not even looked at.  Takes ERROR.  0; -ENOMEM. */
int rpc_exchange_refuse(struct rpc_exchanges *xs, json_t *error);

/* The client has gone: what its requests are answered later goes nowhere. */
void rpc_exchange_orphan(struct rpc_exchanges *xs);
