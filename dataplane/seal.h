/* SPDX-License-Identifier: Apache-2.0
 *
 * The SRTP engine: turns RTP and RTCP into SRTP and SRTCP (seal) and back (unseal), a burst at
 * a time.  Cryptography only: the caller says which 48-bit packet index a packet has
 * (roll-over counter << 16 | sequence number; rollover.h estimates it), keeps the replay
 * windows and sees to it that no index is sealed twice.  RFC 3711, RFC 6188, RFC 7714; no EAL
 * needed.
 *
 * Two implementations, chosen once at start: `burst` (libipsec-mb; x86-64) and `libsrtp2`
 * (portable; it locks and allocates per packet, so the calls it may carry are capped). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/suite.h"

struct sw_key; /* switch.h */
struct seal;   /* one master key in one direction, RTP and RTCP; opaque */

enum {
	SEAL_BURST = 32, /* most jobs in one call */
	/* Bytes that must be writable behind a packet that is to be sealed or unsealed: tag,
	 * MKI, SRTCP index, and the roll-over counter that HMAC covers. */
	SEAL_TAILROOM = SW_TAG_MAX + SW_MKI_MAX + 8,
};

enum seal_status {
	SEAL_OK,
	SEAL_EAUTH,   /* the tag is wrong; the packet is as it was */
	SEAL_ESHORT,  /* too short to hold header, tag, MKI and index; untouched */
	SEAL_EMKI,    /* the MKI is not this key's; untouched */
	SEAL_EINDEX,  /* index beyond 2^48 - 1 (RTP) or 2^31 - 1 (RTCP): the key is used up */
	SEAL_EENGINE, /* the engine refused (libsrtp2's own replay database, for one) */
};

struct seal_job {
	struct seal *key;
	uint8_t *pkt;   /* first byte of the RTP or RTCP header; SEAL_TAILROOM writable bytes
			   behind */
	uint64_t index; /* RTP: 48-bit packet index.  RTCP: SRTCP index, when sealing */
	uint16_t len;   /* bytes: in, and out */
	uint16_t clear; /* RTP: bytes of header with CSRCs and extension (never encrypted);
			   RTCP: 8 */
	bool rtcp;
	uint8_t status; /* out: enum seal_status */
};

/* What each thread that seals needs of its own (libipsec-mb's multi-buffer manager). */
struct seal_lane;

/* Choose the engine by NAME ("burst" or "libsrtp2").  Once, before anything else, main thread.
 * 0; -ENOENT (no such engine), -ENOTSUP (not on this CPU), -ENOMEM. */
int seal_init(const char *name);
void seal_fini(void);
const char *seal_engine(void); /* the name that was chosen */

/* Up to how many packets of a burst are authenticated by the CPU's SHA instructions, one after
 * another; 0: none. */
unsigned seal_few(void);

struct seal_lane *seal_lane_open(void); /* NULL: errno */
void seal_lane_close(struct seal_lane *lane);

/* Expand master key KEY (its suite not SW_SUITE_PLAIN).  UNSEAL: true for packets that arrive.
 * The memory is kept out of core dumps; KEY may be wiped at once.  Main thread; what it makes
 * may be used by one thread at a time.
 * NULL with errno: EINVAL (suite, MKI length), ENOMEM. */
struct seal *seal_open(const struct sw_key *key, bool unseal);
void seal_close(struct seal *s); /* wiped, then freed; NULL is fine */

/* Seal or unseal N <= SEAL_BURST packets in place, RTP and RTCP and suites mixed; one thread a
 * lane. Every job's status and len are set.  Unsealing reads the SRTCP index from the packet.
 */
void seal_burst(struct seal_lane *lane, struct seal_job *job, unsigned n);
void unseal_burst(struct seal_lane *lane, struct seal_job *job, unsigned n);

/* The 31-bit SRTCP index that a sealed RTCP packet states; -1 when it is too short for one. */
int64_t seal_rtcp_index(const struct seal *s, const uint8_t *pkt, uint16_t len);
