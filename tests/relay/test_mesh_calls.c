/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/mesh_calls.c and what it is made of: calls that we make to parties in the mesh, and
 * how any call ends.  Parties that call us: test_mesh_calls_in.c. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/call_mesh.h"
#include "relay/coding.h"
#include "relay/mesh_calls_inside.h"
#include "tests/relay/mesh_far.h"

/* ---- Calls that we make ---- */

START_TEST(a_party_is_called_and_sound_flows_once_it_has_answered)
{
	struct far *f = far_add(0xa1, far_all);
	const struct sw_transport *t;

	f->rings = true;
	create_well(CALL("c", MESH_LEG_TO("a1")));
	ck_assert_int_eq(f->vomp.local, VOMP_RINGINGIN);
	ck_assert_str_eq(f->vomp.theirs.from, "555100");
	hear("mesh.call_ringing", "leg", "m");
	ck_assert_int_eq(call_mesh_state(leg_of("c")->mesh), CALL_MESH_RINGS);
	t = fake_transport(sw, stream_of("c")->slot);
	ck_assert_uint_eq(t->remote[0].family, SW_AF_MESH);
	ck_assert_uint_eq(t->remote[0].port, f->vomp.session);
	ck_assert_mem_eq(t->remote[0].ip, f->sid.b, 16);
	ck_assert_uint_eq(f->vomp.far_session, stream_of("c")->port);
	ck_assert_uint_eq(
		fake_flow(sw, calls_find(calls, "c")->leg[1].stream[0].slot)->sinks, 0);
	/* What it says with its answer has somewhere to go. */
	ck_assert_uint_eq(fake_flow(sw, stream_of("c")->slot)->sinks, 1);

	far_do(f, vomp_call_answer(&f->vomp, now_ms));
	settle();
	hear("mesh.call_answered", "call", "c");
	hear_nothing();
	ck_assert_int_eq(f->vomp.remote, VOMP_INCALL);
	ck_assert_uint_eq(
		fake_flow(sw, calls_find(calls, "c")->leg[1].stream[0].slot)->sinks, 1);
	ck_assert_uint_eq(fake_flow(sw, stream_of("c")->slot)->sinks, 1);
	ck_assert_uint_eq(stream_of("c")->coding->formats, 8);
	ck_assert_uint_eq(mesh_calls_sums(mc)->answered, 1);
	ck_assert_uint_eq(held, 1);
}
END_TEST

START_TEST(only_codecs_of_both_are_used)
{
	struct far *f = far_add(0xa1, far_law);
	const struct coding *c;

	f->picks = true;
	create_well(CALL("c", MESH_LEG_TO("a1")));
	c = stream_of("c")->coding;
	ck_assert_uint_eq(c->formats, 2);
	ck_assert_str_eq(c->format[0].name, "PCMU");
	ck_assert_uint_eq(c->format[0].format.payload_type, 0);
	ck_assert_str_eq(c->format[1].name, "PCMA");
	ck_assert_uint_eq(f->vomp.theirs.codecs, 9);
}
END_TEST

START_TEST(the_rules_of_a_call_say_what_is_offered)
{
	struct far *f = far_add(0xa1, far_all);

	create_well(
		"{'call': 'c', 'codecs': {'allow': ['PCMA', 'GSM']}, 'legs': [" MESH_LEG_TO(
			"a1") "]}");
	ck_assert_uint_eq(f->vomp.common, 1u << VOMP_PCMA | 1u << VOMP_GSM);
}
END_TEST

START_TEST(who_shares_no_codec_is_not_spoken_with)
{
	static const uint8_t none[] = {VOMP_DTMF, 0};

	far_add(0xa1, none);
	create_well(ALONE("c", MESH_LEG_TO("a1")));
	hear("mesh.call_ended", "reason", "refused");
	ck_assert_ptr_null(calls_find(calls, "c"));
}
END_TEST

