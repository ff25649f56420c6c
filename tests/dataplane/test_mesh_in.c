/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams of the mesh through a forwarding core: dataplane/mesh_{in,whom,hears,sound,
 * forward,core}.c.  What is on the wire is docs/vomp.md's; telephone events are RFC 4733's. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"
#include "dataplane/ssrc.h"
#include "tests/dataplane/mesh_coming.h"

static void
fill(uint8_t *p, unsigned len, uint8_t first)
{
	for (unsigned i = 0; i < len; i++)
		p[i] = (uint8_t)(first + i);
}

/* ---- Sound ---- */

START_TEST(sound_goes_on_as_rtp_and_nobody_else_hears_of_it)
{
	uint8_t sound[160];
	uint32_t ssrc, timestamp;

	fill(sound, sizeof sound, 7);
	far_put_sound(&far, &w, VOMP_PCMU, 5, sound, sizeof sound);
	deliver();
	expect_rtp(0, 5, sound, sizeof sound);
	ssrc = rtp_ssrc(heard.payload);
	timestamp = rtp_timestamp(heard.payload);
	far_put_sound(&far, &w, VOMP_PCMU, 7, sound, sizeof sound);
	deliver();
	expect_rtp(0, 7, sound, sizeof sound);
	ck_assert_uint_eq(rtp_ssrc(heard.payload), ssrc);
	ck_assert_uint_eq(rtp_timestamp(heard.payload), timestamp + 2 * 160);
	expect_nothing_up();
	ck_assert_uint_eq(atomic_load(&link_of(&far)->rx_audio), 2);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[LEG].rx_packets), 2);
	ck_assert_uint_ne(atomic_load(&rig.state.transport[LEG].last_seen), 0);
}
END_TEST

/* 65,536 slots are 21.8 minutes. */
START_TEST(time_goes_on_when_slots_begin_anew)
{
	uint8_t sound[160] = {1};
	uint32_t before;

	far_put_sound(&far, &w, VOMP_PCMU, 65535, sound, sizeof sound);
	deliver();
	expect_rtp(0, 65535, sound, sizeof sound);
	before = rtp_timestamp(heard.payload);
	far_put_sound(&far, &w, VOMP_PCMU, 0, sound, sizeof sound);
	deliver();
	expect_rtp(0, 0, sound, sizeof sound);
	ck_assert_uint_eq(rtp_timestamp(heard.payload), before + 160);
}
END_TEST

/* 60 ms at a time, of which one packet is missing. */
START_TEST(slots_that_a_packet_fills_are_not_lost)
{
	uint8_t sound[480] = {1};

	for (uint16_t slot = 0; slot < 30; slot += 3) {
		if (slot == 15)
			continue;
		far_put_sound(&far, &w, VOMP_PCMU, slot, sound, sizeof sound);
		deliver();
		expect_rtp(0, slot, sound, sizeof sound);
	}
	ck_assert_uint_ge(ssrc_lost(&rig.state.transport[LEG]), 1);
	ck_assert_uint_le(ssrc_lost(&rig.state.transport[LEG]), 3);
}
END_TEST

START_TEST(a_datagram_may_have_many_frames)
{
	uint8_t sound[8];

	for (uint16_t slot = 0; slot < 9; slot++) {
		fill(sound, sizeof sound, (uint8_t)slot);
		far_put_sound(&far, &w, VOMP_CODEC2_3200, slot, sound, sizeof sound);
	}
	deliver();
	for (uint16_t slot = 0; slot < 9; slot++) {
		fill(sound, sizeof sound, (uint8_t)slot);
		expect_rtp(vomp_codec_by_id(VOMP_CODEC2_3200)->payload_type, slot, sound,
			sizeof sound);
	}
	ck_assert(!phone_hears());
	expect_nothing_up();
}
END_TEST

START_TEST(linear_sound_changes_its_byte_order)
{
	uint8_t little[320], big[320];

	fill(little, sizeof little, 0);
	for (unsigned i = 0; i < sizeof big; i++)
		big[i] = little[i ^ 1];
	far_put_sound(&far, &w, VOMP_PCM16, 0, little, sizeof little);
	deliver();
	expect_rtp(vomp_codec_by_id(VOMP_PCM16)->payload_type, 0, big, sizeof big);
	/* Beside another frame it is copied. */
	far_put_sound(&far, &w, VOMP_PCM16, 1, little, sizeof little);
	far_put_sound(&far, &w, VOMP_PCM16, 2, little, sizeof little);
	deliver();
	expect_rtp(vomp_codec_by_id(VOMP_PCM16)->payload_type, 1, big, sizeof big);
	expect_rtp(vomp_codec_by_id(VOMP_PCM16)->payload_type, 2, big, sizeof big);
}
END_TEST

