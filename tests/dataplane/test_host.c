/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests dataplane/host.c against the kernel, in a network namespace of the test's own
 * (netns.h; needs root).  Other instances are child processes. */
#include "dataplane/host.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
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

static void
read_file(const char *path, char *to, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, to, room - 1);

	ck_assert_int_ge(n, 0);
	to[n] = '\0';
	close(fd);
}

/* Reserve COUNT ports, each for itself, from 10000 on; LIST is how the kernel writes
 * them. */
static void
reserve_single(unsigned count, char *list, size_t room)
{
	size_t len = 0;
	int fd = open(RESERVED, O_WRONLY | O_TRUNC);

	ck_assert_int_ge(fd, 0);
	for (unsigned i = 0; i < count; i++)
		len += (size_t)snprintf(
			list + len, room - len, "%s%u", i > 0 ? "," : "", 10000 + 2 * i);
	ck_assert_uint_lt(len, room);
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, list + done, len - done);

		ck_assert_int_gt(n, 0);
		done += (size_t)n;
	}
	close(fd);
}

/* From now on opening a sock_diag socket fails in this process with ERROR. */
static void
lose_the_list(int error)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(f, SCMP_ACT_ERRNO((uint32_t)error), SCMP_SYS(socket), 2,
		SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, NETLINK_SOCK_DIAG));
	if (seccomp_load(f) != 0)
		_exit(1);
	seccomp_release(f);
}

/* From now on this process cannot write to a sysctl, as where /proc/sys is read-only. */
static void
lose_sysctls(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(f, SCMP_ACT_ERRNO(EROFS), SCMP_SYS(openat), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC,
			O_WRONLY | O_TRUNC));
	if (seccomp_load(f) != 0)
		_exit(1);
	seccomp_release(f);
}

/* From now on this process cannot make files, as on a full disk. */
static void
lose_disk(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSPC), SCMP_SYS(openat), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT));
	if (seccomp_load(f) != 0)
		_exit(1);
	seccomp_release(f);
}

/* More than stdio reads at once, more than a page. */
START_TEST(a_long_list_is_read_and_written_whole)
{
	static const unsigned count[] = {400, 3000};
	static char before[30000], want[30020], is[30020];
	struct options *o = instance("a", 30000, 30099);

	for (unsigned i = 0; i < 2; i++) {
		reserve_single(count[i], before, sizeof before);
		ck_assert_int_eq(host_claim_ports(o), 0);
		snprintf(want, sizeof want, "%s,30000-30099\n", before);
		read_file(RESERVED, is, sizeof is);
		ck_assert_str_eq(is, want);
		host_release_ports(o);
		snprintf(want, sizeof want, "%s\n", before);
		read_file(RESERVED, is, sizeof is);
		ck_assert_str_eq(is, want);
	}
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
	host_release_ports(o);
	RESERVED_ARE("8080,30050");
	host_release_ports(o);
	RESERVED_ARE("8080,30050");
	free(o);
}
END_TEST

START_TEST(or_what_of_it_the_next_start_does_not_need)
{
	struct options *o = instance("a", 30000, 30099);
	int release[2];

	sh("echo 8080,30050 >" RESERVED);
	kill_9(other_process(o, release));
	o->interface[0].port_first = 30090;
	o->interface[0].port_last = 30199;
	ck_assert_int_eq(host_claim_ports(o), 0);
	RESERVED_ARE("8080,30050,30090-30199");
	ck_assert_str_eq(output("cat %s/reserved_ports", o->run_dir), "30090-30199");
	host_release_ports(o);
	RESERVED_ARE("8080,30050");
	ck_assert_str_eq(output("ls -A %s", o->run_dir), "");
	free(o);
}
END_TEST

