/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests dataplane/host.c against the kernel, in a network namespace of the test's own
 * (netns.h; needs root).  Other instances are child processes. */
#include "dataplane/host.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/dataplane/netns.h"
#include "tests/scratch.h"

#define RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"

static char dir[SCRATCH];

static void
setup(void)
{
	log_catch();
	netns_open();
	ck_assert_ptr_nonnull(mkdtemp(scratch(dir, "host")));
}

static void
teardown(void)
{
	sh("rm -rf %s", dir);
}

/* Instance NAME with one interface of ports FIRST to LAST. */
static struct options *
instance(const char *name, uint16_t first, uint16_t last)
{
	struct options *o = calloc(1, sizeof *o);

	ck_assert_ptr_nonnull(o);
	snprintf(o->run_dir, sizeof o->run_dir, "%s/%s", dir, name);
	sh("mkdir -p %s", o->run_dir);
	o->interfaces = 1;
	o->interface[0] = interface("xdp", "eth0", "10.9.0.1,fd09::1");
	o->interface[0].port_first = first;
	o->interface[0].port_last = last;
	return o;
}

#define RESERVED_ARE(ports) ck_assert_str_eq(output("cat " RESERVED), ports)

/* ---- Reserving ---- */

START_TEST(media_ports_are_reserved_beside_what_others_reserved_and_given_back)
{
	struct options *o = instance("a", 30000, 30099);

	sh("echo 8080,30050-30060,30099-30110 >" RESERVED);
	ck_assert_int_eq(host_claim_ports(o), 0);
	RESERVED_ARE("8080,30000-30110");
	host_release_ports(o);
	RESERVED_ARE("8080,30050-30060,30099-30110");
	host_release_ports(o);
	RESERVED_ARE("8080,30050-30060,30099-30110");
	free(o);
}
END_TEST

START_TEST(where_nothing_was_reserved_nothing_is_afterwards)
{
	struct options *o = instance("a", 1, 65535);

	ck_assert_int_eq(host_claim_ports(o), 0);
	RESERVED_ARE("1-65535");
	host_release_ports(o);
	RESERVED_ARE("");
	free(o);
}
END_TEST

START_TEST(all_interfaces_count_but_those_without_a_kernel_below)
{
	struct options *o = instance("a", 30000, 30099);

	o->interfaces = 3;
	o->interface[1] = interface("packet", "eth1", "10.8.0.1");
	o->interface[1].port_first = 40000;
	o->interface[1].port_last = 40001;
	o->interface[2] = interface("memif", "/tmp/x", "10.7.0.1");
	o->interface[2].port_first = 50000;
	ck_assert_int_eq(host_claim_ports(o), 0);
	RESERVED_ARE("30000-30099,40000-40001");
	host_release_ports(o);
	free(o);
}
END_TEST

START_TEST(claiming_twice_is_as_good_as_once)
{
	struct options *o = instance("a", 30000, 30099);

	ck_assert_int_eq(host_claim_ports(o), 0);
	ck_assert_int_eq(host_claim_ports(o), 0);
	RESERVED_ARE("30000-30099");
	host_release_ports(o);
	RESERVED_ARE("");
	free(o);
}
END_TEST

