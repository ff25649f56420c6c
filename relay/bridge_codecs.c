/* SPDX-License-Identifier: Apache-2.0
 *
 * What a direction does to payloads, from what both parties have agreed to; of bridge.h.  A
 * party may send any of its codecs at any time, so a change of payload types (or of G.711's
 * law), which a forwarding core does, has to be enough for all of them; if it is not, both
 * directions are transcoded.  Pure. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "relay/bridge.h"
#include "relay/bridge_alike.h"
#include "relay/bridge_formats.h"
#include "relay/call_mesh.h"
#include "relay/coding.h"
#include "relay/fax.h"

/* ---- What a direction needs. ---- */

/* Can its speech be transcoded at all? */
static bool
can_transcode(const struct stream *from, const struct stream *to)
{
	return from->media == REQUEST_AUDIO && bridge_decodable(from) != NULL &&
	       bridge_goal(from, to) != NULL;
}

/* Is there anything to decode this direction's sound for?  What both parties pass on that none
 * of ours is called by goes first if its party puts it first: it would be lost. */
static bool
is_changed(const struct stream *from, const struct stream *to)
{
	const struct coding *c = from->coding;
	enum sw_law law;

	if (bridge_is_treated(from, to))
		return true;
	for (unsigned i = 0; i < c->formats; i++) {
		const struct request_format *a = bridge_taken(from, i);
		bool passes = a != NULL && bridge_counterpart(a, to, &law) != NULL;

		if (a == NULL || !codec_is_speech(a))
			continue;
		if (passes && !bridge_is_ours(a))
			return false;
		if (!passes && bridge_is_ours(a))
			return true;
	}
	return false;
}

/* Most calls have nothing to be decoded for, which is found out soonest. */
static bool
wants_transcoding(const struct stream *from, const struct stream *to)
{
	return is_changed(from, to) && can_transcode(from, to);
}

static bool
is_transcoded(const struct stream *from, const struct stream *to)
{
	return wants_transcoding(from, to) || wants_transcoding(to, from);
}

/* Does any payload of FROM's change, or have to be kept from TO? */
static bool
wants_map(const struct stream *from, const struct stream *to)
{
	for (unsigned i = 0; i < from->coding->formats; i++) {
		const struct request_format *a = bridge_taken(from, i), *b;
		enum sw_law law;

		b = a != NULL ? bridge_counterpart(a, to, &law) : NULL;
		if (b == NULL || law != SW_LAW_KEEP ||
			b->format.payload_type != a->format.payload_type)
			return true;
	}
	return false;
}

/* Does its party name any?  One may agree to telephone-event alone, if the other has it. */
static bool
has_speech(const struct stream *s)
{
	for (unsigned i = 0; i < s->coding->formats; i++)
		if (codec_is_speech(&s->coding->format[i]))
			return true;
	return false;
}

bool
bridge_is_without_codec(const struct stream *from, const struct stream *to)
{
	bool told = !bridge_is_untold(from, to), alike = told && bridge_is_alike(from, to);
	enum sw_law law;
	bool speech;

	if (!told || (!alike && can_transcode(from, to)))
		return false;
	speech = has_speech(from) && has_speech(to);
	for (unsigned i = 0; i < from->coding->formats; i++) {
		const struct request_format *a = bridge_taken(from, i);

		if (a != NULL && (!speech || codec_is_speech(a)) &&
			(alike || bridge_counterpart(a, to, &law) != NULL))
			return false;
	}
	return true;
}

/* ---- The switch's terms. ---- */

static bool
has_number(const struct stream *s, unsigned payload_type)
{
	for (unsigned i = 0; i < s->coding->formats; i++)
		if (s->coding->format[i].format.payload_type == payload_type)
			return true;
	return false;
}

/* As what A, which may come from FROM, may come besides: as the party of TO calls it, and so
 * FROM's was told (RFC 3264 section 5.1: who answers with numbers of its own still sends by
 * those that it was offered).  NULL: nothing, or FROM means something else by that number. */
static const struct request_format *
other_name(const struct stream *from, const struct stream *to, const struct request_format *a)
{
	for (unsigned i = 0; a != NULL && i < to->coding->formats; i++) {
		const struct request_format *b = &to->coding->format[i];

		if (bridge_is_same(a, b))
			return has_number(from, b->format.payload_type) ? NULL : b;
	}
	return NULL;
}

