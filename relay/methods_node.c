/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about this strowger and its data plane. */
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/log.h"
#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/fields.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"

/* ---- node.info ---- */

static double
age_s(int64_t since_us)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)(now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000 - since_us / 1000) /
	       1e3;
}

/* A name in shared memory, of at most N bytes. */
static json_t *
name(const char *text, size_t n)
{
	return json_stringn(text, strnlen(text, n));
}

static json_t *
switch_json(const struct node *node)
{
	const struct sw_state *st = switch_client_state(node_client(node));
	json_t *o = json_pack("{s:b}", "up", node_switch_is_up(node));

	if (st == NULL)
		return o;
	json_object_set_new(o, "pid", json_integer(atomic_load(&st->switch_pid)));
	json_object_set_new(o, "engine", name(st->engine, sizeof st->engine));
	json_object_set_new(o, "poll", name(st->poll, sizeof st->poll));
	json_object_set_new(o, "transports", json_integer(st->transports));
	json_object_set_new(o, "cores", json_integer(st->cores));
	json_object_set_new(o, "takeovers", json_integer(atomic_load(&st->restarts)));
	json_object_set_new(o, "restarts", json_integer(node_switch_restarts(node)));
	json_object_set_new(o, "age_s", json_real(age_s(st->started_us)));
	json_object_set_new(o, "tsc_hz", json_integer((json_int_t)st->tsc_hz));
	return o;
}

static void
method_node_info(struct rpc_request *req, const json_t *params, void *node)
{
	const struct config *conf = node_config(node);

	rpc_reply(
		req, json_pack("{s:s, s:s, s:i, s:i, s:f, s:b, s:I, s:I, s:s, s:s, s:o}",
			     "name", conf->name, "version", STROWGER_VERSION, "api",
			     (int)RPC_API, "pid", (int)getpid(), "age_s",
			     age_s(node_started_us(node)), "draining", node_is_draining(node),
			     "calls", (json_int_t)calls_count(node_calls(node)), "call_limit",
			     (json_int_t)conf->call_limit, "log_level",
			     log_levels[log_get_level()], "log_identifiers",
			     log_identifiers[log_get_plain()], "switch", switch_json(node)));
}

/* ---- Orders ---- */

static void
method_node_stop(struct rpc_request *req, const json_t *params, void *node)
{
	bool drain = json_is_true(json_object_get(params, "drain"));
	bool leave = json_is_true(json_object_get(params, "leave_switch"));
	unsigned calls = calls_count(node_calls(node));

	node_stop(node, drain, leave);
	rpc_reply(req, json_pack("{s:I}", "calls", (json_int_t)calls));
}

/* ON: whether it is to drain. */
static void
drain(struct rpc_request *req, struct node *node, bool on)
{
	struct fault fault;

	if (node_drain(node, on) == 0) {
		rpc_reply(req, json_pack("{s:b, s:I}", "draining", on, "calls",
				       (json_int_t)calls_count(node_calls(node))));
		return;
	}
	fault_set(&fault, FAULT_DRAINING, NULL, NULL, NULL,
		"strowger is ending, and that is not taken back");
	method_fail(req, &fault);
}

static void
method_node_drain(struct rpc_request *req, const json_t *params, void *node)
{
	drain(req, node, true);
}

static void
method_node_undrain(struct rpc_request *req, const json_t *params, void *node)
{
	drain(req, node, false);
}

static void
upgraded(void *req, const char *version, const char *error)
{
	struct fault fault;

	if (version != NULL) {
		rpc_reply(
			req, json_pack("{s:s, s:s}", "from", STROWGER_VERSION, "to", version));
		return;
	}
	fault_set(&fault, FAULT_NOT_UPGRADED, NULL, NULL, NULL, "%s", error);
	method_fail(req, &fault);
}

