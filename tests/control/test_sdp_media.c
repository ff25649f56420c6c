/* SPDX-License-Identifier: Apache-2.0
 *
 * control/sdp_attr.c, sdp_format.c and what sdp_write.c makes of media: m= lines and all that
 * belongs to them.  RFC 8866, RFC 3605, RFC 4568. */
#include <stdio.h>
#include <sys/socket.h>

#include "tests/control/sdp_case.h"

START_TEST(lines_of_a_media_have_their_places)
{
	static const char text[] = HEAD
		"t=0 0\r\n"
		"m=audio 4000/2 RTP/SAVPF 96 97 0 *\r\ni=title\r\nc=IN IP6 2001:db8::2\r\n"
		"b=AS:84\r\nb=TIAS:64000\r\na=mid:0\r\na=label:1\r\na=bundle-only\r\n"
		"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1; x\r\n"
		"a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 speex/16000/1\r\n"
		"a=rtpmap:0 pcmu/8000\r\na=rtcp-fb:* ccm fir\r\na=extmap-allow-mixed\r\n"
		"a=extmap:1 urn:a\r\na=extmap:2/sendonly urn:b\r\na=zrtp-hash:1.10 abc\r\n"
		"a=X-a:1\r\na=X-b\r\na=X-a:1\r\na=rtcp-rsize\r\na=recvonly\r\n"
		"a=rtcp:4001 IN IP6 2001:db8::3\r\na=rtcp-mux\r\na=rtcp-mux-only\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc|2^20|1:4 WSH=64\r\n"
		"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:def\r\na=setup:actpass\r\n"
		"a=fingerprint:sha-1 00:11\r\na=tls-id:abc\r\na=ptime:20\r\na=maxptime:60\r\n"
		"a=ice-ufrag:u\r\na=ice-pwd:p\r\na=ice-options:trickle\r\n"
		"a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host\r\n"
		"a=candidate:1 2 UDP 1 192.0.2.1 4001 typ host\r\na=end-of-candidates\r\n";

	ck_assert_str_eq(again(text), text);
}
END_TEST

START_TEST(all_others_stay_byte_for_byte_in_their_order)
{
	ck_assert_str_eq(
		again(AUDIO "a=b: x  y \r\na=sendonly\r\na=a\r\na=a:\r\na=mid:1\r\n"
			    "a=:\r\na=\r\na=sendrecv:1\r\na=mid\r\na=\xc3\xa9:\xff\r\n"),
		HEAD "t=0 0\r\nm=audio 4000 RTP/AVP 0 96\r\nc=IN IP4 192.0.2.2\r\na=mid:1\r\n"
		     "a=rtpmap:0 PCMU/8000\r\na=b: x  y \r\na=a\r\na=a:\r\na=:\r\na=\r\n"
		     "a=sendrecv:1\r\na=mid\r\na=\xc3\xa9:\xff\r\na=sendonly\r\n");
}
END_TEST

/* As rtpengine 26.3 answers for refused media. */
START_TEST(of_port_zero_nothing_is_written_but_what_it_is)
{
	ck_assert_str_eq(again(SESSION "m=audio 0 RTP/AVP 0\r\na=mid:1\r\na=label:2\r\n"
				       "a=bundle-only\r\na=sendrecv\r\na=x\r\n"
				       "a=crypto:1 X inline:abc\r\n"),
		HEAD "t=0 0\r\nm=audio 0 RTP/AVP 0\r\nc=IN IP4 192.0.2.2\r\na=mid:1\r\n"
		     "a=label:2\r\na=bundle-only\r\n");
}
END_TEST

/* ---- Payload types. ---- */

