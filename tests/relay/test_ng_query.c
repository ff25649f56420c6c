/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/ng_query*.c and ng_statistics.c.  The order and the spelling of keys are those of what
 * rtpengine 26.3 answered (tests/vectors/ng); what Kamailio reads of it, and in which units,
 * is in its rtpengine module. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/call.h"
#include "tests/relay/ng_ask.h"

#define QUERY "{'command': 'query', 'call-id': 'one'"

static struct stream *
stream_of(const char *call, unsigned leg)
{
	return (struct stream *)(uintptr_t)&calls_find(desk.calls, call)->leg[leg].stream[0];
}

/* PACKETS of RTP, 172 bytes each, have come from the party of LEG, of which LOST more not. */
static void
hear(const char *call, unsigned leg, uint32_t ssrc, uint64_t packets, uint64_t lost)
{
	struct sw_transport_state *st =
		fake_transport_state(desk.sw, stream_of(call, leg)->slot);

	st->rx_packets = packets;
	st->rx_bytes = 172 * packets;
	st->rx_ssrcs = 1;
	st->rx = (struct sw_rx_ssrc){.ssrc = ssrc, .state = 1, .epoch = 1, .first = 100};
	st->rx.index = 100 + packets + lost - 1;
	st->rx.packets = packets;
}

static int64_t
number(json_t *answer, const char *path)
{
	const json_t *n = ng_at(answer, path);

	ck_assert_msg(json_is_integer(n), "no number at %s", path);
	return json_integer_value(n);
}

static const char *
text(json_t *answer, const char *path)
{
	const json_t *s = ng_at(answer, path);

	ck_assert_msg(json_is_string(s), "no text at %s", path);
	return json_string_value(s);
}

/* Does the list at PATH have WORD? */
static bool
lists(json_t *answer, const char *path, const char *word)
{
	const json_t *list = ng_at(answer, path);
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v)
		if (strcmp(json_string_value(v), word) == 0)
			return true;
	return false;
}

START_TEST(a_call_is_told_of_with_its_parties_and_their_addresses)
{
	json_t *a;

	ng_ask_call("one", "a", "b", "");
	a = ng_ask(QUERY "}");
	ck_assert_str_eq(text(a, "tags/a/tag"), "a");
	ck_assert_str_eq(text(a, "tags/a/subscriptions/0/tag"), "b");
	ck_assert_str_eq(text(a, "tags/b/subscribers/0/tag"), "a");
	ck_assert_int_eq(number(a, "tags/a/medias/0/index"), 1);
	ck_assert_str_eq(text(a, "tags/a/medias/0/type"), "audio");
	ck_assert_str_eq(text(a, "tags/a/medias/0/protocol"), "RTP/AVP");
	ck_assert_str_eq(text(a, "tags/a/medias/0/codec"), "PCMA/8000");
	ck_assert_str_eq(text(a, "tags/a/medias/0/streams/0/endpoint/address"), "192.0.2.10");
	ck_assert_int_eq(number(a, "tags/a/medias/0/streams/0/endpoint/port"), 2000);
	ck_assert_int_eq(
		number(a, "tags/b/medias/0/streams/1/advertised endpoint/port"), 4001);
	ck_assert_int_eq(number(a, "tags/b/medias/0/streams/1/local port"),
		stream_of("one", 1)->port + 1);
	ck_assert_str_eq(text(a, "tags/a/medias/0/streams/0/family"), "IPv4");
	ck_assert(lists(a, "tags/a/medias/0/streams/0/flags", "RTP"));
	ck_assert(lists(a, "tags/a/medias/0/flags", "send"));
	ck_assert_int_eq(number(a, "created_ts"),
		number(a, "created") * 1000000 + number(a, "created_us"));
	ck_assert_str_eq(text(a, "result"), "ok");
	json_decref(a);
}
END_TEST

/* 26.3 tells of both by their numbers in its tables; of what is in none as it came. */
START_TEST(a_medium_is_told_of_in_the_letters_of_everybody)
{
	json_t *a;

	ng_must("{'command': 'offer', 'call-id': 'one', 'from-tag': 'a', 'sdp': 'v=0\\r\\n"
		"o=- 1 1 IN IP4 192.0.2.10\\r\\ns=-\\r\\nc=IN IP4 192.0.2.10\\r\\nt=0 0\\r\\n"
		"m=AUDIO 2000 rtp/avpf 8\\r\\nm=Image 2002 UDPTL t38\\r\\n"
		"m=Hologram 2004 rtp/xyz 8\\r\\n'}",
		NULL);
	a = ng_ask(QUERY "}");
	ck_assert_str_eq(text(a, "tags/a/medias/0/type"), "audio");
	ck_assert_str_eq(text(a, "tags/a/medias/0/protocol"), "RTP/AVPF");
	ck_assert(lists(a, "tags/a/medias/0/flags", "RTCP feedback"));
	ck_assert_str_eq(text(a, "tags/a/medias/1/type"), "image");
	ck_assert_str_eq(text(a, "tags/a/medias/1/protocol"), "udptl");
	ck_assert_str_eq(text(a, "tags/a/medias/2/type"), "Hologram");
	ck_assert_str_eq(text(a, "tags/a/medias/2/protocol"), "rtp/xyz");
	json_decref(a);
}
END_TEST

