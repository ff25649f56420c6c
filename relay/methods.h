/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON-RPC methods of strowger.  methods.c says what they take and answer, methods_call.c,
 * methods_move.c and methods_node.c do it.  The handlers' argument is the struct node.  One
 * thread. */
#pragma once

#include "control/fault.h"
#include "control/rpc.h"

extern const struct rpc_method relay_methods[];
extern const size_t relay_methods_n;

/* What a fault is in JSON-RPC. */
extern const struct rpc_error *const method_faults[FAULTS];

/* Names of suites for the tables: those of suite.c. */
extern const char *const method_suites[];

struct call;

/* methods_call.c */
void method_fail(struct rpc_request *req, const struct fault *f);
/* A calls_done: answers REQ with the call as call.create does. */
void method_call_changed(void *req, const struct call *call, const struct fault *fault);
void method_call_create(struct rpc_request *req, const json_t *params, void *node);
void method_call_update(struct rpc_request *req, const json_t *params, void *node);
void method_call_delete(struct rpc_request *req, const json_t *params, void *node);
void method_call_get(struct rpc_request *req, const json_t *params, void *node);
void method_call_list(struct rpc_request *req, const json_t *params, void *node);

/* methods_move.c */
void method_call_export(struct rpc_request *req, const json_t *params, void *node);
void method_call_import(struct rpc_request *req, const json_t *params, void *node);

/* methods_node.c */
void method_stats_get(struct rpc_request *req, const json_t *params, void *node);
void method_core_list(struct rpc_request *req, const json_t *params, void *node);
void method_device_list(struct rpc_request *req, const json_t *params, void *node);
void method_drop_list(struct rpc_request *req, const json_t *params, void *node);
void method_node_info(struct rpc_request *req, const json_t *params, void *node);
void method_node_upgrade(struct rpc_request *req, const json_t *params, void *node);
void method_node_stop(struct rpc_request *req, const json_t *params, void *node);
void method_log_set(struct rpc_request *req, const json_t *params, void *node);
