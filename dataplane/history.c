/* SPDX-License-Identifier: Apache-2.0
 *
 * See history.h. */
#include "dataplane/history.h"

#include <string.h>

#include "dataplane/ordered.h"

#define load(p) atomic_load_explicit(&(p), memory_order_relaxed)
#define store(p, v) atomic_store_explicit(&(p), (v), memory_order_relaxed)

/* The counters have the same names in both. */
#define COUNTERS(do_)                                                                         \
	do_(rx_packets) do_(rx_bytes) do_(tx_packets) do_(tx_bytes) do_(rx_rtcp) do_(tx_rtcp) \
		do_(lost) do_(rx_reordered)

/* TICKS in milliseconds, and back; a tick count may be near 2^64. */
static uint64_t
to_ms(uint64_t ticks, uint64_t hz)
{
	return (uint64_t)((unsigned __int128)ticks * 1000 / hz);
}

static uint64_t
from_ms(uint64_t ms, uint64_t hz)
{
	return (uint64_t)((unsigned __int128)ms * hz / 1000);
}

/* MS ago: at least 1, for 0 means never, and this machine's TSC may be younger than that. */
static uint64_t
before(uint64_t ms, const struct history_clock *clock)
{
	unsigned __int128 ticks = (unsigned __int128)ms * clock->hz / 1000;

	return ticks < clock->now ? clock->now - (uint64_t)ticks : 1;
}

static uint64_t
later_ms(uint64_t then, const struct history_clock *clock)
{
	return then > clock->now ? to_ms(then - clock->now, clock->hz) : 0;
}

/* At least 1, for 0 means never. */
static uint64_t
ago_ms(uint64_t then, const struct history_clock *clock)
{
	return then == 0 ? 0 : then < clock->now ? to_ms(clock->now - then, clock->hz) + 1 : 1;
}

/* ---- SSRCs ---- */

static struct sw_rx_history
taken(const struct sw_rx_ssrc *e, const struct sw_rx_rtcp *rtcp, uint32_t now_s)
{
	return (struct sw_rx_history){
		.index = load(e->index),
		.window = {e->window[0], e->window[1]},
		.first = e->first,
		.packets = load(e->packets),
		.rtcp_window = rtcp->window,
		.rtcp_index = rtcp->index,
		.ssrc = e->ssrc,
		.epoch = e->epoch,
		.seen = now_s - e->seen,
		.transit = e->transit,
		.jitter = load(e->jitter),
		.restart = e->restart,
		.keys = e->keys,
		.state = e->state,
		.rtcp_used = rtcp->used,
	};
}

static void
put_rx(const struct sw_rx_history *h, struct sw_rx_ssrc *e, struct sw_rx_rtcp *rtcp,
	uint32_t now_s)
{
	*e = (struct sw_rx_ssrc){
		.index = h->index,
		.window = {h->window[0], h->window[1]},
		.first = h->first,
		.packets = h->packets,
		.ssrc = h->ssrc,
		.epoch = h->epoch,
		.seen = now_s - h->seen,
		.transit = h->transit,
		.jitter = h->jitter,
		.restart = h->restart,
		.keys = h->keys,
		.state = h->state,
	};
	*rtcp = (struct sw_rx_rtcp){
		.window = h->rtcp_window, .index = h->rtcp_index, .used = h->rtcp_used};
}

/* ---- All of it ---- */

void
history_take(struct sw_history *h, const struct sw_transport_state *st,
	const struct state_rules *rules, const struct history_clock *clock)
{
	uint32_t now_s = (uint32_t)(clock->now / clock->hz);

	memset(h, 0, sizeof *h);
	h->id = load(st->id);
#define TAKE(counter) h->counter = load(st->counter);
	COUNTERS(TAKE)
#undef TAKE
	for (unsigned i = 0; i < DROPS; i++)
		h->drops[i] = load(sw_more(st)->drops[i]);
	h->zrtp = load(sw_more(st)->zrtp);
	h->secured = load(st->secured);
	h->idle_ms = ago_ms(load(st->last_seen), clock);
	h->latch_ms = (uint32_t)later_ms(rules->latch_until, clock);
	h->epochs = st->epochs;
	h->relatch = st->relatch;
	memcpy(h->latched, st->latched, sizeof h->latched);
	memcpy(h->learned, st->learned, sizeof h->learned);
	h->generation = rules->generation;
	h->seal_generation = rules->seal_generation;
	h->key_generation = load(st->key_generation);
	h->key_proven = load(st->key_proven);
	h->old_key = st->old_key;
	h->seal_met = st->tx.seal_generation;
	memcpy(h->unseal, rules->unseal, sizeof h->unseal);
	for (unsigned i = 0; i < st->rx_ssrcs; i++)
		if (sw_rx(st, i)->state != 0)
			h->rx[i] = taken(sw_rx(st, i), sw_rx_srtcp(st, i), now_s);
	for (unsigned i = 0; i < st->tx_ssrcs; i++)
		h->tx[i] = *sw_tx(st, i);
	h->tx[0].seal_generation = 0; /* that is seal_met */
}

void
history_put(const struct sw_history *h, struct sw_transport_state *st,
	struct state_rules *rules, const struct history_clock *clock)
{
	uint32_t now_s = (uint32_t)(clock->now / clock->hz);

#define PUT(counter) store(st->counter, h->counter);
	COUNTERS(PUT)
#undef PUT
	for (unsigned i = 0; i < DROPS; i++)
		if (h->drops[i] != 0)
			store(sw_more_to_write(st)->drops[i], h->drops[i]);
	if (h->zrtp != 0)
		store(sw_more_to_write(st)->zrtp, h->zrtp);
	store(st->secured, h->secured);
	if (h->idle_ms != 0)
		store(st->last_seen, before(h->idle_ms - 1, clock));
	rules->latch_until = clock->now + from_ms(h->latch_ms, clock->hz);
	st->epochs = h->epochs;
	st->relatch = h->relatch;
	memcpy(st->latched, h->latched, sizeof st->latched);
	memcpy(st->learned, h->learned, sizeof st->learned);
	rules->generation = h->generation;
	rules->seal_generation = h->seal_generation;
	store(st->key_generation, h->key_generation);
	store(st->key_proven, h->key_proven);
	st->old_key = h->old_key;
	memcpy(rules->unseal, h->unseal, sizeof rules->unseal);
	for (uint8_t i = 0; i < SW_SSRCS; i++) {
		if (h->rx[i].state != 0) {
			put_rx(&h->rx[i], sw_rx(st, i), sw_rx_srtcp(st, i), now_s);
			st->rx_ssrcs = i + 1;
			st->has_more |= i > 0;
		}
		if (h->tx[i].state != 0) {
			*sw_tx(st, i) = h->tx[i];
			st->tx_ssrcs = i + 1;
			st->has_more |= i > 0;
		}
	}
	st->tx.seal_generation = h->seal_met;
	ORDERED(); /* whoever finds the id believes the rest */
	store(st->id, h->id);
}
