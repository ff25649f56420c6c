/* SPDX-License-Identifier: Apache-2.0
 *
 * One state, one timer.  Whether a switch lives is asked of its lock, which goes with its
 * process and works for one that somebody else has started, too: what hung up may still be
 * ending. */
#include "relay/keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "control/log.h"
#include "dataplane/switch_client.h"
#include "relay/launcher.h"
#include "relay/switch_events.h"

enum {
	SOON_MS = 5,         /* between two looks at a switch that comes or goes */
	DYING_MS = 200,      /* who hung up, or refuses us, has this time to end */
	ATTACH_MS = 100,     /* between two attempts, when another starts the switch */
	GREETING_MS = 5000,  /* a switch that is connected says welcome by then */
	START_MS = 30000,    /* one that was started listens by then (hugepages are cleared) */
	TERMINATE_MS = 3000, /* one that was told to stop gets a signal then ... */
	KILL_MS = 10000,     /* ... and another */
	GIVE_UP_MS = 12000,
	WATCH_MS = 500, /* between two looks whether the switch answers */
	SILENCE = 4,    /* looks without an answer, then we hang up and greet it anew ... */
	HUNG_MS = 3000, /* ... and after this time without a welcome it is killed */
	REPEATED_MS = 5000, /* deaths within this time are one trouble */
	DELAY_FIRST_MS = 100,
	DELAY_MOST_MS = 2000,
	REFUSALS = 3, /* before the first welcome */
};

enum state {
	SEARCHING, /* the timer will try to connect, or start one */
	STARTING,  /* the launcher was asked; the timer tries to connect */
	GREETING,  /* connected; the timer bounds the wait */
	UP,
	STOPPING, /* told to end; the timer looks whether it has */
	FINISHED, /* nothing more to do */
};

struct keeper {
	struct keeper_conf conf;
	struct event *timer, *reports;
	struct switch_events *events;
	enum state state;
	uint64_t since_ms; /* when the state began */
	bool asked;        /* the launcher was asked for one, and has not answered */
	pid_t child;       /* what the launcher has started and not seen end; 0: none */
	bool seen;         /* a switch has said welcome */
	bool told;         /* the log has said that we wait for one */
	unsigned delay_ms; /* the last wait between death and start */
	uint64_t death_ms; /* when the last one died; 0: none has */
	unsigned restarts;
	unsigned refusals;
	int signalled;   /* while STOPPING: the last signal sent */
	bool stop_said;  /* while STOPPING: SW_STOP is on its way */
	bool given_up;   /* while STOPPING: what follows is `failed` */
	uint64_t heard;  /* while UP: switch_client_heard() at the last look */
	unsigned silent; /* while UP: looks without news since we asked */
	bool hung;       /* it has not answered, and has not said welcome since */
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

unsigned
keeper_delay_ms(unsigned last_ms, uint64_t since_ms)
{
	if (since_ms >= REPEATED_MS)
		return 0;
	if (last_ms == 0)
		return DELAY_FIRST_MS;
	return last_ms * 2 < DELAY_MOST_MS ? last_ms * 2 : DELAY_MOST_MS;
}

/* The timer fires in MS milliseconds. */
static void
wait_ms(struct keeper *k, unsigned ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	evtimer_add(k->timer, &tv);
}

static void
enter(struct keeper *k, enum state state, unsigned ms)
{
	k->state = state;
	k->since_ms = now_ms();
	wait_ms(k, ms);
}

static void
finish(struct keeper *k, void (*tell)(void *arg))
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
		finish(k, k->conf.failed);
}

