/* SPDX-License-Identifier: Apache-2.0
 *
 * Which codecs an answer tells the offerer of: what both have, under the offerer's own payload
 * types, and what we translate for it.  RFC 3264 section 6. */
#include <errno.h>

#include "relay/negotiate_format.h"
#include "relay/negotiate_inside.h"

/* Does F, which the answerer has said, mean O by its number alone, which the answerer has not
 * seen? */
static bool
is_chance(const struct line *l, const struct sdp_format *o, const struct sdp_format *f)
{
	return (o->name.len == 0 || f->name.len == 0) && negotiate_is_own(l);
}

/* What the offerer calls F; that of the same payload type rather than another.  NULL. */
static const struct memo_format *
namesake(const struct line *l, const struct sdp_format *f)
{
	const struct memo_format *first = NULL;

	for (size_t i = 0; i < l->to->formats; i++) {
		const struct memo_format *o = &l->to->format[i];

		if (!format_is_same(&o->is, f) || is_chance(l, &o->is, f))
			continue;
		if (o->is.payload_type == f->payload_type)
			return o;
		if (first == NULL)
			first = o;
	}
	return first;
}

static bool
is_told(const struct line *l, const struct sdp_format *f)
{
	for (size_t i = 0; i < l->out->formats; i++)
		if (slice_equal(l->out->format[i].text, f->text))
			return true;
	return false;
}

/* Tell the offerer of its own format O, with the parameters that the answerer gives it. */
static void
tell(struct line *l, const struct sdp_format *o, struct slice fmtp, struct sdp_text *feedback)
{
	struct sdp_format *f = &l->out->format[l->out->formats];

	if (is_told(l, o))
		return;
	*f = *o;
	f->fmtp = format_told_fmtp(o, fmtp);
	f->feedback = feedback;
	l->out->formats++;
}

/* It is sent, and sends, O, whatever the answerer said: we translate. */
static void
tell_transcoded(struct line *l, const struct sdp_format *o)
{
	tell(l, o, format_our_fmtp(o), NULL);
}

static bool
is_stripped(const struct plan *p, const struct sdp_format *f)
{
	return wish_for(p->request, f) == WISH_STRIP;
}

/* Does the answer agree to key presses and noise alone? */
static bool
is_without_speech(const struct sdp_format *in, size_t n)
{
	return n > 0 && !format_has_talk(in, n, 0);
}

/* Codecs of the offerer that stay open to it though the answerer took others. */
static void
tell_accepted(struct plan *p, struct line *l)
{
	bool always = p->now.terms & MEMO_ALWAYS_TRANSCODE;

	for (size_t i = 0; i < l->to->formats; i++) {
		const struct memo_format *o = &l->to->format[i];

		if ((always || o->accepted) && format_is_ours(&o->is) &&
			!is_stripped(p, &o->is)) {
			tell_transcoded(l, &o->is);
			if (always)
				return;
		}
	}
}

/* Events and noise of the answerer's, as far as the offerer has them, by whatever clock. */
static void
tell_others(struct line *l, const struct sdp_format *in, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (format_is_talk(&in[i]))
			continue;
		for (size_t j = 0; j < l->to->formats; j++) {
			const struct sdp_format *o = &l->to->format[j].is;

			if (slice_equal_nocase(o->name, in[i].name))
				tell(l, o, in[i].fmtp, in[i].feedback);
		}
	}
}

/* The offerer's first that can be translated, be it STRIPPED or not.  NULL: there is none. */
static const struct sdp_format *
first_of_ours(const struct plan *p, const struct line *l, bool stripped)
{
	for (size_t i = 0; i < l->to->formats; i++) {
		const struct sdp_format *f = &l->to->format[i].is;

		if (format_is_ours(f) && (stripped || !is_stripped(p, f)))
			return f;
	}
	return NULL;
}

