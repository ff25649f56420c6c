/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_values.h: the session's lines, attributes, media that are left out, rtcp-mux, bundles
 * and ICE.  RFC 5761, RFC 8843. */
#include <stdlib.h>

#include "tests/relay/ng_values.h"

#define VERSION ",\"replace\":[\"SDP-version\"]"
#define VIDEO "m=video 4002 RTP/AVP 34\n"
#define ZERO "c=IN IP4 0.0.0.0\n"
#define MUX AUDIO "a=rtcp-mux\n"
#define PCMU_MUX PCMU_BACK "a=rtcp-mux\n"
#define MID AUDIO "a=mid:a\n"
#define PLAIN_ICE                                                    \
	AUDIO "a=ice-ufrag:abcd\na=ice-pwd:0123456789012345678901\n" \
	      "a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host\n"

/* alice, who is carol after a transfer behind a server. */
#define CAROL                                           \
	{                                               \
		VALUE_OFFER, "", AUDIO, "carol", "hers" \
	}

#define AGAIN(first, again) .step = {OFFERS("", first), OFFERS("", again)}

static bool
muxes(unsigned leg)
{
	return talk_stream(leg, 0)->mux;
}

static bool
caller_muxes_alone(void)
{
	return muxes(CALLER) && !muxes(CALLEE);
}

static bool
callee_muxes_alone(void)
{
	return muxes(CALLEE) && !muxes(CALLER);
}

static bool
both_mux(void)
{
	return muxes(CALLER) && muxes(CALLEE);
}

static bool
nobody_muxes(void)
{
	return !muxes(CALLER) && !muxes(CALLEE);
}

