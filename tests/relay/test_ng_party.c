/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/ng_party.c.  Whom a command is for, and the words of its errors: as rtpengine 26.3 was
 * seen to answer (tests/vectors/ng, incall). */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "relay/call.h"
#include "relay/coding.h"
#include "relay/dialog.h"
#include "tests/relay/ng_ask.h"

#define COMMAND(name, more) "{'command': '" name "', 'call-id': 'one'" more "}"
#define DIRECTIONAL ", 'flags': ['directional']"

static const struct coding *
coding(const char *call, unsigned leg)
{
	return calls_find(desk.calls, call)->leg[leg].stream[0].coding;
}

/* Are they blocked, the caller and the callee of the call? */
static void
must_block(const char *call, bool caller, bool callee)
{
	ck_assert_int_eq(coding(call, 0)->block, caller);
	ck_assert_int_eq(coding(call, 1)->block, callee);
}

START_TEST(a_whole_call_is_blocked_and_unblocked)
{
	ng_ask_call("one", "a", "b", "");
	must_block("one", false, false);
	ng_must(COMMAND("block media", ""), NULL);
	must_block("one", true, true);
	ng_must(COMMAND("unblock media", ""), NULL);
	must_block("one", false, false);
	/* Clients always say a tag: it counts for who asks for a direction only. */
	ng_must(COMMAND("block media", ", 'from-tag': 'a'"), NULL);
	must_block("one", true, true);
}
END_TEST

START_TEST(one_party_is_blocked_by_its_tag)
{
	ng_ask_call("one", "a", "b", "");
	ng_must(COMMAND("block media", ", 'from-tag': 'a'" DIRECTIONAL), NULL);
	must_block("one", true, false);
	ng_must(COMMAND("block media", ", 'from-tag': 'b'" DIRECTIONAL), NULL);
	ng_must(COMMAND("unblock media", ", 'from-tag': 'a'" DIRECTIONAL), NULL);
	must_block("one", false, true);
	ng_must(COMMAND("unblock media", ", 'flags': ['all', 'directional'], 'from-tag': 'a'"),
		NULL);
	must_block("one", false, false);
}
END_TEST

START_TEST(who_is_not_there_is_no_party)
{
	ng_ask_call("one", "a", "b", "");
	ng_must("{'command': 'block media', 'call-id': 'two'}", "Unknown call-ID");
	ng_must(COMMAND("block media", ", 'from-tag': 'nosuch'" DIRECTIONAL),
		"From-tag given, but no such tag exists");
	ng_must(COMMAND("block media", ", 'from-tag': 'a', 'to-tag': 'nosuch'" DIRECTIONAL),
		"To-tag given, but no such tag exists");
	ng_must(COMMAND("block media", ", 'label': 'nosuch'"),
		"No monologue matching the given label");
	ng_must(COMMAND("block media", ", 'address': '192.0.2.99'"),
		"Failed to match address to any tag");
	ng_must(COMMAND("block media", ", 'address': 'nosuch'"),
		"Failed to parse network address");
	must_block("one", false, false);
}
END_TEST

START_TEST(one_party_is_silenced_by_its_label_or_its_address)
{
	ng_ask_call("one", "a", "b", "'label': 'x', ");
	ng_must(COMMAND("silence media", ", 'address': '192.0.2.20'"), NULL);
	ck_assert(!coding("one", 0)->mute && coding("one", 1)->mute);
	ng_must(COMMAND("unsilence media", ", 'address': ['192.0.2.20']"), NULL);
	ck_assert(!coding("one", 0)->mute && !coding("one", 1)->mute);
	/* A party is at its address, by whatever port. */
	ng_must(COMMAND("silence media", ", 'address': '192.0.2.20:4000'"),
		"Failed to parse network address");
	ng_must(COMMAND("silence media", ", 'rtpp-flags': 'address=192.0.2.10'"), NULL);
	ck_assert(coding("one", 0)->mute && !coding("one", 1)->mute);
	must_block("one", false, false);
	ng_must(COMMAND("unsilence media", ""), NULL);
	ck_assert(!coding("one", 0)->mute && !coding("one", 1)->mute);
}
END_TEST

