/* SPDX-License-Identifier: Apache-2.0
 *
 * One request, from its text to its answer: may its client ask for that, do the parameters
 * fit, has it been asked before, and is it answered in time?  What every method has without a
 * word of its own.  Control's one thread. */
#pragma once

struct rpc_call;
struct rpc_exchange;

/* Run one of X's requests, whose peer is there.  0; -ENOMEM: it gets no answer. */
int rpc_request_start(struct rpc_exchange *x, const struct rpc_call *call);
