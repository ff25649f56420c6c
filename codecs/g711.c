/* SPDX-License-Identifier: Apache-2.0
 *
 * ITU-T G.711: a byte a sample, logarithmic, by two laws.  Decoding is a table.  A byte is a
 * sign, an exponent and four bits of mantissa, so encoding lets the CPU turn samples into
 * floating point and takes the bits from there, many at a time: 20 ms take a tenth of what
 * looking for the leading bit takes.  Nothing is remembered from one sample to the next.
 * RFC 3551 4.5.14. */
#include <errno.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/law.h"
#include "codecs/rows.h"

enum { RATE = 8000, MOST = RATE * 120 / 1000 };

/* What open() gives, there being nothing to remember. */
static char nothing;

static void *
open(const struct codec_format *f)
{
	if (f->rate == RATE && f->channels == 1)
		return &nothing;
	errno = EINVAL;
	return NULL;
}

static void
no_op(void *object)
{
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	return len <= MOST ? (int)len : -EBADMSG;
}

/* Exponent and four bits of mantissa of SIZE, 128 being 0. */
static inline unsigned
logarithm(int size)
{
	float f = (float)size;
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	return (bits >> 19) - ((127 + 7) << 4);
}

/* Table 2: 33 is added on the scale of 14 bits; all bits are inverted. */
static inline uint8_t
u_of(int sample)
{
	enum { BIAS = 33 * 4, CLIP = 32767 - BIAS };
	int size = sample < 0 ? -sample : sample;

	return (uint8_t)(logarithm((size < CLIP ? size : CLIP) + BIAS) ^
			 (sample < 0 ? 0x7f : 0xff));
}

/* Table 1: steps of the lowest segment are those of the next, 16 numbers above; even bits are
 * inverted. */
static inline uint8_t
a_of(int sample)
{
	int size = sample < 0 ? -sample - 1 : sample;
	int lift = (size < 256) * 256;
	unsigned number = logarithm(size + lift) - (unsigned)lift / 16;

	return (uint8_t)(number ^ (sample < 0 ? 0x55 : 0xd5));
}

static int
encode_u(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	if (n > room)
		return -ENOSPC;
	for (size_t i = 0; i < n; i++)
		out[i] = u_of(pcm[i]);
	return (int)n;
}

static int
encode_a(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	if (n > room)
		return -ENOSPC;
	for (size_t i = 0; i < n; i++)
		out[i] = a_of(pcm[i]);
	return (int)n;
}

static int
decode(const int16_t *linear, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	if (len > MOST)
		return -EBADMSG;
	if (len > room)
		return -ENOSPC;
	for (size_t i = 0; i < len; i++)
		pcm[i] = linear[payload[i]];
	return (int)len;
}

static int
decode_u(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	return decode(law_linear_of_u, payload, len, pcm, room);
}

static int
decode_a(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	return decode(law_linear_of_a, payload, len, pcm, room);
}

#define BOTH_LAWS                                                                         \
	.kind = CODEC_SPEECH, .cost = CODEC_COST_TABLE, .complexity = 255, .channels = 1, \
	.ptime_ms = 20, .rate = {RATE}, .bitrate = 64000, .samples = samples,             \
	.encoder_open = open, .encoder_close = no_op, .encoder_reset = no_op,             \
	.decoder_open = open, .decoder_close = no_op, .decoder_reset = no_op

const struct codec codec_pcmu = {
	.name = "PCMU",
	.help = "G.711 u-law (ITU-T G.711)",
	.id = CODEC_PCMU,
	.encode = encode_u,
	.decode = decode_u,
	BOTH_LAWS,
};

const struct codec codec_pcma = {
	.name = "PCMA",
	.help = "G.711 A-law (ITU-T G.711)",
	.id = CODEC_PCMA,
	.encode = encode_a,
	.decode = decode_a,
	BOTH_LAWS,
};
