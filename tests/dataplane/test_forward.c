/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole packets through the stages of a forwarding core:
 * dataplane/{parse,demux,unseal,forward,sealing, address}.c over dataplane/tables.c.  The
 * engine is tested against libsrtp2 elsewhere; here it plays the phones. */
#include <check.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum { SSRC = 0x11223344 };

static struct inproc rig;
static struct sw_addr alice, bob, stranger, alice_port, bob_port;

/* Alice on slot 0, Bob on slot 1, both signalled, plain, joined both ways. */
static void
setup(void)
{
	struct sw_transport a, b;

	rig_open(&rig);
	alice = rig_addr("192.0.2.10", 4000);
	bob = rig_addr("192.0.2.20", 5000);
	stranger = rig_addr("192.0.2.66", 6666);
	alice_port = rig_addr("192.0.2.1", 30000);
	bob_port = rig_addr("192.0.2.1", 30002);
	a = rig_transport(0, "192.0.2.10", 4000);
	b = rig_transport(1, "192.0.2.20", 5000);
	rig_set(&rig, &a);
	rig_set(&rig, &b);
	rig_join(&rig, 0, 1);
	rig_join(&rig, 1, 0);
}

static void
teardown(void)
{
	rig_close(&rig);
}

static void
send_rtp(const struct sw_addr *from, const struct sw_addr *to, uint16_t seq, uint32_t ssrc)
{
	uint8_t p[256];

	rig_send(&rig, from, to, p, rig_rtp(p, seq, ssrc, 160));
}

/* The next datagram is RTP number SEQ to TO. */
static void
expect_rtp(const struct sw_addr *to, uint16_t seq)
{
	struct rig_datagram d;

	ck_assert(rig_receive(&rig, &d));
	ck_assert_mem_eq(&d.to, to, sizeof *to);
	ck_assert_uint_eq(rtp_seq(d.payload), seq);
}

static void
expect_nothing(void)
{
	struct rig_datagram d;

	ck_assert(!rig_receive(&rig, &d));
}

static void
send_sealed(struct seal_lane *lane, struct seal *key, const struct sw_addr *from,
	const struct sw_addr *to, uint64_t index, uint32_t ssrc)
{
	uint8_t p[512];
	struct seal_job job = {.key = key, .pkt = p, .index = index, .clear = RTP_HEADER};

	job.len = rig_rtp(p, (uint16_t)index, ssrc, 160);
	seal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	rig_send(&rig, from, to, p, job.len);
}

/* The next datagram to TO, sealed under KEY with INDEX, holds what rig_rtp() made as number
 * SEQ. */
static void
expect_sealed(struct seal_lane *lane, struct seal *key, const struct sw_addr *to,
	uint64_t index, uint16_t seq)
{
	struct seal_job job = {.key = key, .index = index, .clear = RTP_HEADER};
	struct rig_datagram d;
	uint8_t want[256];

	ck_assert(rig_receive(&rig, &d));
	ck_assert_mem_eq(&d.to, to, sizeof *to);
	job.pkt = d.payload;
	job.len = d.len;
	unseal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	ck_assert_uint_eq(job.len, rig_rtp(want, seq, SSRC, 160));
	ck_assert_uint_eq(rtp_seq(d.payload), (uint16_t)index);
	ck_assert_mem_eq(d.payload + RTP_HEADER, want + RTP_HEADER, 160);
}

/* ---- Plain ---- */

START_TEST(plain_rtp_crosses_unchanged)
{
	uint8_t p[256];
	uint16_t len = rig_rtp(p, 7, SSRC, 160);
	struct rig_datagram d;

	rig_send(&rig, &alice, &alice_port, p, len);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_mem_eq(&d.from, &bob_port, sizeof bob_port);
	ck_assert_mem_eq(&d.to, &bob, sizeof bob);
	ck_assert_uint_eq(d.dscp, 46);
	ck_assert_uint_eq(d.hops, 64);
	ck_assert_uint_eq(d.len, len);
	ck_assert_mem_eq(d.payload, p, len);
	expect_nothing();
}
END_TEST

/* A packet is 160 ticks of 8 kHz; RFC 3550 A.8.  A machine may have been up for months. */
START_TEST(jitter_is_measured_by_the_clock_of_the_media)
{
	const struct sw_rx_ssrc *rx = &rig.state.transport[0].rx;
	uint64_t ms = rte_get_tsc_hz() / 1000, up = ms * 86400000 * 200;

	for (uint16_t seq = 1; seq <= 10; seq++) {
		rig.lcore[0].now = up + 20 * ms * seq;
		send_rtp(&alice, &alice_port, seq, SSRC);
		rig_turn(&rig);
	}
	ck_assert_uint_le(rx->jitter, 10); /* each time is cut off: a tick at most */
	rig.lcore[0].now += 100 * ms;      /* 80 ms late */
	send_rtp(&alice, &alice_port, 11, SSRC);
	rig_turn(&rig);
	ck_assert_uint_ge(rx->jitter, 80 * 8 - 2);
	ck_assert_uint_le(rx->jitter, 80 * 8 + 12);
}
END_TEST

START_TEST(rtcp_leaves_by_the_rtcp_port)
{
	uint8_t rr[8] = {0x80, 201, 0, 1, 1, 2, 3, 4};
	struct sw_addr from = rig_addr("192.0.2.10", 4001), to = rig_addr("192.0.2.1", 30001);
	struct rig_datagram d;

	rig_send(&rig, &from, &to, rr, sizeof rr);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.from.port, 30003);
	ck_assert_uint_eq(d.to.port, 5001);
	ck_assert_mem_eq(d.payload, rr, sizeof rr);
}
END_TEST

