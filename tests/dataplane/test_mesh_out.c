/* SPDX-License-Identifier: Apache-2.0
 *
 * What leaves by a mesh leg, and by the link of a neighbour: dataplane/mesh_{out,link,core}.c.
 * Time stands still until a test moves it.  What is on the wire is docs/vomp.md's. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/mesh_main.h"
#include "dataplane/rtp.h"
#include "tests/dataplane/mesh_going.h"

/* ---- Sound ---- */

START_TEST(rtp_leaves_as_boxed_sound)
{
	say(100, 5000);
	say(101, 5160);
	say(103, 5480);
	rig_turn(&rig);
	ck_assert(far_hear(&rig, &h));
	ck_assert_mem_eq(&h.d.to, &far.addr, sizeof far.addr);
	ck_assert_uint_eq(h.d.from.port, 4110);
	ck_assert_uint_eq(h.e.version, 1);
	ck_assert_uint_eq(h.e.flags, MESH_UNICAST | MESH_HAS_SEQ);
	ck_assert_uint_eq(h.e.sender.kind, MESH_ADDRESS_SID);
	ck_assert_mem_eq(h.e.sender.at, mesh_rig_self[0].sid.b, SID_LEN);
	ck_assert_uint_ge(h.frames, 3); /* of one turn: one datagram */
	for (unsigned i = 0; i < 3; i++) {
		const struct mesh_frame *f = &h.frame[i];
		const uint8_t *in;

		ck_assert_uint_eq(f->flags,
			MESH_BOXED | MESH_ACK_SOON | MESH_ONE_HOP | MESH_SENDER_SAME);
		ck_assert_mem_eq(f->destination.at, far.id.sid.b, f->destination.len);
		ck_assert_uint_ge(f->destination.len, 4);
		ck_assert_uint_eq(f->seq, (uint8_t)(h.frame[0].seq + i));
		ck_assert_uint_eq(far_open(&far, &h, i, &in), VOMP_RTP + sizeof speech);
		ck_assert_uint_eq(in[0], 0x19);
		ck_assert_uint_eq(rtp_get16(in + 2), OUR_SESSION);
		ck_assert_uint_eq(rtp_get16(in + 4), FAR_SESSION);
		ck_assert_uint_eq(in[6] & 15, VOMP_INCALL);
		ck_assert_uint_eq(in[7], VOMP_PCMU);
		ck_assert_uint_eq(rtp_get16(in + 8), i < 2 ? i : 3);
		ck_assert_mem_eq(in + VOMP_RTP, speech, sizeof speech);
	}
	ck_assert_uint_eq(atomic_load(&link_of(&far)->tx_audio), 3);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[LEG].tx_packets), 3);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[LEG].tx_bytes), 3 * 172);
}
END_TEST

START_TEST(linear_sound_changes_its_byte_order)
{
	uint8_t little[sizeof speech];

	for (unsigned i = 0; i < sizeof little; i++)
		little[i] = speech[i ^ 1];
	mesh_rig_phone(
		&rig, 1, 0, vomp_codec_by_id(VOMP_PCM16)->payload_type, speech, sizeof speech);
	rig_turn(&rig);
	expect_sound(VOMP_PCM16, 0, little, sizeof little);
}
END_TEST

START_TEST(an_event_is_one_frame_in_its_own_slot)
{
	const uint8_t star[4] = {10, 10, 0, 160}, pound_end[4] = {11, 0x8a, 2, 0x80};

	say(1, 0);
	for (uint16_t i = 0; i < 5; i++)
		mesh_rig_phone(&rig, (uint16_t)(2 + i), 160, 101, star, sizeof star);
	mesh_rig_phone(&rig, 7, 1600, 101, pound_end, sizeof pound_end);
	say(8, 3200);
	rig_turn(&rig);
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
	expect_sound(VOMP_DTMF, 1, "\xe0", 1);
	expect_sound(VOMP_DTMF, 10, "\xf0", 1);
	expect_sound(VOMP_PCMU, 20, speech, sizeof speech);
	expect_silence();
}
END_TEST

START_TEST(what_control_says_has_the_next_slot)
{
	struct sw_mesh_say text = {
		.id = 1000 + LEG, .slot = LEG, .len = 5, .codec = VOMP_TEXT};

	memcpy(text.bytes, "hello", 5);
	say(1, 0);
	rig_turn(&rig);
	ck_assert_int_eq(mesh_main_say(rig.mesh, &text), 0);
	rig_turn(&rig);
	say(2, 160);
	rig_turn(&rig);
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
	expect_sound(VOMP_TEXT, 1, "hello", 5);
	expect_sound(VOMP_PCMU, 2, speech, sizeof speech);
}
END_TEST

START_TEST(what_vomp_cannot_say_is_counted)
{
	static const uint8_t much[1025];
	const uint8_t rr[8] = {0x80, 201, 0, 1, 1, 2, 3, 4}, flash[4] = {16};
	struct sw_addr from = rig_addr("192.0.2.20", 5001), to = rig_addr("192.0.2.1", 30003);

	mesh_rig_phone(&rig, 1, 0, 0, much, sizeof much);
	mesh_rig_phone(&rig, 2, 0, 77, much, 10);
	mesh_rig_phone(&rig, 3, 0, 101, flash, sizeof flash);
	say(4, 160);
	say(5, 160);
	rig_send(&rig, &from, &to, rr, sizeof rr);
	rig_turn(&rig);
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
	expect_silence();
	ck_assert_uint_eq(rig_drops(&rig, DROP_MESH_LONG), 1);
	ck_assert_uint_eq(rig_drops(&rig, DROP_PAYLOAD_TYPE), 2);
	ck_assert_uint_eq(rig_drops(&rig, DROP_MESH_SLOT), 1);
	ck_assert_uint_eq(rig_drops(&rig, DROP_MESH_RTCP), 1);
}
END_TEST

