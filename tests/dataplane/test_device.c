/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests the kinds of device and the XDP program: real ports on a veth pair in a network of the
 * test's own (netns.h; needs root), with real datagrams from the peer.  Each test is a process
 * with an EAL of its own. */
#include "dataplane/device.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_udp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/log.h"
#include "dataplane/packet_queue.h"
#include "dataplane/xdp_filter.h"
#include "tests/dataplane/netns.h"

enum { POOL = 16384, PATIENCE_MS = 3000 };

extern const char xdp_filter_object[], xdp_filter_object_end[];

/* libxdp and libbpf keep a loaded program's names and BTF until the process ends. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libxdp.so\nleak:libbpf.so\n";
}

static struct opt_interface conf;
static uint16_t mesh_port; /* at its first address; 0: none */
static struct device device;
static struct rte_mempool *pool;

static void
setup(void)
{
	log_catch();
	netns_open();
	peer_sh("ip link set eth0 address 02:00:00:00:00:02");
}

/* EAL, with the port VDEV ("net_tap7,iface=wire7") of the operator's own; NULL: with none. */
static void
start_eal_with(const char *vdev)
{
	static char arg[][32] = {"test", "--no-huge", "--no-pci", "--no-shconf",
		"--no-telemetry", "--file-prefix=strowger-test", "-m", "160", "--lcores",
		"0@(0)"};
	static char last[64];
	char *argv[RTE_DIM(arg) + 2] = {NULL};
	int argc = 0;

	for (unsigned i = 0; i < RTE_DIM(arg); i++)
		argv[argc++] = arg[i];
	if (vdev != NULL) {
		snprintf(last, sizeof last, "--vdev=%s", vdev);
		argv[argc++] = last;
	}
	ck_assert_int_ge(rte_eal_init(argc, argv), 0);
	log_set_level(3);
	conf = interface("xdp", "eth0", "10.9.0.1");
	pool = device_pool(&conf, "pool", POOL, 0, 0);
	ck_assert_ptr_nonnull(pool);
}

static void
start_eal(void)
{
	start_eal_with(NULL);
}

static int
try_open_queues(const char *kind, const char *arg, unsigned queues)
{
	conf = interface(kind, arg, "10.9.0.1,fd09::1");
	conf.mesh_port = mesh_port;
	return device_open(&device, &conf, pool, queues);
}

static int
try_open(const char *kind, const char *arg)
{
	return try_open_queues(kind, arg, 1);
}

static void
close_device(void)
{
	device_close(&device);
	device_close(&device); /* twice is as good as once */
}

/* As a forwarding core does. */
static unsigned
receive(uint16_t q, struct rte_mbuf **m)
{
	return device.packet[q] != NULL ? packet_queue_receive(device.packet[q], m, 1)
					: rte_eth_rx_burst(device.port_id, q, m, 1);
}

static unsigned
send_by(uint16_t q, struct rte_mbuf **m)
{
	return device.packet[q] != NULL ? packet_queue_send(device.packet[q], m, 1)
					: rte_eth_tx_burst(device.port_id, q, m, 1);
}

/* The next UDP datagram that queue Q of the device has, as text; NULL: none comes within MS
 * milliseconds.  Waits as a forwarding core does. */
static const char *
received_by(uint16_t q, int ms)
{
	static char text[256];
	struct rte_mbuf *m;

	for (; ms > 0; ms -= 10) {
		struct pollfd p = {.fd = device.wait_fd[q], .events = POLLIN};
		size_t at = 0;

		if (device.wait_fd[q] < 0)
			usleep(10000);
		else if (poll(&p, 1, 10) == 0)
			continue;
		if (receive(q, &m) == 0)
			continue;
		switch (rte_be_to_cpu_16(
			rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type)) {
		case RTE_ETHER_TYPE_IPV4:
			at = 14 + 20 + 8;
			break;
		case RTE_ETHER_TYPE_IPV6:
			at = 14 + 40 + 8;
			break;
		}
		snprintf(text, sizeof text, "%.*s", (int)(m->data_len - at),
			rte_pktmbuf_mtod_offset(m, const char *, at));
		rte_pktmbuf_free(m);
		return text;
	}
	return NULL;
}

static const char *
received(int ms)
{
	return received_by(0, ms);
}

static void
open_queues(const char *kind, const char *arg, unsigned queues)
{
	start_eal();
	ck_assert_msg(try_open_queues(kind, arg, queues) == 0, "%s", logged());
	/* A packet socket may have seen other things before its filter was there. */
	for (uint16_t q = 0; q < device.queues; q++)
		while (device.wait_fd[q] >= 0 && received_by(q, 20) != NULL)
			;
}

static void
open_device(const char *kind, const char *arg)
{
	open_queues(kind, arg, 1);
}

/* Send a datagram from the peer to PORT of ADDR and wait at most MS for an answer: 0,
 * -ECONNREFUSED (ICMP) or -EAGAIN (silence). */
