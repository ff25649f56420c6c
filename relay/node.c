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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/events.h"
#include "control/log.h"
#include "control/rpc_tally.h"
#include "dataplane/secret.h"
#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/capture.h"
#include "relay/changes.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/event_kinds.h"
#include "relay/keeper.h"
#include "relay/methods.h"
#include "relay/node_inside.h"
#include "relay/node_view.h"
#include "relay/notify.h"
#include "relay/pages.h"
#include "relay/reload.h"

enum {
	DRAIN_TICK_MS = 20, /* also the time that the answer to node.stop has to leave */
};

uint64_t
node_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- Ending ---- */

void
node_fail(void *arg)
{
	struct node *n = arg;

	n->status = EXIT_FAILURE;
	n->over = true;
}

static void
switch_stopped(void *arg)
{
	struct node *n = arg;

	n->over = true;
}

static void
end(struct node *n)
{
	unsigned left = calls_count(n->calls);

	if (n->ending)
		return;
	n->ending = true;
	evtimer_del(n->drain);
	if (n->leave_switch) {
		log_info("ending; the switch goes on, with calls: %u", left);
		n->over = true;
	} else {
		if (left > 0)
			log_warn("ending, with calls: %u", left);
		keeper_stop(n->keeper);
	}
}

static void
drain_tick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = {0, DRAIN_TICK_MS * 1000};
	struct node *n = arg;

	if (calls_count(n->calls) == 0 || node_now_ms() >= n->deadline_ms)
		end(n);
	else
		evtimer_add(n->drain, &again);
}

static void
emit_draining(struct node *n)
{
	events_emit(n->events, &event_kinds[EVENT_NODE_DRAINING],
		json_pack("{s:b, s:I}", "on", calls_is_draining(n->calls), "calls",
			(json_int_t)calls_count(n->calls)));
}

void
node_stop(struct node *n, bool drain, bool leave_switch)
{
	static const struct timeval soon = {0, DRAIN_TICK_MS * 1000};

	n->leave_switch = leave_switch || n->conf.launcher == NULL;
	n->deadline_ms = node_now_ms() + (drain ? n->config->drain_timeout_ms : 0);
	if (n->draining)
		return;
	n->draining = true;
	log_info("stopping; calls that run: %u", calls_count(n->calls));
	notify_stopping();
	notify_status("stopping");
	calls_drain(n->calls, true);
	emit_draining(n);
	evtimer_add(n->drain, &soon);
}

/* Drain; again: at once.  With a switch that is left there is nothing to wait for: its calls
 * go on. */
static void
on_terminate(evutil_socket_t sig, short what, void *arg)
{
	struct node *n = arg;
	bool leave = n->conf.leave_switch || n->conf.launcher == NULL;

	node_stop(n, !n->draining && !leave, leave);
}

static void
on_interrupt(evutil_socket_t sig, short what, void *arg)
{
	struct node *n = arg;

	node_stop(n, false, n->conf.leave_switch);
}

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

	events_emit(n->events, &event_kinds[EVENT_CAPTURE_ENDED], method_capture_ended(info));
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

	n->capture = capture_open(&conf);
	if (n->capture == NULL)
		return -ENOMEM;
	calls_tell(n->calls, on_call_changed, n);
	return 0;
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
		.events = n->events,
		.started_us = n->started_us,
		.restarts = keeper_restarts(n->keeper),
		.switch_up = keeper_is_up(n->keeper),
		.draining = node_is_draining(n)};
}

/* ---- Life ---- */

static int
open_events(struct node *n)
{
	if ((n->base = event_base_new()) == NULL)
		return -ENOMEM;
	n->terminate = evsignal_new(n->base, SIGTERM, on_terminate, n);
	n->interrupt = evsignal_new(n->base, SIGINT, on_interrupt, n);
	n->drain = evtimer_new(n->base, drain_tick, n);
	if (n->terminate == NULL || n->interrupt == NULL || n->drain == NULL ||
		event_add(n->terminate, NULL) != 0 || event_add(n->interrupt, NULL) != 0)
		return -ENOMEM;
	return node_upgrade_open(n);
}

