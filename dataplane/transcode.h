/* SPDX-License-Identifier: Apache-2.0
 *
 * One direction of a call whose sides share no codec (or no packet time): RTP in one format
 * in, RTP in another out.  Packet-driven: what comes in order leaves at once.  The sender's
 * clock is the only media clock; time passes here only to end the wait for a missing packet,
 * and to fill towards a party that needs sound without pause.
 *
 * Pure but for memory that open() takes and the places of room.h: no clock, no DPDK, no
 * threads of its own, so that an hour passes in a test in a second.  Opened by main, then used
 * by one transcode core. RFC 3550, 3551, 3389, 4733. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/codec.h"

enum {
	TRANSCODE_FORMATS = 8,             /* of each side */
	TRANSCODE_WINDOW_US = 60000,       /* of reordering, at most */
	TRANSCODE_WINDOW_MAX_US = 1000000, /* that anybody may ask for */
	TRANSCODE_SLOT_US = 20000,
	TRANSCODE_REPAIR_US = 80000, /* usual time for what was lost in the mesh to come after
				      * all (docs/vomp.md) */
	TRANSCODE_FILL_US = 1000000, /* how long sound that is missing is made up */
};

/* Bits of transcode_conf.flags. */
enum {
	TRANSCODE_MUTE = 1 << 0,  /* silence instead of what is said, at its pace */
	TRANSCODE_BLOCK = 1 << 1, /* nothing leaves */
	TRANSCODE_FILL = 1 << 2,  /* the far side needs sound without pause */
	/* What arrives is numbered by slots of TRANSCODE_SLOT_US, of which a packet covers as
	 * many as it is long, and what is lost is sent again: the mesh. */
	TRANSCODE_SLOTS = 1 << 3,
	TRANSCODE_WHOLE = 1 << 4, /* the far side has such slots: only whole packets leave */
	TRANSCODE_FLAGS = (1 << 5) - 1,
};

/* Plain bytes without pointers and holes: crosses between the processes. */
struct transcode_conf {
	struct codec_format from[TRANSCODE_FORMATS]; /* what may arrive, told apart by payload
						      * type; unused: CODEC_NONE */
	struct codec_format
		to[TRANSCODE_FORMATS]; /* what the far side takes: speech in the first
					  one; CN and telephone-event, if any, behind */
	uint32_t window_us;            /* longest wait for a missing packet, 0..1,000,000 */
	int16_t gain_db10;             /* tenths of a decibel, -600..+300 */
	uint16_t flags;
};

/* A packet as it came.  RTP header and padding are gone; any bytes may be in it. */
struct transcode_in {
	int64_t index; /* extended sequence number */
	uint32_t ssrc; /* host byte order */
	uint32_t timestamp;
	uint8_t payload_type;
	bool marker;
	uint16_t len;
	const uint8_t *payload; /* copied if it has to wait */
};

/* A packet that leaves. */
struct transcode_out {
	uint64_t number; /* rises by one from packet to packet, by more only where payloads
			    pass and some of them were lost: the index under which it is
			    sealed is this plus a constant; its low 16 bits are its sequence
			    number */
	uint32_t timestamp;
	uint8_t payload_type;
	bool marker;
	uint16_t len;
	const uint8_t *payload; /* until the call returns */
};

typedef void transcode_send(void *arg, const struct transcode_out *out);

/* What is counted; written by the transcode core, read by whoever wants to. */
struct transcode_counts {
	uint64_t packets_in, packets_out;
	uint64_t frames;    /* decoded */
	uint64_t passed;    /* payloads that left as they came */
	uint64_t events;    /* packets of telephone-event */
	uint64_t recovered; /* lost packets that the next one had in it */
	uint64_t concealed; /* ... that were made up */
	uint64_t filled;    /* packets made up because nothing came */
	uint64_t late, duplicates, reordered, lost;
	uint64_t malformed; /* payloads that cannot be */
	uint64_t unknown;   /* of a payload type that is not in `from` */
	uint64_t jumps;     /* of timestamp or SSRC, after which it began anew */
	uint64_t clipped;   /* samples that gain has cut off */
	uint32_t window_us;
	int32_t level_db10; /* of what leaves, tenths of dBov (0 is the loudest sine), over the
			       last second or so; -1270: silence */
	uint64_t crowded;   /* packets that came out of order and found no place to wait in, so
			     * that nothing was waited for */
};

struct transcode; /* opaque */

/* NUMBER and TIMESTAMP: of the first packet that leaves.  NULL: ENOMEM; EINVAL, the formats
 * cannot be. */
struct transcode *transcode_open(
	const struct transcode_conf *conf, uint64_t number, uint32_t timestamp);
void transcode_close(struct transcode *t); /* NULL is fine */

/* Where it has got to: what a successor is opened with, so that a change of codec in the midst
 * of a call leaves no gap in numbers. */
void transcode_position(const struct transcode *t, uint64_t *number, uint32_t *timestamp);
/* T, which has sent nothing yet, goes on from there. */
void transcode_continue(struct transcode *t, uint64_t number, uint32_t timestamp);

/* A packet came at NOW_US; SEND is called for all that leaves because of it. */
void transcode_put(struct transcode *t, const struct transcode_in *in, uint64_t now_us,
	transcode_send *send, void *arg);

/* When transcode_run() has something to do; UINT64_MAX: never, as long as nothing comes. */
uint64_t transcode_due(const struct transcode *t);
void transcode_run(struct transcode *t, uint64_t now_us, transcode_send *send, void *arg);

/* Hold the work of encoding down to that, 0..10 (10: as the format says); nothing happens
 * where the codec has no such thing. */
void transcode_complexity(struct transcode *t, unsigned complexity);

/* PERCENT (0..100) of what leaves is lost, says the far side: for codecs with redundancy. */
void transcode_loss(struct transcode *t, unsigned percent);

/* The mode in which the party of T has last asked to be sent what it hears, by what it sends
 * (AMR): for the opposite direction; -1: it has asked for nothing. */
int transcode_request(const struct transcode *t);
/* MODE is what transcode_request() of the opposite direction says. */
void transcode_mode(struct transcode *t, unsigned mode);

const struct transcode_counts *transcode_counts(struct transcode *t);

/* Are the values within range? */
bool transcode_conf_is_valid(const struct transcode_conf *conf);
