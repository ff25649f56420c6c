/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/negotiate_codecs.c: which codecs parties are told of, and what follows for what they
 * send. */
#include <stdio.h>
#include <stdlib.h>

#include "relay/bridge.h"
#include "relay/coding.h"
#include "relay/record.h"
#include "tests/relay/ng_talk.h"

/* ---- Codecs. ---- */

START_TEST(an_answer_gives_the_offerer_its_payload_types_back)
{
	OFFER("", "m=audio 4000 RTP/AVP 111 110\na=rtpmap:111 opus/48000/2\n"
		  "a=rtpmap:110 telephone-event/48000\n");
	ANSWER("", "m=audio 5000 RTP/AVP 96 97\na=rtpmap:96 opus/48000/2\n"
		   "a=fmtp:96 usedtx=1;stereo=1\na=rtpmap:97 telephone-event/48000\n");
	TELLS("m=audio 30000 RTP/AVP 111 110");
	TELLS("a=fmtp:111 stereo=1; usedtx=1");
	ck_assert_str_eq(talk_bridge(CALLER), "payload types mapped: opus 111 -> 96, "
					      "telephone-event 110 -> 97");
	ck_assert_str_eq(talk_bridge(CALLEE), "payload types mapped: opus 96 -> 111, "
					      "telephone-event 97 -> 110");
}
END_TEST

