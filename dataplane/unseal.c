/* SPDX-License-Identifier: Apache-2.0
 *
 * Third stage: SRTP is authenticated and decrypted, plain RTP is numbered, repeats are
 * dropped; and only a packet that has passed is learned from and counted.  Forwarding core.
 * RFC 3711 section 3.3.
 *
 * A burst goes through the engine as one.  What fails may still be good under another key (the
 * one before a re-key) or another roll-over count: those few go once more, one by one. */
#include <string.h>

#include "dataplane/addr.h"
#include "dataplane/ahead.h"
#include "dataplane/lcore.h"
#include "dataplane/likeness.h"
#include "dataplane/reports.h"
#include "dataplane/rtp.h"
#include "dataplane/ssrc.h"
#include "dataplane/zrtp.h"

/* One packet of the burst on its way through. */
struct trial {
	struct ssrc_try try;
	uint32_t rtcp_index;
	uint16_t len;  /* as it came */
	uint8_t key;   /* which of transport.unseal it is tried under */
	uint8_t first; /* enum drop: why it does not pass under the newest key */
};

/* Has anything changed about the keys or the remote since this core last saw the transport? */
static void
meet(struct transport *t)
{
	struct sw_transport_state *st = t->state;

	if (ssrc_generation(st) != t->generation) {
		ssrc_rekey(st, t->generation);
		st->old_key = 1;
	}
	if (st->old_key && t->unseal[1] == NULL) {
		ssrc_key_gone(st, (uint8_t)(t->generation - 1));
		st->old_key = 0;
	}
}

/* ---- Learning: only from what was accepted ---- */

/* NEWEST takes anybody's word for each half of the pair: does SRC, who is learned now for the
 * RTP, say that the RTCP was somebody else's? */
static bool
is_other_host(const struct transport *t, unsigned side, const struct sw_addr *src)
{
	return t->source == SW_SOURCE_NEWEST && side == 0 &&
	       memcmp(src->ip, t->state->learned[1].ip, sizeof src->ip) != 0;
}

static const struct sw_addr nobody;

static void
forget_rtcp(struct sw_transport_state *st)
{
	addr_copy_shared(&st->learned[1], &nobody);
	st->latched[1] = 0;
}

