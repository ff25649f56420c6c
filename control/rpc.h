/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON-RPC 2.0 over Unix stream sockets: one JSON object (or batch) a line, a greeting line
 * first.  A socket a role: who may connect there may do what the role may.  The server knows
 * no method: it is handed a table, checks every request's parameters against the table's
 * fields, and calls the handler only with what fits.  The same table answers rpc.describe and
 * rpc.methods, and makes docs/rpc.md.  Control's one thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct event_base;
struct event_kind;
struct rpc_tally;

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
 * later; it is freed there.  The peer may have gone by then, or been told that its deadline
 * has passed: that is no error. */
struct rpc_request;

/* Whom a socket is for, and the least that a method asks for.  Each may what those behind it
 * may. */
enum rpc_role {
	RPC_ADMIN,   /* everything */
	RPC_SESSION, /* calls */
	RPC_VIEW,    /* looking */
	RPC_ROLES
};

extern const char *const rpc_role_names[RPC_ROLES]; /* "admin"; its socket is admin.sock */

struct rpc_method {
	const char *name; /* "call.create" */
	enum rpc_role role;
	const char *summary;
	const struct rpc_field *params; /* NULL: takes none */
	const struct rpc_field *result;
	const struct rpc_error *const *errors; /* NULL-ended; NULL: none of its own */
	const char *example;                   /* params, as JSON; "{}" */
	const char *answer;                    /* an answer to it, as JSON */
	/* PARAMS fits the table (an object, empty when none were given) and is gone once this
	 * returns. */
	void (*handler)(struct rpc_request *req, const json_t *params, void *arg);
	/* The deadline of REQ has passed and it has no answer yet.  True: what it asks for was
	 * not begun and will not be, and the handler has forgotten REQ, which is not to be
	 * answered any more.  NULL: it begins with the handler, and goes on to its answer
	 * whatever its asker has been told. */
	bool (*cancel)(struct rpc_request *req, const json_t *params, void *arg);
};

/* Where the clients of one role connect. */
struct rpc_socket {
	const char *path; /* its directory exists; NULL: nowhere */
	unsigned mode;    /* 0660 */
	gid_t group;      /* -1: as it comes */
	int listening;    /* listens at PATH already, and is taken over; 0: none does */
};

struct rpc_server_conf {
	struct rpc_socket socket[RPC_ROLES];
	const char *instance; /* said in the greeting: "default" */
	const char *version;  /* of strowger, likewise */
	const struct rpc_method *methods;
	size_t n_methods;
	const struct event_kind *events; /* for rpc.describe; NULL: there are none */
	struct rpc_tally *tally;         /* counts the answers; NULL: nobody does */
	unsigned patience_ms; /* we hang up on who takes nothing for so long; 0: 30 s */
	size_t owed_max;      /* bytes of answers that all may leave waiting; 0: 256 MiB */
	void *arg;            /* for the handlers */
};

struct rpc_server;

/* Allow this process as many descriptors as a server with all its clients may want; before a
 * sandbox forbids it. */
void rpc_server_have_descriptors(void);

/* Listen at the sockets, replacing stale ones (the caller holds the instance's lock).  CONF is
 * copied; what it points to must outlive the server.  Has the process ignore SIGPIPE.  NULL
 * after a log line: errno (EEXIST: something that is no socket is there). */
struct rpc_server *rpc_server_open(
	struct event_base *base, const struct rpc_server_conf *conf);

/* Removes the sockets and closes every connection, after what fits into it of the answers was
 * sent. Requests in progress live on until they are answered.  Not from within a handler. NULL
 * is fine. */
void rpc_server_close(struct rpc_server *s);

/* Take no more requests and no more clients, until resumed: they wait in the kernel.  Is every
 * request answered that was taken, and every answer sent? */
void rpc_server_pause(struct rpc_server *s);
void rpc_server_resume(struct rpc_server *s);
bool rpc_server_is_idle(const struct rpc_server *s);

/* As rpc_server_close(), but the sockets stay and go on to listen.  FD gets the caller's
 * descriptors of them, close-on-exec; -1: none. */
void rpc_server_hand_over(struct rpc_server *s, int fd[RPC_ROLES]);

void rpc_reply(struct rpc_request *req, json_t *result); /* takes RESULT */

/* Answer with error ERR; DATA is {"reason": ERR->reason, "field": FIELD, ...}: FIELD, GOT and
 * EXPECTED may be NULL.  The message is printf-like.  None of them may hold a key; a GOT that
 * could be one is told by its length (rpc_error.h). */
void rpc_fail(struct rpc_request *req, const struct rpc_error *err, const char *field,
	const char *got, const char *expected, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* A place for what a handler needs for .cancel; NULL at first. */
void rpc_request_keep(struct rpc_request *req, void *what);
void *rpc_request_kept(const struct rpc_request *req);

/* ---- Telling a client what it has not asked for. ---- */

/* The client at the other end of a connection; it ends with that. */
struct rpc_peer;

/* Who has sent REQ; NULL: it has gone. */
struct rpc_peer *rpc_request_peer(const struct rpc_request *req);

/* Call GONE (NULL: nobody) when P ends, instead of whoever was named before. */
void rpc_peer_watch(struct rpc_peer *p, void (*gone)(void *arg), void *arg);

/* Send LEN bytes that are one line, its newline among them.  False, and nothing is sent: the
 * client has more than ROOM bytes yet to take.  Calls nobody back. */
bool rpc_peer_notify(struct rpc_peer *p, const char *line, size_t len, size_t room);

/* The API's version, in the greeting: raised when something that worked stops working. */
enum { RPC_API = 1 };
