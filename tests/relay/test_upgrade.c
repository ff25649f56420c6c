/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/upgrade.c, which asks programs that are shell scripts here, and relay/handed.c, whose
 * next program is this one. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/switch.h"
#include "relay/handed.h"
#include "relay/upgrade.h"
#include "tests/scratch.h"

static struct event_base *base;
static struct upgrade *upgrade;
static char path[64];
static char run_dir[SCRATCH]; /* has a blank */
static char word[3][12] = {"strowger", "-c", "a file"};
static char *const argv[] = {word[0], word[1], word[2], NULL};
static unsigned answers;
static char version[32], error[512];

static void
checked(void *arg, const char *v, const char *e)
{
	answers++;
	ck_assert((v == NULL) == (e != NULL));
	snprintf(version, sizeof version, "%s", v != NULL ? v : "");
	snprintf(error, sizeof error, "%s", e != NULL ? e : "");
}

static void
setup(void)
{
	int fd;

	answers = 0;
	ck_assert_int_ge(fd = mkstemp(scratch(path, "program")), 0);
	close(fd);
	scratch(run_dir, "up grade");
	ck_assert_ptr_nonnull(mkdtemp(run_dir));
	base = event_base_new();
	upgrade = upgrade_open(&(struct upgrade_conf){.base = base,
		.program = path,
		.argv = argv,
		.run_dir = run_dir,
		.checked = checked});
	ck_assert_ptr_nonnull(upgrade);
}

static void
teardown(void)
{
	upgrade_close(upgrade);
	event_base_free(base);
	unlink(path);
	rmdir(run_dir);
}

/* A program of these lines, and what is said of it. */
static void
program(const char *lines)
{
	FILE *f = fopen(path, "w");

	fprintf(f, "#!/bin/sh\n%s\n", lines);
	fclose(f);
	chmod(path, 0755);
}

static void
judge(void)
{
	ck_assert_int_eq(upgrade_check(upgrade), 0);
	ck_assert_int_eq(upgrade_check(upgrade), -EBUSY);
	while (answers == 0)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
}

START_TEST(a_program_that_says_it_can_is_told_of_with_its_version)
{
	char lines[200];

	snprintf(lines, sizeof lines,
		"[ \"$*\" = '-c a file --check-upgrade' ] || exit 1\n"
		"echo a warning >&2; echo 'strowger-upgrade: 9.8.7 %d %s'",
		SW_ABI, run_dir);
	program(lines);
	judge();
	ck_assert_str_eq(error, "");
	ck_assert_str_eq(version, "9.8.7");
	answers = 0;
	judge(); /* as often as you like */
	ck_assert_str_eq(version, "9.8.7");
}
END_TEST

static const struct {
	const char *program, *says;
} wrong[] = {
	{"echo first; echo it is broken >&2; exit 1", "does not start: it is broken"},
	{"kill -SEGV $$", "does not start: it says nothing"},
	{"echo fine", "is no strowger"},
	{"echo strowger-upgrade: nonsense", "is no strowger"},
	{"echo strowger-upgrade: 9 1000 /run; exit 0", "speaks version 1000 to its switch"},
};

START_TEST(a_program_that_cannot_is_refused_with_the_reason)
{
	program(wrong[_i].program);
	judge();
	ck_assert_str_eq(version, "");
	ck_assert_msg(strstr(error, wrong[_i].says) != NULL, "%s", error);
}
END_TEST

START_TEST(a_program_with_many_warnings_can_take_over)
{
	char lines[300];

	snprintf(lines, sizeof lines,
		"for i in $(seq 400); do echo a warning of the program, number $i >&2; done\n"
		"echo 'strowger-upgrade: 9.8.7 %d %s'",
		SW_ABI, run_dir);
	program(lines);
	judge();
	ck_assert_str_eq(error, "");
	ck_assert_str_eq(version, "9.8.7");
	program("for i in $(seq 400); do echo a warning, number $i; done; exit 1");
	answers = 0;
	judge();
	ck_assert_msg(
		strstr(error, "does not start: a warning, number 400") != NULL, "%s", error);
}
END_TEST

START_TEST(a_program_that_would_run_elsewhere_is_refused)
{
	char lines[200];

	snprintf(lines, sizeof lines, "echo 'strowger-upgrade: 9.8.7 %d %s-2'", SW_ABI,
		run_dir);
	program(lines);
	judge();
	ck_assert_msg(
		strstr(error, "-2") != NULL && strstr(error, "run_dir") != NULL, "%s", error);
	snprintf(lines, sizeof lines, "echo 'strowger-upgrade: 9.8.7 %d'", SW_ABI);
	program(lines);
	answers = 0;
	judge(); /* which says nothing of it */
	ck_assert_msg(strstr(error, "is no strowger") != NULL, "%s", error);
}
END_TEST

