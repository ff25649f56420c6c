/* SPDX-License-Identifier: Apache-2.0
 *
 * What a codec is: one const struct a codec, each in a file of its own, all of them rows of
 * registry.c.  Knows no packets, no calls, no threads: samples in, bytes out, and back.
 *
 * PCM is 16 bits, host byte order, channels interleaved; a count of samples is one of each
 * channel, so that of a second is the rate.  Encoders and decoders are made and freed by
 * open() and close(), which allocate and may take their time; whatever is called once a packet
 * allocates nothing, and one object is used by one thread at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CODEC_FMTP = 192,       /* bytes of the longest fmtp that is printed, with its NUL */
	CODEC_CHANNELS = 2,     /* most */
	CODEC_RATES = 8,        /* most sample rates of one codec */
	CODEC_RATE_MAX = 48000, /* samples/s */
	CODEC_PTIME_MIN = 10,   /* ms of sound in a packet that we send */
	CODEC_PTIME_MAX = 60,
	CODEC_SAMPLES_MAX = 5760, /* in one packet that arrives: 120 ms at 48 kHz */
	CODEC_PAYLOAD_MAX = 1400, /* bytes of it that we send */
	CODEC_DYNAMIC = 255,      /* has no static payload type */
};

/* The numbers are in call records and between the processes: none is ever given to another. */
enum codec_id {
	CODEC_NONE,
	CODEC_PCMU,
	CODEC_PCMA,
	CODEC_G722,
	CODEC_G726_16, /* RFC 3551 packing: the first sample in the lowest bits */
	CODEC_G726_24,
	CODEC_G726_32,
	CODEC_G726_40,
	CODEC_AAL2_G726_16, /* ITU-T I.366.2 packing: in the highest */
	CODEC_AAL2_G726_24,
	CODEC_AAL2_G726_32,
	CODEC_AAL2_G726_40,
	CODEC_GSM,
	CODEC_L16,
	CODEC_DVI4,
	CODEC_LPC,
	CODEC_OPUS,
	CODEC_CODEC2_3200, /* as a VoMP codec and on our own trunks: no RTP registration */
	CODEC_CODEC2_1200,
	CODEC_SPEEX,
	CODEC_CN,    /* comfort noise, RFC 3389 */
	CODEC_EVENT, /* telephone-event, RFC 4733 */
	CODEC_G729,
	CODEC_AMR,
	CODEC_AMR_WB,
	CODECS
};

/* Bits of struct codec_format.flags. */
enum {
	CODEC_FEC = 1 << 0, /* the receiver wants in-band redundancy */
	CODEC_DTX = 1 << 1, /* the sender may be silent in pauses (usedtx, annexb, vad) */
	CODEC_CBR = 1 << 2, /* constant bit rate (cbr, vbr=off) */
	CODEC_OCTET_ALIGNED = 1 << 3, /* RFC 4867 */
	CODEC_SPROP_STEREO = 1 << 4,  /* the sender is likely to send stereo */
	CODEC_CNG = 1 << 5,           /* Speex: noise instead of silence in pauses */
	CODEC_FLAGS = (1 << 6) - 1,
};

/* A codec with what both ends have agreed on, as rtpmap, fmtp and ptime have it; it says what
 * its owner, the one who has signalled it, wants to receive.  Plain bytes without pointers and
 * holes: it crosses between the processes and lies in records. */
struct codec_format {
	uint8_t codec;        /* enum codec_id; CODEC_NONE: there is none */
	uint8_t payload_type; /* 0..127 */
	uint8_t channels;     /* 1..CODEC_CHANNELS, that are worth sending */
	uint8_t ptime_ms; /* wanted of a packet, CODEC_PTIME_MIN..MAX; what arrives may differ
			   */
	uint8_t complexity; /* of encoding, 0..10; 255: as the codec's row says */
	uint8_t reserved;   /* 0 */
	uint16_t flags;
	uint32_t rate;    /* samples/s worth encoding: one of the codec's */
	uint32_t bitrate; /* bits/s at most; 0: as the codec likes */
	uint32_t modes; /* bit n: mode n may be used (AMR's mode-set, Speex's mode); 0: any */
	uint32_t capture_rate; /* sprop-maxcapturerate, samples/s; 0: not said */
	uint32_t max_ptime_ms; /* 0: not said */
};

