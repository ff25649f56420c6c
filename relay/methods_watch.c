/* SPDX-License-Identifier: Apache-2.0
 *
 * call.list and call.watch: an exact list of the calls, kept up to date by the journal of
 * changes.h. */
#include <stdlib.h>

#include "relay/call.h"
#include "relay/calls.h"
#include "relay/changes.h"
#include "relay/methods.h"
#include "relay/node.h"
#include "relay/stats.h"

enum { LIMIT = 100 }; /* without one in the request */

static size_t
limit_of(const json_t *params)
{
	const json_t *limit = json_object_get(params, "limit");

	return limit != NULL ? (size_t)json_integer_value(limit) : LIMIT;
}

/* ---- call.list ---- */

void
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

/* Answer when there is something to say, or after MS.  Without memory: now. */
static void
wait(const struct watch *w, unsigned ms)
{
	struct watch *later = malloc(sizeof *later);

	if (later != NULL) {
		*later = *w;
		if (changes_wait(calls_changes(node_calls(w->node)), ms, waited, later) == 0)
			return;
		free(later);
	}
	answer(w);
}

void
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