START_TEST(what_was_counted_is_summed)
{
	json_t *a;

	ng_ask_call("one", "a", "b", "");
	hear("one", 0, 0x11111111, 50, 0);
	hear("one", 1, 0x22222222, 30, 0);
	fake_transport_state(desk.sw, stream_of("one", 1)->slot)->tx_packets = 49;
	fake_transport_state(desk.sw, stream_of("one", 1)->slot)->rx_rtcp = 3;
	a = ng_ask(QUERY "}");
	ck_assert_int_eq(number(a, "tags/a/medias/0/streams/0/stats/packets"), 50);
	ck_assert_int_eq(number(a, "tags/a/medias/0/streams/0/stats/bytes"), 8600);
	ck_assert_int_eq(number(a, "tags/a/medias/0/streams/0/SSRC"), 0x11111111);
	ck_assert_int_eq(number(a, "tags/b/medias/0/streams/0/stats_out/packets"), 49);
	ck_assert_int_eq(number(a, "totals/RTP/packets"), 80);
	ck_assert_int_eq(number(a, "totals/RTP/bytes"), 80 * 172);
	ck_assert_int_eq(number(a, "totals/RTCP/packets"), 3);
	ck_assert_int_eq(number(a, "SSRC/286331153/packets"), 50);
	ck_assert_int_eq(number(a, "SSRC/286331153/last RTP seq"), 149);
	ck_assert_int_eq(number(a, "tags/b/medias/0/ingress SSRCs/0/SSRC"), 0x22222222);
	json_decref(a);
}
END_TEST

START_TEST(an_opinion_is_told_of_before_anybody_has_looked)
{
	json_t *a;

	ng_ask_call("one", "a", "b", "");
	hear("one", 0, 1, 100, 0);
	hear("one", 1, 2, 80, 20);
	a = ng_ask(QUERY "}");
	/* G.711 without loss: R 93.2, MOS 4.4 (G.107). */
	ck_assert_int_ge(number(a, "SSRC/1/average MOS/MOS"), 42);
	ck_assert_int_eq(number(a, "SSRC/1/average MOS/packet loss"), 0);
	ck_assert_int_eq(number(a, "SSRC/1/average MOS/samples"), 1);
	ck_assert_int_eq(number(a, "SSRC/2/average MOS/packet loss"), 20);
	ck_assert_int_lt(number(a, "SSRC/2/average MOS/MOS"), 40);
	ck_assert_int_eq(
		number(a, "SSRC/2/lowest MOS/MOS"), number(a, "SSRC/2/average MOS/MOS"));
	json_decref(a);
}
END_TEST

START_TEST(the_listeners_opinions_count_where_there_are_any)
{
	struct sw_transport_state *b;
	json_t *a;

	ng_ask_call("one", "a", "b", "");
	hear("one", 0, 1, 100, 0);
	b = fake_transport_state(desk.sw, stream_of("one", 1)->slot);
	b->tx_packets = 100;
	b->reports.reports = 2;
	b->reports.sent = 100;
	b->reports.lost = 10;
	b->reports.jitter = 8 * 12; /* of 8 kHz: 12 ms */
	b->reports.rtt_us = 30000;
	call_see(stream_of("one", 1))->heard.by_party = (struct heard_run){
		.last = 4, .sum = 12, .looks = 3, .least = 3500, .most = 4300};
	a = ng_ask(QUERY "}");
	ck_assert_int_eq(number(a, "SSRC/1/average MOS/MOS"), 40);
	ck_assert_int_eq(number(a, "SSRC/1/average MOS/samples"), 3);
	ck_assert_int_eq(number(a, "SSRC/1/average MOS/jitter"), 12);
	ck_assert_int_eq(number(a, "SSRC/1/average MOS/packet loss"), 10);
	ck_assert_int_eq(number(a, "SSRC/1/average MOS/round-trip time"), 30000);
	ck_assert_int_eq(number(a, "SSRC/1/lowest MOS/MOS"), 35);
	ck_assert_int_eq(number(a, "SSRC/1/highest MOS/MOS"), 43);
	json_decref(a);
}
END_TEST

