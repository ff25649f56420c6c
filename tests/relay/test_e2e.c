/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/e2e.c with call.c and bridge.c: what a call that is end to end may be asked, and what
 * follows for the switch. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/bridge.h"
#include "relay/call.h"
#include "tests/relay/ask.h"

#define STREAM(more) "{'remote': {'address': '192.0.2.9', 'port': 4000}" more "}"
#define LEG(name, more) "{'name': '" name "', 'streams': [" STREAM(more) "]}"
#define E2E(legs) "{'call': 'c', 'e2e': 'required', 'legs': [" legs "]}"
#define LATER(legs) "{'call': 'c', 'legs': [" legs "]}"
#define BOTH E2E(LEG("a", "") ", " LEG("b", ""))

static struct call *call;
static struct fault fault;

static void
setup(void)
{
	call = call_open("c");
}

static void
teardown(void)
{
	call_close(call);
}

static int
apply(const char *text)
{
	struct call_request r = ask(text);

	memset(&fault, 0, sizeof fault);
	return call_apply(call, &r, &fault);
}

static void
refused(const char *text, const char *field)
{
	ck_assert_int_ne(apply(text), 0);
	ck_assert_msg(fault.kind == FAULT_E2E, "%s", fault.text);
	ck_assert_str_eq(fault.field, field);
	ck_assert_ptr_nonnull(strstr(fault.text, "end to end"));
}

START_TEST(both_directions_are_opaque_to_the_switch)
{
	char text[BRIDGE_TEXT];

	ck_assert_int_eq(apply(BOTH), 0);
	ck_assert(call_is_e2e(call));
	ck_assert(!call_is_srtp(call));
	for (unsigned i = 0; i < 2; i++) {
		const struct stream *s = &call->leg[i].stream[0];
		struct sw_transport t;
		struct sw_flow f;

		bridge_transport(&call->leg[i], s, &t);
		ck_assert_uint_eq(t.opaque, 1);
		ck_assert_uint_eq(t.source, SW_SOURCE_SIGNALLED);
		ck_assert_uint_eq(t.unseal.suite, SW_SUITE_PLAIN);
		ck_assert_uint_eq(t.seal.suite, SW_SUITE_PLAIN);
		bridge_flow(s, bridge_peer(call, i, 0), &f);
		ck_assert_uint_eq(f.sinks, 1);
		bridge_describe(s, bridge_peer(call, i, 0), text);
		ck_assert_ptr_nonnull(strstr(text, "bit by bit"));
		ck_assert_str_eq(bridge_suite_words(s), "end to end");
	}
}
END_TEST

static const struct {
	const char *more, *field;
} too_much[] = {
	{", 'srtp': {'suite': 'AES_CM_128_HMAC_SHA1_80', 'key': '" ASK_KEY_30 "'}", "srtp"},
	{", 'srtp': {'suite': 'AEAD_AES_128_GCM'}", "srtp"},
	{", 'srtp': {'rekey': true}", "srtp"},
	{", 'source': 'latch'", "source"},
	{", 'relatch': true", "source"},
};

START_TEST(what_takes_more_than_relaying_is_refused)
{
	char text[600], field[64];

	snprintf(text, sizeof text, E2E(LEG("a", "%s") ", " LEG("b", "")), too_much[_i].more);
	snprintf(field, sizeof field, "legs[0].streams[0].%s", too_much[_i].field);
	refused(text, field);
}
END_TEST

START_TEST(it_is_refused_later_too)
{
	char text[600], field[64];

	ck_assert_int_eq(apply(BOTH), 0);
	snprintf(text, sizeof text, LATER(LEG("b", "%s")), too_much[_i].more);
	snprintf(field, sizeof field, "legs[0].streams[0].%s", too_much[_i].field);
	refused(text, field);
}
END_TEST

START_TEST(what_is_harmless_is_taken)
{
	ck_assert_int_eq(apply(E2E(LEG("a", ", 'rtcp_mux': true, 'source': 'signalled'"))), 0);
	ck_assert_int_eq(
		apply(LATER(LEG("b", ", 'rtcp_mux': true, 'srtp': {'suite': 'none'}"))), 0);
	ck_assert_int_eq(apply(LATER(LEG("a", ", 'direction': 'inactive', 'dscp': 0"))), 0);
	ck_assert_int_eq(
		apply("{'call': 'c', 'e2e': 'required', 'legs': [{'name': 'a'}]}"), 0);
	/* Streams and legs that come later are no less so. */
	ck_assert_int_eq(apply(LATER("{'name': 'a', 'streams': [{}, " STREAM("") "]}")), 0);
	ck_assert_uint_eq(call->leg[0].stream[1].e2e, 1);
	ck_assert_uint_eq(call->leg[1].stream[0].e2e, 1);
}
END_TEST

START_TEST(the_two_legs_must_be_alike)
{
	refused(E2E(LEG("a", ", 'rtcp_mux': true") ", " LEG("b", "")),
		"legs[1].streams[0].rtcp_mux");
	teardown();
	setup();
	refused(E2E(LEG("a", ", 'media': 'video'") ", " LEG("b", "")),
		"legs[1].streams[0].media");
	teardown();
	setup();
	ck_assert_int_eq(apply(BOTH), 0);
	refused(LATER(LEG("a", ", 'rtcp_mux': true")), "legs[1].streams[0].rtcp_mux");
}
END_TEST

START_TEST(a_call_that_began_otherwise_cannot_become_it)
{
	ck_assert_int_eq(apply(LATER(LEG("a", ""))), 0);
	refused(E2E(LEG("b", "")), "e2e");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("e2e");
	TCase *t = tcase_create("e2e");
	int n = (int)(sizeof too_much / sizeof *too_much);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, both_directions_are_opaque_to_the_switch);
	tcase_add_loop_test(t, what_takes_more_than_relaying_is_refused, 0, n);
	tcase_add_loop_test(t, it_is_refused_later_too, 0, n);
	tcase_add_test(t, what_is_harmless_is_taken);
	tcase_add_test(t, the_two_legs_must_be_alike);
	tcase_add_test(t, a_call_that_began_otherwise_cannot_become_it);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
