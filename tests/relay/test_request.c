/* SPDX-License-Identifier: Apache-2.0
 *
 * control/request.c, control/request_json.c and control/base64.c. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/base64.h"
#include "tests/relay/ask.h"

/* A request with one stream, STREAM. */
static const char *
with(const char *stream)
{
	static char text[1024];

	snprintf(text, sizeof text, "{'call': 'c', 'legs': [{'name': 'a', 'streams': [%s]}]}",
		stream);
	return text;
}

/* ---- base64 ---- */

/* RFC 4648 section 10. */
static const struct {
	const char *bytes, *text;
} vectors[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
};

START_TEST(base64_is_that_of_rfc_4648)
{
	const char *bytes = vectors[_i].bytes, *text = vectors[_i].text;
	char encoded[16];
	uint8_t decoded[16];

	base64_encode(encoded, (const uint8_t *)bytes, strlen(bytes));
	ck_assert_str_eq(encoded, text);
	ck_assert_int_eq(base64_decode(decoded, sizeof decoded, text, strlen(text)),
		(ssize_t)strlen(bytes));
	ck_assert_mem_eq(decoded, bytes, strlen(bytes));
	/* Without padding, as rtpengine writes it. */
	ck_assert_int_eq(base64_decode(decoded, sizeof decoded, text, strcspn(text, "=")),
		(ssize_t)strlen(bytes));
}
END_TEST

START_TEST(base64_that_is_wrong_is_refused)
{
	static const char *const wrong[] = {"Z",
		"Zg=", "Zg===", "=Zg=", "Z===", "Zm9v Zg==", "Zm9\n", "Zh==", "Zm9=", "Zm-_",
		"====", "Zg==Zg=="};
	uint8_t out[16];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(
			base64_decode(out, sizeof out, wrong[i], strlen(wrong[i])) == -EINVAL,
			"%s", wrong[i]);
	ck_assert_int_eq(base64_decode(out, 2, "Zm9v", 4), -ENOSPC);
	ck_assert_int_eq(base64_decode(out, 3, "Zm9v", 4), 3);
}
END_TEST

/* ---- What is taken. ---- */

START_TEST(every_field_arrives_and_says_that_it_is_there)
{
	struct call_request r = ask(
		"{'call': 'id', 'legs': [{'name': 'a', 'interface': 'outside', 'family': "
		"'ipv6',"
		" 'streams': [{'media': 'video', 'remote': {'address': '2001:db8::2', 'port': "
		"4000, 'rtcp_port': 4005, 'rtcp_address': '2001:db8::9'},"
		" 'rtcp_mux': false, 'direction': 'recvonly', 'source': 'latch', 'latch_ms': "
		"500, 'clock': 90000,"
		" 'dscp': 12, 'codec': 'g729', 'srtp': {'suite': 'AES_CM_128_HMAC_SHA1_80', 'key': '" ASK_KEY_30
		"', 'mki': '01aF',"
		" 'rekey': true}, 'relatch': true}]}]}");
	const struct stream_request *s = &r.leg[0].stream[0];
	uint8_t ip[16];

	ck_assert_str_eq(r.id, "id");
	ck_assert_uint_eq(r.legs, 1);
	ck_assert_str_eq(r.leg[0].name, "a");
	ck_assert_str_eq(r.leg[0].interface, "outside");
	ck_assert_uint_eq(r.leg[0].family, AF_INET6);
	ck_assert_uint_eq(r.leg[0].streams, 1);
	ck_assert_uint_eq(s->has,
		REQUEST_HAS_MEDIA | REQUEST_HAS_REMOTE | REQUEST_HAS_MUX |
			REQUEST_HAS_DIRECTION | REQUEST_HAS_SOURCE | REQUEST_HAS_LATCH_MS |
			REQUEST_HAS_CLOCK | REQUEST_HAS_DSCP | REQUEST_HAS_SUITE |
			REQUEST_HAS_KEY | REQUEST_HAS_MKI | REQUEST_HAS_CODEC);
	ck_assert_uint_eq(s->media, REQUEST_VIDEO);
	ck_assert_uint_eq(s->direction, REQUEST_RECVONLY);
	ck_assert_uint_eq(s->source, REQUEST_LATCH);
	ck_assert_uint_eq(s->latch_ms, 500);
	ck_assert_uint_eq(s->clock_hz, 90000);
	ck_assert_uint_eq(s->dscp, 12);
	ck_assert_uint_eq(s->codec, REQUEST_G729);
	ck_assert_uint_eq(s->rekey, 1);
	ck_assert_uint_eq(s->relatch, 1);
	ck_assert_uint_eq(s->remote.family, AF_INET6);
	ck_assert_uint_eq(s->remote.port, 4000);
	ck_assert_uint_eq(s->rtcp_port, 4005);
	inet_pton(AF_INET6, "2001:db8::2", ip);
	ck_assert_mem_eq(s->remote.ip, ip, sizeof ip);
	inet_pton(AF_INET6, "2001:db8::9", ip);
	ck_assert_uint_eq(s->rtcp.family, AF_INET6);
	ck_assert_mem_eq(s->rtcp.ip, ip, sizeof ip);
	ck_assert_str_eq(s->suite, "AES_CM_128_HMAC_SHA1_80");
	ck_assert_uint_eq(s->key_len, 30);
	for (uint8_t i = 0; i < 30; i++)
		ck_assert_uint_eq(s->key[i], i);
	ck_assert_uint_eq(s->mki_len, 2);
	ck_assert_uint_eq(s->mki[0], 0x01);
	ck_assert_uint_eq(s->mki[1], 0xaf);
}
END_TEST

