/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_query.h. */
#include "relay/ng_query.h"

#include "relay/calls.h"
#include "relay/ng.h"
#include "relay/ng_query_inside.h"

enum { US = 1000000 };

static struct slice
tag_of(const struct party *p)
{
	return p->tag != NULL ? slice_of(p->tag) : SLICE("");
}

/* The pair that P was signalled in last, if it was the other's last, too; NULL. */
static const struct pair *
current(const struct dialog *d, const struct party *p)
{
	const struct pair *mine = dialog_pair_with(d, p, (struct slice){NULL, 0});
	const struct party *other;

	if (mine == NULL)
		return NULL;
	other = mine->party[1 - dialog_side(mine, p)];
	return dialog_pair_with(d, other, (struct slice){NULL, 0}) == mine ? mine : NULL;
}

static void
put_subscriptions(struct ng_tale *t, struct value *tag, const char *key,
	const struct dialog *d, const struct party *p)
{
	struct value *list = value_put_list(t->a, tag, key), *one;
	const struct pair *pair = current(d, p);

	if (pair == NULL)
		return;
	one = value_put_dict(t->a, list, NULL);
	value_put_text(t->a, one, "tag", tag_of(pair->party[1 - dialog_side(pair, p)]));
	value_put_string(t->a, one, "type", "offer/answer");
}

/* A delete that forgets one of them is answered with them all. */
static void
put_former(struct ng_tale *t, struct value *tag, const struct party *p)
{
	struct value *list;

	if (dialog_former_tag(p, 0) == NULL)
		return;
	list = value_put_list(t->a, tag, "tag-aliases");
	for (unsigned i = 0; dialog_former_tag(p, i) != NULL; i++)
		value_put_text(
			t->a, list, NULL, arena_copy(t->a, slice_of(dialog_former_tag(p, i))));
}

static void
put_optional(struct ng_tale *t, struct value *tag, const char *key, const char *text)
{
	if (text != NULL)
		value_put_string(t->a, tag, key, text);
}

/* The m= lines of the pair that P was signalled in last; of its others the sums. */
static void
put_medias(struct ng_tale *t, struct value *tag, const struct dialog *d, const struct party *p)
{
	struct value *list = value_put_list(t->a, tag, "medias");
	const struct pair *last = dialog_pair_with(d, p, (struct slice){NULL, 0});

	for (const struct pair *pair = d->pairs; pair != NULL; pair = pair->next) {
		unsigned leg = dialog_side(pair, p);
		struct ng_side side = {pair, calls_find(t->calls, pair->call), leg};

		if (side.call == NULL || pair->party[leg] != p)
			continue;
		ng_query_count(t, &side);
		if (pair == last)
			ng_query_medias(t, list, &side);
	}
}

static void
put_party(struct ng_tale *t, struct value *tags, const struct dialog *d, const struct party *p)
{
	struct value *tag = value_put_dict_named(t->a, tags, tag_of(p));

	put_optional(t, tag, "tag", p->tag);
	put_former(t, tag, p);
	put_optional(t, tag, "via-branch", p->branch);
	put_optional(t, tag, "label", p->label);
	value_put_number(t->a, tag, "created", p->created_us / US);
	put_subscriptions(t, tag, "subscriptions", d, p);
	put_subscriptions(t, tag, "subscribers", d, p);
	put_medias(t, tag, d, p);
	value_put_list(t->a, tag, "VSC");
}

static void
put_sums(struct ng_tale *t, struct value *totals, const char *key, uint64_t packets,
	uint64_t bytes, uint64_t errors)
{
	struct value *sums = value_put_dict(t->a, totals, key);

	value_put_number(t->a, sums, "packets", (int64_t)packets);
	value_put_number(t->a, sums, "bytes", (int64_t)bytes);
	value_put_number(t->a, sums, "errors", (int64_t)errors);
}

static bool
talks_with(const struct dialog *d, const struct party *p, const struct party *only)
{
	const struct pair *pair = current(d, only);

	return p == only || (pair != NULL && pair->party[1 - dialog_side(pair, only)] == p);
}

void
ng_query_put(struct arena *a, struct value *answer, const struct dialog *d,
	const struct calls *calls, const struct switch_client *client,
	const struct party *only)
{
	struct ng_tale t = {
		.a = a, .calls = calls, .client = client, .now_us = dialog_now_us()};
	struct value *tags, *totals;

	value_put_number(a, answer, "created", d->created_us / US);
	value_put_number(a, answer, "created_us", d->created_us % US);
	value_put_number(a, answer, "created_ts", d->created_us);
	value_put_number(a, answer, "last signal", d->last_signal_us / US);
	value_put_number(a, answer, "last redis update", 0);
	t.sources = value_put_dict(a, answer, "SSRC");
	tags = value_put_dict(a, answer, "tags");
	for (const struct party *p = d->parties; p != NULL; p = p->next)
		if (only == NULL || talks_with(d, p, only))
			put_party(&t, tags, d, p);
	totals = value_put_dict(a, answer, "totals");
	put_sums(&t, totals, "RTP", t.packets, t.bytes, t.errors);
	put_sums(&t, totals, "RTCP", t.rtcp, 0, 0);
}

void
ng_query(struct ng_work *w)
{
	static const struct party nobody; /* whose tag it is, of no party */
	const struct ng_request *r = &w->request;
	struct slice tag = r->to_tag.len > 0 ? r->to_tag : r->from_tag;
	struct value *answer = value_dict(w->arena);
	const struct party *only = tag.len > 0 ? dialog_party(w->dialog, tag) : NULL;

	if (tag.len > 0 && only == NULL)
		only = &nobody;
	ng_query_put(w->arena, answer, w->dialog, ng_calls(w->ng), ng_client(w->ng), only);
	value_put_string(w->arena, answer, "result", "ok");
	ng_done(w, answer);
}