START_TEST(a_number_is_looked_up_and_the_first_who_has_it_is_called)
{
	struct far *f = far_add(0xa1, far_all);

	create_well(
		ALONE("c", "{'name': 'm', 'type': 'vomp', 'did': '555002', 'from': '77777'}"));
	ck_assert_uint_eq(lookups(), 1);
	ck_assert_uint_eq(sent(), 0);
	ck_assert_int_eq(call_mesh_state(leg_of("c")->mesh), CALL_MESH_LOOKED_UP);
	answer_lookup("sip:bob@example.net", 0xa2); /* that is nobody of the mesh */
	ck_assert_uint_eq(lookups(), 1);
	answer_lookup("sid://A1/local/555002", 0xa1);
	ck_assert_uint_eq(lookups(), 0);
	settle();
	ck_assert_str_eq(f->vomp.theirs.from, "77777");
	ck_assert_str_eq(f->vomp.theirs.to, "555002");
	ck_assert_int_eq(call_mesh_state(leg_of("c")->mesh), CALL_MESH_DIALLED);
	ck_assert_mem_eq(leg_of("c")->mesh->sid, f->sid.b, SID_LEN);
}
END_TEST

START_TEST(a_number_that_nobody_has_is_not_found)
{
	create_well(ALONE("c", "{'name': 'm', 'type': 'vomp', 'did': '555002'}"));
	answer_lookup(NULL, 0);
	settle();
	hear("mesh.call_ended", "reason", "not_found");
	ck_assert_ptr_null(calls_find(calls, "c"));
	pass(MESH_TICK_MS);
	ck_assert_uint_eq(mesh_calls_count(mc), 0);
}
END_TEST

START_TEST(look_ups_wait_for_their_turn)
{
	struct far *f = far_add(0xa1, far_all);

	create_well(ALONE("c", "{'name': 'm', 'type': 'vomp', 'did': '555001'}"));
	create_well(ALONE("d", "{'name': 'm', 'type': 'vomp', 'did': '555002'}"));
	pass(1000);
	answer_lookup(NULL, 0);
	settle();
	hear("mesh.call_ended", "call", "c");
	pass(MESH_TICK_MS);
	ck_assert_uint_eq(lookups(), 1);
	create_well(ALONE("e", "{'name': 'm', 'type': 'vomp', 'did': '555003'}"));
	pass(VOMP_DIAL_MS + MESH_TICK_MS);
	hear("mesh.call_ended", "reason", "no_room");
	ck_assert_str_eq(heard_call(), "e");
	answer_lookup("sid://A1/local/555002", 0xa1);
	settle();
	ck_assert_str_eq(f->vomp.theirs.to, "555002");
	hear_nothing();
}
END_TEST

START_TEST(who_is_not_there_is_given_up)
{
	struct far *f = far_add(0xa1, far_all);

	f->deaf = true;
	create_well(ALONE("c", MESH_LEG_TO("a1")));
	pass(VOMP_DIAL_MS - MESH_TICK_MS);
	hear_nothing();
	ck_assert_uint_ge(sent(), 14);
	pass(2 * MESH_TICK_MS);
	hear("mesh.call_ended", "reason", "unreachable");
	ck_assert_ptr_null(calls_find(calls, "c"));
}
END_TEST

START_TEST(a_party_whose_key_has_no_room_is_not_called)
{
	create_well(ALONE("c", MESH_LEG_TO("bb")));
	hear("mesh.call_ended", "reason", "no_room");
	ck_assert_uint_eq(sent(), 0);
	pass(2 * MESH_TICK_MS);
	ck_assert_uint_eq(mesh_calls_count(mc), 0);
}
END_TEST

START_TEST(who_does_not_answer_is_given_up)
{
	struct far *f = far_add(0xa1, far_all);

	f->rings = true;
	create_well(ALONE("c", MESH_LEG_TO("a1")));
	hear("mesh.call_ringing", NULL, NULL);
	pass(VOMP_RING_MS - 500);
	hear_nothing();
	f->deaf = true; /* or it would give up, too */
	pass(500 + MESH_TICK_MS);
	hear("mesh.call_ended", "reason", "no_answer");
}
END_TEST

