/* SPDX-License-Identifier: Apache-2.0
 *
 * The jobs that make, change and end a call.  Of job.h. */
#include <errno.h>

#include "relay/calls_inside.h"
#include "relay/coding.h"
#include "relay/commands.h"
#include "relay/job.h"

/* ---- Create and update. ---- */

/* Of what the call has left nothing can come any more. */
static void
left(void *arg, int err)
{
	struct job *j = arg;
	struct calls *c = j->calls;

	if (c == NULL) {
		job_free(j);
		return;
	}
	if (err != 0 && err != -EPIPE && err != -ENOTCONN)
		job_doubt(c, j->call, err);
	places_return(c->places, j->draft, j->call, true, calls_now_ms());
	job_finish(j);
}

/* All flows go where the call wants them, so what it has left may go.  Not before: if the
 * change were refused, or a kill came between, what it has sealed would be forgotten, and its
 * key would not. */
static void
leave(struct job *j)
{
	int err = commands_leave(j->calls->client, j->draft, j->call, left, j);

	if (err <= 0)
		left(j, err);
	else if (j->link == NULL)
		job_add_running(j);
}

static void
changed(struct job *j)
{
	struct calls *c = j->calls;

	job_commit(j);
	if (j->kind == &job_create) {
		c->sums.created++;
		setup_time_add(&c->sums.setup, calls_now_us() - j->opened_us);
	} else {
		c->sums.updated++;
	}
	job_answer(j, j->call, NULL);
	leave(j);
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

static int
give(struct places *p, struct call *draft, struct fault *fault)
{
	return places_give(p, draft, calls_now_ms(), fault);
}

/* What the configuration says of transcoding is for calls that are made or changed. */
static void
configure(struct call *draft, const struct config *conf)
{
	for (unsigned i = 0; i < draft->legs; i++)
		for (unsigned j = 0; j < draft->leg[i].streams; j++) {
			struct coding *c = draft->leg[i].stream[j].coding;

			if (c == NULL)
				continue;
			c->window_ms =
				(uint16_t)(draft->leg[i].mesh != NULL ? conf->mesh_window_ms
								      : conf->window_ms);
			c->opus_complexity = (uint8_t)conf->opus_complexity;
		}
}

/* What the call is to become, in its places, written down.  0, or -EINVAL and nothing is
 * taken. */
static int
draft(struct job *j, const struct call_request *asked, struct fault *fault)
{
	const struct calls *c = j->calls;

	j->draft = call_copy(j->call);
	if (j->draft == NULL)
		return job_no_memory(fault);
	if (call_apply(j->draft, asked, fault) != 0)
		return -EINVAL;
	if (c->guard.guard != NULL &&
		c->guard.guard(c->guard.arg, j->draft, j->call, fault) != 0)
		return -EINVAL;
	configure(j->draft, c->conf);
	return job_settle(j, give, fault);
}

static void
start_change(struct job *j, const struct call_request *asked)
{
	struct fault fault;
	int err;

	if (draft(j, asked, &fault) != 0) {
		job_fail(j, &fault);
		return;
	}
	err = commands_set(j->calls->client, j->call, j->draft, acknowledged, j);
	if (err == 0)
		changed(j);
	else
		job_sent(j, err);
}

static void
start_create(struct job *j, struct call *call, const struct call_request *asked)
{
	struct fault fault;

	if (call != NULL) {
		fault_set(&fault, FAULT_CALL_EXISTS, "call", NULL, "an id that is not in use",
			"there is a call of this id already");
		job_refuse(j, &fault);
		return;
	}
	if (job_begin_call(j) == 0)
		start_change(j, asked);
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
answer_delete(struct job *j)
{
	j->calls->sums.deleted += j->done != NULL;
	job_answer(j, NULL, NULL);
}

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
	answer_delete(j);
	job_finish(j);
}

static void
start_delete(struct job *j, struct call *call, const struct call_request *asked)
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
	sampler_last_look(c->sampler, call);
	if (j->last != NULL)
		j->last(j->arg, call);
	/* The record goes first: if we are killed after that, our successor has the switch
	 * drop the rest. */
	store_drop(c->store, call->record);
	call->record = CALL_NO_RECORD;
	call->made = false;
	calls_own(c, call, NULL);
	calls_changed(c, CHANGE_ENDED, call);
	sampler_ended(c->sampler, call);
	c->srtp_calls -= call_is_srtp(call);
	transcoders_return(c->transcoders, call);
	err = c->up ? commands_leave(c->client, call, NULL, deleted, j) : 0;
	if (err <= 0) {
		deleted(j, err);
		return;
	}
	job_add_running(j);
	if (j->soon)
		answer_delete(j);
	else
		switch_client_hurry(c->client);
}

const struct job_kind job_create = {start_create, .needs_switch = true, .tells_ports = true};
const struct job_kind job_update = {start_update, .needs_switch = true, .tells_ports = true};
const struct job_kind job_delete = {.start = start_delete};
