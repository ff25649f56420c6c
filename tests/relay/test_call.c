/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/call.c: what requests do to a call. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/note.h"
#include "relay/call.h"
#include "relay/coding.h"
#include "tests/relay/ask.h"
#include "tests/relay/same_stream.h"

static struct call *c;
static struct fault fault;

static void
setup(void)
{
	c = call_open("c");
	memset(&fault, 0, sizeof fault);
}

static void
teardown(void)
{
	call_close(c);
}

static int
apply(const char *text)
{
	struct call_request r = ask(text);

	return call_apply(c, &r, &fault);
}

/* Both legs of c get one stream each, and A's is as STREAM says. */
static struct stream *
made_with(const char *stream)
{
	char text[1024];

	snprintf(text, sizeof text,
		"{'call': 'c', 'legs': [{'name': 'a', 'streams': [%s]}, {'name': 'b', "
		"'streams': [{}]}]}",
		stream);
	ck_assert_int_eq(apply(text), 0);
	return &c->leg[0].stream[0];
}

static int
update_a(const char *stream)
{
	char text[1024];

	snprintf(text, sizeof text, "{'call': 'c', 'legs': [{'name': 'a', 'streams': [%s]}]}",
		stream);
	return apply(text);
}

START_TEST(the_codec_for_opinions_follows_from_what_was_agreed)
{
	static const char dtmf[] = "{'name': 'telephone-event', 'payload_type': 101}";
	static const struct {
		const char *said;
		enum request_codec codec;
	} rows[] = {{"'opus'", REQUEST_OPUS}, {"'EVS', 'clock': 16000", REQUEST_OTHER},
		{"'CODEC2-3200', 'clock': 8000", REQUEST_UNRATED},
		{"'L16', 'clock': 16000", REQUEST_L16},
		{"'L16', 'clock': 8000", REQUEST_OTHER}, {"'G722'", REQUEST_G722},
		{"'GSM'", REQUEST_GSM}};
	char text[256];

	snprintf(text, sizeof text,
		"{'codec': 'AMR', 'codecs': [%s, {'name': 'G729', 'payload_type': 18}]}",
		dtmf);
	ck_assert_uint_eq(made_with(text)->codec, REQUEST_G729);
	ck_assert_int_eq(update_a("{'codecs': [{'name': 'PCMA'}, {'name': 'PCMU'}]}"), 0);
	ck_assert_uint_eq(c->leg[0].stream[0].codec, REQUEST_PCMA);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, "{'codecs': [{'name': %s, 'payload_type': 96}]}",
			rows[i].said);
		ck_assert_int_eq(update_a(text), 0);
		ck_assert_uint_eq(c->leg[0].stream[0].codec, rows[i].codec);
	}
}
END_TEST

/* Digits have a clock, too, and it need not be that of the speech. */
START_TEST(lists_of_formats_that_are_equal_lie_in_one_place)
{
	struct request_format f[2] = {{.name = "PCMA"}, {.name = "PCMU"}};
	struct coding *a = coding_open(), *b = coding_open(), *copy;

	ck_assert_int_eq(coding_set_formats(a, f, 2), 0);
	ck_assert_int_eq(coding_set_formats(b, f, 2), 0);
	copy = coding_copy(a);
	ck_assert_ptr_eq(a->format, b->format);
	ck_assert_ptr_eq(a->format, copy->format);
	f[1].format.payload_type = 9;
	ck_assert_int_eq(coding_set_formats(b, f, 2), 0);
	ck_assert_ptr_ne(a->format, b->format);
	coding_close(a);
	ck_assert_str_eq(copy->format[1].name, "PCMU");
	coding_close(copy);
	coding_close(b);
}
END_TEST

START_TEST(the_clock_is_that_of_the_first_speech)
{
	const struct stream *s =
		made_with("{'codecs': [{'name': 'telephone-event', 'payload_type': 101}, "
			  "{'name': 'opus', 'payload_type': 96}]}");

	ck_assert_uint_eq(call_clock_hz(s), 48000);
	ck_assert_int_eq(update_a("{'codecs': [{'name': 'EVS', 'payload_type': 97}]}"), 0);
	ck_assert_uint_eq(call_clock_hz(&c->leg[0].stream[0]), 8000); /* not said */
}
END_TEST

