/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/calls.c against a relay of the test's own, in a child process: it answers in any
 * order, notes how many requests were under way, and refuses what it is told to. */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/calls.h"
#include "tests/bench/runner.h"

enum { CALLS = 50, IN_FLIGHT = 8, HELD = 5 /* requests that the relay lets pile up */ };

/* Shared with the relay. */
static struct notes {
	unsigned created, deleted, most; /* most: requests under way at one time */
	int refuse;                      /* the call of this number; -1: none */
	char key_seen[64];               /* of leg a of call 0 */
} * notes;

static char path[64];
static pid_t relay;
static struct call calls[CALLS];
static const char *const no_interface[2];
static volatile bool stop;

/* ---- The relay ---- */

/* "bench-PID-N" -> N */
static int
number_of(const char *call)
{
	return atoi(strrchr(call, '-') + 1);
}

static json_t *
leg_answer(const json_t *leg, unsigned i, unsigned side)
{
	const json_t *stream = json_array_get(json_object_get(leg, "streams"), 0);
	const json_t *srtp = json_object_get(stream, "srtp");
	json_t *out =
		json_pack("{s:s, s:{s:s, s:i, s:i}}", "media", "audio", "local", "address",
			"192.0.2.1", "port", 30000 + (int)(4 * i + 2 * side), "rtcp_port", 1);

	if (i == 0 && side == 0)
		snprintf(notes->key_seen, sizeof notes->key_seen, "%s",
			srtp ? json_string_value(json_object_get(srtp, "key")) : "none");
	if (srtp != NULL) /* 28 bytes, the last of which is the side */
		json_object_set_new(out, "srtp",
			json_pack("{s:s, s:s}", "suite",
				json_string_value(json_object_get(srtp, "suite")), "key",
				side ? "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaAQ=="
				     : "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaAA=="));
	return json_pack("{s:o, s:[o]}", "name", json_object_get(leg, "name"), "streams", out);
}

static json_t *
answer(const json_t *request)
{
	const json_t *params = json_object_get(request, "params");
	const json_t *legs = json_object_get(params, "legs");
	const char *method = json_string_value(json_object_get(request, "method"));
	int i = number_of(json_string_value(json_object_get(params, "call")));

	if (strcmp(method, "call.delete") == 0) {
		notes->deleted++;
		return json_pack("{s:s, s:O, s:{}}", "jsonrpc", "2.0", "id",
			json_object_get(request, "id"), "result");
	}
	notes->created++;
	if (i == notes->refuse)
		return json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id",
			json_object_get(request, "id"), "error", "code", 3, "message",
			"no ports left");
	return json_pack("{s:s, s:O, s:{s:[o, o]}}", "jsonrpc", "2.0", "id",
		json_object_get(request, "id"), "result", "legs",
		leg_answer(json_array_get(legs, 0), (unsigned)i, 0),
		leg_answer(json_array_get(legs, 1), (unsigned)i, 1));
}

/* Take requests until HELD are there or no more come; then answer the latest first. */
static void
serve(int listener)
{
	FILE *peer = fdopen(accept(listener, NULL, NULL), "r+");
	static char line[HELD][4096];
	unsigned n = 0;

	fputs("{\"strowger\": \"0\", \"api\": 1, \"role\": \"admin\", \"instance\": "
	      "\"test\"}\n",
		peer);
	fflush(peer);
	setvbuf(peer, NULL, _IONBF, 0);
	while (fgets(line[n], sizeof line[n], peer) != NULL) {
		char more;

		if (++n > notes->most)
			notes->most = n;
		if (n < HELD && recv(fileno(peer), &more, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
			continue;
		while (n > 0) {
			json_t *request = json_loads(line[--n], 0, NULL),
			       *out = answer(request);
			char *text = json_dumps(out, JSON_COMPACT);

			dprintf(fileno(peer), "%s\n", text);
			free(text);
			json_decref(request);
		}
	}
	_exit(0);
}

static void
open_relay(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);
	ck_assert_ptr_ne(notes, MAP_FAILED);
	notes->refuse = -1;
	snprintf(path, sizeof path, "/tmp/strowger-test-calls-%d", (int)getpid());
	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&un, sizeof un), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	relay = fork();
	if (relay == 0)
		serve(listener);
	close(listener);
	memset(calls, 0, sizeof calls);
	stop = false;
	for (unsigned i = 0; i < 2 * CALLS; i++) {
		struct leg *leg = &calls[i / 2].leg[i % 2];

		leg->phone = (struct sw_addr){AF_INET, (uint16_t)(10000 + i), {192, 0, 2, 9}};
	}
}

