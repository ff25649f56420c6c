/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/replay_call.c: what a replay makes of call.create's request and answer is what
 * docs/rpc.md says of them. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/replay_call.h"
#include "tests/scratch.h"

/* base64 of 30 bytes 0, 1, 2 ... and of 30 bytes of 0xff. */
#define THEIRS "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
#define OURS "////////////////////////////////////////"
#define SRTP(key) "\"srtp\": {\"suite\": \"AES_CM_128_HMAC_SHA1_80\", \"key\": \"" key "\"}"
#define LOCAL(ip, port) "{\"address\": \"" ip "\", \"port\": " port ", \"rtcp_port\": 1}"

static struct replay_calls calls;

static int
add(const char *params, const char *result)
{
	char path[SCRATCH];
	FILE *f = fdopen(mkstemp(scratch(path, "replay")), "w");
	int err;

	fprintf(f, "{%s%s%s%s}", params != NULL ? "\"params\": " : "",
		params != NULL ? params : "", result != NULL ? ", \"result\": " : "",
		result != NULL ? result : "");
	fclose(f);
	err = replay_calls_add(&calls, path);
	unlink(path);
	return err;
}

static void
teardown(void)
{
	replay_calls_fini(&calls);
}

/* A call of two legs with the stream parts A and B, and their answers. */
static int
add_pair(const char *a, const char *b, const char *answer_a, const char *answer_b)
{
	char params[2048], result[2048];

	snprintf(params, sizeof params,
		"{\"call\": \"c\", \"legs\": [{\"name\": \"a\", \"streams\": [{%s}]}, "
		"{\"name\": \"b\", \"streams\": [{%s}]}]}",
		a, b);
	snprintf(result, sizeof result,
		"{\"legs\": [{\"streams\": [{%s}]}, {\"streams\": [{%s}]}]}", answer_a,
		answer_b);
	return add(params, result);
}

#define REMOTE(port) "\"remote\": {\"address\": \"192.0.2.10\", \"port\": " port "}"

START_TEST(srtp_on_one_side_gets_both_keys_and_the_other_none)
{
	const struct sw_transport *a, *b;

	ck_assert_int_eq(add_pair(REMOTE("4000") ", " SRTP(THEIRS), REMOTE("5000"),
				 "\"local\": " LOCAL("192.0.2.1", "30000") ", " SRTP(OURS),
				 "\"local\": " LOCAL("192.0.2.1", "30002")),
		0);
	ck_assert_uint_eq(calls.streams, 2);
	ck_assert_uint_eq(calls.addresses, 1);
	a = &calls.stream[0].transport;
	b = &calls.stream[1].transport;
	ck_assert_uint_eq(a->port, 30000);
	ck_assert_uint_eq(a->unseal.suite, SW_AES_CM_128_HMAC_SHA1_80);
	ck_assert_uint_eq(a->unseal.key[15], 15);
	ck_assert_uint_eq(a->unseal.salt[13], 29);
	ck_assert_uint_eq(a->seal.key[0], 0xff);
	ck_assert_uint_eq(a->source, SW_SOURCE_AUTHENTICATED);
	ck_assert_uint_eq(a->remote[0].port, 4000);
	ck_assert_uint_eq(a->remote[1].port, 4001);
	ck_assert_uint_eq(a->dscp, 46);
	ck_assert_uint_eq(b->seal.suite, SW_SUITE_PLAIN);
	ck_assert_uint_eq(b->source, SW_SOURCE_SIGNALLED);
	ck_assert_uint_eq(calls.stream[0].flow.sink[0].id, b->id);
	ck_assert_uint_eq(calls.stream[1].flow.sink[0].id, a->id);
}
END_TEST

START_TEST(the_port_that_packets_reach_counts_not_the_one_that_was_told)
{
	ck_assert_int_eq(add_pair(REMOTE("4000") ", \"rtcp_mux\": true", REMOTE("5000"),
				 "\"local\": " LOCAL("203.0.113.1", "1") ", \"bound\": " LOCAL(
					 "10.0.0.1", "30000"),
				 "\"local\": " LOCAL("10.0.0.2", "30002")),
		0);
	ck_assert_uint_eq(calls.addresses, 2);
	ck_assert_uint_eq(calls.address[0].ip[0], 10);
	ck_assert_uint_eq(calls.stream[0].transport.port, 30000);
	ck_assert_uint_eq(calls.stream[0].transport.mux, 1);
	ck_assert_uint_eq(calls.stream[0].transport.remote[1].port, 4000);
	ck_assert_uint_eq(calls.stream[1].transport.local, 1);
}
END_TEST

START_TEST(who_does_not_send_has_no_sink)
{
	ck_assert_int_eq(add_pair(REMOTE("4000") ", \"direction\": \"recvonly\"",
				 REMOTE("5000"), "\"local\": " LOCAL("10.0.0.1", "30000"),
				 "\"local\": " LOCAL("10.0.0.1", "30002")),
		0);
	ck_assert_uint_eq(calls.stream[0].flow.sinks, 0);
	ck_assert_uint_eq(calls.stream[1].flow.sinks, 1);
}
END_TEST

START_TEST(a_second_call_takes_the_slots_behind_the_first)
{
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(add_pair(REMOTE("4000"), REMOTE("5000"),
					 "\"local\": " LOCAL("10.0.0.1", "30000"),
					 "\"local\": " LOCAL("10.0.0.1", "30002")),
			0);
	ck_assert_uint_eq(calls.streams, 4);
	ck_assert_uint_eq(calls.stream[3].transport.slot, 3);
	ck_assert_uint_eq(calls.stream[3].flow.sink[0].slot, 2);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	const char *local = "\"local\": " LOCAL("10.0.0.1", "30000");

	ck_assert_int_ne(add("{\"call\": \"c\"}", NULL), 0);
	ck_assert_int_ne(add("[", "{}"), 0);
	ck_assert_int_ne(add_pair(REMOTE("4000"), REMOTE("5000"), local, "\"no\": 1"), 0);
	ck_assert_int_ne(add_pair(REMOTE("0"), REMOTE("5000"), local, local), 0);
	ck_assert_int_ne(
		add_pair(REMOTE("4000") ", " SRTP("AAEC"), REMOTE("5000"), local, local), 0);
	ck_assert_uint_eq(calls.streams, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("replay_call");
	TCase *t = tcase_create("replay_call");
	SRunner *r;
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, srtp_on_one_side_gets_both_keys_and_the_other_none);
	tcase_add_test(t, the_port_that_packets_reach_counts_not_the_one_that_was_told);
	tcase_add_test(t, who_does_not_send_has_no_sink);
	tcase_add_test(t, a_second_call_takes_the_slots_behind_the_first);
	tcase_add_test(t, what_does_not_fit_is_refused);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
