/* SPDX-License-Identifier: Apache-2.0
 *
 * See capacity.h. */
#include "bench/capacity.h"

#include <errno.h>
#include <rte_alarm.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/circle.h"

enum {
	WAIT_MS = 5000,
	PAUSE_MS = 1,
	LATE_NS = 1000000000, /* nobody waits */
};

/* ---- The link ---- */

static void
pause_a_moment(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/* Wait until the switch's end is connected, or is not. */
static int
wait_for_link(const struct device *d, bool up)
{
	for (unsigned i = 0; i < WAIT_MS / PAUSE_MS; i++) {
		if (device_is_up(d) == up)
			return 0;
		pause_a_moment();
	}
	return -ETIMEDOUT;
}

static void
say_so(void *said)
{
	atomic_store((atomic_bool *)said, true);
}

/* Once the phones' end is closed, EAL's interrupt thread disconnects the switch's end, and
 * frees what closing it frees.  Wait until it has: what it is told later, it does later. */
static void
close_link(struct capacity *c)
{
	atomic_bool said = false;

	port_close(&c->phones);
	wait_for_link(&c->in.device, false);
	if (rte_eal_alarm_set(1, say_so, &said) != 0)
		return;
	while (!atomic_load(&said))
		pause_a_moment();
}

/* The switch listens.  The phones name its socket in another way: of one name the driver has
 * one socket a process, and that listens or connects. */
static int
open_link(struct capacity *c, unsigned calls)
{
	char socket[96], spec[112];
	struct inproc_conf conf = {.cores = 1,
		.queues = 1,
		.slots = 4 * calls,
		.memif = socket,
		.busy = true,
		.addresses = 2, /* one for each kind of call */
		.address = {{.family = AF_INET, .ip = {192, 0, 2, 1}},
			{.family = AF_INET, .ip = {192, 0, 2, 2}}},
		.port_first = CIRCLE_PORT,
		.port_last = UINT16_MAX};
	int err;

	snprintf(socket, sizeof socket, "%s/memif", c->dir);
	snprintf(spec, sizeof spec, "memif:%s/./memif", c->dir);
	if ((err = inproc_open(&c->in, &conf)) != 0)
		return err;
	c->phones.addr.family = AF_INET; /* each phone has its own */
	memcpy(c->phones.mac, inproc_peer, sizeof inproc_peer);
	if ((err = port_open(&c->phones, spec)) == 0 &&
		(err = wait_for_link(&c->in.device, true)) == 0)
		return 0;
	close_link(c);
	inproc_close(&c->in);
	return err;
}

/* ---- Calls ---- */

/* Leg I of call K: the switch's transport, and what its phone knows. */
static int
set_leg(struct capacity *c, enum capacity_way way, unsigned i, uint32_t slot, uint8_t suite,
	struct leg *leg)
{
	uint16_t local = way == CAPACITY_SRTP;
	struct sw_transport t = circle_transport(i, suite);

	t.slot = slot;
	t.id = 1 + slot;
	t.local = local;
	if (suite != SW_SUITE_PLAIN) {
		t.source = SW_SOURCE_AUTHENTICATED;
		t.unseal = t.seal;
		t.unseal.salt[0] = 2;
	}
	*leg = (struct leg){.phone = t.remote[0],
		.relay = c->in.conf.address[local],
		.phone_key = t.unseal,
		.relay_key = t.seal};
	leg->relay.port = t.port;
	memcpy(leg->relay_mac, inproc_mac, sizeof inproc_mac);
	return tables_transport_set(c->in.tables, &t);
}

static int
set_flow(struct capacity *c, uint32_t from, uint32_t to)
{
	const struct sw_flow flow = {.id = 1 + from,
		.slot = from,
		.sinks = 1,
		.sink = {{.id = 1 + to, .slot = to}}};

	return tables_flow_set(c->in.tables, &flow, NULL);
}

static int
set_call(struct capacity *c, enum capacity_way way, unsigned calls, unsigned k,
	const uint8_t suite[2], struct call *call)
{
	uint32_t slot = 2 * k + (way == CAPACITY_SRTP ? 2 * calls : 0);
	int err = 0;

	for (unsigned i = 0; i < 2 && err == 0; i++)
		err = set_leg(c, way, 2 * k + i, slot + i,
			way == CAPACITY_SRTP ? suite[i] : SW_SUITE_PLAIN, &call->leg[i]);
	for (unsigned i = 0; i < 2 && err == 0; i++)
		err = set_flow(c, slot + i, slot + !i);
	return err;
}

/* As many streams as calls have, of whom each hears itself. */
static void
mirror(struct call *call, unsigned calls)
{
	for (unsigned i = 2 * calls; i-- > 0;)
		call[i].leg[0] = call[i / 2].leg[i % 2];
}

static int
open_traffic(struct capacity *c, enum capacity_way way, unsigned calls, const uint8_t suite[2],
	struct call *call)
{
	struct traffic_conf conf = {.payload = CIRCLE_PAYLOAD,
		.late_ns = LATE_NS,
		.rate_max = CAPACITY_ROUND}; /* all of a round are under way at once */
	int err = 0;

	for (unsigned k = 0; k < calls && err == 0 && way != CAPACITY_MACSWAP; k++)
		err = set_call(c, way, calls, k, suite, &call[k]);
	if (err != 0)
		return err;
	if (way == CAPACITY_MACSWAP) {
		mirror(call, calls);
		conf.reflect = true;
		calls *= 2;
	}
	return traffic_open(&c->traffic[way], &conf, &c->phones, &c->phones, call, calls);
}

/* macswap last: its streams are those of the plain calls. */
static int
open_calls(struct capacity *c, unsigned calls, const uint8_t suite[2])
{
	static const enum capacity_way order[] = {
		CAPACITY_SRTP, CAPACITY_RTP, CAPACITY_MACSWAP};
	struct call *call = calloc(2 * calls, sizeof *call);
	int err = call != NULL ? 0 : -ENOMEM;

	for (unsigned i = 0; i < CAPACITY_WAYS && err == 0; i++)
		err = open_traffic(c, order[i], calls, suite, call);
	free(call);
	return err;
}

/* ---- Life ---- */

static void
close_dir(struct capacity *c)
{
	rmdir(c->dir); /* the device has removed its socket */
}

int
capacity_open(struct capacity *c, unsigned calls, const uint8_t suite[2])
{
	const char *tmp = getenv("TMPDIR");
	int err;

	memset(c, 0, sizeof *c);
	/* It warns that it cannot be shared with another process. */
	rte_log_set_level_pattern("pmd.net.memif", RTE_LOG_ERR);
	snprintf(
		c->dir, sizeof c->dir, "%s/strowger-bench-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(c->dir) == NULL) {
		err = -errno;
		goto no_dir;
	}
	if ((err = open_link(c, calls)) != 0)
		goto no_link;
	if ((err = open_calls(c, calls, suite)) != 0)
		goto no_calls;
	return 0;

no_calls:
	capacity_close(c);
	fprintf(stderr, "strowger-bench: no calls: %s\n", strerror(-err));
	return err;
no_link:
	close_dir(c);
no_dir:
	fprintf(stderr, "strowger-bench: no memif: %s\n", strerror(-err));
	return err;
}

unsigned
capacity_close(struct capacity *c)
{
	unsigned lost;

	for (unsigned way = 0; way < CAPACITY_WAYS; way++)
		traffic_close(&c->traffic[way]);
	close_link(c);
	lost = inproc_close(&c->in);
	close_dir(c);
	return lost;
}

/* ---- Rounds ---- */

static void
swap_addresses(struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct rte_ether_addr was = eth->dst_addr;

	eth->dst_addr = eth->src_addr;
	eth->src_addr = was;
}

/* What came until nothing does; how many. */
static unsigned
macswap(uint16_t port)
{
	struct rte_mbuf *pkt[BURST];
	unsigned all = 0;
	uint16_t n;

	while ((n = rte_eth_rx_burst(port, 0, pkt, BURST)) > 0) {
		uint16_t took;

		for (uint16_t i = 0; i < n; i++)
			swap_addresses(pkt[i]);
		took = rte_eth_tx_burst(port, 0, pkt, n);
		rte_pktmbuf_free_bulk(pkt + took, n - took);
		all += n;
	}
	return all;
}

static unsigned
turns(struct lcore *lc)
{
	unsigned all = 0, n;

	do {
		lc->now = rte_rdtsc();
		n = forward_turn(lc, lc->now);
		all += n;
	} while (n > 0);
	return all;
}

struct capacity_round
capacity_go(struct capacity *c, enum capacity_way way, bool verify)
{
	struct traffic *t = &c->traffic[way];
	uint64_t sent = t->tally.sent, back = t->tally.returned, began;
	struct capacity_round r;

	t->conf.verify = verify;
	sink_take(t); /* makes room: the phones' driver gives the switch's buffers there */
	for (unsigned i = 0; i < CAPACITY_ROUND; i += PORT_BURST)
		source_send(t, PORT_BURST);
	began = rte_rdtsc();
	r.taken = way == CAPACITY_MACSWAP ? macswap(c->in.device.port_id)
					  : turns(&c->in.lcore[0]);
	r.cycles = rte_rdtsc() - began;
	while (sink_take(t) > 0)
		;
	r.sent = (unsigned)(t->tally.sent - sent);
	r.back = (unsigned)(t->tally.returned - back);
	return r;
}

void
capacity_rest(struct capacity *c)
{
	rte_rcu_qsbr_quiescent(c->in.rcu, 0);
	inproc_main(&c->in, rte_rdtsc());
}
