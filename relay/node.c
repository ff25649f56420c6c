/* SPDX-License-Identifier: Apache-2.0
 *
 * See node.h.  The life of a node:
 *
 *     open -> the keeper finds or starts a switch -> first welcome: RPC socket, "ready"
 *          -> calls -> a signal or node.stop: drain -> the switch is ended -> the loop ends
 *
 * A switch that dies and comes back passes through welcome again, any number of times. */
#include "relay/node.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/events.h"
#include "control/log.h"
#include "control/ng_server.h"
#include "control/rpc_tally.h"
#include "dataplane/secret.h"
#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/capture.h"
#include "relay/capture_json.h"
#include "relay/changes.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/event_kinds.h"
#include "relay/keeper.h"
#include "relay/mesh.h"
#include "relay/mesh_calls.h"
#include "relay/methods.h"
#include "relay/node_inside.h"
#include "relay/node_view.h"
#include "relay/notify.h"
#include "relay/pages.h"
#include "relay/reload.h"

/* ---- Calls ---- */

static void
on_call_changed(void *arg, enum change_kind kind, const struct call *call)
{
	struct node *n = arg;

	capture_call_changed(n->capture, call, kind == CHANGE_ENDED);
}

static void
on_capture_ended(void *arg, const struct capture_info *info)
{
	struct node *n = arg;

	events_emit(n->events, &event_kinds[EVENT_CAPTURE_ENDED], capture_ended_json(info));
}

static int
open_capture(struct node *n)
{
	const struct capture_conf conf = {.base = n->base,
		.client = n->client,
		.calls = n->calls,
		.directory = n->config->capture_directory,
		.ended = on_capture_ended,
		.arg = n};

	n->capture = captures_open(&conf);
	if (n->capture == NULL)
		return -ENOMEM;
	calls_tell(n->calls, on_call_changed, n);
	return 0;
}

/* Beside the calls, if there is a mesh. */
static int
open_mesh_calls(struct node *n)
{
	const struct mesh_calls_conf conf = {.config = n->config,
		.calls = n->calls,
		.mesh = n->mesh,
		.client = n->client,
		.base = n->base,
		.events = n->events};

	if (n->mesh == NULL)
		return 0;
	n->mesh_calls = mesh_calls_open(&conf);
	return n->mesh_calls != NULL ? 0 : -ENOMEM;
}

/* What the program before us has left us beside its lock and its helper. */
static void
take_handed(struct node *n, const struct handed *h)
{
	node_rpc_take(n, h);
	if (h->state >= 0 && switch_client_hold(n->client, h->state) != 0)
		log_warn("the state that was handed on is not well-formed");
}

/* ---- Being looked at ---- */

static void
look(const void *arg, struct node_view *v)
{
	const struct node *n = arg;

	*v = (struct node_view){.conf = n->config,
		.calls = n->calls,
		.client = n->client,
		.watch = n->core_watch,
		.rpc = n->rpc_tally,
		.mesh = n->mesh,
		.mesh_calls = n->mesh_calls,
		.ng = n->ng,
		.ng_counts = n->ng_server != NULL ? ng_server_counts(n->ng_server) : NULL,
		.events = n->events,
		.started_us = n->started_us,
		.restarts = keeper_restarts(n->keeper),
		.switch_up = keeper_is_up(n->keeper),
		.draining = node_is_draining(n)};
}

/* ---- Life ---- */

/* The sockets and the lock that it has in its directory. */
static void
name_paths(struct node *n)
{
	for (unsigned i = 0; i < RPC_ROLES; i++)
		snprintf(n->rpc_path[i], sizeof n->rpc_path[i], "%s/%s.sock",
			n->config->run_dir, rpc_role_names[i]);
	snprintf(n->switch_path, sizeof n->switch_path, "%s/switch.sock", n->config->run_dir);
	snprintf(n->switch_lock, sizeof n->switch_lock, "%s/switch.lock", n->config->run_dir);
}

