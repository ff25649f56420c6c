/* SPDX-License-Identifier: Apache-2.0
 *
 * Two forwarding cores at work on threads of their own while main replaces what they read:
 * transports with their keys, flows, paths; frees it after its grace period; reads what they
 * count, learn and report; stops them and wakes them.  Built with ThreadSanitizer.
 *
 * DPDK's libraries are not instrumented, so a packet buffer that one thread frees to the pool
 * and another takes from it would look like a race: all buffers are taken before the cores
 * run, and what a core frees stays free. */
#include <check.h>
#include <netinet/in.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/circle.h"
#include "dataplane/rtcp.h"
#include "dataplane/rtp.h"

enum {
	CORES = 2,
	CALLS = 16,
	SECONDS = 2,   /* of each test, at least */
	ENOUGH = 1000, /* packets */
	SPARE = 2000,  /* packets for those that were lost with their transport */
	PAUSE_US = 50, /* between changes */
};

static struct circle circle;
static struct rte_mbuf *spare[2 * SPARE];
static unsigned spares;

static void
setup(void)
{
	ck_assert_int_eq(inproc_begin(96, "burst"), 0);
}

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
pause_us(unsigned us)
{
	const struct timespec t = {.tv_nsec = us * 1000L};

	nanosleep(&t, NULL);
}

/* Calls with legs on both cores, a packet under way in each. */
static void
open_circle(bool busy)
{
	ck_assert_int_eq(circle_open(&circle, CORES, CALLS, true, busy), 0);
	for (unsigned k = 0; k < CALLS; k++) {
		uint32_t slot[2];

		ck_assert_int_eq(circle_set(&circle, k, SW_SUITE_PLAIN), 0);
		circle_legs(&circle, k, slot);
		ck_assert_int_eq(
			circle_put(&circle, slot[0], circle_packet(&circle, slot[0], 0)), 0);
	}
	spares = 0;
}

static uint64_t
forwarded(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < CORES; i++)
		n += atomic_load_explicit(
			&circle.in.state.core[i].tx_packets, memory_order_relaxed);
	return n;
}

static uint64_t
dropped(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < CORES; i++)
		for (unsigned why = 0; why < DROPS; why++)
			n += atomic_load_explicit(
				&circle.in.state.core[i].drops[why], memory_order_relaxed);
	return n;
}

/* Main looks after things until US from now. */
static void
run_main(uint64_t us)
{
	for (uint64_t end = now_us() + us; now_us() < end; pause_us(PAUSE_US))
		inproc_main(&circle.in, rte_rdtsc());
}

/* The cores run already; CHANGE is called with the number of the change, all the time, and on
 * a busy machine for as long as it takes to forward ENOUGH. */
static void
keep_changing(void (*change)(unsigned i))
{
	uint64_t end = now_us() + SECONDS * UINT64_C(1000000);

	for (unsigned i = 0; now_us() < end || forwarded() <= ENOUGH; i++) {
		change(i);
		run_main(PAUSE_US);
	}
}

static void
run_changes(void (*change)(unsigned i))
{
	ck_assert_int_eq(inproc_start(&circle.in, NULL), 0);
	keep_changing(change);
	inproc_stop(&circle.in);
}

/* ---- Rules ---- */

static const uint8_t suites[] = {
	SW_SUITE_PLAIN, SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM};

/* New rules for one leg: DSCP, and so its paths; the key; the source rule. */
static void
change_rules(unsigned i)
{
	struct sw_transport t;
	uint32_t slot[2];

	circle_legs(&circle, i / 2 % CALLS, slot);
	t = circle_transport(slot[i % 2], suites[i / 32 % sizeof suites]);
	t.dscp = i % 64;
	t.seal.key[0] = (uint8_t)(t.seal.suite == SW_SUITE_PLAIN ? 0 : i);
	ck_assert_int_eq(tables_transport_set(circle.in.tables, &t), 0);
	ck_assert_int_eq(circle_set(&circle, i / 2 % CALLS, t.seal.suite), 0);
}

START_TEST(rules_are_replaced_under_the_cores_and_no_packet_is_lost)
{
	open_circle(true);
	run_changes(change_rules);
	ck_assert_uint_gt(forwarded(), ENOUGH);
	ck_assert_uint_eq(dropped(), 0);
	circle_close(&circle);
}
END_TEST

/* ---- Addresses that cores learn ---- */

