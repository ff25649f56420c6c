/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/dialog.c, dialog_associate.c, dialog_delete.c and dialogs.c: who is who, by the rules
 * of the NG protocol. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/dialog.h"

static struct dialogs *all;
static struct dialog *d;
static unsigned side; /* that made the SDP, in the last one() */

static void
open_dialog(void)
{
	all = dialogs_open();
	d = dialogs_add(all, SLICE("call"));
	ck_assert_ptr_nonnull(d);
}

static void
close_dialog(void)
{
	dialogs_close(all);
}

static struct ng_request
request(const char *from, const char *to, const char *branch)
{
	return (struct ng_request){.from_tag = slice_of(from),
		.to_tag = slice_of(to),
		.via_branch = slice_of(branch)};
}

/* An offer or an answer that goes well. */
static struct pair *
one(bool answer, const char *from, const char *to, const char *branch)
{
	struct ng_request r = request(from, to, branch);
	struct association as;
	const char *reason = NULL;

	ck_assert_msg(dialog_associate(&as, d, &r, answer, &reason) == 0, "%s", reason);
	side = as.from;
	as.pair->made = true;
	dialog_keep(&as);
	return as.pair;
}

static struct pair *
offer(const char *from, const char *to, const char *branch)
{
	return one(false, from, to, branch);
}

static struct pair *
answer(const char *from, const char *to, const char *branch)
{
	return one(true, from, to, branch);
}

static const char *
refusal(bool is_answer, const char *from, const char *to)
{
	struct ng_request r = request(from, to, NULL);
	struct association as;
	const char *reason = NULL;

	ck_assert_int_eq(dialog_associate(&as, d, &r, is_answer, &reason), -EINVAL);
	return reason;
}

static const char *
tag(const struct pair *pair, unsigned i)
{
	return pair->party[i]->tag;
}

static unsigned
parties(void)
{
	unsigned n = 0;

	for (const struct party *p = d->parties; p != NULL; p = p->next)
		n++;
	return n;
}

/* ---- Offer and answer. ---- */

START_TEST(a_first_offer_makes_a_party_and_firstwithout_a_name)
{
	struct pair *p = offer("a", NULL, NULL);

	ck_assert_str_eq(tag(p, 0), "a");
	ck_assert_ptr_null(tag(p, 1));
	ck_assert_uint_eq(side, 0);
	ck_assert_str_eq(p->call, "call");
}
END_TEST

START_TEST(the_same_offer_again_is_of_the_same_pair)
{
	struct pair *p = offer("a", NULL, NULL);

	ck_assert_ptr_eq(offer("a", NULL, NULL), p);
	ck_assert_uint_eq(parties(), 2);
}
END_TEST

START_TEST(the_first_answer_names_the_other_party)
{
	struct pair *p = offer("a", NULL, NULL);

	ck_assert_ptr_eq(answer("a", "b", NULL), p);
	ck_assert_str_eq(tag(p, 1), "b");
	ck_assert_uint_eq(side, 1);
}
END_TEST

START_TEST(either_party_may_offer_again)
{
	struct pair *p = offer("a", NULL, NULL);

	answer("a", "b", NULL);
	ck_assert_ptr_eq(offer("b", "a", NULL), p);
	ck_assert_uint_eq(side, 1);
	ck_assert_ptr_eq(answer("b", "a", NULL), p);
	ck_assert_uint_eq(side, 0);
	ck_assert_ptr_eq(offer("a", "b", NULL), p);
	ck_assert_uint_eq(side, 0);
	ck_assert_uint_eq(parties(), 2);
}
END_TEST

START_TEST(each_branch_is_a_pair_of_its_own)
{
	struct pair *first = offer("a", NULL, "br1"), *second = offer("a", NULL, "br2");

	ck_assert_ptr_ne(first, second);
	ck_assert_str_eq(second->call, "call#2");
	ck_assert_ptr_eq(first->party[0], second->party[0]);
	ck_assert_ptr_eq(offer("a", NULL, "br1"), first);
	ck_assert_ptr_eq(answer("a", "b1", "br1"), first);
	ck_assert_ptr_eq(answer("a", "b2", "br2"), second);
	ck_assert_ptr_eq(offer("b1", "a", NULL), first);
	ck_assert_uint_eq(parties(), 3);
}
END_TEST

