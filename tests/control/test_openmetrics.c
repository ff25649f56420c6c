/* SPDX-License-Identifier: Apache-2.0
 *
 * control/openmetrics.c.  What is expected is written as the OpenMetrics specification and the
 * Prometheus exposition format have it; tests/system/metrics.sh has a parser that is not ours.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/openmetrics.h"

static struct openmetrics page;
static char *text;
static size_t size;

static void
begin(enum openmetrics_form form)
{
	page = (struct openmetrics){.to = open_memstream(&text, &size), .form = form};
}

/* What has been written since begin(). */
static void
must_be(const char *expected)
{
	fclose(page.to);
	ck_assert_str_eq(text, expected);
	free(text);
}

static const struct openmetrics_family drops = {
	.name = "x_dropped_packets",
	.type = OPENMETRICS_COUNTER,
	.unit = "packets",
	.label = {"core", "reason"},
	.help = "Why \"it\" ended.\nC:\\here",
};
static const struct openmetrics_family calls = {
	.name = "x_calls", .type = OPENMETRICS_GAUGE, .help = "Now."};
static const struct openmetrics_family setup = {
	.name = "x_setup_seconds",
	.type = OPENMETRICS_HISTOGRAM,
	.unit = "seconds",
	.help = "Long.",
};
static const struct openmetrics_family build = {
	.name = "x_build", .type = OPENMETRICS_INFO, .label = {"version"}, .help = "Which."};

START_TEST(a_counter_in_openmetrics)
{
	begin(OPENMETRICS_TEXT);
	openmetrics_begin(&page, &drops);
	openmetrics_put(&page, (const char *const[]){"0", "auth"}, 17);
	openmetrics_put(&page, (const char *const[]){"1", "a\"b\\c\nd"}, 9007199254740992.);
	openmetrics_end(&page);
	must_be("# TYPE x_dropped_packets counter\n"
		"# UNIT x_dropped_packets packets\n"
		"# HELP x_dropped_packets Why \\\"it\\\" ended.\\nC:\\\\here\n"
		"x_dropped_packets_total{core=\"0\",reason=\"auth\"} 17\n"
		"x_dropped_packets_total{core=\"1\",reason=\"a\\\"b\\\\c\\nd\"} "
		"9007199254740992\n"
		"# EOF\n");
}
END_TEST

/* There a counter's family is called what its samples are, and nothing marks the end. */
START_TEST(a_counter_for_prometheus)
{
	begin(OPENMETRICS_PROMETHEUS);
	openmetrics_begin(&page, &drops);
	openmetrics_put(&page, (const char *const[]){"0", "auth"}, 17);
	openmetrics_end(&page);
	must_be("# TYPE x_dropped_packets_total counter\n"
		"# HELP x_dropped_packets_total Why \"it\" ended.\\nC:\\\\here\n"
		"x_dropped_packets_total{core=\"0\",reason=\"auth\"} 17\n");
}
END_TEST

START_TEST(a_gauge_of_any_number)
{
	static const double values[] = {0, -1, 0.1, 1e-9, 1. / 3, 1e300, INFINITY, -INFINITY};

	begin(OPENMETRICS_TEXT);
	openmetrics_begin(&page, &calls);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		openmetrics_put(&page, NULL, values[i]);
	openmetrics_put(&page, NULL, (double)NAN);
	must_be("# TYPE x_calls gauge\n"
		"# HELP x_calls Now.\n"
		"x_calls 0\nx_calls -1\nx_calls 0.1\nx_calls 1e-09\n"
		"x_calls 0.33333333333333331\nx_calls 1e+300\n"
		"x_calls +Inf\nx_calls -Inf\nx_calls NaN\n");
}
END_TEST

/* Buckets are cumulative, and each bound is written as a float. */
START_TEST(a_histogram)
{
	static const double bound[] = {0.0001, 0.5, 1};
	static const uint64_t count[] = {5, 0, 2, 1};

	begin(OPENMETRICS_TEXT);
	openmetrics_begin(&page, &setup);
	openmetrics_put_histogram(&page, NULL, bound, count, 3, 3.25);
	must_be("# TYPE x_setup_seconds histogram\n"
		"# UNIT x_setup_seconds seconds\n"
		"# HELP x_setup_seconds Long.\n"
		"x_setup_seconds_bucket{le=\"0.0001\"} 5\n"
		"x_setup_seconds_bucket{le=\"0.5\"} 5\n"
		"x_setup_seconds_bucket{le=\"1.0\"} 7\n"
		"x_setup_seconds_bucket{le=\"+Inf\"} 8\n"
		"x_setup_seconds_sum 3.25\n"
		"x_setup_seconds_count 8\n");
}
END_TEST

START_TEST(an_info_is_a_gauge_for_prometheus)
{
	begin(OPENMETRICS_TEXT);
	openmetrics_begin(&page, &build);
	openmetrics_put(&page, (const char *const[]){"0.1.0"}, 1);
	must_be("# TYPE x_build info\n# HELP x_build Which.\n"
		"x_build_info{version=\"0.1.0\"} 1\n");
	begin(OPENMETRICS_PROMETHEUS);
	openmetrics_begin(&page, &build);
	openmetrics_put(&page, (const char *const[]){"0.1.0"}, 1);
	must_be("# TYPE x_build_info gauge\n# HELP x_build_info Which.\n"
		"x_build_info{version=\"0.1.0\"} 1\n");
}
END_TEST

START_TEST(what_is_wrong_with_a_family)
{
	static const struct {
		struct openmetrics_family family;
		const char *wrong; /* part of what is said; NULL: nothing */
	} rows[] = {
		{{.name = "x", .help = "h"}, NULL},
		{{.name = "", .help = "h"}, "name is not one"},
		{{.name = "9x", .help = "h"}, "name is not one"},
		{{.name = "x-y", .help = "h"}, "name is not one"},
		{{.name = "x_total", .help = "h"}, "as a sample's"},
		{{.name = "x_info", .help = "h"}, "as a sample's"},
		{{.name = "x_bytes", .unit = "bytes", .help = "h"}, NULL},
		{{.name = "bytes", .unit = "bytes", .help = "h"}, "its unit"},
		{{.name = "xbytes", .unit = "bytes", .help = "h"}, "its unit"},
		{{.name = "x_bytes", .type = OPENMETRICS_INFO, .unit = "bytes", .help = "h"},
			"no unit"},
		{{.name = "x", .help = ""}, "nobody says"},
		{{.name = "x"}, "nobody says"},
		{{.name = "x", .help = "h", .label = {"a", "b"}}, NULL},
		{{.name = "x", .help = "h", .label = {"a", "a"}}, "twice"},
		{{.name = "x", .help = "h", .label = {"le"}}, "taken"},
		{{.name = "x", .help = "h", .label = {"__a"}}, "not one"},
		{{.name = "x", .help = "h", .label = {"a b"}}, "not one"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *wrong = openmetrics_wrong(&rows[i].family);

		if (rows[i].wrong == NULL)
			ck_assert_msg(wrong == NULL, "%s: %s", rows[i].family.name, wrong);
		else
			ck_assert_msg(wrong != NULL && strstr(wrong, rows[i].wrong) != NULL,
				"%s: %s", rows[i].family.name, wrong);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("openmetrics");
	TCase *t = tcase_create("openmetrics");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_counter_in_openmetrics);
	tcase_add_test(t, a_counter_for_prometheus);
	tcase_add_test(t, a_gauge_of_any_number);
	tcase_add_test(t, a_histogram);
	tcase_add_test(t, an_info_is_a_gauge_for_prometheus);
	tcase_add_test(t, what_is_wrong_with_a_family);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