START_TEST(what_becomes_of_the_transport_may_be_said)
{
	struct call_request r = ask(
		"{'call': 'c', 'timeouts': {'hold_ms': 5000}, 'legs': [{'name': 'a', 'streams': ["
		"{'closed': true}, {'closed': false, 'reopen': true, 'avpf': false, 'source': 'any'},"
		" {'avpf': true, 'source': 'best', 'srtp': {'our_key': '" ASK_KEY_30
		"'}}]}]}");
	const struct stream_request *s = r.leg[0].stream;

	ck_assert_uint_eq(s[0].has, REQUEST_HAS_CLOSED);
	ck_assert(s[0].closed == 1 && s[0].reopen == 0);
	ck_assert_uint_eq(
		s[1].has, REQUEST_HAS_CLOSED | REQUEST_HAS_AVPF | REQUEST_HAS_SOURCE);
	ck_assert(s[1].closed == 0 && s[1].reopen == 1 && s[1].avpf == 0);
	ck_assert_uint_eq(s[1].source, REQUEST_ANY);
	ck_assert_uint_eq(
		s[2].has, REQUEST_HAS_AVPF | REQUEST_HAS_SOURCE | REQUEST_HAS_OUR_KEY);
	ck_assert_uint_eq(s[2].source, REQUEST_BEST);
	ck_assert(s[2].avpf == 1 && s[2].our_key_len == 30 && s[2].our_key[29] == 29);
	ck_assert_uint_eq(r.timeouts, 1 << TIMEOUT_HOLD);
	ck_assert_uint_eq(r.timeout_ms[TIMEOUT_HOLD], 5000);
	ck_assert_ptr_null(r.note);
}
END_TEST

START_TEST(what_is_left_out_is_said_to_be_left_out)
{
	struct call_request r = ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}, "
				    "{'dscp': 0}]}, {'name': 'b'}]}");

	ck_assert_uint_eq(r.legs, 2);
	ck_assert_uint_eq(r.leg[0].streams, 2);
	ck_assert_uint_eq(r.leg[0].stream[0].has, 0);
	ck_assert_uint_eq(r.leg[0].stream[1].has, REQUEST_HAS_DSCP);
	ck_assert_uint_eq(r.leg[0].family, 0);
	ck_assert_str_eq(r.leg[0].interface, "");
	ck_assert_uint_eq(r.leg[1].streams, 0);
}
END_TEST

START_TEST(an_id_and_names_as_long_as_they_may_be_are_taken)
{
	char text[512], id[129], name[65];

	memset(id, 'i', 128);
	memset(name, 'n', 64);
	id[128] = name[64] = '\0';
	snprintf(text, sizeof text,
		"{'call': '%s', 'legs': [{'name': '%s', 'streams': [{}]}]}", id, name);
	ck_assert_str_eq(ask(text).id, id);
	ck_assert_str_eq(ask(text).leg[0].name, name);
	snprintf(text, sizeof text, "{'call': '%si', 'legs': [{'name': 'a'}]}", id);
	ck_assert_str_eq(ask_wrongly(text).field, "call");
	snprintf(text, sizeof text, "{'call': 'c', 'legs': [{'name': '%sn'}]}", name);
	ck_assert_str_eq(ask_wrongly(text).field, "legs[0].name");
}
END_TEST

