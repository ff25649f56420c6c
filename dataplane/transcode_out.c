/* SPDX-License-Identifier: Apache-2.0
 *
 * Samples into packets: as many as the far side wants in each, encoded, numbered and stamped.
 * A packet's time is that of its first sample, whatever was made up and whatever passed in
 * between; it never goes back.  See transcode_inside.h. */
#include <string.h>

#include "dataplane/transcode_inside.h"

void
out_payload(struct transcode *t, uint8_t payload_type, uint32_t timestamp, bool marker,
	const uint8_t *payload, size_t len)
{
	const struct transcode_out out = {
		.number = t->out.number++,
		.timestamp = timestamp,
		.payload_type = payload_type,
		.marker = marker,
		.len = (uint16_t)len,
		.payload = payload,
	};

	t->counts.packets_out++;
	t->send(t->arg, &out);
}

static void
packet(struct transcode *t, const int16_t *pcm)
{
	struct mouth *m = &t->out;
	uint8_t payload[CODEC_PAYLOAD_MAX];
	uint32_t timestamp = m->timestamp;
	int len = m->codec->encode(m->encoder, pcm, m->packet, payload, sizeof payload);

	m->timestamp += m->packet_ticks;
	if (len <= 0) { /* it pauses */
		m->marker = true;
		return;
	}
	out_payload(t, m->format.payload_type, timestamp, m->marker, payload, (size_t)len);
	m->marker = false;
}

void
out_samples(struct transcode *t, const int16_t *pcm, size_t samples)
{
	struct mouth *m = &t->out;
	unsigned channels = m->format.channels;

	while (samples > 0) {
		size_t n = m->packet - m->held;

		if (m->held == 0 && samples >= n) {
			packet(t, pcm);
		} else {
			n = n < samples ? n : samples;
			memcpy(m->fifo + m->held * channels, pcm, n * channels * sizeof *pcm);
			m->held += (uint32_t)n;
			if (m->held == m->packet) {
				m->held = 0;
				packet(t, m->fifo);
			}
		}
		pcm += n * channels;
		samples -= n;
	}
}

void
out_flush(struct transcode *t)
{
	struct mouth *m = &t->out;
	uint32_t rest = m->packet - m->held;

	pass_flush(t);
	if (m->held == 0)
		return;
	m->ahead += scale(rest, m->format.rate, m->clock);
	sound_noise(t, rest);
}

void
out_skip(struct transcode *t, uint32_t ticks)
{
	t->out.timestamp += ticks;
	t->out.marker = true;
}

void
out_pause(struct transcode *t, uint32_t ticks)
{
	struct mouth *m = &t->out;
	uint32_t known;

	out_flush(t);
	known = m->ahead < ticks ? m->ahead : ticks;
	m->ahead -= known;
	if (ticks > known)
		out_skip(t, ticks - known);
}
