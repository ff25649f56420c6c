/* SPDX-License-Identifier: Apache-2.0
 *
 * A request of the NG protocol as a plain struct: what a dictionary says, by keys, by flags,
 * or by the one string `rtpp-flags`.  Tables say which is which (ng_keys.c, ng_flags.c); what
 * none of them knows is counted and left alone, for it never fails a request.  Pure.
 *
 * Source: the NG protocol of rtpengine 26.3 as its clients use it (docs/ng.md). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/arena.h"
#include "control/request.h"
#include "control/value.h"

enum ng_command {
	NG_NONE, /* no key "command" */
	NG_UNKNOWN,
	NG_PING,
	NG_OFFER,
	NG_ANSWER,
	NG_DELETE,
	NG_QUERY,
	NG_LIST,
	NG_STATISTICS,
	NG_BLOCK_MEDIA,
	NG_UNBLOCK_MEDIA,
	NG_SILENCE_MEDIA,
	NG_UNSILENCE_MEDIA,
	NG_BLOCK_DTMF,
	NG_UNBLOCK_DTMF,
	NG_START_RECORDING,
	NG_STOP_RECORDING,
	NG_PAUSE_RECORDING,
	NG_START_FORWARDING,
	NG_STOP_FORWARDING,
	NG_PLAY_MEDIA,
	NG_STOP_MEDIA,
	NG_PLAY_DTMF,
	NG_PUBLISH,
	NG_SUBSCRIBE_REQUEST,
	NG_SUBSCRIBE_ANSWER,
	NG_UNSUBSCRIBE,
	NG_CONNECT,
	NG_CREATE,
	NG_CREATE_ANSWER,
	NG_MESH,
	NG_INJECT_START,
	NG_INJECT_STOP,
	NG_TRANSFORM,
	NG_CLI,
	NG_COMMANDS
};

/* Each as a word of NG: "start recording". */
extern const char *const ng_command_words[];

/* Bits of ng_request.flags, and of .replace. */
enum ng_flag {
	NG_TRUST_ADDRESS,
	NG_SIP_SOURCE_ADDRESS,
	NG_ASYMMETRIC,
	NG_SYMMETRIC,
	NG_STRICT_SOURCE,
	NG_MEDIA_HANDOVER,
	NG_PORT_LATCHING,
	NG_NO_PORT_LATCHING,
	NG_FATAL,
	NG_FAST,
	NG_TO_TAG,
	NG_DIRECTIONAL,
	NG_ALL,
	NG_LOOP_PROTECT,
	NG_FULL_RTCP_ATTRIBUTE,
	NG_NO_RTCP_ATTRIBUTE,
	NG_ORIGINAL_SENDRECV,
	NG_GENERATE_MID,
	NG_ALWAYS_TRANSCODE,
	NG_SINGLE_CODEC,
	NG_REUSE_CODECS,
	NG_ALLOW_TRANSCODING,
	NG_ALLOW_ASYMMETRIC_CODECS,
	NG_STATIC_CODECS,
	NG_FORCE_TRANSCODING,
	NG_GENERATE_RTCP,
	NG_RECORD_CALL,
	NG_INJECT_DTMF,
	NG_DETECT_DTMF,
	NG_RECRYPT,
	NG_RESET,
	NG_PIERCE_NAT,
	NG_NAT_WAIT,
	NG_TRICKLE_ICE,
	NG_REJECT_ICE,
	NG_FRAGMENT,
	NG_WEBRTC,
	NG_NEW_BRANCH,
	NG_PROVISIONAL,
	NG_STRIP_EXTMAP,
	NG_EARLY_MEDIA,
	NG_UNIDIRECTIONAL,
	NG_INACTIVE,
	NG_NO_TLS_ID,
	NG_NO_PASSTHROUGH,
	NG_PASSTHROUGH,
	NG_BIDIRECTIONAL,
	NG_DISCARD_RECORDING,
	NG_EXCLUDE_RECORDING,
	NG_BLOCK_DTMF_FLAG,
	NG_SUPPORTS_LOAD_LIMIT,
	NG_FLAGS
};

