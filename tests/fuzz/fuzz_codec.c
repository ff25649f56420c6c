/* SPDX-License-Identifier: Apache-2.0
 *
 * What strangers send as sound, through every codec.  The first byte is the codec's number,
 * the next ones pick a format; then come packets, a byte of what to do, two of length and the
 * payload.  No result is greater than what was asked for or there was room for, and a codec
 * that was fed with rubbish still encodes and conceals. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4, STEP = 3 };

static void
pick(const struct codec *c, const uint8_t *data, struct codec_format *f)
{
	unsigned rates = 0;

	while (c->rate[rates] != 0)
		rates++;
	codec_default(c, f);
	f->payload_type &= 127;
	f->rate = c->rate[data[1] % rates];
	f->channels = (uint8_t)(1 + data[2] % c->channels);
	f->ptime_ms = codec_ptime(f, data[3]);
	f->flags = data[2] & CODEC_FLAGS;
	assert(codec_format_is_valid(f));
}

/* PCM has exactly the room that is said, so that ASan sees the first sample beyond it. */
static int16_t *
pcm_of(const struct codec_format *f, size_t samples)
{
	int16_t *pcm = calloc(samples * f->channels, sizeof *pcm);

	assert(pcm != NULL);
	return pcm;
}

static void
decode(const struct codec *c, const struct codec_format *f, void *dec, const uint8_t *payload,
	size_t len, size_t room)
{
	int held = c->samples(f, payload, len), n;
	int16_t *pcm = pcm_of(f, room);

	assert(held == -EBADMSG || (held >= 0 && (uint32_t)held <= f->rate * 120 / 1000));
	n = c->decode(dec, payload, len, pcm, room);
	assert(n == -EBADMSG || n == -ENOSPC || (n >= 0 && (size_t)n <= room));
	assert(n <= 0 || n == held);
	free(pcm);
}

static void
make_up(const struct codec *c, const struct codec_format *f, void *dec, const uint8_t *next,
	size_t len, size_t samples)
{
	int16_t *pcm = pcm_of(f, samples);
	int n;

	if (c->recover != NULL) {
		n = c->recover(dec, next, len, pcm, samples);
		assert(n <= (int)samples);
	}
	if (c->conceal != NULL) {
		n = c->conceal(dec, pcm, samples);
		assert(n >= 0 && (size_t)n <= samples);
	}
	free(pcm);
}

/* Any bytes are sound, too. */
static void
encode(const struct codec *c, const struct codec_format *f, void *enc, const uint8_t *bytes,
	size_t len, size_t room)
{
	size_t samples = (size_t)f->rate * f->ptime_ms / 1000;
	size_t size = samples * f->channels * sizeof(int16_t);
	int16_t *pcm = pcm_of(f, samples);
	uint8_t *out = malloc(room);
	int n;

	memcpy(pcm, bytes, len < size ? len : size);
	n = c->encode(enc, pcm, samples, out, room);
	assert(n == -ENOSPC || n == -EINVAL || (n >= 0 && (size_t)n <= room));
	free(out);
	free(pcm);
}

/* What the far side wishes and reports. */
static void
heed(const struct codec *c, const struct codec_format *f, void *enc, const uint8_t *payload,
	size_t len)
{
	int mode = c->request != NULL ? c->request(f, payload, len) : -1;

	assert(mode >= -1);
	if (c->encoder_mode != NULL)
		c->encoder_mode(enc, mode >= 0 ? (unsigned)mode : (unsigned)len);
	if (c->encoder_loss != NULL)
		c->encoder_loss(enc, len % 101);
	if (c->encoder_complexity != NULL)
		c->encoder_complexity(enc, len % 11);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct codec_format f;
	const struct codec *c;
	void *enc, *dec;

	if (size < HEAD || (c = codec_by_id(data[0])) == NULL || c->kind == CODEC_EVENTS)
		return 0;
	pick(c, data, &f);
	enc = c->encoder_open(&f);
	dec = c->decoder_open(&f);
	data += HEAD;
	size -= HEAD;
	for (unsigned steps = 0; size >= STEP && steps < 64; steps++) {
		size_t len = (size_t)(data[1] << 8 | data[2]), room = f.rate * 120 / 1000;
		uint8_t what = data[0], *payload;

		data += STEP;
		size -= STEP;
		len = len < size ? len : size;
		payload = malloc(len);
		memcpy(payload, data, len);
		if ((what & 8) != 0)
			room = what;
		if (enc != NULL && (what & 32) != 0)
			heed(c, &f, enc, payload, len);
		if (enc != NULL && (what & 1) != 0)
			encode(c, &f, enc, payload, len,
				(what & 8) ? what : CODEC_PAYLOAD_MAX);
		if (dec != NULL && (what & 2) != 0)
			make_up(c, &f, dec, payload, len,
				(what & 16) ? (size_t)f.rate * f.ptime_ms / 1000 : room);
		if (dec != NULL)
			decode(c, &f, dec, payload, len, room);
		if (dec != NULL && (what & 4) != 0)
			c->decoder_reset(dec);
		free(payload);
		data += len;
		size -= len;
	}
	c->encoder_close(enc);
	c->decoder_close(dec);
	return 0;
}