START_TEST(an_offer_without_a_branch_gets_that_of_a_later_one)
{
	struct pair *p = offer("a", NULL, NULL);

	ck_assert_ptr_eq(offer("a", NULL, "br1"), p);
	ck_assert_ptr_ne(offer("a", NULL, "br2"), p);
}
END_TEST

START_TEST(a_branch_beside_a_peer_with_a_tag_is_a_pair_of_its_own)
{
	struct pair *p = offer("a", NULL, NULL);

	answer("a", "b", NULL);
	ck_assert_ptr_ne(offer("a", NULL, "br1"), p);
	ck_assert_uint_eq(parties(), 3);
}
END_TEST

START_TEST(an_offer_to_an_unknown_tag_names_the_party_that_has_none)
{
	struct pair *p = offer("a", NULL, NULL);

	ck_assert_ptr_eq(offer("a", "b", NULL), p);
	ck_assert_str_eq(tag(p, 1), "b");
}
END_TEST

START_TEST(an_offer_to_an_unknown_tag_is_a_new_branch_when_the_peer_has_another)
{
	struct pair *p = offer("a", NULL, NULL), *q;

	answer("a", "b", NULL);
	q = offer("a", "c", NULL);
	ck_assert_ptr_ne(q, p);
	ck_assert_ptr_eq(q->party[0], p->party[0]);
	ck_assert_str_eq(tag(q, 1), "c");
}
END_TEST

START_TEST(two_strangers_with_tags_are_a_pair)
{
	struct pair *p = offer("a", "b", NULL);

	ck_assert_str_eq(tag(p, 0), "a");
	ck_assert_str_eq(tag(p, 1), "b");
}
END_TEST

START_TEST(two_who_have_never_met_do_now)
{
	struct pair *p, *q;

	offer("a", NULL, "br1");
	answer("a", "b", "br1");
	offer("a", NULL, "br2");
	answer("a", "c", "br2");
	p = dialog_pair(d, dialog_party(d, SLICE("b")), dialog_party(d, SLICE("c")));
	ck_assert_ptr_null(p);
	q = offer("b", "c", NULL);
	ck_assert_str_eq(tag(q, 0), "b");
	ck_assert_str_eq(tag(q, 1), "c");
	ck_assert_uint_eq(parties(), 3);
}
END_TEST

START_TEST(an_offer_from_an_unknown_tag_is_of_the_peer_that_has_none)
{
	struct pair *p = offer("a", NULL, NULL);

	ck_assert_ptr_eq(offer("b", "a", NULL), p);
	ck_assert_uint_eq(side, 1);
	ck_assert_str_eq(tag(p, 1), "b");
}
END_TEST

START_TEST(an_offer_from_an_unknown_tag_is_a_new_party_when_the_peer_has_another)
{
	struct pair *p = offer("a", NULL, NULL), *q;

	answer("a", "b", NULL);
	q = offer("c", "a", NULL);
	ck_assert_ptr_ne(q, p);
	ck_assert_str_eq(tag(q, 0), "c");
	ck_assert_uint_eq(side, 0);
}
END_TEST

START_TEST(an_answer_under_another_tag_is_of_the_same_party)
{
	struct pair *p = offer("a", NULL, NULL);

	answer("a", "b1", NULL);
	ck_assert_ptr_eq(answer("a", "b2", NULL), p);
	ck_assert_str_eq(tag(p, 1), "b2");
	ck_assert_ptr_eq(dialog_party(d, SLICE("b1")), p->party[1]);
	ck_assert_ptr_eq(answer("a", "b1", NULL), p);
	ck_assert_str_eq(tag(p, 1), "b1");
	ck_assert_str_eq(dialog_former_tag(p->party[1], 0), "b2");
	ck_assert_ptr_null(dialog_former_tag(p->party[1], 1));
}
END_TEST

START_TEST(of_former_tags_the_newest_are_known)
{
	char name[16];

	offer("a", NULL, NULL);
	for (unsigned i = 0; i < DIALOG_FORMER + 2; i++) {
		snprintf(name, sizeof name, "b%u", i);
		answer("a", name, NULL);
	}
	ck_assert_ptr_null(dialog_party(d, SLICE("b0")));
	ck_assert_ptr_nonnull(dialog_party(d, SLICE("b1")));
}
END_TEST

