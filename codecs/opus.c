/* SPDX-License-Identifier: Apache-2.0
 *
 * Opus by libopus.  rtpmap says opus/48000/2 whatever is sent, and the clock is 48 kHz; we
 * encode and decode at the rate of the far leg instead (8 kHz towards G.711), which saves the
 * resampling and most of the work.  RFC 6716, RFC 7587; parameters are in opus_fmtp.c. */
#include <assert.h>
#include <errno.h>
#include <opus/opus.h>
#include <stdalign.h>
#include <stdlib.h>

#include "codecs/codec.h"
#include "codecs/hollow.h"
#include "codecs/opus_fmtp.h"
#include "codecs/rows.h"

enum {
	COMPLEXITY = 5, /* beyond it, the work grows by more than what can be heard */
	LEAST_ROOM = 3, /* in fewer bytes libopus sends nothing but a table of contents */

	/* Who asks for redundancy loses packets, or fears to; until he reports how many: the
	 * most that never costs bandwidth of audio, of which libopus takes some for a loss of
	 * more than 5 %. */
	EXPECTED_LOSS = 5,

	FRAMES_JOINED = CODEC_PTIME_MAX / 10,
	REPACKETIZER = 2048, /* bytes; of libopus 1.3 it takes 496 */
};

/* ---- Encoding. ---- */

struct encoder {
	uint32_t rate;
	uint8_t channels;
	bool dtx, cbr;
	alignas(max_align_t) char opus[]; /* OpusEncoder */
};

static OpusEncoder *
opus_of(struct encoder *e)
{
	return (OpusEncoder *)e->opus;
}

/* What speech needs, in bits/s of one channel: RFC 6716 2.1.1 and a little more. */
static const struct {
	uint32_t rate, bitrate;
} usual[] = {
	{8000, 16000},
	{12000, 20000},
	{16000, 24000},
	{24000, 32000},
	{48000, 40000},
};

/* More than twice the usual is not heard; a half more keeps it so beside the redundancy, which
 * libopus leaves out where it finds no bits for it. */
static uint32_t
bitrate(const struct codec_format *f)
{
	uint32_t most, wanted;
	unsigned i = 0;

	while (usual[i].rate < f->rate)
		i++;
	wanted = f->channels == 2 ? usual[i].bitrate * 3 / 2 : usual[i].bitrate;
	most = wanted * 2;
	if ((f->flags & CODEC_FEC) != 0)
		wanted = wanted * 3 / 2;
	if (f->bitrate != 0)
		wanted = f->bitrate < most ? f->bitrate : most;
	return wanted;
}

static void
encoder_complexity(void *enc, unsigned complexity)
{
	opus_encoder_ctl(
		opus_of(enc), OPUS_SET_COMPLEXITY(complexity <= 10 ? (int)complexity : 10));
}

static void
encoder_loss(void *enc, unsigned percent)
{
	opus_encoder_ctl(
		opus_of(enc), OPUS_SET_PACKET_LOSS_PERC(percent <= 100 ? (int)percent : 100));
}

static void *
encoder_open(const struct codec_format *f)
{
	int size = opus_encoder_get_size(f->channels);
	bool fec = (f->flags & CODEC_FEC) != 0;
	struct encoder *e = malloc(sizeof *e + (size_t)size);

	assert(opus_repacketizer_get_size() <= REPACKETIZER);
	if (e == NULL)
		return NULL;
	*e = (struct encoder){
		.rate = f->rate,
		.channels = f->channels,
		.dtx = (f->flags & CODEC_DTX) != 0,
		.cbr = (f->flags & CODEC_CBR) != 0,
	};
	if (size == 0 || opus_encoder_init(opus_of(e), (opus_int32)f->rate, f->channels,
				 OPUS_APPLICATION_VOIP) != OPUS_OK) {
		free(e);
		errno = EINVAL;
		return NULL;
	}
	opus_encoder_ctl(opus_of(e), OPUS_SET_BITRATE((opus_int32)bitrate(f)));
	opus_encoder_ctl(opus_of(e), OPUS_SET_VBR(!e->cbr));
	opus_encoder_ctl(opus_of(e), OPUS_SET_DTX(e->dtx));
	opus_encoder_ctl(opus_of(e), OPUS_SET_INBAND_FEC(fec));
	encoder_loss(e, fec ? EXPECTED_LOSS : 0);
	encoder_complexity(e, f->complexity != 255 ? f->complexity : COMPLEXITY);
	return hollow_keep(e, sizeof *e + (size_t)size); /* opus.h: "can be freely copied" */
}

static void
encoder_reset(void *enc)
{
	opus_encoder_ctl(opus_of(enc), OPUS_RESET_STATE);
}

/* Opus has frames of 10, 20, 40 and 60 ms; FRAMES of 10 ms are put together to 30 and 50. */
static int
encode_joined(struct encoder *e, const int16_t *pcm, unsigned frames, uint8_t *out, int room)
{
	alignas(max_align_t) char space[REPACKETIZER];
	OpusRepacketizer *joined = opus_repacketizer_init((OpusRepacketizer *)space);
	uint8_t made[CODEC_PAYLOAD_MAX], *frame = made;
	unsigned step = e->rate / 100;
	int each = (room - 2) / (int)frames - 1, n = 0; /* each takes its length, too */

	for (unsigned i = 0; i < frames; i++, frame += n) {
		n = opus_encode(
			opus_of(e), pcm + i * step * e->channels, (int)step, frame, each);
		if (n < 0)
			return n;
		if (opus_repacketizer_cat(joined, frame, n) == OPUS_OK)
			continue;
		/* The encoder has changed its mode or bandwidth, of which there is only one in
		 * a packet: this once an empty frame, which is concealed. */
		*frame = made[0] & 0xfc;
		opus_repacketizer_cat(joined, frame, 1);
	}
	each = n;
	n = opus_repacketizer_out(joined, out, room);
	if (e->cbr && n > 0 &&
		opus_packet_pad(out, n, (each + 1) * (int)frames + 2) == OPUS_OK)
		n = (each + 1) * (int)frames + 2;
	return n;
}