/* RFC 7261: absent means yes, and one "no" rules it out for both. */
START_TEST(annex_b_of_g729_is_ruled_out_by_either)
{
	static const struct {
		const char *offered, *answered, *told;
	} rows[] = {{"a=fmtp:18 annexb=no\n", "", "a=fmtp:18 annexb=no"},
		{"a=fmtp:18 annexb=no\n", "a=fmtp:18 annexb=yes\n", "a=fmtp:18 annexb=no"},
		{"", "a=fmtp:18 annexb=no\n", "a=fmtp:18 annexb=no"},
		{"a=fmtp:18 annexb=yes\n", "a=fmtp:18 annexb=yes\n", "a=fmtp:18 annexb=yes"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char offer[96], answer[96];

		talk_teardown();
		talk_setup();
		snprintf(offer, sizeof offer, "m=audio 4000 RTP/AVP 18\n%s", rows[i].offered);
		snprintf(answer, sizeof answer, "m=audio 5000 RTP/AVP 18\n%s",
			rows[i].answered);
		OFFER("", offer);
		ANSWER("", answer);
		ck_assert_ptr_nonnull(strstr(told, rows[i].told));
		ck_assert_str_eq(talk_bridge(CALLER), "");
	}
}
END_TEST

START_TEST(the_same_codecs_pass_untouched)
{
	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n");
	ck_assert_str_eq(talk_bridge(CALLER), "");
	ck_assert_str_eq(talk_bridge(CALLEE), "");
}
END_TEST

START_TEST(what_both_have_is_not_translated_though_more_was_offered)
{
	OFFER(",\"codec\":{\"transcode\":[\"opus\"]}", "m=audio 4000 RTP/AVP 8\n");
	TELLS("m=audio 30002 RTP/AVP 8 96");
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	ck_assert_str_eq(talk_bridge(CALLER), "");
}
END_TEST

START_TEST(keys_follow_the_clock_of_added_speech)
{
	OFFER(",\"codec\":{\"transcode\":[\"opus\"]}",
		"m=audio 4000 RTP/AVP 8 96\na=rtpmap:96 telephone-event/8000\na=fmtp:96 0-16\n");
	TELLS("m=audio 30002 RTP/AVP 8 97 96 98");
	TELLS("a=rtpmap:97 opus/48000/2");
	TELLS("a=rtpmap:98 telephone-event/48000");
	TELLS("a=fmtp:98 0-16");
	ANSWER("", "m=audio 5000 RTP/AVP 97 98\na=rtpmap:97 opus/48000/2\n"
		   "a=rtpmap:98 telephone-event/48000\n");
	TELLS("m=audio 30000 RTP/AVP 8 96");
}
END_TEST

START_TEST(who_was_translated_for_stays_so)
{
	const char *opus = "m=audio 5000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n";

	OFFER(",\"codec\":{\"mask\":[\"PCMA\"],\"transcode\":[\"opus\"]}",
		"m=audio 4000 RTP/AVP 8\n");
	ANSWER("", opus);
	TELLS("m=audio 30000 RTP/AVP 8");
	/* The callee holds; nobody speaks of codecs any more. */
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", opus));
	TELLS("m=audio 30000 RTP/AVP 96 8");
	ck_assert_ptr_null(talk_ask(true, CALLER, "", "m=audio 4000 RTP/AVP 8\n"));
	TELLS("m=audio 30002 RTP/AVP 96");
	ck_assert_ptr_nonnull(strstr(talk_bridge(CALLER), "PCMA 20 ms -> opus 20 ms"));
}
END_TEST

START_TEST(codecs_that_an_answer_refuses_may_be_accepted_all_the_same)
{
	OFFER(",\"codec\":{\"accept\":[\"PCMU\"]}", AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	TELLS("m=audio 30000 RTP/AVP 0 8");
}
END_TEST

/* What is stripped from an answer is not told by another way either, unless nothing else is
 * left. */
START_TEST(what_is_stripped_from_an_answer_is_not_told)
{
	static const struct {
		const char *offered, *stripped, *answer, *told;
	} rows[] = {
		{"\"accept\":[\"PCMU\"]", "PCMU", "m=audio 5000 RTP/AVP 8\n",
			"m=audio 30000 RTP/AVP 8\r\n"},
		{"\"accept\":[\"all\"]", "PCMU", "m=audio 5000 RTP/AVP 8\n",
			"m=audio 30000 RTP/AVP 8\r\n"},
		{"\"transcode\":[\"G722\"]", "PCMU", "m=audio 5000 RTP/AVP 9\n",
			"m=audio 30000 RTP/AVP 8\r\n"},
		{"\"transcode\":[\"G722\"]", "PCMU\",\"PCMA", "m=audio 5000 RTP/AVP 9\n",
			"m=audio 30000 RTP/AVP 0\r\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char keys[128];

		talk_teardown();
		talk_setup();
		snprintf(keys, sizeof keys, ",\"codec\":{%s}", rows[i].offered);
		OFFER(keys, "m=audio 4000 RTP/AVP 0 8\n");
		snprintf(keys, sizeof keys, ",\"codec\":{\"strip\":[\"%s\"]}",
			rows[i].stripped);
		ANSWER(keys, rows[i].answer);
		ck_assert_msg(strstr(told, rows[i].told) != NULL, "%zu: no %s in %s", i,
			rows[i].told, told);
	}
}
END_TEST

START_TEST(lists_of_codecs_say_what_is_offered)
{
	static const struct {
		const char *codec, *line;
	} rows[] = {
		{"\"strip\":[\"all\"],\"except\":[\"PCMU\"]", "m=audio 30002 RTP/AVP 0"},
		{"\"strip\":[\"all\"]", "m=audio 30002 RTP/AVP 0 8 9 101"},
		{"\"strip\":[\"all\"],\"transcode\":[\"G722\"]", "m=audio 30002 RTP/AVP 9"},
		{"\"strip\":[\"all\"],\"offer\":[\"G722\",\"PCMU\",\"telephone-event\"]",
			"m=audio 30002 RTP/AVP 9 0 101"},
		{"\"offer\":[\"G722\",\"PCMU\"]", "m=audio 30002 RTP/AVP 0 8 9 101"},
		{"\"strip\":[\"PCMA/8000\"]", "m=audio 30002 RTP/AVP 0 9 101"},
		{"\"strip\":[\"PCMA/16000\"]", "m=audio 30002 RTP/AVP 0 8 9 101"},
		{"\"mask\":[\"all\"],\"transcode\":[\"GSM\"]", "m=audio 30002 RTP/AVP 3"},
		{"\"mask\":[\"PCMU\"],\"strip\":[\"G722\"]", "m=audio 30002 RTP/AVP 8 101"},
		{"\"transcode\":[\"no-such\"]", "m=audio 30002 RTP/AVP 0 8 9 101"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char keys[128], line[64];

		talk_teardown();
		talk_setup();
		snprintf(keys, sizeof keys, ",\"codec\":{%s}", rows[i].codec);
		snprintf(line, sizeof line, "%s\r\n", rows[i].line);
		OFFER(keys, "m=audio 4000 RTP/AVP 0 8 9 101\n"
			    "a=rtpmap:101 telephone-event/8000\n");
		ck_assert_msg(strstr(told, line) != NULL, "%s:\n%s", rows[i].codec, told);
	}
}
END_TEST

/* Of stream 0 of LEG, its first. */
static const struct codec_format *
first_format(unsigned leg)
{
	return &talk_stream(leg, 0)->coding->format[0].format;
}

START_TEST(specifications_say_how_we_code)
{
	const char *opus = "m=audio 5000 RTP/AVP 98\na=rtpmap:98 opus/48000/2\n";

	OFFER(",\"codec\":{\"mask\":[\"all\"],\"transcode\":[\"opus/48000/2/16000/40/usedtx--1\"],"
	      "\"set\":[\"opus/48000/1/12000\",\"opus/48000/2/24000\"]}",
		"m=audio 4000 RTP/AVP 96 0\na=rtpmap:96 opus/48000/2\na=fmtp:96 stereo=1\n");
	TELLS("m=audio 30002 RTP/AVP 96");
	ck_assert_uint_eq(first_format(CALLER)->bitrate, 24000);
	ANSWER("", opus);
	ck_assert_uint_eq(first_format(CALLEE)->bitrate, 16000);
	ck_assert_uint_eq(first_format(CALLEE)->ptime_ms, 40);
	/* They hold until others come. */
	OFFER(",\"codec\":{\"set\":[\"opus/48000/2/20000\"]}",
		"m=audio 4000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n");
	ANSWER("", opus);
	ck_assert_uint_eq(first_format(CALLER)->bitrate, 20000);
	ck_assert_uint_eq(first_format(CALLEE)->bitrate, 16000);
	/* What no codec can do is not said. */
	OFFER(",\"codec\":{\"set\":[\"opus/48000/2/4000000000\"]}",
		"m=audio 4000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n");
	ANSWER("", opus);
	ck_assert_uint_eq(first_format(CALLER)->bitrate, 0);
	/* No party gets more than it has asked for. */
	talk_teardown();
	talk_setup();
	OFFER(",\"codec\":{\"set\":[\"opus/48000/1/12000\",\"opus/48000/2/24000\"]}",
		"m=audio 4000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n"
		"a=fmtp:96 stereo=1;maxaveragebitrate=9000\n");
	ck_assert_uint_eq(first_format(CALLER)->bitrate, 9000);
	ANSWER("", opus);
	ck_assert_uint_eq(first_format(CALLER)->bitrate, 9000);
	ck_assert_uint_eq(first_format(CALLER)->channels, 2);
	/* Nor by what it is told of what we want to receive. */
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	TELLS("a=fmtp:96 stereo=0; useinbandfec=1");
	ck_assert_uint_eq(first_format(CALLER)->bitrate, 9000);
	ck_assert_uint_eq(first_format(CALLER)->channels, 2);
}
END_TEST

START_TEST(what_was_added_keeps_its_number)
{
	const char *keys = ",\"codec\":{\"transcode\":[\"opus\"]}";

	OFFER(keys, "m=audio 4000 RTP/AVP 8 96\na=rtpmap:96 telephone-event/8000\n");
	TELLS("m=audio 30002 RTP/AVP 8 97 96 98");
	ANSWER("", "m=audio 5000 RTP/AVP 97 96\na=rtpmap:97 opus/48000/2\n"
		   "a=rtpmap:96 telephone-event/8000\n");
	OFFER(keys, "m=audio 4000 RTP/AVP 8\n");
	TELLS("m=audio 30002 RTP/AVP 8 97");
	TELLS("a=rtpmap:97 opus/48000/2");
	OFFER(keys, "m=audio 4000 RTP/AVP 8 97\na=rtpmap:97 telephone-event/8000\n");
	TELLS("a=rtpmap:96 opus/48000/2"); /* unless it means something else by now */
}
END_TEST

START_TEST(a_new_offer_may_begin_with_what_was_taken_before)
{
	OFFER("", "m=audio 4000 RTP/AVP 0 8 9\n");
	ANSWER("", "m=audio 5000 RTP/AVP 9 8\n");
	OFFER("", "m=audio 4000 RTP/AVP 0 3 8 9\n");
	TELLS("m=audio 30002 RTP/AVP 0 3 8 9");
	OFFER(",\"flags\":[\"reuse-codecs\"]", "m=audio 4000 RTP/AVP 0 3 8 9\n");
	TELLS("m=audio 30002 RTP/AVP 9 8 0 3");
	OFFER(",\"flags\":[\"no-codec-renegotiation\"]", "m=audio 4000 RTP/AVP 3 8 9\n");
	TELLS("m=audio 30002 RTP/AVP 9 8 3");
	ANSWER(",\"flags\":[\"single-codec\"]", "m=audio 5000 RTP/AVP 9 8\n");
	TELLS("m=audio 30000 RTP/AVP 9");
	OFFER(",\"flags\":[\"always-transcode\"]", "m=audio 4000 RTP/AVP 0 8\n");
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	TELLS("m=audio 30000 RTP/AVP 0");
}
END_TEST

START_TEST(a_party_may_keep_its_codecs_whatever_the_other_one_offers)
{
	static const char keys[] = ",\"flags\":[\"static-codecs\"]";

	/* Of who has said nothing yet there is nothing to be kept. */
	OFFER(keys, "m=audio 4000 RTP/AVP 0 8\n");
	TELLS("m=audio 30002 RTP/AVP 0 8");
	ANSWER("", "m=audio 5000 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\n");
	OFFER(keys, "m=audio 4000 RTP/AVP 9 0\n");
	TELLS("m=audio 30002 RTP/AVP 8 101");
	TELLS("a=rtpmap:101 telephone-event/8000");
	ANSWER("", "m=audio 5000 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\n");
	TELLS("m=audio 30000 RTP/AVP 9");
	ck_assert_str_eq(
		talk_bridge(CALLER), "G722 20 ms -> PCMA 20 ms at 8 kHz, transcode core 0");
	/* Unless nothing could be made of what is offered. */
	OFFER(keys, "m=audio 4000 RTP/AVP 96\na=rtpmap:96 EVS/16000\n");
	TELLS("m=audio 30002 RTP/AVP 96");
}
END_TEST

START_TEST(codecs_that_nobody_here_knows_pass)
{
	OFFER("", "m=audio 4000 RTP/AVP 96 97\na=rtpmap:96 EVS/16000\n");
	TELLS("m=audio 30002 RTP/AVP 96 97");
	ANSWER("", "m=audio 5000 RTP/AVP 96\na=rtpmap:96 EVS/16000\n");
	TELLS("a=rtpmap:96 EVS/16000");
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)), BRIDGE_PASS);
}
END_TEST

/* Found by the story ng_storm: a successor could not read the record of such a call. */
START_TEST(a_codec_of_bytes_that_are_no_text_passes_and_its_call_is_remembered)
{
	static uint8_t record[RECORD_MAX];
	struct call *read;
	ssize_t len;

	OFFER("", "m=audio 4000 RTP/AVP 96\na=rtpmap:96 EVS\xcb\x7f/16000\n");
	TELLS("a=rtpmap:96 EVS\xcb\x7f/16000");
	ck_assert_str_eq(talk_stream(CALLER, 0)->coding->format[0].name, "EVS??");
	for (unsigned i = 0; i < pair.call->legs; i++) { /* as over a switch */
		pair.call->leg[i].stream[0].id = 1 + (uint64_t)i;
		pair.call->leg[i].stream[0].slot = i;
		strcpy(pair.call->leg[i].interface, "pub");
	}
	len = record_encode(pair.call, NULL, record, sizeof record);
	ck_assert_int_gt(len, 0);
	read = record_decode(record, (size_t)len, NULL);
	ck_assert_ptr_nonnull(read);
	call_close(read);
}
END_TEST

START_TEST(more_formats_than_a_stream_holds_stay_in_the_sdp)
{
	const char *lines = "m=audio 4000 RTP/AVP 96 97 98 99 100 102 103 104 105 0 8\n"
			    "a=rtpmap:96 A/8000\na=rtpmap:97 B/8000\na=rtpmap:98 C/8000\n"
			    "a=rtpmap:99 D/8000\na=rtpmap:100 E/8000\na=rtpmap:102 F/8000\n"
			    "a=rtpmap:103 G/8000\na=rtpmap:104 H/8000\na=rtpmap:105 I/8000\n";

	OFFER("", lines);
	TELLS("m=audio 30002 RTP/AVP 96 97 98 99 100 102 103 104 105 0 8");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, REQUEST_FORMATS);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->format[7].format.codec, CODEC_PCMA);
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	TELLS("m=audio 30000 RTP/AVP 8");
}
END_TEST