static int
ask(const char *addr, unsigned port, const char *text, int ms)
{
	const struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	int fd = peer_udp(addr, port), rc = 0;
	char buf[64];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	ck_assert_int_eq(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
	if (recv(fd, buf, sizeof buf, 0) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

/* For silence nobody waits for long. */
static int
probe(const char *addr, unsigned port, const char *text)
{
	return ask(addr, port, text, 300);
}

static int
refusal(const char *addr, unsigned port, const char *text)
{
	return ask(addr, port, text, PATIENCE_MS);
}

/* Send a datagram from a new port of the peer, and wait for nothing. */
__attribute__((format(printf, 3, 4))) static void
send_to(const char *addr, unsigned port, const char *fmt, ...)
{
	int fd = peer_udp(addr, port);
	char text[64];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	ck_assert_int_eq(send(fd, text, (size_t)len, 0), len);
	close(fd);
}

#define RECEIVED(text) ck_assert_pstr_eq(received(PATIENCE_MS), text)
#define NOTHING_RECEIVED() ck_assert_pstr_eq(received(100), NULL)

/* An Ethernet frame with a datagram from 10.9.0.FROM to 10.9.0.TO, whose MAC address is MAC.
 */
static struct rte_mbuf *
frame_to(const uint8_t mac[6], unsigned from, unsigned to, uint16_t port, const char *text)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	size_t len = strlen(text);
	struct {
		struct rte_ether_hdr eth;
		struct rte_ipv4_hdr ip;
		struct rte_udp_hdr udp;
		char text[64];
	} __attribute__((packed, aligned(2)))
	f = {.eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.ip = {.version_ihl = 0x45,
			.total_length = rte_cpu_to_be_16((uint16_t)(28 + len)),
			.time_to_live = 64,
			.next_proto_id = IPPROTO_UDP,
			.src_addr = rte_cpu_to_be_32(RTE_IPV4(10, 9, 0, from)),
			.dst_addr = rte_cpu_to_be_32(RTE_IPV4(10, 9, 0, to))},
		.udp = {.src_port = RTE_BE16(30000),
			.dst_port = rte_cpu_to_be_16(port),
			.dgram_len = rte_cpu_to_be_16((uint16_t)(8 + len))}};

	ck_assert_ptr_nonnull(m);
	memcpy(f.eth.dst_addr.addr_bytes, mac, 6);
	memcpy(f.eth.src_addr.addr_bytes, device.mac, 6);
	f.ip.hdr_checksum = rte_ipv4_cksum(&f.ip);
	memcpy(f.text, text, len);
	memcpy(rte_pktmbuf_append(m, (uint16_t)(42 + len)), &f, 42 + len);
	return m;
}

static const uint8_t peer_mac[6] = {2, 0, 0, 0, 0, 2};

/* What we send to the peer's port 5000, and what comes to our media. */
static struct rte_mbuf *
datagram(const char *text)
{
	return frame_to(peer_mac, 1, 2, 5000, text);
}

static struct rte_mbuf *
media(const char *text)
{
	return frame_to(device.mac, 2, 1, 30000, text);
}

/* ---- What is true of each device on a kernel interface ---- */

static const char *const kernel_kinds[] = {"xdp", "packet"};
#define KIND kernel_kinds[_i]

START_TEST(media_comes_to_us_and_the_kernel_keeps_silent)
{
	open_device(KIND, "eth0");
	ck_assert_int_ge(device.wait_fd[0], 0);
	ck_assert_int_eq(probe("10.9.0.1", 30000, "first"), -EAGAIN);
	RECEIVED("first");
	ck_assert_int_eq(probe("10.9.0.1", 30099, "last"), -EAGAIN);
	RECEIVED("last");
	ck_assert_int_eq(probe("fd09::1", 30050, "six"), -EAGAIN);
	RECEIVED("six");
	NOTHING_RECEIVED();
	close_device();
}
END_TEST

START_TEST(all_else_stays_with_the_kernel)
{
	sh("ip addr add 10.9.0.3/24 dev eth0");
	open_device(KIND, "eth0");
	ck_assert_int_eq(refusal("10.9.0.1", 29999, "below"), -ECONNREFUSED);
	ck_assert_int_eq(refusal("10.9.0.1", 30100, "above"), -ECONNREFUSED);
	ck_assert_int_eq(refusal("fd09::1", 30100, "above"), -ECONNREFUSED);
	ck_assert_int_eq(refusal("10.9.0.3", 30000, "elsewhere"), -ECONNREFUSED);
	peer_sh("ping -c2 -i0.1 -W1 10.9.0.1 >/dev/null");
	peer_sh("ping -c2 -i0.1 -W1 fd09::1 >/dev/null");
	sh("timeout 5 nc -l 10.9.0.1 30000 >/dev/null & sleep 0.2");
	peer_sh("sh -c 'echo over TCP | timeout 2 nc -N 10.9.0.1 30000'");
	close_device();
}
END_TEST

/* From the peer's port 4110 to everybody, whatever IP calls them. */
static void
peer_broadcasts(const char *to, unsigned port, const char *text)
{
	peer_sh("sh -c 'printf %s | timeout 1 nc -b -u -w0 -p 4110 %s %u'", text, to, port);
}

START_TEST(the_meshs_port_is_taken_too_also_what_is_sent_to_everybody)
{
	mesh_port = 4110;
	open_device(KIND, "eth0");
	ck_assert_int_eq(probe("10.9.0.1", 4110, "one"), -EAGAIN);
	RECEIVED("one");
	peer_sh("ip addr change 10.9.0.2/24 brd + dev eth0 2>/dev/null || true");
	peer_broadcasts("10.9.0.255", 4110, "subnet");
	RECEIVED("subnet");
	peer_sh("ip route replace 255.255.255.255 dev eth0");
	peer_broadcasts("255.255.255.255", 4110, "all");
	RECEIVED("all");
	ck_assert_int_eq(probe("10.9.0.1", 30000, "media"), -EAGAIN);
	RECEIVED("media");
	close_device();
}
END_TEST

/* The kernel below has a socket for what is sent to everybody at PORT: what does it hear? */
static const char *
kernel_hears(unsigned port)
{
	sh("timeout 2 nc -u -l -W1 0.0.0.0 %u >/tmp/strowger-test-%d & sleep 0.2", port,
		getpid());
	peer_broadcasts("10.9.0.255", port, "everybody");
	usleep(300000);
	return output(
		"cat /tmp/strowger-test-%d; rm /tmp/strowger-test-%d", getpid(), getpid());
}

START_TEST(the_kernel_keeps_other_broadcasts_and_hears_none_of_the_meshs)
{
	mesh_port = 4110;
	open_device(KIND, "eth0");
	ck_assert_str_eq(kernel_hears(4111), "everybody");
	ck_assert_str_eq(kernel_hears(4110), "");
	RECEIVED("everybody");
	ck_assert_int_eq(refusal("fd09::1", 4110, "six"), -ECONNREFUSED);
	close_device();
}
END_TEST

START_TEST(nothing_wakes_a_core_but_media)
{
	struct pollfd p = {.events = POLLIN};

	open_device(KIND, "eth0");
	peer_sh("ping -c2 -i0.1 -W1 10.9.0.1 >/dev/null");
	ck_assert_int_eq(refusal("10.9.0.1", 30100, "above"), -ECONNREFUSED);
	sh("echo out | timeout 1 nc -u -w0 10.9.0.2 30000");
	p.fd = device.wait_fd[0];
	ck_assert_int_eq(poll(&p, 1, 100), 0);
	NOTHING_RECEIVED();
	close_device();
}
END_TEST

START_TEST(what_we_send_arrives)
{
	struct rte_mbuf *m;

	open_device(KIND, "eth0");
	peer_sh("timeout 5 nc -u -l -W1 10.9.0.2 5000 >/tmp/strowger-test-%d & sleep 0.2",
		getpid());
	m = datagram("out");
	ck_assert_uint_eq(send_by(0, &m), 1);
	usleep(300000);
	ck_assert_str_eq(output("cat /tmp/strowger-test-%d; rm /tmp/strowger-test-%d",
				 getpid(), getpid()),
		"out");
	close_device();
}
END_TEST

START_TEST(its_numbers_are_the_interfaces)
{
	char mac[32];

	sh("ip link set eth0 mtu 1400");
	open_device(KIND, "eth0");
	ck_assert_int_eq(device.ifindex, (int)if_nametoindex("eth0"));
	ck_assert_uint_eq(device.mtu, 1400);
	snprintf(mac, sizeof mac, "ether %02x:%02x:%02x:%02x:%02x:%02x", device.mac[0],
		device.mac[1], device.mac[2], device.mac[3], device.mac[4], device.mac[5]);
	ck_assert_ptr_nonnull(strstr(output("ip link show eth0"), mac));
	close_device();
}
END_TEST

START_TEST(the_interface_is_left_as_it_was)
{
	const char *what = "ip -d link show eth0; ip addr show eth0; ip route; ip -6 route;"
			   "ip neigh; nft list ruleset";
	char *before;

	sh("ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev eth0 &&"
	   "ip neigh add fd09::7 lladdr 02:00:00:00:00:07 dev eth0");
	before = strdup(output("%s", what));
	open_device(KIND, "eth0");
	ck_assert_str_ne(output("%s", what), before);
	close_device();
	ck_assert_str_eq(output("%s", what), before);
	ck_assert_int_eq(refusal("10.9.0.1", 30000, "after"), -ECONNREFUSED);
	free(before);
}
END_TEST

/* A process that has opened KIND on IFNAME. */
static pid_t
other_process(const char *kind, const char *ifname)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		start_eal();
		if (try_open(kind, ifname) == 0 && write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void
kill_9(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(after_a_kill_the_next_start_takes_over_and_cleans_up)
{
	kill_9(other_process(KIND, "eth0"));
	open_device(KIND, "eth0");
	ck_assert_int_eq(probe("10.9.0.1", 30000, "again"), -EAGAIN);
	RECEIVED("again");
	close_device();
	ck_assert_ptr_null(strstr(output("ip link show eth0"), "xdp"));
	ck_assert_str_eq(output("nft list ruleset"), "");
}
END_TEST

START_TEST(two_instances_on_two_interfaces_do_not_meet)
{
	pid_t other;

	sh("ip link add eth1 type veth peer name eth2 && ip link set eth1 up && ip link set eth2 up");
	other = other_process(KIND, "eth1");
	open_device(KIND, "eth0");
	kill_9(other);
	ck_assert_int_eq(probe("10.9.0.1", 30000, "still"), -EAGAIN);
	RECEIVED("still");
	close_device();
}
END_TEST

START_TEST(two_devices_of_one_process_have_sockets_of_their_own)
{
	struct opt_interface conf2;
	struct device device2;

	sh("ip link add eth1 type veth peer name eth2 && ip link set eth1 up && ip link set eth2 up");
	start_eal();
	conf2 = interface(KIND, "eth1", "10.8.0.1");
	snprintf(conf2.name, sizeof conf2.name, "wan");
	if (strcmp(KIND, "xdp") == 0) { /* each pins buffers */
		struct rte_mempool *more = device_pool(&conf2, "more", POOL, 0, 0);

		ck_assert_int_eq(device_open(&device2, &conf2, more, 1), 0);
	} else {
		ck_assert_int_eq(device_open(&device2, &conf2, pool, 1), 0);
	}
	ck_assert_msg(try_open(KIND, "eth0") == 0, "%s", logged());
	while (received(20) != NULL)
		;
	ck_assert_int_ge(device2.wait_fd[0], 0);
	ck_assert_int_ne(device.wait_fd[0], device2.wait_fd[0]);
	ck_assert_int_eq(probe("10.9.0.1", 30000, "mine"), -EAGAIN);
	RECEIVED("mine");
	device_close(&device2);
	ck_assert_int_eq(probe("10.9.0.1", 30000, "still mine"), -EAGAIN);
	RECEIVED("still mine");
	close_device();
}
END_TEST

START_TEST(a_bad_interface_is_refused_in_words)
{
	start_eal();
	ck_assert_int_eq(try_open(KIND, "eth9"), -ENODEV);
	ck_assert_ptr_nonnull(
		strstr(logged(), "interface lan: there is no kernel interface eth9"));
	ck_assert_int_eq(try_open(KIND, "lo"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(logged(), "lo is not an Ethernet interface"));
	conf = interface(KIND, "eth0", "10.9.0.1");
	conf.mac[5] = 1;
	ck_assert_int_eq(device_open(&device, &conf, pool, 1), -EINVAL);
	device_close(&device); /* of one that did not open: nothing */
}
END_TEST

/* ---- Several queues ---- */

START_TEST(datagrams_are_spread_over_the_queues_of_a_packet_device)
{
	enum { QUEUES = 2, FLOWS = 40 };
	unsigned by[QUEUES] = {0}, seen[FLOWS] = {0};
	const char *text;

	open_queues("packet", "eth0", QUEUES);
	ck_assert_uint_eq(device.queues, QUEUES);
	ck_assert_ptr_nonnull(strstr(logged(), "2 queues"));
	for (unsigned i = 0; i < FLOWS; i++)
		send_to("10.9.0.1", 30000, "%u", i);
	for (uint16_t q = 0; q < QUEUES; q++)
		while ((text = received_by(q, 50)) != NULL) {
			seen[atoi(text)]++;
			by[q]++;
		}
	for (unsigned i = 0; i < FLOWS; i++)
		ck_assert_uint_eq(seen[i], 1);
	ck_assert_uint_gt(by[0], 0);
	ck_assert_uint_gt(by[1], 0);
	close_device();
}
END_TEST

/* A TAP called NAME of our own in the way of a NIC with QUEUES queues: what is written to
 * FD[Q] it receives by queue Q, and what it sends by queue Q is read there. */
static void
make_nic(const char *name, int *fd, unsigned queues)
{
	struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE};

	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	for (unsigned q = 0; q < queues; q++) {
		fd[q] = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
		ck_assert_int_eq(ioctl(fd[q], TUNSETIFF, &r), 0);
	}
	sh("sysctl -qw net.ipv6.conf.%s.disable_ipv6=1; ip addr add 10.9.0.1/24 dev %s;"
	   "ip link set %s up",
		name, name, name);
}

START_TEST(each_queue_of_an_xdp_device_is_its_own)
{
	static const char *const text[] = {"zero", "one"};
	struct rte_mbuf *m;
	char frame[2048];
	int nic[2];

	sh("ip link del eth0");
	make_nic("nic0", nic, 2);
	open_queues("xdp", "nic0", 3);
	ck_assert_uint_eq(device.queues, 2);
	ck_assert_int_ne(device.wait_fd[0], device.wait_fd[1]);
	for (uint16_t q = 2; q-- > 0;) {
		m = media(text[q]);
		ck_assert_int_eq(
			write(nic[q], rte_pktmbuf_mtod(m, void *), m->data_len), m->data_len);
		ck_assert_pstr_eq(received_by(!q, 50), NULL);
		ck_assert_pstr_eq(received_by(q, PATIENCE_MS), text[q]);
		ck_assert_uint_eq(send_by(q, &m), 1);
		ck_assert_int_lt(read(nic[!q], frame, sizeof frame), 0);
		ck_assert_int_gt(read(nic[q], frame, sizeof frame), 0);
		ck_assert_mem_eq(frame + 42, text[q], strlen(text[q]));
	}
	close_device();
}
END_TEST

START_TEST(what_any_queue_of_a_packet_device_sends_arrives)
{
	open_queues("packet", "eth0", 2);
	peer_sh("timeout 5 nc -u -l -W2 10.9.0.2 5000 >/tmp/strowger-test-%d & sleep 0.2",
		getpid());
	for (uint16_t q = 0; q < 2; q++) {
		struct rte_mbuf *m = datagram(q == 0 ? "zero " : "one");

		ck_assert_uint_eq(send_by(q, &m), 1);
		usleep(100000);
	}
	usleep(300000);
	ck_assert_str_eq(output("cat /tmp/strowger-test-%d; rm /tmp/strowger-test-%d",
				 getpid(), getpid()),
		"zero one");
	close_device();
}
END_TEST

START_TEST(the_configuration_may_ask_for_fewer_queues)
{
	start_eal();
	conf = interface("packet", "eth0", "10.9.0.1");
	conf.queues = 2;
	ck_assert_int_eq(device_open(&device, &conf, pool, 4), 0);
	ck_assert_uint_eq(device.queues, 2);
	ck_assert_ptr_nonnull(strstr(logged(), "2 queues"));
	ck_assert_int_eq(device.wait_fd[2], -1);
	close_device();
}
END_TEST

START_TEST(queues_that_nobody_reads_are_refused)
{
	int nic[3];

	make_nic("nic0", nic, 3);
	sh("ip link add veth5 numrxqueues 2 numtxqueues 2 type veth peer name veth6");
	start_eal();
	ck_assert_int_eq(try_open_queues("xdp", "nic0", 2), -EINVAL);
	ck_assert_ptr_nonnull(strstr(logged(), "over 3 queues and strowger reads 2"));
	ck_assert_int_eq(try_open_queues("xdp", "veth5", 2), -EINVAL);
	ck_assert_ptr_nonnull(strstr(logged(), "over 2 queues and strowger reads 1"));
}
END_TEST

/* From now on this process's ethtool ioctls fail with ERROR. */
static void
have_ethtool_fail(int error)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(f, SCMP_ACT_ERRNO((uint32_t)error), SCMP_SYS(ioctl), 1,
		SCMP_A1(SCMP_CMP_EQ, SIOCETHTOOL));
	ck_assert_int_eq(seccomp_load(f), 0);
	seccomp_release(f);
}

START_TEST(a_new_name_and_what_cannot_be_asked_are_no_other_queues)
{
	struct sw_device counts;
	const char *said;
	int nic[3];

	sh("ip link del eth0");
	make_nic("nic0", nic, 2);
	open_queues("xdp", "nic0", 2);
	sh("ip link set nic0 down && ip link set nic0 name nic7 && ip link set nic7 up");
	device_count(&device, &counts);
	ck_assert_msg(strstr(logged(), "queues now") == NULL, "%s", logged());
	have_ethtool_fail(EIO);
	for (unsigned i = 0; i < 3; i++)
		device_count(&device, &counts);
	ck_assert_msg(strstr(logged(), "queues now") == NULL, "%s", logged());
	ck_assert_ptr_nonnull(
		said = strstr(logged(), "cannot ask how many queues it has now (xdp:nic0)"));
	ck_assert_ptr_null(strstr(said + 1, "cannot ask"));
	close_device();
}
END_TEST

/* ---- xdp alone ---- */

START_TEST(one_xdp_instance_per_interface)
{
	pid_t other = other_process("xdp", "eth0");

	start_eal();
	ck_assert_int_eq(try_open("xdp", "eth0"), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(logged(), "another strowger-switch has eth0 already"));
	ck_assert_ptr_nonnull(strstr(output("ip link show eth0"), "xdp"));
	kill_9(other);
}
END_TEST

/* A phone that goes on while the device is opened. */
struct phone {
	int fd;
	atomic_bool end;
	unsigned sent, refused;
};

static void *
speak(void *arg)
{
	static const struct timespec pause = {.tv_nsec = 20000};
	struct phone *p = arg;
	char buf[8];

	while (!atomic_load(&p->end)) {
		if (send(p->fd, "media", 5, 0) == 5)
			p->sent++;
		else
			p->refused += errno == ECONNREFUSED;
		p->refused += recv(p->fd, buf, sizeof buf, MSG_DONTWAIT) < 0 &&
			      errno == ECONNREFUSED;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Of a killed one somebody still drops media, until we have them. */
START_TEST(nobody_is_told_to_stop_while_a_killed_one_is_replaced)
{
	static struct phone p;
	pthread_t thread;

	kill_9(other_process("xdp", "eth0"));
	start_eal();
	p.fd = peer_udp("10.9.0.1", 30000);
	ck_assert_int_eq(pthread_create(&thread, NULL, speak, &p), 0);
	ck_assert_int_eq(try_open("xdp", "eth0"), 0);
	atomic_store(&p.end, true);
	pthread_join(thread, NULL);
	ck_assert_uint_gt(p.sent, 0);
	ck_assert_uint_eq(p.refused, 0);
	close(p.fd);
	close_device();
}
END_TEST

/* An XDP program called NAME that passes everything, on eth0. */
static void
attach_foreign(const char *name)
{
	static const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT}};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", pass, 2, NULL);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_xdp_attach((int)if_nametoindex("eth0"), fd, 0, NULL), 0);
	close(fd);
}

START_TEST(somebody_elses_xdp_program_is_left_alone)
{
	attach_foreign("somebody");
	start_eal();
	ck_assert_int_eq(try_open("xdp", "eth0"), -EBUSY);
	ck_assert_ptr_nonnull(strstr(logged(), "\"somebody\""));
	ck_assert_ptr_nonnull(strstr(output("ip -d link show eth0"), "somebody"));
}
END_TEST

START_TEST(a_pool_that_the_socket_cannot_use_is_refused)
{
	struct rte_mempool *small, *large;

	start_eal();
	conf = interface("xdp", "eth0", "10.9.0.1");
	small = rte_pktmbuf_pool_create(
		"small", 4096, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	ck_assert_int_eq(device_open(&device, &conf, small, 1), -ENOBUFS);
	rte_mempool_free(small);
	rte_mempool_free(pool);
	large = rte_pktmbuf_pool_create("large", 8192, 0, 0, 4096 + 128, SOCKET_ID_ANY);
	ck_assert_ptr_nonnull(large);
	ck_assert_int_eq(device_open(&device, &conf, large, 1), -EINVAL);
}
END_TEST

struct span {
	uintptr_t first, last;
};

static void
widen(struct rte_mempool *of, void *arg, void *mbuf, unsigned i)
{
	struct span *is = arg;

	is->first = RTE_MIN(is->first, (uintptr_t)mbuf);
	is->last = RTE_MAX(is->last, (uintptr_t)mbuf);
}

/* The driver tells the kernel of as many bytes as there are buffers times the size of one. */
START_TEST(every_buffer_of_an_xdp_pool_is_known_to_the_socket)
{
	struct span is = {.first = UINTPTR_MAX};

	start_eal();
	ck_assert_uint_eq(rte_mempool_obj_iter(pool, widen, &is), POOL);
	ck_assert_uint_eq(is.last - is.first,
		(POOL - 1ul) * rte_mempool_calc_obj_size(pool->elt_size, pool->flags, NULL));
}
END_TEST

START_TEST(media_in_fragments_is_counted_and_not_answered)
{
	char text[3000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	open_device("xdp", "eth0");
	ck_assert_uint_eq(device_fragments(&device), 0);
	ck_assert_int_eq(ask("10.9.0.1", 30000, text, 300), -EAGAIN);
	ck_assert_uint_eq(device_fragments(&device), 3);
	ck_assert_int_eq(ask("fd09::1", 30000, text, 300), -EAGAIN);
	ck_assert_uint_eq(device_fragments(&device), 6);
	/* What is not media the kernel puts together, and finds that nobody listens. */
	ck_assert_int_eq(refusal("10.9.0.1", 5060, text), -ECONNREFUSED);
	ck_assert_int_eq(refusal("fd09::1", 5060, text), -ECONNREFUSED);
	ck_assert_uint_eq(device_fragments(&device), 12);
	NOTHING_RECEIVED();
	close_device();
}
END_TEST

/* How many frames come, until there are none for a while. */
static unsigned
frames_received(void)
{
	unsigned n = 0;

	while (received(100) != NULL)
		n++;
	return n;
}

/* The first of a datagram's fragments has its port. */
START_TEST(a_packet_device_leaves_others_fragments_to_the_kernel)
{
	static const char *const ours[] = {"10.9.0.1", "fd09::1"};
	char text[3000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	open_device("packet", "eth0");
	for (unsigned i = 0; i < RTE_DIM(ours); i++) {
		ck_assert_int_eq(probe(ours[i], 30000, text), -EAGAIN);
		ck_assert_uint_eq(frames_received(), 1);
		ck_assert_int_eq(refusal(ours[i], 30100, text), -ECONNREFUSED);
		ck_assert_uint_eq(frames_received(), 0);
	}
	close_device();
}
END_TEST

/* Send media with a tag of VLAN 0 and of TYPE into IFNAME. */
static void
send_tagged(const char *ifname, uint16_t type, const char *text)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(ifname)};
	struct rte_mbuf *m = media(text);
	const uint8_t tag[4] = {(uint8_t)(type >> 8), (uint8_t)type};
	uint8_t *p = (uint8_t *)rte_pktmbuf_prepend(m, sizeof tag);
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ck_assert_ptr_nonnull(p);
	memmove(p, p + sizeof tag, 12);
	memcpy(p + 12, tag, sizeof tag);
	ck_assert_int_eq(
		sendto(fd, p, m->data_len, 0, (const struct sockaddr *)&to, sizeof to),
		m->data_len);
	close(fd);
	rte_pktmbuf_free(m);
}

START_TEST(a_packet_device_takes_no_tags_but_those_of_802_1q)
{
	sh("ip link add eth1 type veth peer name eth2 && ip link set eth1 up && ip link set eth2 up");
	open_device("packet", "eth1");
	send_tagged("eth2", 0x88a8, "802.1ad");
	send_tagged("eth2", 0x8100, "802.1Q");
	RECEIVED("802.1Q");
	NOTHING_RECEIVED();
	close_device();
}
END_TEST

START_TEST(when_somebody_has_the_queue_it_is_refused_and_nothing_is_left)
{
	static uint8_t memory[16 * 4096] __attribute__((aligned(4096)));
	struct xdp_umem_reg umem = {
		.addr = (uintptr_t)memory, .len = sizeof memory, .chunk_size = 4096};
	struct sockaddr_xdp sxdp = {.sxdp_family = AF_XDP,
		.sxdp_ifindex = if_nametoindex("eth0"),
		.sxdp_flags = XDP_COPY};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), n = 16;

	ck_assert_int_eq(setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof umem), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &n, sizeof n), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &n, sizeof n), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_XDP, XDP_RX_RING, &n, sizeof n), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sxdp, sizeof sxdp), 0);
	start_eal();
	ck_assert_int_ne(try_open("xdp", "eth0"), 0);
	ck_assert_ptr_null(strstr(output("ip link show eth0"), "xdp"));
	close(fd);
}
END_TEST

