/* SPDX-License-Identifier: Apache-2.0
 *
 * An RPC server with methods of no use, in a process of its own, for the tests of server,
 * client and strowger-ctl. */
#pragma once

#include <sys/types.h>

#include "control/events.h"
#include "control/rpc.h"

struct toy {
	pid_t pid;
	char dir[64];
	char paths[RPC_ROLES][96]; /* of its sockets */
	const char *path;          /* of admin's */
	unsigned patience_ms;      /* set before it starts; 0: as the server likes */
	size_t owed_max;           /* likewise */
	int log;                   /* its stderr, readable once it has ended */
};

/* toy.echo {text}; toy.add {a, b}; toy.later {ms}: answers then; toy.wait {ms}: likewise, but
 * can be withdrawn before; toy.count {ms}; toy.counted; toy.big {bytes}: answers with so many;
 * toy.fail; toy.bye; toy.legs: parameters like those of a call; toy.watch {events, calls} and
 * toy.happen {times, call}: so many toy.played, then a toy.broken. */
extern const struct rpc_method toy_methods[];
extern const size_t toy_n_methods;
extern const struct event_kind toy_events[];

/* For a server of them in this process: what they need, and what the server is told. */
void toy_open(struct event_base *base);
void toy_close(void);
struct rpc_server_conf toy_conf(
	const struct toy *t, const struct rpc_method *methods, size_t n);

/* Serve METHODS at the new t->path until toy_stop(). */
void toy_start(struct toy *t, const struct rpc_method *methods, size_t n);

/* As its user wishes: with SIGTERM.  It must have closed everything and leaked nothing. */
void toy_stop(struct toy *t);
