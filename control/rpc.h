/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON-RPC 2.0 over Unix stream sockets: one JSON object (or batch) a line, a greeting line
 * first. The server knows no method: it is handed a table, checks every request's parameters
 * against the table's fields, and calls the handler only with what fits.  The same table
 * answers rpc.describe and rpc.methods, and makes docs/rpc.md.  Control's one thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct event_base;

enum rpc_type { RPC_STRING, RPC_INT, RPC_NUMBER, RPC_BOOL, RPC_OBJECT, RPC_ARRAY, RPC_ANY };

/* One field of an object, of parameters or of a result.  Rows end with a NULL name. */
struct rpc_field {
	const char *name;
	enum rpc_type type;
	bool required;
	int64_t min,
		max; /* RPC_INT: value; RPC_STRING: bytes; RPC_ARRAY: elements; both 0: any */
	const char *const *words; /* RPC_STRING: the values allowed, NULL-ended; NULL: any */
	const struct rpc_field
		*fields;       /* RPC_OBJECT, or the objects in an RPC_ARRAY; NULL: any */
	enum rpc_type element; /* RPC_ARRAY without fields: of its elements */
	const char *unit;      /* "ms", "packets"; NULL */
	const char *help;
};

/* An error that a method may answer, beyond JSON-RPC's own. */
struct rpc_error {
	int code;
	const char *reason; /* a word for programs: "unknown_call" */
	const char *help;
	int retry_after_ms; /* not 0: said in data, trying again then may work */
};

/* One request in progress.  Answer it exactly once with rpc_reply() or rpc_fail(), now or
 * later; it is freed there.  The peer may have gone by then: that is no error. */
struct rpc_request;

struct rpc_method {
	const char *name; /* "call.create" */
	const char *summary;
	const struct rpc_field *params; /* NULL: takes none */
	const struct rpc_field *result;
	const struct rpc_error *const *errors; /* NULL-ended; NULL: none of its own */
	const char *example;                   /* params, as JSON; "{}" */
	const char *answer;                    /* an answer to it, as JSON */
	/* PARAMS fits the table (an object, empty when none were given) and is gone once this
	 * returns. */
	void (*handler)(struct rpc_request *req, const json_t *params, void *arg);
};

struct rpc_server_conf {
	const char *path;     /* of the socket; its directory exists */
	unsigned mode;        /* of the socket: 0660 */
	int listening;        /* a socket that listens at PATH already: taken over; 0: none */
	const char *role;     /* said in the greeting: "admin" */
	const char *instance; /* likewise: "default" */
	const char *version;  /* of strowger, for the greeting */
	const struct rpc_method *methods;
	size_t n_methods;
	void *arg; /* for the handlers */
};

struct rpc_server;

/* Listen at CONF->path, replacing a stale socket (the caller holds the instance's lock).  CONF
 * and its methods must outlive the server.  Has the process ignore SIGPIPE.  NULL: errno
 * (EEXIST: something that is no socket is there). */
struct rpc_server *rpc_server_open(
	struct event_base *base, const struct rpc_server_conf *conf);

/* Removes the socket and closes every connection, after what fits into it of the answers was
 * sent. Requests in progress live on until they are answered.  Not from within a handler. NULL
 * is fine. */
void rpc_server_close(struct rpc_server *s);

/* Take no more requests and no more clients, until resumed: they wait in the kernel.  Is every
 * request answered that was taken, and every answer sent? */
void rpc_server_pause(struct rpc_server *s);
void rpc_server_resume(struct rpc_server *s);
bool rpc_server_is_idle(const struct rpc_server *s);

/* As rpc_server_close(), but the socket stays and goes on to listen.  The caller's descriptor
 * of it, close-on-exec; -1: errno. */
int rpc_server_hand_over(struct rpc_server *s);

void rpc_reply(struct rpc_request *req, json_t *result); /* takes RESULT */

/* Answer with error ERR; DATA is {"reason": ERR->reason, "field": FIELD, ...}: FIELD, GOT and
 * EXPECTED may be NULL.  The message is printf-like.  None of them may hold a key; a GOT that
 * could be one is told by its length (rpc_error.h). */
void rpc_fail(struct rpc_request *req, const struct rpc_error *err, const char *field,
	const char *got, const char *expected, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* The API's version, in the greeting: raised when something that worked stops working. */
enum { RPC_API = 1 };