START_TEST(who_has_answered_may_go_on_while_it_is_asked_again)
{
	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	OFFER("", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->coding->formats, 1);
	/* For something else, too. */
	OFFER("", "m=audio 4000 RTP/AVP 9\n");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->coding->formats, 1);
	/* Neither was it answered before the next one came. */
	OFFER("", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->coding->formats, 1);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->coding->format[0].format.codec, CODEC_PCMA);
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLEE, 0), talk_stream(CALLER, 0)), BRIDGE_PASS);
}
END_TEST

/* Though it once offered more. */
START_TEST(who_was_answered_goes_on_with_that_while_it_is_asked)
{
	const char *opus = "m=audio 4000 RTP/AVP 96 8\na=rtpmap:96 opus/48000/2\n"
			   "a=fmtp:96 stereo=1\n";

	OFFER("", "m=audio 4000 RTP/AVP 9 8\n");
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 1);
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", "m=audio 5000 RTP/AVP 8\n"));
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 1);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(
			bridge_decide(talk_stream(i, 0), talk_stream(1 - i, 0)), BRIDGE_PASS);
	/* With parameters that the answer has changed, too. */
	talk_teardown();
	talk_setup();
	OFFER("", opus);
	ANSWER("", "m=audio 5000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n");
	ck_assert_ptr_null(talk_ask(
		false, CALLEE, "", "m=audio 5000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n"));
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 1);
	/* Under its own numbers: 96 of the other one is none of them. */
	talk_teardown();
	talk_setup();
	OFFER("", opus);
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	ck_assert_ptr_null(talk_ask(
		false, CALLEE, "", "m=audio 5000 RTP/AVP 96\na=rtpmap:96 speex/8000\n"));
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", "m=audio 5000 RTP/AVP 8\n"));
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 1);
	ck_assert_str_eq(talk_stream(CALLER, 0)->coding->format[0].name, "PCMA");
}
END_TEST

