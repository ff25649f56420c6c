/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests with an idempotency key: what is asked again with the same key is not done again,
 * but answered with what was answered.  Results are kept for some minutes, or until there are
 * too many of them; they may hold keys of calls, and are wiped when they are forgotten.
 * Control's one thread. */
#pragma once

#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

struct event_base;
struct rpc_once;
struct rpc_request;

enum {
	RPC_ONCE_S = 300,           /* that a result is kept */
	RPC_ONCE_RESULTS = 100000,  /* that are kept; the oldest go */
	RPC_ONCE_BYTES = 64 << 20,  /* of them; likewise */
	RPC_ONCE_UNDER_WAY = 65536, /* requests with a key at one time */
};

/* One key. */
struct rpc_once_entry {
	LIST_ENTRY(rpc_once_entry) bucket;
	TAILQ_ENTRY(rpc_once_entry) age;
	TAILQ_HEAD(, rpc_request) repeats; /* rpc_request.c's: they wait for the answer */
	uint64_t body;
	uid_t uid;
	int64_t since_s; /* since it is done */
	char *answer;    /* the result, as JSON; NULL: under way */
	char key[];
};

struct rpc_once *rpc_once_open(struct event_base *base); /* NULL: errno */
void rpc_once_close(struct rpc_once *o);                 /* NULL is fine */

/* Of what is asked: two requests are the same if this is. */
uint64_t rpc_once_hash(const struct rpc_once *o, const char *method, const char *params);

/* UID asks with KEY for what hashes to BODY.  0: for the first time; *E is to be kept or
 * forgotten when it is answered.  -EALREADY: *E is under way.  -EEXIST: *E has the answer.
 * -EINVAL: the key is another request's.  -EBUSY: too many are under way.  -ENOMEM. */
int rpc_once_begin(struct rpc_once *o, uid_t uid, const char *key, uint64_t body,
	struct rpc_once_entry **e);

void rpc_once_keep(struct rpc_once *o, struct rpc_once_entry *e, char *answer); /* takes it */
void rpc_once_forget(struct rpc_once *o, struct rpc_once_entry *e);

/* Forget what was kept RPC_ONCE_S before NOW_S (CLOCK_MONOTONIC).  A timer does. */
void rpc_once_expire(struct rpc_once *o, int64_t now_s);
