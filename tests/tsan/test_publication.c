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
#include <stdlib.h>
#include <time.h>

#include "bench/circle.h"
#include "dataplane/rtp.h"

enum {
	CORES = 2,
	CALLS = 16,
	SECONDS = 2,   /* of each test */
	SPARE = 2000,  /* packets for those that were lost with their transport */
	PAUSE_US = 50, /* between changes */
};

static struct circle circle;
static struct rte_mbuf *spare[SPARE];
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

/* The cores run already; CHANGE is called with the number of the change, all the time. */
static void
keep_changing(void (*change)(unsigned i))
{
	uint64_t end = now_us() + SECONDS * UINT64_C(1000000);

	for (unsigned i = 0; now_us() < end; i++) {
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
	ck_assert_uint_gt(forwarded(), 1000);
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
	ck_assert_uint_gt(forwarded(), 1000);
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
	ck_assert_uint_gt(forwarded(), 1000);
	rte_pktmbuf_free_bulk(spare, spares);
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
	ck_assert_uint_gt(forwarded(), 1000);
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
