/* SPDX-License-Identifier: Apache-2.0
 *
 * A node and a neighbour that wants to pass for somebody else, or to keep it busy. */
#include <check.h>
#include <sodium.h>

#include "mesh/node_inside.h"
#include "tests/bench/runner.h"
#include "tests/mesh/island.h"

enum { LEFT = 40 }; /* bytes that a frame needs beside its addresses and its payload */

static const uint8_t hung_up[] = {MESH_PORT_VOMP << 1 | 1, 2, 0, 7, 0, 8, 0x66};

static void
two(void)
{
	island_begin(2);
	island_open();
	island_go(1000);
}

static void
somebody(struct mesh_identity *id, uint32_t number)
{
	memset(id, 0, sizeof *id);
	memcpy(id->seed, &number, sizeof number);
	mesh_identity_derive(id);
}

/* A datagram of the neighbour's; frames follow. */
static void
begin(struct mesh_writer *w)
{
	w->len = 0;
	mesh_put_envelope(w, island_sid(1), MESH_UNICAST, 0);
}

/* One for us that says it is from SOURCE. */
static void
put(struct mesh_writer *w, uint8_t flags, const struct mesh_address *source, const uint8_t *p,
	unsigned len)
{
	const struct mesh_frame f = {.flags = flags | MESH_ONE_HOP,
		.type = MESH_DATA,
		.source = *source,
		.destination = mesh_node_address(island_sid(0))};

	mesh_put_frame_head(w, &f);
	mesh_put(w, (const uint8_t[]){0, (uint8_t)(len >> 8), (uint8_t)len}, 3);
	mesh_put(w, p, len);
	ck_assert(!w->full);
}

static void
comes(const struct mesh_writer *w, uint64_t opened)
{
	struct islander *us = &island.who[0];

	mesh_node_heard(us->node,
		&(struct mesh_datagram){.from = island.who[1].at,
			.neighbour = island_link(0, island_sid(1))->row.id,
			.opened = opened,
			.p = w->p,
			.len = w->len},
		island.now);
}

/* ---- Somebody else ---- */

/* Whose box it was the switch knows; what stands there for its SID may mean another here. */
START_TEST(a_box_that_was_opened_is_of_somebody_who_is_called)
{
	struct islander *us = &island.who[0];
	uint8_t p[MESH_DATAGRAM_MAX], box[BOX_HEAD + sizeof hung_up] = {0};
	struct mesh_writer w = {.p = p, .max = sizeof p};
	struct mesh_identity victim;

	two();
	somebody(&victim, 7);
	ck_assert_ptr_nonnull(mesh_node_learn(us->node, &victim.sid));
	memcpy(box + BOX_HEAD, hung_up, sizeof hung_up);
	begin(&w);
	put(&w, MESH_BOXED, &(struct mesh_address){MESH_ADDRESS_PREFIX, 1, victim.sid.b}, box,
		sizeof box);
	comes(&w, 1);
	ck_assert_uint_eq(us->vomp, 0);

	ck_assert_int_eq(mesh_node_hold(us->node, 0, &victim.sid, island.now), 0);
	comes(&w, 1);
	ck_assert_uint_eq(us->vomp, 1);
	ck_assert_mem_eq(&us->vomp_from, &victim.sid, sizeof victim.sid);
	island_end();
}
END_TEST

/* An echo in clear text bears the name of whoever gives it. */
START_TEST(nobody_has_us_say_link_state_of_his)
{
	struct islander *us = &island.who[0];
	uint8_t p[MESH_DATAGRAM_MAX], body[128];
	struct mesh_writer w = {.p = p, .max = sizeof p}, b = {.p = body, .max = sizeof body};
	unsigned tells;

	two();
	mesh_put_ports(&b, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_ECHO});
	begin(&w);
	put(&w, 0, &(struct mesh_address){.kind = MESH_ADDRESS_SENDER}, body, b.len);
	tells = us->tells;
	comes(&w, 0);
	ck_assert_uint_eq(us->tells, tells);
	island_end();
}
END_TEST