/* ---- What is not. ---- */

static const struct {
	const char *stream, *field;
	enum fault_kind kind;
} wrong_streams[] = {
	{"{'media': 'smell'}", "media", FAULT_BAD_REQUEST},
	{"{'media': 1}", "media", FAULT_BAD_REQUEST},
	{"{'direction': ''}", "direction", FAULT_BAD_REQUEST},
	{"{'source': null}", "source", FAULT_BAD_REQUEST},
	{"{'rtcp_mux': 1}", "rtcp_mux", FAULT_BAD_REQUEST},
	{"{'latch_ms': 0}", "latch_ms", FAULT_BAD_REQUEST},
	{"{'latch_ms': 60001}", "latch_ms", FAULT_BAD_REQUEST},
	{"{'clock': -1}", "clock", FAULT_BAD_REQUEST},
	{"{'dscp': 64}", "dscp", FAULT_BAD_REQUEST},
	{"{'dscp': 4.5}", "dscp", FAULT_BAD_REQUEST},
	{"{'codec': ''}", "codec", FAULT_BAD_REQUEST},
	{"{'codec': 8}", "codec", FAULT_BAD_REQUEST},
	{"{'remote': []}", "remote", FAULT_BAD_REQUEST},
	{"{'remote': {}}", "remote.address", FAULT_BAD_REQUEST},
	{"{'remote': {'port': 4000}}", "remote.address", FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0.2'}}", "remote.port", FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0.2', 'port': 0}}", "remote.port", FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0.2', 'port': 65536}}", "remote.port",
		FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0.2', 'port': 4000, 'rtcp_port': 0}}",
		"remote.rtcp_port", FAULT_BAD_REQUEST},
	{"{'rtcp_mux': true, 'remote': {'address': '10.0.0.2', 'port': 4000, 'rtcp_port': "
	 "4001}}",
		"remote.rtcp_port", FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0.2', 'port': 4000, 'rtcp_address': 'a'}}",
		"remote.rtcp_address", FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0.2', 'port': 4000, 'rtcp_address': '0.0.0.0'}}",
		"remote.rtcp_address", FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0.2', 'port': 4000, 'rtcp_address': '2001:db8::9'}}",
		"remote.rtcp_address", FAULT_BAD_REQUEST},
	{"{'rtcp_mux': true, 'remote': {'address': '10.0.0.2', 'port': 4000, "
	 "'rtcp_address': '10.0.0.9'}}",
		"remote.rtcp_address", FAULT_BAD_REQUEST},
	{"{'remote': {'address': 'phone.example', 'port': 4000}}", "remote.address",
		FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0', 'port': 4000}}", "remote.address",
		FAULT_BAD_REQUEST},
	{"{'remote': {'address': '10.0.0.2.', 'port': 4000}}", "remote.address",
		FAULT_BAD_REQUEST},
	{"{'remote': {'address': 'fe80::1%eth0', 'port': 4000}}", "remote.address",
		FAULT_BAD_REQUEST},
	{"{'srtp': 'AES'}", "srtp", FAULT_BAD_REQUEST},
	{"{'srtp': {'suite': 1}}", "srtp.suite", FAULT_BAD_REQUEST},
	{"{'srtp': {'key': 'not base64'}}", "srtp.key", FAULT_BAD_KEY},
	{"{'srtp': {'key': ''}}", "srtp.key", FAULT_BAD_KEY},
	{"{'srtp': {'key': 4}}", "srtp.key", FAULT_BAD_KEY},
	{"{'srtp': {'mki': '0'}}", "srtp.mki", FAULT_BAD_REQUEST},
	{"{'srtp': {'mki': '0x'}}", "srtp.mki", FAULT_BAD_REQUEST},
	{"{'srtp': {'mki': '0001020304050607080910111213141516'}}", "srtp.mki",
		FAULT_BAD_REQUEST},
	{"{'srtp': {'rekey': 'yes'}}", "srtp.rekey", FAULT_BAD_REQUEST},
	{"{'relatch': 1}", "relatch", FAULT_BAD_REQUEST},
	{"7", "", FAULT_BAD_REQUEST},
};

