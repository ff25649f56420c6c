/* SPDX-License-Identifier: Apache-2.0
 *
 * The lists of `codec`: strip, offer, except, mask, consume, accept, transcode, set, ignore.
 * A name may carry what its codec is to be: NAME/RATE/CHANNELS/BITRATE/PTIME/FMTP.  See
 * negotiate_format.h. */
#include <errno.h>
#include <string.h>

#include "codecs/codec.h"
#include "relay/negotiate_format.h"

struct spec {
	struct slice name, fmtp;
	uint32_t rate, channels, bitrate, ptime; /* 0: not said */
};

static uint32_t
number(struct slice s)
{
	uint64_t n = 0;

	return slice_number(s, UINT32_MAX, &n) == 0 ? (uint32_t)n : 0;
}

static struct spec
read_spec(struct slice text)
{
	struct spec s = {.name = slice_cut(&text, '/')};

	s.rate = number(slice_cut(&text, '/'));
	s.channels = number(slice_cut(&text, '/'));
	s.bitrate = number(slice_cut(&text, '/'));
	s.ptime = number(slice_cut(&text, '/'));
	s.fmtp = slice_cut(&text, '/');
	return s;
}

/* By the codec's name, or the payload type. */
static bool
is_meant(const struct spec *s, const struct sdp_format *f)
{
	return s->name.len > 0 &&
	       (slice_equal_nocase(s->name, f->name) || slice_equal(s->name, f->text)) &&
	       (s->rate == 0 || s->rate == f->rate) &&
	       (s->channels <= 1 || s->channels == f->channels);
}

static bool
names(const struct ng_request *r, enum ng_codec_op op, const struct sdp_format *f)
{
	for (size_t i = 0; i < r->codec[op].n; i++) {
		struct spec s = read_spec(r->codec[op].at[i]);

		if (is_meant(&s, f))
			return true;
	}
	return false;
}

static bool
has_word(const struct ng_request *r, enum ng_codec_op op, const char *word)
{
	for (size_t i = 0; i < r->codec[op].n; i++)
		if (slice_is_nocase(r->codec[op].at[i], word))
			return true;
	return false;
}

/* Does OP mean F, by its name or because it means all?  "all" spares what is to be
 * transcoded to, which then need not be; "full" does not. */
static bool
means(const struct ng_request *r, enum ng_codec_op op, const struct sdp_format *f)
{
	if (names(r, NG_CODEC_EXCEPT, f))
		return false;
	if (names(r, op, f))
		return true;
	if (names(r, NG_CODEC_OFFER, f))
		return false;
	return has_word(r, op, "full") ||
	       (has_word(r, op, "all") && !names(r, NG_CODEC_TRANSCODE, f));
}

enum wish
wish_for(const struct ng_request *r, const struct sdp_format *f)
{
	if (means(r, NG_CODEC_STRIP, f) || means(r, NG_CODEC_IGNORE, f))
		return WISH_STRIP;
	if (means(r, NG_CODEC_CONSUME, f))
		return WISH_CONSUME;
	if (means(r, NG_CODEC_MASK, f))
		return WISH_MASK;
	return names(r, NG_CODEC_ACCEPT, f) ? WISH_ACCEPT : WISH_KEEP;
}

bool
wish_accepts_all(const struct ng_request *r)
{
	return ng_has(r, NG_ALWAYS_TRANSCODE) || has_word(r, NG_CODEC_ACCEPT, "all") ||
	       has_word(r, NG_CODEC_ACCEPT, "full");
}

/* The place of F in L; of one that is not there: behind. */
static size_t
place(const struct ng_list *l, const struct sdp_format *f)
{
	size_t i = 0;

	while (i < l->n) {
		struct spec s = read_spec(l->at[i]);

		if (is_meant(&s, f))
			break;
		i++;
	}
	return i;
}

