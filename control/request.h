/* SPDX-License-Identifier: Apache-2.0
 *
 * What a front end asks of the call model: plain structs of fixed size, filled from JSON
 * (request_json.h) or from NG with SDP.  Everything but names may be left out, and says so in
 * the bits of `has`: in a new stream what is left out takes its default, in an existing one it
 * stays.
 *
 * Syntax is checked where the struct is filled, what values mean in themselves in
 * request_check(), and what they mean for a call in relay/.  Control's one thread. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/codec.h"
#include "control/fault.h"
#include "control/timeout.h"

struct note;

enum {
	REQUEST_LEGS = 2,
	REQUEST_STREAMS = 8, /* of one leg */
	REQUEST_ID = 129,    /* bytes of a call's id with its NUL */
	REQUEST_NAME = 65,   /* bytes of a leg's name with its NUL */
	REQUEST_INTERFACE = 32,
	REQUEST_SUITE = 32,
	REQUEST_CODEC = 32,      /* bytes of its name with its NUL */
	REQUEST_FORMATS = 8,     /* of one stream */
	REQUEST_PREFER = 8,      /* codecs in an order */
	REQUEST_GAIN_MIN = -600, /* tenths of a decibel */
	REQUEST_GAIN_MAX = 300,
	REQUEST_KEY = 48, /* bytes of the longest key and salt, and some to be told wrong */
	REQUEST_MKI = 16,
	REQUEST_LATCH_MAX = 60000,   /* ms */
	REQUEST_CLOCK_MAX = 1000000, /* Hz */
	REQUEST_SID = 32,            /* bytes of an address in the mesh */
	REQUEST_DID = 64,            /* bytes of a number with its NUL */
	REQUEST_FAX_VERSION_MAX = 3, /* of T.38 */
	REQUEST_FAX_DATAGRAM_MAX = 65535,
	REQUEST_AF_MESH = 4110, /* request_addr.family, and a leg's; never from outside.  The
				 * port is a session of VoMP, the address begins a SID */
};

/* An address and a UDP port. */
struct request_addr {
	uint16_t family; /* AF_INET, AF_INET6; 0: none */
	uint16_t port;   /* host byte order */
	uint8_t ip[16];  /* network byte order; IPv4 in the first four, the rest 0 */
};

enum request_media {
	REQUEST_AUDIO,
	REQUEST_VIDEO,
	REQUEST_APPLICATION,
	REQUEST_IMAGE,
	REQUEST_MEDIA
};

/* What the party does, seen from the party (RFC 4566 section 6). */
enum request_direction {
	REQUEST_SENDRECV,
	REQUEST_SENDONLY,
	REQUEST_RECVONLY,
	REQUEST_INACTIVE,
	REQUEST_DIRECTIONS
};

/* Whom we listen to; design.md section 3. */
enum request_source {
	REQUEST_AUTO, /* SRTP: who authenticates.  Plain RTP: the signalled address */
	REQUEST_SIGNALLED,
	REQUEST_LATCH,
	REQUEST_ANY,    /* whoever sends; the signalled address is answered */
	REQUEST_BEST,   /* within latch_ms the source most like the signalled address, then it
			 * alone */
	REQUEST_NEWEST, /* within latch_ms whoever sends, then the last of them alone */
	REQUEST_SOURCES
};

/* What a party codes speech with, as far as opinions are known of it (relay/quality.h).  The
 * numbers are in call records. */
enum request_codec {
	REQUEST_OTHER, /* not said, or none of the others */
	REQUEST_PCMU,
	REQUEST_PCMA,
	REQUEST_G729,
	REQUEST_G723,
	REQUEST_GSM_EFR,
	REQUEST_AMR,
	REQUEST_UNRATED, /* one that is not like G.711, and of which nobody has published more
			  */
	REQUEST_GSM,
	REQUEST_G726_16,
	REQUEST_G726_24,
	REQUEST_G726_32,
	REQUEST_G726_40,
	REQUEST_G722,
	REQUEST_AMR_WB,
	REQUEST_L16, /* of a wider band than a telephone's */
	REQUEST_OPUS,
	REQUEST_CODECS
};

/* A codec that a party has agreed to.  One that none of ours is called by can be passed on, by
 * its payload type, to a party that has one of the same name, and not be transcoded. */
struct request_format {
	struct codec_format format; /* codec CODEC_NONE: none of ours; rate and channels are
				     * then those of its rtpmap, the rest 0 */
	char name[REQUEST_CODEC];   /* as its owner writes it */
};

/* What is to be done about codecs in a call, whatever its parties can; sets of enum codec_id,
 * bit n for id n.  CODEC_NONE stands for all that are none of ours. */
struct codec_rules {
	uint32_t allow;     /* speech other than these is not used; 0: all */
	uint32_t deny;      /* these are not, and CN and telephone-event neither */
	uint32_t mask;      /* of the first leg, that the second one is not to get */
	uint32_t transcode; /* who has one of these gets that, also when both share another */
	uint8_t prefer[REQUEST_PREFER]; /* go first, in this order; the rest CODEC_NONE */
};
static_assert(CODECS <= 32, "a set is 32 bits");

