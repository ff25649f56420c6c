/* SPDX-License-Identifier: Apache-2.0
 *
 * The server of rpc.h, over libevent's bufferevents: listens, takes lines from its connections
 * and gives them answers (rpc_exchange.h), whatever they do.  Control's one thread. */
#include "control/rpc.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/log.h"
#include "control/rpc_error.h"
#include "control/rpc_exchange.h"
#include "control/rpc_parse.h"
#include "control/wipe.h"

enum {
	CONNECTIONS = 512,   /* at once; more wait in the kernel's queue */
	BACKLOG = 256,       /* of that queue */
	LINES_A_TURN = 64,   /* of one connection, before others have theirs */
	WAITING_MAX = 4096,  /* requests of one connection; at this we stop reading from it */
	OUT_PAUSE = 1 << 20, /* bytes that the client has not taken; likewise */
	OUT_MAX = 16 << 20,  /* likewise; at this we hang up */
	SLOW_S = 30,         /* we hang up on who takes nothing for so long */
	ACCEPT_PAUSE_MS = 100, /* after accept() failed, mostly for want of descriptors */
};

struct rpc_server {
	struct rpc_server_conf conf;
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *accept_again;
	LIST_HEAD(, conn) conns;
	unsigned n_conns;
	bool held; /* rpc_server_pause() */
};

struct conn {
	LIST_ENTRY(conn) link;
	struct rpc_server *server;
	struct bufferevent *bev;
	struct event *turn; /* goes on with the lines, or frees it, out of the loop */
	struct rpc_exchanges exchanges;
	size_t searched; /* bytes of input known to hold no newline */
	bool skipping;   /* within a line that has been refused as too long */
	bool paused;     /* lines may be there, but the client is to take its answers first */
	bool ended;      /* the client says no more */
	bool cut;        /* nor do we; freed at the next turn */
};

/* ---- Lines ---- */

static void
turn_soon(struct conn *c)
{
	static const struct timeval now = {0, 0};

	evtimer_add(c->turn, &now);
}

static void
cut(struct conn *c)
{
	c->cut = true;
	turn_soon(c);
}