/* A child that has claimed the ports of O; release() has it give them back, kill -9 not. */
static pid_t
other_process(const struct options *o, int release[2])
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(release), 0);
	if ((pid = fork()) == 0) {
		if (host_claim_ports(o) != 0 || write(ready[1], "", 1) != 1 ||
			read(release[0], &byte, 1) != 1)
			_exit(1);
		host_release_ports(o);
		_exit(0);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void
finish(pid_t pid, int release[2])
{
	int status;

	ck_assert_int_eq(write(release[1], "", 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(release[0]);
	close(release[1]);
}

static void
kill_9(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(what_a_killed_instance_reserved_the_next_start_gives_back)
{
	struct options *o = instance("a", 30000, 30099);
	int release[2];

	sh("echo 8080,30050 >" RESERVED);
	kill_9(other_process(o, release));
	RESERVED_ARE("8080,30000-30099");
	host_restore(o->run_dir);
	RESERVED_ARE("8080,30050");
	host_restore(o->run_dir);
	RESERVED_ARE("8080,30050");
	free(o);
}
END_TEST

/* ---- The run directory: somebody else may make files there ---- */

/* Run in the run directory; ../target is a file of root's, which says "22000". */
static const char *const planted[] = {
	"ln -s ../target reserved_ports",
	"ln -s ../not-there reserved_ports",
	"ln ../target reserved_ports",
	"cp ../target reserved_ports && chown nobody reserved_ports",
	"mkfifo reserved_ports",
};

static void
plant(const struct options *o, const char *how)
{
	sh("echo 22000 >" RESERVED " && echo 22000 >%s/target", dir);
	sh("chmod 1777 %s && cd %s && %s", o->run_dir, o->run_dir, how);
}

static void
check_untouched(void)
{
	RESERVED_ARE("22000");
	ck_assert_str_eq(output("cat %s/target", dir), "22000");
	ck_assert_str_eq(output("ls %s", dir), "a\ntarget");
}

START_TEST(what_others_plant_in_the_run_directory_is_not_read)
{
	struct options *o = instance("a", 30000, 30099);

	plant(o, planted[_i]);
	host_restore(o->run_dir);
	check_untouched();
	ck_assert_str_eq(output("ls -A %s", o->run_dir), "");
	ck_assert_msg(
		strstr(logged(), "reserved_ports is not what a switch has written") != NULL,
		"%s", logged());
	free(o);
}
END_TEST

/* A claim looks, waits for the lock, and writes: here it is planted while it waits. */
START_TEST(and_not_written_to)
{
	struct options *o = instance("a", 30000, 30099);
	int release[2], lock = host_hold("ports");
	pid_t pid;

	ck_assert_int_ge(lock, 0);
	if (fork() == 0) {
		usleep(200000);
		plant(o, planted[_i]);
		_exit(0); /* and so lets the lock go */
	}
	close(lock);
	pid = other_process(o, release);
	RESERVED_ARE("22000,30000-30099");
	ck_assert_str_eq(output("stat -c '%%F %%U %%h %%a' %s/reserved_ports", o->run_dir),
		"regular file root 1 644");
	ck_assert_str_eq(output("cat %s/reserved_ports", o->run_dir), "30000-30099");
	finish(pid, release);
	check_untouched();
	free(o);
}
END_TEST

START_TEST(an_instance_leaves_the_ports_of_another_alone)
{
	struct options *a = instance("a", 30000, 30099), *b = instance("b", 30050, 30149);

	for (int first = 0; first < 2; first++) {
		int release_a[2], release_b[2];
		pid_t pid_a, pid_b;

		sh("echo 30049-30050 >" RESERVED);
		pid_a = other_process(a, release_a);
		pid_b = other_process(b, release_b);
		RESERVED_ARE("30000-30149");
		if (first == 0) {
			finish(pid_a, release_a);
			RESERVED_ARE("30049-30149");
			finish(pid_b, release_b);
		} else {
			finish(pid_b, release_b);
			RESERVED_ARE("30000-30099");
			finish(pid_a, release_a);
		}
		RESERVED_ARE("30049-30050");
	}
	free(a);
	free(b);
}
END_TEST

START_TEST(also_when_the_other_was_killed_meanwhile)
{
	struct options *a = instance("a", 30000, 30099), *b = instance("b", 30050, 30149);
	int release_a[2], release_b[2];
	pid_t pid_a = other_process(a, release_a), pid_b = other_process(b, release_b);

	kill_9(pid_a);
	host_restore(a->run_dir);
	RESERVED_ARE("30050-30149");
	pid_a = other_process(a, release_a);
	RESERVED_ARE("30000-30149");
	finish(pid_b, release_b);
	RESERVED_ARE("30000-30099");
	finish(pid_a, release_a);
	RESERVED_ARE("");
	free(a);
	free(b);
}
END_TEST

/* ---- Sockets that are there already ---- */

static int
bound(const char *addr, uint16_t port)
{
	struct sw_addr a = ip(addr);
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(a.family, SOCK_DGRAM | SOCK_CLOEXEC, 0), no = 0;

	ck_assert_int_ge(fd, 0);
	memcpy(&in.sin_addr, a.ip, 4);
	memcpy(&in6.sin6_addr, a.ip, 16);
	if (a.family == AF_INET) {
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&in6, sizeof in6), 0);
	}
	return fd;
}

static const char *const in_the_way[] = {
	"10.9.0.1", "0.0.0.0", "fd09::1", "::", "::ffff:10.9.0.1"};

START_TEST(a_range_with_a_socket_in_it_is_refused_with_its_name)
{
	struct options *o = instance("a", 30000, 30099);
	char want[128];
	int fd = bound(in_the_way[_i], 30042);

	ck_assert_int_eq(host_claim_ports(o), -EADDRINUSE);
	snprintf(want, sizeof want,
		"UDP port 30042 is in use by test_host (pid %d): it lies in the media range "
		"30000-30099 of interface lan;",
		getpid());
	ck_assert_msg(strstr(logged(), want) != NULL, "%s", logged());
	RESERVED_ARE("");
	close(fd);
	ck_assert_int_eq(host_claim_ports(o), 0);
	host_release_ports(o);
	free(o);
}
END_TEST

START_TEST(the_meshs_port_is_claimed_like_media)
{
	struct options *o = instance("a", 30000, 30099);
	char want[128];
	int fd = bound(in_the_way[_i], 4110);

	o->interface[0].mesh_port = 4110;
	o->interface[0].mesh_address = _i == 2; /* the one that the socket is bound to */
	ck_assert_int_eq(host_claim_ports(o), -EADDRINUSE);
	snprintf(want, sizeof want,
		"UDP port 4110 is in use by test_host (pid %d): it is the mesh's on interface "
		"lan;",
		getpid());
	ck_assert_msg(strstr(logged(), want) != NULL, "%s", logged());
	close(fd);
	fd = bound(_i == 2 ? "10.9.0.1" : "fd09::1", 4110);
	ck_assert_int_eq(host_claim_ports(o), 0);
	RESERVED_ARE("4110,30000-30099");
	host_release_ports(o);
	RESERVED_ARE("");
	close(fd);
	free(o);
}
END_TEST

START_TEST(sockets_elsewhere_do_not_matter)
{
	struct options *o = instance("a", 30000, 30099);
	int fds[6];

	sh("ip addr add 10.9.0.3/24 dev eth0");
	fds[0] = bound("10.9.0.1", 29999);
	fds[1] = bound("10.9.0.1", 30100);
	fds[2] = bound("10.9.0.3", 30042);
	fds[3] = bound("127.0.0.1", 30042);
	fds[4] = bound("::1", 30042);
	fds[5] = bound("::ffff:10.9.0.3", 30043);
	ck_assert_int_eq(host_claim_ports(o), 0);
	host_release_ports(o);
	for (unsigned i = 0; i < 6; i++)
		close(fds[i]);
	free(o);
}
END_TEST

START_TEST(a_socket_that_goes_soon_is_waited_for)
{
	struct options *o = instance("a", 30000, 30099);
	pid_t pid;

	if ((pid = fork()) == 0) {
		bound("0.0.0.0", 30042);
		usleep(300000);
		_exit(0);
	}
	while (strstr(output("cat /proc/net/udp"), ":755A") == NULL)
		usleep(1000);
	ck_assert_int_eq(host_claim_ports(o), 0);
	host_release_ports(o);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	free(o);
}
END_TEST

/* ---- Holding a name ---- */

/* In a child: as another user, take NAMES, and one with a number, and wait. */
static pid_t
squat(const char *names)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct sockaddr_un un = {.sun_family = AF_UNIX};
		int fd;

		if (setuid(65534) != 0)
			_exit(1);
		for (int i = 0; i < 2; i++) {
			int len = snprintf(un.sun_path + 1, sizeof un.sun_path - 1,
				i == 0 ? "%s" : "%s:0123456789abcdef", names);

			fd = socket(AF_UNIX, SOCK_DGRAM, 0);
			if (bind(fd, (struct sockaddr *)&un,
				    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
						(size_t)len)) != 0)
				_exit(1);
		}
		pause();
		_exit(0);
	}
	return pid;
}