START_TEST(a_tag_is_asked_for_with_whom_it_talks_to)
{
	json_t *a;

	ng_ask_call("one", "a", "b", "'via-branch': 'x', ");
	ng_ask_call("one", "a", "c", "'via-branch': 'y', ");
	hear("one", 1, 7, 5, 0);
	a = ng_ask(QUERY "}");
	ck_assert_uint_eq(json_object_size(ng_at(a, "tags")), 3);
	/* The fork that the caller was signalled with last is the one that it talks in. */
	ck_assert_str_eq(text(a, "tags/a/subscriptions/0/tag"), "c");
	ck_assert_uint_eq(json_array_size(ng_at(a, "tags/b/subscriptions")), 0);
	ck_assert_str_eq(text(a, "tags/b/via-branch"), "x");
	ck_assert_int_eq(number(a, "totals/RTP/packets"), 5);
	json_decref(a);
	a = ng_ask(QUERY ", 'from-tag': 'a'}");
	ck_assert_uint_eq(json_object_size(ng_at(a, "tags")), 2);
	ck_assert_ptr_nonnull(ng_at(a, "tags/c"));
	ck_assert_int_eq(number(a, "totals/RTP/packets"), 0);
	json_decref(a);
	a = ng_ask(QUERY ", 'from-tag': 'a', 'to-tag': 'b'}");
	ck_assert_uint_eq(json_object_size(ng_at(a, "tags")), 1);
	ck_assert_ptr_nonnull(ng_at(a, "tags/b"));
	json_decref(a);
	a = ng_ask(QUERY ", 'from-tag': 'nosuch'}");
	ck_assert_uint_eq(json_object_size(ng_at(a, "tags")), 0);
	json_decref(a);
}
END_TEST

START_TEST(a_delete_answers_the_same)
{
	json_t *a;

	ng_ask_call("one", "a", "b", "'label': 'x', ");
	hear("one", 0, 1, 50, 0);
	a = ng_ask("{'command': 'delete', 'call-id': 'one', 'from-tag': 'a'}");
	ck_assert_int_eq(number(a, "totals/RTP/packets"), 50);
	ck_assert_str_eq(text(a, "result"), "ok");
	json_decref(a);
}
END_TEST

/* One call is gone before the other is, and before the answer. */
START_TEST(a_delete_tells_of_all_forks)
{
	json_t *a;

	ng_ask_call("one", "a", "b", "'via-branch': 'x', ");
	ng_ask_call("one", "a", "c", "'via-branch': 'y', ");
	a = ng_ask("{'command': 'delete', 'call-id': 'one', 'delete-delay': 0}");
	ck_assert_str_eq(text(a, "tags/b/medias/0/protocol"), "RTP/AVP");
	ck_assert_str_eq(text(a, "tags/c/medias/0/protocol"), "RTP/AVP");
	json_decref(a);
}
END_TEST

START_TEST(a_delete_of_a_former_tag_still_tells_of_it)
{
	json_t *a;

	ng_ask_call("one", "a", "b", "");
	ng_ask_call("one", "a", "c", "");
	a = ng_ask("{'command': 'delete', 'call-id': 'one', 'from-tag': 'a', 'to-tag': 'b',"
		   " 'flags': ['to-tag']}");
	ck_assert(lists(a, "tags/c/tag-aliases", "b"));
	json_decref(a);
	a = ng_ask(QUERY "}");
	ck_assert_ptr_nonnull(ng_at(a, "tags/c"));
	ck_assert_ptr_null(ng_at(a, "tags/c/tag-aliases"));
	json_decref(a);
}
END_TEST

/* ---- As recorded. ---- */

static void must_follow(json_t *ours, json_t *theirs, const char *path);

/* Each key of OURS is one of THEIRS, in their order; dictionaries by tag or number have keys
 * of their own. */
static void
must_follow_keys(json_t *ours, json_t *theirs, const char *path)
{
	bool by_name = strstr(path, "tags") == path + strlen(path) - 4 ||
		       strstr(path, "SSRC") == path + strlen(path) - 4;
	void *at = json_object_iter(theirs);
	const char *key;
	char inner[256];
	json_t *v;

	json_object_foreach (ours, key, v) {
		while (!by_name && at != NULL && strcmp(json_object_iter_key(at), key) != 0)
			at = json_object_iter_next(theirs, at);
		if (at == NULL && strstr(key, "MOS") != NULL)
			break; /* there were no reports to be recorded */
		ck_assert_msg(at != NULL, "%s: no %s, or not in this order", path, key);
		snprintf(inner, sizeof inner, "%s/%s", path, by_name ? "*" : key);
		must_follow(v, json_object_iter_value(at), inner);
	}
}