/* Not inlined, for it is rare, and what it needs of registers would be every packet's. */
__attribute__((noinline)) static void
learn(struct lcore *lc, struct transport *t, const struct meta *me)
{
	struct sw_transport_state *st = t->state;
	uint32_t seq = atomic_load_explicit(&st->learned_seq, memory_order_relaxed);
	unsigned side = transport_side(t, me->rtcp);
	bool again;

	if ((int32_t)(t->relatch - st->relatch) < 0)
		return; /* the rest of a burst that has overtaken a re-offer */

	atomic_store_explicit(&st->learned_seq, seq + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	if (st->relatch != t->relatch) {
		addr_copy_shared(&st->learned[0], &nobody);
		addr_copy_shared(&st->learned[1], &nobody);
		memset(st->latched, 0, sizeof st->latched);
		__atomic_store_n(&st->relatch, t->relatch, __ATOMIC_RELAXED);
	}
	again = st->latched[side];
	if (is_other_host(t, side, &me->in.src))
		forget_rtcp(st);
	addr_copy_shared(&st->learned[side], &me->in.src);
	st->latched[side] = 1;
	atomic_store_explicit(&st->learned_seq, seq + 2, memory_order_release);
	if (!again || lcore_event_may_repeat(lc, SW_EV_LATCHED))
		lcore_event(lc, t, SW_EV_LATCHED, side, &me->in.src);
}

/* Where T answers now, as the core knows it. */
static const struct sw_addr *
answers(const struct transport *t, unsigned side)
{
	const struct sw_transport_state *st = t->state;

	return st->relatch == t->relatch && st->learned[side].family != 0
		       ? &st->learned[side]
		       : transport_remote(t, side);
}

/* Has T learned, since signalling said something else last, who SRC is? */
static bool
knows(const struct transport *t, unsigned side, const struct sw_addr *src)
{
	const struct sw_transport_state *st = t->state;

	return st->relatch == t->relatch && st->latched[side] &&
	       memcmp(&st->learned[side], src, sizeof *src) == 0;
}

/* NEWEST: no later packet of this SSRC has been accepted; an old one that comes late must not
 * move the answer back. */
static void
maybe_learn(struct lcore *lc, struct transport *t, const struct meta *me, bool newest)
{
	const struct sw_transport_state *st = t->state;
	unsigned side = transport_side(t, me->rtcp);

	switch (t->source) {
	case SW_SOURCE_LATCH:
		if (st->relatch != t->relatch || !st->latched[side])
			learn(lc, t, me);
		break;
	case SW_SOURCE_BEST:
		if (st->relatch != t->relatch || !st->latched[side] ||
			likeness_of(&me->in.src, transport_remote(t, side)) >
				likeness_of(&st->learned[side], transport_remote(t, side)))
			learn(lc, t, me);
		break;
	case SW_SOURCE_AUTHENTICATED:
		if (newest && (memcmp(answers(t, side), &me->in.src, sizeof me->in.src) != 0 ||
				      (t->waits && !knows(t, side, &me->in.src))))
			learn(lc, t, me);
		break;
	case SW_SOURCE_NEWEST:
		if (newest && !knows(t, side, &me->in.src))
			learn(lc, t, me);
		break;
	}
}

/* The packet has passed. */
static void
accepted(struct lcore *lc, struct rte_mbuf *m, struct meta *me, const struct trial *tr)
{
	struct transport *t = me->in.from;
	struct sw_transport_state *st = t->state;
	bool newest = true;

	if (!me->rtcp && !me->opaque) {
		const struct sw_rx_ssrc *rx = sw_rx(st, tr->try.entry);

		newest = tr->try.index ==
			 atomic_load_explicit(&rx->index, memory_order_relaxed);
		me->index = tr->try.index;
		me->epoch = tr->try.epoch;
		if (t->mesh) { /* slots are numbers, and only now more than 16 bits of one */
			rtp_put32(rte_pktmbuf_mtod(m, uint8_t *) + 4,
				(uint32_t)(me->index * me->ticks));
			ssrc_rx_covers(st, &tr->try, me->more_slots);
		}
		if (t->clock != 0)
			ssrc_rx_jitter(st, &tr->try,
				rtp_timestamp(rte_pktmbuf_mtod(m, const uint8_t *)),
				(uint32_t)(int64_t)((double)(int64_t)lc->now *
						    (double)t->clock));
	}
	count_add(me->rtcp ? &st->rx_rtcp : &st->rx_packets, 1);
	count_add(&st->rx_bytes, tr->len);
	atomic_store_explicit(&st->last_seen, lc->now, memory_order_relaxed);
	maybe_learn(lc, t, me, newest);
}

/* ZRTP has passed.  What it says of the media is so from the next packet on. */
static void
take_zrtp(struct lcore *lc, const struct rte_mbuf *m, struct transport *t)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	struct sw_transport_state *st = t->state;

	count_add(&lc->count->zrtp, 1);
	count_add(&sw_more_to_write(st)->zrtp, 1);
	if (zrtp_secures(p))
		atomic_store_explicit(&st->secured,
			(uint16_t)(SW_SECURED | (t->relatch & (SW_SECURED - 1))),
			memory_order_relaxed);
	else if (zrtp_clears(p))
		atomic_store_explicit(&st->secured, 0, memory_order_relaxed);
}

/* RTCP in the clear, LEN bytes of it.  SSRC_PASS; DROP_BAD_RTP: nobody is to see it. */
static enum drop
take_reports(const struct lcore *lc, struct rte_mbuf *m, struct transport *t, unsigned len)
{
	return reports_take(t->state, rte_pktmbuf_mtod(m, uint8_t *), len, t->seal != NULL,
		&(struct reports_clock){.now = lc->now, .hz = lc->tsc_hz});
}

/* ---- SRTP ---- */

