/* SPDX-License-Identifier: Apache-2.0
 *
 * Two parties and their call, without dialogs, a switch and sockets: what a request asks of
 * the call is done to it at once, and its streams get places as the switch would give them.
 * Of two interfaces: "pub" (10.99.1.1, fd00:99:1::1), which is the default, and "priv"
 * (10.99.2.1). */
#pragma once

#include <stdbool.h>

#include "control/arena.h"
#include "control/ng.h"
#include "relay/negotiate.h"

struct ng_pair {
	struct call *call; /* NULL: none yet */
	struct memo *memo;
	uint16_t next_port;
	bool alone; /* party 0 publishes: an offer of it, for nobody */
	const struct sw_state *node;
	const struct config *conf;    /* what its interfaces are called; NULL: as it says */
	uint16_t families[CALL_LEGS]; /* that were asked for last */
};

void ng_pair_open(struct ng_pair *p);
void ng_pair_close(struct ng_pair *p);

/* Request R of party FROM: what the other one is told, in A; or at NULL and REASON.  Between
 * both halves the memo becomes bytes and is read again. */
struct slice ng_pair_ask(struct ng_pair *p, const struct ng_request *r, bool answer,
	unsigned from, struct arena *a, const char **reason);