START_TEST(nobody_talks_with_himself)
{
	ck_assert_str_eq(refusal(false, "a", "a"), "Invalid dialogue association");
	ck_assert_uint_eq(parties(), 0);
	offer("a", NULL, NULL);
	answer("a", "b1", NULL);
	answer("a", "b2", NULL);
	ck_assert_str_eq(refusal(false, "b1", "b2"), "Invalid dialogue association");
}
END_TEST

START_TEST(nothing_answers_what_was_not_offered)
{
	offer("a", NULL, NULL);
	answer("a", "b", NULL);
	ck_assert_str_eq(refusal(true, "x", "y"), "Invalid dialogue association");
	ck_assert_str_eq(refusal(true, "c", "b"), "Invalid dialogue association");
	ck_assert_uint_eq(parties(), 2);
}
END_TEST

START_TEST(what_fails_leaves_no_trace)
{
	struct ng_request r = request("a", "b2", "br");
	struct association as;
	struct pair *p;
	const char *reason;

	r.label = SLICE("blue");
	ck_assert_int_eq(dialog_associate(&as, d, &r, false, &reason), 0);
	dialog_undo(&as);
	ck_assert_ptr_null(d->pairs);
	ck_assert_ptr_null(d->parties);

	p = offer("a", NULL, NULL);
	answer("a", "b1", NULL);
	ck_assert_int_eq(dialog_associate(&as, d, &r, true, &reason), 0);
	ck_assert_str_eq(tag(p, 1), "b2");
	ck_assert_str_eq(p->party[1]->label, "blue");
	dialog_undo(&as);
	ck_assert_str_eq(tag(p, 1), "b1");
	ck_assert_ptr_null(p->party[1]->label);
	ck_assert_ptr_null(dialog_former_tag(p->party[1], 0));
	ck_assert_ptr_eq(d->pairs, p);
	ck_assert_uint_eq(parties(), 2);
}
END_TEST

START_TEST(texts_that_are_too_long_are_refused)
{
	char text[DIALOG_TEXT + 2];
	struct ng_request r = request("a", NULL, NULL);
	struct association as;
	const char *reason;

	memset(text, 'x', sizeof text);
	r.from_tag = (struct slice){text, DIALOG_TEXT + 1};
	ck_assert_int_eq(dialog_associate(&as, d, &r, false, &reason), -EINVAL);
	ck_assert_ptr_null(d->parties);
	r.from_tag = (struct slice){text, DIALOG_TEXT};
	ck_assert_int_eq(dialog_associate(&as, d, &r, false, &reason), 0);
	dialog_undo(&as);
	r.from_tag = (struct slice){"a\0b", 3};
	ck_assert_int_eq(dialog_associate(&as, d, &r, false, &reason), -EINVAL);
}
END_TEST

START_TEST(there_are_so_many_parties_and_no_more)
{
	struct ng_request r = request("a", NULL, "one more");
	struct association as;
	const char *reason;
	char branch[16];

	for (unsigned i = 1; i < DIALOG_PARTIES; i++) {
		snprintf(branch, sizeof branch, "br%u", i);
		offer("a", NULL, branch);
	}
	ck_assert_int_eq(dialog_associate(&as, d, &r, false, &reason), -EINVAL);
	ck_assert_str_eq(reason, "Too many parties in one call");
	ck_assert_uint_eq(parties(), DIALOG_PARTIES);
}
END_TEST

/* ---- Delete. ---- */

static struct party *found;

static enum dialog_whom
whom(const char *from, const char *to, const char *branch, bool to_tag)
{
	struct ng_request r = request(from, to, branch);

	r.flags = to_tag ? UINT64_C(1) << NG_TO_TAG : 0;
	return dialog_whom(d, &r, &found);
}

static void
fork_two(void)
{
	open_dialog();
	offer("a", NULL, "br1");
	offer("a", NULL, "br2");
	answer("a", "b1", "br1");
}

START_TEST(without_a_from_tag_all_of_it_goes)
{
	ck_assert_int_eq(whom(NULL, NULL, NULL, false), DIALOG_WHOLE);
	ck_assert_int_eq(whom(NULL, "b1", "br1", true), DIALOG_WHOLE);
}
END_TEST

