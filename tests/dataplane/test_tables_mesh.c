/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/tables_mesh.c and tables_mesh_recover.c: whom cores see, and what a
 * killed switch leaves. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <check.h>

#include "dataplane/mesh.h"
#include "tests/dataplane/rig.h"

static struct inproc rig;

#define load(p) atomic_load(&(p))

static struct mesh *
mesh(void)
{
	return tables_shared(rig.tables)->mesh;
}

static const struct mesh_map *
map(void)
{
	tables_mesh_settle(rig.tables);
	return load(mesh()->map);
}

static void
open_rig(void)
{
	const struct sw_mesh_node node = {.identities = 2, .sid = {{0xa0}, {0xa1}}};

	rig_open_mesh(&rig, 2);
	ck_assert_int_eq(tables_mesh_node(rig.tables, &node), 0);
}

static void
close_rig(void)
{
	rig_close(&rig);
}

/* ---- Rules ---- */

static struct sw_mesh_neighbour
neighbour(uint16_t slot)
{
	return (struct sw_mesh_neighbour){.id = 100 + slot,
		.slot = slot,
		.sid = {0xb0, (uint8_t)slot},
		.addr = rig_addr("192.0.2.9", (uint16_t)(4110 + slot))};
}

static struct sw_mesh_peer
peer(uint16_t slot, uint8_t first)
{
	return (struct sw_mesh_peer){.id = 5000u + slot,
		.slot = slot,
		.neighbour = SW_MESH_NONE,
		.sid = {first, (uint8_t)(slot >> 8), (uint8_t)slot},
		.key = {0x77, (uint8_t)slot}};
}

static int
set_neighbour(struct sw_mesh_neighbour n)
{
	return tables_mesh_neighbour(rig.tables, &n);
}

static int
set_peer(struct sw_mesh_peer p)
{
	return tables_mesh_peer(rig.tables, &p);
}

/* A mesh leg on session 2 * (SLOT + 1), to PEER. */
static struct sw_transport
leg(uint32_t slot, const struct sw_mesh_peer *p)
{
	struct sw_transport t = {.id = 1000 + slot,
		.slot = slot,
		.local = 2,
		.port = (uint16_t)(2 * (slot + 1)),
		.mux = 1,
		.source = SW_SOURCE_SIGNALLED,
		.ssrcs = SW_SSRCS,
		.remote = {{.family = SW_AF_MESH, .port = 7}}};

	memcpy(t.remote[0].ip, p->sid, sizeof t.remote[0].ip);
	return t;
}

static const struct transport *
transport_in(uint32_t slot)
{
	return load(tables_shared(rig.tables)->slot[slot].transport);
}

/* The header that the neighbour in SLOT gets; NULL: there is no way to it. */
static const struct path *
path_of(unsigned slot)
{
	const struct mesh_neighbour *n = load(mesh()->neighbour[slot]);
	const struct path *path = n != NULL ? load(n->path) : NULL;

	return path != NULL && path->len > 0 ? path : NULL;
}

/* ---- Whom cores see ---- */

START_TEST(a_neighbour_has_a_core_a_way_and_a_link_that_stays)
{
	struct sw_mesh_neighbour n = neighbour(3);
	const struct mesh_neighbour *is;
	struct mesh_link *link;

	ck_assert_int_eq(set_neighbour(n), 0);
	is = load(mesh()->neighbour[3]);
	ck_assert_uint_eq(is->id, 103);
	ck_assert_uint_eq(is->core, 1);
	ck_assert_mem_eq(is->sid.b, n.sid, SW_SID);
	ck_assert_ptr_eq(is->state, &rig.state.mesh_link[3]);
	ck_assert_uint_eq(rig.state.mesh_link[3].id, 103);
	ck_assert_mem_eq(rig.state.mesh_link[3].sid, n.sid, SW_SID);
	link = is->link;
	ck_assert_ptr_nonnull(link);
	/* From the mesh's port to where it is. */
	ck_assert_ptr_nonnull(path_of(3));
	ck_assert_mem_eq(path_of(3)->header, inproc_peer, 6);
	ck_assert_mem_eq(path_of(3)->header + 14 + 20, "\x10\x0e\x10\x11", 4);

	n.addr.port = 4444;
	rig.state.mesh_link[3].rx_frames = 8;
	ck_assert_int_eq(set_neighbour(n), 0);
	is = load(mesh()->neighbour[3]);
	ck_assert_ptr_eq(is->link, link);
	ck_assert_uint_eq(rig.state.mesh_link[3].rx_frames, 8);
	ck_assert_mem_eq(path_of(3)->header + 14 + 20, "\x10\x0e\x11\x5c", 4);
}
END_TEST

