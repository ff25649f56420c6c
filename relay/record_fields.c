/* SPDX-License-Identifier: Apache-2.0
 *
 * See record_fields.h.  A tag that has been in a release keeps its meaning for ever. */
#include "relay/record_fields.h"

#include "mesh/vomp.h"
#include "relay/call.h"
#include "relay/coding.h"

/* clang-format off */
#define FIELD(tag, kind, type, member, min, max, help) \
	{tag, kind, offsetof(struct type, member), sizeof(((struct type *)NULL)->member), min, max, #member, help}
#define NUMBER(tag, type, member, min, max, help) FIELD(tag, RECORD_NUMBER, type, member, min, max, help)
#define GROUP(tag, name, help) {tag, RECORD_GROUP, 0, 0, 0, 0, name, help}
#define END {0, RECORD_END, 0, 0, 0, 0, NULL, NULL}

#define INDEX_MAX ((UINT64_C(1) << 48) - 1)

const struct record_field record_call[] = {
	{RECORD_ID, RECORD_TEXT, 0, REQUEST_ID, 0, 0, "id", "of the call; stands first"},
	NUMBER(2, call, created_us, 0, INT64_MAX, "microseconds since 1970"),
	GROUP(RECORD_LEG, "leg", "a party"),
	NUMBER(4, call, exported, 0, 1, "1: its media is stopped here, for it was exported"),
	NUMBER(5, call, timeout_ms[TIMEOUT_SETUP], 0, UINT32_MAX, "its own; 0: the node's; 4294967295: none"),
	NUMBER(6, call, timeout_ms[TIMEOUT_MEDIA], 0, UINT32_MAX, "likewise"),
	NUMBER(7, call, timeout_ms[TIMEOUT_TOTAL], 0, UINT32_MAX, "likewise"),
	NUMBER(9, call, timeout_ms[TIMEOUT_HOLD], 0, UINT32_MAX, "likewise"),
	FIELD(10, RECORD_NOTE, call, note, 0, 0, "what the front end has kept with the call; secrets may be among it"),
	GROUP(RECORD_RULES, "rules", "about codecs"),
	GROUP(RECORD_LISTENER, "listener", "gets copies of what parties send; stands behind them; not to another node"),
	END,
};

const struct record_field record_rules[] = {
	NUMBER(1, codec_rules, allow, 0, UINT32_MAX, "bit n: the codec of number n; 0: all"),
	NUMBER(2, codec_rules, deny, 0, UINT32_MAX, "likewise; 0: none"),
	NUMBER(3, codec_rules, mask, 0, UINT32_MAX, "likewise"),
	NUMBER(4, codec_rules, transcode, 0, UINT32_MAX, "likewise"),
	NUMBER(5, codec_rules, prefer[0], 0, UINT8_MAX, "number of a codec; 0: none"),
	NUMBER(6, codec_rules, prefer[1], 0, UINT8_MAX, "likewise"),
	NUMBER(7, codec_rules, prefer[2], 0, UINT8_MAX, "likewise"),
	NUMBER(8, codec_rules, prefer[3], 0, UINT8_MAX, "likewise"),
	NUMBER(9, codec_rules, prefer[4], 0, UINT8_MAX, "likewise"),
	NUMBER(10, codec_rules, prefer[5], 0, UINT8_MAX, "likewise"),
	NUMBER(11, codec_rules, prefer[6], 0, UINT8_MAX, "likewise"),
	NUMBER(12, codec_rules, prefer[7], 0, UINT8_MAX, "likewise"),
	END,
};

const struct record_field record_leg[] = {
	FIELD(1, RECORD_TEXT, leg, name, 0, 0, "of the party"),
	FIELD(2, RECORD_TEXT, leg, interface, 0, 0, "of the configuration"),
	FIELD(3, RECORD_ADDR, leg, local, 0, 0, "our address; its port is 0"),
	GROUP(RECORD_MESH, "mesh", "the party is a phone of the mesh; then it has one stream, and neither has an address"),
	GROUP(RECORD_STREAM, "stream", "of the party, in the order of its m= lines"),
	END,
};

const struct record_field record_listener[] = {
	GROUP(RECORD_LEG, "leg", "as a party's; once"),
	GROUP(RECORD_OF, "of", "whose sound a stream of it gets, in their order"),
	END,
};

const struct record_field record_of[] = {
	NUMBER(1, listener_source, leg, 0, CALL_LEGS - 1, "of the call, in the order of the record"),
	NUMBER(2, listener_source, stream, 0, CALL_STREAMS - 1, "of that"),
	END,
};

const struct record_field record_mesh[] = {
	FIELD(1, RECORD_SID, request_mesh, sid, 0, 0, "of the party; 0: it is looked up by its number first"),
	FIELD(2, RECORD_SID, request_mesh, identity, 0, 0, "of ours that calls, or is called; 0: the primary one"),
	NUMBER(3, request_mesh, number, 0, SW_MESH_IDENTITIES - 1, "of that among ours"),
	FIELD(4, RECORD_TEXT, request_mesh, did, 0, 0, "number that is called"),
	FIELD(5, RECORD_TEXT, request_mesh, from, 0, 0, "number that calls"),
	NUMBER(6, request_mesh, incoming, 0, 1, "1: the party calls us"),
	NUMBER(7, request_mesh, local, 0, VOMP_CALLENDED, "our state of VoMP, docs/vomp.md; 0: not begun yet"),
	NUMBER(8, request_mesh, remote, 0, VOMP_CALLENDED, "the party's, likewise"),
	NUMBER(9, request_mesh, far_session, 0, UINT16_MAX, "the party's session; 0: not known; ours is the stream's `port`"),
	NUMBER(10, request_mesh, no_text, 0, 1, "1: the party takes no text"),
	END,
};

const struct record_field record_stream[] = {
	NUMBER(1, stream, media, 0, REQUEST_MEDIA - 1, "0 audio, 1 video, 2 application, 3 image"),
	NUMBER(2, stream, direction, 0, REQUEST_DIRECTIONS - 1,
		"of the party: 0 sendrecv, 1 sendonly, 2 recvonly, 3 inactive"),
	NUMBER(3, stream, source, 0, REQUEST_SOURCES - 1, "0 auto, 1 signalled, 2 latch, 3 any, 4 best, 5 newest"),
	NUMBER(4, stream, mux, 0, 1, "1: RTCP on the RTP port"),
	NUMBER(5, stream, dscp, 0, CALL_DSCP_BY_MEDIA, "0 to 63; 255: that of the medium"),
	NUMBER(6, stream, key_known, 0, 1, "1: `unseal` is the party's key, not a placeholder"),
	NUMBER(7, stream, rtcp_port, 0, UINT16_MAX, "of the party; 0: follows from its RTP port"),
	NUMBER(8, stream, latch_ms, 1, REQUEST_LATCH_MAX, "how long a latch stays open"),
	NUMBER(9, stream, clock_hz, 0, REQUEST_CLOCK_MAX, "of RTP; 0: that of the medium"),
	FIELD(10, RECORD_ADDR, stream, remote, 0, 0, "of the party, as signalled"),
	NUMBER(13, stream, id, 1, UINT64_MAX, "of the transport"),
	NUMBER(14, stream, slot, 0, UINT32_MAX, "of the transport; nothing to another node; 4294967295: it has none"),
	NUMBER(15, stream, relatch, 0, UINT32_MAX, "raised when what was learned is to be forgotten"),
	NUMBER(19, stream, e2e, 0, 1, "1: end to end: relayed bit by bit; all streams of a call, or none"),
	NUMBER(20, stream, codec, 0, REQUEST_CODECS - 1,
		"of the party: 0 other, 1 PCMU, 2 PCMA, 3 G729, 4 G723, 5 GSM-EFR, 6 AMR, 7 unrated, 8 GSM, 9 to 12"
		" G726-16 to G726-40, 13 G722, 14 AMR-WB, 15 L16, 16 opus"),
	NUMBER(17, stream, port, 2, UINT16_MAX - 1, "ours, of RTP; even"),
	NUMBER(22, stream, closed, 0, 1, "1: it has no transport, hence no `id` and no `port`"),
	NUMBER(23, stream, no_feedback, 0, 1, "1: the party is sent no RTCP feedback"),
	NUMBER(24, stream, spent, 0, UINT64_MAX, "fingerprint of the last key of ours that may not seal again"),
	NUMBER(25, stream, wait, 0, 1, "1: the party is sent nothing before it has been heard"),
	FIELD(26, RECORD_OTHER_ADDR, stream, rtcp, 0, 0, "where the party wants RTCP, port 0; absent: at `remote`"),
	NUMBER(27, stream, pierce, 0, 1, "1: the party is sent a few empty datagrams first"),
	GROUP(RECORD_CODING, "coding", "what its packets hold, and what is done to it"),
	GROUP(RECORD_HISTORY, "history", "what the switch knew when it stopped the transport"),
	END,
};

const struct record_field record_keys[] = {
	FIELD(11, RECORD_KEY, stream_keys, unseal, 0, 0, "what the party seals with"),
	FIELD(12, RECORD_KEY, stream_keys, seal, 0, 0, "what we seal with"),
	END,
};

const struct record_field record_coding[] = {
	NUMBER(1, coding, mute, 0, 1, "1: silence instead of what the party says"),
	NUMBER(2, coding, block, 0, 1, "1: nothing of what it sends is passed on"),
	NUMBER(3, coding, fill, 0, 1, "1: it needs sound without pause"),
	NUMBER(4, coding, gain_db10, 0, UINT16_MAX, "tenths of a decibel, -600 to 300, in two's complement"),
	NUMBER(5, coding, opus_complexity, 0, UINT8_MAX, "of encoding towards the party, 0 to 10; 255: as the codec likes"),
	NUMBER(6, coding, window_ms, 0, CODING_WINDOW_MAX_MS, "longest wait for a packet"),
	NUMBER(7, coding, transcoder, 0, SW_TRANSCODERS, "1 + number of the transcode core; nothing to another node"),
	NUMBER(8, coding, echo, 0, 1, "1: what it sends goes back to itself"),
	GROUP(RECORD_FORMAT, "format", "a codec that the party has agreed to, in its order"),
	GROUP(RECORD_FAX, "fax", "the party speaks T.38, and the sound of the other one becomes that; at most once"),
	END,
};

const struct record_field record_fax[] = {
	NUMBER(1, request_fax, gateway, 1, 1, "there is a gateway"),
	NUMBER(2, request_fax, version, 0, REQUEST_FAX_VERSION_MAX, "of T.38"),
	NUMBER(3, request_fax, correction, 0, REQUEST_CORRECTIONS - 1, "of what the party is sent: 0 none, 1 redundancy, 2 FEC"),
	NUMBER(4, request_fax, limits, 0, (1 << 6) - 1,
		"bits, what the gateway does without: 1 ECM, 2 V.17, 4 V.29, 8 V.27ter, 16 V.34, 32 IAF; never all of 2, 4 and 8"),
	NUMBER(5, request_fax, max_datagram, 0, UINT16_MAX, "bytes that the party takes; 0: not said"),
	END,
};

const struct record_field record_format[] = {
	FIELD(1, RECORD_TEXT, request_format, name, 0, 0, "of the codec, as signalled"),
	NUMBER(2, request_format, format.codec, 0, UINT8_MAX, "its number; 0: strowger has none"),
	NUMBER(3, request_format, format.payload_type, 0, 127, "of RTP"),
	NUMBER(4, request_format, format.channels, 0, UINT8_MAX, ""),
	NUMBER(5, request_format, format.ptime_ms, 0, CODEC_PTIME_MAX, "of sound in a packet"),
	NUMBER(6, request_format, format.complexity, 0, UINT8_MAX, "of encoding; 255: not said"),
	NUMBER(7, request_format, format.flags, 0, UINT16_MAX, "bits: 1 FEC, 2 DTX, 4 CBR, 8 octet-aligned, 16 stereo sent"),
	NUMBER(8, request_format, format.rate, 0, REQUEST_CLOCK_MAX, "samples a second worth encoding; of codec 0 the clock"),
	NUMBER(9, request_format, format.bitrate, 0, UINT32_MAX, "bits a second at most; 0: any"),
	NUMBER(10, request_format, format.modes, 0, UINT32_MAX, "bit n: mode n may be used; 0: any"),
	NUMBER(11, request_format, format.capture_rate, 0, UINT32_MAX, "samples a second; 0: not said"),
	NUMBER(12, request_format, format.max_ptime_ms, 0, UINT32_MAX, "0: not said"),
	END,
};

const struct record_field record_history[] = {
	NUMBER(1, sw_history, rx_packets, 0, UINT64_MAX, "RTP accepted"),
	NUMBER(2, sw_history, rx_bytes, 0, UINT64_MAX, "of UDP payload"),
	NUMBER(3, sw_history, tx_packets, 0, UINT64_MAX, "RTP sent"),
	NUMBER(4, sw_history, tx_bytes, 0, UINT64_MAX, "of UDP payload"),
	NUMBER(5, sw_history, rx_rtcp, 0, UINT64_MAX, "RTCP packets accepted"),
	NUMBER(6, sw_history, tx_rtcp, 0, UINT64_MAX, "RTCP packets sent"),
	NUMBER(7, sw_history, lost, 0, UINT64_MAX, "over numberings that have ended"),
	NUMBER(8, sw_history, idle_ms, 0, UINT64_MAX, "since the last packet, at least 1; 0: none has come"),
	NUMBER(9, sw_history, latch_ms, 0, UINT32_MAX, "that the latch still stays open"),
	NUMBER(10, sw_history, epochs, 0, UINT32_MAX, "the newest numbering's number"),
	NUMBER(11, sw_history, relatch, 0, UINT32_MAX, "the `relatch` that what was learned belongs to"),
	NUMBER(12, sw_history, latched[0], 0, 1, "1: RTP has latched"),
	NUMBER(13, sw_history, latched[1], 0, 1, "1: RTCP has"),
	NUMBER(14, sw_history, generation, 0, UINT8_MAX, "of the unseal keys in force"),
	NUMBER(15, sw_history, seal_generation, 0, UINT8_MAX, "of the seal key in force"),
	NUMBER(16, sw_history, key_generation, 0, UINT8_MAX, "of the newest unseal key that a packet has met"),
	NUMBER(17, sw_history, key_proven, 0, 1, "1: that key has authenticated a packet"),
	NUMBER(18, sw_history, old_key, 0, 1, "1: the key before it may still come"),
	NUMBER(19, sw_history, seal_met, 0, UINT8_MAX, "of the newest seal key that a packet has met"),
	FIELD(20, RECORD_ADDR, sw_history, learned[0], 0, 0, "where RTP is answered, when other than signalled"),
	FIELD(21, RECORD_ADDR, sw_history, learned[1], 0, 0, "the same of RTCP"),
	FIELD(22, RECORD_KEY, sw_history, unseal[0], 0, 0, "the newest unseal key"),
	FIELD(23, RECORD_KEY, sw_history, unseal[1], 0, 0, "the one before, in its time of grace"),
	NUMBER(24, sw_history, rx_reordered, 0, UINT64_MAX, "RTP packets accepted behind a later one"),
	NUMBER(25, sw_history, zrtp, 0, UINT64_MAX, "packets of ZRTP accepted"),
	NUMBER(26, sw_history, secured, 0, UINT16_MAX,
		"32768 and the low bits of a `relatch`: from then on the party seals by keys of ZRTP"),
	GROUP(RECORD_RX, "rx", "an SSRC that arrives"),
	GROUP(RECORD_TX, "tx", "an SSRC that leaves"),
	GROUP(RECORD_DROP, "drop", "packets that went no further for one reason"),
	END,
};

const struct record_field record_rx[] = {
	NUMBER(1, sw_rx_history, ssrc, 0, UINT32_MAX, ""),
	NUMBER(2, sw_rx_history, epoch, 0, UINT32_MAX, "number of its numbering; 0: it has none"),
	NUMBER(3, sw_rx_history, index, 0, INDEX_MAX, "highest accepted 48-bit index"),
	NUMBER(4, sw_rx_history, window[0], 0, UINT64_MAX, "bit n: index - n was accepted"),
	NUMBER(5, sw_rx_history, window[1], 0, UINT64_MAX, "bit n: index - 64 - n was"),
	NUMBER(6, sw_rx_history, first, 0, INDEX_MAX, "index that the numbering began with"),
	NUMBER(7, sw_rx_history, packets, 0, UINT64_MAX, "accepted in it"),
	NUMBER(8, sw_rx_history, rtcp_window, 0, UINT64_MAX, "bit n: rtcp_index - n was accepted"),
	NUMBER(9, sw_rx_history, rtcp_index, 0, INT32_MAX, "highest accepted SRTCP index"),
	NUMBER(10, sw_rx_history, seen, 0, UINT32_MAX, "seconds of silence"),
	NUMBER(11, sw_rx_history, transit, 0, UINT32_MAX, "RFC 3550 A.8"),
	NUMBER(12, sw_rx_history, jitter, 0, UINT32_MAX, "1/16 of a timestamp unit"),
	NUMBER(13, sw_rx_history, restart, 0, UINT16_MAX, "sequence number that would prove a restart"),
	NUMBER(14, sw_rx_history, keys, 0, 3, "bit g: numbered under key generation g modulo 2"),
	NUMBER(15, sw_rx_history, state, 0, 2, "1 in use, 2 in use and a restart is suspected"),
	NUMBER(16, sw_rx_history, rtcp_used, 0, 3, "bit g: SRTCP under key generation g modulo 2"),
	END,
};

const struct record_field record_tx[] = {
	NUMBER(1, sw_tx_ssrc, ssrc, 0, UINT32_MAX, ""),
	NUMBER(2, sw_tx_ssrc, source, 0, UINT64_MAX, "id of the transport that it comes from"),
	NUMBER(3, sw_tx_ssrc, epoch, 0, UINT32_MAX, "of that transport's numbering"),
	NUMBER(4, sw_tx_ssrc, offset, 0, UINT64_MAX, "outgoing index - incoming index, modulo 2^64"),
	NUMBER(5, sw_tx_ssrc, highest, 0, INDEX_MAX, "highest index sealed"),
	NUMBER(6, sw_tx_ssrc, floor, 0, INDEX_MAX + 1, "lowest index that this numbering may have"),
	NUMBER(7, sw_tx_ssrc, rtcp_index, 0, INT32_MAX, "last SRTCP index used"),
	NUMBER(8, sw_tx_ssrc, state, 0, 7, "bits: 1 in use, 2 for RTP too, 4 not yet under the newest key"),
	END,
};

const struct record_field record_drop[] = {
	FIELD(1, RECORD_TEXT, record_drop, name, 0, 0, "of the reason; one that is unknown is left out"),
	NUMBER(2, record_drop, packets, 0, UINT64_MAX, ""),
	END,
};
/* clang-format on */