/* Drop all capabilities of this thread but CAP_NET_ADMIN. */
static void
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{.effective = 1u << CAP_NET_ADMIN, .permitted = 1u << CAP_NET_ADMIN}};

	ck_assert_int_eq((int)syscall(SYS_capset, &head, data), 0);
}

START_TEST(closing_and_counting_need_no_more_than_net_admin)
{
	open_device("xdp", "eth0");
	drop_capabilities();
	ck_assert_uint_eq(device_fragments(&device), 0);
	close_device();
	ck_assert_ptr_null(strstr(logged(), "cannot"));
	ck_assert_ptr_null(strstr(output("ip link show eth0"), "xdp"));
}
END_TEST

/* ---- The XDP program itself, run by the kernel on frames of ours ---- */

static struct bpf_object *object;
static int program;

static void
setup_program(void)
{
	struct xdp_filter_addr four = {{[10] = 0xff, [11] = 0xff, 10, 9, 0, 1}},
			       six = {{0xfd, 9}};
	struct xdp_filter_ports ports = {30000, 30099, 4110}, no_mesh = {30000, 30099, 0};
	uint32_t zero = 0, everybody = 4110;
	int media, mesh;

	object = bpf_object__open_mem(
		xdp_filter_object, (size_t)(xdp_filter_object_end - xdp_filter_object), NULL);
	ck_assert_ptr_nonnull(object);
	ck_assert_int_eq(bpf_object__load(object), 0);
	program =
		bpf_program__fd(bpf_object__find_program_by_name(object, XDP_FILTER_PROGRAM));
	media = bpf_object__find_map_fd_by_name(object, "media");
	six.ip[15] = 1;
	ck_assert_int_eq(bpf_map_update_elem(media, &four, &ports, 0), 0);
	ck_assert_int_eq(bpf_map_update_elem(media, &six, &no_mesh, 0), 0);
	mesh = bpf_object__find_map_fd_by_name(object, "mesh");
	ck_assert_int_eq(bpf_map_update_elem(mesh, &zero, &everybody, 0), 0);
}

