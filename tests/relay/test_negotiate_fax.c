/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/negotiate_fax.c: one party has T.38, the other sound.  What m= lines and attributes
 * become: as rtpengine 26.3 answers, ITU-T T.38 annex D, RFC 3264. */
#include <stdio.h>

#include "relay/bridge.h"
#include "relay/coding.h"
#include "relay/fax.h"
#include "tests/relay/ng_talk.h"

#define T38                                                                                       \
	"m=image 4000 udptl t38\na=T38FaxVersion:0\na=T38MaxBitRate:14400\n"                      \
	"a=T38FaxRateManagement:transferredTCF\na=T38FaxMaxBuffer:262\na=T38FaxMaxDatagram:300\n" \
	"a=T38FaxUdpEC:t38UDPFEC\na=X-fax\n"
#define T38_ANSWER \
	"m=image 5000 udptl t38\na=T38FaxVersion:0\na=t38faxudpec:t38UDPNoEC\na=T38FaxMaxDatagram:90\n"
#define DECODE ",\"T.38\":[\"decode\"]"
#define FORCE ",\"T.38\":[\"force\"]"
#define STOP ",\"T.38\":[\"stop\"]"
#define G711 "m=audio 5000 RTP/AVP 8 0\n"

/* How the switch is told to treat what LEG sends; its kind, -1: passed as it is. */
static int
bridge_of(unsigned leg, struct sw_bridge *b)
{
	return bridge_rules(talk_stream(leg, 0), talk_stream(1 - leg, 0), b) ? (int)b->kind
									     : -1;
}

static struct request_fax
fax_of(unsigned leg)
{
	return fax_get(talk_stream(leg, 0)->coding);
}

static void
check_no_gateway(void)
{
	ck_assert(!fax_joins(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)));
	ck_assert(!fax_is_t38(talk_stream(CALLER, 0)));
	ck_assert(!fax_is_t38(talk_stream(CALLEE, 0)));
}

START_TEST(t38_that_is_decoded_becomes_g711_and_its_answer_t38)
{
	struct sw_bridge b;

	OFFER(DECODE, T38);
	TELLS("m=audio 30002 RTP/AVP 0 8");
	TELLS("a=rtpmap:0 PCMU/8000");
	TELLS("a=rtpmap:8 PCMA/8000");
	TELLS("a=sendrecv");
	TELLS("a=rtcp:30003");
	TELLS("a=X-fax");
	HIDES("T38");
	ck_assert_int_eq(talk_stream(CALLER, 0)->media, REQUEST_IMAGE);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->media, REQUEST_AUDIO);
	ANSWER("", G711);
	TELLS("m=image 30000 udptl t38");
	ck_assert_ptr_nonnull(strstr(told,
		"a=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\n"
		"a=T38FaxRateManagement:transferredTCF\r\na=T38FaxMaxBuffer:1800\r\n"
		"a=T38FaxMaxDatagram:1400\r\na=T38FaxUdpEC:t38UDPFEC\r\n"));
	HIDES("rtpmap");
	HIDES("a=rtcp");
	ck_assert_int_eq(bridge_of(CALLEE, &b), SW_BRIDGE_FAX);
	ck_assert_uint_eq(b.transcode.from[0].codec, CODEC_PCMA);
	ck_assert_uint_eq(b.transcode.from[1].codec, CODEC_PCMU);
	ck_assert_uint_eq(b.fax.correction, SW_FAX_FEC);
	ck_assert_uint_eq(b.fax.max_datagram, 296); /* eights of 300 */
	ck_assert_uint_eq(b.fax.depth, 3);
	ck_assert_int_eq(bridge_of(CALLER, &b), SW_BRIDGE_FAX);
	ck_assert_uint_eq(b.transcode.to[0].codec, CODEC_PCMA);
	ck_assert_uint_eq(b.transcode.to[0].payload_type, 8);
}
END_TEST