/* Does some switch hold its lock?  Ours is shared and given back at once. */
static bool
is_alive(const struct keeper *k)
{
	int fd = open(k->conf.lock, O_RDONLY | O_CLOEXEC);
	bool held;

	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

/* A switch died, or could not be started: when to try again. */
static void
search_again(struct keeper *k)
{
	uint64_t now = now_ms();

	k->delay_ms = keeper_delay_ms(
		k->delay_ms, k->death_ms == 0 ? UINT64_MAX : now - k->death_ms);
	k->death_ms = now;
	if (k->delay_ms != 0)
		log_warn("strowger-switch died again; the next attempt is in %u ms",
			k->delay_ms);
	enter(k, SEARCHING, k->delay_ms);
}

static void
start(struct keeper *k)
{
	/* When the helper is gone, reported() is about to say so. */
	(void)launcher_start(k->conf.launcher, switch_client_state_fd(k->conf.client));
	k->asked = true;
	k->hung = false;
	enter(k, STARTING, SOON_MS);
}

/* A socket connection is made; the switch is to say welcome. */
static void
greet(struct keeper *k)
{
	int err = switch_events_watch(k->events);

	if (err != 0) {
		log_err("cannot watch the switch's socket: %s", strerror(-err));
		keeper_give_up(k);
		return;
	}
	enter(k, GREETING, k->hung ? HUNG_MS : GREETING_MS);
}

static void
say_that_we_wait(struct keeper *k, int err)
{
	if (!k->told)
		log_info(
			"waiting for strowger-switch at %s: %s", k->conf.path, strerror(-err));
	k->told = true;
}

/* As after a run as root that has left its switch, and a start with a [node] user. */
static void
say_that_we_cannot(const struct keeper *k, int err)
{
	struct stat st;

	if (err == -EACCES && stat(k->conf.path, &st) == 0)
		log_err("cannot speak to the switch at %s: %s: the socket belongs to user %u, and "
			"[node] user is user %u; end that switch, then start again",
			k->conf.path, strerror(-err), (unsigned)st.st_uid,
			(unsigned)geteuid());
	else
		log_err("cannot speak to the switch at %s: %s", k->conf.path, strerror(-err));
}

/* Nobody listens, or not to us. */
static void
not_connected(struct keeper *k, int err)
{
	bool ours = k->asked || k->child != 0;
	/* A socket that is not ours to open, and nobody behind it: the next switch replaces
	 * it. */
	bool none = err == -ENOENT || err == -ECONNREFUSED ||
		    (err == -EACCES && (ours || !is_alive(k)));

	if (k->conf.launcher == NULL) {
		say_that_we_wait(k, err);
		wait_ms(k, ATTACH_MS);
	} else if (!none && now_ms() - k->since_ms < DYING_MS) {
		wait_ms(k, SOON_MS); /* it may be ending */
	} else if (!none) {
		say_that_we_cannot(k, err);
		if (k->seen)
			search_again(k);
		else
			keeper_give_up(k);
	} else if (k->state == SEARCHING && !is_alive(k) && k->child == 0) {
		start(k);
	} else {
		if (now_ms() - k->since_ms > START_MS && !k->told) {
			log_warn("strowger-switch has not opened %s for %d s", k->conf.path,
				START_MS / 1000);
			k->told = true;
		}
		wait_ms(k, SOON_MS);
	}
}

static void
search(struct keeper *k)
{
	int err;

	/* A process that is being killed may still take connections while it closes others. */
	if (k->state == SEARCHING && is_alive(k) && now_ms() - k->death_ms < DYING_MS) {
		wait_ms(k, SOON_MS);
		return;
	}
	err = switch_client_connect(k->conf.client, k->conf.path);
	if (err == 0)
		greet(k);
	else
		not_connected(k, err);
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
	wait_ms(k, WATCH_MS);
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
	} else if (k->conf.launcher != NULL && pid > 1 && is_alive(k) &&
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
	uint64_t waited = now_ms() - k->since_ms;
	int sig = waited > KILL_MS ? SIGKILL : waited > TERMINATE_MS ? SIGTERM : k->signalled;
	bool hears = k->stop_said || k->asked || k->child != 0;

	if (!is_alive(k) && !k->asked && k->child == 0) {
		finish(k, k->given_up ? k->conf.failed : k->conf.stopped);
		return;
	}
	if (waited > (hears ? GIVE_UP_MS : TERMINATE_MS)) {
		log_err("strowger-switch does not end");
		finish(k, k->conf.failed);
		return;
	}
	if (sig != k->signalled && k->child != 0) {
		log_warn("strowger-switch has not ended; sending %s",
			sig == SIGKILL ? "SIGKILL" : "SIGTERM");
		launcher_signal(k->conf.launcher, sig);
	}
	k->signalled = sig;
	wait_ms(k, SOON_MS);
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;

	switch (k->state) {
	case SEARCHING:
	case STARTING:
		search(k);
		break;
	case GREETING:
		if (k->hung)
			kill_hung(k);
		else
			log_warn(
				"the switch at %s has not said welcome for %d s; still waiting",
				k->conf.path, GREETING_MS / 1000);
		wait_ms(k, GREETING_MS);
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
log_end(const struct launcher_report *r)
{
	if (WIFSIGNALED(r->status))
		log_warn("strowger-switch (process %d) was ended by signal %d (%s)", r->pid,
			WTERMSIG(r->status), strsignal(WTERMSIG(r->status)));
	else
		log_info("strowger-switch (process %d) ended with status %d", r->pid,
			WEXITSTATUS(r->status));
}

/* What was started has not come up. */
static void
not_started(struct keeper *k)
{
	if (k->state == STOPPING || k->state == FINISHED)
		return;
	if (k->seen)
		search_again(k);
	else
		finish(k, k->conf.failed);
}

static void
take_report(struct keeper *k, const struct launcher_report *r)
{
	k->asked = false;
	switch (r->what) {
	case LAUNCHER_STARTED:
		log_info("started strowger-switch, process %d", r->pid);
		k->child = r->pid;
		break;
	case LAUNCHER_FAILED:
		log_err("cannot run strowger-switch: %s; [node] switch says where it is",
			strerror(r->status));
		not_started(k);
		break;
	case LAUNCHER_ENDED:
		log_end(r);
		k->child = 0;
		if (k->state == STARTING) {
			log_err("strowger-switch did not start; what it said itself stands "
				"above");
			not_started(k);
		} else if (k->state == SEARCHING && now_ms() - k->since_ms >= k->delay_ms) {
			wait_ms(k, 0); /* what it was waited for */
		}
		break;
	}
}

/* What runs goes on; only somebody else can start the next switch. */
static void
lose_launcher(struct keeper *k)
{
	log_err("the helper that starts strowger-switch is gone: restart strowger when it "
		"suits");
	event_del(k->reports);
	k->conf.launcher = NULL;
	k->asked = false;
	k->child = 0;
	if (!k->seen && k->state != STOPPING && k->state != FINISHED)
		finish(k, k->conf.failed);
}

static void
reported(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;
	struct launcher_report r;
	int err;

	while ((err = launcher_read(k->conf.launcher, &r)) == 0)
		take_report(k, &r);
	if (err == -EPIPE)
		lose_launcher(k);
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
	enter(k, UP, 0);
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
	search_again(k);
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
	enter(k, STOPPING, 0);
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
			EV_READ | EV_PERSIST, reported, k);
		if (k->reports == NULL || event_add(k->reports, NULL) != 0)
			goto failed;
	}
	enter(k, SEARCHING, 0);
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
