/* SPDX-License-Identifier: Apache-2.0
 *
 * A cursor over the directory, by id: calls may come and go on the way.  What cannot be queued
 * now is said after the next answer. */
#include "relay/reconcile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/commands.h"

enum { WINDOW = 128 }; /* calls in flight */

struct reconcile {
	struct switch_client *client;
	const struct directory *directory;
	const struct reconcile_calls *calls;
	void *arg;
	unsigned in_flight;  /* calls, and SYNC_BEGIN and SYNC_END */
	bool ending;         /* SYNC_END is on its way */
	bool lost;           /* the connection is; nothing more is to be said */
	bool closed;         /* by its owner: only the answers in flight keep it */
	char at[REQUEST_ID]; /* the call said last; empty: none yet */
};

/* One call in flight. */
struct statement {
	struct reconcile *r;
	char id[REQUEST_ID];
};

/* One answer has come; R may be gone after this. */
static void
landed(struct reconcile *r, int error)
{
	r->in_flight--;
	if (error == -EPIPE)
		r->lost = true;
	if (!r->closed)
		reconcile_more(r);
	else if (r->in_flight == 0)
		free(r);
}

static void
plain_answered(void *arg, int error)
{
	landed(arg, error);
}

static void
ended(void *arg, int error)
{
	struct reconcile *r = arg;
	const struct reconcile_calls *calls = r->calls;
	void *calls_arg = r->arg;

	if (error == -EPIPE || r->closed) {
		landed(r, error);
		return;
	}
	free(r);
	calls->done(calls_arg);
}

static void
stated(void *arg, int error)
{
	struct statement *st = arg;
	struct reconcile *r = st->r;
	struct call *c = error != 0 && error != -EPIPE && !r->closed
				 ? directory_find(r->directory, st->id)
				 : NULL;

	free(st);
	if (c != NULL)
		r->calls->refused(r->arg, c, error);
	landed(r, error);
}

/* 0: there is nothing to say. */
static int
state(struct reconcile *r, const struct call *c)
{
	struct statement *st = malloc(sizeof *st);
	int err;

	if (st == NULL)
		return -ENOMEM;
	st->r = r;
	memcpy(st->id, c->id, strlen(c->id) + 1);
	err = c->exported ? commands_stop(r->client, c, NULL, stated, st)
			  : commands_restate(r->client, c, stated, st);
	if (err <= 0)
		free(st);
	else
		r->in_flight++;
	return err;
}

void
reconcile_more(struct reconcile *r)
{
	struct call *c;

	if (r->lost || r->ending)
		return;
	while (r->in_flight < WINDOW) {
		c = directory_next(r->directory, r->at[0] != '\0' ? r->at : NULL);
		if (c == NULL)
			break;
		if (c->made && state(r, c) < 0)
			return;
		memcpy(r->at, c->id, strlen(c->id) + 1);
	}
	if (r->in_flight == 0 && switch_client_send(r->client, SW_SYNC_END, ended, r) == 0) {
		r->ending = true;
		r->in_flight++;
	}
}

struct reconcile *
reconcile_open(struct switch_client *client, const struct directory *d,
	const struct reconcile_calls *calls, void *arg)
{
	struct reconcile *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	*r = (struct reconcile){.client = client, .directory = d, .calls = calls, .arg = arg};
	if (switch_client_send(client, SW_SYNC_BEGIN, plain_answered, r) != 0)
		goto not_sent;
	r->in_flight = 1;
	return r;

not_sent:
	free(r);
	errno = ENOTCONN;
	return NULL;
}

void
reconcile_close(struct reconcile *r)
{
	if (r == NULL)
		return;
	r->closed = true;
	if (r->in_flight == 0)
		free(r);
}
