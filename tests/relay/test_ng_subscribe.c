/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/ng_subscribe.c, and below it negotiate_listen.c, call_listeners.c, bridge_listen.c:
 * what somebody who listens to a call is offered, and what the switch is told.  Words, keys
 * and the form of the SDP: as rtpengine 26.3 was seen to answer (tests/vectors/ng, incall). */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "control/bencode.h"
#include "relay/call.h"
#include "relay/record.h"
#include "tests/relay/ng_ask.h"

#define REQUEST(more) "{'command': 'subscribe request', 'call-id': 'one'" more "}"
#define LEAVE(tag) "{'command': 'unsubscribe', 'call-id': 'one', 'to-tag': '" tag "'}"
#define ALL ", 'flags': ['all']"
#define REC ", 'to-tag': 'rec'"
/* The answer of the one called rec, at 192.0.2.30. */
#define HEAR(medias)                                                                           \
	"{'command': 'subscribe answer', 'call-id': 'one', 'to-tag': 'rec', 'sdp': 'v=0\\r\\n" \
	"o=- 1 1 IN IP4 192.0.2.30\\r\\ns=-\\r\\nc=IN IP4 192.0.2.30\\r\\nt=0 0\\r\\n" medias  \
	"a=recvonly\\r\\n'}"
#define PCMA(port) "m=audio " port " RTP/AVP 8\\r\\n"
#define PCMU(port) "m=audio " port " RTP/AVP 0\\r\\n"
#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd" /* of 30 bytes */

static const struct call *
call(void)
{
	return calls_find(desk.calls, "one");
}

static const struct stream *
party(unsigned leg)
{
	return &call()->leg[leg].stream[0];
}

static const struct stream *
copy(unsigned i)
{
	return &call()->listener[0].leg.stream[i];
}

/* What the first stream of LEG sends leaves by so many. */
static unsigned
sinks(unsigned leg)
{
	return fake_flow(desk.sw, party(leg)->slot)->sinks;
}

static void
must_leave_by(unsigned leg, unsigned sink, const struct stream *s)
{
	const struct sw_flow *f = fake_flow(desk.sw, party(leg)->slot);

	ck_assert_uint_lt(sink, f->sinks);
	ck_assert_uint_eq(f->sink[sink].id, s->id);
	ck_assert_uint_eq(f->sink[sink].slot, s->slot);
}

static void
subscribed(void)
{
	ng_ask_call("one", "a", "b", "");
	ng_must(REQUEST(ALL REC), NULL);
	ng_must(HEAR(PCMA("5000") PCMA("5002")), NULL);
}

static void
must_copy_both(void)
{
	must_leave_by(0, 0, party(1));
	must_leave_by(0, 1, copy(0));
	must_leave_by(1, 0, party(0));
	must_leave_by(1, 1, copy(1));
}

static const char *
text_at(json_t *o, const char *path)
{
	return json_string_value(ng_at(o, path));
}

static unsigned
times(const char *text, const char *part)
{
	unsigned n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text++;
		n++;
	}
	return n;
}

START_TEST(both_parties_are_offered_and_copied_once_it_answers)
{
	json_t *answer;
	char line[64];

	ng_ask_call("one", "a", "b", "");
	answer = ng_ask(REQUEST(ALL));
	ck_assert_str_eq(text_at(answer, "result"), "ok");
	ck_assert_str_eq(text_at(answer, "from-tags/0"), "a");
	ck_assert_str_eq(text_at(answer, "from-tags/1"), "b");
	ck_assert_ptr_null(ng_at(answer, "from-tag"));
	ck_assert_uint_eq(strlen(text_at(answer, "to-tag")), 64);
	ck_assert_str_eq(text_at(answer, "to-tag"), call()->listener[0].leg.name);
	ck_assert_uint_eq(times(text_at(answer, "sdp"), "a=sendonly\r\n"), 2);
	ck_assert_uint_eq(times(text_at(answer, "sdp"), "a=rtpmap:8 PCMA/8000\r\n"), 2);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(line, sizeof line, "m=audio %u RTP/AVP 8\r\n", copy(i)->port);
		ck_assert_uint_eq(times(text_at(answer, "sdp"), line), 1);
	}
	ck_assert_uint_eq(sinks(0) + sinks(1), 2);
	json_decref(answer);
}
END_TEST

