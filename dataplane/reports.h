/* SPDX-License-Identifier: Apache-2.0
 *
 * What a transport's RTCP tells: how its party receives us, how far away it is, and that it
 * leaves; and what RTCP on its way through must be told differently.  Runs on the forwarding
 * core that owns the transport.  No DPDK. */
#pragma once

#include "dataplane/ssrc.h"

/* NOW in ticks of a clock of HZ. */
struct reports_clock {
	uint64_t now, hz;
};

/* An RTCP packet of LEN bytes has arrived at ST's transport, in the clear and authentic.
 * Remembers what it reports, and changes what it says of sequence numbers that were changed on
 * their way out by ST, which is where what leaves is SEALED, into what their source knows them
 * as.  SSRC_PASS; DROP_BAD_RTP: its first packet is malformed, and nothing was changed. */
enum drop reports_take(struct sw_transport_state *st, uint8_t *p, unsigned len, bool sealed,
	const struct reports_clock *clock);

/* One is about to leave by ST's transport, in the clear: a sender report starts the clock of
 * the round trip. */
void reports_leave(
	struct sw_transport_state *st, const uint8_t *p, unsigned len, uint64_t now);
