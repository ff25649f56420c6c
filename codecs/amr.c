/* SPDX-License-Identifier: Apache-2.0
 *
 * AMR and AMR-WB by opencore-amr and vo-amrwbenc: 20 ms a frame, in one of eight or nine modes
 * of different bit rates.  Built in with -Damr=enabled only, for the patents.  How payloads
 * are laid out is in amr_payload.c.  RFC 4867; modes: 3GPP TS 26.101 and TS 26.201. */
#include <errno.h>
#include <opencore-amrnb/interf_dec.h>
#include <opencore-amrnb/interf_enc.h>
#include <opencore-amrwb/dec_if.h>
#include <stdlib.h>
#include <string.h>
#include <vo-amrwbenc/enc_if.h>

#include "codecs/amr_payload.h"
#include "codecs/codec.h"
#include "codecs/fmtp.h"
#include "codecs/rows.h"
#include "codecs/spare.h"

enum { OWN_MODES = 16 };

/* What differs between the two. */
struct band {
	const uint16_t *bits;
	uint32_t rate;
	unsigned modes, samples; /* of a frame */
	uint8_t lost;            /* the type that conceals a frame */
	void *(*encoder)(bool dtx);
	void (*encoder_exit)(void *state);
	int (*encode)(
		void *state, unsigned mode, const int16_t *pcm, uint8_t *frame, bool dtx);
	void *(*decoder)(void);
	void (*decoder_exit)(void *state);
	void (*decode)(void *state, const uint8_t *frame, int16_t *pcm, int bad);
};

static void *
encoder_nb(bool dtx)
{
	return Encoder_Interface_init(dtx);
}

/* opencore-amr filters the samples where they are, though it calls them const. */
static int
encode_nb(void *state, unsigned mode, const int16_t *pcm, uint8_t *frame, bool dtx)
{
	int16_t copy[160];

	memcpy(copy, pcm, sizeof copy);
	return Encoder_Interface_Encode(state, (enum Mode)mode, copy, frame, 0);
}

static void *
encoder_wb(bool dtx)
{
	return E_IF_init();
}

static int
encode_wb(void *state, unsigned mode, const int16_t *pcm, uint8_t *frame, bool dtx)
{
	return E_IF_encode(state, (int)mode, pcm, frame, dtx);
}

static const struct band nb = {
	.bits = amr_bits,
	.rate = 8000,
	.modes = 8,
	.samples = 160,
	.lost = AMR_NO_DATA,
	.encoder = encoder_nb,
	.encoder_exit = Encoder_Interface_exit,
	.encode = encode_nb,
	.decoder = Decoder_Interface_init,
	.decoder_exit = Decoder_Interface_exit,
	.decode = Decoder_Interface_Decode,
};

static const struct band wb = {
	.bits = amr_wb_bits,
	.rate = 16000,
	.modes = 9,
	.samples = 320,
	.lost = AMR_LOST,
	.encoder = encoder_wb,
	.encoder_exit = E_IF_exit,
	.encode = encode_wb,
	.decoder = D_IF_init,
	.decoder_exit = D_IF_exit,
	.decode = D_IF_decode,
};

static const struct band *
band_of(const struct codec_format *f)
{
	return f->codec == CODEC_AMR_WB ? &wb : &nb;
}

/* ---- Parameters: RFC 4867 section 8. ---- */

static int
take_octet_align(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_flag(p, f, CODEC_OCTET_ALIGNED);
}

/* "0,2,4,7" */
static int
take_mode_set(struct codec_format *f, const struct fmtp_param *p)
{
	struct fmtp_param one = *p;
	const char *end;

	if (p->value == NULL)
		return -EINVAL;
	end = p->value + p->value_len;
	f->modes = 0;
	do {
		const char *comma = memchr(one.value, ',', (size_t)(end - one.value));
		uint32_t mode;

		one.value_len = (size_t)((comma != NULL ? comma : end) - one.value);
		if (fmtp_number(&one, 0, band_of(f)->modes - 1, &mode) != 0)
			return -EINVAL;
		f->modes |= 1u << mode;
		one.value = comma != NULL ? comma + 1 : NULL;
	} while (one.value != NULL);
	return 0;
}

/* crc, robust-sorting, interleaving: without them, or not at all. */
static int
take_unable(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_value_is(p, "0") ? 0 : -EINVAL;
}

static int
parse(struct codec_format *f, const char *text)
{
	static const struct fmtp_rule rules[] = {
		{"octet-align", take_octet_align},
		{"mode-set", take_mode_set},
		{"crc", take_unable},
		{"robust-sorting", take_unable},
		{"interleaving", take_unable},
		{NULL, NULL},
	};

	return fmtp_parse(f, text, rules);
}

