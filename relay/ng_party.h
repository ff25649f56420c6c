/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands such as `block media`: whom they are about, and what they ask of a call.  A command
 * is for all parties of a dialog; for one, called by its label, by the address of its media,
 * or, when it is "directional", by its tag; or for what one sends to another.  Pure, but for
 * memory.  Control's one thread. */
#pragma once

#include <stdbool.h>

#include "control/request.h"
#include "relay/dialog.h"

struct calls;

struct ng_parties {
	const struct party *from; /* NULL: all */
	const struct party *to;   /* whom FROM sends it to; NULL: all */
};

/* Why R can not be for whom its key `all` says; NULL: it can. */
const char *ng_whom_refusal(const struct ng_request *r);

/* Whom R is about.  0; -EINVAL and REASON. */
int ng_parties_find(struct ng_parties *who, const struct dialog *d, const struct calls *calls,
	const struct ng_request *r, const char **reason);

/* Which streams of the parties of a pair are marked: bit n, stream n. */
struct ng_marks {
	uint8_t of[2];
};

/* ASKED, which is all zeros, gets what COMMAND (block, unblock, silence, unsilence media)
 * about WHO changes in CALL, which is PAIR's, or, with BACK, what is to be as that says.
 * False: nothing. */
bool ng_parties_ask(struct call_request *asked, const struct ng_parties *who,
	enum ng_command command, const struct ng_marks *back, const struct pair *pair,
	const struct call *call);
