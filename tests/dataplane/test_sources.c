/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom a transport listens to that takes whoever sends, or whoever is most like the signalled
 * address.  dataplane/{demux,unseal}.c; the first source and whoever authenticates are in
 * test_forward.c. */
#include <check.h>
#include <rte_cycles.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum { SSRC = 0x11223344 };

static struct inproc rig;
static struct seal_lane *lane;
static uint16_t seq;
static bool waits; /* the transport does */

/* What signalling says of Alice, and who is how much like it. */
static struct sw_addr said, same_host, same_port, other, another, alice_port, rtcp_port;
static struct sw_addr bob, bob_port;

static void
setup(void)
{
	struct sw_transport b;

	waits = false;
	rig_open(&rig);
	lane = seal_lane_open();
	said = rig_addr("192.0.2.10", 4000);
	same_host = rig_addr("192.0.2.10", 7777);
	same_port = rig_addr("192.0.2.66", 4000);
	other = rig_addr("192.0.2.67", 6666);
	another = rig_addr("192.0.2.68", 6668);
	alice_port = rig_addr("192.0.2.1", 30000);
	rtcp_port = rig_addr("192.0.2.1", 30001);
	bob = rig_addr("192.0.2.20", 5000);
	bob_port = rig_addr("192.0.2.1", 30002);
	b = rig_transport(1, "192.0.2.20", 5000);
	rig_set(&rig, &b);
	rig.lcore[0].now = rte_rdtsc();
}

static void
teardown(void)
{
	seal_lane_close(lane);
	rig_close(&rig);
}

static void
listen_to(enum sw_source source, uint32_t relatch)
{
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);

	a.source = source;
	a.waits = waits;
	a.relatch = relatch;
	rig_set(&rig, &a);
	rig_join(&rig, 0, 1);
	rig_join(&rig, 1, 0);
}

static void
hear_core(void)
{
	struct core_event ev;

	while (rte_ring_dequeue_elem(rig.lcore[0].events, &ev, sizeof ev) == 0)
		tables_core_event(rig.tables, &ev);
}

/* Does Bob hear what FROM says? */
static bool
is_heard(const struct sw_addr *from)
{
	struct rig_datagram d;
	uint8_t p[256];

	rig_send(&rig, from, &alice_port, p, rig_rtp(p, ++seq, SSRC, 160));
	rig_turn(&rig);
	hear_core();
	return rig_receive(&rig, &d) && rtp_seq(d.payload) == seq;
}

/* Does WHO get what Bob says? */
static bool
is_answered(const struct sw_addr *who)
{
	struct rig_datagram d;
	uint8_t p[256];

	rig_send(&rig, &bob, &bob_port, p, rig_rtp(p, ++seq, SSRC, 160));
	rig_turn(&rig);
	return rig_receive(&rig, &d) && memcmp(&d.to, who, sizeof *who) == 0;
}

static void
close_window(void)
{
	rig.lcore[0].now += 2 * rte_get_tsc_hz();
}

/* ---- Whoever sends ---- */

START_TEST(anybody_is_heard_and_the_signalled_address_is_answered)
{
	listen_to(SW_SOURCE_ANY, 1);
	ck_assert(is_heard(&other));
	ck_assert(is_heard(&said));
	ck_assert(is_heard(&another));
	ck_assert(is_answered(&said));
	ck_assert_uint_eq(rig.state.transport[0].latched[0], 0);
	ck_assert_uint_eq(rig.state.transport[0].learned[0].family, 0);
}
END_TEST

START_TEST(nobody_who_cannot_be_answered_is_heard)
{
	struct sw_addr portless = rig_addr("192.0.2.66", 0);

	listen_to(SW_SOURCE_ANY, 1);
	ck_assert(!is_heard(&portless));
	listen_to(SW_SOURCE_BEST, 1);
	ck_assert(!is_heard(&portless));
}
END_TEST

/* ---- The best ---- */

START_TEST(a_better_match_takes_the_place_of_a_worse_one)
{
	const struct sw_addr *const rising[] = {&other, &same_port, &same_host, &said};

	listen_to(SW_SOURCE_BEST, 1);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert(is_heard(rising[i]));
		ck_assert(is_answered(rising[i]));
		for (unsigned worse = 0; worse < i; worse++)
			ck_assert(!is_heard(rising[worse]));
		ck_assert(!is_heard(&another));
		ck_assert(is_answered(rising[i]));
	}
	ck_assert_uint_eq(rig_drops(&rig, DROP_SECOND_SOURCE), 0 + 1 + 2 + 3 + 4);
}
END_TEST

