/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests dataplane/neigh.c against the kernel: routes and neighbours are set with iproute2 in a
 * network of the test's own (netns.h; needs root), and ARP and NDP are the kernel's.  The
 * peer's next hops are found by its MAC address; other hops are permanent neighbours. */
#include "dataplane/neigh.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/rtnetlink.h>
#include <net/if.h>

#include "dataplane/netlink.h"
#include "tests/dataplane/netns.h"

enum { PATIENCE_MS = 8000 };

enum { ASKED = 32 };

static struct opt_interface conf, conf2;
static struct device device, device2;
static struct neigh *neigh;
static unsigned changes;

/* What has been asked, to be asked again when it is stale, as the switch does. */
static struct asked {
	char to[40];
	bool stale;
	struct neigh_watch watch;
} asked[ASKED];

static void
on_change(void *arg)
{
	struct neigh_watch *w;

	changes++;
	while ((w = neigh_stale(neigh)) != NULL)
		asked[w->tag].stale = true;
}

static struct asked *
about(const char *to)
{
	unsigned i = 0;

	while (asked[i].to[0] != '\0' && strcmp(asked[i].to, to) != 0)
		ck_assert_uint_lt(++i, ASKED);
	snprintf(asked[i].to, sizeof asked[i].to, "%s", to);
	asked[i].watch.tag = i;
	return &asked[i];
}

static void
close_neigh(void)
{
	for (unsigned i = 0; i < ASKED; i++)
		neigh_unwatch(&asked[i].watch);
	memset(asked, 0, sizeof asked);
	neigh_close(neigh);
}

static void
open_neigh(const char *kind)
{
	conf = interface(kind, "eth0", "10.9.0.1,fd09::1");
	device = (struct device){.kind = device_kind(kind), .conf = &conf, .mtu = 1500};
	if (device.kind->kernel)
		device.ifindex = (int)if_nametoindex("eth0");
	neigh = neigh_open(on_change, NULL);
	ck_assert_ptr_nonnull(neigh);
	ck_assert_int_eq(neigh_add_device(neigh, 0, &device), 0);
	neigh_run(neigh);
	changes = 0;
}

static void
setup(void)
{
	log_catch();
	netns_open();
	/* Answers in tens of milliseconds rather than seconds. */
	sh("sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=30 "
	   "net.ipv6.neigh.eth0.retrans_time_ms=30 "
	   "net.ipv4.neigh.eth0.interval_probe_time_ms=100 "
	   "net.ipv6.neigh.eth0.interval_probe_time_ms=100 "
	   "net.ipv4.neigh.eth0.delay_first_probe_time=0");
	peer_sh("ip link set eth0 address 02:00:00:00:00:02");
	open_neigh("xdp");
}

static void
teardown(void)
{
	close_neigh();
}

/* The answer now; the last byte of the MAC address, or -errno. */
static int
look_up(const char *to, struct neigh_way *way)
{
	struct asked *a = about(to);
	struct sw_addr dst = ip(to), src = ip(dst.family == AF_INET ? "10.9.0.1" : "fd09::1");
	int rc;

	src.port = 30000;
	rc = neigh_lookup(neigh, 0, &src, &dst, &a->watch, way);
	a->stale = false;
	return rc != 0 ? rc : way->mac[5];
}

static int
answer(const char *to)
{
	struct neigh_way way;

	return look_up(to, &way);
}

static void
run(int ms)
{
	struct pollfd p = {.fd = neigh_fd(neigh), .events = POLLIN};

	poll(&p, 1, ms);
	neigh_run(neigh);
}

/* Is TO answered with WANT in time, asking again only when the answer is stale? */
static bool
comes(const char *to, int want)
{
	int got = answer(to);

	for (int ms = 0; got != want && ms < PATIENCE_MS; ms += 20) {
		run(20);
		if (about(to)->stale)
			got = answer(to);
	}
	if (got != want)
		fprintf(stderr, "%s: %d, not %d\n", to, got, want);
	return got == want;
}

START_TEST(a_neighbour_on_link_is_resolved_by_the_kernel)
{
	ck_assert_int_eq(answer("10.9.0.2"), -EINPROGRESS);
	ck_assert(comes("10.9.0.2", 2));
	ck_assert_int_eq(answer("fd09::2"), -EINPROGRESS);
	ck_assert(comes("fd09::2", 2));
}
END_TEST

START_TEST(a_hop_in_use_is_kept_fresh_and_let_go_at_the_end)
{
	ck_assert(comes("10.9.0.2", 2));
	ck_assert_ptr_nonnull(strstr(output("ip neigh show 10.9.0.2"), "managed"));
	close_neigh();
	ck_assert_ptr_null(strstr(output("ip neigh"), "managed"));
	open_neigh("xdp");
}
END_TEST

START_TEST(what_a_killed_predecessor_had_kept_fresh_is_let_go_too)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		open_neigh("xdp");
		raise(comes("10.9.0.2", 2) ? SIGKILL : SIGTERM);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	ck_assert_ptr_nonnull(strstr(output("ip neigh show 10.9.0.2"), "managed"));
	neigh_close(neigh);
	open_neigh("xdp");
	close_neigh();
	ck_assert_ptr_null(strstr(output("ip neigh"), "managed"));
	open_neigh("xdp");
}
END_TEST

START_TEST(beyond_the_link_the_gateway_is_the_next_hop)
{
	ck_assert_int_eq(answer("192.0.2.1"), -ENETUNREACH);
	ck_assert_int_eq(answer("2001:db8::1"), -ENETUNREACH);
	sh("ip route add default via 10.9.0.2 && ip -6 route add 2001:db8::/32 via fd09::2");
	ck_assert(comes("192.0.2.1", 2));
	ck_assert(comes("2001:db8::1", 2));
}
END_TEST

