/* SPDX-License-Identifier: Apache-2.0
 *
 * Delete: now, or after a while in which everything goes on and may be asked for again.  See
 * ng.h. */
#include <stdio.h>

#include "control/note.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/ng_inside.h"
#include "relay/ng_query.h"

static const char not_found[] = "Call-ID not found or tags didn't match";

enum { DELAY_MAX = 7 * 24 * 3600 }; /* s */

/* Lies in the arena of its request. */
struct deletion {
	struct ng_work *w;
	struct value *answer;
	unsigned pending; /* calls that are still ending, and one until all are told to */
};

static void
refuse(struct ng_work *w)
{
	struct value *answer = value_dict(w->arena);

	if (ng_has(&w->request, NG_FATAL)) {
		ng_fail(w, not_found);
		return;
	}
	value_put_string(w->arena, answer, "warning", not_found);
	value_put_string(w->arena, answer, "result", "ok");
	ng_done(w, answer);
}

static void
one_less(struct deletion *del)
{
	if (--del->pending == 0)
		ng_done(del->w, del->answer);
}

/* A call is gone, or knows when it will be, or was not there any more. */
static void
told(void *arg, const struct call *call, const struct fault *fault)
{
	one_less(arg);
}

/* Into the note of PAIR's call, for who comes after us. */
static void
write_down(struct deletion *del, const struct pair *pair)
{
	struct calls *calls = del->w->ng->conf.calls;
	const struct call *call = calls_find(calls, pair->call);
	struct slice bytes = call != NULL ? dialog_memo(call) : (struct slice){NULL, 0};
	struct call_request *asked = arena_take(del->w->arena, sizeof *asked);
	struct memo *m;
	struct note *note;

	if (bytes.at == NULL || asked == NULL)
		return;
	if ((m = memo_decode((const uint8_t *)bytes.at, bytes.len)) == NULL)
		return;
	if ((note = dialog_note_make(pair, m)) != NULL) {
		snprintf(asked->id, sizeof asked->id, "%s", pair->call);
		asked->note = note;
		del->pending++;
		calls_update(calls, asked, told, del);
		note_put(note);
	}
	memo_close(m);
}

/* All in MS from now; the pairs of PARTY, NULL: of all. */
static void
delete_later(struct deletion *del, const struct party *party, int64_t ms)
{
	struct ng_work *w = del->w;

	for (struct pair *pair = w->dialog->pairs, *next; pair != NULL; pair = next) {
		next = pair->next;
		if (party != NULL && pair->party[dialog_side(pair, party)] != party)
			continue;
		pair->delete_at_us = dialog_now_us() + ms * 1000;
		write_down(del, pair);
		ng_life_watch(w->ng, pair);
	}
}

/* Pairs go as their calls do, so those are named before the first goes. */
static void
delete_now(struct deletion *del, const struct party *party)
{
	char calls[DIALOG_PAIRS][REQUEST_ID];
	unsigned n = 0;

	for (struct pair *pair = del->w->dialog->pairs; pair != NULL; pair = pair->next)
		if (party == NULL || pair->party[dialog_side(pair, party)] == party)
			snprintf(calls[n++], REQUEST_ID, "%s", pair->call);
	del->pending += n;
	for (unsigned i = 0; i < n; i++)
		calls_delete(del->w->ng->conf.calls, calls[i], NULL, told, del);
}

/* S. */
static int64_t
delay(const struct ng_work *w)
{
	int64_t s = w->request.delete_delay;

	if (s == NG_NO_NUMBER || s < 0)
		return w->ng->conf.config->ng_delete_delay_ms / 1000;
	return s < DELAY_MAX ? s : DELAY_MAX;
}

void
ng_delete(struct ng_work *w)
{
	struct deletion *del = arena_take(w->arena, sizeof *del);
	enum dialog_whom whom = DIALOG_NOBODY;
	struct party *party = NULL;

	if (del == NULL) {
		ng_done(w, NULL);
		return;
	}
	if (w->dialog != NULL)
		whom = dialog_whom(w->dialog, &w->request, &party);
	if (whom == DIALOG_NOBODY) {
		refuse(w);
		return;
	}
	*del = (struct deletion){.w = w, .answer = value_dict(w->arena), .pending = 1};
	if (!ng_has(&w->request, NG_FAST))
		ng_query_put(w->arena, del->answer, w->dialog, w->ng->conf.calls,
			w->ng->conf.client, party);
	value_put_string(w->arena, del->answer, "result", "ok");
	if (whom == DIALOG_FORMER_TAG)
		dialog_forget_tag(party, w->request.to_tag);
	else if (delay(w) > 0)
		delete_later(del, party, delay(w) * 1000);
	else
		delete_now(del, party);
	one_less(del);
}