static size_t
not_taken(const struct conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

/* May BYTES more wait for the client?  If they are too many, that was its end. */
static bool
has_room(void *arg, size_t bytes)
{
	struct conn *c = arg;

	if (!c->cut && not_taken(c) + bytes > OUT_MAX) {
		log_warn("rpc: hung up on a client: %zu bytes of answers, and %zu not taken "
			 "yet",
			bytes, not_taken(c));
		cut(c);
	}
	return !c->cut;
}

static void
send_line(void *arg, struct evbuffer *line)
{
	struct conn *c = arg;

	evbuffer_add_buffer(bufferevent_get_output(c->bev), line);
}

/* Something that we may have been waiting for has come to its end. */
static void
go_on(void *arg)
{
	struct conn *c = arg;

	if (c->paused || c->ended)
		turn_soon(c);
}

static bool
is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

static void
take_line(struct conn *c, const char *line, size_t len)
{
	if (is_blank(line, len))
		return;
	if (rpc_exchange_line(&c->exchanges, line, len) != 0) {
		log_err("rpc: hung up on a client: out of memory");
		cut(c);
	}
}

static void
refuse_line(struct conn *c)
{
	static const struct rpc_detail detail = {
		.reason = "line_too_long",
		.expected = "lines of at most 1048576 bytes",
	};
	json_t *error = rpc_error(RPC_PARSE_ERROR, &detail,
		"Parse error: the line is longer than 1 MiB, and was skipped");

	if (rpc_exchange_refuse(&c->exchanges, error) != 0)
		cut(c);
}

/* Deal with the next line, if it is there. */
static bool
next_line(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(in), used = len;
	struct evbuffer_ptr at;
	unsigned char *line;

	evbuffer_ptr_set(in, &at, c->searched, EVBUFFER_PTR_SET);
	at = evbuffer_search_eol(in, &at, NULL, EVBUFFER_EOL_LF);
	if (at.pos >= 0) {
		len = (size_t)at.pos;
		used = len + 1;
	} else if (len > RPC_LINE_MAX) {
		if (!c->skipping)
			refuse_line(c);
		c->skipping = true;
	} else if (!c->ended || len == 0) {
		c->searched = len;
		return false;
	}
	c->searched = 0;
	line = evbuffer_pullup(in, (ev_ssize_t)used);
	if (line == NULL) {
		cut(c);
		return false;
	}
	if (!c->skipping)
		take_line(c, (const char *)line, len);
	explicit_bzero(line, used); /* a key may stand there */
	evbuffer_drain(in, used);
	if (at.pos >= 0)
		c->skipping = false;
	return true;
}

static bool
must_pause(const struct conn *c)
{
	return c->server->held || c->exchanges.requests >= WAITING_MAX ||
	       not_taken(c) >= OUT_PAUSE;
}

static void
take_lines(struct conn *c)
{
	unsigned n = 0;
	bool more = true;

	while (!c->cut && !(c->paused = must_pause(c)) && n++ < LINES_A_TURN && more)
		more = next_line(c);
	if (c->paused)
		return;
	if (more)
		turn_soon(c);
	else if (c->ended && c->exchanges.n == 0 && not_taken(c) == 0)
		cut(c);
}

/* ---- Connections ---- */

static void
conn_free(struct conn *c)
{
	struct rpc_server *s = c->server;

	rpc_exchange_orphan(&c->exchanges);
	LIST_REMOVE(c, link);
	if (s->n_conns-- == CONNECTIONS && !s->held)
		evconnlistener_enable(s->listener);
	bufferevent_free(c->bev);
	event_free(c->turn);
	free(c);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	if (c->cut)
		conn_free(c);
	else
		take_lines(c);
}

static void
on_input(struct bufferevent *bev, void *arg)
{
	take_lines(arg);
}

/* Little or nothing waits for the client any more. */
static void
on_drained(struct bufferevent *bev, void *arg)
{
	go_on(arg);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	if (what & BEV_EVENT_EOF) {
		c->ended = true;
		take_lines(c);
		return;
	}
	if (what & BEV_EVENT_TIMEOUT)
		log_warn(
			"rpc: hung up on a client that has taken none of its answers for %d s",
			SLOW_S);
	cut(c);
}

static void
greet(struct conn *c)
{
	const struct rpc_server_conf *conf = &c->server->conf;
	json_t *greeting = json_pack("{s:s, s:i, s:s, s:s*}", "strowger", conf->version, "api",
		RPC_API, "role", conf->role, "instance", conf->instance);
	char *text = json_dumps(greeting, JSON_COMPACT);

	if (text != NULL)
		evbuffer_add_printf(bufferevent_get_output(c->bev), "%s\n", text);
	wipe_free(text);
	json_decref(greeting);
}

static struct conn *
conn_open(struct rpc_server *s, evutil_socket_t fd)
{
	static const struct timeval slow = {.tv_sec = SLOW_S};
	struct conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->server = s;
	c->turn = evtimer_new(s->base, on_turn, c);
	if (c->turn == NULL)
		goto no_turn;
	c->bev = bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL)
		goto no_bev;
	c->exchanges = (struct rpc_exchanges){
		.conf = &s->conf,
		.has_room = has_room,
		.send = send_line,
		.done = go_on,
		.arg = c,
	};
	LIST_INSERT_HEAD(&s->conns, c, link);
	s->n_conns++;
	bufferevent_setcb(c->bev, on_input, on_drained, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, RPC_LINE_MAX + 1);
	bufferevent_setwatermark(c->bev, EV_WRITE, OUT_PAUSE / 2, 0);
	bufferevent_set_timeouts(c->bev, NULL, &slow);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return c;

no_bev:
	event_free(c->turn);
no_turn:
	free(c);
	return NULL;
}

