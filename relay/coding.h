/* SPDX-License-Identifier: Apache-2.0
 *
 * What a party has said of its codecs, and what is to be done to what it sends, of a stream
 * that anything is said of; the others have none of it, and their payloads pass as they are.
 * Owned by struct stream.  Control's one thread. */
#pragma once

#include <assert.h>
#include <stdint.h>

#include "control/request.h"
#include "relay/codec_rules.h"

enum {
	CODING_WINDOW_MS = 60, /* default of window_ms */
	CODING_WINDOW_MAX_MS = 1000,
	CODING_COMPLEXITY_MAX = 10,
	CODING_COMPLEXITY_ANY = 255,
};

struct coding {
	/* As signalled. */
	const struct request_format *format; /* a share of them: they never change */
	int16_t gain_db10;                   /* of what it says, tenths of a decibel */
	uint8_t formats;                     /* 0: nothing is known of its payloads */
	uint8_t mute;                        /* 1: silence instead of what the party says */
	uint8_t block;                       /* 1: nothing of what it sends is passed on */
	uint8_t fill;                        /* 1: it needs sound without pause */
	uint8_t echo;                        /* 1: what it sends goes back to itself */
	uint8_t fax[3]; /* the party speaks T.38, and the other one's sound becomes that;
			 * packed by fax.c, as a node has many streams and few faxes.  0: it is
			 * not so */

	/* As configured when the call was made or changed last. */
	uint16_t window_ms;      /* longest wait for a packet of the party's */
	uint8_t opus_complexity; /* of encoding towards the party, 0..10; or
				  * CODING_COMPLEXITY_ANY: as the codec likes */

	/* Ours. */
	uint8_t transcoder; /* 1 + number of the transcode core, from when one is first needed
			     * to the end of the stream; 0: none yet */

	struct codec_choice use; /* by the call's rules */
};
static_assert(sizeof(struct coding) <= 32, "a node has many");

struct coding *coding_open(void);                   /* NULL: no memory */
struct coding *coding_copy(const struct coding *c); /* likewise */
void coding_close(struct coding *c);                /* NULL is fine */

/* Its formats are what these N are, from now on.  A node has many streams and few lists: those
 * that are equal, byte by byte, lie in one place.  0; -ENOMEM, and it is as it was. */
int coding_set_formats(struct coding *c, const struct request_format *of, unsigned n);
