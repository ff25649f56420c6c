/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods that only count: of all calls, the worst of them, and the data plane. */
#include "control/request.h"
#include "relay/calls.h"
#include "relay/methods.h"
#include "relay/node.h"
#include "relay/sampler.h"
#include "relay/stats.h"

void
method_stats_get(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(req, stats_sums(node_calls(node), node_client(node)));
}

void
method_core_list(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(
		req, stats_cores(node_client(node), node_calls(node), node_core_watch(node)));
}

void
method_device_list(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(req, stats_devices(node_client(node), node_config(node)));
}

void
method_drop_list(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(req, stats_drops(node_client(node)));
}

void
method_call_top(struct rpc_request *req, const json_t *params, void *node)
{
	enum { LIMIT = 20 };
	const json_t *limit = json_object_get(params, "limit");
	const char *by = json_string_value(json_object_get(params, "by"));

	rpc_reply(
		req, stats_top(node_calls(node), node_client(node),
			     by != NULL ? (unsigned)request_word(worst_words, by) : WORST_MOS,
			     limit != NULL ? (unsigned)json_integer_value(limit) : LIMIT));
}