/* The latch opens anew; whoever speaks next is learned, and main makes the path anew. */
static void
change_latch(unsigned i)
{
	struct sw_transport t;
	uint32_t slot[2];

	circle_legs(&circle, i / 2 % CALLS, slot);
	t = circle_transport(slot[i % 2], SW_SUITE_PLAIN);
	t.source = SW_SOURCE_LATCH;
	t.latch_ms = 10000;
	t.relatch = i / (2 * CALLS);
	ck_assert_int_eq(tables_transport_set(circle.in.tables, &t), 0);
}

START_TEST(addresses_are_learned_and_reported_while_main_answers_to_them)
{
	open_circle(true);
	run_changes(change_latch);
	ck_assert_uint_gt(forwarded(), ENOUGH);
	ck_assert_uint_eq(dropped(), 0);
	for (unsigned i = 0; i < 2 * CALLS; i++)
		ck_assert_uint_gt(atomic_load(&circle.in.state.transport[i].learned_seq), 0);
	circle_close(&circle);
}
END_TEST

/* ---- Calls that end ---- */

static unsigned freed;

static void
count_freed(void *arg)
{
	freed++;
}

/* A whole packet for main to send by the device, as a twin's would be. */
static void
inject(struct rte_mbuf *m, unsigned core)
{
	unsigned n;

	meta(m)->device = 0;
	meta(m)->step = STEP_SEND;
	crossing_put(&circle.in.main_end, core, m);
	ck_assert_uint_eq(crossing_flush(&circle.in.main_end, core, &n), 1);
}

/* A call ends; when its slots are free it begins again with other ids, and a packet of its
 * own.
 */
static void
change_calls(unsigned i)
{
	unsigned k = i % CALLS;
	uint32_t slot[2];
	unsigned before = freed;

	circle_legs(&circle, k, slot);
	for (unsigned leg = 0; leg < 2; leg++)
		tables_transport_del(
			circle.in.tables, slot[leg], 1 + slot[leg], count_freed, NULL);
	for (uint64_t end = now_us() + 10000000; freed < before + 2 && now_us() < end;)
		run_main(PAUSE_US);
	ck_assert_uint_eq(freed, before + 2); /* grace periods end */
	ck_assert_int_eq(circle_set(&circle, k, suites[i % sizeof suites]), 0);
	if (spares > 0)
		inject(spare[--spares], slot[0] % CORES);
}

START_TEST(calls_end_and_begin_while_their_packets_are_under_way)
{
	uint32_t slot[2];

	open_circle(false);
	for (; spares < SPARE; spares++) {
		/* In the order in which change_calls() takes them, from the last on. */
		circle_legs(&circle, (SPARE - 1 - spares) % CALLS, slot);
		spare[spares] = circle_packet(&circle, slot[0], (uint16_t)(SPARE - spares));
		ck_assert_ptr_nonnull(spare[spares]);
	}
	freed = 0;
	run_changes(change_calls);
	ck_assert_uint_gt(freed, 2 * CALLS);
	ck_assert_uint_gt(forwarded(), ENOUGH);
	rte_pktmbuf_free_bulk(spare, spares);
	circle_close(&circle);
}
END_TEST

/* ---- SRTCP, and what somebody has recorded of it ----
 *
 * The phone of a call's first leg seals reports, each with a number of its own, under keys
 * that are replaced all the time; mallory has them all, and sends some again.  What passes
 * comes to the second leg's phone in the clear.  Main seals and injects; it comes back on the
 * cores. */

enum {
	IP_AT = 14,
	UDP_AT = IP_AT + 20,
	RTCP_AT = UDP_AT + 8,
	LENGTH_AT =
		RTCP_AT + RTP_HEADER + CIRCLE_PAYLOAD - 2, /* where a frame keeps its own */
	REPORT = 24,                                       /* bytes: RR, APP */
	NUMBER_AT = 20,                                    /* APP's data */
	REPORTS = 3600, /* as many as there are buffers for */
	RECORDED = 8,   /* of a call, that are still worth sending again */
	VISITS = 3,     /* of a call, under one key */
	UNDER_WAY = 64, /* at most: all that wait for a core find room */
};

struct sealed {
	uint8_t bytes[REPORT + SEAL_TAILROOM];
	uint16_t len;
};

/* The phone of a call's first leg, and mallory. */
static struct reporter {
	struct sealed recorded[RECORDED];
	unsigned sent; /* reports that are new */
	unsigned keys;
	uint32_t index; /* under this key */
} reporter[CALLS];

static struct seal_lane *lane;
static unsigned reports;                /* that were new */
static unsigned put;                    /* all */
static _Atomic uint8_t passed[REPORTS]; /* how often: by number */
static _Atomic unsigned came[CORES];    /* by queue, each written by its core */

