/* SPDX-License-Identifier: Apache-2.0
 *
 * See health.h. */
#include "relay/health.h"

#include <jansson.h>
#include <stdatomic.h>

#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/node_view.h"

static bool
no_switch(const struct node_view *v)
{
	return !v->switch_up;
}

static bool
draining(const struct node_view *v)
{
	return v->draining;
}

static bool
stalled(const struct node_view *v)
{
	for (unsigned i = 0; switch_client_core(v->client, i) != NULL; i++)
		if (core_watch_is_stalled(v->watch, i))
			return true;
	return false;
}

static bool
link_down(const struct node_view *v)
{
	const struct sw_state *st = switch_client_state(v->client);

	for (unsigned i = 0; st != NULL && i < st->devices && i < SW_DEVICES; i++)
		if (atomic_load_explicit(&st->device[i].up, memory_order_relaxed) == 0)
			return true;
	return false;
}

static bool
full(const struct node_view *v)
{
	return calls_count(v->calls) >= v->conf->call_limit;
}

/* What makes a node unfit; the words are part of what programs rely on: docs/operate.md. */
static const struct reason {
	const char *name;
	bool (*is_so)(const struct node_view *v);
} reasons[] = {
	{"switch_down", no_switch},
	{"draining", draining},
	{"core_stalled", stalled},
	{"link_down", link_down},
	{"call_limit", full},
};

bool
health_write(const struct node_view *view, FILE *to)
{
	json_t *why = json_array(), *whole;
	bool fit;

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].is_so(view))
			json_array_append_new(why, json_string(reasons[i].name));
	fit = why != NULL && json_array_size(why) == 0;
	whole = json_pack("{s:s, s:o, s:s, s:s, s:I, s:I}", "status", fit ? "ok" : "failing",
		"reasons", why, "name", view->conf->name, "version", STROWGER_VERSION, "calls",
		(json_int_t)calls_count(view->calls), "call_limit",
		(json_int_t)view->conf->call_limit);
	if (whole == NULL || json_dumpf(whole, to, 0) != 0)
		fit = false;
	fputc('\n', to);
	json_decref(whole);
	return fit;
}
