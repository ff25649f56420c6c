/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_load.h.  One UDP socket; some calls under way, each with one request at a time: as
 * one is deleted the next is offered, or when it is due.  With a rate the time of an offer
 * counts from when it was due, whether or not it could leave by then; else from when it was
 * sent.  A request without an answer is sent again, as it was, after a second.  What comes and
 * what goes in one turn does so by one system call each, so that little is taken from the
 * relay's CPUs.  One thread. */
#include "bench/ng_load.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/hist.h"
#include "bench/ng_text.h"
#include "bench/options.h"
#include "bench/report.h"

enum {
	FLIGHT = 4096,
	ANSWER = 65536,
	BATCH = 64,   /* datagrams by one system call */
	SHOWN = 160,  /* of an error, for people */
	PATIENCE = 5, /* times that a request is sent */
	SECOND = 1000000000,
};

struct ng_load_conf {
	const char *to, *json;
	double rate, seconds;
	unsigned flight, count, repeat, first;
	bool srtp, keep;
};

/* A call that is under way. */
struct slot {
	bool busy;
	enum ng_step step;
	unsigned tries;
	uint64_t n, running; /* its number; its request's */
	uint64_t since;      /* the time of its request counts from then */
	uint64_t again;      /* when it is sent once more */
	size_t len;
	char text[NG_TEXT];
};

struct ng_load {
	const struct ng_load_conf *conf;
	int fd;
	uint64_t next, running;  /* the next call, and the next request */
	uint64_t began, stopped; /* ns */
	uint64_t started, done;  /* calls */
	uint64_t refused, again, lost;
	unsigned n_free, free[FLIGHT];
	struct slot slot[FLIGHT];
	struct hist hist[NG_STEPS];
	char error[SHOWN]; /* the first */
	unsigned leaving;  /* requests that leave with this turn */
	struct mmsghdr out[BATCH], in[BATCH];
	struct iovec out_text[BATCH], in_text[BATCH];
	char answer[BATCH][ANSWER]; /* pages that nobody has written to cost nothing */
};

/* HOST:PORT, of either family. */
static int
connect_to(const char *where)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;
	char host[64];
	const char *colon = strrchr(where, ':');
	int fd, size = 8 << 20;
	bool brackets = where[0] == '[';

	if (colon == NULL ||
		(size_t)snprintf(host, sizeof host, "%.*s",
			(int)(colon - where) - 2 * brackets,
			where + brackets) >= sizeof host ||
		getaddrinfo(host, colon + 1, &hints, &found) != 0) {
		fprintf(stderr, "strowger-bench: \"%s\" is no ADDRESS:PORT\n", where);
		return -EINVAL;
	}
	fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	return fd;
}

/* ---- Requests ---- */

/* When call number N, counted from 0, is due; with no rate always. */
static uint64_t
due(const struct ng_load *l, uint64_t n)
{
	return l->conf->rate > 0 ? l->began + (uint64_t)((double)n * SECOND / l->conf->rate)
				 : 0;
}

static bool
is_over(const struct ng_load *l, uint64_t now)
{
	return l->conf->count > 0 ? l->started >= l->conf->count
				  : now >= l->began + (uint64_t)(l->conf->seconds * SECOND);
}

/* All that are to leave do. */
static void
flush(struct ng_load *l)
{
	for (unsigned at = 0; at < l->leaving;) {
		int n = sendmmsg(l->fd, l->out + at, l->leaving - at, 0);

		if (n < 0 && l->error[0] == '\0')
			snprintf(l->error, sizeof l->error, "send: %m");
		at += n > 0 ? (unsigned)n : 1;
	}
	l->leaving = 0;
}

static void
send_slot(struct ng_load *l, struct slot *s, uint64_t now)
{
	s->again = now + SECOND;
	s->tries++;
	if (l->leaving == BATCH)
		flush(l);
	l->out_text[l->leaving] = (struct iovec){s->text, s->len};
	l->out[l->leaving].msg_hdr =
		(struct msghdr){.msg_iov = &l->out_text[l->leaving], .msg_iovlen = 1};
	l->leaving++;
}

/* STEP of the call in S, whose time counts from SINCE. */
static void
ask(struct ng_load *l, struct slot *s, enum ng_step step, unsigned tag, uint64_t since,
	uint64_t now)
{
	s->step = step;
	s->tries = 0;
	s->since = since;
	s->running = l->running++;
	s->len = ng_text_put(
		s->text, step, s->n, l->conf->srtp, tag, (unsigned)(s - l->slot), s->running);
	send_slot(l, s, now);
}

