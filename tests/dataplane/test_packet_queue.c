/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests packet_queue.c on a veth pair in a network of the test's own (netns.h; needs root):
 * what a device of kind `packet` cannot show (test_device.c), as full rings and refused
 * frames. */
#include "dataplane/packet_queue.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/dataplane/netns.h"

/* A ring of one block of 64 KB, and frames of an EtherType of the test's own. */
enum { FRAMES = 32, FRAME = 2048, TYPE = 0x88b5, LEN = 100, POOL = 1024 };

static struct rte_mempool *pool;
static struct packet_queue *q;
static int near; /* its interface */
static int peer; /* packet socket at the other end */

/* The kernel tells both ends of the carrier a little later. */
static void
link_up(void)
{
	sh("ip link set near up; ip link set wire up; for i in $(seq 100); do"
	   " [ $(ip -br link show type veth | grep -cE '^(near|wire)@.* UP ') = 2 ] && exit 0;"
	   " sleep 0.02; done; exit 1");
}

static int
peer_socket(void)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(TYPE)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), bytes = 1 << 20;

	ll.sll_ifindex = (int)if_nametoindex("wire");
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes), 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&ll, sizeof ll), 0);
	return fd;
}

/* Frames of TYPE alone: the kernel says other things on a link of its own accord. */
static struct packet_queue *
open_near(void)
{
	struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TYPE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), BPF_STMT(BPF_RET | BPF_K, 0)};
	const struct sock_fprog filter = {.len = RTE_DIM(code), .filter = code};
	const struct packet_queue_conf conf = {.ifindex = near,
		.frames = FRAMES,
		.frame = FRAME,
		.pool = pool,
		.filter = &filter};
	int group = -1;

	return packet_queue_open(&conf, &group);
}