START_TEST(link_state_comes_from_the_port_of_link_state)
{
	static const uint32_t sources[] = {MESH_PORT_ECHO, MESH_PORT_LINK_STATE};
	struct islander *us = &island.who[0];
	uint8_t p[MESH_DATAGRAM_MAX], body[128];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	struct mesh_identity far;

	two();
	somebody(&far, 7);
	for (unsigned i = 0; i < 2; i++) {
		struct mesh_writer b = {.p = body, .max = sizeof body};

		mesh_put_ports(&b, &(struct mesh_ports){sources[i], MESH_PORT_LINK_STATE});
		mesh_put_link_record(&b, &(struct link_record){.version = 1,
						 .receiver = mesh_node_address(&far.sid),
						 .transmitter.kind = MESH_ADDRESS_SENDER});
		begin(&w);
		put(&w, 0, &(struct mesh_address){.kind = MESH_ADDRESS_SENDER}, body, b.len);
		comes(&w, 0);
		island_go(1000);
		ck_assert_int_eq(mesh_node_is_reachable(us->node, &far.sid), i);
	}
	island_end();
}
END_TEST

/* ---- Places ---- */

/* One that was invented, at AT, and says that it hears us. */
static void
hears_us(const struct mesh_identity *id, const struct mesh_at *at)
{
	struct islander *us = &island.who[0];
	uint8_t p[MESH_DATAGRAM_MAX], body[128];
	struct mesh_writer w = {.p = p, .max = sizeof p}, b = {.p = body, .max = sizeof body};
	const struct link_record r = {.flags = LINK_HAS_INTERFACE | LINK_UNICAST,
		.version = 1,
		.receiver = mesh_node_address(&id->sid),
		.transmitter = mesh_node_address(island_sid(0))};

	mesh_put_ports(&b, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_LINK_STATE});
	mesh_put_link_record(&b, &r);
	mesh_put_envelope(&w, &id->sid, MESH_UNICAST, 0);
	put(&w, MESH_SENDER_SAME, &(struct mesh_address){0}, body, b.len);
	island_heard(us, at, p, w.len);
}

START_TEST(inventions_that_hear_us_leave_a_place_to_who_is_configured)
{
	static struct mesh_identity crowd[MESH_NODE_NEIGHBOURS];
	struct islander *us = &island.who[0], *peer = &island.who[1];

	island_begin(2);
	us->broadcast = peer->broadcast = false;
	us->peer = peer->at;
	peer->silent = true;
	island_open();
	for (uint32_t i = 0; i < MESH_NODE_NEIGHBOURS; i++)
		somebody(&crowd[i], 100 + i);
	for (unsigned turn = 0; turn < 40; turn++) {
		for (unsigned i = 0; i < MESH_NODE_NEIGHBOURS; i++)
			hears_us(&crowd[i],
				&(struct mesh_at){.family = 2,
					.port = 4110,
					.ip = {10, 99, (uint8_t)(i / 16), (uint8_t)i}});
		island_go(500);
	}
	ck_assert_uint_eq(us->links, MESH_NODE_NEIGHBOURS - 1);
	peer->silent = false;
	island_go(1500);
	ck_assert(island_reaches(0, 1, 1));
	island_end();
}
END_TEST

/* ---- Work ---- */

START_TEST(boxes_of_many_do_not_keep_us_from_calling)
{
	struct islander *us = &island.who[0];
	uint8_t p[MESH_DATAGRAM_MAX], box[BOX_HEAD + 8] = {0};
	struct mesh_writer w = {.p = p, .max = sizeof p};
	struct mesh_identity id;

	two();
	for (uint32_t i = 0; i < 1000; i++) {
		struct mesh_address source;

		somebody(&id, i);
		source = mesh_node_address(&id.sid);
		begin(&w);
		put(&w, MESH_BOXED, &source, box, sizeof box);
		comes(&w, 0);
	}
	somebody(&id, 1000);
	ck_assert_int_eq(mesh_node_hold(us->node, 0, &id.sid, island.now), 0);
	island_end();
}
END_TEST

