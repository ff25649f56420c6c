/* SPDX-License-Identifier: Apache-2.0
 *
 * Which codecs an offer tells a party of, which it may still be answered with, and what the
 * call's streams therefore hold.  RFC 3264 section 5; what the keys of `codec` do:
 * docs/ng.md. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "relay/coding.h"
#include "relay/negotiate_format.h"
#include "relay/negotiate_inside.h"

/* ---- What an offer becomes. ---- */

static void
keep_format(struct line *l, const struct sdp_format *f, enum wish wish)
{
	if (wish == WISH_STRIP)
		return;
	if (wish != WISH_MASK && wish != WISH_CONSUME)
		l->out->format[l->out->formats++] = *f;
	l->from->format[l->from->formats++] = (struct memo_format){
		.is = *f, .accepted = wish == WISH_CONSUME || wish == WISH_ACCEPT};
}

/* Is there speech among N at F, by that clock (0: any)? */
static bool
has_speech(const struct sdp_format *f, size_t n, uint32_t rate)
{
	for (size_t i = 0; i < n; i++)
		if (format_is_talk(&f[i]) && (rate == 0 || f[i].rate == rate))
			return true;
	return false;
}

/* Are there keys in M that go with its speech? */
static bool
has_keys(const struct sdp_media *m)
{
	for (size_t i = 0; i < m->formats; i++)
		if (slice_is_nocase(m->format[i].name, "telephone-event") &&
			has_speech(m->format, m->formats, m->format[i].rate))
			return true;
	return false;
}

/* Does `strip` name all of N formats at IN that could be translated to what `transcode` adds?
 * Then it hides all speech that it names as `mask` does, for an answer to it has to tell the
 * party one that we can translate. */
static bool
strips_all(const struct ng_request *r, const struct sdp_format *in, size_t n)
{
	const struct ng_list *l = r->codec;
	bool any = false;

	if (l[NG_CODEC_TRANSCODE].n == 0 || l[NG_CODEC_STRIP].n + l[NG_CODEC_IGNORE].n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool ours = format_is_ours(&in[i]);

		if (ours && wish_for(r, &in[i]) != WISH_STRIP)
			return false;
		any |= ours;
	}
	return any;
}

/* MASKS: `strip` does to speech what `mask` would. */
static enum wish
wish_of(const struct ng_request *r, const struct sdp_format *f, bool masks)
{
	enum wish wish = wish_for(r, f);

	return masks && wish == WISH_STRIP && format_is_talk(f) ? WISH_MASK : wish;
}

/* Keys and noise go with the speech whose clock they have (RFC 4733 section 2.1), and so away
 * with the last of it; but the only keys stay, whatever their clock. */
static void
drop_left_over(struct line *l, const struct sdp_format *in, size_t n)
{
	bool keys = has_keys(l->out);
	size_t speech = l->out->formats, kept = 0;

	for (size_t i = 0; i < l->out->formats; i++) {
		const struct sdp_format *f = &l->out->format[i];

		if (format_is_talk(f) || has_speech(l->out->format, speech, f->rate) ||
			!has_speech(in, n, f->rate) ||
			(!keys && !slice_is_nocase(f->name, "CN")))
			l->out->format[kept++] = *f;
	}
	l->out->formats = kept;
}

/* Have both sides said something, and share no speech? */
static bool
is_translated(const struct memo_line *a, const struct memo_line *b)
{
	if (a == NULL || b == NULL || a->formats == 0 || b->formats == 0)
		return false;
	for (size_t i = 0; i < a->formats; i++)
		for (size_t j = 0; j < b->formats; j++)
			if (format_is_talk(&a->format[i].is) &&
				format_is_same(&a->format[i].is, &b->format[j].is))
				return false;
	return true;
}

/* Who was translated for stays so: TO is offered what it has said itself, too, though nobody
 * asks for it again. */
static int
offer_known(struct plan *p, struct line *l, const struct sdp_format *in, size_t n)
{
	if (!is_translated(l->from_was, l->to_was))
		return 0;
	for (size_t i = 0; i < l->to_was->formats; i++) {
		struct sdp_format f = l->to_was->format[i].is;

		if (format_is_ours(&f))
			return wish_add_known(l->out, &f, in, n, p->arena);
	}
	return 0;
}

