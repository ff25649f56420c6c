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

/* PAIR's; NULL: it has none (any more).  Asked for again and again while a pair is told of. */
static const struct call *
call_of(struct ng_tale *t, const struct pair *pair)
{
	if (pair != t->pair) {
		t->pair = pair;
		t->call = calls_find(t->calls, pair->call);
	}
	return t->call;
}

/* Is one side of PAIR alone (`publish`)? */
static bool
is_alone(struct ng_tale *t, const struct pair *pair)
{
	const struct call *call = call_of(t, pair);

	return call != NULL && call->legs == 1;
}

static void
put_subscription(struct ng_tale *t, struct value *list, struct slice tag, const char *type)
{
	struct value *one = value_put_dict(t->a, list, NULL);

	value_put_text(t->a, one, "tag", tag);
	value_put_string(t->a, one, "type", type);
}

/* Each of two who talk hears the other: that is both in its subscriptions and subscribers. */
static struct value *
put_talk(struct ng_tale *t, struct value *tag, const char *key, const struct dialog *d,
	const struct party *p)
{
	struct value *list = value_put_list(t->a, tag, key);
	const struct pair *pair = current(d, p);

	if (pair != NULL && !is_alone(t, pair))
		put_subscription(t, list, tag_of(pair->party[1 - dialog_side(pair, p)]),
			"offer/answer");
	return list;
}

/* ---- Listeners. ---- */

static bool
listens_to(const struct listener *l, unsigned leg)
{
	for (unsigned i = 0; i < l->leg.streams; i++)
		if (l->of[i].leg == leg)
			return true;
	return false;
}

/* Texts of a call are copied: it may be gone when a delete is answered. */
static struct slice
name_of(struct ng_tale *t, const struct listener *l)
{
	return arena_copy(t->a, slice_of(l->leg.name));
}

static void
put_listeners(
	struct ng_tale *t, struct value *list, const struct dialog *d, const struct party *p)
{
	for (const struct pair *pair = d->pairs; pair != NULL; pair = pair->next) {
		const struct call *call = call_of(t, pair);

		for (unsigned i = 0; call != NULL && i < call->listeners; i++)
			if (dialog_is_in(pair, p) &&
				listens_to(&call->listener[i], dialog_side(pair, p)))
				put_subscription(
					t, list, name_of(t, &call->listener[i]), "pub/sub");
	}
}

static void
put_listener(struct ng_tale *t, struct value *tags, const struct pair *pair,
	const struct call *call, unsigned n)
{
	const struct listener *l = &call->listener[n];
	struct ng_side side = {pair, call, call->legs + n};
	struct slice name = name_of(t, l);
	struct value *tag = value_put_dict_named(t->a, tags, name), *list;

	value_put_text(t->a, tag, "tag", name);
	list = value_put_list(t->a, tag, "subscriptions");
	for (unsigned i = 0; i < call->legs; i++)
		if (listens_to(l, i))
			put_subscription(t, list, tag_of(pair->party[i]), "pub/sub");
	value_put_list(t->a, tag, "subscribers");
	ng_query_medias(t, value_put_list(t->a, tag, "medias"), &side);
	value_put_list(t->a, tag, "VSC");
}

/* Those of all pairs of D, or of ONLY's. */
static void
put_all_listeners(struct ng_tale *t, struct value *tags, const struct dialog *d,
	const struct party *only)
{
	for (const struct pair *pair = d->pairs; pair != NULL; pair = pair->next) {
		const struct call *call = call_of(t, pair);

		if (call == NULL || (only != NULL && !dialog_is_in(pair, only)))
			continue;
		for (unsigned i = 0; i < call->listeners; i++)
			put_listener(t, tags, pair, call, i);
	}
}

/* ---- Parties. ---- */

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
		struct ng_side side = {pair, call_of(t, pair), leg};

		if (side.call == NULL || leg >= side.call->legs || pair->party[leg] != p)
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
	put_talk(t, tag, "subscriptions", d, p);
	put_listeners(t, put_talk(t, tag, "subscribers", d, p), d, p);
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

/* Who is to hear a party that is alone is nobody. */
static bool
is_somebody(struct ng_tale *t, const struct dialog *d, const struct party *p)
{
	const struct pair *pair = dialog_pair_with(d, p, (struct slice){NULL, 0});

	return p->tag != NULL || pair == NULL || !is_alone(t, pair);
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
		if ((only == NULL || talks_with(d, p, only)) && is_somebody(&t, d, p))
			put_party(&t, tags, d, p);
	put_all_listeners(&t, tags, d, only);
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
