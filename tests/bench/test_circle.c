/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/circle.c: packets that run in circles visit every core and none is lost; otherwise the
 * figures of `strowger-bench micro forward` mean nothing. */
#include <check.h>
#include <stdlib.h>

#include "bench/circle.h"

enum { CALLS = 40, TURNS = 300 };

static struct circle circle;

static const struct shape {
	unsigned cores;
	bool crossing;
	uint8_t suite;
	uint8_t phones[2]; /* none: they speak plain RTP */
} shapes[] = {{.cores = 1}, {.cores = 2}, {.cores = 2, .crossing = true},
	{.cores = 3, .crossing = true, .suite = SW_AES_CM_128_HMAC_SHA1_80},
	{.cores = 4, .suite = SW_AEAD_AES_128_GCM},
	{.cores = 2,
		.crossing = true,
		.phones = {SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM}}};

static void
setup(void)
{
	ck_assert_int_eq(inproc_begin(64, "burst"), 0);
}

START_TEST(packets_go_round_on_every_core_and_none_is_lost)
{
	const struct shape *s = &shapes[_i];
	uint64_t crossed = 0;

	ck_assert_int_eq(circle_open(&circle, s->cores, CALLS, s->crossing, true), 0);
	if (s->phones[0] != SW_SUITE_PLAIN)
		ck_assert_int_eq(circle_secure(&circle, s->phones), 0);
	for (unsigned k = 0; k < CALLS; k++) {
		uint32_t slot[2];

		ck_assert_int_eq(circle_set(&circle, k, s->suite), 0);
		circle_legs(&circle, k, slot);
		ck_assert_int_eq(
			circle_put(&circle, slot[0], circle_packet(&circle, slot[0], 0)), 0);
	}
	for (unsigned turn = 0; turn < TURNS; turn++)
		for (unsigned i = 0; i < s->cores; i++)
			forward_turn(&circle.in.lcore[i], rte_rdtsc());
	for (unsigned i = 0; i < s->cores; i++) {
		const struct sw_core *core = &circle.in.state.core[i];

		ck_assert_uint_gt(core->rx_packets, TURNS);
		ck_assert_uint_eq(core->packets[SW_ST_RX], core->rx_packets);
		ck_assert_uint_gt(core->cycles[SW_ST_RX], 0); /* some turns were timed */
		ck_assert_uint_gt(core->busy_cycles, 0);
		for (unsigned why = 0; why < DROPS; why++)
			ck_assert_uint_eq(core->drops[why], 0);
		crossed += core->handed_over;
	}
	ck_assert((crossed > 0) == s->crossing);
	for (unsigned i = 0; i < 2 * CALLS / s->cores * s->cores; i++)
		ck_assert_uint_gt(circle.in.state.transport[i].rx_packets, 0);
	circle_close(&circle);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("circle");
	TCase *t = tcase_create("circle");
	SRunner *r;
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(
		t, packets_go_round_on_every_core_and_none_is_lost, 0, RTE_DIM(shapes));
	tcase_set_timeout(t, 60);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