START_TEST(the_signalled_address_is_final_at_once)
{
	listen_to(SW_SOURCE_BEST, 1);
	ck_assert(is_heard(&said));
	ck_assert(!is_heard(&same_host));
	ck_assert(!is_heard(&same_port));
	ck_assert(is_heard(&said));
	ck_assert(is_answered(&said));
}
END_TEST

START_TEST(with_the_window_who_was_best_stays)
{
	listen_to(SW_SOURCE_BEST, 1);
	ck_assert(is_heard(&same_port));
	close_window();
	ck_assert(!is_heard(&said));
	ck_assert(!is_heard(&same_host));
	ck_assert(is_heard(&same_port));
	ck_assert(is_answered(&same_port));
}
END_TEST

START_TEST(when_nobody_came_in_time_only_the_signalled_address_may)
{
	listen_to(SW_SOURCE_BEST, 1);
	close_window();
	ck_assert(!is_heard(&same_host));
	ck_assert(is_heard(&said));
}
END_TEST

START_TEST(of_two_in_one_burst_the_better_is_learned)
{
	struct rig_datagram d;
	uint8_t p[256];

	listen_to(SW_SOURCE_BEST, 1);
	rig_send(&rig, &same_host, &alice_port, p, rig_rtp(p, ++seq, SSRC, 160));
	rig_send(&rig, &other, &alice_port, p, rig_rtp(p, ++seq, SSRC, 160));
	rig_turn(&rig);
	hear_core();
	while (rig_receive(&rig, &d))
		;
	ck_assert(is_answered(&same_host));
	ck_assert(!is_heard(&other));
}
END_TEST

START_TEST(another_signalled_address_opens_it_anew)
{
	listen_to(SW_SOURCE_BEST, 1);
	ck_assert(is_heard(&other));
	listen_to(SW_SOURCE_BEST, 2);
	ck_assert(is_answered(&said));
	ck_assert(is_heard(&another));
	ck_assert(is_answered(&another));
}
END_TEST

/* ---- Whoever was last ---- */

START_TEST(within_the_window_each_may_take_the_place_of_the_one_before)
{
	listen_to(SW_SOURCE_NEWEST, 1);
	ck_assert(is_answered(&said));
	ck_assert(is_heard(&other));
	ck_assert(is_answered(&other));
	ck_assert(is_heard(&said));
	ck_assert(is_answered(&said));
	ck_assert(is_heard(&another));
	close_window();
	ck_assert(!is_heard(&other));
	ck_assert(!is_heard(&said));
	ck_assert(is_heard(&another));
	ck_assert(is_answered(&another));
}
END_TEST

START_TEST(with_nobody_in_the_window_only_the_signalled_address_may)
{
	listen_to(SW_SOURCE_NEWEST, 1);
	close_window();
	ck_assert(!is_heard(&other));
	ck_assert(is_heard(&said));
}
END_TEST

/* ---- Who is waited for ---- */

START_TEST(who_is_waited_for_gets_nothing_before_it_speaks)
{
	static const enum sw_source sources[] = {
		SW_SOURCE_LATCH, SW_SOURCE_BEST, SW_SOURCE_NEWEST};
	uint32_t relatch = 0;

	waits = true;
	for (unsigned i = 0; i < RTE_DIM(sources); i++) {
		listen_to(sources[i], ++relatch);
		ck_assert(!is_answered(&said));
		ck_assert(is_heard(&said));
		ck_assert(is_answered(&said));
		/* A new offer waits anew. */
		listen_to(sources[i], ++relatch);
		ck_assert(!is_answered(&said));
		ck_assert(is_heard(&other));
		ck_assert(is_answered(&other));
	}
}
END_TEST

/* Which is then the signalled address alone, as ever. */
START_TEST(who_is_waited_for_may_speak_first_when_the_window_is_closed)
{
	static const enum sw_source sources[] = {
		SW_SOURCE_LATCH, SW_SOURCE_BEST, SW_SOURCE_NEWEST};

	waits = true;
	for (unsigned i = 0; i < RTE_DIM(sources); i++) {
		listen_to(sources[i], i + 1);
		close_window();
		ck_assert(!is_heard(&other));
		ck_assert(is_heard(&said));
		ck_assert(is_answered(&said));
		rig.lcore[0].now = rte_rdtsc();
	}
}
END_TEST

