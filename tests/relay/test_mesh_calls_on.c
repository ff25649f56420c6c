/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/mesh_calls_wish.c, as far as digits and texts go, and what a successor of control does
 * with calls in the mesh (relay/mesh_calls_out.c). */
#include <stdlib.h>
#include <string.h>

#include "relay/mesh_calls_inside.h"
#include "tests/relay/mesh_far.h"

/* ---- Digits and texts ---- */

START_TEST(digits_and_texts_are_told_once_and_sent)
{
	struct far *f = talk();
	struct fault fault;

	far_sound(f, &(struct vomp_sound){VOMP_DTMF, 7, 0, 1, (const uint8_t *)"\xb0"});
	far_sound(f, &(struct vomp_sound){VOMP_DTMF, 7, 0, 1, (const uint8_t *)"\xb0"});
	far_sound(f, &(struct vomp_sound){VOMP_TEXT, 8, 0, 5, (const uint8_t *)"hello"});
	far_sound(f, &(struct vomp_sound){VOMP_TEXT, 9, 0, 2, (const uint8_t *)"\xc3!"});
	far_sound(f, &(struct vomp_sound){VOMP_PCMU, 10, 0, 2, (const uint8_t *)"ab"});
	hear("mesh.dtmf", "digit", "B");
	hear("mesh.text", "text", "hello");
	hear("mesh.text", "text", "?!");
	hear_nothing();

	ck_assert_int_eq(mesh_calls_dtmf(mc, "c", NULL, "1#", &fault), 0);
	ck_assert_int_eq(mesh_calls_text(mc, "c", "m", "hi", &fault), 0);
	ck_assert_str_eq(fake_said(sw), "21 6869 ");
	pass(MESH_TICK_MS);
	ck_assert_str_eq(fake_said(sw), "20 10 ");
	pass(2 * MESH_TICK_MS);
	ck_assert_str_eq(fake_said(sw), "20 f0 ");
}
END_TEST

