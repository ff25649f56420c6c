/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbering of RTP that arrives; see ssrc.h for what is kept and why, ssrc_entries.c for
 * the table that it is kept in, ssrc_rtcp.c for RTCP, ssrc_tx.c for packets that leave.  Runs
 * on the forwarding core that owns the transport.  RFC 3711 sections 3.3.1, 3.3.2, appendix A;
 * RFC 3550 appendix A. */
#include "dataplane/ssrc_inside.h"

/* Timestamp units between two transit times (11 s at 90 kHz); more is a new time base. */
enum { JITTER_STEP_MAX = 1 << 20 };

/* ---- Windows ---- */

int64_t
ssrc_estimate(uint64_t highest, uint16_t seq)
{
	int32_t ahead = (int16_t)(seq - (uint16_t)highest);

	if (ahead == INT16_MIN)
		ahead = -ahead;
	return (int64_t)(highest + (uint64_t)ahead);
}

/* SSRC_PASS when INDEX may still be accepted. */
static enum drop
rtp_unseen(const struct sw_rx_ssrc *e, int64_t index)
{
	int64_t behind = (int64_t)(load(&e->index) - (uint64_t)index);

	if (behind < 0)
		return SSRC_PASS;
	if (index < 0 || behind >= SSRC_WINDOW)
		return DROP_LATE;
	return e->window[behind / 64] >> behind % 64 & 1 ? DROP_REPLAY : SSRC_PASS;
}

static inline void
shift(uint64_t window[2], uint64_t by)
{
	if (by == 1) { /* nearly always */
		window[1] = window[1] << 1 | window[0] >> 63;
		window[0] <<= 1;
	} else if (by >= 128) {
		window[0] = window[1] = 0;
	} else if (by >= 64) {
		window[1] = window[0] << (by - 64);
		window[0] = 0;
	} else {
		window[1] = window[1] << by | window[0] >> 1 >> (63 - by);
		window[0] <<= by;
	}
}

/* INDEX, which rtp_unseen() lets through, has been accepted. */
static inline void
rtp_mark(struct sw_rx_ssrc *e, uint64_t index)
{
	int64_t behind = (int64_t)(load(&e->index) - index);

	if (behind < 0) {
		shift(e->window, (uint64_t)-behind);
		store(&e->index, index);
		behind = 0;
	}
	e->window[behind / 64] |= UINT64_C(1) << behind % 64;
	if (index < e->first)
		e->first = index;
	store(&e->packets, load(&e->packets) + 1);
}

/* ---- Numberings ---- */

/* E begins a new numbering with INDEX; its RTCP part stays.  Until the new epoch is stored a
 * kill finds none, and ssrc_recover() takes away the keys with it. */
static void
start_numbering(
	struct sw_transport_state *st, struct sw_rx_ssrc *e, uint8_t bit, uint64_t index)
{
	store(&st->lost, load(&st->lost) + missing(e));
	e->epoch = 0;
	if (++st->epochs == 0)
		st->epochs = 1;
	ORDERED();
	store(&e->index, index);
	e->window[0] = 1;
	e->window[1] = 0;
	e->first = index;
	store(&e->packets, 1);
	e->transit = 0;
	atomic_store_explicit(&e->jitter, 0, memory_order_relaxed);
	e->keys = bit;
	e->state = RX_USED;
	ORDERED();
	e->epoch = st->epochs;
}

/* The packet of *T was accepted as t->index in entry I. */
static inline enum drop
accepted(struct sw_transport_state *st, unsigned i, uint32_t now_s, struct ssrc_try *t)
{
	struct sw_rx_ssrc *e = sw_rx(st, i);

	if (t->index < load(&e->index))
		store(&st->rx_reordered, load(&st->rx_reordered) + 1);
	e->seen = now_s;
	t->entry = (uint8_t)i;
	t->epoch = e->epoch;
	return SSRC_PASS;
}

