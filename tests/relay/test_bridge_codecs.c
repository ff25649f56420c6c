/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/bridge_codecs.c: tables of two parties' codecs, and what has to be done between them;
 * whatever comes out is what the switch takes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/switch.h"
#include "relay/bridge.h"
#include "relay/coding.h"
#include "tests/relay/ask.h"

static const struct sw_state node = {.transcoders = 4};
static struct call *c;
static struct fault fault;

/* A call whose legs' codecs are A and B, JSON without brackets; MORE: of the call. */
static int
make(const char *a, const char *b, const char *more)
{
	char text[2048];
	struct call_request r;

	snprintf(text, sizeof text,
		"{'call': 'c', %s 'legs': [{'name': 'a', 'streams': [{'codecs': [%s]}]}, "
		"{'name': 'b', 'streams': [{'codecs': [%s]}]}]}",
		more, a, b);
	r = ask(text);
	c = call_open("c");
	return call_apply(c, &r, &fault);
}

static void
teardown(void)
{
	call_close(c);
	c = NULL;
}

/* The direction from the party of leg FROM. */
static bool
rules(unsigned from, struct sw_bridge *b)
{
	bool bridged = bridge_rules(&c->leg[from].stream[0], &c->leg[1 - from].stream[0], b);

	ck_assert(!bridged || sw_check_bridge(b, &node) == 0);
	return bridged;
}

/* "pass", "map 0-8u 101-96" (a, u: the law that comes of it), "transcode 96 -> 0 101": payload
 * types that may come, and those that leave. */
static const char *
way(unsigned from)
{
	static char text[256];
	struct sw_bridge b;
	size_t len = 0;

	if (!rules(from, &b))
		return bridge_is_without_codec(
			       &c->leg[from].stream[0], &c->leg[1 - from].stream[0])
			       ? "nothing"
			       : "pass";
#define ADD(...) len += (size_t)snprintf(text + len, sizeof text - len, __VA_ARGS__)
	ADD("%s", b.kind == SW_BRIDGE_MAP ? "map" : "transcode");
	for (unsigned i = 0; i < b.maps; i++)
		ADD(" %u-%u%s", b.map[i].from, b.map[i].to,
			b.map[i].law == SW_LAW_KEEP     ? ""
			: b.map[i].law == SW_LAW_A_TO_U ? "u"
							: "a");
	for (unsigned i = 0; b.kind == SW_BRIDGE_TRANSCODE && i < TRANSCODE_FORMATS; i++)
		if (b.transcode.from[i].codec != CODEC_NONE)
			ADD(" %u", b.transcode.from[i].payload_type);
	if (b.kind == SW_BRIDGE_TRANSCODE)
		ADD(" ->");
	for (unsigned i = 0; b.kind == SW_BRIDGE_TRANSCODE && i < TRANSCODE_FORMATS; i++)
		if (b.transcode.to[i].codec != CODEC_NONE)
			ADD(" %u", b.transcode.to[i].payload_type);
#undef ADD
	return text;
}

#define U "{'name': 'PCMU'}"
#define A "{'name': 'PCMA'}"
#define U30 "{'name': 'PCMU', 'ptime': 30}"
#define OPUS(n) "{'name': 'opus', 'payload_type': " #n ", 'clock': 48000, 'channels': 2}"
#define G722 "{'name': 'G722'}"
#define CN "{'name': 'CN'}"
#define DTMF(n) "{'name': 'telephone-event', 'payload_type': " #n ", 'clock': 8000}"
#define DTMF48(n) "{'name': 'telephone-event', 'payload_type': " #n ", 'clock': 48000}"
#define EVS(n) "{'name': 'EVS', 'payload_type': " #n ", 'clock': 16000}"
#define TRANSCODE(list) "'codecs': {'transcode': [" list "]},"
#define DENY(list) "'codecs': {'deny': [" list "]},"
#define MASK(list) "'codecs': {'mask': [" list "]},"
#define PREFER(list) "'codecs': {'prefer': [" list "]},"

