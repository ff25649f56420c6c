/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP of our own: a compound packet of a report, a source description and, if it leaves, a
 * BYE.  Pure function, no DPDK.  RFC 3550 section 6. */
#pragma once

#include "dataplane/rtcp.h"

enum {
	RTCP_CNAME_MAX = 32,
	RTCP_MADE_MAX = 28 + 24 + 8 + 2 + RTCP_CNAME_MAX + 4 + 8, /* bytes */
};

/* What it says.  Host byte order. */
struct rtcp_report {
	uint32_t ssrc;      /* ours */
	const char *cname;  /* at most RTCP_CNAME_MAX bytes */
	bool sent;          /* something was, since the last report: the next four count */
	uint64_t ntp;       /* now; 1/2^32 s since 1900 */
	uint32_t timestamp; /* the same moment, in our RTP clock */
	uint32_t packets, octets;
	bool heard; /* there is somebody to report about: */
	struct rtcp_block block;
	bool bye;
};

/* Into P, which has RTCP_MADE_MAX bytes; how many it took. */
unsigned rtcp_make(uint8_t *p, const struct rtcp_report *r);