static void
method_node_upgrade(struct rpc_request *req, const json_t *params, void *node)
{
	node_upgrade(node, upgraded, req);
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const upgrade_errors[] = {
	&method_faults[FAULT_NOT_UPGRADED], NULL};
static const struct rpc_error *const drain_errors[] = {&method_faults[FAULT_DRAINING], NULL};

/* clang-format off */
static const struct rpc_field switch_result[] = {
	BOOL("up", "connected"),
	COUNT("pid", NULL, "of the process"),
	TEXT("engine", 0, 0, "that does SRTP"),
	TEXT("poll", 0, 0, "busy or adaptive"),
	COUNT("transports", NULL, "there is room for"),
	COUNT("cores", NULL, "that forward"),
	COUNT("takeovers", NULL, "times that a successor took the memory over"),
	COUNT("restarts", NULL, "that this process has seen"),
	NUMBER("age_s", "s", "of the process"),
	COUNT("tsc_hz", "Hz", "what cycles are counted in"),
	NO_MORE,
};

static const struct rpc_field info_result[] = {
	TEXT("name", 0, 0, "of the instance"),
	TEXT("version", 0, 0, "of strowger"),
	COUNT("api", NULL, "version of this interface"),
	COUNT("pid", NULL, "of the process"),
	NUMBER("age_s", "s", "of the process"),
	BOOL("draining", "no new calls are taken"),
	COUNT("calls", "calls", "now"),
	COUNT("call_limit", "calls", "of the configuration"),
	TEXT("log_level", 0, 0, "log.set changes it"),
	TEXT("log_identifiers", 0, 0, "log.set changes it"),
	OBJECT("switch", switch_result, "the data plane"),
	NO_MORE,
};

static const struct rpc_field upgrade_result[] = {
	TEXT("from", 0, 0, "version that runs"),
	TEXT("to", 0, 0, "version that it becomes"),
	NO_MORE,
};

static const struct rpc_field drain_result[] = {
	BOOL("draining", "no new calls are taken"),
	COUNT("calls", "calls", "that run now"),
	NO_MORE,
};

static const struct rpc_field stop_params[] = {
	BOOL("drain", "wait until the last call has ended, or node.drain_timeout has passed"),
	BOOL("leave_switch", "the data plane, and with it the calls, goes on for a successor"),
	NO_MORE,
};

static const struct rpc_field stop_result[] = {
	COUNT("calls", "calls", "that run now"),
	NO_MORE,
};

const struct rpc_method methods_node[] = {
	{
		.name = "node.info",
		.role = RPC_VIEW,
		.summary = "Which strowger this is, how it is, and what its data plane is.",
		.result = info_result,
		.example = "{}",
		.answer = "{\"name\": \"default\", \"version\": \"0.1.0\", \"api\": 1, \"pid\": 4711,"
			" \"age_s\": 3600.5, \"draining\": false, \"calls\": 1, \"call_limit\": 10000,"
			" \"log_level\": \"info\", \"log_identifiers\": \"hash\", \"switch\": {\"up\": true,"
			" \"pid\": 4712, \"engine\": \"burst\", \"poll\": \"adaptive\", \"transports\":"
			" 40000, \"cores\": 1, \"takeovers\": 0, \"restarts\": 0, \"age_s\": 3600.3, \"tsc_hz\": 2600000000}}",
		.handler = method_node_info,
	},
	{
		.name = "node.upgrade",
		.summary = "Become the program that stands on disk now, in place of the one that runs: packets and"
			" calls go on.  It is asked first whether it can, with the configuration as it is now.  Then"
			" this is answered and connections are closed; new ones wait for the new program.  The"
			" data plane stays what it is.",
		.result = upgrade_result,
		.errors = upgrade_errors,
		.example = "{}",
		.answer = "{\"from\": \"0.1.0\", \"to\": \"0.1.1\"}",
		.handler = method_node_upgrade,
	},
	{
		.name = "node.drain",
		.summary = "Take no new calls, until node.undrain; those that run go on.  It outlives node.upgrade,"
			" but no other end of the process.",
		.result = drain_result,
		.errors = drain_errors,
		.example = "{}",
		.answer = "{\"draining\": true, \"calls\": 1}",
		.handler = method_node_drain,
	},
	{
		.name = "node.undrain",
		.summary = "Take new calls again.",
		.result = drain_result,
		.errors = drain_errors,
		.example = "{}",
		.answer = "{\"draining\": false, \"calls\": 1}",
		.handler = method_node_undrain,
	},
	{
		.name = "node.stop",
		.summary = "End strowger.  Answers before anything ends.",
		.params = stop_params,
		.result = stop_result,
		.example = "{\"drain\": true}",
		.answer = "{\"calls\": 1}",
		.handler = method_node_stop,
	},
	{.name = NULL},
};
/* clang-format on */
