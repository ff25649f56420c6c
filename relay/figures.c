/* SPDX-License-Identifier: Apache-2.0
 *
 * See figures.h.  Jitter and loss: RFC 3550 appendix A.3 and A.8, which the switch has
 * computed but for the units. */
#include "relay/figures.h"

#include <string.h>

#include "dataplane/switch_client.h"
#include "relay/coding.h"
#include "relay/tsc.h"

static const struct sw_transport_state nothing;
static const struct sw_transport_more no_more;

static uint32_t
load(const _Atomic uint32_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

struct figures_of
figures_of(const struct stream *s, const struct switch_client *client)
{
	const struct sw_transport_state *st = switch_client_transport(client, s->slot);
	const struct sw_transport_more *more = NULL;

	if (st == NULL || figures_count(&st->id) != s->id)
		st = &nothing;
	if (st->has_more)
		more = switch_client_more(client, s->slot);
	return (struct figures_of){st, more != NULL ? more : &no_more};
}

unsigned
figures_ssrcs(const struct figures_of *t)
{
	return t->st->rx_ssrcs <= SW_SSRCS ? t->st->rx_ssrcs : SW_SSRCS;
}

const struct sw_rx_ssrc *
figures_ssrc(const struct figures_of *t, unsigned i)
{
	return i == 0 ? &t->st->rx : &t->more->rx[i - 1];
}

/* The epoch that RX numbers; 0: none.  The core takes away the state before it clears an
 * entry, and the epoch before it numbers anew. */
static uint32_t
epoch(const struct sw_rx_ssrc *rx)
{
	bool used = rx->state != 0;

	atomic_thread_fence(memory_order_acquire);
	return used ? rx->epoch : 0;
}

/* What the running epoch of RX lacks.  0 of one that has just begun: whoever keeps the highest
 * would keep half of each for good. */
static uint64_t
missing(const struct sw_rx_ssrc *rx)
{
	uint32_t begun = epoch(rx);
	uint64_t n;

	atomic_thread_fence(memory_order_acquire);
	n = atomic_load_explicit(&rx->index, memory_order_acquire) - rx->first + 1;
	n -= figures_count(&rx->packets);
	atomic_thread_fence(memory_order_acquire);
	return begun != 0 && epoch(rx) == begun && (int64_t)n > 0 ? n : 0;
}

/* Of all SSRCs' finished epochs and the running ones. */
static uint64_t
lost(const struct figures_of *t)
{
	uint64_t sum = figures_count(&t->st->lost);

	for (unsigned i = 0; i < figures_ssrcs(t); i++)
		sum += missing(figures_ssrc(t, i));
	return sum;
}

const struct sw_rx_ssrc *
figures_newest(const struct figures_of *t)
{
	const struct sw_rx_ssrc *best = NULL;

	for (unsigned i = 0; i < figures_ssrcs(t); i++) {
		const struct sw_rx_ssrc *rx = figures_ssrc(t, i);

		if (rx->state != 0 && rx->epoch != 0 &&
			(best == NULL || (int32_t)(rx->seen - best->seen) > 0))
			best = rx;
	}
	return best;
}

static double
to_ms(double ticks, uint32_t clock_hz)
{
	return clock_hz != 0 ? ticks * 1000 / (double)clock_hz : 0;
}

static uint64_t
dropped(const struct figures_of *t)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < DROPS; i++)
		sum += figures_count(&t->more->drops[i]);
	return sum;
}

static void
read_reports(struct figures *f, const struct sw_reports *r, uint32_t clock_hz)
{
	f->reports = atomic_load_explicit(&r->reports, memory_order_acquire);
	f->byes = load(&r->byes);
	f->said_sent = f->sent - (uint32_t)(f->sent - load(&r->sent));
	f->said_lost = (int32_t)load(&r->lost);
	f->said_loss = load(&r->fraction) * 100 / 256.0;
	f->said_jitter_ms = to_ms(load(&r->jitter), clock_hz);
	f->rtt_ms = load(&r->rtt_us) / 1e3;
}

const struct sw_bridge_state *
figures_bridge(const struct stream *s, const struct switch_client *client)
{
	const struct sw_bridge_state *st;

	/* Of others there is no memory yet, and a look would make it. */
	if (s->coding == NULL || s->coding->transcoder == 0)
		return NULL;
	st = switch_client_bridge(client, s->slot);
	return st != NULL && figures_count(&st->id) == s->id ? st : NULL;
}

/* What of a party of the mesh is given up in time by who waits for it; elsewhere what numbers
 * lack.  In the mesh these count slots, of which a packet may have several. */
static uint64_t
lost_of(const struct stream *s, const struct figures_of *t, const struct switch_client *client)
{
	const struct sw_bridge_state *st = s->mesh ? figures_bridge(s, client) : NULL;

	return st != NULL ? figures_count(&st->lost) : lost(t);
}

void
figures_read(struct figures *f, const struct stream *s, const struct switch_client *client)
{
	struct figures_of t = figures_of(s, client);
	const struct sw_rx_ssrc *rx = figures_newest(&t);

	f->packets = figures_count(&t.st->rx_packets);
	f->sent = figures_count(&t.st->tx_packets);
	f->lost = lost_of(s, &t, client);
	f->reordered = figures_count(&t.st->rx_reordered);
	f->repeats = figures_count(&t.more->drops[DROP_REPLAY]);
	f->dropped = dropped(&t);
	f->codec = (enum request_codec)s->codec;
	f->jitter_ms = rx != NULL ? to_ms(load(&rx->jitter) / 16.0, call_clock_hz(s)) : 0;
	read_reports(f, &t.st->reports, call_clock_hz(s));
}

/* The core writes it between two steps of learned_seq. */
bool
figures_learned(const struct sw_transport_state *ts, struct sw_addr learned[2])
{
	enum { TRIES = 100 };

	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t before = atomic_load_explicit(&ts->learned_seq, memory_order_acquire);

		memcpy(learned, ts->learned, sizeof ts->learned);
		atomic_thread_fence(memory_order_acquire);
		if (before % 2 == 0 &&
			before == atomic_load_explicit(&ts->learned_seq, memory_order_relaxed))
			return true;
	}
	return false;
}

uint64_t
figures_idle_ms(const struct sw_transport_state *ts, const struct switch_client *client)
{
	const struct sw_state *st = switch_client_state(client);
	uint64_t seen = figures_count(&ts->last_seen), now = tsc_now();

	if (seen == 0 || st == NULL || st->tsc_hz == 0)
		return FIGURES_NEVER;
	return now > seen ? (uint64_t)((double)(now - seen) * 1e3 / (double)st->tsc_hz) : 0;
}

double
figures_percent(uint64_t part, uint64_t whole)
{
	return whole != 0 ? 100.0 * (double)part / (double)whole : 0;
}
