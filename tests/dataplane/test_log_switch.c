/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests dataplane/log.c: lines like those of control (tests/control/test_log.c). */
#include "dataplane/log.h"
#include "tests/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was written to stderr since setup(). */
static int caught = -1;

static void
setup(void)
{
	char path[SCRATCH];

	ck_assert_int_ge(caught = mkstemp(scratch(path, "log")), 0);
	unlink(path);
	dup2(caught, STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
}

static const char *
text(void)
{
	static char buf[8192];
	ssize_t n = pread(caught, buf, sizeof buf - 1, 0);

	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

/* A log whose lines begin with their priority alone. */
static void
open_journal(void)
{
	char stream[64];
	struct stat st;

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof stream, "%lu:%lu", (unsigned long)st.st_dev,
		(unsigned long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open(3);
}

START_TEST(a_line_has_time_process_level_and_text)
{
	int year, month, day, hour, minute, ms;
	char second[3], level[10], what[20];

	log_open(2);
	log_warn("port %d\n", 4000);
	ck_assert_int_eq(
		sscanf(text(), "%d-%d-%dT%d:%d:%2s.%dZ strowger-switch %9[^:]: %19[^\n]\n",
			&year, &month, &day, &hour, &minute, second, &ms, level, what),
		9);
	ck_assert_str_eq(level, "warning");
	ck_assert_str_eq(what, "port 4000");
	ck_assert_ptr_eq(strchr(text(), '\n') + 1, strchr(text(), '\0'));
}
END_TEST

START_TEST(lines_below_the_level_are_left_out)
{
	log_open(1);
	log_info("a\n");
	log_debug("b\n");
	ck_assert_str_eq(text(), "");
	log_set_level(3);
	log_debug("c\n");
	ck_assert_ptr_nonnull(strstr(text(), " strowger-switch debug: c\n"));
	log_info("d\n");
	ck_assert_ptr_nonnull(strstr(text(), " strowger-switch info: d\n"));
	log_set_level(0);
	log_warn("e\n");
	log_err("f\n");
	ck_assert_ptr_null(strstr(text(), ": e\n"));
	ck_assert_ptr_nonnull(strstr(text(), " strowger-switch error: f\n"));
}
END_TEST

START_TEST(the_journal_gets_priorities_and_no_time)
{
	open_journal();
	log_err("a\n");
	log_warn("b\n");
	log_info("c\n");
	log_debug("d\n");
	ck_assert_str_eq(text(), "<3>a\n<4>b\n<6>c\n<7>d\n"); /* sd-daemon(3) */
}
END_TEST

START_TEST(redirected_stderr_is_not_the_journal)
{
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_open(2);
	log_err("a\n");
	ck_assert_ptr_nonnull(strstr(text(), " strowger-switch error: a\n"));
}
END_TEST

START_TEST(messages_of_dpdk_look_the_same_from_warnings_up)
{
	open_journal();
	RTE_LOG(CRIT, EAL, "a\n");
	RTE_LOG(WARNING, EAL, "b\n");
	RTE_LOG(NOTICE, EAL, "c\n");
	ck_assert_str_eq(text(), "<2>EAL: a\n<4>EAL: b\n");
}
END_TEST

START_TEST(a_line_may_come_in_pieces_and_lines_together)
{
	open_journal();
	log_info("one ");
	log_info("line\ntwo\nthree\n");
	ck_assert_str_eq(text(), "<6>one line\n<6>two\n<6>three\n");
}
END_TEST

START_TEST(a_line_that_another_library_left_open_is_ended)
{
	open_journal();
	RTE_LOG(ERR, EAL, "no newline");
	log_info("ours\n");
	ck_assert_str_eq(text(), "<3>EAL: no newline\n<6>ours\n");
}
END_TEST

START_TEST(nobody_outside_can_forge_what_a_terminal_does)
{
	open_journal();
	log_info("%s\n", "x\r\x1b[31m\x7fé");
	ck_assert_str_eq(text(), "<6>x??[31m?é\n");
}
END_TEST

START_TEST(a_long_line_is_cut)
{
	char big[5000];

	memset(big, 'a', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	log_open(2);
	log_info("%s\n", big);
	ck_assert_uint_eq(strlen(text()), 1000);
	ck_assert_int_eq(text()[999], '\n');
	log_info("next\n");
	ck_assert_ptr_nonnull(strstr(text() + 1000, " strowger-switch info: next\n"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log of the switch");
	TCase *t = tcase_create("log");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, a_line_has_time_process_level_and_text);
	tcase_add_test(t, lines_below_the_level_are_left_out);
	tcase_add_test(t, the_journal_gets_priorities_and_no_time);
	tcase_add_test(t, redirected_stderr_is_not_the_journal);
	tcase_add_test(t, messages_of_dpdk_look_the_same_from_warnings_up);
	tcase_add_test(t, a_line_may_come_in_pieces_and_lines_together);
	tcase_add_test(t, a_line_that_another_library_left_open_is_ended);
	tcase_add_test(t, nobody_outside_can_forge_what_a_terminal_does);
	tcase_add_test(t, a_long_line_is_cut);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
