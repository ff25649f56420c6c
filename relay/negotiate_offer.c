/* SPDX-License-Identifier: Apache-2.0
 *
 * Which codecs an offer tells a party of, and which it may still be answered with.  RFC 3264
 * section 5; what the keys of `codec` do: docs/ng.md. */
#include <errno.h>
#include <string.h>

#include "relay/negotiate_format.h"
#include "relay/negotiate_inside.h"

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

/* Are there keys in M that go with its speech? */
static bool
has_keys(const struct sdp_media *m)
{
	for (size_t i = 0; i < m->formats; i++)
		if (slice_is_nocase(m->format[i].name, "telephone-event") &&
			format_has_talk(m->format, m->formats, m->format[i].rate))
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

		if (format_is_talk(f) || format_has_talk(l->out->format, speech, f->rate) ||
			!format_has_talk(in, n, f->rate) ||
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

/* F, which FROM's N at IN do not have, by the number that TO has called it by. */
static int
keep_number(struct plan *p, struct line *l, struct sdp_format *f, const struct sdp_format *in,
	size_t n)
{
	for (size_t i = 0; i < l->to_was->formats; i++) {
		const struct sdp_format *was = &l->to_was->format[i].is;

		if (was->payload_type < 0 || !format_is_same(f, was) ||
			format_has_number(in, n, was->payload_type) ||
			format_has_number(l->out->format, l->out->formats, was->payload_type))
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

		if (!format_has_number(in, n, f->payload_type) &&
			keep_number(p, l, f, in, n) != 0)
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
	bool to_ours = false;

	if (!ng_has(p->request, NG_STATIC_CODECS) || l->to_was == NULL ||
		(l->to_was->marks & (MEMO_CLOSED | MEMO_PASSED)) ||
		!slice_is_nocase(l->in->type, "audio") ||
		!slice_equal_nocase(l->to_was->type, l->in->type))
		return false;
	for (size_t i = 0; i < l->to_was->formats; i++)
		to_ours |= format_is_ours(&l->to_was->format[i].is);
	return to_ours && format_has_ours(in, n);
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

int
negotiate_offer_formats(struct plan *p, struct line *l)
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
	if (format_has_talk(l->out->format, l->out->formats, 0) ||
		(l->out->formats > 0 && !format_has_talk(in, n, 0)))
		return 0;
	/* All speech, or all there is, stripped would be no offer: then all stays. */
	l->out->formats = 0;
	l->from->formats = 0;
	for (size_t i = 0; i < n; i++)
		keep_format(l, &in[i], WISH_KEEP);
	return 0;
}
