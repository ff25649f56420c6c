/* SPDX-License-Identifier: Apache-2.0
 *
 * Delete: now, or after a while in which everything goes on and may be asked for again.  See
 * ng.h. */
#include "control/slice.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/ng_inside.h"
#include "relay/ng_query.h"

static const char not_found[] = "Call-ID not found or tags didn't match";
static const char too_much[] = "What was counted is too long for a datagram";

enum { DELAY_MAX = 7 * 24 * 3600 }; /* s */

/* Lies in the arena of its request. */
struct deletion {
	struct ng_work *w;
	struct value *answer;
	unsigned pending; /* calls that are still ending, and one until all are told to */
};

/* RESULT "ok", and WARNING. */
static struct value *
warn(struct ng_work *w, const char *warning)
{
	struct value *answer = value_dict(w->arena);

	value_put_string(w->arena, answer, "warning", warning);
	value_put_string(w->arena, answer, "result", "ok");
	return answer;
}

static void
refuse(struct ng_work *w)
{
	if (ng_has(&w->request, NG_FATAL))
		ng_fail(w, not_found);
	else
		ng_done(w, warn(w, not_found));
}

static void
one_less(struct deletion *del)
{
	if (--del->pending == 0)
		ng_done(del->w, del->answer);
}

/* A call is gone, or was not there any more. */
static void
ended(void *arg, const struct call *call, const struct fault *fault)
{
	one_less(arg);
}

/* A call's note says what is to be, or will when it can: who hangs up does not ask again. */
static void
noted(void *arg, const struct call *call, const struct fault *fault)
{
	struct deletion *del = arg;

	ng_owe_notes(del->w->ng, del->w->dialog, fault);
	one_less(del);
}

/* All in MS from now; the pairs of PARTY, NULL: of all. */
static void
delete_later(struct deletion *del, const struct party *party, int64_t ms)
{
	struct ng_work *w = del->w;

	for (struct pair *pair = w->dialog->pairs, *next; pair != NULL; pair = next) {
		next = pair->next;
		if (party != NULL && !dialog_is_in(pair, party))
			continue;
		pair->delete_at_us = dialog_now_us() + ms * 1000;
		del->pending++;
		ng_write_down(w->ng, pair, noted, del);
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
		if (party == NULL || dialog_is_in(pair, party))
			slice_copy(slice_of(pair->call), calls[n++], REQUEST_ID);
	del->pending += n;
	for (unsigned i = 0; i < n; i++)
		calls_delete_soon(del->w->ng->conf.calls, calls[i], ended, del);
}

/* Nobody calls PARTY by TAG any more; our successor does not either. */
static void
forget_tag(struct deletion *del, struct party *party, struct slice tag)
{
	struct ng_work *w = del->w;

	dialog_forget_tag(party, tag);
	ng_write_down_of(w->ng, w->dialog, party, NULL, &del->pending, noted, del);
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
	if (w->dialog != NULL && w->dialog->pairs != NULL)
		whom = dialog_whom(w->dialog, &w->request, &party);
	if (whom == DIALOG_NOBODY) {
		refuse(w);
		return;
	}
	*del = (struct deletion){.w = w, .answer = value_dict(w->arena), .pending = 1};
	w->shorter = warn(w, too_much);
	if (!ng_has(&w->request, NG_FAST))
		ng_query_put(w->arena, del->answer, w->dialog, w->ng->conf.calls,
			w->ng->conf.client, party);
	value_put_string(w->arena, del->answer, "result", "ok");
	if (whom == DIALOG_FORMER_TAG)
		forget_tag(del, party, w->request.to_tag);
	else if (delay(w) > 0)
		delete_later(del, party, delay(w) * 1000);
	else
		delete_now(del, party);
	one_less(del);
}
