/* SPDX-License-Identifier: Apache-2.0
 *
 * The NG protocol's ways in: UDP, TCP and Unix sockets, HTTP POST and WebSocket; framing, the
 * cookie, the form (bencode or JSON), the cache of answers, and who may ask at all.  A request
 * becomes a dictionary, which a handler answers now or later.
 *
 * Answers are kept by source address (without its port) and cookie, 30 to 60 s, or less when
 * they are more than 131,072 or 96 MiB; a copy of a request whose bytes are the same gets the
 * same answer, also while that is being made; the same cookie with other bytes is another
 * request.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "control/request.h"
#include "control/value.h"

struct event_base;
struct http;

/* One request from its arrival to its answer. */
struct ng_exchange;

/* Answer X by ng_exchange_reply(), exactly once, before this returns or later.  REQUEST, a
 * dictionary, and whatever is taken from ng_exchange_arena() live until then. */
typedef void ng_handler(void *arg, struct ng_exchange *x, const struct value *request);

struct arena *ng_exchange_arena(struct ng_exchange *x);
const char *ng_exchange_source(struct ng_exchange *x); /* for logs: "udp 127.0.0.1:5060" */

/* Who has asked; family 0: somebody at a Unix socket. */
const struct request_addr *ng_exchange_peer(const struct ng_exchange *x);

/* Send ANSWER in the form that was asked in; X is gone.  ANSWER NULL or broken: an error
 * "out of memory".  For a client that has left it is dropped. */
void ng_exchange_reply(struct ng_exchange *x, const struct value *answer);

/* Likewise; but if ANSWER is longer than the way back allows, as a datagram does, SHORTER is
 * sent (NULL: an error that says so). */
void ng_exchange_reply_or(
	struct ng_exchange *x, const struct value *answer, const struct value *shorter);

/* May X be answered with ANSWER, as far as its length goes?  False of a broken one, too. */
bool ng_exchange_fits(struct ng_exchange *x, const struct value *answer);

/* The same with an error's text. */
void ng_exchange_fail(struct ng_exchange *x, const char *reason);

struct ng_network {
	struct request_addr addr; /* port 0 */
	uint8_t bits;
};

enum { NG_NETWORKS = 64 };

struct ng_server_conf {
	struct event_base *base;
	ng_handler *handler;
	void *arg;
	/* Who may ask over UDP, TCP and HTTP; loopback may always.  Copied. */
	const struct ng_network *networks;
	size_t n_networks;
	/* Sockets that another program has listened at, until it became this one.  Whoever
	 * wants to listen at the address of one gets it, and -1 stands in its place. */
	int *handed;
	size_t n_handed;
};

struct ng_server;

/* Counters since it was opened. */
struct ng_counts {
	uint64_t requests, answers, repeats; /* repeats: answered from the cache, or by the one
					      * that is being made */
	uint64_t refused_source;             /* of no network that may ask; got no answer */
	uint64_t malformed;                  /* got an error, or (without a cookie) none */
	uint64_t overload; /* too many were being worked on: dropped, the client repeats */
	uint64_t waiting;  /* being worked on now */
};

struct ng_server *ng_server_open(const struct ng_server_conf *conf); /* NULL: errno */
void ng_server_close(struct ng_server *s); /* requests that wait get no answer; NULL is fine */
const struct ng_counts *ng_server_counts(const struct ng_server *s);

/* Other networks may ask from now on. */
void ng_server_networks(struct ng_server *s, const struct ng_network *networks, size_t n);

/* Once a turn of the event loop, after its events: answers that wait for that leave.
 * NULL is fine. */
void ng_server_flush(struct ng_server *s);

/* Take nothing in, and then again: what was sent meanwhile waits in the kernel.  It is idle
 * when all is answered that was taken, and all answers have left. */
void ng_server_pause(struct ng_server *s);
void ng_server_resume(struct ng_server *s);
bool ng_server_is_idle(const struct ng_server *s);

/* The sockets that it listens at, to be handed to the next program: at most ROOM of them in
 * FD. How many.  They stay the server's. */
size_t ng_server_sockets(const struct ng_server *s, int *fd, size_t room);

/* Listen at AT, too.  The port that it has become, or -errno. */
int ng_server_udp(struct ng_server *s, const struct request_addr *at);
int ng_server_tcp(struct ng_server *s, const struct request_addr *at);
/* At a Unix stream socket, of group GROUP (-1: as it comes; one that it cannot be given to is
 * a warning): bencode, or JSON objects of one line each. */
int ng_server_unix(struct ng_server *s, const char *path, unsigned mode, gid_t group);

/* Where H (http.h) listens, too: POST /ng and /ng-plain, and WebSocket.  NULL: not any more,
 * which must be said before H is closed. */
void ng_server_http(struct ng_server *s, struct http *h);
