/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON-RPC methods of strowger.  methods.c says what they take and answer, methods_THEME.c
 * do it.  The handlers' argument is the struct node.  One
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
json_t *method_error(const struct fault *f);    /* {"code", "message", "data"} */
json_t *method_call_json(const struct call *c); /* what call.create answers */
/* A calls_done: answers REQ with the call as call.create does. */
void method_call_changed(void *req, const struct call *call, const struct fault *fault);
void method_call_create(struct rpc_request *req, const json_t *params, void *node);
void method_call_update(struct rpc_request *req, const json_t *params, void *node);
void method_call_delete(struct rpc_request *req, const json_t *params, void *node);
bool method_call_cancel(struct rpc_request *req, const json_t *params, void *node);
bool method_call_delete_cancel(struct rpc_request *req, const json_t *params, void *node);
void method_call_get(struct rpc_request *req, const json_t *params, void *node);

/* methods_many.c */
void method_call_create_many(struct rpc_request *req, const json_t *params, void *node);
void method_call_delete_many(struct rpc_request *req, const json_t *params, void *node);

/* methods_watch.c */
void method_call_list(struct rpc_request *req, const json_t *params, void *node);
void method_call_watch(struct rpc_request *req, const json_t *params, void *node);

/* methods_config.c */
extern const char *const method_config_origins[], *const method_config_changes[];
void method_config_get(struct rpc_request *req, const json_t *params, void *node);
void method_config_reload(struct rpc_request *req, const json_t *params, void *node);

/* methods_events.c */
extern const struct rpc_error method_unknown_event;
void method_events_subscribe(struct rpc_request *req, const json_t *params, void *node);
void method_events_unsubscribe(struct rpc_request *req, const json_t *params, void *node);

/* methods_telemetry.c */
void method_dpdk_telemetry(struct rpc_request *req, const json_t *params, void *node);

/* methods_move.c */
void method_call_export(struct rpc_request *req, const json_t *params, void *node);
void method_call_import(struct rpc_request *req, const json_t *params, void *node);

/* methods_trace.c */
struct capture_info;
json_t *method_capture_ended(
	const struct capture_info *i); /* what call.capture_stop answers */
void method_call_hash(struct rpc_request *req, const json_t *params, void *node);
void method_call_find_hash(struct rpc_request *req, const json_t *params, void *node);
void method_call_trace(struct rpc_request *req, const json_t *params, void *node);
void method_call_untrace(struct rpc_request *req, const json_t *params, void *node);
void method_call_trace_list(struct rpc_request *req, const json_t *params, void *node);
void method_call_capture(struct rpc_request *req, const json_t *params, void *node);
void method_call_capture_stop(struct rpc_request *req, const json_t *params, void *node);
void method_call_capture_list(struct rpc_request *req, const json_t *params, void *node);

/* methods_stats.c */
void method_stats_get(struct rpc_request *req, const json_t *params, void *node);
void method_core_list(struct rpc_request *req, const json_t *params, void *node);
void method_device_list(struct rpc_request *req, const json_t *params, void *node);
void method_drop_list(struct rpc_request *req, const json_t *params, void *node);
void method_call_top(struct rpc_request *req, const json_t *params, void *node);

/* methods_node.c */
void method_node_info(struct rpc_request *req, const json_t *params, void *node);
void method_node_upgrade(struct rpc_request *req, const json_t *params, void *node);
void method_node_drain(struct rpc_request *req, const json_t *params, void *node);
void method_node_undrain(struct rpc_request *req, const json_t *params, void *node);
void method_node_stop(struct rpc_request *req, const json_t *params, void *node);
void method_log_set(struct rpc_request *req, const json_t *params, void *node);
