/* SPDX-License-Identifier: Apache-2.0
 *
 * Validation of what one switch tells another of a transport (switch.h), by way of control.
 * Pure functions over bytes, linked into both processes; main threads. */
#include <errno.h>
#include <string.h>

#include "dataplane/switch_check_inside.h"

enum { INDEX_BITS = 48, RTCP_INDEX_MAX = INT32_MAX };

/* Without an epoch it numbers RTCP, or a kill has cut a new numbering short: then no key has
 * it, and `first` may still be the one before. */
static bool
rx_ok(const struct sw_rx_history *rx, uint32_t epochs)
{
	return rx->state <= 2 && rx->keys <= 3 && rx->rtcp_used <= 3 &&
	       rx->index >> INDEX_BITS == 0 && rx->first >> INDEX_BITS == 0 &&
	       rx->rtcp_index <= RTCP_INDEX_MAX &&
	       (rx->epoch == 0 ? rx->keys == 0
			       : (int32_t)(epochs - rx->epoch) >= 0 &&
					 rx->first <= rx->index) &&
	       sw_is_zero(rx->reserved, sizeof rx->reserved);
}

static bool
tx_ok(const struct sw_tx_ssrc *tx)
{
	const int64_t span = INT64_C(1) << INDEX_BITS;

	return tx->state <= 7 && tx->offset > -span && tx->offset < span &&
	       atomic_load_explicit(&tx->highest, memory_order_relaxed) >> INDEX_BITS == 0 &&
	       tx->floor <= (uint64_t)span && tx->rtcp_index <= RTCP_INDEX_MAX &&
	       tx->seal_generation == 0 && sw_is_zero(tx->reserved, sizeof tx->reserved);
}

/* Do two entries number what arrives as one SSRC in one epoch, so that each would let an index
 * through? */
static bool
is_twin(const struct sw_rx_history *a, const struct sw_rx_history *b)
{
	return a->state != 0 && b->state != 0 && a->ssrc == b->ssrc && a->epoch != 0 &&
	       a->epoch == b->epoch;
}

/* Does any entry number the same as another, arriving or leaving? */
static bool
has_twins(const struct sw_history *h)
{
	for (unsigned i = 0; i < SW_SSRCS; i++)
		for (unsigned j = 0; j < i; j++)
			if (is_twin(&h->rx[i], &h->rx[j]) ||
				(h->tx[i].state != 0 && h->tx[j].state != 0 &&
					h->tx[i].ssrc == h->tx[j].ssrc))
				return true;
	return false;
}

/* Can that have been learned?  Or nothing. */
static bool
is_learned(const struct sw_addr *a)
{
	return a->family == 0 ? sw_is_address(a) : sw_is_destination(a);
}

int
sw_check_history(const struct sw_history *h)
{
	if (h->id == 0 || h->latched[0] > 1 || h->latched[1] > 1 || h->key_proven > 1 ||
		h->old_key > 1 || (h->secured != 0 && h->secured < SW_SECURED) ||
		!sw_is_zero(h->reserved, sizeof h->reserved))
		return -EINVAL;
	if (!is_learned(&h->learned[0]) || !is_learned(&h->learned[1]) ||
		!sw_is_key(&h->unseal[0]) || !sw_is_key(&h->unseal[1]) || has_twins(h))
		return -EINVAL;
	for (unsigned i = 0; i < SW_SSRCS; i++)
		if (!rx_ok(&h->rx[i], h->epochs) || !tx_ok(&h->tx[i]))
			return -EINVAL;
	return 0;
}

static bool
is_equal(const struct sw_key *a, const struct sw_key *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

int
sw_check_resume(
	const struct sw_history *h, const struct sw_key *unseal, const struct sw_key *seal)
{
	if (!is_equal(&h->unseal[0], unseal) && !is_equal(&h->unseal[1], unseal))
		return -EINVAL;
	if (sw_is_same_key(&h->unseal[0], seal) || sw_is_same_key(&h->unseal[1], seal))
		return -EINVAL;
	return sw_check_history(h);
}
