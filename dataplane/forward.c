/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a packet: the stages in their order, with a stopwatch between them.
 * Forwarding core; no lock, no allocation, no log, no system call of its own. */
#include <rte_ethdev.h>

#include "dataplane/ahead.h"
#include "dataplane/lcore.h"
#include "dataplane/mesh.h"
#include "dataplane/packet_queue.h"
#include "dataplane/send.h"
#include "dataplane/stopwatch.h"

/* From the far side's key on: all that leaves by transports of this core. */
static void
forward_out(struct lcore *lc, struct rte_mbuf **out, unsigned n, struct stopwatch *watch)
{
	n = seal_stage(lc, out, n); /* RTP -> SRTP under the far key */
	stopwatch_charge(watch, lc, SW_ST_SEAL, n);
	if (lc->mesh != NULL) {
		n = mesh_out_stage(lc, out, n); /* RTP of mesh legs -> frames */
		stopwatch_charge(watch, lc, SW_ST_MESH_OUT, n);
	}
	n = address_stage(lc, out, n); /* IP, UDP, Ethernet of the far side */
	stopwatch_charge(watch, lc, SW_ST_ADDRESS, n);
	send_burst(lc, out, n, true);
	stopwatch_charge(watch, lc, SW_ST_TX, n);
}

/* From the local port on: all that is parsed. */
static void
forward_in(struct lcore *lc, struct rte_mbuf **pkt, unsigned n, struct stopwatch *watch)
{
	struct rte_mbuf *out[BURST * SW_SINKS];

	n = classify_stage(lc, pkt, n); /* local port -> transport; may the source speak? */
	stopwatch_charge(watch, lc, SW_ST_CLASSIFY, n);
	n = unseal_stage(lc, pkt, n); /* SRTP -> RTP, replays dropped; only then learn */
	stopwatch_charge(watch, lc, SW_ST_UNSEAL, n);
	n = divert_stage(lc, pkt, n, out); /* flow -> sinks */
	stopwatch_charge(watch, lc, SW_ST_DIVERT, n);
	if (n > 0)
		forward_out(lc, out, n, watch);
}

/* Datagrams of the mesh: what is sound of ours goes on. */
static void
forward_mesh(struct lcore *lc, struct rte_mbuf **pkt, unsigned n, struct stopwatch *watch)
{
	struct rte_mbuf *sound[BURST * MESH_SOUNDS];
	unsigned sounds = mesh_in_stage(lc, pkt, n, sound);

	stopwatch_charge(watch, lc, SW_ST_MESH_IN, n);
	for (unsigned at = 0; at < sounds; at += BURST)
		forward_in(lc, sound + at, RTE_MIN(sounds - at, (unsigned)BURST), watch);
}

/* From PKT to MESH what came to the mesh's port; how many, and in *N how many stay. */
static unsigned
pick_mesh(struct rte_mbuf **pkt, unsigned *n, struct rte_mbuf **mesh)
{
	unsigned picked = 0, kept = 0;

	for (unsigned i = 0; i < *n; i++)
		if (meta(pkt[i])->mesh)
			mesh[picked++] = pkt[i];
		else
			pkt[kept++] = pkt[i];
	*n = kept;
	return picked;
}

static unsigned
receive(const struct rx_queue *rx, struct rte_mbuf **pkt)
{
	if (rx->packet != NULL)
		return packet_queue_receive(rx->packet, pkt, BURST);
	return rte_eth_rx_burst(rx->port_id, rx->queue, pkt, BURST);
}

