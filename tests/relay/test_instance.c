/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/instance.c: run directory and lock. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/instance.h"
#include "tests/scratch.h"

static char top[64], dir[96], lock_path[128];

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(scratch(top, "instance")));
	snprintf(dir, sizeof dir, "%s/a/b", top);
	snprintf(lock_path, sizeof lock_path, "%s/control.lock", dir);
}

static void
teardown(void)
{
	char above[80];

	snprintf(above, sizeof above, "%s/a", top);
	remove(lock_path);
	remove(dir);
	remove(above);
	remove(top);
}

static int
open_lock(struct instance *in)
{
	return instance_open(in, dir, (uid_t)-1);
}

/* Hold the lock in a process of its own; its pid, once it does. */
static pid_t
hold_elsewhere(void)
{
	int ready[2];
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		struct instance in;

		if (open_lock(&in) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

START_TEST(the_directory_is_made_with_all_above_it)
{
	struct stat st;

	ck_assert_int_eq(instance_make_dir(dir, (gid_t)-1), 0);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	ck_assert_int_eq(instance_make_dir(dir, (gid_t)-1), 0); /* again */
}
END_TEST

/* The user that control becomes makes sockets there, but cannot replace what the switch has
 * made. */
START_TEST(of_root_it_is_sticky_and_the_groups_too)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(instance_make_dir(dir, 1), 0);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 01775);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_uint_eq(st.st_gid, 1);
}
END_TEST

/* [node] run_dir = /tmp, or somebody's home. */
START_TEST(a_directory_of_others_keeps_its_owner_and_mode)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		int result;
	} dirs[] = {
		{0, 0, 01777, -EPERM},
		{0, 0, 0755, -EPERM},
		{2, 1, 01775, -EPERM},
		{0, 1, 01775, 0},
	};
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(instance_make_dir(dir, (gid_t)-1), 0);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		ck_assert_int_eq(chown(dir, dirs[i].uid, dirs[i].gid), 0);
		ck_assert_int_eq(chmod(dir, dirs[i].mode), 0);
		ck_assert_int_eq(instance_make_dir(dir, 1), dirs[i].result);
		ck_assert_int_eq(stat(dir, &st), 0);
		ck_assert_uint_eq(st.st_mode & 07777, dirs[i].mode);
		ck_assert_uint_eq(st.st_uid, dirs[i].uid);
		ck_assert_uint_eq(st.st_gid, dirs[i].gid);
	}
}
END_TEST

START_TEST(a_directory_with_a_nodes_lock_follows_a_new_user)
{
	struct instance in;
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(instance_make_dir(dir, (gid_t)-1), 0);
	ck_assert_int_eq(open_lock(&in), 0);
	instance_close(&in);
	ck_assert_int_eq(instance_make_dir(dir, 1), 0);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_gid, 1);
}
END_TEST

START_TEST(a_symbolic_link_is_not_followed)
{
	char above[80];

	snprintf(above, sizeof above, "%s/a", top);
	ck_assert_int_eq(mkdir(above, 0755), 0);
	ck_assert_int_eq(symlink("/tmp", dir), 0);
	ck_assert_int_eq(instance_make_dir(dir, (gid_t)-1), -ENOTDIR);
}
END_TEST

START_TEST(the_lock_names_its_holder)
{
	struct instance in;
	pid_t holder;

	ck_assert_int_eq(instance_make_dir(dir, (gid_t)-1), 0);
	holder = hold_elsewhere();
	ck_assert_int_eq(open_lock(&in), -EBUSY);
	ck_assert_int_eq(in.other, holder);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}
END_TEST

START_TEST(a_killed_holder_leaves_no_lock)
{
	struct instance in;
	char text[16] = "";
	pid_t holder;
	int fd;

	ck_assert_int_eq(instance_make_dir(dir, (gid_t)-1), 0);
	holder = hold_elsewhere();
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	ck_assert_int_eq(open_lock(&in), 0);
	ck_assert_int_ge(fd = open(lock_path, O_RDONLY), 0);
	ck_assert_int_gt(read(fd, text, sizeof text - 1), 0);
	close(fd);
	ck_assert_int_eq(atoi(text), getpid());
	instance_close(&in);
	ck_assert_int_eq(open_lock(&in), 0);
	instance_close(&in);
}
END_TEST

START_TEST(a_missing_directory_is_an_error)
{
	struct instance in;

	ck_assert_int_eq(open_lock(&in), -ENOENT);
	ck_assert_int_eq(in.lock_fd, -1);
	ck_assert_int_eq(instance_make_dir("/proc/nowhere/x", (gid_t)-1), -ENOENT);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("instance");
	TCase *t = tcase_create("directory and lock");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_directory_is_made_with_all_above_it);
	tcase_add_test(t, of_root_it_is_sticky_and_the_groups_too);
	tcase_add_test(t, a_directory_of_others_keeps_its_owner_and_mode);
	tcase_add_test(t, a_directory_with_a_nodes_lock_follows_a_new_user);
	tcase_add_test(t, a_symbolic_link_is_not_followed);
	tcase_add_test(t, the_lock_names_its_holder);
	tcase_add_test(t, a_killed_holder_leaves_no_lock);
	tcase_add_test(t, a_missing_directory_is_an_error);
	suite_add_tcase(s, t);
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
