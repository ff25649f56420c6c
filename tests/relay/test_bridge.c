/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/bridge.c: tables of what is decided. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "relay/bridge.h"
#include "relay/coding.h"

/* A stream's keys, which nobody frees. */
static struct stream_keys *
keys(unsigned suite)
{
	static struct stream_keys of[SW_SUITES];

	if (suite == SW_SUITE_PLAIN)
		return NULL;
	of[suite].unseal.suite = of[suite].seal.suite = (uint8_t)suite;
	return &of[suite];
}

static struct stream
stream(unsigned suite, enum request_direction direction)
{
	struct stream s = {.direction = (uint8_t)direction,
		.dscp = CALL_DSCP_BY_MEDIA,
		.key_known = suite != 0,
		.keys = keys(suite)};

	return s;
}

/* RFC 3264 section 6.1: what one party sends the other hears if it receives. */
static const struct {
	enum request_direction from, to;
	enum bridge_kind kind;
} directions[] = {
	{REQUEST_SENDRECV, REQUEST_SENDRECV, BRIDGE_PASS},
	{REQUEST_SENDRECV, REQUEST_RECVONLY, BRIDGE_PASS},
	{REQUEST_SENDONLY, REQUEST_SENDRECV, BRIDGE_PASS},
	{REQUEST_SENDONLY, REQUEST_RECVONLY, BRIDGE_PASS},
	{REQUEST_SENDRECV, REQUEST_SENDONLY, BRIDGE_NONE},
	{REQUEST_SENDRECV, REQUEST_INACTIVE, BRIDGE_NONE},
	{REQUEST_SENDONLY, REQUEST_SENDONLY, BRIDGE_NONE},
	{REQUEST_SENDONLY, REQUEST_INACTIVE, BRIDGE_NONE},
	{REQUEST_RECVONLY, REQUEST_SENDRECV, BRIDGE_NONE},
	{REQUEST_RECVONLY, REQUEST_RECVONLY, BRIDGE_NONE},
	{REQUEST_RECVONLY, REQUEST_SENDONLY, BRIDGE_NONE},
	{REQUEST_RECVONLY, REQUEST_INACTIVE, BRIDGE_NONE},
	{REQUEST_INACTIVE, REQUEST_SENDRECV, BRIDGE_NONE},
	{REQUEST_INACTIVE, REQUEST_RECVONLY, BRIDGE_NONE},
	{REQUEST_INACTIVE, REQUEST_SENDONLY, BRIDGE_NONE},
	{REQUEST_INACTIVE, REQUEST_INACTIVE, BRIDGE_NONE},
};

START_TEST(who_does_not_send_or_receive_gives_no_flow)
{
	struct stream from = stream(0, directions[_i].from), to = stream(0, directions[_i].to);
	struct sw_flow f;

	from.id = 7;
	from.slot = 1;
	to.id = 9;
	to.slot = 2;
	ck_assert_int_eq(bridge_decide(&from, &to), directions[_i].kind);
	bridge_flow(&from, &to, &f);
	ck_assert_uint_eq(f.id, 7);
	ck_assert_uint_eq(f.slot, 1);
	ck_assert_uint_eq(f.sinks, directions[_i].kind == BRIDGE_NONE ? 0 : 1);
	ck_assert_uint_eq(f.sink[0].id, directions[_i].kind == BRIDGE_NONE ? 0 : 9);
	ck_assert_uint_eq(f.sink[0].slot, directions[_i].kind == BRIDGE_NONE ? 0 : 2);
}
END_TEST

static const struct {
	unsigned from, to;
	enum bridge_kind kind;
	const char *text;
} suites[] = {
	{0, 0, BRIDGE_PASS, "RTP -> passed as it is"},
	{0, SW_AEAD_AES_128_GCM, BRIDGE_REKEY, "RTP -> sealed with AEAD_AES_128_GCM"},
	{SW_AES_CM_128_HMAC_SHA1_32, 0, BRIDGE_REKEY,
		"SRTP AES_CM_128_HMAC_SHA1_32 -> unsealed to RTP"},
	{SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM, BRIDGE_REKEY,
		"SRTP AES_CM_128_HMAC_SHA1_80 -> re-keyed to AEAD_AES_128_GCM"},
	{SW_AEAD_AES_256_GCM, SW_AEAD_AES_256_GCM, BRIDGE_REKEY,
		"SRTP AEAD_AES_256_GCM -> re-keyed to AEAD_AES_256_GCM"},
};

