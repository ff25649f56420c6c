/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/fax.c: whole faxes, from one of SpanDSP's machines to another through the
 * gateway, in virtual time, and the page that arrives is the page that was sent. */
#include <check.h>

#include "tests/dataplane/fax_line.h"

static const struct sw_fax corrections[] = {
	{.correction = SW_FAX_NONE},
	{.correction = SW_FAX_REDUNDANCY, .depth = 3},
	{.correction = SW_FAX_FEC, .depth = 3},
};

/* A fax as CONF says arrives; what the gateway says of it. */
static struct fax_progress
goes_through(const struct fax_line_conf *conf)
{
	struct fax_line *l = fax_line_open(conf);
	struct fax_progress is;

	ck_assert(fax_line_run(l));
	fax_progress(l->fax, &is);
	ck_assert_uint_eq(is.pages, l->conf.pages);
	ck_assert_uint_eq(is.ecm, !conf->no_ecm && (conf->fax.flags & SW_FAX_NO_ECM) == 0);
	fax_line_close(l);
	return is;
}

/* Bits of a loop test's number: which way, by which law, with T.30's error correction, and in
 * which version of T.38. */
static struct fax_line_conf
one_of_all(int i)
{
	return (struct fax_line_conf){.sound_calls = (i & 1) != 0,
		.codec = (i & 2) != 0 ? CODEC_PCMU : CODEC_PCMA,
		.no_ecm = (i & 4) != 0,
		.fax.version = (uint8_t)(i >> 3)};
}

START_TEST(a_fax_goes_both_ways_by_any_law_in_any_version)
{
	struct fax_line_conf conf = one_of_all(_i);

	ck_assert_uint_eq(goes_through(&conf).bps, 14400);
}
END_TEST

START_TEST(a_document_has_several_pages)
{
	struct fax_line_conf conf = one_of_all(_i);

	conf.pages = 3;
	goes_through(&conf);
}
END_TEST

START_TEST(packets_of_sound_may_be_of_any_length)
{
	static const uint8_t ptimes[] = {10, 30, 40, 60};
	struct fax_line_conf conf = one_of_all(_i & 1);

	conf.ptime_ms = ptimes[_i >> 1];
	goes_through(&conf);
}
END_TEST

/* Nothing is missing at either end if what is lost is brought back. */
START_TEST(lost_datagrams_are_brought_back_by_copies_and_by_parity)
{
	struct fax_line_conf conf = one_of_all(_i & 5);
	struct fax_line *l;

	conf.fax = corrections[1 + (_i >> 1 & 1)];
	conf.far_correction = conf.fax.correction;
	conf.lose_datagrams = 5;
	l = fax_line_open(&conf);
	ck_assert(fax_line_run(l));
	ck_assert_uint_gt(l->lost, l->datagrams / 40);
	ck_assert_uint_gt(fax_voice_counts(l->voice)->recovered, 0);
	ck_assert_uint_gt(l->far_counts.recovered, 0);
	ck_assert_uint_eq(fax_voice_counts(l->voice)->malformed, 0);
	ck_assert_uint_eq(l->far_counts.malformed, 0);
	fax_line_close(l);
}
END_TEST

START_TEST(a_modem_that_is_not_wanted_is_not_used)
{
	static const struct {
		uint8_t flags;
		uint32_t bps;
	} rows[] = {
		{SW_FAX_NO_V17, 9600},
		{SW_FAX_NO_V17 | SW_FAX_NO_V29, 4800},
		{SW_FAX_NO_V27TER, 9600}, /* no V.17 either: T.30 table 2 */
		{SW_FAX_NO_V29, 4800},
		{SW_FAX_NO_V34 | SW_FAX_NO_IAF, 14400},
		{SW_FAX_NO_ECM, 14400},
	};
	struct fax_line_conf conf = one_of_all(_i & 1);

	conf.fax.flags = rows[_i >> 1].flags;
	ck_assert_uint_eq(goes_through(&conf).bps, rows[_i >> 1].bps);
}
END_TEST

START_TEST(sound_that_comes_out_of_order_is_put_in_order)
{
	struct fax_line_conf conf = one_of_all(_i);
	struct fax_line *l;

	conf.swap_rtp = true;
	l = fax_line_open(&conf);
	ck_assert(fax_line_run(l));
	ck_assert_uint_eq(fax_counts(l->fax)->reordered, l->swapped);
	ck_assert_uint_gt(l->swapped, 0);
	ck_assert_uint_eq(fax_counts(l->fax)->concealed, 0);
	fax_line_close(l);
}
END_TEST

/* T.30 repeats what was spoilt: with its error correction the page is whole in the end. */
START_TEST(sound_that_is_lost_takes_its_time)
{
	struct fax_line_conf conf = one_of_all(_i & 3);
	struct fax_line *l;

	conf.lose_rtp = 3;
	l = fax_line_open(&conf);
	ck_assert(fax_line_run(l));
	ck_assert_uint_gt(l->lost_rtp, 0);
	ck_assert_uint_eq(fax_counts(l->fax)->lost, l->lost_rtp);
	ck_assert_uint_gt(fax_counts(l->fax)->concealed, 0);
	fax_line_close(l);
}
END_TEST

START_TEST(no_datagram_is_longer_than_the_far_side_takes)
{
	struct fax_line_conf conf = one_of_all(1);
	struct fax_line *l;

	conf.fax = corrections[1 + _i];
	conf.fax.depth = SW_FAX_DEPTH_MAX;
	conf.fax.max_datagram = 100;
	l = fax_line_open(&conf);
	ck_assert(fax_line_run(l));
	ck_assert_uint_le(l->longest, 100);
	ck_assert_uint_gt(l->longest, 90);
	fax_line_close(l);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("fax");
	TCase *whole = tcase_create("whole faxes");

	tcase_set_timeout(whole, 60);
	tcase_add_unchecked_fixture(whole, fax_line_setup, fax_line_teardown);
	tcase_add_loop_test(whole, a_fax_goes_both_ways_by_any_law_in_any_version, 0, 32);
	tcase_add_loop_test(whole, a_document_has_several_pages, 0, 8);
	tcase_add_loop_test(whole, packets_of_sound_may_be_of_any_length, 0, 8);
	tcase_add_loop_test(
		whole, lost_datagrams_are_brought_back_by_copies_and_by_parity, 0, 8);
	tcase_add_loop_test(whole, a_modem_that_is_not_wanted_is_not_used, 0, 12);
	tcase_add_loop_test(whole, sound_that_comes_out_of_order_is_put_in_order, 0, 4);
	tcase_add_loop_test(whole, sound_that_is_lost_takes_its_time, 0, 4);
	tcase_add_loop_test(whole, no_datagram_is_longer_than_the_far_side_takes, 0, 2);
	suite_add_tcase(s, whole);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
