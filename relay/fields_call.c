/* SPDX-License-Identifier: Apache-2.0
 *
 * See fields_call.h. */
#include "relay/fields_call.h"

#include "control/request.h"
#include "relay/fields.h"
#include "relay/fields_mesh.h"
#include "relay/heard.h"
#include "relay/timeouts.h"

const char *const fields_call_suites[] = {"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32",
	"AES_192_CM_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80",
	"AES_256_CM_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM", "none", NULL};

const char *const fields_call_fax_sides[] = {"sound", "t38", NULL};

/* clang-format off */
/* ---- What is asked for. ---- */

const struct rpc_field fields_call_id[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	NO_MORE,
};

static const struct rpc_field remote_params[] = {
	{.name = "address", .type = RPC_STRING, .required = true, .min = 2, .max = 45,
		.help = "IPv4 or IPv6; unicast, not link-local"},
	{.name = "port", .type = RPC_INT, .required = true, .min = 1, .max = 65535, .help = "of RTP"},
	TEXT("rtcp_address", 2, 45, "of RTCP, of the same family; otherwise address, as always with rtcp_mux"),
	INT("rtcp_port", 1, 65535, NULL, "of RTCP; otherwise the port behind, or the same with rtcp_mux"),
	NO_MORE,
};

static const struct rpc_field srtp_params[] = {
	WORD("suite", fields_call_suites, "as in a=crypto (RFC 4568, 6188, 7714); none: plain RTP again"),
	TEXT("key", 1, 64, "base64 of key and salt that this party seals with; absent: not known yet, and "
		"nothing is accepted from it"),
	TEXT("mki", 0, 32, "MKI of that key, in hexadecimal"),
	BOOL("rekey", "strowger makes a new key of its own, too"),
	TEXT("our_key", 1, 64, "base64 of key and salt that strowger seals with towards this party; otherwise it makes"
		" its own.  Of one transport alone: with reopen, or when closed ends, another one"),
	NO_MORE,
};

static const struct rpc_field codec_params[] = {
	NEED("name", 1, REQUEST_CODEC - 1, "as in a=rtpmap; one that codec.list does not have can pass, and not be transcoded"),
	INT("payload_type", 0, 127, NULL, "of RTP; may be absent where the codec has one of its own (RFC 3551)"),
	INT("clock", 1, REQUEST_CLOCK_MAX, "Hz", "as in a=rtpmap; otherwise the codec's first"),
	INT("channels", 1, 255, NULL, "as in a=rtpmap; otherwise 1, or what the codec always says (opus: 2)"),
	INT("ptime", CODEC_PTIME_MIN, CODEC_PTIME_MAX, "ms", "of sound in a packet, that the party wants; otherwise the codec's"),
	TEXT("fmtp", 1, CODEC_FMTP - 1, "as in a=fmtp behind the payload type; what is not known is left alone"),
	NO_MORE,
};

static const struct rpc_field fax_params[] = {
	BOOL("gateway", "otherwise true; false: there is none any more"),
	INT("version", 0, REQUEST_FAX_VERSION_MAX, NULL, "of T.38, that both have agreed on; otherwise 0"),
	WORD("correction", request_correction_words, "of what the party is sent (T38FaxUdpEC); otherwise redundancy"),
	INT("max_datagram", 72, REQUEST_FAX_DATAGRAM_MAX, "bytes", "that the party takes (T38FaxMaxDatagram)"),
	{.name = "without", .type = RPC_ARRAY, .max = 6, .element = RPC_STRING,
		.help = "ecm, v17, v29, v27ter, v34, iaf: what the gateway does not offer; not all of v17, v29 and v27ter. "
			"With SpanDSP 0.0.6 v27ter and v29 take V.17 away, V.27ter always stays, and iaf changes nothing"},
	NO_MORE,
};