START_TEST(rtcp_shares_the_port_where_multiplexed)
{
	uint8_t rr[8] = {0x80, 201, 0, 1, 1, 2, 3, 4};
	struct sw_transport b = rig_transport(1, "192.0.2.20", 5000);
	struct sw_addr to = rig_addr("192.0.2.1", 30003);
	struct rig_datagram d;

	b.mux = 1;
	rig_set(&rig, &b);
	rig_send(&rig, &bob, &bob_port, rr, sizeof rr);
	send_rtp(&bob, &bob_port, 1, SSRC);
	send_rtp(&bob, &to, 2, SSRC); /* nobody's any more */
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.to.port, 4001);
	expect_rtp(&alice, 1);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_TRANSPORT), 1);
}
END_TEST

START_TEST(ipv4_and_ipv6_meet)
{
	struct sw_transport b = rig_transport(2, "2001:db8::20", 5000);
	struct sw_addr v6 = rig_addr("2001:db8::20", 5000),
		       port = rig_addr("2001:db8::1", 30004);

	rig_set(&rig, &b);
	rig_join(&rig, 0, 2);
	rig_join(&rig, 2, 0);
	send_rtp(&alice, &alice_port, 1, SSRC);
	send_rtp(&v6, &port, 2, SSRC);
	rig_turn(&rig);
	expect_rtp(&v6, 1);
	expect_rtp(&alice, 2);
}
END_TEST

START_TEST(a_stranger_is_not_heard)
{
	send_rtp(&stranger, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_SOURCE), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.more[0].drops[DROP_SOURCE]), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].rx_packets), 0);
}
END_TEST

START_TEST(a_repeat_is_dropped)
{
	send_rtp(&alice, &alice_port, 1, SSRC);
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_rtp(&bob, 1);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_REPLAY), 1);
}
END_TEST

START_TEST(what_is_no_rtp_is_counted)
{
	uint8_t stun[20] = {0, 1}, longer[12] = {0x8f}, empty[1] = {0};

	rig_send(&rig, &alice, &alice_port, stun, sizeof stun);
	rig_send(&rig, &alice, &alice_port, longer, sizeof longer); /* 15 CSRCs: do not fit */
	rig_send(&rig, &alice, &alice_port, empty, 0);
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_KIND), 2);
	ck_assert_uint_eq(rig_drops(&rig, DROP_BAD_RTP), 1);
}
END_TEST

START_TEST(what_is_no_rtp_crosses_where_it_may)
{
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct sw_transport b = rig_transport(1, "192.0.2.20", 5000);
	uint8_t udptl[6] = {0, 1, 2, 3, 4, 5};
	struct rig_datagram d;

	a.opaque = b.opaque = 1;
	rig_set(&rig, &a);
	rig_set(&rig, &b);
	for (unsigned i = 0; i < 2; i++) /* a repeat is its receiver's business */
		rig_send(&rig, &alice, &alice_port, udptl, sizeof udptl);
	rig_send(&rig, &stranger, &alice_port, udptl, sizeof udptl);
	rig_turn(&rig);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert(rig_receive(&rig, &d));
		ck_assert_mem_eq(&d.to, &bob, sizeof bob);
		ck_assert_mem_eq(d.payload, udptl, sizeof udptl);
	}
	expect_nothing();
	b.opaque = 0;
	rig_key(&b.seal, SW_AEAD_AES_128_GCM, 2);
	rig_set(&rig, &b);
	rig_send(&rig, &alice, &alice_port, udptl, sizeof udptl);
	rig_turn(&rig);
	expect_nothing(); /* never sealed: it has no number */
	ck_assert_uint_eq(rig_drops(&rig, DROP_SEAL), 1);
}
END_TEST

START_TEST(nobody_hears_a_transport_without_a_sink)
{
	struct sw_flow none = {.id = 1000};

	ck_assert_int_eq(tables_flow_set(rig.tables, &none, NULL), 0);
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 1);
}
END_TEST

START_TEST(every_sink_gets_a_copy)
{
	struct sw_transport c = rig_transport(2, "192.0.2.30", 6000);
	struct sw_flow both = {.id = 1000,
		.sinks = 2,
		.sink = {{.id = 1001, .slot = 1}, {.id = 1002, .slot = 2}}};
	struct sw_addr carol = rig_addr("192.0.2.30", 6000);
	struct seal_lane *lane = seal_lane_open();
	struct seal *key;

	rig_key(&c.seal, SW_AEAD_AES_128_GCM, 9); /* a copy may be sealed, the other plain */
	key = seal_open(&c.seal, true);
	rig_set(&rig, &c);
	ck_assert_int_eq(tables_flow_set(rig.tables, &both, NULL), 0);
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_rtp(&bob, 1);
	expect_sealed(lane, key, &carol, 1, 1);
	seal_close(key);
	seal_lane_close(lane);
}
END_TEST

START_TEST(what_the_device_does_not_take_is_not_counted_as_sent)
{
	struct rig_datagram d;
	uint64_t sent = 0;

	for (uint16_t seq = 0; seq < 400; seq++) {
		send_rtp(&alice, &alice_port, seq, SSRC);
		if (seq % 100 == 99)
			rig_turn(&rig); /* and nobody takes them off the ring of 255 */
	}
	while (rig_receive(&rig, &d))
		sent++;
	ck_assert_uint_eq(sent, 255);
	ck_assert_uint_eq(rig_drops(&rig, DROP_TX_FULL), 400 - sent);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[1].tx_packets), sent);
	ck_assert_uint_eq(
		atomic_load(&rig.state.transport[1].tx_bytes), sent * (RTP_HEADER + 160));
	ck_assert_uint_eq(atomic_load(&rig.state.core[0].tx_packets), sent);
}
END_TEST

/* ---- Frames that lie ---- */

