/* SPDX-License-Identifier: Apache-2.0
 *
 * See reports.h. */
#include "dataplane/reports.h"

#include "dataplane/rtcp.h"

static void
store(_Atomic uint32_t *at, uint32_t v)
{
	atomic_store_explicit(at, v, memory_order_relaxed);
}

/* What ssrc_tx_index() adds to the numbers of SSRC; for an rtcp_offset. */
static uint16_t
offset_of(const void *state, uint32_t ssrc)
{
	const struct sw_transport_state *st = state;

	for (unsigned i = 0; i < st->tx_ssrcs; i++)
		if (sw_tx(st, i)->state != 0 && sw_tx(st, i)->ssrc == ssrc)
			return (uint16_t)sw_tx(st, i)->offset;
	return 0;
}

/* Is B about the source whose sender report left last? */
static bool
is_of_last_sr(const struct sw_reports *r, const struct rtcp_block *b)
{
	return r->sr_at != 0 && b->lsr != 0 && b->lsr == r->sr_ntp;
}

/* RFC 3550 section 6.4.1, but for the clock: the sender's time stamp only says which report is
 * meant, and ours says when that passed here.  At least 1, for 0 means unknown. */
static uint32_t
round_trip_us(
	const struct sw_reports *r, const struct rtcp_block *b, const struct reports_clock *c)
{
	uint64_t away = (uint64_t)((unsigned __int128)(c->now - r->sr_at) * 1000000 / c->hz),
		 kept = (uint64_t)b->dlsr * 1000000 >> 16;

	if (away <= kept)
		return 1;
	return away - kept < UINT32_MAX ? (uint32_t)(away - kept) : UINT32_MAX;
}

/* A party that hears several sources reports on each, also on those that have ended: what
 * counts is the one that was last told of, or else the first. */
static void
take_block(struct sw_transport_state *st, const struct rtcp_said *said,
	const struct reports_clock *c)
{
	struct sw_reports *r = &st->reports;
	const struct rtcp_block *b = &said->block[0];

	for (unsigned i = 0; i < said->blocks; i++)
		if (is_of_last_sr(r, &said->block[i]))
			b = &said->block[i];
	store(&r->sent, (uint32_t)atomic_load_explicit(&st->tx_packets, memory_order_relaxed));
	store(&r->lost, (uint32_t)b->lost);
	store(&r->fraction, b->fraction);
	store(&r->jitter, b->jitter);
	if (is_of_last_sr(r, b))
		store(&r->rtt_us, round_trip_us(r, b, c));
	/* Last, and with release: who finds it finds the rest. */
	atomic_store_explicit(&r->reports,
		atomic_load_explicit(&r->reports, memory_order_relaxed) + 1,
		memory_order_release);
}

enum drop
reports_take(struct sw_transport_state *st, uint8_t *p, unsigned len, bool sealed,
	const struct reports_clock *clock)
{
	struct sw_reports *r = &st->reports;
	struct rtcp_said said;

	if ((len = rtcp_read(p, len, &said)) == 0)
		return DROP_BAD_RTP;
	if (said.blocks > 0)
		take_block(st, &said, clock);
	if (said.bye)
		store(&r->byes, atomic_load_explicit(&r->byes, memory_order_relaxed) + 1);
	if (sealed) /* else what leaves has its source's numbers, now */
		rtcp_renumber(p, len, offset_of, st);
	return SSRC_PASS;
}

void
reports_leave(struct sw_transport_state *st, const uint8_t *p, unsigned len, uint64_t now)
{
	struct rtcp_said said;

	if (rtcp_read(p, len, &said) == 0 || !said.sr)
		return;
	st->reports.sr_ntp = said.sr_ntp;
	st->reports.sr_at = now;
}
