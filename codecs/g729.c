/* SPDX-License-Identifier: Apache-2.0
 *
 * G.729 with annexes A and B by bcg729: 10 ms in 10 octets, and a payload may end with 2 that
 * describe the noise of a pause.  Built in with -Dg729=enabled only: the library is under the
 * GPL.  RFC 3551 4.5.6; the parameter annexb: RFC 4856 2.1.9. */
#include <bcg729/decoder.h>
#include <bcg729/encoder.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/fmtp.h"
#include "codecs/rows.h"
#include "codecs/spare.h"

enum {
	RATE = 8000,
	FRAME = 80, /* samples */
	VOICE = 10, /* octets */
	NOISE = 2,
	FRAMES = 12, /* 120 ms */
};

static int
take_annexb(struct codec_format *f, const struct fmtp_param *p)
{
	if (!fmtp_value_is(p, "yes") && !fmtp_value_is(p, "no"))
		return -EINVAL;
	f->flags &= (uint16_t)~CODEC_DTX;
	if (fmtp_value_is(p, "yes"))
		f->flags |= CODEC_DTX;
	return 0;
}

static int
parse(struct codec_format *f, const char *text)
{
	static const struct fmtp_rule rules[] = {{"annexb", take_annexb}, {NULL, NULL}};

	return fmtp_parse(f, text, rules);
}

static void
print(const struct codec_format *f, char *text)
{
	*text = '\0';
	if ((f->flags & CODEC_DTX) == 0)
		fmtp_add(text, "annexb=no");
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	size_t frames = len / VOICE + len % VOICE / NOISE;

	if ((len % VOICE != 0 && len % VOICE != NOISE) || frames > FRAMES)
		return -EBADMSG;
	return (int)frames * FRAME;
}

/* ---- Encoding. ---- */

/* bcg729 has no reset: what it has opened is replaced, here and in a decoder. */
struct encoder {
	bcg729EncoderChannelContextStruct *channel;
	bool dtx;
};

static bool
is_possible(const struct codec_format *f)
{
	return f->rate == RATE && f->channels == 1;
}

static void *
encoder_open(const struct codec_format *f)
{
	struct encoder *e = NULL;

	if (!is_possible(f))
		errno = EINVAL;
	else
		e = malloc(sizeof *e);
	if (e == NULL)
		return NULL;
	e->dtx = (f->flags & CODEC_DTX) != 0;
	if ((e->channel = initBcg729EncoderChannel(e->dtx)) != NULL)
		return e;
	free(e);
	return NULL;
}

static void
encoder_close(void *enc)
{
	struct encoder *e = enc;

	if (e == NULL)
		return;
	closeBcg729EncoderChannel(e->channel);
	free(e);
}

/* bcg729 has no other way; without memory the old one goes on. */
static void
encoder_reset(void *enc)
{
	struct encoder *e = enc;
	bcg729EncoderChannelContextStruct *fresh = initBcg729EncoderChannel(e->dtx);

	if (fresh == NULL)
		return;
	closeBcg729EncoderChannel(e->channel);
	e->channel = fresh;
}

/* A description of noise can only be last, so one that voice follows in the same packet is
 * left out: the voice comes as much earlier. */
static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	struct encoder *e = enc;
	uint8_t frame[VOICE], noise[NOISE], bytes;
	size_t len = 0, noise_len = 0;

	if (n % FRAME != 0 || n / FRAME < 1 || n / FRAME > FRAMES)
		return -EINVAL;
	if (room < n / FRAME * VOICE)
		return -ENOSPC;
	for (; n > 0; n -= FRAME, pcm += FRAME) {
		bcg729Encoder(e->channel, pcm, frame, &bytes);
		if (bytes == NOISE) {
			memcpy(noise, frame, NOISE);
			noise_len = NOISE;
		} else if (bytes == VOICE) {
			memcpy(out + len, frame, VOICE);
			len += VOICE;
			noise_len = 0;
		}
	}
	memcpy(out + len, noise, noise_len);
	return (int)(len + noise_len);
}

/* ---- Decoding. ---- */

struct decoder {
	bcg729DecoderChannelContextStruct *channel;
};

static void *
spare_open(unsigned kind)
{
	return initBcg729DecoderChannel();
}

static void
spare_close(void *channel)
{
	closeBcg729DecoderChannel(channel);
}

static struct spare spare = {.open = spare_open, .close = spare_close};

static void
renew(void)
{
	spare_renew(&spare);
}

static void *
decoder_open(const struct codec_format *f)
{
	struct decoder *d = NULL;

	if (!is_possible(f))
		errno = EINVAL;
	else
		d = malloc(sizeof *d);
	if (d == NULL)
		return NULL;
	if ((d->channel = initBcg729DecoderChannel()) != NULL) {
		spare_add(&spare);
		return d;
	}
	free(d);
	return NULL;
}

static void
decoder_close(void *dec)
{
	struct decoder *d = dec;

	if (d == NULL)
		return;
	closeBcg729DecoderChannel(d->channel);
	free(d);
}

static void
decoder_reset(void *dec)
{
	struct decoder *d = dec;
	bcg729DecoderChannelContextStruct *fresh = spare_swap(&spare, d->channel);

	if (fresh != NULL)
		d->channel = fresh;
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct decoder *d = dec;
	int n = samples(NULL, payload, len);

	if (n > 0 && (size_t)n > room)
		return -ENOSPC;
	for (int at = 0; at < n; at += FRAME, payload += VOICE, len -= VOICE) {
		bool is_noise = len == NOISE;

		bcg729Decoder(d->channel, payload, is_noise ? NOISE : VOICE, 0, is_noise, 0,
			pcm + at);
	}
	return n;
}

/* In a pause of annex B this is its noise. */
static int
conceal(void *dec, int16_t *pcm, size_t wanted)
{
	struct decoder *d = dec;
	size_t at = 0;

	for (; at + FRAME <= wanted; at += FRAME)
		bcg729Decoder(d->channel, NULL, 0, 1, 0, 0, pcm + at);
	return (int)at;
}

const struct codec codec_g729 = {
	.name = "G729",
	.help = "G.729 with annexes A and B (bcg729; RFC 3551 4.5.6)",
	.id = CODEC_G729,
	.kind = CODEC_SPEECH,
	.cost = CODEC_COST_MEDIUM,
	.complexity = 255,
	.channels = 1,
	.frame_us = 10000,
	.ptime_ms = 20,
	.rate = {RATE},
	.bitrate = 8000,
	.own_dtx = true,
	.flags = CODEC_DTX,
	.fmtp_parse = parse,
	.fmtp_print = print,
	.samples = samples,
	.encoder_open = encoder_open,
	.encoder_close = encoder_close,
	.encoder_reset = encoder_reset,
	.encode = encode,
	.decoder_open = decoder_open,
	.decoder_close = decoder_close,
	.decoder_reset = decoder_reset,
	.decode = decode,
	.conceal = conceal,
	.renew = renew,
};
