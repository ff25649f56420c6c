/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/keeper.c, with the real launcher, fake_switch as the process, and a switch client of
 * our own that connects when we say so. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/switch_client.h"
#include "relay/keeper.h"
#include "relay/launcher.h"
#include "tests/scratch.h"

enum { PATIENCE_MS = 15000 };

/* ---- The client ---- */

struct switch_client {
	int refuse; /* what connect() answers; 0: it works once the fake switch has written its
		       diary */
	int pair[2];
	unsigned connects, pings, hang_ups;
	bool stop_sent;
	bool deaf; /* nothing is heard any more */
	bool pending, hurries;
	unsigned writes;
	uint64_t heard;
};

static struct switch_client client;
static struct event_base *base;
static struct launcher *launcher;
static struct keeper *keeper;
static const unsigned log_level = 2;
static char diary[64];
static bool failed, stopped;

/* The pid in the diary; 0: none yet. */
static pid_t
written_pid(void)
{
	FILE *f = fopen(diary, "r");
	int pid = 0;

	if (f == NULL || fscanf(f, "pid %d", &pid) != 1)
		pid = 0;
	if (f != NULL)
		fclose(f);
	return (pid_t)pid;
}

int
switch_client_connect(struct switch_client *c, const char *path)
{
	ck_assert_str_eq(path, "/switch.sock");
	if (c->refuse != 0)
		return c->refuse;
	if (written_pid() == 0)
		return -ECONNREFUSED;
	c->connects++;
	return 0;
}

int
switch_client_fd(const struct switch_client *c)
{
	return c->pair[0];
}

int
switch_client_state_fd(const struct switch_client *c)
{
	return -1;
}

const struct sw_state *
switch_client_state(const struct switch_client *c)
{
	return NULL;
}

void
switch_client_run(struct switch_client *c)
{
}

void
switch_client_write(struct switch_client *c)
{
	c->pending = c->hurries = false;
	c->writes++;
}

uint64_t
switch_client_heard(const struct switch_client *c)
{
	return c->heard;
}

void
switch_client_hang_up(struct switch_client *c, const char *why)
{
	c->hang_ups++;
	keeper_closed(keeper, why);
}

int
switch_client_log_set(struct switch_client *c, uint32_t level, switch_done *done, void *arg)
{
	ck_assert_uint_eq(level, log_level);
	c->pings++;
	c->heard += !c->deaf;
	return 0;
}

bool
switch_client_pending(const struct switch_client *c)
{
	return c->pending;
}

bool
switch_client_hurries(const struct switch_client *c)
{
	return c->hurries;
}

void
switch_client_hurry(struct switch_client *c)
{
	c->hurries = true;
}

int
switch_client_send(struct switch_client *c, enum sw_type type, switch_done *done, void *arg)
{
	c->stop_sent = type == SW_STOP;
	return 0;
}

/* ---- The story's steps ---- */

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
on_failed(void *arg)
{
	failed = true;
}

static void
on_stopped(void *arg)
{
	stopped = true;
}

/* Turn the loop until it is TRUE that ... */
#define UNTIL(condition)                                                           \
	for (uint64_t end_ = now_ms() + PATIENCE_MS; !(condition);) {              \
		ck_assert_msg(now_ms() < end_, "never came true: %s", #condition); \
		event_base_loop(base, EVLOOP_NONBLOCK);                            \
		usleep(500);                                                       \
	}

static void
turn_for_ms(unsigned ms)
{
	for (uint64_t end = now_ms() + ms; now_ms() < end; usleep(500))
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
setup(void)
{
	int fd;

	ck_assert_int_ge(fd = mkstemp(scratch(diary, "keeper")), 0);
	close(fd);
	ck_assert_ptr_nonnull(base = event_base_new());
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, client.pair), 0);
}

static void
teardown(void)
{
	keeper_close(keeper);
	launcher_close(launcher);
	event_base_free(base);
	if (written_pid() != 0)
		kill(written_pid(), SIGKILL);
	remove(diary);
}