static void
teardown_program(void)
{
	bpf_object__close(object);
}

/* What the program says of FRAME.  There is no socket: XDP_DROP means that it is media. */
static uint32_t
verdict(const void *frame, size_t len)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = (uint32_t)len,
		.repeat = 1);

	ck_assert_int_eq(bpf_prog_test_run_opts(program, &o), 0);
	return o.retval;
}

/* A datagram from 10.9.0.2 (or fd09::2) to 10.9.0.1 (or fd09::1) port 30000, and what is
 * changed. */
static const uint8_t good4[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, /* IP */ 0x45, 0, 0,
	32, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 9, 0, 2, 10, 9, 0, 1, /* UDP */ 0x13, 0x88, 0x75,
	0x30, 0, 12, 0, 0, 0x80, 0, 0, 0};
static const uint8_t good6[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, /* IP */ 0x60,
	0, 0, 0, 0, 12, 17, 64, 0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xfd, 9, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, /* UDP */ 0x13, 0x88, 0x75, 0x30, 0, 12, 0, 0,
	0x80, 0, 0, 0};

static const struct {
	const char *what;
	unsigned at;
	uint8_t len, bytes[2];
	uint32_t verdict4, verdict6;
	unsigned at6;
	uint8_t bytes6[2];
} changes[] = {
	{"nothing", 0, 0, {0}, XDP_DROP, XDP_DROP, 0, {0}},
	{"last port", 36, 2, {0x75, 0x93}, XDP_DROP, XDP_DROP, 56, {0x75, 0x93}},
	{"port above", 36, 2, {0x75, 0x94}, XDP_PASS, XDP_PASS, 56, {0x75, 0x94}},
	{"port below", 36, 2, {0x75, 0x2f}, XDP_PASS, XDP_PASS, 56, {0x75, 0x2f}},
	{"another address", 33, 1, {2}, XDP_PASS, XDP_PASS, 53, {2}},
	{"TCP", 23, 1, {6}, XDP_PASS, XDP_PASS, 20, {6}},
	{"ARP", 12, 2, {8, 6}, XDP_PASS, XDP_PASS, 12, {8, 6}},
	{"VLAN", 12, 2, {0x81, 0}, XDP_PASS, XDP_PASS, 12, {0x81, 0}},
	{"first fragment", 20, 2, {0x20, 0}, XDP_DROP, XDP_PASS, 20, {44}},
	{"later fragment", 20, 2, {0, 5}, XDP_PASS, XDP_PASS, 20, {44}},
	{"header length 4", 14, 1, {0x44}, XDP_PASS, XDP_DROP, 0, {2}},
	{"header beyond the end", 14, 1, {0x4f}, XDP_PASS, XDP_PASS, 20, {0}},
};