/* What a SID is by its signing key costs as much as opening a box. */
START_TEST(signing_keys_in_the_place_of_sids_are_no_work_without_end)
{
	struct islander *us = &island.who[0];
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	struct mesh_identity id;
	uint64_t before;

	two();
	somebody(&id, 7);
	begin(&w);
	while (w.max - w.len > 2 * SID_LEN + LEFT)
		put(&w, 0, &(struct mesh_address){MESH_ADDRESS_SIGN, MESH_KEY, id.sign_public},
			NULL, 0);
	before = mesh_node_counts(us->node)->unresolved;
	comes(&w, 0);
	ck_assert_uint_eq(mesh_node_counts(us->node)->unresolved, before);
	for (unsigned i = 0; i < 1000; i++)
		comes(&w, 0);
	ck_assert_uint_ge(mesh_node_counts(us->node)->unresolved, before + 10000);
	island_go(1000);
	before = mesh_node_counts(us->node)->unresolved;
	comes(&w, 0);
	ck_assert_uint_eq(mesh_node_counts(us->node)->unresolved, before);
	island_end();
}
END_TEST

START_TEST(keys_are_told_some_hundred_times_a_second)
{
	struct islander *us = &island.who[0];
	uint8_t p[MESH_DATAGRAM_MAX], box[BOX_HEAD + 2] = {0};
	struct mesh_writer w = {.p = p, .max = sizeof p};
	uint64_t told;

	two();
	ck_assert_int_eq(mesh_node_hold(us->node, 0, island_sid(1), island.now), 0);
	box[BOX_HEAD] = MESH_PORT_KEYMAP << 1 | 1;
	box[BOX_HEAD + 1] = 2;
	begin(&w);
	put(&w, MESH_BOXED, &(struct mesh_address){.kind = MESH_ADDRESS_SENDER}, box,
		sizeof box);
	for (unsigned i = 0; i < 1000; i++)
		comes(&w, 1);
	told = mesh_node_counts(us->node)->keys_told;
	ck_assert_uint_ge(told, 50);
	ck_assert_uint_le(told, 200);
	island_go(1000);
	comes(&w, 1);
	ck_assert_uint_eq(mesh_node_counts(us->node)->keys_told, told + 1);
	island_end();
}
END_TEST

/* A frame of somebody invented. */
static void
invented(struct mesh_writer *w, uint32_t number)
{
	struct sid sid;
	struct mesh_address source = mesh_node_address(&sid);

	crypto_generichash(
		sid.b, sizeof sid.b, (const uint8_t *)&number, sizeof number, NULL, 0);
	begin(w);
	put(w, 0, &source, NULL, 0);
	comes(w, 0);
}

START_TEST(inventions_take_the_places_of_few)
{
	struct islander *us = &island.who[0];
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	struct mesh_identity id;
	unsigned left = 0;

	two();
	for (uint32_t i = 0; us->node->knowns < MESH_NODE_KNOWN; i++)
		invented(&w, i);
	island_go(10);
	for (uint32_t i = 0; i < 2 * MESH_NODE_KNOWN; i++)
		invented(&w, 2 * MESH_NODE_KNOWN + i);
	for (unsigned i = 0; i < MESH_NODE_KNOWN; i++)
		left += us->node->known[i]->used_ms < island.now - 5;
	ck_assert_uint_ge(left, MESH_NODE_KNOWN / 2);
	/* Whom we call ourselves has one all the same. */
	somebody(&id, 7);
	ck_assert_int_eq(mesh_node_hold(us->node, 0, &id.sid, island.now), 0);
	ck_assert_ptr_nonnull(mesh_node_known(us->node, &id.sid));
	island_end();
}
END_TEST

