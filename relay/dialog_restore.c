/* SPDX-License-Identifier: Apache-2.0
 *
 * Dialogs from the notes of calls, as a control process finds them that replaces another one;
 * see dialog.h. */
#include <errno.h>
#include <stdlib.h>

#include "relay/dialog.h"

struct pair *
dialogs_pair_of(const struct dialogs *d, const struct call *call)
{
	/* The first pair's call is called as its dialog is, if it can be; then the note need
	 * not be read. */
	struct dialog *at = call->note != NULL ? dialogs_find(d, slice_of(call->id)) : NULL;
	struct pair *pair = at != NULL ? dialog_pair_called(at, call->id) : NULL;
	struct dialog_note n;

	if (pair != NULL || dialog_note_of(&n, call) != 0)
		return pair;
	at = dialogs_find(d, n.call_id);
	return at != NULL ? dialog_pair_called(at, call->id) : NULL;
}

struct slice
dialog_memo(const struct call *call)
{
	struct dialog_note n;

	return dialog_note_of(&n, call) == 0 ? n.memo : (struct slice){NULL, 0};
}

/* The texts of a new party.  0; -ENOMEM. */
static int
fill(struct party *p, const struct dialog_note_party *n)
{
	int err = dialog_set(&p->tag, n->tag);

	for (unsigned i = 0; err == 0 && i < n->formers; i++)
		err = dialog_set_former(p, i, n->former[i]);
	if (err == 0)
		err = dialog_set(&p->label, n->label);
	if (err == 0)
		err = dialog_set(&p->branch, n->branch);
	p->created_us = n->created_us;
	return err;
}

/* To P's place in the order of coming. */
static void
move_party(struct dialog *d, struct party *p)
{
	struct party **link = &d->parties;

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	link = &d->parties;
	while (*link != NULL && (*link)->created_us <= p->created_us)
		link = &(*link)->next;
	p->next = *link;
	*link = p;
}

/* To PAIR's place: who was signalled last is first. */
static void
move_pair(struct dialog *d, struct pair *pair)
{
	struct pair **link = &d->pairs;

	while (*link != pair)
		link = &(*link)->next;
	*link = pair->next;
	link = &d->pairs;
	while (*link != NULL && (*link)->signalled_us > pair->signalled_us)
		link = &(*link)->next;
	pair->next = *link;
	*link = pair;
}

/* Whom another pair's note may call by another tag: no two parties came at the same time. */
static struct party *
party_since(const struct dialog *d, int64_t created_us)
{
	struct party *p = d->parties;

	while (p != NULL && p->created_us != created_us)
		p = p->next;
	return p;
}

/* What a pair signalled at THEN says of P, whom nothing has told of yet. */
static int
tell(struct party *p, const struct dialog_note_party *n, int64_t then)
{
	p->noted_us = then;
	return fill(p, n);
}

/* The same, unless a later one has said it. */
static int
retell(struct party *p, const struct dialog_note_party *n, int64_t then)
{
	if (then <= p->noted_us)
		return 0;
	dialog_free_texts(p);
	return tell(p, n, then);
}

/* Who is N, of a pair signalled at THEN, in D?  Made if need be.  NULL: errno. */
static struct party *
party_of(struct dialog *d, const struct dialog_note_party *n, int64_t then)
{
	struct party *p = party_since(d, n->created_us);
	int err;

	if (p == NULL)
		p = dialog_party(d, n->tag);
	if (p != NULL) {
		err = retell(p, n, then);
	} else if ((p = dialog_add_party(d)) == NULL) {
		return NULL;
	} else if ((err = tell(p, n, then)) == 0) {
		move_party(d, p);
	} else {
		dialog_drop_party(d, p);
	}
	errno = -err;
	return err == 0 ? p : NULL;
}

/* The pair of N in D, whose call is called ID.  NULL: errno. */
static struct pair *
add_pair(struct dialog *d, const struct dialog_note *n, const char *id)
{
	struct party *a = party_of(d, &n->party[0], n->signalled_us);
	struct party *b = a != NULL ? party_of(d, &n->party[1], n->signalled_us) : NULL;

	if (b == NULL)
		return NULL;
	if (a == b || dialog_pair(d, a, b) != NULL || dialog_pair_called(d, id) != NULL) {
		errno = EBADMSG;
		return NULL;
	}
	return dialog_add_pair(d, a, b, id);
}

/* Nothing became of it: what is left of it goes. */
static void
clean(struct dialogs *all, struct dialog *d)
{
	for (struct party *p = d->parties, *next; p != NULL; p = next) {
		next = p->next;
		if (dialog_pair_with(d, p, (struct slice){0}) == NULL)
			dialog_drop_party(d, p);
	}
	if (d->pairs == NULL)
		dialogs_remove(all, d);
}

struct pair *
dialogs_restore(struct dialogs *all, const struct dialog_note *n, const char *id)
{
	struct memo *m = memo_decode((const uint8_t *)n->memo.at, n->memo.len);
	struct dialog *d;
	struct pair *pair;

	if (m == NULL)
		return NULL;
	memo_close(m); /* it can be read: that is all */
	d = dialogs_find(all, n->call_id);
	if (d == NULL && (d = dialogs_add(all, n->call_id)) == NULL)
		return NULL;
	if ((pair = add_pair(d, n, id)) == NULL) {
		int err = errno;

		clean(all, d);
		errno = err;
		return NULL;
	}
	/* A note from before it was known says nothing.  Without memory the others are told.
	 */
	if (n->callback.at != NULL)
		dialog_set(&d->callback, n->callback);
	pair->made = true;
	pair->answered = n->answered;
	pair->signalled_us = n->signalled_us;
	pair->delete_at_us = n->delete_at_us;
	move_pair(d, pair);
	d->created_us = n->created_us;
	d->last_signal_us = d->pairs->signalled_us;
	return pair;
}
