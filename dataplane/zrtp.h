/* SPDX-License-Identifier: Apache-2.0
 *
 * ZRTP on the wire, as far as a relay has to know it: two phones agree on keys in the media
 * path, and seal by them from then on what still looks like RTP.  Such packets pass as they
 * are, and what the phones have sealed cannot be unsealed, mapped or transcoded here.  Pure
 * functions over bytes, no DPDK.  RFC 6189 sections 4.7.2 and 5. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dataplane/rtp.h"

enum {
	ZRTP_FIRST = 0x10,
	ZRTP_COOKIE = 0x5a525450,
	ZRTP_PREAMBLE = 0x505a,
	ZRTP_HEADER = 12, /* bytes in front of the message */
	ZRTP_TYPE = 16,   /* where the message's type stands: 8 bytes of text */
	ZRTP_LEAST = 28,  /* bytes of the shortest: a message of three words, and the CRC */
};

/* Is it one?  Its CRC is for the phones. */
static inline bool
zrtp_is(const uint8_t *p, unsigned len)
{
	return len >= ZRTP_LEAST && p[0] == ZRTP_FIRST && rtp_get32(p + 4) == ZRTP_COOKIE &&
	       rtp_get16(p + ZRTP_HEADER) == ZRTP_PREAMBLE;
}

static inline bool
zrtp_says(const uint8_t *p, const char *type)
{
	return memcmp(p + ZRTP_TYPE, type, 8) == 0;
}

/* The last message of either phone before it seals. */
static inline bool
zrtp_secures(const uint8_t *p)
{
	return zrtp_says(p, "Confirm2") || zrtp_says(p, "Conf2ACK");
}

/* The last one of either before it goes back to plain RTP. */
static inline bool
zrtp_clears(const uint8_t *p)
{
	return zrtp_says(p, "GoClear ") || zrtp_says(p, "ClearACK");
}