/* Each party has numbers of its own. */
START_TEST(copies_are_called_what_is_in_them)
{
	static const char ask[] =
		"{'command': '%s', 'call-id': 'one', 'from-tag': 'a', %s"
		"'sdp': 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.10\\r\\ns=-\\r\\n"
		"c=IN IP4 192.0.2.10\\r\\nt=0 0\\r\\nm=audio 4000 RTP/AVP %s'}";
	static const struct {
		const char *offered, *answered, *of_a, *of_b;
	} rows[] = {
		{"8 96\\r\\na=rtpmap:96 EVS/16000\\r\\n",
			"96\\r\\na=rtpmap:96 SILK/16000\\r\\n", NULL,
			"a=rtpmap:96 SILK/16000\r\n"},
		{"96 97\\r\\na=rtpmap:96 EVS/16000\\r\\na=rtpmap:97 SILK/16000\\r\\n",
			"96\\r\\na=rtpmap:96 SILK/16000\\r\\n", "a=rtpmap:96 SILK/16000\r\n",
			"a=rtpmap:97 SILK/16000\r\n"},
	};
	char text[512];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *of[] = {rows[i].of_a, rows[i].of_b};

		snprintf(text, sizeof text, ask, "offer", "", rows[i].offered);
		ng_must(text, NULL);
		snprintf(
			text, sizeof text, ask, "answer", "'to-tag': 'b', ", rows[i].answered);
		ng_must(text, NULL);
		for (unsigned leg = 0; leg < 2; leg++) {
			json_t *answer = ng_ask(leg == 0 ? REQUEST(", 'from-tag': 'a'")
							 : REQUEST(", 'from-tag': 'b'"));
			const char *sdp = text_at(answer, "sdp");

			ck_assert_msg(of[leg] == NULL || times(sdp, of[leg]) == 1,
				"%zu %u: %s", i, leg, sdp);
			ck_assert_uint_eq(times(sdp, "EVS"), 0);
			json_decref(answer);
		}
		ng_must("{'command': 'delete', 'call-id': 'one', 'delete-delay': 0}", NULL);
	}
}
END_TEST

/* Though its party has since offered another, which nobody has answered. */
START_TEST(copies_are_called_what_is_still_in_them)
{
	static const char ask[] =
		"{'command': '%s', 'call-id': 'one', 'from-tag': 'a', 'to-tag': 'b', "
		"'sdp': 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.10\\r\\ns=-\\r\\n"
		"c=IN IP4 192.0.2.10\\r\\nt=0 0\\r\\nm=audio 4000 RTP/AVP %u\\r\\n"
		"a=rtpmap:%u opus/48000/2\\r\\n'}";
	static const struct {
		const char *command;
		unsigned number;
	} rows[] = {{"offer", 96}, {"answer", 98}, {"offer", 97}};
	char text[512];
	json_t *answer;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, ask, rows[i].command, rows[i].number,
			rows[i].number);
		ng_must(text, NULL);
	}
	answer = ng_ask(REQUEST(", 'from-tag': 'b'"));
	ck_assert_msg(times(text_at(answer, "sdp"), "a=rtpmap:96 opus/48000/2\r\n") == 1, "%s",
		text_at(answer, "sdp"));
	json_decref(answer);
}
END_TEST

