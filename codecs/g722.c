/* SPDX-License-Identifier: Apache-2.0
 *
 * ITU-T G.722 at 64 kbit/s: two bands, ADPCM each.  Samples at 16 kHz, but its RTP clock says
 * 8000, by an error that is kept for good: RFC 3551 4.5.2.
 *
 * SpanDSP does it, except for the last step of decoding, where its bands are joined without a
 * limit: what is too loud by a little would come out with the other sign, as a crack.  So it
 * is asked for the bands, and they are joined here. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp/telephony.h>

#include <spandsp/g722.h>

#include <spandsp/private/g722.h> /* itu_test_mode: no filters */

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "codecs/whole.h"

enum {
	RATE = 16000,
	BITRATE = 64000,
	MOST = RATE * 120 / 1000,
	TAPS = 12, /* of the receiving quadrature mirror filter, for each of two phases */
};

static const struct whole octets = {.samples = 2, .bytes = 1, .most = MOST};

/* Table 11 of G.722, every other one; the other phase has them the other way round. */
static const int16_t qmf[TAPS] = {3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11};

struct decoder {
	g722_decode_state_t *bands;
	/* Of the bands, the oldest first: the last ones of the packet before. */
	int16_t sum[TAPS - 1], difference[TAPS - 1];
};

static bool
is_possible(const struct codec_format *f)
{
	if (f->rate == RATE && f->channels == 1)
		return true;
	errno = EINVAL;
	return false;
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	return whole_samples(&octets, len);
}

static void *
encoder_open(const struct codec_format *f)
{
	return is_possible(f) ? g722_encode_init(NULL, BITRATE, 0) : NULL;
}

static void
encoder_close(void *enc)
{
	g722_encode_free(enc);
}

static void
encoder_reset(void *enc)
{
	g722_encode_init(enc, BITRATE, 0);
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	int bytes = whole_encoded(&octets, n, room);

	return bytes > 0 ? g722_encode(enc, out, pcm, (int)n) : bytes;
}

static void
decoder_reset(void *dec)
{
	struct decoder *d = dec;

	g722_decode_init(d->bands, BITRATE, 0);
	d->bands->itu_test_mode = 1;
	memset(d->sum, 0, sizeof d->sum);
	memset(d->difference, 0, sizeof d->difference);
}

static void *
decoder_open(const struct codec_format *f)
{
	struct decoder *d = is_possible(f) ? malloc(sizeof *d) : NULL;

	if (d == NULL)
		return NULL;
	if ((d->bands = g722_decode_init(NULL, BITRATE, 0)) == NULL) {
		free(d);
		return NULL;
	}
	decoder_reset(d);
	return d;
}

static void
decoder_close(void *dec)
{
	struct decoder *d = dec;

	if (d == NULL)
		return;
	g722_decode_free(d->bands);
	free(d);
}

static int16_t
limited(int32_t sample)
{
	return (int16_t)(sample > INT16_MAX   ? INT16_MAX
			 : sample < INT16_MIN ? INT16_MIN
					      : sample);
}

/* N pairs of the lower and the upper band in PCM, in the upper 15 bits each, into the 2 * N
 * samples that they stand for.  G.722 section 4.4. */
static void
join(struct decoder *d, int16_t *pcm, int n)
{
	int16_t sum[TAPS - 1 + MOST / 2], difference[TAPS - 1 + MOST / 2];

	memcpy(sum, d->sum, sizeof d->sum);
	memcpy(difference, d->difference, sizeof d->difference);
	for (int i = 0; i < n; i++) {
		int low = pcm[2 * i] >> 1, high = pcm[2 * i + 1] >> 1;

		sum[TAPS - 1 + i] = (int16_t)(low + high);
		difference[TAPS - 1 + i] = (int16_t)(low - high);
	}
	for (int i = 0; i < n; i++) {
		int32_t even = 0, odd = 0;

		for (int j = 0; j < TAPS; j++) {
			even += difference[i + j] * qmf[TAPS - 1 - j];
			odd += sum[i + j] * qmf[j];
		}
		pcm[2 * i] = limited(even >> 11);
		pcm[2 * i + 1] = limited(odd >> 11);
	}
	memcpy(d->sum, sum + n, sizeof d->sum);
	memcpy(d->difference, difference + n, sizeof d->difference);
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct decoder *d = dec;
	int n = whole_decoded(&octets, len, room);

	if (n <= 0)
		return n;
	g722_decode(d->bands, pcm, payload, (int)len);
	join(d, pcm, n / 2);
	return n;
}

const struct codec codec_g722 = {
	.name = "G722",
	.help = "wideband at 64 kbit/s; its RTP clock says 8000 (ITU-T G.722)",
	.id = CODEC_G722,
	.kind = CODEC_SPEECH,
	.cost = CODEC_COST_LIGHT,
	.complexity = 255,
	.channels = 1,
	.frame_us = 125,
	.ptime_ms = 20,
	.clock_hz = 8000,
	.rate = {RATE},
	.bitrate = BITRATE,
	.samples = samples,
	.encoder_open = encoder_open,
	.encoder_close = encoder_close,
	.encoder_reset = encoder_reset,
	.encode = encode,
	.decoder_open = decoder_open,
	.decoder_close = decoder_close,
	.decoder_reset = decoder_reset,
	.decode = decode,
};
