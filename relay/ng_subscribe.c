/* SPDX-License-Identifier: Apache-2.0
 *
 * `subscribe request`, `subscribe answer`, `unsubscribe`: somebody such as a recorder (SIPREC,
 * RFC 7866) gets copies of what parties of a dialog send.  It listens to one pair, whose call
 * keeps all that is known of it (struct listener): its to-tag is the leg's name.  See ng.h. */
#include <stdio.h>
#include <string.h>

#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/negotiate_listen.h"
#include "relay/ng_inside.h"
#include "relay/ng_party.h"
#include "relay/record.h"

/* Lies in the arena of its request. */
struct subscription {
	struct ng_work *w;
	struct pair *pair;
	unsigned legs; /* bit n: leg n of it is listened to */
	struct listening l;
	char tag[REQUEST_NAME];
	struct call_request asked;
};

static const char no_such_tag[] = "From-tag given, but no such tag exists";

/* ---- Whom. ---- */

/* The one with TAG is listened to, too.  NULL, or why not. */
static const char *
add_source(struct subscription *s, struct slice tag)
{
	const struct dialog *d = s->w->dialog;
	const struct party *p = dialog_party(d, tag);

	if (p == NULL)
		return no_such_tag;
	if (s->pair == NULL)
		s->pair = dialog_pair_with(d, p, (struct slice){NULL, 0});
	if (s->pair == NULL || !dialog_is_in(s->pair, p))
		return "Not supported yet: parties that do not talk with each other";
	s->legs |= 1u << dialog_side(s->pair, p);
	return NULL;
}

/* The pair of the first two of TAGS; NULL. */
static struct pair *
pair_of_both(const struct dialog *d, const struct ng_list *tags)
{
	const struct party *a = tags->n >= 2 ? dialog_party(d, tags->at[0]) : NULL,
			   *b = a != NULL ? dialog_party(d, tags->at[1]) : NULL;

	return b != NULL ? dialog_pair(d, a, b) : NULL;
}

/* Those who are named, of the pair that it listens to already if it does; both, if all are, of
 * the pair that was signalled last.  NULL, or why not. */
static const char *
find_sources(struct subscription *s)
{
	const struct ng_request *r = &s->w->request;
	const char *reason = ng_whom_refusal(r);

	if (reason != NULL)
		return reason;
	if (r->whom == NG_WHOM_ALL || ng_has(r, NG_ALL)) {
		if (s->pair == NULL)
			s->pair = s->w->dialog->pairs;
		s->legs = 3;
		return NULL;
	}
	if (s->pair == NULL)
		s->pair = pair_of_both(s->w->dialog, &r->from_tags);
	for (size_t i = 0; i < r->from_tags.n && reason == NULL; i++)
		reason = add_source(s, r->from_tags.at[i]);
	if (r->from_tags.n == 0 && r->from_tag.len > 0)
		return add_source(s, r->from_tag);
	return reason != NULL || s->legs != 0 || s->pair != NULL
		       ? reason
		       : "No call participant specified";
}

/* The pair that TAG listens to; NULL. */
static struct pair *
pair_of_listener(const struct dialog *d, const struct calls *calls, const char *tag)
{
	for (struct pair *pair = d->pairs; pair != NULL; pair = pair->next) {
		const struct call *call = calls_find(calls, pair->call);

		if (call != NULL && call_listener(call, tag) != NULL)
			return pair;
	}
	return NULL;
}

/* ---- Beginning and end of all three. ---- */

static struct subscription *
open_subscription(struct ng_work *w)
{
	struct subscription *s = arena_take(w->arena, sizeof *s);

	if (s == NULL) {
		ng_fail(w, "Out of memory");
		return NULL;
	}
	memset(s, 0, sizeof *s);
	s->w = w;
	s->l = (struct listening){.request = &w->request,
		.node = switch_client_state(ng_client(w->ng)),
		.conf = ng_config(w->ng),
		.arena = w->arena,
		.tag = s->tag,
		.now_us = dialog_now_us()};
	return s;
}

/* What is asked is done, or not: then the request is answered.  True: it is. */
static bool
failed(struct subscription *s, const struct fault *fault)
{
	request_wipe(&s->asked);
	if (fault == NULL)
		return false;
	ng_fault(s->w, fault);
	return true;
}

static void
done(void *arg, const struct call *call, const struct fault *fault)
{
	struct subscription *s = arg;

	if (!failed(s, fault))
		ng_done(s->w, ng_ok(s->w));
}