void
wish_order(const struct ng_request *r, struct sdp_media *m)
{
	static const enum ng_codec_op takes[] = {
		NG_CODEC_STRIP, NG_CODEC_IGNORE, NG_CODEC_MASK, NG_CODEC_CONSUME};
	size_t places[SDP_FORMATS];
	bool all = false;

	for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
		all |= has_word(r, takes[i], "all") || has_word(r, takes[i], "full");
	if (!all || r->codec[NG_CODEC_OFFER].n < 2)
		return;
	for (size_t i = 0; i < m->formats; i++)
		places[i] = place(&r->codec[NG_CODEC_OFFER], &m->format[i]);
	for (size_t i = 1; i < m->formats; i++) {
		struct sdp_format f = m->format[i];
		size_t mine = places[i], at = i;

		for (; at > 0 && places[at - 1] > mine; at--) {
			m->format[at] = m->format[at - 1];
			places[at] = places[at - 1];
		}
		m->format[at] = f;
		places[at] = mine;
	}
}

size_t
wish_preferred(const struct ng_request *r, const struct sdp_format *f)
{
	return place(&r->codec[NG_CODEC_ACCEPT], f);
}

/* ---- How we code. ---- */

enum { CODINGS = 8 }; /* of one party, at most */

int
wish_coding(const struct ng_list *l, struct slice *coding, struct arena *a)
{
	struct slice text = SLICE("");
	unsigned n = 0;

	for (size_t i = 0; i < l->n && n < CODINGS && text.at != NULL; i++) {
		struct spec s = read_spec(l->at[i]);

		if ((s.bitrate == 0 && s.ptime == 0) || s.name.len == 0 ||
			s.name.len >= REQUEST_CODEC)
			continue;
		text = arena_print(a, "%.*s%s%.*s/%u/%u/%u/%u", (int)text.len, text.at,
			n++ > 0 ? "," : "", (int)s.name.len, s.name.at, s.rate, s.channels,
			s.bitrate, s.ptime);
	}
	if (text.at == NULL)
		return -ENOMEM;
	if (n > 0)
		*coding = text;
	return 0;
}

/* Is F, which is CODEC, meant?  Opus has two channels in its rtpmap even if one is sent. */
static bool
is_coded(const struct spec *s, const struct sdp_format *f, const struct codec_format *codec)
{
	return slice_equal_nocase(s->name, f->name) && (s->rate == 0 || s->rate == f->rate) &&
	       (s->channels == 0 || s->channels == codec->channels ||
		       s->channels == codec_map_channels(codec));
}

void
wish_code(struct slice coding, const struct sdp_format *f, struct codec_format *codec)
{
	struct codec_format coded = *codec;
	struct spec best = {.bitrate = 0};
	bool exact = false;

	while (coding.len > 0 && !exact) {
		struct spec s = read_spec(slice_cut(&coding, ','));

		if (!is_coded(&s, f, codec))
			continue;
		exact = s.channels == codec->channels;
		best = s;
	}
	coded.bitrate = best.bitrate;
	coded.payload_type = 0; /* that is another's matter */
	if (best.bitrate != 0 && (codec->bitrate == 0 || best.bitrate < codec->bitrate) &&
		codec_format_is_valid(&coded))
		codec->bitrate = best.bitrate;
	if (best.ptime != 0)
		codec->ptime_ms = codec_ptime(codec, best.ptime);
}

/* ---- Formats that are added. ---- */

enum { DYNAMIC_FIRST = 96, DYNAMIC_LAST = 127 }; /* RFC 3551 section 6 */

/* Does PT mean nothing else to either party?  What is static means the same to both. */
static bool
is_free(const struct sdp_media *m, const struct sdp_format *from, size_t n, int pt)
{
	return !format_has_number(m->format, m->formats, pt) &&
	       (pt < DYNAMIC_FIRST || !format_has_number(from, n, pt));
}

/* WANTED, if it can be, or another payload type; -1: there is none left. */
static int
free_type(const struct sdp_media *m, const struct sdp_format *from, size_t n, int wanted)
{
	if (wanted <= DYNAMIC_LAST && is_free(m, from, n, wanted))
		return wanted;
	for (int pt = DYNAMIC_FIRST; pt <= DYNAMIC_LAST; pt++)
		if (is_free(m, from, n, pt))
			return pt;
	return -1;
}

/* Does S name a codec, rather than nothing, or all of them as in other lists? */
static bool
is_codec(const struct spec *s)
{
	return s->name.len > 0 && !slice_is_nocase(s->name, "all") &&
	       !slice_is_nocase(s->name, "full");
}

