/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom an offer or an answer is of, and for: the rules of the NG protocol, in their order; see
 * dialog.h.  In an answer, too, the party that made the SDP is the "maker" here and the one
 * that gets it the "other", so that one set of rules does for both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/dialog.h"

static const char no_association[] = "Invalid dialogue association";
static const char too_many[] = "Too many parties in one call";
static const char too_long[] = "Tag, branch or label of more than 255 bytes";
static const char no_memory[] = "Out of memory";

enum { MAKER, OTHER };

/* What the request says, turned round for an answer. */
struct said {
	struct slice maker, other, branch;
	bool answer;
};

/* ---- Changes that can be undone. ---- */

/* Copies of P's texts into COPY, which is empty.  0; -ENOMEM. */
static int
copy_texts(struct party *copy, const struct party *p)
{
	int err = dialog_set(&copy->tag, slice_of(p->tag));

	for (unsigned i = 0; err == 0 && dialog_former_tag(p, i) != NULL; i++)
		err = dialog_set_former(copy, i, slice_of(p->former[i]));
	if (err == 0)
		err = dialog_set(&copy->label, slice_of(p->label));
	if (err == 0)
		err = dialog_set(&copy->branch, slice_of(p->branch));
	return err;
}

/* P becomes the WHICH of AS; its texts may be changed from now on. */
static int
take(struct association *as, int which, struct party *p)
{
	int err = copy_texts(&as->of[which].before, p);

	if (err != 0) {
		dialog_free_texts(&as->of[which].before);
		return err;
	}
	as->of[which].party = p;
	return 0;
}

static int
take_new(struct association *as, int which)
{
	struct party *p = dialog_add_party(as->dialog);

	if (p == NULL)
		return -errno;
	as->of[which].party = p;
	as->of[which].is_new = true;
	return 0;
}

static int
take_pair(struct association *as, struct pair *pair, const struct party *maker)
{
	unsigned from = dialog_side(pair, maker);
	int err = take(as, MAKER, pair->party[from]);

	as->pair = pair;
	as->signalled_us = pair->signalled_us;
	as->from = from;
	return err != 0 ? err : take(as, OTHER, pair->party[!from]);
}

/* The maker and the other one have not met before. */
static int
join(struct association *as)
{
	as->pair = dialog_add_pair(as->dialog, as->of[MAKER].party, as->of[OTHER].party, NULL);
	as->new_pair = as->pair != NULL;
	as->from = 0;
	return as->new_pair ? 0 : -errno;
}

void
dialog_keep(struct association *as)
{
	struct dialog *d = as->dialog;
	struct pair **link = &d->pairs;

	for (unsigned i = 0; i < 2; i++)
		dialog_free_texts(&as->of[i].before);
	while (*link != as->pair)
		link = &(*link)->next;
	*link = as->pair->next;
	as->pair->next = d->pairs;
	d->pairs = as->pair;
	d->last_signal_us = as->pair->signalled_us;
}

void
dialog_undo(struct association *as)
{
	for (unsigned i = 0; i < 2; i++) {
		struct party *p = as->of[i].party, *before = &as->of[i].before;

		if (p == NULL || as->of[i].is_new)
			continue;
		before->next = p->next;
		before->created_us = p->created_us;
		p->next = NULL;
		dialog_free_texts(p);
		*p = *before;
	}
	if (as->new_pair) {
		dialog_drop_pair(as->dialog, as->pair);
		return;
	}
	if (as->pair != NULL)
		as->pair->signalled_us = as->signalled_us;
	for (unsigned i = 0; i < 2; i++)
		if (as->of[i].is_new)
			dialog_drop_party(as->dialog, as->of[i].party);
}

/* ---- The rules. ---- */

/* P is called TAG from now on, and may be called by the tag before, too. */
static int
rename_party(struct party *p, struct slice tag)
{
	char *old = p->tag;
	unsigned i = 0;
	int err;

	if (old == NULL)
		return dialog_set(&p->tag, tag);
	while (i < DIALOG_FORMER - 1 && dialog_former_tag(p, i) != NULL &&
		!slice_is(tag, p->former[i]))
		i++;
	if ((err = dialog_set_former(p, i, tag)) != 0)
		return err;
	/* The two change places, and the old one goes to the front. */
	p->tag = p->former[i];
	memmove(&p->former[1], &p->former[0], i * sizeof(char *));
	p->former[0] = old;
	return 0;
}

