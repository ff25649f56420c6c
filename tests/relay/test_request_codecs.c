/* SPDX-License-Identifier: Apache-2.0
 *
 * control/request_codecs.c: what may be said of codecs, and what is wrong with the rest. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/relay/ask.h"

/* A request with one stream, STREAM; MORE: of the call. */
static const char *
with(const char *stream, const char *more)
{
	static char text[2048];

	snprintf(text, sizeof text,
		"{'call': 'c', %s 'legs': [{'name': 'a', 'streams': [%s]}]}", more, stream);
	return text;
}

#define CODECS_OF(list) "{'codecs': [" list "]}"

START_TEST(a_list_of_codecs_arrives_in_its_order)
{
	struct call_request r = ask(with(
		CODECS_OF("{'name': 'OPUS', 'payload_type': 96, 'clock': 48000, 'channels': 2,"
			  " 'ptime': 40, 'fmtp': 'useinbandfec=1; maxplaybackrate=16000'},"
			  "{'name': 'PCMA'}, {'name': 'G722', 'clock': 8000},"
			  "{'name': 'telephone-event', 'payload_type': 101, 'clock': 8000},"
			  "{'name': 'EVS', 'payload_type': 97, 'clock': 16000}"),
		""));
	const struct stream_request *s = &r.leg[0].stream[0];
	const struct request_format *f = s->format;

	ck_assert_uint_eq(s->has, REQUEST_HAS_FORMATS);
	ck_assert_uint_eq(s->formats, 5);
	ck_assert_str_eq(f[0].name, "OPUS");
	ck_assert_uint_eq(f[0].format.codec, CODEC_OPUS);
	ck_assert_uint_eq(f[0].format.payload_type, 96);
	ck_assert_uint_eq(f[0].format.ptime_ms, 40);
	ck_assert_uint_eq(f[0].format.rate, 16000);
	ck_assert_uint_eq(f[0].format.flags & CODEC_FEC, CODEC_FEC);
	/* RFC 3551 table 4. */
	ck_assert_uint_eq(f[1].format.payload_type, 8);
	ck_assert_uint_eq(f[1].format.ptime_ms, 20);
	ck_assert_uint_eq(f[2].format.payload_type, 9);
	ck_assert_uint_eq(f[2].format.rate, 16000);
	ck_assert_uint_eq(f[3].format.codec, CODEC_EVENT);
	ck_assert_uint_eq(f[4].format.codec, CODEC_NONE);
	ck_assert_str_eq(f[4].name, "EVS");
	ck_assert_uint_eq(f[4].format.rate, 16000);
	ck_assert_uint_eq(f[4].format.payload_type, 97);
}
END_TEST

static const struct {
	const char *list, *field;
} wrong[] = {
	{CODECS_OF(""), "codecs"},
	{"{'codecs': 'PCMU'}", "codecs"},
	{CODECS_OF("{'name':'PCMU'},{'name':'PCMA'},{'name':'G722'},{'name':'GSM'},"
		   "{'name':'LPC'},{'name':'CN'},{'name':'a','payload_type':96},"
		   "{'name':'b','payload_type':97},{'name':'c','payload_type':98}"),
		"codecs"},
	{CODECS_OF("'PCMU'"), "codecs[0]"},
	{CODECS_OF("{}"), "codecs[0].name"},
	{CODECS_OF("{'name': ''}"), "codecs[0].name"},
	{CODECS_OF("{'name': 'a codec of more than thirty-one characters'}"),
		"codecs[0].name"},
	{CODECS_OF("{'name': 'opus'}"), "codecs[0].payload_type"},
	{CODECS_OF("{'name': 'EVS'}"), "codecs[0].payload_type"},
	{CODECS_OF("{'name': 'PCMU', 'payload_type': 128}"), "codecs[0].payload_type"},
	{CODECS_OF("{'name': 'PCMU', 'payload_type': -1}"), "codecs[0].payload_type"},
	{CODECS_OF("{'name': 'PCMU'}, {'name': 'opus', 'payload_type': 0}"),
		"codecs[1].payload_type"},
	{CODECS_OF("{'name': 'opus', 'payload_type': 96, 'clock': 8000}"), "codecs[0].clock"},
	{CODECS_OF("{'name': 'PCMU', 'clock': 0}"), "codecs[0].clock"},
	{CODECS_OF("{'name': 'PCMU', 'channels': 0}"), "codecs[0].channels"},
	{CODECS_OF("{'name': 'PCMU', 'channels': 3}"), "codecs[0]"},
	{CODECS_OF("{'name': 'PCMU', 'ptime': 9}"), "codecs[0].ptime"},
	{CODECS_OF("{'name': 'PCMU', 'ptime': 61}"), "codecs[0].ptime"},
	{CODECS_OF("{'name': 'GSM', 'ptime': 30}"), "codecs[0].ptime"},
	{CODECS_OF("{'name': 'PCMU', 'fmtp': 5}"), "codecs[0].fmtp"},
	{CODECS_OF("{'name': 'opus', 'payload_type': 96, 'fmtp': 'maxplaybackrate=x'}"),
		"codecs[0]"},
	{"{'gain_db': -60.1}", "gain_db"},
	{"{'gain_db': 30.1}", "gain_db"},
	{"{'gain_db': '3'}", "gain_db"},
	{"{'mute': 1}", "mute"},
	{"{'block': 'yes'}", "block"},
	{"{'fill': null}", "fill"},
};

