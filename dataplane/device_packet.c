/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `packet`: packet sockets (packet_queue.h), for interfaces without XDP and
 * for containers.  The kernel sees all packets as well, and is kept from answering media. Main
 * thread.  packet(7). */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/filter.h>
#include <linux/if_packet.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/device_kinds.h"
#include "dataplane/packet_queue.h"

enum {
	FRAMES = 2048, /* of a queue's ring: 2 ms of a million packets a second */
	FILTER_LINES = 31,
};

/* ---- Having the kernel give us only what we want ---- */

/* Let through what comes in for our ports, the mesh's among them.  Otherwise each packet of
 * the interface, also what the kernel sends, would be copied to us and end a core's sleep.  Of
 * a datagram in fragments the first has its port, and is counted by the core; the others are
 * the kernel's, whoever they are for.  A tag that the kernel has taken off is 802.1Q's: of
 * another kind (802.1ad) it names no VLAN that we know. */
static void
write_filter(const struct device *d, struct sock_filter code[FILTER_LINES])
{
	enum { ETHER = 6, V6 = 16, V6_UDP = 25, PORT = 26, TAKE = 29, DROP = 30 };
	enum { TYPE = 12, IP = 14, IP6 = 14, FRAGMENT6 = IP6 + 40 }; /* offsets in the frame */
	enum { LATER = 0x1fff, LATER6 = 0xfff8 }; /* of fragment offsets; 0: the first */
	/* A port that is none if there is no mesh. */
	const uint32_t mesh = d->conf->mesh_port != 0 ? d->conf->mesh_port : UINT32_MAX;
#define STMT(line, op, k) [line] = BPF_STMT(op, (uint32_t)(k))
#define JUMP(line, op, k, yes, no) \
	[line] = BPF_JUMP(BPF_JMP | (op) | BPF_K, k, (yes) - (line)-1, (no) - (line)-1)
	const struct sock_filter lines[FILTER_LINES] = {
		STMT(0, BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
		JUMP(1, BPF_JEQ, PACKET_OUTGOING, DROP, 2),
		STMT(2, BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT),
		JUMP(3, BPF_JEQ, 0, ETHER, 4),
		STMT(4, BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF + SKF_AD_VLAN_TPID),
		JUMP(5, BPF_JEQ, RTE_ETHER_TYPE_VLAN, ETHER, DROP),
		STMT(ETHER, BPF_LD | BPF_H | BPF_ABS, TYPE),
		JUMP(7, BPF_JEQ, RTE_ETHER_TYPE_IPV6, V6, 8),
		JUMP(8, BPF_JEQ, RTE_ETHER_TYPE_IPV4, 9, DROP),
		STMT(9, BPF_LD | BPF_B | BPF_ABS, IP + 9),
		JUMP(10, BPF_JEQ, IPPROTO_UDP, 11, DROP),
		STMT(11, BPF_LD | BPF_H | BPF_ABS, IP + 6),
		JUMP(12, BPF_JSET, LATER, DROP, 13),
		STMT(13, BPF_LDX | BPF_B | BPF_MSH, IP), /* X: bytes of the IPv4 header */
		STMT(14, BPF_LD | BPF_H | BPF_IND, IP + 2),
		STMT(15, BPF_JMP | BPF_JA, PORT - 16),
		STMT(V6, BPF_LD | BPF_B | BPF_ABS, IP6 + 6),
		STMT(17, BPF_LDX | BPF_W | BPF_IMM, 0), /* X: bytes before UDP's header */
		JUMP(18, BPF_JEQ, IPPROTO_UDP, V6_UDP, 19),
		JUMP(19, BPF_JEQ, IPPROTO_FRAGMENT, 20, DROP),
		STMT(20, BPF_LD | BPF_H | BPF_ABS, FRAGMENT6 + 2),
		JUMP(21, BPF_JSET, LATER6, DROP, 22),
		STMT(22, BPF_LDX | BPF_W | BPF_IMM, 8),
		STMT(23, BPF_LD | BPF_B | BPF_ABS, FRAGMENT6),
		JUMP(24, BPF_JEQ, IPPROTO_UDP, V6_UDP, DROP),
		STMT(V6_UDP, BPF_LD | BPF_H | BPF_IND, IP6 + 40 + 2),
		JUMP(PORT, BPF_JEQ, mesh, TAKE, 27),
		JUMP(27, BPF_JGE, d->conf->port_first, 28, DROP),
		JUMP(28, BPF_JGT, d->conf->port_last, DROP, TAKE),
		STMT(TAKE, BPF_RET | BPF_K, UINT32_MAX),
		STMT(DROP, BPF_RET | BPF_K, 0),
	};
#undef STMT
#undef JUMP

	memcpy(code, lines, sizeof lines);
}

/* ---- The device ---- */

/* A frame of the ring is a power of two; what it holds of a packet fits one mbuf. */
static unsigned
frame_size(const struct device *d, struct rte_mempool *pool)
{
	unsigned room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM, size = 2048;

	while (size < PACKET_QUEUE_BEFORE + RTE_ETHER_HDR_LEN + (unsigned)d->mtu &&
		2 * size - (unsigned)TPACKET2_HDRLEN <= room)
		size *= 2;
	return size;
}

static int
bring_up(struct device *d, struct rte_mempool *pool)
{
	struct sock_filter code[FILTER_LINES];
	const struct sock_fprog filter = {.len = FILTER_LINES, .filter = code};
	struct packet_queue_conf conf = {.ifindex = d->ifindex,
		.frames = FRAMES,
		.frame = frame_size(d, pool),
		.pool = pool,
		.filter = &filter,
		.shared = d->queues > 1};
	int group = -1;

	write_filter(d, code);
	device_limit_mtu(d, conf.frame - PACKET_QUEUE_BEFORE - RTE_ETHER_HDR_LEN);
	for (unsigned q = 0; q < d->queues; q++) {
		if ((d->packet[q] = packet_queue_open(&conf, &group)) == NULL)
			return device_fail(d, -errno,
				"cannot set up AF_PACKET (CAP_NET_ADMIN, CAP_NET_RAW?)");
		d->wait_fd[q] = packet_queue_fd(d->packet[q]);
	}
	return 0;
}

static void
packet_count(const struct device *d, struct rte_eth_stats *s)
{
	for (unsigned q = 0; q < d->queues; q++)
		packet_queue_count(d->packet[q], s);
}

static void
packet_close(struct device *d)
{
	for (unsigned q = 0; q < d->queues; q++) {
		packet_queue_close(d->packet[q]);
		d->packet[q] = NULL;
		d->wait_fd[q] = -1;
	}
	device_forget_silence();
}

static int
packet_open(struct device *d, struct rte_mempool *pool)
{
	int rc;

	if ((rc = device_find_kernel(d)) != 0)
		return rc;
	if ((rc = device_silence_lasting(d)) != 0)
		return rc;
	if ((rc = bring_up(d, pool)) != 0)
		packet_close(d);
	return rc;
}

const struct device_kind device_packet = {
	.name = "packet",
	.help = "a kernel interface by AF_PACKET, where there is no XDP",
	.kernel = true,
	.mbufs = 4096,
	.mbufs_queue = 1024,
	.open = packet_open,
	.close = packet_close,
	.count = packet_count,
};
