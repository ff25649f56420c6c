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

enum job_kind { JOB_CREATE, JOB_UPDATE, JOB_DELETE, JOB_EXPORT, JOB_IMPORT };

struct call_history;

struct job {
	struct calls *calls; /* NULL: they were closed; only the switch's answers keep it */
	struct job *next;    /* of those that wait for the same, or of all that run */
	struct job **link;   /* what points to it among those that run */
	enum job_kind kind;
	char id[REQUEST_ID];
	struct call_request *asked; /* while it waits; in memory of secret.h */

	struct call *call;            /* what it is about */
	struct call *draft;           /* what that is to become */
	struct call_history *history; /* of what is exported or imported; secret.h, too */
	struct call_history *kept;    /* of what comes home: what is known of it here; too */
	bool relocate;
	uint32_t record; /* of the draft, not committed; or STORE_NONE */
	int srtp;        /* what it changes in calls.srtp_calls */

	calls_last *last;
	calls_record *on_record;
	calls_done *done; /* NULL: answered, or nobody asks */
	void *arg;
};

/* A job for the call ID.  Without memory it is answered at once, and NULL returned. */
struct job *job_open(
	struct calls *c, enum job_kind kind, const char *id, calls_done *done, void *arg);

/* Do it to CALL (NULL: there is none of its id), which is not busy.  J may be gone when this
 * returns. ASKED: NULL for a delete. */
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

/* What error -ERR of a command means for the one who asked. */
void job_command_failed(struct fault *f, int err);
void job_unknown_call(struct fault *f);

/* May there be one more call?  May it speak SRTP, if the draft does?  0; -EINVAL. */
int job_check_room(const struct calls *c, struct fault *fault);
int job_count_srtp(struct job *j, struct fault *fault);

/* The draft becomes the call.  Or: the switch refused with -ERR; take back what it has of the
 * draft; J is gone some time. */
void job_commit(struct job *j);
void job_roll_back(struct job *j, int err);

/* Give back what the draft of J took.  USED: packets may have come there, so its ports rest.
 */
void job_undo(struct job *j, bool used);

/* We no longer know what the switch holds of CALL. */
void job_doubt(struct calls *c, const struct call *call, int err);
