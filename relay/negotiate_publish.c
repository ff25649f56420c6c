/* SPDX-License-Identifier: Apache-2.0
 *
 * A party that is alone and only sends (`publish`): what it offers is answered by us.  It may
 * send one codec of each m= line, the first that we would offer on, and the key presses beside
 * it, so that whoever subscribes knows what comes.  RFC 3264 section 6. */
#include <errno.h>

#include "control/siphash.h"
#include "relay/negotiate_format.h"
#include "relay/negotiate_inside.h"

/* ---- What it may send. ---- */

static bool
may_be_sent(const struct plan *p, const struct sdp_format *f)
{
	enum wish wish = wish_for(p->request, f);

	return wish == WISH_KEEP || wish == WISH_ACCEPT;
}

/* The first, or the one that `accept` would rather have. */
static const struct sdp_format *
find_talk(const struct plan *p, const struct sdp_media *m)
{
	const struct sdp_format *best = NULL;

	for (size_t i = 0; i < m->formats; i++) {
		const struct sdp_format *f = &m->format[i];

		if (format_is_talk(f) && may_be_sent(p, f) &&
			(best == NULL || wish_preferred(p->request, f) <
						 wish_preferred(p->request, best)))
			best = f;
	}
	return best;
}

/* Keys by the clock of TALK; NULL. */
static const struct sdp_format *
find_keys(const struct plan *p, const struct sdp_media *m, const struct sdp_format *talk)
{
	for (size_t i = 0; i < m->formats; i++)
		if (slice_is_nocase(m->format[i].name, "telephone-event") &&
			m->format[i].rate == talk->rate && may_be_sent(p, &m->format[i]))
			return &m->format[i];
	return NULL;
}

static int
take_formats(struct plan *p, struct line *l)
{
	const struct sdp_format *talk = find_talk(p, l->in), *keys = find_keys(p, l->in, talk);
	struct memo_format *noted = arena_array(p->arena, 2, sizeof *noted);

	l->out->format = arena_array(p->arena, 2, sizeof *l->out->format);
	if (noted == NULL || l->out->format == NULL)
		return plan_no_memory(p);
	l->out->format[0] = *talk;
	if (keys != NULL)
		l->out->format[1] = *keys;
	l->out->formats = keys != NULL ? 2 : 1;
	for (size_t i = 0; i < l->out->formats; i++)
		noted[i] = (struct memo_format){.is = l->out->format[i]};
	l->from->format = noted;
	l->from->formats = l->out->formats;
	format_ask(l->from_asked, l->out->format, l->out->formats, 0, (struct slice){NULL, 0});
	return 0;
}

/* ---- How it sends. ---- */

static void
take_transport(struct plan *p, struct line *l)
{
	int said = l->in->direction;
	bool sends = said != REQUEST_RECVONLY && said != REQUEST_INACTIVE;
	bool mux = l->in->rtcp_mux && !(p->request->rtcp_mux & NG_MUX_REJECT);

	l->from_asked->direction = sends ? REQUEST_SENDONLY : REQUEST_INACTIVE;
	l->out->direction = sends ? REQUEST_RECVONLY : REQUEST_INACTIVE;
	l->from_asked->rtcp_mux = l->out->rtcp_mux = mux;
	l->from->marks &= ~(uint32_t)MEMO_MUX;
	if (mux)
		l->from->marks |= MEMO_MUX;
	l->from_asked->has |= REQUEST_HAS_DIRECTION | REQUEST_HAS_MUX;
}

/* ---- Lines. ---- */

static bool
can_be_heard(const struct plan *p, const struct sdp_media *m)
{
	return m->port != 0 && protocol_is_rtp(m->protocol) && find_talk(p, m) != NULL;
}

/* It comes back with port 0; if it comes again, then with another key of ours. */
static int
refuse(struct line *l)
{
	l->from->marks &= MEMO_TWINS | MEMO_TWINS_SECURE_FIRST;
	l->from->marks |= MEMO_CLOSED;
	l->from->key = ++l->from->other_key;
	if (l->in == NULL)
		return 0;
	l->out->format = l->in->format;
	l->out->formats = l->in->formats;
	return 0;
}

static int
take(struct plan *p, struct line *l)
{
	static int (*const steps[])(struct plan *, struct line *) = {
		take_formats, negotiate_remote, negotiate_crypto_back, negotiate_source};

	l->relayed = true;
	l->from->marks &= ~(uint32_t)MEMO_CLOSED;
	l->from_asked->has |= REQUEST_HAS_MEDIA;
	l->from_asked->media =
		slice_is_nocase(l->in->type, "audio") ? REQUEST_AUDIO : REQUEST_VIDEO;
	l->from_asked->closed = 0;
	take_transport(p, l);
	for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i](p, l) != 0)
			return -EINVAL;
	l->zero = false; /* wherever it is, it can send here */
	return 0;
}

/* Whoever may come to talk with it has not been shown the line. */
static void
close_other(struct plan *p, const struct line *l)
{
	p->now.side[1 - p->from].line[l->n] = (struct memo_line){
		.type = l->in->type, .protocol = l->in->protocol, .marks = MEMO_CLOSED};
}

int
negotiate_published(struct plan *p, struct line *l)
{
	if (l->in == NULL)
		return refuse(l);
	close_other(p, l);
	l->from->type = l->in->type;
	l->from->protocol = l->in->protocol;
	l->from->mid = l->in->mid;
	*l->out = (struct sdp_media){.type = l->in->type,
		.protocol = protocol_spelled(l->in->protocol),
		.ports = 1,
		.mid = l->in->mid,
		.direction = -1};
	p->n->too_many |= l->from_asked == NULL && can_be_heard(p, l->in);
	return l->from_asked != NULL && can_be_heard(p, l->in) ? take(p, l) : refuse(l);
}

/* ---- The session. ---- */

/* One of our own, whose version rises with each answer; the address is known later. */
int
negotiate_publisher(struct plan *p)
{
	static struct sdp_text timing = {.text = SLICE("0 0")};
	struct memo_side *told = &p->now.side[p->from];
	uint64_t version = 0;
	bool any = false;

	for (unsigned i = 0; i < p->lines; i++)
		any |= p->line[i].relayed;
	if (!any)
		return plan_fail(p, "There is nothing to publish");
	slice_number(told->version, UINT64_MAX - 1, &version);
	told->version = arena_decimal(p->arena, version + 1);
	told->origin = (struct sdp_origin){.user = SLICE("-"),
		.session = arena_decimal(
			p->arena, siphash(p->now.secret, "publish", sizeof "publish") >> 1),
		.version = told->version,
		.family = SLICE("IP4"),
		.address = SLICE("0.0.0.0")};
	told->name = SLICE("strowger");
	p->out = (struct sdp){.origin = told->origin,
		.name = told->name,
		.timing = &timing,
		.media = p->out.media,
		.medias = p->out.medias};
	return 0;
}
