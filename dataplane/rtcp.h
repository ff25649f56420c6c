/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP compound packets: what a party reports, and the renumbering of reports about a source
 * whose sequence numbers were changed on its way.  Pure functions over bytes, no DPDK.  RFC
 * 3550 section 6, RFC 3611 (extended reports), RFC 4585 (feedback), RFC 5506 (reduced size:
 * whichever packet may come first). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum rtcp_type {
	RTCP_SR = 200,
	RTCP_RR,
	RTCP_SDES,
	RTCP_BYE,
	RTCP_APP,
	RTCP_RTPFB,
	RTCP_PSFB,
	RTCP_XR
};

enum { RTCP_BLOCKS = 31 }; /* report blocks that one SR or RR has room for */

/* A report block: how a source is received.  Host byte order. */
struct rtcp_block {
	uint32_t about;   /* SSRC of that source */
	int32_t lost;     /* since reception began; duplicates count against it */
	uint32_t highest; /* extended highest sequence number */
	uint32_t jitter;  /* timestamp units */
	uint32_t lsr;     /* middle 32 bits of the last SR's NTP time; 0: none has come */
	uint32_t dlsr;    /* since that came, in 1/65536 s */
	uint8_t fraction; /* lost since the last report, of 256 */
};

/* What a compound packet says, as far as we listen. */
struct rtcp_said {
	bool sr;         /* it has a sender report ... */
	uint32_t sr_ntp; /* ... of this time: middle 32 bits of its NTP time */
	bool bye;        /* a source leaves */
	unsigned blocks; /* of all its SR and RR; the first RTCP_BLOCKS */
	struct rtcp_block block[RTCP_BLOCKS];
};

/* Read a compound packet of LEN bytes, up to where it is malformed: a packet does not hold
 * what its counts and lengths say, or is not of version 2.  Types that we do not know are
 * well.  Returns the bytes in front of that, or all: whole packets.  0: not even the first is
 * one. */
unsigned rtcp_read(const uint8_t *p, unsigned len, struct rtcp_said *said);

/* Take the packets of feedback (RFC 4585: types 205 and 206) out of a compound packet of LEN
 * bytes, up to where it is malformed; what follows stays.  Bytes that are left, in front; 0:
 * there was nothing else that is well-formed. */
unsigned rtcp_strip_feedback(uint8_t *p, unsigned len);

/* How far the sequence numbers of source SSRC that the reporter has seen lie above those that
 * the source gave, modulo 65536. */
typedef uint16_t rtcp_offset(const void *arg, uint32_t ssrc);

/* Where P (well-formed, LEN bytes) names sequence numbers of another's packets, take the
 * offset away from them: report blocks, extended reports about ranges of packets, negative
 * acknowledgements.  Rarer feedback stays as it is, such as RFC 6776's intervals, RFC 6679's
 * ECN and RFC 8888's congestion control.  In an extended highest sequence number the cycles
 * are the receiver's own count, so only a step over a multiple of 65536 changes them. */
void rtcp_renumber(uint8_t *p, unsigned len, rtcp_offset *offset, const void *arg);
