/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_values.h: lists of codecs, and packet times. */
#include <stdlib.h>

#include "relay/coding.h"
#include "tests/relay/ng_values.h"

#define FOUR "m=audio 4000 RTP/AVP 0 8 9 101\na=rtpmap:101 telephone-event/8000\n"
#define TOLD(formats) "m=audio 30002 RTP/AVP " formats "\r\n"
#define TOLD_BACK(formats) "m=audio 30000 RTP/AVP " formats "\r\n"
#define OPUS "m=audio 4000 RTP/AVP 111 0\na=rtpmap:111 opus/48000/2\na=fmtp:111 cbr=1\n"
#define PCMA_BACK "m=audio 5000 RTP/AVP 8\n"
#define OPUS_BACK "m=audio 5000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n"
#define PCMA_KEYS "m=audio 4000 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\n"
#define OPUS_KEYS_BACK                                                       \
	"m=audio 5000 RTP/AVP 96 97\na=rtpmap:96 opus/48000/2\na=rtpmap:97 " \
	"telephone-event/48000\n"
#define STRIP_ALL ",\"codec-strip\":\"all\""
#define TO_OPUS ",\"codec-transcode\":\"opus\""

static const struct codec_format *
first(unsigned leg)
{
	return &talk_stream(leg, 0)->coding->format[0].format;
}

static bool
callee_gets_16000_bit_in_40_ms(void)
{
	return first(CALLEE)->codec == CODEC_OPUS && first(CALLEE)->bitrate == 16000 &&
	       first(CALLEE)->ptime_ms == 40;
}

static bool
caller_gets_24000_bit(void)
{
	return first(CALLER)->codec == CODEC_OPUS && first(CALLER)->bitrate == 24000;
}

static bool
callee_gets_40_ms_alone(void)
{
	return first(CALLEE)->ptime_ms == 40 && first(CALLER)->ptime_ms == 20;
}

static bool
caller_gets_40_ms_alone(void)
{
	return first(CALLER)->ptime_ms == 40 && first(CALLEE)->ptime_ms == 20;
}

static bool
callee_is_translated(void)
{
	return strstr(talk_bridge(CALLEE), "PCMU 0 -> PCMA 8") != NULL; /* G.711's other law */
}