START_TEST(what_cannot_be_sent_is_refused)
{
	struct fault f;

	far_add(0xa1, far_law)->picks = true;
	create_well(CALL("c", MESH_LEG_TO("a1")));
	create_well("{'call': 'd', 'legs': [" PHONE "]}");
	far_add(0xa2, far_all);
	create_well(ALONE("e", MESH_LEG_TO("a2")));
	ck_assert_int_ne(mesh_calls_dtmf(mc, "c", NULL, "1", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_NO_CODEC);
	ck_assert_int_ne(mesh_calls_text(mc, "c", NULL, "1", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_NO_CODEC);
	ck_assert_int_ne(mesh_calls_dtmf(mc, "c", "p", "1", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_NO_MESH_LEG);
	ck_assert_int_ne(mesh_calls_text(mc, "d", NULL, "1", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_NO_MESH_LEG);
	ck_assert_int_ne(mesh_calls_text(mc, "x", NULL, "1", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_UNKNOWN_CALL);
	ck_assert_int_ne(mesh_calls_text(mc, "e", NULL, "1", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_WRONG_STATE);
}
END_TEST

START_TEST(no_more_digits_wait_than_there_is_room_for)
{
	struct fault f;

	talk();
	ck_assert_int_ne(mesh_calls_dtmf(mc, "c", NULL, "12x", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_BAD_REQUEST);
	ck_assert_int_eq(
		mesh_calls_dtmf(mc, "c", NULL, "12345678901234567890123456789012", &f), 0);
	ck_assert_int_ne(mesh_calls_dtmf(mc, "c", NULL, "1", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_TOO_MANY);
	pass(MESH_TICK_MS);
	ck_assert_int_eq(mesh_calls_dtmf(mc, "c", NULL, "1", &f), 0);
}
END_TEST

/* ---- Who comes after us ---- */

START_TEST(a_successor_goes_on_with_a_call)
{
	struct far *f = talk();
	unsigned flows;
	struct sw_transport was = *fake_transport(sw, stream_of("c")->slot);

	succeed();
	flows = fake_sent(sw, SW_FLOW_SET);
	ck_assert_uint_eq(mesh_calls_count(mc), 1);
	ck_assert_uint_eq(held, 1);
	ck_assert_mem_eq(fake_transport(sw, stream_of("c")->slot), &was, sizeof was);
	pass(5000);
	ck_assert_int_eq(f->vomp.local, VOMP_INCALL);
	ck_assert_int_eq(f->state, VOMP_INCALL);
	ck_assert_uint_eq(fake_sent(sw, SW_FLOW_SET), flows);
	end("c");
	ck_assert_int_eq(f->vomp.local, VOMP_CALLENDED);
	hear("mesh.call_ended", "reason", "hung_up");
}
END_TEST

START_TEST(a_successor_knows_who_takes_no_text)
{
	struct fault f;

	far_add(0xa1, far_law)->picks = true;
	create_well(CALL("c", MESH_LEG_TO("a1")));
	far_add(0xa2, far_all)->picks = true;
	create_well(CALL("d", MESH_LEG_TO("a2")));
	succeed();
	ck_assert_int_ne(mesh_calls_text(mc, "c", NULL, "1", &f), 0);
	ck_assert_int_eq(f.kind, FAULT_NO_CODEC);
	ck_assert_int_eq(mesh_calls_text(mc, "d", NULL, "1", &f), 0);
}
END_TEST

START_TEST(a_successor_goes_on_where_a_call_has_come)
{
	struct far *f = far_add(0xa1, far_all);

	f->rings = true;
	create_well(CALL("c", MESH_LEG_TO("a1")));
	hear("mesh.call_ringing", NULL, NULL);
	succeed();
	far_do(f, vomp_call_answer(&f->vomp, now_ms));
	settle();
	hear("mesh.call_answered", "call", "c");
	ck_assert_uint_eq(
		fake_flow(sw, calls_find(calls, "c")->leg[1].stream[0].slot)->sinks, 1);
}
END_TEST

START_TEST(a_successor_asks_for_a_number_again)
{
	far_add(0xa1, far_all)->picks = true;
	create_well(ALONE("c", "{'name': 'm', 'type': 'vomp', 'did': '555002'}"));
	succeed();
	ck_assert_uint_eq(lookups(), 1);
	answer_lookup("sid://A1/local/555002", 0xa1);
	settle();
	hear("mesh.call_answered", "call", "c");
}
END_TEST

/* What a predecessor has hung up, but its party does not know. */
START_TEST(strays_are_told_that_their_call_is_over)
{
	struct far *f = talk();

	f->deaf = true;
	end("c");
	succeed();
	f->deaf = false;
	ck_assert_uint_eq(mesh_calls_count(mc), 0);
	pass(1000 + MESH_TICK_MS);
	ck_assert_int_eq(f->vomp.local, VOMP_CALLENDED);
	ck_assert_int_eq(f->state, VOMP_CALLENDED);
	ck_assert_uint_ge(mesh_calls_sums(mc)->strays, 1);
}
END_TEST

START_TEST(strays_are_not_answered_without_end)
{
	struct far *f = talk();
	unsigned before;

	f->deaf = true;
	end("c");
	succeed();
	before = sent();
	for (unsigned i = 0; i < 1000; i++)
		far_sound(f, &(struct vomp_sound){VOMP_PCMU, 7, 0, 1, (const uint8_t *)"a"});
	ck_assert_uint_eq(sent() - before, MESH_STRAYS);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mesh_calls_on");
	TCase *t;

	t = tcase_create("beside");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, digits_and_texts_are_told_once_and_sent);
	tcase_add_test(t, what_cannot_be_sent_is_refused);
	tcase_add_test(t, no_more_digits_wait_than_there_is_room_for);
	suite_add_tcase(s, t);

	t = tcase_create("successor");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_successor_goes_on_with_a_call);
	tcase_add_test(t, a_successor_knows_who_takes_no_text);
	tcase_add_test(t, a_successor_goes_on_where_a_call_has_come);
	tcase_add_test(t, a_successor_asks_for_a_number_again);
	tcase_add_test(t, strays_are_told_that_their_call_is_over);
	tcase_add_test(t, strays_are_not_answered_without_end);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