START_TEST(a_frame_is_cut_at_any_length_without_harm)
{
	uint8_t p[256], whole[RIG_FRAME];
	uint16_t len = rig_rtp(p, 1, SSRC, 160), frame;
	struct rte_mbuf *m;
	struct rig_datagram d;

	rig_send(&rig, &alice, &alice_port, p, len);
	ck_assert_int_eq(rte_ring_dequeue(rig.in[0], (void **)&m), 0);
	frame = rte_pktmbuf_data_len(m);
	memcpy(whole, rte_pktmbuf_mtod(m, void *), frame);
	rte_pktmbuf_free(m);
	for (uint16_t cut = 1; cut < frame; cut++) {
		rig_frame(&rig, 0, whole, cut);
		rig_turn(&rig);
		ck_assert(!rig_receive(&rig, &d));
	}
	whole[14 + 6] = 0x20; /* more fragments */
	rig_frame(&rig, 0, whole, frame);
	whole[14 + 6] = 0;
	whole[14 + 20 + 5] = 4; /* a UDP length below its header */
	whole[14 + 20 + 4] = 0;
	rig_frame(&rig, 0, whole, frame);
	rig_turn(&rig);
	ck_assert(!rig_receive(&rig, &d));
	ck_assert_uint_eq(rig_drops(&rig, DROP_FRAGMENT), 1);
	ck_assert_uint_gt(rig_drops(&rig, DROP_MALFORMED), 1);
}
END_TEST

START_TEST(bytes_behind_the_datagram_are_no_payload)
{
	uint8_t p[256], padded[RIG_FRAME] = {0};
	uint16_t len = rig_rtp(p, 1, SSRC, 0), frame;
	struct rte_mbuf *m;
	struct rig_datagram d;

	rig_send(&rig, &alice, &alice_port, p, len);
	ck_assert_int_eq(rte_ring_dequeue(rig.in[0], (void **)&m), 0);
	frame = rte_pktmbuf_data_len(m);
	memcpy(padded, rte_pktmbuf_mtod(m, void *), frame);
	rte_pktmbuf_free(m);
	rig_frame(&rig, 0, padded, 60); /* Ethernet's least length */
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.len, RTP_HEADER);
}
END_TEST

START_TEST(beyond_the_mtu_nothing_is_sent)
{
	uint8_t p[1600];

	rig_send(&rig, &alice, &alice_port, p, rig_rtp(p, 1, SSRC, 1500 - 28 - RTP_HEADER));
	rig_send(
		&rig, &alice, &alice_port, p, rig_rtp(p, 2, SSRC, 1500 - 28 - RTP_HEADER + 1));
	rig_turn(&rig);
	expect_rtp(&bob, 1);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_TOO_LONG), 1);
}
END_TEST

/* ---- Latch ---- */

static void
latch_alice(uint32_t relatch)
{
	struct sw_transport a =
		rig_transport(0, "10.0.0.10", 4000); /* what stands in her SDP */

	a.source = SW_SOURCE_LATCH;
	a.relatch = relatch;
	rig_set(&rig, &a);
}

/* What main does when the core tells it something. */
static void
hear_core(void)
{
	struct core_event ev;

	while (rte_ring_dequeue_elem(rig.lcore[0].events, &ev, sizeof ev) == 0)
		tables_core_event(rig.tables, &ev);
}

START_TEST(the_first_source_is_latched_and_answered)
{
	latch_alice(1);
	rig.lcore[0].now = rte_rdtsc();
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	hear_core();
	expect_rtp(&bob, 1);
	send_rtp(&stranger, &alice_port, 2, SSRC);
	send_rtp(&bob, &bob_port, 3, SSRC);
	rig_turn(&rig);
	expect_rtp(&alice, 3);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_SECOND_SOURCE), 1);
}
END_TEST

START_TEST(the_latch_closes_with_its_window)
{
	struct sw_addr signalled = rig_addr("10.0.0.10", 4000);

	latch_alice(1);
	rig.lcore[0].now = rte_rdtsc() + 2 * rte_get_tsc_hz();
	send_rtp(&alice, &alice_port, 1, SSRC);
	send_rtp(&signalled, &alice_port, 2, SSRC);
	rig_turn(&rig);
	expect_rtp(&bob, 2);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_SOURCE), 1);
}
END_TEST

START_TEST(a_re_offer_does_not_lengthen_the_window)
{
	struct sw_transport a = rig_transport(0, "10.0.0.10", 4000);

	latch_alice(1);
	usleep(20000);
	a.source = SW_SOURCE_LATCH;
	a.relatch = 1;
	a.dscp = 0; /* any other change */
	rig.lcore[0].now = rte_rdtsc() + rte_get_tsc_hz() - rte_get_tsc_hz() / 100;
	rig_set(&rig, &a);
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_nothing();
}
END_TEST

START_TEST(a_re_offer_opens_the_latch_only_with_a_new_remote)
{
	rig.lcore[0].now = rte_rdtsc();
	latch_alice(1);
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	latch_alice(1);
	send_rtp(&stranger, &alice_port, 2, SSRC);
	rig_turn(&rig);
	expect_rtp(&bob, 1);
	expect_nothing();
	latch_alice(2);
	send_rtp(&stranger, &alice_port, 3, SSRC);
	rig_turn(&rig);
	hear_core();
	expect_rtp(&bob, 3);
	send_rtp(&bob, &bob_port, 4, SSRC);
	rig_turn(&rig);
	expect_rtp(&stranger, 4);
}
END_TEST

static void
note_gone(void *arg, const struct sw_event *ev)
{
	ck_assert_uint_eq(ev->kind, SW_EV_OLD_KEY_GONE);
	ck_assert_uint_eq(ev->slot, 0);
	ck_assert_uint_eq(ev->id, 1000);
	++*(unsigned *)arg;
}

START_TEST(what_was_learned_is_found_though_nobody_said_so)
{
	latch_alice(1);
	rig.lcore[0].now = rte_rdtsc();
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_rtp(&bob, 1); /* what the core says of it is lost: no hear_core() */
	tables_tick(rig.tables, rte_rdtsc() + 2 * rte_get_tsc_hz(), note_gone, NULL);
	send_rtp(&bob, &bob_port, 2, SSRC);
	rig_turn(&rig);
	expect_rtp(&alice, 2);
}
END_TEST