static void
start_due(struct ng_load *l, uint64_t now)
{
	while (!is_over(l, now) && due(l, l->started) <= now && l->n_free > 0) {
		struct slot *s = &l->slot[l->free[--l->n_free]];

		s->busy = true;
		s->n = l->next++;
		ask(l, s, NG_OFFER, 0, l->conf->rate > 0 ? due(l, l->started) : now, now);
		l->started++;
	}
	flush(l);
}

static void
release(struct ng_load *l, struct slot *s)
{
	s->busy = false;
	l->free[l->n_free++] = (unsigned)(s - l->slot);
}

/* ---- Answers ---- */

static void
take_answer(struct ng_load *l, const char *text, size_t len, uint64_t now)
{
	struct slot *s;
	unsigned slot;
	uint64_t running;

	if (!ng_text_cookie(text, len, &slot, &running) || slot >= l->conf->flight)
		return;
	s = &l->slot[slot];
	if (!s->busy || s->running != running)
		return; /* the answer to one that was sent twice */
	hist_add(&l->hist[s->step], now - s->since);
	if (!ng_text_is_ok(text, len)) {
		if (l->refused++ == 0)
			snprintf(l->error, sizeof l->error, "%s: %.*s", ng_step_name[s->step],
				(int)(len < 100 ? len : 100), text);
		release(l, s);
	} else if (s->step == NG_DELETE || (s->step == NG_ANSWER && l->conf->keep)) {
		l->done++;
		release(l, s);
	} else {
		ask(l, s, s->step + 1, ng_text_tag(text, len), now, now);
	}
}

static void
prepare(struct ng_load *l)
{
	for (unsigned i = 0; i < BATCH; i++) {
		l->in_text[i] = (struct iovec){l->answer[i], sizeof l->answer[i]};
		l->in[i].msg_hdr = (struct msghdr){.msg_iov = &l->in_text[i], .msg_iovlen = 1};
	}
}

static int
receive(struct ng_load *l)
{
	int n;

	do {
		uint64_t now;

		if ((n = recvmmsg(l->fd, l->in, BATCH, MSG_DONTWAIT, NULL)) < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		now = clock_ns();
		for (int i = 0; i < n; i++)
			take_answer(l, l->answer[i], l->in[i].msg_len, now);
		flush(l);
	} while (n == BATCH);
	return 0;
}

static void
send_again(struct ng_load *l, uint64_t now)
{
	for (unsigned i = 0; i < l->conf->flight; i++) {
		struct slot *s = &l->slot[i];

		if (!s->busy || s->again > now)
			continue;
		if (s->tries < PATIENCE) {
			l->again++;
			send_slot(l, s, now);
		} else {
			l->lost++;
			release(l, s);
		}
	}
	flush(l);
}

/* ---- The run ---- */

/* Wait until UNTIL at most, and take what has come. */
static int
turn(struct ng_load *l, uint64_t until)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	uint64_t now = clock_ns(), wait = until > now ? until - now : 0;
	const struct timespec t = {(time_t)(wait / SECOND), (long)(wait % SECOND)};

	if (ppoll(&p, 1, &t, NULL) < 0 && errno != EINTR)
		return -errno;
	return p.revents != 0 ? receive(l) : 0;
}

static int
run(struct ng_load *l)
{
	static const uint64_t look =
		SECOND / 10; /* how often it is looked for what is missing */
	uint64_t now = l->began = clock_ns(), looked = now;
	int error = 0;

	while (error == 0 && (!is_over(l, now) || l->n_free < l->conf->flight)) {
		uint64_t next = due(l, l->started), last = looked + look;

		start_due(l, now);
		error = turn(l, l->n_free > 0 && next > now && next < last ? next : last);
		now = clock_ns();
		if (now >= looked + look) {
			send_again(l, now);
			looked = now;
		}
	}
	l->stopped = now;
	return error;
}

