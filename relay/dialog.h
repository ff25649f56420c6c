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
 * the calls; the memo lies nowhere else.  Pure but for memory.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/ng.h"
#include "relay/call.h"
#include "relay/negotiate.h"

enum {
	DIALOG_PARTIES = 64, /* of one dialog: more are refused */
	DIALOG_PAIRS = 64,
	DIALOG_FORMER = 8,   /* tags of one party that it had before */
	DIALOG_TEXT = 255,   /* bytes of a call-id, a tag, a branch, a label: longer ones are
			      * refused */
	DIALOG_NOTE = 16384, /* bytes of a note */
};

struct dialogs; /* all of this node, by call-id */
struct ng_work;

struct party {
	struct party *next;
	char *tag;          /* NULL: not known yet */
	char **former;      /* DIALOG_FORMER tags that others may still call it by, the newest
			     * first; NULL: no more.  NULL: it never had another */
	char *label;        /* NULL: none */
	char *branch;       /* NULL: none */
	int64_t created_us; /* real time; no other's of the dialog */
	int64_t noted_us;   /* when what was restored of it was signalled */
};

struct pair {
	struct pair *next;
	struct dialog *dialog;
	struct party *party[2];
	bool made; /* its call is there; without it goes when no request is worked on */
	bool answered;
	bool end_told;        /* ng_life.c: who is to be has been told of its end */
	bool note_owed;       /* ng_note.c: its note could not be written, or another's here */
	int64_t signalled_us; /* real time */
	int64_t changed_ms;   /* when it was last asked for, of the clock that does not jump */
	int64_t delete_at_us; /* real time, over a kill; 0: it is not deleted yet */
	struct {
		struct pair *next;
		struct pair **link; /* what points to the pair; NULL: it is not watched */
	} watch;                    /* of ng_life.c */
	char call[];                /* its call's id, NUL-ended, shorter than REQUEST_ID */
};

struct dialog {
	struct dialog *chain, *before, *next; /* of dialogs.c */
	uint64_t hash;
	char *call_id;
	char *callback; /* address of who is told when it times out; NULL: nobody said */
	struct party *parties;  /* in the order of their coming */
	struct pair *pairs;     /* who was signalled last is first */
	int64_t created_us;     /* real time */
	int64_t last_signal_us; /* likewise */
	/* Of ng.c: requests in their order, the first is being worked on. */
	struct ng_work *waiting, **waiting_end;
	unsigned waits;
};

/* ---- dialogs.c ---- */

struct dialogs *dialogs_open(void); /* NULL: errno */
void dialogs_close(struct dialogs *d);
struct dialog *dialogs_find(const struct dialogs *d, struct slice call_id); /* NULL */
/* NULL with errno: EINVAL (longer than DIALOG_TEXT, empty or with a NUL in it), ENOMEM. */
struct dialog *dialogs_add(struct dialogs *d, struct slice call_id);
/* With all its parties and pairs. */
void dialogs_remove(struct dialogs *d, struct dialog *of);
size_t dialogs_count(const struct dialogs *d);
/* The one that came after AFTER; NULL: the first, or there is none. */
struct dialog *dialogs_next(const struct dialogs *d, const struct dialog *after);

/* ---- dialog.c ---- */

/* Whose tag it is, or was; NULL. */
struct party *dialog_party(const struct dialog *d, struct slice tag);
/* Which of P's former tags it is; DIALOG_FORMER: none. */
unsigned dialog_former(const struct party *p, struct slice tag);
/* The Ith of them, the newest first; NULL: there are not so many. */
const char *dialog_former_tag(const struct party *p, unsigned i);
struct pair *dialog_pair(const struct dialog *d, const struct party *a, const struct party *b);
/* The one that P talked in last, with the party of BRANCH if there is such a thing; NULL. */
struct pair *dialog_pair_with(
	const struct dialog *d, const struct party *p, struct slice branch);
/* The one whose call has this id; NULL. */
struct pair *dialog_pair_called(const struct dialog *d, const char *call);
unsigned dialog_side(const struct pair *pair, const struct party *p); /* 0, 1: P's leg */
bool dialog_is_in(const struct pair *pair, const struct party *p);

