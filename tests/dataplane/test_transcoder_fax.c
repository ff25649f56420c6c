/* SPDX-License-Identifier: Apache-2.0
 *
 * A T.38 gateway among forwarding cores: dataplane/transcoder_fax.c, and what of divert.c,
 * compile_bridge.c and tables_bridge.c it stands on.  A whole fax goes through the switch from
 * one machine of SpanDSP's to another; time is the test's. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "dataplane/rtcp.h"
#include "dataplane/rtp.h"
#include "dataplane/udptl.h"
#include "tests/dataplane/rig.h"
#include "tests/fax/machine.h"
#include "tests/fax/page.h"
#include "tests/scratch.h"

enum {
	SSRC = 0x11223344,
	STEP = 160,
	STEP_US = 20000,
	STEPS_MAX = 10 * 60 * 50,
	LINES = 120,
	SOUND = 0, /* slots */
	FAR = 1,
	NAME = 160,
};

static struct inproc rig;
static uint64_t now;
static struct sw_addr phone[2], port[2], rtcp_port[2];

/* The two machines, and what they have in hand. */
static struct {
	struct machine *sound, *t38;
	struct udptl_tx tx;
	struct udptl_rx rx;
	struct transcode_counts counts;
	uint16_t seq;
	uint32_t timestamp;
	uint8_t heard[STEP]; /* of RTP, in this step */
	unsigned packets, datagrams, reports;
	uint16_t last_seq;
	uint32_t last_timestamp;
	uint16_t last_datagram;
	bool has_heard, has_datagram;
	char document[NAME], into[NAME];
} m;

static char folder[SCRATCH];

static void
pass_us(uint64_t us)
{
	now += rte_get_tsc_hz() / 1000000 * us;
	inproc_set_time(&rig, now);
}

static const struct sw_bridge_state *
state(unsigned slot)
{
	return &rig.state.bridge_state[slot];
}

/* ---- A call: slot 0 has sound, slot 1 has T.38 ---- */

static struct sw_bridge
bridge(unsigned slot)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_FAX};

	if (slot == SOUND) {
		b.fax = (struct sw_fax){.correction = SW_FAX_REDUNDANCY, .depth = 3};
		b.transcode.window_us = TRANSCODE_WINDOW_US;
		ck_assert_int_eq(codec_static(8, &b.transcode.from[0]), 0);
	} else {
		ck_assert_int_eq(codec_static(8, &b.transcode.to[0]), 0);
	}
	ck_assert_int_eq(sw_check_bridge(&b, rig.state.head), 0);
	return b;
}

static struct sw_transport
transport(unsigned slot)
{
	struct sw_transport t = rig_transport(slot,
		slot == SOUND ? "192.0.2.10" : "192.0.2.11", (uint16_t)(4000 + 2 * slot));

	t.opaque = slot == FAR;
	return t;
}

static void
open_gateway(void)
{
	for (unsigned slot = 0; slot < 2; slot++) {
		struct sw_transport t = transport(slot);

		rig_set(&rig, &t);
		phone[slot] = t.remote[0];
		port[slot] = rig_addr("192.0.2.1", t.port);
		rtcp_port[slot] = rig_addr("192.0.2.1", (uint16_t)(t.port + 1));
	}
	for (unsigned slot = 0; slot < 2; slot++) {
		struct sw_bridge b = bridge(slot);

		rig_bridge(&rig, slot, 1 - slot, &b);
	}
}

static void
open_call(unsigned cores)
{
	memset(&m, 0, sizeof m);
	rig_open_transcoding(&rig, cores);
	now = rte_rdtsc();
	pass_us(0);
	open_gateway();
}

/* ---- Machines ---- */

static void
send_udptl(void *arg, const uint8_t *p, size_t len, unsigned count)
{
	uint8_t out[SW_FAX_DATAGRAM_MAX];
	int n = udptl_make(&m.tx, p, len, out);

	ck_assert_int_gt(n, 0);
	while (count-- > 0)
		rig_send(&rig, &phone[FAR], &port[FAR], out, (uint16_t)n);
}

static void
hear_ifp(void *arg, const uint8_t *p, size_t len, unsigned missing)
{
	machine_take(m.t38, p, len, missing);
}