START_TEST(sound_that_is_forced_becomes_t38_and_its_answer_sound)
{
	struct sw_bridge b;

	OFFER(FORCE, "m=audio 4000 RTP/AVP 8 0 101\na=rtpmap:101 telephone-event/8000\n"
		     "a=ptime:20\na=rtcp-mux\nb=AS:64\n");
	ck_assert_ptr_nonnull(strstr(told,
		"m=image 30002 udptl t38\r\nc=IN IP4 10.99.1.1\r\n"
		"a=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\n"
		"a=T38FaxRateManagement:transferredTCF\r\na=T38FaxMaxBuffer:1800\r\n"
		"a=T38FaxMaxDatagram:1400\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n"
		"a=sendrecv\r\n"));
	HIDES("rtpmap");
	HIDES("ptime");
	HIDES("rtcp");
	HIDES("b=AS");
	ANSWER("", T38_ANSWER);
	TELLS("m=audio 30000 RTP/AVP 8");
	TELLS("a=rtpmap:8 PCMA/8000");
	TELLS("a=rtcp:30001");
	HIDES("T38");
	ck_assert_int_eq(bridge_of(CALLER, &b), SW_BRIDGE_FAX);
	ck_assert_uint_eq(b.fax.correction, SW_FAX_NONE); /* as it answered */
	ck_assert_uint_eq(b.fax.depth, 0);
	ck_assert_uint_eq(b.fax.max_datagram, 88);
	ck_assert_uint_eq(b.transcode.from[0].payload_type, 8);
	ck_assert_int_eq(bridge_of(CALLEE, &b), SW_BRIDGE_FAX);
	ck_assert_uint_eq(b.transcode.to[0].payload_type, 8);
	ck_assert_uint_eq(b.transcode.to[0].ptime_ms, 20);
}
END_TEST

START_TEST(a_call_that_becomes_a_fax_keeps_its_ports_and_the_codec_it_has)
{
	struct sw_bridge b;
	uint64_t id;

	OFFER("", "m=audio 4000 RTP/AVP 9 8\n");
	ANSWER("", "m=audio 5000 RTP/AVP 9\n");
	id = talk_stream(CALLER, 0)->id;
	/* The callee has heard the tone, and the caller has sound alone: G.722 carries no fax.
	 */
	ck_assert_ptr_null(talk_ask(false, CALLEE, DECODE, T38_ANSWER));
	TELLS("m=audio 30000 RTP/AVP 0 8");
	ck_assert_ptr_null(talk_ask(true, CALLER, "", "m=audio 4000 RTP/AVP 8\n"));
	TELLS("m=image 30002 udptl t38");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->id, id);
	ck_assert_int_eq(bridge_of(CALLEE, &b), SW_BRIDGE_FAX);
	ck_assert_uint_eq(b.transcode.to[0].codec, CODEC_PCMA);
	/* The page is through, and they talk again. */
	ck_assert_ptr_null(talk_ask(false, CALLEE, DECODE, "m=audio 5000 RTP/AVP 9\n"));
	TELLS("m=audio 30000 RTP/AVP 9 8");
	ck_assert_ptr_null(talk_ask(true, CALLER, "", "m=audio 4000 RTP/AVP 9\n"));
	TELLS("m=audio 30002 RTP/AVP 9");
	HIDES("T38");
	check_no_gateway();
	ck_assert_int_eq(bridge_of(CALLEE, &b), -1);
}
END_TEST

