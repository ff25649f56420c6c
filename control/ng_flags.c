/* SPDX-License-Identifier: Apache-2.0
 *
 * The flags of NG: a row each, with what strowger does about it, from which docs/ng.md's table
 * is made.  See ng_inside.h. */
#include "control/ng_inside.h"

#define FLAG(word, bit, rank, ...)                                   \
	{                                                            \
		.name = word, .flag = bit, .tier = rank, __VA_ARGS__ \
	}

/* clang-format off */
const struct ng_flag_row ng_flag_rows[] = {
	/* Addresses. */
	FLAG("trust-address", NG_TRUST_ADDRESS, 1, .help = "the SDP's address counts: the default, unless `[ng] sip_source` says otherwise"),
	FLAG("SIP-source-address", NG_SIP_SOURCE_ADDRESS, 1,
		.help = "the address of `received-from` counts in place of the SDP's"),
	FLAG("symmetric", NG_SYMMETRIC, 1, .help = "nothing: the default"),
	FLAG("asymmetric", NG_ASYMMETRIC, 1,
		.help = "packets go to the signalled address, wherever the party sends from"),
	FLAG("strict-source", NG_STRICT_SOURCE, 2,
		.help = "nothing: a source that was learned is always closed to strangers"),
	FLAG("media-handover", NG_MEDIA_HANDOVER, 2,
		.help = "ignored: whoever knows the port could take the call over; a party that moves "
			"signals so, or seals its packets"),
	FLAG("port-latching", NG_PORT_LATCHING, 2,
		.help = "our port towards the other party stays although this party's has changed; so it does "
			"anyway in an offer to a party that has answered"),
	FLAG("no-port-latching", NG_NO_PORT_LATCHING, 2,
		.help = "the other party gets another port when this party's has changed, also if it has "
			"answered; the default otherwise"),
	FLAG("reset", NG_RESET, 2, .help = "nothing: each offer and answer forgets what was learned"),
	FLAG("pierce-NAT", NG_PIERCE_NAT, 2,
		.help = "who has made the SDP is sent a few empty datagrams, RTP and RTCP, until it is heard: a NAT or"
			" firewall in front of strowger lets it in then; not with `NAT-wait`"),
	FLAG("NAT-wait", NG_NAT_WAIT, 2,
		.help = "who has made the SDP is sent nothing before it has been heard, RTP and RTCP each "
			"for itself; not where `endpoint-learning` is off, nor who only receives"),
	FLAG("internal", NG_FLAGS, 1, .key = "direction", .word = "internal",
		.help = "one of `direction`"),
	FLAG("external", NG_FLAGS, 1, .key = "direction", .word = "external"),

	/* The SDP. */
	FLAG("loop-protect", NG_LOOP_PROTECT, 2,
		.help = "a=rtpengine marks what was here; what comes again is answered as it is"),
	FLAG("full-rtcp-attribute", NG_FULL_RTCP_ATTRIBUTE, 2, .help = "a=rtcp with its address"),
	FLAG("no-rtcp-attribute", NG_NO_RTCP_ATTRIBUTE, 2, .help = "no a=rtcp"),
	FLAG("original-sendrecv", NG_ORIGINAL_SENDRECV, 2,
		.help = "the direction is written as it came, also of a c= of 0.0.0.0"),
	FLAG("generate-mid", NG_GENERATE_MID, 2, .help = "a=mid where there is none"),
	FLAG("strip-extmap", NG_STRIP_EXTMAP, 3, .help = "no a=extmap"),

	/* SRTP. */
	FLAG("pad-crypto", NG_FLAGS, 2, .key = "SDES", .word = "pad", .help = "as `SDES=pad`"),
	FLAG("recrypt", NG_RECRYPT, 2, .help = "nothing: every packet is opened and sealed anew"),
	FLAG("RTP", NG_FLAGS, 2, .key = "transport-protocol", .word = "RTP",
		.help = "as `transport-protocol`, or a part of it: `SRTP AVPF` is `RTP/SAVPF`"),
	FLAG("SRTP", NG_FLAGS, 2, .key = "transport-protocol", .word = "SRTP"),
	FLAG("AVP", NG_FLAGS, 2, .key = "transport-protocol", .word = "AVP"),
	FLAG("AVPF", NG_FLAGS, 2, .key = "transport-protocol", .word = "AVPF"),
	FLAG("RTP/AVP", NG_FLAGS, 1, .key = "transport-protocol", .word = "RTP/AVP"),
	FLAG("RTP/AVPF", NG_FLAGS, 1, .key = "transport-protocol", .word = "RTP/AVPF"),
	FLAG("RTP/SAVP", NG_FLAGS, 1, .key = "transport-protocol", .word = "RTP/SAVP"),
	FLAG("RTP/SAVPF", NG_FLAGS, 1, .key = "transport-protocol", .word = "RTP/SAVPF"),
	FLAG("UDP/TLS/RTP/SAVP", NG_FLAGS, 1, .key = "transport-protocol",
		.word = "UDP/TLS/RTP/SAVP"),
	FLAG("UDP/TLS/RTP/SAVPF", NG_FLAGS, 1, .key = "transport-protocol",
		.word = "UDP/TLS/RTP/SAVPF"),

	/* Codecs. */
	FLAG("always-transcode", NG_ALWAYS_TRANSCODE, 2,
		.help = "as `codec-accept-all`: what the other party rejects is transcoded"),
	FLAG("single-codec", NG_SINGLE_CODEC, 2, .help = "an answer has its first codec alone"),
	FLAG("reuse-codecs", NG_REUSE_CODECS, 2,
		.help = "a new offer begins with the codecs that the other party has taken before"),
	FLAG("no-codec-renegotiation", NG_REUSE_CODECS, 2, .help = "likewise"),
	FLAG("static-codecs", NG_STATIC_CODECS, 2,
		.help = "a new offer has the codecs that the other party has said itself, and no others, "
			"where sound can be transcoded"),
	FLAG("allow-transcoding", NG_ALLOW_TRANSCODING, 2,
		.help = "nothing: what differs is transcoded where it can be"),
	FLAG("force-transcoding", NG_FORCE_TRANSCODING, 2),
	FLAG("allow-asymmetric-codecs", NG_ALLOW_ASYMMETRIC_CODECS, 2),
	FLAG("no-jitter-buffer", NG_FLAGS, 3,
		.help = "nothing: there is none but for the order of packets"),

	/* Commands. */
	FLAG("fatal", NG_FATAL, 1, .help = "a delete that finds no call is an error"),
	FLAG("fast", NG_FAST, 1, .help = "the answer to a delete has no counters"),
	FLAG("to-tag", NG_TO_TAG, 1, .help = "the `to-tag` of a delete counts"),
	FLAG("directional", NG_DIRECTIONAL, 2,
		.help = "a command such as `block media` is for the party of `from-tag`; so it is when "
			"`rtpp-flags` says the tag"),
	FLAG("all", NG_ALL, 2, .key = "all", .word = "all", .help = "as `all=all`"),
	FLAG("new-branch", NG_NEW_BRANCH, 3,
		.help = "ignored"),
	FLAG("provisional", NG_PROVISIONAL, 3),
	FLAG("early-media", NG_EARLY_MEDIA, 3,
		.help = "nothing: packets pass as soon as it is known where they go"),

	/* RTCP. */
	FLAG("generate-RTCP", NG_GENERATE_RTCP, 2, .key = "generate-RTCP", .word = "on",
		.help = "as `generate-RTCP=on`"),
	FLAG("RTCP-mirror", NG_FLAGS, 3, .help = "ignored"),

	/* ICE. */
	FLAG("trickle-ICE", NG_TRICKLE_ICE, 2, .help = "ignored: there is no ICE yet"),
	FLAG("reject-ICE", NG_REJECT_ICE, 2),
	FLAG("fragment", NG_FRAGMENT, 2, .help = "not supported yet: the answer is an error"),
	FLAG("no-tls-id", NG_NO_TLS_ID, 3,
		.help = "ignored: there is no DTLS yet, and no line of it is ever written"),
	FLAG("WebRTC", NG_WEBRTC, 2,
		.help = "not supported yet: it asks for ICE and DTLS, and the answer is an error"),

	/* Recording, DTMF, and what else is to come. */
	FLAG("record-call", NG_RECORD_CALL, 2, .key = "record-call", .word = "on",
		.help = "ignored: not supported yet"),
	FLAG("discard-recording", NG_DISCARD_RECORDING, 3),
	FLAG("exclude-recording", NG_EXCLUDE_RECORDING, 3),
	FLAG("skip-recording-db", NG_FLAGS, 3),
	FLAG("SIPREC", NG_FLAGS, 3, .missing = true),
	FLAG("pause", NG_FLAGS, 3),
	FLAG("inject-DTMF", NG_INJECT_DTMF, 2, .missing = true),
	FLAG("detect-DTMF", NG_DETECT_DTMF, 2, .missing = true),
	FLAG("block-DTMF", NG_BLOCK_DTMF_FLAG, 2, .missing = true),
	FLAG("block-short", NG_FLAGS, 3),
	FLAG("block-short-packets", NG_FLAGS, 3),
	FLAG("block-egress", NG_FLAGS, 3, .missing = true),
	FLAG("egress", NG_FLAGS, 3),
	FLAG("mix", NG_FLAGS, 3, .missing = true),
	FLAG("inactive", NG_INACTIVE, 3),
	FLAG("bidirectional", NG_BIDIRECTIONAL, 3),
	FLAG("passthrough", NG_PASSTHROUGH, 3),
	FLAG("no-passthrough", NG_NO_PASSTHROUGH, 3),
	FLAG("allow-no-codec-media", NG_FLAGS, 3),

	/* Of other daemons, or of another inside. */
	FLAG("unidirectional", NG_UNIDIRECTIONAL, 3, .help = "ignored"),
	FLAG("no-redis-update", NG_FLAGS, 3),
	FLAG("debug", NG_FLAGS, 3),
	FLAG("debugging", NG_FLAGS, 3),
	FLAG("force", NG_FLAGS, 3),
	{.name = NULL},
};
/* clang-format on */