/* A keeper whose launcher starts PROGRAM OPTION VALUE; NULL: that has none. */
static void
keep(const char *program, const char *option, const char *value)
{
	static char *argv[4];

	if (program != NULL) {
		argv[0] = strdup(program);
		argv[1] = strdup(option);
		argv[2] = strdup(value);
		ck_assert_ptr_nonnull(launcher = launcher_open(argv, NULL));
		for (int i = 0; i < 3; i++)
			free(argv[i]);
	}
	keeper = keeper_open(&(struct keeper_conf){
		.base = base,
		.client = &client,
		.launcher = launcher,
		.path = "/switch.sock",
		.lock = diary,
		.log_level = &log_level,
		.failed = on_failed,
		.stopped = on_stopped,
	});
	ck_assert_ptr_nonnull(keeper);
}

/* The switch that is connected says welcome. */
static pid_t
welcome(void)
{
	pid_t pid = written_pid();

	client.heard++;
	keeper_welcome(keeper);
	ck_assert(keeper_is_up(keeper));
	return pid;
}

/* Start the first switch and welcome it. */
static pid_t
first_switch(void)
{
	keep(FAKE_SWITCH, "--run-dir", diary);
	UNTIL(client.connects == 1);
	return welcome();
}

/* The switch is killed, and the client has noticed. */
static void
die(pid_t pid)
{
	ck_assert_int_eq(truncate(diary, 0), 0);
	kill(pid, SIGKILL);
	keeper_closed(keeper, "killed by the test");
}

START_TEST(delays_grow_only_while_deaths_follow_each_other)
{
	ck_assert_uint_eq(keeper_delay_ms(0, UINT64_MAX), 0); /* the first ever */
	ck_assert_uint_eq(keeper_delay_ms(0, 5000), 0);
	ck_assert_uint_eq(keeper_delay_ms(0, 4999), 100);
	ck_assert_uint_eq(keeper_delay_ms(100, 10), 200);
	ck_assert_uint_eq(keeper_delay_ms(800, 10), 1600);
	ck_assert_uint_eq(keeper_delay_ms(1600, 10), 2000);
	ck_assert_uint_eq(keeper_delay_ms(2000, 10), 2000);
	ck_assert_uint_eq(keeper_delay_ms(2000, 5000), 0);
}
END_TEST

START_TEST(a_switch_that_runs_is_attached_to)
{
	FILE *f = fopen(diary, "w");

	fprintf(f, "pid %d", (int)getpid());
	fclose(f);
	keep(FAKE_SWITCH, "--run-dir", "/dev/null");
	UNTIL(client.connects == 1);
	welcome();
	turn_for_ms(20);
	ck_assert_int_eq(written_pid(), getpid()); /* no other was started */
	ck_assert_uint_eq(keeper_restarts(keeper), 0);
	ck_assert_int_eq(truncate(diary, 0), 0); /* not ours to kill */
}
END_TEST

START_TEST(one_that_is_missing_is_started_and_one_that_died_replaced)
{
	pid_t first = first_switch();

	die(first);
	ck_assert(!keeper_is_up(keeper));
	UNTIL(client.connects == 2);
	ck_assert_int_ne(welcome(), first);
	ck_assert_uint_eq(keeper_restarts(keeper), 1);
	ck_assert(!failed);
}
END_TEST

/* Is there a report of the launcher's within a while? */
static bool
reports(void)
{
	return poll(&(struct pollfd){.fd = launcher_fd(launcher), .events = POLLIN}, 1,
		       2000) == 1;
}