START_TEST(copies_go_where_the_answer_says_and_nothing_comes_back)
{
	const struct sw_transport *t;

	subscribed();
	must_copy_both();
	for (unsigned i = 0; i < 2; i++) {
		t = fake_transport(desk.sw, copy(i)->slot);
		ck_assert_uint_eq(t->remote[0].ip[3], 30);
		ck_assert_uint_eq(t->remote[0].port, 5000 + 2 * i);
		ck_assert_uint_eq(t->remote[1].port, 5001 + 2 * i);
		ck_assert_uint_eq(fake_flow(desk.sw, copy(i)->slot)->sinks, 0);
	}
}
END_TEST

START_TEST(one_party_alone_is_listened_to)
{
	json_t *answer;

	ng_ask_call("one", "a", "b", "");
	answer = ng_ask(REQUEST(REC ", 'from-tag': 'b'"));
	ck_assert_str_eq(text_at(answer, "from-tag"), "b");
	ck_assert_str_eq(text_at(answer, "to-tag"), "rec");
	ck_assert_uint_eq(times(text_at(answer, "sdp"), "m=audio"), 1);
	json_decref(answer);
	ng_must(HEAR(PCMA("5000")), NULL);
	ck_assert_uint_eq(sinks(0), 1);
	must_leave_by(1, 1, copy(0));
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	ng_must(REQUEST(ALL), "Unknown call-ID");
	ng_ask_call("one", "a", "b", "");
	ng_must(REQUEST(""), "No call participant specified");
	ng_must(REQUEST(", 'from-tag': 'x'"), "From-tag given, but no such tag exists");
	ng_must(REQUEST(ALL ", 'to-tag': 'b'"), "Invalid dialogue association");
	ng_must(REQUEST(", 'from-tag': 'a', 'all': 'except_offer_answer'"),
		"Not supported yet: all=except-offer-answer");
	ng_must(REQUEST(", 'from-tag': 'a', 'all': 'nosuch'"), "Unknown value of all");
	ng_must(HEAR(PCMA("5000")), "To-tag not found");
	ng_must(LEAVE("rec"), "To-tag not found");
	ng_must("{'command': 'unsubscribe', 'call-id': 'one'}", "No to-tag in message");
	for (unsigned i = 0; i < CALL_LISTENERS; i++)
		ng_must(REQUEST(ALL), NULL);
	ng_must(REQUEST(ALL), "the call has 3 listeners already, and there may be no more");
	ck_assert_uint_eq(call()->listeners, CALL_LISTENERS);
}
END_TEST

/* Bencode says any bytes; the leg of who listens is called so, in the call's record, too. */
START_TEST(a_tag_that_no_record_can_hold_is_refused)
{
	static const char request[] = "d7:call-id3:one7:command17:subscribe request"
				      "5:flagsl3:alle6:to-tag3:a\xff"
				      "be";
	struct ng_exchange x = {.arena = arena_open(1 << 16)};
	size_t used;
	const struct value *v = bencode_read(x.arena, request, sizeof request - 1, &used);

	ng_ask_call("one", "a", "b", "");
	ck_assert_ptr_nonnull(v);
	ng_handle(desk.ng, &x, v);
	fake_answer_all(desk.sw);
	desk_answered(&x, "To-tag that is no UTF-8");
	ck_assert_uint_eq(call()->listeners, 0);
	ng_must(REQUEST(ALL ", 'to-tag': 'r\u00e9c'"), NULL);
	fake_orphan(desk.sw, 0);
	desk_close();
	fake_bury(desk.sw);
	desk_open(SW_KEPT);
	ck_assert_ptr_nonnull(call());
	ck_assert_uint_eq(call()->listeners, 1);
}
END_TEST

