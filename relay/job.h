/* SPDX-License-Identifier: Apache-2.0
 *
 * A job is one request for a call, from its arrival to its answer: applied to a copy of the
 * call, placed, written down, told to the switch, and when that has acknowledged it, made
 * valid and answered; or undone and refused.  Of calls.c; move.c has the jobs that move a call
 * to another node.  Control's one thread. */
#pragma once

#include "control/request.h"
#include "relay/call.h"
#include "relay/calls.h"

struct call;
struct job;
struct places;

/* What is asked for. */
struct job_kind {
	/* Do it to CALL (NULL: there is none of its id), which is not busy.  J may be gone
	 * when this returns.  ASKED: NULL for all but create and update. */
	void (*start)(struct job *j, struct call *call, const struct call_request *asked);
	bool needs_switch; /* without one it is refused */
	bool tells_ports;  /* packets may have come to its draft's ports once the switch knows
			    * them, so they rest before others get them */
};

/* job_change.c */
extern const struct job_kind job_create, job_update, job_delete;

struct call_history;

struct job {
	struct calls *calls; /* NULL: they were closed; only the switch's answers keep it */
	struct job *next;    /* of those that wait for the same, or of all that run */
	struct job **link;   /* what points to it among those that run, or are parked */
	struct job *chain;   /* of parked.c */
	const struct job_kind *kind;
	char id[REQUEST_ID];
	int64_t opened_us;          /* of the clock that does not jump */
	struct call_request *asked; /* while it waits; in memory of secret.h */

	struct call *call;            /* what it is about */
	struct call *draft;           /* what that is to become */
	struct call_history *history; /* of what is exported or imported; secret.h, too */
	struct call_history *kept;    /* of what comes home: what is known of it here; too */
	bool relocate;
	bool soon;       /* a delete that is answered before the switch has acknowledged it */
	uint32_t record; /* of the draft, not committed; or STORE_NONE */
	int srtp;        /* what it changes in calls.srtp_calls */

	calls_last *last;
	calls_record *on_record;
	calls_done *done; /* NULL: answered, or nobody asks */
	void *arg;
};

/* A job for the call ID.  Without memory it is answered at once, and NULL returned. */
struct job *job_open(struct calls *c, const struct job_kind *kind, const char *id,
	calls_done *done, void *arg);

/* Start J, or let it wait: for its call's other jobs, or for the switch to agree.  J may be
 * gone when this returns. */
void job_route(struct job *j, const struct call_request *asked);

/* Those that have waited, in their order; the first may make the others wait again. */
void job_route_all(struct job *list);

/* Start J, on CALL, without looking whether it should wait. */
void job_start(struct job *j, struct call *call, const struct call_request *asked);

/* Answer a job that has not been started, and forget it. */
void job_refuse(struct job *j, const struct fault *fault);
void job_refuse_all(struct job *list); /* the switch is not there */

/* We end: answer a job that runs; its memory goes with the switch's answers. */
void job_abandon(struct job *j);

/* ---- Steps, for job.c and move.c. ---- */

void job_answer(struct job *j, const struct call *call, const struct fault *fault);
void job_add_running(struct job *j); /* commands of it are in flight */
void job_finish(struct job *j);      /* the switch has nothing of it any more; J is gone */
void job_free(struct job *j);        /* of one that was abandoned */

/* Answer J, which has been started, with FAULT, and finish it. */
void job_fail(struct job *j, const struct fault *fault);

/* What error -ERR of a command means for the one who asked; and other common faults. */
void job_command_failed(struct fault *f, int err);
int job_no_memory(struct fault *f); /* -EINVAL */
int job_no_room(struct fault *f);   /* for its record; -EINVAL */
void job_unknown_call(struct fault *f);

/* J's call is a new one.  0; -EINVAL: there may be none, J has been refused and is gone. */
int job_begin_call(struct job *j);

/* May one more call speak SRTP, if the draft does?  0; -EINVAL. */
int job_count_srtp(struct job *j, struct fault *fault);

/* Give the draft its places, by GIVE, and write it down.  0; -EINVAL and nothing is taken. */
typedef int job_giver(struct places *p, struct call *draft, struct fault *fault);
int job_settle(struct job *j, job_giver *give, struct fault *fault);

/* The draft is settled, and its commands are sent (1), or cannot be (-ERR). */
void job_sent(struct job *j, int err);

/* The draft becomes the call, and the draft what that was.  Or: the switch refused with -ERR;
 * take back what it has of the draft; J is gone some time. */
void job_commit(struct job *j);
void job_roll_back(struct job *j, int err);

/* We no longer know what the switch holds of CALL. */
void job_doubt(struct calls *c, const struct call *call, int err);
