/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbering of packets that leave; see ssrc.h for what is kept and why.  Runs on the
 * forwarding core that owns the sink.  RFC 3711 section 3.3.1. */
#include "dataplane/ssrc.h"

#include <stddef.h>
#include <string.h>

#include "dataplane/ssrc_order.h"

enum { RTCP_INDEX_MAX = INT32_MAX };

enum { /* bits of sw_tx_ssrc.state */
	TX_USED = 1,
	TX_RTP = 2, /* RTP was sealed: offset, highest, floor, source, epoch count */
	TX_OLD = 4, /* not yet sealed under the key in force */
};

static struct sw_tx_ssrc *
tx_find(struct sw_transport_state *st, uint32_t ssrc)
{
	for (unsigned i = 0; i < st->tx_ssrcs; i++) {
		struct sw_tx_ssrc *e = sw_tx(st, i);

		if (e->ssrc == ssrc && e->state != 0)
			return e;
	}
	return NULL;
}

/* The entry of SSRC, which is in use under the key in force from now on; NULL: there are too
 * many. */
static struct sw_tx_ssrc *
tx_entry(struct sw_transport_state *st, unsigned limit, uint32_t ssrc)
{
	struct sw_tx_ssrc *e = tx_find(st, ssrc), *spare = NULL;
	unsigned used = 0;

	if (e != NULL && !(e->state & TX_OLD))
		return e;

	for (unsigned i = 0; i < st->tx_ssrcs; i++) {
		struct sw_tx_ssrc *x = sw_tx(st, i);

		if (x->state != 0 && !(x->state & TX_OLD))
			used++;
		else if (spare == NULL || spare->state != 0)
			spare = x; /* a free one for choice */
	}
	if (used >= limit)
		return NULL;
	if (e == NULL && (spare == NULL || spare->state != 0) && st->tx_ssrcs < SW_SSRCS) {
		st->has_more |= st->tx_ssrcs > 0;
		spare = sw_tx(st, st->tx_ssrcs++);
	}
	if (spare == NULL)
		return NULL;
	if (e == NULL) {
		e = spare;
		e->state = 0;
		ORDERED();
		memset(e, 0, offsetof(struct sw_tx_ssrc, state)); /* what follows stays */
		e->ssrc = ssrc;
		ORDERED();
		e->state = TX_USED;
	}
	e->state &= (uint8_t)~TX_OLD;
	return e;
}

/* E goes over to numbering (SOURCE, EPOCH), whose packet INDEX leaves as FIRST; no earlier one
 * may. */
static void
tx_anchor(struct sw_tx_ssrc *e, uint64_t source, uint32_t epoch, uint64_t index,
	uint64_t first, uint64_t floor)
{
	e->source = 0; /* nobody's, should a kill come now */
	ORDERED();
	e->offset = (int64_t)(first - index);
	e->floor = floor;
	e->epoch = epoch;
	ORDERED();
	e->source = source;
}

enum drop
ssrc_tx_index(struct sw_transport_state *st, unsigned limit, uint32_t ssrc, uint64_t source,
	uint32_t epoch, uint64_t index, uint64_t *out)
{
	struct sw_tx_ssrc *e = &st->tx; /* nearly always */
	int64_t leaves;

	if (e->ssrc != ssrc || e->state != (TX_USED | TX_RTP))
		e = tx_entry(st, limit, ssrc);
	if (e == NULL)
		return DROP_SINK_SSRC_LIMIT;
	if (!(e->state & TX_RTP)) {
		/* Receivers begin at roll-over 0.  No index lies behind us yet, so packets
		 * that are late by reordering may still leave. */
		tx_anchor(e, source, epoch, index, index % ROC, 0);
		store(&e->highest, index % ROC);
		e->state |= TX_RTP;
	} else if (e->source != source || e->epoch != epoch) {
		uint64_t next = load(&e->highest) + 1;

		tx_anchor(e, source, epoch, index, next, next);
	}

	leaves = (int64_t)(index + (uint64_t)e->offset);
	if (leaves < 0 || leaves < (int64_t)e->floor)
		return DROP_SINK_LATE;
	if (leaves > (int64_t)INDEX_MAX)
		return DROP_KEY_USED_UP;
	if ((uint64_t)leaves > load(&e->highest))
		store(&e->highest, (uint64_t)leaves);
	ORDERED();
	*out = (uint64_t)leaves;
	return SSRC_PASS;
}

enum drop
ssrc_tx_rtcp(struct sw_transport_state *st, unsigned limit, uint32_t ssrc, uint32_t *out)
{
	struct sw_tx_ssrc *e = tx_entry(st, limit, ssrc);

	if (e == NULL)
		return DROP_SINK_SSRC_LIMIT;
	if (e->rtcp_index >= RTCP_INDEX_MAX)
		return DROP_KEY_USED_UP;
	*out = ++e->rtcp_index;
	ORDERED();
	return SSRC_PASS;
}

void
ssrc_tx_rekey(struct sw_transport_state *st)
{
	for (unsigned i = 0; i < st->tx_ssrcs; i++)
		if (sw_tx(st, i)->state != 0)
			sw_tx(st, i)->state |= TX_OLD;
}