/* What came by a queue of ours. */
static unsigned
forward_received(struct lcore *lc, const struct rx_queue *rx)
{
	struct rte_mbuf *pkt[BURST], *mesh[BURST];
	struct stopwatch watch = stopwatch_start(lc);
	uint64_t bytes = 0;
	unsigned received = receive(rx, pkt), n, of_mesh;

	if (received == 0)
		return 0;
	stopwatch_visit(lc);
	for (unsigned i = 0; i < received; i++) {
		bytes += rte_pktmbuf_pkt_len(pkt[i]);
		meta(pkt[i])->device = rx->device;
	}
	count_add(&lc->count->rx_packets, received);
	count_add(&lc->count->rx_bytes, bytes);
	stopwatch_charge(&watch, lc, SW_ST_RX, received);
	n = parse_stage(lc, pkt, received); /* wire headers -> meta */
	stopwatch_charge(&watch, lc, SW_ST_PARSE, n);
	of_mesh = lc->mesh != NULL ? pick_mesh(pkt, &n, mesh) : 0;
	if (n > 0)
		forward_in(lc, pkt, n, &watch);
	if (of_mesh > 0)
		forward_mesh(lc, mesh, of_mesh, &watch);
	return received;
}

/* What party FROM has handed over. */
static unsigned
forward_taken(struct lcore *lc, unsigned from)
{
	struct rte_mbuf *pkt[BURST], *list[STEPS][BURST];
	unsigned n[STEPS] = {0};
	struct stopwatch watch = stopwatch_start(lc);
	unsigned taken = crossing_take(&lc->end, from, pkt, BURST);

	if (taken == 0)
		return 0;
	stopwatch_visit(lc);
	ahead_taken(pkt, taken);
	for (unsigned i = 0; i < taken; i++) {
		unsigned step = meta(pkt[i])->step;

		list[step][n[step]++] = pkt[i];
	}
	count_add(&lc->count->taken_in, taken);
	n[STEP_SEAL] = intake_stage(lc, list[STEP_SEAL], n[STEP_SEAL]);
	stopwatch_charge(&watch, lc, SW_ST_INTAKE, taken);
	if (n[STEP_MESH_IN] > 0)
		forward_mesh(lc, list[STEP_MESH_IN], n[STEP_MESH_IN], &watch);
	for (unsigned i = 0; i < n[STEP_MESH_FRAME]; i++)
		mesh_take_frame(lc, list[STEP_MESH_FRAME][i]);
	for (unsigned i = 0; i < n[STEP_MESH_SAY]; i++)
		mesh_say(lc, list[STEP_MESH_SAY][i]);
	stopwatch_charge(&watch, lc, SW_ST_MESH_LINK, n[STEP_MESH_FRAME]);
	if (n[STEP_CLASSIFY] > 0)
		forward_in(lc, list[STEP_CLASSIFY], n[STEP_CLASSIFY], &watch);
	if (n[STEP_SEAL] > 0)
		forward_out(lc, list[STEP_SEAL], n[STEP_SEAL], &watch);
	if (n[STEP_PIERCE] > 0)
		send_burst(lc, list[STEP_PIERCE],
			pierce_stage(lc, list[STEP_PIERCE], n[STEP_PIERCE]), false);
	if (n[STEP_SEND] > 0) {
		send_burst(lc, list[STEP_SEND], n[STEP_SEND], false);
		stopwatch_charge(&watch, lc, SW_ST_TX, n[STEP_SEND]);
	}
	return taken;
}

/* Links of the mesh, whether anything came or not.  How many had something. */
static unsigned
forward_links(struct lcore *lc)
{
	struct stopwatch watch = stopwatch_start(lc);
	unsigned links = mesh_flush(lc);

	if (links == 0)
		return 0;
	stopwatch_visit(lc);
	stopwatch_charge(&watch, lc, SW_ST_MESH_LINK, links);
	return links;
}

unsigned
forward_turn(struct lcore *lc, uint64_t began)
{
	unsigned n = 0, links = 0;

	for (unsigned i = 0; i < lc->rx_queues; i++)
		n += forward_received(lc, &lc->rx[i]);
	for (unsigned party = 0; party < lc->end.crossing->parties; party++)
		n += forward_taken(lc, party);
	if (lc->mesh != NULL)
		links = forward_links(lc);
	hand_over_all(lc);
	if (n + links > 0)
		count_add(&lc->count->busy_cycles, rte_rdtsc() - began);
	return n;
}
