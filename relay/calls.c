/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests in, looking, life; see calls.h and calls_inside.h. */
#include "relay/calls.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/calls_inside.h"
#include "relay/move.h"

/* ---- Requests in. ---- */

/* Begin J, which wants ASKED (NULL: nothing more). */
static void
begin(struct job *j, const struct call_request *asked)
{
	if (j != NULL)
		job_route(j, asked);
}

void
calls_create(struct calls *c, const struct call_request *asked, calls_done *done, void *arg)
{
	begin(job_open(c, &job_create, asked->id, done, arg), asked);
}

void
calls_update(struct calls *c, const struct call_request *asked, calls_done *done, void *arg)
{
	begin(job_open(c, &job_update, asked->id, done, arg), asked);
}

void
calls_delete(struct calls *c, const char *id, calls_last *last, calls_done *done, void *arg)
{
	struct job *j = job_open(c, &job_delete, id, done, arg);

	if (j != NULL)
		j->last = last;
	begin(j, NULL);
}

void
calls_delete_soon(struct calls *c, const char *id, calls_done *done, void *arg)
{
	struct job *j = job_open(c, &job_delete, id, done, arg);

	if (j != NULL)
		j->soon = true;
	begin(j, NULL);
}

void
calls_export(
	struct calls *c, const char *id, calls_record *record, calls_done *done, void *arg)
{
	struct job *j = job_open(c, &move_export, id, done, arg);

	if (j != NULL)
		j->on_record = record;
	begin(j, NULL);
}

void
calls_import(struct calls *c, const uint8_t *record, size_t len, bool relocate,
	calls_done *done, void *arg)
{
	struct job *j = job_open(c, &move_import, "", done, arg);

	if (j == NULL || move_read(j, record, len) != 0)
		return;
	j->relocate = relocate;
	begin(j, NULL);
}

void
calls_end(struct calls *c, const char *id, const char *why)
{
	struct call *call = directory_find(c->directory, id);
	struct job *j =
		call != NULL && call->made ? job_open(c, &job_delete, id, NULL, NULL) : NULL;

	if (j == NULL)
		return;
	c->sums.ended++;
	call->ending = why;
	begin(j, NULL);
}

/* Take the job of ARG out of LIST.  NULL: it is not there. */
static struct job *
take_out(struct job **list, const void *arg)
{
	struct job *j;

	while ((j = *list) != NULL && j->arg != arg)
		list = &j->next;
	if (j != NULL)
		*list = j->next;
	return j;
}

bool
calls_cancel(struct calls *c, const char *id, const void *arg)
{
	struct call *call = directory_find(c->directory, id);
	struct job *j = call != NULL ? take_out(&call->waiting, arg) : NULL;

	if (j == NULL)
		j = parked_take(&c->parked, id, arg);
	if (j == NULL)
		return false;
	job_free(j);
	return true;
}

static bool
has_delete(const struct job *list)
{
	for (const struct job *j = list; j != NULL; j = j->next)
		if (j->kind == &job_delete)
			return true;
	return false;
}

bool
calls_is_leaving(const struct calls *c, const char *id)
{
	const struct call *call = directory_find(c->directory, id);

	return (call != NULL && has_delete(call->waiting)) ||
	       parked_has(&c->parked, id, &job_delete);
}

/* ---- Looking. ---- */

const struct call *
calls_find(const struct calls *c, const char *id)
{
	const struct call *call = directory_find(c->directory, id);

	return call != NULL && call->made ? call : NULL;
}

const struct call *
calls_next(const struct calls *c, const char *after)
{
	const struct call *call = directory_next(c->directory, after);

	while (call != NULL && !call->made)
		call = directory_next(c->directory, call->id);
	return call;
}

unsigned
calls_count(const struct calls *c)
{
	return directory_count(c->directory);
}

unsigned
calls_on_core(const struct calls *c, unsigned core)
{
	return c->places != NULL ? places_load(c->places, core) : 0;
}