/* It has hung up, and its end is looked for again and again; but the launcher knows first. */
START_TEST(the_next_one_is_started_as_soon_as_the_end_of_the_last_one_is_told)
{
	pid_t first = first_switch();

	ck_assert_int_eq(kill(launcher_helper(launcher), SIGSTOP), 0);
	ck_assert_int_gt(waitpid(launcher_helper(launcher), NULL, WUNTRACED), 0);
	die(first);
	turn_for_ms(20);
	event_base_loop(base, EVLOOP_ONCE); /* it has just been looked */
	ck_assert_int_eq(kill(launcher_helper(launcher), SIGCONT), 0);
	ck_assert(reports());
	event_base_loop(base, EVLOOP_NONBLOCK); /* the end is told */
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert(reports()); /* the next one has been started */
	UNTIL(client.connects == 2);
	ck_assert_int_ne(welcome(), first);
}
END_TEST

START_TEST(the_second_death_in_a_row_is_waited_for)
{
	uint64_t died;

	die(first_switch());
	UNTIL(client.connects == 2);
	die(welcome());
	died = now_ms();
	UNTIL(client.connects == 3);
	ck_assert_uint_ge(now_ms() - died, 99);
}
END_TEST

START_TEST(what_does_not_hurry_waits_for_company_and_not_for_ever)
{
	first_switch();
	client.pending = true;
	keeper_flush(keeper);
	ck_assert_uint_eq(client.writes, 0);
	client.hurries = true; /* there it is */
	keeper_flush(keeper);
	ck_assert_uint_eq(client.writes, 1);

	client.pending = true;
	keeper_flush(keeper);
	ck_assert_uint_eq(client.writes, 1);
	for (uint64_t end = now_ms() + PATIENCE_MS; client.writes == 1; usleep(500)) {
		ck_assert_uint_lt(now_ms(), end);
		event_base_loop(base, EVLOOP_NONBLOCK);
		keeper_flush(keeper);
	}
}
END_TEST

/* A switch that somebody else has started has hung up, but its process, and with that its lock
 * and its device, is still there.  Another one would show in a diary of its own. */
START_TEST(no_second_one_is_started_while_the_first_lives)
{
	char second[SCRATCH];
	pid_t first = fork();
	struct stat st;
	int fd;

	if (first == 0)
		_exit(execl(FAKE_SWITCH, FAKE_SWITCH, "--run-dir", diary, NULL));
	ck_assert_int_ge(fd = mkstemp(scratch(second, "keeper")), 0);
	UNTIL(written_pid() != 0);
	keep(FAKE_SWITCH, "--run-dir", second);
	UNTIL(client.connects == 1);
	welcome();

	client.refuse = -ECONNREFUSED;
	keeper_closed(keeper, "it hung up");
	turn_for_ms(300);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	kill(first, SIGKILL);
	UNTIL(fstat(fd, &st) == 0 && st.st_size > 0);
	keeper_stop(keeper);
	UNTIL(stopped);
	close(fd);
	remove(second);
}
END_TEST

START_TEST(a_first_start_that_fails_is_final)
{
	keep(FAKE_SWITCH, "--exit", "1");
	UNTIL(failed);
	ck_assert(!stopped);
}
END_TEST

START_TEST(a_missing_program_is_final)
{
	keep("/nowhere/strowger-switch", "--exit", "1");
	UNTIL(failed);
}
END_TEST

START_TEST(a_switch_that_does_not_take_us_is_final)
{
	FILE *f = fopen(diary, "w");

	fprintf(f, "pid %d", (int)getpid());
	fclose(f);
	keep(FAKE_SWITCH, "--run-dir", "/dev/null");
	for (unsigned n = 1; n <= 3; n++) {
		ck_assert(!failed);
		UNTIL(client.connects == n);
		keeper_closed(keeper, "another version");
	}
	ck_assert(failed);
	ck_assert_int_eq(truncate(diary, 0), 0);
}
END_TEST

/* As after an upgrade of who has lost its helper. */
START_TEST(a_switch_that_runs_is_attached_to_without_the_helper)
{
	FILE *f = fopen(diary, "r+");

	fprintf(f, "pid %d", (int)getpid());
	fflush(f);
	ck_assert_int_eq(flock(fileno(f), LOCK_EX), 0);
	client.refuse = -ECONNREFUSED;
	keep(FAKE_SWITCH, "--run-dir", "/dev/null");
	kill(launcher_helper(launcher), SIGKILL);
	turn_for_ms(50);
	ck_assert(!failed);
	client.refuse = 0;
	UNTIL(client.connects == 1);
	welcome();
	ck_assert_int_eq(truncate(diary, 0), 0);
	fclose(f);
}
END_TEST

