/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/negotiate_running.c: an offer in a talk that goes on takes nothing from it before it
 * is answered, for it may be rejected (RFC 3261 section 14.1), and its maker takes the old as
 * well as the new until then (RFC 3264 section 8.3). */
#include <stdio.h>
#include <stdlib.h>

#include "control/base64.h"
#include "relay/bridge.h"
#include "relay/coding.h"
#include "tests/relay/ng_talk.h"

#define CRYPTO_32 "a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:" KEY_A "\n"
#define PCMU "m=audio 4000 RTP/AVP 0\n"
#define PCMU_B "m=audio 5000 RTP/AVP 0\n"
#define SAVP_B "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B
#define T38 "m=image 4000 udptl t38\na=T38FaxVersion:0\n"
#define T38_B "m=image 5000 udptl t38\na=T38FaxVersion:0\n"
#define FORCE ",\"T.38\":[\"force\"]"
#define VIDEO "m=video 4002 RTP/AVP 34\n"
#define VIDEO_B "m=video 5002 RTP/AVP 34\n"
#define TWO PCMU VIDEO
#define TWO_B PCMU_B VIDEO_B
#define CLOSED_VIDEO "m=video 0 RTP/AVP 34\n"

/* A talk that was agreed on, and an offer in it with its answer. */
static const struct row {
	const char *keys, *offer, *answer;
	const char *again_keys, *again, *its_answer;
} rows[] = {
	{"", PCMU, PCMU_B, "", "m=audio 4100 RTP/AVP 0\n", PCMU_B},
	{"", PCMU, PCMU_B, "", PCMU "a=sendonly\n", PCMU_B "a=recvonly\n"},
	{"", PCMU, PCMU_B, "", PCMU "a=inactive\n", PCMU_B "a=inactive\n"},
	{"", PCMU, PCMU_B, "", "c=IN IP4 0.0.0.0\n" PCMU, PCMU_B "a=recvonly\n"},
	{"", PCMU, PCMU_B, "", "m=audio 4000 RTP/AVP 9\n", "m=audio 5000 RTP/AVP 9\n"},
	{"", PCMU, PCMU_B, "", "m=audio 0 RTP/AVP 0\n", "m=audio 0 RTP/AVP 0\n"},
	{"", PCMU, PCMU_B, "", T38, T38_B},
	{"", PCMU, PCMU_B, FORCE, PCMU, T38_B},
	{"", PCMU, PCMU_B, ",\"T.38\":[\"decode\"]", T38, PCMU_B},
	{"", PCMU, PCMU_B, "", SAVP CRYPTO_A, SAVP_B},
	{"", PCMU "a=rtcp-mux\n", PCMU_B "a=rtcp-mux\n", "", PCMU, PCMU_B},
	{"", "m=audio 4000 RTP/AVP 9 8\n", "m=audio 5000 RTP/AVP 8\n", "",
		"m=audio 4000 RTP/AVP 9 8\n", "m=audio 5000 RTP/AVP 9\n"},
	{",\"codec\":{\"transcode\":[\"G722\"]}", PCMU, "m=audio 5000 RTP/AVP 9\n", "",
		"m=audio 4000 RTP/AVP 8\n", "m=audio 5000 RTP/AVP 8\n"},
	{"", SAVP CRYPTO_A, SAVP_B, "", PCMU, PCMU_B},
	{"", SAVP CRYPTO_A, SAVP_B, "", SAVP CRYPTO_32, SAVP_B},
	{"", SAVP CRYPTO_A, SAVP_B, "", "m=audio 4100 RTP/SAVP 0\n" CRYPTO_A, SAVP_B},
	{"", SAVP CRYPTO_A, SAVP_B, "", T38, T38_B},
	{"", SAVP CRYPTO_A, SAVP_B, FORCE, SAVP CRYPTO_A, T38_B},
	{"", SAVP CRYPTO_A, SAVP_B, "", "m=audio 0 RTP/SAVP 0\n", "m=audio 0 RTP/SAVP 0\n"},
	{",\"transport-protocol\":\"RTP/SAVP\"", PCMU, SAVP_B,
		",\"transport-protocol\":\"RTP/AVP\"", PCMU, PCMU_B},
	{"", TWO, TWO_B, "", PCMU CLOSED_VIDEO, PCMU_B CLOSED_VIDEO},
	{"", TWO, TWO_B, "", PCMU, PCMU_B},
	{FORCE, PCMU, T38_B, "", T38, T38_B},
	{FORCE, PCMU, T38_B, "", "m=audio 4000 RTP/AVP 9\n", "m=audio 5000 RTP/AVP 9\n"},
	{FORCE, PCMU, T38_B, ",\"T.38\":[\"stop\"]", PCMU, PCMU_B},
	{FORCE, PCMU, T38_B, "", "m=audio 0 RTP/AVP 0\n", "m=image 0 udptl t38\n"},
	{FORCE, PCMU, T38_B, ",\"T.38\":[\"decode\"]", T38, PCMU_B},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* What the switch is told of both directions of both lines: transports, but for where their
 * parties are, and what is done to the packets. */
struct talk {
	struct half {
		struct sw_transport transport;
		struct sw_bridge bridge;
		int kind;
		uint8_t direction;
	} of[CALL_LEGS][2];
};

static struct talk
look(void)
{
	struct talk t;

	memset(&t, 0, sizeof t);
	for (unsigned leg = 0; leg < CALL_LEGS; leg++)
		for (unsigned i = 0; i < pair.call->leg[leg].streams; i++) {
			const struct stream *s = talk_stream(leg, i);
			const struct stream *to = talk_stream(1 - leg, i);
			struct half *h = &t.of[leg][i];

			bridge_transport(&pair.call->leg[leg], s, &h->transport);
			memset(h->transport.remote, 0, sizeof h->transport.remote);
			h->transport.relatch = 0;
			h->transport.latch_ms = 0;
			h->direction = s->direction;
			h->kind = (int)bridge_decide(s, to);
			bridge_rules(s, to, &h->bridge);
		}
	return t;
}

static void
agree(const struct row *r)
{
	talk_teardown();
	talk_setup();
	OFFER(r->keys, r->offer);
	ANSWER("", r->answer);
}

/* IS is as A, WHAT of row N. */
static void
must_be(struct talk is, const struct talk *a, int n, const char *what)
{
	for (unsigned leg = 0; leg < CALL_LEGS; leg++)
		for (unsigned i = 0; i < 2; i++)
			ck_assert_msg(memcmp(&a->of[leg][i], &is.of[leg][i],
					      sizeof a->of[leg][i]) == 0,
				"number %d, leg %u, line %u: %s", n, leg, i, what);
}

START_TEST(what_was_agreed_on_goes_on_until_the_answer)
{
	const struct row *r = &rows[_i];
	struct talk before;

	agree(r);
	before = look();
	ck_assert_int_gt(before.of[CALLER][0].kind, BRIDGE_NONE);
	ck_assert_int_gt(before.of[CALLEE][0].kind, BRIDGE_NONE);
	OFFER(r->again_keys, r->again);
	must_be(look(), &before, _i, "while it is asked");
	OFFER(r->again_keys, r->again);
	must_be(look(), &before, _i, "asked once more");
	/* Rejected: the session is refreshed as it was. */
	OFFER(r->keys, r->offer);
	must_be(look(), &before, _i, "offered as it was");
	ANSWER("", r->answer);
	must_be(look(), &before, _i, "answered as it was");
}
END_TEST

/* An offer that was not answered is nothing to the next answer. */
START_TEST(the_other_party_may_ask_next)
{
	const struct row *r = &rows[_i];
	struct talk before;

	agree(r);
	before = look();
	OFFER(r->again_keys, r->again);
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", r->answer));
	must_be(look(), &before, _i, "asked by the other one");
}
END_TEST

/* What an offer comes to that is answered, in a talk of its own: the same as in one that was
 * agreed on otherwise before. */
START_TEST(what_was_offered_holds_once_it_is_answered)
{
	const struct row *r = &rows[_i];
	const struct row anew = {r->again_keys, r->again, r->its_answer, NULL, NULL, NULL};
	struct talk is;

	agree(r);
	OFFER(r->again_keys, r->again);
	ANSWER("", r->its_answer);
	is = look();
	agree(&anew);
	for (unsigned leg = 0; leg < CALL_LEGS; leg++) {
		const struct half *a = &is.of[leg][0];
		struct talk fresh = look();
		const struct half *b = &fresh.of[leg][0];

		ck_assert_int_eq(a->kind, b->kind);
		ck_assert_uint_eq(a->transport.port == 0, b->transport.port == 0);
		if (a->transport.port == 0)
			continue;
		ck_assert_mem_eq(&a->bridge, &b->bridge, sizeof a->bridge);
		ck_assert_uint_eq(a->transport.unseal.suite, b->transport.unseal.suite);
		ck_assert_mem_eq(&a->transport.unseal, &b->transport.unseal,
			sizeof a->transport.unseal);
		ck_assert_uint_eq(a->transport.seal.suite, b->transport.seal.suite);
		ck_assert_uint_eq(a->transport.mux, b->transport.mux);
		ck_assert_uint_eq(a->transport.source, b->transport.source);
		ck_assert_uint_eq(a->transport.opaque, b->transport.opaque);
		ck_assert_uint_eq(a->direction, b->direction);
	}
}
END_TEST

/* Its key is that of the answer, which has told it. */
START_TEST(who_offers_srtp_hears_by_the_key_of_the_answer)
{
	static const char *const offers[] = {SAVP CRYPTO_A, SAVP CRYPTO_32};
	static const char *const suites[] = {
		"AES_CM_128_HMAC_SHA1_80 inline:", "AES_CM_128_HMAC_SHA1_32 inline:"};

	OFFER("", _i == 0 ? PCMU : SAVP CRYPTO_A);
	ANSWER("", _i == 0 ? PCMU_B : SAVP_B);
	OFFER("", offers[_i]);
	ANSWER("", SAVP_B);
	ck_assert_ptr_nonnull(strstr(told, suites[_i]));
	ck_assert_int_eq(talk_stream(CALLER, 0)->key_known, 1);
	ck_assert_mem_eq(call_unseal(talk_stream(CALLER, 0))->key, "\0\1\2\3", 4);
}
END_TEST

/* A hold that is answered is one, and its end counts at once. */
START_TEST(who_resumes_is_heard_and_hears_at_once)
{
	OFFER("", PCMU);
	ANSWER("", PCMU_B);
	OFFER("", PCMU "a=sendonly\n");
	ck_assert_int_eq(talk_stream(CALLER, 0)->direction, REQUEST_SENDRECV);
	ANSWER("", PCMU_B "a=recvonly\n");
	ck_assert_int_eq(talk_stream(CALLER, 0)->direction, REQUEST_SENDONLY);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->direction, REQUEST_RECVONLY);
	OFFER("", PCMU);
	ck_assert_int_eq(talk_stream(CALLER, 0)->direction, REQUEST_SENDRECV);
	ANSWER("", PCMU_B);
	ck_assert_int_eq(talk_stream(CALLER, 0)->direction, REQUEST_SENDRECV);
}
END_TEST

