/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes that are not neighbours: ways to them, what goes over them, and what is asked of all.
 */
#include <check.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>

#include "mesh/node_inside.h"
#include "tests/bench/runner.h"
#include "tests/mesh/island.h"

/* 0 - 1 - 2, which forwards or does not. */
static void
line(bool forward)
{
	island_begin(3);
	island.cut[0][2] = island.cut[2][0] = true;
	island.who[1].forward = forward;
	island_open();
	island_go(2500);
}

static struct mesh_peer_row *
row_of(unsigned n, unsigned identity, const struct sid *sid)
{
	for (unsigned i = 0; i < MESH_NODE_PEERS; i++) {
		struct mesh_peer_row *row = &island.who[n].peers[i];

		if (row->id != 0 && row->identity == identity && sid_equal(&row->sid, sid))
			return row;
	}
	return NULL;
}

static struct mesh_peer_row *
the_row(unsigned n, unsigned identity, const struct sid *sid)
{
	struct mesh_peer_row *row = row_of(n, identity, sid);

	ck_assert_ptr_nonnull(row);
	return row;
}

static struct {
	unsigned found, over;
	struct sid sid;
	char did[MESH_DID], name[MESH_NAME];
	unsigned sent, back;
} told;

static void
on_found(void *arg, const struct dna_answer *a)
{
	if (a == NULL) {
		told.over++;
		return;
	}
	told.found++;
	told.sid = a->sid;
	snprintf(told.did, sizeof told.did, "%s", a->did);
	snprintf(told.name, sizeof told.name, "%s", a->name);
}

static void
on_echoed(void *arg, unsigned number, bool back)
{
	told.over += number == 0;
	told.sent += number != 0 && !back;
	told.back += back;
}

/* ---- Ways ---- */

START_TEST(the_ends_of_a_line_reach_each_other_over_one_that_forwards)
{
	line(true);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert(island_reaches(0, 2, 2));
	ck_assert(island_reaches(2, 0, 2));
	island_end();
}
END_TEST

START_TEST(nobody_is_reached_over_one_that_does_not)
{
	line(false);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert(island_reaches(0, 2, 0));
	ck_assert_ptr_null(row_of(1, MESH_NODE_NONE, island_sid(2)));
	mesh_node_lookup(island.who[0].node, "555003", 100, on_found, NULL, island.now);
	island_go(50);
	ck_assert_uint_eq(mesh_node_counts(island.who[1].node)->floods, 1);
	ck_assert_uint_eq(mesh_node_counts(island.who[2].node)->floods, 0);
	island_end();
}
END_TEST

START_TEST(a_way_that_is_lost_is_known_to_be_lost)
{
	line(true);
	island.cut[1][2] = island.cut[2][1] = true;
	island_go(4000);
	ck_assert(island_reaches(1, 2, 0));
	ck_assert(island_reaches(0, 2, 0));
	ck_assert(island_reaches(0, 1, 1));
	island.cut[1][2] = island.cut[2][1] = false;
	island_go(2500);
	ck_assert(island_reaches(0, 2, 2));
	island_end();
}
END_TEST

START_TEST(ways_over_a_neighbour_go_with_it)
{
	line(true);
	island.who[1].silent = true;
	island_go(4000);
	ck_assert(island_reaches(0, 1, 0));
	ck_assert(island_reaches(0, 2, 0));
	island_end();
}
END_TEST

START_TEST(ways_are_found_where_a_third_is_lost)
{
	island_begin(3);
	island.cut[0][2] = island.cut[2][0] = true;
	island.who[1].forward = true;
	island.lost_of_100 = 33;
	island_open();
	island_go(15000);
	ck_assert(island_reaches(0, 2, 2));
	ck_assert(island_reaches(2, 0, 2));
	island_end();
}
END_TEST

/* 0 - 1 - 2 - 3 - 0 */
START_TEST(the_shorter_of_two_ways_is_taken_and_the_other_when_it_has_gone)
{
	struct mesh_peer_row *row;

	island_begin(4);
	island.cut[0][2] = island.cut[2][0] = island.cut[1][3] = island.cut[3][1] = true;
	for (unsigned i = 0; i < 4; i++)
		island.who[i].forward = true;
	island_open();
	island_go(3000);
	ck_assert(island_reaches(0, 1, 1));
	ck_assert(island_reaches(0, 2, 2));
	ck_assert(island_reaches(0, 3, 1));
	ck_assert_int_eq(mesh_node_hold(island.who[0].node, 0, island_sid(1), island.now), 0);
	row = the_row(0, 0, island_sid(1));
	ck_assert_uint_eq(row->neighbour, island_link(0, island_sid(1))->row.slot);

	island.cut[0][1] = island.cut[1][0] = true;
	island_go(6000);
	ck_assert(island_reaches(0, 1, 3));
	ck_assert_uint_eq(row->neighbour, island_link(0, island_sid(3))->row.slot);
	mesh_node_release(island.who[0].node, 0, island_sid(1));
	island_end();
}
END_TEST

