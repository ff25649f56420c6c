/* SPDX-License-Identifier: Apache-2.0
 *
 * What the switch tells the node, and to whom that goes; see node_inside.h. */
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "relay/calls.h"
#include "relay/capture.h"
#include "relay/core_watch.h"
#include "relay/event_kinds.h"
#include "relay/keeper.h"
#include "relay/mesh.h"
#include "relay/mesh_calls.h"
#include "relay/node_inside.h"
#include "relay/notify.h"
#include "relay/settings.h"

/* A switch that was running may have been started with another configuration.  A helper that
 * was handed to us starts it with the command line of the program that forked it. */
static void
compare_settings(struct node *n, const struct sw_state *st)
{
	char differ[160], how[64] = "strowger is restarted";

	if (n->compared)
		return;
	n->compared = true;
	if (settings_differ(n->config, st, differ, sizeof differ) == 0)
		return;
	if (n->conf.handed.launcher < 0)
		snprintf(how, sizeof how, "it is started anew: kill -TERM %u",
			atomic_load(&st->switch_pid));
	log_warn(
		"the switch was started with another configuration: %s; it takes ours when %s",
		differ, how);
}

/* Calls, and what those in the mesh need before and behind them. */
static void
welcome_calls(struct node *n, enum sw_origin origin)
{
	if (n->mesh != NULL)
		mesh_welcome(n->mesh, origin);
	calls_welcome(n->calls, origin);
	if (n->mesh == NULL)
		return;
	mesh_settle(n->mesh);
	mesh_calls_welcome(n->mesh_calls);
}

static void
on_welcome(void *arg, enum sw_origin origin)
{
	static const char *const how[] = {
		[SW_FRESH] = "fresh",
		[SW_ADOPTED] = "state taken over",
		[SW_KEPT] = "was running",
	};
	struct node *n = arg;
	const struct sw_state *st = switch_client_state(n->client);

	keeper_welcome(n->keeper);
	log_info("switch, process %u, is up (%s)%s", atomic_load(&st->switch_pid), how[origin],
		origin == SW_FRESH ? ": there are no calls of before" : "");
	switch_client_log_set(n->client, n->log_level, NULL, NULL);
	compare_settings(n, st);
	core_watch_welcome(n->core_watch);
	events_emit(n->events, &event_kinds[EVENT_SWITCH_BACK],
		json_pack("{s:i, s:s}", "pid", (int)atomic_load(&st->switch_pid), "origin",
			how[origin]));
	welcome_calls(n, origin);
	if (n->draining)
		return;
	if (n->rpc == NULL && (node_ng_open(n) != 0 || node_rpc_open(n) != 0))
		keeper_give_up(n->keeper);
	else
		notify_status("the switch is process %u", atomic_load(&st->switch_pid));
}

static void
emit_link(struct node *n, const struct sw_event *ev)
{
	const struct sw_state *st = switch_client_state(n->client);
	const char *name;

	if (ev->slot >= st->devices)
		return;
	name = st->device[ev->slot].name;
	events_emit(n->events, &event_kinds[EVENT_DEVICE_LINK],
		json_pack("{s:o, s:b}", "device", json_stringn(name, strnlen(name, SW_NAME)),
			"up", ev->detail != 0));
}

/* Behind the forwarding cores come those that transcode. */
static void
on_stalled(struct node *n, const struct sw_event *ev)
{
	unsigned cores = switch_client_state(n->client)->cores;
	bool forwards = ev->slot < cores;

	core_watch_event(n->core_watch, ev);
	events_emit(n->events,
		&event_kinds[forwards ? EVENT_CORE_STALLED : EVENT_TRANSCODER_STALLED],
		json_pack("{s:i, s:b}", "core", (int)(forwards ? ev->slot : ev->slot - cores),
			"stalled", ev->detail != 0));
}

static void
on_transcoder(struct node *n, const struct sw_event *ev)
{
	static const struct {
		enum event_number event;
		enum log_level level;
		const char *text;
	} rows[] = {
		{EVENT_TRANSCODER_ROOM, LOG_LEVEL_INFO, "takes calls again"},
		{EVENT_TRANSCODER_FULL, LOG_LEVEL_WARNING,
			"has too much to do: it takes no more calls"},
		{EVENT_TRANSCODER_LOWERED, LOG_LEVEL_WARNING,
			"has lowered the work of encoding"},
		{EVENT_TRANSCODER_RAISED, LOG_LEVEL_INFO,
			"has raised the work of encoding again"},
	};
	const struct sw_transcoder *core = switch_client_transcoder(n->client, ev->slot);

	if (core == NULL || ev->detail >= sizeof rows / sizeof *rows)
		return;
	log_line(rows[ev->detail].level, "transcode core %u %s", ev->slot,
		rows[ev->detail].text);
	events_emit(n->events, &event_kinds[rows[ev->detail].event],
		json_pack("{s:i, s:f, s:i}", "core", (int)ev->slot, "load",
			atomic_load(&core->load) / 10., "complexity",
			(int)atomic_load(&core->complexity)));
}

static void
on_event(void *arg, const struct sw_event *ev)
{
	static void (*const of_the_switch[SW_EVENTS])(
		struct node * n, const struct sw_event *ev) = {
		[SW_EV_LINK] = emit_link,
		[SW_EV_STALLED] = on_stalled,
		[SW_EV_TRANSCODER] = on_transcoder,
	};
	struct node *n = arg;

	if (ev->kind < SW_EVENTS && of_the_switch[ev->kind] != NULL)
		of_the_switch[ev->kind](n, ev);
	else
		calls_event(n->calls, ev);
}

static void
on_closed(void *arg, const char *why)
{
	struct node *n = arg;

	events_emit(
		n->events, &event_kinds[EVENT_SWITCH_LOST], json_pack("{s:s}", "why", why));
	keeper_closed(n->keeper, why);
	calls_switch_lost(n->calls);
	capture_switch_lost(n->capture);
	if (!n->draining)
		notify_status("the switch is gone: %s", why);
}

static void
on_captured(void *arg, const struct sw_captured *m)
{
	struct node *n = arg;

	capture_captured(n->capture, m);
}

static void
on_mesh_heard(void *arg, const struct sw_mesh_heard *h)
{
	struct node *n = arg;

	if (n->mesh != NULL)
		mesh_heard(n->mesh, h);
}

const struct switch_client_calls node_switch_calls = {.welcome = on_welcome,
	.event = on_event,
	.closed = on_closed,
	.captured = on_captured,
	.mesh_heard = on_mesh_heard};
