/* SPDX-License-Identifier: Apache-2.0
 *
 * A small HTTP server over libevent's evhttp: a table of pages to look at, by GET and HEAD,
 * and perhaps somebody who takes POSTs and connections of other protocols (http_serve()).
 * Heads, bodies, silence and connections are bounded.  One connection too many costs the
 * oldest one its own, so that whoever keeps some busy shuts nobody out.  Control's one thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "control/slice.h"

struct bufferevent;
struct event_base;

struct http_page {
	const char *path; /* "/metrics" */
	const char *help; /* for the index, which is at "/" */
	/* Write the page into BODY.  ACCEPT: the request's header; NULL: none.  TYPE gets the
	 * content's type, a constant.  The status: 200. */
	int (*write)(void *arg, const char *accept, FILE *body, const char **type);
};

struct http_conf {
	struct event_base *base;
	const char *title; /* of the index */
	const struct http_page *pages;
	size_t n_pages;
	void *arg; /* of the pages */
};

enum {
	HTTP_CONNECTIONS = 16,   /* what these ask for in one turn delays everybody else */
	HTTP_HEADERS_MAX = 8192, /* bytes of a request's head */
	HTTP_SILENCE_S = 15,     /* we hang up on who says, or takes, nothing for so long */
	HTTP_BODY_MAX = 1 << 16, /* bytes of a POST */
};

struct http;

/* CONF is copied; what it points to must outlive the server.  NULL: errno. */
struct http *http_open(const struct http_conf *conf);
void http_close(struct http *h); /* NULL is fine; not from within a page */

/* Listen at AT, too: the port that it has become (0: AT has none), or -errno. */
int http_listen(struct http *h, const struct sockaddr *at, socklen_t len);

/* ---- More than looking. ---- */

/* A request that waits for its answer, or has become a connection of another protocol. */
struct http_asked;

struct http_post {
	const char *path;
	const char *help; /* for the index */
	/* Ends with http_asked_reply(), once, before it returns or later. */
	void (*take)(void *arg, struct http_asked *a);
};

struct http_service {
	const struct http_post *posts;
	size_t n_posts;
	/* A GET of any path whose Upgrade names WebSocket; ends with http_asked_reply(), or
	 * begins with http_asked_become().  NULL: such a GET is one like others. */
	void (*websocket)(void *arg, struct http_asked *a);
	void *arg;
};

/* S, which is not copied, serves from now on; NULL: nobody does.  Whoever waits for an answer
 * still gets it from who had taken the request. */
void http_serve(struct http *h, const struct http_service *s);

/* Its body, and the header field NAME (NULL: it has none), as long as A is not answered. */
struct slice http_asked_body(struct http_asked *a);
const char *http_asked_header(const struct http_asked *a, const char *name);
/* The addresses of who asks, and that it was asked at; neither: AF_UNSPEC. */
void http_asked_peer(const struct http_asked *a, struct sockaddr_storage *peer);
void http_asked_here(const struct http_asked *a, struct sockaddr_storage *here);

/* Answer A, which is gone then.  TYPE: of the content. */
void http_asked_reply(struct http_asked *a, int status, const char *type, struct slice body);

/* Say HEAD, a whole response, and have the connection: it is not counted among those of HTTP
 * any more.  The caller sets its callbacks, and does not free it: http_asked_end() does, and A
 * is gone then.  CLOSED: the server ends it, and A is gone after that.  NULL: the connection
 * has gone, and so has A. */
struct bufferevent *http_asked_become(
	struct http_asked *a, struct slice head, void (*closed)(void *arg), void *arg);
void http_asked_end(struct http_asked *a);