static const struct rpc_field stream_params[] = {
	WORD("media", request_media_words, "what it carries; otherwise audio"),
	OBJECT("remote", remote_params, "where the party receives; absent: not known yet"),
	BOOL("rtcp_mux", "RTP and RTCP share a port on both sides (RFC 5761)"),
	WORD("direction", request_direction_words, "what this party does; otherwise sendrecv"),
	WORD("source", request_source_words, "whom strowger listens to; otherwise auto: with SRTP whoever holds "
		"the key, else the signalled address.  latch: the first source within latch_ms.  best: within latch_ms"
		" the source most like the signalled address.  newest: within latch_ms whoever sends,"
		" then the last of them.  any: whoever sends, and the signalled address is answered"),
	INT("latch_ms", 1, REQUEST_LATCH_MAX, "ms", "how long a latch stays open; otherwise 10000"),
	BOOL("relatch", "forget the source that was learned, and open the latch anew; without it only another"
		" remote address or a change of source to latch does"),
	INT("clock", 1, REQUEST_CLOCK_MAX, "Hz", "of RTP timestamps, for jitter; otherwise that of `codecs`, 8000 for audio, 90000 "
		"for video"),
	INT("dscp", 0, 63, NULL, "of what strowger sends to the party; otherwise 46 for audio, 34 for video, 0"),
	TEXT("codec", 1, REQUEST_CODEC - 1, "of what the party says, as in SDP, for its MOS: one of those that"
		" call.get has; unrated: there is to be none; any other name, or nothing, is taken for G.711"),
	{.name = "codecs", .type = RPC_ARRAY, .min = 1, .max = REQUEST_FORMATS, .fields = codec_params,
		.help = "what the party has agreed to receive, and to send, the best first.  When both parties have said it,"
			" payload types are mapped and sound is transcoded where that is needed; otherwise payloads pass as"
			" they are.  Says `codec`, too"},
	NUMBER("gain_db", "-60 to 30", "louder or quieter, of what this party says; needs `codecs` of both, and transcodes"),
	BOOL("mute", "silence instead of what this party says; without transcoding nothing at all; of either party of a"
		" fax gateway it ends the fax"),
	BOOL("block", "nothing of what this party sends is passed on; ends a fax as mute does"),
	BOOL("echo", "what this party sends goes back to itself, as it came, and to nobody else"),
	BOOL("fill", "this party needs sound without pause: where its codec has none, it is made; with `codecs` of both"),
	BOOL("closed", "the stream has no transport, and nothing of it is relayed; false: it has one again.  Other streams"
		" keep their places"),
	BOOL("reopen", "a new transport, at another port, takes the place of the one that it has"),
	BOOL("wait", "nothing is sent to this party before it has been heard; where its address is learned"),
	BOOL("pierce", "a few empty datagrams go to each address of this party that is new, from the ports where it is"
		" awaited, and end when it is heard: a NAT or firewall in front of strowger lets it in then; not with `wait`"),
	BOOL("avpf", "false: this party is sent no RTCP feedback (RFC 4585); otherwise true"),
	OBJECT("srtp", srtp_params, "the stream is SRTP on this leg; otherwise it is RTP"),
	OBJECT("fax", fax_params, "of media image: the party speaks T.38 over UDPTL, and the other leg's stream, audio whose"
		" `codecs` have PCMU or PCMA, is fax as sound: a gateway translates"),
	NO_MORE,
};

static const char *const families[] = {"ipv4", "ipv6", NULL};

