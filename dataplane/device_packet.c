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
	FILTER_LINES = 21,
};

/* ---- Having the kernel give us only what we want ---- */

/* Let through what comes in for our ports, the mesh's among them, and fragments, which the
 * core counts.  Otherwise each packet of the interface, also what the kernel sends, would be
 * copied to us and end a core's sleep. */
static void
write_filter(const struct device *d, struct sock_filter code[FILTER_LINES])
{
	enum { V6 = 12, PORT = 16, TAKE = 19, DROP = 20 };
	enum { FRAGMENT = 0x3fff, TYPE = 12, IP = 14, IP6 = 14 }; /* offsets in the frame */
	/* A port that is none if there is no mesh. */
	const uint32_t mesh = d->conf->mesh_port != 0 ? d->conf->mesh_port : UINT32_MAX;
#define STMT(line, op, k) [line] = BPF_STMT(op, (uint32_t)(k))
#define JUMP(line, op, k, yes, no) \
	[line] = BPF_JUMP(BPF_JMP | (op) | BPF_K, k, (yes) - (line)-1, (no) - (line)-1)
	const struct sock_filter lines[FILTER_LINES] = {
		STMT(0, BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
		JUMP(1, BPF_JEQ, PACKET_OUTGOING, DROP, 2),
		STMT(2, BPF_LD | BPF_H | BPF_ABS, TYPE),
		JUMP(3, BPF_JEQ, RTE_ETHER_TYPE_IPV6, V6, 4),
		JUMP(4, BPF_JEQ, RTE_ETHER_TYPE_IPV4, 5, DROP),
		STMT(5, BPF_LD | BPF_B | BPF_ABS, IP + 9),
		JUMP(6, BPF_JEQ, IPPROTO_UDP, 7, DROP),
		STMT(7, BPF_LD | BPF_H | BPF_ABS, IP + 6),
		JUMP(8, BPF_JSET, FRAGMENT, TAKE, 9),
		STMT(9, BPF_LDX | BPF_B | BPF_MSH, IP), /* X: bytes of the IPv4 header */
		STMT(10, BPF_LD | BPF_H | BPF_IND, IP + 2),
		STMT(11, BPF_JMP | BPF_JA, PORT - 12),
		STMT(V6, BPF_LD | BPF_B | BPF_ABS, IP6 + 6),
		JUMP(13, BPF_JEQ, IPPROTO_FRAGMENT, TAKE, 14),
		JUMP(14, BPF_JEQ, IPPROTO_UDP, 15, DROP),
		STMT(15, BPF_LD | BPF_H | BPF_ABS, IP6 + 40 + 2),
		JUMP(PORT, BPF_JEQ, mesh, TAKE, 17),
		JUMP(17, BPF_JGE, d->conf->port_first, 18, DROP),
		JUMP(18, BPF_JGT, d->conf->port_last, DROP, TAKE),
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

/* D->priv is what keeps the kernel from answering. */
static void
packet_close(struct device *d)
{
	for (unsigned q = 0; q < d->queues; q++) {
		packet_queue_close(d->packet[q]);
		d->packet[q] = NULL;
		d->wait_fd[q] = -1;
	}
	device_let_kernel_speak(d->priv);
	d->priv = NULL;
}

static int
packet_open(struct device *d, struct rte_mempool *pool)
{
	int rc;

	if ((rc = device_find_kernel(d)) != 0)
		return rc;
	if ((d->priv = device_silence_kernel(d)) == NULL)
		return -EPERM;
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
