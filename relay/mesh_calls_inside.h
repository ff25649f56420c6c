/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind mesh_calls.h share.  Each uses only those behind it:
 *
 *   mesh_calls.c        life; what calls.h and the mesh tell; the tick
 *   mesh_calls_in.c     parties that call us
 *   mesh_calls_out.c    legs that call a party, or go on as a record says
 *   mesh_calls_wish.c   what signalling says in a call, and what a party does beside speaking
 *   mesh_calls_do.c     what a state machine wants: frames, events, requests, the end
 *   mesh_calls_json.c   events and answers
 *   mesh_calls_table.c  by session, by party
 *   mesh_calls_wait.c   who waits for an answer of ours, and how many may
 *
 * Nobody else's.  Control's one thread. */
#pragma once

#include <event2/event.h>
#include <sys/queue.h>

#include "control/request.h"
#include "relay/call.h"
#include "relay/mesh.h"
#include "relay/mesh_calls.h"

enum {
	MESH_TICK_MS = 250,
	MESH_REST_MS = 2000, /* a party may not know for so long yet that its place is free:
			      * servald looks once a second */
	MESH_LOOKUP_MS = 3000,
	MESH_UNSEEN = 1024,    /* calls to us that nobody was told of yet, at one time */
	MESH_WAITING = 2048,   /* that nobody has answered yet, ... */
	MESH_WAITING_BY = 512, /* ... and of those that came by one neighbour */
	MESH_STRAYS = 50,      /* that are answered in a second */
	MESH_SLOTS = 16,       /* of digits and texts that are known to have come */
	MESH_FRAME = 256,      /* bytes of a caller's first frame */
	MESH_SESSIONS = 1 << 15,
	MESH_PARTIES = 1 << 12, /* chains of them */
};

enum mesh_stage {
	MESH_FRESH,   /* its leg has come into being in this turn of the loop */
	MESH_NEW,     /* its call is being made, or its party looked for */
	MESH_RUNNING, /* `vomp` is valid */
	MESH_RESTING, /* until `until_ms` it counts for its party */
};

struct mesh_party;

/* A leg's. */
struct mesh_call {
	struct mesh_calls *of;
	TAILQ_ENTRY(mesh_call) link;   /* of all, or of the fresh ones */
	struct mesh_call *chain;       /* of those whose sessions have one place */
	LIST_ENTRY(mesh_call) beside;  /* of those with one party */
	TAILQ_ENTRY(mesh_call) behind; /* of those that wait, and came by one neighbour */
	struct mesh_party *party;      /* NULL: it is not known yet */
	struct sid sid;                /* with a party */
	unsigned identity;             /* with a party: ours that it speaks with */
	char call[REQUEST_ID], leg[REQUEST_NAME];
	enum mesh_stage stage;
	bool incoming;
	bool left;            /* its call is gone, or going */
	bool held;            /* mesh_hold() */
	bool unseen;          /* counted so */
	bool waits;           /* for an answer of ours, behind others that came by ... */
	uint16_t via;         /* ... this neighbour's slot */
	bool asking;          /* a request of ours is with calls.h */
	bool moving;          /* ... that gives it another session */
	uint16_t session;     /* 0: none yet */
	uint16_t far_session; /* of a party that calls us */
	uint32_t slot;        /* the session's transport */
	uint64_t transport;
	uint64_t rx; /* packets of that, at the last tick */
	struct vomp_call vomp;
	unsigned why; /* it ends, if not for a reason of `vomp`'s; 0 */
	struct mesh_noted {
		uint8_t local, remote;
		uint16_t far_session;
		uint32_t common;
	} noted; /* in the call's record */
	struct mesh_lookup *lookup;
	int64_t until_ms; /* new: until then a look-up is tried, 0: not yet; resting: it rests
			   */
	struct {
		calls_done *done; /* NULL: nobody waits for the record */
		void *arg;
	} waiter;
	char digits[MESH_DIGITS + 1]; /* that wait */
	uint16_t heard[MESH_SLOTS];   /* slots, of the last ones */
	unsigned hears;
	uint16_t first_len; /* while it is new */
	uint8_t first[MESH_FRAME];
};

struct mesh_party {
	struct mesh_party *chain;
	struct sid sid;
	unsigned calls;
	LIST_HEAD(, mesh_call) list;
};

struct mesh_calls {
	struct mesh_calls_conf conf;
	struct event *tick, *soon;
	bool ready; /* what our predecessor has left is known */
	unsigned calls, unseen, waits, moving;
	unsigned strays;   /* answered since ... */
	int64_t strays_ms; /* ... */
	struct mesh_calls_sums sums;
	uint8_t hash_key[16];
	TAILQ_HEAD(, mesh_call) all, fresh;
	struct mesh_waiting {
		unsigned calls;
		TAILQ_HEAD(, mesh_call) list;     /* the oldest is first */
	} waiting[MESH_NODE_NEIGHBOURS];          /* by slots of neighbours */
	struct mesh_call *session[MESH_SESSIONS]; /* ours are even: by half of them */
	struct mesh_party *party[MESH_PARTIES];
};

