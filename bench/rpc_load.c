/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_load.h.  Some connections, each with some requests under way: as one is answered the
 * next one leaves, or when it is due.  With a rate the time of an answer counts from when its
 * request was due, whether or not it could leave by then; else from when it was written.
 * An answer is not parsed but for its id.  One thread. */
#include "bench/rpc_load.h"

#include <errno.h>
#include <event2/buffer.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/hist.h"
#include "bench/options.h"
#include "bench/report.h"
#include "bench/rpc_text.h"

enum {
	CONNECTIONS = 1000,
	FLIGHT = 4096,
	PATIENCE_S = 10, /* that the last answers may take */
	HEAD = 32,       /* bytes of an answer in which its id begins */
	SHOWN = 160,     /* of an error, for people */
};

struct rpc_load_conf {
	const char *socket, *json;
	double rate, seconds;
	unsigned flight, connections, count, repeat, first;
	struct rpc_text text;
};

struct link {
	struct evbuffer *in, *out;
	bool greeted;
	unsigned n_free;
	unsigned free[FLIGHT];  /* ids that are not under way */
	uint64_t since[FLIGHT]; /* by id */
};

struct rpc_load {
	const struct rpc_load_conf *conf;
	struct rpc_text text;
	struct pollfd poll[CONNECTIONS];
	struct link *link[CONNECTIONS];
	unsigned turn;                                    /* the connection that sends next */
	uint64_t began, sent, answered, refused, stopped; /* times in ns */
	struct hist hist;
	char error[SHOWN]; /* the first */
};

/* ---- Connections ---- */

static int
connect_to(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, sizeof sun) == 0)
		return fd;
	fprintf(stderr, "strowger-bench: %s: %m\n", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
open_link(struct rpc_load *l, unsigned i)
{
	struct link *k = calloc(1, sizeof *k);

	if (k == NULL)
		return -ENOMEM;
	l->link[i] = k;
	for (unsigned id = l->conf->flight; id-- > 0;)
		k->free[k->n_free++] = id;
	k->in = evbuffer_new();
	k->out = evbuffer_new();
	if (k->in == NULL || k->out == NULL)
		return -ENOMEM;
	l->poll[i].fd = connect_to(l->conf->socket);
	return l->poll[i].fd < 0 ? -ENOTCONN : evutil_make_socket_nonblocking(l->poll[i].fd);
}

static int
open_links(struct rpc_load *l)
{
	int error = 0;

	for (unsigned i = 0; i < l->conf->connections; i++)
		l->poll[i].fd = -1;
	for (unsigned i = 0; i < l->conf->connections && error == 0; i++)
		error = open_link(l, i);
	return error;
}

static void
close_links(struct rpc_load *l)
{
	for (unsigned i = 0; i < l->conf->connections && l->link[i] != NULL; i++) {
		if (l->poll[i].fd >= 0)
			close(l->poll[i].fd);
		if (l->link[i]->in != NULL)
			evbuffer_free(l->link[i]->in);
		if (l->link[i]->out != NULL)
			evbuffer_free(l->link[i]->out);
		free(l->link[i]);
		l->link[i] = NULL;
	}
}

/* ---- Requests ---- */

/* When request number N is due; with no rate always. */
static uint64_t
due(const struct rpc_load *l, uint64_t n)
{
	return l->conf->rate > 0 ? l->began + (uint64_t)((double)n * 1e9 / l->conf->rate) : 0;
}

static bool
is_over(const struct rpc_load *l, uint64_t now)
{
	return l->conf->count > 0 ? l->sent >= l->conf->count
				  : now >= l->began + (uint64_t)(l->conf->seconds * 1e9);
}

/* The next connection that has an id to spare; NULL: all have as much under way as they may.
 */
static struct link *
next_link(struct rpc_load *l)
{
	for (unsigned i = 0; i < l->conf->connections; i++) {
		struct link *k = l->link[l->turn++ % l->conf->connections];

		if (k->greeted && k->n_free > 0)
			return k;
	}
	return NULL;
}

static void
send_due(struct rpc_load *l, uint64_t now)
{
	struct link *k;

	while (!is_over(l, now) && due(l, l->sent) <= now && (k = next_link(l)) != NULL) {
		unsigned id = k->free[--k->n_free];

		k->since[id] = l->conf->rate > 0 ? due(l, l->sent) : now;
		rpc_text_put(&l->text, id, k->out);
		l->sent++;
	}
}

/* ---- Answers ---- */

static void
note_error(struct rpc_load *l, const char *line)
{
	if (l->refused++ == 0)
		snprintf(l->error, sizeof l->error, "%s", line);
}

/* LINE ends with a NUL.  A notification has no id, and is none of ours. */
static void
take_answer(struct rpc_load *l, struct link *k, const char *line, size_t len, uint64_t now)
{
	static const char mark[] = "\"id\":";
	const char *at = memmem(line, len < HEAD ? len : HEAD, mark, strlen(mark));
	char *end;
	unsigned long id;

	if (at == NULL)
		return;
	id = strtoul(at + strlen(mark), &end, 10);
	if (id >= l->conf->flight || k->n_free >= l->conf->flight)
		return;
	if (strncmp(end, ",\"error\"", 8) == 0)
		note_error(l, end + 1);
	hist_add(&l->hist, now - k->since[id]);
	l->answered++;
	k->free[k->n_free++] = (unsigned)id;
}

static int
receive(struct rpc_load *l, unsigned i)
{
	struct link *k = l->link[i];
	uint64_t now;
	size_t len;
	char *line;
	int n = evbuffer_read(k->in, l->poll[i].fd, -1);

	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		fprintf(stderr, "strowger-bench: the server has hung up: %s\n",
			n == 0 ? "end of stream" : strerror(errno));
		return -EPIPE;
	}
	now = clock_ns();
	while ((line = evbuffer_readln(k->in, &len, EVBUFFER_EOL_LF)) != NULL) {
		if (k->greeted)
			take_answer(l, k, line, len, now);
		k->greeted = true;
		free(line);
	}
	return 0;
}