/* Otherwise some program gets one of them, and the calls of a killed switch stay silent. */
START_TEST(from_a_killed_instance_to_the_next_the_ports_stay_reserved)
{
	struct options *o = instance("a", 30000, 30099);
	int release[2], stop[2], status;
	char text[64];
	pid_t watcher;

	ck_assert_int_eq(pipe2(stop, O_NONBLOCK), 0);
	kill_9(other_process(o, release));
	if ((watcher = fork()) == 0) {
		while (read(stop[0], text, 1) != 1) {
			int fd = open(RESERVED, O_RDONLY);
			ssize_t n = read(fd, text, sizeof text - 1);

			close(fd);
			text[n > 0 ? n : 0] = '\0';
			if (strcmp(text, "30000-30099\n") != 0)
				_exit(1);
		}
		_exit(0);
	}
	for (unsigned i = 0; i < 100; i++)
		kill_9(other_process(o, release));
	ck_assert_int_eq(write(stop[1], "", 1), 1);
	ck_assert_int_eq(waitpid(watcher, &status, 0), watcher);
	ck_assert_int_eq(status, 0);
	host_release_ports(o);
	RESERVED_ARE("");
	free(o);
}
END_TEST

/* In a process that ends then without giving them back; and whether it has said so. */
static bool
claim_having_lost(void (*lose)(void), const struct options *o)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		lose();
		_exit(host_claim_ports(o) != 0
				? 2
				: strstr(logged(), "the kernel may give media ports") != NULL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_lt(WEXITSTATUS(status), 2);
	return WEXITSTATUS(status) == 1;
}

START_TEST(what_cannot_be_taken_out_stays_written_down)
{
	struct options *o = instance("a", 30000, 30099);
	int release[2];

	sh("echo 8080 >" RESERVED);
	kill_9(other_process(o, release));
	o->interface[0].port_first = 30050;
	o->interface[0].port_last = 30149;
	ck_assert(claim_having_lost(lose_sysctls, o));
	RESERVED_ARE("8080,30000-30099");
	ck_assert_str_eq(output("cat %s/reserved_ports", o->run_dir), "30000-30099");
	host_release_ports(o);
	RESERVED_ARE("8080");
	free(o);
}
END_TEST

START_TEST(what_was_never_put_in_is_not_taken_out_once_it_has_been_from_outside)
{
	struct options *o = instance("a", 30000, 30099);

	ck_assert(claim_having_lost(lose_sysctls, o));
	sh("echo 30000-30199 >" RESERVED);
	ck_assert(!claim_having_lost(lose_sysctls, o));
	host_release_ports(o);
	RESERVED_ARE("30000-30199");
	ck_assert_str_eq(output("ls -A %s", o->run_dir), "");
	free(o);
}
END_TEST

/* Some of them are a killed predecessor's, and more than is needed. */
START_TEST(nor_does_it_matter_that_others_cannot_be_taken_out)
{
	struct options *o = instance("a", 30000, 30099);
	int release[2];

	kill_9(other_process(o, release));
	o->interface[0].port_first = 30050;
	ck_assert(!claim_having_lost(lose_sysctls, o));
	ck_assert_str_eq(output("cat %s/reserved_ports", o->run_dir), "30000-30099");
	host_release_ports(o);
	RESERVED_ARE("");
	free(o);
}
END_TEST

/* A killed switch is succeeded all the same. */
START_TEST(on_a_full_disk_what_is_written_down_already_stays_reserved)
{
	struct options *o = instance("a", 30000, 30099);
	int release[2];

	sh("echo 8080 >" RESERVED);
	kill_9(other_process(o, release));
	ck_assert(!claim_having_lost(lose_disk, o));
	RESERVED_ARE("8080,30000-30099");
	ck_assert_str_eq(output("cat %s/reserved_ports", o->run_dir), "30000-30099");
	host_release_ports(o);
	RESERVED_ARE("8080");
	free(o);
}
END_TEST

/* Nobody would take it out after a kill. */
START_TEST(and_what_cannot_be_written_down_is_not_reserved)
{
	struct options *o = instance("a", 30000, 30099);
	int release[2];

	ck_assert(claim_having_lost(lose_disk, o));
	RESERVED_ARE("");
	kill_9(other_process(o, release));
	o->interface[0].port_first = 30050;
	o->interface[0].port_last = 30149;
	ck_assert(claim_having_lost(lose_disk, o));
	RESERVED_ARE("30000-30099");
	host_release_ports(o);
	RESERVED_ARE("");
	free(o);
}
END_TEST

/* ---- What other users bind ---- */

/* A socket with the abstract NAME; -1. */
static int
bound_name(const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int len = snprintf(un.sun_path + 1, sizeof un.sun_path - 1, "%s", name);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	return bind(fd, (struct sockaddr *)&un,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				   (size_t)len)) == 0
		       ? fd
		       : -1;
}