static const struct rpc_field leg_params[] = {
	NEED("name", 1, REQUEST_NAME - 1, "of the party, within the call"),
	WORD("type", request_leg_words, "vomp: the party is a phone of the mesh, called by sid, did or both; such a leg has one"
		" stream of its own, and neither interface, family nor streams are said.  Otherwise rtp"),
	TEXT("sid", 2 * REQUEST_SID, 2 * REQUEST_SID, "of type vomp: address in the mesh, in hexadecimal"),
	TEXT("did", 5, 31, "of type vomp: number that is called, 0-9 * # +; without a sid it is looked up in the mesh"),
	TEXT("from", 1, REQUEST_DID - 1, "of type vomp: number that calls, for the party to see; otherwise that of the identity"),
	TEXT("identity", 2 * REQUEST_SID, 2 * REQUEST_SID, "of type vomp: which of the node's identities calls, in hexadecimal;"
		" otherwise the first one"),
	TEXT("interface", 1, REQUEST_INTERFACE - 1, "of the configuration; otherwise the first one"),
	WORD("family", families, "of strowger's address; otherwise that of the remote address, or of the "
		"interface's first address"),
	{.name = "streams", .type = RPC_ARRAY, .min = 0, .max = REQUEST_STREAMS, .fields = stream_params,
		.help = "one each m= line; joined with the other leg's by their order"},
	NO_MORE,
};

static const struct rpc_field timeouts_params[] = {
	INT("setup_ms", 0, TIMEOUT_MAX_MS, "ms", "for the second leg, a remote address, and media of each leg"
		" that is to send"),
	INT("media_ms", 0, TIMEOUT_MAX_MS, "ms", "of silence of a leg that has been heard and is not on hold"),
	INT("hold_ms", 0, TIMEOUT_MAX_MS, "ms", "of silence of the whole call, while a leg is on hold"),
	INT("total_ms", 0, TIMEOUT_MAX_MS, "ms", "that the call may last"),
	NO_MORE,
};

static const struct rpc_field rules_params[] = {
	{.name = "allow", .type = RPC_ARRAY, .max = CODECS, .element = RPC_STRING,
		.help = "no speech but in these; names of codec.list, or other: all that it does not have"},
	{.name = "deny", .type = RPC_ARRAY, .max = CODECS, .element = RPC_STRING, .help = "not these"},
	{.name = "prefer", .type = RPC_ARRAY, .max = REQUEST_PREFER, .element = RPC_STRING,
		.help = "these first, in this order, whatever the parties like"},
	{.name = "transcode", .type = RPC_ARRAY, .max = CODECS, .element = RPC_STRING,
		.help = "a party that has one of these gets it, also when both share another"},
	{.name = "mask", .type = RPC_ARRAY, .max = CODECS, .element = RPC_STRING,
		.help = "of the first leg, that the second one is not to get"},
	NO_MORE,
};

const struct rpc_field fields_call_change[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	WORD("e2e", request_e2e_words, "the parties have keys of their own, which nobody here knows: relay what they"
		" send bit by bit, or refuse.  For call.create alone, and for as long as the call lasts"),
	OBJECT("codecs", rules_params, "rules about the codecs of its parties; all of them take the place of those before"),
	OBJECT("timeouts", timeouts_params, "other than the configuration's, 1000 at least; 0: none"),
	{.name = "legs", .type = RPC_ARRAY, .required = true, .min = 1, .max = REQUEST_LEGS,
		.fields = leg_params, .help = "its parties"},
	NO_MORE,
};

/* ---- What is answered to that. ---- */

static const struct rpc_field local_result[] = {
	TEXT("address", 0, 0, "strowger's"),
	COUNT("port", NULL, "of RTP"),
	COUNT("rtcp_port", NULL, "of RTCP"),
	NO_MORE,
};

static const struct rpc_field srtp_result[] = {
	TEXT("suite", 0, 0, "as asked"),
	TEXT("key", 0, 0, "base64 of key and salt that strowger seals with towards this party"),
	NO_MORE,
};

static const struct rpc_field answered_stream[] = {
	TEXT("media", 0, 0, "as asked"),
	BOOL("closed", "it has no transport, and so none of the following; absent: it has"),
	OBJECT("local", local_result, "where the party is to send; absent in the mesh"),
	OBJECT("bound", local_result, "where that arrives; absent: it is the same (no advertised address)"),
	OBJECT("srtp", srtp_result, "absent without SRTP"),
	NO_MORE,
};

