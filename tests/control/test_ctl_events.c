/* SPDX-License-Identifier: Apache-2.0
 *
 * An event as a line; that they come is told by tests/system/ctl_events.sh. */
#include "control/ctl_events.h"

#include <stdlib.h>
#include <string.h>

#include "tests/control/node_readings.h"

static char text[1024];

static const char *
line_of(json_t *event)
{
	FILE *f = fmemopen(text, sizeof text, "w");

	ctl_event_print(f, event);
	fclose(f);
	json_decref(event);
	return text;
}

/* Times from `date -u -d @1795302474.717`. */
START_TEST(an_event_is_a_line_with_its_time_name_and_fields)
{
	ck_assert_str_eq(line_of(json_of("{'event': 'call.ended', 'seq': 17, 'time': "
					 "1795302474.7175, 'dropped': 0, 'call': 'a84b', "
					 "'reason': 'asked', 'calls': 3, 'on': true}")),
		"2026-11-21T23:07:54.717Z call.ended call=a84b reason=asked calls=3 on=true\n");
}
END_TEST

START_TEST(what_is_no_word_is_json_and_harmless)
{
	ck_assert_str_eq(
		line_of(json_of("{'event': 'x', 'time': 0.0, 'call': 'a b=c', 'why': '', "
				"'esc': '\\u001b[2J', 'umlaut': '\\u00e4', "
				"'at': {'port': 1}, 'f': 0.1}")),
		"1970-01-01T00:00:00.000Z x call=\"a b=c\" why=\"\" esc=\"\\u001B[2J\" "
		"umlaut=\"\\u00E4\" at={\"port\":1} f=0.1\n");
}
END_TEST

START_TEST(lost_events_are_told_before_the_one_behind_them)
{
	ck_assert_ptr_nonnull(
		strstr(line_of(json_of("{'event': 'x', 'seq': 9, 'time': 0.0, 'dropped': 5}")),
			"(5 events were lost here"));
	ck_assert_ptr_nonnull(strstr(text, ")\n1970-01-01T00:00:00.000Z x\n"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_events");
	TCase *tc = tcase_create("line");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, an_event_is_a_line_with_its_time_name_and_fields);
	tcase_add_test(tc, what_is_no_word_is_json_and_harmless);
	tcase_add_test(tc, lost_events_are_told_before_the_one_behind_them);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
