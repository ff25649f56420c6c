/* SPDX-License-Identifier: Apache-2.0
 *
 * One queue of a device of kind `packet`: a packet socket with a mapped ring for what comes,
 * and another socket for what leaves.  Ours rather than DPDK's net_af_packet, whose single
 * socket has the kernel look for room in other queues where there are none, and copy what is
 * sent twice.  Opened, counted and closed by main; a core receives and sends.  packet(7). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct packet_queue;
struct rte_eth_stats;
struct rte_mbuf;
struct rte_mempool;
struct sock_fprog;

enum {
	/* Bytes of a frame of the ring that the kernel puts in front of the packet, at most.
	 */
	PACKET_QUEUE_BEFORE = 80,
};

struct packet_queue_conf {
	int ifindex;
	unsigned frames; /* of the ring, a power of two that fills blocks of 64 KB */
	unsigned frame;  /* bytes of each, a power of two; a packet's part fits one of pool */
	struct rte_mempool *pool;
	const struct sock_fprog *filter; /* what the ring gets */
	bool shared;                     /* it is one of several, which share what comes */
};

/* GROUP: -1 for the first of several, which fills it in for the others.  NULL with errno:
 * EPERM, ENODEV, ENOMEM, ... */
struct packet_queue *packet_queue_open(const struct packet_queue_conf *conf, int *group);
void packet_queue_close(struct packet_queue *q); /* NULL is fine */

int packet_queue_fd(const struct packet_queue *q); /* readable when packets wait */

/* What came, at most N packets: how many. */
unsigned packet_queue_receive(struct packet_queue *q, struct rte_mbuf **pkt, unsigned n);

/* Send frames of one segment each: how many were sent.  The others stay the caller's, and are
 * at the end of PKT then, in their order: those that the interface refuses, while what is
 * behind them goes on, and all from where there is no room. */
unsigned packet_queue_send(struct packet_queue *q, struct rte_mbuf **pkt, unsigned n);

/* Add its counters to TO: what came and left, imissed for which the ring had no room,
 * rx_nombuf times that the pool had not the buffers asked for, oerrors that were too long for
 * the interface. */
void packet_queue_count(struct packet_queue *q, struct rte_eth_stats *to);
