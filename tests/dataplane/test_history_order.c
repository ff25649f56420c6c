/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/history_order.c: each number of a history, moved on alone and against the others.
 */
#include <check.h>
#include <stdlib.h>

#include "dataplane/history_order.h"

/* SSRC 3 arrives in epoch 5 and with RTCP, 4 in epoch 4; SSRC 8 leaves. */
static const struct sw_history base = {.id = 7,
	.epochs = 5,
	.generation = 2,
	.seal_generation = 255,
	.rx = {{.state = 1,
		       .ssrc = 3,
		       .epoch = 5,
		       .keys = 1,
		       .index = 70,
		       .window = {1, 2},
		       .rtcp_used = 1,
		       .rtcp_index = 9,
		       .rtcp_window = 1},
		{.state = 1, .ssrc = 4, .epoch = 4, .keys = 1, .index = 50}},
	.tx = {{.state = 3, .ssrc = 8, .highest = 1000, .rtcp_index = 6}}};

/* What a history that differs by CHANGE is to `base`, and the other way round. */
#define ORDER(expect, change)                                                          \
	do {                                                                           \
		struct sw_history h = base;                                            \
		change;                                                                \
		ck_assert_int_eq(history_order(&base, &h), expect);                    \
		ck_assert_int_eq(history_order(&h, &base),                             \
			expect == HISTORY_NEWER                                        \
				? HISTORY_OLDER                                        \
				: (expect == HISTORY_OLDER ? HISTORY_NEWER : expect)); \
	} while (0)

START_TEST(each_number_says_which_is_later)
{
	ORDER(HISTORY_SAME, (void)h);
	ORDER(HISTORY_NEWER, h.epochs++);
	ORDER(HISTORY_NEWER, h.generation++);
	ORDER(HISTORY_NEWER, h.seal_generation++); /* round */
	ORDER(HISTORY_NEWER, h.rx[1].index++);
	ORDER(HISTORY_NEWER, h.rx[0].rtcp_index++);
	ORDER(HISTORY_NEWER, h.tx[0].highest++);
	ORDER(HISTORY_NEWER, h.tx[0].rtcp_index++);
	ORDER(HISTORY_OLDER, h.tx[0].state = 1); /* RTCP alone has left */
	ORDER(HISTORY_OLDER, h.tx[0].state = 0);
	ORDER(HISTORY_OLDER, h.rx[0].rtcp_used = 0);
}
END_TEST

START_TEST(a_numbering_that_the_other_lacks_is_new_or_forgotten)
{
	ORDER(HISTORY_NEWER, h.rx[1].epoch = ++h.epochs); /* restarted */
	ORDER(HISTORY_NEWER, h.rx[1].state = 0);          /* forgotten */
	ORDER(HISTORY_NEWER, h.rx[2] = h.rx[1]; h.rx[2].ssrc = 5; h.rx[2].epoch = ++h.epochs);
}
END_TEST

START_TEST(where_an_entry_lies_does_not_matter)
{
	ORDER(HISTORY_SAME, h.rx[9] = h.rx[0]; h.rx[0] = h.rx[1];
		h.rx[1] = (struct sw_rx_history){0}; h.tx[5] = h.tx[0];
		h.tx[0] = (struct sw_tx_ssrc){0});
}
END_TEST

START_TEST(a_newer_key_lets_numbers_begin_anew)
{
	ORDER(HISTORY_NEWER, h.seal_generation++; h.tx[0].highest = h.tx[0].rtcp_index = 1);
	ORDER(HISTORY_NEWER, h.generation++; h.rx[0].rtcp_index = 1; h.rx[0].rtcp_used = 2);
	ORDER(HISTORY_OLDER,
		h.rx[0].rtcp_used = 2); /* of the older key; rtcp_index is its own */
}
END_TEST

START_TEST(each_ahead_somewhere_has_gone_on_in_two_places)
{
	ORDER(HISTORY_SPLIT, h.rx[0].index++; h.rx[1].index--);
	ORDER(HISTORY_SPLIT, h.tx[0].highest++; h.tx[0].rtcp_index--);
	ORDER(HISTORY_SPLIT, h.epochs--; h.rx[0].epoch = 3; h.tx[0].highest++);
	ORDER(HISTORY_SPLIT, h.generation++; h.seal_generation--);
}
END_TEST

START_TEST(what_either_has_accepted_stays_accepted)
{
	struct sw_history h = base, kept = base;

	kept.rx[0].window[0] = 4;
	kept.rx[0].rtcp_window = 2;
	kept.rx[1].index--;
	kept.rx[1].window[0] = UINT64_MAX;
	history_close(&h, &kept);
	ck_assert_uint_eq(h.rx[0].window[0], 5);
	ck_assert_uint_eq(h.rx[0].window[1], 2);
	ck_assert_uint_eq(h.rx[0].rtcp_window, 3);
	ck_assert_uint_eq(h.rx[1].window[0], 0); /* of another index */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history_order");
	TCase *tc = tcase_create("history_order");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, each_number_says_which_is_later);
	tcase_add_test(tc, a_numbering_that_the_other_lacks_is_new_or_forgotten);
	tcase_add_test(tc, where_an_entry_lies_does_not_matter);
	tcase_add_test(tc, a_newer_key_lets_numbers_begin_anew);
	tcase_add_test(tc, each_ahead_somewhere_has_gone_on_in_two_places);
	tcase_add_test(tc, what_either_has_accepted_stays_accepted);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
