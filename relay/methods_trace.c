/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about one call under the lens: its name in the log, its trace, its captures. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "control/log_trace.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/capture.h"
#include "relay/methods.h"
#include "relay/node.h"

static const char *
text(const json_t *params, const char *name)
{
	return json_string_value(json_object_get(params, name));
}

/* The whole number NAME, 0 when it is absent. */
static json_int_t
number(const json_t *params, const char *name)
{
	return json_integer_value(json_object_get(params, name));
}

/* ---- Names. ---- */

void
method_call_hash(struct rpc_request *req, const json_t *params, void *node)
{
	const char *id = text(params, "call");
	char hash[LOG_HASH];

	log_hash(id, hash);
	rpc_reply(req, json_pack("{s:s, s:s}", "call", id, "hash", hash));
}

void
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

void
method_call_trace(struct rpc_request *req, const json_t *params, void *node)
{
	const char *level = text(params, "level");
	json_int_t seconds = number(params, "seconds");
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

void
method_call_untrace(struct rpc_request *req, const json_t *params, void *node)
{
	const char *id = text(params, "call");

	rpc_reply(req, json_pack("{s:s, s:b}", "call", id, "was_traced", log_trace_end(id)));
}

void
method_call_trace_list(struct rpc_request *req, const json_t *params, void *node)
{
	json_t *rows = json_array();
	struct log_trace t;

	for (unsigned i = 0; i < LOG_TRACES; i++)
		if (log_trace_get(i, &t))
			json_array_append_new(rows, trace_json(&t, node_calls(node)));
	rpc_reply(req, json_pack("{s:o}", "traces", rows));
}

/* ---- Captures. ---- */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static json_t *
running_json(const struct capture_info *i)
{
	int64_t left = i->ends_ms - now_ms();
	json_t *o = json_pack("{s:I, s:s, s:s, s:I, s:I, s:I}", "capture", (json_int_t)i->id,
		"call", i->call, "file", i->path, "bytes", (json_int_t)i->bytes, "max_bytes",
		(json_int_t)i->max_bytes, "seconds",
		(json_int_t)(left > 0 ? (left + 999) / 1000 : 0));

	if (i->leg[0] != '\0')
		json_object_set_new(o, "leg", json_string(i->leg));
	return o;
}

json_t *
method_capture_ended(const struct capture_info *i)
{
	json_t *o = json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:I}", "capture",
		(json_int_t)i->id, "call", i->call, "file", i->path, "reason", i->reason,
		"packets", (json_int_t)i->packets, "bytes", (json_int_t)i->bytes, "lost",
		(json_int_t)i->lost);

	if (i->leg[0] != '\0')
		json_object_set_new(o, "leg", json_string(i->leg));
	if (i->error != 0)
		json_object_set_new(o, "error", json_string(strerror(-i->error)));
	return o;
}

static void
capture_begun(void *req, const struct capture_info *info, const struct fault *fault)
{
	if (fault != NULL)
		method_fail(req, fault);
	else
		rpc_reply(req, running_json(info));
}

static void
capture_ended(void *req, const struct capture_info *info, const struct fault *fault)
{
	if (fault != NULL)
		method_fail(req, fault);
	else
		rpc_reply(req, method_capture_ended(info));
}

void
method_call_capture(struct rpc_request *req, const json_t *params, void *node)
{
	const struct capture_request r = {.call = text(params, "call"),
		.leg = text(params, "leg"),
		.file = text(params, "file"),
		.seconds = (unsigned)number(params, "seconds"),
		.max_bytes = (uint64_t)number(params, "max_bytes"),
		.snaplen = (uint32_t)number(params, "snaplen")};

	capture_begin(node_capture(node), &r, capture_begun, req);
}

void
method_call_capture_stop(struct rpc_request *req, const json_t *params, void *node)
{
	capture_end(
		node_capture(node), (uint64_t)number(params, "capture"), capture_ended, req);
}

void
method_call_capture_list(struct rpc_request *req, const json_t *params, void *node)
{
	struct capture_info i = {.id = 0};
	json_t *rows = json_array();

	while (capture_next(node_capture(node), i.id, &i))
		json_array_append_new(rows, running_json(&i));
	rpc_reply(req, json_pack("{s:o}", "captures", rows));
}
