/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about events: who hears of what. */
#include <errno.h>
#include <string.h>

#include "control/events.h"
#include "control/rpc_error.h"
#include "relay/methods.h"
#include "relay/node.h"

const struct rpc_error method_unknown_event = {
	.code = RPC_INVALID_PARAMS,
	.reason = "unknown_event",
	.help = "no kind of event has this name, or begins like it; rpc.describe lists them",
};

void
method_events_subscribe(struct rpc_request *req, const json_t *params, void *node)
{
	struct events *events = node_events(node);
	const json_t *wanted = json_object_get(params, "events");
	const char *unknown = NULL;
	int err = events_subscribe(events, rpc_request_peer(req), wanted,
		json_object_get(params, "calls"), &unknown);

	if (err == -ENOENT) {
		rpc_fail(req, &method_unknown_event, "events", unknown,
			events_nearest(events, unknown), "there is no such event");
		return;
	}
	if (err != 0) {
		struct fault fault;

		fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
		method_fail(req, &fault);
		return;
	}
	rpc_reply(req, json_pack("{s:I, s:o}", "seq", (json_int_t)events_seq(events), "events",
			       events_names(events, wanted)));
}

void
method_events_unsubscribe(struct rpc_request *req, const json_t *params, void *node)
{
	uint64_t dropped = events_unsubscribe(node_events(node), rpc_request_peer(req));

	rpc_reply(req, json_pack("{s:I}", "dropped", (json_int_t)dropped));
}
