/* SPDX-License-Identifier: Apache-2.0
 *
 * See rig.h. */
#include "tests/dataplane/rig.h"

#include <arpa/inet.h>
#include <check.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"

static void
start_eal(void)
{
	static bool started;

	if (!started)
		ck_assert_int_eq(inproc_begin(64, "burst"), 0);
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

static struct inproc_conf
conf_of(unsigned cores, unsigned queues)
{
	return (struct inproc_conf){.cores = cores,
		.queues = queues,
		.slots = RIG_SLOTS,
		.mbufs = 1023,
		.ring = 256,
		.busy = true,
		.addresses = 2,
		.address = {rig_addr("192.0.2.1", 0), rig_addr("2001:db8::1", 0)},
		.port_first = 30000,
		.port_last = 39999};
}

static void
open_as(struct inproc *r, const struct inproc_conf *conf)
{
	start_eal();
	ck_assert_int_eq(inproc_open(r, conf), 0);
}

void
rig_open_cores(struct inproc *r, unsigned cores, unsigned queues)
{
	const struct inproc_conf conf = conf_of(cores, queues);

	open_as(r, &conf);
}

static struct inproc_conf
transcoding(unsigned cores)
{
	struct inproc_conf conf = conf_of(cores, 1);

	conf.transcoders = 1;
	conf.mbufs = 4095; /* more than fit into a ring */
	return conf;
}

void
rig_open_transcoding(struct inproc *r, unsigned cores)
{
	const struct inproc_conf conf = transcoding(cores);

	open_as(r, &conf);
}

void
rig_open_mesh(struct inproc *r, unsigned cores)
{
	struct inproc_conf conf = transcoding(cores);

	conf.mesh = rig_addr("192.0.2.1", 4110);
	open_as(r, &conf);
}

void
rig_open_threads(struct inproc *r, bool shared)
{
	struct inproc_conf conf = transcoding(1);

	conf.busy = false;
	conf.shared = shared;
	open_as(r, &conf);
}

void
rig_open(struct inproc *r)
{
	rig_open_cores(r, 1, 1);
}

void
rig_close(struct inproc *r)
{
	ck_assert_uint_eq(inproc_close(r), 0);
}

void
rig_kill(struct inproc *r)
{
	ck_assert_int_eq(inproc_kill(r), 0);
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
rig_set(struct inproc *r, const struct sw_transport *t)
{
	ck_assert_int_eq(sw_check_transport(t, r->state.head), 0);
	ck_assert_int_eq(tables_transport_set(r->tables, t), 0);
}

void
rig_bridge(struct inproc *r, uint32_t from, uint32_t to, const struct sw_bridge *b)
{
	struct sw_flow f = {.id = 1000 + from,
		.slot = from,
		.sinks = 1,
		.bridged = b != NULL,
		.sink = {{.id = 1000 + to, .slot = to}}};

	ck_assert_int_eq(sw_check_flow(&f, r->state.head), 0);
	if (b != NULL)
		ck_assert_int_eq(sw_check_bridge(b, r->state.head), 0);
	ck_assert_int_eq(tables_flow_set(r->tables, &f, b), 0);
}

void
rig_join(struct inproc *r, uint32_t from, uint32_t to)
{
	rig_bridge(r, from, to, NULL);
}

void
rig_settle(struct inproc *r)
{
	bool more = true;

	for (unsigned graces = 0; more && graces < 3; graces++) {
		for (unsigned i = 0; i < r->cores + r->transcoders; i++)
			rte_rcu_qsbr_quiescent(r->rcu, i);
		more = retire_run(r->retire);
	}
	ck_assert(!more);
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
rig_frame(struct inproc *r, unsigned queue, const void *frame, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(r->pool);

	ck_assert_ptr_nonnull(m);
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	ck_assert_int_eq(rte_ring_enqueue(r->in[queue], m), 0);
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

uint16_t
rig_make(uint8_t *f, const struct sw_addr *from, const struct sw_addr *to, const void *p,
	uint16_t len)
{
	bool v6 = from->family == AF_INET6;
	uint16_t udp_at = v6 ? 40 : 20, udp_len = (uint16_t)(8 + len), sum;
	uint8_t *ip = f + 14, *udp = ip + udp_at;

	memset(f, 0, 14 + udp_at + 8u);
	memcpy(f, inproc_mac, 6);
	memcpy(f + 6, inproc_peer, 6);
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
	sum = udp_checksum(ip, udp_at, udp_at + udp_len);
	memcpy(udp + 6, &sum, sizeof sum);
	return (uint16_t)(14 + udp_at + udp_len);
}

void
rig_send(struct inproc *r, const struct sw_addr *from, const struct sw_addr *to, const void *p,
	uint16_t len)
{
	uint8_t f[RIG_FRAME];

	rig_frame(r, 0, f, rig_make(f, from, to, p, len));
}

void
rig_turn(struct inproc *r)
{
	inproc_turn(r);
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
rig_receive(struct inproc *r, struct rig_datagram *d)
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
	ck_assert_mem_eq(f, inproc_peer, 6);
	ck_assert_mem_eq(f + 6, inproc_mac, 6);
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
rig_drops(const struct inproc *r, enum drop why)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < r->cores; i++)
		n += atomic_load(&r->state.core[i].drops[why]);
	for (unsigned i = 0; i < r->transcoders; i++)
		n += atomic_load(&r->state.transcoder[i].drops[why]);
	return n;
}