/* The other one has no tag that we know: one that MAKER talks with already, or a new one. */
static int
find_other(struct association *as, const struct said *s, struct party *maker)
{
	struct pair *pair = dialog_pair_with(as->dialog, maker, s->branch);
	int err;

	if (pair == NULL &&
		(pair = dialog_pair_with(as->dialog, maker, (struct slice){0})) != NULL) {
		const struct party *peer = pair->party[!dialog_side(pair, maker)];

		if (peer->branch != NULL || peer->tag != NULL)
			pair = NULL; /* it is another branch's */
	}
	if (pair != NULL && s->other.len > 0 &&
		pair->party[!dialog_side(pair, maker)]->tag != NULL)
		pair = NULL; /* it has another tag */
	if (pair != NULL)
		return take_pair(as, pair, maker);
	if ((err = take(as, MAKER, maker)) != 0 || (err = take_new(as, OTHER)) != 0)
		return err;
	return join(as);
}

static int
find_strangers(struct association *as)
{
	int err = take_new(as, MAKER);

	if (err == 0)
		err = take_new(as, OTHER);
	return err != 0 ? err : join(as);
}

static int
find_known(struct association *as, struct party *maker, struct party *other)
{
	struct pair *pair = dialog_pair(as->dialog, maker, other);
	int err;

	if (pair != NULL)
		return take_pair(as, pair, maker);
	if ((err = take(as, MAKER, maker)) != 0 || (err = take(as, OTHER, other)) != 0)
		return err;
	return join(as);
}

/* OTHER is known, and gets an SDP from a tag that is not: of the party that OTHER's offer went
 * to.  An answer under another tag is of the same party as the one before: two forks that
 * share a branch have been offered the same ports, and can only answer about those. */
static int
find_maker(struct association *as, const struct said *s, struct party *other)
{
	struct pair *pair = dialog_pair_with(as->dialog, other, s->branch);
	int err;

	if (pair == NULL)
		pair = dialog_pair_with(as->dialog, other, (struct slice){0});
	if (pair != NULL) {
		struct party *maker = pair->party[!dialog_side(pair, other)];

		if (s->answer || maker->tag == NULL)
			return take_pair(as, pair, maker);
	}
	if ((err = take_new(as, MAKER)) != 0 || (err = take(as, OTHER, other)) != 0)
		return err;
	return join(as);
}

static int
find(struct association *as, const struct said *s)
{
	struct party *maker = dialog_party(as->dialog, s->maker);
	struct party *other = dialog_party(as->dialog, s->other);

	if (maker != NULL && maker == other)
		return -ESRCH;
	if (maker != NULL && other != NULL)
		return find_known(as, maker, other);
	if (other != NULL)
		return find_maker(as, s, other);
	if (maker != NULL)
		return find_other(as, s, maker);
	return find_strangers(as);
}

static int
name_party(struct association *as, int which, struct slice tag)
{
	struct party *p = as->of[which].party;

	if (tag.len == 0 || (p->tag != NULL && slice_is(tag, p->tag)))
		return 0;
	as->of[which].changed = true;
	return rename_party(p, tag);
}

static int
label_maker(struct association *as, struct slice label)
{
	struct party *p = as->of[MAKER].party;

	if (label.len == 0 || (p->label != NULL && slice_is(label, p->label)))
		return 0;
	as->of[MAKER].changed = true;
	return dialog_set(&p->label, label);
}

/* Of the one that was offered something and has no tag yet. */
static int
name_branch(struct association *as, const struct said *s)
{
	int which = s->answer ? MAKER : OTHER;
	struct party *p = as->of[which].party;

	if (s->branch.len == 0 || p->branch != NULL || p->tag != NULL)
		return 0;
	as->of[which].changed = true;
	return dialog_set(&p->branch, s->branch);
}

/* Whoever had no name has one now. */
static int
name(struct association *as, const struct said *s, struct slice label)
{
	int err = name_branch(as, s);

	if (err == 0)
		err = name_party(as, MAKER, s->maker);
	if (err == 0)
		err = name_party(as, OTHER, s->other);
	return err != 0 ? err : label_maker(as, label);
}

int
dialog_associate(struct association *as, struct dialog *d, const struct ng_request *r,
	bool answer, const char **reason)
{
	struct said s = {.maker = answer ? r->to_tag : r->from_tag,
		.other = answer ? r->from_tag : r->to_tag,
		.branch = r->via_branch,
		.answer = answer};
	int err;

	*as = (struct association){.dialog = d};
	err = slice_equal(s.maker, s.other) ? -ESRCH : find(as, &s);
	if (err == 0 && answer && !as->pair->made)
		err = -ESRCH; /* nothing was offered that it could answer */
	if (err == 0)
		err = name(as, &s, r->label);
	if (err == 0) {
		as->pair->signalled_us = dialog_now_us();
		return 0;
	}
	dialog_undo(as);
	*reason = err == -ESRCH    ? no_association
		  : err == -E2BIG  ? too_many
		  : err == -EINVAL ? too_long
				   : no_memory;
	return err == -ENOMEM ? err : -EINVAL;
}
