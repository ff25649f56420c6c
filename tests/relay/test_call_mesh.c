/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/call_mesh.c and control/request_mesh.c: a leg of the mesh, from its words to what the
 * switch is told of it. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/request_json.h"
#include "mesh/vomp.h"
#include "relay/bridge.h"
#include "relay/call_mesh.h"
#include "relay/coding.h"
#include "tests/relay/ask.h"

#define SID "00112233445566778899aAbBcCdDeEfF00112233445566778899aabbccddeeff"
#define OTHER "10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NOBODY "0000000000000000000000000000000000000000000000000000000000000000"

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

/* A call of leg m in the mesh, and a leg p, a phone with codecs CODECS ("": none), if not
 * NULL.
 */
static int
make(const char *codecs)
{
	char text[1024];

	snprintf(text, sizeof text,
		"{'call': 'c', 'legs': [{'name': 'm', 'type': 'vomp', 'sid': '" SID
		"'}%s%s%s]}",
		codecs != NULL ? ", {'name': 'p', 'streams': [{'codecs': [" : "",
		codecs != NULL ? codecs : "", codecs != NULL ? "]}]}" : "");
	return apply(text);
}

/* What mesh_calls.h says of leg m: its states, and the codecs of both. */
static int
say(uint8_t local, uint8_t remote, const char *codecs)
{
	char text[1024];
	struct call_request r, formats;

	snprintf(text, sizeof text,
		"{'call': 'c', 'legs': [{'name': 'm', 'streams': [{'codecs': [%s]}]}]}",
		codecs);
	formats = ask(text);
	r = formats;
	r.leg[0].mesh = *c->leg[0].mesh;
	r.leg[0].mesh.local = local;
	r.leg[0].mesh.remote = remote;
	r.leg[0].mesh.number = 3;
	r.leg[0].mesh.far_session = 0x1234;
	return call_apply(c, &r, &fault);
}

#define U "{'name': 'PCMU'}"
#define OPUS(n) "{'name': 'opus', 'payload_type': " #n ", 'clock': 48000, 'channels': 2}"
#define C1200 "{'name': 'CODEC2-1200', 'payload_type': 97}"
#define DTMF "{'name': 'telephone-event', 'payload_type': 101}"
#define LEG(members) "{'call': 'c', 'legs': [{'name': 'm', " members "}]}"

/* ---- Words. ---- */

START_TEST(who_is_called_is_read)
{
	struct call_request r = ask(LEG(
		"'type': 'vomp', 'sid': '" SID "', 'from': 'Anna', 'identity': '" OTHER "'"));
	const struct request_mesh *m = &r.leg[0].mesh;

	ck_assert(m->used && m->has_sid && m->has_identity);
	ck_assert_uint_eq(m->sid[1], 0x11);
	ck_assert_uint_eq(m->sid[15], 0xff);
	ck_assert_uint_eq(m->sid[31], 0xff);
	ck_assert_uint_eq(m->identity[0], 0x10);
	ck_assert_str_eq(m->from, "Anna");
	ck_assert_str_eq(m->did, "");
	ck_assert_uint_eq(m->local, 0);
	r = ask(LEG("'type': 'vomp', 'did': '+49*30#12'"));
	ck_assert(m->used && !m->has_sid && !m->has_identity);
	ck_assert_str_eq(m->did, "+49*30#12");
	r = ask(LEG("'type': 'vomp', 'sid': '" SID "', 'did': '12345'"));
	ck_assert(m->used && m->has_sid);
	ck_assert_str_eq(m->did, "12345");
	r = ask(LEG("'type': 'rtp', 'streams': [{}]"));
	ck_assert(!m->used);
}
END_TEST

