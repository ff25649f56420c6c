/* SPDX-License-Identifier: Apache-2.0
 *
 * Sound that a gateway makes, in packets of G.711, at our clock's pace: see fax.h.  A core
 * that was held up makes what is missing in a heap, as far as a jitter buffer will take it;
 * beyond that time is left out. */
#include "dataplane/fax.h"

#include <errno.h>
#include <stdlib.h>

enum { RATE = 8000, PACKET_MAX = RATE * CODEC_PTIME_MAX / 1000, BEHIND_MAX_US = 100000 };

struct fax_voice {
	struct codec_format format;
	uint32_t samples; /* of a packet */
	uint64_t due_us;  /* UINT64_MAX: it has not begun */
	uint8_t payload[PACKET_MAX];
	struct transcode_counts counts;
};

struct fax_voice *
fax_voice_open(const struct codec_format *to)
{
	struct fax_voice *v = calloc(1, sizeof *v);

	if (v == NULL)
		return NULL;
	v->format = *to;
	v->format.ptime_ms = codec_ptime(to, to->ptime_ms);
	v->samples = codec_packet(&v->format);
	v->due_us = UINT64_MAX;
	return v;
}

void
fax_voice_close(struct fax_voice *v)
{
	free(v);
}

bool
fax_voice_begin(struct fax_voice *v, uint64_t now_us)
{
	if (v->due_us != UINT64_MAX)
		return false;
	v->due_us = now_us;
	return true;
}

void
fax_voice_end(struct fax_voice *v)
{
	v->due_us = UINT64_MAX;
}

uint64_t
fax_voice_due(const struct fax_voice *v)
{
	return v->due_us;
}

unsigned
fax_voice_speak(struct fax_voice *v, struct fax *f, uint64_t now_us, const uint8_t **payload,
	uint32_t *skipped)
{
	uint64_t packet_us = v->format.ptime_ms * UINT64_C(1000), packets = 0;
	int16_t pcm[PACKET_MAX];
	int n;

	if (now_us > v->due_us + BEHIND_MAX_US)
		packets = (now_us - v->due_us) / packet_us;
	*skipped = (uint32_t)packets * v->samples;
	v->due_us += (packets + 1) * packet_us;
	fax_sound(f, pcm, v->samples);
	n = codec_by_id(v->format.codec)
		    ->encode(NULL, pcm, v->samples, v->payload, sizeof v->payload);
	v->counts.packets_out++;
	*payload = v->payload;
	return n > 0 ? (unsigned)n : 0;
}

const struct codec_format *
fax_voice_format(const struct fax_voice *v)
{
	return &v->format;
}

struct transcode_counts *
fax_voice_counts(struct fax_voice *v)
{
	return &v->counts;
}
