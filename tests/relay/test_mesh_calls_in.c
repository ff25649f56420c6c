/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/mesh_calls_in.c: parties in the mesh that call us; and what signalling says to them
 * (relay/mesh_calls_wish.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/call_mesh.h"
#include "relay/coding.h"
#include "relay/mesh_calls_inside.h"
#include "tests/relay/mesh_far.h"

enum { SESSION = 0x1235 }; /* theirs, which may be odd */

/* A1 calls us, and its call is there. */
static struct far *
be_called(char id[REQUEST_ID])
{
	struct far *f = far_add(0xa1, far_all);

	far_call(f, SESSION);
	settle();
	hear("mesh.call_offered", "from", "555002");
	strcpy(id, heard_call());
	return f;
}

static struct fault
wish(void (*how)(struct mesh_calls *, const char *, calls_done *, void *), const char *id)
{
	struct outcome o = {0};

	how(mc, id, outcome, &o);
	settle();
	ck_assert_uint_eq(o.answers, 1);
	return o.fault;
}

static enum call_mesh_state
state_of(const char *id)
{
	return call_mesh_state(leg_of(id)->mesh);
}

/* ---- From the offer to the answer ---- */

START_TEST(a_caller_gets_a_call_of_one_leg)
{
	struct far *f = far_add(0xa1, far_law);
	const struct call *c;
	const struct request_mesh *m;

	far_call(f, SESSION);
	settle();
	hear("mesh.call_offered", "did", "555100");
	hear_nothing();
	c = calls_next(calls, NULL);
	ck_assert_str_eq(c->id, heard_call());
	ck_assert_uint_eq(strlen(c->id), strlen("mesh-") + 16);
	ck_assert_uint_eq(c->legs, 1);
	ck_assert_str_eq(c->leg[0].name, "mesh");
	m = c->leg[0].mesh;
	ck_assert_uint_eq(m->incoming, 1);
	ck_assert_str_eq(m->from, "555002");
	ck_assert_str_eq(m->did, "555100");
	ck_assert_mem_eq(m->sid, f->sid.b, SID_LEN);
	ck_assert_uint_eq(m->far_session, SESSION);
	ck_assert_uint_eq(m->local, VOMP_NOCALL);
	ck_assert_uint_eq(m->remote, VOMP_RINGINGOUT);
	ck_assert_uint_eq(c->leg[0].stream[0].coding->formats, 2);
	ck_assert_uint_eq(f->vomp.far_session, c->leg[0].stream[0].port);
	ck_assert_uint_eq(f->vomp.common, 1u << VOMP_PCMU | 1u << VOMP_PCMA);
	ck_assert_uint_eq(mesh_calls_sums(mc)->offered, 1);
}
END_TEST

START_TEST(it_rings_is_answered_and_talks)
{
	char id[REQUEST_ID], text[400];
	struct far *f = be_called(id);

	snprintf(text, sizeof text, "{'call': '%s', 'legs': [" PHONE "]}", id);
	ck_assert_int_eq(update(text).kind, FAULT_NONE);
	ck_assert_int_eq(wish(mesh_calls_ring, id).kind, FAULT_NONE);
	ck_assert_int_eq(f->vomp.remote, VOMP_RINGINGIN);
	ck_assert_int_eq(state_of(id), CALL_MESH_RINGS);
	ck_assert_uint_eq(
		fake_flow(sw, calls_find(calls, id)->leg[1].stream[0].slot)->sinks, 0);
	ck_assert_uint_eq(
		fake_flow(sw, stream_of(id)->slot)->sinks, 0); /* it may not speak yet */
	ck_assert_int_eq(wish(mesh_calls_answer, id).kind, FAULT_NONE);
	hear("mesh.call_answered", "call", id);
	ck_assert_int_eq(f->vomp.local, VOMP_INCALL);
	ck_assert_int_eq(state_of(id), CALL_MESH_TALKS);
	ck_assert_uint_eq(
		fake_flow(sw, calls_find(calls, id)->leg[1].stream[0].slot)->sinks, 1);
	far_do(f, vomp_call_hang_up(&f->vomp, VOMP_HUNG_UP, now_ms));
	settle();
	hear("mesh.call_ended", "reason", "far_hung_up");
	ck_assert_ptr_null(calls_find(calls, id));
}
END_TEST

START_TEST(it_may_be_answered_without_having_rung)
{
	char id[REQUEST_ID];
	struct far *f = be_called(id);

	ck_assert_int_eq(wish(mesh_calls_answer, id).kind, FAULT_NONE);
	ck_assert_int_eq(f->vomp.local, VOMP_INCALL);
}
END_TEST

START_TEST(it_may_be_rejected_until_it_is_answered)
{
	char id[REQUEST_ID], other[REQUEST_ID];
	struct far *f = be_called(id), *g;

	ck_assert_int_eq(wish(mesh_calls_reject, id).kind, FAULT_NONE);
	hear("mesh.call_ended", "reason", "hung_up");
	ck_assert_int_eq(f->vomp.end, VOMP_REFUSED);
	ck_assert_ptr_null(calls_find(calls, id));

	g = far_add(0xa2, far_all);
	far_call(g, SESSION);
	settle();
	hear("mesh.call_offered", NULL, NULL);
	strcpy(other, heard_call());
	ck_assert_int_eq(wish(mesh_calls_answer, other).kind, FAULT_NONE);
	ck_assert_int_eq(wish(mesh_calls_reject, other).kind, FAULT_WRONG_STATE);
	ck_assert_ptr_nonnull(calls_find(calls, other));
}
END_TEST

START_TEST(a_caller_may_give_up)
{
	char id[REQUEST_ID];
	struct far *f = be_called(id);

	far_do(f, vomp_call_hang_up(&f->vomp, VOMP_HUNG_UP, now_ms));
	settle();
	hear("mesh.call_ended", "reason", "far_hung_up");
	ck_assert_ptr_null(calls_find(calls, id));
}
END_TEST

START_TEST(a_caller_may_give_up_before_it_has_heard_from_us)
{
	struct far *f = far_add(0xa1, far_all);

	f->deaf = true;
	far_call(f, SESSION);
	settle();
	ck_assert_uint_eq(calls_count(calls), 1);
	far_do(f, vomp_call_hang_up(&f->vomp, VOMP_HUNG_UP, now_ms));
	settle();
	ck_assert_uint_eq(calls_count(calls), 0);
	hear_nothing();
}
END_TEST

START_TEST(a_wish_out_of_turn_is_refused)
{
	char id[REQUEST_ID];

	be_called(id);
	ck_assert_int_eq(wish(mesh_calls_ring, "x").kind, FAULT_UNKNOWN_CALL);
	ck_assert_int_eq(create("{'call': 'c', 'legs': [" PHONE "]}").kind, FAULT_NONE);
	ck_assert_int_eq(wish(mesh_calls_answer, "c").kind, FAULT_NO_MESH_LEG);
	ck_assert_int_eq(wish(mesh_calls_ring, id).kind, FAULT_NONE);
	ck_assert_int_eq(wish(mesh_calls_ring, id).kind, FAULT_WRONG_STATE);
	ck_assert_int_eq(wish(mesh_calls_answer, id).kind, FAULT_NONE);
	ck_assert_int_eq(wish(mesh_calls_answer, id).kind, FAULT_WRONG_STATE);
}
END_TEST

/* The record is what a successor goes by, so the wish is not done before. */
START_TEST(a_wish_is_answered_when_it_is_written_down)
{
	struct outcome o = {0};
	char id[REQUEST_ID], text[400];

	be_called(id);
	snprintf(text, sizeof text, "{'call': '%s', 'legs': [" PHONE "]}", id);
	update(text);
	mesh_calls_answer(mc, id, outcome, &o);
	ck_assert_uint_eq(o.answers, 0);
	settle();
	ck_assert_uint_eq(o.answers, 1);
	ck_assert_int_eq(o.fault.kind, FAULT_NONE);
	ck_assert_str_eq(o.id, id);
}
END_TEST

START_TEST(a_wish_whose_call_ends_meanwhile_is_answered_too)
{
	struct outcome o = {0}, joined = {0}, gone = {0};
	char id[REQUEST_ID], text[400];
	struct call_request r;

	be_called(id);
	snprintf(text, sizeof text, "{'call': '%s', 'legs': [" PHONE "]}", id);
	r = ask(text);
	calls_update(calls, &r, outcome, &joined); /* the others wait for it, in their order */
	calls_delete(calls, id, NULL, outcome, &gone);
	mesh_calls_answer(mc, id, outcome, &o);
	settle();
	ck_assert_uint_eq(o.answers, 1);
	ck_assert_int_eq(o.fault.kind, FAULT_UNKNOWN_CALL);
}
END_TEST

START_TEST(a_wish_whose_caller_hangs_up_meanwhile_is_answered_too)
{
	struct outcome o = {0}, joined = {0};
	char id[REQUEST_ID], text[400];
	struct call_request r;
	struct far *f = be_called(id);

	snprintf(text, sizeof text, "{'call': '%s', 'legs': [" PHONE "]}", id);
	r = ask(text);
	calls_update(calls, &r, outcome, &joined);
	mesh_calls_answer(mc, id, outcome, &o);
	far_do(f, vomp_call_hang_up(&f->vomp, VOMP_HUNG_UP, now_ms));
	settle();
	ck_assert_uint_eq(o.answers, 1);
	ck_assert_int_eq(o.fault.kind, FAULT_WRONG_STATE);
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

/* ---- Who is taken ---- */

START_TEST(a_caller_that_repeats_itself_has_one_call)
{
	struct far *f = far_add(0xa1, far_all);

	far_call(f, SESSION);
	for (unsigned i = 0; i < 5; i++)
		far_do(f, (struct vomp_todo){.send = true}); /* before our call is made */
	ck_assert_uint_eq(calls_count(calls), 1);
	settle();
	hear("mesh.call_offered", NULL, NULL);
	hear_nothing();
	ck_assert_uint_eq(calls_count(calls), 1);
	ck_assert_int_eq(f->vomp.local, VOMP_RINGINGOUT);
}
END_TEST

/* Nobody has checked that it is a new frame. */
START_TEST(a_first_frame_that_comes_again_later_makes_no_further_call)
{
	struct far *f = far_add(0xa1, far_all);
	uint8_t first[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = first, .max = sizeof first};

	far_call(f, SESSION);
	mesh_put_vomp_header(
		&w, &(struct vomp_header){SESSION, 0, VOMP_CALLPREP, VOMP_NOCALL});
	mesh_put_vomp_offer(&w,
		&(struct vomp_offer){.codecs = 1, .codec = {VOMP_PCMU}, .from = "555002"},
		true);
	settle();
	far_say(f, first + VOMP_PORTS, w.len - VOMP_PORTS);
	settle();
	ck_assert_uint_eq(calls_count(calls), 1);
	far_do(f, vomp_call_hang_up(&f->vomp, VOMP_HUNG_UP, now_ms));
	settle();
	for (unsigned i = 0; i < 6; i++) { /* while its place rests, too */
		ck_assert_uint_eq(calls_count(calls), 0);
		far_say(f, first + VOMP_PORTS, w.len - VOMP_PORTS);
		pass(2 * MESH_TICK_MS);
	}
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

START_TEST(a_node_that_drains_refuses_at_once)
{
	struct far *f = far_add(0xa1, far_all);

	calls_drain(calls, true);
	far_call(f, SESSION);
	settle();
	ck_assert_int_eq(f->vomp.end, VOMP_REFUSED);
	ck_assert_uint_eq(mesh_calls_sums(mc)->refused, 1);
	hear_nothing();
	ck_assert_uint_eq(calls_count(calls), 0);
	pass(1000);
	ck_assert_uint_eq(held, 0);
}
END_TEST

START_TEST(a_node_that_ends_while_somebody_begins_to_call_has_no_call_left)
{
	far_call(far_add(0xa1, far_all), SESSION);
	mesh_calls_hang_up(mc);
	settle();
	ck_assert_uint_eq(calls_count(calls), 0);
	pass(2 * MESH_TICK_MS);
	ck_assert_uint_eq(held, 0);
	hear_nothing();
}
END_TEST

START_TEST(a_full_node_refuses_at_once)
{
	struct far *f = far_add(0xa1, far_all);

	conf.call_limit = 1;
	ck_assert_int_eq(create("{'call': 'c', 'legs': [" PHONE "]}").kind, FAULT_NONE);
	far_call(f, SESSION);
	settle();
	ck_assert_int_eq(f->vomp.end, VOMP_REFUSED);
	hear_nothing();
}
END_TEST

START_TEST(a_caller_has_no_more_calls_than_it_could_bear)
{
	struct far *f = far_add(0xa1, far_all), *again;
	char id[REQUEST_ID];

	conf.mesh_calls_per_peer = 1;
	far_call(f, SESSION);
	settle();
	hear("mesh.call_offered", NULL, NULL);
	strcpy(id, heard_call());
	f->deaf = true;
	again = far_add(0xa1, far_all);
	far_call(again, SESSION + 1);
	settle();
	ck_assert_int_eq(again->vomp.end, VOMP_REFUSED);
	hear_nothing();
	ck_assert_uint_eq(calls_count(calls), 1);
}
END_TEST

/* N parties, each with a SID of its own, want to call us by the neighbour in slot VIA. */
static void
crowd(unsigned n, unsigned via)
{
	struct far f = {.sid = {.b = {[31] = 1, [15] = (uint8_t)(1 + via)}}, .via = via};
	const struct vomp_offer o = {.codecs = 1, .codec = {VOMP_PCMU}};
	uint8_t bytes[MESH_DATAGRAM_MAX];

	for (unsigned i = 0; i < n; i++) {
		struct mesh_writer w = {.p = bytes, .max = sizeof bytes};

		f.sid.b[1] = (uint8_t)i;
		f.sid.b[2] = (uint8_t)(i >> 8);
		mesh_put_vomp_header(
			&w, &(struct vomp_header){SESSION, 0, VOMP_CALLPREP, VOMP_NOCALL});
		mesh_put_vomp_offer(&w, &o, true);
		far_say(&f, bytes + VOMP_PORTS, w.len - VOMP_PORTS);
		if (i % 32 == 31)
			settle();
	}
	settle();
}

START_TEST(those_that_wait_are_bounded_for_each_neighbour)
{
	enum { ROOM = 50 }; /* that others have left */
	struct far *first = far_add(0xa1, far_all), *other = far_add(0xa2, far_all);
	char id[REQUEST_ID];

	mc->waiting[1].calls = MESH_WAITING_BY - ROOM;
	first->via = 1;
	other->via = 2;
	far_call(first, SESSION);
	settle();
	hear("mesh.call_offered", NULL, NULL);
	strcpy(id, heard_call());
	far_call(other, SESSION);
	settle();
	hear("mesh.call_offered", NULL, NULL);
	crowd(ROOM - 1, 1);
	crowd(1, 3); /* by another way */
	hear_nothing();
	ck_assert_uint_eq(calls_count(calls), ROOM + 2);
	crowd(ROOM, 1); /* of which all but the last are there */
	hear("mesh.call_ended", "reason", "crowded_out");
	ck_assert_str_eq(heard_call(), id);
	ck_assert_int_eq(first->vomp.end, VOMP_REFUSED);
	hear_nothing();
	ck_assert_uint_eq(calls_count(calls), ROOM + 2);
	ck_assert_uint_eq(mesh_calls_sums(mc)->ended[MESH_CROWDED_OUT], 1);
}
END_TEST

START_TEST(when_all_places_are_taken_the_neighbour_with_most_gives_one_up)
{
	struct far *one = far_add(0xa1, far_all), *late = far_add(0xa2, far_all);
	char id[REQUEST_ID];

	one->via = 1;
	far_call(one, SESSION);
	settle();
	hear("mesh.call_offered", NULL, NULL);
	strcpy(id, heard_call());
	crowd(2, 1);
	crowd(2, 2);
	mc->waits += MESH_WAITING - 5;
	late->via = 2;
	far_call(late, SESSION);
	settle();
	hear("mesh.call_ended", "reason", "crowded_out");
	ck_assert_str_eq(heard_call(), id);
	hear("mesh.call_offered", NULL, NULL);
	ck_assert_uint_eq(mc->waits, MESH_WAITING);
	/* Who is answered waits no more. */
	ck_assert_int_eq(wish(mesh_calls_answer, heard_call()).kind, FAULT_NONE);
	ck_assert_uint_eq(mc->waits, MESH_WAITING - 1);
	mc->waits -= MESH_WAITING - 5;
}
END_TEST

START_TEST(those_that_nobody_was_told_of_are_bounded)
{
	enum { ROOM = 100 }; /* that others have left */

	mc->unseen = MESH_UNSEEN - ROOM;
	crowd(ROOM + 50, 0);
	ck_assert_uint_eq(calls_count(calls), ROOM);
	ck_assert_uint_eq(mesh_calls_sums(mc)->refused, 0);
	ck_assert_uint_eq(mesh_calls_sums(mc)->put_off, 50);
	hear_nothing();
	pass(VOMP_DIAL_MS + 2 * MESH_TICK_MS);
	ck_assert_uint_eq(calls_count(calls), 0);
	ck_assert_uint_eq(mc->unseen, MESH_UNSEEN - ROOM);
	hear_nothing();
}
END_TEST

START_TEST(what_is_no_call_is_left_alone)
{
	static const uint8_t bad[][12] = {{1, 0x12, 0x35, 0, 0, 0x12},
		{2, 0x12, 0x35, 0, 0, 0x15}, {2, 0, 0, 0, 0, 0x12},
		{2, 0x12, 0x35, 0, 0, 0x12, 2, 3}};
	static const unsigned len[] = {6, 6, 6, 8};
	struct far *f = far_add(0xa1, far_all);

	for (unsigned i = 0; i < 4; i++)
		far_say(f, bad[i], len[i]);
	for (unsigned i = 0; i < 6; i++)
		far_say(f, bad[0], i);
	settle();
	ck_assert_uint_eq(calls_count(calls), 0);
	ck_assert_uint_eq(sent(), 0);
}
END_TEST

/* ---- Who comes after us ---- */

START_TEST(a_successor_knows_who_calls)
{
	char id[REQUEST_ID];
	struct far *f = be_called(id);

	succeed();
	pass(1000 + MESH_TICK_MS); /* it says again that it calls */
	hear_nothing();
	ck_assert_int_eq(state_of(id), CALL_MESH_OFFERED);
	ck_assert_int_eq(wish(mesh_calls_answer, id).kind, FAULT_NONE);
	ck_assert_int_eq(f->vomp.local, VOMP_INCALL);
	hear("mesh.call_answered", "call", id);
}
END_TEST

START_TEST(a_caller_that_was_not_told_of_yet_is_told_of_by_a_successor)
{
	struct far *f = far_add(0xa1, far_all);

	f->deaf = true;
	far_call(f, SESSION);
	settle();
	hear_nothing();
	succeed();
	ck_assert_uint_eq(calls_count(calls), 1);
	f->deaf = false;
	pass(1000 + MESH_TICK_MS);
	hear("mesh.call_offered", "from", "555002");
	ck_assert_int_eq(f->vomp.local, VOMP_RINGINGOUT);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mesh_calls_in");
	TCase *t = tcase_create("wishes");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_caller_gets_a_call_of_one_leg);
	tcase_add_test(t, it_rings_is_answered_and_talks);
	tcase_add_test(t, it_may_be_answered_without_having_rung);
	tcase_add_test(t, it_may_be_rejected_until_it_is_answered);
	tcase_add_test(t, a_caller_may_give_up);
	tcase_add_test(t, a_caller_may_give_up_before_it_has_heard_from_us);
	tcase_add_test(t, a_wish_out_of_turn_is_refused);
	tcase_add_test(t, a_wish_is_answered_when_it_is_written_down);
	tcase_add_test(t, a_wish_whose_call_ends_meanwhile_is_answered_too);
	tcase_add_test(t, a_wish_whose_caller_hangs_up_meanwhile_is_answered_too);
	suite_add_tcase(s, t);

	t = tcase_create("taken");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_caller_that_repeats_itself_has_one_call);
	tcase_add_test(t, a_first_frame_that_comes_again_later_makes_no_further_call);
	tcase_add_test(t, a_node_that_drains_refuses_at_once);
	tcase_add_test(t, a_node_that_ends_while_somebody_begins_to_call_has_no_call_left);
	tcase_add_test(t, a_full_node_refuses_at_once);
	tcase_add_test(t, a_caller_has_no_more_calls_than_it_could_bear);
	tcase_add_test(t, those_that_nobody_was_told_of_are_bounded);
	tcase_add_test(t, those_that_wait_are_bounded_for_each_neighbour);
	tcase_add_test(t, when_all_places_are_taken_the_neighbour_with_most_gives_one_up);
	tcase_add_test(t, what_is_no_call_is_left_alone);
	suite_add_tcase(s, t);

	t = tcase_create("successor");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_successor_knows_who_calls);
	tcase_add_test(t, a_caller_that_was_not_told_of_yet_is_told_of_by_a_successor);
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
