/* SPDX-License-Identifier: Apache-2.0
 *
 * NG over TCP and Unix stream sockets: messages back to back (ng_frame.h), answers likewise,
 * each of JSON a line.  A connection that owes much, or is owed much, is not read from; one
 * that takes nothing, or says nothing, for long is closed. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/log.h"
#include "control/ng_address.h"
#include "control/ng_frame.h"
#include "control/ng_server_inside.h"

enum {
	BACKLOG = 128,
	OWES_MAX = 64,       /* requests of one connection that are worked on */
	OUT_PAUSE = 1 << 18, /* bytes that it has not taken yet; we do not read on */
	OUT_MAX = 4 << 20,   /* likewise; we hang up */
	PATIENCE_S = 30,     /* that it may take nothing for */
	SILENCE_S = 3600,    /* that it may say nothing for */
};

struct listener {
	struct ng_door door;
	struct evconnlistener *evl;
	const char *way;
};

struct ng_conn {
	TAILQ_ENTRY(ng_conn) link;
	struct ng_server *server;
	struct bufferevent *bev; /* NULL: hung up; it lasts until nobody works for it */
	struct ng_asker asker;   /* of all its requests */
	struct ng_frame frame;
	size_t seen;   /* bytes of input that the frame has seen */
	unsigned owes; /* answers */
	bool busy;     /* its input is being looked at */
	bool more;     /* some of that was left for later */
	bool ended;    /* it says no more */
	bool lost;     /* nobody knows where its next message begins */
	bool cut;      /* it is to be hung up on */
};

static size_t
not_taken(const struct ng_conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static bool
must_pause(const struct ng_conn *c)
{
	return c->server->held || c->owes >= OWES_MAX || not_taken(c) >= OUT_PAUSE;
}

/* ---- Its end. ---- */

static void
hang_up(struct ng_conn *c)
{
	bufferevent_free(c->bev);
	c->bev = NULL;
	TAILQ_REMOVE(&c->server->conns, c, link);
	c->server->n_conns--;
}

/* No more is to come, and nothing is left to be done. */
static bool
is_over(const struct ng_conn *c)
{
	return (c->lost || (c->ended && !c->more)) && c->owes == 0 && not_taken(c) == 0;
}

/* C is gone, if it was due; not while its input is being looked at. */
static void
settle(struct ng_conn *c)
{
	if (c->busy)
		return;
	if (c->bev != NULL && (c->cut || is_over(c)))
		hang_up(c);
	if (c->bev == NULL && c->owes == 0)
		free(c);
}

/* ---- Answers. ---- */

static void
put(struct ng_conn *c, struct slice bytes, bool json)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (not_taken(c) + bytes.len > OUT_MAX ||
		evbuffer_add(out, bytes.at, bytes.len) != 0 ||
		(json && evbuffer_add(out, "\n", 1) != 0))
		c->cut = true;
}

/* More may be there than was looked at; in a later turn, for others are being answered. */
static void
answer(const struct ng_asker *a, struct slice bytes, bool json)
{
	struct ng_conn *c = a->of;
	bool paused = c->bev != NULL && must_pause(c);

	c->owes--;
	if (c->bev != NULL && bytes.at != NULL)
		put(c, bytes, json);
	if (paused && c->bev != NULL && !must_pause(c))
		bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	settle(c);
}

/* ---- Messages. ---- */

/* The first LEN bytes of the input are one.  What is broken is answered, too. */
static void
take(struct ng_conn *c, struct evbuffer *in, size_t len)
{
	unsigned char *at = evbuffer_pullup(in, (ev_ssize_t)len);
	size_t before = c->frame.skipped;

	c->lost = c->frame.state == NG_FRAME_BROKEN;
	c->owes++; /* before the answer, which may come at once */
	if (at == NULL ||
		!ng_exchange_take(c->server, (struct slice){(char *)at + before, len - before},
			false, &c->asker)) {
		c->owes--;
		c->cut = true;
	}
	if (at != NULL)
		explicit_bzero(at, len); /* a key may stand there */
	evbuffer_drain(in, len);
	c->frame = (struct ng_frame){0};
	c->seen = 0;
}

/* Let the frame see what has come; a whole message is taken.  False: more must come. */
static bool
next_message(struct ng_conn *c, struct evbuffer *in)
{
	struct evbuffer_iovec piece;
	struct evbuffer_ptr at;

	while (!ng_frame_is_over(&c->frame) && c->seen < evbuffer_get_length(in)) {
		if (evbuffer_ptr_set(in, &at, c->seen, EVBUFFER_PTR_SET) != 0 ||
			evbuffer_peek(in, -1, &at, &piece, 1) < 1)
			return false;
		c->seen += ng_frame_feed(&c->frame, piece.iov_base, piece.iov_len);
	}
	/* The end of a connection ends a line, too. */
	if (c->ended && c->frame.state == NG_FRAME_LINE)
		c->frame.state = NG_FRAME_WHOLE;
	if (c->seen > NG_MESSAGE_MAX)
		c->cut = true;
	else if (ng_frame_is_over(&c->frame))
		take(c, in, c->seen);
	else
		return false;
	return !c->cut && !c->lost;
}

