/* SPDX-License-Identifier: Apache-2.0
 *
 * Several forwarding cores: whose a packet is, how it crosses, and what happens when a core
 * falls behind.  dataplane/{crossing,forward,demux,parse}.c; the cores take their turns on the
 * test's thread (tests/tsan has real ones). */
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"
#include "dataplane/tables_inside.h"
#include "tests/dataplane/rig.h"

enum { SSRC = 0x11223344, PHONES = 8, RING_HOLDS = CROSSING_RING - 1 };

static struct inproc rig;

/* Phone I is on slot I, which is core I modulo their number's; its address ends in 10 + I. */
static struct sw_addr
phone(unsigned i)
{
	char text[32];

	snprintf(text, sizeof text, "192.0.2.%u", 10 + i);
	return rig_addr(text, (uint16_t)(4000 + 2 * i));
}

static struct sw_addr
port_of(unsigned i)
{
	return rig_addr("192.0.2.1", (uint16_t)(30000 + 2 * i));
}

static struct sw_transport
transport_of(unsigned i)
{
	char text[32];

	snprintf(text, sizeof text, "192.0.2.%u", 10 + i);
	return rig_transport(i, text, (uint16_t)(4000 + 2 * i));
}

/* Eight phones, each joined with the one behind it, so that every call has legs on two cores.
 */
static void
open_rig(unsigned cores, unsigned queues)
{
	rig_open_cores(&rig, cores, queues);
	for (unsigned i = 0; i < PHONES; i++) {
		struct sw_transport t = transport_of(i);

		rig_set(&rig, &t);
	}
	for (unsigned i = 0; i < PHONES; i++)
		rig_join(&rig, i, i ^ 1);
}

static void
say(unsigned from, uint16_t seq)
{
	struct sw_addr src = phone(from), dst = port_of(from);
	uint8_t p[256];

	rig_send(&rig, &src, &dst, p, rig_rtp(p, seq, SSRC + from, 160));
}

/* Turns of core I alone, until it finds nothing. */
static void
turn_one(unsigned i)
{
	while (forward_turn(&rig.lcore[i], rte_rdtsc()) > 0)
		rte_rcu_qsbr_quiescent(rig.rcu, i);
}

static unsigned
receive_all(void)
{
	struct rig_datagram d;
	unsigned n = 0;

	while (rig_receive(&rig, &d))
		n++;
	return n;
}

static uint64_t
received(unsigned i)
{
	return atomic_load(&rig.state.transport[i].rx_packets);
}

static uint64_t
sent(unsigned i)
{
	return atomic_load(&rig.state.transport[i].tx_packets);
}

/* ---- Every packet arrives, wherever it came in ---- */

static const struct shape {
	unsigned cores, queues;
} shapes[] = {{1, 1}, {2, 1}, {2, 2}, {3, 1}, {3, 2}, {4, 1}, {4, 3}, {4, 4}};

START_TEST(every_phone_hears_the_other_one_whatever_cores_and_queues_there_are)
{
	const struct shape *s = &shapes[_i];
	unsigned heard[PHONES] = {0};
	struct rig_datagram d;

	open_rig(s->cores, s->queues);
	for (uint16_t seq = 1; seq <= 20; seq++)
		for (unsigned i = 0; i < PHONES; i++)
			say(i, seq);
	rig_turn(&rig);
	while (rig_receive(&rig, &d)) {
		unsigned to = (d.to.port - 4000u) / 2;
		struct sw_addr from = port_of(to), hears = phone(to);

		ck_assert_uint_lt(to, PHONES);
		ck_assert_mem_eq(&d.to, &hears, sizeof hears);
		ck_assert_mem_eq(&d.from, &from, sizeof from);
		ck_assert_uint_eq(rtp_ssrc(d.payload), SSRC + (to ^ 1));
		ck_assert_uint_eq(rtp_seq(d.payload), ++heard[to]); /* in order, none lost */
	}
	for (unsigned i = 0; i < PHONES; i++) {
		ck_assert_uint_eq(heard[i], 20);
		ck_assert_uint_eq(received(i), 20);
		ck_assert_uint_eq(sent(i), 20);
	}
	rig_close(&rig);
}
END_TEST

START_TEST(what_crosses_is_counted_on_both_sides)
{
	open_rig(2, 1);
	say(1, 1); /* core 0 receives, core 1 unseals, core 0 seals and sends */
	rig_turn(&rig);
	ck_assert_uint_eq(receive_all(), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.core[0].handed_over), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.core[1].taken_in), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.core[1].handed_over), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.core[0].taken_in), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.core[0].tx_packets), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.core[1].tx_packets), 0);
	rig_close(&rig);
}
END_TEST

