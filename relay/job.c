/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a job; see job.h. */
#include "relay/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "dataplane/secret.h"
#include "relay/calls_inside.h"
#include "relay/commands.h"
#include "relay/move.h"
#include "relay/record.h"

/* ---- Answers. ---- */

void
job_answer(struct job *j, const struct call *call, const struct fault *fault)
{
	calls_done *done = j->done;

	j->done = NULL;
	if (fault != NULL)
		j->calls->sums.refused++;
	if (done != NULL)
		done(j->arg, call, fault);
}

static void
switch_down(struct fault *f)
{
	fault_set(f, FAULT_SWITCH_DOWN, NULL, NULL, NULL,
		"the switch is not there; it is started again at once");
}

void
job_command_failed(struct fault *f, int err)
{
	if (err == -EPIPE || err == -ENOTCONN)
		switch_down(f);
	else
		fault_set(f, FAULT_REFUSED, NULL, NULL, NULL, "the switch refused: %s",
			strerror(-err));
}

void
job_free(struct job *j)
{
	secret_free(j->asked, sizeof *j->asked);
	secret_free(j->history, sizeof *j->history);
	secret_free(j->kept, sizeof *j->kept);
	call_close(j->draft);
	free(j);
}

void
job_refuse(struct job *j, const struct fault *fault)
{
	job_answer(j, NULL, fault);
	job_free(j);
}

/* ---- Its end. ---- */

void
job_add_running(struct job *j)
{
	struct job **first = &j->calls->running;

	j->next = *first;
	j->link = first;
	if (j->next != NULL)
		j->next->link = &j->next;
	*first = j;
}

static void
stop_running(struct job *j)
{
	if (j->link == NULL)
		return;
	*j->link = j->next;
	if (j->next != NULL)
		j->next->link = j->link;
}

void
job_finish(struct job *j)
{
	struct calls *c = j->calls;
	struct call *call = j->call;
	struct job *waiting = call->waiting;

	stop_running(j);
	job_free(j);
	call->waiting = NULL;
	call->busy = false;
	if (!call->made) {
		directory_remove(c->directory, call);
		call_close(call);
	}
	calls_route_all(waiting);
	if (c->doubt && c->running == NULL)
		calls_reconcile(c);
}

void
job_undo(struct job *j, bool used)
{
	struct calls *c = j->calls;

	places_return(c->places, j->draft, j->call, used, calls_now_ms());
	store_drop(c->store, j->record);
	c->srtp_calls -= (unsigned)j->srtp;
}

void
job_doubt(struct calls *c, const struct call *call, int err)
{
	log_warn("%s: the switch did not follow (%s); saying everything again",
		log_call(call->id), strerror(-err));
	c->doubt = true;
	c->agrees = false;
}

/* ---- Create and update. ---- */

void
job_commit(struct job *j)
{
	struct calls *c = j->calls;
	struct call *call = j->call;

	call_swap(call, j->draft);
	call_keep_seen(call, j->draft);
	store_commit(c->store, j->record, call->record);
	call->record = j->record;
	call->made = true;
	calls_own(c, call, call);
}

static void
changed(struct job *j)
{
	struct calls *c = j->calls;

	job_commit(j);
	if (j->kind == JOB_CREATE)
		c->sums.created++;
	else
		c->sums.updated++;
	job_answer(j, j->call, NULL);
	job_finish(j);
}

/* The switch has had the draft.  Of an import it has had no flows: no packet was relayed, and
 * who tries again asks for the same ports. */
static void
take_back(struct job *j)
{
	job_undo(j, j->kind != JOB_IMPORT);
}

static void
rolled_back(void *arg, int err)
{
	struct job *j = arg;

	if (j->calls == NULL) {
		job_free(j);
		return;
	}
	if (err != 0 && err != -EPIPE)
		job_doubt(j->calls, j->call, err);
	take_back(j);
	job_finish(j);
}

