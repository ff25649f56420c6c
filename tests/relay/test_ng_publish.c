/* SPDX-License-Identifier: Apache-2.0
 *
 * `publish` (relay/ng_offer.c, negotiate_publish.c): who only sends, and who subscribes to it.
 * Words, keys and what is answered: as rtpengine 26.3 was seen to (tests/vectors/ng, incall).
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "relay/call.h"
#include "tests/relay/ng_ask.h"

#define MEDIA(medias)                                                                          \
	", 'sdp': 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.10\\r\\ns=-\\r\\nc=IN IP4 192.0.2.10\\r\\n" \
	"t=0 0\\r\\n" medias "'"
#define ASK(command, more) "{'command': '" command "', 'call-id': 'one'" more "}"
#define PUBLISH(medias) ASK("publish", ", 'from-tag': 'a'" MEDIA(medias))
#define TALK \
	"m=audio 4000 RTP/AVP 8 0 101\\r\\na=rtpmap:101 telephone-event/8000\\r\\na=sendonly\\r\\n"
#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd" /* of 30 bytes */
#define SUBSCRIBE ASK("subscribe request", ", 'from-tag': 'a', 'to-tag': 'rec'")
#define HEAR ASK("subscribe answer", ", 'to-tag': 'rec'" MEDIA("m=audio 5000 RTP/AVP 8\\r\\n"))

static const struct call *
call(void)
{
	return calls_find(desk.calls, "one");
}

static const struct stream *
sent(unsigned i)
{
	return &call()->leg[0].stream[i];
}

static const struct sw_flow *
flow(void)
{
	return fake_flow(desk.sw, sent(0)->slot);
}

static const char *
text_at(json_t *o, const char *path)
{
	return json_string_value(ng_at(o, path));
}

/* The SDP that TEXT is answered with has each of these; ends with NULL. */
static void
must_answer(const char *text, const char *const *lines)
{
	json_t *answer = ng_ask(text);
	const char *sdp = text_at(answer, "sdp");

	ck_assert_ptr_nonnull(sdp);
	for (; *lines != NULL; lines++)
		ck_assert_msg(strstr(sdp, *lines) != NULL, "no %s in %s", *lines, sdp);
	json_decref(answer);
}

static void
subscribed(void)
{
	ng_must(PUBLISH(TALK), NULL);
	ng_must(SUBSCRIBE, NULL);
	ng_must(HEAR, NULL);
}

static void
must_copy(void)
{
	ck_assert_uint_eq(flow()->sinks, 1);
	ck_assert_uint_eq(flow()->sink[0].id, call()->listener[0].leg.stream[0].id);
}

START_TEST(it_is_answered_with_what_it_may_send)
{
	char line[64];
	json_t *answer = ng_ask(PUBLISH(TALK));
	const char *sdp = text_at(answer, "sdp");

	ck_assert_str_eq(text_at(answer, "call-id"), "one");
	ck_assert_str_eq(text_at(answer, "from-tag"), "a");
	ck_assert_uint_eq(call()->legs, 1);
	ck_assert_uint_eq(fake_count(desk.sw), 1);
	ck_assert_uint_eq(sent(0)->direction, REQUEST_SENDONLY);
	ck_assert_uint_eq(sent(0)->remote.port, 4000);
	ck_assert_uint_eq(sent(0)->source, REQUEST_NEWEST);
	snprintf(line, sizeof line, "m=audio %u RTP/AVP 8 101\r\n", sent(0)->port);
	ck_assert_ptr_nonnull(strstr(sdp, line));
	snprintf(line, sizeof line, "a=rtcp:%u\r\n", sent(0)->port + 1);
	ck_assert_ptr_nonnull(strstr(sdp, line));
	ck_assert_ptr_nonnull(strstr(sdp, "a=recvonly\r\n"));
	ck_assert_ptr_null(strstr(sdp, "192.0.2.10"));
	json_decref(answer);
}
END_TEST

START_TEST(who_has_no_ids_is_given_some)
{
	json_t *answer = ng_ask("{'command': 'publish'" MEDIA(TALK) "}");
	const char *id = text_at(answer, "call-id"), *tag = text_at(answer, "from-tag");
	char text[128];

	ck_assert_uint_eq(strlen(id), 64);
	ck_assert_uint_eq(strlen(tag), 64);
	ck_assert_str_ne(id, tag);
	ck_assert_ptr_nonnull(calls_find(desk.calls, id));
	snprintf(text, sizeof text,
		"{'command': 'delete', 'call-id': '%s', 'delete-delay': 0}", id);
	ng_must(text, NULL);
	json_decref(answer);
	ck_assert_uint_eq(fake_count(desk.sw), 0);
}
END_TEST

