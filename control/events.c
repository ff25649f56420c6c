/* SPDX-License-Identifier: Apache-2.0
 *
 * See events.h.  A subscriber's queue is what its connection has yet to send; beyond ROOM
 * bytes of that an event is lost. */
#include "control/events.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "control/nearest.h"
#include "control/rpc.h"
#include "control/wipe.h"

enum {
	ROOM = 1 << 18, /* bytes: about a thousand events */
	HEAD = 256,     /* bytes: what every event has */
};

struct subscriber {
	LIST_ENTRY(subscriber) link;
	struct rpc_peer *peer;
	json_t *calls; /* an object whose members are their ids; NULL: all */
	uint64_t dropped;
	bool wanted[]; /* by kind */
};

struct events {
	const struct event_kind *kind;
	size_t kinds;
	LIST_HEAD(, subscriber) subscribers;
	uint64_t seq;
	uint64_t dropped; /* of all subscribers */
};

const struct rpc_field event_fields[] = {
	{.name = "event", .type = RPC_STRING, .required = true, .help = "its kind"},
	{.name = "seq",
		.type = RPC_INT,
		.required = true,
		.help = "number of the event, of all that this process has seen"},
	{.name = "time",
		.type = RPC_NUMBER,
		.required = true,
		.unit = "s",
		.help = "since 1970, UTC"},
	{.name = "dropped",
		.type = RPC_INT,
		.required = true,
		.unit = "events",
		.help = "lost since the one before: they were not taken in time"},
	{.name = NULL},
};

struct events *
events_open(const struct event_kind *kinds)
{
	struct events *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->kind = kinds;
	while (kinds[e->kinds].name != NULL)
		e->kinds++;
	LIST_INIT(&e->subscribers);
	return e;
}

static void
subscriber_free(struct subscriber *s)
{
	LIST_REMOVE(s, link);
	json_decref(s->calls);
	free(s);
}

void
events_close(struct events *e)
{
	if (e == NULL)
		return;
	while (!LIST_EMPTY(&e->subscribers))
		subscriber_free(LIST_FIRST(&e->subscribers));
	free(e);
}

/* ---- What happens ---- */

static bool
wants(const struct subscriber *s, size_t kind, const char *call)
{
	return s->wanted[kind] &&
	       (call == NULL || s->calls == NULL || json_object_get(s->calls, call) != NULL);
}

/* FIELDS: the text of an object. */
static void
tell(struct events *e, struct subscriber *s, const char *head, const char *fields)
{
	bool more = fields[1] != '}';
	size_t room = HEAD + strlen(fields);
	char *line = malloc(room);
	int len = line == NULL
			  ? 0
			  : snprintf(line, room, "%s,\"dropped\":%lu%s%s}\n", head,
				    (unsigned long)s->dropped, more ? "," : "", fields + 1);

	if (len > 0 && rpc_peer_notify(s->peer, line, (size_t)len, ROOM)) {
		s->dropped = 0;
	} else {
		s->dropped++;
		e->dropped++;
	}
	free(line);
}

static void
tell_all(struct events *e, size_t kind, const char *call, const char *fields)
{
	char head[HEAD - 64];
	struct subscriber *s;
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	snprintf(head, sizeof head,
		"{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"event\":\"%s\","
		"\"seq\":%lu,\"time\":%ld.%06ld",
		e->kind[kind].name, (unsigned long)e->seq, (long)t.tv_sec, t.tv_nsec / 1000);
	LIST_FOREACH(s, &e->subscribers, link)
	if (wants(s, kind, call))
		tell(e, s, head, fields);
}

bool
events_wanted(const struct events *e)
{
	return e != NULL && !LIST_EMPTY(&e->subscribers);
}

