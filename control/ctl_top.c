/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_top.h.  Waits for keys, answers, signals and the time of the next reading at once:
 * whatever the node does, `q` ends it. */
#include "control/ctl_top.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/ctl_top_draw.h"
#include "control/ctl_top_screen.h"
#include "control/ctl_top_source.h"

enum {
	ONCE_MS = 10000, /* that --once waits for an answer */
	ONCE_ROWS = 60,
	ONCE_COLUMNS = 100,
	SILENCE_S = 3, /* without an answer that is worth a word */
};

struct loop {
	const struct top_conf *conf;
	struct top top;
	struct top_view view;
	struct top_source source;
	double asked, answered; /* when; of now() */
	double next;            /* when to ask, or to connect again */
	double lost;            /* when the connection went; 0: it is there */
	int error;              /* why */
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- Signals ---- */

static volatile sig_atomic_t ended_by;

static void
on_signal(int number)
{
	ended_by = number;
}

/* They are let in only while the loop waits: MASK is what it waits with. */
static void
catch_signals(sigset_t *mask)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		sigaction(numbers[i], &action, NULL);
		sigaddset(&block, numbers[i]);
	}
	sigaddset(&block, SIGWINCH); /* ncurses' own handler: but poll must not miss it */
	sigprocmask(SIG_BLOCK, &block, mask);
}

/* As whoever has sent it expects: the parent sees which signal it was. */
static void
end_by_signal(const sigset_t *mask)
{
	signal(ended_by, SIG_DFL);
	raise(ended_by);
	sigprocmask(SIG_SETMASK, mask, NULL);
}

/* ---- The node ---- */

static void
lose(struct loop *l, int error)
{
	top_source_close(&l->source);
	if (l->lost == 0)
		l->lost = now();
	l->error = error;
}

static const char *
reason(int error)
{
	switch (-error) {
	case ENOENT:
	case ECONNREFUSED:
		return "no strowger is running there";
	case EPIPE:
	case ECONNRESET:
		return "it has hung up";
	case ETIMEDOUT:
		return "it does not answer";
	default:
		return strerror(-error);
	}
}

static void
ask(struct loop *l)
{
	const struct top_column *sort =
		&top_panes[TOP_PANE_CALLS].columns[l->view.sort[TOP_PANE_CALLS]];
	int error = 0;

	l->next = now() + l->conf->interval_s;
	if (top_source_fd(&l->source) < 0)
		error = top_source_open(&l->source, l->conf->socket);
	if (error == 0)
		error = top_source_ask(&l->source, sort->by, l->view.filter[0] != '\0');
	l->asked = now();
	if (error != 0)
		lose(l, error);
}

/* 1: there is a new reading. */
static int
take(struct loop *l, int wait_ms)
{
	int taken = top_source_take(&l->source, wait_ms);

	if (taken < 0)
		lose(l, taken);
	if (taken != 1)
		return 0;
	top_take(&l->top, &l->source.reading);
	l->answered = now();
	l->lost = 0;
	return 1;
}

/* Why what is shown is old, in BUF; NULL: it is not. */
static const char *
trouble(const struct loop *l, char *buf, size_t room)
{
	double silent = l->source.asking ? now() - l->asked : 0;

	if (l->lost != 0)
		snprintf(buf, room, "away for %.0f s: %s; trying again (%s)", now() - l->lost,
			reason(l->error), l->conf->socket);
	else if (silent > SILENCE_S)
		snprintf(buf, room, "no answer for %.0f s: it hangs, or is very busy", silent);
	else
		return NULL;
	return buf;
}

/* ---- In a terminal ---- */

static void
show(struct loop *l)
{
	struct canvas c;
	char why[300];
	int rows, cols;

	screen_size(&rows, &cols);
	if (canvas_init(&c, rows, cols) != 0)
		return;
	top_draw(&c, &l->top, &l->view, trouble(l, why, sizeof why));
	screen_show(&c);
	canvas_fini(&c);
}

/* Wait until there is something to do, at most until the next reading is due. */
static void
wait_for_something(const struct loop *l, const sigset_t *mask)
{
	struct pollfd p[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = l->source.asking ? top_source_fd(&l->source) : -1, .events = POLLIN},
	};
	double left = l->next - now();
	struct timespec t;

	if (l->view.paused || l->source.asking || left > 1)
		left = 1; /* what is shown of a silence goes on */
	if (left < 0)
		left = 0;
	t.tv_sec = (time_t)left;
	t.tv_nsec = (long)((left - floor(left)) * 1e9);
	ppoll(p, 2, &t, mask);
}

static void
watch(struct loop *l, const sigset_t *mask)
{
	int key;

	while (!l->view.quit && ended_by == 0) {
		if (!l->view.paused && !l->source.asking && now() >= l->next)
			ask(l);
		show(l);
		wait_for_something(l, mask);
		if (l->source.asking)
			take(l, 0);
		while ((key = screen_key()) > 0)
			top_key(&l->view, &l->top, key);
		l->view.quit |= key < 0;
	}
}

static int
run_live(struct loop *l)
{
	sigset_t mask;
	int error;

	catch_signals(&mask);
	error = screen_open(l->conf->colour);
	if (error == 0)
		watch(l, &mask);
	screen_close();
	if (ended_by != 0)
		end_by_signal(&mask);
	return error;
}

/* ---- Once ---- */

static int
read_once(struct loop *l)
{
	ask(l);
	if (l->lost == 0 && take(l, ONCE_MS) == 0 && l->lost == 0)
		lose(l, -ETIMEDOUT);
	return l->error;
}

/* Two readings, since rates lie between them. */
static int
run_once(struct loop *l)
{
	const struct timespec pause = {.tv_sec = (time_t)l->conf->interval_s,
		.tv_nsec = (long)(fmod(l->conf->interval_s, 1) * 1e9)};
	const char *columns = getenv("COLUMNS");
	struct canvas c;
	int error = 0, rows;

	for (unsigned i = 0; i < 2 && error == 0; i++) {
		if (i > 0)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		error = read_once(l);
	}
	rows = top_height(&l->top, &l->view);
	if (error == 0)
		error = canvas_init(&c, rows < ONCE_ROWS ? rows : ONCE_ROWS,
			columns != NULL && atoi(columns) > 0 ? atoi(columns) : ONCE_COLUMNS);
	if (error != 0)
		return error;
	top_draw(&c, &l->top, &l->view, NULL);
	canvas_print(&c, stdout);
	canvas_fini(&c);
	return 0;
}

int
ctl_top(const struct top_conf *conf)
{
	struct loop l = {.conf = conf};
	int error;

	top_view_init(&l.view);
	error = top_source_open(&l.source, conf->socket);
	if (error == 0)
		error = conf->once ? run_once(&l) : run_live(&l);
	top_source_close(&l.source);
	top_fini(&l.top);
	return error;
}
