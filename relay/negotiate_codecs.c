/* SPDX-License-Identifier: Apache-2.0
 *
 * The codecs of a line: what TO is told of is decided elsewhere, in an offer as in an answer;
 * here, what both streams of the call therefore hold. */
#include <string.h>

#include "relay/negotiate_format.h"
#include "relay/negotiate_inside.h"

static bool
has_coding(const struct plan *p, unsigned leg, unsigned n)
{
	const struct stream *s = negotiate_stream(p, leg, n);

	return s != NULL && s->coding != NULL;
}

/* Nothing is said of the sound of what has none. */
static void
ask_none(const struct plan *p, struct line *l)
{
	if (has_coding(p, p->from, l->n))
		l->from_asked->has |= REQUEST_HAS_FORMATS;
	if (has_coding(p, p->to, l->n))
		l->to_asked->has |= REQUEST_HAS_FORMATS;
}

/* What TO, the offerer, is told of, but with the parameters that it has given itself: what it
 * is sent is coded by those, and not by what the answerer wants to receive, or we.  NULL: no
 * memory. */
static const struct sdp_format *
as_offered(const struct plan *p, const struct line *l)
{
	size_t n = l->out->formats;
	struct sdp_format *f = arena_array(p->arena, n + 1, sizeof *f);

	for (size_t i = 0; f != NULL && i < n; i++) {
		f[i] = l->out->format[i];
		for (size_t j = 0; j < l->to->formats; j++) {
			const struct sdp_format *own = &l->to->format[j].is;

			if (own->payload_type == f[i].payload_type &&
				slice_equal_nocase(own->name, f[i].name))
				f[i].fmtp = own->fmtp;
		}
	}
	return f;
}

/* TO is told of TOLD, which is F, what FROM has said, as most are: then it is asked for the
 * same. */
static bool
is_told_alike(const struct line *l, const struct sdp_format *told, const struct sdp_format *f)
{
	return l->out->formats == l->from->formats && l->to->ptime == l->from->ptime &&
	       slice_equal(l->to->coding, l->from->coding) &&
	       format_are_alike(told, f, l->out->formats);
}

static void
ask_alike(struct stream_request *to, const struct stream_request *from)
{
	to->has |= REQUEST_HAS_FORMATS;
	to->formats = from->formats;
	memcpy(to->format, from->format, from->formats * sizeof *to->format);
}

static int
ask_audio(struct plan *p, struct line *l)
{
	const struct sdp_format *told = l->out->format;
	struct sdp_format *f;

	if (l->strangers) {
		ask_none(p, l);
		return 0;
	}
	if ((f = arena_array(p->arena, l->from->formats + 1, sizeof *f)) == NULL)
		return plan_no_memory(p);
	for (size_t i = 0; i < l->from->formats; i++)
		f[i] = l->from->format[i].is;
	format_ask(l->from_asked, f, l->from->formats, l->from->ptime, l->from->coding);
	if (p->n->answer && (told = as_offered(p, l)) == NULL)
		return plan_no_memory(p);
	if (is_told_alike(l, told, f))
		ask_alike(l->to_asked, l->from_asked);
	else
		format_ask(l->to_asked, told, l->out->formats, l->to->ptime, l->to->coding);
	return 0;
}

int
negotiate_codecs(struct plan *p, struct line *l)
{
	int err;

	if (l->fax)
		return negotiate_fax_codecs(p, l);
	if (!protocol_is_rtp(l->from->protocol)) {
		ask_none(p, l);
		return negotiate_note_formats(p, l, l->out->format, l->out->formats);
	}
	if (!p->n->answer)
		p->now.terms = wish_accepts_all(p->request)
				       ? p->now.terms | MEMO_ALWAYS_TRANSCODE
				       : p->now.terms & ~(uint32_t)MEMO_ALWAYS_TRANSCODE;
	if (slice_is_nocase(l->in->type, "audio") && (err = negotiate_names(p, l)) != 0)
		return err;
	err = p->n->answer ? negotiate_answer_formats(p, l) : negotiate_offer_formats(p, l);
	if (err != 0)
		return err;
	if (!slice_is_nocase(l->in->type, "audio")) {
		ask_none(p, l);
		return 0;
	}
	negotiate_ptime(p, l);
	if ((err = negotiate_coding(p, l)) != 0 || (err = ask_audio(p, l)) != 0)
		return err;
	return format_reprint(l->out, p->arena) == 0 ? 0 : plan_no_memory(p);
}