/* The caller's SDP has the label of an offer, the callee's that of an answer. */
START_TEST(a_label_names_who_made_the_sdp)
{
	ng_ask_call("one", "a", "b", "");
	ng_must("{'command': 'offer', 'call-id': 'one', 'from-tag': 'b', 'to-tag': 'a',"
		" 'label': 'bob', 'sdp': 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.20\\r\\ns=-\\r\\n"
		"c=IN IP4 192.0.2.20\\r\\nt=0 0\\r\\nm=audio 4000 RTP/AVP 8\\r\\n'}",
		NULL);
	ng_must(COMMAND("block media", ", 'label': 'bob'"), NULL);
	must_block("one", false, true);
}
END_TEST

START_TEST(a_command_may_name_its_party)
{
	char text[1024], label[DIALOG_TEXT + 2] = "";

	ng_ask_call("one", "a", "b", "");
	ng_must(COMMAND("block media", ", 'from-tag': 'b', 'set-label': 'bob'" DIRECTIONAL),
		NULL);
	must_block("one", false, true);
	/* Of the whole call there is nobody to be named. */
	ng_must(COMMAND("unblock media", ", 'set-label': 'all'"), NULL);
	ng_must(COMMAND("block media", ", 'label': 'all'"),
		"No monologue matching the given label");
	ng_must(COMMAND("block media", ", 'label': 'bob'"), NULL);
	must_block("one", false, true);
	memset(label, 'x', DIALOG_TEXT + 1);
	snprintf(text, sizeof text,
		COMMAND("block media", ", 'from-tag': 'b', 'set-label': '%s'" DIRECTIONAL),
		label);
	ng_must(text, "Label of more than 255 bytes");
	/* Who comes after us knows it, too. */
	fake_orphan(desk.sw, 0);
	desk_close();
	fake_bury(desk.sw);
	desk_open(SW_KEPT);
	ng_must(COMMAND("unblock media", ", 'label': 'bob'"), NULL);
	must_block("one", false, false);
}
END_TEST

/* The second fork is a call of its own; what the caller sends goes to both. */
START_TEST(what_one_sends_to_another_is_blocked_alone)
{
	ng_ask_call("one", "a", "b", "'via-branch': 'x', ");
	ng_ask_call("one", "a", "c", "'via-branch': 'y', ");
	ng_must(COMMAND("block media", ", 'from-tag': 'a', 'to-tag': 'c'" DIRECTIONAL), NULL);
	must_block("one", false, false);
	must_block("one#2", true, false);
	ng_must(COMMAND("block media", ", 'from-tag': 'b', 'to-tag': 'c'" DIRECTIONAL),
		"Media flow not found");
	ng_must(COMMAND("block media", ", 'from-tag': 'a'" DIRECTIONAL), NULL);
	must_block("one", true, false);
}
END_TEST

/* Both are called by their labels; an offer's may be said as from-label, too. */
START_TEST(labels_stand_for_both_tags)
{
	ng_ask_call("one", "a", "b", "'via-branch': 'x', ");
	ng_ask_call("one", "a", "c", "'via-branch': 'y', ");
	ng_must("{'command': 'offer', 'call-id': 'one', " AB "'from-label': 'ann', " SDP "}",
		NULL);
	ng_must(COMMAND("block media", ", 'label': 'ann', 'to-label': 'ann'"),
		"Media flow not found");
	ng_must(COMMAND("block media", ", 'from-tag': 'b', 'to-label': 'nosuch'" DIRECTIONAL),
		"No monologue matching the given label");
	ng_must(COMMAND("block media", ", 'from-tag': 'c', 'set-label': 'cid'" DIRECTIONAL),
		NULL);
	ng_must(COMMAND("unblock media", ""), NULL);
	ng_must(COMMAND("block media", ", 'from-label': 'ann', 'to-label': 'cid'"), NULL);
	must_block("one", false, false);
	must_block("one#2", true, false);
}
END_TEST