struct node *
node_open(const struct node_conf *conf)
{
	struct node *n = calloc(1, sizeof *n);
	struct timespec t;

	if (n == NULL)
		goto failed;
	n->conf = *conf;
	n->config = conf->config;
	n->log_level = conf->config->log_level;
	clock_gettime(CLOCK_REALTIME, &t);
	n->started_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
	for (unsigned i = 0; i < RPC_ROLES; i++)
		snprintf(n->rpc_path[i], sizeof n->rpc_path[i], "%s/%s.sock",
			n->config->run_dir, rpc_role_names[i]);
	snprintf(n->switch_path, sizeof n->switch_path, "%s/switch.sock", n->config->run_dir);
	snprintf(n->switch_lock, sizeof n->switch_lock, "%s/switch.lock", n->config->run_dir);

	if (open_events(n) != 0 || (n->notify = notify_open(n->base)) == NULL)
		goto failed;
	if ((n->client = switch_client_open(&node_switch_calls, n)) == NULL)
		goto failed;
	take_handed(n, &conf->handed);
	if ((n->events = events_open(event_kinds)) == NULL)
		goto failed;
	if ((n->calls = calls_open(n->config, n->client, n->base)) == NULL)
		goto failed;
	calls_drain(n->calls, conf->handed.draining);
	if (open_capture(n) != 0)
		goto failed;
	calls_report(n->calls, n->events);
	if ((n->core_watch = core_watch_open(n->base, n->client)) == NULL)
		goto failed;
	n->reload =
		reload_open(&(struct reload_conf){n->base, conf->config_path, n->config, n});
	if (n->reload == NULL)
		goto failed;
	n->keeper = keeper_open(&(struct keeper_conf){
		.base = n->base,
		.client = n->client,
		.launcher = conf->launcher,
		.child = conf->handed.child,
		.path = n->switch_path,
		.lock = n->switch_lock,
		.log_level = &n->log_level,
		.failed = node_fail,
		.stopped = switch_stopped,
		.arg = n,
	});
	if (n->keeper == NULL)
		goto failed;
	n->rpc_tally = rpc_tally_open(relay_methods, relay_methods_n);
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
	pages_close(n->pages);
	calls_close(n->calls);
	if (n->capture != NULL) /* who waits for one is answered */
		capture_switch_lost(n->capture);
	node_upgrade_close(n);
	rpc_server_close(n->rpc);
	rpc_tally_close(n->rpc_tally);
	keeper_close(n->keeper);
	core_watch_close(n->core_watch);
	reload_close(n->reload);
	switch_client_close(n->client);
	capture_close(n->capture);
	events_close(n->events);
	notify_close(n->notify);
	if (n->drain != NULL)
		event_free(n->drain);
	if (n->interrupt != NULL)
		event_free(n->interrupt);
	if (n->terminate != NULL)
		event_free(n->terminate);
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
		secret_wipe_registers(); /* the next turn may be long in coming */
	}
	return n->status;
}

struct event_base *
node_base(const struct node *n)
{
	return n->base;
}

const struct config *
node_config(const struct node *n)
{
	return n->config;
}

struct calls *
node_calls(const struct node *n)
{
	return n->calls;
}

struct capture *
node_capture(const struct node *n)
{
	return n->capture;
}

const struct core_watch *
node_core_watch(const struct node *n)
{
	return n->core_watch;
}

struct switch_client *
node_client(const struct node *n)
{
	return n->client;
}

struct events *
node_events(const struct node *n)
{
	return n->events;
}

struct reload *
node_reload(const struct node *n)
{
	return n->reload;
}

bool
node_is_ready(const struct node *n)
{
	return n->rpc != NULL;
}

bool
node_starts_switch(const struct node *n)
{
	return n->conf.launcher != NULL;
}

bool
node_switch_is_up(const struct node *n)
{
	return keeper_is_up(n->keeper);
}

int64_t
node_started_us(const struct node *n)
{
	return n->started_us;
}

unsigned
node_switch_restarts(const struct node *n)
{
	return keeper_restarts(n->keeper);
}

bool
node_is_draining(const struct node *n)
{
	return calls_is_draining(n->calls);
}

int
node_drain(struct node *n, bool on)
{
	if (n->draining)
		return -EALREADY;
	if (on == calls_is_draining(n->calls))
		return 0;
	calls_drain(n->calls, on);
	log_info("%s; calls that run: %u",
		on ? "draining: no new calls are taken" : "new calls are taken again",
		calls_count(n->calls));
	notify_status(on ? "draining" : "new calls are taken");
	emit_draining(n);
	return 0;
}

void
node_set_log_level(struct node *n, unsigned level)
{
	n->log_level = level;
	log_set_level((enum log_level)level);
	if (keeper_is_up(n->keeper))
		switch_client_log_set(n->client, level, NULL, NULL);
}