/* Where its maker is: it may have come by another network, where the answer has to go. */
START_TEST(who_has_moved_is_met_at_once)
{
	OFFER("", PCMU);
	ANSWER("", PCMU_B);
	OFFER("", "m=audio 4100 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.port, 4100);
}
END_TEST

START_TEST(another_line_is_there_at_once)
{
	OFFER("", PCMU);
	ANSWER("", PCMU_B);
	OFFER("", TWO);
	ck_assert_uint_ne(talk_stream(CALLER, 1)->port, 0);
	ck_assert_uint_ne(talk_stream(CALLEE, 1)->port, 0);
	ANSWER("", TWO_B);
	ck_assert_int_eq(
		bridge_decide(talk_stream(CALLER, 1), talk_stream(CALLEE, 1)), BRIDGE_PASS);
}
END_TEST

/* Which is asked for by the client. */
START_TEST(a_port_may_be_given_up)
{
	uint16_t port;

	OFFER("", PCMU);
	ANSWER("", PCMU_B);
	port = talk_stream(CALLEE, 0)->port;
	OFFER(",\"flags\":[\"no-port-latching\"]", "m=audio 4100 RTP/AVP 0\n");
	ck_assert_uint_ne(talk_stream(CALLEE, 0)->port, port);
}
END_TEST

/* Keys that a closed line had are none of one that comes again. */
START_TEST(a_line_that_was_of_srtp_may_come_back_without)
{
	OFFER("", SAVP CRYPTO_A);
	ANSWER("", SAVP_B);
	OFFER("", "m=audio 0 RTP/SAVP 0\n");
	ANSWER("", "m=audio 0 RTP/SAVP 0\n");
	OFFER("", PCMU);
	ANSWER("", PCMU_B);
	for (unsigned leg = 0; leg < CALL_LEGS; leg++) {
		ck_assert_ptr_null(talk_stream(leg, 0)->keys);
		ck_assert_int_eq(talk_stream(leg, 0)->source, REQUEST_BEST);
	}
}
END_TEST

/* One that was refused as SRTP, or not answered as such, comes again as RTP. */
START_TEST(a_line_that_was_srtp_in_vain_may_come_back_without)
{
	OFFER("", _i == 0 ? PCMU "m=video 4002 RTP/SAVP 34\n" CRYPTO_A : TWO);
	ANSWER("", _i == 0 ? PCMU_B "m=video 0 RTP/SAVP 34\n" : TWO_B);
	if (_i == 1) {
		OFFER("", PCMU CLOSED_VIDEO);
		ANSWER("", PCMU_B CLOSED_VIDEO);
		OFFER("", PCMU "m=video 4002 RTP/SAVP 34\n" CRYPTO_A);
	}
	OFFER("", TWO);
	ANSWER("", TWO_B);
	for (unsigned leg = 0; leg < CALL_LEGS; leg++)
		ck_assert_ptr_null(talk_stream(leg, 1)->keys);
}
END_TEST

/* ---- A fax gateway. ---- */

/* What the caller, who has sound, offers in vain, or the callee, who has T.38. */
static const struct {
	unsigned maker;
	const char *keys, *lines;
} in_vain[] = {
	{CALLER, "", "m=audio 0 RTP/AVP 0\n"},
	{CALLER, "", T38},
	{CALLER, "", "m=audio 4000 RTP/AVP 9\n"},
	{CALLER, "", "m=video 4000 RTP/AVP 34\n"},
	{CALLER, "", "m=message 4000 TCP/MSRP *\n"},
	{CALLER, ",\"T.38\":[\"stop\"]", PCMU},
	{CALLER, ",\"T.38\":[\"decode\"]", T38},
	{CALLER, ",\"T.38\":[\"force\",\"no-ECM\"]", PCMU},
	{CALLEE, "", "m=image 0 udptl t38\n"},
	{CALLEE, "", PCMU_B},
	{CALLEE, "", "m=message 5000 TCP/MSRP *\n"},
	{CALLEE, ",\"T.38\":[\"stop\"]", T38_B},
	{CALLEE, FORCE, PCMU_B},
};
enum { IN_VAIN = sizeof in_vain / sizeof *in_vain };

/* PARTY of a gateway offers what it had, without a word of T.38, and is answered. */
static void
refresh(unsigned party, const char *sound, const struct talk *before, int n)
{
	const char *has[CALL_LEGS] = {sound, T38_B};

	ck_assert_ptr_null(talk_ask(false, party, "", has[party]));
	ck_assert_msg(strstr(told, party == CALLER ? "\nm=image 30002 udptl "
				   : strstr(sound, "SAVP") != NULL
					   ? "\nm=audio 30000 RTP/SAVP "
					   : "\nm=audio 30000 RTP/AVP ") != NULL,
		"number %d: %s", n, told);
	must_be(look(), before, n, "refreshed");
	ck_assert_ptr_null(talk_ask(true, 1 - party, "", has[1 - party]));
	must_be(look(), before, n, "refreshed and answered");
}

/* It is there until an answer ends it, and whoever refreshes the session first. */
START_TEST(a_fax_goes_on_after_what_was_offered_in_vain)
{
	const char *sounds[] = {PCMU, SAVP CRYPTO_A}, *sound = sounds[_i / 2 % 2];
	unsigned first = (unsigned)_i % 2, n = (unsigned)_i / 4;
	struct talk before;

	OFFER(FORCE, sound);
	ANSWER("", T38_B);
	before = look();
	ck_assert_int_eq(before.of[CALLER][0].kind, BRIDGE_FAX);
	ck_assert_ptr_null(
		talk_ask(false, in_vain[n].maker, in_vain[n].keys, in_vain[n].lines));
	must_be(look(), &before, (int)n, "asked in vain");
	refresh(first, sound, &before, (int)n);
	refresh(1 - first, sound, &before, (int)n);
}
END_TEST

/* ---- Any talk: at random, with offers that are not answered, and those of both parties. ----
 */

enum { TALKS = 100 };

static const char *const suites[] = {"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"};

/* What a party says of its line. */
struct said {
	const char *kind; /* what is behind the port in m= */
	bool secure, closed;
	unsigned suite, number; /* of its key */
	uint8_t direction;
};

static const char audio[] = "RTP/AVP 0", savp[] = "RTP/SAVP 0", image[] = "udptl t38";

static void
say_key(char *text, const struct said *s)
{
	uint8_t key[30] = {(uint8_t)s->number, (uint8_t)(s->number >> 8), 7};

	base64_encode(text, key, sizeof key);
}

static void
say(char *text, const struct said *s, unsigned port)
{
	char key[64];

	text += sprintf(text, "m=%s %u %s\n", s->kind == image ? "image" : "audio",
		s->closed ? 0 : port, s->kind);
	text += sprintf(text, "a=%s\n", request_direction_words[s->direction]);
	if (!s->secure || s->closed)
		return;
	say_key(key, s);
	sprintf(text, "a=crypto:1 %s inline:%s\n", suites[s->suite], key);
}

/* Has LEG, which was told TOLD_IT and has said S, what follows? */
static void
must_have_said(unsigned leg, const char *told_it, const struct said *s, const char *trace)
{
	const struct stream *is = talk_stream(leg, 0);
	uint8_t bytes[64];
	char key[64], line[64];
	const char *at;
	unsigned port;

	ck_assert_msg(is->closed == s->closed, "closed: %s", trace);
	if (s->closed)
		return;
	ck_assert_msg(
		sscanf(strstr(told_it, "\nm="), "\nm=%*s %u", &port) == 1 && port == is->port,
		"port: %s", trace);
	ck_assert_msg(is->direction == s->direction, "direction: %s", trace);
	ck_assert_msg((is->keys != NULL) == s->secure, "SRTP: %s", trace);
	ck_assert_msg((is->media == REQUEST_IMAGE) == (s->kind == image), "kind: %s", trace);
	if (!s->secure)
		return;
	say_key(key, s);
	ck_assert_int_eq(base64_decode(bytes, sizeof bytes, key, strlen(key)), 30);
	ck_assert_msg(memcmp(call_unseal(is)->key, bytes, 16) == 0, "its key: %s", trace);
	sprintf(line, " %s inline:", suites[s->suite]);
	at = strstr(told_it, line);
	ck_assert_msg(at != NULL, "suite: %s", trace);
	at += strlen(line);
	ck_assert_int_eq(base64_decode(bytes, sizeof bytes, at, strcspn(at, "|\r")), 30);
	ck_assert_msg(memcmp(call_seal(is)->key, bytes, 16) == 0, "our key: %s", trace);
}

/* What goes on, of a talk that both have agreed to, but for newer keys and a wider direction.
 */
static struct talk
look_at_rest(void)
{
	struct talk t = look();

	for (unsigned leg = 0; leg < CALL_LEGS; leg++) {
		t.of[leg][0].direction = 0;
		t.of[leg][0].kind = 0;
		memset(&t.of[leg][0].transport.unseal, 0,
			sizeof t.of[leg][0].transport.unseal);
	}
	return t;
}

START_TEST(any_talk_is_what_was_answered_last)
{
	static const char *const asked[] = {"", "", "", ",\"transport-protocol\":\"RTP/SAVP\"",
		",\"transport-protocol\":\"RTP/AVP\"", ",\"T.38\":[\"force\"]",
		",\"T.38\":[\"stop\"]", ",\"flags\":[\"port-latching\"]"};
	static char trace[8192];
	char text[512], offered[TALK_TEXT];
	unsigned number = 0;
	bool running = false;

	srandom((unsigned)_i);
	trace[0] = '\0';
	for (unsigned step = 0; step < 20; step++) {
		unsigned maker = running ? (unsigned)random() % 2 : CALLER;
		unsigned kind = (unsigned)random() % 8;
		struct said o = {.kind = kind < 3   ? audio
					 : kind < 6 ? savp
					 : kind < 7 ? image
						    : audio,
			.closed = kind == 7 && running,
			.suite = (unsigned)random() % 2,
			.number = ++number,
			.direction = (uint8_t)((unsigned)random() % REQUEST_DIRECTIONS)};
		struct said a;
		struct talk before = {0};
		const char *why, *keys = asked[(unsigned)random() % 8];

		o.secure = o.kind == savp;
		if (random() % 2)
			o.direction = REQUEST_SENDRECV;
		if (running)
			before = look_at_rest();
		say(text, &o, random() % 4 ? 4000 : 4100);
		sprintf(trace + strlen(trace), "--- offer of %u%s\n%s", maker, keys, text);
		why = talk_ask(false, maker, keys, text);
		ck_assert_msg(why == NULL, "%s: %s", why, trace);
		if (running)
			must_be(look_at_rest(), &before, (int)step, trace);
		strcpy(offered, told);
		if (random() % 3 == 0 && running)
			continue;
		a = o;
		a.kind = strstr(offered, "m=image")    ? image
			 : strstr(offered, "RTP/SAVP") ? savp
						       : audio;
		a.secure = a.kind == savp;
		a.closed = strstr(offered, "m=audio 0 ") != NULL ||
			   strstr(offered, "m=image 0 ") != NULL;
		a.suite = (unsigned)random() % 2;
		a.number = ++number;
		a.direction = (uint8_t)((unsigned)random() % REQUEST_DIRECTIONS);
		say(text, &a, 5000);
		sprintf(trace + strlen(trace), "--- answer of %u\n%s", 1 - maker, text);
		why = talk_ask(true, 1 - maker, "", text);
		ck_assert_msg(why == NULL, "%s: %s", why, trace);
		must_have_said(1 - maker, offered, &a, trace);
		must_have_said(maker, told, &o, trace);
		running = !a.closed;
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("negotiate_running");
	TCase *t = tcase_create("running");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, talk_setup, talk_teardown);
	tcase_add_loop_test(t, what_was_agreed_on_goes_on_until_the_answer, 0, ROWS);
	tcase_add_loop_test(t, the_other_party_may_ask_next, 0, ROWS);
	tcase_add_loop_test(t, what_was_offered_holds_once_it_is_answered, 0, ROWS);
	tcase_add_loop_test(t, who_offers_srtp_hears_by_the_key_of_the_answer, 0, 2);
	tcase_add_test(t, who_resumes_is_heard_and_hears_at_once);
	tcase_add_test(t, who_has_moved_is_met_at_once);
	tcase_add_test(t, another_line_is_there_at_once);
	tcase_add_test(t, a_port_may_be_given_up);
	tcase_add_test(t, a_line_that_was_of_srtp_may_come_back_without);
	tcase_add_loop_test(t, a_line_that_was_srtp_in_vain_may_come_back_without, 0, 2);
	tcase_add_loop_test(t, a_fax_goes_on_after_what_was_offered_in_vain, 0, 4 * IN_VAIN);
	tcase_add_loop_test(t, any_talk_is_what_was_answered_last, 0, TALKS);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
