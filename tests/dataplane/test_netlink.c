/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests dataplane/netlink.c: parsing.  The messages are what Linux 6.18 reported, byte for
 * byte, after the iproute2 commands beside them (x86-64).  That the kernel understands our
 * requests is seen in test_neigh.c. */
#include "dataplane/netlink.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ip addr add 10.9.0.1/24 dev ea (interface 3) */
static const char addr_4[] =
	"4c00000014000000b018026b2802000002188000030000000800"
	"01000a090001080002000a0900010700030065610000080008008000000014000600ffffffffffffffff"
	"0b0304000b030400";

/* ip addr add 10.9.0.1 peer 10.9.0.9 dev eb (interface 2) */
static const char addr_ptp[] =
	"4c00000014000000b018026b3302000002208000020000000800"
	"01000a090009080002000a0900010700030065620000080008008000000014000600ffffffffffffffff"
	"2003040020030400";

/* ip addr add fd09::1/64 dev ea: first tentative, then good; and the end of an address. */
static const char addr_6_tentative[] =
	"480000001400000000000000000000000a40c0000300000014000100fd09000000000000000000000000000114"
	"000600ffffffffffffffff340304003403040008000800c0000000";
static const char addr_6[] =
	"480000001400000000000000000000000a4080000300000014000100fd09000000000000000000000000000114"
	"000600ffffffffffffffff34030400340304000800080080000000";
static const char addr_gone[] =
	"4c0000001500000000000000000000000218800003000000080001000a090001080002000a090001070003006561"
	"0000080008008000000014000600ffffffffffffffffe1080400e1080400";

/* ip route add 192.0.2.0/24 via inet6 fd09::2 dev ea */
static const char route_via_6[] =
	"4c00000018000006b018026b3802000002180000fe0300010000000008000f00fe00000008000100c00002"
	"00160012000a00fd09000000000000000000000000000200000800040003000000";

/* ip route add default via 10.9.0.2; ip route del default */
static const char route_default[] =
	"3400000018000006b018026b4002000002000000fe0300010000000008000f00fe000000080005000a090002"
	"0800040003000000";
static const char route_default_gone[] =
	"3400000019000000b118026b4202000002000000fe0300010000000008000f00fe000000080005000a090002"
	"0800040003000000";

/* ip -6 route add 2001:db8::/32 via fd09::2 */
static const char route_6[] =
	"8800000018000006b118026b4f0200000a200000fe0300010000000008000f00fe00000014000100"
	"20010db80000000000000000000000000800060000040000"
	"14000500fd0900000000000000000000000000020800040003000000"
	"24000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000";

/* ip route add 198.51.100.0/24 nexthop via 10.9.0.2 dev ea nexthop via 10.9.0.3 dev ea */
static const char route_multipath[] =
	"5000000018000006b218026b3403000002180000fe0300010000000008000f00fe00000008000100c63364"
	"00240009001000000003000000080005000a0900021000000003000000080005000a090003";

/* The kernel, of the interface's own address: a route of type local. */
static const char route_local[] =
	"3c00000018000006000000000000000002200000ff02fe020000000008000f00ff000000080001000a090001"
	"080007000a0900010800040003000000";

/* ip neigh add 10.9.0.2 dev ea managed protocol 83, and nobody answers */
static const char neigh_failed[] =
	"500000001c0000000000000000000000020000000300000020000001080001000a09000208000400060000"
	"0014000300a2180000af000000000000000100000005000c005300000008000f0001000000";

/* ip neigh replace fd09::2 lladdr 02:00:00:00:00:07 nud permanent dev ea; ip neigh del ... */
static const char neigh_permanent[] =
	"580000001c00000000000000c90200000a000000030000008000000114000100fd090000000000000000"
	"0000000000020a0002000200000000070000080004000000000014000300000000000000000000000000"
	"01000000";
static const char neigh_gone[] =
	"4c0000001d00000000000000000000000a000000030000002000000114000100fd090000000000000000"
	"00000000000208000400000000001400030015000000150000001500000000000000";

/* A bridge learns an address; a bridge loses its port eb: neither is a neighbour or a link of
 * IP. */
static const char neigh_bridge[] =
	"4c0000001c00000000000000000000000700000004000000800000000a000200dac7f1c19f16000008000900"
	"0400000008000f00000000001400030000000000000000000000000000000000";
static const char link_bridge_port[] =
	"5400000011000000000000000000000007000100020000004310010000000000070003006562000008000a00"
	"0400000008000400dc05000005001000060000000a00010086c85ddc951e00000800050003000000";

/* A copy of HEX as a message on the heap, cut to LEN bytes (0: whole), so that a sanitizer
 * sees each byte read beyond it. */
static struct nlmsghdr *
message(const char *hex, uint32_t len)
{
	size_t n = len != 0 ? len : strlen(hex) / 2;
	uint8_t *m = malloc(n);

	ck_assert_ptr_nonnull(m);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(sscanf(hex + 2 * i, "%2hhx", &m[i]), 1);
	if (len != 0)
		memcpy(m, &len, sizeof len);
	return (void *)m;
}

