/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys of NG's dictionary: a row each, with how its value is read and what strowger does
 * with it, from which docs/ng.md's tables are made.  See ng_inside.h. */
#include "control/ng_inside.h"

/* ---- Words that values may be. ---- */

static const struct ng_word replace_words[] = {
	{"origin", 1u << NG_REPLACE_ORIGIN, "the address in o= is ours"},
	{"session-connection", 1u << NG_REPLACE_SESSION_CONNECTION,
		"nothing: c= is always ours"},
	{"username", 1u << NG_REPLACE_USERNAME,
		"the user name in o= stays what this party got first"},
	{"session-name", 1u << NG_REPLACE_SESSION_NAME, "s= stays what this party got first"},
	{"SDP-version", 1u << NG_REPLACE_SDP_VERSION,
		"the version in o= is counted here: one more whenever the text differs from "
		"the last one that this party got"},
	{"origin-full", 1u << NG_REPLACE_ORIGIN_FULL, "o= stays what this party got first"},
	{"force-increment-sdp-ver", 1u << NG_REPLACE_FORCE_INCREMENT,
		"the version in o= is one more each time"},
	{"zero-address", 1u << NG_REPLACE_ZERO_ADDRESS,
		"a c= of 0.0.0.0 (hold) becomes our address"},
	{NULL, 0, NULL},
};

static const struct ng_word all_words[] = {
	{"all", NG_WHOM_ALL,
		"all of the call, whatever tag it says; `subscribe request` is about both parties that "
		"were signalled last"},
	{"none", NG_WHOM_UNSAID, "nothing: as if it were not said"},
	{"offer-answer", NG_WHOM_FLOWS,
		"what the party of `from-tag` sends, without the flag `directional`; listeners get "
		"copies of what passes"},
	{"flows", NG_WHOM_FLOWS, "likewise"},
	{"except-offer-answer", NG_WHOM_COPIES,
		"not supported yet, for it is about listeners alone: the answer is an error"},
	{"not-offer-answer", NG_WHOM_COPIES, "likewise"},
	{"non-offer-answer", NG_WHOM_COPIES, "likewise"},
	{NULL, 0, NULL},
};

static const struct ng_word ice_words[] = {
	{"remove", NG_ICE_REMOVE, "ICE lines are removed"},
	{"default", NG_ICE_DEFAULT, "likewise"},
	{"force", NG_ICE_FORCE, "not supported yet: the answer is an error"},
	{"optional", NG_ICE_OPTIONAL, "not supported yet: the answer is an error"},
	{"force-relay", NG_ICE_FORCE_RELAY, "not supported yet: the answer is an error"},
	{"trickle", NG_WORD_ALONE, "ignored: there is no ICE yet"},
	{"ice2", NG_WORD_ALONE, "ignored: there is no ICE yet"},
	{"lite-forward", NG_WORD_ALONE, "ignored: there is no ICE yet"},
	{"lite-backward", NG_WORD_ALONE, "ignored: there is no ICE yet"},
	{"lite-both", NG_WORD_ALONE, "ignored: there is no ICE yet"},
	{"lite-off", NG_WORD_ALONE, "ignored: there is no ICE yet"},
	{NULL, 0, NULL},
};

static const struct ng_word dtls_words[] = {
	{"off", NG_DTLS_OFF, NULL},
	{"no", NG_DTLS_OFF, NULL},
	{"disable", NG_DTLS_OFF, NULL},
	{"passive", NG_DTLS_PASSIVE, NULL},
	{"active", NG_DTLS_ACTIVE, NULL},
	{NULL, 0, NULL},
};

static const struct ng_word mux_words[] = {
	{"offer", NG_MUX_OFFER, "a=rtcp-mux is offered, whether it came or not"},
	{"require", NG_MUX_REQUIRE,
		"likewise, and as if the other party had accepted it already"},
	{"demux", NG_MUX_DEMUX,
		"offered to us, it is accepted, and not offered to the other party"},
	{"accept", NG_MUX_ACCEPT, "offered to us, it is accepted, and offered on"},
	{"reject", NG_MUX_REJECT, "offered to us, it is rejected, and offered on"},
	{NULL, 0, NULL},
};