START_TEST(a_flood_of_strangers_does_not_keep_the_core_from_saying_who_was_learned)
{
	struct sw_transport c = rig_transport(2, "10.0.0.30", 6000);
	struct sw_addr port = rig_addr("192.0.2.1", 30004);

	c.source = SW_SOURCE_LATCH;
	rig_set(&rig, &c);
	latch_alice(1);
	rig.lcore[0].now = rte_rdtsc();
	send_rtp(&bob, &port, 1, SSRC); /* latched; whoever else comes is a stranger */
	for (uint16_t i = 0; i < 200; i++)
		send_rtp(&stranger, &port, i, SSRC);
	rig_turn(&rig);
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	hear_core();
	expect_rtp(&bob, 1);
	send_rtp(&bob, &bob_port, 2, SSRC);
	rig_turn(&rig);
	expect_rtp(&alice, 2);
}
END_TEST

START_TEST(a_successor_does_not_open_a_latch_that_has_closed)
{
	struct sw_transport a = rig_transport(0, "10.0.0.10", 4000);

	a.source = SW_SOURCE_LATCH;
	a.relatch = 1;
	a.latch_ms = 1;
	rig_set(&rig, &a);
	usleep(5000);
	rig_kill(&rig);
	rig.lcore[0].now = rte_rdtsc();
	send_rtp(&stranger, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_SOURCE), 1);
}
END_TEST

/* ---- SRTP ---- */

/* Alice seals with KEY_A (fill 1), we seal to Bob with KEY_B (fill 2). */
struct secure {
	struct seal_lane *lane;
	struct sw_transport a, b;
	struct seal *from_alice, *to_bob;
};

static void
secure_open(struct secure *s, enum sw_suite suite_a, enum sw_suite suite_b)
{
	s->lane = seal_lane_open();
	s->a = rig_transport(0, "192.0.2.10", 4000);
	s->b = rig_transport(1, "192.0.2.20", 5000);
	s->a.source = SW_SOURCE_AUTHENTICATED;
	rig_key(&s->a.unseal, suite_a, 1);
	rig_key(&s->b.seal, suite_b, 2);
	s->from_alice = seal_open(&s->a.unseal, false);
	s->to_bob = seal_open(&s->b.seal, true);
	rig_set(&rig, &s->a);
	rig_set(&rig, &s->b);
}

static void
secure_close(struct secure *s)
{
	seal_close(s->from_alice);
	seal_close(s->to_bob);
	seal_lane_close(s->lane);
}

START_TEST(srtp_is_resealed_under_the_other_key)
{
	struct secure s;

	for (int suite = 1; suite < SW_SUITES; suite++) {
		secure_open(&s, (enum sw_suite)suite, (enum sw_suite)(SW_SUITES - suite));
		for (uint64_t i = 100 * (uint64_t)suite; i < 100 * (uint64_t)suite + 40; i++)
			send_sealed(s.lane, s.from_alice, &alice, &alice_port, i, SSRC);
		rig_turn(&rig);
		for (uint64_t i = 100 * (uint64_t)suite; i < 100 * (uint64_t)suite + 40; i++)
			expect_sealed(s.lane, s.to_bob, &bob, i, (uint16_t)i);
		secure_close(&s);
	}
}
END_TEST

START_TEST(nothing_is_learned_from_a_wrong_tag)
{
	struct secure s;
	struct sw_key wrong;
	struct seal *forger;

	secure_open(&s, SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM);
	rig_key(&wrong, SW_AES_CM_128_HMAC_SHA1_80, 77);
	forger = seal_open(&wrong, false);
	send_sealed(s.lane, forger, &stranger, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_AUTH), 1);
	ck_assert_uint_eq(rig.state.transport[0].learned[0].family, 0);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].rx_packets), 0);
	send_rtp(&bob, &bob_port, 2, SSRC);
	rig_turn(&rig);
	expect_rtp(&alice, 2);
	seal_close(forger);
	secure_close(&s);
}
END_TEST

START_TEST(whoever_authenticates_is_answered_and_a_late_packet_moves_nothing)
{
	struct secure s;

	secure_open(&s, SW_AEAD_AES_256_GCM, SW_AEAD_AES_128_GCM);
	send_sealed(
		s.lane, s.from_alice, &stranger, &alice_port, 10, SSRC); /* Alice, roaming */
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 9, SSRC); /* overtaken */
	rig_turn(&rig);
	hear_core();
	expect_sealed(s.lane, s.to_bob, &bob, 10, 10);
	expect_sealed(s.lane, s.to_bob, &bob, 9, 9);
	send_rtp(&bob, &bob_port, 3, SSRC);
	rig_turn(&rig);
	expect_rtp(&stranger, 3);
	secure_close(&s);
}
END_TEST

START_TEST(a_thousand_replacements_across_a_roll_over_lose_nothing)
{
	enum { START = 65000 };
	struct secure s;
	struct rig_datagram d;

	secure_open(&s, SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM);
	for (uint64_t i = 0; i < 1000; i++) {
		struct sw_flow none = {.id = 1000};

		send_sealed(s.lane, s.from_alice, &alice, &alice_port, START + i, SSRC);
		s.a.dscp = (uint8_t)(i % 64);
		s.b.dscp = (uint8_t)(i % 63);
		rig_set(&rig, &s.a);
		rig_set(&rig, &s.b);
		ck_assert_int_eq(tables_flow_set(rig.tables, &none, NULL), 0);
		rig_join(&rig, 0, 1);
		rig_turn(&rig);
		expect_sealed(s.lane, s.to_bob, &bob, START + i, (uint16_t)(START + i));
		rig_settle(&rig);
	}
	ck_assert(!rig_receive(&rig, &d));
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].rx_packets), 1000);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[1].tx_packets), 1000);
	secure_close(&s);
}
END_TEST

