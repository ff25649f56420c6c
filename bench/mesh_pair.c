/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_pair.h.  Main thread. */
#include "bench/mesh_pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

#include "bench/inproc.h"
#include "dataplane/mesh.h"
#include "dataplane/rtp.h"
#include "mesh/vomp.h"

enum {
	MEMORY_MB = 192,
	RTP_AT = 14 + 20 + 8,
	FRAME = RTP_AT + RTP_HEADER + MESH_PAIR_SOUND,
	FIRST_PORT = 10000,
};

/* One of the two nodes. */
struct end {
	struct inproc in;
	struct mesh_identity id;
	struct sw_addr addr;
};

static struct end end[2];
static unsigned calls;
static uint64_t heard; /* packets that have come through */
static uint64_t now;   /* TSC of the turns */
static uint16_t seq;   /* of all phones */

/* ---- Two nodes and calls between them ---- */

static int
open_end(struct end *e, unsigned n)
{
	struct sw_mesh_node node = {.identities = 1};
	struct inproc_conf conf = {.cores = 1,
		.queues = 1,
		.slots = 2 * calls,
		.mbufs = 4095,
		.ring = 1024,
		.busy = true,
		.addresses = 1,
		.port_first = FIRST_PORT,
		.port_last = 65535};
	int err;

	e->addr = (struct sw_addr){
		.family = AF_INET, .port = MESH_PORT, .ip = {192, 0, 2, (uint8_t)(1 + n)}};
	conf.address[0] = conf.mesh = e->addr;
	conf.address[0].port = 0;
	if ((err = inproc_open(&e->in, &conf)) != 0)
		return err;
	e->in.lcore[0].one_in = 1; /* the least of many laps would be one that was not timed */
	randombytes_buf(e->id.seed, sizeof e->id.seed);
	mesh_identity_derive(&e->id);
	memcpy(node.sid[0], e->id.sid.b, SW_SID);
	return tables_mesh_node(e->in.tables, &node);
}

/* FAR is E's neighbour, and its peer. */
static int
meet(struct end *e, const struct end *far)
{
	struct sw_mesh_neighbour n = {.id = 1, .addr = far->addr};
	struct sw_mesh_peer p = {.id = 1};
	int err;

	memcpy(n.sid, far->id.sid.b, SW_SID);
	memcpy(p.sid, far->id.sid.b, SW_SID);
	if ((err = box_key(p.key, &far->id.sid, e->id.box_secret)) != 0 ||
		(err = tables_mesh_neighbour(e->in.tables, &n)) != 0 ||
		(err = tables_mesh_peer(e->in.tables, &p)) != 0)
		return err;
	tables_mesh_settle(e->in.tables);
	return 0;
}

static struct sw_addr
phone_of(unsigned call)
{
	return (struct sw_addr){.family = AF_INET,
		.port = 5004,
		.ip = {198, 18, (uint8_t)(call >> 8), (uint8_t)call}};
}

/* Call K at E: a phone in slot 2 * K, the mesh leg behind it; what comes at the one leaves by
 * the other. */
static int
set_call(struct end *e, const struct end *far, unsigned k)
{
	struct sw_transport t = {.id = 1 + 2 * k,
		.slot = 2 * k,
		.mux = 1,
		.ssrcs = SW_SSRCS,
		.clock_hz = 8000,
		.port = (uint16_t)(FIRST_PORT + 2 * k),
		.source = SW_SOURCE_SIGNALLED,
		.remote = {phone_of(k)}};
	int err;

	if ((err = tables_transport_set(e->in.tables, &t)) != 0)
		return err;
	t.id++;
	t.slot++;
	t.local = 1;
	t.port = (uint16_t)(2 * (k + 1));
	t.remote[0] = (struct sw_addr){.family = SW_AF_MESH, .port = t.port};
	memcpy(t.remote[0].ip, far->id.sid.b, sizeof t.remote[0].ip);
	if ((err = tables_transport_set(e->in.tables, &t)) != 0)
		return err;
	for (uint32_t side = 0; side < 2; side++) {
		struct sw_flow f = {.id = 1 + 2 * k + side,
			.slot = 2 * k + side,
			.sinks = 1,
			.sink = {{.id = 1 + 2 * k + !side, .slot = 2 * k + !side}}};

		if ((err = tables_flow_set(e->in.tables, &f, NULL)) != 0)
			return err;
	}
	return 0;
}

