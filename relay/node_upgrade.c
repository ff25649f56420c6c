/* SPDX-License-Identifier: Apache-2.0
 *
 * The node becomes a newer program; see node.h and upgrade.h. */
#include <errno.h>
#include <string.h>

#include "control/log.h"
#include "relay/calls.h"
#include "relay/changes.h"
#include "relay/config.h"
#include "relay/event_kinds.h"
#include "relay/keeper.h"
#include "relay/launcher.h"
#include "relay/node_inside.h"
#include "relay/upgrade.h"

enum {
	IDLE_TICK_MS = 2,
	IDLE_MS = 500, /* that answers have to leave, before we become another program */
};

static const char ending[] = "strowger is ending";

/* Returns only if that fails; clients have been sent away by then, and may come back. */
static void
become_successor(struct node *n)
{
	struct handed h = {.lock = n->conf.lock_fd,
		.state = switch_client_state_fd(n->client),
		.launcher = n->conf.launcher != NULL ? launcher_fd(n->conf.launcher) : -1,
		.helper = n->conf.launcher != NULL ? launcher_helper(n->conf.launcher) : 0,
		.child = keeper_child(n->keeper),
		.draining = calls_is_draining(n->calls)};
	int err;

	events_emit(n->events, &event_kinds[EVENT_NODE_UPGRADING],
		json_pack("{s:I}", "calls", (json_int_t)calls_count(n->calls)));
	node_rpc_give(n, &h);
	log_info("becoming the new %s; calls that go on: %u", n->conf.program,
		calls_count(n->calls));
	node_ng_give(n, &h);
	err = handed_exec(&h, n->conf.program, n->conf.argv);
	log_err("cannot become %s: %s; this one goes on", n->conf.program, strerror(-err));
	node_rpc_take(n, &h);
	node_ng_pause(n, false);
	if (node_rpc_open(n) != 0)
		node_fail(n);
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
		node_ng_pause(n, false);
	} else if (!(rpc_server_is_idle(n->rpc) && node_ng_is_idle(n)) &&
		   node_now_ms() < n->idle_ms) {
		evtimer_add(n->idle, &again);
	} else {
		become_successor(n);
	}
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
	node_ng_pause(n, true);
	changes_wake(calls_changes(n->calls)); /* or we would wait for those who watch */
	n->idle_ms = node_now_ms() + IDLE_MS;
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

int
node_upgrade_open(struct node *n)
{
	n->idle = evtimer_new(n->base, idle_tick, n);
	n->upgrade = upgrade_open(&(struct upgrade_conf){.base = n->base,
		.program = n->conf.program,
		.argv = n->conf.argv,
		.run_dir = n->config->run_dir,
		.checked = checked,
		.arg = n});
	return n->idle != NULL && n->upgrade != NULL ? 0 : -ENOMEM;
}

void
node_upgrade_close(struct node *n)
{
	if (n->upgraded != NULL)
		tell(n, NULL, ending);
	upgrade_close(n->upgrade);
	n->upgrade = NULL;
	if (n->idle != NULL)
		event_free(n->idle);
	n->idle = NULL;
}
