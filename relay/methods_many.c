/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods that ask for many calls at once.  They take them up some at a time, so that
 * other clients, and the switch, have their turns in between; its answers come in any order,
 * and each finds its own place in ours. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/request_json.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/fields.h"
#include "relay/fields_call.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"
#include "relay/stats.h"

enum {
	A_TURN = 64,  /* calls */
	AT_ONCE = 16, /* requests, each of which may hold a megabyte of text */
};

static unsigned under_way; /* requests */

struct many;

/* One of a list, or in a walk through all calls just any of them. */
struct entry {
	struct many *many;
	size_t index;
	json_t *answer; /* of a delete: to be told when it is done; NULL: just the id */
};

struct many {
	struct rpc_request *req;
	struct node *node;
	struct event *turn;
	const char *done_name; /* "created", in the answer */
	size_t done, refused;
	size_t pending; /* calls that were taken up and are not answered; and 1 until the last
			 * one is taken up */

	/* Take up the next one; false: there is none. */
	bool (*next)(struct many *m);

	/* A list. */
	json_t *list;    /* of the request, with keys in it */
	json_t *results; /* in its order */
	size_t taken;
	bool counters;

	/* A walk. */
	char prefix[REQUEST_ID], at[REQUEST_ID];
	int64_t began_us;

	struct entry entry[]; /* as many as the list has; of a walk one */
};

/* ---- Beginning and end. ---- */

static void
many_free(struct many *m)
{
	if (m->turn != NULL)
		event_free(m->turn);
	json_decref(m->list);
	json_decref(m->results);
	free(m);
	under_way--;
}

/* One of them, or the taking up, is done. */
static void
landed(struct many *m)
{
	if (--m->pending > 0)
		return;
	rpc_reply(m->req, json_pack("{s:I, s:I, s:O*}", m->done_name, (json_int_t)m->done,
				  "refused", (json_int_t)m->refused, "results", m->results));
	many_free(m);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval now = {0, 0};
	struct many *m = arg;

	for (unsigned n = 0; n < A_TURN; n++)
		if (!m->next(m)) {
			landed(m);
			return;
		}
	evtimer_add(m->turn, &now);
}

/* For the calls of LIST; NULL: of a walk.  NULL: REQ has been refused. */
static struct many *
many_open(struct rpc_request *req, struct node *node, json_t *list, const char *done_name,
	bool (*next)(struct many *m))
{
	size_t n = list != NULL ? json_array_size(list) : 1;
	struct fault fault;
	struct many *m;

	if (under_way == AT_ONCE) {
		fault_set(&fault, FAULT_BUSY, NULL, NULL, NULL,
			"%u requests for many calls are being done; one more has to wait",
			under_way);
		goto refused;
	}
	m = calloc(1, sizeof *m + n * sizeof *m->entry);
	if (m == NULL)
		goto no_memory;
	under_way++;
	*m = (struct many){.req = req,
		.node = node,
		.done_name = done_name,
		.pending = 1,
		.next = next,
		.list = json_incref(list)};
	for (size_t i = 0; i < n; i++)
		m->entry[i] = (struct entry){.many = m, .index = i};
	m->turn = evtimer_new(node_base(node), on_turn, m);
	m->results = list != NULL ? json_array() : NULL;
	for (size_t i = 0; list != NULL && i < n; i++)
		json_array_append_new(m->results, json_null());
	if (m->turn != NULL && json_array_size(m->results) == (list != NULL ? n : 0))
		return m;
	many_free(m);

no_memory:
	fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
refused:
	method_fail(req, &fault);
	return NULL;
}

/* ---- One of them. ---- */

static void
put(struct entry *e, json_t *answer)
{
	if (e->many->results != NULL)
		json_array_set_new(e->many->results, e->index, answer);
	else
		json_decref(answer);
}

static void
refused(struct entry *e, const struct fault *fault)
{
	e->many->refused++;
	put(e, json_pack("{s:o}", "error", method_error(fault)));
}

static void
created(void *arg, const struct call *call, const struct fault *fault)
{
	struct entry *e = arg;

	if (fault != NULL) {
		refused(e, fault);
	} else {
		e->many->done++;
		put(e, method_call_json(call));
	}
	landed(e->many);
}

