/* SPDX-License-Identifier: Apache-2.0
 *
 * How a node ends, and drains: on a signal, on request, or because it cannot go on. */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "control/events.h"
#include "control/log.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/event_kinds.h"
#include "relay/keeper.h"
#include "relay/mesh_calls.h"
#include "relay/node_inside.h"
#include "relay/notify.h"

enum {
	DRAIN_TICK_MS = 20, /* also the time that the answer to node.stop has to leave */
	FAREWELL_MS = 300,  /* that parties in the mesh have to agree that it is over */
};

uint64_t
node_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
node_fail(void *arg)
{
	struct node *n = arg;

	n->status = EXIT_FAILURE;
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

/* Signalling tells the other parties, but nobody else those in the mesh: they would wait for
 * half a minute.  False: some have not answered yet. */
static bool
has_rung_off(struct node *n)
{
	if (n->leave_switch || n->mesh_calls == NULL)
		return true;
	if (n->farewell_ms == 0)
		n->farewell_ms = node_now_ms() + FAREWELL_MS;
	return mesh_calls_hang_up(n->mesh_calls) == 0 || node_now_ms() >= n->farewell_ms;
}

static void
drain_tick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = {0, DRAIN_TICK_MS * 1000};
	struct node *n = arg;
	bool over = calls_count(n->calls) == 0 || node_now_ms() >= n->deadline_ms;

	if (over && has_rung_off(n))
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

int
node_end_open(struct node *n)
{
	n->terminate = evsignal_new(n->base, SIGTERM, on_terminate, n);
	n->interrupt = evsignal_new(n->base, SIGINT, on_interrupt, n);
	n->drain = evtimer_new(n->base, drain_tick, n);
	return n->terminate != NULL && n->interrupt != NULL && n->drain != NULL &&
			       event_add(n->terminate, NULL) == 0 &&
			       event_add(n->interrupt, NULL) == 0
		       ? 0
		       : -ENOMEM;
}

void
node_end_close(struct node *n)
{
	if (n->drain != NULL)
		event_free(n->drain);
	if (n->interrupt != NULL)
		event_free(n->interrupt);
	if (n->terminate != NULL)
		event_free(n->terminate);
}
