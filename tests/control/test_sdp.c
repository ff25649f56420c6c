/* SPDX-License-Identifier: Apache-2.0
 *
 * control/sdp*.c: reading and writing.  What is to be written, and in which order, is what
 * rtpengine 26.3 answered (tests/vectors/ng); the lines are those of RFC 8866. */
#include "tests/control/ng_answers.h"
#include "tests/control/sdp_case.h"

/* ---- What others have written. ---- */

/* It goes from party to party line by line, for ICE is forced through a relay: an order that
 * is not the writer's. */
static bool
is_out_of_order(const struct ng_answer *a)
{
	return strcmp(a->name, "ice-force-relay") == 0 ||
	       (strcmp(a->name, "sdp-attr") == 0 && a->step == 1); /* see test_sdp_change.c */
}

static void
check_answer(const struct ng_answer *a)
{
	if (is_out_of_order(a))
		return;
	ck_assert_msg(strcmp(again(a->answer), a->answer) == 0, "%s, step %d, became\n%s",
		a->name, a->step, again(a->answer));
}

START_TEST(what_rtpengine_answered_is_written_as_it_was)
{
	ck_assert_uint_gt(ng_answers(check_answer), 120);
}
END_TEST

static void
check_request(const struct ng_answer *a)
{
	const char *once;

	if (read_text(a->asked) != SDP_OK)
		return;
	once = again(a->asked);
	ck_assert_str_eq(again(once), once);
}

START_TEST(what_was_written_is_read_and_written_alike)
{
	ng_answers(check_request);
}
END_TEST

/* ---- The session. ---- */

START_TEST(lines_of_the_session_have_their_places)
{
	static const char text[] =
		"v=0\r\no=al 1 2 IN IP6 2001:db8::1\r\ns=a b\r\ni=about\r\nu=http://x\r\nu=y\r\n"
		"e=a@b\r\ne=c@d\r\np=+1\r\np=+2\r\nb=AS:1\r\nb=CT:2\r\nt=0 0\r\nt=1 2\r\n"
		"a=rtpengine:me\r\na=ice-lite\r\na=group:BUNDLE a b\r\na=group:LS a b\r\n"
		"a=group:FID a b\r\na=x\r\na=y:1\r\n";

	ck_assert_str_eq(again(text), text);
	ck_assert_str_eq(string(sdp.origin.user), "al");
	ck_assert_str_eq(string(sdp.origin.version), "2");
	ck_assert_str_eq(string(sdp.origin.address), "2001:db8::1");
	ck_assert_str_eq(string(sdp.loop), "me");
	ck_assert_str_eq(string(sdp.others.last->name), "y");
	ck_assert_str_eq(string(sdp.others.last->value), "1");
}
END_TEST

START_TEST(the_order_in_which_they_come_does_not_matter)
{
	ck_assert_str_eq(
		again("v=0\r\na=x\r\na=group:LS a\r\na=ice-lite\r\na=group:BUNDLE a\r\n"
		      "t=0 0\r\ns=-\r\nb=AS:1\r\no=- 1 2 IN IP4 192.0.2.1\r\n"),
		"v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nb=AS:1\r\nt=0 0\r\na=ice-lite\r\n"
		"a=group:BUNDLE a\r\na=group:LS a\r\na=x\r\n");
}
END_TEST

START_TEST(keys_repeats_and_zones_are_dropped)
{
	ck_assert_str_eq(again(SESSION "r=1 2 3\r\nz=0 0\r\nk=clear:x\r\nm=audio 4000 RTP/AVP "
				       "0 96\r\nk=prompt\r\n"),
		AUDIO_OUT);
}
END_TEST

START_TEST(what_follows_an_empty_line_is_ignored)
{
	ck_assert_str_eq(again(AUDIO "\r\nthis is no line\r\n"), AUDIO_OUT);
	ck_assert_str_eq(again(AUDIO "\n\na=x\r\n"), AUDIO_OUT);
}
END_TEST

START_TEST(lines_may_end_with_lf_alone_and_the_last_not_at_all)
{
	ck_assert_str_eq(
		again("v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.2\nt=0 0\n"
		      "m=audio 4000 RTP/AVP 0 96"),
		AUDIO_OUT);
}
END_TEST

