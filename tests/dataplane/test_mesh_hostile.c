/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams of the mesh that are not what they should be, through a forwarding core: repeated,
 * recorded, forged, in others' names, of nobody, cut short.  dataplane/mesh_{in,core}.c.  What
 * is on the wire is docs/vomp.md's. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"
#include "tests/dataplane/mesh_coming.h"

/* ---- Twice, forged, from elsewhere ---- */

START_TEST(what_comes_twice_is_heard_once)
{
	uint8_t sound[160] = {1};

	far_put_sound(&far, &w, VOMP_PCMU, 1, sound, sizeof sound);
	far_send(&rig, &far, &w);
	far_send(&rig, &far, &w); /* to the bit */
	deliver();
	expect_rtp(0, 1, sound, sizeof sound);
	ck_assert(!phone_hears());
	ck_assert_uint_eq(atomic_load(&link_of(&far)->duplicates), 2);
	/* The same slot in another frame. */
	far_put_sound(&far, &w, VOMP_PCMU, 1, sound, sizeof sound);
	deliver();
	ck_assert(!phone_hears());
	ck_assert_uint_eq(rig_drops(&rig, DROP_REPLAY), 3); /* the slot says so, too */
	expect_nothing_up();
}
END_TEST

/* Numbers of frames are in the clear, and so is whom they are from. */
START_TEST(numbers_that_a_stranger_has_used_up_silence_nobody)
{
	uint8_t sound[160] = {1}, forged[MESH_DATAGRAM_MAX];
	struct far mallory = far;
	struct mesh_writer fw;

	memset(mallory.key, 0, sizeof mallory.key);
	for (uint16_t i = 0; i < 300; i++) {
		fw = far_begin(&mallory, forged);
		far_put_sound(&mallory, &fw, VOMP_PCMU, i, sound, sizeof sound);
		far_send(&rig, &mallory, &fw);
		rig_turn(&rig);
	}
	ck_assert(!phone_hears());
	for (uint16_t i = 0; i < 300; i++) {
		far_put_sound(&far, &w, VOMP_PCMU, i, sound, sizeof sound);
		deliver();
		expect_rtp(0, i, sound, sizeof sound);
	}
}
END_TEST

START_TEST(what_was_recorded_cannot_be_played_again)
{
	uint8_t sound[160] = {1}, old[MESH_DATAGRAM_MAX];
	struct mesh_writer recorded;

	far_put_sound(&far, &w, VOMP_PCMU, 1, sound, sizeof sound);
	memcpy(old, w.p, w.len);
	recorded = (struct mesh_writer){.p = old, .len = w.len};
	deliver();
	ck_assert(phone_hears());
	for (unsigned i = 0; i < 100; i++) { /* until its number has left the window */
		far_put_sound(&far, &w, VOMP_PCMU, (uint16_t)(2 + i), sound, sizeof sound);
		deliver();
		ck_assert(phone_hears());
	}
	far_send(&rig, &far, &recorded);
	rig_turn(&rig);
	ck_assert(!phone_hears());
}
END_TEST

START_TEST(a_forged_box_is_counted_and_goes_nowhere)
{
	uint8_t sound[160] = {1};

	far_put_sound(&far, &w, VOMP_PCMU, 1, sound, sizeof sound);
	w.p[w.len - 1] ^= 1;
	deliver();
	ck_assert(!phone_hears());
	expect_nothing_up();
	ck_assert_uint_eq(atomic_load(&link_of(&far)->unopened), 1);
}
END_TEST

START_TEST(a_neighbours_name_from_another_address_is_nobodys)
{
	uint8_t sound[160] = {1};
	struct far mallory = far;

	mallory.addr = rig_addr("192.0.2.66", 4110);
	far_put_sound(&mallory, &w, VOMP_PCMU, 1, sound, sizeof sound);
	far_send(&rig, &mallory, &w);
	rig_turn(&rig);
	ck_assert(!phone_hears());
	ck_assert_uint_eq(atomic_load(&link_of(&far)->elsewhere), 1);
	ck_assert(mesh_rig_up(&rig, &up));
	ck_assert_uint_eq(up.head.neighbour, 0);
	ck_assert_uint_eq(up.head.opened, 0);
	ck_assert_uint_eq(up.len, w.len);
	ck_assert_mem_eq(up.p, w.p, w.len);
	ck_assert_mem_eq(&up.head.from, &mallory.addr, sizeof mallory.addr);
}
END_TEST

/* A peer that is reached by a neighbour, whose box it cannot open: the call is another's. */
START_TEST(a_call_is_only_its_partys)
{
	struct far other;
	uint8_t sound[160] = {1};

	far_init(&other, 2, 1);
	far_meet(&rig, &other);
	w = far_begin(&other, datagram);
	far_put_sound(&other, &w, VOMP_PCMU, 1, sound, sizeof sound);
	far_send(&rig, &other, &w);
	rig_turn(&rig);
	ck_assert(!phone_hears());
	ck_assert_uint_eq(rig_drops(&rig, DROP_SOURCE), 1);
}
END_TEST