START_TEST(srtp_crosses_cores_through_a_roll_over)
{
	struct sw_transport a, b;
	struct seal_lane *lane;
	struct seal *alice, *bob;

	open_rig(2, 2);
	lane = seal_lane_open();
	a = transport_of(0);
	b = transport_of(1);
	a.source = b.source = SW_SOURCE_AUTHENTICATED;
	rig_key(&a.unseal, SW_AES_CM_128_HMAC_SHA1_80, 1);
	rig_key(&a.seal, SW_AES_CM_128_HMAC_SHA1_80, 2);
	rig_key(&b.unseal, SW_AEAD_AES_128_GCM, 3);
	rig_key(&b.seal, SW_AEAD_AES_128_GCM, 4);
	rig_set(&rig, &a);
	rig_set(&rig, &b);
	alice = seal_open(&a.unseal, false);
	bob = seal_open(&b.seal, true);
	for (uint64_t index = 65500; index < 65600; index++) {
		struct sw_addr src = phone(0), dst = port_of(0);
		struct rig_datagram d;
		uint8_t p[512];
		struct seal_job job = {
			.key = alice, .pkt = p, .index = index, .clear = RTP_HEADER};

		job.len = rig_rtp(p, (uint16_t)index, SSRC, 160);
		seal_burst(lane, &job, 1);
		rig_send(&rig, &src, &dst, p, job.len);
		rig_turn(&rig);
		ck_assert(rig_receive(&rig, &d));
		job = (struct seal_job){.key = bob,
			.pkt = d.payload,
			.index = index,
			.len = d.len,
			.clear = RTP_HEADER};
		unseal_burst(lane, &job, 1);
		ck_assert_int_eq(job.status, SEAL_OK);
	}
	seal_close(alice);
	seal_close(bob);
	seal_lane_close(lane);
	rig_close(&rig);
}
END_TEST

START_TEST(each_sink_gets_its_copy_on_its_own_core)
{
	struct sw_flow f = {.id = 1000,
		.sinks = 4,
		.sink = {{.id = 1001, .slot = 1}, {.id = 1002, .slot = 2},
			{.id = 1003, .slot = 3}, {.id = 1004, .slot = 4}}};

	open_rig(3, 1);
	ck_assert_int_eq(tables_flow_set(rig.tables, &f, NULL), 0);
	say(0, 1);
	rig_turn(&rig);
	ck_assert_uint_eq(receive_all(), 4);
	for (unsigned i = 1; i <= 4; i++)
		ck_assert_uint_eq(sent(i), 1);
	rig_close(&rig);
}
END_TEST

/* ---- What happens meanwhile ---- */

START_TEST(a_sink_that_goes_while_a_packet_is_under_way_to_it_gets_nothing)
{
	struct sw_transport other = transport_of(1);

	open_rig(2, 2);
	say(0, 1);
	turn_one(0); /* it is in the ring to core 1 now */
	tables_transport_del(rig.tables, 1, 1001, NULL, NULL);
	rig_settle(&rig);
	other.id = 4711; /* somebody else's, on the same slot and port */
	rig_set(&rig, &other);
	rig_turn(&rig);
	ck_assert_uint_eq(receive_all(), 0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 1);
	rig_close(&rig);
}
END_TEST

START_TEST(a_transport_that_goes_while_a_packet_is_under_way_to_it_gets_nothing)
{
	open_rig(2, 1);
	say(1, 1);
	turn_one(0);
	tables_transport_del(rig.tables, 1, 1001, NULL, NULL);
	rig_settle(&rig);
	rig_turn(&rig);
	ck_assert_uint_eq(receive_all(), 0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_TRANSPORT), 1);
	rig_close(&rig);
}
END_TEST

static void
ignore_history(void *arg, const struct sw_history *h)
{
}

/* Where the call goes on it would be refused as said again. */
START_TEST(what_was_taken_before_a_call_stops_still_leaves)
{
	open_rig(2, 2);
	say(0, 1);
	turn_one(0); /* it is in the ring to core 1 now */
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(
			tables_transport_stop(rig.tables, i, 1000 + i, ignore_history, NULL),
			0);
	for (unsigned core = 0; core < 2; core++)
		rte_rcu_qsbr_quiescent(rig.rcu, core);
	retire_run(rig.retire);
	say(0, 2);
	rig_turn(&rig);
	ck_assert_uint_eq(receive_all(), 1);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_TRANSPORT), 1);
	rig_settle(&rig);
	rig_close(&rig);
}
END_TEST

