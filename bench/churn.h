/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that come and go while others talk, and whether the relay's list of calls is what it
 * must be.  When the relay hangs up (somebody has killed it) the connection is made again; a
 * request whose answer that has swallowed may have been done or not, any other must have been.
 * After each new connection, and at the end, the list must name every call that was created
 * and not deleted, and no other.  A thread of its own, which shares nothing until it has
 * ended. */
#pragma once

#include <stdint.h>

#include "bench/load.h"
#include "bench/traffic.h"

enum { CHURN_ANSWERS = 256 };

struct churn_conf {
	const struct load_conf *load;
	struct call phones; /* the parties of all these calls; nobody speaks */
};

struct churn_tally {
	uint64_t created, deleted;
	uint64_t refused;    /* requests that were answered by an error */
	uint64_t unanswered; /* requests that were under way when the relay hung up */
	uint64_t lists;      /* times that the list was compared */
	uint64_t gone;       /* calls that it lacked */
	uint64_t ghosts;     /* calls that it had, and that must not be */
	/* From noticing that the relay has hung up to the first answer of its successor. */
	uint64_t answer_ns[CHURN_ANSWERS];
	unsigned answers;
};

struct churn;

/* From now on; the first LOAD->calls calls are the caller's, and must be listed, too.
 * NULL: errno. */
struct churn *churn_start(const struct churn_conf *conf);

/* Compare the list once more, delete what it has made, and end.  C is gone. */
void churn_stop(struct churn *c, struct churn_tally *tally);