START_TEST(what_is_said_again_changes_nothing)
{
	struct sw_mesh_peer p = peer(1, 0xc0);
	const void *nb, *is;

	set_neighbour(neighbour(0));
	set_peer(p);
	nb = load(mesh()->neighbour[0]);
	is = load(mesh()->peer[1]);
	ck_assert_int_eq(set_neighbour(neighbour(0)), 0);
	ck_assert_int_eq(set_peer(p), 0);
	ck_assert_ptr_eq(load(mesh()->neighbour[0]), nb);
	ck_assert_ptr_eq(load(mesh()->peer[1]), is);
}
END_TEST

START_TEST(a_slot_is_one_ids_alone)
{
	struct sw_mesh_neighbour n = neighbour(0);
	struct sw_mesh_peer p = peer(1, 0xc0);

	set_neighbour(n);
	set_peer(p);
	n.id++;
	p.id++;
	ck_assert_int_eq(set_neighbour(n), -EEXIST);
	ck_assert_int_eq(set_peer(p), -EEXIST);
	tables_mesh_del_neighbour(rig.tables, 0, n.id);
	tables_mesh_del_peer(rig.tables, 1, p.id);
	ck_assert_uint_eq(load(mesh()->neighbour[0])->id, n.id - 1);
	tables_mesh_del_neighbour(rig.tables, 0, n.id - 1);
	tables_mesh_del_peer(rig.tables, 1, p.id - 1);
	ck_assert_ptr_null(load(mesh()->neighbour[0]));
	ck_assert_ptr_null(load(mesh()->peer[1]));
	ck_assert_uint_eq(rig.state.mesh_link[0].id, 0);
	/* At once, and with counters of its own. */
	rig.state.mesh_link[0].rx_frames = 8;
	ck_assert_int_eq(set_neighbour(n), 0);
	ck_assert_int_eq(set_peer(p), 0);
	ck_assert_uint_eq(rig.state.mesh_link[0].rx_frames, 0);
}
END_TEST

START_TEST(a_peer_has_its_key_and_a_neighbour_that_is_there)
{
	struct sw_mesh_peer p = peer(8191, 0xc0);
	const struct mesh_peer *is;

	p.neighbour = 4;
	p.identity = 1;
	ck_assert_int_eq(set_peer(p), -ENOENT);
	set_neighbour(neighbour(4));
	ck_assert_int_eq(set_peer(p), 0);
	is = load(mesh()->peer[8191]);
	ck_assert_uint_eq(is->id, p.id);
	ck_assert_uint_eq(is->neighbour, 4);
	ck_assert_uint_eq(is->identity, 1);
	ck_assert_mem_eq(is->key, p.key, SW_MESH_KEY);
	/* It is reached by nobody when the neighbour goes: another may take its slot. */
	tables_mesh_del_neighbour(rig.tables, 4, 104);
	ck_assert_uint_eq(load(mesh()->peer[8191])->neighbour, SW_MESH_NONE);
	p.identity = 2;
	ck_assert_int_eq(set_peer(p), -EINVAL); /* nobody of ours */
}
END_TEST

START_TEST(a_neighbour_speaks_the_family_of_our_address)
{
	struct sw_mesh_neighbour n = neighbour(0);

	n.addr = rig_addr("2001:db8::9", 4110);
	ck_assert_int_eq(set_neighbour(n), -EINVAL);
}
END_TEST