static bool
is_number_of(const struct sdp_format *f, size_t n, int payload_type)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].payload_type == payload_type)
			return true;
	return false;
}

/* F, which FROM's N at IN do not have, by the number that TO has called it by. */
static int
keep_number(struct plan *p, struct line *l, struct sdp_format *f, const struct sdp_format *in,
	size_t n)
{
	for (size_t i = 0; i < l->to_was->formats; i++) {
		const struct sdp_format *was = &l->to_was->format[i].is;

		if (was->payload_type < 0 || !format_is_same(f, was) ||
			is_number_of(in, n, was->payload_type) ||
			is_number_of(l->out->format, l->out->formats, was->payload_type))
			continue;
		f->payload_type = was->payload_type;
		f->text = arena_print(p->arena, "%d", was->payload_type);
		return f->text.at != NULL ? 0 : -ENOMEM;
	}
	return 0;
}

/* What was added keeps its number: RFC 3264 section 8.3.2. */
static int
keep_numbers(struct plan *p, struct line *l, const struct sdp_format *in, size_t n)
{
	for (size_t i = 0; l->to_was != NULL && i < l->out->formats; i++) {
		struct sdp_format *f = &l->out->format[i];

		if (!is_number_of(in, n, f->payload_type) && keep_number(p, l, f, in, n) != 0)
			return -ENOMEM;
	}
	return 0;
}

/* reuse-codecs: what TO has taken before comes first, in its order. */
static void
reuse_codecs(const struct plan *p, struct line *l)
{
	struct sdp_format *f = l->out->format;
	size_t at = 0;

	if (!ng_has(p->request, NG_REUSE_CODECS) || l->to_was == NULL)
		return;
	for (size_t i = 0; i < l->to_was->formats; i++)
		for (size_t j = at; j < l->out->formats; j++) {
			struct sdp_format again = f[j];

			if (!format_is_same(&again, &l->to_was->format[i].is))
				continue;
			memmove(&f[at + 1], &f[at], (j - at) * sizeof *f);
			f[at++] = again;
			break;
		}
}

/* May TO keep the codecs that it has, whatever FROM's N at IN are? */
static bool
is_static(const struct plan *p, const struct line *l, const struct sdp_format *in, size_t n)
{
	bool from_ours = false, to_ours = false;

	if (!ng_has(p->request, NG_STATIC_CODECS) || l->to_was == NULL ||
		(l->to_was->marks & (MEMO_CLOSED | MEMO_PASSED)) ||
		!slice_is_nocase(l->in->type, "audio") ||
		!slice_equal_nocase(l->to_was->type, l->in->type))
		return false;
	for (size_t i = 0; i < n; i++)
		from_ours |= format_is_ours(&in[i]);
	for (size_t i = 0; i < l->to_was->formats; i++)
		to_ours |= format_is_ours(&l->to_was->format[i].is);
	return from_ours && to_ours;
}

/* static-codecs: TO is offered again what it has said itself. */
static int
repeat_formats(struct plan *p, struct line *l)
{
	const struct memo_line *was = l->to_was;

	l->out->formats = was->formats;
	l->out->format = arena_array(p->arena, was->formats + 1, sizeof *l->out->format);
	if (l->out->format == NULL)
		return plan_no_memory(p);
	for (size_t i = 0; i < was->formats; i++)
		l->out->format[i] = was->format[i].is;
	return 0;
}

static int
offer_formats(struct plan *p, struct line *l)
{
	const struct sdp_format *in = l->out->format;
	size_t n = l->out->formats;
	bool masks = strips_all(p->request, in, n);

	l->out->formats = l->from->formats = 0;
	l->out->format = arena_array(p->arena, n + WISH_ADDED, sizeof *l->out->format);
	l->from->format = arena_array(p->arena, n, sizeof *l->from->format);
	if (l->out->format == NULL || l->from->format == NULL)
		return plan_no_memory(p);
	for (size_t i = 0; i < n; i++)
		keep_format(l, &in[i], wish_of(p->request, &in[i], masks));
	l->to->own = is_static(p, l, in, n);
	if (l->to->own)
		return repeat_formats(p, l);
	wish_order(p->request, l->out);
	if (slice_is_nocase(l->in->type, "audio") &&
		(wish_add(p->request, l->out, in, n, &p->n->missing, p->arena) != 0 ||
			offer_known(p, l, in, n) != 0 || keep_numbers(p, l, in, n) != 0))
		return plan_no_memory(p);
	drop_left_over(l, in, n);
	reuse_codecs(p, l);
	if (has_speech(l->out->format, l->out->formats, 0) ||
		(l->out->formats > 0 && !has_speech(in, n, 0)))
		return 0;
	/* All speech, or all there is, stripped would be no offer: then all stays. */
	l->out->formats = 0;
	l->from->formats = 0;
	for (size_t i = 0; i < n; i++)
		keep_format(l, &in[i], WISH_KEEP);
	return 0;
}