START_TEST(opus_has_another_clock)
{
	uint8_t sound[40] = {0x08};
	uint32_t before;

	far_put_sound(&far, &w, VOMP_OPUS, 0, sound, sizeof sound);
	far_put_sound(&far, &w, VOMP_OPUS, 1, sound, sizeof sound);
	deliver();
	expect_rtp(vomp_codec_by_id(VOMP_OPUS)->payload_type, 0, sound, sizeof sound);
	before = rtp_timestamp(heard.payload);
	expect_rtp(vomp_codec_by_id(VOMP_OPUS)->payload_type, 1, sound, sizeof sound);
	ck_assert_uint_eq(rtp_timestamp(heard.payload), before + 960);
}
END_TEST

/* RFC 4733 sections 2.3 and 3.2: event, end bit and volume, 80 ms of 8 kHz. */
START_TEST(a_digit_is_a_telephone_event_and_control_hears_of_it)
{
	static const char digits[] = "0123456789ABCD*#"; /* in the order of VoMP */
	static const uint8_t events[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 10, 11};

	for (unsigned i = 0; i < sizeof events; i++) {
		uint8_t digit = (uint8_t)(i << 4);
		uint8_t event[4] = {events[i], 0x8a, 640 >> 8, 640 & 0xff};

		far_put_sound(&far, &w, VOMP_DTMF, (uint16_t)i, &digit, 1);
		deliver();
		expect_rtp(101, (uint16_t)i, event, sizeof event);
		ck_assert_msg(mesh_rig_up(&rig, &up), "digit %c", digits[i]);
		ck_assert_uint_eq(up.head.done, 0);
		ck_assert_uint_eq(up.head.opened, 1);
	}
}
END_TEST

START_TEST(text_is_for_control_alone)
{
	far_put_sound(&far, &w, VOMP_TEXT, 3, "hello", 5);
	deliver();
	ck_assert(!phone_hears());
	ck_assert(mesh_rig_up(&rig, &up));
	ck_assert_uint_eq(up.head.neighbour, 100);
	ck_assert_uint_eq(up.head.opened, 1);
	ck_assert_uint_eq(up.head.done, 0);
	ck_assert_mem_eq(&up.head.from, &far.addr, sizeof far.addr);
	ck_assert_mem_eq(up.p + up.len - 5, "hello", 5);
}
END_TEST

START_TEST(sound_of_no_call_is_controls)
{
	struct sw_transport leg = mesh_rig_leg(&far);

	tables_transport_del(rig.tables, LEG, leg.id, NULL, NULL);
	far_put_sound(&far, &w, VOMP_PCMU, 1, "sound", 5);
	deliver();
	ck_assert(mesh_rig_up(&rig, &up));
	ck_assert_uint_eq(up.head.opened, 1);
	ck_assert_uint_eq(up.head.done, 0);
}
END_TEST

/* ---- Links ---- */

START_TEST(sound_comes_to_the_core_of_its_link_and_then_of_its_call)
{
	uint8_t sound[160] = {1};
	struct far other;

	rig_close(&rig);
	mesh_rig_open(&rig, 3);
	far_init(&far, 1, 1); /* core 1; the call has core 1, the queue core 0 */
	far_init(&other, 2, 2);
	far_meet(&rig, &far);
	far_meet(&rig, &other);
	mesh_rig_call(&rig, &far);
	w = far_begin(&far, datagram);
	far_put_sound(&far, &w, VOMP_PCMU, 1, sound, sizeof sound);
	deliver();
	expect_rtp(0, 1, sound, sizeof sound);
	w = far_begin(&other, datagram);
	far_put_sound(&other, &w, VOMP_TEXT, 1, "x", 1);
	far_send(&rig, &other, &w);
	rig_turn(&rig);
	ck_assert(mesh_rig_up(&rig, &up));
	ck_assert_uint_eq(up.head.neighbour, 102);
}
END_TEST