START_TEST(who_refuses_ends_the_call)
{
	struct far *f = far_add(0xa1, far_all);

	create_well(CALL("c", MESH_LEG_TO("a1")));
	far_do(f, vomp_call_hang_up(&f->vomp, VOMP_HUNG_UP, now_ms));
	settle();
	hear("mesh.call_ended", "reason", "refused");
	hear_nothing();
	ck_assert_ptr_null(calls_find(calls, "c"));
	ck_assert_uint_eq(calls_sums(calls)->ended, 1);
	ck_assert_uint_eq(calls_sums(calls)->deleted, 0);
}
END_TEST

START_TEST(another_leg_may_come_later_and_be_the_one_in_the_mesh)
{
	struct far *f = far_add(0xa1, far_all);

	f->picks = true;
	create_well("{'call': 'c', 'legs': [" PHONE "]}");
	ck_assert_int_eq(
		update("{'call': 'c', 'legs': [" MESH_LEG_TO("a1") "]}").kind, FAULT_NONE);
	hear("mesh.call_answered", "call", "c");
	ck_assert_int_eq(f->vomp.local, VOMP_INCALL);
}
END_TEST

START_TEST(both_legs_may_be_in_the_mesh)
{
	struct far *a = far_add(0xa1, far_all), *b = far_add(0xa2, far_all);

	a->picks = b->picks = true;
	create_well("{'call': 'c', 'legs': [" MESH_LEG_TO(
		"a1") ", {'name': 'n', 'type': 'vomp', 'sid': 'a2" ZEROS "'}]}");
	hear("mesh.call_answered", NULL, NULL);
	hear("mesh.call_answered", NULL, NULL);
	far_do(a, vomp_call_hang_up(&a->vomp, VOMP_HUNG_UP, now_ms));
	settle();
	hear("mesh.call_ended", "reason", "far_hung_up");
	hear("mesh.call_ended", "reason", "hung_up");
	ck_assert_int_eq(b->vomp.local, VOMP_CALLENDED);
}
END_TEST

/* ---- Limits ---- */

START_TEST(no_peer_gets_more_calls_than_it_can_bear)
{
	struct fault f;
	char text[256];

	far_add(0xa1, far_all)->deaf = true;
	conf.mesh_calls_per_peer = 3;
	for (unsigned i = 0; i < 3; i++) {
		snprintf(text, sizeof text, ALONE("c%u", MESH_LEG_TO("a1")), i);
		create_well(text);
	}
	f = create(ALONE("d", MESH_LEG_TO("a1")));
	ck_assert_int_eq(f.kind, FAULT_PEER_BUSY);
	ck_assert_str_eq(f.field, "legs[0].sid");
	create_well(ALONE("e", MESH_LEG_TO("a2")));
}
END_TEST

START_TEST(the_place_of_a_call_is_free_some_time_after_its_end)
{
	struct far *f = talk();

	conf.mesh_calls_per_peer = 1;
	end("c");
	ck_assert_int_eq(f->vomp.local, VOMP_CALLENDED);
	ck_assert_int_eq(create(ALONE("d", MESH_LEG_TO("a1"))).kind, FAULT_PEER_BUSY);
	pass(1000 + MESH_REST_MS - 2 * MESH_TICK_MS);
	ck_assert_int_eq(create(ALONE("d", MESH_LEG_TO("a1"))).kind, FAULT_PEER_BUSY);
	pass(4 * MESH_TICK_MS);
	create_well(ALONE("e", MESH_LEG_TO("a1")));
}
END_TEST

/* Neither could be told so when it was asked for. */
START_TEST(calls_made_at_once_are_not_too_many_either)
{
	struct call_request r[2] = {
		ask(ALONE("c", MESH_LEG_TO("a1"))), ask(ALONE("d", MESH_LEG_TO("a1")))};
	struct outcome o[2] = {0};

	far_add(0xa1, far_all);
	conf.mesh_calls_per_peer = 1;
	for (unsigned i = 0; i < 2; i++)
		calls_create(calls, &r[i], outcome, &o[i]);
	settle();
	hear("mesh.call_ended", "reason", "peer_busy");
	hear_nothing();
	ck_assert_uint_eq(calls_count(calls), 1);
}
END_TEST

