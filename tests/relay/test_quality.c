/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/quality.c against figures that others have published: ITU-T G.107 (default rating,
 * annex B), G.113 appendix I (impairment by loss), and the delay impairment that Cole and
 * Rosenbluth (2001) have fitted to the E-model. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "relay/quality.h"

#define close_to(is, should, by) ck_assert_double_eq_tol(is, should, by)

static const struct quality_codec *const usual = &quality_codecs[REQUEST_OTHER];

START_TEST(the_default_rating_is_that_of_the_recommendation)
{
	close_to(quality_rating(usual, 0, 0), 93.2, 0.05);
	close_to(quality_mos(93.2), 4.41, 0.005);
}
END_TEST

/* G.107 table B.1: ratings and opinions. */
START_TEST(opinions_are_those_of_annex_b)
{
	static const struct {
		double r, mos;
	} rows[] = {{90, 4.34}, {80, 4.03}, {70, 3.60}, {60, 3.10}, {50, 2.58}, {0, 1},
		{-5, 1}, {100, 4.5}, {120, 4.5}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		close_to(quality_mos(rows[i].r), rows[i].mos, 0.0065);
	for (double r = 0, last = 1; r < 100; r += 0.5, last = quality_mos(r))
		ck_assert(quality_mos(r) >= 1 && (r < 7 || quality_mos(r) >= last));
}
END_TEST

/* G.113 appendix I, table I.2: Ie under random losses. */
START_TEST(losses_impair_as_the_tables_say)
{
	static const struct {
		enum request_codec codec;
		double loss, ie;
	} rows[] = {{REQUEST_G729, 0, 11}, {REQUEST_G729, 0.5, 13}, {REQUEST_G729, 1, 15},
		{REQUEST_G729, 1.5, 17}, {REQUEST_G729, 2, 19}, {REQUEST_G729, 3, 23},
		{REQUEST_G729, 4, 26}, {REQUEST_G729, 8, 36}, {REQUEST_G729, 16, 49},
		{REQUEST_G723, 0, 15}, {REQUEST_G723, 0.5, 17}, {REQUEST_G723, 1, 19},
		{REQUEST_G723, 2, 24}, {REQUEST_G723, 3, 27}, {REQUEST_G723, 8, 41},
		{REQUEST_G723, 16, 55}, {REQUEST_PCMU, 2, 7}, {REQUEST_PCMA, 3, 10},
		{REQUEST_PCMA, 0, 0}, {REQUEST_GSM, 0, 20}, {REQUEST_G726_16, 0, 50},
		{REQUEST_G726_24, 0, 25}, {REQUEST_G726_32, 0, 7}, {REQUEST_G726_40, 0, 2}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		close_to(
			93.2 - quality_rating(&quality_codecs[rows[i].codec], rows[i].loss, 0),
			rows[i].ie, 0.8);
}
END_TEST

/* Id = 0.024 d + 0.11 (d - 177.3) where that is positive: Cole and Rosenbluth, Voice over IP
 * Performance Monitoring, 2001; within 1 to 320 ms. */
START_TEST(delay_impairs_as_the_fit_to_the_model_does)
{
	for (double d = 0; d <= 320; d += 10) {
		double fit = 93.2 - 0.024 * d - (d > 177.3 ? 0.11 * (d - 177.3) : 0);

		close_to(quality_rating(usual, 0, d), fit, 1);
	}
	ck_assert(quality_rating(usual, 0, 1000) < quality_rating(usual, 0, 500));
}
END_TEST

/* G.107.1: 129 is the best there is, and G.113 appendix IV what codecs take from it; opinions
 * are those of the narrow scale at R / 1.29.  Losses of AMR-WB: 13 + 82 * 2 / (2 + 4.3);
 * of Opus: 20 + 75 * 2 / (2 + 19.5). */
START_TEST(speech_of_a_wider_band_has_a_scale_of_its_own)
{
	static const struct {
		enum request_codec codec;
		double loss, r;
	} rows[] = {{REQUEST_L16, 0, 129}, {REQUEST_G722, 0, 116}, {REQUEST_AMR_WB, 0, 116},
		{REQUEST_AMR_WB, 2, 90}, {REQUEST_OPUS, 0, 109}, {REQUEST_OPUS, 2, 102}};
	struct quality_way way = {.codec = &quality_codecs[REQUEST_G722]};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		close_to(quality_rating(&quality_codecs[rows[i].codec], rows[i].loss, 0),
			rows[i].r, 0.2);
	/* 41.5 ms from mouth to ear: about one less; 115 / 1.29 = 89.1. */
	close_to(quality_of_way(&way), 4.32, 0.015);
}
END_TEST

START_TEST(of_what_nothing_is_known_there_is_no_opinion)
{
	struct quality_way way = {.codec = &quality_codecs[REQUEST_UNRATED], .loss = 5};

	ck_assert_double_eq(quality_of_way(&way), 0);
}
END_TEST

START_TEST(nothing_is_worse_than_nothing)
{
	ck_assert_double_eq(quality_rating(&quality_codecs[REQUEST_G723], 100, 2000), 0);
	ck_assert_double_eq(
		quality_mos(quality_rating(&quality_codecs[REQUEST_G723], 100, 2000)), 1);
}
END_TEST

START_TEST(a_buffer_follows_the_jitter_within_bounds)
{
	close_to(quality_buffer(0).delay_ms, 20, 1e-9);
	ck_assert_double_eq(quality_buffer(0).late, 0);
	close_to(quality_buffer(2).delay_ms, 20, 1e-9);
	close_to(quality_buffer(10).delay_ms, 50, 1e-9);
	close_to(quality_buffer(10).late, 100 * exp(-5), 1e-9);
	close_to(quality_buffer(100).delay_ms, 200, 1e-9);
	close_to(quality_buffer(100).late, 100 * exp(-2), 1e-9);
}
END_TEST

START_TEST(a_way_is_as_good_as_its_parts)
{
	struct quality_way way = {.codec = usual};
	double clean = quality_of_way(&way), last;

	/* 20 ms of packet, 20 of buffer: by the model's own fit above. */
	close_to(clean, quality_mos(93.2 - 0.024 * 40), 0.01);
	last = clean;
	for (way.loss = 1; way.loss <= 100; way.loss++, last = quality_of_way(&way))
		ck_assert(quality_of_way(&way) <= last);
	way.loss = 150; /* what a party says may be anything */
	ck_assert_double_ge(quality_of_way(&way), 1);
	way.loss = -3;
	ck_assert_double_eq(quality_of_way(&way), clean);
	way.loss = 10;
	way.jitter_ms = 100; /* the buffer is as long as it may be, and 13.5 % come too late */
	close_to(quality_of_way(&way),
		quality_mos(quality_rating(usual, 10 + 0.9 * 100 * exp(-2), 220)), 1e-9);
	way.loss = 0;
	way.jitter_ms = 30;
	ck_assert(quality_of_way(&way) < clean);
	way.network_ms = 200;
	ck_assert(quality_of_way(&way) < 4);
	way.codec = &quality_codecs[REQUEST_G729];
	ck_assert(quality_of_way(&way) < 3.6);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("quality");
	TCase *tc = tcase_create("E-model");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_default_rating_is_that_of_the_recommendation);
	tcase_add_test(tc, opinions_are_those_of_annex_b);
	tcase_add_test(tc, losses_impair_as_the_tables_say);
	tcase_add_test(tc, delay_impairs_as_the_fit_to_the_model_does);
	tcase_add_test(tc, speech_of_a_wider_band_has_a_scale_of_its_own);
	tcase_add_test(tc, of_what_nothing_is_known_there_is_no_opinion);
	tcase_add_test(tc, nothing_is_worse_than_nothing);
	tcase_add_test(tc, a_buffer_follows_the_jitter_within_bounds);
	tcase_add_test(tc, a_way_is_as_good_as_its_parts);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