static void
last(void *arg, const struct call *call)
{
	struct entry *e = arg;

	if (e->many->counters)
		e->answer = stats_call(call, node_client(e->many->node));
	else if (e->many->results != NULL)
		e->answer = json_pack("{s:s}", "call", call->id);
}

static void
deleted(void *arg, const struct call *call, const struct fault *fault)
{
	struct entry *e = arg;

	if (fault != NULL) {
		refused(e, fault);
		json_decref(e->answer);
	} else {
		e->many->done++;
		put(e, e->answer);
	}
	e->answer = NULL;
	landed(e->many);
}

/* ---- call.create_many ---- */

static bool
create_next(struct many *m)
{
	const json_t *params = json_array_get(m->list, m->taken);
	struct entry *e = &m->entry[m->taken];
	struct call_request asked;
	struct fault fault;

	if (params == NULL)
		return false;
	m->taken++;
	m->pending++;
	if (request_from_json(&asked, params, &fault) == 0) {
		calls_create(node_calls(m->node), &asked, created, e);
	} else {
		refused(e, &fault);
		landed(m);
	}
	request_wipe(&asked);
	return true;
}

static void
method_call_create_many(struct rpc_request *req, const json_t *params, void *node)
{
	struct many *m =
		many_open(req, node, json_object_get(params, "calls"), "created", create_next);

	if (m != NULL)
		on_turn(-1, 0, m);
}

/* ---- call.delete_many ---- */

