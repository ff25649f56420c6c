/* SPDX-License-Identifier: Apache-2.0
 *
 * What NG calls a call: a call-id with any number of parties, each named by a tag once it is
 * known, and the pairs of them that talk.  Each pair is one call of calls.h with two legs: leg
 * 0 is the party that made the pair's first offer.  Two pairs share nothing but the call-id,
 * so a fork is another call with ports of its own.
 *
 * Here is who is who, by the rules of the NG protocol; what they say to each other is in
 * negotiate.h, what the commands do in ng_*.c.  A pair's note (struct call's) holds all that
 * is known of it, so that a control process that replaces a killed one finds the dialogs in
 * the calls.  Pure but for memory.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/ng.h"
#include "relay/call.h"
#include "relay/negotiate.h"

enum {
	DIALOG_PARTIES = 64, /* of one dialog: more are refused */
	DIALOG_TEXT = 255,   /* bytes of a call-id, a tag, a branch, a label: longer ones are
			      * refused */
	DIALOG_NOTE = 16384, /* bytes of a note */
};

struct dialogs; /* all of this node, by call-id */

struct party {
	struct party *next;
	char *tag;          /* NULL: not known yet */
	char *label;        /* NULL: none */
	char *branch;       /* NULL: none */
	int64_t created_us; /* real time */
};

struct pair {
	struct pair *next;
	struct dialog *dialog;
	struct party *party[2];
	char call[REQUEST_ID]; /* its call's id */
	struct memo *memo;     /* as of the last request that went well */
	bool made;             /* its call is there */
	bool answered;
};

struct dialog {
	struct dialog *chain; /* of dialogs.c */
	char *call_id;
	struct party *parties; /* in the order of their coming */
	struct pair *pairs;
	int64_t created_us;     /* real time */
	int64_t last_signal_us; /* likewise */
	int64_t delete_at_ms;   /* of the clock that does not jump; 0: it is not deleted yet */
	void *waiting; /* of ng.c: requests in their order, the first is being worked on */
};

struct dialogs *dialogs_open(void); /* NULL: errno */
void dialogs_close(struct dialogs *d);
struct dialog *dialogs_find(const struct dialogs *d, struct slice call_id); /* NULL */
struct dialog *dialogs_add(struct dialogs *d, struct slice call_id); /* NULL: no memory */
void dialogs_remove(struct dialogs *d, struct dialog *of);
size_t dialogs_count(const struct dialogs *d);
/* The one behind AFTER in an order that does not change; NULL: the first, or there is none. */
struct dialog *dialogs_next(const struct dialogs *d, const struct dialog *after);

struct party *dialog_party(const struct dialog *d, struct slice tag); /* NULL */
struct pair *dialog_pair(const struct dialog *d, const struct party *a, const struct party *b);
/* The pair that the call of ID is; NULL. */
struct pair *dialogs_pair_of_call(const struct dialogs *d, const char *call);

/* Whom an offer or an answer is of, and for.  The pair, made if need be (not MADE then), and
 * in FROM which side of it made the SDP.  NULL with REASON: "Invalid dialogue association",
 * "Unknown call-id", ... */
struct pair *dialog_associate(
	struct dialogs *all, const struct ng_request *r, unsigned *from, const char **reason);

/* Which pairs a delete, or a command for one party, is about: see docs/ng.md. */
