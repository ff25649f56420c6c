/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about events: who hears of what. */
#include <errno.h>
#include <string.h>

#include "control/events.h"
#include "control/rpc_error.h"
#include "relay/fields.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"

static const struct rpc_error unknown_event = {
	.code = RPC_INVALID_PARAMS,
	.reason = "unknown_event",
	.help = "no kind of event has this name, or begins like it; rpc.describe lists them",
};

static void
method_events_subscribe(struct rpc_request *req, const json_t *params, void *node)
{
	struct events *events = node_events(node);
	const json_t *wanted = json_object_get(params, "events");
	const char *unknown = NULL;
	int err = events_subscribe(events, rpc_request_peer(req), wanted,
		json_object_get(params, "calls"), &unknown);

	if (err == -ENOENT) {
		rpc_fail(req, &unknown_event, "events", unknown,
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

static void
method_events_unsubscribe(struct rpc_request *req, const json_t *params, void *node)
{
	uint64_t dropped = events_unsubscribe(node_events(node), rpc_request_peer(req));

	rpc_reply(req, json_pack("{s:I}", "dropped", (json_int_t)dropped));
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const subscribe_errors[] = {
	&unknown_event, &method_faults[FAULT_INTERNAL], NULL};

/* clang-format off */
static const struct rpc_field subscribe_params[] = {
	{.name = "events", .type = RPC_ARRAY, .required = true, .min = 1, .max = 64, .element = RPC_STRING,
		.help = "kinds, as listed under Events; call.* is all that begin so, * is all"},
	{.name = "calls", .type = RPC_ARRAY, .max = 1000, .element = RPC_STRING,
		.help = "ids: of events about calls, only those about these; absent: about all"},
	NO_MORE,
};

static const struct rpc_field subscribe_result[] = {
	COUNT("seq", NULL, "of the last event before; 0: there was none"),
	{.name = "events", .type = RPC_ARRAY, .required = true, .element = RPC_STRING,
		.help = "the kinds that will be told"},
	NO_MORE,
};

static const struct rpc_field unsubscribe_result[] = {
	COUNT("dropped", "events", "lost since the last one that was told"),
	NO_MORE,
};

const struct rpc_method methods_events[] = {
	{
		.name = "events.subscribe",
		.role = RPC_VIEW,
		.summary = "Be told on this connection of what happens, as it happens; instead of what was subscribed to"
			" before.  Who does not take its events in time loses some, and is told how many.",
		.params = subscribe_params,
		.result = subscribe_result,
		.errors = subscribe_errors,
		.example = "{\"events\": [\"call.ended\", \"switch.*\"]}",
		.answer = "{\"seq\": 16, \"events\": [\"call.ended\", \"switch.lost\", \"switch.back\"]}",
		.handler = method_events_subscribe,
	},
	{
		.name = "events.unsubscribe",
		.role = RPC_VIEW,
		.summary = "Be told of nothing any more on this connection.",
		.result = unsubscribe_result,
		.example = "{}",
		.answer = "{\"dropped\": 0}",
		.handler = method_events_unsubscribe,
	},
	{.name = NULL},
};
/* clang-format on */
