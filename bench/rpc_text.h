/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of the requests of strowger-bench rpc, made from a pattern.  {n} in it is a running
 * number, {each} a list of further patterns, each with its own {n}: what call.create_many
 * takes. One thread. */
#pragma once

#include <stdint.h>

struct evbuffer;

struct rpc_text {
	const char *method, *params; /* params: a pattern */
	const char *each;            /* the pattern behind {each}; NULL: none */
	unsigned many;               /* of them in a request */
	uint64_t next;               /* what the next {n} is */
};

/* Is the pattern JSON when it is filled in?  0; -EINVAL after a message on stderr. */
int rpc_text_check(const struct rpc_text *t);

/* Add the next request, with its newline, to OUT; it carries ID. */
void rpc_text_put(struct rpc_text *t, unsigned id, struct evbuffer *out);
