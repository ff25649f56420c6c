/* SPDX-License-Identifier: Apache-2.0
 *
 * control/sdp_change.c.  What `sdp-attr` does is what it did in rtpengine 26.3
 * (tests/vectors/ng, case sdp-attr). */
#include <check.h>
#include <stdio.h>

#include "control/sdp.h"
#include "control/sdp_change.h"
#include "tests/control/ng_answers.h"

static struct arena *arena;
static struct ng_sdp_attr change[NG_ATTR_SCOPES];

static void
setup(void)
{
	arena = arena_open(1 << 20);
	memset(change, 0, sizeof change);
}

static void
teardown(void)
{
	arena_close(arena);
}

static const char *
changed(const char *text)
{
	struct slice s = sdp_change_attrs(slice_of(text), change, arena);

	ck_assert_ptr_nonnull(s.at);
	return arena_copy(arena, s).at;
}

static struct ng_list
list(const char *text)
{
	struct slice *at = arena_take(arena, sizeof *at);

	*at = slice_of(text);
	return (struct ng_list){at, 1};
}

/* ---- */

/* The answer to the offer, as it was before the change. */
static void
undo(const struct ng_answer *a, struct sdp *s)
{
	struct sdp_media *m = &s->media[0];

	s->others = (struct sdp_attrs){NULL, NULL};
	m->others = (struct sdp_attrs){NULL, NULL};
	m->direction = REQUEST_SENDRECV;
	m->ptime = SLICE("20");
}

static void
check_offer(const struct ng_answer *a)
{
	struct ng_request r;
	struct sdp s;

	if (strcmp(a->name, "sdp-attr") != 0 || a->step != 1)
		return;
	ck_assert_int_eq(ng_request_read(&r, a->request, arena), 0);
	ck_assert_uint_eq(r.sdp_attr[NG_ATTR_AUDIO].substitutes, 1);
	ck_assert_int_eq(sdp_read(&s, arena, a->answer, strlen(a->answer)), SDP_OK);
	undo(a, &s);
	memcpy(change, r.sdp_attr, sizeof change);
	ck_assert_str_eq(changed(arena_copy(arena, sdp_write(&s, arena)).at), a->answer);
	change[NG_ATTR_VIDEO].add = list("seen");
}

START_TEST(what_rtpengine_did_is_done)
{
	ng_answers(check_offer);
	ck_assert_uint_eq(change[NG_ATTR_VIDEO].add.n, 1);
}
END_TEST

#define TEXT                                                                                 \
	"v=0\r\na=x\r\nm=audio 1 RTP/AVP 0\r\na=x\r\nb=x\r\nm=video 2 RTP/AVP 96\r\na=x\r\n" \
	"a=x:1\r\na=xy\r\nm=image 3 udptl t38\r\na=x\r\n"

START_TEST(each_level_has_its_own)
{
	change[NG_ATTR_SESSION].remove = list("x");
	ck_assert_str_eq(changed(TEXT),
		"v=0\r\nm=audio 1 RTP/AVP 0\r\na=x\r\nb=x\r\nm=video 2 RTP/AVP 96\r\na=x\r\n"
		"a=x:1\r\na=xy\r\nm=image 3 udptl t38\r\na=x\r\n");
	change[NG_ATTR_SESSION].remove.n = 0;
	change[NG_ATTR_AUDIO].add = list("y:2");
	change[NG_ATTR_VIDEO].remove = list("X");
	ck_assert_str_eq(changed(TEXT),
		"v=0\r\na=x\r\nm=audio 1 RTP/AVP 0\r\na=x\r\nb=x\r\na=y:2\r\n"
		"m=video 2 RTP/AVP 96\r\na=xy\r\nm=image 3 udptl t38\r\na=x\r\n");
	ck_assert_str_eq(
		changed("v=0\r\nm=AUDIO 1 RTP/AVP 0\r\nm=Video 2 RTP/AVP 96\r\na=x\r\n"
			"m=audiovisual 3 RTP/AVP 0\r\n"),
		"v=0\r\nm=AUDIO 1 RTP/AVP 0\r\na=y:2\r\nm=Video 2 RTP/AVP 96\r\n"
		"m=audiovisual 3 RTP/AVP 0\r\n");
}
END_TEST

