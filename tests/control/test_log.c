/* SPDX-License-Identifier: Apache-2.0
 *
 * control/log.c, with control/log_trace.c and siphash.c under it. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/log.h"
#include "control/log_trace.h"
#include "control/siphash.h"
#include "tests/scratch.h"

/* What was written to stderr since catch_stderr(). */
static int caught = -1;

static void
catch_stderr(void)
{
	char path[SCRATCH];

	caught = mkstemp(scratch(path, "log"));
	unlink(path);
	dup2(caught, STDERR_FILENO);
}

static const char *
text(void)
{
	static char buf[8192];
	ssize_t n = pread(caught, buf, sizeof buf - 1, 0);

	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

START_TEST(siphash_is_that_of_the_paper)
{
	/* Appendix A of the paper: key 00..0f, input 00..0e. */
	uint8_t key[16], input[15];

	for (uint8_t i = 0; i < 16; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 15; i++)
		input[i] = i;
	ck_assert_uint_eq(siphash(key, input, 15), 0xa129ca6149be45e5);
	/* vectors_sip64 of the authors' reference, of no byte and of eight. */
	ck_assert_uint_eq(siphash(key, input, 0), 0x726fdb47dd0e0e31);
	ck_assert_uint_eq(siphash(key, input, 8), 0x93f5f5799a932462);
}
END_TEST

START_TEST(a_line_has_time_level_and_text)
{
	int year, month, day, hour, minute, ms;
	char second[3], level[10], what[20];

	unsetenv("JOURNAL_STREAM");
	log_open(LOG_LEVEL_INFO, false);
	catch_stderr();
	log_warn("port %d", 4000);
	ck_assert_int_eq(
		sscanf(text(), "%d-%d-%dT%d:%d:%2s.%dZ strowger %9[^:]: %19[^\n]\n", &year,
			&month, &day, &hour, &minute, second, &ms, level, what),
		9);
	ck_assert_str_eq(level, "warning");
	ck_assert_str_eq(what, "port 4000");
}
END_TEST

START_TEST(lines_below_the_level_are_left_out)
{
	log_open(LOG_LEVEL_WARNING, false);
	catch_stderr();
	log_info("a");
	log_debug("b");
	ck_assert_str_eq(text(), "");
	log_set_level(LOG_LEVEL_DEBUG);
	ck_assert_int_eq(log_get_level(), LOG_LEVEL_DEBUG);
	log_debug("c");
	ck_assert_ptr_nonnull(strstr(text(), " debug: c\n"));
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("d");
	log_err("e");
	ck_assert_ptr_null(strstr(text(), ": d\n"));
	ck_assert_ptr_nonnull(strstr(text(), " error: e\n"));
}
END_TEST

START_TEST(the_journal_gets_priorities_and_no_time)
{
	char stream[64];
	struct stat st;

	catch_stderr();
	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof stream, "%lu:%lu", (unsigned long)st.st_dev,
		(unsigned long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open(LOG_LEVEL_DEBUG, false);
	log_err("a");
	log_warn("b");
	log_info("c");
	log_debug("d");
	ck_assert_str_eq(text(), "<3>a\n<4>b\n<6>c\n<7>d\n"); /* sd-daemon(3) */
}
END_TEST

START_TEST(redirected_stderr_is_not_the_journal)
{
	catch_stderr();
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_open(LOG_LEVEL_DEBUG, false);
	log_err("a");
	ck_assert_ptr_nonnull(strstr(text(), " strowger error: a\n"));
}
END_TEST

START_TEST(nobody_outside_can_forge_a_line)
{
	catch_stderr();
	log_open(LOG_LEVEL_INFO, false);
	log_info("%s", "x\n<0>all is lost\r\x1b[31m\x7f");
	ck_assert_ptr_nonnull(strstr(text(), "x?<0>all is lost??[31m?\n"));
}
END_TEST

START_TEST(a_long_line_is_cut)
{
	char big[5000];

	memset(big, 'a', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	catch_stderr();
	log_open(LOG_LEVEL_INFO, false);
	log_info("%s", big);
	ck_assert_uint_eq(strlen(text()), 1000);
	ck_assert_int_eq(text()[999], '\n');
}
END_TEST

START_TEST(errno_is_kept_and_can_be_told)
{
	catch_stderr();
	log_open(LOG_LEVEL_INFO, false);
	errno = ENOENT;
	log_info("%m");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(strstr(text(), "No such file or directory\n"));
}
END_TEST

START_TEST(a_call_is_named_by_a_keyed_hash)
{
	char a[32], b[32];

	log_open(LOG_LEVEL_INFO, false);
	strcpy(a, log_call("9f2e@pbx.example.org"));
	strcpy(b, log_call("9f2f@pbx.example.org"));
	ck_assert_uint_eq(strlen(a), strlen("call-3f9a1c02"));
	ck_assert_uint_eq(strspn(a + 5, "0123456789abcdef"), 8);
	ck_assert_str_ne(a, b);
	ck_assert_str_eq(log_call("9f2e@pbx.example.org"), a); /* always the same ... */
	log_open(LOG_LEVEL_INFO, false);
	ck_assert_str_ne(log_call("9f2e@pbx.example.org"), a); /* ... under the same key */
}
END_TEST

START_TEST(four_names_may_stand_in_one_line)
{
	const char *a, *b, *c, *d;
	char first[32];

	log_open(LOG_LEVEL_INFO, false);
	strcpy(first, log_call("a"));
	a = log_call("a");
	b = log_call("b");
	c = log_call("c");
	d = log_call("d");
	ck_assert_str_eq(a, first);
	ck_assert_str_ne(a, b);
	ck_assert_str_ne(b, c);
	ck_assert_str_ne(c, d);
}
END_TEST

START_TEST(plain_identifiers_are_the_calls_own)
{
	log_open(LOG_LEVEL_INFO, true);
	ck_assert(log_get_plain());
	ck_assert_str_eq(log_call("9f2e@pbx"), "9f2e@pbx");
	log_set_identifiers(false);
	ck_assert(!log_get_plain());
	ck_assert_str_ne(log_call("9f2e@pbx"), "9f2e@pbx");
}
END_TEST

START_TEST(a_line_about_a_call_begins_with_its_name)
{
	char expected[64];

	log_open(LOG_LEVEL_INFO, false);
	catch_stderr();
	errno = ENOENT;
	log_about("9f2e@pbx", LOG_LEVEL_INFO, "port %d: %m", 4000);
	ck_assert_int_eq(errno, ENOENT);
	log_hash("9f2e@pbx", expected);
	strcat(expected, ": port 4000: No such file or directory\n");
	ck_assert_ptr_nonnull(strstr(text(), expected));
	log_about("9f2e@pbx", LOG_LEVEL_DEBUG, "a");
	ck_assert_ptr_null(strstr(text(), ": a\n"));
}
END_TEST

START_TEST(a_calls_id_cannot_forge_a_line_or_outgrow_it)
{
	char id[3000];

	log_open(LOG_LEVEL_INFO, true);
	catch_stderr();
	log_about("x\n<0>y", LOG_LEVEL_INFO, "a");
	ck_assert_ptr_nonnull(strstr(text(), " x?<0>y: a\n"));
	memset(id, 'i', sizeof id - 1);
	id[sizeof id - 1] = '\0';
	log_about(id, LOG_LEVEL_INFO, "b");
	ck_assert_uint_eq(strlen(strstr(text(), ": a\n") + 4), 1000);
}
END_TEST

START_TEST(a_traced_call_has_a_level_of_its_own)
{
	log_open(LOG_LEVEL_WARNING, true);
	catch_stderr();
	ck_assert_int_eq(log_trace_begin("a", LOG_LEVEL_INFO, 60), 0);
	ck_assert(log_writes("a", LOG_LEVEL_INFO));
	ck_assert(!log_writes("a", LOG_LEVEL_DEBUG));
	ck_assert(!log_writes("b", LOG_LEVEL_INFO));
	log_about("a", LOG_LEVEL_INFO, "1");
	log_about("b", LOG_LEVEL_INFO, "2");
	log_info("3");
	ck_assert_ptr_nonnull(strstr(text(), "a: 1\n"));
	ck_assert_ptr_null(strstr(text(), "2\n"));
	ck_assert_ptr_null(strstr(text(), ": 3\n"));
	ck_assert(log_trace_end("a"));
	ck_assert(!log_trace_end("a"));
	ck_assert(!log_writes("a", LOG_LEVEL_INFO));
}
END_TEST

START_TEST(levels_are_found_by_name)
{
	ck_assert_int_eq(log_level_find("error"), LOG_LEVEL_ERROR);
	ck_assert_int_eq(log_level_find("debug"), LOG_LEVEL_DEBUG);
	ck_assert_int_eq(log_level_find("verbose"), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("log");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, siphash_is_that_of_the_paper);
	tcase_add_test(tc, a_line_has_time_level_and_text);
	tcase_add_test(tc, lines_below_the_level_are_left_out);
	tcase_add_test(tc, the_journal_gets_priorities_and_no_time);
	tcase_add_test(tc, redirected_stderr_is_not_the_journal);
	tcase_add_test(tc, nobody_outside_can_forge_a_line);
	tcase_add_test(tc, a_long_line_is_cut);
	tcase_add_test(tc, errno_is_kept_and_can_be_told);
	tcase_add_test(tc, a_call_is_named_by_a_keyed_hash);
	tcase_add_test(tc, four_names_may_stand_in_one_line);
	tcase_add_test(tc, plain_identifiers_are_the_calls_own);
	tcase_add_test(tc, a_line_about_a_call_begins_with_its_name);
	tcase_add_test(tc, a_calls_id_cannot_forge_a_line_or_outgrow_it);
	tcase_add_test(tc, a_traced_call_has_a_level_of_its_own);
	tcase_add_test(tc, levels_are_found_by_name);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