static void
print(const struct codec_format *f, char *text)
{
	char modes[2 * OWN_MODES + 1] = "";
	size_t len = 0;

	*text = '\0';
	if ((f->flags & CODEC_OCTET_ALIGNED) != 0)
		fmtp_add(text, "octet-align=1");
	for (unsigned mode = 0; mode < band_of(f)->modes; mode++)
		if ((f->modes >> mode & 1) != 0) {
			modes[len++] = ',';
			modes[len++] = (char)('0' + mode);
		}
	if (len > 0)
		fmtp_add(text, "mode-set=%s", modes + 1);
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	const struct band *b = band_of(f);
	unsigned request;
	int frames = amr_payload_read(
		b->bits, (f->flags & CODEC_OCTET_ALIGNED) != 0, payload, len, &request, NULL);

	return frames > 0 ? frames * (int)b->samples : frames;
}

static int
request(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	const struct band *b = band_of(f);
	unsigned mode;
	int frames = amr_payload_read(
		b->bits, (f->flags & CODEC_OCTET_ALIGNED) != 0, payload, len, &mode, NULL);

	return frames > 0 && mode < b->modes ? (int)mode : -1;
}

/* ---- Encoding. ---- */

struct encoder {
	const struct band *band;
	void *state;
	uint32_t modes; /* that may be used */
	uint8_t mode, wanted;
	bool octet_aligned, dtx, may_change;
};

/* The highest of MODES that is not above MOST; the lowest of them if all are. */
static uint8_t
best_mode(uint32_t modes, unsigned most)
{
	uint32_t low = modes & ((2u << most) - 1);

	return (uint8_t)(low != 0 ? 31 - __builtin_clz(low) : __builtin_ctz(modes));
}

/* The one with as many bits/s as F has: a frame has a fiftieth of them. */
static unsigned
most_mode(const struct codec_format *f)
{
	const struct band *b = band_of(f);
	unsigned mode = b->modes - 1;

	while (f->bitrate != 0 && mode > 0 && b->bits[mode] * 50u > f->bitrate)
		mode--;
	return mode;
}

static void *
encoder_open(const struct codec_format *f)
{
	const struct band *b = band_of(f);
	uint32_t modes = (f->modes != 0 ? f->modes : UINT32_MAX) & ((1u << b->modes) - 1);
	struct encoder *e = NULL;

	if (f->rate != b->rate || f->channels != 1 || modes == 0)
		errno = EINVAL;
	else
		e = malloc(sizeof *e);
	if (e == NULL)
		return NULL;
	*e = (struct encoder){
		.band = b,
		.modes = modes,
		.mode = best_mode(modes, most_mode(f)),
		.octet_aligned = (f->flags & CODEC_OCTET_ALIGNED) != 0,
		.dtx = (f->flags & CODEC_DTX) != 0,
	};
	e->wanted = e->mode;
	if ((e->state = b->encoder(e->dtx)) != NULL)
		return e;
	free(e);
	errno = ENOMEM;
	return NULL;
}

static void
encoder_close(void *enc)
{
	struct encoder *e = enc;

	if (e == NULL)
		return;
	e->band->encoder_exit(e->state);
	free(e);
}

/* The libraries have no other way; without memory the old one goes on. */
static void
encoder_reset(void *enc)
{
	struct encoder *e = enc;
	void *fresh = e->band->encoder(e->dtx);

	if (fresh == NULL)
		return;
	e->band->encoder_exit(e->state);
	e->state = fresh;
	e->may_change = false;
}

static void
encoder_mode(void *enc, unsigned mode)
{
	struct encoder *e = enc;

	if (mode < e->band->modes)
		e->wanted = best_mode(e->modes, mode);
}

/* To the next mode towards the wanted one, with every second frame: so no receiver is
 * surprised, whatever its mode-change-period and -neighbor say. */
static void
change_mode(struct encoder *e)
{
	if (e->may_change && e->mode < e->wanted)
		do
			e->mode++;
		while ((e->modes >> e->mode & 1) == 0);
	else if (e->may_change && e->mode > e->wanted)
		do
			e->mode--;
		while ((e->modes >> e->mode & 1) == 0);
	e->may_change = !e->may_change;
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	struct encoder *e = enc;
	size_t frames = n / e->band->samples;
	amr_frame frame[AMR_FRAMES];
	bool is_worth_sending = false;

	if (n % e->band->samples != 0 || frames < 1 || frames > AMR_FRAMES)
		return -EINVAL;
	for (size_t i = 0; i < frames; i++, pcm += e->band->samples) {
		change_mode(e);
		e->band->encode(e->state, e->mode, pcm, frame[i], e->dtx);
		is_worth_sending |= frame[i][0] >> 3 != AMR_NO_DATA;
	}
	if (!is_worth_sending)
		return 0;
	return amr_payload_write(
		e->band->bits, e->octet_aligned, frame, (unsigned)frames, out, room);
}