static const struct {
	const char *a, *b, *rules;
	const char *from_a, *from_b;
} pairs[] = {
	/* The same, in whatever order. */
	{U, U, "", "pass", "pass"},
	{U "," A "," DTMF(101), A "," U "," DTMF(101), "", "pass", "pass"},
	{OPUS(96), OPUS(96), "", "pass", "pass"},
	{EVS(97), EVS(97), "", "pass", "pass"},
	/* Payload types, and laws. */
	/* They may come by the number that was told, unless that is something else: */
	{OPUS(96) "," DTMF(101), OPUS(111) "," DTMF(96), "", "map 96-111 101-96 111-111",
		"map 111-96 96-101 101-101"},
	{U "," CN "," DTMF(101), A "," CN "," DTMF(101), "", "map 0-8a 13-13 101-101",
		"map 8-0u 13-13 101-101"},
	{U "," A, A, "", "map 0-8a 8-8", "pass"},
	{EVS(97), EVS(98), "", "map 97-98 98-98", "map 98-97 97-97"},
	{U "," OPUS(96), OPUS(97), TRANSCODE("'PCMU'"), "transcode 0 96 97 -> 97",
		"transcode 97 96 -> 0"},
	/* Several of one name, which strowger cannot tell apart. */
	{EVS(97) "," EVS(98), EVS(97) "," EVS(98), "", "pass", "pass"},
	{EVS(97) "," EVS(98), EVS(98) "," EVS(99), "", "map 97-98 98-98",
		"map 98-98 99-97 97-97"},
	/* What the other party has not agreed to is kept from it. */
	{U "," DTMF(101), U, "", "map 0-0", "pass"},
	{U "," EVS(97), U, "", "map 0-0", "pass"},
	/* Nothing in common. */
	{U, OPUS(96), "", "transcode 0 -> 96", "transcode 96 -> 0"},
	{U "," CN "," DTMF(101), OPUS(96) "," DTMF48(97) "," DTMF(98), "",
		"transcode 0 13 101 98 -> 96 97 98", "transcode 96 97 98 101 -> 0 13 101"},
	{U, U30, "", "transcode 0 -> 0", "transcode 0 -> 0"},
	{G722 "," OPUS(96), A "," U, "", "transcode 9 96 -> 8", "transcode 8 0 -> 9"},
	/* One in common, and one not: either may come; what is shared is what is sent. */
	{OPUS(96) "," U, A "," U, "", "transcode 96 0 -> 0", "transcode 8 0 -> 0"},
	/* None of ours: it passes if its party likes it best, and is left if not. */
	{EVS(97) "," U, EVS(97) "," G722, "", "map 97-97", "map 97-97"},
	{U "," EVS(97), G722 "," EVS(97), "", "transcode 0 -> 9", "transcode 9 -> 0"},
	/* Rules. */
	{OPUS(96) "," U, U, DENY("'opus'"), "map 0-0", "pass"},
	{U, U "," OPUS(96), TRANSCODE("'opus'"), "transcode 0 -> 96", "transcode 0 96 -> 0"},
	{OPUS(96) "," U, OPUS(96) "," U, TRANSCODE("'PCMU'"), "transcode 96 0 -> 0",
		"transcode 96 0 -> 0"},
	{OPUS(96), OPUS(96) "," U, MASK("'opus'"), "transcode 96 -> 0",
		"transcode 96 0 -> 96"},
	{G722, A "," U "," OPUS(96), PREFER("'opus', 'PCMU'"), "transcode 9 -> 96",
		"transcode 8 0 96 -> 9"},
};

START_TEST(a_pair_gets_what_it_needs)
{
	ck_assert_msg(make(pairs[_i].a, pairs[_i].b, pairs[_i].rules) == 0, "%s", fault.text);
	ck_assert_str_eq(way(0), pairs[_i].from_a);
	ck_assert_str_eq(way(1), pairs[_i].from_b);
}
END_TEST

/* What both need, and what neither can: every pair of lists of up to two codecs of ours gets
 * something that the switch takes, both directions are transcoded or none, and nobody is left
 * without sound. */
START_TEST(every_pair_of_lists_is_served)
{
	static const char *const codecs[] = {U, A, OPUS(96), G722, U30, "{'name': 'GSM'}",
		"{'name': 'L16', 'payload_type': 98, 'clock': 16000}"};
	enum { N = sizeof codecs / sizeof *codecs };
	char a[256], b[256];
	struct sw_bridge ab, ba;

	for (unsigned i = 0; i < N * N * N * N; i++) {
		unsigned p = i % N, q = i / N % N, r = i / N / N % N, s = i / N / N / N;

		snprintf(a, sizeof a, "%s%s%s", codecs[p], p % 4 != q % 4 ? "," : "",
			p % 4 != q % 4 ? codecs[q] : "");
		snprintf(b, sizeof b, "%s%s%s", codecs[r], r % 4 != s % 4 ? "," : "",
			r % 4 != s % 4 ? codecs[s] : "");
		ck_assert_int_eq(make(a, b, ""), 0);
		rules(0, &ab);
		rules(1, &ba);
		ck_assert_msg(
			(ab.kind == SW_BRIDGE_TRANSCODE) == (ba.kind == SW_BRIDGE_TRANSCODE),
			"%s and %s", a, b);
		teardown();
	}
}
END_TEST

