/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests dataplane/twin.c against the kernel: frames made by hand are given to a twin in a
 * network of the test's own (netns.h; needs root), and what the kernel says to them comes
 * back.  Each test is a process with an EAL of its own. */
#include "dataplane/twin.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <rte_arp.h>
#include <rte_eal.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/dataplane/netns.h"

enum { PATIENCE_MS = 3000, BUFFERS = 63 };

static const uint8_t our_mac[6] = {2, 's', 0, 0, 0, 1}, far_mac[6] = {2, 0, 0, 0, 0, 9};
static const uint32_t our_ip = RTE_BE32(RTE_IPV4(10, 7, 0, 1)),
		      far_ip = RTE_BE32(RTE_IPV4(10, 7, 0, 9));

static struct opt_interface conf;
static struct device device;
static struct rte_mempool *pool;

/* An open device that has no kernel interface: all that a twin needs of it. */
static void
setup(void)
{
	static char arg[][32] = {"test", "--no-huge", "--no-pci", "--no-shconf",
		"--no-telemetry", "--file-prefix=strowger-test", "-m", "32", "--lcores",
		"0@(0)"};
	char *argv[RTE_DIM(arg) + 1] = {NULL};

	log_catch();
	netns_open();
	for (unsigned i = 0; i < RTE_DIM(arg); i++)
		argv[i] = arg[i];
	ck_assert_int_ge(rte_eal_init(RTE_DIM(arg), argv), 0);
	pool = rte_pktmbuf_pool_create(
		"pool", BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	ck_assert_ptr_nonnull(pool);
	conf = interface("ring", "wire", "10.7.0.1,fd07::1");
	conf.prefix[0] = 24;
	snprintf(conf.twin, sizeof conf.twin, "media0");
	device = (struct device){
		.kind = device_kind("ring"), .conf = &conf, .mtu = 1400, .was_up = true};
	memcpy(device.mac, our_mac, 6);
}

static void
open_twin(void)
{
	ck_assert_msg(twin_open(&device) == 0, "%s", logged());
}

/* The next frame that the kernel sends of TYPE; NULL: none comes.  The caller frees it. */
static struct rte_mbuf *
next_of(uint16_t type)
{
	struct pollfd p = {.fd = twin_fd(device.twin), .events = POLLIN};
	struct rte_mbuf *m;

	while (poll(&p, 1, PATIENCE_MS) == 1) {
		if (twin_read(device.twin, pool, &m, 1) == 0)
			continue;
		if (rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type ==
			rte_cpu_to_be_16(type))
			return m;
		rte_pktmbuf_free(m);
	}
	return NULL;
}

/* *M: a frame from the far side to us of TYPE; the LEN bytes behind its header. */
static void *
frame(struct rte_mbuf **m, uint16_t type, size_t len)
{
	struct rte_ether_hdr *eth;

	ck_assert_ptr_nonnull(*m = rte_pktmbuf_alloc(pool));
	rte_pktmbuf_append(*m, (uint16_t)(sizeof *eth + len));
	eth = rte_pktmbuf_mtod(*m, struct rte_ether_hdr *);
	*eth = (struct rte_ether_hdr){.ether_type = rte_cpu_to_be_16(type)};
	memcpy(&eth->dst_addr, our_mac, 6);
	memcpy(&eth->src_addr, far_mac, 6);
	return memset(eth + 1, 0, len);
}

static struct rte_mbuf *
arp_request(void)
{
	struct rte_mbuf *m;
	struct rte_arp_hdr *arp = frame(&m, RTE_ETHER_TYPE_ARP, sizeof *arp);

	memset(&rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->dst_addr, 0xff, 6);
	*arp = (struct rte_arp_hdr){.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = 6,
		.arp_plen = 4,
		.arp_opcode = RTE_BE16(RTE_ARP_OP_REQUEST),
		.arp_data = {.arp_sip = far_ip, .arp_tip = our_ip}};
	memcpy(&arp->arp_data.arp_sha, far_mac, 6);
	return m;
}

/* RFC 792 */
static struct rte_mbuf *
echo_request(void)
{
	struct rte_mbuf *m;
	struct {
		struct rte_ipv4_hdr ip;
		struct rte_icmp_hdr icmp;
		char text[8];
	} *p = frame(&m, RTE_ETHER_TYPE_IPV4, sizeof *p);

	p->ip = (struct rte_ipv4_hdr){.version_ihl = 0x45,
		.total_length = rte_cpu_to_be_16(sizeof *p),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_ICMP,
		.src_addr = far_ip,
		.dst_addr = our_ip};
	p->ip.hdr_checksum = rte_ipv4_cksum(&p->ip);
	p->icmp = (struct rte_icmp_hdr){.icmp_type = RTE_IP_ICMP_ECHO_REQUEST,
		.icmp_ident = RTE_BE16(7),
		.icmp_seq_nb = RTE_BE16(1)};
	memcpy(p->text, "twin", 4);
	p->icmp.icmp_cksum = (uint16_t)~rte_raw_cksum(&p->icmp, sizeof p->icmp + 8);
	return m;
}

static void
give(struct rte_mbuf *m)
{
	twin_write(device.twin, &m, 1);
}

/* ---- */

START_TEST(the_kernel_answers_arp_and_ping_from_the_devices_address)
{
	const struct rte_arp_hdr *arp;
	struct rte_mbuf *m;

	open_twin();
	give(arp_request());
	ck_assert_ptr_nonnull(m = next_of(RTE_ETHER_TYPE_ARP));
	arp = rte_pktmbuf_mtod_offset(m, const struct rte_arp_hdr *, 14);
	ck_assert_uint_eq(arp->arp_opcode, RTE_BE16(RTE_ARP_OP_REPLY));
	ck_assert_mem_eq(&arp->arp_data.arp_sha, our_mac, 6);
	ck_assert_mem_eq(rte_pktmbuf_mtod(m, const uint8_t *), far_mac, 6);
	rte_pktmbuf_free(m);

	give(echo_request());
	ck_assert_ptr_nonnull(m = next_of(RTE_ETHER_TYPE_IPV4));
	ck_assert_uint_eq(
		*rte_pktmbuf_mtod_offset(m, const uint8_t *, 14 + 20), RTE_IP_ICMP_ECHO_REPLY);
	ck_assert_mem_eq(rte_pktmbuf_mtod_offset(m, const char *, 14 + 20 + 8), "twin", 4);
	rte_pktmbuf_free(m);
	ck_assert_uint_eq(twin_count(device.twin)->up, 2);
	ck_assert_uint_ge(twin_count(device.twin)->down, 2);
	ck_assert_uint_eq(twin_count(device.twin)->up_lost, 0);
	twin_close(&device);
	ck_assert_uint_eq(rte_mempool_in_use_count(pool), 0);
}
END_TEST

START_TEST(it_has_the_devices_numbers_and_the_addresses_of_the_configuration)
{
	const char *link;

	sh("sysctl -qw net.ipv6.conf.default.accept_dad=1");
	open_twin();
	link = output("ip -o link show media0");
	ck_assert_ptr_nonnull(strstr(link, "link/ether 02:73:00:00:00:01"));
	ck_assert_ptr_nonnull(strstr(link, "mtu 1400"));
	ck_assert_ptr_nonnull(strstr(link, ",UP"));
	ck_assert_int_eq(device.ifindex, atoi(link));
	ck_assert_str_eq(
		output("ip -4 -o addr show media0 | awk '{print $4}'"), "10.7.0.1/24");
	ck_assert_str_eq(
		output("ip -6 -o addr show media0 scope global -tentative | awk '{print $4}'"),
		"fd07::1/128");
	twin_close(&device);
	ck_assert_int_eq(device.ifindex, 0);
	ck_assert_ptr_null(device.twin);
	ck_assert_str_eq(
		output("ip link show media0 2>&1"), "Device \"media0\" does not exist.");
	twin_close(&device); /* twice is as good as once */
}
END_TEST

START_TEST(a_kill_leaves_nothing)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		if (twin_open(&device) == 0 && write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	sh("ip link show media0 >/dev/null");
	ck_assert_int_eq(twin_open(&device), -EBUSY);
	ck_assert_ptr_nonnull(strstr(logged(), "twin media0: some process has it"));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	open_twin();
	twin_close(&device);
}
END_TEST

START_TEST(a_tap_that_is_there_keeps_what_it_has_and_stays)
{
	sh("ip tuntap add media0 mode tap && ip addr add 10.7.0.1/28 dev media0 &&"
	   "ip link set media0 up && ip route add 192.0.2.0/24 via 10.7.0.9");
	open_twin();
	ck_assert_str_eq(
		output("ip -4 -o addr show media0 | awk '{print $4}'"), "10.7.0.1/28");
	ck_assert_ptr_nonnull(
		strstr(output("ip link show media0"), "link/ether 02:73:00:00:00:01"));
	twin_close(&device);
	ck_assert_str_eq(
		output("ip -4 -o addr show media0 | awk '{print $4}'"), "10.7.0.1/28");
	ck_assert_ptr_nonnull(strstr(output("ip route show 192.0.2.0/24"), "via 10.7.0.9"));
}
END_TEST

START_TEST(what_cannot_be_a_twin_is_refused_in_words)
{
	snprintf(conf.twin, sizeof conf.twin, "eth0");
	ck_assert_int_eq(twin_open(&device), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(logged(), "twin eth0: there is an interface of that name"));
	device.kind = device_kind("xdp");
	ck_assert_int_eq(twin_open(&device), -EINVAL);
	ck_assert_ptr_nonnull(strstr(logged(), "has a kernel interface already"));
}
END_TEST

START_TEST(its_carrier_is_the_devices_link)
{
	open_twin();
	ck_assert_ptr_nonnull(strstr(output("ip link show media0"), "LOWER_UP"));
	twin_set_carrier(device.twin, false);
	ck_assert_ptr_nonnull(strstr(output("ip link show media0"), "NO-CARRIER"));
	twin_set_carrier(device.twin, true);
	ck_assert_ptr_nonnull(strstr(output("ip link show media0"), "LOWER_UP"));
	twin_close(&device);
	device.was_up = false;
	open_twin();
	ck_assert_ptr_nonnull(strstr(output("ip link show media0"), "NO-CARRIER"));
	twin_close(&device);
}
END_TEST

START_TEST(the_tag_is_the_devices_affair)
{
	struct rte_mbuf *m;

	conf.vlan = 100;
	open_twin();
	give(arp_request());
	m = arp_request();
	m->vlan_tci = 101;
	ck_assert_int_eq(rte_vlan_insert(&m), 0);
	give(m);
	ck_assert_uint_eq(twin_count(device.twin)->up_lost, 2); /* no tag, another one */
	m = arp_request();
	m->vlan_tci = 100;
	ck_assert_int_eq(rte_vlan_insert(&m), 0);
	give(m);
	ck_assert_uint_eq(twin_count(device.twin)->up, 1);
	m = arp_request(); /* the NIC has taken it off */
	m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	m->vlan_tci = 100;
	give(m);
	ck_assert_uint_eq(twin_count(device.twin)->up, 2);

	do {
		ck_assert_ptr_nonnull(m = next_of(RTE_ETHER_TYPE_VLAN));
		ck_assert_uint_eq(
			*rte_pktmbuf_mtod_offset(m, const rte_be16_t *, 14), RTE_BE16(100));
		ck_assert_int_eq(rte_vlan_strip(m), 0);
		if (rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type ==
			RTE_BE16(RTE_ETHER_TYPE_ARP))
			break;
		rte_pktmbuf_free(m);
	} while (true);
	rte_pktmbuf_free(m);
	twin_close(&device);
}
END_TEST

START_TEST(without_buffers_frames_are_counted_and_not_left_to_wait)
{
	struct pollfd p = {.events = POLLIN};
	struct rte_mbuf *all[BUFFERS], *m;

	open_twin();
	give(arp_request());
	ck_assert_int_eq(rte_pktmbuf_alloc_bulk(pool, all, BUFFERS), 0);
	p.fd = twin_fd(device.twin);
	ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
	/* The kernel may have one more to say now and then. */
	for (unsigned i = 0; i < 100 && poll(&p, 1, 0) != 0; i++)
		ck_assert_uint_eq(twin_read(device.twin, pool, &m, 1), 0);
	ck_assert_uint_ge(twin_count(device.twin)->down_lost, 1);
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	rte_pktmbuf_free_bulk(all, BUFFERS);
	twin_close(&device);
}
END_TEST

START_TEST(a_frame_of_several_buffers_is_given_as_one)
{
	struct rte_mbuf *m, *tail;

	open_twin();
	ck_assert_ptr_nonnull(m = echo_request());
	ck_assert_ptr_nonnull(tail = rte_pktmbuf_alloc(pool));
	rte_pktmbuf_append(tail, 8);
	memcpy(rte_pktmbuf_mtod(tail, char *),
		rte_pktmbuf_mtod_offset(m, char *, m->data_len - 8), 8);
	rte_pktmbuf_trim(m, 8);
	ck_assert_int_eq(rte_pktmbuf_chain(m, tail), 0);
	give(arp_request()); /* so that it knows where to answer */
	give(m);
	ck_assert_ptr_nonnull(m = next_of(RTE_ETHER_TYPE_IPV4));
	ck_assert_mem_eq(rte_pktmbuf_mtod_offset(m, const char *, 14 + 20 + 8), "twin", 4);
	rte_pktmbuf_free(m);
	twin_close(&device);
	ck_assert_uint_eq(rte_mempool_in_use_count(pool), 0);
}
END_TEST

START_TEST(a_twin_that_is_down_loses_and_counts)
{
	open_twin();
	sh("ip link set media0 down");
	give(arp_request());
	ck_assert_uint_eq(twin_count(device.twin)->up_lost, 1);
	ck_assert_uint_eq(rte_mempool_in_use_count(pool), 0);
	twin_close(&device);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("twin");
	TCase *t = tcase_create("twin");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, the_kernel_answers_arp_and_ping_from_the_devices_address);
	tcase_add_test(t, it_has_the_devices_numbers_and_the_addresses_of_the_configuration);
	tcase_add_test(t, a_kill_leaves_nothing);
	tcase_add_test(t, a_tap_that_is_there_keeps_what_it_has_and_stays);
	tcase_add_test(t, what_cannot_be_a_twin_is_refused_in_words);
	tcase_add_test(t, its_carrier_is_the_devices_link);
	tcase_add_test(t, the_tag_is_the_devices_affair);
	tcase_add_test(t, without_buffers_frames_are_counted_and_not_left_to_wait);
	tcase_add_test(t, a_frame_of_several_buffers_is_given_as_one);
	tcase_add_test(t, a_twin_that_is_down_loses_and_counts);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
