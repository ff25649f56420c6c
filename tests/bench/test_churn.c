/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/churn.c against a relay of the test's own, in a child process: it hangs up in the
 * middle of its requests, as one that is killed does, and makes the mistakes that it is told
 * to. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/calls.h"
#include "bench/churn.h"
#include "tests/bench/runner.h"

enum { OURS = 3, ROOM = 4096, PAGE = 5 /* calls in one answer of call.list */ };

/* Shared with the relay. */
static struct notes {
	bool known[ROOM];
	char prefix[CALLS_NAME];
	unsigned created, deleted, connections;
	unsigned hang_up_every; /* so many requests; 0: never */
	bool done_first;        /* what it does not answer any more it has done */
	int forgets;            /* this call, once it was acknowledged; -1: none */
	int keeps;              /* this call, when it is deleted; -1: none */
	int refuses;            /* this call; -1: none */
} * notes;

static char path[64];
static pid_t relay;
static struct load_conf conf;
static struct churn_tally tally;

/* ---- The relay ---- */

static int
number_of(const char *call)
{
	const char *number = strrchr(call, '-') + 1;

	snprintf(notes->prefix, sizeof notes->prefix, "%.*s", (int)(number - call), call);
	return atoi(number);
}

static json_t *
list(const json_t *params)
{
	const char *after = json_string_value(json_object_get(params, "after"));
	json_t *rows = json_array();
	int i = after != NULL ? number_of(after) + 1 : 0;

	for (; i < ROOM && json_array_size(rows) < PAGE; i++)
		if (notes->known[i]) {
			char name[CALLS_NAME + 16];

			snprintf(name, sizeof name, "%s%d", notes->prefix, i);
			json_array_append_new(rows, json_pack("{s:s}", "call", name));
		}
	return json_pack("{s:o, s:b}", "calls", rows, "more", i < ROOM);
}

/* Do it.  NULL: refused. */
static json_t *
result_of(const char *method, const json_t *params)
{
	int i;

	if (strcmp(method, "call.list") == 0)
		return list(params);
	i = number_of(json_string_value(json_object_get(params, "call")));
	if (strcmp(method, "call.delete") == 0) {
		notes->deleted++;
		notes->known[i] = i == notes->keeps;
		return json_object();
	}
	if (i == notes->refuses)
		return NULL;
	notes->created++;
	notes->known[i] = i != notes->forgets;
	return json_object();
}

static json_t *
answer(const json_t *request)
{
	json_t *result = result_of(json_string_value(json_object_get(request, "method")),
		json_object_get(request, "params"));
	json_t *id = json_object_get(request, "id");

	if (result == NULL)
		return json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id,
			"error", "code", 3, "message", "no ports left");
	return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result);
}

/* One connection, until either side hangs up. */
static void
serve(FILE *peer)
{
	char line[4096];
	unsigned n = 0;

	fputs("{\"strowger\": \"0\", \"api\": 1, \"role\": \"admin\"}\n", peer);
	fflush(peer);
	while (fgets(line, sizeof line, peer) != NULL) {
		bool last = notes->hang_up_every != 0 && ++n == notes->hang_up_every;
		json_t *request = json_loads(line, 0, NULL);
		json_t *out = !last || notes->done_first ? answer(request) : NULL;
		char *text = out != NULL ? json_dumps(out, JSON_COMPACT) : NULL;

		if (last)
			return;
		dprintf(fileno(peer), "%s\n", text != NULL ? text : "");
		free(text);
		json_decref(out);
		json_decref(request);
	}
}

static _Noreturn void
be_relay(int listener)
{
	for (;;) {
		FILE *peer = fdopen(accept(listener, NULL, NULL), "r+");

		notes->connections++;
		serve(peer);
		fclose(peer);
	}
}

