/* SPDX-License-Identifier: Apache-2.0
 *
 * Speex by libspeex: narrow, wide and ultra-wide band, frames of 20 ms.  A payload is frames
 * one after the other, bit by bit, and padding; how many there are is seen only by walking
 * from one to the next, which is done before libspeex sees any of it: of what it does not like
 * it tells stderr.  RFC 5574; frames: The Speex Codec Manual, sections 8 and 9. */
#include <errno.h>
#include <speex/speex.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/bits.h"
#include "codecs/codec.h"
#include "codecs/fmtp.h"
#include "codecs/rows.h"
#include "codecs/spare.h"

enum {
	COMPLEXITY = 3,
	FRAMES = 6,         /* 120 ms */
	FRAME_MAX = 640,    /* samples: 20 ms at 32 kHz */
	PAYLOAD_MAX = 1500, /* bytes; six of the largest frames take 660 */
};

/* ---- Parameters: RFC 5574 section 4.1. ---- */

static int
take_vbr(struct codec_format *f, const struct fmtp_param *p)
{
	f->flags &= (uint16_t) ~(CODEC_CBR | CODEC_DTX);
	if (fmtp_value_is(p, "off"))
		f->flags |= CODEC_CBR;
	else if (fmtp_value_is(p, "vad"))
		f->flags |= CODEC_CBR | CODEC_DTX;
	else if (!fmtp_value_is(p, "on"))
		return -EINVAL;
	return 0;
}

static int
take_cng(struct codec_format *f, const struct fmtp_param *p)
{
	f->flags &= (uint16_t)~CODEC_CNG;
	if (fmtp_value_is(p, "on"))
		f->flags |= CODEC_CNG;
	else if (!fmtp_value_is(p, "off"))
		return -EINVAL;
	return 0;
}

/* "3,5,any": the first is to be used, and we can do all of them. */
static int
take_mode(struct codec_format *f, const struct fmtp_param *p)
{
	const char *comma = p->value != NULL ? memchr(p->value, ',', p->value_len) : NULL;
	struct fmtp_param first = *p;
	bool is_narrow = f->rate == 8000;
	uint32_t mode;

	if (comma != NULL)
		first.value_len = (size_t)(comma - p->value);
	f->modes = 0;
	if (fmtp_value_is(&first, "any"))
		return 0;
	if (fmtp_number(&first, is_narrow ? 1 : 0, is_narrow ? 8 : 10, &mode) != 0)
		return -EINVAL;
	f->modes = 1u << mode;
	return 0;
}

static int
parse(struct codec_format *f, const char *text)
{
	static const struct fmtp_rule rules[] = {
		{"vbr", take_vbr},
		{"cng", take_cng},
		{"mode", take_mode},
		{NULL, NULL},
	};

	return fmtp_parse(f, text, rules);
}

static void
print(const struct codec_format *f, char *text)
{
	*text = '\0';
	if (f->modes != 0)
		fmtp_add(text, "mode=\"%d,any\"", __builtin_ctz(f->modes));
	if ((f->flags & CODEC_CBR) == 0)
		fmtp_add(text, "vbr=on");
	else if ((f->flags & CODEC_DTX) != 0)
		fmtp_add(text, "vbr=vad");
	if ((f->flags & CODEC_CNG) != 0)
		fmtp_add(text, "cng=on");
}

/* ---- Both ends. ---- */

/* By the rate, 8000 << band. */
static const struct {
	int mode, rtp_mode; /* RFC 5574: what is used when nothing is said */
} bands[] = {
	{SPEEX_MODEID_NB, 3},
	{SPEEX_MODEID_WB, 8},
	{SPEEX_MODEID_UWB, 8},
};

static int
band_of(const struct codec_format *f)
{
	for (int band = 0; band < 3; band++)
		if (f->rate == 8000u << band && f->channels == 1)
			return band;
	return -1;
}

/* ---- Frames. ---- */

/* Bits of a frame, or of a layer, in mode N of WHICH, with all that precedes it; -1: there is
 * no such mode. */
static int
mode_bits(int which, unsigned n)
{
	int bits = (int)n;

	speex_mode_query(speex_lib_get_mode(which), SPEEX_SUBMODE_BITS_PER_FRAME, &bits);
	return bits;
}

/* What is not sound: 14 and a message of a length by its number, 13 and one that says its own.
 */
static size_t
message_bits(const uint8_t *payload, size_t at, unsigned mode)
{
	static const uint8_t length[16] = {
		1, 1, 4, 4, 4, 4, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64};
	unsigned number = bits_get(payload, at + 5, 4);

	return 9 + (mode == 14 ? length[number] : 5 + 8 * number);
}

/* How many bits the layers of higher bands take, of which a stream has up to two behind a
 * narrow-band frame, each announced by a one; -EBADMSG.  A decoder of BAND skips those above
 * it, and libspeex gets lost over an empty one. */
