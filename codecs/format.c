/* SPDX-License-Identifier: Apache-2.0
 *
 * What is agreed of a codec: struct codec_format, from names and numbers and back.  Formats
 * come from signalling and from the other process, so nothing in one is taken for granted.
 * RFC 3551, RFC 8866 6.6.  See codec.h. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "codecs/codec.h"

enum { BITRATE_MAX = 2000000 }; /* L16 at 48 kHz in stereo needs 1.5 Mbit/s */

/* RFC 3551 tables 4 and 5: payload types that need no rtpmap. */
static const struct {
	uint8_t payload_type, codec, channels;
	uint32_t rate; /* of samples: G.722's clock says 8000 */
} static_types[] = {
	{0, CODEC_PCMU, 1, 8000},
	{3, CODEC_GSM, 1, 8000},
	{5, CODEC_DVI4, 1, 8000},
	{6, CODEC_DVI4, 1, 16000},
	{7, CODEC_LPC, 1, 8000},
	{8, CODEC_PCMA, 1, 8000},
	{9, CODEC_G722, 1, 16000},
	{10, CODEC_L16, 2, 44100},
	{11, CODEC_L16, 1, 44100},
	{13, CODEC_CN, 1, 8000},
	{16, CODEC_DVI4, 1, 11025},
	{17, CODEC_DVI4, 1, 22050},
	{18, CODEC_G729, 1, 8000},
};
enum { STATIC_TYPES = sizeof static_types / sizeof static_types[0] };

static bool
has_rate(const struct codec *c, uint32_t rate)
{
	for (unsigned i = 0; c->rate[i] != 0; i++)
		if (c->rate[i] == rate)
			return true;
	return false;
}

uint8_t
codec_static_type(const struct codec_format *f)
{
	for (unsigned i = 0; i < STATIC_TYPES; i++)
		if (static_types[i].codec == f->codec && static_types[i].rate == f->rate &&
			static_types[i].channels == f->channels)
			return static_types[i].payload_type;
	return CODEC_DYNAMIC;
}

void
codec_default(const struct codec *c, struct codec_format *f)
{
	*f = (struct codec_format){
		.codec = c->id,
		.channels = 1,
		.ptime_ms = c->ptime_ms,
		.complexity = 255,
		.flags = c->flags,
		.rate = c->rate[0],
	};
	f->payload_type = codec_static_type(f);
}

int
codec_static(uint8_t pt, struct codec_format *f)
{
	for (unsigned i = 0; i < STATIC_TYPES; i++) {
		const struct codec *c = codec_by_id(static_types[i].codec);

		if (static_types[i].payload_type != pt || c == NULL)
			continue;
		codec_default(c, f);
		f->payload_type = pt;
		f->rate = static_types[i].rate;
		f->channels = static_types[i].channels;
		f->ptime_ms = codec_ptime(f, c->ptime_ms);
		return 0;
	}
	return -ENOENT;
}

/* Does a packet of MS hold whole frames? */
static bool
is_whole(const struct codec *c, unsigned ms)
{
	return c->frame_us == 0 || ms * 1000 % c->frame_us == 0;
}

/* Do so many samples fit, as far as the codec's row can tell? */
static bool
fits(const struct codec *c, const struct codec_format *f, unsigned samples)
{
	return c->frame_us != 0 ||
	       (uint64_t)c->bitrate * samples * f->channels / c->rate[0] / 8 <=
		       CODEC_PAYLOAD_MAX;
}