/* The old key is good until the new one has proved itself, and a while longer. */
START_TEST(a_re_key_loses_no_packet)
{
	struct secure s;
	struct seal *newer;

	secure_open(&s, SW_AEAD_AES_128_GCM, SW_AEAD_AES_128_GCM);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 65534, SSRC);
	rig_turn(&rig);
	rig_key(&s.a.unseal, SW_AES_CM_128_HMAC_SHA1_80, 3); /* another suite too */
	newer = seal_open(&s.a.unseal, false);
	rig_set(&rig, &s.a);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 65535, SSRC);
	send_sealed(s.lane, newer, &alice, &alice_port, 65537, SSRC); /* roll-over goes on */
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 65536, SSRC);
	rig_turn(&rig);
	send_sealed(s.lane, newer, &alice, &alice_port, 65538, SSRC);
	rig_turn(&rig);
	for (uint64_t i = 65534; i <= 65538; i++) {
		struct rig_datagram d;

		ck_assert_msg(
			rig_receive(&rig, &d), "packet %d of 5 is missing", (int)(i - 65533));
	}
	expect_nothing();
	ck_assert_uint_eq(rig.state.transport[0].key_proven, 1);
	seal_close(newer);
	secure_close(&s);
}
END_TEST

START_TEST(a_peer_that_starts_its_roll_over_anew_with_a_key_is_heard)
{
	struct secure s;
	struct seal *newer;

	secure_open(&s, SW_AEAD_AES_128_GCM, SW_AEAD_AES_128_GCM);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 65535, SSRC);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 65536, SSRC);
	rig_turn(&rig);
	expect_sealed(s.lane, s.to_bob, &bob, 65535, 65535);
	expect_sealed(s.lane, s.to_bob, &bob, 65536, 0);
	rig_key(&s.a.unseal, SW_AEAD_AES_128_GCM, 3);
	newer = seal_open(&s.a.unseal, false);
	rig_set(&rig, &s.a);
	send_sealed(s.lane, newer, &alice, &alice_port, 5000, SSRC);
	rig_turn(&rig);
	expect_sealed(s.lane, s.to_bob, &bob, 65537, 5000); /* to Bob it is one stream */
	seal_close(newer);
	secure_close(&s);
}
END_TEST

/* Two key pairs in mid-air, roll-over behind us: a switch that takes over goes on with all of
 * it. */
START_TEST(a_successor_goes_on_with_keys_and_roll_over)
{
	struct secure s;

	secure_open(&s, SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM);
	for (uint64_t i = 65530; i < 65540; i++)
		if (i != 65537)
			send_sealed(s.lane, s.from_alice, &alice, &alice_port, i, SSRC);
	rig_turn(&rig);
	rig_kill(&rig);
	send_sealed(s.lane, s.from_alice, &stranger, &alice_port, 65538, SSRC); /* a replay */
	/* Never seen, but who can tell after a kill: windows are closed. */
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 65537, SSRC);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 65540, SSRC);
	rig_turn(&rig);
	for (uint64_t i = 65530; i <= 65540; i++)
		if (i != 65537)
			expect_sealed(s.lane, s.to_bob, &bob, i, (uint16_t)i);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_REPLAY) + rig_drops(&rig, DROP_LATE), 2);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].rx_packets), 10);
	secure_close(&s);
}
END_TEST

/* It might be from a roll-over later, and is tried under that index; but nobody has another
 * key. */
START_TEST(a_replay_from_behind_the_window_is_late_and_not_forged)
{
	struct secure s;

	secure_open(&s, SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM);
	for (uint64_t i = 1000; i < 1200; i++) {
		send_sealed(s.lane, s.from_alice, &alice, &alice_port, i, SSRC);
		rig_turn(&rig);
		expect_sealed(s.lane, s.to_bob, &bob, i, (uint16_t)i);
	}
	send_sealed(s.lane, s.from_alice, &stranger, &alice_port, 1000, SSRC);
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_LATE), 1);
	ck_assert_uint_eq(rig_drops(&rig, DROP_AUTH), 0);
	secure_close(&s);
}
END_TEST

/* A successor finds no sound rules, so control says them again: what was sealed stays sealed,
 * and what was heard stays heard. */
START_TEST(numbers_go_on_under_a_key_that_is_set_again)
{
	struct secure s;

	secure_open(&s, SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM);
	for (uint64_t i = 65530; i < 65540; i++)
		send_sealed(s.lane, s.from_alice, &alice, &alice_port, i, SSRC);
	rig_turn(&rig);
	state_rules_clear(&rig.state, 0);
	state_rules_clear(&rig.state, 1);
	rig_kill(&rig);
	rig_set(&rig, &s.a);
	rig_set(&rig, &s.b);
	rig_join(&rig, 0, 1);
	send_sealed(s.lane, s.from_alice, &stranger, &alice_port, 65533, SSRC); /* a replay */
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 65540, SSRC);
	rig_turn(&rig);
	for (uint64_t i = 65530; i <= 65540; i++)
		expect_sealed(s.lane, s.to_bob, &bob, i, (uint16_t)i);
	expect_nothing();
	secure_close(&s);
}
END_TEST

/* Control takes a key back: what its packets were numbered stays known, or captured ones could
 * be played again. */
static void
play_again(struct secure *s, const struct sw_key *meanwhile)
{
	struct sw_key first = s->a.unseal;

	for (uint64_t i = 1; i <= 10; i++)
		send_sealed(s->lane, s->from_alice, &alice, &alice_port, i, SSRC);
	rig_turn(&rig);
	s->a.unseal = *meanwhile;
	rig_set(&rig, &s->a);
	send_sealed(
		s->lane, s->from_alice, &alice, &alice_port, 11, SSRC); /* not forgotten yet */
	rig_turn(&rig);
	s->a.unseal = first;
	rig_set(&rig, &s->a);
	for (uint64_t i = 1; i <= 10; i++)
		send_sealed(s->lane, s->from_alice, &stranger, &alice_port, i, SSRC);
	send_sealed(s->lane, s->from_alice, &alice, &alice_port, 12, SSRC);
	rig_turn(&rig);
	for (uint64_t i = 1; i <= 12; i++)
		expect_sealed(s->lane, s->to_bob, &bob, i, (uint16_t)i);
	expect_nothing();
}