/* S as a format, with our defaults for what it does not say.  -ENOENT: no codec of ours. */
static int
make(struct sdp_format *f, const struct spec *s)
{
	const struct codec *c = codec_by_name(s->name.at, s->name.len, s->rate);
	struct codec_format format;

	if (c == NULL || c->kind == CODEC_NOISE)
		return -ENOENT;
	codec_default(c, &format);
	if (s->rate != 0 && c->clock_hz == 0)
		format.rate = s->rate;
	if (s->channels > 1 && c->map_channels == 0 && s->channels <= c->channels)
		format.channels = (uint8_t)s->channels;
	*f = (struct sdp_format){
		.payload_type = codec_static_type(&format),
		.name = slice_of(c->name),
		.rate = codec_clock(&format),
		.channels = codec_map_channels(&format),
		.fmtp = s->fmtp.len > 0       ? s->fmtp
			: c->id == CODEC_OPUS ? SLICE("useinbandfec=1")
					      : (struct slice){NULL, 0},
	};
	return 0;
}

/* F into M, behind the last speech: keys and noise come last. */
static int
insert(struct sdp_media *m, struct sdp_format *f, const struct sdp_format *from, size_t n,
	struct arena *a)
{
	size_t at = m->formats;

	f->payload_type = free_type(m, from, n, f->payload_type);
	if (f->payload_type < 0)
		return 0;
	f->text = arena_print(a, "%d", f->payload_type);
	if (f->text.at == NULL)
		return -ENOMEM;
	if (format_is_talk(f))
		while (at > 0 && !format_is_talk(&m->format[at - 1]))
			at--;
	memmove(&m->format[at + 1], &m->format[at], (m->formats - at) * sizeof *m->format);
	m->format[at] = *f;
	m->formats++;
	return 0;
}

static const struct sdp_format *
find_event(const struct sdp_media *m, uint32_t rate) /* 0: any */
{
	for (size_t i = 0; i < m->formats; i++)
		if (slice_is_nocase(m->format[i].name, "telephone-event") &&
			(rate == 0 || m->format[i].rate == rate))
			return &m->format[i];
	return NULL;
}

/* Keys go by the clock of the speech that they stand in for: RFC 4733 section 2.1. */
static int
add_event(struct sdp_media *m, uint32_t rate, const struct sdp_format *from, size_t n,
	struct arena *a)
{
	const struct sdp_format *any = find_event(m, 0);
	struct sdp_format event;

	if (any == NULL || find_event(m, rate) != NULL)
		return 0;
	event = *any;
	event.map = (struct slice){NULL, 0};
	event.rate = rate;
	event.payload_type = DYNAMIC_FIRST;
	return insert(m, &event, from, n, a);
}

int
wish_add(const struct ng_request *r, struct sdp_media *m, const struct sdp_format *from,
	size_t n, uint64_t *missing, struct arena *a)
{
	const struct ng_list *l = &r->codec[NG_CODEC_TRANSCODE];
	size_t most = m->formats + WISH_ADDED - 2; /* two of each name */

	if (l->n == 0 || !format_has_ours(from, n))
		return 0;
	for (size_t i = 0; i < l->n; i++) {
		struct spec s = read_spec(l->at[i]);
		struct sdp_format f;
		bool there = false;

		for (size_t j = 0; j < m->formats; j++)
			there |= is_meant(&s, &m->format[j]);
		if (there || !is_codec(&s) || m->formats + 2 > most)
			continue;
		if (make(&f, &s) != 0) {
			*missing |= i < 64 ? UINT64_C(1) << i : 0;
			continue;
		}
		if (insert(m, &f, from, n, a) != 0 ||
			(format_is_talk(&f) && add_event(m, f.rate, from, n, a) != 0))
			return -ENOMEM;
	}
	return 0;
}

int
wish_add_known(struct sdp_media *m, struct sdp_format *f, const struct sdp_format *from,
	size_t n, struct arena *a)
{
	for (size_t i = 0; i < m->formats; i++)
		if (format_is_same(&m->format[i], f))
			return 0;
	return format_has_ours(from, n) ? insert(m, f, from, n, a) : 0;
}
