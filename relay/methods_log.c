/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about the log: how much it says, the names of calls in it, and traces. */
#include <errno.h>
#include <string.h>

#include "control/log.h"
#include "control/log_trace.h"
#include "control/request.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/fields.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"

static const char *
text(const json_t *params, const char *name)
{
	return json_string_value(json_object_get(params, name));
}

/* ---- How much. ---- */

static void
method_log_set(struct rpc_request *req, const json_t *params, void *node)
{
	const char *level = text(params, "level");
	const char *identifiers = text(params, "identifiers");

	if (level != NULL)
		node_set_log_level(node, (unsigned)log_level_find(level));
	if (identifiers != NULL)
		log_set_identifiers(strcmp(identifiers, "plain") == 0);
	rpc_reply(req, json_pack("{s:s, s:s}", "level", log_levels[log_get_level()],
			       "identifiers", log_identifiers[log_get_plain()]));
}

/* ---- Names. ---- */

static void
method_call_hash(struct rpc_request *req, const json_t *params, void *node)
{
	const char *id = text(params, "call");
	char hash[LOG_HASH];

	log_hash(id, hash);
	rpc_reply(req, json_pack("{s:s, s:s}", "call", id, "hash", hash));
}

static void
method_call_find_hash(struct rpc_request *req, const json_t *params, void *node)
{
	const struct calls *calls = node_calls(node);
	const char *wanted = text(params, "hash");
	json_t *found = json_array();
	char hash[LOG_HASH];

	for (const struct call *c = calls_next(calls, NULL); c != NULL;
		c = calls_next(calls, c->id)) {
		log_hash(c->id, hash);
		if (strcmp(hash, wanted) == 0)
			json_array_append_new(found, json_string(c->id));
	}
	rpc_reply(req, json_pack("{s:o}", "calls", found));
}

/* ---- Traces. ---- */

static json_t *
trace_json(const struct log_trace *t, const struct calls *calls)
{
	char hash[LOG_HASH];

	log_hash(t->id, hash);
	return json_pack("{s:s, s:s, s:s, s:i, s:b}", "call", t->id, "hash", hash, "level",
		log_levels[t->level], "seconds", (int)t->seconds_left, "armed",
		calls_find(calls, t->id) == NULL);
}

static void
method_call_trace(struct rpc_request *req, const json_t *params, void *node)
{
	const char *level = text(params, "level");
	json_int_t seconds = json_integer_value(json_object_get(params, "seconds"));
	struct log_trace t = {.id = text(params, "call"),
		.level = level != NULL ? (enum log_level)log_level_find(level)
				       : LOG_LEVEL_DEBUG,
		.seconds_left = seconds != 0 ? (unsigned)seconds : LOG_TRACE_SECONDS};
	int err = log_trace_begin(t.id, t.level, t.seconds_left);
	struct fault fault;

	if (err == 0) {
		rpc_reply(req, trace_json(&t, node_calls(node)));
		return;
	}
	if (err == -ENOSPC)
		fault_set(&fault, FAULT_TOO_MANY, NULL, NULL, NULL,
			"%d calls are traced already; call.untrace ends one", LOG_TRACES);
	else
		fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	method_fail(req, &fault);
}

static void
method_call_untrace(struct rpc_request *req, const json_t *params, void *node)
{
	const char *id = text(params, "call");

	rpc_reply(req, json_pack("{s:s, s:b}", "call", id, "was_traced", log_trace_end(id)));
}