START_TEST(a_gateway_may_have_an_address_of_the_other_family_or_of_the_link_alone)
{
	peer_sh("ip addr add fe80::2/64 dev eth0 nodad");
	sh("ip route add 192.0.2.0/24 via inet6 fd09::2 dev eth0 &&"
	   "ip -6 route add 2001:db8::/32 via fe80::2 dev eth0");
	ck_assert(comes("192.0.2.1", 2));
	ck_assert(comes("2001:db8::1", 2));
}
END_TEST

START_TEST(a_route_change_changes_the_answer)
{
	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip neigh add 10.9.0.8 lladdr 02:00:00:00:00:08 dev eth0 &&"
	   "ip route add default via 10.9.0.7");
	ck_assert(comes("192.0.2.1", 7));
	sh("ip route replace default via 10.9.0.8");
	ck_assert(comes("192.0.2.1", 8));
	sh("ip route add 192.0.2.0/24 via 10.9.0.7");
	ck_assert(comes("192.0.2.1", 7));
	sh("ip route del 192.0.2.0/24 && ip route del default");
	ck_assert(comes("192.0.2.1", -ENETUNREACH));
}
END_TEST

START_TEST(the_longest_prefix_wins_and_routes_elsewhere_change_nothing)
{
	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip neigh add 10.9.0.8 lladdr 02:00:00:00:00:08 dev eth0 &&"
	   "ip route add 192.0.0.0/9 via 10.9.0.7 && ip route add 192.0.2.128/25 via 10.9.0.8");
	ck_assert(comes("192.0.2.127", 7));
	ck_assert_int_eq(answer("192.0.2.128"), 8);
	ck_assert_int_eq(answer("192.128.0.1"), -ENETUNREACH);
	neigh_run(neigh);
	changes = 0;
	sh("ip link add other type veth peer name other2 && ip link set other up &&"
	   "ip link set other2 up && ip route add 203.0.113.0/24 dev other &&"
	   "ip route add 198.51.100.0/24 via 10.9.0.8");
	run(200);
	ck_assert_uint_eq(changes, 0);
	ck_assert_int_eq(answer("192.0.2.127"), 7);
}
END_TEST

START_TEST(only_who_is_concerned_looks_up_again)
{
	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip neigh add 10.9.0.8 lladdr 02:00:00:00:00:08 dev eth0 &&"
	   "ip route add 192.0.2.0/24 via 10.9.0.7 && ip route add 198.51.100.0/24 via 10.9.0.8");
	ck_assert(comes("192.0.2.1", 7));
	ck_assert(comes("192.0.2.2", 7));
	ck_assert(comes("198.51.100.1", 8));
	sh("ip neigh replace 10.9.0.7 lladdr 02:00:00:00:00:09 dev eth0");
	run(100);
	ck_assert(about("192.0.2.1")->stale && about("192.0.2.2")->stale);
	ck_assert(!about("198.51.100.1")->stale);
	ck_assert_int_eq(answer("192.0.2.1"), 9);
	sh("ip route replace 198.51.100.0/24 via 10.9.0.7");
	run(100);
	ck_assert(about("198.51.100.1")->stale);
	ck_assert(!about("192.0.2.1")->stale);
	neigh_unwatch(&about("192.0.2.2")->watch);
	about("192.0.2.2")->stale = false;
	sh("ip route del 192.0.2.0/24");
	run(100);
	ck_assert(about("192.0.2.1")->stale);
	ck_assert(!about("192.0.2.2")->stale);
}
END_TEST

START_TEST(thousands_of_route_changes_at_once_are_followed)
{
	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip neigh add 10.9.0.8 lladdr 02:00:00:00:00:08 dev eth0 &&"
	   "ip route add 192.0.2.0/24 via 10.9.0.7");
	ck_assert(comes("192.0.2.1", 7));
	sh("for i in $(seq 0 255); do for j in 0 64 128 192; do"
	   "  echo route add 198.51.$i.$j/26 via 10.9.0.8; done; done | ip -b - &&"
	   "ip route replace 192.0.2.0/24 via 10.9.0.8");
	ck_assert(comes("192.0.2.1", 8));
}
END_TEST

START_TEST(rules_several_tables_and_next_hop_objects_are_followed)
{
	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip neigh add 10.9.0.8 lladdr 02:00:00:00:00:08 dev eth0 &&"
	   "ip route add default via 10.9.0.7 && ip route add default via 10.9.0.8 table 100");
	ck_assert(comes("192.0.2.1", 7));
	sh("ip rule add from 10.9.0.1 lookup 100");
	ck_assert(comes("192.0.2.1", 8));
	sh("ip rule del from 10.9.0.1 lookup 100");
	ck_assert(comes("192.0.2.1", 7));
	sh("sysctl -qw net.ipv4.nexthop_compat_mode=0; ip nexthop add id 5 via 10.9.0.8 dev eth0 &&"
	   "ip route add 192.0.2.0/24 nhid 5");
	ck_assert(comes("192.0.2.1", 8));
	sh("ip nexthop replace id 5 via 10.9.0.7 dev eth0");
	ck_assert(comes("192.0.2.1", 7));
}
END_TEST

/* A second interface, "other", 10.8.0.1/24; with OURS it is a device of strowger's, number 1.
 */
