/* SPDX-License-Identifier: Apache-2.0
 *
 * Codec 2, speech at 3,200 and 1,200 bit/s, by libcodec2: as codecs 6 and 5 of VoMP, and on
 * trunks between nodes.  Nobody has registered it for RTP.  Others that offer it call it
 * CODEC2 and each means another mode, so we say which one it is: nothing but ourselves is to
 * take our offer. */
#include <codec2/codec2.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "codecs/spare.h"
#include "codecs/whole.h"

enum {
	RATE = 8000,
	MOST = RATE * 120 / 1000,
	FRAME_MAX = 320, /* samples */
};

static const struct whole frames_3200 = {.samples = 160, .bytes = 8, .most = MOST};
static const struct whole frames_1200 = {.samples = 320, .bytes = 6, .most = MOST};

/* Encoder or decoder; libcodec2 has both in one, but what one remembers is not for the other.
 */
struct vocoder {
	struct CODEC2 *codec2;
	const struct whole *frames;
	struct spare *spare;
};

/* libcodec2 has no other way back to the beginning. */
static void *
spare_open(unsigned mode)
{
	return codec2_create((int)mode);
}

static void
spare_close(void *codec2)
{
	codec2_destroy(codec2);
}

static struct spare spare_3200 = {
	.open = spare_open, .close = spare_close, .kind = CODEC2_MODE_3200};
static struct spare spare_1200 = {
	.open = spare_open, .close = spare_close, .kind = CODEC2_MODE_1200};

static void
renew(void)
{
	spare_renew(&spare_3200);
	spare_renew(&spare_1200);
}

static int
samples_3200(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	return whole_samples(&frames_3200, len);
}

static int
samples_1200(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	return whole_samples(&frames_1200, len);
}

static void *
open(const struct codec_format *f)
{
	bool is_3200 = f->codec == CODEC_CODEC2_3200;
	struct vocoder *v = NULL;

	if (f->rate != RATE || f->channels != 1)
		errno = EINVAL;
	else
		v = malloc(sizeof *v);
	if (v == NULL)
		return NULL;
	v->frames = is_3200 ? &frames_3200 : &frames_1200;
	v->spare = is_3200 ? &spare_3200 : &spare_1200;
	if ((v->codec2 = spare_open(v->spare->kind)) != NULL) {
		spare_add(v->spare);
		return v;
	}
	free(v);
	errno = ENOMEM;
	return NULL;
}

static void
close(void *vocoder)
{
	struct vocoder *v = vocoder;

	if (v == NULL)
		return;
	codec2_destroy(v->codec2);
	free(v);
}

static void
reset(void *vocoder)
{
	struct vocoder *v = vocoder;
	struct CODEC2 *fresh = spare_swap(v->spare, v->codec2);

	if (fresh != NULL)
		v->codec2 = fresh;
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	struct vocoder *v = enc;
	int bytes = whole_encoded(v->frames, n, room);
	short frame[FRAME_MAX]; /* libcodec2 does not promise to leave it as it is */

	for (int at = 0; at < bytes; at += v->frames->bytes, pcm += v->frames->samples) {
		memcpy(frame, pcm, v->frames->samples * sizeof *pcm);
		codec2_encode(v->codec2, out + at, frame);
	}
	return bytes;
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct vocoder *v = dec;
	int n = whole_decoded(v->frames, len, room);

	for (int at = 0; at < n; at += v->frames->samples, payload += v->frames->bytes)
		codec2_decode(v->codec2, pcm + at, payload);
	return n;
}

#define BOTH_MODES                                                                            \
	.kind = CODEC_SPEECH, .cost = CODEC_COST_MEDIUM, .complexity = 255, .channels = 1,    \
	.rate = {RATE}, .encoder_open = open, .encoder_close = close, .encoder_reset = reset, \
	.encode = encode, .decoder_open = open, .decoder_close = close,                       \
	.decoder_reset = reset, .decode = decode, .renew = renew

const struct codec codec_codec2_3200 = {
	.name = "CODEC2-3200",
	.help = "Codec 2 at 3200 bit/s (libcodec2; not registered for RTP)",
	.id = CODEC_CODEC2_3200,
	.frame_us = 20000,
	.ptime_ms = 20,
	.bitrate = 3200,
	.samples = samples_3200,
	BOTH_MODES,
};

const struct codec codec_codec2_1200 = {
	.name = "CODEC2-1200",
	.help = "Codec 2 at 1200 bit/s (libcodec2; not registered for RTP)",
	.id = CODEC_CODEC2_1200,
	.frame_us = 40000,
	.ptime_ms = 40,
	.bitrate = 1200,
	.samples = samples_1200,
	BOTH_MODES,
};
