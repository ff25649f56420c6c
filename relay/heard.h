/* SPDX-License-Identifier: Apache-2.0
 *
 * What a call's streams sounded like when the sampler looked last, and over its looks so far:
 * plain data, kept with the call while this process lives, not in its record.  Control's one
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Opinions (MOS), one a look. */
struct heard_run {
	float last, sum;
	uint16_t least, most; /* in thousandths */
	uint32_t looks;       /* 0: the rest says nothing */
};

/* What becomes of what a party says. */
enum heard_flow {
	HEARD_IDLE,        /* nothing came lately, and nobody misses it */
	HEARD_WELL,        /* it comes, and leaves by the other leg */
	HEARD_SILENT,      /* nothing comes, though the other party speaks and both should */
	HEARD_NOT_RELAYED, /* it comes, and does not leave */
	HEARD_FLOWS
};
extern const char *const heard_flow_words[]; /* NULL-ended; look.c */

struct stream_heard {
	uint64_t packets, sent;                              /* then */
	uint32_t lost, reordered, repeats, dropped, reports; /* then; at most UINT32_MAX */
	uint32_t talk_ms;          /* with RTP coming from the party */
	uint32_t unheard_ms;       /* that the party has been missed for, without a break */
	uint8_t flow;              /* enum heard_flow */
	bool one_way;              /* told: call.one_way, and not yet call.two_way */
	struct heard_run here;     /* what the party says, as it arrives here */
	struct heard_run by_party; /* what the party hears, by its own reports */
};

/* Of what was decoded of a stream, as of that look. */
struct decoded_heard {
	uint64_t decoded, concealed, recovered;
};

struct call_heard {
	float mos;        /* worst of its streams, of the last look; 0: nothing to say yet */
	float loss;       /* percent, likewise */
	float jitter_ms;  /* likewise */
	float rtt_ms;     /* likewise; of both legs together */
	uint32_t dropped; /* since the look before */
	struct heard_run run; /* of `mos` */
	uint8_t bucket;       /* 1 + index in the histogram of running calls; 0: in none */
};
