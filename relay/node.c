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
#include <unistd.h>

#include "control/log.h"
#include "control/rpc.h"
#include "dataplane/secret.h"
#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/keeper.h"
#include "relay/launcher.h"
#include "relay/methods.h"
#include "relay/notify.h"
#include "relay/settings.h"
#include "relay/upgrade.h"

enum {
	DRAIN_TICK_MS = 20, /* also the time that the answer to node.stop has to leave */
	IDLE_TICK_MS = 2,
	IDLE_MS = 500, /* that answers have to leave, before we become another program */
};

struct node {
	struct node_conf conf;
	const struct config *config;
	char rpc_path[128], switch_path[128], switch_lock[128];
	int64_t started_us;
	unsigned log_level; /* of the switch, however often it is started */

	struct event_base *base;
	struct event *terminate, *interrupt, *drain, *idle;
	struct notify *notify;
	struct switch_client *client;
	struct calls *calls;
	struct core_watch *core_watch;
	struct keeper *keeper;
	struct rpc_server_conf rpc_conf;
	struct rpc_server *rpc; /* NULL before the first welcome */

	struct upgrade *upgrade;
	node_upgraded *upgraded; /* who waits to be told; NULL: nobody */
	void *upgraded_arg;
	uint64_t idle_ms; /* when we wait no longer for answers to leave */

	int listening;        /* at the RPC socket, handed to us; 0: none */
	bool compared;        /* the first switch's settings with ours */
	bool draining;        /* no new calls any more */
	bool leave_switch;    /* when that is over */
	bool ending;          /* it is over: the switch is being ended, or left */
	bool over;            /* the loop may end */
	uint64_t deadline_ms; /* of draining */
	int status;           /* the process's */
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- Ending ---- */

static void
fail(void *arg)
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

	if (calls_count(n->calls) == 0 || now_ms() >= n->deadline_ms)
		end(n);
	else
		evtimer_add(n->drain, &again);
}

void
node_stop(struct node *n, bool drain, bool leave_switch)
{
	static const struct timeval soon = {0, DRAIN_TICK_MS * 1000};

	n->leave_switch = leave_switch || n->conf.launcher == NULL;
	n->deadline_ms = now_ms() + (drain ? n->config->drain_timeout_ms : 0);
	if (n->draining)
		return;
	n->draining = true;
	log_info("stopping; calls that run: %u", calls_count(n->calls));
	notify_stopping();
	notify_status("stopping");
	calls_drain(n->calls, true);
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

/* ---- The switch ---- */

/* The node is of use only now: nobody is let in before. */
static int
open_rpc(struct node *n)
{
	n->rpc_conf = (struct rpc_server_conf){
		.path = n->rpc_path,
		.mode = n->config->rpc_mode,
		.role = "admin",
		.instance = n->config->name,
		.version = STROWGER_VERSION,
		.methods = relay_methods,
		.n_methods = relay_methods_n,
		.listening = n->listening,
		.arg = n,
	};
	bool handed = n->listening != 0;

	n->listening = 0;
	if ((n->rpc = rpc_server_open(n->base, &n->rpc_conf)) == NULL) {
		log_err("cannot listen at %s: %m", n->rpc_path);
		return -errno;
	}
	if (!handed && n->conf.socket_gid != (gid_t)-1 &&
		chown(n->rpc_path, (uid_t)-1, n->conf.socket_gid) != 0)
		log_warn("cannot give %s to group %s: %m", n->rpc_path, n->config->rpc_group);
	log_info("ready; RPC at %s", n->rpc_path);
	notify_ready();
	return 0;
}

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
	log_info("switch, process %u, is up (%s)", atomic_load(&st->switch_pid), how[origin]);
	switch_client_log_set(n->client, n->log_level, NULL, NULL);
	compare_settings(n, st);
	core_watch_welcome(n->core_watch);
	calls_welcome(n->calls, origin);
	if (n->draining)
		return;
	if (n->rpc == NULL && open_rpc(n) != 0)
		keeper_give_up(n->keeper);
	else
		notify_status("the switch is process %u", atomic_load(&st->switch_pid));
}

static void
on_event(void *arg, const struct sw_event *ev)
{
	struct node *n = arg;

	if (ev->kind == SW_EV_STALLED)
		core_watch_event(n->core_watch, ev);
	else
		calls_event(n->calls, ev);
}

static void
on_closed(void *arg, const char *why)
{
	struct node *n = arg;

	keeper_closed(n->keeper, why);
	calls_switch_lost(n->calls);
	if (!n->draining)
		notify_status("the switch is gone: %s", why);
}

static const struct switch_client_calls switch_calls = {on_welcome, on_event, on_closed};

/* ---- Becoming a newer program ---- */

static const char ending[] = "strowger is ending";

