/* SPDX-License-Identifier: Apache-2.0
 *
 * Links of neighbours on a forwarding core: what is acknowledged, sent again and given up, and
 * how much goes into a datagram.  dataplane/mesh_{link,core}.c; mesh/link.h has a suite of its
 * own.  Time stands still until a test moves it.  What is on the wire is docs/vomp.md's. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/dataplane/mesh_going.h"

static void
pass_ms(double ms)
{
	inproc_set_time(
		&rig, rig.lcore[0].now + (uint64_t)(ms * (double)rig.lcore[0].tsc_hz / 1000));
	rig_turn(&rig);
}

/* The far node has got all that we have sent it. */
static void
acknowledge(void)
{
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = far_begin(&far, p);

	far_put_ack(&far, &w, h.e.seq, UINT32_MAX);
	far_send(&rig, &far, &w);
	rig_turn(&rig);
}

START_TEST(what_is_not_acknowledged_is_sent_again_with_its_number)
{
	uint8_t first, seq;

	say(1, 0);
	rig_turn(&rig);
	ck_assert(far_hear(&rig, &h));
	first = h.frame[0].seq;
	seq = h.e.seq;
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
	pass_ms(24);
	expect_silence();
	pass_ms(2);
	ck_assert(far_hear(&rig, &h));
	ck_assert_uint_eq(h.frame[0].seq, first);
	ck_assert_uint_ne(h.e.seq, seq);
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
	acknowledge();
	pass_ms(100);
	expect_silence();
	ck_assert_uint_eq(atomic_load(&link_of(&far)->resent), 1);
	ck_assert_uint_ne(atomic_load(&link_of(&far)->rtt_us), 0);
}
END_TEST

START_TEST(after_a_second_it_is_given_up)
{
	say(1, 0);
	for (unsigned i = 0; i < 120; i++)
		pass_ms(10);
	while (far_hear(&rig, &h))
		;
	pass_ms(100);
	expect_silence();
	ck_assert_uint_eq(atomic_load(&link_of(&far)->given_up), 1);
	ck_assert_uint_ge(atomic_load(&link_of(&far)->resent), 30);
}
END_TEST

/* Of our link state the first record: who hears whom, up to what. */
static bool
hear_ack(struct link_record *r)
{
	while (far_hear(&rig, &h))
		for (unsigned i = 0; i < h.frames; i++)
			if (!(h.frame[i].flags & MESH_BOXED) &&
				h.frame[i].payload[0] == 5) { /* ports 2 and 2 */
				ck_assert_int_gt(link_record_read(h.frame[i].payload + 1,
							 h.frame[i].len - 1u, r),
					0);
				return true;
			}
	return false;
}

START_TEST(sound_is_acknowledged_within_10_ms_or_with_sound_of_ours)
{
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w;
	struct link_record r;

	w = far_begin(&far, p);
	far_put_sound(&far, &w, VOMP_PCMU, 0, speech, sizeof speech);
	far_send(&rig, &far, &w);
	rig_turn(&rig);
	ck_assert(!hear_ack(&r));
	pass_ms(10.1);
	ck_assert(hear_ack(&r));
	ck_assert_uint_eq(r.flags, LINK_HAS_INTERFACE | LINK_UNICAST | LINK_HAS_ACK);
	ck_assert_uint_eq(r.ack, (uint8_t)(far.seq - 1));
	ck_assert_uint_eq(r.receiver.kind, MESH_ADDRESS_SENDER);
	ck_assert_mem_eq(r.transmitter.at, far.id.sid.b, r.transmitter.len);

	w = far_begin(&far, p);
	far_put_sound(&far, &w, VOMP_PCMU, 1, speech, sizeof speech);
	far_send(&rig, &far, &w);
	say(1, 0);
	rig_turn(&rig);
	ck_assert(hear_ack(&r));
	ck_assert_uint_ge(h.frames, 2);
	ck_assert_uint_eq(r.ack, (uint8_t)(far.seq - 1));
	acknowledge();
	pass_ms(11);
	ck_assert(!hear_ack(&r));
}
END_TEST

START_TEST(a_neighbour_is_told_twice_a_second_that_it_is_heard)
{
	struct link_record r;
	unsigned told = 0;

	for (unsigned i = 0; i < 100; i++) {
		pass_ms(100);
		told += hear_ack(&r);
	}
	ck_assert_uint_ge(told, 17);
	ck_assert_uint_le(told, 21);
}
END_TEST

START_TEST(a_core_sleeps_until_a_link_is_due)
{
	uint64_t wait;

	while (far_hear(&rig, &h))
		;
	wait = mesh_wait_us(&rig.lcore[0], rig.lcore[0].now);
	ck_assert_uint_ge(wait, 50000);
	ck_assert_uint_le(wait, 500000);
	say(1, 0);
	rig_turn(&rig);
	wait = mesh_wait_us(&rig.lcore[0], rig.lcore[0].now);
	ck_assert_uint_ge(wait, 20000);
	ck_assert_uint_le(wait, 25000);
}
END_TEST

/* One that has never spoken version 1 may not know it. */
START_TEST(old_neighbours_get_old_datagrams)
{
	struct far old;
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w;
	bool offered = false;

	far_init(&old, 3, 7);
	old.version = 0;
	far_set_neighbour(&rig, &old);
	far_set_peer(&rig, &old, old.slot, 0);
	w = far_begin(&old, p);
	far_send(&rig, &old, &w);
	mesh_rig_call(&rig, &far);
	far = old;
	mesh_rig_call(&rig, &far);
	say(1, 0);
	rig_turn(&rig);
	while (far_hear(&rig, &h) && (h.frames < 2 || !far_is_boxed(&h, 1)))
		;
	ck_assert_uint_eq(h.e.version, 0);
	ck_assert(!(h.frame[1].flags & MESH_ACK_SOON));
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
	pass_ms(200);
	expect_silence();
	pass_ms(500);
	while (far_hear(&rig, &h))
		offered |= h.e.version == 1 && h.frames == 0;
	ck_assert(offered);
}
END_TEST

START_TEST(no_datagram_is_longer_than_1200_bytes)
{
	static const uint8_t much[1024];
	unsigned boxes = 0;

	for (uint16_t i = 0; i < 20; i++)
		mesh_rig_phone(&rig, i, i * 160u, 0, i % 3 == 0 ? much : speech,
			i % 3 == 0 ? sizeof much : sizeof speech);
	rig_turn(&rig);
	while (far_hear(&rig, &h)) /* looks at the length */
		for (unsigned i = 0; i < h.frames; i++)
			boxes += far_is_boxed(&h, i);
	ck_assert_uint_eq(boxes, 20);
}
END_TEST

static Suite *
links_suite(void)
{
	Suite *s = suite_create("mesh_links");
	TCase *t = tcase_create("links");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, going_begin, talk_end);
	tcase_add_test(t, what_is_not_acknowledged_is_sent_again_with_its_number);
	tcase_add_test(t, after_a_second_it_is_given_up);
	tcase_add_test(t, sound_is_acknowledged_within_10_ms_or_with_sound_of_ours);
	tcase_add_test(t, a_neighbour_is_told_twice_a_second_that_it_is_heard);
	tcase_add_test(t, a_core_sleeps_until_a_link_is_due);
	tcase_add_test(t, old_neighbours_get_old_datagrams);
	tcase_add_test(t, no_datagram_is_longer_than_1200_bytes);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(links_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
