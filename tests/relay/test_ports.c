/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/ports.c, and below it relay/lots.c; and relay/slots.c. */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/switch.h"
#include "relay/lots.h"
#include "relay/ports.h"
#include "relay/slots.h"

enum { REST_MS = 5000 };

START_TEST(a_pair_is_even_and_lies_whole_in_the_range)
{
	static const struct {
		uint16_t first, last;
		unsigned pairs;
		int lowest, highest;
	} ranges[] = {
		{30000, 30009, 5, 30000, 30008},
		{30001, 30009, 4, 30002, 30008},
		{30000, 30008, 4, 30000, 30006},
		{1, 65535, 32767, 2, 65534},
		{65534, 65535, 1, 65534, 65534},
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		struct ports *p = ports_open(ranges[i].first, ranges[i].last, 1, REST_MS);
		int lowest = 65536, highest = 0, port;
		unsigned n = 0;

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq(ports_free(p, 0), ranges[i].pairs);
		for (; (port = ports_take(p, 0, 0)) >= 0; n++) {
			ck_assert_int_eq(port % 2, 0);
			lowest = port < lowest ? port : lowest;
			highest = port > highest ? port : highest;
		}
		ck_assert_int_eq(port, -ENOSPC);
		ck_assert_uint_eq(n, ranges[i].pairs);
		ck_assert_int_eq(lowest, ranges[i].lowest);
		ck_assert_int_eq(highest, ranges[i].highest);
		ports_close(p);
	}
}
END_TEST

START_TEST(a_range_without_a_pair_is_refused)
{
	errno = 0;
	ck_assert_ptr_null(ports_open(30001, 30002, 1, REST_MS));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(ports_open(30000, 30000, 1, REST_MS));
	ck_assert_ptr_null(ports_open(30000, 29999, 1, REST_MS));
}
END_TEST

START_TEST(no_port_is_given_out_twice)
{
	struct ports *p = ports_open(30000, 39999, 1, REST_MS);
	static bool used[65536];
	int port;

	memset(used, 0, sizeof used);
	while ((port = ports_take(p, 0, 0)) >= 0) {
		ck_assert(!used[port]);
		used[port] = true;
	}
	ports_close(p);
}
END_TEST

/* 1,000 first draws among 100 pairs: each pair is expected ten times.  By Poisson's law three
 * pairs that never come have a chance of 2 in 10^8, one that comes forty times of 10^-10. */
START_TEST(any_pair_may_be_the_first)
{
	unsigned times[100] = {0}, never = 0;

	for (unsigned i = 0; i < 1000; i++) {
		struct ports *p = ports_open(30000, 30199, 1, REST_MS);

		times[(ports_take(p, 0, 0) - 30000) / 2]++;
		ports_close(p);
	}
	for (unsigned i = 0; i < 100; i++) {
		never += times[i] == 0;
		ck_assert_uint_lt(times[i], 40);
	}
	ck_assert_uint_le(never, 2);
}
END_TEST

START_TEST(a_port_rests_after_use)
{
	struct ports *p = ports_open(30000, 30001, 1, REST_MS);

	ck_assert_int_eq(ports_take(p, 0, 1000), 30000);
	ports_put(p, 30000, 2000);
	ck_assert_int_eq(ports_take(p, 0, 2000), -ENOSPC);
	ck_assert_int_eq(ports_take(p, 0, 6999), -ENOSPC);
	ck_assert_int_eq(ports_take(p, 0, 7000), 30000);
	ports_close(p);
}
END_TEST

START_TEST(a_port_that_nobody_has_used_need_not_rest)
{
	struct ports *p = ports_open(30000, 30001, 1, REST_MS);

	ck_assert_int_eq(ports_take(p, 0, 0), 30000);
	ports_undo(p, 30000);
	ck_assert_int_eq(ports_take(p, 0, 0), 30000);
	ports_close(p);
}
END_TEST

START_TEST(what_has_rested_is_free_again)
{
	struct ports *p = ports_open(30000, 30003, 1, REST_MS);

	ports_put(p, (uint16_t)ports_take(p, 0, 0), 1000);
	ck_assert_uint_eq(ports_free(p, 5999), 1);
	ck_assert_uint_eq(ports_free(p, 6000), 2);
	ports_close(p);
}
END_TEST

/* Another range that has one of the two in common. */
START_TEST(a_successor_lets_the_same_ports_rest_as_long)
{
	struct ports *old = ports_open(30000, 30003, 1, REST_MS);
	struct ports *p = ports_open(30002, 30005, 1, REST_MS);

	ck_assert_int_eq(ports_take_this(old, 30000), 0);
	ck_assert_int_eq(ports_take_this(old, 30002), 0);
	ports_put(old, 30000, 1000);
	ports_put(old, 30002, 2000);
	ports_inherit(p, old);
	ports_close(old);
	ck_assert_uint_eq(ports_free(p, 6999), 1);
	ck_assert_int_eq(ports_take(p, 0, 6999), 30004);
	ck_assert_int_eq(ports_take(p, 0, 7000), 30002);
	ports_close(p);
}
END_TEST