START_TEST(a_key_that_is_taken_back_lets_nothing_be_played_again)
{
	struct sw_key other;
	struct secure s;

	secure_open(&s, SW_AEAD_AES_128_GCM, SW_AEAD_AES_128_GCM);
	rig_key(&other, SW_AEAD_AES_128_GCM, 3);
	play_again(&s, &other);
	secure_close(&s);
}
END_TEST

START_TEST(a_successor_knows_which_key_was_taken_back)
{
	struct sw_key other;
	struct secure s;

	secure_open(&s, SW_AEAD_AES_128_GCM, SW_AEAD_AES_128_GCM);
	rig_key(&other, SW_AEAD_AES_128_GCM, 3);
	play_again(&s, &other);
	rig_kill(&rig);
	send_sealed(s.lane, s.from_alice, &stranger, &alice_port, 12, SSRC);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 13, SSRC);
	rig_turn(&rig);
	expect_sealed(s.lane, s.to_bob, &bob, 13, 13);
	expect_nothing();
	secure_close(&s);
}
END_TEST

/* The key is the same, only its name is new. */
START_TEST(another_mki_lets_nothing_be_played_again)
{
	struct sw_key named;
	struct seal *from_alice;
	struct secure s;

	secure_open(&s, SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM);
	for (uint64_t i = 1; i <= 5; i++)
		send_sealed(s.lane, s.from_alice, &alice, &alice_port, i, SSRC);
	rig_turn(&rig);
	named = s.a.unseal;
	named.mki_len = 1;
	named.mki[0] = 7;
	s.a.unseal = named;
	rig_set(&rig, &s.a);
	from_alice = seal_open(&named, false);
	for (uint64_t i = 4; i <= 6; i++)
		send_sealed(s.lane, from_alice, &alice, &alice_port, i, SSRC);
	rig_turn(&rig);
	for (uint64_t i = 1; i <= 6; i++)
		expect_sealed(s.lane, s.to_bob, &bob, i, (uint16_t)i);
	expect_nothing();
	seal_close(from_alice);
	secure_close(&s);
}
END_TEST

START_TEST(srtcp_crosses_with_an_index_of_its_own)
{
	uint8_t p[128] = {0x80, 200, 0, 6, 0x11, 0x22, 0x33, 0x44};
	struct sw_addr from = rig_addr("192.0.2.10", 4001), to = rig_addr("192.0.2.1", 30001);
	struct seal_job job = {
		.pkt = p, .index = 500, .len = 28, .clear = RTCP_HEADER, .rtcp = true};
	struct rig_datagram d;
	struct secure s;

	secure_open(&s, SW_AEAD_AES_128_GCM, SW_AES_CM_128_HMAC_SHA1_80);
	job.key = s.from_alice;
	seal_burst(s.lane, &job, 1);
	rig_send(&rig, &from, &to, p, job.len);
	rig_send(&rig, &from, &to, p, job.len); /* replayed */
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.to.port, 5001);
	job = (struct seal_job){.key = s.to_bob,
		.pkt = d.payload,
		.len = d.len,
		.clear = RTCP_HEADER,
		.rtcp = true};
	ck_assert_int_eq(seal_rtcp_index(s.to_bob, d.payload, d.len), 1);
	unseal_burst(s.lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	ck_assert_uint_eq(job.len, 28);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_REPLAY), 1);
	secure_close(&s);
}
END_TEST

/* ---- Tables ---- */

START_TEST(a_port_or_a_slot_is_one_transports_only)
{
	struct sw_transport t = rig_transport(0, "192.0.2.30", 6000);

	t.id = 77;
	ck_assert_int_eq(tables_transport_set(rig.tables, &t), -EEXIST);
	t = rig_transport(2, "192.0.2.30", 6000);
	t.port = 30000;
	ck_assert_int_eq(tables_transport_set(rig.tables, &t), -EADDRINUSE);
	t = rig_transport(0, "192.0.2.10", 4000);
	t.port = 30020;
	ck_assert_int_eq(tables_transport_set(rig.tables, &t), -EEXIST);
}
END_TEST

static void
note_freed(void *arg)
{
	++*(unsigned *)arg;
}

START_TEST(a_slot_is_free_only_after_the_grace_period)
{
	struct sw_transport t = rig_transport(0, "192.0.2.10", 4000);
	unsigned freed = 0;

	tables_transport_del(rig.tables, 0, 1000, note_freed, &freed);
	tables_transport_del(rig.tables, 0, 1000, note_freed, &freed); /* said again */
	ck_assert_int_eq(tables_transport_set(rig.tables, &t), -EEXIST);
	retire_run(rig.retire);
	ck_assert_uint_eq(freed, 0);
	rig_settle(&rig);
	ck_assert_uint_eq(freed, 2);
	send_rtp(&alice, &alice_port, 1, SSRC);
	send_rtp(&bob, &bob_port, 2, SSRC); /* his sink is gone */
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_TRANSPORT), 1);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 1);
	rig_set(&rig, &t);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].rx_packets), 0);
}
END_TEST

