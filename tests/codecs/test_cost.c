/* SPDX-License-Identifier: Apache-2.0 */
#include "codecs/cost.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/runner.h"

static struct cost_table table;
static unsigned line;

static struct codec_format
format(const char *name, uint32_t rate, unsigned channels)
{
	struct codec_format f;
	const struct codec *c = codec_by_name(name, strlen(name), 0);

	ck_assert_ptr_nonnull(c);
	codec_default(c, &f);
	f.rate = rate;
	f.channels = (uint8_t)channels;
	return f;
}

static uint64_t
cost(struct codec_format from, struct codec_format to)
{
	return cost_of(&table, &from, &to);
}

START_TEST(a_table_says_what_a_second_costs)
{
	ck_assert_int_eq(cost_parse(&table,
				 "# measured by hand\n"
				 "\n"
				 "  PCMU 8000 1 200 100 # all of a law\n"
				 "OPUS 8000 1 40000 9000\r\n"
				 "opus 48000 2 90000 30000\n"
				 "a-codec-of-others 8000 1 1 1\n"
				 "L16 16000 1 50 60",
				 &line),
		0);
	ck_assert_uint_eq(table.rows, 4);
	ck_assert_uint_eq(
		cost(format("PCMU", 8000, 1), format("opus", 8000, 1)), 50 * (100 + 40000));
	ck_assert_uint_eq(
		cost(format("opus", 8000, 1), format("PCMU", 8000, 1)), 50 * (9000 + 200));
	/* The nearest there is of the same codec. */
	ck_assert_uint_eq(
		cost(format("opus", 48000, 1), format("L16", 48000, 1)), 50 * (9000 + 50));
	ck_assert_uint_eq(
		cost(format("opus", 48000, 2), format("L16", 48000, 2)), 50 * (30000 + 50));
}
END_TEST

/* What is signalled says nothing about it: phones that play 48 kHz are called from 8 kHz. */
START_TEST(opus_costs_what_it_does_at_the_other_sides_rate)
{
	struct codec_format u = format("PCMU", 8000, 1), narrow = format("opus", 8000, 1),
			    wide = format("opus", 48000, 2);

	ck_assert_int_eq(cost_parse(&table, "", &line), 0);
	ck_assert_uint_eq(cost(u, wide), cost(u, narrow));
	ck_assert_uint_eq(cost(wide, u), cost(narrow, u));
	ck_assert_uint_gt(cost(wide, wide), cost(narrow, narrow));
	ck_assert_uint_gt(cost(wide, format("L16", 48000, 2)), cost(wide, u) * 2);
}
END_TEST

START_TEST(another_sample_rate_costs_more)
{
	ck_assert_int_eq(cost_parse(&table, "L16 8000 1 50 60\nL16 16000 1 50 60", &line), 0);
	ck_assert_uint_eq(cost(format("L16", 8000, 1), format("L16", 8000, 1)), 50 * 110);
	ck_assert_uint_gt(cost(format("L16", 8000, 1), format("L16", 16000, 1)), 50 * 110);
}
END_TEST

START_TEST(without_a_table_heavier_codecs_cost_more)
{
	struct codec_format u = format("PCMU", 8000, 1), opus = format("opus", 8000, 1),
			    gsm = format("GSM", 8000, 1), wide = format("opus", 48000, 1);

	ck_assert_uint_gt(cost_of(NULL, &u, &u), 0);
	ck_assert_uint_gt(cost_of(NULL, &u, &gsm), cost_of(NULL, &u, &u));
	ck_assert_uint_gt(cost_of(NULL, &u, &opus), cost_of(NULL, &u, &gsm));
	ck_assert_uint_gt(cost_of(NULL, &opus, &wide), cost_of(NULL, &opus, &opus) * 3 / 2);
	ck_assert_int_eq(cost_parse(&table, "", &line), 0);
	ck_assert_uint_eq(cost_of(&table, &u, &opus), cost_of(NULL, &u, &opus));
}
END_TEST

START_TEST(the_line_that_cannot_be_read_is_named)
{
	static const char *const wrong[] = {
		"PCMU",
		"PCMU 8000 1 200",
		"PCMU 8000 1 200 100 7",
		"PCMU 8000 1 200 x",
		"PCMU 0 1 200 100",
		"PCMU 96000 1 200 100",
		"PCMU 8000 0 200 100",
		"PCMU 8000 3 200 100",
		"PCMU 8000 1 100000001 100",
		"PCMU 8000 1 200 -1",
		"a-name-that-is-longer-than-any-codec-has 8000 1 200 100",
		"PCMU 8000 1                                                                  "
		"                                                             200 100",
	};

	for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char text[512];

		snprintf(text, sizeof text, "# one\nPCMA 8000 1 1 1\n%s\nPCMA 8000 1 1 1\n",
			wrong[i]);
		ck_assert_msg(cost_parse(&table, text, &line) == -EINVAL, "%s", wrong[i]);
		ck_assert_uint_eq(line, 3);
	}
}
END_TEST

START_TEST(a_table_has_an_end)
{
	static char text[(COST_ROWS + 1) * 20 + 1];

	for (unsigned i = 0; i < COST_ROWS; i++)
		strcat(text, "PCMU 8000 1 1 1\n");
	ck_assert_int_eq(cost_parse(&table, text, &line), 0);
	ck_assert_uint_eq(table.rows, COST_ROWS);
	strcat(text, "PCMU 8000 1 1 1\n");
	ck_assert_int_eq(cost_parse(&table, text, &line), -E2BIG);
}
END_TEST

START_TEST(what_is_printed_can_be_read)
{
	char text[128];

	ck_assert_int_eq(cost_parse(&table, "opus 48000 2 90000 30000\n", &line), 0);
	ck_assert_int_eq(cost_print(&table.row[0], text, sizeof text), (int)strlen(text));
	ck_assert_str_eq(text, "opus 48000 2 90000 30000\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cost");
	TCase *all = tcase_create("cost");

	tcase_add_test(all, a_table_says_what_a_second_costs);
	tcase_add_test(all, another_sample_rate_costs_more);
	tcase_add_test(all, opus_costs_what_it_does_at_the_other_sides_rate);
	tcase_add_test(all, without_a_table_heavier_codecs_cost_more);
	tcase_add_test(all, the_line_that_cannot_be_read_is_named);
	tcase_add_test(all, a_table_has_an_end);
	tcase_add_test(all, what_is_printed_can_be_read);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