static void
name_files(void)
{
	snprintf(m.document, sizeof m.document, "%s/sent.tif", folder);
	snprintf(m.into, sizeof m.into, "%s/came.tif", folder);
}

/* Of machines' files.  Not checked, for a test that fails does not return from where it does.
 */
static void
make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(scratch(folder, "faxcore")));
}

static void
remove_files(void)
{
	name_files();
	unlink(m.document);
	unlink(m.into);
}

static void
remove_folder(void)
{
	remove_files();
	rmdir(folder);
}

static void
open_machines(bool sound_calls)
{
	const struct sw_fax far = {.correction = SW_FAX_FEC, .depth = 3};
	const struct machine_conf sound = {.is_caller = sound_calls,
					  .document = sound_calls ? m.document : NULL,
					  .into = sound_calls ? NULL : m.into},
				  t38 = {.is_caller = !sound_calls,
					  .is_t38 = true,
					  .document = sound_calls ? NULL : m.document,
					  .into = sound_calls ? m.into : NULL,
					  .send = send_udptl};

	remove_files(); /* of the fax before */
	ck_assert(page_make(m.document, 1, LINES));
	udptl_tx_init(&m.tx, &far, 0);
	udptl_rx_init(&m.rx, 0);
	m.sound = machine_open(&sound);
	m.t38 = machine_open(&t38);
	ck_assert(m.sound != NULL && m.t38 != NULL);
}

static void
close_machines(void)
{
	machine_close(m.sound);
	machine_close(m.t38);
}

static void
take_rtp(const struct rig_datagram *d)
{
	ck_assert_uint_eq(d->len, RTP_HEADER + STEP);
	ck_assert_uint_eq(rtp_payload_type(d->payload), 8);
	ck_assert_uint_eq(rtp_ssrc(d->payload), state(FAR)->ssrc);
	if (m.has_heard) {
		ck_assert_uint_eq(rtp_seq(d->payload), (uint16_t)(m.last_seq + 1));
		ck_assert_uint_eq(rtp_timestamp(d->payload), m.last_timestamp + STEP);
	}
	m.has_heard = true;
	m.last_seq = rtp_seq(d->payload);
	m.last_timestamp = rtp_timestamp(d->payload);
	memcpy(m.heard, d->payload + RTP_HEADER, STEP);
	m.packets++;
}

/* Everything that the switch has sent. */
static void
collect(void)
{
	struct rig_datagram d;

	while (rig_receive(&rig, &d)) {
		if (d.to.port == phone[SOUND].port) {
			take_rtp(&d);
		} else if (d.to.port == phone[SOUND].port + 1) {
			m.reports++;
		} else {
			ck_assert_uint_eq(d.to.port, phone[FAR].port);
			ck_assert_uint_eq(d.from.port, port[FAR].port);
			m.last_datagram = rtp_get16(d.payload);
			m.datagrams++;
			if (m.t38 != NULL)
				udptl_take(&m.rx, d.payload, d.len, &m.counts, hear_ifp, NULL);
		}
	}
}

static void
say(const uint8_t *payload)
{
	uint8_t p[RTP_HEADER + STEP];

	rig_rtp(p, m.seq++, SSRC, STEP);
	p[1] = 8;
	rtp_put32(p + 4, m.timestamp);
	m.timestamp += STEP;
	memcpy(p + RTP_HEADER, payload, STEP);
	rig_send(&rig, &phone[SOUND], &port[SOUND], p, sizeof p);
}

/* 20 ms of both machines, and of the switch. */
static void
step(void)
{
	const struct codec *pcma = codec_by_id(CODEC_PCMA);
	uint8_t payload[STEP];
	int16_t pcm[STEP];

	pcma->decode(NULL, m.heard, STEP, pcm, STEP);
	machine_talk(m.sound, pcm, STEP);
	pcma->encode(NULL, pcm, STEP, payload, STEP);
	say(payload);
	machine_wait(m.t38, STEP);
	rig_turn(&rig);
	collect();
	pass_us(STEP_US);
}

static bool
are_over(void)
{
	return machine_result(m.sound).is_over && machine_result(m.t38).is_over;
}

static void
run_fax(void)
{
	for (unsigned i = 0; i < STEPS_MAX && !are_over(); i++)
		step();
	ck_assert_int_eq(machine_result(m.sound).t30, 0);
	ck_assert_int_eq(machine_result(m.t38).t30, 0);
	ck_assert_int_eq(page_difference(m.document, m.into), 0);
}

