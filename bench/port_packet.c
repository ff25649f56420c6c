/* SPDX-License-Identifier: Apache-2.0
 *
 * A port on a kernel interface: AF_PACKET, past the kernel's queues on the way out (sendmmsg;
 * on veth as fast as a transmit ring, and simpler), from a mapped ring on the way in.  The
 * kernel's IP stack sees each frame as well: an nftables table drops its copy for the phones'
 * ports, after our ring had it, and vanishes with us.  packet(7). */
#include "bench/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <nftables/libnftables.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/neighbour.h"
#include "bench/netns.h"
#include "bench/wire.h"
#include "dataplane/seal.h"

enum {
	SLOT = 2048,  /* bytes of a frame in the ring, and of a send buffer */
	SLOTS = 8192, /* of the ring: 10 ms at 800,000 packets/s */
	BLOCK = 1 << 16,
	SEND_BYTES = 8 << 20, /* socket buffer */
};
static_assert(TPACKET2_HDRLEN + WIRE_FRAME_MAX + SEAL_TAILROOM <= SLOT, "a frame fits a slot");

struct packet {
	int rx, tx;
	int ifindex;
	struct nft_ctx *nft; /* holds the table */
	uint8_t *ring;
	unsigned head;  /* next slot that the kernel fills */
	unsigned taken; /* slots before it that the caller holds */
	uint8_t buffer[PORT_BURST][SLOT];
	struct iovec io[PORT_BURST];
	struct mmsghdr msg[PORT_BURST];
};

static struct tpacket2_hdr *
slot(const struct packet *k, unsigned i)
{
	return (struct tpacket2_hdr *)(void *)(k->ring + (size_t)(i % SLOTS) * SLOT);
}

/* The interface's MAC address, and its first address unless one was given. */
static int
look_up_addresses(struct port *p)
{
	struct ifaddrs *list, *a;
	static const uint8_t none[6];

	if (getifaddrs(&list) < 0)
		return -errno;
	for (a = list; a != NULL; a = a->ifa_next) {
		if (a->ifa_addr == NULL || strcmp(a->ifa_name, p->arg) != 0)
			continue;
		if (a->ifa_addr->sa_family == AF_PACKET && memcmp(p->mac, none, 6) == 0) {
			const struct sockaddr_ll *ll = (const void *)a->ifa_addr;
			memcpy(p->mac, ll->sll_addr, 6);
		} else if (a->ifa_addr->sa_family == AF_INET && p->addr.family == 0) {
			const struct sockaddr_in *in = (const void *)a->ifa_addr;
			p->addr.family = AF_INET;
			memcpy(p->addr.ip, &in->sin_addr, 4);
		}
	}
	freeifaddrs(list);
	return p->addr.family != 0 ? 0 : -EADDRNOTAVAIL;
}

static int
open_rx(struct packet *k)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol =
			htons(ETH_P_ALL), /* these are served before the ingress hook */
		.sll_ifindex = k->ifindex,
	};
	struct tpacket_req ring = {
		.tp_block_size = BLOCK,
		.tp_block_nr = (unsigned)((size_t)SLOTS * SLOT / BLOCK),
		.tp_frame_size = SLOT,
		.tp_frame_nr = SLOTS,
	};
	int version = TPACKET_V2, one = 1;

	k->rx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (k->rx < 0 ||
		setsockopt(k->rx, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
		setsockopt(k->rx, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
		setsockopt(k->rx, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) < 0)
		return -errno;
	k->ring =
		mmap(NULL, (size_t)SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, k->rx, 0);
	if (k->ring == MAP_FAILED || bind(k->rx, (const struct sockaddr *)&ll, sizeof ll) < 0)
		return -errno;
	return 0;
}

static int
open_tx(struct packet *k)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_ifindex = k->ifindex};
	int one = 1, bytes = SEND_BYTES;

	k->tx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (k->tx < 0 ||
		setsockopt(k->tx, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) < 0 ||
		setsockopt(k->tx, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0 ||
		bind(k->tx, (const struct sockaddr *)&ll, sizeof ll) < 0)
		return -errno;
	for (unsigned i = 0; i < PORT_BURST; i++) {
		k->io[i].iov_base = k->buffer[i];
		k->msg[i].msg_hdr.msg_iov = &k->io[i];
		k->msg[i].msg_hdr.msg_iovlen = 1;
	}
	return 0;
}