START_TEST(an_identity_that_changes_takes_its_peers_with_it)
{
	struct sw_mesh_node node = {.identities = 2, .sid = {{0xa0}, {0xa7}}};
	struct sw_mesh_peer own[] = {peer(0, 0xc0), peer(1, 0xc1), peer(2, 0xc2)};

	own[1].identity = 1;
	own[2].identity = SW_MESH_NONE;
	memset(own[2].key, 0, sizeof own[2].key);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(set_peer(own[i]), 0);
	ck_assert_int_eq(tables_mesh_node(rig.tables, &node), 0);
	ck_assert_ptr_nonnull(load(mesh()->peer[0]));
	ck_assert_ptr_null(load(mesh()->peer[1]));
	ck_assert_ptr_nonnull(load(mesh()->peer[2]));
	ck_assert_uint_eq(map()->self[1].b[0], 0xa7);
}
END_TEST

START_TEST(the_map_is_in_order_and_has_everybody)
{
	static const uint16_t slot[] = {7, 3, 8191, 0};
	static const uint8_t first[] = {0xd0, 0x10, 0x90, 0xd1};

	for (unsigned i = 0; i < 4; i++)
		set_peer(peer(slot[i], first[i]));
	for (unsigned i = 0; i < 4; i++)
		set_neighbour(neighbour((uint16_t)(255 - i)));
	ck_assert_uint_eq(map()->peers, 4);
	ck_assert_uint_eq(map()->neighbours, 4);
	ck_assert_uint_eq(map()->identities, 2);
	ck_assert(!map()->forward);
	for (unsigned i = 0; i < 4; i++) {
		static const uint16_t in_order[] = {3, 8191, 7, 0};

		ck_assert_uint_eq(map()->peer[i].slot, in_order[i]);
		ck_assert_uint_eq(map()->neighbour[i].slot, 252 + i);
	}
	tables_mesh_del_peer(rig.tables, 8191, 5000 + 8191);
	ck_assert_uint_eq(map()->peers, 3);
	ck_assert_uint_eq(map()->peer[1].slot, 7);
	tables_mesh_del_neighbour(rig.tables, 254, 354);
	ck_assert_uint_eq(map()->neighbours, 3);
	set_neighbour(neighbour(1));
	ck_assert_uint_eq(map()->neighbours, 4);
}
END_TEST

START_TEST(the_map_is_made_once_for_all_that_a_turn_brings)
{
	const struct mesh_map *before = map();

	for (uint16_t i = 0; i < SW_MESH_PEERS; i++)
		ck_assert_int_eq(set_peer(peer(i, 0xc0)), 0);
	ck_assert_ptr_eq(load(mesh()->map), before);
	ck_assert_uint_eq(map()->peers, SW_MESH_PEERS);
	/* Another way is no other order. */
	before = map();
	set_neighbour(neighbour(0));
	before = map();
	for (uint16_t i = 0; i < 4; i++) {
		struct sw_mesh_peer p = peer(i, 0xc0);

		p.neighbour = 0;
		ck_assert_int_eq(set_peer(p), 0);
	}
	ck_assert_ptr_eq(map(), before);
}
END_TEST

/* ---- Mesh legs ---- */

START_TEST(a_mesh_leg_leaves_to_its_peer_and_has_no_path)
{
	struct sw_mesh_peer p = peer(70, 0xc0), other = p;
	struct sw_transport t = leg(5, &p);

	ck_assert_int_eq(tables_transport_set(rig.tables, &t), -ENOENT);
	other.slot = 71;
	other.id++;
	other.identity = 1; /* the same node, as another of ours knows it */
	set_peer(other);
	ck_assert_int_eq(tables_transport_set(rig.tables, &t), -ENOENT);
	set_peer(p);
	rig_set(&rig, &t);
	ck_assert(transport_in(5)->mesh);
	ck_assert_uint_eq(transport_in(5)->peer, 70);
	ck_assert_ptr_null(load(transport_in(5)->path));
	ck_assert_uint_eq(tables_shared(rig.tables)->local[2].port[12],
		port_entry(5, transport_in(5)->core));
	t = rig_transport(6, "192.0.2.7", 4000);
	rig_set(&rig, &t);
	ck_assert(!transport_in(6)->mesh);
}
END_TEST

