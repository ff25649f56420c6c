/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests in and answers out; those of one dialog one after the other.  See ng.h. */
#include "relay/ng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control/log.h"
#include "control/log_trace.h"
#include "relay/calls.h"
#include "relay/ng_callback.h"
#include "relay/ng_inside.h"
#include "relay/random.h"

/* ---- What the commands need. ---- */

enum {
	NEEDS_SDP = 1,
	NEEDS_CALL_ID = 2,
	NEEDS_FROM_TAG = 4,
	NEEDS_TO_TAG = 8,
	MAKES_DIALOG = 16, /* when there is none */
	MAKES_IDS = 32,    /* call-id and from-tag, where they are not given */
};

struct ng_row {
	ng_run *run;
	unsigned what;
	const char *unknown; /* the error when there is no such dialog; NULL: none is needed */
};

static const char unknown_call[] = "Unknown call-id",
		  unknown_call_in_call[] = "Unknown call-ID";

/* Commands without a row are for what is not there yet. */
static const struct ng_row rows[NG_COMMANDS] = {
	[NG_PING] = {ng_ping},
	[NG_LIST] = {ng_list},
	[NG_STATISTICS] = {ng_statistics},
	[NG_OFFER] = {ng_offer, NEEDS_SDP | NEEDS_CALL_ID | NEEDS_FROM_TAG | MAKES_DIALOG},
	[NG_ANSWER] = {ng_answer, NEEDS_SDP | NEEDS_CALL_ID | NEEDS_FROM_TAG | NEEDS_TO_TAG,
		unknown_call},
	[NG_DELETE] = {ng_delete, NEEDS_CALL_ID},
	[NG_QUERY] = {ng_query, NEEDS_CALL_ID, unknown_call},
	[NG_BLOCK_MEDIA] = {ng_mark_media, NEEDS_CALL_ID, unknown_call_in_call},
	[NG_UNBLOCK_MEDIA] = {ng_mark_media, NEEDS_CALL_ID, unknown_call_in_call},
	[NG_SILENCE_MEDIA] = {ng_mark_media, NEEDS_CALL_ID, unknown_call_in_call},
	[NG_UNSILENCE_MEDIA] = {ng_mark_media, NEEDS_CALL_ID, unknown_call_in_call},
	[NG_PUBLISH] = {ng_publish, NEEDS_SDP | NEEDS_CALL_ID | MAKES_DIALOG | MAKES_IDS},
	[NG_SUBSCRIBE_REQUEST] = {ng_subscribe_request, NEEDS_CALL_ID, unknown_call_in_call},
	[NG_SUBSCRIBE_ANSWER] = {ng_subscribe_answer, NEEDS_SDP | NEEDS_CALL_ID | NEEDS_TO_TAG,
		unknown_call_in_call},
	[NG_UNSUBSCRIBE] = {ng_unsubscribe, NEEDS_CALL_ID | NEEDS_TO_TAG,
		unknown_call_in_call},
};

static const struct {
	unsigned what;
	size_t at; /* of the text in the request */
	const char *missing;
} needs[] = {
	{NEEDS_SDP, offsetof(struct ng_request, sdp), "No SDP body in message"},
	{NEEDS_CALL_ID, offsetof(struct ng_request, call_id), "No call-id in message"},
	{NEEDS_FROM_TAG, offsetof(struct ng_request, from_tag), "No from-tag in message"},
	{NEEDS_TO_TAG, offsetof(struct ng_request, to_tag), "No to-tag in message"},
};

/* The error of what R lacks; NULL: nothing. */
static const char *
missing(const struct ng_request *r, const struct ng_row *row)
{
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		const char *at = (const char *)r + needs[i].at;

		if ((row->what & needs[i].what) != 0 && ((const struct slice *)at)->len == 0)
			return needs[i].missing;
	}
	return NULL;
}

