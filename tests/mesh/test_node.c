/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes as neighbours: how they find each other, who is kept and who is not, and what it takes
 * to be believed.  What is right, docs/vomp.md and the specification say. */
#include <check.h>
#include <sodium.h>

#include "mesh/node_inside.h"
#include "tests/bench/runner.h"
#include "tests/mesh/island.h"

static void
two(void)
{
	island_begin(2);
	island_open();
}

/* ---- Finding each other ---- */

START_TEST(two_that_broadcast_are_neighbours_in_a_second)
{
	two();
	island_go(1000);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert(island_reaches(1, 0, 1));
	ck_assert_uint_eq(island.who[0].events[MESH_PEER_UP], 1);
	island_end();
}
END_TEST

START_TEST(one_that_is_configured_needs_no_broadcast)
{
	island_begin(2);
	island.who[0].broadcast = island.who[1].broadcast = false;
	island.who[0].peer = island_at(1);
	island_open();
	island_go(1500);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert(island_reaches(1, 0, 1));
	island_end();
}
END_TEST

START_TEST(neither_is_found_by_one_that_does_not_ask)
{
	island_begin(2);
	island.who[0].broadcast = island.who[1].broadcast = false;
	island_open();
	island_go(3000);
	ck_assert(island_reaches(0, 1, 0));
	ck_assert_uint_eq(island.who[0].casts, 0);
	island_end();
}
END_TEST

START_TEST(a_tick_for_everybody_is_of_version_0_and_has_the_whole_sid)
{
	struct mesh_envelope e;

	two();
	island_go(1);
	ck_assert_uint_eq(island.who[0].cast_to.family, 0);
	ck_assert_int_eq(mesh_envelope_read(island.who[0].cast, island.who[0].cast_len, &e),
		(int)island.who[0].cast_len);
	ck_assert_uint_eq(e.version, 0);
	ck_assert_uint_eq(e.flags, 0);
	ck_assert_uint_eq(e.sender.kind, MESH_ADDRESS_SID);
	island_go(5000);
	ck_assert_uint_eq(island.who[0].casts, 11);
	island_end();
}
END_TEST

START_TEST(they_stay_neighbours_where_half_of_all_is_lost)
{
	two();
	island.lost_of_100 = 50;
	island_go(60000);
	ck_assert(island_reaches(0, 1, 1));
	island.lost_of_100 = 0;
	island_go(1000);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert(island_reaches(1, 0, 1));
	island_end();
}
END_TEST

/* ---- Silence ---- */

START_TEST(who_is_silent_for_2500_ms_is_missed_and_then_forgotten)
{
	two();
	island_go(1000);
	island.who[1].silent = true;
	island_go(2000);
	ck_assert(island_reaches(0, 1, 1));
	island_go(1500);
	ck_assert(island_reaches(0, 1, 0));
	ck_assert_uint_eq(island.who[0].events[MESH_PEER_DOWN], 1);
	ck_assert_ptr_null(island_link(0, island_sid(1)));
	island_end();
}
END_TEST

START_TEST(who_does_not_hear_us_is_missed_too)
{
	two();
	island_go(1000);
	island.cut[0][1] = true;
	island_go(6000);
	ck_assert(island_reaches(0, 1, 0));
	ck_assert(island_reaches(1, 0, 0));
	island_end();
}
END_TEST

START_TEST(a_silent_neighbour_with_calls_is_kept_for_30_s)
{
	struct mesh_peer_row *row;
	unsigned slot;

	two();
	island_go(1000);
	ck_assert_int_eq(mesh_node_hold(island.who[0].node, 0, island_sid(1), island.now), 0);
	island.who[1].silent = true;
	island_go(20000);
	ck_assert(!mesh_node_is_reachable(island.who[0].node, island_sid(1)));
	ck_assert_ptr_nonnull(island_link(0, island_sid(1)));
	for (slot = 0; island.who[0].peers[slot].id == 0;)
		slot++;
	row = &island.who[0].peers[slot];
	ck_assert_uint_eq(row->neighbour, island_link(0, island_sid(1))->row.slot);

	island.who[1].silent = false;
	island_go(1000);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert_uint_eq(island.who[0].sets, 1); /* the link has lasted */

	island.who[1].silent = true;
	island_go(34000);
	ck_assert_ptr_null(island_link(0, island_sid(1)));
	ck_assert_uint_eq(row->neighbour, MESH_NODE_NONE);
	mesh_node_release(island.who[0].node, 0, island_sid(1));
	ck_assert_uint_eq(row->id, 0);
	island_end();
}
END_TEST

/* ---- Strangers ---- */

