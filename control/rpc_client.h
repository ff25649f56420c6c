/* SPDX-License-Identifier: Apache-2.0
 *
 * A client of rpc.h's server that waits for what it asks: for strowger-ctl, the bench and
 * tests.  No event loop; one thread a client.  Several requests may be under way at once. */
#pragma once

#include <jansson.h>

struct rpc_client;

/* What came back: RESULT, ERROR or EVENT, the caller's to release with rpc_answer_fini(). */
struct rpc_answer {
	json_int_t id; /* of the request; 0: the server could make out none, or an event */
	json_t *result;
	json_t *error; /* {"code", "message", "data"} */
	json_t *event; /* params of a notification, see events.h */
};

void rpc_answer_fini(struct rpc_answer *a);

/* Connect to the socket at PATH and read the greeting.  Every later wait ends after TIMEOUT_MS
 * without a sign of life (-1: never).  Has the process ignore SIGPIPE.
 * NULL: errno; ETIMEDOUT; EPROTO (whoever listens there is no strowger). */
struct rpc_client *rpc_client_open(const char *path, int timeout_ms);
void rpc_client_close(struct rpc_client *c); /* NULL is fine */

/* To poll for what comes, between calls of rpc_client_receive(); the client's. */
int rpc_client_fd(const struct rpc_client *c);

/* Another TIMEOUT_MS than at first; 0: only take what is there, else -ETIMEDOUT. */
void rpc_client_set_timeout(struct rpc_client *c, int timeout_ms);

/* {"strowger", "api", "role", "instance"}; the client's. */
const json_t *rpc_client_greeting(const struct rpc_client *c);

/* Send a request; takes PARAMS (NULL: none).  Its id, > 0; -errno. */
json_int_t rpc_client_send(struct rpc_client *c, const char *method, json_t *params);

/* Wait for the next answer, whichever request it belongs to, or the next event.  0;
 * -ETIMEDOUT, -EPIPE (the server has hung up), -EPROTO, ... */
int rpc_client_receive(struct rpc_client *c, struct rpc_answer *a);

/* Both, with nothing else on its way, and no events.  0 with result or error in A; -errno. */
int rpc_client_call(
	struct rpc_client *c, const char *method, json_t *params, struct rpc_answer *a);