START_TEST(a_first_start_without_the_helper_is_final)
{
	keep(FAKE_SWITCH, "--run-dir", "/dev/null");
	kill(launcher_helper(launcher), SIGKILL);
	UNTIL(failed);
}
END_TEST

START_TEST(without_a_launcher_it_waits_for_as_long_as_it_takes)
{
	client.refuse = -ENOENT;
	keep(NULL, NULL, NULL);
	turn_for_ms(300);
	ck_assert(!failed);
	ck_assert_uint_eq(client.connects, 0);
}
END_TEST

START_TEST(a_stop_is_over_when_the_process_is)
{
	pid_t pid = first_switch();

	keeper_stop(keeper);
	ck_assert(client.stop_sent);
	turn_for_ms(30);
	ck_assert(!stopped);
	kill(pid, SIGKILL); /* as if it had obeyed */
	UNTIL(stopped);
	ck_assert(!failed);
}
END_TEST

START_TEST(a_switch_that_does_not_obey_gets_a_signal)
{
	pid_t pid = first_switch();

	keeper_stop(keeper);
	UNTIL(stopped);
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}
END_TEST

START_TEST(a_switch_that_answers_is_left_alone)
{
	pid_t pid = first_switch();

	turn_for_ms(3000);
	ck_assert(keeper_is_up(keeper));
	ck_assert_uint_ge(client.pings, 4);
	ck_assert_int_eq(kill(pid, 0), 0);
}
END_TEST

/* First a new greeting, which one that is merely slow survives. */
START_TEST(a_switch_that_hangs_is_greeted_anew_and_not_killed_if_it_answers)
{
	pid_t pid = first_switch();

	client.deaf = true;
	UNTIL(client.hang_ups == 1);
	ck_assert(!keeper_is_up(keeper));
	UNTIL(client.connects == 2);
	turn_for_ms(1000);
	client.deaf = false;
	ck_assert_int_eq(welcome(), pid);
	turn_for_ms(3500);
	ck_assert_int_eq(kill(pid, 0), 0);
	ck_assert_uint_eq(client.hang_ups, 1);
}
END_TEST

START_TEST(a_switch_that_goes_on_hanging_is_killed_and_replaced)
{
	pid_t pid = first_switch();
	uint64_t began = now_ms();

	client.deaf = true;
	UNTIL(client.connects == 2);
	UNTIL(kill(pid, 0) != 0);
	ck_assert_uint_ge(now_ms() - began, 4900);
	ck_assert_int_eq(truncate(diary, 0), 0);
	keeper_closed(keeper, "killed");
	UNTIL(client.connects == 3);
	ck_assert_int_ne(welcome(), pid);
	ck_assert(!failed);
}
END_TEST

/* It is another's, and in the middle of saying welcome. */
START_TEST(a_stop_while_greeting_is_said_at_the_welcome)
{
	FILE *f = fopen(diary, "r+");

	fprintf(f, "pid %d", (int)getpid());
	fflush(f);
	ck_assert_int_eq(flock(fileno(f), LOCK_EX), 0);
	keep(FAKE_SWITCH, "--run-dir", "/dev/null");
	UNTIL(client.connects == 1);
	keeper_stop(keeper);
	turn_for_ms(20);
	ck_assert(!client.stop_sent && !stopped);
	keeper_welcome(keeper);
	ck_assert(client.stop_sent);
	ck_assert_int_eq(truncate(diary, 0), 0);
	flock(fileno(f), LOCK_UN); /* and gone */
	UNTIL(stopped);
	ck_assert(!failed);
	fclose(f);
}
END_TEST