static void
add_other(bool ours)
{
	sh("ip link add other type veth peer name other2 && ip addr add 10.8.0.1/24 dev other &&"
	   "ip link set other2 up && ip link set other mtu 1400 up &&"
	   "ip neigh add 10.8.0.8 lladdr 02:00:00:00:00:08 dev other &&"
	   "ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0");
	if (!ours)
		return;
	conf2 = interface("xdp", "other", "10.8.0.1");
	device2 = (struct device){.kind = device_kind("xdp"),
		.conf = &conf2,
		.ifindex = (int)if_nametoindex("other"),
		.mtu = 1500};
	ck_assert_int_eq(neigh_add_device(neigh, 1, &device2), 0);
}

START_TEST(a_route_by_another_device_of_ours_leads_there)
{
	struct neigh_way way;

	add_other(true);
	sh("ip route add 192.0.2.0/24 via 10.9.0.7");
	ck_assert(comes("192.0.2.1", 7));
	ck_assert_int_eq(look_up("192.0.2.1", &way), 7);
	ck_assert_uint_eq(way.device, 0);
	ck_assert_uint_eq(way.mtu, 1500);
	sh("ip route replace 192.0.2.0/24 via 10.8.0.8");
	ck_assert(comes("192.0.2.1", 8));
	ck_assert_int_eq(look_up("192.0.2.1", &way), 8);
	ck_assert_uint_eq(way.device, 1);
	ck_assert_uint_eq(way.mtu, 1400);
	sh("ip link set other down");
	ck_assert(comes("192.0.2.1", -ENETUNREACH));
}
END_TEST

START_TEST(a_route_by_an_interface_of_others_leads_nowhere_and_is_told_once_a_second)
{
	const char *said;

	add_other(false);
	sh("ip route add 192.0.2.0/24 via 10.9.0.7 && ip route add 192.0.2.1 via 10.8.0.8");
	ck_assert_int_eq(answer("192.0.2.1"), -ENETUNREACH);
	ck_assert(comes("192.0.2.2", 7));
	sh("ip route add 192.0.2.3 via 10.8.0.8");
	ck_assert_int_eq(answer("192.0.2.3"), -ENETUNREACH);
	ck_assert_ptr_nonnull(
		said = strstr(logged(), "leads by other, which is no interface"));
	ck_assert_ptr_null(strstr(said + 1, "leads by other"));
	sh("ip route del 192.0.2.1");
	ck_assert(comes("192.0.2.1", 7));
}
END_TEST

START_TEST(when_an_interface_goes_the_route_behind_its_own_counts)
{
	add_other(false);
	sh("ip route add 192.0.2.0/24 via 10.9.0.7 metric 200 &&"
	   "ip route add 192.0.2.0/24 via 10.8.0.8 metric 100");
	run(100);
	ck_assert_int_eq(answer("192.0.2.1"), -ENETUNREACH);
	sh("ip link set other down");
	ck_assert(comes("192.0.2.1", 7));
}
END_TEST

START_TEST(and_no_more_when_that_has_its_carrier_back)
{
	add_other(false);
	sh("ip -6 addr add fd08::1/64 dev other nodad && "
	   "ip neigh add fd09::7 lladdr 02:00:00:00:00:07 dev eth0");
	sh("for f in 4 6; do for i in all other; do "
	   "  sysctl -qw net.ipv$f.conf.$i.ignore_routes_with_linkdown=1; done; done");
	sh("ip route add 192.0.2.0/24 via 10.9.0.7 metric 200 &&"
	   "ip route add 192.0.2.0/24 via 10.8.0.8 metric 100 &&"
	   "ip -6 route add 2001:db8::/32 via fd09::7 metric 200 &&"
	   "ip -6 route add 2001:db8::/32 via fd08::8 metric 100 &&"
	   "ip route add 198.51.100.0/24 via 10.9.0.7");
	sh("ip link set other2 down");
	ck_assert(comes("192.0.2.1", 7));
	ck_assert(comes("2001:db8::1", 7));
	ck_assert(comes("198.51.100.1", 7));
	for (unsigned i = 0; i < 30; i++) /* until there are no more news */
		run(20);
	ck_assert_int_eq(answer("192.0.2.1"), 7);
	sh("ip link set other2 up");
	ck_assert(comes("192.0.2.1", -ENETUNREACH));
	ck_assert(comes("2001:db8::1", -ENETUNREACH));
	ck_assert(!about("198.51.100.1")->stale); /* that is by none of its routes */
}
END_TEST

static void
count_nothing(const struct nlmsghdr *h, void *arg)
{
}

static void
count_route(const struct nlmsghdr *h, void *arg)
{
	struct sw_addr several = ip("192.0.2.0"), one = ip("2001:db8::"),
		       not = ip("198.51.100.0");
	struct netlink_route r;
	unsigned *count = arg;

	ck_assert_int_eq(netlink_parse_route(h, &r), 0);
	count[0] += memcmp(&r.dst, &several, sizeof several) == 0;
	count[1] += memcmp(&r.dst, &one, sizeof one) == 0;
	count[2] += memcmp(&r.dst, &not, sizeof not ) == 0;
}

START_TEST(the_routes_by_a_link_are_those_of_both_families_also_by_several)
{
	struct mnl_socket *s = netlink_open();
	unsigned count[3] = {0}, other;

	ck_assert_ptr_nonnull(s);
	add_other(false);
	other = if_nametoindex("other");
	sh("ip route add 192.0.2.0/24 nexthop via 10.8.0.8 nexthop via 10.9.0.7 &&"
	   "ip -6 route add 2001:db8::/32 dev other table 100 &&"
	   "ip route add 198.51.100.0/24 via 10.9.0.7");
	ck_assert_int_eq(netlink_dump_routes(s, (int)other, count_route, count), 0);
	ck_assert_uint_eq(count[0], 1);
	ck_assert_uint_eq(count[1], 1);
	ck_assert_uint_eq(count[2], 0);
	sh("ip link del other");
	ck_assert_int_eq(netlink_dump_routes(s, (int)other, count_route, count), -ENODEV);
	/* Other dumps are answered as before. */
	ck_assert_int_eq(netlink_dump(s, RTM_GETLINK, count_nothing, NULL), 0);
	mnl_socket_close(s);
}
END_TEST

