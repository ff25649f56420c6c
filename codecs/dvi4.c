/* SPDX-License-Identifier: Apache-2.0
 *
 * DVI4: the IMA's ADPCM, four bits a sample, by SpanDSP; each packet begins with what the
 * decoder must start from, so that a lost one harms no other.  RFC 3551 4.5.1. */
#include <errno.h>
#include <inttypes.h>
#include <spandsp/telephony.h>

#include <spandsp/ima_adpcm.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/rows.h"

enum {
	HEADER = 4,     /* bytes: predicted value (2), index, reserved */
	INDEX_MAX = 88, /* of the table of steps; SpanDSP takes whatever comes */
	SEND_MAX = 22050 * CODEC_PTIME_MAX / 1000, /* samples of a packet */
};

/* Bytes hold two samples, but 20 ms at 22.05 kHz are 441: the odd one opens the next packet.
 */
struct dvi4 {
	ima_adpcm_state_t *ima;
	struct codec_format format;
	bool has_odd;
	int16_t odd;
};

static void
reset(void *object)
{
	struct dvi4 *d = object;

	ima_adpcm_init(d->ima, IMA_ADPCM_DVI4, 0);
	d->has_odd = false;
}

static void
close(void *object)
{
	struct dvi4 *d = object;

	if (d == NULL)
		return;
	ima_adpcm_free(d->ima);
	free(d);
}

static void *
open(const struct codec_format *f)
{
	struct dvi4 *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	if ((d->ima = ima_adpcm_init(NULL, IMA_ADPCM_DVI4, 0)) == NULL) {
		free(d);
		errno = ENOMEM;
		return NULL;
	}
	d->format = *f;
	return d;
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	if (len == 0)
		return 0;
	if (len < HEADER || payload[2] > INDEX_MAX ||
		(len - HEADER) * 2 > f->rate * 120 / 1000)
		return -EBADMSG;
	return (int)(len - HEADER) * 2;
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	struct dvi4 *d = enc;
	int16_t all[1 + SEND_MAX];
	size_t had = d->has_odd ? 1 : 0, count = had + n;

	if (n > SEND_MAX)
		return -EINVAL;
	if (HEADER + count / 2 > room)
		return -ENOSPC;
	all[0] = d->odd;
	memcpy(all + had, pcm, n * sizeof *pcm);
	if ((d->has_odd = count % 2 != 0))
		d->odd = all[--count];
	return count > 0 ? ima_adpcm_encode(d->ima, out, all, (int)count) : 0;
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct dvi4 *d = dec;
	int n = samples(&d->format, payload, len);

	if (n <= 0)
		return n;
	if ((size_t)n > room)
		return -ENOSPC;
	return ima_adpcm_decode(d->ima, pcm, payload, (int)len);
}

const struct codec codec_dvi4 = {
	.name = "DVI4",
	.help = "IMA ADPCM with a header a packet (RFC 3551)",
	.id = CODEC_DVI4,
	.kind = CODEC_SPEECH,
	.cost = CODEC_COST_LIGHT,
	.complexity = 255,
	.channels = 1,
	.ptime_ms = 20,
	.rate = {8000, 11025, 16000, 22050},
	.bitrate = 32000,
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
