/* SPDX-License-Identifier: Apache-2.0
 *
 * See send.h.  Forwarding core. */
#include "dataplane/send.h"

void
send_frames(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	send_burst(lc, pkt, n, false);
}
