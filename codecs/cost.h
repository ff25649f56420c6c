/* SPDX-License-Identifier: Apache-2.0
 *
 * How much time codecs take on this machine: what decides whether a transcode core has room
 * for one more call.  `strowger-bench micro codecs --cost FILE` measures and writes a table,
 * which this reads; without one it goes by figures of an ordinary server.
 *
 * A table is text, a line a codec, "NAME RATE CHANNELS ENCODE_NS DECODE_NS" (as in "opus 8000
 * 1 41000 9000"): the codec's name as in rtpmap, samples/s, and nanoseconds for 20 ms of
 * sound.
 * "#" begins a comment.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "codecs/codec.h"

enum {
	COST_ROWS = 128,         /* most of a table */
	COST_FRAME_MS = 20,      /* sound that a table's figures are for */
	COST_NS_MAX = 100000000, /* greatest of them */
};

struct cost_row {
	uint8_t codec; /* enum codec_id */
	uint8_t channels;
	uint32_t rate;
	uint32_t encode_ns, decode_ns; /* of COST_FRAME_MS */
};

struct cost_table {
	unsigned rows;
	struct cost_row row[COST_ROWS];
};

/* *T from TEXT, NUL-ended.  Codecs that are not built in are passed over.  0; -EINVAL (*LINE,
 * from 1, cannot be read), -E2BIG: T is undefined. */
int cost_parse(struct cost_table *t, const char *text, unsigned *line);

/* One line of such a table, with its newline; the length, as snprintf() says it. */
int cost_print(const struct cost_row *row, char *text, size_t room);

/* Nanoseconds that it takes to turn one second of sound in FROM into TO: decoding, encoding
 * and, if need be, another sample rate; Opus goes at that of the other side.  T may be NULL:
 * what is not in it is taken from what is usual. */
uint64_t cost_of(const struct cost_table *t, const struct codec_format *from,
	const struct codec_format *to);