static const struct {
	const char *text, *field;
} wrong[] = {
	{LEG("'type': 'sip', 'streams': [{}]"), "legs[0].type"},
	{LEG("'type': 'vomp'"), "legs[0].sid"},
	{LEG("'type': 'vomp', 'sid': 'abc'"), "legs[0].sid"},
	{LEG("'type': 'vomp', 'sid': '" SID "0'"), "legs[0].sid"},
	{LEG("'type': 'vomp', 'sid': 'g0112233445566778899aabbccddeeff0011223344556677889"
	     "9aabbccddeeff'"),
		"legs[0].sid"},
	{LEG("'type': 'vomp', 'sid': '" NOBODY "'"), "legs[0].sid"},
	{LEG("'type': 'vomp', 'sid': 7"), "legs[0].sid"},
	{LEG("'type': 'vomp', 'did': '1234'"), "legs[0].did"},
	{LEG("'type': 'vomp', 'did': '12345x'"), "legs[0].did"},
	{LEG("'type': 'vomp', 'did': '12345678901234567890123456789012'"), "legs[0].did"},
	{LEG("'type': 'vomp', 'did': '12345', 'from': ''"), "legs[0].from"},
	{LEG("'type': 'vomp', 'did': '12345', 'from': 'a\\u0001'"), "legs[0].from"},
	{LEG("'type': 'vomp', 'did': '12345', 'identity': '1'"), "legs[0].identity"},
	{LEG("'type': 'vomp', 'did': '12345', 'interface': 'mesh'"), "legs[0].interface"},
	{LEG("'type': 'vomp', 'did': '12345', 'family': 'ipv4'"), "legs[0].family"},
	{LEG("'type': 'vomp', 'did': '12345', 'streams': [{}]"), "legs[0].streams"},
	{LEG("'sid': '" SID "', 'streams': [{}]"), "legs[0].sid"},
	{LEG("'type': 'rtp', 'did': '12345', 'streams': [{}]"), "legs[0].did"},
	{LEG("'from': 'Anna', 'streams': [{}]"), "legs[0].from"},
};

START_TEST(what_is_wrong_is_named)
{
	struct fault f = ask_wrongly(wrong[_i].text);

	ck_assert_int_eq(f.kind, FAULT_BAD_REQUEST);
	ck_assert_str_eq(f.field, wrong[_i].field);
}
END_TEST

/* ---- The call model. ---- */

START_TEST(such_a_leg_has_one_stream_of_its_own)
{
	const struct leg *l = &c->leg[0];

	ck_assert_int_eq(make(NULL), 0);
	ck_assert_uint_eq(l->streams, 1);
	ck_assert_str_eq(l->interface, "mesh");
	ck_assert_uint_eq(l->family, SW_AF_MESH);
	ck_assert_uint_eq(l->stream->media, REQUEST_AUDIO);
	ck_assert_uint_eq(l->stream->mux, 1);
	ck_assert_uint_eq(l->stream->source, REQUEST_SIGNALLED);
	ck_assert_uint_eq(l->stream->mesh, STREAM_MESH_WAITS);
	ck_assert_uint_eq(l->stream->remote.family, 0);
	ck_assert(call_is_mesh(c));
	ck_assert(!call_is_srtp(c));
}
END_TEST

START_TEST(what_the_call_of_vomp_has_come_to_is_what_follows)
{
	struct sw_transport t;
	const struct leg *l = &c->leg[0];

	ck_assert_int_eq(make(NULL), 0);
	ck_assert_int_eq(call_mesh_state(l->mesh), CALL_MESH_DIALLED);
	ck_assert_int_eq(
		say(VOMP_RINGINGOUT, VOMP_RINGINGIN, U "," OPUS(99) "," C1200 "," DTMF), 0);
	ck_assert_int_eq(call_mesh_state(l->mesh), CALL_MESH_RINGS);
	ck_assert_uint_eq(l->stream->mesh, STREAM_MESH_RINGS);
	ck_assert_uint_eq(l->stream->remote.family, SW_AF_MESH);
	ck_assert_uint_eq(l->stream->remote.port, 0x1234);
	ck_assert_mem_eq(l->stream->remote.ip, l->mesh->sid, 16);
	/* As the mesh has them. */
	ck_assert_uint_eq(l->stream->coding->format[1].format.rate, 8000);
	ck_assert_uint_eq(l->stream->coding->format[1].format.channels, 1);
	ck_assert_uint_eq(l->stream->coding->format[0].format.ptime_ms, 20);
	ck_assert_uint_eq(l->stream->coding->format[2].format.ptime_ms, 40);
	bridge_transport(l, l->stream, &t);
	ck_assert_uint_eq(t.identity, 3);
	ck_assert_uint_eq(t.source, SW_SOURCE_SIGNALLED);
	ck_assert_mem_eq(&t.remote[0], &l->stream->remote, sizeof t.remote[0]);
	ck_assert_mem_eq(&t.remote[1], &l->stream->remote, sizeof t.remote[1]);
	ck_assert_int_eq(say(VOMP_INCALL, VOMP_INCALL, U), 0);
	ck_assert_uint_eq(l->stream->mesh, STREAM_MESH_TALKS);
	ck_assert_int_eq(say(VOMP_CALLENDED, VOMP_INCALL, U), 0);
	ck_assert_uint_eq(l->stream->mesh, STREAM_MESH_WAITS);
	ck_assert_int_eq(call_mesh_state(l->mesh), CALL_MESH_ENDED);
}
END_TEST

