/* SPDX-License-Identifier: Apache-2.0
 *
 * A line of which one party has sound and the other T.38, with a gateway between: when there
 * is one, what the m= line of the one is called for the other, and what both streams hold.
 * What else of a line there is (addresses, keys, directions) is as of any.  What the words of
 * the key `T.38` do: docs/ng.md. */
#include <errno.h>
#include <string.h>

#include "relay/fax.h"
#include "relay/negotiate_format.h"
#include "relay/negotiate_inside.h"

static const struct sdp_format g711[] = {
	{.text = SLICE("0"), .payload_type = 0, .name = SLICE("PCMU"), .rate = 8000},
	{.text = SLICE("8"), .payload_type = 8, .name = SLICE("PCMA"), .rate = 8000},
};
enum { G711 = sizeof g711 / sizeof *g711 };

/* ---- Kinds of lines. ---- */

static bool
is_g711(const struct sdp_format *f)
{
	for (unsigned i = 0; i < G711; i++)
		if (format_is_same(f, &g711[i]))
			return true;
	return false;
}

/* Sound that a fax gets through. */
static bool
is_sound(const struct sdp_media *m)
{
	bool carries = false;

	for (size_t i = 0; i < m->formats; i++)
		carries |= is_g711(&m->format[i]);
	return carries && slice_is_nocase(m->type, "audio") && protocol_is_rtp(m->protocol);
}

/* ---- Is there a gateway? ---- */

/* There is one that an answer has confirmed and none has ended, whatever was offered since. */
static bool
is_agreed(const struct line *l)
{
	return l->from_was != NULL && l->to_was != NULL &&
	       (l->from_was->fax & l->to_was->fax & MEMO_FAX_AGREED);
}

/* Likewise, and the party of this offer has what it had: its stream says what that is, for the
 * last offer may have been made in vain. */
static bool
goes_on(const struct plan *p, const struct line *l)
{
	const struct stream *s = negotiate_stream(p, p->from, l->n);

	return is_agreed(l) && s != NULL && !s->closed &&
	       (s->media == REQUEST_AUDIO) == protocol_is_rtp(l->in->protocol);
}

/* An offer that says so makes one, or ends it; one that does not leaves it. */
static bool
is_wanted(const struct plan *p, const struct line *l)
{
	unsigned words = p->request->t38;

	if (p->n->answer)
		return negotiate_was_fax(l);
	if ((words & NG_T38_STOP) || (!negotiate_is_t38(l->in) && !is_sound(l->in)))
		return false;
	if (words & (negotiate_is_t38(l->in) ? NG_T38_DECODE : NG_T38_FORCE))
		return true;
	return goes_on(p, l);
}

/* As LEG speaks it at line N; zeros: there is none. */
static struct request_fax
fax_of(const struct plan *p, unsigned leg, unsigned n)
{
	const struct stream *s = negotiate_stream(p, leg, n);

	return s != NULL && s->coding != NULL ? fax_get(s->coding)
					      : (struct request_fax){.gateway = 0};
}

/* Those of a gateway that goes on: the limits of its modems, which another offer may have
 * named in vain, are those that it has. */
static uint32_t
terms_in_use(const struct plan *p, const struct line *l)
{
	unsigned leg = protocol_is_rtp(l->in->protocol) ? p->to : p->from;
	uint32_t has = fax_of(p, leg, l->n).limits;

	return MEMO_FAX_GATEWAY |
	       (l->from_was->fax & ~((uint32_t)SW_FAX_FLAGS << MEMO_FAX_LIMITS)) |
	       has << MEMO_FAX_LIMITS;
}

/* What this offer asks for; or, if it says nothing, the last one that did. */
static uint32_t
terms(const struct plan *p, const struct line *l)
{
	unsigned words = p->request->t38;
	int64_t version = p->request->t38_version;
	bool agreed = goes_on(p, l) || (is_agreed(l) && negotiate_is_running(p, l));

	if (p->n->answer)
		return l->from_was->fax | MEMO_FAX_AGREED;
	if (words == 0 && goes_on(p, l))
		return terms_in_use(p, l);
	version = version < 0                    ? 0
		  : version > SW_FAX_VERSION_MAX ? SW_FAX_VERSION_MAX
						 : version;
	return MEMO_FAX_GATEWAY | (agreed ? MEMO_FAX_AGREED : 0) |
	       (words & NG_T38_FEC ? MEMO_FAX_FEC : 0) |
	       (uint32_t)version << MEMO_FAX_VERSION |
	       words >> NG_T38_LIMITS << MEMO_FAX_LIMITS;
}