static bool
is_second_leg(uint32_t slot)
{
	return slot / CORES % 2 == 1;
}

/* Behind turn_round(), on the cores: what it takes for RTP is a report of the phone's, as long
 * as it says, or one that has passed and has come to the other phone. */
static uint16_t
hear_reports(uint16_t port, uint16_t queue, struct rte_mbuf **pkt, uint16_t n, uint16_t max,
	void *arg)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint8_t *f = rte_pktmbuf_mtod(pkt[i], uint8_t *);
		uint16_t to = rtp_get16(f + UDP_AT + 2), len = rtp_get16(f + LENGTH_AT);

		if (is_second_leg((to - CIRCLE_PORT) / 2u)) {
			uint32_t number = rtp_get32(f + RTCP_AT + NUMBER_AT);

			if (number < REPORTS)
				atomic_fetch_add_explicit(
					&passed[number], 1, memory_order_relaxed);
			atomic_fetch_add_explicit(&came[queue], 1, memory_order_relaxed);
			rte_pktmbuf_free(pkt[i]);
			continue;
		}
		rtp_put16(f + RTCP_AT + 2, (uint16_t)(rtp_seq(f + RTCP_AT) - 1));
		rtp_put16(f + IP_AT + 2, (uint16_t)(RTCP_AT - IP_AT + len));
		rtp_put16(f + UDP_AT + 4, (uint16_t)(RTCP_AT - UDP_AT + len));
		pkt[i]->data_len = (uint16_t)(RTCP_AT + len);
		pkt[i]->pkt_len = pkt[i]->data_len;
		pkt[kept++] = pkt[i];
	}
	return kept;
}

/* What the first leg of call K is to be, under its newest key. */
static struct sw_transport
reporting_leg(unsigned k, unsigned i)
{
	uint32_t slot[2];
	struct sw_transport t;

	circle_legs(&circle, k, slot);
	t = circle_transport(slot[0], SW_SUITE_PLAIN);
	t.source = SW_SOURCE_AUTHENTICATED;
	t.dscp = i % 64;
	t.unseal.suite = suites[1 + reporter[k].keys % 2];
	memset(t.unseal.key, (int)(1 + k), sw_suite_info(t.unseal.suite)->key_len);
	memcpy(t.unseal.key, &reporter[k].keys, sizeof reporter[k].keys);
	memset(t.unseal.salt, 1, sw_suite_info(t.unseal.suite)->salt_len);
	return t;
}

static struct sealed *
recorded(struct reporter *r, unsigned ago)
{
	return &r->recorded[(r->sent - 1 - ago) % RECORDED];
}

/* A new report of call K. */
static void
seal_report(unsigned k)
{
	const struct sw_transport t = reporting_leg(k, 0);
	struct reporter *r = &reporter[k];
	struct seal *key = seal_open(&t.unseal, false);
	struct sealed *s;
	struct seal_job job;

	ck_assert_ptr_nonnull(key);
	r->sent++;
	s = recorded(r, 0);
	memset(s, 0, sizeof *s);
	s->bytes[0] = s->bytes[8] = 0x80;
	s->bytes[1] = RTCP_RR;
	s->bytes[3] = 1;
	s->bytes[9] = RTCP_APP;
	s->bytes[11] = 3;
	s->bytes[7] = s->bytes[15] = (uint8_t)(1 + k); /* SSRC */
	rtp_put32(s->bytes + NUMBER_AT, reports++);
	job = (struct seal_job){.key = key,
		.pkt = s->bytes,
		.index = ++r->index,
		.len = REPORT,
		.clear = RTCP_HEADER,
		.rtcp = true};
	seal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	s->len = job.len;
	seal_close(key);
}

/* How many of those that were put in are still on their way. */
static unsigned
under_way(void)
{
	unsigned n = put - (unsigned)dropped();

	for (unsigned i = 0; i < CORES; i++)
		n -= atomic_load_explicit(&came[i], memory_order_relaxed);
	return n;
}

/* S comes from the phone of call K, by whichever queue. */
static void
put_report(unsigned k, const struct sealed *s)
{
	struct rte_mbuf *m = spare[--spares];
	uint8_t *f = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t slot[2];

	circle_legs(&circle, k, slot);
	rtp_put16(f + IP_AT + 18, (uint16_t)slot[0]); /* its phone's address */
	rtp_put16(f + UDP_AT, (uint16_t)(CIRCLE_PORT + 2 * slot[0] + 1));
	memcpy(f + RTCP_AT, s->bytes, s->len);
	rtp_put16(f + LENGTH_AT, s->len);
	inject(m, put++ % CORES);
}

