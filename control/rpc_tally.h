/* SPDX-License-Identifier: Apache-2.0
 *
 * How often each method was asked for, and how that ended.  Control's one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/rpc.h"

enum rpc_outcome {
	RPC_DONE,    /* it has a result */
	RPC_REFUSED, /* by the method: codes of its own */
	RPC_INVALID, /* by the server: no such method, or parameters that do not fit */
	RPC_BROKEN,  /* for want of memory */
	RPC_OUTCOMES
};

extern const char *const rpc_outcome_words[]; /* "ok", "refused", "invalid", "internal" */

struct rpc_tally;

/* For the N METHODS, which must outlive it, and those that every server has.  NULL: errno. */
struct rpc_tally *rpc_tally_open(const struct rpc_method *methods, size_t n);
void rpc_tally_close(struct rpc_tally *t); /* NULL is fine */

/* M was answered with error CODE; 0: with a result.  M NULL: there is no such method.  T NULL
 * is fine. */
void rpc_tally_add(struct rpc_tally *t, const struct rpc_method *m, int code);

/* Row I, from 0: how often by outcome.  The method's name, for those that do not exist
 * "unknown"; NULL: there are no more rows. */
const char *rpc_tally_row(const struct rpc_tally *t, size_t i, uint64_t count[RPC_OUTCOMES]);