START_TEST(one_with_a_value_is_that_alone)
{
	change[NG_ATTR_VIDEO].remove = list("x:1");
	ck_assert_str_eq(changed("m=video 2 RTP/AVP 96\r\na=x\r\na=x:1\r\na=x:10\r\n"),
		"m=video 2 RTP/AVP 96\r\na=x\r\na=x:10\r\n");
}
END_TEST

START_TEST(what_takes_its_place_is_not_changed_again)
{
	static const struct ng_substitute pairs[] = {
		{{"a:1", 3}, {"b:1", 3}}, {{"b:1", 3}, {"a:1", 3}}, {{"c", 1}, {"d\r\ne", 4}}};

	change[NG_ATTR_SESSION].substitute = pairs;
	change[NG_ATTR_SESSION].substitutes = 3;
	change[NG_ATTR_SESSION].add = list("a:2");
	ck_assert_str_eq(changed("a=a:1\r\na=b:1\r\na=a:11\r\na=c\r\n"),
		"a=b:1\r\na=a:1\r\na=a:11\r\na=c\r\na=a:2\r\n");
}
END_TEST

/* By its name, with its first word, or whole. */
START_TEST(an_attribute_is_known_by_its_beginning)
{
	static const char text[] =
		"m=audio 1 RTP/AVP 0\r\na=foo:bar baz\r\na=foo:bart\r\na=fool\r\n";
	static const struct {
		const char *word, *left;
	} rows[] = {
		{"foo", "m=audio 1 RTP/AVP 0\r\na=fool\r\n"},
		{"foo:bar", "m=audio 1 RTP/AVP 0\r\na=foo:bart\r\na=fool\r\n"},
		{"foo:bar baz", "m=audio 1 RTP/AVP 0\r\na=foo:bart\r\na=fool\r\n"},
		{"foo:ba", text},
		{"bar", text},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		change[NG_ATTR_AUDIO].remove = list(rows[i].word);
		ck_assert_str_eq(changed(text), rows[i].left);
	}
}
END_TEST

/* One line in place of all codecs' would say nothing. */
START_TEST(lines_of_codecs_are_not_substituted_by_their_name)
{
	static const struct ng_substitute pairs[] = {
		{{"fmtp", 4}, {"x", 1}}, {{"fmtp:8", 6}, {"y", 1}}, {{"ptime", 5}, {"z", 1}}};

	change[NG_ATTR_AUDIO].substitute = pairs;
	change[NG_ATTR_AUDIO].substitutes = 3;
	ck_assert_str_eq(changed("m=audio 1 RTP/AVP 0\r\na=fmtp:0 a\r\na=fmtp:8 b\r\n"
				 "a=FMTP:9 c\r\na=ptime:20\r\n"),
		"m=audio 1 RTP/AVP 0\r\na=fmtp:0 a\r\na=y\r\na=FMTP:9 c\r\na=z\r\n");
}
END_TEST

/* Nor in place of those of all sources, or paths: RFC 5576, 8839, 8851. */
START_TEST(nor_are_those_of_sources_and_candidates)
{
	static const char *const rows[][2] = {
		{"ssrc", "ssrc:1 cname:x"},
		{"ssrc-group", "ssrc-group:FID 1 2"},
		{"candidate", "candidate:1 1 UDP 1 192.0.2.1 9 typ host"},
		{"rid", "rid:1 send"},
	};
	struct ng_substitute pair = {.to = {"x", 1}};
	char text[128];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		pair.from = (struct slice){rows[i][0], strlen(rows[i][0])};
		change[NG_ATTR_AUDIO].substitute = &pair;
		change[NG_ATTR_AUDIO].substitutes = 1;
		snprintf(text, sizeof text, "m=audio 1 RTP/AVP 0\r\na=%s\r\n", rows[i][1]);
		ck_assert_str_eq(changed(text), text);
		change[NG_ATTR_AUDIO] = (struct ng_sdp_attr){.substitutes = 0};
	}
}
END_TEST

