/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a dialog, as the answer of `query` and of `delete` says it: who is there,
 * with whom, by which addresses, and what was counted.  The spelling and the order of keys are
 * those of rtpengine 26.3, which accounting scripts read.  Control's one thread. */
#pragma once

#include "control/arena.h"
#include "control/value.h"

struct calls;
struct dialog;
struct party;
struct switch_client;

/* Into ANSWER, all but its "result", which stands behind: of all parties of D, or of ONLY and
 * whom it talks with.  The calls of D's pairs are looked up among CALLS; one that is not there
 * any more has counted nothing.  CLIENT: whose counters. */
void ng_query_put(struct arena *a, struct value *answer, const struct dialog *d,
	const struct calls *calls, const struct switch_client *client,
	const struct party *only);