static uint8_t
limits(const struct line *l)
{
	return (uint8_t)(l->from->fax >> MEMO_FAX_LIMITS & SW_FAX_FLAGS);
}

static uint8_t
version(const struct line *l)
{
	return l->from->fax >> MEMO_FAX_VERSION & SW_FAX_VERSION_MAX;
}

/* ---- How its T.38 party speaks. ---- */

static void
ask_fax(struct stream_request *s, const struct request_fax *f)
{
	s->fax = *f;
	s->has |= REQUEST_HAS_FAX;
}

static void
take_t38(struct line *l)
{
	struct request_fax f = negotiate_read_t38(l->in, version(l));

	f.limits = limits(l);
	ask_fax(l->from_asked, &f);
}

/* TO is to speak T.38, but has not said how: as it did, or as it will most likely. */
static void
expect_t38(const struct plan *p, struct line *l)
{
	struct request_fax f = fax_of(p, p->to, l->n);

	if (!f.gateway)
		f = (struct request_fax){.gateway = 1,
			.version = version(l),
			.correction = l->from->fax & MEMO_FAX_FEC
					      ? REQUEST_CORRECTION_FEC
					      : REQUEST_CORRECTION_REDUNDANCY};
	f.limits = limits(l);
	ask_fax(l->to_asked, &f);
}

static void
ask_none(const struct plan *p, unsigned leg, unsigned n, struct stream_request *s)
{
	if (fax_of(p, leg, n).gateway)
		ask_fax(s, &(struct request_fax){.gateway = 0});
}

/* ---- What TO's line is called. ---- */

/* How TO is to be sent sound: as asked; else as it was, whatever it has offered in vain; else
 * as plainly as T.38. */
static struct slice
sound_protocol(const struct plan *p, const struct line *l)
{
	const struct stream *s = negotiate_stream(p, p->to, l->n);
	bool said = l->to_was != NULL && protocol_is_rtp(l->to_was->protocol);
	struct slice protocol = said ? l->to_was->protocol : SLICE("RTP/AVP");

	if (protocol_is_rtp(p->request->transport_protocol))
		return p->request->transport_protocol;
	return s != NULL && !s->closed && s->media == REQUEST_AUDIO
		       ? protocol_with(protocol, s->keys != NULL)
		       : protocol;
}

/* Of an offer; of an answer TO has called it so itself. */
static void
name_to(struct plan *p, struct line *l)
{
	if (p->n->answer)
		return;
	l->to->type = protocol_is_rtp(l->in->protocol) ? SLICE("image") : SLICE("audio");
	l->to->protocol =
		protocol_is_rtp(l->in->protocol) ? SLICE("udptl") : sound_protocol(p, l);
}

/* What is of the other kind alone. */
static int
convert(struct plan *p, struct line *l)
{
	struct sdp_media *m = l->out;

	m->type = l->to->type;
	m->bandwidth = NULL;
	m->extmaps = m->feedback = NULL;
	m->ptime = m->maxptime = (struct slice){NULL, 0};
	return negotiate_drop_t38(m, p->arena) == 0 ? 0 : plan_no_memory(p);
}

void
negotiate_end_fax(const struct plan *p, struct line *l)
{
	bool agreed = is_agreed(l) && negotiate_is_running(p, l);

	l->from->fax = agreed ? l->from->fax & ~(uint32_t)MEMO_FAX_GATEWAY : 0;
	l->to->fax = l->from->fax;
}

int
negotiate_fax(struct plan *p, struct line *l)
{
	l->fax = is_wanted(p, l);
	if (!l->fax) {
		negotiate_end_fax(p, l);
		ask_none(p, p->from, l->n, l->from_asked);
		ask_none(p, p->to, l->n, l->to_asked);
		return 0;
	}
	l->from->fax = l->to->fax = terms(p, l);
	if ((limits(l) & REQUEST_FAX_MODEMS) == REQUEST_FAX_MODEMS)
		return plan_fail(p, "T.38 without any modem");
	name_to(p, l);
	return convert(p, l);
}

/* ---- Formats. ---- */

/* Does the client want F, of those that it names? */
static bool
is_named(const struct ng_list *names, const struct sdp_format *f)
{
	for (size_t i = 0; i < names->n; i++) {
		struct slice name = names->at[i];

		if (slice_equal_nocase(slice_cut(&name, '/'), f->name))
			return true;
	}
	return false;
}

/* The G.711 that TO is offered: what `transcode` names, if it names any, and `codec` does not
 * take away; if that leaves none, all of it. */
