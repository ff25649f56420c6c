/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind methods.h share.  Nobody else's.  One thread. */
#pragma once

#include "control/fault.h"
#include "control/rpc.h"

struct call;

/* The rows of each theme; the last one has no name. */
extern const struct rpc_method methods_call[], methods_many[], methods_move[], methods_watch[],
	methods_stats[], methods_codecs[], methods_node[], methods_telemetry[],
	methods_config[], methods_events[], methods_log[], methods_capture[], methods_mesh[],
	methods_mesh_identity[], methods_mesh_calls[];

/* ---- methods_call.c ---- */

void method_fail(struct rpc_request *req, const struct fault *f);
json_t *method_error(const struct fault *f);    /* {"code", "message", "data"} */
json_t *method_call_json(const struct call *c); /* what call.create answers */
/* A calls_done: answers REQ with the call as call.create does. */
void method_call_changed(void *req, const struct call *call, const struct fault *fault);
