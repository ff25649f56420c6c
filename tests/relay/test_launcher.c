/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/launcher.c, with fake_switch (FAKE_SWITCH is its path) as the switch. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/launcher.h"
#include "tests/scratch.h"

enum { PATIENCE_MS = 15000 };

static char diary[64]; /* what the fake switch wrote */
static struct launcher *launcher;

static void
setup(void)
{
	int fd;

	fd = mkstemp(scratch(diary, "launcher"));
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
teardown(void)
{
	launcher_close(launcher);
	remove(diary);
}

static void
open_with(const char *program, const char *option, const char *value)
{
	static char *argv[4];

	argv[0] = strdup(program);
	argv[1] = strdup(option);
	argv[2] = strdup(value);
	launcher = launcher_open(argv, NULL);
	ck_assert_ptr_nonnull(launcher);
	for (int i = 0; i < 3; i++)
		free(argv[i]); /* the helper has its own */
}

static struct launcher_report
next_report(void)
{
	struct pollfd p = {.fd = launcher_fd(launcher), .events = POLLIN};
	struct launcher_report r;

	ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
	ck_assert_int_eq(launcher_read(launcher, &r), 0);
	return r;
}

/* The switch's pid, from its own words; and the rest of them. */
static pid_t
read_diary(int *session, int *notify, char state[64])
{
	int pid;

	for (int i = 0; i < PATIENCE_MS; i++) {
		FILE *f = fopen(diary, "r");
		int n = fscanf(f, "pid %d session %d notify %d state %63s\n", &pid, session,
			notify, state);

		fclose(f);
		if (n == 4)
			return (pid_t)pid;
		usleep(1000);
	}
	ck_abort_msg("the switch has not begun");
}

static bool
ends(pid_t pid)
{
	for (int i = 0; i < PATIENCE_MS; i++) {
		if (kill(pid, 0) != 0 && errno == ESRCH)
			return true;
		usleep(1000);
	}
	return false;
}

START_TEST(a_switch_is_started_and_its_end_is_told)
{
	struct launcher_report r;
	int session, notify;
	char state[64];
	pid_t pid;

	setenv("NOTIFY_SOCKET", "@nobody", 1);
	open_with(FAKE_SWITCH, "--run-dir", diary);
	ck_assert_int_eq(launcher_start(launcher, -1), 0);
	r = next_report();
	ck_assert_uint_eq(r.what, LAUNCHER_STARTED);
	pid = read_diary(&session, &notify, state);
	ck_assert_int_eq(r.pid, pid);
	ck_assert_int_eq(session, pid); /* not the terminal's */
	ck_assert_int_eq(notify, 0);    /* not our service manager's business */
	ck_assert_str_eq(state, "none");

	ck_assert_int_eq(launcher_read(launcher, &r), -EAGAIN);
	kill(pid, SIGKILL);
	r = next_report();
	ck_assert_uint_eq(r.what, LAUNCHER_ENDED);
	ck_assert_int_eq(r.pid, pid);
	ck_assert(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL);
}
END_TEST

START_TEST(the_state_is_handed_on)
{
	int fd = memfd_create("state", MFD_CLOEXEC), session, notify;
	char state[64];
	pid_t pid;

	ck_assert_int_eq(pwrite(fd, "treasure", 8, 0), 8);
	open_with(FAKE_SWITCH, "--run-dir", diary);
	ck_assert_int_eq(launcher_start(launcher, fd), 0);
	close(fd);
	ck_assert_uint_eq(next_report().what, LAUNCHER_STARTED);
	pid = read_diary(&session, &notify, state);
	ck_assert_str_eq(state, "treasure");
	kill(pid, SIGKILL);
	ck_assert_uint_eq(next_report().what, LAUNCHER_ENDED);
}
END_TEST

START_TEST(nothing_is_restarted_unasked_and_one_runs_at_a_time)
{
	struct launcher_report r;
	pid_t first;

	open_with(FAKE_SWITCH, "--run-dir", diary);
	launcher_start(launcher, -1);
	first = next_report().pid;
	launcher_start(launcher, -1);
	r = next_report();
	ck_assert_uint_eq(r.what, LAUNCHER_FAILED);
	ck_assert_int_eq(r.status, EBUSY);
	kill(first, SIGKILL);
	ck_assert_uint_eq(next_report().what, LAUNCHER_ENDED);
	usleep(50000);
	ck_assert_int_eq(launcher_read(launcher, &r), -EAGAIN);
	launcher_start(launcher, -1);
	r = next_report();
	ck_assert_uint_eq(r.what, LAUNCHER_STARTED);
	ck_assert_int_ne(r.pid, first);
	kill(r.pid, SIGKILL);
	ck_assert_uint_eq(next_report().what, LAUNCHER_ENDED);
}
END_TEST

START_TEST(an_exit_status_is_told)
{
	struct launcher_report r;

	open_with(FAKE_SWITCH, "--exit", "3");
	launcher_start(launcher, -1);
	ck_assert_uint_eq(next_report().what, LAUNCHER_STARTED);
	r = next_report();
	ck_assert_uint_eq(r.what, LAUNCHER_ENDED);
	ck_assert(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 3);
}
END_TEST

START_TEST(a_missing_program_is_told)
{
	struct launcher_report r;

	open_with("/nowhere/strowger-switch", "--exit", "0");
	launcher_start(launcher, -1);
	r = next_report();
	ck_assert_uint_eq(r.what, LAUNCHER_FAILED);
	ck_assert_int_eq(r.status, ENOENT);
}
END_TEST

START_TEST(signals_reach_only_what_was_started)
{
	pid_t pid;

	open_with(FAKE_SWITCH, "--run-dir", diary);
	ck_assert_int_eq(launcher_signal(launcher, SIGKILL), 0); /* nobody there: nothing */
	launcher_start(launcher, -1);
	pid = next_report().pid;
	launcher_signal(launcher, SIGTERM);
	ck_assert_int_eq(WTERMSIG(next_report().status), SIGTERM);
	ck_assert(ends(pid));
}
END_TEST

/* Control is killed: the helper goes, the switch stays. */
START_TEST(the_switch_outlives_control_and_helper)
{
	int session, notify, status;
	pid_t pid, control = fork();
	char state[64];

	if (control == 0) {
		open_with(FAKE_SWITCH, "--run-dir", diary);
		launcher_start(launcher, -1);
		for (;;)
			pause();
	}
	pid = read_diary(&session, &notify, state);
	kill(control, SIGKILL);
	ck_assert_int_eq(waitpid(control, &status, 0), control);
	usleep(50000);
	ck_assert_int_eq(kill(pid, 0), 0);
	kill(pid, SIGKILL);
}
END_TEST

START_TEST(closing_ends_the_helper_but_not_the_switch)
{
	struct launcher_report r;

	open_with(FAKE_SWITCH, "--run-dir", diary);
	launcher_start(launcher, -1);
	r = next_report();
	launcher_close(launcher); /* waits for the helper */
	launcher = NULL;
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(kill(r.pid, 0), 0);
	kill(r.pid, SIGKILL);
}
END_TEST

/* What a terminal's ^C or a service manager's stop sends to the group must not end the helper
 * before control has decided. */
START_TEST(the_helper_ignores_signals_to_the_group)
{
	struct launcher_report r;

	setpgid(0, 0);
	open_with(FAKE_SWITCH, "--exit", "0");
	usleep(50000);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	kill(0, SIGTERM);
	kill(0, SIGINT);
	launcher_start(launcher, -1);
	r = next_report();
	ck_assert_uint_eq(r.what, LAUNCHER_STARTED);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("launcher");
	TCase *life = tcase_create("life");

	tcase_add_checked_fixture(life, setup, teardown);
	tcase_set_timeout(life, 60);
	tcase_add_test(life, a_switch_is_started_and_its_end_is_told);
	tcase_add_test(life, the_state_is_handed_on);
	tcase_add_test(life, nothing_is_restarted_unasked_and_one_runs_at_a_time);
	tcase_add_test(life, an_exit_status_is_told);
	tcase_add_test(life, a_missing_program_is_told);
	tcase_add_test(life, signals_reach_only_what_was_started);
	tcase_add_test(life, the_switch_outlives_control_and_helper);
	tcase_add_test(life, closing_ends_the_helper_but_not_the_switch);
	tcase_add_test(life, the_helper_ignores_signals_to_the_group);
	suite_add_tcase(s, life);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