static void
prepare(const struct rte_mbuf *m, const struct meta *me, const struct trial *tr,
	struct seal_job *job)
{
	*job = (struct seal_job){.key = me->in.from->unseal[tr->key],
		.pkt = rte_pktmbuf_mtod(m, uint8_t *),
		.index = tr->try.index,
		.len = tr->len,
		.clear = me->clear,
		.rtcp = me->rtcp};
}

/* begin() of SRTCP; not inlined, like learn(). */
__attribute__((noinline)) static enum drop
begin_rtcp(const struct transport *t, const uint8_t *p, const struct meta *me,
	uint8_t generation, struct trial *tr)
{
	int64_t index = seal_rtcp_index(t->unseal[tr->key], p, tr->len);

	tr->rtcp_index = (uint32_t)index;
	return index < 0 ? DROP_BAD_RTP
			 : ssrc_rtcp_begin(t->state, generation, me->ssrc, tr->rtcp_index);
}

/* Is it worth trying under key KEY of its transport?  Then TR and JOB are ready for the
 * engine. */
static bool
begin(const struct rte_mbuf *m, const struct meta *me, unsigned key, struct trial *tr,
	struct seal_job *job)
{
	const struct transport *t = me->in.from;
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint8_t generation = (uint8_t)(t->generation - key);
	enum drop why;

	if (t->unseal[key] == NULL)
		return false;
	tr->key = (uint8_t)key;
	why = me->rtcp ? begin_rtcp(t, p, me, generation, tr)
		       : ssrc_rx_begin(t->state, generation, me->ssrc, rtp_seq(p), &tr->try);
	if (key == 0)
		tr->first = (uint8_t)(why != SSRC_PASS ? why
				      : me->rtcp       ? DROP_AUTH
						       : tr->try.fail);
	prepare(m, me, tr, job);
	return why == SSRC_PASS;
}

/* The engine has spoken.  Does the packet pass? */
static bool
finish(struct lcore *lc, struct rte_mbuf *m, struct meta *me, struct trial *tr,
	const struct seal_job *job, uint32_t now_s)
{
	struct transport *t = me->in.from;
	struct sw_transport_state *st = t->state;
	uint8_t generation = (uint8_t)(t->generation - tr->key);
	enum drop why;

	if (job->status != SEAL_OK)
		return false;
	why = me->rtcp ? ssrc_rtcp_accept(st, t->ssrcs, generation, me->ssrc, tr->rtcp_index)
		       : ssrc_rx_accept(st, t->ssrcs, now_s, &tr->try);
	if (why == SSRC_PASS && me->rtcp)
		why = take_reports(lc, m, t, job->len);
	if (why != SSRC_PASS) {
		if (tr->key == 0)
			tr->first = (uint8_t)why;
		if (why == DROP_SSRC_LIMIT)
			lcore_event(lc, t, SW_EV_SSRC_LIMIT, me->rtcp, &me->in.src);
		return false;
	}
	/* Not by a packet of this burst that still has the rules before a re-key. */
	if (tr->key == 0 && !atomic_load_explicit(&st->key_proven, memory_order_relaxed) &&
		ssrc_generation(st) == t->generation) {
		atomic_store_explicit(&st->key_proven, 1, memory_order_relaxed);
		if (t->unseal[1] != NULL)
			lcore_event(lc, t, SW_EV_REKEYED, me->rtcp, NULL);
	}
	m->data_len = job->len;
	m->pkt_len = job->len;
	accepted(lc, m, me, tr);
	return true;
}

/* Authentication failed; it left the packet as it was.  Is there another index to try? */
static bool
next_index(const struct rte_mbuf *m, const struct meta *me, struct trial *tr,
	struct seal_job *job)
{
	if (me->rtcp || !ssrc_rx_retry(me->in.from->state, &tr->try))
		return false;
	prepare(m, me, tr, job);
	return true;
}