static const struct {
	const char *a, *b, *rules;
	enum fault_kind kind;
	const char *field;
} refused[] = {
	{EVS(97), U, "", FAULT_NO_CODEC, "legs[0].streams[0].codecs"},
	{U, EVS(97), "", FAULT_NO_CODEC, "legs[0].streams[0].codecs"},
	{DTMF(101), U, "", FAULT_NO_CODEC, "legs[0].streams[0].codecs"},
	{DTMF(101), U "," DTMF48(96), "", FAULT_NO_CODEC, "legs[0].streams[0].codecs"},
	{U, U, DENY("'PCMU'"), FAULT_NO_CODEC, "legs[0].streams[0].codecs"},
	{U, OPUS(96), "'e2e': 'required',", FAULT_E2E, "legs[1].streams[0].codecs"},
};

START_TEST(a_pair_that_would_not_hear_each_other_is_refused)
{
	ck_assert_int_ne(make(refused[_i].a, refused[_i].b, refused[_i].rules), 0);
	ck_assert_int_eq(fault.kind, refused[_i].kind);
	ck_assert_str_eq(fault.field, refused[_i].field);
}
END_TEST

/* It hears no speech because it has not asked for any. */
START_TEST(who_takes_keys_alone_gets_those)
{
	struct sw_bridge to, from;

	ck_assert_int_eq(make(DTMF(101), U "," DTMF(96), ""), 0);
	rules(0, &from);
	rules(1, &to);
	ck_assert_uint_eq(to.kind, SW_BRIDGE_MAP);
	ck_assert_uint_eq(to.maps, 2);
	ck_assert_uint_eq(to.map[0].from, 96);
	ck_assert_uint_eq(to.map[0].to, 101);
	ck_assert_uint_eq(from.map[0].from, 101);
	ck_assert_uint_eq(from.map[0].to, 96);
}
END_TEST

/* Whatever else they have, and whatever would be done about it otherwise. */
START_TEST(end_to_end_what_both_have_passes_and_nothing_is_changed)
{
	struct call_request r;
	struct sw_bridge b;

	ck_assert_int_eq(make(OPUS(96) "," U, U "," G722, "'e2e': 'required',"), 0);
	ck_assert(!rules(0, &b));
	ck_assert(!rules(1, &b));
	r = ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'gain_db': 3}]}]}");
	ck_assert_int_ne(call_apply(c, &r, &fault), 0);
	ck_assert_int_eq(fault.kind, FAULT_E2E);
	ck_assert_str_eq(fault.field, "legs[0].streams[0].gain_db");
}
END_TEST

START_TEST(a_party_that_says_nothing_is_passed_to)
{
	struct sw_bridge b;

	ck_assert_int_eq(make(U, OPUS(96), ""), 0);
	coding_close(c->leg[1].stream[0].coding);
	c->leg[1].stream[0].coding = NULL;
	ck_assert(!rules(0, &b));
	ck_assert(!rules(1, &b));
	ck_assert_int_eq(
		bridge_decide(&c->leg[0].stream[0], &c->leg[1].stream[0]), BRIDGE_PASS);
}
END_TEST

/* Video cannot be transcoded: what both have passes, and of what they have not call.get tells.
 */
START_TEST(video_is_mapped_or_told_of)
{
	struct request_format same;
	struct stream *a, *b;
	char text[BRIDGE_TEXT];

	ck_assert_int_eq(make(U, OPUS(96), ""), 0);
	a = &c->leg[0].stream[0];
	b = &c->leg[1].stream[0];
	a->media = b->media = REQUEST_VIDEO;
	ck_assert_str_eq(way(0), "nothing");
	bridge_describe(a, b, text);
	ck_assert_str_eq(
		text, "nothing: the parties share no codec, and theirs cannot be transcoded");
	ck_assert_int_eq(bridge_decide(a, b), BRIDGE_NONE);
	same = b->coding->format[0];
	same.format.payload_type = 100;
	ck_assert_int_eq(coding_set_formats(a->coding, &same, 1), 0);
	ck_assert_str_eq(way(0), "map 100-96 96-96");
}
END_TEST

