/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/ng_note.c, ng_party.c, ng_delete.c, ng_offer.c and ng_callback.c, where there is no
 * room for a record, or no memory: what could not be kept is not believed, and nothing hangs.
 */
#include <check.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/log.h"
#include "control/note.h"
#include "relay/call.h"
#include "relay/coding.h"
#include "relay/dialog.h"
#include "relay/store.h"
#include "tests/relay/ng_desk.h"
#include "tests/relay/read_again.h"

/* ---- What fails: the linker puts these in the place of what they are called after. ---- */

/* Of the calls from now on: SKIP go well, the next FAILS do not. */
static struct fails {
	unsigned skip, fails;
} store, notes, buffers, connections, requests;

static bool
is_to_fail(struct fails *f)
{
	if (f->fails == 0)
		return false;
	if (f->skip > 0) {
		f->skip--;
		return false;
	}
	f->fails--;
	return true;
}

/* clang-format off */
int __real_store_write(struct store *s, const uint8_t *data, size_t len, uint32_t *record);
int __wrap_store_write(struct store *s, const uint8_t *data, size_t len, uint32_t *record);
struct note *__real_note_open(const void *bytes, size_t len);
struct note *__wrap_note_open(const void *bytes, size_t len);
struct evbuffer *__real_evbuffer_new(void);
struct evbuffer *__wrap_evbuffer_new(void);
struct evhttp_connection *__real_evhttp_connection_base_new(
	struct event_base *base, struct evdns_base *dns, const char *address, ev_uint16_t port);
struct evhttp_connection *__wrap_evhttp_connection_base_new(
	struct event_base *base, struct evdns_base *dns, const char *address, ev_uint16_t port);
struct evhttp_request *__real_evhttp_request_new(
	void (*cb)(struct evhttp_request *req, void *arg), void *arg);
struct evhttp_request *__wrap_evhttp_request_new(
	void (*cb)(struct evhttp_request *req, void *arg), void *arg);
/* clang-format on */

int
__wrap_store_write(struct store *s, const uint8_t *data, size_t len, uint32_t *record)
{
	return is_to_fail(&store) ? -ENOSPC : __real_store_write(s, data, len, record);
}

struct note *
__wrap_note_open(const void *bytes, size_t len)
{
	return is_to_fail(&notes) ? NULL : __real_note_open(bytes, len);
}

struct evbuffer *
__wrap_evbuffer_new(void)
{
	return is_to_fail(&buffers) ? NULL : __real_evbuffer_new();
}

struct evhttp_connection *
__wrap_evhttp_connection_base_new(
	struct event_base *base, struct evdns_base *dns, const char *address, ev_uint16_t port)
{
	return is_to_fail(&connections)
		       ? NULL
		       : __real_evhttp_connection_base_new(base, dns, address, port);
}

struct evhttp_request *
__wrap_evhttp_request_new(void (*cb)(struct evhttp_request *req, void *arg), void *arg)
{
	return is_to_fail(&requests) ? NULL : __real_evhttp_request_new(cb, arg);
}

static void
set_up(void)
{
	store = notes = buffers = connections = requests = (struct fails){0, 0};
	read_again = false;
	desk_setup();
}

/* ---- Labels and tags. ---- */

static const struct party *
party(const char *tag)
{
	return dialog_party(dialogs_find(ng_dialogs(desk.ng), SLICE("x")), slice_of(tag));
}

static void
must_be_labelled(const char *label)
{
	const struct party *a = party("a");

	ck_assert_ptr_nonnull(a);
	ck_assert_pstr_eq(a->label, label);
}

/* Those after us have what was written. */
static void
be_succeeded(void)
{
	fake_orphan(desk.sw, 0);
	desk_close();
	fake_bury(desk.sw);
	desk_open(SW_KEPT);
}

static bool
is_blocked(const char *call)
{
	return calls_find(desk.calls, call)->leg[0].stream[0].coding->block;
}

#define BRANCH(n) A "'via-branch': '" n "', "
#define NAME(label)                                                                        \
	"{'command': 'block media', 'call-id': 'x', 'from-tag': 'a', 'set-label': '" label \
	"', 'flags': ['directional']}"

/* Of party a, who talks with two. */
static void
call_two(void)
{
	desk_says(OFFER("x", BRANCH("1") "'label': 'first', "), DESK_OK);
	desk_says(OFFER("x", BRANCH("2")), DESK_OK);
}

/* Whichever of the two notes there is no room for, and also none to put it right. */
static const struct {
	struct fails store, notes;
} unkept[] = {
	{.store = {0, 1}},
	{.store = {1, 1}},
	{.store = {0, 2}},
	{.store = {0, 4}},
	{.notes = {0, 1}},
	{.notes = {1, 1}},
};