/* ---- Packet times. ---- */

/* What one party says of its packets holds for both, unless the client has asked for
 * something else. */
void
negotiate_ptime(struct plan *p, struct line *l)
{
	const struct ng_request *r = p->request;
	uint64_t ms = 0;

	if (l->in->ptime.at == NULL || slice_number(l->in->ptime, UINT16_MAX, &ms) != 0)
		ms = 0;
	if (ms > 0 && !(l->from->marks & MEMO_PTIME))
		l->from->ptime = (uint32_t)ms;
	if (ms > 0 && !(l->to->marks & MEMO_PTIME))
		l->to->ptime = (uint32_t)ms;
	if (!p->n->answer && r->ptime > 0 && r->ptime <= UINT16_MAX)
		l->to->ptime = (uint32_t)r->ptime;
	if (!p->n->answer && r->ptime_reverse > 0 && r->ptime_reverse <= UINT16_MAX)
		l->from->ptime = (uint32_t)r->ptime_reverse;
	if (!p->n->answer && (r->ptime > 0 || r->ptime_reverse > 0)) {
		l->from->marks |= MEMO_PTIME;
		l->to->marks |= MEMO_PTIME;
	}
	if (l->to->ptime != 0)
		l->out->ptime = arena_decimal(p->arena, l->to->ptime);
}

/* The specifications of an offer's codecs hold until others come: those of `set` for what FROM
 * is sent, those of `transcode` for what TO is. */
static int
take_coding(struct plan *p, struct line *l)
{
	const struct ng_list *codec = p->request->codec;

	if (p->n->answer)
		return 0;
	if (wish_coding(&codec[NG_CODEC_SET], &l->from->coding, p->arena) != 0 ||
		wish_coding(&codec[NG_CODEC_TRANSCODE], &l->to->coding, p->arena) != 0)
		return plan_no_memory(p);
	return 0;
}

/* ---- What the streams hold. ---- */

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

	if (negotiate_is_running(p, l))
		return 0; /* as it is, until the answer */
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
negotiate_note_formats(struct plan *p, struct line *l, const struct sdp_format *in, size_t n)
{
	l->from->formats = n;
	l->from->format = arena_array(p->arena, n + 1, sizeof *l->from->format);
	if (l->from->format == NULL)
		return plan_no_memory(p);
	for (size_t i = 0; i < n; i++)
		l->from->format[i].is = in[i];
	return 0;
}

int
negotiate_note(struct plan *p, struct line *l)
{
	return negotiate_note_formats(p, l, l->in->format, l->in->formats);
}

int
negotiate_codecs(struct plan *p, struct line *l)
{
	int err;

	if (l->fax)
		return negotiate_fax_codecs(p, l);
	if (!(protocol_of(l->from->protocol) & PROTOCOL_RTP)) {
		ask_none(p, l);
		return negotiate_note_formats(p, l, l->out->format, l->out->formats);
	}
	if (!p->n->answer)
		p->now.terms = wish_accepts_all(p->request)
				       ? p->now.terms | MEMO_ALWAYS_TRANSCODE
				       : p->now.terms & ~(uint32_t)MEMO_ALWAYS_TRANSCODE;
	if (slice_is_nocase(l->in->type, "audio") && (err = negotiate_names(p, l)) != 0)
		return err;
	err = p->n->answer ? negotiate_answer_formats(p, l) : offer_formats(p, l);
	if (err != 0)
		return err;
	if (!slice_is_nocase(l->in->type, "audio")) {
		ask_none(p, l);
		return 0;
	}
	negotiate_ptime(p, l);
	if ((err = take_coding(p, l)) != 0 || (err = ask_audio(p, l)) != 0)
		return err;
	return format_reprint(l->out, p->arena) == 0 ? 0 : plan_no_memory(p);
}
