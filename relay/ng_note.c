/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes known of pairs otherwise than by their own offers and answers is written into
 * their calls' notes: a party's names stand in the notes of all pairs that it is in, so that
 * none of them is needed to know it.  See ng.h. */
#include <stdio.h>

#include "control/note.h"
#include "relay/ng_inside.h"

bool
ng_write_down(struct ng *ng, const struct pair *pair, calls_done *done, void *arg)
{
	const struct call *call = calls_find(ng->conf.calls, pair->call);
	struct slice bytes = call != NULL ? dialog_memo(call) : (struct slice){NULL, 0};
	struct memo *m =
		bytes.at != NULL ? memo_copy((const uint8_t *)bytes.at, bytes.len) : NULL;
	struct note *note = m != NULL ? dialog_note_make(pair, m) : NULL;
	struct call_request asked = {.note = note};

	memo_close(m);
	if (note == NULL)
		return false;
	snprintf(asked.id, sizeof asked.id, "%s", pair->call);
	calls_update(ng->conf.calls, &asked, done, arg);
	note_put(note);
	return true;
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
	static const struct fault unkept = {.kind = FAULT_BAD_REQUEST,
		.text = "Tags, or labels, too long to be kept, or out of memory"};

	for (struct pair *pair = d->pairs, *next; pair != NULL; pair = next) {
		next = pair->next;
		if (pair == except || !dialog_is_in(pair, party) || !has_note(ng, pair))
			continue;
		++*pending;
		if (!ng_write_down(ng, pair, done, arg))
			done(arg, NULL, &unkept);
	}
}