/* Former tag number I of P is TAG from now on.  As dialog_set(). */
int dialog_set_former(struct party *p, unsigned i, struct slice tag);
/* Nobody calls P by the TAG any more that it had before. */
void dialog_forget_tag(struct party *p, struct slice tag);

/* P, who is in no pair, goes; or just its texts. */
void dialog_drop_party(struct dialog *d, struct party *p);
void dialog_free_texts(struct party *p);

/* A new one, last of all.  NULL with errno: E2BIG, ENOMEM. */
struct party *dialog_add_party(struct dialog *d);
/* A new pair, first of all, whose call is called CALL; NULL: as none of D's others is.
 * Likewise. */
struct pair *dialog_add_pair(
	struct dialog *d, struct party *a, struct party *b, const char *call);
/* PAIR, and who is in no other, go; its call and its timer are not looked at. */
void dialog_drop_pair(struct dialog *d, struct pair *pair);

/* *TEXT becomes a copy of S; at NULL: none.  0; -EINVAL (DIALOG_TEXT, a NUL), -ENOMEM. */
int dialog_set(char **text, struct slice s);

int64_t dialog_now_us(void); /* real time */

/* ---- dialog_associate.c ---- */

/* What an offer or an answer makes of a dialog, until it is known whether it stays so. */
struct association {
	struct dialog *dialog;
	struct pair *pair;
	unsigned from; /* which side of it made the SDP */
	bool new_pair;
	int64_t signalled_us; /* of the pair, before */
	struct {
		struct party *party;
		bool is_new;
		bool changed;        /* it has another text than before */
		struct party before; /* of one that is not new */
	} of[2];                     /* the maker of the SDP, the other one */
};

/* Whom R, an offer or (ANSWER) an answer in D, is of, and for: their pair is signalled now. 0;
 * -EINVAL or -ENOMEM and REASON says why, nothing has changed then. */
int dialog_associate(struct association *as, struct dialog *d, const struct ng_request *r,
	bool answer, const char **reason);
/* It went well: it stays so.  Or: it did not, all is as it was. */
void dialog_keep(struct association *as);
void dialog_undo(struct association *as);

/* ---- dialog_delete.c ---- */

/* Whom a delete, or a command for one party, is about. */
enum dialog_whom {
	DIALOG_NOBODY,
	DIALOG_WHOLE,      /* all of it */
	DIALOG_PARTY,      /* all pairs of *PARTY */
	DIALOG_FORMER_TAG, /* of *PARTY no more than a tag that it had before */
};
enum dialog_whom dialog_whom(
	const struct dialog *d, const struct ng_request *r, struct party **party);

/* ---- dialog_note.c, dialog_restore.c ---- */

/* What a note says; texts lie in its bytes. */
struct dialog_note {
	struct slice call_id;
	struct slice callback; /* at NULL: none */
	int64_t created_us;    /* of the dialog */
	int64_t signalled_us;  /* of the pair; by this they come first */
	int64_t delete_at_us;  /* 0: it is not deleted yet */
	bool answered;
	struct dialog_note_party {
		struct slice tag, label, branch; /* at NULL: none */
		struct slice former[DIALOG_FORMER];
		unsigned formers;
		int64_t created_us;
	} party[2];
	struct slice memo;
};

/* Of PAIR with memo M, as bytes: how many; -ENOSPC.  They hold keys. */
ssize_t dialog_note_write(
	const struct pair *pair, const struct memo *m, uint8_t *buf, size_t size);
/* The same as a note.  NULL: it would be too long, or no memory. */
struct note *dialog_note_make(const struct pair *pair, const struct memo *m);
/* And back; they are of the call named ID.  0 or -EBADMSG. */
int dialog_note_read(struct dialog_note *n, const void *bytes, size_t len, const char *id);
/* What CALL's note says.  0; -ENOENT: it has none; -EBADMSG: none of ours. */
int dialog_note_of(struct dialog_note *n, const struct call *call);

/* The pair whose call is called ID becomes one of D again, made and first of all.  NULL with
 * errno. */
struct pair *dialogs_restore(struct dialogs *d, const struct dialog_note *n, const char *id);

/* The pair that CALL is; NULL: it has no note of ours. */
struct pair *dialogs_pair_of(const struct dialogs *d, const struct call *call);
/* The memo in CALL's note, as bytes there; at NULL: there is none. */
struct slice dialog_memo(const struct call *call);
