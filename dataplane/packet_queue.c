/* SPDX-License-Identifier: Apache-2.0
 *
 * See packet_queue.h.  What comes is copied out of the ring, for buffers go on to other
 * devices; what leaves is copied by the kernel, straight out of the buffers: a transmit ring
 * would take a copy to get there, and veth takes a second one out of its pages. */
#include "dataplane/packet_queue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <rte_common.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/lcore.h"

enum {
	BLOCK = 65536,        /* bytes that frames are allocated by */
	SEND_BYTES = 4 << 20, /* what may be on its way through the kernel */
};

struct packet_queue {
	/* Of receiving: the core's. */
	alignas(RTE_CACHE_LINE_SIZE) uint8_t *ring;
	struct rte_mempool *pool;
	unsigned frames, frame; /* as in the configuration */
	unsigned next;          /* frame of the ring */
	int rx;
	_Atomic uint64_t rx_packets, rx_bytes, rx_nombuf; /* written by the core */

	/* Of sending: the core's. */
	alignas(RTE_CACHE_LINE_SIZE) int tx;
	_Atomic uint64_t tx_packets, tx_bytes, tx_errors; /* written by the core */
	struct iovec io[BURST];
	struct mmsghdr msg[BURST];

	uint64_t missed; /* main's: the kernel's count begins anew when it is read */
};

/* ---- Opening ---- */

static int
set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof value);
}

static int
bind_to(int fd, int ifindex, uint16_t protocol)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = ifindex};

	return bind(fd, (const struct sockaddr *)&ll, sizeof ll);
}

/* Datagrams of one direction of one stream come to one of those who share; when its ring is
 * full, to another.  A group is asked for itself whether it ignores what the kernel sends;
 * kernels older than the flag take it without a meaning, and the filter refuses those. */
static int
join(int fd, int *group)
{
	enum { IGNORE_OUTGOING = 0x4000 }; /* PACKET_FANOUT_FLAG_: newer than the headers */
	enum { HOW = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_ROLLOVER | IGNORE_OUTGOING };
	enum { HIGH = 16 };
	int number = *group; /* the kernel counts from 0 */
	socklen_t len = sizeof number;

	if (number >= 0)
		return set(fd, PACKET_FANOUT, number | HOW << HIGH);
	if (set(fd, PACKET_FANOUT, (HOW | PACKET_FANOUT_FLAG_UNIQUEID) << HIGH) != 0 ||
		getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &number, &len) != 0)
		return -1;
	*group = number & UINT16_MAX;
	return 0;
}

static int
open_rx(struct packet_queue *q, const struct packet_queue_conf *conf, int *group)
{
	size_t size = (size_t)conf->frames * conf->frame;
	struct tpacket_req req = {.tp_block_size = BLOCK,
		.tp_block_nr = (unsigned)(size / BLOCK),
		.tp_frame_size = conf->frame,
		.tp_frame_nr = conf->frames};

	if ((q->rx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) < 0)
		return -1;
	/* The filter refuses what the kernel sends, too; not to be asked is faster. */
	set(q->rx, PACKET_IGNORE_OUTGOING, 1);
	if (setsockopt(q->rx, SOL_SOCKET, SO_ATTACH_FILTER, conf->filter,
		    sizeof *conf->filter) != 0 ||
		set(q->rx, PACKET_VERSION, TPACKET_V2) != 0 ||
		setsockopt(q->rx, SOL_PACKET, PACKET_RX_RING, &req, sizeof req) != 0)
		return -1;
	q->ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, q->rx, 0);
	if (q->ring == MAP_FAILED || bind_to(q->rx, conf->ifindex, ETH_P_ALL) != 0)
		return -1;
	return conf->shared ? join(q->rx, group) : 0;
}

/* As much as we want; without CAP_NET_ADMIN in the host's user namespace (rootless
 * containers), as much as net.core.wmem_max allows, which does. */
static void
widen(int fd)
{
	int bytes = SEND_BYTES;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

/* Of no protocol: it receives nothing. */
static int
open_tx(struct packet_queue *q, const struct packet_queue_conf *conf)
{
	if ((q->tx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) < 0 ||
		set(q->tx, PACKET_QDISC_BYPASS, 1) != 0)
		return -1;
	widen(q->tx);
	for (unsigned i = 0; i < BURST; i++)
		q->msg[i].msg_hdr = (struct msghdr){.msg_iov = &q->io[i], .msg_iovlen = 1};
	return bind_to(q->tx, conf->ifindex, 0);
}

struct packet_queue *
packet_queue_open(const struct packet_queue_conf *conf, int *group)
{
	struct packet_queue *q = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof *q);

	if (q == NULL)
		return NULL;
	*q = (struct packet_queue){.ring = MAP_FAILED,
		.pool = conf->pool,
		.frames = conf->frames,
		.frame = conf->frame,
		.rx = -1,
		.tx = -1};
	if (open_rx(q, conf, group) == 0 && open_tx(q, conf) == 0)
		return q;
	packet_queue_close(q);
	return NULL;
}

void
packet_queue_close(struct packet_queue *q)
{
	int err = errno; /* of what made packet_queue_open() give up */

	if (q == NULL)
		return;
	if (q->ring != MAP_FAILED)
		munmap(q->ring, (size_t)q->frames * q->frame);
	if (q->rx >= 0)
		close(q->rx);
	if (q->tx >= 0)
		close(q->tx);
	free(q);
	errno = err;
}

int
packet_queue_fd(const struct packet_queue *q)
{
	return q->rx;
}

/* ---- Counting ---- */

