/* SPDX-License-Identifier: Apache-2.0
 *
 * Payload types: the formats of an m= line, and what rtpmap, fmtp and rtcp-fb say of them.
 * RFC 8866 sections 6.6 and 6.15, RFC 4585 section 4.2, RFC 3551 tables 4 and 5.  Pure. */
#include <string.h>

#include "control/sdp_reader.h"

struct static_type {
	const char *name; /* NULL: has none */
	uint32_t rate, channels;
};

static const struct static_type static_types[] = {
	[0] = {"PCMU", 8000, 0},
	[3] = {"GSM", 8000, 0},
	[4] = {"G723", 8000, 0},
	[5] = {"DVI4", 8000, 0},
	[6] = {"DVI4", 16000, 0},
	[7] = {"LPC", 8000, 0},
	[8] = {"PCMA", 8000, 0},
	[9] = {"G722", 8000, 0},
	[10] = {"L16", 44100, 2},
	[11] = {"L16", 44100, 0},
	[12] = {"QCELP", 8000, 0},
	[13] = {"CN", 8000, 0},
	[14] = {"MPA", 90000, 0},
	[15] = {"G728", 8000, 0},
	[16] = {"DVI4", 11025, 0},
	[17] = {"DVI4", 22050, 0},
	[18] = {"G729", 8000, 0},
	[25] = {"CelB", 90000, 0},
	[26] = {"JPEG", 90000, 0},
	[28] = {"nv", 90000, 0},
	[31] = {"H261", 90000, 0},
	[32] = {"MPV", 90000, 0},
	[33] = {"MP2T", 90000, 0},
	[34] = {"H263", 90000, 0},
};

enum { STATIC_TYPES = sizeof static_types / sizeof *static_types };

/* In whatever letters, as all that look at protocols take them. */
static bool
is_rtp(struct slice protocol)
{
	const struct slice rtp = SLICE("RTP/");

	for (; protocol.len >= rtp.len; protocol.at++, protocol.len--)
		if (slice_equal_nocase((struct slice){protocol.at, rtp.len}, rtp))
			return true;
	return false;
}

static int
type_of(struct slice text)
{
	uint64_t n;

	return slice_number(text, 127, &n) == 0 ? (int)n : -1;
}

static void
set_static(struct sdp_format *f)
{
	const struct static_type *t = &static_types[f->payload_type];

	f->name = slice_of(t->name);
	f->rate = t->rate;
	f->channels = t->channels;
}

/* Another format of the media; one that it has already is dropped. */
static void
add_format(struct sdp_reader *r, struct slice text)
{
	struct sdp_media *m = r->media;
	struct sdp_format *f = &m->format[m->formats];
	int type = r->rtp ? type_of(text) : -1;

	if (type >= 0 && r->format[type] != 0)
		return;
	*f = (struct sdp_format){.text = text, .payload_type = type};
	m->formats++;
	if (type < 0)
		return;
	r->format[type] = (uint8_t)m->formats;
	if (type < STATIC_TYPES)
		set_static(f);
}

int
sdp_formats_read(struct sdp_reader *r, struct slice list)
{
	struct slice rest = list;
	size_t n = 0;

	while (sdp_word(&rest).len > 0)
		n++;
	if (n > SDP_FORMATS)
		return SDP_TOO_MUCH;
	r->media->format = arena_array(r->a, n, sizeof *r->media->format);
	if (r->media->format == NULL)
		return SDP_NO_MEMORY;
	r->rtp = is_rtp(r->media->protocol);
	memset(r->format, 0, sizeof r->format);
	for (struct slice text = sdp_word(&list); text.len > 0; text = sdp_word(&list))
		add_format(r, text);
	return SDP_OK;
}

/* Take the payload type off VALUE.  SDP_OK and the format; NULL: the media has no such one,
 * or nothing is said of it. */
static int
take_format(struct sdp_reader *r, struct slice *value, struct sdp_format **f)
{
	struct sdp_media *m = r->media;
	int type;

	if (!r->rtp)
		return SDP_LEFT;
	type = type_of(slice_cut(value, ' '));
	*f = type >= 0 && value->len > 0 && r->format[type] > 0
		     ? &m->format[r->format[type] - 1]
		     : NULL;
	return SDP_OK;
}

int
sdp_take_rtpmap(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp_format *f;
	struct slice name, rate, map;
	uint64_t n;
	int err = take_format(r, &value, &f);

	if (err != SDP_OK || f == NULL)
		return err;
	map = slice_trim(value);
	name = slice_cut(&map, '/');
	if (name.len == 0)
		return SDP_OK;
	rate = slice_cut(&map, '/');
	f->map = value;
	f->name = name;
	f->rate = slice_number(rate, UINT32_MAX, &n) == 0 ? (uint32_t)n : 0;
	f->channels = slice_number(map, UINT32_MAX, &n) == 0 ? (uint32_t)n : 0;
	return SDP_OK;
}

int
sdp_take_fmtp(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp_format *f;
	int err = take_format(r, &value, &f);

	if (err == SDP_OK && f != NULL)
		f->fmtp = value;
	return err;
}

int
sdp_take_feedback(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp_format *f;
	struct slice rest = value;
	int err;

	if (slice_begins(value, "* ") && r->rtp)
		return sdp_take_text(
			r, &r->media->feedback, (struct slice){value.at + 2, value.len - 2});
	err = take_format(r, &rest, &f);
	return err == SDP_OK && f != NULL ? sdp_take_text(r, &f->feedback, rest) : err;
}