/* Add an interface of others', that goes and comes for 2.4 s or more. */
static pid_t
flap(void)
{
	pid_t pid;

	sh("ip link add third type veth peer name third2 && ip link set third2 up");
	if ((pid = fork()) == 0) {
		execlp("sh", "sh", "-c",
			"for i in $(seq 80); do echo link set third up; sleep 0.015; "
			"echo link set third down; sleep 0.015; done | ip -b -",
			NULL);
		_exit(1);
	}
	return pid;
}

/* How many times TO has had to be looked up again in MS. */
static unsigned
lookups(const char *to, int ms)
{
	unsigned n = 0;

	for (; ms > 0; ms -= 10) {
		neigh_run(neigh);
		if (about(to)->stale) {
			answer(to);
			n++;
		}
		usleep(10000);
	}
	return n;
}

/* Each could be the one whose routes are still to come. */
START_TEST(news_of_other_links_without_end_keep_nobody_waiting)
{
	pid_t flapper;
	int ms = 0;

	add_other(false);
	sh("ip route add 192.0.2.0/24 via 10.9.0.7 metric 200 &&"
	   "ip route add 192.0.2.0/24 via 10.8.0.8 metric 100");
	run(100);
	ck_assert_int_eq(answer("192.0.2.1"), -ENETUNREACH);
	flapper = flap();
	for (; ms < 300; ms += 10) {
		neigh_run(neigh);
		usleep(10000);
	}
	/* Not sooner than its own news: the route goes with a delay of the kernel's making. */
	sh("ip link set other2 down && ip link set other down");
	for (ms = 0; ms < 1000 && !about("192.0.2.1")->stale; ms += 10) {
		neigh_run(neigh);
		usleep(10000);
	}
	ck_assert_int_lt(ms, 1000);
	ck_assert_int_eq(waitpid(flapper, NULL, WNOHANG), 0);
	ck_assert(comes("192.0.2.1", 7));
	waitpid(flapper, NULL, 0);
}
END_TEST

START_TEST(and_have_nobody_look_again_for_ever_because_of_one_before)
{
	pid_t flapper;

	add_other(false);
	sh("ip route add 192.0.2.0/24 via 10.9.0.7 metric 100 &&"
	   "ip route add 192.0.2.0/24 via 10.8.0.8 metric 200");
	run(100);
	ck_assert(comes("192.0.2.1", 7));
	flapper = flap();
	lookups("192.0.2.1", 100);
	if (_i == 0)
		sh("ip link set eth0 mtu 1400");
	else
		sh("ip link set other2 down && ip link set other2 up");
	ck_assert_uint_gt(lookups("192.0.2.1", 600), 0);
	ck_assert_uint_eq(lookups("192.0.2.1", 1000), 0);
	ck_assert_int_eq(waitpid(flapper, NULL, WNOHANG), 0);
	waitpid(flapper, NULL, 0);
}
END_TEST

START_TEST(of_several_hops_the_kernel_chooses)
{
	struct neigh_way way;

	add_other(true);
	sh("ip route add 192.0.2.0/24 nexthop via 10.8.0.8 nexthop via 10.9.0.7");
	for (unsigned i = 1; i < 20; i++) {
		char to[16];
		int last;

		snprintf(to, sizeof to, "192.0.2.%u", i);
		last = look_up(to, &way);
		ck_assert(last == (way.device == 0 ? 7 : 8));
	}
}
END_TEST

START_TEST(the_mtu_is_the_least_of_the_way)
{
	struct neigh_way way;

	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip route add 192.0.2.0/24 via 10.9.0.7 mtu 1280");
	ck_assert(comes("192.0.2.1", 7));
	ck_assert_int_eq(look_up("192.0.2.1", &way), 7);
	ck_assert_uint_eq(way.mtu, 1280);
	sh("ip route replace 192.0.2.0/24 via 10.9.0.7 mtu 9000");
	run(100);
	ck_assert_int_eq(look_up("192.0.2.1", &way), 7);
	ck_assert_uint_eq(way.mtu, 1500);
	sh("ip link set eth0 mtu 1000");
	run(100);
	ck_assert(about("192.0.2.1")->stale);
	ck_assert_int_eq(look_up("192.0.2.1", &way), 7);
	ck_assert_uint_eq(way.mtu, 1000);
}
END_TEST

/* Does the log say TEXT, or in a while? */
static bool
is_told(const char *text)
{
	for (int ms = 0; ms < PATIENCE_MS && strstr(logged(), text) == NULL; ms += 20)
		run(20);
	return strstr(logged(), text) != NULL;
}

START_TEST(from_an_address_that_was_taken_off_nothing_goes_until_it_is_back)
{
	sh("ip addr add 10.9.0.9/24 dev eth0"); /* so that the routes stay */
	ck_assert(comes("10.9.0.2", 2));
	sh("sysctl -qw net.ipv4.conf.eth0.promote_secondaries=1 && ip addr del 10.9.0.1/24 dev eth0");
	ck_assert(comes("10.9.0.2", -EADDRNOTAVAIL));
	ck_assert_ptr_nonnull(
		strstr(logged(), "address number 1 of the configuration has been taken off"));
	ck_assert(comes("fd09::2", 2));
	sh("ip addr add 10.9.0.1/24 dev eth0");
	ck_assert(comes("10.9.0.2", 2));
	ck_assert(is_told("address number 1 is back"));
}
END_TEST

