/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_party.h.  What parties send is blocked or silenced in the core, as the RPC does it:
 * one mark a stream, so that what was marked for all can be unmarked for one. */
#include "relay/ng_party.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/calls.h"
#include "relay/coding.h"
#include "relay/ng_inside.h"

/* ---- Whom. ---- */

static const struct party *
party_of_label(const struct dialog *d, struct slice label)
{
	const struct party *p = d->parties;

	while (p != NULL && (p->label == NULL || !slice_is(label, p->label)))
		p = p->next;
	return p;
}

static bool
is_at(const struct leg *leg, const struct request_addr *a)
{
	for (unsigned i = 0; i < leg->streams; i++)
		if (leg->stream[i].remote.family == a->family &&
			memcmp(leg->stream[i].remote.ip, a->ip, sizeof a->ip) == 0)
			return true;
	return false;
}

/* Whose SDP has A. */
static const struct party *
party_at(const struct dialog *d, const struct calls *calls, const struct request_addr *a)
{
	for (const struct pair *pair = d->pairs; pair != NULL; pair = pair->next) {
		const struct call *call = calls_find(calls, pair->call);

		for (unsigned leg = 0; call != NULL && leg < call->legs; leg++)
			if (is_at(&call->leg[leg], a))
				return pair->party[leg];
	}
	return NULL;
}

static int
find_address(const struct party **p, const struct dialog *d, const struct calls *calls,
	struct slice address, const char **reason)
{
	struct request_addr a;
	char text[64];

	if (slice_copy(address, text, sizeof text) != 0 || request_addr_parse(&a, text) != 0) {
		*reason = "Failed to parse network address";
		return -EINVAL;
	}
	*p = party_at(d, calls, &a);
	*reason = "Failed to match address to any tag";
	return *p != NULL ? 0 : -EINVAL;
}

const char *
ng_whom_refusal(const struct ng_request *r)
{
	static const char *const reasons[] = {
		[NG_WHOM_COPIES] = "Not supported yet: all=except-offer-answer",
		[NG_WHOM_UNKNOWN] = "Unknown value of all",
	};

	return reasons[r->whom];
}

static int
find_from(const struct party **p, const struct dialog *d, const struct calls *calls,
	const struct ng_request *r, const char **reason)
{
	if (r->label.len > 0) {
		*p = party_of_label(d, r->label);
		*reason = "No monologue matching the given label";
	} else if (r->address.len > 0) {
		return find_address(p, d, calls, r->address, reason);
	} else if (r->from_tag.len > 0 &&
		   (ng_has(r, NG_DIRECTIONAL) || r->whom == NG_WHOM_FLOWS)) {
		*p = dialog_party(d, r->from_tag);
		*reason = "From-tag given, but no such tag exists";
	} else {
		return 0;
	}
	return *p != NULL ? 0 : -EINVAL;
}

static int
find_to(const struct party **p, const struct dialog *d, const struct ng_request *r,
	const char **reason)
{
	if (r->to_label.len > 0) {
		*p = party_of_label(d, r->to_label);
		*reason = "No monologue matching the given label";
	} else if (r->to_tag.len > 0) {
		*p = dialog_party(d, r->to_tag);
		*reason = "To-tag given, but no such tag exists";
	} else {
		return 0;
	}
	return *p != NULL ? 0 : -EINVAL;
}

int
ng_parties_find(struct ng_parties *who, const struct dialog *d, const struct calls *calls,
	const struct ng_request *r, const char **reason)
{
	int err;

	*who = (struct ng_parties){NULL, NULL};
	if (r->whom == NG_WHOM_ALL)
		return 0;
	if ((*reason = ng_whom_refusal(r)) != NULL)
		return -EINVAL;
	if ((err = find_from(&who->from, d, calls, r, reason)) != 0 || who->from == NULL)
		return err;
	if ((err = find_to(&who->to, d, r, reason)) != 0 || who->to == NULL)
		return err;
	*reason = "Media flow not found";
	return who->from != who->to && dialog_pair(d, who->from, who->to) != NULL ? 0
										  : -EINVAL;
}

/* ---- What. ---- */

static bool
is_on(enum ng_command command)
{
	return command == NG_BLOCK_MEDIA || command == NG_SILENCE_MEDIA;
}

