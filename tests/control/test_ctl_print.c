/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ctl_print.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_print.h"

static void
prints(const char *json, unsigned how, const char *expected)
{
	json_t *value = json_loads(json, 0, NULL);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	ck_assert_msg(value != NULL, "the test is wrong: %s", json);
	ctl_print(f, value, how);
	fclose(f);
	ck_assert_str_eq(text, expected);
	free(text);
	json_decref(value);
}

START_TEST(names_stand_beside_their_values)
{
	prints("{\"version\":\"0.1.0\",\"log_level\":\"info\",\"up\":true,\"draining\":false,"
	       "\"x\":null,\"n\":12345,\"jitter_ms\":0.125}",
		0,
		"version    0.1.0\n"
		"log level  info\n"
		"up         yes\n"
		"draining   no\n"
		"x          -\n"
		"n          12345\n"
		"jitter ms  0.125\n");
}
END_TEST

START_TEST(seconds_and_bytes_are_told_for_people)
{
	prints("{\"a_s\":12.04,\"b_s\":61,\"c_s\":3725,\"d_s\":90000,\"bytes\":999,\"rx_"
	       "bytes\":1500,"
	       "\"tx_bytes\":2500000000}",
		0,
		"a         12 s\n"
		"b         1m 01s\n"
		"c         1h 02m\n"
		"d         1d 01h\n"
		"bytes     999 B\n"
		"rx bytes  1.5 kB\n"
		"tx bytes  2.5 GB\n");
}
END_TEST

START_TEST(addresses_are_put_together)
{
	prints("{\"local\":{\"address\":\"192.0.2.1\",\"port\":4000,\"rtcp_port\":4001},"
	       "\"mux\":{\"address\":\"192.0.2.1\",\"port\":4000,\"rtcp_port\":4000},"
	       "\"remote\":{\"address\":\"192.0.2.1\",\"port\":4000,\"rtcp_port\":4001,"
	       "\"rtcp_address\":\"192.0.2.9\"},"
	       "\"learned\":{\"address\":\"2001:db8::1\",\"port\":5004},"
	       "\"half\":{\"address\":\"192.0.2.1\"}}",
		0,
		"local         192.0.2.1:4000\n"
		"mux           192.0.2.1:4000, RTCP 4000\n"
		"remote        192.0.2.1:4000, RTCP 192.0.2.9:4001\n"
		"learned       [2001:db8::1]:5004\n"
		"half address  192.0.2.1\n");
}
END_TEST

START_TEST(an_array_of_objects_is_a_table)
{
	prints("{\"calls\":[{\"call\":\"a\",\"legs\":[\"x\",\"y\"],\"rx_packets\":5},"
	       "{\"call\":\"longer\",\"legs\":[\"x\"],\"rx_packets\":12345678901}]}",
		0,
		"CALL    LEGS   RX PACKETS\n"
		"a       x, y            5\n"
		"longer  x     12345678901\n");
}
END_TEST

START_TEST(what_else_is_said_stands_above_the_table)
{
	prints("{\"calls\":[{\"call\":\"a\"}],\"more\":true}", 0,
		"more  yes\ncalls:\n  CALL\n  a\n");
}
END_TEST

START_TEST(rows_may_differ_in_what_they_have)
{
	prints("{\"rows\":[{\"a\":1},{\"a\":2,\"b\":{\"c\":\"x\",\"d\":\"y\"}}]}", 0,
		"A  B C  B D\n"
		"1  -    -\n"
		"2  x    y\n");
}
END_TEST

START_TEST(an_empty_array_is_none)
{
	prints("{\"calls\":[]}", 0, "none\n");
	prints("{\"call\":\"a\",\"legs\":[]}", 0, "call  a\nlegs:\n  none\n");
}
END_TEST

START_TEST(deep_objects_are_told_one_by_one)
{
	prints("{\"call\":\"a\",\"legs\":[{\"name\":\"x\",\"streams\":[{\"media\":\"audio\"}]}"
	       "]}",
		0,
		"call  a\n"
		"legs[0]:\n"
		"  name  x\n"
		"  streams:\n"
		"    MEDIA\n"
		"    audio\n");
	prints("{\"switch\":{\"up\":true,\"cores\":[{\"cpu\":1}]}}", 0,
		"switch:\n  up  yes\n  cores:\n    CPU\n      1\n");
}
END_TEST

