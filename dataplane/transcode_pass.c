/* SPDX-License-Identifier: Apache-2.0
 *
 * Payloads that the far side takes as they are; only in other portions, perhaps, where a
 * codec's payload is so many bytes for so many samples and nothing else.  A lost packet's
 * number is left out, so that the far side knows of it and conceals with what it has
 * (redundancy in the next packet, too).  See transcode_inside.h. */
#include <string.h>

#include "dataplane/transcode_inside.h"

/* How many bytes so many samples take, and what silence is made of: where only whole packets
 * may leave, rests are filled up with it.  Only G.711 and L16 have rests there. */
static const struct portion {
	uint8_t codec;
	uint8_t bytes;
	uint16_t samples;
	uint8_t silence;
} portions[] = {
	{CODEC_PCMU, 1, 1, 0xff},
	{CODEC_PCMA, 1, 1, 0xd5},
	{CODEC_G722, 1, 2, 0},
	{CODEC_G726_16, 1, 4, 0},
	{CODEC_G726_24, 3, 8, 0},
	{CODEC_G726_32, 1, 2, 0},
	{CODEC_G726_40, 5, 8, 0},
	{CODEC_AAL2_G726_16, 1, 4, 0},
	{CODEC_AAL2_G726_24, 3, 8, 0},
	{CODEC_AAL2_G726_32, 1, 2, 0},
	{CODEC_AAL2_G726_40, 5, 8, 0},
	{CODEC_GSM, 33, 160, 0},
	{CODEC_L16, 2, 1, 0},
	{CODEC_LPC, 7, 160, 0},
	{CODEC_CODEC2_3200, 8, 160, 0},
	{CODEC_CODEC2_1200, 6, 320, 0},
	{CODEC_G729, 10, 80, 0},
};

static const struct portion *
find(unsigned codec)
{
	for (unsigned i = 0; i < sizeof portions / sizeof portions[0]; i++)
		if (portions[i].codec == codec)
			return &portions[i];
	return NULL;
}

bool
pass_can_repack(const struct codec_format *f)
{
	return find(f->codec) != NULL;
}

static void
leave(struct transcode *t, const uint8_t *payload, size_t len, unsigned samples)
{
	struct mouth *m = &t->out;
	uint32_t timestamp = m->timestamp;

	m->timestamp += scale(samples, m->format.rate, m->clock);
	t->counts.passed++;
	out_payload(t, m->format.payload_type, timestamp, m->marker, payload, len);
	m->marker = false;
}

/* Silence behind what is there of a packet. */
static void
fill_up(struct mouth *m)
{
	const struct portion *unit = find(m->format.codec);
	uint32_t rest = m->packet - m->passed, len = m->passed_len / m->passed * rest;

	memset((uint8_t *)m->fifo + m->passed_len, unit != NULL ? unit->silence : 0, len);
	m->passed_len += len;
	m->passed = m->packet;
	m->ahead += scale(rest, m->format.rate, m->clock);
}

void
pass_flush(struct transcode *t)
{
	struct mouth *m = &t->out;
	uint32_t samples;

	if (m->passed == 0)
		return;
	if ((t->flags & TRANSCODE_WHOLE) != 0)
		fill_up(m);
	samples = m->passed;
	m->passed = 0;
	leave(t, (const uint8_t *)m->fifo, m->passed_len, samples);
	m->passed_len = 0;
}

/* BYTES for SAMPLES, into packets of the far side's size. */
static void
repack(struct transcode *t, const struct portion *unit, const uint8_t *payload,
	unsigned samples)
{
	struct mouth *m = &t->out;
	unsigned channels = m->format.channels;

	while (samples > 0) {
		unsigned n = m->packet - m->passed < samples ? m->packet - m->passed : samples;
		size_t len = (size_t)n / unit->samples * unit->bytes * channels;

		if (n == m->packet) {
			leave(t, payload, len, n);
		} else {
			memcpy((uint8_t *)m->fifo + m->passed_len, payload, len);
			m->passed += n;
			m->passed_len += (uint32_t)len;
			if (m->passed == m->packet)
				pass_flush(t);
		}
		payload += len;
		samples -= n;
	}
}

/* Is a payload that cannot be taken apart as long as the far side can take it? */
static bool
may_leave(const struct transcode *t, unsigned samples)
{
	uint32_t slot = t->out.format.rate / (1000000 / TRANSCODE_SLOT_US);

	return (t->flags & TRANSCODE_WHOLE) == 0 || samples % slot == 0;
}

/* Bytes at the end of a payload of LEN of G.729 that describe the noise of a pause, as long as
 * a portion, if the far side wants no such thing: annex B. */
static uint16_t
unwanted(const struct mouth *m, const struct portion *unit, uint16_t len)
{
	enum { NOISE = 2 };
	bool is_noise =
		unit != NULL && unit->codec == CODEC_G729 && len % unit->bytes == NOISE;

	return is_noise && (m->format.flags & CODEC_DTX) == 0 ? NOISE : 0;
}

static void
pass(struct transcode *t, const struct portion *unit, const uint8_t *payload, uint16_t len,
	unsigned samples)
{
	struct mouth *m = &t->out;

	if (event_covers(t))
		out_skip(t, scale(samples, m->format.rate, m->clock));
	else if (unit != NULL &&
		 samples * unit->bytes * m->format.channels == len * unit->samples)
		repack(t, unit, payload, samples);
	else if (!may_leave(t, samples)) {
		t->counts.malformed++;
		out_pause(t, scale(samples, m->format.rate, m->clock));
	} else {
		pass_flush(t);
		leave(t, payload, len, samples);
	}
}

void
pass_packet(struct transcode *t, const struct ear *e, const struct held *p, unsigned samples,
	uint32_t gap)
{
	struct mouth *m = &t->out;
	const struct portion *unit = find(e->format.codec);
	uint32_t lost = (gap + m->packet_ticks / 2) / m->packet_ticks;
	uint16_t noise = unwanted(m, unit, p->in.len);

	if (gap > 0 || t->missing > 0) {
		out_flush(t);
		m->number += lost < t->missing ? lost : t->missing;
		out_pause(t, gap);
		m->marker = t->missing == 0 || p->in.marker;
	}
	if (noise != 0)
		samples -= unit->samples;
	if (samples > 0)
		pass(t, unit, p->in.payload, (uint16_t)(p->in.len - noise), samples);
	if (noise != 0)
		out_pause(t, scale(unit->samples, m->format.rate, m->clock));
}
