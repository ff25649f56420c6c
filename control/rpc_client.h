/* SPDX-License-Identifier: Apache-2.0
 *
 * A client of rpc.h's server that waits for what it asks: for strowger-ctl, the bench and
 * tests.  No event loop; one thread a client.  Several requests may be under way at once. */
#pragma once

#include <jansson.h>

struct rpc_client;

/* What came back: either RESULT or ERROR, the caller's to release with rpc_answer_fini(). */
struct rpc_answer {
	json_int_t id; /* of the request; 0: the server could make out none */
	json_t *result;
	json_t *error; /* {"code", "message", "data"} */
};

void rpc_answer_fini(struct rpc_answer *a);

/* Connect to the socket at PATH and read the greeting.  Every later wait ends after TIMEOUT_MS
 * without a sign of life (-1: never).  Has the process ignore SIGPIPE.
 * NULL: errno; ETIMEDOUT; EPROTO (whoever listens there is no strowger). */
struct rpc_client *rpc_client_open(const char *path, int timeout_ms);
void rpc_client_close(struct rpc_client *c); /* NULL is fine */

/* {"strowger", "api", "role", "instance"}; the client's. */
const json_t *rpc_client_greeting(const struct rpc_client *c);

/* Send a request; takes PARAMS (NULL: none).  Its id, > 0; -errno. */
json_int_t rpc_client_send(struct rpc_client *c, const char *method, json_t *params);

/* Wait for the next answer, whichever request it belongs to.  0; -ETIMEDOUT, -EPIPE (the
 * server has hung up), -EPROTO, ... */
int rpc_client_receive(struct rpc_client *c, struct rpc_answer *a);

/* Both, with nothing else on its way.  0 with either result or error in A; -errno. */
int rpc_client_call(
	struct rpc_client *c, const char *method, json_t *params, struct rpc_answer *a);
