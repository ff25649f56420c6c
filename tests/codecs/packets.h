/* SPDX-License-Identifier: Apache-2.0
 *
 * Codecs whose packets are not all alike: speech through them, how near it comes out to what
 * went in, and packets with what programs that are not ours have heard in them
 * (tests/vectors/codecs/make_packets.py).  Counts the calls of malloc() of its program, but
 * under a sanitizer, which has its own. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "codecs/codec.h"

enum {
	PACKETS_SECONDS = 3,
	PACKETS_SAMPLES = PACKETS_SECONDS * CODEC_RATE_MAX,
	PACKETS_PAUSE_MS = 1000, /* of noise that is hardly heard, at the end */
};

/* Speech of PACKETS_SECONDS at RATE, CHANNELS of it. */
void packets_speech(int16_t *pcm, uint32_t rate, unsigned channels);

/* NAME.pkt as C hears it, in the format F; samples. */
size_t packets_hear(
	const struct codec *c, const struct codec_format *f, const char *name, int16_t *pcm);

/* How much more energy WANTED has than what differs in HEARD, dB, at the delay (0..MOST
 * samples, of either) where it is most. */
double packets_snr(const int16_t *wanted, const int16_t *heard, size_t samples, size_t most);

/* How alike loud and quiet follow each other in two sounds, 1: entirely; for codecs that keep
 * no waveform.  By RATE, as the delay of a codec may be 60 ms. */
double packets_envelope(
	const int16_t *wanted, const int16_t *heard, size_t samples, uint32_t rate);

/* Speech through an encoder and a decoder of F, into HEARD: all packets are in order, and
 * nothing allocates.  Bytes of all payloads. */
size_t packets_round(const struct codec *c, const struct codec_format *f, const int16_t *said,
	int16_t *heard);

/* Calls of malloc() and its like so far; 0 under a sanitizer. */
unsigned long packets_allocations(void);