const struct rpc_field fields_call_answered_leg[] = {
	TEXT("name", 0, 0, "of the party"),
	TEXT("interface", 0, 0, "of the configuration; or mesh"),
	MESH_LEG,
	ARRAY("streams", answered_stream, "in the order of the request"),
	NO_MORE,
};

const struct rpc_field fields_call_changed[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("e2e", request_e2e_words, "the call is end to end; absent: it is not"),
	ARRAY("legs", fields_call_answered_leg, "all of the call's"),
	NO_MORE,
};

const struct rpc_field fields_call_error[] = {
	COUNT("code", NULL, "as in an error of call.create or call.delete"),
	TEXT("message", 0, 0, "for people"),
	OBJECT("data", NULL, "for programs"),
	NO_MORE,
};

/* ---- What is seen of a call. ---- */

const char *const fields_call_states[] = {"running", "exported", NULL};

static const struct rpc_field endpoint_result[] = {
	TEXT("address", 0, 0, "IPv4 or IPv6"),
	COUNT("port", NULL, "UDP"),
	NO_MORE,
};

static const struct rpc_field remote_result[] = {
	TEXT("address", 0, 0, "the party's"),
	COUNT("port", NULL, "of RTP"),
	TEXT("rtcp_address", 0, 0, "of RTCP; absent: it is address"),
	COUNT("rtcp_port", NULL, "of RTCP"),
	NO_MORE,
};

static const struct rpc_field events_result[] = {
	COUNT("latches", NULL, "sources latched on"),
	COUNT("second_sources", NULL, "reports of somebody else sending to the port; one a second at most"),
	COUNT("rekeys", NULL, "new keys of the party that came into use"),
	COUNT("ssrc_limits", NULL, "reports of an SSRC too many; one a second at most"),
	NO_MORE,
};

static const struct rpc_field report_result[] = {
	COUNT("reports", NULL, "report blocks of its RTCP"),
	COUNT("lost", "packets", "of what the other party sends, wherever; duplicates count against it"),
	NUMBER("loss", "%", "the same, of all that should have come"),
	NUMBER("jitter_ms", "ms", "at the party"),
	MOS("mos", "as the party hears it, with the delay of both legs"),
	MOS("mos_lowest", "of 5 s, so far; absent: none yet"),
	MOS("mos_mean", "of them all"),
	NO_MORE,
};

static const struct rpc_field seen_codec[] = {
	TEXT("name", 0, 0, "as asked"),
	COUNT("payload_type", NULL, "of RTP"),
	COUNT("clock", "Hz", "of RTP timestamps; absent: not said"),
	COUNT("channels", NULL, "as in a=rtpmap"),
	COUNT("ptime", "ms", "of sound in a packet; absent: it can only pass"),
	TEXT("fmtp", 0, 0, "as it was understood; absent: all is as the codec has it"),
	BOOL("used", "the rules of the call let it be; false: what comes of it is dropped"),
	NO_MORE,
};

static const struct rpc_field transcode_result[] = {
	COUNT("core", NULL, "number of the transcode core"),
	COUNT("ssrc", NULL, "of what leaves"),
	COUNT("window_ms", "ms", "that a missing packet is waited for, as of now; 0: packets come in order"),
	NUMBER("level_db", "dBov", "of what leaves, lately; -127: silence"),
	NUMBER("busy_ms", "ms", "of the core's time, so far"),
	COUNT("packets_in", "packets", "that came to be transcoded"),
	COUNT("packets_out", "packets", "that left"),
	COUNT("frames", "packets", "decoded"),
	COUNT("passed", "packets", "that left as they came, for the other party has their codec"),
	COUNT("events", "packets", "of telephone-event"),
	COUNT("lost", "packets", "that did not come in time"),
	COUNT("recovered", "packets", "of them, that the next one had in it"),
	COUNT("concealed", "packets", "of them, for which sound was made up"),
	COUNT("filled", "packets", "made because none came"),
	COUNT("late", "packets", "that came when their turn had passed"),
	COUNT("duplicates", "packets", "that had come before"),
	COUNT("reordered", "packets", "that came behind a later one, in time"),
	COUNT("malformed", "packets", "that were none of their codec's"),
	COUNT("unknown", "packets", "of a payload type that was not agreed to"),
	COUNT("jumps", NULL, "of its timestamps or source, after which it began anew"),
	COUNT("clipped", "samples", "that were too loud after gain_db"),
	NO_MORE,
};

