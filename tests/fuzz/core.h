/* SPDX-License-Identifier: Apache-2.0
 *
 * A forwarding core without EAL, for fuzz targets: one address of each family, a transport of
 * each sort, and packet buffers made by hand that end where the packet's contract says, so
 * that a byte read too far is seen.  A buffer has a second owner, so a stage that frees it
 * leaves it to look at. */
#pragma once

#include <netinet/in.h>
#include <rte_ring_elem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/lcore.h"
#include "dataplane/ssrc.h"

enum { PORT_FIRST = 30000, PORT_LAST = 30019, SLOTS = 8, OTHERS_PORT = 30018 };

/* By slot; port PORT_FIRST + 2 * slot.  What passes leaves by that of slot `to`. */
static const struct sort {
	uint8_t mux, opaque, source, suite, to;
} sorts[SLOTS] = {
	{.source = SW_SOURCE_LATCH, .to = 3},
	{.source = SW_SOURCE_LATCH, .mux = 1, .to = 4},
	{.source = SW_SOURCE_LATCH, .opaque = 1, .to = 3},
	{.source = SW_SOURCE_AUTHENTICATED, .suite = SW_AES_CM_128_HMAC_SHA1_80, .to = 4},
	{.source = SW_SOURCE_AUTHENTICATED, .suite = SW_AEAD_AES_128_GCM, .mux = 1, .to = 0},
	{.source = SW_SOURCE_SIGNALLED, .mux = 1, .to = 3},
	{.source = SW_SOURCE_BEST, .to = 4},
	{.source = SW_SOURCE_ANY, .mux = 1, .to = 1},
};

struct hand_made {
	struct rte_mbuf m;
	struct meta meta;
};

static struct sw_core counters;
static struct crossing crossing = {.cores = 2, .parties = 3};
static struct lcore core = {
	.count = &counters, .tsc_hz = 1000000000, .end = {.crossing = &crossing}};
static struct tables tables;
static struct opt_interface itf;
static struct device device = {.conf = &itf};
static struct slot slots[SLOTS];
static struct sw_transport_state states[SLOTS];
static struct sw_transport_more more[SLOTS];
static struct transport transports[SLOTS];
static _Atomic uint32_t ports[2][65536];
static unsigned handed_over;

#define must(condition)                                                         \
	do {                                                                    \
		if (!(condition)) {                                             \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			abort();                                                \
		}                                                               \
	} while (0)

/* Instead of hand_over.c's: the packet stays ours. */
void
hand_over(struct lcore *lc, unsigned to, struct rte_mbuf *m, enum step step)
{
	must(lc == &core && (to == 1 || to == crossing_main(&crossing)));
	meta(m)->step = (uint8_t)step;
	handed_over++;
}

static struct sw_key
key_of_suite(uint8_t suite)
{
	struct sw_key key = {.suite = suite};

	memset(key.key, 0x5a, sw_suite_info(suite)->key_len);
	memset(key.salt, 0xc3, sw_suite_info(suite)->salt_len);
	return key;
}

static void
open_transport(unsigned i)
{
	struct transport *t = &transports[i];
	struct sw_key key = key_of_suite(sorts[i].suite);

	*t = (struct transport){.state = &states[i],
		.id = 1 + i,
		.out = {.state = &states[i], .id = 1 + i, .ssrcs = SW_SSRCS},
		.slot = i,
		.mux = sorts[i].mux,
		.opaque = sorts[i].opaque,
		.source = sorts[i].source,
		.latch_until = UINT64_MAX,
		.ssrcs = SW_SSRCS,
		.port = (uint16_t)(PORT_FIRST + 2 * i),
		.clock = 8000 / 1e9f};
	t->sinks = 1;
	t->first = &transports[sorts[i].to];
	if (sorts[i].suite != SW_SUITE_PLAIN) {
		t->unseal[0] = seal_open(&key, true);
		t->seal = seal_open(&key, false);
	}
	slots[i].transport = t;
	for (unsigned family = 0; family < 2; family++)
		ports[family][t->port] = ports[family][t->port + 1] = port_entry(i, 0);
}

/* What one input has left behind is not the next one's. */
static void
core_forget(void)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		memset(&states[i], 0, sizeof states[i]);
		memset(&more[i], 0, sizeof more[i]);
		states[i].more = (uint64_t)((char *)&more[i] - (char *)&states[i]);
		ssrc_init(&states[i], 1);
	}
	memset(&counters, 0, sizeof counters);
	core.now = core.tsc_hz;
	core.event_refill = 0;
	handed_over = 0;
	rte_ring_reset(core.events);
}

static void
core_open(void)
{
	static const uint8_t ip[2][16] = {{192, 0, 2, 1}, {0x20, 1, 0xd, 0xb8, [15] = 1}};

	must(seal_init("burst") == 0);
	must((core.lane = seal_lane_open()) != NULL);
	core.tables = &tables;
	core.events = aligned_alloc(
		64, (size_t)rte_ring_get_memsize_elem(sizeof(struct core_event), 64));
	must(rte_ring_init(core.events, "events", 64, RING_F_SP_ENQ | RING_F_SC_DEQ) == 0);
	tables = (struct tables){.slot = slots,
		.slots = SLOTS,
		.cores = 2,
		.locals = 2,
		.state = states,
		.devices = 1,
		.device = {&device}};
	for (unsigned i = 0; i < 2; i++) {
		tables.local[i] = (struct local){.addr.family = i == 0 ? AF_INET : AF_INET6,
			.port_first = PORT_FIRST,
			.port_last = PORT_LAST,
			.port = ports[i]};
		memcpy(tables.local[i].addr.ip, ip[i], sizeof ip[i]);
		ports[i][OTHERS_PORT] = port_entry(0, 1);
	}
	for (unsigned i = 0; i < SLOTS; i++)
		open_transport(i);
	core_forget();
}

/* LEN bytes of DATA in a buffer with TAIL writable bytes behind them, and none else. */
static struct rte_mbuf *
packet_make(const uint8_t *data, size_t len, size_t tail)
{
	struct hand_made *h = aligned_alloc(64, sizeof *h);

	must(h != NULL);
	memset(h, 0, sizeof *h);
	h->m.buf_addr = malloc(len + tail);
	must(h->m.buf_addr != NULL);
	memcpy(h->m.buf_addr, data, len);
	h->m.buf_len = (uint16_t)(len + tail);
	h->m.data_len = (uint16_t)len;
	h->m.pkt_len = (uint32_t)len;
	h->m.nb_segs = 1;
	h->m.priv_size = sizeof h->meta;
	rte_mbuf_refcnt_set(&h->m, 2);
	return &h->m;
}

static bool
packet_was_freed(const struct rte_mbuf *m)
{
	return rte_mbuf_refcnt_read(m) == 1;
}

static void
packet_end(struct rte_mbuf *m)
{
	free(m->buf_addr);
	free(m);
}

static uint64_t
all_drops(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < DROPS; i++)
		n += counters.drops[i];
	return n;
}
