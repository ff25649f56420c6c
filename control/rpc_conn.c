/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_conn.h. */
#include "control/rpc_conn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/log.h"
#include "control/rpc_error.h"
#include "control/rpc_parse.h"
#include "control/rpc_request.h"
#include "control/wipe.h"

enum {
	LINES_A_TURN = 64, /* requests or lines of one connection, before others have theirs */
	READ_AHEAD = 1 << 16, /* bytes that are read before they are wanted */
	WAITING_MAX = 4096,   /* requests of one connection; at this we stop reading from it */
	OUT_PAUSE = 1 << 20,  /* bytes that the client is owed; likewise */
	OUT_MAX = 16 << 20,   /* likewise; at this we hang up */
	OUT_ALL = 256 << 20,  /* that all clients are owed; likewise, on who asks for more, */
	OUT_SHARE = 1 << 18,  /* unless it is owed no more than this */
	PATIENCE_MS = 30000,  /* we hang up on who takes nothing for so long */
};

uint64_t
rpc_conn_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
want(struct rpc_conn *c)
{
	c->wants(c, c->arg);
}

static void
cut(struct rpc_conn *c)
{
	c->cut = true;
	want(c);
}

/* ---- Answers ---- */

static size_t
not_taken(const struct rpc_conn *c)
{
	return evbuffer_get_length(c->peer.out);
}

/* What is in memory for this client, or for all of them. */
static bool
is_too_much(const struct rpc_conn *c, size_t bytes)
{
	const struct rpc_context *all = c->peer.context;
	size_t most = all->conf.owed_max != 0 ? all->conf.owed_max : OUT_ALL;

	return c->peer.owed + bytes > OUT_MAX ||
	       (c->peer.owed > OUT_SHARE && all->owed + bytes > most);
}

/* May BYTES more wait for the client?  If they are too many, that was its end. */
static bool
has_room(void *arg, size_t bytes)
{
	struct rpc_conn *c = arg;

	if (!c->cut && bytes > 0 && is_too_much(c, bytes)) {
		log_warn("rpc: hung up on a client: %zu bytes of answers, and %zu not taken "
			 "yet, %zu by all clients",
			bytes, c->peer.owed, c->peer.context->owed);
		cut(c);
	}
	return !c->cut;
}

/* Something that we may have been waiting for has come to its end. */
static void
go_on(void *arg)
{
	struct rpc_conn *c = arg;

	if (c->paused || c->ended)
		want(c);
}

/* ---- Lines ---- */

static bool
is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

static void
out_of_memory(struct rpc_conn *c)
{
	log_err("rpc: hung up on a client: out of memory");
	cut(c);
}

static void
take_line(struct rpc_conn *c, const char *line, size_t len)
{
	if (!is_blank(line, len) && rpc_exchange_line(&c->peer, line, len) != 0)
		out_of_memory(c);
}

static void
refuse_line(struct rpc_conn *c)
{
	static const struct rpc_detail detail = {
		.reason = "line_too_long",
		.expected = "lines of at most 1048576 bytes",
	};
	json_t *error = rpc_error(RPC_PARSE_ERROR, &detail,
		"Parse error: the line is longer than 1 MiB, and was skipped");

	if (rpc_exchange_refuse(&c->peer, error) != 0)
		out_of_memory(c);
}

/* Is there a line, or what counts as one?  Its length, and how much of the input it USES. */
static bool
find_line(struct rpc_conn *c, struct evbuffer *in, size_t *len, size_t *uses)
{
	size_t all = evbuffer_get_length(in);
	struct evbuffer_ptr at;

	evbuffer_ptr_set(in, &at, c->searched, EVBUFFER_PTR_SET);
	at = evbuffer_search_eol(in, &at, NULL, EVBUFFER_EOL_LF);
	*len = at.pos >= 0 ? (size_t)at.pos : all;
	*uses = at.pos >= 0 ? *len + 1 : all;
	if (at.pos >= 0 || all > RPC_LINE_MAX || (c->ended && all > 0)) {
		c->searched = 0;
		return true;
	}
	c->searched = all;
	return false;
}

/* Read on: as far as the longest line goes, where one has begun. */
static void
read_more(struct rpc_conn *c)
{
	bool begun = c->searched >= READ_AHEAD;

	bufferevent_setwatermark(c->bev, EV_READ, 0, begun ? RPC_LINE_MAX + 1 : READ_AHEAD);
}

/* Deal with the next line, if it is there. */
static bool
next_line(struct rpc_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	unsigned char *line;
	size_t len, uses;
	bool whole;

	if (!find_line(c, in, &len, &uses)) {
		read_more(c);
		return false;
	}
	whole = uses > len || (c->ended && len <= RPC_LINE_MAX);
	if (!whole && !c->skipping)
		refuse_line(c);
	line = evbuffer_pullup(in, (ev_ssize_t)uses);
	if (line == NULL) {
		out_of_memory(c);
		return false;
	}
	if (whole && !c->skipping)
		take_line(c, (const char *)line, len);
	explicit_bzero(line, uses); /* a key may stand there */
	evbuffer_drain(in, uses);
	c->skipping = !whole;
	return true;
}

/* ---- Turns ---- */

/* What was taken goes on even while the server is held, or while the answers of its own line
 * are many: they leave once all of it is answered. */
