/* SPDX-License-Identifier: Apache-2.0
 *
 * One state, one timer.  How a switch is found or started is in keeper_search.c, what the
 * launcher says in keeper_report.c. */
#include "relay/keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "control/log.h"
#include "dataplane/switch_client.h"
#include "relay/keeper_inside.h"
#include "relay/launcher.h"
#include "relay/switch_events.h"

enum {
	TERMINATE_MS = 3000, /* one that was told to stop gets a signal then ... */
	KILL_MS = 10000,     /* ... and another */
	GIVE_UP_MS = 12000,
	WATCH_MS = 500, /* between two looks whether the switch answers */
	SILENCE = 4,    /* looks without an answer, then we hang up and greet it anew */
	REFUSALS = 3,   /* before the first welcome */
};

uint64_t
keeper_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
keeper_wait_ms(struct keeper *k, unsigned ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	evtimer_add(k->timer, &tv);
}

void
keeper_enter(struct keeper *k, enum keeper_state state, unsigned ms)
{
	k->state = state;
	k->since_ms = keeper_now_ms();
	keeper_wait_ms(k, ms);
}

void
keeper_finish(struct keeper *k, void (*tell)(void *arg))
{
	k->state = FINISHED;
	evtimer_del(k->timer);
	tell(k->conf.arg);
}

/* What we have started must not outlive our failure. */
void
keeper_give_up(struct keeper *k)
{
	k->given_up = true;
	if (k->asked || k->child != 0)
		keeper_stop(k);
	else
		keeper_finish(k, k->conf.failed);
}

/* Has the switch that is UP said anything since we asked?  Looks are counted, not time: that
 * we ourselves did not run is not its fault. */
static void
watch(struct keeper *k)
{
	uint64_t heard = switch_client_heard(k->conf.client);

	if (heard != k->heard) {
		k->heard = heard;
		k->silent = 0;
		switch_client_log_set(k->conf.client, *k->conf.log_level, NULL, NULL);
	} else if (++k->silent == SILENCE) {
		k->hung = true;
		switch_client_hang_up(k->conf.client, "it does not answer");
		return; /* keeper_closed() has been here */
	}
	keeper_wait_ms(k, WATCH_MS);
}

/* It does not answer and does not greet.  The state names its process, and the lock says that
 * this still lives. */
static void
kill_hung(struct keeper *k)
{
	const struct sw_state *st = switch_client_state(k->conf.client);
	pid_t pid = st != NULL ? (pid_t)atomic_load(&st->switch_pid) : 0;

	if (k->child != 0) {
		log_err("strowger-switch (process %d) hangs; sending SIGKILL", (int)k->child);
		launcher_signal(k->conf.launcher, SIGKILL);
	} else if (k->conf.launcher != NULL && pid > 1 && keeper_is_alive(k) &&
		   kill(pid, SIGKILL) == 0) {
		log_err("strowger-switch (process %d) hangs; sent SIGKILL", (int)pid);
	} else {
		log_err("strowger-switch (process %d) hangs, and this process may not end it; as "
			"root: kill -KILL %d",
			(int)pid, (int)pid);
	}
}

/* While STOPPING: gone?  A signal goes through the launcher, and so only to what that has
 * started; who cannot be told at all is not waited for. */
static void
look_whether_gone(struct keeper *k)
{
	uint64_t waited = keeper_now_ms() - k->since_ms;
	int sig = waited > KILL_MS ? SIGKILL : waited > TERMINATE_MS ? SIGTERM : k->signalled;
	bool hears = k->stop_said || k->asked || k->child != 0;

	if (!keeper_is_alive(k) && !k->asked && k->child == 0) {
		keeper_finish(k, k->given_up ? k->conf.failed : k->conf.stopped);
		return;
	}
	if (waited > (hears ? GIVE_UP_MS : TERMINATE_MS)) {
		log_err("strowger-switch does not end");
		keeper_finish(k, k->conf.failed);
		return;
	}
	if (sig != k->signalled && k->child != 0) {
		log_warn("strowger-switch has not ended; sending %s",
			sig == SIGKILL ? "SIGKILL" : "SIGTERM");
		launcher_signal(k->conf.launcher, sig);
	}
	k->signalled = sig;
	keeper_wait_ms(k, KEEPER_SOON_MS);
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;

	switch (k->state) {
	case SEARCHING:
	case STARTING:
		keeper_search(k);
		break;
	case GREETING:
		if (k->hung)
			kill_hung(k);
		else
			log_warn(
				"the switch at %s has not said welcome for %d s; still waiting",
				k->conf.path, KEEPER_GREETING_MS / 1000);
		keeper_wait_ms(k, KEEPER_GREETING_MS);
		break;
	case STOPPING:
		look_whether_gone(k);
		break;
	case UP:
		watch(k);
		break;
	case FINISHED:
		break;
	}
}

static void
say_stop(struct keeper *k)
{
	k->stop_said = switch_client_send(k->conf.client, SW_STOP, NULL, NULL) == 0;
}

void
keeper_welcome(struct keeper *k)
{
	if (k->state == STOPPING)
		say_stop(k);
	if (k->state != GREETING)
		return;
	k->told = k->hung = false;
	k->heard = 0;
	keeper_enter(k, UP, 0);
	if (k->seen)
		k->restarts++;
	k->seen = true;
}

void
keeper_closed(struct keeper *k, const char *why)
{
	switch_events_drop(k->events);
	if (k->state == STOPPING || k->state == FINISHED)
		return;
	log_warn("lost the switch: %s", why);
	/* One refusal may come from a switch that is just dying; several are an answer. */
	if (!k->seen && k->conf.launcher != NULL && ++k->refusals == REFUSALS) {
		log_err("the switch at %s does not take us; end it, then start again",
			k->conf.path);
		keeper_give_up(k);
		return;
	}
	keeper_search_again(k);
}

void
keeper_flush(struct keeper *k)
{
	switch_events_flush(k->events);
}

void
keeper_stop(struct keeper *k)
{
	if (k->state == UP)
		say_stop(k);
	else if (k->asked || k->child != 0)
		launcher_signal(k->conf.launcher, SIGTERM);
	keeper_enter(k, STOPPING, 0);
}

bool
keeper_is_up(const struct keeper *k)
{
	return k->state == UP;
}

pid_t
keeper_child(const struct keeper *k)
{
	return k->child;
}

unsigned
keeper_restarts(const struct keeper *k)
{
	return k->restarts;
}

struct keeper *
keeper_open(const struct keeper_conf *conf)
{
	struct keeper *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	k->conf = *conf;
	k->child = conf->child;
	k->timer = evtimer_new(conf->base, tick, k);
	k->events = switch_events_open(conf->base, conf->client);
	if (k->timer == NULL || k->events == NULL)
		goto failed;
	if (conf->launcher != NULL) {
		k->reports = event_new(conf->base, launcher_fd(conf->launcher),
			EV_READ | EV_PERSIST, keeper_reported, k);
		if (k->reports == NULL || event_add(k->reports, NULL) != 0)
			goto failed;
	}
	keeper_enter(k, SEARCHING, 0);
	return k;

failed:
	keeper_close(k);
	errno = ENOMEM;
	return NULL;
}

void
keeper_close(struct keeper *k)
{
	if (k == NULL)
		return;
	switch_events_close(k->events);
	if (k->reports != NULL)
		event_free(k->reports);
	if (k->timer != NULL)
		event_free(k->timer);
	free(k);
}