static const struct {
	struct request_mesh mesh;
	enum call_mesh_state state;
} states[] = {
	{{0}, CALL_MESH_LOOKED_UP},
	{{.has_sid = 1}, CALL_MESH_DIALLED},
	{{.has_sid = 1, .local = VOMP_CALLPREP}, CALL_MESH_DIALLED},
	{{.has_sid = 1, .local = VOMP_RINGINGOUT, .remote = VOMP_NOCALL}, CALL_MESH_DIALLED},
	{{.has_sid = 1, .local = VOMP_RINGINGOUT, .remote = VOMP_RINGINGIN}, CALL_MESH_RINGS},
	{{.has_sid = 1, .local = VOMP_INCALL, .remote = VOMP_INCALL}, CALL_MESH_TALKS},
	{{.has_sid = 1, .incoming = 1, .local = VOMP_NOCALL, .remote = VOMP_CALLPREP},
		CALL_MESH_DIALLED},
	{{.has_sid = 1, .incoming = 1, .local = VOMP_NOCALL, .remote = VOMP_RINGINGOUT},
		CALL_MESH_OFFERED},
	{{.has_sid = 1, .incoming = 1, .local = VOMP_RINGINGIN, .remote = VOMP_RINGINGOUT},
		CALL_MESH_RINGS},
	{{.has_sid = 1, .incoming = 1, .local = VOMP_INCALL, .remote = VOMP_RINGINGOUT},
		CALL_MESH_TALKS},
	{{.local = VOMP_CALLENDED}, CALL_MESH_ENDED},
	{{.has_sid = 1, .local = VOMP_INCALL, .remote = VOMP_CALLENDED}, CALL_MESH_ENDED},
};

START_TEST(states_have_a_word)
{
	ck_assert_int_eq(call_mesh_state(&states[_i].mesh), states[_i].state);
	ck_assert_ptr_nonnull(call_mesh_words[states[_i].state]);
}
END_TEST

START_TEST(signalling_may_say_a_little_of_its_stream)
{
	ck_assert_int_eq(make(NULL), 0);
	ck_assert_int_eq(say(VOMP_RINGINGOUT, VOMP_RINGINGIN, U), 0);
	ck_assert_int_eq(apply(LEG("'streams': [{'direction': 'sendonly', 'mute': true, "
				   "'gain_db': 3, 'block': false, 'fill': true}]")),
		0);
	ck_assert_uint_eq(c->leg[0].stream->direction, REQUEST_SENDONLY);
	ck_assert_uint_eq(c->leg[0].stream->coding->mute, 1);
	ck_assert_uint_eq(c->leg[0].mesh->local, VOMP_RINGINGOUT);
	ck_assert_int_eq(apply(LEG("'type': 'vomp', 'sid': '" SID "'")), 0);
	ck_assert_uint_eq(c->leg[0].mesh->local, VOMP_RINGINGOUT);
}
END_TEST

