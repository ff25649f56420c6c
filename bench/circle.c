/* SPDX-License-Identifier: Apache-2.0
 *
 * See circle.h.  Main thread, but for turn_round(), which runs on the cores. */
#include "bench/circle.h"

#include <errno.h>
#include <netinet/in.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"

enum {
	IP_AT = 14,
	UDP_AT = IP_AT + 20,
	RTP_AT = UDP_AT + 8,
	FRAME = RTP_AT + RTP_HEADER + CIRCLE_PAYLOAD,
	MBUFS_MIN = 4095,
	RING_MIN = 1024,
};

/* The phones' own sealing, of the N frames that they send by QUEUE. */
static void
seal_as_phones(struct circle *c, uint16_t queue, struct rte_mbuf **pkt, uint16_t n)
{
	struct seal_job job[SEAL_BURST];

	for (uint16_t i = 0; i < n; i++) {
		uint8_t *rtp = rte_pktmbuf_mtod_offset(pkt[i], uint8_t *, RTP_AT);
		uint32_t slot = (rtp_get16(rtp - 6) - CIRCLE_PORT) / 2u;
		struct circle_phone *phone = &c->phone[slot];

		rtp_put16(rtp + 2, (uint16_t)phone->index);
		job[i] = (struct seal_job){.key = phone->seal,
			.pkt = rtp,
			.index = phone->index++,
			.len = FRAME - RTP_AT,
			.clear = RTP_HEADER};
	}
	seal_burst(c->lane[queue], job, n);
	for (uint16_t i = 0; i < n; i++) {
		uint8_t *f = rte_pktmbuf_mtod(pkt[i], uint8_t *);

		pkt[i]->data_len = (uint16_t)(RTP_AT + job[i].len);
		pkt[i]->pkt_len = pkt[i]->data_len;
		rtp_put16(f + IP_AT + 2, (uint16_t)(pkt[i]->data_len - IP_AT));
		rtp_put16(f + UDP_AT + 4, (uint16_t)(pkt[i]->data_len - UDP_AT));
	}
}

/* The frame comes back as the next packet of the phone that it was for.  What sealing has
 * added is cut off, so that it is plain RTP again. */
static uint16_t
turn_round(uint16_t port, uint16_t queue, struct rte_mbuf **pkt, uint16_t n, uint16_t max,
	void *circle)
{
	struct circle *c = circle;
	uint64_t began = c->timed ? rte_rdtsc() : 0;

	for (uint16_t i = 0; i < n; i++) {
		uint8_t *f = rte_pktmbuf_mtod(pkt[i], uint8_t *);
		uint32_t from, to, ports;

		memcpy(&from, f + IP_AT + 12, sizeof from);
		memcpy(&to, f + IP_AT + 16, sizeof to);
		memcpy(&ports, f + UDP_AT, sizeof ports);
		ports = ports << 16 | ports >> 16;
		memcpy(f + IP_AT + 12, &to, sizeof to);
		memcpy(f + IP_AT + 16, &from, sizeof from);
		memcpy(f + UDP_AT, &ports, sizeof ports);
		rtp_put16(f + IP_AT + 2, FRAME - IP_AT);
		rtp_put16(f + UDP_AT + 4, FRAME - UDP_AT);
		rtp_put16(f + RTP_AT + 2, (uint16_t)(rtp_seq(f + RTP_AT) + 1));
		pkt[i]->data_len = FRAME;
		pkt[i]->pkt_len = FRAME;
		pkt[i]->ol_flags = 0;
	}
	if (c->phone != NULL)
		seal_as_phones(c, queue, pkt, n);
	if (c->timed)
		c->turned += rte_rdtsc() - began;
	return n;
}

static uint32_t
power_of_two_above(uint32_t n)
{
	return 1u << (32 - __builtin_clz(n));
}

int
circle_open(struct circle *c, unsigned cores, unsigned calls, bool crossing, bool busy)
{
	uint32_t packets = power_of_two_above(calls);
	const struct inproc_conf conf = {.cores = cores,
		.queues = cores,
		.slots = 2 * (calls + cores),
		.mbufs = RTE_MAX(packets - 1, (uint32_t)MBUFS_MIN),
		.ring = RTE_MAX(packets, (uint32_t)RING_MIN),
		.busy = busy,
		.back_to_back = true,
		.addresses = 1,
		.address = {{.family = AF_INET, .ip = {192, 0, 2, 1}}},
		.port_first = CIRCLE_PORT,
		.port_last = UINT16_MAX};
	int err = inproc_open(&c->in, &conf);

	if (err != 0)
		return err;
	c->crossing = crossing;
	c->phone = NULL;
	c->timed = false;
	c->turned = 0;
	for (uint16_t q = 0; q < cores; q++)
		c->far_side[q] =
			rte_eth_add_rx_callback(c->in.device.port_id, q, turn_round, c);
	return 0;
}

void
circle_close(struct circle *c)
{
	/* A port that is closed leaves them to the next one of its number. */
	for (uint16_t q = 0; q < c->in.conf.queues; q++)
		rte_eth_remove_rx_callback(c->in.device.port_id, q, c->far_side[q]);
	if (c->phone != NULL) {
		for (uint32_t slot = 0; slot < c->in.conf.slots; slot++)
			seal_close(c->phone[slot].seal);
		for (unsigned q = 0; q < c->in.conf.queues; q++)
			seal_lane_close(c->lane[q]);
		free(c->phone);
	}
	inproc_close(&c->in);
}

