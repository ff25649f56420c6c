/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens, told to those who have subscribed (events.subscribe), each as a JSON-RPC
 * notification on the connection that it subscribed on:
 *
 *   {"jsonrpc": "2.0", "method": "event", "params": {"event": "call.ended", "seq": 17,
 *    "time": 1700000000.123456, "dropped": 0, ...fields of the kind...}}
 *
 * A subscriber that does not take its events loses the newest: its queue is bounded, and
 * `dropped` says with the next event how many there were.  Control's one thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/rpc.h"

/* One kind of event: a row of a table that ends with a NULL name. */
struct event_kind {
	const char *name; /* "call.ended" */
	const char *help;
	const struct rpc_field *fields; /* of params, beside those that every event has */
};

/* Those: event, seq, time, dropped. */
extern const struct rpc_field event_fields[];

struct events;

/* KINDS must outlive it.  NULL: ENOMEM. */
struct events *events_open(const struct event_kind *kinds);
void events_close(struct events *e); /* after the server of its subscribers; NULL is fine */

/* Has it to be said what happened?  Otherwise events_emit() may be given NULL, which counts it
 * all the same. */
bool events_wanted(const struct events *e);

/* Tell everybody whose filter lets it through.  Takes PARAMS, an object, NULL (without memory)
 * is fine; costs next to nothing while nobody listens.  KIND is a row of the table.  Never
 * calls back.  E: NULL is nobody. */
void events_emit(struct events *e, const struct event_kind *kind, json_t *params);

/* From now on P gets the events that one of PATTERNS names ("call.ended", "call.*", "*"), and
 * of those about a call only those about one of CALLS (ids; NULL: all calls); instead of what
 * it may have subscribed to before.  Both are arrays of strings.  0; -ENOENT: *UNKNOWN is a
 * pattern that no kind fits; -ENOMEM. */
int events_subscribe(struct events *e, struct rpc_peer *p, const json_t *patterns,
	const json_t *calls, const char **unknown);

/* P gets none any more.  Those it has lost without having been told. */
uint64_t events_unsubscribe(struct events *e, struct rpc_peer *p);

uint64_t events_seq(const struct events *e);     /* of the last event; 0: there was none */
uint64_t events_dropped(const struct events *e); /* that somebody was not told, all together */

/* The kinds that one of PATTERNS names, as an array of names. */
json_t *events_names(const struct events *e, const json_t *patterns);

/* The kind that may have been meant by PATTERN; NULL. */
const char *events_nearest(const struct events *e, const char *pattern);
