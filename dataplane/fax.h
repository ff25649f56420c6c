/* SPDX-License-Identifier: Apache-2.0
 *
 * A T.38 gateway: a fax that is sound of G.711 on one side and IFP packets in UDPTL on the
 * other, both ways at once.  SpanDSP has the modems and what of T.30 a gateway has to know;
 * here is what stands around them: RTP in order, and what was lost of it; datagrams, and what
 * was lost of those.
 *
 * Sound that arrives is worked on as it arrives, by its sender's clock; sound that leaves is
 * made when it is asked for, by whoever has a clock.  Pure but for the memory that open()
 * takes and the places of room.h: no clock, no DPDK, no threads of its own.  Opened by main,
 * then used by one transcode core.  ITU-T T.38; T.30. */
#pragma once

#include "dataplane/switch.h"
#include "dataplane/transcode.h"

struct fax; /* opaque */

/* A datagram that leaves, LEN bytes at P until the call returns. */
typedef void fax_send(void *arg, const uint8_t *p, size_t len);

/* CONF: of the side where sound comes in, as sw_check_bridge() accepts it.  NULL: ENOMEM. */
struct fax *fax_open(const struct sw_bridge *conf);
void fax_close(struct fax *f); /* NULL is fine */

/* F, which has sent nothing yet, numbers its datagrams from NUMBER on. */
void fax_continue(struct fax *f, uint16_t number);

/* RTP has come at NOW_US; SEND is called for all that leaves because of it. */
void fax_hear(struct fax *f, const struct transcode_in *in, uint64_t now_us, fax_send *send,
	void *arg);

/* When fax_run() has something to do; UINT64_MAX: never, as long as no RTP comes. */
uint64_t fax_due(const struct fax *f);
void fax_run(struct fax *f, uint64_t now_us, fax_send *send,
	void *arg); /* SEND NULL: nothing leaves */

/* A datagram of LEN bytes has come; counted in COUNTS (udptl_take()).  Nothing leaves because
 * of it at once. */
void fax_take(struct fax *f, const uint8_t *p, size_t len, struct transcode_counts *counts);

/* The next SAMPLES (at 8 kHz) for the side of the sound, silence if there is nothing else. */
void fax_sound(struct fax *f, int16_t *pcm, size_t samples);

/* Of the side where sound comes in: RTP, and datagrams that have left. */
const struct transcode_counts *fax_counts(struct fax *f);

/* What of it is over. */
struct fax_progress {
	uint32_t pages; /* that were confirmed */
	uint32_t bps;   /* of the image modem, the last one used; 0: none yet */
	bool ecm;       /* T.30's error correction */
};

void fax_progress(struct fax *f, struct fax_progress *out);

/* ---- The other half: sound of a gateway into packets of RTP. ---- */

/* Nothing of the gateway: this has the format of what leaves, and when it leaves. */
struct fax_voice;

/* TO: what leaves, as sw_check_bridge() accepts it.  NULL: ENOMEM. */
struct fax_voice *fax_voice_open(const struct codec_format *to);
void fax_voice_close(struct fax_voice *v); /* NULL is fine */

/* From NOW_US on a packet is due every so often; false: it has begun before. */
bool fax_voice_begin(struct fax_voice *v, uint64_t now_us);
void fax_voice_end(struct fax_voice *v);           /* until it begins again */
uint64_t fax_voice_due(const struct fax_voice *v); /* UINT64_MAX: it has not begun */

/* Make the packet that is due at NOW_US of F's sound.  How many bytes of payload, at
 * *PAYLOAD until the next call.  *SKIPPED: ticks of its timestamp that were never made, for
 * nobody asked in time (a core that was stalled). */
unsigned fax_voice_speak(struct fax_voice *v, struct fax *f, uint64_t now_us,
	const uint8_t **payload, uint32_t *skipped);

const struct codec_format *fax_voice_format(const struct fax_voice *v);

/* Of the side where datagrams come in; whoever calls fax_take() has it counted here. */
struct transcode_counts *fax_voice_counts(struct fax_voice *v);