/* The offerer knows no speech that was answered: its first that can be translated, one that is
 * stripped if there is no other.  Is there one? */
static bool
tell_first(const struct plan *p, struct line *l, const struct sdp_format *in, size_t n)
{
	const struct sdp_format *first = first_of_ours(p, l, false);

	if (first == NULL)
		first = first_of_ours(p, l, true);
	if (first == NULL)
		return false;
	l->out->formats = 0;
	tell_transcoded(l, first);
	tell_others(l, in, n);
	return true;
}

/* Nothing can be done about it: the key presses and noise that both have, or just what was
 * said; or, if that is no speech, the offerer's own first, for an m= line has a format (RFC
 * 8866 section 9). */
static void
tell_as_said(struct plan *p, struct line *l, const struct sdp_format *in, size_t n)
{
	p->n->unshared |=
		!is_without_speech(in, n) && l->from_asked->direction != REQUEST_INACTIVE;
	if (l->out->formats > 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (format_is_talk(&in[i]))
			tell(l, &in[i], in[i].fmtp, in[i].feedback);
	if (l->out->formats > 0)
		return;
	tell(l, &l->to->format[0].is, l->to->format[0].is.fmtp, NULL);
	l->strangers = true;
}

static int
answer_audio(struct plan *p, struct line *l, const struct sdp_format *in, size_t n)
{
	bool ours = format_has_ours(in, n);
	bool shared = !ours || !(p->now.terms & MEMO_ALWAYS_TRANSCODE);
	bool single = ng_has(p->request, NG_SINGLE_CODEC);

	l->out->format = arena_array(p->arena, n + l->to->formats + 1, sizeof *l->out->format);
	if (l->out->format == NULL)
		return plan_no_memory(p);
	l->out->formats = 0;
	if (is_without_speech(in, n)) {
		tell_others(l, in, n);
		if (l->out->formats > 0)
			return 0;
	}
	if (ours)
		tell_accepted(p, l);
	for (size_t i = 0; i < n; i++) {
		const struct memo_format *o = namesake(l, &in[i]);
		bool talk = format_is_talk(&in[i]);

		if (o == NULL ||
			(talk && (!shared || (single && format_has_talk(l->out->format,
								l->out->formats, 0)))))
			continue;
		tell(l, &o->is, in[i].fmtp, in[i].feedback);
	}
	if (!format_has_talk(l->out->format, l->out->formats, 0) &&
		!(ours && tell_first(p, l, in, n)))
		tell_as_said(p, l, in, n);
	return 0;
}

/* What is stripped is not told; the answerer may send it all the same, and is understood.
 * Everything stripped would be no answer: then all stays. */
static int
strip_answer(struct plan *p, struct line *l)
{
	const struct ng_list *codec = p->request->codec;
	const struct sdp_format *in = l->out->format;
	struct sdp_format *kept;
	size_t n = 0;
	bool talks = false;

	if (codec[NG_CODEC_STRIP].n + codec[NG_CODEC_IGNORE].n == 0)
		return 0;
	if ((kept = arena_array(p->arena, l->out->formats + 1, sizeof *kept)) == NULL)
		return plan_no_memory(p);
	for (size_t i = 0; i < l->out->formats; i++)
		if (wish_for(p->request, &in[i]) != WISH_STRIP) {
			talks |= format_is_talk(&in[i]);
			kept[n++] = in[i];
		}
	if (!talks)
		return 0;
	l->out->format = kept;
	l->out->formats = n;
	wish_order(p->request, l->out);
	return 0;
}

int
negotiate_answer_formats(struct plan *p, struct line *l)
{
	if (negotiate_note_formats(p, l, l->out->format, l->out->formats) != 0 ||
		strip_answer(p, l) != 0)
		return -EINVAL;
	if (!slice_is_nocase(l->in->type, "audio") || l->to->formats == 0)
		return 0;
	return answer_audio(p, l, l->out->format, l->out->formats);
}
