/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/notify.c, with a socket of our own as the service manager.  Expected: sd_notify(3). */
#include <check.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "relay/notify.h"

static int manager;
static struct event_base *base;

static void
setup(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char name[64];
	int len = snprintf(name, sizeof name, "@test_notify.%d", (int)getpid());

	memcpy(addr.sun_path + 1, name + 1, (size_t)len - 1); /* an abstract address */
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
		bind(manager, (struct sockaddr *)&addr,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)),
		0);
	setenv("NOTIFY_SOCKET", name, 1);
	ck_assert_ptr_nonnull(base = event_base_new());
}

static void
teardown(void)
{
	event_base_free(base);
	close(manager);
}

/* The next message is TEXT; NULL: there is none. */
static void
hears(const char *text)
{
	char got[256] = "";
	ssize_t n = recv(manager, got, sizeof got - 1, 0);

	if (text == NULL)
		ck_assert_msg(n < 0, "heard %s", got);
	else
		ck_assert_str_eq(got, text);
}

START_TEST(the_manager_hears_what_is_said)
{
	notify_ready();
	hears("READY=1");
	notify_status("process %d", 7);
	hears("STATUS=process 7");
	notify_stopping();
	hears("STOPPING=1");
}
END_TEST

START_TEST(the_watchdog_is_fed_by_the_event_loop)
{
	struct notify *n;

	setenv("WATCHDOG_USEC", "100000", 1);
	ck_assert_ptr_nonnull(n = notify_open(base));
	event_base_loop(base, EVLOOP_ONCE);
	hears("WATCHDOG=1");
	hears(NULL); /* one, not a flood */
	event_base_loop(base, EVLOOP_ONCE);
	hears("WATCHDOG=1");
	notify_close(n);
}
END_TEST

START_TEST(nobody_asked_for_a_watchdog)
{
	struct notify *n;

	unsetenv("WATCHDOG_USEC");
	ck_assert_ptr_nonnull(n = notify_open(base));
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1); /* nothing to wait for */
	hears(NULL);
	notify_close(n);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("notify");
	TCase *t = tcase_create("messages");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_manager_hears_what_is_said);
	tcase_add_test(t, the_watchdog_is_fed_by_the_event_loop);
	tcase_add_test(t, nobody_asked_for_a_watchdog);
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