/* What comes as A, if there is such a thing, and goes to TO. */
static void
add_map(const struct request_format *a, const struct stream *to, struct sw_bridge *b)
{
	enum sw_law law;
	const struct request_format *to_be =
		a != NULL ? bridge_counterpart(a, to, &law) : NULL;

	for (unsigned i = 0; i < b->maps; i++)
		if (to_be != NULL && b->map[i].from == a->format.payload_type)
			return;
	if (to_be == NULL)
		return;
	b->map[b->maps].from = a->format.payload_type;
	b->map[b->maps].to = to_be->format.payload_type;
	b->map[b->maps].law = (uint8_t)law;
	b->maps++;
}

static void
fill_map(const struct stream *from, const struct stream *to, struct sw_bridge *b)
{
	b->kind = SW_BRIDGE_MAP;
	for (unsigned i = 0; i < from->coding->formats; i++)
		add_map(bridge_taken(from, i), to, b);
	for (unsigned i = 0; i < from->coding->formats; i++)
		add_map(other_name(from, to, bridge_taken(from, i)), to, b);
}
static_assert(2 * (int)REQUEST_FORMATS <= (int)SW_MAPS &&
		      (int)REQUEST_FORMATS <= (int)TRANSCODE_FORMATS,
	"there is room");

/* Say the payloads of F's codec themselves what is in them, so that any rate will do? */
static bool
is_free(const struct codec_format *f)
{
	const struct codec *c = codec_by_id(f->codec);

	return c != NULL && c->map_channels != 0;
}

/* The lowest rate of F's codec, up to F's, that holds what comes at RATE. */
static uint32_t
rate_for(const struct codec_format *f, uint32_t rate)
{
	const struct codec *c = codec_by_id(f->codec);
	uint32_t best = f->rate;

	for (unsigned i = 0; c != NULL && c->rate[i] != 0; i++)
		if (c->rate[i] >= rate && c->rate[i] < best)
			best = c->rate[i];
	return best;
}

/* The highest rate of what FROM's party may send that has to be coded as SPEECH; 0: nothing
 * has to, it is that already. */
static uint32_t
highest_rate(const struct stream *from, const struct request_format *speech)
{
	uint32_t highest = 0;

	for (unsigned i = 0; i < from->coding->formats; i++) {
		const struct request_format *f = bridge_taken(from, i);
		uint32_t rate;

		if (f == NULL || !bridge_is_ours(f) ||
			(bridge_is_same(f, speech) && bridge_is_as_long(f, speech)))
			continue;
		rate = is_free(&f->format) ? f->format.capture_rate : f->format.rate;
		if (rate == 0)
			rate = CODEC_RATE_MAX;
		highest = rate > highest ? rate : highest;
	}
	return highest;
}

/* What TO is sent: SPEECH, and behind that what else it takes, first by the same
 * clock. */
static void
fill_to(const struct stream *from, const struct stream *to,
	const struct request_format *speech, struct transcode_conf *t)
{
	uint32_t clock = codec_clock(&speech->format), rate = highest_rate(from, speech);
	unsigned n = 1;

	t->to[0] = speech->format;
	if (is_free(&speech->format) && rate != 0)
		t->to[0].rate = rate_for(&speech->format, rate);
	if (speech->format.codec == CODEC_OPUS)
		t->to[0].complexity = to->coding->opus_complexity;
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < to->coding->use.givens; i++) {
			const struct request_format *f = bridge_given(to, i);

			if (!codec_is_speech(f) &&
				(codec_clock(&f->format) == clock) == (pass == 0))
				t->to[n++] = f->format;
		}
}

/* A, which may come as B as well, behind the N of FROM; how many they are then. */
static unsigned
add_other(struct codec_format *from, unsigned n, const struct request_format *a,
	const struct request_format *b)
{
	if (a == NULL || b == NULL || a->format.codec == CODEC_NONE || n >= TRANSCODE_FORMATS)
		return n;
	for (unsigned i = 0; i < n; i++)
		if (from[i].payload_type == b->format.payload_type)
			return n;
	from[n] = a->format;
	from[n].payload_type = b->format.payload_type;
	return n + 1;
}