START_TEST(flows_replaced_all_the_while_lose_nothing)
{
	open_rig(2, 1);
	for (uint16_t seq = 1; seq <= 500; seq++) {
		struct sw_transport b = transport_of(1);

		b.dscp = seq % 64;
		say(0, seq);
		turn_one(0);
		rig_set(&rig, &b);
		rig_turn(&rig);
		rig_settle(&rig);
		ck_assert_uint_eq(receive_all(), 1);
	}
	ck_assert_uint_eq(sent(1), 500);
	rig_close(&rig);
}
END_TEST

/* ---- A core that takes no turns ---- */

START_TEST(a_stalled_core_costs_only_its_own_calls_and_the_newest_audio)
{
	unsigned said = RING_HOLDS + 100, heard = 0, n;
	struct rig_datagram d;

	open_rig(2, 1); /* core 0 has the queue; phones 0 and 1 meet on core 1 */
	for (uint16_t seq = 1; seq <= said; seq++) {
		say(1, seq);
		if (seq % 100 == 0)
			turn_one(0);
	}
	turn_one(0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_RING_FULL), 100);
	/* What is core 0's alone goes on. */
	rig_join(&rig, 0, 2);
	say(0, 1);
	turn_one(0);
	ck_assert_uint_eq(receive_all(), 1);
	/* It goes on again, and what has waited comes out in order. */
	do {
		n = forward_turn(&rig.lcore[1], rte_rdtsc());
		turn_one(0);
		while (rig_receive(&rig, &d))
			ck_assert_uint_eq(rtp_seq(d.payload), ++heard);
	} while (n > 0);
	ck_assert_uint_eq(heard, RING_HOLDS);
	rig_close(&rig);
}
END_TEST

/* ---- What is not media ---- */

START_TEST(what_is_not_media_crosses_to_main_where_there_is_a_twin)
{
	static const uint8_t arp[60] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 2, 8, 6};
	struct rte_mbuf *pkt[BURST];
	struct sw_addr src = phone(0), dns = rig_addr("192.0.2.1", 53);

	open_rig(2, 1);
	rig_frame(&rig, 0, arp, sizeof arp);
	rig_turn(&rig);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NOT_MEDIA), 1);

	rig.device.twin = (struct twin *)&rig; /* only looked at for whether it is there */
	rig_frame(&rig, 0, arp, sizeof arp);
	rig_send(&rig, &src, &dns, "who", 3); /* ours, but no media port */
	rig_turn(&rig);
	ck_assert_uint_eq(crossing_take(&rig.main_end, 0, pkt, BURST), 2);
	ck_assert_uint_eq(meta(pkt[0])->step, STEP_PUNT);
	ck_assert_uint_eq(meta(pkt[0])->device, 0);
	ck_assert_uint_eq(rte_pktmbuf_pkt_len(pkt[0]), sizeof arp);
	ck_assert_mem_eq(rte_pktmbuf_mtod(pkt[0], void *), arp, sizeof arp);
	ck_assert_uint_eq(rte_pktmbuf_pkt_len(pkt[1]), 14 + 20 + 8 + 3); /* whole */
	rte_pktmbuf_free_bulk(pkt, 2);

	for (unsigned i = 0; i < RING_HOLDS + 50; i++) {
		rig_frame(&rig, 0, arp, sizeof arp);
		if (i % 100 == 0)
			rig_turn(&rig);
	}
	rig_turn(&rig);
	ck_assert_uint_eq(rig_drops(&rig, DROP_PUNT_FULL), 50);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NOT_MEDIA), 1);
	rig_close(&rig);
}
END_TEST

START_TEST(a_frame_from_main_leaves_by_the_core_that_has_the_queue)
{
	struct sw_addr to = phone(0), from = port_of(0);
	struct rte_mbuf *m;
	unsigned n;

	open_rig(2, 1);
	rig_send(&rig, &from, &to, "whole", 5); /* any frame at all */
	ck_assert_int_eq(rte_ring_dequeue(rig.in[0], (void **)&m), 0);
	meta(m)->step = STEP_SEND;
	meta(m)->device = 0;
	crossing_put(&rig.main_end, 0, m);
	ck_assert_uint_eq(crossing_flush(&rig.main_end, 0, &n), 1);
	rig_turn(&rig);
	ck_assert_int_eq(rte_ring_dequeue(rig.out[0], (void **)&m), 0);
	ck_assert_uint_eq(rte_pktmbuf_pkt_len(m), 14 + 20 + 8 + 5);
	rte_pktmbuf_free(m);
	rig_close(&rig);
}
END_TEST

/* ---- Transcode cores ---- */