static void
on_input(struct bufferevent *bev, void *arg)
{
	struct ng_conn *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	TAILQ_REMOVE(&c->server->conns, c, link);
	TAILQ_INSERT_TAIL(&c->server->conns, c, link);
	c->busy = true;
	while (!(c->more = must_pause(c)) && !c->lost && next_message(c, in))
		;
	c->busy = false;
	settle(c);
}

/* Little or nothing waits for the client any more. */
static void
on_output(struct bufferevent *bev, void *arg)
{
	on_input(bev, arg);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct ng_conn *c = arg;

	if (what & BEV_EVENT_EOF)
		c->ended = true;
	else
		c->cut = true;
	on_input(bev, c);
}

/* ---- Who comes. ---- */

static struct ng_conn *
greet(struct ng_server *s, int fd, const char *way, const struct request_addr *peer)
{
	static const struct timeval patience = {.tv_sec = PATIENCE_S};
	static const struct timeval silence = {.tv_sec = SILENCE_S};
	static const int on = 1;
	struct ng_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->bev = bufferevent_socket_new(s->conf.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL) {
		free(c);
		return NULL;
	}
	if (peer->family != 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c->server = s;
	c->asker = (struct ng_asker){.answer = answer, .way = way, .of = c, .peer = *peer};
	bufferevent_setcb(c->bev, on_input, on_output, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, NG_MESSAGE_MAX * 2);
	bufferevent_setwatermark(c->bev, EV_WRITE, OUT_PAUSE / 2, 0);
	bufferevent_set_timeouts(c->bev, &silence, &patience);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	TAILQ_INSERT_TAIL(&s->conns, c, link);
	s->n_conns++;
	return c;
}

static void
on_accept(struct evconnlistener *evl, evutil_socket_t fd, struct sockaddr *from, int len,
	void *arg)
{
	const struct listener *l = arg;
	struct ng_server *s = l->door.server;
	struct request_addr peer = ng_address_in(from);
	struct ng_conn *oldest;

	if ((peer.family != 0 && !ng_server_admits(s, &peer)) ||
		greet(s, fd, l->way, &peer) == NULL) {
		close(fd);
		return;
	}
	if (s->n_conns > NG_CONNECTIONS) {
		oldest = TAILQ_FIRST(&s->conns);
		oldest->cut = true;
		settle(oldest);
	}
}

void
ng_stream_close_all(struct ng_server *s)
{
	struct ng_conn *c;

	while ((c = TAILQ_FIRST(&s->conns)) != NULL) {
		/* What the socket takes of the answers still leaves. */
		evbuffer_unfreeze(bufferevent_get_output(c->bev), 1);
		evbuffer_write(bufferevent_get_output(c->bev), bufferevent_getfd(c->bev));
		c->cut = true;
		settle(c);
	}
}

bool
ng_stream_is_idle(const struct ng_server *s)
{
	const struct ng_conn *c;

	TAILQ_FOREACH(c, &s->conns, link)
	if (not_taken(c) > 0)
		return false;
	return true;
}

void
ng_stream_resume(struct ng_server *s)
{
	struct ng_conn *c;

	TAILQ_FOREACH(c, &s->conns, link)
	bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

/* ---- Sockets. ---- */

static void
hold(struct ng_door *d, bool on)
{
	struct listener *l = (struct listener *)d;

	if (on)
		evconnlistener_disable(l->evl);
	else
		evconnlistener_enable(l->evl);
}

static void
close_listener(struct ng_door *d)
{
	struct listener *l = (struct listener *)d;

	evconnlistener_free(l->evl);
}

static const struct ng_door_kind listener_kind = {hold, close_listener, NULL};

/* Takes FD; 0 or -errno. */
static int
listen_at(struct ng_server *s, int fd, const char *way)
{
	struct listener *l = calloc(1, sizeof *l);

	if (l != NULL)
		l->evl = evconnlistener_new(
			s->conf.base, on_accept, l, LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (l == NULL || l->evl == NULL) {
		free(l);
		close(fd);
		return -ENOMEM;
	}
	l->way = way;
	ng_server_add(s, &l->door, &listener_kind, fd);
	return 0;
}

int
ng_server_tcp(struct ng_server *s, const struct request_addr *at)
{
	struct sockaddr_storage to;
	socklen_t len = ng_address_out(at, &to);
	int fd = ng_server_socket(s, SOCK_STREAM, (const struct sockaddr *)&to, len), err;

	if (fd < 0)
		return fd;
	err = listen_at(s, fd, "tcp");
	return err != 0 ? err : ng_server_port(fd);
}

int
ng_server_unix(struct ng_server *s, const char *path, unsigned mode, gid_t group)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof at.sun_path)
		return -ENAMETOOLONG;
	strcpy(at.sun_path, path);
	fd = ng_server_socket(s, SOCK_STREAM, (const struct sockaddr *)&at, sizeof at);
	if (fd < 0)
		return fd;
	if (group != (gid_t)-1 && chown(path, (uid_t)-1, group) != 0)
		log_warn("NG: cannot give %s to group %u: %m", path, (unsigned)group);
	if (chmod(path, mode) != 0) { /* before anybody can connect */
		err = -errno;
		close(fd);
		return err;
	}
	return listen_at(s, fd, "unix");
}