void
events_emit(struct events *e, const struct event_kind *kind, json_t *params)
{
	const char *call = json_string_value(json_object_get(params, "call"));
	char *fields;

	if (e != NULL)
		e->seq++;
	if (events_wanted(e)) {
		fields = json_dumps(params, JSON_COMPACT | JSON_REAL_PRECISION(15));
		tell_all(e, (size_t)(kind - e->kind), call, fields != NULL ? fields : "{}");
		wipe_free(fields);
	}
	json_decref(params);
}

/* ---- Who wants to know ---- */

static bool
names(const char *pattern, const char *kind)
{
	size_t len = strlen(pattern);

	if (len > 0 && pattern[len - 1] == '*')
		return strncmp(pattern, kind, len - 1) == 0 &&
		       (len == 1 || pattern[len - 2] == '.');
	return strcmp(pattern, kind) == 0;
}

/* Does any of PATTERNS name KIND? */
static bool
is_named(const json_t *patterns, const char *kind)
{
	const json_t *pattern;
	size_t i;

	json_array_foreach (patterns, i, pattern)
		if (names(json_string_value(pattern), kind))
			return true;
	return false;
}

json_t *
events_names(const struct events *e, const json_t *patterns)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->kinds; i++)
		if (is_named(patterns, e->kind[i].name))
			json_array_append_new(list, json_string(e->kind[i].name));
	return list;
}

const char *
events_nearest(const struct events *e, const char *pattern)
{
	const char **all = calloc(e->kinds + 1, sizeof *all);
	const char *best;

	if (all == NULL)
		return NULL;
	for (size_t i = 0; i < e->kinds; i++)
		all[i] = e->kind[i].name;
	best = nearest(pattern, all);
	free(all);
	return best;
}

/* A pattern that names nothing; NULL: there is none. */
static const char *
find_unknown(const struct events *e, const json_t *patterns)
{
	const json_t *pattern;
	size_t i, k;

	json_array_foreach (patterns, i, pattern) {
		for (k = 0; k < e->kinds; k++)
			if (names(json_string_value(pattern), e->kind[k].name))
				break;
		if (k == e->kinds)
			return json_string_value(pattern);
	}
	return NULL;
}

static struct subscriber *
find(const struct events *e, const struct rpc_peer *p)
{
	struct subscriber *s;

	LIST_FOREACH(s, &e->subscribers, link)
	if (s->peer == p)
		break;
	return s;
}

static json_t *
set_of(const json_t *calls)
{
	json_t *set = json_object(), *call;
	size_t i;

	json_array_foreach (calls, i, call)
		json_object_set_new(set, json_string_value(call), json_true());
	return set;
}

static void
gone(void *arg)
{
	subscriber_free(arg);
}

uint64_t
events_unsubscribe(struct events *e, struct rpc_peer *p)
{
	struct subscriber *s = find(e, p);
	uint64_t dropped = s != NULL ? s->dropped : 0;

	if (s != NULL) {
		rpc_peer_watch(p, NULL, NULL);
		subscriber_free(s);
	}
	return dropped;
}

int
events_subscribe(struct events *e, struct rpc_peer *p, const json_t *patterns,
	const json_t *calls, const char **unknown)
{
	struct subscriber *s;

	if ((*unknown = find_unknown(e, patterns)) != NULL)
		return -ENOENT;
	s = calloc(1, sizeof *s + e->kinds * sizeof s->wanted[0]);
	if (s == NULL)
		return -ENOMEM;
	s->peer = p;
	s->calls = calls != NULL ? set_of(calls) : NULL;
	s->dropped =
		events_unsubscribe(e, p); /* what it has not been told of stays to be told */
	for (size_t i = 0; i < e->kinds; i++)
		s->wanted[i] = is_named(patterns, e->kind[i].name);
	LIST_INSERT_HEAD(&e->subscribers, s, link);
	rpc_peer_watch(p, gone, s);
	return 0;
}

uint64_t
events_seq(const struct events *e)
{
	return e->seq;
}

uint64_t
events_dropped(const struct events *e)
{
	return e->dropped;
}