const struct value_row ng_values_codec[] = {
	{"codec", "strip", "PCMA", ONE("", FOUR), .has = {TOLD("0 9 101")}},
	{"codec", "strip", "pcma/8000", ONE("", FOUR), .has = {TOLD("0 9 101")}},
	{"codec", "strip", "PCMA/16000", ONE("", FOUR), .has = {TOLD("0 8 9 101")},
		.is_usual = true},
	{"codec", "strip", "101", ONE("", FOUR), .has = {TOLD("0 8 9")}},
	{"codec", "strip", "opus/48000/2", ONE("", OPUS), .has = {TOLD("0")}},
	/* As if it had never been there: it comes back from nobody. */
	{"codec", "strip", "PCMU", TWO(TO_OPUS, FOUR, "", OPUS_BACK), .has = {TOLD_BACK("8")}},
	/* Nothing at all would be no offer. */
	{"codec", "strip", "all", ONE("", FOUR), .has = {TOLD("0 8 9 101")}, .is_usual = true},
	{"codec", "strip", "all", ONE(",\"codec-except\":\"PCMA\"", FOUR), .has = {TOLD("8")}},
	/* What is to be transcoded to need not be if it is there; but for `full`. */
	{"codec", "strip", "all", ONE(TO_OPUS, OPUS),
		.has = {TOLD("111"), "a=fmtp:111 cbr=1"}},
	{"codec", "strip", "full", ONE(TO_OPUS, OPUS), .has = {TOLD("96")},
		.hides = {"cbr=1"}},
	{"codec", "except", "PCMA", ONE(STRIP_ALL, FOUR), .has = {TOLD("8")}},
	{"codec", "except", "PCMU", ONE(",\"codec-mask\":\"all\"", FOUR), .has = {TOLD("0")}},
	{"codec", "offer", "G722,PCMU", ONE(STRIP_ALL, FOUR), .has = {TOLD("9 0")}},
	{"codec", "transcode", "opus", ONE("", FOUR),
		.has = {TOLD("0 8 9 96 101 97"), "a=rtpmap:96 opus/48000/2",
			"a=fmtp:96 useinbandfec=1", "a=rtpmap:97 telephone-event/48000"}},
	{"codec", "transcode", "opus/48000/2///usedtx--1..", ONE("", FOUR),
		.has = {"a=fmtp:96 usedtx=1"}},
	{"codec", "transcode", "opus/48000/2/16000/40", TWO("", FOUR, "", OPUS_BACK),
		.is = callee_gets_16000_bit_in_40_ms},
	{"codec", "transcode", "opus/48000/2/16000/40", .at = 1, TWO("", FOUR, "", PCMA_BACK),
		.has = {TOLD_BACK("8")}, .is_usual = true},
	{"codec", "set", "opus/48000/2/24000", TWO("", OPUS, "", PCMA_BACK),
		.is = caller_gets_24000_bit},
	{"codec", "mask", "PCMA", ONE("", FOUR), .has = {TOLD("0 9 101")}},
	/* Keys go by the clock of the speech that is left: Kamailio's recorded call. */
	{"codec", "mask", "PCMA", ONE(TO_OPUS, PCMA_KEYS),
		.has = {TOLD("96 97"), "a=rtpmap:97 telephone-event/48000"},
		.hides = {"telephone-event/8000"}},
	{"codec", "mask", "PCMA", TWO(TO_OPUS, PCMA_KEYS, "", OPUS_KEYS_BACK),
		.has = {TOLD_BACK("8 101"), "a=rtpmap:101 telephone-event/8000"},
		.hides = {"telephone-event/48000"}, .is_usual = true},
	{"codec", "mask", "all", ONE(TO_OPUS, FOUR), .has = {TOLD("96")}},
	/* It is still accepted from who has offered it. */
	{"codec", "mask", "PCMU", TWO(TO_OPUS, FOUR, "", OPUS_BACK), .has = {TOLD_BACK("0")},
		.is_usual = true},
	{"codec", "consume", "PCMA", ONE("", FOUR), .has = {TOLD("0 9 101")}},
	{"codec", "consume", "PCMU", TWO("", FOUR, "", PCMA_BACK), .has = {TOLD_BACK("0 8")}},
	{"codec", "ignore", "PCMA", ONE("", FOUR), .has = {TOLD("0 9 101")}},
	{"codec", "accept", "PCMU", TWO("", FOUR, "", PCMA_BACK), .has = {TOLD_BACK("0 8")}},
	{"codec", "accept", "PCMU", ONE("", FOUR), .has = {TOLD("0 8 9 101")},
		.is_usual = true},
	/* As the flag always-transcode. */
	{"codec", "accept", "all", TWO("", FOUR, "", PCMA_BACK), .has = {TOLD_BACK("0")}},
	{"codec", "accept", "full", TWO("", FOUR, "", PCMA_BACK), .has = {TOLD_BACK("0")}},
	/* In an answer: what the offerer is told; the answerer is understood as it was. */
	{"codec", "strip", "PCMU", .at = 1, TWO("", FOUR, "", "m=audio 5000 RTP/AVP 0 8\n"),
		.has = {TOLD_BACK("8")}, .is = callee_is_translated},
	{"codec", "ignore", "PCMU", .at = 1, TWO("", FOUR, "", "m=audio 5000 RTP/AVP 0 8\n"),
		.has = {TOLD_BACK("8")}},
	{"codec", "except", "PCMA", .at = 1,
		TWO("", FOUR, STRIP_ALL, "m=audio 5000 RTP/AVP 0 8\n"),
		.has = {TOLD_BACK("8")}},
	{"codec", "offer", "PCMA,PCMU", .at = 1,
		TWO("", FOUR, STRIP_ALL, "m=audio 5000 RTP/AVP 0 8\n"),
		.has = {TOLD_BACK("8 0")}},
	{"codec", "strip", "all", .at = 1, TWO("", FOUR, "", PCMA_BACK),
		.has = {TOLD_BACK("8")}, .is_usual = true},
	{"codec", "mask", "PCMU", .at = 1, TWO("", FOUR, "", "m=audio 5000 RTP/AVP 0 8\n"),
		.has = {TOLD_BACK("0 8")}, .is_usual = true},
	{"transcode", "codecs", "opus", ONE("", FOUR),
		.has = {TOLD("0 8 9 96 101 97"), "a=rtpmap:96 opus/48000/2"}},

	{"ptime", "ms", "40", ONE("", AUDIO), .has = {"a=ptime:40\r\n"},
		.is = callee_gets_40_ms_alone},
	{"ptime", "ms", "40", TWO("", AUDIO, "", PCMU_BACK "a=ptime:20\n"),
		.is = callee_gets_40_ms_alone},
	{"ptime", "ms", "40", .at = 1, TWO("", AUDIO, "", PCMU_BACK), .hides = {"a=ptime"},
		.is_usual = true},
	{"ptime-reverse", "ms", "40", TWO("", AUDIO, "", PCMU_BACK), .has = {"a=ptime:40\r\n"},
		.is = caller_gets_40_ms_alone},
	{"ptime-reverse", "ms", "40", .at = 1, TWO("", AUDIO, "", PCMU_BACK),
		.hides = {"a=ptime"}, .is_usual = true},
	{NULL},
};