/* 3 - 1 - 0 - 2 - 1 */
START_TEST(a_longer_way_is_not_taken)
{
	struct mesh_route_look look;

	island_begin(4);
	island.cut[0][3] = island.cut[3][0] = island.cut[2][3] = island.cut[3][2] = true;
	for (unsigned i = 0; i < 4; i++)
		island.who[i].forward = true;
	island_open();
	for (unsigned i = 0; i < 10; i++) {
		island_go(1000);
		ck_assert(i == 0 || island_reaches(0, 3, 2));
	}
	for (unsigned at = 0; mesh_node_route(island.who[0].node, &at, &look);)
		if (sid_equal(&look.sid, island_sid(3)))
			ck_assert(sid_equal(&look.next_hop, island_sid(1)));
	island_end();
}
END_TEST

START_TEST(a_second_identity_is_reached_by_the_first)
{
	struct mesh_identity *second = &island.who[2].ids.id[1];

	island_begin(3);
	island.cut[0][2] = island.cut[2][0] = true;
	island.who[1].forward = true;
	memset(second->seed, 0x77, sizeof second->seed);
	mesh_identity_derive(second);
	island.who[2].ids.n = 2;
	island_open();
	island_go(4000);
	ck_assert(mesh_node_is_reachable(island.who[1].node, &second->sid));
	ck_assert(mesh_node_is_reachable(island.who[0].node, &second->sid));
	/* Another one is known at once. */
	second[1] = (struct mesh_identity){.seed = {1}};
	mesh_identity_derive(&second[1]);
	island.who[2].ids.n = 3;
	mesh_node_identified(island.who[2].node);
	island_go(210);
	ck_assert(mesh_node_is_reachable(island.who[1].node, &second[1].sid));
	island_end();
}
END_TEST

/* ---- Somebody's lies ---- */

/* Link state from node 1 to node 0, of N records, each with a receiver of its own and
 * TRANSMITTER. */
static void
lie(uint32_t first, unsigned n, const struct sid *transmitter)
{
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	const struct mesh_frame f = {
		.flags = MESH_BROADCAST | MESH_ONE_HOP, .type = MESH_DATA};
	unsigned at;

	mesh_put_envelope_0(&w, island_sid(1), MESH_UNICAST);
	mesh_put_frame_head(&w, &f);
	mesh_put(&w, "\0", 2);
	at = w.len;
	mesh_put_ports(&w, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_LINK_STATE});
	for (uint32_t i = first; i < first + n; i++) {
		struct link_record r = {.version = 1};
		struct sid sid;

		crypto_generichash(
			sid.b, sizeof sid.b, (const uint8_t *)&i, sizeof i, NULL, 0);
		r.receiver = mesh_node_address(&sid);
		r.transmitter = mesh_node_address(transmitter);
		mesh_put_link_record(&w, &r);
	}
	ck_assert(!w.full);
	p[at - 2] = (uint8_t)((w.len - at) >> 8);
	p[at - 1] = (uint8_t)(w.len - at);
	island_heard(&island.who[0], &island.who[1].at, p, w.len);
}

START_TEST(ten_thousand_invented_ways_are_bounded_and_harm_no_true_one)
{
	line(true);
	for (uint32_t i = 0; i < 10000; i += 10) {
		lie(i, 10, island_sid(1));
		if (i % 100 == 0)
			island_go(1);
	}
	ck_assert_uint_le(island.who[0].node->knowns, MESH_NODE_KNOWN);
	ck_assert(island_reaches(0, 2, 2));
	/* They are forgotten when nobody speaks of them any more. */
	island_go(20000);
	ck_assert(island_reaches(0, 2, 2));
	for (unsigned at = 0, n = 0;; n++) {
		struct mesh_route_look look;

		if (mesh_node_route(island.who[0].node, &at, &look))
			continue;
		ck_assert_uint_eq(n, 2);
		break;
	}
	island_end();
}
END_TEST