static int
encode(void *enc, const int16_t *pcm, size_t samples, uint8_t *out, size_t room)
{
	struct encoder *e = enc;
	unsigned step = e->rate / 100, frames = (unsigned)(samples / step);
	int n;

	if (samples % step != 0 || frames < 1 || frames > FRAMES_JOINED)
		return -EINVAL;
	if (room > CODEC_PAYLOAD_MAX)
		room = CODEC_PAYLOAD_MAX;
	if (room < LEAST_ROOM * (frames + 1))
		return -ENOSPC;
	if (frames == 3 || frames == 5)
		n = encode_joined(e, pcm, frames, out, (int)room);
	else
		n = opus_encode(opus_of(e), pcm, (int)samples, out, (opus_int32)room);
	if (n < 0)
		return n == OPUS_BUFFER_TOO_SMALL ? -ENOSPC : -EINVAL;
	return e->dtx && n <= 2 ? 0 : n; /* opus_encode(): "does not need to be transmitted" */
}

/* ---- Decoding. ---- */

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	int n = opus_packet_get_nb_samples(payload, (opus_int32)len, (opus_int32)f->rate);

	return n > 0 ? n : -EBADMSG;
}

static void *
decoder_open(const struct codec_format *f)
{
	int size = opus_decoder_get_size(f->channels);
	OpusDecoder *d = malloc((size_t)size);

	if (d == NULL)
		return NULL;
	if (size == 0 || opus_decoder_init(d, (opus_int32)f->rate, f->channels) != OPUS_OK) {
		free(d);
		errno = EINVAL;
		return NULL;
	}
	return hollow_keep(d, (size_t)size);
}

static void
decoder_reset(void *dec)
{
	opus_decoder_ctl(dec, OPUS_RESET_STATE);
}

static int
decode(void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room)
{
	int n;

	if (len == 0) /* libopus would take it for a loss */
		return -EBADMSG;
	n = opus_decode(dec, payload, (opus_int32)len, pcm, (int)room, 0);
	if (n < 0)
		return n == OPUS_BUFFER_TOO_SMALL ? -ENOSPC : -EBADMSG;
	return n;
}

/* libopus makes up steps of 2.5 ms. */
static int
conceal(void *dec, int16_t *pcm, size_t wanted)
{
	opus_int32 rate;
	int n;

	opus_decoder_ctl(dec, OPUS_GET_SAMPLE_RATE(&rate));
	n = opus_decode(dec, NULL, 0, pcm, (int)(wanted - wanted % (size_t)(rate / 400)), 0);
	return n > 0 ? n : 0;
}

/* Does the payload repeat what was in the frame before it?  Each channel of a SILK frame
 * begins with a bit of voice activity for each 20 ms, and one that says so: RFC 6716 4.2.3 and
 * 4.2.4.  CELT has nothing of the kind. */
static bool
has_redundancy(const uint8_t *payload, size_t len)
{
	const uint8_t *frame[48];
	opus_int16 size[48];
	int parts = opus_packet_get_samples_per_frame(payload, 48000) / 960;
	uint8_t mid, side;

	if ((payload[0] & 0x80) != 0 ||
		opus_packet_parse(payload, (opus_int32)len, NULL, frame, size, NULL) <= 0 ||
		size[0] == 0)
		return false;
	if (parts == 0) /* 10 ms */
		parts = 1;
	mid = frame[0][0] << parts & 0x80;
	side = frame[0][0] << (2 * parts + 1) & 0x80;
	return mid != 0 || (opus_packet_get_nb_channels(payload) == 2 && side != 0);
}

/* What is missing before the frame that is repeated is concealed. */
static int
recover(void *dec, const uint8_t *next, size_t len, int16_t *pcm, size_t lost)
{
	opus_int32 rate;
	int n;

	opus_decoder_ctl(dec, OPUS_GET_SAMPLE_RATE(&rate));
	if (len == 0 || !has_redundancy(next, len) ||
		lost < (size_t)opus_packet_get_samples_per_frame(next, rate))
		return 0;
	n = opus_decode(dec, next, (opus_int32)len, pcm, (int)lost, 1);
	return n > 0 ? n : 0;
}

const struct codec codec_opus = {
	.name = "opus",
	.help = "Opus, speech and music (libopus; RFC 6716, RFC 7587)",
	.id = CODEC_OPUS,
	.kind = CODEC_SPEECH,
	.cost = CODEC_COST_MEDIUM,
	.complexity = COMPLEXITY,
	.channels = 2,
	.map_channels = 2,
	.frame_us = 10000,
	.shortest_us = 2500,
	.ptime_ms = 20,
	.clock_hz = 48000,
	.rate = {48000, 24000, 16000, 12000, 8000},
	.bitrate = 40000,
	.own_dtx = true,
	.fmtp_parse = codec_opus_fmtp_parse,
	.fmtp_print = codec_opus_fmtp_print,
	.samples = samples,
	.encoder_open = encoder_open,
	.encoder_close = hollow_free,
	.encoder_reset = encoder_reset,
	.encode = encode,
	.encoder_complexity = encoder_complexity,
	.encoder_loss = encoder_loss,
	.decoder_open = decoder_open,
	.decoder_close = hollow_free,
	.decoder_reset = decoder_reset,
	.decode = decode,
	.conceal = conceal,
	.recover = recover,
};