const struct value_row ng_values_sdp[] = {
	{"replace", "origin", NULL, ONE("", AUDIO),
		.has = {"o=alice 1 1 IN IP4 10.99.1.1\r\n"}},
	{"replace", "origin", NULL, .at = 1, TWO("", AUDIO, "", PCMU_BACK),
		.has = {"o=bob 1 1 IN IP4 10.99.1.1\r\n"}},
	{"replace", "session-connection", NULL, ONE("", AUDIO),
		.has = {"c=IN IP4 10.99.1.1\r\n"}, .is_usual = true},
	{"replace", "username", NULL, .at = 1, .step = {OFFERS("", AUDIO), CAROL},
		.has = {"o=alice 1 1 IN IP4 10.99.1.10\r\ns=hers\r\n"}},
	{"replace", "session-name", NULL, .at = 1, .step = {OFFERS("", AUDIO), CAROL},
		.has = {"o=carol 1 1 IN IP4 10.99.1.10\r\ns=-\r\n"}},
	{"replace", "origin-full", NULL, .at = 1, .step = {OFFERS("", AUDIO), CAROL},
		.has = {"o=alice 1 1 IN IP4 10.99.1.1\r\ns=hers\r\n"}},
	{"replace", "origin-full", NULL, ONE("", AUDIO),
		.has = {"o=alice 1 1 IN IP4 10.99.1.1\r\n"}},
	/* From the version that was told first; only a change counts. */
	{"replace", "SDP-version", NULL, .at = 1,
		.step = {OFFERS(VERSION, AUDIO), OFFERS("", AUDIO "a=sendonly\n")},
		.has = {"o=alice 1 2 "}},
	{"replace", "SDP-version", NULL, .at = 1,
		.step = {OFFERS(VERSION, AUDIO), OFFERS("", AUDIO)}, .has = {"o=alice 1 1 "},
		.is_usual = true},
	{"replace", "force-increment-sdp-ver", NULL, .at = 1, AGAIN(AUDIO, AUDIO),
		.has = {"o=alice 1 2 "}},
	{"replace", "zero-address", NULL, ONE("", ZERO AUDIO),
		.has = {"c=IN IP4 10.99.1.1\r\n", "a=sendonly\r\n"}, .hides = {"0.0.0.0"}},

	{"sdp-attr", "audio", .json = "{\"audio\":{\"add\":[\"x:1\",\"y\"]}}",
		ONE("", AUDIO VIDEO), .has = {"a=x:1\r\na=y\r\nm=video"}},
	{"sdp-attr", "add", .json = "{\"audio\":{\"add\":\"x:1,2\"}}",
		.flag = "add-audio-x:1,2", ONE("", AUDIO VIDEO),
		.has = {"a=x:1,2\r\nm=video"}},
	/* What is there already is not there twice. */
	{"sdp-attr", "add", .json = "{\"audio\":{\"add\":[\"x:1\",\"y\"]}}",
		ONE("", AUDIO "a=x:1\n" VIDEO),
		.has = {"a=x:1\r\na=sendrecv\r\na=rtcp:30005\r\na=y\r\nm=video"}},
	{"sdp-attr", "video", .json = "{\"video\":{\"add\":[\"x:1\"]}}",
		.flag = "add-video-x:1", ONE("", VIDEO AUDIO), .has = {"a=x:1\r\nm=audio"}},
	{"sdp-attr", "none", .json = "{\"none\":{\"add\":[\"x:1\"]}}", .flag = "add-none-x:1",
		ONE("", AUDIO), .has = {"a=x:1\r\nm=audio"}},
	{"sdp-attr", "none", .json = "{\"global\":{\"add\":[\"x:1\"]}}",
		.flag = "add-global-x:1", ONE("", AUDIO), .has = {"a=x:1\r\nm=audio"}},
	/* By its name, with its tag, or whole. */
	{"sdp-attr", "remove", .json = "{\"audio\":{\"remove\":[\"rtpmap\"]}}",
		.flag = "remove-audio-rtpmap", ONE("", AUDIO), .hides = {"a=rtpmap"}},
	{"sdp-attr", "remove", .json = "{\"audio\":{\"remove\":[\"rtpmap:101\"]}}",
		.flag = "remove-audio-rtpmap:101", ONE("", AUDIO), .has = {"a=rtpmap:0 PCMU"},
		.hides = {"telephone-event"}},
	{"sdp-attr", "remove",
		.json = "{\"audio\":{\"remove\":[\"rtpmap:101 telephone-event/8000\"]}}",
		.flag = "remove-audio-rtpmap:101..telephone-event/8000", ONE("", AUDIO),
		.has = {"a=rtpmap:0 PCMU"}, .hides = {"telephone-event"}},
	{"sdp-attr", "substitute",
		.json = "{\"audio\":{\"substitute\":[[\"sendrecv\",\"x:1\"]]}}",
		.flag = "substitute-audio-sendrecv>x:1", ONE("", AUDIO), .has = {"a=x:1\r\n"},
		.hides = {"sendrecv"}},
	{"sdp-attr", "substitute", .json = "{\"audio\":{\"substitute\":[\"x\",\"y--2\"]}}",
		.flag = "substitute-audio-x>y--2", ONE("", AUDIO "a=x:1 2\n"),
		.has = {"a=y=2\r\n"}, .hides = {"a=x"}},
	{"sdp-attr", "substitute",
		.json = "{\"audio\":{\"substitute\":[[\"rtpmap:101\",\"x\"]]}}",
		.flag = "substitute-audio-rtpmap:101>x", ONE("", AUDIO),
		.has = {"a=rtpmap:0 PCMU", "a=x\r\n"}, .hides = {"telephone-event"}},

	{"sdp-media-remove", "media types", "video", ONE("", AUDIO VIDEO), .has = {"m=audio"},
		.hides = {"m=video"}},
	{"sdp-media-remove", "media types", "Video", TWO("", VIDEO AUDIO, "", PCMU_BACK),
		.has = {"m=video 0 RTP/AVP 34\r\nc=IN IP4 0.0.0.0\r\nm=audio 30000"}},
	{"sdp-media-remove", "media types", "other",
		ONE("", AUDIO "m=hologram 4004 RTP/AVP 99\n" VIDEO),
		.has = {"m=audio", "m=video"}, .hides = {"m=hologram"}},

	/* To the other party, and back. */
	{"rtcp-mux", "offer", NULL, ONE("", AUDIO), .has = {"a=rtcp:30003\r\na=rtcp-mux\r\n"}},
	{"rtcp-mux", "offer", NULL, TWO("", AUDIO, "", PCMU_MUX), .hides = {"a=rtcp-mux"},
		.is = callee_muxes_alone},
	{"rtcp-mux", "offer", NULL, TWO("", AUDIO, "", PCMU_BACK), .hides = {"a=rtcp-mux"},
		.is = nobody_muxes, .is_usual = true},
	{"rtcp-mux", "require", NULL, ONE("", AUDIO),
		.has = {"a=rtcp:30002\r\na=rtcp-mux\r\n"}, .is = callee_muxes_alone},
	{"rtcp-mux", "demux", NULL, ONE("", MUX), .hides = {"a=rtcp-mux"}},
	{"rtcp-mux", "demux", NULL, TWO("", MUX, "", PCMU_BACK),
		.has = {"a=rtcp:30000\r\na=rtcp-mux\r\n"}, .is = caller_muxes_alone},
	{"rtcp-mux", "demux", NULL, ONE("", AUDIO), .hides = {"a=rtcp-mux"},
		.is = nobody_muxes, .is_usual = true},
	{"rtcp-mux", "accept", NULL, ONE("", MUX), .has = {"a=rtcp:30003\r\na=rtcp-mux\r\n"},
		.is = caller_muxes_alone},
	{"rtcp-mux", "accept", NULL, TWO("", MUX, "", PCMU_BACK),
		.has = {"a=rtcp:30000\r\na=rtcp-mux\r\n"}, .is = caller_muxes_alone},
	{"rtcp-mux", "accept", NULL, TWO("", AUDIO, "", PCMU_BACK), .hides = {"a=rtcp-mux"},
		.is = nobody_muxes, .is_usual = true},
	{"rtcp-mux", "reject", NULL, TWO("", MUX, "", PCMU_MUX), .has = {"a=rtcp:30001\r\n"},
		.hides = {"a=rtcp-mux"}, .is = callee_muxes_alone},
	{"rtcp-mux", "reject", NULL, ONE("", MUX), .has = {"a=rtcp-mux\r\n"},
		.is_usual = true},
	/* In an answer: what the one who has offered is told. */
	{"rtcp-mux", "accept", NULL, .at = 1, TWO("", MUX, "", PCMU_BACK),
		.has = {"a=rtcp-mux\r\n"}, .is = caller_muxes_alone},
	{"rtcp-mux", "demux", NULL, .at = 1, TWO("", MUX, "", PCMU_BACK),
		.has = {"a=rtcp-mux\r\n"}, .is = caller_muxes_alone},
	{"rtcp-mux", "require", NULL, .at = 1, TWO("", MUX, "", PCMU_BACK),
		.has = {"a=rtcp-mux\r\n"}, .is = caller_muxes_alone},
	{"rtcp-mux", "reject", NULL, .at = 1, TWO("", MUX, "", PCMU_MUX),
		.hides = {"a=rtcp-mux"}, .is = callee_muxes_alone},
	{"rtcp-mux", "offer", NULL, .at = 1, TWO("", AUDIO, "", PCMU_BACK),
		.hides = {"a=rtcp-mux"}, .is = nobody_muxes, .is_usual = true},
	/* The callee offers, too. */
	{"rtcp-mux", "demux", NULL, .at = 2,
		.step = {OFFERS("", AUDIO), ANSWERS("", PCMU_BACK), OFFERS_BACK("", PCMU_MUX),
			ANSWERS_BACK("", AUDIO)},
		.has = {"a=rtcp:30002\r\na=rtcp-mux\r\n"}, .is = callee_muxes_alone},
	{"rtcp-mux", "offer", NULL, .at = 2,
		.step = {OFFERS("", AUDIO), ANSWERS("", PCMU_BACK), OFFERS_BACK("", PCMU_BACK),
			ANSWERS_BACK("", MUX)},
		.is = caller_muxes_alone},
	{"rtcp-mux", "accept", NULL, .at = 0, .step = {OFFERS("", MUX), ANSWERS("", PCMU_MUX)},
		.is = both_mux, .is_usual = true},

	{"bundle", "accept", NULL,
		TWO("", "a=group:BUNDLE a\n" MID "a=rtcp-mux\n", "", PCMU_MUX),
		.has = {"a=group:BUNDLE a\r\n"}},
	{"bundle", "strict", NULL,
		TWO("", "a=group:BUNDLE a\n" MID "a=rtcp-mux\n", "", PCMU_MUX),
		.has = {"a=group:BUNDLE a\r\n"}},
	{"bundle", "require", NULL,
		TWO("", "a=group:BUNDLE a\n" MID "a=rtcp-mux\n", "", PCMU_MUX),
		.has = {"a=group:BUNDLE a\r\n"}},
	{"bundle", "offer", NULL, ONE("", MID "a=rtcp-mux\n"),
		.has = {"a=group:BUNDLE a\r\n"}},
	{"bundle", "offer", NULL, ONE("", MID), .hides = {"BUNDLE"}, .is_usual = true},
	{"bundle", "require", NULL, ONE("", MID "a=rtcp-mux\n"),
		.has = {"a=group:BUNDLE a\r\n"}},
	{"bundle", "reject", .json = "[\"accept\",\"reject\"]",
		TWO("", "a=group:BUNDLE a\n" MID "a=rtcp-mux\n", "", PCMU_MUX),
		.hides = {"BUNDLE"}, .is_usual = true},

	{"ICE", "remove", NULL, ONE("", PLAIN_ICE), .hides = {"a=ice", "a=candidate"},
		.is_usual = true},
	{"ICE", "remove", NULL, .at = 1, TWO("", AUDIO, "", PLAIN_ICE),
		.hides = {"a=ice", "a=candidate"}, .is_usual = true},
	{"ICE", "default", NULL, ONE("", PLAIN_ICE), .hides = {"a=ice", "a=candidate"},
		.is_usual = true},
	{"ICE", "default", NULL, .at = 1, TWO("", AUDIO, "", PLAIN_ICE),
		.hides = {"a=ice", "a=candidate"}, .is_usual = true},
	{"ICE", "force", NULL, ONE("", AUDIO), .reason = "Not supported yet: ICE"},
	{"ICE", "force", NULL, .at = 1, TWO("", AUDIO, "", PCMU_BACK),
		.reason = "Not supported yet: ICE"},
	{"ICE", "optional", NULL, ONE("", AUDIO), .reason = "Not supported yet: ICE"},
	{"ICE", "force-relay", NULL, ONE("", AUDIO), .reason = "Not supported yet: ICE"},
	{NULL},
};