static bool
must_pause(const struct rpc_conn *c)
{
	if (c->peer.requests >= WAITING_MAX || not_taken(c) >= OUT_PAUSE)
		return true;
	return c->peer.reading == NULL && (c->peer.context->held || c->peer.owed >= OUT_PAUSE);
}

/* Begin a request of the line that is being read, or take the next line. */
static bool
step(struct rpc_conn *c)
{
	int more;

	if (c->peer.reading == NULL)
		return next_line(c);
	more = rpc_exchange_step(&c->peer, rpc_request_start);
	if (more < 0)
		out_of_memory(c);
	return true;
}

enum rpc_conn_turn
rpc_conn_run(struct rpc_conn *c, uint64_t until_ns)
{
	unsigned n = 0;
	bool more = true;

	while (!c->cut && !(c->paused = must_pause(c)) && more && n++ < LINES_A_TURN) {
		more = step(c);
		if (rpc_conn_now_ns() >= until_ns)
			break;
	}
	if (!c->cut && !c->paused && !more && c->ended && c->peer.n == 0 && not_taken(c) == 0)
		c->cut = true;
	if (c->cut)
		return RPC_CONN_OVER;
	return more && !c->paused ? RPC_CONN_MORE : RPC_CONN_WAITS;
}

bool
rpc_conn_is_idle(const struct rpc_conn *c)
{
	return c->peer.n == 0 && not_taken(c) == 0;
}

/* ---- Its life ---- */

static void
on_input(struct bufferevent *bev, void *arg)
{
	want(arg);
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
	struct rpc_conn *c = arg;

	if (what & BEV_EVENT_EOF) {
		c->ended = true;
		want(c);
		return;
	}
	if (what & BEV_EVENT_TIMEOUT)
		log_warn("rpc: hung up on a client, user %u, process %d: it takes none of "
			 "its answers",
			(unsigned)c->peer.who.uid, (int)c->peer.who.pid);
	cut(c);
}

static void
greet(struct rpc_conn *c)
{
	const struct rpc_server_conf *conf = &c->peer.context->conf;
	json_t *greeting = json_pack("{s:s, s:i, s:s, s:s*}", "strowger", conf->version, "api",
		RPC_API, "role", rpc_role_names[c->peer.role], "instance", conf->instance);
	char *text = json_dumps(greeting, JSON_COMPACT);

	if (text != NULL)
		evbuffer_add_printf(c->peer.out, "%s\n", text);
	wipe_free(text);
	json_decref(greeting);
}

static void
look_who(struct rpc_conn *c, int fd)
{
	struct ucred *who = &c->peer.who;
	socklen_t len = sizeof *who;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, who, &len) != 0)
		*who = (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1};
	if (c->peer.role == RPC_ADMIN)
		log_debug("rpc: user %u, process %d, is an administrator", (unsigned)who->uid,
			(int)who->pid);
}

struct rpc_conn *
rpc_conn_open(struct rpc_context *context, enum rpc_role role, int fd,
	void (*wants)(struct rpc_conn *c, void *arg), void *arg)
{
	unsigned patience =
		context->conf.patience_ms != 0 ? context->conf.patience_ms : PATIENCE_MS;
	const struct timeval slow = {
		.tv_sec = patience / 1000, .tv_usec = patience % 1000 * 1000};
	struct rpc_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->bev = bufferevent_socket_new(context->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL) {
		free(c);
		return NULL;
	}
	c->wants = wants;
	c->arg = arg;
	c->peer = (struct rpc_peer){
		.context = context,
		.role = role,
		.out = bufferevent_get_output(c->bev),
		.has_room = has_room,
		.done = go_on,
		.arg = c,
	};
	if (rpc_exchange_count(&c->peer, c->peer.out) != 0) {
		bufferevent_setfd(c->bev, -1);
		bufferevent_free(c->bev);
		free(c);
		return NULL;
	}
	look_who(c, fd);
	bufferevent_setcb(c->bev, on_input, on_drained, on_event, c);
	read_more(c);
	bufferevent_setwatermark(c->bev, EV_WRITE, OUT_PAUSE / 2, 0);
	bufferevent_set_timeouts(c->bev, NULL, &slow);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	greet(c);
	return c;
}

void
rpc_conn_close(struct rpc_conn *c)
{
	if (c->peer.gone != NULL)
		c->peer.gone(c->peer.gone_arg);
	rpc_exchange_orphan(&c->peer);
	/* Its front is the bufferevent's, which is about to end. */
	evbuffer_unfreeze(c->peer.out, 1);
	evbuffer_write(c->peer.out, bufferevent_getfd(c->bev));
	evbuffer_drain(c->peer.out, not_taken(c)); /* so that it is not counted any more */
	bufferevent_free(c->bev);
	free(c);
}

/* ---- What is said unasked ---- */

void
rpc_peer_watch(struct rpc_peer *p, void (*gone)(void *arg), void *arg)
{
	p->gone = gone;
	p->gone_arg = arg;
}

bool
rpc_peer_notify(struct rpc_peer *p, const char *line, size_t len, size_t room)
{
	return evbuffer_get_length(p->out) <= room && evbuffer_add(p->out, line, len) == 0;
}