/* A frame of N questions who begins with the byte that our SID begins with, or, OTHERS, with
 * one of the 200 behind it. */
static void
ask_who(unsigned n, bool others)
{
	const struct mesh_frame f = {.flags = MESH_ONE_HOP,
		.type = MESH_EXPLAIN,
		.source.kind = MESH_ADDRESS_SENDER,
		.destination = mesh_node_address(island_sid(0))};
	uint8_t p[MESH_DATAGRAM_MAX], body[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p}, b = {.p = body, .max = sizeof body};

	for (unsigned i = 0; i < n; i++) {
		uint8_t first = (uint8_t)(island_sid(0)->b[0] + (others ? 1 + i % 200 : 0));

		mesh_put_explain(&b, &(struct explain_item){EXPLAIN_WHO, 1, &first});
	}
	begin(&w);
	mesh_put_frame_head(&w, &f);
	mesh_put(&w, (const uint8_t[]){0, (uint8_t)(b.len >> 8), (uint8_t)b.len}, 3);
	mesh_put(&w, body, b.len);
	ck_assert(!w.full);
	comes(&w, 0);
}

/* Looking for whom they mean costs more than the question. */
START_TEST(questions_beyond_measure_are_not_even_looked_into)
{
	struct mesh_node *us;
	uint64_t before;

	two();
	us = island.who[0].node;
	us->explained_ms[0] = 0;
	for (unsigned i = 0; i < 100; i++)
		ask_who(1, true); /* they use up what there is for answers */
	before = mesh_node_counts(us)->explained;
	ask_who(1, false);
	ck_assert_uint_eq(mesh_node_counts(us)->explained, before);
	ck_assert_int_eq(us->explained_ms[0], 0); /* so nobody has to wait for long */
	island.now += 100;
	ask_who(1, false);
	ck_assert_uint_eq(mesh_node_counts(us)->explained, before + 1);
	island_end();
}
END_TEST

START_TEST(of_one_frame_some_questions_are_answered)
{
	struct mesh_node *us;
	unsigned told = 0;

	two();
	us = island.who[0].node;
	for (uint32_t i = 0; i < 1000; i++) {
		struct mesh_identity id;

		somebody(&id, i);
		mesh_node_learn(us, &id.sid);
	}
	for (unsigned i = 0; i < us->knowns; i++)
		us->known[i]->explained_ms = 0;
	ask_who(500, true);
	for (unsigned i = 0; i < us->knowns; i++) {
		uint8_t d = (uint8_t)(us->known[i]->sid.b[0] - island_sid(0)->b[0]);

		ck_assert(us->known[i]->explained_ms == 0 || (d >= 1 && d <= 32));
		told += us->known[i]->explained_ms != 0;
	}
	ck_assert_uint_gt(told, 32);
	island_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("node of a mesh that is lied to");
	TCase *else_ = tcase_create("somebody else"), *places = tcase_create("places");
	TCase *work = tcase_create("work");

	tcase_add_test(else_, a_box_that_was_opened_is_of_somebody_who_is_called);
	tcase_add_test(else_, nobody_has_us_say_link_state_of_his);
	tcase_add_test(else_, link_state_comes_from_the_port_of_link_state);
	suite_add_tcase(s, else_);
	tcase_add_test(places, inventions_that_hear_us_leave_a_place_to_who_is_configured);
	suite_add_tcase(s, places);
	tcase_add_test(work, boxes_of_many_do_not_keep_us_from_calling);
	tcase_add_test(work, signing_keys_in_the_place_of_sids_are_no_work_without_end);
	tcase_add_test(work, keys_are_told_some_hundred_times_a_second);
	tcase_add_test(work, inventions_take_the_places_of_few);
	tcase_add_test(work, questions_beyond_measure_are_not_even_looked_into);
	tcase_add_test(work, of_one_frame_some_questions_are_answered);
	suite_add_tcase(s, work);
	return run_suite(s);
}