START_TEST(who_we_are_and_whom_we_call_must_be_possible)
{
	struct fault f = create(ALONE("c", "{'name': 'm', 'type': 'vomp', 'sid': 'a1" ZEROS
					   "', 'identity': 'ab" ZEROS "'}"));

	ck_assert_int_eq(f.kind, FAULT_BAD_REQUEST);
	ck_assert_str_eq(f.field, "legs[0].identity");
	f = create(ALONE("c", "{'name': 'm', 'type': 'vomp', 'sid': "
			      "'ee02000000000000000000000000000000000000000000000000000000000"
			      "000'}"));
	ck_assert_int_eq(f.kind, FAULT_BAD_REQUEST);
	ck_assert_str_eq(f.field, "legs[0].sid");
}
END_TEST

START_TEST(another_identity_may_call)
{
	struct far *f = far_add(0xa1, far_all);

	create_well(
		ALONE("c", "{'name': 'm', 'type': 'vomp', 'sid': 'a1" ZEROS "', 'identity': "
			   "'ee02000000000000000000000000000000000000000000000000000000000"
			   "000'}"));
	ck_assert_str_eq(f->vomp.theirs.from, "555200");
	ck_assert_uint_eq(fake_transport(sw, stream_of("c")->slot)->identity, 1);
}
END_TEST

/* ---- The end ---- */

START_TEST(a_hang_up_goes_on_when_its_call_is_gone)
{
	struct far *f = talk();
	unsigned before;

	f->deaf = true;
	before = sent();
	end("c");
	hear("mesh.call_ended", "reason", "hung_up");
	ck_assert_uint_eq(calls_count(calls), 0);
	pass(5000);
	ck_assert_uint_ge(sent() - before, 5);
	ck_assert_uint_eq(mesh_calls_count(mc), 1);
	f->deaf = false;
	pass(1000 + MESH_TICK_MS);
	ck_assert_int_eq(f->vomp.local, VOMP_CALLENDED);
	pass(1000 + MESH_REST_MS + 2 * MESH_TICK_MS);
	ck_assert_uint_eq(mesh_calls_count(mc), 0);
	ck_assert_uint_eq(held, 0);
	hear_nothing();
}
END_TEST

START_TEST(a_hang_up_that_nobody_hears_ends_as_well)
{
	talk()->deaf = true;
	end("c");
	pass(VOMP_NETWORK_MS + 1000 + MESH_REST_MS + 2 * MESH_TICK_MS);
	ck_assert_uint_eq(mesh_calls_count(mc), 0);
}
END_TEST

/* Ports rest for less long than a hang-up may take. */
START_TEST(a_session_of_a_call_that_hangs_up_is_nobody_elses)
{
	enum { SESSIONS = 20 };
	static struct mesh_call hanging_up[SESSIONS - 2];
	struct far *a = far_add(0xa1, far_all), *b = far_add(0xa2, far_all);

	for (unsigned i = 0; i < SESSIONS - 2; i++) {
		hanging_up[i].left = true;
		hanging_up[i].session = (uint16_t)(30000 + 2 * i);
		mc->session[hanging_up[i].session / 2] = &hanging_up[i];
	}
	fake_state(sw)->address[4].port_last = 30000 + 2 * SESSIONS - 1;
	calls_welcome(calls, SW_KEPT);
	settle();
	create_well(ALONE("c", MESH_LEG_TO("a1")));
	create_well(ALONE("d", MESH_LEG_TO("a2")));
	ck_assert_uint_ge(stream_of("c")->port, 30000 + 2 * (SESSIONS - 2));
	ck_assert_uint_ge(stream_of("d")->port, 30000 + 2 * (SESSIONS - 2));
	ck_assert_uint_eq(a->vomp.far_session, stream_of("c")->port);
	ck_assert_uint_eq(b->vomp.far_session, stream_of("d")->port);
}
END_TEST