/* What each datagram of UDPTL has in it against the loss of those before: ITU-T T.38 9.1.4. */
enum request_correction {
	REQUEST_CORRECTION_NONE,
	REQUEST_CORRECTION_REDUNDANCY,
	REQUEST_CORRECTION_FEC,
	REQUEST_CORRECTIONS
};

/* Bits of request_fax.limits, in the order of request_fax_words: what a gateway is to do
 * without. */
enum {
	REQUEST_FAX_NO_ECM = 1 << 0,
	REQUEST_FAX_NO_V17 = 1 << 1, /* of this and the next two one has to stay */
	REQUEST_FAX_NO_V29 = 1 << 2,
	REQUEST_FAX_NO_V27TER = 1 << 3,
	REQUEST_FAX_NO_V34 = 1 << 4,
	REQUEST_FAX_NO_IAF = 1 << 5,
	REQUEST_FAX_MODEMS = REQUEST_FAX_NO_V17 | REQUEST_FAX_NO_V29 | REQUEST_FAX_NO_V27TER,
};

/* Of a stream whose party speaks T.38: a gateway to the sound of the other party, and what its
 * own has signalled. */
struct request_fax {
	uint8_t gateway;    /* 1: there is one; 0: there is none (any more), the rest is 0 */
	uint8_t version;    /* of T.38, 0..REQUEST_FAX_VERSION_MAX */
	uint8_t correction; /* enum request_correction, of what it is sent */
	uint8_t limits;     /* REQUEST_FAX_NO_... */
	uint16_t max_datagram; /* bytes of UDP payload that it takes; 0: not said */
};

/* Their names, NULL-ended, in the order of the enums. */
extern const char *const request_media_words[];
extern const char *const request_direction_words[];
extern const char *const request_source_words[];
extern const char *const request_family_words[]; /* "ipv4", "ipv6" */
extern const char *const request_codec_words[];  /* as in SDP, in whatever case */
extern const char *const request_e2e_words[];    /* "required" */
extern const char *const request_correction_words[];
extern const char *const request_fax_words[]; /* "ecm", "v17", ... */

/* Bits of stream_request.has. */
enum {
	REQUEST_HAS_MEDIA = 1 << 0,
	REQUEST_HAS_REMOTE = 1 << 1,
	REQUEST_HAS_MUX = 1 << 2,
	REQUEST_HAS_DIRECTION = 1 << 3,
	REQUEST_HAS_SOURCE = 1 << 4,
	REQUEST_HAS_LATCH_MS = 1 << 5,
	REQUEST_HAS_CLOCK = 1 << 6,
	REQUEST_HAS_DSCP = 1 << 7,
	REQUEST_HAS_SUITE = 1 << 8, /* the stream is SRTP; or, with suite "none", no longer */
	REQUEST_HAS_KEY = 1 << 9,
	REQUEST_HAS_MKI = 1 << 10,
	REQUEST_HAS_CODEC = 1 << 11,
	REQUEST_HAS_FORMATS = 1 << 12,
	REQUEST_HAS_GAIN = 1 << 13,
	REQUEST_HAS_MUTE = 1 << 14,
	REQUEST_HAS_BLOCK = 1 << 15,
	REQUEST_HAS_FILL = 1 << 16,
	REQUEST_HAS_CLOSED = 1 << 17,
	REQUEST_HAS_OUR_KEY = 1 << 18,
	REQUEST_HAS_AVPF = 1 << 19,
	REQUEST_HAS_ECHO = 1 << 20,
	REQUEST_HAS_WAIT = 1 << 21,
	REQUEST_HAS_OF = 1 << 22,
	REQUEST_HAS_PIERCE = 1 << 23,
	REQUEST_HAS_FAX = 1 << 24,
};