/* ---- The run ---- */

static int
move(struct rpc_load *l, unsigned i)
{
	struct link *k = l->link[i];

	if (l->poll[i].revents & POLLOUT && evbuffer_write(k->out, l->poll[i].fd) < 0 &&
		errno != EAGAIN)
		return -errno;
	return l->poll[i].revents & ~POLLOUT ? receive(l, i) : 0;
}

/* Wait until UNTIL at most, and move what can be moved. */
static int
turn(struct rpc_load *l, uint64_t until)
{
	uint64_t now = clock_ns(), wait = until > now ? until - now : 0;
	const struct timespec t = {(time_t)(wait / 1000000000), (long)(wait % 1000000000)};
	int error = 0;

	for (unsigned i = 0; i < l->conf->connections; i++)
		l->poll[i].events =
			(short)(POLLIN |
				(evbuffer_get_length(l->link[i]->out) > 0 ? POLLOUT : 0));
	if (ppoll(l->poll, l->conf->connections, &t, NULL) < 0 && errno != EINTR)
		return -errno;
	for (unsigned i = 0; i < l->conf->connections && error == 0; i++)
		error = move(l, i);
	return error;
}

static bool
is_greeted(const struct rpc_load *l)
{
	for (unsigned i = 0; i < l->conf->connections; i++)
		if (!l->link[i]->greeted)
			return false;
	return true;
}

static int
run(struct rpc_load *l)
{
	const uint64_t patience = (uint64_t)PATIENCE_S * 1000000000;
	uint64_t now = clock_ns(), end = now + patience;
	int error = 0;

	while (error == 0 && !is_greeted(l) && clock_ns() < end)
		error = turn(l, end);
	now = l->began = clock_ns();
	while (error == 0 && !is_over(l, now)) {
		uint64_t next = due(l, l->sent), last = now + 10000000; /* looks at the end */

		send_due(l, now);
		error = turn(l, next > now && next < last ? next : last);
		now = clock_ns();
	}
	l->stopped = now;
	end = now + patience;
	while (error == 0 && l->answered < l->sent && clock_ns() < end)
		error = turn(l, end);
	return error;
}