START_TEST(what_a_neighbour_says_of_our_link_stays_here)
{
	const struct sw_mesh_link *l = link_of(&far);

	ck_assert_uint_eq(atomic_load(&l->heard_us), 0);
	far_put_ack(&far, &w, 0, 0);
	deliver();
	expect_nothing_up();
	ck_assert_uint_ne(atomic_load(&l->heard_us), 0);
	ck_assert_uint_eq(atomic_load(&l->acks_heard), 1);
	ck_assert_uint_eq(atomic_load(&l->rx_datagrams), 2);
	ck_assert_uint_eq(atomic_load(&l->version), 1);
}
END_TEST

START_TEST(what_it_says_of_others_is_controls)
{
	uint8_t p[128];
	struct mesh_writer body = {.p = p, .max = sizeof p};
	const uint8_t third[SID_LEN] = {3};
	const struct link_record r = {.flags = LINK_HAS_DROP_RATE,
		.version = 2,
		.receiver = {MESH_ADDRESS_SID, SID_LEN, third},
		.transmitter.kind = MESH_ADDRESS_SENDER};

	far_put_ack(&far, &w, 0, 0);
	mesh_put_ports(
		&body, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_LINK_STATE});
	mesh_put_link_record(&body, &r);
	far_clear(&far, &w, p, body.len);
	deliver();
	ck_assert(mesh_rig_up(&rig, &up));
	ck_assert_uint_eq(up.head.done, 1);
}
END_TEST

/* servald names somebody by as few bytes as it needs. */
START_TEST(abbreviated_names_are_understood)
{
	const struct mesh_frame head = {.flags = MESH_ONE_HOP | MESH_BOXED,
		.type = MESH_DATA,
		.destination = {MESH_ADDRESS_PREFIX, 1, mesh_rig_self[0].sid.b}};
	uint8_t p[MESH_DATAGRAM_MAX] = {
		1, 1, 2, far.id.sid.b[0], far.id.sid.b[1], MESH_UNICAST | MESH_HAS_SEQ, 9};
	uint8_t sound[160] = {1}, box[256];
	unsigned len = far_sound(box + BOX_HEAD, VOMP_PCMU, 1, sound, sizeof sound);

	box_seal(box, len, far.key, &far.nonces);
	w = (struct mesh_writer){.p = p, .len = 7, .max = sizeof p};
	far_frame(&far, &w, &head, box, BOX_HEAD + len);
	far_send(&rig, &far, &w);
	rig_turn(&rig);
	expect_rtp(0, 1, sound, sizeof sound);
}
END_TEST

START_TEST(who_is_named_ambiguously_is_told_by_his_address)
{
	struct far twin;
	uint8_t sound[160] = {1}, p[MESH_DATAGRAM_MAX];
	uint8_t head[] = {1, 1, 1, 0, MESH_UNICAST};

	far_init(&twin, 2, 1);
	twin.id.sid = far.id.sid;
	twin.id.sid.b[9] ^= 1;
	far_set_neighbour(&rig, &twin);
	head[3] = far.id.sid.b[0];
	w = far_begin(&far, datagram);
	far_put_sound(&far, &w, VOMP_PCMU, 1, sound, sizeof sound);
	/* In place of an envelope in full one with a prefix of one byte. */
	memcpy(p, head, sizeof head);
	memcpy(p + sizeof head, w.p + 37, w.len - 37);
	w = (struct mesh_writer){.p = p, .len = (unsigned)sizeof head + w.len - 37};
	far_send(&rig, &far, &w);
	rig_turn(&rig);
	expect_rtp(0, 1, sound, sizeof sound);
	ck_assert_uint_eq(atomic_load(&link_of(&twin)->rx_datagrams), 0);
}
END_TEST

/* ---- For others ---- */

static void
put_for(struct far *to, uint8_t ttl)
{
	const struct mesh_frame head = {.flags = MESH_BOXED | MESH_ACK_SOON,
		.type = MESH_DATA,
		.ttl = ttl,
		.qos = MESH_QOS_ORDINARY,
		.destination = {MESH_ADDRESS_SID, SID_LEN, to->id.sid.b},
		.next_hop = {MESH_ADDRESS_SID, SID_LEN, mesh_rig_self[0].sid.b}};

	far_frame(&far, &w, &head, "sealed", 6);
}

static void
let_forward(bool forward)
{
	struct sw_mesh_node node = {.identities = 1, .forward = forward};

	memcpy(node.sid[0], mesh_rig_self[0].sid.b, SW_SID);
	ck_assert_int_eq(tables_mesh_node(rig.tables, &node), 0);
	mesh_rig_settle(&rig);
}

