/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/fax.c: a stream of sound and one of T.38, as a client of JSON-RPC asks for them.  All
 * rules are such as the switch takes. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "relay/coding.h"
#include "relay/fax.h"
#include "relay/record.h"
#include "tests/relay/ask.h"

#define G711 \
	"{'name': 'PCMA'}, {'name': 'PCMU'}, {'name': 'telephone-event', 'payload_type': 101}"

static const struct sw_state node = {.transcoders = 4};
static struct call *c;
static struct fault fault;

/* Leg a has sound, MORE of it; leg b is of media image, FAX more of that. */
static int
make(const char *more, const char *fax)
{
	char text[1024];
	struct call_request r;

	snprintf(text, sizeof text,
		"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{%s}]}, "
		"{'name': 'b', 'streams': [{'media': 'image'%s}]}]}",
		more, fax);
	r = ask(text);
	if (c == NULL)
		c = call_open("c");
	return call_apply(c, &r, &fault);
}

static void
setup(void)
{
	c = NULL;
}

static void
teardown(void)
{
	call_close(c);
}

static const struct stream *
of(unsigned leg)
{
	return &c->leg[leg].stream[0];
}

static struct sw_bridge
rules(unsigned from)
{
	struct sw_bridge b;

	ck_assert(bridge_rules(of(from), of(1 - from), &b));
	ck_assert_int_eq(sw_check_bridge(&b, &node), 0);
	ck_assert_uint_eq(b.kind, SW_BRIDGE_FAX);
	return b;
}

static const char *
words(unsigned from)
{
	static char text[BRIDGE_TEXT];

	bridge_describe_codecs(of(from), of(1 - from), text);
	return text;
}

static const char *
carriage(unsigned from)
{
	static char text[BRIDGE_TEXT];

	bridge_describe(of(from), of(1 - from), text);
	return text;
}

START_TEST(both_directions_are_what_the_switch_takes)
{
	struct sw_transport t;
	struct sw_flow f;
	struct sw_bridge b;

	ck_assert_int_eq(make("'codecs': [" G711 "]", ", 'fax': {}"), 0);
	b = rules(0);
	ck_assert_uint_eq(b.transcode.from[0].codec, CODEC_PCMA);
	ck_assert_uint_eq(b.transcode.from[1].codec, CODEC_PCMU);
	ck_assert_uint_eq(b.transcode.from[2].codec, CODEC_NONE);
	ck_assert_uint_eq(b.fax.correction, SW_FAX_REDUNDANCY);
	ck_assert_uint_eq(b.fax.depth, FAX_DEPTH);
	b = rules(1);
	ck_assert_uint_eq(b.transcode.to[0].codec, CODEC_PCMA);
	ck_assert_uint_eq(b.transcode.to[0].payload_type, 8);
	ck_assert_str_eq(words(0),
		"fax as sound, PCMA -> T.38 version 0 with redundancy, transcode core 0");
	ck_assert_str_eq(words(1), "T.38 -> fax as sound, PCMA 20 ms, transcode core 0");
	ck_assert_str_eq(carriage(0), "RTP -> UDPTL, by a fax gateway");
	ck_assert_str_eq(carriage(1), "UDPTL -> RTP, by a fax gateway");
	bridge_flow(of(0), of(1), &f);
	ck_assert_uint_eq(f.bridged, 1);
	ck_assert_uint_eq(f.sinks, 1);
	bridge_transport(&c->leg[0], of(0), &t);
	ck_assert_uint_eq(t.opaque, 0);
	bridge_transport(&c->leg[1], of(1), &t);
	ck_assert_uint_eq(t.opaque, 1);
	ck_assert_uint_eq(t.clock_hz, 0);
}
END_TEST

START_TEST(sound_in_srtp_is_sealed_as_ever)
{
	ck_assert_int_eq(make("'codecs': [" G711 "], 'srtp': {'suite': "
			      "'AES_CM_128_HMAC_SHA1_80', 'key': '" ASK_KEY_30 "'}",
				 ", 'fax': {}"),
		0);
	rules(0);
	ck_assert_str_eq(carriage(0),
		"SRTP AES_CM_128_HMAC_SHA1_80 -> unsealed to UDPTL, by a fax gateway");
	ck_assert_str_eq(
		carriage(1), "UDPTL -> sealed with AES_CM_128_HMAC_SHA1_80, by a fax gateway");
}
END_TEST