START_TEST(a_new_stream_has_its_defaults)
{
	const struct stream *s = made_with("{}");

	ck_assert_uint_eq(c->legs, 2);
	ck_assert_str_eq(c->leg[1].name, "b");
	ck_assert_uint_eq(s->media, REQUEST_AUDIO);
	ck_assert_uint_eq(s->direction, REQUEST_SENDRECV);
	ck_assert_uint_eq(s->source, REQUEST_AUTO);
	ck_assert_uint_eq(s->latch_ms, 10000);
	ck_assert_uint_eq(call_dscp(s), 46);
	ck_assert_uint_eq(call_clock_hz(s), 8000);
	ck_assert_uint_eq(s->remote.family, 0);
	ck_assert_uint_eq(call_unseal(s)->suite, SW_SUITE_PLAIN);
	ck_assert_uint_eq(call_seal(s)->suite, SW_SUITE_PLAIN);
	ck_assert_uint_eq(s->slot, CALL_NO_SLOT);
	ck_assert(!call_is_srtp(c));
}
END_TEST

START_TEST(an_update_changes_what_it_says_and_nothing_else)
{
	struct stream *s = made_with("{'media': 'video', 'dscp': 7, 'clock': 16000, "
				     "'latch_ms': 99, 'source': 'latch',"
				     " 'remote': {'address': '10.0.0.2', 'port': 4000}, "
				     "'rtcp_mux': true, 'srtp': {'suite':"
				     " 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_28 "'}}");
	struct stream_keys keys;
	struct stream before = kept_stream(s, &keys);

	ck_assert_int_eq(update_a("{}"), 0);
	check_same_stream(s, &before);
	ck_assert_int_eq(update_a("{'direction': 'inactive'}"), 0);
	before.direction = REQUEST_INACTIVE;
	check_same_stream(s, &before);
	ck_assert_int_eq(update_a("{'dscp': 0, 'clock': 8000}"), 0);
	before.dscp = 0;
	before.clock_hz = 8000;
	check_same_stream(s, &before);
	ck_assert_int_eq(update_a("{'rtcp_mux': false, 'latch_ms': 5}"), 0);
	before.mux = 0;
	before.latch_ms = 5;
	check_same_stream(s, &before);
}
END_TEST

START_TEST(streams_are_named_by_their_place)
{
	made_with("{}");
	ck_assert_int_eq(update_a("{}, {'media': 'video', 'dscp': 1}"), 0);
	ck_assert_uint_eq(c->leg[0].streams, 2);
	ck_assert_int_eq(update_a("{}, {'direction': 'sendonly'}"), 0);
	ck_assert_uint_eq(c->leg[0].streams, 2);
	ck_assert_uint_eq(c->leg[0].stream[0].direction, REQUEST_SENDRECV);
	ck_assert_uint_eq(c->leg[0].stream[1].direction, REQUEST_SENDONLY);
	ck_assert_uint_eq(c->leg[0].stream[1].dscp, 1);
	ck_assert_int_eq(update_a("{'dscp': 3}"), 0);
	ck_assert_uint_eq(c->leg[0].streams, 2);
}
END_TEST

START_TEST(a_second_leg_comes_by_update_and_a_third_does_not)
{
	ck_assert_int_eq(apply("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}"), 0);
	ck_assert_uint_eq(c->legs, 1);
	ck_assert_int_eq(apply("{'call': 'c', 'legs': [{'name': 'b', 'streams': [{}]}]}"), 0);
	ck_assert_uint_eq(c->legs, 2);
	ck_assert_int_eq(
		apply("{'call': 'c', 'legs': [{'name': 'z', 'streams': [{}]}]}"), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_BAD_REQUEST);
	ck_assert_str_eq(fault.field, "legs[0].name");
	ck_assert_str_eq(fault.got, "z");
	ck_assert_str_eq(fault.expected, "a or b");
}
END_TEST

START_TEST(a_new_leg_needs_a_stream)
{
	ck_assert_int_eq(apply("{'call': 'c', 'legs': [{'name': 'a'}]}"), -EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].streams");
}
END_TEST

/* ---- Keys. ---- */

START_TEST(the_partys_key_unseals_and_ours_is_another)
{
	const struct stream *s =
		made_with("{'srtp': {'suite': 'AES_CM_128_HMAC_SHA1_80', 'key': '" ASK_KEY_30
			  "', 'mki': 'beef'}}");

	ck_assert(call_is_srtp(c));
	ck_assert_uint_eq(s->key_known, 1);
	ck_assert_uint_eq(call_unseal(s)->suite, SW_AES_CM_128_HMAC_SHA1_80);
	for (uint8_t i = 0; i < 30; i++)
		ck_assert_uint_eq(
			i < 16 ? call_unseal(s)->key[i] : call_unseal(s)->salt[i - 16], i);
	ck_assert_uint_eq(call_unseal(s)->mki_len, 2);
	ck_assert_uint_eq(call_unseal(s)->mki[0], 0xbe);
	ck_assert_uint_eq(call_seal(s)->suite, SW_AES_CM_128_HMAC_SHA1_80);
	ck_assert_uint_eq(call_seal(s)->mki_len, 0);
	ck_assert_mem_ne(call_seal(s)->key, call_unseal(s)->key, 16);
}
END_TEST

START_TEST(every_stream_and_leg_has_a_key_of_its_own)
{
	const char *const srtp = "{'srtp': {'suite': 'AEAD_AES_256_GCM'}}";
	const struct stream *s[4];
	char text[512];

	snprintf(text, sizeof text,
		"{'call': 'c', 'legs': [{'name': 'a', 'streams': [%s, %s]}, {'name': 'b', "
		"'streams': [%s, %s]}]}",
		srtp, srtp, srtp, srtp);
	ck_assert_int_eq(apply(text), 0);
	for (unsigned i = 0; i < 4; i++)
		s[i] = &c->leg[i / 2].stream[i % 2];
	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < 4; j++) {
			ck_assert(i == j ||
				  memcmp(call_seal(s[i])->key, call_seal(s[j])->key, 32) != 0);
			ck_assert(
				memcmp(call_unseal(s[i])->key, call_seal(s[j])->key, 32) != 0);
		}
}
END_TEST