void
job_roll_back(struct job *j, int err)
{
	struct fault fault;
	int back;

	job_command_failed(&fault, err);
	log_warn("%s: %s", log_call(j->id), fault.text);
	job_answer(j, NULL, &fault);
	back = err == -EPIPE
		       ? 0
		       : commands_change(j->calls->client, j->draft, j->call, rolled_back, j);
	if (back < 0 && back != -ENOTCONN)
		job_doubt(j->calls, j->call, back);
	if (back <= 0) {
		take_back(j);
		job_finish(j);
	}
}

static void
acknowledged(void *arg, int err)
{
	struct job *j = arg;

	if (j->calls == NULL)
		job_free(j);
	else if (err == 0)
		changed(j);
	else
		job_roll_back(j, err);
}

int
job_count_srtp(struct job *j, struct fault *fault)
{
	struct calls *c = j->calls;
	const struct sw_state *st = switch_client_state(c->client);

	j->srtp = call_is_srtp(j->draft) - call_is_srtp(j->call);
	if (j->srtp > 0 && strncmp(st->engine, "libsrtp2", sizeof st->engine) == 0 &&
		c->srtp_calls >= c->conf->libsrtp2_calls)
		return fault_set(fault, FAULT_CALL_LIMIT, NULL, NULL, NULL,
			"the libsrtp2 engine carries %u SRTP calls at most "
			"(srtp.libsrtp2_calls)",
			c->conf->libsrtp2_calls);
	c->srtp_calls += (unsigned)j->srtp;
	return 0;
}

/* Make the draft: what the call is to become, in its places, written down.  0, or -EINVAL and
 * nothing is taken. */
