/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `packet`: DPDK's net_af_packet, for interfaces without XDP and for
 * containers.  The kernel sees all packets as well, and is kept from answering media.  Main
 * thread.  packet(7). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include "dataplane/device_kinds.h"
#include "dataplane/log.h"
#include "dataplane/netlink.h"

enum {
	FRAMES = 1024,      /* of the receive and of the transmit ring */
	FRAME_HEADER = 80,  /* bytes of each that the kernel needs, at most */
	DRIVER_HEADER = 32, /* bytes of each that the driver does not count as packet */
	/* Bytes that frames are allocated by.  With each packet that is sent the kernel takes
	 * and gives back a reference to its block's first page: in blocks of one page (the
	 * driver's way) that count is a cold cache line each time. */
	BLOCK = 65536,
	NEIGHBOURS = 1024, /* permanent neighbours that are put back, at most */
};

struct packet {
	struct nft_ctx *nft; /* keeps the kernel from answering */
};

/* ---- Having the kernel give us only what we want ---- */

/* Let through what comes in for our ports, the mesh's among them, and fragments, which the
 * core counts.  Otherwise each packet of the interface, also what the kernel sends, would be
 * copied to us and end a core's sleep. */
static int
filter_socket(const struct device *d, int fd)
{
	enum { V6 = 12, PORT = 16, TAKE = 19, DROP = 20, LINES = 21 };
	enum { FRAGMENT = 0x3fff, TYPE = 12, IP = 14, IP6 = 14 }; /* offsets in the frame */
	/* A port that is none if there is no mesh. */
	const uint32_t mesh = d->conf->mesh_port != 0 ? d->conf->mesh_port : UINT32_MAX;
#define STMT(line, op, k) [line] = BPF_STMT(op, (uint32_t)(k))
#define JUMP(line, op, k, yes, no) \
	[line] = BPF_JUMP(BPF_JMP | (op) | BPF_K, k, (yes) - (line)-1, (no) - (line)-1)
	struct sock_filter code[LINES] = {
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
	struct sock_fprog prog = {.len = LINES, .filter = code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog) != 0)
		return device_fail(d, -errno, "cannot attach the socket filter");
	return 0;
}

/* ---- Neighbours set by hand, which the driver makes the kernel forget when it starts (it
 * sets the interface's MAC address to what it is) ---- */

struct kept {
	int ifindex;
	unsigned n;
	struct netlink_neigh neigh[NEIGHBOURS];
};

static void
keep(const struct nlmsghdr *h, void *arg)
{
	struct kept *k = arg;
	struct netlink_neigh nb;

	if (netlink_parse_neigh(h, &nb) == 0 && nb.ifindex == k->ifindex &&
		nb.state == NUD_PERMANENT && nb.has_mac && k->n < NEIGHBOURS)
		k->neigh[k->n++] = nb;
}

static int
start_keeping_neighbours(struct device *d)
{
	struct kept *k = calloc(1, sizeof *k);
	struct mnl_socket *s = netlink_open();
	int rc = -ENOMEM;

	if (k == NULL || s == NULL)
		goto out;
	k->ifindex = d->ifindex;
	netlink_dump(s, RTM_GETNEIGH, keep, k);
	rc = device_start(d);
	for (unsigned i = 0; i < k->n; i++)
		netlink_set_neigh(s, &k->neigh[i]);
out:
	if (s != NULL)
		mnl_socket_close(s);
	free(k);
	return rc;
}

/* ---- The device ---- */

/* A frame of the kernel's rings is a power of two that the driver can copy into one mbuf. */
static unsigned
frame_size(struct device *d, struct rte_mempool *pool)
{
	unsigned room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM, size = 2048;

	while (size < FRAME_HEADER + RTE_ETHER_HDR_LEN + (unsigned)d->mtu &&
		2 * size - DRIVER_HEADER <= room)
		size *= 2;
	return size;
}

/* The driver's sockets, one a queue: made one after the other, so in the order of their
 * numbers. */
static int
take_sockets(struct device *d, struct device_fds *fds)
{
	int rc;

	for (uint16_t q = 0; q < d->queues; q++) {
		if ((d->wait_fd[q] = device_new_fd(fds)) < 0)
			return device_fail(d, -ENOENT, "cannot find the packet socket");
		if ((rc = filter_socket(d, d->wait_fd[q])) != 0)
			return rc;
	}
	return 0;
}

static int
bring_up(struct device *d, struct rte_mempool *pool)
{
	unsigned frame = frame_size(d, pool);
	struct device_fds fds;
	int rc;

	device_limit_mtu(d, (uint16_t)(frame - FRAME_HEADER - RTE_ETHER_HDR_LEN));
	device_list_fds(&fds, AF_PACKET);
	rc = device_probe(d, "net_af_packet",
		"iface=%s,qpairs=%u,blocksz=%u,framesz=%u,framecnt=%d", d->conf->arg,
		d->queues, (unsigned)BLOCK, frame, FRAMES);
	if (rc != 0)
		return rc;
	if ((rc = take_sockets(d, &fds)) != 0)
		return rc;
	if ((rc = device_setup(d, pool, FRAMES, NULL)) != 0 ||
		(rc = start_keeping_neighbours(d)) != 0)
		return device_fail(d, rc,
			"cannot set up AF_PACKET (CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK?)");
	return 0;
}

static void
packet_close(struct device *d)
{
	struct packet *p = d->priv;

	device_remove(d);
	device_let_kernel_speak(p->nft);
	free(p);
	d->priv = NULL;
}

static int
packet_open(struct device *d, struct rte_mempool *pool)
{
	struct packet *p;
	int rc;

	if ((rc = device_find_kernel(d)) != 0)
		return rc;
	if ((d->priv = p = calloc(1, sizeof *p)) == NULL)
		return -ENOMEM;
	p->nft = device_silence_kernel(d);
	if ((rc = p->nft == NULL ? -EPERM : bring_up(d, pool)) != 0)
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
};
