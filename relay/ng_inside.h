/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind ng.h share: ng.c (requests in and answers out, in order), ng_offer.c,
 * ng_delete.c, ng_note.c, ng_life.c (calls that end by themselves), ng_recover.c, ng_party.c,
 * ng_subscribe.c, ng_statistics.c.  Nobody else's.
 * Control's one thread. */
#pragma once

#include <time.h>

#include "control/fault.h"
#include "relay/calls.h"
#include "relay/dialog.h"
#include "relay/ng.h"
#include "relay/seen.h"

struct ng {
	struct ng_conf conf;
	struct dialogs *dialogs;
	struct ng_life *life;
	bool stopped;
	int64_t opened_us; /* of the clock that does not jump */
	uint64_t unknown_keys;
	uint64_t instance; /* of the switch's state, and as text, which ng_offer.c keeps */
	char instance_text[17];
	struct ng_tally tally[NG_COMMANDS];
	struct seen_limit log_limit;
	struct ng_callbacks *callbacks;
};

/* By the clock that does not jump, to a tick of the kernel: that costs a quarter. */
static inline int64_t
ng_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* ---- ng.c ---- */

/* W could not be done for FAULT. */
void ng_fault(struct ng_work *w, const struct fault *fault);

/* A tag, or a call-id, that nobody else has: hexadecimal, as long as those of rtpengine.  at
 * NULL: no memory. */
enum { NG_ID = 64 };
struct slice ng_make_id(struct arena *a);

/* ---- ng_recover.c ---- */

/* CALL, which has a note, is a dialog's. */
void ng_recover_call(struct ng *ng, const struct call *call);

/* ---- ng_note.c ---- */

/* What is known of PAIR goes into its call's note, for who comes after us.  DONE is told; of a
 * note that cannot be made, too. */
void ng_write_down(struct ng *ng, const struct pair *pair, calls_done *done, void *arg);
/* Likewise of all pairs of PARTY in D but for EXCEPT, which may be NULL: their notes tell of
 * it, too.  *PENDING is one more before each of them. */
void ng_write_down_of(struct ng *ng, const struct dialog *d, const struct party *party,
	const struct pair *except, unsigned *pending, calls_done *done, void *arg);
/* See to the note of PAIR if it is owed.  Not while a request of its dialog is worked on, for
 * that may yet be undone. */
void ng_settle_note(struct ng *ng, struct pair *pair);

/* ---- ng_life.c ---- */

/* PAIR has been asked for, or is to be deleted: see when it ends by itself.  It may be gone
 * when this returns. */
void ng_life_watch(struct ng *ng, struct pair *pair);
void ng_life_forget(struct ng *ng, struct pair *pair);
int ng_life_open(struct ng *ng);   /* 0; -ENOMEM */
void ng_life_close(struct ng *ng); /* nobody is watched any more */
/* What asks for the call of PAIR is to tell it that nothing but NG ends it. */
void ng_life_ask(struct call_request *asked);
/* For who hears what became of a note, while a request of D is worked on: where FAULT says
 * that a note could not be written, of a call that is still there, all of D's are written once
 * more, later, and again until they are.  NULL: it was written. */
void ng_owe_notes(struct ng *ng, struct dialog *d, const struct fault *fault);