/* Who authenticates is else learned only where it is not what signalling said. */
START_TEST(who_is_waited_for_may_be_where_it_was_said_to_be)
{
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct seal_job job = {.clear = RTP_HEADER, .index = 1};
	struct rig_datagram d;
	uint8_t p[512];

	a.source = SW_SOURCE_AUTHENTICATED;
	a.waits = 1;
	rig_key(&a.unseal, SW_AES_CM_128_HMAC_SHA1_80, 1);
	rig_set(&rig, &a);
	rig_join(&rig, 0, 1);
	rig_join(&rig, 1, 0);
	ck_assert(!is_answered(&said));
	job.key = seal_open(&a.unseal, false);
	job.pkt = p;
	job.len = rig_rtp(p, 1, SSRC, 160);
	seal_burst(lane, &job, 1);
	seal_close(job.key);
	rig_send(&rig, &said, &alice_port, p, job.len);
	rig_turn(&rig);
	hear_core();
	ck_assert_mem_eq(&rig.state.transport[0].learned[0], &said, sizeof said);
	while (rig_receive(&rig, &d))
		; /* Bob's */
	ck_assert(is_answered(&said));
}
END_TEST

START_TEST(a_successor_goes_on_with_whom_it_was)
{
	listen_to(SW_SOURCE_BEST, 1);
	ck_assert(is_heard(&other));
	rig_kill(&rig);
	rig.lcore[0].now = rte_rdtsc();
	ck_assert(is_heard(&other));
	ck_assert(!is_heard(&another));
	ck_assert(is_answered(&other));
}
END_TEST

/* Does Bob hear RTCP from FROM? */
static bool
is_rtcp_heard(const struct sw_addr *from)
{
	uint8_t rr[8] = {0x80, 201, 0, 1, 1, 2, 3, 4};
	struct rig_datagram d;

	rig_send(&rig, from, &rtcp_port, rr, sizeof rr);
	rig_turn(&rig);
	return rig_receive(&rig, &d);
}

START_TEST(the_halves_of_the_pair_come_from_one_host_or_as_signalled)
{
	struct sw_addr beside_other = rig_addr("192.0.2.67", 6669);
	struct sw_addr beside_said = rig_addr("192.0.2.10", 4009);

	listen_to(SW_SOURCE_BEST, 1);
	ck_assert(is_heard(&other));
	ck_assert(!is_rtcp_heard(&another));
	ck_assert(is_rtcp_heard(&beside_other));
	ck_assert(is_rtcp_heard(&beside_said));
	ck_assert(!is_rtcp_heard(&beside_other));
	ck_assert(is_heard(&other));
	ck_assert(is_answered(&other));
}
END_TEST

START_TEST(of_the_newest_rtcp_goes_with_rtp)
{
	struct sw_addr beside_other = rig_addr("192.0.2.67", 6669);
	struct sw_addr beside_another = rig_addr("192.0.2.68", 6669);
	const struct sw_transport_state *st = &rig.state.transport[0];

	listen_to(SW_SOURCE_NEWEST, 1);
	ck_assert(is_rtcp_heard(&beside_other));
	ck_assert(is_heard(&other));
	ck_assert_uint_eq(st->latched[1], 1);
	ck_assert(is_heard(&another));
	ck_assert_uint_eq(st->latched[1], 0);
	ck_assert_uint_eq(st->learned[1].family, 0);
	ck_assert(!is_rtcp_heard(&beside_other));
	ck_assert(is_rtcp_heard(&beside_another));
	close_window();
	ck_assert(is_rtcp_heard(&beside_another));
	ck_assert(is_answered(&another));
}
END_TEST

/* How many events of addresses that were learned the core has for main. */
static unsigned
count_learned(void)
{
	struct core_event ev;
	unsigned n = 0;

	while (rte_ring_dequeue_elem(rig.lcore[0].events, &ev, sizeof ev) == 0)
		n += ev.kind == SW_EV_LATCHED;
	return n;
}

static void
note_learned(void *arg, const struct sw_event *ev)
{
	ck_assert_uint_eq(ev->kind, SW_EV_LATCHED);
	ck_assert_uint_eq(ev->id, 1000);
	ck_assert_uint_eq(ev->rtcp, 0);
	ck_assert_mem_eq(&ev->addr, &another, sizeof another);
	++*(unsigned *)arg;
}

