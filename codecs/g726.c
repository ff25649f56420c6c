/* SPDX-License-Identifier: Apache-2.0
 *
 * ITU-T G.726: ADPCM of 2, 3, 4 or 5 bits a sample, each in two packings: as RFC 3551 4.5.4
 * says, the first sample in the lowest bits, and as ATM has it (ITU-T I.366.2, "AAL2-"), in
 * the highest.  Eight samples are a group, which fills whole octets at any rate.  They once
 * had payload type 2, which meant either packing and was given up: RFC 3551 section 6.
 *
 * SpanDSP makes codes of samples and back, both packings are here, because samples have to be
 * looked at one by one: it leaves out the upper bits of what is too loud, which would come
 * with the other sign, as a crack. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <spandsp/telephony.h>

#include <spandsp/bitstream.h>

#include <spandsp/g726.h>

#include <spandsp/private/bitstream.h>

#include <spandsp/private/g726.h> /* sr */

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "codecs/whole.h"

enum { RATE = 8000, GROUP = 8, MOST = RATE * 120 / 1000 };

static const struct variant {
	uint8_t bits; /* of a sample */
	bool first_is_highest;
} variants[CODECS] = {
	[CODEC_G726_16] = {2, false},
	[CODEC_G726_24] = {3, false},
	[CODEC_G726_32] = {4, false},
	[CODEC_G726_40] = {5, false},
	[CODEC_AAL2_G726_16] = {2, true},
	[CODEC_AAL2_G726_24] = {3, true},
	[CODEC_AAL2_G726_32] = {4, true},
	[CODEC_AAL2_G726_40] = {5, true},
};

/* An encoder or a decoder. */
struct g726 {
	g726_state_t *adpcm;
	const struct variant *variant;
	struct whole groups;
};

static struct whole
groups_of(const struct variant *v)
{
	return (struct whole){.samples = GROUP, .bytes = v->bits, .most = MOST};
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	struct whole groups = groups_of(&variants[f->codec]);

	return whole_samples(&groups, len);
}

static g726_state_t *
adpcm_init(g726_state_t *adpcm, const struct variant *v)
{
	return g726_init(adpcm, v->bits * RATE, G726_ENCODING_LINEAR, G726_PACKING_NONE);
}

static void *
open(const struct codec_format *f)
{
	const struct variant *v = &variants[f->codec];
	struct g726 *g;

	if (f->rate != RATE || f->channels != 1) {
		errno = EINVAL;
		return NULL;
	}
	if ((g = malloc(sizeof *g)) == NULL)
		return NULL;
	if ((g->adpcm = adpcm_init(NULL, v)) == NULL) {
		free(g);
		return NULL;
	}
	g->variant = v;
	g->groups = groups_of(v);
	return g;
}

static void
close(void *object)
{
	struct g726 *g = object;

	if (g == NULL)
		return;
	g726_free(g->adpcm);
	free(g);
}

static void
reset(void *object)
{
	struct g726 *g = object;

	adpcm_init(g->adpcm, g->variant);
}

/* How far up in a group's bits, taken as one number, code I lies; and octet I. */
static unsigned
code_at(const struct variant *v, unsigned i)
{
	return v->bits * (v->first_is_highest ? GROUP - 1 - i : i);
}

static unsigned
octet_at(const struct variant *v, unsigned i)
{
	return 8 * (v->first_is_highest ? v->bits - 1 - i : i);
}

static void
encode_group(struct g726 *g, const int16_t *pcm, uint8_t *out)
{
	uint8_t code[GROUP];
	uint64_t group = 0;

	g726_encode(g->adpcm, code, pcm, GROUP);
	for (unsigned i = 0; i < GROUP; i++)
		group |= (uint64_t)code[i] << code_at(g->variant, i);
	for (unsigned i = 0; i < g->variant->bits; i++)
		out[i] = (uint8_t)(group >> octet_at(g->variant, i));
}

