/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a request: applied to a copy of its call, placed, written down, told to the
 * switch, and when that has acknowledged it, made valid and answered; or undone and refused.
 */
#include "relay/calls.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "control/log.h"
#include "control/request.h"
#include "dataplane/switch_client.h"
#include "relay/commands.h"
#include "relay/config.h"
#include "relay/directory.h"
#include "relay/places.h"
#include "relay/reconcile.h"
#include "relay/record.h"
#include "relay/recover.h"
#include "relay/seen.h"
#include "relay/store.h"

enum request_kind { CREATE, UPDATE, DELETE };

/* One request, from its arrival to its answer. */
struct request {
	struct calls *calls;   /* NULL: they were closed; only the switch's answers keep it */
	struct request *next;  /* of those that wait for the same, or of all that run */
	struct request **link; /* what points to it among those that run */
	enum request_kind kind;
	char id[REQUEST_ID];
	struct call_request *asked; /* while it waits */

	struct call *call;  /* what it is about */
	struct call *draft; /* what that is to become */
	uint32_t record;    /* of the draft, not committed; or STORE_NONE */
	int srtp;	    /* what it changes in calls.srtp_calls */

	calls_last *last;
	calls_done *done; /* NULL: answered */
	void *arg;
};

struct calls {
	const struct config *conf;
	struct switch_client *client;
	struct directory *directory;

	/* Of the switch's memory; NULL before the first welcome. */
	uint64_t instance;
	struct places *places;
	struct store *store;
	struct call **owner; /* by slot */
	uint32_t owners;

	bool up;     /* there is a switch */
	bool agrees; /* and it has acknowledged all that we have */
	bool doubt;  /* it may hold something else: reconcile once nothing runs */
	bool draining;
	struct reconcile *reconcile;
	struct request *running; /* with the switch */
	struct request *parked;	 /* wait until it agrees; oldest first */
	unsigned srtp_calls;
	struct calls_sums sums;
	struct seen_limit seen_limit;
	struct event *retry; /* while it does not agree: see that it goes on */
};

static const struct timeval retry_after = {0, 100000};

static void route(struct request *r, const struct call_request *asked);

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* ---- Answers. ---- */

static void
answer(struct request *r, const struct call *call, const struct fault *fault)
{
	calls_done *done = r->done;

	r->done = NULL;
	if (fault != NULL)
		r->calls->sums.refused++;
	if (done != NULL)
		done(r->arg, call, fault);
}

static void
switch_down(struct fault *f)
{
	fault_set(f, FAULT_SWITCH_DOWN, NULL, NULL, NULL,
		"the switch is not there; it is started again at once");
}

/* What error -ERR of a command means for the one who asked. */
static void
command_failed(struct fault *f, int err)
{
	if (err == -EPIPE || err == -ENOTCONN)
		switch_down(f);
	else
		fault_set(f, FAULT_REFUSED, NULL, NULL, NULL, "the switch refused: %s",
			strerror(-err));
}

static void
free_request(struct request *r)
{
	if (r->asked != NULL)
		request_wipe(r->asked);
	free(r->asked);
	call_close(r->draft);
	free(r);
}

/* Answer and forget a request that has changed nothing. */
static void
refuse(struct request *r, const struct fault *fault)
{
	answer(r, NULL, fault);
	free_request(r);
}

/* ---- Which slots are whose. ---- */

static void
set_owner(struct calls *c, const struct call *of, struct call *owner)
{
	for (unsigned i = 0; i < of->legs; i++)
		for (unsigned j = 0; j < of->leg[i].streams; j++)
			if (of->leg[i].stream[j].slot < c->owners)
				c->owner[of->leg[i].stream[j].slot] = owner;
}

/* ---- The end of a request. ---- */

static void start_reconcile(struct calls *c);

static void
add_running(struct request *r)
{
	struct request **first = &r->calls->running;

	r->next = *first;
	r->link = first;
	if (r->next != NULL)
		r->next->link = &r->next;
	*first = r;
}

static void
stop_running(struct request *r)
{
	if (r->link == NULL)
		return;
	*r->link = r->next;
	if (r->next != NULL)
		r->next->link = r->link;
}

/* Those that wait, in their order; the first may make the others wait again. */
static void
route_all(struct request *list)
{
	for (struct request *r = list, *next; r != NULL; r = next) {
		struct call_request *asked = r->asked;

		next = r->next;
		r->next = NULL;
		r->asked = NULL;
		route(r, asked);
		if (asked != NULL)
			request_wipe(asked);
		free(asked);
	}
}