#define PARSE(kind, hex, result)                                      \
	do {                                                          \
		struct nlmsghdr *m = message(hex, 0);                 \
		ck_assert_int_eq(netlink_parse_##kind(m, result), 0); \
		free(m);                                              \
	} while (0)

static const char *
text(const struct sw_addr *a)
{
	static char buf[4][INET6_ADDRSTRLEN];
	static unsigned turn;

	if (a->family == 0)
		return "none";
	return inet_ntop(a->family, a->ip, buf[turn++ % 4], INET6_ADDRSTRLEN);
}

START_TEST(addresses_are_read)
{
	struct netlink_addr a;

	PARSE(addr, addr_4, &a);
	ck_assert_int_eq(a.ifindex, 3);
	ck_assert_str_eq(text(&a.addr), "10.9.0.1");
	ck_assert_uint_eq(a.prefix, 24);
	ck_assert_str_eq(text(&a.broadcast), "none");
	ck_assert(a.usable && !a.gone);
	PARSE(addr, addr_6, &a);
	ck_assert_str_eq(text(&a.addr), "fd09::1");
	ck_assert(a.usable);
	PARSE(addr, addr_gone, &a);
	ck_assert_str_eq(text(&a.addr), "10.9.0.1");
	ck_assert(a.gone);
}
END_TEST

START_TEST(an_address_whose_uniqueness_is_not_known_yet_is_not_usable)
{
	struct netlink_addr a;

	PARSE(addr, addr_6_tentative, &a);
	ck_assert(!a.usable && !a.gone);
}
END_TEST

START_TEST(on_a_point_to_point_link_our_end_is_the_address)
{
	struct netlink_addr a;

	PARSE(addr, addr_ptp, &a);
	ck_assert_str_eq(text(&a.addr), "10.9.0.1");
}
END_TEST

START_TEST(routes_are_read)
{
	struct netlink_route r;

	PARSE(route, route_default, &r);
	ck_assert_int_eq(r.dst.family, AF_INET);
	ck_assert_uint_eq(r.prefix, 0);
	ck_assert_str_eq(text(&r.via), "10.9.0.2");
	ck_assert_int_eq(r.oif, 3);
	ck_assert_int_eq(r.type, RTN_UNICAST);
	ck_assert(!r.gone && !r.cloned);
	PARSE(route, route_default_gone, &r);
	ck_assert(r.gone);
	PARSE(route, route_6, &r);
	ck_assert_str_eq(text(&r.dst), "2001:db8::");
	ck_assert_uint_eq(r.prefix, 32);
	ck_assert_str_eq(text(&r.via), "fd09::2");
	PARSE(route, route_local, &r);
	ck_assert_int_eq(r.type, RTN_LOCAL);
	ck_assert_str_eq(text(&r.via), "none");
}
END_TEST

START_TEST(an_ipv4_route_may_lead_through_an_ipv6_neighbour)
{
	struct netlink_route r;

	PARSE(route, route_via_6, &r);
	ck_assert_str_eq(text(&r.dst), "192.0.2.0");
	ck_assert_uint_eq(r.prefix, 24);
	ck_assert_str_eq(text(&r.via), "fd09::2");
}
END_TEST

START_TEST(a_route_of_several_hops_names_no_interface)
{
	struct netlink_route r;

	PARSE(route, route_multipath, &r);
	ck_assert_str_eq(text(&r.dst), "198.51.100.0");
	ck_assert_int_eq(r.oif, 0);
}
END_TEST

START_TEST(neighbours_are_read)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
	struct netlink_neigh n;

	PARSE(neigh, neigh_permanent, &n);
	ck_assert_int_eq(n.ifindex, 3);
	ck_assert_str_eq(text(&n.addr), "fd09::2");
	ck_assert_int_eq(n.state, NUD_PERMANENT);
	ck_assert(n.has_mac && !n.managed && !n.gone);
	ck_assert_mem_eq(n.mac, mac, 6);
	PARSE(neigh, neigh_failed, &n);
	ck_assert_str_eq(text(&n.addr), "10.9.0.2");
	ck_assert_int_eq(n.state, NUD_FAILED);
	ck_assert(!n.has_mac && n.managed);
	ck_assert_uint_eq(n.protocol, NETLINK_PROTOCOL);
	PARSE(neigh, neigh_gone, &n);
	ck_assert(n.gone);
}
END_TEST

START_TEST(what_a_bridge_says_of_itself_is_refused)
{
	struct nlmsghdr *m = message(neigh_bridge, 0);
	struct netlink_neigh n;
	struct netlink_link l;

	ck_assert_int_eq(netlink_parse_neigh(m, &n), -EBADMSG);
	free(m);
	m = message(link_bridge_port, 0);
	ck_assert_int_eq(netlink_parse_link(m, &l), -EBADMSG);
	free(m);
}
END_TEST