/* A call of a codec that only the parties know may come to another one that both have said. */
START_TEST(who_is_asked_for_what_its_codec_cannot_become_comes_to_another)
{
	static const struct {
		const char *answer, *again;
	} rows[] = {
		{"m=audio 5000 RTP/AVP 99\na=rtpmap:99 SILK/16000\n",
			"m=audio 5000 RTP/AVP 0\n"},
		{"m=audio 5000 RTP/AVP 0\n",
			"m=audio 5000 RTP/AVP 99\na=rtpmap:99 SILK/16000\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		talk_teardown();
		talk_setup();
		OFFER("", "m=audio 4000 RTP/AVP 99 0\na=rtpmap:99 SILK/16000\n");
		ANSWER("", rows[i].answer);
		ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 1);
		ck_assert_ptr_null(talk_ask(false, CALLEE, "", rows[i].again));
		ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 1);
		ck_assert_ptr_null(talk_ask(true, CALLER, "", rows[i].again));
		ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 1);
		for (unsigned j = 0; j < 2; j++)
			ck_assert_int_eq(
				bridge_decide(talk_stream(j, 0), talk_stream(1 - j, 0)),
				BRIDGE_PASS);
	}
	/* Though it is offered its own (static-codecs), for those are to be translated. */
	talk_teardown();
	talk_setup();
	OFFER("", "m=audio 4000 RTP/AVP 99\na=rtpmap:99 SILK/16000\n");
	ANSWER("", "m=audio 5000 RTP/AVP 99 0\na=rtpmap:99 SILK/16000\n");
	ck_assert_ptr_null(talk_ask(
		false, CALLEE, "", "m=audio 5000 RTP/AVP 99 0\na=rtpmap:99 SILK/16000\n"));
	ck_assert_ptr_null(talk_ask(
		true, CALLER, "", "m=audio 4000 RTP/AVP 99\na=rtpmap:99 SILK/16000\n"));
	OFFER(",\"flags\":[\"static-codecs\"]", "m=audio 4000 RTP/AVP 8\n");
	TELLS("m=audio 30002 RTP/AVP 99 0");
	/* One that can be translated goes on. */
	talk_teardown();
	talk_setup();
	OFFER("", "m=audio 4000 RTP/AVP 8 0\n");
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", "m=audio 5000 RTP/AVP 0\n"));
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 1);
}
END_TEST

