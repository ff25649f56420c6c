/* SPDX-License-Identifier: Apache-2.0
 *
 * See fax.h. */
#include "relay/fax.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "relay/coding.h"

/* ---- What the T.38 party has said, in struct coding.fax. ---- */

/* Byte 0: limits, and whether there is one at all.  Byte 1: correction and version.  Byte 2:
 * the longest datagram, in eights. */
enum { ON = 0x80, VERSION_SHIFT = 4, EIGHT = 8 };
static_assert((int)SW_FAX_FLAGS < (int)ON && SW_FAX_CORRECTIONS <= 1 << VERSION_SHIFT &&
		      SW_FAX_DATAGRAM_MAX / EIGHT <= UINT8_MAX,
	"it fits");
/* Both front ends, which know nothing of the switch, say it in its terms. */
static_assert((int)REQUEST_FAX_NO_ECM == (int)SW_FAX_NO_ECM &&
		      (int)REQUEST_FAX_NO_V17 == (int)SW_FAX_NO_V17 &&
		      (int)REQUEST_FAX_NO_V29 == (int)SW_FAX_NO_V29 &&
		      (int)REQUEST_FAX_NO_V27TER == (int)SW_FAX_NO_V27TER &&
		      (int)REQUEST_FAX_NO_V34 == (int)SW_FAX_NO_V34 &&
		      (int)REQUEST_FAX_NO_IAF == (int)SW_FAX_NO_IAF &&
		      (int)REQUEST_FAX_VERSION_MAX == (int)SW_FAX_VERSION_MAX,
	"alike");
static_assert((int)REQUEST_CORRECTION_NONE == (int)SW_FAX_NONE &&
		      (int)REQUEST_CORRECTION_REDUNDANCY == (int)SW_FAX_REDUNDANCY &&
		      (int)REQUEST_CORRECTION_FEC == (int)SW_FAX_FEC,
	"alike");

static unsigned
datagram(const struct request_fax *f)
{
	unsigned n = f->max_datagram;

	if (n == 0)
		return 0;
	return n < FAX_DATAGRAM_MIN      ? FAX_DATAGRAM_MIN
	       : n > SW_FAX_DATAGRAM_MAX ? SW_FAX_DATAGRAM_MAX
					 : n;
}

void
fax_set(struct coding *c, const struct request_fax *f)
{
	memset(c->fax, 0, sizeof c->fax);
	if (!f->gateway)
		return;
	c->fax[0] = (uint8_t)(ON | (f->limits & SW_FAX_FLAGS));
	c->fax[1] = (uint8_t)(f->version << VERSION_SHIFT | f->correction);
	c->fax[2] = (uint8_t)(datagram(f) / EIGHT);
}

struct request_fax
fax_get(const struct coding *c)
{
	if (!(c->fax[0] & ON))
		return (struct request_fax){.gateway = 0};
	return (struct request_fax){
		.gateway = 1,
		.limits = c->fax[0] & SW_FAX_FLAGS,
		.version = c->fax[1] >> VERSION_SHIFT,
		.correction = c->fax[1] & ((1u << VERSION_SHIFT) - 1),
		.max_datagram = (uint16_t)(c->fax[2] * EIGHT),
	};
}

/* ---- Which pairs. ---- */

bool
fax_is_t38(const struct stream *s)
{
	return s->media == REQUEST_IMAGE && s->coding != NULL && (s->coding->fax[0] & ON) &&
	       s->keys == NULL && !s->e2e && !s->closed;
}

static bool
has_sound(const struct stream *s)
{
	return s->media == REQUEST_AUDIO && s->mesh == STREAM_NO_MESH && !s->e2e && !s->closed;
}

bool
fax_joins(const struct stream *a, const struct stream *b)
{
	return b != NULL &&
	       ((fax_is_t38(a) && has_sound(b)) || (fax_is_t38(b) && has_sound(a)));
}

static bool
is_g711(const struct request_format *f)
{
	return (f->format.codec == CODEC_PCMU || f->format.codec == CODEC_PCMA) &&
	       f->format.rate == 8000 && f->format.channels == 1;
}

/* What the party of S may send of G.711, from number I on; -1: nothing. */
static int
next_taken(const struct stream *s, unsigned i)
{
	for (; i < s->coding->formats; i++)
		if (s->coding->use.taken & 1u << i && is_g711(&s->coding->format[i]))
			return (int)i;
	return -1;
}

/* The first that may go to it; NULL. */
static const struct request_format *
given(const struct stream *s)
{
	for (unsigned i = 0; i < s->coding->use.givens; i++) {
		const struct request_format *f = &s->coding->format[s->coding->use.given[i]];

		if (is_g711(f))
			return f;
	}
	return NULL;
}