/* Whoever is told so by each packet leaves room for the others' first, and control hears of it
 * once a second, and of the last. */
START_TEST(who_changes_with_each_packet_is_no_flood_of_events)
{
	unsigned at_once = 0, late = 0;
	struct core_event ev;
	uint8_t p[256];

	listen_to(SW_SOURCE_NEWEST, 1);
	for (unsigned i = 0; i < 200; i++) {
		struct rig_datagram d;

		rig_send(&rig, i & 1 ? &another : &other, &alice_port, p,
			rig_rtp(p, ++seq, SSRC, 160));
		rig_turn(&rig);
		ck_assert(rig_receive(&rig, &d));
		if (i == 9) {
			while (rte_ring_dequeue_elem(rig.lcore[0].events, &ev, sizeof ev) == 0)
				at_once += tables_core_event(rig.tables, &ev);
			ck_assert_uint_eq(at_once, 1);
		}
	}
	ck_assert_uint_eq(count_learned(), 40);
	tables_tick(rig.tables, rte_rdtsc() + 2 * rte_get_tsc_hz(), note_learned, &late);
	ck_assert_uint_eq(late, 1);
	ck_assert(is_answered(&another));
	tables_tick(rig.tables, rte_rdtsc() + 4 * rte_get_tsc_hz(), note_learned, &late);
	ck_assert_uint_eq(late, 1);
}
END_TEST

START_TEST(nothing_is_learned_from_a_wrong_tag)
{
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct sw_key key = {0};
	struct seal_job job = {.clear = RTP_HEADER, .index = 1};
	uint8_t p[512];

	a.source = SW_SOURCE_BEST;
	rig_key(&key, SW_AES_CM_128_HMAC_SHA1_80, 1);
	a.unseal = key;
	rig_set(&rig, &a);
	rig_join(&rig, 0, 1);
	rig_join(&rig, 1, 0);
	ck_assert(!is_heard(&said)); /* in the clear */
	job.key = seal_open(&key, false);
	job.pkt = p;
	job.len = rig_rtp(p, 1, SSRC, 160);
	seal_burst(lane, &job, 1);
	seal_close(job.key);
	p[20] ^= 1;
	rig_send(&rig, &same_host, &alice_port, p, job.len);
	rig_turn(&rig);
	ck_assert_uint_eq(rig.state.transport[0].latched[0], 0);
	p[20] ^= 1;
	rig_send(&rig, &other, &alice_port, p, job.len);
	rig_turn(&rig);
	ck_assert_mem_eq(&rig.state.transport[0].learned[0], &other, sizeof other);
}
END_TEST

static Suite *
suite(void)
{
	const struct {
		const char *name;
		const TTest *test[16];
	} cases[] = {
		{"any", {anybody_is_heard_and_the_signalled_address_is_answered,
				nobody_who_cannot_be_answered_is_heard}},
		{"best", {a_better_match_takes_the_place_of_a_worse_one,
				 the_signalled_address_is_final_at_once,
				 with_the_window_who_was_best_stays,
				 when_nobody_came_in_time_only_the_signalled_address_may,
				 of_two_in_one_burst_the_better_is_learned,
				 another_signalled_address_opens_it_anew,
				 a_successor_goes_on_with_whom_it_was,
				 the_halves_of_the_pair_come_from_one_host_or_as_signalled,
				 nothing_is_learned_from_a_wrong_tag}},
		{"newest", {within_the_window_each_may_take_the_place_of_the_one_before,
				   with_nobody_in_the_window_only_the_signalled_address_may,
				   of_the_newest_rtcp_goes_with_rtp,
				   who_changes_with_each_packet_is_no_flood_of_events}},
		{"waits", {who_is_waited_for_gets_nothing_before_it_speaks,
				  who_is_waited_for_may_speak_first_when_the_window_is_closed,
				  who_is_waited_for_may_be_where_it_was_said_to_be}},
	};
	Suite *s = suite_create("sources");

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		TCase *tc = tcase_create(cases[i].name);

		tcase_add_checked_fixture(tc, setup, teardown);
		tcase_set_timeout(tc, 60);
		for (unsigned k = 0; cases[i].test[k] != NULL; k++)
			tcase_add_test(tc, cases[i].test[k]);
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