/* As rtpengine 10.5 writes it, and takes it for. */
START_TEST(codecs_under_a_protocol_in_small_letters_are_understood)
{
	OFFER("", "m=audio 4000 rtp/avp 8 0 101\na=rtpmap:101 telephone-event/8000\n");
	TELLS("m=audio 30002 RTP/AVP 8 0 101");
	TELLS("a=rtpmap:8 PCMA/8000");
	ANSWER("", "m=audio 5000 RTP/AVP 8\n");
	TELLS("m=audio 30000 RTP/AVP 8");
	OFFER(",\"codec\":{\"strip\":[\"PCMU\"],\"transcode\":[\"G722\"]}",
		"m=audio 4000 rtp/avp 8 0\n");
	TELLS("m=audio 30002 RTP/AVP 8 9");
	ANSWER("", "m=audio 5000 Rtp/Avp 9\n");
	TELLS("m=audio 30000 RTP/AVP 8");
	ck_assert_str_eq(
		talk_bridge(CALLEE), "G722 20 ms -> PCMA 20 ms at 8 kHz, transcode core 0");
}
END_TEST

/* And each party's letters are told on. */
START_TEST(codecs_of_a_medium_in_capitals_are_understood)
{
	OFFER(",\"codec\":{\"strip\":[\"PCMU\"],\"transcode\":[\"G722\"]}",
		"m=AUDIO 4000 RTP/AVP 8 0\n");
	TELLS("m=AUDIO 30002 RTP/AVP 8 9");
	ANSWER("", "m=Audio 5000 RTP/AVP 9\n");
	TELLS("m=Audio 30000 RTP/AVP 8");
	ck_assert_int_eq(talk_stream(CALLEE, 0)->media, REQUEST_AUDIO);
	ck_assert_str_eq(
		talk_bridge(CALLEE), "G722 20 ms -> PCMA 20 ms at 8 kHz, transcode core 0");
	OFFER(",\"T.38\":[\"force\"]", "m=AUDIO 4000 RTP/AVP 8\n");
	ck_assert_ptr_nonnull(strstr(told, "udptl t38"));
}
END_TEST

/* What rtpengine 10.5 was heard to answer (recorded with Kamailio, call 83bc83ea5e3cf3cb, and
 * asked here): what is masked is told only if nothing else is shared, what is consumed always.
 */
