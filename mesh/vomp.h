/* SPDX-License-Identifier: Apache-2.0
 *
 * VoMP version 2, telephone calls of the mesh, as bytes: MDP port 12 to port 12, always boxed.
 * Pure; any thread.  Source: docs/vomp.md. */
#pragma once

#include "mesh/packet.h"

enum {
	VOMP_VERSION = 2,
	VOMP_PORTS = 1,  /* bytes of the ports 12 and 12 in front of it */
	VOMP_HEADER = 6, /* bytes */
	VOMP_AUDIO = 5,  /* bytes in front of the sound */
	/* All that stands in front of sound in a box: as long as an RTP header, so that each
	 * takes the place of the other. */
	VOMP_RTP = VOMP_PORTS + VOMP_HEADER + VOMP_AUDIO,
	VOMP_AUDIO_MAX = 1024, /* bytes of sound that servald takes */
	VOMP_SLOT_MS = 20,
	VOMP_CODECS = 16, /* of a list, that we know; others are not kept */
};

enum vomp_state {
	VOMP_NOCALL = 1,
	VOMP_CALLPREP,
	VOMP_RINGINGOUT,
	VOMP_RINGINGIN,
	VOMP_INCALL,
	VOMP_CALLENDED,
};

struct vomp_header {
	uint16_t from_session, to_session; /* never 0; 0: not known yet */
	uint8_t state;                     /* enum vomp_state, of the sender */
	uint8_t view; /* what it believes of the receiver; for information only */
};

/* What stands behind the header of a frame in which neither state is above CALLPREP. */
struct vomp_offer {
	uint8_t codecs;
	uint8_t codec[VOMP_CODECS]; /* ids */
	/* Numbers, such as a name may be; empty: not said (by the callee never). */
	char from[MESH_DID], to[MESH_DID];
};

struct vomp_sound {
	uint8_t codec;
	uint16_t slot; /* of VOMP_SLOT_MS since the stream began, modulo 65536 */
	uint16_t seq;  /* for information only */
	uint16_t len;
	const uint8_t *data;
};

/* P: behind the ports.  0; -EBADMSG: cut short, another version, a session or a state that is
 * none. */
int vomp_header_read(const uint8_t *p, unsigned len, struct vomp_header *h);
/* P: behind the header.  -EBADMSG: cut short; no sound at all. */
int vomp_offer_read(const uint8_t *p, unsigned len, struct vomp_offer *o);
int vomp_sound_read(const uint8_t *p, unsigned len, struct vomp_sound *s);

void mesh_put_vomp_header(struct mesh_writer *w, const struct vomp_header *h); /* with ports */
/* CALLER: numbers too. */
void mesh_put_vomp_offer(struct mesh_writer *w, const struct vomp_offer *o, bool caller);
void mesh_put_vomp_sound(struct mesh_writer *w, const struct vomp_sound *s);

/* ---- Codecs ---- */

enum vomp_codec {
	VOMP_PCM16 = 0x01, /* little-endian, 8 kHz */
	VOMP_PCMU = 0x02,
	VOMP_PCMA = 0x03,
	VOMP_GSM = 0x04,
	VOMP_CODEC2_1200 = 0x05,
	VOMP_CODEC2_3200 = 0x06,
	VOMP_OPUS = 0x07, /* one packet, coded at 8 kHz */
	VOMP_DTMF = 0x20, /* one byte, digit << 4: 0-9, A-D, *, # */
	VOMP_TEXT = 0x21,
};

/* A codec of VoMP as RTP has it on a mesh leg: payload types there are always these. */
struct vomp_codec_row {
	const char *name; /* as in the codec's own row: "L16", "PCMU", ... */
	uint8_t id;       /* enum vomp_codec */
	uint8_t codec;    /* enum codec_id; CODEC_EVENT for DTMF; CODEC_NONE for text */
	uint8_t payload_type;
	uint16_t clock_hz_100; /* of RTP timestamps, in hundreds */
	uint16_t bytes;        /* of one frame; 0: they differ */
	uint8_t slots;         /* of it */
};

/* Row N in the order in which we would rather speak; NULL: there is none. */
const struct vomp_codec_row *vomp_codec_row(unsigned n);
const struct vomp_codec_row *vomp_codec_by_id(uint8_t id);          /* NULL */
const struct vomp_codec_row *vomp_codec_by_payload_type(uint8_t t); /* NULL */
/* Slots that the LEN bytes (1 or more) at P, sound of ROW, fill: 1..VOMP_SLOTS. */
enum { VOMP_SLOTS = 64 };
unsigned vomp_slots(const struct vomp_codec_row *row, const uint8_t *p, unsigned len);
