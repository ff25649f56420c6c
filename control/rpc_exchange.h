/* SPDX-License-Identifier: Apache-2.0
 *
 * The requests of one line, from their reading to the line that answers them.  rpc_conn.c
 * moves lines, rpc_request.c runs requests, and both use this; handlers may answer at once or
 * long after the client has gone.  Control's one thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "control/rpc.h"

struct evbuffer;
struct rpc_call;
struct rpc_exchange;
struct rpc_once;

/* What all clients of a server share.  Ends with the server and the last of its requests. */
struct rpc_context {
	struct event_base *base;
	struct rpc_server_conf conf;
	struct rpc_once *once; /* requests with a key */
	unsigned users;        /* the server, and every request that is not answered */
	bool held;             /* rpc_server_pause() */
	size_t owed;           /* of all its clients */
};

/* With one user.  NULL: errno. */
struct rpc_context *rpc_context_open(
	struct event_base *base, const struct rpc_server_conf *conf);
void rpc_context_put(struct rpc_context *c); /* one user fewer */

/* One client.  The callbacks are called from within rpc_reply(), too. */
struct rpc_peer {
	struct rpc_context *context;
	enum rpc_role role;   /* of its socket */
	struct ucred who;     /* has connected */
	struct evbuffer *out; /* what it has yet to take */

	LIST_HEAD(, rpc_exchange) list;
	struct rpc_exchange *reading; /* whose requests are being begun; NULL: none */
	unsigned n;                   /* exchanges without their answer yet */
	unsigned requests;            /* in them, likewise */
	size_t owed; /* bytes of answers it has yet to take, those of unfinished lines too */

	bool (*has_room)(void *arg, size_t bytes); /* may it be owed so many more?  0: what it
						    * is owed already, may it be sent that? */
	void (*done)(void *arg); /* there is one fewer, or one of its requests; maybe without
				  * an answer */
	void *arg;
	void (*gone)(void *arg); /* rpc_peer_watch() */
	void *gone_arg;
};

/* From now on, count what is put into OUT and taken from it among what P is owed.  0; -ENOMEM.
 */
int rpc_exchange_count(struct rpc_peer *p, struct evbuffer *out);

/* Take LINE, which stays the caller's, when P is reading none.  0, whatever is in it; -ENOMEM.
 */
int rpc_exchange_line(struct rpc_peer *p, const char *line, size_t len);

/* Let START begin the next request of the line that P is reading: rpc_request_start(), which
 * is behind this.  1; 0: there is no further one; -ENOMEM. */
int rpc_exchange_step(
	struct rpc_peer *p, int (*start)(struct rpc_exchange *x, const struct rpc_call *call));

/* Answer a line that is not even looked at.  Takes ERROR.  0; -ENOMEM. */
int rpc_exchange_refuse(struct rpc_peer *p, json_t *error);

/* The client has gone: what is left of its line is not begun, and what its requests are
 * answered later goes nowhere. */
void rpc_exchange_orphan(struct rpc_peer *p);

/* ---- For rpc_request.c. ---- */

struct rpc_peer *rpc_exchange_peer(const struct rpc_exchange *x); /* NULL: gone */
int64_t rpc_exchange_age_ms(const struct rpc_exchange *x);        /* since its line was read */
void rpc_exchange_add(struct rpc_exchange *x); /* one more request that is to be answered */

/* One of them is: KIND is "result" or "error", TEXT its value as JSON (NULL: no memory).  ID:
 * NULL: nobody wants to know. */
void rpc_exchange_answer(
	struct rpc_exchange *x, const json_t *id, const char *kind, const char *text);