/* ---- The server ---- */

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *peer, int len,
	void *arg)
{
	struct rpc_server *s = arg;
	struct conn *c = conn_open(s, fd);

	if (c == NULL) {
		log_err("rpc: turned a client away: out of memory");
		close(fd);
		return;
	}
	greet(c);
	if (s->n_conns == CONNECTIONS) {
		log_warn("rpc: %d clients are connected: more have to wait", CONNECTIONS);
		evconnlistener_disable(l);
	}
}

static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	static const struct timeval pause = {.tv_usec = ACCEPT_PAUSE_MS * 1000};
	struct rpc_server *s = arg;

	log_warn("rpc: cannot accept a client: %m");
	evconnlistener_disable(l);
	evtimer_add(s->accept_again, &pause);
}

static void
on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_server *s = arg;

	if (s->n_conns < CONNECTIONS && !s->held)
		evconnlistener_enable(s->listener);
}

/* A bound socket, which nobody can connect to before it listens: its mode is right by then.
 * -1: errno. */
static int
bind_socket(const struct rpc_server_conf *conf)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct stat st;
	int fd, error;

	if (strlen(conf->path) >= sizeof sun.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, conf->path);
	if (lstat(conf->path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode)) {
			errno = EEXIST;
			return -1;
		}
		if (unlink(conf->path) != 0) {
			error = errno;
			log_err("rpc: cannot remove the stale socket %s, of user %u: %m; remove "
				"it by hand",
				conf->path, (unsigned)st.st_uid);
			errno = error;
			return -1;
		}
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&sun, sizeof sun) == 0) {
		if (chmod(conf->path, conf->mode) == 0)
			return fd;
		error = errno;
		unlink(conf->path);
		errno = error;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

struct rpc_server *
rpc_server_open(struct event_base *base, const struct rpc_server_conf *conf)
{
	struct rpc_server *s = calloc(1, sizeof *s);
	int fd;

	if (s == NULL)
		return NULL;
	signal(SIGPIPE, SIG_IGN); /* a client that has gone is no reason to go */
	s->conf = *conf;
	s->base = base;
	LIST_INIT(&s->conns);
	fd = conf->listening > 0 ? conf->listening : bind_socket(conf);
	if (fd < 0)
		goto no_socket;
	s->accept_again = evtimer_new(base, on_accept_again, s);
	if (s->accept_again == NULL)
		goto no_timer;
	s->listener = evconnlistener_new(base, on_accept, s,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (s->listener == NULL)
		goto no_listener;
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	return s;

no_listener:
	event_free(s->accept_again);
no_timer:
	if (conf->listening == 0)
		unlink(conf->path);
	close(fd);
no_socket:
	free(s);
	return NULL;
}

void
rpc_server_pause(struct rpc_server *s)
{
	s->held = true;
	evconnlistener_disable(s->listener);
}

void
rpc_server_resume(struct rpc_server *s)
{
	struct conn *c;

	s->held = false;
	if (s->n_conns < CONNECTIONS)
		evconnlistener_enable(s->listener);
	LIST_FOREACH(c, &s->conns, link)
	go_on(c);
}

bool
rpc_server_is_idle(const struct rpc_server *s)
{
	const struct conn *c;

	LIST_FOREACH(c, &s->conns, link)
	if (c->exchanges.n > 0 || not_taken(c) > 0)
		return false;
	return true;
}

/* All but the socket's name. */
static void
close_all(struct rpc_server *s)
{
	struct conn *c;

	while ((c = LIST_FIRST(&s->conns)) != NULL) {
		struct evbuffer *out = bufferevent_get_output(c->bev);

		/* Its front is the bufferevent's, which is about to end. */
		evbuffer_unfreeze(out, 1);
		evbuffer_write(out, bufferevent_getfd(c->bev));
		conn_free(c);
	}
	evconnlistener_free(s->listener);
	event_free(s->accept_again);
	free(s);
}

void
rpc_server_close(struct rpc_server *s)
{
	if (s == NULL)
		return;
	unlink(s->conf.path);
	close_all(s);
}

int
rpc_server_hand_over(struct rpc_server *s)
{
	int fd = fcntl(evconnlistener_get_fd(s->listener), F_DUPFD_CLOEXEC, 0);

	close_all(s);
	return fd;
}