/* ---- Whole faxes ---- */

START_TEST(a_fax_goes_through_the_switch)
{
	open_call(_i & 2 ? 2 : 1);
	open_machines((_i & 1) != 0);
	run_fax();
	ck_assert_uint_eq(state(SOUND)->packets_in, m.seq);
	ck_assert_uint_eq(state(SOUND)->packets_out, m.datagrams);
	ck_assert_uint_eq(state(SOUND)->lost + state(SOUND)->concealed, 0);
	ck_assert_uint_eq(state(FAR)->packets_out, m.packets);
	ck_assert_uint_eq(state(FAR)->lost + state(FAR)->malformed, 0);
	ck_assert_uint_eq(state(FAR)->frames + state(FAR)->duplicates, state(FAR)->packets_in);
	ck_assert_uint_eq(state(SOUND)->fax_pages, 1);
	ck_assert_uint_eq(state(SOUND)->fax_bps, 14400);
	ck_assert_uint_eq(state(SOUND)->fax_ecm, 1);
	ck_assert_uint_gt(m.reports, 0);
	ck_assert_uint_eq(state(SOUND)->tx_rtcp, 0); /* T.38 has none */
	ck_assert_uint_gt(atomic_load(&state(SOUND)->cycles), 0);
	close_machines();
	rig_close(&rig);
}
END_TEST

/* ---- One half and the other ---- */

static const uint8_t silence[STEP] = {0xd5};

/* An IFP packet, "no signal" (T.38 table 3), as datagram NUMBER. */
static void
send_indicator(uint16_t number)
{
	const uint8_t p[] = {(uint8_t)(number >> 8), (uint8_t)number, 1, 0, 0, 0};

	rig_send(&rig, &phone[FAR], &port[FAR], p, sizeof p);
}

START_TEST(sound_leaves_every_20_ms_once_media_has_come_from_either_side)
{
	open_call(1);
	for (unsigned i = 0; i < 10; i++) {
		rig_turn(&rig);
		pass_us(STEP_US);
	}
	collect();
	ck_assert_uint_eq(m.packets, 0);
	if (_i == 0)
		say(silence);
	else
		send_indicator(0);
	for (unsigned i = 1; i <= 500; i++) {
		rig_turn(&rig);
		collect();
		ck_assert_uint_eq(m.packets, i);
		pass_us(STEP_US);
	}
	ck_assert_uint_gt(m.reports, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(a_core_that_was_held_up_makes_up_for_a_little_and_leaves_out_the_rest)
{
	open_call(1);
	say(silence);
	rig_turn(&rig);
	collect();
	pass_us(100000);
	rig_turn(&rig);
	collect();
	ck_assert_uint_eq(m.packets, 6);
	pass_us(1000000);
	rig_turn(&rig);
	m.last_timestamp += 49 * STEP; /* 50 packets are due, and one leaves */
	collect();
	ck_assert_uint_eq(m.packets, 7);
	rig_close(&rig);
}
END_TEST

START_TEST(without_its_other_half_nothing_leaves)
{
	struct sw_flow none = {.id = _i == 0 ? 1000 : 1001, .slot = (uint32_t)_i};
	struct sw_bridge b;
	unsigned before;

	open_call(1);
	say(silence);
	rig_turn(&rig);
	collect();
	ck_assert_int_eq(tables_flow_set(rig.tables, &none, NULL), 0);
	rig_settle(&rig);
	before = m.packets;
	for (unsigned i = 0; i < 20; i++) {
		say(silence);
		send_indicator((uint16_t)i);
		pass_us(STEP_US);
		rig_turn(&rig);
	}
	collect();
	ck_assert_uint_eq(m.packets, before);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 40);
	b = bridge((unsigned)_i);
	rig_bridge(&rig, (uint32_t)_i, 1 - (uint32_t)_i, &b);
	m.last_timestamp +=
		19 * STEP; /* time has passed, and one packet's would have anyway */
	say(silence);
	rig_turn(&rig);
	collect();
	ck_assert_uint_eq(m.packets, before + 1);
	rig_close(&rig);
}
END_TEST

START_TEST(what_is_neither_sound_nor_t38_goes_no_further)
{
	static const uint8_t zrtp[] = {0x10, 0, 0, 1, 'Z', 'R', 'T', 'P', 0, 0, 0, 1, 0x50,
		0x5a, 0, 3, 'H', 'e', 'l', 'l', 'o', 'A', 'C', 'K', 0, 0, 0, 0};
	uint8_t p[RTP_HEADER + STEP];
	uint16_t len = rig_rtp(p, 1, SSRC, STEP);

	open_call(1);
	rig_send(&rig, &phone[SOUND], &port[SOUND], zrtp, sizeof zrtp);
	rig_turn(&rig);
	phone[FAR].port++;
	rig_send(&rig, &phone[FAR], &rtcp_port[FAR], p, len);
	phone[FAR].port--;
	rig_turn(&rig);
	collect();
	ck_assert_uint_eq(m.datagrams + m.packets, 0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_PAYLOAD_TYPE), 2);
	p[4] = 0x12;
	rig_send(&rig, &phone[FAR], &port[FAR], p, len); /* RTP is no UDPTL */
	p[1] = 101;
	rig_send(&rig, &phone[SOUND], &port[SOUND], p, len);
	rig_turn(&rig);
	ck_assert_uint_eq(state(FAR)->malformed, 1);
	ck_assert_uint_eq(state(SOUND)->unknown, 1);
	rig_close(&rig);
}
END_TEST

