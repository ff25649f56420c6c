/* SPDX-License-Identifier: Apache-2.0
 *
 * What http.c (connections and pages) and http_asked.c (requests that are answered later)
 * share.  Nobody else's.  Control's one thread. */
#pragma once

#include <event2/http.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "control/http.h"

struct http_conn {
	TAILQ_ENTRY(http_conn) link;
	struct http *http;
	struct bufferevent *bev;         /* with a reference of ours, until we know ... */
	struct evhttp_connection *evcon; /* ... what evhttp has made of it */
	struct http_asked *asked;        /* its request, which waits; NULL: none does */
	bool has_become;                 /* of another protocol: in no list, and not counted */
};

struct http {
	struct http_conf conf;
	const struct http_service *service; /* NULL: pages only */
	struct evhttp *evhttp;
	struct event *newcomers;
	TAILQ_HEAD(http_conns, http_conn) conns; /* the oldest first */
	unsigned n;
};

/* Has the service taken REQ, for PATH? */
bool http_asked_take(struct http *h, struct evhttp_request *req, const char *path);

/* The connection of A is about to end. */
void http_asked_gone(struct http_asked *a);
