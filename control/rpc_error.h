/* SPDX-License-Identifier: Apache-2.0
 *
 * Error objects of JSON-RPC 2.0 (section 5.1), with data for programs beside the message for
 * people.  Pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>

enum {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_NO_METHOD = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL = -32603,

	/* Those of this server, in the range that section 5.1 leaves for them. */
	RPC_NOT_PERMITTED = -32001,
	RPC_DEADLINE = -32002,
	RPC_KEY_REUSED = -32003,
	RPC_BUSY = -32004,

	/* A word from outside is repeated up to this length, a longer one told by its length:
	 * the shortest SRTP key is 40 characters of base64, and must not turn up in an error
	 * wherever somebody put it. */
	RPC_REPEAT_MAX = 32,
};

/* The object's "data"; what is NULL is left out. */
struct rpc_detail {
	const char *reason; /* a word for programs */
	const char *field;  /* "legs[1].streams[0].remote.port" */
	const char *got;    /* see RPC_REPEAT_MAX */
	const char *expected;
	const char *nearest; /* what may have been meant */
	const char *state;   /* after a deadline: "begun", "not_begun" */
	int retry_after_ms;  /* 0: left out */
};

/* {"code", "message", "data"}; the message is printf-like, and cut at 500 bytes.  NULL: no
 * memory. */
json_t *rpc_error(int code, const struct rpc_detail *detail, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* WORD, or "(41 bytes)", in BUF. */
const char *rpc_repeat(const char *word, char *buf, size_t room);
