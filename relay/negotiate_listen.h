/* SPDX-License-Identifier: Apache-2.0
 *
 * What a listener (struct listener) is offered and what it answers: it hears copies of what
 * parties of one call send, each stream of theirs by an m= line of its own.  Nothing of it is
 * kept but in the call.  For ng_subscribe.c.  Pure; control's one thread. */
#pragma once

#include "relay/negotiate.h"

struct listening {
	const struct ng_request *request;
	const struct sw_state *node; /* whose interfaces there are; NULL: any may be */
	const struct config *conf;   /* what they are called; only with NODE */
	struct arena *arena;
	const char *tag; /* the listener's; shorter than REQUEST_NAME */
	int64_t now_us;  /* real time, which numbers what is offered */
};

/* ASKED, which is all zeros, becomes, but for its id, what makes a listener to what those legs
 * of CALL send whose bits are set in LEGS; one that listens already goes on listening to what
 * it did.  0; -EINVAL and REASON. */
int listening_ask(const struct listening *l, const struct call *call, unsigned legs,
	struct call_request *asked, const char **reason);

/* The SDP that it is offered now that CALL, with MEMO, is so; in the arena.  at NULL: no
 * memory.
 */
struct slice listening_offer(
	const struct listening *l, const struct call *call, struct slice memo);

/* ASKED, likewise, becomes what follows from its answer, the request's SDP.  As above. */
int listening_answer(const struct listening *l, const struct call *call,
	struct call_request *asked, const char **reason);
