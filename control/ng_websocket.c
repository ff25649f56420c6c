/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_websocket.h: the connection, over evhttp's bufferevent.  Answers come as text or as
 * binary, whichever the request was. */
#include "control/ng_websocket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/http.h"
#include "control/ng_server_inside.h"

enum {
	OWES_MAX = 64,       /* requests of one connection that are worked on */
	OUT_PAUSE = 1 << 18, /* bytes that it has not taken yet; we do not read on */
	OUT_MAX = 4 << 20,   /* likewise; we hang up */
	PATIENCE_S = 30,     /* that it may take nothing for */
	SILENCE_S = 3600,    /* that it may say nothing for */
};

struct ng_web {
	TAILQ_ENTRY(ng_web) link;
	struct ng_server *server;
	struct http_asked *asked; /* its connection; NULL: gone, it lasts while it is owed */
	struct bufferevent *bev;
	struct ng_asker asker; /* of all its requests */
	bool plain;
	struct websocket order;
	uint8_t opcode;           /* of the message that has begun */
	struct evbuffer *message; /* what of it has come */
	unsigned owes;            /* answers */
	bool busy;                /* its input is being looked at */
	bool closing;             /* nothing more is said but what waits to leave */
	bool cut;
};

static size_t
not_taken(const struct ng_web *w)
{
	return evbuffer_get_length(bufferevent_get_output(w->bev));
}

static bool
must_pause(const struct ng_web *w)
{
	return w->server->held || w->owes >= OWES_MAX || not_taken(w) >= OUT_PAUSE;
}

/* ---- Its end. ---- */

static void
leave(struct ng_web *w)
{
	w->asked = NULL;
	w->bev = NULL;
	TAILQ_REMOVE(&w->server->webs, w, link);
	w->server->n_webs--;
}

static void
settle(struct ng_web *w)
{
	struct http_asked *asked = w->asked;

	if (w->busy)
		return;
	if (asked != NULL && (w->cut || (w->closing && not_taken(w) == 0))) {
		leave(w);
		http_asked_end(asked);
	}
	if (w->asked == NULL && w->owes == 0) {
		evbuffer_free(w->message);
		free(w);
	}
}

/* The HTTP server ends it. */
static void
on_closed(void *arg)
{
	struct ng_web *w = arg;

	leave(w);
	settle(w);
}

/* ---- Out. ---- */

static void
put(struct ng_web *w, enum websocket_opcode opcode, const void *bytes, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(w->bev);
	uint8_t head[WEBSOCKET_HEAD_OUT];
	size_t size = websocket_write_head(head, opcode, len);

	if (w->closing)
		return;
	if (not_taken(w) + len > OUT_MAX || evbuffer_add(out, head, size) != 0 ||
		evbuffer_add(out, bytes, len) != 0)
		w->cut = true;
}

static void
say_close(struct ng_web *w, enum websocket_status status)
{
	const uint8_t code[2] = {(uint8_t)(status >> 8), (uint8_t)status};

	put(w, WEBSOCKET_CLOSE, code, sizeof code);
	w->closing = true;
}

