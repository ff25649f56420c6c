/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/capabilities.c and the table of switch_caps.c, by what /proc says of each thread.
 * As root; what is given up is given up for good, so each test needs a process of its own,
 * which Check gives it. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/capabilities.h"
#include "dataplane/switch_caps.h"

enum { THREADS = 3 };

/* The set called WHAT of the task whose status is at PATH. */
static uint64_t
read_set(const char *path, const char *what)
{
	FILE *f = fopen(path, "r");
	char line[256], name[32];
	uint64_t set, found = UINT64_MAX;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "%31[^:]: %" SCNx64, name, &set) == 2 &&
			strcmp(name, what) == 0)
			found = set;
	fclose(f);
	return found;
}

/* All sets of all threads; how many threads. */
static unsigned
check_threads(uint64_t keep)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *e;
	unsigned n = 0;
	char path[300];

	while ((e = readdir(tasks)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/self/task/%s/status", e->d_name);
		ck_assert_uint_eq(read_set(path, "CapPrm"), keep);
		ck_assert_uint_eq(read_set(path, "CapEff"), keep);
		ck_assert_uint_eq(read_set(path, "CapBnd"), keep);
		ck_assert_uint_eq(read_set(path, "CapInh"), 0);
		ck_assert_uint_eq(read_set(path, "CapAmb"), 0);
		n++;
	}
	closedir(tasks);
	return n;
}

static int ends[2];
static bool interrupted;

/* As eal-intr-thread and vhost's do: waits in the kernel for most of its life. */
static void *
wait_for_the_end(void *arg)
{
	char byte;

	if (read(ends[0], &byte, 1) != 0)
		interrupted = true;
	return NULL;
}

START_TEST(every_thread_gives_up_what_is_not_kept)
{
	const uint64_t keep = CAPABILITY(CAP_NET_ADMIN) | CAPABILITY(CAP_PERFMON);
	pthread_t thread[THREADS];
	struct sigaction now;

	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, wait_for_the_end, NULL), 0);
	ck_assert_int_eq(capabilities_keep_everywhere(keep), 0);
	ck_assert_uint_ge(check_threads(keep), THREADS + 1);
	/* For good. */
	ck_assert_int_eq(capabilities_keep_everywhere(UINT64_MAX), 0);
	check_threads(keep);
	close(ends[1]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ck_assert(!interrupted);
	sigaction(SIGRTMIN, NULL, &now);
	ck_assert(now.sa_handler == SIG_DFL);
}
END_TEST

static void *
block_all_signals(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	return wait_for_the_end(arg);
}

START_TEST(a_thread_that_does_not_answer_is_an_error)
{
	pthread_t thread;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, block_all_signals, NULL), 0);
	usleep(50000);
	ck_assert_int_eq(capabilities_keep_everywhere(0), -ETIMEDOUT);
}
END_TEST

START_TEST(nothing_can_be_had_again_by_exec)
{
	ck_assert_int_eq(capabilities_keep(0), 0);
	/* Root's exec gives all capabilities that the bounding set has. */
	ck_assert_int_eq(system("grep -q '^CapEff:.*0000000000000000$' /proc/self/status"), 0);
}
END_TEST

START_TEST(a_switch_keeps_less_than_it_starts_with)
{
	uint64_t all = switch_caps(SWITCH_STARTS), runs = switch_caps(SWITCH_RUNS);

	ck_assert_uint_eq(runs & ~all, 0);
	ck_assert_uint_eq(runs, CAPABILITY(CAP_NET_ADMIN));
	ck_assert_uint_eq(switch_caps(SWITCH_HAS_NIC) & ~all, 0);
	ck_assert_uint_eq(switch_caps(SWITCH_CONNECTS) & ~all, 0);
	ck_assert_uint_eq(all & CAPABILITY(CAP_SYS_MODULE), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("capabilities");
	TCase *dropping = tcase_create("giving up");

	tcase_add_test(dropping, every_thread_gives_up_what_is_not_kept);
	tcase_add_test(dropping, a_thread_that_does_not_answer_is_an_error);
	tcase_add_test(dropping, nothing_can_be_had_again_by_exec);
	tcase_add_test(dropping, a_switch_keeps_less_than_it_starts_with);
	suite_add_tcase(s, dropping);
	return s;
}

int
main(void)
{
	SRunner *runner;
	int failed;

	if (geteuid() != 0) {
		fputs("needs root\n", stderr);
		return 77;
	}
	runner = srunner_create(suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