static const struct ng_word osrtp_words[] = {
	{"offer", NG_OSRTP_OFFER, "a=crypto is offered under RTP/AVP (RFC 8643)"},
	{"offer-RFC", NG_OSRTP_OFFER, "likewise"},
	{"offer-legacy", NG_OSRTP_OFFER_LEGACY,
		"two m= lines are offered in place of one, of RTP and of SRTP, and one is used; "
		"of media that the party has not yet, or has two of"},
	{"accept", NG_OSRTP_ACCEPT_RFC | NG_OSRTP_ACCEPT_LEGACY,
		"best-effort SRTP that was offered to us is accepted, although the other "
		"party did not"},
	{"accept-RFC", NG_OSRTP_ACCEPT_RFC, "likewise"},
	{"accept-legacy", NG_OSRTP_ACCEPT_LEGACY,
		"two such m= lines, of one port, are one of SRTP to the other party"},
	{NULL, 0, NULL},
};

static const struct ng_word bundle_words[] = {
	{"accept", NG_BUNDLE_ACCEPT,
		"who has offered it with rtcp-mux is answered a bundle of the m= line that it names "
		"first; so from then on, unless that is rejected"},
	{"strict", NG_BUNDLE_STRICT, "likewise"},
	{"offer", NG_BUNDLE_OFFER,
		"offered where there is one m= line alone, with a=mid and rtcp-mux"},
	{"require", NG_BUNDLE_REQUIRE, "both"},
	{"reject", NG_BUNDLE_REJECT, "what was offered is not accepted"},
	{NULL, 0, NULL},
};

static const struct ng_word learning_words[] = {
	{"heuristic", NG_LEARN_HEURISTIC,
		"within some seconds the sender most like the signalled address, an equal one at "
		"once"},
	{"immediate", NG_LEARN_IMMEDIATE, "the first address that sends"},
	{"delayed", NG_LEARN_DELAYED, "within 3 s whoever sends, then the last of them"},
	{"off", NG_LEARN_OFF,
		"packets go to the signalled address, wherever the party sends from"},
	{NULL, 0, NULL},
};

static const struct ng_word switch_words[] = {
	{"on", NG_ON, NULL},
	{"off", NG_OFF, NULL},
	{"yes", NG_ON, NULL},
	{"no", NG_OFF, NULL},
	{"1", NG_ON, NULL},
	{"0", NG_OFF, NULL},
	{NULL, 0, NULL},
};

static const struct ng_word drop_words[] = {
	{"start", NG_ON, NULL},
	{"stop", NG_OFF, NULL},
	{NULL, 0, NULL},
};

static const struct ng_word echo_words[] = {
	{"blackhole", NG_ECHO_BLACKHOLE, "as `drop-traffic=start`"},
	{"sinkhole", NG_ECHO_BLACKHOLE, "likewise"},
	{"forward", NG_ECHO_FORWARD,
		"the other party hears itself, and this one, who made the SDP, nothing"},
	{"backwards", NG_ECHO_BACKWARDS, "this party hears itself, and the other one nothing"},
	{"both", NG_ECHO_BOTH, "both hear themselves"},
	{NULL, 0, NULL},
};

#define WITHOUT(limit) ((limit) << NG_T38_LIMITS)
static const struct ng_word t38_words[] = {
	{"decode", NG_T38_DECODE,
		"what is offered as T.38 becomes G.711 for the other party, by `transport-protocol`, "
		"and its answer T.38; PCMU and PCMA, or those of them that `transcode` names"},
	{"force", NG_T38_FORCE,
		"audio with G.711 among its codecs becomes T.38 for the other party, and its answer "
		"the first of them"},
	{"stop", NG_T38_STOP, "a gateway ends, and the offer goes on as it is"},
	{"no-ECM", WITHOUT(REQUEST_FAX_NO_ECM),
		"the fax machines get no error correction mode"},
	{"no-V.17", WITHOUT(REQUEST_FAX_NO_V17), "nor this modem"},
	{"no-V.27ter", WITHOUT(REQUEST_FAX_NO_V27TER),
		"takes V.17 away, which comes with it; with SpanDSP 0.0.6 V.27ter itself stays, "
		"as each machine has to know it"},
	{"no-V.29", WITHOUT(REQUEST_FAX_NO_V29),
		"this modem, and V.17, which comes with both others alone; without all three there "
		"is no gateway, but an error"},
	{"no-V.34", WITHOUT(REQUEST_FAX_NO_V34), "there is none anyway"},
	{"no-IAF", WITHOUT(REQUEST_FAX_NO_IAF),
		"taken, but with SpanDSP 0.0.6 it changes nothing that the machines say to each other"},
	{"FEC", NG_T38_FEC,
		"with `force`: parity packets are offered against loss instead of repetitions; what "
		"the party answers is what it gets"},
	{NULL, 0, NULL},
};
#undef WITHOUT

