/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests in, looking, life; see calls.h and calls_inside.h. */
#include "relay/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataplane/secret.h"
#include "relay/calls_inside.h"
#include "relay/move.h"
#include "relay/record.h"

int64_t
calls_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

void
calls_own(struct calls *c, const struct call *of, struct call *owner)
{
	for (unsigned i = 0; i < of->legs; i++)
		for (unsigned j = 0; j < of->leg[i].streams; j++)
			if (of->leg[i].stream[j].slot < c->owners)
				c->owner[of->leg[i].stream[j].slot] = owner;
}

int
calls_write_record(struct calls *c, const struct call *call, uint32_t *record)
{
	uint8_t buf[RECORD_MAX];
	ssize_t len = record_encode(call, NULL, buf, sizeof buf);
	int err = len < 0 ? (int)len : store_write(c->store, buf, (size_t)len, record);

	explicit_bzero(buf, sizeof buf);
	return err;
}

/* ---- Requests in. ---- */

static void
wait_in(struct job **list, struct job *j, const struct call_request *asked)
{
	struct fault fault;

	if (asked != NULL) {
		j->asked = secret_alloc(sizeof *j->asked);
		if (j->asked == NULL) {
			fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
			job_refuse(j, &fault);
			return;
		}
		*j->asked = *asked;
	}
	while (*list != NULL)
		list = &(*list)->next;
	*list = j;
}

void
calls_route(struct job *j, const struct call_request *asked)
{
	struct calls *c = j->calls;
	struct call *call = directory_find(c->directory, j->id);

	if (call != NULL && call->busy)
		wait_in(&call->waiting, j, asked);
	else if (c->up && !c->agrees)
		wait_in(&c->parked, j, asked);
	else
		job_start(j, call, asked);
}

void
calls_route_all(struct job *list)
{
	for (struct job *j = list, *next; j != NULL; j = next) {
		struct call_request *asked = j->asked;

		next = j->next;
		j->next = NULL;
		j->asked = NULL;
		calls_route(j, asked);
		secret_free(asked, sizeof *asked);
	}
}

void
calls_create(struct calls *c, const struct call_request *asked, calls_done *done, void *arg)
{
	struct job *j = job_open(c, JOB_CREATE, asked->id, done, arg);

	if (j != NULL)
		calls_route(j, asked);
}

void
calls_update(struct calls *c, const struct call_request *asked, calls_done *done, void *arg)
{
	struct job *j = job_open(c, JOB_UPDATE, asked->id, done, arg);

	if (j != NULL)
		calls_route(j, asked);
}

void
calls_delete(struct calls *c, const char *id, calls_last *last, calls_done *done, void *arg)
{
	struct job *j = job_open(c, JOB_DELETE, id, done, arg);

	if (j == NULL)
		return;
	j->last = last;
	calls_route(j, NULL);
}

void
calls_export(
	struct calls *c, const char *id, calls_record *record, calls_done *done, void *arg)
{
	struct job *j = job_open(c, JOB_EXPORT, id, done, arg);

	if (j == NULL)
		return;
	j->on_record = record;
	calls_route(j, NULL);
}

void
calls_import(struct calls *c, const uint8_t *record, size_t len, bool relocate,
	calls_done *done, void *arg)
{
	struct job *j = job_open(c, JOB_IMPORT, "", done, arg);

	if (j == NULL || move_read(j, record, len) != 0)
		return;
	j->relocate = relocate;
	calls_route(j, NULL);
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

struct calls *
calls_open(const struct config *conf, struct switch_client *client, struct event_base *base)
{
	struct calls *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->conf = conf;
	c->client = client;
	c->directory = directory_open();
	if (c->directory == NULL)
		goto no_directory;
	c->retry = evtimer_new(base, calls_retry, c);
	if (c->retry == NULL)
		goto no_timer;
	return c;

no_timer:
	directory_close(c->directory);
no_directory:
	free(c);
	return NULL;
}

void
calls_close(struct calls *c)
{
	struct call *call;

	if (c == NULL)
		return;
	event_free(c->retry);
	reconcile_close(c->reconcile);
	job_refuse_all(c->parked);
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
