/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a job; see job.h. */
#include "relay/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "control/note.h"
#include "control/slice.h"
#include "dataplane/secret.h"
#include "relay/call_log.h"
#include "relay/calls_inside.h"
#include "relay/commands.h"

/* ---- Answers. ---- */

static void
count_refusal(struct calls *c, const struct fault *fault)
{
	c->sums.refused++;
	c->sums.refused_for[fault->kind]++;
}

void
job_answer(struct job *j, const struct call *call, const struct fault *fault)
{
	calls_done *done = j->done;

	j->done = NULL;
	if (fault != NULL) {
		count_refusal(j->calls, fault);
		call_log_refused(j->id, fault);
	}
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

int
job_no_memory(struct fault *f)
{
	return fault_set(f, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
}

int
job_no_room(struct fault *f)
{
	return fault_set(
		f, FAULT_CALL_LIMIT, NULL, NULL, NULL, "there is no room for its record");
}

void
job_unknown_call(struct fault *f)
{
	fault_set(f, FAULT_UNKNOWN_CALL, "call", NULL, NULL,
		"there is no call of this id; call.list lists those that are");
}

/* What a job has kept of a request, with its share of the note. */
static void
forget_asked(struct call_request *asked)
{
	if (asked != NULL)
		note_put((struct note *)(uintptr_t)asked->note);
	secret_free(asked, sizeof *asked);
}

void
job_free(struct job *j)
{
	forget_asked(j->asked);
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
	job_route_all(waiting);
	if (c->doubt && c->running == NULL)
		event_active(c->retry, EV_TIMEOUT, 0);
}

void
job_fail(struct job *j, const struct fault *fault)
{
	job_answer(j, NULL, fault);
	job_finish(j);
}

/* Give back what the draft of J took.  USED: packets may have come there. */
static void
undo(struct job *j, bool used)
{
	struct calls *c = j->calls;

	transcoders_return(c->transcoders, j->draft);
	places_return(c->places, j->draft, j->call, used, calls_now_ms());
	store_drop(c->store, j->record);
	c->srtp_calls -= (unsigned)j->srtp;
}

void
job_doubt(struct calls *c, const struct call *call, int err)
{
	log_about(call->id, LOG_LEVEL_WARNING,
		"the switch did not follow (%s); saying everything again", strerror(-err));
	c->doubt = true;
	c->agrees = false;
}

/* ---- A draft, and the switch. ---- */

void
job_commit(struct job *j)
{
	struct calls *c = j->calls;
	struct call *call = j->call;

	call_swap(call, j->draft);
	call_keep_seen(call, j->draft);
	places_tell(c->places, call); /* the configuration may be another since the draft */
	transcoders_return(c->transcoders, j->draft);
	calls_own(c, j->draft, NULL);
	store_commit(c->store, j->record, call->record);
	call->record = j->record;
	calls_own(c, call, call);
	calls_changed(c, call->made ? CHANGE_UPDATED : CHANGE_CREATED, call);
	call->made = true;
	timeouts_watch(c->timeouts, call);
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
	undo(j, j->kind->tells_ports);
	job_finish(j);
}

void
job_roll_back(struct job *j, int err)
{
	struct fault fault;
	int back;

	job_command_failed(&fault, err);
	log_about(j->id, LOG_LEVEL_WARNING, "%s", fault.text);
	job_answer(j, NULL, &fault);
	back = err == -EPIPE
		       ? 0
		       : commands_change(j->calls->client, j->draft, j->call, rolled_back, j);
	if (back < 0 && back != -ENOTCONN)
		job_doubt(j->calls, j->call, back);
	if (back <= 0) {
		undo(j, j->kind->tells_ports);
		job_finish(j);
	}
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

int
job_settle(struct job *j, job_giver *give, struct fault *fault)
{
	struct calls *c = j->calls;

	if (job_count_srtp(j, fault) != 0)
		return -EINVAL;
	if (transcoders_give(c->transcoders, j->draft, j->call, fault) != 0)
		goto no_transcoders;
	if (give(c->places, j->draft, fault) != 0)
		goto no_places;
	if (calls_write_record(c, j->draft, &j->record) != 0)
		goto no_record;
	return 0;

no_record:
	job_no_room(fault);
	places_return(c->places, j->draft, j->call, false, calls_now_ms());
no_places:
	transcoders_return(c->transcoders, j->draft);
no_transcoders:
	c->srtp_calls -= (unsigned)j->srtp;
	return -EINVAL;
}

void
job_sent(struct job *j, int err)
{
	struct fault fault;

	if (err > 0) {
		job_add_running(j);
		return;
	}
	job_command_failed(&fault, err);
	undo(j, false);
	job_fail(j, &fault);
}

/* May there be one more call? */
static int
check_room(const struct calls *c, struct fault *fault)
{
	if (c->draining)
		return fault_set(fault, FAULT_DRAINING, NULL, NULL, NULL,
			"this node takes no new calls");
	if (directory_count(c->directory) >= c->conf->call_limit)
		return fault_set(fault, FAULT_CALL_LIMIT, NULL, NULL, NULL,
			"there are %u calls, and node.call_limit allows no more",
			directory_count(c->directory));
	return 0;
}

int
job_begin_call(struct job *j)
{
	struct calls *c = j->calls;
	struct fault fault;

	if (check_room(c, &fault) != 0)
		goto refused;
	if ((j->call = call_open(j->id)) == NULL) {
		job_no_memory(&fault);
		goto refused;
	}
	directory_add(c->directory, j->call);
	j->call->busy = true;
	return 0;

refused:
	job_refuse(j, &fault);
	return -EINVAL;
}

/* ---- Beginning. ---- */

struct job *
job_open(struct calls *c, const struct job_kind *kind, const char *id, calls_done *done,
	void *arg)
{
	struct job *j = calloc(1, sizeof *j);
	struct fault fault;

	if (j == NULL) {
		job_no_memory(&fault);
		count_refusal(c, &fault);
		if (done != NULL)
			done(arg, NULL, &fault);
		return NULL;
	}
	j->calls = c;
	j->kind = kind;
	j->record = STORE_NONE;
	j->done = done;
	j->arg = arg;
	j->opened_us = calls_now_us();
	slice_copy(slice_of(id), j->id, sizeof j->id);
	return j;
}

void
job_start(struct job *j, struct call *call, const struct call_request *asked)
{
	struct fault fault;

	if (j->kind->needs_switch && !j->calls->up) {
		switch_down(&fault);
		job_refuse(j, &fault);
	} else {
		j->kind->start(j, call, asked);
	}
}

/* J is to wait: it keeps what is ASKED.  False: J is refused, and gone. */
static bool
keep_asked(struct job *j, const struct call_request *asked)
{
	struct fault fault;

	if (asked == NULL)
		return true;
	j->asked = secret_alloc(sizeof *j->asked);
	if (j->asked == NULL) {
		job_no_memory(&fault);
		job_refuse(j, &fault);
		return false;
	}
	*j->asked = *asked;
	j->asked->note = note_get(asked->note);
	return true;
}

static void
wait_for_call(struct call *call, struct job *j)
{
	struct job **end = &call->waiting;

	while (*end != NULL)
		end = &(*end)->next;
	*end = j;
}

void
job_route(struct job *j, const struct call_request *asked)
{
	struct calls *c = j->calls;
	struct call *call = directory_find(c->directory, j->id);

	bool is_busy = call != NULL && call->busy;

	if (!is_busy && (!c->up || c->agrees))
		job_start(j, call, asked);
	else if (!keep_asked(j, asked))
		return;
	else if (is_busy)
		wait_for_call(call, j);
	else
		parked_put(&c->parked, j);
}

void
job_route_all(struct job *list)
{
	for (struct job *j = list, *next; j != NULL; j = next) {
		struct call_request *asked = j->asked;

		next = j->next;
		j->next = NULL;
		j->asked = NULL;
		job_route(j, asked);
		forget_asked(asked);
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