static inline int64_t
mesh_calls_now(const struct mesh_calls *all)
{
	return all->conf.now_ms();
}

/* ---- mesh_calls_table.c ---- */

/* One for leg LEG of the call ID, a fresh one; NULL: no memory. */
struct mesh_call *mesh_call_open(struct mesh_calls *mc, const char *id, const char *leg);
void mesh_call_close(struct mesh_call *m); /* no request of its is with calls.h */
void mesh_call_age(struct mesh_call *m);   /* it is fresh no longer, but new */

/* Its session is that of S; NULL: it has none. */
void mesh_call_settle(struct mesh_call *m, const struct stream *s);
/* Its party is SID; it counts for it from now on.  0; -ENOMEM. */
int mesh_call_join(struct mesh_call *m, const struct sid *sid);

/* That of leg L of C; NULL: there is none. */
struct mesh_call *mesh_call_of(
	const struct mesh_calls *mc, const struct call *c, const struct leg *l);
/* The other way: M's leg, of *C; NULL: it is gone. */
const struct leg *mesh_call_leg(const struct mesh_call *m, const struct call **c);
/* The one that FROM has called IDENTITY with; NULL. */
struct mesh_call *mesh_call_from(const struct mesh_calls *mc, unsigned identity,
	const struct sid *from, uint16_t far_session);
/* Whose a frame of H is, from FROM to IDENTITY; NULL: nobody's. */
struct mesh_call *mesh_call_meant(const struct mesh_calls *mc, unsigned identity,
	const struct sid *from, const struct vomp_header *h);
/* Has another one its session, too, that hangs up? */
bool mesh_call_is_in_use(const struct mesh_call *m);
/* May there be no further call with SID? */
bool mesh_calls_is_full(const struct mesh_calls *mc, const struct sid *sid);

/* ---- mesh_calls_json.c ---- */

/* Events; the first is that a caller wants to ring.  WHY: enum vomp_end, enum mesh_end. */
void mesh_calls_tell_offered(const struct mesh_call *m);
void mesh_calls_tell_ringing(const struct mesh_call *m);
void mesh_calls_tell_answered(const struct mesh_call *m);
void mesh_calls_tell_ended(const struct mesh_call *m, unsigned why);
void mesh_calls_tell_digit(const struct mesh_call *m, char digit);
void mesh_calls_tell_text(const struct mesh_call *m, const uint8_t *text, size_t n);

/* ---- mesh_calls_do.c ---- */

extern const struct vomp_times mesh_calls_times;

/* Ask for leg L, which is M's, to become what M is. */
void mesh_call_ask(const struct mesh_call *m, const struct leg *l, struct leg_request *r);
/* Do what its machine wants. */
void mesh_call_do(struct mesh_call *m, struct vomp_todo todo);
/* What is new of it is to be in the record, unless it is on the way there. */
void mesh_call_note(struct mesh_call *m);
/* It ends for WHY (likewise), and so does its call, unless that is gone. */
void mesh_call_end(struct mesh_call *m, unsigned why);
/* Its call is gone. */
void mesh_call_left(struct mesh_call *m);
/* It is over at once, and nobody is told. */
void mesh_call_drop(struct mesh_call *m);

/* ---- mesh_calls_wish.c ---- */

void mesh_call_say_digit(struct mesh_call *m); /* of those that wait, if any */
/* What may be a digit, or text: a frame of a call that is answered. */
void mesh_call_hear(struct mesh_call *m, const uint8_t *data, unsigned len);

/* ---- mesh_calls_out.c ---- */

/* M is new: call its party, or go on; again, if it could not yet. */
void mesh_call_begin(struct mesh_call *m);
calls_guard mesh_calls_guard; /* ARG: the struct mesh_calls */

/* ---- mesh_calls_in.c ---- */

/* A frame that is of no call: of a new one, or of none any more. */
void mesh_calls_strange(struct mesh_calls *mc, const struct mesh_message *msg);
/* Is M the one that is being made for a caller, of leg L of C? */
bool mesh_calls_awaits(const struct mesh_calls *mc, const struct call *c, const struct leg *l);

/* ---- mesh_calls_wait.c ---- */

void mesh_calls_wait_init(struct mesh_calls *mc);
/* M, which has come by the neighbour in slot VIA, waits for an answer.  Who waits no more, and
 * is to end, because there are too many; NULL: nobody. */
struct mesh_call *mesh_call_wait(struct mesh_call *m, unsigned via);
void mesh_call_waits_no_more(struct mesh_call *m); /* if it did */