START_TEST(who_refuses_the_other_kind_refuses_the_line)
{
	OFFER(DECODE, T38);
	ANSWER("", "m=audio 0 RTP/AVP 0\n");
	TELLS("m=image 0 udptl t38");
	HIDES("audio");
	ck_assert_int_eq(talk_stream(CALLER, 0)->closed, 1);
	talk_teardown();
	talk_setup();
	OFFER(FORCE, AUDIO);
	ANSWER("", "m=image 0 udptl t38\n");
	TELLS("m=audio 0 RTP/AVP 0 8 101");
	HIDES("image");
	ck_assert_int_eq(talk_stream(CALLEE, 0)->closed, 1);
	check_no_gateway();
	/* As does who answers what it was not offered. */
	OFFER(FORCE, AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	TELLS("m=audio 0 RTP/AVP 0 8 101");
	check_no_gateway();
}
END_TEST

START_TEST(a_line_that_its_party_closes_is_closed_by_its_name)
{
	OFFER(FORCE, AUDIO);
	ANSWER("", T38_ANSWER);
	OFFER("", "m=audio 0 RTP/AVP 0\n");
	TELLS("m=image 0 udptl t38");
	ANSWER("", "m=image 0 udptl t38\n");
	TELLS("m=audio 0 RTP/AVP 0");
	check_no_gateway();
}
END_TEST

START_TEST(a_gateway_stays_while_its_parties_offer_what_they_did)
{
	struct sw_bridge before, after;

	OFFER(",\"T.38\":[\"force\",\"no-ECM\",\"no-V.17\"],\"T.38-version\":2", AUDIO);
	TELLS("a=T38FaxVersion:2");
	TELLS("a=T38MaxBitRate:9600");
	ANSWER("", "m=image 5000 udptl t38\na=T38FaxVersion:1\na=T38FaxUdpEC:t38UDPFEC\n");
	ck_assert_int_eq(bridge_of(CALLER, &before), SW_BRIDGE_FAX);
	ck_assert_uint_eq(before.fax.version, 1);
	ck_assert_uint_eq(before.fax.flags, SW_FAX_NO_ECM | SW_FAX_NO_V17);
	/* By the party with sound, */
	OFFER("", AUDIO);
	TELLS("m=image 30002 udptl t38");
	TELLS("a=T38MaxBitRate:9600");
	bridge_of(CALLER, &after);
	ck_assert_mem_eq(&before, &after, sizeof before);
	ANSWER("", "m=image 5000 udptl t38\na=T38FaxVersion:1\na=T38FaxUdpEC:t38UDPFEC\n");
	bridge_of(CALLER, &after);
	ck_assert_mem_eq(&before, &after, sizeof before);
	/* and by the other one; each byte counts, or the machines begin anew. */
	ck_assert_ptr_null(talk_ask(false, CALLEE, "",
		"m=image 5000 udptl t38\na=T38FaxVersion:1\na=T38FaxUdpEC:t38UDPFEC\n"));
	TELLS("m=audio 30000 RTP/AVP 0 8");
	ck_assert_ptr_null(talk_ask(true, CALLER, "", "m=audio 4000 RTP/AVP 0\n"));
	TELLS("m=image 30002 udptl t38");
	bridge_of(CALLER, &after);
	ck_assert_mem_eq(&before, &after, sizeof before);
}
END_TEST

static struct sw_bridge half[2];

static void
take_halves(void)
{
	for (unsigned leg = 0; leg < 2; leg++)
		ck_assert_int_eq(bridge_of(leg, &half[leg]), SW_BRIDGE_FAX);
}

/* Both directions are as they were, to the byte: else the modems begin anew. */
static void
check_halves(void)
{
	struct sw_bridge b;

	for (unsigned leg = 0; leg < 2; leg++) {
		ck_assert_int_eq(bridge_of(leg, &b), SW_BRIDGE_FAX);
		ck_assert_mem_eq(&b, &half[leg], sizeof b);
	}
}

START_TEST(a_session_is_refreshed_without_a_break)
{
	const char *pcma = "m=audio 5000 RTP/AVP 8\n";

	OFFER(DECODE, T38);
	ANSWER("", pcma);
	take_halves(); /* of what it has answered, not of what it was offered */
	ck_assert_uint_eq(half[CALLEE].transcode.from[1].codec, CODEC_NONE);
	ck_assert_uint_eq(half[CALLER].transcode.to[0].codec, CODEC_PCMA);
	OFFER("", T38);
	TELLS("m=audio 30002 RTP/AVP 8 0"); /* what it has comes first */
	check_halves();
	ANSWER("", pcma);
	check_halves();
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", pcma));
	check_halves();
	ck_assert_ptr_null(talk_ask(true, CALLER, "", T38));
	TELLS("m=audio 30002 RTP/AVP 8");
	check_halves();
	/* Who takes less than it did, but the same first, can be left alone; */
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", "m=audio 5000 RTP/AVP 8 0\n"));
	ck_assert_ptr_null(talk_ask(true, CALLER, "", T38));
	take_halves();
	OFFER("", T38);
	ANSWER("", pcma);
	check_halves();
	/* who takes something else not. */
	OFFER("", T38);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	take_halves();
	ck_assert_uint_eq(half[CALLER].transcode.to[0].codec, CODEC_PCMU);
	ck_assert_uint_eq(half[CALLEE].transcode.from[0].codec, CODEC_PCMU);
	ck_assert_uint_eq(half[CALLEE].transcode.from[1].codec, CODEC_NONE);
}
END_TEST

START_TEST(a_gateway_that_nobody_has_answered_ends_without_words)
{
	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	OFFER(FORCE, AUDIO); /* which the callee refuses by SIP, and stays with sound */
	TELLS("m=image 30002 udptl t38");
	OFFER("", AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	check_no_gateway();
	/* One that was confirmed survives an offer with words that was not answered. */
	OFFER(FORCE, AUDIO);
	ANSWER("", T38_ANSWER);
	OFFER(FORCE, AUDIO);
	OFFER("", AUDIO);
	TELLS("m=image 30002 udptl t38");
}
END_TEST

START_TEST(the_highest_rate_is_that_of_a_modem_that_is_left)
{
	static const struct {
		const char *without, *rate;
	} rows[] = {
		{"\"no-V.34\"", "14400"},
		{"\"no-V.17\"", "9600"},
		{"\"no-V.27ter\"", "9600"}, /* V.17 comes with both others alone */
		{"\"no-V.29\"", "4800"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char keys[64], line[64];

		snprintf(keys, sizeof keys, ",\"T.38\":[\"force\",%s]", rows[i].without);
		snprintf(line, sizeof line, "a=T38MaxBitRate:%s\r\n", rows[i].rate);
		OFFER(keys, AUDIO);
		ck_assert_msg(strstr(told, line) != NULL, "no %s in %s", line, told);
	}
}
END_TEST

START_TEST(the_case_of_image_does_not_matter)
{
	OFFER("", "m=IMAGE 4000 udptl t38\na=T38FaxVersion:0\n");
	ck_assert_int_eq(talk_stream(CALLER, 0)->media, REQUEST_IMAGE);
	OFFER(DECODE, "m=Image 4000 UDPTL T38\na=T38FaxVersion:0\n");
	TELLS("m=audio 30002 RTP/AVP 0 8");
	ANSWER("", G711);
	ck_assert(fax_joins(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)));
}
END_TEST

START_TEST(a_gateway_ends_when_it_is_told_to_or_both_have_the_same)
{
	struct sw_bridge b;

	OFFER(FORCE, AUDIO);
	ANSWER("", T38_ANSWER);
	OFFER(STOP, AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	HIDES("T38");
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	check_no_gateway();
	ck_assert_int_ne(bridge_of(CALLER, &b), SW_BRIDGE_FAX);
	OFFER(FORCE, AUDIO);
	ANSWER("", T38_ANSWER);
	OFFER("", T38); /* the caller has a machine with T.38 now */
	TELLS("m=image 30002 udptl t38");
	TELLS("a=T38FaxUdpEC:t38UDPFEC");
	ANSWER("", T38_ANSWER);
	TELLS("a=t38faxudpec:t38UDPNoEC");
	check_no_gateway();
	ck_assert_int_eq(bridge_of(CALLER, &b), -1);
	OFFER("", AUDIO); /* it does not come back */
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
}
END_TEST

START_TEST(words_that_do_not_concern_a_line_leave_it)
{
	OFFER(DECODE, AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	OFFER(FORCE, "m=audio 4000 RTP/AVP 9\n"); /* no G.711 */
	TELLS("m=audio 30002 RTP/AVP 9");
	OFFER(FORCE, T38);
	TELLS("m=image 30002 udptl t38");
	TELLS("a=T38FaxMaxDatagram:300");
	OFFER(",\"T.38\":[\"decode\",\"stop\"]", T38);
	TELLS("m=image 30002 udptl t38");
	check_no_gateway();
}
END_TEST

START_TEST(the_client_chooses_protocol_and_codec_of_the_sound)
{
	OFFER(DECODE
		",\"transport-protocol\":\"RTP/SAVP\",\"codec\":{\"transcode\":[\"PCMA\"]}",
		T38);
	TELLS("m=audio 30002 RTP/SAVP 8");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:"));
	ck_assert_int_ne(call_seal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	ANSWER("", "m=audio 5000 RTP/SAVP 8\n" CRYPTO_B);
	TELLS("m=image 30000 udptl t38");
	HIDES("crypto");
	ck_assert_int_eq(talk_stream(CALLEE, 0)->key_known, 1);
	ck_assert_ptr_null(talk_stream(CALLER, 0)->keys);
	ck_assert(fax_joins(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)));
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)), BRIDGE_FAX);
}
END_TEST

START_TEST(who_spoke_srtp_has_no_keys_when_it_speaks_t38)
{
	OFFER("", SAVP CRYPTO_A);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	ck_assert_ptr_null(talk_ask(false, CALLEE, DECODE, T38_ANSWER));
	TELLS("m=audio 30000 RTP/SAVP 0 8");
	ck_assert_ptr_null(talk_ask(true, CALLER, "", SAVP CRYPTO_A));
	HIDES("crypto");
	ck_assert_ptr_null(talk_stream(CALLEE, 0)->keys);
	ck_assert_ptr_nonnull(talk_stream(CALLER, 0)->keys);
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLEE, 0), talk_stream(CALLER, 0)), BRIDGE_FAX);
	/* Nor without a gateway. */
	ck_assert_ptr_null(talk_ask(false, CALLEE, STOP, T38_ANSWER));
	TELLS("m=image 30000 udptl t38");
	ck_assert_ptr_null(talk_ask(true, CALLER, "", T38));
	ck_assert_ptr_null(talk_stream(CALLER, 0)->keys);
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLEE, 0), talk_stream(CALLER, 0)), BRIDGE_PASS);
}
END_TEST

