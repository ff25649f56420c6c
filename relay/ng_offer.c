/* SPDX-License-Identifier: Apache-2.0
 *
 * Offer and answer, and `publish`: whose it is (dialog.h), what it asks of the call (the first
 * half of negotiate.h), the call (calls.h), and what the other party is told (the second
 * half).  What goes wrong on the way leaves everything as it was.  See ng.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/note.h"
#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/negotiate.h"
#include "relay/ng_inside.h"

static const char unshared[] = "The parties share no codec, and theirs cannot be transcoded";

/* Lies in the arena of its request. */
struct offer {
	struct ng_work *w;
	struct association as;
	struct negotiation n; /* `alone`: what is asked is `publish` */
	bool answered;        /* the pair was, before */
	int64_t delete_at_us; /* likewise */
	bool other_server;    /* the dialog has another callback than before, */
	char *callback;       /* which was this */
	struct slice sdp;     /* the answer */
	unsigned pending;     /* notes still to be written, and one until all are begun */
};

static const char no_memory[] = "Out of memory";

/* All is as it was before the request. */
static void
undo(struct offer *o)
{
	struct pair *pair = o->as.pair;

	memo_close(o->n.memo);
	if (o->other_server) {
		free(o->w->dialog->callback);
		o->w->dialog->callback = o->callback;
	}
	pair->answered = o->answered;
	pair->delete_at_us = o->delete_at_us;
	if (o->delete_at_us != 0)
		ng_life_watch(o->w->ng, pair);
	dialog_undo(&o->as);
}

static void
fail(struct offer *o, const char *reason)
{
	undo(o);
	ng_fail(o->w, reason);
}

/* S, which a client said, for those who read a line of text.  At NULL: no memory. */
static struct slice
harmless(struct slice s, struct arena *a)
{
	char *at = arena_take(a, s.len + 1);

	for (size_t i = 0; at != NULL && i < s.len; i++)
		at[i] = s.at[i] >= ' ' && s.at[i] <= '~' ? s.at[i] : '?';
	return (struct slice){at, s.len};
}

/* KIND of WISH, behind those before it. */
static void
add_missing(struct slice *text, const char *kind, struct slice wish, struct arena *a)
{
	struct slice said = harmless(wish, a);

	if (text->at == NULL || said.at == NULL)
		*text = (struct slice){NULL, 0};
	else
		*text = arena_print(a, "%.*s%s %s%.*s", (int)text->len, text->at,
			text->len == 0 ? "Not supported yet:" : ",", kind, (int)said.len,
			said.at);
}

/* No script is to believe that a call is recorded which is not. */
static void
warn(const struct offer *o, struct value *answer)
{
	struct ng_work *w = o->w;
	const struct ng_list *l = &w->request.missing;
	const struct ng_list *codecs = &w->request.codec[NG_CODEC_TRANSCODE];
	struct slice text = SLICE("");

	for (size_t i = 0; i < l->n; i++)
		add_missing(&text, "", l->at[i], w->arena);
	for (size_t i = 0; i < codecs->n && i < 64; i++) {
		struct slice spec = codecs->at[i], name = slice_cut(&spec, '/');

		if (o->n.missing & UINT64_C(1) << i)
			add_missing(&text, "transcode-", name, w->arena);
	}
	if (o->n.too_many)
		add_missing(&text, "", SLICE("m= lines behind the 8th"), w->arena);
	static_assert((int)REQUEST_STREAMS == 8, "as it says");
	if (o->n.unshared && text.at != NULL)
		text = arena_print(w->arena, "%.*s%s%s", (int)text.len, text.at,
			text.len > 0 ? "; " : "", unshared);
	if (text.len > 0)
		value_put_text(w->arena, answer, "warning", text);
}

/* SDP for the other party, and what else is to be said. */
static struct value *
answer_of(const struct offer *o, struct slice sdp)
{
	struct ng_work *w = o->w;
	struct value *answer = value_dict(w->arena);

	if (o->n.alone) {
		value_put_text(w->arena, answer, "call-id", w->request.call_id);
		value_put_text(w->arena, answer, "from-tag", w->request.from_tag);
	}
	value_put_text(w->arena, answer, "sdp", sdp);
	value_put_string(w->arena, answer, "result", "ok");
	warn(o, answer);
	return answer;
}

static void
reply(struct offer *o, struct slice sdp)
{
	ng_done(o->w, answer_of(o, sdp));
}