START_TEST(each_pair_of_suites_is_described)
{
	struct stream from = stream(suites[_i].from, REQUEST_SENDRECV),
		      to = stream(suites[_i].to, REQUEST_SENDRECV);
	char text[BRIDGE_TEXT];

	ck_assert_int_eq(bridge_decide(&from, &to), suites[_i].kind);
	bridge_describe(&from, &to, text);
	ck_assert_str_eq(text, suites[_i].text);
}
END_TEST

START_TEST(nothing_that_leaves_says_why)
{
	struct stream a = stream(0, REQUEST_SENDRECV), b = stream(0, REQUEST_INACTIVE);
	char text[BRIDGE_TEXT];

	bridge_describe(&a, NULL, text);
	ck_assert_str_eq(text, "nothing: the other leg is not there yet");
	ck_assert_int_eq(bridge_decide(&a, NULL), BRIDGE_NONE);
	bridge_describe(&a, &b, text);
	ck_assert_str_eq(text, "nothing: the other party does not receive");
	bridge_describe(&b, &a, text);
	ck_assert_str_eq(text, "nothing: this party does not send");
	b = stream(0, REQUEST_SENDRECV);
	b.media = REQUEST_VIDEO;
	bridge_describe(&a, &b, text);
	ck_assert_str_eq(text, "nothing: the two streams are of different media");
	ck_assert_int_eq(bridge_decide(&a, &b), BRIDGE_NONE);
	a = stream(SW_AEAD_AES_128_GCM, REQUEST_SENDRECV);
	a.key_known = 0;
	b = stream(0, REQUEST_SENDRECV);
	bridge_describe(&a, &b, text);
	ck_assert_str_eq(
		text, "nothing yet: SRTP AEAD_AES_128_GCM, the party's key is not known");
}
END_TEST

static const struct {
	enum request_source asked;
	unsigned suite;
	enum sw_source rule;
	const char *words;
} sources[] = {
	{REQUEST_AUTO, SW_AEAD_AES_128_GCM, SW_SOURCE_AUTHENTICATED,
		"whoever holds the SRTP key"},
	{REQUEST_AUTO, 0, SW_SOURCE_SIGNALLED, "the signalled address, nobody else"},
	{REQUEST_SIGNALLED, SW_AEAD_AES_128_GCM, SW_SOURCE_SIGNALLED,
		"the signalled address, nobody else"},
	{REQUEST_SIGNALLED, 0, SW_SOURCE_SIGNALLED, "the signalled address, nobody else"},
	{REQUEST_LATCH, 0, SW_SOURCE_LATCH,
		"the first plausible source within latch_ms, then nobody else"},
	{REQUEST_LATCH, SW_AEAD_AES_128_GCM, SW_SOURCE_LATCH,
		"the first plausible source within latch_ms, then nobody else"},
	{REQUEST_ANY, 0, SW_SOURCE_ANY, "whoever sends; the signalled address is answered"},
	{REQUEST_BEST, SW_AEAD_AES_128_GCM, SW_SOURCE_BEST,
		"within latch_ms the source most like the signalled address, then nobody else"},
	{REQUEST_NEWEST, 0, SW_SOURCE_NEWEST,
		"within latch_ms whoever sends, then the last of them alone"},
};

START_TEST(the_source_rule_follows_from_request_and_suite)
{
	struct stream s = stream(sources[_i].suite, REQUEST_SENDRECV);

	s.source = (uint8_t)sources[_i].asked;
	s.remote.family = AF_INET;
	ck_assert_int_eq(bridge_source(&s), sources[_i].rule);
	ck_assert_str_eq(bridge_source_words(&s), sources[_i].words);
}
END_TEST

START_TEST(a_source_that_is_not_known_is_nobody)
{
	struct stream s = stream(0, REQUEST_SENDRECV);

	ck_assert_str_eq(bridge_source_words(&s), "nobody: no address has been signalled yet");
	s = stream(SW_AEAD_AES_128_GCM, REQUEST_SENDRECV);
	s.key_known = 0;
	ck_assert_str_eq(
		bridge_source_words(&s), "nobody: the party's SRTP key is not known yet");
}
END_TEST

START_TEST(a_closed_stream_sends_and_gets_nothing)
{
	struct stream a = stream(0, REQUEST_SENDRECV), b = a;
	char text[BRIDGE_TEXT];
	struct sw_flow f;

	b.closed = 1;
	b.slot = CALL_NO_SLOT;
	bridge_describe(&a, &b, text);
	ck_assert_str_eq(text, "nothing: the other party's stream is closed");
	bridge_flow(&a, &b, &f);
	ck_assert_uint_eq(f.sinks, 0);
	bridge_describe(&b, &a, text);
	ck_assert_str_eq(text, "nothing: the stream is closed");
	ck_assert_str_eq(bridge_source_words(&b), "nobody: the stream is closed");
}
END_TEST