START_TEST(what_is_masked_is_told_when_nothing_else_is_shared)
{
	static const struct {
		const char *codec, *answer, *told;
	} rows[] = {
		{"\"mask\":[\"opus\"],\"transcode\":[\"PCMA\"]}", "m=audio 5000 RTP/AVP 8\n",
			"m=audio 30000 RTP/AVP 8\r\n"},
		{"\"mask\":[\"opus\"]}", "m=audio 5000 RTP/AVP 8\n",
			"m=audio 30000 RTP/AVP 8\r\n"},
		{"\"consume\":[\"opus\"]}", "m=audio 5000 RTP/AVP 8\n",
			"m=audio 30000 RTP/AVP 96 8\r\n"},
		{"\"mask\":[\"PCMU\"],\"transcode\":[\"GSM\"]}", "m=audio 5000 RTP/AVP 3\n",
			"m=audio 30000 RTP/AVP 0\r\n"},
		{"\"mask\":[\"PCMA\"],\"transcode\":[\"GSM\"]}", "m=audio 5000 RTP/AVP 3\n",
			"m=audio 30000 RTP/AVP 0\r\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char keys[128];

		talk_teardown();
		talk_setup();
		snprintf(keys, sizeof keys, ",\"codec\":{%s", rows[i].codec);
		OFFER(keys, "m=audio 4000 RTP/AVP 0 8 9 96\na=rtpmap:96 opus/48000/2\n");
		ANSWER("", rows[i].answer);
		ck_assert_msg(strstr(told, rows[i].told) != NULL, "%zu: no %s in %s", i,
			rows[i].told, told);
	}
}
END_TEST

/* Where nothing else is left that could be translated.  As 10.5 does without key presses; with
 * them it answers by what was never offered, as it does behind SILK. */
START_TEST(what_is_stripped_is_told_when_nothing_else_can_be_translated)
{
	static const struct {
		const char *codec, *offer, *offered, *answer, *told;
		enum bridge_kind kind;
	} rows[] = {
		{"\"strip\":[\"PCMA\"],\"transcode\":[\"PCMU\"]", "8", "0", "0", "8",
			BRIDGE_MAP},
		{"\"strip\":[\"PCMA\"],\"transcode\":[\"opus\"]", "8 101", "96 97", "96", "8",
			BRIDGE_TRANSCODE},
		{"\"strip\":[\"PCMA\"],\"transcode\":[\"PCMU\"]", "8 101", "0 101", "0 101",
			"8 101", BRIDGE_MAP},
		{"\"strip\":[\"all\"],\"transcode\":[\"opus\"]", "8 0 101", "96", "96", "8",
			BRIDGE_TRANSCODE},
		{"\"ignore\":[\"PCMA\"],\"transcode\":[\"PCMU\"]", "99 8", "99 0", "0", "8",
			BRIDGE_MAP},
		{"\"ignore\":[\"PCMA\"],\"transcode\":[\"PCMU\"]", "99 8", "99 0", "99", "99",
			BRIDGE_PASS},
		{"\"strip\":[\"PCMA\"],\"transcode\":[\"opus\"]", "8 0", "0 96", "96", "0",
			BRIDGE_TRANSCODE},
	};
	static const char opus[] = "a=rtpmap:96 opus/48000/2\n",
			  names[] = "a=rtpmap:99 SILK/16000\n"
				    "a=rtpmap:101 telephone-event/8000\n";

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char keys[128], lines[256], line[64];

		talk_teardown();
		talk_setup();
		snprintf(keys, sizeof keys, ",\"codec\":{%s}", rows[i].codec);
		snprintf(lines, sizeof lines, "m=audio 4000 RTP/AVP %s\n%s", rows[i].offer,
			names);
		OFFER(keys, lines);
		snprintf(line, sizeof line, "m=audio 30002 RTP/AVP %s\r\n", rows[i].offered);
		ck_assert_msg(strstr(told, line) != NULL, "%zu: no %s in %s", i, line, told);
		snprintf(lines, sizeof lines, "m=audio 5000 RTP/AVP %s\n%s%s", rows[i].answer,
			opus, names);
		ANSWER("", lines);
		snprintf(line, sizeof line, "m=audio 30000 RTP/AVP %s\r\n", rows[i].told);
		ck_assert_msg(strstr(told, line) != NULL, "%zu: no %s in %s", i, line, told);
		ck_assert_msg(bridge_decide(talk_stream(CALLEE, 0), talk_stream(CALLER, 0)) ==
				      rows[i].kind,
			"%zu: %s", i, talk_bridge(CALLEE));
	}
}
END_TEST

/* Likewise, but for the only keys beside speech of another clock: 10.5 offers none, and none
 * would be heard. */