/* Is it about blocking?  Else it is about silence. */
static bool
is_block(enum ng_command command)
{
	return command == NG_BLOCK_MEDIA || command == NG_UNBLOCK_MEDIA;
}

static void
ask_stream(
	struct stream_request *asked, enum ng_command command, const struct stream *s, bool on)
{
	if (s->closed)
		return;
	if (is_block(command)) {
		asked->has = REQUEST_HAS_BLOCK;
		asked->block = on;
	} else if (s->media == REQUEST_AUDIO) {
		asked->has = REQUEST_HAS_MUTE;
		asked->mute = on;
	}
}

bool
ng_parties_ask(struct call_request *asked, const struct ng_parties *who,
	enum ng_command command, const struct ng_marks *back, const struct pair *pair,
	const struct call *call)
{
	snprintf(asked->id, sizeof asked->id, "%s", pair->call);
	for (unsigned i = 0; i < call->legs; i++) {
		const struct leg *leg = &call->leg[i];
		struct leg_request *l = &asked->leg[asked->legs];

		if ((who->from != NULL && pair->party[i] != who->from) ||
			(who->to != NULL && pair->party[1 - i] != who->to))
			continue;
		snprintf(l->name, sizeof l->name, "%s", leg->name);
		l->streams = (uint16_t)leg->streams;
		for (unsigned n = 0; n < leg->streams; n++)
			ask_stream(&l->stream[n], command, &leg->stream[n],
				back != NULL ? back->of[i] >> n & 1 : is_on(command));
		asked->legs++;
	}
	return asked->legs > 0;
}

static_assert(
	(int)CALL_STREAMS <= 8 && (int)CALL_LEGS == 2, "a bit of struct ng_marks a line");

/* A line of which nothing was said (video, say) has no coding, and no mark yet. */
static struct ng_marks
marks_of(const struct call *call, enum ng_command command)
{
	struct ng_marks marks = {{0, 0}};

	for (unsigned i = 0; i < call->legs; i++)
		for (unsigned n = 0; n < call->leg[i].streams; n++) {
			const struct coding *c = call->leg[i].stream[n].coding;
			bool on = c != NULL && (is_block(command) ? c->block : c->mute);

			marks.of[i] |= (uint8_t)(on << n);
		}
	return marks;
}

/* ---- The commands. ---- */

/* One call that is to change; lies in the arena, too. */
struct mark {
	struct marking *m;
	struct mark *next;
	char call[REQUEST_ID];
	struct ng_marks before;
	bool is_done;
};

/* Lies in the arena of its request. */
struct marking {
	struct ng_work *w;
	struct ng_parties who;
	unsigned pending;   /* calls that are still changing, and one until all are told to */
	struct fault fault; /* of the last that did not; FAULT_NONE: all did */
	struct mark *marks;
	struct party *called; /* who has another label from now on; NULL: nobody */
	char *label;          /* which it had before; NULL: none */
	struct call_request asked;
};

static void marked_all(struct marking *m);
static void write_label(struct marking *m, calls_done *done);

static void
answer(struct marking *m)
{
	free(m->label);
	if (m->fault.kind != FAULT_NONE)
		ng_fault(m->w, &m->fault);
	else
		ng_done(m->w, ng_ok(m->w));
}

/* THEN comes when it was the last. */
static void
one_less(struct marking *m, void (*then)(struct marking *m))
{
	if (--m->pending == 0)
		then(m);
}

/* One that has ended meanwhile sends, and says, nothing more. */
static void
note_fault(struct marking *m, const struct fault *fault)
{
	if (fault != NULL && fault->kind != FAULT_UNKNOWN_CALL)
		m->fault = *fault;
}

static void
marked(void *arg, const struct call *call, const struct fault *fault)
{
	struct mark *k = arg;

	k->is_done = fault == NULL;
	note_fault(k->m, fault);
	one_less(k->m, marked_all);
}

/* PAIR's call is to be as the command says, or, with BACK, as that does. */
static void
ask(struct marking *m, const struct pair *pair, const struct ng_marks *back, calls_done *done,
	void *arg)
{
	struct calls *calls = ng_calls(m->w->ng);
	const struct call *call = calls_find(calls, pair->call);

	memset(&m->asked, 0, sizeof m->asked);
	if (call == NULL ||
		!ng_parties_ask(&m->asked, &m->who, m->w->request.command, back, pair, call))
		return;
	m->pending++;
	calls_update(calls, &m->asked, done, arg);
}