/* ---- The rows. ---- */

#define TEXT(key, member, rank, ...)                                                        \
	{                                                                                   \
		.name = key, .read = ng_read_text, NG_AT(member), .tier = rank, __VA_ARGS__ \
	}
#define NUMBER(key, member, rank, ...)                                                        \
	{                                                                                     \
		.name = key, .read = ng_read_number, NG_AT(member), .tier = rank, __VA_ARGS__ \
	}
#define NOTHING(key, rank, ...)                                                 \
	{                                                                       \
		.name = key, .read = ng_read_nothing, .tier = rank, __VA_ARGS__ \
	}

/* clang-format off */
const struct ng_key ng_keys[] = {
	/* Who. */
	{.name = "command", .read = ng_read_command, .tier = 1, .values = "a word",
		.help = "what is to be done: see the commands"},
	TEXT("call-id", call_id, 1, .values = "text, at most 255 bytes", .help = "the call"),
	TEXT("from-tag", from_tag, 1, .values = "text, at most 255 bytes",
		.help = "the party that made the offer, also in its answer"),
	TEXT("to-tag", to_tag, 1, .values = "text, at most 255 bytes", .help = "the other party"),
	TEXT("via-branch", via_branch, 1, .values = "text, at most 255 bytes",
		.help = "tells apart the parties of a forked call that have no tag yet"),
	TEXT("sdp", sdp, 1, .values = "text", .help = "the SDP that the one party sends the other"),
	TEXT("label", label, 1, .values = "text, at most 255 bytes",
		.help = "a name for the party that made the SDP, which later commands may call it by"),
	TEXT("from-label", label, 2, .values = "text"),
	TEXT("set-label", set_label, 2, .values = "text, at most 255 bytes",
		.help = "of commands such as `block media` for one party: its name from then on"),
	TEXT("to-label", to_label, 2, .values = "text",
		.help = "instead of `to-tag` in commands for one party"),
	TEXT("address", address, 2, .values = "address",
		.help = "the party of this media address, in commands for one party"),
	{.name = "all", .read = ng_read_whom, NG_AT(whom), .words = all_words, .tier = 2,
		.help = "whom a command such as `block media` is for; another word is an error there"},
	{.name = "from-tags", .read = ng_read_list, NG_AT(from_tags), .prefix = true, .tier = 2,
		.values = "tags",
		.help = "whom `subscribe request` is about: parties that talk with each other"},
	{.name = "supports", .read = ng_read_supports, .tier = 1, .values = "`load limit`",
		.help = "an offer that finds no room is answered `load limit` instead of with an error"},
	TEXT("sip-message-type", sip_message_type, 1, .values = "word", .help = "ignored"),
	NUMBER("sip-code", sip_code, 1, .values = "number", .help = "ignored"),
	{.name = "flags", .read = ng_read_flags, .tier = 1, .values = "words",
		.help = "see the flags; other words are `KEY-VALUE` of the keys marked so"},
	{.name = "rtpp-flags", .read = ng_read_rtpp_flags, .tier = 1, .values = "text",
		.help = "all of it in one string: flags and `KEY=VALUE` between spaces, lists and "
			"dictionaries in `[ ]`"},

	/* Addresses. */
	{.name = "received-from", .read = ng_read_received_from, .tier = 1,
		.values = "family and address, or an address",
		.help = "where the SIP message came from: see `SIP-source-address`"},
	{.name = "direction", .read = ng_read_direction, .tier = 1, .values = "two interfaces",
		.help = "of the configuration: towards the party that made the SDP, and towards the "
			"other; the first offer says so for good"},
	TEXT("from-interface", from_interface, 1, .values = "interface",
		.help = "the first one of `direction`"),
	TEXT("to-interface", to_interface, 1, .values = "interface",
		.help = "the second one of `direction`"),
	{.name = "interface", .read = ng_read_interface, .tier = 3, .values = "interface",
		.help = "both of `direction`"},
	TEXT("address-family", address_family, 1, .values = "`IP4`, `IP6`",
		.help = "that the other party gets an address of, if its interface has one"),
	TEXT("media-address", media_address, 1, .values = "address",
		.help = "stands in c= and a=rtcp in place of ours"),
	{.name = "endpoint-learning", .read = ng_read_word, NG_AT(learning),
		.words = learning_words, .prefix = true, .tier = 2,
		.help = "how a party behind NAT is found; everybody else is shut out then, and each offer "
			"and answer begins anew. The default is the configuration's, "
			"`[ng] endpoint_learning`"},
	NUMBER("TOS", tos, 2, .values = "0 to 255", .help = "the DSCP byte of the call's packets, until "
		"another is said, also of lines that are added later. The default is the "
		"configuration's, `[ng] tos`"),

	/* The SDP. */
	{.name = "replace", .read = ng_read_bits, NG_AT(replace), .words = replace_words,
		.prefix = true, .tier = 1, .help = "what of the SDP is replaced, beside c= and m="},
	{.name = "sdp-attr", .read = ng_read_sdp_attr, .prefix = true, .tier = 2,
		.values = "`{audio, video, none: {add, remove, substitute}}`",
		.help = "a= lines of the outgoing SDP are added where they are not there already, "
			"removed, substituted, as text. Of `a=fmtp:101 0-16` it may say `fmtp`, "
			"`fmtp:101` or all; to substitute rtpmap, fmtp, rtcp-fb, crypto, extmap, ssrc, "
			"ssrc-group, candidate and rid not the name alone. Among the flags `sdp-attr-add-audio-LINE`, "
			"`sdp-attr-substitute-none-LINE>LINE`"},
	{.name = "sdp-media-remove", .read = ng_read_list, NG_AT(media_remove), .prefix = true,
		.tier = 2, .values = "media types",
		.help = "m= lines that the other party is not offered; the answer has them with port 0. "
			"`other`: all but audio, video, text, application, message and image"},
	{.name = "rtcp-mux", .read = ng_read_bits, NG_AT(rtcp_mux), .words = mux_words,
		.prefix = true, .tier = 1, .help = "one port for RTP and RTCP (RFC 5761); otherwise as "
			"the parties wish. In an answer it is about who has offered: `reject` "
			"rejects, `accept`, `demux` and `require` accept what that one has offered"},
	{.name = "bundle", .read = ng_read_bits, NG_AT(bundle), .words = bundle_words,
		.prefix = true, .tier = 2, .help = "each m= line has a port of its own, so a "
			"bundle is of one; without a word of it there is none"},
	{.name = "ICE", .read = ng_read_word, NG_AT(ice), .words = ice_words, .prefix = true,
		.tier = 1, .help = "what becomes of ICE"},
	NOTHING("ICE-lite", 2, .prefix = true, .values = "`forward`, `backward`, `both`, `off`",
		.help = "ignored: there is no ICE yet"),

	/* SRTP. */
	{.name = "transport-protocol", .read = ng_read_protocol, NG_AT(transport_protocol), .tier = 1,
		.values = "`RTP/AVP`, `RTP/SAVP`, `RTP/AVPF`, `RTP/SAVPF`, `accept`",
		.help = "the word in m= for the other party: RTP becomes SRTP, feedback messages are not "
			"sent to who has no F; `accept`: an answer's word counts. `UDP/TLS/...` is not "
			"supported yet: the answer is an error"},
	{.name = "SDES", .read = ng_read_sdes, .prefix = true, .tier = 1,
		.values = "`off`, `no-SUITE`, `only-SUITE`, `nonew`, `order:A;B`, `offerer_pref:A;B`, "
			"`pad`, `lifetime`, `static`, `prefer`, `[un]encrypted_srtp`, "
			"`[un]encrypted_srtcp`, `[un]authenticated_srtp`",
		.help = "which suites a=crypto lines offer, in which order, how they are written; what "
			"`no-`, `only-` and `nonew` forbid is not offered, whatever else is said. Ignored "
			"are `static`, `prefer` and the session parameters, of which none is ever offered"},
	{.name = "OSRTP", .read = ng_read_bits, NG_AT(osrtp), .words = osrtp_words, .prefix = true,
		.tier = 2, .help = "SRTP where the other party can; what one party offers under RTP/AVP is "
			"offered to the other, too, and holds if that takes it. Not with "
			"`SDES=off`, or where the other has no suite left: that is plain. Nor in a "
			"new offer of a party that has agreed to plain RTP, unless `accept` says so; who is "
			"offered it anew goes on with plain RTP until its answer"},
	{.name = "DTLS", .read = ng_read_word, NG_AT(dtls), .words = dtls_words, .prefix = true,
		.tier = 1, .help = "ignored: there is no DTLS yet, and no line of it is ever written"},
	NOTHING("DTLS-reverse", 3, .values = "`passive`, `active`"),
	TEXT("DTLS-fingerprint", dtls_fingerprint, 3, .values = "hash"),

	/* Codecs. */
	{.name = "codec", .read = ng_read_codec, .prefix = true, .tier = 1,
		.values = "`{strip, offer, transcode, mask, except, accept, consume, set, ignore}`",
		.help = "lists of codecs, `NAME/RATE/CHANNELS/BITRATE/PTIME/FMTP`, payload types, `all`, "
			"`full`; among the flags `codec-mask-PCMA`. `--` stands for `=` and `..` for a "
			"space. What is in `mask` is not offered, and the answer has it only where nothing else "
			"is shared; `consume` likewise, but the answer begins with it; `ignore` is as `strip`; `offer` orders what it saves "
			"from `all`, which also saves what is in `transcode`, and `full` does not; "
			"`accept` of `all` is the flag `always-transcode`. `BITRATE` (at most) and `PTIME` "
			"are how we code: in `transcode` for the party that gets the offer, in `set` for "
			"the one that made it. In an answer `strip`, `ignore`, `except` and `offer` count "
			"alone, for what the offerer is told; in `publish` the first of `accept` that is "
			"there is taken"},
	{.name = "transcode", .read = ng_read_codecs, NG_AT(codec[NG_CODEC_TRANSCODE]),
		.prefix = true, .tier = 1, .values = "codecs", .help = "as `transcode` in `codec`"},
	NUMBER("ptime", ptime, 2, .values = "ms",
		.help = "of packets to the other party; of offers alone"),
	NUMBER("ptime-reverse", ptime_reverse, 2, .values = "ms",
		.help = "of packets to the party that made the offer"),
	{.name = "T.38", .read = ng_read_bits, NG_AT(t38), .words = t38_words, .prefix = true,
		.tier = 2, .help = "a gateway between fax as sound and T.38, of offers alone; once there it "
			"stays while its parties offer what they did, and without a word of it T.38 passes as it is"},
	NUMBER("T.38-version", t38_version, 3, .values = "0 to 3",
		.help = "of T.38, that a gateway speaks at most (0)"),

	/* What becomes of the call. */
	NUMBER("delete-delay", delete_delay, 1, .values = "seconds",
		.help = "how long a deleted call stays; 0: not at all"),
	NUMBER("limit", limit, 2, .values = "number", .help = "of call-ids that `list` answers (32)"),
	{.name = "generate-RTCP", .read = ng_read_word, NG_AT(generate_rtcp), .words = switch_words,
		.tier = 2, .help = "ignored: where speech is transcoded RTCP is made here, elsewhere it is "
			"passed on"},
	{.name = "drop-traffic", .read = ng_read_word, NG_AT(drop_traffic), .words = drop_words,
		.tier = 2, .help = "nothing of the call is passed on, until `stop`"},
	{.name = "media-echo", .read = ng_read_word, NG_AT(echo), .words = echo_words, .tier = 2,
		.help = "nothing passes between the parties, until `drop-traffic=stop`; an echo has the "
			"SSRC that it came with"},
	TEXT("xmlrpc-callback", xmlrpc_callback, 2, .values = "address",
		.help = "who is told when the call times out: `%%` in `[ng] timeout_url`"),

	/* Recording. */
	{.name = "record-call", .read = ng_read_word, NG_AT(record_call), .words = switch_words,
		.tier = 2, .missing = true, .help = "ignored: not supported yet"},
	TEXT("metadata", metadata, 2, .values = "text", .help = "ignored: not supported yet"),
	TEXT("recording-file", recording_file, 2, .values = "path"),
	TEXT("recording-dir", recording_dir, 2, .values = "path"),
	TEXT("recording-pattern", recording_pattern, 2, .values = "text"),
	NOTHING("output-destination", 3, .values = "path"),
	NOTHING("recording-media-slot", 3, .prefix = true, .values = "number"),
	NOTHING("recording-media-slots", 3, .values = "number"),
	NOTHING("recording-announcement", 3, .missing = true, .prefix = true, .values = "text"),
	NOTHING("recording-vsc", 3, .values = "word"),
	NOTHING("vsc", 3, .missing = true, .prefix = true, .values = "codes"),

	/* DTMF, and players. */
	NOTHING("DTMF-security", 2, .missing = true, .prefix = true, .values = "word", .help = "ignored: not supported yet"),
	NOTHING("DTMF-security-trigger", 2, .prefix = true, .values = "word"),
	NOTHING("DTMF-security-trigger-end", 2, .prefix = true, .values = "word"),
	NOTHING("DTMF-delay", 2, .missing = true, .prefix = true, .values = "ms"),
	NOTHING("DTMF-log-dest", 3, .missing = true, .values = "address"),
	TEXT("trigger", trigger, 2, .values = "digits"),
	NOTHING("trigger-end", 2, .values = "digits"),
	NOTHING("end-trigger", 2, .values = "digits"),
	NOTHING("trigger-end-time", 2, .values = "ms"),
	NOTHING("trigger-end-digits", 2, .values = "number"),
	NOTHING("frequency", 2, .values = "Hz"),
	NOTHING("frequencies", 2, .values = "Hz"),
	TEXT("code", code, 2, .values = "digit"),
	TEXT("digit", code, 2, .values = "digit"),
	NUMBER("duration", duration, 2, .values = "ms"),
	NUMBER("volume", volume, 2, .values = "dB"),
	NUMBER("pause", pause, 2, .values = "ms"),
	TEXT("file", file, 2, .values = "path"),
	TEXT("blob", blob, 2, .values = "bytes"),
	NOTHING("blob64", 2, .values = "base64"),
	NOTHING("db-id", 2, .values = "number"),
	NOTHING("repeat-times", 2, .values = "number"),
	NOTHING("repeat-duration", 2, .values = "ms"),
	NOTHING("start-pos", 2, .values = "ms"),
	NOTHING("audio-player", 3, .missing = true, .prefix = true, .values = "word"),
	NOTHING("moh", 3, .missing = true, .prefix = true, .values = "dictionary"),

	/* Commands of a later day. */
	TEXT("to-call-id", to_call_id, 3, .values = "text"),
	TEXT("source-tag", source_tag, 3, .values = "text"),
	TEXT("body", body, 3, .values = "text"),
	NOTHING("calls", 3, .values = "list"),
	NOTHING("tags", 3, .values = "list"),
	NOTHING("media", 3, .values = "list"),

	/* Rare. */
	NOTHING("instance", 3, .values = "text", .help = "ignored"),
	NOTHING("template", 3, .values = "name"),
	NOTHING("alias-key", 3, .values = "text"),
	NOTHING("peer", 3, .prefix = true, .values = "name"),
	NOTHING("inbound-peer", 3, .prefix = true, .values = "name"),
	NOTHING("outbound-peer", 3, .prefix = true, .values = "name"),
	NOTHING("delay-buffer", 3, .values = "ms"),
	NOTHING("extmap", 3, .prefix = true, .values = "`strip`, `mask`"),
	{.name = NULL},
};
/* clang-format on */