static void
tick_of(uint8_t *p, struct mesh_writer *w, const struct sid *sid)
{
	*w = (struct mesh_writer){.p = p, .max = 64};
	mesh_put_envelope_0(w, sid, 0);
}

static void
invented(struct islander *to, uint32_t number, const struct mesh_at *at)
{
	struct mesh_writer w;
	struct sid sid;
	uint8_t p[64];

	crypto_generichash(
		sid.b, sizeof sid.b, (const uint8_t *)&number, sizeof number, NULL, 0);
	tick_of(p, &w, &sid);
	island_heard(to, at, p, w.len);
}

START_TEST(ten_thousand_invented_sids_harm_nobody)
{
	struct islander *w = &island.who[0];
	const struct mesh_node_counts *c;

	two();
	island_go(1000);
	for (uint32_t i = 0; i < 10000; i++) {
		struct mesh_at at = {.family = 2,
			.port = (uint16_t)(1 + i),
			.ip = {10, (uint8_t)(i / 7 >> 16), (uint8_t)(i / 7 >> 8),
				(uint8_t)(i / 7)}};

		invented(w, i, &at);
		if (i % 4 == 0)
			island_go(1);
	}
	c = mesh_node_counts(w->node);
	ck_assert_uint_le(w->most_links, 1 + MESH_NODE_HALF_OPEN);
	ck_assert_uint_le(w->node->knowns, 2);
	ck_assert_uint_ge(c->strangers_full, 9900);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert_uint_eq(w->events[MESH_PEER_DOWN], 0);
	island_go(6000);
	ck_assert_uint_eq(w->links, 1);
	island_end();
}
END_TEST

START_TEST(one_address_has_few_places)
{
	const struct mesh_at at = {.family = 2, .port = 4110, .ip = {10, 77, 0, 99}};
	struct islander *w = &island.who[0];

	two();
	island_go(1000);
	for (uint32_t i = 0; i < 400; i++) {
		struct mesh_at other = at;

		other.port = (uint16_t)(4110 + i);
		invented(w, i, &other);
		island_go(10);
		ck_assert_uint_le(w->links, 1 + AN_ADDRESS);
	}
	island_end();
}
END_TEST

START_TEST(a_flood_of_strangers_does_not_keep_a_configured_neighbour_away)
{
	struct islander *w = &island.who[0];

	island_begin(2);
	island.who[0].broadcast = island.who[1].broadcast = false;
	island.who[0].peer = island_at(1);
	island_open();
	for (uint32_t i = 0; i < 4000; i++) {
		struct mesh_at at = {.family = 2,
			.port = 4110,
			.ip = {10, 99, (uint8_t)(i >> 8), (uint8_t)i}};

		invented(w, i, &at);
		island_go(1);
	}
	ck_assert(island_reaches(0, 1, 1));
	island_end();
}
END_TEST

START_TEST(our_own_broadcasts_are_nobody)
{
	struct mesh_writer w;
	uint8_t p[64];

	two();
	tick_of(p, &w, island_sid(0));
	island_heard(&island.who[0], &(struct mesh_at){.family = 2, .port = 1}, p, w.len);
	ck_assert_uint_eq(island.who[0].sets, 0);
	island_end();
}
END_TEST

/* ---- Another address ---- */

static const struct mesh_at elsewhere = {.family = 2, .port = 4110, .ip = {10, 77, 0, 77}};

START_TEST(who_moves_is_found_where_it_is)
{
	two();
	island_go(1000);
	island.who[1].at = elsewhere;
	island_go(2000);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert_mem_eq(&island_link(0, island_sid(1))->row.at, &elsewhere, sizeof elsewhere);
	ck_assert_uint_eq(island.who[0].events[MESH_PEER_MOVED], 1);
	ck_assert_uint_eq(island.who[0].events[MESH_PEER_DOWN], 0);
	ck_assert_uint_eq(mesh_node_counts(island.who[0].node)->moved, 1);
	island_end();
}
END_TEST

START_TEST(nobody_moves_for_what_somebody_says)
{
	struct islander *w = &island.who[0];
	struct mesh_writer tick;
	uint8_t p[64];

	two();
	island_go(1000);
	for (unsigned i = 0; i < 20; i++) {
		tick_of(p, &tick, island_sid(1));
		island_heard(w, &elsewhere, p, tick.len);
		island_go(100);
	}
	ck_assert_mem_eq(
		&island_link(0, island_sid(1))->row.at, &island.who[1].at, sizeof elsewhere);
	ck_assert_uint_eq(w->events[MESH_PEER_MOVED], 0);
	/* It was asked there, twice a second at most. */
	ck_assert_uint_le(w->casts, 7 + 5);
	ck_assert_uint_ge(w->casts, 7 + 3);
	island_end();
}
END_TEST