/* ---- Rates, wishes, words. ---- */

static const struct {
	const char *a, *b;
	uint32_t rate;
} rates[] = {
	{U, OPUS(96), 8000},
	{G722, OPUS(96), 16000},
	{U "," G722, OPUS(96), 16000},
	{"{'name': 'L16', 'payload_type': 97, 'clock': 32000}", OPUS(96), 48000},
	/* It says what it sends; and what it receives. */
	{"{'name': 'opus', 'payload_type': 97, 'ptime': 40, 'fmtp': "
	 "'sprop-maxcapturerate=16000'}",
		OPUS(96), 16000},
	{"{'name': 'opus', 'payload_type': 97, 'ptime': 40, 'fmtp': 'maxplaybackrate=8000'}",
		OPUS(96), 48000},
	{OPUS(97),
		"{'name': 'opus', 'payload_type': 96, 'ptime': 40, 'fmtp': "
		"'maxplaybackrate=12000'}",
		12000},
	{OPUS(96), G722, 16000},
};

START_TEST(opus_is_coded_at_the_rate_of_what_comes)
{
	struct sw_bridge b;

	ck_assert_int_eq(make(rates[_i].a, rates[_i].b, ""), 0);
	ck_assert(rules(0, &b));
	ck_assert_uint_eq(b.transcode.to[0].rate, rates[_i].rate);
}
END_TEST

START_TEST(wishes_about_the_sound_reach_the_switch)
{
	struct coding *a, *b;
	struct sw_bridge ab, ba;

	ck_assert_int_eq(make(U, U, ""), 0);
	a = c->leg[0].stream[0].coding;
	b = c->leg[1].stream[0].coding;
	a->gain_db10 = -35;
	a->mute = 1;
	a->block = 1;
	b->fill = 1;
	a->window_ms = 70;
	a->transcoder = 3;
	b->transcoder = 1;
	ck_assert(rules(0, &ab));
	ck_assert(rules(1, &ba));
	ck_assert_uint_eq(ab.kind, SW_BRIDGE_TRANSCODE);
	ck_assert_uint_eq(ab.transcoder, 2);
	ck_assert_uint_eq(ab.transcode.window_us, 70000);
	ck_assert_int_eq(ab.transcode.gain_db10, -35);
	ck_assert_uint_eq(
		ab.transcode.flags, TRANSCODE_MUTE | TRANSCODE_BLOCK | TRANSCODE_FILL);
	ck_assert_uint_eq(ba.kind, SW_BRIDGE_TRANSCODE);
	ck_assert_uint_eq(ba.transcoder, 0);
	ck_assert_int_eq(ba.transcode.gain_db10, 0);
	ck_assert_uint_eq(ba.transcode.flags, 0);
}
END_TEST

START_TEST(opus_takes_the_work_that_is_configured)
{
	struct sw_bridge b;

	ck_assert_int_eq(make(U, OPUS(96), ""), 0);
	c->leg[1].stream[0].coding->opus_complexity = 9;
	ck_assert(rules(0, &b));
	ck_assert_uint_eq(b.transcode.to[0].complexity, 9);
	c->leg[0].stream[0].coding->opus_complexity = 9;
	ck_assert(rules(1, &b));
	ck_assert_uint_eq(b.transcode.to[0].complexity, 255);
}
END_TEST

/* Without the other party's codecs there is no sound to be changed: nothing leaves. */
START_TEST(who_is_kept_quiet_is_not_heard)
{
	struct stream *a, *b;
	char text[BRIDGE_TEXT];

	ck_assert_int_eq(make(U, U, ""), 0);
	a = &c->leg[0].stream[0];
	b = &c->leg[1].stream[0];
	a->coding->block = 1;
	ck_assert_int_eq(bridge_decide(a, b), BRIDGE_NONE);
	bridge_describe(a, b, text);
	ck_assert_str_eq(text, "nothing: this party is blocked");
	ck_assert_int_eq(bridge_decide(b, a), BRIDGE_PASS);
	a->coding->block = 0;
	a->coding->mute = 1;
	ck_assert_int_eq(bridge_decide(a, b), BRIDGE_TRANSCODE);
	b->coding->formats = 0;
	ck_assert_int_eq(bridge_decide(a, b), BRIDGE_NONE);
	bridge_describe(a, b, text);
	ck_assert_str_eq(text, "nothing: this party is muted");
}
END_TEST