START_TEST(a_port_of_a_record_can_be_claimed_once)
{
	struct ports *p = ports_open(30000, 30019, 1, REST_MS);

	ck_assert_int_eq(ports_take_this(p, 30006), 0);
	ck_assert_int_eq(ports_take_this(p, 30006), -EADDRINUSE);
	ck_assert_int_eq(ports_take_this(p, 30007), -ERANGE);
	ck_assert_int_eq(ports_take_this(p, 30020), -ERANGE);
	ck_assert_int_eq(ports_take_this(p, 29998), -ERANGE);
	for (unsigned i = 0; i < 9; i++)
		ck_assert_int_ne(ports_take(p, 0, 0), 30006);
	ck_assert_int_eq(ports_take(p, 0, 0), -ENOSPC);
	ports_close(p);
}
END_TEST

START_TEST(whatever_the_history_no_pair_is_lost)
{
	struct ports *p = ports_open(30000, 30063, 1, REST_MS);
	int have[32];
	unsigned n = 0;
	int64_t now = 0;

	srand(1);
	for (unsigned i = 0; i < 100000; i++) {
		now += rand() % 500;
		if (n < 32 && rand() % 2 == 0) {
			int port = ports_take(p, 0, now);

			if (port >= 0)
				have[n++] = port;
		} else if (n > 0) {
			unsigned at = (unsigned)rand() % n;

			if (rand() % 4 == 0)
				ports_undo(p, (uint16_t)have[at]);
			else
				ports_put(p, (uint16_t)have[at], now);
			have[at] = have[--n];
		}
	}
	while (n > 0)
		ports_put(p, (uint16_t)have[--n], now);
	ck_assert_int_ge(ports_take(p, 0, now + REST_MS), 30000);
	ck_assert_uint_eq(ports_free(p, now + REST_MS), 31);
	ports_close(p);
}
END_TEST

/* ---- Several forwarding cores. ---- */

START_TEST(every_core_has_its_own_pairs_and_together_they_have_all)
{
	/* Neither the lowest port nor the number of pairs is a multiple of the cores. */
	for (unsigned cores = 1; cores <= SW_CORES; cores++) {
		struct ports *p = ports_open(30006, 30205, cores, REST_MS);
		bool used[100] = {false};
		unsigned n = 0;

		for (unsigned core = 0; core < cores; core++) {
			unsigned left = ports_free_of(p, core, 0);
			int port;

			ck_assert_uint_ge(left, 100 / cores);
			ck_assert_uint_le(left, 100 / cores + 1);
			for (; (port = ports_take(p, core, 0)) >= 0; n++, left--) {
				ck_assert_uint_eq((unsigned)port / 2 % cores, core);
				ck_assert(!used[(port - 30006) / 2]);
				used[(port - 30006) / 2] = true;
			}
			ck_assert_uint_eq(left, 0);
			ck_assert_uint_eq(ports_free(p, 0), 100 - n);
		}
		ck_assert_uint_eq(n, 100);
		ports_close(p);
	}
}
END_TEST

START_TEST(a_range_may_have_fewer_pairs_than_there_are_cores)
{
	struct ports *p = ports_open(30000, 30003, 4, REST_MS);

	ck_assert_uint_eq(ports_free(p, 0), 2);
	ck_assert_int_eq(ports_take(p, 2, 0), -ENOSPC);
	ck_assert_int_eq(ports_take(p, 3, 0), -ENOSPC);
	ck_assert_int_eq(ports_take(p, 0, 0), 30000); /* 15,000 = 0 mod 4 */
	ck_assert_int_eq(ports_take(p, 0, 0), -ENOSPC);
	ck_assert_int_eq(ports_take_this(p, 30002), 0);
	ck_assert_uint_eq(ports_free(p, 0), 0);
	ports_close(p);
}
END_TEST

START_TEST(a_pair_that_has_rested_is_its_cores_again)
{
	struct ports *p = ports_open(30000, 30011, 3, REST_MS);
	int port = ports_take(p, 2, 0);

	ports_put(p, (uint16_t)port, 1000);
	ck_assert_uint_eq(ports_free_of(p, 2, 5999), 1);
	ck_assert_uint_eq(ports_free_of(p, 2, 6000), 2);
	ck_assert_uint_eq(ports_free_of(p, 0, 6000), 2);
	ck_assert_uint_eq(ports_free_of(p, 1, 6000), 2);
	ports_close(p);
}
END_TEST

START_TEST(ports_rest_under_a_switch_with_other_cores_too)
{
	struct ports *old = ports_open(30000, 30011, 2, REST_MS);
	struct ports *p = ports_open(30000, 30011, 3, REST_MS);

	ck_assert_int_eq(ports_take_this(old, 30004), 0);
	ports_put(old, 30004, 1000);
	ports_inherit(p, old);
	ports_close(old);
	ck_assert_int_eq(ports_take_this(p, 30004), -EADDRINUSE);
	ck_assert_uint_eq(ports_free_of(p, 15002 % 3, 5999), 1);
	ck_assert_uint_eq(ports_free_of(p, 15002 % 3, 6000), 2);
	ports_close(p);
}
END_TEST