static const struct {
	const char *text, *field;
} refused[] = {
	{LEG("'streams': [{'remote': {'address': '192.0.2.1', 'port': 5004}}]"),
		"legs[0].streams[0]"},
	{LEG("'streams': [{'srtp': {'suite': 'AEAD_AES_128_GCM'}}]"), "legs[0].streams[0]"},
	{LEG("'streams': [{'codecs': [" U "]}]"), "legs[0].streams[0]"},
	{LEG("'streams': [{'closed': true}]"), "legs[0].streams[0]"},
	{LEG("'streams': [{'reopen': true}]"), "legs[0].streams[0]"},
	{LEG("'streams': [{'media': 'video'}]"), "legs[0].streams[0]"},
	{LEG("'streams': [{}, {}]"), "legs[0].streams"},
	{LEG("'interface': 'outside'"), "legs[0].interface"},
	{LEG("'family': 'ipv6'"), "legs[0].family"},
	{LEG("'type': 'vomp', 'sid': '" OTHER "'"), "legs[0].sid"},
	{LEG("'type': 'vomp', 'did': '12345'"), "legs[0].sid"},
};

START_TEST(and_nothing_else)
{
	ck_assert_int_eq(make(NULL), 0);
	ck_assert_int_eq(apply(refused[_i].text), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_BAD_REQUEST);
	ck_assert_str_eq(fault.field, refused[_i].field);
}
END_TEST

START_TEST(a_leg_stays_of_its_type)
{
	ck_assert_int_eq(apply(LEG("'streams': [{}]")), 0);
	ck_assert_int_eq(apply(LEG("'type': 'vomp', 'sid': '" SID "'")), -EINVAL);
	ck_assert_str_eq(fault.field, "legs[0].type");
}
END_TEST

/* An address of the mesh is nobody's to say but mesh_calls.h's. */
START_TEST(no_other_leg_sends_there)
{
	struct call_request r = ask(LEG("'streams': [{}]"));

	r.leg[0].stream[0].has = REQUEST_HAS_REMOTE;
	r.leg[0].stream[0].remote = (struct request_addr){REQUEST_AF_MESH, 4, {1}};
	ck_assert_int_eq(request_check(&r, &fault), -EINVAL);
	r.leg[0].mesh.used = 1;
	ck_assert_int_eq(request_check(&r, &fault), 0);
}
END_TEST

START_TEST(it_is_copied_and_swapped_with_its_call)
{
	struct call *copy;

	ck_assert_int_eq(make(NULL), 0);
	copy = call_copy(c);
	ck_assert_ptr_nonnull(copy);
	ck_assert_ptr_ne(copy->leg[0].mesh, c->leg[0].mesh);
	ck_assert_mem_eq(copy->leg[0].mesh, c->leg[0].mesh, sizeof *c->leg[0].mesh);
	ck_assert_int_eq(say(VOMP_INCALL, VOMP_INCALL, U), 0);
	ck_assert_uint_eq(copy->leg[0].mesh->local, 0);
	call_swap(c, copy);
	ck_assert_uint_eq(c->leg[0].mesh->local, 0);
	ck_assert_uint_eq(copy->leg[0].mesh->local, VOMP_INCALL);
	call_close(copy);
}
END_TEST

START_TEST(end_to_end_it_cannot_be)
{
	ck_assert_int_eq(
		apply("{'call': 'c', 'e2e': 'required', 'legs': [{'name': 'm', 'type':"
		      " 'vomp', 'sid': '" SID "'}]}"),
		-EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_E2E);
}
END_TEST

/* ---- The bridge. ---- */

static struct sw_bridge
rules(unsigned from)
{
	static const struct sw_state node = {.transcoders = 1};
	struct sw_bridge b;

	ck_assert(bridge_rules(&c->leg[from].stream[0], &c->leg[1 - from].stream[0], &b));
	ck_assert_int_eq(sw_check_bridge(&b, &node), 0);
	return b;
}