int
mesh_pair_open(unsigned n)
{
	int err = inproc_begin(MEMORY_MB, "burst");

	calls = n;
	for (unsigned i = 0; i < 2 && err == 0; i++)
		err = open_end(&end[i], i);
	for (unsigned i = 0; i < 2 && err == 0; i++)
		err = meet(&end[i], &end[!i]);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 0; k < calls && err == 0; k++)
			err = set_call(&end[i], &end[!i], k);
	now = rte_rdtsc();
	return err;
}

void
mesh_pair_close(void)
{
	for (unsigned i = 0; i < 2; i++)
		if (end[i].in.pool != NULL)
			inproc_close(&end[i].in);
}

/* ---- Packets ---- */

/* The next packet of call K's phone at the first node. */
static int
speak(unsigned k)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(end[0].in.pool);
	const struct sw_addr phone = phone_of(k);
	uint8_t *p;

	if (m == NULL)
		return -ENOMEM;
	p = memset(rte_pktmbuf_append(m, FRAME), 0, FRAME);
	rtp_put16(p + 12, RTE_ETHER_TYPE_IPV4);
	p[14] = 0x45;
	rtp_put16(p + 16, FRAME - 14);
	p[23] = IPPROTO_UDP;
	memcpy(p + 26, phone.ip, 4);
	memcpy(p + 30, end[0].addr.ip, 4);
	rtp_put16(p + 34, phone.port);
	rtp_put16(p + 36, (uint16_t)(FIRST_PORT + 2 * k));
	rtp_put16(p + 38, FRAME - 34);
	p[RTP_AT] = 0x80;
	rtp_put16(p + RTP_AT + 2, seq);
	rtp_put32(p + RTP_AT + 4, seq * (uint32_t)MESH_PAIR_SOUND);
	rtp_put32(p + RTP_AT + 8, k + 1);
	return rte_ring_enqueue(end[0].in.in[0], m);
}

/* What node FROM has sent goes to the other one, or to a phone. */
static bool
carry(unsigned from)
{
	struct rte_mbuf *m;
	bool any = false;

	while (rte_ring_dequeue(end[from].in.out[0], (void **)&m) == 0) {
		const uint8_t *to = rte_pktmbuf_mtod_offset(m, const uint8_t *, 30);

		if (memcmp(to, end[!from].addr.ip, 4) == 0 &&
			rte_ring_enqueue(end[!from].in.in[0], m) == 0) {
			any = true;
			continue;
		}
		heard++;
		rte_pktmbuf_free(m);
	}
	return any;
}

static void
take_turns(void)
{
	do
		for (unsigned i = 0; i < 2; i++)
			inproc_turn(&end[i].in);
	while (carry(0) | carry(1));
}

int
mesh_pair_lap(void)
{
	int err = 0;

	now += end[0].in.lcore[0].tsc_hz / 50;
	for (unsigned i = 0; i < 2; i++)
		inproc_set_time(&end[i].in, now);
	for (unsigned k = 0; k < calls && err == 0; k++) {
		err = speak(k);
		if (k % BURST == BURST - 1 || k == calls - 1)
			take_turns();
	}
	seq++;
	return err;
}

uint64_t
mesh_pair_heard(void)
{
	return heard;
}

void
mesh_pair_count(struct mesh_pair_cycles c[2], int sign)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct sw_core *core = &end[i].in.state.core[0];

		c[i].all += sign * (double)core->busy_cycles;
		for (unsigned s = 0; s < SW_STAGES; s++)
			c[i].stage[s] += sign * (double)core->cycles[s];
	}
}
