/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets the generator's calls up and ends them, over the relay's admin socket, with many
 * requests under way at once; and reads what the relay says about its cores.  The generator's
 * one thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "bench/traffic.h"

enum { CALLS_NAME = 48 };

struct rpc_client;
struct calls; /* a connection and the calls made over it; when the relay has hung up since it
		 was last used, it is made again */

/* Connect to the relay's socket at PATH.  NULL after a message on stderr. */
struct calls *calls_connect(const char *path, unsigned in_flight);
void calls_close(struct calls *c); /* leaves the calls alone; NULL is fine */

/* Create CALLS[0..n): phones and their keys are given, what the relay answers is filled in.
 * INTERFACE: the relay's, of either side; NULL: its first.  Stops early when *STOP.
 * 0, or -errno after a message on stderr; calls_delete() is due in either case. */
int calls_create(struct calls *c, struct call *calls, unsigned n,
	const char *const interface[2], const volatile bool *stop);

/* End all that were created. */
int calls_delete(struct calls *c);

/* How many calls of this process the relay still knows; -errno. */
int calls_left(struct calls *c);

/* What the relay knows call number I by. */
void calls_name(char name[CALLS_NAME], unsigned i);

/* The parameters of call.create for it, the caller's. */
json_t *calls_json(unsigned i, const struct call *call, const char *const interface[2]);

/* Hand the numbers of this process's calls, as RPC's relay lists them, to EACH.  0; -errno. */
int calls_list(struct rpc_client *rpc, void (*each)(void *arg, unsigned i), void *arg);

/* Seconds that calls_create() took, from the first request to the last answer. */
double calls_setup_seconds(const struct calls *c);

/* What the relay's forwarding cores have done since they started, all of them together. */
struct relay_cores {
	double packets; /* received */
	double cycles;  /* of turns that had packets */
	struct {
		char name[16];
		double packets, cycles;
	} stage[SW_STAGES];
	unsigned stages;
	double drops[DROPS];
};

/* 0 or -errno; -EPROTO: the answer is not understood. */
int calls_read_cores(struct calls *c, struct relay_cores *cores);
