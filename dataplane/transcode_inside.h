/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the parts of transcode.c alone.  A packet goes through them in this order:
 *
 *	transcode.c		into order, room.c for those that wait; what the timer does
 *	transcode_in.c		what it means: sound, a pause, a loss, noise; decoded
 *	transcode_event.c	... or a key that is pressed
 *	transcode_pass.c	... or a payload that need not be decoded
 *	transcode_sound.c	samples as the far side wants them: rate, channels, loudness
 *	transcode_out.c		samples into packets, numbers and timestamps
 *
 * Times: _us is arrival by the relay's clock; ticks are the clock of what leaves, unless it
 * says otherwise. */
#pragma once

#include "codecs/plc.h"
#include "codecs/resample.h"
#include "dataplane/reorder.h"
#include "dataplane/room.h"
#include "dataplane/transcode.h"

enum ear_kind {
	EAR_NONE,
	EAR_DECODE,
	EAR_PASS, /* the far side takes the payload as it is, or other portions of it */
	EAR_NOISE,
	EAR_EVENT,
};

/* One format that may arrive. */
struct ear {
	const struct codec *codec;
	struct codec_format format; /* as the decoder was opened */
	uint32_t clock;             /* of its timestamps, Hz */
	uint8_t kind;               /* enum ear_kind */
	uint8_t other_clock;        /* packets in a row that are stamped by another clock */
	uint8_t to_type;   /* NOISE, EVENT: payload type that it leaves with; CODEC_DYNAMIC:
			      the far side has none */
	uint32_t to_clock; /* EVENT: of its durations there */
	void *decoder;     /* DECODE, NOISE */
	struct plc *plc;   /* NULL: its codec conceals */
	struct resample *resample; /* NULL: it is decoded at the far side's rate */
};

/* What leaves. */
struct mouth {
	const struct codec *codec;
	struct codec_format format; /* as the encoder was opened */
	void *encoder;              /* NULL: all payloads pass */
	uint64_t number;            /* of the next packet */
	uint32_t timestamp;         /* of the next sample of sound, that of the fifo first */
	uint32_t clock;             /* Hz */
	uint32_t packet;            /* samples in one */
	uint32_t packet_ticks;
	uint32_t ahead;              /* ticks that were made up and have not been missed yet */
	uint32_t held;               /* samples in the fifo */
	uint32_t passed, passed_len; /* ... or of payloads that pass, and their bytes */
	bool marker;                 /* the next one has it */
	uint8_t noise_type; /* payload type of CN; CODEC_DYNAMIC: the far side has none */
	int16_t *fifo;      /* less than a packet */
};

/* Loudness, as sums of squares of samples. */
struct meter {
	uint64_t energy;   /* of this second or so */
	uint32_t samples;  /* the same */
	bool has_last;     /* there has been one before */
	int32_t last_db10; /* that one's; as in struct transcode_counts */
	float floor;       /* mean square of pauses */
	uint32_t random;
};

/* Where the sender's time stands against ours. */
struct anchor {
	bool is_set;
	bool has_come;    /* anything, ever */
	uint32_t clock;   /* of the timestamp, Hz */
	uint32_t expect;  /* timestamp that is next */
	uint64_t came_us; /* when the last sound came */
	uint32_t last_us; /* how long that was */
	uint64_t dry_us;  /* when all that has left will have been heard */
	int64_t early_us; /* by how much sound has lately come sooner than it lasts */
};

struct event {
	bool is_known; /* the last one: its end may come several times */
	bool is_on;
	bool is_over; /* its end came first, and has left as often as it has to */
	uint32_t in;  /* its timestamp as it came */
	uint32_t out; /* ... as it leaves */
	uint32_t end; /* sound before it is not sent */
};

