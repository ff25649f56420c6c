/* SPDX-License-Identifier: Apache-2.0
 *
 * The stage before addressing: every packet gets the index that it leaves under, its sequence
 * number says the same, and the far side's key seals it.  Forwarding core.  RFC 3711
 * section 3.3. */
#include "dataplane/ahead.h"
#include "dataplane/lcore.h"
#include "dataplane/reports.h"
#include "dataplane/rtcp.h"
#include "dataplane/rtp.h"
#include "dataplane/ssrc.h"

/* Has the seal key changed since this core last sealed for the transport? */
static void
meet_seal(struct transport *t)
{
	struct sw_transport_state *st = t->out.state;

	if (st->tx.seal_generation != t->seal_generation) {
		ssrc_tx_rekey(st);
		st->tx.seal_generation = t->seal_generation;
	}
}

/* Number one packet and make it a job.  SSRC_PASS: it may be sealed. */
static enum drop
prepare(struct rte_mbuf *m, const struct meta *me, struct seal_job *job)
{
	struct transport *to = me->out.to;
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t rtcp_index = 0;
	uint64_t index = 0;
	enum drop why;

	if (me->untouched)
		return DROP_ZRTP;
	if (me->opaque)
		return DROP_SEAL; /* what is no RTP cannot become SRTP */
	if (rte_pktmbuf_tailroom(m) < SEAL_TAILROOM)
		return DROP_TOO_LONG;
	meet_seal(to);
	if (me->rtcp) {
		why = ssrc_tx_rtcp(to->out.state, to->out.ssrcs, me->ssrc, &rtcp_index);
		index = rtcp_index;
	} else {
		why = ssrc_tx_index(to->out.state, to->out.ssrcs, me->ssrc, me->out.from_id,
			me->epoch, me->index, &index);
		if (why == SSRC_PASS)
			rtp_put16(p + 2, (uint16_t)index);
	}
	*job = (struct seal_job){.key = to->seal,
		.pkt = p,
		.index = index,
		.len = rte_pktmbuf_data_len(m),
		.clear = me->clear,
		.rtcp = me->rtcp};
	return why;
}

/* RTCP on its way out by TO: without what its party does not take, and noted.  DROPS: it may
 * go. */
static enum drop
leave_reports(struct lcore *lc, struct transport *to, struct rte_mbuf *m)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	unsigned len = rte_pktmbuf_data_len(m);

	if (to->no_feedback) {
		len = rtcp_strip_feedback(p, len);
		if (len < RTCP_HEADER)
			return DROP_FEEDBACK;
		m->data_len = (uint16_t)len;
		m->pkt_len = len;
		meta(m)->ssrc = rtcp_ssrc(p); /* of what is the first packet now */
	}
	reports_leave(to->out.state, p, len, lc->now);
	return DROPS;
}

/* At most SEAL_BURST packets; they stay packed. */
static unsigned
seal_some(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	struct seal_job job[SEAL_BURST];
	uint8_t of[SEAL_BURST]; /* job -> packet */
	uint8_t why[SEAL_BURST];
	unsigned jobs = 0, kept = 0;

	for (unsigned i = 0; i < n; i++) {
		struct meta *me = meta(pkt[i]);

		why[i] = DROPS;
		if (me->rtcp && !me->opaque && !me->untouched)
			why[i] = (uint8_t)leave_reports(lc, me->out.to, pkt[i]);
		if (why[i] != DROPS || me->out.to->seal == NULL)
			continue;
		why[i] = (uint8_t)prepare(pkt[i], me, &job[jobs]);
		if (why[i] == DROPS)
			of[jobs++] = (uint8_t)i;
	}
	if (jobs > 0)
		seal_burst(lc->lane, job, jobs);
	for (unsigned j = 0; j < jobs; j++) {
		struct rte_mbuf *m = pkt[of[j]];

		if (job[j].status != SEAL_OK) {
			why[of[j]] =
				job[j].status == SEAL_EINDEX ? DROP_KEY_USED_UP : DROP_SEAL;
			continue;
		}
		m->data_len = job[j].len;
		m->pkt_len = job[j].len;
	}
	for (unsigned i = 0; i < n; i++) {
		if (why[i] == DROPS)
			pkt[kept++] = pkt[i];
		else
			drop_of(lc, meta(pkt[i])->out.to, pkt[i], (enum drop)why[i]);
	}
	return kept;
}

/* RTP -> SRTP under the far side's key; plain RTP passes.
 *   reads meta.out, .index, .epoch, .ssrc, .rtcp, .opaque, .untouched, .clear; writes the
 *   sink's numbering, and .ssrc; drops sink_ssrc_limit, sink_late, key_used_up, seal, zrtp,
 *   feedback, too_long */
unsigned
seal_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i += SEAL_BURST) {
		unsigned some = RTE_MIN(n - i, (unsigned)SEAL_BURST);

		some = seal_some(lc, pkt + i, some);
		for (unsigned k = 0; k < some; k++)
			pkt[kept++] = pkt[i + k];
	}
	return kept;
}