static void
close_relay(void)
{
	waitpid(relay, NULL, 0); /* ends when we hang up */
	unlink(path);
	munmap(notes, sizeof *notes);
}

/* ---- Cases ---- */

START_TEST(every_answer_finds_its_call)
{
	static const uint8_t ip[4] = {192, 0, 2, 1};
	struct calls *c = calls_connect(path, IN_FLIGHT);

	ck_assert_int_eq(calls_create(c, calls, CALLS, no_interface, &stop), 0);
	for (unsigned i = 0; i < 2 * CALLS; i++) {
		const struct leg *leg = &calls[i / 2].leg[i % 2];

		ck_assert_uint_eq(leg->relay.port, 30000 + 4 * (i / 2) + 2 * (i % 2));
		ck_assert_mem_eq(leg->relay.ip, ip, 4);
		ck_assert_uint_eq(leg->relay_key.suite, SW_SUITE_PLAIN);
	}
	ck_assert_uint_eq(notes->created, CALLS);
	ck_assert_uint_gt(notes->most, 1);
	ck_assert_uint_le(notes->most, IN_FLIGHT);
	ck_assert_str_eq(notes->key_seen, "none");
	ck_assert_int_eq(calls_delete(c), 0);
	ck_assert_uint_eq(notes->deleted, CALLS);
	calls_close(c);
}
END_TEST

START_TEST(keys_cross_as_key_then_salt_in_base64)
{
	struct calls *c = calls_connect(path, IN_FLIGHT);
	struct sw_key *key = &calls[0].leg[0].phone_key;

	for (unsigned i = 0; i < 2; i++)
		calls[0].leg[i].phone_key.suite = SW_AEAD_AES_128_GCM;
	memset(key->key, 'k', 16);
	memset(key->salt, 's', 12);
	ck_assert_int_eq(calls_create(c, calls, 1, no_interface, &stop), 0);
	/* printf kkkkkkkkkkkkkkkkssssssssssss | base64 */
	ck_assert_str_eq(notes->key_seen, "a2tra2tra2tra2tra2tra3Nzc3Nzc3Nzc3Nzcw==");
	for (unsigned i = 0; i < 2; i++) {
		const struct sw_key *got = &calls[0].leg[i].relay_key;

		ck_assert_uint_eq(got->suite, SW_AEAD_AES_128_GCM);
		for (unsigned b = 0; b < 16; b++)
			ck_assert_uint_eq(got->key[b], b);
		for (unsigned b = 0; b < 11; b++)
			ck_assert_uint_eq(got->salt[b], 16 + b);
		ck_assert_uint_eq(got->salt[11], i);
	}
	calls_close(c);
}
END_TEST

START_TEST(after_a_refusal_what_was_asked_for_is_deleted)
{
	struct calls *c = calls_connect(path, IN_FLIGHT);

	notes->refuse = 20;
	ck_assert_int_eq(calls_create(c, calls, CALLS, no_interface, &stop), -EREMOTEIO);
	ck_assert_uint_gt(notes->created, 20);
	ck_assert_uint_le(notes->created, 20 + 2 * IN_FLIGHT);
	calls_delete(c);
	ck_assert_uint_eq(notes->deleted, notes->created);
	calls_close(c);
}
END_TEST

START_TEST(a_stop_ends_setting_up)
{
	struct calls *c = calls_connect(path, IN_FLIGHT);

	stop = true;
	ck_assert_int_eq(calls_create(c, calls, CALLS, no_interface, &stop), 0);
	ck_assert_uint_eq(notes->created, 0);
	calls_close(c);
}
END_TEST

START_TEST(nobody_there_is_said)
{
	struct calls *c = calls_connect(path, IN_FLIGHT); /* the fixture waits for a visitor */

	ck_assert_ptr_null(calls_connect("/tmp/strowger-test-nobody", IN_FLIGHT));
	calls_close(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("calls");
	TCase *t = tcase_create("calls");

	tcase_add_checked_fixture(t, open_relay, close_relay);
	tcase_add_test(t, every_answer_finds_its_call);
	tcase_add_test(t, keys_cross_as_key_then_salt_in_base64);
	tcase_add_test(t, after_a_refusal_what_was_asked_for_is_deleted);
	tcase_add_test(t, a_stop_ends_setting_up);
	tcase_add_test(t, nobody_there_is_said);
	suite_add_tcase(s, t);
	return run_suite(s);
}