START_TEST(ten_thousand_invented_names_take_no_memory)
{
	unsigned told = 0, before = rte_mempool_in_use_count(rig.pool);

	for (unsigned i = 0; i < 10000; i++) {
		struct far nobody = far;

		memcpy(nobody.id.sid.b, &i, sizeof i);
		nobody.addr.port = (uint16_t)(10000 + i);
		w = far_begin(&nobody, datagram);
		far_put_sound(&nobody, &w, VOMP_PCMU, (uint16_t)i, "sound", 5);
		far_send(&rig, &nobody, &w);
		rig_turn(&rig);
		while (mesh_rig_up(&rig, &up))
			told++;
	}
	ck_assert_uint_ge(told, 1);
	ck_assert_uint_lt(told, 50);
	ck_assert_uint_eq(told + rig_drops(&rig, DROP_MESH_STRANGER), 10000);
	ck_assert_uint_eq(rte_mempool_in_use_count(rig.pool), before);
	/* A neighbour has its own measure. */
	w = far_begin(&far, datagram);
	far_put_sound(&far, &w, VOMP_TEXT, 1, "hello", 5);
	deliver();
	ck_assert(mesh_rig_up(&rig, &up));
	ck_assert_uint_eq(up.head.neighbour, 100);
}
END_TEST

/* N datagrams of F's that are control's; how many it is told of. */
static unsigned
bother(struct far *f, unsigned n)
{
	unsigned told = 0;

	for (unsigned i = 0; i < n; i++) {
		w = far_begin(f, datagram);
		far_put_sound(f, &w, VOMP_TEXT, (uint16_t)i, "hello", 5);
		far_send(&rig, f, &w);
		rig_turn(&rig);
		while (mesh_rig_up(&rig, &up))
			told++;
	}
	return told;
}

START_TEST(a_neighbour_that_floods_leaves_room_for_others)
{
	struct far flood[2];
	unsigned first;

	for (unsigned i = 0; i < 2; i++) {
		far_init(&flood[i], (uint8_t)(2 + i), (uint16_t)(1 + i));
		flood[i].addr = far.addr;
		flood[i].addr.port++;
		far_meet(&rig, &flood[i]);
	}
	inproc_set_time(&rig, rig.lcore[0].now + rig.lcore[0].tsc_hz);
	first = bother(&flood[0], 2000);
	ck_assert_uint_ge(first, 300);
	ck_assert_uint_lt(first, 500);
	ck_assert_uint_ge(bother(&flood[1], 2000), first / 3);
	ck_assert_uint_eq(bother(&far, 20), 20);
	/* Time goes by, and all may speak again. */
	inproc_set_time(&rig, rig.lcore[0].now + rig.lcore[0].tsc_hz / 9);
	ck_assert_uint_eq(bother(&flood[0], 2000), first);
}
END_TEST

/* However many they are, main hears no more of them than 800, and 1,280 more that are set
 * aside for each to have something. */
START_TEST(all_together_have_a_measure_too)
{
	enum { MANY = 150 };
	static struct far flood[MANY];
	unsigned told = 0;

	for (unsigned i = 0; i < MANY; i++) {
		far_init(&flood[i], (uint8_t)(2 + i), (uint16_t)(1 + i));
		far_set_neighbour(&rig, &flood[i]);
		far_set_peer(&rig, &flood[i], flood[i].slot, 0);
	}
	/* The core has looked around since. */
	inproc_set_time(&rig, rig.lcore[0].now + rig.lcore[0].tsc_hz);
	rig_turn(&rig);
	for (unsigned i = 0; i < MANY; i++) {
		unsigned of_it = bother(&flood[i], 30);

		ck_assert_uint_ge(of_it, 4);
		told += of_it;
	}
	ck_assert_uint_ge(told, 800);
	ck_assert_uint_le(told, 800 + 1280 + 20);
}
END_TEST

START_TEST(what_is_cut_short_is_nothing)
{
	uint8_t sound[160] = {1};
	unsigned whole;

	far_put_sound(&far, &w, VOMP_PCMU, 1, sound, sizeof sound);
	whole = w.len;
	for (w.len = 1; w.len < whole; w.len++) {
		far_send(&rig, &far, &w);
		rig_turn(&rig);
		ck_assert(!phone_hears());
	}
	ck_assert_uint_ge(rig_drops(&rig, DROP_MESH_MALFORMED), 30);
	w.len = whole;
	far_send(&rig, &far, &w);
	rig_turn(&rig);
	ck_assert(phone_hears());
}
END_TEST

static Suite *
hostile_suite(void)
{
	Suite *s = suite_create("mesh_hostile");
	TCase *t = tcase_create("hostile");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, coming_begin, talk_end);
	tcase_add_test(t, what_comes_twice_is_heard_once);
	tcase_add_test(t, numbers_that_a_stranger_has_used_up_silence_nobody);
	tcase_add_test(t, what_was_recorded_cannot_be_played_again);
	tcase_add_test(t, a_forged_box_is_counted_and_goes_nowhere);
	tcase_add_test(t, a_neighbours_name_from_another_address_is_nobodys);
	tcase_add_test(t, a_call_is_only_its_partys);
	tcase_add_test(t, ten_thousand_invented_names_take_no_memory);
	tcase_add_test(t, a_neighbour_that_floods_leaves_room_for_others);
	tcase_add_test(t, all_together_have_a_measure_too);
	tcase_add_test(t, what_is_cut_short_is_nothing);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(hostile_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