START_TEST(a_branch_goes_alone)
{
	ck_assert_int_eq(whom("a", NULL, "br2", false), DIALOG_PARTY);
	ck_assert_str_eq(found->branch, "br2");
	ck_assert_int_eq(whom("a", "b1", "br2", false), DIALOG_PARTY);
	ck_assert_str_eq(found->branch, "br2");
	ck_assert_int_eq(whom("x", NULL, "br2", false), DIALOG_PARTY);
}
END_TEST

START_TEST(a_to_tag_counts_with_its_flag_only)
{
	ck_assert_int_eq(whom("a", "b1", NULL, false), DIALOG_PARTY);
	ck_assert_str_eq(found->tag, "a");
	ck_assert_int_eq(whom("a", "b1", NULL, true), DIALOG_PARTY);
	ck_assert_str_eq(found->tag, "b1");
	ck_assert_int_eq(whom("a", "b1", "br2", true), DIALOG_PARTY);
	ck_assert_str_eq(found->tag, "b1");
}
END_TEST

START_TEST(an_unknown_to_tag_falls_back_to_the_branch)
{
	ck_assert_int_eq(whom("a", "nobody", "br1", true), DIALOG_PARTY);
	ck_assert_str_eq(found->tag, "b1");
}
END_TEST

START_TEST(an_unknown_to_tag_of_a_call_that_nobody_has_answered_means_all_of_it)
{
	/* "a" has last talked with the branch that has no tag. */
	offer("a", NULL, "br2");
	ck_assert_int_eq(whom("a", "nobody", NULL, true), DIALOG_WHOLE);
	answer("a", "b2", "br2");
	ck_assert_int_eq(whom("a", "nobody", NULL, true), DIALOG_NOBODY);
}
END_TEST

START_TEST(an_unknown_tag_is_nobody)
{
	ck_assert_int_eq(whom("x", NULL, NULL, false), DIALOG_NOBODY);
	ck_assert_int_eq(whom("x", "y", NULL, true), DIALOG_NOBODY);
	ck_assert_int_eq(whom("x", NULL, "br9", false), DIALOG_NOBODY);
}
END_TEST

START_TEST(a_tag_that_a_party_had_before_goes_without_it)
{
	answer("a", "b2", "br1");
	ck_assert_int_eq(whom("a", "b1", NULL, true), DIALOG_FORMER_TAG);
	dialog_forget_tag(found, SLICE("b1"));
	ck_assert_int_eq(whom("a", "b1", "br1", true), DIALOG_PARTY);
	ck_assert_int_eq(whom("b2", NULL, NULL, false), DIALOG_PARTY);
	ck_assert_ptr_null(dialog_former_tag(found, 0));
}
END_TEST

START_TEST(who_is_in_no_pair_goes_with_its_last)
{
	struct pair *p = dialog_pair_with(d, dialog_party(d, SLICE("b1")), (struct slice){0});

	dialog_drop_pair(d, p);
	ck_assert_uint_eq(parties(), 2);
	ck_assert_ptr_null(dialog_party(d, SLICE("b1")));
	dialog_drop_pair(d, d->pairs);
	ck_assert_uint_eq(parties(), 0);
}
END_TEST

/* ---- All of them. ---- */

START_TEST(a_call_id_that_is_no_id_of_ours_gets_one)
{
	/* The last two might be what calls of others are called. */
	static const char *const ids[] = {
		"with space", "\xc3\xa4", "tab\there", "call#2", "ng-0123"};
	char text[200];
	struct pair *p;

	for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
		d = dialogs_add(all, slice_of(ids[i]));
		p = offer("a", NULL, "br1");
		ck_assert_int_eq(strncmp(p->call, "ng-", 3), 0);
		ck_assert_uint_eq(strlen(p->call), 3 + 32);
		ck_assert_str_eq(offer("a", NULL, "br2")->call + 35, "#2");
	}
	memset(text, 'x', sizeof text);
	d = dialogs_add(all, (struct slice){text, REQUEST_ID - 1});
	ck_assert_uint_eq(strlen(offer("a", NULL, "br1")->call), REQUEST_ID - 1);
	ck_assert_int_eq(strncmp(offer("a", NULL, "br2")->call, "ng-", 3), 0);
}
END_TEST

