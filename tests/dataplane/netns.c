/* SPDX-License-Identifier: Apache-2.0
 *
 * The private network of netns.h. */
#include "tests/dataplane/netns.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_log.h>

#include "dataplane/log.h"

static int peer; /* process id of who keeps the peer's namespace */

static const char *
command(const char *before, const char *fmt, va_list ap)
{
	static char text[4096];
	size_t n = (size_t)snprintf(text, sizeof text, "%s", before);

	vsnprintf(text + n, sizeof text - n, fmt, ap);
	return text;
}

void
sh(const char *fmt, ...)
{
	va_list ap;
	const char *c;

	va_start(ap, fmt);
	c = command("", fmt, ap);
	va_end(ap);
	ck_assert_msg(system(c) == 0, "%s", c);
}

void
peer_sh(const char *fmt, ...)
{
	char before[64];
	va_list ap;
	const char *c;

	snprintf(before, sizeof before, "nsenter -t %d -n ", peer);
	va_start(ap, fmt);
	c = command(before, fmt, ap);
	va_end(ap);
	ck_assert_msg(system(c) == 0, "%s", c);
}

void
move_to_peer(const char *name)
{
	sh("ip link set %s netns %d", name, peer);
}

const char *
output(const char *fmt, ...)
{
	static char text[16384];
	va_list ap;
	FILE *f;
	size_t n;

	va_start(ap, fmt);
	f = popen(command("", fmt, ap), "r");
	va_end(ap);
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof text - 1, f);
	pclose(f);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return text;
}

/* The kernel brings the carrier up, and then the addresses of the link, in its own time: news
 * of them would come into the middle of a test. */
static void
await_carrier(void)
{
	static const char wait[] =
		"timeout 10 sh -c 'until ip -6 addr show dev eth0 scope link "
		"-tentative | grep -q fe80; do sleep 0.01; done'";

	sh("%s", wait);
	peer_sh("%s", wait);
}

void
netns_open(void)
{
	int ready[2];
	char byte;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	ck_assert_msg(unshare(CLONE_NEWNET) == 0, "needs root");
	if ((peer = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	/* No duplicate address detection: a test does not wait for seconds.  And each datagram
	 * that nobody takes gets its ICMP answer, not the first few of a second. */
	sh("ip link set lo up && sysctl -qw net.ipv6.conf.default.accept_dad=0 "
	   "net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0");
	peer_sh("sysctl -qw net.ipv6.conf.default.accept_dad=0");
	sh("ip link add eth0 type veth peer name eth0 netns %d", peer);
	sh("ip addr add 10.9.0.1/24 dev eth0 && ip addr add fd09::1/64 dev eth0 &&"
	   "ip link set eth0 up");
	peer_sh("ip addr add 10.9.0.2/24 dev eth0");
	peer_sh("ip addr add fd09::2/64 dev eth0");
	peer_sh("ip link set eth0 up");
	await_carrier();
}

struct sw_addr
ip(const char *text)
{
	struct sw_addr a = {.family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET};

	ck_assert_int_eq(inet_pton(a.family, text, a.ip), 1);
	return a;
}

int
peer_udp(const char *addr, unsigned port)
{
	struct sw_addr a = ip(addr);
	struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 to6 = {
		.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	char path[64];
	int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), theirs, fd;

	/* A socket belongs to the namespace in which it was made. */
	snprintf(path, sizeof path, "/proc/%d/ns/net", peer);
	theirs = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(setns(theirs, CLONE_NEWNET), 0);
	fd = socket(a.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(setns(ours, CLONE_NEWNET), 0);
	close(ours);
	close(theirs);
	memcpy(&to4.sin_addr, a.ip, 4);
	memcpy(&to6.sin6_addr, a.ip, 16);
	if (a.family == AF_INET)
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&to4, sizeof to4), 0);
	else
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&to6, sizeof to6), 0);
	return fd;
}

struct opt_interface
interface(const char *kind, const char *arg, const char *addresses)
{
	struct opt_interface conf = {.name = "lan", .port_first = 30000, .port_last = 30099};
	char copy[256], *save = NULL;

	snprintf(conf.kind, sizeof conf.kind, "%s", kind);
	snprintf(conf.arg, sizeof conf.arg, "%s", arg);
	snprintf(copy, sizeof copy, "%s", addresses);
	for (char *a = strtok_r(copy, ",", &save); a != NULL; a = strtok_r(NULL, ",", &save))
		conf.address[conf.addresses++] = ip(a);
	return conf;
}

/* ---- The log ---- */

static char *log_text;
static size_t log_size;
static FILE *log_file;

void
log_catch(void)
{
	log_open(3);
	log_file = open_memstream(&log_text, &log_size);
	rte_openlog_stream(log_file);
}

const char *
logged(void)
{
	fflush(log_file);
	return log_text;
}