static void
must_follow(json_t *ours, json_t *theirs, const char *path)
{
	ck_assert_msg(json_typeof(ours) == json_typeof(theirs), "%s is another type", path);
	if (json_is_object(ours) && json_object_size(theirs) > 0)
		must_follow_keys(ours, theirs, path);
	else if (json_is_array(ours) && json_array_size(ours) > 0 &&
		 json_array_size(theirs) > 0)
		must_follow(json_array_get(ours, 0), json_array_get(theirs, 0), path);
}

/* What was answered to step STEP of case NAME. */
static json_t *
recorded(const char *topic, const char *name, int step)
{
	static char line[1 << 17];
	json_t *got = NULL;
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/rtpengine-26.3-%s.jsonl", getenv("VECTORS"), topic);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "no %s", path);
	while (got == NULL && fgets(line, sizeof line, f) != NULL) {
		json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);

		if (strcmp(text(row, "case"), name) == 0 &&
			json_integer_value(json_object_get(row, "step")) == step)
			got = json_incref(json_object_get(row, "got"));
		json_decref(row);
	}
	fclose(f);
	ck_assert_ptr_nonnull(got);
	return got;
}

START_TEST(keys_stand_in_the_order_of_rtpengine)
{
	json_t *theirs = recorded("transcode", "pcma-to-opus", 3), *ours;

	ng_ask_call("one", "a", "b", "");
	hear("one", 0, 1, 50, 0);
	hear("one", 1, 2, 50, 0);
	ours = ng_ask(QUERY "}");
	must_follow(ours, theirs, "query");
	json_decref(ours);
	json_decref(theirs);
	theirs = recorded("incall", "statistics", 1);
	ours = ng_ask("{'command': 'statistics'}");
	must_follow(ours, theirs, "statistics");
	json_decref(ours);
	json_decref(theirs);
}
END_TEST

START_TEST(an_address_is_an_interface_of_each_of_its_names)
{
	static const char *const names[] = {"priv", "pub"};
	struct config_names *list = &desk.conf.interface[0].names;
	json_t *a;

	desk.conf.interfaces = 1;
	list->n = 2;
	for (unsigned i = 0; i < 2; i++) {
		strcpy(list->name[i].name, names[i]);
		list->name[i].addr = fake_state(desk.sw)->address[0].addr;
		list->name[i].addr.port = 0;
	}
	a = ng_ask("{'command': 'statistics'}");
	ck_assert_str_eq(text(a, "statistics/interfaces/0/name"), "priv");
	ck_assert_str_eq(text(a, "statistics/interfaces/1/name"), "pub");
	ck_assert_str_eq(text(a, "statistics/interfaces/1/address"),
		text(a, "statistics/interfaces/0/address"));
	ck_assert_int_eq(number(a, "statistics/interfaces/1/ports/totals"), 1000);
	ck_assert_str_eq(text(a, "statistics/interfaces/2/name"), "outside");
	json_decref(a);
}
END_TEST

START_TEST(commands_and_calls_are_counted)
{
	json_t *a;

	ng_ask_call("one", "a", "b", "");
	ng_must("{'command': 'query', 'call-id': 'nosuch'}", "Unknown call-id");
	a = ng_ask("{'command': 'statistics'}");
	ck_assert_int_eq(number(a, "statistics/currentstatistics/sessionsown"), 1);
	ck_assert_int_eq(number(a, "statistics/totalstatistics/managedsessions"), 1);
	ck_assert_int_eq(number(a, "statistics/controlstatistics/totaloffercount"), 1);
	ck_assert_int_eq(number(a, "statistics/controlstatistics/proxies/0/errorcount"), 1);
	ck_assert_str_eq(text(a, "statistics/interfaces/0/name"), "outside");
	ck_assert_int_eq(number(a, "statistics/interfaces/0/ports/totals"), 1000);
	json_decref(a);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_query");
	TCase *t = tcase_create("queries");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, desk_setup, desk_teardown);
	tcase_add_test(t, a_call_is_told_of_with_its_parties_and_their_addresses);
	tcase_add_test(t, a_medium_is_told_of_in_the_letters_of_everybody);
	tcase_add_test(t, what_was_counted_is_summed);
	tcase_add_test(t, an_opinion_is_told_of_before_anybody_has_looked);
	tcase_add_test(t, the_listeners_opinions_count_where_there_are_any);
	tcase_add_test(t, a_tag_is_asked_for_with_whom_it_talks_to);
	tcase_add_test(t, a_delete_answers_the_same);
	tcase_add_test(t, a_delete_tells_of_all_forks);
	tcase_add_test(t, a_delete_of_a_former_tag_still_tells_of_it);
	tcase_add_test(t, keys_stand_in_the_order_of_rtpengine);
	tcase_add_test(t, commands_and_calls_are_counted);
	tcase_add_test(t, an_address_is_an_interface_of_each_of_its_names);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