/* ---- What nearly all packets are ----
 *
 * What comes behind it for the others is kept from being inlined: the registers that it saves
 * and restores would be every packet's. */

/* The index of SEQ if the packet goes on where the first SSRC has got to. */
static inline uint64_t
next_index(const struct sw_transport_state *st, uint16_t seq)
{
	uint64_t highest = load(&st->rx.index);

	return highest + (uint16_t)(seq - (uint16_t)highest);
}

/* Does INDEX, under a key by which the SSRC is known already?  What follows would find the
 * same of such a packet, by a longer way. */
static inline bool
goes_on(const struct sw_transport_state *st, uint8_t generation, uint32_t ssrc, uint64_t index)
{
	const struct sw_rx_ssrc *e = &st->rx;
	uint64_t ahead = index - load(&e->index);

	return e->ssrc == ssrc && e->state == RX_USED && e->keys & bit_of(generation) &&
	       ahead - 1 < SSRC_WINDOW && index <= INDEX_MAX;
}

static inline enum drop
go_on(struct sw_transport_state *st, uint32_t now_s, struct ssrc_try *t)
{
	rtp_mark(&st->rx, t->index);
	return accepted(st, 0, now_s, t);
}

/* ---- SRTP that arrives ---- */

/* The index that numbering E offers for SEQ: the nearest one, or, when that is beyond the
 * window, the one a roll-over later (a very long loss).  -1: it has been here. */
static int64_t
offer(const struct sw_rx_ssrc *e, uint16_t seq, uint8_t *fail)
{
	int64_t index = ssrc_estimate(load(&e->index), seq);

	switch (rtp_unseen(e, index)) {
	case DROP_REPLAY:
		*fail = DROP_REPLAY;
		return -1;
	case DROP_LATE:
		*fail = DROP_LATE;
		index = (int64_t)((uint64_t)index + ROC);
		break;
	default:
		*fail = DROP_AUTH;
	}
	return index <= (int64_t)INDEX_MAX ? index : -1;
}

/* The indexes to try the packet under, likeliest first; how many.  Sets t->fail. */
static unsigned
candidates(
	const struct sw_transport_state *st, struct ssrc_try *t, uint64_t list[SSRC_ATTEMPTS])
{
	unsigned i = ssrc_entry_in_force(st, t->ssrc, bit_of(t->generation));
	unsigned n = 0;
	int64_t index;

	if (i < SW_SSRCS) {
		if ((index = offer(sw_rx(st, i), t->seq, &t->fail)) >= 0)
			list[n++] = (uint64_t)index;
		return n;
	}

	/* The key has not met this SSRC.  Its roll-over counter goes on from an earlier key,
	 * or it begins at 0, or it had begun at 0 and rolled over before we heard it. */
	i = ssrc_entry_newest(st, t->ssrc);
	if (i < SW_SSRCS && (index = offer(sw_rx(st, i), t->seq, &t->fail)) >= 0)
		list[n++] = (uint64_t)index;
	t->fail = DROP_AUTH;
	if (n == 0 || list[0] != t->seq)
		list[n++] = t->seq;
	if (i == SW_SSRCS && t->seq < ROC / 2)
		list[n++] = (uint64_t)ROC + t->seq;
	return n;
}

/* ssrc_rx_begin() of a packet that does not just go on. */
__attribute__((noinline)) static enum drop
begin_otherwise(const struct sw_transport_state *st, struct ssrc_try *t)
{
	uint64_t list[SSRC_ATTEMPTS];

	if (candidates(st, t, list) == 0)
		return t->fail;
	t->index = list[0];
	return SSRC_PASS;
}

enum drop
ssrc_rx_begin(const struct sw_transport_state *st, uint8_t generation, uint32_t ssrc,
	uint16_t seq, struct ssrc_try *t)
{
	*t = (struct ssrc_try){.index = next_index(st, seq),
		.ssrc = ssrc,
		.seq = seq,
		.generation = generation,
		.attempts = 1,
		.fail = DROP_AUTH};
	if (goes_on(st, generation, ssrc, t->index))
		return SSRC_PASS;
	return begin_otherwise(st, t);
}