/* ---- A switch that is killed ---- */

/* The modems know nothing any more; numbers and time go on. */
START_TEST(after_a_kill_numbers_go_on)
{
	uint16_t seq, number;
	uint32_t timestamp;

	open_call(1);
	open_machines(true);
	for (unsigned i = 0; i < 500; i++)
		step();
	ck_assert_uint_gt(m.datagrams, 10);
	seq = m.last_seq;
	timestamp = m.last_timestamp;
	number = m.last_datagram;
	rig_kill(&rig);
	pass_us(0);
	m.has_heard = false;
	m.datagrams = 0;
	for (unsigned i = 0; i < 2000 && m.datagrams == 0; i++)
		step();
	ck_assert_uint_gt(m.datagrams, 0);
	ck_assert_uint_ge((uint16_t)(m.last_datagram - number), 1);
	ck_assert_uint_lt((uint16_t)(m.last_datagram - number), 100);
	ck_assert_uint_gt(m.last_seq, seq);
	ck_assert_uint_gt(m.last_timestamp - timestamp, 0);
	close_machines();
	rig_close(&rig);
}
END_TEST

static void
progress_is(uint32_t pages)
{
	ck_assert_uint_eq(state(SOUND)->fax_pages, pages);
	ck_assert_uint_eq(state(SOUND)->fax_bps, 14400);
	ck_assert_uint_eq(state(SOUND)->fax_ecm, 1);
}

/* Other rules, so that the modems are others. */
static void
change_rules(void)
{
	struct sw_bridge b = bridge(SOUND);

	b.fax.depth = 1;
	rig_bridge(&rig, SOUND, FAR, &b);
	rig_settle(&rig);
}

static void
kill_switch(void)
{
	rig_kill(&rig);
	pass_us(0);
}

START_TEST(what_is_over_of_a_fax_stays_when_the_modems_are_others)
{
	static void (*const happens[])(void) = {change_rules, kill_switch};

	open_call(1);
	open_machines(true);
	run_fax();
	progress_is(1);
	close_machines();
	m.t38 = NULL;
	happens[_i]();
	rig_turn(&rig);
	progress_is(1);
	m.has_heard = false;
	for (unsigned i = 0; i < 50; i++) {
		say(silence);
		rig_turn(&rig);
		pass_us(STEP_US);
	}
	collect();
	progress_is(1);
	open_machines(true);
	run_fax();
	progress_is(2);
	close_machines();
	rig_close(&rig);
}
END_TEST

/* ---- What is under way when a stream becomes another kind ---- */