START_TEST(many_are_found_and_listed_in_the_order_of_their_coming)
{
	enum { MANY = 3000 };
	char id[16];
	unsigned i = 0;

	for (; i < MANY; i++) {
		snprintf(id, sizeof id, "%u", i);
		ck_assert_ptr_nonnull(dialogs_add(all, slice_of(id)));
	}
	dialogs_remove(all, d);
	dialogs_remove(all, dialogs_find(all, SLICE("1")));
	ck_assert_uint_eq(dialogs_count(all), MANY - 1);
	ck_assert_ptr_null(dialogs_find(all, SLICE("1")));
	ck_assert_ptr_null(dialogs_find(all, SLICE("call")));
	i = 0;
	for (const struct dialog *at = NULL; (at = dialogs_next(all, at)) != NULL; i++) {
		snprintf(id, sizeof id, "%u", i += i == 1);
		ck_assert_str_eq(at->call_id, id);
		ck_assert_ptr_eq(dialogs_find(all, slice_of(id)), at);
	}
	ck_assert_uint_eq(i, MANY);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dialog");
	TCase *meet = tcase_create("offer and answer"), *part = tcase_create("delete");
	TCase *dialogs = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(meet, open_dialog, close_dialog);
	tcase_add_test(meet, a_first_offer_makes_a_party_and_firstwithout_a_name);
	tcase_add_test(meet, the_same_offer_again_is_of_the_same_pair);
	tcase_add_test(meet, the_first_answer_names_the_other_party);
	tcase_add_test(meet, either_party_may_offer_again);
	tcase_add_test(meet, each_branch_is_a_pair_of_its_own);
	tcase_add_test(meet, an_offer_without_a_branch_gets_that_of_a_later_one);
	tcase_add_test(meet, a_branch_beside_a_peer_with_a_tag_is_a_pair_of_its_own);
	tcase_add_test(meet, an_offer_to_an_unknown_tag_names_the_party_that_has_none);
	tcase_add_test(
		meet, an_offer_to_an_unknown_tag_is_a_new_branch_when_the_peer_has_another);
	tcase_add_test(meet, two_strangers_with_tags_are_a_pair);
	tcase_add_test(meet, two_who_have_never_met_do_now);
	tcase_add_test(meet, an_offer_from_an_unknown_tag_is_of_the_peer_that_has_none);
	tcase_add_test(
		meet, an_offer_from_an_unknown_tag_is_a_new_party_when_the_peer_has_another);
	tcase_add_test(meet, an_answer_under_another_tag_is_of_the_same_party);
	tcase_add_test(meet, of_former_tags_the_newest_are_known);
	tcase_add_test(meet, nobody_talks_with_himself);
	tcase_add_test(meet, nothing_answers_what_was_not_offered);
	tcase_add_test(meet, what_fails_leaves_no_trace);
	tcase_add_test(meet, texts_that_are_too_long_are_refused);
	tcase_add_test(meet, there_are_so_many_parties_and_no_more);
	suite_add_tcase(s, meet);

	tcase_add_checked_fixture(part, fork_two, close_dialog);
	tcase_add_test(part, without_a_from_tag_all_of_it_goes);
	tcase_add_test(part, a_branch_goes_alone);
	tcase_add_test(part, a_to_tag_counts_with_its_flag_only);
	tcase_add_test(part, an_unknown_to_tag_falls_back_to_the_branch);
	tcase_add_test(
		part, an_unknown_to_tag_of_a_call_that_nobody_has_answered_means_all_of_it);
	tcase_add_test(part, an_unknown_tag_is_nobody);
	tcase_add_test(part, a_tag_that_a_party_had_before_goes_without_it);
	tcase_add_test(part, who_is_in_no_pair_goes_with_its_last);
	suite_add_tcase(s, part);

	tcase_add_checked_fixture(dialogs, open_dialog, close_dialog);
	tcase_add_test(dialogs, a_call_id_that_is_no_id_of_ours_gets_one);
	tcase_add_test(dialogs, many_are_found_and_listed_in_the_order_of_their_coming);
	suite_add_tcase(s, dialogs);

	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