START_TEST(a_silent_party_is_lost_and_sound_is_a_sign_of_life)
{
	struct far *f = talk();

	f->deaf = true;
	for (unsigned i = 0; i < 40; i++) {
		atomic_fetch_add(
			&fake_transport_state(sw, stream_of("c")->slot)->rx_packets, 50);
		pass(1000);
	}
	hear_nothing();
	pass(VOMP_NETWORK_MS + MESH_TICK_MS);
	hear("mesh.call_ended", "reason", "lost");
	ck_assert_ptr_null(calls_find(calls, "c"));
}
END_TEST

START_TEST(a_node_that_ends_rings_off)
{
	struct far *f = talk(), *g = far_add(0xa2, far_all);
	unsigned waiting;

	g->deaf = true;
	create_well(ALONE("d", MESH_LEG_TO("a2")));
	ck_assert_uint_eq(mesh_calls_hang_up(mc), 2);
	settle();
	waiting = mesh_calls_hang_up(mc);
	ck_assert_uint_eq(waiting, 1); /* that is deaf */
	ck_assert_int_eq(f->vomp.local, VOMP_CALLENDED);
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

START_TEST(a_call_may_vanish_while_its_party_is_just_being_written_down)
{
	struct far *f = far_add(0xa1, far_all);
	struct call_request r = ask(CALL("c", MESH_LEG_TO("a1")));
	struct outcome o = {0}, gone = {0};

	f->picks = true;
	calls_create(calls, &r, outcome, &o);
	fake_answer_all(sw);
	event_base_loop(base, EVLOOP_NONBLOCK); /* it is dialled */
	calls_delete(calls, "c", NULL, outcome, &gone);
	settle();
	ck_assert_uint_eq(gone.answers, 1);
	ck_assert_int_eq(f->vomp.local, VOMP_CALLENDED);
	ck_assert_uint_eq(calls_count(calls), 0);
	pass(1000 + MESH_REST_MS + 2 * MESH_TICK_MS);
	ck_assert_uint_eq(mesh_calls_count(mc), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mesh_calls");
	TCase *t = tcase_create("out");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_party_is_called_and_sound_flows_once_it_has_answered);
	tcase_add_test(t, only_codecs_of_both_are_used);
	tcase_add_test(t, the_rules_of_a_call_say_what_is_offered);
	tcase_add_test(t, who_shares_no_codec_is_not_spoken_with);
	tcase_add_test(t, a_number_is_looked_up_and_the_first_who_has_it_is_called);
	tcase_add_test(t, a_number_that_nobody_has_is_not_found);
	tcase_add_test(t, look_ups_wait_for_their_turn);
	tcase_add_test(t, who_is_not_there_is_given_up);
	tcase_add_test(t, a_party_whose_key_has_no_room_is_not_called);
	tcase_add_test(t, who_does_not_answer_is_given_up);
	tcase_add_test(t, who_refuses_ends_the_call);
	tcase_add_test(t, another_leg_may_come_later_and_be_the_one_in_the_mesh);
	tcase_add_test(t, both_legs_may_be_in_the_mesh);
	suite_add_tcase(s, t);

	t = tcase_create("limits");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, no_peer_gets_more_calls_than_it_can_bear);
	tcase_add_test(t, the_place_of_a_call_is_free_some_time_after_its_end);
	tcase_add_test(t, calls_made_at_once_are_not_too_many_either);
	tcase_add_test(t, who_we_are_and_whom_we_call_must_be_possible);
	tcase_add_test(t, another_identity_may_call);
	suite_add_tcase(s, t);

	t = tcase_create("end");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_hang_up_goes_on_when_its_call_is_gone);
	tcase_add_test(t, a_hang_up_that_nobody_hears_ends_as_well);
	tcase_add_test(t, a_session_of_a_call_that_hangs_up_is_nobody_elses);
	tcase_add_test(t, a_silent_party_is_lost_and_sound_is_a_sign_of_life);
	tcase_add_test(t, a_node_that_ends_rings_off);
	tcase_add_test(t, a_call_may_vanish_while_its_party_is_just_being_written_down);
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