START_TEST(what_is_wrong_is_named)
{
	struct fault f = ask_wrongly(with(wrong[_i].list, ""));
	char field[128];

	snprintf(field, sizeof field, "legs[0].streams[0].%s", wrong[_i].field);
	ck_assert_str_eq(f.field, field);
	ck_assert_int_eq(f.kind, FAULT_BAD_REQUEST);
}
END_TEST

START_TEST(wishes_about_the_sound_arrive)
{
	struct call_request r =
		ask(with("{'gain_db': -3.5, 'mute': true, 'block': false, 'fill': true}", ""));
	const struct stream_request *s = &r.leg[0].stream[0];

	ck_assert_uint_eq(s->has,
		REQUEST_HAS_GAIN | REQUEST_HAS_MUTE | REQUEST_HAS_BLOCK | REQUEST_HAS_FILL);
	ck_assert_int_eq(s->gain_db10, -35);
	ck_assert_uint_eq(s->mute, 1);
	ck_assert_uint_eq(s->block, 0);
	ck_assert_uint_eq(s->fill, 1);
}
END_TEST

#define IN(codec) (UINT32_C(1) << (codec))

START_TEST(rules_arrive)
{
	struct call_request r = ask(with("{}",
		"'codecs': {'allow': ['PCMU', 'opus', 'other'], 'deny': ['G722'], 'mask': [],"
		" 'transcode': ['pcma'], 'prefer': ['GSM', 'PCMU']},"));

	ck_assert(r.has_rules);
	ck_assert_uint_eq(r.rules.allow, IN(CODEC_PCMU) | IN(CODEC_OPUS) | IN(CODEC_NONE));
	ck_assert_uint_eq(r.rules.deny, IN(CODEC_G722));
	ck_assert_uint_eq(r.rules.mask, 0);
	ck_assert_uint_eq(r.rules.transcode, IN(CODEC_PCMA));
	ck_assert_uint_eq(r.rules.prefer[0], CODEC_GSM);
	ck_assert_uint_eq(r.rules.prefer[1], CODEC_PCMU);
	ck_assert_uint_eq(r.rules.prefer[2], CODEC_NONE);
	ck_assert(!ask(with("{}", "")).has_rules);
}
END_TEST

static const struct {
	const char *rules, *field;
} wrong_rules[] = {
	{"'codecs': ['PCMU'],", "codecs"},
	{"'codecs': {'allow': 'PCMU'},", "codecs.allow"},
	{"'codecs': {'deny': ['PCMU', 'EVS']},", "codecs.deny[1]"},
	{"'codecs': {'mask': [5]},", "codecs.mask[0]"},
	{"'codecs': {'prefer': ['other']},", "codecs.prefer[0]"},
	{"'codecs': {'prefer': ['PCMU','PCMU','PCMU','PCMU','PCMU','PCMU','PCMU','PCMU',"
	 "'PCMU']},",
		"codecs.prefer"},
};

START_TEST(what_is_wrong_with_rules_is_named)
{
	ck_assert_str_eq(
		ask_wrongly(with("{}", wrong_rules[_i].rules)).field, wrong_rules[_i].field);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("request_codecs");
	TCase *t = tcase_create("all");

	tcase_add_test(t, a_list_of_codecs_arrives_in_its_order);
	tcase_add_loop_test(t, what_is_wrong_is_named, 0, sizeof wrong / sizeof *wrong);
	tcase_add_test(t, wishes_about_the_sound_arrive);
	tcase_add_test(t, rules_arrive);
	tcase_add_loop_test(t, what_is_wrong_with_rules_is_named, 0,
		sizeof wrong_rules / sizeof *wrong_rules);
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