START_TEST(a_link_is_up_when_it_is_wanted_and_has_a_carrier)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
	static const struct {
		unsigned flags;
		bool up;
	} row[] = {{0, false}, {IFF_UP, false}, {IFF_RUNNING, false},
		{IFF_UP | IFF_RUNNING, true}};
	char buf[256];

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
		struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
		struct netlink_link l;

		h->nlmsg_type = RTM_NEWLINK;
		m->ifi_index = 7;
		m->ifi_flags = row[i].flags;
		mnl_attr_put_u32(h, IFLA_MTU, 9000);
		mnl_attr_put_u32(h, IFLA_MASTER, 4);
		mnl_attr_put(h, IFLA_ADDRESS, 6, mac);
		ck_assert_int_eq(netlink_parse_link(h, &l), 0);
		ck_assert(l.up == row[i].up);
		ck_assert_int_eq(l.ifindex, 7);
		ck_assert_uint_eq(l.mtu, 9000);
		ck_assert_int_eq(l.vrf, 0); /* nobody says that it is one */
		ck_assert_mem_eq(l.mac, mac, 6);
	}
}
END_TEST

/* A link of KIND that belongs to interface 4, which is a MASTER. */
static struct netlink_link
link_of(const char *kind, const char *master)
{
	char buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
	struct nlattr *info;
	struct netlink_link l;

	h->nlmsg_type = RTM_NEWLINK;
	m->ifi_index = 7;
	mnl_attr_put_u32(h, IFLA_MASTER, 4);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, kind);
	mnl_attr_put_strz(h, IFLA_INFO_SLAVE_KIND, master);
	mnl_attr_nest_end(h, info);
	ck_assert_int_eq(netlink_parse_link(h, &l), 0);
	return l;
}

START_TEST(of_masters_only_a_vrf_has_routes_of_its_own)
{
	ck_assert_int_eq(link_of("veth", "vrf").vrf, 4);
	ck_assert_int_eq(link_of("veth", "bridge").vrf, 0);
	ck_assert_int_eq(link_of("veth", "bond").vrf, 0);
	ck_assert(link_of("bridge", "vrf").bridge);
	ck_assert(!link_of("veth", "bridge").bridge);
	ck_assert(!link_of("bridge_slave", "vrf").bridge);
}
END_TEST

START_TEST(a_route_may_state_its_mtu)
{
	char buf[256];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
	struct nlattr *metrics;
	struct netlink_route r;

	h->nlmsg_type = RTM_NEWROUTE;
	m->rtm_family = AF_INET;
	ck_assert_int_eq(netlink_parse_route(h, &r), 0);
	ck_assert_uint_eq(r.mtu, 0);
	metrics = mnl_attr_nest_start(h, RTA_METRICS);
	mnl_attr_put_u32(h, RTAX_WINDOW, 7);
	mnl_attr_put_u32(h, RTAX_MTU, 1280);
	mnl_attr_nest_end(h, metrics);
	ck_assert_int_eq(netlink_parse_route(h, &r), 0);
	ck_assert_uint_eq(r.mtu, 1280);
}
END_TEST

START_TEST(a_message_cut_anywhere_is_read_no_further)
{
	static const char *const all[] = {addr_4, addr_6, route_via_6, route_6,
		route_multipath, neigh_failed, neigh_permanent, link_bridge_port};

	for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
		for (uint32_t len = sizeof(struct nlmsghdr); len < strlen(all[i]) / 2; len++) {
			struct nlmsghdr *m = message(all[i], len);
			union {
				struct netlink_link link;
				struct netlink_addr addr;
				struct netlink_route route;
				struct netlink_neigh neigh;
			} out;

			netlink_parse_link(m, &out.link);
			netlink_parse_addr(m, &out.addr);
			netlink_parse_route(m, &out.route);
			netlink_parse_neigh(m, &out.neigh);
			if (len < sizeof(struct nlmsghdr) + 12)
				ck_assert_int_eq(netlink_parse_route(m, &out.route), -EBADMSG);
			free(m);
		}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("netlink");
	TCase *t = tcase_create("parsing");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, addresses_are_read);
	tcase_add_test(t, an_address_whose_uniqueness_is_not_known_yet_is_not_usable);
	tcase_add_test(t, on_a_point_to_point_link_our_end_is_the_address);
	tcase_add_test(t, routes_are_read);
	tcase_add_test(t, an_ipv4_route_may_lead_through_an_ipv6_neighbour);
	tcase_add_test(t, a_route_of_several_hops_names_no_interface);
	tcase_add_test(t, neighbours_are_read);
	tcase_add_test(t, what_a_bridge_says_of_itself_is_refused);
	tcase_add_test(t, a_link_is_up_when_it_is_wanted_and_has_a_carrier);
	tcase_add_test(t, of_masters_only_a_vrf_has_routes_of_its_own);
	tcase_add_test(t, a_route_may_state_its_mtu);
	tcase_add_test(t, a_message_cut_anywhere_is_read_no_further);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