START_TEST(a_way_back_over_us_is_none)
{
	line(true);
	lie(7, 1, island_sid(0));
	island_go(1500);
	ck_assert_ptr_nonnull(island.who[0].node);
	for (unsigned at = 0;;) {
		struct mesh_route_look look;

		if (!mesh_node_route(island.who[0].node, &at, &look))
			break;
		ck_assert(sid_equal(&look.sid, island_sid(1)) ||
			  sid_equal(&look.sid, island_sid(2)));
	}
	island_end();
}
END_TEST

/* ---- Rows ---- */

START_TEST(a_pair_that_is_held_has_the_key_of_its_boxes)
{
	uint8_t key[MESH_KEY];
	struct mesh_peer_row *row;
	const struct sid *to;

	line(true);
	to = island_sid(2);
	ck_assert_int_eq(mesh_node_hold(island.who[0].node, 0, to, island.now), 0);
	ck_assert_int_eq(mesh_node_hold(island.who[0].node, 0, to, island.now), 0);
	row = the_row(0, 0, to);
	ck_assert_uint_eq(island.who[0].peer_sets, 1);
	ck_assert_uint_eq(row->neighbour, island_link(0, island_sid(1))->row.slot);
	ck_assert_int_eq(
		crypto_box_beforenm(key, island_sid(0)->b, island.who[2].ids.id[0].box_secret),
		0);
	ck_assert_mem_eq(island.who[0].key[row->slot], key, sizeof key);
	mesh_node_release(island.who[0].node, 0, to);
	ck_assert_uint_ne(row->id, 0);
	mesh_node_release(island.who[0].node, 0, to);
	ck_assert_uint_eq(row->id, 0);
	island_end();
}
END_TEST

START_TEST(a_sid_that_can_be_nobody_is_refused)
{
	struct sid none = {.b = {0}};

	line(false);
	ck_assert_int_eq(mesh_node_hold(island.who[0].node, 0, &none, island.now), -EBADMSG);
	island_end();
}
END_TEST

START_TEST(a_successor_says_the_same_rows)
{
	struct mesh_peer_row was;

	line(true);
	ck_assert_int_eq(mesh_node_hold(island.who[0].node, 0, island_sid(2), island.now), 0);
	was = *the_row(0, 0, island_sid(2));
	mesh_node_close(island.who[0].node);
	island.who[0].node = NULL;
	island_open();
	island.who[0].peer_sets = 0;
	ck_assert_int_eq(mesh_node_hold(island.who[0].node, 0, island_sid(2), island.now), 0);
	ck_assert_uint_eq(island.who[0].peer_sets, 1);
	the_row(0, 0, island_sid(2))->id = 0;
	ck_assert_ptr_null(row_of(0, 0, island_sid(2))); /* it was said in its own place */
	island.who[0].peers[was.slot] = was;
	island_end();
}
END_TEST

START_TEST(a_slot_that_is_somebody_elses_is_left_to_him)
{
	struct mesh_peer_row was, *row;

	line(true);
	ck_assert_int_eq(mesh_node_hold(island.who[0].node, 0, island_sid(2), island.now), 0);
	was = *the_row(0, 0, island_sid(2));
	island.who[0].peers[was.slot].id = was.id + 1; /* as the switch has it */
	mesh_node_peer_refused(island.who[0].node, was.slot, was.id);
	island.who[0].peers[was.slot].id = 0;
	row = the_row(0, 0, island_sid(2));
	ck_assert_uint_ne(row->slot, was.slot);
	mesh_node_release(island.who[0].node, 0, island_sid(2));
	ck_assert_uint_eq(row->id, 0);
	island_end();
}
END_TEST

START_TEST(those_that_are_reached_are_rows_to_forward_to)
{
	line(true);
	ck_assert_ptr_nonnull(row_of(1, MESH_NODE_NONE, island_sid(0)));
	ck_assert_ptr_nonnull(row_of(1, MESH_NODE_NONE, island_sid(2)));
	ck_assert_ptr_null(row_of(0, MESH_NODE_NONE, island_sid(2)));
	island.who[2].silent = true;
	island_go(4000);
	ck_assert_ptr_null(row_of(1, MESH_NODE_NONE, island_sid(2)));
	island_end();
}
END_TEST

/* ---- Messages ---- */

static int
say(unsigned from, unsigned to, const char *text)
{
	return mesh_node_send(island.who[from].node, 0, island_sid(to),
		&(struct mesh_ports){MESH_PORT_VOMP, MESH_PORT_VOMP}, text,
		(unsigned)strlen(text), island.now);
}