START_TEST(whoever_subscribes_gets_what_it_sends)
{
	static const char *const offered[] = {" RTP/AVP 8 101\r\n", "a=rtpmap:8 PCMA/8000\r\n",
		"a=rtpmap:101 telephone-event/8000\r\n", "a=sendonly\r\n", NULL};

	ng_must(PUBLISH(TALK), NULL);
	must_answer(SUBSCRIBE, offered);
	ck_assert_uint_eq(flow()->sinks, 0);
	ng_must(HEAR, NULL);
	must_copy();
	ng_must(ASK("block media", ", 'from-tag': 'a', 'flags': ['directional']"), NULL);
	ck_assert_uint_eq(flow()->sinks, 0);
	ng_must(ASK("unblock media", ""), NULL);
	must_copy();
	ng_must(ASK("unsubscribe", ", 'to-tag': 'rec'"), NULL);
	ck_assert_uint_eq(flow()->sinks, 0);
	ng_must(ASK("delete", ", 'from-tag': 'a', 'delete-delay': 0"), NULL);
	ck_assert_uint_eq(fake_count(desk.sw), 0);
}
END_TEST

START_TEST(a_successor_and_a_fresh_switch_go_on_with_it)
{
	subscribed();
	fake_orphan(desk.sw, 0);
	desk_close();
	fake_bury(desk.sw);
	desk_open(SW_KEPT);
	must_copy();
	desk_lose_switch();
	fake_fresh(desk.sw);
	calls_welcome(desk.calls, SW_FRESH);
	fake_answer_all(desk.sw);
	must_copy();
	ng_must(SUBSCRIBE, NULL);
	ng_must(ASK("unsubscribe", ", 'to-tag': 'rec'"), NULL);
	ck_assert_uint_eq(flow()->sinks, 0);
}
END_TEST

/* It is the same call, at the same ports; the versions of both SDPs rise. */
START_TEST(it_may_publish_again)
{
	static const char *const held[] = {"a=inactive\r\n", " 2 IN IP4 ", NULL};
	uint64_t id;

	subscribed();
	id = sent(0)->id;
	must_answer(PUBLISH("m=audio 4000 RTP/AVP 8\\r\\na=inactive\\r\\n"), held);
	ck_assert_uint_eq(flow()->sinks, 0);
	ck_assert_uint_eq(sent(0)->id, id);
	ng_must(PUBLISH(TALK), NULL);
	must_copy();
}
END_TEST

START_TEST(of_several_media_those_that_can_be_heard_are_taken)
{
	static const char *const lines[] = {"m=application 0 UDP/BFCP *\r\n",
		" RTP/AVP 97\r\n", "a=rtpmap:97 VP8/90000\r\n", "m=audio 0 RTP/AVP 101\r\n",
		NULL};

	must_answer(
		ASK("publish",
			", 'from-tag': 'a', 'sdp-media-remove': ['video']" MEDIA(
				"m=application 4000 UDP/BFCP *\\r\\n"
				"m=video 4002 RTP/AVP 97\\r\\na=rtpmap:97 VP8/90000\\r\\n"
				"m=audio 4004 RTP/AVP 101\\r\\na=rtpmap:101 telephone-event/8000\\r\\n")),
		lines);
	ck_assert_uint_eq(call()->leg[0].streams, 3);
	ck_assert_uint_eq(fake_count(desk.sw), 1);
	ck_assert(sent(0)->closed && !sent(1)->closed && sent(2)->closed);
}
END_TEST

START_TEST(letters_are_large_or_small)
{
	static const char *const lines[] = {"m=AUDIO ", " RTP/AVP 8 101\r\n", NULL};

	must_answer(ASK("publish", ", 'from-tag': 'a'" MEDIA(
					   "m=AUDIO 4000 rtp/avp 8 0 101\\r\\n"
					   "a=rtpmap:101 telephone-event/8000\\r\\n")),
		lines);
	ck_assert_int_eq(sent(0)->media, REQUEST_AUDIO);
	ng_must(SUBSCRIBE, NULL);
	ng_must(HEAR, NULL);
	must_copy();
}
END_TEST

START_TEST(a_codec_that_is_not_wished_is_not_taken)
{
	static const char *const lines[] = {" RTP/AVP 0 101\r\n", NULL};

	must_answer(
		ASK("publish", ", 'from-tag': 'a', 'flags': ['codec-strip-PCMA']" MEDIA(TALK)),
		lines);
	/* Nor one that is wished less. */
	must_answer(
		ASK("publish",
			", 'from-tag': 'a', 'codec': {'accept': ['GSM', 'PCMU']}" MEDIA(TALK)),
		lines);
}
END_TEST