static void
setup(void)
{
	static char arg[][32] = {"test", "--no-huge", "--no-pci", "--no-shconf",
		"--no-telemetry", "--file-prefix=strowger-test", "-m", "64"};
	char *argv[RTE_DIM(arg) + 1] = {NULL};

	for (unsigned i = 0; i < RTE_DIM(arg); i++)
		argv[i] = arg[i];
	netns_open();
	sh("ip link add near type veth peer name wire");
	link_up();
	ck_assert_int_ge(rte_eal_init(RTE_DIM(arg), argv), 0);
	pool = rte_pktmbuf_pool_create(
		"pool", POOL, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	ck_assert_ptr_nonnull(pool);
	near = (int)if_nametoindex("near");
	ck_assert_ptr_nonnull(q = open_near());
	peer = peer_socket();
}

/* All is given back. */
static void
teardown(void)
{
	packet_queue_close(q);
	ck_assert_uint_eq(rte_mempool_in_use_count(pool), 0);
	close(peer);
}

static void
write_frame(uint8_t *frame, unsigned number)
{
	memset(frame, 0xff, 12); /* to everybody, from anybody */
	frame[6] = 2;
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	frame[14] = (uint8_t)number;
}

static void
peer_sends(unsigned number)
{
	uint8_t frame[LEN] = {0};

	write_frame(frame, number);
	ck_assert_int_eq(send(peer, frame, LEN, 0), LEN);
}

/* The number of the next frame that the peer hears; -1: none. */
static int
peer_hears(void)
{
	uint8_t frame[FRAME];

	return recv(peer, frame, sizeof frame, MSG_DONTWAIT) > 14 ? frame[14] : -1;
}

static struct rte_mbuf *
ours(unsigned number, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	ck_assert_ptr_nonnull(m);
	ck_assert_ptr_nonnull(rte_pktmbuf_append(m, len));
	write_frame(rte_pktmbuf_mtod(m, uint8_t *), number);
	return m;
}

static struct rte_eth_stats
counted(void)
{
	struct rte_eth_stats s = {.ipackets = 0};

	packet_queue_count(q, &s);
	return s;
}

/* ---- Receiving ---- */

START_TEST(frames_come_in_order_and_whole_however_often_the_ring_turns_over)
{
	struct rte_mbuf *m[FRAMES];
	struct pollfd p = {.fd = packet_queue_fd(q), .events = POLLIN};

	ck_assert_uint_eq(packet_queue_receive(q, m, FRAMES), 0);
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	for (unsigned turn = 0; turn < 5; turn++) {
		for (unsigned i = 0; i < 24; i++)
			peer_sends(i);
		ck_assert_int_eq(poll(&p, 1, 0), 1);
		ck_assert_uint_eq(packet_queue_receive(q, m, 20), 20);
		ck_assert_uint_eq(packet_queue_receive(q, m + 20, FRAMES - 20), 4);
		for (unsigned i = 0; i < 24; i++) {
			ck_assert_uint_eq(rte_pktmbuf_pkt_len(m[i]), LEN);
			ck_assert_uint_eq(rte_pktmbuf_data_len(m[i]), LEN);
			ck_assert_uint_eq(rte_pktmbuf_mtod(m[i], uint8_t *)[14], i);
			ck_assert_uint_eq(m[i]->ol_flags, 0);
		}
		rte_pktmbuf_free_bulk(m, 24);
	}
	ck_assert_uint_eq(counted().ipackets, 5 * 24);
	ck_assert_uint_eq(counted().ibytes, 5 * 24 * LEN);
	ck_assert_uint_eq(counted().imissed, 0);
}
END_TEST

START_TEST(what_the_ring_has_no_room_for_is_counted_once)
{
	struct rte_mbuf *m[FRAMES];

	for (unsigned i = 0; i < FRAMES + 7; i++)
		peer_sends(i);
	ck_assert_uint_eq(counted().imissed, 7);
	ck_assert_uint_eq(counted().imissed, 7);
	ck_assert_uint_eq(packet_queue_receive(q, m, FRAMES), FRAMES);
	ck_assert_uint_eq(rte_pktmbuf_mtod(m[FRAMES - 1], uint8_t *)[14], FRAMES - 1);
	rte_pktmbuf_free_bulk(m, FRAMES);
	peer_sends(99);
	ck_assert_uint_eq(packet_queue_receive(q, m, FRAMES), 1);
	ck_assert_uint_eq(rte_pktmbuf_mtod(m[0], uint8_t *)[14], 99);
	rte_pktmbuf_free(m[0]);
	ck_assert_uint_eq(counted().imissed, 7);
}
END_TEST

START_TEST(without_buffers_frames_wait_in_the_ring)
{
	struct rte_mbuf *all[POOL], *m[FRAMES];

	ck_assert_int_eq(rte_pktmbuf_alloc_bulk(pool, all, POOL), 0);
	peer_sends(1);
	ck_assert_uint_eq(counted().rx_nombuf, 0);
	ck_assert_uint_eq(packet_queue_receive(q, m, FRAMES), 0);
	ck_assert_uint_eq(counted().rx_nombuf, 1);
	rte_pktmbuf_free_bulk(all, POOL);
	ck_assert_uint_eq(packet_queue_receive(q, m, FRAMES), 1);
	ck_assert_uint_eq(rte_pktmbuf_mtod(m[0], uint8_t *)[14], 1);
	rte_pktmbuf_free(m[0]);
	ck_assert_uint_eq(counted().rx_nombuf, 1);
}
END_TEST

START_TEST(the_last_buffers_are_used)
{
	enum { COME = 16, LEFT = 3 };
	struct rte_mbuf *all[POOL], *m[FRAMES];

	ck_assert_int_eq(rte_pktmbuf_alloc_bulk(pool, all, POOL - LEFT), 0);
	for (unsigned i = 0; i < COME; i++)
		peer_sends(i);
	ck_assert_uint_eq(packet_queue_receive(q, m, FRAMES), 2); /* 16, 8, 4 were not there */
	ck_assert_uint_eq(packet_queue_receive(q, m + 2, FRAMES - 2), 1);
	ck_assert_uint_eq(packet_queue_receive(q, m + 3, FRAMES - 3), 0);
	for (unsigned i = 0; i < LEFT; i++)
		ck_assert_uint_eq(rte_pktmbuf_mtod(m[i], uint8_t *)[14], i);
	ck_assert_uint_ge(counted().rx_nombuf, 3);
	rte_pktmbuf_free_bulk(all, POOL - LEFT);
	ck_assert_uint_eq(packet_queue_receive(q, m + LEFT, FRAMES - LEFT), COME - LEFT);
	rte_pktmbuf_free_bulk(m, COME);
}
END_TEST

/* The kernel takes tags off on the way in. */
START_TEST(a_tag_is_told_of)
{
	uint8_t frame[LEN] = {0};
	struct rte_mbuf *m;

	write_frame(frame, 0);
	memcpy(frame + 12, (const uint8_t[]){0x81, 0, 0x60, 5, TYPE >> 8, TYPE & 0xff}, 6);
	ck_assert_int_eq(send(peer, frame, LEN, 0), LEN);
	ck_assert_uint_eq(packet_queue_receive(q, &m, 1), 1);
	ck_assert_uint_eq(m->ol_flags, RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED);
	ck_assert_uint_eq(m->vlan_tci, 0x6005);
	ck_assert_uint_eq(rte_pktmbuf_pkt_len(m), LEN - 4);
	rte_pktmbuf_free(m);
}
END_TEST

START_TEST(a_packet_longer_than_a_frame_is_cut)
{
	static uint8_t frame[4000];
	struct rte_mbuf *m;

	sh("ip link set near mtu 9000; ip link set wire mtu 9000");
	write_frame(frame, 0);
	ck_assert_int_eq(send(peer, frame, sizeof frame, 0), (ssize_t)sizeof frame);
	ck_assert_uint_eq(packet_queue_receive(q, &m, 1), 1);
	ck_assert_uint_ge(rte_pktmbuf_pkt_len(m), FRAME - PACKET_QUEUE_BEFORE);
	ck_assert_uint_lt(rte_pktmbuf_pkt_len(m), FRAME);
	rte_pktmbuf_free(m);
}
END_TEST

/* ---- Sending ---- */

/* M, which was not sent, is the caller's and that of NUMBER. */
static void
stays(struct rte_mbuf *m, unsigned number)
{
	ck_assert_uint_eq(rte_mbuf_refcnt_read(m), 1);
	ck_assert_uint_eq(rte_pktmbuf_mtod(m, uint8_t *)[14], number);
	rte_pktmbuf_free(m);
}

START_TEST(what_is_sent_arrives_in_order_and_does_not_come_back)
{
	enum { MANY = 100 }; /* more than one system call takes */
	struct rte_mbuf *m[MANY];

	ck_assert_uint_eq(packet_queue_send(q, m, 0), 0);
	for (unsigned i = 0; i < MANY; i++)
		m[i] = ours(i, LEN);
	ck_assert_uint_eq(packet_queue_send(q, m, MANY), MANY);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(peer_hears(), i);
	ck_assert_int_eq(peer_hears(), -1);
	ck_assert_uint_eq(packet_queue_receive(q, m, FRAMES), 0);
	ck_assert_uint_eq(counted().opackets, MANY);
	ck_assert_uint_eq(counted().obytes, MANY * LEN);
	ck_assert_uint_eq(counted().oerrors, 0);
}
END_TEST

START_TEST(one_that_is_too_long_does_not_stand_in_the_way)
{
	struct rte_mbuf *m[] = {ours(0, LEN), ours(1, 1600), ours(2, LEN), ours(3, 1600)};

	ck_assert_uint_eq(packet_queue_send(q, m, 4), 2);
	ck_assert_int_eq(peer_hears(), 0);
	ck_assert_int_eq(peer_hears(), 2);
	ck_assert_int_eq(peer_hears(), -1);
	stays(m[2], 1);
	stays(m[3], 3);
	ck_assert_uint_eq(counted().opackets, 2);
	ck_assert_uint_eq(counted().obytes, 2 * LEN);
	ck_assert_uint_eq(counted().oerrors, 2);
}
END_TEST

/* veth refuses what is longer than its peer's MTU. */
START_TEST(one_that_the_interface_refuses_does_not_stand_in_the_way)
{
	struct rte_mbuf *m[6];

	sh("ip link set wire mtu 500");
	for (unsigned i = 0; i < 6; i++)
		m[i] = ours(i, i == 2 ? 1000 : LEN);
	ck_assert_uint_eq(packet_queue_send(q, m, 6), 5);
	for (int i = 0; i < 6; i++)
		if (i != 2)
			ck_assert_int_eq(peer_hears(), i);
	ck_assert_int_eq(peer_hears(), -1);
	stays(m[5], 2);
	ck_assert_uint_eq(counted().opackets, 5);
	ck_assert_uint_eq(counted().obytes, 5 * LEN);
}
END_TEST

/* Both kinds of refused ones, in more than one system call's packets. */
START_TEST(those_refused_here_and_there_come_back_in_order)
{
	enum { MANY = 100 };
	struct rte_mbuf *m[MANY];

	sh("ip link set wire mtu 500");
	for (unsigned i = 0; i < MANY; i++)
		m[i] = ours(i, i % 20 == 7 ? 1000 : i % 20 == 8 ? 1600 : LEN);
	ck_assert_uint_eq(packet_queue_send(q, m, MANY), 90);
	for (int i = 0; i < MANY; i++)
		if (i % 20 != 7 && i % 20 != 8)
			ck_assert_int_eq(peer_hears(), i);
	for (unsigned i = 0; i < 10; i++)
		stays(m[90 + i], i / 2 * 20 + 7 + i % 2);
	ck_assert_uint_eq(counted().oerrors, 5);
}
END_TEST

/* An interface that takes nothing is not asked for each packet. */
START_TEST(two_refused_in_a_row_end_the_burst)
{
	struct rte_mbuf *m[6];

	sh("ip link set wire mtu 500");
	for (unsigned i = 0; i < 6; i++)
		m[i] = ours(i, i == 2 || i == 3 ? 1000 : LEN);
	ck_assert_uint_eq(packet_queue_send(q, m, 6), 2);
	ck_assert_int_eq(peer_hears(), 0);
	ck_assert_int_eq(peer_hears(), 1);
	ck_assert_int_eq(peer_hears(), -1);
	for (unsigned i = 2; i < 6; i++)
		stays(m[i], i);
}
END_TEST

/* A bridge has no queue, but what it hands on waits in that of its port. */
START_TEST(what_there_is_no_room_for_stays_the_callers)
{
	enum { MANY = 64 };
	struct rte_mbuf *m[MANY];
	unsigned sent, all = 0;

	packet_queue_close(q);
	sh("ip link add slow type bridge; ip link set near master slow; ip link set slow up;"
	   "tc qdisc add dev near root tbf rate 8kbit burst 1600 limit 100m");
	near = (int)if_nametoindex("slow");
	ck_assert_ptr_nonnull(q = open_near());
	do {
		for (unsigned i = 0; i < MANY; i++)
			m[i] = ours(i, 1500);
		all += sent = packet_queue_send(q, m, MANY);
	} while (sent == MANY && all < 100000);
	ck_assert_uint_gt(all, 0);
	ck_assert_uint_lt(sent, MANY);
	for (unsigned i = sent; i < MANY; i++)
		stays(m[i], i);
	ck_assert_uint_eq(counted().opackets, all);
	ck_assert_uint_eq(counted().oerrors, 0);
}
END_TEST

START_TEST(while_the_link_is_down_packets_stay_the_callers)
{
	struct rte_mbuf *m[] = {ours(0, LEN), ours(1, LEN)};

	sh("ip link set near down");
	ck_assert_uint_eq(packet_queue_send(q, m, 2), 0);
	link_up();
	ck_assert_uint_eq(packet_queue_send(q, m, 2), 2);
	ck_assert_int_eq(peer_hears(), 0);
	ck_assert_int_eq(peer_hears(), 1);
	ck_assert_uint_eq(counted().opackets, 2);
	peer_sends(3);
	ck_assert_uint_eq(packet_queue_receive(q, m, 1), 1);
	rte_pktmbuf_free(m[0]);
}
END_TEST

START_TEST(an_interface_that_is_gone_is_no_crash)
{
	struct rte_mbuf *m = ours(0, LEN);

	sh("ip link del near");
	ck_assert_uint_eq(packet_queue_send(q, &m, 1), 0);
	rte_pktmbuf_free(m);
	ck_assert_uint_eq(packet_queue_receive(q, &m, 1), 0);
	ck_assert_ptr_null(open_near());
	ck_assert_int_eq(errno, ENODEV);
}
END_TEST

/* As in a container that has not the host's capabilities: CAP_NET_RAW is enough. */
START_TEST(it_opens_without_the_right_to_more_memory)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct had[2], less[2];
	struct rte_mbuf *m = ours(5, LEN);

	packet_queue_close(q);
	ck_assert_int_eq(syscall(SYS_capget, &head, had), 0);
	memcpy(less, had, sizeof less);
	less[0].effective &= ~(1U << CAP_NET_ADMIN);
	ck_assert_int_eq(syscall(SYS_capset, &head, less), 0);
	q = open_near();
	ck_assert_int_eq(syscall(SYS_capset, &head, had), 0);
	ck_assert_ptr_nonnull(q);
	ck_assert_uint_eq(packet_queue_send(q, &m, 1), 1);
	ck_assert_int_eq(peer_hears(), 5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("packet_queue");
	TCase *in = tcase_create("receive"), *out = tcase_create("send");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(in, setup, teardown);
	tcase_set_timeout(in, 30);
	tcase_add_test(in, frames_come_in_order_and_whole_however_often_the_ring_turns_over);
	tcase_add_test(in, what_the_ring_has_no_room_for_is_counted_once);
	tcase_add_test(in, without_buffers_frames_wait_in_the_ring);
	tcase_add_test(in, the_last_buffers_are_used);
	tcase_add_test(in, a_tag_is_told_of);
	tcase_add_test(in, a_packet_longer_than_a_frame_is_cut);
	suite_add_tcase(s, in);
	tcase_add_checked_fixture(out, setup, teardown);
	tcase_set_timeout(out, 30);
	tcase_add_test(out, what_is_sent_arrives_in_order_and_does_not_come_back);
	tcase_add_test(out, one_that_is_too_long_does_not_stand_in_the_way);
	tcase_add_test(out, one_that_the_interface_refuses_does_not_stand_in_the_way);
	tcase_add_test(out, those_refused_here_and_there_come_back_in_order);
	tcase_add_test(out, two_refused_in_a_row_end_the_burst);
	tcase_add_test(out, what_there_is_no_room_for_stays_the_callers);
	tcase_add_test(out, it_opens_without_the_right_to_more_memory);
	tcase_add_test(out, while_the_link_is_down_packets_stay_the_callers);
	tcase_add_test(out, an_interface_that_is_gone_is_no_crash);
	suite_add_tcase(s, out);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
