/* SPDX-License-Identifier: Apache-2.0
 *
 * What ssrc.c, ssrc_entries.c and ssrc_rtcp.c share: what arrives.  Nobody else's. */
#pragma once

#include "dataplane/ssrc.h"
#include "dataplane/ssrc_order.h"

enum { /* sw_rx_ssrc.state */
	RX_FREE,
	RX_USED,
	RX_SUSPECT, /* used, and a restart is suspected */
};

static inline uint8_t
bit_of(uint8_t generation)
{
	return (uint8_t)(1u << (generation & 1));
}

/* Generations whose packets could be replayed if entry I were forgotten. */
static inline uint8_t
live(const struct sw_transport_state *st, unsigned i)
{
	return sw_rx(st, i)->keys | sw_rx_srtcp(st, i)->used;
}

/* What the numbering of E expected and did not get. */
static inline uint64_t
missing(const struct sw_rx_ssrc *e)
{
	uint64_t expected = load(&e->index) - e->first + 1;
	uint64_t got = load(&e->packets);

	return e->epoch != 0 && expected > got ? expected - got : 0;
}

/* ---- ssrc_entries.c; entries are numbers, SW_SSRCS: none ---- */

/* The entry that numbers the RTP packets of SSRC under the key with BIT. */
unsigned ssrc_entry_in_force(const struct sw_transport_state *st, uint32_t ssrc, uint8_t bit);

/* The newest numbering of SSRC, under whichever key; there may be two, one of each key. */
unsigned ssrc_entry_newest(const struct sw_transport_state *st, uint32_t ssrc);

/* Are there LIMIT SSRCs besides this one under the key with BIT? */
bool ssrc_entries_full(
	const struct sw_transport_state *st, unsigned limit, uint32_t ssrc, uint8_t bit);

/* Of the entries that just the generations NEEDED need, and that have been silent for at least
 * SILENT_S, free the one silent longest.  False: there was none. */
bool ssrc_entry_forget(
	struct sw_transport_state *st, uint8_t needed, uint32_t now_s, uint32_t silent_s);

/* Where a new numbering of SSRC, or its RTCP, may live: an entry of its own without one, a
 * free one, or one that no key needs any more. */
unsigned ssrc_entry_home(struct sw_transport_state *st, uint32_t ssrc);