/* In a child: as another user, take NAMES, and one with a number, and wait. */
static pid_t
squat(const char *names)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		char numbered[80];

		snprintf(numbered, sizeof numbered, "%s:0123456789abcdef", names);
		if (setuid(65534) != 0 || bound_name(names) < 0 || bound_name(numbered) < 0)
			_exit(1);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

START_TEST(nobody_else_can_keep_ports_reserved_or_have_them_taken_out)
{
	static const struct {
		const char *name, *before;
	} shown[] = {
		{"strowger:ports-needed:0123456789abcdef:30000-30099", ""},
		{"strowger:ports-added:0123456789abcdef:30000-30099", "30000-30099"},
	};
	struct options *o = instance("a", 30000, 30099);

	for (unsigned i = 0; i < 2; i++) {
		pid_t pid = squat(shown[i].name);

		sh("echo %s >" RESERVED, shown[i].before);
		ck_assert_int_eq(host_claim_ports(o), 0);
		RESERVED_ARE("30000-30099");
		host_release_ports(o);
		RESERVED_ARE(shown[i].before);
		kill_9(pid);
	}
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

#define IGNORED "reserved_ports is not what a switch has written: ignored and removed"

START_TEST(what_others_plant_in_the_run_directory_is_not_read)
{
	struct options *o = instance("a", 30000, 30099);

	plant(o, planted[_i]);
	host_release_ports(o);
	check_untouched();
	ck_assert_str_eq(output("ls -A %s", o->run_dir), "");
	ck_assert_msg(strstr(logged(), IGNORED) != NULL, "%s", logged());
	free(o);
}
END_TEST

START_TEST(and_not_written_to)
{
	static const char *const new = "mv reserved_ports reserved_ports.new";
	struct options *o = instance("a", 30000, 30099);

	for (int under_both = 0; under_both < 2; under_both++) {
		plant(o, planted[_i]);
		sh("cd %s && %s", o->run_dir, under_both ? new : "true");
		ck_assert_int_eq(host_claim_ports(o), 0);
		RESERVED_ARE("22000,30000-30099");
		ck_assert_str_eq(
			output("cd %s && stat -c '%%n %%F %%U %%h %%a' *", o->run_dir),
			"reserved_ports regular file root 1 644");
		ck_assert_str_eq(output("cat %s/reserved_ports", o->run_dir), "30000-30099");
		host_release_ports(o);
		check_untouched();
	}
	free(o);
}
END_TEST

/* ---- Beside other instances ---- */

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
	host_release_ports(a);
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

/* A has claimed its ports and was killed, and then B has claimed its own: B's process, which
 * has found them reserved and could not see by whom. */
static pid_t
claim_after_a_kill(const struct options *a, const struct options *b, int release_b[2])
{
	int release_a[2];

	kill_9(other_process(a, release_a));
	return other_process(b, release_b);
}

START_TEST(what_a_killed_instance_had_added_is_its_own_to_take_out_when_it_is_back)
{
	struct options *a = instance("a", 30000, 30099), *b = instance("b", 30050, 30149);
	int release_a[2], release_b[2];
	pid_t pid_b = claim_after_a_kill(a, b, release_b), pid_a;

	if (_i == 2)
		a->interface[0].port_last = 30009; /* it needs them no more */
	pid_a = other_process(a, release_a);
	RESERVED_ARE(_i == 2 ? "30000-30009,30050-30149" : "30000-30149");
	if (_i == 1) {
		finish(pid_a, release_a);
		RESERVED_ARE("30050-30149");
		ck_assert_str_eq(output("cat %s/reserved_ports", a->run_dir), "30050-30099");
		finish(pid_b, release_b);
		RESERVED_ARE("30050-30099"); /* for nobody, until it is started again */
		pid_a = other_process(a, release_a);
	} else {
		finish(pid_b, release_b);
		RESERVED_ARE(_i == 2 ? "30000-30009,30050-30099" : "30000-30099");
	}
	finish(pid_a, release_a);
	RESERVED_ARE("");
	ck_assert_str_eq(output("find %s -type f", dir), "");
	free(a);
	free(b);
}
END_TEST

/* A third one takes over what a second has left. */
START_TEST(and_another_one_that_has_seen_it_takes_them_out_instead)
{
	struct options *a = instance("a", 30000, 30099), *b = instance("b", 30050, 30149);
	int release_a[2], release_b[2];
	pid_t pid_b = claim_after_a_kill(a, b, release_b), pid_a;

	pid_a = other_process(a, release_a);
	kill_9(pid_b);
	pid_b = other_process(b, release_b); /* it sees now who has added them */
	finish(pid_a, release_a);
	RESERVED_ARE("30050-30149");
	ck_assert_str_eq(output("ls -A %s", a->run_dir), "");
	finish(pid_b, release_b);
	RESERVED_ARE("");
	free(a);
	free(b);
}
END_TEST

START_TEST(who_cannot_see_what_others_need_takes_nothing_out)
{
	struct options *a = instance("a", 30000, 30099), *b = instance("b", 30050, 30149);
	int release_a[2], release_b[2], status;
	pid_t pid_a = other_process(a, release_a), pid_b = other_process(b, release_b);

	kill_9(pid_a);
	if (_i == 1) {
		a->interface[0].port_first = 29990;
		a->interface[0].port_last = 30009;
	}
	if ((pid_a = fork()) == 0) {
		lose_the_list(ENOBUFS);
		if (_i == 1)
			_exit(host_claim_ports(a) != 0);
		host_release_ports(a);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid_a, &status, 0), pid_a);
	ck_assert_int_eq(status, 0);
	RESERVED_ARE(_i == 1 ? "29990-30149" : "30000-30149");
	ck_assert_str_eq(output("cat %s/reserved_ports", a->run_dir),
		_i == 1 ? "29990-30099" : "30000-30099");
	host_release_ports(a);
	RESERVED_ARE("30050-30149");
	finish(pid_b, release_b);
	RESERVED_ARE("");
	free(a);
	free(b);
}
END_TEST

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* One that was stopped in the middle of changing the list. */
START_TEST(beside_a_stopped_instance_a_start_waits_for_a_moment_only)
{
	struct options *o = instance("a", 30000, 30099);
	int lock = host_hold("ports", 0), release[2];
	int64_t began;

	ck_assert_int_ge(lock, 0);
	kill_9(other_process(o, release)); /* the successor is in no less of a hurry */
	began = now_ms();
	ck_assert_int_eq(host_claim_ports(o), 0);
	ck_assert_int_lt(now_ms() - began, 150);
	ck_assert_ptr_nonnull(strstr(logged(), "another strowger-switch does not let go"));
	RESERVED_ARE("30000-30099");
	began = now_ms();
	host_release_ports(o);
	ck_assert_int_lt(now_ms() - began, 150);
	RESERVED_ARE("");
	close(lock);
	free(o);
}
END_TEST