static void
one_less(struct offer *o)
{
	if (--o->pending > 0)
		return;
	if (o->sdp.at != NULL)
		reply(o, o->sdp);
	else
		ng_fail(o->w, no_memory);
}

/* A call that has ended meanwhile tells our successor nothing. */
static void
written(void *arg, const struct call *call, const struct fault *fault)
{
	struct offer *o = arg;

	ng_owe_notes(o->w->ng, o->w->dialog, fault);
	one_less(o);
}

/* The call is, or is not, as it was asked to be. */
static void
done(void *arg, const struct call *call, const struct fault *fault)
{
	struct offer *o = arg;
	struct pair *pair = o->as.pair;

	if (fault != NULL) {
		undo(o);
		ng_fault(o->w, fault);
		return;
	}
	o->sdp = negotiate_end(&o->n, call);
	memo_close(o->n.memo); /* the call's note has it */
	free(o->callback);
	pair->made = true;
	pair->changed_ms = ng_now_ms();
	dialog_keep(&o->as);
	ng_life_watch(o->w->ng, pair);
	o->pending = 1;
	for (unsigned i = 0; i < 2; i++)
		if (o->as.of[i].changed)
			ng_write_down_of(o->w->ng, o->w->dialog, o->as.of[i].party, pair,
				&o->pending, written, o);
	one_less(o);
}

/* ASKED, but for its id and note, is what the pair's call is to become. */
static void
ask(struct offer *o, struct call_request *asked)
{
	struct calls *calls = o->w->ng->conf.calls;
	struct pair *pair = o->as.pair;
	struct note *note = dialog_note_make(pair, o->n.memo);

	if (note == NULL) {
		fail(o, "SDP, or tags, too long to be kept");
		return;
	}
	slice_copy(slice_of(pair->call), asked->id, sizeof asked->id);
	asked->note = note;
	if (pair->made) {
		calls_update(calls, asked, done, o);
	} else {
		ng_life_ask(asked);
		calls_create(calls, asked, done, o);
	}
	note_put(note); /* the call has its share; O may be gone */
}

/* What CALL's note says, or, of a new one, nothing yet.  NULL: no memory. */
static struct memo *
memo_of(const struct call *call)
{
	struct slice memo = call != NULL ? dialog_memo(call) : (struct slice){NULL, 0};

	return memo.at != NULL ? memo_copy((const uint8_t *)memo.at, memo.len) : memo_open();
}

/* As text, which is made anew when it is another. */
static const char *
instance_text(struct ng *ng, uint64_t instance)
{
	if (ng->instance_text[0] == '\0' || instance != ng->instance)
		snprintf(ng->instance_text, sizeof ng->instance_text, "%016" PRIx64, instance);
	ng->instance = instance;
	return ng->instance_text;
}

/* Why N is none for its call; NULL: it may be. */
static const char *
unfit(const struct negotiation *n)
{
	if (n->alone && n->call->legs > 1)
		return "Not supported yet: to publish in a talk with others";
	if (n->answer && n->call->legs == 1)
		return "Invalid dialogue association";
	return NULL;
}

/* The memo to work on, and the call that there is.  0; -EINVAL and REASON; -ENOMEM. */
static int
look(struct offer *o, const char **reason)
{
	struct ng *ng = o->w->ng;
	const struct sw_state *st = switch_client_state(ng->conf.client);
	struct pair *pair = o->as.pair;
	const char *misfit;

	o->n.call = pair->made ? calls_find(ng->conf.calls, pair->call) : NULL;
	if (pair->made && o->n.call == NULL) { /* it is ending just now */
		*reason = "Unknown call-id";
		return -EINVAL;
	}
	if (o->n.call != NULL && (misfit = unfit(&o->n)) != NULL) {
		*reason = misfit;
		return -EINVAL;
	}
	o->n.memo = memo_of(o->n.call);
	o->n.instance = instance_text(ng, st != NULL ? st->instance : 0);
	o->n.node = st;
	o->n.conf = ng->conf.config;
	return o->n.memo != NULL ? 0 : -ENOMEM;
}

/* Can R's answer be much longer than R?  Of more than so many bytes, or where attributes are
 * changed as R likes. */