static int
encode(void *enc, const int16_t *pcm, size_t n, uint8_t *out, size_t room)
{
	struct g726 *g = enc;
	int bytes = whole_encoded(&g->groups, n, room);

	if (bytes <= 0)
		return bytes;
	for (; n > 0; n -= GROUP, pcm += GROUP, out += g->variant->bits)
		encode_group(g, pcm, out);
	return bytes;
}

/* The decoder remembers each sample in 14 bits as a sign, 4 bits of exponent and 6 of mantissa
 * (FLOAT B in G.726 4.2.7): of an exponent above 13 are those that 14 bits cannot hold. */
static int16_t
decode_code(g726_state_t *adpcm, uint8_t code)
{
	int16_t pcm;

	g726_decode(adpcm, &pcm, &code, 1);
	if ((adpcm->sr[0] >> 6 & 15) > 13)
		return adpcm->sr[0] < 0 ? INT16_MIN : INT16_MAX;
	return pcm;
}

static void
decode_group(struct g726 *g, const uint8_t *payload, int16_t *pcm)
{
	unsigned mask = (1u << g->variant->bits) - 1;
	uint64_t group = 0;

	for (unsigned i = 0; i < g->variant->bits; i++)
		group |= (uint64_t)payload[i] << octet_at(g->variant, i);
	for (unsigned i = 0; i < GROUP; i++)
		pcm[i] = decode_code(
			g->adpcm, (uint8_t)(group >> code_at(g->variant, i) & mask));
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	struct g726 *g = dec;
	int n = whole_decoded(&g->groups, len, room);

	for (int i = 0; i < n; i += GROUP, payload += g->variant->bits)
		decode_group(g, payload, pcm + i);
	return n;
}

#define ROW(NAME, HELP, ID, BITRATE)                                                          \
	{                                                                                     \
		.name = NAME, .help = HELP, .id = ID, .kind = CODEC_SPEECH,                   \
		.cost = CODEC_COST_LIGHT, .complexity = 255, .channels = 1, .frame_us = 1000, \
		.ptime_ms = 20, .rate = {RATE}, .bitrate = BITRATE, .samples = samples,       \
		.encoder_open = open, .encoder_close = close, .encoder_reset = reset,         \
		.encode = encode, .decoder_open = open, .decoder_close = close,               \
		.decoder_reset = reset, .decode = decode,                                     \
	}

const struct codec codec_g726_16 = ROW("G726-16",
	"ADPCM at 16 kbit/s, packed as RFC 3551 says (ITU-T G.726)", CODEC_G726_16, 16000);
const struct codec codec_g726_24 = ROW("G726-24",
	"ADPCM at 24 kbit/s, packed as RFC 3551 says (ITU-T G.726)", CODEC_G726_24, 24000);
const struct codec codec_g726_32 = ROW("G726-32",
	"ADPCM at 32 kbit/s, packed as RFC 3551 says (ITU-T G.726)", CODEC_G726_32, 32000);
const struct codec codec_g726_40 = ROW("G726-40",
	"ADPCM at 40 kbit/s, packed as RFC 3551 says (ITU-T G.726)", CODEC_G726_40, 40000);
const struct codec codec_aal2_g726_16 =
	ROW("AAL2-G726-16", "ADPCM at 16 kbit/s, packed as ITU-T I.366.2 says (ITU-T G.726)",
		CODEC_AAL2_G726_16, 16000);
const struct codec codec_aal2_g726_24 =
	ROW("AAL2-G726-24", "ADPCM at 24 kbit/s, packed as ITU-T I.366.2 says (ITU-T G.726)",
		CODEC_AAL2_G726_24, 24000);
const struct codec codec_aal2_g726_32 =
	ROW("AAL2-G726-32", "ADPCM at 32 kbit/s, packed as ITU-T I.366.2 says (ITU-T G.726)",
		CODEC_AAL2_G726_32, 32000);
const struct codec codec_aal2_g726_40 =
	ROW("AAL2-G726-40", "ADPCM at 40 kbit/s, packed as ITU-T I.366.2 says (ITU-T G.726)",
		CODEC_AAL2_G726_40, 40000);