START_TEST(a_table_too_wide_for_a_terminal_is_told_row_by_row)
{
	static const char name[] =
		"a_name_that_makes_a_column_of_more_than_sixty_letters_wide_with_it";
	static const char shown[] =
		"a name that makes a column of more than sixty letters wide with it";
	char json[512], expected[512];

	snprintf(json, sizeof json, "{\"rows\":[{\"%s\":1,\"%s.x\":2,\"b\":3}]}", name, name);
	snprintf(expected, sizeof expected, "rows[0]:\n  %s    1\n  %s x  2\n  %-*s  3\n",
		shown, shown, (int)strlen(shown) + 2, "b");
	prints(json, 0, expected);
	/* The last column may be as long as it likes: it is the end of the line. */
	snprintf(json, sizeof json, "{\"rows\":[{\"a\":1,\"help\":\"%s %s %s\"}]}", name, name,
		name);
	snprintf(expected, sizeof expected, "A  HELP\n1  %s %s %s\n", name, name, name);
	prints(json, 0, expected);
}
END_TEST

START_TEST(rows_that_count_nothing_may_be_left_out)
{
	static const char drops[] =
		"{\"drops\":[{\"name\":\"auth\",\"packets\":2,\"help\":\"tag\"},"
		"{\"name\":\"late\",\"packets\":0,\"help\":\"old\"}]}";

	prints(drops, CTL_PRINT_BUSY, "NAME  PACKETS  HELP\nauth        2  tag\n");
	prints(drops, 0, "NAME  PACKETS  HELP\nauth        2  tag\nlate        0  old\n");
	prints("{\"drops\":[{\"name\":\"late\",\"packets\":0}]}", CTL_PRINT_BUSY, "none\n");
}
END_TEST

START_TEST(names_of_peers_do_not_steer_the_terminal)
{
	prints("{\"call\":\"a\\u001b[31mb\\n\\u007f\"}", 0, "call  a?[31mb??\n");
	prints("{\"a\\u001b\":[{\"b\\u001b\":1}]}", 0, "B?\n 1\n");
}
END_TEST

START_TEST(colours_are_for_what_is_bad_and_change_no_width)
{
	static const char json[] = "{\"calls\":[{\"call\":\"a\",\"mos\":4.4,\"loss\":0},"
				   "{\"call\":\"b\",\"mos\":3.5,\"loss\":7.5}]}";

	prints(json, 0,
		"CALL  MOS  LOSS\n"
		"a     4.4     0\n"
		"b     3.5   7.5\n");
	prints(json, CTL_PRINT_COLOUR,
		"\033[1mCALL\033[0m  \033[1mMOS\033[0m  \033[1mLOSS\033[0m\n"
		"a     4.4     0\n"
		"b     \033[33m3.5\033[0m  \033[31m 7.5\033[0m\n");
}
END_TEST

START_TEST(very_long_values_are_cut)
{
	char json[3000] = "{\"a\":\"", *text = NULL;
	json_t *value;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	memset(json + strlen(json), 'x', 2000);
	strcat(json, "\"}");
	value = json_loads(json, 0, NULL);
	ctl_print(f, value, 0);
	fclose(f);
	ck_assert_uint_lt(size, 600);
	free(text);
	json_decref(value);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_print");
	TCase *tc = tcase_create("print");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, names_stand_beside_their_values);
	tcase_add_test(tc, seconds_and_bytes_are_told_for_people);
	tcase_add_test(tc, addresses_are_put_together);
	tcase_add_test(tc, an_array_of_objects_is_a_table);
	tcase_add_test(tc, what_else_is_said_stands_above_the_table);
	tcase_add_test(tc, rows_may_differ_in_what_they_have);
	tcase_add_test(tc, an_empty_array_is_none);
	tcase_add_test(tc, deep_objects_are_told_one_by_one);
	tcase_add_test(tc, a_table_too_wide_for_a_terminal_is_told_row_by_row);
	tcase_add_test(tc, rows_that_count_nothing_may_be_left_out);
	tcase_add_test(tc, names_of_peers_do_not_steer_the_terminal);
	tcase_add_test(tc, colours_are_for_what_is_bad_and_change_no_width);
	tcase_add_test(tc, very_long_values_are_cut);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