START_TEST(what_is_no_sdp_is_refused)
{
	static const char *const wrong[] = {
		"", "hello", "v=0\r\n", /* without o= */
		"v=1\r\no=- 1 2 IN IP4 192.0.2.1\r\n", HEAD "v=0\r\n",
		"v=0\r\no=- 1 2 IN IP4\r\n", "v=0\r\no=- 1 2 OUT IP4 192.0.2.1\r\n",
		HEAD "x=1\r\n", HEAD "V=1\r\n", HEAD "a\r\n", HEAD " a=x\r\n",
		HEAD "c=IN IP4\r\n", HEAD "c=ATM IP4 192.0.2.1\r\n", SESSION "m=audio\r\n",
		SESSION "m=audio x RTP/AVP 0\r\n", SESSION "m=audio 65536 RTP/AVP 0\r\n",
		SESSION "m=audio 4000/0 RTP/AVP 0\r\n", SESSION "m=audio 4000\r\n",
		AUDIO "a=x\ry=1\r\n", /* somebody might take it for two lines */
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(read_text(wrong[i]) == SDP_SYNTAX, "%zu: %s", i, wrong[i]);
	ck_assert_int_eq(
		sdp_read(&sdp, arena, AUDIO "a=\0x\r\n", sizeof AUDIO + 5), SDP_SYNTAX);
}
END_TEST

START_TEST(each_media_needs_an_address)
{
	ck_assert_int_eq(read_text(HEAD "m=audio 4000 RTP/AVP 0\r\n"), SDP_INCOMPLETE);
	ck_assert_int_eq(read_text(HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.3\r\n"
					"m=video 4002 RTP/AVP 96\r\n"),
		SDP_INCOMPLETE);
	ck_assert_int_eq(read_text(HEAD), SDP_OK);
}
END_TEST

/* Texts come from requests, too. */
START_TEST(no_text_makes_a_line_of_its_own)
{
	struct sdp_media *m = media_of(AUDIO);

	m->format[1].fmtp = SLICE("x\r\na=y");
	sdp_attr_add(&m->others, arena, SLICE("a\nb"), (struct slice){"c\0d\re", 5});
	ck_assert_str_eq(string(sdp_write(&sdp, arena)),
		AUDIO_OUT "a=fmtp:96 x  a=y\r\na=a b:c d e\r\n");
}
END_TEST

/* ---- Bounds. ---- */

/* HEAD and then N times LINE, in the arena. */
static const char *
times(const char *head, size_t n, const char *line)
{
	size_t len = strlen(line);
	char *text = arena_take(arena, strlen(head) + n * len + 1), *at;

	at = stpcpy(text, head);
	while (n-- > 0)
		at = stpcpy(at, line);
	return text;
}

START_TEST(more_than_its_bounds_is_too_much)
{
	static const struct {
		const char *head, *line;
		size_t most;
	} bounds[] = {
		{SESSION, "m=audio 4000 RTP/AVP 0\r\n", SDP_MEDIA},
		{AUDIO, "a=crypto:1 X inline:abc\r\n", SDP_CRYPTO},
		{AUDIO, "a=x\r\n", SDP_LINES - 6},
		{SESSION "m=audio 4000 RTP/AVP", " x", SDP_FORMATS},
		{AUDIO "a=x:", "yyyyyyyy", (SDP_SIZE - sizeof AUDIO - 3) / 8},
	};

	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		const char *head = bounds[i].head, *line = bounds[i].line;

		ck_assert_int_eq(read_text(times(head, bounds[i].most, line)), SDP_OK);
		ck_assert_int_eq(
			read_text(times(head, bounds[i].most + 1, line)), SDP_TOO_MUCH);
	}
}
END_TEST

START_TEST(without_memory_it_fails)
{
	enum sdp_error err = SDP_NO_MEMORY;
	static const char text[] = AUDIO "a=x\r\nb=AS:1\r\na=crypto:1 X inline:abc\r\n";

	for (size_t limit = 0; err != SDP_OK; limit += 64) {
		struct arena *small = arena_open(limit);

		err = sdp_read(&sdp, small, text, sizeof text - 1);
		ck_assert(err == SDP_OK || err == SDP_NO_MEMORY);
		if (err == SDP_OK && sdp_write(&sdp, small).at == NULL)
			err = SDP_NO_MEMORY;
		arena_close(small);
	}
}
END_TEST

/* ---- Copies. ---- */

START_TEST(a_copy_is_written_alike_and_leaves_the_first_alone)
{
	const char *text = again(SESSION
		"a=s\r\nm=audio 4000 RTP/AVP 0 96\r\nb=AS:1\r\na=x\r\na=rtcp-fb:0 nack\r\na=rtcp-fb:* y\r\na=extmap:1 z\r\n"
		"a=crypto:1 X inline:abc\r\na=candidate:1\r\n");
	struct sdp copy;

	ck_assert_int_eq(read_text(text), SDP_OK);
	ck_assert_int_eq(sdp_copy(&copy, &sdp, arena), 0);
	ck_assert_str_eq(string(sdp_write(&copy, arena)), text);

	copy.media[0].format[0].fmtp = SLICE("f");
	copy.media[0].format[0].feedback->text = SLICE("g");
	copy.media[0].crypto[0].tag = 9;
	sdp_attr_add(&copy.media[0].others, arena, SLICE("new"), SLICE("1"));
	sdp_attr_add(&copy.others, arena, SLICE("new"), SLICE("1"));
	copy.timing->text = SLICE("1 1");
	copy.media[0].bandwidth->text = SLICE("AS:2");
	copy.media[0].candidates->text = SLICE("2");
	copy.media[0].extmaps->text = SLICE("3 z");
	copy.media[0].feedback->text = SLICE("w");
	ck_assert_str_eq(string(sdp_write(&sdp, arena)), text);
	ck_assert_str_ne(string(sdp_write(&copy, arena)), text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sdp");
	TCase *c = tcase_create("sdp");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, what_rtpengine_answered_is_written_as_it_was);
	tcase_add_test(c, what_was_written_is_read_and_written_alike);
	tcase_add_test(c, lines_of_the_session_have_their_places);
	tcase_add_test(c, the_order_in_which_they_come_does_not_matter);
	tcase_add_test(c, keys_repeats_and_zones_are_dropped);
	tcase_add_test(c, what_follows_an_empty_line_is_ignored);
	tcase_add_test(c, lines_may_end_with_lf_alone_and_the_last_not_at_all);
	tcase_add_test(c, what_is_no_sdp_is_refused);
	tcase_add_test(c, each_media_needs_an_address);
	tcase_add_test(c, no_text_makes_a_line_of_its_own);
	tcase_add_test(c, more_than_its_bounds_is_too_much);
	tcase_add_test(c, without_memory_it_fails);
	tcase_add_test(c, a_copy_is_written_alike_and_leaves_the_first_alone);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