/* How much work a codec is, roughly; admission goes by measured figures (cost.h). */
enum codec_cost {
	CODEC_COST_TABLE,  /* tens of nanoseconds a frame */
	CODEC_COST_LIGHT,  /* microseconds */
	CODEC_COST_MEDIUM, /* tens of microseconds */
	CODEC_COST_HEAVY,  /* a hundred and more */
	CODEC_COSTS
};

enum codec_kind {
	CODEC_SPEECH,
	CODEC_NOISE,  /* CN: encode() says how loud PCM is; decode() takes what a packet says,
		       * and gives no samples; conceal() makes as much noise as is asked for */
	CODEC_EVENTS, /* telephone-event: passed on; never opened, its functions are NULL */
};

struct codec {
	const char *name;     /* encoding name of rtpmap; compared without regard to case */
	const char *help;     /* a line for `codec list`: what it is, and its source */
	uint8_t id;           /* enum codec_id */
	uint8_t kind;         /* enum codec_kind */
	uint8_t cost;         /* enum codec_cost, of encoding */
	uint8_t complexity;   /* of encoding by default, 0..10; 255: it has none */
	uint8_t channels;     /* most that it can carry */
	uint8_t map_channels; /* what rtpmap says, whatever is sent (Opus: 2); 0: the channels
			       */
	uint32_t frame_us; /* packets hold whole frames of so many microseconds; 0: any number
			    * of samples */
	uint32_t shortest_us; /* packets that senders of it may make; 0: a frame, and no less
			       * than CODEC_PTIME_MIN */
	uint8_t ptime_ms;     /* of a packet by default */
	uint32_t clock_hz; /* of RTP timestamps; 0: the sample rate (G.722 and Opus differ) */
	uint32_t rate[CODEC_RATES + 1]; /* samples/s that it can be opened with, 0-ended; the
					 * first is the default */
	uint32_t bitrate; /* bits/s at its default rate and mode: nominal, or typical */
	bool own_dtx;     /* a pause needs no CN: the codec has its own way */
	uint16_t flags;   /* of a format by default: annexb is yes, vbr is off unless said */

	/* The fmtp of TEXT (NUL-ended, without "a=fmtp:96 ") into *F, which holds the
	 * defaults. What it does not know it leaves alone.  0; -EINVAL: a value that cannot
	 * be. NULL: the codec has no parameters. */
	int (*fmtp_parse)(struct codec_format *f, const char *text);
	/* And back; empty when all is as by default.  TEXT has CODEC_FMTP bytes. */
	void (*fmtp_print)(const struct codec_format *f, char *text);

	/* How many samples a payload of LEN bytes holds, by looking at
	 * it: 1..CODEC_SAMPLES_MAX (120 ms at F->rate at most); 0: none (DTX, SID without
	 * sound); -EBADMSG.  Pure; any bytes may come. */
	int (*samples)(const struct codec_format *f, const uint8_t *payload, size_t len);

	/* The mode that a payload asks its receiver to send in (AMR's CMR): it is for the
	 * encoder of the other direction; -1: none.  Pure, likewise.  NULL: there is no such
	 * thing. */
	int (*request)(const struct codec_format *f, const uint8_t *payload, size_t len);

	/* NULL: ENOMEM, EINVAL (a format that it cannot do, a ptime that is none of
	 * codec_ptime()'s). */
	void *(*encoder_open)(const struct codec_format *f);
	void (*encoder_close)(void *enc); /* NULL is fine */
	void (*encoder_reset)(void *enc); /* as it was when opened; may allocate */
	/* SAMPLES samples, a whole number of frames, CODEC_PTIME_MAX at most, at F->rate and
	 * F->channels, into OUT of ROOM bytes.  Bytes; 0: nothing need be sent (DTX); -ENOSPC,
	 * -EINVAL. */
	int (*encode)(
		void *enc, const int16_t *pcm, size_t samples, uint8_t *out, size_t room);
	/* 0..10, from the next frame on; NULL: it has none. */
	void (*encoder_complexity)(void *enc, unsigned complexity);
	/* PERCENT (0..100) of the packets do not arrive, say the far side's receiver reports:
	 * so much redundancy is worth sending.  NULL: it makes no difference to it. */
	void (*encoder_loss)(void *enc, unsigned percent);
	/* MODE is what the far side's request() was, from the next frame on, as far as the
	 * format allows; any number.  NULL: likewise. */
	void (*encoder_mode)(void *enc, unsigned mode);