static unsigned
lines_about_addresses(void)
{
	unsigned lines = 0;

	for (const char *at = logged(); (at = strstr(at, "address number")) != NULL; at++)
		lines++;
	return lines;
}

/* Also when it goes and comes all the time; how it is in the end is said as well. */
START_TEST(an_address_that_is_taken_off_or_back_is_told_once_a_second)
{
	for (unsigned i = 0; i < 20; i++) {
		sh("ip addr del 10.9.0.1/24 dev eth0");
		neigh_run(neigh);
		sh("ip addr add 10.9.0.1/24 dev eth0");
		neigh_run(neigh);
	}
	ck_assert_uint_ge(lines_about_addresses(), 1);
	ck_assert_uint_le(lines_about_addresses(), 4); /* 40 on a machine that takes seconds */
	ck_assert(is_told("address number 1 is back"));
}
END_TEST

START_TEST(refused_and_own_addresses_have_no_way)
{
	static const char *const types[] = {"blackhole", "unreachable", "prohibit"};

	for (unsigned i = 0; i < 3; i++) {
		sh("ip route add %s 192.0.2.0/24 && ip route add %s 2001:db8::/32", types[i],
			types[i]);
		neigh_run(neigh);
		ck_assert_int_eq(answer("192.0.2.1"), -ENETUNREACH);
		ck_assert_int_eq(answer("2001:db8::1"), -ENETUNREACH);
		sh("ip route del 192.0.2.0/24 && ip route del %s 2001:db8::/32", types[i]);
	}
	ck_assert_int_eq(answer("10.9.0.1"), -ENETUNREACH);
	ck_assert_int_eq(answer("fd09::1"), -ENETUNREACH);
}
END_TEST

START_TEST(what_is_no_single_host_is_refused)
{
	static const char *const no_hosts[] = {"0.0.0.0", "127.0.0.1", "224.0.0.1",
		"255.255.255.255", "10.9.0.255", "::", "::1", "::ffff:10.9.0.2", "fe80::1",
		"ff02::1"};

	for (unsigned i = 0; i < sizeof no_hosts / sizeof no_hosts[0]; i++)
		ck_assert_msg(answer(no_hosts[i]) == -EINVAL, "%s", no_hosts[i]);
}
END_TEST

START_TEST(who_does_not_answer_is_unreachable_until_he_does)
{
	ck_assert_int_eq(answer("10.9.0.3"), -EINPROGRESS);
	ck_assert(comes("10.9.0.3", -EHOSTUNREACH));
	peer_sh("ip addr add 10.9.0.3/24 dev eth0");
	ck_assert(comes("10.9.0.3", 2));
}
END_TEST

/* The kernel itself asks again some time in the five seconds after it has given up. */
START_TEST(when_the_link_is_back_who_was_given_up_is_asked_at_once)
{
	ck_assert(comes("10.9.0.2", 2));
	peer_sh("ip link set eth0 down");
	ck_assert(comes("10.9.0.2", -EHOSTUNREACH));
	sh("sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=600000");
	peer_sh("ip link set eth0 arp off");
	peer_sh("ip link set eth0 up");
	for (int ms = 0; !neigh_link_up(neigh, 0) && ms < PATIENCE_MS; ms += 20)
		run(20);
	ck_assert_ptr_nonnull(
		strstr(output("ip neigh show nud incomplete"), "10.9.0.2 dev eth0 managed"));
}
END_TEST

START_TEST(who_did_not_hear_the_question_is_asked_again_on_demand)
{
	sh("sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=600000 && "
	   "ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0");
	ck_assert(comes("10.9.0.7", 7));
	peer_sh("ip link set eth0 arp off");
	ck_assert_int_eq(answer("10.9.0.2"), -EINPROGRESS);
	run(100);
	peer_sh("ip link set eth0 arp on");
	run(100);
	ck_assert_int_eq(answer("10.9.0.2"), -EINPROGRESS);
	neigh_link_is_back(neigh, 0);
	neigh_run(neigh);
	ck_assert(comes("10.9.0.2", 2));
	ck_assert_ptr_nonnull(strstr(output("ip neigh show 10.9.0.2"), "managed"));
	ck_assert_ptr_nonnull(strstr(output("ip neigh show 10.9.0.7"), "PERMANENT"));
}
END_TEST

/* With a smaller MTU than 1280 the kernel has no IPv6 there, and takes no question. */
START_TEST(who_could_not_be_asked_for_is_asked_for_again)
{
	ck_assert(comes("fd09::2", 2));
	sh("ip link set eth0 mtu 576");
	ck_assert(comes("fd09::2", -EADDRNOTAVAIL));
	sh("ip link set eth0 mtu 1500 && ip addr add fd09::1/64 dev eth0 nodad");
	ck_assert(comes("fd09::2", 2));
	ck_assert_ptr_nonnull(strstr(output("ip neigh show fd09::2"), "managed"));
}
END_TEST

/* Each in its turn: another one may have been asked for in vain just before. */
START_TEST(so_is_each_of_several)
{
	peer_sh("ip addr add fd09::3/64 dev eth0 nodad");
	sh("ip route add 192.0.2.0/24 via inet6 fd09::2 dev eth0 && "
	   "ip route add 198.51.100.0/24 via inet6 fd09::3 dev eth0 && "
	   "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1");
	run(20);
	ck_assert_int_eq(answer("192.0.2.1"), -EHOSTUNREACH);
	for (unsigned i = 0; i < 30; i++)
		run(20);
	ck_assert_int_eq(answer("198.51.100.1"), -EHOSTUNREACH);
	sh("sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0 && "
	   "ip addr add fd09::1/64 dev eth0 nodad");
	ck_assert(comes("192.0.2.1", 2));
	ck_assert(comes("198.51.100.1", 2));
}
END_TEST