static int
open_events(struct node *n)
{
	if ((n->base = event_base_new()) == NULL)
		return -ENOMEM;
	if (node_end_open(n) != 0)
		return -ENOMEM;
	return node_upgrade_open(n);
}

static void
switch_stopped(void *arg)
{
	struct node *n = arg;

	n->over = true;
}

static struct keeper *
open_keeper(struct node *n)
{
	return keeper_open(&(struct keeper_conf){
		.base = n->base,
		.client = n->client,
		.launcher = n->conf.launcher,
		.child = n->conf.handed.child,
		.path = n->switch_path,
		.lock = n->switch_lock,
		.log_level = &n->log_level,
		.failed = node_fail,
		.stopped = switch_stopped,
		.arg = n,
	});
}

struct node *
node_open(const struct node_conf *conf)
{
	struct node *n = calloc(1, sizeof *n);
	struct timespec t;

	if (n == NULL)
		goto failed;
	n->conf = *conf;
	memcpy(n->listening_ng, conf->handed.ng, sizeof n->listening_ng);
	n->config = conf->config;
	n->log_level = conf->config->log_level;
	clock_gettime(CLOCK_REALTIME, &t);
	n->started_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
	name_paths(n);

	if (open_events(n) != 0 || (n->notify = notify_open(n->base)) == NULL)
		goto failed;
	if ((n->client = switch_client_open(&node_switch_calls, n)) == NULL)
		goto failed;
	take_handed(n, &conf->handed);
	if ((n->events = events_open(event_kinds)) == NULL)
		goto failed;
	n->mesh = mesh_open(n->config, n->client, n->base, n->events);
	if (n->mesh == NULL && errno != 0)
		goto failed;
	if ((n->calls = calls_open(n->config, n->client, n->base)) == NULL)
		goto failed;
	calls_drain(n->calls, conf->handed.draining);
	if (open_capture(n) != 0 || open_mesh_calls(n) != 0)
		goto failed;
	calls_report(n->calls, n->events);
	if ((n->core_watch = core_watch_open(n->base, n->client)) == NULL)
		goto failed;
	n->reload =
		reload_open(&(struct reload_conf){n->base, conf->config_path, n->config, n});
	if (n->reload == NULL)
		goto failed;
	if ((n->keeper = open_keeper(n)) == NULL)
		goto failed;
	n->rpc_tally = rpc_tally_open(relay_methods(), RELAY_METHODS);
	if (n->rpc_tally == NULL)
		goto failed;
	n->pages = pages_open(n->base, n->config, look, n);
	if (n->pages == NULL)
		goto failed;
	return n;

failed:
	log_err("cannot set the node up: %m");
	node_close(n);
	return NULL;
}

/* Requests that wait are answered, so the RPC server outlives the calls; both use the client.
 */
void
node_close(struct node *n)
{
	if (n == NULL)
		return;
	node_ng_stop(n);
	pages_close(n->pages);
	calls_close(n->calls);
	node_ng_close(n);
	if (n->capture != NULL) /* who waits for one is answered */
		capture_switch_lost(n->capture);
	node_upgrade_close(n);
	rpc_server_close(n->rpc);
	rpc_tally_close(n->rpc_tally);
	keeper_close(n->keeper);
	core_watch_close(n->core_watch);
	reload_close(n->reload);
	mesh_calls_close(n->mesh_calls);
	switch_client_close(n->client);
	mesh_close(n->mesh);
	captures_close(n->capture);
	events_close(n->events);
	notify_close(n->notify);
	node_end_close(n);
	if (n->base != NULL)
		event_base_free(n->base);
	free(n);
}

int
node_run(struct node *n)
{
	while (!n->over) {
		if (event_base_loop(n->base, EVLOOP_ONCE) < 0) {
			log_err("the event loop failed: %m");
			return EXIT_FAILURE;
		}
		keeper_flush(n->keeper);
		node_ng_flush(n);
		secret_wipe_registers(); /* the next turn may be long in coming */
	}
	return n->status;
}