enum ng_replace {
	NG_REPLACE_ORIGIN,
	NG_REPLACE_SESSION_CONNECTION,
	NG_REPLACE_USERNAME,
	NG_REPLACE_SESSION_NAME,
	NG_REPLACE_SDP_VERSION,
	NG_REPLACE_ORIGIN_FULL,
	NG_REPLACE_FORCE_INCREMENT,
	NG_REPLACE_ZERO_ADDRESS,
	NG_REPLACES
};

enum ng_ice {
	NG_ICE_DEFAULT,
	NG_ICE_REMOVE,
	NG_ICE_FORCE,
	NG_ICE_OPTIONAL,
	NG_ICE_FORCE_RELAY
};

enum ng_dtls { NG_DTLS_DEFAULT, NG_DTLS_OFF, NG_DTLS_PASSIVE, NG_DTLS_ACTIVE };

/* Bits of .rtcp_mux, .osrtp and .bundle. */
enum {
	NG_MUX_OFFER = 1,
	NG_MUX_REQUIRE = 2,
	NG_MUX_DEMUX = 4,
	NG_MUX_ACCEPT = 8,
	NG_MUX_REJECT = 16
};
enum {
	NG_OSRTP_OFFER = 1,
	NG_OSRTP_OFFER_LEGACY = 2,
	NG_OSRTP_ACCEPT_RFC = 4,
	NG_OSRTP_ACCEPT_LEGACY = 8
};
enum {
	NG_BUNDLE_ACCEPT = 1,
	NG_BUNDLE_OFFER = 2,
	NG_BUNDLE_REQUIRE = 4,
	NG_BUNDLE_STRICT = 8,
	NG_BUNDLE_REJECT = 16
};

/* Bits of .sdes, beside the lists. */
enum {
	NG_SDES_OFF = 1,
	NG_SDES_PAD = 2,
	NG_SDES_LIFETIME = 4,
	NG_SDES_NONEW = 8,
	NG_SDES_STATIC = 16,
	NG_SDES_PREFER = 32,
	NG_SDES_UNENCRYPTED_SRTP = 64, /* session parameters that are to be negotiated */
	NG_SDES_UNENCRYPTED_SRTCP = 128,
	NG_SDES_UNAUTHENTICATED_SRTP = 256,
	NG_SDES_ENCRYPTED_SRTP = 512, /* that are not, although the other party has them */
	NG_SDES_ENCRYPTED_SRTCP = 1024,
	NG_SDES_AUTHENTICATED_SRTP = 2048,
};

/* An optional switch. */
enum ng_switch { NG_UNSET, NG_OFF, NG_ON };

/* Bits of .t38. */
enum {
	NG_T38_DECODE = 1 << 0, /* T.38 becomes sound */
	NG_T38_FORCE = 1 << 1,  /* sound becomes T.38 */
	NG_T38_STOP = 1 << 2,   /* no gateway any more */
	NG_T38_FEC = 1 << 3,    /* offered instead of redundancy */
	NG_T38_LIMITS = 4,      /* from this bit on: REQUEST_FAX_NO_... */
};
static_assert(REQUEST_FAX_NO_IAF << NG_T38_LIMITS < UINT16_MAX, "there is room for them");

/* Whom media-echo sends what back to, what the party of this SDP and the other one say. */
enum ng_echo {
	NG_ECHO_UNSET,
	NG_ECHO_BLACKHOLE, /* nobody */
	NG_ECHO_FORWARD,   /* the other party */
	NG_ECHO_BACKWARDS, /* this one */
	NG_ECHO_BOTH,
	NG_ECHOES
};

enum ng_learning {
	NG_LEARN_DEFAULT,
	NG_LEARN_DELAYED,
	NG_LEARN_IMMEDIATE,
	NG_LEARN_OFF,
	NG_LEARN_HEURISTIC
};

/* Whom a command is for, by the key `all`. */
enum ng_whom {
	NG_WHOM_UNSAID, /* or `none` */
	NG_WHOM_ALL,
	NG_WHOM_FLOWS,  /* all that one party sends */
	NG_WHOM_COPIES, /* what listeners get, and nothing else */
	NG_WHOM_UNKNOWN /* no word that it may be: who means something by it is to hear so */
};