START_TEST(who_was_offered_srtp_and_gets_t38_has_no_keys)
{
	OFFER("", SAVP CRYPTO_A);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	OFFER(FORCE, SAVP CRYPTO_A);
	TELLS("m=image 30002 udptl t38");
	HIDES("crypto");
	ANSWER("", T38_ANSWER);
	ck_assert_ptr_null(talk_stream(CALLEE, 0)->keys);
	TELLS("m=audio 30000 RTP/SAVP 0");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:7 AES_CM_128_HMAC_SHA1_80"));
	ck_assert_int_eq(talk_stream(CALLER, 0)->key_known, 1);
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLER, 0), talk_stream(CALLEE, 0)), BRIDGE_FAX);
}
END_TEST

START_TEST(who_spoke_srtp_does_so_when_the_fax_is_over)
{
	/* It had sound, and the other one ends the fax. */
	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	OFFER(DECODE ",\"transport-protocol\":\"RTP/SAVP\"", T38);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	OFFER("", AUDIO);
	TELLS("m=audio 30002 RTP/SAVP 0 8 101");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:"));
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	TELLS("m=audio 30000 RTP/AVP 0");
	HIDES("crypto");
	ck_assert_ptr_nonnull(talk_stream(CALLEE, 0)->keys);
	check_no_gateway();
	/* It had sound, and ends the fax itself: who had T.38 is offered what it offers. */
	OFFER(FORCE, SAVP CRYPTO_A);
	ANSWER("", T38_ANSWER);
	OFFER(STOP, SAVP CRYPTO_A);
	TELLS("m=audio 30002 RTP/SAVP 0");
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	TELLS("m=audio 30000 RTP/SAVP 0");
	ck_assert_ptr_nonnull(talk_stream(CALLER, 0)->keys);
	ck_assert_ptr_nonnull(talk_stream(CALLEE, 0)->keys);
	/* Or the client says how. */
	OFFER(FORCE, SAVP CRYPTO_A);
	ANSWER("", T38_ANSWER);
	ck_assert_ptr_null(talk_ask(false, CALLEE, ",\"transport-protocol\":\"RTP/AVP\"",
		"m=audio 5000 RTP/SAVP 0\n" CRYPTO_B));
	TELLS("m=audio 30000 RTP/AVP 0");
}
END_TEST

