/* SPDX-License-Identifier: Apache-2.0
 *
 * LPC-10 (FED-STD-1015): 22.5 ms in 7 octets, which is what telephones and exchanges send as
 * payload type 7, "LPC".  RFC 3551 4.5.9 gives that name to another codec, an experimental one
 * of 14 octets for 20 ms, which nobody has; two frames of this one have as many, and their
 * bits tell nothing, so there is no taking one for the other by looking.
 *
 * SpanDSP does it, error correction on as everywhere else.  A packet is of whole milliseconds,
 * thus of two frames; one of a single frame is taken as well.  The encoder of SpanDSP 0.0.6
 * writes four bytes behind a matrix on its stack (invert() in lpc10_analyse.c); what lies
 * there in Debian's build for x86-64 has been used by then, and what is sent is bit by bit
 * what the reference sends. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <spandsp/telephony.h>

#include <spandsp/lpc10.h>

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "codecs/whole.h"

enum { RATE = 8000, CORRECTION = 1 };

static const struct whole frames = {
	.samples = LPC10_SAMPLES_PER_FRAME, .bytes = 7, .most = RATE * 120 / 1000};

struct decoder {
	lpc10_decode_state_t *lpc10;
	int16_t last; /* sample */
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
	return whole_samples(&frames, len);
}

static void *
encoder_open(const struct codec_format *f)
{
	return is_possible(f) ? lpc10_encode_init(NULL, CORRECTION) : NULL;
}

static void
encoder_close(void *enc)
{
	lpc10_encode_free(enc);
}

static void
encoder_reset(void *enc)
{
	lpc10_encode_init(enc, CORRECTION);
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	int bytes = whole_encoded(&frames, n, room);

	return bytes > 0 ? lpc10_encode(enc, out, pcm, (int)n) : bytes;
}

static void *
decoder_open(const struct codec_format *f)
{
	struct decoder *d = is_possible(f) ? calloc(1, sizeof *d) : NULL;

	if (d == NULL)
		return NULL;
	if ((d->lpc10 = lpc10_decode_init(NULL, CORRECTION)) == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

static void
decoder_close(void *dec)
{
	struct decoder *d = dec;

	if (d == NULL)
		return;
	lpc10_decode_free(d->lpc10);
	free(d);
}

static void
decoder_reset(void *dec)
{
	struct decoder *d = dec;

	lpc10_decode_init(d->lpc10, CORRECTION);
	d->last = 0;
}

/* SpanDSP makes 16 bits of its floating point by leaving the upper ones out, so that a loud
 * voice comes with cracks.  Low frequencies are what LPC-10's sound is of: from one sample to
 * the next it does not move by half the range, and what seems to has gone over its end. */
static void
limit(struct decoder *d, int16_t *pcm, int n)
{
	for (int i = 0; i < n; i++) {
		int step = pcm[i] - d->last;

		if (step < INT16_MIN)
			pcm[i] = INT16_MAX;
		else if (step > INT16_MAX)
			pcm[i] = INT16_MIN;
		d->last = pcm[i];
	}
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct decoder *d = dec;
	int n = whole_decoded(&frames, len, room);

	if (n <= 0)
		return n;
	lpc10_decode(d->lpc10, pcm, payload, (int)len);
	limit(d, pcm, n);
	return n;
}

const struct codec codec_lpc = {
	.name = "LPC",
	.help = "LPC-10 at 2.4 kbit/s (FED-STD-1015), not the codec that RFC 3551 calls so",
	.id = CODEC_LPC,
	.kind = CODEC_SPEECH,
	.cost = CODEC_COST_MEDIUM,
	.complexity = 255,
	.channels = 1,
	.frame_us = 22500,
	.ptime_ms = 45,
	.rate = {RATE},
	.bitrate = 2489,
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