START_TEST(beyond_a_neighbour_frames_name_the_next_hop)
{
	struct far by;
	const struct mesh_frame *f = &h.frame[0];

	far_init(&by, 2, 1);
	far_meet(&rig, &by);
	far_set_peer(&rig, &far, by.slot, 0);
	say(1, 0);
	rig_turn(&rig);
	ck_assert(far_hear(&rig, &h));
	ck_assert_mem_eq(&h.d.to, &by.addr, sizeof by.addr);
	ck_assert_uint_eq(f->flags, MESH_BOXED | MESH_ACK_SOON | MESH_SENDER_SAME);
	ck_assert_mem_eq(f->destination.at, far.id.sid.b, SID_LEN);
	ck_assert_mem_eq(f->next_hop.at, by.id.sid.b, f->next_hop.len);
	ck_assert_uint_eq(f->ttl, 31);
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
}
END_TEST

START_TEST(a_second_identity_is_named_in_full)
{
	struct sw_transport leg = mesh_rig_leg(&far);
	struct far other = far;

	other.slot = 5;
	far_set_peer(&rig, &other, far.slot, 1);
	leg.identity = 1;
	rig_set(&rig, &leg);
	say(1, 0);
	rig_turn(&rig);
	ck_assert(far_hear(&rig, &h));
	ck_assert(!(h.frame[0].flags & MESH_SENDER_SAME));
	ck_assert_mem_eq(h.frame[0].source.at, mesh_rig_self[1].sid.b, SID_LEN);
	ck_assert_int_eq(box_key(far.key, &mesh_rig_self[1].sid, far.id.box_secret), 0);
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
}
END_TEST

START_TEST(without_a_way_nothing_leaves)
{
	far_set_peer(&rig, &far, SW_MESH_NONE, 0);
	say(1, 0);
	rig_turn(&rig);
	expect_silence();
	ck_assert_uint_eq(rig_drops(&rig, DROP_MESH_NO_WAY), 1);
}
END_TEST

START_TEST(sound_crosses_to_the_core_of_the_link)
{
	mesh_rig_close(&rig);
	mesh_rig_open(&rig, 2);
	far_init(&far, 1, 2); /* its link is core 0's, the leg core 1's */
	far_meet(&rig, &far);
	mesh_rig_call(&rig, &far);
	say(1, 0);
	rig_turn(&rig);
	expect_sound(VOMP_PCMU, 0, speech, sizeof speech);
}
END_TEST

/* ---- Kills ---- */

START_TEST(a_successor_uses_no_slot_and_no_number_again)
{
	uint8_t frame_seq = 0, seq = 0;

	for (uint16_t i = 0; i < 5; i++)
		say(i, i * 160u);
	rig_turn(&rig);
	while (far_hear(&rig, &h)) {
		seq = h.e.seq;
		for (unsigned i = 0; i < h.frames; i++)
			frame_seq = h.frame[i].seq;
	}
	rig_kill(&rig);
	mesh_rig_settle(&rig);
	say(100, 5 * 160);
	rig_turn(&rig);
	do
		ck_assert(far_hear(&rig, &h));
	while (!far_is_boxed(&h, 0));
	ck_assert_uint_lt((uint8_t)(h.e.seq - seq - 1), 8);
	ck_assert_uint_lt((uint8_t)(h.frame[0].seq - frame_seq - 1), 8);
	expect_sound(VOMP_PCMU, 5, speech, sizeof speech);
}
END_TEST

static Suite *
out_suite(void)
{
	Suite *s = suite_create("mesh_out");
	TCase *t_sound = tcase_create("sound"), *kills = tcase_create("kills");
	TCase *all[] = {t_sound, kills};

	for (unsigned i = 0; i < RTE_DIM(all); i++) {
		suite_add_tcase(s, all[i]);
		tcase_set_timeout(all[i], 60);
		tcase_add_checked_fixture(all[i], going_begin, talk_end);
	}
	tcase_add_test(t_sound, rtp_leaves_as_boxed_sound);
	tcase_add_test(t_sound, linear_sound_changes_its_byte_order);
	tcase_add_test(t_sound, an_event_is_one_frame_in_its_own_slot);
	tcase_add_test(t_sound, what_control_says_has_the_next_slot);
	tcase_add_test(t_sound, what_vomp_cannot_say_is_counted);
	tcase_add_test(t_sound, beyond_a_neighbour_frames_name_the_next_hop);
	tcase_add_test(t_sound, a_second_identity_is_named_in_full);
	tcase_add_test(t_sound, without_a_way_nothing_leaves);
	tcase_add_test(t_sound, sound_crosses_to_the_core_of_the_link);
	tcase_add_test(kills, a_successor_uses_no_slot_and_no_number_again);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(out_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