START_TEST(only_datagrams_to_our_addresses_and_ports_are_taken)
{
	uint8_t four[sizeof good4], six[sizeof good6];

	memcpy(four, good4, sizeof four);
	memcpy(six, good6, sizeof six);
	memcpy(four + changes[_i].at, changes[_i].bytes, changes[_i].len);
	memcpy(six + changes[_i].at6, changes[_i].bytes6, changes[_i].len);
	ck_assert_msg(
		verdict(four, sizeof four) == changes[_i].verdict4, "%s", changes[_i].what);
	ck_assert_msg(
		verdict(six, sizeof six) == changes[_i].verdict6, "%s", changes[_i].what);
}
END_TEST

/* A datagram to PORT of 10.9.0.TO, whose Ethernet address is 6 times MAC. */
static uint32_t
verdict_of(uint8_t mac, uint8_t to, uint16_t port)
{
	uint8_t f[sizeof good4];

	memcpy(f, good4, sizeof f);
	memset(f, mac, 6);
	f[33] = to;
	f[36] = (uint8_t)(port >> 8);
	f[37] = (uint8_t)port;
	return verdict(f, sizeof f);
}

START_TEST(the_meshs_port_is_taken_where_it_is_and_from_who_means_everybody)
{
	uint8_t six[sizeof good6];

	ck_assert_uint_eq(verdict_of(2, 1, 4110), XDP_DROP);
	ck_assert_uint_eq(verdict_of(0xff, 255, 4110), XDP_DROP);
	ck_assert_uint_eq(verdict_of(0xff, 1, 4110), XDP_DROP);
	ck_assert_uint_eq(verdict_of(0xff, 255, 4111), XDP_PASS);
	ck_assert_uint_eq(verdict_of(0xff, 255, 30000), XDP_PASS);
	ck_assert_uint_eq(verdict_of(0xfe, 255, 4110), XDP_PASS);
	ck_assert_uint_eq(verdict_of(2, 2, 4110), XDP_PASS);
	ck_assert_uint_eq(verdict_of(2, 1, 0), XDP_PASS);
	memcpy(six, good6, sizeof six);
	six[56] = 4110 >> 8;
	six[57] = 4110 & 0xff;
	ck_assert_uint_eq(verdict(six, sizeof six), XDP_PASS);
}
END_TEST

/* Port 0 stands for no mesh in the program's maps; it is nobody's, whole or in fragments. */
START_TEST(where_there_is_no_mesh_port_0_is_left_to_the_kernel)
{
	uint8_t whole[sizeof good6], first[sizeof good6 + 8];

	memcpy(whole, good6, sizeof whole);
	whole[56] = whole[57] = 0;
	ck_assert_uint_eq(verdict(whole, sizeof whole), XDP_PASS);
	memcpy(first, good6, 54);
	first[20] = 44;
	memcpy(first + 54, (const uint8_t[]){17, 0, 0, 1, 0, 0, 0, 7}, 8); /* more to come */
	memcpy(first + 62, good6 + 54, sizeof good6 - 54);
	ck_assert_uint_eq(verdict(first, sizeof first), XDP_DROP); /* media */
	first[64] = first[65] = 0;
	ck_assert_uint_eq(verdict(first, sizeof first), XDP_PASS);
}
END_TEST