bool
ssrc_rx_retry(const struct sw_transport_state *st, struct ssrc_try *t)
{
	uint64_t list[SSRC_ATTEMPTS];
	uint8_t fail = t->fail;
	unsigned n;

	if (t->attempts == SSRC_ATTEMPTS)
		return false;
	n = candidates(st, t, list);
	t->fail = fail;
	for (unsigned i = 0; i < n; i++) {
		if (list[i] == t->index)
			continue;
		t->index = list[i];
		t->attempts++;
		return true;
	}
	return false;
}

/* ssrc_rx_accept() of a packet that does not just go on. */
__attribute__((noinline)) static enum drop
accept_otherwise(
	struct sw_transport_state *st, unsigned limit, uint32_t now_s, struct ssrc_try *t)
{
	uint8_t bit = bit_of(t->generation), fail;
	unsigned i;

	if ((i = ssrc_entry_in_force(st, t->ssrc, bit)) < SW_SSRCS) {
		enum drop why = rtp_unseen(sw_rx(st, i), (int64_t)t->index);

		if (why != SSRC_PASS)
			return why;
		rtp_mark(sw_rx(st, i), t->index);
		return accepted(st, i, now_s, t);
	}

	if (ssrc_entries_full(st, limit, t->ssrc, bit))
		return DROP_SSRC_LIMIT;
	i = ssrc_entry_newest(st, t->ssrc);
	if (i < SW_SSRCS && offer(sw_rx(st, i), t->seq, &fail) == (int64_t)t->index) {
		sw_rx(st, i)->keys |= bit; /* one numbering under both keys */
		rtp_mark(sw_rx(st, i), t->index);
	} else {
		i = ssrc_entry_home(st, t->ssrc);
		if (i == SW_SSRCS)
			return DROP_SSRC_LIMIT;
		start_numbering(st, sw_rx(st, i), bit, t->index);
	}
	return accepted(st, i, now_s, t);
}

enum drop
ssrc_rx_accept(
	struct sw_transport_state *st, unsigned limit, uint32_t now_s, struct ssrc_try *t)
{
	if (goes_on(st, t->generation, t->ssrc, t->index))
		return go_on(st, now_s, t);
	return accept_otherwise(st, limit, now_s, t);
}

/* ---- Plain RTP that arrives ---- */

/* A packet of SSRC, which has a numbering in E; RESTARTS: and may have begun another one. */
static enum drop
plain_known(struct sw_transport_state *st, struct sw_rx_ssrc *e, uint8_t bit, bool restarts,
	struct ssrc_try *t)
{
	uint64_t highest = load(&e->index);
	int64_t index = ssrc_estimate(highest, t->seq);
	enum drop why = rtp_unseen(e, index);

	if (why == DROP_LATE && restarts &&
		(int64_t)(highest - (uint64_t)index) >= SSRC_WINDOW) {
		if (e->state != RX_SUSPECT || t->seq != e->restart) {
			e->state = RX_SUSPECT;
			e->restart = (uint16_t)(t->seq + 1);
			return DROP_RESTART;
		}
		t->index = t->seq;
		start_numbering(st, e, bit, t->index);
		return SSRC_PASS;
	}
	if (why != SSRC_PASS)
		return why;
	t->index = (uint64_t)index;
	e->state = RX_USED;
	e->keys |= bit;
	rtp_mark(e, t->index);
	return SSRC_PASS;
}

/* The entry for an SSRC that plain RTP brings for the first time. */
static unsigned
plain_home(struct sw_transport_state *st, unsigned limit, uint8_t bit, uint32_t ssrc,
	uint32_t now_s)
{
	unsigned i;

	if (ssrc_entries_full(st, limit, ssrc, bit) &&
		!ssrc_entry_forget(st, bit, now_s, SSRC_SILENT_S))
		return SW_SSRCS;
	if ((i = ssrc_entry_newest(st, ssrc)) < SW_SSRCS)
		return i;
	i = ssrc_entry_home(st, ssrc);
	if (i == SW_SSRCS && ssrc_entry_forget(st, bit, now_s, SSRC_SILENT_S))
		i = ssrc_entry_home(st, ssrc);
	return i;
}