START_TEST(a_deletion_said_twice_does_not_free_the_next_owner)
{
	struct sw_transport t = rig_transport(0, "192.0.2.10", 4000);
	unsigned freed = 0;

	tables_transport_del(rig.tables, 0, 1000, note_freed, &freed);
	rte_rcu_qsbr_quiescent(rig.rcu, 0);
	tables_transport_del(
		rig.tables, 0, 1000, note_freed, &freed); /* before the first is done */
	retire_run(rig.retire);
	ck_assert_uint_eq(freed, 1);
	t.id = 2000;
	rig_set(&rig, &t);
	rte_rcu_qsbr_quiescent(rig.rcu, 0);
	tables_transport_del(rig.tables, 0, 2000, note_freed, &freed);
	retire_run(rig.retire);
	ck_assert_uint_eq(freed, 2);
	t.id = 3000;
	ck_assert_int_eq(tables_transport_set(rig.tables, &t), -EEXIST);
	rig_settle(&rig);
	ck_assert_uint_eq(freed, 3);
}
END_TEST

START_TEST(a_sink_whose_slot_has_a_new_owner_is_not_sent_to)
{
	struct sw_transport other = rig_transport(1, "192.0.2.30", 6000);

	tables_transport_del(rig.tables, 1, 1001, NULL, NULL);
	rig_settle(&rig);
	other.id = 4711;
	rig_set(&rig, &other);
	send_rtp(&alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 1);
}
END_TEST

static void
ignore_history(void *arg, const struct sw_history *h)
{
}

/* New rules for bob's transport. */
static void
replace_bob(uint8_t dscp)
{
	struct sw_transport b = rig_transport(1, "192.0.2.20", 5000);

	b.dscp = dscp;
	rig_set(&rig, &b);
	rig_settle(&rig);
}

/* Alice and carol speak; how many of them TO hears, and with DSCP. */
static unsigned
hears(const struct sw_addr *to, uint8_t dscp)
{
	const struct sw_addr carol = rig_addr("192.0.2.30", 6000),
			     carol_port = rig_addr("192.0.2.1", 30004);
	static uint16_t seq;
	struct rig_datagram d;
	unsigned n = 0;

	send_rtp(&alice, &alice_port, ++seq, SSRC);
	send_rtp(&carol, &carol_port, seq, SSRC + 1);
	rig_turn(&rig);
	while (rig_receive(&rig, &d))
		n += memcmp(&d.to, to, sizeof *to) == 0 && d.dscp == dscp;
	return n;
}

START_TEST(all_whose_first_sink_it_is_follow_it_whatever_happens)
{
	struct sw_transport c = rig_transport(2, "192.0.2.30", 6000);

	rig_set(&rig, &c);
	rig_join(&rig, 2, 1);
	ck_assert_uint_eq(hears(&bob, 46), 2);
	replace_bob(10);
	ck_assert_uint_eq(hears(&bob, 10), 2);
	/* It goes, and comes back. */
	ck_assert_int_eq(tables_transport_stop(rig.tables, 1, 1001, ignore_history, NULL), 0);
	rig_settle(&rig);
	ck_assert_uint_eq(hears(&bob, 10), 0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 2);
	replace_bob(11);
	ck_assert_uint_eq(hears(&bob, 11), 2);
	/* One of them has another first sink, is the first sink of itself, has gone. */
	rig_join(&rig, 2, 0);
	rig_settle(&rig);
	replace_bob(12);
	ck_assert_uint_eq(hears(&bob, 12), 1);
	ck_assert_uint_eq(hears(&alice, 46), 1);
	rig_join(&rig, 2, 2);
	c.dscp = 13;
	rig_set(&rig, &c);
	rig_settle(&rig);
	ck_assert_uint_eq(hears(&c.remote[0], 13), 1);
	rig_join(&rig, 2, 1);
	rig_settle(&rig);
	ck_assert_uint_eq(hears(&bob, 12), 2);
	tables_transport_del(rig.tables, 2, 1002, NULL, NULL);
	rig_settle(&rig);
	replace_bob(14);
	ck_assert_uint_eq(hears(&bob, 14), 1);
	/* And after a kill. */
	rig_set(&rig, &c);
	rig_join(&rig, 2, 1);
	rig_kill(&rig);
	ck_assert_uint_eq(hears(&bob, 14), 2);
	replace_bob(15);
	ck_assert_uint_eq(hears(&bob, 15), 2);
}
END_TEST

START_TEST(reconciling_drops_what_control_does_not_name)
{
	struct sw_transport t = rig_transport(1, "192.0.2.20", 5000);
	unsigned freed = 0;

	tables_sync_begin(rig.tables);
	rig_set(&rig, &t);
	ck_assert_uint_eq(tables_sync_end(rig.tables, note_freed, &freed), 1);
	ck_assert_uint_eq(tables_count(rig.tables), 1);
	ck_assert_uint_eq(freed, 0); /* the core has not let go of it yet */
	rig_settle(&rig);
	ck_assert_uint_eq(freed, 1);
}
END_TEST

START_TEST(an_old_key_goes_when_the_new_one_has_proved_itself)
{
	uint64_t now = rte_rdtsc(), second = rte_get_tsc_hz();
	struct seal *newer;
	struct secure s;
	unsigned gone = 0;

	secure_open(&s, SW_AEAD_AES_128_GCM, SW_AEAD_AES_128_GCM);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	rig_key(&s.a.unseal, SW_AEAD_AES_128_GCM, 3);
	newer = seal_open(&s.a.unseal, false);
	rig_set(&rig, &s.a);
	tables_tick(rig.tables, now + 100 * second, note_gone, &gone);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 2, SSRC); /* still good */
	send_sealed(s.lane, newer, &alice, &alice_port, 3, SSRC);
	rig_turn(&rig);
	tables_tick(rig.tables, now + 200 * second, note_gone, &gone); /* its proof is seen */
	tables_tick(rig.tables, now + 204 * second, note_gone, &gone);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 4, SSRC);
	rig_turn(&rig);
	for (uint64_t i = 1; i <= 4; i++)
		expect_sealed(s.lane, s.to_bob, &bob, i, (uint16_t)i);
	ck_assert_uint_eq(gone, 0);
	tables_tick(rig.tables, now + 206 * second, note_gone, &gone);
	ck_assert_uint_eq(gone, 1);
	rig_settle(&rig);
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 5, SSRC);
	rig_turn(&rig);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_AUTH), 1);
	ck_assert_uint_eq(rig.state.transport[0].old_key, 0);
	/* The SSRC is the new key's alone. */
	ck_assert_uint_eq(rig.state.transport[0].rx.keys,
		1u << (rig.state.transport[0].key_generation & 1));
	seal_close(newer);
	secure_close(&s);
}
END_TEST

