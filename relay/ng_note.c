/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes known of pairs otherwise than by their own offers and answers is written into
 * their calls' notes: a party's names stand in the notes of all pairs that it is in, so that
 * none of them is needed to know it.  See ng.h. */
#include <stdio.h>
#include <string.h>

#include "control/note.h"
#include "relay/ng_inside.h"

/* What is known of PAIR, and its call's memo.  NULL: it has none, or it cannot be made. */
static struct note *
make(const struct ng *ng, const struct pair *pair)
{
	const struct call *call = calls_find(ng->conf.calls, pair->call);
	struct slice bytes = call != NULL ? dialog_memo(call) : (struct slice){NULL, 0};
	struct memo *m =
		bytes.at != NULL ? memo_copy((const uint8_t *)bytes.at, bytes.len) : NULL;
	struct note *note = m != NULL ? dialog_note_make(pair, m) : NULL;

	memo_close(m);
	return note;
}

static void
ask(struct ng *ng, const struct pair *pair, const struct note *note, calls_done *done,
	void *arg)
{
	struct call_request asked = {.note = note};

	snprintf(asked.id, sizeof asked.id, "%s", pair->call);
	calls_update(ng->conf.calls, &asked, done, arg);
}

void
ng_write_down(struct ng *ng, const struct pair *pair, calls_done *done, void *arg)
{
	static const struct fault unkept = {.kind = FAULT_BAD_REQUEST,
		.text = "Tags, or labels, too long to be kept, or out of memory"};
	struct note *note = make(ng, pair);

	if (note != NULL)
		ask(ng, pair, note, done, arg);
	else
		done(arg, NULL, &unkept);
	note_put(note);
}

/* Has PAIR's call a note?  Of one that is being made, its own request writes it. */
static bool
has_note(const struct ng *ng, const struct pair *pair)
{
	const struct call *call = calls_find(ng->conf.calls, pair->call);

	return call != NULL && dialog_memo(call).at != NULL;
}

void
ng_write_down_of(struct ng *ng, const struct dialog *d, const struct party *party,
	const struct pair *except, unsigned *pending, calls_done *done, void *arg)
{
	for (struct pair *pair = d->pairs, *next; pair != NULL; pair = next) {
		next = pair->next;
		if (pair == except || !dialog_is_in(pair, party) || !has_note(ng, pair))
			continue;
		++*pending;
		ng_write_down(ng, pair, done, arg);
	}
}

/* Does CALL's note say what NOTE does? */
static bool
says(const struct call *call, const struct note *note)
{
	return call->note != NULL && call->note->len == note->len &&
	       memcmp(call->note->bytes, note->bytes, note->len) == 0;
}

void
ng_settle_note(struct ng *ng, struct pair *pair)
{
	struct note *note;

	if (!pair->note_owed || pair->dialog->waiting != NULL)
		return;
	note = make(ng, pair);
	pair->note_owed = note != NULL && !says(calls_find(ng->conf.calls, pair->call), note);
	if (pair->note_owed)
		ask(ng, pair, note, NULL, NULL);
	note_put(note);
}