START_TEST(a_label_that_is_not_kept_is_none)
{
	call_two();
	store = unkept[_i].store;
	notes = unkept[_i].notes;
	desk_says(NAME("second"), "'result':'error'");
	ck_assert_uint_eq(store.fails + notes.fails, 0);
	must_be_labelled("first");
	/* Nor is done what it was said with. */
	ck_assert(!is_blocked("x") && !is_blocked("x#2"));
	be_succeeded();
	must_be_labelled("first");
	desk_says(NAME("second"), DESK_OK);
	ck_assert(is_blocked("x") && is_blocked("x#2"));
	be_succeeded();
	must_be_labelled("second");
}
END_TEST

/* Whichever of the two calls there is no room for, or the switch refuses. */
static const struct {
	struct fails store;
	bool refuses;
	unsigned skip; /* commands of its */
} unmarked[] = {
	{.store = {2, 1}},
	{.store = {3, 1}},
	{.refuses = true},
	{.refuses = true, .skip = 1},
};

START_TEST(a_command_that_fails_in_one_call_changes_none)
{
	call_two();
	store = unmarked[_i].store;
	if (unmarked[_i].refuses)
		fake_refuse(desk.sw, SW_FLOW_SET, unmarked[_i].skip, -ENOMEM);
	desk_says(NAME("second"), "'result':'error'");
	ck_assert_uint_eq(store.fails, 0);
	must_be_labelled("first");
	ck_assert(!is_blocked("x") && !is_blocked("x#2"));
	be_succeeded();
	must_be_labelled("first");
	ck_assert(!is_blocked("x") && !is_blocked("x#2"));
}
END_TEST

/* What was so before the command stays so, too. */
START_TEST(a_command_that_fails_in_one_call_leaves_the_others_as_they_were)
{
	call_two();
	desk_says(NAME("first"), DESK_OK);
	store = (struct fails){_i, 1};
	desk_says("{'command': 'unblock media', 'call-id': 'x'}", "'result':'error'");
	ck_assert_uint_eq(store.fails, 0);
	ck_assert(is_blocked("x") && is_blocked("x#2"));
	desk_says("{'command': 'unblock media', 'call-id': 'x'}", DESK_OK);
	ck_assert(!is_blocked("x") && !is_blocked("x#2"));
}
END_TEST

START_TEST(an_offer_that_is_not_kept_changes_no_name)
{
	call_two();
	store = (struct fails){0, 1};
	desk_says(OFFER("x", BRANCH("1") "'label': 'second', "), "'result':'error'");
	must_be_labelled("first");
	notes = (struct fails){0, 1};
	desk_says(OFFER("x", BRANCH("1") "'label': 'second', "),
		"'error-reason':'SDP, or tags, too long to be kept'");
	must_be_labelled("first");
	desk_says(OFFER("x", BRANCH("1") "'label': 'second', "), DESK_OK);
	must_be_labelled("second");
}
END_TEST

/* The offer's own note has it: that of the other pair will, when that is asked for. */
START_TEST(an_offer_that_another_note_can_not_follow_is_done)
{
	call_two();
	store = (struct fails){1, 1};
	desk_says(OFFER("x", BRANCH("1") "'label': 'second', "), DESK_OK);
	ck_assert_uint_eq(store.fails, 0);
	must_be_labelled("second");
	be_succeeded();
	must_be_labelled("second");
}
END_TEST

START_TEST(an_offer_that_another_note_can_not_follow_at_once_is_followed_later)
{
	call_two();
	store = (struct fails){1, 1};
	desk_says(OFFER("x", BRANCH("1") "'label': 'second', "), DESK_OK);
	ck_assert_uint_eq(store.fails, 0);
	desk_settle("x");
	desk_says(DELETE("x", ", " BRANCH("1") "'delete-delay': 0"), DESK_OK);
	ck_assert_uint_eq(calls_count(desk.calls), 1);
	be_succeeded();
	must_be_labelled("second");
}
END_TEST

START_TEST(a_first_offer_that_is_not_kept_is_no_call)
{
	store = (struct fails){0, 1};
	desk_says(OFFER("x", A), "'result':'error'");
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
	ck_assert_uint_eq(calls_count(desk.calls), 0);
	desk_says(OFFER("x", A), DESK_OK);
}
END_TEST

static void
turn(unsigned ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	event_base_loopexit(desk.base, &tv);
	event_base_dispatch(desk.base);
	fake_answer_all(desk.sw);
}

/* Also when there is no successor that could know of it. */
START_TEST(a_delete_that_is_not_kept_is_done)
{
	desk_says(OFFER("x", A), DESK_OK);
	*(_i == 0 ? &store : &notes) = (struct fails){0, 1};
	desk_says(DELETE("x", ", 'delete-delay': '1'"), DESK_OK);
	ck_assert_uint_eq(store.fails + notes.fails, 0);
	turn(1500);
	ck_assert_ptr_null(calls_find(desk.calls, "x"));
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
}
END_TEST