START_TEST(payload_types_without_rtpmap_are_known_from_rfc_3551)
{
	struct sdp_media *m = media_of(SESSION "m=audio 4000 RTP/AVP 9 10 13 18 34 2 96\r\n");

	ck_assert_uint_eq(m->formats, 7);
	ck_assert_str_eq(string(m->format[0].name), "G722");
	ck_assert_uint_eq(m->format[0].rate, 8000); /* RFC 3551 section 4.5.2 */
	ck_assert_str_eq(string(m->format[1].name), "L16");
	ck_assert_uint_eq(m->format[1].rate, 44100);
	ck_assert_uint_eq(m->format[1].channels, 2);
	ck_assert_str_eq(string(m->format[2].name), "CN");
	ck_assert_str_eq(string(m->format[3].name), "G729");
	ck_assert_uint_eq(m->format[4].rate, 90000);
	ck_assert_ptr_null(m->format[5].name.at);
	ck_assert_ptr_null(m->format[6].name.at);
}
END_TEST

START_TEST(formats_are_what_attributes_say_of_them)
{
	struct sdp_media *m = media_of(SESSION "m=audio 4000 RTP/AVP 0 96 97\r\n"
					       "a=fmtp:96 a=1;b\r\n"
					       "a=rtpmap:96 opus/48000/2\r\n"
					       "a=rtcp-fb:96 nack\r\na=rtpmap:0 FOO/16000\r\n"
					       "a=rtpmap:98 not/there\r\na=rtpmap:x y\r\n"
					       "a=fmtp:97\r\na=rtpmap:97 /8000\r\n");
	const struct sdp_format *f = &m->format[1];

	ck_assert_str_eq(string(f->name), "opus");
	ck_assert_uint_eq(f->rate, 48000);
	ck_assert_uint_eq(f->channels, 2);
	ck_assert_str_eq(string(f->fmtp), "a=1;b");
	ck_assert_str_eq(string(f->feedback->text), "nack");
	ck_assert_str_eq(string(m->format[0].name), "FOO");
	ck_assert_uint_eq(m->format[0].rate, 16000);
	ck_assert_ptr_null(m->format[2].name.at);
	ck_assert_ptr_null(m->format[2].fmtp.at);
	ck_assert_ptr_null(m->others.first);
}
END_TEST

START_TEST(a_format_of_our_own_is_written_by_its_parts)
{
	static struct sdp_format formats[] = {
		{.text = {"9", 1},
			.payload_type = 9,
			.name = {"G722", 4},
			.rate = 8000,
			.channels = 1},
		{.text = {"96", 2},
			.payload_type = 96,
			.name = {"opus", 4},
			.rate = 48000,
			.channels = 2,
			.fmtp = {"x=1", 3}},
		{.text = {"97", 2}, .payload_type = 97},
	};
	struct sdp_media *m = media_of(AUDIO);

	m->format = formats;
	m->formats = 3;
	ck_assert_str_eq(string(sdp_write(&sdp, arena)),
		HEAD "t=0 0\r\nm=audio 4000 RTP/AVP 9 96 97\r\nc=IN IP4 192.0.2.2\r\n"
		     "a=rtpmap:9 G722/8000\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 x=1\r\n");
}
END_TEST

START_TEST(a_payload_type_counts_once)
{
	struct sdp_media *m = media_of(
		SESSION "m=audio 4000 RTP/AVP 96 96 0 128 x 0\r\na=rtpmap:96 A/1\r\n");

	ck_assert_uint_eq(m->formats, 4);
	ck_assert_int_eq(m->format[1].payload_type, 0);
	ck_assert_int_eq(m->format[2].payload_type, -1);
	ck_assert_str_eq(string(m->format[3].text), "x");
}
END_TEST

START_TEST(without_rtp_there_are_no_payload_types)
{
	static const char text[] =
		HEAD "t=0 0\r\nm=image 4000 udptl t38 0\r\nc=IN IP4 192.0.2.2\r\n"
		     "a=rtpmap:0 what/1\r\na=fmtp:0 that=1\r\na=rtcp-fb:* x\r\n"
		     "a=T38FaxVersion:0\r\n";

	ck_assert_str_eq(again(text), text);
	ck_assert_int_eq(sdp.media[0].format[1].payload_type, -1);
}
END_TEST

/* ---- Attributes. ---- */

