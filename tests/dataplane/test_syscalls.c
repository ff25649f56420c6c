/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/syscalls.c.  A filter is for good, so each test needs a process of its own, which
 * Check gives it. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/syscalls.h"
#include "tests/scratch.h"

static const struct syscall_row rows[] = {
	/* Check's own. */
	SYSCALL(mmap),
	SYSCALL(kill),
	SYSCALL(timer_create),
	SYSCALL(timer_settime),
	SYSCALL(timer_delete),
	/* To be tried. */
	SYSCALL(getppid),
	SYSCALL_IF(socket, 1, AF_UNIX),
	SYSCALL_WITHOUT(mprotect, 3, PROT_EXEC),
	SYSCALL_WITH(access, 2, R_OK),
	SYSCALL(clone),
};

static int
allow(size_t n)
{
	const struct syscall_table tables[] = {syscalls_common, {rows, n}};

	return syscalls_allow(tables, 2);
}

static int
allow_all_rows(void)
{
	return allow(sizeof rows / sizeof *rows);
}

/* How many filters this thread is under; -1: the kernel does not say. */
static int
filters(void)
{
	FILE *f = fopen("/proc/thread-self/status", "r");
	char line[256];
	int n = -1;

	while (f != NULL && n < 0 && fgets(line, sizeof line, f) != NULL)
		(void)!sscanf(line, "Seccomp_filters: %d", &n);
	if (f != NULL)
		fclose(f);
	return n;
}

START_TEST(what_is_in_no_table_is_refused_as_by_an_old_kernel)
{
	ck_assert_int_gt(syscall(SYS_getpgid, 0), 0);
	ck_assert_int_eq(allow_all_rows(), 0);
	ck_assert_int_gt(getppid(), 0);
	errno = 0;
	ck_assert_int_eq(syscall(SYS_getpgid, 0), -1);
	ck_assert_int_eq(errno, ENOSYS);
	ck_assert_int_gt(filters(), 0);
}
END_TEST

START_TEST(an_argument_may_decide)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_int_eq(allow_all_rows(), 0);
	ck_assert_int_ge(socket(AF_UNIX, SOCK_STREAM, 0), 0);
	ck_assert_int_eq(socket(AF_INET, SOCK_STREAM, 0), -1);
	ck_assert_int_eq(errno, ENOSYS);
	ck_assert_int_eq(mprotect(page, 4096, PROT_READ | PROT_WRITE), 0);
	ck_assert_int_eq(mprotect(page, 4096, PROT_READ | PROT_EXEC), -1);
	ck_assert_int_eq(errno, ENOSYS);
}
END_TEST

static int go[2];

static void *
call_when_told(void *result)
{
	char byte;

	(void)!read(go[0], &byte, 1);
	*(int *)result = syscall(SYS_getpgid, 0) == -1 ? errno : 0;
	return NULL;
}

START_TEST(threads_that_run_already_are_under_it)
{
	pthread_t thread;
	int result = -1;

	ck_assert_int_eq(pipe(go), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, call_when_told, &result), 0);
	ck_assert_int_eq(allow_all_rows(), 0);
	ck_assert_int_eq(write(go[1], "", 1), 1);
	pthread_join(thread, NULL);
	ck_assert_int_eq(result, ENOSYS);
}
END_TEST

static void *
be_there(void *there)
{
	*(bool *)there = true;
	return NULL;
}

/* All signals are blocked while the C library tries clone3(). */
START_TEST(threads_can_be_started_under_it)
{
	pthread_t thread;
	bool there = false;

	ck_assert_int_eq(allow_all_rows(), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, be_there, &there), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(there);
}
END_TEST

START_TEST(each_refused_call_is_told_once)
{
	char text[1024] = "", *line;
	int out[2];

	ck_assert_int_eq(pipe(out), 0);
	ck_assert_int_eq(allow_all_rows(), 0);
	dup2(out[1], STDERR_FILENO);
	for (int i = 0; i < 3; i++)
		syscall(SYS_getpgid, 0);
	syscall(SYS_getsid, 0);
	ck_assert_int_gt(read(out[0], text, sizeof text - 1), 0);
	line = strchr(text, '\n') + 1;
	ck_assert_msg(
		strstr(text, "system call 121 was refused") != NULL || SYS_getpgid != 121,
		"%s", text);
	ck_assert_ptr_nonnull(strstr(line, "was refused"));
	ck_assert_str_eq(strchr(line, '\n'), "\n");
}
END_TEST

START_TEST(the_same_tables_are_not_put_in_force_twice)
{
	const struct syscall_table same[] = {
		syscalls_common, {rows, sizeof rows / sizeof *rows}};
	const struct syscall_table other[] = {syscalls_common, {rows, 1}};
	int before;

	ck_assert(!syscalls_differ(same, 2)); /* no filter: nothing to differ from */
	ck_assert_int_eq(allow_all_rows(), 0);
	before = filters();
	ck_assert_int_eq(allow_all_rows(), 0);
	ck_assert_int_eq(filters(), before);
	ck_assert(!syscalls_differ(same, 2));
	ck_assert(syscalls_differ(other, 2));
	ck_assert_int_eq(allow(1), -EPERM);
}
END_TEST

START_TEST(a_row_that_means_nothing_is_an_error)
{
	static const struct syscall_row wrong = SYSCALL(nonsense);
	const struct syscall_table table = {&wrong, 1};

	ck_assert_int_eq(syscalls_allow(&table, 1), -EINVAL);
	ck_assert_int_eq(syscalls_forbid(&table), -EINVAL);
	ck_assert_int_gt(getpgid(0), 0);
}
END_TEST

/* And what is executed, too. */
START_TEST(what_is_forbidden_fails_and_all_else_goes_on)
{
	static const struct syscall_row no[] = {SYSCALL(fchmodat), SYSCALL(chmod)};
	static const struct syscall_table table = SYSCALL_TABLE(no);
	char path[SCRATCH], command[SCRATCH + 40];

	ck_assert_int_ge(mkstemp(scratch(path, "syscalls")), 0);
	ck_assert_int_eq(syscalls_forbid(&table), 0);
	ck_assert_int_eq(chmod(path, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	snprintf(command, sizeof command, "chmod 0 %s 2>/dev/null", path);
	ck_assert_int_ne(system(command), 0);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("syscalls");
	TCase *filter = tcase_create("filter");

	tcase_add_test(filter, what_is_in_no_table_is_refused_as_by_an_old_kernel);
	tcase_add_test(filter, an_argument_may_decide);
	tcase_add_test(filter, threads_that_run_already_are_under_it);
	tcase_add_test(filter, threads_can_be_started_under_it);
	tcase_add_test(filter, each_refused_call_is_told_once);
	tcase_add_test(filter, the_same_tables_are_not_put_in_force_twice);
	tcase_add_test(filter, a_row_that_means_nothing_is_an_error);
	tcase_add_test(filter, what_is_forbidden_fails_and_all_else_goes_on);
	suite_add_tcase(s, filter);
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