START_TEST(what_another_user_binds_is_in_nobodys_way)
{
	pid_t pid = squat("strowger:x");
	int fd;

	usleep(200000);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	ck_assert_int_ge(fd = host_hold("x"), 0);
	ck_assert_int_eq(host_hold("x"), -EADDRINUSE);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(a_name_is_held_by_one_until_it_lets_go)
{
	int a = host_hold("x"), b = host_hold("y");

	ck_assert_int_ge(a, 0);
	ck_assert_int_ge(b, 0);
	ck_assert_int_eq(host_hold("x"), -EADDRINUSE);
	close(a);
	a = host_hold("x");
	ck_assert_int_ge(a, 0);
	close(a);
	close(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("host");
	TCase *t = tcase_create("ports");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, media_ports_are_reserved_beside_what_others_reserved_and_given_back);
	tcase_add_test(t, where_nothing_was_reserved_nothing_is_afterwards);
	tcase_add_test(t, all_interfaces_count_but_those_without_a_kernel_below);
	tcase_add_test(t, claiming_twice_is_as_good_as_once);
	tcase_add_test(t, what_a_killed_instance_reserved_the_next_start_gives_back);
	tcase_add_loop_test(t, what_others_plant_in_the_run_directory_is_not_read, 0,
		sizeof planted / sizeof planted[0]);
	tcase_add_loop_test(t, and_not_written_to, 0, sizeof planted / sizeof planted[0]);
	tcase_add_test(t, an_instance_leaves_the_ports_of_another_alone);
	tcase_add_test(t, also_when_the_other_was_killed_meanwhile);
	tcase_add_loop_test(t, a_range_with_a_socket_in_it_is_refused_with_its_name, 0,
		sizeof in_the_way / sizeof in_the_way[0]);
	tcase_add_loop_test(t, the_meshs_port_is_claimed_like_media, 0,
		sizeof in_the_way / sizeof in_the_way[0]);
	tcase_add_test(t, sockets_elsewhere_do_not_matter);
	tcase_add_test(t, a_socket_that_goes_soon_is_waited_for);
	tcase_add_test(t, a_name_is_held_by_one_until_it_lets_go);
	tcase_add_test(t, what_another_user_binds_is_in_nobodys_way);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