START_TEST(before_the_answer_nothing_leaves)
{
	char text[BRIDGE_TEXT];

	ck_assert_int_eq(make(U), 0);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(
			bridge_decide(c->leg[i].stream, c->leg[1 - i].stream), BRIDGE_NONE);
		bridge_describe(c->leg[i].stream, c->leg[1 - i].stream, text);
		ck_assert_str_eq(text, "nothing yet: the call in the mesh is not answered");
	}
	ck_assert_int_eq(say(VOMP_RINGINGOUT, VOMP_RINGINGIN, U), 0);
	ck_assert_int_eq(bridge_decide(c->leg[1].stream, c->leg[0].stream), BRIDGE_NONE);
	ck_assert_int_eq(say(VOMP_INCALL, VOMP_INCALL, U), 0);
	ck_assert_int_eq(bridge_decide(c->leg[1].stream, c->leg[0].stream), BRIDGE_TRANSCODE);
}
END_TEST

START_TEST(the_same_codec_is_put_in_order_and_kept_in_slots)
{
	char text[BRIDGE_TEXT];
	struct sw_bridge b;

	ck_assert_int_eq(make("{'name': 'PCMU', 'ptime': 30}," DTMF), 0);
	ck_assert_int_eq(say(VOMP_INCALL, VOMP_INCALL, U "," DTMF), 0);
	c->leg[0].stream->coding->window_ms = 200;
	c->leg[0].stream->coding->transcoder = c->leg[1].stream->coding->transcoder = 1;
	b = rules(0);
	ck_assert_uint_eq(b.kind, SW_BRIDGE_TRANSCODE);
	ck_assert_uint_eq(b.transcode.flags, TRANSCODE_SLOTS);
	ck_assert_uint_eq(b.transcode.window_us, 200000);
	ck_assert_uint_eq(b.transcode.to[0].ptime_ms, 30);
	ck_assert_uint_eq(b.transcode.to[1].codec, CODEC_EVENT);
	b = rules(1);
	ck_assert_uint_eq(b.kind, SW_BRIDGE_TRANSCODE);
	ck_assert_uint_eq(b.transcode.flags, TRANSCODE_WHOLE);
	ck_assert_uint_eq(b.transcode.window_us, 60000);
	ck_assert_uint_eq(b.transcode.to[0].ptime_ms, 20);
	ck_assert_uint_eq(b.transcode.to[1].payload_type, 101);
	bridge_describe(c->leg[0].stream, c->leg[1].stream, text);
	ck_assert_str_eq(text, "VoMP -> RTP, transcoded");
	bridge_describe_codecs(c->leg[0].stream, c->leg[1].stream, text);
	ck_assert_str_eq(text, "PCMU 20 ms of the mesh -> PCMU 30 ms at 8 kHz, "
			       "transcode core 0");
	bridge_describe_codecs(c->leg[1].stream, c->leg[0].stream, text);
	ck_assert_str_eq(
		text, "PCMU 30 ms -> PCMU 20 ms at 8 kHz for the mesh, transcode core 0");
	bridge_describe(c->leg[1].stream, c->leg[0].stream, text);
	ck_assert_str_eq(text, "RTP -> VoMP, transcoded");
	ck_assert_str_eq(bridge_suite_words(c->leg[0].stream), "mesh");
	ck_assert_str_eq(bridge_source_words(c->leg[0].stream),
		"the party's session in the mesh, nobody else");
}
END_TEST

START_TEST(other_codecs_are_transcoded)
{
	struct sw_bridge b;

	ck_assert_int_eq(make("{'name': 'G722'}"), 0);
	ck_assert_int_eq(say(VOMP_INCALL, VOMP_INCALL, OPUS(99) "," C1200), 0);
	b = rules(1);
	ck_assert_uint_eq(b.transcode.to[0].codec, CODEC_OPUS);
	ck_assert_uint_eq(b.transcode.to[0].rate, 8000);
	ck_assert_int_eq(say(VOMP_INCALL, VOMP_INCALL, C1200), 0);
	b = rules(1);
	ck_assert_uint_eq(b.transcode.to[0].codec, CODEC_CODEC2_1200);
	ck_assert_uint_eq(b.transcode.to[0].ptime_ms, 40);
}
END_TEST

