/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods that look at calls: one, a list of them, and call.watch, which keeps an exact
 * list up to date by the journal of changes.h. */
#include <stdlib.h>

#include "relay/call.h"
#include "relay/calls.h"
#include "relay/changes.h"
#include "relay/fields.h"
#include "relay/fields_call.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"
#include "relay/stats.h"

/* ---- call.get ---- */

static void
method_call_get(struct rpc_request *req, const json_t *params, void *node)
{
	const struct call *c = calls_find(
		node_calls(node), json_string_value(json_object_get(params, "call")));
	struct fault fault;

	if (c != NULL) {
		rpc_reply(req, stats_call(c, node_client(node)));
		return;
	}
	fault_set(&fault, FAULT_UNKNOWN_CALL, "call", NULL, NULL,
		"there is no call of this id; call.list lists those that are");
	method_fail(req, &fault);
}

/* ---- call.list ---- */

enum { LIMIT = 100 }; /* without one in the request */

static size_t
limit_of(const json_t *params)
{
	const json_t *limit = json_object_get(params, "limit");

	return limit != NULL ? (size_t)json_integer_value(limit) : LIMIT;
}

static void
method_call_list(struct rpc_request *req, const json_t *params, void *node)
{
	const struct changes *changes = calls_changes(node_calls(node));
	size_t left = limit_of(params);
	const char *after = json_string_value(json_object_get(params, "after"));
	const struct call *c = calls_next(node_calls(node), after);
	char cursor[CHANGES_CURSOR];
	json_t *rows = json_array();

	for (; c != NULL && left-- > 0; c = calls_next(node_calls(node), c->id))
		json_array_append_new(rows, stats_call_row(c, node_client(node)));
	changes_write_cursor(changes, changes_end(changes), cursor);
	rpc_reply(req, json_pack("{s:o, s:b, s:s}", "calls", rows, "more", c != NULL, "cursor",
			       cursor));
}

/* ---- call.watch ---- */

struct watch {
	struct rpc_request *req;
	struct node *node;
	uint64_t at;
	size_t limit;
};

/* What has happened, and how the call is now; it may be gone. */
static json_t *
change_json(enum change_kind kind, const char *id, struct node *node)
{
	const struct call *c = kind != CHANGE_ENDED ? calls_find(node_calls(node), id) : NULL;

	return json_pack("{s:s, s:s, s:o*}", "change", change_words[kind], "call", id, "row",
		c != NULL ? stats_call_row(c, node_client(node)) : NULL);
}

/* Answer with the changes from w->at on. */
static void
answer(const struct watch *w)
{
	const struct changes *changes = calls_changes(node_calls(w->node));
	uint64_t at = w->at, end = changes_end(changes);
	bool resync = !changes_has(changes, at);
	char cursor[CHANGES_CURSOR];
	json_t *rows = json_array();

	if (resync)
		at = end;
	for (; at < end && json_array_size(rows) < w->limit; at++) {
		const char *id;
		enum change_kind kind = changes_at(changes, at, &id);

		json_array_append_new(rows, change_json(kind, id, w->node));
	}
	changes_write_cursor(changes, at, cursor);
	rpc_reply(w->req, json_pack("{s:o, s:s, s:b, s:b}", "changes", rows, "cursor", cursor,
				  "more", at < end, "resync", resync));
}

static void
waited(void *arg)
{
	answer(arg);
	free(arg);
}

static const void *
client(const void *arg)
{
	const struct watch *w = arg;

	return rpc_request_peer(w->req);
}

/* Answer when there is something to say, or after MS.  Without memory: now. */
static void
wait(const struct watch *w, unsigned ms)
{
	struct changes *changes = calls_changes(node_calls(w->node));
	struct watch *later = malloc(sizeof *later);

	if (later != NULL) {
		*later = *w;
		if (changes_wait(
			    changes, ms, (struct changes_waiter){waited, client, later}) == 0)
			return;
		free(later);
	}
	answer(w);
}