START_TEST(a_message_comes_out_of_its_box_two_hops_away)
{
	line(true);
	ck_assert_int_eq(say(0, 2, "Watson, come here"), 0);
	island_go(10);
	ck_assert_uint_eq(island.who[2].vomp, 1);
	ck_assert(sid_equal(&island.who[2].vomp_from, island_sid(0)));
	ck_assert_uint_eq(island.who[2].vomp_len, 17);
	ck_assert_mem_eq(island.who[2].vomp_data, "Watson, come here", 17);
	ck_assert_uint_eq(island.who[1].vomp, 0);
	island_end();
}
END_TEST

START_TEST(what_cannot_be_sent_is_refused)
{
	static const uint8_t long_one[1200];

	line(false);
	ck_assert_int_eq(say(0, 2, "?"), -EHOSTUNREACH);
	ck_assert_int_eq(
		mesh_node_send(island.who[0].node, 0, island_sid(1),
			&(struct mesh_ports){12, 12}, long_one, sizeof long_one, island.now),
		-EMSGSIZE);
	ck_assert_int_eq(mesh_node_send(island.who[0].node, 0, island_sid(1),
				 &(struct mesh_ports){12, 12}, long_one, 1000, island.now),
		0);
	island_go(10);
	ck_assert_uint_eq(island.who[1].vomp, 1);
	island_end();
}
END_TEST

/* ---- Asking ---- */

START_TEST(a_number_two_hops_away_is_found)
{
	line(true);
	memset(&told, 0, sizeof told);
	ck_assert_ptr_nonnull(mesh_node_lookup(
		island.who[0].node, "555003", 3000, on_found, NULL, island.now));
	island_go(1000);
	ck_assert_uint_ge(told.found, 1);
	ck_assert(sid_equal(&told.sid, island_sid(2)));
	ck_assert_str_eq(told.did, "555003");
	ck_assert_str_eq(told.name, "number 3");
	ck_assert_uint_eq(told.over, 0);
	island_go(2500);
	ck_assert_uint_eq(told.over, 1);
	island_end();
}
END_TEST

START_TEST(a_number_is_asked_for_again_and_again_ever_slower)
{
	line(false);
	memset(&told, 0, sizeof told);
	ck_assert_ptr_nonnull(mesh_node_lookup(
		island.who[0].node, "555999", 3000, on_found, NULL, island.now));
	island_go(3500);
	/* 0, 125, 312, 593, 1015, 1648, 2597 ms */
	ck_assert_uint_eq(mesh_node_counts(island.who[1].node)->floods, 7);
	ck_assert_uint_eq(told.found, 0);
	ck_assert_uint_eq(told.over, 1);
	island_end();
}
END_TEST

START_TEST(everybody_answers_to_everybody)
{
	line(true);
	memset(&told, 0, sizeof told);
	mesh_node_lookup(island.who[0].node, "*", 100, on_found, NULL, island.now);
	island_go(1);
	mesh_node_lookup(island.who[0].node, "*", 300, on_found, NULL, island.now);
	island_go(500);
	ck_assert_uint_ge(mesh_node_counts(island.who[1].node)->lookups_answered, 1);
	ck_assert_uint_ge(mesh_node_counts(island.who[2].node)->lookups_answered, 1);
	island_end();
}
END_TEST

START_TEST(a_flood_goes_round_once)
{
	island_begin(4);
	for (unsigned i = 0; i < 4; i++)
		island.who[i].forward = true;
	island_open();
	island_go(2500);
	mesh_node_lookup(island.who[0].node, "555999", 100, on_found, NULL, island.now);
	island_go(100);
	for (unsigned i = 1; i < 4; i++) {
		ck_assert_uint_eq(mesh_node_counts(island.who[i].node)->floods, 1);
		ck_assert_uint_eq(mesh_node_counts(island.who[i].node)->flood_forwarded, 2);
	}
	ck_assert_uint_eq(mesh_node_counts(island.who[0].node)->floods, 0);
	island_end();
}
END_TEST

START_TEST(all_pings_come_back_two_hops_away)
{
	struct mesh_ping ping = {.count = 5, .interval_ms = 100, .timeout_ms = 500};

	line(true);
	ping.sid = *island_sid(2);
	memset(&told, 0, sizeof told);
	ck_assert_ptr_nonnull(
		mesh_node_ping(island.who[0].node, &ping, on_echoed, NULL, island.now));
	island_go(450);
	ck_assert_uint_eq(told.sent, 5);
	ck_assert_uint_eq(told.back, 5);
	ck_assert_uint_eq(told.over, 1);
	ck_assert_uint_eq(mesh_node_counts(island.who[2].node)->echoed, 5);
	island_end();
}
END_TEST