/* The call that it listens to, for an answer and for the end; NULL: W is answered. */
static const struct call *
find(struct subscription *s)
{
	struct ng_work *w = s->w;
	struct calls *calls = ng_calls(w->ng);

	if (slice_copy(w->request.to_tag, s->tag, sizeof s->tag) == 0)
		s->pair = pair_of_listener(w->dialog, calls, s->tag);
	if (s->pair == NULL) {
		ng_fail(w, "To-tag not found");
		return NULL;
	}
	snprintf(s->asked.id, sizeof s->asked.id, "%s", s->pair->call);
	return calls_find(calls, s->pair->call);
}

/* ---- subscribe request ---- */

/* And the pair that it listens to, if it does.  NULL, or why it can not be. */
static const char *
take_tag(struct subscription *s)
{
	struct slice tag = s->w->request.to_tag;

	if (tag.len == 0)
		tag = ng_make_id(s->w->arena);
	if (tag.len == 0)
		return "Out of memory";
	if (slice_copy(tag, s->tag, sizeof s->tag) != 0)
		return "To-tag of more than 64 bytes";
	/* The leg is called so, in JSON and in the call's record. */
	if (!record_is_text(tag.at, tag.len))
		return "To-tag that is no UTF-8";
	if ((s->pair = pair_of_listener(s->w->dialog, ng_calls(s->w->ng), s->tag)) == NULL &&
		dialog_party(s->w->dialog, tag) != NULL)
		return "Invalid dialogue association";
	return NULL;
}

static void
offered(void *arg, const struct call *call, const struct fault *fault)
{
	struct subscription *s = arg;
	struct ng_work *w = s->w;
	struct value *answer, *tags;
	struct slice sdp;

	if (failed(s, fault))
		return;
	sdp = listening_offer(&s->l, call, dialog_memo(call));
	if (sdp.at == NULL) {
		ng_fail(w, "Out of memory");
		return;
	}
	answer = value_dict(w->arena);
	value_put_text(w->arena, answer, "sdp", sdp);
	if ((s->legs == 1 || s->legs == 2) && s->pair->party[s->legs - 1]->tag != NULL)
		value_put_string(
			w->arena, answer, "from-tag", s->pair->party[s->legs - 1]->tag);
	tags = value_put_list(w->arena, answer, "from-tags");
	for (unsigned i = 0; i < 2; i++)
		if ((s->legs & 1u << i) != 0 && s->pair->party[i]->tag != NULL)
			value_put_string(w->arena, tags, NULL, s->pair->party[i]->tag);
	value_put_string(w->arena, answer, "to-tag", s->tag);
	value_put_string(w->arena, answer, "result", "ok");
	ng_done(w, answer);
}

/* Whom it listens to already. */
static void
listen_again(struct subscription *s, const struct listener *l)
{
	s->legs = 0;
	for (unsigned i = 0; i < l->leg.streams; i++)
		s->legs |= 1u << l->of[i].leg;
}

void
ng_subscribe_request(struct ng_work *w)
{
	struct subscription *s = open_subscription(w);
	struct calls *calls = ng_calls(w->ng);
	const struct call *call;
	const char *reason;
	const struct listener *is;

	if (s == NULL)
		return;
	if ((reason = take_tag(s)) != NULL || (reason = find_sources(s)) != NULL) {
		ng_fail(w, reason);
		return;
	}
	call = s->pair != NULL ? calls_find(calls, s->pair->call) : NULL;
	if (call == NULL) {
		ng_fail(w, "Unknown call-ID");
		return;
	}
	if ((is = call_listener(call, s->tag)) != NULL)
		listen_again(s, is);
	snprintf(s->asked.id, sizeof s->asked.id, "%s", s->pair->call);
	if (listening_ask(&s->l, call, s->legs, &s->asked, &reason) != 0)
		ng_fail(w, reason);
	else
		calls_update(calls, &s->asked, offered, s);
}

/* ---- subscribe answer, unsubscribe ---- */

void
ng_subscribe_answer(struct ng_work *w)
{
	struct subscription *s = open_subscription(w);
	const struct call *call = s != NULL ? find(s) : NULL;
	const char *reason;

	if (call == NULL)
		return;
	if (listening_answer(&s->l, call, &s->asked, &reason) != 0)
		ng_fail(w, reason);
	else
		calls_update(ng_calls(w->ng), &s->asked, done, s);
}

void
ng_unsubscribe(struct ng_work *w)
{
	struct subscription *s = open_subscription(w);

	if (s == NULL || find(s) == NULL)
		return;
	s->asked.legs = 1;
	s->asked.leg[0].role = REQUEST_GONE;
	snprintf(s->asked.leg[0].name, sizeof s->asked.leg[0].name, "%s", s->tag);
	calls_update(ng_calls(w->ng), &s->asked, done, s);
}