/* What ports.c says of itself, beside the simplest thing that could be true. */
struct model {
	struct {
		bool taken;
		int64_t until; /* rests until then; 0: does not */
	} pair[64];
	unsigned cores;
};

static unsigned
model_free(struct model *m, unsigned core, int64_t now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++)
		n += (15000 + i) % m->cores == core && !m->pair[i].taken &&
		     m->pair[i].until <= now;
	return n;
}

START_TEST(whatever_the_history_the_cores_have_what_they_ought_to)
{
	struct model m = {.cores = (unsigned)_i};
	struct ports *p = ports_open(30000, 30127, m.cores, REST_MS);
	int64_t now = 1;

	srand((unsigned)_i);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned core = (unsigned)rand() % m.cores, i = (unsigned)rand() % 64;
		int port;

		now += rand() % 300;
		if (m.pair[i].taken) {
			m.pair[i].taken = false;
			if (rand() % 4 != 0) {
				m.pair[i].until = now + REST_MS;
				ports_put(p, (uint16_t)(30000 + 2 * i), now);
			} else {
				ports_undo(p, (uint16_t)(30000 + 2 * i));
			}
		}
		ck_assert_uint_eq(ports_free_of(p, core, now), model_free(&m, core, now));
		port = ports_take(p, core, now);
		ck_assert_int_eq(port >= 0, model_free(&m, core, now) > 0);
		if (port >= 0) {
			i = (unsigned)(port - 30000) / 2;
			ck_assert_uint_eq((15000 + i) % m.cores, core);
			ck_assert(!m.pair[i].taken && m.pair[i].until <= now);
			m.pair[i].taken = true;
		}
	}
	ports_close(p);
}
END_TEST

/* Of 1,000 draws each of five is expected to be 200, give or take 13. */
START_TEST(the_few_that_are_left_are_drawn_alike)
{
	static const uint32_t left[] = {0, 63, 64, 100, 129};
	struct lots *l = lots_open(130);
	unsigned times[130] = {0};

	for (unsigned i = 0; i < 130; i++)
		ck_assert_int_eq(lots_take(l, i), 0);
	ck_assert_uint_eq(lots_draw(l), LOTS_NONE);
	for (unsigned i = 0; i < 5; i++)
		lots_put(l, left[i]);
	for (unsigned i = 0; i < 1000; i++) {
		uint32_t n = lots_draw(l);

		ck_assert_uint_lt(n, 130);
		ck_assert_uint_eq(lots_left(l), 4);
		ck_assert_int_eq(lots_take(l, n), -EBUSY);
		times[n]++;
		lots_put(l, n);
	}
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_uint_gt(times[left[i]], 100);
		ck_assert_uint_lt(times[left[i]], 300);
		times[left[i]] = 0;
	}
	for (unsigned i = 0; i < 130; i++)
		ck_assert_uint_eq(times[i], 0);
	ck_assert_int_eq(lots_take(l, 130), -ERANGE);
	lots_close(l);
}
END_TEST

START_TEST(the_slot_put_back_last_is_the_next_one)
{
	struct slots *s = slots_open(4);

	ck_assert_uint_eq(slots_take(s), 0);
	ck_assert_uint_eq(slots_take(s), 1);
	ck_assert_uint_eq(slots_take(s), 2);
	slots_put(s, 1);
	ck_assert_uint_eq(slots_take(s), 1);
	ck_assert_int_eq(slots_take_this(s, 2), -EBUSY);
	ck_assert_int_eq(slots_take_this(s, 3), 0);
	ck_assert_uint_eq(slots_take(s), SLOTS_NONE);
	slots_close(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ports");
	TCase *t = tcase_create("ports");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_pair_is_even_and_lies_whole_in_the_range);
	tcase_add_test(t, a_range_without_a_pair_is_refused);
	tcase_add_test(t, no_port_is_given_out_twice);
	tcase_add_test(t, any_pair_may_be_the_first);
	tcase_add_test(t, a_port_rests_after_use);
	tcase_add_test(t, a_port_that_nobody_has_used_need_not_rest);
	tcase_add_test(t, what_has_rested_is_free_again);
	tcase_add_test(t, a_successor_lets_the_same_ports_rest_as_long);
	tcase_add_test(t, a_port_of_a_record_can_be_claimed_once);
	tcase_add_test(t, whatever_the_history_no_pair_is_lost);
	tcase_add_test(t, every_core_has_its_own_pairs_and_together_they_have_all);
	tcase_add_test(t, a_range_may_have_fewer_pairs_than_there_are_cores);
	tcase_add_test(t, a_pair_that_has_rested_is_its_cores_again);
	tcase_add_test(t, ports_rest_under_a_switch_with_other_cores_too);
	tcase_add_loop_test(t, whatever_the_history_the_cores_have_what_they_ought_to, 1, 8);
	tcase_add_test(t, the_few_that_are_left_are_drawn_alike);
	tcase_add_test(t, the_slot_put_back_last_is_the_next_one);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