static void
answer(const struct ng_asker *a, struct slice bytes, bool json)
{
	struct ng_web *w = a->of;
	bool paused = w->bev != NULL && must_pause(w);

	w->owes--;
	if (w->bev != NULL && bytes.at != NULL)
		put(w, (enum websocket_opcode)a->detail, bytes.at, bytes.len);
	if (paused && w->bev != NULL && !must_pause(w))
		bufferevent_trigger(w->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	settle(w);
}

/* ---- In. ---- */

static void
take_message(struct ng_web *w)
{
	size_t len = evbuffer_get_length(w->message);
	char *text = len > 0 ? (char *)evbuffer_pullup(w->message, -1) : NULL;
	struct ng_asker asker = w->asker;

	asker.detail = w->opcode;
	w->owes++;
	if (!ng_exchange_take(w->server,
		    (struct slice){text != NULL ? text : "", text != NULL ? len : 0}, w->plain,
		    &asker))
		w->owes--; /* no answer, as over UDP */
	if (text != NULL)
		explicit_bzero(text, len);
	evbuffer_drain(w->message, len);
}

static void
take_control(struct ng_web *w, uint8_t opcode, const uint8_t *bytes, size_t len)
{
	if (opcode == WEBSOCKET_PING)
		put(w, WEBSOCKET_PONG, bytes, len);
	else if (opcode == WEBSOCKET_CLOSE)
		say_close(w, WEBSOCKET_NORMAL);
}

/* A whole frame, with its head H, at BYTES. */
static void
take_frame(struct ng_web *w, const struct websocket_head *h, uint8_t *bytes)
{
	websocket_mask(bytes + h->size, h->len, h->mask);
	if (h->opcode >= WEBSOCKET_CLOSE) {
		take_control(w, h->opcode, bytes + h->size, h->len);
		return;
	}
	if (h->opcode != WEBSOCKET_MORE)
		w->opcode = h->opcode;
	if (evbuffer_add(w->message, bytes + h->size, h->len) != 0)
		w->cut = true;
	else if (h->last)
		take_message(w);
}

/* Deal with the next frame, if it is there. */
static bool
next_frame(struct ng_web *w, struct evbuffer *in)
{
	struct websocket order = w->order;
	struct websocket_head h;
	uint8_t head[WEBSOCKET_HEAD], *bytes;
	ssize_t len = evbuffer_copyout(in, head, sizeof head);
	int err = len > 0 ? websocket_read_head(head, (size_t)len, &h) : 0;

	if (err == 0)
		return false;
	if (err < 0 || (err = websocket_take(&order, &h, NG_MESSAGE_MAX)) != 0) {
		say_close(w, err == -EMSGSIZE ? WEBSOCKET_TOO_LONG : WEBSOCKET_WRONG);
		return false;
	}
	if (evbuffer_get_length(in) < h.size + h.len)
		return false;
	w->order = order;
	if ((bytes = evbuffer_pullup(in, (ev_ssize_t)(h.size + h.len))) == NULL) {
		w->cut = true;
		return false;
	}
	take_frame(w, &h, bytes);
	explicit_bzero(bytes, h.size + h.len); /* a key may stand there */
	evbuffer_drain(in, h.size + h.len);
	return !w->cut;
}

static void
on_input(struct bufferevent *bev, void *arg)
{
	struct ng_web *w = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	TAILQ_REMOVE(&w->server->webs, w, link);
	TAILQ_INSERT_TAIL(&w->server->webs, w, link);
	w->busy = true;
	while (!w->closing && !must_pause(w) && next_frame(w, in))
		;
	if (w->closing)
		evbuffer_drain(in, evbuffer_get_length(in));
	w->busy = false;
	settle(w);
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
	struct ng_web *w = arg;

	w->cut = true;
	settle(w);
}

/* ---- Its beginning. ---- */

static struct slice
handshake(char *text, size_t size, const char *protocol, const char *accept)
{
	int len = snprintf(text, size,
		"HTTP/1.1 101 Switching Protocols\r\n"
		"Upgrade: websocket\r\n"
		"Connection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n"
		"Sec-WebSocket-Protocol: %s\r\n\r\n",
		accept, protocol);

	return (struct slice){text, (size_t)len};
}

static void
listen_to(struct ng_web *w)
{
	static const struct timeval patience = {.tv_sec = PATIENCE_S};
	static const struct timeval silence = {.tv_sec = SILENCE_S};

	bufferevent_setcb(w->bev, on_input, on_output, on_event, w);
	bufferevent_setwatermark(w->bev, EV_READ, 0, NG_MESSAGE_MAX * 2);
	bufferevent_setwatermark(w->bev, EV_WRITE, 0, 0);
	bufferevent_set_timeouts(w->bev, &silence, &patience);
	bufferevent_enable(w->bev, EV_READ | EV_WRITE);
	/* What came right behind the handshake. */
	bufferevent_trigger(w->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

void
ng_websocket_open(struct ng_server *s, struct http_asked *a, const char *protocol, bool plain,
	const char accept[WEBSOCKET_ACCEPT], const struct request_addr *peer)
{
	struct ng_web *w = calloc(1, sizeof *w), *oldest;
	char text[256];

	if (w == NULL || (w->message = evbuffer_new()) == NULL) {
		free(w);
		http_asked_reply(a, 503, "text/plain", SLICE("Out of memory.\n"));
		return;
	}
	w->server = s;
	w->plain = plain;
	w->asker = (struct ng_asker){
		.answer = answer, .way = "websocket", .of = w, .peer = *peer};
	w->bev = http_asked_become(
		a, handshake(text, sizeof text, protocol, accept), on_closed, w);
	if (w->bev == NULL) {
		evbuffer_free(w->message);
		free(w);
		return;
	}
	w->asked = a;
	listen_to(w);
	TAILQ_INSERT_TAIL(&s->webs, w, link);
	if (++s->n_webs > NG_CONNECTIONS) {
		oldest = TAILQ_FIRST(&s->webs);
		oldest->cut = true;
		settle(oldest);
	}
}

void
ng_websocket_close_all(struct ng_server *s)
{
	struct ng_web *w;

	while ((w = TAILQ_FIRST(&s->webs)) != NULL) {
		w->cut = true;
		settle(w);
	}
}

void
ng_websocket_resume(struct ng_server *s)
{
	struct ng_web *w;

	TAILQ_FOREACH(w, &s->webs, link)
	bufferevent_trigger(w->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}
