/* SPDX-License-Identifier: Apache-2.0
 *
 * A small HTTP server over libevent's evhttp, for looking only: a table of pages, GET and
 * HEAD, no bodies, bounded headers, silence and connections.  One connection too many costs
 * the oldest one its own, so that whoever keeps some busy shuts nobody out.  Control's one
 * thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

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
};

struct http;

/* CONF is copied; what it points to must outlive the server.  NULL: errno. */
struct http *http_open(const struct http_conf *conf);
void http_close(struct http *h); /* NULL is fine; not from within a page */

/* Listen at AT, too: the port that it has become (0: AT has none), or -errno. */
int http_listen(struct http *h, const struct sockaddr *at, socklen_t len);