/* Returns only if that fails; clients have been sent away by then, and may come back. */
static void
become_successor(struct node *n)
{
	struct handed h = {.lock = n->conf.lock_fd,
		.rpc = rpc_server_hand_over(n->rpc),
		.state = switch_client_state_fd(n->client),
		.launcher = n->conf.launcher != NULL ? launcher_fd(n->conf.launcher) : -1,
		.helper = n->conf.launcher != NULL ? launcher_helper(n->conf.launcher) : 0,
		.child = keeper_child(n->keeper)};
	int err;

	n->rpc = NULL;
	log_info("becoming the new %s; calls that go on: %u", n->conf.program,
		calls_count(n->calls));
	err = handed_exec(&h, n->conf.program, n->conf.argv);
	log_err("cannot become %s: %s; this one goes on", n->conf.program, strerror(-err));
	n->listening = h.rpc > 0 ? h.rpc : 0;
	if (open_rpc(n) != 0)
		fail(n);
}

/* Who has asked by now knows that the program can; that we end instead, the log says. */
static void
idle_tick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = {0, IDLE_TICK_MS * 1000};
	struct node *n = arg;

	if (n->draining) {
		log_warn("not upgraded: %s", ending);
		rpc_server_resume(n->rpc);
	} else if (!rpc_server_is_idle(n->rpc) && now_ms() < n->idle_ms)
		evtimer_add(n->idle, &again);
	else
		become_successor(n);
}

static void
tell(struct node *n, const char *version, const char *error)
{
	node_upgraded *told = n->upgraded;

	n->upgraded = NULL;
	if (version == NULL)
		log_warn("not upgraded: %s", error);
	told(n->upgraded_arg, version, error);
}

static void
checked(void *arg, const char *version, const char *error)
{
	struct node *n = arg;

	if (version != NULL && n->draining) {
		version = NULL;
		error = ending;
	}
	tell(n, version, error);
	if (version == NULL)
		return;
	rpc_server_pause(n->rpc);
	n->idle_ms = now_ms() + IDLE_MS;
	idle_tick(-1, 0, n);
}

void
node_upgrade(struct node *n, node_upgraded *done, void *arg)
{
	int err = n->upgraded != NULL ? -EBUSY : upgrade_check(n->upgrade);

	if (err != 0) {
		done(arg, NULL,
			err == -EBUSY ? "an upgrade is under way already" : strerror(-err));
		return;
	}
	n->upgraded = done;
	n->upgraded_arg = arg;
}

/* What the program before us has left us beside its lock and its helper. */
static void
take_handed(struct node *n, const struct handed *h)
{
	n->listening = h->rpc > 0 ? h->rpc : 0;
	if (h->state >= 0 && switch_client_hold(n->client, h->state) != 0)
		log_warn("the state that was handed on is not well-formed");
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
	n->idle = evtimer_new(n->base, idle_tick, n);
	n->upgrade = upgrade_open(&(struct upgrade_conf){.base = n->base,
		.program = n->conf.program,
		.argv = n->conf.argv,
		.run_dir = n->config->run_dir,
		.checked = checked,
		.arg = n});
	if (n->terminate == NULL || n->interrupt == NULL || n->drain == NULL ||
		n->idle == NULL || n->upgrade == NULL || event_add(n->terminate, NULL) != 0 ||
		event_add(n->interrupt, NULL) != 0)
		return -ENOMEM;
	return 0;
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
	snprintf(n->rpc_path, sizeof n->rpc_path, "%s/admin.sock", n->config->run_dir);
	snprintf(n->switch_path, sizeof n->switch_path, "%s/switch.sock", n->config->run_dir);
	snprintf(n->switch_lock, sizeof n->switch_lock, "%s/switch.lock", n->config->run_dir);

	if (open_events(n) != 0 || (n->notify = notify_open(n->base)) == NULL)
		goto failed;
	if ((n->client = switch_client_open(&switch_calls, n)) == NULL)
		goto failed;
	take_handed(n, &conf->handed);
	if ((n->calls = calls_open(n->config, n->client, n->base)) == NULL)
		goto failed;
	if ((n->core_watch = core_watch_open(n->base, n->client)) == NULL)
		goto failed;
	n->keeper = keeper_open(&(struct keeper_conf){
		.base = n->base,
		.client = n->client,
		.launcher = conf->launcher,
		.child = conf->handed.child,
		.path = n->switch_path,
		.lock = n->switch_lock,
		.log_level = &n->log_level,
		.failed = fail,
		.stopped = switch_stopped,
		.arg = n,
	});
	if (n->keeper == NULL)
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
	calls_close(n->calls);
	if (n->upgraded != NULL)
		tell(n, NULL, ending);
	rpc_server_close(n->rpc);
	keeper_close(n->keeper);
	core_watch_close(n->core_watch);
	switch_client_close(n->client);
	notify_close(n->notify);
	upgrade_close(n->upgrade);
	if (n->idle != NULL)
		event_free(n->idle);
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
	return n->draining;
}

void
node_set_log_level(struct node *n, unsigned level)
{
	n->log_level = level;
	log_set_level((enum log_level)level);
	if (keeper_is_up(n->keeper))
		switch_client_log_set(n->client, level, NULL, NULL);
}