START_TEST(keys_and_noise_go_with_the_last_speech_of_their_clock)
{
	static const struct {
		const char *codec, *formats, *told;
	} rows[] = {
		{"\"mask\":[\"opus\"]", "0 96 101 102 13",
			"m=audio 30002 RTP/AVP 0 101 13\r\n"},
		{"\"strip\":[\"opus\"]", "0 96 101 102 13",
			"m=audio 30002 RTP/AVP 0 101 13\r\n"},
		{"\"strip\":[\"PCMU\"]", "0 96 101 102 13",
			"m=audio 30002 RTP/AVP 96 102\r\n"},
		{"\"mask\":[\"PCMU\"],\"transcode\":[\"opus\"]", "0 101",
			"m=audio 30002 RTP/AVP 96 97\r\n"},
		{"\"mask\":[\"PCMU\"],\"transcode\":[\"G722\"]", "0 101",
			"m=audio 30002 RTP/AVP 9 101\r\n"},
		{"\"strip\":[\"PCMU\"]", "0 101", "m=audio 30002 RTP/AVP 0 101\r\n"},
		{"\"strip\":[\"PCMU\"]", "0 96 101", "m=audio 30002 RTP/AVP 96 101\r\n"},
		{"\"strip\":[\"all\"]", "101", "m=audio 30002 RTP/AVP 101\r\n"},
		{"\"mask\":[\"all\"],\"transcode\":[\"opus\"]", "13 101",
			"m=audio 30002 RTP/AVP 13 101\r\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char keys[128], lines[256];

		talk_teardown();
		talk_setup();
		snprintf(keys, sizeof keys, ",\"codec\":{%s}", rows[i].codec);
		snprintf(lines, sizeof lines,
			"m=audio 4000 RTP/AVP %s\na=rtpmap:96 opus/48000/2\n"
			"a=rtpmap:101 telephone-event/8000\na=rtpmap:102 telephone-event/48000\n",
			rows[i].formats);
		OFFER(keys, lines);
		ck_assert_msg(strstr(told, rows[i].told) != NULL, "%zu: no %s in %s", i,
			rows[i].told, told);
	}
}
END_TEST

#define OPUS_LINES                                                \
	"m=audio 4000 RTP/AVP 96 101\na=rtpmap:96 opus/48000/2\n" \
	"a=rtpmap:101 telephone-event/8000\n"

/* RFC 3264 sections 6.1 and 8.3.2. */
START_TEST(a_number_means_what_it_was_said_to_mean)
{
	/* The answerer, by the offer. */
	OFFER("", OPUS_LINES);
	ANSWER("", "m=audio 5000 RTP/AVP 96 101\n");
	TELLS("m=audio 30000 RTP/AVP 96 101");
	TELLS("a=rtpmap:96 opus/48000/2");
	TELLS("a=rtpmap:101 telephone-event/8000");
	ck_assert_str_eq(talk_bridge(CALLER), "");
	/* The offerer, and the answerer as an offerer, by what they said before. */
	OFFER("", "m=audio 4000 RTP/AVP 96\n");
	TELLS("a=rtpmap:96 opus/48000/2");
	ANSWER("", "m=audio 5000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n");
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", "m=audio 5000 RTP/AVP 96\n"));
	TELLS("a=rtpmap:96 opus/48000/2");
	ck_assert_ptr_null(talk_ask(true, CALLER, "", "m=audio 4000 RTP/AVP 96\n"));
	ck_assert_str_eq(talk_bridge(CALLER), "");
	ck_assert_str_eq(talk_bridge(CALLEE), "");
}
END_TEST

START_TEST(a_number_that_was_added_to_an_offer_means_what_it_was_added_for)
{
	OFFER(",\"codec\":{\"transcode\":[\"opus\"]}", "m=audio 4000 RTP/AVP 8\n");
	TELLS("m=audio 30002 RTP/AVP 8 96");
	ANSWER("", "m=audio 5000 RTP/AVP 96\n");
	TELLS("m=audio 30000 RTP/AVP 8");
	ck_assert_str_eq(
		talk_bridge(CALLEE), "opus 20 ms -> PCMA 20 ms at 8 kHz, transcode core 0");
}
END_TEST

/* static-codecs: the answerer has not seen the offer's numbers, nor the offerer its. */
START_TEST(a_number_that_was_told_again_means_what_it_did)
{
	const char *keys = ",\"flags\":[\"static-codecs\"]";
	const char *named = "m=audio 5000 RTP/AVP 97\na=rtpmap:97 opus/48000/2\n";

	OFFER("", "m=audio 4000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n");
	ANSWER("", named);
	OFFER(keys, "m=audio 4000 RTP/AVP 97 8\n");
	TELLS("a=rtpmap:97 opus/48000/2");
	ANSWER("", named);
	TELLS("m=audio 30000 RTP/AVP 8");
	ck_assert_str_eq(
		talk_bridge(CALLEE), "opus 20 ms -> PCMA 20 ms at 8 kHz, transcode core 0");
	OFFER(keys, "m=audio 4000 RTP/AVP 97 96\na=rtpmap:97 G726-32/8000\n"
		    "a=rtpmap:96 opus/48000/2\n");
	TELLS("m=audio 30002 RTP/AVP 97");
	TELLS("a=rtpmap:97 opus/48000/2");
	ANSWER("", "m=audio 5000 RTP/AVP 97\n");
	TELLS("m=audio 30000 RTP/AVP 96");
	ck_assert_str_eq(talk_bridge(CALLEE), "payload types mapped: opus 97 -> 96");
	/* Without it the offer's numbers count again. */
	OFFER("", "m=audio 4000 RTP/AVP 97 96\na=rtpmap:97 G726-32/8000\n"
		  "a=rtpmap:96 opus/48000/2\n");
	ANSWER("", "m=audio 5000 RTP/AVP 97\n");
	TELLS("m=audio 30000 RTP/AVP 97");
	TELLS("a=rtpmap:97 G726-32/8000");
	ck_assert_str_eq(talk_bridge(CALLEE), "");
}
END_TEST

START_TEST(an_answer_names_what_the_offer_has_not)
{
	OFFER("", "m=audio 4000 RTP/AVP 96 97\n");
	ANSWER("", "m=audio 5000 RTP/AVP 96\na=rtpmap:96 EVS/16000\n");
	TELLS("m=audio 30000 RTP/AVP 96");
	TELLS("a=rtpmap:96 EVS/16000");
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)), BRIDGE_PASS);
	ANSWER("", "m=audio 5000 RTP/AVP 97\n");
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)), BRIDGE_PASS);
}
END_TEST

START_TEST(who_agrees_to_keys_alone_gets_those)
{
	OFFER("", "m=audio 4000 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\n");
	ANSWER("", "m=audio 5000 RTP/AVP 101\na=rtpmap:101 telephone-event/8000\n");
	TELLS("m=audio 30000 RTP/AVP 101");
	ck_assert_str_eq(talk_bridge(CALLEE), "");
}
END_TEST

/* And nothing that could be translated: as 10.5 answers it, but for the payload type that
 * goes through; an SDP has a format in any case. */