START_TEST(before_the_partys_key_is_known_nothing_can_authenticate)
{
	static const uint8_t zeros[16];
	const struct stream *s = made_with("{'srtp': {'suite': 'AEAD_AES_128_GCM'}}");

	ck_assert_uint_eq(s->key_known, 0);
	ck_assert_uint_eq(call_unseal(s)->suite, SW_AEAD_AES_128_GCM);
	ck_assert_mem_ne(call_unseal(s)->key, zeros, 16);
	ck_assert_int_eq(update_a("{'srtp': {'key': '" ASK_KEY_28 "'}}"), 0);
	ck_assert_uint_eq(s->key_known, 1);
	ck_assert_uint_eq(call_unseal(s)->key[1], 1);
}
END_TEST

START_TEST(the_partys_new_key_leaves_ours_and_rekey_the_partys)
{
	struct stream *s =
		made_with("{'srtp': {'suite': 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_28 "'}}");
	struct stream_keys keys;
	struct stream before = kept_stream(s, &keys);

	ck_assert_int_eq(
		update_a("{'srtp': {'key': 'ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NA=='}}"), 0);
	ck_assert_mem_eq(call_seal(s), call_seal(&before), sizeof(struct sw_key));
	ck_assert_mem_ne(call_unseal(s), call_unseal(&before), sizeof(struct sw_key));
	before = kept_stream(s, &keys);
	ck_assert_int_eq(update_a("{'srtp': {'rekey': true}}"), 0);
	ck_assert_mem_ne(call_seal(s)->key, call_seal(&before)->key, 16);
	ck_assert_mem_eq(call_unseal(s), call_unseal(&before), sizeof(struct sw_key));
	before = kept_stream(s, &keys);
	ck_assert_int_eq(
		update_a("{'srtp': {'suite': 'AEAD_AES_128_GCM', 'rekey': false}}"), 0);
	check_same_stream(s, &before);
}
END_TEST

START_TEST(another_suite_means_other_keys_in_both_directions)
{
	struct stream *s =
		made_with("{'srtp': {'suite': 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_28 "'}}");

	ck_assert_int_eq(
		update_a("{'srtp': {'suite': 'AES_256_CM_HMAC_SHA1_32', 'key': '" ASK_KEY_46
			 "'}}"),
		0);
	ck_assert_uint_eq(call_seal(s)->suite, SW_AES_256_CM_HMAC_SHA1_32);
	ck_assert_uint_eq(call_unseal(s)->suite, SW_AES_256_CM_HMAC_SHA1_32);
	ck_assert_uint_eq(call_unseal(s)->salt[13], 45);
	ck_assert_int_eq(update_a("{'srtp': {'suite': 'AEAD_AES_128_GCM'}}"), 0);
	ck_assert_uint_eq(call_unseal(s)->suite, SW_AEAD_AES_128_GCM);
	ck_assert_uint_eq(s->key_known, 0);
	ck_assert_int_eq(update_a("{'srtp': {'suite': 'none'}}"), 0);
	ck_assert_uint_eq(call_seal(s)->suite, SW_SUITE_PLAIN);
	ck_assert_uint_eq(call_unseal(s)->suite, SW_SUITE_PLAIN);
	ck_assert_ptr_null(s->keys);
}
END_TEST

START_TEST(a_key_that_does_not_fit_is_refused)
{
	static const struct {
		const char *stream, *field, *expected;
	} rows[] = {
		{"{'srtp': {'suite': 'AES_CM_128_HMAC_SHA1_80', 'key': '" ASK_KEY_28 "'}}",
			"srtp.key", "30 bytes: key of 16 and salt of 14"},
		{"{'srtp': {'suite': 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_30 "'}}",
			"srtp.key", "28 bytes: key of 16 and salt of 12"},
		{"{'srtp': {'suite': 'AES_CM_128', 'key': '" ASK_KEY_30 "'}}", "srtp.suite",
			"the name of a suite"},
		{"{'srtp': {'key': '" ASK_KEY_30 "'}}", "srtp.suite", "a suite for the key"},
		{"{'srtp': {'suite': 'none', 'key': '" ASK_KEY_30 "'}}", "srtp.suite",
			"a suite for the key"},
		{"{'srtp': {'rekey': true}}", "srtp.suite", "a suite for the key"},
		{"{'srtp': {'suite': 'AEAD_AES_128_GCM', 'mki': '01'}}", "srtp.key",
			"the key that the MKI names"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[64];

		teardown();
		setup();
		ck_assert_int_eq(update_a(rows[i].stream), -EINVAL);
		snprintf(path, sizeof path, "legs[0].streams[0].%s", rows[i].field);
		ck_assert_str_eq(fault.field, path);
		ck_assert_str_eq(fault.expected, rows[i].expected);
		ck_assert_int_eq(fault.kind, FAULT_BAD_KEY);
	}
}
END_TEST

/* ---- Addresses. ---- */

START_TEST(a_leg_takes_the_family_of_its_first_remote_address)
{
	made_with("{'remote': {'address': '2001:db8::2', 'port': 4000}}");
	ck_assert_uint_eq(c->leg[0].family, AF_INET6);
	ck_assert_uint_eq(c->leg[1].family, 0);
	ck_assert_int_eq(
		update_a("{'remote': {'address': '10.0.0.2', 'port': 4000}}"), -EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].streams[0].remote.address");
}
END_TEST

START_TEST(a_leg_that_has_a_place_stays_there)
{
	made_with("{}");
	strcpy(c->leg[0].interface, "outside");
	c->leg[0].family = c->leg[0].local.family = AF_INET;
	c->leg[0].stream[0].port = 30000;
	ck_assert_int_eq(
		apply("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside'}]}"),
		-EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].interface");
	ck_assert_int_eq(
		apply("{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv6'}]}"), -EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].family");
	ck_assert_int_eq(apply("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'outside', "
			       "'family': 'ipv4'}]}"),
		0);
}
END_TEST

START_TEST(a_leg_whose_streams_all_leave_may_change_its_family)
{
	struct stream *s = made_with("{'remote': {'address': '10.0.0.2', 'port': 4000}}, {}");

	strcpy(c->leg[0].interface, "outside");
	c->leg[0].family = c->leg[0].local.family = AF_INET;
	s[0].port = s[1].port = 30000;
	ck_assert_int_eq(apply("{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv6', "
			       "'streams': [{'reopen': true}, {}]}]}"),
		-EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].family");
	ck_assert_int_eq(apply("{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv6', "
			       "'streams': [{'reopen': true}, {'closed': true}]}]}"),
		0);
	ck_assert_uint_eq(c->leg[0].family, AF_INET6);
	ck_assert_uint_eq(c->leg[0].local.family, 0);
	ck_assert_str_eq(c->leg[0].interface, "outside");
	ck_assert_uint_eq(s[0].remote.family, 0);
	ck_assert_uint_eq(s[0].port, 0);
}
END_TEST

START_TEST(there_is_no_rtcp_port_behind_the_last_port)
{
	made_with("{'rtcp_mux': true, 'remote': {'address': '10.0.0.2', 'port': 65535}}");
	ck_assert_uint_eq(call_remote_rtcp(&c->leg[0].stream[0]).port, 65535);
	ck_assert_int_eq(update_a("{'rtcp_mux': false}"), -EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].streams[0].remote.rtcp_port");
}
END_TEST

START_TEST(rtcp_may_go_to_another_address)
{
	static const uint8_t there[4] = {10, 0, 0, 9}, home[4] = {10, 0, 0, 2};
	struct stream *s = made_with("{'remote': {'address': '10.0.0.2', 'port': 4000,"
				     " 'rtcp_address': '10.0.0.9', 'rtcp_port': 5001}}");
	struct sw_addr rtcp = call_remote_rtcp(s);
	struct call *copy;

	ck_assert_mem_eq(rtcp.ip, there, sizeof there);
	ck_assert_uint_eq(rtcp.port, 5001);
	copy = call_copy(c);
	ck_assert_int_eq(update_a("{'direction': 'sendonly'}"), 0);
	ck_assert_mem_eq(call_remote_rtcp(s).ip, there, sizeof there);
	ck_assert_int_eq(update_a("{'rtcp_mux': true}"), 0);
	ck_assert_mem_eq(call_remote_rtcp(s).ip, home, sizeof home);
	/* A remote is all that is said of it. */
	ck_assert_int_eq(update_a("{'rtcp_mux': false, 'remote': {'address': '10.0.0.2',"
				  " 'port': 4000}}"),
		0);
	ck_assert_mem_eq(call_remote_rtcp(s).ip, home, sizeof home);
	ck_assert_ptr_null(s->rtcp);
	ck_assert_mem_eq(call_remote_rtcp(copy->leg[0].stream).ip, there, sizeof there);
	call_close(copy);
}
END_TEST

START_TEST(what_was_learned_is_forgotten_only_for_a_party_that_moved_or_a_wish)
{
	const struct stream *s = made_with(
		"{'source': 'latch', 'remote': {'address': '10.0.0.2', 'port': 4000}}");
	uint32_t was = s->relatch;

	ck_assert_int_eq(
		update_a("{'direction': 'sendonly', 'latch_ms': 400, 'dscp': 0, 'remote':"
			 " {'address': '10.0.0.2', 'port': 4000}}"),
		0);
	ck_assert_uint_eq(s->relatch, was);
	/* A re-offer that repeats the rule gives whoever waits for it no new chance. */
	ck_assert_int_eq(update_a("{'source': 'latch'}"), 0);
	ck_assert_uint_eq(s->relatch, was);
	ck_assert_int_eq(update_a("{'source': 'auto'}"), 0);
	ck_assert_uint_eq(s->relatch, was);
	ck_assert_int_eq(update_a("{'source': 'latch'}"), 0);
	ck_assert_uint_eq(s->relatch, was + 1);
	ck_assert_int_eq(update_a("{'relatch': false}"), 0);
	ck_assert_uint_eq(s->relatch, was + 1);
	was++;
	ck_assert_int_eq(update_a("{'relatch': true}"), 0);
	ck_assert_uint_eq(s->relatch, was + 1);
	ck_assert_int_eq(update_a("{'remote': {'address': '10.0.0.3', 'port': 4000}}"), 0);
	ck_assert_uint_eq(s->relatch, was + 2);
	ck_assert_int_eq(update_a("{'remote': {'address': '10.0.0.3', 'port': 4002}}"), 0);
	ck_assert_uint_eq(s->relatch, was + 3);
	ck_assert_int_eq(
		update_a(
			"{'remote': {'address': '10.0.0.3', 'port': 4002, 'rtcp_port': 4004}}"),
		0);
	ck_assert_uint_eq(s->relatch, was + 4);
	ck_assert_int_eq(update_a("{'remote': {'address': '10.0.0.3', 'port': 4002,"
				  " 'rtcp_port': 4004, 'rtcp_address': '10.0.0.9'}}"),
		0);
	ck_assert_uint_eq(s->relatch, was + 5);
}
END_TEST

START_TEST(our_own_key_is_no_key_of_the_partys)
{
	struct stream *s = made_with("{'srtp': {'suite': 'AEAD_AES_128_GCM'}}");

	for (uint8_t i = 0; i < 16; i++)
		s->keys->seal.key[i] = i;
	ck_assert_int_eq(update_a("{'srtp': {'key': '" ASK_KEY_28 "'}}"), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_BAD_KEY);
}
END_TEST

/* ---- Our key, when the front end has it. ---- */

#define OUR_KEY "gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmamw==" /* 28 bytes from 128 on */
#define OUR_NEXT "oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6uw=="

static bool
seals_with(const struct stream *s, uint8_t first)
{
	for (uint8_t i = 0; i < 16; i++)
		if (call_seal(s)->key[i] != first + i)
			return false;
	for (uint8_t i = 0; i < 12; i++)
		if (call_seal(s)->salt[i] != first + 16 + i)
			return false;
	return true;
}

START_TEST(our_key_may_be_the_front_ends)
{
	const struct stream *s =
		made_with("{'srtp': {'suite': 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_28
			  "', 'our_key': '" OUR_KEY "'}}");

	ck_assert(seals_with(s, 128));
	ck_assert_int_eq(update_a("{'dscp': 1}"), 0);
	ck_assert(seals_with(s, 128));
	ck_assert_int_eq(update_a("{'srtp': {'our_key': '" OUR_NEXT "'}}"), 0);
	ck_assert(seals_with(s, 160));
	ck_assert_int_eq(
		update_a("{'srtp': {'suite': 'AEAD_AES_256_GCM', 'our_key': '" OUR_KEY "'}}"),
		-EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].streams[0].srtp.our_key");
}
END_TEST

START_TEST(our_key_is_neither_of_plain_rtp_nor_the_partys)
{
	made_with("{}");
	ck_assert_int_eq(update_a("{'srtp': {'our_key': '" OUR_KEY "'}}"), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_BAD_KEY);
	ck_assert_int_eq(update_a("{'srtp': {'suite': 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_28
				  "', 'our_key': '" ASK_KEY_28 "'}}"),
		-EINVAL);
	ck_assert_int_eq(
		update_a("{'srtp': {'suite': 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_28 "'}}"),
		0);
	ck_assert_int_eq(update_a("{'srtp': {'our_key': '" ASK_KEY_28 "'}}"), -EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].streams[0].srtp.our_key");
}
END_TEST

/* Nobody would know any more what it has sealed. */
START_TEST(a_key_of_ours_ends_with_its_transport)
{
	static const char again[] = "{'closed': false, 'srtp': {'our_key': '" OUR_KEY "'}}";
	struct stream *s =
		made_with("{'srtp': {'suite': 'AEAD_AES_128_GCM', 'our_key': '" OUR_KEY "'}}");
	struct sw_key first;

	ck_assert_int_eq(
		update_a("{'reopen': true, 'srtp': {'our_key': '" OUR_KEY "'}}"), -EINVAL);
	ck_assert_int_eq(update_a("{'closed': true}"), 0);
	ck_assert_int_eq(update_a(again), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_BAD_KEY);
	ck_assert_int_eq(update_a("{'closed': true}"), 0);
	ck_assert_int_eq(update_a("{'closed': false}"), 0);
	ck_assert(!seals_with(s, 128)); /* one of ours */
	first = *call_seal(s);
	ck_assert_int_eq(update_a("{'reopen': true}"), 0);
	ck_assert_mem_ne(call_seal(s), &first, sizeof first);
	ck_assert_int_eq(update_a("{'reopen': true, 'srtp': {'our_key': '" OUR_NEXT "'}}"), 0);
	ck_assert(seals_with(s, 160));
	call_renew_keys(c);
	ck_assert_int_eq(update_a("{'srtp': {'our_key': '" OUR_NEXT "'}}"), -EINVAL);
}
END_TEST

/* ---- Transports that go and come. ---- */

static void
place(struct stream *s, uint64_t id)
{
	s->id = id;
	s->slot = (uint32_t)id;
	s->port = (uint16_t)(30000 + 2 * id);
}

START_TEST(a_closed_stream_keeps_its_place_among_the_others_and_no_transport)
{
	struct stream *s = made_with("{}, {'media': 'video', 'dscp': 3}");

	place(&s[0], 1);
	place(&s[1], 2);
	ck_assert_int_eq(update_a("{'closed': true}, {}"), 0);
	ck_assert_uint_eq(c->leg[0].streams, 2);
	ck_assert(s[0].closed && s[0].id == 0 && s[0].port == 0 && s[0].slot == CALL_NO_SLOT);
	ck_assert_uint_eq(s[1].id, 2);
	ck_assert_ptr_null(call_stream(c, 0));
	ck_assert_int_eq(update_a("{'dscp': 7}"), 0);
	ck_assert(s[0].closed);
	ck_assert_int_eq(update_a("{'closed': false}"), 0);
	ck_assert(!s[0].closed && s[0].slot == CALL_NO_SLOT);
	ck_assert_uint_eq(s[0].dscp, 7);
}
END_TEST

START_TEST(a_stream_may_be_closed_from_the_beginning)
{
	ck_assert(made_with("{'closed': true, 'media': 'video'}")->closed);
}
END_TEST

START_TEST(what_is_open_stays_unless_it_is_to_be_another)
{
	struct stream *s = made_with("{}");

	place(s, 1);
	ck_assert_int_eq(update_a("{'closed': false, 'reopen': false}"), 0);
	ck_assert_uint_eq(s->id, 1);
	call_see(s)->latches = 5;
	ck_assert_int_eq(update_a("{'reopen': true}"), 0);
	ck_assert(s->id == 0 && s->port == 0 && s->slot == CALL_NO_SLOT);
	ck_assert_uint_eq(call_seen(s)->latches, 0);
}
END_TEST

START_TEST(a_better_source_is_looked_for_only_when_that_is_asked_for_anew)
{
	const struct stream *s = made_with(
		"{'source': 'best', 'remote': {'address': '10.0.0.2', 'port': 4000}}");
	uint32_t was = s->relatch;

	ck_assert_int_eq(update_a("{'source': 'best'}"), 0);
	ck_assert_uint_eq(s->relatch, was);
	ck_assert_int_eq(update_a("{'source': 'any'}"), 0);
	ck_assert_uint_eq(s->relatch, was);
	ck_assert_int_eq(update_a("{'source': 'best'}"), 0);
	ck_assert_uint_eq(s->relatch, was + 1);
	ck_assert_int_eq(update_a("{'source': 'latch'}"), 0);
	ck_assert_uint_eq(s->relatch, was + 2);
}
END_TEST

START_TEST(feedback_goes_to_who_has_not_declined_it)
{
	const struct stream *s = made_with("{}");

	ck_assert(!s->no_feedback);
	ck_assert_int_eq(update_a("{'avpf': false}"), 0);
	ck_assert_int_eq(update_a("{}"), 0);
	ck_assert(s->no_feedback);
	ck_assert_int_eq(update_a("{'avpf': true}"), 0);
	ck_assert(!s->no_feedback);
}
END_TEST

START_TEST(a_note_stays_until_there_is_another)
{
	struct call_request r = ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}");
	struct note *first = note_open("one", 3), *second = note_open("two", 3);
	struct call *copy;

	r.note = first;
	ck_assert_int_eq(call_apply(c, &r, &fault), 0);
	note_put(first);
	ck_assert_ptr_eq(c->note, first);
	ck_assert_int_eq(update_a("{}"), 0);
	ck_assert_ptr_eq(c->note, first);
	copy = call_copy(c);
	ck_assert_ptr_eq(copy->note, first);
	r.note = second;
	ck_assert_int_eq(call_apply(copy, &r, &fault), 0);
	note_put(second);
	call_swap(c, copy);
	ck_assert_mem_eq(c->note->bytes, "two", 3);
	ck_assert_mem_eq(copy->note->bytes, "one", 3);
	call_close(copy);
	ck_assert_uint_eq(second->holders, 1);
}
END_TEST

/* ---- Copies. ---- */

START_TEST(a_copy_is_equal_and_apart)
{
	struct call *copy;
	struct stream *s = made_with("{'srtp': {'suite': 'AEAD_AES_128_GCM'}}");

	copy = call_copy(c);
	ck_assert_str_eq(copy->id, "c");
	ck_assert_int_eq(copy->created_us, c->created_us);
	ck_assert_uint_eq(copy->legs, 2);
	ck_assert_ptr_ne(copy->leg[0].stream, s);
	check_same_stream(copy->leg[0].stream, s);
	ck_assert_ptr_ne(copy->leg[0].stream[0].keys, s->keys);
	copy->leg[0].stream[0].dscp = 1;
	ck_assert_uint_ne(s->dscp, 1);

	call_swap(c, copy);
	ck_assert_uint_eq(c->leg[0].stream[0].dscp, 1);
	ck_assert_ptr_eq(copy->leg[0].stream, s);
	call_close(copy);
}
END_TEST

START_TEST(a_stream_is_found_by_the_id_of_its_transport)
{
	made_with("{}");
	c->leg[0].stream[0].id = 5;
	c->leg[1].stream[0].id = 6;
	ck_assert_ptr_eq(call_stream(c, 6), &c->leg[1].stream[0]);
	ck_assert_ptr_null(call_stream(c, 7));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("call");
	TCase *t = tcase_create("call");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_codec_for_opinions_follows_from_what_was_agreed);
	tcase_add_test(t, lists_of_formats_that_are_equal_lie_in_one_place);
	tcase_add_test(t, the_clock_is_that_of_the_first_speech);
	tcase_add_test(t, a_new_stream_has_its_defaults);
	tcase_add_test(t, an_update_changes_what_it_says_and_nothing_else);
	tcase_add_test(t, streams_are_named_by_their_place);
	tcase_add_test(t, a_second_leg_comes_by_update_and_a_third_does_not);
	tcase_add_test(t, a_new_leg_needs_a_stream);
	tcase_add_test(t, the_partys_key_unseals_and_ours_is_another);
	tcase_add_test(t, every_stream_and_leg_has_a_key_of_its_own);
	tcase_add_test(t, before_the_partys_key_is_known_nothing_can_authenticate);
	tcase_add_test(t, the_partys_new_key_leaves_ours_and_rekey_the_partys);
	tcase_add_test(t, another_suite_means_other_keys_in_both_directions);
	tcase_add_test(t, a_key_that_does_not_fit_is_refused);
	tcase_add_test(t, a_leg_takes_the_family_of_its_first_remote_address);
	tcase_add_test(t, a_leg_that_has_a_place_stays_there);
	tcase_add_test(t, a_leg_whose_streams_all_leave_may_change_its_family);
	tcase_add_test(t, there_is_no_rtcp_port_behind_the_last_port);
	tcase_add_test(t, rtcp_may_go_to_another_address);
	tcase_add_test(t, what_was_learned_is_forgotten_only_for_a_party_that_moved_or_a_wish);
	tcase_add_test(t, our_own_key_is_no_key_of_the_partys);
	tcase_add_test(t, our_key_may_be_the_front_ends);
	tcase_add_test(t, our_key_is_neither_of_plain_rtp_nor_the_partys);
	tcase_add_test(t, a_key_of_ours_ends_with_its_transport);
	tcase_add_test(t, a_closed_stream_keeps_its_place_among_the_others_and_no_transport);
	tcase_add_test(t, a_stream_may_be_closed_from_the_beginning);
	tcase_add_test(t, what_is_open_stays_unless_it_is_to_be_another);
	tcase_add_test(t, a_better_source_is_looked_for_only_when_that_is_asked_for_anew);
	tcase_add_test(t, feedback_goes_to_who_has_not_declined_it);
	tcase_add_test(t, a_note_stays_until_there_is_another);
	tcase_add_test(t, a_copy_is_equal_and_apart);
	tcase_add_test(t, a_stream_is_found_by_the_id_of_its_transport);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
