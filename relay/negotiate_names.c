/* SPDX-License-Identifier: Apache-2.0
 *
 * What a payload type without a=rtpmap means.  One number is one codec to both parties, in an
 * answer as in the offer (RFC 3264 section 6.1), and as long as the session lasts (section
 * 8.3.2): so some leave out what the other one, or they themselves, have said already.  But
 * who was told its own formats again (static-codecs) knows nothing of the offer's numbers. */
#include <string.h>

#include "codecs/codec.h"
#include "relay/coding.h"
#include "relay/negotiate_inside.h"

static bool
is_nameless(const struct sdp_format *f)
{
	return f->payload_type >= 0 && f->name.len == 0;
}

/* F is, and has the parameters of, what is called NAME, unless it says some itself. */
static void
take_name(struct sdp_format *f, const struct sdp_format *named)
{
	f->name = named->name;
	f->rate = named->rate;
	f->channels = named->channels;
	if (f->fmtp.len == 0)
		f->fmtp = named->fmtp;
}

/* As L's party has said it. */
static bool
name_as_said(struct sdp_format *f, const struct memo_line *l)
{
	for (size_t i = 0; l != NULL && i < l->formats; i++) {
		const struct sdp_format *said = &l->format[i].is;

		if (said->payload_type != f->payload_type || said->name.len == 0)
			continue;
		take_name(f, said);
		return true;
	}
	return false;
}

/* As FROM was told it, who has said nothing yet: what is offered beside the other party's own
 * is in the call alone.  0; -ENOMEM. */
static int
name_as_told(struct sdp_format *f, const struct plan *p, const struct line *l)
{
	const struct stream *s = negotiate_stream(p, p->from, l->n);
	const struct coding *c = s != NULL ? s->coding : NULL;

	for (unsigned i = 0; c != NULL && i < c->formats; i++) {
		const struct request_format *told = &c->format[i];

		if (told->format.payload_type != f->payload_type ||
			told->format.codec == CODEC_NONE)
			continue;
		f->name = arena_print(p->arena, "%s", told->name);
		f->rate = codec_clock(&told->format);
		f->channels = codec_map_channels(&told->format);
		return f->name.at != NULL ? 0 : -ENOMEM;
	}
	return 0;
}

/* And the offerer's, which the answer has named. */
static int
name_offered(struct plan *p, struct line *l)
{
	struct memo_format *named = arena_array(p->arena, l->to->formats + 1, sizeof *named);

	if (named == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < l->to->formats; i++) {
		named[i] = l->to->format[i];
		for (size_t j = 0; j < l->out->formats && is_nameless(&named[i].is); j++)
			if (l->out->format[j].payload_type == named[i].is.payload_type)
				take_name(&named[i].is, &l->out->format[j]);
	}
	l->to->format = named;
	return 0;
}

static bool
has_nameless(const struct line *l)
{
	for (size_t i = 0; i < l->out->formats; i++)
		if (is_nameless(&l->out->format[i]))
			return true;
	return false;
}

static bool
offers_nameless(const struct line *l)
{
	for (size_t i = 0; i < l->to->formats; i++)
		if (is_nameless(&l->to->format[i].is))
			return true;
	return false;
}

/* L's formats as they were said, with their names. */
static int
name_said(struct plan *p, struct line *l)
{
	bool by_offer = p->n->answer && !negotiate_is_own(l);
	struct sdp_format *f = arena_array(p->arena, l->out->formats + 1, sizeof *f);

	if (f == NULL)
		return -ENOMEM;
	memcpy(f, l->out->format, l->out->formats * sizeof *f);
	l->out->format = f;
	for (size_t i = 0; i < l->out->formats; i++)
		if (is_nameless(&f[i]) && !(by_offer && name_as_said(&f[i], l->to)) &&
			!name_as_said(&f[i], l->from_was) && by_offer &&
			name_as_told(&f[i], p, l) != 0)
			return -ENOMEM;
	return 0;
}

int
negotiate_names(struct plan *p, struct line *l)
{
	if (has_nameless(l) && name_said(p, l) != 0)
		return plan_no_memory(p);
	if (p->n->answer && !negotiate_is_own(l) && offers_nameless(l) &&
		name_offered(p, l) != 0)
		return plan_no_memory(p);
	return 0;
}