START_TEST(one_that_cannot_be_told_to_stop_is_not_waited_for)
{
	uint64_t began;
	FILE *f = fopen(diary, "r+");

	fprintf(f, "pid %d", (int)getpid());
	fflush(f);
	ck_assert_int_eq(flock(fileno(f), LOCK_EX), 0);
	keep(FAKE_SWITCH, "--run-dir", "/dev/null");
	UNTIL(client.connects == 1);
	began = now_ms();
	keeper_stop(keeper);
	UNTIL(failed); /* for it is still there */
	ck_assert(!stopped);
	ck_assert_uint_lt(now_ms() - began, 5000);
	ck_assert_int_eq(truncate(diary, 0), 0);
	fclose(f);
}
END_TEST

START_TEST(giving_up_ends_what_was_started)
{
	pid_t pid = first_switch();

	keeper_give_up(keeper);
	ck_assert(client.stop_sent);
	ck_assert(!failed);
	kill(pid, SIGKILL); /* as if it had obeyed */
	UNTIL(failed);
	ck_assert(!stopped);
}
END_TEST

/* The helper has been asked for a switch, and control is told to stop before it has heard of
 * it. */
START_TEST(a_stop_right_after_the_start_ends_what_was_started)
{
	client.refuse = -ECONNREFUSED;
	keep(FAKE_SWITCH, "--run-dir", diary);
	event_base_loop(base, EVLOOP_ONCE);
	keeper_stop(keeper);
	UNTIL(stopped);
	turn_for_ms(20);
	ck_assert(written_pid() == 0 || kill(written_pid(), 0) != 0);
}
END_TEST

START_TEST(a_stop_before_the_first_welcome_ends_what_was_started)
{
	client.refuse = -ECONNREFUSED;
	keep(FAKE_SWITCH, "--run-dir", diary);
	UNTIL(written_pid() != 0);
	keeper_stop(keeper);
	UNTIL(stopped);
	ck_assert(!failed);
	ck_assert_int_eq(kill(written_pid(), 0), -1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("keeper");
	TCase *t = tcase_create("life");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, delays_grow_only_while_deaths_follow_each_other);
	tcase_add_test(t, a_switch_that_runs_is_attached_to);
	tcase_add_test(t, one_that_is_missing_is_started_and_one_that_died_replaced);
	tcase_add_test(t, the_next_one_is_started_as_soon_as_the_end_of_the_last_one_is_told);
	tcase_add_test(t, the_second_death_in_a_row_is_waited_for);
	tcase_add_test(t, what_does_not_hurry_waits_for_company_and_not_for_ever);
	tcase_add_test(t, no_second_one_is_started_while_the_first_lives);
	tcase_add_test(t, a_first_start_that_fails_is_final);
	tcase_add_test(t, a_missing_program_is_final);
	tcase_add_test(t, a_switch_that_does_not_take_us_is_final);
	tcase_add_test(t, a_switch_that_runs_is_attached_to_without_the_helper);
	tcase_add_test(t, a_first_start_without_the_helper_is_final);
	tcase_add_test(t, without_a_launcher_it_waits_for_as_long_as_it_takes);
	tcase_add_test(t, a_stop_is_over_when_the_process_is);
	tcase_add_test(t, a_switch_that_does_not_obey_gets_a_signal);
	tcase_add_test(t, a_switch_that_answers_is_left_alone);
	tcase_add_test(t, a_switch_that_hangs_is_greeted_anew_and_not_killed_if_it_answers);
	tcase_add_test(t, a_switch_that_goes_on_hanging_is_killed_and_replaced);
	tcase_add_test(t, a_stop_while_greeting_is_said_at_the_welcome);
	tcase_add_test(t, one_that_cannot_be_told_to_stop_is_not_waited_for);
	tcase_add_test(t, giving_up_ends_what_was_started);
	tcase_add_test(t, a_stop_right_after_the_start_ends_what_was_started);
	tcase_add_test(t, a_stop_before_the_first_welcome_ends_what_was_started);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failures;

	srunner_run_all(runner, CK_ENV);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