/* Whom `all` means, of a command with the tag of b. */
START_TEST(all_says_whose_flows_are_meant)
{
	static const struct {
		const char *word;
		bool caller, callee;
		const char *reason;
	} rows[] = {
		{"all", true, true, NULL},
		{"none", true, true,
			NULL}, /* as if it were not said: b's tag does not count */
		{"offer-answer", false, true, NULL},
		{"flows", false, true, NULL},
		{"OFFER_ANSWER", false, true, NULL},
		{"except-offer-answer", false, false,
			"Not supported yet: all=except-offer-answer"},
		{"except_offer_answer", false, false,
			"Not supported yet: all=except-offer-answer"},
		{"nosuch", false, false, "Unknown value of all"},
		{"", false, false, "Unknown value of all"},
		{"non-offer-answer", false, false,
			"Not supported yet: all=except-offer-answer"},
	};
	static const char *const forms[][2] = {
		{"'all': '", "'"}, {"'rtpp-flags': 'all=", "'"}};
	char text[256];

	ng_ask_call("one", "a", "b", "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
			snprintf(text, sizeof text,
				COMMAND("block media", ", 'from-tag': 'b', %s%s%s"),
				forms[f][0], rows[i].word, forms[f][1]);
			ng_must(text, rows[i].reason);
			must_block("one", rows[i].caller, rows[i].callee);
			ng_must(COMMAND("unblock media", ""), NULL);
		}
	ng_must(COMMAND("block media", ", 'from-tag': 'b', 'all': 'except offer answer'"),
		"Not supported yet: all=except-offer-answer");
	must_block("one", false, false);
	/* The flag is the same as the key, which counts for more than `directional`; and who
	 * is named directly is one alone. */
	ng_must(COMMAND("block media", ", 'from-tag': 'b', 'flags': ['all', 'directional']"),
		NULL);
	must_block("one", true, true);
	ng_must(COMMAND("unblock media", ", 'from-tag': 'b', 'all': 'none'" DIRECTIONAL),
		NULL);
	must_block("one", true, false);
}
END_TEST

START_TEST(a_block_lasts_over_the_next_offer)
{
	ng_ask_call("one", "a", "b", "");
	ng_must(COMMAND("block media", ", 'from-tag': 'a'" DIRECTIONAL), NULL);
	ng_ask_call("one", "a", "b", "");
	must_block("one", true, false);
}
END_TEST

START_TEST(what_the_switch_refuses_is_an_error)
{
	json_t *answer;

	ng_ask_call("one", "a", "b", "");
	fake_refuse(desk.sw, SW_FLOW_SET, 0, -EINVAL);
	answer = ng_ask(COMMAND("block media", ""));
	ck_assert_str_eq(json_string_value(ng_at(answer, "result")), "error");
	json_decref(answer);
	must_block("one", false, false);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_party");
	TCase *t = tcase_create("parties");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, desk_setup, desk_teardown);
	tcase_add_test(t, a_whole_call_is_blocked_and_unblocked);
	tcase_add_test(t, one_party_is_blocked_by_its_tag);
	tcase_add_test(t, who_is_not_there_is_no_party);
	tcase_add_test(t, one_party_is_silenced_by_its_label_or_its_address);
	tcase_add_test(t, a_label_names_who_made_the_sdp);
	tcase_add_test(t, a_command_may_name_its_party);
	tcase_add_test(t, what_one_sends_to_another_is_blocked_alone);
	tcase_add_test(t, labels_stand_for_both_tags);
	tcase_add_test(t, all_says_whose_flows_are_meant);
	tcase_add_test(t, a_block_lasts_over_the_next_offer);
	tcase_add_test(t, what_the_switch_refuses_is_an_error);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