static void
open_relay(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);
	ck_assert_ptr_ne(notes, MAP_FAILED);
	notes->forgets = notes->keeps = notes->refuses = -1;
	calls_name(notes->prefix, 0);
	*strrchr(notes->prefix, '0') = '\0';
	for (unsigned i = 0; i < OURS; i++)
		notes->known[i] = true;
	snprintf(path, sizeof path, "/tmp/strowger-test-churn-%d", (int)getpid());
	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&un, sizeof un), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	relay = fork();
	if (relay == 0)
		be_relay(listener);
	close(listener);
	conf = (struct load_conf){
		.socket = path, .calls = OURS, .churn = 500, .hold = 0.05, .pairs = 1};
}

static void
close_relay(void)
{
	kill(relay, SIGKILL);
	waitpid(relay, NULL, 0);
	unlink(path);
	munmap(notes, sizeof *notes);
}

/* Let calls come and go for a third of a second. */
static void
churn(void)
{
	struct churn_conf c = {.load = &conf};
	struct timespec while_they_do = {.tv_nsec = 333000000};
	struct churn *churn;

	for (unsigned i = 0; i < 2; i++)
		c.phones.leg[i].phone = (struct sw_addr){AF_INET, 4000, {192, 0, 2, 9}};
	churn = churn_start(&c);
	ck_assert_ptr_nonnull(churn);
	nanosleep(&while_they_do, NULL);
	churn_stop(churn, &tally);
}

static unsigned
still_known(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ROOM; i++)
		n += notes->known[i];
	return n;
}

/* ---- Cases ---- */

START_TEST(calls_come_and_go)
{
	churn();
	ck_assert_uint_gt(tally.created, 50);
	ck_assert_uint_eq(tally.created, notes->created);
	ck_assert_uint_eq(tally.deleted, tally.created);
	ck_assert_uint_eq(still_known(), OURS);
	ck_assert_uint_eq(tally.refused + tally.unanswered + tally.answers, 0);
	ck_assert_uint_ge(tally.lists, 2);
	ck_assert_uint_eq(tally.gone + tally.ghosts, 0);
}
END_TEST

START_TEST(what_was_under_way_to_a_killed_relay_may_have_been_done_or_not)
{
	notes->hang_up_every = 60;
	notes->done_first = _i;
	churn();
	ck_assert_uint_gt(notes->connections, 2);
	ck_assert_uint_gt(tally.unanswered, 0);
	ck_assert_uint_ge(tally.answers, 1);
	ck_assert_uint_eq(tally.gone + tally.ghosts, 0);
	ck_assert_uint_eq(still_known(), OURS);
}
END_TEST

START_TEST(an_acknowledged_call_that_is_not_listed_is_gone)
{
	notes->forgets = OURS + 7;
	conf.hold = 10; /* it must be there when the list is compared */
	churn();
	ck_assert_uint_eq(tally.gone, 1);
	ck_assert_uint_eq(tally.ghosts, 0);
}
END_TEST

START_TEST(a_call_of_the_caller_that_is_not_listed_is_gone)
{
	notes->known[1] = false;
	churn();
	ck_assert_uint_ge(tally.gone, 1);
}
END_TEST

START_TEST(a_deleted_call_that_is_listed_is_a_ghost)
{
	notes->keeps = OURS + 7;
	churn();
	ck_assert_uint_ge(tally.ghosts, 1);
	ck_assert_uint_eq(tally.gone, 0);
}
END_TEST

START_TEST(a_refused_call_must_not_be_listed)
{
	notes->refuses = OURS + 7;
	churn();
	ck_assert_uint_eq(tally.refused, 1);
	ck_assert_uint_eq(tally.gone + tally.ghosts, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("churn");
	TCase *t = tcase_create("churn");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, open_relay, close_relay);
	tcase_add_test(t, calls_come_and_go);
	tcase_add_loop_test(
		t, what_was_under_way_to_a_killed_relay_may_have_been_done_or_not, 0, 2);
	tcase_add_test(t, an_acknowledged_call_that_is_not_listed_is_gone);
	tcase_add_test(t, a_call_of_the_caller_that_is_not_listed_is_gone);
	tcase_add_test(t, a_deleted_call_that_is_listed_is_a_ghost);
	tcase_add_test(t, a_refused_call_must_not_be_listed);
	suite_add_tcase(s, t);
	return run_suite(s);
}
