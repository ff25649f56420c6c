/* SPDX-License-Identifier: Apache-2.0
 *
 * What a table of methods says about itself, as JSON: the answers of rpc.methods and
 * rpc.describe, which every server has besides its own methods. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "control/rpc.h"

enum { RPC_DESCRIBE_METHODS = 2 };

/* rpc.methods, rpc.describe.  Their handlers' ARG is the server's struct rpc_server_conf. */
extern const struct rpc_method rpc_describe_methods[RPC_DESCRIBE_METHODS];

/* The method called NAME, of the table or of those two.  NULL: there is none. */
const struct rpc_method *rpc_describe_find(
	const struct rpc_method *methods, size_t n, const char *name);

/* The method whose name is nearest to NAME; NULL: none is near enough to be meant. */
const char *rpc_describe_nearest(const struct rpc_method *methods, size_t n, const char *name);

/* {"name", "role", "summary", "params": [], "result": [], "errors": [], "example", "answer"}
 */
json_t *rpc_describe_method(const struct rpc_method *m);

/* [{"name", "help", "fields": []}], of the rows of a table, or NULL: none. */
json_t *rpc_describe_events(const struct event_kind *kinds);

const char *rpc_describe_type(enum rpc_type type); /* "integer" */
