/* SPDX-License-Identifier: Apache-2.0
 *
 * An RPC server with methods of no use, in a process of its own, for the tests of server,
 * client and strowger-ctl. */
#pragma once

#include <sys/types.h>

#include "control/rpc.h"

struct toy {
	pid_t pid;
	char dir[32];
	char path[64]; /* of its socket */
	int log;       /* its stderr, readable once it has ended */
};

/* toy.echo {text}; toy.add {a, b}; toy.later {ms}: answers then; toy.big {bytes}: answers with
 * so many; toy.fail; toy.bye; toy.legs: parameters like those of a call. */
extern const struct rpc_method toy_methods[];
extern const size_t toy_n_methods;

/* Serve METHODS at the new t->path until toy_stop(). */
void toy_start(struct toy *t, const struct rpc_method *methods, size_t n);

/* As its user wishes: with SIGTERM.  It must have closed everything and leaked nothing. */
void toy_stop(struct toy *t);