START_TEST(ip_options_are_stepped_over)
{
	uint8_t f[sizeof good4 + 4];

	memcpy(f, good4, 34);
	memset(f + 34, 1, 4); /* no-operation */
	memcpy(f + 38, good4 + 34, sizeof good4 - 34);
	f[14] = 0x46;
	ck_assert_uint_eq(verdict(f, sizeof f), XDP_DROP);
}
END_TEST

/* The LEN bytes of FRAME with a tag of TYPE that says TCI. */
static uint32_t
verdict_tagged(const uint8_t *frame, size_t len, uint16_t type, uint16_t tci)
{
	uint8_t f[sizeof good6 + 4];

	memcpy(f, frame, 12);
	f[12] = (uint8_t)(type >> 8);
	f[13] = (uint8_t)type;
	f[14] = (uint8_t)(tci >> 8);
	f[15] = (uint8_t)tci;
	memcpy(f + 16, frame + 12, len - 12);
	return verdict(f, len + 4);
}

/* Otherwise the kernel, which takes them too, would answer that no program listens. */
START_TEST(a_tag_that_says_a_priority_only_is_stepped_over)
{
	static const struct {
		uint16_t type, tci;
		uint32_t verdict;
	} tags[] = {{0x8100, 0, XDP_DROP}, {0x8100, 0xf000, XDP_DROP}, {0x8100, 5, XDP_PASS},
		{0x8100, 0x800, XDP_PASS}, {0x88a8, 0, XDP_PASS}};

	for (unsigned i = 0; i < RTE_DIM(tags); i++) {
		ck_assert_uint_eq(
			verdict_tagged(good4, sizeof good4, tags[i].type, tags[i].tci),
			tags[i].verdict);
		ck_assert_uint_eq(
			verdict_tagged(good6, sizeof good6, tags[i].type, tags[i].tci),
			tags[i].verdict);
	}
	for (size_t len = 14; len < 42; len++)
		ck_assert_uint_eq(verdict_tagged(good4, len, 0x8100, 0), XDP_PASS);
}
END_TEST

START_TEST(a_frame_cut_anywhere_goes_to_the_kernel)
{
	for (size_t len = 14; len < 42; len++)
		ck_assert_uint_eq(verdict(good4, len), XDP_PASS);
	for (size_t len = 14; len < 62; len++)
		ck_assert_uint_eq(verdict(good6, len), XDP_PASS);
}
END_TEST

/* ---- packet alone ---- */

START_TEST(a_large_mtu_is_cut_to_what_buffers_hold)
{
	sh("ip link set eth0 mtu 9000");
	open_device("packet", "eth0");
	ck_assert_uint_eq(device.mtu, 2048 - 80 - 14);
	ck_assert_ptr_nonnull(strstr(logged(), "packet buffers hold 1954 bytes"));
	device_close(&device);
	rte_mempool_free(pool);
	pool = rte_pktmbuf_pool_create("large", 4096, 0, 0, 16384 + 128, SOCKET_ID_ANY);
	ck_assert_ptr_nonnull(pool);
	ck_assert_int_eq(try_open("packet", "eth0"), 0);
	ck_assert_uint_eq(device.mtu, 9000);
	close_device();
}
END_TEST

START_TEST(a_killed_packet_device_leaves_no_table)
{
	pid_t other = other_process("packet", "eth0");

	ck_assert_ptr_nonnull(strstr(output("nft list ruleset"), "table inet strowger_"));
	kill_9(other);
	ck_assert_str_eq(output("nft list ruleset"), "");
	ck_assert_int_eq(refusal("10.9.0.1", 30000, "nobody"), -ECONNREFUSED);
}
END_TEST

/* ---- Without a kernel interface ---- */

START_TEST(a_ring_is_fed_and_drained_by_name)
{
	struct rte_mbuf *m;
	void *out;

	open_device("ring", "wire");
	ck_assert_int_eq(device.wait_fd[0], -1);
	ck_assert_uint_eq(device.mtu, 1500);
	ck_assert_int_eq(device.ifindex, 0);
	ck_assert_int_eq(rte_ring_enqueue(rte_ring_lookup("wire_rx"), datagram("in")), 0);
	RECEIVED("in");
	m = datagram("out");
	ck_assert_uint_eq(send_by(0, &m), 1);
	ck_assert_int_eq(rte_ring_dequeue(rte_ring_lookup("wire_tx"), &out), 0);
	ck_assert_ptr_eq(out, m);
	rte_pktmbuf_free(m);
	close_device();
}
END_TEST

START_TEST(each_queue_of_a_ring_device_has_rings_of_its_own)
{
	struct rte_mbuf *m;
	void *out;

	open_queues("ring", "wire", 3);
	ck_assert_uint_eq(device.queues, 3);
	ck_assert_int_eq(rte_ring_enqueue(rte_ring_lookup("wire_rx2"), datagram("in")), 0);
	ck_assert_pstr_eq(received_by(0, 20), NULL);
	ck_assert_pstr_eq(received_by(2, 100), "in");
	m = datagram("out");
	ck_assert_uint_eq(send_by(1, &m), 1);
	ck_assert_int_eq(rte_ring_dequeue(rte_ring_lookup("wire_tx1"), &out), 0);
	ck_assert_ptr_eq(out, m);
	rte_pktmbuf_free(m);
	close_device();
}
END_TEST

START_TEST(linux_is_the_far_side_of_a_tap)
{
	const char *how;
	uint8_t far[6];
	struct rte_mbuf *m;

	netns_open();
	sh("sysctl -qw net.ipv6.conf.default.disable_ipv6=1"); /* or it speaks first */
	open_queues("tap", "wire0", 2);
	ck_assert_uint_eq(device.queues, 2);
	ck_assert_int_ge(device.wait_fd[0], 0);
	ck_assert_int_ne(device.wait_fd[0], device.wait_fd[1]);
	ck_assert_int_eq(device.ifindex, 0);
	how = output("ip -o link show wire0 | grep -o 'ether [^ ]*' | cut -c7-");
	ck_assert_int_eq(sscanf(how, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &far[0], &far[1],
				 &far[2], &far[3], &far[4], &far[5]),
		6);
	ck_assert_mem_ne(far, device.mac, 6);
	sh("ip addr add 10.7.0.2/24 dev wire0;"
	   "ip neigh add 10.7.0.1 lladdr %02x:%02x:%02x:%02x:%02x:%02x dev wire0",
		device.mac[0], device.mac[1], device.mac[2], device.mac[3], device.mac[4],
		device.mac[5]);
	sh("bash -c 'for i in {1..20}; do printf hello >/dev/udp/10.7.0.1/30000; done'");
	for (int heard = 0; heard < 20; heard++) {
		const char *text = received_by(0, 20);

		if (text == NULL)
			text = received_by(1, PATIENCE_MS);
		ck_assert_pstr_eq(text, "hello");
	}
	sh("ip link del eth0; ip addr add 10.9.0.2/24 dev wire0;"
	   "timeout 5 nc -u -l -W1 10.9.0.2 5000 >/tmp/strowger-test-%d & sleep 0.2",
		getpid());
	m = frame_to(far, 1, 2, 5000, "out");
	ck_assert_uint_eq(send_by(1, &m), 1);
	usleep(300000);
	ck_assert_str_eq(output("cat /tmp/strowger-test-%d; rm /tmp/strowger-test-%d",
				 getpid(), getpid()),
		"out");
	close_device();
	ck_assert_str_eq(
		output("ip link show wire0 2>&1"), "Device \"wire0\" does not exist.");
}
END_TEST