START_TEST(what_the_party_takes_is_told_the_switch)
{
	static const struct {
		const char *said;
		unsigned told;
	} datagrams[] = {
		{"72", 72}, {"90", 88}, {"300", 296}, {"1400", 1400}, {"65535", 1400}};
	struct sw_bridge b;

	for (size_t i = 0; i < sizeof datagrams / sizeof *datagrams; i++) {
		char fax[64];

		snprintf(fax, sizeof fax, ", 'fax': {'max_datagram': %s}", datagrams[i].said);
		ck_assert_int_eq(make("'codecs': [" G711 "]", fax), 0);
		ck_assert_uint_eq(rules(0).fax.max_datagram, datagrams[i].told);
	}
	ck_assert_int_eq(
		make("'codecs': [" G711 "]", ", 'fax': {'version': 3, 'correction': 'none', "
					     "'without': ['ecm', 'v17', 'iaf']}"),
		0);
	b = rules(0);
	ck_assert_uint_eq(b.fax.version, 3);
	ck_assert_uint_eq(b.fax.depth, 0);
	ck_assert_uint_eq(b.fax.flags, SW_FAX_NO_ECM | SW_FAX_NO_V17 | SW_FAX_NO_IAF);
	ck_assert_str_eq(words(0), "fax as sound, PCMA -> T.38 version 3 with no error "
				   "correction, without ecm, without v17, without iaf, "
				   "transcode core 0");
}
END_TEST

START_TEST(only_g711_carries_a_fax)
{
	ck_assert_int_eq(
		make("'codecs': [{'name': 'G722'}, {'name': 'PCMU'}]", ", 'fax': {}"), 0);
	ck_assert_uint_eq(rules(0).transcode.from[0].codec, CODEC_PCMU);
	ck_assert_int_eq(make("'codecs': [{'name': 'G722'}]", ", 'fax': {}"), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_NO_CODEC);
	ck_assert_str_eq(fault.field, "legs[0].streams[0].codecs");
	teardown();
	setup();
	ck_assert_int_eq(make("", ", 'fax': {}"), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_NO_CODEC);
}
END_TEST

START_TEST(a_gateway_ends_and_a_held_fax_has_none)
{
	ck_assert_int_eq(
		make("'codecs': [" G711 "], 'direction': 'inactive'", ", 'fax': {}"), 0);
	ck_assert_int_eq(bridge_decide(of(0), of(1)), BRIDGE_NONE);
	ck_assert_int_eq(make("'direction': 'sendrecv'", ""), 0);
	ck_assert_int_eq(bridge_decide(of(0), of(1)), BRIDGE_FAX);
	ck_assert_int_eq(make("'block': true", ""), 0);
	ck_assert_int_eq(bridge_decide(of(0), of(1)), BRIDGE_NONE);
	ck_assert_int_eq(make("'block': false, 'mute': true", ""), 0);
	ck_assert_int_eq(bridge_decide(of(0), of(1)), BRIDGE_NONE);
	ck_assert_int_eq(make("'mute': false", ""), 0);
	ck_assert_int_eq(bridge_decide(of(0), of(1)), BRIDGE_FAX);
	ck_assert_int_eq(make("", ", 'fax': {'gateway': false}"), 0);
	ck_assert_int_eq(bridge_decide(of(0), of(1)), BRIDGE_NONE);
	ck_assert_str_eq(carriage(0), "nothing: the two streams are of different media");
}
END_TEST

/* A gateway has one receiver (dataplane/switch.h). */
START_TEST(nobody_listens_to_a_fax)
{
	struct listener *l;
	char text[BRIDGE_TEXT];
	struct sw_flow f;

	ck_assert_int_eq(make("'codecs': [" G711 "]", ", 'fax': {}"), 0);
	l = call_add_listener(c, "recorder");
	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(call_add_streams(&l->leg, 1), 0);
	l->leg.stream[0].remote.family = AF_INET;
	bridge_flow(of(0), of(1), &f);
	bridge_add_listeners(c, 0, 0, &f);
	ck_assert_uint_eq(f.sinks, 1);
	bridge_describe_listener(c, l, 0, text);
	ck_assert_str_eq(text, "nothing: it is a fax, which has one receiver");
}
END_TEST

