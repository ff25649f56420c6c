/* SPDX-License-Identifier: Apache-2.0
 *
 * L16: samples as they are, two bytes each, in network byte order; RFC 3551 4.5.11, RFC 2586
 * (rates).  Nothing is remembered from one packet to the next. */
#include <errno.h>
#include <stdlib.h>

#include "codecs/codec.h"
#include "codecs/rows.h"

enum { SAMPLE = 2 }; /* bytes */

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	size_t frame = (size_t)SAMPLE * f->channels;

	if (len % frame != 0 || len / frame > f->rate * 120 / 1000)
		return -EBADMSG;
	return (int)(len / frame);
}

static void *
open(const struct codec_format *f)
{
	struct codec_format *own = malloc(sizeof *own);

	if (own != NULL)
		*own = *f;
	return own;
}

static void
reset(void *object)
{
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	const struct codec_format *f = enc;

	n *= f->channels;
	if (n * SAMPLE > room)
		return -ENOSPC;
	for (size_t i = 0; i < n; i++) {
		out[SAMPLE * i] = (uint8_t)(pcm[i] >> 8);
		out[SAMPLE * i + 1] = (uint8_t)pcm[i];
	}
	return (int)(n * SAMPLE);
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	const struct codec_format *f = dec;
	int n = samples(f, payload, len);

	if (n > 0 && (size_t)n > room)
		return -ENOSPC;
	for (int i = 0; i < n * f->channels; i++)
		pcm[i] = (int16_t)(payload[SAMPLE * i] << 8 | payload[SAMPLE * i + 1]);
	return n;
}

const struct codec codec_l16 = {
	.name = "L16",
	.help = "linear PCM, 16 bits (RFC 3551, RFC 2586)",
	.id = CODEC_L16,
	.kind = CODEC_SPEECH,
	.shortest_us = 1000, /* AES67 */
	.cost = CODEC_COST_TABLE,
	.complexity = 255,
	.channels = 2,
	.ptime_ms = 20,
	.rate = {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000},
	.bitrate = 128000,
	.samples = samples,
	.encoder_open = open,
	.encoder_close = free,
	.encoder_reset = reset,
	.encode = encode,
	.decoder_open = open,
	.decoder_close = free,
	.decoder_reset = reset,
	.decode = decode,
};
