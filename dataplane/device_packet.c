/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `packet`: DPDK's net_af_packet, for interfaces without XDP and for
 * containers.  The kernel sees all packets as well, so an nftables table of ours drops its
 * copy of the media; the table is owned by a socket of ours and vanishes with it, after a kill
 * -9 too.  Main thread.  packet(7), nft(8). */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <nftables/libnftables.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include "dataplane/device_kinds.h"
#include "dataplane/log.h"
#include "dataplane/netlink.h"

enum {
	FRAMES = 1024,      /* of the receive and of the transmit ring */
	FRAME_HEADER = 80,  /* bytes of each that the kernel needs, at most */
	DRIVER_HEADER = 32, /* bytes of each that the driver does not count as packet */
	BLOCK_MIN = 4096,   /* bytes that frames are allocated by */
	NEIGHBOURS = 1024,  /* permanent neighbours that are put back, at most */
};

struct packet {
	struct nft_ctx *nft; /* its socket owns the table */
};

/* ---- Keeping the kernel from answering ---- */

/* "ip daddr { 10.0.0.1, 10.0.0.2 } udp dport 30000-39999 drop"; nothing without addresses. */
static void
print_rule(FILE *f, const struct opt_interface *conf, uint16_t family, const char *proto)
{
	char text[INET6_ADDRSTRLEN];
	const char *before = "{ ";

	for (unsigned i = 0; i < conf->addresses; i++) {
		if (conf->address[i].family != family)
			continue;
		if (before[0] == '{')
			fprintf(f, "%s daddr ", proto);
		inet_ntop(family, conf->address[i].ip, text, sizeof text);
		fprintf(f, "%s%s", before, text);
		before = ", ";
	}
	if (before[0] != '{')
		fprintf(f, " } udp dport %u-%u drop\n", conf->port_first, conf->port_last);
}

/* With br_netfilter a packet meets the prerouting hook while it is in the bridge, before our
 * socket has seen it, and not again when it has left it. */
static bool
is_bridge(const struct device *d)
{
	struct mnl_socket *s = netlink_open();
	struct netlink_link l = {.bridge = false};

	if (s == NULL)
		return false;
	netlink_get_link(s, d->conf->arg, &l);
	mnl_socket_close(s);
	return l.bridge;
}

/* The table as a script; heap. */
static char *
table_script(const struct device *d)
{
	char *script = NULL;
	size_t size;
	FILE *f = open_memstream(&script, &size);

	if (f == NULL)
		return NULL;
	/* By number: a name could be changed, or hold what nft's grammar does not like. */
	fprintf(f,
		"table inet strowger_%d_%d {\n"
		"flags owner\n"
		"chain media {\n"
		"type filter hook %s priority raw; policy accept;\n"
		"meta iif != %d accept\n",
		getpid(), d->ifindex, is_bridge(d) ? "input" : "prerouting", d->ifindex);
	print_rule(f, d->conf, AF_INET, "ip");
	print_rule(f, d->conf, AF_INET6, "ip6");
	fprintf(f, "}\n}\n");
	fclose(f);
	return script;
}

static int
silence_kernel(struct device *d)
{
	struct packet *p = d->priv;
	char *script = table_script(d);

	if (script == NULL || (p->nft = nft_ctx_new(NFT_CTX_DEFAULT)) == NULL) {
		free(script);
		return device_fail(d, -ENOMEM, "cannot add the nftables table");
	}
	nft_ctx_buffer_output(p->nft);
	nft_ctx_buffer_error(p->nft);
	if (nft_run_cmd_from_buffer(p->nft, script) != 0) {
		log_err("interface %s: cannot add the nftables table that keeps the kernel from "
			"answering media on %s (CAP_NET_ADMIN? nf_tables in the kernel?): %s\n",
			d->conf->name, d->conf->arg, nft_ctx_get_error_buffer(p->nft));
		free(script);
		return -EPERM;
	}
	free(script);
	return 0;
}

/* ---- Having the kernel give us only what we want ---- */

/* Let through what comes in for our ports, and fragments, which the core counts.  Otherwise
 * each packet of the interface, also what the kernel sends, would be copied to us and end a
 * core's sleep. */
static int
filter_socket(const struct device *d, int fd)
{
	enum { V6 = 12, PORT = 16, TAKE = 18, DROP = 19, LINES = 20 };
	enum { FRAGMENT = 0x3fff, TYPE = 12, IP = 14, IP6 = 14 }; /* offsets in the frame */
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
		JUMP(PORT, BPF_JGE, d->conf->port_first, 17, DROP),
		JUMP(17, BPF_JGT, d->conf->port_last, DROP, TAKE),
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
		d->queues, RTE_MAX(frame, (unsigned)BLOCK_MIN), frame, FRAMES);
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
	if (p->nft != NULL)
		nft_ctx_free(p->nft); /* and the table is gone */
	free(p);
	d->priv = NULL;
}

static int
packet_open(struct device *d, struct rte_mempool *pool)
{
	int rc;

	if ((rc = device_find_kernel(d)) != 0)
		return rc;
	if ((d->priv = calloc(1, sizeof(struct packet))) == NULL)
		return -ENOMEM;
	if ((rc = silence_kernel(d)) != 0 || (rc = bring_up(d, pool)) != 0)
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