START_TEST(a_transport_is_all_that_the_stream_says)
{
	struct leg l = {.place = 3};
	struct stream s = stream(SW_AES_CM_128_HMAC_SHA1_80, REQUEST_SENDRECV);
	struct sw_transport t, expected;
	struct sw_addr elsewhere = {.family = AF_INET, .ip = {10, 0, 0, 9}};

	s.id = 0x1234;
	s.slot = 17;
	s.port = 30004;
	s.relatch = 2;
	s.no_feedback = 1;
	s.latch_ms = 700;
	s.remote.family = AF_INET;
	s.remote.port = 4000;
	s.remote.ip[0] = 10;
	memset(s.keys->seal.key, 5, 16);
	memset(s.keys->unseal.key, 6, 16);
	memset(&expected, 0, sizeof expected);
	expected.id = 0x1234;
	expected.no_feedback = 1;
	expected.slot = 17;
	expected.clock_hz = 8000;
	expected.latch_ms = 700;
	expected.local = 3;
	expected.port = 30004;
	expected.source = SW_SOURCE_AUTHENTICATED;
	expected.dscp = 46;
	expected.ssrcs = 16;
	expected.relatch = 2;
	expected.remote[0] = s.remote;
	expected.remote[1] = s.remote;
	expected.remote[1].port = 4001;
	expected.unseal = s.keys->unseal;
	expected.seal = s.keys->seal;
	memset(&t, 0xff, sizeof t);
	bridge_transport(&l, &s, &t);
	ck_assert_mem_eq(&t, &expected, sizeof t);

	s.mux = 1;
	bridge_transport(&l, &s, &t);
	ck_assert_uint_eq(t.mux, 1);
	ck_assert_uint_eq(t.remote[1].port, 4000);
	s.mux = 0;
	s.rtcp_port = 4711;
	bridge_transport(&l, &s, &t);
	ck_assert_uint_eq(t.remote[1].port, 4711);
	s.rtcp = &elsewhere;
	bridge_transport(&l, &s, &t);
	ck_assert_uint_eq(t.remote[1].port, 4711);
	ck_assert_mem_eq(t.remote[1].ip, elsewhere.ip, sizeof elsewhere.ip);
	ck_assert_mem_eq(&t.remote[0], &s.remote, sizeof s.remote);
	s.remote.family = 0;
	bridge_transport(&l, &s, &t);
	ck_assert_uint_eq(t.remote[1].family, 0);
}
END_TEST

/* T.38 and the like come under media that need not be RTP. */
START_TEST(what_is_no_rtp_is_relayed_without_a_look)
{
	struct stream fax = stream(0, REQUEST_SENDRECV), other = fax;
	struct leg leg = {0};
	struct sw_transport t;
	char text[BRIDGE_TEXT];

	fax.media = other.media = REQUEST_IMAGE;
	bridge_transport(&leg, &fax, &t);
	ck_assert_uint_eq(t.opaque, 1);
	bridge_describe(&fax, &other, text);
	ck_assert_str_eq(text, "any datagram -> passed as it is");

	other.keys = keys(SW_AEAD_AES_128_GCM);
	bridge_transport(&leg, &other, &t);
	ck_assert_uint_eq(t.opaque, 0);
	ck_assert_int_eq(bridge_decide(&fax, &other), BRIDGE_NONE);
	bridge_describe(&fax, &other, text);
	ck_assert_str_eq(text, "nothing: what is no RTP cannot become SRTP");

	fax.media = REQUEST_VIDEO;
	bridge_transport(&leg, &fax, &t);
	ck_assert_uint_eq(t.opaque, 0);
}
END_TEST

/* RFC 8837 section 5: EF for audio, AF41 for video. */
START_TEST(dscp_and_clock_follow_from_the_medium)
{
	static const struct {
		enum request_media media;
		unsigned dscp, clock_hz;
	} rows[] = {{REQUEST_AUDIO, 46, 8000}, {REQUEST_VIDEO, 34, 90000},
		{REQUEST_APPLICATION, 0, 0}, {REQUEST_IMAGE, 0, 0}};

	for (size_t i = 0; i < 4; i++) {
		struct stream s = stream(0, REQUEST_SENDRECV);

		s.media = (uint8_t)rows[i].media;
		ck_assert_uint_eq(call_dscp(&s), rows[i].dscp);
		ck_assert_uint_eq(call_clock_hz(&s), rows[i].clock_hz);
		s.dscp = 0;
		s.clock_hz = 48000;
		ck_assert_uint_eq(call_dscp(&s), 0);
		ck_assert_uint_eq(call_clock_hz(&s), 48000);
	}
}
END_TEST