static void
offer_sound(const struct plan *p, struct line *l)
{
	const struct ng_list *names = &p->request->codec[NG_CODEC_TRANSCODE];
	bool any = is_named(names, &g711[0]) || is_named(names, &g711[1]);

	l->out->formats = 0;
	for (unsigned i = 0; i < G711; i++)
		if ((!any || is_named(names, &g711[i])) &&
			wish_for(p->request, &g711[i]) != WISH_STRIP)
			l->out->format[l->out->formats++] = g711[i];
	if (l->out->formats > 0)
		return;
	memcpy(l->out->format, g711, sizeof g711);
	l->out->formats = G711;
}

/* Who has had a fax as sound is offered what it has first, so that it need not change. */
static void
lead_with_its_own(const struct plan *p, struct line *l)
{
	const struct stream *s = negotiate_stream(p, p->to, l->n);
	const struct request_format *has = s != NULL && is_agreed(l) ? fax_sound_of(s) : NULL;
	struct sdp_format *f = l->out->format, first = f[0];

	if (has == NULL || l->out->formats < G711 ||
		has->format.payload_type != f[1].payload_type)
		return;
	f[0] = f[1];
	f[1] = first;
}

/* The first that TO has offered itself. */
static void
answer_sound(struct line *l)
{
	l->out->formats = 0;
	for (size_t i = 0; i < l->to->formats && l->out->formats == 0; i++)
		if (is_g711(&l->to->format[i].is))
			l->out->format[l->out->formats++] = l->to->format[i].is;
}

/* N of F are what the party of LEG may send.  SAID: by itself.  A gateway that goes on is told
 * nothing new as long as what its party has already will do: modems that are told anything
 * else begin anew, in the middle of a page. */
static void
ask_g711(const struct plan *p, const struct line *l, unsigned leg, bool said,
	const struct sdp_format *f, size_t n)
{
	const struct stream *is = negotiate_stream(p, leg, l->n);
	struct stream_request *s = leg == p->from ? l->from_asked : l->to_asked;
	const struct memo_line *m = leg == p->from ? l->from : l->to;

	format_ask(s, f, n, m->ptime, m->coding);
	if (is == NULL || !is_agreed(l) || !fax_keeps_sound(is, s->format, s->formats, said))
		return;
	s->has &= ~(uint32_t)REQUEST_HAS_FORMATS;
	s->formats = 0;
}

/* What TO may send: all that it is offered, or has offered. */
static int
ask_sound(struct plan *p, struct line *l)
{
	size_t n = p->n->answer ? l->to->formats : l->out->formats;
	struct sdp_format *f = arena_array(p->arena, n + 1, sizeof *f);

	if (f == NULL)
		return plan_no_memory(p);
	for (size_t i = 0; i < n; i++)
		f[i] = p->n->answer ? l->to->format[i].is : l->out->format[i];
	ask_g711(p, l, p->to, p->n->answer, f, n);
	return 0;
}

/* From T.38 to sound. */
static int
decode(struct plan *p, struct line *l)
{
	take_t38(l);
	ask_none(p, p->to, l->n, l->to_asked);
	l->out->format = arena_array(p->arena, G711, sizeof *l->out->format);
	if (l->out->format == NULL)
		return plan_no_memory(p);
	if (p->n->answer) {
		answer_sound(l);
	} else {
		offer_sound(p, l);
		lead_with_its_own(p, l);
	}
	negotiate_ptime(p, l);
	l->from_asked->has |= REQUEST_HAS_FORMATS; /* none */
	return ask_sound(p, l);
}

/* From sound to T.38. */
static int
force(struct plan *p, struct line *l)
{
	struct request_fax told;

	ask_none(p, p->from, l->n, l->from_asked);
	if (!p->n->answer)
		expect_t38(p, l);
	negotiate_ptime(p, l);
	l->out->ptime = (struct slice){NULL, 0};
	if ((l->out->format = arena_array(p->arena, 1, sizeof *l->out->format)) == NULL)
		return plan_no_memory(p);
	l->out->format[0] = (struct sdp_format){.text = SLICE("t38"), .payload_type = -1};
	l->out->formats = 1;
	ask_g711(p, l, p->from, true, l->in->format, l->in->formats);
	l->to_asked->has |= REQUEST_HAS_FORMATS; /* none */
	told = p->n->answer ? fax_of(p, p->to, l->n) : l->to_asked->fax;
	return negotiate_tell_t38(l->out, &told, limits(l), p->arena) == 0 ? 0
									   : plan_no_memory(p);
}

int
negotiate_fax_codecs(struct plan *p, struct line *l)
{
	if (negotiate_note(p, l) != 0)
		return -EINVAL;
	return protocol_is_rtp(l->in->protocol) ? force(p, l) : decode(p, l);
}