START_TEST(a_peer_that_comes_again_elsewhere_is_found_when_the_leg_is_said_again)
{
	struct sw_mesh_peer p = peer(70, 0xc0);
	struct sw_transport t = leg(5, &p);

	set_peer(p);
	rig_set(&rig, &t);
	tables_mesh_del_peer(rig.tables, 70, p.id);
	p.slot = 90;
	set_peer(p);
	rig_set(&rig, &t);
	ck_assert_uint_eq(transport_in(5)->peer, 90);
}
END_TEST

START_TEST(a_leg_whose_party_is_not_known_yet_gets_its_peer_later)
{
	struct sw_mesh_peer p = peer(70, 0xc0);
	struct sw_transport t = leg(5, &p), none = t;

	none.remote[0] = (struct sw_addr){0};
	rig_set(&rig, &none);
	ck_assert(transport_in(5)->mesh);
	ck_assert_uint_eq(transport_in(5)->peer, SW_MESH_NONE);
	set_peer(p);
	rig_set(&rig, &t);
	ck_assert_uint_eq(transport_in(5)->peer, 70);
}
END_TEST

/* ---- Survival ---- */

START_TEST(a_successor_publishes_all_of_it_before_control_says_a_word)
{
	struct sw_mesh_peer p = peer(70, 0xc0);
	struct sw_transport t = leg(5, &p);

	set_neighbour(neighbour(3));
	p.neighbour = 3;
	set_peer(p);
	rig_set(&rig, &t);
	rig.state.mesh_link[3].numbers = 0x1234;
	rig_kill(&rig);
	ck_assert_uint_eq(load(mesh()->map)->identities, 2);
	ck_assert_uint_eq(load(mesh()->map)->peers, 1);
	ck_assert_uint_eq(load(mesh()->map)->neighbours, 1);
	ck_assert_uint_eq(load(mesh()->neighbour[3])->id, 103);
	ck_assert_ptr_nonnull(path_of(3));
	ck_assert_uint_eq(rig.state.mesh_link[3].numbers, 0x1234);
	ck_assert_uint_eq(load(mesh()->peer[70])->neighbour, 3);
	ck_assert_mem_eq(load(mesh()->peer[70])->key, p.key, SW_MESH_KEY);
	ck_assert_uint_eq(transport_in(5)->peer, 70);
	/* Said again by control, it is what is there. */
	ck_assert_int_eq(set_peer(p), 0);
	ck_assert_int_eq(set_neighbour(neighbour(3)), 0);
}
END_TEST

START_TEST(what_is_not_sound_any_more_does_not_come_back)
{
	set_neighbour(neighbour(3));
	set_peer(peer(70, 0xc0));
	set_peer(peer(71, 0xc1));
	rig.state.mesh->neighbour[3].addr.port = 0;
	rig.state.mesh->peer[70].identity = 9;
	rig_kill(&rig);
	ck_assert_ptr_null(load(mesh()->neighbour[3]));
	ck_assert_ptr_null(load(mesh()->peer[70]));
	ck_assert_ptr_nonnull(load(mesh()->peer[71]));
}
END_TEST

START_TEST(a_peer_whose_neighbour_did_not_come_back_is_reached_when_that_is_said_again)
{
	struct sw_mesh_peer p = peer(70, 0xc0);

	set_neighbour(neighbour(3));
	p.neighbour = 3;
	set_peer(p);
	rig.state.mesh->neighbour[3].addr.port = 0;
	rig_kill(&rig);
	ck_assert_uint_eq(load(mesh()->peer[70])->neighbour, SW_MESH_NONE);
	set_neighbour(neighbour(3));
	ck_assert_int_eq(set_peer(p), 0);
	ck_assert_uint_eq(load(mesh()->peer[70])->neighbour, 3);
}
END_TEST