/* Keep the kernel from answering the phones' packets with "port unreachable". */
static int
open_drop(struct packet *k, const struct port *p)
{
	char rules[512];

	snprintf(rules, sizeof rules,
		"add table netdev strowger_bench_%d_%d { flags owner; }\n"
		"add chain netdev strowger_bench_%d_%d in "
		"{ type filter hook ingress device %s priority 0; }\n"
		"add rule netdev strowger_bench_%d_%d in udp dport %u-%u drop\n",
		getpid(), k->rx, getpid(), k->rx, p->arg, getpid(), k->rx, p->port_first,
		p->port_last);
	k->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (k->nft == NULL)
		return -ENOMEM;
	return nft_run_cmd_from_buffer(k->nft, rules) == 0 ? 0 : -EPERM;
}

static void
packet_close(struct port *p)
{
	struct packet *k = p->priv;

	if (k->nft != NULL)
		nft_ctx_free(k->nft);
	if (k->ring != NULL && k->ring != MAP_FAILED)
		munmap(k->ring, (size_t)SLOTS * SLOT);
	if (k->rx >= 0)
		close(k->rx);
	if (k->tx >= 0)
		close(k->tx);
	free(k);
}

static int
packet_open(struct port *p)
{
	int error, back = netns_enter(p->netns);
	struct packet *k;

	if (back < 0) {
		fprintf(stderr, "strowger-bench: network namespace %s: %s\n", p->netns,
			strerror(-back));
		return back;
	}
	k = calloc(1, sizeof *k);
	if (k == NULL) {
		netns_leave(back);
		return -ENOMEM;
	}
	p->priv = k;
	k->rx = k->tx = -1;
	k->ifindex = (int)if_nametoindex(p->arg);
	error = k->ifindex == 0 ? -errno : look_up_addresses(p);
	if (error == 0)
		error = open_rx(k);
	if (error == 0)
		error = open_tx(k);
	if (error == 0)
		error = open_drop(k, p);
	netns_leave(back);
	if (error != 0) {
		fprintf(stderr, "strowger-bench: interface %s: %s%s\n", p->arg,
			strerror(-error),
			error == -EPERM ? " (raw sockets and nftables need root)" : "");
		packet_close(p);
		return error;
	}
	p->fd = k->rx;
	return 0;
}

static unsigned
packet_room(struct port *p, uint8_t **frame, unsigned n)
{
	struct packet *k = p->priv;

	for (unsigned i = 0; i < n; i++)
		frame[i] = k->buffer[i];
	return n;
}

static unsigned
packet_send(struct port *p, const uint16_t *len, unsigned n)
{
	struct packet *k = p->priv;
	int sent;

	for (unsigned i = 0; i < n; i++)
		k->io[i].iov_len = len[i];
	sent = sendmmsg(k->tx, k->msg, n, MSG_DONTWAIT);
	return sent < 0 ? 0 : (unsigned)sent;
}

static unsigned
packet_take(struct port *p, struct port_frame *frame, unsigned n)
{
	struct packet *k = p->priv;
	unsigned i;

	for (i = 0; i < k->taken; i++)
		atomic_store_explicit(
			(_Atomic uint32_t *)&slot(k, k->head - k->taken + i)->tp_status,
			TP_STATUS_KERNEL, memory_order_release);
	for (i = 0; i < n; i++) {
		struct tpacket2_hdr *h = slot(k, k->head + i);
		uint32_t status = atomic_load_explicit(
			(_Atomic uint32_t *)&h->tp_status, memory_order_acquire);

		if (!(status & TP_STATUS_USER))
			break;
		frame[i].data = (uint8_t *)h + h->tp_mac;
		frame[i].len = (uint16_t)h->tp_snaplen;
		frame[i].partial = status & TP_STATUS_CSUMNOTREADY;
	}
	k->head += i;
	k->taken = i;
	return i;
}

static int
packet_find(struct port *p, const struct sw_addr *addr, uint8_t mac[6])
{
	const struct packet *k = p->priv;
	int error, back = netns_enter(p->netns);

	if (back < 0)
		return back;
	error = neighbour_find(k->ifindex, addr, mac);
	netns_leave(back);
	return error;
}

static uint64_t
packet_missed(struct port *p)
{
	const struct packet *k = p->priv;
	struct tpacket_stats stats;
	socklen_t len = sizeof stats;

	/* Reading resets the kernel's count. */
	if (getsockopt(k->rx, SOL_PACKET, PACKET_STATISTICS, &stats, &len) < 0)
		return 0;
	return stats.tp_drops;
}

const struct port_kind port_packet = {
	.name = "packet",
	.help = "a kernel interface: packet:eth0",
	.open = packet_open,
	.room = packet_room,
	.send = packet_send,
	.take = packet_take,
	.find = packet_find,
	.missed = packet_missed,
	.close = packet_close,
};