static bool
delete_next(struct many *m)
{
	const char *id = json_string_value(json_array_get(m->list, m->taken));
	struct entry *e = &m->entry[m->taken];
	struct fault fault;

	if (id == NULL)
		return false;
	m->taken++;
	m->pending++;
	if (strlen(id) < REQUEST_ID) {
		calls_delete(node_calls(m->node), id, last, deleted, e);
	} else { /* no call has such a one */
		fault_set(&fault, FAULT_UNKNOWN_CALL, "ids", NULL, "ids of up to 128 bytes",
			"there is no call of this id; call.list lists those that are");
		refused(e, &fault);
		landed(m);
	}
	return true;
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* Calls that have come since it was asked are not meant.  One that was made in the future was
 * made at another node, or before our clock was set back. */
static bool
is_meant(const struct many *m, const struct call *c)
{
	return strncmp(c->id, m->prefix, strlen(m->prefix)) == 0 &&
	       (c->created_us <= m->began_us || c->created_us > now_us());
}

static bool
walk_next(struct many *m)
{
	const struct call *c =
		calls_next(node_calls(m->node), m->at[0] != '\0' ? m->at : NULL);

	if (c == NULL)
		return false;
	memcpy(m->at, c->id, strlen(c->id) + 1);
	if (is_meant(m, c)) {
		m->pending++;
		calls_delete(node_calls(m->node), m->at, NULL, deleted, &m->entry[0]);
	}
	return true;
}

static void
method_call_delete_many(struct rpc_request *req, const json_t *params, void *node)
{
	json_t *ids = json_object_get(params, "ids");
	const char *prefix = json_string_value(json_object_get(params, "prefix"));
	bool all = json_is_true(json_object_get(params, "all"));
	struct fault fault;
	struct many *m;

	if ((ids != NULL) + (prefix != NULL) + all != 1) {
		fault_set(&fault, FAULT_BAD_REQUEST, NULL, NULL, "one of ids, prefix, all",
			"say which calls: by ids, by prefix, or all");
		method_fail(req, &fault);
		return;
	}
	m = many_open(req, node, ids, "deleted", ids != NULL ? delete_next : walk_next);
	if (m == NULL)
		return;
	m->counters = json_is_true(json_object_get(params, "counters")) && ids != NULL;
	m->began_us = now_us();
	if (prefix != NULL)
		memcpy(m->prefix, prefix, strlen(prefix) + 1);
	on_turn(-1, 0, m);
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const create_many_errors[] = {
	&method_faults[FAULT_BUSY], &method_faults[FAULT_INTERNAL], NULL};
static const struct rpc_error *const delete_many_errors[] = {&method_faults[FAULT_BUSY],
	&method_faults[FAULT_BAD_REQUEST], &method_faults[FAULT_INTERNAL], NULL};

/* clang-format off */
static const struct rpc_field create_many_params[] = {
	{.name = "calls", .type = RPC_ARRAY, .required = true, .min = 1, .max = 1000,
		.fields = fields_call_change, .help = "each as for call.create"},
	NO_MORE,
};

static const struct rpc_field delete_many_params[] = {
	{.name = "ids", .type = RPC_ARRAY, .min = 1, .max = 1000, .element = RPC_STRING, .help = "of the calls"},
	TEXT("prefix", 1, REQUEST_ID - 1, "those whose ids begin so"),
	BOOL("all", "all calls"),
	BOOL("counters", "with ids: answer each call's last counters, as call.delete does"),
	NO_MORE,
};

static const struct rpc_field created_row[] = {
	TEXT("call", 0, 0, "id of the call"),
	ARRAY("legs", fields_call_answered_leg, "as call.create answers them"),
	OBJECT("error", fields_call_error, "in their place: it was refused"),
	NO_MORE,
};

static const struct rpc_field create_many_result[] = {
	COUNT("created", "calls", "of them"),
	COUNT("refused", "calls", "of them"),
	ARRAY("results", created_row, "one each call, in the order of the request"),
	NO_MORE,
};

static const struct rpc_field deleted_row[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("state", fields_call_states, "with counters"),
	NUMBER("age_s", "s", "with counters"),
	ARRAY("legs", fields_call_seen_leg, "with counters"),
	OBJECT("error", fields_call_error, "in their place: it was refused"),
	NO_MORE,
};

static const struct rpc_field delete_many_result[] = {
	COUNT("deleted", "calls", "of them"),
	COUNT("refused", "calls", "of them"),
	ARRAY("results", deleted_row, "one each id, in the order of the request; absent without ids"),
	NO_MORE,
};

const struct rpc_method methods_many[] = {
	{
		.name = "call.create_many",
		.role = RPC_SESSION,
		.summary = "Set many calls up, each with a result or an error of its own; what does not fit the"
			" table of call.create is refused as a whole.  Much cheaper than as many requests.",
		.params = create_many_params,
		.result = create_many_result,
		.errors = create_many_errors,
		.example = "{\"calls\": [{\"call\": \"one\", \"legs\": [{\"name\": \"caller\", \"streams\": [{}]}]},"
			" {\"call\": \"one\", \"legs\": [{\"name\": \"caller\", \"streams\": [{}]}]}]}",
		.answer = "{\"created\": 1, \"refused\": 1, \"results\": [{\"call\": \"one\", \"legs\": [{\"name\":"
			" \"caller\", \"interface\": \"outside\", \"streams\": [{\"media\": \"audio\", \"local\":"
			" {\"address\": \"192.0.2.1\", \"port\": 31058, \"rtcp_port\": 31059}}]}]}, {\"error\":"
			" {\"code\": 2, \"message\": \"there is a call of this id already\", \"data\": {\"reason\":"
			" \"call_exists\", \"field\": \"call\", \"expected\": \"an id that is not in use\"}}}]}",
		.handler = method_call_create_many,
	},
	{
		.name = "call.delete_many",
		.role = RPC_SESSION,
		.summary = "End many calls: those of the ids, each with a result or an error of its own; or all that"
			" there are when it is asked, or of these those whose ids begin with the prefix.",
		.params = delete_many_params,
		.result = delete_many_result,
		.errors = delete_many_errors,
		.example = "{\"ids\": [\"one\", \"two\"]}",
		.answer = "{\"deleted\": 1, \"refused\": 1, \"results\": [{\"call\": \"one\"}, {\"error\": {\"code\":"
			" 1, \"message\": \"there is no call of this id\", \"data\": {\"reason\": \"unknown_call\","
			" \"field\": \"call\"}}}]}",
		.handler = method_call_delete_many,
	},
	{.name = NULL},
};
/* clang-format on */
