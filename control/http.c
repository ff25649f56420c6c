/* SPDX-License-Identifier: Apache-2.0
 *
 * See http.h.  evhttp 2.1 cannot bound its connections, and shows one only with its first
 * request.  But it lets us make the bufferevent of each, and puts the connection there as the
 * argument of its callbacks; a connection that we know tells us when it ends. */
#include "control/http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "control/http_inside.h"

enum { BACKLOG = 64 };

/* ---- Connections. ---- */

static void
forget(struct http *h, struct http_conn *c)
{
	if (!c->has_become) {
		TAILQ_REMOVE(&h->conns, c, link);
		h->n--;
	}
	if (c->asked != NULL)
		http_asked_gone(c->asked);
	free(c);
}

static void
on_closed(struct evhttp_connection *evcon, void *arg)
{
	struct http_conn *c = arg;

	forget(c->http, c);
}

/* evhttp has made its connection of C's bufferevent by now, or has given it up. */
static void
meet(struct http *h, struct http_conn *c)
{
	void *evcon = NULL;

	bufferevent_getcb(c->bev, NULL, NULL, NULL, &evcon);
	bufferevent_decref(c->bev);
	c->bev = NULL;
	c->evcon = evcon;
	if (evcon != NULL)
		evhttp_connection_set_closecb(evcon, on_closed, c);
	else
		forget(h, c);
}

/* Runs right after new connections have come, before anything is read from them. */
static void
on_newcomers(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;
	struct http_conn *c, *before;

	for (c = TAILQ_LAST(&h->conns, http_conns); c != NULL && c->bev != NULL; c = before) {
		before = TAILQ_PREV(c, http_conns, link);
		meet(h, c);
	}
	while (h->n > HTTP_CONNECTIONS)
		evhttp_connection_free(TAILQ_FIRST(&h->conns)->evcon);
}

/* An evhttp bevcb: it gives the bufferevent its socket.  Without memory evhttp makes its own,
 * which is not counted, or fails likewise. */
static struct bufferevent *
on_connection(struct event_base *base, void *arg)
{
	struct http *h = arg;
	struct http_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->bev = bufferevent_socket_new(base, -1, 0);
	if (c->bev == NULL) {
		free(c);
		return NULL;
	}
	c->http = h;
	bufferevent_incref(c->bev);
	TAILQ_INSERT_TAIL(&h->conns, c, link);
	h->n++;
	event_active(h->newcomers, EV_TIMEOUT, 0);
	return c->bev;
}

/* ---- Pages. ---- */

static void
index_page(const struct http *h, FILE *body)
{
	fprintf(body, "<!doctype html>\n<title>%s</title>\n<h1>%s</h1>\n<ul>\n", h->conf.title,
		h->conf.title);
	for (size_t i = 0; i < h->conf.n_pages; i++)
		fprintf(body, "<li><a href=\"%s\">%s</a>: %s\n", h->conf.pages[i].path,
			h->conf.pages[i].path, h->conf.pages[i].help);
	for (size_t i = 0; h->service != NULL && i < h->service->n_posts; i++)
		fprintf(body, "<li>POST %s: %s\n", h->service->posts[i].path,
			h->service->posts[i].help);
	fputs("</ul>\n", body);
}

/* The status. */
static int
write_page(const struct http *h, const char *path, const char *accept, FILE *body,
	const char **type)
{
	if (strcmp(path, "/") == 0) {
		*type = "text/html; charset=utf-8";
		index_page(h, body);
		return HTTP_OK;
	}
	for (size_t i = 0; i < h->conf.n_pages; i++)
		if (strcmp(path, h->conf.pages[i].path) == 0)
			return h->conf.pages[i].write(h->conf.arg, accept, body, type);
	*type = "text/plain; charset=utf-8";
	fputs("There is no such page; / names those that exist.\n", body);
	return HTTP_NOTFOUND;
}

static void
release(const void *data, size_t len, void *text)
{
	free(text);
}

/* TEXT is the page, or to a HEAD what would be: evhttp would send it all the same.  Takes it.
 */
static int
put_body(struct evhttp_request *req, char *text, size_t size)
{
	char length[24];

	if (evhttp_request_get_command(req) != EVHTTP_REQ_HEAD)
		return evbuffer_add_reference(
			evhttp_request_get_output_buffer(req), text, size, release, text);
	snprintf(length, sizeof length, "%zu", size);
	free(text);
	return evhttp_add_header(
		evhttp_request_get_output_headers(req), "Content-Length", length);
}

