/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking ahead: with thousands of calls nearly every line that a packet touches has gone from
 * the cache.  Before a stage walks over its burst, these ask for the lines that it will touch,
 * for all packets, so that the misses overlap.  Each loop needs what the one before it has
 * brought.  Forwarding core; changes nothing.
 *
 * They ask for them into the second-level cache: of the first, a core waits for some twenty
 * lines at a time (Zen 4: 24), and stands still while it asks for more, but a burst needs some
 * two hundred. */
#pragma once

#include <rte_prefetch.h>

#include "dataplane/lcore.h"

static inline void
ahead_line(const void *p)
{
	rte_prefetch1(p);
}

static inline void
ahead_lines(const void *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		rte_prefetch1((const char *)p + i * RTE_CACHE_LINE_SIZE);
}

/* What arrival needs of the state: counters, keys in force and learned address, first SSRC. */
static inline void
ahead_state_in(const struct sw_transport_state *st)
{
	ahead_lines(st, 2);
}

/* In parse, as soon as the port is known. */
static inline void
ahead_port(const struct tables *tb, const struct meta *me)
{
	ahead_line(&tb->local[me->in.local].port[me->in.dst_port]);
}

/* Before classify. */
static inline void
ahead_in(const struct lcore *lc, struct rte_mbuf *const *pkt, unsigned n)
{
	const struct tables *tb = lc->tables;
	uint32_t slot[BURST];
	unsigned known = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct meta *me = meta(pkt[i]);
		uint32_t entry = atomic_load_explicit(
			&tb->local[me->in.local].port[me->in.dst_port], memory_order_relaxed);

		if (entry == 0 || port_entry_core(entry) != lc->number)
			continue;
		slot[known] = port_entry_slot(entry);
		ahead_line(&tb->slot[slot[known]]);
		ahead_state_in(&tb->state[slot[known]]);
		known++;
	}
	for (unsigned i = 0; i < known; i++) {
		ahead_line(atomic_load_explicit(
			&tb->slot[slot[i]].transport, memory_order_relaxed));
	}
}

/* TO's line for what leaves (NULL: nothing). */
static inline void
ahead_sink_line(const struct transport *to)
{
	if (to != NULL)
		ahead_line(&to->out);
}

/* What leaving by TO needs besides (NULL: nothing). */
static inline void
ahead_sink(const struct transport *to)
{
	if (to == NULL)
		return;
	ahead_line(&to->out.state->tx_packets);
	if (to->seal != NULL)
		ahead_line(to->seal);
	ahead_line(atomic_load_explicit(&to->path, memory_order_relaxed));
}

/* In classify, of T, where a packet has come in: the key, and the first sink. */
static inline void
ahead_from(const struct transport *t)
{
	if (t->unseal[0] != NULL)
		ahead_line(t->unseal[0]);
	ahead_sink_line(atomic_load_explicit(&t->first, memory_order_relaxed));
}

/* Before unseal, meta.in.from being filled in: unseal gives these lines the time that it
 * needs. */
static inline void
ahead_out(struct rte_mbuf *const *pkt, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ahead_sink(atomic_load_explicit(
			&meta(pkt[i])->in.from->first, memory_order_acquire));
}

/* What has come by a ring lies in the giver's cache: the mbuf, its metadata, the packet. */
static inline void
ahead_taken(struct rte_mbuf *const *pkt, unsigned n)
{
	enum { LINES = 4 }; /* headers to come, RTP and 20 ms of G.711 */

	for (unsigned i = 0; i < n; i++) {
		ahead_line(pkt[i]);
		ahead_line(rte_mbuf_to_priv(pkt[i]));
	}
	for (unsigned i = 0; i < n; i++)
		ahead_lines(
			rte_pktmbuf_mtod_offset(pkt[i], const void *, -RTE_CACHE_LINE_SIZE),
			LINES);
}

/* In intake: meta.out.to_slot is filled in. */
static inline void
ahead_intake(const struct lcore *lc, struct rte_mbuf *const *pkt, unsigned n)
{
	const struct slot *slot = lc->tables->slot;

	for (unsigned i = 0; i < n; i++)
		ahead_line(&slot[meta(pkt[i])->out.to_slot]);
	for (unsigned i = 0; i < n; i++)
		ahead_sink_line(atomic_load_explicit(
			&slot[meta(pkt[i])->out.to_slot].transport, memory_order_relaxed));
	for (unsigned i = 0; i < n; i++)
		ahead_sink(atomic_load_explicit(
			&slot[meta(pkt[i])->out.to_slot].transport, memory_order_acquire));
}
