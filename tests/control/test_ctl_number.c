/* SPDX-License-Identifier: Apache-2.0 */
#include "control/ctl_number.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_short_number_has_at_most_six_characters)
{
	static const struct {
		double n;
		const char *text;
	} rows[] = {
		{0, "0"},
		{0.04, "0.0"},
		{0.5, "0.5"},
		{9.94, "9.9"},
		{12.5, "12.5"},
		{99.96, "100"},
		{100, "100"},
		{12345.4, "12345"},
		{99999.4, "99999"},
		{99999.6, "100k"},
		{123456, "123k"},
		{999499, "999k"},
		{999500, "1.00M"},
		{1234567, "1.23M"},
		{12345678, "12.3M"},
		{99960000, "100M"},
		{5e9, "5.00G"},
		{-0.5, "-0.5"},
	};
	char buf[CTL_NUMBER];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_str_eq(ctl_short(rows[i].n, buf, sizeof buf), rows[i].text);
		ck_assert_uint_le(strlen(buf), 6);
	}
}
END_TEST

START_TEST(times_and_sizes_have_the_unit_that_fits)
{
	char buf[CTL_NUMBER];

	ck_assert_str_eq(ctl_duration(0.125, buf, sizeof buf), "0.125 s");
	ck_assert_str_eq(ctl_duration(61, buf, sizeof buf), "1m 01s");
	ck_assert_str_eq(ctl_duration(3725, buf, sizeof buf), "1h 02m");
	ck_assert_str_eq(ctl_duration(90000, buf, sizeof buf), "1d 01h");
	ck_assert_str_eq(ctl_bytes(999, buf, sizeof buf), "999 B");
	ck_assert_str_eq(ctl_bytes(1234567, buf, sizeof buf), "1.2 MB");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_number");
	TCase *tc = tcase_create("number");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_short_number_has_at_most_six_characters);
	tcase_add_test(tc, times_and_sizes_have_the_unit_that_fits);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
