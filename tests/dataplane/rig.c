/* SPDX-License-Identifier: Apache-2.0
 *
 * See rig.h. */
#include "tests/dataplane/rig.h"

#include <arpa/inet.h>
#include <check.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/log.h"
#include "dataplane/rtp.h"

enum { POOL = 1023, RING = 256 };

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t their_mac[6] = {2, 0, 0, 0, 0, 2};

/* Next hops as configured: nothing of a kernel below. */
static const struct device_kind rings = {.name = "rings"};

static void
start_eal(void)
{
	static char word[][16] = {"test", "--no-huge", "--no-pci", "--no-shconf",
		"--no-telemetry", "-m", "64", "--lcores", "0", "--log-level", "error"};
	static char *args[RTE_DIM(word) + 1];
	static bool started;

	if (started)
		return;
	for (unsigned i = 0; i < RTE_DIM(word); i++)
		args[i] = word[i];
	ck_assert_int_ge(rte_eal_init(RTE_DIM(word), args), 0);
	log_open(1);
	ck_assert_int_eq(seal_init("burst"), 0);
	started = true;
}

struct sw_addr
rig_addr(const char *text, uint16_t port)
{
	struct sw_addr a = {.port = port};

	a.family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(a.family, text, a.ip), 1);
	return a;
}

static void
nothing_changed(void *arg)
{
}

