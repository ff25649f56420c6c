/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ctl_socket.c: a user gets the most powerful socket that is open to him. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/ctl_socket.h"
#include "control/rpc.h"
#include "tests/scratch.h"

static char dir[SCRATCH], at[RPC_ROLES][96];

static void
start(void)
{
	ck_assert_ptr_nonnull(mkdtemp(scratch(dir, "choose")));
	for (unsigned i = 0; i < RPC_ROLES; i++)
		snprintf(at[i], sizeof at[i], "%s/%s.sock", dir, rpc_role_names[i]);
}

static void
stop(void)
{
	for (unsigned i = 0; i < RPC_ROLES; i++)
		unlink(at[i]);
	rmdir(dir);
}

/* Nobody finds his way by file modes alone; for root all is open. */
static const char *
chosen_by_nobody(void)
{
	static char path[64];
	bool root = geteuid() == 0;

	strcpy(path, at[RPC_ADMIN]);
	ck_assert(!root || seteuid(65534) == 0);
	ctl_socket_choose(path, sizeof path);
	ck_assert(!root || seteuid(0) == 0);
	return path;
}

START_TEST(the_first_that_may_be_opened_is_taken)
{
	ck_assert_int_eq(chmod(dir, 0711), 0);
	ck_assert_str_eq(chosen_by_nobody(), at[RPC_ADMIN]); /* there is none: it stays */
	for (unsigned i = 0; i < RPC_ROLES; i++) {
		int fd = open(at[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(fchmod(fd, 0444), 0);
		close(fd);
	}
	ck_assert_str_eq(chosen_by_nobody(), at[RPC_ADMIN]);
	for (unsigned i = RPC_ROLES; i-- > 0;) {
		ck_assert_int_eq(chmod(at[i], 0666), 0);
		ck_assert_str_eq(chosen_by_nobody(), at[i]);
	}
}
END_TEST

START_TEST(a_socket_beside_another_is_named)
{
	char path[64];

	ck_assert_str_eq(ctl_socket_of("/run/x/view.sock", "session", path, sizeof path),
		"/run/x/session.sock");
	ck_assert_str_eq(ctl_socket_of("here.sock", "admin", path, sizeof path), "admin.sock");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_socket");
	TCase *tc = tcase_create("choose");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, the_first_that_may_be_opened_is_taken);
	tcase_add_test(tc, a_socket_beside_another_is_named);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
