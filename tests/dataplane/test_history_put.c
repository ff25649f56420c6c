/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/history.c alone: in which order it stores, and clocks that are younger than what
 * they are to tell of. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The code under test, with a look at the state where the order of stores matters. */
static void look(void);
#define ORDERED() look()
#include "dataplane/history.c"
#include "tests/dataplane/lone_state.h"

static struct lone_state lone = LONE_STATE, snapshot;
static struct sw_transport_state *const st = &lone.st;
static unsigned looks;

static void
look(void)
{
	looks++;
	snapshot = lone;
}

static const struct sw_history h = {.id = 7,
	.rx_packets = 3,
	.idle_ms = 5001,
	.epochs = 9,
	.seal_met = 1,
	.tx = {[SW_SSRCS - 1] = {.state = 3, .highest = 70000, .rtcp_index = 4}}};

START_TEST(the_id_is_stored_when_all_else_is_there)
{
	const struct history_clock clock = {UINT64_C(1) << 40, 1000};
	struct state_rules rules = {0};

	history_put(&h, st, &rules, &clock);
	ck_assert_uint_eq(looks, 1);
	ck_assert_uint_eq(atomic_load(&snapshot.st.id), 0);
	atomic_store(&snapshot.st.id, 7);
	ck_assert_mem_eq((const void *)&snapshot, (const void *)&lone, sizeof lone);
}
END_TEST

/* 0 would say that there never was a packet, and what wraps that it is still to come. */
START_TEST(silence_that_is_older_than_the_clock_began_with_it)
{
	struct history_clock clock = {3000, 1000};
	struct state_rules rules = {0};
	struct sw_history silent = h;

	history_put(&h, st, &rules, &clock);
	ck_assert_uint_eq(atomic_load(&st->last_seen), 1);
	clock.now = 5000;
	history_put(&h, st, &rules, &clock);
	ck_assert_uint_eq(atomic_load(&st->last_seen), 1);
	clock.now = 5002;
	history_put(&h, st, &rules, &clock);
	ck_assert_uint_eq(atomic_load(&st->last_seen), 2);
	clock.hz = 3000000000;
	silent.idle_ms = UINT64_MAX;
	history_put(&silent, st, &rules, &clock);
	ck_assert_uint_eq(atomic_load(&st->last_seen), 1);
}
END_TEST

START_TEST(the_seal_key_that_was_met_is_told_once)
{
	const struct history_clock clock = {UINT64_C(1) << 40, 1000};
	struct state_rules rules = {0};
	struct sw_history busy = h, told;

	busy.tx[0] = (struct sw_tx_ssrc){.state = 3, .ssrc = 5, .highest = 8};
	history_put(&busy, st, &rules, &clock);
	ck_assert_uint_eq(st->tx.ssrc, 5);
	ck_assert_uint_eq(st->tx.seal_generation, 1);
	history_take(&told, st, &rules, &clock);
	ck_assert_uint_eq(told.seal_met, 1);
	ck_assert_mem_eq(&told.tx[0], &busy.tx[0], sizeof busy.tx[0]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history_put");
	TCase *tc = tcase_create("history_put");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_id_is_stored_when_all_else_is_there);
	tcase_add_test(tc, silence_that_is_older_than_the_clock_began_with_it);
	tcase_add_test(tc, the_seal_key_that_was_met_is_told_once);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