static const struct rpc_field fax_result[] = {
	WORD("side", fields_call_fax_sides, "what this party has"),
	COUNT("version", NULL, "of T.38"),
	WORD("correction", request_correction_words, "of what the party with T.38 is sent"),
	COUNT("max_datagram", "bytes", "that it takes, or a little less; absent: not said"),
	{.name = "without", .type = RPC_ARRAY, .element = RPC_STRING, .help = "as asked; absent: nothing"},
	COUNT("pages", NULL, "that have crossed, either way"),
	COUNT("bit_rate", "bit/s", "of the last image; absent: none yet"),
	BOOL("ecm", "the machines correct errors by themselves; absent: as bit_rate"),
	NO_MORE,
};

static const struct rpc_field zrtp_result[] = {
	COUNT("packets", "packets", "of ZRTP accepted from the party"),
	BOOL("secured", "it has agreed on keys with the other party: what it sends is passed as it is, never sealed or"
		" transcoded"),
	NO_MORE,
};

static const struct rpc_field seen_stream[] = {
	TEXT("media", 0, 0, "what it carries"),
	BOOL("closed", "it has no transport, and so no local address and no figures; absent: it has"),
	TEXT("direction", 0, 0, "what the party does"),
	OBJECT("local", local_result, "strowger's side, as the party knows it; absent in the mesh"),
	OBJECT("bound", local_result, "where that arrives; absent: it is the same (no advertised address)"),
	OBJECT("remote", remote_result, "as signalled; absent: not known, or in the mesh"),
	OBJECT("learned", endpoint_result, "where RTP is sent instead; absent: nothing was learned"),
	OBJECT("learned_rtcp", endpoint_result, "the same of RTCP"),
	TEXT("source", 0, 0, "whom strowger listens to, in words"),
	TEXT("suite", 0, 0, "of SRTP; none: RTP; mesh: boxes of the mesh; end to end: only the parties know"),
	TEXT("bridge", 0, 0, "what happens to what the party sends, in words"),
	COUNT("dscp", NULL, "of what is sent to the party"),
	WORD("codec", request_codec_words, "of what the party says; unrated: no figures of it are published; absent: not said"),
	ARRAY("codecs", seen_codec, "that the party has agreed to; absent: not said"),
	NUMBER("gain_db", "dB", "as asked; absent: 0"),
	BOOL("mute", "as asked; absent: no"),
	BOOL("block", "as asked; absent: no"),
	BOOL("echo", "as asked; absent: no"),
	BOOL("fill", "as asked; absent: no"),
	TEXT("coding", 0, 0, "what happens to the payloads that the party sends, in words; absent: nothing"),
	OBJECT("transcode", transcode_result, "figures of that, which stay when it is held or ends; absent: they have not been"
		" transcoded"),
	OBJECT("fax", fax_result, "a gateway between fax as sound and T.38; absent: there is none"),
	COUNT("core", NULL, "number of the forwarding core that it is with"),
	COUNT("rx_packets", "packets", "RTP accepted from the party"),
	COUNT("rx_bytes", "bytes", "of UDP payload"),
	COUNT("tx_packets", "packets", "RTP sent to the party"),
	COUNT("tx_bytes", "bytes", "of UDP payload"),
	COUNT("rx_rtcp", "packets", "RTCP accepted"),
	COUNT("tx_rtcp", "packets", "RTCP sent"),
	COUNT("lost", "packets", "lost between the party and strowger"),
	NUMBER("loss", "%", "the same, of all that should have come"),
	COUNT("duplicates", "packets", "that had come before; dropped"),
	COUNT("reordered", "packets", "that came behind a later one"),
	NUMBER("jitter_ms", "ms", "of what arrives (RFC 3550 6.4.1)"),
	NUMBER("round_trip_ms", "ms", "from strowger to the party and back, by its last report; absent: not known"),
	NUMBER("talk_s", "s", "with RTP coming from the party, in steps of 5"),
	WORD("flow", heard_flow_words, "what became of what the party said lately.  idle: nothing came, and nobody missed"
		" it; heard: it left; silent: nothing came, while the other party spoke; not_relayed: it came and did not"
		" leave.  The last two after timeouts.one_way"),
	MOS("mos", "of what arrives, over the whole call (E-model, ITU-T G.107); absent: less than half a second of"
		" audio"),
	MOS("mos_lowest", "of 5 s, so far; absent: none yet"),
	MOS("mos_mean", "of them all"),
	COUNT("byes", "packets", "in which sources of the party took leave; absent: none"),
	OBJECT("report", report_result, "what the party says that it hears, end to end; absent: nothing"),
	COUNT("last_packet_ms_ago", "ms", "absent: none has come"),
	OBJECT("zrtp", zrtp_result, "absent: no packet of it has come"),
	OBJECT("drops", NULL, "packets by reason (drop.list says what they mean); only those that are not 0"),
	OBJECT("events", events_result, "what the data plane reported"),
	NO_MORE,
};