/* FAR's stream is sound as well from now on: no gateway, but both are transcoded. */
static void
become_sound(void)
{
	struct sw_transport t = transport(FAR);

	t.opaque = 0;
	rig_set(&rig, &t);
	for (unsigned slot = 0; slot < 2; slot++) {
		struct sw_bridge b = {
			.kind = SW_BRIDGE_TRANSCODE, .transcode.window_us = 60000};

		ck_assert_int_eq(codec_static(slot == SOUND ? 8 : 0, &b.transcode.from[0]), 0);
		ck_assert_int_eq(codec_static(slot == SOUND ? 0 : 8, &b.transcode.to[0]), 0);
		b.transcode.to[0].ptime_ms = 20;
		ck_assert_int_eq(sw_check_bridge(&b, rig.state.head), 0);
		rig_bridge(&rig, slot, 1 - slot, &b);
	}
	rig_settle(&rig);
}

static void
become_fax(void)
{
	open_gateway();
	rig_settle(&rig);
}

/* As far as the ring to the transcode core. */
static void
forward(void)
{
	while (forward_turn(&rig.lcore[0], now) > 0)
		;
}

START_TEST(a_datagram_of_t38_that_comes_to_a_bridge_of_sound_is_dropped)
{
	open_call(1);
	send_indicator(0);
	forward();
	become_sound();
	rig_turn(&rig);
	ck_assert_uint_eq(rig_drops(&rig, DROP_PAYLOAD_TYPE), 1);
	ck_assert_uint_eq(state(FAR)->packets_in, 0);
	collect();
	ck_assert_uint_eq(m.packets + m.datagrams, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(sound_that_comes_to_a_bridge_of_t38_is_dropped)
{
	uint8_t p[RTP_HEADER + STEP];

	open_call(1);
	become_sound();
	rig_send(&rig, &phone[FAR], &port[FAR], p, rig_rtp(p, 1, SSRC, STEP));
	forward();
	become_fax();
	rig_turn(&rig);
	ck_assert_uint_eq(rig_drops(&rig, DROP_PAYLOAD_TYPE), 1);
	ck_assert_uint_eq(state(FAR)->packets_in, 0);
	collect();
	ck_assert_uint_eq(m.packets + m.datagrams, 0);
	rig_close(&rig);
}
END_TEST

/* A re-offer that changes nothing leaves the modems where they are, in the midst of a page. */
START_TEST(the_same_rules_said_again_change_nothing)
{
	open_call(1);
	open_machines(true);
	for (unsigned i = 0; i < STEPS_MAX && !are_over(); i++) {
		step();
		for (unsigned slot = 0; slot < 2 && i % 50 == 0; slot++) {
			struct sw_bridge b = bridge(slot);
			struct sw_transport t = transport(slot);

			rig_set(&rig, &t);
			rig_bridge(&rig, slot, 1 - slot, &b);
		}
		if (i % 50 == 0)
			rig_settle(&rig);
	}
	ck_assert_int_eq(machine_result(m.sound).t30, 0);
	ck_assert_int_eq(page_difference(m.document, m.into), 0);
	close_machines();
	rig_close(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcoder_fax");
	TCase *whole = tcase_create("whole faxes"), *halves = tcase_create("halves"),
	      *kills = tcase_create("kills and changes");

	tcase_set_timeout(whole, 60);
	tcase_add_unchecked_fixture(whole, make_folder, remove_folder);
	tcase_add_loop_test(whole, a_fax_goes_through_the_switch, 0, 4);
	suite_add_tcase(s, whole);
	tcase_add_loop_test(
		halves, sound_leaves_every_20_ms_once_media_has_come_from_either_side, 0, 2);
	tcase_add_test(
		halves, a_core_that_was_held_up_makes_up_for_a_little_and_leaves_out_the_rest);
	tcase_add_loop_test(halves, without_its_other_half_nothing_leaves, 0, 2);
	tcase_add_test(halves, what_is_neither_sound_nor_t38_goes_no_further);
	suite_add_tcase(s, halves);
	tcase_set_timeout(kills, 60);
	tcase_add_unchecked_fixture(kills, make_folder, remove_folder);
	tcase_add_test(kills, after_a_kill_numbers_go_on);
	tcase_add_loop_test(
		kills, what_is_over_of_a_fax_stays_when_the_modems_are_others, 0, 2);
	tcase_add_test(kills, a_datagram_of_t38_that_comes_to_a_bridge_of_sound_is_dropped);
	tcase_add_test(kills, sound_that_comes_to_a_bridge_of_t38_is_dropped);
	tcase_add_test(kills, the_same_rules_said_again_change_nothing);
	suite_add_tcase(s, kills);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
