/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of SSRCs that arrive at a transport: who is found in it, where a new one may live,
 * what goes when a key does, and what is believed after a kill.  See ssrc.h for what is kept
 * and why. Runs on the forwarding core that owns the transport.  RFC 3711 section 3.2.3. */
#include "dataplane/ssrc_inside.h"

/* ---- Who is there ---- */

unsigned
ssrc_entry_in_force(const struct sw_transport_state *st, uint32_t ssrc, uint8_t bit)
{
	for (unsigned i = 0; i < st->rx_ssrcs; i++) {
		const struct sw_rx_ssrc *e = sw_rx(st, i);

		if (e->ssrc == ssrc && e->state != RX_FREE && e->keys & bit)
			return i;
	}
	return SW_SSRCS;
}

unsigned
ssrc_entry_newest(const struct sw_transport_state *st, uint32_t ssrc)
{
	unsigned found = SW_SSRCS;

	for (unsigned i = 0; i < st->rx_ssrcs; i++) {
		const struct sw_rx_ssrc *e = sw_rx(st, i);

		if (e->state == RX_FREE || e->ssrc != ssrc || e->epoch == 0)
			continue;
		if (found == SW_SSRCS || (int32_t)(e->epoch - sw_rx(st, found)->epoch) > 0)
			found = i;
	}
	return found;
}

/* Does entry I stand for packets under the key with BIT? */
static bool
is_under(const struct sw_transport_state *st, unsigned i, uint8_t bit)
{
	return sw_rx(st, i)->state != RX_FREE && live(st, i) & bit;
}

bool
ssrc_entries_full(
	const struct sw_transport_state *st, unsigned limit, uint32_t ssrc, uint8_t bit)
{
	unsigned others = 0;

	for (unsigned i = 0; i < st->rx_ssrcs; i++) {
		uint32_t other = sw_rx(st, i)->ssrc;
		unsigned first = 0; /* entry of this SSRC: it is counted once */

		if (!is_under(st, i, bit) || other == ssrc)
			continue;
		while (first < i &&
			(!is_under(st, first, bit) || sw_rx(st, first)->ssrc != other))
			first++;
		others += first == i;
	}
	return others >= limit;
}

/* Of the entries that just the generations NEEDED need, and that have been silent for at least
 * SILENT_S, the one silent longest. */
static unsigned
find_silent(
	const struct sw_transport_state *st, uint8_t needed, uint32_t now_s, uint32_t silent_s)
{
	unsigned found = SW_SSRCS;

	for (unsigned i = 0; i < st->rx_ssrcs; i++) {
		const struct sw_rx_ssrc *e = sw_rx(st, i);

		if (e->state == RX_FREE || live(st, i) != needed || now_s - e->seen < silent_s)
			continue;
		if (found == SW_SSRCS || (int32_t)(e->seen - sw_rx(st, found)->seen) < 0)
			found = i;
	}
	return found;
}

/* ---- Room ---- */

bool
ssrc_entry_forget(
	struct sw_transport_state *st, uint8_t needed, uint32_t now_s, uint32_t silent_s)
{
	unsigned i = find_silent(st, needed, now_s, silent_s);

	if (i == SW_SSRCS)
		return false;
	store(&st->lost, load(&st->lost) + missing(sw_rx(st, i)));
	sw_rx(st, i)->state = RX_FREE;
	ORDERED();
	return true;
}

/* A free entry, made SSRC's; SW_SSRCS: there is none. */
static unsigned
take_free(struct sw_transport_state *st, uint32_t ssrc)
{
	for (unsigned i = 0; i < SW_SSRCS; i++) {
		struct sw_rx_ssrc *e = sw_rx(st, i);

		if (i == st->rx_ssrcs) {
			st->has_more |= i > 0;
			st->rx_ssrcs++;
		}
		if (e->state != RX_FREE)
			continue;
		*e = (struct sw_rx_ssrc){.ssrc = ssrc};
		*sw_rx_srtcp(st, i) = (struct sw_rx_rtcp){0};
		ORDERED();
		e->state = RX_USED;
		return i;
	}
	return SW_SSRCS;
}

unsigned
ssrc_entry_home(struct sw_transport_state *st, uint32_t ssrc)
{
	unsigned i;

	for (i = 0; i < st->rx_ssrcs; i++) {
		const struct sw_rx_ssrc *e = sw_rx(st, i);

		if (e->state != RX_FREE && e->ssrc == ssrc && e->keys == 0)
			return i;
	}
	i = take_free(st, ssrc);
	if (i == SW_SSRCS && ssrc_entry_forget(st, 0, 0, 0))
		i = take_free(st, ssrc);
	return i;
}

uint64_t
ssrc_lost(const struct sw_transport_state *st)
{
	uint64_t lost = load(&st->lost);

	for (unsigned i = 0; i < st->rx_ssrcs; i++)
		if (sw_rx(st, i)->state != RX_FREE)
			lost += missing(sw_rx(st, i));
	return lost;
}

/* ---- A transport's life ---- */

void
ssrc_init(struct sw_transport_state *st, uint32_t random)
{
	st->epochs = random;
}

void
ssrc_key_gone(struct sw_transport_state *st, uint8_t generation)
{
	for (unsigned i = 0; i < st->rx_ssrcs; i++) {
		sw_rx(st, i)->keys &= (uint8_t)~bit_of(generation);
		sw_rx_srtcp(st, i)->used &= (uint8_t)~bit_of(generation);
	}
}

void
ssrc_rekey(struct sw_transport_state *st, uint8_t generation)
{
	if (ssrc_generation(st) == generation)
		return;
	ssrc_key_gone(st, generation);
	atomic_store_explicit(&st->key_proven, 0, memory_order_relaxed);
	ORDERED();
	/* Whoever finds this generation does not take it for proven because the one before it
	 * was: compile_key_proven(). */
	atomic_store_explicit(&st->key_generation, generation, memory_order_release);
}

static uint8_t
smaller(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

void
ssrc_recover(struct sw_transport_state *st)
{
	st->rx_ssrcs = smaller(st->rx_ssrcs, SW_SSRCS);
	st->tx_ssrcs = smaller(st->tx_ssrcs, SW_SSRCS);
	st->has_more |= st->rx_ssrcs > 1 || st->tx_ssrcs > 1;
	for (unsigned i = 0; i < st->rx_ssrcs; i++) {
		struct sw_rx_ssrc *e = sw_rx(st, i);

		e->window[0] = e->window[1] = UINT64_MAX;
		sw_rx_srtcp(st, i)->window = UINT64_MAX;
		if (e->epoch == 0)
			e->keys = 0;
		if (e->state == RX_SUSPECT)
			e->state = RX_USED;
	}
}
