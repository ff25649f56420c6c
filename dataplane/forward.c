/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a packet: the stages in their order, with a cycle counter between them.
 * Forwarding core; no lock, no allocation, no log, no system call of its own. */
#include <rte_ethdev.h>

#include "dataplane/lcore.h"

/* Charge the cycles since *MARK to STAGE, which N packets entered. */
static inline void
charge(struct lcore *lc, enum sw_stage stage, uint64_t *mark, unsigned n)
{
	uint64_t now = rte_rdtsc();

	count_add(&lc->count->cycles[stage], now - *mark);
	count_add(&lc->count->packets[stage], n);
	*mark = now;
}

/* Give every packet its sink, and every further sink its copy.
 *   reads meta.from; writes meta.to; drops no_sink, no_mbuf */
unsigned
divert_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n, struct rte_mbuf **out)
{
	const struct tables *tb = lc->tables;
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		struct transport *from = meta(pkt[i])->from;
		const struct flow *f =
			atomic_load_explicit(&tb->slot[from->slot].flow, memory_order_acquire);
		unsigned had = kept;

		for (uint32_t s = 0; f != NULL && s < f->sinks; s++) {
			struct transport *to = atomic_load_explicit(
				&tb->slot[f->sink[s].slot].transport, memory_order_acquire);
			struct rte_mbuf *m = pkt[i];

			if (to == NULL || to->id != f->sink[s].id)
				continue;
			if (kept > had) { /* the first sink gets the packet itself */
				m = rte_pktmbuf_copy(pkt[i], lc->copies, 0, UINT32_MAX);
				if (m == NULL) {
					count_add(&lc->count->drops[DROP_NO_MBUF], 1);
					count_add(&from->state->drops[DROP_NO_MBUF], 1);
					continue;
				}
				*meta(m) = *meta(pkt[i]);
			}
			meta(m)->to = to;
			out[kept++] = m;
		}
		if (kept == had)
			drop_of(lc, from, pkt[i], DROP_NO_SINK);
	}
	return kept;
}

/* Hand N packets to the device that each leaves by.  drops tx_full */
static void
send_burst(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	const struct tables *tb = lc->tables;
	unsigned sent = 0;

	while (sent < n) {
		uint8_t device = meta(pkt[sent])->device;
		unsigned end = sent + 1, took;

		while (end < n && meta(pkt[end])->device == device)
			end++;
		took = rte_eth_tx_burst(
			tb->device[device]->port_id, 0, &pkt[sent], (uint16_t)(end - sent));
		for (sent += took; sent < end; sent++) {
			address_undo(lc, pkt[sent]);
			drop_of(lc, meta(pkt[sent])->to, pkt[sent], DROP_TX_FULL);
		}
	}
}

void
forward_burst(struct lcore *lc, struct rte_mbuf **pkt, unsigned n, uint64_t rx_began)
{
	struct rte_mbuf *out[BURST * SW_SINKS];
	uint64_t mark = rx_began;

	charge(lc, SW_ST_RX, &mark, n);
	n = parse_stage(lc, pkt, n); /* wire headers -> meta */
	charge(lc, SW_ST_PARSE, &mark, n);
	n = classify_stage(lc, pkt, n); /* local port -> transport; may the source speak? */
	charge(lc, SW_ST_CLASSIFY, &mark, n);
	n = unseal_stage(lc, pkt, n); /* SRTP -> RTP, replays dropped; only then learn */
	charge(lc, SW_ST_UNSEAL, &mark, n);
	n = divert_stage(lc, pkt, n, out); /* flow -> sinks */
	charge(lc, SW_ST_DIVERT, &mark, n);
	n = seal_stage(lc, out, n); /* RTP -> SRTP under the far key */
	charge(lc, SW_ST_SEAL, &mark, n);
	n = address_stage(lc, out, n); /* IP, UDP, Ethernet of the far side */
	charge(lc, SW_ST_ADDRESS, &mark, n);
	send_burst(lc, out, n);
	charge(lc, SW_ST_TX, &mark, n);
	count_add(&lc->count->busy_cycles, mark - rx_began);
}

unsigned
forward_turn(struct lcore *lc)
{
	const struct tables *tb = lc->tables;
	unsigned received = 0;

	for (unsigned d = 0; d < tb->devices; d++) {
		struct rte_mbuf *pkt[BURST];
		uint64_t began = rte_rdtsc();
		unsigned n = rte_eth_rx_burst(tb->device[d]->port_id, 0, pkt, BURST);
		uint64_t bytes = 0;

		if (n == 0)
			continue;
		for (unsigned i = 0; i < n; i++)
			bytes += rte_pktmbuf_pkt_len(pkt[i]);
		count_add(&lc->count->rx_packets, n);
		count_add(&lc->count->rx_bytes, bytes);
		forward_burst(lc, pkt, n, began);
		received += n;
	}
	return received;
}