static bool
is_sparse(const struct sw_rx_ssrc *e)
{
	return __builtin_popcountll(e->window[0]) + __builtin_popcountll(e->window[1]) <
	       SSRC_SPARSE;
}

/* rx_clear() of a packet that does not just go on. */
__attribute__((noinline)) static enum drop
clear_otherwise(struct sw_transport_state *st, unsigned limit, uint32_t restart_s,
	uint32_t now_s, struct ssrc_try *t)
{
	uint32_t ssrc = t->ssrc;
	uint8_t bit = bit_of(t->generation);
	enum drop why = SSRC_PASS;
	struct sw_rx_ssrc *e;
	unsigned i;

	i = ssrc_entry_in_force(st, ssrc, bit);
	if (i == SW_SSRCS && (i = plain_home(st, limit, bit, ssrc, now_s)) == SW_SSRCS)
		return DROP_SSRC_LIMIT;
	e = sw_rx(st, i);
	if (e->epoch != 0) {
		why = plain_known(st, e, bit, now_s - e->seen >= restart_s || is_sparse(e), t);
	} else {
		t->index = t->seq;
		start_numbering(st, e, bit, t->index);
	}
	return why == SSRC_PASS ? accepted(st, i, now_s, t) : why;
}

/* RESTART_S: a numbering that is known begins anew only after so many seconds of silence, or
 * if there is little of it. */
static inline enum drop
rx_clear(struct sw_transport_state *st, unsigned limit, uint32_t restart_s, uint32_t now_s,
	struct ssrc_try *t)
{
	t->index = next_index(st, t->seq);
	if (goes_on(st, t->generation, t->ssrc, t->index))
		return go_on(st, now_s, t);
	return clear_otherwise(st, limit, restart_s, now_s, t);
}

enum drop
ssrc_rx_plain(struct sw_transport_state *st, unsigned limit, uint8_t generation, uint32_t ssrc,
	uint16_t seq, uint32_t now_s, struct ssrc_try *t)
{
	*t = (struct ssrc_try){.ssrc = ssrc, .seq = seq, .generation = generation};
	return rx_clear(st, limit, 0, now_s, t);
}

enum drop
ssrc_rx_slot(struct sw_transport_state *st, unsigned limit, uint8_t generation, uint32_t ssrc,
	uint16_t slot, uint32_t now_s, struct ssrc_try *t)
{
	*t = (struct ssrc_try){.ssrc = ssrc, .seq = slot, .generation = generation};
	return rx_clear(st, limit, SSRC_SLOTS_SILENT_S, now_s, t);
}

void
ssrc_rx_jitter(struct sw_transport_state *st, const struct ssrc_try *t, uint32_t timestamp,
	uint32_t arrival)
{
	struct sw_rx_ssrc *e = sw_rx(st, t->entry);
	uint32_t transit = arrival - timestamp;
	uint32_t step = transit - e->transit;
	uint32_t jitter = atomic_load_explicit(&e->jitter, memory_order_relaxed);

	e->transit = transit;
	if ((int32_t)step < 0)
		step = -step;
	if (load(&e->packets) == 1 || step > JITTER_STEP_MAX)
		return;
	jitter += step - ((jitter + 8) >> 4);
	atomic_store_explicit(&e->jitter, jitter, memory_order_relaxed);
}

void
ssrc_rx_covers(struct sw_transport_state *st, const struct ssrc_try *t, unsigned more)
{
	struct sw_rx_ssrc *e = sw_rx(st, t->entry);

	if (more > 0)
		store(&e->packets, load(&e->packets) + more);
}
