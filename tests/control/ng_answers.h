/* SPDX-License-Identifier: Apache-2.0
 *
 * The requests with an SDP in tests/vectors/ng, and what rtpengine 26.3 answered. */
#pragma once

#include "control/value.h"

struct ng_answer {
	const char *name; /* of the case */
	int step;
	const struct value *request;
	const char *asked, *answer; /* the SDP of both; "" without one */
	struct arena *arena;        /* of all this */
};

/* Show each to SEE, until that returns.  How many there were.  The environment's VECTORS is
 * their folder. */
unsigned ng_answers(void (*see)(const struct ng_answer *a));