START_TEST(a_wrong_value_is_named_by_its_path)
{
	struct fault f = ask_wrongly(with(wrong_streams[_i].stream));
	char path[96];

	snprintf(path, sizeof path, "legs[0].streams[0]%s%s",
		wrong_streams[_i].field[0] != '\0' ? "." : "", wrong_streams[_i].field);
	ck_assert_str_eq(f.field, path);
	ck_assert_int_eq(f.kind, wrong_streams[_i].kind);
	ck_assert_str_ne(f.expected, "");
	ck_assert_ptr_nonnull(strstr(f.text, path));
}
END_TEST

#define LEGS "'legs': [{'name': 'a', 'streams': [{}]}]"

START_TEST(what_is_asked_of_the_whole_call_arrives)
{
	struct call_request r = ask("{'call': 'c', 'e2e': 'required', 'timeouts': "
				    "{'setup_ms': 1000, 'total_ms': 0}, " LEGS "}");

	ck_assert_uint_eq(r.e2e, 1);
	ck_assert_uint_eq(r.timeouts, 1 << TIMEOUT_SETUP | 1 << TIMEOUT_TOTAL);
	ck_assert_uint_eq(r.timeout_ms[TIMEOUT_SETUP], 1000);
	ck_assert_uint_eq(r.timeout_ms[TIMEOUT_TOTAL], 0);
	r = ask("{'call': 'c', " LEGS "}");
	ck_assert_uint_eq(r.e2e, 0);
	ck_assert_uint_eq(r.timeouts, 0);
}
END_TEST

static const struct {
	const char *said, *field;
} wrong_calls[] = {
	{"'e2e': 'if you can'", "e2e"},
	{"'e2e': true", "e2e"},
	{"'timeouts': 60", "timeouts"},
	{"'timeouts': {'media_ms': 60}", "timeouts.media_ms"}, /* its seconds, by mistake */
	{"'timeouts': {'media_ms': -1}", "timeouts.media_ms"},
	{"'timeouts': {'total_ms': 604800001}", "timeouts.total_ms"},
	{"'timeouts': {'setup_ms': '5m'}", "timeouts.setup_ms"},
};

START_TEST(what_is_wrong_of_the_whole_call_is_named)
{
	char text[200];

	snprintf(text, sizeof text, "{'call': 'c', %s, " LEGS "}", wrong_calls[_i].said);
	ck_assert_str_eq(ask_wrongly(text).field, wrong_calls[_i].field);
}
END_TEST

START_TEST(a_key_is_never_repeated)
{
	struct fault f = ask_wrongly(with("{'srtp': {'key': '" ASK_KEY_46 ASK_KEY_46 "'}}"));

	ck_assert_int_eq(f.kind, FAULT_BAD_KEY);
	ck_assert_str_eq(f.got, "");
	ck_assert_ptr_null(strstr(f.text, "AAEC"));
}
END_TEST

/* Prefixes of RFC 6890, RFC 4291 and RFC 5771. */
static const struct {
	const char *address;
	bool usable;
} addresses[] = {
	{"0.0.0.0", false},
	{"0.1.2.3", false},
	{"1.0.0.1", true},
	{"10.1.2.3", true},
	{"127.0.0.1", true},
	{"169.253.255.255", true},
	{"169.254.0.1", false},
	{"169.255.0.0", true},
	{"192.168.1.1", true},
	{"223.255.255.255", true},
	{"224.0.0.1", false},
	{"239.255.255.255", false},
	{"240.0.0.1", false},
	{"255.255.255.255", false},
	{"::", false},
	{"::1", true},
	{"::2", true},
	{"::ffff:10.0.0.1", false},
	{"2001:db8::1", true},
	{"fd00::1", true},
	{"fe7f::1", true},
	{"fe80::1", false},
	{"febf:ffff::1", false},
	{"fec0::1", true},
	{"ff02::1", false},
};

START_TEST(only_addresses_that_a_phone_can_have_are_taken)
{
	char stream[128];
	struct request_addr a;

	ck_assert_int_eq(request_addr_parse(&a, addresses[_i].address), 0);
	ck_assert_msg(request_addr_is_usable(&a) == addresses[_i].usable, "%s",
		addresses[_i].address);
	snprintf(stream, sizeof stream, "{'remote': {'address': '%s', 'port': 4000}}",
		addresses[_i].address);
	if (addresses[_i].usable)
		ask(with(stream));
	else
		ck_assert_str_eq(ask_wrongly(with(stream)).got, addresses[_i].address);
}
END_TEST