static void
add_figures(struct report *r, const struct rpc_load *l, double many)
{
	static const struct {
		const char *name;
		double part;
	} rows[] = {{"answer_p50", 0.5}, {"answer_p90", 0.9}, {"answer_p99", 0.99},
		{"answer_p99_9", 0.999}, {"answer_max", 1}};
	double seconds = (double)(l->stopped - l->began) / 1e9;

	report_add(r, "requests", "1/s", 0, (double)l->answered / seconds);
	if (many > 1)
		report_add(r, "items", "1/s", 0, (double)l->answered * many / seconds);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		report_add(r, rows[i].name, "us", 1,
			(double)hist_at(&l->hist, rows[i].part) / 1e3);
	report_add(r, "refused", "", 0, (double)l->refused);
	report_add(r, "unanswered", "", 0, (double)(l->sent - l->answered));
	if (l->refused > 0)
		report_fact(r, "first_error", "%.100s", l->error);
}

static int
run_once(
	struct rpc_load *l, const struct rpc_load_conf *conf, struct report *r, uint64_t *next)
{
	int error;

	memset(l, 0, sizeof *l);
	l->conf = conf;
	l->text = conf->text;
	l->text.next = *next;
	hist_reset(&l->hist);
	if ((error = open_links(l)) == 0 && (error = run(l)) == 0)
		add_figures(r, l, conf->text.many);
	*next = l->text.next;
	close_links(l);
	return error;
}

/* ---- The command line ---- */

#define AT(field) offsetof(struct rpc_load_conf, field)

static const struct option_row rows[] = {
	{"socket", "PATH", options_word, AT(socket), 0, 0,
		"one of strowger's (/run/strowger/default/admin.sock)"},
	{"method", "NAME", options_word, AT(text.method), 0, 0, "(node.info)"},
	{"params", "JSON", options_word, AT(text.params), 0, 0,
		"its parameters; {n} in them is a running number ({})"},
	{"each", "JSON", options_word, AT(text.each), 0, 0,
		"--many of this, with a number each, stand for {each} in --params"},
	{"many", "N", options_count, AT(text.many), 1, 1000, "(1)"},
	{"first", "N", options_count, AT(first), 0, 4e9, "the first {n} (0)"},
	{"rate", "N", options_real, AT(rate), 0.01, 1e7,
		"requests/s (default: the next when one is answered)"},
	{"flight", "N", options_count, AT(flight), 1, FLIGHT,
		"requests under way on a connection (1)"},
	{"connections", "N", options_count, AT(connections), 1, CONNECTIONS, "(1)"},
	{"seconds", "S", options_real, AT(seconds), 0.01, 3600, "of one run (5)"},
	{"count", "N", options_count, AT(count), 1, 4e9, "requests of one run (instead)"},
	{"repeat", "N", options_count, AT(repeat), 1, 100,
		"runs; figures are then medians with their range (1)"},
	{"json", "FILE", options_word, AT(json), 0, 0,
		"write the figures there too; -: stdout, no table"},
};

static const struct option_table table = {
	.command = "rpc",
	.about = "One request again and again; how many are answered a second, and how soon.",
	.row = rows,
	.rows = sizeof rows / sizeof rows[0],
};

static int
measure(const struct rpc_load_conf *conf, struct report *r)
{
	static struct rpc_load l;
	uint64_t next = conf->first;
	int error = 0;

	report_fact(r, "method", "%s", conf->text.method);
	report_fact(r, "connections", "%u", conf->connections);
	report_fact(r, "flight", "%u", conf->flight);
	if (conf->rate > 0)
		report_fact(r, "rate", "%g/s, answers counted from when they were due",
			conf->rate);
	for (unsigned i = 0; i < conf->repeat && error == 0; i++)
		error = run_once(&l, conf, r, &next);
	return error == 0 ? report_give(r, conf->json) : error;
}

int
rpc_load_main(int argc, char **argv)
{
	struct rpc_load_conf conf = {
		.socket = "/run/strowger/default/admin.sock",
		.text = {.method = "node.info", .params = "{}", .many = 1},
		.flight = 1,
		.connections = 1,
		.seconds = 5,
		.repeat = 1,
	};
	int error = options_fill(&table, &conf, argc, argv);
	struct report *r;

	if (error == 0)
		error = rpc_text_check(&conf.text);
	if (error != 0)
		return error < 0;
	signal(SIGPIPE, SIG_IGN);
	if ((r = report_open("rpc")) == NULL)
		return 1;
	error = measure(&conf, r);
	report_close(r);
	return error != 0;
}