static void
method_call_trace_list(struct rpc_request *req, const json_t *params, void *node)
{
	json_t *rows = json_array();
	struct log_trace t;

	for (unsigned i = 0; i < LOG_TRACES; i++)
		if (log_trace_get(i, &t))
			json_array_append_new(rows, trace_json(&t, node_calls(node)));
	rpc_reply(req, json_pack("{s:o}", "traces", rows));
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const trace_errors[] = {
	&method_faults[FAULT_TOO_MANY], &method_faults[FAULT_INTERNAL], NULL};

/* clang-format off */
static const struct rpc_field log_params[] = {
	WORD("level", log_levels, "what is graver is logged, too"),
	WORD("identifiers", log_identifiers, "plain: log lines name calls by their id"),
	NO_MORE,
};

static const struct rpc_field log_result[] = {
	TEXT("level", 0, 0, "now"),
	TEXT("identifiers", 0, 0, "now"),
	NO_MORE,
};

static const struct rpc_field any_id_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call, which need not exist"),
	NO_MORE,
};

static const struct rpc_field hash_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	TEXT("hash", 0, 0, "its name in the log"),
	NO_MORE,
};

static const struct rpc_field find_hash_params[] = {
	NEED("hash", LOG_HASH - 1, LOG_HASH - 1, "a call's name in the log"),
	NO_MORE,
};

static const struct rpc_field find_hash_result[] = {
	{.name = "calls", .type = RPC_ARRAY, .element = RPC_STRING,
		.help = "ids of the calls that have this name: none, or one, or by great chance two"},
	NO_MORE,
};

static const struct rpc_field trace_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call, which need not exist yet"),
	WORD("level", log_levels, "of the lines about it; otherwise debug"),
	INT("seconds", 1, LOG_TRACE_SECONDS_MAX, "s", "until the trace ends; otherwise 600"),
	NO_MORE,
};

static const struct rpc_field trace_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	TEXT("hash", 0, 0, "its name in the log"),
	WORD("level", log_levels, "of the lines about it"),
	COUNT("seconds", "s", "that the trace still lasts"),
	BOOL("armed", "there is no such call yet, and the trace waits for it"),
	NO_MORE,
};

static const struct rpc_field untrace_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	BOOL("was_traced", "until now"),
	NO_MORE,
};

static const struct rpc_field trace_list_result[] = {
	ARRAY("traces", trace_result, "under way"),
	NO_MORE,
};

const struct rpc_method methods_log[] = {
	{
		.name = "log.set",
		.summary = "How much is logged, and how calls are named; what is left out stays.",
		.params = log_params,
		.result = log_result,
		.example = "{\"level\": \"debug\"}",
		.answer = "{\"level\": \"debug\", \"identifiers\": \"hash\"}",
		.handler = method_log_set,
	},
	{
		.name = "call.hash",
		.summary = "The name that a call has in the log of this process, from its id.",
		.params = any_id_params,
		.result = hash_result,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"hash\": \"call-3f9a1c02\"}",
		.handler = method_call_hash,
	},
	{
		.name = "call.find_hash",
		.summary = "Which of the calls that run has this name in the log?",
		.params = find_hash_params,
		.result = find_hash_result,
		.example = "{\"hash\": \"call-3f9a1c02\"}",
		.answer = "{\"calls\": [\"a84b4c76e66710\"]}",
		.handler = method_call_find_hash,
	},
	{
		.name = "call.trace",
		.summary = "Write what there is to say about one call into the log, whatever its level.  Ends with the call"
			" or after some time; said again it begins anew.  At debug it names addresses.",
		.params = trace_params,
		.result = trace_result,
		.errors = trace_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"hash\": \"call-3f9a1c02\", \"level\": \"debug\","
			" \"seconds\": 600, \"armed\": true}",
		.handler = method_call_trace,
	},
	{
		.name = "call.untrace",
		.summary = "End a trace.",
		.params = any_id_params,
		.result = untrace_result,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"was_traced\": true}",
		.handler = method_call_untrace,
	},
	{
		.name = "call.trace_list",
		.summary = "The traces.",
		.result = trace_list_result,
		.example = "{}",
		.answer = "{\"traces\": [{\"call\": \"a84b4c76e66710\", \"hash\": \"call-3f9a1c02\", \"level\":"
			" \"debug\", \"seconds\": 598, \"armed\": false}]}",
		.handler = method_call_trace_list,
	},
	{.name = NULL},
};
/* clang-format on */