uint64_t
calls_promised(const struct calls *c, unsigned transcoder)
{
	return transcoders_promised(c->transcoders, transcoder);
}

struct changes *
calls_changes(const struct calls *c)
{
	return c->changes;
}

struct sampler *
calls_sampler(const struct calls *c)
{
	return c->sampler;
}

void
calls_tell(struct calls *c, calls_told *told, void *arg)
{
	assert(c->listeners < CALLS_LISTENERS);
	c->listener[c->listeners].told = told;
	c->listener[c->listeners++].arg = arg;
}

void
calls_guard_by(struct calls *c, calls_guard *guard, void *arg)
{
	c->guard.guard = guard;
	c->guard.arg = arg;
}

const struct timeouts *
calls_timeouts(const struct calls *c)
{
	return c->timeouts;
}

const struct calls_sums *
calls_sums(const struct calls *c)
{
	return &c->sums;
}

void
calls_drain(struct calls *c, bool on)
{
	c->draining = on;
}

bool
calls_is_draining(const struct calls *c)
{
	return c->draining;
}

/* ---- Life. ---- */

/* A party is missed, or heard again. */
static void
one_way(void *arg, const struct call *call, unsigned leg, unsigned i, bool on)
{
	struct calls *c = arg;

	seen_one_way(&c->seen_limit, call, leg, i, on, calls_now_ms());
	seen_emit_one_way(c->events, call, leg, i, on);
}

void
calls_report(struct calls *c, struct events *e)
{
	c->events = e;
}

struct calls *
calls_open(const struct config *conf, struct switch_client *client, struct event_base *base)
{
	struct calls *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->conf = conf;
	c->client = client;
	parked_init(&c->parked);
	c->directory = directory_open();
	if (c->directory == NULL)
		goto no_directory;
	c->changes = changes_open(base);
	if (c->changes == NULL)
		goto no_changes;
	c->timeouts = timeouts_open(base, conf, client, calls_timed_out, c);
	if (c->timeouts == NULL)
		goto no_timeouts;
	c->sampler = sampler_open(&(struct sampler_conf){.base = base,
		.config = conf,
		.client = client,
		.directory = c->directory,
		.told = one_way,
		.arg = c});
	if (c->sampler == NULL)
		goto no_sampler;
	c->transcoders = transcoders_open(client, conf);
	if (c->transcoders == NULL)
		goto no_transcoders;
	c->retry = evtimer_new(base, calls_retry, c);
	if (c->retry == NULL)
		goto no_timer;
	return c;

no_timer:
	transcoders_close(c->transcoders);
no_transcoders:
	sampler_close(c->sampler);
no_sampler:
	timeouts_close(c->timeouts);
no_timeouts:
	changes_close(c->changes);
no_changes:
	directory_close(c->directory);
no_directory:
	free(c);
	return NULL;
}

void
calls_configured(struct calls *c)
{
	char at[REQUEST_ID] = "";
	struct call *call;

	timeouts_configured(c->timeouts);
	if (c->places == NULL)
		return;
	while ((call = directory_next(c->directory, at[0] != '\0' ? at : NULL)) != NULL) {
		snprintf(at, sizeof at, "%s", call->id);
		places_tell(c->places, call);
	}
}

void
calls_close(struct calls *c)
{
	struct call *call;

	if (c == NULL)
		return;
	changes_close(c->changes);
	timeouts_close(c->timeouts);
	sampler_close(c->sampler);
	transcoders_close(c->transcoders);
	event_free(c->retry);
	reconcile_close(c->reconcile);
	job_refuse_all(parked_take_all(&c->parked));
	for (struct job *j = c->running, *next; j != NULL; j = next) {
		next = j->next;
		job_abandon(j);
	}
	while ((call = directory_next(c->directory, NULL)) != NULL) {
		job_refuse_all(call->waiting);
		directory_remove(c->directory, call);
		call_close(call);
	}
	directory_close(c->directory);
	places_close(c->places);
	store_close(c->store);
	free(c->owner);
	free(c);
}