START_TEST(who_agrees_to_nothing_that_was_offered_is_told_on_as_it_is)
{
	static const char names[] = "a=rtpmap:101 telephone-event/8000\n"
				    "a=rtpmap:99 SILK/16000\na=rtpmap:98 EVS/16000\n";
	static const struct {
		const char *keys, *offered, *answer, *told;
		bool maps; /* and the rest goes nowhere */
	} rows[] = {
		{"", "8", "99", "99", false},
		{"", "8 0", "99 98", "99 98", false},
		{"", "99", "8", "8", false},
		{",\"flags\":[\"always-transcode\"]", "8", "99", "99", false},
		{",\"codec\":{\"consume\":[\"PCMA\"]}", "8 0", "99", "99", false},
		{"", "8 101", "99 101", "101", true},
		{"", "99 101", "8 101", "101", true},
		{"", "8", "101", "8", false},
		{"", "8 101", "13", "8", false},
		{"", "99", "13", "99", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char offer[192], answer[192], line[64];

		talk_teardown();
		talk_setup();
		snprintf(offer, sizeof offer, "m=audio 4000 RTP/AVP %s\n%s", rows[i].offered,
			names);
		snprintf(answer, sizeof answer, "m=audio 5000 RTP/AVP %s\n%s", rows[i].answer,
			names);
		snprintf(line, sizeof line, "m=audio 30000 RTP/AVP %s\r\n", rows[i].told);
		for (unsigned turn = 0; turn < 2; turn++) {
			OFFER(rows[i].keys, offer);
			ANSWER("", answer);
			ck_assert_msg(
				strstr(told, line) != NULL, "%zu: no %s in %s", i, line, told);
			ck_assert_int_eq(
				bridge_decide(talk_stream(CALLEE, 0), talk_stream(CALLER, 0)),
				rows[i].maps ? BRIDGE_MAP : BRIDGE_PASS);
		}
		/* What both have is translated, or passes, as ever. */
		OFFER("", "m=audio 4000 RTP/AVP 0\n");
		ANSWER("", "m=audio 5000 RTP/AVP 9\n");
		TELLS("m=audio 30000 RTP/AVP 0");
		ck_assert_int_eq(bridge_decide(talk_stream(CALLEE, 0), talk_stream(CALLER, 0)),
			BRIDGE_TRANSCODE);
	}
}
END_TEST

/* With a codec that nobody here has: what nobody is to hear need not be heard. */
START_TEST(who_does_not_speak_needs_no_codec)
{
	OFFER("", "m=audio 4000 RTP/AVP 8\n");
	ANSWER("", "m=audio 5000 RTP/AVP 96\na=rtpmap:96 EVS/16000\na=inactive\n");
	TELLS("a=inactive");
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)), BRIDGE_NONE);
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLEE, 0), talk_stream(CALLER, 0)), BRIDGE_NONE);
}
END_TEST

static void
add_said(Suite *s)
{
	TCase *t = tcase_create("what is said");

	tcase_add_checked_fixture(t, talk_setup, talk_teardown);
	tcase_add_test(t, codecs_under_a_protocol_in_small_letters_are_understood);
	tcase_add_test(t, codecs_of_a_medium_in_capitals_are_understood);
	tcase_add_test(t, what_is_masked_is_told_when_nothing_else_is_shared);
	tcase_add_test(t, what_is_stripped_is_told_when_nothing_else_can_be_translated);
	tcase_add_test(t, keys_and_noise_go_with_the_last_speech_of_their_clock);
	tcase_add_test(t, a_number_means_what_it_was_said_to_mean);
	tcase_add_test(t, a_number_that_was_added_to_an_offer_means_what_it_was_added_for);
	tcase_add_test(t, a_number_that_was_told_again_means_what_it_did);
	tcase_add_test(t, an_answer_names_what_the_offer_has_not);
	tcase_add_test(t, who_agrees_to_keys_alone_gets_those);
	tcase_add_test(t, who_agrees_to_nothing_that_was_offered_is_told_on_as_it_is);
	tcase_add_test(t, who_does_not_speak_needs_no_codec);
	suite_add_tcase(s, t);
}

static void
add_codecs(Suite *s)
{
	TCase *t = tcase_create("codecs");

	tcase_add_checked_fixture(t, talk_setup, talk_teardown);
	tcase_add_test(t, an_answer_gives_the_offerer_its_payload_types_back);
	tcase_add_test(t, annex_b_of_g729_is_ruled_out_by_either);
	tcase_add_test(t, the_same_codecs_pass_untouched);
	tcase_add_test(t, what_both_have_is_not_translated_though_more_was_offered);
	tcase_add_test(t, keys_follow_the_clock_of_added_speech);
	tcase_add_test(t, who_was_translated_for_stays_so);
	tcase_add_test(t, codecs_that_an_answer_refuses_may_be_accepted_all_the_same);
	tcase_add_test(t, what_is_stripped_from_an_answer_is_not_told);
	tcase_add_test(t, lists_of_codecs_say_what_is_offered);
	tcase_add_test(t, specifications_say_how_we_code);
	tcase_add_test(t, what_was_added_keeps_its_number);
	tcase_add_test(t, a_new_offer_may_begin_with_what_was_taken_before);
	tcase_add_test(t, a_party_may_keep_its_codecs_whatever_the_other_one_offers);
	tcase_add_test(t, codecs_that_nobody_here_knows_pass);
	tcase_add_test(t, a_codec_of_bytes_that_are_no_text_passes_and_its_call_is_remembered);
	tcase_add_test(t, more_formats_than_a_stream_holds_stay_in_the_sdp);
	tcase_add_test(t, who_has_answered_may_go_on_while_it_is_asked_again);
	tcase_add_test(t, who_was_answered_goes_on_with_that_while_it_is_asked);
	tcase_add_test(t, who_is_asked_for_what_its_codec_cannot_become_comes_to_another);
	suite_add_tcase(s, t);
}

int
main(void)
{
	Suite *s = suite_create("negotiate_codecs");
	SRunner *r = srunner_create(s);
	int failed;

	add_codecs(s);
	add_said(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
