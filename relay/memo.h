/* SPDX-License-Identifier: Apache-2.0
 *
 * What a memo (negotiate.h) holds, laid open in an arena for one negotiation.  For
 * negotiate*.c alone; everybody else carries memos about as bytes.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/sdes.h"
#include "control/sdp.h"
#include "relay/negotiate.h"

enum { MEMO_SECRET = SDES_SECRET };

/* Bits of memo_line.marks, about one party's m= line. */
enum {
	MEMO_CLOSED = 1 << 0,   /* port 0: by the party, or because the other refused it */
	MEMO_PASSED = 1 << 1,   /* not relayed: goes from party to party as it is */
	MEMO_HIDDEN = 1 << 2,   /* the party was not shown it (sdp-media-remove) */
	MEMO_ZERO = 1 << 3,     /* the party was last told of a zero address */
	MEMO_MUX_SAID = 1 << 4, /* the party has said a=rtcp-mux */
	MEMO_MUX_TOLD = 1 << 5, /* it was told so */
	MEMO_MUX = 1 << 6,      /* its RTCP is on the RTP port, or will be when it answers */
	MEMO_PTIME = 1 << 7,    /* its ptime was asked for, not said */
	MEMO_SECURE = 1 << 8,   /* it speaks SRTP */
	MEMO_OSRTP = 1 << 9,    /* it was, or has, offered SRTP under RTP/AVP */
	MEMO_ABSENT = 1 << 10,  /* the last offer did not have it, though one before had */
	/* The party has two m= lines for it, one of RTP and one of SRTP, of which it uses one
	 * (OSRTP as it was before RFC 8643); SRTP is the first of them. */
	MEMO_TWINS = 1 << 11,
	MEMO_TWINS_SECURE_FIRST = 1 << 12,
	MEMO_BUNDLED = 1 << 13,    /* the last answer told it of BUNDLE with it */
	MEMO_OSRTP_OPEN = 1 << 14, /* it has offered SRTP under RTP/AVP: the answer decides */
	/* Its last offer had other lines in place of the two: an answer makes it so. */
	MEMO_TWINS_PARTED = 1 << 15,
	MEMO_MARKS = (1 << 16) - 1,
};

/* Bits of memo_line.fax, about the line of both parties: what the last offer that said
 * anything of T.38 asked for; and is there a gateway by the last request, or still by the last
 * answer? */
enum memo_fax {
	MEMO_FAX_GATEWAY = 1 << 0, /* one party has sound, the other T.38 */
	MEMO_FAX_FEC = 1 << 1,     /* it is offered FEC */
	MEMO_FAX_VERSION = 2,      /* from this bit on, two: the highest of T.38 */
	MEMO_FAX_LIMITS = 4,       /* from this bit on: REQUEST_FAX_NO_... */
	MEMO_FAX_AGREED = 1 << 10, /* an answer has confirmed one, and none has ended it */
	MEMO_FAX_MAX = (1 << 11) - 1,
};

enum { MEMO_BUNDLE_MAX = UINT16_MAX };

/* Bits of memo_notes.terms: what the last offer asked for, for its answer. */
enum {
	MEMO_ALWAYS_TRANSCODE = 1 << 0,
	MEMO_TERMS = (1 << 1) - 1,
};

/* A format that a party may still be answered with. */
struct memo_format {
	struct sdp_format is;
	bool accepted; /* also if the other party does not take it */
};

struct memo_line {
	struct slice type;
	struct slice protocol; /* as the party said it, or was told while it has said nothing
				*/
	struct slice mid;
	/* How what is sent to the party is to be coded: NAME/RATE/CHANNELS/BITRATE/PTIME, with
	 * commas between; at NULL: nobody said. */
	struct slice coding;
	uint32_t marks;
	uint32_t ptime; /* ms, of what it gets; 0: nobody said */
	/* SDES: of the a=crypto line that is in use, tag and 1 + enum sdes_suite; and the
	 * generation of our keys that this suite has, and that of all others. */
	uint32_t tag, suite, key, other_key;
	uint32_t fax; /* bits of enum memo_fax; the same of both parties */
	/* Its place, from 1 on, among the tags of BUNDLE in the party's last offer, if it may
	 * have that; 0: it may not. */
	uint32_t bundle;
	/* 1: the last offer told the party its own formats again, whatever the other one's
	 * are (static-codecs). */
	uint32_t own;
	/* What the party's offer waits for the answer with (negotiate_running.c): 1 + its enum
	 * request_direction; its key, "SUITE BASE64" or "SUITE BASE64 MKI".  0, at NULL:
	 * nothing. */
	uint32_t direction;
	struct slice crypto;
	struct memo_format *format;
	size_t formats;
};

struct memo_side {
	struct sdp_origin origin; /* as it was told first; user.at NULL: never */
	struct slice name;        /* likewise */
	struct slice version;     /* of o=, as told last */
	uint64_t text;            /* hash of what was told last; 0: not taken */
	struct memo_line *line;
	size_t lines;
};

struct memo_notes {
	const uint8_t *secret;
	struct memo_side side[2];
	uint32_t terms;
};

/* What M holds, in A.  0; -ENOMEM. */
int memo_read(const struct memo *m, struct memo_notes *n, struct arena *a);
/* M holds N from now on.  0; -ENOMEM, -E2BIG: M is as it was. */
int memo_write(struct memo *m, const struct memo_notes *n);
