/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/dialog_note.c and dialog_restore.c: pairs are written down and found again. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/note.h"
#include "relay/dialog.h"

static struct dialogs *before, *after;
static struct dialog *d;
static struct memo *memo;
static uint8_t bytes[DIALOG_NOTE];

static void
open_both(void)
{
	before = dialogs_open();
	after = dialogs_open();
	d = dialogs_add(before, SLICE("call"));
	memo = memo_open();
}

static void
close_both(void)
{
	dialogs_close(before);
	dialogs_close(after);
	memo_close(memo);
}

static struct pair *
request(bool answer, const char *from, const char *to, const char *branch)
{
	struct ng_request r = {.from_tag = slice_of(from),
		.to_tag = slice_of(to),
		.via_branch = slice_of(branch)};
	struct association as;
	const char *reason;

	if (!answer)
		r.label = SLICE("the one who calls");
	ck_assert_int_eq(dialog_associate(&as, d, &r, answer, &reason), 0);
	as.pair->made = true;
	as.pair->answered |= answer;
	dialog_keep(&as);
	return as.pair;
}

static size_t
write_note(const struct pair *pair)
{
	ssize_t len = dialog_note_write(pair, memo, bytes, sizeof bytes);

	ck_assert_int_gt(len, 0);
	return (size_t)len;
}

/* What PAIR has left becomes a pair of AFTER. */
static struct pair *
restore(const struct pair *pair)
{
	struct dialog_note n;
	size_t len = write_note(pair);

	ck_assert_int_eq(dialog_note_read(&n, bytes, len, pair->call), 0);
	return dialogs_restore(after, &n, pair->call);
}

START_TEST(what_was_written_is_read)
{
	struct dialog_note n;
	const struct party *a, *b;
	struct pair *pair;
	size_t len;

	request(false, "a", NULL, "branch");
	request(true, "a", "b1", "branch");
	pair = request(true, "a", "b2", NULL);
	pair->delete_at_us = 12345;
	pair->signalled_us = 777; /* which a delete leaves as it is */
	len = write_note(pair);
	a = d->parties;
	b = a->next;
	ck_assert_int_eq(dialog_note_read(&n, bytes, len, "call"), 0);
	ck_assert(slice_is(n.call_id, "call"));
	ck_assert_int_eq(n.created_us, d->created_us);
	ck_assert(n.answered);
	ck_assert_int_eq(n.delete_at_us, 12345);
	ck_assert_int_eq(n.signalled_us, 777);
	ck_assert_int_eq(dialog_note_read(&n, bytes, len, "another"), 0);
	ck_assert(slice_is(n.call_id, "another")); /* it goes by the call's id */
	ck_assert(slice_is(n.party[0].tag, "a"));
	ck_assert(slice_is(n.party[0].label, "the one who calls"));
	ck_assert_ptr_null(n.party[0].branch.at);
	ck_assert_int_eq(n.party[0].created_us, a->created_us);
	ck_assert(slice_is(n.party[1].tag, "b2"));
	ck_assert(slice_is(n.party[1].branch, "branch"));
	ck_assert_uint_eq(n.party[1].formers, 1);
	ck_assert(slice_is(n.party[1].former[0], "b1"));
	ck_assert_int_eq(n.party[1].created_us, b->created_us);
}
END_TEST

START_TEST(a_note_without_room_is_not_written)
{
	const struct pair *p = request(false, "a", NULL, NULL);
	size_t len = write_note(p);

	for (size_t size = 0; size < len; size++)
		ck_assert_int_eq(dialog_note_write(p, memo, bytes, size), -ENOSPC);
	ck_assert_int_eq(dialog_note_write(p, memo, bytes, len), (ssize_t)len);
}
END_TEST

START_TEST(a_note_that_was_cut_short_is_refused)
{
	size_t len = write_note(request(false, "a", NULL, NULL));
	struct dialog_note n;

	for (size_t i = 0; i < len; i++) {
		uint8_t *copy = malloc(i + 1); /* of the exact size, for a sanitizer */

		memcpy(copy + 1, bytes, i);
		ck_assert_int_eq(dialog_note_read(&n, copy + 1, i, "call"), -EBADMSG);
		free(copy);
	}
	bytes[4]++; /* the version */
	ck_assert_int_eq(dialog_note_read(&n, bytes, len, "call"), -EBADMSG);
}
END_TEST

START_TEST(a_field_that_is_not_known_is_skipped)
{
	size_t len = write_note(request(false, "a", NULL, NULL));
	struct dialog_note n;

	memcpy(bytes + len, "\xfe\x02\x00xy", 5);
	ck_assert_int_eq(dialog_note_read(&n, bytes, len + 5, "call"), 0);
	ck_assert(slice_is(n.call_id, "call"));
}
END_TEST

START_TEST(a_restored_pair_is_as_it_was)
{
	struct pair *p;

	request(false, "a", NULL, "branch");
	p = restore(request(true, "a", "b", "branch"));
	ck_assert_ptr_nonnull(p);
	ck_assert(p->made && p->answered);
	ck_assert_str_eq(p->call, "call");
	ck_assert_str_eq(p->party[0]->tag, "a");
	ck_assert_str_eq(p->party[1]->tag, "b");
	ck_assert_ptr_eq(p->dialog, dialogs_find(after, SLICE("call")));
	ck_assert_int_eq(p->dialog->created_us, d->created_us);
}
END_TEST