static void
mark(struct marking *m, const struct pair *pair)
{
	const struct call *call = calls_find(ng_calls(m->w->ng), pair->call);
	struct mark *k = arena_take(m->w->arena, sizeof *k);

	if (k == NULL)
		fault_set(&m->fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	if (k == NULL || call == NULL)
		return;
	*k = (struct mark){
		.m = m, .next = m->marks, .before = marks_of(call, m->w->request.command)};
	snprintf(k->call, sizeof k->call, "%s", pair->call);
	m->marks = k;
	ask(m, pair, NULL, marked, k);
}

static void
mark_all(struct marking *m)
{
	m->pending = 1;
	for (const struct pair *pair = m->w->dialog->pairs, *next; pair != NULL; pair = next) {
		next = pair->next;
		mark(m, pair);
	}
	one_less(m, marked_all);
}

/* ---- Of a command that failed nothing stays. ---- */

static void
unlabelled(void *arg, const struct call *call, const struct fault *fault)
{
	struct marking *m = arg;

	ng_owe_notes(m->w->ng, m->w->dialog, fault);
	one_less(m, answer);
}

/* Nobody knows the label, also not by the notes that could be written. */
static void
unlabel(struct marking *m)
{
	m->pending = 1;
	if (m->called != NULL) {
		free(m->called->label);
		m->called->label = m->label;
		m->label = NULL;
		write_label(m, unlabelled);
	}
	one_less(m, answer);
}

/* A call that does not take it either stays marked; the log has said so. */
static void
unmarked(void *arg, const struct call *call, const struct fault *fault)
{
	one_less(arg, unlabel);
}

static void
unmark(struct marking *m, const struct pair *pair)
{
	for (const struct mark *k = m->marks; k != NULL; k = k->next)
		if (k->is_done && strcmp(k->call, pair->call) == 0)
			ask(m, pair, &k->before, unmarked, m);
}

static void
marked_all(struct marking *m)
{
	if (m->fault.kind == FAULT_NONE) {
		answer(m);
		return;
	}
	m->pending = 1;
	for (const struct pair *pair = m->w->dialog->pairs, *next; pair != NULL; pair = next) {
		next = pair->next;
		unmark(m, pair);
	}
	one_less(m, unlabel);
}

/* ---- set-label: the party that the command is for is called so from now on. ---- */

static void
write_label(struct marking *m, calls_done *done)
{
	ng_write_down_of(m->w->ng, m->w->dialog, m->called, NULL, &m->pending, done, m);
}

/* Our successor knows the label; or nobody does. */
static void
labelled_all(struct marking *m)
{
	if (m->fault.kind == FAULT_NONE)
		mark_all(m);
	else
		unlabel(m);
}

static void
labelled(void *arg, const struct call *call, const struct fault *fault)
{
	note_fault(arg, fault);
	one_less(arg, labelled_all);
}

static void
set_label(struct marking *m)
{
	struct ng_work *w = m->w;
	char *label = NULL;
	int err = dialog_set(&label, w->request.set_label);

	if (err != 0) {
		ng_fail(w, err == -ENOMEM ? "Out of memory" : "Label of more than 255 bytes");
		return;
	}
	m->called = w->dialog->parties;
	while (m->called != m->who.from)
		m->called = m->called->next;
	m->label = m->called->label;
	m->called->label = label;
	m->pending = 1;
	write_label(m, labelled);
	one_less(m, labelled_all);
}

void
ng_mark_media(struct ng_work *w)
{
	struct marking *m = arena_take(w->arena, sizeof *m);
	const char *reason;

	if (m == NULL) {
		ng_done(w, NULL);
		return;
	}
	*m = (struct marking){.w = w};
	if (ng_parties_find(&m->who, w->dialog, ng_calls(w->ng), &w->request, &reason) != 0)
		ng_fail(w, reason);
	else if (w->request.set_label.len > 0 && m->who.from != NULL)
		set_label(m);
	else
		mark_all(m);
}