START_TEST(what_is_there_is_not_added)
{
	static const struct slice added[] = {{"a", 1}, {"b", 1}, {"c", 1}};
	static const struct ng_substitute pair = {{"x", 1}, {"b", 1}};

	change[NG_ATTR_AUDIO] = (struct ng_sdp_attr){
		.add = {added, 3}, .remove = list("c"), .substitute = &pair, .substitutes = 1};
	ck_assert_str_eq(changed("a=a\r\nm=audio 1 RTP/AVP 0\r\na=a\r\na=x\r\na=c\r\n"
				 "m=audio 1 RTP/AVP 0\r\na=b\r\n"),
		"a=a\r\nm=audio 1 RTP/AVP 0\r\na=a\r\na=b\r\na=c\r\n"
		"m=audio 1 RTP/AVP 0\r\na=b\r\na=a\r\na=c\r\n");
}
END_TEST

START_TEST(what_is_said_twice_is_added_once)
{
	static const struct slice added[] = {SLICE("x:1"), SLICE("x"), SLICE("x:1"),
		SLICE("x:10"), SLICE("x"), SLICE("X"), SLICE("x:1")};

	change[NG_ATTR_VIDEO].add = (struct ng_list){added, sizeof added / sizeof *added};
	ck_assert_str_eq(changed("m=audio 0 X\r\nm=video 0 X\r\nm=video 2 X\r\n"),
		"m=audio 0 X\r\n"
		"m=video 0 X\r\na=x:1\r\na=x\r\na=x:10\r\na=X\r\n"
		"m=video 2 X\r\na=x:1\r\na=x\r\na=x:10\r\na=X\r\n");
}
END_TEST

START_TEST(nothing_that_is_no_line_is_added)
{
	static const struct slice wrong[] = {{"", 0}, {"x\r\nm=audio 1 RTP/AVP 0", 23},
		{"x\ny", 3}, {"x\0y", 3}, {"ok", 2}};

	change[NG_ATTR_AUDIO].add = (struct ng_list){wrong, 5};
	ck_assert_str_eq(
		changed("m=audio 1 RTP/AVP 0\r\n"), "m=audio 1 RTP/AVP 0\r\na=ok\r\n");
}
END_TEST

START_TEST(without_memory_there_is_no_text)
{
	static const struct slice added[] = {{"y", 1}};
	struct arena *none = arena_open(8);

	change[NG_ATTR_SESSION].add = (struct ng_list){added, 1};
	ck_assert_ptr_null(sdp_change_attrs(slice_of(TEXT), change, none).at);
	arena_close(none);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sdp_change");
	TCase *c = tcase_create("sdp_change");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, what_rtpengine_did_is_done);
	tcase_add_test(c, each_level_has_its_own);
	tcase_add_test(c, one_with_a_value_is_that_alone);
	tcase_add_test(c, what_takes_its_place_is_not_changed_again);
	tcase_add_test(c, an_attribute_is_known_by_its_beginning);
	tcase_add_test(c, lines_of_codecs_are_not_substituted_by_their_name);
	tcase_add_test(c, nor_are_those_of_sources_and_candidates);
	tcase_add_test(c, what_is_there_is_not_added);
	tcase_add_test(c, what_is_said_twice_is_added_once);
	tcase_add_test(c, nothing_that_is_no_line_is_added);
	tcase_add_test(c, without_memory_there_is_no_text);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