/* Trace PID, which has asked for that, up to where it writes to FILE. */
static void
stop_before_writing(pid_t pid, const char *file)
{
	struct __ptrace_syscall_info info = {.op = 0};
	char path[64], link[PATH_MAX] = "";
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(
		ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD), 0);
	while (info.op != PTRACE_SYSCALL_INFO_ENTRY || info.entry.nr != SYS_write ||
		strcmp(link, file) != 0) {
		ssize_t n;

		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSTOPPED(status));
		ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info);
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid,
			(int)info.entry.args[0]);
		n = readlink(path, link, sizeof link - 1);
		link[n < 0 ? 0 : n] = '\0';
	}
}

/* A child that claims the ports of O, and is stopped where it would write to FILE. */
static pid_t
stopped_process(const struct options *o, const char *file, int ready[2], int release[2])
{
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(release), 0);
	if ((pid = fork()) == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0 ||
			host_claim_ports(o) != 0 || write(ready[1], "", 1) != 1 ||
			read(release[0], &byte, 1) != 1)
			_exit(1);
		host_release_ports(o);
		_exit(0);
	}
	stop_before_writing(pid, file);
	return pid;
}

static void
go_on(pid_t pid, int ready[2])
{
	char byte;

	ck_assert_int_eq(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
}

START_TEST(one_that_goes_on_after_a_stop_does_not_write_away_what_others_need)
{
	struct options *a = instance("a", 30000, 30099), *b = instance("b", 31000, 31099);
	int release_a[2], release_b[2], ready[2];
	pid_t pid_a = stopped_process(a, RESERVED, ready, release_a), pid_b;

	pid_b = other_process(b, release_b);
	RESERVED_ARE("30000-30099,31000-31099");
	go_on(pid_a, ready);
	RESERVED_ARE("30000-30099,31000-31099");
	finish(pid_a, release_a);
	RESERVED_ARE("31000-31099");
	finish(pid_b, release_b);
	RESERVED_ARE("");
	free(a);
	free(b);
}
END_TEST

/* It has read the list, and writes down first what it adds. */
START_TEST(nor_does_it_put_in_again_what_they_have_taken_out)
{
	struct options *a = instance("a", 30000, 30099), *b = instance("b", 30050, 30149);
	int release_a[2], release_b[2], ready[2];
	pid_t pid_b = other_process(b, release_b), pid_a;
	char file[PATH_MAX + 32];

	snprintf(file, sizeof file, "%s/reserved_ports.new", a->run_dir);
	pid_a = stopped_process(a, file, ready, release_a);
	finish(pid_b, release_b);
	go_on(pid_a, ready);
	RESERVED_ARE("30000-30099");
	ck_assert_str_eq(output("cat %s/reserved_ports", a->run_dir), "30000-30099");
	finish(pid_a, release_a);
	RESERVED_ARE("");
	free(a);
	free(b);
}
END_TEST

/* It has looked at the list for the last time, and writes it as it was. */
START_TEST(what_it_puts_in_again_all_the_same_goes_with_the_next_start_of_whose_it_was)
{
	struct options *a = instance("a", 30000, 30099), *b = instance("b", 31000, 31099);
	int release_a[2], release_b[2], ready[2];
	pid_t pid_b = other_process(b, release_b), pid_a;

	pid_a = stopped_process(a, RESERVED, ready, release_a);
	finish(pid_b, release_b);
	RESERVED_ARE("30000-30099"); /* what the other one shows to need */
	go_on(pid_a, ready);
	RESERVED_ARE("30000-30099,31000-31099");
	pid_b = other_process(b, release_b);
	finish(pid_b, release_b);
	RESERVED_ARE("30000-30099");
	ck_assert_str_eq(output("ls -A %s", b->run_dir), "");
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

START_TEST(what_another_user_binds_is_in_nobodys_way)
{
	pid_t pid = squat("strowger:x");
	int fd = host_hold("x", 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(host_hold("x", 0), -EADDRINUSE);
	close(fd);
	kill_9(pid);
}
END_TEST

START_TEST(a_name_is_held_by_one_until_it_lets_go)
{
	int a = host_hold("x", 0), b = host_hold("y", 0);

	ck_assert_int_ge(a, 0);
	ck_assert_int_ge(b, 0);
	ck_assert_int_eq(host_hold("x", 0), -EADDRINUSE);
	close(a);
	a = host_hold("x", 0);
	ck_assert_int_ge(a, 0);
	close(a);
	close(b);
}
END_TEST

/* The list may have lacked it. */
START_TEST(a_name_that_is_seen_only_at_a_second_look_is_held_too)
{
	struct __ptrace_syscall_info info;
	int status, lists = 0, fd;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
			_exit(1);
		_exit(host_hold("x", 0) == -EADDRINUSE ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(
		ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD), 0);
	while (lists < 2) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSTOPPED(status)); /* it has not ended after the first one */
		ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info);
		lists += info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_socket &&
			 info.entry.args[0] == AF_NETLINK;
	}
	fd = bound_name("strowger:x:0123456789abcdef");
	ck_assert_int_eq(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(fd);
}
END_TEST

/* What host_hold() says in a process in which opening a sock_diag socket fails with ERROR; a
 * descriptor counts as 0, and stays open in that process, *PID, if that is asked for. */
static int
held_without_the_list(const char *name, int error, pid_t *pid)
{
	int result[2], rc;
	pid_t child;

	ck_assert_int_eq(pipe(result), 0);
	if ((child = fork()) == 0) {
		lose_the_list(error);
		rc = host_hold(name, 0);
		rc = rc < 0 ? rc : 0;
		if (write(result[1], &rc, sizeof rc) == sizeof rc && pid != NULL)
			pause();
		_exit(0);
	}
	ck_assert_int_eq(read(result[0], &rc, sizeof rc), sizeof rc);
	close(result[0]);
	close(result[1]);
	if (pid != NULL)
		*pid = child;
	else
		waitpid(child, NULL, 0);
	return rc;
}

START_TEST(without_the_kernels_list_of_owners_it_is_held_all_the_same)
{
	pid_t pid;
	int fd;

	ck_assert_int_eq(held_without_the_list("x", EPROTONOSUPPORT, &pid), 0);
	ck_assert_int_eq(host_hold("x", 0), -EADDRINUSE);
	ck_assert_int_ge(fd = host_hold("y", 0), 0);
	ck_assert_int_eq(held_without_the_list("x", EPROTONOSUPPORT, NULL), -EADDRINUSE);
	ck_assert_int_eq(held_without_the_list("y", EPROTONOSUPPORT, NULL), -EADDRINUSE);
	kill_9(pid);
	close(fd);
	ck_assert_int_eq(held_without_the_list("x", EPROTONOSUPPORT, NULL), 0);
}
END_TEST

START_TEST(who_cannot_see_whether_it_is_held_does_not_hold_it)
{
	ck_assert_int_eq(held_without_the_list("x", ENOBUFS, NULL), -ENOBUFS);
	ck_assert_int_eq(held_without_the_list("x", EMFILE, NULL), -EMFILE);
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
	tcase_add_test(t, a_long_list_is_read_and_written_whole);
	tcase_add_test(t, what_a_killed_instance_reserved_the_next_start_gives_back);
	tcase_add_test(t, or_what_of_it_the_next_start_does_not_need);
	tcase_add_test(t, from_a_killed_instance_to_the_next_the_ports_stay_reserved);
	tcase_add_test(t, what_cannot_be_taken_out_stays_written_down);
	tcase_add_test(
		t, what_was_never_put_in_is_not_taken_out_once_it_has_been_from_outside);
	tcase_add_test(t, nor_does_it_matter_that_others_cannot_be_taken_out);
	tcase_add_test(t, on_a_full_disk_what_is_written_down_already_stays_reserved);
	tcase_add_test(t, and_what_cannot_be_written_down_is_not_reserved);
	tcase_add_test(t, nobody_else_can_keep_ports_reserved_or_have_them_taken_out);
	tcase_add_loop_test(t, what_others_plant_in_the_run_directory_is_not_read, 0,
		sizeof planted / sizeof planted[0]);
	tcase_add_loop_test(t, and_not_written_to, 0, sizeof planted / sizeof planted[0]);
	tcase_add_test(t, an_instance_leaves_the_ports_of_another_alone);
	tcase_add_test(t, also_when_the_other_was_killed_meanwhile);
	tcase_add_loop_test(t,
		what_a_killed_instance_had_added_is_its_own_to_take_out_when_it_is_back, 0, 3);
	tcase_add_test(t, and_another_one_that_has_seen_it_takes_them_out_instead);
	tcase_add_loop_test(t, who_cannot_see_what_others_need_takes_nothing_out, 0, 2);
	tcase_add_test(t, beside_a_stopped_instance_a_start_waits_for_a_moment_only);
	tcase_add_test(t, one_that_goes_on_after_a_stop_does_not_write_away_what_others_need);
	tcase_add_test(t, nor_does_it_put_in_again_what_they_have_taken_out);
	tcase_add_test(t,
		what_it_puts_in_again_all_the_same_goes_with_the_next_start_of_whose_it_was);
	tcase_add_loop_test(t, a_range_with_a_socket_in_it_is_refused_with_its_name, 0,
		sizeof in_the_way / sizeof in_the_way[0]);
	tcase_add_loop_test(t, the_meshs_port_is_claimed_like_media, 0,
		sizeof in_the_way / sizeof in_the_way[0]);
	tcase_add_test(t, sockets_elsewhere_do_not_matter);
	tcase_add_test(t, a_socket_that_goes_soon_is_waited_for);
	tcase_add_test(t, a_name_is_held_by_one_until_it_lets_go);
	tcase_add_test(t, a_name_that_is_seen_only_at_a_second_look_is_held_too);
	tcase_add_test(t, what_another_user_binds_is_in_nobodys_way);
	tcase_add_test(t, without_the_kernels_list_of_owners_it_is_held_all_the_same);
	tcase_add_test(t, who_cannot_see_whether_it_is_held_does_not_hold_it);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
