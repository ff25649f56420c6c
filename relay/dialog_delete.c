/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom a delete is about: the look-up rules of the NG protocol; see dialog.h. */
#include "relay/dialog.h"

static struct party *
party_of_branch(const struct dialog *d, struct slice branch)
{
	struct party *p = branch.len > 0 ? d->parties : NULL;

	while (p != NULL && (p->branch == NULL || !slice_is(branch, p->branch)))
		p = p->next;
	return p;
}

/* Has the one that P talks with never said its tag? */
static bool
is_unanswered(const struct dialog *d, const struct party *p)
{
	const struct pair *pair = dialog_pair_with(d, p, (struct slice){0});

	return pair != NULL && pair->party[!dialog_side(pair, p)]->tag == NULL;
}

enum dialog_whom
dialog_whom(const struct dialog *d, const struct ng_request *r, struct party **party)
{
	bool to_tag_counts = r->to_tag.len > 0 && ng_has(r, NG_TO_TAG);
	struct slice tag = to_tag_counts ? r->to_tag : r->from_tag;
	struct party *p = NULL;

	*party = NULL;
	if (r->from_tag.len == 0)
		return DIALOG_WHOLE;
	if (!to_tag_counts)
		p = party_of_branch(d, r->via_branch);
	if (p == NULL)
		p = dialog_party(d, tag);
	if (p == NULL)
		p = party_of_branch(d, r->via_branch);
	if (p != NULL) {
		*party = p;
		return to_tag_counts && dialog_former(p, r->to_tag) < DIALOG_FORMER
			       ? DIALOG_FORMER_TAG
			       : DIALOG_PARTY;
	}
	p = to_tag_counts ? dialog_party(d, r->from_tag) : NULL;
	return p != NULL && is_unanswered(d, p) ? DIALOG_WHOLE : DIALOG_NOBODY;
}