START_TEST(what_cannot_be_a_fax_is_refused)
{
	ck_assert_str_eq(
		talk_ask(false, CALLER,
			",\"T.38\":[\"decode\",\"no-V.17\",\"no-V.29\",\"no-V.27ter\"]", T38),
		"T.38 without any modem");
	OFFER(DECODE, T38);
	ck_assert_ptr_nonnull(talk_ask(true, CALLEE, "", "m=audio 5000 RTP/AVP 9\n"));
}
END_TEST

START_TEST(parity_is_offered_to_who_is_to_have_it)
{
	OFFER(",\"flags\":[\"T.38-force\",\"T.38-FEC\"]", AUDIO);
	TELLS("a=T38FaxUdpEC:t38UDPFEC");
	ck_assert_uint_eq(fax_of(CALLEE).correction, REQUEST_CORRECTION_FEC);
	ANSWER("", "m=image 5000 udptl t38\na=T38FaxUdpEC:t38UDPRedundancy\n");
	ck_assert_uint_eq(fax_of(CALLEE).correction, REQUEST_CORRECTION_REDUNDANCY);
	ck_assert_uint_eq(fax_of(CALLEE).max_datagram, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("negotiate_fax");
	TCase *t = tcase_create("negotiate_fax");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, talk_setup, talk_teardown);
	tcase_add_test(t, t38_that_is_decoded_becomes_g711_and_its_answer_t38);
	tcase_add_test(t, sound_that_is_forced_becomes_t38_and_its_answer_sound);
	tcase_add_test(t, a_call_that_becomes_a_fax_keeps_its_ports_and_the_codec_it_has);
	tcase_add_test(t, who_refuses_the_other_kind_refuses_the_line);
	tcase_add_test(t, a_line_that_its_party_closes_is_closed_by_its_name);
	tcase_add_test(t, a_gateway_stays_while_its_parties_offer_what_they_did);
	tcase_add_test(t, a_session_is_refreshed_without_a_break);
	tcase_add_test(t, a_gateway_that_nobody_has_answered_ends_without_words);
	tcase_add_test(t, the_highest_rate_is_that_of_a_modem_that_is_left);
	tcase_add_test(t, the_case_of_image_does_not_matter);
	tcase_add_test(t, a_gateway_ends_when_it_is_told_to_or_both_have_the_same);
	tcase_add_test(t, words_that_do_not_concern_a_line_leave_it);
	tcase_add_test(t, the_client_chooses_protocol_and_codec_of_the_sound);
	tcase_add_test(t, who_spoke_srtp_has_no_keys_when_it_speaks_t38);
	tcase_add_test(t, who_was_offered_srtp_and_gets_t38_has_no_keys);
	tcase_add_test(t, who_spoke_srtp_does_so_when_the_fax_is_over);
	tcase_add_test(t, what_cannot_be_a_fax_is_refused);
	tcase_add_test(t, parity_is_offered_to_who_is_to_have_it);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