START_TEST(an_answer_that_does_not_fit_changes_nothing)
{
	ng_ask_call("one", "a", "b", "");
	ng_must(REQUEST(ALL REC), NULL);
	ng_must(HEAR(PCMA("1") PCMA("2") PCMA("3")), "Failed to process subscription answer");
	ng_must(HEAR("m=video 5000 RTP/AVP 8\\r\\n"), "Failed to process subscription answer");
	ng_must(HEAR("m=audio 5000 RTP/SAVP 8\\r\\n"),
		"Failed to process subscription answer");
	ng_must("{'command': 'subscribe answer', 'call-id': 'one', 'to-tag': 'rec', 'sdp': 'x'}",
		"Failed to parse SDP");
	ck_assert_uint_eq(sinks(0) + sinks(1), 2);
}
END_TEST

/* Two pairs are two calls. */
START_TEST(parties_that_do_not_talk_are_not_listened_to_at_once)
{
	ng_ask_call("one", "a", "b", "'via-branch': 'x', ");
	ng_ask_call("one", "a", "c", "'via-branch': 'y', ");
	ng_must(REQUEST(REC ", 'from-tags': ['b', 'c']"),
		"Not supported yet: parties that do not talk with each other");
	ng_must(REQUEST(REC ", 'from-tags': ['a', 'c']"), NULL);
	ck_assert_uint_eq(call()->listeners, 0);
	ck_assert_uint_eq(calls_find(desk.calls, "one#2")->listeners, 1);
}
END_TEST

START_TEST(what_it_does_not_take_it_does_not_get)
{
	unsigned before;

	ng_ask_call("one", "a", "b", "");
	ng_must(REQUEST(ALL REC), NULL);
	before = fake_count(desk.sw);
	ng_must(HEAR(PCMU("5000") PCMA("0")), NULL);
	ck_assert_uint_eq(sinks(0), 1);
	ck_assert_uint_eq(sinks(1), 1);
	ck_assert(!copy(0)->closed && copy(1)->closed);
	ck_assert_uint_eq(fake_count(desk.sw), before - 1);
	/* It is offered both again. */
	ng_must(REQUEST(REC ", 'from-tag': 'a'"), NULL);
	ng_must(HEAR(PCMA("5000") PCMA("5002")), NULL);
	must_copy_both();
}
END_TEST

START_TEST(it_hears_no_more_than_the_other_party)
{
	subscribed();
	ng_must("{'command': 'block media', 'call-id': 'one', 'from-tag': 'a',"
		" 'flags': ['directional']}",
		NULL);
	ck_assert_uint_eq(sinks(0), 0);
	must_leave_by(1, 1, copy(1));
	ng_must("{'command': 'unblock media', 'call-id': 'one'}", NULL);
	must_copy_both();
}
END_TEST

/* A party that moves gives the other one another port of ours. */
START_TEST(a_re_offer_that_opens_other_ports_keeps_the_copies)
{
	uint64_t id;

	subscribed();
	id = party(1)->id;
	ng_must("{'command': 'offer', 'call-id': 'one', 'from-tag': 'a', 'to-tag': 'b',"
		" 'flags': ['no-port-latching'], 'sdp': 'v=0\\r\\no=- 1 2 IN IP4 192.0.2.11\\r\\ns=-\\r\\n"
		"c=IN IP4 192.0.2.11\\r\\nt=0 0\\r\\nm=audio 4444 RTP/AVP 8\\r\\n'}",
		NULL);
	ck_assert_uint_ne(party(1)->id, id);
	must_copy_both();
}
END_TEST

START_TEST(a_successor_and_a_fresh_switch_go_on_with_the_copies)
{
	subscribed();
	fake_orphan(desk.sw, 0);
	desk_close();
	fake_bury(desk.sw);
	desk_open(SW_KEPT);
	must_copy_both();
	desk_lose_switch();
	fake_fresh(desk.sw);
	calls_welcome(desk.calls, SW_FRESH);
	fake_answer_all(desk.sw);
	must_copy_both();
	ng_must(LEAVE("rec"), NULL);
	ck_assert_uint_eq(sinks(0), 1);
}
END_TEST

