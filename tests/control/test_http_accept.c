/* SPDX-License-Identifier: Apache-2.0
 *
 * control/http_accept.c: RFC 9110 section 12.5.1, with its examples, and what scrapers send.
 */
#include <check.h>
#include <stdlib.h>

#include "control/http_accept.h"

#define OPENMETRICS "application/openmetrics-text"

START_TEST(the_most_exact_range_counts)
{
	static const struct {
		const char *accept, *type;
		double quality;
	} rows[] = {
		/* RFC 9110 12.5.1, but for the parameters of types, which we pass over. */
		{"audio/*; q=0.2, audio/basic", "audio/basic", 1},
		{"audio/*; q=0.2, audio/basic", "audio/opus", 0.2},
		{"audio/*; q=0.2, audio/basic", "text/plain", 0},
		{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", "text/plain",
			0.5},
		{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", "text/x-c", 1},
		{"text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", "text/plain", 0.7},
		{"text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", "text/html", 0.3},
		{"text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", "image/jpeg", 0.5},
		/* Prometheus 2.45. */
		{"application/openmetrics-text;version=1.0.0,application/"
		 "openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			OPENMETRICS, 1},
		{"application/openmetrics-text;version=1.0.0;q=0.5,text/"
		 "plain;version=0.0.4;q=0.3,*/*;q=0.1",
			"text/plain", 0.3},
		{NULL, OPENMETRICS, 1},
		{"*/*", OPENMETRICS, 1},
		{"TEXT/Plain;Q=0.25", "text/plain", 0.25},
		{"", "text/plain", 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_double_eq_tol(http_accept_quality(rows[i].accept, rows[i].type),
			rows[i].quality, 1e-9);
}
END_TEST

START_TEST(what_cannot_be_read_wants_nothing)
{
	static const char *const bad[] = {",,,", ";", ";q=1", "text", "text/", "*/plain",
		"text/plainer", "text/plai", "/", " , ;q=;", "text/plain;q=1.5",
		"text/plain;q=0"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(http_accept_quality(bad[i], "text/plain") == 0., "%s", bad[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_accept");
	TCase *t = tcase_create("http_accept");
	SRunner *r;
	int failed;

	tcase_add_test(t, the_most_exact_range_counts);
	tcase_add_test(t, what_cannot_be_read_wants_nothing);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
