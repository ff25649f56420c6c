/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames leave, by queues of this core or through the core that has one.  Inline: every packet
 * comes by here, and a call that knows whose they are is some ten cycles a packet shorter.
 * Forwarding core. */
#pragma once

#include <rte_ethdev.h>

#include "dataplane/lcore.h"
#include "dataplane/packet_queue.h"

/* N frames for DEVICE, which this core has a queue of. */
static inline void
send_by(struct lcore *lc, unsigned device, struct rte_mbuf **pkt, unsigned n, bool ours)
{
	const struct tx_queue *tx = &lc->tx[device];
	unsigned took = 0;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += rte_pktmbuf_pkt_len(pkt[i]);
	took = tx->packet != NULL ? packet_queue_send(tx->packet, pkt, n)
				  : rte_eth_tx_burst(tx->port_id, tx->queue, pkt, (uint16_t)n);
	for (unsigned i = took; i < n; i++) {
		bytes -= rte_pktmbuf_pkt_len(pkt[i]);
		if (!ours) {
			drop(lc, pkt[i], DROP_TX_FULL);
			continue;
		}
		address_undo(pkt[i]);
		drop_of(lc, meta(pkt[i])->out.to, pkt[i], DROP_TX_FULL);
	}
	count_add(&lc->count->tx_packets, took);
	count_add(&lc->count->tx_bytes, bytes);
}

/* Send N frames: by the device of each, at once or by the core that has a queue of it.  OURS:
 * the transports that they leave by are this core's, so it may take back what it counted of
 * them.  drops tx_full */
static inline void
send_burst(struct lcore *lc, struct rte_mbuf **pkt, unsigned n, bool ours)
{
	for (unsigned at = 0, end; at < n; at = end) {
		uint8_t device = meta(pkt[at])->device;

		for (end = at + 1; end < n && meta(pkt[end])->device == device; end++)
			;
		if (lc->tx[device].core == lc->number) {
			send_by(lc, device, pkt + at, end - at, ours);
			continue;
		}
		for (unsigned i = at; i < end; i++)
			hand_over(lc, lc->tx[device].core, pkt[i], STEP_SEND);
	}
}
