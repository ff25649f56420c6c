/* SPDX-License-Identifier: Apache-2.0
 *
 * Sources of RTP, and how they sound.  Kamailio's module reads opinions from here: MOS in
 * tenths, jitter in milliseconds, loss in percent, round trip in microseconds.  An opinion is
 * that of the listener's reports, and where it makes none, ours of what arrives here; it is
 * asked for every few seconds (sampler.h).  See ng_query.h. */
#include <inttypes.h>
#include <math.h>

#include "relay/bridge.h"
#include "relay/look.h"
#include "relay/ng_query_inside.h"

enum { SEQ = 0xffff, THOUSAND = 1000 };

bool
ng_query_ssrc(const struct ng_tale *t, const struct stream *s, uint32_t *ssrc)
{
	struct figures_of seen = figures_of(s, t->client);
	const struct sw_rx_ssrc *rx = figures_newest(&seen);

	if (rx != NULL)
		*ssrc = rx->ssrc;
	return rx != NULL;
}

/* ---- Counters. ---- */

/* Bytes are counted by transport: known of a source that has one to itself. */
static void
put_ingress(struct ng_tale *t, struct value *d, const struct figures_of *seen,
	const struct sw_rx_ssrc *rx)
{
	bool alone = figures_ssrcs(seen) == 1;

	if (alone)
		value_put_number(
			t->a, d, "bytes", (int64_t)figures_count(&seen->st->rx_bytes));
	value_put_number(t->a, d, "packets",
		(int64_t)figures_count(alone ? &seen->st->rx_packets : &rx->packets));
	value_put_number(t->a, d, "last RTP seq", (int64_t)(figures_count(&rx->index) & SEQ));
}

static void
put_ingress_list(struct ng_tale *t, struct value *list, const struct figures_of *seen)
{
	for (unsigned i = 0; i < figures_ssrcs(seen); i++) {
		const struct sw_rx_ssrc *rx = figures_ssrc(seen, i);
		struct value *d;

		if (rx->state == 0)
			continue;
		d = value_put_dict(t->a, list, NULL);
		value_put_number(t->a, d, "SSRC", rx->ssrc);
		put_ingress(t, d, seen, rx);
	}
}

static void
put_egress_list(struct ng_tale *t, struct value *list, const struct figures_of *seen)
{
	enum { FOR_RTP = 2 }; /* of sw_tx_ssrc.state */
	unsigned n = seen->st->tx_ssrcs <= SW_SSRCS ? seen->st->tx_ssrcs : SW_SSRCS;

	for (unsigned i = 0; i < n; i++) {
		const struct sw_tx_ssrc *tx = i == 0 ? &seen->st->tx : &seen->more->tx[i - 1];
		struct value *d;

		if ((tx->state & FOR_RTP) == 0)
			continue;
		d = value_put_dict(t->a, list, NULL);
		value_put_number(t->a, d, "SSRC", tx->ssrc);
		value_put_number(
			t->a, d, "last RTP seq", (int64_t)(figures_count(&tx->highest) & SEQ));
	}
}

void
ng_query_sources(struct ng_tale *t, struct value *list, const struct stream *s, bool egress)
{
	struct figures_of seen = figures_of(s, t->client);

	if (egress)
		put_egress_list(t, list, &seen);
	else
		put_ingress_list(t, list, &seen);
}

/* ---- Opinions. ---- */

struct opinion {
	double mean, least, most;
	uint32_t samples; /* 0: the rest says nothing */
	double jitter_ms, loss, rtt_ms;
};

/* RUN's, or NOW, when nobody has looked yet. */
static void
take_run(struct opinion *o, const struct heard_run *run, bool rated, double now)
{
	if (run->looks > 0) {
		o->mean = (double)run->sum / run->looks;
		o->least = (double)run->least / THOUSAND;
		o->most = (double)run->most / THOUSAND;
		o->samples = run->looks;
	} else if (rated && now > 0) {
		o->mean = o->least = o->most = now;
		o->samples = 1;
	}
}

/* What the party of PEER says of the one of S; else what is known of it here. */
static void
judge(struct opinion *o, const struct stream *s, const struct stream *peer,
	const struct switch_client *client)
{
	struct figures f, other = {.reports = 0};

	figures_read(&f, s, client);
	if (peer != NULL)
		figures_read(&other, peer, client);
	o->rtt_ms = f.rtt_ms + other.rtt_ms;
	if (peer != NULL && other.reports > 0) {
		uint64_t lost = other.said_lost > 0 ? (uint64_t)other.said_lost : 0;

		o->jitter_ms = other.said_jitter_ms;
		o->loss = fmin(100, figures_percent(lost, other.said_sent + f.lost));
		take_run(o, &call_seen(peer)->heard.by_party, look_is_rated(peer, other.sent),
			look_by_party(&other, &f, o->loss));
		return;
	}
	o->jitter_ms = f.jitter_ms;
	o->loss = figures_percent(f.lost, f.lost + f.packets);
	take_run(o, &call_seen(s)->heard.here, look_is_rated(s, f.packets + f.lost),
		look_here(&f, o->loss));
}

static struct value *
put_mos(struct ng_tale *t, struct value *source, const char *key, double mos)
{
	struct value *d = value_put_dict(t->a, source, key);

	value_put_number(t->a, d, "MOS", lround(mos * 10));
	return d;
}

static void
put_opinion(struct ng_tale *t, struct value *source, const struct opinion *o)
{
	struct value *d;

	if (o->samples == 0)
		return;
	d = put_mos(t, source, "average MOS", o->mean);
	if (o->rtt_ms > 0)
		value_put_number(t->a, d, "round-trip time", lround(o->rtt_ms * THOUSAND));
	value_put_number(t->a, d, "jitter", lround(o->jitter_ms));
	value_put_number(t->a, d, "packet loss", lround(o->loss));
	value_put_number(t->a, d, "samples", o->samples);
	put_mos(t, source, "lowest MOS", o->least);
	put_mos(t, source, "highest MOS", o->most);
}

/* The opinion is of the one that was heard last. */
void
ng_query_heard(struct ng_tale *t, const struct ng_side *side, unsigned i)
{
	const struct stream *s = &side->call->leg[side->leg].stream[i];
	struct figures_of seen = figures_of(s, t->client);
	const struct sw_rx_ssrc *newest = figures_newest(&seen);
	struct opinion o = {.samples = 0};

	if (newest != NULL)
		judge(&o, s, bridge_peer(side->call, side->leg, i), t->client);
	for (unsigned n = 0; n < figures_ssrcs(&seen); n++) {
		const struct sw_rx_ssrc *rx = figures_ssrc(&seen, n);
		struct value *d;

		if (rx->state == 0)
			continue;
		d = value_put_dict_named(
			t->a, t->sources, arena_print(t->a, "%" PRIu32, rx->ssrc));
		put_ingress(t, d, &seen, rx);
		if (rx == newest)
			put_opinion(t, d, &o);
	}
}