START_TEST(the_link_of_a_tap_is_seen_from_another_namespace)
{
	netns_open();
	open_device("tap", "wire0");
	ck_assert(device_is_up(&device));
	ck_assert(!device_watch_link(&device));
	move_to_peer("wire0");
	ck_assert(device_watch_link(&device));
	ck_assert(!device_is_up(&device));
	peer_sh("ip link set wire0 up");
	ck_assert(device_watch_link(&device));
	ck_assert(device_is_up(&device));
	close_device();
}
END_TEST

/* The port is a TAP's here, as no test has a NIC. */
START_TEST(a_port_that_eal_has_found_is_opened_by_its_name)
{
	struct rte_ether_addr mac;

	netns_open();
	start_eal_with("net_tap7,iface=wire7");
	ck_assert_int_eq(try_open("pci", "0000:3b:00.0"), -ENODEV);
	ck_assert_ptr_nonnull(strstr(logged(), "DPDK has no port 0000:3b:00.0"));
	ck_assert_msg(try_open_queues("pci", "net_tap7", 2) == 0, "%s", logged());
	ck_assert_uint_eq(device.queues, 2);
	ck_assert_uint_eq(device.mtu, 1500);
	ck_assert_int_eq(rte_eth_macaddr_get(device.port_id, &mac), 0);
	ck_assert_mem_eq(&mac, device.mac, 6); /* the NIC's own */
	ck_assert(device_is_up(&device));
	close_device();

	ck_assert_int_eq(rte_eal_hotplug_add("vdev", "net_tap8", "iface=wire8"), 0);
	conf = interface("pci", "net_tap8", "10.9.0.1");
	conf.mac[0] = 2;
	conf.mac[5] = 99;
	conf.mtu = 1400;
	ck_assert_msg(device_open(&device, &conf, pool, 1) == 0, "%s", logged());
	ck_assert_int_eq(rte_eth_macaddr_get(device.port_id, &mac), 0);
	ck_assert_mem_eq(&mac, conf.mac, 6);
	ck_assert_mem_eq(device.mac, conf.mac, 6);
	ck_assert_ptr_nonnull(strstr(output("ip link show wire8"), "mtu 1400"));
	close_device();
}
END_TEST

START_TEST(a_pool_has_room_for_queues_and_cores)
{
	conf = interface("memif", "/x", "10.9.0.1");
	ck_assert_uint_eq(device_mbufs(&conf, 1, 0), 2048); /* more makes it uneven */
	ck_assert_uint_ge(device_mbufs(&conf, 2, 0), 2048 + 2 * 512);
	conf = interface("xdp", "eth0", "10.9.0.1");
	ck_assert_uint_eq(device_mbufs(&conf, 1, 0), 8192);
	ck_assert_uint_ge(device_mbufs(&conf, 4, 0), 8192 + 3 * 2048 + 12 * 512);
	conf.queues = 1;
	ck_assert_uint_ge(device_mbufs(&conf, 4, 0), 8192 + 12 * 512);
	ck_assert_uint_lt(device_mbufs(&conf, 4, 0), 8192 + 3 * 2048 + 12 * 512);
	/* A ring from each forwarding core to each transcode core, all of them full. */
	for (unsigned cores = 1; cores <= 4; cores++)
		for (unsigned transcoders = 1; transcoders <= 3; transcoders++)
			ck_assert_uint_ge(device_mbufs(&conf, cores, transcoders),
				device_mbufs(&conf, cores, 0) + cores * transcoders * 2047);
	conf = interface("carrier-pigeon", "x", "10.9.0.1");
	ck_assert_uint_eq(device_mbufs(&conf, 1, 1), 0);
}
END_TEST

START_TEST(a_device_without_a_kernel_keeps_its_mac_address)
{
	uint8_t first[6];

	start_eal();
	ck_assert_int_eq(try_open("ring", "wire"), 0);
	memcpy(first, device.mac, 6);
	ck_assert_uint_eq(first[0] & 3, 2); /* locally administered, of one host */
	device_close(&device);
	ck_assert_int_eq(try_open("ring", "wire"), 0);
	ck_assert_mem_eq(device.mac, first, 6);
	device_close(&device);
	ck_assert_int_eq(try_open("ring", "other"), 0);
	ck_assert_mem_ne(device.mac, first, 6);
	device_close(&device);
	conf.mac[0] = 2;
	conf.mac[5] = 99;
	ck_assert_int_eq(device_open(&device, &conf, pool, 1), 0);
	ck_assert_mem_eq(device.mac, conf.mac, 6);
	close_device();
}
END_TEST

static void
memif_path(char path[64], const char *suffix)
{
	snprintf(path, 64, "/tmp/strowger-test-%d.sock%s", getpid(), suffix);
}

START_TEST(two_ends_of_a_memif_hear_each_other)
{
	struct opt_interface conf2;
	struct device device2;
	struct rte_eth_link link = {.link_status = 0};
	struct rte_mbuf *m;
	char path[64];

	start_eal();
	memif_path(path, "");
	ck_assert_msg(try_open("memif", path) == 0, "%s", logged());
	ck_assert_int_eq(device.wait_fd[0], -1);
	memif_path(path, ":client");
	conf2 = interface("memif", path, "10.9.0.2");
	snprintf(conf2.name, sizeof conf2.name, "far");
	ck_assert_msg(device_open(&device2, &conf2, pool, 1) == 0, "%s", logged());
	ck_assert_mem_ne(device.mac, device2.mac, 6);
	for (int ms = 0; ms < PATIENCE_MS && !link.link_status; ms += 10) {
		usleep(10000);
		rte_eth_link_get_nowait(device.port_id, &link);
	}
	ck_assert(link.link_status);
	m = datagram("across");
	ck_assert_uint_eq(rte_eth_tx_burst(device2.port_id, 0, &m, 1), 1);
	RECEIVED("across");
	device_close(&device2);
	/* While EAL's interrupt thread still takes the connection down, it must not be closed
	 * from this side too. */
	do
		usleep(10000);
	while (rte_eth_link_get_nowait(device.port_id, &link) == 0 && link.link_status);
	memif_path(path, "");
	close_device();
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(the_socket_of_a_killed_memif_is_replaced_a_living_one_is_not)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char path[64];
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memif_path(path, "");
	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	start_eal();
	for (unsigned i = 0; i < 3;
		i++) /* it takes nobody: the second has no room in its queue */
		ck_assert_int_eq(try_open("memif", path), -EADDRINUSE);
	close(fd);
	ck_assert_msg(try_open("memif", path) == 0, "%s", logged());
	close_device();
}
END_TEST

/* ---- vhost: the peer is a virtio card of DPDK's in another process ---- */

static void
vhost_path(char path[64], const char *suffix)
{
	snprintf(path, 64, "/tmp/strowger-test-%d.vhost%s", getpid(), suffix);
}

/* Sends back what it receives, for ever. */
static void
echo_for_ever(uint16_t port)
{
	struct rte_mbuf *m;

	for (;;)
		if (rte_eth_rx_burst(port, 0, &m, 1) == 0)
			usleep(1000);
		else if (rte_eth_tx_burst(port, 0, &m, 1) == 0)
			rte_pktmbuf_free(m);
}

/* A process that will have a virtio card on PATH and echo there, once a byte comes by GO.  To
 * be made before this process has an EAL. */
static pid_t
virtio_peer(const char *path, bool server, int go[2])
{
	struct rte_eth_conf none = {.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE};
	char args[128], byte;
	uint16_t port;
	pid_t pid;

	ck_assert_int_eq(pipe(go), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid != 0)
		return pid;
	if (read(go[0], &byte, 1) != 1)
		_exit(1);
	start_eal();
	snprintf(args, sizeof args, "path=%s,server=%d", path, server);
	if (rte_eal_hotplug_add("vdev", "net_virtio_user0", args) == 0 &&
		rte_eth_dev_get_port_by_name("net_virtio_user0", &port) == 0 &&
		rte_eth_dev_configure(port, 1, 1, &none) == 0 &&
		rte_eth_rx_queue_setup(port, 0, 256, SOCKET_ID_ANY, NULL, pool) == 0 &&
		rte_eth_tx_queue_setup(port, 0, 256, SOCKET_ID_ANY, NULL) == 0 &&
		rte_eth_dev_start(port) == 0)
		echo_for_ever(port);
	_exit(1);
}

