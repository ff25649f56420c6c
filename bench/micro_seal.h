/* SPDX-License-Identifier: Apache-2.0
 *
 * Between micro_seal.c, which measures, and those that are measured: the two engines in
 * micro_seal_engine.c, the bare libraries in micro_seal_bare.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	LAP = 1024, /* packets timed in one piece; they stay in the second-level cache */
	MICRO_SESSIONS_MAX = 1000000,
	TRAILER_ROOM = 160, /* bytes behind a packet: SRTP_MAX_TRAILER_LEN and more */
};

enum micro_op {
	MICRO_SEAL,
	MICRO_UNSEAL,
	MICRO_BOTH, /* unseal under one session's key, seal under another's: what a relay does
		     */
	MICRO_OPS
};

/* What happens to each packet of a lap.  What is unsealed came from one session, what is
 * sealed goes to another; each direction of each session has keys and numbers of its own. */
struct lap {
	uint8_t *pkt[LAP];  /* plain RTP; TRAILER_ROOM behind */
	uint16_t len;       /* bytes of each, the header of 12 included */
	uint32_t from[LAP]; /* session */
	uint64_t from_index[LAP];
	uint32_t to[LAP];
	uint64_t to_index[LAP];
};

struct contestant {
	const char *name;
	unsigned sessions_max;
	unsigned packets; /* measured at a time */
	/* Make SESSIONS keys for each direction.  False: cannot (after a message). */
	bool (*open)(unsigned suite, unsigned sessions);
	void (*close)(void);
	/* Not timed: make the lap ready for OP, sealing what is to be unsealed. */
	void (*prepare)(const struct lap *lap, enum micro_op op);
	/* Timed. */
	void (*run)(const struct lap *lap, enum micro_op op);
	/* Did every packet of the last lap come through? */
	bool (*passed)(void);
};

/* Bare libipsec-mb, where strowger is built with it: keys of a suite, for each direction of
 * SESSIONS.  NULL after a message on stderr: no memory. */
struct bare_mb;
struct bare_mb *bare_mb_open(unsigned suite, unsigned sessions);
void bare_mb_close(struct bare_mb *b); /* NULL is fine */
void bare_mb_run(const struct bare_mb *b, const struct lap *lap, enum micro_op op);

/* The burst engine, and libipsec-mb, where strowger is built with them. */
extern const struct contestant micro_engine_burst, micro_engine_libsrtp2;
extern const struct contestant micro_bare_ipsec_mb, micro_bare_libsrtp2;

/* xorshift64*: as good as needed here. */
uint64_t micro_random(void);

/* Write INDEX's sequence number into an RTP header. */
static inline void
micro_number(uint8_t *pkt, uint64_t index)
{
	pkt[2] = (uint8_t)(index >> 8);
	pkt[3] = (uint8_t)index;
}
