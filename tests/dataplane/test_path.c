/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests dataplane/path.c: the bytes of a prepared header, written down by hand from the RFCs,
 * and which path is used while the kernel is finding the next hop.  In a network of the test's
 * own (netns.h; needs root). */
#include "dataplane/path.h"

#include <check.h>
#include <poll.h>
#include <string.h>

#include <net/if.h>
#include <rte_ip.h>

#include "dataplane/cksum.h"
#include "dataplane/drop.h"
#include "tests/dataplane/netns.h"

static struct opt_interface conf;
static struct device device;
static struct device *const devices[] = {&device};
static struct neigh *neigh;
static struct neigh_watch watch;
static struct path *path;

static void
on_change(void *arg)
{
}

static void
setup(void)
{
	log_catch();
	netns_open();
	conf = interface("xdp", "eth0", "10.9.0.1,fd09::1");
	device = (struct device){.kind = device_kind("xdp"),
		.conf = &conf,
		.ifindex = (int)if_nametoindex("eth0"),
		.mtu = 1500,
		.mac = {2, 0, 0, 0, 0, 1}};
	neigh = neigh_open(on_change, NULL);
	ck_assert_ptr_nonnull(neigh);
	ck_assert_int_eq(neigh_add_device(neigh, 0, &device), 0);
	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip neigh add fd09::7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip neigh add 10.9.0.8 lladdr 02:00:00:00:00:08 dev eth0");
	neigh_run(neigh);
	path = NULL;
}

static void
teardown(void)
{
	path_free(path);
	neigh_unwatch(&watch);
	neigh_close(neigh);
}

static struct path_ends
between(const char *from, const char *to)
{
	struct path_ends e = {.from = ip(from), .to = ip(to), .dscp = 46};

	e.from.port = 30000;
	e.to.port = 4000;
	return e;
}

/* Ask for the path as the switch does: what comes takes the place of what was there, which is
 * freed. True: it is another one. */
static bool
refresh(const struct path_ends *e)
{
	struct path *was = path;

	neigh_run(neigh);
	path = path_make(neigh, devices, e, &watch, was);
	ck_assert_ptr_nonnull(path);
	if (path != was)
		path_free(was);
	return path != was;
}

static uint8_t
hop(void)
{
	return path->header[5];
}

START_TEST(a_header_over_ipv4)
{
	/* RFC 791: DSCP 46 is 0xb8 with the two bits behind it; do not fragment; 64 hops. */
	static const uint8_t want[] = {2, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45,
		0xb8, 0, 0, 0, 0, 0x40, 0x00, 64, 17, 0, 0, 10, 9, 0, 1, 10, 9, 0, 7, 0x75,
		0x30, 0x0f, 0xa0, 0, 0, 0, 0};
	struct path_ends e = between("10.9.0.1", "10.9.0.7");

	ck_assert(refresh(&e));
	ck_assert_uint_eq(path->len, sizeof want);
	ck_assert_mem_eq(path->header, want, sizeof want);
	ck_assert_uint_eq(path->ether_len, 14);
	ck_assert_uint_eq(path->ip_len, 20);
	ck_assert_uint_eq(path->mtu, 1500);
}
END_TEST

START_TEST(a_header_over_ipv6_in_a_vlan)
{
	static const uint8_t want[] = {2, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0, 1, 0x81, 0x00, 0x0f,
		0xfe, 0x86, 0xdd, 0x6b, 0x80, 0, 0, 0, 0, 17, 64, 0xfd, 9, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 1, 0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0x75,
		0x30, 0x0f, 0xa0, 0, 0, 0, 0};
	struct path_ends e = between("fd09::1", "fd09::7");

	conf.vlan = 4094;
	ck_assert(refresh(&e));
	ck_assert_uint_eq(path->len, sizeof want);
	ck_assert_mem_eq(path->header, want, sizeof want);
	ck_assert_uint_eq(path->ether_len, 18);
	ck_assert_uint_eq(path->ip_len, 40);
}
END_TEST

START_TEST(the_same_ends_keep_their_path)
{
	struct path_ends e = between("10.9.0.1", "10.9.0.7"), other = e;

	ck_assert(refresh(&e));
	ck_assert(!refresh(&e));
	other.to.port = 4002;
	ck_assert(refresh(&other));
	other.dscp = 0;
	ck_assert(refresh(&other));
	ck_assert(!refresh(&other));
}
END_TEST

START_TEST(without_a_way_it_says_why)
{
	struct path_ends e = between("10.9.0.1", "192.0.2.1"), nobody = e;

	ck_assert(refresh(&e));
	ck_assert_uint_eq(path->len, 0);
	ck_assert_uint_eq(path->drop, DROP_NO_NEIGHBOUR);
	nobody.to = (struct sw_addr){0};
	ck_assert(refresh(&nobody));
	ck_assert_uint_eq(path->len, 0);
	ck_assert_uint_eq(path->drop, DROP_NO_REMOTE);
}
END_TEST

START_TEST(while_the_next_hop_is_being_found_the_one_before_is_used)
{
	struct path_ends e = between("10.9.0.1", "192.0.2.1");

	sh("ip route add 192.0.2.0/24 via 10.9.0.8");
	ck_assert(refresh(&e));
	ck_assert_uint_eq(hop(), 8);
	sh("sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=30;"
	   "ip route replace 192.0.2.0/24 via 10.9.0.66"); /* who is not there */
	ck_assert(!refresh(&e));
	ck_assert_uint_eq(hop(), 8);
	for (int ms = 0; path->len != 0 && ms < 8000; ms += 20) {
		poll(NULL, 0, 20);
		refresh(&e);
	}
	ck_assert_uint_eq(path->drop, DROP_NO_NEIGHBOUR);
	sh("ip route replace 192.0.2.0/24 via 10.9.0.7");
	ck_assert(refresh(&e));
	ck_assert_uint_eq(hop(), 7);
}
END_TEST

START_TEST(but_never_for_another_party)
{
	struct path_ends e = between("10.9.0.1", "10.9.0.8"),
			 other = between("10.9.0.1", "10.9.0.66");

	ck_assert(refresh(&e));
	ck_assert(refresh(&other));
	ck_assert_uint_eq(path->len, 0);
	ck_assert_uint_eq(path->drop, DROP_NO_NEIGHBOUR);
}
END_TEST

START_TEST(a_payload_of_any_length_has_the_sum_that_dpdk_says)
{
	enum { LONGEST = 300, OFFSETS = 32 };
	uint8_t packet[CKSUM_FRONT + OFFSETS + LONGEST];

	/* The second time every addition carries. */
	for (unsigned fill = 0; fill < 2; fill++) {
		for (unsigned i = 0; i < sizeof packet; i++)
			packet[i] = fill == 0 ? (uint8_t)(i * 167 + 89) : 0xff;
		for (unsigned at = 0; at < OFFSETS; at++)
			for (unsigned len = 0; len <= LONGEST; len++) {
				const uint8_t *payload = packet + CKSUM_FRONT + at;

				ck_assert_uint_eq(cksum_fold(cksum_sum(payload, len)),
					rte_raw_cksum(payload, len));
			}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("path");
	TCase *t = tcase_create("path");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_header_over_ipv4);
	tcase_add_test(t, a_header_over_ipv6_in_a_vlan);
	tcase_add_test(t, the_same_ends_keep_their_path);
	tcase_add_test(t, without_a_way_it_says_why);
	tcase_add_test(t, while_the_next_hop_is_being_found_the_one_before_is_used);
	tcase_add_test(t, but_never_for_another_party);
	tcase_add_test(t, a_payload_of_any_length_has_the_sum_that_dpdk_says);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