static struct rte_ring *
open_ring(const char *what, unsigned serial)
{
	char name[32];
	struct rte_ring *ring;

	snprintf(name, sizeof name, "%s%u", what, serial);
	ring = rte_ring_create(name, RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	ck_assert_ptr_nonnull(ring);
	return ring;
}

/* DPDK's port on the rings. */
static uint16_t
open_port(struct rig *r, unsigned queues, unsigned serial)
{
	uint16_t port;
	char name[32];

	snprintf(name, sizeof name, "port%u", serial);
	port = (uint16_t)rte_eth_from_rings(
		name, r->in, queues, r->out, queues, SOCKET_ID_ANY);
	ck_assert_int_eq(rte_eth_dev_configure(port, (uint16_t)queues, (uint16_t)queues,
				 &(struct rte_eth_conf){0}),
		0);
	for (uint16_t q = 0; q < queues; q++) {
		ck_assert_int_eq(rte_eth_rx_queue_setup(port, q, RING, 0, NULL, r->pool), 0);
		ck_assert_int_eq(rte_eth_tx_queue_setup(port, q, RING, 0, NULL), 0);
	}
	ck_assert_int_eq(rte_eth_dev_start(port), 0);
	return port;
}

static void
open_device(struct rig *r, unsigned queues)
{
	static unsigned serial;
	char name[32];

	snprintf(name, sizeof name, "rig%u", serial++);
	r->pool = rte_pktmbuf_pool_create(name, POOL, 0,
		RTE_ALIGN_CEIL(sizeof(struct meta), RTE_MBUF_PRIV_ALIGN),
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	ck_assert_ptr_nonnull(r->pool);
	for (unsigned q = 0; q < queues; q++) {
		r->in[q] = open_ring("in", serial * RIG_CORES + q);
		r->out[q] = open_ring("out", serial * RIG_CORES + q);
	}

	snprintf(r->conf.name, sizeof r->conf.name, "rig");
	snprintf(r->conf.kind, sizeof r->conf.kind, "ring");
	r->conf.addresses = 2;
	r->conf.address[0] = rig_addr("192.0.2.1", 0);
	r->conf.address[1] = rig_addr("2001:db8::1", 0);
	r->conf.port_first = 30000;
	r->conf.port_last = 39999;
	r->conf.neighbours = 2; /* anybody */
	r->conf.neighbour[0].addr.family = AF_INET;
	r->conf.neighbour[1].addr.family = AF_INET6;
	memcpy(r->conf.neighbour[0].mac, their_mac, 6);
	memcpy(r->conf.neighbour[1].mac, their_mac, 6);

	r->device = (struct device){.kind = &rings,
		.conf = &r->conf,
		.port_id = open_port(r, queues, serial),
		.queues = (uint16_t)queues,
		.mtu = 1500};
	memset(r->device.wait_fd, -1, sizeof r->device.wait_fd);
	memcpy(r->device.mac, our_mac, 6);
}

static void
describe(struct rig *r)
{
	struct sw_state *head = r->state.head;

	head->addresses = 2;
	head->devices = 1;
	head->cores = r->cores;
	for (unsigned i = 0; i < 2; i++) {
		head->address[i] =
			(struct sw_local){.addr = r->conf.address[i], .port_last = 39999};
		head->address[i].addr.port = 30000;
	}
}

static void
open_core(struct rig *r, unsigned i)
{
	const struct lcore_conf conf = {.number = i,
		.busy = true,
		.tables = tables_shared(r->tables),
		.count = &r->state.core[i],
		.rcu = r->rcu,
		.crossing = r->crossing,
		.copies = r->pool};

	ck_assert_int_eq(lcore_init(&r->lcore[i], &conf), 0);
	rte_rcu_qsbr_thread_online(r->rcu, i);
}

/* What hangs on the state. */
static void
open_tables(struct rig *r)
{
	size_t size = rte_rcu_qsbr_get_memsize(r->cores);
	struct tables_conf conf = {
		.state = &r->state, .neigh = r->neigh, .device = &r->device, .devices = 1};

	describe(r);
	r->rcu = aligned_alloc(64, RTE_ALIGN_CEIL(size, (size_t)64));
	rte_rcu_qsbr_init(r->rcu, r->cores);
	r->retire = retire_open(r->rcu);
	conf.retire = r->retire;
	r->tables = tables_open(&conf);
	r->crossing = crossing_open(r->cores);
	ck_assert(r->tables != NULL && r->crossing != NULL);
	crossing_end_init(&r->main_end, r->crossing, r->cores);
	for (unsigned i = 0; i < r->cores; i++)
		open_core(r, i);
}

static void
close_tables(struct rig *r)
{
	for (unsigned i = 0; i < r->cores; i++) {
		rte_rcu_qsbr_thread_offline(r->rcu, i);
		rte_rcu_qsbr_thread_unregister(r->rcu, i);
	}
	retire_close(r->retire);
	tables_close(r->tables);
	for (unsigned i = 0; i < r->cores; i++)
		lcore_fini(&r->lcore[i]);
	crossing_close(r->crossing);
	free(r->rcu);
}

void
rig_open_cores(struct rig *r, unsigned cores, unsigned queues)
{
	const struct state_sizes sizes = {RIG_SLOTS, 8};

	memset(r, 0, sizeof *r);
	r->cores = cores;
	start_eal();
	open_device(r, queues);
	r->neigh = neigh_open(nothing_changed, NULL);
	ck_assert_ptr_nonnull(r->neigh);
	ck_assert_int_eq(neigh_add_device(r->neigh, 0, &r->device), 0);
	ck_assert_int_eq(state_create(&r->state, &sizes), 0);
	open_tables(r);
}

void
rig_open(struct rig *r)
{
	rig_open_cores(r, 1, 1);
}

void
rig_close(struct rig *r)
{
	struct rig_datagram d;

	while (rig_receive(r, &d))
		;
	close_tables(r);
	neigh_close(r->neigh);
	state_close(&r->state);
	rte_eth_dev_stop(r->device.port_id);
	rte_eth_dev_close(r->device.port_id);
	for (unsigned q = 0; q < r->device.queues; q++) {
		rte_ring_free(r->in[q]);
		rte_ring_free(r->out[q]);
	}
	ck_assert_uint_eq(rte_mempool_avail_count(r->pool), POOL);
	rte_mempool_free(r->pool);
}

void
rig_kill(struct rig *r)
{
	const struct state_sizes sizes = r->state.sizes;
	int fd = dup(r->state.fd);

	close_tables(r);
	state_close(&r->state);
	ck_assert_int_eq(state_adopt(&r->state, fd, &sizes), 0);
	open_tables(r);
	tables_recover(r->tables);
}

struct sw_transport
rig_transport(uint32_t slot, const char *remote, uint16_t port)
{
	struct sw_transport t = {.id = 1000 + slot,
		.slot = slot,
		.clock_hz = 8000,
		.port = (uint16_t)(30000 + 2 * slot),
		.source = SW_SOURCE_SIGNALLED,
		.dscp = 46,
		.ssrcs = SW_SSRCS,
		.latch_ms = 1000};

	t.remote[0] = rig_addr(remote, port);
	t.remote[1] = rig_addr(remote, (uint16_t)(port + 1));
	t.local = t.remote[0].family == AF_INET6;
	return t;
}

void
rig_key(struct sw_key *key, enum sw_suite suite, uint8_t fill)
{
	const struct sw_suite_info *info = sw_suite_info(suite);

	*key = (struct sw_key){.suite = (uint8_t)suite};
	memset(key->key, fill, info->key_len);
	memset(key->salt, fill ^ 0x5a, info->salt_len);
}

void
rig_set(struct rig *r, const struct sw_transport *t)
{
	ck_assert_int_eq(sw_check_transport(t, r->state.head), 0);
	ck_assert_int_eq(tables_transport_set(r->tables, t), 0);
}

void
rig_join(struct rig *r, uint32_t from, uint32_t to)
{
	struct sw_flow f = {.id = 1000 + from,
		.slot = from,
		.sinks = 1,
		.sink = {{.id = 1000 + to, .slot = to}}};

	ck_assert_int_eq(sw_check_flow(&f, r->state.head), 0);
	ck_assert_int_eq(tables_flow_set(r->tables, &f), 0);
}

void
rig_settle(struct rig *r)
{
	for (unsigned i = 0; i < r->cores; i++)
		rte_rcu_qsbr_quiescent(r->rcu, i);
	ck_assert(!retire_run(r->retire));
}

uint16_t
rig_rtp(uint8_t *p, uint16_t seq, uint32_t ssrc, uint16_t len)
{
	const uint8_t header[RTP_HEADER] = {0x80, 0, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0,
		(uint8_t)(seq * 160 >> 8), (uint8_t)(seq * 160), (uint8_t)(ssrc >> 24),
		(uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc};

	memcpy(p, header, sizeof header);
	for (uint16_t i = 0; i < len; i++)
		p[RTP_HEADER + i] = (uint8_t)(seq + i);
	return (uint16_t)(RTP_HEADER + len);
}

void
rig_frame(struct rig *r, unsigned queue, const void *frame, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(r->pool);

	ck_assert_ptr_nonnull(m);
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	ck_assert_int_eq(rte_ring_enqueue(r->in[queue], m), 0);
}

void
rig_send(struct rig *r, const struct sw_addr *from, const struct sw_addr *to, const void *p,
	uint16_t len)
{
	bool v6 = from->family == AF_INET6;
	uint8_t f[RIG_FRAME] = {0}, *ip = f + 14, *udp = ip + (v6 ? 40 : 20);
	uint16_t udp_len = (uint16_t)(8 + len);

	memcpy(f, our_mac, 6);
	memcpy(f + 6, their_mac, 6);
	rtp_put16(f + 12, v6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	if (v6) {
		ip[0] = 0x60;
		rtp_put16(ip + 4, udp_len);
		ip[6] = IPPROTO_UDP;
		ip[7] = 64;
		memcpy(ip + 8, from->ip, 16);
		memcpy(ip + 24, to->ip, 16);
	} else {
		ip[0] = 0x45;
		rtp_put16(ip + 2, (uint16_t)(20 + udp_len));
		ip[8] = 64;
		ip[9] = IPPROTO_UDP;
		memcpy(ip + 12, from->ip, 4);
		memcpy(ip + 16, to->ip, 4);
	}
	rtp_put16(udp, from->port);
	rtp_put16(udp + 2, to->port);
	rtp_put16(udp + 4, udp_len);
	memcpy(udp + 8, p, len);
	rig_frame(r, 0, f, (uint16_t)(udp + 8 + len - f));
}

void
rig_turn(struct rig *r)
{
	unsigned n;

	do {
		n = 0;
		for (unsigned i = 0; i < r->cores; i++) {
			n += forward_turn(&r->lcore[i]);
			rte_rcu_qsbr_quiescent(r->rcu, i);
		}
	} while (n > 0);
}

/* The UDP checksum that the datagram at IP should have; DPDK's verifying functions are not
 * stable yet. */
static uint16_t
udp_checksum(const uint8_t *ip, uint16_t udp_at, uint32_t len)
{
	uint8_t copy[RIG_FRAME];
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(copy + udp_at);

	memcpy(copy, ip, len);
	udp->dgram_cksum = 0;
	return udp_at == 40 ? rte_ipv6_udptcp_cksum((const void *)copy, udp)
			    : rte_ipv4_udptcp_cksum((const void *)copy, udp);
}

/* Headers at IP (after Ethernet) into D; the UDP header. */
static const uint8_t *
check_ip(const uint8_t *f, uint32_t len, struct rig_datagram *d)
{
	const uint8_t *ip = f + 14, *udp;

	if (rtp_get16(f + 12) == RTE_ETHER_TYPE_IPV6) {
		udp = ip + 40;
		ck_assert_uint_eq(14 + 40 + rtp_get16(ip + 4), len);
		d->dscp = (uint8_t)((rtp_get16(ip) >> 6) & 0x3f);
		d->hops = ip[7];
		d->from.family = d->to.family = AF_INET6;
		memcpy(d->from.ip, ip + 8, 16);
		memcpy(d->to.ip, ip + 24, 16);
		ck_assert_mem_eq(udp + 6, &(uint16_t){udp_checksum(ip, 40, len - 14)}, 2);
		return udp;
	}
	ck_assert_uint_eq(rtp_get16(f + 12), RTE_ETHER_TYPE_IPV4);
	udp = ip + 20;
	ck_assert_uint_eq(14 + rtp_get16(ip + 2), len);
	d->dscp = ip[1] >> 2;
	d->hops = ip[8];
	d->from.family = d->to.family = AF_INET;
	memcpy(d->from.ip, ip + 12, 4);
	memcpy(d->to.ip, ip + 16, 4);
	ck_assert_uint_eq(rte_raw_cksum(ip, 20), 0xffff);
	ck_assert_mem_eq(udp + 6, &(uint16_t){udp_checksum(ip, 20, len - 14)}, 2);
	return udp;
}

bool
rig_receive(struct rig *r, struct rig_datagram *d)
{
	struct rte_mbuf *m;
	const uint8_t *f, *udp;
	uint32_t len;

	for (unsigned q = 0; rte_ring_dequeue(r->out[q], (void **)&m) != 0; q++)
		if (q + 1 == r->device.queues)
			return false;
	f = rte_pktmbuf_mtod(m, const uint8_t *);
	len = rte_pktmbuf_data_len(m);
	memset(d, 0, sizeof *d);
	ck_assert_mem_eq(f, their_mac, 6);
	ck_assert_mem_eq(f + 6, our_mac, 6);
	udp = check_ip(f, len, d);
	d->from.port = rtp_get16(udp);
	d->to.port = rtp_get16(udp + 2);
	d->len = (uint16_t)(rtp_get16(udp + 4) - 8);
	ck_assert_ptr_eq(udp + 8 + d->len, f + len);
	memcpy(d->payload, udp + 8, d->len);
	rte_pktmbuf_free(m);
	return true;
}

uint64_t
rig_drops(const struct rig *r, enum drop why)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < r->cores; i++)
		n += atomic_load(&r->state.core[i].drops[why]);
	return n;
}
