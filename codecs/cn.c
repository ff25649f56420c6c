/* SPDX-License-Identifier: Apache-2.0
 *
 * Comfort noise: how loud a pause is, and if the sender likes, how it sounds.  A packet has no
 * duration: decode() takes what it says, conceal() then makes as much noise as is asked for.
 * RFC 3389. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/rows.h"

enum {
	ORDER_MAX =
		32,   /* reflection coefficients that are heeded; nobody sends more than 10 */
	SILENT = 127, /* -dBov */
	LIMIT = 1 << 20, /* of what the filter holds */
};

static const double overload = 32768; /* root mean square at 0 dBov */

struct cn {
	uint32_t random;
	float loudness; /* of what goes into the filter: greatest value */
	unsigned order;
	float k[ORDER_MAX], past[ORDER_MAX + 1];
};

static void
reset(void *object)
{
	struct cn *c = object;

	*c = (struct cn){.random = 1};
}

static void *
open(const struct codec_format *f)
{
	struct cn *c = malloc(sizeof *c);

	if (c != NULL)
		reset(c);
	return c;
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	return 0;
}

/* Level only, as most do: section 3 leaves the order to the sender. */
static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	double power = 0, level;

	if (n == 0)
		return -EINVAL;
	if (room < 1)
		return -ENOSPC;
	for (size_t i = 0; i < n; i++)
		power += (double)pcm[i] * pcm[i];
	level = -10 * log10(power / (double)n / (overload * overload));
	out[0] =
		level < SILENT ? (uint8_t)lrint(level) : SILENT; /* infinite: nothing at all */
	return 1;
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct cn *c = dec;
	double power;

	if (len == 0)
		return 0;
	/* Evenly distributed values have a third of the power of the greatest. */
	power = 3 * pow(10, -(payload[0] & 127) / 10.0);
	c->order = len - 1 < ORDER_MAX ? (unsigned)len - 1 : ORDER_MAX;
	for (unsigned i = 0; i < c->order; i++) {
		int n = payload[1 + i] < 254 ? payload[1 + i] : 254;
		double k = 258.0 * (n - 127) / 32768;

		c->k[i] = (float)k;
		power *= 1 - k * k; /* which the filter puts back */
	}
	c->loudness = (float)(overload * sqrt(power));
	return 0;
}

/* -1 to 1; xorshift. */
static float
noise(struct cn *c)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 17;
	c->random ^= c->random << 5;
	return (float)(int32_t)c->random / 2147483648.0f;
}

/* One sample through the lattice whose reflection coefficients K are.  New ones may be more
 * than what the old ones have left in it can bear: then it begins anew. */
static float
shaped(struct cn *c, float x)
{
	for (unsigned i = c->order; i-- > 0;) {
		x -= c->k[i] * c->past[i];
		c->past[i + 1] = c->past[i] + c->k[i] * x;
	}
	c->past[0] = x;
	if (fabsf(x) < LIMIT)
		return x;
	memset(c->past, 0, sizeof c->past); /* neither is what is no number */
	return 0;
}

static int
conceal(void *dec, int16_t *pcm, size_t n)
{
	struct cn *c = dec;

	for (size_t i = 0; i < n; i++) {
		float x = shaped(c, c->loudness * noise(c));

		pcm[i] = (int16_t)lrintf(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
	}
	return (int)n;
}

const struct codec codec_cn = {
	.name = "CN",
	.help = "comfort noise in pauses (RFC 3389)",
	.id = CODEC_CN,
	.kind = CODEC_NOISE,
	.cost = CODEC_COST_TABLE,
	.complexity = 255,
	.channels = 1,
	.ptime_ms = 20,
	.rate = {8000, 16000, 24000, 32000, 48000},
	.bitrate = 400,
	.samples = samples,
	.encoder_open = open,
	.encoder_close = free,
	.encoder_reset = reset,
	.encode = encode,
	.decoder_open = open,
	.decoder_close = free,
	.decoder_reset = reset,
	.decode = decode,
	.conceal = conceal,
};