static void
freed(void *arg)
{
}

START_TEST(what_control_does_not_say_anew_is_dropped)
{
	struct sw_mesh_peer p = peer(71, 0xc1);

	set_neighbour(neighbour(3));
	set_neighbour(neighbour(4));
	p.neighbour = 3;
	set_peer(peer(70, 0xc0));
	set_peer(p);
	rig_kill(&rig);
	tables_sync_begin(rig.tables);
	set_neighbour(neighbour(4));
	p.neighbour = 4;
	set_peer(p);
	tables_sync_end(rig.tables, freed, NULL);
	ck_assert_ptr_null(load(mesh()->neighbour[3]));
	ck_assert_ptr_null(load(mesh()->peer[70]));
	ck_assert_uint_eq(map()->peers, 1);
	ck_assert_uint_eq(load(mesh()->peer[71])->neighbour, 4);
	rig_kill(&rig);
	ck_assert_ptr_null(load(mesh()->neighbour[3]));
	ck_assert_uint_eq(load(mesh()->map)->neighbours, 1);
}
END_TEST

START_TEST(without_a_mesh_there_is_nothing_to_set)
{
	const struct sw_mesh_node node = {.identities = 1, .sid = {{0xa0}}};
	struct inproc plain;
	struct sw_mesh_neighbour n = neighbour(0);
	struct sw_mesh_peer p = peer(0, 0xc0);

	rig_open(&plain);
	ck_assert_ptr_null(tables_shared(plain.tables)->mesh);
	ck_assert_int_eq(tables_mesh_node(plain.tables, &node), -ENODEV);
	ck_assert_int_eq(tables_mesh_neighbour(plain.tables, &n), -ENODEV);
	ck_assert_int_eq(tables_mesh_peer(plain.tables, &p), -ENODEV);
	tables_mesh_del_peer(plain.tables, 0, 1);
	tables_mesh_del_neighbour(plain.tables, 0, 1);
	tables_mesh_settle(plain.tables);
	rig_close(&plain);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tables_mesh");
	TCase *tc = tcase_create("mesh");

	tcase_add_checked_fixture(tc, open_rig, close_rig);
	tcase_add_test(tc, a_neighbour_has_a_core_a_way_and_a_link_that_stays);
	tcase_add_test(tc, what_is_said_again_changes_nothing);
	tcase_add_test(tc, a_slot_is_one_ids_alone);
	tcase_add_test(tc, a_peer_has_its_key_and_a_neighbour_that_is_there);
	tcase_add_test(tc, a_neighbour_speaks_the_family_of_our_address);
	tcase_add_test(tc, an_identity_that_changes_takes_its_peers_with_it);
	tcase_add_test(tc, the_map_is_in_order_and_has_everybody);
	tcase_add_test(tc, the_map_is_made_once_for_all_that_a_turn_brings);
	tcase_add_test(tc, a_mesh_leg_leaves_to_its_peer_and_has_no_path);
	tcase_add_test(
		tc, a_peer_that_comes_again_elsewhere_is_found_when_the_leg_is_said_again);
	tcase_add_test(tc, a_leg_whose_party_is_not_known_yet_gets_its_peer_later);
	tcase_add_test(tc, a_successor_publishes_all_of_it_before_control_says_a_word);
	tcase_add_test(tc, what_is_not_sound_any_more_does_not_come_back);
	tcase_add_test(tc,
		a_peer_whose_neighbour_did_not_come_back_is_reached_when_that_is_said_again);
	tcase_add_test(tc, what_control_does_not_say_anew_is_dropped);
	suite_add_tcase(s, tc);
	tc = tcase_create("none");
	tcase_add_test(tc, without_a_mesh_there_is_nothing_to_set);
	suite_add_tcase(s, tc);
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
	return failed != 0;
}