	void *(*decoder_open)(const struct codec_format *f);
	void (*decoder_close)(void *dec);
	/* As it was when opened, and allocates nothing.  Where the library knows no such thing
	 * it is replaced by a spare one; while there is none it goes on as it is, or nearly.
	 */
	void (*decoder_reset)(void *dec);
	/* The payload into PCM with room for ROOM samples.  Samples; 0: none; -EBADMSG, and
	 * the decoder is still good; -ENOSPC.  Any bytes may come; bounded time. */
	int (*decode)(
		void *dec, const uint8_t *payload, size_t len, int16_t *pcm, size_t room);
	/* SAMPLES samples in place of a packet that was lost, by what the decoder remembers;
	 * how many it made.  NULL: it cannot, use plc.h. */
	int (*conceal)(void *dec, int16_t *pcm, size_t samples);
	/* The lost packet's SAMPLES samples from the redundancy in the NEXT one (which is
	 * decoded afterwards as usual); 0: there is none in it.  NULL: the codec has no such
	 * thing. */
	int (*recover)(
		void *dec, const uint8_t *next, size_t len, int16_t *pcm, size_t samples);

	/* Make new spares of those that resets have used up (spare.h).  NULL: it needs none.
	 */
	void (*renew)(void);
};

/* ---- registry.c ---- */

/* Row N, in the order of enum codec_id; NULL behind the last.  What was not built in
 * (licences) is not there. */
const struct codec *codec_row(unsigned n);
const struct codec *codec_by_id(unsigned id); /* NULL: not built in */

/* renew() of every row; several times a second, by who has time. */
void codec_renew(void);

/* The codec that rtpmap calls NAME with CLOCK_HZ (0: not said); NULL. */
const struct codec *codec_by_name(const char *name, size_t len, uint32_t clock_hz);

/* F with nothing but C's defaults; its static payload type when it has one for them, else
 * CODEC_DYNAMIC. */
void codec_default(const struct codec *c, struct codec_format *f);

/* The time that can be put into a packet of F that is nearest to WANTED_MS: whole frames,
 * CODEC_PTIME_MIN..MAX, and of codecs without frames no more than CODEC_PAYLOAD_MAX.  The
 * shortest if even that is too much. */
uint8_t codec_ptime(const struct codec_format *f, unsigned wanted_ms);

/* Samples in a packet of F that we send: of its ptime, or a half or less where even the
 * shortest is too much (L16 at 48 kHz in stereo). */
unsigned codec_packet(const struct codec_format *f);

/* The sound in the shortest packets that senders of C make, in microseconds. */
uint32_t codec_shortest_us(const struct codec *c);

/* What payload type PT means without an rtpmap (RFC 3551 tables 4 and 5).  0, -ENOENT. */
int codec_static(uint8_t pt, struct codec_format *f);
/* The static payload type of F's codec, rate and channels; CODEC_DYNAMIC. */
uint8_t codec_static_type(const struct codec_format *f);

/* *F from NAME "opus", CLOCK_HZ and CHANNELS (0: not said) of its rtpmap, and FMTP (NULL:
 * none); payload type and ptime are the caller's to set, being the defaults.  0; -ENOENT: no
 * such codec; -EINVAL: it cannot be so. */
int codec_format_parse(struct codec_format *f, const char *name, uint32_t clock_hz,
	unsigned channels, const char *fmtp);

/* The clock of F's RTP timestamps, Hz; what rtpmap says of its channels. */
uint32_t codec_clock(const struct codec_format *f);
unsigned codec_map_channels(const struct codec_format *f);

/* Can it be: a codec that is built in, and values within its row's?  Formats come from the
 * other process, too. */
bool codec_format_is_valid(const struct codec_format *f);

/* Do both mean the same bytes, so that a payload of one may be sent as the other?  Payload
 * type and ptime aside. */
bool codec_format_same(const struct codec_format *a, const struct codec_format *b);
