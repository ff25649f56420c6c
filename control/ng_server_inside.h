/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind ng_server.h share: ng_server.c (its life, and who may ask),
 * ng_exchange.c (one message, its answer, and those who wait for it), ng_udp.c, ng_stream.c,
 * ng_http.c and ng_websocket.c (the ways in).  Nobody else's.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "control/http.h"
#include "control/ng_cache.h"
#include "control/ng_server.h"
#include "control/slice.h"

struct event;
struct ng_conn;
struct ng_web;

enum {
	NG_MESSAGE_MAX = 1 << 16, /* bytes, with the cookie */
	NG_COOKIE_MAX = 255,
	NG_WORKING_MAX = 4096, /* requests that are worked on; more are dropped */
	NG_HEADS = 1024,       /* of chains of them; a power of two */
	NG_ASKERS = 8,         /* who wait for one answer */
	NG_CONNECTIONS = 256,  /* one more costs the most silent one its own */
};

/* Who waits for an answer. */
struct ng_asker {
	/* Here it is; at NULL: there will be none.  JSON: as which it was asked for. */
	void (*answer)(const struct ng_asker *a, struct slice answer, bool json);
	const char *way; /* for logs: "udp" */
	void *of;        /* the way's: a socket, a connection */
	size_t room;     /* bytes that an answer may have, with its cookie; 0: any number */
	struct request_addr peer, local;
	uint32_t detail; /* the way's: the scope of a link-local peer, an opcode, 1: plain */
};

/* A socket that datagrams or connections come from. */
struct ng_door {
	LIST_ENTRY(ng_door) link;
	const struct ng_door_kind *kind;
	struct ng_server *server;
	int fd;
};

struct ng_door_kind {
	void (*hold)(struct ng_door *d, bool on); /* let nothing in, or again */
	void (*close)(struct ng_door *d);         /* all but its FD, and D itself */
	void (*flush)(struct ng_door *d); /* answers that wait leave; NULL: none wait */
};

struct ng_server {
	struct ng_server_conf conf;
	struct ng_network network[NG_NETWORKS];
	struct ng_counts counts;
	struct ng_cache *cache;
	struct event *swap; /* of the cache */
	LIST_HEAD(, ng_exchange) working[NG_HEADS];
	LIST_HEAD(, ng_door) doors;
	TAILQ_HEAD(, ng_conn) conns; /* streams; the most silent one first */
	unsigned n_conns;
	struct http *http; /* NULL: not over HTTP */
	struct http_service service;
	TAILQ_HEAD(, ng_web) webs; /* WebSockets; the most silent one first */
	unsigned n_webs;
	bool held;
};

/* ---- ng_server.c ---- */

/* May A ask?  Counts who may not. */
bool ng_server_admits(struct ng_server *s, const struct request_addr *a);

/* A socket of TYPE at AT: one that was handed to us, or a new one that is bound.  -errno. */
int ng_server_socket(struct ng_server *s, int type, const struct sockaddr *at, socklen_t len);

void ng_server_add(
	struct ng_server *s, struct ng_door *d, const struct ng_door_kind *kind, int fd);

/* The port that FD has, or -errno. */
int ng_server_port(int fd);

/* ---- ng_exchange.c ---- */

/* Work on MESSAGE of ASKER, which is copied; PLAIN: one without a cookie.  The message is not
 * needed any more after this.  False: it gets no answer, and ASKER is not told. */
bool ng_exchange_take(
	struct ng_server *s, struct slice message, bool plain, const struct ng_asker *asker);

/* Nobody gets an answer. */
void ng_exchange_drop_all(struct ng_server *s);

/* ---- ng_stream.c ---- */

void ng_stream_close_all(struct ng_server *s);
bool ng_stream_is_idle(const struct ng_server *s);
void ng_stream_resume(struct ng_server *s); /* those that have been held */