const struct request_format *
fax_sound_of(const struct stream *s)
{
	for (unsigned i = 0; s->coding != NULL && i < s->coding->formats; i++)
		if (is_g711(&s->coding->format[i]))
			return &s->coding->format[i];
	return NULL;
}

static bool
is_among(const struct request_format *is, const struct request_format *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (memcmp(&is->format, &f[i].format, sizeof is->format) == 0)
			return true;
	return false;
}

bool
fax_keeps_sound(const struct stream *s, const struct request_format *f, unsigned n, bool said)
{
	const struct request_format *has = fax_sound_of(s), *first = NULL;

	if (has == NULL || !said)
		return has != NULL && is_among(has, f, n);
	for (unsigned i = 0; i < n; i++) {
		if (!is_g711(&f[i]))
			continue;
		if (!is_among(&f[i], s->coding->format, s->coding->formats))
			return false;
		first = first != NULL ? first : &f[i];
	}
	return first != NULL && is_among(first, has, 1);
}

bool
fax_lacks_codec(const struct stream *a, const struct stream *b)
{
	const struct stream *sound;

	if (!fax_joins(a, b))
		return false;
	sound = fax_is_t38(a) ? b : a;
	return sound->coding == NULL || next_taken(sound, 0) < 0 || given(sound) == NULL;
}

int
fax_check(const struct call *c, unsigned i, unsigned j, struct fault *fault)
{
	const struct stream *s = &c->leg[i].stream[j], *to = bridge_peer(c, i, j);
	char path[48];

	if (fax_is_t38(s) || !fax_lacks_codec(s, to))
		return 0;
	snprintf(path, sizeof path, "legs[%u].streams[%u].codecs", i, j);
	return fault_set(fault, FAULT_NO_CODEC, path, NULL, "PCMU or PCMA",
		"a fax of %s, who has no G.711, cannot become T.38 for %s", c->leg[i].name,
		c->leg[1 - i].name);
}

/* ---- The switch's terms. ---- */

/* Sound comes in, T.38 leaves. */
static void
fill_from_sound(const struct stream *from, const struct stream *to, struct sw_bridge *b)
{
	struct request_fax f = fax_get(to->coding);
	unsigned n = 0;

	for (int i = -1; (i = next_taken(from, (unsigned)(i + 1))) >= 0;)
		b->transcode.from[n++] = from->coding->format[i].format;
	b->transcode.window_us = from->coding->window_ms * 1000u;
	b->fax.max_datagram = f.max_datagram;
	b->fax.version = f.version;
	b->fax.correction = f.correction;
	b->fax.depth = f.correction != REQUEST_CORRECTION_NONE ? FAX_DEPTH : 0;
	b->fax.flags = f.limits;
}

void
fax_rules(const struct stream *from, const struct stream *to, struct sw_bridge *b)
{
	const struct request_format *f = fax_is_t38(from) ? given(to) : NULL;

	b->kind = SW_BRIDGE_FAX;
	b->transcoder = from->coding->transcoder != 0 ? from->coding->transcoder - 1u : 0;
	if (f != NULL)
		b->transcode.to[0] = f->format;
	else
		fill_from_sound(from, to, b);
}

/* ---- In words. ---- */

static void
describe_t38(const struct request_fax *f, char *text, size_t room)
{
	static const char *const corrections[] = {"no error correction", "redundancy", "FEC"};
	int n = snprintf(
		text, room, "T.38 version %u with %s", f->version, corrections[f->correction]);

	if (f->max_datagram != 0)
		n += snprintf(text + n, room - (size_t)n, ", at most %u bytes a datagram",
			f->max_datagram);
	for (unsigned i = 0; request_fax_words[i] != NULL; i++)
		if (f->limits & 1u << i)
			n += snprintf(text + n, room - (size_t)n, ", without %s",
				request_fax_words[i]);
}

void
fax_describe(const struct stream *from, const struct stream *to, const struct sw_bridge *b,
	char *text)
{
	const struct codec *codec = codec_by_id(b->transcode.to[0].codec);
	char t38[BRIDGE_TEXT / 2];
	struct request_fax f;

	if (codec != NULL) {
		snprintf(text, BRIDGE_TEXT,
			"T.38 -> fax as sound, %s %u ms, transcode core %u", codec->name,
			b->transcode.to[0].ptime_ms, b->transcoder);
		return;
	}
	f = fax_get(to->coding);
	describe_t38(&f, t38, sizeof t38);
	snprintf(text, BRIDGE_TEXT, "fax as sound, %s -> %s, transcode core %u",
		from->coding->format[next_taken(from, 0)].name, t38, b->transcoder);
}
