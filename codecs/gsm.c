/* SPDX-License-Identifier: Apache-2.0
 *
 * GSM 06.10 full rate: 20 ms in 33 octets, packed as RFC 3551 4.5.8 says; by SpanDSP. */
#include <errno.h>
#include <stdint.h>

#include <spandsp/telephony.h>

#include <spandsp/gsm0610.h>

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "codecs/whole.h"

enum {
	RATE = 8000,
	SIGNATURE = 0xD, /* the upper half of a frame's first octet: RFC 3551 4.5.8.1 */
};

static const struct whole frames = {.samples = 160, .bytes = 33, .most = RATE * 120 / 1000};

/* SpanDSP does not look at it, and would make noise of what is no GSM. */
static bool
is_signed(const uint8_t *payload, size_t len)
{
	for (size_t i = 0; i < len; i += frames.bytes)
		if (payload[i] >> 4 != SIGNATURE)
			return false;
	return true;
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	int n = whole_samples(&frames, len);

	return n <= 0 || is_signed(payload, len) ? n : -EBADMSG;
}

/* Encoder and decoder are one. */
static void *
open(const struct codec_format *f)
{
	if (f->rate == RATE && f->channels == 1)
		return gsm0610_init(NULL, GSM0610_PACKING_VOIP);
	errno = EINVAL;
	return NULL;
}

static void
close(void *gsm)
{
	gsm0610_free(gsm);
}

static void
reset(void *gsm)
{
	gsm0610_init(gsm, GSM0610_PACKING_VOIP);
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	int bytes = whole_encoded(&frames, n, room);

	return bytes > 0 ? gsm0610_encode(enc, out, pcm, (int)n) : bytes;
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	int n = whole_decoded(&frames, len, room);

	if (n <= 0)
		return n;
	return is_signed(payload, len) ? gsm0610_decode(dec, pcm, payload, (int)len)
				       : -EBADMSG;
}

const struct codec codec_gsm = {
	.name = "GSM",
	.help = "full rate at 13 kbit/s (ETSI GSM 06.10)",
	.id = CODEC_GSM,
	.kind = CODEC_SPEECH,
	.cost = CODEC_COST_LIGHT,
	.complexity = 255,
	.channels = 1,
	.frame_us = 20000,
	.ptime_ms = 20,
	.rate = {RATE},
	.bitrate = 13200,
	.samples = samples,
	.encoder_open = open,
	.encoder_close = close,
	.encoder_reset = reset,
	.encode = encode,
	.decoder_open = open,
	.decoder_close = close,
	.decoder_reset = reset,
	.decode = decode,
};