int
circle_secure(struct circle *c, const uint8_t suite[2])
{
	unsigned q = 0;

	memcpy(c->suite, suite, sizeof c->suite);
	if ((c->phone = calloc(c->in.conf.slots, sizeof *c->phone)) == NULL)
		return -ENOMEM;
	while (q < c->in.conf.queues && (c->lane[q] = seal_lane_open()) != NULL)
		q++;
	if (q == c->in.conf.queues)
		return 0;
	while (q-- > 0)
		seal_lane_close(c->lane[q]);
	free(c->phone);
	c->phone = NULL;
	return -ENOMEM;
}

void
circle_legs(const struct circle *c, unsigned k, uint32_t slot[2])
{
	unsigned cores = c->in.conf.cores, core = k % cores, row = k / cores;

	slot[0] = 2 * row * cores + core;
	slot[1] = (2 * row + 1) * cores + (core + c->crossing) % cores;
}

static struct sw_addr
phone(uint32_t slot)
{
	return (struct sw_addr){.family = AF_INET,
		.port = 4000,
		.ip = {198, 18, (uint8_t)(slot >> 8), (uint8_t)slot}};
}

struct sw_transport
circle_transport(uint32_t slot, uint8_t suite)
{
	struct sw_transport t = {.id = 1 + slot,
		.slot = slot,
		.clock_hz = 8000,
		.port = (uint16_t)(CIRCLE_PORT + 2 * slot),
		.source = SW_SOURCE_SIGNALLED,
		.dscp = 46,
		.ssrcs = SW_SSRCS,
		.remote = {phone(slot), phone(slot)},
		.seal.suite = suite};

	memset(t.seal.key, (int)(1 + slot % 251), sw_suite_info(suite)->key_len);
	memset(t.seal.salt, 1, sw_suite_info(suite)->salt_len);
	return t;
}

/* T's phone speaks SUITE; what it seals with is T's unseal key. */
static int
secure(struct circle *c, struct sw_transport *t, uint8_t suite)
{
	struct seal **seal = &c->phone[t->slot].seal;

	t->source = SW_SOURCE_AUTHENTICATED;
	t->unseal = t->seal;
	memset(t->unseal.salt, 2, sw_suite_info(suite)->salt_len);
	*seal = seal_open(&t->unseal, false);
	return *seal != NULL ? 0 : -errno;
}

int
circle_set(struct circle *c, unsigned k, uint8_t suite)
{
	uint32_t slot[2];
	int err = 0;

	circle_legs(c, k, slot);
	for (unsigned i = 0; i < 2 && err == 0; i++) {
		struct sw_transport t =
			circle_transport(slot[i], c->phone != NULL ? c->suite[i] : suite);

		if (c->phone != NULL)
			err = secure(c, &t, c->suite[i]);
		if (err == 0)
			err = tables_transport_set(c->in.tables, &t);
	}
	for (unsigned i = 0; i < 2 && err == 0; i++) {
		struct sw_flow flow = {.id = 1 + slot[i],
			.slot = slot[i],
			.sinks = 1,
			.sink = {{.id = 1 + slot[!i], .slot = slot[!i]}}};

		err = tables_flow_set(c->in.tables, &flow, NULL);
	}
	return err;
}

struct rte_mbuf *
circle_packet(struct circle *c, uint32_t slot, uint16_t seq)
{
	const struct sw_addr to = phone(slot);
	struct rte_mbuf *m = rte_pktmbuf_alloc(c->in.pool);
	uint8_t *f = m != NULL ? (uint8_t *)rte_pktmbuf_append(m, FRAME) : NULL;

	if (f == NULL)
		return NULL;
	memset(f, 0, FRAME);
	memcpy(f, inproc_peer, sizeof inproc_peer);
	memcpy(f + 6, inproc_mac, sizeof inproc_mac);
	rtp_put16(f + 12, RTE_ETHER_TYPE_IPV4);
	f[IP_AT] = 0x45;
	f[IP_AT + 8] = 64;
	f[IP_AT + 9] = IPPROTO_UDP;
	memcpy(f + IP_AT + 12, c->in.conf.address[0].ip, 4);
	memcpy(f + IP_AT + 16, to.ip, 4);
	rtp_put16(f + UDP_AT, (uint16_t)(CIRCLE_PORT + 2 * slot));
	rtp_put16(f + UDP_AT + 2, to.port);
	f[RTP_AT] = 0x80;
	rtp_put16(f + RTP_AT + 2, seq);
	rtp_put16(f + RTP_AT + 10, (uint16_t)slot);
	return m;
}

int
circle_put(struct circle *c, uint32_t slot, struct rte_mbuf *m)
{
	unsigned core = sw_core_of((uint16_t)(CIRCLE_PORT + 2 * slot), c->in.conf.cores);

	return rte_ring_enqueue(c->in.in[core], m);
}

int
circle_fill(struct circle *c, unsigned calls, uint8_t seal)
{
	for (unsigned k = 0; k < calls; k++) {
		struct rte_mbuf *m;
		uint32_t slot[2];
		int err = circle_set(c, k, seal);

		if (err != 0)
			return err;
		circle_legs(c, k, slot);
		if ((m = circle_packet(c, slot[k % 2], 0)) == NULL)
			return -ENOMEM;
		if ((err = circle_put(c, slot[k % 2], m)) != 0)
			return err;
	}
	return 0;
}