static void
add_figures(struct report *r, const struct ng_load *l)
{
	static const struct {
		const char *name;
		double part;
	} rows[] = {{"p50", 0.5}, {"p99", 0.99}, {"max", 1}};
	double seconds = (double)(l->stopped - l->began) / SECOND;
	unsigned steps = l->conf->keep ? NG_DELETE : NG_STEPS;
	char name[32];

	report_add(r, "calls", "1/s", 0, (double)l->done / seconds);
	for (unsigned step = 0; step < steps; step++)
		for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
			snprintf(name, sizeof name, "%s_%s", ng_step_name[step], rows[i].name);
			report_add(r, name, "us", 1,
				(double)hist_at(&l->hist[step], rows[i].part) / 1e3);
		}
	report_add(r, "refused", "", 0, (double)l->refused);
	report_add(r, "sent_again", "", 0, (double)l->again);
	report_add(r, "unanswered", "", 0, (double)l->lost);
	if (l->error[0] != '\0')
		report_fact(r, "first_error", "%.120s", l->error);
}

static int
run_once(struct ng_load *l, const struct ng_load_conf *conf, struct report *r, uint64_t *next)
{
	int error;

	memset(l, 0, offsetof(struct ng_load, out));
	prepare(l);
	l->conf = conf;
	l->next = *next;
	l->running = clock_ns(); /* no cookie twice: the relay would remember its answer */
	for (unsigned i = conf->flight; i-- > 0;)
		l->free[l->n_free++] = i;
	for (unsigned step = 0; step < NG_STEPS; step++)
		hist_reset(&l->hist[step]);
	if ((l->fd = connect_to(conf->to)) < 0)
		return l->fd;
	if ((error = run(l)) == 0)
		add_figures(r, l);
	else
		fprintf(stderr, "strowger-bench: %s: %s\n", conf->to, strerror(-error));
	close(l->fd);
	*next = l->next;
	return error;
}

/* ---- The command line ---- */

#define AT(field) offsetof(struct ng_load_conf, field)

static const struct option_row rows[] = {
	{"to", "ADDRESS:PORT", options_word, AT(to), 0, 0,
		"where the relay answers NG over UDP (127.0.0.1:2223)"},
	{"srtp", NULL, options_flag, AT(srtp), 0, 0,
		"SRTP with SDES is wanted towards the callee"},
	{"flight", "N", options_count, AT(flight), 1, FLIGHT, "calls under way (1)"},
	{"rate", "N", options_real, AT(rate), 0.01, 1e6,
		"calls/s (default: the next when one is done)"},
	{"seconds", "S", options_real, AT(seconds), 0.01, 3600, "of one run (5)"},
	{"count", "N", options_count, AT(count), 1, 4e9, "calls of one run (instead)"},
	{"keep", NULL, options_flag, AT(keep), 0, 0, "leave the calls: none is deleted"},
	{"first", "N", options_count, AT(first), 0, 4e9, "number of the first call (0)"},
	{"repeat", "N", options_count, AT(repeat), 1, 100,
		"runs; figures are then medians with their range (1)"},
	{"json", "FILE", options_word, AT(json), 0, 0,
		"write the figures there too; -: stdout, no table"},
};

static const struct option_table table = {
	.command = "ng",
	.about =
		"Calls offered, answered and deleted over rtpengine's NG protocol; how many a\n"
		"second, and how soon each answer comes.",
	.row = rows,
	.rows = sizeof rows / sizeof rows[0],
};

static int
measure(const struct ng_load_conf *conf, struct report *r)
{
	static struct ng_load l;
	uint64_t next = conf->first;
	int error = 0;

	report_fact(r, "relay", "%s", conf->to);
	report_fact(r, "media", "%s", conf->srtp ? "RTP to SRTP, by SDES" : "RTP");
	report_fact(r, "flight", "%u", conf->flight);
	if (conf->rate > 0)
		report_fact(
			r, "rate", "%g/s, offers counted from when they were due", conf->rate);
	for (unsigned i = 0; i < conf->repeat && error == 0; i++)
		error = run_once(&l, conf, r, &next);
	if (error != 0)
		return error;
	if (conf->json == NULL || strcmp(conf->json, "-") != 0)
		report_print(r, stdout);
	return conf->json != NULL ? report_save(r, conf->json) : 0;
}

int
ng_load_main(int argc, char **argv)
{
	struct ng_load_conf conf = {
		.to = "127.0.0.1:2223", .flight = 1, .seconds = 5, .repeat = 1};
	int error = options_fill(&table, &conf, argc, argv);
	struct report *r;

	if (error != 0)
		return error < 0;
	if ((r = report_open("ng")) == NULL)
		return 1;
	error = measure(&conf, r);
	report_close(r);
	return error != 0;
}
