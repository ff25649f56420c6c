/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/report.c and bench/compare.c: medians, ranges and ratios, as text and as JSON. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/compare.h"
#include "bench/report.h"
#include "tests/bench/runner.h"
#include "tests/scratch.h"

START_TEST(the_median_of_an_odd_number_is_the_middle_one)
{
	double v[] = {5, 1, 3};
	struct spread s = spread_of(v, 3);

	ck_assert_double_eq(s.min, 1);
	ck_assert_double_eq(s.median, 3);
	ck_assert_double_eq(s.max, 5);
}
END_TEST

START_TEST(the_median_of_an_even_number_is_the_mean_of_the_middle_two)
{
	double v[] = {10, 2, 4, 1};

	ck_assert_double_eq(spread_of(v, 4).median, 3);
}
END_TEST

static double
figure(const json_t *all, const char *name, const char *field)
{
	const json_t *v =
		json_object_get(json_object_get(json_object_get(all, "figures"), name), field);

	ck_assert_msg(json_is_number(v), "%s of %s", field, name);
	return json_number_value(v);
}

START_TEST(json_has_all_values_in_the_order_they_came)
{
	struct report *r = report_open("t");
	json_t *all, *values;

	report_fact(r, "suite", "%s", "none");
	report_fact(r, "suite", "%s", "other");
	report_add(r, "rate", "packets/s", 0, 30);
	report_add(r, "rate", "packets/s", 0, 10);
	report_add(r, "rate", "packets/s", 0, 20);
	all = report_json(r);
	report_close(r);
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(all, "facts"), "suite")),
		"other");
	ck_assert_double_eq(figure(all, "rate", "min"), 10);
	ck_assert_double_eq(figure(all, "rate", "median"), 20);
	ck_assert_double_eq(figure(all, "rate", "max"), 30);
	values = json_object_get(
		json_object_get(json_object_get(all, "figures"), "rate"), "values");
	ck_assert_uint_eq(json_array_size(values), 3);
	ck_assert_double_eq(json_number_value(json_array_get(values, 0)), 30);
	ck_assert_double_eq(json_number_value(json_array_get(values, 2)), 20);
	json_decref(all);
}
END_TEST

START_TEST(the_table_shows_a_range_only_where_there_is_one)
{
	struct report *r = report_open("title");
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	report_add(r, "once", "us", 1, 1.25);
	report_add(r, "twice", "us", 0, 4);
	report_add(r, "twice", "us", 0, 6);
	report_print(r, out);
	fclose(out);
	report_close(r);
	ck_assert_ptr_nonnull(strstr(text, "title\n"));
	ck_assert_ptr_nonnull(strstr(text, "1.2 us\n"));
	ck_assert_ptr_nonnull(strstr(text, "5 us  (4 .. 6 in 2)\n"));
	free(text);
}
END_TEST

/* ---- compare ---- */

static char dir[SCRATCH];

static void
write_run(const char *name, const char *unit, double first, double second)
{
	struct report *r = report_open("load");
	char path[96];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	report_add(r, "limit", unit, 0, first);
	report_add(r, "limit", unit, 0, second);
	ck_assert_int_eq(report_save(r, path), 0);
	report_close(r);
}

static void
make_runs(void)
{
	ck_assert_ptr_nonnull(mkdtemp(scratch(dir, "report")));
	ck_assert_int_eq(chdir(dir), 0);
	write_run("ours", "packets/s", 90, 300);
	write_run("theirs", "packets/s", 100, 200);
}

static void
remove_runs(void)
{
	unlink("ours");
	unlink("theirs");
	unlink("out");
	rmdir(dir);
}

static int
compare(const char *figure_name, const char *first, const char *second)
{
	char words[6][32] = {"compare", "--json", "out"};
	char *argv[] = {words[0], words[1], words[2], words[3], words[4], words[5], NULL};

	snprintf(words[3], sizeof words[3], "%s", figure_name);
	snprintf(words[4], sizeof words[4], "%s", first);
	snprintf(words[5], sizeof words[5], "%s", second);
	return compare_main(6, argv);
}

START_TEST(ratios_are_taken_run_by_run)
{
	json_t *all;

	ck_assert_int_eq(compare("limit", "us=ours", "them=theirs"), 0);
	all = json_load_file("out", 0, NULL);
	ck_assert_ptr_nonnull(all);
	ck_assert_double_eq_tol(figure(all, "us/them", "min"), 0.9, 1e-6);
	ck_assert_double_eq_tol(figure(all, "us/them", "median"), 1.2, 1e-6);
	ck_assert_double_eq_tol(figure(all, "us/them", "max"), 1.5, 1e-6);
	json_decref(all);
}
END_TEST

START_TEST(ratios_of_unequal_numbers_of_runs_are_those_of_the_medians)
{
	json_t *all;

	ck_assert_int_eq(compare("limit", "us=ours,ours", "them=theirs"), 0);
	all = json_load_file("out", 0, NULL);
	ck_assert_ptr_nonnull(all);
	ck_assert_double_eq_tol(figure(all, "us/them", "median"), 195.0 / 150, 1e-6);
	json_decref(all);
}
END_TEST

START_TEST(what_is_not_there_cannot_be_compared)
{
	ck_assert_int_ne(compare("limit", "us=ours", "them=nobody"), 0);
	ck_assert_int_ne(compare("depth", "us=ours", "them=theirs"), 0);
	ck_assert_int_ne(compare("limit", "us=ours", "them"), 0);
}
END_TEST

/* Programs read stdout then, so nothing else may stand there. */
START_TEST(stdout_has_the_table_or_the_json)
{
	struct report *r = report_open("title");
	int before = dup(STDOUT_FILENO), out = open("out", O_RDWR | O_CREAT, 0600);
	json_t *all;

	report_add(r, "once", "us", 1, 1.25);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	ck_assert_int_eq(report_give(r, "-"), 0);
	dup2(before, STDOUT_FILENO);
	all = json_load_file("out", 0, NULL);
	ck_assert_ptr_nonnull(all);
	ck_assert_double_eq(figure(all, "once", "median"), 1.25);
	json_decref(all);
	report_close(r);
	close(before);
	close(out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report"), *c = tcase_create("compare");

	tcase_add_test(t, the_median_of_an_odd_number_is_the_middle_one);
	tcase_add_test(t, the_median_of_an_even_number_is_the_mean_of_the_middle_two);
	tcase_add_test(t, json_has_all_values_in_the_order_they_came);
	tcase_add_test(t, the_table_shows_a_range_only_where_there_is_one);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(c, make_runs, remove_runs);
	tcase_add_test(c, ratios_are_taken_run_by_run);
	tcase_add_test(c, ratios_of_unequal_numbers_of_runs_are_those_of_the_medians);
	tcase_add_test(c, what_is_not_there_cannot_be_compared);
	tcase_add_test(c, stdout_has_the_table_or_the_json);
	suite_add_tcase(s, c);
	return run_suite(s);
}