/* Control takes the new key back, as when a re-offer fails, and wants it again later. */
START_TEST(an_old_key_has_its_whole_time_when_the_new_one_comes_again)
{
	uint64_t now = rte_rdtsc(), second = rte_get_tsc_hz();
	struct sw_key first;
	struct seal *newer;
	struct secure s;
	unsigned gone = 0;

	secure_open(&s, SW_AEAD_AES_128_GCM, SW_AEAD_AES_128_GCM);
	first = s.a.unseal;
	send_sealed(s.lane, s.from_alice, &alice, &alice_port, 1, SSRC);
	rig_turn(&rig);
	rig_key(&s.a.unseal, SW_AEAD_AES_128_GCM, 3);
	newer = seal_open(&s.a.unseal, false);
	rig_set(&rig, &s.a);
	send_sealed(s.lane, newer, &alice, &alice_port, 2, SSRC);
	rig_turn(&rig);
	s.a.unseal = first;
	rig_set(&rig, &s.a);
	tables_tick(rig.tables, now + 100 * second, note_gone, &gone); /* its proof is seen */
	rig_key(&s.a.unseal, SW_AEAD_AES_128_GCM, 3);
	rig_set(&rig, &s.a);
	tables_tick(rig.tables, now + 110 * second, note_gone, &gone);
	ck_assert_uint_eq(gone, 0);
	tables_tick(rig.tables, now + 116 * second, note_gone, &gone);
	ck_assert_uint_eq(gone, 1);
	seal_close(newer);
	secure_close(&s);
}
END_TEST

START_TEST(a_transport_that_was_stopped_is_captured_as_before)
{
	const struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	const struct transport *t;

	ck_assert_int_eq(tables_capture(rig.tables, 0, 1000, true), 0);
	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, 1000, ignore_history, NULL), 0);
	rig_settle(&rig);
	rig_set(&rig, &a);
	t = tables_shared(rig.tables)->slot[0].transport;
	ck_assert_uint_eq(t->capture, 1);
	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, 1000, ignore_history, NULL), 0);
	ck_assert_int_eq(tables_capture(rig.tables, 0, 1000, false), 0);
	rig_set(&rig, &a);
	t = tables_shared(rig.tables)->slot[0].transport;
	ck_assert_uint_eq(t->capture, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("forward");
	const struct {
		const char *name;
		const TTest *tests[20];
	} cases[] = {
		{"plain", {plain_rtp_crosses_unchanged,
				  jitter_is_measured_by_the_clock_of_the_media,
				  rtcp_leaves_by_the_rtcp_port,
				  rtcp_shares_the_port_where_multiplexed, ipv4_and_ipv6_meet,
				  a_stranger_is_not_heard, a_repeat_is_dropped,
				  what_is_no_rtp_is_counted,
				  nobody_hears_a_transport_without_a_sink,
				  every_sink_gets_a_copy, what_is_no_rtp_crosses_where_it_may,
				  what_the_device_does_not_take_is_not_counted_as_sent}},
		{"frames", {a_frame_is_cut_at_any_length_without_harm,
				   bytes_behind_the_datagram_are_no_payload,
				   beyond_the_mtu_nothing_is_sent}},
		{"latch",
			{the_first_source_is_latched_and_answered,
				the_latch_closes_with_its_window,
				a_re_offer_opens_the_latch_only_with_a_new_remote,
				a_re_offer_does_not_lengthen_the_window,
				what_was_learned_is_found_though_nobody_said_so,
				a_flood_of_strangers_does_not_keep_the_core_from_saying_who_was_learned,
				a_successor_does_not_open_a_latch_that_has_closed}},
		{"srtp",
			{srtp_is_resealed_under_the_other_key,
				nothing_is_learned_from_a_wrong_tag,
				whoever_authenticates_is_answered_and_a_late_packet_moves_nothing,
				a_thousand_replacements_across_a_roll_over_lose_nothing,
				a_re_key_loses_no_packet,
				a_peer_that_starts_its_roll_over_anew_with_a_key_is_heard,
				a_successor_goes_on_with_keys_and_roll_over,
				a_replay_from_behind_the_window_is_late_and_not_forged,
				numbers_go_on_under_a_key_that_is_set_again,
				a_key_that_is_taken_back_lets_nothing_be_played_again,
				a_successor_knows_which_key_was_taken_back,
				another_mki_lets_nothing_be_played_again,
				srtcp_crosses_with_an_index_of_its_own}},
		{"tables", {a_port_or_a_slot_is_one_transports_only,
				   a_slot_is_free_only_after_the_grace_period,
				   reconciling_drops_what_control_does_not_name,
				   a_deletion_said_twice_does_not_free_the_next_owner,
				   a_sink_whose_slot_has_a_new_owner_is_not_sent_to,
				   all_whose_first_sink_it_is_follow_it_whatever_happens,
				   an_old_key_goes_when_the_new_one_has_proved_itself,
				   an_old_key_has_its_whole_time_when_the_new_one_comes_again,
				   a_transport_that_was_stopped_is_captured_as_before}},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		TCase *tc = tcase_create(cases[i].name);

		tcase_add_checked_fixture(tc, setup, teardown);
		tcase_set_timeout(tc, 60);
		for (unsigned k = 0; cases[i].tests[k] != NULL; k++)
			tcase_add_test(tc, cases[i].tests[k]);
		suite_add_tcase(s, tc);
	}
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