/* What is asked of codecs; lists of names, in their order. */
enum ng_codec_op {
	NG_CODEC_STRIP,
	NG_CODEC_OFFER,
	NG_CODEC_TRANSCODE,
	NG_CODEC_MASK,
	NG_CODEC_EXCEPT,
	NG_CODEC_ACCEPT,
	NG_CODEC_CONSUME,
	NG_CODEC_SET,
	NG_CODEC_IGNORE,
	NG_CODEC_OPS
};

/* What of sdp-attr is for which lines. */
enum ng_attr_scope { NG_ATTR_SESSION, NG_ATTR_AUDIO, NG_ATTR_VIDEO, NG_ATTR_SCOPES };

struct ng_list {
	const struct slice *at; /* in the request's arena */
	size_t n;
};

struct ng_substitute {
	struct slice from, to;
};

struct ng_sdp_attr {
	struct ng_list add, remove;
	const struct ng_substitute *substitute;
	size_t substitutes;
};

/* Texts that were not said have at NULL; numbers NG_NO_NUMBER. */
#define NG_NO_NUMBER INT64_MIN

struct ng_request {
	enum ng_command command;
	struct slice command_text;
	uint64_t flags;   /* bits 1 << enum ng_flag */
	uint32_t replace; /* bits 1 << enum ng_replace */

	struct slice sdp, call_id, from_tag, to_tag, via_branch, label, to_label, set_label,
		address;
	struct slice from_interface, to_interface;  /* of direction, from-interface,
						     * to-interface;  and of interface: both */
	struct slice received_from;                 /* the address, as text */
	struct slice media_address, address_family; /* "IP4", "IP6" */
	struct slice transport_protocol;            /* "accept" too */
	struct slice metadata, xmlrpc_callback, dtls_fingerprint;
	struct slice to_call_id, source_tag, file, blob, code, body, trigger;
	struct slice recording_file, recording_dir, recording_pattern;

	uint8_t ice;      /* enum ng_ice */
	uint8_t dtls;     /* enum ng_dtls */
	uint8_t learning; /* enum ng_learning */
	uint8_t whom;     /* enum ng_whom */
	uint8_t rtcp_mux, osrtp, bundle;
	uint8_t generate_rtcp, drop_traffic, record_call; /* enum ng_switch */
	uint32_t t38;                                     /* bits: NG_T38_... */
	uint8_t echo;                                     /* enum ng_echo */
	uint32_t sdes;
	struct ng_list sdes_no, sdes_only, sdes_order; /* names of suites */
	struct ng_list sdes_offerer_pref;              /* likewise, for the offerer's own */

	int64_t delete_delay, ptime, ptime_reverse, tos, limit, duration, volume, pause,
		sip_code, t38_version;
	struct slice sip_message_type;

	struct ng_list codec[NG_CODEC_OPS];
	struct ng_sdp_attr sdp_attr[NG_ATTR_SCOPES];
	struct ng_list media_remove; /* media types */
	struct ng_list from_tags;

	/* What nothing knew, for the log and a counter. */
	struct ng_list unknown; /* at most 16 are kept */
	size_t unknowns;

	/* Wishes whose deed is missing, each once, as strings that end in a NUL: whoever makes
	 * them is to be told. */
	struct ng_list missing;
};

/* What dictionary D says into R; texts lie in D or in A.  0; -ENOMEM.  Everything but a lack
 * of memory is forgiven here: what a command needs its own code says. */
int ng_request_read(struct ng_request *r, const struct value *d, struct arena *a);

static inline bool
ng_has(const struct ng_request *r, enum ng_flag flag)
{
	return (r->flags >> flag & 1) != 0;
}

static inline bool
ng_replaces(const struct ng_request *r, enum ng_replace what)
{
	return (r->replace >> what & 1) != 0;
}

/* docs/ng.md's tables of keys and flags, from those of the code; release with free().  NULL:
 * no memory. */
char *ng_markdown(void);