/* Both ends say "mesh", and who has the same codecs needs nobody between. */
START_TEST(from_mesh_to_mesh_it_passes_as_it_is)
{
	char text[BRIDGE_TEXT];
	struct call_request r;
	struct sw_bridge b;

	ck_assert_int_eq(
		apply("{'call': 'c', 'legs': [{'name': 'm', 'type': 'vomp', 'sid': '" SID
		      "'}, {'name': 'n', 'type': 'vomp', 'did': '12345'}]}"),
		0);
	ck_assert_int_eq(say(VOMP_INCALL, VOMP_INCALL, U "," DTMF), 0);
	r = ask("{'call': 'c', 'legs': [{'name': 'n', 'streams': [{'codecs': [" U "," DTMF
		"]}]}]}");
	r.leg[0].mesh = *c->leg[1].mesh;
	r.leg[0].mesh.local = r.leg[0].mesh.remote = VOMP_INCALL;
	ck_assert_int_eq(call_apply(c, &r, &fault), 0);
	ck_assert_int_eq(bridge_decide(c->leg[0].stream, c->leg[1].stream), BRIDGE_PASS);
	ck_assert(!bridge_rules(c->leg[0].stream, c->leg[1].stream, &b));
	bridge_describe(c->leg[0].stream, c->leg[1].stream, text);
	ck_assert_str_eq(text, "VoMP -> passed as it is");
}
END_TEST

START_TEST(a_phone_has_to_say_its_codecs)
{
	ck_assert_int_eq(
		apply("{'call': 'c', 'legs': [{'name': 'p', 'streams': [{}]}, {'name': "
		      "'m', 'type': 'vomp', 'sid': '" SID "'}]}"),
		-EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_NO_CODEC);
	ck_assert_str_eq(fault.field, "legs[0].streams[0].codecs");
}
END_TEST

/* Later they share none, or what it talks in is not known: then nothing leaves. */
START_TEST(without_a_codec_nothing_leaves)
{
	ck_assert_int_eq(make("{'name': 'EVS', 'payload_type': 97, 'clock': 16000}"), 0);
	ck_assert_int_eq(say(VOMP_INCALL, VOMP_INCALL, U), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_NO_CODEC);
	c->leg[0].stream->mesh = STREAM_MESH_TALKS;
	c->leg[0].stream->coding->formats = 0;
	ck_assert_int_eq(bridge_decide(c->leg[0].stream, c->leg[1].stream), BRIDGE_NONE);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("call_mesh");
	TCase *t = tcase_create("words");

	tcase_add_test(t, who_is_called_is_read);
	tcase_add_loop_test(t, what_is_wrong_is_named, 0, sizeof wrong / sizeof *wrong);
	suite_add_tcase(s, t);
	t = tcase_create("model");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, such_a_leg_has_one_stream_of_its_own);
	tcase_add_test(t, what_the_call_of_vomp_has_come_to_is_what_follows);
	tcase_add_loop_test(t, states_have_a_word, 0, sizeof states / sizeof *states);
	tcase_add_test(t, signalling_may_say_a_little_of_its_stream);
	tcase_add_loop_test(t, and_nothing_else, 0, sizeof refused / sizeof *refused);
	tcase_add_test(t, a_leg_stays_of_its_type);
	tcase_add_test(t, no_other_leg_sends_there);
	tcase_add_test(t, it_is_copied_and_swapped_with_its_call);
	tcase_add_test(t, end_to_end_it_cannot_be);
	suite_add_tcase(s, t);
	t = tcase_create("bridge");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, before_the_answer_nothing_leaves);
	tcase_add_test(t, the_same_codec_is_put_in_order_and_kept_in_slots);
	tcase_add_test(t, other_codecs_are_transcoded);
	tcase_add_test(t, from_mesh_to_mesh_it_passes_as_it_is);
	tcase_add_test(t, a_phone_has_to_say_its_codecs);
	tcase_add_test(t, without_a_codec_nothing_leaves);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