/* R is answered, and the switch has nothing of it any more. */
static void
finish(struct request *r)
{
	struct calls *c = r->calls;
	struct call *call = r->call;
	struct request *waiting = call->waiting;

	stop_running(r);
	free_request(r);
	call->waiting = NULL;
	call->busy = false;
	if (!call->made) {
		directory_remove(c->directory, call);
		call_close(call);
	}
	route_all(waiting);
	if (c->doubt && c->running == NULL)
		start_reconcile(c);
}

/* Give back what the draft of R took.  USED: the switch may have had it. */
static void
undo(struct request *r, bool used)
{
	struct calls *c = r->calls;

	places_return(c->places, r->draft, r->call, used, now_ms());
	store_drop(c->store, r->record);
	c->srtp_calls -= (unsigned)r->srtp;
}

/* We no longer know what the switch holds. */
static void
doubt(struct calls *c, const struct call *call, int err)
{
	log_warn("%s: the switch did not follow (%s); saying everything again",
		log_call(call->id), strerror(-err));
	c->doubt = true;
	c->agrees = false;
}

/* ---- Create and update. ---- */

static void
commit(struct request *r)
{
	struct calls *c = r->calls;
	struct call *call = r->call;

	call_swap(call, r->draft);
	call_keep_seen(call, r->draft);
	store_commit(c->store, r->record, call->record);
	call->record = r->record;
	call->made = true;
	set_owner(c, call, call);
	if (r->kind == CREATE)
		c->sums.created++;
	else
		c->sums.updated++;
	answer(r, call, NULL);
	finish(r);
}

static void
rolled_back(void *arg, int err)
{
	struct request *r = arg;

	if (r->calls == NULL) {
		free(r);
		return;
	}
	if (err != 0 && err != -EPIPE)
		doubt(r->calls, r->call, err);
	undo(r, true);
	finish(r);
}

static void
acknowledged(void *arg, int err)
{
	struct request *r = arg;
	struct fault fault;
	int back;

	if (r->calls == NULL) {
		free(r);
		return;
	}
	if (err == 0) {
		commit(r);
		return;
	}
	command_failed(&fault, err);
	log_warn("%s: %s", log_call(r->id), fault.text);
	answer(r, NULL, &fault);
	back = err == -EPIPE
		       ? 0
		       : commands_change(r->calls->client, r->draft, r->call, rolled_back, r);
	if (back < 0 && back != -ENOTCONN)
		doubt(r->calls, r->call, back);
	if (back <= 0) {
		undo(r, true);
		finish(r);
	}
}

/* May one more call speak SRTP? */
static int
count_srtp(struct request *r, struct fault *fault)
{
	struct calls *c = r->calls;
	const struct sw_state *st = switch_client_state(c->client);

	r->srtp = call_is_srtp(r->draft) - call_is_srtp(r->call);
	if (r->srtp > 0 && strncmp(st->engine, "libsrtp2", sizeof st->engine) == 0 &&
		c->srtp_calls >= c->conf->libsrtp2_calls)
		return fault_set(fault, FAULT_CALL_LIMIT, NULL, NULL, NULL,
			"the libsrtp2 engine carries %u SRTP calls at most "
			"(srtp.libsrtp2_calls)",
			c->conf->libsrtp2_calls);
	c->srtp_calls += (unsigned)r->srtp;
	return 0;
}

static int
write_record(struct calls *c, const struct call *call, uint32_t *record)
{
	uint8_t buf[RECORD_MAX];
	ssize_t len = record_encode(call, buf, sizeof buf);
	int err = len < 0 ? (int)len : store_write(c->store, buf, (size_t)len, record);

	explicit_bzero(buf, sizeof buf);
	return err;
}

/* Make the draft: what the call is to become, in its places, written down.  0, or -EINVAL and
 * nothing is taken. */
