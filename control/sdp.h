/* SPDX-License-Identifier: Apache-2.0
 *
 * SDP (RFC 8866): read into a struct of slices of the original text, written from it in one
 * fixed order, that of rtpengine 26.3.  Only what strowger consumes is typed; every other line
 * is kept byte for byte, in its order, at its level.  Reading what was written and writing it
 * again gives the same bytes.
 *
 * Who changes an SDP changes the struct: its slices may point anywhere that lives as long.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/arena.h"
#include "control/request.h"
#include "control/slice.h"

enum {
	SDP_MEDIA = 32,   /* m= lines of one SDP, at most */
	SDP_FORMATS = 64, /* of one m= line */
	SDP_CRYPTO = 32,  /* a=crypto lines of one */
	SDP_LINES = 1024, /* of one SDP */
	SDP_SIZE = 65536, /* bytes of it */
};

/* a=NAME or a=NAME:VALUE; value.at NULL: the former. */
struct sdp_attr {
	struct slice name, value;
	struct sdp_attr *next;
};

struct sdp_attrs {
	struct sdp_attr *first, *last;
};

/* Lines of one letter that are copied, without "x=". */
struct sdp_text {
	struct slice text;
	struct sdp_text *next;
};

struct sdp_origin {
	struct slice user, session, version, family,
		address; /* o=USER SESSION VERSION IN FAMILY ADDRESS */
};

/* c=; there is one where family.at is not NULL. */
struct sdp_connection {
	struct slice family, address; /* "IP4", "10.0.0.1"; a host name may come, too */
	struct request_addr addr;     /* of the address; family 0: it is none; port 0 */
	bool zero;                    /* 0.0.0.0 or :: */
};

/* A format of an m= line with what the attributes say of it. */
struct sdp_format {
	struct slice text; /* as in m=: "96", "t38", "*" */
	int payload_type;  /* 0..127; -1: none */
	struct slice map;  /* for writing: what rtpmap says, "opus/48000/2", as it came; at
			    * NULL: the next three are written */
	struct slice name; /* of rtpmap; of a static payload type without one as RFC 3551 has
			    * it; at NULL: not known, and no rtpmap is written */
	uint32_t rate;     /* 0: not known */
	uint32_t channels; /* 0: not said; 0 and 1 are not written */
	struct slice fmtp; /* at NULL: none */
	struct sdp_text *feedback; /* values of rtcp-fb, without the payload type */
};

/* a=crypto:TAG SUITE inline:KEY[|LIFETIME][|MKI:LENGTH][;...] [SESSION PARAMETERS], RFC 4568.
 */
struct sdp_crypto {
	uint32_t tag;
	struct slice suite;
	struct slice key;           /* base64, without "inline:", first of its keys */
	struct slice lifetime, mki; /* "2^31", "1:4"; at NULL: none */
	struct slice session;       /* what follows the keys; at NULL: nothing */
};

enum sdp_setup {
	SDP_SETUP_NONE,
	SDP_SETUP_ACTPASS,
	SDP_SETUP_ACTIVE,
	SDP_SETUP_PASSIVE,
	SDP_SETUP_HOLDCONN
};

extern const char *const sdp_setup_words[]; /* in the order of the enum; none is "" */

/* All zeros is not quite an empty one: its direction is -1. */
struct sdp_media {
	struct slice type, protocol; /* "audio", "RTP/AVP" */
	uint32_t port, ports;        /* of m=; ports: behind the slash, 1 when not said */
	struct sdp_format *format;   /* formats of them, in the order of m= */
	size_t formats;
	struct slice title;               /* i= */
	struct sdp_connection connection; /* of the media itself */
	struct sdp_text *bandwidth;       /* b= */

	struct slice mid, label;
	bool bundle_only;
	int direction;              /* enum request_direction; -1: not said */
	uint32_t rtcp_port;         /* of a=rtcp; 0: none */
	struct sdp_connection rtcp; /* of a=rtcp, if it has an address */
	bool rtcp_mux, rtcp_mux_only, extmap_allow_mixed;
	struct slice rtcp_text; /* for writing: all that stands behind "a=rtcp:"; at NULL: no
				 * such line.  Reading sets it, too */
	struct sdp_crypto *crypto;
	size_t cryptos;
	enum sdp_setup setup;
	struct slice fingerprint, tls_id;
	struct slice ptime, maxptime; /* as written; at NULL: none */
	struct slice ice_ufrag, ice_pwd, ice_options;
	struct sdp_text *candidates; /* without "candidate:" */
	bool end_of_candidates;
	struct sdp_text *extmaps;  /* "1 urn:..." */
	struct sdp_text *feedback; /* rtcp-fb of "*" */
	struct sdp_attrs others;   /* all that is none of the above; of a protocol without RTP
				    * also rtpmap, fmtp and rtcp-fb */
};

struct sdp {
	struct sdp_origin origin;
	struct slice name;                                         /* s= */
	struct slice title;                                        /* i= */
	struct sdp_text *uri, *email, *phone, *bandwidth, *timing; /* u= e= p= b= t=; timing
								    * without r= and z= */
	struct sdp_connection connection; /* of the session; written with each media that has
					   * none of its own */
	bool ice_lite;
	struct sdp_text *groups; /* a=group:..., all; "BUNDLE 0 1" */
	struct slice loop;       /* a=rtpengine: of loop-protect; at NULL: none */
	struct sdp_attrs others;
	struct sdp_media *media; /* there is room for SDP_MEDIA of them */
	size_t medias;
};

enum sdp_error {
	SDP_OK,
	SDP_SYNTAX,     /* "Failed to parse SDP" */
	SDP_INCOMPLETE, /* a media without a c=: "Incomplete SDP specification" */
	SDP_TOO_MUCH,   /* one of the bounds above */
	SDP_NO_MEMORY,
};

/* LEN bytes at TEXT, which must live as long as S is used, into S; its parts in A.  Lines end
 * with CRLF or LF; after an empty one the rest is ignored.
 *
 * What the session says for all its media (direction, setup, fingerprint, tls-id, ice-*,
 * extmap-allow-mixed, ptime, maxptime) is given to each of them that does not say otherwise.
 * Of a line that may stand once, the last counts.  Dropped: k=, r=, z=; attributes of the
 * media at the session and the other way round; what is said of payload types that m= does
 * not have; a=crypto, a=rtcp and a=rtpmap that cannot be understood. */
enum sdp_error sdp_read(struct sdp *s, struct arena *a, const char *text, size_t len);

/* S as text, lines ending with CRLF, in A.  at NULL: no memory.  Of a media with port 0
 * nothing is written behind a=bundle-only.  Ends of lines within a text become spaces. */
struct slice sdp_write(const struct sdp *s, struct arena *a);

/* A copy of S whose lists may be changed without changing those of S; texts are shared.  0;
 * -ENOMEM. */
int sdp_copy(struct sdp *to, const struct sdp *from, struct arena *a);

/* Where M is to be sent to: its own c=, or the session's. */
const struct sdp_connection *sdp_connection_of(const struct sdp *s, const struct sdp_media *m);

/* Another attribute at the end of L.  0; -ENOMEM. */
int sdp_attr_add(struct sdp_attrs *l, struct arena *a, struct slice name, struct slice value);