START_TEST(no_program_takes_over_a_run_directory_that_is_gone)
{
	char lines[200];

	snprintf(lines, sizeof lines, "echo 'strowger-upgrade: 9.8.7 %d %s'", SW_ABI, run_dir);
	program(lines);
	rmdir(run_dir);
	judge();
	ck_assert_msg(strstr(error, "No such file") != NULL, "%s", error);
}
END_TEST

START_TEST(what_is_no_program_is_refused)
{
	judge(); /* may not be executed */
	ck_assert_ptr_nonnull(strstr(error, "Permission denied"));
	answers = 0;
	unlink(path);
	judge();
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
}
END_TEST

START_TEST(a_check_that_runs_ends_with_us)
{
	program("sleep 100");
	ck_assert_int_eq(upgrade_check(upgrade), 0);
	upgrade_close(upgrade);
	upgrade = NULL;
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_uint_eq(answers, 0);
}
END_TEST

/* ---- What is handed over. ---- */

enum { ALL = 42, NONE };

/* This program, run again by handed_exec(). */
static int
next_program(void)
{
	struct handed h;
	struct stat st;
	bool all = handed_take(&h) && h.helper == 17 && h.child == 0 && h.state == -1 &&
		   h.lock >= 0 && fstat(h.lock, &st) == 0 && S_ISREG(st.st_mode) &&
		   fcntl(h.lock, F_GETFD) == FD_CLOEXEC && h.rpc >= 0 &&
		   fstat(h.rpc, &st) == 0 && S_ISFIFO(st.st_mode);

	return all && !handed_take(&h) ? ALL : NONE;
}

START_TEST(the_next_program_has_what_it_is_handed)
{
	static char next[] = "next";
	char *const again[] = {word[0], next, NULL};
	int pipes[2], status;
	struct handed h = {.state = -1, .launcher = -1, .helper = 17};
	pid_t pid;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	h.lock = open(path, O_RDWR | O_CLOEXEC);
	h.rpc = pipes[0];
	if ((pid = fork()) == 0) {
		handed_exec(&h, "/proc/self/exe", again);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	ck_assert_int_eq(WEXITSTATUS(status), ALL);
	close(h.lock);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(after_an_exec_that_fails_all_is_as_it_was)
{
	struct handed h = {.rpc = -1, .state = -1, .launcher = -1}, none;

	h.lock = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(handed_exec(&h, "/nowhere", argv), -ENOENT);
	ck_assert_int_eq(fcntl(h.lock, F_GETFD), FD_CLOEXEC);
	ck_assert(!handed_take(&none));
	ck_assert_int_eq(none.lock, -1);
	close(h.lock);
}
END_TEST

START_TEST(a_variable_that_somebody_made_up_is_nothing)
{
	static const char *const made_up[] = {
		"", "lock", "lock=9999,rpc=3", "lock=-1", "=,=,"};
	struct handed h;

	for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++) {
		setenv("STROWGER_HANDED", made_up[i], 1);
		ck_assert(!handed_take(&h));
		ck_assert_int_eq(h.rpc, -1);
		ck_assert_ptr_null(getenv("STROWGER_HANDED"));
	}
}
END_TEST

int
main(int argc, char **args)
{
	Suite *s;
	TCase *t;
	SRunner *r;
	int failed;

	if (argc == 2 && strcmp(args[1], "next") == 0)
		return next_program();
	s = suite_create("upgrade");
	t = tcase_create("upgrade");
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_program_that_says_it_can_is_told_of_with_its_version);
	tcase_add_loop_test(t, a_program_that_cannot_is_refused_with_the_reason, 0,
		(int)(sizeof wrong / sizeof *wrong));
	tcase_add_test(t, a_program_with_many_warnings_can_take_over);
	tcase_add_test(t, a_program_that_would_run_elsewhere_is_refused);
	tcase_add_test(t, no_program_takes_over_a_run_directory_that_is_gone);
	tcase_add_test(t, what_is_no_program_is_refused);
	tcase_add_test(t, a_check_that_runs_ends_with_us);
	tcase_add_test(t, the_next_program_has_what_it_is_handed);
	tcase_add_test(t, after_an_exec_that_fails_all_is_as_it_was);
	tcase_add_test(t, a_variable_that_somebody_made_up_is_nothing);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