START_TEST(what_comes_back_twice_counts_once)
{
	struct mesh_ping ping = {.count = 2, .interval_ms = 100, .timeout_ms = 500};

	line(false);
	ping.sid = *island_sid(1);
	memset(&told, 0, sizeof told);
	mesh_node_ping(island.who[0].node, &ping, on_echoed, NULL, island.now);
	island_go(10);
	ck_assert_uint_eq(told.back, 1);
	island_again(&island.who[1], &island.who[0], &island.who[1].at);
	ck_assert_uint_eq(told.back, 1);
	island_go(200);
	ck_assert_uint_eq(told.back, 2);
	ck_assert_uint_eq(told.over, 1);
	island_end();
}
END_TEST

START_TEST(a_ping_to_nobody_ends)
{
	struct mesh_ping ping = {.count = 2, .interval_ms = 100, .timeout_ms = 500};

	line(false);
	ping.sid = *island_sid(2);
	memset(&told, 0, sizeof told);
	mesh_node_ping(island.who[0].node, &ping, on_echoed, NULL, island.now);
	island_go(700);
	ck_assert_uint_eq(told.sent, 2);
	ck_assert_uint_eq(told.back, 0);
	ck_assert_uint_eq(told.over, 1);
	island_end();
}
END_TEST

START_TEST(there_are_so_many_questions_at_one_time)
{
	struct mesh_asking *first, *a;

	line(false);
	first = mesh_node_lookup(
		island.who[0].node, "555001", 1000, on_found, NULL, island.now);
	for (unsigned i = 1; i < MESH_NODE_LOOKUPS; i++)
		ck_assert_ptr_nonnull(mesh_node_lookup(
			island.who[0].node, "555001", 1000, on_found, NULL, island.now));
	errno = 0;
	a = mesh_node_lookup(island.who[0].node, "555001", 1000, on_found, NULL, island.now);
	ck_assert_ptr_null(a);
	ck_assert_int_eq(errno, EAGAIN);
	mesh_node_ask_end(first);
	ck_assert_ptr_nonnull(mesh_node_lookup(
		island.who[0].node, "555001", 1000, on_found, NULL, island.now));
	memset(&told, 0, sizeof told);
	island_end();
	ck_assert_uint_eq(told.over, MESH_NODE_LOOKUPS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ways in a mesh");
	TCase *ways = tcase_create("ways"), *lies = tcase_create("lies");
	TCase *rows = tcase_create("rows"), *messages = tcase_create("messages");
	TCase *asking = tcase_create("asking");

	tcase_add_test(ways, the_ends_of_a_line_reach_each_other_over_one_that_forwards);
	tcase_add_test(ways, nobody_is_reached_over_one_that_does_not);
	tcase_add_test(ways, a_way_that_is_lost_is_known_to_be_lost);
	tcase_add_test(ways, ways_over_a_neighbour_go_with_it);
	tcase_add_test(ways, ways_are_found_where_a_third_is_lost);
	tcase_add_test(ways, the_shorter_of_two_ways_is_taken_and_the_other_when_it_has_gone);
	tcase_add_test(ways, a_longer_way_is_not_taken);
	tcase_add_test(ways, a_second_identity_is_reached_by_the_first);
	suite_add_tcase(s, ways);
	tcase_add_test(lies, ten_thousand_invented_ways_are_bounded_and_harm_no_true_one);
	tcase_add_test(lies, a_way_back_over_us_is_none);
	suite_add_tcase(s, lies);
	tcase_add_test(rows, a_pair_that_is_held_has_the_key_of_its_boxes);
	tcase_add_test(rows, a_sid_that_can_be_nobody_is_refused);
	tcase_add_test(rows, a_successor_says_the_same_rows);
	tcase_add_test(rows, a_slot_that_is_somebody_elses_is_left_to_him);
	tcase_add_test(rows, those_that_are_reached_are_rows_to_forward_to);
	suite_add_tcase(s, rows);
	tcase_add_test(messages, a_message_comes_out_of_its_box_two_hops_away);
	tcase_add_test(messages, what_cannot_be_sent_is_refused);
	suite_add_tcase(s, messages);
	tcase_add_test(asking, a_number_two_hops_away_is_found);
	tcase_add_test(asking, a_number_is_asked_for_again_and_again_ever_slower);
	tcase_add_test(asking, everybody_answers_to_everybody);
	tcase_add_test(asking, a_flood_goes_round_once);
	tcase_add_test(asking, all_pings_come_back_two_hops_away);
	tcase_add_test(asking, what_comes_back_twice_counts_once);
	tcase_add_test(asking, a_ping_to_nobody_ends);
	tcase_add_test(asking, there_are_so_many_questions_at_one_time);
	suite_add_tcase(s, asking);
	return run_suite(s);
}