static void
method_call_watch(struct rpc_request *req, const json_t *params, void *node)
{
	const struct changes *changes = calls_changes(node_calls(node));
	const char *cursor = json_string_value(json_object_get(params, "cursor"));
	unsigned wait_ms = (unsigned)json_integer_value(json_object_get(params, "wait_ms"));
	struct watch w = {req, node, changes_end(changes), limit_of(params)};
	struct fault fault;

	if (cursor != NULL && changes_read_cursor(changes, cursor, &w.at) != 0) {
		fault_set(&fault, FAULT_BAD_REQUEST, "cursor", cursor,
			"the cursor of an answer of call.list or call.watch",
			"this is no cursor");
		method_fail(req, &fault);
	} else if (cursor != NULL && w.at == changes_end(changes) && wait_ms > 0) {
		wait(&w, wait_ms);
	} else {
		answer(&w);
	}
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const get_errors[] = {&method_faults[FAULT_UNKNOWN_CALL], NULL};
static const struct rpc_error *const watch_errors[] = {
	&method_faults[FAULT_BAD_REQUEST], NULL};

/* clang-format off */
static const struct rpc_field list_params[] = {
	INT("limit", 1, 1000, NULL, "how many at most; otherwise 100"),
	TEXT("after", 1, REQUEST_ID - 1, "those behind this call, which may have ended; otherwise from the first"),
	NO_MORE,
};

static const struct rpc_field list_row[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("state", fields_call_states, "exported: its media is stopped here"),
	NUMBER("age_s", "s", "since call.create"),
	{.name = "legs", .type = RPC_ARRAY, .element = RPC_STRING, .help = "names of its parties"},
	{.name = "cores", .type = RPC_ARRAY, .element = RPC_INT,
		.help = "numbers of the forwarding cores that its streams are with; mostly one"},
	COUNT("rx_packets", "packets", "RTP accepted, all streams together"),
	COUNT("tx_packets", "packets", "RTP sent"),
	COUNT("lost", "packets", "lost on the way to strowger"),
	COUNT("dropped", "packets", "that went no further"),
	NO_MORE,
};

static const struct rpc_field list_result[] = {
	ARRAY("calls", list_row, "in an order of their own that does not change"),
	BOOL("more", "there are more behind the last one"),
	TEXT("cursor", 0, 0, "for call.watch: take that of the first part of a list"),
	NO_MORE,
};

static const struct rpc_field watch_params[] = {
	TEXT("cursor", 1, CHANGES_CURSOR - 1, "of the answer before, or of call.list; absent: from now on"),
	INT("limit", 1, 1000, "changes", "how many at most; otherwise 100"),
	INT("wait_ms", 0, 30000, "ms", "how long to wait for the first one; otherwise not"),
	NO_MORE,
};

static const struct rpc_field change_row[] = {
	WORD("change", change_words, "what has happened"),
	TEXT("call", 0, 0, "id of the call"),
	OBJECT("row", list_row, "the call as it is now, as in call.list; absent: it has ended"),
	NO_MORE,
};

static const struct rpc_field watch_result[] = {
	ARRAY("changes", change_row, "since the cursor, in their order"),
	TEXT("cursor", 0, 0, "for the next call.watch"),
	BOOL("more", "there are more behind the last one"),
	BOOL("resync", "the cursor was too old, or of a strowger before this one: list the calls again"),
	NO_MORE,
};

const struct rpc_method methods_watch[] = {
	{
		.name = "call.get",
		.role = RPC_VIEW,
		.summary = "A call with its legs, streams and counters.  Never keys.",
		.params = fields_call_id,
		.result = fields_call_seen,
		.errors = get_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 12.04, \"legs\": [{\"name\": \"caller\","
			" \"interface\": \"outside\", \"streams\": [{\"media\": \"audio\", \"direction\":"
			" \"sendrecv\", \"local\": {\"address\": \"192.0.2.1\", \"port\": 31058,"
			" \"rtcp_port\": 31059}, \"remote\": {\"address\": \"192.0.2.10\", \"port\": 4000,"
			" \"rtcp_port\": 4001}, \"source\": \"whoever holds the SRTP key\", \"suite\":"
			" \"AES_CM_128_HMAC_SHA1_80\", \"bridge\": \"SRTP AES_CM_128_HMAC_SHA1_80 ->"
			" re-keyed to AEAD_AES_128_GCM\", \"dscp\": 46, \"core\": 1, \"rx_packets\": 602, \"rx_bytes\":"
			" 109564, \"tx_packets\": 600, \"tx_bytes\": 112800, \"rx_rtcp\": 3, \"tx_rtcp\": 3,"
			" \"lost\": 0, \"jitter_ms\": 0.125, \"last_packet_ms_ago\": 14, \"drops\":"
			" {\"auth\": 2}, \"events\": {\"latches\": 0, \"second_sources\": 0, \"rekeys\": 0,"
			" \"ssrc_limits\": 0}}]}]}",
		.handler = method_call_get,
	},
	{
		.name = "call.list",
		.role = RPC_VIEW,
		.summary = "Calls, some at a time: ask for those behind the last one of the answer before.",
		.params = list_params,
		.result = list_result,
		.example = "{\"limit\": 1}",
		.answer = "{\"calls\": [{\"call\": \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 12.04, \"legs\":"
			" [\"caller\", \"callee\"], \"cores\": [1], \"rx_packets\": 1202, \"tx_packets\": 1200,"
			" \"lost\": 0, \"dropped\": 2}], \"more\": true, \"cursor\": \"5f0c3a9be1d27468-41\"}",
		.handler = method_call_list,
	},
	{
		.name = "call.watch",
		.role = RPC_VIEW,
		.summary = "What has happened to calls since the cursor, at once or when something has.  To keep an"
			" exact list: list the calls, keep the cursor of the first part, and watch from there;"
			" a change with a row puts it into the list, one without takes the call out of it.",
		.params = watch_params,
		.result = watch_result,
		.errors = watch_errors,
		.example = "{\"cursor\": \"5f0c3a9be1d27468-41\", \"wait_ms\": 10000}",
		.answer = "{\"changes\": [{\"change\": \"learned\", \"call\": \"a84b4c76e66710\", \"row\": {\"call\":"
			" \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 12.04, \"legs\": [\"caller\", \"callee\"],"
			" \"cores\": [1], \"rx_packets\": 1202, \"tx_packets\": 1200, \"lost\": 0, \"dropped\": 2}},"
			" {\"change\": \"ended\", \"call\": \"b17\"}], \"cursor\": \"5f0c3a9be1d27468-43\", \"more\": false,"
			" \"resync\": false}",
		.handler = method_call_watch,
	},
	{.name = NULL},
};
/* clang-format on */