static int
prepare(struct request *r, const struct call_request *asked, struct fault *fault)
{
	struct calls *c = r->calls;

	r->draft = call_copy(r->call);
	if (r->draft == NULL)
		return fault_set(fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	if (call_apply(r->draft, asked, fault) != 0)
		return -EINVAL;
	if (count_srtp(r, fault) != 0)
		return -EINVAL;
	if (places_give(c->places, r->draft, now_ms(), fault) != 0)
		goto no_places;
	if (write_record(c, r->draft, &r->record) != 0)
		goto no_record;
	return 0;

no_record:
	fault_set(
		fault, FAULT_CALL_LIMIT, NULL, NULL, NULL, "there is no room for its record");
	places_return(c->places, r->draft, r->call, false, now_ms());
no_places:
	c->srtp_calls -= (unsigned)r->srtp;
	return -EINVAL;
}

static void
start_change(struct request *r, const struct call_request *asked)
{
	struct calls *c = r->calls;
	struct fault fault;
	int err;

	if (prepare(r, asked, &fault) != 0) {
		answer(r, NULL, &fault);
		finish(r);
		return;
	}
	err = commands_change(c->client, r->call, r->draft, acknowledged, r);
	if (err == 0) {
		commit(r);
	} else if (err < 0) {
		command_failed(&fault, err);
		answer(r, NULL, &fault);
		undo(r, false);
		finish(r);
	} else {
		add_running(r);
	}
}

/* May there be one more call? */
static int
check_room(const struct calls *c, struct fault *fault)
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
start_create(struct request *r, struct call *call, const struct call_request *asked)
{
	struct calls *c = r->calls;
	struct fault fault;

	if (call != NULL) {
		fault_set(&fault, FAULT_CALL_EXISTS, "call", NULL, "an id that is not in use",
			"there is a call of this id already");
		refuse(r, &fault);
		return;
	}
	if (check_room(c, &fault) != 0) {
		refuse(r, &fault);
		return;
	}
	call = call_open(r->id);
	if (call == NULL) {
		fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
		refuse(r, &fault);
		return;
	}
	directory_add(c->directory, call);
	r->call = call;
	call->busy = true;
	start_change(r, asked);
}

static void
unknown_call(struct fault *f)
{
	fault_set(f, FAULT_UNKNOWN_CALL, "call", NULL, NULL, "there is no call of this id");
}

static void
start_update(struct request *r, struct call *call, const struct call_request *asked)
{
	struct fault fault;

	if (call == NULL) {
		unknown_call(&fault);
		refuse(r, &fault);
		return;
	}
	r->call = call;
	call->busy = true;
	start_change(r, asked);
}

/* ---- Delete. ---- */

static void
deleted(void *arg, int err)
{
	struct request *r = arg;
	struct calls *c = r->calls;

	if (c == NULL) {
		free(r);
		return;
	}
	if (err != 0 && err != -EPIPE && err != -ENOTCONN)
		doubt(c, r->call, err);
	places_return(c->places, r->call, NULL, true, now_ms());
	c->sums.deleted++;
	answer(r, NULL, NULL);
	finish(r);
}

static void
start_delete(struct request *r, struct call *call)
{
	struct calls *c = r->calls;
	struct fault fault;
	int err;

	if (call == NULL) {
		unknown_call(&fault);
		refuse(r, &fault);
		return;
	}
	r->call = call;
	call->busy = true;
	if (r->last != NULL)
		r->last(r->arg, call);
	/* The record goes first: killed from here on, our successor has the switch drop the
	 * rest. */
	store_drop(c->store, call->record);
	call->record = CALL_NO_RECORD;
	call->made = false;
	set_owner(c, call, NULL);
	c->srtp_calls -= call_is_srtp(call);
	err = c->up ? commands_change(c->client, call, NULL, deleted, r) : 0;
	if (err <= 0)
		deleted(r, err);
	else
		add_running(r);
}

/* ---- Requests in. ---- */

static void
wait_in(struct request **list, struct request *r, const struct call_request *asked)
{
	struct fault fault;

	if (asked != NULL) {
		r->asked = malloc(sizeof *r->asked);
		if (r->asked == NULL) {
			fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
			refuse(r, &fault);
			return;
		}
		*r->asked = *asked;
	}
	while (*list != NULL)
		list = &(*list)->next;
	*list = r;
}

/* Start R, or let it wait: for its call's other requests, or for the switch to agree. */
static void
route(struct request *r, const struct call_request *asked)
{
	struct calls *c = r->calls;
	struct call *call = directory_find(c->directory, r->id);
	struct fault fault;

	if (call != NULL && call->busy) {
		wait_in(&call->waiting, r, asked);
	} else if (c->up && !c->agrees) {
		wait_in(&c->parked, r, asked);
	} else if (r->kind == DELETE) {
		start_delete(r, call);
	} else if (!c->up) {
		switch_down(&fault);
		refuse(r, &fault);
	} else if (r->kind == CREATE) {
		start_create(r, call, asked);
	} else {
		start_update(r, call, asked);
	}
}

static struct request *
open_request(
	struct calls *c, enum request_kind kind, const char *id, calls_done *done, void *arg)
{
	struct request *r = calloc(1, sizeof *r);
	struct fault fault;

	if (r == NULL) {
		c->sums.refused++;
		fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
		done(arg, NULL, &fault);
		return NULL;
	}
	r->calls = c;
	r->kind = kind;
	r->record = STORE_NONE;
	r->done = done;
	r->arg = arg;
	snprintf(r->id, sizeof r->id, "%s", id);
	return r;
}

void
calls_create(struct calls *c, const struct call_request *asked, calls_done *done, void *arg)
{
	struct request *r = open_request(c, CREATE, asked->id, done, arg);

	if (r != NULL)
		route(r, asked);
}

void
calls_update(struct calls *c, const struct call_request *asked, calls_done *done, void *arg)
{
	struct request *r = open_request(c, UPDATE, asked->id, done, arg);

	if (r != NULL)
		route(r, asked);
}

void
calls_delete(struct calls *c, const char *id, calls_last *last, calls_done *done, void *arg)
{
	struct request *r = open_request(c, DELETE, id, done, arg);

	if (r == NULL)
		return;
	r->last = last;
	route(r, NULL);
}

/* ---- The switch comes, speaks, goes. ---- */

static void
nobody(void *arg, const struct call *call, const struct fault *fault)
{
}

/* The switch does not take what we say of CALL: it ends. */
static void
not_taken(void *arg, struct call *call, int err)
{
	struct calls *c = arg;
	struct request *r;

	log_warn("%s is ended: the switch refused it: %s", log_call(call->id), strerror(-err));
	c->sums.dropped++;
	r = open_request(c, DELETE, call->id, nobody, NULL);
	if (r != NULL)
		start_delete(r, call);
}

static void
reconciled(void *arg)
{
	struct calls *c = arg;
	struct request *parked = c->parked;

	c->reconcile = NULL;
	if (c->doubt) { /* since it began */
		if (c->running == NULL)
			start_reconcile(c);
		return;
	}
	c->agrees = true;
	c->parked = NULL;
	log_debug("the switch agrees on %u calls", calls_count(c));
	route_all(parked);
}

static const struct reconcile_calls reconcile_calls = {not_taken, reconciled};

static void
start_reconcile(struct calls *c)
{
	if (!c->up || c->reconcile != NULL)
		return;
	c->doubt = false;
	c->agrees = false;
	c->reconcile = reconcile_open(c->client, c->directory, &reconcile_calls, c);
	event_add(c->retry, &retry_after);
}

/* What could not be queued, or not be allocated, may be now. */
static void
retry(evutil_socket_t fd, short what, void *arg)
{
	struct calls *c = arg;

	if (!c->up || c->agrees)
		return;
	if (c->reconcile != NULL)
		reconcile_more(c->reconcile);
	else if (c->running == NULL)
		start_reconcile(c);
	event_add(c->retry, &retry_after);
}

/* CALL cannot be kept; the switch drops its transports when it reconciles. */
static void
lose(struct calls *c, struct call *call, const char *why)
{
	log_warn("%s is dropped: %s", log_call(call->id), why);
	store_drop(c->store, call->record);
	c->srtp_calls -= call_is_srtp(call);
	c->sums.dropped++;
	directory_remove(c->directory, call);
	call_close(call);
}

/* Our calls as they are in memory, in a switch that may have other places and memory than the
 * last. REWRITE: the records are to be written anew. */
static void
carry_over(struct calls *c, bool rewrite)
{
	char at[REQUEST_ID] = "";
	struct call *call;

	while ((call = directory_next(c->directory, at[0] != '\0' ? at : NULL)) != NULL) {
		memcpy(at, call->id, strlen(call->id) + 1);
		if (rewrite)
			call->record = CALL_NO_RECORD;
		if (places_claim(c->places, call) != 0) {
			lose(c, call, "its address, port or slot is no longer ours");
		} else if (rewrite && write_record(c, call, &call->record) != 0) {
			places_return(c->places, call, NULL, false, now_ms());
			lose(c, call, "there is no room for its record");
		} else if (rewrite) {
			store_commit(c->store, call->record, STORE_NONE);
		}
	}
}

static void
drop_record(void *arg, uint32_t record, const uint8_t *data, size_t len)
{
	struct calls *c = arg;

	store_drop(c->store, record);
}

/* Take over the memory of a switch: empty but for what lies in its records, or what we have.
 */
static int
take_memory(struct calls *c)
{
	const struct sw_state *st = switch_client_state(c->client);
	bool first = c->instance == 0, same = st->instance == c->instance;
	uint32_t blocks;
	void *records = switch_client_records(c->client, &blocks);
	struct places *places = places_open(st);
	struct call **owner = calloc(st->transports, sizeof(struct call *));
	struct store *store = same ? c->store : store_open(records, blocks);

	if (places == NULL || owner == NULL || store == NULL)
		goto no_memory;
	places_close(c->places);
	c->places = places;
	free(c->owner);
	c->owner = owner;
	c->owners = st->transports;
	if (!same)
		store_close(c->store);
	c->store = store;
	c->instance = st->instance;
	if (first) {
		c->sums.dropped += recover_calls(c->store, c->places, c->directory);
		c->sums.recovered += calls_count(c);
	} else if (same) {
		store_moved(c->store, records);
		carry_over(c, false);
	} else {
		store_each(c->store, drop_record, c);
		carry_over(c, true);
	}
	return 0;

no_memory:
	places_close(places);
	free(owner);
	if (!same)
		store_close(store);
	return -ENOMEM;
}

void
calls_welcome(struct calls *c, enum sw_origin origin)
{
	char at[REQUEST_ID] = "";
	struct call *call;

	assert(c->running == NULL);
	if (take_memory(c) != 0) {
		log_err("no memory for the calls; no call can be made");
		return;
	}
	c->srtp_calls = 0;
	while ((call = directory_next(c->directory, at[0] != '\0' ? at : NULL)) != NULL) {
		memcpy(at, call->id, strlen(call->id) + 1);
		set_owner(c, call, call);
		c->srtp_calls += call_is_srtp(call);
	}
	if (calls_count(c) > 0 && origin == SW_FRESH)
		log_info("telling a fresh switch of %u calls", calls_count(c));
	else if (calls_count(c) > 0)
		log_info("%u calls go on", calls_count(c));
	c->up = true;
	start_reconcile(c);
}

void
calls_switch_lost(struct calls *c)
{
	struct request *parked = c->parked;

	c->up = c->agrees = c->doubt = false;
	reconcile_close(c->reconcile);
	c->reconcile = NULL;
	c->parked = NULL;
	route_all(parked);
}

void
calls_event(struct calls *c, const struct sw_event *ev)
{
	struct call *call = ev->id != 0 && ev->slot < c->owners ? c->owner[ev->slot] : NULL;
	struct stream *s = call != NULL ? call_stream(call, ev->id) : NULL;

	if (s != NULL)
		seen_event(&c->seen_limit, call, s, ev, now_ms());
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
	c->retry = evtimer_new(base, retry, c);
	if (c->retry == NULL)
		goto no_timer;
	return c;

no_timer:
	directory_close(c->directory);
no_directory:
	free(c);
	return NULL;
}

static void
refuse_all(struct request *list)
{
	struct fault fault;

	switch_down(&fault);
	for (struct request *r = list, *next; r != NULL; r = next) {
		next = r->next;
		refuse(r, &fault);
	}
}

/* The switch has them still, and its client will call us back. */
static void
abandon_running(struct calls *c)
{
	struct fault fault;

	switch_down(&fault);
	for (struct request *r = c->running, *next; r != NULL; r = next) {
		next = r->next;
		answer(r, NULL, &fault);
		call_close(r->draft);
		r->draft = NULL;
		r->calls = NULL;
	}
}

void
calls_close(struct calls *c)
{
	struct call *call;

	if (c == NULL)
		return;
	event_free(c->retry);
	reconcile_close(c->reconcile);
	refuse_all(c->parked);
	abandon_running(c);
	while ((call = directory_next(c->directory, NULL)) != NULL) {
		refuse_all(call->waiting);
		directory_remove(c->directory, call);
		call_close(call);
	}
	directory_close(c->directory);
	places_close(c->places);
	store_close(c->store);
	free(c->owner);
	free(c);
}
