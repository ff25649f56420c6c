/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of bytes from a client -> the JSON-RPC 2.0 requests in it, or the errors to answer
 * with.  Knows no method and looks at no parameter; pure, so that it is fuzzed alone.
 * JSON-RPC 2.0 specification, sections 4 and 6. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	RPC_LINE_MAX = 1 << 20,    /* bytes of a line, its newline not counted */
	RPC_BATCH_MAX = 1000,      /* requests in a batch */
	RPC_KEY_MAX = 128,         /* bytes of an idempotency_key */
	RPC_DEADLINE_MAX = 600000, /* ms */
};

/* One request, or what is wrong with it.  Pointers live as long as the struct rpc_parsed. */
struct rpc_call {
	json_t *id;         /* NULL: a notification, which gets no answer, not even an error */
	const char *method; /* NULL: this is no request: answer with error */
	json_t *params;     /* object or array; NULL: none given */
	const char *key;    /* idempotency_key: 1..RPC_KEY_MAX bytes; NULL: none */
	unsigned deadline_ms; /* 1..RPC_DEADLINE_MAX; 0: none */
	json_t *error;        /* of a call without method; NULL: no memory for it */
};

struct rpc_parsed {
	json_t *root;
	bool batch; /* answer with an array */
	size_t n;
	struct rpc_call calls[];
};

/* Never fails for what the bytes are: what is no JSON at all is one call with an error and a
 * null id.  NULL: no memory. */
struct rpc_parsed *rpc_parse(const char *line, size_t len);
void rpc_parsed_free(struct rpc_parsed *p); /* NULL is fine */