const struct rpc_field fields_call_seen_leg[] = {
	TEXT("name", 0, 0, "of the party"),
	TEXT("interface", 0, 0, "of the configuration; or mesh"),
	MESH_LEG,
	ARRAY("streams", seen_stream, "of the party"),
	NO_MORE,
};

static const struct rpc_field seen_copy[] = {
	TEXT("media", 0, 0, "what it carries"),
	TEXT("leg", 0, 0, "whose sound it gets"),
	COUNT("stream", NULL, "of that leg"),
	TEXT("copy", 0, 0, "what it gets, in words"),
	BOOL("closed", "it was refused, and has no transport; absent: it has"),
	OBJECT("local", local_result, "where it comes from, as the listener knows it"),
	OBJECT("bound", local_result, "where that is; absent: it is the same (no advertised address)"),
	OBJECT("remote", remote_result, "where it goes; absent: not known yet"),
	TEXT("suite", 0, 0, "of SRTP; none: RTP"),
	COUNT("tx_packets", "packets", "RTP sent to the listener"),
	NO_MORE,
};

static const struct rpc_field seen_listener[] = {
	TEXT("name", 0, 0, "of the listener; its to-tag in NG"),
	TEXT("interface", 0, 0, "of the configuration"),
	ARRAY("streams", seen_copy, "one for each that it listens to"),
	NO_MORE,
};

static const struct rpc_field ng_result[] = {
	TEXT("call_id", 0, 0, "of the dialog; a fork of it is another call with the same"),
	TEXT("from_tag", 0, 0, "of the party that made the first offer, which is the leg `caller`"),
	TEXT("to_tag", 0, 0, "of the leg `callee`; absent: it is not known yet"),
	NO_MORE,
};

const struct rpc_field fields_call_seen[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("state", fields_call_states, "exported: its media is stopped here"),
	WORD("e2e", request_e2e_words, "the call is end to end; absent: it is not"),
	OBJECT("codecs", rules_params, "rules that were asked for"),
	OBJECT("timeouts", timeouts_params, "that were asked for; those of the configuration are not told"),
	OBJECT("ng", ng_result, "the call was made by the NG protocol, which calls it so"),
	NUMBER("age_s", "s", "since call.create"),
	ARRAY("legs", fields_call_seen_leg, "its parties"),
	ARRAY("listeners", seen_listener, "who gets copies of what they send, by NG's `subscribe request`; absent: nobody"),
	NO_MORE,
};
/* clang-format on */
