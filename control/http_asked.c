/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that are answered later, and connections that become others; see http.h.
 *
 * When a connection ends before its request is answered, evhttp 2.1 either frees the request
 * with it, or takes it off and leaves it to us: then it has no connection any more.  A
 * connection that has become another stays evhttp's, with its request for ever unanswered, so
 * that whatever ends evhttp ends it, too. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "control/http_inside.h"

struct http_asked {
	struct evhttp_request *req; /* NULL: the connection has gone */
	struct http_conn *conn;
	void (*closed)(void *arg); /* it has become another one */
	void *arg;
};

static struct http_conn *
find_conn(struct http *h, const struct evhttp_request *req)
{
	struct evhttp_connection *evcon =
		evhttp_request_get_connection((struct evhttp_request *)(uintptr_t)req);
	struct http_conn *c;

	TAILQ_FOREACH(c, &h->conns, link)
	if (c->evcon == evcon)
		return c;
	return NULL;
}

static struct http_asked *
open_asked(struct http *h, struct evhttp_request *req)
{
	struct http_conn *c = find_conn(h, req);
	struct http_asked *a = c != NULL ? calloc(1, sizeof *a) : NULL;

	if (a == NULL)
		return NULL;
	a->req = req;
	a->conn = c;
	c->asked = a;
	return a;
}

static const struct http_post *
find_post(const struct http_service *s, const char *path)
{
	for (size_t i = 0; i < s->n_posts; i++)
		if (strcmp(s->posts[i].path, path) == 0)
			return &s->posts[i];
	return NULL;
}

static bool
wants_websocket(struct evhttp_request *req)
{
	const char *to = evhttp_find_header(evhttp_request_get_input_headers(req), "Upgrade");

	return to != NULL && strcasecmp(to, "websocket") == 0;
}

bool
http_asked_take(struct http *h, struct evhttp_request *req, const char *path)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(req);
	const struct http_service *s = h->service;
	void (*take)(void *arg, struct http_asked *a) = NULL;
	const struct http_post *post;
	struct http_asked *a;

	if (s == NULL)
		return false;
	if (method == EVHTTP_REQ_POST && (post = find_post(s, path)) != NULL)
		take = post->take;
	else if (method == EVHTTP_REQ_GET && wants_websocket(req))
		take = s->websocket;
	if (take == NULL)
		return false;
	if ((a = open_asked(h, req)) != NULL)
		take(s->arg, a);
	else
		evhttp_send_error(req, HTTP_INTERNAL, "Out of memory");
	return true;
}

void
http_asked_gone(struct http_asked *a)
{
	if (evhttp_request_get_connection(a->req) == NULL)
		evhttp_request_free(a->req);
	a->req = NULL;
	a->conn = NULL;
	if (a->closed == NULL)
		return; /* its answer is still to come */
	a->closed(a->arg);
	free(a);
}

void
http_serve(struct http *h, const struct http_service *s)
{
	h->service = s;
	evhttp_set_max_body_size(h->evhttp, s != NULL ? HTTP_BODY_MAX : 0);
}

struct slice
http_asked_body(struct http_asked *a)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(a->req);
	size_t len = evbuffer_get_length(in);

	return (struct slice){len > 0 ? (char *)evbuffer_pullup(in, -1) : "", len};
}

const char *
http_asked_header(const struct http_asked *a, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(a->req), name);
}

static void
name_end(const struct http_asked *a, struct sockaddr_storage *end,
	int (*name)(int fd, struct sockaddr *to, socklen_t *len))
{
	socklen_t len = sizeof *end;
	int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(a->conn->evcon));

	memset(end, 0, sizeof *end);
	if (name(fd, (struct sockaddr *)end, &len) != 0)
		end->ss_family = AF_UNSPEC;
}

void
http_asked_peer(const struct http_asked *a, struct sockaddr_storage *peer)
{
	name_end(a, peer, getpeername);
}

void
http_asked_here(const struct http_asked *a, struct sockaddr_storage *here)
{
	name_end(a, here, getsockname);
}

void
http_asked_reply(struct http_asked *a, int status, const char *type, struct slice body)
{
	struct evhttp_request *req = a->req;

	if (a->conn != NULL)
		a->conn->asked = NULL;
	free(a);
	if (req == NULL)
		return;
	evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type", type);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Cache-Control", "no-store");
	evbuffer_add(evhttp_request_get_output_buffer(req), body.at, body.len);
	evhttp_send_reply(req, status, NULL, NULL);
}

struct bufferevent *
http_asked_become(
	struct http_asked *a, struct slice head, void (*closed)(void *arg), void *arg)
{
	struct http_conn *c = a->conn;
	struct bufferevent *bev;

	if (c == NULL) {
		free(a);
		return NULL;
	}
	TAILQ_REMOVE(&c->http->conns, c, link);
	c->http->n--;
	c->has_become = true;
	a->closed = closed;
	a->arg = arg;
	bev = evhttp_connection_get_bufferevent(c->evcon);
	evbuffer_add(bufferevent_get_output(bev), head.at, head.len);
	return bev;
}

void
http_asked_end(struct http_asked *a)
{
	struct http_conn *c = a->conn;

	c->asked = NULL;
	free(a);
	evhttp_connection_free(c->evcon);
}