static int
layers_bits(int band, const uint8_t *payload, size_t at, size_t end)
{
	static const int which[] = {SPEEX_MODEID_WB, SPEEX_MODEID_UWB};
	size_t begin = at;

	for (int i = 0; at < end && bits_get(payload, at, 1) == 1; i++) {
		unsigned mode = at + 4 <= end ? bits_get(payload, at + 1, 3) : 0;
		int bits = i < 2 && (mode != 0 || i < band) ? mode_bits(which[i], mode) : -1;

		if (bits < 0 || at + (size_t)bits > end)
			return -EBADMSG;
		at += (size_t)bits;
	}
	return (int)(at - begin);
}

/* How many bits there are from one frame to the next, or to what is none; -EBADMSG. */
static int
step_bits(int band, const uint8_t *payload, size_t at, size_t end, unsigned mode)
{
	int bits, layers;

	if (mode == 13 || mode == 14)
		return at + 9 <= end ? (int)message_bits(payload, at, mode) : -EBADMSG;
	bits = mode < 13 ? mode_bits(SPEEX_MODEID_NB, mode) : -1;
	if (bits < 0 || at + (size_t)bits > end)
		return -EBADMSG;
	layers = layers_bits(band, payload, at + (size_t)bits, end);
	return layers >= 0 ? bits + layers : layers;
}

/* Frames of the payload, 0..FRAMES; -EBADMSG. */
static int
count_frames(int band, const uint8_t *payload, size_t len)
{
	size_t at = 0, end = len * 8;
	int frames = 0;

	if (len > PAYLOAD_MAX)
		return -EBADMSG;
	while (at + 5 <= end) {
		unsigned mode = bits_get(payload, at, 5);
		int bits;

		if (mode == 15) /* the padding: a zero, and ones */
			break;
		bits = step_bits(band, payload, at, end, mode);
		if (bits < 0 || (mode < 13 && ++frames > FRAMES))
			return -EBADMSG;
		at += (size_t)bits;
	}
	return at <= end ? frames : -EBADMSG;
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	int frames = count_frames(band_of(f), payload, len);

	return frames > 0 ? frames * (int)(f->rate / 50) : frames;
}

/* ---- Encoding. ---- */

/* libspeex's own reset leaves filters as they are, which can be heard: what it has opened is
 * replaced, here and in a decoder. */
struct encoder {
	void *state;
	struct codec_format format;
};

static void
set_complexity(void *state, unsigned complexity)
{
	spx_int32_t n = complexity <= 10 ? (spx_int32_t)complexity : 10;

	speex_encoder_ctl(state, SPEEX_SET_COMPLEXITY, &n);
}

static void
encoder_complexity(void *enc, unsigned complexity)
{
	struct encoder *e = enc;

	set_complexity(e->state, complexity);
}

/* Quality of libspeex, 0..10, that the payload format calls a mode: RFC 5574 tables 1 and 2;
 * -1: there is none such. */
static int
wanted_quality(const struct codec_format *f, int band)
{
	static const int8_t narrow[] = {-1, 0, 2, 4, 6, 8, 9, 10, 1};
	int mode = f->modes != 0 ? __builtin_ctz(f->modes) : bands[band].rtp_mode;

	if (band == 0)
		return mode <= 8 ? narrow[mode] : -1;
	return mode <= 10 ? mode : -1;
}

/* As good as wanted, or as F's bits/s allow. */
static void
set_quality(void *enc, const struct codec_format *f, int quality)
{
	spx_int32_t bitrate;
	float vbr;

	do {
		speex_encoder_ctl(enc, SPEEX_SET_QUALITY, &quality);
		speex_encoder_ctl(enc, SPEEX_GET_BITRATE, &bitrate);
		vbr = (float)quality;
	} while (f->bitrate != 0 && (uint32_t)bitrate > f->bitrate && quality-- > 0);
	speex_encoder_ctl(enc, SPEEX_SET_VBR_QUALITY, &vbr);
}

/* NULL with errno. */
static void *
encoder_state(const struct codec_format *f)
{
	int band = band_of(f), quality = band >= 0 ? wanted_quality(f, band) : -1;
	spx_int32_t vbr = (f->flags & CODEC_CBR) == 0, vad = (f->flags & CODEC_DTX) != 0;
	spx_int32_t dtx = vad && (f->flags & CODEC_CNG) == 0;
	void *state = NULL;

	if (quality < 0)
		errno = EINVAL;
	else
		state = speex_encoder_init(speex_lib_get_mode(bands[band].mode));
	if (state == NULL)
		return NULL;
	set_quality(state, f, quality);
	set_complexity(state, f->complexity != 255 ? f->complexity : COMPLEXITY);
	speex_encoder_ctl(state, SPEEX_SET_VBR, &vbr);
	speex_encoder_ctl(state, SPEEX_SET_VAD, &vad);
	speex_encoder_ctl(state, SPEEX_SET_DTX, &dtx);
	return state;
}