START_TEST(forks_share_their_party_again_in_their_order)
{
	const struct pair *one = request(false, "a", NULL, "br1");
	const struct pair *two = request(false, "a", NULL, "br2");
	struct dialog_note n;
	struct pair *p, *q;
	size_t len = write_note(one);

	ck_assert_int_eq(dialog_note_read(&n, bytes, len, "call"), 0);
	n.signalled_us -= 1000000;
	q = dialogs_restore(after, &n, one->call);
	n.signalled_us -= 1000000;
	ck_assert_ptr_null(dialogs_restore(after, &n, one->call));
	p = restore(two);
	ck_assert_str_eq(p->call, "call#2");
	ck_assert_ptr_eq(p->party[0], q->party[0]);
	ck_assert_ptr_ne(p->party[1], q->party[1]);
	ck_assert_ptr_eq(p->dialog->pairs, p);
	ck_assert_ptr_eq(p->dialog->parties, p->party[0]);
	ck_assert_uint_eq(dialogs_count(after), 1);
}
END_TEST

START_TEST(who_was_signalled_last_is_first_whoever_is_restored_last)
{
	const struct pair *one = request(false, "a", NULL, "br1");
	const struct pair *two = request(false, "a", NULL, "br2");
	struct pair *p = restore(two), *q;
	struct dialog_note n;
	size_t len = write_note(one);

	ck_assert_int_eq(dialog_note_read(&n, bytes, len, "call"), 0);
	n.signalled_us -= 1000000;
	q = dialogs_restore(after, &n, one->call);
	ck_assert_ptr_eq(p->dialog->pairs, p);
	ck_assert_ptr_eq(p->next, q);
	ck_assert_int_eq(p->dialog->last_signal_us, p->signalled_us);
}
END_TEST

/* Only the note of the pair in which it was renamed knows of that. */
START_TEST(who_was_renamed_is_one_party_whatever_other_notes_call_it)
{
	const struct pair *one, *two;
	struct pair *p, *q;

	request(false, "a", NULL, NULL);
	one = request(true, "a", "b", NULL);
	q = restore(one);
	request(false, "b", "c", NULL);
	two = request(true, "c", "b2", NULL);
	ck_assert_ptr_eq(two->party[0], one->party[1]);
	p = restore(two);
	ck_assert_ptr_eq(p->party[0], q->party[1]);
	ck_assert_str_eq(p->party[0]->tag, "b2");
	ck_assert_uint_eq(dialog_former(p->party[0], SLICE("b")), 0);
}
END_TEST

START_TEST(two_notes_of_one_pair_are_one_pair)
{
	struct pair *p;

	request(false, "a", NULL, NULL);
	p = request(true, "a", "b", NULL);
	ck_assert_ptr_nonnull(restore(p));
	ck_assert_ptr_null(restore(p));
	ck_assert_int_eq(errno, EBADMSG);
	ck_assert_uint_eq(dialogs_count(after), 1);
}
END_TEST

START_TEST(a_note_whose_memo_is_broken_restores_nothing)
{
	struct dialog_note n;
	size_t len = write_note(request(false, "a", NULL, NULL));

	ck_assert_int_eq(dialog_note_read(&n, bytes, len, "call"), 0);
	n.memo.len = 1;
	ck_assert_ptr_null(dialogs_restore(after, &n, "call"));
	ck_assert_uint_eq(dialogs_count(after), 0);
}
END_TEST

START_TEST(a_call_is_found_by_its_note)
{
	struct pair *p = request(false, "a", NULL, NULL);
	struct call *c = call_open("call"), *other = call_open("another call");
	struct note *note = note_open(bytes, write_note(p));

	ck_assert_ptr_null(dialogs_pair_of(before, c));
	call_set_note(c, note);
	call_set_note(other, note);
	ck_assert_ptr_eq(dialogs_pair_of(before, c), p);
	ck_assert_ptr_null(dialogs_pair_of(before, other));
	ck_assert_ptr_null(dialogs_pair_of(after, c));
	note_put(note);
	call_close(c);
	call_close(other);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dialog_note");
	TCase *t = tcase_create("dialog_note");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, open_both, close_both);
	tcase_add_test(t, what_was_written_is_read);
	tcase_add_test(t, a_note_without_room_is_not_written);
	tcase_add_test(t, a_note_that_was_cut_short_is_refused);
	tcase_add_test(t, a_field_that_is_not_known_is_skipped);
	tcase_add_test(t, a_restored_pair_is_as_it_was);
	tcase_add_test(t, forks_share_their_party_again_in_their_order);
	tcase_add_test(t, who_was_signalled_last_is_first_whoever_is_restored_last);
	tcase_add_test(t, two_notes_of_one_pair_are_one_pair);
	tcase_add_test(t, who_was_renamed_is_one_party_whatever_other_notes_call_it);
	tcase_add_test(t, a_note_whose_memo_is_broken_restores_nothing);
	tcase_add_test(t, a_call_is_found_by_its_note);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