START_TEST(but_not_who_has_become_a_permanent_neighbour_meanwhile)
{
	sh("sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=600000");
	ck_assert_int_eq(answer("10.9.0.7"), -EINPROGRESS);
	run(100);
	sh("ip neigh replace 10.9.0.7 lladdr 02:00:00:00:00:07 nud permanent dev eth0");
	neigh_link_is_back(neigh, 0);
	neigh_run(neigh);
	ck_assert(about("10.9.0.7")->stale);
	ck_assert_int_eq(answer("10.9.0.7"), 7);
	ck_assert_ptr_nonnull(strstr(output("ip neigh show 10.9.0.7"), "PERMANENT"));
}
END_TEST

START_TEST(also_when_news_behind_that_are_lost)
{
	int room = 65536;

	ck_assert(comes("10.9.0.2", 2));
	peer_sh("ip link set eth0 down");
	ck_assert(comes("10.9.0.2", -EHOSTUNREACH));
	sh("sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=600000");
	for (unsigned i = 0; i < 10; i++)
		run(20);
	ck_assert(!neigh_link_up(neigh, 0));
	ck_assert_int_eq(
		setsockopt(neigh_fd(neigh), SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
	peer_sh("ip link set eth0 arp off");
	peer_sh("ip link set eth0 up");
	sh("until ip link show eth0 | grep -q LOWER_UP; do sleep 0.01; done; sleep 0.1;"
	   "for i in $(seq 1 250); do for j in 11 12 13 14; do "
	   "  echo neigh add 10.9.$j.$i lladdr 02:00:00:00:00:07 dev eth0; done; done | ip -b -");
	ck_assert_str_ne(
		output("awk 'NR > 1 {n += $9} END {print n}' /proc/net/netlink"), "0");
	neigh_run(neigh);
	ck_assert(neigh_link_up(neigh, 0));
	ck_assert_ptr_nonnull(
		strstr(output("ip neigh show nud incomplete"), "10.9.0.2 dev eth0 managed"));
}
END_TEST

/* From now on nothing can be read anew: a request to dump links, addresses or neighbours is 20
 * bytes long, every other one more. */
static void
lose_dumps(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(
		f, SCMP_ACT_ERRNO(ENOBUFS), SCMP_SYS(sendto), 1, SCMP_A2(SCMP_CMP_EQ, 20));
	ck_assert_int_eq(seccomp_load(f), 0);
	seccomp_release(f);
}

START_TEST(nobody_is_asked_while_it_is_not_known_who_is_permanent)
{
	int room = 1;

	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0");
	ck_assert(comes("10.9.0.7", 7));
	ck_assert_int_eq(
		setsockopt(neigh_fd(neigh), SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
	sh("for i in $(seq 10 60); do echo neigh add 10.9.0.$i lladdr 02:00:00:00:00:07 dev eth0;"
	   "done | ip -b -");
	neigh_link_is_back(neigh, 0);
	lose_dumps();
	neigh_run(neigh);
	ck_assert_ptr_nonnull(strstr(logged(), "cannot read them all"));
	ck_assert_ptr_nonnull(strstr(output("ip neigh show 10.9.0.7"), "PERMANENT"));
}
END_TEST

START_TEST(a_changed_mac_address_is_followed)
{
	ck_assert(comes("10.9.0.2", 2));
	ck_assert(comes("fd09::2", 2));
	peer_sh("ip link set eth0 address 02:00:00:00:00:0a");
	peer_sh("ping -c1 -W1 10.9.0.1 >/dev/null");
	ck_assert(comes("10.9.0.2", 10));
	sh("ip neigh replace fd09::2 lladdr 02:00:00:00:00:0b dev eth0");
	ck_assert(comes("fd09::2", 11));
}
END_TEST

START_TEST(a_neighbour_that_was_flushed_is_asked_for_again)
{
	ck_assert(comes("10.9.0.2", 2));
	sh("ip neigh del 10.9.0.2 dev eth0");
	run(100);
	ck_assert(comes("10.9.0.2", 2));
	ck_assert_ptr_nonnull(strstr(output("ip neigh show 10.9.0.2"), "managed"));
}
END_TEST

START_TEST(a_permanent_neighbour_stays_one)
{
	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0");
	neigh_run(neigh);
	ck_assert_int_eq(answer("10.9.0.7"), 7);
	ck_assert_ptr_nonnull(strstr(output("ip neigh show 10.9.0.7"), "PERMANENT"));
}
END_TEST

START_TEST(several_changes_at_once_are_one_call)
{
	ck_assert(comes("10.9.0.2", 2));
	sh("ip route add 192.0.2.0/24 via 10.9.0.2 && ip neigh replace 10.9.0.2 lladdr "
	   "02:00:00:00:00:0c dev eth0 && ip addr add 10.9.0.5/24 dev eth0 && ip link set eth0 down");
	changes = 0;
	neigh_run(neigh);
	ck_assert_uint_eq(changes, 1);
	neigh_run(neigh);
	ck_assert_uint_eq(changes, 1);
}
END_TEST

START_TEST(news_of_nobody_we_talk_to_are_no_change)
{
	ck_assert(comes("10.9.0.2", 2));
	run(100);
	changes = 0;
	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 && ip neigh del 10.9.0.7 dev eth0");
	run(100);
	ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(addresses_and_link_are_mirrored)
{
	struct sw_addr one = ip("10.9.0.1"), six = ip("fd09::1"), other = ip("10.9.0.2");

	one.port = 30000; /* does not matter */
	ck_assert(neigh_has_address(neigh, 0, &one));
	ck_assert(neigh_has_address(neigh, 0, &six));
	ck_assert(!neigh_has_address(neigh, 0, &other));
	ck_assert(neigh_link_up(neigh, 0));
	sh("ip addr del 10.9.0.1/24 dev eth0 && ip addr add 10.9.0.2/24 dev eth0");
	run(100);
	ck_assert(!neigh_has_address(neigh, 0, &one));
	ck_assert(neigh_has_address(neigh, 0, &other));
	changes = 0;
	peer_sh("ip link set eth0 down");
	for (int ms = 0; neigh_link_up(neigh, 0) && ms < PATIENCE_MS; ms += 20)
		run(20);
	ck_assert_uint_gt(changes, 0); /* though nobody watches a way */
	ck_assert(!neigh_link_up(neigh, 0));
	peer_sh("ip link set eth0 up");
	for (int ms = 0; !neigh_link_up(neigh, 0) && ms < PATIENCE_MS; ms += 20)
		run(20);
	ck_assert(neigh_link_up(neigh, 0));
	sh("ip link del eth0");
	run(100);
	ck_assert(!neigh_link_up(neigh, 0));
	ck_assert(!neigh_has_address(neigh, 0, &other));
}
END_TEST

START_TEST(the_mac_address_of_our_own_is_mirrored)
{
	uint8_t mac[6];

	sh("ip link set eth0 address 02:00:00:00:00:33");
	run(100);
	ck_assert(neigh_own_mac(neigh, 0, mac));
	ck_assert_uint_eq(mac[5], 0x33);
	sh("ip link del eth0");
	run(100);
	ck_assert(!neigh_own_mac(neigh, 0, mac));
}
END_TEST

START_TEST(an_interface_that_is_taken_away_is_gone_for_good_and_may_be_replaced)
{
	ck_assert(!neigh_is_gone(neigh, 0));
	sh("ip link set eth0 down");
	run(100);
	ck_assert(!neigh_is_gone(neigh, 0));
	sh("ip link del eth0");
	run(100);
	ck_assert(neigh_is_gone(neigh, 0));
	ck_assert(!neigh_is_replaced(neigh, 0));
	sh("ip link add eth0 index %d type veth peer name far && ip link set far up",
		device.ifindex);
	sh("ip addr add 10.9.0.1/24 dev eth0 && ip link set eth0 up");
	run(100);
	ck_assert(neigh_is_gone(neigh, 0));
	ck_assert(!neigh_is_replaced(neigh, 0));
	sh("ip addr add fd09::1/64 dev eth0 nodad");
	ck_assert(neigh_is_replaced(neigh, 0));
	sh("ip link set eth0 down");
	ck_assert(!neigh_is_replaced(neigh, 0));
}
END_TEST

/* The broadcast address of the network of ADDR. */
static const char *
everybody_of(const char *addr)
{
	static char text[INET_ADDRSTRLEN];
	struct sw_addr a = ip(addr), to;

	if (!neigh_broadcast(neigh, 0, &a, &to))
		return "none";
	ck_assert_uint_eq(to.port, 0);
	return inet_ntop(to.family, to.ip, text, sizeof text);
}

START_TEST(a_network_has_the_broadcast_address_that_the_kernel_takes_for_it)
{
	ck_assert_str_eq(everybody_of("10.9.0.1"), "10.9.0.255"); /* though none was set */
	ck_assert_str_eq(everybody_of("fd09::1"), "none");
	ck_assert_str_eq(everybody_of("10.9.0.2"), "none");
	sh("ip addr add 10.8.1.77/26 dev eth0; ip addr add 10.7.0.1/16 brd 10.7.3.255 dev eth0; "
	   "ip addr add 10.6.0.0/31 dev eth0; ip addr add 10.5.0.9/32 dev eth0");
	run(100);
	ck_assert_str_eq(everybody_of("10.8.1.77"), "10.8.1.127");
	ck_assert_str_eq(everybody_of("10.7.0.1"), "10.7.3.255");
	ck_assert_str_eq(everybody_of("10.6.0.0"), "none");
	ck_assert_str_eq(everybody_of("10.5.0.9"), "none");
	sh("ip addr del 10.9.0.1/24 dev eth0");
	run(100);
	ck_assert_str_eq(everybody_of("10.9.0.1"), "none");
	sh("ip addr add 10.9.0.1/25 dev eth0");
	run(100);
	ck_assert_str_eq(everybody_of("10.9.0.1"), "10.9.0.127");
}
END_TEST

START_TEST(lost_news_are_made_good_by_reading_all_again)
{
	int room = 1;

	ck_assert(comes("10.9.0.2", 2));
	ck_assert_int_eq(
		setsockopt(neigh_fd(neigh), SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
	sh("for i in $(seq 10 60); do ip neigh add 10.9.0.$i lladdr 02:00:00:00:00:07 dev eth0; done;"
	   "ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:0d dev eth0;"
	   "ip addr add 10.9.0.5/24 dev eth0; ip route add 192.0.2.0/24 via 10.9.0.60");
	ck_assert_str_ne(
		output("awk 'NR > 1 {n += $9} END {print n}' /proc/net/netlink"), "0");
	changes = 0;
	neigh_run(neigh);
	ck_assert_uint_eq(changes, 1);
	ck_assert_int_eq(answer("10.9.0.2"), 13);
	ck_assert_int_eq(answer("192.0.2.1"), 7);
	ck_assert(neigh_has_address(neigh, 0, &(struct sw_addr){AF_INET, 0, {10, 9, 0, 5}}));
}
END_TEST

/* ---- Without a kernel interface ---- */

static void
setup_static(void)
{
	log_catch();
	netns_open();
	open_neigh("ring");
}

static void
add_neighbour(const char *addr, uint8_t last)
{
	conf.neighbour[conf.neighbours++] =
		(struct opt_neighbour){.addr = ip(addr), .mac = {2, 0, 0, 0, 0, last}};
}

START_TEST(static_neighbours_are_as_configured)
{
	struct sw_addr ours = ip("fd09::1"), other = ip("fd09::2");

	add_neighbour("10.9.0.7", 7);
	add_neighbour("fd09::8", 8);
	ck_assert_int_eq(answer("10.9.0.7"), 7);
	ck_assert_int_eq(answer("fd09::8"), 8);
	ck_assert_int_eq(answer("10.9.0.8"), -ENETUNREACH);
	ck_assert_int_eq(answer("224.0.0.1"), -EINVAL);
	ck_assert(neigh_has_address(neigh, 0, &ours));
	ck_assert(!neigh_has_address(neigh, 0, &other));
	ck_assert_str_eq(everybody_of("10.9.0.1"), "none"); /* nobody has said of what size */
	conf.prefix[0] = 20;
	ck_assert_str_eq(everybody_of("10.9.0.1"), "10.9.15.255");
}
END_TEST

START_TEST(a_static_neighbour_for_all_addresses_is_the_gateway_of_its_family)
{
	add_neighbour("0.0.0.0", 9);
	add_neighbour("10.9.0.7", 7);
	ck_assert_int_eq(answer("10.9.0.7"), 7);
	ck_assert_int_eq(answer("192.0.2.1"), 9);
	ck_assert_int_eq(answer("2001:db8::1"), -ENETUNREACH);
	add_neighbour("::", 10);
	ck_assert_int_eq(answer("2001:db8::1"), 10);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("neigh");
	TCase *t = tcase_create("kernel"), *u = tcase_create("static");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_neighbour_on_link_is_resolved_by_the_kernel);
	tcase_add_test(t, a_hop_in_use_is_kept_fresh_and_let_go_at_the_end);
	tcase_add_test(t, what_a_killed_predecessor_had_kept_fresh_is_let_go_too);
	tcase_add_test(t, beyond_the_link_the_gateway_is_the_next_hop);
	tcase_add_test(
		t, a_gateway_may_have_an_address_of_the_other_family_or_of_the_link_alone);
	tcase_add_test(t, a_route_change_changes_the_answer);
	tcase_add_test(t, the_longest_prefix_wins_and_routes_elsewhere_change_nothing);
	tcase_add_test(t, rules_several_tables_and_next_hop_objects_are_followed);
	tcase_add_test(t, only_who_is_concerned_looks_up_again);
	tcase_add_test(t, thousands_of_route_changes_at_once_are_followed);
	tcase_add_test(t, a_route_by_another_device_of_ours_leads_there);
	tcase_add_test(
		t, a_route_by_an_interface_of_others_leads_nowhere_and_is_told_once_a_second);
	tcase_add_test(t, when_an_interface_goes_the_route_behind_its_own_counts);
	tcase_add_test(t, and_no_more_when_that_has_its_carrier_back);
	tcase_add_test(t, the_routes_by_a_link_are_those_of_both_families_also_by_several);
	tcase_add_test(t, news_of_other_links_without_end_keep_nobody_waiting);
	tcase_add_loop_test(
		t, and_have_nobody_look_again_for_ever_because_of_one_before, 0, 2);
	tcase_add_test(t, of_several_hops_the_kernel_chooses);
	tcase_add_test(t, the_mtu_is_the_least_of_the_way);
	tcase_add_test(t, from_an_address_that_was_taken_off_nothing_goes_until_it_is_back);
	tcase_add_test(t, an_address_that_is_taken_off_or_back_is_told_once_a_second);
	tcase_add_test(t, refused_and_own_addresses_have_no_way);
	tcase_add_test(t, what_is_no_single_host_is_refused);
	tcase_add_test(t, who_does_not_answer_is_unreachable_until_he_does);
	tcase_add_test(t, when_the_link_is_back_who_was_given_up_is_asked_at_once);
	tcase_add_test(t, also_when_news_behind_that_are_lost);
	tcase_add_test(t, nobody_is_asked_while_it_is_not_known_who_is_permanent);
	tcase_add_test(t, who_did_not_hear_the_question_is_asked_again_on_demand);
	tcase_add_test(t, who_could_not_be_asked_for_is_asked_for_again);
	tcase_add_test(t, so_is_each_of_several);
	tcase_add_test(t, but_not_who_has_become_a_permanent_neighbour_meanwhile);
	tcase_add_test(t, a_changed_mac_address_is_followed);
	tcase_add_test(t, a_neighbour_that_was_flushed_is_asked_for_again);
	tcase_add_test(t, a_permanent_neighbour_stays_one);
	tcase_add_test(t, several_changes_at_once_are_one_call);
	tcase_add_test(t, news_of_nobody_we_talk_to_are_no_change);
	tcase_add_test(t, addresses_and_link_are_mirrored);
	tcase_add_test(t, the_mac_address_of_our_own_is_mirrored);
	tcase_add_test(
		t, an_interface_that_is_taken_away_is_gone_for_good_and_may_be_replaced);
	tcase_add_test(t, a_network_has_the_broadcast_address_that_the_kernel_takes_for_it);
	tcase_add_test(t, lost_news_are_made_good_by_reading_all_again);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(u, setup_static, teardown);
	tcase_add_test(u, static_neighbours_are_as_configured);
	tcase_add_test(u, a_static_neighbour_for_all_addresses_is_the_gateway_of_its_family);
	suite_add_tcase(s, u);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