/* A packet that failed in the burst: its other index, then the older key. */
static bool
try_again(struct lcore *lc, struct rte_mbuf *m, struct trial *tr, uint32_t now_s)
{
	struct meta *me = meta(m);
	struct seal_job job;

	for (unsigned key = tr->key; key < 2; key++) {
		bool more = key == tr->key ? next_index(m, me, tr, &job)
					   : begin(m, me, key, tr, &job);

		for (; more; more = next_index(m, me, tr, &job)) {
			unseal_burst(lc->lane, &job, 1);
			if (finish(lc, m, me, tr, &job, now_s))
				return true;
			if (job.status == SEAL_OK)
				break; /* authentic, but not wanted */
		}
	}
	return false;
}

/* ---- The stage ---- */

/* One packet of plain RTP or RTCP, or of what is neither.  What ZRTP has secured has headers
 * in the clear, and RTCP whose rest is none to read.  SSRC_PASS: it may go on. */
static enum drop
plain(struct lcore *lc, struct rte_mbuf *m, struct meta *me, struct trial *tr, uint32_t now_s)
{
	struct transport *t = me->in.from;
	enum drop why = SSRC_PASS;

	if (me->untouched)
		take_zrtp(lc, m, t);
	else
		me->untouched = transport_is_secured(t);
	if (!me->rtcp && !me->opaque)
		why = (t->mesh ? ssrc_rx_slot : ssrc_rx_plain)(t->state, t->ssrcs,
			t->generation, me->ssrc, rtp_seq(rte_pktmbuf_mtod(m, const uint8_t *)),
			now_s, &tr->try);
	else if (me->rtcp && !me->opaque && !me->untouched)
		why = take_reports(lc, m, t, tr->len);
	if (why == SSRC_PASS)
		accepted(lc, m, me, tr);
	return why;
}

/* WHY: DROPS of those that pass, which close up.  How many. */
static inline unsigned
sift(struct lcore *lc, struct rte_mbuf **pkt, unsigned n, const uint8_t why[BURST])
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		if (why[i] == DROPS)
			pkt[kept++] = pkt[i];
		else
			drop_of(lc, meta(pkt[i])->in.from, pkt[i], (enum drop)why[i]);
	}
	return kept;
}

/* SRTP -> RTP.
 *   reads meta.in.from, .in.src, .rtcp, .opaque, .untouched, .clear, .ssrc
 *   writes meta.index, .epoch, .untouched, the transport's state
 *   drops auth, replay, late, restart, ssrc_limit, bad_rtp, too_long */
unsigned
unseal_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	enum { WAITS = DROPS + 1 };
	struct trial trial[BURST];
	struct seal_job job[BURST];
	uint8_t of[BURST]; /* job -> packet */
	uint8_t why[BURST];
	uint32_t now_s = (uint32_t)(lc->now / lc->tsc_hz);
	unsigned jobs = 0;

	ahead_out(pkt, n);
	for (unsigned i = 0; i < n; i++) {
		struct meta *me = meta(pkt[i]);
		struct trial *tr = &trial[i];

		tr->len = rte_pktmbuf_data_len(pkt[i]);
		meet(me->in.from);
		if (me->in.from->unseal[0] == NULL) {
			why[i] = (uint8_t)plain(lc, pkt[i], me, tr, now_s);
		} else if (rte_pktmbuf_tailroom(pkt[i]) < SEAL_TAILROOM) {
			why[i] = DROP_TOO_LONG;
		} else if (begin(pkt[i], me, 0, tr, &job[jobs]) ||
			   begin(pkt[i], me, 1, tr, &job[jobs])) {
			why[i] = WAITS;
			of[jobs++] = (uint8_t)i;
		} else {
			why[i] = tr->first;
		}
	}
	if (jobs > 0)
		unseal_burst(lc->lane, job, jobs);
	for (unsigned j = 0; j < jobs; j++)
		if (finish(lc, pkt[of[j]], meta(pkt[of[j]]), &trial[of[j]], &job[j], now_s))
			why[of[j]] = DROPS;
	for (unsigned j = 0; j < jobs; j++) {
		unsigned i = of[j];

		if (why[i] != WAITS)
			continue;
		if (job[j].status != SEAL_OK && try_again(lc, pkt[i], &trial[i], now_s))
			why[i] = DROPS;
		else
			why[i] = trial[i].first;
	}
	return sift(lc, pkt, n, why);
}
