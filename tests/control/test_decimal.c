/* SPDX-License-Identifier: Apache-2.0
 *
 * control/decimal.h and control/ip_text.h, beside what the C library prints. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control/arena.h"
#include "control/ip_text.h"

static void
is_printed(uint64_t n)
{
	char text[DECIMAL_MAX + 1] = "", expected[DECIMAL_MAX + 1];
	char *end = decimal_put(text, n);

	snprintf(expected, sizeof expected, "%" PRIu64, n);
	ck_assert_str_eq(text, expected);
	ck_assert_ptr_eq(end, text + strlen(expected));
	ck_assert_uint_eq(decimal_size(n), strlen(expected));
}

START_TEST(numbers_are_as_printf_has_them)
{
	for (uint64_t power = 1; power < UINT64_MAX / 10; power *= 10)
		for (uint64_t n = power - 1; n <= power + 1; n++)
			is_printed(n);
	for (uint64_t n = 0; n < 1100; n++)
		is_printed(n);
	is_printed(UINT64_MAX);
	is_printed(UINT64_C(10000000000000000000));
}
END_TEST

START_TEST(an_arena_has_them_too)
{
	struct arena *a = arena_open(2 * DECIMAL_MAX);

	ck_assert(slice_is(arena_decimal(a, 0), "0"));
	ck_assert(slice_is(arena_decimal(a, UINT64_MAX), "18446744073709551615"));
	ck_assert_ptr_null(arena_decimal(a, 1).at);
	arena_close(a);
}
END_TEST

START_TEST(addresses_are_as_inet_ntop_has_them)
{
	static const uint8_t v4[][4] = {{0, 0, 0, 0}, {255, 255, 255, 255}, {192, 0, 2, 10},
		{1, 20, 100, 9}, {10, 99, 199, 250}};
	static const uint8_t v6[16] = {0xfd, 0x77, [15] = 1};
	char text[IP_TEXT], expected[IP_TEXT];

	for (size_t i = 0; i < sizeof v4 / sizeof *v4; i++)
		ck_assert_str_eq(ip_text(AF_INET, v4[i], text),
			inet_ntop(AF_INET, v4[i], expected, sizeof expected));
	ck_assert_str_eq(ip_text(AF_INET6, v6, text), "fd77::1");
	ck_assert_str_eq(ip_text(0, v6, text), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("decimal");
	TCase *t = tcase_create("texts");
	SRunner *r;
	int failed;

	tcase_add_test(t, numbers_are_as_printf_has_them);
	tcase_add_test(t, an_arena_has_them_too);
	tcase_add_test(t, addresses_are_as_inet_ntop_has_them);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