static const struct {
	const char *a, *b, *bridge, *codecs;
} words[] = {
	{U, U, "RTP -> passed as it is", ""},
	{U "," DTMF(101), A "," DTMF(96), "RTP -> RTP, mapped",
		"payload types mapped: PCMU 0 -> PCMA 8, telephone-event 101 -> 96"},
	{U, OPUS(96), "RTP -> RTP, transcoded",
		"PCMU 20 ms -> opus 20 ms at 8 kHz, transcode core 1"},
	{OPUS(96) "," U, G722, "RTP -> RTP, transcoded",
		"opus 20 ms or PCMU 20 ms -> G722 20 ms at 16 kHz, transcode core 1"},
	/* What is lost is said; what both put first passes. */
	{U "," EVS(97), G722 "," EVS(97), "RTP -> RTP, transcoded",
		"PCMU 20 ms -> G722 20 ms at 16 kHz, EVS dropped, transcode core 1"},
	{EVS(97) "," U, EVS(97) "," G722, "RTP -> RTP, mapped",
		"payload types mapped: EVS 97 -> 97, PCMU 0 dropped"},
	{U "," DTMF(101), U, "RTP -> RTP, mapped",
		"payload types mapped: PCMU 0 -> 0, telephone-event 101 dropped"},
};

START_TEST(it_is_said_in_words)
{
	struct stream *a, *b;
	char text[BRIDGE_TEXT];

	ck_assert_int_eq(make(words[_i].a, words[_i].b, ""), 0);
	a = &c->leg[0].stream[0];
	b = &c->leg[1].stream[0];
	a->coding->transcoder = 2;
	bridge_describe(a, b, text);
	ck_assert_str_eq(text, words[_i].bridge);
	bridge_describe_codecs(a, b, text);
	ck_assert_str_eq(text, words[_i].codecs);
}
END_TEST

/* The longest of what can be said is cut, not overrun. */
START_TEST(many_codecs_are_said_as_far_as_there_is_room)
{
	char text[BRIDGE_TEXT + 1], a[1024] = "", b[1024] = "", one[128];

	for (unsigned i = 0; i < REQUEST_FORMATS; i++) {
		snprintf(one, sizeof one, "%s{'name': 'a-codec-with-a-very-long-name-%u', ",
			i > 0 ? "," : "", i);
		strcat(a, one);
		strcat(b, one);
		snprintf(one, sizeof one, "'payload_type': %u}", 100 + i);
		strcat(a, one);
		snprintf(one, sizeof one, "'payload_type': %u}", 110 + i);
		strcat(b, one);
	}
	ck_assert_int_eq(make(a, b, ""), 0);
	text[BRIDGE_TEXT] = '!';
	bridge_describe_codecs(&c->leg[0].stream[0], &c->leg[1].stream[0], text);
	ck_assert_int_eq(text[BRIDGE_TEXT], '!');
	ck_assert_uint_eq(strlen(text), BRIDGE_TEXT - 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("bridge_codecs");
	TCase *t = tcase_create("decisions");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, a_pair_gets_what_it_needs, 0, sizeof pairs / sizeof *pairs);
	tcase_add_test(t, every_pair_of_lists_is_served);
	tcase_add_test(t, who_takes_keys_alone_gets_those);
	tcase_add_loop_test(t, a_pair_that_would_not_hear_each_other_is_refused, 0,
		sizeof refused / sizeof *refused);
	tcase_add_test(t, end_to_end_what_both_have_passes_and_nothing_is_changed);
	tcase_add_test(t, a_party_that_says_nothing_is_passed_to);
	tcase_add_test(t, video_is_mapped_or_told_of);
	suite_add_tcase(s, t);
	t = tcase_create("how");
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(
		t, opus_is_coded_at_the_rate_of_what_comes, 0, sizeof rates / sizeof *rates);
	tcase_add_test(t, wishes_about_the_sound_reach_the_switch);
	tcase_add_test(t, opus_takes_the_work_that_is_configured);
	tcase_add_test(t, who_is_kept_quiet_is_not_heard);
	tcase_add_loop_test(t, it_is_said_in_words, 0, sizeof words / sizeof *words);
	tcase_add_test(t, many_codecs_are_said_as_far_as_there_is_room);
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