struct stream_request {
	uint32_t has;
	uint8_t media;     /* enum request_media */
	uint8_t direction; /* enum request_direction */
	uint8_t source;    /* enum request_source */
	uint8_t rtcp_mux;  /* 0, 1 */
	uint8_t dscp;      /* 0..63 */
	uint8_t codec;     /* enum request_codec */
	uint8_t rekey;     /* 1: make a new key of our own, too */
	uint8_t relatch;   /* 1: forget what was learned of the party's address */
	uint8_t key_len;
	uint8_t mki_len;
	uint8_t mute;   /* 1: silence instead of what the party says */
	uint8_t block;  /* 1: nothing of what it sends is passed on */
	uint8_t echo;   /* 1: what it sends goes back to itself, and to nobody else */
	uint8_t fill;   /* 1: it needs sound without pause */
	uint8_t closed; /* 1: it has no transport, and nothing of it is relayed; 0: it has one
			 * again */
	uint8_t reopen; /* 1: a new transport takes the place of the one it has */
	uint8_t wait;   /* 1: it is sent nothing before it has been heard */
	uint8_t pierce; /* 1: a few empty datagrams go to it first, so that it is let in */
	uint8_t avpf;   /* 0: the party is sent no RTCP feedback (RFC 4585); else 1 */
	uint8_t our_key_len;
	uint8_t formats;
	uint8_t of_leg,
		of_stream; /* of a listener: whose sound it gets, by index in the call */
	int16_t gain_db10; /* of what it says; REQUEST_GAIN_MIN..MAX */
	uint32_t latch_ms; /* 1..REQUEST_LATCH_MAX */
	uint32_t clock_hz; /* of the RTP timestamps */
	struct request_addr remote;
	struct request_addr rtcp; /* of the remote, port 0; family 0: its address */
	uint16_t rtcp_port;       /* of the remote; 0: port + 1, or port with mux */
	char suite[REQUEST_SUITE];
	uint8_t key[REQUEST_KEY]; /* key and salt that the party seals with */
	/* That we seal with towards it; otherwise they are made here.  Those of one transport
	 * alone: one that comes again later, with `reopen` or when `closed` ends, needs
	 * others, or what they have sealed could be sealed again.  Refused if it is known to
	 * have been used so. */
	uint8_t our_key[REQUEST_KEY];
	uint8_t mki[REQUEST_MKI];
	struct request_fax fax;
	/* What it has agreed to receive, and to send; in its order of preference. */
	struct request_format format[REQUEST_FORMATS];
};

/* What a leg's party is reached by; the order of request_leg_words. */
enum request_leg { REQUEST_RTP, REQUEST_VOMP };
extern const char *const request_leg_words[]; /* "rtp", "vomp" */

/* The party of a leg of type "vomp": a phone of the mesh, and how far the call of VoMP with it
 * has come.  Such a leg has one stream, whose transport is a session of ours. */
struct request_mesh {
	uint8_t used;         /* 1: the leg is one; else the rest says nothing */
	uint8_t has_sid;      /* 0: it is looked up by its number first */
	uint8_t has_identity; /* 0: the primary one */
	uint8_t sid[REQUEST_SID];
	uint8_t identity[REQUEST_SID]; /* which of ours calls, or is called */
	char did[REQUEST_DID];         /* the number that is called; empty: none */
	char from[REQUEST_DID];        /* the caller's; empty: none */

	/* Not from outside, but of relay/mesh_calls.h; and from there all of the above, too. A
	 * request with `local` 0 is from outside: of a leg that exists it changes nothing. */
	uint8_t incoming;      /* 1: it calls us */
	uint8_t local, remote; /* enum vomp_state; 0: not begun yet */
	uint8_t number;        /* of `identity` among ours (mesh_identity_find()) */
	uint16_t far_session;  /* 0: not known */
	uint8_t no_text;       /* 1: the party takes none */
};

/* What a leg is to the call.  A listener gets copies of what parties send, and is not heard.
 */
enum request_role {
	REQUEST_PARTY,
	REQUEST_LISTENER,
	REQUEST_GONE, /* the listener of this name is none any more */
};

struct leg_request {
	char name[REQUEST_NAME];
	char interface[REQUEST_INTERFACE]; /* empty: not said */
	struct request_mesh mesh; /* of an existing leg: `used` 0 leaves it as it is */
	uint16_t family;          /* AF_INET, AF_INET6; 0: not said */
	uint16_t streams;
	uint8_t role; /* enum request_role */
	struct stream_request stream[REQUEST_STREAMS];
};

struct call_request {
	char id[REQUEST_ID];
	uint8_t e2e;       /* 1: required: relay it bit by bit, or refuse */
	uint8_t timeouts;  /* bit n: timeout_ms[n] was said */
	uint8_t has_rules; /* 1: the rules take the place of those before */
	struct codec_rules rules;
	uint32_t timeout_ms[TIMEOUTS]; /* 0: none; TIMEOUT_MIN_MS..TIMEOUT_MAX_MS */
	const struct note *note;       /* the front end's own, to be kept with the call; NULL:
					* the one before stays.  Borrowed */
	unsigned legs;
	struct leg_request leg[REQUEST_LEGS];
};

/* Are the values possible: ranges, addresses that a phone can have (unicast, not link-local,
 * not unspecified)?  0, or -EINVAL and FAULT says which is not. */
int request_check(const struct call_request *r, struct fault *fault);

/* Keys in it are overwritten. */
void request_wipe(struct call_request *r);
/* Likewise, of a request of which only those legs and streams that it counts were written to:
 * the rest is all 0 already. */
void request_clear(struct call_request *r);

/* Read an IPv4 or IPv6 address as text; the port stays 0.  0 or -EINVAL. */
int request_addr_parse(struct request_addr *a, const char *text);
/* May it be sent to: not unspecified, loopback allowed, unicast, not link-local? */
bool request_addr_is_usable(const struct request_addr *a);

/* The index of WORD in a NULL-ended table; -1. */
int request_word(const char *const *words, const char *word);

/* What is known of the sound of a codec that SDP calls NAME. */
enum request_codec request_codec(const char *name);