START_TEST(streams_are_joined_by_their_order)
{
	struct stream a[3] = {{0}}, b[2] = {{0}};
	struct call *c = call_open("c");

	c->legs = 1;
	c->leg[0].stream = a;
	c->leg[0].streams = 3;
	ck_assert_ptr_null(bridge_peer(c, 0, 0));
	c->legs = 2;
	c->leg[1].stream = b;
	c->leg[1].streams = 2;
	ck_assert_ptr_eq(bridge_peer(c, 0, 1), &b[1]);
	ck_assert_ptr_eq(bridge_peer(c, 1, 0), &a[0]);
	ck_assert_ptr_null(bridge_peer(c, 0, 2));
	free(c);
}
END_TEST

START_TEST(an_echo_goes_back_to_its_party_alone)
{
	struct coding echo = {.echo = 1};
	struct stream a = stream(SW_AEAD_AES_128_GCM, REQUEST_SENDRECV),
		      b = stream(0, REQUEST_SENDRECV);
	struct call *c = call_open("c");
	struct sw_flow f;
	char text[BRIDGE_TEXT];

	c->legs = 2;
	c->leg[0].stream = &a;
	c->leg[1].stream = &b;
	c->leg[0].streams = c->leg[1].streams = 1;
	ck_assert_ptr_eq(bridge_sink(c, 0, 0), &b);
	a.coding = &echo;
	a.id = 7;
	ck_assert_ptr_eq(bridge_sink(c, 0, 0), &a);
	ck_assert_ptr_eq(bridge_sink(c, 1, 0), &a);
	bridge_flow(&a, &a, &f);
	ck_assert_uint_eq(f.sinks, 1);
	ck_assert_uint_eq(f.sink[0].id, 7);
	ck_assert_uint_eq(f.bridged, 0);
	bridge_describe(&a, &a, text);
	ck_assert_str_eq(text,
		"SRTP AEAD_AES_128_GCM -> re-keyed to AEAD_AES_128_GCM, back to this party");
	bridge_describe(&a, &b, text);
	ck_assert_str_eq(text, "nothing: this party hears itself");
	echo.block = 1;
	ck_assert_int_eq(bridge_decide(&a, &a), BRIDGE_NONE);
	echo.block = 0;
	a.direction = REQUEST_SENDONLY;
	bridge_describe(&a, &a, text);
	ck_assert_str_eq(text, "nothing: this party does not receive");
	a.mesh = STREAM_MESH_TALKS;
	ck_assert_int_eq(bridge_decide(&a, &a), BRIDGE_NONE);
	free(c);
}
END_TEST

/* Also where the two parties could only be transcoded for. */
START_TEST(an_echo_is_not_transcoded)
{
	struct request_format alaw = {
		.format = {.codec = CODEC_PCMA, .rate = 8000, .channels = 1, .ptime_ms = 20},
		.name = "PCMA"};
	struct coding echo = {.echo = 1,
		.format = &alaw,
		.formats = 1,
		.fill = 1,
		.use = {.taken = 1, .givens = 1}};
	struct stream a = stream(0, REQUEST_SENDRECV);
	struct sw_bridge b;

	a.coding = &echo;
	ck_assert_int_eq(bridge_decide(&a, &a), BRIDGE_PASS);
	ck_assert(!bridge_rules(&a, &a, &b));
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

int
main(void)
{
	Suite *s = suite_create("bridge");
	TCase *t = tcase_create("bridge");
	SRunner *r;
	int failed;

	tcase_add_loop_test(
		t, who_does_not_send_or_receive_gives_no_flow, 0, ROWS(directions));
	tcase_add_loop_test(t, each_pair_of_suites_is_described, 0, ROWS(suites));
	tcase_add_test(t, nothing_that_leaves_says_why);
	tcase_add_loop_test(
		t, the_source_rule_follows_from_request_and_suite, 0, ROWS(sources));
	tcase_add_test(t, a_source_that_is_not_known_is_nobody);
	tcase_add_test(t, a_closed_stream_sends_and_gets_nothing);
	tcase_add_test(t, a_transport_is_all_that_the_stream_says);
	tcase_add_test(t, dscp_and_clock_follow_from_the_medium);
	tcase_add_test(t, what_is_no_rtp_is_relayed_without_a_look);
	tcase_add_test(t, streams_are_joined_by_their_order);
	tcase_add_test(t, an_echo_goes_back_to_its_party_alone);
	tcase_add_test(t, an_echo_is_not_transcoded);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