struct slice
ng_make_id(struct arena *a)
{
	uint8_t bytes[NG_ID / 2];
	char *text = arena_take(a, NG_ID + 1);

	random_take(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes && text != NULL; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return (struct slice){text, text != NULL ? NG_ID : 0};
}

static void
make_ids(struct ng_work *w)
{
	if (w->request.call_id.len == 0)
		w->request.call_id = ng_make_id(w->arena);
	if (w->request.from_tag.len == 0)
		w->request.from_tag = ng_make_id(w->arena);
}

/* ---- Out. ---- */

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void run(struct ng_work *w);

/* Nobody works on D: pairs whose call has ended go. */
static void
sweep(struct ng *ng, struct dialog *d)
{
	for (struct pair *pair = d->pairs, *next; pair != NULL; pair = next) {
		next = pair->next;
		if (!pair->made) {
			ng_life_forget(ng,
				pair); /* a request that failed may have watched it again */
			dialog_drop_pair(d, pair);
		}
	}
}

/* The first of those that wait for D, if any, has its turn; a dialog that nobody talks in and
 * nobody waits for goes. */
static void
go_on(struct ng *ng, struct dialog *d)
{
	if (d->waiting != NULL)
		run(d->waiting);
	else if (d->pairs == NULL)
		dialogs_remove(ng->dialogs, d);
}

static void
count(struct ng_work *w, bool error)
{
	struct ng_tally *t = &w->ng->tally[w->request.command];
	uint64_t us = (uint64_t)(now_us() - w->began_us);

	t->requests++;
	t->errors += error;
	t->us += us;
	if (us > t->us_max)
		t->us_max = us;
}

static void
end(struct ng_work *w, const struct value *answer, bool error)
{
	struct ng *ng = w->ng;
	struct dialog *d = w->dialog;

	count(w, error);
	if (d != NULL && (d->waiting = w->next) == NULL)
		d->waiting_end = &d->waiting;
	/* Which may hold texts of D; W is gone. */
	ng_exchange_reply_or(w->x, answer, w->shorter);
	if (d == NULL)
		return;
	d->waits--;
	sweep(ng, d);
	go_on(ng, d);
}

void
ng_done(struct ng_work *w, struct value *answer)
{
	end(w, answer, false);
}

/* Refusals are for the operator of the proxy; of a flood of them some lines do. */
static void
log_refusal(struct ng_work *w, const char *reason)
{
	char id[DIALOG_TEXT + 1];

	if (slice_copy(w->request.call_id, id, sizeof id) != 0 || id[0] == '\0')
		snprintf(id, sizeof id, "no call");
	if (log_trace_wants(id, LOG_LEVEL_DEBUG) ||
		seen_may_log(&w->ng->log_limit, ng_now_ms()))
		log_about(id, LOG_LEVEL_INFO, "%s refused: %s",
			ng_command_words[w->request.command], reason);
}

void
ng_fail(struct ng_work *w, const char *reason)
{
	struct value *answer = value_dict(w->arena);

	log_refusal(w, reason);
	value_put_string(w->arena, answer, "result", "error");
	value_put_string(w->arena, answer, "error-reason", reason);
	end(w, answer, true);
}

struct value *
ng_ok(struct ng_work *w)
{
	struct value *answer = value_dict(w->arena);

	value_put_string(w->arena, answer, "result", "ok");
	return answer;
}

/* ---- Faults. ---- */

/* What a client is told, which may look at the words: see docs/ng.md.  NULL: the fault's own.
 * ELSEWHERE: another node may take the call. */
static const struct {
	const char *reason;
	bool elsewhere;
} faults[FAULTS] = {
	[FAULT_UNKNOWN_CALL] = {"Unknown call-id"},
	[FAULT_NO_PORTS] = {"Ran out of ports", true},
	[FAULT_SWITCH_DOWN] = {"The media plane is not running", true},
	[FAULT_DRAINING] = {"Parallel session limit reached", true},
	[FAULT_CALL_LIMIT] = {"Parallel session limit reached", true},
	[FAULT_BUSY] = {"Parallel session limit reached", true},
	[FAULT_TOO_MANY] = {"Parallel session limit reached", true},
	[FAULT_NO_TRANSCODER] = {"Parallel session limit reached", true},
	[FAULT_INTERNAL] = {"Out of memory"},
};

void
ng_fault(struct ng_work *w, const struct fault *fault)
{
	const char *reason = faults[fault->kind].reason;
	struct value *answer;

	if (reason == NULL)
		reason = arena_print(w->arena, "%s", fault->text).at;
	if (reason == NULL || !faults[fault->kind].elsewhere ||
		w->request.command != NG_OFFER ||
		!ng_has(&w->request, NG_SUPPORTS_LOAD_LIMIT) || w->dialog->pairs != NULL) {
		ng_fail(w, reason != NULL ? reason : faults[FAULT_INTERNAL].reason);
		return;
	}
	answer = value_dict(w->arena);
	log_refusal(w, reason);
	value_put_string(w->arena, answer, "result", "load limit");
	value_put_string(w->arena, answer, "message", reason);
	end(w, answer, true);
}

/* ---- In. ---- */

static void
run(struct ng_work *w)
{
	if (w->ng->stopped)
		ng_fail(w, "The node is ending");
	else if (w->dialog != NULL && w->dialog->pairs == NULL && w->row->unknown != NULL)
		ng_fail(w, w->row->unknown); /* it ended while W waited */
	else
		w->row->run(w);
}

/* Behind those of its dialog; the first is being worked on. */
static void
enqueue(struct ng_work *w)
{
	struct dialog *d = w->dialog;

	*d->waiting_end = w;
	d->waiting_end = &w->next;
	d->waits++;
	if (d->waiting == w)
		run(w);
}

static struct dialog *
dialog_of(struct ng_work *w)
{
	struct dialog *d = dialogs_find(w->ng->dialogs, w->request.call_id);

	if (d == NULL && (w->row->what & MAKES_DIALOG) != 0)
		d = dialogs_add(w->ng->dialogs, w->request.call_id);
	return d;
}

/* The request is whole: to its dialog, or at once. */
static void
route(struct ng_work *w)
{
	struct dialog *d;

	if ((w->row->what & NEEDS_CALL_ID) == 0 || w->ng->stopped) {
		run(w);
		return;
	}
	d = dialog_of(w);
	if (d != NULL && d->waits == NG_WAITING) {
		ng_fail(w, "Too many requests of one call wait");
	} else if (d != NULL) {
		w->dialog = d;
		enqueue(w);
	} else if ((w->row->what & MAKES_DIALOG) != 0) {
		ng_fail(w,
			errno == EINVAL ? "Call-id of more than 255 bytes" : "Out of memory");
	} else if (w->row->unknown != NULL) {
		ng_fail(w, w->row->unknown);
	} else {
		run(w);
	}
}

static void
log_unknown(struct ng_work *w)
{
	char id[DIALOG_TEXT + 1];

	w->ng->unknown_keys += w->request.unknowns;
	if (w->request.unknowns == 0 || slice_copy(w->request.call_id, id, sizeof id) != 0 ||
		!log_writes(id, LOG_LEVEL_DEBUG))
		return;
	log_about(id, LOG_LEVEL_DEBUG,
		"%s, from %s: %zu keys or flags are unknown, as \"%.*s\"",
		ng_command_words[w->request.command], ng_exchange_source(w->x),
		w->request.unknowns,
		w->request.unknown.n > 0 ? (int)w->request.unknown.at[0].len : 0,
		w->request.unknown.n > 0 ? w->request.unknown.at[0].at : "");
}

void
ng_handle(void *ng, struct ng_exchange *x, const struct value *request)
{
	struct arena *a = ng_exchange_arena(x);
	struct ng_work *w = arena_take(a, sizeof *w);
	const char *lacks;

	if (w == NULL || ng_request_read(&w->request, request, a) != 0) {
		ng_exchange_reply(x, NULL);
		return;
	}
	w->ng = ng;
	w->x = x;
	w->arena = a;
	w->began_us = now_us();
	w->row = &rows[w->request.command];
	if ((w->row->what & MAKES_IDS) != 0)
		make_ids(w);
	log_unknown(w);
	if (w->request.command == NG_NONE)
		ng_fail(w, "Dictionary contains no key \"command\"");
	else if (w->request.command == NG_UNKNOWN)
		ng_fail(w, "Unrecognized command");
	else if (w->row->run == NULL)
		ng_fail(w, arena_print(a, "Not supported yet: %s",
				   ng_command_words[w->request.command])
				   .at);
	else if ((lacks = missing(&w->request, w->row)) != NULL)
		ng_fail(w, lacks);
	else
		route(w);
}

/* ---- Calls that change without us. ---- */

static void
pair_ended(struct ng *ng, struct pair *pair)
{
	struct dialog *d = pair->dialog;

	pair->made = false;
	ng_life_forget(ng, pair);
	if (d->waiting != NULL)
		return;
	sweep(ng, d);
	go_on(ng, d);
}

static void
on_call_changed(void *arg, enum change_kind kind, const struct call *call)
{
	struct ng *ng = arg;
	struct pair *pair;

	if (call->note == NULL || (kind != CHANGE_ENDED && kind != CHANGE_CREATED))
		return;
	pair = dialogs_pair_of(ng->dialogs, call);
	if (kind == CHANGE_ENDED && pair != NULL)
		pair_ended(ng, pair);
	else if (kind == CHANGE_CREATED && pair == NULL)
		ng_recover_call(ng, call); /* from another node */
}

/* ---- Life. ---- */

struct ng *
ng_open(const struct ng_conf *conf)
{
	struct ng *ng = calloc(1, sizeof *ng);

	if (ng == NULL)
		return NULL;
	ng->conf = *conf;
	ng->opened_us = now_us();
	ng->dialogs = dialogs_open();
	ng->callbacks = ng_callbacks_open(conf->base, NG_CALLBACK_PATIENCE_MS);
	if (ng->dialogs == NULL || ng->callbacks == NULL || ng_life_open(ng) != 0) {
		ng_callbacks_close(ng->callbacks);
		dialogs_close(ng->dialogs);
		free(ng);
		return NULL;
	}
	calls_tell(conf->calls, on_call_changed, ng);
	return ng;
}

void
ng_stop(struct ng *ng)
{
	if (ng != NULL)
		ng->stopped = true;
}

void
ng_close(struct ng *ng)
{
	if (ng == NULL)
		return;
	for (struct dialog *d = NULL; (d = dialogs_next(ng->dialogs, d)) != NULL;)
		for (struct pair *pair = d->pairs; pair != NULL; pair = pair->next)
			ng_life_forget(ng, pair);
	ng_life_close(ng);
	dialogs_close(ng->dialogs);
	ng_callbacks_close(ng->callbacks);
	free(ng);
}

const struct ng_tally *
ng_tally(const struct ng *ng, enum ng_command command)
{
	return &ng->tally[command];
}

uint64_t
ng_unknown_keys(const struct ng *ng)
{
	return ng->unknown_keys;
}

struct calls *
ng_calls(const struct ng *ng)
{
	return ng->conf.calls;
}

struct dialogs *
ng_dialogs(const struct ng *ng)
{
	return ng->dialogs;
}

struct switch_client *
ng_client(const struct ng *ng)
{
	return ng->conf.client;
}

const struct config *
ng_config(const struct ng *ng)
{
	return ng->conf.config;
}