static uint64_t
read_of(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void
packet_queue_count(struct packet_queue *q, struct rte_eth_stats *to)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof stats;

	if (getsockopt(q->rx, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		q->missed += stats.tp_drops;
	to->ipackets += read_of(&q->rx_packets);
	to->ibytes += read_of(&q->rx_bytes);
	to->imissed += q->missed;
	to->rx_nombuf += read_of(&q->rx_nombuf);
	to->opackets += read_of(&q->tx_packets);
	to->obytes += read_of(&q->tx_bytes);
	to->oerrors += read_of(&q->tx_errors);
}

/* ---- Receiving ---- */

static struct tpacket2_hdr *
frame_of(const struct packet_queue *q, unsigned i)
{
	return (struct tpacket2_hdr *)(void *)(q->ring +
					       (size_t)(i & (q->frames - 1)) * q->frame);
}

/* How many of the next N frames are ours.  Nothing is fetched ahead: that takes lines from the
 * CPU that is about to write them, and cost a fifth of the rate on veth. */
static unsigned
count_ready(const struct packet_queue *q, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		struct tpacket2_hdr *h = frame_of(q, q->next + i);

		if (!(atomic_load_explicit(
			      (_Atomic uint32_t *)&h->tp_status, memory_order_acquire) &
			    TP_STATUS_USER))
			break;
	}
	return i;
}

/* The packet of frame H, which becomes the kernel's again. */
static void
take_frame(struct tpacket2_hdr *h, struct rte_mbuf *m)
{
	uint32_t len = h->tp_snaplen;

	memcpy(rte_pktmbuf_mtod(m, uint8_t *), (const uint8_t *)h + h->tp_mac, len);
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
	if (h->tp_status & TP_STATUS_VLAN_VALID) {
		m->vlan_tci = h->tp_vlan_tci;
		m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	}
	atomic_store_explicit(
		(_Atomic uint32_t *)&h->tp_status, TP_STATUS_KERNEL, memory_order_release);
}

/* Buffers for N frames, or for fewer where the pool is nearly empty: how many. */
static unsigned
get_buffers(struct packet_queue *q, struct rte_mbuf **pkt, unsigned n)
{
	for (; n > 0; n /= 2) {
		if (rte_pktmbuf_alloc_bulk(q->pool, pkt, n) == 0)
			return n;
		count_add(&q->rx_nombuf, 1);
	}
	return 0;
}

unsigned
packet_queue_receive(struct packet_queue *q, struct rte_mbuf **pkt, unsigned n)
{
	unsigned ready = get_buffers(q, pkt, count_ready(q, n));
	uint64_t bytes = 0;

	if (ready == 0)
		return 0;
	for (unsigned i = 0; i < ready; i++) {
		take_frame(frame_of(q, q->next + i), pkt[i]);
		bytes += rte_pktmbuf_pkt_len(pkt[i]);
	}
	q->next += ready;
	count_add(&q->rx_packets, ready);
	count_add(&q->rx_bytes, bytes);
	return ready;
}

/* ---- Sending ---- */

/* Count the N packets that have left, and free them. */
static void
count_sent(struct packet_queue *q, struct rte_mbuf **pkt, unsigned n)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += rte_pktmbuf_pkt_len(pkt[i]);
	count_add(&q->tx_packets, n);
	count_add(&q->tx_bytes, bytes);
	rte_pktmbuf_free_bulk(pkt, n);
}

/* What has become of a burst. */
struct sending {
	unsigned done;    /* packets in front that the kernel has said something about */
	unsigned refused; /* of these it did not take, now the first of pkt[] */
	bool in_doubt;    /* the last one was refused as if for want of room */
};

/* The packet at PKT[s->done] will not leave. */
static void
put_aside(struct sending *s, struct rte_mbuf **pkt)
{
	pkt[s->refused++] = pkt[s->done++];
}

/* PKT[s->done] was refused because of ERROR: whether to try the next one.  ENOBUFS may mean
 * that there is no room, or that the interface did not like this one packet: veth, when its
 * peer's MTU is smaller. */
static bool
goes_on(struct packet_queue *q, struct sending *s, struct rte_mbuf **pkt, int error)
{
	if (error == EMSGSIZE)
		count_add(&q->tx_errors, 1);
	else if (error != ENOBUFS || s->in_doubt)
		return false; /* no room, or the link is down */
	s->in_doubt = error == ENOBUFS;
	put_aside(s, pkt);
	return true;
}

/* Send PKT[s->done] and the N - 1 behind it, at most BURST; whether to go on with others. */
static bool
send_some(struct packet_queue *q, struct sending *s, struct rte_mbuf **pkt, unsigned n)
{
	unsigned first = s->done, end = s->done + n;

	for (unsigned i = 0; i < n; i++)
		q->io[i] = (struct iovec){.iov_base = rte_pktmbuf_mtod(pkt[first + i], void *),
			.iov_len = rte_pktmbuf_data_len(pkt[first + i])};
	while (s->done < end) {
		int sent = sendmmsg(
			q->tx, q->msg + (s->done - first), end - s->done, MSG_DONTWAIT);

		if (sent > 0) {
			count_sent(q, pkt + s->done, (unsigned)sent);
			s->done += (unsigned)sent;
			s->in_doubt = false;
		} else if (!goes_on(q, s, pkt, sent < 0 ? errno : EAGAIN)) {
			return false;
		}
	}
	return true;
}

unsigned
packet_queue_send(struct packet_queue *q, struct rte_mbuf **pkt, unsigned n)
{
	struct sending s = {.done = 0};
	unsigned sent;

	while (s.done < n && send_some(q, &s, pkt, RTE_MIN(n - s.done, (unsigned)BURST)))
		;
	sent = s.done - s.refused;
	memmove(pkt + sent, pkt, s.refused * sizeof pkt[0]);
	return sent;
}