static int
prepare(struct job *j, const struct call_request *asked, struct fault *fault)
{
	struct calls *c = j->calls;

	j->draft = call_copy(j->call);
	if (j->draft == NULL)
		return fault_set(fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	if (call_apply(j->draft, asked, fault) != 0)
		return -EINVAL;
	if (job_count_srtp(j, fault) != 0)
		return -EINVAL;
	if (places_give(c->places, j->draft, calls_now_ms(), fault) != 0)
		goto no_places;
	if (calls_write_record(c, j->draft, &j->record) != 0)
		goto no_record;
	return 0;

no_record:
	fault_set(
		fault, FAULT_CALL_LIMIT, NULL, NULL, NULL, "there is no room for its record");
	places_return(c->places, j->draft, j->call, false, calls_now_ms());
no_places:
	c->srtp_calls -= (unsigned)j->srtp;
	return -EINVAL;
}

static void
start_change(struct job *j, const struct call_request *asked)
{
	struct calls *c = j->calls;
	struct fault fault;
	int err;

	if (prepare(j, asked, &fault) != 0) {
		job_answer(j, NULL, &fault);
		job_finish(j);
		return;
	}
	err = commands_change(c->client, j->call, j->draft, acknowledged, j);
	if (err == 0) {
		changed(j);
	} else if (err < 0) {
		job_command_failed(&fault, err);
		job_answer(j, NULL, &fault);
		job_undo(j, false);
		job_finish(j);
	} else {
		job_add_running(j);
	}
}

int
job_check_room(const struct calls *c, struct fault *fault)
{
	if (c->draining)
		return fault_set(fault, FAULT_DRAINING, NULL, NULL, NULL,
			"strowger is ending and takes no new calls");
	if (directory_count(c->directory) >= c->conf->call_limit)
		return fault_set(fault, FAULT_CALL_LIMIT, NULL, NULL, NULL,
			"there are %u calls, and node.call_limit allows no more",
			directory_count(c->directory));
	return 0;
}

static void
start_create(struct job *j, struct call *call, const struct call_request *asked)
{
	struct calls *c = j->calls;
	struct fault fault;

	if (call != NULL) {
		fault_set(&fault, FAULT_CALL_EXISTS, "call", NULL, "an id that is not in use",
			"there is a call of this id already");
		job_refuse(j, &fault);
		return;
	}
	if (job_check_room(c, &fault) != 0) {
		job_refuse(j, &fault);
		return;
	}
	call = call_open(j->id);
	if (call == NULL) {
		fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
		job_refuse(j, &fault);
		return;
	}
	directory_add(c->directory, call);
	j->call = call;
	call->busy = true;
	start_change(j, asked);
}

void
job_unknown_call(struct fault *f)
{
	fault_set(f, FAULT_UNKNOWN_CALL, "call", NULL, NULL, "there is no call of this id");
}

static void
start_update(struct job *j, struct call *call, const struct call_request *asked)
{
	struct fault fault;

	if (call == NULL) {
		job_unknown_call(&fault);
		job_refuse(j, &fault);
		return;
	}
	if (call->exported) {
		fault_set(&fault, FAULT_EXPORTED, "call", NULL, NULL,
			"the call is exported; call.import brings it back");
		job_refuse(j, &fault);
		return;
	}
	j->call = call;
	call->busy = true;
	start_change(j, asked);
}

/* ---- Delete. ---- */

static void
deleted(void *arg, int err)
{
	struct job *j = arg;
	struct calls *c = j->calls;

	if (c == NULL) {
		job_free(j);
		return;
	}
	if (err != 0 && err != -EPIPE && err != -ENOTCONN)
		job_doubt(c, j->call, err);
	places_return(c->places, j->call, NULL, true, calls_now_ms());
	c->sums.deleted += j->done != NULL;
	job_answer(j, NULL, NULL);
	job_finish(j);
}

static void
start_delete(struct job *j, struct call *call)
{
	struct calls *c = j->calls;
	struct fault fault;
	int err;

	if (call == NULL) {
		job_unknown_call(&fault);
		job_refuse(j, &fault);
		return;
	}
	j->call = call;
	call->busy = true;
	if (j->last != NULL)
		j->last(j->arg, call);
	/* The record goes first: if we are killed after that, our successor has the switch
	 * drop the rest. */
	store_drop(c->store, call->record);
	call->record = CALL_NO_RECORD;
	call->made = false;
	calls_own(c, call, NULL);
	c->srtp_calls -= call_is_srtp(call);
	err = c->up ? commands_change(c->client, call, NULL, deleted, j) : 0;
	if (err <= 0)
		deleted(j, err);
	else
		job_add_running(j);
}

/* ---- Beginning. ---- */

struct job *
job_open(struct calls *c, enum job_kind kind, const char *id, calls_done *done, void *arg)
{
	struct job *j = calloc(1, sizeof *j);
	struct fault fault;

	if (j == NULL) {
		c->sums.refused++;
		fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
		if (done != NULL)
			done(arg, NULL, &fault);
		return NULL;
	}
	j->calls = c;
	j->kind = kind;
	j->record = STORE_NONE;
	j->done = done;
	j->arg = arg;
	snprintf(j->id, sizeof j->id, "%s", id);
	return j;
}

void
job_start(struct job *j, struct call *call, const struct call_request *asked)
{
	struct fault fault;

	if (j->kind == JOB_DELETE) {
		start_delete(j, call);
	} else if (!j->calls->up) {
		switch_down(&fault);
		job_refuse(j, &fault);
	} else if (j->kind == JOB_CREATE) {
		start_create(j, call, asked);
	} else if (j->kind == JOB_UPDATE) {
		start_update(j, call, asked);
	} else if (j->kind == JOB_EXPORT) {
		move_out(j, call);
	} else {
		move_in(j, call);
	}
}

void
job_refuse_all(struct job *list)
{
	struct fault fault;

	switch_down(&fault);
	for (struct job *j = list, *next; j != NULL; j = next) {
		next = j->next;
		job_refuse(j, &fault);
	}
}

void
job_abandon(struct job *j)
{
	struct fault fault;

	switch_down(&fault);
	job_answer(j, NULL, &fault);
	call_close(j->draft);
	j->draft = NULL;
	j->calls = NULL;
}