struct transcode {
	struct ear *ears;
	unsigned ears_n;
	struct ear *ear;   /* that sound was last heard by; NULL: none yet */
	struct ear *noise; /* that a pause is described by; NULL: it is none */
	struct mouth out;
	struct meter meter;
	struct anchor anchor;
	struct event event;
	struct reorder *order;
	const struct held *here; /* the packet that is being put */
	uint32_t ssrc, ssrc_before;
	uint64_t ssrc_us; /* when it changed */
	bool has_ssrc;
	bool has_paused; /* the far side has been told that nothing comes */
	uint8_t request; /* the mode that is asked for, and 1; 0: nothing is */
	uint16_t flags;
	int32_t gain;       /* 1 << GAIN_SHIFT: as it is */
	uint32_t missing;   /* packets lost in front of the one whose turn it is */
	uint32_t made_us;   /* of sound made up since the last that came */
	uint32_t filled_us; /* ... because nothing came */
	uint64_t stale;     /* packets in order that came too late nevertheless */
	struct transcode_counts counts;
	transcode_send *send; /* of this call */
	void *arg;
};

enum {
	GAIN_SHIFT = 12,
	PCM_MAX = (CODEC_SAMPLES_MAX + 32) * CODEC_CHANNELS,
	CONCEAL_US = 200000, /* made up at once, at most */
};

/* Packet for packet it is 32 bits, which many CPUs divide in half the time or less. */
static inline uint32_t
scale(uint64_t n, uint32_t from, uint32_t to)
{
	if (from == to)
		return (uint32_t)n;
	n *= to;
	return n <= UINT32_MAX ? (uint32_t)n / from : (uint32_t)(n / from);
}

/* ---- transcode_open.c ---- */

/* Everything that it needs, for the formats of CONF.  0, -errno. */
int transcode_prepare(struct transcode *t, const struct transcode_conf *conf);
void transcode_unprepare(struct transcode *t);

/* ---- transcode_in.c ---- */

/* Packet P, whose turn it is; E is NULL: of a payload type that nobody knows. */
void in_packet(struct transcode *t, struct ear *e, const struct held *p);
/* How many ticks before P begins something is missing; negative: less than nothing.  Counts
 * jumps. */
int64_t in_gap(struct transcode *t, const struct ear *e, const struct held *p);
/* When the timer has to make something up, and what it then does. */
uint64_t in_due(const struct transcode *t);
void in_fill(struct transcode *t, uint64_t now_us);
/* Another source: nothing that was heard says anything about it. */
void in_anew(struct transcode *t);

/* ---- transcode_event.c ---- */

void event_packet(struct transcode *t, const struct ear *e, const struct held *p);
/* Is sound that would leave now in an event's place? */
bool event_covers(struct transcode *t);

/* ---- transcode_pass.c ---- */

/* Can payloads be put together and taken apart without decoding? */
bool pass_can_repack(const struct codec_format *f);
/* P holds SAMPLES samples, and GAP ticks are missing in front of it. */
void pass_packet(struct transcode *t, const struct ear *e, const struct held *p,
	unsigned samples, uint32_t gap);
void pass_flush(struct transcode *t);

/* ---- transcode_sound.c ---- */

/* SAMPLES samples as E decodes them; IS_MADE: they did not come. */
void sound(
	struct transcode *t, const struct ear *e, int16_t *pcm, size_t samples, bool is_made);
/* SAMPLES at the encoder's rate of noise as in the pauses. */
void sound_noise(struct transcode *t, uint32_t samples);
/* The level of pauses in -dBov, 0..127. */
uint8_t sound_floor(const struct transcode *t);
int32_t sound_level_db10(const struct transcode *t);

/* ---- transcode_out.c ---- */

/* Samples at the encoder's rate and channels. */
void out_samples(struct transcode *t, const int16_t *pcm, size_t samples);
/* TICKS pass in which nothing is sent. */
void out_skip(struct transcode *t, uint32_t ticks);
/* The same, of which some may have been made up for already. */
void out_pause(struct transcode *t, uint32_t ticks);
/* What is in the fifo leaves, with noise behind it. */
void out_flush(struct transcode *t);
/* A packet that is not sound of the encoder's. */
void out_payload(struct transcode *t, uint8_t payload_type, uint32_t timestamp, bool marker,
	const uint8_t *payload, size_t len);