static void
send_page(struct http *h, struct evhttp_request *req, const char *path, const char *accept)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);
	const char *type = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *body = open_memstream(&text, &size);
	int status = HTTP_INTERNAL;

	if (body != NULL)
		status = write_page(h, path, accept, body, &type);
	if (body == NULL || fclose(body) != 0 || put_body(req, text, size) != 0) {
		evhttp_send_error(req, HTTP_INTERNAL, "Out of memory");
		return;
	}
	evhttp_add_header(out, "Content-Type", type);
	evhttp_add_header(out, "Cache-Control", "no-store");
	evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
	evhttp_send_reply(req, status, NULL, NULL);
}

/* Does IN say in more than one way where the body ends?  evhttp takes the first length, or the
 * chunks, and a proxy in front may have taken the other: RFC 9112 section 6.3. */
static bool
is_ambiguous(const struct evkeyvalq *in)
{
	const char *first = evhttp_find_header(in, "Content-Length");
	const struct evkeyval *header;

	if (first == NULL)
		return false;
	TAILQ_FOREACH(header, in, next)
	if (strcasecmp(header->key, "Transfer-Encoding") == 0 ||
		(strcasecmp(header->key, "Content-Length") == 0 &&
			strcmp(header->value, first) != 0))
		return true;
	return false;
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	struct http *h = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	enum evhttp_cmd_type method = evhttp_request_get_command(req);

	if (is_ambiguous(evhttp_request_get_input_headers(req))) {
		evhttp_send_error(req, HTTP_BADREQUEST, NULL); /* and the connection ends */
		return;
	}
	if (path != NULL && http_asked_take(h, req, path))
		return;
	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
		evhttp_add_header(
			evhttp_request_get_output_headers(req), "Allow", "GET, HEAD");
		evhttp_send_reply(req, HTTP_BADMETHOD, NULL, NULL);
		return;
	}
	send_page(h, req, path != NULL && path[0] != '\0' ? path : "/",
		evhttp_find_header(evhttp_request_get_input_headers(req), "Accept"));
}

/* ---- The server. ---- */

struct http *
http_open(const struct http_conf *conf)
{
	struct http *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->conf = *conf;
	TAILQ_INIT(&h->conns);
	h->newcomers = evtimer_new(conf->base, on_newcomers, h);
	if (h->newcomers == NULL)
		goto no_event;
	h->evhttp = evhttp_new(conf->base);
	if (h->evhttp == NULL)
		goto no_evhttp;
	evhttp_set_max_headers_size(h->evhttp, HTTP_HEADERS_MAX);
	evhttp_set_max_body_size(h->evhttp, 0);
	evhttp_set_timeout(h->evhttp, HTTP_SILENCE_S);
	/* All that it knows, so that on_request() may say what is allowed. */
	evhttp_set_allowed_methods(h->evhttp, UINT16_MAX);
	evhttp_set_bevcb(h->evhttp, on_connection, h);
	evhttp_set_gencb(h->evhttp, on_request, h);
	return h;

no_evhttp:
	event_free(h->newcomers);
no_event:
	free(h);
	return NULL;
}

static int
port_of(evutil_socket_t fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = {0};
	socklen_t len = sizeof at;

	if (getsockname(fd, &at.any, &len) != 0)
		return -errno;
	if (at.any.sa_family == AF_INET)
		return ntohs(at.v4.sin_port);
	return at.any.sa_family == AF_INET6 ? ntohs(at.v6.sin6_port) : 0;
}

int
http_listen(struct http *h, const struct sockaddr *at, socklen_t len)
{
	unsigned own = at->sa_family == AF_INET6 ? LEV_OPT_BIND_IPV6ONLY : 0;
	struct evconnlistener *l = evconnlistener_new_bind(h->conf.base, NULL, NULL,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE | own,
		BACKLOG, at, (int)len);

	if (l == NULL)
		return -errno;
	if (evhttp_bind_listener(h->evhttp, l) == NULL) {
		evconnlistener_free(l);
		return -ENOMEM;
	}
	return port_of(evconnlistener_get_fd(l));
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	on_newcomers(-1, 0, h);
	evhttp_free(h->evhttp); /* and all connections, which say so */
	event_free(h->newcomers);
	free(h);
}