START_TEST(srtp_is_answered_with_a_key_of_ours)
{
	static const char *const lines[] = {
		" RTP/SAVP 8\r\n", "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:", NULL};
	const char *const plain[] = {" RTP/AVP 8\r\n", NULL};

	must_answer(PUBLISH("m=audio 4000 RTP/SAVP 8\\r\\n"
			    "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\\r\\n"),
		lines);
	ck_assert_uint_eq(call_unseal(sent(0))->key[1], 1); /* of KEY */
	ck_assert_mem_ne(call_seal(sent(0))->key, call_unseal(sent(0))->key, 16);
	must_answer(
		ASK("subscribe request", ", 'from-tag': 'a', 'transport-protocol': 'RTP/AVP'"),
		plain);
}
END_TEST

/* Each line of the offer has one in the answer: RFC 3264 section 6. */
START_TEST(who_offers_a_medium_twice_is_answered_twice)
{
	static const char *const lines[] = {
		" RTP/SAVP 8\r\n", "m=audio 0 RTP/AVP 8\r\n", NULL};

	must_answer(
		ASK("publish",
			", 'from-tag': 'a', 'OSRTP': ['accept-legacy', 'offer-legacy']" MEDIA(
				"m=audio 4000 RTP/SAVP 8\\r\\n"
				"a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\\r\\n"
				"m=audio 4000 RTP/AVP 8\\r\\n")),
		lines);
	ck_assert_uint_eq(call()->leg[0].streams, 1);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	ng_must(ASK("publish", ""), "No SDP body in message");
	ng_must(PUBLISH("m=audio 0 RTP/AVP 8\\r\\n"), "There is nothing to publish");
	ng_must(PUBLISH("m=audio 4000 UDP/TLS/RTP/SAVPF 8\\r\\n"), "Not supported yet: DTLS");
	ng_must(ASK("publish", ", 'ICE': 'force'" MEDIA(TALK)), "Not supported yet: ICE");
	ck_assert_ptr_null(call());
	ng_ask_call("one", "a", "b", "");
	ng_must(PUBLISH(TALK), "Not supported yet: to publish in a talk with others");
	ck_assert_uint_eq(call()->legs, 2);
}
END_TEST

/* Nobody's offer is answered where nothing was offered; an offer finds somebody to talk with.
 */
START_TEST(who_publishes_may_begin_to_talk)
{
	subscribed();
	ng_must(ASK("answer", ", 'from-tag': 'a', 'to-tag': 'b'" MEDIA(TALK)),
		"Invalid dialogue association");
	ng_must(ASK("offer", ", 'from-tag': 'a'" MEDIA("m=audio 4000 RTP/AVP 8\\r\\n")), NULL);
	ng_must(ASK("answer", ", 'from-tag': 'a', 'to-tag': 'b'" MEDIA(
				      "m=audio 6000 RTP/AVP 8\\r\\n")),
		NULL);
	ck_assert_uint_eq(call()->legs, 2);
	ck_assert_uint_eq(flow()->sinks, 2);
}
END_TEST

START_TEST(query_tells_of_it_alone)
{
	json_t *answer;

	subscribed();
	answer = ng_ask(ASK("query", ""));
	ck_assert_uint_eq(json_object_size(ng_at(answer, "tags")), 2);
	ck_assert_str_eq(text_at(answer, "tags/a/subscribers/0/tag"), "rec");
	ck_assert_str_eq(text_at(answer, "tags/a/subscribers/0/type"), "pub/sub");
	ck_assert_uint_eq(json_array_size(ng_at(answer, "tags/a/subscribers")), 1);
	ck_assert_uint_eq(json_array_size(ng_at(answer, "tags/a/subscriptions")), 0);
	ck_assert_str_eq(text_at(answer, "tags/a/medias/0/flags/1"), "recv");
	ck_assert_str_eq(text_at(answer, "tags/rec/subscriptions/0/tag"), "a");
	ck_assert_str_eq(text_at(answer, "tags/rec/subscriptions/0/type"), "pub/sub");
	json_decref(answer);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_publish");
	TCase *t = tcase_create("publishers");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, desk_setup, desk_teardown);
	tcase_add_test(t, it_is_answered_with_what_it_may_send);
	tcase_add_test(t, who_has_no_ids_is_given_some);
	tcase_add_test(t, whoever_subscribes_gets_what_it_sends);
	tcase_add_test(t, a_successor_and_a_fresh_switch_go_on_with_it);
	tcase_add_test(t, it_may_publish_again);
	tcase_add_test(t, of_several_media_those_that_can_be_heard_are_taken);
	tcase_add_test(t, letters_are_large_or_small);
	tcase_add_test(t, a_codec_that_is_not_wished_is_not_taken);
	tcase_add_test(t, srtp_is_answered_with_a_key_of_ours);
	tcase_add_test(t, who_offers_a_medium_twice_is_answered_twice);
	tcase_add_test(t, what_cannot_be_is_refused);
	tcase_add_test(t, who_publishes_may_begin_to_talk);
	tcase_add_test(t, query_tells_of_it_alone);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
