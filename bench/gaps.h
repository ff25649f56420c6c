/* SPDX-License-Identifier: Apache-2.0
 *
 * How long each stream was silent, and which losses have a known cause.  Whoever kills one of
 * the relay's processes marks the moment; what each stream lacks soon after a mark is lost at
 * it, all else apart from it.  The generator's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { GAPS_SECTIONS = 256 };

struct stream;
struct traffic;

/* Of one stream. */
struct gaps_stream {
	uint64_t heard_at;   /* when its last packet returned */
	uint64_t longest;    /* time between two that returned, in this section; nanoseconds */
	uint64_t first, end; /* packets of the last gap at a mark: first <= number < end */
	uint64_t until;      /* a gap that begins before has the mark for its cause */
	bool due;            /* no gap yet since the mark */
};

/* The longest silences of all streams between two marks: nanoseconds. */
struct gaps_silence {
	uint64_t p50, p99, max;
};

/* Of all streams. */
struct gaps {
	struct gaps_silence section[GAPS_SECTIONS]; /* the first one ended at the first mark */
	unsigned sections;
};

/* Begin anew at NOW (nanoseconds): what was sent before is not waited for. */
void gaps_reset(struct traffic *t, uint64_t now);

/* Packet NUMBER of S has returned, for the first time. */
void gaps_heard(struct traffic *t, struct stream *s, uint64_t number, uint64_t now);

/* A section ends at NOW; the same, because of what happens now. */
void gaps_section(struct traffic *t, uint64_t now);
void gaps_mark(struct traffic *t, uint64_t now);