static bool
may_be_long(const struct ng_request *r)
{
	enum { SHORT = 4096 };
	size_t changes = 0;

	for (unsigned i = 0; i < NG_ATTR_SCOPES; i++)
		changes += r->sdp_attr[i].add.n + r->sdp_attr[i].substitutes;
	return r->sdp.len > SHORT || changes > 0;
}

/* Why the client could not be answered; NULL: it can.  To be known before anything is done:
 * who is told of an error thinks that there is no call, or that it is as it was. */
static const char *
unanswerable(const struct offer *o)
{
	struct slice sdp;

	if (!may_be_long(&o->w->request))
		return NULL;
	sdp = negotiate_longest(&o->n);
	if (sdp.at == NULL)
		return no_memory;
	return ng_exchange_fits(o->w->x, answer_of(o, sdp))
		       ? NULL
		       : "The answer is too long for a datagram";
}

static void
negotiate(struct offer *o)
{
	/* Large, and mostly empty; the call has taken what it needs when ask() returns, or
	 * before another request has its turn. */
	static struct call_request asked;
	const char *reason = no_memory, *misfit;
	int err = look(o, &reason);

	request_clear(&asked);
	if (err == 0)
		err = negotiate_begin(&o->n, &asked, &reason);
	if (err == 0 && (misfit = unanswerable(o)) != NULL) {
		fail(o, misfit);
	} else if (err == 0) {
		ask(o, &asked);
	} else if (err == -EALREADY) {
		struct slice sdp = o->w->request.sdp;

		undo(o);
		reply(o, sdp);
	} else {
		fail(o, reason);
	}
	request_clear(&asked); /* of keys, too */
}

/* What the request does not say the configuration does. */
static void
configure(struct ng_request *r, const struct config *conf)
{
	if (r->learning == NG_LEARN_DEFAULT)
		r->learning = (uint8_t)(NG_LEARN_DELAYED + conf->ng_learning);
	if (conf->ng_sip_source && !ng_has(r, NG_TRUST_ADDRESS))
		r->flags |= UINT64_C(1) << NG_SIP_SOURCE_ADDRESS;
}

static bool
is_address(struct slice s)
{
	char text[64];
	struct request_addr a;

	return slice_copy(s, text, sizeof text) == 0 && request_addr_parse(&a, text) == 0;
}

/* Whom the server's URL is about: who it says, else who made the call, if that URL asks. */
static void
remember_server(struct offer *o)
{
	struct ng_work *w = o->w;
	const struct request_addr *peer = ng_exchange_peer(w->x);
	struct slice server = w->request.xmlrpc_callback;
	char text[INET6_ADDRSTRLEN], *copy = NULL;

	if (!is_address(server)) {
		if (w->dialog->callback != NULL ||
			strstr(w->ng->conf.config->ng_timeout_url, "%%") == NULL ||
			inet_ntop(peer->family, peer->ip, text, sizeof text) == NULL)
			return;
		server = slice_of(text);
	}
	if (dialog_set(&copy, server) != 0)
		return;
	o->other_server = true;
	o->callback = w->dialog->callback;
	w->dialog->callback = copy;
}

static void
begin(struct ng_work *w, bool answer, bool alone)
{
	struct offer *o = arena_take(w->arena, sizeof *o);
	const char *reason;

	if (o == NULL) {
		ng_fail(w, no_memory);
		return;
	}
	o->w = w;
	if (dialog_associate(&o->as, w->dialog, &w->request, answer, &reason) != 0) {
		ng_fail(w, reason);
		return;
	}
	configure(&w->request, w->ng->conf.config);
	remember_server(o);
	o->n = (struct negotiation){.request = &w->request,
		.answer = answer,
		.alone = alone,
		.from = o->as.from,
		.usual_tos = (uint8_t)w->ng->conf.config->ng_tos,
		.arena = w->arena};
	o->answered = o->as.pair->answered;
	o->as.pair->answered |= answer || alone;
	o->delete_at_us = o->as.pair->delete_at_us;
	o->as.pair->delete_at_us = 0; /* who is asked for lives on */
	negotiate(o);
}

void
ng_offer(struct ng_work *w)
{
	begin(w, false, false);
}

void
ng_answer(struct ng_work *w)
{
	begin(w, true, false);
}

/* An offer to nobody, which we answer: whoever wants to hear it subscribes. */
void
ng_publish(struct ng_work *w)
{
	w->request.to_tag = w->request.via_branch = (struct slice){NULL, 0};
	begin(w, false, true);
}
