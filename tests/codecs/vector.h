/* SPDX-License-Identifier: Apache-2.0
 *
 * Recordings and payloads that others have made (tests/vectors/codecs), and what must be true
 * of any codec whose packets are all alike. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "codecs/codec.h"

enum { VECTOR_SAMPLES = 11520 }; /* 0.72 s at 16 kHz: the longest */

/* Reads the file NAME, which has ROOM bytes at most; how many it has. */
size_t vector_read(const char *name, void *out, size_t room);

/* All of PCM in packets of PACKET samples through a new encoder; bytes. */
size_t vector_encode(const struct codec *c, const int16_t *pcm, size_t samples, size_t packet,
	uint8_t *out);
/* All of PAYLOAD in packets of PACKET bytes through a new decoder; samples. */
size_t vector_decode(const struct codec *c, const uint8_t *payload, size_t len, size_t packet,
	int16_t *pcm);

/* By how much HEARD differs from SAID: the energy of what was said over that of the
 * difference, dB. */
double vector_snr(const int16_t *said, const int16_t *heard, size_t samples);

/* Payloads are groups of SAMPLES samples in BYTES bytes, and are refused when they are not, or
 * when there is no room, of which nothing more is touched. */
void vector_groups(const struct codec *c, unsigned samples, unsigned bytes);

/* After a reset both are as they were when opened. */
void vector_reset(const struct codec *c, unsigned samples);

/* Sound as loud as it can be, a sine of HZ, comes back DELAY samples later within OFF of what
 * it was: nothing has gone over the end of the range and come back at the other. */
void vector_loud(const struct codec *c, unsigned hz, unsigned delay, int off);

/* Any bytes may come: ROUNDS packets of BYTES random ones, and then speech is heard as by a
 * new decoder after a while. */
void vector_noise(const struct codec *c, unsigned bytes, unsigned rounds);