/* The key of one call is replaced now and then, and other rules each time; before and after
 * comes what was recorded, and in between a new report. */
static void
change_keys(unsigned i)
{
	unsigned k = i % CALLS;
	struct reporter *r = &reporter[k];
	uint64_t end = now_us() + 10000000;
	struct sw_transport t;

	while (under_way() > UNDER_WAY - 3 && now_us() < end)
		run_main(PAUSE_US);
	ck_assert_uint_le(under_way(), UNDER_WAY - 3);
	if (spares < 3)
		return;
	if (r->sent > 0)
		put_report(k, recorded(r, i / CALLS % RECORDED % r->sent));
	if (i / CALLS % VISITS == 0) {
		r->keys++;
		r->index = 0;
	}
	t = reporting_leg(k, i);
	ck_assert_int_eq(tables_transport_set(circle.in.tables, &t), 0);
	seal_report(k);
	put_report(k, recorded(r, 0));
	put_report(k, recorded(r, i % 2 % r->sent));
}

START_TEST(no_report_is_accepted_twice_whatever_is_replaced)
{
	const struct rte_eth_rxtx_callback *phones[CORES];
	unsigned once = 0;

	ck_assert_int_eq(circle_open(&circle, CORES, CALLS, true, true), 0);
	lane = seal_lane_open();
	ck_assert_ptr_nonnull(lane);
	for (uint16_t q = 0; q < CORES; q++)
		phones[q] = rte_eth_add_rx_callback(
			circle.in.device.port_id, q, hear_reports, NULL);
	for (unsigned k = 0; k < CALLS; k++)
		ck_assert_int_eq(circle_set(&circle, k, SW_SUITE_PLAIN), 0);
	for (spares = 0; spares < REPORTS; spares++) {
		spare[spares] = circle_packet(&circle, 0, 0);
		ck_assert_ptr_nonnull(spare[spares]);
	}
	run_changes(change_keys);
	for (unsigned i = 0; i < reports; i++) {
		ck_assert_msg(atomic_load(&passed[i]) <= 1, "report %u has passed %u times", i,
			atomic_load(&passed[i]));
		once += atomic_load(&passed[i]);
	}
	ck_assert_uint_gt(
		once, reports / 2); /* not those under a key that was replaced twice */
	ck_assert_uint_gt(dropped(), 0);
	rte_pktmbuf_free_bulk(spare, spares);
	for (uint16_t q = 0; q < CORES; q++)
		rte_eth_remove_rx_callback(circle.in.device.port_id, q, phones[q]);
	seal_lane_close(lane);
	circle_close(&circle);
}
END_TEST

/* ---- Sleep ---- */

/* All on one call, whose packet keeps both cores busy. */
static void
change_rules_of_one(unsigned i)
{
	change_rules(i % 2 + i / 2 * 2 * CALLS);
}

START_TEST(cores_that_have_slept_are_waited_for_again)
{
	ck_assert_int_eq(circle_open(&circle, CORES, CALLS, true, false), 0);
	ck_assert_int_eq(circle_set(&circle, 0, SW_SUITE_PLAIN), 0);
	ck_assert_int_eq(inproc_start(&circle.in, NULL), 0);
	for (unsigned i = 0; i < 100; i++) {
		pause_us(2000); /* by now they sleep */
		for (unsigned core = 0; core < CORES; core++)
			crossing_wake(circle.in.crossing, core);
		run_main(200);
	}
	for (unsigned core = 0; core < CORES; core++)
		ck_assert_uint_gt(atomic_load(&circle.in.state.core[core].sleeps), 0);
	inject(circle_packet(&circle, 0, 1), 0);
	keep_changing(change_rules_of_one);
	ck_assert_uint_gt(forwarded(), ENOUGH);
	ck_assert_uint_eq(dropped(), 0);
	inproc_stop(&circle.in);
	circle_close(&circle);
}
END_TEST

static Suite *
publication_suite(void)
{
	Suite *s = suite_create("publication");
	TCase *t = tcase_create("threads");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, NULL);
	tcase_add_test(t, rules_are_replaced_under_the_cores_and_no_packet_is_lost);
	tcase_add_test(t, addresses_are_learned_and_reported_while_main_answers_to_them);
	tcase_add_test(t, calls_end_and_begin_while_their_packets_are_under_way);
	tcase_add_test(t, no_report_is_accepted_twice_whatever_is_replaced);
	tcase_add_test(t, cores_that_have_slept_are_waited_for_again);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(publication_suite());
	int failed;

	srunner_set_fork_status(r, CK_NOFORK); /* threads, and EAL is started once */
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
