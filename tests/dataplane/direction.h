/* SPDX-License-Identifier: Apache-2.0
 *
 * One direction of a call in a test, in virtual time: a party that says something, its packets
 * on their way, and a far side that listens to what transcode.h makes of them. */
#pragma once

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/transcode.h"

enum { HEARD_MAX = 4000000, SEEN_MAX = 400000 };

struct seen {
	uint64_t number, at_us;
	uint32_t timestamp;
	uint8_t payload_type;
	bool marker;
	uint16_t len;
	uint8_t bytes[4]; /* the first ones */
};

struct direction {
	struct transcode *t;
	uint64_t now_us;

	/* Who speaks. */
	const struct codec *codec;
	struct codec_format from;
	void *encoder;
	int64_t index;
	uint32_t timestamp, ssrc;
	uint64_t said; /* samples */

	/* Who listens: all that left, in its order, and the sound where its time says. */
	const struct codec *far;
	struct codec_format to;
	void *decoder;
	uint32_t first_timestamp, last_timestamp; /* of sound */
	bool out_of_step; /* numbers, timestamps, payloads or the timer did what they must not
			   */
	unsigned packets;
	struct seen *seen;
	int16_t *heard;
	size_t end; /* behind the last sample */
};

struct codec_format format_of(const char *name, uint32_t clock_hz, unsigned channels,
	unsigned payload_type, unsigned ptime_ms, const char *fmtp);

/* CONF.from[0] speaks, CONF.to[0] is listened to. */
struct direction *direction_open(const struct transcode_conf *conf);
void direction_close(struct direction *d);

/* What is said at sample N of RATE: voiced sound of changing pitch and loudness, with pauses
 * if it says so. */
int16_t voice(uint64_t n, uint32_t rate);
int16_t tone(uint64_t n, uint32_t rate); /* 440 Hz, -9 dBov */

/* The next packet of what SAYS says; .payload is in BYTES.  Its time passes for the speaker.
 * .len is 0 if the codec pauses. */
struct transcode_in direction_say(struct direction *d, int16_t (*says)(uint64_t, uint32_t),
	uint8_t bytes[CODEC_PAYLOAD_MAX]);
void direction_put(struct direction *d, const struct transcode_in *in);
/* Time passes, the timer with it. */
void direction_wait(struct direction *d, uint64_t us);
/* Say, put, wait, COUNT times. */
void direction_talk(struct direction *d, int16_t (*says)(uint64_t, uint32_t), unsigned count);

/* Root mean square of heard samples FROM to TO. */
double rms(const int16_t *pcm, size_t from, size_t to);
/* How like they are, 0..1: the correlation of the logarithms of loudness, 10 ms by 10 ms, at
 * the best shift of up to 60 ms. */
double likeness(const int16_t *a, const int16_t *b, size_t samples, uint32_t rate);