START_TEST(what_cannot_be_is_refused_by_name)
{
	static const struct {
		const char *fax, *field;
	} rows[] = {
		{"7", "fax"},
		{"{'gateway': 1}", "fax.gateway"},
		{"{'version': 4}", "fax.version"},
		{"{'correction': 'hope'}", "fax.correction"},
		{"{'max_datagram': 71}", "fax.max_datagram"},
		{"{'without': 'ecm'}", "fax.without"},
		{"{'without': ['v21']}", "fax.without"},
		{"{'without': ['v17', 'v29', 'v27ter']}", "fax.without"},
	};
	char text[256], field[64];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault f;

		snprintf(text, sizeof text,
			"{'call': 'c', 'legs': [{'name': 'b', 'streams': "
			"[{'media': 'image', 'fax': %s}]}]}",
			rows[i].fax);
		snprintf(field, sizeof field, "legs[0].streams[0].%s", rows[i].field);
		f = ask_wrongly(text);
		ck_assert_str_eq(f.field, field);
	}
}
END_TEST

/* ---- In the record. ---- */

static uint8_t bytes[4096];

/* C as another control reads it; NULL: it does not. */
static struct call *
read_back(void)
{
	ssize_t n;

	for (unsigned i = 0; i < c->legs; i++) {
		struct leg *l = &c->leg[i];

		strcpy(l->interface, "lan");
		l->local.family = l->family = AF_INET;
		l->stream[0].id = 1 + i;
		l->stream[0].slot = i;
		l->stream[0].port = (uint16_t)(30000 + 2 * i);
	}
	n = record_encode(c, NULL, bytes, sizeof bytes);
	ck_assert_int_gt(n, 0);
	return record_decode(bytes, (size_t)n, NULL);
}

START_TEST(a_successor_goes_on_with_the_same_gateway)
{
	struct sw_bridge before, after;
	struct call *back;

	ck_assert_int_eq(make("'codecs': [" G711 "]",
				 ", 'fax': {'version': 2, 'correction': 'fec', "
				 "'max_datagram': 300, 'without': ['v17', 'v34']}"),
		0);
	c->leg[0].stream[0].coding->transcoder = c->leg[1].stream[0].coding->transcoder = 3;
	back = read_back();
	ck_assert_ptr_nonnull(back);
	for (unsigned i = 0; i < 2; i++) {
		before = rules(i);
		ck_assert(bridge_rules(
			&back->leg[i].stream[0], &back->leg[1 - i].stream[0], &after));
		ck_assert_mem_eq(&before, &after, sizeof before);
	}
	call_close(back);
}
END_TEST

START_TEST(a_record_of_no_possible_gateway_is_not_read)
{
	struct coding *t38;

	ck_assert_int_eq(make("'codecs': [" G711 "]", ", 'fax': {}"), 0);
	t38 = c->leg[1].stream[0].coding;
	fax_set(t38, &(struct request_fax){.gateway = 1, .limits = REQUEST_FAX_MODEMS});
	ck_assert_ptr_null(read_back());
	fax_set(t38, &(struct request_fax){.gateway = 1, .version = 4});
	ck_assert_ptr_null(read_back());
	fax_set(t38, &(struct request_fax){.gateway = 1, .correction = REQUEST_CORRECTIONS});
	ck_assert_ptr_null(read_back());
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("call_fax");
	TCase *t = tcase_create("call_fax");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, both_directions_are_what_the_switch_takes);
	tcase_add_test(t, sound_in_srtp_is_sealed_as_ever);
	tcase_add_test(t, what_the_party_takes_is_told_the_switch);
	tcase_add_test(t, only_g711_carries_a_fax);
	tcase_add_test(t, a_gateway_ends_and_a_held_fax_has_none);
	tcase_add_test(t, nobody_listens_to_a_fax);
	tcase_add_test(t, what_cannot_be_is_refused_by_name);
	tcase_add_test(t, a_successor_goes_on_with_the_same_gateway);
	tcase_add_test(t, a_record_of_no_possible_gateway_is_not_read);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