START_TEST(a_delete_that_is_not_kept_at_once_is_kept_later)
{
	desk_says(OFFER("x", A), DESK_OK);
	*(_i == 0 ? &store : &notes) = (struct fails){0, 1};
	desk_says(DELETE("x", ", 'delete-delay': '60'"), DESK_OK);
	ck_assert_uint_eq(store.fails + notes.fails, 0);
	desk_settle("x");
	be_succeeded();
	ck_assert_int_ne(
		dialogs_find(ng_dialogs(desk.ng), SLICE("x"))->pairs->delete_at_us, 0);
}
END_TEST

START_TEST(a_tag_that_is_taken_back_is_forgotten_though_that_is_not_kept_at_once)
{
	desk_says(OFFER("x", A), DESK_OK);
	desk_says(ANSWER("x"), DESK_OK);
	desk_says("{'command': 'answer', 'call-id': 'x', 'from-tag': 'a', 'to-tag': 'b2', " SDP
		  "}",
		DESK_OK);
	*(_i == 0 ? &store : &notes) = (struct fails){0, 1};
	desk_says(
		DELETE("x", ", 'from-tag': 'a', 'to-tag': 'b', 'flags': ['to-tag']"), DESK_OK);
	ck_assert_uint_eq(store.fails + notes.fails, 0);
	ck_assert_ptr_null(party("b"));
	ck_assert_ptr_nonnull(party("b2"));
	desk_settle("x");
	be_succeeded();
	ck_assert_ptr_null(party("b"));
	ck_assert_ptr_nonnull(party("b2"));
}
END_TEST

/* The switch has not said yet that it agrees, so that this waits when all is closed. */
START_TEST(who_stops_owes_nothing)
{
	struct ng_exchange x;

	desk_says(OFFER("x", A), DESK_OK);
	desk_says(ANSWER("x"), DESK_OK);
	desk_says("{'command': 'answer', 'call-id': 'x', 'from-tag': 'a', 'to-tag': 'b2', " SDP
		  "}",
		DESK_OK);
	desk_lose_switch();
	fake_adopt(desk.sw);
	calls_welcome(desk.calls, SW_ADOPTED);
	desk_ask(&x, DELETE("x", ", 'from-tag': 'a', 'to-tag': 'b', 'flags': ['to-tag']"));
	ck_assert_uint_eq(x.answers, 0);
	fake_orphan(desk.sw, 0);
	desk_close();
	desk_answered(&x, DESK_OK);
	fake_bury(desk.sw);
	desk_open(SW_KEPT);
}
END_TEST

/* ---- Who is to be told. ---- */

/* Lines of the log with PART in them. */
static unsigned
lines(FILE *log, const char *part)
{
	char line[512];
	unsigned found = 0;

	rewind(log);
	while (fgets(line, sizeof line, log) != NULL)
		found += strstr(line, part) != NULL;
	return found;
}

START_TEST(a_call_that_can_not_be_told_of_ends_all_the_same)
{
	struct fails *const of[] = {&buffers, &connections, &requests};
	FILE *log = tmpfile();

	ck_assert_int_ge(dup2(fileno(log), STDERR_FILENO), 0);
	log_set_level(LOG_LEVEL_WARNING);
	strcpy(desk.conf.ng_timeout_url, "http://127.0.0.1:1/RPC2");
	desk.conf.timeout_ms[TIMEOUT_SETUP] = 50;
	desk_says(OFFER("x", A), DESK_OK);
	*of[_i] = (struct fails){0, 1};
	turn(700);
	ck_assert_uint_eq(of[_i]->fails, 0);
	ck_assert_uint_eq(lines(log, "could not be told to"), 1);
	ck_assert_uint_eq(lines(log, "out of memory"), 1);
	ck_assert_ptr_null(calls_find(desk.calls, "x"));
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
	fclose(log);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int
main(void)
{
	Suite *s = suite_create("ng_faults");
	TCase *t = tcase_create("faults");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, desk_teardown);
	tcase_add_loop_test(t, a_label_that_is_not_kept_is_none, 0, COUNT(unkept));
	tcase_add_loop_test(
		t, a_command_that_fails_in_one_call_changes_none, 0, COUNT(unmarked));
	tcase_add_loop_test(
		t, a_command_that_fails_in_one_call_leaves_the_others_as_they_were, 0, 2);
	tcase_add_test(t, an_offer_that_is_not_kept_changes_no_name);
	tcase_add_test(t, an_offer_that_another_note_can_not_follow_is_done);
	tcase_add_test(t, an_offer_that_another_note_can_not_follow_at_once_is_followed_later);
	tcase_add_test(t, a_first_offer_that_is_not_kept_is_no_call);
	tcase_add_loop_test(t, a_delete_that_is_not_kept_is_done, 0, 2);
	tcase_add_loop_test(t, a_delete_that_is_not_kept_at_once_is_kept_later, 0, 2);
	tcase_add_loop_test(t,
		a_tag_that_is_taken_back_is_forgotten_though_that_is_not_kept_at_once, 0, 2);
	tcase_add_test(t, who_stops_owes_nothing);
	tcase_add_loop_test(t, a_call_that_can_not_be_told_of_ends_all_the_same, 0, 3);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