START_TEST(transcode_cores_have_nothing_to_say_to_each_other)
{
	enum { CORES = 2, TRANSCODERS = 2, MAIN = CORES + TRANSCODERS };
	struct crossing *c;

	open_rig(1, 1); /* for EAL */
	c = crossing_open(CORES, TRANSCODERS);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(crossing_main(c), MAIN);
	for (unsigned to = 0; to < c->parties; to++)
		for (unsigned from = 0; from < c->parties; from++) {
			bool is_there = c->party[to].from[from] != NULL;
			bool both = crossing_is_transcoder(c, to) &&
				    crossing_is_transcoder(c, from);

			ck_assert(is_there == (to != from && !both));
		}
	ck_assert(crossing_is_transcoder(c, crossing_transcoder(c, 0)));
	ck_assert(!crossing_is_transcoder(c, CORES - 1) && !crossing_is_transcoder(c, MAIN));
	crossing_close(c);
	rig_close(&rig);
}
END_TEST

/* ---- Sleep ---- */

static bool
end_is_woken(const struct crossing_end *end)
{
	struct pollfd fd = {.fd = crossing_wake_fd(end), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static bool
is_woken(unsigned core)
{
	return end_is_woken(&rig.lcore[core].end);
}

START_TEST(whoever_hands_over_to_a_sleeping_core_wakes_it)
{
	open_rig(2, 1);
	say(1, 1);
	turn_one(0);
	ck_assert(!is_woken(1)); /* it did not say that it sleeps */
	ck_assert(
		!crossing_sleep(&rig.lcore[1].end)); /* nor does it, for there is something */
	turn_one(1);
	ck_assert(crossing_sleep(&rig.lcore[1].end));
	ck_assert(!is_woken(1));
	say(1, 2);
	turn_one(0);
	ck_assert(is_woken(1));
	crossing_awake(&rig.lcore[1].end);
	ck_assert(!is_woken(1));
	rig_turn(&rig);
	ck_assert_uint_eq(receive_all(), 2);
	rig_close(&rig);
}
END_TEST

/* Core 1 says something of its phone. */
static void
tell(void)
{
	lcore_event(
		&rig.lcore[1], tables_transport_at(rig.tables, 1), SW_EV_LATCHED, false, NULL);
}

START_TEST(what_a_core_says_wakes_main_if_it_listens)
{
	open_rig(2, 1);
	tell();
	ck_assert(!end_is_woken(&rig.main_end)); /* it looks by itself */

	crossing_listen(rig.main_end.crossing, true);
	say(1, 1);
	rig_turn(&rig);
	ck_assert(!end_is_woken(&rig.main_end)); /* a phone that merely talks */
	tell();
	ck_assert(end_is_woken(&rig.main_end));
	crossing_awake(&rig.main_end);
	ck_assert(!end_is_woken(&rig.main_end));

	crossing_listen(rig.main_end.crossing, false);
	tell();
	ck_assert(!end_is_woken(&rig.main_end));
	ck_assert_uint_eq(rte_ring_count(rig.lcore[1].events), 3);
	rig_close(&rig);
}
END_TEST

static Suite *
cores_suite(void)
{
	Suite *s = suite_create("cores");
	TCase *t = tcase_create("crossing");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t,
		every_phone_hears_the_other_one_whatever_cores_and_queues_there_are, 0,
		RTE_DIM(shapes));
	tcase_add_test(t, what_crosses_is_counted_on_both_sides);
	tcase_add_test(t, srtp_crosses_cores_through_a_roll_over);
	tcase_add_test(t, each_sink_gets_its_copy_on_its_own_core);
	tcase_add_test(t, a_sink_that_goes_while_a_packet_is_under_way_to_it_gets_nothing);
	tcase_add_test(
		t, a_transport_that_goes_while_a_packet_is_under_way_to_it_gets_nothing);
	tcase_add_test(t, what_was_taken_before_a_call_stops_still_leaves);
	tcase_add_test(t, flows_replaced_all_the_while_lose_nothing);
	tcase_add_test(t, a_stalled_core_costs_only_its_own_calls_and_the_newest_audio);
	tcase_add_test(t, what_is_not_media_crosses_to_main_where_there_is_a_twin);
	tcase_add_test(t, a_frame_from_main_leaves_by_the_core_that_has_the_queue);
	tcase_add_test(t, transcode_cores_have_nothing_to_say_to_each_other);
	tcase_add_test(t, whoever_hands_over_to_a_sleeping_core_wakes_it);
	tcase_add_test(t, what_a_core_says_wakes_main_if_it_listens);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(cores_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
