/* SPDX-License-Identifier: Apache-2.0
 *
 * The server of rpc.h: listens at a door for each role, lets clients in, and gives their
 * connections (rpc_conn.h) turns, so that a flood at one door is not heard at another.
 * Control's one thread, on libevent. */
#include "control/rpc.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/log.h"
#include "control/rpc_conn.h"
#include "control/rpc_listen.h"

enum {
	BACKLOG = 256,         /* who waits at a door, in the kernel */
	ACCEPT_PAUSE_MS = 100, /* after accept() failed, mostly for want of descriptors */
	SHARE_NS = 500000,     /* of a turn, for those of one door */
	DESCRIPTORS = 2048,    /* enough for all of them, and for what else the process has */
};

/* Clients of a role are let in until there are so many of all roles, or of their own: the last
 * places are kept for who looks, and the very last for administrators; but who looks never
 * takes those of who makes calls. */
static const struct {
	unsigned all, own;
} places[RPC_ROLES] = {
	[RPC_ADMIN] = {1060, 1060},
	[RPC_VIEW] = {1040, 200},
	[RPC_SESSION] = {1000, 1000},
};

/* Whose turn comes first.  Each has its share of every turn, so nobody starves. */
static const enum rpc_role order[RPC_ROLES] = {RPC_ADMIN, RPC_VIEW, RPC_SESSION};

struct door {
	struct rpc_server *server;
	enum rpc_role role;
	struct evconnlistener *listener; /* NULL: no such socket */
	TAILQ_HEAD(, rpc_conn) queue;    /* who wants a turn */
	unsigned n_conns;
	bool full; /* and the log says so */
};

struct rpc_server {
	struct rpc_context *context;
	struct door door[RPC_ROLES];
	struct event *accept_again;
	struct event *turn;
	LIST_HEAD(, rpc_conn) conns;
	unsigned n_conns;
};

/* ---- Who is let in ---- */

static void
look_at(struct door *d)
{
	unsigned all = d->server->n_conns;
	bool full = all >= places[d->role].all || d->n_conns >= places[d->role].own;

	if (full && !d->full)
		log_warn("rpc: %u clients are connected, %u of them to %s.sock: more have to "
			 "wait there",
			all, d->n_conns, rpc_role_names[d->role]);
	d->full = full;
}

static void
open_doors(struct rpc_server *s)
{
	for (struct door *d = s->door; d < s->door + RPC_ROLES; d++) {
		if (d->listener == NULL)
			continue;
		look_at(d);
		if (!d->full && !s->context->held)
			evconnlistener_enable(d->listener);
		else
			evconnlistener_disable(d->listener);
	}
}

static void
wants(struct rpc_conn *c, void *arg)
{
	static const struct timeval now = {0, 0};
	struct door *d = arg;

	if (c->queued)
		return;
	c->queued = true;
	TAILQ_INSERT_TAIL(&d->queue, c, queue);
	evtimer_add(d->server->turn, &now);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *peer, int len,
	void *arg)
{
	struct door *d = arg;
	struct rpc_server *s = d->server;
	struct rpc_conn *c = rpc_conn_open(s->context, d->role, fd, wants, d);

	if (c == NULL) {
		log_err("rpc: turned a client away: out of memory");
		close(fd);
		return;
	}
	LIST_INSERT_HEAD(&s->conns, c, link);
	s->n_conns++;
	d->n_conns++;
	open_doors(s);
}

static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	static const struct timeval pause = {.tv_usec = ACCEPT_PAUSE_MS * 1000};
	struct door *d = arg;

	log_warn("rpc: cannot accept a client: %m");
	evconnlistener_disable(l);
	evtimer_add(d->server->accept_again, &pause);
}

static void
on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	open_doors(arg);
}

/* ---- Turns ---- */

static void
dismiss(struct rpc_server *s, struct rpc_conn *c)
{
	struct door *d = &s->door[c->peer.role];

	if (c->queued)
		TAILQ_REMOVE(&d->queue, c, queue);
	LIST_REMOVE(c, link);
	s->n_conns--;
	d->n_conns--;
	rpc_conn_close(c);
}

/* Those who want a turn at D, one after the other, until its share is used. */
static void
serve(struct rpc_server *s, struct door *d)
{
	uint64_t until = rpc_conn_now_ns() + SHARE_NS;
	struct rpc_conn *c;

	while ((c = TAILQ_FIRST(&d->queue)) != NULL) {
		enum rpc_conn_turn was;

		TAILQ_REMOVE(&d->queue, c, queue);
		c->queued = false;
		was = rpc_conn_run(c, until);
		if (was == RPC_CONN_OVER)
			dismiss(s, c);
		else if (was == RPC_CONN_MORE)
			wants(c, d);
		if (rpc_conn_now_ns() >= until)
			break;
	}
}