static void
wait_for_link(bool up)
{
	for (int ms = 0; device_is_up(&device) != up; ms += 10) {
		ck_assert_msg(ms < PATIENCE_MS, "link does not go %s", up ? "up" : "down");
		usleep(10000);
	}
	ck_assert(device_watch_link(&device));
	ck_assert(!device_watch_link(&device));
}

/* What we send comes back.  Not the first, perhaps: the peer comes up step by step. */
static void
hear_echo(void)
{
	const char *text = NULL;

	for (int tries = 0; tries < 100 && text == NULL; tries++) {
		struct rte_mbuf *m = datagram("echo");

		if (send_by(0, &m) == 0)
			rte_pktmbuf_free(m);
		text = received(50);
	}
	ck_assert_pstr_eq(text, "echo");
}

/* The socket that a killed server of TYPE leaves. */
static void
leave_socket(const char *path, int type)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
	close(fd);
}

START_TEST(a_vhost_survives_its_peer)
{
	enum { LIVES = 3 };
	bool client = _i == 1; /* we */
	int go[LIVES][2];
	pid_t peer[LIVES];
	char path[64], arg[64];

	vhost_path(path, "");
	vhost_path(arg, client ? ":client" : "");
	for (int i = 0; i < LIVES; i++)
		peer[i] = virtio_peer(path, client, go[i]);
	if (!client)
		leave_socket(path, SOCK_STREAM);
	start_eal();
	ck_assert_msg(try_open_queues("vhost", arg, 2) == 0, "%s", logged());
	ck_assert_uint_eq(device.queues, 1); /* more the peer might not use */
	ck_assert_int_eq(device.wait_fd[0], -1);
	for (int i = 0; i < LIVES; i++) {
		if (client)
			unlink(path); /* of the peer that was killed */
		ck_assert_int_eq(write(go[i][1], "", 1), 1);
		wait_for_link(true);
		hear_echo();
		kill_9(peer[i]);
		while (received(20) != NULL)
			;
		wait_for_link(false);
		while (received(20) != NULL)
			;
	}
	close_device();
	unlink(path);
}
END_TEST

START_TEST(an_unknown_kind_is_refused)
{
	start_eal();
	ck_assert_int_eq(try_open("carrier-pigeon", "eth0"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(logged(), "carrier-pigeon"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("device");
	TCase *kernel = tcase_create("kernel"), *filter = tcase_create("filter"),
	      *vdev = tcase_create("vdev");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(kernel, setup, NULL);
	tcase_set_timeout(kernel, 30);
	tcase_add_loop_test(kernel, media_comes_to_us_and_the_kernel_keeps_silent, 0, 2);
	tcase_add_loop_test(kernel, all_else_stays_with_the_kernel, 0, 2);
	tcase_add_loop_test(
		kernel, the_meshs_port_is_taken_too_also_what_is_sent_to_everybody, 0, 2);
	tcase_add_loop_test(
		kernel, the_kernel_keeps_other_broadcasts_and_hears_none_of_the_meshs, 0, 2);
	tcase_add_loop_test(kernel, nothing_wakes_a_core_but_media, 0, 2);
	tcase_add_loop_test(kernel, what_we_send_arrives, 0, 2);
	tcase_add_loop_test(kernel, its_numbers_are_the_interfaces, 0, 2);
	tcase_add_loop_test(kernel, the_interface_is_left_as_it_was, 0, 2);
	tcase_add_loop_test(
		kernel, after_a_kill_the_next_start_takes_over_and_cleans_up, 0, 2);
	tcase_add_loop_test(kernel, two_instances_on_two_interfaces_do_not_meet, 0, 2);
	tcase_add_loop_test(
		kernel, two_devices_of_one_process_have_sockets_of_their_own, 0, 2);
	tcase_add_loop_test(kernel, a_bad_interface_is_refused_in_words, 0, 2);
	tcase_add_test(kernel, datagrams_are_spread_over_the_queues_of_a_packet_device);
	tcase_add_test(kernel, what_any_queue_of_a_packet_device_sends_arrives);
	tcase_add_test(kernel, each_queue_of_an_xdp_device_is_its_own);
	tcase_add_test(kernel, the_configuration_may_ask_for_fewer_queues);
	tcase_add_test(kernel, queues_that_nobody_reads_are_refused);
	tcase_add_test(kernel, a_new_name_and_what_cannot_be_asked_are_no_other_queues);
	tcase_add_test(kernel, one_xdp_instance_per_interface);
	tcase_add_test(kernel, nobody_is_told_to_stop_while_a_killed_one_is_replaced);
	tcase_add_test(kernel, somebody_elses_xdp_program_is_left_alone);
	tcase_add_test(kernel, a_pool_that_the_socket_cannot_use_is_refused);
	tcase_add_test(kernel, every_buffer_of_an_xdp_pool_is_known_to_the_socket);
	tcase_add_test(kernel, when_somebody_has_the_queue_it_is_refused_and_nothing_is_left);
	tcase_add_test(kernel, closing_and_counting_need_no_more_than_net_admin);
	tcase_add_test(kernel, media_in_fragments_is_counted_and_not_answered);
	tcase_add_test(kernel, a_packet_device_leaves_others_fragments_to_the_kernel);
	tcase_add_test(kernel, a_packet_device_takes_no_tags_but_those_of_802_1q);
	tcase_add_test(kernel, a_large_mtu_is_cut_to_what_buffers_hold);
	tcase_add_test(kernel, a_killed_packet_device_leaves_no_table);
	suite_add_tcase(s, kernel);
	tcase_add_checked_fixture(filter, setup_program, teardown_program);
	tcase_add_loop_test(filter, only_datagrams_to_our_addresses_and_ports_are_taken, 0,
		sizeof changes / sizeof changes[0]);
	tcase_add_test(
		filter, the_meshs_port_is_taken_where_it_is_and_from_who_means_everybody);
	tcase_add_test(filter, where_there_is_no_mesh_port_0_is_left_to_the_kernel);
	tcase_add_test(filter, ip_options_are_stepped_over);
	tcase_add_test(filter, a_tag_that_says_a_priority_only_is_stepped_over);
	tcase_add_test(filter, a_frame_cut_anywhere_goes_to_the_kernel);
	suite_add_tcase(s, filter);
	tcase_add_checked_fixture(vdev, log_catch, NULL);
	tcase_set_timeout(vdev, 30);
	tcase_add_test(vdev, a_ring_is_fed_and_drained_by_name);
	tcase_add_test(vdev, each_queue_of_a_ring_device_has_rings_of_its_own);
	tcase_add_test(vdev, linux_is_the_far_side_of_a_tap);
	tcase_add_test(vdev, the_link_of_a_tap_is_seen_from_another_namespace);
	tcase_add_test(vdev, a_port_that_eal_has_found_is_opened_by_its_name);
	tcase_add_test(vdev, a_pool_has_room_for_queues_and_cores);
	tcase_add_test(vdev, a_device_without_a_kernel_keeps_its_mac_address);
	tcase_add_test(vdev, two_ends_of_a_memif_hear_each_other);
	tcase_add_test(vdev, the_socket_of_a_killed_memif_is_replaced_a_living_one_is_not);
	tcase_add_loop_test(vdev, a_vhost_survives_its_peer, 0, 2);
	tcase_add_test(vdev, an_unknown_kind_is_refused);
	suite_add_tcase(s, vdev);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