START_TEST(frames_for_others_go_on_where_that_is_allowed)
{
	struct far other;
	struct far_heard h;
	const struct mesh_frame *f = &h.frame[0];

	let_forward(true);
	far_init(&other, 2, 1);
	far_meet(&rig, &other);
	put_for(&other, 31);
	deliver();
	expect_nothing_up();
	do
		ck_assert(far_hear(&rig, &h));
	while (h.d.to.port != other.addr.port);
	ck_assert_uint_eq(f->flags, MESH_BOXED | MESH_ACK_SOON | MESH_ONE_HOP);
	ck_assert_uint_eq(f->source.kind, MESH_ADDRESS_SID);
	ck_assert_mem_eq(f->source.at, far.id.sid.b, SID_LEN);
	ck_assert_mem_eq(f->destination.at, other.id.sid.b, f->destination.len);
	ck_assert_uint_eq(f->len, 6);
	ck_assert_mem_eq(f->payload, "sealed", 6);
	ck_assert_uint_eq(atomic_load(&link_of(&far)->forwarded), 1);
}
END_TEST

START_TEST(further_on_they_name_the_next_hop_and_grow_old)
{
	struct far other, beyond;
	struct far_heard h;
	const struct mesh_frame *f = &h.frame[0];

	let_forward(true);
	far_init(&other, 2, 1);
	far_init(&beyond, 3, 2);
	far_meet(&rig, &other);
	far_set_peer(&rig, &beyond, 1, SW_MESH_NONE);
	put_for(&beyond, 2);
	put_for(&beyond, 1);
	deliver();
	do
		ck_assert(far_hear(&rig, &h));
	while (h.d.to.port != other.addr.port);
	ck_assert_uint_eq(f->flags, MESH_BOXED | MESH_ACK_SOON);
	ck_assert_uint_eq(f->ttl, 1);
	ck_assert_uint_eq(f->qos, MESH_QOS_ORDINARY);
	ck_assert_mem_eq(f->destination.at, beyond.id.sid.b, SID_LEN);
	ck_assert_mem_eq(f->next_hop.at, other.id.sid.b, f->next_hop.len);
	ck_assert_uint_eq(atomic_load(&link_of(&far)->forwarded), 1);
}
END_TEST

START_TEST(without_leave_nothing_is_forwarded)
{
	struct far other;

	far_init(&other, 2, 1);
	far_meet(&rig, &other);
	put_for(&other, 31);
	deliver();
	expect_nothing_up();
	ck_assert_uint_eq(atomic_load(&link_of(&far)->forwarded), 0);
}
END_TEST

static Suite *
in_suite(void)
{
	Suite *s = suite_create("mesh_in");
	TCase *sound = tcase_create("sound"), *links = tcase_create("links"),
	      *others = tcase_create("others");
	TCase *all[] = {sound, links, others};

	for (unsigned i = 0; i < RTE_DIM(all); i++) {
		suite_add_tcase(s, all[i]);
		tcase_set_timeout(all[i], 60);
		tcase_add_checked_fixture(all[i], coming_begin, talk_end);
	}
	tcase_add_test(sound, sound_goes_on_as_rtp_and_nobody_else_hears_of_it);
	tcase_add_test(sound, time_goes_on_when_slots_begin_anew);
	tcase_add_test(sound, slots_that_a_packet_fills_are_not_lost);
	tcase_add_test(sound, a_datagram_may_have_many_frames);
	tcase_add_test(sound, linear_sound_changes_its_byte_order);
	tcase_add_test(sound, opus_has_another_clock);
	tcase_add_test(sound, a_digit_is_a_telephone_event_and_control_hears_of_it);
	tcase_add_test(sound, text_is_for_control_alone);
	tcase_add_test(sound, sound_of_no_call_is_controls);
	tcase_add_test(links, sound_comes_to_the_core_of_its_link_and_then_of_its_call);
	tcase_add_test(links, what_a_neighbour_says_of_our_link_stays_here);
	tcase_add_test(links, what_it_says_of_others_is_controls);
	tcase_add_test(links, abbreviated_names_are_understood);
	tcase_add_test(links, who_is_named_ambiguously_is_told_by_his_address);
	tcase_add_test(others, frames_for_others_go_on_where_that_is_allowed);
	tcase_add_test(others, further_on_they_name_the_next_hop_and_grow_old);
	tcase_add_test(others, without_leave_nothing_is_forwarded);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(in_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