START_TEST(what_the_session_says_holds_for_media_that_do_not)
{
	static const char text[] = SESSION
		"a=sendonly\r\na=setup:active\r\na=fingerprint:sha-1 AA\r\na=tls-id:t\r\n"
		"a=ice-ufrag:u\r\na=ice-pwd:p\r\na=ice-options:o\r\na=ptime:30\r\n"
		"a=extmap-allow-mixed\r\n"
		"m=audio 4000 RTP/AVP 0\r\n"
		"m=audio 4002 RTP/AVP 0\r\na=inactive\r\na=setup:passive\r\na=ptime:40\r\n"
		"a=ice-ufrag:v\r\na=ice-pwd:q\r\na=fingerprint:sha-1 BB\r\n";
	const struct sdp_media *m = media_of(text);

	ck_assert_int_eq(m[0].direction, REQUEST_SENDONLY);
	ck_assert_int_eq(m[0].setup, SDP_SETUP_ACTIVE);
	ck_assert_str_eq(string(m[0].fingerprint), "sha-1 AA");
	ck_assert_str_eq(string(m[0].tls_id), "t");
	ck_assert_str_eq(string(m[0].ice_ufrag), "u");
	ck_assert_str_eq(string(m[0].ptime), "30");
	ck_assert(m[0].extmap_allow_mixed);
	ck_assert_int_eq(m[1].direction, REQUEST_INACTIVE);
	ck_assert_int_eq(m[1].setup, SDP_SETUP_PASSIVE);
	ck_assert_str_eq(string(m[1].fingerprint), "sha-1 BB");
	ck_assert_str_eq(string(m[1].ice_ufrag), "v");
	ck_assert_str_eq(string(m[1].ice_options), "o");
	ck_assert_str_eq(string(m[1].ptime), "40");
	ck_assert_ptr_null(sdp.others.first);
}
END_TEST

START_TEST(without_a_direction_there_is_none)
{
	ck_assert_int_eq(media_of(AUDIO)->direction, -1);
}
END_TEST

/* A key at the session would go to the other party with what is passed on. */
START_TEST(attributes_at_the_wrong_level_are_dropped)
{
	ck_assert_str_eq(
		again(SESSION "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\na=mid:1\r\n"
			      "a=candidate:1\r\na=rtcp:5\r\na=rtpmap:0 x/1\r\n"
			      "m=audio 4000 RTP/AVP 0 96\r\n"
			      "a=group:BUNDLE 1\r\na=ice-lite\r\na=rtpengine:x\r\ns=x\r\n"),
		AUDIO_OUT);
}
END_TEST

START_TEST(rtcp_may_have_a_port_or_also_an_address)
{
	struct sdp_media *m = media_of(AUDIO "a=rtcp:53020\r\n");

	ck_assert_uint_eq(m->rtcp_port, 53020);
	ck_assert_ptr_null(m->rtcp.family.at);
	m = media_of(AUDIO "a=rtcp:53020 IN IP4 126.16.64.4\r\n"); /* RFC 3605 section 2.1 */
	ck_assert_uint_eq(m->rtcp_port, 53020);
	ck_assert_str_eq(string(m->rtcp.address), "126.16.64.4");
	ck_assert_uint_eq(m->rtcp.addr.family, AF_INET);
	ck_assert_str_eq(string(m->rtcp_text), "53020 IN IP4 126.16.64.4");
	m = media_of(AUDIO "a=rtcp:70000\r\n");
	ck_assert_uint_eq(m->rtcp_port, 0);
	ck_assert_ptr_null(m->rtcp_text.at);
	m = media_of(AUDIO "a=rtcp:9 nonsense\r\n");
	ck_assert_uint_eq(m->rtcp_port, 9);
	ck_assert_ptr_null(m->rtcp.family.at);
}
END_TEST