START_TEST(who_leaves_and_a_call_that_ends_leave_nothing_behind)
{
	unsigned before;

	ng_ask_call("one", "a", "b", "");
	before = fake_count(desk.sw);
	ng_must(REQUEST(ALL REC), NULL);
	ng_must(HEAR(PCMA("5000") PCMA("5002")), NULL);
	ck_assert_uint_eq(fake_count(desk.sw), before + 2);
	ng_must(LEAVE("rec"), NULL);
	ck_assert_uint_eq(fake_count(desk.sw), before);
	ck_assert_uint_eq(sinks(0) + sinks(1), 2);
	ng_must(REQUEST(ALL), NULL);
	ng_must("{'command': 'delete', 'call-id': 'one', 'delete-delay': 0}", NULL);
	ck_assert_uint_eq(fake_count(desk.sw), 0);
}
END_TEST

/* Under one key two streams of one number would be sealed alike (RFC 3711 9.1). */
START_TEST(each_copy_is_sealed_with_a_key_of_its_own)
{
	json_t *answer;
	const char *sdp;

	ng_ask_call("one", "a", "b", "");
	answer = ng_ask(REQUEST(ALL REC ", 'transport-protocol': 'RTP/SAVPF'"));
	sdp = text_at(answer, "sdp");
	ck_assert_uint_eq(times(sdp, " RTP/SAVPF 8\r\n"), 2);
	ck_assert_uint_eq(times(sdp, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"), 2);
	json_decref(answer);
	ck_assert_mem_ne(call_seal(copy(0)), call_seal(copy(1)), sizeof(struct sw_key));
	ng_must(HEAR("m=audio 5000 RTP/SAVPF 8\\r\\n"
		     "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" KEY "\\r\\n"),
		"Failed to process subscription answer");
	ng_must(HEAR("m=audio 5000 RTP/SAVPF 8\\r\\n"
		     "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\\r\\n"),
		NULL);
	must_leave_by(0, 1, copy(0));
	ck_assert_uint_eq(fake_transport(desk.sw, copy(0)->slot)->seal.suite,
		SW_AES_CM_128_HMAC_SHA1_80);
	ck_assert_uint_eq(call_unseal(copy(0))->key[1], 1); /* of KEY */
	ck_assert(copy(1)->closed);
}
END_TEST

/* ---- Asked again. ---- */

#define SAVP(port)                                                                        \
	"m=audio " port " RTP/SAVP 8\\r\\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY \
	"\\r\\n"
#define SAY(command, medias)                                                                  \
	"{'command': '" command "', 'call-id': 'one', 'from-tag': 'a', 'to-tag': 'b',"        \
	" 'sdp': 'v=0\\r\\no=- 1 2 IN IP4 192.0.2.11\\r\\ns=-\\r\\nc=IN IP4 192.0.2.11\\r\\n" \
	"t=0 0\\r\\n" medias "'}"

/* Both parties change to MEDIAS. */
#define CHANGE(medias)                                \
	do {                                          \
		ng_must(SAY("offer", medias), NULL);  \
		ng_must(SAY("answer", medias), NULL); \
	} while (0)

START_TEST(who_is_asked_again_goes_on_hearing_as_before)
{
	struct sw_key key;

	ng_ask_call("one", "a", "b", "");
	ng_must(REQUEST(ALL REC ", 'transport-protocol': 'RTP/SAVP'"), NULL);
	ng_must(HEAR(SAVP("5000") SAVP("5002")), NULL);
	key = *call_seal(copy(0));
	ng_must(REQUEST(REC), NULL);
	must_copy_both();
	ck_assert_mem_eq(call_seal(copy(0)), &key, sizeof key);
	/* Under another suite not before it has answered. */
	ng_must(REQUEST(REC ", 'transport-protocol': 'RTP/AVP'"), NULL);
	ck_assert_uint_eq(sinks(0) + sinks(1), 2);
	ng_must(HEAR(PCMA("5000") PCMA("5002")), NULL);
	must_copy_both();
}
END_TEST

START_TEST(another_codec_of_its_number_is_not_copied)
{
	subscribed();
	CHANGE("m=audio 4444 RTP/AVP 96\\r\\na=rtpmap:96 opus/48000/2\\r\\n");
	ng_must(REQUEST(REC), NULL);
	ng_must(HEAR("m=audio 5000 RTP/AVP 96\\r\\na=rtpmap:96 OPUS/48000/2\\r\\n"
		     "m=audio 5002 RTP/AVP 96\\r\\na=rtpmap:96 opus/48000/2\\r\\n"),
		NULL);
	must_copy_both();
	CHANGE("m=audio 4444 RTP/AVP 96\\r\\na=rtpmap:96 any-thing/16000\\r\\n");
	ck_assert_uint_eq(sinks(0) + sinks(1), 2);
	ng_must(REQUEST(REC), NULL);
	ng_must(HEAR("m=audio 5000 RTP/AVP 96\\r\\na=rtpmap:96 ANY-thing/16000\\r\\n"
		     "m=audio 5002 RTP/AVP 96\\r\\na=rtpmap:96 other/16000\\r\\n"),
		NULL);
	must_leave_by(0, 1, copy(0));
	ck_assert_uint_eq(sinks(1), 1);
}
END_TEST

START_TEST(a_fax_is_not_for_who_listens_to_speech)
{
	json_t *answer;

	subscribed();
	CHANGE("m=image 4444 udptl t38\\r\\n");
	ck_assert_uint_eq(sinks(0) + sinks(1), 2);
	answer = ng_ask(REQUEST(REC));
	ck_assert_uint_eq(times(text_at(answer, "sdp"), "m=audio 0 RTP/AVP 0\r\n"), 2);
	json_decref(answer);
	ck_assert_uint_eq(sinks(0) + sinks(1), 2);
	CHANGE("m=audio 4444 RTP/AVP 8\\r\\n");
	must_copy_both();
}
END_TEST

/* Two pairs: it goes on with its own, under its own name. */
START_TEST(who_listens_already_is_known_by_its_tag)
{
	ng_ask_call("one", "a", "b", "'via-branch': 'x', ");
	ng_ask_call("one", "a", "c", "'via-branch': 'y', ");
	ng_must(REQUEST(REC ", 'from-tags': ['a', 'b']"), NULL);
	ng_must(REQUEST(", 'to-tag': 'other', 'from-tags': ['b', 'a']"), NULL);
	ck_assert_uint_eq(call()->listeners, 2);
	ng_must(REQUEST(REC), NULL);
	ng_must(REQUEST(REC ", 'from-tag': 'a'"), NULL);
	ng_must(REQUEST(REC ", 'from-tag': 'c'"),
		"Not supported yet: parties that do not talk with each other");
	ng_ask_call("one", "rec", "d", "'via-branch': 'z', ");
	ng_must(REQUEST(REC), NULL);
	ck_assert_uint_eq(call()->listeners, 2);
}
END_TEST

/* ---- What it is offered, and answers. ---- */

static void
must_be_offered(const char *request, const char *line, unsigned n)
{
	json_t *answer = ng_ask(request);

	ck_assert_str_eq(text_at(answer, "result"), "ok");
	ck_assert_uint_eq(times(text_at(answer, "sdp"), line), n);
	json_decref(answer);
}

START_TEST(addresses_are_read_before_they_are_said)
{
	ng_ask_call("one", "a", "b", "");
	must_be_offered(REQUEST(REC ALL ", 'media-address': '2001:db8::1'"),
		"c=IN IP6 2001:db8::1\r\n", 2);
	must_be_offered(REQUEST(REC ALL ", 'media-address': 'x\\r\\na=y'"), "a=y\r\n", 0);
	must_be_offered(REQUEST(REC ", 'media-address': '192.0.2.99',"
				    " 'flags': ['full-rtcp-attribute', 'all']"),
		" IN IP4 192.0.2.99\r\n", 3); /* of o= and of two a=rtcp */
}
END_TEST

START_TEST(a_family_that_its_interface_has_no_address_of_is_not_asked_for)
{
	ng_ask_call("one", "a", "b", "");
	ng_must(REQUEST(ALL REC ", 'interface': 'inside', 'address-family': 'IP6'"), NULL);
	ck_assert_uint_eq(call()->listener[0].leg.local.family, AF_INET);
	ng_must(REQUEST(ALL ", 'to-tag': 'six', 'address-family': 'IP6'"), NULL);
	ck_assert_uint_eq(call()->listener[1].leg.local.family, AF_INET6);
}
END_TEST

START_TEST(srtp_is_offered_as_the_request_lets_it)
{
	const char *const no = "Not supported yet: DTLS";

	ng_ask_call("one", "a", "b", "");
	must_be_offered(REQUEST(REC ALL ", 'transport-protocol': 'RTP/SAVP', 'SDES': ['off']"),
		" RTP/AVP 8\r\n", 2);
	ng_must(REQUEST(REC ALL ", 'transport-protocol': 'RTP/SAVP',"
				" 'SDES': ['only-NULL_HMAC_SHA1_80']"),
		"No SRTP suite is left");
	ng_must(REQUEST(REC ALL ", 'transport-protocol': 'UDP/TLS/RTP/SAVPF'"), no);
	ng_must(REQUEST(REC ALL ", 'ICE': 'force'"), "Not supported yet: ICE");
	ck_assert_uint_eq(call()->listeners, 1);
}
END_TEST

START_TEST(letters_are_large_or_small)
{
	ng_ask_call("one", "a", "b", "");
	must_be_offered(
		REQUEST(REC ALL ", 'transport-protocol': 'rtp/avpf'"), " RTP/AVPF 8\r\n", 2);
	ng_must(HEAR("m=AUDIO 5000 rtp/avp 8\\r\\n"), NULL);
	ck_assert_uint_eq(fake_transport(desk.sw, copy(0)->slot)->remote[0].port, 5000);
}
END_TEST

START_TEST(rtcp_is_on_one_port_if_both_say_so)
{
	ng_ask_call("one", "a", "b", "");
	ng_must(REQUEST(REC ALL), NULL);
	ng_must(HEAR("m=audio 5000 RTP/AVP 8\\r\\na=rtcp-mux\\r\\n"), NULL);
	ck_assert_uint_eq(fake_transport(desk.sw, copy(0)->slot)->remote[1].port, 5001);
	ng_must(LEAVE("rec"), NULL);
	must_be_offered(REQUEST(REC ALL ", 'rtcp-mux': ['offer']"), "a=rtcp-mux\r\n", 2);
	ng_must(HEAR("m=audio 5000 RTP/AVP 8\\r\\na=rtcp-mux\\r\\n"), NULL);
	ck_assert_uint_eq(fake_transport(desk.sw, copy(0)->slot)->remote[1].port, 5000);
}
END_TEST

/* Behind which there is none for RTCP. */
START_TEST(the_last_port_of_all_may_be_asked_again)
{
	ng_ask_call("one", "a", "b", "");
	ng_must(REQUEST(REC ALL ", 'rtcp-mux': ['offer']"), NULL);
	ng_must(HEAR("m=audio 65535 RTP/AVP 8\\r\\na=rtcp-mux\\r\\n"), NULL);
	must_be_offered(
		REQUEST(REC ", 'transport-protocol': 'RTP/SAVP'"), "a=rtcp-mux\r\n", 2);
}
END_TEST

START_TEST(one_that_is_nowhere_any_more_gets_nothing)
{
	subscribed();
	ng_must(HEAR("m=audio 5000 RTP/AVP 8\\r\\nc=IN IP4 239.1.2.3\\r\\n" PCMA("5002")),
		NULL);
	ck_assert_uint_eq(sinks(0), 1);
	must_leave_by(1, 1, copy(1));
}
END_TEST

/* ---- A call that moves. ---- */

static struct {
	uint8_t bytes[RECORD_LONG_MAX];
	size_t len;
	unsigned done;
} moved;

static void
take(void *arg, const uint8_t *record, size_t len)
{
	memcpy(moved.bytes, record, len);
	moved.len = len;
}

static void
done(void *arg, const struct call *c, const struct fault *fault)
{
	ck_assert_ptr_null(fault);
	moved.done++;
}

START_TEST(listeners_stay_when_their_call_moves_and_hear_it_again_at_home)
{
	struct call *elsewhere;

	subscribed();
	moved.done = 0;
	calls_export(desk.calls, "one", take, done, NULL);
	fake_answer_all(desk.sw);
	elsewhere = record_decode(moved.bytes, moved.len, NULL);
	ck_assert_uint_eq(elsewhere->legs, 2);
	ck_assert_uint_eq(elsewhere->listeners, 0);
	call_close(elsewhere);
	ck_assert(fake_is_stopped(desk.sw, copy(0)->slot));
	calls_import(desk.calls, moved.bytes, moved.len, false, done, NULL);
	fake_answer_all(desk.sw);
	ck_assert_uint_eq(moved.done, 2);
	ck_assert(!fake_is_stopped(desk.sw, copy(0)->slot));
	must_copy_both();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_subscribe");
	TCase *t = tcase_create("listeners");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, desk_setup, desk_teardown);
	tcase_add_test(t, both_parties_are_offered_and_copied_once_it_answers);
	tcase_add_test(t, copies_are_called_what_is_in_them);
	tcase_add_test(t, copies_are_called_what_is_still_in_them);
	tcase_add_test(t, copies_go_where_the_answer_says_and_nothing_comes_back);
	tcase_add_test(t, one_party_alone_is_listened_to);
	tcase_add_test(t, what_cannot_be_is_refused);
	tcase_add_test(t, a_tag_that_no_record_can_hold_is_refused);
	tcase_add_test(t, an_answer_that_does_not_fit_changes_nothing);
	tcase_add_test(t, parties_that_do_not_talk_are_not_listened_to_at_once);
	tcase_add_test(t, what_it_does_not_take_it_does_not_get);
	tcase_add_test(t, it_hears_no_more_than_the_other_party);
	tcase_add_test(t, a_re_offer_that_opens_other_ports_keeps_the_copies);
	tcase_add_test(t, a_successor_and_a_fresh_switch_go_on_with_the_copies);
	tcase_add_test(t, who_leaves_and_a_call_that_ends_leave_nothing_behind);
	tcase_add_test(t, each_copy_is_sealed_with_a_key_of_its_own);
	tcase_add_test(t, who_is_asked_again_goes_on_hearing_as_before);
	tcase_add_test(t, another_codec_of_its_number_is_not_copied);
	tcase_add_test(t, a_fax_is_not_for_who_listens_to_speech);
	tcase_add_test(t, who_listens_already_is_known_by_its_tag);
	tcase_add_test(t, addresses_are_read_before_they_are_said);
	tcase_add_test(t, a_family_that_its_interface_has_no_address_of_is_not_asked_for);
	tcase_add_test(t, srtp_is_offered_as_the_request_lets_it);
	tcase_add_test(t, the_last_port_of_all_may_be_asked_again);
	tcase_add_test(t, rtcp_is_on_one_port_if_both_say_so);
	tcase_add_test(t, letters_are_large_or_small);
	tcase_add_test(t, one_that_is_nowhere_any_more_gets_nothing);
	tcase_add_test(t, listeners_stay_when_their_call_moves_and_hear_it_again_at_home);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