START_TEST(legs_that_contradict_themselves_are_refused)
{
	static const struct {
		const char *text, *field;
	} rows[] = {
		{"[]", "call"},
		{"{'legs': []}", "call"},
		{"{'call': '', 'legs': [{'name': 'a'}]}", "call"},
		{"{'call': 'c'}", "legs"},
		{"{'call': 'c', 'legs': []}", "legs"},
		{"{'call': 'c', 'legs': [{'name': 'a'}, {'name': 'b'}, {'name': 'c'}]}",
			"legs"},
		{"{'call': 'c', 'legs': [{}]}", "legs[0].name"},
		{"{'call': 'c', 'legs': [{'name': 'a'}, 4]}", "legs[1].name"},
		{"{'call': 'c', 'legs': [{'name': 'a'}, {'name': 'a'}]}", "legs[1].name"},
		{"{'call': 'c', 'legs': [{'name': 'a', 'interface': ''}]}",
			"legs[0].interface"},
		{"{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv5'}]}", "legs[0].family"},
		{"{'call': 'c', 'legs': [{'name': 'a', 'streams': {}}]}", "legs[0].streams"},
		{"{'call': 'c', 'legs': [{'name': 'a', 'streams': "
		 "[{},{},{},{},{},{},{},{},{}]}]}",
			"legs[0].streams"},
		{"{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv6', 'streams': [{}, "
		 "{'remote':"
		 " {'address': '10.0.0.2', 'port': 4000}}]}]}",
			"legs[0].streams[1].remote.address"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault f = ask_wrongly(rows[i].text);

		ck_assert_str_eq(f.field, rows[i].field);
		ck_assert_int_eq(f.kind, FAULT_BAD_REQUEST);
	}
}
END_TEST

START_TEST(a_wiped_request_holds_no_key)
{
	static const struct call_request none;
	struct call_request r = ask(with("{'srtp': {'key': '" ASK_KEY_30 "'}}"));

	ck_assert_mem_ne(&r, &none, sizeof r);
	request_wipe(&r);
	ck_assert_mem_eq(&r, &none, sizeof r);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

/* What the front ends do that use one request over and over. */
START_TEST(a_cleared_request_is_as_good_as_new)
{
	static const struct call_request zero;
	static struct call_request r;

	r.legs = REQUEST_LEGS;
	for (unsigned i = 0; i < REQUEST_LEGS; i++) {
		r.leg[i].streams = REQUEST_STREAMS - 1;
		memset(r.leg[i].name, 'n', sizeof r.leg[i].name);
		memset(r.leg[i].stream, 'k', r.leg[i].streams * sizeof *r.leg[i].stream);
	}
	memset(r.id, 'i', sizeof r.id);
	request_clear(&r);
	ck_assert_mem_eq(&r, &zero, sizeof r);
	request_clear(&r);
	ck_assert_mem_eq(&r, &zero, sizeof r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("request");
	TCase *t = tcase_create("request");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, base64_is_that_of_rfc_4648, 0, ROWS(vectors));
	tcase_add_test(t, base64_that_is_wrong_is_refused);
	tcase_add_test(t, every_field_arrives_and_says_that_it_is_there);
	tcase_add_test(t, what_becomes_of_the_transport_may_be_said);
	tcase_add_test(t, what_is_left_out_is_said_to_be_left_out);
	tcase_add_test(t, an_id_and_names_as_long_as_they_may_be_are_taken);
	tcase_add_loop_test(t, a_wrong_value_is_named_by_its_path, 0, ROWS(wrong_streams));
	tcase_add_test(t, a_key_is_never_repeated);
	tcase_add_test(t, what_is_asked_of_the_whole_call_arrives);
	tcase_add_loop_test(t, what_is_wrong_of_the_whole_call_is_named, 0,
		sizeof wrong_calls / sizeof *wrong_calls);
	tcase_add_loop_test(
		t, only_addresses_that_a_phone_can_have_are_taken, 0, ROWS(addresses));
	tcase_add_test(t, legs_that_contradict_themselves_are_refused);
	tcase_add_test(t, a_wiped_request_holds_no_key);
	tcase_add_test(t, a_cleared_request_is_as_good_as_new);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