START_TEST(addresses_are_zero_names_or_addresses)
{
	static const struct {
		const char *line, *address;
		int family;
		bool zero;
	} lines[] = {
		{"c=IN IP4 198.51.100.1", "198.51.100.1", AF_INET, false},
		{"c=IN IP6 2001:db8::1", "2001:db8::1", AF_INET6, false},
		{"c=IN IP4 0.0.0.0", "0.0.0.0", AF_INET, true},
		{"c=IN IP6 ::", "::", AF_INET6, true},
		{"c=IN IP4 233.252.0.1/127", "233.252.0.1/127", AF_INET, false},
		{"c=IN IP4 a.example", "a.example", 0, false},
		{"c=IN IP4  198.51.100.1 ", "198.51.100.1", AF_INET, false},
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char text[256];
		const struct sdp_connection *c;

		snprintf(text, sizeof text, AUDIO "%s\r\n", lines[i].line);
		c = sdp_connection_of(&sdp, media_of(text));
		ck_assert_str_eq(string(c->address), lines[i].address);
		ck_assert_int_eq(c->addr.family, lines[i].family);
		ck_assert_int_eq(c->zero, lines[i].zero);
	}
	ck_assert_str_eq(
		string(sdp_connection_of(&sdp, media_of(AUDIO))->address), "192.0.2.2");
}
END_TEST

/* RFC 4568 sections 5.1 and 6.1, and what phones make of it. */
START_TEST(crypto_lines_have_their_parts)
{
	struct sdp_media *m = media_of(AUDIO
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
		"inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32 KDR=1 WSH=64\r\n"
		"a=crypto:002 F8_128_HMAC_SHA1_80 inline:MTIz|1:4;inline:QUJj|2^20|2:4\r\n"
		"a=crypto:3 AEAD_AES_256_GCM inline:abc=\r\n"
		"a=crypto:4 X\r\na=crypto:5 X clear:abc\r\na=crypto:x X inline:abc\r\n"
		"a=crypto:6 X inline:\r\na=crypto:1234567890 X inline:abc\r\n"
		"a=crypto:7 X inline:k||\r\n");
	const struct sdp_crypto *c = m->crypto;

	ck_assert_uint_eq(m->cryptos, 4);
	ck_assert_uint_eq(c[0].tag, 1);
	ck_assert_str_eq(string(c[0].suite), "AES_CM_128_HMAC_SHA1_80");
	ck_assert_str_eq(string(c[0].key), "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR");
	ck_assert_str_eq(string(c[0].lifetime), "2^20");
	ck_assert_str_eq(string(c[0].mki), "1:32");
	ck_assert_str_eq(string(c[0].session), "KDR=1 WSH=64");
	ck_assert_uint_eq(c[1].tag, 2);
	ck_assert_str_eq(string(c[1].key), "MTIz");
	ck_assert_ptr_null(c[1].lifetime.at);
	ck_assert_str_eq(string(c[1].mki), "1:4");
	ck_assert_ptr_null(c[1].session.at);
	ck_assert_str_eq(string(c[2].key), "abc=");
	ck_assert_str_eq(string(c[3].key), "k");
	ck_assert_ptr_null(c[3].lifetime.at);
	ck_assert_ptr_null(m->others.first);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sdp_media");
	TCase *c = tcase_create("sdp_media");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, lines_of_a_media_have_their_places);
	tcase_add_test(c, all_others_stay_byte_for_byte_in_their_order);
	tcase_add_test(c, of_port_zero_nothing_is_written_but_what_it_is);
	tcase_add_test(c, payload_types_without_rtpmap_are_known_from_rfc_3551);
	tcase_add_test(c, formats_are_what_attributes_say_of_them);
	tcase_add_test(c, a_format_of_our_own_is_written_by_its_parts);
	tcase_add_test(c, a_payload_type_counts_once);
	tcase_add_test(c, without_rtp_there_are_no_payload_types);
	tcase_add_test(c, what_the_session_says_holds_for_media_that_do_not);
	tcase_add_test(c, without_a_direction_there_is_none);
	tcase_add_test(c, attributes_at_the_wrong_level_are_dropped);
	tcase_add_test(c, rtcp_may_have_a_port_or_also_an_address);
	tcase_add_test(c, addresses_are_zero_names_or_addresses);
	tcase_add_test(c, crypto_lines_have_their_parts);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
