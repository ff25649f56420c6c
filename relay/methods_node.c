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
#include "relay/methods.h"
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
	return o;
}

void
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

void
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

void
method_node_drain(struct rpc_request *req, const json_t *params, void *node)
{
	drain(req, node, true);
}

void
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

void
method_node_upgrade(struct rpc_request *req, const json_t *params, void *node)
{
	node_upgrade(node, upgraded, req);
}

void
method_log_set(struct rpc_request *req, const json_t *params, void *node)
{
	const char *level = json_string_value(json_object_get(params, "level"));
	const char *identifiers = json_string_value(json_object_get(params, "identifiers"));

	if (level != NULL)
		node_set_log_level(node, (unsigned)log_level_find(level));
	if (identifiers != NULL)
		log_set_identifiers(strcmp(identifiers, "plain") == 0);
	rpc_reply(req, json_pack("{s:s, s:s}", "level", log_levels[log_get_level()],
			       "identifiers", log_identifiers[log_get_plain()]));
}