static void *
encoder_open(const struct codec_format *f)
{
	struct encoder *e = malloc(sizeof *e);

	if (e == NULL)
		return NULL;
	e->format = *f;
	if ((e->state = encoder_state(f)) != NULL)
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
	speex_encoder_destroy(e->state);
	free(e);
}

static void
encoder_reset(void *enc)
{
	struct encoder *e = enc;
	void *fresh = encoder_state(&e->format);

	if (fresh == NULL)
		return;
	speex_encoder_destroy(e->state);
	e->state = fresh;
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	struct encoder *e = enc;
	spx_int32_t step;
	spx_int16_t frame[FRAME_MAX]; /* libspeex does not promise to leave it as it is */
	char made[PAYLOAD_MAX];
	bool is_worth_sending = false;
	SpeexBits bits;
	size_t frames;

	speex_encoder_ctl(e->state, SPEEX_GET_FRAME_SIZE, &step);
	frames = n / (size_t)step;
	if (n % (size_t)step != 0 || frames < 1 || frames > FRAMES)
		return -EINVAL;
	speex_bits_init_buffer(&bits, made, sizeof made);
	for (; frames > 0; frames--, pcm += step) {
		memcpy(frame, pcm, (size_t)step * sizeof *pcm);
		is_worth_sending |= speex_encode_int(e->state, frame, &bits) != 0;
	}
	if (!is_worth_sending)
		return 0;
	if ((size_t)speex_bits_nbytes(&bits) > room)
		return -ENOSPC;
	return speex_bits_write(&bits, (char *)out, (int)room); /* padded */
}

/* ---- Decoding. ---- */

struct decoder {
	void *state;
	int band;
};

static void *
decoder_state(unsigned band)
{
	return speex_decoder_init(speex_lib_get_mode(bands[band].mode));
}

static struct spare spares[] = {
	{.open = decoder_state, .close = speex_decoder_destroy, .kind = 0},
	{.open = decoder_state, .close = speex_decoder_destroy, .kind = 1},
	{.open = decoder_state, .close = speex_decoder_destroy, .kind = 2},
};

static void
renew(void)
{
	for (unsigned band = 0; band < 3; band++)
		spare_renew(&spares[band]);
}

static void *
decoder_open(const struct codec_format *f)
{
	struct decoder *d = NULL;
	int band = band_of(f);

	if (band < 0)
		errno = EINVAL;
	else
		d = malloc(sizeof *d);
	if (d == NULL)
		return NULL;
	d->band = band;
	if ((d->state = decoder_state((unsigned)band)) != NULL) {
		spare_add(&spares[band]);
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
	speex_decoder_destroy(d->state);
	free(d);
}

static void
decoder_reset(void *dec)
{
	struct decoder *d = dec;
	void *fresh = spare_swap(&spares[d->band], d->state);

	if (fresh != NULL)
		d->state = fresh;
	else
		speex_decoder_ctl(d->state, SPEEX_RESET_STATE, NULL);
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct decoder *d = dec;
	int frames = count_frames(d->band, payload, len);
	char copy[PAYLOAD_MAX];
	spx_int32_t step;
	SpeexBits bits;

	if (frames < 0)
		return frames;
	speex_decoder_ctl(d->state, SPEEX_GET_FRAME_SIZE, &step);
	if ((size_t)(frames * step) > room)
		return -ENOSPC;
	speex_bits_init_buffer(&bits, copy, sizeof copy);
	speex_bits_read_from(&bits, (const char *)payload, (int)len);
	for (int i = 0; i < frames; i++)
		if (speex_decode_int(d->state, &bits, pcm + i * step) != 0)
			return -EBADMSG;
	return frames * step;
}

static int
conceal(void *dec, int16_t *pcm, size_t wanted)
{
	struct decoder *d = dec;
	size_t at = 0;
	spx_int32_t step;

	speex_decoder_ctl(d->state, SPEEX_GET_FRAME_SIZE, &step);
	for (; at + (size_t)step <= wanted; at += (size_t)step)
		speex_decode_int(d->state, NULL, pcm + at);
	return (int)at;
}

const struct codec codec_speex = {
	.name = "speex",
	.help = "Speex, speech at 8, 16 and 32 kHz (libspeex; RFC 5574)",
	.id = CODEC_SPEEX,
	.kind = CODEC_SPEECH,
	.cost = CODEC_COST_MEDIUM,
	.complexity = COMPLEXITY,
	.channels = 1,
	.frame_us = 20000,
	.ptime_ms = 20,
	.rate = {8000, 16000, 32000},
	.bitrate = 8000,
	.own_dtx = true,
	.flags = CODEC_CBR,
	.fmtp_parse = parse,
	.fmtp_print = print,
	.samples = samples,
	.encoder_open = encoder_open,
	.encoder_close = encoder_close,
	.encoder_reset = encoder_reset,
	.encode = encode,
	.encoder_complexity = encoder_complexity,
	.decoder_open = decoder_open,
	.decoder_close = decoder_close,
	.decoder_reset = decoder_reset,
	.decode = decode,
	.conceal = conceal,
	.renew = renew,
};