uint8_t
codec_ptime(const struct codec_format *f, unsigned wanted_ms)
{
	const struct codec *c = codec_by_id(f->codec);
	unsigned best = 0, best_off = UINT_MAX;

	if (c != NULL && wanted_ms >= CODEC_PTIME_MIN && wanted_ms <= CODEC_PTIME_MAX &&
		is_whole(c, wanted_ms) && fits(c, f, f->rate * wanted_ms / 1000))
		return (uint8_t)wanted_ms;
	for (unsigned ms = CODEC_PTIME_MIN; c != NULL && ms <= CODEC_PTIME_MAX; ms++) {
		unsigned off = ms > wanted_ms ? ms - wanted_ms : wanted_ms - ms;

		if (!is_whole(c, ms) || (best != 0 && !fits(c, f, f->rate * ms / 1000)) ||
			off >= best_off)
			continue;
		best = ms;
		best_off = off;
	}
	return (uint8_t)best;
}

unsigned
codec_packet(const struct codec_format *f)
{
	unsigned samples = f->rate * f->ptime_ms / 1000;

	while (!fits(codec_by_id(f->codec), f, samples))
		samples /= 2;
	return samples;
}

uint32_t
codec_shortest_us(const struct codec *c)
{
	if (c->shortest_us != 0)
		return c->shortest_us;
	return c->frame_us > CODEC_PTIME_MIN * 1000 ? c->frame_us : CODEC_PTIME_MIN * 1000;
}

/* All but the payload type, which is not known before the m= line is. */
static bool
is_possible(const struct codec_format *f)
{
	const struct codec *c = codec_by_id(f->codec);

	return c != NULL && f->channels >= 1 && f->channels <= c->channels &&
	       f->ptime_ms >= CODEC_PTIME_MIN && f->ptime_ms <= CODEC_PTIME_MAX &&
	       is_whole(c, f->ptime_ms) && (f->complexity <= 10 || f->complexity == 255) &&
	       f->reserved == 0 && (f->flags & ~CODEC_FLAGS) == 0 && has_rate(c, f->rate) &&
	       f->bitrate <= BITRATE_MAX && f->capture_rate <= CODEC_RATE_MAX;
}

bool
codec_format_is_valid(const struct codec_format *f)
{
	return f->payload_type <= 127 && is_possible(f);
}

int
codec_format_parse(struct codec_format *f, const char *name, uint32_t clock_hz,
	unsigned channels, const char *fmtp)
{
	const struct codec *c = codec_by_name(name, strlen(name), clock_hz);
	struct codec_format made;

	if (c == NULL)
		return -ENOENT;
	if (channels > (c->map_channels != 0 ? c->map_channels : c->channels))
		return -EINVAL;
	codec_default(c, &made);
	if (c->clock_hz == 0 && clock_hz != 0)
		made.rate = clock_hz;
	if (c->map_channels == 0 && channels != 0)
		made.channels = (uint8_t)channels;
	made.payload_type = codec_static_type(&made);
	made.ptime_ms = codec_ptime(&made, c->ptime_ms);
	if (fmtp != NULL && c->fmtp_parse != NULL && c->fmtp_parse(&made, fmtp) != 0)
		return -EINVAL;
	if (!is_possible(&made))
		return -EINVAL;
	*f = made;
	return 0;
}

uint32_t
codec_clock(const struct codec_format *f)
{
	const struct codec *c = codec_by_id(f->codec);

	return c != NULL && c->clock_hz != 0 ? c->clock_hz : f->rate;
}

unsigned
codec_map_channels(const struct codec_format *f)
{
	const struct codec *c = codec_by_id(f->codec);

	return c != NULL && c->map_channels != 0 ? c->map_channels : f->channels;
}

bool
codec_format_same(const struct codec_format *a, const struct codec_format *b)
{
	const struct codec *c = codec_by_id(a->codec);

	if (c == NULL || a->codec != b->codec ||
		((a->flags ^ b->flags) & CODEC_OCTET_ALIGNED) != 0)
		return false;
	/* Who may be asked for modes must be able to heed what is asked. */
	if (c->request != NULL && a->modes != b->modes)
		return false;
	/* Payloads that say themselves what is in them can be decoded at any rate. */
	return c->map_channels != 0 || (a->rate == b->rate && a->channels == b->channels);
}
