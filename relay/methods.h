/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON-RPC methods of strowger.  A file a theme, methods_THEME.c, has what does them and,
 * behind that, one row each with what they take, answer and refuse: the server checks
 * parameters against these, and rpc.describe and docs/rpc.md are made from them.  The
 * handlers' argument is the struct node.  One thread. */
#pragma once

#include "control/fault.h"
#include "control/rpc.h"

enum { RELAY_METHODS = 51 };

/* All of them, in one array that stays. */
const struct rpc_method *relay_methods(void);

/* What a fault is in JSON-RPC. */
extern const struct rpc_error method_faults[FAULTS];