static void
fill_transcode(const struct stream *from, const struct stream *to,
	const struct request_format *speech, struct sw_bridge *b)
{
	const struct coding *c = from->coding;
	struct transcode_conf *t = &b->transcode;
	unsigned n = 0;

	b->kind = SW_BRIDGE_TRANSCODE;
	b->transcoder = c->transcoder != 0 ? c->transcoder - 1u : 0;
	for (unsigned i = 0; i < c->formats; i++) {
		const struct request_format *f = bridge_taken(from, i);

		if (f != NULL && f->format.codec != CODEC_NONE)
			t->from[n++] = f->format;
	}
	for (unsigned i = 0; i < c->formats; i++)
		n = add_other(t->from, n, bridge_taken(from, i),
			other_name(from, to, bridge_taken(from, i)));
	fill_to(from, to, speech, t);
	t->window_us = c->window_ms * 1000u;
	t->gain_db10 = c->gain_db10;
	t->flags = (uint16_t)(call_mesh_flags(from, to) | (c->mute ? TRANSCODE_MUTE : 0) |
			      (c->block ? TRANSCODE_BLOCK : 0) |
			      (to->coding->fill ? TRANSCODE_FILL : 0));
}

bool
bridge_rules(const struct stream *from, const struct stream *to, struct sw_bridge *b)
{
	const struct request_format *speech;

	memset(b, 0, sizeof *b);
	if (fax_joins(from, to) && !fax_lacks_codec(from, to)) {
		fax_rules(from, to, b);
		return true;
	}
	if (from == to || bridge_is_untold(from, to) || bridge_passes_all(from, to) ||
		bridge_is_without_codec(from, to))
		return false;
	speech = can_transcode(from, to) && is_transcoded(from, to) ? bridge_goal(from, to)
								    : NULL;
	if (speech != NULL)
		fill_transcode(from, to, speech, b);
	else if (wants_map(from, to))
		fill_map(from, to, b);
	else
		return false;
	return true;
}

/* ---- In words. ---- */

/* What fits behind the LEN bytes of TEXT, which has BRIDGE_TEXT. */
static size_t add(char *text, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static size_t
add(char *text, size_t len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + len, BRIDGE_TEXT - len, fmt, ap);
	va_end(ap);
	return n > 0 && (size_t)n < BRIDGE_TEXT - len ? len + (size_t)n : BRIDGE_TEXT - 1;
}

static void
describe_map(const struct stream *from, const struct stream *to, char *text)
{
	size_t len = add(text, 0, "payload types mapped:");
	enum sw_law law;

	for (unsigned i = 0; i < from->coding->formats; i++) {
		const struct request_format *a = bridge_taken(from, i), *b;

		if (a == NULL)
			continue;
		len = add(text, len, "%s %s %u ", text[len - 1] == ':' ? "" : ",", a->name,
			a->format.payload_type);
		if ((b = bridge_counterpart(a, to, &law)) == NULL)
			len = add(text, len, "dropped");
		else if (law != SW_LAW_KEEP)
			len = add(text, len, "-> %s %u", b->name, b->format.payload_type);
		else
			len = add(text, len, "-> %u", b->format.payload_type);
	}
}

static void
describe_transcode(const struct stream *from, const struct stream *to,
	const struct sw_bridge *b, char *text)
{
	const struct coding *c = from->coding;
	const struct codec_format *f = &b->transcode.to[0];
	const struct codec *codec = codec_by_id(f->codec);
	size_t len = 0;

	for (unsigned i = 0; i < c->formats; i++) {
		const struct request_format *a = bridge_taken(from, i);

		if (a != NULL && bridge_is_ours(a))
			len = add(text, len, "%s%s %u ms", len > 0 ? " or " : "", a->name,
				a->format.ptime_ms);
	}
	len = add(text, len, "%s -> %s %u ms at %g kHz%s", from->mesh ? " of the mesh" : "",
		codec != NULL ? codec->name : "", f->ptime_ms, f->rate / 1e3,
		to->mesh ? " for the mesh" : "");
	if (c->gain_db10 != 0)
		len = add(text, len, ", %+.1f dB", c->gain_db10 / 10.);
	if (c->mute)
		len = add(text, len, ", muted");
	for (unsigned i = 0; i < c->formats; i++) {
		const struct request_format *a = bridge_taken(from, i);

		if (a != NULL && a->format.codec == CODEC_NONE)
			len = add(text, len, ", %s dropped", a->name);
	}
	add(text, len, ", transcode core %u", b->transcoder);
}

void
bridge_describe_codecs(const struct stream *from, const struct stream *to, char *text)
{
	struct sw_bridge b;

	text[0] = '\0';
	if (bridge_decide(from, to) == BRIDGE_NONE || !bridge_rules(from, to, &b))
		return;
	if (b.kind == SW_BRIDGE_MAP)
		describe_map(from, to, text);
	else if (b.kind == SW_BRIDGE_FAX)
		fax_describe(from, to, &b, text);
	else
		describe_transcode(from, to, &b, text);
}