/* An answer to a proof, as it was sent: good once, and from there alone. */
START_TEST(a_proof_is_good_from_where_it_was_asked_for)
{
	const struct mesh_at third = {.family = 2, .port = 4110, .ip = {10, 77, 0, 78}};
	struct islander *w = &island.who[0], *other = &island.who[1];
	struct mesh_writer tick;
	static struct islander answer;
	uint8_t p[64];

	two();
	island_go(1000);
	tick_of(p, &tick, island_sid(1));
	island_heard(w, &elsewhere, p, tick.len);
	ck_assert_uint_eq(w->cast_to.ip[3], 77);
	/* Brought to it by somebody; its answer is as good as a box can be. */
	island_heard(other, &w->at, w->cast, w->cast_len);
	island_again(other, w, &third);
	ck_assert_uint_eq(w->events[MESH_PEER_MOVED], 0);
	answer = *other;
	island_again(&answer, w, &elsewhere);
	ck_assert_uint_eq(w->events[MESH_PEER_MOVED], 1);
	/* It goes back, for it is not there, and the old answer moves it no more. */
	island_go(2000);
	ck_assert_uint_eq(w->events[MESH_PEER_MOVED], 2);
	island_again(&answer, w, &elsewhere);
	ck_assert_uint_eq(w->events[MESH_PEER_MOVED], 2);
	island_end();
}
END_TEST

/* ---- Successors ---- */

START_TEST(who_takes_our_place_has_our_neighbours_at_once)
{
	struct islander *w = &island.who[0];
	struct mesh_neighbour_row row;

	two();
	island_go(1000);
	row = island_link(0, island_sid(1))->row;
	mesh_node_close(w->node);
	w->node = NULL;
	island_open();
	mesh_node_adopt(w->node, &row, island.now);
	ck_assert(island_reaches(0, 1, 1));
	mesh_node_say_all(w->node);
	ck_assert_uint_eq(w->links, 1);
	ck_assert_uint_eq(w->dels, 0);
	island_end();
}
END_TEST

START_TEST(a_link_of_a_successor_is_told_to_the_switch_as_it_is)
{
	struct islander *w = &island.who[0];
	unsigned sets;

	two();
	island_go(1000);
	sets = w->sets;
	ck_assert_int_eq(mesh_node_hold(w->node, 0, island_sid(1), island.now), 0);
	w->peer_sets = 0;
	mesh_node_say_all(w->node);
	ck_assert_uint_eq(w->sets, sets + 1);
	ck_assert_uint_eq(w->peer_sets, 1);
	island_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("node of a mesh");
	TCase *found = tcase_create("finding each other"), *silent = tcase_create("silence");
	TCase *strangers = tcase_create("strangers"), *moved = tcase_create("another address");
	TCase *successors = tcase_create("successors");

	tcase_add_test(found, two_that_broadcast_are_neighbours_in_a_second);
	tcase_add_test(found, one_that_is_configured_needs_no_broadcast);
	tcase_add_test(found, neither_is_found_by_one_that_does_not_ask);
	tcase_add_test(found, a_tick_for_everybody_is_of_version_0_and_has_the_whole_sid);
	tcase_add_test(found, they_stay_neighbours_where_half_of_all_is_lost);
	suite_add_tcase(s, found);
	tcase_add_test(silent, who_is_silent_for_2500_ms_is_missed_and_then_forgotten);
	tcase_add_test(silent, who_does_not_hear_us_is_missed_too);
	tcase_add_test(silent, a_silent_neighbour_with_calls_is_kept_for_30_s);
	suite_add_tcase(s, silent);
	tcase_add_test(strangers, ten_thousand_invented_sids_harm_nobody);
	tcase_add_test(strangers, one_address_has_few_places);
	tcase_add_test(
		strangers, a_flood_of_strangers_does_not_keep_a_configured_neighbour_away);
	tcase_add_test(strangers, our_own_broadcasts_are_nobody);
	suite_add_tcase(s, strangers);
	tcase_add_test(moved, who_moves_is_found_where_it_is);
	tcase_add_test(moved, nobody_moves_for_what_somebody_says);
	tcase_add_test(moved, a_proof_is_good_from_where_it_was_asked_for);
	suite_add_tcase(s, moved);
	tcase_add_test(successors, who_takes_our_place_has_our_neighbours_at_once);
	tcase_add_test(successors, a_link_of_a_successor_is_told_to_the_switch_as_it_is);
	suite_add_tcase(s, successors);
	return run_suite(s);
}