/* The rest waits for the next turn of the event loop: others are there, too. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval now = {0, 0};
	struct rpc_server *s = arg;
	unsigned before = s->n_conns;
	bool more = false;

	for (unsigned i = 0; i < RPC_ROLES; i++)
		serve(s, &s->door[order[i]]);
	for (unsigned i = 0; i < RPC_ROLES; i++)
		more = more || !TAILQ_EMPTY(&s->door[i].queue);
	if (more)
		evtimer_add(s->turn, &now);
	else
		evtimer_del(s->turn);
	if (s->n_conns != before)
		open_doors(s);
}

/* ---- Its life ---- */

void
rpc_server_have_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < DESCRIPTORS)
		log_warn("rpc: only %lu descriptors are allowed (ulimit -n): that may be too "
			 "few for %u clients",
			(unsigned long)limit.rlim_cur, places[RPC_ADMIN].all);
}

static int
open_door(struct rpc_server *s, struct door *d)
{
	const struct rpc_socket *socket = &s->context->conf.socket[d->role];
	int fd;

	if (socket->path == NULL)
		return 0;
	fd = socket->listening > 0 ? socket->listening : rpc_listen_bind(socket);
	if (fd < 0)
		return -errno;
	if (socket->listening > 0)
		rpc_listen_admit(socket); /* the configuration may be another one now */
	d->listener = evconnlistener_new(s->context->base, on_accept, d,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (d->listener == NULL) {
		close(fd);
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(d->listener, on_accept_error);
	return 0;
}

struct rpc_server *
rpc_server_open(struct event_base *base, const struct rpc_server_conf *conf)
{
	struct rpc_server *s = calloc(1, sizeof *s);
	int error = ENOMEM;

	if (s == NULL)
		return NULL;
	signal(SIGPIPE, SIG_IGN); /* a client that has gone is no reason to go */
	LIST_INIT(&s->conns);
	for (unsigned i = 0; i < RPC_ROLES; i++) {
		s->door[i] = (struct door){.server = s, .role = (enum rpc_role)i};
		TAILQ_INIT(&s->door[i].queue);
	}
	s->context = rpc_context_open(base, conf);
	s->accept_again = evtimer_new(base, on_accept_again, s);
	s->turn = evtimer_new(base, on_turn, s);
	if (s->context != NULL && s->accept_again != NULL && s->turn != NULL)
		error = 0;
	for (unsigned i = 0; i < RPC_ROLES && error == 0; i++)
		error = -open_door(s, &s->door[i]);
	if (error == 0)
		return s;
	rpc_server_close(s);
	errno = error;
	return NULL;
}

void
rpc_server_pause(struct rpc_server *s)
{
	s->context->held = true;
	open_doors(s);
}

void
rpc_server_resume(struct rpc_server *s)
{
	struct rpc_conn *c;

	s->context->held = false;
	open_doors(s);
	LIST_FOREACH(c, &s->conns, link)
	wants(c, &s->door[c->peer.role]);
}

bool
rpc_server_is_idle(const struct rpc_server *s)
{
	const struct rpc_conn *c;

	LIST_FOREACH(c, &s->conns, link)
	if (!rpc_conn_is_idle(c))
		return false;
	return true;
}

/* All but the sockets' names. */
static void
close_all(struct rpc_server *s)
{
	struct rpc_conn *c;

	while ((c = LIST_FIRST(&s->conns)) != NULL)
		dismiss(s, c);
	for (unsigned i = 0; i < RPC_ROLES; i++)
		if (s->door[i].listener != NULL)
			evconnlistener_free(s->door[i].listener);
	if (s->accept_again != NULL)
		event_free(s->accept_again);
	if (s->turn != NULL)
		event_free(s->turn);
	if (s->context != NULL)
		rpc_context_put(s->context);
	free(s);
}

void
rpc_server_close(struct rpc_server *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < RPC_ROLES; i++)
		if (s->door[i].listener != NULL)
			unlink(s->context->conf.socket[i].path);
	close_all(s);
}

void
rpc_server_hand_over(struct rpc_server *s, int fd[RPC_ROLES])
{
	for (unsigned i = 0; i < RPC_ROLES; i++)
		fd[i] = s->door[i].listener == NULL
				? -1
				: fcntl(evconnlistener_get_fd(s->door[i].listener),
					  F_DUPFD_CLOEXEC, 0);
	close_all(s);
}