/* ---- Decoding. ---- */

struct decoder {
	const struct band *band;
	void *state;
	bool octet_aligned;
};

static void *
spare_open(unsigned is_wide)
{
	return (is_wide ? &wb : &nb)->decoder();
}

static struct spare spares[] = {
	{.open = spare_open, .close = Decoder_Interface_exit, .kind = 0},
	{.open = spare_open, .close = D_IF_exit, .kind = 1},
};

static void
renew(void)
{
	spare_renew(&spares[0]);
	spare_renew(&spares[1]);
}

static void *
decoder_open(const struct codec_format *f)
{
	const struct band *b = band_of(f);
	struct decoder *d = NULL;

	if (f->rate != b->rate || f->channels != 1)
		errno = EINVAL;
	else
		d = malloc(sizeof *d);
	if (d == NULL)
		return NULL;
	d->band = b;
	d->octet_aligned = (f->flags & CODEC_OCTET_ALIGNED) != 0;
	if ((d->state = b->decoder()) != NULL) {
		spare_add(&spares[b == &wb]);
		return d;
	}
	free(d);
	errno = ENOMEM;
	return NULL;
}

static void
decoder_close(void *dec)
{
	struct decoder *d = dec;

	if (d == NULL)
		return;
	d->band->decoder_exit(d->state);
	free(d);
}

static void
decoder_reset(void *dec)
{
	struct decoder *d = dec;
	void *fresh = spare_swap(&spares[d->band == &wb], d->state);

	if (fresh != NULL)
		d->state = fresh;
}

static void
decode_lost(struct decoder *d, int16_t *pcm)
{
	const amr_frame lost = {(uint8_t)(d->band->lost << 3)};

	d->band->decode(d->state, lost, pcm, 1);
}

/* The libraries do not look at whether a frame is good: one that is not counts as lost. */
static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct decoder *d = dec;
	amr_frame frame[AMR_FRAMES];
	unsigned mode;
	int n = amr_payload_read(d->band->bits, d->octet_aligned, payload, len, &mode, frame);

	if (n < 0)
		return n;
	if ((size_t)n * d->band->samples > room)
		return -ENOSPC;
	for (int i = 0; i < n; i++, pcm += d->band->samples)
		if ((frame[i][0] & 4) != 0)
			d->band->decode(d->state, frame[i], pcm, 0);
		else
			decode_lost(d, pcm);
	return n * (int)d->band->samples;
}

static int
conceal(void *dec, int16_t *pcm, size_t wanted)
{
	struct decoder *d = dec;
	size_t at = 0;

	for (; at + d->band->samples <= wanted; at += d->band->samples)
		decode_lost(d, pcm + at);
	return (int)at;
}

#define BOTH_BANDS                                                                        \
	.kind = CODEC_SPEECH, .complexity = 255, .channels = 1, .frame_us = 20000,        \
	.ptime_ms = 20, .own_dtx = true, .fmtp_parse = parse, .fmtp_print = print,        \
	.samples = samples, .request = request, .encoder_open = encoder_open,             \
	.encoder_close = encoder_close, .encoder_reset = encoder_reset, .encode = encode, \
	.encoder_mode = encoder_mode, .decoder_open = decoder_open,                       \
	.decoder_close = decoder_close, .decoder_reset = decoder_reset, .decode = decode, \
	.renew = renew

const struct codec codec_amr = {
	.name = "AMR",
	.help = "AMR, speech at 4.75 to 12.2 kbit/s (opencore-amr; RFC 4867)",
	.id = CODEC_AMR,
	.rate = {8000},
	.cost = CODEC_COST_MEDIUM,
	.bitrate = 12200,
	.conceal = conceal,
	BOTH_BANDS,
};

/* opencore-amrwb is silent after 20 ms; plc.h does better. */
const struct codec codec_amr_wb = {
	.name = "AMR-WB",
	.help = "AMR-WB, speech at 6.6 to 23.85 kbit/s (opencore-amr, vo-amrwbenc; RFC 4867)",
	.id = CODEC_AMR_WB,
	.rate = {16000},
	.cost = CODEC_COST_HEAVY,
	.bitrate = 23850,
	BOTH_BANDS,
};
